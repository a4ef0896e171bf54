"""Derivations and closed sets as models write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.records import Json
from evalsuite.scorers.derivation import check

FORMAL: dict[str, Json] = {
    "facts": ["P(a)", "S(a)", "P(b)", "U(b)"],
    "rules": [
        "forall x. (P(x) -> Q(x))",
        "forall x. (Q(x) & S(x) -> R(x))",
        "forall x. (U(x) & R(x) -> Q(x))",
        "forall x. (R(x) -> Q(x))",
    ],
    "goal": "R(a)",
}
NOT: dict[str, Json] = {**FORMAL, "goal": "R(b)"}
GOOD = "1. P(a) [fact 1]\n2. Q(a) [rule 1: 1]\n3. S(a) [fact 2]\n4. R(a) [rule 2: 2, 3]"
CLOSED = "P(a)\nS(a)\nP(b)\nU(b)\nQ(a)\nQ(b)\nR(a)"


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace(", ", " and "),
        GOOD.replace("fact", "fato").replace("rule", "regra"),
        GOOD.replace("[", "(").replace("]", ")").replace("P(a)", "P (a)"),
        "Here is the proof:\n" + GOOD.replace("1. ", "**1.** ", 1),
        GOOD.lower(),
        GOOD.replace(". ", ") "),
        GOOD.replace("1: 1", "1 from line 1").replace("[rule", "[by rule"),
        "7. P(a) [fact 1]\n20. Q(a) [rule 1: 7]\n30. S(a) [fact 2]\n40. R(a) [rule 2: 20, 30]",
        "P(a) [fact 1]\nQ(a) [rule 1: 1]\nS(a) [fact 2]\nR(a) [rule 2: 3, 2]",
        GOOD.replace("[fact 1]", "[given]"),
        GOOD.replace("fact ", "F").replace("rule ", "R"),
        "Goal: R(a)\n" + GOOD,
        GOOD + "\n\nSo R(a) holds.",
        GOOD + "\nThe goal R(a) follows by rule 2.",
        "The facts are P(a), S(a), P(b) and U(b).\n\n" + GOOD,
    ],
)
def test_ink_does_not_matter(text: str) -> None:
    checked = check(FORMAL, 0, text)
    assert checked.accepted, checked
    assert checked.strict


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("fact 1", "fact 3"),
        GOOD.replace("rule 1: ", ""),
        GOOD.replace("2, 3]", "1, 2, 3]"),
        "1. Q(a) [rule 1: fact 1]\n2. R(a) [rule 2: 1, fact 2]",
        "1. P(a) [fact 1]\n2. Q(a) [rule 1: P(a)]\n3. S(a) [fact 2]\n4. R(a) [rule 2: Q(a), S(a)]",
        (
            "Step 1: P(a) is fact 1.\nStep 2: From P(a), by rule 1, Q(a).\n"
            "Step 3: S(a) is fact 2.\nStep 4: Since Q(a) and S(a), by rule 2, R(a)."
        ),
    ],
)
def test_liberties_are_told_apart(text: str) -> None:
    checked = check(FORMAL, 0, text)
    assert checked.accepted, checked
    assert not checked.strict


@pytest.mark.parametrize(
    ("text", "flaw", "line"),
    [
        ("", "NoProof", None),
        ("no idea", "NoProof", None),
        ("1. R(a) [fact 1]", "NotGiven", 1),
        ("1. R(a) [given]", "NotGiven", 1),
        ("1. R(a)", "NoJustification", 1),
        ("1. R(a) [rule 2: 1]", "SelfReference", 1),
        ("1. R(a) [rule 2: 7]", "UnknownReference", 1),
        ("1. P(a) [fact 1]\n2. R(a) [rule 2: 1, 3]\n3. S(a) [fact 2]", "ForwardReference", 2),
        ("1. P(a) [fact 1]\n1. S(a) [fact 2]", "DuplicateNumber", 2),
        ("1. P(a) [fact 1]\n2. Q(a) [rule 9: 1]", "UnknownRule", 2),
        ("1. P(a) [fact 1]\n2. Q(a) [rule 0: 1]", "UnknownRule", 2),
        ("1. P(a) [fact 1]\n2. Q(a) [rule 2: 1]", "NotByRule", 2),
        ("1. P(b) [fact 3]\n2. Q(a) [rule 1: 1]", "WrongPremises", 2),
        (GOOD.replace("2, 3]", "2]"), "WrongPremises", 4),
        (GOOD.replace("rule 1", "rule 4"), "WrongPremises", 2),
        (GOOD.rsplit("\n", 1)[0], "NoGoal", 3),
        ("1. W(a) [fact 1]", "UnreadableLine", 1),
        ("1. P(c) [fact 1]", "UnreadableLine", 1),
        ("1. P(x) [fact 1]", "UnreadableLine", 1),
        ("1. ~P(a) [fact 1]", "NotGiven", 1),
        ("1. P(a) -> R(a) [fact 1]", "UnreadableLine", 1),
        ("1. P(a) [fact 1]\nR(a) holds.", "NoGoal", 1),
        ("1. P(a) [fact 1]\nR(a) [rule 2: 1]", "WrongPremises", 2),
        ("1. From P(a), by rule 1, R(a).", "NotByRule", 1),
    ],
)
def test_the_first_error_is_named(text: str, flaw: str, line: int | None) -> None:
    checked = check(FORMAL, 0, text)
    assert (checked.accepted, checked.flaw, checked.line) == (False, flaw, line)


@pytest.mark.parametrize(
    "said",
    [
        "{} is false [rule 1: fact 1]",
        "{} does not follow [rule 1: fact 1]",
        "{} = F [rule 1: fact 1]",
        "{}: false [rule 1: fact 1]",
        "{} (false) [rule 1: fact 1]",
        "{} [rule 1: fact 1] is not derivable",
        "{} não vale [regra 1: fato 1]",
        "It is not so that {} [rule 1: fact 1]",
        "~({}) [rule 1: fact 1]",
        "From P(a), by rule 1, {} is false",
    ],
)
def test_a_line_that_denies_its_atom_does_not_say_it(said: str) -> None:
    formal: dict[str, Json] = {**FORMAL, "goal": "Q(a)"}
    checked = check(formal, 0, "1. " + said.format("Q(a)"))
    assert (checked.accepted, checked.flaw, checked.line) == (False, "UnreadableLine", 1)


@pytest.mark.parametrize(
    "said",
    [
        "{} is true [rule 1: fact 1]",
        "{} = T [rule 1: fact 1] (no other rule is needed)",
        "{} pela regra 1, no fato 1",
    ],
)
def test_a_line_that_denies_something_else_says_its_atom(said: str) -> None:
    formal: dict[str, Json] = {**FORMAL, "goal": "Q(a)"}
    assert check(formal, 0, "1. " + said.format("Q(a)")).accepted


def test_a_denial_reaches_to_the_end_of_its_sentence() -> None:
    listed = CLOSED.replace("\n", ", ")
    for text in (
        f"{listed}; R(b) is not there.",
        f"{listed}. R(b) cannot be derived.",
        f"R(b) is not there; {listed}",
        f"Goal: R(b); {listed}",
    ):
        assert check(NOT, 1, text).strict, text
        assert check(NOT, 1, text).accepted, text
    short = listed.replace("Q(b), ", "")
    for text in (
        f"{short}; Q(b) is not there.",
        f"{short}\nNot derivable: R(b); Q(b)",
        f"{short}\nThese are not derivable. Q(b), R(b)",
        f"{short}\nR(b) is not there; likewise Q(b)",
    ):
        assert check(NOT, 1, text).flaw == "NotClosed", text


def test_a_closed_set_without_the_goal_shows_that_it_cannot_be_derived() -> None:
    assert check(NOT, 1, CLOSED).strict
    assert check(NOT, 1, CLOSED).accepted
    assert check(NOT, 1, CLOSED.replace("\n", ", ")).accepted
    assert check(NOT, 1, "\n".join(f"{n}. {x}" for n, x in enumerate(CLOSED.split(), 1))).accepted
    # More than can be derived is allowed, as long as the rules add nothing.
    assert check(NOT, 1, CLOSED + "\nU(a)").accepted


@pytest.mark.parametrize(
    "text",
    [
        "Goal: R(b)\n" + CLOSED,
        CLOSED + "\n\nR(b) is not in this list.",
        CLOSED + "\nR(b) cannot be derived, as S(b) is missing.",
        CLOSED.replace("R(a)", "R(a) (rule 2; R(b) would need S(b))"),
        CLOSED.replace("Q(a)", "Q(a) [rule 1: P(a)]"),
        "[" + CLOSED.replace("\n", ", ").replace(", R", " and R") + "]",
        CLOSED + "\n~R(b)",
    ],
)
def test_what_a_list_says_of_other_facts_is_not_listed(text: str) -> None:
    assert check(NOT, 1, text).strict
    assert check(NOT, 1, text).accepted


@pytest.mark.parametrize(
    "said",
    [
        "We cannot derive Q(b)",
        "Q(b) is false",
        "Q(b) isn't derivable",
        "U(b) (rule 2; here is Q(b))",
        "\0 \1 (x \0)",
    ],
)
def test_what_is_denied_is_not_listed(said: str) -> None:
    assert check(NOT, 1, CLOSED.replace("Q(b)", said)).flaw == "NotClosed"


def test_given_facts_may_be_left_out_at_a_price() -> None:
    checked = check(NOT, 1, "Q(a), Q(b), R(a)")
    assert checked.accepted
    assert not checked.strict


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("", "NoProof"),
        ("nothing", "NoProof"),
        (CLOSED + "\nR(b)", "GoalListed"),
        (CLOSED.replace("\nQ(b)", ""), "NotClosed"),
        (CLOSED + "\nS(b)", "NotClosed"),
        (CLOSED + "\nW(b)", "UnreadableLine"),
    ],
)
def test_other_sets_are_refused(text: str, flaw: str) -> None:
    checked = check(NOT, 1, text)
    assert (checked.accepted, checked.flaw) == (False, flaw)


def test_no_wrong_verdict_is_accepted() -> None:
    assert not check(FORMAL, 1, CLOSED).accepted
    assert not check(FORMAL, 1, CLOSED.replace("\nR(a)", "")).accepted
    assert not check(NOT, 0, GOOD).accepted
    assert not check(NOT, 0, GOOD.replace("(a)", "(b)")).accepted


@settings(deadline=None)
@given(
    st.text(alphabet="PQRSU(ab),~[]: 1234.\n", max_size=300)
    | st.text(max_size=100)
    | st.lists(
        st.sampled_from(
            [
                "R(b)",
                "Q(b)",
                "S(b)",
                "P(b)",
                "[rule 2: 1, 2]",
                "[fact 3]",
                "[rule 1: 1]",
                "\n",
                " ",
                "2.",
            ]
        )
    ).map(" ".join)
)
def test_no_text_derives_what_cannot_be_derived(text: str) -> None:
    assert not check(NOT, 0, text).accepted
    assert not check(FORMAL, 1, text).accepted


@pytest.mark.parametrize(
    "text",
    [
        "P(a) " * 19_000,
        "(x " * 16_000 + "P(a)",
        "goal " * 9_000 + "P(a) " * 9_000,
        "From P(a) " * 9_000,
        "1. P(a) [fact 1]\n" * 1_999,
        "1. " + "(" * 50_000,
        "1. P(" + "a," * 40_000,
        "not " * 24_000 + "P(a)",
        "1. P(a) " + "[" * 90_000,
        "1. P(a) [" + "(" * 90_000,
        "1. P(a) = " + "no " * 30_000,
        "P(a); " * 16_000,
        "1" * 90_000 + ". P(a) [fact " + "9" * 9_000 + "]",
        "P(a)" + " " * 90_000 + "[fact 1]",
        "\n".join(f"{n}. Q(a) [rule 1: {', '.join('1' * 40)}]" for n in range(1_500)),
        "x" * 200_000,
        "\n" * 50_000,
    ],
)
@pytest.mark.parametrize("verdict", [0, 1])
@pytest.mark.usefixtures("promptly")
def test_hostile_texts_are_refused_quickly(text: str, verdict: int) -> None:
    assert not check(FORMAL if verdict else NOT, verdict, text).accepted
