"""Which of four clauses is the resolvent of two clauses?

The four are one set of literals, the resolvent and the pivot as it stands in a parent, each
without another literal. So the options alone do not tell which literal is the pivot, and they are
all equally long. Each of the four literals stands in both parents, the pivot alone with two signs:
who does not look at the signs cannot tell it either.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import canonical as canonical_form
from evalsuite.logic.clauses import Clause, Literal, complement, show_clause
from evalsuite.logic.problems import ResolventOf, show_problem
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import Atom
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4

_FEWEST, _MOST = 5, 10  # fewer give too few instances; each decider goes through 2**literals rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many literals the resolvent has."""

    fewest_literals: int = 6
    most_literals: int = 9

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_literals <= self.most_literals <= _MOST:
            raise ValueError(
                f"`fewest_literals` and `most_literals`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of literals."""
    return tuple(range(params.fewest_literals, params.most_literals + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw two clauses with one pivot, and four options; the resolvent is option `gold`."""
    pivot, *others = (
        Literal(atom=Atom(atom), positive=rng.random() < 1 / 2)
        for atom in rng.sample(NAMES, rung + 1)
    )
    shared = others[: rng.randint(CHOICES - 1, rung - 1)]
    left, right = _parents(pivot, shared, others[len(shared) :], rng)
    everything = frozenset((pivot, *others))
    options = [everything - {dropped} for dropped in rng.sample(shared, CHOICES - 1)]
    options.insert(gold, everything - {pivot})
    return _draft(left, right, tuple(options), rung)


def _parents(
    pivot: Literal, shared: list[Literal], others: list[Literal], rng: Random
) -> tuple[Clause, Clause]:
    """Return two clauses that share these literals; each of the others goes to one of the two."""
    places = [rng.random() < 1 / 2 for _ in others]
    one = frozenset((pivot, *shared, *(x for x, here in zip(others, places, strict=True) if here)))
    two = frozenset(
        (
            complement(pivot),
            *shared,
            *(x for x, here in zip(others, places, strict=True) if not here),
        )
    )
    return (one, two) if rng.random() < 1 / 2 else (two, one)


def decide(problem: ResolventOf) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    return semantics.answer(problem), solvers.answer(problem)


def canonical(problem: ResolventOf) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return canonical_form(problem)


def show(problem: ResolventOf) -> str:
    """Write a problem on one line, for messages."""
    return show_problem(problem)


def certificate(params: Params, problem: ResolventOf) -> None:
    """Return nothing: a verdict is all that is asked."""


def _draft(left: Clause, right: Clause, options: tuple[Clause, ...], rung: int) -> Draft:
    shown = tuple(map(show_clause, options))
    return Draft(
        shown={"left": show_clause(left), "right": show_clause(right), "options": list(shown)},
        choices=shown,
        problem=ResolventOf(left=left, right=right, candidates=options),
        tags={"rung": rung, "atoms": rung + 1, "shared": len(left & right)},
    )
