"""`evalsuite view`: show what runs came to in a browser on this machine."""

from typing import Annotated

import typer

from evalsuite.cli import _options, _runs
from evalsuite.cli._console import err, text, warn


def view(
    runs: _options.Runs = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: one that is free.")] = 0,
    results: _options.Results = None,
) -> None:
    """Show the report of stored runs at an address that works on this machine only, until Ctrl-C.

    **Example**

    `evalsuite view certificates-1f0c2d3e4a`
    """
    # A web server, and the logic that draws proofs.
    from evalsuite.report.page import page, served  # noqa: PLC0415
    from evalsuite.report.record import report  # noqa: PLC0415
    from evalsuite.serving import loopback  # noqa: PLC0415
    from evalsuite.serving.page import app  # noqa: PLC0415

    content = page(report(_runs.judged(runs or (), _options.results(results), warn)))
    try:
        with loopback.opened(port) as door:
            loopback.serve(door, lambda _stopping: app(content, served(), door), _tell)
    except KeyboardInterrupt:  # before it served
        raise typer.Exit(130) from None


def _tell(address: str) -> None:
    text(address)
    err.print("open it in a browser on this machine; Ctrl-C ends it")
