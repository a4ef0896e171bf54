"""Which stored runs a command is about, and what its report is made of."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from evalsuite import paths
from evalsuite.errors import RunMistake, UserMistake
from evalsuite.loaded import LoadedRun, folder_of, load


def judged(names: Sequence[str], home: Path, warn: Callable[[str], None]) -> tuple[LoadedRun, ...]:
    """Return the runs of these names, judged; without names all of the results folder.

    Without names, a run that cannot be read is left out, with a warning, and so are those that
    `--fresh` set aside.

    Raises:
        RunMistake: a run cannot be read, or there is none; one that is named has no answer, or two
            of one name are named.
        UnknownName: the results folder has no such run.

    """
    if names:
        places = tuple(_once(folder_of(name, home) for name in names))
        return tuple(map(_answered, places))
    held = tuple(one for one in _all(home, warn) if one.judged)
    if not held:
        raise RunMistake(f"{home}: no run with an answer", hint="`evalsuite run` makes one")
    return held


def _once(places: Iterable[Path]) -> Iterator[Path]:
    """Yield each folder once: its name is all that tells a run from others in a report."""
    known: dict[str, Path] = {}
    for place in places:
        whole = place.resolve()
        if whole.name not in known:
            known[whole.name] = whole
            yield place
        elif known[whole.name] != whole:
            raise RunMistake(
                f"{place}: a run of the same name is in {known[whole.name].parent}",
                hint="name one of the two alone",
            )


def _answered(place: Path) -> LoadedRun:
    run = _judged(place)
    if not run.judged:
        raise RunMistake(
            f"{place}: no question has an answer yet", hint="ask them: `evalsuite run`"
        )
    return run


def _all(home: Path, warn: Callable[[str], None]) -> Iterator[LoadedRun]:
    places = (one for one in sorted(paths.runs(home).glob("*")) if one.is_dir())
    for place in _once(one for one in places if "~" not in one.name):
        try:
            yield _judged(place)
        except RunMistake as mistake:
            warn(f"left out of the report: {mistake.message}")


def _judged(place: Path) -> LoadedRun:
    """Judge a run anew.

    Raises:
        RunMistake: it cannot be read, or it names a scorer or a metric that there is not.

    """
    try:
        return load(place)
    except RunMistake:  # it says which run
        raise
    except UserMistake as mistake:
        raise RunMistake(
            f"{place}: {mistake.message}", hint="another version of evalsuite may have run it"
        ) from mistake
