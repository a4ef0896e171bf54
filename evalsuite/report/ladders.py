"""Accuracy over the rungs of a task's ladder, and the frontier: how far up it is above chance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evalsuite import stats
from evalsuite.metrics import ACCURACY, metric, share
from evalsuite.records import Estimate, Judged
from evalsuite.report.figures import Cell, Figure, counts, figure, shares, texts, told
from evalsuite.report.runs import Curve

LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A model on the questions of one rung.

    Attributes:
        chance: the share right that guessing among the choices comes to, on average; 0 where the
            answer is open.
        p: of the exact binomial test that it is above chance, one-sided, by Holm's correction for
            the rungs of the same ladder.

    """

    name: str
    estimate: Estimate
    chance: float
    p: float


def rungs(members: Sequence[Judged]) -> tuple[Rung, ...]:
    """Return the rungs of a ladder from the lowest on."""
    found: dict[str, list[Judged]] = {}
    for one in members:
        found.setdefault(one.question.rung, []).append(one)
    ordered = sorted(found, key=_height)
    made = [(name, share(metric(ACCURACY), found[name]), _chance(found[name])) for name in ordered]
    ps = [
        stats.exceeds(round(estimate.value * estimate.n), estimate.n, chance)
        for _, estimate, chance in made
    ]
    return tuple(
        Rung(name=name, estimate=estimate, chance=chance, p=p)
        for (name, estimate, chance), p in zip(made, stats.holm(ps), strict=True)
    )


def frontier(ladder: Iterable[Rung]) -> str | None:
    """Return the highest rung that is significantly above chance; None where none is."""
    above = [rung.name for rung in ladder if rung.p < LEVEL]
    return above[-1] if above else None


def _height(name: str) -> tuple[bool, float, str]:
    try:
        return False, float(name), ""
    except ValueError:
        return True, 0.0, name


def _chance(members: Sequence[Judged]) -> float:
    labels = [len(one.question.labels) for one in members]
    return sum(1 / count if count > 1 else 0.0 for count in labels) / len(labels)


def ladder(curves: Sequence[Curve]) -> Figure | None:
    """Accuracy over the rungs."""
    return figure(
        "ladder",
        "How far up the ladder",
        "Right verdicts over the rungs of difficulty, easiest first; the dashed line is chance. A"
        " ring marks the frontier: the highest rung that is significantly above chance (exact"
        " binomial test, one-sided; p_holm, by Holm's correction over the rungs, below 0.05).",
        "ladder",
        (
            *texts("series", "task", "setting"),
            *counts("k"),
            *texts("rung"),
            *counts("n"),
            *shares("value", "low", "high", "chance"),
            *shares("p_holm", digits=4),
            *texts("frontier"),
        ),
        (row for one in curves for k in one.ends for row in _rows(one, k)),
    )


def _rows(curve: Curve, k: int) -> Iterable[Sequence[Cell]]:
    found = rungs(curve.points[k])
    if len(found) < 2:  # noqa: PLR2004 - one rung is no ladder
        return
    highest = frontier(found)
    for one in found:
        yield (
            *(curve.series.name, curve.task, curve.setting, k, one.name, one.estimate.n),
            *told(one.estimate),
            *(one.chance, one.p, "frontier" if one.name == highest else ""),
        )
