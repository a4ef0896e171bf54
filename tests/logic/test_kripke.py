"""Kripke models."""

from random import Random

import pytest
from hypothesis import given

from evalsuite.logic import kripke
from evalsuite.logic.flaws import BadStructure, TooLarge, Unsupported
from evalsuite.logic.kripke import Kripke, forces, frame_flaw
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
from evalsuite.logic.tableau import LOGICS, Logic
from evalsuite.logic.text import reading
from tests.strategies import formulas, modal, rngs

FORK = Kripke(
    worlds=("w", "u", "v"),
    relation=frozenset({("w", "u"), ("w", "v")}),
    valuation={"u": frozenset({"P"}), "v": frozenset({"Q"})},
)
LADDER = Kripke(  # an atom becomes true, and stays so
    worlds=("now", "later"),
    relation=frozenset({("now", "now"), ("now", "later"), ("later", "later")}),
    valuation={"later": frozenset({"P"})},
)


@pytest.mark.parametrize(
    ("text", "world", "truth"),
    [
        ("<>P & <>Q", "w", True),
        ("<>(P & Q)", "w", False),
        ("[](P | Q)", "w", True),
        ("[]P | []Q", "w", False),
        ("[]P", "u", True),
        ("<>true", "u", False),
        ("<>[]false", "w", True),
        ("P xor Q", "u", True),
        ("P <-> Q", "w", True),
    ],
)
def test_boxes_look_at_the_worlds_that_are_reached(text: str, world: str, truth: bool) -> None:  # noqa: FBT001
    assert forces(FORK, world, reading.formula(text), "K") is truth


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("P | ~P", False),
        ("~P", False),
        ("~~P", True),
        ("~~P -> P", False),
        ("P -> P", True),
        ("P -> false", False),
        ("~(P & ~P)", True),
        ("P <-> ~~P", False),
        ("P xor ~P", False),
        ("P xor P", False),
    ],
)
def test_intuitionistic_connectives_look_ahead(text: str, truth: bool) -> None:  # noqa: FBT001
    assert forces(LADDER, "now", reading.formula(text), "intuitionistic") is truth


def _model(rng: Random, logic: Logic) -> Kripke:
    """Return a random model; an intuitionistic one is a preorder and monotone."""
    worlds = tuple("uvwz"[: rng.randint(1, 4)])
    pairs = {(one, other) for one in worlds for other in worlds if rng.random() < 0.4}
    true = {one: {name for name in "PQR" if rng.random() < 0.4} for one in worlds}
    if logic == "intuitionistic":
        pairs |= {(one, one) for one in worlds}
        while more := {(a, d) for a, b in pairs for c, d in pairs if b == c} - pairs:
            pairs |= more
        for start, end in pairs:
            true[end] |= true[start]
        for start, end in pairs:
            true[end] |= true[start]
    valuation = {world: frozenset(names) for world, names in true.items()}
    return Kripke(worlds=worlds, relation=frozenset(pairs), valuation=valuation)


def _told(model: Kripke, world: str, formula: Formula, *, ahead: bool) -> bool:
    """Say the definition of truth aloud, world by world."""
    after = [end for start, end in model.relation if start == world]

    def here(one: Formula) -> bool:
        return _told(model, world, one, ahead=ahead)

    def there(end: str, one: Formula) -> bool:
        return _told(model, end, one, ahead=ahead)

    match formula:
        case Atom(name):
            return name in model.valuation[world]
        case Truth(value):
            return value
        case Not(body):
            return not any(there(end, body) for end in after) if ahead else not here(body)
        case And(left, right):
            return here(left) and here(right)
        case Or(left, right):
            return here(left) or here(right)
        case Implies(left, right):
            places = after if ahead else [world]
            return all(there(end, right) for end in places if there(end, left))
        case Iff(left, right):
            return here(Implies(left, right)) and here(Implies(right, left))
        case Xor(left, right):
            return here(Or(left, right)) and here(Not(And(left, right)))
        case Box(body):
            return all(there(end, body) for end in after)
        case Diamond(body):
            return any(there(end, body) for end in after)
        case Forall() | Exists():
            raise TypeError(formula)


@given(rngs, modal("PQR"))
def test_modal_truth_is_what_the_definition_says(rng: Random, formula: Formula) -> None:
    model = _model(rng, "K")
    for world in model.worlds:
        assert forces(model, world, formula, "K") == _told(model, world, formula, ahead=False)


@given(rngs, formulas("PQR"))
def test_intuitionistic_truth_is_what_the_definition_says(rng: Random, formula: Formula) -> None:
    model = _model(rng, "intuitionistic")
    for world in model.worlds:
        told = _told(model, world, formula, ahead=True)
        assert forces(model, world, formula, "intuitionistic") == told


@given(rngs, formulas("PQR"))
def test_what_is_true_intuitionistically_stays_true(rng: Random, formula: Formula) -> None:
    model = _model(rng, "intuitionistic")
    assert frame_flaw(model, "intuitionistic") is None
    for start, end in model.relation:
        if forces(model, start, formula, "intuitionistic"):
            assert forces(model, end, formula, "intuitionistic")


@pytest.mark.parametrize(
    ("pairs", "held"),
    [
        ("", "K K4"),
        ("ab", "K K4"),
        ("ab bb", "K K4 D"),
        ("ab ba", "K D"),
        ("aa bb cc", "K D T B K4 S4 S5"),
        ("aa bb cc ab", "K D T K4 S4"),
        ("aa bb cc ab ba", "K D T B K4 S4 S5"),
        ("aa bb cc ab ba bc cb", "K D T B"),
        ("aa bb cc ab bc", "K D T"),
        ("aa bb cc ab bc ac", "K D T K4 S4"),
        ("ab bc ac", "K K4"),
        ("ab bc ca", "K D"),
    ],
)
def test_a_frame_holds_the_conditions_of_its_logics(pairs: str, held: str) -> None:
    relation = frozenset((pair[0], pair[1]) for pair in pairs.split())
    worlds = tuple(sorted(set(pairs.replace(" ", "")) or {"a"}))
    model = Kripke(worlds=worlds, relation=relation)
    logics = [one for one in LOGICS if one != "classical"]
    found = {one for one in logics if frame_flaw(model, one) is None}
    wanted = set(held.split())
    assert found == wanted | ({"intuitionistic"} if "S4" in wanted else set())


def test_an_atom_that_is_lost_is_named() -> None:
    worlds = frozenset({("u", "u"), ("v", "v"), ("u", "v")})
    model = Kripke(worlds=("u", "v"), relation=worlds, valuation={"u": frozenset({"P"})})
    assert frame_flaw(model, "S4") is None
    flaw = frame_flaw(model, "intuitionistic")
    assert flaw == "not monotone: `P` is true in `u` and not in `v`"


def test_a_countermodel_needs_the_frame_of_the_logic() -> None:
    box, atom = reading.formula("[]P"), reading.formula("P")
    model = Kripke(worlds=("w",))
    assert kripke.is_countermodel(model, "w", [box], atom, "K")
    assert not kripke.is_countermodel(model, "w", [box], atom, "T")
    assert not kripke.is_countermodel(model, "w", [box], box, "K")
    assert not kripke.is_countermodel(model, "w", [atom], box, "K")
    assert kripke.is_countermodel(model, "w", [box], None, "K")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Kripke(worlds=()), "at least one world"),
        (Kripke(worlds=("w", "w")), "one is named twice"),
        (Kripke(worlds=("w",), relation=frozenset({("w", "u")})), "there is no world `u`"),
        (Kripke(worlds=("w",), valuation={"u": frozenset()}), "there is no world `u`"),
        (Kripke(worlds=("v",)), "there is no world `w`"),
    ],
)
def test_what_is_no_model_is_refused(model: Kripke, message: str) -> None:
    with pytest.raises(BadStructure, match=message):
        forces(model, "w", Atom("P"), "K")


def test_too_many_worlds_are_refused() -> None:
    with pytest.raises(TooLarge, match="worlds"):
        forces(Kripke(worlds=tuple(map(str, range(1000)))), "1", Atom("P"), "K")


@pytest.mark.parametrize(
    ("text", "logic"),
    [("forall x. P(x)", "K"), ("P(a)", "S4"), ("[]P", "intuitionistic"), ("<>P", "classical")],
)
def test_what_is_not_propositional_or_not_of_the_logic_is_refused(text: str, logic: Logic) -> None:
    with pytest.raises(Unsupported):
        forces(FORK, "w", reading.formula(text), logic)
