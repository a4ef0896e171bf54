"""Proofs with one thing changed: what a kernel still accepts is right, step by step.

    EVALSUITE_DEEP=1 pytest tests/logic/test_mutations.py -s

tries 100,000 of them and prints how many each flaw refused; without the variable one in twenty.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from random import Random
from typing import TypeVar

import pytest

from evalsuite.logic import normal
from evalsuite.logic.clauses import Clause
from evalsuite.logic.elaborators import refutation as clause_text
from evalsuite.logic.elaborators import tableau as tableau_text
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.kernels import refutation, tableau
from evalsuite.logic.proofs import Step
from evalsuite.logic.provers import resolution
from evalsuite.logic.provers import tableau as tableau_prover
from evalsuite.logic.syntax import Formula, Not
from evalsuite.logic.tableau import Signed
from evalsuite.logic.text import reading
from tests.logic import judges, mutants
from tests.logic.pelletier import FULL, MONADIC
from tests.logic.random_problems import clause_set, first_order, inference, share

ACCEPTED = "accepted"
S = TypeVar("S")
BASES = 150  # proofs that are then changed in many ways


def changed(
    steps: list[S], mutations: Sequence[Callable[[list[S], Random], list[S]]], rng: Random
) -> list[S]:
    """Change a proof in one of these ways, until it is another one."""
    while True:
        found = rng.choice(mutations)(steps, rng)
        if found != steps:
            return found


def counted(counts: Counter[str], title: str) -> None:
    rows = (f"  {number:8,} {name}" for name, number in counts.most_common())
    sys.stdout.write("\n".join((f"\n{title}: {counts.total():,}", *rows, "")))


# ── refutations ─────────────────────────────────────────────────────────────────────────────────


def problems() -> Iterator[tuple[tuple[Formula, ...], Formula]]:
    """Yield Pelletier's first-order problems."""
    for case in MONADIC + FULL:
        yield tuple(map(reading.formula, case.premises)), reading.formula(case.conclusion)


@cache
def refutations() -> tuple[tuple[tuple[Clause, ...], resolution.Refuted], ...]:
    """Return clause sets with a refutation each, half of them first-order."""
    rng = Random(7)
    found: list[tuple[tuple[Clause, ...], resolution.Refuted]] = []
    named = problems()
    while len(found) < BASES:
        if len(found) % 2:
            premises, conclusion = next(named, None) or first_order(rng)
            given = normal.clausal((*premises, Not(conclusion)))
        else:
            given = clause_set(rng)
        answer = resolution.prove(given, limit=resolution.Limit(clauses=80, weight=40, steps=1500))
        if isinstance(answer, resolution.Refuted) and len(answer.lines) > 4:
            found.append((given, answer))
    return tuple(found)


def all_follow(given: Sequence[Clause], steps: Sequence[Step]) -> bool:
    return all(judges.step_follows(given, steps, place) for place in range(len(steps)))


def test_a_changed_refutation_is_refused_or_right() -> None:
    rng, counts = Random(11), Counter[str]()
    for _ in range(share(40_000)):
        given, proof = rng.choice(refutations())
        steps = changed(list(proof.steps), mutants.REFUTATION_MUTATIONS, rng)
        try:
            refutation.check(given, steps)
        except LogicError as flaw:
            counts[type(flaw).__name__] += 1
        else:
            counts[ACCEPTED] += 1
            assert all_follow(given, steps), (given, steps)
    counted(counts, "changed refutations, as kernel steps")
    assert {"NotGiven", "NoPivot", "NotAResolvent", "WrongInstance"} < counts.keys()


# ── tableaux ────────────────────────────────────────────────────────────────────────────────────


@cache
def tableaux() -> tuple[tuple[tuple[Formula, ...], Formula, tableau_prover.Closed], ...]:
    """Return entailments with a closed tableau each, half of them first-order."""
    rng = Random(13)
    found: list[tuple[tuple[Formula, ...], Formula, tableau_prover.Closed]] = []
    limit = tableau_prover.Limit(nodes=400)
    named = problems()
    while len(found) < BASES:
        if len(found) % 2:
            premises, conclusion = next(named, None) or first_order(rng)
        else:
            premises, conclusion = inference(rng)
        answer = tableau_prover.prove(premises, conclusion, limit=limit)
        if isinstance(answer, tableau_prover.Closed) and len(answer.kernel_steps) > 4:
            found.append((premises, conclusion, answer))
    return tuple(found)


def assumed(premises: Sequence[Formula], conclusion: Formula) -> tuple[Signed, ...]:
    return (
        *(Signed(sign=True, formula=one) for one in premises),
        Signed(sign=False, formula=conclusion),
    )


def test_a_changed_tableau_is_refused_or_right() -> None:
    rng, counts = Random(17), Counter[str]()
    for _ in range(share(40_000)):
        premises, conclusion, proof = rng.choice(tableaux())
        steps = changed(list(proof.kernel_steps), mutants.TABLEAU_MUTATIONS, rng)
        assumptions = assumed(premises, conclusion)
        try:
            tableau.check(assumptions, steps)
        except LogicError as flaw:
            counts[type(flaw).__name__] += 1
        else:
            counts[ACCEPTED] += 1
            assert judges.tableau_follows(assumptions, steps), (assumptions, steps)
    counted(counts, "changed tableaux, as kernel steps")
    assert {"StaleConstant", "MissingBranch", "OffBranch", "OpenBranch"} < counts.keys()


# ── as text ─────────────────────────────────────────────────────────────────────────────────────


def changed_text(text: str, rng: Random) -> str:
    """Change one thing in a proof's text, as a careless writer would."""
    lines = text.splitlines()
    place = rng.randrange(len(lines))
    line = lines[place]
    places = list(_changeable(line))
    match rng.randrange(5):
        case 0:
            del lines[place]
        case 1:
            lines.insert(rng.randrange(len(lines) + 1), lines.pop(place))
        case _ if places:
            at = rng.choice(places)
            lines[place] = line[:at] + rng.choice(_instead(line[at])) + line[at + 1 :]
        case _:
            lines[place] = line[: rng.randrange(len(line) + 1)]
    return "\n".join(lines)


_GROUPS = ("0123456789", "PQRSU", "ab", "xyz", "TF", ("~", ""), "|&", ("-", "<-"))


def _changeable(line: str) -> Iterator[int]:
    return (at for at, letter in enumerate(line) if _instead(letter))


def _instead(letter: str) -> Sequence[str]:
    if letter in "PQRSU" and letter:
        return ("P", "Q", "R", "~P", "~Q", "S")
    return next((group for group in _GROUPS if letter in group), ())


@pytest.mark.parametrize("kind", ["refutation", "tableau"])
def test_a_changed_text_is_refused_or_right(kind: str) -> None:
    rng, counts = Random(19), Counter[str]()
    judge = _refutation_case if kind == "refutation" else _tableau_case
    for _ in range(share(10_000)):
        counts[judge(rng)] += 1
    counted(counts, f"changed {kind} texts")
    assert len(counts) > 8


def _refutation_case(rng: Random) -> str:
    given, proof = rng.choice(refutations())
    text = changed_text(clause_text.show(proof.lines), rng)
    flaw = clause_text.check(given, text).flaw
    if flaw is not None:
        return type(flaw).__name__
    steps = clause_text.elaborate(given, clause_text.read(text).lines).steps
    assert all_follow(given, steps), text
    return ACCEPTED


def _tableau_case(rng: Random) -> str:
    premises, conclusion, proof = rng.choice(tableaux())
    text = changed_text(tableau_text.show(proof.lines), rng)
    flaw = tableau_text.check(premises, conclusion, text).flaw
    if flaw is not None:
        return type(flaw).__name__
    assumptions = assumed(premises, conclusion)
    steps = tableau_text.elaborate(assumptions, tableau_text.read(text).lines).steps
    assert judges.tableau_follows(assumptions, steps), text
    return ACCEPTED


@pytest.mark.parametrize("mutate", [*mutants.REFUTATION_MUTATIONS])
def test_every_way_to_change_a_refutation_is_refused_sometimes(
    mutate: Callable[[list[Step], Random], list[Step]],
) -> None:
    rng = Random(23)
    for _ in range(300):
        given, proof = rng.choice(refutations())
        try:
            refutation.check(given, mutate(list(proof.steps), rng))
        except LogicError:
            return
    pytest.fail("nothing was refused")
