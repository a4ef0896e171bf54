"""`evalsuite report`: write what runs came to as one HTML file."""

import os
from pathlib import Path
from typing import Annotated

import typer

from evalsuite import paths
from evalsuite.cli import _options, _runs
from evalsuite.cli._console import err, plain, text, warn
from evalsuite.errors import UserMistake

_FILE = "report.html"


def report(
    runs: _options.Runs = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file to write.  [default: RESULTS/report.html]"),
    ] = None,
    results: _options.Results = None,
) -> None:
    """Write a report of stored runs: one HTML file that opens in a browser, offline.

    **Example**

    `evalsuite report certificates-1f0c2d3e4a --out certificates.html`
    """
    from evalsuite.report.page import page  # noqa: PLC0415 - the logic that draws proofs
    from evalsuite.report.record import report as made  # noqa: PLC0415

    home = _options.results(results)
    target = home / _FILE if out is None else out
    _check(target)  # at once: to judge the runs may take long
    content = page(made(_runs.judged(runs or (), home, warn)))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(target.parent, error.strerror) from error
    paths.replace(target, content)
    text(str(target))
    err.print(plain(f"{len(content) / 1e6:.1f} MB: open it in a browser"), markup=False)


def _check(target: Path) -> None:
    """Refuse a file that cannot be written, and make nothing: no report may come of it."""
    if target.is_dir():
        raise _unwritable(target, "is a directory")
    above = target.absolute().parents
    nearest = next((one for one in above if one.exists()), Path("/"))
    if not nearest.is_dir():
        raise _unwritable(target.parent, f"`{nearest}` is no folder")
    if not os.access(nearest, os.W_OK):
        raise _unwritable(target.parent, "permission denied")


def _unwritable(path: Path, why: str | None) -> UserMistake:
    return UserMistake(f"{path}: cannot be written: {why}", hint="name another file: `--out`")
