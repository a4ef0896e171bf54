"""Does the conclusion follow? Shown by a closed tableau, or by an open branch.

The connectives, atoms and number of negations of a conclusion are drawn first, and only such are
used as can be filled in to follow and also not to follow from the premises drawn, with a tableau
that is not too long. So premises, length and words tell nothing about the label. Unit propagation
from the premises and the denied conclusion stops short of an answer: a tableau has to split.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, permutations
from operator import and_
from random import Random
from typing import Final, TypeAlias

from evalsuite.logic import semantics, solvers, units
from evalsuite.logic.canonical import canonical as canonical_form
from evalsuite.logic.clauses import Clause
from evalsuite.logic.elaborators import tableau as written
from evalsuite.logic.formats.unsigned import unsigned
from evalsuite.logic.normal import cnf_clauses
from evalsuite.logic.problems import Entailment, show_problem
from evalsuite.logic.provers import tableau
from evalsuite.logic.sampling import NAMES, formula
from evalsuite.logic.syntax import Atom, Formula, Not, leaves, substitute
from evalsuite.logic.tables import everywhere, table
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = ("follows", "does-not-follow")
CHOICES: Final = 2

_CALCULI: Final = ("signed", "unsigned")
_FEWEST, _MOST = 2, 8
_LINES: Final = {2: 24, 3: 28, 4: 34, 5: 40}  # of a proof, by rung
_MOST_LINES = 44
_Twins: TypeAlias = tuple[list[Formula], list[Formula]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many atoms; there are as many premises, but three at least."""

    fewest_atoms: int = 2
    most_atoms: int = 5
    calculus: str = "signed"  # of the certificate

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach, and calculi not known."""
        if not _FEWEST <= self.fewest_atoms <= self.most_atoms <= _MOST:
            raise ValueError(
                f"`fewest_atoms` and `most_atoms`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )
        if self.calculus not in _CALCULI:
            raise ValueError(f"`calculus`: one of {', '.join(_CALCULI)}")


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of atoms."""
    return tuple(range(params.fewest_atoms, params.most_atoms + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw premises over `rung` atoms and a conclusion that does (0) or does not (1) follow."""
    names = rng.sample(NAMES, rung)
    premises = _premises(names, rng)
    if premises is None:
        return None
    tables = [table(premise, names) for premise in premises]
    given, full = reduce(and_, tables), everywhere(names)
    found: dict[str, _Twins] = defaultdict(lambda: ([], []))
    for conclusion in _fillings(names, rng):
        truth = table(conclusion, names)
        if truth not in (0, full) and not _idle(truth, tables):
            key = "".join(sorted(show_formula(conclusion)))
            found[key][0 if given & ~truth == 0 else 1].append(conclusion)
    clauses = [clause for premise in premises for clause in cnf_clauses(premise)]
    alike = [tuple(_undecided(clauses, side) for side in both) for both in found.values()]
    twins = [both for both in alike if all(both)]
    if not twins:
        return None
    # Both twins have to be short: a proof that is too long must not weed out one label alone.
    pair = tuple(rng.choice(side) for side in rng.choice(twins))
    lengths = [_length(premises, conclusion) for conclusion in pair]
    if max(lengths) > _LINES.get(rung, _MOST_LINES):
        return None
    return _draft(premises, pair[gold], rung, lengths[gold])


def decide(problem: Entailment) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    return semantics.answer(problem), solvers.answer(problem)


def canonical(problem: Entailment) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return canonical_form(problem)


def show(problem: Entailment) -> str:
    """Write a problem on one line, for messages."""
    return show_problem(problem)


def certificate(params: Params, problem: Entailment) -> str:
    """Return a closed tableau, or the valuation that an open branch describes."""
    signs = params.calculus == "signed"
    match tableau.prove(problem.premises, problem.conclusion):
        case tableau.Closed(lines=lines):
            return written.show(lines if signs else unsigned(lines), signs=signs)
        case tableau.Open(countermodel=dict() as valuation):
            values = sorted(valuation.items())
            return ", ".join(f"{name}={'T' if value else 'F'}" for name, value in values)
        case other:
            raise TypeError(f"no answer: {other}")


def _premises(names: Sequence[str], rng: Random) -> tuple[Formula, ...] | None:
    """Draw premises that hold every atom and that can be true together; each says something."""
    count = max(3, len(names))
    sizes = [2 if len(names) == 2 else rng.choice((2, 2, 3)) for _ in range(count)]  # noqa: PLR2004 - as many atoms
    premises = tuple(_splitting(rng.sample(names, size), rng, denied=False) for size in sizes)
    tables = [table(premise, names) for premise in premises]
    used = {name for premise in premises for name in leaves(premise)}
    if len(used) < len(names) or len(set(tables)) < len(tables):
        return None
    if everywhere(names) in tables or reduce(and_, tables) == 0:
        return None
    return premises


def _fillings(names: Sequence[str], rng: Random) -> Iterator[Formula]:
    """Yield each filling of a random skeleton with two or three literals."""
    size = rng.choice((2, 3)) if len(names) > 2 else 2  # noqa: PLR2004 - a literal each
    slots = [str(slot) for slot in range(size)]
    skeleton = _splitting(slots, rng, denied=True)
    chosen = rng.sample(names, size)
    for order in permutations(chosen):
        for count in range(size + 1):
            for negated in combinations(slots, count):
                yield substitute(
                    skeleton,
                    {
                        slot: Not(Atom(name)) if slot in negated else Atom(name)
                        for slot, name in zip(slots, order, strict=True)
                    },
                )


def _idle(truth: int, tables: Sequence[int]) -> bool:
    """Say whether a conclusion follows from one premise alone."""
    return any(one & ~truth == 0 for one in tables)


def _undecided(given: Sequence[Clause], conclusions: Sequence[Formula]) -> list[Formula]:
    """Return those at which unit propagation, with the conclusion denied, comes to no end."""
    return [
        one for one in conclusions if units.outcome((*given, *cnf_clauses(Not(one)))) == "undecided"
    ]


def _splitting(atoms: Sequence[str], rng: Random, *, denied: bool) -> Formula:
    """Draw a formula that gives no literal by itself, or denied, so that a tableau has to split."""
    while True:
        drawn = formula(atoms, rng, negated=0.2)
        if all(len(clause) > 1 for clause in cnf_clauses(Not(drawn) if denied else drawn)):
            return drawn


def _length(premises: tuple[Formula, ...], conclusion: Formula) -> int:
    """Return how many lines a tableau has, closed or open."""
    match tableau.prove(premises, conclusion):
        case tableau.Closed(lines=lines):
            return len(lines)
        case tableau.Open(branch=branch):
            return len(branch)
        case _:
            return _MOST_LINES + 1


def _draft(premises: tuple[Formula, ...], conclusion: Formula, rung: int, length: int) -> Draft:
    shown = [show_formula(premise) for premise in premises]
    return Draft(
        shown={"premises": [*shown], "conclusion": show_formula(conclusion)},
        choices=LABELS,
        problem=Entailment(premises=premises, conclusion=conclusion),
        tags={"rung": rung, "atoms": rung, "premises": len(premises), "lines": length},
        formal={
            "premises": [*shown],
            "conclusion": show_formula(conclusion),
            "logic": "classical",
            "signs": True,
        },
    )
