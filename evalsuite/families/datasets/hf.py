"""A data set of the Hugging Face hub, or one saved in a folder, read as any file is.

    dataset: lucasmccabe/logiqa     an id of the hub: a split, by the package `datasets`,
                                    or, where `file` is given, files of it, as `jsonl` reads them
    dataset: saved/logiqa           a folder: what `save_to_disk` wrote, or Parquet files

A folder is looked up as `jsonl` looks up a file.
"""

import glob
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from evalsuite.errors import DataAbsent, TaskMistake
from evalsuite.families.datasets import _files, _reading
from evalsuite.families.datasets._files import Located, Source
from evalsuite.families.datasets._mapping import FieldMapping
from evalsuite.families.datasets._reading import LIMIT_BYTES, LIMIT_RECORDS, Asked
from evalsuite.records import Item

LABELS: Final = None

_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_SAVED = ("dataset_dict.json", "dataset_info.json", "state.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Which data set, and how its records are read."""

    dataset: str = ""
    config: str | None = None
    split: str = "test"
    revision: str | None = None  # a commit, a branch or a tag; without it, what is there that day
    file: str | None = None  # of the hub: a file instead of a split, or a pattern
    records: str = ""  # of such a JSON document: where its list is
    mapping: FieldMapping = field(default_factory=lambda: FieldMapping(choices_field="choices"))
    limit_bytes: int = LIMIT_BYTES
    limit_records: int = LIMIT_RECORDS

    def __post_init__(self) -> None:
        """Refuse limits that let nothing through."""
        if self.limit_bytes < 1 or self.limit_records < 1:
            raise ValueError("`limit_bytes` and `limit_records` are at least 1")


def items(params: Params, folder: Path) -> Iterator[Item]:
    """Yield the set's items in their order.

    Raises:
        TaskMistake: it cannot be had, or has records that do not fit: all of them, by row.

    """
    yield from _reading.items(_sources(params, folder), params.mapping, params.limit_records)


def decide(problem: Asked) -> tuple[int, ...]:  # noqa: ARG001
    """Return nothing: the answer is the set's own."""
    return ()


def canonical(problem: Asked) -> str:
    """Return a text that two questions share iff they have the same words."""
    return _reading.canonical(problem)


def show(problem: Asked) -> str:
    """Write a question on one line, for messages."""
    return _reading.show(problem)


def certificate(params: Params, problem: Asked) -> None:
    """Return nothing: the set has an answer, and nothing that certifies it."""


def _sources(params: Params, folder: Path) -> tuple[Source, ...]:
    for place in _files.data_folders(folder):
        local = place / params.dataset
        try:
            is_there = params.dataset != "" and local.is_dir()
        except (OSError, ValueError) as error:
            raise TaskMistake(f"{local}: cannot be looked up: {error}") from error
        if is_there:
            return _local(params, local)
    if not _ID.fullmatch(params.dataset):
        raise TaskMistake(
            f"`{params.dataset}` is neither a folder nor an id of the hub",
            hint=f"folders are looked up beside the task's file and in `{_files.VARIABLE}`",
        )
    if params.file is not None:
        return _files_of_hub(params, params.file)
    loaded = _loaded(
        params,
        lambda hub: hub.load_dataset(
            params.dataset, params.config, split=params.split, revision=params.revision
        ),
    )
    return (_rows(params, loaded),)


def _local(params: Params, folder: Path) -> tuple[Source, ...]:
    if any((folder / name).is_file() for name in _SAVED):
        loaded = _loaded(params, lambda hub: hub.load_from_disk(str(folder)))
        if hasattr(loaded, "keys"):  # the splits of a set
            if params.split not in loaded:
                raise _no_split(params, folder, loaded)
            loaded = loaded[params.split]
        return (_rows(params, loaded),)
    found = sorted(folder.rglob("*.parquet"))
    inside = [folder / params.config] if params.config else []
    mine = [
        path
        for path in found
        if re.match(rf"{re.escape(params.split)}\b", path.name) or path.parent.name == params.split
        if all(one in path.parents for one in inside)
    ]
    if not mine:
        raise _no_split(params, folder, [str(path.relative_to(folder)) for path in found])
    return _files.sources(mine, "", params.limit_bytes)


def _no_split(params: Params, folder: Path, there: Iterable[str]) -> TaskMistake:
    config = f" of the config `{params.config}`" if params.config else ""
    return TaskMistake(
        f"{folder}: no split `{params.split}`{config}",
        hint=f"there are {', '.join(f'`{one}`' for one in list(there)[:20]) or 'none'}",
    )


def _files_of_hub(params: Params, pattern: str) -> tuple[Source, ...]:
    hub = import_module("huggingface_hub")
    with _had(params):
        snapshot = hub.snapshot_download(
            params.dataset,
            repo_type="dataset",
            revision=params.revision,
            allow_patterns=[glob.escape(pattern).replace("[*]", "*")],
        )
    paths = sorted(Path(snapshot).glob(glob.escape(pattern).replace("[*]", "*")))
    if not paths:
        raise TaskMistake(f"{params.dataset}: no file `{pattern}`")
    return _files.sources(paths, params.records, params.limit_bytes)


def _loaded(params: Params, load: Callable[[Any], Any]) -> Any:
    try:
        hub = import_module("datasets")
    except ImportError as error:
        raise DataAbsent(
            f"{params.dataset}: reading it needs the package `datasets`",
            hint="pip install 'evalsuite[datasets]'",
        ) from error
    with _had(params):
        return load(hub)


@contextmanager
def _had(params: Params) -> Iterator[None]:
    """Turn what the hub's packages raise (of many types) into a mistake with a hint."""
    try:
        yield
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)[:300]
        raise DataAbsent(
            f"{params.dataset}: cannot be had: {reason}",
            hint="without a network: save it elsewhere with `save_to_disk`, and name the folder",
        ) from error


def _rows(params: Params, loaded: Any) -> Source:
    parts = [params.dataset, params.config, params.split]
    return Source(
        name="/".join(part for part in parts if part),
        read=lambda: _numbered(loaded),
    )


def _numbered(rows: Iterable[Any]) -> Iterator[Located]:
    """Number the rows from 1, as lines are."""
    yield from enumerate(rows, 1)
