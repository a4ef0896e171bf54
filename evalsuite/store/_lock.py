"""One process at a time in a run folder, and ordinary files alone."""

import fcntl
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from evalsuite import ledger
from evalsuite.errors import RunMistake, StoreDamaged
from evalsuite.store._rows import DATABASE, MANIFEST

_LOCK = "lock"
FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", ledger.FILE, MANIFEST, _LOCK)


@contextmanager
def locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Keep other processes off a folder, whatever state its files are in.

    Raises:
        RunMistake: another process is at work on it and is not to be waited for, or the folder
            cannot be written or locked.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_files(folder, (_LOCK,))
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise RunMistake(
            f"{folder}: cannot be written: {error.strerror}",
            hint="work where you may write: a run that is only to be read has to be copied there",
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise RunMistake(
                f"{folder}: another process is at work on this run", hint="wait for it to end"
            ) from error
        except OSError as error:
            raise RunMistake(
                f"{folder}: cannot be locked: {error.strerror}",
                hint="keep results where files can be locked, such as on a local disk",
            ) from error
        yield


def check_files(folder: Path, names: Iterable[str]) -> None:
    """Refuse a link, a pipe or a folder in a file's place: what it leads to is not the run's."""
    for name in names:
        with suppress(FileNotFoundError):
            if not stat.S_ISREG((folder / name).lstat().st_mode):
                raise StoreDamaged(
                    f"{folder}: the store is damaged: `{name}` is no ordinary file",
                    hint="put the file itself there; `--fresh` starts beside it",
                )
