"""Find the template that was named, and show a prompt part by part."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from evalsuite import authoring, models, paths, templates
from evalsuite import tasks as files
from evalsuite.authoring import Part, Preview
from evalsuite.cli._console import err, plain
from evalsuite.errors import TemplateMistake
from evalsuite.plan import form_of
from evalsuite.records import Condition, Labels, Task
from evalsuite.templates import Template

_STYLES: dict[authoring.Kind, str] = {
    "special": "reverse",
    "description": "cyan",
    "shot": "",
    "answer": "bold green",
    "query": "bold yellow",
}
_DEFAULT = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How the prompt that is shown is conditioned."""

    form: str = "auto"
    shots: int = 0
    labels: Labels = "gold"
    description: bool = True
    model: str | None = None
    index: int = 0


def template(named: str, language: str | None, folders: Sequence[Path]) -> Template:
    """Load the template of that name, or in that file."""
    if not is_path(named):
        return templates.template(named, language or _DEFAULT, folders)
    return templates.opened(Path(named), language or language_of(Path(named)))


def is_path(named: str) -> bool:
    """Say whether a template is named by its file."""
    return named.endswith(".jinja") or "/" in named


def language_of(path: Path) -> str:
    """Return the language that a file's folders say, or else English."""
    known = templates.languages((paths.shipped("prompts"),))
    return next((one.name for one in path.resolve().parents if one.name in known), _DEFAULT)


def task_of(chosen: Template, named: str | None, folders: Sequence[Path]) -> Task:
    """Return the task that was named, or else one that the template is for.

    Raises:
        TemplateMistake: there is none.

    """
    name = named or chosen.task
    found = files.task(name, folders) if name else by_template(folders).get(chosen.name)
    if found is None:
        raise TemplateMistake(
            f"{chosen.path}: no task is asked with this template",
            hint="name one with `--task`, or in the front matter: `task: entailment`",
        )
    return found


def by_template(folders: Sequence[Path]) -> Mapping[str, Task]:
    """Return the first task that is asked with each template."""
    found: dict[str, Task] = {}
    for name in files.task_names(folders):
        task = files.task(name, folders)
        found.setdefault(task.template, task)
    return found


def seen(
    task: Task, chosen: Sequence[Template], wanted: Wanted, folders: Sequence[Path]
) -> tuple[tuple[Template, Preview], ...]:
    """Return what each template makes of a prompt, with the form in which it is laid out."""
    if wanted.index >= task.size:
        raise authoring.no_instance(task, wanted.index, task.size)
    ready = models.ready(wanted.model) if wanted.model else None
    # A baseline has no form of its own, but what was asked for is shown.
    keeps = ready is None and wanted.form != "auto"
    name = wanted.form if keeps else form_of(wanted.form, ready)
    forms = [templates.form(name, one.language, folders) for one in chosen]
    condition = Condition(
        template=chosen[0].name,
        language=chosen[0].language,
        form=name,
        k=wanted.shots,
        description=wanted.description,
        labels=wanted.labels,
        shot_mode="fixed",
        shot_seed=0,
    )
    pairs = tuple(zip(chosen, forms, strict=True))
    made = authoring.previews(task, pairs, condition, ready, wanted.index)
    return tuple(zip(forms, made, strict=True))


def coloured(preview: Preview) -> None:
    """Print a prompt on stdout, its parts in colours where that is a terminal."""
    shown = Text()
    for part in preview.parts:
        shown.append(plain(part.name + part.text), style=_STYLES[part.kind])
    Console(highlight=False, soft_wrap=True, emoji=False).print(shown)


def say(line: str) -> None:
    """Print a line on stderr as it is."""
    err.print(plain(line), markup=False)


def say_answers(preview: Preview) -> None:
    """Print on stderr the answers that may follow a prompt."""
    for position, choice in enumerate(preview.choices):
        mark = " (gold)" if position == preview.gold else ""
        tokens = "" if choice.token_ids is None else f", {len(choice.token_ids)} tokens"
        say(f"answer {choice.text!r}{tokens}{mark}")


def say_counts(preview: Preview) -> None:
    """Print on stderr what the parts take of the context."""
    kinds = Counter(part.kind for part in preview.parts)
    for kind, style in _STYLES.items():
        if kinds[kind]:
            tokens = _tokens([part for part in preview.parts if part.kind == kind])
            line = Text(f"{kind:<12}", style=style).append(f" {kinds[kind]} x{tokens}", style="")
            err.print(line)
    if preview.tokens is not None:
        say(f"{preview.tokens} tokens, {preview.room} left of the context")
    if preview.dropped:
        say(f"{preview.dropped} shots do not fit and are left out")


def _tokens(parts: Sequence[Part]) -> str:
    counted = [part.tokens for part in parts if part.tokens is not None]
    return f", {sum(counted)} tokens" if counted else ""
