"""Options that several commands share."""

import json
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from evalsuite import paths
from evalsuite.cli import _completion
from evalsuite.errors import UserMistake
from evalsuite.records import Json

Results: TypeAlias = Annotated[
    Path | None,
    typer.Option("--results", help="The results folder.  [default: ./results]", show_default=False),
]
TaskFolders: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option("--tasks", help="A folder of your own tasks and suites, looked at first."),
]
PromptFolders: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option("--prompts", help="A folder of your own templates, looked at first."),
]
Language: TypeAlias = Annotated[
    str | None,
    typer.Option("--language", "-l", help="`en` or `pt`.  [default: the file's folder, or `en`]"),
]
Form: TypeAlias = Annotated[str, typer.Option(help="A form's name, or `auto`.")]
Shots: TypeAlias = Annotated[int, typer.Option("--shots", "-k", min=0)]
Index: TypeAlias = Annotated[int, typer.Option("--index", "-i", min=0, help="Which instance.")]
ModelOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        help="For its chat template and its tokens.",
        autocompletion=_completion.model_names,
    ),
]
Run: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="A run's name or folder; see `results/runs/`.", autocompletion=_completion.run_names
    ),
]
Runs: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[RUN]…",
        help="Runs, by name or folder.  [default: all]",
        autocompletion=_completion.run_names,
    ),
]
OnlyTasks: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--task",
        "-t",
        help="Only this task; may be repeated.",
        autocompletion=_completion.task_names,
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON on stdout.")]


def results(given: Path | None) -> Path:
    """Return the results folder."""
    return paths.results() if given is None else given


def task_folders(given: list[Path] | None) -> tuple[Path, ...]:
    """Return the folders that tasks are looked for in."""
    return _folders(given, "--tasks", "tasks")


def prompt_folders(given: list[Path] | None) -> tuple[Path, ...]:
    """Return the folders that templates are looked for in."""
    return _folders(given, "--prompts", "prompts")


def _folders(given: list[Path] | None, option: str, shipped: str) -> tuple[Path, ...]:
    for folder in given or ():
        if not folder.is_dir():
            raise typer.BadParameter(f"`{folder}` is no folder", param_hint=option)
    return (*(given or ()), paths.shipped(shipped))


def numbers(given: str | None) -> tuple[int, ...]:
    """Read numbers of shots with commas between them."""
    if given is None:
        return ()
    try:
        numbers = tuple(int(part) for part in given.split(","))
    except ValueError:
        numbers = (-1,)
    if min(numbers) < 0:
        raise UserMistake(f"--shots: `{given}`", hint="numbers with commas, such as `0,4`")
    return numbers


def arguments(given: list[str] | None) -> dict[str, Json]:
    """Read an engine's settings, `name=value` each."""
    found: dict[str, Json] = {}
    for one in given or ():
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            # Not all of it: somebody may have tried to hand over a key.
            begin = "".join(takewhile(lambda letter: letter.isalnum() or letter in "-_", one))
            raise UserMistake(f"--engine-arg: `{begin[:20]}`", hint="write `name=value`")
        found[name] = value_of(value)
    return found


def value_of(text: str) -> Any:
    """Return what a word says as JSON, or the word."""
    try:
        return json.loads(text)
    except ValueError:
        return text
