"""`evalsuite prompts studio`: write a template and see at once what models are sent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from evalsuite import models, templates
from evalsuite import tasks as files
from evalsuite.cli import _options, _preview
from evalsuite.cli._console import err, plain, text
from evalsuite.errors import UserMistake
from evalsuite.records import Task

_DEFAULT = "en"


def studio(
    template: Annotated[
        str | None, typer.Argument(help="A template's name.  [default: the task's]")
    ] = None,
    task: Annotated[
        str | None, typer.Option("--task", "-t", help="A task's name.  [default: the template's]")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Show its tokens, and how it scores the choices."),
    ] = None,
    language: Annotated[str, typer.Option("--language", "-l", help="`en` or `pt`.")] = _DEFAULT,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: one that is free.")] = 0,
    tasks: _options.TaskFolders = None,
    prompts_: _options.PromptFolders = None,
) -> None:
    """Open a page on this machine that shows a template as models get it, live.

    It shows the source, the prompt under the conditions that you choose there, what is wrong with
    the template and, with a model, the score of each choice. What lies in folders of yours
    (`--prompts`) can be changed there. The address works on this machine only, until Ctrl-C.

    **Example**

    `evalsuite prompts studio terse --task entailment --prompts mine`
    """
    # A web server, which no other command needs.
    from evalsuite.studio.records import Setting  # noqa: PLC0415
    from evalsuite.studio.server import serve  # noqa: PLC0415

    folders = _options.prompt_folders(prompts_)
    asked = _task(template, task, language, folders, _options.task_folders(tasks))
    name = template or asked.template
    templates.place(name, language, folders)  # a template that cannot be used is mended in the page
    ready = models.ready(model) if model else None
    if ready is not None:
        err.print(plain(f"loading `{ready.name}`"), markup=False)
    setting = Setting(
        task=asked,
        template=name,
        language=language,
        folders=folders,
        own=tuple(prompts_ or ()),
        model=ready,
    )
    try:
        serve(setting, port, _tell)
    except KeyboardInterrupt:  # before it served
        raise typer.Exit(130) from None


def _task(
    template: str | None,
    task: str | None,
    language: str,
    folders: Sequence[Path],
    task_folders: Sequence[Path],
) -> Task:
    if task is not None:
        return files.task(task, task_folders)
    if template is None:
        raise UserMistake("neither a template nor a task is named", hint="name one: `--task`")
    chosen = templates.template(template, language, folders)
    return _preview.task_of(chosen, None, task_folders)


def _tell(address: str) -> None:
    text(address)
    err.print("open it in a browser on this machine; Ctrl-C ends it")
