"""Tableaux as models write them: which are accepted, and where the others go wrong."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.logic import flaws, solvers
from evalsuite.logic.elaborators import tableau
from evalsuite.logic.proofs import Verdict
from evalsuite.logic.syntax import Atom, Formula, Not
from evalsuite.logic.tableau import LOGICS, Logic
from evalsuite.logic.text import reading
from tests.logic.tableaux import Proved, proofs
from tests.strategies import rngs

CASES = sorted((Path(__file__).parent / "proofs" / "tableau").glob("*.txt"))


def parts(statement: str) -> tuple[list[Formula], Formula | None]:
    """Read `A, B |- C`."""
    premises, _, conclusion = statement.partition("|-")
    # Commas between premises are those outside of brackets.
    cut = re.split(r",\s*(?![^()]*\))", premises)
    return [reading.formula(one) for one in cut if one.strip()], reading.formula(conclusion)


def judged(text: str, statement: str, logic: Logic = "classical") -> Verdict:
    premises, conclusion = parts(statement)
    return tableau.check(premises, conclusion, text, logic)


def outcome(verdict: Verdict) -> str:
    match verdict.flaw:
        case None if verdict.countermodel is not None:
            return "countermodel"
        case None:
            taken = any(one.kind == "logic" for one in verdict.liberties)
            return "lenient" if taken else "accepted"
        case flaws.Flaw(line=None) as flaw:
            return type(flaw).__name__
        case flaws.Flaw(line=line) as flaw:
            return f"{type(flaw).__name__} at {line}"
        case flaw:
            return type(flaw).__name__


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_tableau_written_by_hand_is_judged_as_by_hand(path: Path) -> None:
    head, _, text = path.read_text(encoding="utf-8").partition("---\n")
    told = dict(line.split(": ", 1) for line in head.splitlines())
    logic = next(one for one in LOGICS if one == told["logic"].strip())
    verdict = judged(text, told["problem"], logic)
    assert outcome(verdict) == told["expect"].strip(), verdict


def test_the_cases_have_every_flaw_that_a_tableau_can_have() -> None:
    expected = {
        path.read_text(encoding="utf-8").partition("expect: ")[2].split()[0] for path in CASES
    }
    wrong = {kind.__name__ for kind in flaws.TableauFlaw.__subclasses__()}
    general = {
        kind.__name__
        for kind in flaws.Flaw.__subclasses__()
        if not kind.__subclasses__() and kind.__module__ == flaws.__name__
    }
    assert expected >= wrong | general
    assert len(CASES) >= 75


# ── what a verdict says ─────────────────────────────────────────────────────────────────────────

RIGHT = """\
1. [0]   T P -> Q   premise
2. [0]   T P        premise
3. [0]   F Q        goal
4. [0.1] F P        1
5. [0.1] x          2,4
6. [0.2] T Q        1
7. [0.2] x          3,6
"""
STATEMENT = "P -> Q, P |- Q"


def test_the_valid_prefix_is_what_comes_before_the_first_flaw() -> None:
    verdict = judged(RIGHT.replace("6. [0.2] T Q        1", "6. [0.2] T Q        9"), STATEMENT)
    # The line with `T Q` opens a branch that line 4 needs.
    assert outcome(verdict) == "MissingBranch at 4"
    assert (verdict.lines, verdict.valid_prefix) == (7, 3)
    verdict = judged(RIGHT.replace("3,6", "2,6"), STATEMENT)
    assert (outcome(verdict), verdict.valid_prefix) == ("NotComplementary at 7", 6)


def test_steps_that_no_closure_needs_are_told() -> None:
    text = "1. [0] T P & Q premise\n2. [0] F P goal\n3. [0] T Q 1\n4. [0] T P 1\n5. [0] x 2,4\n"
    assert judged(text, "P & Q |- P").unused == ("3",)
    assert judged(RIGHT, STATEMENT).unused == ()


def test_the_line_that_brings_a_world_is_needed() -> None:
    text = "1. [0] 1 T <>R premise\n2. [0] 1 T []P premise\n3. [0] 1 T []~P premise\n\
4. [0] 1 F Q goal\n5. [0] 1.1 T R 1\n6. [0] 1.1 T P 2\n7. [0] 1.1 T ~P 3\n\
8. [0] 1.1 F P 7\n9. [0] x 6,8\n"
    assert judged(text, "<>R, []P, []~P |- Q", "K").unused == ("4",)


def test_a_wrong_component_is_told_what_the_rule_gives() -> None:
    verdict = judged(RIGHT.replace("F P        1", "T P        1"), STATEMENT)
    assert isinstance(verdict.flaw, flaws.WrongComponent)
    assert verdict.flaw.message == (
        "`T P` does not come from `T P -> Q`, which gives `F P` or `T Q`"
    )


def test_a_missing_branch_is_told_apart_from_a_text_that_cannot_be_read() -> None:
    rows = RIGHT.splitlines()
    assert outcome(judged("\n".join(rows[:5]), STATEMENT)) == "MissingBranch at 4"
    rows[5] = "6. [0.2] T Q )) 1"
    assert outcome(judged("\n".join(rows), STATEMENT)) == "UnreadableLine at 6"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("x          2,4", "accepted"),
        ("X (2, 4)", "accepted"),
        ("✗ 2 and 4", "accepted"),
        ("⊗ [2,4]", "accepted"),
        ("closed by lines 2 and 4", "accepted"),
        ("closes: 2, 4", "accepted"),
        ("fecha 2 e 4", "accepted"),
        ("fechado pelas linhas 2 e 4", "accepted"),
        ("x (contradição entre 2 e 4)", "accepted"),
        (r"\(\times\) \(2, 4\)", "accepted"),
        ("⊥ 2,4", "accepted"),
        ("# 2,4", "accepted"),
        (r"$\otimes$ 2,4", "accepted"),
        ("x 4", "accepted"),
        ("x", "accepted"),
        ("x 2,3", "NotComplementary at 5"),
        ("x 4,5", "SelfReference at 5"),
        ("x 4,6", "ForwardReference at 5"),
        ("x 4,70", "UnknownReference at 5"),
    ],
)
def test_closures_are_read_in_many_spellings(written: str, expected: str) -> None:
    assert outcome(judged(RIGHT.replace("x          2,4", written), STATEMENT)) == expected


@pytest.mark.parametrize(
    "told",
    [
        "1",
        "(1)",
        "[1]",
        "from 1",
        "from line 1",
        "de 1",
        "β 1",
        "β(1)",
        "beta rule on 1",
        "(1, β)",
        "T-> 1",
        "->T 1",
        "1 (->T)",
        "1, T→",
        "by 1",
        "decomposition of line 1",
        "1 (left branch)",
        "— 1",
        "regra β em 1",
        "regra V→ aplicada à linha 1",
        "pela linha 1 (ramo esquerdo)",
        r"from \(1\)",
    ],
)
def test_sources_are_read_in_many_spellings(told: str) -> None:
    text = RIGHT.replace("F P        1", f"F P        {told}")
    assert outcome(judged(text, STATEMENT)) == "accepted"
    assert outcome(judged(text.replace("        ", " "), STATEMENT)) == "accepted"


@pytest.mark.parametrize(
    "told",
    [
        "goal",
        "negated goal",
        "conclusion",
        "negated conclusion",
        "(negation of the conclusion)",
        "[negated goal]",
        "conclusão",
        "conclusão negada",
        "objetivo",
        "negação da conclusão",
        "goal (negated)",
        "negamos a conclusão",
        "a provar",
        "to prove",
        "assumed false",
        "assumption (for contradiction)",
    ],
)
def test_the_goal_is_read_in_many_spellings(told: str) -> None:
    text = RIGHT.replace("F Q        goal", f"F Q   {told}")
    assert outcome(judged(text, STATEMENT)) == "accepted"


@pytest.mark.parametrize(
    "told",
    [
        *("3 {x->a}", "3, x := a", "3 [x/a]", "3 (a/x)", "3 with a", "γ 3 (x = a)", "3", "3, a"),
        *("∀-instantiation of 3 with a", "3 (x replaced by a)"),
    ],
)
def test_witnesses_are_read_in_many_spellings(told: str) -> None:
    text = f"1. [0] T P(b) premise\n2. [0] F P(a) goal\n3. [0] T forall x. P(x) premise\n\
4. [0] T P(a) {told}\n5. [0] x 2,4\n"
    assert outcome(judged(text, "P(b), forall x. P(x) |- P(a)")) == "accepted"


@pytest.mark.parametrize(
    "told",
    ["1, c is fresh", "δ 1 (c é uma nova constante)", "1 (c is a new constant)"],
)
def test_a_constant_is_said_to_be_new_in_many_spellings(told: str) -> None:
    text = f"1. [0] T exists x. P(x) premise\n2. [0] F exists x. P(x) goal\n\
3. [0] T P(c) {told}\n4. [0] F P(c) 2\n5. [0] x 3,4\n"
    statement = "exists x. P(x) |- exists x. P(x)"
    assert outcome(judged(text, statement)) == "accepted"
    wrong = text.replace("T P(c)", "T P(d)").replace("F P(c)", "F P(d)")
    assert outcome(judged(wrong, statement)) == "WrongComponent at 3"


@pytest.mark.parametrize("heading", ["Now branch [0.2]:", "### Branch [0.2]", "**[0.2]**"])
def test_a_heading_may_tell_the_branch_that_comes(heading: str) -> None:
    text = RIGHT.replace("6. [0.2]", f"\n{heading}\n\n6. [0.2]")
    assert outcome(judged(text, STATEMENT)) == "accepted"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[0.2] T Q", "[0.5] T Q", "UnknownBranch at 7"),  # line 7 is on [0.2] still
        ("[0.1]", "(0.1)", "accepted"),
        ("[0.1]", "0.1", "accepted"),
        ("[0.1]", "branch [0.1]", "accepted"),
        ("[0.1]", "Branch 0.1:", "accepted"),
        ("[0.1]", "[ 0.1 ]", "accepted"),
        ("[0.", "[1.", "UnreadableLine at 4"),
    ],
)
def test_branches_are_read_in_many_spellings(old: str, new: str, expected: str) -> None:
    verdict = judged(RIGHT.replace(old, new), STATEMENT)
    if "Unreadable" in expected:
        assert verdict.flaw is not None
    else:
        assert outcome(verdict) == expected


def test_a_tableau_without_numbers_and_references_to_them_is_numbered_in_order() -> None:
    text = "[0] T P & Q premise\n[0] F P goal\n[0] T P 1\n[0] x 2,3\n"
    verdict = judged(text, "P & Q |- P")
    assert outcome(verdict) == "accepted"
    assert "no line is numbered" in {one.message for one in verdict.liberties}


def test_intuitionistic_tableaux_need_signs() -> None:
    verdict = judged("1. [0] P premise\n2. [0] ~P goal\n", "P |- P", "intuitionistic")
    assert isinstance(verdict.flaw, flaws.Unsupported)


@pytest.mark.parametrize(
    ("statement", "logic"),
    [
        ("forall x. (P | Q(x)) |- P | (forall x. Q(x))", "intuitionistic"),
        ("forall x. []Q(x) |- [](forall x. Q(x))", "K"),
        ("Q(a) |- Q(a)", "S4"),
        ("[]P |- P", "classical"),
        ("[]P |- P", "intuitionistic"),
    ],
)
def test_what_a_logic_has_no_place_for_is_not_judged(statement: str, logic: Logic) -> None:
    verdict = judged("1. [0] 1 T P premise\n2. [0] 1 F P goal\n3. [0] x 1,2\n", statement, logic)
    assert isinstance(verdict.flaw, flaws.Unsupported)


def test_truth_after_a_prefix_is_no_justification() -> None:
    text = "1. [0] 1 F <>[]true  goal\n2. [0] 1 F []true  1\n3. [0] 1.1 F true  2\n4. [0] x 3\n"
    assert outcome(judged(text, "|- <>[]true", "T")) == "accepted"


# ── laws ────────────────────────────────────────────────────────────────────────────────────────


@given(st.one_of(st.builds(proofs, rngs), st.builds(proofs, rngs, first_order=st.just(True))))
def test_a_tableau_as_we_write_it_is_read_back_and_accepted(drawn: Iterator[Proved]) -> None:
    premises, conclusion, lines = next(drawn)
    read = tableau.read(tableau.show(lines))
    assert [replace(line, line=0) for line in read.lines] == list(lines)
    assert (read.flaw, read.has_signs) == (None, True)
    verdict = tableau.check(premises, conclusion, tableau.show(lines))
    assert outcome(verdict) == "accepted"


@given(rngs)
def test_a_tableau_without_signs_is_accepted_as_with_them(rng: Random) -> None:
    premises, conclusion, lines = next(proofs(rng))
    text = tableau.show(lines, signs=False)
    assert not tableau.read(text).has_signs
    verdict = tableau.check(premises, conclusion, text)
    assert outcome(verdict) == "accepted", text


@given(rngs, st.sampled_from(["sign", "source", "drop", "closure", "branch"]))
def test_a_damaged_tableau_that_is_accepted_proves_what_follows(rng: Random, how: str) -> None:
    premises, conclusion, lines = next(proofs(rng))
    rows = tableau.show(lines).splitlines()
    at = rng.randrange(len(rows))
    match how:
        case "sign":
            turned = {"T": "F", "F": "T"}
            rows[at] = re.sub(r"\b([TF])\b", lambda one: turned[one[1]], rows[at], count=1)
        case "source" | "closure":
            rows[at] = re.sub(r"\d+$", str(rng.randint(1, len(rows))), rows[at])
        case "drop":
            del rows[at]
        case _:
            rows[at] = re.sub(r"\[0[.\d]*\]", rng.choice(["[0]", "[0.1]", "[0.2]"]), rows[at])
    other = rng.choice([conclusion, Atom("P"), Not(conclusion)])
    verdict = tableau.check(premises, other, "\n".join(rows))
    if verdict.flaw is None and verdict.countermodel is None:
        assert not solvers.satisfiable((*premises, Not(other)))


# ── hostile text ────────────────────────────────────────────────────────────────────────────────

HOSTILE = {
    "ten megabytes": "1. [0] T P | Q\n" * 700_000,
    "a hundred thousand steps": "\n".join(f"{n}. T P 1" for n in range(1, 100_000)),
    "a deep formula": f"1. [0] T {'~' * 10_000}P premise",
    "many brackets": f"1. [0] T {'(' * 10_000}P{')' * 10_000} premise",
    "a long formula": f"1. [0] T {'P & ' * 400_000}P premise",
    "a long justification": f"1. [0] T P {'from ' * 300_000}1",
    "many references": f"1. [0] x {'1,' * 900_000}",
    "spaces": f"1. [0] T P{' ' * 1_900_000}1",
    "marks": f"1. [0] x {'.,;' * 600_000}!",
    "a long name": f"open [0]: {'A' * 1_900_000}",
    "values": f"open [0]: {'A=T, ' * 350_000}",
    "a deep branch": f"1. [{'0.' * 900_000}1] T P 1",
    "brackets of branches": f"1. {'{ ' * 900_000}T P 1",
    "headings": "\n".join(f"[0.{n}]:" for n in range(50_000)),
    "formulas of LaTeX": "1. [0] T " + r"\(P" * 500_000,
    "branches of one parent": "\n".join(f"{n}. [0.{n}] T P 1" for n in range(1, 20_000)),
    "closures that name nothing": "\n".join(f"{n}. [0] x" for n in range(1, 20_000)),
    "cycles": "\n".join(f"{n}. [0] T P {n % 2 + 1}" for n in range(1, 20_000)),
    "one number": "1. [0] T P 1\n" * 20_000,
    "nul": "1. [0] T P\0 premise",
    "a look-alike": "1. [0] T \u0420 premise",
    "a huge substitution": f"1. [0] T P(a) 1 {{x->{'f(' * 5_000}a{')' * 5_000}}}",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.usefixtures("promptly")
def test_a_hostile_text_is_refused_soon(name: str) -> None:
    premises, conclusion = parts("P | Q |- P")
    tableau.check(premises, conclusion, RIGHT)  # the grammar is read once
    verdict = tableau.check(premises, conclusion, HOSTILE[name])
    assert isinstance(verdict.flaw, flaws.LogicError)


TOKENS = (
    *(f"{n}. " for n in range(1, 8)),
    *("[0] ", "[0.1] ", "[0.2] ", "[0.1.1] ", "{ ", "} ", "\n", "\n", "\n", "T ", "F ", "P", "Q"),
    *("P -> Q ", "~", "&", "(", ")", "forall x. R(x) ", " 1", " 2", " 3,4", " premise", " goal"),
    *("x ", "closed ", "open ", "P=T, Q=F", "```", "|", "1.1 ", " {x->a}", "[", "]", "@ 1,2"),
)


@given(st.lists(st.sampled_from(TOKENS), max_size=60).map("".join))
def test_whatever_is_written_is_judged(text: str) -> None:
    premises, conclusion = parts("P -> Q, P |- Q")
    verdict = tableau.check(premises, conclusion, text)
    assert verdict.flaw is None or isinstance(verdict.flaw, flaws.LogicError)
    assert verdict.valid_prefix <= verdict.lines


@given(st.text(max_size=200))
def test_any_text_is_judged(text: str) -> None:
    assert isinstance(tableau.check((), Atom("P"), text).flaw, flaws.LogicError)
