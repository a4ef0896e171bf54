"""A finding, and the words that findings are told in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from evalsuite.errors import UserMistake
from evalsuite.templates import Template

Severity: TypeAlias = Literal["error", "note"]
Found: TypeAlias = "Iterator[Finding]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with a template, where it stands and how to mend it."""

    path: Path
    line: int
    kind: str  # such as `trailing-space`
    severity: Severity  # `note`: what only some models mind
    message: str
    hint: str


def mistake(path: Path, error: UserMistake) -> Finding:
    """Return what a template is refused for as a finding."""
    place = re.match(rf"{re.escape(str(path))}:(?:(\d+):)? ", error.message)
    message = error.message[place.end() :] if place else error.message
    kinds = {
        "front matter": "front-matter",
        "no block": "missing-block",
        "uses the undefined name": "undefined-name",
        "gives the choices": "same-labels",
        "has no attribute": "undefined-name",
        "block `": "fails",
        "cannot be read": "unreadable",
        "not UTF-8": "unreadable",
        "larger than": "unreadable",
    }
    return Finding(
        path=path,
        line=int(place[1] or 1) if place else 1,
        kind=next((kind for words, kind in kinds.items() if words in message), "syntax"),
        severity="error",
        message=message,
        hint=error.hint or "see docs/authoring.md",
    )


def error(template: Template, line: int, kind: str, message: str, hint: str) -> Finding:
    """Return what is wrong for every model."""
    return Finding(
        path=template.path, line=line, kind=kind, severity="error", message=message, hint=hint
    )


def note(template: Template, line: int, kind: str, message: str, hint: str) -> Finding:
    """Return what only some models mind."""
    return Finding(
        path=template.path, line=line, kind=kind, severity="note", message=message, hint=hint
    )


def short(text: str) -> str:
    """Return a text in one line that fits a message."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"  # noqa: PLR2004 - fits a line
