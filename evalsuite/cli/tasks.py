"""`evalsuite tasks`: what can be asked, and whether it is sound."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import asdict, fields
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any, TypeAlias, cast

import typer

from evalsuite import authoring, checking, exporting, instances, paths, templates
from evalsuite import cards as card_texts
from evalsuite import prompts as rendering
from evalsuite import tasks as files
from evalsuite.cli import _options
from evalsuite.cli._console import asked, data, err, table, text
from evalsuite.errors import (
    CheckFailed,
    DataAbsent,
    EvalsuiteError,
    TaskMistake,
    UserMistake,
    quoted,
)
from evalsuite.families import family
from evalsuite.records import AnswerKind, Instance, Task

_CORES = os.cpu_count() or 1
_GUISES = ("calculus", "surface")  # parameters that decide how a task is asked and judged
_Checking: TypeAlias = Future[checking.TaskReport]
_SPAWN = get_context("spawn")  # a fork would copy what torch and z3 hold

_BASELINES = """# Trivial baselines

Written by `evalsuite tasks check --all --markdown docs/baselines.md`: the share that each baseline
of `evalsuite/shortcuts.py` gets right, fitted on as many instances of the same task that are not
asked, in English. A task is sound where none does better than chance in any language (95 % over all
its baselines in all languages together), but for those with a star: they are the very procedure
that the task asks about.

"""

app = typer.Typer(no_args_is_help=True, help="Tasks and suites: list, show and check them.")


@app.command("list")
def list_(tasks: _options.TaskFolders = None, as_json: _options.AsJson = False) -> None:
    """List the tasks and the suites."""
    folders = _options.task_folders(tasks)
    all_tasks = [files.task(name, folders) for name in files.task_names(folders)]
    suites = [files.suite(name, folders) for name in files.suite_names(folders)]
    if as_json:
        data(
            {
                "tasks": [
                    {
                        "name": one.name,
                        "family": checking.family_name(one.family),
                        "kind": one.family,
                        "answer": one.answer,
                        "about": one.about,
                    }
                    for one in all_tasks
                ],
                "suites": [{"name": one.name, "about": one.about} for one in suites],
            }
        )
        return
    table(
        ("family", "task", "answer", "about", "instances"),
        sorted(
            (checking.family_name(one.family), one.name, one.answer, one.about, one.size)
            for one in all_tasks
        ),
        right=1,
    )
    text("")
    table(
        ("suite", "tasks", "about"),
        ((one.name, ", ".join(one.tasks), one.about) for one in suites),
    )


@app.command()
def show(
    task: Annotated[str, typer.Argument(help="A task's name.")],
    index: Annotated[int, typer.Option("--index", "-i", min=0, help="Which instance.")] = 0,
    tasks: _options.TaskFolders = None,
) -> None:
    """Show one instance of a task, with its certified answer."""
    loaded = files.task(task, _options.task_folders(tasks))
    instance = authoring.instance(loaded, index)
    data(
        {
            "id": instance.id,
            "shown": dict(instance.shown),
            "choices": list(instance.choices),
            "gold": instance.choices[instance.gold],
            "certificate": instance.certificate,
            "tags": dict(instance.tags),
            "params": asdict(loaded.params),  # type: ignore[call-overload]  # a dataclass
        }
    )


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The new task's name.")],
    kind: Annotated[str | None, typer.Option(help="The kind of problem.")] = None,
    folder: Annotated[Path, typer.Option(help="Where the task goes.")] = Path("my-tasks"),
    param: Annotated[
        list[str] | None, typer.Option("--param", "-p", help="A parameter of the kind: name=value.")
    ] = None,
    answer: Annotated[AnswerKind | None, typer.Option(help="How it is answered.")] = None,
    size: Annotated[int | None, typer.Option(min=1, help="How many instances.")] = None,
    about: Annotated[str | None, typer.Option(help="What it asks, in a line.")] = None,
) -> None:
    """Write a task, asking for what no option says, and show its first instance.

    **Example**

    `evalsuite tasks new harder --kind entailment -p fewest_atoms=6 -p most_atoms=8`
    """
    _check_new(name)
    chosen = kind or asked("Kind of problem", "entailment")
    loaded = family(chosen)  # an unknown one says which there are
    base = _begins_as(chosen, answer, _given(param or ()))
    params = _asked_params(loaded.Params, base, param)
    line = about or asked("What it asks, in a line", base.about)
    count = size or asked("Instances", 200)
    answered = answer or cast("AnswerKind", asked("Answer", base.answer))
    like = _like(chosen, answered, params)
    values: dict[str, Any] = {
        "about": line,
        "family": chosen,
        "params": params,
        "size": count,
        "seed": 0,
        "answer": answered,
        "max_tokens": like.max_tokens,
        "scorer": like.scorer,
        "metrics": list(like.metrics),
        "template": like.template,
        "version": 1,
    }
    path = folder / checking.family_name(chosen) / f"{name}.yaml"
    if path.exists():
        raise TaskMistake(f"{path}: there is such a file", hint="choose another name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files.written(values), encoding="utf-8")
    except OSError as error:
        raise TaskMistake(f"{path}: cannot be written: {error.strerror}") from error
    try:
        task = files.task(name, (folder, *_options.task_folders(None)))
        first = _first(task)
        rendering.check(
            templates.template(task.template, "en", _options.prompt_folders(None)), first
        )
    except BaseException:
        path.unlink()  # a file that cannot be used is not left behind
        raise
    data({"id": first.id, "shown": dict(first.shown), "gold": first.choices[first.gold]})
    err.print(f"written: {path}")
    err.print(f"next: evalsuite tasks check {name} --tasks {folder}")


def _first(task: Task) -> Instance:
    drawn = instances.questions(task, 1)
    if not drawn:
        raise TaskMistake(f"task `{task.name}`: no instance", hint=instances.NONE_TO_ASK)
    return drawn[0]


def _check_new(name: str) -> None:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,80}", name):
        raise TaskMistake(
            f"`{name}` is no name of a task",
            hint="small letters, digits and `-`, such as `my-task`",
        )


def _shipped(kind: str | None = None) -> list[Task]:
    """Return the shipped tasks, or those of a kind: those that are answered by choices first."""
    folders = _options.task_folders(None)
    loaded = (files.task(name, folders) for name in files.task_names(folders))
    found = [task for task in loaded if kind in {None, task.family}]
    return sorted(found, key=lambda task: (task.answer != "choices", task.name))


def _begins_as(kind: str, answer: AnswerKind | None, given: Mapping[str, Any]) -> Task:
    """Return the shipped task of a kind that is nearest to what is asked for: for its defaults."""
    found = _shipped(kind)
    if not found:
        raise TaskMistake(f"no task of the kind `{kind}` to begin with")
    words = {name: value for name, value in given.items() if isinstance(value, str)}
    return max(
        found, key=lambda task: (answer is None or _is_answered(task, answer), _near(task, words))
    )


def _like(kind: str, answer: AnswerKind, params: Mapping[str, Any]) -> Task:
    """Return the shipped task that says how a new one is asked and judged.

    It is of the same kind and calculus, is answered in the same way and shows as much: the surface
    is the same, or one that some template writes alike.

    Raises:
        TaskMistake: there is none.

    """
    every = _shipped()
    mine = [task for task in every if task.family == kind]
    answered = [task for task in mine if _is_answered(task, answer)]
    alike = _written_alike(every, params.get("surface"))
    found = [
        task
        for task in answered
        if _param(task, "calculus") == params.get("calculus") and _param(task, "surface") in alike
    ]
    if found:
        return max(found, key=lambda task: _near(task, params))
    guise = [f"`{name}: {params[name]}`" for name in _GUISES if name in params]
    raise TaskMistake(
        f"no task of the kind `{kind}` to be like has `answer: {answer}`"
        f"{' with ' if guise else ''}{' and '.join(guise)}",
        hint=f"it could be like {', '.join(map(_described, answered or mine))}",
    )


def _is_answered(task: Task, answer: AnswerKind) -> bool:
    return (task.answer == "certificate") == (answer == "certificate")


def _written_alike(every: Sequence[Task], surface: Any) -> set[Any]:
    """Return the surfaces that share a template with this one, in some task."""
    shared = {task.template for task in every if _param(task, "surface") == surface}
    return {surface} | {_param(task, "surface") for task in every if task.template in shared}


def _near(task: Task, given: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many parameters are as given: of those that are words, and of all."""
    same = [value for name, value in given.items() if value == _param(task, name)]
    return sum(isinstance(value, str) for value in same), len(same)


def _described(task: Task) -> str:
    said = [f"{name} `{value}`" for name in _GUISES if (value := _param(task, name)) is not None]
    said += [] if task.answer == "certificate" else [f"answer `{task.answer}`"]
    return f"`{task.name}` ({', '.join(said)})" if said else f"`{task.name}`"


def _param(task: Task, name: str) -> Any:
    return getattr(task.params, name, None)


def _asked_params(kind: type[Any], base: Task, given: Sequence[str] | None) -> dict[str, Any]:
    """Return the parameters: as given, or asked for one by one."""
    known = {one.name: getattr(base.params, one.name) for one in fields(kind)}
    if given is not None:
        return {**_plain(known), **_given(given)}
    return {
        name: _options.value_of(asked(name, json.dumps(value)))
        for name, value in _plain(known).items()
    }


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as a file has them: mappings and lists for records and tuples."""
    written: dict[str, Any] = json.loads(json.dumps(values, default=asdict))
    return written


def _given(params: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in params:
        name, equals, value = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"`{one}` is not `name=value`", param_hint="--param")
        found[name] = _options.value_of(value)
    return found


@app.command()
def check(
    task: Annotated[list[str] | None, typer.Argument(help="Task names.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Check every task.")] = False,
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
    jobs: Annotated[int, typer.Option(min=1, help="Tasks checked at a time.")] = _CORES,
    as_json: _options.AsJson = False,
    markdown: Annotated[
        Path | None, typer.Option(help="Also write the baselines' table to this file.")
    ] = None,
) -> None:
    """Prove tasks without a model, and print what was found.

    Labels are derived again by independent deciders; gold certificates are all accepted, spoiled
    ones all refused; nothing is vacuous, doubled or shared with the shots; labels are balanced; in
    each language gold answers are read and trivial baselines stay at chance. Exit status 1 if
    something does not hold.

    A set of the hub is checked where it is in the cache; `HF_HUB_OFFLINE=0` lets it be fetched.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # read by the processes that are begun below
    task_folders, prompt_folders = _options.task_folders(tasks), _options.prompt_folders(prompts)
    if all_ and task:
        raise UserMistake(f"--all: {quoted(task)} are named, too", hint="leave one of them out")
    known = files.task_names(task_folders)
    names = tuple(dict.fromkeys(task)) if task else known
    loaded = [files.task(name, task_folders).name for name in names]  # a wrong name ends it here
    if markdown is not None and not markdown.parent.is_dir():
        raise UserMistake(
            f"--markdown: {markdown}: no folder `{markdown.parent}`", hint="make the folder first"
        )
    if markdown is not None and markdown.is_dir():
        raise UserMistake(f"--markdown: {markdown}: is a folder", hint="name a file in it")
    results, absent, broken = _checked(loaded, task_folders, prompt_folders, jobs)
    results.sort(key=lambda one: (one.family, one.task))
    if as_json:
        failed = {name: error.message for name, error in broken.items()}
        data({"tasks": [asdict(one) for one in results], "absent": absent, "failed": failed})
    else:
        _show_checked(results, absent, broken)
    if markdown is not None:
        paths.replace(markdown, _BASELINES + card_texts.baselines(results))
    bad = [*(one.task for one in results if not one.good), *sorted(broken)]
    if bad:
        raise CheckFailed(f"not sound: {quoted(bad)}")


def _checked(
    names: Sequence[str], task_folders: Sequence[Path], prompt_folders: Sequence[Path], jobs: int
) -> tuple[list[checking.TaskReport], dict[str, str], dict[str, EvalsuiteError]]:
    """Return what was found of each task, why data are absent, and why a check came to no end.

    A task that cannot be checked keeps no other from it; alone, it raises.
    """
    results: list[checking.TaskReport] = []
    absent: dict[str, str] = {}
    broken: dict[str, EvalsuiteError] = {}
    with (
        ProcessPoolExecutor(max_workers=min(jobs, len(names)), mp_context=_SPAWN) as workers,
        err.status("checking") as status,
    ):
        waiting = {
            workers.submit(checking.check, name, task_folders, prompt_folders): name
            for name in names
        }
        for count, done in enumerate(_ended(waiting, workers), start=1):
            name = waiting[done]
            try:
                results.append(done.result())
            except DataAbsent as error:
                absent[name] = error.message
            except Exception as error:
                if len(names) == 1:
                    raise
                broken[name] = (
                    error
                    if isinstance(error, EvalsuiteError)
                    else EvalsuiteError(f"{type(error).__name__}: {error}")
                )
            status.update(f"checking: {count} of {len(names)} tasks")
    return results, absent, broken


def _ended(waiting: Iterable[_Checking], workers: ProcessPoolExecutor) -> Iterator[_Checking]:
    """Yield what has come to its end; after Ctrl-C nothing more is begun."""
    try:
        yield from as_completed(waiting)
    except KeyboardInterrupt:
        workers.shutdown(wait=False, cancel_futures=True)
        raise


@app.command()
def cards(tasks: _options.TaskFolders = None) -> None:
    """Print a data card for each family, in Markdown."""
    text(card_texts.cards(_options.task_folders(tasks)).rstrip("\n"))


@app.command()
def export(
    task: Annotated[str, typer.Argument(help="A task's name.")],
    path: Annotated[Path, typer.Argument(help="The file to write.")],
    what: Annotated[
        exporting.Kind, typer.Option(help="Whole instances, or instruction / input / output.")
    ] = "instances",
    form: Annotated[
        exporting.Format | None,
        typer.Option("--format", "-f", help="How it is written.  [default: as the file ends]"),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first so many.")] = None,
    language: Annotated[str, typer.Option(help="The language of the template.")] = "en",
    tasks: _options.TaskFolders = None,
    prompts: _options.PromptFolders = None,
) -> None:
    """Write a task's instances to a file, as JSON Lines or Parquet: `.jsonl` or `.parquet`.

    **Example**

    `evalsuite tasks export entailment entailment.jsonl --what instructions`
    """
    loaded = files.task(task, _options.task_folders(tasks))
    template = templates.template(loaded.template, language, _options.prompt_folders(prompts))
    chosen = form or exporting.format_of(path)
    drawn = islice(instances.each(loaded, "question"), min(limit or loaded.size, loaded.size))
    count = exporting.write(path, exporting.records(loaded, drawn, template, what), chosen)
    err.print(f"{count} written: {path}")


def _show_checked(
    results: Sequence[checking.TaskReport],
    absent: Mapping[str, str],
    broken: Mapping[str, EvalsuiteError],
) -> None:
    table(
        (
            *(
                "family",
                "task",
                "rungs",
                "deciders",
                "balanced",
                "distinct",
                "shots apart",
                "read in",
            ),
            *("strongest baseline", "reaches", "chance", "certificates", "spoiled refused", "n"),
        ),
        (
            (
                one.family,
                one.task,
                ", ".join(map(str, one.rungs)),
                one.deciders or "none",
                *map(_yes, (one.balanced, one.distinct, one.apart)),
                ", ".join(told.language for told in one.languages if told.read.whole) or "none",
                *_strongest(one),
                *("" if share is None else f"{share.good}/{share.of}" for share in _shares(one)),
                one.size,
            )
            for one in results
        ),
        right=5,
    )
    for one in results:
        for note in (*one.notes, *one.remarks):
            text(f"{one.task}: {note}")
    for name, reason in sorted(absent.items()):
        text(f"{name}: not checked: {reason}")
    for name, error in sorted(broken.items()):
        text(f"{name}: {error.message}")


def _shares(one: checking.TaskReport) -> tuple[checking.Share | None, checking.Share | None]:
    return one.certificates, one.spoiled


def _strongest(one: checking.TaskReport) -> tuple[str, str, str]:
    if not one.tried:
        return ("", "", "")
    language, worst = min(one.tried, key=lambda told: told[1].p)
    where = "" if language == one.languages[0].language else f" ({language})"
    return (worst.baseline + where, f"{worst.right / worst.n:.3f}", f"{1 / one.choices:.3f}")


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "NO"
