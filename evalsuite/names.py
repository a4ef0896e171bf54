"""Find a thing by its name, which is its module's or its file's name.

`-` in a name stands for `_` in a module: the family `branch-closure` is
`evalsuite.families.branch_closure`.
"""

import hashlib
import json
import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Any

from evalsuite.errors import UnknownName


def module_names(package: ModuleType) -> tuple[str, ...]:
    """Return the names of a package's public modules, sorted."""
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(name.replace("_", "-") for name in found if not name.startswith("_")))


def module(package: ModuleType, kind: str, name: str) -> Any:
    """Import the package's module of that name.

    Raises:
        UnknownName: there is none; the message calls it a `kind`.

    """
    known = module_names(package)
    if name not in known:
        raise UnknownName(kind, name, known)
    return import_module(f"{package.__name__}.{name.replace('-', '_')}")


def digest(*parts: object) -> str:
    """Return the SHA-256 (hex) of the parts' canonical JSON: equal values, equal digests."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def seed_of(*parts: object) -> int:
    """Return a 64-bit seed that depends on every part.

    Neighbouring parts give unrelated seeds, unlike `seed + i`, whose streams overlap.
    """
    return int(digest(*parts)[:16], 16)
