"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from evalsuite import paths

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
    str | None, typer.Option("--model", "-m", help="For its chat template and its tokens.")
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
