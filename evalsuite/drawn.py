"""Instances that were drawn before, in the user's cache: drawing and certifying takes seconds.

What a file holds was certified when it was written. It counts only for the very code that drew it:
its name has the digest of what the task asks for and of every source file that decides what is
drawn.
"""

import pickle
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Literal, TypeAlias

from evalsuite import names, paths
from evalsuite.errors import RunMistake
from evalsuite.records import Instance, Task

Side: TypeAlias = Literal["question", "shot"]

_PACKAGE = Path(__file__).resolve().parent
_DRAWING = ("logic", "families", "instances.py", "records.py", "names.py", "drawn.py")
_DECIDERS = ("python-sat", "z3-solver")
_KEPT = 8  # files of one task and side, of other codes or other versions of the task


def remembered(task: Task, side: Side) -> tuple[Instance, ...]:
    """Return a side's first instances, as many as were drawn before; perhaps none."""
    try:
        with _place(task, side).open("rb") as file:
            found = pickle.load(file)  # noqa: S301 - the user's own cache, as safe as the code
    except Exception:  # noqa: BLE001 - what cannot be read is drawn again
        return ()
    return found if isinstance(found, tuple) else ()


def remember(task: Task, side: Side, instances: Sequence[Instance]) -> None:
    """Keep a side's first instances; where they cannot be written, they are drawn again."""
    place = _place(task, side)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        paths.replace(place, pickle.dumps(tuple(instances)))
        others = sorted(place.parent.glob(f"{_stem(task, side)}-*"), key=_age)
        for other in others[:-_KEPT]:
            other.unlink(missing_ok=True)
    except (OSError, RunMistake, pickle.PicklingError):
        return


def _place(task: Task, side: Side) -> Path:
    params = asdict(task.params) if is_dataclass(task.params) else task.params  # type: ignore[arg-type]
    digest = names.digest(task.name, task.family, params, task.seed, task.answer, _code())
    return paths.cache() / "instances" / f"{_stem(task, side)}-{digest[:16]}.pickle"


def _stem(task: Task, side: Side) -> str:
    return f"{names.digest(task.name)[:8]}-{side}"


def _age(path: Path) -> float:
    return path.stat().st_mtime


@cache
def _code() -> str:
    """Return the digest of what decides which instances are drawn."""
    total = sha256()
    for name in _DRAWING:
        at = _PACKAGE / name
        for file in sorted(at.rglob("*.*")) if at.is_dir() else [at]:
            if file.suffix in {".py", ".lark"}:
                total.update(str(file.relative_to(_PACKAGE)).encode() + file.read_bytes())
    for package in _DECIDERS:
        total.update(version(package).encode())
    return total.hexdigest()
