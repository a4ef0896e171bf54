"""What each family promises of every draft."""

from collections.abc import Callable
from functools import reduce
from operator import and_
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.errors import UnknownName
from evalsuite.families import Drawing, family
from evalsuite.families.propositional import entailment
from evalsuite.families.resolution import resolvent
from evalsuite.families.tableaux import branch_closure
from evalsuite.logic.clauses import is_tautology, resolvents, show_clause
from evalsuite.logic.problems import BranchClosure, Entailment, ResolventOf
from evalsuite.logic.syntax import atoms
from evalsuite.logic.tableau import complementary, show_signed
from evalsuite.logic.tables import everywhere, table
from evalsuite.logic.writing import show
from evalsuite.records import Draft
from tests.strategies import FAMILIES, drawing, rngs

# mypy holds each module against the protocol here.
MODULES: dict[str, Drawing] = {
    "branch-closure": branch_closure,
    "entailment": entailment,
    "resolvent": resolvent,
}


def drawn(kind: Drawing, rng: Random, rung: int, gold: int) -> Draft:
    drafts = (kind.draw(kind.Params(), rung, gold, rng) for _ in range(1000))
    return next(draft for draft in drafts if draft is not None)


def twins(kind: Drawing, rng: Random, rung: int) -> tuple[Draft, Draft]:
    """Draw towards each label from the same state: one succeeds iff the other does."""
    for _ in range(1000):
        state = rng.getstate()
        first = kind.draw(kind.Params(), rung, 0, rng)
        after = rng.getstate()
        rng.setstate(state)
        second = kind.draw(kind.Params(), rung, 1, rng)
        assert (first is None) == (second is None)
        if first is not None and second is not None:
            return first, second
        assert rng.getstate() == after
    raise AssertionError(rung)


@st.composite
def drafts(draw: Callable[..., object], kind: Drawing) -> tuple[Draft, int, int]:
    rung = draw(st.sampled_from(kind.rungs(kind.Params())))
    gold = draw(st.integers(min_value=0, max_value=kind.CHOICES - 1))
    rng = draw(rngs)
    assert isinstance(rung, int)
    assert isinstance(gold, int)
    assert isinstance(rng, Random)
    return drawn(kind, rng, rung, gold), rung, gold


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_is_found_by_its_name(name: str) -> None:
    assert family(name) is MODULES[name]


def test_an_unknown_family_is_refused_with_a_hint() -> None:
    with pytest.raises(UnknownName, match="unknown family `resolvnt`") as caught:
        family("resolvnt")
    assert caught.value.hint == "did you mean `resolvent`?"


@pytest.mark.parametrize("name", FAMILIES)
def test_labels_and_choices_have_the_same_number(name: str) -> None:
    kind = drawing(name)
    assert (4 if kind.LABELS is None else len(kind.LABELS)) == kind.CHOICES


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("entailment", {"fewest_atoms": 2}),
        ("entailment", {"fewest_atoms": 5, "most_atoms": 4}),
        ("entailment", {"most_atoms": 30}),
        ("resolvent", {"fewest_literals": 2}),
        ("resolvent", {"most_literals": 30}),
        ("branch-closure", {"fewest_lines": 3}),
        ("branch-closure", {"step": 0}),
    ],
)
def test_a_ladder_out_of_reach_is_refused(name: str, params: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="`fewest_"):
        family(name).Params(**params)


@settings(deadline=None)
@given(drafts(entailment))
def test_no_entailment_is_vacuous(item: tuple[Draft, int, int]) -> None:
    draft, rung, gold = item
    problem = draft.problem
    assert isinstance(problem, Entailment)
    names = sorted({name for premise in problem.premises for name in atoms(premise)})
    assert len(names) == rung == draft.tags["rung"]
    full = everywhere(names)
    premises = [table(premise, names) for premise in problem.premises]
    conclusion = table(problem.conclusion, names)
    assert len(premises) == len(set(premises)) >= 2
    assert reduce(and_, premises) != 0
    assert full not in premises
    assert conclusion not in (0, full)
    assert all(premise & ~conclusion for premise in premises)
    assert (reduce(and_, premises) & ~conclusion == 0) == (gold == 0)
    assert draft.shown == {
        "premises": [show(premise) for premise in problem.premises],
        "conclusion": show(problem.conclusion),
    }


def words(text: str) -> list[str]:
    return sorted(text.replace("(", "").replace(")", "").replace("~", "~ ").split())


@settings(deadline=None)
@given(rngs, st.sampled_from((3, 4, 5, 6)))
def test_the_other_label_has_the_same_premises_and_words(rng: Random, rung: int) -> None:
    follows, other = twins(entailment, rng, rung)
    assert follows.shown["premises"] == other.shown["premises"]
    assert words(str(follows.shown["conclusion"])) == words(str(other.shown["conclusion"]))


@settings(deadline=None)
@given(drafts(resolvent))
def test_a_resolvent_is_one_set_of_literals_without_the_pivot(
    item: tuple[Draft, int, int],
) -> None:
    draft, rung, gold = item
    problem = draft.problem
    assert isinstance(problem, ResolventOf)
    assert resolvents(problem.left, problem.right) == (problem.candidates[gold],)
    everything = frozenset[object]().union(*problem.candidates)
    assert len(everything) == rung + 1
    assert len(set(problem.candidates)) == 4
    assert all(len(candidate) == rung for candidate in problem.candidates)
    assert not any(map(is_tautology, (problem.left, problem.right, *problem.candidates)))
    assert min(len(problem.left), len(problem.right)) >= 2
    assert draft.choices == tuple(map(show_clause, problem.candidates))
    assert draft.shown["options"] == list(draft.choices)


@settings(deadline=None)
@given(drafts(branch_closure))
def test_a_branch_has_its_lines_and_its_label(item: tuple[Draft, int, int]) -> None:
    draft, rung, gold = item
    problem = draft.problem
    assert isinstance(problem, BranchClosure)
    assert len(problem.branch) == rung
    assert complementary(problem.branch) == (gold == 0)
    lines = draft.shown["lines"]
    assert isinstance(lines, list)
    for number, (line, signed) in enumerate(zip(lines, problem.branch, strict=True), start=1):
        assert isinstance(line, dict)
        assert line["number"] == number
        assert line["formula"] == show_signed(signed)
        source = line["from"]
        assert source is None or (isinstance(source, int) and 1 <= source < number)


@settings(deadline=None)
@given(rngs, st.sampled_from((6, 8, 10, 12)))
def test_a_branch_of_the_other_label_has_as_many_lines_and_signs(rng: Random, rung: int) -> None:
    signs = []
    for draft in twins(branch_closure, rng, rung):
        assert isinstance(draft.problem, BranchClosure)
        signs.append(sorted(line.sign for line in draft.problem.branch))
    assert signs[0] == signs[1]
