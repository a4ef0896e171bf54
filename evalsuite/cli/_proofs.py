"""Proofs from outside: which kind a text is, and what becomes of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from evalsuite.errors import ProblemMistake
from evalsuite.logic.clauses import Clause, variables
from evalsuite.logic.elaborators import refutation as refutations
from evalsuite.logic.elaborators import tableau as tableaux
from evalsuite.logic.elaborators.lines import UNFENCED
from evalsuite.logic.flaws import Flaw, LogicError, NoEmptyClause
from evalsuite.logic.formats import anita, clausal
from evalsuite.logic.kernels import refutation as kernel
from evalsuite.logic.limits import Limits
from evalsuite.logic.normal import clausal as clausal_form
from evalsuite.logic.normal import formula_of
from evalsuite.logic.proofs import Step, TableauLine, Verdict
from evalsuite.logic.syntax import (
    Exists,
    Forall,
    Formula,
    Not,
    functions,
    predicates,
    subformulas,
)
from evalsuite.logic.text.stated import ClauseSet, Inference, Stated

Calculus: TypeAlias = Literal["auto", "resolution", "tableau"]
Form: TypeAlias = Literal["text", "anita", "drup", "lrat"]

_NUMBERED_ATOM = re.compile(r"x[1-9][0-9]*")
_BRANCH = re.compile(r"\W*\d+\W+\[?0(?:\.\d+)*\]")
_SIGNED = re.compile(r"\W*\d+[.):]*\s+[TFV]\b:?\s+[^\s|∨\[]")
_ANITA = re.compile(r"(?:\d+\.\s+)?[TF]\b.*\s(?:pre|conclus(?:ion|ao))\s*$")
_HEADER = re.compile(r"^# (?:problem|premise|conclusion|clause|logic|status): .*$", re.MULTILINE)
_SAMPLE = 20_000  # characters that tell how a proof is written
_INTEGERS = re.compile(r"(?:-?\d+|d)(?:\s+(?:-?\d+|d))*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """How a proof is written."""

    calculus: Literal["resolution", "tableau"]
    form: Form


def clauses(stated: Stated) -> tuple[Clause, ...]:
    """Return the clauses that a refutation of the problem begins with.

    Raises:
        ProblemMistake: the problem's logic has no clausal form.

    """
    match stated:
        case ClauseSet(clauses=given):
            return given
        case Inference(logic=logic) if logic != "classical":
            raise ProblemMistake(
                f"resolution is for classical logic, not for {logic}",
                hint="`--calculus tableau` takes every logic",
            )
        case Inference(premises=premises, conclusion=conclusion):
            return clausal_form(premises if conclusion is None else (*premises, Not(conclusion)))


def inference(stated: Stated) -> Inference:
    """Return the inference that a tableau begins with: of clauses, that they are contradictory."""
    match stated:
        case Inference():
            return stated
        case ClauseSet(clauses=given):
            return Inference(premises=tuple(map(closed, given)), conclusion=None)


def closed(clause: Clause) -> Formula:
    """Return a clause as a formula, its variables universally quantified."""
    formula = formula_of((clause,))
    for name in sorted(variables(clause), reverse=True):
        formula = Forall(name, formula)
    return formula


def recognise(
    stated: Stated, text: str, calculus: Calculus, form: Literal["auto", "text"] | Form
) -> Written:
    """Say how a proof is written, where options do not.

    Raises:
        ProblemMistake: the options contradict each other.

    """
    rows = [row for row in map(str.strip, text[:_SAMPLE].splitlines()) if row]
    if form == "auto":
        form = _form(rows, text)
    natural = _calculus(stated, rows, form)
    if calculus not in {"auto", natural} and form != "text":
        raise ProblemMistake(f"a proof in the format {form} is no proof by {calculus}")
    return Written(calculus=natural if calculus == "auto" else calculus, form=form)


def _form(rows: Sequence[str], text: str) -> Form:
    """Tell DRUP, whose lines end in one 0, from LRAT, whose lines have two or forget."""
    told = [row.split() for row in rows if row.split()[0] != "c"]
    if told and all(_INTEGERS.match(" ".join(words)) for words in told):
        return "lrat" if any(row.count("0") > 1 or row[1:2] == ["d"] for row in told) else "drup"
    if not any(_ANITA.match(row) for row in rows):
        return "text"
    try:
        anita.read(text)
    except LogicError:
        return "text"  # its reader takes brackets too, and says better what cannot be read
    return "anita"


def _calculus(stated: Stated, rows: Sequence[str], form: Form) -> Literal["resolution", "tableau"]:
    match stated, form:
        case (_, "drup" | "lrat"):
            return "resolution"
        case (_, "anita"):
            return "tableau"
        case Inference(logic=logic), _ if logic != "classical":
            return "tableau"
        case _:
            is_tableau = any(_BRANCH.match(row) or _SIGNED.match(row) for row in rows)
            return "tableau" if is_tableau else "resolution"


# ── judging ─────────────────────────────────────────────────────────────────────────────────────


def judge(stated: Stated, text: str, how: Written, limits: Limits) -> Verdict:
    """Judge the text of a proof.

    Raises:
        TooLarge: it goes beyond the limits.
        Unsupported: it cannot be a proof of this problem.
        ProblemMistake: likewise.

    """
    match how:
        case Written(form="drup" | "lrat"):
            verdict = _judge_clausal(clauses(stated), text, how.form, limits)
        case Written(form="anita"):
            verdict = _judge_anita(inference(stated), text, limits)
        case Written(calculus="resolution"):
            given = clauses(stated)
            proof = without_header(text)
            verdict = refutations.check(given, proof, limits, numbers=has_numbers(given))
        case Written():
            whole, proof = inference(stated), without_header(text)
            verdict = tableaux.check(whole.premises, whole.conclusion, proof, whole.logic, limits)
    match verdict.flaw:
        case None | Flaw():
            # A file that holds a proof need not fence it.
            kept = tuple(one for one in verdict.liberties if one.message != UNFENCED)
            return replace(verdict, liberties=kept)
        case error:
            raise error


def steps(given: Sequence[Clause], text: str, form: Form, limits: Limits) -> tuple[Step, ...]:
    """Make kernel steps of a DRUP or LRAT proof.

    Raises:
        Flaw: the proof is wrong.
        TooLarge: it goes beyond the limits.

    """
    read = clausal.drup if form == "drup" else clausal.lrat
    return read(given, text, limits)


def anita_lines(problem: Inference, text: str, limits: Limits) -> tuple[TableauLine, ...]:
    """Read a tableau in ANITA's language, in the problem's names.

    Raises:
        SyntaxFlaw: the text is not in the language.
        TooLarge: it goes beyond the limits.

    """
    formulas = [one for one in (*problem.premises, problem.conclusion) if one is not None]
    symbols = {name for one in formulas for name, _ in (*predicates(one), *functions(one))} | {
        part.variable
        for one in formulas
        for part in subformulas(one)
        if isinstance(part, Forall | Exists)
    }
    return anita.read(text, limits, symbols=symbols)[2]


def without_header(text: str) -> str:
    """Blank the comments in which `prove` restates the problem; lines keep their numbers."""
    return _HEADER.sub("", text)


def has_numbers(given: Sequence[Clause]) -> bool:
    """Say whether the problem's atoms are those of a DIMACS file: a proof may write numbers."""
    return all(_NUMBERED_ATOM.fullmatch(one.atom.name) for clause in given for one in clause)


def _judge_anita(problem: Inference, text: str, limits: Limits) -> Verdict:
    lines = anita_lines(problem, text, limits)
    told = tableaux.Read(lines=lines, liberties=(), flaw=None, has_signs=True, answer=None)
    claims = tableaux.assumptions(problem.premises, problem.conclusion, problem.logic)
    return tableaux.judge(claims, told, problem.logic)


def _judge_clausal(given: Sequence[Clause], text: str, form: Form, limits: Limits) -> Verdict:
    places = [
        place
        for place, row in enumerate(text.splitlines(), start=1)
        if row.strip() and row.split()[0] != "c"
    ]
    try:
        kernel.check(given, steps(given, text, form, limits))
    except Flaw as flaw:
        last = flaw.line or 0
        whole = isinstance(flaw, NoEmptyClause)
        before = len(places) if whole else sum(place < last for place in places)
        return Verdict(flaw=flaw, lines=len(places), valid_prefix=before)
    return Verdict(flaw=None, lines=len(places), valid_prefix=len(places))
