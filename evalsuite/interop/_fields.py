"""Read the fields of an untrusted JSON object: each has its type and its limit, or is an error."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from evalsuite.errors import RunMistake

_Read = TypeVar("_Read")

LONGEST = 16 * 1024 * 1024  # characters of a text
MOST = 100_000  # entries of a list
LARGEST = 10**9  # of a number, either way
_SHOWN = 60  # characters of what is wrong


@dataclass(frozen=True, slots=True)
class Fields:
    """An object and where it stands: a file with a line, or a field of one."""

    place: str
    values: Mapping[str, Any]

    def fail(self, message: str, hint: str | None = None) -> NoReturn:
        """Raise a `RunMistake` that names the place."""
        raise RunMistake(f"{self.place}: {message}", hint=hint)

    def text(self, name: str) -> str:
        """Return a text."""
        return self._value(name, "a text", text_of)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return self._value(name, "a list of texts", lambda value: tuple(map(text_of, _list(value))))

    def whole(self, name: str) -> int:
        """Return a whole number, not negative."""
        return self._value(name, "a whole number", whole_of)

    def wholes(self, name: str) -> tuple[int, ...]:
        """Return a list of whole numbers, none negative."""
        return self._value(
            name, "a list of whole numbers", lambda value: tuple(map(whole_of, _list(value)))
        )

    def flag(self, name: str) -> bool:
        """Return true or false."""
        return self._value(name, "true or false", _flag)

    def one_of(self, name: str, known: Mapping[str, _Read]) -> _Read:
        """Return what a text stands for."""
        return self._value(name, " or ".join(f"`{one}`" for one in known), known.__getitem__)

    def entries(self, name: str) -> list[Any]:
        """Return a list, whatever it holds."""
        return self._value(name, "a list", _list)

    def fields(self, name: str) -> "Fields":
        """Return an object."""
        return Fields(f"{self.place}: `{name}`", self._value(name, "an object", _mapping))

    def _value(self, name: str, kind: str, read: Callable[[Any], _Read]) -> _Read:
        if name not in self.values:
            self.fail(f"no field `{name}`")
        try:
            return read(self.values[name])
        except (TypeError, ValueError, KeyError, OverflowError, RecursionError):
            self.fail(f"`{name}` is not {kind}: {shown(self.values[name])}")


def parsed(place: str, text: str) -> Fields:
    """Return a JSON object.

    Raises:
        RunMistake: the text is none.

    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RunMistake(f"{place}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise RunMistake(f"{place}: not a JSON object")
    return Fields(place, value)


def number_of(value: object) -> float:
    """Return a finite number of the usual size; its text will do.

    Raises:
        TypeError: it is neither number nor text.
        ValueError: it is no such number.

    """
    number = float("nan" if isinstance(value, bool) else value)  # type: ignore[arg-type]
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise ValueError(value)
    return number


def whole_of(value: object) -> int:
    """Return a whole number from 0 up to the largest.

    Raises:
        ValueError: it is none.

    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise ValueError(value)
    return value


def text_of(value: object) -> str:
    """Return a text that is not too long, and can be written as UTF-8.

    Raises:
        ValueError: it is none.

    """
    if not isinstance(value, str) or len(value) > LONGEST:
        raise ValueError(value)
    value.encode()  # half of a surrogate pair cannot be kept
    return value


def shown(value: object) -> str:
    """Return the beginning of a value, for a message of one line."""
    text = repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST:
        raise TypeError
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value
