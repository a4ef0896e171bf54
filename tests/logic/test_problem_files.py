"""Problem files are read in three formats, written in them, and refused with the place."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.logic.clauses import Clause, Literal
from evalsuite.logic.flaws import LogicError, SyntaxFlaw, TooLarge, Unsupported
from evalsuite.logic.limits import Limits
from evalsuite.logic.syntax import Atom, Formula, Function, Or, Truth
from evalsuite.logic.tableau import LOGICS, Logic
from evalsuite.logic.text import dimacs, reading, statements, tptp
from evalsuite.logic.text.statements import ClauseSet, Format, Inference, Stated
from tests.strategies import clauses, clauses_with_terms, closed, first_order, modal


def inference(*premises: str, conclusion: str | None = None, logic: Logic = "classical") -> Stated:
    return Inference(
        premises=tuple(map(reading.formula, premises)),
        conclusion=None if conclusion is None else reading.formula(conclusion),
        logic=logic,
    )


def clause_set(*texts: str) -> Stated:
    return ClauseSet(clauses=tuple(reading.clause(text, numbers=True) for text in texts))


def fails(text: str, format: Format | None = None) -> SyntaxFlaw:  # noqa: A002 - as in `read`
    with pytest.raises(SyntaxFlaw) as caught:
        statements.read(text, format=format)
    return caught.value


# ── our own text ────────────────────────────────────────────────────────────────────────────────

MODUS_PONENS = inference("P -> Q", "P", conclusion="Q")
OURS = {
    "P -> Q, P |- Q": MODUS_PONENS,
    "P → Q, P ⊢ Q": MODUS_PONENS,
    "P => Q, P |= Q.": MODUS_PONENS,
    "P -> Q, P ⊨ Q": MODUS_PONENS,
    "P -> Q, P therefore Q": MODUS_PONENS,
    "P -> Q, P ∴ Q": MODUS_PONENS,
    "P -> Q, P portanto Q": MODUS_PONENS,
    "premise: P -> Q\npremise: P\nconclusion: Q\n": MODUS_PONENS,
    "# modus ponens\r\n\r\npremissa: P -> Q\r\nPremissa : P\r\n  CONCLUSÃO: Q": MODUS_PONENS,
    "premise: P -> Q\nP |- Q": MODUS_PONENS,
    "|- P | ~P": inference(conclusion="P | ~P"),
    "P, ~P |-": inference("P", "~P"),
    "premise: P": inference("P"),
    "|-": inference(),
    "logic: s4\n[]P |- P": inference("[]P", conclusion="P", logic="S4"),
    "lógica: intuicionista\n|- P": inference(conclusion="P", logic="intuitionistic"),
    "logica: K\nconclusion: []P": inference(conclusion="[]P", logic="K"),
    "clause: ~P | Q\ncláusula: {P}\nclausula: #\n": clause_set("~P | Q", "P", "[]"),
    "logic: classical\nclause: P(x)": clause_set("P(x)"),
    "forall x, y. R(x, y), S |- exists x. R(x, a)": inference(
        "forall x. forall y. R(x, y)", "S", conclusion="exists x. R(x, a)"
    ),
    "premise: forall a. P(a)": inference("forall a. P(a)"),
}


@pytest.mark.parametrize("text", OURS)
def test_our_own_text_is_read(text: str) -> None:
    assert statements.read(text) == OURS[text]


WRONG = [
    ("", 1, 0, "nothing is stated: "),
    ("# nothing\n", 1, 9, "nothing is stated: "),
    ("P & Q", 1, 0, "this states nothing: "),
    ("P |- Q\nP |- R", 2, 0, "a second inference"),
    ("premise: P\nconclusion: P Q", 2, 14, "expected a connective or the end, found `Q`"),
    ("\n\n P, Q & |- R", 3, 7, "expected a formula, found the end"),
    ("P |- Q, R", 1, 6, "expected the end, found `,`"),
    ("foo: P", 1, 0, "no key `foo` is known: "),
    ("logic: S9", 1, 7, "expected one of classical, K,"),
    ("logic: K\nlogic: T", 2, 7, "a second logic"),
    ("conclusion: P\nconclusion: Q", 2, 12, "a second conclusion"),
    ("clause: P\npremise: P", 2, 9, "clauses and formulas in one problem"),
    ("clause: P\nP |- P", 2, 0, "clauses and formulas in one problem"),
    ("logic: K\nclause: P", 2, 8, "clauses are of classical logic, not of K"),
    ("clause: P & Q", 1, 10, "expected `|` or the end, found `&`"),
    ("P(a) |- Q(x)", 1, 10, "the variable `x` is free: "),
    ("premise: P(a)\npremise: Q & P", 2, 13, "the predicate `P` has 0 arguments here and 1 else"),
    ("clause: P(f(a))\nclause: P(f(a, b))", 2, 10, "the function `f` has 2 arguments here and 1"),
    ("premise: P & А", 1, 13, "`А` U+0410 (cyrillic capital letter a) is neither"),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), WRONG, ids=[o[0] for o in WRONG])
def test_what_is_wrong_is_told_with_its_line(
    text: str, line: int, column: int, message: str
) -> None:
    flaw = fails(text)
    assert flaw.message.startswith(message)
    assert (flaw.line, flaw.column) == (line, column)
    row = text.split("\n")[line - 1]
    assert flaw.text == row.rstrip()


@given(
    st.builds(
        Inference,
        premises=st.lists(first_order(max_leaves=4).map(closed), max_size=3).map(tuple),
        conclusion=st.none() | first_order(max_leaves=4).map(closed),
    )
)
def test_an_inference_is_read_as_it_was_written(stated: Inference) -> None:
    assert statements.read(statements.write(stated)) == stated
    if stated.premises or stated.conclusion is not None:
        assert statements.read(statements.write(stated, "tptp")) == stated


@given(st.sampled_from(LOGICS), modal())
def test_the_logic_is_read_as_it_was_written(logic: Logic, formula: Formula) -> None:
    stated = Inference(premises=(), conclusion=formula, logic=logic)
    assert statements.read(statements.write(stated)) == stated


@given(st.lists(clauses_with_terms(), min_size=1, max_size=5).map(tuple))
def test_clauses_are_read_as_they_were_written(drawn: tuple[Clause, ...]) -> None:
    stated = ClauseSet(clauses=drawn)
    assert statements.read(statements.write(stated)) == stated
    assert statements.read(statements.write(stated, "tptp")) == stated


def test_a_format_that_cannot_say_it_refuses() -> None:
    cases: list[tuple[Stated, Format]] = [
        (MODUS_PONENS, "dimacs"),
        (clause_set("P(a)"), "dimacs"),
        (inference("[]P", logic="K"), "tptp"),
        (inference("[]P"), "tptp"),
        (ClauseSet(clauses=()), "text"),
    ]
    for stated, form in cases:
        with pytest.raises(Unsupported):
            statements.write(stated, form)


# ── DIMACS ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text",
    [
        "p cnf 3 2\n1 -2 0\n3 0\n",
        "c a comment\nc\n\np  cnf 3 2 \n1\n-2 0 3\n0",
        "p cnf 3 2\r\n 1 -2 1 0\r\n3 0\r\n",
        "p cnf 7 2\nc between\n1 -2 0 3 0\n%\n0\n",
    ],
)
def test_dimacs_is_read(text: str) -> None:
    assert statements.read(text) == clause_set("x1 | ~x2", "x3")


@given(st.lists(clauses(), max_size=6).map(tuple))
def test_dimacs_keeps_the_clauses_but_for_names(drawn: tuple[Clause, ...]) -> None:
    text = dimacs.write(drawn)
    names = {
        words[1]: words[3]
        for words in map(str.split, text.splitlines())
        if len(words) == 4 and words[0] == "c"
    }
    back = [
        frozenset(
            Literal(atom=Atom(names.get(one.atom.name, one.atom.name)), positive=one.positive)
            for one in clause
        )
        for clause in dimacs.read(text)
    ]
    assert back == list(drawn)


def test_dimacs_keeps_variables_that_have_a_number() -> None:
    drawn = tuple(reading.clause(text) for text in ("x2 | ~P", "~x5 | x1 | Q", "[]"))
    assert dimacs.write(drawn) == ("c x3 = P\nc x4 = Q\np cnf 5 3\n2 -3 0\n1 4 -5 0\n0\n")
    assert dimacs.read("p cnf 0 0\n") == ()


WRONG_DIMACS = [
    ("", 1, 0, "expected `p cnf VARIABLES CLAUSES`"),
    ("1 2 0", 1, 0, "expected `p cnf VARIABLES CLAUSES`"),
    ("c\np cnf 2\n1 0", 2, 0, "expected `p cnf VARIABLES CLAUSES`"),
    ("p cnf 2 1\n1 -5 0", 2, 2, "`p cnf` says that there are 2 variables"),
    ("p cnf 2 1\n1 a 0", 2, 2, "expected a number, found `a`"),
    ("p cnf 2 1\n1 --2 0", 2, 2, "expected a number, found `-`"),
    ("p cnf 2 1\n1 02 0", 2, 2, "expected a number, found `02`"),
    ("p cnf 2 1\n1 2", 2, 3, "the last clause has no 0 at its end"),
    ("p cnf 2 2\n1 0", 1, 8, "1 clauses, but `p cnf` says 2"),
    ("p cnf 2 0\n1 0", 1, 8, "1 clauses, but `p cnf` says 0"),
    ("p cnf 2 1\n٣ 0", 2, 0, "expected a number, found `٣`"),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"), WRONG_DIMACS, ids=[one[0] for one in WRONG_DIMACS]
)
def test_what_is_wrong_with_dimacs_is_told(text: str, line: int, column: int, message: str) -> None:
    flaw = fails(text, "dimacs")
    assert (flaw.message, flaw.line, flaw.column) == (message, line, column)


# ── TPTP ────────────────────────────────────────────────────────────────────────────────────────

TPTP = {
    "% Socrates\nfof(all, axiom, ! [X] : (man(X) => mortal(X))).\n"
    "fof(s, hypothesis, man(socrates)). /* and\nso */ fof(g, conjecture, mortal(socrates)).": (
        inference("forall x. (man(x) -> mortal(x))", "man(socrates)", conclusion="mortal(socrates)")
    ),
    "fof(a, lemma, p & q & r). fof(b, definition, p | q | ~ r).": inference(
        "p & q & r", "p | q | ~r"
    ),
    "fof(a, plain, p <= q).fof(b, axiom, p <~> q).fof(c, axiom, p ~| q).fof(d, axiom, p ~& q).": (
        inference("q -> p", "p xor q", "~(p | q)", "~(p & q)")
    ),
    "fof(a, axiom, ? [X, Y] : r(X, f(Y)) <=> $true, file('x.p', a), [status(thm), 3.5]).": (
        inference("(exists x. exists y. r(x, f(y))) <-> true")
    ),
    "fof('a b', negated_conjecture, ~ 'Big'('X', 3)).": inference("~Big(X, 3)"),
    "fof(a, axiom, p(x) & or & 'P q' & '1' & all(X0)) .": None,
    "cnf(a, axiom, ~ p(X) | q(X, a)).\ncnf(b, negated_conjecture, (p(Y1))).": clause_set(
        "~p(x) | q(x, a)", "p(y1)"
    ),
    "cnf(a, axiom, $false). cnf(b, axiom, p | $false | ~ $true).": clause_set("[]", "p"),
    "cnf(a, axiom, p(X) | ~ q(Y)).fof(b, conjecture, q(c)).": inference(
        "forall x. forall y. (p(x) | ~q(y))", conclusion="q(c)"
    ),
    "cnf(a, axiom, $false).fof(b, axiom, p).": inference("false", "p"),
}


@pytest.mark.parametrize("text", [text for text, stated in TPTP.items() if stated])
def test_tptp_is_read(text: str) -> None:
    assert statements.read(text) == TPTP[text]


def test_names_of_tptp_become_ours_and_no_two_become_one() -> None:
    stated = statements.read(
        "fof(a, axiom, ! [X1, Foo, X, Bar] : (r(x, X1, Foo) & or & 'P q' & 'P+q' & 'P_q_s' "
        "& s(x_s, X, Bar)))."
    )
    assert stated == inference(
        "forall x1. forall x2. forall x. forall x3. (r(x_s1, x1, x2) & or_s & P_q_s1 & P_q_s2 "
        "& P_q_s & s(x_s, x, x3))"
    )


def test_a_variable_that_tptp_cannot_have_is_renamed() -> None:
    stated = Inference(premises=(reading.formula("forall n. P(n)"),), conclusion=None)
    assert statements.read(statements.write(stated, "tptp")) == inference("forall x1. P(x1)")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fof(a, axiom, p).\n\ninclude('Axioms/SET001.ax').", "line 3: `include` is not read"),
        ("tff(a, type, p: $i).", "line 1: `tff` is not read"),
        ("fof(a, axiom, a = b).", "line 1: equality is not read"),
        ("fof(a, axiom, ! [X] : f(X) != X).", "line 1: equality is not read"),
        ("cnf(a, axiom, p).\ncnf(a, axiom, p | X = b).", "line 2: equality is not read"),
        ("cnf(a, axiom, p | $true).", "line 1: a clause with `$true`"),
        ("fof(a, conjecture, p). fof(b, conjecture, q).", "more than one conjecture"),
        ("fof(a, axiom, p(a) & p).", "the predicate `p` has not always as many arguments"),
    ],
)
def test_what_is_not_read_of_tptp_is_named(text: str, message: str) -> None:
    with pytest.raises(Unsupported) as caught:
        statements.read(text)
    assert str(caught.value) == message


WRONG_TPTP = [
    ("", 1, 0, "expected `fof(…).` or `cnf(…).`, found the end"),
    ("fof(a, axiom, p & q | r).", 1, 20, "expected `&` or `)`, found `|`"),
    ("fof(a, axiom, p => q => r).", 1, 21, "expected"),
    ("fof(a, axiom, p)", 1, 16, "expected `.`, found the end"),
    ("fof(a, axiom, p).\nfof(b, axiom, p(X)).", 2, 16, "the variable `X` is not bound"),
    ("fof(a, axiom, p).\nfof(b, type, p).", 2, 7, "`type` is no role that is read here"),
    ("cnf(a, conjecture, p).", 1, 7, "`conjecture` is no role that is read here"),
    ("cnf(a, axiom, p & q).", 1, 16, "expected"),
    ("fof(a, axiom, P).", 1, 15, "expected"),
    ("fof(a, axiom, p & ).", 1, 18, "expected a formula, found `)`"),
    ("fof(a, axiom, p(f(), b)).", 1, 18, "expected a term, found `)`"),
    ("fof(a, axiom, ! [x] : p).", 1, 17, "expected a variable, found `x`"),
    ("P |- Q", 1, 0, "expected `fof` or `cnf`, found `P`"),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"), WRONG_TPTP, ids=[one[0] for one in WRONG_TPTP]
)
def test_what_is_wrong_with_tptp_is_told(text: str, line: int, column: int, message: str) -> None:
    flaw = fails(text, "tptp")
    assert (flaw.line, flaw.column) == (line, column)
    assert flaw.message.startswith(message)


def test_tptp_that_is_written_has_its_form() -> None:
    stated = inference("forall x. (P(x) -> ~q(x, a))", conclusion="exists y. (P(y) | S)")
    assert tptp.write(stated) == (
        "fof(p1, axiom, ! [X] : ('P'(X) => ~ q(X, a))).\n"
        "fof(goal, conjecture, ? [Y] : ('P'(Y) | 'S')).\n"
    )
    assert tptp.write(clause_set("~P(x) | q", "[]")) == (
        "cnf(c1, axiom, ~ 'P'(X) | q).\ncnf(c2, axiom, $false).\n"
    )


# ── which format ────────────────────────────────────────────────────────────────────────────────


def test_the_format_is_known_by_how_a_text_begins() -> None:
    assert statements.read("c P |- Q\np cnf 1 1\n1 0") == clause_set("x1")
    assert statements.read("/* P |- Q */ % \n fof (a, axiom, p).") == inference("p")
    assert statements.read("fof(a), p |- cnf(a)", format="text") == inference(
        "fof(a)", "p", conclusion="cnf(a)"
    )
    assert statements.read("p & c |- c") == inference("p & c", conclusion="c")


# ── bounds ──────────────────────────────────────────────────────────────────────────────────────

HOSTILE: dict[str, tuple[str, Format | None]] = {
    "ten megabytes": ("P |- Q\n" * 1_500_000, None),
    "lines": ("clause: P\n" * 100_000, None),
    "a deep premise": ("premise: " + "~" * 10_000 + "P", None),
    "a long premise": ("premise: " + "P & " * 400_000 + "P", None),
    "premises": ("P, " * 400_000 + "P |- P", None),
    "clauses": ("p cnf 1 100000\n" + "1 0\n" * 100_000, None),
    "clauses that are not announced": ("p cnf 1 1\n" + "1 0\n" * 100_000, None),
    "literals": ("p cnf 900000 1\n" + " ".join(map(str, range(1, 250_000))), None),
    "formulas": ("fof(a,axiom,p).\n" * 100_000, None),
    "a long formula": ("fof(a,axiom,p" + "&p" * 500_000 + ").", None),
    "a deep formula": ("fof(a,axiom," + "~" * 10_000 + "p).", None),
    "brackets": ("fof(a,axiom," + "(" * 10_000 + "p" + ")" * 10_000 + ").", None),
    "a long name": ("fof(a,axiom,p" + "p" * 10_000 + ").", None),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.usefixtures("promptly")
def test_what_is_too_large_is_refused_at_once(kind: str) -> None:
    statements.read("fof(a,axiom,p).")
    statements.read("P |- P")  # the grammars are compiled
    text, form = HOSTILE[kind]
    with pytest.raises(TooLarge):
        statements.read(text, format=form)


@pytest.mark.parametrize(
    "text",
    [
        "/*" * 900_000,
        "'" * 900_000,
        "%\n" * 900_000,
        "#\n" * 900_000,
        "c\n" * 900_000,
        "fof(" + "/*" * 900_000,
        "fof(" + "'\\" * 900_000,
        "\n" * 1_900_000,
        "p cnf " * 300_000,
    ],
    ids=lambda text: ascii(text[:8]),
)
@pytest.mark.usefixtures("promptly")
def test_what_is_no_problem_is_refused_at_once(text: str) -> None:
    statements.read("fof(a,axiom,p).")
    forms: tuple[Format | None, ...] = (None, "text", "dimacs", "tptp")
    for form in forms:
        with pytest.raises(LogicError):
            statements.read(text, format=form)


def test_limits_can_be_lowered() -> None:
    for text in ("clause: P\nclause: Q", "p cnf 1 2\n1 0 -1 0", "cnf(a,axiom,p).cnf(b,axiom,q)."):
        assert isinstance(statements.read(text, Limits(steps=2)), ClauseSet)
        with pytest.raises(TooLarge):
            statements.read(text, Limits(steps=1))


# ── any text ────────────────────────────────────────────────────────────────────────────────────

TOKENS = (
    "fof( cnf( a , axiom conjecture ! [X] : p(X) q ~ & | => <= ( ) ). . ' \" % /* */ \n p cnf 1 2 "
    "-1 0 c premise: conclusion: clause: logic: K |- P Q -> # $true $false = é А"
)


@given(
    st.one_of(st.text(), st.lists(st.sampled_from(TOKENS.split(" "))).map(" ".join)),
    st.sampled_from([None, "text", "dimacs", "tptp"]),
)
def test_any_text_is_read_or_refused(text: str, form: Format | None) -> None:
    with suppress(LogicError):
        stated = statements.read(text, format=form)
        assert isinstance(stated, Inference | ClauseSet)


def test_a_constant_and_a_truth_are_kept() -> None:
    stated = Inference(
        premises=(Or(Truth(False), Atom("P", (Function("3"),))),),
        conclusion=reading.formula("forall z. R(z, z)"),
    )
    assert statements.read(statements.write(stated)) == stated
