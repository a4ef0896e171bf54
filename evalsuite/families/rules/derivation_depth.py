"""In which round of forward chaining is a fact derived first?

In a round all the rules are applied at once to what was there before it; what is given is there
before round 1. Two chains grow side by side, and a rule of one may wait for a level of the other,
so that the round is not the place in a chain. Four facts that are derived in four successive rounds
stand equally often in the theory, and one of them is asked about.
"""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.rules import _asking, _growing
from evalsuite.families.rules._asking import Asked
from evalsuite.families.rules._growing import Growth, Taste
from evalsuite.families.rules._saying import Surface
from evalsuite.logic.clauses import Literal
from evalsuite.logic.datalog import Rule, rounds
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4

_TASTE: Final = Taste(sides=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: the first of the four successive rounds that the answers name."""

    fewest_steps: int = 1
    most_steps: int = 4
    surface: Surface = "words"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach, or an unknown surface."""
        _asking.check_ladder(self.fewest_steps, self.most_steps, 1, self.surface)


def rungs(params: Params) -> tuple[int, ...]:
    """Return the first rounds."""
    return tuple(range(params.fewest_steps, params.most_steps + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw a fact that is derived first in round `rung + gold`."""
    growth = _growing.start(rng, _TASTE, things=2)
    thing, other = growth.things
    targets = _targets(growth, rung, thing)
    if targets is None:
        return None
    _mislead(growth, targets, thing, other)
    _level(growth, targets)
    _growing.distract(growth, rng.randint(0, 2))
    problem = Asked(
        theory=_growing.theory(growth),
        questions=(_growing.about(targets[gold], thing),),
        first=rung,
    )
    found = rounds(problem.theory).get(problem.questions[0])
    if not _asking.can_be_said(problem) or found != rung + gold:
        return None
    choices = tuple(str(rung + number) for number in range(CHOICES))
    return Draft(
        shown={**_asking.shown(problem, params.surface, rng), "options": list(choices)},
        choices=choices,
        problem=problem,
        tags={
            "rung": rung,
            "round": rung + gold,
            "facts": len(problem.theory.facts),
            "rules": len(problem.theory.rules),
        },
    )


def _targets(growth: Growth, rung: int, thing: str) -> list[Literal] | None:
    """Grow two chains that hold; return what comes in each of the four rounds, one of each."""
    length = rung + CHOICES - 1
    chains = [_growing.chain(growth, length) for _ in range(2)]
    for one in chains:
        _growing.hold(growth, one, thing)
    growth.rules = [
        _waiting(growth, rule, step, chains[1 - number].levels)
        for number, one in enumerate(chains)
        for step, rule in enumerate(one.rules)
    ]
    found = rounds(_growing.theory(growth))
    levels = growth.rng.sample([level for one in chains for level in one.levels], 2 * length + 2)
    by_round = {found.get(_growing.about(level, thing)): level for level in levels}
    wanted = range(rung, rung + CHOICES)
    return [by_round[number] for number in wanted] if set(wanted) <= set(by_round) else None


def _waiting(growth: Growth, rule: Rule, step: int, levels: tuple[Literal, ...]) -> Rule:
    """Let a rule wait for a level of the other chain now and then, one not much later."""
    if growth.rng.random() < 1 / 2:
        return rule
    other = growth.rng.choice(levels[: min(step + 2, len(levels) - 1)])
    body = growth.rng.sample((*rule.body, other), 2)
    return Rule(body=tuple(body), head=rule.head)


def _mislead(growth: Growth, targets: list[Literal], thing: str, other: str) -> None:
    """Add a short way to each of the four that is open to the other thing alone."""
    keys = [_growing.fresh(growth) for _ in targets]
    for target, key in zip(targets, keys, strict=True):
        growth.rules.append(Rule(body=(key,), head=target))
    idle = [_growing.fresh(growth) for _ in keys]
    for literal in growth.rng.sample(keys, 2):
        growth.facts.append(_growing.about(literal, other))
    for literal in growth.rng.sample(idle, 2):
        growth.facts.append(_growing.about(literal, thing))


def _level(growth: Growth, targets: list[Literal]) -> None:
    """Add rules from each of the four until all stand in equally many bodies."""
    counts = Counter(part for rule in growth.rules for part in rule.body)
    most = max(counts[target] for target in targets)
    for target in targets:
        for _ in range(most - counts[target]):
            growth.rules.append(Rule(body=(target,), head=_growing.fresh(growth)))


def decide(problem: Asked) -> tuple[int, int]:
    """Return the answer round by round, forwards, and from the goal backwards."""
    (question,) = problem.questions
    forwards = rounds(problem.theory).get(question)
    backwards = _asking.steps_back(problem.theory, problem.questions)[question]
    return _choice(problem, forwards), _choice(problem, backwards)


def _choice(problem: Asked, number: int | None) -> int:
    if number is None or not problem.first <= number < problem.first + CHOICES:
        raise ValueError(f"derived in round {number}, which is no choice")
    return number - problem.first


def canonical(problem: Asked) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _asking.form(problem, f"round from {problem.first}")


def show(problem: Asked) -> str:
    """Write a problem on one line, for messages."""
    return _asking.show(problem)


def certificate(params: Params, problem: Asked) -> None:
    """Return nothing: a verdict is all that is asked."""
