"""What a run came to, as a table and as data."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evalsuite import leaderboard, tables
from evalsuite.cli._console import heading, table, text
from evalsuite.forecast import Forecast
from evalsuite.metrics import ACCURACY
from evalsuite.records import Comparison, Condition, Outcome, Row
from evalsuite.report.conditioning import counted, unchanged
from evalsuite.speed import Speed
from evalsuite.stops import CONDITIONING, Conditioned, Finished

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
    alike = all(row.metric == ACCURACY for row in shown)
    tasks = {row.task for row in shown}
    runs = len({row.run for row in shown}) > 1
    # Told where there are any.
    lost = [one for one in leaderboard.UNSETTLED if any(row.counts.get(one) for row in shown)]
    varied = [
        name
        for name, value in _VARIED.items()
        if len({(row.task, told) for row in shown if (told := value(row.condition))}) > len(tasks)
    ]
    table(
        (
            *("task", "model", "engine", *(("run",) if runs else ()), "lang", "form"),
            *varied,
            *(() if alike else ("metric",)),
            *("k", "n", ACCURACY if alike else "value"),
            *("95 % interval", "vs 0-shot", "95 % interval", "p"),
            *(one.value.replace("_", " ") for one in lost),
        ),
        (_cells(row, varied, lost, runs=runs, alike=alike) for row in shown),
        right=7 + len(lost),
    )


def conditioning_tables(found: Conditioned) -> None:
    """Print what the prompts of a run did to its models."""
    for section in found.sections:
        heading(section.heading, section.about)
        table(section.columns, section.rows, right=section.numbers)
    heading("right", counted(found.metrics))
    heading("weights", unchanged(found.weights))


def speed_table(speeds: Sequence[Speed]) -> None:
    """Print how fast the models of a run answered; nothing where there was none."""
    if not speeds:
        return
    heading(
        "speed",
        "tokens/s over the whole time of asking; prompt tokens as sent, cached ones among them, are"
        " a service rate; MFU is of the computed ones",
    )
    priced = any(one.cost is not None for one in speeds)
    table(
        (
            *("model", "engine", "prompts", "seconds", "prompt tokens/s", "computed/s"),
            *("generated/s", "cached", "MFU", "outside", "joules", *(("cost",) if priced else ())),
        ),
        (
            (
                *(one.model, one.engine, f"{one.prompts:,}", f"{one.seconds:,.1f}"),
                *(_number(one.logical_tokens_per_s), _number(one.computed_tokens_per_s)),
                *(_number(one.generated_tokens_per_s), _percent(one.hit_rate)),
                *(_percent(one.mfu), _percent(one.outside), _number(one.energy_joules)),
                *((_cost(one.cost),) if priced else ()),
            )
            for one in speeds
        ),
        right=9 + priced,
    )
    for source in dict.fromkeys(one.peak_source for one in speeds if one.peak_source):
        peaks = sorted({one.peak_flops or 0.0 for one in speeds if one.peak_source == source})
        shown = ", ".join(f"{peak / 1e12:,.3g}" for peak in peaks)
        text(f"peak of the MFU: {shown} TFLOP/s ({source})")


def forecast_table(foreseen: Sequence[Forecast]) -> None:
    """Print what a run would ask, take and cost."""
    priced = any(one.cost is not None for one in foreseen)
    table(
        (
            *("model", "engine", "prompts", "requests", "prompt tokens", "computed"),
            *("generated, at most", "FLOPs", "seconds", *(("cost",) if priced else ())),
        ),
        (
            (
                *(one.model, one.engine, f"{one.prompts:,}", f"{one.requests:,}"),
                *(f"{one.logical_tokens:,}", f"{one.computed_tokens:,}"),
                f"{one.generated_tokens:,}",
                "" if one.flops is None else f"{one.flops:.3g}",
                "" if one.seconds is None else f"{one.seconds:,.1f}",
                *((_cost(one.cost),) if priced else ()),
            )
            for one in foreseen
        ),
        right=7 + priced,
    )
    for one in foreseen:
        long = f"; {one.too_long} prompts are too long" if one.too_long else ""
        if one.requests or long:
            text(f"{one.model}: {one.basis}{long}")
    text("the engine's start is not counted; nothing was asked, and nothing written")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _cost(value: float | None) -> str:
    return "" if value is None else f"{value:,.4f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _cells(
    row: Row, varied: Sequence[str], lost: Sequence[Outcome], *, runs: bool, alike: bool
) -> tuple[object, ...]:
    return (
        row.task,
        row.model,
        row.engine,
        *((row.run,) if runs else ()),
        row.condition.language,
        row.condition.form,
        *(_VARIED[name](row.condition) for name in varied),
        *(() if alike else (row.metric,)),
        row.condition.k,
        row.estimate.n,
        f"{row.estimate.value:.3f}",
        f"{row.estimate.low:.3f} to {row.estimate.high:.3f}",
        *_against(row.comparison),
        *(row.counts.get(one, 0) for one in lost),
    )


def _against(comparison: Comparison | None) -> tuple[str, str, str]:
    if comparison is None:
        return ("", "", "")
    return (
        tables.signed(comparison.difference),
        tables.span(comparison.low, comparison.high),
        tables.probability(comparison.p, 3),
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
            "leaderboard": str(results / leaderboard.FILE),
            **(
                {}
                if finished.conditioned is None
                else {"conditioning": str(finished.folder / CONDITIONING)}
            ),
        },
        **_conditioned(finished),
        "speed": [asdict(one) for one in finished.speeds],
        "rows": json.loads(leaderboard.to_frame(finished.rows).to_json(orient="records")),
    }


def _conditioned(finished: Finished) -> dict[str, Any]:
    if finished.conditioned is None:
        return {}
    return {"effects": [asdict(one) for one in finished.conditioned.effects]}
