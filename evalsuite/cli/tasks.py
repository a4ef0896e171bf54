"""`evalsuite tasks`: what can be asked, and whether it is sound."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.markup import escape

from evalsuite import instances
from evalsuite import tasks as files
from evalsuite.cli import _options
from evalsuite.cli._console import data, err, plain, table, text
from evalsuite.errors import CheckFailed
from evalsuite.families import draws, family
from evalsuite.records import Instance, Task

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
                "tasks": [{"name": one.name, "about": one.about} for one in all_tasks],
                "suites": [{"name": one.name, "about": one.about} for one in suites],
            }
        )
        return
    table(
        ("task", "family", "about", "instances"),
        ((one.name, one.family, one.about, one.size) for one in all_tasks),
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
    if index >= loaded.size:
        raise typer.BadParameter(
            f"`{task}` has {loaded.size} instances, numbered from 0", param_hint="--index"
        )
    instance = instances.questions(loaded, index + 1)[index]
    data(
        {
            "id": instance.id,
            "shown": dict(instance.shown),
            "choices": list(instance.choices),
            "gold": instance.choices[instance.gold],
            "tags": dict(instance.tags),
            "params": asdict(loaded.params),  # type: ignore[call-overload]  # a dataclass
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    task: str
    size: int
    pool: int
    rungs: str
    balanced: bool
    distinct: bool
    apart: bool

    @property
    def good(self) -> bool:
        return self.balanced and self.distinct and self.apart


@app.command()
def check(
    task: Annotated[list[str] | None, typer.Argument(help="Task names.  [default: all]")] = None,
    tasks: _options.TaskFolders = None,
) -> None:
    """Prove tasks without a model: certified, balanced, distinct, shots apart from questions.

    Every label is computed again by a SAT solver and by truth table as the instances are drawn.
    """
    folders = _options.task_folders(tasks)
    results = []
    for name in task or files.task_names(folders):
        loaded = files.task(name, folders)
        with err.status(f"checking {escape(plain(name))}"):
            results.append(_check(loaded))
    table(
        ("task", "rungs", "certified", "balanced", "distinct", "shots apart", "instances", "shots"),
        (
            (one.task, one.rungs, "yes", *map(_yes, _verdicts(one)), one.size, one.pool)
            for one in results
        ),
        right=2,
    )
    bad = [one.task for one in results if not one.good]
    if bad:
        raise CheckFailed(f"not sound: {', '.join(f'`{name}`' for name in bad)}")


def _check(task: Task) -> _Checked:
    questions = instances.questions(task)  # raises the alarm where a label is contradicted
    pool = instances.pool(task)
    forms = {one.canonical for one in questions}
    rungs = sorted({int(one.tags["rung"]) for one in questions})
    return _Checked(
        task=task.name,
        size=len(questions),
        pool=len(pool),
        rungs=", ".join(map(str, rungs)),
        balanced=all(_is_even(counts) for counts in _labels_by_rung(task, questions)),
        distinct=len(forms) == len(questions),
        apart=not forms & {one.canonical for one in pool},
    )


def _labels_by_rung(task: Task, questions: tuple[Instance, ...]) -> Iterator[list[int]]:
    counts = Counter((one.tags["rung"], one.gold) for one in questions)
    if not draws(family(task.family)):
        return  # a fixed set is as it is
    labels = range(max(len(one.choices) for one in questions))
    for rung in {one.tags["rung"] for one in questions}:
        yield [counts[rung, label] for label in labels]


def _is_even(counts: list[int]) -> bool:
    # The last block of a task may be begun and not full.
    return max(counts) - min(counts) <= 1


def _verdicts(one: _Checked) -> tuple[bool, bool, bool]:
    return one.balanced, one.distinct, one.apart


def _yes(value: bool) -> str:
    return "yes" if value else "NO"
