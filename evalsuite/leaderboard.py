"""Rows to `leaderboard.csv` and back; the columns are described in `docs/leaderboard.md`."""

import csv
import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar, get_args

from evalsuite import paths, tables
from evalsuite.errors import RunMistake
from evalsuite.records import (
    Calibration,
    Comparison,
    Condition,
    Estimate,
    Labels,
    Outcome,
    Row,
    ShotMode,
    Usage,
)

if TYPE_CHECKING:
    import pandas as pd

_Read = TypeVar("_Read")

FILE = "leaderboard.csv"
SCHEMA = 3
COLUMNS = (
    "run",
    "suite",
    "model",
    "engine",
    "task",
    "language",
    "template",
    "form",
    "k",
    "description",
    "labels",
    "shot_mode",
    "shot_seed",
    "metric",
    "value",
    "low",
    "high",
    "n",
    "right",
    "wrong",
    "invalid",
    "tie",
    "unread",
    "cut",
    "too_long",
    "shots_dropped",
    "difference",
    "difference_low",
    "difference_high",
    "difference_n",
    "mcnemar_p",
    "accuracy_per_token",
    "accuracy_per_byte",
    "accuracy_pmi",
    "accuracy_calibrated",
    "entropy",
    "calibration_error",
    "brier",
    "prompt_tokens",
    "cached_tokens",
    "generated_tokens",
    "seconds",
    "tokens_per_second",
    "weights_sha256",
    "schema",
)
# What may differ between two runs of the same thing.
TIME_COLUMNS = ("seconds", "tokens_per_second", "cached_tokens")

LARGEST_FILE = 64 * 1024 * 1024  # bytes
MOST_ROWS = 1_000_000

_DIGITS = {
    "value": 4,
    "low": 4,
    "high": 4,
    "difference": 4,
    "difference_low": 4,
    "difference_high": 4,
    "mcnemar_p": 6,
    "accuracy_per_token": 4,
    "accuracy_per_byte": 4,
    "accuracy_pmi": 4,
    "accuracy_calibrated": 4,
    "entropy": 4,
    "calibration_error": 4,
    "brier": 4,
    "seconds": 3,
    "tokens_per_second": 1,
}
_TEXTS = frozenset(
    {
        *("run", "suite", "model", "engine", "task", "language", "template", "form", "labels"),
        *("shot_mode", "metric", "weights_sha256"),
    }
)
_BOOLEANS = {"true": True, "false": False}
_SHOT_MODES: Mapping[str, ShotMode] = {one: one for one in get_args(ShotMode)}
_LABELS: Mapping[str, Labels] = {one: one for one in get_args(Labels)}
_COMPARED = ("difference", "difference_low", "difference_high", "difference_n", "mcnemar_p")
_CALIBRATED = tuple(one.name for one in fields(Calibration))
_PERPLEXITY = "gold-perplexity"  # the one metric that is no proportion
_WHOLE = frozenset({"accuracy", "certified-accuracy", "strictly-certified-accuracy"})  # of all
_ESTIMATE = ("value", "low", "high")
_SHARE = (0.0, 1.0)
_RANGES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **dict.fromkeys((*_ESTIMATE, "mcnemar_p"), _SHARE),
        **dict.fromkeys(("difference", "difference_low", "difference_high"), (-1.0, 1.0)),
        **dict.fromkeys(_CALIBRATED, _SHARE),
        "entropy": (0.0, math.inf),
        "brier": (0.0, 2.0),
        **dict.fromkeys(("seconds", "tokens_per_second"), (0.0, math.inf)),
    }
)

# ── rows to tables ──────────────────────────────────────────────────────────────────────────────


def to_frame(rows: Iterable[Row]) -> "pd.DataFrame":
    """Return the rows as a data frame with `COLUMNS`; an absent value is `pd.NA`."""
    import pandas as pd  # noqa: PLC0415 - it takes longer to load than a command has time to answer

    values = [tuple(line[column] for column in COLUMNS) for line in lines(tuple(rows))]
    frame = pd.DataFrame(values, columns=list(COLUMNS), dtype=object)
    return frame.astype({column: dtype(column) for column in COLUMNS})


def write(rows: Iterable[Row], path: Path) -> None:
    """Write the rows as CSV: at any instant the file is the old one or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    paths.replace(path, to_csv(tuple(rows)))


def to_markdown(rows: Iterable[Row]) -> str:
    """Return the rows as a Markdown table for people: fewer columns than the CSV has."""
    header, lines = _for_people(tuple(rows))
    return tables.markdown(
        header, (tuple(map(tables.markdown_text, one)) for one in lines), _NUMBERS
    )


def to_latex(rows: Iterable[Row]) -> str:
    """Return the same table for LaTeX, with the rules of `booktabs`."""
    header, lines = _for_people(tuple(rows))
    return tables.latex(header, (tuple(map(tables.latex_text, one)) for one in lines), _NUMBERS)


def to_json(rows: Iterable[Row]) -> list[dict[str, tables.Value]]:
    """Return the rows as objects under the names of the columns; an absent value is `None`."""
    return [dict(line) for line in rounded(tuple(rows))]


def merge(run_row_sets: Iterable[Iterable[Row]]) -> tuple[Row, ...]:
    """Return the rows of several runs in the order of the runs' names, each run's order kept."""
    return tuple(sorted(itertools.chain.from_iterable(run_row_sets), key=_run))


def unite(leaderboards: Iterable[Iterable[Row]]) -> tuple[Row, ...]:
    """Return the rows of several leaderboards; a run that stands in more than one counts once.

    Raises:
        RunMistake: two have a run of one name, and other rows in it.

    """
    runs: dict[str, tuple[Row, ...]] = {}
    for rows in leaderboards:
        for run, found in itertools.groupby(sorted(rows, key=_run), key=_run):
            mine = tuple(found)
            if runs.setdefault(run, mine) != mine:
                raise _mistake(
                    f"run `{run}`",
                    "its rows differ between two leaderboards",
                    hint="name one of the two alone",
                )
    return merge(runs.values())


def _run(row: Row) -> str:
    return row.run


def rounded(rows: Sequence[Row]) -> Iterator[Mapping[str, tables.Value]]:
    """Yield the values of each row under the names of the columns, with the digits of the file."""
    for line in lines(rows):
        yield {
            name: round(value, _DIGITS[name]) + 0.0
            if name in _DIGITS and isinstance(value, int | float)
            else value
            for name, value in line.items()
        }


def lines(rows: Sequence[Row]) -> Iterator[Mapping[str, tables.Value]]:
    """Yield the values of each row under the names of the columns."""
    tokens = _tokens_by_model(rows)
    for row in rows:
        yield {
            **_identity(row),
            **_numbers(row),
            **_comparison(row.comparison),
            **_calibration(row.calibration),
            "prompt_tokens": row.usage.prompt_tokens,
            "cached_tokens": row.usage.cached_tokens,
            "generated_tokens": row.usage.generated_tokens,
            "seconds": row.seconds,
            "tokens_per_second": tokens[_work(row)] / row.seconds if row.seconds else None,
            "weights_sha256": row.weights_sha256,
            "schema": SCHEMA,
        }


def _identity(row: Row) -> Mapping[str, tables.Value]:
    return {
        "run": row.run,
        "suite": row.suite,
        "model": row.model,
        "engine": row.engine,
        "task": row.task,
        **condition_cells(row.condition),
    }


def condition_cells(condition: Condition) -> Mapping[str, tables.Value]:
    """Return a condition's columns, in the order of the table."""
    return {
        "language": condition.language,
        "template": condition.template,
        "form": condition.form,
        "k": condition.k,
        "description": condition.description,
        "labels": condition.labels,
        "shot_mode": condition.shot_mode,
        "shot_seed": condition.shot_seed,
    }


def _numbers(row: Row) -> Mapping[str, tables.Value]:
    return {
        "metric": row.metric,
        "value": row.estimate.value,
        "low": row.estimate.low,
        "high": row.estimate.high,
        "n": row.estimate.n,
        **{outcome.value: row.counts.get(outcome, 0) for outcome in Outcome},
        "shots_dropped": row.dropped,
    }


def _comparison(comparison: Comparison | None) -> Mapping[str, tables.Value]:
    if comparison is None:
        return dict.fromkeys(_COMPARED)
    return {
        "difference": comparison.difference,
        "difference_low": comparison.low,
        "difference_high": comparison.high,
        "difference_n": comparison.n,
        "mcnemar_p": comparison.p,
    }


def _calibration(calibration: Calibration | None) -> Mapping[str, tables.Value]:
    if calibration is None:
        return dict.fromkeys(_CALIBRATED)
    return asdict(calibration)


def _work(row: Row) -> tuple[str, str, str]:
    """Return what `seconds` were measured for: an engine's work on a model in a run."""
    return (row.run, row.model, row.engine)


def _tokens_by_model(rows: Sequence[Row]) -> Mapping[tuple[str, str, str], int]:
    # A condition's usage stands in the row of each of its metrics, and counts once.
    usages = {(*_work(row), row.task, row.condition): row.usage for row in rows}
    totals = dict.fromkeys(map(_work, rows), 0)
    for (run, model, engine, *_), usage in usages.items():
        totals[run, model, engine] += usage.prompt_tokens + usage.generated_tokens
    return totals


def dtype(column: str) -> str:
    """Return the pandas type of a column."""
    if column in _TEXTS:
        return "string"
    if column in _DIGITS:
        return "Float64"
    return "boolean" if column == "description" else "Int64"


# ── cells ───────────────────────────────────────────────────────────────────────────────────────


def to_csv(rows: Sequence[Row]) -> str:
    """Return the rows as the text of a leaderboard file."""
    return tables.csv_text(COLUMNS, lines(rows), _DIGITS)


# What became of questions that are neither right nor wrong.
UNSETTLED = (Outcome.INVALID, Outcome.TIE, Outcome.UNREAD, Outcome.CUT, Outcome.TOO_LONG)

_HEADER = (
    *("task", "model", "engine", "form", "k", "description", "shots", "metric", "value"),
    *("95 % interval", "n", "invalid", "tie", "unread", "cut", "too long", "few − zero-shot", "p"),
)
_NUMBERS = frozenset({"k", "value", "n", "invalid", "tie", "unread", "cut", "too long", "p"})
_FIRST = 3  # columns before those that vary
# What tells rows apart, and stands in the table only where it does: among which rows, and how.
_VARIED: Mapping[str, Callable[[Row], tuple[Hashable, str]]] = MappingProxyType(
    {
        "run": lambda row: (None, row.run),
        "language": lambda row: (None, row.condition.language),
        "template": lambda row: ((row.task, row.condition.language), row.condition.template),
    }
)


def _for_people(rows: Sequence[Row]) -> tuple[Sequence[str], Iterator[Sequence[str]]]:
    """Return the header of the table for people and its cells, not yet escaped."""
    varied = {
        name: of
        for name, of in _VARIED.items()
        if len({of(row) for row in rows}) > len({of(row)[0] for row in rows})
    }
    header = (*_HEADER[:_FIRST], *varied, *_HEADER[_FIRST:])
    return header, (
        (*cells[:_FIRST], *(of(row)[1] for of in varied.values()), *cells[_FIRST:])
        for row in rows
        for cells in (_cells(row),)
    )


def _cells(row: Row) -> tuple[str, ...]:
    """Return what people see of a row, not yet escaped."""
    condition, estimate, against = row.condition, row.estimate, row.comparison
    return (
        *(row.task, row.model, row.engine, condition.form),
        str(condition.k),
        "on" if condition.description else "off",
        _shots(condition) if condition.k else "",
        row.metric,
        tables.fixed(estimate.value, 3),
        f"{tables.fixed(estimate.low, 3)} to {tables.fixed(estimate.high, 3)}",
        str(estimate.n),
        *(str(row.counts.get(outcome, 0)) for outcome in UNSETTLED),
        "" if against is None else _difference(against),
        "" if against is None else tables.probability(against.p),
    )


def _shots(condition: Condition) -> str:
    labels = "" if condition.labels == "gold" else f", labels {condition.labels}"
    return f"{condition.shot_mode}, seed {condition.shot_seed}{labels}"


def _difference(against: Comparison) -> str:
    low, high = tables.fixed(against.low, 3), tables.fixed(against.high, 3)
    return f"{tables.fixed(against.difference, 3)} ({low} to {high})"


# ── back ────────────────────────────────────────────────────────────────────────────────────────


def read(path: Path) -> tuple[Row, ...]:
    """Read the rows of a leaderboard.

    Raises:
        RunMistake: there is no such file, it is too large, or it is no leaderboard of this schema.

    """
    try:
        if path.exists() and not path.is_file():  # a pipe would never end
            raise _mistake(path, "no ordinary file", hint=None)
        if path.stat().st_size > LARGEST_FILE:
            raise _mistake(path, f"larger than {LARGEST_FILE} bytes", hint="read the runs singly")
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(parse(path, csv.reader(file, strict=True)))
    except OSError as error:
        raise _mistake(path, f"cannot be read: {error.strerror}", hint=None) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _mistake(path, f"no CSV in UTF-8: {error}", hint=_REWRITE) from error


_REWRITE = "write it again with `evalsuite score RUN`"


def parse(path: Path, table: Iterator[Sequence[str]]) -> Iterator[Row]:
    """Yield the rows that the cells of a file stand for, its header first.

    Raises:
        RunMistake: it is no leaderboard of this schema.

    """
    _check_header(path, next(table, []))
    for number, cells in enumerate(table, start=1):
        place = f"{path}: row {number}"
        if number > MOST_ROWS:
            raise _mistake(path, f"more than {MOST_ROWS} rows", hint="read the runs singly")
        if len(cells) != len(COLUMNS):
            message = f"{len(cells)} fields for {len(COLUMNS)} columns"
            raise _mistake(place, message, hint=_REWRITE)
        yield _row(place, dict(zip(COLUMNS, cells, strict=True)))


def _check_header(path: Path, header: Sequence[str]) -> None:
    if tuple(header) == COLUMNS:
        return
    known, found = set(COLUMNS), set(header)
    missing = [column for column in COLUMNS if column not in found]
    unknown = [column for column in header if column not in known]
    if missing:
        message = f"no column `{missing[0]}`"
    elif unknown:
        message = f"unknown column `{unknown[0][:80]}`"
    else:
        strays = (one for one, wanted in zip(header, COLUMNS, strict=False) if one != wanted)
        message = f"column `{next(strays, header[-1])}` is out of place"
    raise _mistake(path, message, hint=f"schema {SCHEMA} is described in `docs/leaderboard.md`")


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one row, and where it stands."""

    place: str
    cells: Mapping[str, str]

    def read(self, column: str, of: Callable[[str], _Read]) -> _Read:
        """Return what a cell stands for."""
        try:
            return of(self.cells[column])
        except (ValueError, KeyError) as error:
            raise self.mistake(column, "is no value of it") from error

    def number(self, column: str) -> float:
        """Return a number that the column may hold."""
        low, high = _RANGES[column]
        if self.cells["metric"] == _PERPLEXITY and column in _ESTIMATE:
            low, high = 1.0, math.inf
        return self.read(column, lambda cell: _float(cell, low, high))

    def maybe(self, column: str) -> float | None:
        """Return the same, or None where the cell is empty."""
        return self.number(column) if self.cells[column] else None

    def between(self, *columns: str) -> tuple[float, float, float]:
        """Return a number with its interval; the columns of the three."""
        value, low, high = map(self.number, columns)
        for column, fits in ((columns[1], low <= value), (columns[2], value <= high)):
            if not fits:
                raise self.mistake(column, f"does not hold `{columns[0]}`")
        return value, low, high

    def any(self, columns: Iterable[str]) -> bool:
        """Say whether a cell of these holds anything."""
        return any(self.cells[column] for column in columns)

    def mistake(self, column: str, message: str) -> RunMistake:
        """Return what is wrong with a cell."""
        told = f"column `{column}`: `{self.cells[column][:80]}` {message}"
        return _mistake(self.place, told, hint=_REWRITE)


def _row(place: str, cells: Mapping[str, str]) -> Row:
    row = _Cells(place, cells)
    if cells["schema"] != str(SCHEMA):
        message = f"column `schema`: `{cells['schema'][:80]}`, not {SCHEMA}"
        raise _mistake(place, message, hint="it was written by another version of evalsuite")
    row.maybe("tokens_per_second")  # follows from the rest, but is no rubbish
    return Row(
        run=row.read("run", tables.text_of),
        suite=row.read("suite", tables.text_of),
        model=row.read("model", tables.text_of),
        engine=row.read("engine", tables.text_of),
        task=row.read("task", tables.text_of),
        condition=Condition(
            template=row.read("template", tables.text_of),
            language=row.read("language", tables.text_of),
            form=row.read("form", tables.text_of),
            k=row.read("k", _count),
            description=row.read("description", _BOOLEANS.__getitem__),
            labels=row.read("labels", _LABELS.__getitem__),
            shot_mode=row.read("shot_mode", _SHOT_MODES.__getitem__),
            shot_seed=row.read("shot_seed", int),
        ),
        metric=row.read("metric", tables.text_of),
        estimate=_estimate(row),
        counts=_outcomes(row),
        dropped=row.read("shots_dropped", _count),
        comparison=_compared(row) if row.any(_COMPARED) else None,
        calibration=Calibration(**{column: row.maybe(column) for column in _CALIBRATED})
        if row.any(_CALIBRATED)
        else None,
        usage=Usage(
            prompt_tokens=row.read("prompt_tokens", _count),
            cached_tokens=row.read("cached_tokens", _count),
            generated_tokens=row.read("generated_tokens", _count),
        ),
        seconds=row.maybe("seconds"),
        weights_sha256=row.read("weights_sha256", _optional(tables.text_of)),
    )


def _estimate(row: _Cells) -> Estimate:
    value, low, high = row.between(*_ESTIMATE)
    return Estimate(value=value, low=low, high=high, n=row.read("n", _count))


def _outcomes(row: _Cells) -> dict[Outcome, int]:
    counts = {outcome: row.read(outcome.value, _count) for outcome in Outcome}
    total = sum(counts.values())
    if row.cells["metric"] in _WHOLE and total > row.read("n", _count):
        raise row.mistake("n", f"is less than the {total} outcomes")
    return counts


def _compared(row: _Cells) -> Comparison:
    difference, low, high = row.between("difference", "difference_low", "difference_high")
    return Comparison(
        difference=difference,
        low=low,
        high=high,
        p=row.number("mcnemar_p"),
        n=row.read("difference_n", _count),
    )


def _count(cell: str) -> int:
    count = int(cell)
    if count < 0:
        raise ValueError(cell)
    return count


def _float(cell: str, low: float, high: float) -> float:
    number = float(cell)
    if not (math.isfinite(number) and low <= number <= high):
        raise ValueError(cell)
    return number


def _optional(of: Callable[[str], _Read]) -> Callable[[str], _Read | None]:
    return lambda cell: of(cell) if cell else None


def _mistake(place: Path | str, message: str, *, hint: str | None) -> RunMistake:
    return RunMistake(f"{place}: {message}", hint=hint)
