"""Terms and formulas: propositional, first-order and modal.

    t ::= x | c | f(t, …, t)
    A ::= ⊤ | ⊥ | P | P(t, …, t) | ~A | A & A | A "|" A | A -> A | A <-> A | A xor A
        | forall x. A | exists x. A | []A | <>A

A variable is bound by a quantifier or, in a clause, by none: clauses are closed by `forall`
unwritten. An atom without arguments is a propositional one.

The constructors are terms of the language, so that they take their parts by position.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

# ── terms ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable for things."""

    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function symbol with its arguments; without any, a constant."""

    name: str
    args: tuple["Term", ...] = ()


Term: TypeAlias = Variable | Function
Substitution: TypeAlias = Mapping[str, Term]  # the terms that stand for variables, all at once

# ── formulas ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Atom:
    """A predicate symbol with its arguments; without any, a propositional atom."""

    name: str
    args: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """The constant ⊤ (`True`) or ⊥ (`False`)."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    body: "Formula"


@dataclass(frozen=True, slots=True)
class And:
    """A conjunction."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Or:
    """An inclusive disjunction."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Implies:
    """A material implication."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Iff:
    """A biconditional."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Xor:
    """An exclusive disjunction."""

    left: "Formula"
    right: "Formula"


@dataclass(frozen=True, slots=True)
class Forall:
    """A universal quantification over the variable of this name."""

    variable: str
    body: "Formula"


@dataclass(frozen=True, slots=True)
class Exists:
    """An existential quantification over the variable of this name."""

    variable: str
    body: "Formula"


@dataclass(frozen=True, slots=True)
class Box:
    """Necessity: true in every world that can be reached."""

    body: "Formula"


@dataclass(frozen=True, slots=True)
class Diamond:
    """Possibility: true in some world that can be reached."""

    body: "Formula"


Formula: TypeAlias = (
    Atom | Truth | Not | And | Or | Implies | Iff | Xor | Forall | Exists | Box | Diamond
)
BINARY = (And, Or, Implies, Iff, Xor)

# ── walks ───────────────────────────────────────────────────────────────────────────────────────


def parts(formula: Formula) -> tuple[Formula, ...]:
    """Return the immediate subformulas, from left to right."""
    match formula:
        case Atom() | Truth():
            return ()
        case Not(body) | Box(body) | Diamond(body) | Forall(_, body) | Exists(_, body):
            return (body,)
        case (
            And(left, right)
            | Or(left, right)
            | Implies(left, right)
            | Iff(left, right)
            | Xor(left, right)
        ):
            return (left, right)


def with_parts(formula: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """Return the formula with each immediate subformula changed."""
    match formula:
        case Atom() | Truth():
            return formula
        case Not(body) | Box(body) | Diamond(body):
            return type(formula)(change(body))
        case Forall(variable, body) | Exists(variable, body):
            return type(formula)(variable, change(body))
        case (
            And(left, right)
            | Or(left, right)
            | Implies(left, right)
            | Iff(left, right)
            | Xor(left, right)
        ):
            return type(formula)(change(left), change(right))


def subformulas(formula: Formula) -> Iterator[Formula]:
    """Yield the formula and all formulas in it, outer before inner, left before right."""
    waiting = [formula]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(reversed(parts(found)))


def subterms(term: Term) -> Iterator[Term]:
    """Yield the term and all terms in it, outer before inner, left before right."""
    waiting = [term]
    while waiting:
        found = waiting.pop()
        yield found
        if isinstance(found, Function):
            waiting.extend(reversed(found.args))


def depth(formula: Formula) -> int:
    """Return how deep connectives, quantifiers and terms are nested: 1 for `P`, 2 for `~P`."""
    level, deepest = [formula], 0
    below: list[Formula]
    atoms_at: list[tuple[int, Atom]] = []
    while level:
        deepest += 1
        below = []
        for found in level:
            if isinstance(found, Atom) and found.args:
                atoms_at.append((deepest, found))
            below.extend(parts(found))
        level = below
    return max([deepest, *(at + max(map(term_depth, atom.args)) for at, atom in atoms_at)])


def term_depth(term: Term) -> int:
    """Return how deep functions are nested: 1 for a variable or a constant."""
    level, deepest = [term], 0
    while level:
        deepest += 1
        level = [arg for found in level if isinstance(found, Function) for arg in found.args]
    return deepest


# ── names ───────────────────────────────────────────────────────────────────────────────────────


def atoms(formula: Formula) -> tuple[str, ...]:
    """Return the names of the formula's atoms, each once, in the order they first stand in it."""
    return tuple(dict.fromkeys(leaves(formula)))


def leaves(formula: Formula) -> tuple[str, ...]:
    """Return the name of every occurrence of an atom, from left to right."""
    return tuple(found.name for found in subformulas(formula) if isinstance(found, Atom))


def atom_terms(formula: Formula) -> Iterator[Term]:
    """Yield every term that stands in the formula, and the terms in it."""
    for found in subformulas(formula):
        if isinstance(found, Atom):
            for arg in found.args:
                yield from subterms(arg)


def term_variables(term: Term) -> frozenset[str]:
    """Return the names of the variables in a term."""
    return frozenset(found.name for found in subterms(term) if isinstance(found, Variable))


def free_variables(formula: Formula) -> frozenset[str]:
    """Return the names of the variables that stand free in the formula."""
    match formula:
        case Atom(_, args):
            return frozenset[str]().union(*map(term_variables, args))
        case Forall(variable, body) | Exists(variable, body):
            return free_variables(body) - {variable}
        case _:
            return frozenset[str]().union(*map(free_variables, parts(formula)))


def functions(formula: Formula) -> frozenset[tuple[str, int]]:
    """Return the function symbols and constants, each with its number of arguments."""
    terms = atom_terms(formula)
    return frozenset((one.name, len(one.args)) for one in terms if isinstance(one, Function))


def predicates(formula: Formula) -> frozenset[tuple[str, int]]:
    """Return the predicate symbols, each with its number of arguments."""
    found = subformulas(formula)
    return frozenset((one.name, len(one.args)) for one in found if isinstance(one, Atom))


def term_constants(term: Term) -> frozenset[str]:
    """Return the names of the constants and function symbols in a term."""
    return frozenset(found.name for found in subterms(term) if isinstance(found, Function))


def constants(formula: Formula) -> frozenset[str]:
    """Return the names of the constants and function symbols in a formula."""
    return frozenset(one.name for one in atom_terms(formula) if isinstance(one, Function))


def is_propositional(formula: Formula) -> bool:
    """Say whether the formula is made of propositional atoms and truth-functions alone."""
    return all(_is_plain(found) for found in subformulas(formula))


def _is_plain(formula: Formula) -> bool:
    match formula:
        case Atom(_, args):
            return not args
        case Forall() | Exists() | Box() | Diamond():
            return False
        case Truth() | Not() | And() | Or() | Implies() | Iff() | Xor():
            return True


# ── substitution ────────────────────────────────────────────────────────────────────────────────


def substitute(formula: Formula, mapping: Mapping[str, Formula]) -> Formula:
    """Put formulas in the place of propositional atoms, all at once; atoms not named stay."""
    if isinstance(formula, Atom):
        return formula if formula.args else mapping.get(formula.name, formula)
    return with_parts(formula, lambda part: substitute(part, mapping))


def rename(formula: Formula, mapping: Mapping[str, str]) -> Formula:
    """Rename propositional atoms, all at once; atoms not named stay."""
    return substitute(formula, {old: Atom(new) for old, new in mapping.items()})


def apply(term: Term, substitution: Substitution) -> Term:
    """Put terms in the place of a term's variables, all at once."""
    match term:
        case Variable(name):
            return substitution.get(name, term)
        case Function(name, args):
            return Function(name, tuple(apply(arg, substitution) for arg in args))


def instantiate(formula: Formula, substitution: Substitution) -> Formula:
    """Put terms in the place of free variables, all at once.

    A quantifier whose variable stands in one of those terms has it renamed first (primes are
    added), so that nothing is captured.
    """
    match formula:
        case Atom(name, args):
            return Atom(name, tuple(apply(arg, substitution) for arg in args))
        case Forall(variable, body) | Exists(variable, body):
            free = free_variables(body) - {variable}
            inner = {name: term for name, term in substitution.items() if name in free}
            taken = free.union(*map(term_variables, inner.values()))
            if variable in frozenset[str]().union(*map(term_variables, inner.values())):
                fresh = fresh_name(variable, taken | {variable})
                return type(formula)(fresh, instantiate(body, {**inner, variable: Variable(fresh)}))
            return type(formula)(variable, instantiate(body, inner))
        case _:
            return with_parts(formula, lambda part: instantiate(part, substitution))


def fresh_name(name: str, taken: frozenset[str]) -> str:
    """Return the name with as few primes as make it new."""
    while name in taken:
        name += "'"
    return name
