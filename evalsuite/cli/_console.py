"""Print for people on stderr and data on stdout."""

import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from evalsuite.errors import EvalsuiteError

Answer = TypeVar("Answer", str, int)

err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


_UNCUT = 10_000  # columns of a table that is not for a terminal
_PIPED = 100  # a pipe has no width, but what is drawn for it will be looked at


def fail(error: EvalsuiteError) -> None:
    """Print an error and its hint."""
    err.print(f"[bold red]error:[/] {escape(plain(error.message))}")
    if error.hint is not None:
        err.print(f"[bold]hint:[/] {escape(plain(error.hint))}")


def warn(text: str) -> None:
    """Print what the user must know."""
    err.print(f"[bold yellow]warning:[/] {escape(plain(text))}")


def data(value: Any) -> None:
    """Print a value as JSON on stdout."""
    written = json.dumps(value, indent=2, ensure_ascii=False)
    # JSON itself escapes the ASCII control characters alone.
    shown = (one if one.isprintable() or one == "\n" else json.dumps(one)[1:-1] for one in written)
    typer.echo("".join(shown))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: int = 0) -> None:
    """Print a table on stdout; the last `right` columns are numbers."""
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for index, column in enumerate(columns):
        numeric = index >= len(columns) - right
        drawn.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(escape(plain(str(cell))) for cell in row))
    _stdout().print(drawn)


def heading(title: str, about: str) -> None:
    """Print a heading on stdout, with a line on what stands below it."""
    _stdout().print(f"\n[bold]{escape(plain(title))}[/]: {escape(plain(about))}", soft_wrap=True)


def text(value: str) -> None:
    """Print a text on stdout, without the control characters that a terminal would obey."""
    typer.echo(plain(value))


def asked(what: str, default: Answer) -> Answer:
    """Ask who sits at the terminal; elsewhere nobody can answer, and the default holds."""
    if not sys.stdin.isatty():
        return default
    answer: Answer = typer.prompt(what, default=default, show_default=bool(default))
    return answer


def width() -> int:
    """Return how many columns a drawing on stdout may take."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _PIPED


def plain(value: str) -> str:
    """Return the text with control characters made visible, but for line feed and tab."""
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else f"\\x{ord(letter):02x}"
        for letter in value
    )


def _stdout() -> Console:
    # A pipe has no width: nothing is to be cut there.
    return Console(highlight=False, width=None if sys.stdout.isatty() else _UNCUT)
