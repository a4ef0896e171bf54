"""Drawn proofs: trees of text, LaTeX, plain data."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.logic.clauses import Clause, literal, show_clause
from evalsuite.logic.flaws import TooLarge, Unsupported
from evalsuite.logic.formats import data, latex
from evalsuite.logic.formats.drawing import draw
from evalsuite.logic.formats.numbered import lines as numbered
from evalsuite.logic.formats.twigs import tree
from evalsuite.logic.formats.unsigned import unsigned
from evalsuite.logic.kernels.refutation import check
from evalsuite.logic.proofs import (
    Branch,
    ClauseLine,
    CloseLine,
    Cut,
    Given,
    NodeLine,
    OpenLine,
    Step,
    TableauLine,
    Weaker,
)
from evalsuite.logic.syntax import Atom, Forall, Formula, Function, Implies, Not, Or, Variable
from evalsuite.logic.tableau import Signed
from tests.strategies import formulas

P, Q, R = map(Atom, "PQR")


def node(label: int, branch: Branch, signed: Signed, origin: str | int) -> NodeLine:
    return NodeLine(label=str(label), branch=branch, signed=signed, origin=str(origin))


def true(formula: Formula) -> Signed:
    return Signed(sign=True, formula=formula)


def false(formula: Formula) -> Signed:
    return Signed(sign=False, formula=formula)


def close(branch: Branch, *nodes: int) -> CloseLine:
    return CloseLine(label=None, branch=branch, nodes=tuple(map(str, nodes)))


CASES: tuple[TableauLine, ...] = (
    node(1, (), true(Or(P, Q)), "premise"),
    node(2, (), true(Implies(P, R)), "premise"),
    node(3, (), true(Implies(Q, R)), "premise"),
    node(4, (), false(R), "goal"),
    node(5, (1,), true(P), 1),
    node(6, (2,), true(Q), 1),
    node(7, (1, 1), false(P), 2),
    close((1, 1), 5, 7),
    node(8, (1, 2), true(R), 2),
    close((1, 2), 4, 8),
    node(9, (2, 1), false(Q), 3),
    close((2, 1), 6, 9),
    node(10, (2, 2), true(R), 3),
    close((2, 2), 4, 10),
)
SIDE_BY_SIDE = """\
                      1. T P ∨ Q  premise
                      2. T P → R  premise
                      3. T Q → R  premise
                      4. F R      goal
            ┌───────────────┴───────────────┐
        5. T P  T∨ 1                    6. T Q  T∨ 1
    ┌───────┴───────┐               ┌───────┴────────┐
7. F P  T→ 2    8. T R  T→ 2    9. F Q  T→ 3    10. T R  T→ 3
   ✗    5, 7       ✗    4, 8       ✗    6, 9        ✗    4, 10"""
ONE_BELOW_THE_OTHER = """\
1. T P ∨ Q     premise
2. T P → R     premise
3. T Q → R     premise
4. F R         goal
├─ 5. T P      T∨ 1
│  ├─ 7. F P   T→ 2
│  │     ✗     5, 7
│  └─ 8. T R   T→ 2
│        ✗     4, 8
└─ 6. T Q      T∨ 1
   ├─ 9. F Q   T→ 3
   │     ✗     6, 9
   └─ 10. T R  T→ 3
          ✗    4, 10"""


def test_branches_stand_side_by_side_where_the_width_allows_it() -> None:
    assert draw(CASES, width=62) == SIDE_BY_SIDE
    assert draw(CASES, width=61) == ONE_BELOW_THE_OTHER


def test_three_branches_hang_from_one_line() -> None:
    lines = [
        node(1, (), true(P), "premise"),
        *(node(at + 1, (at,), true(Q), 1) for at in (1, 2, 3)),
    ]
    drawn = draw(lines)
    assert [drawn.count(sign) for sign in "┌┼┐┬┴"] == [1, 1, 1, 0, 0]


def test_a_branch_that_holds_nothing_is_drawn() -> None:
    assert "3. T P" in draw([node(1, (), true(P), "premise"), node(3, (1, 2, 1), true(P), 1)])


def test_a_tree_is_the_same_in_whatever_order_its_branches_are_written() -> None:
    breadth_first = sorted(CASES, key=lambda line: len(line.branch))
    assert tree(breadth_first) == tree(CASES)


def test_an_open_branch_shows_its_valuation() -> None:
    drawn = draw([node(1, (), true(P), "premise"), OpenLine(branch=(), valuation={"P": True})])
    assert drawn.splitlines()[-1].split() == ["○", "P=T"]


def test_branches_too_deep_to_be_drawn_are_refused() -> None:
    with pytest.raises(TooLarge, match="branches"):
        draw([node(1, (1,) * 201, true(P), "premise")])
    assert draw([node(1, (1,) * 200, true(P), "premise")])


def test_a_line_names_the_term_that_its_rule_takes() -> None:
    man, mortal = (Atom(name, (Variable("x"),)) for name in ("Man", "Mortal"))
    socrates = Function("s")
    source = node(1, (), true(Forall("x", Implies(man, mortal))), "premise")
    taken = NodeLine(
        label="2",
        branch=(),
        signed=true(Implies(Atom("Man", (socrates,)), Atom("Mortal", (socrates,)))),
        origin="1",
        witness=socrates,
    )
    assert "T∀ 1, x := s" in draw([source, taken])
    assert "∀ 1, x := s" in draw([source, taken], signs=False)
    assert data.tableau([source, taken])[1]["with"] == "s"


# ── any tree ────────────────────────────────────────────────────────────────────────────────────


@st.composite
def tableaux(draw_: st.DrawFn) -> tuple[TableauLine, ...]:
    """Lines on the branches of some tree; whether they follow does not matter to a drawing."""
    branches: list[Branch] = [()]
    for _ in range(draw_(st.integers(min_value=0, max_value=6))):
        parent = draw_(st.sampled_from(branches))
        if (*parent, 1) not in branches:
            branches += [(*parent, 1), (*parent, 2)]
    lines: list[TableauLine] = []
    for branch in sorted(branches):
        for _ in range(draw_(st.integers(min_value=0, max_value=3))):
            signed = Signed(sign=draw_(st.booleans()), formula=draw_(formulas(max_leaves=3)))
            origin = draw_(st.sampled_from(["premise", "goal", "1", "2"]))
            lines.append(node(len(lines) + 1, branch, signed, origin))
    return tuple(lines)


@given(tableaux(), st.integers(min_value=1, max_value=120))
def test_a_drawing_holds_every_line_once_and_nothing_is_cut(
    lines: tuple[TableauLine, ...], width: int
) -> None:
    drawn = draw(lines, width=width)
    numbers = sorted(int(number) for number in re.findall(r"(\d+)\. [TF] ", drawn))
    assert numbers == list(range(1, len(lines) + 1))


@given(tableaux(), st.integers(min_value=1, max_value=120))
def test_branches_stand_side_by_side_in_no_more_than_the_width(
    lines: tuple[TableauLine, ...], width: int
) -> None:
    drawn = draw(lines, width=width)
    if "┌" in drawn:
        assert all(len(row) <= width for row in drawn.splitlines())
        assert "├" not in drawn


@given(tableaux())
def test_latex_closes_what_it_opens(lines: tuple[TableauLine, ...]) -> None:
    written = latex.tableau(lines)
    opened = re.findall(r"\\begin\{(\w+)\}", written)
    assert sorted(opened) == sorted(re.findall(r"\\end\{(\w+)\}", written))
    assert written.count("{") == written.count("}")
    assert len(re.findall(r"^ *\[", written, re.MULTILINE)) == len(
        re.findall(r"\]$", written, re.MULTILINE)
    )


@given(tableaux())
def test_data_survives_json(lines: tuple[TableauLine, ...]) -> None:
    told = data.tableau(lines)
    assert json.loads(json.dumps(told)) == told


# ── unsigned notation ───────────────────────────────────────────────────────────────────────────


def test_unsigned_lines_do_not_repeat_a_negation() -> None:
    signed = (
        node(1, (), true(Not(P)), "premise"),
        node(2, (), false(P), 1),
        node(3, (), true(P), "premise"),
        close((), 2, 3),
    )
    assert draw(unsigned(signed), signs=False).splitlines() == [
        "1. ¬P  premise",
        "2. P   premise",
        "   ✗   1, 2",
    ]


def test_unsigned_lines_take_a_double_negation_apart_before_they_contradict() -> None:
    signed = (
        node(1, (), true(Not(P)), "premise"),
        node(2, (), false(Not(P)), "goal"),
        close((), 1, 2),
    )
    assert draw(unsigned(signed), signs=False).splitlines() == [
        "1. ¬P   premise",
        "2. ¬¬P  negated goal",
        "3. P    ¬¬ 2",
        "   ✗    1, 3",
    ]


def test_intuitionistic_logic_has_no_unsigned_notation() -> None:
    with pytest.raises(Unsupported, match="intuitionistic"):
        unsigned(CASES, "intuitionistic")


# ── refutations ─────────────────────────────────────────────────────────────────────────────────

CHAIN = (
    ClauseLine(label="1", clause=frozenset({literal("~P"), literal("Q")}), rule="given"),
    ClauseLine(label="2", clause=frozenset({literal("P")}), rule="given"),
    ClauseLine(label="3", clause=frozenset({literal("~Q")}), rule="given"),
    ClauseLine(label="4", clause=frozenset({literal("Q")}), rule="resolve", parents=("1", "2")),
    ClauseLine(label="5", clause=frozenset(), rule="resolve", parents=("4", "3")),
)


def test_a_refutation_in_latex_has_a_row_a_line() -> None:
    rows = latex.refutation(CHAIN).splitlines()
    assert rows[0] == r"% \usepackage{amsmath,amssymb}"
    assert rows[3] == r"  1. & \lnot P \lor Q & \text{given} \\"
    assert rows[7] == r"  5. & \square & \text{4, 3}"


def test_a_refutation_as_data_names_rules_and_parents() -> None:
    told = data.refutation(CHAIN)
    assert told[3] == {
        "number": "4",
        "clause": "Q",
        "literals": ["Q"],
        "rule": "resolve",
        "from": ["1", "2"],
    }
    assert told[4]["clause"] == "[]"


def clause(*names: str) -> Clause:
    return frozenset(map(literal, names))


def test_steps_made_weaker_become_lines_that_are_resolvents() -> None:
    steps = [
        Step(clause=clause("P", "Q"), reason=Given(0), line=1),
        Step(clause=clause("~P"), reason=Given(1), line=1),
        Step(clause=clause("~Q"), reason=Given(2), line=1),
        Step(clause=clause("~Q", "R"), reason=Weaker(2), line=2),
        Step(clause=clause("~R"), reason=Given(3), line=2),
        Step(clause=clause("~Q"), reason=Cut(3, 4, literal("R")), line=2),
        Step(clause=clause("P"), reason=Cut(0, 5, literal("Q")), line=3),
        Step(clause=clause(), reason=Cut(6, 1, literal("P")), line=3),
    ]
    given_clauses = [clause("P", "Q"), clause("~P"), clause("~Q"), clause("~R")]
    check(given_clauses, steps)
    assert [(line.label, show_clause(line.clause), line.parents) for line in numbered(steps)] == [
        ("1", "P | Q", ()),
        ("2", "~P", ()),
        ("3", "~Q", ()),
        ("4", "P", ("1", "3")),
        ("5", "[]", ("4", "2")),
    ]
