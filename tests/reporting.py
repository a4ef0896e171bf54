"""Stores for reports, quickly: what the solver answers, and what models might have said instead."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from evalsuite import names, paths, store, tasks
from evalsuite.instances import questions as drawn
from evalsuite.records import (
    Completion,
    Condition,
    Instance,
    LogLikelihoods,
    Question,
    Response,
    Task,
    Usage,
)
from evalsuite.scorers import scorer
from tests.conditions import PLAIN

CERTIFIED = ("refutation-proof", "tableau-proof", "modal-countermodel", "derivation", "nnf")
CHOSEN = ("entailment",)
SUBJECTS: tuple[dict[str, Any], ...] = (
    {"name": "small-base", "kind": "pretrained", "engine": "replay", "parameters": 120_000_000},
    {"name": "small-chat", "kind": "instruct", "engine": "replay", "parameters": 130_000_000},
    {"name": "solver", "engine": "solver"},
    {"name": "random", "engine": "random"},
)
MOST = 4  # shots; of the first question of a task one does not fit
_SKILL = {"small-base": 0.35, "small-chat": 0.55, "solver": 1.0}


def task(name: str) -> Task:
    return tasks.task(name, (paths.shipped("tasks"),))


def condition(k: int = 0, language: str = "en", form: str = "text") -> Condition:
    return replace(PLAIN, template="any", language=language, form=form, k=k)


def question(of: Task, one: Instance, model: str, under: Condition, engine: str) -> Question:
    shots = "".join(f"Problem: an example\nAnswer: {one.choices[0]}\n\n" for _ in range(under.k))
    prompt = f"<|im_start|>system\nSay what holds.\n\n{shots}Problem: {dict(one.formal)}\n"
    return Question(
        key=hashlib.sha256(repr((of.name, one.id, model, under)).encode()).hexdigest(),
        model=model,
        engine=engine,
        task=of.name,
        condition=under,
        instance=one.id,
        rung=str(one.tags["rung"]),
        twin=one.canonical,
        gold=one.gold,
        labels=one.choices,
        answers=one.choices,
        answer=of.answer,
        scorer=of.scorer,
        formal=one.formal,
        prompt=prompt,
        prompt_sha256="",
        shots=(),
        dropped=int(under.k == MOST and one.id.endswith("/0")),
        too_long=False,
    )


def said(asked: Question, one: Instance, rng: Random) -> Response:
    """Return what a model of some skill might answer."""
    skill = _SKILL.get(asked.model, 0.5) + 0.02 * asked.condition.k - 0.05 * int(asked.rung)
    if asked.answer == "choices":
        sure = rng.gauss(1.5, 1.0) if rng.random() < skill else rng.gauss(-0.5, 1.0)
        values = [-8.0] * len(asked.labels)
        values[asked.gold] += sure
        return LogLikelihoods(key=asked.key, values=tuple(values), usage=Usage(prompt_tokens=50))
    text, finish = _text(asked, one, skill, rng), "stop"
    if rng.random() < 0.05:
        text, finish = text[: len(text) // 2], "length"
    return Completion(
        key=asked.key,
        text=text,
        finish="length" if finish == "length" else "stop",
        usage=Usage(prompt_tokens=50, generated_tokens=len(text) // 3),
    )


def _text(asked: Question, one: Instance, skill: float, rng: Random) -> str:
    gold = one.certificate or ""
    if rng.random() >= skill:
        mistaken: Any = scorer(asked.scorer)
        found = list(mistaken.spoil(one.formal, one.gold, gold, rng)) if gold else []
        gold = rng.choice(found) if found else "It is clear."
    verdict = one.gold if rng.random() < 0.5 + skill / 2 else 1 - one.gold
    if len(one.choices) == 1:
        return f"Answer: {gold}"
    return f"```\n{gold}\n```\nAnswer: {one.choices[verdict % len(one.choices)]}"


def written(  # noqa: PLR0913 - what a run may hold
    folder: Path,
    *,
    tasks_: Iterable[str] = (*CERTIFIED, *CHOSEN),
    limit: int = 6,
    shots: Iterable[int] = (0, 2, MOST),
    languages: Iterable[str] = ("en", "pt"),
    conditions: Iterable[Condition] = (),
    texts: Mapping[str, str] | None = None,
    subjects: Iterable[Mapping[str, Any]] = SUBJECTS,
) -> Path:
    """Write a run's folder.

    `conditions` stand for those of `shots` and `languages`; `texts` are responses by their
    question's instance, of small-chat.
    """
    held = [(task(name), one) for name in tasks_ for one in drawn(task(name), limit)]
    conditions = tuple(conditions) or tuple(
        condition(k, language) for language in languages for k in shots
    )
    with store.opened(folder, create=True) as kept:
        kept.write_manifest(manifest({of.name: of for of, _ in held}, subjects))
        asked = [
            (question(of, one, subject["name"], under, subject["engine"]), one)
            for subject in subjects
            for of, one in held
            for under in conditions
            if _asks(subject["name"], of)
        ]
        kept.plan(each for each, _ in asked)
        for subject in subjects:
            spell = kept.begin(subject["name"], subject["engine"], {})
            mine = [pair for pair in asked if pair[0].model == subject["name"]]
            for number, response in enumerate(_responses(mine, texts or {})):
                kept.add(spell, response, 0.01 * number)
            kept.end(spell, len(mine))
    return folder


def _asks(subject: str, of: Task) -> bool:
    """Say whether a subject is asked a task: of the baselines each where it says something."""
    return {"solver": of.answer != "choices", "random": of.answer == "choices"}.get(subject, True)


def _responses(
    asked: Iterable[tuple[Question, Instance]], texts: Mapping[str, str]
) -> Iterator[Response]:
    for one, instance in asked:
        if one.model == "small-chat" and one.instance in texts:
            yield Completion(key=one.key, text=texts[one.instance], finish="stop")
        elif one.model == "solver":
            answer = instance.choices[instance.gold]
            proof = f"```\n{instance.certificate}\n```\n" if instance.certificate else ""
            text = f"{proof}Answer: {answer}"
            if len(instance.choices) == 1:
                text = f"Answer: {instance.certificate}"
            yield Completion(key=one.key, text=text, finish="stop")
        elif one.model == "random":
            picked = Random(names.seed_of(one.key)).randrange(len(one.labels))
            values = tuple(0.0 if at == picked else -1.0 for at in range(len(one.labels)))
            yield LogLikelihoods(key=one.key, values=values)
        else:
            yield said(one, instance, Random(names.seed_of(one.key)))


def manifest(
    held: Mapping[str, Task], subjects: Iterable[Mapping[str, Any]] = SUBJECTS
) -> dict[str, Any]:
    return {
        "suite": {"name": "reported", "about": "what models might say", "slices": []},
        "tasks": {
            name: {"digest": of.digest, "metrics": list(of.metrics)} for name, of in held.items()
        },
        "subjects": [dict(subject) for subject in subjects],
    }
