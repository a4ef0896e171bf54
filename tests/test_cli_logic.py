"""`prove`, `check` and `convert` as a user calls them."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings

from evalsuite.logic.syntax import Formula
from evalsuite.logic.writing import show
from tests.calling import Call, Ran
from tests.strategies import formulas

ROOT = Path(__file__).resolve().parents[1]

CHAIN = "P -> Q, Q -> R, P |- R\n"
CONVERSE = "P -> Q, Q |- P\n"
PROOF = """\
1. ~P | Q  [given]
2. ~Q | R  [given]
3. P       [given]
4. ~R      [given]
5. Q       [1,3]
6. R       [2,5]
7. []      [4,6]
"""
PIGEONS = """\
c three pigeons, two holes
p cnf 6 9
1 2 0
3 4 0
5 6 0
-1 -3 0
-1 -5 0
-3 -5 0
-2 -4 0
-2 -6 0
-4 -6 0
"""
PROVABLE = {
    "chain": CHAIN,
    "cases": "P | Q, P -> R, Q -> R |- R",
    "no premises": "|- P | ~P",
    "no conclusion": "premise: P & ~P",
    "equivalence": "P <-> Q, Q xor R |- ~(P <-> R)",
    "syllogism": "forall x. (Man(x) -> Mortal(x)), Man(socrates) |- Mortal(socrates)",
    "drinker": "|- exists x. (Drinks(x) -> forall y. Drinks(y))",
    "functions": "P(a), forall x. (P(x) -> P(f(x))) |- P(f(f(a)))",
    "axiom 4": "logic: S4\n|- []P -> [][]P",
    "axiom 5": "logic: S5\n|- <>P -> []<>P",
    "double negation of the excluded middle": "logic: intuitionistic\n|- ~~(P | ~P)",
    "clauses": "clause: P | Q\nclause: ~P | Q\nclause: P | ~Q\nclause: ~P | ~Q",
    "first-order clauses": "clause: P(x) | P(y)\nclause: ~P(u) | ~P(v)",
    "pigeons": PIGEONS,
    "tptp": "fof(a, axiom, ! [X] : (p(X) => q(X))). fof(b, axiom, p(c)). fof(g, conjecture, q(c)).",
}
CLASSICAL = {name: text for name, text in PROVABLE.items() if "logic:" not in text}


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write a file."""

    def written(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


File: TypeAlias = Callable[[str, str], Path]


def refused(ran: Ran, *words: str) -> None:
    """Hold that a command ended with the user's mistake, told on stderr."""
    assert (ran.status, ran.out) == (2, "")
    assert "Traceback" not in ran.err
    told = re.sub(r"[\s│]+", " ", ran.err)  # a usage error stands in a box
    for word in words:
        assert word in told, told


# ── prove ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", PROVABLE.values(), ids=PROVABLE)
def test_what_is_printed_as_lines_is_accepted_strictly(call: Call, file: File, text: str) -> None:
    problem = file("problem", text)
    proved = call("prove", problem, "--format", "lines")
    assert proved.status == 0, proved.err
    checked = call("check", problem, file("proof", proved.out), "--strict")
    assert (checked.status, checked.err) == (0, ""), checked.out
    assert checked.out.startswith("accepted: ")


@pytest.mark.parametrize("text", CLASSICAL.values(), ids=CLASSICAL)
@pytest.mark.parametrize("calculus", ["resolution", "tableau"])
def test_each_calculus_proves_what_is_provable(
    call: Call, file: File, text: str, calculus: str
) -> None:
    problem = file("problem", text)
    proved = call("prove", problem, "--calculus", calculus, "--format", "lines")
    assert proved.status == 0, proved.err
    checked = call("check", problem, file("proof", proved.out), "--strict")
    assert checked.status == 0, checked.out


@pytest.mark.parametrize("text", PROVABLE.values(), ids=PROVABLE)
def test_unsigned_lines_are_accepted_too(call: Call, file: File, text: str) -> None:
    problem = file("problem", text)
    words = ["prove", problem, "--calculus", "tableau", "--unsigned", "--format", "lines"]
    proved = call(*words)
    if "intuitionistic" in text:
        refused(proved, "an intuitionistic tableau has no unsigned notation")
        return
    assert proved.status == 0, proved.err
    checked = call("check", problem, file("proof", proved.out), "--strict", "--calculus", "tableau")
    assert checked.status == 0, checked.out + proved.out


@pytest.mark.parametrize("form", ["lines", "json", "latex", "tstp"])
@pytest.mark.parametrize("text", [CHAIN, PIGEONS, PROVABLE["syllogism"]])
def test_the_same_problem_gives_the_same_text(call: Call, file: File, text: str, form: str) -> None:
    problem = file("problem", text)
    words = ["prove", problem, "--calculus", "resolution", "--format", form]
    first = call(*words)
    assert first.status == 0, first.err
    assert call(*words).out == first.out


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(formula=formulas(max_leaves=5))
def test_both_calculi_agree_and_their_proofs_are_accepted(
    call: Call, file: File, formula: Formula
) -> None:
    problem = file("problem", f"|- {show(formula)}")
    statuses = set()
    for calculus in ("resolution", "tableau"):
        ran = call("prove", problem, "--calculus", calculus, "--format", "lines")
        statuses.add(ran.status)
        if ran.status == 0:
            checked = call("check", problem, file("proof", ran.out), "--strict")
            assert checked.status == 0, checked.out
        else:
            assert "a countermodel" in ran.out
    assert len(statuses) == 1


def test_a_tableau_is_a_tree_and_a_refutation_a_list_unless_asked(call: Call, file: File) -> None:
    problem = file("problem", CHAIN)
    assert "┌" in call("prove", problem).out
    assert "[given]" in call("prove", problem, "--calculus", "resolution").out
    assert "[0.1]" in call("prove", problem, "--format", "lines").out


def test_a_problem_comes_from_stdin(call: Call) -> None:
    ran = call("prove", "-", stdin="P, P -> Q ⊢ Q")
    assert ran.status == 0
    assert ran.out.splitlines()[0] == "problem  P, P → Q ⊢ Q"


def test_what_is_not_provable_has_a_countermodel_and_exit_status_1(call: Call, file: File) -> None:
    ran = call("prove", file("problem", CONVERSE))
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.splitlines() == [
        "problem  P → Q, Q ⊢ P",
        "status   not provable, a countermodel",
        "",
        "P  false",
        "Q  true",
        "",
        "premise     P → Q  true",
        "premise     Q      true",
        "conclusion  P      false",
    ]


def test_a_saturated_set_is_shown_with_a_model(call: Call, file: File) -> None:
    ran = call("prove", file("problem", CONVERSE), "--calculus", "resolution")
    assert ran.status == 1
    assert "2 clauses, closed under resolution, without the empty one" in ran.out
    assert "conclusion  P      false" in ran.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("forall x. exists y. L(x, y) |- exists y. forall x. L(x, y)", "domain  d1, d2"),
        ("logic: T\n[]P |- [][]P", "conclusion  □□P  false in w1"),
        ("logic: intuitionistic\n|- P | ~P", "conclusion  P ∨ ¬P  false in w1"),
        ("clause: P\nclause: ~P | Q", "status   satisfiable, a model"),
        ("premise: P\npremise: Q", "the premises do not contradict each other"),
    ],
)
def test_each_logic_has_its_countermodels(call: Call, file: File, text: str, told: str) -> None:
    ran = call("prove", file("problem", text))
    assert ran.status == 1
    assert told in ran.out


def test_a_countermodel_is_data_too(call: Call, file: File) -> None:
    ran = call("prove", file("problem", CONVERSE), "--format", "json")
    told = json.loads(ran.out)
    assert ran.status == 1
    assert told["status"] == "not provable"
    assert told["countermodel"] == {"valuation": {"P": False, "Q": True}}


def test_nothing_is_claimed_where_a_limit_is_met(call: Call, file: File) -> None:
    text = (  # only infinite structures are countermodels
        "forall x. exists y. R(x, y), forall x. ~R(x, x),"
        " forall x. forall y. forall z. (R(x, y) & R(y, z) -> R(x, z)) |- Q"
    )
    limits = ["--max-nodes", "50", "--max-clauses", "50"]
    ran = call("prove", file("problem", text), *limits)
    assert (ran.status, ran.out) == (1, "")
    assert "not decided" in ran.err
    assert "nothing is known" in ran.err
    told = json.loads(call("prove", file("problem", text), *limits, "--format", "json").out)
    assert told["status"] == "unknown"


def test_a_strategy_that_cannot_do_it_is_not_a_countermodel(call: Call, file: File) -> None:
    problem = file("problem", PROVABLE["clauses"])
    ran = call("prove", problem, "--strategy", "unit")
    assert (ran.status, ran.out) == (1, "")
    assert "no refutation by the strategy `unit`" in ran.err
    assert call("prove", problem, "--strategy", "linear").status == 0


def test_a_shortest_refutation_is_no_longer_than_any(call: Call, file: File) -> None:
    problem = file("problem", PROVABLE["clauses"])
    short = call("prove", problem, "--shortest", "--format", "json")
    usual = call("prove", problem, "--format", "json")
    assert len(json.loads(short.out)["lines"]) <= len(json.loads(usual.out)["lines"])


# ── check ───────────────────────────────────────────────────────────────────────────────────────


def test_the_first_wrong_line_is_named_with_its_text_and_why(call: Call, file: File) -> None:
    wrong = PROOF.replace("6. R       [2,5]", "6. ~R | S  [2,5]")
    ran = call("check", file("problem", CHAIN), file("proof", wrong))
    assert (ran.status, ran.err) == (1, "")
    first, text, why, before = ran.out.splitlines()
    assert first == "refused at line 6: NotAResolvent"
    assert text == "  6. ~R | S  [2,5]"
    assert "`~R | S`" in why
    assert before == "  the 5 lines before it are right"


def test_a_verdict_is_data_too(call: Call, file: File) -> None:
    problem, proof = file("problem", CHAIN), file("proof", PROOF.replace("[1,3]", "[1,2]"))
    told = json.loads(call("check", problem, proof, "--json").out)
    assert told["accepted"] is False
    assert told["flaw"]["line"] == 5
    assert told["flaw"]["text"] == "5. Q       [1,2]"
    assert told["right before the flaw"] == 4
    told = json.loads(call("check", problem, file("proof", PROOF), "--json").out)
    assert (told["accepted"], told["flaw"], told["lines"]) == (True, None, 7)


def test_unused_lines_are_allowed_and_counted(call: Call, file: File) -> None:
    proof = PROOF.replace("7. []      [4,6]", "7. ~Q      [2,4]\n8. []      [4,6]")
    ran = call("check", file("problem", CHAIN), file("proof", proof))
    assert (ran.status, ran.out) == (0, "accepted: 8 lines, 1 unused (7)\n")


def test_a_weaker_clause_is_accepted_but_not_strictly(call: Call, file: File) -> None:
    problem = file("problem", CHAIN)
    proof = file("proof", PROOF.replace("5. Q  ", "5. Q | R"))
    assert call("check", problem, proof).status == 0
    ran = call("check", problem, proof, "--strict")
    assert ran.status == 1
    assert ran.out.startswith("refused at line 5: not strict\n")


def test_a_proof_may_write_the_numbers_of_dimacs(call: Call, file: File) -> None:
    problem = file("problem", "p cnf 2 3\n1 2 0\n-1 0\n-2 0\n")
    numbers = "1. 1 2 [given]\n2. -1 [given]\n3. -2 [given]\n4. 2 [1,2]\n5. [] [3,4]\n"
    names = "1. x1 | x2 [given]\n2. ~x1 [given]\n3. ~x2 [given]\n4. x2 [1,2]\n5. [] [3,4]\n"
    for text in (numbers, names):
        assert call("check", problem, file("proof", text)).status == 0


@pytest.mark.parametrize("name", ["drup", "lrat"])
def test_proofs_of_sat_solvers_are_recognised(call: Call, file: File, name: str) -> None:
    problem = file("problem", "p cnf 2 4\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 0\n")
    right = {"drup": "c a comment\n2 0\n0\n", "lrat": "5 2 0 1 2 0\n6 0 5 3 4 0\n"}[name]
    wrong = {"drup": "0\n", "lrat": "5 2 0 1 3 0\n6 0 5 3 4 0\n"}[name]
    told = json.loads(call("check", problem, file("proof", right), "--json").out)
    assert (told["accepted"], told["format"]) == (True, name)
    assert call("check", problem, file("proof", wrong)).status == 1


@pytest.mark.parametrize("solver", ["cadical153", "glucose4"])
def test_what_a_sat_solver_proves_is_accepted_and_made_into_strict_lines(
    call: Call, file: File, solver: str
) -> None:
    from pysat.formula import CNF
    from pysat.solvers import Solver

    problem = file("problem", PIGEONS)
    with Solver(name=solver, bootstrap_with=CNF(from_string=PIGEONS), with_proof=True) as solving:
        assert not solving.solve()
        proof = file("proof", "\n".join(solving.get_proof()))
    told = json.loads(call("check", problem, proof, "--json").out)
    assert (told["accepted"], told["format"]) == (True, "drup")
    lines = file("lines", call("convert", problem, proof, "--to", "text").out)
    assert call("check", problem, lines, "--strict").status == 0


def test_a_tableau_of_anita_is_recognised(call: Call, file: File) -> None:
    problem = file("problem", CHAIN)
    proof = file("proof", call("prove", problem, "--format", "anita").out)
    told = json.loads(call("check", problem, proof, "--json").out)
    assert (told["accepted"], told["format"]) == (True, "anita")


def test_a_right_countermodel_is_no_proof(call: Call, file: File) -> None:
    lines = "1. [0] T P -> Q premise\n2. [0] T Q premise\n3. [0] F P goal\n"
    split = "4. [0.1] F P 1\n5. [0.2] T Q 1\n"
    problem = file("problem", CONVERSE)
    ran = call("check", problem, file("proof", f"{lines}{split}open [0.2]: P=F, Q=T\n"))
    assert (ran.status, ran.out) == (1, "no proof, but a countermodel: P=F, Q=T\n")
    ran = call("check", problem, file("proof", f"{lines}{split}open [0.2]: P=T, Q=T\n"))
    assert ran.status == 1
    assert "NotACountermodel" in ran.out


def test_a_proof_of_another_problem_is_refused(call: Call, file: File) -> None:
    ran = call("check", file("problem", CONVERSE), file("proof", PROOF))
    assert ran.status == 1
    assert "NotGiven" in ran.out


# ── convert ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("to", ["text", "unicode", "tptp"])
@pytest.mark.parametrize("text", PROVABLE.values(), ids=PROVABLE)
def test_a_problem_that_is_converted_is_still_provable(
    call: Call, file: File, text: str, to: str
) -> None:
    ran = call("convert", file("problem", text), "--to", to)
    if to == "tptp" and "logic:" in text:
        refused(ran, "TPTP's `fof` is classical")
        return
    assert ran.status == 0, ran.err
    assert call("prove", file("again", ran.out)).status == 0


def test_dimacs_goes_to_tptp_and_back(call: Call, file: File) -> None:
    tptp = call("convert", file("problem", PIGEONS), "--to", "tptp")
    assert tptp.out.startswith("cnf(")
    back = call("convert", file("again", tptp.out), "--to", "dimacs")
    assert back.out.splitlines() == PIGEONS.splitlines()[1:]


def test_the_clausal_form_can_be_written(call: Call, file: File) -> None:
    ran = call("convert", file("problem", CHAIN), "--clausal")
    assert ran.out.splitlines() == [
        "clause: ~P | Q",
        "clause: ~Q | R",
        "clause: P",
        "clause: ~R",
    ]
    dimacs = call("convert", file("problem", CHAIN), "--clausal", "--to", "dimacs")
    assert "p cnf 3 4" in dimacs.out


@pytest.mark.parametrize("to", ["text", "json", "latex", "tstp"])
def test_a_drup_proof_becomes_a_refutation(call: Call, file: File, to: str) -> None:
    problem = file("problem", "p cnf 2 4\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 0\n")
    ran = call("convert", problem, file("proof", "2 0\n0\n"), "--to", to)
    assert ran.status == 0
    if to == "text":
        assert call("check", problem, file("again", ran.out), "--strict").status == 0


@pytest.mark.parametrize("to", ["text", "tree", "json", "latex", "anita"])
def test_a_tableau_of_anita_becomes_any_other(call: Call, file: File, to: str) -> None:
    problem = file("problem", CHAIN)
    proof = file("proof", call("prove", problem, "--format", "anita").out)
    ran = call("convert", problem, proof, "--to", to)
    assert ran.status == 0, ran.err
    if to in {"text", "anita"}:
        assert call("check", problem, file("again", ran.out)).status == 0


def test_a_wrong_drup_proof_is_not_converted(call: Call, file: File) -> None:
    problem = file("problem", "p cnf 2 2\n1 2 0\n-1 2 0\n")
    refused(call("convert", problem, file("proof", "0\n")), "proof: line 1:")


# ── what cannot be used ─────────────────────────────────────────────────────────────────────────

UNREADABLE = {
    "bracket": ("P -> (Q & R |- P", "line 1: expected", "^"),
    "open variable": ("P(x) |- Q", "line 1:", "`x`"),
    "key": ("premiss: P", "line 1:", "^"),
    "logic": ("logic: S7\n|- P", "line 1:", "^"),
    "nothing": ("", "problem: ", "hint"),
    "dimacs": ("p cnf 1 1\n2 0\n", "line 2:", "^"),
    "tptp": ("fof(a, axiom, p &).", "line 1:", "^"),
    "equality": ("fof(a, axiom, a = b).", "equality", ""),
    "look-alike": ("А |- A", "line 1:", "^"),
    "modal quantifier": ("logic: K\nforall x. []P(x) |- Q", "propositional", ""),
    "boxes in classical logic": ("[]P |- P", "boxes", ""),
}


@pytest.mark.parametrize(("text", "first", "second"), UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("command", ["prove", "check", "convert"])
def test_a_problem_that_cannot_be_used_is_told_with_its_place(  # noqa: PLR0913 - a case
    call: Call, file: File, command: str, text: str, first: str, second: str
) -> None:
    words = [command, file("problem", text)]
    if command == "check":
        words.append(file("proof", "1. [0] T P premise"))
    ran = call(*words)
    if command != "prove" and ran.status != 2:
        return  # a problem that only a prover cannot take
    refused(ran, "problem", first, second)


def test_no_caret_is_put_under_an_empty_line(call: Call, file: File) -> None:
    assert "^" not in call("prove", file("problem", "\n\n")).err


def test_files_that_cannot_be_read_are_told(call: Call, tmp_path: Path) -> None:
    refused(call("prove", tmp_path / "none"), "none: no such file")
    refused(call("prove", tmp_path), "is a directory")
    (tmp_path / "latin").write_bytes("P |- não".encode("latin-1"))
    refused(call("prove", tmp_path / "latin"), "line 1: not UTF-8")
    refused(call("check", "-", "-", stdin=CHAIN), "stdin")


OPTIONS = {
    "calculus": (["--calculus", "magic"], "magic"),
    "format": (["--format", "pdf"], "pdf"),
    "logic": (["--logic", "S9"], "S9"),
    "tree of a refutation": (["--calculus", "resolution", "-f", "tree"], "no format `tree`"),
    "tstp of a tableau": (["-f", "tstp"], "no format `tstp`"),
    "shortest by a strategy": (["--shortest", "--strategy", "unit"], "not those of a strategy"),
    "strategy of a tableau": (["--calculus", "tableau", "--strategy", "unit"], "resolution"),
    "resolution in S4": (["--calculus", "resolution", "--logic", "S4"], "classical"),
}


@pytest.mark.parametrize(("words", "told"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_that_does_not_fit_is_told(
    call: Call, file: File, words: list[str], told: str
) -> None:
    refused(call("prove", file("problem", CHAIN), *words), told)


@pytest.mark.parametrize(
    "text",
    ["|- exists x. (Drinks(x) -> forall y. Drinks(y))", "v | x, ~v |- x", "P' & e, é |- T -> P'"],
)
def test_a_tableau_written_for_anita_is_checked_in_the_names_of_the_problem(
    call: Call, file: File, text: str
) -> None:
    problem = file("problem", text)
    written = call("prove", problem, "-f", "anita").out
    assert " stands for " in written
    assert call("check", problem, file("proof", written)).status == 0
    assert call("convert", problem, file("proof", written), "--to", "anita").out == written


@pytest.mark.parametrize("form", [["--unsigned"], []])
@pytest.mark.parametrize(
    "text", ["v | e, ~v |- e", "v -> x, v |- x", "x & v |- v & x", "T v F |- F v T"]
)
def test_atoms_may_be_called_as_signs_and_marks_are(
    call: Call, file: File, text: str, form: list[str]
) -> None:
    problem = file("problem", text)
    lines = call("prove", problem, "-f", "lines", *form).out
    assert call("check", problem, file("proof", lines), "--strict").status == 0


def test_a_tableau_is_tried_where_resolution_meets_its_limit(call: Call, file: File) -> None:
    problem = file("problem", PIGEONS)
    told = call("prove", problem, "--max-clauses", "10")
    assert told.status == 0
    assert "proved by tableau" in told.out
    assert call("prove", problem, "--max-clauses", "10", "--calculus", "resolution").status == 1


def test_a_byte_order_mark_is_passed_over(call: Call, file: File) -> None:
    for text in (CHAIN, PIGEONS, "fof(a, axiom, p).\nfof(b, conjecture, p).\n"):
        assert call("prove", file("problem", f"\ufeff{text}")).status == 0


@pytest.mark.parametrize("form", ["lines", "tree", "latex", "anita", "json"])
def test_a_text_ends_in_one_end_of_line(call: Call, file: File, form: str) -> None:
    out = call("prove", file("problem", CHAIN), "-f", form).out
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


@pytest.mark.parametrize("proof", ["5 2 0 1 2 0\n", "2 0\n", "1. x1 | x2 [given]\n"])
def test_right_lines_without_the_empty_clause_are_said_to_be_right(
    call: Call, file: File, proof: str
) -> None:
    problem = file("problem", "p cnf 2 4\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 0\n")
    ran = call("check", problem, file("proof", proof))
    assert ran.status == 1
    assert "NoEmptyClause" in ran.out
    assert "each line is a right step" in ran.out


def test_messages_are_short_whatever_a_proof_says(call: Call, file: File) -> None:
    branch = "0" + ".1" * 5_000
    ran = call("check", file("problem", CHAIN), file("proof", f"1. [{branch}] F P premise\n"))
    assert ran.status == 1
    assert len(ran.out) < 600


def test_control_characters_do_not_reach_the_terminal(call: Call, file: File) -> None:
    escape = "\x1b[31m"
    problem = call("prove", file("problem", f"P {escape} |- P"))
    proof = call("check", file("problem", CHAIN), file("proof", f"1. P {escape} [given]\n"))
    for ran in (problem, proof):
        assert "\x1b" not in ran.out + ran.err


# ── hostile texts ───────────────────────────────────────────────────────────────────────────────

HOSTILE = {
    "10 MB": lambda: "P & " * 2_500_000 + "P",
    "deep brackets": lambda: "(" * 10_000 + "P" + ")" * 10_000,
    "deep negation": lambda: "~" * 10_000 + "P",
    "NUL": lambda: "P \0 |- P",
    "100,000 clauses": lambda: "p cnf 1 100000\n" + "1 0\n" * 100_000,
    "long key": lambda: "a" * 1_000_000 + ": P",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.usefixtures("promptly")
def test_a_hostile_problem_is_refused_at_once(
    call: Call, file: File, text: Callable[[], str]
) -> None:
    problem = file("problem", text())
    ran = call("prove", problem)
    refused(ran, "problem: ")
    assert len(ran.err) < 1_000


HOSTILE_PROOFS = {
    "10 MB": lambda: "1. P [given]\n" * 800_000,
    "100,000 steps": lambda: "".join(f"{n}. P [given]\n" for n in range(1, 100_001)),
    "100,000 lines of ANITA": lambda: "".join(f"{n}. T P pre\n" for n in range(1, 100_001)),
    "deep ANITA": lambda: "1. T P pre\n" + "".join(f"{n}. {{ T P 1\n" for n in range(2, 15_000)),
}


@pytest.mark.parametrize("text", HOSTILE_PROOFS.values(), ids=HOSTILE_PROOFS)
@pytest.mark.usefixtures("promptly")
def test_a_hostile_proof_is_refused_at_once(
    call: Call, file: File, text: Callable[[], str]
) -> None:
    problem, proof = file("problem", CHAIN), file("proof", text())
    refused(call("check", problem, proof), "proof: ", "limit")


def test_an_option_raises_a_limit(call: Call, file: File) -> None:
    problem = file("problem", "P & " * 30 + "P |- P")
    refused(call("prove", problem, "--max-characters", "50"), "limit is 50", "--max-")
    assert call("prove", problem, "--max-characters", "500").status == 0


def test_options_raise_the_limits_of_formulas_and_names(call: Call, file: File) -> None:
    name = "P" * 150
    long = file("problem", f"{name} |- {name}")
    refused(call("prove", long), "limit is 100", "--max-")
    assert call("prove", long, "--max-name", "150").status == 0
    many = file("many", ", ".join(["P"] * 10_500) + " |- P")
    refused(call("convert", many), "limit is 20,000", "--max-")
    assert call("convert", many, "--max-symbols", "21000").status == 0


def test_a_deep_formula_can_be_checked_when_the_limit_is_raised(call: Call, file: File) -> None:
    deep = "~" * 900 + "P"
    problem = file("problem", f"premise: {deep}\nconclusion: {deep}")
    proof = file("proof", f"1. [0] T {deep} premise\n2. [0] F {deep} goal\n3. [0] x 1,2\n")
    refused(call("check", problem, proof), "limit is 200")
    assert call("check", problem, proof, "--max-depth", "1000").out == "accepted: 3 lines\n"


def test_a_problem_can_be_put_in_words(call: Call, file: File) -> None:
    problem = file("problem", "P -> Q, ~Q |- ~P")
    for language, start in (("en", "premise: if P"), ("pt", "premissa: se P")):
        assert call("convert", problem, "--to", f"words-{language}").out.startswith(start)


def test_a_verdict_reaches_the_shell_as_exit_status(tmp_path: Path) -> None:
    (tmp_path / "problem").write_text(CONVERSE, encoding="utf-8")
    command = [sys.executable, "-m", "evalsuite", "prove", str(tmp_path / "problem")]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "a countermodel" in ran.stdout
