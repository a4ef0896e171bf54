"""What `syllogism` and `sorites` share: premises with a conclusion, under one of the readings."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from random import Random
from string import ascii_uppercase
from typing import Final

from evalsuite.families.syllogisms import _nouns, _saying
from evalsuite.families.syllogisms._nouns import Noun
from evalsuite.families.syllogisms._saying import Surface
from evalsuite.logic import smt, syllogistic
from evalsuite.logic.syllogistic import Categorical, Mood, Term
from evalsuite.logic.syntax import Formula
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Json

LABELS: Final = ("follows", "does-not-follow")
_MILLISECONDS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Inference:
    """Categorical premises and a conclusion, with the nouns that the terms stand for."""

    premises: tuple[Categorical, ...]
    conclusion: Categorical
    imported: bool  # whether each term is taken to have something under it
    nouns: Mapping[str, Noun]


def letters(rng: Random, count: int) -> list[str]:
    """Draw letters for terms."""
    return rng.sample(ascii_uppercase, count)


@lru_cache(maxsize=8)
def pairs(mood: Mood, plausible: bool) -> tuple[tuple[Noun, Noun], ...]:  # noqa: FBT001 - a truth value
    """Return the real subjects and predicates of which a proposition is true, or false."""
    return tuple(
        (subject, predicate)
        for subject, predicate in permutations(_nouns.real(), 2)
        if _nouns.is_plausible(mood, subject, predicate) == plausible
    )


def decide(problem: Inference) -> tuple[int, int]:
    """Return the answer by Venn diagram and by z3, each of them complete here.

    Raises:
        ValueError: the premises are inconsistent, or z3 does not say.

    """
    return by_regions(problem), _by_z3(problem)


def by_regions(problem: Inference) -> int:
    """Return the answer by Venn diagram."""
    follows = syllogistic.follows(problem.premises, problem.conclusion, imported=problem.imported)
    return 0 if follows else 1


def _by_z3(problem: Inference) -> int:
    answer = smt.entails(
        _premises(problem),
        syllogistic.formula(problem.conclusion),
        milliseconds=_MILLISECONDS,
    )
    if answer == "unknown":
        raise ValueError("z3 does not say")
    return 0 if answer == "yes" else 1


def _premises(problem: Inference) -> list[Formula]:
    terms = syllogistic.names((*problem.premises, problem.conclusion))
    imports = syllogistic.existence(map(Term, terms)) if problem.imported else ()
    return [*map(syllogistic.formula, problem.premises), *imports]


def shown(problem: Inference, surface: Surface, rng: Random) -> dict[str, Json]:
    """Return what a template shows of an inference."""
    nouns = _saying.words(surface, problem.nouns, rng)
    return {
        "premises": [_saying.say(one, nouns) for one in problem.premises],
        "conclusion": _saying.say(problem.conclusion, nouns),
        "imported": problem.imported,
    }


def formal(problem: Inference) -> dict[str, Json]:
    """Return an inference as texts that a scorer reads, import among the premises."""
    return {
        "premises": [show_formula(one) for one in _premises(problem)],
        "conclusion": show_formula(syllogistic.formula(problem.conclusion)),
        "logic": "classical",
    }


def canonical(problem: Inference, label: str) -> str:
    """Return an inference's canonical form; the nouns of the conclusion are a part of it."""
    conclusion = problem.conclusion
    named = {
        term.name: problem.nouns[term.name] for term in (conclusion.subject, conclusion.predicate)
    }
    label = f"{label} {'with' if problem.imported else 'without'} import"
    return _saying.form(label, problem.premises, (conclusion,), named)


def show(problem: Inference) -> str:
    """Write a problem on one line."""
    return _saying.line(problem.premises, problem.conclusion)
