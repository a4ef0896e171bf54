"""`evalsuite import`: what other harnesses measured."""

from pathlib import Path
from typing import Annotated

import typer

from evalsuite import paths, stops
from evalsuite.cli import _options
from evalsuite.cli._console import data, warn
from evalsuite.cli._summary import leaderboard_table, summary
from evalsuite.interop import from_lm_eval

app = typer.Typer(no_args_is_help=True, help="Results of other harnesses as runs.")


@app.callback()
def _import() -> None:
    """Keep the name of the other harness a word of the command."""


@app.command("lm-eval")
def lm_eval(
    path: Annotated[
        list[Path],
        typer.Argument(help="A folder that `--output_path` named, or a results file in it."),
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="The model's name here.  [default: as in the results]"),
    ] = None,
    results: _options.Results = None,
    as_json: _options.AsJson = False,
) -> None:
    """Read results and samples of lm-evaluation-harness into a run, and judge them.

    It must have written them with `--log_samples --output_path`.

    **Example**

    `evalsuite import lm-eval out --model gemma3-270m`
    """
    imported = from_lm_eval.read(path, model)
    for note in imported.notes:
        warn(note)
    home = _options.results(results)
    folder = paths.runs(home) / imported.name
    from_lm_eval.keep(imported, folder)
    finished = stops.score(folder, home, warn)
    if as_json:
        data(summary(finished, home))
    else:
        leaderboard_table(finished.rows)
