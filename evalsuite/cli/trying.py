"""`evalsuite prompts try`: two templates on the same instances, by a real model."""

from pathlib import Path
from typing import Annotated

import typer

from evalsuite import stops
from evalsuite.cli import _options, _preview
from evalsuite.cli._console import data, err
from evalsuite.cli._progress import asking
from evalsuite.cli._summary import conditioning_tables, leaderboard_table, summary
from evalsuite.errors import TemplateMistake, UserMistake
from evalsuite.plan import Options
from evalsuite.records import Settings, Slice, Suite


def try_(
    before: Annotated[str, typer.Argument(help="A template's name or file.")],
    after: Annotated[str, typer.Argument(help="Another one.")],
    model: Annotated[str, typer.Option("--model", "-m", help="The model that is asked.")],
    task: Annotated[
        str | None, typer.Option("--task", "-t", help="A task's name.  [default: the template's]")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Instances.")] = 50,
    shots: Annotated[str, typer.Option("--shots", "-k", help="Such as `0,4`.")] = "0",
    language: _options.Language = None,
    form: _options.Form = "auto",
    engine: Annotated[
        str | None, typer.Option("--engine", "-e", help="[default: vllm if installed]")
    ] = None,
    results: _options.Results = None,
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: _options.AsJson = False,
) -> None:
    """Ask a model the same instances with two templates, and compare them in pairs.

    It is a run like any other: the same command goes on where it stopped, and `evalsuite
    leaderboard` has its rows.

    **Example**

    `evalsuite prompts try entailment mine/en/terse.jinja --model gemma3-270m --limit 50`
    """
    task_folders, folders = _options.task_folders(tasks), _options.prompt_folders(prompts)
    pair = [_preview.template(one, language, folders) for one in (before, after)]
    if pair[0].path == pair[1].path:
        raise UserMistake(f"{pair[0].path}: the same template twice", hint="name another one")
    spoken = {one.language for one in pair}
    if len(spoken) > 1:
        raise TemplateMistake(
            f"{pair[1].path}: in `{pair[1].language}`, and the other in `{pair[0].language}`",
            hint="compare two of one language",
        )
    own = next((one for one in pair if one.task), pair[0])
    asked = _preview.task_of(own, task, task_folders)
    options = Options(
        suite=_suite(asked.name, (pair[0].name, pair[1].name), spoken.pop()),
        models=(model,),
        engine=engine,
        form=form,
        shots=_options.numbers(shots),
        limit=limit,
        settings=Settings(),
        results=_options.results(results),
        task_folders=task_folders,
        prompt_folders=(*_holding(before, after), *folders),
    )
    with asking(quiet=quiet or as_json) as heard:
        finished = stops.run(options, heard)
    if as_json:
        data(summary(finished, options.results))
        return
    leaderboard_table(finished.rows)
    if finished.conditioned is not None:
        conditioning_tables(finished.conditioned)
    err.print(f"the run: {finished.folder}", markup=False)


def _suite(task: str, templates: tuple[str, str], language: str) -> Suite:
    return Suite(
        name="try",
        path=Path("try"),
        about="two templates on the same instances",
        tasks=(task,),
        models=(),
        baselines=(),
        slices=(
            Slice(
                template=templates,
                language=(language,),
                form=("auto",),
                shots=(0,),
                description=(True,),
                labels=("gold",),
                shot_mode=("fixed",),
                shot_seeds=(0,),
            ),
        ),
        calibration=False,
    )


def _holding(*named: str) -> tuple[Path, ...]:
    """Return the folders of templates that hold those named by their files."""
    files = [Path(one).resolve() for one in named if _preview.is_path(one)]
    return tuple(
        dict.fromkeys(
            folder.parent
            for file in files
            for folder in file.parents
            if folder.name == _preview.language_of(file)
        )
    )
