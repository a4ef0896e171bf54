"""Which stored runs a command is about, and what its report is made of."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from evalsuite import speed, stops, store
from evalsuite.errors import RunMistake
from evalsuite.loaded import folder_of
from evalsuite.report.runs import Run

_RUNS = "runs"


def judged(names: Sequence[str], home: Path, warn: Callable[[str], None]) -> tuple[Run, ...]:
    """Return the runs of these names, judged; without names all of the results folder.

    Without names, a run that cannot be read is left out, with a warning, and so are those that
    `--fresh` set aside.

    Raises:
        RunMistake: a run cannot be read, or there is none.
        UnknownName: the results folder has no such run.

    """
    if names:
        found = [_judged(folder_of(name, home)) for name in dict.fromkeys(names)]
    else:
        found = list(_all(home, warn))
    held = tuple(one for one in found if one.judged)
    if not held:
        raise RunMistake(f"{home}: no run with an answer", hint="`evalsuite run` makes one")
    return held


def _all(home: Path, warn: Callable[[str], None]) -> Iterator[Run]:
    for place in sorted((home / _RUNS).glob("*")):
        if not place.is_dir() or "~" in place.name:
            continue
        try:
            yield _judged(place)
        except RunMistake as mistake:
            warn(f"left out of the report: {mistake.message}")


def _judged(place: Path) -> Run:
    with store.opened(place, create=False) as kept:
        everything = tuple(stops.judged(kept))
        return Run(
            name=place.resolve().name,
            date=_date(place),
            manifest=kept.manifest(),
            rows=stops.judged_rows(kept, everything),
            judged=everything,
            responses=kept.responses(),
            speeds=speed.speeds(kept.spells()),
            unanswered=stops.left_open(kept),
        )


def _date(place: Path) -> str:
    """Return the day on which a run's store was last written."""
    written = (place / "run.sqlite").stat().st_mtime
    return datetime.fromtimestamp(written, tz=UTC).date().isoformat()
