"""z3's answers about first-order formulas, and about modal ones in small Kripke models.

Terms denote things of one sort, of which there is at least one. A variable that stands free names
some thing, the same one in all the formulas of a question. Where z3 does not decide within its
limit, the answer is "unknown". The limit is given in milliseconds and counted in z3's own steps, so
that an answer does not depend on how busy a machine is. Only this module imports z3; each question
has a context of its own and leaves nothing behind.

Modal formulas go into propositional logic by the standard translation over a fixed set of worlds
(van Benthem 1976): `P` becomes an atom for each world, and so does "w reaches u".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import z3

from evalsuite.logic.clauses import Clause, variables
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.limits import DEFAULT, within
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
    depth,
    subformulas,
    term_depth,
)
from evalsuite.logic.tableau import Logic

Answer: TypeAlias = Literal["yes", "no", "unknown"]

_STEPS = 400  # of z3, for a millisecond; it makes 200 to 2,000
_PATIENCE = 5  # times as long as asked for z3 is let run, should its steps be slow

_Things: TypeAlias = Mapping[str, Any]  # what variables stand for

# ── questions ───────────────────────────────────────────────────────────────────────────────────


def satisfiable(formulas: Iterable[Formula], *, milliseconds: int) -> Answer:
    """Say whether some structure makes all the formulas true.

    Raises:
        TooLarge: a formula is deeper than the default limits allow.
        Unsupported: a formula is modal.

    """
    language = _Language()
    return _solved([_checked(one, language) for one in formulas], language, milliseconds)


def entails(premises: Iterable[Formula], conclusion: Formula, *, milliseconds: int) -> Answer:
    """Say whether the conclusion is true wherever the premises are; raises as `satisfiable`."""
    language = _Language()
    given = [_checked(one, language) for one in premises]
    refuted = z3.Not(_checked(conclusion, language))
    return _opposite(_solved([*given, refuted], language, milliseconds))


def equivalent(first: Formula, second: Formula, *, milliseconds: int) -> Answer:
    """Say whether two formulas are true in the same structures; raises as `satisfiable`.

    The time is for each direction: z3 decides the two more often than both at once.
    """
    there = entails([first], second, milliseconds=milliseconds)
    if there == "no":
        return "no"
    back = entails([second], first, milliseconds=milliseconds)
    return back if there == "yes" or back == "no" else "unknown"


def entails_clause(premises: Iterable[Clause], clause: Clause, *, milliseconds: int) -> Answer:
    """Say whether a clause follows from others, each closed by `forall`: a check for the tests.

    Raises:
        TooLarge: a term is deeper than the default limits allow.

    """
    language = _Language()
    given = [_closed(one, language) for one in premises]
    return _opposite(_solved([*given, z3.Not(_closed(clause, language))], language, milliseconds))


def satisfiable_clauses(clauses: Iterable[Clause], *, milliseconds: int) -> Answer:
    """Say whether some structure makes all the clauses true: a check for the tests.

    Raises as `entails_clause`.
    """
    language = _Language()
    return _solved([_closed(one, language) for one in clauses], language, milliseconds)


def _solved(claims: Sequence[Any], language: "_Language", milliseconds: int) -> Answer:
    # The general solver looks for a proof and for a model by turns; for quantifier-free claims it
    # is complete.
    solver = z3.Solver(ctx=language.context)
    solver.set("rlimit", _STEPS * milliseconds)
    solver.set("timeout", _PATIENCE * milliseconds)
    solver.add(*claims)
    found = solver.check()
    if found == z3.sat:
        return "yes"
    return "no" if found == z3.unsat else "unknown"


def _opposite(answer: Answer) -> Answer:
    match answer:
        case "yes":
            return "no"
        case "no":
            return "yes"
        case "unknown":
            return "unknown"


# ── translation ─────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Language:
    """The symbols of one question, in a z3 context of its own."""

    context: Any = field(default_factory=z3.Context)
    sort: Any = field(init=False)
    bound: int = 0  # variables that quantifiers have bound so far

    def __post_init__(self) -> None:
        self.sort = z3.DeclareSort("Thing", self.context)

    def variable(self) -> Any:
        self.bound += 1
        return z3.Const(f"?{self.bound}", self.sort)

    def symbol(self, name: str, arity: int, result: Any) -> Any:
        return z3.Function(name, *[self.sort] * arity, result)


def _checked(formula: Formula, language: _Language) -> Any:
    within(depth(formula), DEFAULT.depth, "levels of a formula")
    return _formula(formula, {}, language)


def _formula(formula: Formula, things: _Things, language: _Language) -> Any:
    match formula:
        case Atom():
            return _atom(formula, things, language)
        case Truth(value):
            return z3.BoolVal(value, language.context)
        case Not(body):
            return z3.Not(_formula(body, things, language))
        case And() | Or() | Implies() | Iff() | Xor():
            left = _formula(formula.left, things, language)
            return _joined(formula, left, _formula(formula.right, things, language))
        case Forall(variable, body) | Exists(variable, body):
            thing = language.variable()
            inner = _formula(body, {**things, variable: thing}, language)
            return (z3.ForAll if isinstance(formula, Forall) else z3.Exists)([thing], inner)
        case Box() | Diamond():
            raise Unsupported("modal formulas need worlds")


def _joined(formula: And | Or | Implies | Iff | Xor, left: Any, right: Any) -> Any:
    match formula:
        case And():
            return z3.And(left, right)
        case Or():
            return z3.Or(left, right)
        case Implies():
            return z3.Implies(left, right)
        case Iff():
            return left == right
        case Xor():
            return left != right


def _atom(atom: Atom, things: _Things, language: _Language) -> Any:
    truth = z3.BoolSort(language.context)
    if not atom.args:
        return z3.Const(atom.name, truth)
    args = (_term(arg, things, language) for arg in atom.args)
    return language.symbol(atom.name, len(atom.args), truth)(*args)


def _term(term: Term, things: _Things, language: _Language) -> Any:
    match term:
        case Variable(name):
            free = f"?{name}"  # no constant is called so
            return things[name] if name in things else z3.Const(free, language.sort)
        case Function(name, ()):
            return z3.Const(name, language.sort)
        case Function(name, args):
            inner = (_term(arg, things, language) for arg in args)
            return language.symbol(name, len(args), language.sort)(*inner)


def _closed(clause: Clause, language: _Language) -> Any:
    for literal in clause:
        deepest = max(map(term_depth, literal.atom.args), default=0)
        within(deepest, DEFAULT.depth, "levels of a term")
    things = {name: language.variable() for name in sorted(variables(clause))}
    claims = (
        (_atom(one.atom, things, language), one.positive)
        for one in sorted(clause, key=lambda one: (one.atom.name, one.positive))
    )
    literals = [claim if positive else z3.Not(claim) for claim, positive in claims]
    body = z3.Or(*literals) if literals else z3.BoolVal(False, language.context)
    return z3.ForAll(list(things.values()), body) if things else body


# ── worlds ──────────────────────────────────────────────────────────────────────────────────────


def countermodel_within(
    premises: Sequence[Formula],
    conclusion: Formula,
    logic: Logic,
    *,
    worlds: int,
    milliseconds: int,
) -> Answer:
    """Say whether a Kripke model of at most so many worlds refutes an inference.

    It does where the premises are true in one of its worlds and the conclusion is false there.
    The time is for each number of worlds.

    Raises:
        TooLarge: a formula is deeper than the default limits allow.
        Unsupported: a formula is first-order, or modal in classical or intuitionistic logic.

    """
    for formula in (*premises, conclusion):
        within(depth(formula), DEFAULT.depth, "levels of a formula")
    answer: Answer = "no"
    for number in range(1, 2 if logic == "classical" else worlds + 1):
        frame = _Frame(logic, number)
        _valued(frame, (*premises, conclusion))
        claims = [frame.value(premise, 0) for premise in premises]
        refuted = z3.Not(frame.value(conclusion, 0))
        laws = [*_laws(frame), *_persistence(frame, (*premises, conclusion))]
        found = _solved([*laws, *claims, refuted], frame.language, milliseconds)
        if found == "yes":
            return "yes"
        answer = found if found == "unknown" else answer
    return answer


def modal_valid(
    formula: Formula, logic: Logic, *, worlds: int, milliseconds: int = 10_000
) -> Answer:
    """Say whether a formula is true in all Kripke models of at most so many worlds.

    A check for the tests, independent of the tableaux.
    """
    return _opposite(
        countermodel_within((), formula, logic, worlds=worlds, milliseconds=milliseconds)
    )


@dataclass(slots=True)
class _Frame:
    """Worlds, and what formulas are worth in them."""

    logic: Logic
    size: int
    language: _Language = field(default_factory=_Language)
    known: dict[tuple[int, int], Any] = field(default_factory=dict)  # by formula and world

    def truth(self, name: str) -> Any:
        return z3.Const(name, z3.BoolSort(self.language.context))

    def reaches(self, world: int, other: int) -> Any:
        return self.truth(f"{world} reaches {other}")

    def atom(self, name: str, world: int) -> Any:
        return self.truth(f"{name} in {world}")

    def everywhere(self, world: int, bodies: Iterable[Any]) -> Any:
        """Say that each world that can be reached makes its own body true."""
        return z3.And(
            *(z3.Implies(self.reaches(world, other), one) for other, one in enumerate(bodies))
        )

    def value(self, formula: Formula, world: int) -> Any:
        key = id(formula), world
        if key not in self.known:
            self.known[key] = self._value(formula, world)
        return self.known[key]

    def _value(self, formula: Formula, world: int) -> Any:
        match formula:
            case Atom(name, ()):
                return self.atom(name, world)
            case Truth(value):
                return z3.BoolVal(value, self.language.context)
            case And(left, right) | Or(left, right):
                return _joined(formula, self.value(left, world), self.value(right, world))
            case Not() | Implies() | Iff() | Xor() if self.logic == "intuitionistic":
                return self._constructive(formula, world)
            case Not(body):
                return z3.Not(self.value(body, world))
            case Implies(left, right) | Iff(left, right) | Xor(left, right):
                return _joined(formula, self.value(left, world), self.value(right, world))
            case Box(body) | Diamond(body) if self.logic not in {"classical", "intuitionistic"}:
                values = [self.value(body, other) for other in range(self.size)]
                if isinstance(formula, Box):
                    return self.everywhere(world, values)
                return z3.Not(self.everywhere(world, map(z3.Not, values)))
            case Atom() | Forall() | Exists():
                raise Unsupported("worlds are for propositional formulas")
            case Box() | Diamond():
                raise Unsupported(f"{self.logic} logic has no modal formulas")

    def _constructive(self, formula: Not | Implies | Iff | Xor, world: int) -> Any:
        """Translate what speaks of all later worlds (Kripke 1965)."""
        later = range(self.size)
        match formula:
            case Not(body):
                return self.everywhere(world, (z3.Not(self.value(body, one)) for one in later))
            case Implies(left, right):
                steps = (z3.Implies(self.value(left, one), self.value(right, one)) for one in later)
                return self.everywhere(world, steps)
            case Iff(left, right):
                steps = (self.value(left, one) == self.value(right, one) for one in later)
                return self.everywhere(world, steps)
            case Xor(left, right):
                both = (
                    z3.Not(z3.And(self.value(left, one), self.value(right, one))) for one in later
                )
                some = z3.Or(self.value(left, world), self.value(right, world))
                return z3.And(some, self.everywhere(world, both))


def _valued(frame: _Frame, formulas: Iterable[Formula]) -> None:
    """Translate inner formulas before outer ones, so that none goes deep."""
    for formula in formulas:
        for inner in reversed(list(subformulas(formula))):
            for world in range(frame.size):
                frame.value(inner, world)


def _laws(frame: _Frame) -> list[Any]:
    """Return the conditions that the logic sets for which worlds reach which."""
    places = range(frame.size)
    reaches = frame.reaches
    reflexive = [reaches(one, one) for one in places]
    symmetric = [
        z3.Implies(reaches(one, two), reaches(two, one)) for one in places for two in places
    ]
    transitive = [
        z3.Implies(z3.And(reaches(one, two), reaches(two, three)), reaches(one, three))
        for one in places
        for two in places
        for three in places
    ]
    match frame.logic:
        case "classical" | "K":
            return []
        case "D":
            return [z3.Or(*(reaches(one, two) for two in places)) for one in places]
        case "T":
            return reflexive
        case "B":
            return reflexive + symmetric
        case "K4":
            return transitive
        case "S4" | "intuitionistic":
            return reflexive + transitive
        case "S5":
            return reflexive + symmetric + transitive


def _persistence(frame: _Frame, formulas: Iterable[Formula]) -> list[Any]:
    """Say that in intuitionistic logic an atom that is true stays true."""
    if frame.logic != "intuitionistic":
        return []
    found = (one for formula in formulas for one in subformulas(formula))
    names = sorted({one.name for one in found if isinstance(one, Atom)})
    places = range(frame.size)
    return [
        z3.Implies(z3.And(frame.reaches(one, two), frame.atom(name, one)), frame.atom(name, two))
        for name in names
        for one in places
        for two in places
    ]
