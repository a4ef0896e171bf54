"""What conditioned a model, as tables: for a terminal, as Markdown and as CSV."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import groupby
from typing import TypeAlias

from evalsuite import tables
from evalsuite.conditioning import ABOUT
from evalsuite.records import Effect, Spread

COLUMNS = tuple(one.name for one in fields(Effect))
Weights: TypeAlias = Mapping[str, tuple[str | None, str | None]]
LEVEL = 0.05  # p, after correction, below which a difference counts as seen

_DIGITS = {
    **dict.fromkeys(("base", "difference", "low", "high", "detectable"), 4),
    **dict.fromkeys(("p", "p_holm"), 6),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A table with its heading."""

    heading: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int  # how many of the last columns are numbers


def to_csv(effects: Iterable[Effect]) -> str:
    """Return one line an effect; the columns are those of `Effect`."""
    return tables.csv_text(COLUMNS, map(asdict, effects), _DIGITS)


def to_markdown(
    sections: Iterable[Section],
    metrics: Mapping[str, str],
    weights: Weights,
) -> str:
    """Return the report as Markdown.

    `metrics` has each task's first metric, `weights` each model's SHA-256 before and after; None:
    not known, as of a server's model, or before a run has ended.
    """
    heads = (unchanged(weights), counted(metrics))
    parts = ["# What the prompt does\n", *(f"{tables.markdown_text(one)}\n" for one in heads)]
    for section in sections:
        parts.append(f"## {tables.markdown_text(section.heading)}\n")
        parts.append(f"{tables.markdown_text(section.about)}\n")
        rows = [tuple(map(tables.markdown_text, row)) for row in section.rows]
        parts.append(tables.markdown(section.columns, rows, section.columns[-section.numbers :]))
    return "\n".join(parts)


def counted(metrics: Mapping[str, str]) -> str:
    """Return in words what counts as right."""
    told = ", ".join(f"{metric} in {task}" for task, metric in sorted(metrics.items()))
    return f"Right is what a task's first metric counts: {told}."


def unchanged(weights: Weights) -> str:
    """Return in words whether the models' weights were the same before and after."""
    known = {
        model: (before, after)
        for model, (before, after) in sorted(weights.items())
        if before is not None and after is not None
    }
    claims = []
    if known:
        alike = all(before == after for before, after in known.values())
        claim = (
            "No weight changed: a prompt conditions, it does not teach"
            if alike
            else "WEIGHTS CHANGED during the run"
        )
        told = [
            f"{model} {before[:12]} before, {after[:12]} after"
            for model, (before, after) in known.items()
        ]
        claims.append(f"{claim} (SHA-256: {'; '.join(told)}).")
    unknown = sorted(weights.keys() - known.keys())
    if unknown:
        claims.append(f"Whether weights changed is not known for {', '.join(unknown)}.")
    return " ".join(claims)


def sections(effects: Sequence[Effect], spreads: Sequence[Spread]) -> tuple[Section, ...]:
    """Return the report's tables: for each task its effects, a factor at a time, then spreads."""
    found = []
    for (task, factor), held in groupby(effects, key=lambda one: (one.task, one.factor)):
        found.append(_effects(task, factor, tuple(held)))
    for task, among in groupby(spreads, key=lambda one: one.task):
        found.append(_spreads(task, tuple(among)))
    return tuple(sorted(found, key=lambda section: section.heading.partition(":")[0]))


def _effects(task: str, factor: str, effects: Sequence[Effect]) -> Section:
    return Section(
        heading=f"{task}: {factor}",
        about=ABOUT[factor],
        columns=(
            *("change", "all else", "model", "", "in words"),
            *("n", "before", "difference", "95 % interval", "p", "p (Holm)", "detectable"),
        ),
        rows=tuple(map(_row, effects)),
        numbers=7,
    )


def _row(effect: Effect) -> tuple[str, ...]:
    return (
        f"{effect.before} → {effect.after}",
        effect.setting,
        effect.model,
        effect.kind,
        words(effect),
        str(effect.n),
        tables.fixed(effect.base, 3),
        tables.signed(effect.difference),
        tables.span(effect.low, effect.high),
        tables.probability(effect.p),
        tables.probability(effect.p_holm),
        "" if effect.detectable is None else tables.fixed(effect.detectable, 3),
    )


def words(effect: Effect) -> str:
    """Return what an effect means, and where none is seen, what would have been."""
    size = f"{abs(effect.difference) * 100:.1f} points"
    if effect.p_holm < LEVEL:
        return f"{'helps' if effect.difference > 0 else 'hurts'} by {size}"
    if effect.p < LEVEL:
        return "not sure: not after correction"
    if effect.detectable is None:
        return f"not seen: {effect.n} are too few to show anything"
    return f"not seen: {effect.n} show {effect.detectable * 100:.0f} points or more"


def _spreads(task: str, spreads: Sequence[Spread]) -> Section:
    return Section(
        heading=f"{task}: spread",
        about="how far results lie apart over what ought not to matter; flipped: right under one,"
        " not under another",
        columns=(
            *("over", "all else", "model", "", "worst", "best"),
            *("levels", "n", "mean", "lowest", "highest", "flipped"),
        ),
        rows=tuple(
            (
                *(one.over, one.setting, one.model, one.kind, one.worst, one.best),
                *(str(one.levels), str(one.n)),
                *(
                    tables.fixed(value, 3)
                    for value in (one.mean, one.worst_value, one.best_value, one.flip_rate)
                ),
            )
            for one in spreads
        ),
        numbers=6,
    )
