"""Say facts and rules about people in English and Portuguese, in real or made-up adjectives.

A Portuguese adjective agrees with who it is said of; of `alguém` it is masculine.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from evalsuite.logic import datalog
from evalsuite.logic.clauses import Literal as Said
from evalsuite.logic.clauses import show_literal
from evalsuite.logic.datalog import Rule
from evalsuite.logic.syntax import Function
from evalsuite.records import Json

Surface: TypeAlias = Literal["words", "nonce", "symbols"]
SURFACES: Final = ("words", "nonce", "symbols")


@dataclass(frozen=True, slots=True)
class Adjective:
    """An adjective in English, and in Portuguese of a man and of a woman."""

    en: str
    masculine: str
    feminine: str


@dataclass(frozen=True, slots=True)
class Person:
    """A name in English and in Portuguese."""

    en: str
    pt: str
    feminine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """What predicates and constants stand for."""

    adjectives: Mapping[str, Adjective]
    people: Mapping[str, Person]


def _real(text: str) -> Adjective:
    english, masculine, feminine = text.split()
    return Adjective(english, masculine, feminine)


ADJECTIVES: Final = tuple(
    map(
        _real,
        (
            *("kind gentil gentil", "young jovem jovem", "quiet quieto quieta", "rich rico rica"),
            *("tall alto alta", "happy feliz feliz", "strong forte forte", "shy tímido tímida"),
            *("brave corajoso corajosa", "clever esperto esperta", "honest honesto honesta"),
            *("polite educado educada", "lazy preguiçoso preguiçosa", "calm calmo calma"),
            *("proud orgulhoso orgulhosa", "funny engraçado engraçada", "famous famoso famosa"),
            *("generous generoso generosa", "patient paciente paciente", "loyal leal leal"),
            *("curious curioso curiosa", "careful cuidadoso cuidadosa", "thin magro magra"),
            *("cheerful alegre alegre", "elegant elegante elegante", "modest modesto modesta"),
            *("stubborn teimoso teimosa", "creative criativo criativa", "serious sério séria"),
            *("jealous ciumento ciumenta", "ambitious ambicioso ambiciosa"),
            *("sensible sensato sensata", "romantic romântico romântica", "agile ágil ágil"),
            *("talkative falante falante", "optimistic otimista otimista"),
            *("discreet discreto discreta", "sincere sincero sincera", "blond loiro loira"),
            *("studious estudioso estudiosa", "athletic atlético atlética"),
            *("impulsive impulsivo impulsiva", "practical prático prática"),
            *("humble humilde humilde", "sociable sociável sociável", "nervous nervoso nervosa"),
        ),
    )
)

_MADE_UP = (
    *("bron bron", "dalm dalm", "fep fep", "glar glar", "hovt hovet", "jark jarc", "klim clim"),
    *("lusp lusp", "mern mern", "nopt nop", "plund plund", "quar quar", "riff rif", "slom eslom"),
    *("tarn tarn", "ulm ulm", "vosk vosc", "wim vim", "yalt ialt", "zent zent", "brev brev"),
    *("crulp crulp", "dronk dronc", "flim flim", "gorv gorv", "hasp asp", "jint jint"),
    *("kolp colp", "lurn lurn", "mosk mosc", "nalv nalv", "prin prin", "rask rasc", "skel esquel"),
    *("trob trob", "vant vant", "welp velp", "yorm iorm", "zilb zilb", "cluv cluv", "drap drab"),
    *("frin frin", "gask gasc", "murd murd", "pelv pelv", "sulk sulc"),
)

NONCE: Final = tuple(
    Adjective(f"{english}ish", f"{portuguese}oso", f"{portuguese}osa")
    for english, portuguese in map(str.split, _MADE_UP)
)

PEOPLE: Final = (
    *(Person("Anne", "Ana", feminine=True), Person("Bob", "Beto", feminine=False)),
    *(Person("Carol", "Carla", feminine=True), Person("Dave", "Davi", feminine=False)),
    *(Person("Erin", "Érica", feminine=True), Person("Fred", "Fábio", feminine=False)),
    *(Person("Gina", "Gina", feminine=True), Person("Harry", "Henrique", feminine=False)),
    *(Person("Iris", "Íris", feminine=True), Person("Jack", "Jorge", feminine=False)),
    *(Person("Laura", "Laura", feminine=True), Person("Mark", "Marcos", feminine=False)),
)


# ── sentences ───────────────────────────────────────────────────────────────────────────────────


def fact(literal: Said, lexicon: Lexicon | None) -> Json:
    """Say a literal about one thing; without a lexicon, in symbols."""
    if lexicon is None:
        return show_literal(literal)
    adjective = lexicon.adjectives[literal.atom.name]
    person = lexicon.people[_thing(literal)]
    be, ser = ("is", "é") if literal.positive else ("is not", "não é")
    quality = adjective.feminine if person.feminine else adjective.masculine
    return {"en": f"{person.en} {be} {adjective.en}", "pt": f"{person.pt} {ser} {quality}"}


def rule(one: Rule, lexicon: Lexicon | None) -> Json:
    """Say a rule; without a lexicon, in symbols."""
    if lexicon is None:
        body = " & ".join(map(show_literal, one.body))
        return f"{body} -> {show_literal(one.head)}"
    head = lexicon.adjectives[one.head.atom.name]
    said = [(o.positive, lexicon.adjectives[o.atom.name]) for o in one.body]
    english = _joined([(holds, quality.en) for holds, quality in said], _ENGLISH)
    portuguese = _joined([(holds, quality.masculine) for holds, quality in said], _PORTUGUESE)
    are, ser = ("are", "é") if one.head.positive else ("are not", "não é")
    return {
        "en": f"If someone {english}, then they {are} {head.en}",
        "pt": f"Se alguém {portuguese}, então {ser} {head.masculine}",
    }


_ENGLISH: Final = ("is", "is not", "and")
_PORTUGUESE: Final = ("é", "não é", "e")


def _joined(said: Sequence[tuple[bool, str]], words: tuple[str, str, str]) -> str:
    """Join qualities; `not` would reach too far if the verb were said only once."""
    be, be_not, conjunction = words
    if all(holds for holds, _ in said):
        return f"{be} {f' {conjunction} '.join(quality for _, quality in said)}"
    return f" {conjunction} ".join(
        f"{be if holds else be_not} {quality}" for holds, quality in said
    )


def _thing(literal: Said) -> str:
    (thing,) = literal.atom.args
    if not isinstance(thing, Function):
        raise TypeError(f"{show_literal(literal)} is about no one thing")
    return thing.name


def formal(theory: datalog.Theory) -> dict[str, Json]:
    """Return a theory as texts that a scorer reads."""
    return {
        "facts": [show_literal(one) for one in theory.facts],
        "rules": [datalog.show_rule(one) for one in theory.rules],
    }
