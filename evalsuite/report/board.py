"""The leaderboard, speed and cost, as figures of the report."""

from collections.abc import Sequence

from evalsuite.leaderboard import UNSETTLED
from evalsuite.loaded import LoadedRun
from evalsuite.records import Row
from evalsuite.report.figures import Cell, Figure, counts, figure, shares, texts, told


def leaderboard(runs: Sequence[LoadedRun]) -> Figure | None:
    """Every row of every run."""
    return figure(
        "leaderboard",
        "Leaderboard",
        "One row a model, task, condition and metric, with its 95 % interval; the difference is to"
        " the same without shots, on the same questions, with McNemar's exact p.",
        "board",
        (
            *texts("run", "task", "model", "kind", "engine", "language", "form", "template"),
            *counts("k"),
            *texts("description", "labels", "shots", "metric"),
            *counts("n"),
            *shares("value", "low", "high"),
            *shares("difference", "difference_low", "difference_high"),
            *shares("p", digits=4),
            *counts(*(one.value for one in UNSETTLED), "shots_dropped"),
        ),
        ((run.name, *_row(run, row)) for run in runs for row in run.board),
    )


def _row(run: LoadedRun, row: Row) -> Sequence[Cell]:
    condition, against = row.condition, row.comparison
    differences = (
        (None, None, None, None)
        if against is None
        else (against.difference, against.low, against.high, against.p)
    )
    return (
        *(row.task, row.model, run.kind(row.model), row.engine),
        *(condition.language, condition.form, condition.template, condition.k),
        "on" if condition.description else "off",
        condition.labels if condition.k else "",
        f"{condition.shot_mode}, seed {condition.shot_seed}" if condition.k else "",
        row.metric,
        row.estimate.n,
        *told(row.estimate),
        *differences,
        *(row.counts.get(one, 0) for one in UNSETTLED),
        row.dropped,
    )


def speed(runs: Sequence[LoadedRun]) -> Figure | None:
    """How fast the models answered, and what it took; what it cost, where there were prices."""
    priced = any(one.cost is not None for run in runs for one in run.speeds)
    return figure(
        "speed",
        "Speed and cost",
        "Tokens a second over the whole time of asking: logical tokens are those of the prompts as"
        " sent, computed ones went through the model; MFU is the share of the device's peak that"
        " the work took.",
        "table",
        (
            *texts("run", "model", "engine", "device"),
            *counts("prompts"),
            *shares("seconds", digits=1),
            *counts("logical_tokens", "computed_tokens", "generated_tokens"),
            *counts("logical_tokens_per_s", "computed_tokens_per_s", "generated_tokens_per_s"),
            *shares("hit_rate", digits=3),
            *shares("petaflops", digits=4),
            *shares("mfu", digits=3),
            *counts("energy_joules"),
            *(shares("cost", digits=4) if priced else ()),
        ),
        (
            (
                *(run.name, one.model, one.engine, one.device, one.prompts, one.seconds),
                *(one.logical_tokens, one.computed_tokens, one.generated_tokens),
                *(one.logical_tokens_per_s, one.computed_tokens_per_s),
                *(one.generated_tokens_per_s, one.hit_rate),
                None if one.flops is None else one.flops / 1e15,
                *(one.mfu, one.energy_joules),
                *((one.cost,) if priced else ()),
            )
            for run in runs
            for one in run.speeds
        ),
    )
