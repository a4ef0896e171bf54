"""Modal and intuitionistic formulas over a fixed number of worlds, as propositional ones.

The standard translation, with quantifiers over worlds written out: an atom for each arrow, for each
atom in each world, and for each subformula in each world, which is defined by those of its parts.

    [[ []A ]]w   <->  (w reaches 0 -> [[A]]0) & (w reaches 1 -> [[A]]1) & …

In intuitionistic logic `~`, `->`, `<->` and `xor` speak of the worlds that are reached, as `kripke`
says. Blackburn, de Rijke and Venema, *Modal Logic*, 2001, section 2.4.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import product

from evalsuite.logic import solvers
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.kripke import Kripke
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
    Truth,
    Xor,
    atoms,
    subformulas,
)
from evalsuite.logic.tableau import Logic

_CONDITIONS: dict[Logic, str] = {
    "K": "",
    "D": "serial",
    "T": "reflexive",
    "B": "reflexive symmetric",
    "K4": "transitive",
    "S4": "reflexive transitive",
    "S5": "reflexive symmetric transitive",
    "intuitionistic": "reflexive transitive monotone",
}


def has_countermodel(formula: Formula, logic: Logic, *, worlds: int) -> bool:
    """Say whether a formula is false in some world of a model of at most so many worlds.

    A smaller model becomes one of just as many by reflexive worlds that stand apart.

    Raises:
        Unsupported: the formula or the logic has no Kripke models here.

    """
    places = range(worlds)
    claims = [
        *_definitions(formula, logic, places),
        *_frame(logic, places),
        *_persistence(formula, logic, places),
        Not(_said(formula, 0)),
    ]
    return solvers.satisfiable(claims)


def is_forced(model: Kripke, world: str, formula: Formula, logic: Logic) -> bool:
    """Say whether a formula is true in a world of a model, by SAT solver.

    Raises:
        Unsupported: the formula or the logic has no Kripke models here.

    """
    places = range(len(model.worlds))
    facts: list[Formula] = []
    for one, two in product(places, repeat=2):
        holds = (model.worlds[one], model.worlds[two]) in model.relation
        facts.append(_literal(_reaches(one, two), holds=holds))
    for name, one in product(atoms(formula), places):
        holds = name in model.valuation.get(model.worlds[one], frozenset())
        facts.append(_literal(_said(Atom(name), one), holds=holds))
    definitions = _definitions(formula, logic, places)
    wanted = _said(formula, model.worlds.index(world))
    return solvers.satisfiable([*definitions, *facts, wanted])


def _literal(formula: Formula, *, holds: bool) -> Formula:
    return formula if holds else Not(formula)


def _reaches(world: int, other: int) -> Atom:
    return Atom(f"{world} reaches {other}")


def _said(formula: Formula, world: int) -> Atom:
    """Return the atom that says that a formula is true in a world."""
    return Atom(f"{formula!r} in {world}")


def _definitions(formula: Formula, logic: Logic, places: Sequence[int]) -> Iterator[Formula]:
    if logic == "classical":
        raise Unsupported("classical logic has no worlds")
    for found in dict.fromkeys(subformulas(formula)):
        if not isinstance(found, Atom):
            for world in places:
                yield Iff(_said(found, world), _meaning(found, world, logic, places))
        elif found.args:
            raise Unsupported("worlds are for propositional formulas")


def _meaning(formula: Formula, world: int, logic: Logic, places: Sequence[int]) -> Formula:
    """Return what a formula says in a world, by what its parts say."""

    def always(body: Callable[[int], Formula]) -> Formula:
        return _all(Implies(_reaches(world, one), body(one)) for one in places)

    def lasting(body: Callable[[int], Formula]) -> Formula:
        return always(body) if logic == "intuitionistic" else body(world)

    match formula:
        case Truth():
            return formula
        case And(left, right) | Or(left, right):
            return type(formula)(_said(left, world), _said(right, world))
        case Not(body):
            return lasting(lambda one: Not(_said(body, one)))
        case Implies(left, right) | Iff(left, right):
            joined = type(formula)
            return lasting(lambda one: joined(_said(left, one), _said(right, one)))
        case Xor(left, right):
            either = Or(_said(left, world), _said(right, world))
            return And(either, lasting(lambda one: Not(And(_said(left, one), _said(right, one)))))
        case Box(body) if logic != "intuitionistic":
            return always(lambda one: _said(body, one))
        case Diamond(body) if logic != "intuitionistic":
            return Not(always(lambda one: Not(_said(body, one))))
        case Atom() | Forall() | Exists() | Box() | Diamond():
            raise Unsupported(f"{logic} logic has no such formula")


def _all(formulas: Iterator[Formula]) -> Formula:
    whole: Formula = Truth(True)
    for formula in formulas:
        whole = And(whole, formula)
    return whole


def _frame(logic: Logic, places: Sequence[int]) -> Iterator[Formula]:
    conditions = _CONDITIONS[logic].split()
    if "serial" in conditions:
        for one in places:
            yield Not(_all(Not(_reaches(one, two)) for two in places))
    if "reflexive" in conditions:
        yield from (_reaches(one, one) for one in places)
    if "symmetric" in conditions:
        for one, two in product(places, repeat=2):
            yield Implies(_reaches(one, two), _reaches(two, one))
    if "transitive" in conditions:
        for one, two, three in product(places, repeat=3):
            steps = And(_reaches(one, two), _reaches(two, three))
            yield Implies(steps, _reaches(one, three))


def _persistence(formula: Formula, logic: Logic, places: Sequence[int]) -> Iterator[Formula]:
    """Say that an atom that is true stays true, where the logic wants it."""
    if "monotone" not in _CONDITIONS[logic].split():
        return
    for name, one, two in product(atoms(formula), places, places):
        here = And(_reaches(one, two), _said(Atom(name), one))
        yield Implies(here, _said(Atom(name), two))
