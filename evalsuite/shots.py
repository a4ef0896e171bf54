"""Which worked examples stand in a prompt.

The shots of an instance are a pure function of (task, shot seed, instance, k): the same in a full
run, a subset, another order or shard. They are nested: the k + 1 shots are the k shots with one
more put in front, farthest from the query. They are balanced: every run of as many shots as there
are labels, counted from the query, holds each label once.

What stands after them is a factor of its own: their gold answers; the same answers shuffled among
them, so that as few as can be are right; or none. So the form of the examples, the answers that
there are, and what the examples show of the task can be told apart (Min et al. 2022).
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from random import Random

from evalsuite import names
from evalsuite.errors import UserMistake
from evalsuite.records import Condition, Instance, Shot, Task


def shots(
    task: Task, pool: Sequence[Instance], condition: Condition, instance: str
) -> tuple[Shot, ...]:
    """Return the condition's k shots for an instance's id, in the order of the text.

    Raises:
        UserMistake: the pool is too small for k.

    """
    scope = instance if condition.shot_mode == "per-item" else ""
    drawn_by = (task.name, task.digest, condition.shot_seed, scope)
    rng = Random(names.seed_of("shots", *drawn_by))
    nearest_first = tuple(islice(_stream(pool, rng), condition.k))
    if len(nearest_first) < condition.k:
        raise UserMistake(
            f"task `{task.name}`: {condition.k} shots, but its pool has {len(nearest_first)}",
            hint="ask for fewer shots",
        )
    chosen = nearest_first[::-1]
    match condition.labels:
        case "gold":
            answered: Sequence[Instance | None] = chosen
        case "none":
            answered = [None] * len(chosen)
        case "shuffled":
            answered = _shuffled(task, chosen, Random(names.seed_of("labels", *drawn_by)))
    return tuple(
        Shot(asked=asked, answered=one) for asked, one in zip(chosen, answered, strict=True)
    )


def _shuffled(task: Task, chosen: Sequence[Instance], rng: Random) -> list[Instance]:
    """Permute the answers of the shots so that as few as can be are right.

    In the order of the labels, each shot gets the answer of the one that stands as far on as the
    most frequent label is frequent: only where that is over half of them does it meet itself.
    """
    ties = [rng.random() for _ in chosen]
    label = [_label(one) for one in chosen]
    order = sorted(range(len(chosen)), key=lambda place: (label[place], ties[place]))
    most = max(Counter(label).values(), default=0)
    answered = list(chosen)
    for rank, place in enumerate(order):
        donor = chosen[order[(rank + most) % len(order)]]
        answered[place] = _answering(task, chosen[place], donor)
    return answered


def _label(shot: Instance) -> tuple[int, str]:
    """Return what makes two shots' answers the same; each open answer is one of its own."""
    return (shot.gold, shot.id if len(shot.choices) == 1 else "")


def _answering(task: Task, shot: Instance, donor: Instance) -> Instance:
    """Return what a shot is answered with: the donor's label, among the shot's own choices."""
    if task.answer == "certificate" or len(shot.choices) == 1:
        return donor  # its certificate belongs to its verdict
    if donor.gold == shot.gold or donor.gold < len(shot.choices):
        return replace(shot, gold=donor.gold)
    return replace(shot, gold=(shot.gold + 1) % len(shot.choices))


def _stream(pool: Sequence[Instance], rng: Random) -> Iterator[Instance]:
    by_label: dict[int, list[Instance]] = defaultdict(list)
    for instance in pool:
        by_label[instance.gold].append(instance)
    for label in sorted(by_label):
        rng.shuffle(by_label[label])
    labels = sorted(by_label)
    for _ in range(min(map(len, by_label.values()), default=0)):
        rng.shuffle(labels)
        for label in labels:
            yield by_label[label].pop()
