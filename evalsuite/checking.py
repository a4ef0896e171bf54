"""Prove a task without a model: its labels, its certificates, and that nothing shallow tells them.

certified     every decider of the family comes to the gold label of every instance
certificates  the gold answer of every instance, written as a shot would be, is scored right
spoiled       certificates with one thing made wrong are all refused
vacuous       premises that contradict each other, a conclusion that needs none of them or is one of
              them, or an open answer that the question holds already
balanced      labels are equally frequent in each rung
distinct      no two instances are the same up to renaming and order
apart         nor a shot and a question
read          in each language that has the template: it fits, and the gold answer, written as a
              shot's in the form `text`, is scored right
baselines     the trivial ones of `shortcuts`, in each language, fitted on instances that are not
              asked, stay at chance, but for those that a kind names in `DECIDED_BY`: it asks for
              just those
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from evalsuite import instances, names, prompts, shortcuts, tasks, templates
from evalsuite.errors import TaskMistake, TemplateMistake, UnknownName
from evalsuite.families import Collection, Family, draws, family
from evalsuite.logic import smt, solvers
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.provers import models
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Formula, Not, is_propositional
from evalsuite.logic.text import reading
from evalsuite.records import (
    Completion,
    Condition,
    Instance,
    Json,
    Outcome,
    Question,
    Score,
    Shot,
    Task,
)
from evalsuite.scorers import certifies, scorer

_SPOILED = 4  # spoiled certificates of each instance, at most
_READ = 20  # gold answers that are read in each language
_FORM = "text"
_LANGUAGE = "en"  # that a task is looked at in first
_MILLISECONDS = 100  # for z3; what it cannot decide counts as not vacuous


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
class InLanguage:
    """What became of a task in one language."""

    language: str
    read: Share  # gold answers that are scored right
    baselines: tuple[shortcuts.Result, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReport:
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
    balanced: bool | None  # None: a fixed set is as it is
    distinct: bool
    apart: bool
    languages: tuple[InLanguage, ...]  # English first
    decided_by: tuple[str, ...]  # baselines that decide what is asked
    choices: int
    at_chance: bool
    notes: tuple[str, ...]  # what is wrong, in words
    remarks: tuple[str, ...]  # what is not wrong, and worth a word

    @property
    def baselines(self) -> tuple[shortcuts.Result, ...]:
        """What the baselines reach in the first language."""
        return self.languages[0].baselines if self.languages else ()

    @property
    def tried(self) -> tuple[tuple[str, shortcuts.Result], ...]:
        """The baselines that do not decide what is asked, each with its language."""
        return tuple(
            (one.language, result)
            for one in self.languages
            for result in one.baselines
            if result.baseline not in self.decided_by
        )

    @property
    def good(self) -> bool:
        """Say whether all of it holds."""
        return not self.notes


def check(name: str, task_folders: Sequence[Path], prompt_folders: Sequence[Path]) -> TaskReport:
    """Prove the task of that name.

    Raises:
        SoundnessAlarm: a label or a verdict is contradicted.
        UserMistake: the task or its data cannot be used, or no language has its template.

    """
    task = tasks.task(name, task_folders)
    kind = family(task.family)
    drawn = draws(kind)
    languages = _languages(task, prompt_folders)
    # As many again to fit the baselines on; open answers have none.
    fitted = draws(kind) and kind.CHOICES > 1
    # Drawn anew, whatever was drawn before: what is checked is the code that draws.
    every = tuple(islice(instances.each(task, "question"), 2 * task.size if fitted else task.size))
    if not every:
        raise TaskMistake(f"task `{task.name}`: no instance", hint=instances.NONE_TO_ASK)
    questions, others = every[: task.size], every[task.size :]
    pool = tuple(islice(instances.each(task, "shot"), instances.POOL))
    certificates, spoiled, notes = _certificates(task, questions)
    told, misread = _told(task, languages, prompt_folders, questions, others)
    remarks = () if draws(kind) else _counted(task, kind)
    forms = {one.canonical for one in questions}
    found = TaskReport(
        task=task.name,
        family=family_name(task.family),
        rungs=tuple(sorted({int(one.tags["rung"]) for one in questions})),
        size=len(questions),
        pool=len(pool),
        deciders=len(kind.decide(questions[0].problem)),
        certificates=certificates,
        spoiled=spoiled,
        vacuous=tuple(one.id for one in questions if is_vacuous(one, task)),
        balanced=all(map(_is_even, _labels_by_rung(questions))) if drawn else None,
        distinct=len(forms) == len(questions),
        apart=not forms & {one.canonical for one in pool},
        languages=told,
        decided_by=tuple(sorted(_decided_by(kind))),
        choices=max(len(one.choices) for one in questions),
        at_chance=True,
        notes=(*notes, *misread),
        remarks=remarks,
    )
    trivial = [result for _, result in found.tried]
    at_chance = not trivial or shortcuts.verdict(trivial, found.choices)
    return _with_notes(replace(found, at_chance=at_chance))


def _decided_by(kind: Family) -> frozenset[str]:
    found: frozenset[str] = getattr(kind, "DECIDED_BY", frozenset())
    return found


def family_name(kind: str) -> str:
    """Return the family that a kind of problem belongs to: its module's folder."""
    module: Any = family(kind)
    return str(module.__name__).split(".")[-2].replace("_", "-")


def _with_notes(found: TaskReport) -> TaskReport:
    level = shortcuts.LEVEL / max(len(found.tried), 1)
    notes = [
        *found.notes,
        *(f"vacuous: {one}" for one in found.vacuous[:3]),
        *(("labels are not balanced within a rung",) if found.balanced is False else ()),
        *(() if found.distinct else ("two instances are the same",)),
        *(() if found.apart else ("a shot is a question",)),
        *(
            f"baseline `{one.baseline}` reaches {one.right / one.n:.3f} in `{language}`,"
            f" p = {one.p:.1g}"
            for language, one in found.tried
            if not found.at_chance and one.p < level
        ),
    ]
    return replace(found, notes=tuple(notes))


# ── languages ───────────────────────────────────────────────────────────────────────────────────


def _languages(task: Task, folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the languages that have a task's template, English first.

    Raises:
        UnknownName: there is none.

    """
    found = [
        language
        for language in templates.languages(folders)
        if task.template in templates.template_names(language, folders)
    ]
    if not found:
        templates.template(task.template, _LANGUAGE, folders)  # it says which there are
    return tuple(sorted(found, key=lambda language: (language != _LANGUAGE, language)))


def _told(
    task: Task,
    languages: Sequence[str],
    folders: Sequence[Path],
    questions: Sequence[Instance],
    others: Sequence[Instance],
) -> tuple[tuple[InLanguage, ...], tuple[str, ...]]:
    """Return what became of a task in each language, and what is wrong there, in words."""
    found: list[InLanguage] = []
    notes: list[str] = []
    for language in languages:
        try:
            template = templates.template(task.template, language, folders)
            layout = _layout(task, template, templates.form(_FORM, language, folders))
            prompts.check(template, questions[0])
            read, wrong = _read(task, layout, questions[:_READ])
            baselines = _baselines(template, others, questions) if others else ()
        except (TemplateMistake, UnknownName) as mistake:
            notes.append(f"in `{language}`: {mistake.message}")
            continue
        found.append(InLanguage(language=language, read=read, baselines=baselines))
        notes += (f"in `{language}`: {one}" for one in _first(wrong))
    return tuple(found), tuple(notes)


def _layout(task: Task, template: templates.Template, form: templates.Template) -> prompts.Layout:
    return prompts.Layout(
        template=template,
        form=form,
        description=True,
        tokenizer=None,
        room=None,
        answer_tokens=0,
        certified=task.answer == "certificate",
    )


def _read(
    task: Task, layout: prompts.Layout, questions: Sequence[Instance]
) -> tuple[Share, list[str]]:
    """Have gold answers scored, each written as a shot's."""
    wrong: list[str] = []
    for one in questions:
        asked, reply = prompts.turn(layout, Shot(asked=one, answered=one))
        question = replace(
            _question(task, one, layout.template.language),
            answers=prompts.answers(layout.template, one),
            prompt=asked,
        )
        score = _scored(question, reply)
        if score.outcome is not Outcome.RIGHT:
            said = f": {score.note}" if score.note else ""
            wrong.append(f"{one.id}: gold answer {score.outcome.value}{said}")
    return Share(good=len(questions) - len(wrong), of=len(questions)), wrong


def _first(notes: Sequence[str]) -> list[str]:
    """Return the first three, and how many more there are."""
    return [*notes[:3], *([f"and {len(notes) - 3} more"] if len(notes) > 3 else [])]  # noqa: PLR2004


# ── fixed sets ──────────────────────────────────────────────────────────────────────────────────


def _counted(task: Task, kind: Collection) -> tuple[str, ...]:
    """Say whether a set has too few questions, and whether some stand in it twice."""
    count = 0
    forms: set[str] = set()
    for item in kind.items(task.params, task.path.parent):
        count += 1
        forms.add(kind.canonical(item.draft.problem))
    usable = sum(instances.side_of(form) == "question" for form in forms)
    few = (
        f"`size` is {task.size}, and the set has {usable} questions; {len(forms) - usable} more are"
        " kept for shots"
    )
    same = f"{count - len(forms)} of {count} questions stood in the set before: each is asked once"
    return (*((few,) if usable < task.size else ()), *((same,) if len(forms) < count else ()))


# ── certificates ────────────────────────────────────────────────────────────────────────────────


def _certificates(
    task: Task, questions: Sequence[Instance]
) -> tuple[Share | None, Share | None, tuple[str, ...]]:
    if task.answer != "certificate":
        return None, None, ()
    accepted, refused, mutants = 0, 0, 0
    notes: list[str] = []
    for one in questions:
        score = judged(task, one, one.certificate)
        accepted += score.outcome is Outcome.RIGHT
        if score.outcome is not Outcome.RIGHT:
            notes.append(f"{one.id}: gold certificate {score.outcome.value}: {score.note}")
            continue
        if one.certificate is None:  # a verdict that needs none
            continue
        for text in _spoiled(task, one):
            mutants += 1
            passed = judged(task, one, text).outcome is Outcome.RIGHT
            refused += not passed
            if passed:
                notes.append(f"{one.id}: a spoiled certificate is accepted: {text[-200:]!r}")
    certificates = Share(good=accepted, of=len(questions))
    return certificates, Share(good=refused, of=mutants), tuple(_first(notes))


def _spoiled(task: Task, one: Instance) -> Iterator[str]:
    """Yield some of an instance's spoiled certificates."""
    judge = scorer(task.scorer)
    if not certifies(judge) or one.certificate is None:
        return
    rng = Random(names.seed_of("spoil", one.id))
    mutants = list(judge.spoil(one.formal, one.gold, one.certificate, rng))
    yield from rng.sample(mutants, min(_SPOILED, len(mutants)))


def judged(task: Task, one: Instance, certificate: str | None) -> Score:
    """Return the score of an answer with the gold verdict and this certificate, if any."""
    is_open = len(one.choices) == 1
    text = f"Answer: {certificate or ''}" if is_open else f"Answer: {one.choices[one.gold]}"
    if certificate is not None and not is_open:
        text = f"```\n{certificate}\n```\n{text}"
    return _scored(_question(task, one, _LANGUAGE), text)


def _scored(question: Question, text: str) -> Score:
    completion = Completion(key=question.key, text=text, finish="stop")
    return scorer(question.scorer).score(question, completion)


def _question(task: Task, one: Instance, language: str) -> Question:
    return Question(
        key=one.id,
        model="",
        engine="",
        task=task.name,
        condition=Condition(
            template=task.template,
            language=language,
            form=_FORM,
            k=0,
            description=True,
            labels="gold",
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


# ── vacuous ─────────────────────────────────────────────────────────────────────────────────────


def is_vacuous(one: Instance, task: Task) -> bool:
    """Say whether an instance can be answered without reasoning from what it states.

    That is looked for where the answer is open, and where something classical is inferred: from
    formulas, or from clauses without variables. What a kind names in `VACUOUS` is known to be so.
    """
    known: frozenset[str] = getattr(family(task.family), "VACUOUS", frozenset())
    if one.tags.get("name") in known:
        return False
    if len(one.choices) == 1:
        return any(
            judged(task, one, text).outcome is Outcome.RIGHT for text in _shown(dict(one.shown))
        )
    premises, conclusion = _inferred(one)
    try:
        given = [reading.formula(text) for text in premises]
        claim = reading.formula(conclusion) if given else None
    except LogicError:
        return False  # its own grammar: the family's tests see to it
    return claim is not None and (claim in given or _is_idle(given, claim))


def _inferred(one: Instance) -> tuple[Sequence[str], str]:
    """Return premises and conclusion of a classical inference; of anything else no premises."""
    for stated, premises in ((one.formal, "premises"), (one.shown, "clauses")):
        given, claim = stated.get(premises), stated.get("conclusion")
        classical = stated.get("logic", "classical") == "classical"
        if isinstance(given, list) and isinstance(claim, str) and classical:
            return [str(text) for text in given], claim
    return (), ""


def _is_idle(given: Sequence[Formula], claim: Formula) -> bool:
    """Say whether premises contradict each other, or the conclusion is true without them."""
    if all(map(is_propositional, (*given, claim))):
        return not solvers.satisfiable(given) or not solvers.satisfiable((Not(claim),))
    try:
        return _is_impossible(given) or _is_impossible((Not(claim),))
    except LogicError:
        return False  # modal, or too large


def _is_impossible(claims: Sequence[Formula]) -> bool:
    """Say whether no structure makes all the formulas true.

    Most have a model of two elements, which a SAT solver finds in a tenth of z3's time.
    """
    if isinstance(models.find(claims, None, sizes=(2,)), Structure):
        return False
    return smt.satisfiable(claims, milliseconds=_MILLISECONDS) == "no"


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
    template: templates.Template, train: Sequence[Instance], test: Sequence[Instance]
) -> tuple[shortcuts.Result, ...]:
    return shortcuts.report(*([_asked(template, one) for one in part] for part in (train, test)))


def _asked(template: templates.Template, one: Instance) -> shortcuts.Asked:
    return shortcuts.Asked(
        query=prompts.query(template, one),
        answers=prompts.answers(template, one),
        gold=one.gold,
        formal=one.formal,
    )
