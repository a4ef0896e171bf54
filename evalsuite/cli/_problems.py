"""Files with problems and proofs of logic: how they are read, and how what is wrong is told."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from evalsuite.errors import ProblemMistake
from evalsuite.logic.flaws import LogicError, SyntaxFlaw, TooLarge
from evalsuite.logic.limits import Limits, within
from evalsuite.logic.tableau import Logic
from evalsuite.logic.text import statements
from evalsuite.logic.text.stated import ClauseSet, Inference, Stated

STDIN = Path("-")
_DEEPEST = 1_000
_FRAMES = 5  # of Python's stack that a level of a formula may take

Problem: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="PROBLEM",
        help="A problem: DIMACS, TPTP or a text such as `P -> Q, P |- Q`; `-` is stdin.",
        show_default=False,
    ),
]
InLogic: TypeAlias = Annotated[
    Logic | None,
    typer.Option("--logic", help="The logic.  [default: the problem's]", show_default=False),
]
Proof: TypeAlias = Annotated[
    Path,
    typer.Argument(metavar="PROOF", help="A proof; `-` is stdin.", show_default=False),
]
MaxCharacters: TypeAlias = Annotated[
    int, typer.Option(min=1, help="The longest file that is read.", rich_help_panel="Limits")
]
MaxSteps: TypeAlias = Annotated[
    int,
    typer.Option(
        min=1, help="The most lines, clauses or formulas that are read.", rich_help_panel="Limits"
    ),
]
MaxDepth: TypeAlias = Annotated[
    int,
    typer.Option(
        min=1,
        max=_DEEPEST,
        help="The deepest formula.",
        rich_help_panel="Limits",
    ),
]
MaxSymbols: TypeAlias = Annotated[
    int,
    typer.Option(
        min=1, help="The most symbols of a formula or a clause.", rich_help_panel="Limits"
    ),
]
MaxName: TypeAlias = Annotated[
    int, typer.Option(min=1, help="The longest name.", rich_help_panel="Limits")
]


def limits(*, characters: int, steps: int, depth: int, symbols: int, name: int) -> Limits:
    """Return the limits that options set, and make room for formulas of that depth."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _FRAMES * depth))
    return Limits(characters=characters, steps=steps, depth=depth, size=symbols, name=name)


def read(path: Path, limits: Limits) -> str:
    """Read a text of a file or of stdin.

    Raises:
        ProblemMistake: it cannot be read, is no UTF-8 or is longer than the limit.

    """
    most = 4 * limits.characters + 1  # bytes; a character has at most four
    with told(path):
        try:
            if path == STDIN:
                raw = sys.stdin.buffer.read(most)
            else:
                with path.open("rb") as file:
                    raw = file.read(most)
        except FileNotFoundError:
            raise ProblemMistake(f"{path}: no such file") from None
        except OSError as error:
            raise ProblemMistake(f"{path}: {(error.strerror or str(error)).lower()}") from None
        if len(raw) == most:
            raise TooLarge(f"more than {limits.characters:,} characters, the limit")
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise ProblemMistake(
                f"{shown(path)}: line {line}: not UTF-8",
                hint="save the file as UTF-8",
            ) from None
        text = text.removeprefix("\ufeff")
        within(len(text), limits.characters, "characters")
    return text


def proof(path: Path, problem: Path, limits: Limits) -> str:
    """Read a proof's text.

    Raises:
        ProblemMistake: it cannot be read, or stdin is the problem already.

    """
    if path == problem == STDIN:
        raise ProblemMistake("stdin: it can be the problem or the proof, not both")
    return read(path, limits)


def stated(path: Path, limits: Limits, logic: Logic | None) -> Stated:
    """Read a problem, to be judged in a logic where one is named.

    Raises:
        ProblemMistake: it cannot be read.

    """
    text = read(path, limits)
    with told(path):
        found = statements.read(text, limits)
    match found:
        case Inference() if logic is not None:
            return replace(found, logic=logic)
        case ClauseSet() if logic not in {None, "classical"}:
            raise ProblemMistake(f"{shown(path)}: clauses are of classical logic, not of {logic}")
        case _:
            return found


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Tell what is wrong with a file's text as the user's mistake."""
    try:
        yield
    except LogicError as error:
        raise ProblemMistake(f"{shown(path)}: {error}", hint=_hint(error)) from None


def shown(path: Path) -> str:
    """Name a file, as messages do."""
    return "stdin" if path == STDIN else str(path)


def _hint(error: LogicError) -> str | None:
    match error:
        case TooLarge():
            return "the options `--max-…` raise the limits, see `--help`"
        case SyntaxFlaw():
            return "docs/proof-formats.md has the syntax"
        case _:
            return None
