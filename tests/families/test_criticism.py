"""Proofs that are right or have one error: drawn in pairs, certified twice, told apart by logic."""

from collections import Counter
from random import Random

import pytest

from evalsuite import instances, paths, prompts, tasks, templates
from evalsuite.families import draws, family
from evalsuite.families.criticism import _refutations as drawing
from evalsuite.families.criticism import refutation_check, repair, tableau_check
from evalsuite.logic.clauses import is_tautology
from evalsuite.records import Draft, Instance
from evalsuite.scorers import criticism

TASKS = (
    "proof-check-resolution",
    "proof-check-tableau",
    "first-wrong-step",
    "complete-proof",
    "repair",
)
every_task = pytest.mark.parametrize("name", TASKS)


@pytest.fixture(scope="module")
def drawn() -> dict[str, tuple[Instance, ...]]:
    found = {}
    for name in TASKS:
        task = tasks.task(name, [paths.shipped("tasks")])
        kind = family(task.family)
        assert draws(kind)
        count = len(kind.rungs(task.params)) * kind.CHOICES * (1 if kind.CHOICES > 2 else 2)
        found[name] = instances.questions(task, count)  # both deciders agree, or it raises
    return found


@every_task
def test_each_rung_has_each_label_as_often(
    name: str, drawn: dict[str, tuple[Instance, ...]]
) -> None:
    counts = Counter((one.tags["rung"], one.gold) for one in drawn[name])
    assert len(set(counts.values())) == 1
    assert len({one.tags["rung"] for one in drawn[name]}) == 4
    assert len({one.canonical for one in drawn[name]}) == len(drawn[name])


@every_task
@pytest.mark.parametrize("language", ["en", "pt"])
def test_both_languages_show_them(
    name: str, language: str, drawn: dict[str, tuple[Instance, ...]]
) -> None:
    task = tasks.task(name, [paths.shipped("tasks")])
    template = templates.template(task.template, language, [paths.shipped("prompts")])
    for one in drawn[name]:
        query = prompts.query(template, one)
        assert query.count("\n") > int(one.tags["lines"])
        assert ("given" in query or "premise" in query) == (language == "en")
        assert len(set(prompts.answers(template, one))) == len(one.choices)


def _pair(draw_seed: int, steps: int) -> tuple[drawing.Pair, drawing.Children, int]:
    rng = Random(draw_seed)
    while True:
        children = drawing.shape(steps, rng)
        planted = rng.choice(sorted(set(children) - {0}))
        found = drawing.pair(children, planted, drawing.names_for(steps, rng), rng)
        if found is not None:
            return found, children, planted


@pytest.mark.parametrize("seed", range(20))
def test_a_wrong_refutation_is_wrong_in_one_step_alone(seed: int) -> None:
    pair, children, planted = _pair(seed, 3 + seed % 5)
    nodes = drawing.order(children, Random(seed))
    right = drawing.written(children, pair.right, nodes)
    wrong = drawing.written(children, pair.wrong, nodes)
    assert drawing.wrong_by_kernel(right) is drawing.wrong_by_solver(right) is None
    place = nodes.index(planted)
    assert drawing.wrong_by_kernel(wrong) == drawing.wrong_by_solver(wrong) == place
    for step in wrong.steps:
        line = wrong.lines[step]
        parents = [wrong.lines[parent].clause for parent in line.parents]
        assert drawing.follows(line.clause, parents[0], parents[1]) == (step != place)


@pytest.mark.parametrize("seed", range(20))
def test_right_and_wrong_refutations_have_the_same_shape(seed: int) -> None:
    pair, children, _ = _pair(seed, 4)
    assert set(pair.right) == set(pair.wrong)
    for node, clause in pair.right.items():
        assert len(clause) == len(pair.wrong[node])
        assert not is_tautology(clause)
        assert not is_tautology(pair.wrong[node])
    assert pair.right[0] == pair.wrong[0] == frozenset()
    assert len(children) == 4


def _drafts(kind: object, rung: int, gold: int, count: int) -> list[Draft]:
    rng = Random(f"{rung} {gold}")
    found: list[Draft] = []
    while len(found) < count:
        draft = kind.draw(kind.Params(), rung, gold, rng)  # type: ignore[attr-defined]
        if draft is not None:
            found.append(draft)
    return found


def test_each_kind_of_error_comes_up() -> None:
    kinds = {draft.tags["kind"] for draft in _drafts(refutation_check, 8, 1, 60)}
    assert kinds == set(drawing.KINDS)


@pytest.mark.parametrize("seed", range(15))
def test_a_wrong_tableau_has_the_words_of_the_right_one(seed: int) -> None:
    bags = []
    for gold in (0, 1):
        rng = Random(seed)
        draft = None
        while draft is None:
            draft = tableau_check.draw(tableau_check.Params(), 15, gold, rng)
        assert isinstance(draft.problem, tableau_check.Tableau)
        assert set(tableau_check.decide(draft.problem)) == {gold}
        bags.append(Counter(" ".join(map(str, draft.formal["lines"])).split()))  # type: ignore[arg-type]
    letters = [Counter("".join(bag.elements()).replace("(", "").replace(")", "")) for bag in bags]
    assert letters[0] == letters[1]


def test_what_should_stand_in_a_wrong_line_stands_nowhere_in_the_proof() -> None:
    for draft in _drafts(repair, 5, 0, 20):
        assert isinstance(draft.problem, drawing.Refutation)
        answer = repair.certificate(repair.Params(), draft.problem)
        lines = [str(line) for line in draft.shown["lines"]]  # type: ignore[union-attr]
        assert answer is not None
        assert not any(f"'{answer}'" in line for line in lines)


def test_repairs_are_accepted_and_spoilt_ones_are_not(
    drawn: dict[str, tuple[Instance, ...]],
) -> None:
    rng = Random(1)
    for one in drawn["repair"]:
        certificate = one.certificate or ""
        assert criticism.check(one.formal, one.gold, certificate).accepted
        spoilt = list(criticism.spoil(one.formal, one.gold, certificate, rng))
        assert len(spoilt) > 3
        for text in spoilt:
            assert not criticism.check(one.formal, one.gold, text).accepted, (certificate, text)


def test_ladders_out_of_reach_are_refused() -> None:
    for kind, values in ((refutation_check, (1,)), (repair, ()), (repair, (99,))):
        with pytest.raises(ValueError, match="`steps`"):
            kind.Params(steps=values)
    with pytest.raises(ValueError, match="`lines`"):
        tableau_check.Params(lines=(3,))
