"""What the tests of tableaux and of modal logic ask of each task."""

from functools import cache
from itertools import islice
from random import Random
from types import ModuleType

from evalsuite import instances, paths, prompts, tasks, templates
from evalsuite.families import draws, family
from evalsuite.records import Instance, Task
from evalsuite.scorers import kripke, tableau

SCORERS: dict[str, ModuleType] = {"kripke": kripke, "tableau": tableau}
_MUTANTS = 12  # of each certificate


def task(name: str) -> Task:
    return tasks.task(name, [paths.shipped("tasks")])


@cache
def drawn(name: str) -> tuple[Instance, ...]:
    """Draw two instances for each rung and label; instances are certified by both deciders."""
    loaded = task(name)
    kind = family(loaded.family)
    assert draws(kind)
    return instances.questions(loaded, 2 * len(kind.rungs(loaded.params)) * kind.CHOICES)


def assert_certified(name: str) -> None:
    """Hold a certificate task to its promises: gold is accepted, and what is spoilt is not."""
    scorer = SCORERS[task(name).scorer]
    rng = Random(name)
    for one in drawn(name):
        certificate = one.certificate or ""
        checked = scorer.check(one.formal, one.gold, certificate)
        assert checked.accepted, (one.shown, certificate, checked)
        assert checked.strict, certificate
        assert not scorer.check(one.formal, 1 - one.gold, certificate).accepted
        for spoilt in islice(scorer.spoil(one.formal, one.gold, certificate, rng), _MUTANTS):
            assert not scorer.check(one.formal, one.gold, spoilt).accepted, spoilt


def assert_shown(name: str) -> None:
    """Hold a task to its templates: both languages show the instance, with answers of its own."""
    loaded = task(name)
    for language in ("en", "pt"):
        template = templates.template(loaded.template, language, [paths.shipped("prompts")])
        for one in drawn(name):
            assert prompts.query(template, one)
            assert len(set(prompts.answers(template, one))) == len(one.choices)


def assert_twins(*names: str) -> None:
    """Hold tasks that differ in surface or calculus to the same problems."""
    first, *others = ([one.problem for one in drawn(name)] for name in names)
    assert all(other == first for other in others)


def assert_balanced(name: str) -> None:
    """Hold each rung to as many instances of one label as of another."""
    counts: dict[tuple[object, int], int] = {}
    for one in drawn(name):
        key = one.tags["rung"], one.gold
        counts[key] = counts.get(key, 0) + 1
    assert set(counts.values()) == {2}
    assert len({one.canonical for one in drawn(name)}) == len(drawn(name))
