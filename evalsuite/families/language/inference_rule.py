"""Is this argument in words valid?

It is a chain of inferences by named rules, `_chains`: from a fact along the chain; without the
fact, to a conditional; or from an "or" along two arms to one end, a dilemma. An argument that is
not valid has one link that looks like its rule and is the fallacy of it. The two are drawn
together, in the same words in another order, so that no counting of words can tell them apart.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final

from evalsuite.families import _vocabulary
from evalsuite.families._vocabulary import check_surface
from evalsuite.families.language._chains import (
    LINKS,
    Argument,
    Lexicons,
    Link,
    denial,
    lexicon,
    linked,
    literal,
    said,
)
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Node, any_order, form, formula_tree
from evalsuite.logic.problems import Entailment, show_problem
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import And, Formula, Implies, Or, leaves
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = ("valid", "invalid")
CHOICES: Final = 2

_MOST = 6  # links; each decider goes through 2**atoms rows
_COMPOUND = 0.5  # of the ends of a short chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many inferences are chained."""

    fewest_links: int = 1
    most_links: int = 4
    surface: str = "words"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 1 <= self.fewest_links <= self.most_links <= _MOST:
            raise ValueError(f"`fewest_links` and `most_links`: 1 <= fewest <= most <= {_MOST}")
        check_surface(self.surface)


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of inferences."""
    return tuple(range(params.fewest_links, params.most_links + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw a valid argument and a fallacious one in the same words, and take the one wanted."""
    shape = rng.choice(("fact", "conditional") if rung == 1 else ("fact", "conditional", "dilemma"))
    both = _dilemma(rung, rng) if shape == "dilemma" else _chain(rung, rng, factual=shape == "fact")
    if _symbols(both[0]) != _symbols(both[1]):
        return None
    if any(semantics.answer(_entailment(one)) != label for label, one in enumerate(both)):
        return None
    if any(one.conclusion in one.premises for one in both):
        return None
    problem = both[gold]
    return Draft(
        shown=_shown(problem, lexicon(_all(problem), canonical(problem), params.surface)),
        choices=LABELS,
        problem=problem,
        tags={
            "rung": rung,
            "shape": shape,
            "atoms": len({name for one in _all(problem) for name in leaves(one)}),
            "premises": len(problem.premises),
        },
    )


def decide(problem: Argument) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    return semantics.answer(_entailment(problem)), solvers.answer(_entailment(problem))


def canonical(problem: Argument) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    premises = any_order(map(formula_tree, problem.premises))
    return form(Node("argument", (premises, formula_tree(problem.conclusion))))


def show(problem: Argument) -> str:
    """Write a problem on one line, for messages."""
    return show_problem(_entailment(problem))


def certificate(params: Params, problem: Argument) -> None:
    """Return nothing: a verdict is all that is asked."""


def _entailment(problem: Argument) -> Entailment:
    return Entailment(premises=problem.premises, conclusion=problem.conclusion)


def _all(problem: Argument) -> tuple[Formula, ...]:
    return (*problem.premises, problem.conclusion)


def _shown(problem: Argument, lexicons: Lexicons) -> dict[str, Json]:
    return {
        "premises": [
            {
                language: _vocabulary.sentence(said(premise, language, lexicons[language]))
                for language in _vocabulary.LANGUAGES
            }
            for premise in problem.premises
        ],
        "conclusion": {
            language: _vocabulary.sentence(said(problem.conclusion, language, lexicons[language]))
            for language in _vocabulary.LANGUAGES
        },
    }


def _symbols(problem: Argument) -> Counter[str]:
    """Count what is said: an atom, a negation, a connective."""
    return Counter("".join(map(show_formula, _all(problem))).replace(" ", ""))


# ── pairs of a valid argument and one that is not ───────────────────────────────────────────────


def _chain(rung: int, rng: Random, *, factual: bool) -> tuple[Argument, Argument]:
    ends = _ends(rung + 1, rng, compound=_COMPOUND if rung == 1 else _COMPOUND / rung)
    links = [_link(left, right, rng) for left, right in pairwise(ends)]
    broken = rng.randrange(rung)
    first, last = ends[0], ends[-1]
    if factual:
        facts, conclusion = [first], last
    elif rung == 1 or rng.random() < 1 / 2:  # a conditional that turns the premise round
        facts, conclusion = [], Implies(denial(last), denial(first))
        links = ["if" if rung == 1 else link for link in links]
    else:
        facts, conclusion = [], Implies(first, last)
    order = rng.sample(range(rung + len(facts)), rung + len(facts))
    return _pair(list(pairwise(ends)), links, broken, facts, conclusion, order)


def _dilemma(rung: int, rng: Random) -> tuple[Argument, Argument]:
    cut = rng.randrange(1, rung)
    ends = _ends(rung + 1, rng, compound=0)
    last = ends[-1]
    arms = [[*ends[:cut], last], [*ends[cut:-1], last]]
    steps = [pair for arm in arms for pair in pairwise(arm)]
    links = [_link(left, right, rng) for left, right in steps]
    broken = rng.randrange(rung)
    start = Or(arms[0][0], arms[1][0])
    order = rng.sample(range(rung + 1), rung + 1)
    return _pair(steps, links, broken, [start], last, order)


def _pair(  # noqa: PLR0913 - private, and each is plain
    steps: Sequence[tuple[Formula, Formula]],
    links: Sequence[Link],
    broken: int,
    facts: Sequence[Formula],
    conclusion: Formula,
    order: Sequence[int],
) -> tuple[Argument, Argument]:
    def argument(fallacy: int | None) -> Argument:
        premises = [
            *facts,
            *(
                linked(link, left, right, valid=place != fallacy)
                for place, (link, (left, right)) in enumerate(zip(links, steps, strict=True))
            ),
        ]
        return Argument(premises=tuple(premises[at] for at in order), conclusion=conclusion)

    return argument(None), argument(broken)


def _ends(count: int, rng: Random, *, compound: float) -> list[Formula]:
    free = iter(rng.sample(NAMES, 2 * count))

    def end() -> Formula:
        one = literal(next(free), positive=rng.random() < 1 / 2)
        if rng.random() >= compound:
            return one
        return rng.choice((And, Or))(one, literal(next(free), positive=rng.random() < 1 / 2))

    return [end() for _ in range(count)]


def _link(left: Formula, right: Formula, rng: Random) -> Link:
    """Choose a link that can be said of the two; "or" and "both" are kept for literals."""
    if isinstance(left, And | Or) or isinstance(right, And | Or):
        return rng.choice(LINKS[:2])
    return rng.choice(LINKS)
