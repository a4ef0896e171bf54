"""Random models, as they are shown."""

from collections.abc import Sequence
from random import Random

from evalsuite.logic.canonical import Leaf, Node, Tree, any_order
from evalsuite.logic.kripke import Kripke
from evalsuite.records import Json

NAMES = tuple(f"w{number}" for number in range(9))


def arrows(model: Kripke) -> list[Json]:
    """Write the arrows of a model from world to world: `w0 -> w1`."""
    order = {world: place for place, world in enumerate(model.worlds)}
    pairs = sorted(model.relation, key=lambda pair: (order[pair[0]], order[pair[1]]))
    return [f"{start} -> {end}" for start, end in pairs]


def relation(worlds: Sequence[str], count: int, rng: Random) -> frozenset[tuple[str, str]]:
    """Draw `count` arrows."""
    pairs = [(start, end) for start in worlds for end in worlds]
    return frozenset(rng.sample(pairs, count))


def tree(model: Kripke) -> Node:
    """Return the tree of a model, for its canonical form: worlds and atoms are names."""
    worlds: list[Tree] = [
        Node("world", (Leaf(f"world {world}"), any_order(map(Leaf, _true(model, world)))))
        for world in model.worlds
    ]
    pairs: list[Tree] = [
        Node("arrow", (Leaf(f"world {start}"), Leaf(f"world {end}")))
        for start, end in sorted(model.relation)
    ]
    return Node("model", (any_order(worlds), any_order(pairs)))


def _true(model: Kripke, world: str) -> list[str]:
    return sorted(model.valuation.get(world, frozenset()))
