"""What counts as a refutation, and as a model, and what does not."""

from random import Random

import pytest

from evalsuite.records import Json
from evalsuite.scorers.refutation import check, spoil

CHAIN: dict[str, Json] = {"clauses": ["~P | Q", "P", "~Q | R", "~R"]}
PROOF = """\
1. ~P | Q  [given]
2. P       [given]
3. ~Q | R  [given]
4. ~R      [given]
5. Q       [1,2]
6. R       [3,5]
7. []      [4,6]
"""
OPEN: dict[str, Json] = {"clauses": ["~P | Q", "P | R", "~Q | R"]}
CYCLE: dict[str, Json] = {"clauses": ["A | B", "A | ~B", "~A | B", "~A | ~B", "C"]}
BUSHY = """\
1. A | B   [given]
2. A | ~B  [given]
3. ~A | B  [given]
4. ~A | ~B [given]
5. A       [1,2]
6. ~A      [3,4]
7. []      [5,6]
"""


def test_a_refutation_is_accepted_strictly() -> None:
    found = check(CHAIN, 0, PROOF)
    assert found.accepted
    assert found.strict


def test_the_first_wrong_line_is_named() -> None:
    found = check(CHAIN, 0, PROOF.replace("5. Q       [1,2]", "5. R       [1,2]"))
    assert not found.accepted
    assert (found.flaw, found.line) == ("NotAResolvent", 5)


def test_a_weaker_clause_is_accepted_but_not_strictly() -> None:
    weaker = PROOF.replace("5. Q  ", "5. Q | R").replace("6. R       [3,5]", "6. R       [3,5]")
    found = check(CHAIN, 0, weaker)
    assert found.accepted
    assert not found.strict


def test_lines_may_go_on_from_the_numbers_of_the_clauses() -> None:
    steps = PROOF[PROOF.index("5.") :]
    for formal in (CHAIN, {**CHAIN, "strategy": "unit"}):
        assert check(formal, 0, steps).accepted
    fewer: dict[str, Json] = {"clauses": ["P", "~P | Q", "~Q | R"]}
    assert check(fewer, 0, steps).flaw == "UnknownReference"
    assert check(CHAIN, 0, steps.replace("[1,2]", "[1,4]")).flaw == "UnknownReference"
    assert check(CHAIN, 0, "1. Q [1,2]\n2. R [1,3]\n3. [] [2,4]").flaw == "SelfReference"


def test_two_pivots_at_once_are_refused() -> None:
    formal: dict[str, Json] = {"clauses": ["P | Q", "~P | ~Q"]}
    text = "1. P | Q [given]\n2. ~P | ~Q [given]\n3. [] [1,2]"
    assert check(formal, 0, text).flaw == "TwoPivots"


@pytest.mark.parametrize("strategy", ["unit", "input", "linear"])
def test_a_refutation_of_the_shape_that_is_asked_for_is_accepted(strategy: str) -> None:
    assert check({**CHAIN, "strategy": strategy}, 0, PROOF).accepted


@pytest.mark.parametrize("strategy", ["unit", "input", "linear", "support", "positive"])
def test_a_refutation_of_another_shape_is_refused(strategy: str) -> None:
    assert check(CYCLE, 0, BUSHY).accepted
    found = check({**CYCLE, "strategy": strategy}, 0, BUSHY)
    assert (found.accepted, found.flaw) == (False, "WrongShape")


def test_a_given_clause_that_is_derived_again_counts_as_derived() -> None:
    # Line 8 is the clause of line 2, and supported.
    clauses: list[Json] = ["~P | ~Q", "R | S", "P | R", "Q | S", "~R | S", "~S"]
    proof = """\
    1. ~P | ~Q      [given]
    2. R | S        [given]
    3. P | R        [given]
    4. Q | S        [given]
    5. ~R | S       [given]
    7. ~Q | R       [1,3]
    8. R | S        [4,7]
    9. S            [5,8]
    """
    formal: dict[str, Json] = {"clauses": clauses, "strategy": "support"}
    ending = "10. ~S [given]\n11. [] [9,10]"
    assert check(formal, 0, proof + ending).accepted
    assert check({**formal, "strategy": "linear"}, 0, proof + ending).accepted
    assert not check(
        formal, 0, (proof + ending).replace("9. S            [5,8]", "9. S [2,5]")
    ).accepted


def test_sld_resolution_goes_from_goal_to_goal() -> None:
    horn: dict[str, Json] = {"clauses": ["P | ~Q", "Q", "~P | ~Q"], "strategy": "sld"}
    given = "1. P | ~Q [given]\n2. Q [given]\n3. ~P | ~Q [given]\n"
    assert check(horn, 0, given + "4. ~Q [3,1]\n5. [] [4,2]").accepted
    assert check(horn, 0, given + "4. ~P [3,2]\n5. ~Q [4,1]\n6. [] [5,2]").accepted
    assert check(horn, 0, given + "4. P [1,2]\n5. ~Q [3,4]\n6. [] [5,2]").flaw == "WrongShape"
    assert not check(horn, 1, "P=T, Q=T").accepted
    assert not check(horn, 1, "P=F, Q=F").accepted


def test_the_values_at_which_unit_propagation_stops_show_that_it_cannot_be_done() -> None:
    formal: dict[str, Json] = {**CYCLE, "strategy": "unit"}
    assert check(formal, 1, "C=T").accepted
    assert not check(formal, 1, "C=F").accepted
    assert not check(formal, 1, "A=T").accepted


def test_no_values_show_that_what_can_be_done_cannot() -> None:
    formal: dict[str, Json] = {**CHAIN, "strategy": "unit"}
    for bits in range(3**3):
        values = [(name, bits // 3**place % 3) for place, name in enumerate("PQR")]
        text = ", ".join(f"{name}={'TF'[value]}" for name, value in values if value < 2)
        assert not check(formal, 1, text).accepted


@pytest.mark.parametrize(
    "text",
    [
        "P=T, Q=T, R=T",
        "P: true\nQ: True, R=V",
        "p=0, q=0, r=1",
        "| P | T |\n| Q | T |\n| R | T |",
        "P   F\nR   T",
        "{P, Q, R}",
        "~P, R",
        "P = F and R = T",
        "`P=F`, **R=T**",
    ],
)
def test_a_valuation_is_read_in_many_spellings(text: str) -> None:
    assert check(OPEN, 1, text).accepted


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("P=T, Q=F, R=T", "NotACountermodel"),
        ("P=T", "NotACountermodel"),
        ("P=T, P=F, R=T", "UnreadableLine"),
        ("", "NoProof"),
        ("there is a model", "NoProof"),
        ("P v R", "NoProof"),
        ("P | Q", "NoProof"),
    ],
)
def test_what_is_no_model_is_refused(text: str, flaw: str) -> None:
    found = check(OPEN, 1, text)
    assert not found.accepted
    assert found.flaw == flaw


def test_a_countermodel_is_judged_by_the_formulas() -> None:
    formal: dict[str, Json] = {
        "clauses": ["~P | Q", "Q", "~P"],
        "premises": ["P -> Q", "Q"],
        "conclusion": "P",
    }
    assert check(formal, 1, "P=F, Q=T").accepted
    assert check(formal, 1, "P=F").flaw == "NotACountermodel"
    assert not check(formal, 1, "P=T, Q=T").accepted
    assert not check(formal, 0, "1. Q [given]\n2. [] [1,1]").accepted


def test_a_saturated_set_shows_that_first_order_clauses_have_a_model() -> None:
    formal: dict[str, Json] = {"clauses": ["~P(x) | P(f(x))", "P(a) | Q", "~Q"]}
    assert not check(formal, 1, "P(a)\n~Q").accepted
    assert check({"clauses": ["P(a)", "~P(b)"]}, 1, "P(a)\n~P(b)").accepted
    assert not check({"clauses": ["P(a)", "~P(x)"]}, 1, "P(a)\n~P(x)").accepted


def test_a_structure_shows_that_first_order_clauses_have_a_model() -> None:
    formal: dict[str, Json] = {"clauses": ["~P(x) | Q(x)", "P(a)", "~Q(b)"]}
    model = "domain: 1, 2\na = 1\nb = 2\nP: 1\nQ: 1"
    assert check(formal, 1, model).accepted
    assert not check(formal, 1, model.replace("b = 2", "b = 1")).accepted
    spoiled = list(spoil(formal, 1, model, Random(1)))
    assert len(spoiled) > 2
    assert not any(check(formal, 1, text).accepted for text in spoiled)


def test_the_numbers_of_dimacs_stand_for_its_letters() -> None:
    formal: dict[str, Json] = {**CHAIN, "atoms": ["P", "Q", "R"]}
    numbers = PROOF
    for number, letter in enumerate("PQR", start=1):
        numbers = numbers.replace(f"~{letter}", f"-{number}").replace(letter, str(number))
    assert check(formal, 0, numbers.replace(" |", "")).accepted
    assert check(formal, 0, PROOF).accepted
    assert check({**OPEN, "atoms": ["P", "Q", "R"]}, 1, "v -1 -2 3 0").accepted
    assert not check({**OPEN, "atoms": ["P", "Q", "R"]}, 1, "v 1 -2 3 0").accepted


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "1. " * 5_000,
        "A" + " " * 19_000,
        "P" + "*" * 19_000 + "=",
        "(" * 5_000,
        "1. P [given]\n" * 1_500,
        "\x00\ud800",
        "P, " * 6_000,
        "1. [] [given]",
        "1. [] [1,1]",
        "999999999999999999999. [] [2,3]",
    ],
)
@pytest.mark.parametrize("verdict", [0, 1])
def test_hostile_text_is_refused_and_raises_nothing(text: str, verdict: int) -> None:
    first_order: dict[str, Json] = {"clauses": ["P(a)", "~P(x)"]}
    numbered: dict[str, Json] = {**CHAIN, "atoms": ["P", "Q", "R"]}
    for formal in (CHAIN, numbered, first_order):
        assert not check(formal, verdict, text).accepted  # these sets can be refuted


def test_every_spoiled_refutation_is_refused() -> None:
    spoiled = [text for seed in range(20) for text in spoil(CHAIN, 0, PROOF, Random(seed))]
    assert len(set(spoiled)) > 10
    assert not any(check(CHAIN, 0, text).accepted for text in spoiled)


def test_a_refutation_done_otherwise_is_among_the_spoiled_ones() -> None:
    formal: dict[str, Json] = {**CYCLE, "strategy": "linear"}
    linear = BUSHY.replace(
        "6. ~A      [3,4]\n7. []      [5,6]", "6. B [3,5]\n7. ~A [4,6]\n8. [] [5,7]"
    )
    assert check(formal, 0, linear).accepted
    flaws = {check(formal, 0, text).flaw for text in spoil(formal, 0, linear, Random(1))}
    assert "WrongShape" in flaws
    assert "" not in flaws


def test_every_spoiled_model_is_refused() -> None:
    spoiled = [text for seed in range(20) for text in spoil(OPEN, 1, "P=F, R=T", Random(seed))]
    assert spoiled
    assert not any(check(OPEN, 1, text).accepted for text in spoiled)
