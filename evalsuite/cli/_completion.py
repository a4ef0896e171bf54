"""What a shell completes: names of files and folders, and nothing that takes time to find.

A completion may not fail, nor say anything: where something cannot be read, it knows no names.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import typer

from evalsuite import catalogue, engines, names, paths, tasks

_Names: TypeAlias = Callable[[typer.Context, str], list[str]]


def _quiet(known: Callable[[typer.Context], Iterable[str]]) -> _Names:
    """Give what is known and begins as was written; nothing where it cannot be found out."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        try:
            return sorted({one for one in known(ctx) if one.startswith(incomplete)})
        except Exception:  # noqa: BLE001 - it would stand in the middle of what is being written
            return []

    return complete


def _given(ctx: typer.Context, name: str) -> Iterator[Path]:
    value: Any = ctx.params.get(name)
    yield from map(Path, value if isinstance(value, list | tuple) else [value] if value else [])


@_quiet
def task_names(ctx: typer.Context) -> Iterable[str]:
    """Return the names of the tasks."""
    return tasks.task_names((*_given(ctx, "tasks"), paths.shipped("tasks")))


@_quiet
def suite_names(ctx: typer.Context) -> Iterable[str]:
    """Return the names of the suites."""
    return tasks.suite_names((*_given(ctx, "tasks"), paths.shipped("tasks")))


@_quiet
def model_names(_ctx: typer.Context) -> Iterable[str]:
    """Return the names of the catalogue's models; of others the shell knows the folders."""
    return (one.name for one in catalogue.CATALOGUE)


@_quiet
def engine_names(_ctx: typer.Context) -> Iterable[str]:
    """Return the names of the engines, of which none is imported."""
    return names.module_names(engines)


@_quiet
def run_names(ctx: typer.Context) -> Iterable[str]:
    """Return the names of the stored runs."""
    home = next(_given(ctx, "results"), paths.results())
    return (one.name for one in paths.runs(home).iterdir() if one.is_dir())
