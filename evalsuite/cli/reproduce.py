"""`evalsuite reproduce`: do a stored run again, and state what differs."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evalsuite import loaded
from evalsuite import reproduce as again
from evalsuite.cli import _completion, _options
from evalsuite.cli._console import data, err, plain, table, text
from evalsuite.cli._progress import asking
from evalsuite.errors import CheckFailed
from evalsuite.reproduce import Reproduced

_SHOWN = 5  # of what differs in one kind


def reproduce(
    run: _options.Run,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            "-e",
            help="Ask by another engine.  [default: the run's]",
            autocompletion=_completion.engine_names,
        ),
    ] = None,
    limit: Annotated[
        int | None,
        typer.Option("--limit", "-n", min=1, help="Only the first n instances of each task."),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            help="The new run's results folder.  [default: `reproduced` in the results folder]",
            show_default=False,
        ),
    ] = None,
    base_url: Annotated[
        list[str] | None,
        typer.Option("--base-url", help="The server to ask, for a run by `openai`; repeatable."),
    ] = None,
    results: _options.Results = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: _options.AsJson = False,
) -> None:
    """Do a stored run again from its manifest alone, and state what differs, bit by bit.

    Tasks and templates are those that were recorded with the run. The same command again goes on
    where it stopped, and does not ask anew what it has answers for: name another folder with
    `--into` for that. Exit status 0 if the leaderboard is the same but for the columns of time,
    else 1.

    **Example**

    `evalsuite reproduce quick-1f0c2d3e4a --limit 20`
    """
    home = _options.results(results)
    folder = loaded.folder_of(run, home)
    with asking(quiet=quiet or as_json) as heard:
        found = again.reproduce(
            folder,
            home / "reproduced" if into is None else into,
            heard,
            engine=engine,
            limit=limit,
            servers=tuple(base_url or ()),
        )
    if as_json:
        places = {"before": str(found.before), "after": str(found.after)}
        data({**asdict(found), **places, "same": found.same})
    else:
        _show(found)
    if not found.same:
        raise CheckFailed(f"{found.before}: not reproduced: the leaderboard differs")


def _show(found: Reproduced) -> None:
    table(
        ("what", "", "compared", "same to the bit", "differ"),
        (
            (one.name, one.note, one.compared, one.same, one.compared - one.same)
            for one in found.differences
        ),
        right=3,
    )
    for one in found.differences:
        for told in one.differing[:_SHOWN]:
            text(f"{one.name}: {told}")
        if len(one.differing) > _SHOWN:
            text(f"{one.name}: and {len(one.differing) - _SHOWN} more")
    if any(one.differing for one in found.differences):
        for cause in found.causes:
            text(f"differs, and may be why: {cause}")
    if found.answered_before:
        text(
            f"{found.answered_before} of {found.answered_before + found.asked} answers were there"
            " before and were not asked now: name another folder with `--into` to ask them again"
        )
    err.print(f"  new run: {plain(str(found.after))}", markup=False)
