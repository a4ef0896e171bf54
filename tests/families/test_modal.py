"""What the kinds about modal and intuitionistic logic promise."""

from itertools import product
from random import Random

import pytest

from evalsuite.families.modal import (
    _frames,
    frame_property,
    intuitionistic_validity,
    kripke_evaluation,
    modal_validity,
)
from evalsuite.families.modal._validity import Validity
from evalsuite.logic import kripke, smt, translation
from evalsuite.logic.kripke import Kripke
from evalsuite.logic.syntax import Formula, Implies
from evalsuite.logic.tableau import LOGICS, Logic
from evalsuite.logic.text import reading
from tests.families.tableau_kinds import (
    assert_balanced,
    assert_certified,
    assert_shown,
    assert_twins,
    drawn,
)
from tests.logic.modal_cases import INTUITIONISTIC, MODAL

CHOICES = (
    *("modal-k", "modal-t", "modal-s4", "modal-s5"),
    *("kripke-evaluation", "frame-property", "intuitionistic"),
)
CERTIFICATES = (
    *("modal-tableau", "modal-countermodel"),
    *("intuitionistic-tableau", "intuitionistic-countermodel"),
)


@pytest.mark.parametrize("name", [*CHOICES, *CERTIFICATES])
def test_every_rung_has_each_label_and_both_languages_show_it(name: str) -> None:
    assert_balanced(name)
    assert_shown(name)


@pytest.mark.parametrize("name", CERTIFICATES)
def test_gold_certificates_are_accepted_and_spoilt_ones_refused(name: str) -> None:
    assert_certified(name)


def test_tasks_that_differ_in_calculus_alone_ask_about_the_same_problems() -> None:
    assert_twins("modal-tableau", "modal-countermodel")
    assert_twins("intuitionistic", "intuitionistic-tableau", "intuitionistic-countermodel")


@pytest.mark.parametrize("name", ["modal-s4", "modal-tableau", "intuitionistic"])
def test_a_valid_implication_needs_both_of_its_sides(name: str) -> None:
    for one in drawn(name):
        problem = one.problem
        assert isinstance(problem, Validity)
        formula = problem.formula
        assert isinstance(formula, Implies)
        if one.gold == 0:
            for side in (Implies(formula.left, reading.formula("false")), formula.right):
                assert translation.has_countermodel(side, problem.logic, worlds=4)


def test_z3_agrees_with_the_deciders() -> None:
    for name in ("modal-tableau", "intuitionistic"):
        for one in drawn(name)[:8]:
            problem = one.problem
            assert isinstance(problem, Validity)
            found = smt.modal_valid(problem.formula, problem.logic, worlds=3)
            assert found == ("yes", "no")[one.gold]


def test_labels_are_drawn_from_one_bag_of_letters() -> None:
    for seed in range(20):
        texts = []
        for gold in (0, 1):
            draft = modal_validity.draw(modal_validity.Params(), 4, gold, Random(seed))
            texts.append(None if draft is None else sorted(str(draft.shown["formula"])))
        assert texts[0] == texts[1]


# ── the second decider ──────────────────────────────────────────────────────────────────────────


def test_the_translation_knows_the_axioms() -> None:
    for _, text, valid in MODAL:
        formula = reading.formula(text)
        for logic in ("K", "D", "T", "B", "K4", "S4", "S5"):
            assert _refuted(formula, logic) == (logic not in valid.split()), (text, logic)
    for _, text, holds in INTUITIONISTIC:
        assert _refuted(reading.formula(text), "intuitionistic") != holds, text


def _refuted(formula: Formula, logic: str) -> bool:
    named: Logic = next(one for one in LOGICS if one == logic)
    return translation.has_countermodel(formula, named, worlds=4)


def test_sat_solver_and_evaluation_agree_on_random_models() -> None:
    rng = Random(7)
    formulas = [reading.formula(text) for _, text, _ in MODAL[:20]]
    for formula, size in product(formulas, (1, 3)):
        worlds = _frames.NAMES[:size]
        model = Kripke(
            worlds=worlds,
            relation=_frames.relation(worlds, rng.randint(0, size * size), rng),
            valuation={one: frozenset(rng.sample("PQR", rng.randint(0, 3))) for one in worlds},
        )
        world = rng.choice(worlds)
        holds = kripke.forces(model, world, formula, "K")
        assert translation.is_forced(model, world, formula, "K") == holds


# ── models and frames ───────────────────────────────────────────────────────────────────────────


def test_evaluated_formulas_have_both_values_in_models_with_the_same_letters() -> None:
    for seed in range(40):
        shown = []
        for gold in (0, 1):
            draft = kripke_evaluation.draw(kripke_evaluation.Params(), 3, gold, Random(seed))
            shown.append(None if draft is None else {**draft.shown, "formula": ""})
        assert shown[0] == shown[1]


@pytest.mark.parametrize(
    ("arrows", "label"),
    [
        ({("w0", "w0"), ("w1", "w1"), ("w2", "w2"), ("w0", "w1"), ("w1", "w2")}, "reflexive"),
        ({("w0", "w1"), ("w1", "w0"), ("w2", "w2")}, "symmetric"),
        ({("w0", "w1"), ("w1", "w2"), ("w0", "w2")}, "transitive"),
        ({("w0", "w1"), ("w1", "w2")}, "none"),
    ],
)
def test_properties_are_those_of_the_relation(arrows: set[tuple[str, str]], label: str) -> None:
    model = Kripke(worlds=("w0", "w1", "w2"), relation=frozenset(arrows))
    wanted = frame_property.LABELS.index(label)
    assert frame_property.decide(model) == (wanted, wanted)


def test_a_relation_with_two_properties_has_no_answer() -> None:
    model = Kripke(worlds=("w0",), relation=frozenset({("w0", "w0")}))
    with pytest.raises(ValueError, match="3 of the properties"):
        frame_property.decide(model)


@pytest.mark.parametrize(
    ("params", "values"),
    [
        (modal_validity.Params, {"logic": "S3"}),
        (modal_validity.Params, {"calculus": "sequents"}),
        (modal_validity.Params, {"fewest_leaves": 2}),
        (intuitionistic_validity.Params, {"most_leaves": 40}),
        (intuitionistic_validity.Params, {"calculus": "natural deduction"}),
        (kripke_evaluation.Params, {"fewest_worlds": 1}),
        (frame_property.Params, {"fewest_worlds": 8, "most_worlds": 7}),
    ],
)
def test_a_ladder_out_of_reach_is_refused(params: type, values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="`"):
        params(**values)
