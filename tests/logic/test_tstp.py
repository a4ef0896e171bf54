"""Refutations are written as legal TPTP, in which every inference names what it needs."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark

from evalsuite.logic import flaws
from evalsuite.logic.clauses import Clause
from evalsuite.logic.elaborators import refutation
from evalsuite.logic.formats import tstp
from evalsuite.logic.formats.clausal import drup
from evalsuite.logic.text import reading

# From the syntax of TPTP: annotated clauses, with annotations as general terms.
TPTP = Lark(r"""
start: (_COMMENT | _annotated)+
_annotated: "cnf" "(" WORD "," WORD "," "(" disjunction ")" "," general ")" "."
disjunction: literal ("|" literal)*
literal: "~"? (term | DEFINED)
term: (WORD | QUOTED | NUMBER) ("(" term ("," term)* ")")? | UPPER
general: datum (":" general)? | "[" (general ("," general)*)? "]"
datum: WORD ("(" general ("," general)* ")")? | UPPER | "$fot" "(" term ")"
WORD: /[a-z][A-Za-z0-9_]*/
UPPER: /[A-Z][A-Za-z0-9_]*/
NUMBER: /[0-9]+/
QUOTED: /'([ -&(-\[\]-~]|\\[\\'])+'/
DEFINED: "$false" | "$true"
_COMMENT: /%[^\n]*\n/
%ignore /\s+/
""")

CLAUSES = tuple(map(reading.clause, ("~P(x) | Q(f(x), y')", "P(a)", "~Q(u, v) | R", "~R")))
PROOF = """\
1. ~P(x) | Q(f(x), y')   [given]
2. P(a)                  [given]
3. Q(f(a), y)            [1,2] {x -> a}
4. ~Q(x, y) | R          [given]
5. R                     [3,4]
6. ~R                    [given]
7. []                    [5,6]
"""


def parents(text: str) -> list[list[int]]:
    found = [re.findall(r"\[((?:c\d+[^]]*)*)\]\)\)", row) for row in text.splitlines()]
    return [[int(one) for one in re.findall(r"\bc(\d+)", " ".join(row))] for row in found]


def test_lines_become_a_derivation() -> None:
    text = tstp.write(CLAUSES, refutation.read(PROOF).lines)
    TPTP.parse(text)
    rows = text.splitlines()
    assert rows[1].startswith("cnf(c1, axiom, (~ 'P'(X) | 'Q'(f(X), ")
    assert rows[1].endswith("file(problem, given_1)).")
    assert rows[4].endswith("file(problem, given_3)).")
    assert rows[3] == (
        "cnf(c3, plain, ('Q'(f(a), Y)), inference(resolution, [status(thm)], [c1, c2]))."
    )
    assert rows[7] == "cnf(c7, plain, ($false), inference(resolution, [status(thm)], [c5, c6]))."


def test_kernel_steps_become_a_derivation() -> None:
    made = refutation.elaborate(CLAUSES, refutation.read(PROOF).lines)
    assert made.flaw is None
    text = tstp.write(CLAUSES, made.steps)
    TPTP.parse(text)
    assert "inference(instantiation, [status(thm)], [c1:[bind(X, $fot(a))]])" in text
    assert "$false" in text.splitlines()[-2]


def test_factors_are_named() -> None:
    clauses = tuple(map(reading.clause, ("P(x) | P(y)", "~P(u) | ~P(v)")))
    lines = refutation.read(
        "1. P(x) | P(y) [given]\n2. ~P(x) | ~P(y) [given]\n3. P(x) [factor 1]\n"
        "4. ~P(x) [factor 2]\n5. [] [3,4]\n"
    ).lines
    text = tstp.write(clauses, lines)
    TPTP.parse(text)
    assert "inference(factoring, [status(thm)], [c1])" in text


@settings(max_examples=60)
@given(st.permutations(range(4)))
def test_a_drup_proof_becomes_one_too(order: list[int]) -> None:
    square = [reading.clause(text) for text in ("x1 | x2", "x1 | ~x2", "~x1 | x2", "~x1 | ~x2")]
    clauses: tuple[Clause, ...] = tuple(square[place] for place in order)
    text = tstp.write(clauses, drup(clauses, "1 3 0\n1 0\n0\n"))
    TPTP.parse(text)
    assert all(name < place for place, row in enumerate(parents(text)) for name in row)


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("1. ~P [given]\n", flaws.NotGiven),
        ("1. R [2,3]\n", flaws.UnknownReference),
    ],
)
def test_what_is_no_proof_is_refused(text: str, flaw: type[flaws.Flaw]) -> None:
    with pytest.raises(flaw, match="line 1"):
        tstp.write(CLAUSES, refutation.read(text).lines)
