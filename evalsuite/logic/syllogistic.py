"""Categorical propositions and what follows from them.

A  all S are P          ∀x (Sx → Px)          E  no S is P            ∀x (Sx → ¬Px)
I  some S is P          ∃x (Sx ∧ Px)          O  some S is not P      ∃x (Sx ∧ ¬Px)

Terms cut the world into regions, one for each way of being or not being each of them: a Venn
diagram. A and E say that regions are empty, I and O that of certain regions not all are. So a
model is a set of inhabited regions. Existential import adds that each term has something under it.

A complemented term (`non-S`) and a denied proposition are allowed; with import for the complements
too, the relations of two such propositions are those of Keynes's octagon (*Formal Logic*, 1906).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations
from operator import and_
from typing import Literal, TypeAlias

from evalsuite.logic.syntax import And, Atom, Exists, Forall, Formula, Implies, Not, Variable
from evalsuite.logic.tables import everywhere, table

Mood: TypeAlias = Literal["A", "E", "I", "O"]
MOODS: tuple[Mood, ...] = ("A", "E", "I", "O")

_X = (Variable("x"),)


@dataclass(frozen=True, slots=True)
class Term:
    """A term or its complement."""

    name: str
    positive: bool = True


@dataclass(frozen=True, slots=True)
class Categorical:
    """A categorical proposition, or one denied as a whole."""

    mood: Mood
    subject: Term
    predicate: Term
    denied: bool = False


def names(propositions: Iterable[Categorical]) -> tuple[str, ...]:
    """Return the names of the terms, sorted."""
    found = {term.name for one in propositions for term in (one.subject, one.predicate)}
    return tuple(sorted(found))


# ── as formulas ─────────────────────────────────────────────────────────────────────────────────


def formula(one: Categorical) -> Formula:
    """Return a proposition in first-order logic."""
    subject, predicate = _of(one.subject), _of(one.predicate)
    whole: Formula
    match one.mood:
        case "A":
            whole = Forall("x", Implies(subject, predicate))
        case "E":
            whole = Forall("x", Implies(subject, _negation(predicate)))
        case "I":
            whole = Exists("x", And(subject, predicate))
        case "O":
            whole = Exists("x", And(subject, _negation(predicate)))
    return Not(whole) if one.denied else whole


def _of(term: Term) -> Formula:
    atom = Atom(term.name, _X)
    return atom if term.positive else Not(atom)


def _negation(formula: Formula) -> Formula:
    return formula.body if isinstance(formula, Not) else Not(formula)


def existence(terms: Iterable[Term]) -> tuple[Formula, ...]:
    """Return for each term that something is under it."""
    return tuple(Exists("x", _of(term)) for term in terms)


# ── regions ─────────────────────────────────────────────────────────────────────────────────────


def consistent(premises: Sequence[Categorical], *, imported: bool) -> bool:
    """Say whether premises, none of them denied, can be true together."""
    return all(_witnesses(premises, names(premises), imported=imported))


def follows(premises: Sequence[Categorical], conclusion: Categorical, *, imported: bool) -> bool:
    """Say whether a conclusion follows from premises, nothing denied, by their Venn diagram.

    A universal conclusion follows iff the premises leave none of its forbidden regions; of a
    particular one, iff all the regions that one of them, or import, asks to be inhabited are its
    own: else each could be inhabited elsewhere.

    Raises:
        ValueError: the premises are inconsistent, or something is denied.

    """
    terms = names((*premises, conclusion))
    witnesses = _witnesses(premises, terms, imported=imported)
    if not all(witnesses):
        raise ValueError("inconsistent premises")
    regions = _marked(conclusion, terms)
    if conclusion.mood in "AE":
        return _left(premises, terms) & regions == 0
    return any(witness & ~regions == 0 for witness in witnesses)


def _left(premises: Sequence[Categorical], terms: Sequence[str]) -> int:
    """Return the regions that universal premises leave, one a bit."""
    kept = (~_marked(one, terms) for one in premises if one.mood in "AE")
    return reduce(and_, kept, everywhere(terms))


def _witnesses(
    premises: Sequence[Categorical], terms: Sequence[str], *, imported: bool
) -> list[int]:
    """Return, for all that must exist, the regions where it may be."""
    left = _left(premises, terms)
    claims = [_marked(one, terms) for one in premises if one.mood in "IO"]
    if imported:
        claims += [table(Atom(name), terms) for name in terms]
    return [left, *(left & claim for claim in claims)]


def _marked(one: Categorical, terms: Sequence[str]) -> int:
    """Return the regions that a universal says are empty, or a particular that not all are."""
    if one.denied:
        raise ValueError("a denied proposition")
    subject, predicate = (
        Atom(term.name) if term.positive else Not(Atom(term.name))
        for term in (one.subject, one.predicate)
    )
    meets: Formula = predicate if one.mood in "EI" else _negation(predicate)
    return table(And(subject, meets), terms)


# ── two propositions ────────────────────────────────────────────────────────────────────────────

Relation: TypeAlias = Literal[
    "contradictory", "contrary", "subcontrary", "subaltern", "equivalent", "independent"
]


def relation_of(*, both: bool, first_alone: bool, second_alone: bool, neither: bool) -> Relation:
    """Return how two propositions stand, from how they can be true and false together."""
    match both, first_alone, second_alone, neither:
        case _, False, False, _:
            return "equivalent"
        case False, _, _, False:
            return "contradictory"
        case False, _, _, True:
            return "contrary"
        case True, _, _, False:
            return "subcontrary"
        case True, True, True, True:
            return "independent"
        case _:
            return "subaltern"


def relation(first: Categorical, second: Categorical) -> Relation:
    """Return how two propositions about the same two terms stand, with import for complements too.

    Raises:
        ValueError: there are not two terms.

    """
    terms = names((first, second))
    if len(terms) != 2:  # noqa: PLR2004 - a square
        raise ValueError(f"{len(terms)} terms")
    truths = [(_is_true(first, world), _is_true(second, world)) for world in _worlds(terms)]
    return relation_of(
        both=(True, True) in truths,
        first_alone=(True, False) in truths,
        second_alone=(False, True) in truths,
        neither=(False, False) in truths,
    )


_Region: TypeAlias = frozenset[str]  # the terms that what is there is under


def _worlds(terms: Sequence[str]) -> list[frozenset[_Region]]:
    """Return each set of inhabited regions in which each term and its complement has something."""
    regions = [
        frozenset(inside)
        for count in range(len(terms) + 1)
        for inside in combinations(terms, count)
    ]
    worlds = (
        frozenset(world)
        for count in range(1, len(regions) + 1)
        for world in combinations(regions, count)
    )
    return [
        world
        for world in worlds
        if all({term in region for region in world} == {True, False} for term in terms)
    ]


def _is_true(one: Categorical, world: frozenset[_Region]) -> bool:
    found = {_under(one.predicate, region) for region in world if _under(one.subject, region)}
    truth = {"A": found <= {True}, "E": found <= {False}, "I": True in found, "O": False in found}
    return truth[one.mood] != one.denied


def _under(term: Term, region: _Region) -> bool:
    return (term.name in region) == term.positive
