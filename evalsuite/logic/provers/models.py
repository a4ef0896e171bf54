"""Look for finite models, size after size, with a SAT solver.

Over a domain of n elements a quantifier is a conjunction or disjunction of n instances. A function
of k arguments is a relation of k + 1 that is total and unique. The first constant names the first
element, the next one of the first two, and so on: models that differ in names alone are tried once.

Claessen and Sörensson, *New Techniques that Improve MACE-style Finite Model Finding*, 2003.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

from evalsuite.logic import syntax
from evalsuite.logic.flaws import TooLarge, Unsupported
from evalsuite.logic.limits import DEFAULT, within
from evalsuite.logic.solvers import cnf_model
from evalsuite.logic.structures import Structure, is_countermodel
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Truth,
    Variable,
    Xor,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How far a search goes, for each size.

    Attributes:
        literals: how many the formulas may have, written out for the domain.
        conflicts: how many the solver may meet.

    """

    literals: int = 300_000
    conflicts: int = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneFound:
    """No model was found.

    Attributes:
        sizes: those of which there surely is none.
        limit: the field of `Limit` that ended the search; `None` where all sizes were tried.

    """

    sizes: tuple[int, ...]
    limit: str | None


def find(
    premises: Sequence[Formula],
    conclusion: Formula | None,
    *,
    sizes: Iterable[int] = range(1, 5),
    limit: Limit | None = None,
) -> Structure | NoneFound:
    """Return a structure that has the premises true and the conclusion, if there is one, false.

    Raises:
        TooLarge: a formula is too deep.
        Unsupported: a formula is modal, or a variable is free in it.

    """
    claims = [*premises, *([] if conclusion is None else [Not(conclusion)])]
    for formula in claims:
        within(syntax.depth(formula), DEFAULT.depth + 1, "levels of a formula")
        if syntax.free_variables(formula):
            raise Unsupported(f"variable `{min(syntax.free_variables(formula))}` is free")
    done: list[int] = []
    for size in sizes:
        try:
            found = _of_size(claims, size, limit or Limit())
            if found is not None and not is_countermodel(found, premises, conclusion):
                raise AssertionError("what was found is no model")
        except TooLarge as met:
            name = "conflicts" if str(met) == "conflicts" else "literals"
            return NoneFound(sizes=tuple(done), limit=name)
        if found is not None:
            return found
        done.append(size)
    return NoneFound(sizes=tuple(done), limit=None)


def _of_size(claims: Sequence[Formula], size: int, limit: Limit) -> Structure | None:
    ground = _Ground(size=size, most=limit.literals)
    symbols = dict.fromkeys(one for claim in claims for one in _functions(claim))
    for place, (name, arity) in enumerate(sorted(symbols, key=lambda one: one[1])):
        ground.define(name, arity, highest=place if arity == 0 else size)
    for claim in claims:
        ground.add([ground.literal(claim, {})])
    try:
        true = cnf_model(ground.cnf, conflicts=limit.conflicts)
    except TooLarge:
        raise TooLarge("conflicts") from None
    return None if true is None else ground.structure(frozenset(true), tuple(symbols))


def _functions(formula: Formula) -> Iterable[tuple[str, int]]:
    """Return the function symbols in the order they first stand in the formula."""
    terms = syntax.atom_terms(formula)
    return ((one.name, len(one.args)) for one in terms if isinstance(one, Function))


Values = Mapping[int, int | None]  # elements, each with the literal that says so; `None` is surely


@dataclass(slots=True)
class _Ground:
    """Formulas written out over the elements 0, 1, …, as clauses."""

    size: int
    most: int
    cnf: list[list[int]] = field(default_factory=list)
    written: int = 0
    top: int = 0
    names: dict[tuple[str, tuple[int, ...]], int] = field(default_factory=dict)  # predicates
    values: dict[tuple[str, tuple[int, ...], int], int] = field(default_factory=dict)  # functions

    def add(self, clause: list[int]) -> None:
        self.written += len(clause)
        if self.written > self.most:
            raise TooLarge("literals")
        self.cnf.append(clause)

    def new(self) -> int:
        self.top += 1
        return self.top

    def define(self, name: str, arity: int, *, highest: int) -> None:
        """Say that a function is total and unique; its values are not above `highest`."""
        elements = range(self.size)
        for args in product(elements, repeat=arity):
            for element in elements:
                self.values[name, args, element] = self.new()
            mine = [self.values[name, args, element] for element in elements]
            self.add(mine[: highest + 1])
            for first, second in combinations(mine, 2):
                self.add([-first, -second])
            for one in mine[highest + 1 :]:
                self.add([-one])

    # ── formulas ────────────────────────────────────────────────────────────────────────────────

    def literal(self, formula: Formula, bound: Mapping[str, int]) -> int:
        """Return a formula's literal."""
        match formula:
            case Atom(name, args):
                return self.atom(name, args, bound)
            case Truth(value):
                return -self.either([]) if value else self.either([])
            case Not(body):
                return -self.literal(body, bound)
            case And(left, right):
                return self.both(self.literal(left, bound), self.literal(right, bound))
            case Or(left, right):
                return self.either([self.literal(left, bound), self.literal(right, bound)])
            case Implies(left, right):
                return self.either([-self.literal(left, bound), self.literal(right, bound)])
            case Iff(left, right):
                return self.same(self.literal(left, bound), self.literal(right, bound))
            case Xor(left, right):
                return -self.same(self.literal(left, bound), self.literal(right, bound))
            case Exists(name, body) | Forall(name, body):
                sign = 1 if isinstance(formula, Exists) else -1
                found = []
                for element in range(self.size):  # no generator: half the frames
                    found.append(sign * self.literal(body, {**bound, name: element}))  # noqa: PERF401
                return sign * self.either(found)
            case Box() | Diamond():
                raise Unsupported("a structure has no worlds: the formula is modal")

    def either(self, literals: Sequence[int]) -> int:
        whole = self.new()
        self.add([-whole, *literals])
        for one in literals:
            self.add([whole, -one])
        return whole

    def both(self, first: int, second: int) -> int:
        return -self.either([-first, -second])

    def same(self, first: int, second: int) -> int:
        whole = self.new()
        for clause in ([-whole, -first, second], [-whole, first, -second]):
            self.add(clause)
        for clause in ([whole, first, second], [whole, -first, -second]):
            self.add(clause)
        return whole

    def atom(self, name: str, args: Sequence[Term], bound: Mapping[str, int]) -> int:
        rows = self.rows(args, bound)
        found = []
        for place, conditions in rows:
            if (name, place) not in self.names:
                self.names[name, place] = self.new()
            one = self.names[name, place]
            found.append(-self.either([-one, *(-each for each in conditions)]))
        return found[0] if len(found) == 1 else self.either(found)

    def rows(
        self, args: Sequence[Term], bound: Mapping[str, int]
    ) -> list[tuple[tuple[int, ...], list[int]]]:
        """Return the tuples that the terms may stand for, with the literals that say so."""
        columns = [self.value(arg, bound).items() for arg in args]
        return [
            (
                tuple(element for element, _ in row),
                [literal for _, literal in row if literal is not None],
            )
            for row in product(*columns)
        ]

    def value(self, term: Term, bound: Mapping[str, int]) -> Values:
        match term:
            case Variable(name):
                return {bound[name]: None}
            case Function(name, args):
                rows = self.rows(args, bound)
                if len(rows) == 1 and not rows[0][1]:
                    place = rows[0][0]
                    return {one: self.values[name, place, one] for one in range(self.size)}
                return {
                    one: self.either(
                        [
                            -self.either([-self.values[name, place, one], *(-it for it in said)])
                            for place, said in rows
                        ]
                    )
                    for one in range(self.size)
                }

    # ── what was found ──────────────────────────────────────────────────────────────────────────

    def structure(self, true: frozenset[int], symbols: Sequence[tuple[str, int]]) -> Structure:
        """Return the structure that the true literals describe."""
        domain = tuple(f"d{number}" for number in range(1, self.size + 1))
        tables: dict[str, dict[tuple[str, ...], str]] = {name: {} for name, _ in symbols}
        for (name, args, element), literal in self.values.items():
            if literal in true:
                tables[name][tuple(domain[arg] for arg in args)] = domain[element]
        predicates: dict[str, set[tuple[str, ...]]] = {}
        for (name, place), literal in self.names.items():
            if literal in true:
                predicates.setdefault(name, set()).add(tuple(domain[one] for one in place))
        return Structure(
            domain=domain,
            constants={name: tables[name][()] for name, arity in symbols if arity == 0},
            functions={name: tables[name] for name, arity in symbols if arity},
            predicates={name: frozenset(tuples) for name, tuples in predicates.items()},
        )
