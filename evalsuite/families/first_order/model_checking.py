"""Is a sentence true in a finite structure?

The elements in the structure's lists are shuffled until one order makes the sentence true and
another does not: so both labels stand with the same sentence, and with lists of the same length of
the same elements.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.first_order import _grounding, _sentences
from evalsuite.logic import canonical as canonical_forms
from evalsuite.logic.canonical import Leaf, Node, Tree, formula_tree
from evalsuite.logic.structures import Structure, satisfies
from evalsuite.logic.syntax import Formula, predicates
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = ("true", "false")
CHOICES: Final = 2

_MOST = 5  # quantifiers
_LARGEST = 4  # elements
_SHUFFLES = 40
_ELEMENTS = "abcdemn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many quantifiers the sentence has; the domain grows with them."""

    fewest_quantifiers: int = 1
    most_quantifiers: int = 4

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not 1 <= self.fewest_quantifiers <= self.most_quantifiers <= _MOST:
            raise ValueError(
                f"`fewest_quantifiers` and `most_quantifiers`: 1 <= fewest <= most <= {_MOST}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChecking:
    """Is the sentence true in the structure? 0: it is; 1: it is false."""

    domain: tuple[str, ...]
    extensions: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...]
    sentence: Formula


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of quantifiers."""
    return tuple(range(params.fewest_quantifiers, params.most_quantifiers + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw a sentence with `rung` quantifiers, and a structure in which it is true (0) or not."""
    sentence = _sentences.sentence(rung, rung + 1, rng)
    if sentence is None:
        return None
    domain = tuple(sorted(rng.sample(_ELEMENTS, min(rung + 2, _LARGEST))))
    sizes = [
        (name, arity, rng.randint(1, len(domain) ** arity - 1))
        for name, arity in sorted(predicates(sentence))
    ]
    slots = [rng.choice(domain) for _, arity, count in sizes for _ in range(arity * count)]
    found: dict[int, ModelChecking] = {}
    for _ in range(_SHUFFLES):
        rng.shuffle(slots)
        extensions = _extensions(sizes, slots)
        if extensions is None:
            continue
        problem = ModelChecking(domain=domain, extensions=extensions, sentence=sentence)
        found.setdefault(0 if satisfies(_structure(problem), sentence) else 1, problem)
        if len(found) == CHOICES:
            return _draft(found[gold], rung)
    return None


def decide(problem: ModelChecking) -> tuple[int, int]:
    """Return the answer by evaluation, and by SAT on the sentence written out."""
    structure = _structure(problem)
    plain = satisfies(structure, problem.sentence)
    ground = _grounding.holds(structure, [problem.sentence], false=None)
    return 0 if plain else 1, 0 if ground else 1


def canonical(problem: ModelChecking) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    elements = canonical_forms.any_order(_element(one) for one in problem.domain)
    rows = canonical_forms.any_order(
        Node("in", (Leaf(name), *map(_element, row)))
        for name, tuples in problem.extensions
        for row in tuples
    )
    return canonical_forms.form(Node("true in", (elements, rows, formula_tree(problem.sentence))))


def show(problem: ModelChecking) -> str:
    """Write a problem on one line, for messages."""
    lists = "; ".join(f"{name}: {_listed(tuples)}" for name, tuples in problem.extensions)
    return f"{{{', '.join(problem.domain)}}}; {lists} |= {show_formula(problem.sentence)}"


def certificate(params: Params, problem: ModelChecking) -> None:
    """Return nothing: a verdict is all that is asked."""


def _draft(problem: ModelChecking, rung: int) -> Draft:
    lists: list[Json] = [
        {"name": name, "of": _listed(tuples)} for name, tuples in problem.extensions
    ]
    return Draft(
        shown={
            "domain": ", ".join(problem.domain),
            "extensions": lists,
            "sentence": show_formula(problem.sentence),
        },
        choices=LABELS,
        problem=problem,
        tags={"rung": rung, "quantifiers": rung, "elements": len(problem.domain)},
    )


def _extensions(
    sizes: Sequence[tuple[str, int, int]], slots: Sequence[str]
) -> tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] | None:
    """Cut the elements into tuples; `None` where a predicate has one twice."""
    waiting = iter(slots)
    made = []
    for name, arity, count in sizes:
        rows = {tuple(next(waiting) for _ in range(arity)) for _ in range(count)}
        if len(rows) < count:
            return None
        made.append((name, tuple(sorted(rows))))
    return tuple(made)


def _structure(problem: ModelChecking) -> Structure:
    return Structure(
        domain=problem.domain,
        predicates={name: frozenset(tuples) for name, tuples in problem.extensions},
    )


def _element(name: str) -> Tree:
    return Leaf(f"element {name}")


def _listed(tuples: Sequence[tuple[str, ...]]) -> str:
    return ", ".join(one[0] if len(one) == 1 else f"({', '.join(one)})" for one in tuples)
