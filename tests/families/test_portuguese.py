"""Where Portuguese is not English word for word: what the templates and families must get right."""

import re
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from jinja2 import Environment, meta

from evalsuite import paths
from evalsuite.families import _vocabulary
from evalsuite.families._vocabulary import Thing
from evalsuite.families.first_order import _wording as first_order_wording
from evalsuite.families.formalisation import _phrases, _wording
from evalsuite.families.formalisation._phrases import NO, YES, Phrase
from evalsuite.families.language import _island
from evalsuite.families.syllogisms import _nouns
from evalsuite.families.syllogisms import _saying as categorical
from evalsuite.logic.syllogistic import Categorical, Term
from evalsuite.logic.text import reading
from evalsuite.logic.text.words import words
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


@pytest.mark.parametrize("determiner", ["every", "not-every", "no"])
def test_a_general_sentence_whose_verb_is_denied_is_not_said(determiner: str) -> None:
    """`Todo médico não é alto` may mean `nem todo`, `nenhum médico não é alto` just `nenhum`."""
    assert not _phrases.sayable(_about(determiner, "M", Phrase("is", ("A", NO))))
    neither = Phrase("joined", ("neither",), (TALL, CALM))
    assert not _phrases.sayable(_about(determiner, "M", neither))
    assert _phrases.sayable(_about("some", "M", Phrase("is", ("A", NO))))


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


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("~(P -> Q)", "não é o caso que, se P, então Q"),
        ("exists x. (A(x) -> B(x))", "existe algum x tal que, se A(x), então B(x)"),
        ("~forall x. A(x)", "não é o caso que, para todo x, A(x)"),
        ("~exists x. A(x)", "não é o caso que existe algum x tal que A(x)"),
    ],
)
def test_a_comma_sets_off_what_opens_a_clause_after_que(formula: str, said: str) -> None:
    assert words(reading.formula(formula), "pt") == said


def test_or_is_inclusive_and_ou_ou_exclusive_in_formulas_in_words() -> None:
    exclusive, inclusive = (words(reading.formula(one), "pt") for one in ("P xor Q", "P | Q & R"))
    assert exclusive == "ou P ou Q, mas não ambos"
    assert inclusive == "P, ou Q e R"


WHALE, HORSE = Term("S"), Term("P")


@pytest.mark.parametrize(
    ("said", "feminine", "masculine"),
    [
        (Categorical("A", WHALE, HORSE), "Toda baleia é cavalo.", "Todo cavalo é baleia."),
        (
            Categorical("A", WHALE, HORSE, denied=True),
            "Não é verdade que toda baleia é cavalo.",
            "Não é verdade que todo cavalo é baleia.",
        ),
        (Categorical("E", WHALE, HORSE), "Nenhuma baleia é cavalo.", "Nenhum cavalo é baleia."),
        (Categorical("I", WHALE, HORSE), "Alguma baleia é cavalo.", "Algum cavalo é baleia."),
        (
            Categorical("O", WHALE, HORSE),
            "Alguma baleia não é cavalo.",
            "Algum cavalo não é baleia.",
        ),
    ],
)
def test_a_categorical_proposition_agrees_with_its_subject(
    said: Categorical, feminine: str, masculine: str
) -> None:
    called = {one.en: one for one in _nouns.real()}
    nouns = {"S": called["whales"], "P": called["horses"]}
    turned = replace(said, subject=said.predicate, predicate=said.subject)
    for one, expected in ((said, feminine), (turned, masculine)):
        assert categorical.say(one, nouns)["pt"] == expected  # type: ignore[index,call-overload]


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


def test_what_somebody_is_is_no_passing_state() -> None:
    """`Ser` and `estar`: who is tired `está cansado`, and `é` is what these are said with."""
    passing = {"cansad", "ocupad", "preocupad", "zangad", "molhad", "sentad"}
    assert not passing & {stem for _, stem in _wording._ADJECTIVES}


def test_no_made_up_noun_is_in_a_dictionary() -> None:
    """These are: a sieve (`passar pelo crivo`), a bowl and a bean."""
    made_up = {noun.pt for noun in _nouns.NONCE} | set(_vocabulary._NONCE_NOUNS["pt"])
    assert not {"crivo", "conca", "tonca"} & made_up
    assert not {noun.pt for noun in _nouns.real()} & made_up


def test_a_preposition_runs_together_with_the_article_and_not_with_a_name() -> None:
    assert _vocabulary.of("a maçã") == "da maçã"
    assert _vocabulary.of("o livro") == "do livro"
    assert _vocabulary.of("Ana") == "de Ana"


@pytest.mark.parametrize("text", ["A(f(f(a))) & R(g(a), f(g(b)))", "forall x. R(h(x), h(h(x)))"])
def test_a_term_within_a_term_leaves_no_preposition_before_an_article(text: str) -> None:
    formula = reading.formula(text)
    for seed in range(20):
        lexicon = first_order_wording.lexicons([formula], Random(seed))["pt"]
        said = first_order_wording.sentence(formula, "pt", lexicon)
        assert not _UNCONTRACTED.search(said), said


def test_what_a_property_is_called_has_no_connective_in_it() -> None:
    """`x não é vegetariana ou vegetariano` denies what?"""
    for _, noun in first_order_wording._PROPERTIES:
        assert not {"e", "ou", "não", "nem", "se"} & set(noun.split()), noun


def test_knights_agree_in_gender() -> None:
    assert _island._is("Ana", True, "pt") == "Ana é uma cavaleira"
    assert _island._is("Bruno", True, "pt") == "Bruno é um cavaleiro"
    assert _island._is("Ana", False, "pt") == "Ana é uma patife"
    assert _island.role("Ana", True, "pt") == "Ana: cavaleira"


# ── templates ───────────────────────────────────────────────────────────────────────────────────

_UNCONTRACTED = re.compile(
    r"\b(?:[Dd]e|[Ee]m|[Pp]or) (?:[oa]s?|el[ea]s?|ess[ea]s?|est[ea]s?)\b|\ba [oa]s?\b"
)
_ONE_TERM = {  # what is not said, and what is said instead
    r"fórmulas? assin\w+": "fórmula marcada",
    r"bloco (?:cercado|entre)": "bloco delimitado por linhas de três crases",
    r"tabl[ôo]s?\b": "tableau",
    r"contra-?exemplo|contra-modelo": "contramodelo",
    r"in?satisfazív\w+": "satisfatível",
    r"(?:se|dedu)gue d": "decorre",
    r"resolve um": "resolve sobre um",
    r"verdadeir[oa]s? de\b(?! fato)": "vale para",
    r"sentenças": "frases",
}


def _texts() -> list[Path]:
    found = paths.shipped("prompts") / "pt"
    return sorted(found.glob("*/*.jinja"))


def _prose(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\{[%{].*?[%}]\}", " ", text, flags=re.DOTALL)


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_no_english_is_left_in_a_portuguese_template(path: Path) -> None:
    english = re.search(
        r"\b(the|which|does|answer|clause|sentence|option|follows?)\b", _prose(path).lower()
    )
    assert english is None, english


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_a_portuguese_template_shows_what_its_english_twin_shows(path: Path) -> None:
    english = path.parents[2] / "en" / path.relative_to(path.parents[1])
    seen, twin = (
        meta.find_undeclared_variables(Environment().parse(one.read_text(encoding="utf-8")))  # noqa: S701 - it is not rendered
        for one in (path, english)
    )
    assert seen == twin


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_prepositions_run_together_with_articles_in_a_portuguese_template(path: Path) -> None:
    found = _UNCONTRACTED.search(_prose(path))
    assert found is None, found


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_each_concept_has_one_term(path: Path) -> None:
    for other, term in _ONE_TERM.items():
        found = re.search(other, _prose(path), re.IGNORECASE)
        assert found is None, f"{found}: {term}"


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_suppositions_are_in_the_subjunctive(path: Path) -> None:
    found = re.search(r"[Ss]uponha que[^.]*?\b(é|são|existe|existem|há|vale|valem)\b", _prose(path))
    assert found is None, found


_AS_OFTEN = (  # what decides an answer stands in both languages, as often in each
    (r"at least one (?:thing|person)", r"pelo menos um(?:a coisa|a pessoa| objeto)"),
    (r"domain is not empty", r"domínio não é vazio"),
    (r"\(one or the other or both\)", r"\(um, o outro ou ambos\)"),
    (r"left out", r"omitid[oa]"),
)


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_what_decides_an_answer_is_said_as_in_the_english_twin(path: Path) -> None:
    english = path.parents[2] / "en" / path.relative_to(path.parents[1])
    for twin, portuguese in _AS_OFTEN:
        said, meant = re.findall(portuguese, _prose(path)), re.findall(twin, _prose(english))
        assert len(said) == len(meant), (portuguese, twin)


@pytest.mark.parametrize("stem", ["formalise", "formalise-choice", "read-back"])
def test_it_is_said_how_far_a_negation_reaches(stem: str) -> None:
    """`A lâmpada não está acesa só se …`: is that it is off, or that it is not `só se`?"""
    (path,) = (one for one in _texts() if one.stem == stem)
    assert '"não" nega apenas a oração a que pertence' in _prose(path)


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_every_world_is_not_everybody(path: Path) -> None:
    """`Todo mundo` is `everybody`; a world is `cada mundo`, and worlds are `todos os mundos`."""
    assert not re.search(r"\btodo (?:o )?mundo\b", _prose(path), re.IGNORECASE)


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_nothing_asked_about_seems_to_be_the_readers(path: Path) -> None:
    """`Qual é a sua tradução?` asks for the reader's own: of a formula, it is `dela`."""
    query = path.read_text(encoding="utf-8").partition("{% block query %}")[2]
    assert not re.search(r"(?:Qual|Quais) (?:é|são) [ao]s? (?:sua|seu)s?\b", query)


@pytest.mark.parametrize("path", _texts(), ids=lambda path: path.stem)
def test_no_answer_is_an_article(path: Path) -> None:
    """A scorer that looks for the answer in running text would find it everywhere."""
    answer = path.read_text(encoding="utf-8").partition("{% block answer %}")[2]
    assert not set(re.findall(r': "(\w+)"', answer)) & {"o", "a", "os", "as", "um", "uma"}
