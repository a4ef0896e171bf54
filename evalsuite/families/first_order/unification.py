"""Can two atoms be unified?

The leaves of the right atom (its variables and constants) are shuffled until one order makes the
two unifiable and another does not, be it for a clash of symbols or for the occurs check. So both
labels stand with the same left atom, and with a right one of the same words in another order.
"""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from evalsuite.families.first_order import _terms
from evalsuite.logic import canonical as canonical_forms
from evalsuite.logic.canonical import Leaf, Node, Tree
from evalsuite.logic.syntax import Function, Term, Variable
from evalsuite.logic.unify import Failure, mgu
from evalsuite.logic.writing import show_term
from evalsuite.records import Draft

LABELS: Final = ("unifiable", "not-unifiable")
CHOICES: Final = 2

_MOST = 6  # arguments
_EASY = 2  # arguments up to which a clash may be seen at once
_SHUFFLES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many arguments the atoms have."""

    fewest_arguments: int = 2
    most_arguments: int = 5

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _EASY <= self.fewest_arguments <= self.most_arguments <= _MOST:
            raise ValueError(
                f"`fewest_arguments` and `most_arguments`: {_EASY} <= fewest <= most <= {_MOST}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unification:
    """Have two atoms, written as terms, a unifier? 0: they have; 1: they have not."""

    left: Function
    right: Function


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of arguments."""
    return tuple(range(params.fewest_arguments, params.most_arguments + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw two atoms with `rung` arguments that can (0) or cannot (1) be unified."""
    names = rng.sample(_terms.VARIABLES, rung)
    predicate, depth = rng.choice("PQRS"), 2 if rung < _EASY + 2 else 3
    pairs = [_terms.skeletons(depth, rng) for _ in range(rung)]
    left = Function(predicate, tuple(one for one, _ in pairs))
    right = Function(predicate, tuple(other for _, other in pairs))
    fills = [_leaf(names, rng) for _ in range(_count(left) + _count(right))]
    left = filled(left, fills[: _count(left)])
    rest = fills[_count(left) :]
    wanted: Literal["clash", "occurs"] = rng.choice(("clash", "occurs"))
    found: dict[str, Function] = {}
    for _ in range(_SHUFFLES):
        rng.shuffle(rest)
        shuffled = filled(right, rest)
        kind = _kind(left, shuffled, easy=rung <= _EASY)
        if kind is not None:
            found.setdefault(kind, shuffled)
    if not {"unifiable", wanted} <= set(found):
        return None
    chosen = found["unifiable"] if gold == 0 else found[wanted]
    return Draft(
        shown={"left": show_term(left), "right": show_term(chosen)},
        choices=LABELS,
        problem=Unification(left=left, right=chosen),
        tags={"rung": rung, "arguments": rung, "depth": depth, "contrast": wanted},
        formal={"equations": [[show_term(left), show_term(chosen)]]},
    )


def decide(problem: Unification) -> tuple[int, int]:
    """Return the answer by union of classes of terms, and by Robinson's algorithm."""
    classes = mgu([(problem.left, problem.right)])
    plain = _terms.robinson(problem.left, problem.right)
    return int(isinstance(classes, Failure)), int(plain is None)


def canonical(problem: Unification) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order.

    The arguments may change places, the same way on both sides.
    """
    pairs = zip(problem.left.args, problem.right.args, strict=True)
    columns = (Node("=", (term_tree(one), term_tree(other))) for one, other in pairs)
    return canonical_forms.form(canonical_forms.any_order(columns, "unify"))


def show(problem: Unification) -> str:
    """Write a problem on one line, for messages."""
    return f"{show_term(problem.left)} = {show_term(problem.right)}"


def certificate(params: Params, problem: Unification) -> str | None:  # noqa: ARG001
    """Return a most general unifier, where there is one."""
    found = mgu([(problem.left, problem.right)])
    if isinstance(found, Failure):
        return None
    return _terms.show_substitution({name: show_term(term) for name, term in found.items()})


def term_tree(term: Term) -> Tree:
    """Return a term's tree: variables, constants and functions may have other names."""
    match term:
        case Variable(name):
            return Leaf(f"var {name}")
        case Function(name, args):
            return Node("f", (Leaf(f"term {name}"), *map(term_tree, args)))


def filled(atom: Function, leaves: list[Term]) -> Function:
    """Put variables and constants in the places of an atom's leaves."""
    waiting = iter(leaves)
    return Function(atom.name, tuple(_terms.filled(arg, waiting) for arg in atom.args))


def _count(atom: Function) -> int:
    return sum(1 for _ in _terms.leaves(atom))


def _leaf(names: list[str], rng: Random) -> Term:
    if rng.random() < 0.75:  # noqa: PLR2004 - with more constants few pairs are unifiable
        return Variable(rng.choice(names))
    return Function(rng.choice(_terms.CONSTANTS[:2]))


def _kind(left: Function, right: Function, *, easy: bool) -> str | None:
    """Return `unifiable`, or how that fails; `None` for what is answered at a glance."""
    found = mgu([(left, right)])
    if not isinstance(found, Failure):
        return "unifiable" if len(found) > 1 else None
    if not easy and any(map(_clashes, left.args, right.args)):
        return None
    return found.kind


def _clashes(left: Term, right: Term) -> bool:
    """Say whether two terms, taken alone, differ in a symbol or hold one another."""
    if isinstance(left, Variable) or isinstance(right, Variable):
        return left != right and isinstance(mgu([(left, right)]), Failure)
    if left.name != right.name or len(left.args) != len(right.args):
        return True
    return any(map(_clashes, left.args, right.args))
