"""Random formulas of the same words: what is valid and what is not, from one bag of tokens.

A bag of atoms and connectives is drawn first, then formulas are put together from it. Only such
formulas are kept as are also written with equally many brackets, so that a valid one and one that
is not differ in the order of their tokens alone. All of them are tautologies once their boxes and
diamonds are taken away, so that worlds are needed to tell them apart.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from evalsuite.logic.kripke import Kripke
from evalsuite.logic.provers import tableau
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Formula,
    Implies,
    Not,
    Or,
    atoms,
    subformulas,
    with_parts,
)
from evalsuite.logic.tableau import Logic
from evalsuite.logic.tables import everywhere, table
from evalsuite.logic.writing import show

WORLDS: Final = 3  # of the countermodels that are kept, and of those that a decider looks for
LINES: Final = 24  # of the proofs that are kept

_Binary: TypeAlias = type[And] | type[Or] | type[Implies]
_Unary: TypeAlias = type[Not] | type[Box] | type[Diamond]
_MOST_TRIED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """What formulas are put together from; the main connective is another `->`."""

    leaves: tuple[str, ...]
    binaries: tuple[_Binary, ...]  # two fewer than leaves
    unaries: tuple[_Unary, ...]


Twins: TypeAlias = tuple[list[Formula], list[Formula]]  # that are valid, and that are not


def bag(
    size: int, unaries: Sequence[_Unary], names: Sequence[str], rng: Random, *, either: bool = False
) -> Bag:
    """Draw a bag of `size` leaves, each name among them, as evenly as can be.

    With `either` there is a disjunction, without which few tautologies fail intuitionistically.
    """
    leaves = [names[place % len(names)] for place in range(size)]
    return Bag(
        leaves=tuple(leaves),
        binaries=tuple(
            Or if either and not place else rng.choice((And, Or, Implies))
            for place in range(size - 2)
        ),
        unaries=tuple(unaries),
    )


def twins(source: Bag, logic: Logic, rng: Random) -> Twins | None:
    """Return valid formulas and others of the same tokens; `None` where none are found soon."""
    found: dict[tuple[str, ...], Twins] = defaultdict(lambda: ([], []))
    seen: set[Formula] = set()
    for _ in range(_MOST_TRIED):
        one = filled(source, rng)
        if one in seen or not _is_worth_asking(one):
            continue
        seen.add(one)
        label = _label(one, logic)
        if label is None:
            continue
        valid, invalid = both = found[tokens(one)]
        both[label].append(one)
        if not invalid:
            continue
        valid[:] = [other for other in valid if not _is_vacuous(other, logic)]
        if valid:
            return both
    return None


def _label(formula: Formula, logic: Logic) -> int | None:
    """Return 0 for valid, 1 for not; `None` where that takes long to show."""
    match tableau.prove((), formula, logic):
        case tableau.Closed(lines=lines):
            return 0 if len(lines) <= LINES else None
        case tableau.Open(countermodel=Kripke(worlds=worlds)):
            return 1 if len(worlds) <= WORLDS else None
        case _:
            return None


def _is_vacuous(formula: Formula, logic: Logic) -> bool:
    """Say whether an implication's sides are not both needed for it to hold."""
    match formula:
        case Implies(left, right):
            sides = tableau.prove((left,), None, logic), tableau.prove((), right, logic)
            return any(isinstance(side, tableau.Closed) for side in sides)
        case _:
            return False


def filled(source: Bag, rng: Random) -> Formula:
    """Put a bag together in random order; the main connective is `->`."""
    leaves: list[Formula] = [Atom(name) for name in rng.sample(source.leaves, len(source.leaves))]
    unaries = rng.sample(source.unaries, len(source.unaries))
    binaries = rng.sample(source.binaries, len(source.binaries))
    cut = rng.randrange(1, len(leaves))
    nodes = 2 * len(leaves) - 2  # that a unary connective may stand on, the whole not among them
    places = [rng.randrange(nodes) for _ in unaries]
    waiting = [
        [unary for at, unary in zip(places, unaries, strict=True) if at == node]
        for node in range(nodes)
    ]
    left = _grown(leaves[:cut], binaries, waiting, rng)
    return Implies(left, _grown(leaves[cut:], binaries, waiting, rng))


def _grown(
    leaves: Sequence[Formula], binaries: list[_Binary], waiting: list[list[_Unary]], rng: Random
) -> Formula:
    """Return a random tree over the leaves; connectives are taken off their lists."""
    unaries = waiting.pop()
    if len(leaves) == 1:
        grown = leaves[0]
    else:
        cut = rng.randrange(1, len(leaves))
        joined = binaries.pop()
        left = _grown(leaves[:cut], binaries, waiting, rng)
        grown = joined(left, _grown(leaves[cut:], binaries, waiting, rng))
    for unary in unaries:
        grown = unary(grown)
    return grown


def _is_worth_asking(formula: Formula) -> bool:
    """Say whether boxes and diamonds matter to a formula, and nothing in it is said twice."""
    return (
        not any(_is_idle(found) for found in subformulas(formula))
        and _is_tautology(_flat(formula))
        and not (_is_modal(formula) and _is_tautology(_opaque(formula, {})))
    )


def _is_idle(formula: Formula) -> bool:
    match formula:
        case And(left, right) | Or(left, right) | Implies(left, right):
            return left == right
        case _:
            return False


def _is_modal(formula: Formula) -> bool:
    return any(isinstance(found, Box | Diamond) for found in subformulas(formula))


def _flat(formula: Formula) -> Formula:
    """Take away boxes and diamonds."""
    if isinstance(formula, Box | Diamond):
        return _flat(formula.body)
    return with_parts(formula, _flat)


def _opaque(formula: Formula, known: dict[Formula, Formula]) -> Formula:
    """Put an atom in the place of each outermost box or diamond."""
    if isinstance(formula, Box | Diamond):
        return known.setdefault(formula, Atom(f"box{len(known)}"))
    return with_parts(formula, lambda part: _opaque(part, known))


def _is_tautology(formula: Formula) -> bool:
    names = atoms(formula)
    return table(formula, names) == everywhere(names)


def tokens(formula: Formula) -> tuple[str, ...]:
    """Return the signs that a formula is written with, without their order."""
    return tuple(sorted(show(formula).replace(" ", "")))
