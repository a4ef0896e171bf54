"""Everyday and made-up words for atoms, people and things, in English and Brazilian Portuguese.

The sentences are about different things, so that any of them can be true with any others false. A
sentence and its negation differ in one word, `not` or `não`, and in nothing else.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from evalsuite.logic.text.words import Language, Lexicon
from evalsuite.records import Json

LANGUAGES: Final[tuple[Language, ...]] = ("en", "pt")

_VERBS: Mapping[Language, str] = {
    "en": r"is|are|has|have|was",
    "pt": r"está|estão|é|são|há",
}
_NEGATIONS: Mapping[Language, str] = {"en": r"\1 not", "pt": r"não \1"}
_SUBJUNCTIVE: Final = {
    "está": "esteja",
    "estão": "estejam",
    "é": "seja",
    "são": "sejam",
    "há": "haja",
    "tem": "tenha",
}
_SENTENCES: Final = (
    ("the lamp is on", "a lâmpada está acesa"),
    ("the door is open", "a porta está aberta"),
    ("it is raining", "está chovendo"),
    ("the dog is asleep", "o cachorro está dormindo"),
    ("the kettle is boiling", "a chaleira está fervendo"),
    ("the train is late", "o trem está atrasado"),
    ("the shop is closed", "a loja está fechada"),
    ("the garden is in bloom", "o jardim está florido"),
    ("the radio is playing", "o rádio está tocando"),
    ("the soup is cold", "a sopa está fria"),
    ("the bridge is finished", "a ponte está pronta"),
    ("the letter is sealed", "a carta está lacrada"),
    ("the baby is crying", "o bebê está chorando"),
    ("the river is frozen", "o rio está congelado"),
    ("the bus is full", "o ônibus está lotado"),
    ("the cake is in the oven", "o bolo está no forno"),
    ("the window is broken", "a janela está quebrada"),
    ("the teacher is ill", "a professora está doente"),
    ("the bread is fresh", "o pão está fresco"),
    ("the printer is out of ink", "a impressora está sem tinta"),
    ("the museum is crowded", "o museu está cheio"),
    ("the battery is charged", "a bateria está carregada"),
    ("the car is in the garage", "o carro está na garagem"),
    ("the choir is singing", "o coral está cantando"),
    ("the market is busy", "a feira está movimentada"),
    ("the clock is slow", "o relógio está atrasado"),
    ("the pool is empty", "a piscina está vazia"),
    ("the coffee is ready", "o café está pronto"),
    ("the ship is in the harbour", "o navio está no porto"),
    ("the road is blocked", "a estrada está bloqueada"),
    ("the wall is wet", "a parede está molhada"),
    ("the cat is on the roof", "o gato está no telhado"),
    ("the bell is ringing", "o sino está tocando"),
    ("the grass is tall", "a grama está alta"),
    ("the plumber is on holiday", "o encanador está de férias"),
    ("the suitcase is packed", "a mala está arrumada"),
    ("the lift is stuck", "o elevador está parado"),
    ("the piano is out of tune", "o piano está desafinado"),
    ("the gate is locked", "o portão está trancado"),
    ("the phone is switched off", "o telefone está desligado"),
    ("the moon is full", "a lua está cheia"),
    ("the library is quiet", "a biblioteca está silenciosa"),
    ("the milk is sour", "o leite está azedo"),
    ("the mayor is abroad", "a prefeita está no exterior"),
    ("the fence is painted", "a cerca está pintada"),
    ("the flag is at half-mast", "a bandeira está a meio mastro"),
    ("the tap is dripping", "a torneira está pingando"),
    ("the stove is hot", "o fogão está quente"),
)

# Words that mean nothing; a Portuguese noun has a gender, and its adjective agrees with it.
_NONCE_NOUNS: Final = {
    "en": (
        *(
            "wug",
            "dax",
            "blicket",
            "toma",
            "fendle",
            "gorpin",
            "zavid",
            "plimmer",
            "snorf",
            "vorpin",
        ),
        *("krell", "mibber", "tulver", "quonk", "jaddle", "yimpus", "rompus", "lempin", "sterpid"),
        *("drazzle", "hobnik", "nolget", "pilvar", "crindle", "shorple", "glaven", "wofter"),
        *("zeelom", "brundt", "tandip"),
    ),
    "pt": (
        *("flubo", "drifa", "tambelo", "zoca", "grelpo", "plinta", "cormujo", "vadeca", "sibrolo"),
        *("mireba", "trongo", "quilfa", "jabero", "lumpa", "nestigo", "bravina", "fonzelo"),
        *("pirruca", "dalvo", "glofa", "rimbeco", "xandoca", "tuberno", "silfeta", "gondro"),
        *("melupa", "crevoto", "zimbada", "purlico", "vostega"),
    ),
}
_NONCE_ADJECTIVES: Final = {
    "en": (
        *("blick", "dorrid", "plonky", "grimbly", "vensy", "taffric", "moxen", "zorpish", "fribe"),
        *("quellid", "snuvy", "jorbal", "hifty", "luminod", "prendic", "skeely", "wompish"),
        *("tregal", "brilph", "nuvid", "gorfy", "dwindic", "yalpy", "kerbid", "rostal", "mundic"),
        *("fleen", "swabby", "crothic", "pindly"),
    ),
    "pt": (  # without the ending that agrees
        *("blicad", "dorrid", "plunfos", "grimbad", "vensid", "tafric", "moxend", "zorpid"),
        *("fribos", "quelad", "snuvid", "jorbad", "hiftos", "prendic", "squilos", "vompad"),
        *("tregos", "brilfad", "nuvid", "gorfad", "dvindic", "ialpos", "querbad", "rostid"),
        *("mundric", "flenad", "suabos", "crotic", "pindlos", "lumbrad"),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A noun, in Portuguese with its gender."""

    en: str
    pt: str
    feminine: bool


PEOPLE: Final = tuple(
    Thing(en=name, pt=name, feminine=feminine)
    for names, feminine in (
        (
            ("Ana", "Clara", "Eva", "Irene", "Joana", "Laura", "Marta", "Nina", "Paula", "Rita"),
            True,
        ),
        (
            ("Bruno", "Daniel", "Fausto", "Hugo", "Lucas", "Miguel", "Oscar", "Pedro", "Tiago"),
            False,
        ),
        (("Sofia", "Teresa", "Vera"), True),
        (("Victor", "Samuel"), False),
    )
    for name in names
)
_THINGS: Final = (
    Thing(en="apple", pt="maçã", feminine=True),
    Thing(en="vase", pt="vaso", feminine=False),
    *(Thing(en=en, pt=pt, feminine=True) for en, pt in (("cup", "xícara"), ("candle", "vela"))),
    *(Thing(en=en, pt=pt, feminine=True) for en, pt in (("key", "chave"), ("box", "caixa"))),
    *(Thing(en=en, pt=pt, feminine=True) for en, pt in (("spoon", "colher"), ("ball", "bola"))),
    *(Thing(en=en, pt=pt, feminine=False) for en, pt in (("book", "livro"), ("hat", "chapéu"))),
    *(Thing(en=en, pt=pt, feminine=False) for en, pt in (("clock", "relógio"), ("plate", "prato"))),
    *(Thing(en=en, pt=pt, feminine=False) for en, pt in (("shoe", "sapato"), ("ring", "anel"))),
    Thing(en="jug", pt="jarra", feminine=True),
    Thing(en="pencil", pt="lápis", feminine=False),
)


def check_surface(surface: str) -> None:
    """Refuse a surface that is not known.

    Raises:
        ValueError: it is neither `words` nor `nonce`.

    """
    if surface not in ("words", "nonce"):
        raise ValueError("`surface`: `words` or `nonce`")


def lexicon(names: Sequence[str], rng: Random, *, nonce: bool) -> Mapping[Language, Lexicon]:
    """Return a sentence for each atom, with its negation, the same things in each language.

    Raises:
        ValueError: there are more atoms than sentences.

    """
    pairs = _nonce_sentences(len(names), rng) if nonce else rng.sample(_SENTENCES, len(names))
    return {
        language: Lexicon(
            sentences={
                name: (pair[place], negated(pair[place], language))
                for name, pair in zip(names, pairs, strict=True)
            },
            names={},
        )
        for place, language in enumerate(LANGUAGES)
    }


def key(
    lexicon: Lexicon | Mapping[Language, Lexicon], names: Sequence[str], language: Language
) -> list[str]:
    """Return what each atom says: `P: the lamp is on`; the lexicon is one, or one a language."""
    one = lexicon if isinstance(lexicon, Lexicon) else lexicon[language]
    return [f"{name}: {one.sentences[name][0]}" for name in names]


def negated(text: str, language: Language) -> str:
    """Deny a simple sentence: `the lamp is not on`, `a lâmpada não está acesa`."""
    return re.sub(rf"\b({_VERBS[language]})\b", _NEGATIONS[language], text, count=1)


def subjunctive(text: str) -> str:
    """Put simple Portuguese sentences in the subjunctive, as `a não ser que` and `desde que` want.

    >>> subjunctive("a lâmpada não está acesa")
    'a lâmpada não esteja acesa'
    """
    return re.sub(r"\w+", lambda word: _SUBJUNCTIVE.get(word[0], word[0]), text)


def sentence(text: str) -> str:
    """Return a text with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}."


def both(texts: Mapping[Language, Json]) -> dict[str, Json]:
    """Return what a draft shows in either language."""
    return {language: texts[language] for language in LANGUAGES}


# ── people and things ───────────────────────────────────────────────────────────────────────────


def people(count: int, rng: Random) -> list[Thing]:
    """Return so many names."""
    return rng.sample(PEOPLE, count)


def things(count: int, rng: Random, *, nonce: bool) -> list[Thing]:
    """Return so many nouns; made-up ones agree in nothing but their place."""
    if not nonce:
        return rng.sample(_THINGS, count)
    english = rng.sample(_NONCE_NOUNS["en"], count)
    portuguese = rng.sample(_NONCE_NOUNS["pt"], count)
    return [
        Thing(en=en, pt=pt, feminine=pt.endswith("a"))
        for en, pt in zip(english, portuguese, strict=True)
    ]


def nonce_adjectives(count: int, rng: Random) -> list[tuple[str, str]]:
    """Return so many made-up adjectives, the Portuguese ones without the ending that agrees."""
    english = rng.sample(_NONCE_ADJECTIVES["en"], count)
    return list(zip(english, rng.sample(_NONCE_ADJECTIVES["pt"], count), strict=True))


def the(thing: Thing, language: Language) -> str:
    """Return a noun with its article: `the book`, `o livro`."""
    if language == "en":
        return f"the {thing.en}"
    return f"{'a' if thing.feminine else 'o'} {thing.pt}"


def of(phrase: str) -> str:
    """Return `de` with what follows, run together where it has an article: `da maçã`, `de Ana`."""
    return f"d{phrase}" if re.match(r"[oa]s? ", phrase) else f"de {phrase}"


def _nonce_sentences(count: int, rng: Random) -> list[tuple[str, str]]:
    nouns, adjectives = things(count, rng, nonce=True), nonce_adjectives(count, rng)
    return [
        (
            f"the {noun.en} is {english}",
            f"{the(noun, 'pt')} está {portuguese}{'a' if noun.feminine else 'o'}",
        )
        for noun, (english, portuguese) in zip(nouns, adjectives, strict=True)
    ]
