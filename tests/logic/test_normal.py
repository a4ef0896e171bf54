"""Normal forms, and the judges of answers that should be in one."""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings

from evalsuite.logic import smt
from evalsuite.logic.clauses import EMPTY, Clause, Literal, literal, variables
from evalsuite.logic.flaws import TooLarge, Unsupported
from evalsuite.logic.forms import (
    Form,
    form_flaw,
    is_clausal,
    is_clausal_form,
    is_cnf,
    is_definitional,
    is_dnf,
    is_nnf,
    is_prenex,
    is_skolem,
    is_skolemisation,
    same_meaning,
    same_truth,
)
from evalsuite.logic.negations import symbols
from evalsuite.logic.normal import (
    clausal,
    clauses_of,
    cnf,
    cnf_clauses,
    conjunction,
    dnf,
    formula_of,
    nnf,
    prenex,
    simplified,
    skolem,
    tseitin,
)
from evalsuite.logic.semantics import clause_value, valuations, value
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
    Term,
    Truth,
    Variable,
    Xor,
    atoms,
    constants,
    depth,
    subformulas,
)
from tests.logic.random_problems import first_order, inference
from tests.strategies import rngs

P, Q, R = map(Atom, "PQR")
X, Y, Z = map(Variable, "xyz")
A, B, C = map(Function, "abc")
TIME = 1000  # milliseconds for z3


def p(*args: Term) -> Atom:
    return Atom("P", args)


def q(*args: Term) -> Atom:
    return Atom("Q", args)


def r(*args: Term) -> Atom:
    return Atom("R", args)


def f(*args: Term) -> Function:
    return Function("f", args)


def propositional(rng: Random) -> Formula:
    return inference(rng)[1]


def quantified(rng: Random) -> Formula:
    return first_order(rng)[1]


def nested(join: Callable[[Formula, Formula], Formula], count: int, *, right: bool) -> Formula:
    whole: Formula = P
    for index in range(count):
        part = Atom(f"P{index}")
        whole = join(part, whole) if right else join(whole, part)
    return whole


# ── propositional forms ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("make", "is_form"), [(nnf, is_nnf), (cnf, is_cnf), (dnf, is_dnf), (simplified, None)]
)
@given(rng=rngs)
def test_a_normal_form_has_the_same_truth_table_and_is_in_form(
    make: Callable[[Formula], Formula], is_form: Callable[[Formula], bool] | None, rng: Random
) -> None:
    formula = propositional(rng)
    made = make(formula)
    assert is_form is None or is_form(made)
    assert set(atoms(made)) <= set(atoms(formula))
    for row in valuations(atoms(formula)):
        assert value(made, row) == value(formula, row)
    assert same_truth(formula, made)
    assert not same_truth(formula, Not(made))


@given(rngs)
def test_simplified_formulas_have_no_constants_inside(rng: Random) -> None:
    made = simplified(propositional(rng))
    assert isinstance(made, Truth) or not any(isinstance(one, Truth) for one in subformulas(made))


@given(rngs)
def test_clauses_of_a_normal_form_are_read_back(rng: Random) -> None:
    formula = propositional(rng)
    clauses = cnf_clauses(formula)
    assert set(clauses_of(cnf(formula))) == set(clauses)
    assert clauses_of(formula_of(clauses)) == clauses
    assert not any(one < other for one in clauses for other in clauses)


@given(rngs)
def test_tseitins_clauses_have_the_formulas_models_each_in_one_way(rng: Random) -> None:
    formula = propositional(rng)
    made = tseitin(formula)
    new = sorted(made.definitions)
    assert not set(new) & set(atoms(formula))
    for row in valuations(atoms(formula)):
        full = dict(row)
        for name, part in made.definitions.items():
            full[name] = value(part, full)
        holds = all(clause_value(clause, full) for clause in made.clauses)
        assert holds == value(formula, row)
        for name in new[:3]:
            flipped = {**full, name: not full[name]}
            assert not all(clause_value(clause, flipped) for clause in made.clauses)
    assert is_definitional(formula_of(made.clauses), formula) == "yes"


@given(rngs, rngs)
def test_clauses_of_another_formula_are_no_tseitin_form(rng: Random, other: Random) -> None:
    formula, wrong = propositional(rng), propositional(other)
    for name in atoms(wrong):  # else they would count as new, and be forgotten
        formula = And(formula, Or(Atom(name), Not(Atom(name))))
    answer = formula_of(tseitin(wrong).clauses)
    assert is_definitional(answer, formula) == ("yes" if same_truth(formula, wrong) else "no")


def test_a_form_that_loses_a_model_is_no_tseitin_form() -> None:
    whole = formula_of(tseitin(Or(P, Q)).clauses)
    assert is_definitional(And(whole, P), Or(P, Q)) == "no"
    assert is_definitional(Or(P, Q), Or(P, Q)) == "yes"
    one_way = And(Atom("t1"), Implies(Atom("t1"), Or(P, Q)))  # Plaisted & Greenbaum 1986
    assert is_definitional(one_way, Or(P, Q)) == "yes"
    assert is_definitional(Atom("t1"), Or(P, Q)) == "no"


def test_new_atoms_are_not_called_as_old_ones() -> None:
    made = tseitin(And(Atom("t1"), Atom("t2")))
    assert list(made.definitions) == ["t3"]


def test_equal_parts_have_one_name() -> None:
    made = tseitin(Iff(And(P, Q), Not(And(P, Q))))
    assert len(made.definitions) == 2


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (Or(P, Not(P)), Truth(True)),
        (And(P, Not(P)), And(P, Not(P))),
        (Truth(False), Truth(False)),
        (Implies(P, Q), Or(Not(P), Q)),
        (Or(P, And(Q, R)), And(Or(P, Q), Or(P, R))),
        (Or(P, And(P, Q)), P),
    ],
)
def test_the_conjunctive_form_is_as_expected(formula: Formula, expected: Formula) -> None:
    assert cnf(formula) == expected


def test_the_disjunctive_form_is_as_expected() -> None:
    assert dnf(And(P, Or(Q, R))) == Or(And(P, Q), And(P, R))
    assert dnf(And(P, Not(P))) == Truth(False)


def test_parity_has_all_its_clauses() -> None:
    parity = nested(Xor, 7, right=False)
    assert len(cnf_clauses(parity)) == 2**7
    assert is_cnf(cnf(parity))


# ── first-order forms ───────────────────────────────────────────────────────────────────────────


@settings(max_examples=60)
@given(rngs)
def test_prenex_form_is_equivalent(rng: Random) -> None:
    formula = quantified(rng)
    made = prenex(formula)
    assert is_prenex(made)
    assert same_meaning(formula, made, milliseconds=TIME) != "no"


@settings(max_examples=60)
@given(rngs)
def test_negation_normal_form_is_equivalent(rng: Random) -> None:
    formula = quantified(rng)
    made = nnf(formula)
    assert is_nnf(made)
    assert same_meaning(formula, made, milliseconds=TIME) != "no"


@settings(max_examples=60)
@given(rngs)
def test_skolem_and_clausal_form_have_the_formulas_models(rng: Random) -> None:
    formula = quantified(rng)
    made, clauses = skolem(formula), clausal([formula])
    assert is_skolem(made)
    assert is_skolemisation(made, formula, milliseconds=TIME) != "no"
    assert is_clausal_form(clauses, [formula], milliseconds=TIME) != "no"


def test_z3_decides_most_forms() -> None:
    answers = Counter[str]()
    for seed in range(40):
        formula = quantified(Random(seed))
        answers[same_meaning(formula, prenex(formula), milliseconds=TIME)] += 1
        answers[is_skolemisation(skolem(formula), formula, milliseconds=TIME)] += 1
    assert answers["yes"] >= 76
    assert not answers["no"]


@settings(max_examples=60)
@given(rngs)
def test_clauses_are_satisfiable_iff_the_formulas_are(rng: Random) -> None:
    premises, conclusion = first_order(rng)
    given_formulas = (*premises, Not(conclusion))
    before = smt.satisfiable(given_formulas, milliseconds=TIME)
    after = smt.satisfiable_clauses(clausal(given_formulas), milliseconds=TIME)
    assert {before, after} != {"yes", "no"}


@given(rngs)
def test_variables_of_clauses_look_like_variables(rng: Random) -> None:
    premises, conclusion = first_order(rng)
    for clause in clausal([*premises, conclusion]):
        assert all(re.fullmatch(r"[u-z][0-9_']*", name) for name in variables(clause))


def test_other_names_of_variables_are_replaced() -> None:
    formula = Forall("a", Forall("X", p(Variable("a"), Variable("X"))))
    (clause,) = clausal([formula])
    assert len(variables(clause)) == 2
    assert all(re.fullmatch(r"[u-z][0-9_']*", name) for name in variables(clause))


# Each trap: a formula, a right answer that is not the only one, and a wrong one.
TRAPS: dict[str, tuple[Formula, Formula, Formula]] = {
    "a choice depends on the universal variable around it": (
        Forall("x", Exists("y", r(X, Y))),
        r(X, f(X)),
        r(X, C),
    ),
    "a choice does not depend on what comes after it": (
        Exists("y", Forall("x", r(X, Y))),
        r(X, C),
        r(X, f(X)),
    ),
    "a negated universal quantifier is existential": (
        Not(Forall("x", p(X))),
        Not(p(C)),
        Not(p(X)),
    ),
    "so is one to the left of an arrow": (
        Implies(Forall("x", p(X)), Forall("y", q(Y))),
        Or(Not(p(C)), q(Y)),
        Or(Not(p(X)), q(Y)),
    ),
    "an existential one to the left is universal": (
        Implies(Exists("x", p(X)), Q),
        Or(Not(p(X)), Q),
        Or(Not(p(C)), Q),
    ),
    "two choices are two": (
        And(Exists("x", p(X)), Exists("x", Not(p(X)))),
        And(p(B), Not(p(C))),
        And(p(C), Not(p(C))),
    ),
    "a constant that is there already is not new": (
        And(q(A), Exists("x", p(X))),
        And(q(A), p(C)),
        And(q(A), p(A)),
    ),
    "an inner variable hides an outer one of its name": (
        Forall("x", Or(p(X), Exists("x", q(X)))),
        Or(p(X), q(C)),
        Or(p(X), q(X)),
    ),
    "a choice may name a variable that it does not need": (
        Forall("x", Exists("y", p(Y))),
        p(f(X)),
        p(X),
    ),
    "a choice in each half of a biconditional is its own": (
        Iff(Exists("x", p(X)), Q),
        And(Or(Not(p(X)), Q), Or(p(C), Not(Q))),
        And(Or(Not(p(C)), Q), Or(p(C), Not(Q))),
    ),
    "what is chosen first does not see what is chosen for later": (
        Forall("x", Exists("y", Forall("z", r(X, Y, Z)))),
        r(X, f(X), Z),
        r(X, f(X, Z), Z),
    ),
    "the order of universal quantifiers does not matter": (
        Forall("x", Forall("y", Exists("z", r(X, Y, Z)))),
        r(X, Y, f(Y, X)),
        r(X, Y, f(Y)),
    ),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_of_skolemisation_is_seen(name: str) -> None:
    formula, right, wrong = TRAPS[name]
    assert is_skolemisation(right, formula, milliseconds=TIME) == "yes"
    assert is_skolemisation(wrong, formula, milliseconds=TIME) == "no"
    assert is_skolemisation(skolem(formula), formula, milliseconds=TIME) == "yes"
    closed = Forall("x", Forall("y", Forall("z", right)))
    assert is_skolemisation(closed, formula, milliseconds=TIME) == "yes"


def test_functions_take_the_variables_they_depend_on_and_no_others() -> None:
    formula = Forall("x", And(Exists("y", r(X, Y)), Forall("z", Exists("y", q(Y, Z)))))
    expected = And(r(X, Function("sk1", (X,))), q(Function("sk2", (Z,)), Z))
    assert skolem(formula) == Forall("x", Forall("z", expected))


def test_different_formulas_have_different_skolem_functions() -> None:
    clauses = clausal([Exists("x", p(X)), Exists("x", Not(p(X))), p(Function("sk1"))])
    names = {name for clause in clauses for one in clause for name in constants(one.atom)}
    assert names == {"sk1", "sk2", "sk3"}
    assert smt.satisfiable_clauses(clauses, milliseconds=TIME) == "yes"


def test_functions_beside_others_are_undecided_not_wrong() -> None:
    formula = Forall("x", Exists("y", r(X, Y)))
    assert is_skolemisation(And(r(X, f(X)), r(A, f(A))), formula, milliseconds=TIME) == "unknown"


def test_clauses_may_name_their_variables_each_as_it_likes() -> None:
    formula = Forall("x", Exists("y", And(p(X, Y), q(Y, X))))
    one = frozenset([Literal(atom=p(X, f(X)), positive=True)])
    two = frozenset([Literal(atom=q(f(Z), Z), positive=True)])
    assert is_clausal_form([one, two], [formula], milliseconds=TIME) == "yes"
    assert is_clausal_form([one], [formula], milliseconds=TIME) == "no"


@pytest.mark.usefixtures("promptly")
def test_many_clauses_are_judged_in_time() -> None:
    names = [f"P{index}" for index in range(150)]
    formula = Forall("x", Exists("z", conjunction(Atom(name, (X, Z)) for name in names)))
    clauses = [frozenset([Literal(atom=Atom(name, (Y, f(Y))), positive=True)]) for name in names]
    assert is_clausal_form(clauses, [formula], milliseconds=5000) == "yes"
    assert is_clausal_form(clauses[1:], [formula], milliseconds=5000) == "no"


def test_prenex_form_keeps_connectives_and_renames_what_would_be_captured() -> None:
    formula = Implies(Exists("x", p(X)), And(q(A), Forall("x", q(X))))
    new = Variable("x1")
    expected = Forall("x", Forall("x1", Implies(p(X), And(q(A), q(new)))))
    assert prenex(formula) == expected


def test_prenex_form_does_not_capture_free_variables() -> None:
    made = prenex(And(p(X), Exists("x", q(X))))
    assert made == Exists("x1", And(p(X), q(Variable("x1"))))


def test_constants_of_truth_are_gone_from_clauses() -> None:
    assert clausal([Truth(True)]) == ()
    assert clausal([Truth(False)]) == (EMPTY,)
    assert clausal([Or(P, Truth(False)), Implies(Truth(True), Q)]) == (
        frozenset([literal("P")]),
        frozenset([literal("Q")]),
    )


# ── form ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("form", "formula", "flaw"),
    [
        ("nnf", Not(And(P, Q)), "`~(P & Q)` negates more than an atom"),
        ("nnf", Implies(P, Q), "`P -> Q` is made with neither `&` nor `|`"),
        ("nnf", Not(Not(P)), "`~~P` negates more than an atom"),
        ("nnf", Not(Truth(True)), "`~true` negates more than an atom"),
        ("cnf", Or(P, And(Q, R)), "`Q & R` stands inside `|`"),
        ("cnf", And(P, Truth(True)), "`true` stands beside something else"),
        ("cnf", And(P, Implies(P, Q)), "`P -> Q` is no literal"),
        ("cnf", Forall("x", p(X)), "`forall x. P(x)` is no literal"),
        ("dnf", And(P, Or(Q, R)), "`Q | R` stands inside `&`"),
        ("prenex", And(P, Exists("x", p(X))), "`exists x. P(x)` stands inside"),
        ("prenex", Forall("x", Exists("x", p(X))), "`x` is bound twice"),
        ("prenex", Box(P), "`[]P` stands inside"),
        ("skolem", Forall("x", Exists("y", r(X, Y))), "`exists y` is left"),
        ("clausal", Forall("x", Implies(p(X), q(X))), "`P(x) -> Q(x)` is no literal"),
    ],
)
def test_a_formula_that_is_not_in_form_is_told_why(form: Form, formula: Formula, flaw: str) -> None:
    assert form_flaw(form, formula) == flaw


@pytest.mark.parametrize(
    ("form", "formula"),
    [
        ("nnf", Forall("x", Or(Not(p(X)), Box(Diamond(Q))))),
        ("cnf", Or(P, Or(Not(Q), R))),
        ("cnf", And(P, And(Q, Or(P, Q)))),
        ("cnf", Truth(False)),
        ("dnf", Or(And(P, And(Not(Q), R)), P)),
        ("cnf", P),
        ("dnf", P),
        ("prenex", Exists("x", Forall("y", Implies(p(X), q(Y))))),
        ("skolem", Forall("x", Iff(p(X), q(f(X))))),
        ("clausal", Forall("x", And(Or(p(X), Q), Not(Q)))),
    ],
)
def test_any_bracketing_is_in_form(form: Form, formula: Formula) -> None:
    assert form_flaw(form, formula) is None


def test_a_clausal_formula_is_one_in_all_the_forms_it_is_made_of() -> None:
    formula = Forall("x", And(Or(p(X), Q), Not(Q)))
    assert is_clausal(formula)
    assert is_skolem(formula)
    assert is_nnf(formula)


# ── limits ──────────────────────────────────────────────────────────────────────────────────────

MAKERS: list[Callable[[Formula], object]] = [
    nnf,
    cnf,
    dnf,
    tseitin,
    prenex,
    skolem,
    simplified,
    lambda formula: clausal([formula]),
    lambda formula: is_definitional(formula, formula, rounds=3),
    lambda formula: is_skolemisation(formula, formula, milliseconds=100),
]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize(
    "formula",
    [
        nested(Iff, 190, right=False),
        nested(Xor, 190, right=True),
        nested(Implies, 190, right=False),
        nested(lambda one, two: Or(And(one, Atom("A")), two), 95, right=True),
        nested(lambda one, two: And(Or(one, Atom("A")), two), 95, right=True),
        Or(nested(And, 150, right=True), nested(And, 150, right=False)),
    ],
    ids=["iff", "xor", "implies", "or-and", "and-or", "wide"],
)
@pytest.mark.usefixtures("promptly")
def test_deep_formulas_are_taken_or_refused_within_a_second(
    make: Callable[[Formula], object], formula: Formula
) -> None:
    with suppress(TooLarge):  # anything else is a failure
        make(formula)


def test_what_would_be_exponential_is_refused_and_tseitins_form_is_not() -> None:
    formula = nested(Iff, 100, right=False)
    for make in (nnf, cnf, dnf):
        with pytest.raises(TooLarge):
            make(formula)
    made = tseitin(formula)
    assert sum(map(len, made.clauses)) < 20 * symbols(formula)
    assert depth(formula_of(made.clauses)) < 150


def test_quantified_formulas_that_would_be_exponential_are_refused() -> None:
    formula: Formula = Forall("x", p(X))
    for _ in range(60):
        formula = Iff(formula, Exists("x", q(X)))
    for make in (nnf, prenex, skolem):
        with pytest.raises(TooLarge):
            make(formula)


def test_modal_formulas_have_a_negation_normal_form_only() -> None:
    assert nnf(Not(Box(Implies(P, Q)))) == Diamond(And(P, Not(Q)))
    for make in (cnf, dnf, prenex, skolem, tseitin):
        with pytest.raises(Unsupported):
            make(Box(P))


def test_quantifiers_are_not_distributed_over() -> None:
    for make in (cnf, dnf, tseitin):
        with pytest.raises(Unsupported):
            make(Forall("x", p(X)))


def test_other_formulas_are_not_read_as_clauses() -> None:
    with pytest.raises(Unsupported):
        clauses_of(Implies(P, Q))
    some: tuple[Clause, ...] = clauses_of(Forall("x", And(Or(p(X), Not(Q)), Q)))
    assert len(some) == 2
