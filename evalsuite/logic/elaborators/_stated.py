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
from evalsuite.logic.proofs import ClauseLine
from evalsuite.logic.resolution import Resolvent
from evalsuite.logic.syntax import Atom, Substitution, apply, term_variables
from evalsuite.logic.writing import show_term


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
    left: Clause, right: Clause, found: Sequence[Resolvent], line: ClauseLine
) -> Sequence[Resolvent]:
    """Return the resolvents on literals that the line's substitution unifies.

    Raises:
        WrongUnifier: there are none.

    """
    fitting = [
        one
        for one in found
        if any(
            _unifies(left, right, one, to_left, to_right)
            for to_left, to_right in _readings(line.substitutions)
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


def check_merging(clause: Clause, line: ClauseLine) -> None:
    """Pass a factor's substitution that merges literals, or none.

    Raises:
        WrongUnifier: it merges nothing.

    """
    for substitution in line.substitutions:
        once = instance(clause, substitution)
        if len(once) == len(clause) and len(instance(once, substitution)) == len(clause):
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


def _unifies(
    left: Clause,
    right: Clause,
    found: Resolvent,
    to_left: Substitution,
    to_right: Substitution,
) -> bool:
    mine, yours = variables(left), variables(right)
    terms = [*to_left.values(), *to_right.values()]
    named = frozenset[str]().union(*map(term_variables, terms))
    renaming = unify.apart(right, mine | named | frozenset(to_left) | frozenset(to_right))
    shared = (yours & mine) - named - frozenset(to_right)
    whole = {name: term for name, term in renaming.items() if name in shared}
    whole |= {name: term for name, term in to_right.items() if name in yours}
    (one,) = instance(frozenset({found.left_literal}), to_left)
    (other,) = instance(frozenset({found.right_literal}), whole)
    if one == complement(other):
        return True
    if (frozenset(to_left) | frozenset(to_right)) <= mine | yours:
        return False
    return not isinstance(unify.mgu_atoms(one.atom, other.atom), unify.Failure)


def _bindings(substitutions: Sequence[Substitution]) -> str:
    bindings = [
        f"{name} -> {show_term(term)}" for one in substitutions for name, term in one.items()
    ]
    text = f"{{{', '.join(bindings)}}}"
    return text if len(text) <= 100 else f"{text[:97]}..."  # noqa: PLR2004
