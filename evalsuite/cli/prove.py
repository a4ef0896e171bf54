"""`evalsuite prove`: a proof of a problem, or a countermodel."""

from typing import Annotated, Literal, TypeAlias

import typer

from evalsuite.cli import _pages, _problems
from evalsuite.cli._console import data, err, text, width
from evalsuite.cli._proofs import Calculus, inference
from evalsuite.cli._search import (
    ClosedTableau,
    Countermodel,
    Exhausted,
    Found,
    Refutation,
    Strategy,
    Undecided,
    Wanted,
    search,
)
from evalsuite.errors import CheckFailed, UserMistake
from evalsuite.logic.elaborators import refutation as refutations
from evalsuite.logic.elaborators import tableau as tableaux
from evalsuite.logic.formats import anita, latex, tstp
from evalsuite.logic.formats.unsigned import unsigned as without_signs
from evalsuite.logic.limits import DEFAULT
from evalsuite.logic.proofs import TableauLine
from evalsuite.logic.provers import tableau
from evalsuite.logic.provers.saturation import Limit
from evalsuite.logic.text.stated import Stated

Written: TypeAlias = Literal["auto", "lines", "tree", "latex", "tstp", "anita"]
Format: TypeAlias = Literal[Written, "json"]


def prove(
    problem: _problems.Problem,
    calculus: Annotated[
        Calculus,
        typer.Option(help="`auto`: a tableau of an inference, resolution of clauses."),
    ] = "auto",
    logic: _problems.InLogic = None,
    form: Annotated[
        Format,
        typer.Option(
            "--format",
            "-f",
            help="`auto`: a tableau is drawn as a `tree`, a refutation printed in `lines`.",
        ),
    ] = "auto",
    strategy: Annotated[
        Strategy, typer.Option(help="Which refutations by resolution to look for.")
    ] = "any",
    shortest: Annotated[
        bool, typer.Option("--shortest", help="A refutation with the fewest steps.")
    ] = False,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="A tableau with `~A` for `F A`.")
    ] = False,
    max_clauses: Annotated[
        int,
        typer.Option(min=1, help="How many clauses resolution may keep.", rich_help_panel="Limits"),
    ] = Limit().clauses,
    max_nodes: Annotated[
        int, typer.Option(min=1, help="How large a tableau may grow.", rich_help_panel="Limits")
    ] = tableau.Limit().nodes,
    max_characters: _problems.MaxCharacters = DEFAULT.characters,
    max_steps: _problems.MaxSteps = DEFAULT.steps,
    max_depth: _problems.MaxDepth = DEFAULT.depth,
    max_symbols: _problems.MaxSymbols = DEFAULT.size,
    max_name: _problems.MaxName = DEFAULT.name,
) -> None:
    """Prove a problem, or show a countermodel.

    Exit status: 0 proved; 1 not provable, or not decided within the limits; 2 a file or an option
    that cannot be used. `--format lines` prints what `evalsuite check` reads.

    **Example**

    `echo 'P -> Q, P |- Q' | evalsuite prove -`
    """
    limits = _problems.limits(
        characters=max_characters,
        steps=max_steps,
        depth=max_depth,
        symbols=max_symbols,
        name=max_name,
    )
    stated = _problems.stated(problem, limits, logic)
    wanted = Wanted(
        calculus=calculus,
        strategy=strategy,
        shortest=shortest,
        clauses=max_clauses,
        nodes=max_nodes,
    )
    with _problems.told(problem):
        with err.status("searching"):
            found = search(stated, wanted)
        _print(stated, found, form, signs=not unsigned)
    if not isinstance(found, Refutation | ClosedTableau):
        raise typer.Exit(1)


def _print(stated: Stated, found: Found, form: Format, *, signs: bool) -> None:
    if form == "json":
        data(_pages.record(stated, found))
        return
    match found:
        case Refutation():
            text(_refutation(stated, found, form))
        case ClosedTableau(lines=lines):
            text(_tableau(stated, lines, form, signs=signs))
        case Countermodel():
            text(_pages.countermodel_page(stated, found))
        case Exhausted(strategy=strategy):
            raise CheckFailed(
                f"there is no refutation by the strategy `{strategy}`",
                hint="without `--strategy` any refutation will do",
            )
        case Undecided():
            raise CheckFailed(
                f"not decided: the search met its limit of {found.limit}, and nothing is known",
                hint="`--max-clauses` and `--max-nodes` search further",
            )


def _refutation(stated: Stated, found: Refutation, form: Written) -> str:
    match form:
        case "auto" | "lines":
            lines = refutations.show(found.lines)
            return _pages.lines_page(stated, lines, _pages.refutation_status(found.lines))
        case "latex":
            return latex.refutation(found.lines)
        case "tstp":
            return tstp.write(found.given, found.lines).rstrip("\n")
        case "tree" | "anita":
            raise UserMistake(
                f"a refutation has no format `{form}`",
                hint="`--calculus tableau` makes a tableau",
            )


def _tableau(stated: Stated, lines: tuple[TableauLine, ...], form: Written, *, signs: bool) -> str:
    problem = inference(stated)
    shown = lines if signs else without_signs(lines, problem.logic)
    match form:
        case "auto" | "tree":
            return _pages.tree_page(stated, shown, width=width(), signs=signs)
        case "lines":
            written = tableaux.show(shown, signs=signs)
            return _pages.lines_page(stated, written, _pages.tableau_status(shown))
        case "latex":
            return latex.tableau(shown, signs=signs)
        case "anita":
            return anita.write(problem.premises, problem.conclusion, lines).rstrip("\n")
        case "tstp":
            raise UserMistake(
                "a tableau has no format `tstp`",
                hint="`--calculus resolution` makes a refutation",
            )
