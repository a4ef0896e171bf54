"""What can be wrong with a template: each check is a function that yields its findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from evalsuite.prompts import Template, Tokenizer
from evalsuite.records import Instance

Severity: TypeAlias = Literal["error", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with a template, where it stands and how to mend it."""

    path: Path
    line: int
    kind: str  # such as `trailing-space`
    severity: Severity  # a note is what only some models mind
    message: str
    hint: str


def found(
    template: Template,
    drawn: Sequence[Instance],
    forms: Sequence[Template],
    tokenizers: Mapping[str, Tokenizer],
    *,
    certified: bool = False,
) -> tuple[Finding, ...]:
    """Return what is wrong with a template."""
    return ()
