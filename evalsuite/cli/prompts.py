"""`evalsuite prompts`: which templates there are, and what a model is really sent."""

from typing import Annotated

import typer

from evalsuite import instances, models
from evalsuite import prompts as templates
from evalsuite import shots as examples
from evalsuite import tasks as files
from evalsuite.cli import _options
from evalsuite.cli._console import data, err, plain, table, text
from evalsuite.plan import form_of
from evalsuite.records import Condition

app = typer.Typer(no_args_is_help=True, help="Prompt templates: list them, show their prompts.")


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
        str | None, typer.Option(help="A template's name.  [default: the task's]")
    ] = None,
    language: Annotated[str, typer.Option("--language", "-l")] = "en",
    form: Annotated[str, typer.Option(help="A form's name, or `auto`.")] = "auto",
    shots: Annotated[int, typer.Option("--shots", "-k", min=0)] = 0,
    index: Annotated[int, typer.Option("--index", "-i", min=0, help="Which instance.")] = 0,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="For its chat template and its tokens.")
    ] = None,
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
) -> None:
    """Print one prompt exactly as it is sent, and on stderr the answers that may follow it.

    **Example**

    `evalsuite prompts show entailment --shots 2 --language pt`
    """
    loaded = files.task(task, _options.task_folders(tasks))
    folders = _options.prompt_folders(prompts)
    chosen = templates.template(template or loaded.template, language, folders)
    if index >= loaded.size:
        raise typer.BadParameter(
            f"`{task}` has {loaded.size} instances, numbered from 0", param_hint="--index"
        )
    instance = instances.questions(loaded, index + 1)[index]
    templates.check(chosen, instance)
    ready = models.ready(model) if model else None
    auto = form == "auto"
    layout = templates.Layout(
        template=chosen,
        # A baseline has no form of its own, but what was asked for is shown.
        form=templates.form(form_of(form, ready) if auto or ready else form, language, folders),
        description=True,
        tokenizer=models.tokenizer(ready) if ready else None,
        room=ready.context_length if ready else None,
        answer_tokens=0,
        certified=loaded.answer == "certificate",
    )
    condition = Condition(
        template=chosen.name,
        language=language,
        form=layout.form.name,
        k=shots,
        description=True,
        labels="gold",
        shot_mode="fixed",
        shot_seed=0,
    )
    pool = instances.pool(loaded) if shots else ()
    worked = examples.shots(loaded, pool, condition, instance.id)
    rendered = templates.render(layout, instance, worked)
    text(rendered.prompt.text)
    for position, choice in enumerate(rendered.choices):
        mark = " (gold)" if position == instance.gold else ""
        tokens = "" if choice.token_ids is None else f", {len(choice.token_ids)} tokens"
        err.print(plain(f"answer {choice.text!r}{tokens}{mark}"), markup=False)
    if rendered.prompt.token_ids is not None:
        err.print(f"{len(rendered.prompt.token_ids)} tokens")
