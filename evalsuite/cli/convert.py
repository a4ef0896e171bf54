"""`evalsuite convert`: a problem or a proof in another format."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from evalsuite.cli import _pages, _problems
from evalsuite.cli._console import data, text, width
from evalsuite.cli._proofs import (
    Written,
    anita_lines,
    clauses,
    has_numbers,
    inference,
    recognise,
    steps,
    without_header,
)
from evalsuite.errors import UserMistake
from evalsuite.logic.clauses import Clause
from evalsuite.logic.elaborators import refutation as refutations
from evalsuite.logic.elaborators import tableau as tableaux
from evalsuite.logic.formats import anita, latex, numbered, tstp
from evalsuite.logic.formats import data as records
from evalsuite.logic.formats.drawing import draw
from evalsuite.logic.formats.notation import show_clause
from evalsuite.logic.limits import DEFAULT, Limits
from evalsuite.logic.proofs import ClauseLine, TableauLine
from evalsuite.logic.text import statements
from evalsuite.logic.text.stated import ClauseSet, Inference, Stated
from evalsuite.logic.text.words import Language, words
from evalsuite.logic.writing import show

Target: TypeAlias = Literal[
    "text",
    "unicode",
    "latex",
    "words-en",
    "words-pt",
    "dimacs",
    "tptp",
    "tree",
    "json",
    "tstp",
    "anita",
]
_LANGUAGES: Mapping[str, Language] = {"words-en": "en", "words-pt": "pt"}
_KEYS: Mapping[Language, Mapping[str, str]] = {
    "en": {key: key for key in ("logic", "premise", "conclusion", "clause")},
    "pt": {
        "logic": "lógica",
        "premise": "premissa",
        "conclusion": "conclusão",
        "clause": "cláusula",
    },
}


def convert(
    problem: _problems.Problem,
    proof: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PROOF]", help="A proof to write instead of the problem.", show_default=False
        ),
    ] = None,
    to: Annotated[
        Target,
        typer.Option(
            help="A problem: `text`, `unicode`, `latex`, `words-en`, `words-pt`, `dimacs`, `tptp`,"
            " `json`. A proof: `text`, `tree`, `latex`, `json`, `tstp`, `anita`."
        ),
    ] = "text",
    clausal: Annotated[
        bool, typer.Option("--clausal", help="The problem's clausal form, the conclusion negated.")
    ] = False,
    logic: _problems.InLogic = None,
    max_characters: _problems.MaxCharacters = DEFAULT.characters,
    max_steps: _problems.MaxSteps = DEFAULT.steps,
    max_depth: _problems.MaxDepth = DEFAULT.depth,
    max_symbols: _problems.MaxSymbols = DEFAULT.size,
    max_name: _problems.MaxName = DEFAULT.name,
) -> None:
    """Write a problem, or a proof of it, in another format.

    A proof is written as it was read, wrong lines too; DRUP and LRAT are made into lines.

    **Examples**

    `evalsuite convert problem.cnf --to tptp`

    `evalsuite convert problem.cnf proof.drup --to text`
    """
    limits = _problems.limits(
        characters=max_characters,
        steps=max_steps,
        depth=max_depth,
        symbols=max_symbols,
        name=max_name,
    )
    stated = _problems.stated(problem, limits, logic)
    if proof is None:
        with _problems.told(problem):
            _problem(ClauseSet(clauses=clauses(stated)) if clausal else stated, to)
        return
    if clausal:
        raise UserMistake("--clausal: it is a problem that has a clausal form")
    written = _problems.proof(proof, problem, limits)
    with _problems.told(proof):
        _proof(stated, written, to, limits)


# ── problems ────────────────────────────────────────────────────────────────────────────────────


def _problem(stated: Stated, to: Target) -> None:
    match to:
        case "text" | "tptp":
            text(statements.write(stated, to).rstrip("\n"))
        case "dimacs":
            if not isinstance(stated, ClauseSet):
                raise UserMistake(
                    "DIMACS has clauses alone, no formulas",
                    hint="`--clausal` writes the clausal form",
                )
            text(statements.write(stated, to).rstrip("\n"))
        case "unicode" | "words-en" | "words-pt":
            text("\n".join(_keyed(stated, to)))
        case "latex":
            text(latex.problem(stated))
        case "json":
            data(_pages.problem(stated))
        case "tree" | "tstp" | "anita":
            raise UserMistake(f"a problem has no format `{to}`", hint="name a PROOF to write")


def _keyed(stated: Stated, to: Literal["unicode", "words-en", "words-pt"]) -> Iterator[str]:
    """Yield a line for the problem's logic and one for each formula that it states."""
    keys = _KEYS["pt" if to == "words-pt" else "en"]
    if isinstance(stated, Inference) and stated.logic != "classical":
        yield f"{keys['logic']}: {stated.logic}"
    if isinstance(stated, ClauseSet) and to == "unicode":
        for clause in stated.clauses:  # without quantifiers, as clauses are read
            yield f"{keys['clause']}: {show_clause(clause, to)}"
        return
    for key, formula in _pages.formulas(stated):
        told = show(formula, to) if to == "unicode" else words(formula, _LANGUAGES[to])
        yield f"{keys[key]}: {told}"


# ── proofs ──────────────────────────────────────────────────────────────────────────────────────


def _proof(stated: Stated, written: str, to: Target, limits: Limits) -> None:
    how = recognise(stated, written, "auto", "auto")
    if how.calculus == "resolution":
        _refutation(clauses(stated), _clause_lines(stated, written, how, limits), to)
    else:
        _tableau(inference(stated), _tableau_lines(stated, written, how, limits), to)


def _clause_lines(
    stated: Stated, written: str, how: Written, limits: Limits
) -> tuple[ClauseLine, ...]:
    given = clauses(stated)
    if how.form in {"drup", "lrat"}:
        return numbered.lines(steps(given, written, how.form, limits))
    read = refutations.read(without_header(written), limits, numbers=has_numbers(given))
    if read.flaw is not None:
        raise read.flaw
    return read.lines


def _tableau_lines(
    stated: Stated, written: str, how: Written, limits: Limits
) -> tuple[TableauLine, ...]:
    if how.form == "anita":
        return anita_lines(inference(stated), written, limits)
    read = tableaux.read(without_header(written), limits)
    if read.flaw is not None:
        raise read.flaw
    return read.lines


def _refutation(given: Sequence[Clause], lines: Sequence[ClauseLine], to: Target) -> None:
    match to:
        case "text":
            text(refutations.show(lines).rstrip("\n"))
        case "latex":
            text(latex.refutation(lines))
        case "tstp":
            text(tstp.write(given, lines).rstrip("\n"))
        case "json":
            data(records.refutation(lines))
        case _:
            raise UserMistake(
                f"a refutation has no format `{to}`", hint="`text`, `latex`, `tstp`, `json`"
            )


def _tableau(problem: Inference, lines: Sequence[TableauLine], to: Target) -> None:
    match to:
        case "text":
            text(tableaux.show(lines).rstrip("\n"))
        case "tree":
            text(draw(lines, width=width()))
        case "latex":
            text(latex.tableau(lines))
        case "anita":
            text(anita.write(problem.premises, problem.conclusion, lines).rstrip("\n"))
        case "json":
            data(records.tableau(lines))
        case _:
            raise UserMistake(
                f"a tableau has no format `{to}`",
                hint="`text`, `tree`, `latex`, `anita`, `json`",
            )
