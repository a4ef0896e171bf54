"""Is a set of clauses saturated under resolution?

It is when each resolvent of two of its clauses is a tautology or contains a clause of the set. The
two labels are drawn together: what resolution makes of random clauses, and the same with the signs
of one atom exchanged between two clauses. Both can be true, and in both something can be resolved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

from evalsuite.families.resolution import _clause_sets as sets
from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution._clause_sets import ClauseSet
from evalsuite.families.resolution._drawing import Drawn, Signs
from evalsuite.logic.clauses import show_clause
from evalsuite.logic.provers.resolution import saturation_flaw
from evalsuite.records import Draft

LABELS: Final = ("saturated", "not-saturated")
CHOICES: Final = 2

_FEWEST, _MOST = 4, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many clauses there are."""

    fewest_clauses: int = 5
    most_clauses: int = 14
    step: int = 3

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_clauses <= self.most_clauses <= _MOST or self.step < 1:
            raise ValueError(
                f"`fewest_clauses`, `most_clauses` and `step`: {_FEWEST} <= fewest <= most"
                f" <= {_MOST}, step >= 1"
            )


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of clauses."""
    return tuple(range(params.fewest_clauses, params.most_clauses + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw `rung` clauses that are (0) or are not (1) saturated."""
    atoms = rng.randint(4, 5 + rung // 4)
    clauses = _closed(atoms, rung, rng)
    if clauses is None:
        return None
    telling = len(_resolvents(clauses))
    table = drawing.columns(atoms)
    for twin in drawing.exchanges(clauses, rng):
        same = len(_resolvents(twin)) == telling
        if same and _is_open(twin) and drawing.models(twin, table):
            drawn = Drawn(atoms=atoms, clauses=tuple(clauses), steps=())
            return _draft(sets.chosen(drawn, twin, gold, rng), rung, telling)
    return None


def _draft(problem: ClauseSet, rung: int, telling: int) -> Draft:
    return Draft(
        shown={"clauses": [show_clause(clause) for clause in problem.clauses]},
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "atoms": len(sets.atoms(problem.clauses)), "resolvents": telling},
    )


def _closed(atoms: int, count: int, rng: Random) -> list[Signs] | None:
    """Draw clauses and resolve them until nothing new comes out and there are so many."""
    clauses: list[Signs] = []
    while len(clauses) < count:
        clause = drawing.random_clause(atoms, rng.choice((2, 2, 3)), rng)
        waiting = [clause]
        while waiting:
            one = waiting.pop()
            if not one or len(clauses) > count:
                return None
            if any(old <= one for old in clauses):
                continue
            clauses = [old for old in clauses if not one <= old]
            waiting += [made for old in clauses for made in _resolved(one, old)]
            clauses.append(one)
    used = {abs(one) for clause in clauses for one in clause}
    if len(clauses) != count or len(used) < atoms or not _resolvents(clauses):
        return None
    rng.shuffle(clauses)
    return clauses


def _resolved(one: Signs, other: Signs) -> list[Signs]:
    """Return the resolvent of two clauses if there is one that is no tautology."""
    clash = [literal for literal in one if -literal in other]
    return [(one | other) - {clash[0], -clash[0]}] if len(clash) == 1 else []


def _resolvents(clauses: Sequence[Signs]) -> list[Signs]:
    return [made for one, other in combinations(clauses, 2) for made in _resolved(one, other)]


def _is_open(clauses: Sequence[Signs]) -> bool:
    """Say whether some resolvent is new."""
    return any(not any(old <= made for old in clauses) for made in _resolvents(clauses))


def decide(problem: ClauseSet) -> tuple[int, int]:
    """Return the answer as the prover's check finds it, and by looking at sets of numbers."""
    names = sets.atoms(problem.clauses)
    clauses = [drawing.numbers(clause, names) for clause in problem.clauses]
    flaw = saturation_flaw(problem.clauses, problem.clauses)
    return int(flaw is not None), int(_is_open(clauses))


def canonical(problem: ClauseSet) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return sets.canonical(problem)


def show(problem: ClauseSet) -> str:
    """Write a problem on one line, for messages."""
    return sets.show(problem.clauses)


def certificate(params: Params, problem: ClauseSet) -> None:
    """Return nothing: a verdict is all that is asked."""
