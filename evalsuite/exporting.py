"""A task's instances as records for other programs: JSON Lines or Parquet.

    instances       all that an instance has: query, choices, gold, certificate, tags …
    instructions    instruction, input, output: what models are tuned on

A record is made with a template and without a form, so that nothing of a model's prompt is in it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from evalsuite import paths, prompts, sandbox, templates
from evalsuite.errors import TemplateMistake, UserMistake, quoted
from evalsuite.records import Instance, Json, Task

Kind: TypeAlias = Literal["instances", "instructions"]
Format: TypeAlias = Literal["jsonl", "parquet"]

KINDS: Final[tuple[Kind, ...]] = ("instances", "instructions")
FORMATS: Final[tuple[Format, ...]] = ("jsonl", "parquet")

_ANSWER = {"en": "Answer", "pt": "Resposta"}
_BATCH = 1024  # records of a Parquet file in memory


def records(
    task: Task, instances: Iterable[Instance], template: templates.Template, kind: Kind
) -> Iterator[dict[str, Json]]:
    """Yield a record for each instance, in the template's language.

    Raises:
        TemplateMistake: the template does not fit an instance, or knows no word for `Answer`.

    """
    make = _instance if kind == "instances" else _instruction
    for instance in instances:
        prompts.check(template, instance)
        yield make(task, instance, template)


def format_of(path: Path) -> Format:
    """Return the format that a file's ending names.

    Raises:
        UserMistake: it names none.

    """
    ending = path.suffix.lower().removeprefix(".")
    for known in FORMATS:
        if ending == known:
            return known
    endings = " or ".join(f"`.{known}`" for known in FORMATS)
    raise UserMistake(
        f"{path}: its ending names no format", hint=f"end it in {endings}, or give `--format`"
    )


def write(path: Path, records: Iterable[Mapping[str, Json]], format: Format) -> int:  # noqa: A002 - the word for it
    """Write the records and return how many: the file is the old one or the new one, whole.

    In Parquet a value that is a mapping, or a list of others than texts, is a JSON text.

    Raises:
        UserMistake: there is no such folder, the file cannot be written, or pyarrow is not
            installed.

    """
    if not path.parent.exists():
        raise UserMistake(
            f"{path}: cannot be written: no folder `{path.parent}`", hint="make the folder first"
        )
    into = _json_lines if format == "jsonl" else _parquet
    try:
        with paths.beside(path) as part:
            return into(part, records)
    except OSError as error:
        raise UserMistake(f"{path}: cannot be written: {error.strerror}") from error


# ── records ─────────────────────────────────────────────────────────────────────────────────────


def _instance(task: Task, instance: Instance, template: templates.Template) -> dict[str, Json]:
    shown = prompts.localised(instance.shown, template.language)
    return {
        "id": instance.id,
        "task": task.name,
        "version": task.version,
        "language": template.language,
        "query": prompts.query(template, instance),
        "choices": list(prompts.answers(template, instance)),
        "labels": list(instance.choices),
        "gold": instance.gold,
        "certificate": instance.certificate,
        "shown": shown,
        "formal": dict(instance.formal),
        "tags": dict(instance.tags),
    }


def _instruction(task: Task, instance: Instance, template: templates.Template) -> dict[str, Json]:
    return {
        "instruction": sandbox.rendered(template.source, "description", {}),
        "input": prompts.query(template, instance).strip(),
        "output": _output(task, instance, template),
        "id": instance.id,
    }


def _output(task: Task, instance: Instance, template: templates.Template) -> str:
    """Return what a model should write: as the forms lay it out, and the scorers read it."""
    answer = prompts.answers(template, instance)[instance.gold]
    certificate = (instance.certificate or "").rstrip()
    if task.answer != "certificate":
        return answer
    if len(instance.choices) == 1:  # the answer is open: its certificate is it
        return certificate.strip() or answer
    if template.language not in _ANSWER:
        raise TemplateMistake(
            f"{template.path}: no word for `Answer` in `{template.language}`",
            hint=f"known: {quoted(_ANSWER)}",
        )
    block = f"```\n{certificate}\n```\n" if certificate else ""
    return f"{block}{_ANSWER[template.language]}: {answer}"


# ── files ───────────────────────────────────────────────────────────────────────────────────────


def _json_lines(path: Path, records: Iterable[Mapping[str, Json]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(json.dumps(dict(record), ensure_ascii=False) + "\n")
            count += 1
    return count


def _parquet(path: Path, records: Iterable[Mapping[str, Json]]) -> int:
    arrow, parquet = _pyarrow(path)
    source = iter(records)
    first = next(source, None)
    if first is None:
        raise UserMistake(f"{path}: no records, and so no columns", hint="use `jsonl`")
    flat = (_flat(record) for record in chain([first], source))
    schema = arrow.schema(
        [(name, _column(arrow, name, value)) for name, value in _flat(first).items()]
    )
    count = 0
    with parquet.ParquetWriter(path, schema) as file:
        while batch := list(islice(flat, _BATCH)):
            file.write_table(arrow.Table.from_pylist(batch, schema=schema))
            count += len(batch)
    return count


def _pyarrow(path: Path) -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise UserMistake(
            f"{path}: writing Parquet needs pyarrow", hint="pip install 'evalsuite[datasets]'"
        ) from error


def _flat(record: Mapping[str, Json]) -> dict[str, Json]:
    return {name: _cell(value) for name, value in record.items()}


def _cell(value: Json) -> Json:
    if isinstance(value, dict) or (isinstance(value, list) and not _is_texts(value)):
        return json.dumps(value, ensure_ascii=False)
    return value


def _is_texts(value: Sequence[Json]) -> bool:
    return all(isinstance(part, str) for part in value)


def _column(arrow: Any, name: str, value: Json) -> Any:
    types: Mapping[type, Callable[[], Any]] = {
        str: arrow.string,
        bool: arrow.bool_,
        int: arrow.int64,
        float: arrow.float64,
        type(None): arrow.string,  # a certificate, where the first has none
        list: lambda: arrow.list_(arrow.string()),
    }
    if type(value) not in types:
        raise TypeError(f"`{name}` is no JSON value")
    return types[type(value)]()
