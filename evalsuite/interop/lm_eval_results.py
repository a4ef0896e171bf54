"""A run as lm-evaluation-harness writes its results, so that what reads those reads ours.

    <run>/<model>/results_<date>.json            scores, versions, shots, settings of each task
    <run>/<model>/samples_<task>_<date>.jsonl    a line an item: what was sent, what came back

A task stands there once for each condition, under the name that `to_lm_eval` gives it. The fields
are those of version 0.4.13; `from_lm_eval` reads the files back as the questions that they were.
Prompts that were too long were not asked: they are in no sample, and count as not right in the
scores.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from evalsuite import __version__, names, paths
from evalsuite.errors import UserMistake
from evalsuite.interop.to_lm_eval import SCHEMA, name_of
from evalsuite.ledger import written
from evalsuite.loaded import LoadedRun
from evalsuite.metrics import ACCURACY, METRICS, PERPLEXITY, SAMPLES
from evalsuite.pairing import facts
from evalsuite.records import Judged, Question, Row

_MEASURES: Final = {ACCURACY: "acc"}  # our metrics under the names that they have there
_FILTER: Final = "none"
_LONGEST: Final = 180  # bytes of a name: a file's may have 255


def write(run: LoadedRun, folder: Path, when: datetime) -> tuple[Path, ...]:
    """Write the files of a run, a folder for each model, and return the results files.

    Raises:
        UserMistake: they cannot be written.

    """
    home = folder / _sanitized(run.name)
    models = _file_names(row.model for row in run.board)
    try:
        return tuple(_write(run, model, home / name, when) for model, name in models.items())
    except OSError as error:  # of a folder
        raise UserMistake(f"{home}: cannot be written: {error.strerror}") from error


def _write(run: LoadedRun, model: str, folder: Path, when: datetime) -> Path:
    date = when.isoformat().replace(":", "-")
    tasks = _tasks(run, model)
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {}
    for name, task in tasks.items():
        samples = [_sample(number, one, task.metrics, run.texts) for number, one in task.asked]
        hashes[name] = _hash(
            "".join(one["doc_hash"] + one["prompt_hash"] + one["target_hash"] for one in samples)
        )
        lines = "".join(written(one) + "\n" for one in samples)
        paths.replace(folder / f"samples_{name}_{date}.jsonl", lines)
    path = folder / f"results_{date}.json"
    told = {**_results(run, tasks), "task_hashes": hashes, **_about(run, model, when)}
    paths.replace(path, written(told, indent=2) + "\n")
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """A task of ours under one condition."""

    rows: tuple[Row, ...]  # one for each metric
    asked: tuple[tuple[int, Judged], ...]  # with their numbers; too long ones left out
    metrics: tuple[str, ...]
    version: object
    generated: bool


def _tasks(run: LoadedRun, model: str) -> Mapping[str, _Task]:
    rows: dict[tuple[str, object], list[Row]] = {}
    for row in run.board:
        if row.model == model:
            rows.setdefault((row.task, row.condition), []).append(row)
    judged: dict[tuple[str, object], list[Judged]] = {}
    for one in run.judged:
        if one.question.model == model:
            judged.setdefault((one.question.task, one.question.condition), []).append(one)
    found = {}
    asked = {key: judged[key] for key in rows if key in judged}
    files = _file_names(name_of(members[0].question) for members in asked.values())
    for key, members in asked.items():
        first, mine = members[0].question, rows[key]
        told = facts(facts(run.manifest, "tasks"), first.task)
        found[files[name_of(first)]] = _Task(
            rows=tuple(mine),
            asked=tuple(
                (number, one) for number, one in enumerate(members) if not one.question.too_long
            ),
            metrics=tuple(row.metric for row in mine if row.metric in METRICS),
            version=told.get("version"),
            generated=first.answer != "choices",
        )
    return found


# ── results ─────────────────────────────────────────────────────────────────────────────────────


def _results(run: LoadedRun, tasks: Mapping[str, _Task]) -> dict[str, Any]:
    return {
        "results": {name: _scores(name, task) for name, task in tasks.items()},
        "group_subtasks": {},
        "configs": {name: _config(name, task) for name, task in tasks.items()},
        "versions": {name: task.version for name, task in tasks.items()},
        "n-shot": {name: task.rows[0].condition.k for name, task in tasks.items()},
        "higher_is_better": {
            name: {_measure(row, task): row.metric != PERPLEXITY for row in task.rows}
            for name, task in tasks.items()
        },
        "n-samples": {
            name: {"original": task.rows[0].estimate.n, "effective": len(task.asked)}
            for name, task in tasks.items()
        },
        "config": _settings(run),
    }


def _scores(name: str, task: _Task) -> dict[str, Any]:
    scores: dict[str, Any] = {
        "name": name,
        "alias": name,
        "sample_len": task.rows[0].estimate.n,
    }
    for row in task.rows:
        measure = _measure(row, task)
        scores[f"{measure},{_FILTER}"] = row.estimate.value
        scores[f"{measure}_stderr,{_FILTER}"] = _error(row)
    return scores


def _measure(row: Row, task: _Task) -> str:
    if row.metric == ACCURACY and task.generated:
        return "exact_match"
    return _MEASURES.get(row.metric, row.metric.replace("-", "_"))


def _error(row: Row) -> float | str:
    """Return the standard error of a share of items, as lm-evaluation-harness reckons it."""
    value, n = row.estimate.value, row.estimate.n
    if row.metric in {PERPLEXITY, SAMPLES} or n < 2:  # noqa: PLR2004 - one item has no spread
        return "N/A"
    return math.sqrt(value * (1 - value) / (n - 1))


def _config(name: str, task: _Task) -> dict[str, Any]:
    condition = task.rows[0].condition
    return {
        "task": name,
        "output_type": "generate_until" if task.generated else "multiple_choice",
        "test_split": "test",
        "num_fewshot": condition.k,
        "description": "",
        "target_delimiter": "",
        "metadata": {
            "version": task.version,
            "task": task.rows[0].task,
            "condition": asdict(condition),
        },
    }


def _settings(run: LoadedRun) -> dict[str, Any]:
    settings = facts(run.manifest, "settings")
    seed = settings.get("seed")
    return {
        "model": "evalsuite",
        "model_args": dict(facts(settings, "arguments")),
        "model_dtype": settings.get("dtype"),
        "batch_size": None,
        "batch_sizes": [],
        "device": None,
        "use_cache": None,
        "limit": run.manifest.get("limit"),
        "bootstrap_iters": None,
        "gen_kwargs": {},
        **dict.fromkeys(("random_seed", "numpy_seed", "torch_seed", "fewshot_seed"), seed),
    }


def _about(run: LoadedRun, model: str, when: datetime) -> dict[str, Any]:
    engines = dict.fromkeys(row.engine for row in run.board if row.model == model)
    versions = facts(run.manifest, "versions")
    seconds = run.seconds.get(model)
    return {
        "git_hash": None,
        "date": when.timestamp(),
        "transformers_version": versions.get("transformers"),
        "lm_eval_version": None,  # it was not run
        "evalsuite_version": versions.get("evalsuite", __version__),
        "evalsuite_run": run.name,
        "model_source": ", ".join(engines),
        "model_name": model,
        "model_name_sanitized": _sanitized(model),
        "system_instruction": None,
        "system_instruction_sha": None,
        "fewshot_as_multiturn": None,
        "chat_template": None,  # it stands in the prompts already
        "chat_template_sha": None,
        "total_evaluation_time_seconds": None if seconds is None else str(seconds),
    }


# ── samples ─────────────────────────────────────────────────────────────────────────────────────


def _sample(
    number: int, one: Judged, metrics: Sequence[str], texts: Mapping[str, str]
) -> dict[str, Any]:
    asked = one.question
    choices = list(_choices(asked))
    doc = {
        "id": asked.instance,
        "task": asked.task,
        "rung": asked.rung,
        "prompt": asked.prompt,
        "choices": choices,
        "gold": asked.gold,
        "target": asked.answers[asked.gold],
        "question": json.dumps(
            {"schema": SCHEMA, "metrics": list(metrics), **asdict(replace(asked, prompt=""))},
            ensure_ascii=False,
        ),
    }
    right = float(one.score.verdict == asked.gold)
    if asked.answer == "choices":
        sent: Iterable[Any] = [(asked.prompt, choice) for choice in choices]
        said: list[Any] = [[str(value), "False"] for value in one.values]
        target, measure = str(asked.gold), "acc"
    else:
        sent = [(asked.prompt, {"until": []})]
        said = [texts.get(asked.key, "")]
        target, measure = asked.answers[asked.gold], "exact_match"
    return {
        "doc_id": number,
        "doc": doc,
        "target": target,
        "arguments": {
            f"gen_args_{index}": {"arg_0": context, "arg_1": rest}
            for index, (context, rest) in enumerate(sent)
        },
        "resps": [[each] for each in said],
        "filtered_resps": said,
        "filter": _FILTER,
        "metrics": [measure],
        "doc_hash": _hash(json.dumps(doc, indent=2, ensure_ascii=False)),
        "prompt_hash": _hash(asked.prompt),
        "target_hash": _hash(target),
        measure: right,
    }


def _choices(asked: Question) -> Iterator[str]:
    """Yield what was scored after the prompt: each answer, with its space where it had one."""
    sizes = asked.choice_bytes or (0,) * len(asked.answers)
    for answer, size in zip(asked.answers, sizes, strict=True):
        bare = size == len(answer.encode()) or asked.prompt != asked.prompt.rstrip()
        yield answer if bare else f" {answer}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _file_names(given: Iterable[str]) -> dict[str, str]:
    """Return a file's name for each name; none is another's, whatever the case of its letters."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(given):
        plain = _sanitized(name)
        if plain.lower() in taken:
            plain = f"{plain}-{names.digest(name)[:6]}"
        taken.add(plain.lower())
        found[name] = plain
    return found


def _sanitized(name: str) -> str:
    """Return a name that is a file's: no separator, no control character, and not hidden."""
    plain = re.sub(r"[^\w.-]+", "__", name).lstrip(".")
    return plain.encode()[:_LONGEST].decode(errors="ignore") or "_"
