"""What shots, the kind of model and the language change: curves over k, and pairs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from evalsuite import names
from evalsuite.loaded import BASELINE
from evalsuite.metrics import compare, metric, share
from evalsuite.records import Condition, Judged
from evalsuite.report.figures import Cell, Figure, counts, figure, shares, texts, told
from evalsuite.report.runs import (
    Curve,
    Groups,
    Series,
    conditions_of,
    is_plain,
    words_of,
)

_FIRST = "en"
_CURVE = 3  # numbers of shots that make a curve


def slopes(curves: Sequence[Curve]) -> Figure | None:
    """Zero-shot against the most shots."""
    return figure(
        "slopes",
        "From zero to few shots",
        "Each line is one model on one task, without shots on the left and with the most shots on"
        " the right, on the questions that both have; whiskers are 95 % Wilson intervals. p is"
        " McNemar's exact test, not corrected.",
        "slopes",
        (
            *texts("series", "task", "setting", "metric"),
            *counts("k", "n"),
            *shares("value", "low", "high", "difference", "difference_low", "difference_high"),
            *shares("p", digits=4),
        ),
        (row for one in curves if 0 in one.points and len(one.ends) > 1 for row in _slope(one)),
    )


def _slope(curve: Curve) -> Iterable[Sequence[Cell]]:
    most = curve.ends[-1]
    before, after = _shared(curve.points[0], curve.points[most])
    if not before:
        return
    counted = metric(curve.metric)
    paired = _paired(after, before, curve.metric, curve.series, curve.task, most)
    for k, held, difference in ((0, before, (None,) * 4), (most, after, paired)):
        yield *_named(curve), k, len(held), *told(share(counted, held)), *difference


def _shared(*sides: Sequence[Judged]) -> tuple[Sequence[Judged], ...]:
    """Return what was judged of the instances that all sides have."""
    held = [{each.question.instance for each in side} for side in sides]
    all_have = held[0].intersection(*held[1:])
    return tuple([each for each in side if each.question.instance in all_have] for side in sides)


def over_k(curves: Sequence[Curve]) -> Figure | None:
    """All numbers of shots, where more than two were asked."""
    return figure(
        "curves",
        "One more shot, and one more",
        "The share right over the number of shots, k, on the questions that all k have; the axis"
        " steps by doublings of k + 1. The shots of a smaller k are among those of a greater one.",
        "curves",
        (
            *texts("series", "task", "setting", "metric"),
            *counts("k", "n"),
            *shares("value", "low", "high"),
            *counts("shots_dropped"),
        ),
        (
            (*_named(one), k, *_point(one, held), sum(each.question.dropped for each in held))
            for one in curves
            if len(one.points) >= _CURVE
            for k, held in zip(one.points, _shared(*one.points.values()), strict=True)
            if held
        ),
    )


def _named(curve: Curve) -> tuple[str, str, str, str]:
    return curve.series.name, curve.task, curve.setting, curve.metric


def _point(curve: Curve, members: Sequence[Judged]) -> tuple[float, ...]:
    return (len(members), *told(share(metric(curve.metric), members)))


def _paired(
    after: Sequence[Judged], before: Sequence[Judged], name: str, *setting: object
) -> tuple[float | None, ...]:
    words = [one.name if isinstance(one, Series) else one for one in setting]
    found = compare(after, before, names.seed_of("report", *words), metric(name))
    if found is None:
        return None, None, None, None
    return found.difference, found.low, found.high, found.p


def kinds(curves: Sequence[Curve]) -> Figure | None:
    """Pretrained models beside instruction-tuned ones."""
    asked = [one for one in curves if one.series.kind != BASELINE]
    if len({one.series.kind for one in asked}) < 2:  # noqa: PLR2004 - nothing stands beside one
        return None
    return figure(
        "kinds",
        "Pretrained beside instruction-tuned",
        "Each dot is a model on a task: a circle a pretrained one, a diamond an instruction-tuned"
        " one. They differ in more than their tuning, so a difference is no effect of it.",
        "dots",
        (
            *texts("series", "kind", "task", "setting", "metric"),
            *counts("k", "n"),
            *shares("value", "low", "high"),
        ),
        (
            (one.series.name, one.series.kind, *_named(one)[1:], k, *_point(one, one.points[k]))
            for one in asked
            for k in one.ends
        ),
    )


def languages(grouped: Groups, headline: Mapping[tuple[Series, str], str]) -> Figure | None:
    """English beside other languages, all else equal, on the same instances."""
    return figure(
        "languages",
        "English beside Portuguese",
        "The same problems with all else alike: a circle is the share right in English, a diamond"
        " that in the other language, in per cent with 95 % Wilson intervals; the table has the"
        " paired difference with McNemar's exact p.",
        "gap",
        (
            *texts("series", "task", "language", "setting"),
            *counts("k", "n"),
            *shares("english", "english_low", "english_high"),
            *shares("other", "other_low", "other_high"),
            *shares("difference", "difference_low", "difference_high"),
            *shares("p", digits=4),
        ),
        _languages(grouped, headline),
    )


def _languages(
    grouped: Groups, headline: Mapping[tuple[Series, str], str]
) -> Iterable[Sequence[Cell]]:
    models = any(series.kind != BASELINE for series, *_ in grouped)
    among = conditions_of(grouped)
    for (series, task, condition), members in grouped.items():
        if models and series.kind == BASELINE:
            continue
        pair = _in_english(grouped, series, task, condition)
        if pair is None or not is_plain(condition):
            continue
        mine, theirs = _shared(members, pair)
        if not mine:
            continue
        name, setting = headline[series, task], ", ".join(words_of(condition, among[task]))
        k, language = condition.k, condition.language
        yield (
            *(series.name, task, language, setting, k, len(mine)),
            *told(share(metric(name), theirs)),
            *told(share(metric(name), mine)),
            *_paired(mine, theirs, name, series, task, setting, k, language),
        )


def _in_english(
    grouped: Groups, series: Series, task: str, condition: Condition
) -> Sequence[Judged] | None:
    if condition.language == _FIRST:
        return None
    return grouped.get((series, task, replace(condition, language=_FIRST)))
