"""Shots, and what a prompt is made of, whatever is drawn beside it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite import instances, paths, prompts, shots, tasks, templates
from evalsuite.errors import UserMistake
from evalsuite.plan import Options, plan
from evalsuite.records import Condition, Instance, Labels, Settings, Shot, ShotMode, Task
from tests import strategies
from tests.conditions import PLAIN

LABELS: tuple[Labels, ...] = get_args(Labels)
POOL = 24
SIZE = 16
families = st.sampled_from(strategies.FAMILIES)
modes: st.SearchStrategy[ShotMode] = st.sampled_from(["fixed", "per-item"])
seeds = st.integers(min_value=0, max_value=2**32)


@cache
def task(family: str) -> Task:
    return strategies.task(family, size=SIZE)


@cache
def pool(family: str) -> tuple[Instance, ...]:
    return instances.pool(task(family), POOL)


@cache
def questions(family: str) -> tuple[Instance, ...]:
    return instances.questions(task(family))


@st.composite
def conditions(draw: st.DrawFn, k: int = 0) -> Condition:
    return replace(
        PLAIN,
        template="",
        language=draw(st.sampled_from(["en", "pt"])),
        form=draw(st.sampled_from(["text", "alpaca"])),
        k=k,
        description=draw(st.booleans()),
        labels=draw(st.sampled_from(LABELS)),
        shot_mode=draw(modes),
        shot_seed=draw(seeds),
    )


def chosen(family: str, condition: Condition, k: int, instance: str) -> tuple[Instance, ...]:
    return tuple(one.asked for one in worked(family, condition, k, instance))


def worked(family: str, condition: Condition, k: int, instance: str) -> tuple[Shot, ...]:
    return shots.shots(task(family), pool(family), replace(condition, k=k), instance)


def largest(family: str) -> int:
    """Return how many shots the pool gives: the rarest label decides."""
    labels = Counter(one.gold for one in pool(family))
    return min(labels.values()) * len(labels)


# ── the same seed gives the same prompts ────────────────────────────────────────────────────────


@settings(deadline=None)
@given(family=families, condition=conditions(), k=st.integers(0, 4), data=st.data())
def test_the_same_seed_gives_the_same_prompts_on_any_subset_order_or_shard(
    family: str, condition: Condition, k: int, data: st.DataObject
) -> None:
    """What an item is asked does not depend on what is drawn and rendered before it."""
    wanted = data.draw(st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=5, unique=True))
    one = replace(condition, k=k)
    together = [_prompt(task(family), one, index, SIZE) for index in range(SIZE)]
    alone = [_prompt(task(family), one, index, index + 1) for index in wanted]
    assert alone == [together[index] for index in wanted]


@cache
def _first(task: Task, count: int) -> tuple[Instance, ...]:
    """Draw anew, only as much as a shard that ends here would."""
    return instances.questions(task, count)


def _prompt(task: Task, condition: Condition, index: int, count: int) -> prompts.Rendered:
    folders = (paths.shipped("prompts"),)
    layout = prompts.Layout(
        template=_template(task.template, condition.language, folders),
        form=_form(condition.form, condition.language, folders),
        description=condition.description,
        tokenizer=None,
        room=None,
        answer_tokens=0,
    )
    instance = _first(task, count)[index]
    return prompts.render(
        layout, instance, shots.shots(task, pool(task.family), condition, instance.id)
    )


_template = cache(templates.template)
_form = cache(templates.form)


def planned(folder: Path, limit: int | None, tasks: tuple[str, ...]) -> dict[str, str]:
    """Return what the suite `quick` asks a baseline with two shots, by key."""
    options = Options(
        suite="quick",
        tasks=tasks,
        engine="random",
        limit=limit,
        shots=(2,),
        settings=Settings(),
        results=Path("results"),
        task_folders=(folder, paths.shipped("tasks")),
        prompt_folders=(paths.shipped("prompts"),),
    )
    return {
        one.question.key: one.question.prompt for one in plan(options, lambda _said: None).asked
    }


def test_a_run_of_few_items_or_tasks_asks_what_the_whole_run_asks(tmp_path: Path) -> None:
    for name in ("entailment", "resolvent"):
        (tmp_path / name).mkdir()
        text = f"about: a\nfamily: {name}\nsize: 20\n"
        (tmp_path / name / f"{name}.yaml").write_text(text, encoding="utf-8")
    whole = planned(tmp_path, None, ("resolvent", "entailment"))
    part = planned(tmp_path, 7, ("entailment", "resolvent"))
    assert len(whole) == 40
    assert len(part) == 14
    assert part.items() <= whole.items()


# ── nested, balanced, apart ─────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(family=families, condition=conditions(), instance=st.text(max_size=9))
def test_more_shots_are_the_same_shots_with_others_in_front(
    family: str, condition: Condition, instance: str
) -> None:
    sweep = [chosen(family, condition, k, instance) for k in range(largest(family) + 1)]
    assert sweep[0] == ()
    for fewer, more in pairwise(sweep):
        assert more[1:] == fewer


@settings(deadline=None)
@given(family=families, condition=conditions(), instance=st.text(max_size=9))
def test_shots_are_balanced_over_labels_from_the_query_outwards(
    family: str, condition: Condition, instance: str
) -> None:
    most = largest(family)
    nearest_first = chosen(family, condition, most, instance)[::-1]
    labels = len(nearest_first[0].choices)
    for begin in range(0, most, labels):
        golds = {one.gold for one in nearest_first[begin : begin + labels]}
        assert golds == set(range(labels))


@settings(deadline=None)
@given(family=families, condition=conditions(), k=st.integers(0, 8), instance=st.text(max_size=9))
def test_no_shot_stands_twice_in_a_prompt(
    family: str, condition: Condition, k: int, instance: str
) -> None:
    forms = [one.canonical for one in chosen(family, condition, k, instance)]
    assert len(set(forms)) == k


@pytest.mark.parametrize("family", strategies.FAMILIES)
def test_no_shot_is_a_question_up_to_renaming_and_order(family: str) -> None:
    asked = {one.canonical for one in questions(family)}
    assert not asked & {one.canonical for one in pool(family)}


@settings(deadline=None)
@given(
    family=families,
    condition=conditions(),
    k=st.integers(0, 8),
    random=st.randoms(use_true_random=False),
)
def test_shots_are_stateless(family: str, condition: Condition, k: int, random: Random) -> None:
    names = [one.id for one in questions(family)]
    before = {name: chosen(family, condition, k, name) for name in names}
    random.shuffle(names)
    assert {name: chosen(family, condition, k, name) for name in names} == before


@settings(deadline=None)
@given(family=families, condition=conditions(), k=st.integers(0, 8))
def test_fixed_shots_are_the_same_for_every_item(family: str, condition: Condition, k: int) -> None:
    fixed = replace(condition, shot_mode="fixed")
    assert len({ids(family, fixed, k, one.id) for one in questions(family)}) == 1


@settings(deadline=None)
@given(family=families, condition=conditions())
def test_per_item_shots_differ_between_items(family: str, condition: Condition) -> None:
    own = replace(condition, shot_mode="per-item")
    assert len({ids(family, own, 4, one.id) for one in questions(family)}) > SIZE // 2


@settings(deadline=None)
@given(family=families, condition=conditions())
def test_another_shot_seed_gives_other_shots(family: str, condition: Condition) -> None:
    sets = {ids(family, replace(condition, shot_seed=seed), 4, "") for seed in range(8)}
    assert len(sets) > 4


def ids(family: str, condition: Condition, k: int, instance: str) -> tuple[str, ...]:
    return tuple(one.id for one in chosen(family, condition, k, instance))


@settings(deadline=None)
@given(family=families, condition=conditions(), more=st.integers(1, 1_000))
def test_more_shots_than_the_pool_has_are_the_users_mistake(
    family: str, condition: Condition, more: int
) -> None:
    with pytest.raises(UserMistake, match=f"its pool has {largest(family)}"):
        chosen(family, condition, largest(family) + more, "")


# ── labels ──────────────────────────────────────────────────────────────────────────────────────

# Of each kind of answer: choices, a verdict with its certificate, an answer that is open.
KINDS = ("entailment", "resolvent", "refutation-proof", "resolvents")
kinds = st.sampled_from(KINDS)


@cache
def shipped(name: str) -> Task:
    return tasks.task(name, (paths.shipped("tasks"),))


@cache
def kept(name: str) -> tuple[Instance, ...]:
    return instances.pool(shipped(name), 16)


def labelled(name: str, condition: Condition, k: int, labels: Labels) -> tuple[Shot, ...]:
    return shots.shots(shipped(name), kept(name), replace(condition, k=k, labels=labels), "some/0")


def certainly(one: Shot) -> Instance:
    assert one.answered is not None
    return one.answered


def label(one: Instance) -> object:
    """Return what makes an answer the same as another; an open answer is one of its own."""
    return one.gold if len(one.choices) > 1 else one.id


def forced(labels: Sequence[object]) -> int:
    """Return how many of them meet themselves in any permutation, at least."""
    return max(0, 2 * max(Counter(labels).values(), default=0) - len(labels))


@settings(deadline=None)
@given(name=kinds, condition=conditions(), k=st.integers(0, 12))
def test_labels_change_the_answers_and_not_the_shots(
    name: str, condition: Condition, k: int
) -> None:
    gold, *others = (labelled(name, condition, k, labels) for labels in LABELS)
    for other in others:
        assert [one.asked for one in other] == [one.asked for one in gold]
    assert all(one.answered is one.asked for one in gold)
    assert all(one.answered is None for one in labelled(name, condition, k, "none"))


@settings(deadline=None)
@given(name=kinds, condition=conditions(), k=st.integers(0, 12))
def test_shuffled_labels_are_the_same_labels_and_as_wrong_as_can_be(
    name: str, condition: Condition, k: int
) -> None:
    made = labelled(name, condition, k, "shuffled")
    golds = [label(one.asked) for one in made]
    answers = [label(certainly(one)) for one in made]
    assert Counter(answers) == Counter(golds)
    right = sum(one == other for one, other in zip(golds, answers, strict=True))
    assert right == forced(golds)


@settings(deadline=None)
@given(golds=st.lists(st.integers(0, 3), max_size=14), seed=seeds)
def test_no_more_labels_are_right_than_their_number_forces(golds: list[int], seed: int) -> None:
    """Even where most are the same, which a pool of balanced labels seldom gives."""
    some = pool("resolvent")[: len(golds)]
    given_to = [replace(one, gold=gold) for one, gold in zip(some, golds, strict=True)]
    answered = shots._shuffled(task("resolvent"), given_to, Random(seed))
    assert Counter(one.gold for one in answered) == Counter(golds)
    assert sum(one.gold == gold for one, gold in zip(answered, golds, strict=True)) == forced(golds)
    assert [one.id for one in answered] == [one.id for one in given_to]


@settings(deadline=None)
@given(name=st.sampled_from(["refutation-proof", "resolvents"]), condition=conditions())
def test_a_certificate_goes_with_its_verdict(name: str, condition: Condition) -> None:
    by_id = {one.id: one for one in kept(name)}
    made = labelled(name, condition, 8, "shuffled")
    assert sorted(certainly(one).id for one in made) == sorted(one.asked.id for one in made)
    assert all(certainly(one) == by_id[certainly(one).id] for one in made)
    assert not [one for one in made if certainly(one).id == one.asked.id]


@settings(deadline=None)
@given(name=st.sampled_from(["entailment", "resolvent"]), condition=conditions())
def test_a_label_is_said_in_the_words_of_its_own_question(name: str, condition: Condition) -> None:
    for one in labelled(name, condition, 8, "shuffled"):
        assert replace(certainly(one), gold=one.asked.gold) == one.asked
        assert certainly(one).gold != one.asked.gold


@settings(deadline=None)
@given(
    name=kinds,
    condition=conditions(),
    k=st.integers(0, 8),
    labels=st.sampled_from(LABELS),
    random=st.randoms(use_true_random=False),
)
def test_labels_are_stateless(
    name: str, condition: Condition, k: int, labels: Labels, random: Random
) -> None:
    one = replace(condition, k=k, labels=labels)
    asked = [f"{name}/{number}" for number in range(6)]
    before = {which: shots.shots(shipped(name), kept(name), one, which) for which in asked}
    random.shuffle(asked)
    assert {which: shots.shots(shipped(name), kept(name), one, which) for which in asked} == before


@settings(deadline=None)
@given(
    name=kinds,
    condition=conditions(),
    k=st.integers(1, 4),
    form=st.sampled_from(templates.form_names("en", (paths.shipped("prompts"),))),
)
def test_without_labels_no_answer_is_shown(
    name: str, condition: Condition, k: int, form: str
) -> None:
    """The prompt is what the questions are, one after the other."""
    folders = (paths.shipped("prompts"),)
    layout = prompts.Layout(
        template=_template(shipped(name).template, condition.language, folders),
        form=_form(form, condition.language, folders),
        description=condition.description,
        tokenizer=None,
        room=None,
        answer_tokens=0,
        certified=shipped(name).answer == "certificate",
    )
    made = labelled(name, condition, k, "none")
    turns = [prompts.turn(layout, one) for one in made]
    assert not any(reply for _, reply in turns)
    query = kept(name)[0]
    if not layout.form.messages:
        text = prompts.render(layout, query, made).prompt.text
        asks = [ask for ask, _ in turns]
        bare = prompts.render(replace(layout, description=False), query, ()).prompt.text
        assert text.endswith("\n\n".join([*asks, bare]))
