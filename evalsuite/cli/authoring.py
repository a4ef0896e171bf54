"""`evalsuite prompts new`, `preview`, `check` and `diff`: what an author of templates needs."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from evalsuite import authoring, defects, models, templates, tokenizing
from evalsuite import prompts as rendering
from evalsuite import tasks as files
from evalsuite.authoring import Preview
from evalsuite.cli import _options, _preview
from evalsuite.cli._console import asked, data, plain
from evalsuite.defects import Finding
from evalsuite.errors import CheckFailed, DataAbsent, TemplateMistake, UnknownName, UserMistake
from evalsuite.prompts import Tokenizer
from evalsuite.records import Labels, Task
from evalsuite.templates import Template

_TaskName = Annotated[
    str | None, typer.Option("--task", "-t", help="A task's name.  [default: the template's]")
]
_Described = Annotated[bool, typer.Option("--description/--no-description")]
_SEVERITIES = {"error": "bold red", "note": "bold yellow"}
_DIFF = {"+": "green", "-": "red", "@": "cyan"}


def new(
    name: Annotated[str, typer.Argument(help="The new template's name.")],
    task: Annotated[str, typer.Option("--task", "-t", help="The task that it asks.")],
    prompts: Annotated[Path, typer.Option(help="Your own folder of templates.")] = Path("prompts"),
    language: Annotated[str, typer.Option("--language", "-l", help="`en` or `pt`.")] = "en",
    base: Annotated[
        str | None,
        typer.Option("--from", help="The template to begin with.  [default: the task's]"),
    ] = None,
    about: Annotated[str | None, typer.Option(help="What it asks, in a line.")] = None,
    description: Annotated[str | None, typer.Option(help="What the task is, said once.")] = None,
    question: Annotated[str | None, typer.Option(help="The last line of the query.")] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="How a choice is answered: `follows=yes`.")
    ] = None,
    tasks: _options.TaskFolders = None,
) -> None:
    """Write a template that works into a folder of your own, asking for what no option says.

    **Example**

    `evalsuite prompts new terse --task entailment --question "Does it follow?"`
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,80}", name):
        raise TemplateMistake(
            f"`{name}` is no name of a template",
            hint="small letters, digits and `-`, such as `my-template`",
        )
    path = prompts / language / f"{name}.jinja"
    if path.exists():
        raise TemplateMistake(f"{path}: there is such a file", hint="choose another name")
    loaded = files.task(task, _options.task_folders(tasks))
    folders = _options.prompt_folders([prompts] if prompts.is_dir() else None)
    begun = _preview.template(base or loaded.template, language, folders)
    one = authoring.instance(loaded, 0)
    labels = dict(_label(given) for given in label or ())
    written = authoring.written(
        begun,
        one,
        task=loaded.name,
        about=about or asked("What it asks, in a line", begun.about),
        description=description or asked("What the task is (nothing: as there)", "") or None,
        question=question or asked("The query's last line (nothing: as there)", "") or None,
        labels=labels,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written, encoding="utf-8")
    except OSError as error:
        raise TemplateMistake(f"{path}: cannot be written: {error.strerror}") from error
    try:
        rendering.check(templates.opened(path, language), one)
    except UserMistake:
        path.unlink()  # a file that cannot be used is not left behind
        raise
    own = "".join(f" --tasks {folder}" for folder in tasks or ())
    typer.echo(plain(str(path)))
    _preview.say(f"next: evalsuite prompts preview {path} --shots 2{own}")


def _label(given: str) -> tuple[str, str]:
    choice, equals, text = given.partition("=")
    if not equals or not text.strip():
        raise typer.BadParameter(f"`{given}` is not `choice=text`", param_hint="--label")
    return choice, text


def preview(
    template: Annotated[str, typer.Argument(help="A template's name or file.")],
    task: _TaskName = None,
    language: _options.Language = None,
    form: _options.Form = "auto",
    shots: _options.Shots = 0,
    labels: Annotated[Labels, typer.Option(help="Of the shots.")] = "gold",
    description: _Described = True,
    index: _options.Index = 0,
    model: _options.ModelOption = None,
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
    as_json: _options.AsJson = False,
) -> None:
    """Show a prompt part by part, as the model sees it: special tokens, counts, context left.

    **Example**

    `evalsuite prompts preview entailment --shots 2 --model gemma3-270m`
    """
    folders = _options.prompt_folders(prompts)
    chosen = _preview.template(template, language, folders)
    asked = _preview.task_of(chosen, task, _options.task_folders(tasks))
    wanted = _preview.Wanted(
        form=form, shots=shots, labels=labels, description=description, model=model, index=index
    )
    ((laid_out, seen),) = _preview.seen(asked, [chosen], wanted, folders)
    if as_json:
        facts = {"template": str(chosen.path), "task": asked.name, "form": laid_out.name}
        data({**facts, "language": chosen.language, "model": model, **asdict(seen)})
        return
    _preview.coloured(seen)
    _preview.say_counts(seen)
    _preview.say_answers(seen)


def check(
    template: Annotated[
        list[str] | None,
        typer.Argument(help="Names or files.  [default: all in the folders of `--prompts`]"),
    ] = None,
    task: _TaskName = None,
    language: _options.Language = None,
    model: Annotated[
        list[str] | None, typer.Option("--model", "-m", help="Whose tokens are looked at, too.")
    ] = None,
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
    as_json: _options.AsJson = False,
) -> None:
    """Look for what is wrong with templates and forms. Exit status 1 if there is an error.

    **Example**

    `evalsuite prompts check entailment --model gemma3-270m`
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a set of the hub is not fetched for a check
    folders, task_folders = _options.prompt_folders(prompts), _options.task_folders(tasks)
    tokenizers = {name: tokenizing.tokenizer(models.ready(name)) for name in model or ()}
    named = files.task(task, task_folders) if task else None
    known = {} if named else _preview.by_template(task_folders)
    places = tuple(_places(template or (), language, prompts, folders))
    found: list[Finding] = []
    for path, spoken in places:
        try:
            loaded = templates.opened(path, spoken)
        except TemplateMistake as error:
            found.append(defects.mistake(path, error))
            continue
        asks = files.task(loaded.task, task_folders) if loaded.task else known.get(loaded.name)
        found += _findings(loaded, named or asks, folders, tokenizers)
    if as_json:
        data([{**asdict(one), "path": str(one.path)} for one in found])
    else:
        _show(found)
    errors = [one for one in found if one.severity == "error"]
    if errors:
        wrong = len({one.path for one in errors})
        raise CheckFailed(f"{len(errors)} found in {wrong} of {len(places)} files")
    _preview.say(f"no error in {len(places)} files, {len(found)} notes")


def _places(
    named: Sequence[str], language: str | None, own: list[Path] | None, folders: Sequence[Path]
) -> Iterator[tuple[Path, str]]:
    """Yield each file that is to be checked, with its language."""
    for one in named:
        if _preview.is_path(one):
            yield Path(one), language or _preview.language_of(Path(one))
        else:
            yield _file(one, language or "en", folders), language or "en"
    if not named:
        searched = own or folders
        for spoken in (language,) if language else templates.languages(searched):
            yield from (
                (path, spoken) for folder in searched for path in templates.files(folder, spoken)
            )


def _file(name: str, language: str, folders: Sequence[Path]) -> Path:
    found = [
        path
        for folder in folders
        for path in templates.files(folder, language)
        if path.stem == name
    ]
    if not found:
        raise UnknownName(
            f"template in `{language}`", name, templates.template_names(language, folders)
        )
    return found[0]


def _findings(
    loaded: Template,
    task: Task | None,
    folders: Sequence[Path],
    tokenizers: Mapping[str, Tokenizer],
) -> tuple[Finding, ...]:
    forms = [
        templates.form(name, loaded.language, folders)
        for name in templates.form_names(loaded.language, folders)
    ]
    if templates.is_form(loaded):
        return authoring.findings(None, loaded, (), tokenizers)
    if task is None:
        _preview.say(f"{loaded.path}: no task is asked with it: name one with `--task`")
        return authoring.findings(None, loaded, forms, tokenizers)
    try:
        usual = authoring.usual(task, loaded.language, folders)
        return authoring.findings(task, loaded, forms, tokenizers, usual=usual)
    except DataAbsent as error:
        _preview.say(f"{loaded.path}: checked without instances: {error.message}")
        return authoring.findings(None, loaded, forms, tokenizers)


def _show(found: Sequence[Finding]) -> None:
    console = Console(highlight=False, soft_wrap=True, emoji=False)
    for one in found:
        place = plain(f"{one.path}:{one.line}: ")
        line = Text(place).append(f"{one.severity}: ", style=_SEVERITIES[one.severity])
        console.print(line.append(plain(f"{one.message} [{one.kind}]"), style=""))
        console.print(Text(plain(f"  hint: {one.hint}")))


def diff(
    before: Annotated[str, typer.Argument(help="A template's name or file.")],
    after: Annotated[str, typer.Argument(help="Another one.")],
    task: _TaskName = None,
    language: _options.Language = None,
    form: _options.Form = "auto",
    shots: _options.Shots = 0,
    labels: Annotated[Labels, typer.Option(help="Of the shots.")] = "gold",
    description: _Described = True,
    index: _options.Index = 0,
    model: _options.ModelOption = None,
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
    as_json: _options.AsJson = False,
) -> None:
    """Compare two templates: their sources, and what they make of the same instance and shots.

    **Example**

    `evalsuite prompts diff entailment mine/en/terse.jinja --task entailment --shots 1`
    """
    folders = _options.prompt_folders(prompts)
    pair = [_preview.template(one, language, folders) for one in (before, after)]
    own = next((one for one in pair if one.task), pair[0])
    asked = _preview.task_of(own, task, _options.task_folders(tasks))
    wanted = _preview.Wanted(
        form=form, shots=shots, labels=labels, description=description, model=model, index=index
    )
    seen = [one for _, one in _preview.seen(asked, pair, wanted, folders)]
    sources = [templates.written(one.path) for one in pair]
    names = (str(pair[0].path), str(pair[1].path))
    source = authoring.difference(sources[0], sources[1], names)
    prompt = authoring.difference(
        seen[0].text, seen[1].text, (f"{before}: prompt", f"{after}: prompt")
    )
    if as_json:
        data(
            {
                "task": asked.name,
                "index": index,
                "source": source,
                "prompt": prompt,
                "sizes": [_size(one) for one in seen],
            }
        )
        return
    console = Console(highlight=False, soft_wrap=True, emoji=False)
    for line in (*source, *prompt):
        console.print(Text(plain(line), style=_DIFF.get(line[:1], "")))
    if not source and not prompt:
        _preview.say("no difference")
    for name, one in zip((before, after), seen, strict=True):
        size = _size(one)
        counted = "" if one.tokens is None else f", {size['tokens']} tokens"
        _preview.say(f"{name}: {size['characters']} characters{counted}")


def _size(preview: Preview) -> dict[str, Any]:
    return {"characters": len(preview.text), "tokens": preview.tokens}
