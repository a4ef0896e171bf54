"""What a run came to, as a table and as data."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evalsuite import leaderboard
from evalsuite.cli._console import heading, table
from evalsuite.records import Comparison, Condition, Outcome, Row
from evalsuite.report.conditioning import counted, unchanged
from evalsuite.run import Conditioned, Finished

_ACCURACY = "accuracy"
_VARIED: Mapping[str, Callable[[Condition], str]] = MappingProxyType(
    {
        "template": lambda one: one.template,
        "descr": lambda one: "on" if one.description else "off",
        "labels": lambda one: one.labels if one.k else "",
        "shots": lambda one: one.shot_mode if one.k else "",
        "seed": lambda one: str(one.shot_seed) if one.k else "",
    }
)


def leaderboard_table(rows: Iterable[Row]) -> None:
    """Print rows as a table; what is the same in all of them is left out where it says little."""
    shown = tuple(rows)
    alike = all(row.metric == _ACCURACY for row in shown)
    tasks = {row.task for row in shown}
    varied = [
        name
        for name, value in _VARIED.items()
        if len({(row.task, told) for row in shown if (told := value(row.condition))}) > len(tasks)
    ]
    table(
        (
            *("task", "model", "engine", "lang", "form"),
            *varied,
            *(() if alike else ("metric",)),
            *("k", "n", _ACCURACY if alike else "value"),
            *("95 % interval", "vs 0-shot", "95 % interval", "p", "ties", "unread"),
        ),
        (_cells(row, varied, alike=alike) for row in shown),
        right=9,
    )


def conditioning_tables(found: Conditioned) -> None:
    """Print what the prompts of a run did to its models."""
    for section in found.sections:
        heading(section.heading, section.about)
        table(section.columns, section.rows, right=section.numbers)
    heading("right", counted(found.metrics))
    heading("weights", unchanged(found.weights))


def _cells(row: Row, varied: Sequence[str], *, alike: bool) -> tuple[object, ...]:
    unread = sum(
        row.counts.get(outcome, 0) for outcome in (Outcome.UNREAD, Outcome.CUT, Outcome.TOO_LONG)
    )
    return (
        row.task,
        row.model,
        row.engine,
        row.condition.language,
        row.condition.form,
        *(_VARIED[name](row.condition) for name in varied),
        *(() if alike else (row.metric,)),
        row.condition.k,
        row.estimate.n,
        f"{row.estimate.value:.3f}",
        f"{row.estimate.low:.3f} to {row.estimate.high:.3f}",
        *_against(row.comparison),
        row.counts.get(Outcome.TIE, 0),
        unread,
    )


def _against(comparison: Comparison | None) -> tuple[str, str, str]:
    if comparison is None:
        return ("", "", "")
    return (
        f"{comparison.difference:+.3f}",
        f"{comparison.low:+.3f} to {comparison.high:+.3f}",
        f"{comparison.p:.3f}",
    )


def summary(finished: Finished, results: Path) -> dict[str, Any]:
    """Return what a run came to, for JSON."""
    return {
        "run": finished.name,
        "asked": finished.asked,
        "answered_before": finished.answered_before,
        "unanswered": finished.unanswered,
        "files": {
            "run": str(finished.folder),
            "leaderboard": str(results / "leaderboard.csv"),
            **(
                {}
                if finished.conditioned is None
                else {"conditioning": str(finished.folder / "conditioning.md")}
            ),
        },
        **_conditioned(finished),
        "rows": json.loads(leaderboard.to_frame(finished.rows).to_json(orient="records")),
    }


def _conditioned(finished: Finished) -> dict[str, Any]:
    if finished.conditioned is None:
        return {}
    return {"effects": [asdict(one) for one in finished.conditioned.effects]}
