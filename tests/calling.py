"""The command line, called in the tests' own process."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from evalsuite import cli


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a command came to."""

    status: int
    out: str
    err: str


Call: TypeAlias = Callable[..., Ran]


def caller(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return what calls the command line with these words."""

    def called(*words: str | Path, stdin: str | None = None) -> Ran:
        monkeypatch.setattr(sys, "argv", ["evalsuite", *map(str, words)])
        if stdin is not None:
            raw = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
            monkeypatch.setattr(sys, "stdin", raw)
        capsys.readouterr()
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        caught = capsys.readouterr()
        return Ran(status=status, out=caught.out, err=caught.err)

    return called
