"""Make kernel steps of one line of a refutation.

A resolvent of C and D on p is Cσ and Dσ, instances, and a cut; what the line writes may be a
renaming of that, one more instance. A factor is an instance. Where the strict rules do not give the
line, these are tried, and noted as liberties: an instance of a resolvent or of a given clause, a
clause that a resolvent subsumes, factors merged on the way, a clause repeated.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from evalsuite.logic import unify
from evalsuite.logic.clauses import Clause, complement, instance, variables
from evalsuite.logic.elaborators import _diagnosis as diagnosis
from evalsuite.logic.elaborators import _stated as stated
from evalsuite.logic.elaborators._shapes import (
    Kind,
    Look,
    is_ground,
    is_instance,
    is_variant,
    kind,
    look,
    shown,
)
from evalsuite.logic.flaws import NotGiven, WrongInstance
from evalsuite.logic.limits import DEFAULT, Limits
from evalsuite.logic.proofs import ClauseLine, Cut, Given, Instance, Liberty, Step, Weaker
from evalsuite.logic.resolution import Resolvent, factors, resolvents
from evalsuite.logic.syntax import Substitution, Variable, apply

# How much is tried that no strict rule asks for, for one line.
_WIDEST = 12  # literals of two clauses whose factors are resolved
_MERGED = 24  # resolvents of factors
_WORK = 4_000  # pairs of literals that are merged in factors of factors


@dataclass(slots=True)
class Builder:
    """The kernel steps so far.

    Attributes:
        given: the problem's clauses.
        steps: the steps.
        liberties: what was noted on the way.
        places: where each given clause is in the problem.
        renamed: the places of those with variables, by how they look but for variables.
        kinds: the places of those with variables, by their signed predicates.
        limits: the most that is worked on.

    """

    given: Sequence[Clause]
    limits: Limits = DEFAULT
    steps: list[Step] = field(default_factory=list)
    liberties: list[Liberty] = field(default_factory=list)
    places: dict[Clause, int] = field(default_factory=dict)
    renamed: dict[Look, list[int]] = field(default_factory=dict)
    kinds: dict[Kind, list[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place, clause in enumerate(self.given):
            if clause in self.places:
                continue
            self.places[clause] = place
            if not is_ground(clause):
                self.renamed.setdefault(look(clause), []).append(place)
                self.kinds.setdefault(kind(clause), []).append(place)

    def place(self, clause: Clause) -> int | None:
        """Return the place of a given clause, up to renaming."""
        if clause in self.places or is_ground(clause):
            return self.places.get(clause)
        likely = self.renamed.get(look(clause), ())
        return next((one for one in likely if is_variant(self.given[one], clause)), None)

    def add(self, clause: Clause, reason: Given | Instance | Cut | Weaker, line: int) -> int:
        """Add a step and return its place."""
        self.steps.append(Step(clause=clause, reason=reason, line=line))
        return len(self.steps) - 1

    def instance(self, of: int, substitution: Substitution, line: int) -> int:
        """Add an instance of a step, unless it is the step itself."""
        clause = self.steps[of].clause
        made = instance(clause, substitution) if substitution else clause
        return of if made == clause else self.add(made, Instance(of, substitution), line)

    def note(self, message: str, line: ClauseLine, kind: str = "logic") -> None:
        """Note a liberty."""
        self.liberties.append(Liberty(kind=kind, message=message, line=line.line))


def given(builder: Builder, line: ClauseLine) -> int:
    """Add the steps of a line that says it is given; return the last.

    Raises:
        NotGiven: it is not.

    """
    place = builder.place(line.clause)
    if place is not None:
        step = builder.add(builder.given[place], Given(place), line.line)
        return _finished(builder, step, line, "")
    for place in builder.kinds.get(kind(line.clause), ()):
        if is_instance(builder.given[place], line.clause):
            step = builder.add(builder.given[place], Given(place), line.line)
            return _finished(builder, step, line, "the given clause")
    raise NotGiven(f"`{shown(line.clause)}` is not given", line=line.line)


def resolved(builder: Builder, line: ClauseLine, left: int, right: int) -> int:
    """Add the steps of a line that says it is a resolvent; return the last.

    Raises:
        Flaw: it is not; the flaw says why.

    """
    first, second = builder.steps[left].clause, builder.steps[right].clause
    found = _resolvents(first, second, builder.limits)
    if not found:
        raise diagnosis.no_pivot(first, second, line)
    fitting = stated.on_pivot(found, line)
    if line.substitutions:
        fitting = stated.unified(first, second, fitting, line, builder.limits)
    same = [one for one in fitting if one.clause == line.clause]
    for one in same or fitting:
        if is_variant(one.clause, line.clause):
            if not stated.gives(first, second, one, line, builder.limits):
                builder.note("the substitution that is stated gives less than this", line)
            return _cut(builder, (left, right), one, line, "")
    for one in fitting:
        if unify.subsumes(one.clause, line.clause) is not None:
            return _cut(builder, (left, right), one, line, "the resolvent")
    if not (is_ground(first) and is_ground(second)):
        step = _merged(builder, line, left, right)
        if step is not None:
            return step
    raise diagnosis.not_resolved(first, second, fitting, line)


def factored(builder: Builder, line: ClauseLine, of: int) -> int:
    """Add the steps of a line that says it is a factor; return the last.

    Raises:
        Flaw: it is not; the flaw says why.

    """
    clause = builder.steps[of].clause
    if is_variant(clause, line.clause):
        builder.note("a clause is a set: there was nothing to merge", line, kind="ink")
        return _finished(builder, of, line, "")
    stated.check_merging(clause, line, builder.limits)
    for substitution, factor in _factors(clause, builder.limits):
        if is_variant(factor, line.clause):
            step = builder.instance(of, substitution, line.line)
            return _finished(builder, step, line, "")
    for substitution, factor in _factors(clause, builder.limits):
        if unify.subsumes(factor, line.clause) is not None:
            step = builder.instance(of, substitution, line.line)
            return _finished(builder, step, line, "the factor")
    raise diagnosis.not_factored(clause, line)


def instantiated(builder: Builder, line: ClauseLine, of: int) -> int:
    """Add the steps of a line that repeats another or is an instance of it; return the last.

    Raises:
        WrongInstance: it is not.

    """
    clause = builder.steps[of].clause
    if is_variant(clause, line.clause):
        builder.note("a clause repeated is no step of resolution", line)
        return _finished(builder, of, line, "")
    if is_instance(clause, line.clause):
        return _finished(builder, of, line, "an earlier clause")
    text = f"`{shown(line.clause)}` is no instance of `{shown(clause)}`"
    raise WrongInstance(text, line=line.line)


# ── steps ───────────────────────────────────────────────────────────────────────────────────────


def _finished(builder: Builder, step: int, line: ClauseLine, source: str) -> int:
    """Make the line's clause of a step that is a variant of it, or subsumes it.

    `source` is what the step is called where that is noted as a liberty; "" for a variant.
    """
    clause = builder.steps[step].clause
    if clause == line.clause:
        return step
    if not source:
        return builder.instance(step, unify.variant(clause, line.clause) or {}, line.line)
    made = builder.instance(step, unify.subsumes(clause, line.clause) or {}, line.line)
    if builder.steps[made].clause == line.clause:
        builder.note(f"an instance of {source} `{shown(clause)}`", line)
        return made
    builder.note(f"weaker than {source} `{shown(clause)}`", line)
    return builder.add(line.clause, Weaker(made), line.line)


# ── resolvents ──────────────────────────────────────────────────────────────────────────────────


def _resolvents(left: Clause, right: Clause, limits: Limits) -> Sequence[Resolvent]:
    if is_ground(left) and is_ground(right):
        return [
            Resolvent(
                clause=(left - {one}) | (right - {complement(one)}),
                left_literal=one,
                right_literal=complement(one),
                left_substitution={},
                right_substitution={},
            )
            for one in left
            if complement(one) in right
        ]
    return resolvents(left, right, limits)


def _cut(
    builder: Builder, parents: tuple[int, int], found: Resolvent, line: ClauseLine, source: str
) -> int:
    """Add two instances, their cut, and what makes the line's clause of it."""
    first = builder.instance(parents[0], found.left_substitution, line.line)
    second = builder.instance(parents[1], found.right_substitution, line.line)
    (pivot,) = instance(frozenset({found.left_literal}), found.left_substitution)
    step = builder.add(found.clause, Cut(first, second, pivot), line.line)
    return _finished(builder, step, line, source)


def _merged(builder: Builder, line: ClauseLine, left: int, right: int) -> int | None:
    """Try what factors of the two clauses give, and factors of their resolvents."""
    first, second = builder.steps[left].clause, builder.steps[right].clause
    if len(first) + len(second) > _WIDEST:
        return None
    ways = (
        (one, other, found)
        for one in ({}, *(made for made, _ in _factors(first, builder.limits)))
        for other in ({}, *(made for made, _ in _factors(second, builder.limits)))
        for found in resolvents(instance(first, one), instance(second, other), builder.limits)
    )
    for one, other, found in islice(ways, _MERGED):
        made = _factors(found.clause, builder.limits, _WORK // 10)
        for substitution, clause in chain([({}, found.clause)], made):
            if is_variant(clause, line.clause):
                parents = (
                    builder.instance(left, one, line.line),
                    builder.instance(right, other, line.line),
                )
                cut = ClauseLine(label="", clause=found.clause, rule=None, line=line.line)
                step = _cut(builder, parents, found, cut, "")
                step = builder.instance(step, substitution, line.line)
                builder.note("resolved and factored in one step", line)
                return _finished(builder, step, line, "")
    return None


def _factors(
    clause: Clause, limits: Limits, work: int = _WORK
) -> Iterator[tuple[Substitution, Clause]]:
    """Yield the factors of a clause, and factors of those, each with what made it."""
    waiting: deque[tuple[Substitution, Clause]] = deque([({}, clause)])
    seen, names = {clause}, variables(clause)
    while waiting and work > 0:
        done, one = waiting.popleft()
        work -= len(one) ** 2
        for factor in factors(one, limits):
            if factor.clause in seen:
                continue
            seen.add(factor.clause)
            whole = {
                name: apply(done.get(name, Variable(name)), factor.substitution) for name in names
            }
            waiting.append((whole, factor.clause))
            yield whole, factor.clause
