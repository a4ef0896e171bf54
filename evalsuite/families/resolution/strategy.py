"""Can the clauses be refuted by unit resolution, or by input resolution?

All the sets have a refutation; not all have one of this kind. Unit and input resolution refute the
same sets (Chang, *The unit proof and the input proof in theorem proving*, 1970), those in which
unit propagation meets a contradiction. The two labels are drawn together: clauses that unit
propagation refutes, and the same with the signs of one atom exchanged between two of them. Clauses
are added that the first set does not need, and without which the second one would have a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Final, Literal, get_args

from evalsuite.families.resolution import _clause_sets as sets
from evalsuite.families.resolution import _drawing as drawing
from evalsuite.families.resolution._drawing import Drawn, Signs
from evalsuite.logic import solvers
from evalsuite.logic.canonical import any_order, clause_tree, form
from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.elaborators import refutation
from evalsuite.logic.normal import formula_of
from evalsuite.logic.provers.derivations import Refuted
from evalsuite.logic.provers.resolution import GaveUp
from evalsuite.logic.provers.strategies import Exhausted, prove_by
from evalsuite.logic.text import valuations
from evalsuite.records import Draft, Json

LABELS: Final = ("can-be-done", "cannot-be-done")
CHOICES: Final = 2
# What unit resolution refutes is what unit propagation refutes, and input resolution too (Chang).
DECIDED_BY: Final = frozenset({"unit-propagation"})

Kind = Literal["unit", "input"]

_FEWEST, _MOST = 5, 12
_TRIES = 20  # exchanges


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The way in which to refute, and the ladder: how many atoms there are."""

    strategy: str = "unit"
    fewest_atoms: int = 5
    most_atoms: int = 11
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse a strategy that is not decided here, and a ladder without rungs."""
        if self.strategy not in get_args(Kind):
            raise ValueError(f"`strategy`: one of {', '.join(get_args(Kind))}")
        if not _FEWEST <= self.fewest_atoms <= self.most_atoms <= _MOST or self.step < 1:
            raise ValueError(
                f"`fewest_atoms`, `most_atoms` and `step`: {_FEWEST} <= fewest <= most <= {_MOST},"
                " step >= 1"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Can the clauses be refuted in this way? 0: they can; 1: in another way only."""

    clauses: tuple[Clause, ...]
    strategy: Kind


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of atoms."""
    return tuple(range(params.fewest_atoms, params.most_atoms + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw clauses that can (0) or cannot (1) be refuted in the way that is asked for."""
    both = _twins(rung, rng)
    if both is None:
        return None
    problem = sets.chosen(*both, gold, rng)
    shown: list[Json] = [show_clause(clause) for clause in problem.clauses]
    kind: Kind = "unit" if params.strategy == "unit" else "input"
    return Draft(
        shown={"clauses": shown},
        choices=LABELS,
        problem=Problem(clauses=problem.clauses, strategy=kind),
        formal={"clauses": shown, "strategy": kind},
        tags={
            "rung": rung,
            "atoms": rung,
            "clauses": len(shown),
        },
    )


def decide(problem: Problem) -> tuple[int, int]:
    """Return the answer by searching through all such refutations, and by unit propagation.

    Raises:
        ValueError: the clauses have no refutation at all, or the search met its limit.

    """
    if solvers.satisfiable([formula_of([clause]) for clause in problem.clauses]):
        raise ValueError("the clauses have a model")
    found = prove_by(problem.strategy, problem.clauses)
    if isinstance(found, GaveUp):
        raise ValueError(f"the search met its limit of {found.limit}")  # noqa: TRY004
    return int(isinstance(found, Exhausted)), int(_propagated(problem.clauses) is not None)


def canonical(problem: Problem) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(any_order(map(clause_tree, problem.clauses), problem.strategy))


def show(problem: Problem) -> str:
    """Write a problem on one line, for messages."""
    return f"{sets.show(problem.clauses)} by {problem.strategy} resolution"


def certificate(params: Params, problem: Problem) -> str:  # noqa: ARG001
    """Return a refutation of the kind, or the values at which unit propagation comes to rest."""
    found = prove_by(problem.strategy, problem.clauses)
    if isinstance(found, Refuted):
        return refutation.show(found.lines).rstrip()
    names = sets.atoms(problem.clauses)
    true = _propagated(problem.clauses) or frozenset()
    return valuations.show({names[abs(one) - 1]: one > 0 for one in true})


def _propagated(clauses: Sequence[Clause]) -> Signs | None:
    names = sets.atoms(clauses)
    return drawing.propagated([drawing.numbers(clause, names) for clause in clauses])


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────


def _twins(atoms: int, rng: Random) -> tuple[Drawn, tuple[Signs, ...]] | None:
    """Draw clauses that unit propagation refutes, and a twin that is refuted otherwise only."""
    clauses = drawing.contradicting(atoms, rng)
    if clauses is None:
        return None
    for twin in islice(drawing.exchanges(clauses, rng), _TRIES):
        more = _contradicted(atoms, clauses, twin, rng)
        if more is not None:
            return _shuffled(atoms, ([*clauses, *more], [*twin, *more]), rng)
    return None


def _contradicted(
    atoms: int, clauses: Sequence[Signs], twin: Sequence[Signs], rng: Random
) -> list[Signs] | None:
    """Draw clauses that leave the twin no model, and are of no use to unit propagation."""
    table = drawing.columns(atoms)
    left = drawing.models(twin, table)
    more: list[Signs] = []
    for _ in range(3 * atoms):
        if not left:
            break
        clause = _excluding(left, atoms, rng)
        known = [*clauses, *twin, *more]
        full = [*clauses, *more, clause]
        if any(drawing.comparable(clause, other) for other in known):
            continue
        if drawing.propagated([*twin, *more, clause]) is None:
            continue
        if drawing.is_critical(full, len(clauses), table):
            more.append(clause)
            left &= drawing.models([clause], table)
    return more if more and not left and drawing.propagated([*twin, *more]) else None


def _excluding(rows: int, atoms: int, rng: Random) -> Signs:
    """Draw a clause of two or three literals that is false in the first of the rows."""
    row = (rows & -rows).bit_length() - 1
    chosen = rng.sample(range(atoms), min(rng.choice((2, 3)), atoms))
    return frozenset(-(atom + 1) if row >> atom & 1 else atom + 1 for atom in chosen)


def _shuffled(
    atoms: int, both: tuple[Sequence[Signs], Sequence[Signs]], rng: Random
) -> tuple[Drawn, tuple[Signs, ...]]:
    """Put both sets in the same random order, and give the atoms the same random signs."""
    order = list(range(len(both[0])))
    rng.shuffle(order)
    flips = {atom: rng.choice((1, -1)) for atom in range(1, atoms + 1)}
    first, second = (
        tuple(frozenset(one * flips[abs(one)] for one in clauses[at]) for at in order)
        for clauses in both
    )
    return Drawn(atoms=atoms, clauses=first, steps=()), second
