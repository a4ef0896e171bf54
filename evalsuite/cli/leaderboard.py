"""`evalsuite leaderboard`: print what the runs came to."""

from enum import Enum
from typing import Annotated

import typer

from evalsuite import leaderboard as board
from evalsuite.cli import _options
from evalsuite.cli._console import text
from evalsuite.cli._summary import leaderboard_table
from evalsuite.errors import RunMistake


class _Shape(Enum):
    TABLE = "table"
    MARKDOWN = "markdown"
    CSV = "csv"


def leaderboard(
    shape: Annotated[_Shape, typer.Option("--format", help="How to print it.")] = _Shape.TABLE,
    task: Annotated[
        list[str] | None, typer.Option("--task", "-t", help="Only this task; may be repeated.")
    ] = None,
    results: _options.Results = None,
) -> None:
    """Print the leaderboard of all runs in the results folder.

    **Example**

    `evalsuite leaderboard --format markdown --task entailment`
    """
    path = _options.results(results) / "leaderboard.csv"
    if not path.is_file():
        raise RunMistake(f"{path}: no leaderboard yet", hint="`evalsuite run` makes one")
    rows = [row for row in board.read(path) if not task or row.task in task]
    match shape:
        case _Shape.TABLE:
            leaderboard_table(rows)
        case _Shape.MARKDOWN:
            text(board.to_markdown(rows).rstrip("\n"))
        case _Shape.CSV:
            text(board.to_csv(rows).rstrip("\n"))
