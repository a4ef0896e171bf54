"""Make of what a caller gives for an option what the option is, or say what it must be."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

from evalsuite.errors import UserMistake
from evalsuite.records import Settings, Suite

_Made = TypeVar("_Made")

# The least and the most that a number may be; the command line's options have the same.
RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "limit": (1, math.inf),
        "max_tokens": (1, math.inf),
        "samples": (1, 1000),
        "temperature": (0, 10),
        "max_context": (16, math.inf),
        "shots": (0, math.inf),
    }
)


def made(name: str, value: Any) -> Any:
    """Return what an option is of what was given for it; one name, number or path is several.

    Raises:
        UserMistake: it is nothing that the option can be.

    """
    return _KINDS[name](name, value)


def _refuse(name: str, value: object, wanted: str) -> NoReturn:
    raise UserMistake(f"{name}: `{str(value)[:80]}`", hint=f"give {wanted}")


def _maybe(of: Callable[[str, Any], _Made]) -> Callable[[str, Any], _Made | None]:
    return lambda name, value: None if value is None else of(name, value)


def _several(of: Callable[[str, Any], _Made]) -> Callable[[str, Any], tuple[_Made, ...]]:
    def all_of(name: str, value: Any) -> tuple[_Made, ...]:
        if value is None:
            return ()
        alone = isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable)
        return tuple(of(name, one) for one in ((value,) if alone else value))

    return all_of


def _word(name: str, value: Any) -> str:
    if isinstance(value, Path) and name == "models":
        return str(value)
    return value if isinstance(value, str) else _refuse(name, value, "a name")


def _path(name: str, value: Any) -> Path:
    return Path(value) if isinstance(value, str | Path) else _refuse(name, value, "a path")


def _truth(name: str, value: Any) -> bool:
    return value if isinstance(value, bool) else _refuse(name, value, "`True` or `False`")


def _whole(name: str, value: Any) -> int:
    try:
        number = -1 if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = -1
    least, most = RANGES[name]
    if not least <= number <= most:
        _refuse(name, value, f"a whole number {_from(least, most)}")
    return number


def _number(name: str, value: Any) -> float:
    least, most = RANGES[name]
    fits = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    return float(value) if fits else _refuse(name, value, f"a number {_from(least, most)}")


def _from(least: float, most: float) -> str:
    return f"from {least} on" if most == math.inf else f"from {least} to {most}"


def _suite(name: str, value: Any) -> str | Suite:
    return value if isinstance(value, str | Suite) else _refuse(name, value, "a suite's name")


def _settings(name: str, value: Any) -> Settings:
    if not isinstance(value, Settings):
        _refuse(name, value, "`evalsuite.records.Settings`")
    _whole("max_context", value.max_context)
    return value


_KINDS: Mapping[str, Callable[[str, Any], Any]] = MappingProxyType(
    {
        "suite": _suite,
        **dict.fromkeys(("tasks", "models", "templates"), _several(_word)),
        **dict.fromkeys(("engine", "language", "form"), _maybe(_word)),
        "shots": _several(_whole),
        **dict.fromkeys(("limit", "max_tokens"), _maybe(_whole)),
        "samples": _whole,
        "temperature": _number,
        **dict.fromkeys(("baselines", "proofs", "fresh"), _truth),
        "settings": _settings,
        "recording": _maybe(_path),
        "results": _path,
        **dict.fromkeys(("task_folders", "prompt_folders"), _several(_path)),
    }
)
