"""Random terms, and textbook algorithms on terms and clauses that are written out.

The algorithms are those of the books, step by step and without sharing, so that they judge those
of `logic` independently: Robinson's unification (1965, section 5), and renaming by trial.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations
from random import Random

from evalsuite.logic.clauses import Clause, instance, variables
from evalsuite.logic.syntax import Function, Substitution, Term, Variable, apply, term_variables

VARIABLES = ("x", "y", "z", "u", "v", "w")
CONSTANTS = ("a", "b", "c", "d")
UNARY = ("f", "h")
BINARY = ("g", "k")


def skeleton(depth: int, rng: Random) -> Term:
    """Draw a term of at most this depth whose leaves are all the variable `_`."""
    if depth <= 1 or rng.random() < 0.35:  # noqa: PLR2004 - about two leaves a term of depth 2
        return Variable("_")
    if rng.random() < 0.6:  # noqa: PLR2004
        return Function(rng.choice(UNARY), (skeleton(depth - 1, rng),))
    name = rng.choice(BINARY)
    return Function(name, (skeleton(depth - 1, rng), skeleton(depth - 1, rng)))


def skeletons(depth: int, rng: Random) -> tuple[Term, Term]:
    """Draw two terms that differ only where one of them has a leaf; all leaves are `_`."""
    chance = rng.random()
    if depth > 1 and chance < 0.35:  # noqa: PLR2004 - else most pairs are a leaf and a term
        if rng.random() < 0.6:  # noqa: PLR2004
            one, other = skeletons(depth - 1, rng)
            name = rng.choice(UNARY)
            return Function(name, (one,)), Function(name, (other,))
        pairs = [skeletons(depth - 1, rng) for _ in range(2)]
        name = rng.choice(BINARY)
        return Function(name, tuple(one for one, _ in pairs)), Function(
            name, tuple(other for _, other in pairs)
        )
    both: tuple[Term, Term] = (Variable("_"), skeleton(depth, rng))
    return both if rng.random() < 1 / 2 else both[::-1]


def leaves(term: Term) -> Iterator[Term]:
    """Yield the variables and constants of a term, from left to right."""
    if isinstance(term, Function) and term.args:
        for arg in term.args:
            yield from leaves(arg)
    else:
        yield term


def filled(term: Term, with_leaves: Iterator[Term]) -> Term:
    """Put other variables and constants in the places of a term's, from left to right."""
    if isinstance(term, Function) and term.args:
        return Function(term.name, tuple(filled(arg, with_leaves) for arg in term.args))
    return next(with_leaves)


def replaced(term: Term, at: int, leaf: Term) -> Term:
    """Put another variable or constant in one place, counted from left to right."""
    found = list(leaves(term))
    found[at] = leaf
    return filled(term, iter(found))


# ── unification, as Robinson has it ─────────────────────────────────────────────────────────────


def robinson(left: Term, right: Term) -> dict[str, Term] | None:
    """Return a most general unifier, idempotent, or `None`: the leftmost disagreement first."""
    unifier: dict[str, Term] = {}
    while True:
        pair = _disagreement(apply(left, unifier), apply(right, unifier))
        if pair is None:
            return unifier
        one, other = pair
        if not isinstance(one, Variable):
            one, other = other, one
        if not isinstance(one, Variable) or one.name in term_variables(other):
            return None
        step = {one.name: other}
        unifier = {name: apply(term, step) for name, term in unifier.items()} | step


def _disagreement(left: Term, right: Term) -> tuple[Term, Term] | None:
    if left == right:
        return None
    if (
        isinstance(left, Function)
        and isinstance(right, Function)
        and (left.name, len(left.args)) == (right.name, len(right.args))
    ):
        pairs = zip(left.args, right.args, strict=True)
        return next(found for one, other in pairs if (found := _disagreement(one, other)))
    return left, right


def is_instance(general: Sequence[Term], special: Sequence[Term]) -> bool:
    """Say whether terms become others by putting terms for variables, all at once."""
    images: dict[str, Term] = {}
    pairs = zip(general, special, strict=True)
    return all(_matches(one, other, images) for one, other in pairs)


def _matches(pattern: Term, target: Term, images: dict[str, Term]) -> bool:
    if isinstance(pattern, Variable):
        return images.setdefault(pattern.name, target) == target
    if not isinstance(target, Function):
        return False
    if (pattern.name, len(pattern.args)) != (target.name, len(target.args)):
        return False
    pairs = zip(pattern.args, target.args, strict=True)
    return all(_matches(one, other, images) for one, other in pairs)


def is_mgu(substitution: Substitution, left: Term, right: Term) -> bool:
    """Say whether a substitution is a most general unifier, by Robinson's."""
    ours = robinson(left, right)
    if ours is None or apply(left, substitution) != apply(right, substitution):
        return False
    names = sorted(term_variables(left) | term_variables(right) | set(substitution))
    concerned = [Variable(name) for name in names]
    mine = [apply(one, ours) for one in concerned]
    theirs = [apply(one, substitution) for one in concerned]
    return is_instance(theirs, mine) and is_instance(mine, theirs)


# ── clauses ─────────────────────────────────────────────────────────────────────────────────────


def is_variant(clause: Clause, other: Clause) -> bool:
    """Say whether renaming variables makes one clause the other, by trying all renamings."""
    mine, yours = sorted(variables(clause)), sorted(variables(other))
    if len(mine) != len(yours) or len(clause) != len(other):
        return False
    return any(
        instance(clause, dict(zip(mine, map(Variable, order), strict=True))) == other
        for order in permutations(yours)
    )


def show_substitution(substitution: Mapping[str, str]) -> str:
    """Write a substitution: `{x -> f(a), y -> b}`."""
    return "{" + ", ".join(f"{name} -> {term}" for name, term in substitution.items()) + "}"
