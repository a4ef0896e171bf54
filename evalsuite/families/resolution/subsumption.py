"""Does one clause subsume another?

C subsumes D when a substitution makes C a part of D (Robinson 1965, section 7). D has no variables.
The two labels are drawn together: a clause C that part of D is an instance of, and the same with
two arguments exchanged. In both each literal by itself has an instance in D; only whether all have
one with the same substitution tells them apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Final

from evalsuite.logic.canonical import Node, clause_tree, form
from evalsuite.logic.clauses import Clause, Literal, show_clause
from evalsuite.logic.matching import subsumes
from evalsuite.logic.sampling import NAMES
from evalsuite.logic.syntax import Atom, Function, Term, Variable
from evalsuite.records import Draft

LABELS: Final = ("subsumes", "does-not-subsume")
CHOICES: Final = 2

_FEWEST, _MOST = 2, 6
_VARIABLES = ("x", "y", "z", "u", "w")
_CONSTANTS = ("a", "b", "c", "d")
_KEPT = 0.15  # of D's terms in C


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many literals the clause has that may subsume the other."""

    fewest_literals: int = 2
    most_literals: int = 5

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_literals <= self.most_literals <= _MOST:
            raise ValueError(
                f"`fewest_literals` and `most_literals`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Does the clause subsume the other? 0: it does; 1: it does not."""

    clause: Clause
    other: Clause


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of literals."""
    return tuple(range(params.fewest_literals, params.most_literals + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw two clauses of which the first, of `rung` literals, does (0) or does not (1) subsume."""
    other = _other(rung + rng.choice((2, 3)), rng)
    clause = None if other is None else _general(other, rung, rng)
    if other is None or clause is None:
        return None
    whole = frozenset(other)
    twins = [
        twin
        for twin in _exchanged(clause)
        if len(set(twin)) == rung
        and subsumes(frozenset(twin), whole) is None
        and all(subsumes(frozenset({one}), whole) is not None for one in twin)
    ]
    if not twins:
        return None
    chosen = (clause, rng.choice(twins))[gold]
    problem = Problem(clause=frozenset(chosen), other=whole)
    return Draft(
        shown={"clause": show_clause(problem.clause), "other": show_clause(problem.other)},
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "literals": len(other), "variables": len(_names(chosen))},
    )


def _other(size: int, rng: Random) -> list[Literal] | None:
    """Draw a ground clause over two predicates with two arguments."""
    kinds = [(name, rng.random() < 1 / 2) for name in rng.sample(NAMES, 2)]
    constants = rng.sample(_CONSTANTS, 3)
    terms: list[Term] = [
        *(Function(name) for name in constants),
        Function("f", (Function(rng.choice(constants)),)),
    ]
    found: set[Literal] = set()
    for _ in range(size):
        name, positive = rng.choice(kinds)
        args = tuple(rng.choice(terms) for _ in range(2))
        found.add(Literal(atom=Atom(name, args), positive=positive))
    return sorted(found, key=repr) if len(found) == size else None


def _general(other: Sequence[Literal], size: int, rng: Random) -> list[Literal] | None:
    """Draw a clause of which some literals of the other are an instance."""
    terms = sorted({arg for one in other for arg in one.atom.args}, key=repr)
    names = rng.sample(_VARIABLES, len(terms))
    puts: dict[Term, Term] = {
        term: term if rng.random() < _KEPT else Variable(name)
        for term, name in zip(terms, names, strict=True)
    }
    chosen = rng.sample(list(other), size)
    found = [
        Literal(
            atom=Atom(one.atom.name, tuple(puts[arg] for arg in one.atom.args)),
            positive=one.positive,
        )
        for one in chosen
    ]
    return found if len(set(found)) == size and len(_names(found)) > 1 else None


def _exchanged(clause: Sequence[Literal]) -> Iterator[list[Literal]]:
    """Yield the clauses in which two arguments have changed places."""
    args = [arg for one in clause for arg in one.atom.args]
    for first, second in combinations(range(len(args)), 2):
        if args[first] == args[second]:
            continue
        changed = list(args)
        changed[first], changed[second] = args[second], args[first]
        yield [
            Literal(
                atom=Atom(one.atom.name, tuple(changed[2 * place : 2 * place + 2])),
                positive=one.positive,
            )
            for place, one in enumerate(clause)
        ]


def _names(clause: Sequence[Literal]) -> set[str]:
    return {arg.name for one in clause for arg in one.atom.args if isinstance(arg, Variable)}


def decide(problem: Problem) -> tuple[int, int]:
    """Return the answer by matching, and by trying every literal of D for each of C."""
    by_matching = subsumes(problem.clause, problem.other) is None
    mine = sorted(problem.clause, key=repr)
    some = any(
        _agree(mine, chosen)
        for chosen in product(sorted(problem.other, key=repr), repeat=len(mine))
    )
    return int(by_matching), int(not some)


def _agree(clause: Sequence[Literal], targets: Sequence[Literal]) -> bool:
    """Say whether one substitution makes each literal its target, which has no variables."""
    puts: dict[str, Term] = {}
    return all(
        (one.atom.name, one.positive) == (target.atom.name, target.positive)
        and all(map(lambda arg, to: _put(arg, to, puts), one.atom.args, target.atom.args))
        for one, target in zip(clause, targets, strict=True)
    )


def _put(arg: Term, target: Term, puts: dict[str, Term]) -> bool:
    if isinstance(arg, Variable):
        return puts.setdefault(arg.name, target) == target
    return arg == target


def canonical(problem: Problem) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(Node("subsumes", (clause_tree(problem.clause), clause_tree(problem.other))))


def show(problem: Problem) -> str:
    """Write a problem on one line, for messages."""
    return f"{show_clause(problem.clause)} subsumes {show_clause(problem.other)}"


def certificate(params: Params, problem: Problem) -> None:
    """Return nothing: a verdict is all that is asked."""
