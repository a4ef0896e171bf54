"""What the kinds of this family share: a theory with a question, its ladder and its surfaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.rules import _saying
from evalsuite.families.rules._saying import Lexicon, Surface
from evalsuite.logic import canonical
from evalsuite.logic.clauses import Literal, show_literal
from evalsuite.logic.datalog import Rule, Theory, ground, show_rule, things
from evalsuite.logic.syntax import Function, Variable
from evalsuite.records import Json

_MOST_STEPS: Final = 12
_MOST_PREDICATES: Final = min(len(_saying.ADJECTIVES), len(_saying.NONCE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Facts and rules, and the literals about one thing that are asked about.

    Attributes:
        first: the first of the numbers that may be the answer, where it is a number.

    """

    theory: Theory
    questions: tuple[Literal, ...]
    first: int = 0


def check_ladder(
    fewest: int, most: int, least: int, surface: str, *, reach: int = _MOST_STEPS
) -> None:
    """Refuse a ladder that has no rungs or is out of reach, or a surface that there is not.

    Raises:
        ValueError: it is so.

    """
    if not least <= fewest <= most <= reach:
        raise ValueError(f"`fewest_steps` and `most_steps`: {least} <= fewest <= most <= {reach}")
    if surface not in _saying.SURFACES:
        raise ValueError(f"`surface`: one of {', '.join(_saying.SURFACES)}")


def can_be_said(asked: Asked) -> bool:
    """Say whether there is a word for each predicate; the same for every surface, so for twins."""
    return len(_predicates(asked)) <= _MOST_PREDICATES


def shown(asked: Asked, surface: Surface, rng: Random) -> dict[str, Json]:
    """Return facts, rules and questions as a template shows them."""
    lexicon = _lexicon(asked, surface, rng)
    return {
        "facts": [_saying.fact(one, lexicon) for one in asked.theory.facts],
        "rules": [_saying.rule(one, lexicon) for one in asked.theory.rules],
        "questions": [_saying.fact(one, lexicon) for one in asked.questions],
    }


def _lexicon(asked: Asked, surface: Surface, rng: Random) -> Lexicon | None:
    """Draw words; the draw is the same for every surface."""
    predicates = _predicates(asked)
    names = things(asked.theory)
    real = rng.sample(_saying.ADJECTIVES, len(predicates))
    made_up = rng.sample(_saying.NONCE, len(predicates))
    people = rng.sample(_saying.PEOPLE, len(names))
    if surface == "symbols":
        return None
    adjectives = real if surface == "words" else made_up
    return Lexicon(
        adjectives=dict(zip(predicates, adjectives, strict=True)),
        people=dict(zip(names, people, strict=True)),
    )


def _predicates(asked: Asked) -> Sequence[str]:
    theory = asked.theory
    literals = (*theory.facts, *(o for rule in theory.rules for o in (*rule.body, rule.head)))
    return sorted({one.atom.name for one in literals})


# ── the same but for names ──────────────────────────────────────────────────────────────────────


def form(asked: Asked, label: str) -> str:
    """Return a problem's canonical form."""
    theory = asked.theory
    return canonical.form(
        canonical.Node(
            label,
            (
                canonical.any_order(map(_tree, theory.facts)),
                canonical.any_order(map(_rule_tree, theory.rules)),
                canonical.any_order(map(_tree, asked.questions)),
            ),
        )
    )


def _tree(literal: Literal) -> canonical.Tree:
    leaves = [canonical.Leaf(literal.atom.name)]
    for arg in literal.atom.args:
        match arg:
            case Variable():
                continue
            case Function(name):
                leaves.append(canonical.Leaf(f"term {name}"))
    return canonical.Node("T" if literal.positive else "F", tuple(leaves))


def _rule_tree(rule: Rule) -> canonical.Tree:
    body = canonical.any_order(map(_tree, rule.body))
    return canonical.Node("->", (body, _tree(rule.head)))


def show(asked: Asked) -> str:
    """Write a problem on one line."""
    theory = asked.theory
    parts = (*map(show_literal, theory.facts), *map(show_rule, theory.rules))
    return f"{', '.join(parts)} |- {' / '.join(map(show_literal, asked.questions))}"


# ── backwards ───────────────────────────────────────────────────────────────────────────────────


def steps_back(theory: Theory, goals: Sequence[Literal]) -> Mapping[Literal, int | None]:
    """Return in which round each goal is derived, found from the goal backwards; `None`: in none.

    Raises:
        ValueError: a literal rests on itself.

    """
    rules: dict[Literal, list[Rule]] = {}
    for rule in ground(theory):
        rules.setdefault(rule.head, []).append(rule)
    known: dict[Literal, int | None] = dict.fromkeys(theory.facts, 0)
    return {goal: _back(goal, rules, known, frozenset()) for goal in goals}


def _back(
    goal: Literal,
    rules: Mapping[Literal, Sequence[Rule]],
    known: dict[Literal, int | None],
    above: frozenset[Literal],
) -> int | None:
    if goal in above:
        raise ValueError(f"`{show_literal(goal)}` rests on itself")
    if goal not in known:
        ways = (
            [_back(one, rules, known, above | {goal}) for one in rule.body]
            for rule in rules.get(goal, ())
        )
        whole = [[one for one in way if one is not None] for way in ways if None not in way]
        known[goal] = min((1 + max(way, default=0) for way in whole), default=None)
    return known[goal]
