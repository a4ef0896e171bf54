"""Kripke models, and what they force.

w |= []A   iff u |= A for every u that w reaches
w |= <>A   iff u |= A for some u that w reaches

    K any frame    D serial    T reflexive    B reflexive and symmetric
    K4 transitive    S4 reflexive and transitive    S5 an equivalence

Intuitionistic models are preorders in which an atom, once true, stays true:

w |= A -> B   iff u |= B for every u that w reaches and that has u |= A
w |= ~A       iff u |= A for no u that w reaches

Other connectives are read in the world itself, `A <-> B` as (A -> B) & (B -> A) and `A xor B` as
(A | B) & ~(A & B). Consequence is local: premises and conclusion are read in one world.

Chellas, *Modal Logic*, 1980, chapters 1 and 3; Kripke 1965 for intuitionistic logic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evalsuite.logic import syntax
from evalsuite.logic.flaws import BadStructure, Unsupported
from evalsuite.logic.limits import DEFAULT, within
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
)
from evalsuite.logic.tableau import Logic

WORLDS = 200  # the most that a model may have


@dataclass(frozen=True, slots=True, kw_only=True)
class Kripke:
    """A Kripke model.

    Attributes:
        worlds: their names, at least one.
        relation: the pairs of worlds of which the first reaches the second.
        valuation: for each world the atoms that are true in it; a world left out has none.

    """

    worlds: tuple[str, ...]
    relation: frozenset[tuple[str, str]] = frozenset()
    valuation: Mapping[str, frozenset[str]] = field(default_factory=dict)


Successors = Mapping[str, frozenset[str]]


def forces(model: Kripke, world: str, formula: Formula, logic: Logic) -> bool:
    """Say whether a formula is true in a world; the frame condition is not asked for.

    Raises:
        BadStructure: the model is none, or does not have the world.
        TooLarge: the model or the formula is too large.
        Unsupported: the formula is not propositional, or has boxes in intuitionistic logic.

    """
    check(model)
    if world not in model.worlds:
        raise BadStructure(f"there is no world `{world}`")
    within(syntax.depth(formula), DEFAULT.depth, "levels of a formula")
    return world in _where(model, _successors(model), formula, logic)


def is_countermodel(
    model: Kripke, world: str, premises: Sequence[Formula], conclusion: Formula | None, logic: Logic
) -> bool:
    """Say whether a model of the logic has the premises true and the conclusion false in a world.

    Raises:
        BadStructure: the model is none, or does not have the world.
        TooLarge: the model or a formula is too large.
        Unsupported: a formula is not propositional, or has boxes in intuitionistic logic.

    """
    if frame_flaw(model, logic) is not None:
        return False
    if not all(forces(model, world, premise, logic) for premise in premises):
        return False
    return conclusion is None or not forces(model, world, conclusion, logic)


# ── frames ──────────────────────────────────────────────────────────────────────────────────────


def check(model: Kripke) -> None:
    """Pass a model that is one, whatever its frame.

    Raises:
        BadStructure: it has no world, or speaks of worlds that it does not have.
        TooLarge: it has too many worlds.

    """
    if not model.worlds:
        raise BadStructure("a model has at least one world")
    within(len(model.worlds), WORLDS, "worlds")
    worlds = frozenset(model.worlds)
    if len(worlds) != len(model.worlds):
        raise BadStructure("worlds: one is named twice")
    for one in (*(end for pair in model.relation for end in pair), *model.valuation):
        if one not in worlds:
            raise BadStructure(f"there is no world `{one}`")


def frame_flaw(model: Kripke, logic: Logic) -> str | None:
    """Say how a model breaks the condition of the logic; `None` where it holds it.

    Raises:
        BadStructure: the model is none.
        TooLarge: it has too many worlds.
        Unsupported: classical logic has no Kripke models.

    """
    check(model)
    after = _successors(model)
    match logic:
        case "classical":
            raise Unsupported("classical logic has no worlds")
        case "K":
            return None
        case "D":
            return _not_serial(after)
        case "T":
            return _not_reflexive(after)
        case "B":
            return _not_reflexive(after) or _not_symmetric(after)
        case "K4":
            return _not_transitive(after)
        case "S4":
            return _not_reflexive(after) or _not_transitive(after)
        case "S5":
            return _not_reflexive(after) or _not_symmetric(after) or _not_transitive(after)
        case "intuitionistic":
            order = _not_reflexive(after) or _not_transitive(after)
            return order or _not_monotone(model)


def _successors(model: Kripke) -> Successors:
    after: dict[str, set[str]] = {world: set() for world in model.worlds}
    for start, end in model.relation:
        after[start].add(end)
    return {world: frozenset(ends) for world, ends in after.items()}


def _not_serial(after: Successors) -> str | None:
    found = next((world for world, ends in after.items() if not ends), None)
    return None if found is None else f"not serial: `{found}` reaches no world"


def _not_reflexive(after: Successors) -> str | None:
    found = next((world for world, ends in after.items() if world not in ends), None)
    return None if found is None else f"not reflexive: `{found}` does not reach itself"


def _not_symmetric(after: Successors) -> str | None:
    for world, ends in after.items():
        for end in sorted(ends):
            if world not in after[end]:
                return f"not symmetric: `{world}` reaches `{end}`, which does not reach it"
    return None


def _not_transitive(after: Successors) -> str | None:
    for world, ends in after.items():
        for end in sorted(ends):
            if not after[end] <= ends:
                far = min(after[end] - ends)
                text = f"`{world}` reaches `{end}`, which reaches `{far}`, which it does not"
                return f"not transitive: {text}"
    return None


def _not_monotone(model: Kripke) -> str | None:
    for start, end in sorted(model.relation):
        lost = _true_atoms(model, start) - _true_atoms(model, end)
        if lost:
            return f"not monotone: `{min(lost)}` is true in `{start}` and not in `{end}`"
    return None


def _true_atoms(model: Kripke, world: str) -> frozenset[str]:
    return model.valuation.get(world, frozenset())


# ── truth ───────────────────────────────────────────────────────────────────────────────────────


def _where(model: Kripke, after: Successors, formula: Formula, logic: Logic) -> frozenset[str]:
    """Return the worlds in which a formula is true."""
    worlds = frozenset(model.worlds)
    match formula:
        case Atom(name, ()):
            return frozenset(one for one in worlds if name in _true_atoms(model, one))
        case Atom() | Forall() | Exists():
            raise Unsupported("Kripke models here are propositional")
        case Truth(value):
            return worlds if value else frozenset()
        case Box() | Diamond() if logic in {"intuitionistic", "classical"}:
            raise Unsupported(f"{logic} logic has no boxes and diamonds")
        case Not(body):
            inside = _where(model, after, body, logic)
            return _lasting(worlds - inside, after, logic)
        case Box(body):
            inside = _where(model, after, body, logic)
            return frozenset(one for one in worlds if after[one] <= inside)
        case Diamond(body):
            inside = _where(model, after, body, logic)
            return frozenset(one for one in worlds if after[one] & inside)
        case (
            And(left, right)
            | Or(left, right)
            | Implies(left, right)
            | Iff(left, right)
            | Xor(left, right)
        ):
            first = _where(model, after, left, logic)
            second = _where(model, after, right, logic)
            return _joined(formula, first, second, after, logic)


def _joined(
    formula: And | Or | Implies | Iff | Xor,
    first: frozenset[str],
    second: frozenset[str],
    after: Successors,
    logic: Logic,
) -> frozenset[str]:
    worlds = frozenset(after)
    match formula:
        case And():
            return first & second
        case Or():
            return first | second
        case Implies():
            return _lasting((worlds - first) | second, after, logic)
        case Iff():
            return _lasting(worlds - (first ^ second), after, logic)
        case Xor():
            return (first | second) & _lasting(worlds - (first & second), after, logic)


def _lasting(inside: frozenset[str], after: Successors, logic: Logic) -> frozenset[str]:
    """Return the worlds themselves; in intuitionistic logic, those that reach no other one."""
    if logic != "intuitionistic":
        return inside
    return frozenset(one for one in after if after[one] <= inside)
