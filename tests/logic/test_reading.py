"""Every spelling is read, no trap is fallen into, and what is wrong is told with its place."""

from collections.abc import Callable
from contextlib import suppress
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.logic.clauses import EMPTY, Clause, Literal
from evalsuite.logic.flaws import LogicError, SyntaxFlaw, TooLarge
from evalsuite.logic.limits import Limits
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    Variable,
    Xor,
)
from evalsuite.logic.tableau import Signed
from evalsuite.logic.text import reading
from evalsuite.logic.text.names import RESERVED
from evalsuite.logic.writing import show


def words(text: str) -> list[str]:
    return text.split(" ")


def texts(text: str) -> list[str]:
    return [one.strip(" ") for one in text.split(";")]


P, Q, R = Atom("P"), Atom("Q"), Atom("R")
X, Y, A = Variable("x"), Variable("y"), Function("a")
PX = Atom("P", (X,))

SPELLINGS: dict[Formula, str] = {
    Not(P): r"~P; -P; ¬P; !P; not P; NOT P; − P; ∼P; \lnot P; \neg P; não P; ~ P; (~P); ~(P)",
    And(P, Q): r"P & Q; P && Q; P ∧ Q; P ^ Q; P and Q; P AND Q; P · Q; P /\ Q; P \land Q; "
    r"P \wedge Q; P \cdot Q; P e Q; P&Q; (P)and(Q)",
    Or(P, Q): r"P | Q; P || Q; P ∨ Q; P v Q; P or Q; P OR Q; P \/ Q; P \lor Q; P \vee Q; P ou Q; "
    "P|Q; (P)v(Q)",
    Implies(P, Q): r"P -> Q; P → Q; P => Q; P ⊃ Q; P --> Q; P ==> Q; P ⇒ Q; P \to Q; "
    r"P \rightarrow Q; P \Rightarrow Q; P \implies Q; P \supset Q; P implies Q; P->Q",
    Iff(P, Q): r"P <-> Q; P ↔ Q; P <=> Q; P ≡ Q; P <--> Q; P ⇔ Q; P \leftrightarrow Q; P \iff Q; "
    r"P \Leftrightarrow Q; P \equiv Q; P iff Q",
    Xor(P, Q): r"P xor Q; P ⊕ Q; P XOR Q; P \oplus Q; P ⊻ Q",
    Box(P): r"[]P; [] P; [ ]P; □P; box P; \Box P; \square P; □ P",
    Diamond(P): r"<>P; ◇P; ◊P; dia P; \Diamond P; \lozenge P",
    Forall("x", PX): r"forall x. P(x); forall x P(x); forall x: P(x); ∀x P(x); ∀xP(x); ∀x.P(x); "
    r"all x P(x); all x. P(x); (∀x)P(x); (∀x) (P(x)); \forall x\, P(x); \forall x P(x); "
    r"\forall x . P(x); FORALL x P(x); ∀x(P(x)); ∀ x · P(x)",
    Exists("x", PX): r"exists x. P(x); ∃x P(x); ∃xP(x); some x P(x); \exists x\, P(x)",
    Forall("x", Forall("y", Atom("R", (X, Y)))): "forall x. forall y. R(x,y); ∀x∀y R(x, y); "
    "∀x∀yR(x,y); forall x, y. R(x,y); forall x y. R(x,y); ∀x,y R(x,y); ∀x ∀y. R( x , y )",
    Truth(True): r"true; ⊤; $true; True; TRUE; \top",
    Truth(False): r"false; ⊥; $false; False; FALSE; \bot",
    And(P, Not(Q)): "P & ~Q; P and not Q; P &~ Q; P e não Q; P ∧ ¬Q",
}
CASES = [(text, meant) for meant, listed in SPELLINGS.items() for text in texts(listed)]


@pytest.mark.parametrize(("text", "meant"), CASES, ids=[text for text, _ in CASES])
def test_every_spelling_is_read(text: str, meant: Formula) -> None:
    assert reading.formula(text) == meant
    assert reading.formula(f"\n ({text})\t") == meant


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("~P & Q | R -> S", "(((~P) & Q) | R) -> S"),
        ("P -> Q -> R", "P -> (Q -> R)"),
        ("P & Q & R", "(P & Q) & R"),
        ("P | Q & R", "P | (Q & R)"),
        ("P -> Q <-> R", "(P -> Q) <-> R"),
        ("[]P -> <>P & Q", "([]P) -> ((<>P) & Q)"),
        ("forall x. P(x) & Q", "forall x. (P(x) & Q)"),
        ("forall x P(x) & Q", "(forall x. P(x)) & Q"),
        ("∀x∃y R(x,y) -> Q", "(∀x. (∃y. R(x,y))) -> Q"),
        ("~forall x. P(x) & Q", "~(forall x. (P(x) & Q))"),
        ("Q & forall x. P(x) -> R", "Q & (forall x. (P(x) -> R))"),
        ("Q -> forall x. P(x) <-> R", "Q -> (forall x. (P(x) <-> R))"),
        ("[]forall x. P(x) | Q", "[](forall x. (P(x) | Q))"),
        ("forall x exists y. R(x,y) & Q", "forall x. exists y. (R(x,y) & Q)"),
        ("P & Q.", "P & Q"),
        ("forall xP Q(xP)", "forall xP. (Q(xP))"),
        ("P_{12} & P₁'", "P_12 & P1'"),
        (r"\mathit{Mu\_x}(a)", "Mu_x(a)"),
        (r"\left( P \land Q \right)", "P & Q"),
        ("cafe\u0301", "café"),
    ],
)
def test_two_texts_mean_the_same(text: str, same: str) -> None:
    assert reading.formula(text) == reading.formula(same)


@pytest.mark.parametrize(
    "name",
    words(
        "v x e T F V trueish notable android orb forallx boxer iffy allx P1 x' não_sei Sócrates "
        "φ _p vv Truey somex p_q"
    ),
)
def test_a_word_that_only_begins_like_a_sign_is_a_name(name: str) -> None:
    assert reading.formula(name) == Atom(name)
    assert reading.formula(f"{name} v ~{name}") == Or(Atom(name), Not(Atom(name)))
    assert reading.clause(f"{name} v ~{name}") == {
        Literal(atom=Atom(name), positive=True),
        Literal(atom=Atom(name), positive=False),
    }


def test_v_and_e_are_signs_only_after_a_formula() -> None:
    v, e = Atom("v"), Atom("e")
    assert reading.formula("v v v") == Or(v, v)
    assert reading.formula("e e e") == And(e, e)
    assert reading.formula("v(a) v v") == Or(Atom("v", (A,)), v)
    with pytest.raises(SyntaxFlaw):
        reading.formula("P vQ")


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_the_words_of_the_language_are_no_names(word: str) -> None:
    for text in (f"P({word})", f"forall {word}. P", f"{word} {word} &"):
        with pytest.raises(SyntaxFlaw):
            reading.formula(text)
    with suppress(SyntaxFlaw):
        assert isinstance(reading.formula(word), Truth)


def test_the_grammar_and_the_list_of_words_agree() -> None:
    grammar = resources.files("evalsuite.logic.text").joinpath("grammar.lark").read_text()
    listed = grammar[grammar.index("NAME: /(?:(?!(?:") :].removeprefix("NAME: /(?:(?!(?:")
    assert frozenset(listed[: listed.index(")")].split("|")) == RESERVED


def test_minus_is_a_negation_and_no_part_of_an_arrow() -> None:
    assert reading.formula("-P->-Q") == Implies(Not(P), Not(Q))
    assert reading.formula("P|-Q") == Or(P, Not(Q))
    with pytest.raises(SyntaxFlaw):
        reading.formula("P |- Q")


def test_names_that_are_bound_are_variables_and_others_by_their_letter() -> None:
    read = reading.formula("forall a. P(a, b, x, f(a))")
    n, b = Variable("a"), Function("b")
    assert read == Forall("a", Atom("P", (n, b, X, Function("f", (n,)))))
    outside = reading.formula("(forall a. P(a)) & Q(a, 0)")
    assert outside == And(Forall("a", Atom("P", (n,))), Atom("Q", (Function("a"), Function("0"))))


# ── clauses ─────────────────────────────────────────────────────────────────────────────────────


def clause_of(*names: str) -> Clause:
    return frozenset(
        Literal(atom=Atom(name.removeprefix("~")), positive=name[0] != "~") for name in names
    )


@pytest.mark.parametrize(
    "text",
    texts(
        r"~P | Q; {~P, Q}; Q ∨ ¬P; Q or not P; \{\lnot P, Q\}; (~P | Q); ~P v (Q); {~P | Q}; "
        r"Q | (~(P) | Q); ~P|Q.; -P | Q; !P ou Q; \lnot P \lor Q"
    ),
)
def test_clauses_are_sets_in_every_spelling(text: str) -> None:
    assert reading.clause(text) == clause_of("~P", "Q")
    assert reading.clause(text, numbers=True) == clause_of("~P", "Q")


@pytest.mark.parametrize(
    "text",
    texts(
        "[]; {}; ⊥; □; #; $F; $false; FALSE; false; 0; ∅; { }; [\t]; False; □.; "
        r"\bot; \Box; \square; \emptyset; \{\}"
    ),
)
def test_the_empty_clause_has_many_spellings(text: str) -> None:
    assert reading.clause(text) == EMPTY
    assert reading.clause(text, numbers=True) == EMPTY


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("-3", ["~x3"]),
        ("~x3", ["~x3"]),
        ("1 -2 0", ["x1", "~x2"]),
        ("1 -2", ["x1", "~x2"]),
        ("7 0", ["x7"]),
        ("{1, -2}", ["x1", "~x2"]),
        ("1 | ¬2 v x3", ["x1", "~x2", "x3"]),
        ("12", ["x12"]),
    ],
)
def test_numbers_are_variables_of_dimacs_where_they_may(text: str, names: list[str]) -> None:
    assert reading.clause(text, numbers=True) == clause_of(*names)
    if "x3" not in text:
        with pytest.raises(SyntaxFlaw):
            reading.clause(text)


def test_a_clause_has_variables() -> None:
    assert reading.clause("P(x) | ~Q(f(a), x1)") == {
        Literal(atom=PX, positive=True),
        Literal(atom=Atom("Q", (Function("f", (A,)), Variable("x1"))), positive=False),
    }


def test_a_long_clause_is_not_deep() -> None:
    names = [f"P{index}" for index in range(3000)]
    assert reading.clause(" | ".join(names)) == clause_of(*names)
    assert reading.clause(f"{{{', '.join(names)}}}") == clause_of(*names)


def test_literals_are_read() -> None:
    assert reading.literal("¬P(x)") == Literal(atom=PX, positive=False)
    assert reading.literal("-3", numbers=True) == Literal(atom=Atom("x3"), positive=False)


# ── signed formulas, terms, substitutions ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "sign", "body", "world"),
    [
        ("T A|B", True, "A | B", ()),
        ("F: ~A", False, "~A", ()),
        ("F : A", False, "A", ()),
        ("V P", True, "P", ()),
        ("1.2 T []P", True, "[]P", (1, 2)),
        ("1: F P", False, "P", (1,)),
        ("1.1 ~P", False, "P", (1, 1)),
        ("1 []P", True, "[]P", (1,)),
        ("T ~P", True, "~P", ()),
        ("T -P", True, "~P", ()),
        ("T (P & Q)", True, "P & Q", ()),
        ("T(P & Q)", True, "P & Q", ()),
        ("T v", True, "v", ()),
        ("T T", True, "T", ()),
        ("F F -> T", False, "F -> T", ()),
        ("1 T", True, "T", (1,)),
    ],
)
def test_signed_formulas_are_read(
    *, text: str, sign: bool, body: str, world: tuple[int, ...]
) -> None:
    meant = Signed(sign=sign, formula=reading.formula(body), world=world)
    assert reading.signed(text) == meant


@pytest.mark.parametrize("text", ["T", "F", "T -> P", "T v P", "F(a)", "T(a, b)", "~A", "F & T"])
def test_a_formula_without_a_sign_is_a_formula(text: str) -> None:
    assert reading.signed(text) == reading.formula(text)


@pytest.mark.parametrize(
    "text",
    texts(
        "x -> a; {x->a}; x ↦ a; x := a; x = a; x/a; [x/a]; [a/x]; (x/a); a/x; {x = a}; "
        r"\{x \mapsto a\}; { x→a }; x |-> a; {x<-a}"
    ),
)
def test_substitutions_have_many_spellings(text: str) -> None:
    assert reading.substitution(text) == {"x": A}


def test_substitutions_have_many_bindings_or_none() -> None:
    assert reading.substitution("{x->a, y->f(b); z:=x}") == {
        "x": A,
        "y": Function("f", (Function("b"),)),
        "z": X,
    }
    assert reading.substitution("x/y") == {"x": Y}
    assert reading.substitution("a := b") == {"a": Function("b")}
    assert reading.substitution("a/b") == {"a": Function("b")}
    assert reading.substitution("{}") == reading.substitution("[ ]") == {}


def test_terms_are_read() -> None:
    assert reading.term("f(x, g(a), 3)") == Function("f", (X, Function("g", (A,)), Function("3")))
    assert reading.term("w_1'") == Variable("w_1'")


# ── what is wrong ───────────────────────────────────────────────────────────────────────────────

READERS: dict[str, Callable[[str], object]] = {
    "formula": reading.formula,
    "clause": reading.clause,
    "signed": reading.signed,
    "term": reading.term,
    "substitution": reading.substitution,
    "literal": reading.literal,
}
WRONG = [
    ("formula", "", 0, "expected a formula, found the end"),
    ("formula", "P & )", 4, "expected a formula, found `)`"),
    ("formula", "(P | Q", 6, "expected `)`, found the end"),
    ("formula", "P Q", 2, "expected a connective or the end, found `Q`"),
    ("formula", "P & -> Q", 4, "expected a formula, found `->`"),
    ("formula", "P and and Q", 6, "expected a formula, found `and`"),
    ("formula", "A <-> B <-> C", 8, "`<->` and `xor` do not chain: use brackets"),
    ("formula", "A <-> B xor C", 8, "`<->` and `xor` do not chain: use brackets"),
    ("formula", "forall x. A <-> B <-> C", 18, "`<->` and `xor` do not chain: use brackets"),
    ("formula", "P(x y)", 4, "expected `,` or `)`, found `y`"),
    ("formula", "P(x <-> y)", 4, "expected `,` or `)`, found `<->`"),
    ("formula", "P()", 2, "expected a term, found `)`"),
    ("formula", "forall . P", 7, "expected a variable, found `.`"),
    ("formula", "forall x, P(x)", 8, "expected a formula, found `,`"),
    ("formula", "P = Q", 2, "expected a connective or the end, found `=`"),
    ("formula", "P & #", 4, "expected a formula, found `#`"),
    ("formula", "P..", 1, "expected a connective or the end, found `.`"),
    ("formula", "P\x00", 1, "expected a connective or the end, found U+0000 (no character)"),
    (
        "formula",
        "P & А",
        4,
        "`А` U+0410 (cyrillic capital letter a) is neither a letter of a name nor a sign",
    ),
    (
        "formula",
        "Ρ",
        0,
        "`Ρ` U+03A1 (greek capital letter rho) is neither a letter of a name nor a sign",
    ),
    (
        "formula",
        "P\u202e",
        1,
        "U+202E (right-to-left override) is neither a letter of a name nor a sign",
    ),
    ("clause", "~~P", 1, "expected an atom, found `~`"),
    ("clause", "P & Q", 2, "expected `|` or the end, found `&`"),
    ("clause", "P -> Q", 2, "expected `|` or the end, found `->`"),
    ("clause", "true", 0, "expected a clause, found `true`"),
    ("clause", "P | []", 4, "expected a literal, found `[`"),
    ("clause", "P | false", 4, "expected a literal, found `false`"),
    ("clause", "~(P | Q)", 4, "expected `)`, found `|`"),
    ("clause", "{P, Q", 5, "expected `,` or `}`, found the end"),
    ("clause", "-3", 1, "expected an atom, found `3`"),
    ("signed", "T: ", 2, "expected a formula, found the end"),
    ("signed", "T -> P &", 8, "expected a formula, found the end"),
    ("signed", "1.2 T P Q", 8, "expected a connective or the end, found `Q`"),
    ("term", "f(", 2, "expected a term, found the end"),
    ("substitution", "{x->a, x->b}", 7, "two terms for `x`"),
    ("substitution", "f(a)/b", 4, "expected a variable beside `/`"),
    ("substitution", "{x -> }", 6, "expected a term, found `}`"),
    ("substitution", "x", 1, "expected `->`, found the end"),
    ("literal", "P | Q", 2, "expected the end, found `|`"),
]


@pytest.mark.parametrize(
    ("reader", "text", "column", "message"), WRONG, ids=[f"{one[0]} {one[1]!r}" for one in WRONG]
)
def test_what_is_wrong_is_told_with_its_place(
    reader: str, text: str, column: int, message: str
) -> None:
    with pytest.raises(SyntaxFlaw) as caught:
        READERS[reader](text)
    assert (caught.value.message, caught.value.column) == (message, column)
    assert caught.value.line == 1


def test_the_line_of_a_flaw_is_counted_from_where_the_text_begins() -> None:
    with pytest.raises(SyntaxFlaw) as caught:
        reading.formula("P &\n  Q R\n", line=7)
    assert str(caught.value).splitlines() == [
        "line 8: expected a connective or the end, found `R`",
        "    Q R",
        "      ^",
    ]


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_long_line_is_cut_around_the_place(before: int, after: int) -> None:
    text = "P & " * before + "?" + " & P" * after
    with pytest.raises(SyntaxFlaw) as caught:
        reading.formula(text)
    assert len(caught.value.text) <= 70
    assert caught.value.text[caught.value.column] == "?"


# ── bounds ──────────────────────────────────────────────────────────────────────────────────────

HOSTILE = {
    "tildes": "~" * 10_000 + "P",
    "brackets": "(" * 10_000 + "P" + ")" * 10_000,
    "open brackets": "(" * 1_900_000,
    "functions": "P(" + "f(" * 10_000 + "a" + ")" * 10_001,
    "a long chain": " & ".join(["P"] * 1000),
    "many symbols": "P & " * 400_000 + "P",
    "ten megabytes": "P" * 10_000_000,
    "a long name": "P" * 1_000_000,
    "quantifiers": "forall x. " * 9_000 + "P",
    "odd quantifiers": "forall a. " * 6_000 + "P(a)",
    "variables": "forall " + ", ".join(["a"] * 9_000) + ". P(a)",
    "implications": "P -> " * 9_000 + "P",
    "boxes": "[]" * 9_000 + "P",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.usefixtures("promptly")
def test_what_is_too_large_is_refused_at_once(kind: str) -> None:
    reading.formula("P")  # the grammar is compiled
    with pytest.raises(TooLarge):
        reading.formula(HOSTILE[kind])


@pytest.mark.parametrize(
    "text",
    [
        "a" + "\u0315\u0300" * 500_000,
        "\u0301" * 1_000_000,
        "\\" * 500_000,
        "$" * 900_000,
        "forall " + "a " * 9_000,
        "P_{" * 9_000,
        "\\mathit{" * 9_000,
        "{" * 100,
        " " * 1_900_000,
    ],
    ids=lambda text: ascii(text[:8]),
)
@pytest.mark.usefixtures("promptly")
def test_what_is_no_formula_is_refused_at_once(text: str) -> None:
    reading.formula("P")
    with pytest.raises(LogicError):
        reading.formula(text)


def test_limits_can_be_raised_and_lowered() -> None:
    assert show(reading.formula("~~~P", Limits(depth=4))) == "~~~P"
    for limits in (Limits(depth=3), Limits(characters=3), Limits(size=3)):
        with pytest.raises(TooLarge):
            reading.formula("~~~P", limits)
    with pytest.raises(TooLarge):
        reading.formula("Name", Limits(name=3))
    with pytest.raises(TooLarge):
        reading.clause("P(f(f(f(a))))", Limits(depth=4))
    with pytest.raises(TooLarge):
        reading.term("f(f(f(a)))", Limits(depth=3))
    with pytest.raises(TooLarge):
        reading.substitution("{x -> f(f(f(a)))}", Limits(depth=3))


# ── any text ────────────────────────────────────────────────────────────────────────────────────

TOKENS = words(
    r"P Q x y a v e T F ~ - ! & | ^ -> <-> xor ( ) { } [ ] , . : ; / := = |-> |- [] <> forall ∃ "
    r"∀x exists all not and or true $F $false # 0 1 -3 12 1.2 \lor \forall \mathit{ab} _ ' é А"
)


@given(st.one_of(st.text(), st.lists(st.sampled_from(TOKENS)).map(" ".join)))
@pytest.mark.parametrize("reader", READERS)
def test_any_text_is_read_or_refused(reader: str, text: str) -> None:
    with suppress(LogicError):
        READERS[reader](text)
    with suppress(LogicError):
        reading.clause(text, numbers=True)


@given(st.lists(st.sampled_from(TOKENS), max_size=8).map(" ".join))
def test_what_is_read_is_read_the_same_as_it_is_written(text: str) -> None:
    with suppress(LogicError):
        formula = reading.formula(text)
        assert reading.formula(show(formula)) == formula
