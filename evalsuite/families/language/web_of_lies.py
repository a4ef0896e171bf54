"""Does the last of a web of people tell the truth, or lie?

Of some it is known whether they lie; each of the others says of one before them that they lie or
tell the truth, or of two that they do the same or not. The two labels are drawn together, in the
same words: what is said of whom changes places. So the number of "lies" tells nothing, nor whether
it is odd, which answers all of BIG-Bench's web of lies (Suzgun et al., 2022).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite.families import _vocabulary
from evalsuite.logic import semantics, solvers
from evalsuite.logic.canonical import Leaf, Node, any_order, form
from evalsuite.logic.syntax import Atom, Formula, Iff, Not, Xor
from evalsuite.logic.text.words import Language
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = ("tells-the-truth", "lies")
CHOICES: Final = 2

Word: TypeAlias = Literal["truth", "lies", "same", "different"]

_SINGLE: Final[tuple[Word, ...]] = ("truth", "lies")
_DOUBLE: Final[tuple[Word, ...]] = ("same", "different")
_FEWEST, _MOST = 5, 12  # people; each decider goes through 2**people rows
_SHUFFLES = 40
_PAIRS = 0.3  # of the statements are about two people
_NEAR = 2  # steps from someone known to who is asked about, at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many people there are."""

    fewest_people: int = 5
    most_people: int = 11
    step: int = 2

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not _FEWEST <= self.fewest_people <= self.most_people <= _MOST or self.step < 1:
            raise ValueError(
                f"`fewest_people` and `most_people`: {_FEWEST} <= fewest <= most <= {_MOST}, "
                "and `step` at least 1"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is said of one person or two; without a speaker it is known."""

    speaker: str | None
    word: Word
    about: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Does a person tell the truth? 0: yes; 1: they lie."""

    lines: tuple[Line, ...]
    person: str


def rungs(params: Params) -> tuple[int, ...]:
    """Return the numbers of people."""
    return tuple(range(params.fewest_people, params.most_people + 1, params.step))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:  # noqa: ARG001
    """Draw two webs in the same words in which the last person is not the same."""
    names = [person.en for person in _vocabulary.people(rung, rng)]
    lines = _web(names, rng)
    depth = _depths(lines)[names[-1]]
    if depth < _NEAR:
        return None
    order = rng.sample(range(rung), rung)
    found: dict[int, Web] = {}
    for shuffled in _shuffles(lines, rng):
        web = Web(lines=tuple(shuffled[at] for at in order), person=names[-1])
        found.setdefault(0 if _truths(shuffled)[names[-1]] else 1, web)
        if len(found) == len(LABELS):
            break
    else:
        return None
    return Draft(
        shown={"lines": [_shown(line) for line in found[gold].lines], "person": names[-1]},
        choices=LABELS,
        problem=found[gold],
        tags={"rung": rung, "people": rung, "depth": depth},
    )


def decide(problem: Web) -> tuple[int, int]:
    """Return the answer by truth table and by SAT solver.

    Raises:
        ValueError: what is said can be true in no way, or both labels are possible.

    """
    rules = [_rule(line) for line in problem.lines]
    names = {name for line in problem.lines for name in (*line.about, line.speaker) if name}
    rows = {
        row[problem.person]
        for row in semantics.valuations(names)
        if all(semantics.value(rule, row) for rule in rules)
    }
    asked = Atom(problem.person)
    truth, lies = (solvers.satisfiable([*rules, one]) for one in (asked, Not(asked)))
    if len(rows) != 1 or truth == lies:
        raise ValueError("what is said does not settle the question")
    return int(not rows.pop()), int(lies)


def canonical(problem: Web) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    lines = any_order(
        Node(
            line.word,
            (any_order(map(Leaf, line.about)), *([Leaf(line.speaker)] if line.speaker else [])),
        )
        for line in problem.lines
    )
    return form(Node("web", (lines, Leaf(problem.person))))


def show(problem: Web) -> str:
    """Write a problem on one line, for messages."""
    return f"{', '.join(show_formula(_rule(line)) for line in problem.lines)}; {problem.person}?"


def certificate(params: Params, problem: Web) -> None:
    """Return nothing: a verdict is all that is asked."""


def _claim(line: Line) -> Formula:
    first, *rest = map(Atom, line.about)
    match line.word:
        case "truth":
            return first
        case "lies":
            return Not(first)
        case "same":
            return Iff(first, rest[0])
        case "different":
            return Xor(first, rest[0])


def _rule(line: Line) -> Formula:
    return Iff(Atom(line.speaker), _claim(line)) if line.speaker else _claim(line)


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────


def _web(names: Sequence[str], rng: Random) -> list[Line]:
    """Draw one line for each person, about people whose lines come before."""
    lines: list[Line] = []
    for place, name in enumerate(names):
        word: Word = rng.choice(_SINGLE)
        if place == 0 or (place < len(names) - 1 and rng.random() < 1 / len(names)):
            lines.append(Line(speaker=None, word=word, about=(name,)))
        elif place > 1 and rng.random() < _PAIRS:
            pair: Word = rng.choice(_DOUBLE)
            about = tuple(rng.sample(names[:place], 2))
            lines.append(Line(speaker=name, word=pair, about=about))
        else:
            # Mostly about the last few, so that webs with more people are deeper.
            about = (names[rng.randrange(max(0, place - 3), place)],)
            lines.append(Line(speaker=name, word=word, about=about))
    return lines


def _shuffles(lines: Sequence[Line], rng: Random) -> Iterator[list[Line]]:
    """Yield webs in which what is said changes places, but not what the last person says."""
    *others, last = lines
    for _ in range(_SHUFFLES):
        words = {size: [line.word for line in others if len(line.about) == size] for size in (1, 2)}
        for some in words.values():
            rng.shuffle(some)
        yield [
            *(
                Line(speaker=line.speaker, word=words[len(line.about)].pop(), about=line.about)
                for line in others
            ),
            last,
        ]


def _truths(lines: Sequence[Line]) -> dict[str, bool]:
    """Return who tells the truth, from the first line to the last."""
    found: dict[str, bool] = {}
    for line in lines:
        if line.speaker is None:
            found[line.about[0]] = line.word == "truth"
        else:
            found[line.speaker] = semantics.value(_claim(line), found)
    return found


def _depths(lines: Sequence[Line]) -> dict[str, int]:
    """Return how many steps each person is from one who is known."""
    found: dict[str, int] = {}
    for line in lines:
        if line.speaker is None:
            found[line.about[0]] = 0
        else:
            found[line.speaker] = 1 + max(found[name] for name in line.about)
    return found


# ── in words ────────────────────────────────────────────────────────────────────────────────────


def _shown(line: Line) -> Json:
    return {language: _words(line, language) for language in _vocabulary.LANGUAGES}


def _words(line: Line, language: Language) -> str:
    if language == "en":
        says = {
            "truth": "{} tells the truth",
            "lies": "{} lies",
            "same": "{} and {} either both lie or both tell the truth",
            "different": "exactly one of {} and {} lies",
        }[line.word].format(*line.about)
        return f"{line.speaker} says that {says}." if line.speaker else f"{says}."
    says = {
        "truth": "{} diz a verdade",
        "lies": "{} mente",
        "same": "ou {} e {} mentem, ou as duas pessoas dizem a verdade",
        "different": "exatamente uma pessoa, entre {} e {}, mente",
    }[line.word].format(*line.about)
    return f"{line.speaker} diz que {says}." if line.speaker else f"{says}."
