"""Unit propagation: what clauses of one literal decide.

Davis and Putnam's one-literal rule (*A computing procedure for quantification theory*, 1960): a
literal that stands alone is true; clauses that hold it are done, its complement goes from the rest.
"""

from collections.abc import Iterable
from typing import Literal, TypeAlias

from evalsuite.logic.clauses import Clause, complement

Outcome: TypeAlias = Literal["conflict", "satisfied", "undecided"]


def outcome(clauses: Iterable[Clause]) -> Outcome:
    """Say what unit propagation makes of propositional clauses."""
    left = list(clauses)
    true: Clause = frozenset()
    while True:
        left = [
            frozenset(literal for literal in clause if complement(literal) not in true)
            for clause in left
            if not clause & true
        ]
        if not all(left):
            return "conflict"
        units = frozenset(literal for clause in left if len(clause) == 1 for literal in clause)
        if not units:
            return "undecided" if left else "satisfied"
        if any(complement(literal) in units for literal in units):
            return "conflict"
        true |= units
