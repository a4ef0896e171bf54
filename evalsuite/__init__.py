"""Evaluate how well language models reason logically from their prompt alone.

    from evalsuite import run, load_run

`evalsuite.notebook` says what they do; they are imported when they are asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from evalsuite.loaded import LoadedRun
    from evalsuite.notebook import load_run, run

__all__ = ["LoadedRun", "__version__", "load_run", "run"]
__version__ = "0.1.0"

_HOMES: Final = {
    "LoadedRun": "evalsuite.loaded",
    "load_run": "evalsuite.notebook",
    "run": "evalsuite.notebook",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module `evalsuite` has no `{name}`")
    return getattr(import_module(_HOMES[name]), name)
