"""Prove a task without a model: its labels, its certificates, and that nothing shallow tells them.

certified     every decider of the family comes to the gold label of every instance
certificates  the gold answer of every instance, written as a shot would be, is scored right
spoiled       certificates with one thing made wrong are all refused
vacuous       premises that contradict each other, a conclusion that needs none of them, or an
              open answer that the question holds already
balanced      labels are equally frequent in each rung
distinct      no two instances are the same up to renaming and order
apart         nor a shot and a question
baselines     the trivial ones of `shortcuts`, fitted on instances that are not asked, stay at
              chance, but for those that a kind names in `DECIDED_BY`: it asks for just those
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from evalsuite import instances, names, prompts, shortcuts, tasks
from evalsuite.families import draws, family
from evalsuite.logic import solvers
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.syntax import Formula, Not, is_propositional
from evalsuite.logic.text import reading
from evalsuite.records import (
    Completion,
    Condition,
    Instance,
    Json,
    Outcome,
    Question,
    Task,
)
from evalsuite.scorers import scorer

_SPOILED = 4  # spoiled certificates of each instance, at most
_LANGUAGE = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How many of how many."""

    good: int
    of: int

    @property
    def whole(self) -> bool:
        """Say whether all are."""
        return self.good == self.of


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What became of a task."""

    task: str
    family: str
    rungs: tuple[int, ...]
    size: int
    pool: int
    deciders: int  # 0: a fixed set's own labels
    certificates: Share | None  # that are accepted; None: none are asked for
    spoiled: Share | None  # that are refused
    vacuous: tuple[str, ...]  # ids
    balanced: bool
    distinct: bool
    apart: bool
    baselines: tuple[shortcuts.Result, ...]
    decided_by: tuple[str, ...]  # baselines that decide what is asked
    choices: int
    at_chance: bool
    notes: tuple[str, ...]  # what is wrong, in words

    @property
    def good(self) -> bool:
        """Say whether all of it holds."""
        return not self.notes


def check(name: str, task_folders: Sequence[Path], prompt_folders: Sequence[Path]) -> Checked:
    """Prove the task of that name.

    Raises:
        SoundnessAlarm: a label or a verdict is contradicted.
        UserMistake: the task, its template or its data cannot be used.

    """
    task = tasks.task(name, task_folders)
    kind = family(task.family)
    template = prompts.template(task.template, _LANGUAGE, prompt_folders)
    drawn = draws(kind)
    # As many again to fit the baselines on; open answers have none.
    fitted = draws(kind) and kind.CHOICES > 1
    every = instances.questions(task, 2 * task.size if fitted else task.size)
    questions, others = every[: task.size], every[task.size :]
    pool = instances.pool(task)
    prompts.check(template, questions[0])
    certificates, spoiled, notes = _certificates(task, questions)
    forms = {one.canonical for one in questions}
    baselines = _baselines(template, others, questions) if fitted else ()
    choices = max(len(one.choices) for one in questions)
    decided_by: frozenset[str] = getattr(kind, "DECIDED_BY", frozenset())
    trivial = [one for one in baselines if one.baseline not in decided_by]
    found = Checked(
        task=task.name,
        family=family_name(task.family),
        rungs=tuple(sorted({int(one.tags["rung"]) for one in questions})),
        size=len(questions),
        pool=len(pool),
        deciders=len(kind.decide(questions[0].problem)),
        certificates=certificates,
        spoiled=spoiled,
        vacuous=tuple(one.id for one in questions if is_vacuous(one, task)),
        balanced=not drawn or all(map(_is_even, _labels_by_rung(questions))),
        distinct=len(forms) == len(questions),
        apart=not forms & {one.canonical for one in pool},
        baselines=baselines,
        decided_by=tuple(sorted(decided_by)),
        choices=choices,
        at_chance=not trivial or shortcuts.verdict(trivial, choices),
        notes=notes,
    )
    return _with_notes(found)


def family_name(kind: str) -> str:
    """Return the family that a kind of problem belongs to: its module's folder."""
    module: Any = family(kind)
    return str(module.__name__).split(".")[-2].replace("_", "-")


def _with_notes(found: Checked) -> Checked:
    notes = [
        *found.notes,
        *(f"vacuous: {one}" for one in found.vacuous[:3]),
        *(() if found.balanced else ("labels are not balanced within a rung",)),
        *(() if found.distinct else ("two instances are the same",)),
        *(() if found.apart else ("a shot is a question",)),
        *(
            f"baseline `{one.baseline}` reaches {one.right / one.n:.3f}, p = {one.p:.1g}"
            for one in found.baselines
            if not found.at_chance
            and one.baseline not in found.decided_by
            and one.p < shortcuts.LEVEL / (len(found.baselines) - len(found.decided_by))
        ),
    ]
    return replace(found, notes=tuple(notes))


# ── certificates ────────────────────────────────────────────────────────────────────────────────


def _certificates(
    task: Task, questions: Sequence[Instance]
) -> tuple[Share | None, Share | None, tuple[str, ...]]:
    if task.answer != "certificate":
        return None, None, ()
    accepted, refused, mutants = 0, 0, 0
    notes: list[str] = []
    for one in questions:
        if one.certificate is None:
            notes.append(f"{one.id}: no certificate")
            continue
        score = judged(task, one, one.certificate)
        accepted += score.outcome is Outcome.RIGHT
        if score.outcome is not Outcome.RIGHT:
            notes.append(f"{one.id}: gold certificate {score.outcome.value}: {score.note}")
            continue
        for text in _spoiled(task, one):
            mutants += 1
            passed = judged(task, one, text).outcome is Outcome.RIGHT
            refused += not passed
            if passed:
                notes.append(f"{one.id}: a spoiled certificate is accepted: {text[-200:]!r}")
    kept = notes[:3] + ([f"and {len(notes) - 3} more"] if len(notes) > 3 else [])  # noqa: PLR2004
    certificates = Share(good=accepted, of=len(questions))
    return certificates, Share(good=refused, of=mutants), tuple(kept)


def _spoiled(task: Task, one: Instance) -> Iterator[str]:
    """Yield some of an instance's spoiled certificates."""
    judge: Any = scorer(task.scorer)
    rng = Random(names.seed_of("spoil", one.id))
    mutants = list(judge.spoil(one.formal, one.gold, one.certificate, rng))
    yield from rng.sample(mutants, min(_SPOILED, len(mutants)))


def judged(task: Task, one: Instance, certificate: str) -> Any:
    """Return the score of an answer with the gold verdict and this certificate."""
    answer = one.choices[one.gold]
    text = (
        f"Answer: {certificate}"
        if len(one.choices) == 1
        else f"```\n{certificate}\n```\nAnswer: {answer}"
    )
    question = Question(
        key=one.id,
        model="",
        engine="",
        task=task.name,
        condition=Condition(
            template=task.template,
            language=_LANGUAGE,
            form="text",
            k=0,
            description=True,
            shot_mode="fixed",
            shot_seed=0,
        ),
        instance=one.id,
        rung=str(one.tags["rung"]),
        twin="",
        gold=one.gold,
        labels=one.choices,
        answers=one.choices,
        answer=task.answer,
        scorer=task.scorer,
        formal=one.formal,
        prompt="",
        prompt_sha256="",
        shots=(),
        dropped=0,
        too_long=False,
    )
    return scorer(task.scorer).score(question, Completion(key=one.id, text=text, finish="stop"))


# ── vacuous ─────────────────────────────────────────────────────────────────────────────────────


def is_vacuous(one: Instance, task: Task) -> bool:
    """Say whether an instance can be answered without reasoning from what it states."""
    if len(one.choices) == 1:
        return any(
            judged(task, one, text).outcome is Outcome.RIGHT for text in _shown(dict(one.shown))
        )
    premises, conclusion = one.formal.get("premises"), one.formal.get("conclusion")
    if not isinstance(premises, list) or not premises or not isinstance(conclusion, str):
        return False
    try:
        given = [reading.formula(str(text)) for text in premises]
        claim = reading.formula(conclusion)
    except LogicError:
        return False  # its own grammar: the family's tests see to it
    return claim in given or _is_idle(given, claim, one.formal)


def _is_idle(given: Sequence[Formula], claim: Formula, formal: Mapping[str, Json]) -> bool:
    classical = formal.get("logic", "classical") == "classical"
    if not classical or not all(map(is_propositional, (*given, claim))):
        return False
    return not solvers.satisfiable(given) or not solvers.satisfiable((Not(claim),))


def _shown(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for part in value:
                yield from _shown(part)
        case dict():
            for part in value.values():
                yield from _shown(part)
        case _:
            return


# ── labels and baselines ────────────────────────────────────────────────────────────────────────


def _labels_by_rung(questions: Sequence[Instance]) -> Iterator[list[int]]:
    counts = Counter((one.tags["rung"], one.gold) for one in questions)
    labels = range(max(len(one.choices) for one in questions))
    for rung in {one.tags["rung"] for one in questions}:
        yield [counts[rung, label] for label in labels]


def _is_even(counts: Sequence[int]) -> bool:
    # The last block of a task may be begun and not full.
    return max(counts) - min(counts) <= 1


def _baselines(
    template: prompts.Template, train: Sequence[Instance], test: Sequence[Instance]
) -> tuple[shortcuts.Result, ...]:
    return shortcuts.report(*([_asked(template, one) for one in part] for part in (train, test)))


def _asked(template: prompts.Template, one: Instance) -> shortcuts.Asked:
    return shortcuts.Asked(
        query=prompts.query(template, one),
        answers=prompts.answers(template, one),
        gold=one.gold,
        formal=one.formal,
    )
