"""Which questions of two sides are the same one, asked twice.

A side is what was judged of a run, or a part of it: one model, one condition. Two questions pair
where task, instance and condition are the same, but for what was named on purpose: `k = 0` on one
side and `k = 4` on the other. Models pair by name, or a single one with a single one; those of
different names each in its own form, where the same form was not asked of both. Beside a model
baselines are left out, unless one is named: of a difference between two models they tell nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, TypeAlias

from evalsuite.errors import UnknownName, UserMistake, quoted
from evalsuite.metrics import ACCURACY, BASELINES
from evalsuite.records import Condition, Judged, Question

FACTORS: Final = ("model", *(one.name for one in fields(Condition)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two: what was judged, and what its run wrote down."""

    name: str
    judged: tuple[Judged, ...]
    manifest: Mapping[str, Any] = field(default_factory=dict)  # untrusted
    seconds: Mapping[str, float] = field(default_factory=dict)  # of asking, by model
    chosen: Mapping[str, str] = field(default_factory=dict)  # factors that were named on purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """The questions of both sides that pair, in one order."""

    task: str
    metric: str
    models: tuple[str, str]
    conditions: tuple[Condition, Condition]
    a: tuple[Judged, ...]
    b: tuple[Judged, ...]


def chosen(side: Side, where: Mapping[str, str], tasks: Sequence[str] = ()) -> Side:
    """Return the part of a side under these levels of factors; `tasks` empty: all of them.

    Raises:
        UnknownName: there is no such factor, no such level of it, or no such task.

    """
    judged = side.judged
    for name, level in where.items():
        if name not in FACTORS:
            raise UnknownName("factor", name, FACTORS)
        levels = {_level(one.question, name) for one in judged}
        if level not in levels:
            raise UnknownName(f"{name} of {side.name}", level, levels)
        judged = tuple(one for one in judged if _level(one.question, name) == level)
    known = {one.question.task for one in judged}
    for task in tasks:
        if task not in known:
            raise UnknownName(f"task of {side.name}", task, known)
    return replace(
        side,
        judged=tuple(one for one in judged if not tasks or one.question.task in tasks),
        chosen={**side.chosen, **where},
    )


_Asked: TypeAlias = Mapping[str, Judged]  # by instance
_Conditions: TypeAlias = Mapping[Condition, _Asked]
_Groups: TypeAlias = Mapping[str, Mapping[str, _Conditions]]  # by model and task


def pairs(a: Side, b: Side, name: str | None) -> tuple[tuple[Pairs, ...], tuple[str, ...]]:
    """Return what pairs, all instances of either side with it, and in words what does not.

    Raises:
        UserMistake: no models pair, a side leaves open which of several conditions is meant, or
            no task of both has the metric.

    """
    whole = _groups(a), _groups(b)
    left, right = (_apart(groups, side) for groups, side in zip(whole, (a, b), strict=True))
    named = frozenset({*a.chosen, *b.chosen} - {"model"})
    found: list[Pairs] = []
    left_out: list[str] = []
    unmeasured: list[str] = []
    for models in _models(left, right, left_out):
        mine, theirs = left[models[0]], right[models[1]]
        _note(left_out, mine, theirs)
        for task in (one for one in mine if one in theirs):
            if name is not None and not _declared(name, task, (a, b)):
                unmeasured.append(task)
                continue
            matched = tuple(_matched(mine[task], theirs[task], named, models))
            _note_conditions(left_out, task, (mine[task], theirs[task]), matched)
            found.extend(
                Pairs(
                    task=task,
                    metric=name or _headline(a, task),
                    models=models,
                    conditions=conditions,
                    a=tuple(mine[task][conditions[0]].values()),
                    b=tuple(theirs[task][conditions[1]].values()),
                )
                for conditions in matched
            )
    if unmeasured and not found:
        raise UserMistake(
            f"metric `{name}`: not one of {quoted(dict.fromkeys(unmeasured))}",
            hint="leave `--metric` out for each task's first, or name tasks that have it",
        )
    left_out.extend(f"task `{one}`: has no metric `{name}`" for one in unmeasured)
    for groups, kept in zip(whole, (left, right), strict=True):
        left_out.extend(f"baseline `{name}`" for name in groups if name not in kept)
    return tuple(found), tuple(dict.fromkeys(left_out))


def one_factor(a: Side, b: Side) -> tuple[str, str, str] | None:
    """Return the one factor that keeps two sides from pairing, with its level on each.

    None: there is none, several differ, or the two would not pair by it either.
    """
    found = []
    for factor in FACTORS:
        mine, theirs = ({_level(one.question, factor) for one in side.judged} for side in (a, b))
        if factor != "model" and mine != theirs:
            found.append((factor, mine, theirs))
    if len(found) != 1:
        return None
    ((factor, mine, theirs),) = found
    if len(mine) != 1 or len(theirs) != 1:
        return None
    (one,), (other,) = mine, theirs
    try:
        paired, _ = pairs(chosen(a, {factor: one}), chosen(b, {factor: other}), None)
    except UserMistake:
        return None
    return (factor, one, other) if paired else None


def _apart(groups: _Groups, side: Side) -> _Groups:
    """Return a side without the baselines that stand beside a model and were not named."""
    models = {name: group for name, group in groups.items() if name not in BASELINES}
    return groups if "model" in side.chosen or not models else models


def _groups(side: Side) -> _Groups:
    found: dict[str, dict[str, dict[Condition, dict[str, Judged]]]] = {}
    for one in side.judged:
        asked = one.question
        tasks = found.setdefault(asked.model, {}).setdefault(asked.task, {})
        tasks.setdefault(asked.condition, {})[asked.instance] = one
    return found


def _models(left: _Groups, right: _Groups, left_out: list[str]) -> list[tuple[str, str]]:
    """Return the models that pair: by name, or the one model of each side."""
    if len(left) == len(right) == 1:
        return [(next(iter(left)), next(iter(right)))]
    same = [(name, name) for name in left if name in right]
    rest = [name for name in left if name not in right and name not in BASELINES]
    others = [name for name in right if name not in left and name not in BASELINES]
    if len(rest) == len(others) == 1:
        return [(rest[0], others[0]), *same]
    left_out.extend(f"model `{name}`: only in A" for name in left if name not in right)
    left_out.extend(f"model `{name}`: only in B" for name in right if name not in left)
    if not same:
        raise UserMistake(
            f"the two share no model: A has {_listed(left)}, B has {_listed(right)}",
            hint="name one of each: `--a model=NAME --b model=NAME`",
        )
    return same


def _matched(
    left: _Conditions, right: _Conditions, named: frozenset[str], models: tuple[str, str]
) -> Iterator[tuple[Condition, Condition]]:
    """Yield the conditions that are the same but for what was named."""
    rest, others = list(left), list(right)
    # Models of two kinds may have been asked in two forms, each in its own.
    for loose in (named, *([named | {"form"}] if models[0] != models[1] else [])):
        mine, theirs = _by_key(rest, loose), _by_key(others, loose)
        strict = loose == named
        for key in (one for one in mine if one in theirs):
            if len(mine[key]) == len(theirs[key]) == 1:
                (one,), (other,) = mine[key], theirs[key]
                rest.remove(one)
                others.remove(other)
                yield one, other
            elif strict:
                several, where = (mine, "--a") if len(mine[key]) > 1 else (theirs, "--b")
                raise _open(several[key], loose, where)


def _by_key(
    conditions: Iterable[Condition], loose: frozenset[str]
) -> dict[tuple[object, ...], list[Condition]]:
    found: dict[tuple[object, ...], list[Condition]] = {}
    for one in conditions:
        key = tuple(getattr(one, each.name) for each in fields(one) if each.name not in loose)
        found.setdefault(key, []).append(one)
    return found


def _open(conditions: Sequence[Condition], loose: frozenset[str], option: str) -> UserMistake:
    factor = next(
        name for name in sorted(loose) if len({getattr(one, name) for one in conditions}) > 1
    )
    levels = ", ".join(sorted({_said(getattr(one, factor)) for one in conditions}))
    return UserMistake(
        f"`{factor}` is named on one side alone, and is {levels} on the other",
        hint=f"name it on both: `{option} {factor}=…`",
    )


def _declared(name: str, task: str, sides: Iterable[Side]) -> bool:
    """Say whether a task has a metric, as far as the sides tell."""
    told = [facts(facts(side.manifest, "tasks"), task).get("metrics") for side in sides]
    return all(name in metrics for metrics in told if isinstance(metrics, list))


def _headline(side: Side, task: str) -> str:
    told = facts(facts(side.manifest, "tasks"), task).get("metrics")
    return told[0] if isinstance(told, list) and told and isinstance(told[0], str) else ACCURACY


def _note(left_out: list[str], mine: Iterable[str], theirs: Iterable[str]) -> None:
    here, there = tuple(mine), tuple(theirs)
    left_out.extend(f"task `{one}`: only in A" for one in here if one not in there)
    left_out.extend(f"task `{one}`: only in B" for one in there if one not in here)


def _note_conditions(
    left_out: list[str],
    task: str,
    conditions: tuple[_Conditions, _Conditions],
    matched: Sequence[tuple[Condition, Condition]],
) -> None:
    for place, side in enumerate("AB"):
        taken = {one[place] for one in matched}
        left_out.extend(
            f"`{task}`, {described(one, task)}: only in {side}"
            for one in conditions[place]
            if one not in taken
        )


def shared(one: Pairs) -> Pairs:
    """Return the pairs alone, and of those the ones that are the same problem."""
    others = {each.question.instance: each for each in one.b}
    both = [
        (each, others[each.question.instance])
        for each in one.a
        if each.question.instance in others
        and problem(each.question) == problem(others[each.question.instance].question)
    ]
    both.sort(key=lambda pair: pair[0].question.instance)
    return replace(one, a=tuple(pair[0] for pair in both), b=tuple(pair[1] for pair in both))


def problem(asked: Question) -> tuple[object, ...]:
    """Return what is the same for the same problem, whatever the instance is called."""
    return (asked.twin, asked.gold, asked.labels)


def described(condition: Condition, task: str) -> str:
    """Return a condition in words; what is as it mostly is goes without saying."""
    parts = [condition.language, condition.form, f"k = {condition.k}"]
    if condition.template != task:
        parts.append(f"template {condition.template}")
    if not condition.description:
        parts.append("no description")
    if condition.labels != "gold":
        parts.append(f"labels {condition.labels}")
    if condition.shot_mode != "fixed":
        parts.append(condition.shot_mode)
    if condition.shot_seed:
        parts.append(f"seed {condition.shot_seed}")
    return ", ".join(parts)


def _level(asked: Question, factor: str) -> str:
    return asked.model if factor == "model" else _said(getattr(asked.condition, factor))


def _said(level: object) -> str:
    return str(level).lower() if isinstance(level, bool) else str(level)


def _listed(models: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in models) or "none"


def facts(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return an object of a manifest, which nobody vouches for; empty where it is none."""
    found = values.get(name)
    return found if isinstance(found, dict) else {}
