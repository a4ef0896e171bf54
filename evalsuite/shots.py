"""Which worked examples stand in a prompt.

The shots of an instance are a pure function of (task, shot seed, instance, k): the same in a full
run, a subset, another order or shard. They are nested: the k + 1 shots are the k shots with one
more put in front, farthest from the query. They are balanced: every run of as many shots as there
are labels, counted from the query, holds each label once.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random

from evalsuite import names
from evalsuite.errors import UserMistake
from evalsuite.records import Condition, Instance, Task


def shots(
    task: Task, pool: Sequence[Instance], condition: Condition, instance: str
) -> tuple[Instance, ...]:
    """Return the condition's k shots for an instance's id, in the order of the text.

    Raises:
        UserMistake: the pool is too small for k.

    """
    scope = instance if condition.shot_mode == "per-item" else ""
    rng = Random(names.seed_of("shots", task.name, task.digest, condition.shot_seed, scope))
    nearest_first = tuple(islice(_stream(pool, rng), condition.k))
    if len(nearest_first) < condition.k:
        raise UserMistake(
            f"task `{task.name}`: {condition.k} shots, but its pool has {len(nearest_first)}",
            hint="ask for fewer shots",
        )
    return nearest_first[::-1]


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
