"""Shots, and what a prompt is made of, whatever is drawn beside it."""

from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite import instances, paths, prompts, shots
from evalsuite.errors import UserMistake
from evalsuite.plan import Options, plan
from evalsuite.records import Condition, Instance, Settings, Shot, ShotMode, Task
from tests import strategies

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
    return Condition(
        template="",
        language=draw(st.sampled_from(["en", "pt"])),
        form=draw(st.sampled_from(["text", "alpaca"])),
        k=k,
        description=draw(st.booleans()),
        labels="gold",
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


_template = cache(prompts.template)
_form = cache(prompts.form)


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
