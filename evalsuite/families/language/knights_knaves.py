"""Is this islander a knight or a knave?

Each of the people says one thing about others, and one assignment alone agrees with it all. The two
labels are drawn together: the same people say the same kinds of thing, and others are named as
often, but not in the same places.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from random import Random
from typing import Final

from evalsuite.families.language import _island
from evalsuite.families.language._island import FEWEST, MOST, Island, Said
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Leaf, Node, form
from evalsuite.logic.syntax import Atom, Not
from evalsuite.logic.tables import table
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft

LABELS: Final = ("knight", "knave")
CHOICES: Final = 2

_SHUFFLES = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many people there are."""

    fewest_people: int = 4
    most_people: int = 7

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not FEWEST <= self.fewest_people <= self.most_people <= MOST:
            raise ValueError(
                f"`fewest_people` and `most_people`: {FEWEST} <= fewest <= most <= {MOST}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is one of the islanders? 0: a knight; 1: a knave."""

    island: Island
    person: str


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of people."""
    return tuple(range(params.fewest_people, params.most_people + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw two islands with the same words on which the person asked about is not the same."""
    names = _island.drawn_people(rung, rng)
    person = rng.choice(names)
    found: dict[int, Island] = {}
    for island in _islands(names, rng):
        answer = _answer(island, person, names)
        if answer is not None:
            found.setdefault(answer, island)
        if len(found) == len(LABELS):
            break
    else:
        return None
    return Draft(
        shown={"statements": _island.shown(found[gold]), "person": person},
        choices=LABELS,
        problem=Asked(island=found[gold], person=person),
        tags={"rung": rung, "people": rung},
    )


def decide(problem: Asked) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver.

    Raises:
        ValueError: what is said can be true in no way, or both labels are possible.

    """
    rules = [_island.rule(said) for said in problem.island.statements]
    rows = [
        row[problem.person]
        for row in semantics.valuations(_island.people(problem.island))
        if all(semantics.value(rule, row) for rule in rules)
    ]
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} assignments agree with what is said")
    asked = Atom(problem.person)
    knight, knave = (solvers.satisfiable([*rules, one]) for one in (asked, Not(asked)))
    if knight == knave:
        raise ValueError("what is said does not settle the question")
    return int(not rows[0]), int(knave)


def canonical(problem: Asked) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(Node("knights", (_island.tree(problem.island), Leaf(problem.person))))


def show(problem: Asked) -> str:
    """Write a problem on one line, for messages."""
    rules = (show_formula(_island.rule(said)) for said in problem.island.statements)
    return f"{', '.join(rules)}; {problem.person}?"


def certificate(params: Params, problem: Asked) -> None:
    """Return nothing: a verdict is all that is asked."""


def _islands(names: Sequence[str], rng: Random) -> Iterator[Island]:
    """Yield islands on which the same is said, with the people who are named in other places."""
    kinds = [_island.some_kind(rng) for _ in names]
    about = [
        other
        for name, (_, signs) in zip(names, kinds, strict=True)
        for other in rng.sample([one for one in names if one != name], len(signs))
    ]
    for _ in range(_SHUFFLES):
        rng.shuffle(about)
        waiting = iter(about)
        statements = tuple(
            Said(speaker=name, kind=kind, signs=signs, about=tuple(next(waiting) for _ in signs))
            for name, (kind, signs) in zip(names, kinds, strict=True)
        )
        if all(len({said.speaker, *said.about}) == 1 + len(said.about) for said in statements):
            yield Island(statements=statements)


def _answer(island: Island, person: str, names: Sequence[str]) -> int | None:
    """Return what somebody is, where only one assignment agrees with what is said."""
    rows = reduce(and_, (table(_island.rule(said), names) for said in island.statements))
    if rows.bit_count() != 1:
        return None
    return int(rows & table(Atom(person), names) == 0)
