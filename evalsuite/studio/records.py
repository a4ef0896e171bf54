"""What the page asks for and what it is shown."""

from dataclasses import dataclass
from pathlib import Path

from evalsuite.authoring import Preview
from evalsuite.defects import Finding
from evalsuite.records import Choices, Labels, Model, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a studio is opened with."""

    task: Task
    template: str
    language: str
    folders: tuple[Path, ...]  # where templates are looked for
    own: tuple[Path, ...]  # those of them in which the page may write
    model: Model | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is looked at: a template, as it is on disk or as it stands in the page."""

    template: str
    language: str
    form: str
    k: int
    description: bool
    labels: Labels
    index: int  # of the instance
    text: str | None  # None: what is on disk


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why there is nothing to see, or not all of it."""

    message: str
    hint: str | None = None
    line: int | None = None  # of the template


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What there is to see."""

    preview: Preview | None
    findings: tuple[Finding, ...]
    problem: Problem | None
    request: Choices | None  # what a model is asked for the scores of the choices
    unscored: str | None  # why it cannot be asked
    pending: bool = False  # ask again: there will be more to see


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A template's file."""

    path: Path
    text: str
    digest: str
    writable: bool
