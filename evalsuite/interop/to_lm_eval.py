"""A task under a condition as a task of lm-evaluation-harness, with the prompts that a run sends.

A folder holds for each task two files and, once, `lm_eval_data.py`:

    <name>.yaml     how lm-evaluation-harness asks and judges
    <name>.jsonl    a record an instance: what it asks, and the question as a run of ours keeps it

The prompts are whole: shots, chat template and the one BOS, where the model wants one, stand in
their text. lm-evaluation-harness adds no special token to a text that begins with the BOS.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final

from evalsuite import exporting, paths, tasks, tokenizing
from evalsuite.errors import ModelMistake, UserMistake
from evalsuite.plan import Asked, Options, plan
from evalsuite.records import (
    Choices,
    Condition,
    Generate,
    Json,
    Model,
    Prompt,
    Question,
    Settings,
    ShotMode,
    Slice,
    Suite,
)

SCHEMA: Final = 1  # of what `question` in a record holds
PREFIX: Final = "evalsuite_"
_DATA = "lm_eval_data.py"
_NO_MODEL = "random"  # whose prompts are plain text
_PLAIN = ("auto", "text")  # the forms that need no model

# The last answer line, or else the first line, without emphasis, quotes and a full stop.
_LINE = r"[\s#>*_`-]*(?:final +)?(?:answer|resposta)[ \t*_`]*:"
_SAID = r"[ \t*_`\"“']*(\S.*?)[.*_`\"”' \t]*$"
_ANSWER = rf"(?im)\A\s*(?!{_LINE}){_SAID}|^{_LINE}{_SAID}"
_WHOLE = r"\A\s*([\s\S]*?)\s*\Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is exported: these tasks, under one condition for each number of shots."""

    tasks: tuple[str, ...]
    shots: tuple[int, ...]
    model: str | None
    language: str = "en"
    form: str = "auto"
    template: str | None = None  # None: each task's own
    limit: int | None = None
    shot_mode: ShotMode = "fixed"
    shot_seed: int = 0
    task_folders: tuple[Path, ...]
    prompt_folders: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A task that lm-evaluation-harness now has."""

    name: str
    questions: int
    too_long: int  # left out: lm-evaluation-harness would cut their prompts


def export(wanted: Wanted, folder: Path, say: Callable[[str], None]) -> tuple[Written, ...]:
    """Write the tasks' files; each is the old one or the new one, whole.

    Raises:
        UserMistake: a name, a file or the model cannot be used as it is.

    """
    if wanted.model is None and wanted.form not in _PLAIN:
        raise UserMistake(
            f"form `{wanted.form}` needs a model",
            hint="name one with `--model`, or use form `text`",
        )
    made = plan(options(wanted), say)
    (subject,) = made.subjects
    begin = _beginning(subject.model, made.asked)
    metrics = {name: tasks.task(name, wanted.task_folders).metrics for name in wanted.tasks}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths.replace(folder / _DATA, Path(__file__).with_name(_DATA).read_bytes())
        return tuple(
            _write(folder, tuple(group), metrics[task], begin)
            for (task, _), group in groupby(made.asked, _setting)
        )
    except OSError as error:  # of the folder itself
        raise UserMistake(f"{folder}: cannot be written: {error.strerror}") from error


def _setting(one: Asked) -> tuple[str, Condition]:
    return one.question.task, one.question.condition


def options(wanted: Wanted) -> Options:
    """Return what a run would be asked for, to send the same prompts."""
    part = Slice(
        template=(wanted.template,),
        language=(wanted.language,),
        form=(wanted.form,),
        shots=tuple(sorted(set(wanted.shots))),
        description=(True,),
        labels=("gold",),
        shot_mode=(wanted.shot_mode,),
        shot_seeds=(wanted.shot_seed,),
    )
    suite = Suite(
        name="export",
        path=Path("export"),
        about="what is exported",
        tasks=wanted.tasks,
        models=() if wanted.model is None else (wanted.model,),
        baselines=(),
        slices=(part,),
        calibration=False,
    )
    return Options(
        suite=suite,
        engine=_NO_MODEL if wanted.model is None else "transformers",
        limit=wanted.limit,
        settings=Settings(),
        results=Path("unused"),
        task_folders=wanted.task_folders,
        prompt_folders=wanted.prompt_folders,
    )


def _beginning(model: Model | None, asked: Sequence[Asked]) -> Callable[[Prompt], str]:
    """Return what gives a prompt's text with the BOS that the model wants before it.

    Raises:
        ModelMistake: the BOS, written as text, is not read as one token.

    """
    if model is None or model.bos is None or model.encoder_decoder:
        return lambda prompt: prompt.text
    tokenizer = tokenizing.tokenizer(model)
    bos = tokenizer.bos or ""
    first = asked[0].request.prompt
    written = _after(bos, first.text)
    (ids,) = tokenizer.encode_answers([written])
    wanted = first.token_ids or ()
    if ids[: len(wanted)] != wanted:
        raise ModelMistake(
            f"model `{model.name}`: its tokenizer does not read `{bos}` as its BOS token",
            hint="such a model's prompts cannot be given to lm-evaluation-harness as text",
        )
    return lambda prompt: _after(bos, prompt.text)


def _after(bos: str, text: str) -> str:
    return text if text.startswith(bos) else bos + text


# ── a task's files ──────────────────────────────────────────────────────────────────────────────


def _write(
    folder: Path,
    asked: Sequence[Asked],
    metrics: Sequence[str],
    begin: Callable[[Prompt], str],
) -> Written:
    fitting = [one for one in asked if not one.question.too_long]
    name = name_of(asked[0].question)
    if not fitting:
        raise UserMistake(
            f"`{name}`: no prompt fits the model's context", hint="ask for fewer shots"
        )
    records = (_record(one, metrics, begin(one.request.prompt)) for one in fitting)
    exporting.write(folder / f"{name}.jsonl", records, "jsonl")
    paths.replace(folder / f"{name}.yaml", _yaml(name, fitting))
    return Written(name=name, questions=len(fitting), too_long=len(asked) - len(fitting))


def name_of(question: Question) -> str:
    """Return the name of a question's task in lm-evaluation-harness: one for each condition."""
    condition = question.condition
    parts = [question.task, condition.language, condition.form, f"k{condition.k}"]
    if condition.template != question.task:
        parts.append(condition.template)
    if condition.shot_mode != "fixed":
        parts.append(condition.shot_mode)
    if condition.shot_seed:
        parts.append(f"seed{condition.shot_seed}")
    if condition.labels != "gold":
        parts.append(f"labels-{condition.labels}")
    if not condition.description:
        parts.append("no-description")
    return PREFIX + "_".join(parts)


def _record(one: Asked, metrics: Sequence[str], prompt: str) -> dict[str, Json]:
    question = one.question
    kept = asdict(replace(question, prompt=""))  # it stands in the record already
    return {
        "id": question.instance,
        "task": question.task,
        "rung": question.rung,
        "prompt": prompt,
        "choices": [choice.text for choice in one.request.choices],
        "gold": question.gold,
        "target": _target(one),
        # As a text, since the columns of a data set have one type each.
        "question": json.dumps(
            {"schema": SCHEMA, "metrics": list(metrics), **kept}, ensure_ascii=False
        ),
    }


def _target(one: Asked) -> str:
    """Return what a generated answer is compared with."""
    oracle = one.request.oracle
    if len(one.question.answers) == 1 and oracle is not None and oracle.certificate is not None:
        return oracle.certificate.strip()
    return one.question.answers[one.question.gold]


def _yaml(name: str, asked: Sequence[Asked]) -> str:
    """Return the task's file: each value as JSON, which YAML reads."""
    first = asked[0]
    values: dict[str, Json] = {
        "task": name,
        "tag": "evalsuite",
        "dataset_kwargs": {"jsonl": f"{name}.jsonl"},
        "test_split": "test",
        "num_fewshot": 0,
        "description": "",
        "doc_to_text": "prompt",
        "target_delimiter": "",
        **_asking(first.request, asked),
        "metadata": {"version": SCHEMA},
    }
    rows = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    rows.insert(1, "custom_dataset: !function lm_eval_data.load")
    about = f"# {first.question.task} as evalsuite asks it; the prompts hold their shots already."
    return "\n".join([about, *rows, ""])


def _asking(request: Choices | Generate, asked: Sequence[Asked]) -> Mapping[str, Json]:
    match request:
        case Choices():
            return {
                "output_type": "multiple_choice",
                "doc_to_choice": "choices",
                "doc_to_target": "gold",
                "metric_list": [_mean("acc"), _mean("acc_norm")],
            }
        case Generate():
            opened = len(asked[0].question.answers) == 1
            pattern = _WHOLE if opened else _ANSWER
            regex: dict[str, Json] = {
                "function": "regex",
                "regex_pattern": pattern,
                "group_select": -1,
                "fallback": "[no answer]",
            }
            return {
                "output_type": "generate_until",
                "doc_to_target": "target",
                "generation_kwargs": {
                    "until": list(request.stop),
                    "max_gen_toks": request.max_tokens,
                    "do_sample": False,
                    "temperature": 0.0,
                },
                "filter_list": [
                    {"name": "answer", "filter": [regex, {"function": "take_first"}]},
                ],
                "metric_list": [{**_mean("exact_match"), "ignore_case": _is_caseless(asked)}],
            }


def _mean(metric: str) -> dict[str, Json]:
    return {"metric": metric, "aggregation": "mean", "higher_is_better": True}


def _is_caseless(asked: Sequence[Asked]) -> bool:
    """Say whether no two answers of a question differ in their letters' case alone."""
    texts: Iterator[tuple[str, ...]] = (one.question.answers for one in asked)
    return all(len({text.casefold() for text in each}) == len(each) for each in texts)
