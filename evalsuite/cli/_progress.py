"""Show how a run goes, on stderr."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from evalsuite import stops
from evalsuite.cli._console import err, plain, warn
from evalsuite.plan import Subject
from evalsuite.records import Response


class _Screen:
    """Show how a run goes, on stderr."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}
        self._tokens: dict[str, int] = {}
        self._since: dict[str, float] = {}  # its first response: before that, the engine starts

    def say(self, text: str) -> None:
        self._progress.console.print(escape(plain(text)), style="dim")

    def warn(self, text: str) -> None:
        warn(text)

    def begin(self, subject: Subject, total: int, done: int) -> None:
        self._progress.start()
        note = f", {done} answered before" if done else ""
        self._progress.console.print(
            f"[bold]{escape(plain(subject.name))}[/] by `{subject.engine}`: {total} questions{note}"
        )
        self._tokens[subject.name] = 0
        self._bars[subject.name] = self._progress.add_task(
            escape(plain(subject.name)), total=total, completed=done, speed="starting"
        )

    def step(self, subject: Subject, response: Response) -> None:
        since = self._since.setdefault(subject.name, time.monotonic())
        elapsed = time.monotonic() - since
        self._tokens[subject.name] += response.usage.prompt_tokens + response.usage.generated_tokens
        speed = f"{self._tokens[subject.name] / elapsed:,.0f} tokens/s" if elapsed > 1 else ""
        self._progress.update(self._bars[subject.name], advance=1, speed=speed)


class _Silence:
    """Show nothing but what the user must know."""

    def say(self, text: str) -> None:
        """Stay silent."""

    def warn(self, text: str) -> None:
        warn(text)

    def begin(self, subject: Subject, total: int, done: int) -> None:
        """Stay silent."""

    def step(self, subject: Subject, response: Response) -> None:
        """Stay silent."""


@contextmanager
def listener(*, quiet: bool) -> Iterator[stops.Listener]:
    """Show how a run goes, on stderr; where it is to be quiet, only what the user must know."""
    if quiet:
        yield _Silence()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=err, transient=False)
    try:
        yield _Screen(progress)
    finally:
        if progress.live.is_started:
            progress.stop()


@contextmanager
def asking(*, quiet: bool) -> Iterator[stops.Listener]:
    """Show how a run goes, and end the command where someone presses Ctrl-C."""
    try:
        with listener(quiet=quiet) as heard:
            yield heard
    except KeyboardInterrupt:
        err.print("\ninterrupted: what was answered is kept; the same command goes on from there")
        raise typer.Exit(130) from None
