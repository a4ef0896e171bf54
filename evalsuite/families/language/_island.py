"""The island of knights, who always tell the truth, and knaves, who always lie.

An atom says that somebody is a knight. Somebody says something iff it is true if and only if they
are a knight. Smullyan, *What Is the Name of This Book?*, 1978.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

from evalsuite.families import _vocabulary
from evalsuite.families._vocabulary import PEOPLE
from evalsuite.logic.canonical import Leaf, Node, Tree, any_order, formula_tree
from evalsuite.logic.syntax import Atom, Formula, Iff, Implies, Not, Or, Xor
from evalsuite.logic.text.words import Language
from evalsuite.records import Json

Kind: TypeAlias = Literal["is", "same", "different", "or", "if"]
KINDS: Final[tuple[Kind, ...]] = ("is", "same", "different", "or", "if")
FEWEST, MOST = 4, 8  # people; each decider goes through 2**people rows

_FEMININE: Final = {person.en: person.feminine for person in PEOPLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody says of one or two others; `signs` tell a knight from a knave, or nothing."""

    speaker: str
    kind: Kind
    about: tuple[str, ...]
    signs: tuple[bool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Island:
    """Who says what; all of them speak once."""

    statements: tuple[Said, ...]


def people(island: Island) -> tuple[str, ...]:
    """Return who lives there."""
    return tuple(said.speaker for said in island.statements)


def claim(said: Said) -> Formula:
    """Return what is said."""
    parts = [
        Atom(name) if sign else Not(Atom(name))
        for name, sign in zip(said.about, said.signs, strict=True)
    ]
    match said.kind:
        case "is":
            return parts[0]
        case "same":
            return Iff(parts[0], parts[1])
        case "different":
            return Xor(parts[0], parts[1])
        case "or":
            return Or(parts[0], parts[1])
        case "if":
            return Implies(parts[0], parts[1])


def rule(said: Said) -> Formula:
    """Return what holds because it is said: the speaker is a knight iff it is true."""
    return Iff(Atom(said.speaker), claim(said))


def tree(island: Island) -> Tree:
    """Return the tree of an island, for its canonical form."""
    return any_order(
        Node("says", (Leaf(said.speaker), formula_tree(claim(said)))) for said in island.statements
    )


def drawn_people(count: int, rng: Random) -> list[str]:
    """Return so many names."""
    return [person.en for person in _vocabulary.people(count, rng)]


def some_kind(rng: Random) -> tuple[Kind, tuple[bool, ...]]:
    """Draw a kind of statement with its signs."""
    kind = rng.choice(KINDS)
    if kind in {"same", "different"}:
        return kind, (True, True)
    return kind, tuple(rng.random() < 1 / 2 for _ in range(1 if kind == "is" else 2))


# ── in words ────────────────────────────────────────────────────────────────────────────────────


def shown(island: Island) -> list[Json]:
    """Return who says what, in each language."""
    return [
        {
            "speaker": said.speaker,
            "says": {
                language: _vocabulary.sentence(_words(said, language))
                for language in _vocabulary.LANGUAGES
            },
        }
        for said in island.statements
    ]


def role(name: str, knight: bool, language: Language) -> str:  # noqa: FBT001 - a truth value
    """Write what somebody is: `Ana: knight`."""
    if language == "en":
        return f"{name}: {'knight' if knight else 'knave'}"
    ending = "a" if _FEMININE[name] else "o"
    return f"{name}: {f'cavaleir{ending}' if knight else 'patife'}"


def _words(said: Said, language: Language) -> str:
    parts = [_is(*part, language) for part in zip(said.about, said.signs, strict=True)]
    names = _together(said.about, language)
    english = language == "en"
    match said.kind:
        case "is":
            return parts[0]
        case "same":
            return f"{names} are of the same kind" if english else f"{names} são do mesmo tipo"
        case "different":
            return (
                f"{names} are of different kinds" if english else f"{names} são de tipos diferentes"
            )
        case "or":
            return f" {'or' if english else 'ou'} ".join(parts)
        case "if":
            return ("if {}, then {}" if english else "se {}, então {}").format(*parts)


def _is(name: str, sign: bool, language: Language) -> str:  # noqa: FBT001 - a truth value
    if language == "en":
        return f"{name} is a {'knight' if sign else 'knave'}"
    if _FEMININE[name]:
        return f"{name} é uma {'cavaleira' if sign else 'patife'}"
    return f"{name} é um {'cavaleiro' if sign else 'patife'}"


def _together(names: Sequence[str], language: Language) -> str:
    return f" {'and' if language == 'en' else 'e'} ".join(names)
