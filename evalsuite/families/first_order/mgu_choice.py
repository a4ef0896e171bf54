"""Which of four substitutions is a most general unifier of two atoms?

The wrong ones leave a binding out, so that they do not unify, or put a term for one more variable,
so that they are not most general.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.first_order import _options, _terms
from evalsuite.families.first_order.unification import term_tree
from evalsuite.logic import canonical as canonical_forms
from evalsuite.logic.canonical import Leaf, Node
from evalsuite.logic.syntax import (
    Function,
    Substitution,
    Term,
    Variable,
    apply,
    subterms,
    term_variables,
)
from evalsuite.logic.unify import Failure, mgu, most_general
from evalsuite.logic.writing import show_term
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4

_FEWEST, _MOST = 2, 6  # arguments
_LONGEST = 60  # characters of an option
_TRIES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many arguments the atoms have."""

    fewest_arguments: int = 2
    most_arguments: int = 5

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_arguments <= self.most_arguments <= _MOST:
            raise ValueError(
                f"`fewest_arguments` and `most_arguments`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )


_Bindings = tuple[tuple[str, Term], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MguChoice:
    """Which candidate is a most general unifier of two atoms, written as terms? Its index."""

    left: Function
    right: Function
    candidates: tuple[_Bindings, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of arguments."""
    return tuple(range(params.fewest_arguments, params.most_arguments + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw two atoms and four substitutions; the most general unifier is option `gold`."""
    slips = _options.slips(rng)
    for _ in range(_TRIES):
        left, right = _atoms(rung, rng)
        found = mgu([(left, right)])
        if isinstance(found, Failure):
            continue
        changed = _changed(found, left, right, slips, rng)
        if changed is None:
            continue
        options = tuple(_bindings(one) for one in _options.placed(found, changed, gold, rng))
        shown = tuple(_written(one) for one in options)
        if len(set(shown)) == CHOICES and max(map(len, shown)) <= _LONGEST:
            return Draft(
                shown={
                    "left": show_term(left),
                    "right": show_term(right),
                    "options": list(shown),
                },
                choices=shown,
                problem=MguChoice(left=left, right=right, candidates=options),
                tags={"rung": rung, "bindings": len(found), "slips": "-".join(slips)},
            )
    return None


def decide(problem: MguChoice) -> tuple[int, int]:
    """Return the answer by union of classes of terms, and by Robinson's algorithm.

    Raises:
        ValueError: there is no most general unifier among the options, or more than one.

    """
    equations = [(problem.left, problem.right)]
    ours = [most_general(dict(one), equations) for one in problem.candidates]
    plain = [_terms.is_mgu(dict(one), problem.left, problem.right) for one in problem.candidates]
    return _only(ours), _only(plain)


def canonical(problem: MguChoice) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    pairs = zip(problem.left.args, problem.right.args, strict=True)
    columns = (Node("=", (term_tree(one), term_tree(other))) for one, other in pairs)
    options = (
        canonical_forms.any_order(
            Node("->", (Leaf(f"var {name}"), term_tree(term))) for name, term in one
        )
        for one in problem.candidates
    )
    tree = (canonical_forms.any_order(columns), canonical_forms.any_order(options))
    return canonical_forms.form(Node("mgu", tree))


def show(problem: MguChoice) -> str:
    """Write a problem on one line, for messages."""
    options = " / ".join(map(_written, problem.candidates))
    return f"{show_term(problem.left)} = {show_term(problem.right)} => {options}"


def certificate(params: Params, problem: MguChoice) -> None:
    """Return nothing: a verdict is all that is asked."""


def _atoms(rung: int, rng: Random) -> tuple[Function, Function]:
    """Draw two atoms with two variables to bind to constants and two to leave as they are."""
    names = rng.sample(_terms.VARIABLES, len(_terms.VARIABLES))
    kept, others = names[:2], tuple(names[2:])
    # A constant stands beside each, so that it can be put for it without being a new word.
    beside = [
        Function(rng.choice(_terms.BINARY), (Variable(name), Function(rng.choice("ab"))))
        for name in kept
    ]
    pairs: list[tuple[Term, Term]] = [(one, one) for one in beside]
    pairs += [
        _turned(Variable(name), Function(rng.choice(_terms.CONSTANTS[:2])), rng)
        for name in others[:2]
    ]
    for _ in range(rung - 1):
        one, other = _terms.skeletons(2, rng)
        leaves = _leaves(others, rng)
        pairs.append((_terms.filled(one, leaves), _terms.filled(other, leaves)))
    rng.shuffle(pairs)
    while len(pairs) > rung:  # two pairs become the arguments of a function
        (one, other), (two, too) = pairs.pop(), pairs.pop()
        name = rng.choice(_terms.BINARY)
        pairs.insert(
            rng.randrange(len(pairs) + 1),
            (Function(name, (one, two)), Function(name, (other, too))),
        )
    predicate = rng.choice("PQRS")
    left, right = zip(*pairs, strict=True)
    return Function(predicate, tuple(left)), Function(predicate, tuple(right))


def _turned(one: Term, other: Term, rng: Random) -> tuple[Term, Term]:
    return (one, other) if rng.random() < 1 / 2 else (other, one)


def _leaves(names: tuple[str, ...], rng: Random) -> Iterator[Term]:
    while True:
        if rng.random() < 0.75:  # noqa: PLR2004 - constants clash
            yield Variable(rng.choice(names))
        else:
            yield Function(rng.choice(_terms.CONSTANTS[:2]))


def _changed(
    found: Substitution,
    left: Function,
    right: Function,
    slips: tuple[_options.Slip, _options.Slip],
    rng: Random,
) -> list[Substitution] | None:
    """Return the three substitutions with one mistake or the other, or both."""
    # A binding to a constant is left out or added: either way an option's words differ alike.
    bound = sorted(
        name for name, term in found.items() if isinstance(term, Function) and not term.args
    )
    names = frozenset[str]().union(*map(term_variables, found.values())) | set(found)
    free = sorted((term_variables(left) | term_variables(right)) - names)
    bound, free = rng.sample(bound, len(bound)), rng.sample(free, len(free))
    # Whatever the mistakes are, so that these stay equally frequent.
    if min(len(bound), len(free)) < len(slips) or len(found) <= len(slips):
        return None
    spare = _spare(found, left, right, rng)
    if len(spare) < len(slips):
        return None
    made: list[tuple[str, Term | None]] = []
    for slip in slips:
        if slip == "under":
            made.append((bound.pop(), None))
        else:
            made.append((free.pop(), Function(spare.pop())))
    first, second = made
    return [_with(found, [first]), _with(found, [second]), _with(found, [first, second])]


def _spare(found: Substitution, left: Term, right: Term, rng: Random) -> list[str]:
    """Return the constants that the atoms have more often than the unifier."""
    said, used = (
        Counter(one.name for term in terms for one in subterms(term) if _is_constant(one))
        for terms in ((left, right), found.values())
    )
    return rng.sample(sorted((said - used).elements()), (said - used).total())


def _is_constant(term: Term) -> bool:
    return isinstance(term, Function) and not term.args


def _with(found: Substitution, mistakes: list[tuple[str, Term | None]]) -> Substitution:
    """Leave the binding of a variable out, or put a term for one that had none, throughout."""
    changed = dict(found)
    for name, term in mistakes:
        if term is None:
            del changed[name]
        else:
            changed = {one: apply(other, {name: term}) for one, other in changed.items()}
            changed[name] = term
    return changed


def _bindings(substitution: Substitution) -> _Bindings:
    return tuple(sorted(substitution.items()))


def _written(bindings: _Bindings) -> str:
    return _terms.show_substitution({name: show_term(term) for name, term in bindings})


def _only(right: list[bool]) -> int:
    if sum(right) != 1:
        raise ValueError(f"{sum(right)} options are right")
    return right.index(True)
