"""A truth table is accepted if each row is there and right, and shows that it follows."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.records import Json
from evalsuite.scorers.truth_table import check, spoil

VALID: dict[str, Json] = {"premises": ["A", "A -> B"], "conclusion": "B"}
OPEN: dict[str, Json] = {"premises": ["A | B"], "conclusion": "A"}
TABLE = """\
A B | 1 2 | C
T T | T T | T
T F | T F | F
F T | F T | T
F F | F T | F"""


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        TABLE.replace(" ", ""),
        TABLE.replace("T", "V"),
        TABLE.replace("T", "1").replace("F", "0").removeprefix("A B | 1 2 | C\n"),
        "\n".join(reversed(TABLE.splitlines())),
        (
            "| A | B | A | A -> B | B |\n|---|---|---|---|---|\n| T | T | T | T | T |\n"
            "| T | F | T | F | F |\n| F | T | F | T | T |\n| F | F | F | T | F |"
        ),
        "B A | 1 2 | C\nT T | T T | T\nT F | F T | T\nF T | T F | F\nF F | F T | F",
        "1. T T T T T\n2. T F T F F\n3. F T F T T\n4. F F F T F",
        (
            "| # | A | B | 1 | 2 | C |\n|---|---|---|---|---|---|\n| 1 | T | T | T | T | T |\n"
            "| 2 | T | F | T | F | F |\n| 3 | F | T | F | T | T |\n| 4 | F | F | F | T | F |"
        ),
        TABLE.replace("T | T T | T", "T | T T | T  <- both premises are true"),
        TABLE.replace("T | T T | T", "T | T T | T (premises true) ✓"),
        "\n".join(f"| {row} | yes |" for row in TABLE.splitlines()),
        TABLE.replace(" | ", " ").replace(" ", " & ").replace("\n", " \\\\\n") + r" \\ \hline",
    ],
)
def test_a_table_is_read_in_many_spellings(text: str) -> None:
    checked = check(VALID, 0, text)
    assert checked.accepted, checked


@pytest.mark.parametrize(
    ("text", "flaw", "line"),
    [
        (TABLE.replace("F F | F T | F", ""), "MissingRow", None),
        (TABLE.replace("F T | F T | T", "F T | F F | T"), "WrongCell", 4),
        (TABLE + "\nF F | F T | F", "DuplicateRow", 6),
        (TABLE.replace("T T | T T | T", "T T | T T"), "WrongRow", 2),
        (TABLE.replace("T T | T T | T", "T T | T T | T F"), "WrongRow", 2),
        (TABLE.replace("T T | T T | T", "T T | T F | T ✓"), "MissingRow", None),
        ("it plainly follows", "NoProof", None),
        ("", "NoProof", None),
    ],
)
def test_the_first_wrong_row_is_named(text: str, flaw: str, line: int | None) -> None:
    checked = check(VALID, 0, text)
    assert not checked.accepted
    assert (checked.flaw, checked.line) == (flaw, line)


def test_a_right_table_does_not_show_what_is_not_so() -> None:
    table = "T T | T | T\nT F | T | T\nF T | T | F\nF F | F | F"
    assert check(OPEN, 0, table).flaw == "CountermodelRow"
    assert check(OPEN, 1, "A=F, B=T").accepted
    assert not check(VALID, 1, "A=F, B=T").accepted


def test_each_mutant_is_refused() -> None:
    for seed in range(5):
        for text in spoil(VALID, 0, TABLE, Random(seed)):
            assert not check(VALID, 0, text).accepted, text


@given(st.text(max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    assert not check(OPEN, 0, text).accepted
