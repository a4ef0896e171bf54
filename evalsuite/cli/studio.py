"""`evalsuite prompts studio`: write a template and see at once what models are sent."""

from typing import Annotated

import typer

from evalsuite import models, prompts
from evalsuite import tasks as files
from evalsuite.cli import _options
from evalsuite.cli._console import err, plain, text


def studio(
    template: Annotated[
        str | None, typer.Argument(help="A template's name.  [default: the task's]")
    ] = None,
    task: Annotated[str, typer.Option("--task", "-t", help="A task's name.")] = "entailment",
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Show its tokens, and how it scores the choices."),
    ] = None,
    language: Annotated[str, typer.Option("--language", "-l")] = "en",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")
    ] = 0,
    tasks: _options.TaskFolders = None,
    prompts_: _options.PromptFolders = None,
) -> None:
    """Open a page on this machine that shows a template as models get it, live.

    It shows the source, the prompt under the conditions you choose, what is wrong with it and,
    with a model, the score of each choice. Templates in folders of yours (`--prompts`) can be
    changed there. The printed address works on this machine only, until Ctrl-C.

    **Example**

    `evalsuite prompts studio terse --task entailment --prompts mine`
    """
    # A web server, which no other command needs.
    from evalsuite.studio.records import Setting  # noqa: PLC0415
    from evalsuite.studio.server import serve  # noqa: PLC0415

    loaded = files.task(task, _options.task_folders(tasks))
    folders = _options.prompt_folders(prompts_)
    name = template or loaded.template
    prompts.place(name, language, folders)
    ready = models.ready(model) if model else None
    if ready is not None:
        err.print(f"loading `{plain(ready.name)}`", markup=False)
    setting = Setting(
        task=loaded,
        template=name,
        language=language,
        folders=folders,
        own=tuple(prompts_ or ()),
        model=ready,
    )
    serve(setting, port, _tell)


def _tell(address: str) -> None:
    text(address)
    err.print("open it in a browser on this machine; Ctrl-C ends it")
