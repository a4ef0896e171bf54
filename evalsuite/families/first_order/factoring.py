"""Which of four clauses is a factor of a clause?

Two literals of the clause are unified by a most general unifier, which goes through the whole
clause; they fall together. The wrong options leave a variable in a place where a term should stand,
or put that term where a variable should stay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

from evalsuite.families.first_order import _options, _terms
from evalsuite.logic import canonical as canonical_forms
from evalsuite.logic.canonical import Node, clause_tree
from evalsuite.logic.clauses import Clause, Literal, instance, show_clause, show_literal
from evalsuite.logic.resolution import factors
from evalsuite.logic.syntax import (
    Atom,
    Function,
    Substitution,
    Term,
    Variable,
    apply,
)
from evalsuite.logic.unify import variant
from evalsuite.logic.writing import show_term
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4

_FEWEST, _MOST = 3, 7  # literals
_LONGEST = 90  # characters of an option
_TRIES = 600

_Place = tuple[int, int]  # a literal's number and an argument's


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many literals the clause has."""

    fewest_literals: int = 3
    most_literals: int = 6

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_literals <= self.most_literals <= _MOST:
            raise ValueError(
                f"`fewest_literals` and `most_literals`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorOf:
    """Which candidate is a factor of the clause, up to names of variables? Its index."""

    clause: Clause
    candidates: tuple[Clause, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of literals."""
    return tuple(range(params.fewest_literals, params.most_literals + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a clause of `rung` literals and four others; the factor is option `gold`."""
    slips = _options.slips(rng)
    for _ in range(_TRIES):  # with the same slips, so that these stay equally frequent
        literals = _literals(rung, rng)
        clause = frozenset(literals)
        found = factors(clause)
        if len(clause) < rung or len(found) != 1 or len(found[0].clause) != rung - 1:
            continue
        changed = _changed(clause, found[0].merged, found[0].substitution, slips, rng)
        if changed is None or any(
            len(one) != rung - 1 or _is_factor(clause, one) for one in changed
        ):
            continue
        options = _options.placed(found[0].clause, changed, gold, rng)
        shown = tuple(_shown(one, literals) for one in options)
        if len(set(shown)) == CHOICES and max(map(len, shown)) <= _LONGEST:
            return Draft(
                shown={
                    "clause": " | ".join(map(show_literal, literals)),
                    "options": list(shown),
                },
                choices=shown,
                problem=FactorOf(clause=clause, candidates=options),
                tags={"rung": rung, "literals": rung, "slips": "-".join(slips)},
            )
    return None


def decide(problem: FactorOf) -> tuple[int, int]:
    """Return the answer by the factors of `logic.resolution`, and by Robinson and trial.

    Raises:
        ValueError: no option is a factor, or more than one is.

    """
    ours = [_is_factor(problem.clause, one) for one in problem.candidates]
    made = list(_plain_factors(problem.clause))
    plain = [any(_terms.is_variant(one, other) for other in made) for one in problem.candidates]
    return _only(ours), _only(plain)


def canonical(problem: FactorOf) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    options = canonical_forms.any_order(map(clause_tree, problem.candidates))
    return canonical_forms.form(Node("factor", (clause_tree(problem.clause), options)))


def show(problem: FactorOf) -> str:
    """Write a problem on one line, for messages."""
    return f"{show_clause(problem.clause)} => {' / '.join(map(show_clause, problem.candidates))}"


def certificate(params: Params, problem: FactorOf) -> None:
    """Return nothing: a verdict is all that is asked."""


def _is_factor(clause: Clause, other: Clause) -> bool:
    return any(variant(one.clause, other) is not None for one in factors(clause))


def _plain_factors(clause: Clause) -> Iterator[Clause]:
    for one, other in combinations(sorted(clause, key=show_literal), 2):
        if (one.positive, one.atom.name) == (other.positive, other.atom.name):
            pair = (Function(lit.atom.name, lit.atom.args) for lit in (one, other))
            unifier = _terms.robinson(*pair)
            if unifier is not None:
                yield instance(clause, unifier)


def _literals(rung: int, rng: Random) -> list[Literal]:
    """Draw literals of which the same predicate, with the same sign, stands in two at least."""
    names = _terms.VARIABLES[: min(rung + 1, len(_terms.VARIABLES))]
    twice, *others = rng.sample("PQRST", 4)
    one, other = zip(*(_terms.skeletons(2, rng) for _ in range(2)), strict=True)
    sign = rng.random() < 1 / 2
    rows = [(twice, sign, one), (twice, sign, other)]
    rows += [
        (rng.choice([*others, others[0]]), rng.random() < 1 / 2, (Variable("_"), Variable("_")))
        for _ in range(rung - 2)
    ]
    rng.shuffle(rows)
    leaves = _leaves(names, rng)
    return [
        Literal(atom=Atom(name, tuple(_terms.filled(arg, leaves) for arg in args)), positive=sign)
        for name, sign, args in rows
    ]


def _leaves(names: tuple[str, ...], rng: Random) -> Iterator[Term]:
    while True:
        if rng.random() < 0.85:  # noqa: PLR2004 - constants clash
            yield Variable(rng.choice(names))
        else:
            yield Function(rng.choice(_terms.CONSTANTS[:2]))


def _changed(
    clause: Clause,
    merged: tuple[Literal, Literal],
    unifier: Substitution,
    slips: tuple[_options.Slip, _options.Slip],
    rng: Random,
) -> list[Clause] | None:
    """Return the three clauses with one mistake or the other, or both.

    A mistake is made in one place of a literal that is not merged: a variable stays that should
    become the longest term (under), or becomes it where it should stay (over). Either way it is
    the same term that is missing or too much, so that the words of an option tell nothing.
    """
    rest = sorted(clause - set(merged), key=show_literal)
    terms = [term for term in unifier.values() if isinstance(term, Function) and term.args]
    if not terms:
        return None
    long = max(terms, key=lambda term: len(show_term(term)))
    moved: list[_Place] = []
    stay: list[_Place] = []
    for at, one in enumerate(rest):
        for place, arg in enumerate(one.atom.args):
            if not isinstance(arg, Variable):
                continue
            becomes = unifier.get(arg.name, arg)
            if becomes == long:
                moved.append((at, place))
            elif isinstance(becomes, Variable):
                stay.append((at, place))
    if len(moved) < slips.count("under") or len(stay) < slips.count("over"):
        return None
    pools = {"under": rng.sample(moved, len(moved)), "over": rng.sample(stay, len(stay))}
    first, second = (pools[slip].pop() for slip in slips)
    return [
        _with(clause, rest, unifier, long, places)
        for places in ({first}, {second}, {first, second})
    ]


def _with(
    clause: Clause, rest: list[Literal], unifier: Substitution, long: Term, wrong: set[_Place]
) -> Clause:
    made: set[Literal] = set(instance(clause - set(rest), unifier))
    for at, literal in enumerate(rest):
        args = [
            _put(arg, unifier, long, wrong=(at, place) in wrong)
            for place, arg in enumerate(literal.atom.args)
        ]
        made.add(Literal(atom=Atom(literal.atom.name, tuple(args)), positive=literal.positive))
    return frozenset(made)


def _put(arg: Term, unifier: Substitution, long: Term, *, wrong: bool) -> Term:
    right = apply(arg, unifier)
    if not wrong:
        return right
    return arg if right == long else long


def _shown(clause: Clause, literals: list[Literal]) -> str:
    """Write a clause with its predicates in the order of the whole clause's."""
    order = {(one.atom.name, one.positive): at for at, one in reversed(list(enumerate(literals)))}
    ranked = sorted(clause, key=lambda one: (order[one.atom.name, one.positive], show_literal(one)))
    return " | ".join(map(show_literal, ranked))


def _only(right: list[bool]) -> int:
    if sum(right) != 1:
        raise ValueError(f"{sum(right)} options are right")
    return right.index(True)
