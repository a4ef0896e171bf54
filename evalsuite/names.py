"""Find a thing by its name, which is its module's or its file's name.

`-` in a name stands for `_` in a module: the family `branch-closure` is
`evalsuite.families.tableaux.branch_closure`: a folder is no part of a name.
"""

import hashlib
import json
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from evalsuite.errors import UnknownName, UserMistake


def module_names(package: ModuleType) -> tuple[str, ...]:
    """Return the names of a package's public modules and of those in its folders, sorted."""
    return tuple(sorted(_modules(package)))


def module(package: ModuleType, kind: str, name: str) -> Any:
    """Import the package's module of that name.

    Raises:
        UnknownName: there is none; the message calls it a `kind`.

    """
    known = _modules(package)
    if name not in known:
        raise UnknownName(kind, name, known)
    return import_module(known[name])


def _modules(package: ModuleType) -> dict[str, str]:
    """Return the full name of each public module, and of those in the package's folders."""
    return _modules_at(package.__name__, tuple(package.__path__))


@cache
def _modules_at(package: str, folders: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for path, start in _folders(package, folders):
        for module in pkgutil.iter_modules([path], start):
            last = module.name.rpartition(".")[2]
            if not module.ispkg and not last.startswith("_"):
                found[last.replace("_", "-")] = module.name
    return found


def _folders(package: str, folders: Iterable[str]) -> Iterator[tuple[str, str]]:
    for path in folders:
        yield path, f"{package}."
        for module in pkgutil.iter_modules([path]):
            if module.ispkg:
                yield str(Path(path) / module.name), f"{package}.{module.name}."


def check_utf8(kind: str, name: str) -> None:
    """Refuse a name that cannot be written down; the message calls it a `kind`.

    Raises:
        UserMistake: it is not UTF-8, as a file's name may be.

    """
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise UserMistake(f"{kind} `{name}`: its name is not UTF-8", hint="rename it") from error


def digest(*parts: object) -> str:
    """Return the SHA-256 (hex) of the parts' canonical JSON: equal values, equal digests."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(*parts: object) -> int:
    """Return a 64-bit seed that depends on every part.

    Neighbouring parts give unrelated seeds, unlike `seed + i`, whose streams overlap.
    """
    return int(digest(*parts)[:16], 16)
