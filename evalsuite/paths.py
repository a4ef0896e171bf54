"""Where the things that ship with evalsuite lie, where its results and its cache go, and how."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evalsuite.errors import RunMistake

_PACKAGE = Path(__file__).resolve().parent
_SHIPPED = _PACKAGE / "_data"
_CHECKOUT = _PACKAGE.parent


def shipped(folder: str) -> Path:
    """Return a shipped folder (`tasks` or `prompts`): the wheel's, or else the checkout's."""
    inside = _SHIPPED / folder
    return inside if inside.is_dir() else _CHECKOUT / folder


def starter() -> Path:
    """Return the folder whose files `evalsuite init` lays out."""
    return _PACKAGE / "starter"


def results() -> Path:
    """Return the default results folder: `results/` where the command is run."""
    return Path.cwd() / "results"


def runs(results: Path) -> Path:
    """Return where the stored runs of a results folder lie, a folder each."""
    return results / "runs"


def cache() -> Path:
    """Return the folder that converted models are kept in (`EVALSUITE_CACHE` overrides it)."""
    given = os.environ.get("EVALSUITE_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "evalsuite"


def replace(path: Path, content: str | bytes) -> None:
    """Write a file (text as UTF-8): at any instant it is the old one or the new one, whole.

    Raises:
        RunMistake: it cannot be written, as where the disk is full; the old one stands.

    """
    try:
        with beside(path) as draft:
            draft.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise RunMistake(
            f"{path}: cannot be written: {error.strerror}",
            hint="it is as it was; see that its folder can be written and the disk has room",
        ) from error


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Give a file beside `path` that takes its place in the end, if nothing is raised."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of a file, once no other process has it; a crash gives it back."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
