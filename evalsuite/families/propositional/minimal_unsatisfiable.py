"""Which of four sets of clauses is minimal unsatisfiable?

A set is that when its clauses cannot all be true, though without any one of them the others can.
The four are parts of one numbered list, with as many clauses each, and each has as much in common
with the other three; one of the three, where there is such a one, cannot be true either but is not
minimal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

from evalsuite.families.propositional import _clause_sets
from evalsuite.families.propositional._clause_sets import Row, Space
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Node, any_order, clause_tree, form
from evalsuite.logic.clauses import Clause
from evalsuite.logic.normal import formula_of
from evalsuite.logic.sampling import NAMES
from evalsuite.records import Draft

LABELS: Final = None
CHOICES: Final = 4

_MOST_CLAUSES = 6
_EXTRA = 3  # clauses that the minimal set does not have
_LENGTHS = (1, 2, 2, 2, 3)
_LIKE = 0.7  # of the others, as many are made from a clause of the minimal set
_TRIES = 200  # threes of wrong options

_Part = tuple[int, ...]  # the places of clauses in the list


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many clauses the minimal set has."""

    fewest_clauses: int = 3
    most_clauses: int = 6

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 3 <= self.fewest_clauses <= self.most_clauses <= _MOST_CLAUSES:  # noqa: PLR2004
            raise ValueError(
                f"`fewest_clauses` and `most_clauses`: 3 <= fewest <= most <= {_MOST_CLAUSES}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimalUnsatisfiable:
    """Which part of the clauses is minimal unsatisfiable? An index into the parts."""

    clauses: tuple[Clause, ...]
    parts: tuple[_Part, ...]


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of clauses of the minimal set."""
    return tuple(range(params.fewest_clauses, params.most_clauses + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw clauses and four parts of `rung` clauses; part `gold` is minimal unsatisfiable."""
    atoms = max(2, rung - rng.choice((1, 2)))  # with two, there are eight clauses to take
    within = _clause_sets.space(atoms)
    core = _minimal(_clause_sets.over_full(within, _LENGTHS, rng), within)
    if len(core) != rung:
        return None
    rows = _with_others(core, within, rng)
    if len({abs(one) for row in rows for one in row}) < atoms:
        return None
    parts = _options(rows, within, rung, rng)
    if parts is None:
        return None
    right, *wrong = parts
    rng.shuffle(wrong)
    wrong.insert(gold, right)
    names = rng.sample(NAMES, atoms)
    problem = MinimalUnsatisfiable(clauses=_clause_sets.named(rows, names), parts=tuple(wrong))
    options = [_written(part) for part in problem.parts]
    return Draft(
        shown={"clauses": [*_clause_sets.listed(problem.clauses)], "options": [*options]},
        choices=tuple(options),
        problem=problem,
        tags={"rung": rung, "atoms": atoms, "clauses": len(rows)},
        formal={"clauses": [*_clause_sets.listed(problem.clauses)]},
    )


def _written(part: _Part) -> str:
    return ", ".join(str(place + 1) for place in part)


def _minimal(rows: Sequence[Row], within: Space) -> list[Row]:
    """Leave out clauses as long as the others cannot all be true."""
    kept = [*rows]
    for row in rows:
        others = [one for one in kept if one != row]
        if not within.models(others):
            kept = others
    return kept


def _with_others(core: Sequence[Row], within: Space, rng: Random) -> list[Row]:
    """Put other clauses beside those of the core: some like one of it, but for a sign."""
    rows = [*core]
    while len(rows) < len(core) + _EXTRA:
        row = list(rng.choice(core))
        place = rng.randrange(len(row))
        row[place] = -row[place]
        like = rng.random() < _LIKE
        other = tuple(row) if like else _clause_sets.random_row(within, rng.choice((1, 2)), rng)
        if other not in rows:
            rows.append(other)
    rng.shuffle(rows)
    return rows


def _options(
    rows: Sequence[Row], within: Space, size: int, rng: Random
) -> tuple[_Part, ...] | None:
    """Return a minimal part and three others; each has as much in common with the rest."""
    minimal: list[_Part] = []
    too_large: list[_Part] = []
    true: list[_Part] = []
    for part in combinations(range(len(rows)), size):
        chosen = [rows[place] for place in part]
        if within.models(chosen):
            true.append(part)
        elif len(_minimal(chosen, within)) == size:
            minimal.append(part)
        else:
            too_large.append(part)
    for _ in range(_TRIES):
        larger = rng.sample(too_large, min(len(too_large), rng.choice((1, 2))))
        if len(true) < CHOICES - 1 - len(larger):
            return None
        parts = (rng.choice(minimal), *larger, *rng.sample(true, CHOICES - 1 - len(larger)))
        if len(set(map(_in_common(parts), parts))) == 1:
            return parts
    return None


def _in_common(parts: Sequence[_Part]) -> Callable[[_Part], int]:
    def common(part: _Part) -> int:
        return sum(len(set(part) & set(other)) for other in parts if other != part)

    return common


def decide(problem: MinimalUnsatisfiable) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver.

    Raises:
        ValueError: none of the parts is right, or more than one.

    """
    return _only(problem, _true_by_table), _only(problem, _true_by_solver)


def _only(problem: MinimalUnsatisfiable, can_be_true: Callable[[Sequence[Clause]], bool]) -> int:
    right = [
        index
        for index, part in enumerate(problem.parts)
        if not can_be_true([problem.clauses[place] for place in part])
        and all(
            can_be_true([problem.clauses[place] for place in part if place != without])
            for without in part
        )
    ]
    if len(right) != 1:
        raise ValueError(f"{len(right)} parts are minimal unsatisfiable")
    return right[0]


def _true_by_table(clauses: Sequence[Clause]) -> bool:
    names = (literal.atom.name for clause in clauses for literal in clause)
    return any(
        all(semantics.clause_value(clause, row) for clause in clauses)
        for row in semantics.valuations(names)
    )


def _true_by_solver(clauses: Sequence[Clause]) -> bool:
    return solvers.satisfiable([formula_of(clauses)])


def canonical(problem: MinimalUnsatisfiable) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    parts = any_order(
        any_order(clause_tree(problem.clauses[place]) for place in part) for part in problem.parts
    )
    return form(Node("minimal", (any_order(map(clause_tree, problem.clauses)), parts)))


def show(problem: MinimalUnsatisfiable) -> str:
    """Write a problem on one line, for messages."""
    clauses = "; ".join(_clause_sets.listed(problem.clauses))
    return f"{clauses} / {' / '.join(map(_written, problem.parts))}"


def certificate(params: Params, problem: MinimalUnsatisfiable) -> None:
    """Return nothing: a choice is all that is asked."""
