"""Write countermodels so that they can be checked by eye.

P  false          domain  a, b                     world  reaches  true there
Q  true           Likes   (a, b), (b, b)           1      1, 1.1   -
                                                   1.1    1.1      P
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from evalsuite.logic import kripke, semantics, structures
from evalsuite.logic.kripke import Kripke
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Formula
from evalsuite.logic.tableau import Logic

Rows: TypeAlias = list[tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointed:
    """A Kripke model and the world in which the premises hold and the conclusion does not."""

    model: Kripke
    world: str


Model: TypeAlias = Mapping[str, bool] | Structure | Pointed

_MOST = 40  # tuples of one predicate that are listed, values of one function


def value(model: Model, formula: Formula, logic: Logic) -> bool:
    """Return what a formula is worth in a model.

    Raises:
        BadStructure: the model does not say.
        TooLarge: the evaluation would take too long.

    """
    match model:
        case Structure():
            return structures.satisfies(model, formula)
        case Pointed(model=worlds, world=world):
            return kripke.forces(worlds, world, formula, logic)
        case valuation:
            return semantics.value(formula, valuation)


def rows(model: Model) -> Rows:
    """Return a model as rows of cells, for `columns`."""
    match model:
        case Structure():
            return _structure(model)
        case Pointed(model=worlds):
            return _worlds(worlds)
        case valuation:
            return [(name, "true" if true else "false") for name, true in sorted(valuation.items())]


def record(model: Model) -> dict[str, Any]:
    """Return a model as plain data, for JSON."""
    match model:
        case Structure():
            return {
                "domain": list(model.domain),
                "constants": dict(sorted(model.constants.items())),
                "functions": {
                    name: [[*args, to] for args, to in sorted(table.items())]
                    for name, table in sorted(model.functions.items())
                },
                "predicates": {
                    name: sorted(map(list, tuples))
                    for name, tuples in sorted(model.predicates.items())
                },
            }
        case Pointed(model=worlds, world=world):
            return {
                "worlds": list(worlds.worlds),
                "relation": sorted(map(list, worlds.relation)),
                "valuation": {one: _true_in(worlds, one) for one in worlds.worlds},
                "world": world,
            }
        case valuation:
            return {"valuation": dict(sorted(valuation.items()))}


def columns(rows: Iterable[Sequence[str]], *, gap: str = "  ") -> list[str]:
    """Lay cells out in columns, all but a row's last as wide as the widest of their column."""
    cells = [tuple(row) for row in rows]
    widths = [
        max((len(row[at]) for row in cells if len(row) > at + 1), default=0)
        for at in range(max(map(len, cells), default=0))
    ]
    return [
        gap.join((*(cell.ljust(widths[at]) for at, cell in enumerate(row[:-1])), row[-1])).rstrip()
        for row in cells
    ]


# ── structures ──────────────────────────────────────────────────────────────────────────────────


def _structure(model: Structure) -> Rows:
    return [
        ("domain", ", ".join(model.domain)),
        *((name, f"= {element}") for name, element in sorted(model.constants.items())),
        *((name, _table(table)) for name, table in sorted(model.functions.items())),
        *((name, _extension(tuples)) for name, tuples in sorted(model.predicates.items())),
    ]


def _table(table: Mapping[tuple[str, ...], str]) -> str:
    return _listed([f"{_tuple(args)} ↦ {to}" for args, to in sorted(table.items())])


def _extension(tuples: frozenset[tuple[str, ...]]) -> str:
    if () in tuples:
        return "true"
    return _listed([_tuple(one) for one in sorted(tuples)]) or "of nothing"


def _tuple(elements: tuple[str, ...]) -> str:
    return elements[0] if len(elements) == 1 else f"({', '.join(elements)})"


def _listed(cells: Sequence[str]) -> str:
    return ", ".join(cells[:_MOST]) + ", …" * (len(cells) > _MOST)


# ── Kripke models ───────────────────────────────────────────────────────────────────────────────


def _worlds(model: Kripke) -> Rows:
    after = {
        world: [other for other in model.worlds if (world, other) in model.relation]
        for world in model.worlds
    }
    return [
        ("world", "reaches", "true there"),
        *(
            (world, ", ".join(after[world]) or "–", ", ".join(_true_in(model, world)) or "–")
            for world in model.worlds
        ),
    ]


def _true_in(model: Kripke, world: str) -> list[str]:
    return sorted(model.valuation.get(world, frozenset()))
