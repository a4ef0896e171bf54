"""Is the relation reflexive, symmetric or transitive? It is one of them or none.

The number of arrows is that of a random transitive relation, drawn before the label; so it tells
nothing.
"""

from dataclasses import dataclass
from random import Random
from typing import Final, TypeAlias

from evalsuite.families.modal import _frames
from evalsuite.logic.canonical import form
from evalsuite.logic.kripke import Kripke
from evalsuite.records import Draft

LABELS: Final = ("reflexive", "symmetric", "transitive", "none")
CHOICES: Final = 4

_FEWEST, _MOST = 4, 9
_TRIES = 40  # at a relation with so many arrows that has one property alone

_Pairs: TypeAlias = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many worlds there are."""

    fewest_worlds: int = 5
    most_worlds: int = 8

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_worlds <= self.most_worlds <= _MOST:
            raise ValueError(
                f"`fewest_worlds` and `most_worlds`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of worlds."""
    return tuple(range(params.fewest_worlds, params.most_worlds + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a relation between `rung` worlds that has property `gold` alone, or none of them."""
    worlds = _frames.NAMES[:rung]
    seed = _frames.relation(worlds, rng.randint(rung // 2, 2 * rung), rng)
    count = len(_closed(seed))
    if not rung < count < 3 * rung:  # fewer are not reflexive, and more are hard to look through
        return None
    for _ in range(_TRIES):
        relation = _with(LABELS[gold], worlds, count, rng)
        if relation is not None and _properties(worlds, relation) == {LABELS[gold]} - {"none"}:
            return _draft(Kripke(worlds=worlds, relation=relation), rung)
    return None


def decide(problem: Kripke) -> tuple[int, int]:
    """Return the answer by the definitions and by matrices.

    Raises:
        ValueError: the relation has several of the properties.

    """
    return (
        _only(_properties(problem.worlds, problem.relation)),
        _only(_of_matrix(problem.worlds, problem.relation)),
    )


def canonical(problem: Kripke) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(_frames.tree(problem))


def show(problem: Kripke) -> str:
    """Write a problem on one line, for messages."""
    return "; ".join(str(arrow) for arrow in _frames.arrows(problem))


def certificate(params: Params, problem: Kripke) -> None:
    """Return nothing: a verdict is all that is asked."""


# ── the properties ──────────────────────────────────────────────────────────────────────────────


def _properties(worlds: tuple[str, ...], relation: _Pairs) -> set[str]:
    """Return which of the properties a relation has, arrow by arrow."""
    steps = [(one, far) for one, two in relation for start, far in relation if start == two]
    holds = {
        "reflexive": all((world, world) in relation for world in worlds),
        "symmetric": all((end, start) in relation for start, end in relation),
        "transitive": all(step in relation for step in steps),
    }
    return {name for name, has in holds.items() if has}


def _of_matrix(worlds: tuple[str, ...], relation: _Pairs) -> set[str]:
    """Return which of the properties a relation has, by its matrix R: I <= R, R' = R, RR <= R."""
    rows = [_row(one, worlds, relation) for one in worlds]
    columns = [_row(one, worlds, {(end, start) for start, end in relation}) for one in worlds]
    squares = [
        sum(1 << place for place, column in enumerate(columns) if row & column) for row in rows
    ]
    holds = {
        "reflexive": all(row >> place & 1 for place, row in enumerate(rows)),
        "symmetric": rows == columns,
        "transitive": all(not square & ~row for square, row in zip(squares, rows, strict=True)),
    }
    return {name for name, has in holds.items() if has}


def _row(world: str, worlds: tuple[str, ...], relation: set[tuple[str, str]] | _Pairs) -> int:
    return sum(1 << place for place, other in enumerate(worlds) if (world, other) in relation)


def _only(properties: set[str]) -> int:
    if len(properties) > 1:
        raise ValueError(f"{len(properties)} of the properties")
    return LABELS.index(properties.pop() if properties else "none")


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────


def _with(property_: str, worlds: tuple[str, ...], count: int, rng: Random) -> _Pairs | None:
    """Draw a relation of `count` arrows, towards a property; `None`: try again."""
    match property_:
        case "reflexive":
            loops = {(world, world) for world in worlds}
            rest = [(one, two) for one in worlds for two in worlds if one != two]
            return frozenset(loops | {*rng.sample(rest, count - len(loops))})
        case "symmetric":
            return _symmetric(worlds, count, rng)
        case "transitive":
            closed = _closed(_frames.relation(worlds, rng.randint(count // 3, count), rng))
            return closed if len(closed) == count else None
        case _:
            return _frames.relation(worlds, count, rng)


def _symmetric(worlds: tuple[str, ...], count: int, rng: Random) -> _Pairs:
    fewest = max(0, -(-(count - len(worlds)) // 2))
    two_way = rng.randint(fewest, count // 2)
    sides = [(one, two) for at, one in enumerate(worlds) for two in worlds[:at]]
    chosen = rng.sample(sides, min(two_way, len(sides)))
    loops = rng.sample(worlds, min(len(worlds), count - 2 * len(chosen)))
    turned = {(two, one) for one, two in chosen}
    return frozenset({*chosen} | turned | {(world, world) for world in loops})


def _closed(relation: _Pairs) -> _Pairs:
    """Return the transitive closure."""
    while True:
        steps = {(one, far) for one, two in relation for start, far in relation if start == two}
        if steps <= relation:
            return relation
        relation |= steps


def _draft(problem: Kripke, rung: int) -> Draft:
    loops = sum(start == end for start, end in problem.relation)
    return Draft(
        shown={"worlds": list(problem.worlds), "arrows": _frames.arrows(problem)},
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "arrows": len(problem.relation), "loops": loops},
        formal={
            "worlds": list(problem.worlds),
            "relation": [list(pair) for pair in sorted(problem.relation)],
        },
    )
