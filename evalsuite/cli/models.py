"""`evalsuite models`: the embedded models, and what is known of any other."""

from dataclasses import asdict
from typing import Annotated

import typer

from evalsuite import catalogue, models
from evalsuite.cli import _options
from evalsuite.cli._console import data, table

app = typer.Typer(no_args_is_help=True, help="Models: list the embedded ones, describe any.")


@app.command("list")
def list_(as_json: _options.AsJson = False) -> None:
    """List the embedded models; any Hugging Face folder or hub id can be named too."""
    rows = [
        (entry.name, entry.kind, entry.licence, _state(entry), entry.about)
        for entry in catalogue.CATALOGUE
    ]
    columns = ("model", "kind", "licence", "state", "about")
    if as_json:
        data([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        table(columns, rows)


@app.command()
def show(
    model: Annotated[str, typer.Argument(help="A catalogue name, a folder or a hub id.")],
) -> None:
    """Make a model ready and describe it."""
    ready = models.ready(model)
    data({**asdict(ready), "path": str(ready.path)})


def _state(entry: catalogue.Embedded) -> str:
    if catalogue.is_ready(entry):
        return "ready"
    return "installed" if catalogue.is_installed(entry) else "not installed"
