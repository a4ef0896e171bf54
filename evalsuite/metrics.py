"""Sum up what was judged: an estimate a metric, and few-shot against zero-shot, as rows."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

from evalsuite import names, stats
from evalsuite.calibration import calibration
from evalsuite.errors import UnknownName
from evalsuite.records import Comparison, Condition, Estimate, Judged, Outcome, Row
from evalsuite.voting import spent

Metric: TypeAlias = Callable[[Judged], bool]  # what it counts; a metric is the share of that

ACCURACY = "accuracy"
CONSISTENCY = "consistency"  # a metric that every task with twins in its run has
PERPLEXITY = "gold-perplexity"  # likewise, where the gold answers were scored
SAMPLES = "sample-accuracy"  # likewise, where a question has several samples
ANY = "any-right"  # likewise

# Those that are of several questions together, or of what is no verdict.
OF_MANY = (CONSISTENCY, PERPLEXITY, SAMPLES, ANY)

BASELINES = ("random", "majority", "solver")  # the order they stand in, after the models


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """What stands in the rows of a model on a task under a condition."""

    model: str
    engine: str
    task: str
    condition: Condition


_Groups: TypeAlias = Mapping[_Group, tuple[Judged, ...]]


def _verdict_right(one: Judged) -> bool:
    return one.score.verdict == one.question.gold


def _certified(one: Judged) -> bool:
    return one.score.outcome is Outcome.RIGHT


def _strictly_certified(one: Judged) -> bool:
    return one.score.outcome is Outcome.RIGHT and one.score.strict


METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        ACCURACY: _verdict_right,
        "certified-accuracy": _certified,
        "strictly-certified-accuracy": _strictly_certified,
    }
)


def metric(name: str) -> Metric:
    """Return the metric of that name.

    Raises:
        UnknownName: there is none.

    """
    if name not in METRICS:
        raise UnknownName(kind="metric", name=name, known=METRICS)
    return METRICS[name]


def rows(  # noqa: PLR0913 - all that a row says and a judged question does not
    *,
    run: str,
    suite: str,
    judged: Iterable[Judged],
    metrics: Mapping[str, tuple[str, ...]],
    seconds: Mapping[str, float],
    weights: Mapping[str, str | None],
) -> tuple[Row, ...]:
    """Return a row for each model, engine, task, condition and metric, in the order of a table.

    The rows do not depend on the order of what was judged. `metrics` has the names for each task;
    `seconds` and `weights` may leave a model out. A model of which more was asked than is judged
    has no seconds: they are not those of its rows' tokens.

    Raises:
        UnknownName: a metric that there is not.

    """
    groups = _groups(judged)
    more = {group.model for group, members in groups.items() if any(map(_asked_more, members))}
    timed = {model: one for model, one in seconds.items() if model not in more}
    row = partial(_row, run=run, suite=suite, seconds=timed, weights=weights)
    return tuple(
        one
        for group, members in groups.items()
        for one in (
            *(
                row(
                    group,
                    members,
                    metric=name,
                    estimate=share(metric(name), members),
                    comparison=_against_zero_shot(group, groups, metric(name)),
                )
                for name in metrics[group.task]
            ),
            *(
                row(group, members, metric=CONSISTENCY, estimate=estimate, comparison=None)
                for estimate in _consistency(group, groups)
            ),
            *(
                row(group, members, metric=PERPLEXITY, estimate=estimate, comparison=None)
                for estimate in _perplexity(group, members)
            ),
            *(
                row(group, members, metric=name, estimate=estimate, comparison=None)
                for name, estimate in _sampled(group, members)
            ),
        )
    )


def _row(  # noqa: PLR0913 - as above
    group: _Group,
    members: Sequence[Judged],
    *,
    run: str,
    suite: str,
    metric: str,
    estimate: Estimate,
    comparison: Comparison | None,
    seconds: Mapping[str, float],
    weights: Mapping[str, str | None],
) -> Row:
    return Row(
        run=run,
        suite=suite,
        model=group.model,
        engine=group.engine,
        task=group.task,
        condition=group.condition,
        metric=metric,
        estimate=estimate,
        counts=_counts(members),
        dropped=sum(one.question.dropped for one in members),
        comparison=comparison,
        calibration=calibration(members) if metric == ACCURACY else None,
        usage=spent(one.usage for one in members),
        seconds=seconds.get(group.model),
        weights_sha256=weights.get(group.model),
    )


def _asked_more(one: Judged) -> bool:
    """Say whether something besides was asked: what calibrates a question, or about its proof."""
    return bool(one.question.setting) or one.proof is not None


def _consistency(group: _Group, groups: _Groups) -> Iterator[Estimate]:
    """Yield the share of problems with the same verdict here and in every twin, if there are twins.

    Twins are the same problems in another task, template or language, asked with as many shots.
    """
    verdicts: dict[str, set[int | None]] = {}
    for other, members in groups.items():
        if other != group and _asked_alike(other) == _asked_alike(group):
            for one in members:
                verdicts.setdefault(one.question.twin, set()).add(one.score.verdict)
    here = {one.question.twin: one.score.verdict for one in groups[group]}
    shared = [twin for twin in here if twin in verdicts]
    if shared:
        alike = sum(here[twin] is not None and verdicts[twin] == {here[twin]} for twin in shared)
        yield stats.wilson(alike, len(shared))


def _perplexity(group: _Group, members: Sequence[Judged]) -> Iterator[Estimate]:
    """Yield the perplexity of the gold answers, a token, if they were scored."""
    scored = sorted((one.proof, one.proof_tokens) for one in members if one.proof is not None)
    scored = [(value, tokens) for value, tokens in scored if tokens and math.isfinite(value)]
    if scored:
        seed = names.seed_of("gold perplexity", *_setting(group), *_shots(group.condition))
        loss = stats.ratio([-value for value, _ in scored], [tokens for _, tokens in scored], seed)
        yield replace(
            loss, value=math.exp(loss.value), low=math.exp(loss.low), high=math.exp(loss.high)
        )


def _sampled(group: _Group, members: Sequence[Judged]) -> Iterator[tuple[str, Estimate]]:
    """Yield what single samples come to, where the questions have several.

    The share of samples with the right verdict, its interval a bootstrap over questions; and the
    share of questions of which any sample is right, certificate included (pass@k of Chen et al.
    2021, k the number of samples).
    """
    sampled = [one for one in members if one.samples]
    if not sampled:
        return
    shares = [
        sum(score.verdict == one.question.gold for score in one.samples) / len(one.samples)
        for one in sampled
    ]
    seed = names.seed_of("samples", *_setting(group), *_shots(group.condition))
    value, low, high = stats.paired(shares, seed)
    yield SAMPLES, Estimate(value=value, low=low, high=high, n=len(sampled))
    found = sum(any(score.outcome is Outcome.RIGHT for score in one.samples) for one in sampled)
    yield ANY, stats.wilson(found, len(sampled))


def _asked_alike(group: _Group) -> tuple[object, ...]:
    return (group.model, group.engine, group.condition.description, *_shots(group.condition))


def share(counts: Metric, judged: Sequence[Judged]) -> Estimate:
    """Return the share of what a metric counts; whatever else became of a question is not counted.

    Raises:
        ValueError: nothing was judged.

    """
    return stats.wilson(sum(map(counts, judged)), len(judged))


def compare(
    few: Iterable[Judged], zero: Iterable[Judged], seed: int, counts: Metric = _verdict_right
) -> Comparison | None:
    """Compare what a metric counts on the instances that both have; `None` where they share none.

    `seed` is the bootstrap's.
    """
    right_after = {one.question.instance: counts(one) for one in few}
    right_before = {one.question.instance: counts(one) for one in zero}
    shared = sorted(right_after.keys() & right_before.keys())
    if not shared:
        return None
    differences = [int(right_after[each]) - int(right_before[each]) for each in shared]
    difference, low, high = stats.paired(differences, seed)
    p = stats.mcnemar(gains=differences.count(1), losses=differences.count(-1))
    return Comparison(difference=difference, low=low, high=high, p=p, n=len(shared))


def _groups(judged: Iterable[Judged]) -> _Groups:
    found: dict[_Group, list[Judged]] = {}
    for one in judged:
        asked = one.question
        group = _Group(
            model=asked.model, engine=asked.engine, task=asked.task, condition=asked.condition
        )
        found.setdefault(group, []).append(one)
    return {group: tuple(found[group]) for group in sorted(found, key=_place)}


def _place(group: _Group) -> tuple[object, ...]:
    rank = BASELINES.index(group.model) + 1 if group.model in BASELINES else 0
    return (group.task, rank, group.model, *_shots(group.condition), *_setting(group))


def _shots(condition: Condition) -> tuple[int, str, str, int]:
    return (condition.k, condition.labels, condition.shot_mode, condition.shot_seed)


def _setting(group: _Group) -> tuple[object, ...]:
    """Return all that a group has in common with its zero-shot group."""
    condition = group.condition
    return (
        group.task,
        group.model,
        group.engine,
        condition.template,
        condition.language,
        condition.form,
        condition.description,
    )


def _against_zero_shot(group: _Group, groups: _Groups, counts: Metric) -> Comparison | None:
    if group.condition.k == 0:
        return None
    setting = _setting(group)
    twins = [other for other in groups if other.condition.k == 0 and _setting(other) == setting]
    if not twins:
        return None
    twin = twins[0]  # without shots, nothing about them makes a difference
    seed = names.seed_of("zero-shot comparison", *setting, *_shots(group.condition))
    return compare(groups[group], groups[twin], seed, counts)


def _counts(judged: Sequence[Judged]) -> Mapping[Outcome, int]:
    return {each: sum(one.score.outcome is each for one in judged) for each in Outcome}
