"""Where Portuguese is not English word for word: what the templates and families must get right."""

import re
from pathlib import Path
from random import Random

import pytest

from evalsuite import paths
from evalsuite.families import _vocabulary
from evalsuite.families._vocabulary import Thing
from evalsuite.families.formalisation import _phrases, _wording
from evalsuite.families.formalisation._phrases import NO, YES, Phrase
from evalsuite.families.language import _island
from evalsuite.logic.writing import show

NURSE = Thing(en="nurse", pt="enfermeira", feminine=True)
DOCTOR = Thing(en="doctor", pt="médico", feminine=False)
WORDS = _wording.Words(
    sentences=_vocabulary.lexicon("PQ", Random(0), nonce=False),
    nouns={"N": NURSE, "M": DOCTOR},
    adjectives={"A": ("tall", "alt"), "B": ("calm", "calm")},
    verbs={"R": ("admires", "admira")},
    people={"a": Thing(en="Ana", pt="Ana", feminine=True)},
)
TALL, CALM = Phrase("is", ("A", YES)), Phrase("is", ("B", YES))


def _about(determiner: str, noun: str, *parts: Phrase) -> Phrase:
    return Phrase("quantified", (determiner, noun), parts)


@pytest.mark.parametrize(
    ("phrase", "portuguese", "english", "formula"),
    [
        (  # negative concord: two negative words, one negation
            _about("no", "N", Phrase("does", ("R", "some", "M"))),
            "Nenhuma enfermeira admira nenhum médico.",
            "No nurse admires any doctor.",
            "forall x. (N(x) -> (~exists y. (M(y) & R(x, y))))",
        ),
        (
            Phrase("named", ("a",), (Phrase("joined", ("neither",), (TALL, CALM)),)),
            "Ana não é nem alta nem calma.",
            "Ana is neither tall nor calm.",
            "~A(a) & ~B(a)",
        ),
        (  # nem todo
            _about("not-every", "M", TALL),
            "Nem todo médico é alto.",
            "Not every doctor is tall.",
            "~forall x. (M(x) -> A(x))",
        ),
        (
            _about("not-every", "N", TALL),
            "Nem toda enfermeira é alta.",
            "Not every nurse is tall.",
            "~forall x. (N(x) -> A(x))",
        ),
        (  # only: the converse, and everything agrees in the plural
            _about("only", "N", TALL),
            "Só enfermeiras são altas.",
            "Only nurses are tall.",
            "forall x. (A(x) -> N(x))",
        ),
        (  # gender agreement within the relative clause
            _about("every", "N", TALL, CALM),
            "Toda enfermeira que é calma é alta.",
            "Every nurse that is calm is tall.",
            "forall x. (N(x) & B(x) -> A(x))",
        ),
        (
            _about("some", "M", Phrase("does", ("R", "some", "N"), (TALL,))),
            "Algum médico admira pelo menos uma enfermeira que é alta.",
            "Some doctor admires at least one nurse that is tall.",
            "exists x. (M(x) & (exists y. (N(y) & A(y) & R(x, y))))",
        ),
        (
            _about("some", "M", Phrase("does-name", ("R", NO, "a"))),
            "Algum médico não admira Ana.",
            "Some doctor does not admire Ana.",
            "exists x. (M(x) & ~R(x, a))",
        ),
    ],
)
def test_a_sentence_is_said_as_it_is_meant(
    phrase: Phrase, portuguese: str, english: str, formula: str
) -> None:
    assert _wording.said(phrase, WORDS, "pt") == portuguese
    assert _wording.said(phrase, WORDS, "en") == english
    assert show(_phrases.meaning(phrase)) == formula


SENTENCES = _vocabulary.lexicon("PQ", Random(0), nonce=False)
P, Q = (SENTENCES["pt"].sentences[name][0] for name in "PQ")


@pytest.mark.parametrize(
    ("idiom", "said", "formula"),
    [
        ("either", "ou {p} ou {q}", "P xor Q"),  # ou … ou: not both
        ("or", "{p} ou {q}", "P | Q"),
        ("unless", "{p}, a não ser que {q_subjunctive}", "P | Q"),
        ("only-if", "{p} só se {q}", "P -> Q"),
        ("if-after", "{q} se {p}", "P -> Q"),
        ("provided", "{q}, desde que {p_subjunctive}", "P -> Q"),
        ("neither", "nem {p} nem {q}", "~P & ~Q"),
    ],
)
def test_an_idiom_of_two_sentences(idiom: str, said: str, formula: str) -> None:
    phrase = Phrase("pair", (idiom,), tuple(Phrase("literal", (name, YES)) for name in "PQ"))
    subjunctive = {
        f"{name}_subjunctive": text.replace("está", "esteja") for name, text in (("p", P), ("q", Q))
    }
    text = said.format(p=P, q=Q, **subjunctive)
    assert _wording.said(phrase, WORDS, "pt") == _vocabulary.sentence(text)
    assert show(_phrases.meaning(phrase)) == formula


def test_the_subjunctive_keeps_the_negation() -> None:
    assert _vocabulary.subjunctive("a lâmpada não está acesa") == "a lâmpada não esteja acesa"


def test_every_adjective_and_made_up_word_agrees_with_its_noun() -> None:
    for pt in (pair[1] for pair in _vocabulary._SENTENCES):
        found = re.match(r"([oa]) (\w+) está (\w+[oa])$", pt)
        if found and found[3].endswith(("ado", "ada", "ido", "ida", "to", "ta")):
            assert found[1] == found[3][-1], pt
    rng = Random(2)
    for _ in range(20):
        sentences = _vocabulary.lexicon("PQR", rng, nonce=True)["pt"].sentences.values()
        for affirmed, _denied in sentences:
            found = re.fullmatch(r"([oa]) (\w+) está (\w+)", affirmed)
            assert found
            assert found[1] == found[2][-1] == found[3][-1]


def test_a_preposition_runs_together_with_the_article_and_not_with_a_name() -> None:
    assert _vocabulary.of("a maçã") == "da maçã"
    assert _vocabulary.of("o livro") == "do livro"
    assert _vocabulary.of("Ana") == "de Ana"


def test_knights_agree_in_gender() -> None:
    assert _island._is("Ana", True, "pt") == "Ana é uma cavaleira"
    assert _island._is("Bruno", True, "pt") == "Bruno é um cavaleiro"
    assert _island._is("Ana", False, "pt") == "Ana é uma patife"
    assert _island.role("Ana", True, "pt") == "Ana: cavaleira"


def _texts() -> list[Path]:
    found = paths.shipped("prompts") / "pt"
    return sorted(found.glob("*/*.jinja"))


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_no_english_is_left_in_a_portuguese_template(path: Path) -> None:
    text = re.sub(r"\{[%{].*?[%}]\}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    english = re.search(
        r"\b(the|which|does|answer|clause|sentence|option|follows?)\b", text.lower()
    )
    assert english is None, english
