"""What a notebook or a script calls: `from evalsuite import run, load_run`."""

import warnings
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias, TypedDict, Unpack

from evalsuite import paths
from evalsuite.errors import UnknownName
from evalsuite.loaded import LoadedRun, folder_of, load
from evalsuite.plan import Options, Subject
from evalsuite.records import Response, Settings, Suite
from evalsuite.stops import Listener
from evalsuite.stops import run as _run

Names: TypeAlias = str | Iterable[str]
Folders: TypeAlias = str | Path | Iterable[str | Path]


class RunOptions(TypedDict, total=False):
    """What may be asked of a run, as `evalsuite run` has it; left out: what the suite says."""

    tasks: Names
    models: Folders
    engine: str | None
    templates: Names
    language: str | None
    form: str | None
    shots: int | Iterable[int]
    limit: int | None
    max_tokens: int | None
    samples: int
    temperature: float
    baselines: bool
    proofs: bool
    fresh: bool
    settings: Settings
    recording: str | Path | None
    results: str | Path
    task_folders: Folders
    prompt_folders: Folders


def run(
    suite: str | Suite | Options = "quick",
    listener: Listener | None = None,
    **options: Unpack[RunOptions],
) -> LoadedRun:
    """Do what `evalsuite run` does, and return the run.

    What was answered before is not asked again. `listener` hears how it goes; without one, only
    warnings are heard, as Python's own.

    Raises:
        UserMistake: something cannot be used as it is; nothing was asked.
        EngineFailure: an engine stopped; what finished is kept.
        CheckFailed: a check did not hold, such as that the weights are as they were.
        TypeError: options are given twice.

    """
    if isinstance(suite, Options):
        if options:
            raise TypeError("run: options stand in the `Options` already")
        made = suite
    else:
        made = _options(suite, options)
    return load(_run(made, listener or _Quiet()).folder)


def load_run(run: str | Path, results: str | Path | None = None) -> LoadedRun:
    """Read a stored run: its folder, or its name in the results folder, and judge it anew.

    Raises:
        UnknownName: there is no such run.
        RunMistake: the folder holds no run that can be read.

    """
    return load(folder_of(str(run), paths.results() if results is None else Path(results)))


def _options(suite: str | Suite, given: RunOptions) -> Options:
    for name in given:
        if name not in RunOptions.__optional_keys__:
            raise UnknownName("option", name, RunOptions.__optional_keys__)
    whole: dict[str, Any] = {
        "settings": Settings(),
        "results": paths.results(),
        "task_folders": (),
        "prompt_folders": (),
        **given,
    }
    made = Options(suite=suite, **whole)
    return replace(
        made,
        task_folders=(*made.task_folders, paths.shipped("tasks")),
        prompt_folders=(*made.prompt_folders, paths.shipped("prompts")),
    )


class _Quiet:
    """Hear nothing but warnings."""

    def say(self, text: str) -> None:
        """Stay silent."""

    def warn(self, text: str) -> None:
        """Warn as Python does."""
        warnings.warn(text, stacklevel=2)

    def begin(self, subject: Subject, total: int, done: int) -> None:
        """Stay silent."""

    def step(self, subject: Subject, response: Response) -> None:
        """Stay silent."""
