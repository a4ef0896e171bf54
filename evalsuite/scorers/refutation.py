"""Judge a resolution refutation, or the model that shows that there is none.

The formal problem has

    clauses      the given clauses
    premises, conclusion    formulas, where the clauses are those of an inference
    strategy     the way in which it has to be done (`logic.provers.strategies`)
    atoms        for DIMACS: the atom that each number stands for, so that numbers may be written

Verdict 0, "unsatisfiable" or "follows", is shown by a refutation: `logic.elaborators.refutation`
reads it and its kernel checks each step; with a strategy, that the refutation has its shape.

Verdict 1 is shown by a model: a valuation that makes the clauses (the premises, and not the
conclusion) true, whatever the atoms that it leaves out are; of first-order clauses a finite
structure or a saturated set of clauses. That unit or input resolution does not do it, is shown by
a partial valuation in which each clause has a true literal, or two that have no value: no unit
clause that can be derived is false in it, and so none is empty. The two refute the same sets
(Chang, *The unit proof and the input proof in theorem proving*, 1970).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from random import Random
from typing import Final, get_args

from evalsuite.logic.clauses import (
    Clause,
    Literal,
    complement,
    is_tautology,
    show_clause,
    variables,
)
from evalsuite.logic.elaborators import refutation
from evalsuite.logic.flaws import (
    Flaw,
    LogicError,
    NoProof,
    TooLarge,
    UnknownReference,
    UnreadableLine,
)
from evalsuite.logic.formats import numbered
from evalsuite.logic.limits import Limits, within
from evalsuite.logic.normal import formula_of
from evalsuite.logic.proofs import ClauseLine, Verdict
from evalsuite.logic.provers.resolution import Refuted, is_propositional, prove, saturation_flaw
from evalsuite.logic.provers.shapes import shape_flaw
from evalsuite.logic.provers.strategies import Strategy, negative
from evalsuite.logic.syntax import Atom, Forall, Formula
from evalsuite.logic.text import reading, valuations
from evalsuite.logic.writing import show
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified, countermodel
from evalsuite.scorers._certified import Checked
from evalsuite.scorers.countermodel import Inference

_LIMITS: Final = Limits(characters=200_000, steps=2_000, depth=60, size=2_000)
_MOST_SATURATED = 80  # clauses, each pair of which is resolved
_STALLING: Final = frozenset({"unit", "input"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """A formal problem, read."""

    clauses: tuple[Clause, ...]
    premises: tuple[Formula, ...]
    conclusion: Formula | None
    strategy: Strategy | None
    atoms: tuple[str, ...]  # by the numbers of DIMACS, from 1


def score(question: Question, response: Response) -> Score:
    """Judge the verdict and its refutation or model."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Say whether the text is a refutation (verdict 0), or a model (verdict 1).

    The flaw is the class of `logic.flaws` that the first wrong line has; for a model it is
    `NotACountermodel`, for a refutation that is not done in the way that was asked `WrongShape`.
    """
    problem = _read(formal)
    try:
        if verdict == 0:
            return _refutes(problem, text)
        return _shows_model(problem, text)
    except Flaw as flaw:
        return _refused(type(flaw).__name__, flaw.message, line=flaw.line)
    except LogicError as error:
        return _refused(type(error).__name__, str(error))


def _refused(flaw: str, message: str, *, line: int | None = None) -> Checked:
    unread = flaw in {NoProof.__name__, TooLarge.__name__}
    return Checked(accepted=False, readable=not unread, flaw=flaw, message=message, line=line)


# ── the problem ─────────────────────────────────────────────────────────────────────────────────


def _read(formal: Mapping[str, Json]) -> _Problem:
    conclusion = _texts(formal, "conclusion")
    strategy = formal.get("strategy")
    if strategy is not None and strategy not in get_args(Strategy):
        raise ValueError(f"`{strategy}` is no strategy")
    known: tuple[Strategy, ...] = get_args(Strategy)
    return _Problem(
        clauses=tuple(map(reading.clause, _texts(formal, "clauses"))),
        premises=tuple(map(reading.formula, _texts(formal, "premises"))),
        conclusion=reading.formula(conclusion[0]) if conclusion else None,
        strategy=next((one for one in known if one == strategy), None),
        atoms=tuple(_texts(formal, "atoms")),
    )


def _texts(formal: Mapping[str, Json], name: str) -> list[str]:
    """Return the texts of an entry: a list, one text or none."""
    found = formal.get(name)
    if found is None:
        return []
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]


# ── refutations ─────────────────────────────────────────────────────────────────────────────────


def _refutes(problem: _Problem, text: str) -> Checked:
    given = problem.clauses
    told = refutation.check(given, text, _LIMITS)
    if isinstance(told.flaw, UnknownReference):
        # The clauses have numbers where they are asked about, which lines may go on from.
        listed = "".join(f"{at}. {show_clause(one)} [given]\n" for at, one in enumerate(given, 1))
        other = refutation.check(given, listed + text, _LIMITS)
        if other.flaw is None:
            text, told = listed + text, other
    if told.flaw is not None and problem.atoms:
        # In the numbers of DIMACS: `3` and `x3` are the third atom.
        renamed = tuple(_renumbered(clause, problem.atoms) for clause in given)
        other = refutation.check(renamed, text, _LIMITS, numbers=True)
        if other.flaw is None or other.valid_prefix > told.valid_prefix:
            given, told = renamed, other
    if told.flaw is not None:
        return _flawed(told, told.flaw)
    wrong = _shape(problem, given, text, numbers=given is not problem.clauses)
    if wrong is not None:
        return _refused("WrongShape", wrong)
    return Checked(accepted=True, strict=all(one.kind != "logic" for one in told.liberties))


def _flawed(told: Verdict, flaw: Exception) -> Checked:
    """Say what is wrong; a text of which not one line could be read is no refutation at all."""
    line = flaw.line if isinstance(flaw, Flaw) else None
    unread = isinstance(flaw, NoProof | TooLarge) or (
        isinstance(flaw, UnreadableLine) and told.valid_prefix == 0
    )
    message = flaw.message if isinstance(flaw, Flaw) else str(flaw)
    return Checked(
        accepted=False,
        readable=not unread,
        flaw=type(flaw).__name__,
        message=message,
        line=line,
    )


def _renumbered(clause: Clause, atoms: Sequence[str]) -> Clause:
    return frozenset(
        replace(one, atom=Atom(f"x{atoms.index(one.atom.name) + 1}")) for one in clause
    )


def _shape(problem: _Problem, given: Sequence[Clause], text: str, *, numbers: bool) -> str | None:
    """Say why a refutation that is right is not done as the problem asks, if it is not.

    The kernel's steps are judged: what a line rests on is plain there, whatever it says. A clause
    that comes twice may stand for itself each time, or once for both.
    """
    if problem.strategy is None:
        return None
    lines = refutation.read(text, _LIMITS, numbers=numbers).lines
    steps = refutation.elaborate(given, lines, _LIMITS).steps
    support = [given[place] for place in negative(given)]
    strategy = problem.strategy
    flaws = [
        shape_flaw(strategy, numbered.lines(steps, merged=merged), support=support)
        for merged in (True, False)
    ]
    return flaws[0] if all(flaws) else None


# ── models ──────────────────────────────────────────────────────────────────────────────────────


def _shows_model(problem: _Problem, text: str) -> Checked:
    within(len(text), _LIMITS.characters, "characters")
    if problem.conclusion is not None or not is_propositional(problem.clauses):
        return _shows_countermodel(problem, text)
    values = valuations.valuation(text, _spellings(problem))
    holds = _stalls if problem.strategy in _STALLING else _is_true
    failing = next((clause for clause in problem.clauses if not holds(clause, values)), None)
    if failing is None:
        return Checked(accepted=True)
    return _refused("NotACountermodel", f"`{show_clause(failing)}` is not true in it")


def _shows_countermodel(problem: _Problem, text: str) -> Checked:
    """Judge a model by the formulas themselves, where there are any: clauses may be another set.

    Of first-order problems a text that describes no structure may be a saturated set.
    """
    try:
        wrong = countermodel.countermodel_flaw(_inference(problem), text)
    except NoProof:
        if is_propositional(problem.clauses):
            raise
        return _shows_saturated(problem, text)
    return Checked(accepted=True) if wrong is None else _refused("NotACountermodel", wrong)


def _inference(problem: _Problem) -> Inference:
    """Return what a countermodel is one of: the inference, or the clauses as sentences."""
    if problem.conclusion is not None:
        return Inference(premises=problem.premises, conclusion=problem.conclusion)
    return Inference(premises=tuple(map(_closed, problem.clauses)), conclusion=None)


def _closed(clause: Clause) -> Formula:
    """Return the sentence that a clause is: its variables stand for everything."""
    names = sorted(variables(clause))
    return reduce(lambda body, name: Forall(name, body), names, formula_of([clause]))


def _spellings(problem: _Problem) -> dict[str, str]:
    """Return each atom by what it may be called: its name, or its number in DIMACS."""
    names = {one.atom.name for clause in problem.clauses for one in clause}
    numbers = {
        spelled: name
        for number, name in enumerate(problem.atoms, start=1)
        for spelled in (str(number), f"x{number}")
    }
    return {**numbers, **{name: name for name in sorted(names)}}


def _is_true(clause: Clause, values: Mapping[str, bool]) -> bool:
    """Say whether a clause is true, whatever the atoms without a value are."""
    return is_tautology(clause) or any(values.get(one.atom.name) is one.positive for one in clause)


def _stalls(clause: Clause, values: Mapping[str, bool]) -> bool:
    """Say whether a clause is true, or has two literals without a value."""
    return _is_true(clause, values) or sum(one.atom.name not in values for one in clause) > 1


def _shows_saturated(problem: _Problem, text: str) -> Checked:
    """Judge a saturated set: one clause a line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    within(len(lines), _MOST_SATURATED, "clauses of a saturated set")
    found = [reading.clause(line, _LIMITS, line=number) for number, line in enumerate(lines, 1)]
    wrong = saturation_flaw(problem.clauses, found) if found else "there is no clause"
    return Checked(accepted=True) if wrong is None else _refused("NotACountermodel", wrong)


# ── mutants ─────────────────────────────────────────────────────────────────────────────────────


def spoil(formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random) -> Iterator[str]:
    """Yield certificates with one thing changed, each of them wrong."""
    problem = _read(formal)
    if verdict != 0:
        yield from _spoiled_model(problem, certificate, rng)
        return
    lines = list(refutation.read(certificate, _LIMITS).lines)
    yield from _spoiled_lines(problem, lines, rng)
    # Nothing can be given that has a predicate which the problem does not have.
    strange = Literal(atom=Atom("Zq"), positive=True)
    given = next(place for place, line in enumerate(lines) if line.rule == "given")
    lines[given] = replace(lines[given], clause=lines[given].clause | {strange})
    yield refutation.show(lines)
    yield from _otherwise(problem)


def _otherwise(problem: _Problem) -> Iterator[str]:
    """Yield a refutation that is right, and not done in the way that is asked for."""
    found = None if problem.strategy is None else prove(problem.clauses)
    if isinstance(found, Refuted):
        text = refutation.show(found.lines)
        if _shape(problem, problem.clauses, text, numbers=False) is not None:
            yield text


def _spoiled_lines(problem: _Problem, lines: Sequence[ClauseLine], rng: Random) -> Iterator[str]:
    """Yield the refutation with its end gone, or one line made wrong."""
    # Gold proofs end in their only empty clause.
    yield refutation.show(lines[:-1])
    derived = [place for place, line in enumerate(lines) if line.parents]
    if not derived:
        return
    place = rng.choice(derived)
    itself = replace(lines[place], parents=(lines[place].label, *lines[place].parents[1:]))
    yield refutation.show([*lines[:place], itself, *lines[place + 1 :]])
    if not is_propositional(problem.clauses):
        return
    # Of two clauses with one pivot the resolvent is the only one, and nothing without one of its
    # literals or with another in its place holds it.
    longer = [place for place in derived if lines[place].clause]
    if longer:
        place = rng.choice(longer)
        one = rng.choice(sorted(lines[place].clause, key=repr))
        for clause in (
            lines[place].clause - {one},
            (lines[place].clause - {one}) | {complement(one)},
        ):
            wrong = replace(lines[place], clause=clause)
            yield refutation.show([*lines[:place], wrong, *lines[place + 1 :]])
    yield from _falsely_given(problem, lines, rng)


def _falsely_given(problem: _Problem, lines: Sequence[ClauseLine], rng: Random) -> Iterator[str]:
    """Yield the refutation with a given clause that is part of one, and holds none."""
    options = [
        (place, line.clause - {one})
        for place, line in enumerate(lines)
        if line.rule == "given"
        for one in sorted(line.clause, key=repr)
        if not any(clause <= line.clause - {one} for clause in problem.clauses)
    ]
    if options:
        place, clause = rng.choice(options)
        wrong = replace(lines[place], clause=clause)
        yield refutation.show([*lines[:place], wrong, *lines[place + 1 :]])


def _spoiled_model(problem: _Problem, certificate: str, rng: Random) -> Iterator[str]:
    """Yield models in which, by evaluation, a clause or a claim is not as it has to be."""
    if problem.conclusion is not None or not is_propositional(problem.clauses):
        inference = _inference(problem)
        yield from countermodel.spoil(
            {
                "premises": [show(one) for one in inference.premises],
                "conclusion": None if inference.conclusion is None else show(inference.conclusion),
            },
            1,
            certificate,
            rng,
        )
        return
    values = valuations.valuation(certificate, _spellings(problem))
    names = sorted(values)
    rng.shuffle(names)
    for name in names:
        changed = {**values, name: not values[name]}
        if any(_is_false(clause, changed) for clause in problem.clauses):
            yield valuations.show(changed)
            break


def _is_false(clause: Clause, values: Mapping[str, bool]) -> bool:
    return all(values.get(one.atom.name) is (not one.positive) for one in clause)
