"""Does the conclusion of a syllogism follow?

The moods of the premises and the conclusion are drawn first, only such as make a valid syllogism in
one figure and an invalid one in another: both labels stand with the same words, and only the order
of the terms tells them apart. The conclusion, and whether it is true of the real world, are drawn
before the label, and so are premises that do not matter.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from random import Random
from typing import Final, TypeAlias

from evalsuite.families.syllogisms import _inferring, _nouns, _saying
from evalsuite.families.syllogisms._inferring import Inference
from evalsuite.families.syllogisms._saying import Surface
from evalsuite.logic import syllogistic
from evalsuite.logic.syllogistic import MOODS, Categorical, Mood, Term
from evalsuite.records import Draft

LABELS: Final = _inferring.LABELS
CHOICES: Final = 2

_FEWEST, _MOST = 2, 8  # premises
_S, _M, _P = Term("S"), Term("M"), Term("P")

_Premises: TypeAlias = tuple[Categorical, Categorical]
_Key: TypeAlias = tuple[Mood, Mood, Mood]  # of the premises, sorted, and of the conclusion


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many premises, two of which the conclusion hangs on.

    Attributes:
        existential_import: whether each term is taken to have something under it.

    """

    fewest_premises: int = 2
    most_premises: int = 5
    existential_import: bool = False
    surface: Surface = "words"

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach, or an unknown surface."""
        if not _FEWEST <= self.fewest_premises <= self.most_premises <= _MOST:
            raise ValueError(
                f"`fewest_premises` and `most_premises`: {_FEWEST} <= fewest <= most <= {_MOST}"
            )
        _saying.check_surface(self.surface)


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of premises."""
    return tuple(range(params.fewest_premises, params.most_premises + 1))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw a syllogism that is valid (0) or invalid (1), among premises that change nothing."""
    imported = params.existential_import
    moods = rng.choice(sorted(_forms(imported)))
    both = tuple(rng.choice(forms) for forms in _forms(imported)[moods])
    conclusion = Categorical(moods[2], _S, _P)
    idle = _idle(rung - 2, rng)
    if not _matters(both, idle, conclusion, imported=imported):
        return None
    plausible = rng.random() < 1 / 2
    subject, predicate = rng.choice(_inferring.pairs(conclusion.mood, plausible))
    terms = syllogistic.names((*both[0], *idle))
    rest = [noun for noun in _nouns.real() if noun not in (subject, predicate)]
    nouns = {"S": subject, "P": predicate}
    others = (name for name in terms if name not in nouns)
    nouns |= dict(zip(others, rng.sample(rest, len(terms) - 2), strict=True))
    renamed = dict(zip(terms, _inferring.letters(rng, len(terms)), strict=True))
    order = rng.sample(range(rung), rung)
    premises = (*both[gold], *idle)
    problem = Inference(
        premises=tuple(_renamed(premises[place], renamed) for place in order),
        conclusion=_renamed(conclusion, renamed),
        imported=imported,
        nouns={renamed[name]: noun for name, noun in nouns.items()},
    )
    return Draft(
        shown=_inferring.shown(problem, params.surface, rng),
        choices=LABELS,
        problem=problem,
        tags={
            "rung": rung,
            "premises": rung,
            "moods": "".join(moods),
            "figure": _figure(both[gold]),
            "conclusion": "plausible" if plausible else "implausible",
        },
        formal=_inferring.formal(problem),
    )


@lru_cache(maxsize=2)
def _forms(imported: bool) -> dict[_Key, tuple[tuple[_Premises, ...], tuple[_Premises, ...]]]:  # noqa: FBT001 - a truth value
    """Return the valid and the invalid premises of each choice of moods that has both."""
    found: dict[_Key, tuple[list[_Premises], list[_Premises]]] = {}
    for major, minor, last in product(MOODS, repeat=3):
        first, second = sorted((major, minor))
        for premises in _figures(major, minor):
            conclusion = Categorical(last, _S, _P)
            valid = syllogistic.follows(premises, conclusion, imported=imported)
            key: _Key = (first, second, last)
            found.setdefault(key, ([], []))[0 if valid else 1].append(premises)
    return {key: (tuple(good), tuple(bad)) for key, (good, bad) in found.items() if good and bad}


def _figures(major: Mood, minor: Mood) -> list[_Premises]:
    """Return premises with these moods in the four figures."""
    return [
        (Categorical(major, *upper), Categorical(minor, *lower))
        for upper, lower in product(((_M, _P), (_P, _M)), ((_S, _M), (_M, _S)))
    ]


def _figure(premises: _Premises) -> int:
    """Return the figure, 1 to 4, by where the middle term stands."""
    major, minor = premises
    return {("M", "S"): 1, ("P", "S"): 2, ("M", "M"): 3, ("P", "M"): 4}[
        major.subject.name, minor.subject.name
    ]


def _idle(count: int, rng: Random) -> list[Categorical]:
    """Draw premises, each with a term that is new."""
    known = ["S", "M", "P"]
    found: list[Categorical] = []
    for number in range(count):
        subject, predicate = rng.sample((Term(rng.choice(known)), Term(f"X{number}")), 2)
        found.append(Categorical(rng.choice(MOODS), subject, predicate))
        known.append(f"X{number}")
    return found


def _matters(
    both: tuple[_Premises, ...],
    idle: list[Categorical],
    conclusion: Categorical,
    *,
    imported: bool,
) -> bool:
    """Say whether all the premises are consistent, and the label hangs on just the two."""
    valid, invalid = both
    if not all(syllogistic.consistent((*two, *idle), imported=imported) for two in both):
        return False
    weaker = ((valid[0], *idle), (valid[1], *idle), (*invalid, *idle))
    return not any(
        syllogistic.follows(premises, conclusion, imported=imported) for premises in weaker
    )


def _renamed(one: Categorical, letters: dict[str, str]) -> Categorical:
    return Categorical(one.mood, Term(letters[one.subject.name]), Term(letters[one.predicate.name]))


def decide(problem: Inference) -> tuple[int, int]:
    """Return the answer by Venn diagram and by z3."""
    return _inferring.decide(problem)


def canonical(problem: Inference) -> str:
    """Return a text that two problems share iff they are the same up to letters and order.

    What the terms of the conclusion stand for is a part of the problem: there are 256 forms, and
    people and models judge them by what they believe of the conclusion.
    """
    return _inferring.canonical(problem, "syllogism")


def show(problem: Inference) -> str:
    """Write a problem on one line, for messages."""
    return _inferring.show(problem)


def certificate(params: Params, problem: Inference) -> None:
    """Return nothing: a verdict is all that is asked."""
