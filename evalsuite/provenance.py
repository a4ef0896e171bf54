"""What a run must tell so that it can be done again: the files it was made of, and where it ran."""

import platform
import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from os import cpu_count
from pathlib import Path

from evalsuite.engines import _device
from evalsuite.errors import RunMistake
from evalsuite.records import Json, Task
from evalsuite.templates import Template, is_form, written

# Beside an engine's own packages, these decide what is drawn, rendered and summed up.
_PACKAGES = (
    *("jinja2", "lark", "numpy", "python-sat", "scipy", "tokenizers", "torch", "transformers"),
    "z3-solver",
)
_PLACE = re.compile(r"(?:tasks|prompts)(?:/(?!\.)[^/\\\0]{1,200}){2,3}")
_LARGEST = 256 * 1024  # characters of a file


def sources(tasks: Iterable[Task], templates: Iterable[Template]) -> dict[str, str]:
    """Return the text of each task's and template's file, by a path of its own."""
    found = {
        f"tasks/{task.path.parent.name}/{task.path.name}": task.path.read_text(encoding="utf-8")
        for task in tasks
    }
    for one in templates:
        inside = f"{one.path.parent.name}/" if is_form(one) else ""
        found[f"prompts/{one.language}/{inside}{one.path.name}"] = written(one.path)
    return dict(sorted(found.items()))


def lay_out(files: Mapping[str, Json], folder: Path) -> tuple[Path, Path]:
    """Write files that `sources` returned; return the folders of the tasks and of the templates.

    Raises:
        RunMistake: one of them is none that it could have returned.

    """
    for place, text in files.items():
        if not (_PLACE.fullmatch(place) and isinstance(text, str) and len(text) <= _LARGEST):
            raise RunMistake(f"manifest: `sources`: `{place[:80]}` is no task and no template")
        path = folder / place
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except (OSError, UnicodeEncodeError) as error:
            raise RunMistake(f"manifest: `sources`: `{ascii(place)[1:80]}`: {error}") from error
    return folder / "tasks", folder / "prompts"


def environment() -> dict[str, Json]:
    """Return what of this machine an answer may depend on, without a name or an address of it."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _device.processor(),
        "cores": cpu_count(),
        "packages": {name: found for name in _PACKAGES if (found := installed(name)) is not None},
    }


def installed(package: str) -> str | None:
    """Return the version of a package; None: it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
