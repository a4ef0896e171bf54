"""The formal problems that instances stand for, each with one answer: an index into its choices.

What the answer is, is decided twice: `semantics.answer` and `solvers.answer`.
"""

from dataclasses import dataclass
from typing import TypeAlias

from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.syntax import Formula
from evalsuite.logic.tableau import Signed, show_signed
from evalsuite.logic.writing import show


@dataclass(frozen=True, slots=True, kw_only=True)
class Entailment:
    """Does the conclusion follow from the premises? 0: it does; 1: it does not."""

    premises: tuple[Formula, ...]
    conclusion: Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolventOf:
    """Which candidate is the resolvent of two clauses that have one pivot? Its index."""

    left: Clause
    right: Clause
    candidates: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchClosure:
    """Does a complete tableau branch close? 0: it does; 1: it stays open."""

    branch: tuple[Signed, ...]


Problem: TypeAlias = Entailment | ResolventOf | BranchClosure


def show_problem(problem: Problem) -> str:
    """Write a problem on one line, for messages."""
    match problem:
        case Entailment(premises=premises, conclusion=conclusion):
            return f"{', '.join(map(show, premises))} |= {show(conclusion)}"
        case ResolventOf(left=left, right=right, candidates=candidates):
            options = " / ".join(map(show_clause, candidates))
            return f"{show_clause(left)}, {show_clause(right)} => {options}"
        case BranchClosure(branch=branch):
            return "; ".join(map(show_signed, branch))
