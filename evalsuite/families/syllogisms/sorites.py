"""Does a conclusion follow from a chain of categorical premises?

Two chains of premises stand side by side; the conclusion joins the ends of the first. It fails to
follow where the two chains have exchanged their tails, or where a premise of the first has been
turned round; where it follows, the one of the second has been. So both labels stand with the same
words: with the tails exchanged each term has even kept its place.
"""

from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.families.syllogisms import _inferring, _nouns, _saying
from evalsuite.families.syllogisms._inferring import Inference
from evalsuite.families.syllogisms._saying import Surface
from evalsuite.logic import syllogistic
from evalsuite.logic.syllogistic import Categorical, Mood, Term
from evalsuite.records import Draft

LABELS: Final = _inferring.LABELS
CHOICES: Final = 2

_FEWEST, _MOST = 2, 6  # premises of a chain; a Venn diagram has 2**terms regions


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many premises the conclusion follows from.

    Attributes:
        existential_import: whether each term is taken to have something under it.

    """

    fewest_premises: int = 3
    most_premises: int = 6
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
    """Draw a conclusion that does (0) or does not (1) follow from a chain of `rung` premises."""
    moods, last = _moods(rung, rng)
    terms = _inferring.letters(rng, 2 * (rung + 1))
    first, second = _chain(moods, terms[: rung + 1]), _chain(moods, terms[rung + 1 :])
    turned = [place for place, mood in enumerate(moods) if mood == "A"]
    exchanged = rng.random() < 1 / 2
    cut, turn = rng.randrange(1, rung), rng.choice(turned)
    if exchanged:
        exchange = (_exchange(first, second, cut), _exchange(second, first, cut))
        both = ((first, second), exchange)
    else:
        both = ((first, _turned(second, turn)), (_turned(first, turn), second))
    conclusion = Categorical(last, Term(terms[0]), Term(terms[rung]))
    flipped = [mood in "EI" and rng.random() < 1 / 2 for mood in (*moods, *moods)]
    candidates = [
        tuple(_converted(one, flip) for one, flip in zip(sum(chains, ()), flipped, strict=True))
        for chains in both
    ]
    imported = params.existential_import
    answers = [
        syllogistic.follows(premises, conclusion, imported=imported)
        if syllogistic.consistent(premises, imported=imported)
        else None
        for premises in candidates
    ]
    if answers != [True, False] or _is_shorter(
        candidates[0], conclusion, imported=imported, n=rung
    ):
        return None
    plausible = rng.random() < 1 / 2
    ends = rng.choice(_inferring.pairs(last, plausible))
    rest = [noun for noun in _nouns.real() if noun not in ends]
    drawn = rng.sample(rest, len(terms) - 2)
    problem = Inference(
        premises=tuple(rng.sample(candidates[gold], 2 * rung)),
        conclusion=conclusion,
        imported=imported,
        nouns={
            terms[0]: ends[0],
            terms[rung]: ends[1],
            **dict(zip((*terms[1:rung], *terms[rung + 1 :]), drawn, strict=True)),
        },
    )
    return Draft(
        shown=_inferring.shown(problem, params.surface, rng),
        choices=LABELS,
        problem=problem,
        tags={
            "rung": rung,
            "premises": 2 * rung,
            "mood": last,
            "broken": "tails" if exchanged else "turned",
            "conclusion": "plausible" if plausible else "implausible",
        },
        formal=_inferring.formal(problem),
    )


def _moods(count: int, rng: Random) -> tuple[list[Mood], Mood]:
    """Draw the moods of a chain that is valid, and that of its conclusion.

    Some A lead on from the subject; then one E may turn to the complement, read backwards along A
    from the predicate. A particular premise stands first.
    """
    moods: list[Mood] = ["A"] * count
    last: Mood = "A"
    if rng.random() < 1 / 2:
        moods[0], last = "I", "I"
    if rng.random() < 1 / 2:
        moods[rng.randrange(last == "I", count)] = "E"
        last = "O" if last == "I" else "E"
    return moods, last


def _chain(moods: list[Mood], terms: list[str]) -> tuple[Categorical, ...]:
    """Return premises from term to term; past an E they point back towards it."""
    found: list[Categorical] = []
    for place, mood in enumerate(moods):
        here, there = Term(terms[place]), Term(terms[place + 1])
        back = "E" in moods[:place]
        found.append(Categorical(mood, there, here) if back else Categorical(mood, here, there))
    return tuple(found)


def _exchange(
    first: tuple[Categorical, ...], second: tuple[Categorical, ...], cut: int
) -> tuple[Categorical, ...]:
    """Return the first chain up to the cut, led on as the second one is from there.

    The premise at the cut keeps the term before it, and takes the other chain's term behind it.
    """
    here, other = first[cut - 1], second[cut - 1]
    shared = {first[cut].subject.name, first[cut].predicate.name}
    if here.predicate.name in shared:
        joined = Categorical(here.mood, here.subject, other.predicate)
    else:
        joined = Categorical(here.mood, other.subject, here.predicate)
    return (*first[: cut - 1], joined, *second[cut:])


def _turned(chain: tuple[Categorical, ...], place: int) -> tuple[Categorical, ...]:
    one = chain[place]
    return (*chain[:place], _converted(one, True), *chain[place + 1 :])  # noqa: FBT003


def _converted(one: Categorical, turn: bool) -> Categorical:  # noqa: FBT001
    return Categorical(one.mood, one.predicate, one.subject) if turn else one


def _is_shorter(
    premises: tuple[Categorical, ...], conclusion: Categorical, *, imported: bool, n: int
) -> bool:
    """Say whether the conclusion follows without one of the chain's `n` premises."""
    return any(
        syllogistic.follows(
            (*premises[:gone], *premises[gone + 1 :]), conclusion, imported=imported
        )
        for gone in range(n)
    )


def decide(problem: Inference) -> tuple[int, int]:
    """Return the answer by Venn diagram and by z3."""
    return _inferring.decide(problem)


def canonical(problem: Inference) -> str:
    """Return a text that two problems share iff they are the same up to letters and order.

    What the terms of the conclusion stand for is a part of the problem.
    """
    return _inferring.canonical(problem, "sorites")


def show(problem: Inference) -> str:
    """Write a problem on one line, for messages."""
    return _inferring.show(problem)


def certificate(params: Params, problem: Inference) -> None:
    """Return nothing: a verdict is all that is asked."""
