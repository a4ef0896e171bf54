"""What the description and the examples of a prompt do: paired effects on the same instances.

No weight changes: a prompt conditions a model as a filter does. Two conditions that differ in one
factor alone are compared instance by instance, so that what is hard about an instance drops out:

    description     off → on
    shots           none → k, and the slope over all k, a doubling of k + 1
    format          labels none → shuffled: that there are answers, and which ones
    labels          shuffled → gold: what the examples show of the task (Min et al. 2022)
    form            running text → another layout; shots as turns → in one turn
    template        the first → another
    language        English → another
    shot mode       fixed → per item

Where several shot seeds were asked under both, each instance counts with its mean over them. The
interval is a percentile bootstrap over the instances, p McNemar's exact test, or with several seeds
(and for a slope) a test of sign flips; Holm's correction is over all effects of a report.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import TypeAlias

from evalsuite import names, power, stats
from evalsuite.metrics import Metric, metric
from evalsuite.records import Condition, Effect, Judged, ModelKind, Spread

ABOUT: Mapping[str, str] = MappingProxyType(
    {
        "description": "what the description of the task adds",
        "shots": "what worked examples add",
        "shots slope": "what a doubling of k + 1 adds, on average over the k that were asked",
        "format": "what it adds that examples have answers, though wrong ones",
        "labels": "what it adds that the answers are right: what examples show of the task",
        "form": "what another layout changes",
        "template": "what another wording changes",
        "language": "what another language changes",
        "shot mode": "what shots drawn for each instance change",
    }
)

_TEXT, _TURNS = "text", "chat"
_FIRST = {  # the level that the others are compared with, where it was asked
    "form": _TEXT,
    "language": "en",
    "shot mode": "fixed",
}

_COMPARED = ("form", "template", "language", "shot mode")
_STEPS = {("none", "shuffled"): "format", ("shuffled", "gold"): "labels"}

_Right: TypeAlias = Mapping[str, float]  # by instance: 1 or 0, or a mean over shot seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    model: str
    engine: str
    task: str


_Conditions: TypeAlias = Mapping[Condition, _Right]


def effects(
    judged: Iterable[Judged],
    kinds: Mapping[str, ModelKind],
    metrics: Mapping[str, str] | None = None,
) -> tuple[Effect, ...]:
    """Return every effect that the conditions of a run show, with p corrected over all of them.

    `kinds` has what each model is, baselines left out; `metrics` the name of each task's headline
    metric, which is `accuracy` where it is left out. What no two conditions show is left out.
    """
    found = [
        effect
        for subject, conditions in _subjects(judged, metrics or {}).items()
        if subject.model in kinds
        for effect in _effects(subject, kinds[subject.model], conditions)
    ]
    corrected = stats.holm([one.p for one in found])
    held = [replace(one, p_holm=p) for one, p in zip(found, corrected, strict=True)]
    return tuple(sorted(held, key=_place))


def spreads(
    judged: Iterable[Judged],
    kinds: Mapping[str, ModelKind],
    metrics: Mapping[str, str] | None = None,
) -> tuple[Spread, ...]:
    """Return how far results lie apart over shot seeds, forms and templates, all else equal."""
    return tuple(
        spread
        for subject, conditions in sorted(
            _subjects(judged, metrics or {}).items(), key=lambda one: (one[0].task, one[0].model)
        )
        if subject.model in kinds
        for spread in _spreads(subject, kinds[subject.model], conditions)
    )


def _subjects(
    judged: Iterable[Judged], metrics: Mapping[str, str]
) -> Mapping[_Subject, _Conditions]:
    found: dict[_Subject, dict[Condition, dict[str, float]]] = {}
    counts: dict[str, Metric] = {}
    for one in judged:
        asked = one.question
        if asked.task not in counts:
            counts[asked.task] = metric(metrics.get(asked.task, "accuracy"))
        subject = _Subject(model=asked.model, engine=asked.engine, task=asked.task)
        under = found.setdefault(subject, {}).setdefault(asked.condition, {})
        under[asked.instance] = float(counts[asked.task](one))
    return found


# ── effects ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Contrast:
    """Two levels of a factor, and the conditions of each: alike in all else, shot seed by seed."""

    factor: str
    before: str
    after: str
    setting: Condition  # of the first pair, before
    one_template: bool  # among all that is asked of the subject
    pairs: tuple[tuple[Condition, Condition], ...]


def _effects(subject: _Subject, kind: ModelKind, conditions: _Conditions) -> Iterator[Effect]:
    for contrast in _contrasts(conditions):
        before = _mean([conditions[one] for one, _ in contrast.pairs])
        after = _mean([conditions[other] for _, other in contrast.pairs])
        shared = sorted(before.keys() & after.keys())
        if shared:
            differences = [after[each] - before[each] for each in shared]
            yield _effect(subject, kind, contrast, differences, _share(before, shared))
    yield from _slopes(subject, kind, conditions)


def _effect(  # noqa: PLR0913 - private, and each is plain
    subject: _Subject,
    kind: ModelKind,
    contrast: _Contrast,
    differences: Sequence[float],
    base: float,
    largest: float = 1.0,
) -> Effect:
    seed = names.seed_of(
        "conditioning", subject.model, subject.task, contrast.factor, contrast.after,
        repr(contrast.setting),
    )  # fmt: skip
    difference, low, high = stats.paired(differences, seed)
    return Effect(
        model=subject.model,
        kind=kind,
        engine=subject.engine,
        task=subject.task,
        factor=contrast.factor,
        before=contrast.before,
        after=contrast.after,
        setting=_described(contrast),
        seeds=len(contrast.pairs),
        n=len(differences),
        base=base,
        difference=difference,
        low=low,
        high=high,
        p=stats.paired_p(differences, seed),
        p_holm=1.0,
        detectable=power.detectable_from(differences, largest),
    )


def _contrasts(conditions: Iterable[Condition]) -> Iterator[_Contrast]:
    """Yield the pairs of conditions that differ in one factor alone, each factor's together."""
    found: dict[tuple[str, str, str, Condition], list[tuple[Condition, Condition]]]
    found = defaultdict(list)
    one_template = _is_one_template(conditions)
    for factor, before, after in _pairs(tuple(conditions)):
        levels = (_level(factor, before), _level(factor, after))
        found[factor, *levels, replace(before, shot_seed=0)].append((before, after))
    for (factor, first, second, _), pairs in found.items():
        ordered = sorted(pairs, key=lambda pair: (pair[0].shot_seed, pair[1].shot_seed))
        yield _Contrast(
            factor=factor,
            before=first,
            after=second,
            setting=ordered[0][0],
            one_template=one_template,
            pairs=tuple(ordered),
        )


def _pairs(conditions: Sequence[Condition]) -> Iterator[tuple[str, Condition, Condition]]:
    for before in conditions:
        for after in conditions:
            factor = _factor(before, after, conditions)
            if factor is not None:
                yield factor, before, after


def _factor(before: Condition, after: Condition, among: Sequence[Condition]) -> str | None:
    """Return the factor in which alone two conditions differ, in the direction that is asked."""
    differ = {
        one.name
        for one in fields(Condition)
        if getattr(before, one.name) != getattr(after, one.name)
    }
    if before.k == 0 and after.k > 0 and after.labels == "gold" and after.shot_mode == "fixed":
        return "shots" if differ <= {"k", "shot_seed"} else None
    if len(differ) != 1:
        return None
    factor = differ.pop().replace("_", " ")
    if factor == "labels":
        return _STEPS.get((before.labels, after.labels))
    if factor == "description":
        holds = after.description
    else:
        turns = factor == "form" and before.form == _TURNS and after.form.startswith(f"{_TURNS}-")
        holds = turns or (factor in _COMPARED and _is_first(factor, before, after, among))
    return factor if holds else None


def _is_first(factor: str, before: Condition, after: Condition, among: Sequence[Condition]) -> bool:
    """Say whether the level before is the one that others, alike in all else, are compared with."""
    name = factor.replace(" ", "_")
    alike = [one for one in among if replace(one, **{name: getattr(before, name)}) == before]
    levels = list(dict.fromkeys(_level(factor, one) for one in alike))
    if factor in _FIRST:
        first = _FIRST[factor] if _FIRST[factor] in levels else min(levels)
    else:
        first = levels[0]
    return _level(factor, before) == first != _level(factor, after)


def _level(factor: str, condition: Condition) -> str:
    match factor:
        case "description":
            return "on" if condition.description else "off"
        case "shots":
            return str(condition.k)
        case "format" | "labels":
            return condition.labels
        case "shot mode":
            return condition.shot_mode
        case _:
            return str(getattr(condition, factor))


def _described(contrast: _Contrast) -> str:
    """Return what both conditions have in common, as far as a reader must know it."""
    one, other = contrast.pairs[0]
    parts = {
        "form": one.form,
        "language": one.language,
        "template": "" if contrast.one_template else f"template {one.template}",
        "shots": f"{one.k} shots" if one.k else "no shots",
        "description": "" if one.description else "no description",
        "labels": "" if one.labels == "gold" else f"labels {one.labels}",
        "shot mode": "" if one.shot_mode == "fixed" else f"shots {one.shot_mode}",
    }
    apart = {"format": "labels"}.get(contrast.factor, contrast.factor)
    if apart == "shots":
        parts["shot mode"] = "" if other.shot_mode == "fixed" else f"shots {other.shot_mode}"
    seeds = f"mean of {len(contrast.pairs)} shot seeds" if len(contrast.pairs) > 1 else ""
    told = [text for name, text in parts.items() if text and name != apart]
    return ", ".join([*told, seeds] if seeds else told)


def _is_one_template(conditions: Iterable[Condition]) -> bool:
    return len({one.template for one in conditions}) == 1


def _slopes(subject: _Subject, kind: ModelKind, conditions: _Conditions) -> Iterator[Effect]:
    """Yield, for each curve over k, the mean slope of the instances' own curves."""
    curves: dict[Condition, dict[int, list[_Right]]] = defaultdict(lambda: defaultdict(list))
    for one, right in conditions.items():
        if one.labels == "gold" and one.shot_mode == "fixed":
            curves[replace(one, k=0, shot_seed=0)][one.k].append(right)
    for setting, by_k in curves.items():
        if len(by_k) < 3:  # noqa: PLR2004 - of two points the difference says it all
            continue
        means = {k: _mean(rights) for k, rights in sorted(by_k.items())}
        shared = sorted(set.intersection(*(set(mean) for mean in means.values())))
        if not shared:
            continue
        weights = _slope_weights([math.log2(k + 1) for k in means])
        slopes = [
            sum(weight * mean[each] for weight, mean in zip(weights, means.values(), strict=True))
            for each in shared
        ]
        contrast = _Contrast(
            factor="shots slope",
            before=str(min(means)),
            after=str(max(means)),
            setting=setting,
            one_template=_is_one_template(conditions),
            pairs=((setting, setting),) * max(map(len, by_k.values())),
        )
        base = _share(means[min(means)], shared)
        steepest = sum(weight for weight in weights if weight > 0)
        effect = _effect(subject, kind, contrast, slopes, base, steepest)
        told = f"k = {', '.join(map(str, means))}"
        yield replace(effect, setting=effect.setting.replace("no shots", told))


def _slope_weights(points: Sequence[float]) -> list[float]:
    """Return the weights by which values at these points sum to their least-squares slope."""
    mean = sum(points) / len(points)
    total = sum((point - mean) ** 2 for point in points)
    return [(point - mean) / total for point in points]


def _mean(rights: Sequence[_Right]) -> _Right:
    """Return each instance's mean, over those that every one has."""
    shared = set.intersection(*(set(right) for right in rights))
    return {each: sum(right[each] for right in rights) / len(rights) for each in shared}


def _share(right: _Right, instances: Sequence[str]) -> float:
    return sum(right[each] for each in instances) / len(instances)


def _place(effect: Effect) -> tuple[object, ...]:
    return (
        effect.task,
        list(ABOUT).index(effect.factor),
        _natural(effect.before),
        _natural(effect.after),
        effect.setting,
        effect.kind != "pretrained",
        effect.model,
    )


def _natural(level: str) -> tuple[int, str]:
    return (int(level), "") if level.isdecimal() else (0, level)


# ── spread ──────────────────────────────────────────────────────────────────────────────────────


def _spreads(subject: _Subject, kind: ModelKind, conditions: _Conditions) -> Iterator[Spread]:
    for over, factor in (("shot seeds", "shot_seed"), ("forms", "form"), ("templates", "template")):
        found: dict[tuple[object, ...], dict[str, _Right]] = defaultdict(dict)
        for one, right in conditions.items():
            alike = tuple(getattr(one, each.name) for each in fields(one) if each.name != factor)
            found[alike][str(getattr(one, factor))] = right
        for alike, levels in found.items():
            shared = sorted(set.intersection(*(set(right) for right in levels.values())))
            if len(levels) > 1 and shared:
                kept = (one.name for one in fields(Condition) if one.name != factor)
                values = dict(zip(kept, alike, strict=True))
                if _is_one_template(conditions):
                    values.pop("template", None)
                yield _spread(subject, kind, over, _told(values), levels, shared)


def _spread(  # noqa: PLR0913 - private, and each is plain
    subject: _Subject,
    kind: ModelKind,
    over: str,
    setting: str,
    levels: Mapping[str, _Right],
    shared: Sequence[str],
) -> Spread:
    shares = {level: _share(right, shared) for level, right in levels.items()}
    ranked = sorted(shares, key=lambda level: (shares[level], level))
    flipped = sum(len({right[each] for right in levels.values()}) > 1 for each in shared)
    return Spread(
        model=subject.model,
        kind=kind,
        task=subject.task,
        over=over,
        setting=setting,
        levels=len(levels),
        n=len(shared),
        mean=sum(shares.values()) / len(shares),
        worst=ranked[0],
        worst_value=shares[ranked[0]],
        best=ranked[-1],
        best_value=shares[ranked[-1]],
        flip_rate=flipped / len(shared),
    )


def _told(values: Mapping[str, object]) -> str:
    parts = [str(values[name]) for name in ("form", "language") if name in values]
    parts.append(f"{values['k']} shots" if values["k"] else "no shots")
    if not values["description"]:
        parts.append("no description")
    if values["labels"] != "gold":
        parts.append(f"labels {values['labels']}")
    if values["shot_mode"] != "fixed":
        parts.append(f"shots {values['shot_mode']}")
    if values["k"] and "shot_seed" in values:
        parts.append(f"shot seed {values['shot_seed']}")
    if "template" in values:
        parts.append(f"template {values['template']}")
    return ", ".join(parts)
