"""Two sides on the same instances: what differs, and by how much.

    line      one task under one condition: shares right, difference, flips, McNemar's exact test,
              corrected by Holm over all lines
    pooled    all lines of a condition, and all of them: the mean over questions

The same problem in several guises (another task, language or template: its *twins*) is one cluster:
intervals come from a bootstrap over clusters and from cluster-robust errors, p of a pooled
difference from sign flips of whole clusters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from evalsuite import names, stats
from evalsuite.comparable import Mismatch, mismatches
from evalsuite.errors import UserMistake, quoted
from evalsuite.metrics import METRICS, OF_MANY, Metric, metric
from evalsuite.pairing import Pairs, Side, described, pairs, shared
from evalsuite.records import Estimate, Judged

_ALL: Final = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A difference, B minus A, on the questions that both have."""

    task: str  # empty: of several
    metric: str
    model_a: str
    model_b: str
    condition_a: str  # in words
    condition_b: str
    tasks: int
    n: int  # pairs of questions
    clusters: int  # different problems
    a: float  # share right
    b: float
    difference: float
    low: float  # 95 % interval: bootstrap over clusters
    high: float
    robust: Estimate | None  # of a pooled line: the same with cluster-robust errors
    gains: int  # right in B alone
    losses: int  # right in A alone
    p: float
    p_holm: float | None  # over all lines; None: pooled


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A question that one side answers rightly, and the other not."""

    gain: bool  # right in B
    task: str
    a: Judged
    b: Judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What two sides come to."""

    mismatches: tuple[Mismatch, ...]
    left_out: tuple[str, ...]  # what only one side has, in words
    lines: tuple[Line, ...]
    pooled: tuple[Line, ...]
    flips: tuple[Flip, ...]

    @property
    def comparable(self) -> bool:
        """Whether nothing hinders the comparison, and something is shared."""
        return bool(self.lines) and not any(one.hinders for one in self.mismatches)


def compare(a: Side, b: Side, name: str | None = None) -> Compared:
    """Compare what two sides share; `name` is the metric, or each task's first.

    Raises:
        UserMistake: no models pair, a side leaves open which of several conditions is meant, or
            the metric is none that counts single questions, or none of what is compared.
        UnknownName: there is no such metric.

    """
    if name is not None:
        _check(name)
    paired, left_out = pairs(a, b, name)
    held = [one for each in paired if (one := shared(each)).a]
    lines = [_line([one], one.task) for one in held]
    corrected = stats.holm([one.p for one in lines])
    return Compared(
        mismatches=tuple(mismatches(a, b, paired)),
        left_out=left_out,
        lines=tuple(replace(one, p_holm=p) for one, p in zip(lines, corrected, strict=True)),
        pooled=tuple(_pooled(held)),
        flips=tuple(flip for one in held for flip in _flips(one)),
    )


def _check(name: str) -> None:
    """Refuse a metric that does not say of each question whether it counts."""
    if name in OF_MANY:
        raise UserMistake(
            f"metric `{name}` is not compared question by question",
            hint=f"those that are: {quoted(METRICS)}",
        )
    metric(name)


def _line(held: Sequence[Pairs], task: str) -> Line:
    """Return the difference over all pairs of questions of one or more groups."""
    first = held[0]
    right = {one.metric: metric(one.metric) for one in held}
    mine = [_counted(right[one.metric], each) for one in held for each in one.a]
    theirs = [_counted(right[one.metric], each) for one in held for each in one.b]
    differences = [after - before for before, after in zip(mine, theirs, strict=True)]
    twins = [each.question.twin for one in held for each in one.a]
    seed = names.seed_of(
        "compare", [(one.task, *one.models, *map(asdict, one.conditions)) for one in held]
    )
    difference, low, high = stats.clustered(differences, twins, seed)
    pooled = len(held) > 1
    return Line(
        task=task,
        metric=first.metric if len(right) == 1 else "",
        model_a=_one({one.models[0] for one in held}),
        model_b=_one({one.models[1] for one in held}),
        condition_a=_one({_told(one, 0) for one in held}),
        condition_b=_one({_told(one, 1) for one in held}),
        tasks=len({one.task for one in held}),
        n=len(differences),
        clusters=len(set(twins)),
        a=sum(mine) / len(mine),
        b=sum(theirs) / len(theirs),
        difference=difference,
        low=low,
        high=high,
        robust=stats.cluster_robust(differences, twins) if pooled else None,
        gains=differences.count(1),
        losses=differences.count(-1),
        p=stats.clustered_p(differences, twins, seed),
        p_holm=None,
    )


def _pooled(held: Sequence[Pairs]) -> Iterator[Line]:
    """Yield a line for each condition over its tasks, and one over everything."""
    found: dict[tuple[object, ...], list[Pairs]] = {}
    for one in held:
        # Each task has a template of its own.
        alike = tuple(replace(each, template="") for each in one.conditions)
        found.setdefault((*one.models, *alike), []).append(one)
    for group in found.values():
        if len(group) > 1:
            yield _line(group, "")
    if len(found) > 1:
        yield _line(held, "")


def _counted(counts: Metric, one: Judged) -> int:
    return int(counts(one))


def _told(one: Pairs, side: int) -> str:
    return described(one.conditions[side], one.task)


def _one(told: set[str]) -> str:
    return next(iter(told)) if len(told) == 1 else _ALL


def _flips(one: Pairs) -> Iterator[Flip]:
    right = metric(one.metric)
    for mine, theirs in zip(one.a, one.b, strict=True):
        if right(mine) != right(theirs):
            yield Flip(gain=right(theirs), task=one.task, a=mine, b=theirs)
