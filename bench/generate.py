"""Draw many instances of every family, check each, and time it beside reasoning-gym.

    .venv/bin/python bench/generate.py --total 100000

Each kind of problem draws its share, from the parameters of each task that draws problems of its
own. Counted are labels on which the deciders disagree, vacuous instances and instances that are
the same up to renaming and order; each must be none. What a kind has not, since it has fewer
distinct instances than its share, the quickest others draw beyond theirs. reasoning-gym's nearest
generators are timed in the same run, where it is installed (the `bench` extra); they compute one
answer and check none.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context

from evalsuite import checking, instances, names, paths, tasks
from evalsuite.errors import SoundnessAlarm, TaskMistake
from evalsuite.families import draws, family
from evalsuite.records import Instance, Task

FOLDERS = (paths.shipped("tasks"),)
FEWEST = 100  # a kind that has fewer is broken
HELPERS = 10  # kinds that draw what others have not
NEAREST = {
    "propositional": "propositional_logic",
    "syllogisms": "syllogism",
    "language": "knights_knaves",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What one task's parameters gave."""

    family: str
    task: str
    asked: int
    drawn: int
    disagreements: int
    vacuous: int
    forms: frozenset[str]
    seconds: float


def sources() -> Iterator[Task]:
    """Yield a task for each kind of problem and each of its parameters, of twins only one."""
    seen: set[str] = set()
    for name in tasks.task_names(FOLDERS):
        task = tasks.task(name, FOLDERS)
        if not draws(family(task.family)):
            continue
        stream = names.digest(*instances.stream(task, "question"))
        if stream not in seen:
            seen.add(stream)
            yield task


def draw(name: str, count: int) -> Drawn:
    """Draw that many instances of a task, or as many as there are."""
    # The labels are what is drawn here; certificates have `tasks check`.
    task = replace(tasks.task(name, FOLDERS), answer="choices")
    start = time.perf_counter()
    drawn: tuple[Instance, ...] = ()
    alarms = 0
    try:
        drawn = as_many(task, count)
    except SoundnessAlarm as alarm:
        print(f"ALARM {alarm.message}", flush=True)
        alarms = 1
    spent = time.perf_counter() - start
    return Drawn(
        family=checking.family_name(task.family),
        task=name,
        asked=count,
        drawn=len(drawn),
        disagreements=alarms,
        vacuous=sum(checking.is_vacuous(one, task) for one in drawn),
        forms=frozenset(one.canonical for one in drawn),
        seconds=spent,
    )


def as_many(task: Task, count: int) -> tuple[Instance, ...]:
    """Return that many instances, or fewer where a kind has fewer."""
    found: list[Instance] = []
    try:
        found.extend(islice(instances.each(task, "question"), count))
    except TaskMistake:
        if len(found) < FEWEST:
            raise
    return tuple(found)


def nearest(generator: str, count: int = 500) -> float | None:
    """Return how many instances a second reasoning-gym's generator gives; `None` without it."""
    try:
        import reasoning_gym  # noqa: PLC0415
    except ImportError:
        return None
    drawn = reasoning_gym.create_dataset(generator, size=count, seed=1)
    start = time.perf_counter()
    for index in range(count):
        drawn[index]
    return count / (time.perf_counter() - start)


def shown(found: Sequence[Drawn]) -> bool:
    """Print a table and say whether all is well."""
    print(
        f"{'family':<16}{'task':<28}{'drawn':>8}{'of':>8}{'a second':>10}{'disagree':>10}"
        f"{'vacuous':>9}{'doubled':>9}"
    )
    well = True
    for one in sorted(found, key=lambda one: (one.family, one.task)):
        doubled = one.drawn - len(one.forms)
        well = well and not (one.disagreements or one.vacuous or doubled)
        rate = one.drawn / one.seconds if one.seconds else 0.0
        print(
            f"{one.family:<16}{one.task:<28}{one.drawn:>8}{one.asked:>8}{rate:>10.0f}"
            f"{one.disagreements:>10}{one.vacuous:>9}{doubled:>9}"
        )
    print(f"{sum(one.drawn for one in found)} instances")
    for name in sorted({one.family for one in found}):
        mine = [one for one in found if one.family == name]
        rate = sum(one.drawn for one in mine) / sum(one.seconds for one in mine)
        line = f"{name:<16}{rate:8.0f} instances a second"
        if name in NEAREST:
            beside = nearest(NEAREST[name])
            line += (
                "   reasoning-gym is not installed"
                if beside is None
                else f"   reasoning-gym `{NEAREST[name]}` {beside:.0f}, ratio {rate / beside:.2f}"
            )
        print(line)
    return well


def main() -> None:
    """Draw, check, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--total", type=int, default=10_000, help="instances over all families")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    chosen = [one.name for one in sources()]
    share = -(-given.total // len(chosen))
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as workers:
        found = {one.task: one for one in workers.map(draw, chosen, [share] * len(chosen))}
        while (missing := given.total - sum(one.drawn for one in found.values())) > 0:
            whole = [one for one in found.values() if one.drawn == one.asked]
            quickest = sorted(whole, key=lambda one: one.seconds / one.drawn)[:HELPERS]
            if not quickest:
                break
            again = [one.task for one in quickest]
            more = [one.drawn - (-missing // len(quickest)) for one in quickest]
            found |= {one.task: one for one in workers.map(draw, again, more)}
    sys.exit(not shown(tuple(found.values())))


if __name__ == "__main__":
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores")
    main()
