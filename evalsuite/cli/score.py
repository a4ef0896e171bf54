"""`evalsuite score`: judge a stored run anew, without a model."""

from evalsuite import stops
from evalsuite.cli import _options
from evalsuite.cli._console import data, err, warn
from evalsuite.cli._summary import (
    conditioning_tables,
    leaderboard_table,
    speed_table,
    summary,
)
from evalsuite.loaded import folder_of


def score(
    run: _options.Run,
    results: _options.Results = None,
    as_json: _options.AsJson = False,
) -> None:
    """Judge a stored run anew, without a model, and write its leaderboard.

    **Example**

    `evalsuite score quick-1f0c2d3e4a`
    """
    home = _options.results(results)
    finished = stops.score(folder_of(run, home), home, warn)
    if finished.unanswered:
        err.print(f"{finished.unanswered} questions have no answer yet: the scores leave them out")
    if as_json:
        data(summary(finished, home))
    else:
        leaderboard_table(finished.rows)
        if finished.conditioned is not None:
            conditioning_tables(finished.conditioned)
        speed_table(finished.speeds)
