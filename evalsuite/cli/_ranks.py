"""Ranks as a table, and as text for other tools."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from evalsuite import tables
from evalsuite.cli._console import table
from evalsuite.leaderboard import condition_cells
from evalsuite.pairing import described
from evalsuite.ranking import Ranked

COLUMNS: Final = (
    *("task", "language", "template", "form", "k", "description", "labels", "shot_mode"),
    *("shot_seed", "metric", "rank", "better", "worse", "of", "by", "model", "engine", "run"),
    *("value", "low", "high", "n"),
)
_DIGITS: Final = {"value": 4, "low": 4, "high": 4}
_HEADER: Final = (
    *("task", "condition", "metric", "rank", "model", "engine", "value", "95 % interval", "n"),
    *("better", "worse", "of", "by"),
)
_NUMBERS: Final = frozenset({"rank", "value", "n", "better", "worse", "of"})


def print_table(ranks: Sequence[Ranked]) -> None:
    """Print ranks as a table."""
    table(*_for_people(ranks))


def to_markdown(ranks: Sequence[Ranked]) -> str:
    """Return ranks as a Markdown table."""
    header, cells = _for_people(ranks)
    return tables.markdown(
        header, (tuple(map(tables.markdown_text, one)) for one in cells), _NUMBERS
    )


def to_latex(ranks: Sequence[Ranked]) -> str:
    """Return ranks as a LaTeX table."""
    header, cells = _for_people(ranks)
    return tables.latex(header, (tuple(map(tables.latex_text, one)) for one in cells), _NUMBERS)


def to_csv(ranks: Sequence[Ranked]) -> str:
    """Return ranks as CSV with `COLUMNS`."""
    return tables.csv_text(COLUMNS, map(_values, ranks), _DIGITS)


def to_json(ranks: Sequence[Ranked]) -> str:
    """Return ranks as a list of objects under the names of the columns."""
    return json.dumps([dict(_values(one)) for one in ranks], indent=2, ensure_ascii=False) + "\n"


def _for_people(ranks: Sequence[Ranked]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Return a header and its cells; the run stands there where there are several."""
    several = len({one.row.run for one in ranks}) > 1
    return (
        (*_HEADER, "run") if several else _HEADER,
        [(*_cells(one), one.row.run) if several else _cells(one) for one in ranks],
    )


def _cells(one: Ranked) -> tuple[str, ...]:
    row, estimate = one.row, one.row.estimate
    return (
        *(row.task, described(row.condition, row.task), row.metric, str(one.rank)),
        *(row.model, row.engine, tables.fixed(estimate.value, 3)),
        f"{tables.fixed(estimate.low, 3)} to {tables.fixed(estimate.high, 3)}",
        *map(str, (estimate.n, one.better, one.worse, one.of, one.by)),
    )


def _values(one: Ranked) -> Mapping[str, Any]:
    row = one.row
    return {
        "task": row.task,
        **condition_cells(row.condition),
        "metric": row.metric,
        "rank": one.rank,
        "better": one.better,
        "worse": one.worse,
        "of": one.of,
        "by": one.by,
        "model": row.model,
        "engine": row.engine,
        "run": row.run,
        "value": row.estimate.value,
        "low": row.estimate.low,
        "high": row.estimate.high,
        "n": row.estimate.n,
    }
