"""Clause sets that can be refuted (0) or are all true in some valuation (1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families._vocabulary import LANGUAGES, both, key, lexicon, sentence
from evalsuite.families.resolution._drawing import (
    Drawn,
    Pair,
    Signs,
    columns,
    models,
    named,
    names,
    numbers,
)
from evalsuite.logic import solvers
from evalsuite.logic.canonical import any_order, clause_tree, form
from evalsuite.logic.clauses import Clause, resolvents, show_clause
from evalsuite.logic.elaborators import refutation
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.normal import formula_of
from evalsuite.logic.proofs import ClauseLine
from evalsuite.logic.provers.derivations import Refuted
from evalsuite.logic.provers.resolution import prove
from evalsuite.logic.provers.strategies import Strategy, negative, prove_by
from evalsuite.logic.text import dimacs, valuations
from evalsuite.logic.text.words import words
from evalsuite.names import seed_of
from evalsuite.records import Draft, Json

LABELS: Final = ("unsatisfiable", "satisfiable")
SURFACES: Final = ("symbols", "dimacs", "words", "nonce")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseSet:
    """Can the clauses all be true? 0: they cannot; 1: they can.

    Attributes:
        clauses: in the order in which they are shown.
        steps: of a refutation, where one is known: the places of each step's two parents, those of
            the clauses first and then those of the steps.

    """

    clauses: tuple[Clause, ...]
    steps: tuple[Pair, ...] = ()


def chosen(unsatisfiable: Drawn, satisfiable: Sequence[Signs], gold: int, rng: Random) -> ClauseSet:
    """Return the one of two twins that is asked for, with names for its atoms."""
    given = names(unsatisfiable.atoms, rng)
    clauses = unsatisfiable.clauses if gold == 0 else satisfiable
    return ClauseSet(
        clauses=tuple(named(clause, given) for clause in clauses),
        steps=unsatisfiable.steps if gold == 0 else (),
    )


def check_surface(surface: str) -> None:
    """Pass the name of a surface.

    Raises:
        ValueError: there is none of that name.

    """
    if surface not in SURFACES:
        raise ValueError(f"`surface`: one of {', '.join(SURFACES)}")


def atoms(clauses: Iterable[Clause]) -> list[str]:
    """Return the names of the atoms, sorted."""
    return sorted({one.atom.name for clause in clauses for one in clause})


def decide(problem: ClauseSet) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver."""
    names = atoms(problem.clauses)
    truth = models([numbers(clause, names) for clause in problem.clauses], columns(len(names)))
    satisfiable = solvers.satisfiable([formula_of([clause]) for clause in problem.clauses])
    return int(truth != 0), int(satisfiable)


def canonical(problem: ClauseSet) -> str:
    """Return a text that two sets share iff they are the same up to renaming and order."""
    return form(any_order(map(clause_tree, problem.clauses), "clauses"))


def show(clauses: Iterable[Clause]) -> str:
    """Write clauses on one line."""
    return ", ".join(map(show_clause, clauses))


def certificate(problem: ClauseSet, strategy: Strategy | None = None) -> str:
    """Return a refutation of the clauses, done in that way, or a valuation in which they are true.

    Raises:
        LogicError: there is neither within the limits.

    """
    found = solvers.valuation([formula_of([clause]) for clause in problem.clauses])
    if found is not None:
        values = {name: found.get(name, False) for name in atoms(problem.clauses)}
        return valuations.show(values)
    if problem.steps and strategy is None:
        return refutation.show(lines(problem)).rstrip()
    clauses = problem.clauses
    proved = prove(clauses) if strategy is None else prove_by(strategy, clauses)
    if not isinstance(proved, Refuted):
        raise LogicError("no refutation within the limits")
    return refutation.show(proved.lines).rstrip()


def lines(problem: ClauseSet) -> tuple[ClauseLine, ...]:
    """Return the problem's refutation: the clauses that it uses, then its steps."""
    used = {place for pair in problem.steps for place in pair}
    given = [place for place in range(len(problem.clauses)) if place in used]
    labels = {place: str(number) for number, place in enumerate(given, start=1)}
    clauses = list(problem.clauses)
    found = [
        ClauseLine(label=labels[place], clause=clauses[place], rule="given") for place in given
    ]
    for left, right in problem.steps:
        (resolvent,) = resolvents(clauses[left], clauses[right])
        labels[len(clauses)] = str(len(found) + 1)
        parents = tuple(sorted((labels[left], labels[right]), key=int))
        found.append(
            ClauseLine(
                label=labels[len(clauses)], clause=resolvent, rule="resolve", parents=parents
            )
        )
        clauses.append(resolvent)
    return tuple(found)


def draft(
    problem: ClauseSet,
    surface: str,
    tags: Mapping[str, int | str],
    *,
    strategy: Strategy | None = None,
) -> Draft:
    """Return what is shown of a clause set, and what its scorer reads.

    With a set of support the numbers of its clauses are shown, too.
    """
    clauses: list[Json] = [show_clause(clause) for clause in problem.clauses]
    shown: dict[str, Json] = {"clauses": clauses}
    formal: dict[str, Json] = {"clauses": clauses}
    if surface == "dimacs":
        shown = {"dimacs": dimacs.write(problem.clauses).rstrip()}
        formal["atoms"] = list[Json](atoms(problem.clauses))
    elif surface in {"words", "nonce"}:
        shown = _said(problem.clauses, nonce=surface == "nonce")
    if strategy is not None:
        formal["strategy"] = strategy
    if strategy == "support":
        shown["support"] = [place + 1 for place in negative(problem.clauses)]
    return Draft(
        shown=shown,
        choices=LABELS,
        problem=problem,
        formal=formal,
        tags={**tags, "atoms": len(atoms(problem.clauses)), "clauses": len(problem.clauses)},
    )


def _said(clauses: Sequence[Clause], *, nonce: bool) -> dict[str, Json]:
    """Return the clauses in words, with a key of the atoms; the words hang on the clauses alone."""
    given = atoms(clauses)
    lexicons = lexicon(given, Random(seed_of("words", show(clauses))), nonce=nonce)
    formulas = [formula_of([clause]) for clause in clauses]
    said = {
        language: [sentence(words(one, language, lexicons[language])) for one in formulas]
        for language in LANGUAGES
    }
    keys = {language: key(lexicons, given, language) for language in LANGUAGES}
    return {
        "clauses": both({language: list[Json](said[language]) for language in LANGUAGES}),
        "key": both({language: list[Json](keys[language]) for language in LANGUAGES}),
    }
