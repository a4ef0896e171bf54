"""Task → Instances: balanced, distinct, certified, and the same whatever is drawn beside them.

Item i of a task is drawn from a random stream of its own, for the rung and the label that its
place in a block asks for: a block has each rung with each label once, in random order.

Questions and shots are kept apart without looking at each other: the hash of an instance's
canonical form says which of the two it may be.
"""

from collections.abc import Collection
from dataclasses import asdict, is_dataclass
from random import Random
from typing import Literal, TypeAlias

from evalsuite import names
from evalsuite.errors import SoundnessAlarm, TaskMistake
from evalsuite.families import Family, family
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import canonical
from evalsuite.logic.problems import show_problem
from evalsuite.records import Draft, Instance, Task

Side: TypeAlias = Literal["question", "shot"]

_TRIES = 20_000  # for one item
_SHOT_SHARE = 8  # one in so many canonical forms is for shots


def questions(task: Task, count: int | None = None) -> tuple[Instance, ...]:
    """Return the task's first `count` instances, all of them by default.

    Raises:
        TaskMistake: the family has too few distinct instances.
        SoundnessAlarm: an answer is not what the family says.

    """
    return _drawn(task, "question", task.size if count is None else count)


def pool(task: Task, size: int = 64) -> tuple[Instance, ...]:
    """Return the first `size` instances that shots are taken from, none of them a question.

    Raises:
        TaskMistake: the family has too few distinct instances.
        SoundnessAlarm: an answer is not what the family says.

    """
    return _drawn(task, "shot", size)


def certified(draft: Draft, *, task: str, name: str, gold: int, form: str) -> Instance:
    """Make a draft an instance, once both deciders have come to the family's answer.

    Raises:
        SoundnessAlarm: they have not; the message names the instance and shows the problem.

    """
    try:
        answers = (gold, semantics.answer(draft.problem), solvers.answer(draft.problem))
    except ValueError as mistake:
        raise SoundnessAlarm(f"{name}: {mistake}: {show_problem(draft.problem)}") from mistake
    if len(set(answers)) > 1:
        said, by_table, by_solver = (f"`{draft.choices[answer]}`" for answer in answers)
        raise SoundnessAlarm(
            f"{name}: the family says {said}, the truth table {by_table}, the solver {by_solver}: "
            f"{show_problem(draft.problem)}"
        )
    return Instance(
        id=name,
        task=task,
        shown=draft.shown,
        choices=draft.choices,
        gold=gold,
        problem=draft.problem,
        canonical=form,
        tags=draft.tags,
    )


def side_of(form: str) -> Side:
    """Say which side the instances of a canonical form may stand on."""
    return "shot" if names.seed_of("side", form) % _SHOT_SHARE == 0 else "question"


def _drawn(task: Task, side: Side, count: int) -> tuple[Instance, ...]:
    found: dict[str, Instance] = {}  # by canonical form
    for index in range(count):
        instance = _item(task, side, index, found)
        found[instance.canonical] = instance
    return tuple(found.values())


def _item(task: Task, side: Side, index: int, taken: Collection[str]) -> Instance:
    """Draw item `index`; canonical forms in `taken` are those of the items before it."""
    kind = family(task.family)
    rung, gold = _cell(kind, task, side, index)
    rng = Random(names.seed_of(*_stream(task, side), "item", index))
    name = f"{task.name}/{index}" if side == "question" else f"{task.name}/shot/{index}"
    for _ in range(_TRIES):
        draft = kind.draw(task.params, rung, gold, rng)
        if draft is None:
            continue
        form = canonical(draft.problem)
        if side_of(form) == side and form not in taken:
            return certified(draft, task=task.name, name=name, gold=gold, form=form)
    message = f"{name}: no new instance of `{task.family}` with rung {rung} in {_TRIES} tries"
    hint = "ask for fewer instances, or for a wider ladder in `params`"
    raise TaskMistake(message, hint=hint)


def _cell(kind: Family, task: Task, side: Side, index: int) -> tuple[int, int]:
    """Return an item's rung and label."""
    cells = [(rung, gold) for rung in kind.rungs(task.params) for gold in range(kind.CHOICES)]
    block, place = divmod(index, len(cells))
    Random(names.seed_of(*_stream(task, side), "block", block)).shuffle(cells)
    return cells[place]


def _stream(task: Task, side: Side) -> tuple[object, ...]:
    if not is_dataclass(task.params) or isinstance(task.params, type):
        raise TypeError(f"{task.name}: `params` is no record")
    return task.family, asdict(task.params), task.seed, side
