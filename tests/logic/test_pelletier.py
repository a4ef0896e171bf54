"""Pelletier's problems: their status, and proofs of them that the kernels accept."""

import time

import pytest

from evalsuite.logic.elaborators import refutation as elaborator
from evalsuite.logic.kernels import refutation
from evalsuite.logic.kernels import tableau as closing
from evalsuite.logic.normal import clausal
from evalsuite.logic.provers import tableau
from evalsuite.logic.provers.resolution import Limit, Refuted, Saturated, prove, saturation_flaw
from evalsuite.logic.smt import entails
from evalsuite.logic.syntax import Formula, Not, Truth, free_variables
from evalsuite.logic.tableau import Signed
from evalsuite.logic.text import reading
from tests.logic.pelletier import FULL, MONADIC, PELLETIER, PROPOSITIONAL, Case

SHORT = Limit(steps=4000, clauses=1500)
# Resolution takes long for them: large clauses, or many.
HARD = {"pelletier-34", "pelletier-38"}
# z3's instances of its quantifiers do not end.
UNKNOWN_TO_Z3 = {"pelletier-37"}

every_case = pytest.mark.parametrize("case", PELLETIER, ids=lambda case: case.name)


def read(case: Case) -> tuple[tuple[Formula, ...], Formula]:
    return tuple(map(reading.formula, case.premises)), reading.formula(case.conclusion)


def test_there_are_46_and_each_is_closed() -> None:
    assert [case.name for case in PELLETIER] == [f"pelletier-{n:02}" for n in range(1, 47)]
    assert (len(PROPOSITIONAL), len(MONADIC), len(FULL)) == (17, 17, 12)
    for case in PELLETIER:
        premises, conclusion = read(case)
        assert not any(map(free_variables, (*premises, conclusion)))


@every_case
def test_z3_finds_each_of_them_valid(case: Case) -> None:
    answer = entails(*read(case), milliseconds=500 if case.name in UNKNOWN_TO_Z3 else 5000)
    assert answer == "yes" or (answer == "unknown" and case.name in UNKNOWN_TO_Z3)


@every_case
@pytest.mark.usefixtures("promptly")
def test_resolution_proves_all_but_two_in_a_text_that_is_read_as_right(
    case: Case,
) -> None:
    premises, conclusion = read(case)
    given = clausal((*premises, Not(conclusion)))
    found = prove(given, limit=SHORT)
    assert isinstance(found, Refuted) == (case.name not in HARD)
    if isinstance(found, Refuted):
        refutation.check(given, found.steps)
        verdict = elaborator.check(given, elaborator.show(found.lines))
        assert verdict.flaw is None
        assert {one.kind for one in verdict.liberties} <= {"ink"}
        assert verdict.unused == ()


@every_case
def test_the_tableau_prover_proves_all_of_them(case: Case) -> None:
    premises, conclusion = read(case)
    started = time.process_time()
    found = tableau.prove(premises, conclusion)
    assert time.process_time() - started < 30
    assert isinstance(found, tableau.Closed)
    assumed = [Signed(sign=True, formula=premise) for premise in premises]
    closing.check([*assumed, Signed(sign=False, formula=conclusion)], found.kernel_steps)


def test_without_a_premise_that_is_needed_none_is_proved() -> None:
    saturated = 0
    for case in PELLETIER:
        premises, conclusion = read(case)
        for left_out in premises:
            fewer = tuple(premise for premise in premises if premise != left_out)
            if entails(fewer, conclusion, milliseconds=300) == "no":
                given = clausal((*fewer, Not(conclusion)))
                found = prove(given, limit=Limit(steps=1000, clauses=300))
                assert not isinstance(found, Refuted), case.name
                if isinstance(found, Saturated):
                    assert saturation_flaw(given, found.clauses) is None
                    saturated += 1
    assert saturated > 10


def test_only_the_premises_of_number_25_contradict_each_other() -> None:
    contradictory = [
        case.name
        for case in PELLETIER
        if case.premises and entails(read(case)[0], Truth(False), milliseconds=2000) != "no"
    ]
    assert contradictory == ["pelletier-25"]
