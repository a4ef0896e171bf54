"""How English and Brazilian Portuguese say a tree of `_phrases`, and what its letters stand for.

Portuguese agrees in gender, denies twice where a sentence is negative (`nenhuma enfermeira admira
nenhum médico`), and wants the subjunctive after `a não ser que` and `desde que`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite import names
from evalsuite.families import _vocabulary
from evalsuite.families._vocabulary import LANGUAGES, Thing
from evalsuite.families.formalisation._phrases import YES, Phrase, letters
from evalsuite.logic.text.words import Language, Lexicon
from evalsuite.records import Json

_IDIOMS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "if": "if {0}, then {1}",
        "if-after": "{1} if {0}",
        "only-if": "{0} only if {1}",
        "provided": "{1} provided that {0}",
        "unless": "{0} unless {1}",
        "or": "{0} or {1}",
        "either": "either {0} or {1}, but not both",
        "and": "{0} and {1}",
        "but": "{0}, but {1}",
        "neither": "it is neither the case that {0} nor the case that {1}",
        "not-both": "it is not the case that both {0} and {1}",
        "iff": "{0} if and only if {1}",
    },
    "pt": {
        "if": "se {0}, então {1}",
        "if-after": "{1} se {0}",
        "only-if": "{0} só se {1}",
        "provided": "{1}, desde que {0}",
        "unless": "{0}, a não ser que {1}",
        "or": "{0} ou {1}",
        "either": "ou {0} ou {1}",
        "and": "{0} e {1}",
        "but": "{0}, mas {1}",
        "neither": "nem {0} nem {1}",
        "not-both": "não é verdade que, ao mesmo tempo, {0} e {1}",
        "iff": "{0} se e somente se {1}",
    },
}
_SUBJUNCTIVE: Final = {"provided": 0, "unless": 1}  # which side is in it
_JOINED: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {"and": "{} and {}", "or": "{} or {}", "neither": "is neither {} nor {}"},
    "pt": {"and": "{} e {}", "or": "{} ou {}", "neither": "não é nem {} nem {}"},
}
_NOUNS: Final = tuple(
    Thing(en=en, pt=pt, feminine=feminine)
    for en, pt, feminine in (
        ("nurse", "enfermeira", True),
        ("doctor", "médico", False),
        ("teacher", "professora", True),
        ("painter", "pintor", False),
        ("singer", "cantora", True),
        ("lawyer", "advogado", False),
        ("judge", "juíza", True),
        ("baker", "padeiro", False),
        ("dancer", "bailarina", True),
        ("carpenter", "carpinteiro", False),
        ("writer", "escritora", True),
        ("plumber", "encanador", False),
    )
)
_ADJECTIVES: Final = (  # the Portuguese ones without the ending that agrees
    *(("tall", "alt"), ("calm", "calm"), ("shy", "tímid"), ("rich", "ric"), ("wise", "sábi")),
    *(("famous", "famos"), ("sleepy", "sonolent"), ("serious", "séri"), ("polite", "educad")),
    *(("careful", "cuidados"), ("lazy", "preguiços"), ("nervous", "nervos")),
)
_VERBS: Final = (
    *(("admires", "admira"), ("knows", "conhece"), ("helps", "ajuda"), ("fears", "teme")),
    *(("respects", "respeita"), ("envies", "inveja"), ("greets", "cumprimenta")),
)
_NONCE_VERBS: Final = (
    *(("blorks", "blorca"), ("snims", "flurga"), ("vettles", "drica"), ("grobs", "mofeja")),
    *(("plenches", "zabina"), ("dworps", "quirfa"), ("zills", "lonfa")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the letters of a tree stand for."""

    sentences: Mapping[Language, Lexicon]
    nouns: Mapping[str, Thing]
    adjectives: Mapping[str, tuple[str, str]]
    verbs: Mapping[str, tuple[str, str]]
    people: Mapping[str, Thing]


def words(phrase: Phrase, form: str, surface: str) -> Words:
    """Return words for a tree's letters; they hang on its canonical form alone."""
    rng = Random(names.seed_of("words", form))
    nonce = surface == "nonce"
    atoms, nouns = letters(phrase, "ATOM"), letters(phrase, "NOUN")
    adjectives, verbs = letters(phrase, "ADJECTIVE"), letters(phrase, "VERB")
    count = len(adjectives)
    qualities = (
        _vocabulary.nonce_adjectives(count, rng) if nonce else rng.sample(_ADJECTIVES, count)
    )
    things = (
        _vocabulary.things(len(nouns), rng, nonce=True) if nonce else rng.sample(_NOUNS, len(nouns))
    )
    people = letters(phrase, "NAME")
    return Words(
        sentences=_vocabulary.lexicon(atoms, rng, nonce=nonce),
        nouns=dict(zip(nouns, things, strict=True)),
        adjectives=dict(zip(adjectives, qualities, strict=True)),
        verbs=dict(
            zip(verbs, rng.sample(_NONCE_VERBS if nonce else _VERBS, len(verbs)), strict=True)
        ),
        people=dict(zip(people, _vocabulary.people(len(people), rng), strict=True)),
    )


def key(found: Words) -> list[Json]:
    """Return what each letter says: `N(x): x is a nurse`."""

    def each(letter: str, english: str, portuguese: str) -> Json:
        return {"en": f"{letter}: {english}", "pt": f"{letter}: {portuguese}"}

    english, portuguese = (found.sentences[language].sentences for language in LANGUAGES)
    return [
        *(each(atom, english[atom][0], portuguese[atom][0]) for atom in english),
        *(
            each(f"{letter}(x)", f"x is a {noun.en}", f"x é {noun.pt}")
            for letter, noun in found.nouns.items()
        ),
        *(
            each(f"{letter}(x)", f"x is {en}", f"x é {_agreeing(stem, either=True)}")
            for letter, (en, stem) in found.adjectives.items()
        ),
        *(
            each(f"{letter}(x, y)", f"x {en} y", f"x {pt} y")
            for letter, (en, pt) in found.verbs.items()
        ),
        *(each(letter, person.en, person.pt) for letter, person in found.people.items()),
    ]


def said(phrase: Phrase, found: Words, language: Language) -> str:
    """Write a sentence, or a text of several, with capital letters and full stops."""
    sentences = phrase.parts if phrase.form == "text" else (phrase,)
    return " ".join(_vocabulary.sentence(_said(one, found, language)) for one in sentences)


def _said(phrase: Phrase, found: Words, language: Language) -> str:
    match phrase.form, phrase.slots:
        case "literal", (atom, sign):
            return found.sentences[language].sentences[atom][0 if sign == YES else 1]
        case "pair", (idiom,):
            sides = [_said(part, found, language) for part in phrase.parts]
            if language == "pt" and idiom in _SUBJUNCTIVE:
                side = _SUBJUNCTIVE[idiom]
                sides[side] = _vocabulary.subjunctive(sides[side])
            return _IDIOMS[language][idiom].format(*sides)
        case "quantified", (determiner, noun):
            return _quantified(determiner, found.nouns[noun], phrase, found, language)
        case "named", (name,):
            person = found.people[name]
            does = _does(phrase.parts[0], person, found, language, denied=False)
            return f"{person.en} {does}"
        case _:
            raise AssertionError(f"`{phrase.form}` is no sentence")


def _quantified(
    determiner: str, noun: Thing, phrase: Phrase, found: Words, language: Language
) -> str:
    verb_phrase, *clauses = phrase.parts
    if determiner == "only":
        adjective = found.adjectives[verb_phrase.slots[0]]
        if language == "en":
            return f"only {_plural(noun.en, 'en')} are {adjective[0]}"
        agreeing = _agreeing(adjective[1], feminine=noun.feminine)
        return f"só {_plural(noun.pt, 'pt')} são {_plural(agreeing, 'pt')}"
    ending = "a" if noun.feminine else ""
    opening = {
        "en": {"every": "every", "not-every": "not every", "no": "no", "some": "some"},
        "pt": {
            "every": f"tod{ending or 'o'}",
            "not-every": f"nem tod{ending or 'o'}",
            "no": "nenhuma" if noun.feminine else "nenhum",
            "some": "alguma" if noun.feminine else "algum",
        },
    }[language][determiner]
    subject = f"{opening} {_called(noun, clauses, found, language)}"
    return f"{subject} {_does(verb_phrase, noun, found, language, denied=determiner == 'no')}"


def _called(noun: Thing, clauses: list[Phrase], found: Words, language: Language) -> str:
    """Write a noun with its relative clause."""
    english = language == "en"
    told = [_does(clause, noun, found, language, denied=False) for clause in clauses]
    that = " that " if english else " que "
    return that.join([noun.en if english else noun.pt, *told])


def _does(phrase: Phrase, subject: Thing, found: Words, language: Language, *, denied: bool) -> str:
    """Write a verb phrase that agrees with its subject; `denied`: the subject is `no …`."""
    english = language == "en"
    match phrase.form, phrase.slots:
        case "is", (letter, sign):
            verb = (
                ("is" if sign == YES else "is not")
                if english
                else ("é" if sign == YES else "não é")
            )
            return f"{verb} {_quality(letter, subject, found, language)}"
        case "joined", (joint,):
            if joint == "neither":
                told = [_quality(one.slots[0], subject, found, language) for one in phrase.parts]
            else:
                told = [_does(one, subject, found, language, denied=denied) for one in phrase.parts]
            return _JOINED[language][joint].format(*told)
        case "does-name", (verb, sign, name):
            word = found.verbs[verb][0 if english else 1]
            positive = sign == YES
            person = found.people[name].en
            if english:
                return f"{word} {person}" if positive else f"does not {_base(word)} {person}"
            return f"{word} {person}" if positive else f"não {word} {person}"
        case "does", (verb, quantity, letter):
            noun = found.nouns[letter]
            goal = _called(noun, list(phrase.parts), found, language)
            word = found.verbs[verb][0 if english else 1]
            return f"{word} {_how_many(quantity, noun, language, denied=denied)} {goal}"
        case _:
            raise AssertionError(f"`{phrase.form}` is no verb phrase")


def _quality(letter: str, subject: Thing, found: Words, language: Language) -> str:
    english, stem = found.adjectives[letter]
    return english if language == "en" else _agreeing(stem, feminine=subject.feminine)


def _how_many(quantity: str, noun: Thing, language: Language, *, denied: bool) -> str:
    if language == "en":
        return "every" if quantity == "every" else "any" if denied else "at least one"
    ending = "a" if noun.feminine else ""
    if quantity == "every":
        return f"tod{ending or 'o'}"
    return f"nenhum{ending}" if denied else f"pelo menos um{ending}"


def _base(verb: str) -> str:
    """Return the verb's base: `admires` is from `admire`, `envies` from `envy`."""
    if verb.endswith("ies"):
        return f"{verb[:-3]}y"
    return verb.removesuffix("es") if verb.endswith("ches") else verb.removesuffix("s")


def _agreeing(stem: str, *, feminine: bool = False, either: bool = False) -> str:
    """Give an adjective its ending."""
    return f"{stem}o(a)" if either else f"{stem}{'a' if feminine else 'o'}"


def _plural(word: str, language: Language) -> str:
    if language == "pt":
        return f"{word}es" if word.endswith(("r", "z")) else f"{word}s"
    return f"{word}es" if word.endswith(("s", "x", "ch")) else f"{word}s"
