"""Check what a line of a refutation states besides its clause: a pivot, a substitution.

Variables of two clauses may have the same names, and models rename them as they like. A stated
substitution is right when one way to read it unifies: for both clauses, for the left or the right
one alone, or, where there are two, one for each. What it does not name is renamed apart; names that
neither clause has are those of a renamed copy, and what they stand for is found.
"""

from collections.abc import Iterator, Sequence

from evalsuite.logic import unify
from evalsuite.logic.clauses import (
    Clause,
    Literal,
    complement,
    instance,
    variables,
)
from evalsuite.logic.elaborators._shapes import shown
from evalsuite.logic.flaws import NoPivot, WrongUnifier
from evalsuite.logic.limits import Limits
from evalsuite.logic.proofs import ClauseLine
from evalsuite.logic.resolution import Resolvent, bounded
from evalsuite.logic.syntax import Atom, Substitution, apply, term_variables
from evalsuite.logic.writing import show_term

_NONE: frozenset[str] = frozenset()


def on_pivot(found: Sequence[Resolvent], line: ClauseLine) -> Sequence[Resolvent]:
    """Return the resolvents on the pivot that the line states.

    Raises:
        NoPivot: there is none.

    """
    if line.pivot is None:
        return found
    fitting = [
        one
        for one in found
        if any(_fits(line.pivot, atom) for atom in (one.left_literal.atom, one.right_literal.atom))
    ]
    if not fitting:
        named = shown(frozenset({Literal(atom=line.pivot, positive=True)}))
        possible = " or ".join(sorted({f"`{shown(_atom(one))}`" for one in found})[:3])
        raise NoPivot(f"`{named}` is not the pivot: that is {possible}", line=line.line)
    return fitting


def unified(
    left: Clause, right: Clause, found: Sequence[Resolvent], line: ClauseLine, limits: Limits
) -> Sequence[Resolvent]:
    """Return the resolvents on literals that the line's substitution unifies.

    Raises:
        WrongUnifier: there are none.
        TooLarge: what it makes of a clause is beyond the limits.

    """
    fitting = [
        one
        for one in found
        if any(
            True
            for reading in _readings(line.substitutions)
            for _ in _resolved((left, right), one, reading, limits)
        )
    ]
    if not fitting:
        pairs = [
            " and ".join(
                f"`{shown(frozenset({it}))}`" for it in (one.left_literal, one.right_literal)
            )
            for one in found[:2]
        ]
        text = f"`{_bindings(line.substitutions)}` does not unify {', or '.join(pairs)}"
        raise WrongUnifier(text, line=line.line)
    return fitting


def gives(left: Clause, right: Clause, found: Resolvent, line: ClauseLine, limits: Limits) -> bool:
    """Say whether the line's substitution, if any, makes a clause as general as the line's."""
    return not line.substitutions or any(
        unify.subsumes(made, line.clause) is not None
        for reading in _readings(line.substitutions)
        for made in _resolved((left, right), found, reading, limits)
    )


def check_merging(clause: Clause, line: ClauseLine, limits: Limits) -> None:
    """Pass a factor's substitution that merges literals, or none.

    Raises:
        WrongUnifier: it merges nothing.
        TooLarge: what it makes of the clause is beyond the limits.

    """
    for substitution in line.substitutions:
        once = bounded(clause, substitution, limits)
        if len(once) == len(clause) == len(bounded(once, substitution, limits)):
            text = f"`{_bindings([substitution])}` merges no literals of `{shown(clause)}`"
            raise WrongUnifier(text, line=line.line)


def _atom(found: Resolvent) -> Clause:
    return frozenset({Literal(atom=found.left_literal.atom, positive=True)})


def _fits(stated: Atom, atom: Atom) -> bool:
    """Say whether an atom, or a predicate alone, may name the atom that is resolved on."""
    if stated.name != atom.name or not stated.args:
        return stated.name == atom.name
    if len(stated.args) != len(atom.args):
        return False
    one = frozenset({Literal(atom=stated, positive=True)})
    other = frozenset({Literal(atom=atom, positive=True)})
    ((renamed),) = instance(one, unify.apart(one, variables(other)))
    return not isinstance(unify.mgu_atoms(renamed.atom, atom), unify.Failure)


def _readings(
    substitutions: Sequence[Substitution],
) -> Iterator[tuple[Substitution, Substitution]]:
    """Yield what a stated substitution may mean for the left and for the right clause."""
    whole = {name: term for one in substitutions for name, term in one.items()}
    yield whole, whole
    if len(substitutions) == 2:  # noqa: PLR2004
        first, second = substitutions
        yield first, second
        yield second, first
    yield whole, {}
    yield {}, whole
    # `{x -> f(y), y -> a}`, one binding after the other.
    twice = {name: apply(term, whole) for name, term in whole.items()}
    yield twice, twice


def _resolved(
    premises: tuple[Clause, Clause],
    found: Resolvent,
    reading: tuple[Substitution, Substitution],
    limits: Limits,
) -> Iterator[Clause]:
    """Yield the clauses that substitutions make, where they unify the literals resolved on."""
    (left, right), (to_left, to_right) = premises, reading
    mine, yours = variables(left), variables(right)
    terms = [*to_left.values(), *to_right.values()]
    named = frozenset[str]().union(*map(term_variables, terms))
    taken = mine | yours | named | frozenset(to_left) | frozenset(to_right)
    renaming = unify.apart(left | right, taken)
    loose, free = (mine & yours) - frozenset(to_left), (mine & yours) - frozenset(to_right)
    # A variable of both clauses may be one, or two that are told apart on either side.
    for apart_left, apart_right in dict.fromkeys(
        [(_NONE, _NONE), (_NONE, free), (_NONE, free - named), (loose, _NONE)]
    ):
        first = {name: renaming[name] for name in apart_left} | dict(to_left)
        second = {name: renaming[name] for name in apart_right} | dict(to_right)
        one, other = bounded(left, first, limits), bounded(right, second, limits)
        (pivot,) = instance(frozenset({found.left_literal}), first)
        (partner,) = instance(frozenset({found.right_literal}), second)
        if pivot == complement(partner):
            yield (one - {pivot}) | (other - {partner})
    if not frozenset(to_left) | frozenset(to_right) <= mine | yours:
        # Some names are those of a copy: what else the right clause has is renamed apart.
        (pivot,) = instance(frozenset({found.left_literal}), to_left)
        (partner,) = instance(frozenset({found.right_literal}), {**renaming, **to_right})
        if not isinstance(unify.mgu_atoms(pivot.atom, partner.atom), unify.Failure):
            yield found.clause


def _bindings(substitutions: Sequence[Substitution]) -> str:
    bindings = [
        f"{name} -> {show_term(term)}" for one in substitutions for name, term in one.items()
    ]
    text = f"{{{', '.join(bindings)}}}"
    return text if len(text) <= 100 else f"{text[:97]}..."  # noqa: PLR2004
