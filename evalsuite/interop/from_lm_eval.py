"""What lm-evaluation-harness wrote, as a run of ours: its answers judged by our scorers.

A sample of a task that `to_lm_eval` wrote holds the question as a run of ours keeps it. Of any
other task an item with choices becomes a question with these choices; where its choices or its
gold cannot be told, or it has none, lm-evaluation-harness's own judgement (`acc` or `exact_match`)
is taken over. All of it is untrusted: nothing is written before everything is read and judged.
"""

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, get_args

from evalsuite import __version__, metrics, names, store
from evalsuite.errors import RunMistake, UserMistake
from evalsuite.interop import to_lm_eval
from evalsuite.interop._fields import Fields, number_of, parsed, shown, text_of
from evalsuite.interop._lm_eval_files import LOG, Source, latest, lines, read_source, results_files
from evalsuite.records import (
    AnswerKind,
    Completion,
    Condition,
    Labels,
    LogLikelihoods,
    Outcome,
    Question,
    Response,
    ShotMode,
)
from evalsuite.scorers import scorer

ENGINE: Final = "lm-eval"
_SUITE = "lm-eval"
_MOST_CHOICES = 1000
_AS_IT_IS = "run `lm_eval` without `--apply_chat_template`, `--num_fewshot` and the like"
_JUDGEMENTS = ("acc", "exact_match")  # of an item, 0 or 1
_UNKNOWN_LANGUAGE = "und"  # ISO 639


class _NoAccuracy(RunMistake):
    """A task that no accuracy can be told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A question with what came back, and whether lm-evaluation-harness takes it for right."""

    question: Question
    response: Response
    metrics: tuple[str, ...]
    theirs: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """All that was read, judged once already, so that nothing can be wrong with it later."""

    name: str  # the same for the same answers
    sources: tuple[Source, ...]
    answered: Mapping[str, tuple[Answered, ...]]  # by model
    metrics: Mapping[str, tuple[str, ...]]  # by task
    notes: tuple[str, ...]  # what the user must know


def read(places: Sequence[Path], model: str | None) -> Imported:
    """Read what lies in these folders, or in the folders of these results files.

    `model` stands in the place of the name that the results have.

    Raises:
        RunMistake: a file cannot be used; the message names it, and the line.
        UserMistake: `model` would stand for several models.
        SoundnessAlarm: a scorer finds a certificate that no model can have.

    """
    found = [read_source(path, model) for place in places for path in results_files(place)]
    if model is not None and len({one.results.values.get("model_name") for one in found}) > 1:
        raise UserMistake(
            f"`--model {model}`: the results are those of several models",
            hint="import them one by one",
        )
    notes: list[str] = []
    sources = latest(found, notes)
    answered: dict[str, list[Answered]] = {}
    left_out: RunMistake | None = None
    for source in sources:
        for task, path in source.samples.items():
            try:
                mine = tuple(_samples(source, task, path))
            except _NoAccuracy as mistake:
                left_out = left_out or mistake
                notes.append(f"left out: {mistake.message}")
                continue
            notes.extend(_differences(task, mine))
            answered.setdefault(source.model, []).extend(mine)
    everything = [one for each in answered.values() for one in each]
    if left_out is not None and not everything:
        raise left_out
    return Imported(
        name=f"{_SUITE}-{_digest(everything)[:10]}",
        sources=sources,
        answered={name: tuple(each) for name, each in answered.items()},
        metrics=_metrics(everything),
        notes=tuple(notes),
    )


def keep(imported: Imported, folder: Path) -> None:
    """Write the run folder, whole or not at all; one of that name holds the same already.

    Raises:
        RunMistake: it cannot be written.

    """
    if folder.exists():
        return
    draft = folder.with_name(f".{folder.name}-{os.getpid()}")
    try:
        with store.opened(draft, create=True) as kept:
            _fill(kept, imported)
        draft.rename(folder)
    except OSError as error:
        raise RunMistake(f"{folder}: cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _fill(kept: store.Store, imported: Imported) -> None:
    kept.write_manifest(_manifest(imported))
    kept.plan(one.question for each in imported.answered.values() for one in each)
    facts = {source.model: source.facts for source in imported.sources}
    for model, answered in imported.answered.items():
        spell = kept.begin(model, ENGINE, facts[model])
        for one in answered:
            kept.add(spell, one.response, 0.0)  # how long each took, no file tells
        kept.end(spell, len(answered))


def _manifest(imported: Imported) -> dict[str, Any]:
    return {
        "digest": imported.name,
        "suite": {"name": _SUITE, "slices": []},
        "tasks": {task: {"metrics": list(each)} for task, each in imported.metrics.items()},
        "subjects": [{"name": model, "engine": ENGINE} for model in imported.answered],
        "engines": {source.model: dict(source.facts) for source in imported.sources},
        "versions": {"evalsuite": __version__},
    }


def _digest(everything: Iterable[Answered]) -> str:
    return names.digest(
        [
            (
                one.question.key,
                one.response.text if isinstance(one.response, Completion) else one.response.values,
            )
            for one in everything
        ]
    )


def _metrics(everything: Iterable[Answered]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in everything:
        task = one.question.task
        if found.setdefault(task, one.metrics) != one.metrics:
            raise RunMistake(
                f"task `{task}`: its items have different metrics", hint="import them one by one"
            )
    return found


def _differences(task: str, answered: Sequence[Answered]) -> Iterator[str]:
    """Yield what makes our figure another than theirs."""
    ties = others = 0
    for one in answered:
        score = scorer(one.question.scorer).score(one.question, one.response)
        ours = score.verdict == one.question.gold
        if one.theirs is not None and ours != one.theirs:
            ties += score.outcome is Outcome.TIE
            others += score.outcome is not Outcome.TIE
    if ties:
        yield f"`{task}`: {ties} ties count as not right here; lm-eval took the first choice"
    if others:
        yield f"`{task}`: {others} of {len(answered)} items are judged otherwise than by lm-eval"


# ── samples ─────────────────────────────────────────────────────────────────────────────────────


def _samples(source: Source, task: str, path: Path) -> Iterator[Answered]:
    """Yield a task's items, each once: by the first of its filters."""
    first: str | None = None
    seen: set[str] = set()
    for line in lines(path):
        name = line.text("filter")
        first = name if first is None else first
        if name != first:
            continue
        doc = line.fields("doc")
        exported = isinstance(doc.values.get("question"), str) and task.startswith(
            to_lm_eval.PREFIX
        )
        one = _exported(source, line, doc) if exported else _other(source, task, line)
        if one.question.key in seen:
            line.fail(f"item `{one.question.instance}` stands in the file twice")
        seen.add(one.question.key)
        _try(one, line)
        yield one
    if first is None:
        raise RunMistake(f"{path}: empty", hint=LOG)


def _try(one: Answered, line: Fields) -> None:
    """Judge an item once, to see that its question can be judged at all."""
    try:
        scorer(one.question.scorer).score(one.question, one.response)
    except (LookupError, TypeError, ValueError, AttributeError, UserMistake) as error:
        line.fail(f"its question cannot be judged: {type(error).__name__}: {shown(str(error))}")


def _arguments(line: Fields) -> list[Fields]:
    """Return what each request was made of: `arg_0`, the context, and `arg_1`."""
    given = line.fields("arguments")
    count = len(given.values)
    if not 1 <= count <= _MOST_CHOICES:
        given.fail(f"{count} requests")
    return [given.fields(f"gen_args_{index}") for index in range(count)]


def _values(line: Fields, field: str, count: int) -> tuple[float, ...]:
    """Return the log-likelihood of each request: a response is such a number and a flag."""
    responses = line.entries(field)
    if len(responses) != count:
        line.fail(f"`{field}` has {len(responses)} responses for {count} requests")
    found = []
    for response in responses:
        inner = response
        while isinstance(inner, list) and inner:
            inner = inner[0]
        try:
            found.append(number_of(inner))
        except (TypeError, ValueError, OverflowError):
            line.fail(f"`{field}` has no finite log-likelihood: {shown(inner)}")
    return tuple(found)


def _completion(line: Fields, key: str) -> Completion:
    """Return the raw text of a generation; why it ended, no file tells."""
    inner: object = line.entries("resps")
    while isinstance(inner, list) and inner:
        inner = inner[0]
    try:
        text = text_of(inner)
    except (ValueError, UnicodeEncodeError):
        line.fail(f"`resps` has no text: {shown(inner)}")
    return Completion(key=key, text=text, finish="stop")


# ── of tasks of ours ────────────────────────────────────────────────────────────────────────────

_ANSWERS: Mapping[str, AnswerKind] = {one: one for one in get_args(AnswerKind)}
_LABELS: Mapping[str, Labels] = {one: one for one in get_args(Labels)}
_MODES: Mapping[str, ShotMode] = {one: one for one in get_args(ShotMode)}


def _exported(source: Source, line: Fields, doc: Fields) -> Answered:
    kept = parsed(f"{line.place}: `question`", doc.text("question"))
    if kept.whole("schema") != to_lm_eval.SCHEMA:
        kept.fail("exported by another version of evalsuite", hint="export the task again")
    prompt, choices = doc.text("prompt"), doc.texts("choices")
    question = replace(_question(source, kept), prompt=prompt)
    _check_sent(line, question, prompt, choices)
    measures = kept.texts("metrics")
    unknown = [name for name in measures if name not in metrics.METRICS]
    if unknown or not measures:
        kept.fail(f"`metrics`: {shown(unknown[0]) if unknown else 'there is none'}")
    response: Response
    if question.answer == "choices":
        values = _values(line, "resps", len(choices))
        response = LogLikelihoods(key=question.key, values=values)
        if prompt != prompt.rstrip():
            # lm-eval scores the space at a prompt's end too, as a part of every choice.
            question = replace(question, choice_tokens=(), choice_bytes=())
    else:
        response = _completion(line, question.key)
    return Answered(question=question, response=response, metrics=measures, theirs=_judgement(line))


def _check_sent(line: Fields, question: Question, prompt: str, choices: Sequence[str]) -> None:
    """Refuse a sample whose prompt or choices are not those of its question."""
    if len(choices) != len(question.answers):
        line.fail(f"{len(choices)} choices for {len(question.answers)} answers")
    sent = _arguments(line)
    wanted = choices if question.answer == "choices" else (None,)
    if len(sent) != len(wanted):
        line.fail(f"{len(sent)} requests for {len(wanted)} choices", hint=_AS_IT_IS)
    for one, choice in zip(sent, wanted, strict=True):
        if one.text("arg_0") != prompt:
            one.fail("`arg_0` is not the prompt that was exported", hint=_AS_IT_IS)
        if choice is not None and one.text("arg_1") != choice:
            one.fail("`arg_1` is not the choice that was exported", hint=_AS_IT_IS)


def _question(source: Source, kept: Fields) -> Question:
    condition = kept.fields("condition")
    labels, answers = kept.texts("labels"), kept.texts("answers")
    gold = kept.whole("gold")
    if len(labels) != len(answers) or not gold < len(answers) <= _MOST_CHOICES:
        kept.fail(f"gold {gold} of {len(labels)} labels and {len(answers)} answers")
    same = kept.text("model") == source.model
    return Question(
        key=names.digest(ENGINE, source.model, kept.text("key")),
        model=source.model,
        engine=ENGINE,
        task=kept.text("task"),
        condition=Condition(
            template=condition.text("template"),
            language=condition.text("language"),
            form=condition.text("form"),
            k=condition.whole("k"),
            description=condition.flag("description"),
            labels=condition.one_of("labels", _LABELS),
            shot_mode=condition.one_of("shot_mode", _MODES),
            shot_seed=condition.whole("shot_seed"),
        ),
        instance=kept.text("instance"),
        rung=kept.text("rung"),
        twin=kept.text("twin"),
        gold=gold,
        labels=labels,
        answers=answers,
        answer=kept.one_of("answer", _ANSWERS),
        scorer=kept.text("scorer"),
        formal=kept.fields("formal").values,
        prompt="",
        prompt_sha256=kept.text("prompt_sha256"),
        shots=kept.texts("shots"),
        dropped=kept.whole("dropped"),
        too_long=False,
        # Of the tokenizer that it was exported for.
        choice_tokens=kept.wholes("choice_tokens") if same else (),
        choice_bytes=kept.wholes("choice_bytes"),
    )


# ── of other tasks ──────────────────────────────────────────────────────────────────────────────


def _other(source: Source, task: str, line: Fields) -> Answered:
    sent = _arguments(line)
    right = _judgement(line)
    item = line.whole("doc_id")
    question = Question(
        key=names.digest(ENGINE, source.model, task, item),
        model=source.model,
        engine=ENGINE,
        task=task,
        condition=_condition(source.results, task),
        instance=f"{task}/{item}",
        rung="",
        twin=names.digest(ENGINE, task, sent[0].text("arg_0"))[:16],
        gold=0,
        labels=("right",),
        answers=("right",),
        answer="generate",
        scorer="recorded",
        formal={"right": right},
        prompt=sent[0].text("arg_0"),
        prompt_sha256=names.digest(sent[0].text("arg_0")),
        shots=(),
        dropped=0,
        too_long=False,
    )
    if len(sent) > 1:
        chosen = _choosing(line, sent, right=right)
        if chosen is not None:
            gold, texts, values = chosen
            return Answered(
                question=replace(
                    question,
                    gold=gold,
                    labels=texts,
                    answers=texts,
                    answer="choices",
                    scorer="label",
                    formal={},
                    choice_bytes=tuple(len(text.encode()) for text in texts),
                ),
                response=LogLikelihoods(key=question.key, values=values),
                metrics=(metrics.ACCURACY,),
                theirs=right,
            )
    if right is None:
        raise _NoAccuracy(
            f"{line.place}: neither choices with a gold nor `acc` or `exact_match`, each 0 or 1",
            hint=f"`{task}` is no task that an accuracy can be told of",
        )
    answer = line.entries("filtered_resps")
    return Answered(
        question=question,
        response=Completion(
            key=question.key, text=json.dumps(answer, ensure_ascii=False), finish="stop"
        ),
        metrics=(metrics.ACCURACY,),
        theirs=right,
    )


def _judgement(line: Fields) -> bool | None:
    """Return whether lm-evaluation-harness took an item for right; None: it does not tell."""
    for name in _JUDGEMENTS:
        value = line.values.get(name)
        if isinstance(value, int | float) and value in {0, 1}:
            return bool(value)
    return None


def _choosing(
    line: Fields, sent: Sequence[Fields], *, right: bool | None
) -> tuple[int, tuple[str, ...], tuple[float, ...]] | None:
    """Return the gold, the choices and their log-likelihoods; None: the gold cannot be told."""
    values = _values(line, "filtered_resps", len(sent))
    if "acc_mutual_info" in line.texts("metrics"):  # the second half has no context
        sent, values = sent[: len(sent) // 2], values[: len(values) // 2]
    texts = tuple(one.text("arg_1") for one in sent)
    if len(set(texts)) < len(texts):  # the contexts differ, not what follows them
        texts = tuple(one.text("arg_0") for one in sent)
    best = values.index(max(values))
    golds = _golds(line.text("target"), texts)
    if not golds and right is not None and len(texts) == 2:  # noqa: PLR2004 - right or the other
        golds = (0, 1)
    fitting = [gold for gold in golds if right is None or (gold == best) == right]
    return (fitting[0], texts, values) if fitting else None


def _golds(target: str, texts: Sequence[str]) -> tuple[int, ...]:
    """Return the choices that a target may mean: a place, several, or a choice's own text."""
    try:
        value = json.loads(target)
    except (ValueError, RecursionError):
        value = None
    places = value if isinstance(value, list) else [value]
    by_place = (
        place
        for place in places
        if isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(texts)
    )
    by_text = (place for place, text in enumerate(texts) if text.strip() == target.strip())
    return tuple(dict.fromkeys((*by_place, *by_text)))


def _condition(results: Fields, task: str) -> Condition:
    configs = results.fields("configs")
    config = configs.fields(task).values if task in configs.values else {}
    shots = results.fields("n-shot")
    k = shots.whole(task) if task in shots.values else 0
    return Condition(
        template=ENGINE,
        language=_UNKNOWN_LANGUAGE,
        form="chat" if results.values.get("chat_template") else "text",
        k=k,
        description=bool(config.get("description")),
        labels="gold",
        shot_mode="per-item" if k else "fixed",
        shot_seed=0,
    )
