"""What is written is read back as it was, in every style; in words it can be meant in one way."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.semantics import valuations, value
from evalsuite.logic.syntax import (
    And,
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Truth,
    Variable,
    atoms,
    rename,
    subformulas,
)
from evalsuite.logic.text import reading, tptp
from evalsuite.logic.text.stated import Inference
from evalsuite.logic.text.words import Language, Lexicon, words
from evalsuite.logic.writing import Style, show, show_term
from tests.strategies import (
    LETTERS,
    clauses_with_terms,
    closed,
    first_order,
    formulas,
    modal,
    terms,
)

NAMES = ["P", "v", "x", "T", "F", "Human", "is_big", "P1'", "Sócrates", "trueish", "φ", "e", "_p"]
READABLE: tuple[Style, ...] = ("ascii", "unicode", "latex")
named = st.builds(
    lambda formula, names: rename(formula, dict(zip(LETTERS, names, strict=False))),
    formulas(max_leaves=10),
    st.permutations(NAMES),
)


@pytest.mark.parametrize("style", READABLE)
@given(st.one_of(named, first_order(max_leaves=10), modal(max_leaves=10)))
def test_a_formula_is_read_as_it_was_written(style: Style, formula: Formula) -> None:
    assert reading.formula(show(formula, style)) == formula


@given(first_order(max_leaves=10).map(closed))
def test_a_closed_formula_is_read_from_tptp_as_it_was_written(formula: Formula) -> None:
    text = f"fof(f, axiom, {show(formula, 'tptp')})."
    assert tptp.read(text) == Inference(premises=(formula,), conclusion=None)


@pytest.mark.parametrize("style", READABLE)
@given(terms())
def test_a_term_is_read_as_it_was_written(style: Style, term: Term) -> None:
    assert reading.term(show_term(term, style)) == term


@given(clauses_with_terms())
def test_a_clause_is_read_as_it_was_written(clause: Clause) -> None:
    assert reading.clause(show_clause(clause)) == clause


@given(st.one_of(first_order(), modal()))
def test_no_two_formulas_are_written_alike(formula: Formula) -> None:
    for style in READABLE:
        for one, other in pairwise(subformulas(formula)):
            assert (show(one, style) == show(other, style)) == (one == other)


STYLES = {
    "forall x. (P(x) -> ~Q(a) | R & S)": (
        "∀x (P(x) → ¬Q(a) ∨ R ∧ S)",
        r"\forall x\, (P(x) \to \lnot Q(a) \lor R \land S)",
        "! [X] : ('P'(X) => (~ 'Q'(a) | ('R' & 'S')))",
    ),
    "exists y1. forall z. R(y1, z)": (
        "∃y1 ∀z R(y1, z)",
        r"\exists \mathit{y1}\, \forall z\, R(\mathit{y1}, z)",
        "? [Y1] : ! [Z] : 'R'(Y1, Z)",
    ),
    "(P <-> Q) xor true": (
        "(P ↔ Q) ⊕ ⊤",
        r"(P \leftrightarrow Q) \oplus \top",
        "('P' <=> 'Q') <~> $true",
    ),
    "P & Q & ~(P | Q | R)": (
        "P ∧ Q ∧ ¬(P ∨ Q ∨ R)",
        r"P \land Q \land \lnot (P \lor Q \lor R)",
        "'P' & 'Q' & ~ ('P' | 'Q' | 'R')",
    ),
    "P & (Q & R)": ("P ∧ (Q ∧ R)", r"P \land (Q \land R)", "'P' & ('Q' & 'R')"),
    "is_big(al)": ("is_big(al)", r"\mathit{is\_big}(\mathit{al})", "is_big(al)"),
}


@pytest.mark.parametrize("text", STYLES)
def test_each_style_has_its_signs(text: str) -> None:
    formula = reading.formula(text)
    assert show(formula) == text
    assert (show(formula, "unicode"), show(formula, "latex"), show(formula, "tptp")) == STYLES[text]


def test_boxes_have_each_their_sign_but_tptp_has_none() -> None:
    formula = reading.formula("[](P -> <>P)")
    assert show(formula, "unicode") == "□(P → ◇P)"
    assert show(formula, "latex") == r"\Box (P \to \Diamond P)"
    with pytest.raises(Unsupported):
        show(formula, "tptp")


@given(st.lists(st.text(alphabet="xyaé'_1ß", min_size=1), unique=True, min_size=2, max_size=6))
def test_no_two_variables_are_one_in_tptp(names: list[str]) -> None:
    shown = [show_term(Variable(name), "tptp") for name in names]
    assert len(set(shown)) == len(names)
    assert all(one[0].isupper() and one.replace("_", "").isalnum() for one in shown)


@given(st.lists(st.text(), unique=True, min_size=2, max_size=6))
def test_no_two_constants_are_one_in_tptp(names: list[str]) -> None:
    assert len({show_term(Function(name), "tptp") for name in names}) == len(names)


# ── words ───────────────────────────────────────────────────────────────────────────────────────

EXAMPLES = {
    "P & ~Q": ("P and not Q", "P e não Q"),
    "P -> Q": ("if P, then Q", "se P, então Q"),
    "P & Q -> R | S": ("if P and Q, then R or S", "se P e Q, então R ou S"),
    "(P -> Q) & ~R": ("(if P, then Q) and not R", "(se P, então Q) e não R"),
    "P & Q | R": ("either P and Q, or R", "P e Q, ou R"),
    "(P | Q) & R": ("both P or Q, and R", "P ou Q, e R"),
    "(P | Q) & R & S": ("P or Q, and R, and S", "P ou Q, e R, e S"),
    "~(P & Q)": ("it is not the case that both P and Q", "não é o caso que (P e Q)"),
    "~(P | Q)": ("it is not the case that either P or Q", "não é o caso que (P ou Q)"),
    "~(P & Q & R)": (
        "it is not the case that (P and Q and R)",
        "não é o caso que (P e Q e R)",
    ),
    "~(P -> Q)": (
        "it is not the case that if P, then Q",
        "não é o caso que, se P, então Q",
    ),
    "~~P": ("it is not the case that not P", "não é o caso que não P"),
    "P xor Q": ("either P or Q, but not both", "ou P ou Q, mas não ambos"),
    "P <-> Q & R": ("P if and only if (Q and R)", "P se e somente se (Q e R)"),
    "forall x. (A(x) -> exists y. R(x, y))": (
        "for every x, if A(x), then (there is some y such that R(x, y))",
        "para todo x, se A(x), então (existe algum y tal que R(x, y))",
    ),
    "[]P -> <>P": (
        "if (necessarily, P), then (possibly, P)",
        "se (necessariamente, P), então (possivelmente, P)",
    ),
    "~true | false": (
        "(it is not the case that a tautology holds) or a contradiction holds",
        "(não é o caso que vale uma tautologia) ou vale uma contradição",
    ),
}


@pytest.mark.parametrize("text", EXAMPLES)
def test_formulas_in_words(text: str) -> None:
    formula = reading.formula(text)
    assert (words(formula, "en"), words(formula, "pt")) == EXAMPLES[text]


def test_a_lexicon_gives_sentences() -> None:
    lexicon = Lexicon(
        sentences={
            "P": ("chove", "não chove"),
            "M": ("{} é mortal", "{} não é mortal"),
            "L": ("{} ama {}", "{} não ama {}"),
        },
        names={"s": "Sócrates", "m": "Maria"},
    )
    formula = reading.formula("P & M(s) -> ~L(m, s) | ~P | Q(s)")
    assert words(formula, "pt", lexicon) == (
        "se chove e Sócrates é mortal, então Maria não ama Sócrates ou não chove ou Q(Sócrates)"
    )


@pytest.mark.parametrize("language", ["en", "pt"])
@settings(max_examples=40)
@given(st.lists(formulas("PQ", 4), min_size=60, max_size=60))
def test_the_same_words_mean_the_same(language: Language, drawn: list[Formula]) -> None:
    said: dict[str, tuple[bool, ...]] = {}
    for formula in drawn:
        table = tuple(value(formula, row) for row in valuations("PQ"))
        assert said.setdefault(words(formula, language), table) == table


SMALL: list[Formula] = [Atom("P"), Atom("Q"), Not(Atom("P"))]
PAIRS = [make(one, other) for make in (And, Or, Implies, Iff) for one in SMALL for other in SMALL]
WHOLES = [
    *SMALL,
    *PAIRS,
    *map(Not, PAIRS),
    *(make(one, other) for make in (And, Or, Implies, Iff) for one in PAIRS for other in SMALL),
    *(make(one, other) for make in (And, Or, Implies, Iff) for one in SMALL for other in PAIRS),
    *(Not(make(one, other)) for make in (And, Or, Implies) for one in PAIRS for other in SMALL),
]


@pytest.mark.parametrize("language", ["en", "pt"])
def test_no_small_formulas_share_words_but_not_their_meaning(language: Language) -> None:
    said: dict[str, tuple[bool, ...]] = {}
    for formula in WHOLES:
        table = tuple(value(formula, row) for row in valuations("PQ"))
        assert said.setdefault(words(formula, language), table) == table


@given(st.one_of(first_order(), modal()))
def test_every_formula_has_words_with_brackets_in_pairs(formula: Formula) -> None:
    for language in ("en", "pt"):
        text = words(formula, language)
        assert text.count("(") == text.count(")")
        assert all(name in text for name in atoms(formula))


def test_quantifiers_reach_to_the_end_of_their_brackets() -> None:
    inside = Forall("x", And(Atom("P", (Variable("x"),)), Atom("Q")))
    outside = And(Forall("x", Atom("P", (Variable("x"),))), Atom("Q"))
    assert words(inside, "en") == "for every x, P(x) and Q"
    assert words(outside, "en") == "(for every x, P(x)) and Q"
    assert words(Exists("x", Not(Truth(True))), "pt") == (
        "existe algum x tal que não é o caso que vale uma tautologia"
    )
