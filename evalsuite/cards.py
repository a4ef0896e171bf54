"""A data card for each family, from its modules, its tasks and what `tasks check` found."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from inspect import getdoc
from pathlib import Path
from types import ModuleType
from typing import Any

from evalsuite import checking, families, names, tasks
from evalsuite.families import draws, family
from evalsuite.records import Task

_ANSWERS = {
    "choices": "choices, by log-likelihood",
    "generate": "a verdict, generated",
    "certificate": "a verdict with its certificate, generated",
}
_LICENCE = (
    "drawn by evalsuite, under its licence (Apache-2.0); a fixed set that is read from a file keeps"
    " its own"
)


def cards(folders: Sequence[Path]) -> str:
    """Return the data cards of all families as Markdown.

    Raises:
        TaskMistake: a task cannot be used.

    """
    by_family: dict[str, list[Task]] = {}
    for name in tasks.task_names(folders):
        task = tasks.task(name, folders)
        by_family.setdefault(checking.family_name(task.family), []).append(task)
    parts = ["# Data cards\n", "Written by `evalsuite tasks cards`; do not edit.\n"]
    parts += (_card(name, found) for name, found in sorted(by_family.items()))
    return "\n".join(parts)


def baselines(checked: Iterable[checking.TaskReport]) -> str:
    """Return what each trivial baseline reaches on each task, as a Markdown table."""
    rows = [one for one in checked if one.baselines]
    columns = [result.baseline for result in rows[0].baselines] if rows else []
    lines = [
        "| task | n | chance | " + " | ".join(columns) + " |",
        "|---|---:|---:|" + "---:|" * len(columns),
    ]
    for one in rows:
        shares = (
            f"{result.right / result.n:.3f}{'*' if result.baseline in one.decided_by else ''}"
            for result in one.baselines
        )
        lines.append(f"| {one.task} | {one.size} | {1 / one.choices:.3f} | {' | '.join(shares)} |")
    return "\n".join(lines) + "\n"


def _card(name: str, found: Sequence[Task]) -> str:
    kinds = sorted({task.family for task in found})
    package = sys.modules[_module(kinds[0]).__name__.rpartition(".")[0]]
    parts = [f"## {name}\n", f"{getdoc(package)}\n", f"Licence: {_LICENCE}.\n"]
    parts += (_kind(kind, [task for task in found if task.family == kind]) for kind in kinds)
    return "\n".join(parts)


def _kind(kind: str, found: Sequence[Task]) -> str:
    module = _module(kind)
    loaded = family(kind)
    labels = loaded.LABELS
    parts = [f"### {kind}\n", f"{getdoc(module)}\n"]
    if labels is not None and len(labels) > 1:
        parts.append(f"Labels: {', '.join(f'`{label}`' for label in labels)}.\n")
    parts.append(f"{getdoc(loaded.Params)}\n")
    parts.append("| task | asks for | rungs | instances | parameters |\n|---|---|---|---:|---|")
    parts += (_row(task) for task in found)
    return "\n".join(parts) + "\n"


def _row(task: Task) -> str:
    kind = family(task.family)
    rungs = ", ".join(map(str, kind.rungs(task.params))) if draws(kind) else "as in the set"
    size = str(task.size) if draws(kind) else f"up to {task.size}"
    return f"| `{task.name}` | {_ANSWERS[task.answer]} | {rungs} | {size} | {_params(task)} |"


def _params(task: Task) -> str:
    params: Any = task.params
    values: Mapping[str, object] = {one.name: getattr(params, one.name) for one in fields(params)}
    kept = {name: value for name, value in values.items() if value not in (None, "", (), {})}
    return ", ".join(f"`{name}` {_plain(value)}" for name, value in kept.items())


def _plain(value: object) -> str:
    text = str(value).replace("|", "\\|").replace("\n", " ")
    return text if len(text) <= 60 else f"{text[:57]}…"  # noqa: PLR2004


def _module(kind: str) -> ModuleType:
    found: ModuleType = names.module(families, "family", kind)
    return found
