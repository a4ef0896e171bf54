"""Which fallacy does an argument commit?

The argument goes step by step, each step a conclusion from one premise and what was found before.
One step is fallacious, the others are by rules, `_chains`. They are said in the same words,
whatever the fallacy: every argument has a conditional, a disjunction and a joint denial, and the
names among which to choose are always the same four.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Final, TypeAlias

from evalsuite.families import _vocabulary
from evalsuite.families._vocabulary import check_surface
from evalsuite.families.language._chains import (
    LINKS,
    Link,
    denial,
    lexicon,
    linked,
    literal,
    said,
)
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Node, form, formula_tree
from evalsuite.logic.problems import Entailment
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import And, Formula, Implies, Not, Or
from evalsuite.logic.text.words import words
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = None
CHOICES: Final = 4

FALLACIES: Final = (
    "affirming the consequent",
    "denying the antecedent",
    "affirming a disjunct",
    "denying a conjunct",
)
_LINK_OF: Final[dict[str, Link]] = dict(
    zip(FALLACIES, ("if", "contrapositive", "or", "not-both"), strict=True)
)
_PORTUGUESE: Final = {
    "affirming the consequent": "afirmação do consequente",
    "denying the antecedent": "negação do antecedente",
    "affirming a disjunct": "afirmação de um disjunto",
    "denying a conjunct": "negação de um conjuntivo",
}
_FEWEST, _MOST = 3, 8
_KINDS: Final[tuple[Link, ...]] = ("if", "or", "not-both")

_Step: TypeAlias = tuple[
    Formula, Formula, Formula
]  # what was found, the premise, what is concluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many steps an argument has."""

    fewest_steps: int = 4
    most_steps: int = 7
    surface: str = "words"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_steps <= self.most_steps <= _MOST:
            raise ValueError(
                f"`fewest_steps` and `most_steps`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )
        check_surface(self.surface)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoning:
    """Which of the names is that of the step that is not valid? Its index."""

    start: Formula
    steps: tuple[tuple[Formula, Formula], ...]  # a premise, and what is concluded
    names: tuple[str, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of steps."""
    return tuple(range(params.fewest_steps, params.most_steps + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw a chain of steps, of which one commits the fallacy that stands at place `gold`."""
    names = tuple(rng.sample(FALLACIES, CHOICES))
    kinds = rng.sample((*_KINDS, *(rng.choice(_KINDS) for _ in range(rung - len(_KINDS)))), rung)
    ends = _ends(kinds, rng)
    wrong = _LINK_OF[names[gold]]
    kind: Link = "if" if wrong == "contrapositive" else wrong
    broken = rng.choice([place for place, one in enumerate(kinds) if one == kind])
    links = [rng.choice(LINKS[:2]) if one == "if" else one for one in kinds]
    links[broken] = wrong
    problem = Reasoning(
        start=ends[0],
        steps=tuple(
            (linked(link, left, right, valid=place != broken), right)
            for place, (link, (left, right)) in enumerate(zip(links, pairwise(ends), strict=True))
        ),
        names=names,
    )
    return Draft(
        shown=_shown(problem, params.surface),
        choices=names,
        problem=problem,
        tags={"rung": rung, "steps": rung, "broken": broken + 1},
    )


def decide(problem: Reasoning) -> tuple[int, int]:
    """Return the answer by truth table and the form of a step, and by SAT solver and by name.

    Raises:
        ValueError: not one step alone is fallacious, or its fallacy is none of the names.

    """
    steps = _steps(problem)
    wrong = [step for step in steps if semantics.answer(_entailment(step)) == 1]
    if len(wrong) != 1:
        raise ValueError(f"{len(wrong)} steps are fallacious")
    found = [
        index
        for step in steps
        if solvers.satisfiable([step[0], step[1], Not(step[2])])
        for index, name in enumerate(problem.names)
        if linked(_LINK_OF[name], step[0], step[2], valid=False) == step[1]
    ]
    if len(found) != 1:
        raise ValueError(f"{len(found)} names fit")
    return problem.names.index(_name(wrong[0])), found[0]


def canonical(problem: Reasoning) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    steps = (Node("step", tuple(map(formula_tree, step))) for step in problem.steps)
    return form(Node("reasoning", (formula_tree(problem.start), *steps)))


def show(problem: Reasoning) -> str:
    """Write a problem on one line, for messages."""
    steps = (f"{show_formula(premise)} => {show_formula(end)}" for premise, end in problem.steps)
    return f"{show_formula(problem.start)}; {'; '.join(steps)}: {' / '.join(problem.names)}?"


def certificate(params: Params, problem: Reasoning) -> None:
    """Return nothing: a verdict is all that is asked."""


def _ends(kinds: Sequence[Link], rng: Random) -> list[Formula]:
    """Draw what is found one after the other: a conditional changes the sign, the others keep it.

    Then a premise has as many negations whether it is the rule's or the fallacy's.
    """
    free = iter(rng.sample(NAMES, len(kinds) + 1))
    positive = rng.random() < 1 / 2
    ends = [literal(next(free), positive=positive)]
    for kind in kinds:
        positive ^= kind == "if"
        ends.append(literal(next(free), positive=positive))
    return ends


def _steps(problem: Reasoning) -> list[_Step]:
    found = [problem.start, *(end for _, end in problem.steps)]
    return [
        (before, premise, end)
        for before, (premise, end) in zip(found[:-1], problem.steps, strict=True)
    ]


def _entailment(step: _Step) -> Entailment:
    return Entailment(premises=step[:2], conclusion=step[2])


def _name(step: _Step) -> str:
    """Name a fallacy by its form."""
    before, premise, end = step
    match premise:
        case Implies(left, right) if (left, right) == (end, before):
            return FALLACIES[0]
        case Implies(left, right) if (left, right) == (denial(before), denial(end)):
            return FALLACIES[1]
        case Or(left, right) if before in (left, right) and denial(end) in (left, right):
            return FALLACIES[2]
        case Not(And(left, right)) if denial(before) in (left, right) and end in (left, right):
            return FALLACIES[3]
        case _:
            raise ValueError("a fallacy without a name")


def _shown(problem: Reasoning, surface: str) -> dict[str, Json]:
    everything = [problem.start, *(one for step in problem.steps for one in step)]
    lexicons = lexicon(everything, canonical(problem), surface)

    def sentence(formula: Formula) -> Json:
        return {
            to: _vocabulary.sentence(said(formula, to, lexicons[to]))
            for to in _vocabulary.LANGUAGES
        }

    return {
        "start": sentence(problem.start),
        "steps": [
            {
                "premise": sentence(premise),
                "conclusion": {to: words(end, to, lexicons[to]) for to in _vocabulary.LANGUAGES},
            }
            for premise, end in problem.steps
        ],
        "options": [{"en": name, "pt": _PORTUGUESE[name]} for name in problem.names],
    }
