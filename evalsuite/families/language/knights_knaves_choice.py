"""Which of four assignments of knights and knaves agrees with what the islanders say?

The four differ in two people: each of these may be either. Which of the four is right is settled
before anyone says anything, so no option looks more like the others than any does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import and_
from random import Random
from typing import Final

from evalsuite.families._vocabulary import LANGUAGES
from evalsuite.families.language import _island
from evalsuite.families.language._island import FEWEST, MOST, Island, Said
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Leaf, Node, any_order, form
from evalsuite.logic.syntax import Atom, Formula, Not
from evalsuite.logic.tables import table
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = None
CHOICES: Final = 4

_ATTEMPTS = 100  # at an island for an assignment


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
class WhoIsWhat:
    """Which assignment is the one? Its index; an option is the set of the knights."""

    island: Island
    options: tuple[frozenset[str], ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of people."""
    return tuple(range(params.fewest_people, params.most_people + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw four assignments, then what people say if option `gold` is right."""
    names = _island.drawn_people(rung, rng)
    fixed = frozenset(name for name in names[2:] if rng.random() < 1 / 2)
    options = [
        fixed | {name for name, knight in zip(names[:2], either, strict=True) if knight}
        for either in product((True, False), repeat=2)
    ]
    rng.shuffle(options)
    rng.shuffle(names)
    for _ in range(_ATTEMPTS):
        island = _said(names, options[gold], rng)
        if island is not None:
            return Draft(
                shown={"statements": _island.shown(island), "options": _shown(options, names)},
                choices=tuple(_show(option, names) for option in options),
                problem=WhoIsWhat(island=island, options=tuple(options)),
                tags={"rung": rung, "people": rung, "knights": len(options[gold])},
            )
    return None


def decide(problem: WhoIsWhat) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver.

    Raises:
        ValueError: not one assignment alone agrees with what is said, or it is no option.

    """
    rules = [_island.rule(said) for said in problem.island.statements]
    names = _island.people(problem.island)
    knights = [
        frozenset(name for name in names if row[name])
        for row in semantics.valuations(names)
        if all(semantics.value(rule, row) for rule in rules)
    ]
    if len(knights) != 1:
        raise ValueError(f"{len(knights)} assignments agree with what is said")
    fitting = [
        index
        for index, option in enumerate(problem.options)
        if solvers.satisfiable([*rules, *_literals(option, names)])
    ]
    if len(fitting) != 1:
        raise ValueError(f"{len(fitting)} options agree with what is said")
    return problem.options.index(knights[0]), fitting[0]


def canonical(problem: WhoIsWhat) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    options = any_order(any_order(map(Leaf, sorted(option))) for option in problem.options)
    return form(Node("who", (_island.tree(problem.island), options)))


def show(problem: WhoIsWhat) -> str:
    """Write a problem on one line, for messages."""
    rules = (show_formula(_island.rule(said)) for said in problem.island.statements)
    options = (_show(option, _island.people(problem.island)) for option in problem.options)
    return f"{', '.join(rules)}; {' / '.join(options)}?"


def certificate(params: Params, problem: WhoIsWhat) -> None:
    """Return nothing: a verdict is all that is asked."""


def _said(names: Sequence[str], knights: frozenset[str], rng: Random) -> Island | None:
    """Draw what people say: true where they are knights, and enough to tell who is what."""
    row: Mapping[str, bool] = {name: name in knights for name in names}
    statements = []
    for name in names:
        others = [one for one in names if one != name]
        while True:
            kind, signs = _island.some_kind(rng)
            about = tuple(rng.sample(others, len(signs)))
            said = Said(speaker=name, kind=kind, signs=signs, about=about)
            if semantics.value(_island.rule(said), row):
                break
        statements.append(said)
    rows = reduce(and_, (table(_island.rule(said), names) for said in statements))
    return Island(statements=tuple(statements)) if rows.bit_count() == 1 else None


def _literals(knights: frozenset[str], names: Sequence[str]) -> list[Formula]:
    return [Atom(name) if name in knights else Not(Atom(name)) for name in names]


def _show(knights: frozenset[str], names: Sequence[str]) -> str:
    return ", ".join(f"{name}={'T' if name in knights else 'F'}" for name in names)


def _shown(options: Sequence[frozenset[str]], names: Sequence[str]) -> list[Json]:
    """Return each option as who is what, in the order in which the people speak."""
    return [
        {
            language: ", ".join(_island.role(name, name in knights, language) for name in names)
            for language in LANGUAGES
        }
        for knights in options
    ]
