"""Hold a record that was read back against the types that its fields are declared with.

What a file says of a record may be anything, and a dataclass takes what it is given. This is for
rows by the ten thousand: a field costs one call.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Literal, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

_Record = TypeVar("_Record")
_Check: TypeAlias = Callable[[Any], bool]


def typed(record: _Record) -> _Record:
    """Return a record as it is.

    Raises:
        TypeError: a field, which the message names, is not of its type.

    """
    kind: Any = type(record)
    values, checks = _of(kind)
    for value, (name, check) in zip(values(record), checks, strict=True):
        if not check(value):
            raise TypeError(f"`{name}` is not of its type")
    return record


@cache
def _of(kind: type[Any]) -> tuple[Callable[[Any], Iterable[Any]], tuple[tuple[str, _Check], ...]]:
    """Return what gives a record's values, and each one's name and check."""
    hints = get_type_hints(kind)
    return attrgetter(*hints), tuple((name, _check(hint)) for name, hint in hints.items())


def _check(kind: Any) -> _Check:
    """Return what says whether a value is of a type, of those that stored records have."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Literal:
        return lambda value: type(value) is str and value in inner
    if origin is tuple:  # of any length, of one type
        return lambda value: type(value) is tuple and all(type(one) is inner[0] for one in value)
    if origin is Mapping:  # JSON's object; what is in it is for its reader to judge
        return lambda value: type(value) is dict
    if is_dataclass(kind):
        return lambda value: type(value) is kind and typed(value) is value
    return lambda value: type(value) is kind  # `bool` is no `int` here
