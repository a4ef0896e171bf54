"""Whether two sides can be compared, and what differs that does no harm.

What hinders: another problem under an instance's name, other gold labels, prompts or shots, another
version of a task, a template or a form, other metrics or seeds. What is what one compares (models,
weights), or decides nothing that was measured (engine, versions, times), is told and hinders not.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from evalsuite.pairing import Pairs, Side, described, facts
from evalsuite.records import Condition, Question

_UNRECORDED: Final = "not recorded"
_LONGEST = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Something that is not the same on both sides."""

    hinders: bool  # whether the two cannot be compared as they are
    what: str
    a: str
    b: str


_TASK: Mapping[str, str] = MappingProxyType(
    {
        "version": "version",
        "digest": "definition",
        "seed": "seed",
        "answer": "kind of answer",
        "scorer": "scorer",
        "metrics": "metrics",
    }
)
_LAYOUTS: Final = ("template", "form")
_WRITTEN: Mapping[str, str] = MappingProxyType({"max_tokens": "most tokens of an answer"})
_SUBJECT: Mapping[str, str] = MappingProxyType({"engine": "engine", "weights_sha256": "weights"})
_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "dtype": "dtype",
        "max_context": "longest context",
        "arguments": "engine's arguments",
    }
)
_PARTS: Mapping[str, Callable[[Question], object]] = MappingProxyType(
    {
        "gold labels": lambda asked: asked.gold,
        "labels": lambda asked: asked.labels,
        "scorers": lambda asked: asked.scorer,
    }
)


def redefined(a: Side, b: Side) -> Iterator[Mismatch]:
    """Yield the tasks, templates and forms that both sides have, and that are not the same."""
    tasks = [{one.question.task: None for one in side.judged} for side in (a, b)]
    for task in (one for one in tasks[0] if one in tasks[1]):
        yield from _task(task, a, b)
    for kind in _LAYOUTS:
        mine, theirs = (
            {_layout(one.question.condition, kind): None for one in side.judged} for side in (a, b)
        )
        yield from _layouts_of(kind, [one for one in mine if one in theirs], a, b)


def mismatches(a: Side, b: Side, paired: Sequence[Pairs]) -> Iterator[Mismatch]:
    """Yield what differs between two sides: what hinders a comparison first."""
    if not paired:
        yield Mismatch(hinders=True, what="tasks under the same condition", a="none", b="none")
    for task in dict.fromkeys(one.task for one in paired):
        yield from _task(task, a, b)
    yield from _layouts(a, b, paired)
    for one in paired:
        yield from _instances(one)
    mine, theirs = (facts(side.manifest, "settings") for side in (a, b))
    yield from _different("", {"seed": "engine's seed"}, mine, theirs)
    samples = [{"sampling": side.manifest.get("sampling")} for side in (a, b)]  # None: greedy
    yield from _different("", {"sampling": "sampling"}, *samples)
    for models in dict.fromkeys(one.models for one in paired):
        yield from _subjects(a, b, *models)
    yield from _different("settings: ", _SETTINGS, mine, theirs, hinders=False)
    yield from _versions(a, b)
    yield from _dropped(paired)


# ── what hinders ────────────────────────────────────────────────────────────────────────────────


def _task(task: str, a: Side, b: Side) -> Iterator[Mismatch]:
    mine, theirs = (facts(facts(side.manifest, "tasks"), task) for side in (a, b))
    yield from _different(f"`{task}`: ", _TASK, mine, theirs)
    if not mine.get("answer") == theirs.get("answer") == "choices":
        yield from _different(f"`{task}`: ", _WRITTEN, mine, theirs)


def _different(
    place: str,
    wanted: Mapping[str, str],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    *,
    hinders: bool = True,
) -> Iterator[Mismatch]:
    """Yield the facts that both have, and that are not the same."""
    for name, told in wanted.items():
        if name in mine and name in theirs and mine[name] != theirs[name]:
            yield Mismatch(
                hinders=hinders,
                what=f"{place}{told}",
                a=_short(mine[name]),
                b=_short(theirs[name]),
            )


def _layouts(a: Side, b: Side, paired: Sequence[Pairs]) -> Iterator[Mismatch]:
    """Yield the templates and forms that have one name and are not the same."""
    for kind in _LAYOUTS:
        names = ([_layout(one, kind) for one in each.conditions] for each in paired)
        yield from _layouts_of(kind, [one for one, other in names if one == other], a, b)


def _layout(condition: Condition, kind: str) -> str:
    return f"{condition.language}/{getattr(condition, kind)}"


def _layouts_of(kind: str, names: Iterable[str], a: Side, b: Side) -> Iterator[Mismatch]:
    used = {one: f"`{one}`" for one in names}
    mine, theirs = facts(a.manifest, f"{kind}s"), facts(b.manifest, f"{kind}s")
    yield from _different(f"{kind} ", used, mine, theirs)


def _instances(one: Pairs) -> Iterator[Mismatch]:
    """Yield what differs between the questions that ought to pair."""
    place = f"`{one.task}`, {_both(one)}"
    mine = {each.question.instance: each.question for each in one.a}
    theirs = {each.question.instance: each.question for each in one.b}
    shared = [each for each in mine if each in theirs]
    if len(shared) < max(len(mine), len(theirs)):
        yield Mismatch(
            hinders=True,
            what=f"{place}: instances, {len(shared)} shared",
            a=str(len(mine)),
            b=str(len(theirs)),
        )
    same = [each for each in shared if mine[each].twin == theirs[each].twin]
    yield from _unlike(f"{place}: problems", shared, mine, theirs, lambda asked: asked.twin)
    for what, part in _PARTS.items():
        yield from _unlike(f"{place}: {what}", same, mine, theirs, part)
    if one.models[0] == one.models[1] and one.conditions[0] == one.conditions[1]:
        yield from _unlike(f"{place}: prompts", same, mine, theirs, lambda asked: asked.prompt)
    if one.conditions[0].language == one.conditions[1].language:
        yield from _unlike(f"{place}: answers", same, mine, theirs, lambda asked: asked.answers)
    if _same_shots(one.conditions):
        whole = [each for each in same if not mine[each].dropped and not theirs[each].dropped]
        yield from _unlike(f"{place}: shots", whole, mine, theirs, lambda asked: asked.shots)


def _unlike(
    what: str,
    shared: Sequence[str],
    mine: Mapping[str, Question],
    theirs: Mapping[str, Question],
    part: Callable[[Question], object],
) -> Iterator[Mismatch]:
    differ = [each for each in shared if part(mine[each]) != part(theirs[each])]
    if differ:
        first = min(differ)
        yield Mismatch(
            hinders=True,
            what=f"{what} of {len(differ)} instances, such as {first}",
            a=_short(part(mine[first])),
            b=_short(part(theirs[first])),
        )


def _same_shots(conditions: tuple[Condition, Condition]) -> bool:
    """Say whether two conditions have the same shots, if all of them fit."""
    one, other = conditions
    wanted = ("k", "labels", "shot_mode", "shot_seed")
    return all(getattr(one, name) == getattr(other, name) for name in wanted)


def _both(one: Pairs) -> str:
    first, second = (described(each, one.task) for each in one.conditions)
    return first if first == second else f"{first} | {second}"


# ── what does no harm ───────────────────────────────────────────────────────────────────────────


def _subjects(a: Side, b: Side, mine: str, theirs: str) -> Iterator[Mismatch]:
    place = f"`{mine}`: " if mine == theirs else ""
    yield from _different(place, _SUBJECT, _subject(a, mine), _subject(b, theirs), hinders=False)
    yield from _different(
        place, {"seconds": "seconds of asking"}, _time(a, mine), _time(b, theirs), hinders=False
    )


def _time(side: Side, model: str) -> Mapping[str, float]:
    return {"seconds": round(side.seconds[model], 1)} if model in side.seconds else {}


def _versions(a: Side, b: Side) -> Iterator[Mismatch]:
    mine, theirs = (facts(side.manifest, "versions") for side in (a, b))
    packages = {name: f"version of {name}" for name in sorted({*mine, *theirs})}
    absent = dict.fromkeys(packages, _UNRECORDED)
    yield from _different("", packages, absent | {**mine}, absent | {**theirs}, hinders=False)


def _dropped(paired: Sequence[Pairs]) -> Iterator[Mismatch]:
    mine = sum(each.question.dropped for one in paired for each in one.a)
    theirs = sum(each.question.dropped for one in paired for each in one.b)
    if mine != theirs:
        what = "shots that did not fit"
        yield Mismatch(hinders=False, what=what, a=str(mine), b=str(theirs))


def _subject(side: Side, model: str) -> Mapping[str, Any]:
    subjects = side.manifest.get("subjects")
    for one in subjects if isinstance(subjects, list) else ():
        if isinstance(one, dict) and one.get("name") == model:
            return one
    return {}


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
