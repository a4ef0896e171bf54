"""Does the conclusion follow from the premises?

A conclusion's connectives, atoms and number of negations are drawn first, and only such are used
as can be filled in to follow and also not to follow from these premises. So premises, length and
words tell nothing about the label: both labels stand with the same ones. Nor does unit propagation:
on the clauses of premises and denied conclusion it comes to no end.

With a calculus, the answer comes with what shows it: a truth table, a refutation by resolution or a
closed tableau that it follows, a valuation that it does not.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, permutations
from operator import and_
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite.families.propositional._surface import Surface, argument, guise
from evalsuite.logic import normal, semantics, solvers, units
from evalsuite.logic.canonical import canonical as canonical_form
from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.elaborators import refutation as refutations
from evalsuite.logic.elaborators import tableau as tableaux
from evalsuite.logic.formats import truth_tables
from evalsuite.logic.polarity import signs
from evalsuite.logic.problems import Entailment, show_problem
from evalsuite.logic.provers import resolution, tableau
from evalsuite.logic.provers.shortest import shortest
from evalsuite.logic.sampling import NAMES, formula
from evalsuite.logic.syntax import (
    Atom,
    Formula,
    Not,
    leaves,
    substitute,
)
from evalsuite.logic.tables import everywhere, table
from evalsuite.logic.text import valuations
from evalsuite.logic.writing import show as show_formula
from evalsuite.names import seed_of
from evalsuite.records import Draft, Json

LABELS: Final = ("follows", "does-not-follow")
CHOICES: Final = 2

Calculus: TypeAlias = Literal["none", "truth-table", "resolution", "tableau", "countermodel"]

_IN_LETTERS: Final = ("symbols", "renamed", "permuted")
_FEWEST_ATOMS = 3
_MOST_ATOMS = 10  # each decider goes through 2**atoms rows
_STEPS = 20_000  # of the search for a shortest refutation


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many atoms, and as many premises."""

    fewest_atoms: int = 3
    most_atoms: int = 6
    surface: Surface = "symbols"
    calculus: Calculus = "none"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST_ATOMS <= self.fewest_atoms <= self.most_atoms <= _MOST_ATOMS:
            raise ValueError(
                "`fewest_atoms` and `most_atoms`:"
                f" {_FEWEST_ATOMS} <= fewest <= most <= {_MOST_ATOMS}"
            )
        if self.surface == "renamed" and 2 * self.most_atoms > len(NAMES):
            raise ValueError(f"`most_atoms`: at most {len(NAMES) // 2} where they are renamed")
        if self.calculus == "resolution" and self.surface not in _IN_LETTERS:
            raise ValueError(f"`calculus`: resolution needs a surface of {', '.join(_IN_LETTERS)}")
        if self.calculus != "none" and self.surface == "negated-goal":
            raise ValueError("`calculus`: none where the surface is `negated-goal`")


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of atoms."""
    return tuple(range(params.fewest_atoms, params.most_atoms + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw premises over `rung` atoms and a conclusion that does (0) or does not (1) follow."""
    names = rng.sample(NAMES, rung)
    premises = _premises(names, rng)
    if premises is None:
        return None
    by_key: dict[int, tuple[list[Formula], list[Formula]]] = defaultdict(lambda: ([], []))
    given = [clause for premise in premises for clause in normal.cnf_clauses(premise)]
    if units.outcome(given) != "undecided":
        return None
    tables = [table(premise, names) for premise in premises]
    for conclusion in _fillings(names, rng):
        truth = table(conclusion, names)
        if not _idle(truth, tables, everywhere(names)) and _is_undecided(given, conclusion):
            follows = _implies(reduce(and_, tables), truth)
            by_key[_agreement(premises, conclusion)][0 if follows else 1].append(conclusion)
    twins = [both for _, both in sorted(by_key.items()) if all(both)]
    if not twins:
        return None
    conclusion = rng.choice(rng.choice(twins)[gold])
    return _draft(params, Entailment(premises=premises, conclusion=conclusion), rung)


def decide(problem: Entailment) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    return semantics.answer(problem), solvers.answer(problem)


def canonical(problem: Entailment) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return canonical_form(problem)


def show(problem: Entailment) -> str:
    """Write a problem on one line, for messages."""
    return show_problem(problem)


def certificate(params: Params, problem: Entailment) -> str | None:
    """Return a proof in the calculus, or a valuation that shows that there is none."""
    if params.calculus == "none":
        return None
    problem = guise(problem, params.surface)
    if semantics.answer(problem):
        return _countermodel(problem)
    match params.calculus:
        case "truth-table":
            return truth_tables.show(problem.premises, problem.conclusion)
        case "resolution":
            return refutations.show(_refutation(problem).lines)
        case "tableau":
            closed = tableau.prove(problem.premises, problem.conclusion)
            return tableaux.show(closed.lines) if isinstance(closed, tableau.Closed) else None
        case "countermodel":
            return "none"


def _countermodel(problem: Entailment) -> str:
    """Write one of the valuations that refute the inference, drawn from the problem's text."""
    formulas = (*problem.premises, problem.conclusion)
    refuting = [
        row
        for row in semantics.valuations(name for one in formulas for name in leaves(one))
        if all(semantics.value(one, row) for one in problem.premises)
        and not semantics.value(problem.conclusion, row)
    ]
    return valuations.show(Random(seed_of("countermodel", show(problem))).choice(refuting))


def _clauses(problem: Entailment) -> tuple[Clause, ...]:
    return normal.clausal([*problem.premises, Not(problem.conclusion)])


def _refutation(problem: Entailment) -> resolution.Refuted:
    """Return a short refutation: a shortest one where it is found in time."""
    clauses = _clauses(problem)
    for found in (
        shortest(clauses, resolution.Limit(steps=_STEPS)),
        resolution.prove(clauses),
    ):
        if isinstance(found, resolution.Refuted):
            return found
    raise ValueError("resolution finds no refutation")


def _draft(params: Params, problem: Entailment, rung: int) -> Draft:
    seen = guise(problem, params.surface)
    premises, conclusion = seen.premises, seen.conclusion
    formal: dict[str, Json] = {
        "premises": [show_formula(premise) for premise in premises],
        "conclusion": show_formula(conclusion),
        "logic": "classical",
    }
    shown = argument(premises, conclusion, params.surface, show(problem))
    if params.calculus == "resolution":
        clauses: Json = [show_clause(clause) for clause in _clauses(seen)]
        formal, shown = {**formal, "clauses": clauses}, {**shown, "clauses": clauses}
    return Draft(
        shown=shown,
        choices=LABELS,
        problem=problem,
        tags={
            "rung": rung,
            "atoms": rung,
            "premises": len(premises),
            "conclusion_atoms": len(leaves(conclusion)),
        },
        formal=formal,
    )


def _premises(names: Sequence[str], rng: Random) -> tuple[Formula, ...] | None:
    """Draw premises that hold every atom and that can be true together.

    None is a tautology or says what a literal is, and no two say the same.
    """
    premises = tuple(_premise(names, rng) for _ in names)
    tables = [table(premise, names) for premise in premises]
    used = {name for premise in premises for name in leaves(premise)}
    if len(used) < len(names) or len(set(tables)) < len(tables):
        return None
    if everywhere(names) in tables or reduce(and_, tables) == 0:
        return None
    return premises


def _premise(names: Sequence[str], rng: Random) -> Formula:
    """Draw a formula of two or three atoms from which no literal follows."""
    while True:
        drawn = formula(rng.sample(names, rng.choice((2, 2, 3))), rng, negated=0.25)
        own = leaves(drawn)
        truth, full = table(drawn, own), everywhere(own)
        columns = [table(Atom(name), own) for name in own]
        if not any(_implies(truth, one) or _implies(truth, full ^ one) for one in columns):
            return drawn


def _fillings(names: Sequence[str], rng: Random) -> Iterator[Formula]:
    """Yield each filling of a random skeleton with two or three literals.

    All hold the same atoms, connectives and number of negations.
    """
    size = rng.choice((2, 3))
    slots = [str(slot) for slot in range(size)]
    skeleton = formula(slots, rng, negated=0)
    chosen = rng.sample(names, size)
    negations = rng.randrange(size + 1)
    for order in permutations(chosen):
        for negated in combinations(slots, negations):
            yield substitute(
                skeleton,
                {
                    slot: Not(Atom(name)) if slot in negated else Atom(name)
                    for slot, name in zip(slots, order, strict=True)
                },
            )


def _is_undecided(given: Sequence[Clause], conclusion: Formula) -> bool:
    """Say whether unit propagation, with the conclusion denied, comes to no end."""
    denied = normal.cnf_clauses(Not(conclusion))
    return all(len(clause) > 1 for clause in denied) and (
        units.outcome((*given, *denied)) == "undecided"
    )


def _idle(truth: int, premises: Sequence[int], full: int) -> bool:
    """Say whether a conclusion is decided without the premises, or follows from one alone."""
    return truth in (0, full) or any(_implies(premise, truth) for premise in premises)


def _implies(left: int, right: int) -> bool:
    return left & ~right == 0


def _agreement(premises: Sequence[Formula], conclusion: Formula) -> int:
    """Count where the conclusion's atoms stand with the sign they have in the premises.

    Without this, a conclusion that repeats the premises' literals would follow more often.
    """
    said = [occurrence for premise in premises for occurrence in signs(premise, positive=True)]
    return sum(
        said.count((name, positive)) - said.count((name, not positive))
        for name, positive in signs(conclusion, positive=True)
    )
