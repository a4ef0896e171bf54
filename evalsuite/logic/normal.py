"""Normal forms.

    negation   nnf       negations before atoms only, & and | between
    conjunctive cnf      clauses joined by &          A | (B & C)  =  (A | B) & (A | C)
    disjunctive dnf      conjunctions joined by |     A & (B | C)  =  (A & B) | (A & C)
    Tseitin    tseitin   clauses over more atoms, linear in size: each compound has a name
    prenex     prenex    quantifiers in front
    Skolem     skolem    `forall` alone, in front
    clausal    clausal   clauses, closed by `forall` unwritten

The first three and prenex form are equivalent to the formula; the others imply it, and each of its
models becomes one of theirs when the new symbols are given a meaning. `true` and `false` are the
forms of what distribution alone shows to be valid or contradictory.

Distribution may be exponential: what it does is counted, and refused in time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import count, product
from typing import TypeAlias

from evalsuite.logic.clauses import EMPTY, Clause, Literal, in_order, instance, variables
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.negations import bounded, nnf
from evalsuite.logic.quantifiers import Names, prenex, skolem, skolemised, symbols_of
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Truth,
    Variable,
    Xor,
    atoms,
    is_propositional,
    with_parts,
)
from evalsuite.logic.unify import new_variable

__all__ = [
    "Tseitin",
    "chain",
    "clausal",
    "clauses_of",
    "cnf",
    "cnf_clauses",
    "conjunction",
    "dnf",
    "formula_of",
    "nnf",
    "prenex",
    "simplified",
    "skolem",
    "tseitin",
]

_Cube: TypeAlias = frozenset[int]  # a clause; an atom is its number, its negation the negative one
_WORK = 20  # how many results of the largest size distribution may go through
_FEW = 1000  # clauses that are compared with each other
_LONG = 100  # formulas that are joined one by one
_READ_AS_VARIABLE = re.compile(r"[u-z][0-9_']*")

# ── distribution ────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Distribution:
    """The atoms met so far, and how much work is done."""

    most: int  # literals that may be gone through
    done: int = 0
    numbers: dict[Atom, int] = field(default_factory=dict)

    def spend(self, amount: int) -> None:
        self.done += amount
        within(self.done, self.most, "literals to distribute")

    def clauses(self, formula: Formula, sign: bool) -> set[_Cube]:
        """Return the clauses of the formula, or of its negation where the sign is `False`."""
        match formula:
            case Atom():
                number = self.numbers.setdefault(formula, len(self.numbers) + 1)
                return {frozenset([number if sign else -number])}
            case Truth(value):
                return set() if value == sign else {frozenset()}
            case Not(body):
                return self.clauses(body, not sign)
            case And(left, right) | Or(left, right):
                join = self.both if isinstance(formula, And) == sign else self.either
                return join(self.clauses(left, sign), self.clauses(right, sign))
            case Implies(left, right):
                join = self.either if sign else self.both
                return join(self.clauses(left, not sign), self.clauses(right, sign))
            case Iff(left, right) | Xor(left, right):
                same = isinstance(formula, Iff) == sign
                return self.both(
                    self.either(self.clauses(left, not same), self.clauses(right, True)),
                    self.either(self.clauses(left, same), self.clauses(right, False)),
                )
            case Forall() | Exists() | Box() | Diamond():
                raise Unsupported("clauses are made of quantifier-free formulas")

    def both(self, first: set[_Cube], second: set[_Cube]) -> set[_Cube]:
        self.spend(len(second))
        first |= second
        return first

    def either(self, first: set[_Cube], second: set[_Cube]) -> set[_Cube]:
        lengths = sum(map(len, first)) * len(second) + sum(map(len, second)) * len(first)
        self.spend(lengths + len(first) * len(second))
        joined = (one | other for one, other in product(first, second))
        return {cube for cube in joined if not any(-number in cube for number in cube)}


def _distributed(formula: Formula, sign: bool, limits: Limits) -> tuple[list[_Cube], list[Atom]]:
    """Return the clauses that no other is a part of, shorter ones first, and atoms by number."""
    work = _Distribution(_WORK * limits.size)
    found = work.clauses(formula, sign)
    within(sum(1 + len(cube) for cube in found), limits.size, "symbols in a normal form")
    ordered = sorted(found, key=lambda cube: (len(cube), sorted(map(_rank, cube))))
    if len(ordered) <= _FEW:
        least: list[_Cube] = []
        for cube in ordered:
            if not any(other <= cube for other in least):
                least.append(cube)
        ordered = least
    return ordered, list(work.numbers)


def _rank(number: int) -> tuple[int, bool]:
    return abs(number), number < 0


# ── conjunctive and disjunctive normal form ─────────────────────────────────────────────────────


def cnf(formula: Formula, limits: Limits = DEFAULT) -> Formula:
    """Return an equivalent conjunction of disjunctions of literals.

    No literal stands twice in a clause, none beside its negation, and no clause is part of
    another; without clauses it is `true`, with the empty one `false`.

    Raises:
        TooLarge: the formula or the result is beyond the limits.
        Unsupported: the formula has quantifiers or modalities.

    """
    cubes, names = _distributed(bounded(formula, limits), True, limits)
    rows = [chain(Or, _literals(cube, names, True)) for cube in cubes]
    return bounded(chain(And, rows), limits)


def dnf(formula: Formula, limits: Limits = DEFAULT) -> Formula:
    """Return an equivalent disjunction of conjunctions of literals; as `cnf` otherwise."""
    cubes, names = _distributed(bounded(formula, limits), False, limits)
    rows = [chain(And, _literals(cube, names, False)) for cube in cubes]
    return bounded(chain(Or, rows), limits)


def cnf_clauses(formula: Formula, limits: Limits = DEFAULT) -> tuple[Clause, ...]:
    """Return the clauses of `cnf`; raises as it does, but for how deep a chain of them is."""
    cubes, names = _distributed(bounded(formula, limits), True, limits)
    return tuple(
        frozenset(Literal(atom=names[abs(one) - 1], positive=one > 0) for one in cube)
        for cube in cubes
    )


def _literals(cube: _Cube, names: Sequence[Atom], sign: bool) -> list[Formula]:
    """Return a clause's literals, or their negations where the sign is `False`."""
    return [
        names[abs(number) - 1] if (number > 0) == sign else Not(names[abs(number) - 1])
        for number in sorted(cube, key=_rank)
    ]


def chain(joined: type[And] | type[Or], formulas: Sequence[Formula]) -> Formula:
    """Join formulas to the left; many of them in halves, so that the result is not deep.

    Of none, return what changes nothing: `true` for `&`, `false` for `|`.
    """
    if len(formulas) <= _LONG:
        return reduce(joined, formulas) if formulas else Truth(joined is And)
    half = len(formulas) // 2
    return joined(chain(joined, formulas[:half]), chain(joined, formulas[half:]))


def conjunction(formulas: Iterable[Formula]) -> Formula:
    """Return the conjunction of formulas, in their order; of none, `true`."""
    return chain(And, list(formulas))


def formula_of(clauses: Iterable[Clause]) -> Formula:
    """Return the conjunction of clauses, in their order; variables stay free."""
    rows = (
        chain(Or, [one.atom if one.positive else Not(one.atom) for one in row])
        for row in map(in_order, clauses)
    )
    return conjunction(rows)


def clauses_of(formula: Formula) -> tuple[Clause, ...]:
    """Read a formula in conjunctive normal form as clauses; universal quantifiers may be in front.

    Raises:
        Unsupported: it is in another form.

    """
    while isinstance(formula, Forall):
        formula = formula.body
    if formula == Truth(True):
        return ()
    return tuple(
        frozenset(map(_literal, operands(row, Or))) if row != Truth(False) else EMPTY
        for row in operands(formula, And)
    )


def operands(formula: Formula, joined: type[And] | type[Or]) -> Iterator[Formula]:
    """Yield what a chain of one connective joins, however it is bracketed, from left to right."""
    waiting = [formula]
    while waiting:
        found = waiting.pop()
        if isinstance(found, joined):
            waiting += [found.right, found.left]
        else:
            yield found


def _literal(formula: Formula) -> Literal:
    match formula:
        case Atom():
            return Literal(atom=formula, positive=True)
        case Not(Atom() as atom):
            return Literal(atom=atom, positive=False)
        case _:
            raise Unsupported("the formula is not in conjunctive normal form")


# ── Tseitin's form ──────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Tseitin:
    """A formula in clauses, with names for its parts (Tseitin 1968).

    Attributes:
        clauses: they say that each name is equivalent to its part, and that the whole is true.
        definitions: what each new atom stands for, in terms of literals; inner ones first.

    """

    clauses: tuple[Clause, ...]
    definitions: Mapping[str, Formula]


def tseitin(formula: Formula, limits: Limits = DEFAULT) -> Tseitin:
    """Return a formula's clauses with new atoms `t1`, `t2`, …; negations have no names.

    The models of the formula are those of the clauses, each in one way.

    Raises:
        TooLarge: the formula is beyond the limits.
        Unsupported: it is not propositional.

    """
    if not is_propositional(bounded(formula, limits)):
        raise Unsupported("Tseitin's form is for propositional formulas")
    plain = simplified(formula)
    if isinstance(plain, Truth):
        return Tseitin(clauses=() if plain.value else (EMPTY,), definitions={})
    taken = frozenset(atoms(formula))
    names = (name for index in count(1) if (name := f"t{index}") not in taken)
    definitions: dict[str, Formula] = {}
    whole = _named(plain, names, definitions, {})
    meanings = [
        clause
        for name, part in definitions.items()
        for clause in cnf_clauses(Iff(Atom(name), part), limits)
    ]
    return Tseitin(clauses=(*meanings, *cnf_clauses(whole)), definitions=definitions)


def _named(
    formula: Formula,
    names: Iterator[str],
    definitions: dict[str, Formula],
    known: dict[Formula, Atom],
) -> Formula:
    """Return the literal that stands for a formula without constants."""
    match formula:
        case Atom():
            return formula
        case Not(body):
            literal = _named(body, names, definitions, known)
            return literal.body if isinstance(literal, Not) else Not(literal)
        case (
            And(left, right)
            | Or(left, right)
            | Implies(left, right)
            | Iff(left, right)
            | Xor(left, right)
        ):
            first = _named(left, names, definitions, known)
            part = type(formula)(first, _named(right, names, definitions, known))
            if part not in known:
                known[part] = Atom(next(names))
                definitions[known[part].name] = part
            return known[part]
        case Truth() | Forall() | Exists() | Box() | Diamond():
            raise Unsupported("only truth-functions of atoms have names here")


def simplified(formula: Formula) -> Formula:
    """Return an equivalent formula that is `true` or `false` or has neither in it.

    The formula is quantifier-free; what a quantifier or a modality governs stays.
    """
    changed = with_parts(formula, simplified)
    match changed:
        case Not(Truth(value)):
            return Truth(not value)
        case And(Truth(value), other) | And(other, Truth(value)):
            return other if value else Truth(False)
        case Or(Truth(value), other) | Or(other, Truth(value)):
            return Truth(True) if value else other
        case Implies(Truth(value), other):
            return other if value else Truth(True)
        case Implies(other, Truth(value)):
            return Truth(True) if value else _negated(other)
        case Iff(Truth(value), other) | Iff(other, Truth(value)):
            return other if value else _negated(other)
        case Xor(Truth(value), other) | Xor(other, Truth(value)):
            return _negated(other) if value else other
        case _:
            return changed


def _negated(formula: Formula) -> Formula:
    return Truth(not formula.value) if isinstance(formula, Truth) else Not(formula)


# ── clausal form ────────────────────────────────────────────────────────────────────────────────


def clausal(formulas: Iterable[Formula], limits: Limits = DEFAULT) -> tuple[Clause, ...]:
    """Return clauses that have a model iff the formulas have one together.

    Skolem functions are `sk1`, `sk2`, … as far as these names are free, and different ones for
    different formulas. Free variables are closed by `forall`. Names of variables are such that they
    are read as variables where nothing binds them.

    Raises:
        TooLarge: a formula, or what it becomes, is beyond the limits.
        Unsupported: a formula is modal.

    """
    given = tuple(formulas)
    names = Names(symbols_of(given))
    clauses: dict[Clause, None] = {}
    for formula in given:
        # Bound variables of different formulas may share a name; functions may not.
        own = Names(set(names.used), names.skolem)
        matrix = skolemised(nnf(formula, limits), own)
        found = cnf_clauses(matrix, limits)
        within(len(clauses) + len(found), limits.steps, "clauses")
        clauses.update(dict.fromkeys(map(_readable, found)))
    return tuple(clauses)


def _readable(clause: Clause) -> Clause:
    """Rename variables that do not look like any, and `x7` to `x` where there is no other `x`."""
    used = set(variables(clause))
    renaming: dict[str, Term] = {}
    for name in sorted(used):
        plain = name[0] if _READ_AS_VARIABLE.fullmatch(name) else "x"
        if name != plain:
            new = plain if plain not in used else name
            if not _READ_AS_VARIABLE.fullmatch(new):
                new = new_variable(new, used)
            used.add(new)
            renaming[name] = Variable(new)
    return instance(clause, renaming)
