"""`evalsuite export`: tasks for other harnesses."""

from pathlib import Path
from typing import Annotated

import typer

from evalsuite.cli import _options
from evalsuite.cli._console import err, plain, text, warn
from evalsuite.interop import to_lm_eval
from evalsuite.records import ShotMode

app = typer.Typer(no_args_is_help=True, help="Tasks as other harnesses read them.")


@app.callback()
def _export() -> None:
    """Keep the name of the other harness a word of the command."""


@app.command("lm-eval")
def lm_eval(
    task: Annotated[list[str], typer.Argument(help="A task's name; several may be named.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write.")],
    shots: Annotated[str, typer.Option("--shots", "-k", help="Numbers of shots: `0,4`.")] = "0",
    model: _options.ModelOption = None,
    language: Annotated[str, typer.Option("--language", "-l", help="`en` or `pt`.")] = "en",
    form: _options.Form = "auto",
    template: Annotated[
        str | None, typer.Option(help="A template instead of the tasks' own.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Only the first n instances.")
    ] = None,
    shot_mode: Annotated[
        ShotMode, typer.Option(help="The same shots for all instances, or for each its own.")
    ] = "fixed",
    shot_seed: Annotated[int, typer.Option(min=0, help="What the shots are drawn with.")] = 0,
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
) -> None:
    """Write tasks that lm-evaluation-harness runs as they are, with the prompts of a run.

    **Example**

    `evalsuite export lm-eval entailment --shots 0,4 --model gemma3-270m --out exported`

    `lm_eval run --include_path exported --tasks evalsuite --model hf --model_args pretrained=…`
    """
    wanted = to_lm_eval.Wanted(
        tasks=tuple(dict.fromkeys(task)),
        shots=_options.numbers(shots),
        model=model,
        language=language,
        form=form,
        template=template,
        limit=limit,
        shot_mode=shot_mode,
        shot_seed=shot_seed,
        task_folders=_options.task_folders(tasks),
        prompt_folders=_options.prompt_folders(prompts),
    )
    for one in to_lm_eval.export(wanted, out, lambda said: err.print(plain(said), markup=False)):
        text(one.name)
        if one.too_long:
            warn(f"`{one.name}`: {one.too_long} prompts are too long for the model: left out")
    err.print(
        plain(f"next: lm_eval run --include_path {out} --tasks evalsuite --log_samples …"),
        markup=False,
    )
