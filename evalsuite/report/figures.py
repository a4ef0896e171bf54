"""A figure of the report: what it shows, how it is read, and the table of all that it shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from evalsuite.records import Estimate
from evalsuite.report.visible import visible

Cell: TypeAlias = str | int | float | None
Shape: TypeAlias = Literal[
    "board",
    "gap",
    "slopes",
    "curves",
    "effects",
    "ladder",
    "reliability",
    "confusion",
    "bars",
    "dots",
    "table",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table; `digits` are those of its numbers, None where it has texts."""

    name: str
    label: str
    digits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: its rows are all that is drawn, and every number in them is computed here."""

    name: str
    title: str
    about: str  # one sentence: how to read it
    shape: Shape
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Figures that belong together."""

    name: str
    title: str
    figures: tuple[Figure, ...]


def texts(*names: str) -> tuple[Column, ...]:
    """Return columns of texts; an underscore of a name is a space in its label."""
    return tuple(Column(name=one, label=one.replace("_", " ")) for one in names)


def counts(*names: str) -> tuple[Column, ...]:
    """Return columns of whole numbers."""
    return tuple(Column(name=one, label=one.replace("_", " "), digits=0) for one in names)


def shares(*names: str, digits: int = 3) -> tuple[Column, ...]:
    """Return columns of numbers with as many decimal digits."""
    return tuple(Column(name=one, label=one.replace("_", " "), digits=digits) for one in names)


def told(estimate: Estimate) -> tuple[float, float, float]:
    """Return an estimate and its interval as cells."""
    return estimate.value, estimate.low, estimate.high


def figure(  # noqa: PLR0913 - as the record
    name: str,
    title: str,
    about: str,
    shape: Shape,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
) -> Figure | None:
    """Return a figure with nothing hidden in its texts; None where there is nothing to show."""
    held = tuple(
        tuple(visible(cell) if isinstance(cell, str) else cell for cell in row) for row in rows
    )
    if not held:
        return None
    return Figure(
        name=name, title=title, about=about, shape=shape, columns=tuple(columns), rows=held
    )


def section(name: str, title: str, figures: Iterable[Figure | None]) -> Section | None:
    """Return the section of the figures that there are; None where there are none."""
    held = tuple(one for one in figures if one is not None)
    return Section(name=name, title=title, figures=held) if held else None
