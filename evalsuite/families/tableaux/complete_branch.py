"""Which of four lines is missing to make this open branch complete?

An α line is on the branch with one of its two components. The other one, an atom, is missing.
Beside it stands the part of a β line of which the other part is on the branch, so that it is not
needed. Both atoms are options with both signs, and each stands in as many lines as the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.tableaux import _branches
from evalsuite.families.tableaux._branches import Branch
from evalsuite.logic import solvers
from evalsuite.logic.branches import Line
from evalsuite.logic.canonical import Node, any_order, form
from evalsuite.logic.syntax import And, Atom, Formula, Iff, Implies, Not, Or, leaves
from evalsuite.logic.tableau import Signed, complementary, extensions, show_signed
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = None
CHOICES: Final = 4

_ATTEMPTS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many lines the branch has when it is complete."""

    fewest_lines: int = 7
    most_lines: int = 13
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        fewest, most = _branches.FEWEST, _branches.MOST
        if not fewest <= self.fewest_lines <= self.most_lines <= most or self.step < 1:
            raise ValueError(
                f"`fewest_lines` and `most_lines`: {fewest} <= fewest <= most <= {most}, "
                "and `step` at least 1"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """Which option makes a branch complete? Its index."""

    branch: tuple[Signed, ...]
    options: tuple[Signed, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of lines."""
    return tuple(range(params.fewest_lines, params.most_lines + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw an open branch of `rung` lines that lacks one; option `gold` is what it lacks."""
    for _ in range(_ATTEMPTS):
        found = [
            one
            for branch in _branches.open_branches(rung, min(6, 3 + rung // 4), rng)
            for one in _gaps(branch)
        ]
        if found:
            kept, missing, idle = rng.choice(found)
            return _draft(kept, missing, idle, rung, gold, rng)
    return None


def decide(problem: Completion) -> tuple[int, int]:
    """Return the answer by the rules and by SAT solver: what the branch has to have, and implies.

    Raises:
        ValueError: no option fits, or several do.

    """
    by_rule = [
        at for at, option in enumerate(problem.options) if _is_complete({*problem.branch, option})
    ]
    claims = [_claim(signed) for signed in problem.branch]
    implied = [
        at
        for at, option in enumerate(problem.options)
        if not solvers.satisfiable([*claims, Not(_claim(option))])
    ]
    if len(by_rule) != 1 or len(implied) != 1:
        raise ValueError(f"{len(by_rule)} lines by rule, {len(implied)} that follow")
    return by_rule[0], implied[0]


def canonical(problem: Completion) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    lines = any_order(map(_branches.tree, problem.branch))
    return form(Node("completion", (lines, any_order(map(_branches.tree, problem.options)))))


def show(problem: Completion) -> str:
    """Write a problem on one line, for messages."""
    options = " / ".join(map(show_signed, problem.options))
    return f"{'; '.join(map(show_signed, problem.branch))} => {options}"


def certificate(params: Params, problem: Completion) -> None:
    """Return nothing: a verdict is all that is asked."""


def _claim(signed: Signed) -> Formula:
    return signed.formula if signed.sign else Not(signed.formula)


def _is_complete(branch: set[Signed]) -> bool:
    """Say whether a branch is open and no rule has anything to add (Hintikka)."""
    return not complementary(branch) and all(
        any(branch.issuperset(added) for added in extensions(signed)) or not extensions(signed)
        for signed in branch
    )


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────


def _gaps(branch: Branch) -> Iterator[tuple[Branch, Signed, str]]:
    """Yield a branch less an α component, that component, and an atom that no line needs."""
    stands = [line.signed for line in branch]
    for gap in branch:
        if not isinstance(gap.signed.formula, Atom) or stands.count(gap.signed) > 1:
            continue
        source = next((line for line in branch if line.number == gap.source), None)
        if source is None or len(extensions(source.signed)) != 1:
            continue
        kept = tuple(line for line in branch if line is not gap)
        if _has_partner(source, gap, kept):
            for idle in _idle(kept, gap.signed.formula.name):
                yield kept, gap.signed, idle


def _has_partner(source: Line, gap: Line, kept: Branch) -> bool:
    """Say whether the other component of an α line is on the branch, from that same line."""
    return any(line.source == source.number for line in kept) and all(
        component == gap.signed or any(line.signed == component for line in kept)
        for component in extensions(source.signed)[0]
    )


def _idle(kept: Branch, missing: str) -> Iterator[str]:
    """Yield atoms that are parts of a β line and are on the branch with neither sign."""
    known = _branches.literals(kept)
    occurrences = [name for line in kept for name in leaves(line.signed.formula)]
    for line in kept:
        alternatives = extensions(line.signed)
        if len(alternatives) == 1:
            continue
        for added in alternatives:
            for signed in added:
                name = signed.formula.name if isinstance(signed.formula, Atom) else missing
                if name not in {missing, *known} and (
                    occurrences.count(name) == occurrences.count(missing)
                ):
                    yield name


def _draft(  # noqa: PLR0913 - private, and each is plain
    kept: Branch, missing: Signed, idle: str, rung: int, gold: int, rng: Random
) -> Draft | None:
    turned = Signed(sign=not missing.sign, formula=missing.formula)
    wrong = [turned, *(Signed(sign=sign, formula=Atom(idle)) for sign in (True, False))]
    rng.shuffle(wrong)
    options = (*wrong[:gold], missing, *wrong[gold:])
    problem = Completion(branch=tuple(line.signed for line in kept), options=options)
    texts = tuple(map(show_signed, options))
    if _is_unclear(problem, gold):
        return None
    return Draft(
        shown={"lines": _numbered(kept), "options": [*texts]},
        choices=texts,
        problem=problem,
        tags={"rung": rung, "atoms": len({*_branches.literals(kept)}) + 2},
        formal={"branch": [show_signed(line.signed) for line in kept]},
    )


def _is_unclear(problem: Completion, gold: int) -> bool:
    try:
        return decide(problem) != (gold, gold)
    except ValueError:
        return True


def _numbered(kept: Branch) -> list[Json]:
    """Number a branch's lines anew, without saying where the gap was."""
    numbers = {line.number: place for place, line in enumerate(kept, start=1)}
    return [
        {
            "number": numbers[line.number],
            "formula": _bracketed(line.signed),
            "from": None if line.source is None else numbers[line.source],
        }
        for line in kept
    ]


def _bracketed(signed: Signed) -> str:
    """Write a signed formula so that it does not begin as one of its components does."""
    if isinstance(signed.formula, And | Or | Implies | Iff):
        return f"{'T' if signed.sign else 'F'} ({show_formula(signed.formula)})"
    return show_signed(signed)
