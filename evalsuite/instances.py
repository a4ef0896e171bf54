"""Task → Instances: balanced, distinct, certified, and the same whatever is drawn beside them.

Item i of a task is drawn from a random stream of its own, for the rung and the label that its
place in a block asks for: a block has each rung with each label once, in random order.

Item i of a fixed set is what its family reads i-th.

Questions and shots are kept apart without looking at each other: the hash of an instance's
canonical form says which of the two it may be.
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from itertools import count as counted
from itertools import islice
from random import Random

from evalsuite import drawn, names
from evalsuite.drawn import Side
from evalsuite.errors import SoundnessAlarm, TaskMistake
from evalsuite.families import Collection, Drawing, draws, family
from evalsuite.records import Draft, Instance, Task

POOL = 64  # instances that shots are taken from
NONE_TO_ASK = "its data set has none to ask: one question in eight is kept for shots"
_TRIES = 20_000  # for one item
_SHOT_SHARE = 8  # one in so many canonical forms is for shots
_TWINS = frozenset({"surface", "calculus"})  # parameters that leave a problem as it is


def questions(task: Task, count: int | None = None) -> tuple[Instance, ...]:
    """Return the task's first `count` instances, all of them by default.

    Raises:
        TaskMistake: the family has too few distinct instances.
        SoundnessAlarm: an answer is not what the family says.

    """
    return _first(task, "question", task.size if count is None else count)


def pool(task: Task, size: int = POOL) -> tuple[Instance, ...]:
    """Return the first `size` instances that shots are taken from, none of them a question.

    Raises:
        TaskMistake: the family has too few distinct instances.
        SoundnessAlarm: an answer is not what the family says.

    """
    return _first(task, "shot", size)


def each(task: Task, side: Side) -> Iterator[Instance]:
    """Yield one side's instances; of a family that draws them there is no end.

    Raises:
        TaskMistake: the family has no further distinct instance.
        SoundnessAlarm: an answer is not what the family says.

    """
    kind = family(task.family)
    if draws(kind):
        yield from _drawn(task, kind, side, ())
    else:
        yield from _read(task, kind, side)


def _first(task: Task, side: Side, count: int) -> tuple[Instance, ...]:
    """Return a side's first instances; those that were drawn before are not drawn again."""
    kind = family(task.family)
    if not draws(kind):
        return tuple(islice(each(task, side), count))
    before = drawn.remembered(task, side)
    if len(before) >= count:
        return before[:count]
    found = tuple(islice(_drawn(task, kind, side, before), count))
    drawn.remember(task, side, found)
    return found


def _drawn(task: Task, kind: Drawing, side: Side, before: Sequence[Instance]) -> Iterator[Instance]:
    """Yield a side's instances without an end, beginning with those that are there."""
    yield from before
    taken = {instance.canonical for instance in before}
    for index in counted(len(before)):
        instance = _item(task, kind, side, index, taken)
        taken.add(instance.canonical)
        yield instance


def certified(draft: Draft, *, task: Task, name: str, gold: int, form: str) -> Instance:
    """Make a draft an instance, once all deciders have come to the family's answer.

    Raises:
        SoundnessAlarm: they have not; the message names the instance and shows the problem.

    """
    kind = family(task.family)
    try:
        answers = (gold, *kind.decide(draft.problem))
    except ValueError as mistake:
        raise SoundnessAlarm(f"{name}: {mistake}: {kind.show(draft.problem)}") from mistake
    if len(set(answers)) > 1:
        said, *decided = (f"`{draft.choices[answer]}`" for answer in answers)
        raise SoundnessAlarm(
            f"{name}: the family says {said}, its deciders {' and '.join(decided)}: "
            f"{kind.show(draft.problem)}"
        )
    wanted = task.answer == "certificate"
    return Instance(
        id=name,
        task=task.name,
        shown=draft.shown,
        choices=draft.choices,
        gold=gold,
        problem=draft.problem,
        formal=draft.formal,
        certificate=kind.certificate(task.params, draft.problem) if wanted else None,
        canonical=form,
        tags=draft.tags,
    )


def side_of(form: str) -> Side:
    """Say which side the instances of a canonical form may stand on."""
    return "shot" if names.seed_of("side", form) % _SHOT_SHARE == 0 else "question"


def _item(task: Task, kind: Drawing, side: Side, index: int, taken: Container[str]) -> Instance:
    """Draw item `index`; canonical forms in `taken` are those of the items before it."""
    rung, gold = _cell(kind, task, side, index)
    rng = Random(names.seed_of(*stream(task, side), "item", index))
    name = _name(task, side, index)
    for _ in range(_TRIES):
        draft = kind.draw(task.params, rung, gold, rng)
        if draft is None:
            continue
        form = kind.canonical(draft.problem)
        if side_of(form) == side and form not in taken:
            return certified(draft, task=task, name=name, gold=gold, form=form)
    message = f"{name}: no new instance of `{task.family}` with rung {rung} in {_TRIES} tries"
    hint = "ask for fewer instances, or for a wider ladder in `params`"
    raise TaskMistake(message, hint=hint)


def _read(task: Task, kind: Collection, side: Side) -> Iterator[Instance]:
    """Read a fixed set's items; one that is the same as an earlier one is left out."""
    taken: set[str] = set()
    for index, item in enumerate(kind.items(task.params, task.path.parent)):
        form = kind.canonical(item.draft.problem)
        if side_of(form) == side and form not in taken:
            taken.add(form)
            name = _name(task, side, index)
            yield certified(item.draft, task=task, name=name, gold=item.gold, form=form)


def _name(task: Task, side: Side, index: int) -> str:
    return f"{task.name}/{index}" if side == "question" else f"{task.name}/shot/{index}"


def _cell(kind: Drawing, task: Task, side: Side, index: int) -> tuple[int, int]:
    """Return an item's rung and label."""
    cells = [(rung, gold) for rung in kind.rungs(task.params) for gold in range(kind.CHOICES)]
    block, place = divmod(index, len(cells))
    Random(names.seed_of(*stream(task, side), "block", block)).shuffle(cells)
    return cells[place]


def stream(task: Task, side: Side) -> tuple[object, ...]:
    """Return what a side's draws depend on: tasks that agree in it have the same problems."""
    if not is_dataclass(task.params) or isinstance(task.params, type):
        raise TypeError(f"{task.name}: `params` is no record")
    values = {name: value for name, value in asdict(task.params).items() if name not in _TWINS}
    return task.family, values, task.seed, side
