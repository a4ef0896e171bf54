"""Is the formula true in this world of the model?

The formula is drawn with others of the same atoms, connectives and brackets, of which some are
true in the world and some are false there.
"""

from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.modal import _formulas, _frames
from evalsuite.logic import kripke, translation
from evalsuite.logic.canonical import Leaf, Node, form, formula_tree
from evalsuite.logic.kripke import Kripke
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import Box, Diamond, Formula, Not, parts
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = ("true", "false")
CHOICES: Final = 2

_FEWEST, _MOST = 2, 8
_TRIED = 60  # formulas to one model
_FEWEST_MODAL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many worlds a model has; formulas grow with it."""

    fewest_worlds: int = 2
    most_worlds: int = 5

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_worlds <= self.most_worlds <= _MOST:
            raise ValueError(
                f"`fewest_worlds` and `most_worlds`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Is a formula true in a world of a model? 0: it is; 1: it is false."""

    model: Kripke
    world: str
    formula: Formula


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of worlds."""
    return tuple(range(params.fewest_worlds, params.most_worlds + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a model of `rung` worlds and a formula that is true (0) or false (1) in one of them."""
    names = rng.sample(NAMES, 2 if rung < 4 else 3)  # noqa: PLR2004 - larger models, more atoms
    model, world = _model(rung, names, rng)
    modal = [rng.choice((Box, Diamond)) for _ in range(max(2, rung - 1))]
    negations = [Not] * rng.randint(0, max(1, rung - 2))
    source = _formulas.bag(max(2, rung - 1), [*modal, *negations], names[: max(2, rung - 2)], rng)
    found: dict[tuple[str, ...], tuple[list[Formula], list[Formula]]]
    found = defaultdict(lambda: ([], []))
    for _ in range(_TRIED):
        formula = _formulas.filled(source, rng)
        if _reach(formula) >= _FEWEST_MODAL - (rung == _FEWEST):
            holds = kripke.forces(model, world, formula, "K")
            found[_formulas.tokens(formula)][0 if holds else 1].append(formula)
    twins = [both for _, both in sorted(found.items()) if all(both)]
    if not twins:
        return None
    problem = Evaluation(model=model, world=world, formula=rng.choice(rng.choice(twins)[gold]))
    return _draft(problem, rung)


def decide(problem: Evaluation) -> tuple[int, int]:
    """Return the answer by evaluation and by SAT solver."""
    model, world, formula = problem.model, problem.world, problem.formula
    evaluated = kripke.forces(model, world, formula, "K")
    solved = translation.is_forced(model, world, formula, "K")
    return int(not evaluated), int(not solved)


def canonical(problem: Evaluation) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    asked = Node("at", (Leaf(f"world {problem.world}"), formula_tree(problem.formula)))
    return form(Node("evaluation", (_frames.tree(problem.model), asked)))


def show(problem: Evaluation) -> str:
    """Write a problem on one line, for messages."""
    model = "; ".join(str(arrow) for arrow in _frames.arrows(problem.model))
    return f"{problem.world} |= {show_formula(problem.formula)} where {model}"


def certificate(params: Params, problem: Evaluation) -> None:
    """Return nothing: a verdict is all that is asked."""


def _model(size: int, names: list[str], rng: Random) -> tuple[Kripke, str]:
    worlds = _frames.NAMES[:size]
    count = rng.randint(size, 2 * size)
    valuation = {
        world: frozenset(name for name in names if rng.random() < 1 / 2) for world in worlds
    }
    relation = _frames.relation(worlds, min(count, size * size - 1), rng)
    return Kripke(worlds=worlds, relation=relation, valuation=valuation), rng.choice(worlds)


def _reach(formula: Formula) -> int:
    """Return how many boxes and diamonds stand within one another."""
    match formula:
        case Box(body) | Diamond(body):
            return 1 + _reach(body)
        case _:
            return max(map(_reach, parts(formula)), default=0)


def _true(model: Kripke, world: str) -> list[Json]:
    return [*sorted(model.valuation[world])]


def _draft(problem: Evaluation, rung: int) -> Draft:
    model = problem.model
    return Draft(
        shown={
            "arrows": _frames.arrows(model),
            "worlds": [{"name": world, "atoms": _true(model, world)} for world in model.worlds],
            "world": problem.world,
            "formula": show_formula(problem.formula),
        },
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "arrows": len(model.relation), "reach": _reach(problem.formula)},
        formal={
            "worlds": list(model.worlds),
            "relation": [list(pair) for pair in sorted(model.relation)],
            "valuation": {world: _true(model, world) for world in model.worlds},
            "world": problem.world,
            "formula": show_formula(problem.formula),
        },
    )
