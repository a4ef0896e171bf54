"""What models are sent, letter by letter and token by token, against files in `golden/`.

`<task>.<language>.<form>.txt`   a prompt with two shots, and its choices, to be read
`<language>.csv`                 every template × form × {0, 2} shots: digests, and what the
                                 tokenizer of each embedded model makes of it

`EVALSUITE_GOLDEN=write pytest tests/test_golden.py` writes them anew: look at what `git diff` says.
"""

import csv
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from evalsuite import instances, models, names, paths, prompts, shots, tasks, templates, tokenizing
from evalsuite.records import Instance, Model, Task
from tests.conditions import PLAIN

GOLDEN = Path(__file__).parent / "golden"
FOLDERS = (paths.shipped("prompts"),)
TASKS = (paths.shipped("tasks"),)
READ = ("branch-closure", "entailment", "refutation-proof", "resolvent")
LANGUAGES = ("en", "pt")
TEMPLATES = templates.template_names("en", FOLDERS)
FORMS = templates.form_names("en", FOLDERS)
MODELS = ("smollm2-135m-instruct", "gemma3-270m")
COLUMNS = (
    *("template", "form", "k", "text"),
    *(f"{model} {column}" for model in MODELS for column in ("tokens", "first", "ids")),
)
WRITE = os.environ.get("EVALSUITE_GOLDEN") == "write"

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What the prompts of a template are made of: a question, and a pool of two shots."""

    task: Task
    question: Instance
    pool: tuple[Instance, ...]


@cache
def drawn(template: str) -> Drawn:
    task = _tasks()[template]
    if task.family in {"jsonl", "hf"}:  # of which no data are shipped
        return Drawn(
            task=task, question=_read(task, "0"), pool=(_read(task, "1"), _read(task, "2"))
        )
    (question,) = instances.questions(task, 1)
    return Drawn(task=task, question=question, pool=instances.pool(task, 2))


@cache
def _tasks() -> Mapping[str, Task]:
    """Return a task of each template: that of the same name, or the first."""
    loaded = [tasks.task(name, TASKS) for name in reversed(tasks.task_names(TASKS))]
    named = {task.template: task for task in loaded}
    return named | {task.template: task for task in loaded if task.template == task.name}


def _read(task: Task, number: str) -> Instance:
    return Instance(
        id=f"{task.name}/{number}",
        task=task.name,
        shown={
            "context": [f"Box {number} is red.", "Every red box is full."],
            "question": f"What is box {number}?",
            "options": ["full", "empty"],
        },
        choices=("full", "empty"),
        gold=int(number) % 2,
        problem=None,
        formal={},
        certificate=None,
        canonical=number,
        tags={"rung": 0},
    )


@cache
def ready(name: str) -> tuple[Model, tokenizing.Tokenizer]:
    model = models.ready(name)
    return model, tokenizing.tokenizer(model)


_template = cache(templates.template)
_form = cache(templates.form)


def rendered(
    template: str, language: str, form: str, k: int, tokenizer: prompts.Tokenizer | None
) -> prompts.Rendered:
    one = drawn(template)
    condition = replace(PLAIN, template=template, language=language, form=form, k=k)
    layout = prompts.Layout(
        template=_template(template, language, FOLDERS),
        form=_form(form, language, FOLDERS),
        description=True,
        tokenizer=tokenizer,
        room=None,
        answer_tokens=0,
        certified=one.task.answer == "certificate",
    )
    return prompts.render(
        layout, one.question, shots.shots(one.task, one.pool, condition, one.question.id)
    )


def is_chat(form: str) -> bool:
    return _form(form, "en", FOLDERS).messages


# ── to be read ──────────────────────────────────────────────────────────────────────────────────


def shown(one: prompts.Rendered) -> str:
    """Return the prompt and its choices; `⏎` and quotes make the ends of both visible."""
    choices = "".join(f"\n{choice.text!r}" for choice in one.choices)
    return f"{one.prompt.text}⏎\n── choices ──{choices}\n"


def _case(task: str, language: str, form: str) -> Any:
    return pytest.param(
        task, language, form, marks=[pytest.mark.tokenizers] if is_chat(form) else []
    )


@pytest.mark.parametrize(
    ("task", "language", "form"), [_case(*case) for case in product(READ, LANGUAGES, FORMS)]
)
def test_a_prompt_is_its_golden_file(task: str, language: str, form: str) -> None:
    tokenizer = ready(MODELS[0])[1] if is_chat(form) else None
    path = GOLDEN / f"{task}.{language}.{form}.txt"
    found = shown(rendered(task, language, form, 2, tokenizer))
    if WRITE:
        path.write_bytes(found.encode())
    assert found.encode() == path.read_bytes()


@pytest.mark.skipif(WRITE, reason="not all are written yet")
def test_every_golden_file_belongs_to_a_prompt() -> None:
    texts = {f"{'.'.join(case)}.txt" for case in product(READ, LANGUAGES, FORMS)}
    tables = {f"{language}.csv" for language in LANGUAGES}
    assert {path.name for path in GOLDEN.iterdir()} == texts | tables


# ── every template ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.tokenizers
@pytest.mark.parametrize(("template", "language"), list(product(TEMPLATES, LANGUAGES)))
def test_every_prompt_is_the_one_that_its_row_tells(template: str, language: str) -> None:
    found = {row[:3]: row for row in _rows(template, language)}
    path = GOLDEN / f"{language}.csv"
    if WRITE:
        _write(path, _table(path) | found)
    golden = {key: row for key, row in _table(path).items() if key[0] == template}
    assert found == golden


@pytest.mark.skipif(WRITE, reason="not all are written yet")
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_belongs_to_a_prompt(language: str) -> None:
    wanted = set(product(TEMPLATES, FORMS, ("0", "2")))
    assert set(_table(GOLDEN / f"{language}.csv")) == wanted
    assert templates.template_names(language, FOLDERS) == TEMPLATES
    assert templates.form_names(language, FOLDERS) == FORMS


def _rows(template: str, language: str) -> list[Row]:
    return [_row(template, language, form, k) for form, k in product(FORMS, (0, 2))]


def _row(template: str, language: str, form: str, k: int) -> Row:
    texts: list[str] = []
    cells: list[str] = []
    for name in MODELS:
        model, tokenizer = ready(name)
        if is_chat(form) and not model.chat:
            cells += ["", "", ""]
            continue
        prompt = rendered(template, language, form, k, tokenizer).prompt
        ids = prompt.token_ids
        assert ids is not None
        assert len(prompt.shots) == k
        assert ids == tokenizer.encode([prompt.text])[0], "the answer merges with what it follows"
        _check_bos(model, ids, prompt.text)
        texts.append(prompt.text)
        cells += [str(len(ids)), str(ids[0]), names.digest(ids)[:12]]
    assert len(set(texts)) == 1
    return (template, form, str(k), names.digest(texts[0])[:16], *cells)


def _check_bos(model: Model, ids: tuple[int, ...], text: str) -> None:
    """Exactly one BOS where the model wants one, and none where it does not."""
    if model.bos is not None:
        assert ids[0] == model.bos
        assert ids.count(model.bos) == 1
        return
    start = _tokenizer_bos(model)  # of this model it begins a message, too
    assert ids.count(start) == text.count("<|im_start|>")
    assert text.startswith("<|im_start|>") == (ids[0] == start)


@cache
def _tokenizer_bos(model: Model) -> int:
    found = tokenizing.tokenizer(model)._inner.bos_token_id
    assert isinstance(found, int)
    return found


def _table(path: Path) -> dict[Row, Row]:
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        columns, *rows = csv.reader(file)
    assert tuple(columns) == COLUMNS
    return {tuple(row[:3]): tuple(row) for row in rows}


def _write(path: Path, table: Mapping[Row, Row]) -> None:
    kept = set(product(TEMPLATES, FORMS, ("0", "2")))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(row for key, row in sorted(table.items()) if key in kept)
