"""`evalsuite run`: ask the models, judge what they say, post the leaderboard."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evalsuite import stops
from evalsuite.cli import _completion, _options
from evalsuite.cli._console import data, err, plain
from evalsuite.cli._progress import asking, listener
from evalsuite.cli._summary import (
    conditioning_tables,
    forecast_table,
    leaderboard_table,
    speed_table,
    summary,
)
from evalsuite.forecast import Prices
from evalsuite.plan import Options
from evalsuite.records import Settings


def run(
    suite: Annotated[
        str,
        typer.Argument(
            help="Which suite; see `evalsuite tasks list`.", autocompletion=_completion.suite_names
        ),
    ] = "quick",
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            help="A catalogue name, a Hugging Face folder or a hub id; may be repeated."
            "  [default: the suite's]",
            autocompletion=_completion.model_names,
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            "--engine",
            "-e",
            help="`vllm`, `transformers`, `openai`, `ray`, `replay`, or a baseline."
            "  [default: vllm if installed]",
            autocompletion=_completion.engine_names,
        ),
    ] = None,
    task: _options.OnlyTasks = None,
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
        shots=_options.numbers(shots),
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
            arguments=_options.arguments(engine_arg),
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
