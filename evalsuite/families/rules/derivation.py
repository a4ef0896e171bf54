"""Derive a fact from facts and rules step by step, or show that it cannot be derived.

A derivation has one line for each fact that it uses or makes. That a fact cannot be derived is
shown by a set of facts that has all the given ones and all that the rules make of its members, and
leaves it out. Theories are grown as for `forward_chaining`, without negation.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.rules import _asking, _growing, _saying
from evalsuite.families.rules._asking import Asked
from evalsuite.families.rules._growing import Taste
from evalsuite.logic import datalog, solvers
from evalsuite.logic.clauses import Literal, show_literal
from evalsuite.logic.datalog import Rule, instances, rounds, things
from evalsuite.logic.syntax import Not
from evalsuite.records import Draft

LABELS: Final = ("derivable", "not-derivable")
CHOICES: Final = 2

_TASTE: Final = Taste()


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many rules lead to the goal, one after the other."""

    fewest_steps: int = 1
    most_steps: int = 6

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        _asking.check_ladder(self.fewest_steps, self.most_steps, 1, "symbols")


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of rules."""
    return tuple(range(params.fewest_steps, params.most_steps + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a goal that can (0) or cannot (1) be derived."""
    growth = _growing.start(rng, _TASTE, things=2)
    holds, breaks = growth.things
    chain, other = _growing.chain(growth, rung), _growing.chain(growth, rung)
    for one, first, second in ((chain, holds, breaks), (other, breaks, holds)):
        _growing.hold(growth, one, first)
        _growing.break_off(growth, one, second)
    _growing.decoy(growth, chain.end, other.levels)
    _growing.distract(growth, rng.randint(0, 2))
    _growing.even(growth, growth.things, extra=0)
    theory = _growing.theory(growth)
    problem = Asked(theory=theory, questions=(_growing.about(chain.end, (holds, breaks)[gold]),))
    if not _asking.can_be_said(problem) or _chained(problem) != gold:
        return None
    return Draft(
        shown=_asking.shown(problem, "symbols", rng),
        choices=LABELS,
        problem=problem,
        tags={
            "rung": rung,
            "steps": rung,
            "facts": len(theory.facts),
            "rules": len(theory.rules),
        },
        formal={**_saying.formal(theory), "goal": show_literal(problem.questions[0])},
    )


def decide(problem: Asked) -> tuple[int, int]:
    """Return the answer by forward chaining and by SAT solver."""
    return _chained(problem), _entailed(problem)


def _chained(problem: Asked) -> int:
    return 0 if problem.questions[0] in rounds(problem.theory) else 1


def _entailed(problem: Asked) -> int:
    refuted = Not(datalog.proposition(problem.questions[0]))
    return 1 if solvers.satisfiable((*datalog.implications(problem.theory), refuted)) else 0


def canonical(problem: Asked) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return _asking.form(problem, "derivation")


def show(problem: Asked) -> str:
    """Write a problem on one line, for messages."""
    return _asking.show(problem)


def certificate(params: Params, problem: Asked) -> str:  # noqa: ARG001
    """Return a shortest derivation, or all that can be derived, one fact a line."""
    found = rounds(problem.theory)
    (goal,) = problem.questions
    if goal not in found:
        facts = problem.theory.facts
        new = sorted(
            (o for o in found if o not in facts), key=lambda o: (found[o], show_literal(o))
        )
        return "\n".join(map(show_literal, (*facts, *new)))
    lines: dict[Literal, str] = {}
    for literal, reason in _steps(problem, goal, found, set()):
        numbers = [str(list(lines).index(one) + 1) for one in reason[1]]
        because = f"{reason[0]}: {', '.join(numbers)}" if numbers else reason[0]
        lines[literal] = f"{len(lines) + 1}. {show_literal(literal)} [{because}]"
    return "\n".join(lines.values())


def _steps(
    problem: Asked, goal: Literal, found: dict[Literal, int], done: set[Literal]
) -> Iterator[tuple[Literal, tuple[str, tuple[Literal, ...]]]]:
    """Yield each literal of a derivation, what it rests on first, with what gives it."""
    if goal in done:
        return
    if found[goal] == 0:
        yield goal, (f"fact {problem.theory.facts.index(goal) + 1}", ())
    else:
        number, used = _giving(problem, goal, found)
        for one in used.body:
            yield from _steps(problem, one, found, done)
        yield goal, (f"rule {number}", used.body)
    done.add(goal)


def _giving(problem: Asked, goal: Literal, found: dict[Literal, int]) -> tuple[int, Rule]:
    """Return the rule, with its number, that gives a literal in the round in which it comes."""
    return next(
        (number, one)
        for number, rule in enumerate(problem.theory.rules, 1)
        for one in instances(rule, things(problem.theory))
        if one.head == goal
        and all(part in found and found[part] < found[goal] for part in one.body)
    )
