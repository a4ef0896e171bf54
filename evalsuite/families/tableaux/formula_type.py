"""Is the signed formula of type α, β, γ or δ?

The formula is drawn with others of the same sign, atoms, connectives, quantifiers and brackets,
among which there are some of each type.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from evalsuite.families.tableaux import _semantics
from evalsuite.logic import tableau
from evalsuite.logic.canonical import Node, form, formula_tree
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import (
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Implies,
    Not,
    Or,
    Variable,
    parts,
    with_parts,
)
from evalsuite.logic.tableau import Kind, Signed, show_signed
from evalsuite.records import Draft

LABELS: Final = ("alpha", "beta", "gamma", "delta")
CHOICES: Final = 4

_Operator: TypeAlias = (
    type[And] | type[Or] | type[Implies] | type[Not] | type[Forall] | type[Exists]
)

_FEWEST, _MOST = 2, 8
_DRAWN = 120  # formulas, for one problem
_UNARY: Final = frozenset({Not, Forall, Exists})


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many two-place connectives a formula has."""

    fewest_connectives: int = 2
    most_connectives: int = 5

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_connectives <= self.most_connectives <= _MOST:
            raise ValueError(
                f"`fewest_connectives` and `most_connectives`: {_FEWEST} <= fewest <= most"
                f" <= {_MOST}"
            )


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of connectives."""
    return tuple(range(params.fewest_connectives, params.most_connectives + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a signed formula of type `gold`."""
    sign = rng.random() < 1 / 2
    names = rng.sample(NAMES, rung + 1)
    operators: list[_Operator] = [Forall, Exists, And, rng.choice((Or, Implies))]
    operators += [rng.choice((And, Or, Implies)) for _ in range(rung - 2)]
    operators += [Not] * rng.randint(0, rung // 2)
    found: dict[str, list[list[Signed]]] = defaultdict(lambda: [[], [], [], []])
    for _ in range(_DRAWN):
        formula = _drawn(operators, names, rng)
        if formula is not None:
            one = Signed(sign=sign, formula=formula)
            found["".join(sorted(show_signed(one)))][_by_rule(one)].append(one)
    alike = [each for _, each in sorted(found.items()) if all(each)]
    if not alike:
        return None
    signed = rng.choice(rng.choice(alike)[gold])
    return Draft(
        shown={"formula": show_signed(signed)},
        choices=LABELS,
        problem=signed,
        tags={"rung": rung, "sign": "T" if sign else "F"},
        formal={"formula": show_signed(signed)},
    )


def decide(problem: Signed) -> tuple[int, int]:
    """Return the type by the tableau's rules and by truth table."""
    return _by_rule(problem), _by_rows(problem)


def canonical(problem: Signed) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(Node("T" if problem.sign else "F", (formula_tree(problem.formula),)))


def show(problem: Signed) -> str:
    """Write a problem on one line, for messages."""
    return show_signed(problem)


def certificate(params: Params, problem: Signed) -> None:
    """Return nothing: a verdict is all that is asked."""


def _by_rule(signed: Signed) -> int:
    match tableau.kind(signed):
        case Kind.PLAIN:
            return 0 if len(tableau.extensions(signed)) == 1 else 1
        case Kind.GAMMA:
            return 2
        case Kind.DELTA:
            return 3
        case Kind.NONE | Kind.NU | Kind.PI:
            raise ValueError("none of the four types")


def _by_rows(signed: Signed) -> int:
    """Return the type by how many rows make the claim true: one for α and γ."""
    said_of_all = _semantics.rows(signed).bit_count() == 1
    quantified = isinstance(signed.formula, Forall | Exists)
    return (0 if said_of_all else 1) + (2 if quantified else 0)


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────


def _drawn(operators: Sequence[_Operator], names: Sequence[str], rng: Random) -> Formula | None:
    """Put the operators and atoms together in random order.

    Each variable stands in one atom, and `a` in the others; `None` where that cannot be.
    """
    order = rng.sample(operators, len(operators))
    unaries = [one for one in order if one in _UNARY]
    binaries = [one for one in order if one not in _UNARY]
    nodes: list[list[_Operator]] = [[] for _ in range(2 * len(names) - 1)]
    for unary in unaries:
        rng.choice(nodes).append(unary)
    grown = _grown(rng.sample(names, len(names)), binaries, nodes, rng)
    scopes = dict(_scopes(grown, frozenset()))
    places: dict[str, str] = {}
    for variable in ("x", "y"):
        free = [name for name in names if variable in scopes[name] and name not in places]
        if not free:
            return None
        places[rng.choice(free)] = variable
    return _with_arguments(grown, places)


def _grown(
    leaves: Sequence[str],
    binaries: list[_Operator],
    nodes: list[list[_Operator]],
    rng: Random,
) -> Formula:
    """Return a random tree over the leaves; operators are taken off their lists."""
    unaries = nodes.pop()
    grown: Formula = Atom(leaves[0])
    if len(leaves) > 1:
        cut = rng.randrange(1, len(leaves))
        joined = binaries.pop()
        left = _grown(leaves[:cut], binaries, nodes, rng)
        grown = _applied(joined, left, _grown(leaves[cut:], binaries, nodes, rng))
    for unary in unaries:
        grown = _applied(unary, grown, grown)
    return grown


def _applied(operator: _Operator, left: Formula, right: Formula) -> Formula:
    """Return the operator's formula; one that takes a single formula takes the left one."""
    if operator is And or operator is Or or operator is Implies:
        return operator(left, right)
    if operator is Forall:
        return Forall("x", left)
    return Exists("y", left) if operator is Exists else Not(left)


def _scopes(formula: Formula, bound: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each atom with the variables that are bound where it stands."""
    match formula:
        case Atom(name):
            yield name, bound
        case Forall(variable, body) | Exists(variable, body):
            yield from _scopes(body, bound | {variable})
        case _:
            for part in parts(formula):
                yield from _scopes(part, bound)


def _with_arguments(formula: Formula, places: Mapping[str, str]) -> Formula:
    match formula:
        case Atom(name):
            return Atom(name, (Variable(places[name]) if name in places else Function("a"),))
        case _:
            return with_parts(formula, lambda part: _with_arguments(part, places))
