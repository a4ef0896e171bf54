"""`evalsuite run`: ask the models, judge what they say, post the leaderboard."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any

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
from evalsuite.cli import _options
from evalsuite.cli._console import data, err, plain, warn
from evalsuite.cli._summary import (
    conditioning_tables,
    forecast_table,
    leaderboard_table,
    speed_table,
    summary,
)
from evalsuite.errors import UserMistake
from evalsuite.forecast import Prices
from evalsuite.plan import Options, Subject
from evalsuite.records import Json, Response, Settings


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


def run(
    suite: Annotated[
        str, typer.Argument(help="Which suite; see `evalsuite tasks list`.")
    ] = "quick",
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            help="A catalogue name, a Hugging Face folder or a hub id; may be repeated."
            "  [default: the suite's]",
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            "-e",
            help="`vllm`, `transformers`, `openai`, `ray`, `replay`, or a baseline."
            "  [default: vllm if installed]",
        ),
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option("--task", "-t", help="Only this task; may be repeated.")
    ] = None,
    shots: Annotated[
        str | None, typer.Option(help="Numbers of shots, such as `0,4`.  [default: the suite's]")
    ] = None,
    language: Annotated[str | None, typer.Option("--language", "-l", help="`en` or `pt`.")] = None,
    form: Annotated[
        str | None,
        typer.Option(
            help="A form's name (`evalsuite prompts list`), or `auto`: chat for instruction-tuned"
            " models, text for pretrained ones. Baselines are asked in text."
        ),
    ] = None,
    template: Annotated[
        list[str] | None,
        typer.Option(help="A template instead of the tasks' own; may be repeated."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Only the first n instances.")
    ] = None,
    max_tokens: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Most tokens of a generated answer, thinking included.  [default: the task's]",
        ),
    ] = None,
    samples: Annotated[
        int,
        typer.Option(
            min=1,
            max=1000,
            help="Answers to each question that is answered in writing; the verdict that most give"
            " counts.",
        ),
    ] = 1,
    temperature: Annotated[
        float, typer.Option(min=0, max=10, help="That answers are sampled at; 0: the likeliest.")
    ] = 0.0,
    baselines: Annotated[
        bool, typer.Option(help="Whether to run the suite's baselines too.")
    ] = True,
    proofs: Annotated[
        bool,
        typer.Option(
            "--proofs",
            help="Score each gold answer, proof included, too: metric `gold-perplexity`.",
        ),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Start anew; the earlier run is set aside.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The engine's seed; tasks have their own.")] = 0,
    dtype: Annotated[
        str, typer.Option(help="`auto`, `float32` or `bfloat16`.", show_default=True)
    ] = "auto",
    max_context: Annotated[
        int, typer.Option(min=16, help="Longest prompt and answer together, in tokens.")
    ] = 8192,
    engine_arg: Annotated[
        list[str] | None,
        typer.Option("--engine-arg", help="An engine's own setting, `name=value`; repeatable."),
    ] = None,
    base_url: Annotated[
        list[str] | None,
        typer.Option(
            "--base-url",
            help="Where `--engine openai` asks; repeatable, for several servers of one model."
            "  [default: $OPENAI_BASE_URL]",
        ),
    ] = None,
    recording: Annotated[
        Path | None, typer.Option(help="The run folder that `--engine replay` answers from.")
    ] = None,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan", help="Ask nothing: tell what would be asked, computed, taken and paid."
        ),
    ] = False,
    price_in: Annotated[
        float | None, typer.Option(min=0, help="For `--plan`: of a million prompt tokens.")
    ] = None,
    price_out: Annotated[
        float | None, typer.Option(min=0, help="For `--plan`: of a million generated tokens.")
    ] = None,
    price_hour: Annotated[
        float | None, typer.Option(min=0, help="For `--plan`: of an hour of this machine.")
    ] = None,
    results: _options.Results = None,
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: _options.AsJson = False,
) -> None:
    """Ask models the questions of a suite, judge the answers and write the leaderboard.

    The same command again goes on where it stopped: nothing that was answered is asked again.

    **Examples**

    `evalsuite run`

    `evalsuite run quick --language pt --shots 0,1,4`

    `evalsuite run quick --model ./my-model --engine transformers --limit 20`
    """
    options = Options(
        suite=suite,
        tasks=tuple(task or ()),
        models=tuple(model or ()),
        engine=engine,
        templates=tuple(template or ()),
        language=language,
        form=form,
        shots=numbers(shots),
        limit=limit,
        max_tokens=max_tokens,
        samples=samples,
        temperature=temperature,
        baselines=baselines,
        proofs=proofs,
        fresh=fresh,
        settings=Settings(
            seed=seed,
            dtype=dtype,
            max_context=max_context,
            arguments=arguments(engine_arg),
            servers=tuple(base_url or ()),
        ),
        recording=recording,
        results=_options.results(results),
        task_folders=_options.task_folders(tasks),
        prompt_folders=_options.prompt_folders(prompts),
    )
    if plan:
        with listener(quiet=quiet or as_json) as heard:
            prices = Prices(million_in=price_in, million_out=price_out, hour=price_hour)
            foreseen = stops.foresee(options, prices, heard)
        if as_json:
            data([asdict(one) for one in foreseen])
        else:
            forecast_table(foreseen)
        return
    with asking(quiet=quiet or as_json) as heard:
        finished = stops.run(options, heard)
    if as_json:
        data(summary(finished, options.results))
    else:
        leaderboard_table(finished.rows)
        speed_table(finished.speeds)
        if finished.conditioned is not None:
            conditioning_tables(finished.conditioned)
        for label, place in summary(finished, options.results)["files"].items():
            err.print(f"{label:>12}: {plain(place)}", markup=False)


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
        found[name] = _value(value)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
