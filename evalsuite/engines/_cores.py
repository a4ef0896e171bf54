"""The cores of a machine that several processes share, each by cores of its own."""

import fcntl
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from evalsuite import paths

_LOCKS = "evalsuite-cores"


def cores() -> list[int]:
    """Return the cores that this process may use."""
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def claim(among: Sequence[int], count: int) -> tuple[list[int], list[int]]:
    """Claim cores of this machine that no other replica has; return them and their locks.

    Ray counts cores and gives none out. A lock ends with the process that holds it, so that the one
    that takes its place finds its cores again. Where too few are free, the machine is shared with
    others, and the replica may use all.
    """
    folder = Path(tempfile.gettempdir()) / f"{_LOCKS}-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    mine: list[int] = []
    locks: list[int] = []
    with paths.locked(folder / "all"):
        for core in among:
            if len(mine) == count:
                break
            lock = os.open(folder / str(core), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
            else:
                mine.append(core)
                locks.append(lock)
    return (mine if len(mine) == count else list(among)), locks


def bind(cores: Sequence[int]) -> None:
    """Keep this process, and what vLLM and torch start in it, to these cores."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, cores)
    os.environ["OMP_NUM_THREADS"] = str(len(cores))
    os.environ["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(map(str, cores))
