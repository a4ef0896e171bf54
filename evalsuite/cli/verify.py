"""`evalsuite verify`: recompute all that a stored run says."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evalsuite import loaded, store
from evalsuite import verify as checking
from evalsuite.cli import _options
from evalsuite.cli._console import data, err, plain, table, text
from evalsuite.errors import CheckFailed, quoted
from evalsuite.verify import Check, Verified

_SHOWN = 5  # of what differs in one check


def verify(
    run: _options.Run,
    mend: Annotated[
        bool,
        typer.Option(
            "--mend",
            help="First build a damaged store anew from what is whole of it and of its second copy;"
            " the damaged files stay beside it.",
        ),
    ] = False,
    results: _options.Results = None,
    as_json: _options.AsJson = False,
) -> None:
    """Recompute every hash, label, prompt and score of a stored run, and its tables byte for byte.

    Instances are drawn and decided anew, prompts rendered anew from the files that were recorded
    with the run; the weights of models on this machine are hashed. Nothing is asked and nothing
    fetched. Exit status 1 where something differs; it is named.

    **Example**

    `evalsuite verify quick-1f0c2d3e4a`
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    folder = loaded.folder_of(run, _options.results(results))
    if mend:
        _mend(folder)
    with err.status("verifying") as status:
        found = checking.verify(folder, status.update)
    if as_json:
        data({**asdict(found), "folder": str(found.folder), "good": found.good})
    else:
        _show(found)
    if not found.good:
        bad = [check for check in found.checks if check.differing]
        names = quoted(check.name for check in bad)
        raise CheckFailed(
            f"{found.folder}: not as it was: {names}: {bad[0].differing[0]}",
            hint=next((check.remedy for check in bad if check.remedy), None),
        )


def _mend(folder: Path) -> None:
    mended = store.mend(folder)
    told = ", ".join(f"{count} {name}" for name, count in mended.rows.items())
    err.print(f"mended: {told}", markup=False)
    for place in mended.aside:
        err.print(f"set aside: {plain(str(place))}", markup=False)
    for key in mended.lost:
        err.print(f"lost: response {plain(key)}: the same run asks it again", markup=False)


def _show(found: Verified) -> None:
    table(
        ("check", "of", "", "checked", "differ"),
        (
            (check.name, check.of, _verdict(check), check.checked, len(check.differing))
            for check in found.checks
        ),
        right=2,
    )
    for check in found.checks:
        for one in _first(check.differing):
            text(f"{check.name}: {one}")
        for one in check.unchecked:
            text(f"{check.name}: not checked: {one}")


def _verdict(check: Check) -> str:
    if check.differing:
        return "DIFFERS"
    return "same" if check.checked else "not checked"


def _first(differing: Sequence[str]) -> list[str]:
    more = len(differing) - _SHOWN
    return [*differing[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
