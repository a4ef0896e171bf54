"""Every decider gives the same answer.

    EVALSUITE_DEEP=1 pytest tests/logic/test_agreement.py

asks them 20,000 propositional and 2,000 first-order problems; without the variable one in twenty.
"""

from collections import Counter
from collections.abc import Sequence
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from evalsuite.logic import normal, semantics, smt, solvers, structures
from evalsuite.logic.kernels import refutation as refutation_kernel
from evalsuite.logic.kernels import tableau as tableau_kernel
from evalsuite.logic.problems import Entailment, Problem
from evalsuite.logic.provers import models, resolution, tableau
from evalsuite.logic.syntax import Formula, Not
from tests.logic.random_problems import first_order, inference, share
from tests.logic.test_mutations import assumed
from tests.strategies import problems, renamed, reordered, rngs

SOON = resolution.Limit(clauses=150, weight=40, steps=3000)
FEW = tableau.Limit(nodes=300)


def by_resolution(premises: Sequence[Formula], conclusion: Formula) -> bool | None:
    """Ask our resolution prover; the kernel must take its proof."""
    given = normal.clausal((*premises, Not(conclusion)))
    answer = resolution.prove(given, limit=SOON)
    match answer:
        case resolution.Refuted(steps=steps):
            refutation_kernel.check(given, steps)
            return True
        case resolution.Saturated():
            return False
        case resolution.GaveUp():
            return None


def by_tableau(premises: Sequence[Formula], conclusion: Formula) -> bool | None:
    """Ask our tableau prover; the kernel must take its proof."""
    answer = tableau.prove(premises, conclusion, limit=FEW)
    match answer:
        case tableau.Closed(kernel_steps=steps):
            tableau_kernel.check(assumed(premises, conclusion), steps)
            return True
        case tableau.Open():
            return False
        case tableau.GaveUp():
            return None


def test_all_deciders_agree_on_propositional_problems() -> None:
    rng, counts = Random(3), Counter[bool | None]()
    for _ in range(share(20_000)):
        premises, conclusion = inference(rng)
        problem = Entailment(premises=premises, conclusion=conclusion)
        answers = {
            semantics.answer(problem) == 0,
            solvers.answer(problem) == 0,
            smt.entails(premises, conclusion, milliseconds=5000) == "yes",
            by_resolution(premises, conclusion),
            by_tableau(premises, conclusion),
        }
        assert len(answers) == 1, (premises, conclusion)
        counts.update(answers)
    assert counts[True] > counts.total() / 5
    assert counts[False] > counts.total() / 5


@given(problems(), st.permutations("PQR"), rngs)
def test_entailment_is_blind_to_renaming_and_order(
    problem: Problem, names: list[str], rng: Random
) -> None:
    if not isinstance(problem, Entailment):
        return
    other = reordered(renamed(problem, dict(zip("PQR", names, strict=True))), rng)
    assert isinstance(other, Entailment)
    answers = {
        decide(one.premises, one.conclusion)
        for one in (problem, other)
        for decide in (by_resolution, by_tableau)
    }
    assert answers in ({True}, {False})


def test_no_prover_contradicts_z3_or_a_finite_countermodel() -> None:
    rng, counts = Random(5), Counter[str]()
    for _ in range(share(2000)):
        premises, conclusion = first_order(rng)
        ours = {by_resolution(premises, conclusion), by_tableau(premises, conclusion)} - {None}
        theirs = smt.entails(premises, conclusion, milliseconds=300)
        found = models.find(premises, conclusion, sizes=(1, 2))
        if isinstance(found, structures.Structure):
            assert structures.is_countermodel(found, premises, conclusion)
            assert theirs != "yes"
            assert True not in ours
        assert len(ours) < 2
        if theirs != "unknown":
            assert ours <= {theirs == "yes"}, (premises, conclusion)
        counts[f"ours {sorted(map(str, ours))}, z3 {theirs}"] += 1
    assert sum(number for name, number in counts.items() if "True" in name) > 10
    assert sum(number for name, number in counts.items() if "False" in name) > 10
