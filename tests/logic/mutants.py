"""Proofs with one thing changed: most are wrong, some are right by luck."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

from evalsuite.logic.clauses import Clause, Literal, complement
from evalsuite.logic.proofs import (
    Apply,
    Assume,
    Close,
    Cut,
    Given,
    Instance,
    Reason,
    Step,
    TableauStep,
    Weaker,
)
from evalsuite.logic.syntax import (
    Atom,
    Formula,
    Function,
    Term,
    Variable,
    constants,
    with_parts,
)
from evalsuite.logic.tableau import Signed

# ── refutations ─────────────────────────────────────────────────────────────────────────────────

Steps: TypeAlias = list[Step]
Mutation: TypeAlias = Callable[[Steps, Random], Steps]


def _one(steps: Steps, rng: Random, change: Callable[[Step], Step]) -> Steps:
    place = rng.randrange(len(steps))
    return [*steps[:place], change(steps[place]), *steps[place + 1 :]]


def _literals(steps: Steps) -> list[Literal]:
    found = {one for step in steps for one in step.clause}
    return sorted({*found, *map(complement, found)}, key=repr)


def step_dropped(steps: Steps, rng: Random) -> Steps:
    """Leave a step out; what names a later one names it still."""
    gone = rng.randrange(len(steps))

    def moved(place: int) -> int:
        return place - 1 if place > gone else place

    kept = [*steps[:gone], *steps[gone + 1 :]]
    return [replace(step, reason=_redirected(step.reason, moved)) for step in kept]


def _redirected(reason: Reason, moved: Callable[[int], int]) -> Reason:
    match reason:
        case Given():
            return reason
        case Instance(of, substitution):
            return Instance(moved(of), substitution)
        case Cut(left, right, pivot):
            return Cut(moved(left), moved(right), pivot)
        case Weaker(of):
            return Weaker(moved(of))


def parent_changed(steps: Steps, rng: Random) -> Steps:
    """Let a step name another one."""
    which = rng.random() < 1 / 2

    def change(step: Step) -> Step:
        other = rng.randrange(-1, len(steps) + 1)
        match step.reason:
            case Given():
                return replace(step, reason=Given(other))
            case Instance(_, substitution):
                return replace(step, reason=Instance(other, substitution))
            case Cut(left, right, pivot):
                parents = (other, right) if which else (left, other)
                return replace(step, reason=Cut(*parents, pivot))
            case Weaker():
                return replace(step, reason=Weaker(other))

    return _one(steps, rng, change)


def literal_added(steps: Steps, rng: Random) -> Steps:
    """Put one more literal into a clause."""
    more = rng.choice(_literals(steps))
    return _one(steps, rng, lambda step: replace(step, clause=step.clause | {more}))


def literal_removed(steps: Steps, rng: Random) -> Steps:
    """Take a literal out of a clause."""

    def change(step: Step) -> Step:
        ordered = sorted(step.clause, key=repr)
        return replace(step, clause=step.clause - {rng.choice(ordered)} if ordered else step.clause)

    return _one(steps, rng, change)


def sign_flipped(steps: Steps, rng: Random) -> Steps:
    """Turn a literal of a clause into its complement."""

    def change(step: Step) -> Step:
        if not step.clause:
            return step
        turned = rng.choice(sorted(step.clause, key=repr))
        return replace(step, clause=(step.clause - {turned}) | {complement(turned)})

    return _one(steps, rng, change)


def pivot_changed(steps: Steps, rng: Random) -> Steps:
    """Resolve on another literal, and claim what that gives."""
    other = rng.choice(_literals(steps))

    def change(step: Step) -> Step:
        match step.reason:
            case Cut(left, right, _):
                clause: Clause = step.clause
                if max(left, right) < len(steps) and rng.random() < 1 / 2:
                    first, second = steps[left].clause, steps[right].clause
                    clause = (first - {other}) | (second - {complement(other)})
                return replace(step, clause=clause, reason=Cut(left, right, other))
            case _:
                return step

    return _one(steps, rng, change)


def substitution_changed(steps: Steps, rng: Random) -> Steps:
    """Put another term for a variable, or none."""

    def change(step: Step) -> Step:
        match step.reason:
            case Instance(of, substitution) if substitution:
                name = rng.choice(sorted(substitution))
                term = rng.choice((None, Function("a"), Function("b"), Variable("x")))
                changed: dict[str, Term] = {**substitution}
                if term is None:
                    del changed[name]
                else:
                    changed[name] = term
                return replace(step, reason=Instance(of, changed))
            case _:
                return step

    places = [n for n, step in enumerate(steps) if isinstance(step.reason, Instance)]
    if not places:
        return steps
    place = rng.choice(places)
    return [*steps[:place], change(steps[place]), *steps[place + 1 :]]


def steps_swapped(steps: Steps, rng: Random) -> Steps:
    """Let two steps change places."""
    first, second = rng.randrange(len(steps)), rng.randrange(len(steps))
    swapped = list(steps)
    swapped[first], swapped[second] = steps[second], steps[first]
    return swapped


REFUTATION_MUTATIONS: tuple[Mutation, ...] = (
    step_dropped,
    parent_changed,
    literal_added,
    literal_removed,
    sign_flipped,
    pivot_changed,
    substitution_changed,
    steps_swapped,
)

# ── tableaux ────────────────────────────────────────────────────────────────────────────────────

Tableau: TypeAlias = list[TableauStep]
TableauMutation: TypeAlias = Callable[[Tableau, Random], Tableau]


def _at(
    steps: Tableau,
    rng: Random,
    kind: type[TableauStep],
    change: Callable[[TableauStep], TableauStep],
) -> Tableau:
    places = [place for place, step in enumerate(steps) if isinstance(step, kind)]
    if not places:
        return steps
    place = rng.choice(places)
    return [*steps[:place], change(steps[place]), *steps[place + 1 :]]


def _nodes(steps: Sequence[TableauStep]) -> list[int]:
    found = [step.node for step in steps if isinstance(step, Assume)]
    for step in steps:
        if isinstance(step, Apply):
            found += [node for added in step.added for node in added]
    return found


def _signed(steps: Sequence[TableauStep]) -> list[Signed]:
    applied = (step for step in steps if isinstance(step, Apply))
    return [one for step in applied for added in step.added for one in added.values()]


def rule_dropped(steps: Tableau, rng: Random) -> Tableau:
    """Leave a step out."""
    place = rng.randrange(len(steps))
    return [*steps[:place], *steps[place + 1 :]]


def source_changed(steps: Tableau, rng: Random) -> Tableau:
    """Let a rule be for another line."""

    def change(step: TableauStep) -> TableauStep:
        found = rng.choice(_nodes(steps))
        return replace(step, source=found) if isinstance(step, Apply) else step

    return _at(steps, rng, Apply, change)


def assumption_changed(steps: Tableau, rng: Random) -> Tableau:
    """Assume another of the problem's formulas, or none of them."""

    def change(step: TableauStep) -> TableauStep:
        other = rng.randrange(-1, 5)
        return replace(step, index=other) if isinstance(step, Assume) else step

    return _at(steps, rng, Assume, change)


def line_changed(steps: Tableau, rng: Random) -> Tableau:
    """Flip the sign of a line that a rule adds, or let it be another one."""
    others = _signed(steps)

    def change(step: TableauStep) -> TableauStep:
        if not isinstance(step, Apply) or not any(step.added):
            return step
        which = rng.choice([n for n, added in enumerate(step.added) if added])
        node = rng.choice(sorted(step.added[which]))
        old = step.added[which][node]
        new = replace(old, sign=not old.sign) if rng.random() < 1 / 2 else rng.choice(others)
        added = [dict(one) for one in step.added]
        added[which][node] = new
        return replace(step, added=tuple(added))

    return _at(steps, rng, Apply, change)


def branch_lost(steps: Tableau, rng: Random) -> Tableau:
    """Leave out one side of a split, and all that stands below it."""
    splits = [step for step in steps if isinstance(step, Apply) and len(step.added) > 1]
    if not splits:
        return steps
    split = rng.choice(splits)
    side = rng.randrange(len(split.added))
    gone = (*split.branch, side + 1)
    kept: Tableau = []
    for step in steps:
        if step is split:
            added = tuple(one for n, one in enumerate(split.added) if n != side)
            kept.append(replace(split, added=added))
        elif step.branch[: len(gone)] != gone:
            kept.append(step)
    return kept


def sides_swapped(steps: Tableau, rng: Random) -> Tableau:
    """Let two sides of a split change places."""

    def change(step: TableauStep) -> TableauStep:
        return replace(step, added=step.added[::-1]) if isinstance(step, Apply) else step

    return _at(steps, rng, Apply, change)


def closed_elsewhere(steps: Tableau, rng: Random) -> Tableau:
    """Close a branch by other lines, or another branch by these."""
    branches = [step.branch for step in steps]

    def change(step: TableauStep) -> TableauStep:
        if rng.random() < 1 / 2:
            return replace(step, branch=rng.choice(branches))
        nodes = tuple(rng.choice(_nodes(steps)) for _ in range(2))
        return replace(step, nodes=nodes) if isinstance(step, Close) else step

    return _at(steps, rng, Close, change)


def branch_changed(steps: Tableau, rng: Random) -> Tableau:
    """Apply a rule at the end of another branch."""
    branches = [step.branch for step in steps]

    def change(step: TableauStep) -> TableauStep:
        return replace(step, branch=rng.choice(branches))

    return _at(steps, rng, Apply, change)


def constant_stale(steps: Tableau, rng: Random) -> Tableau:
    """Let one constant be another one, from the step on that a witness is taken in."""
    names = sorted({name for one in _signed(steps) for name in constants(one.formula)} | {"a"})
    starts = [place for place, step in enumerate(steps) if _witness_name(step) is not None]
    if not starts:
        return steps
    start = rng.choice(starts)
    names_too = {_witness_name(steps[start]) or "": rng.choice(names)}
    return [*steps[:start], *(_recast_step(step, names_too) for step in steps[start:])]


def _witness_name(step: TableauStep) -> str | None:
    if isinstance(step, Apply) and isinstance(step.witness, Function) and not step.witness.args:
        return step.witness.name
    return None


def _recast_step(step: TableauStep, names: Mapping[str, str]) -> TableauStep:
    if not isinstance(step, Apply):
        return step
    added = tuple(
        {node: replace(one, formula=recast(one.formula, names)) for node, one in lines.items()}
        for lines in step.added
    )
    witness = step.witness
    if isinstance(witness, Function | Variable):
        witness = _recast_term(witness, names)
    return replace(step, added=added, witness=witness)


def recast(formula: Formula, names: Mapping[str, str]) -> Formula:
    """Rename constants and function symbols."""
    if isinstance(formula, Atom):
        return Atom(formula.name, tuple(_recast_term(arg, names) for arg in formula.args))
    return with_parts(formula, lambda part: recast(part, names))


def _recast_term(term: Term, names: Mapping[str, str]) -> Term:
    match term:
        case Variable():
            return term
        case Function(name, args):
            return Function(names.get(name, name), tuple(_recast_term(arg, names) for arg in args))


TABLEAU_MUTATIONS: tuple[TableauMutation, ...] = (
    rule_dropped,
    source_changed,
    assumption_changed,
    line_changed,
    branch_lost,
    sides_swapped,
    closed_elsewhere,
    branch_changed,
    constant_stale,
    constant_stale,  # twice: the condition that is most easily forgotten
)
