"""`evalsuite prompts`: which templates there are, and what a model is really sent."""

from typing import Annotated

import typer

from evalsuite import tasks as files
from evalsuite import templates
from evalsuite.cli import _options, _preview, authoring, studio, trying
from evalsuite.cli._console import data, table, text

app = typer.Typer(
    no_args_is_help=True, help="Prompt templates: write, preview, check and compare them."
)


@app.command("list")
def list_(prompts: _options.PromptFolders = None, as_json: _options.AsJson = False) -> None:
    """List the templates and the forms of each language."""
    folders = _options.prompt_folders(prompts)
    found = [
        loaded
        for language in templates.languages(folders)
        for loaded in (
            *(
                ("template", templates.template(name, language, folders))
                for name in templates.template_names(language, folders)
            ),
            *(
                ("form", templates.form(name, language, folders))
                for name in templates.form_names(language, folders)
            ),
        )
    ]
    rows = [(one.language, kind, one.name, one.about) for kind, one in found]
    columns = ("language", "kind", "name", "about")
    if as_json:
        data([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        table(columns, rows)


@app.command()
def show(
    task: Annotated[str, typer.Argument(help="A task's name.")],
    template: Annotated[
        str | None, typer.Option(help="A template's name or file.  [default: the task's]")
    ] = None,
    language: _options.Language = None,
    form: _options.Form = "auto",
    shots: _options.Shots = 0,
    index: _options.Index = 0,
    model: _options.ModelOption = None,
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
) -> None:
    """Print one prompt exactly as it is sent, and on stderr the answers that may follow it.

    **Example**

    `evalsuite prompts show entailment --shots 2 --language pt`
    """
    loaded = files.task(task, _options.task_folders(tasks))
    folders = _options.prompt_folders(prompts)
    ((_, seen),) = _preview.seen(
        loaded,
        [_preview.template(template or loaded.template, language, folders)],
        _preview.Wanted(form=form, shots=shots, model=model, index=index),
        folders,
    )
    text(seen.text)
    _preview.say_answers(seen)
    if seen.tokens is not None:
        _preview.say(f"{seen.tokens} tokens")


app.command("new")(authoring.new)
app.command("preview")(authoring.preview)
app.command("check")(authoring.check)
app.command("diff")(authoring.diff)
app.command("try")(trying.try_)
app.command("studio")(studio.studio)
