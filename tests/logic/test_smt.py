"""z3's answers, against truth tables and a search of all small Kripke models."""

import time
from collections.abc import Iterator
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.logic import smt
from evalsuite.logic.clauses import EMPTY, Literal, literal
from evalsuite.logic.flaws import TooLarge, Unsupported
from evalsuite.logic.semantics import valuations, value
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
)
from evalsuite.logic.tableau import LOGICS, Logic
from tests.logic.random_problems import inference
from tests.strategies import formulas, rngs

P, Q, R = map(Atom, "PQR")
X, Y, Z = map(Variable, "xyz")
A, B = Function("a"), Function("b")
TIME = 2000  # milliseconds


def p(*args: Term) -> Atom:
    return Atom("P", args)


def r(*args: Term) -> Atom:
    return Atom("R", args)


# ── classical ───────────────────────────────────────────────────────────────────────────────────


@given(rngs)
def test_z3_agrees_with_truth_tables(rng: Random) -> None:
    premises, conclusion = inference(rng)
    names = {name for one in (*premises, conclusion) for name in atoms(one)}
    rows = [row for row in valuations(names) if all(value(one, row) for one in premises)]
    follows = all(value(conclusion, row) for row in rows)
    assert smt.entails(premises, conclusion, milliseconds=TIME) == ("yes" if follows else "no")
    assert smt.satisfiable(premises, milliseconds=TIME) == ("yes" if rows else "no")


@given(formulas(), formulas())
def test_equivalence_is_having_one_truth_table(one: Formula, other: Formula) -> None:
    same = all(
        value(one, row) == value(other, row) for row in valuations(atoms(one) + atoms(other))
    )
    assert smt.equivalent(one, other, milliseconds=TIME) == ("yes" if same else "no")


@pytest.mark.parametrize(
    ("premises", "conclusion", "answer"),
    [
        ([Forall("x", p(X))], Exists("x", p(X)), "yes"),  # there is at least one thing
        ([Exists("x", p(X))], Forall("x", p(X)), "no"),
        ([Exists("y", Forall("x", r(X, Y)))], Forall("x", Exists("y", r(X, Y))), "yes"),
        ([Forall("x", Exists("y", r(X, Y)))], Exists("y", Forall("x", r(X, Y))), "no"),
        ([], Exists("x", Implies(p(X), Forall("y", p(Y)))), "yes"),  # the drinker's
        ([p(A)], Forall("x", p(X)), "no"),
        ([], Forall("x", Exists("x", Or(p(X), Not(p(X))))), "yes"),
        ([Forall("x", Exists("x", p(X)))], Exists("x", p(X)), "yes"),
        ([p(Function("f", (A,)))], Exists("x", p(Function("f", (X,)))), "yes"),
        ([P, p(A)], And(p(A), P), "yes"),  # one name with no argument and with one
        ([p(Function("P"))], P, "no"),
    ],
)
def test_quantifiers_are_bound_properly(
    premises: list[Formula], conclusion: Formula, answer: smt.Answer
) -> None:
    assert smt.entails(premises, conclusion, milliseconds=TIME) == answer


def test_a_free_variable_is_one_thing_in_all_formulas_and_no_constant() -> None:
    assert smt.entails([p(X)], p(X), milliseconds=TIME) == "yes"
    assert smt.entails([p(X)], p(Y), milliseconds=TIME) == "no"
    assert smt.entails([p(X)], p(Function("x")), milliseconds=TIME) == "no"


def test_the_variables_of_a_clause_are_universal() -> None:
    everything = frozenset([Literal(atom=p(X), positive=True)])
    something = frozenset([Literal(atom=p(A), positive=True)])
    assert smt.entails_clause([everything], something, milliseconds=TIME) == "yes"
    assert smt.entails_clause([something], everything, milliseconds=TIME) == "no"
    nothing = frozenset([Literal(atom=p(Y), positive=False)])
    assert smt.entails_clause([everything, nothing], EMPTY, milliseconds=TIME) == "yes"
    assert smt.satisfiable_clauses([everything, nothing], milliseconds=TIME) == "no"
    assert smt.satisfiable_clauses([frozenset([literal("P")])], milliseconds=TIME) == "yes"


def hard() -> list[Formula]:
    """Return formulas that have infinite models only, beside one that leads z3 astray."""
    f = Function("f", (X, Y))
    associative = Forall(
        "x",
        Forall(
            "y",
            Forall(
                "z",
                Iff(
                    r(Function("f", (f, Z)), X),
                    r(Function("f", (X, Function("f", (Y, Z)))), Y),
                ),
            ),
        ),
    )
    successor = Forall("x", Exists("y", And(r(X, Y), Not(r(Y, X)))))
    transitive = Forall("x", Forall("y", Forall("z", Implies(And(r(X, Y), r(Y, Z)), r(X, Z)))))
    return [associative, successor, transitive]


def test_an_answer_comes_in_time() -> None:
    start = time.monotonic()
    assert smt.satisfiable(hard(), milliseconds=300) != "no"
    assert time.monotonic() - start < 60  # a search without an end is longer


def test_no_question_hears_of_another() -> None:
    assert smt.satisfiable([P, Not(Q)], milliseconds=TIME) == "yes"
    assert smt.satisfiable([Not(P), Q], milliseconds=TIME) == "yes"
    assert smt.satisfiable([p(A)], milliseconds=TIME) == "yes"  # `P` with an argument


def negations(count: int) -> Formula:
    formula: Formula = P
    for _ in range(count):
        formula = Not(formula)
    return formula


def test_formulas_as_deep_as_the_limits_allow_are_taken_and_deeper_ones_refused() -> None:
    assert smt.equivalent(negations(198), P, milliseconds=TIME) == "yes"
    with pytest.raises(TooLarge):
        smt.entails([negations(500)], P, milliseconds=TIME)
    deep: Formula = P
    for _ in range(99):
        deep = Not(Iff(deep, Q))
    assert smt.modal_valid(deep, "intuitionistic", worlds=2) in {"yes", "no"}
    with pytest.raises(TooLarge):
        smt.modal_valid(negations(500), "K", worlds=2)


def test_what_is_not_in_the_language_is_refused() -> None:
    with pytest.raises(Unsupported):
        smt.satisfiable([Box(P)], milliseconds=TIME)
    with pytest.raises(Unsupported):
        smt.modal_valid(Forall("x", p(X)), "K", worlds=2)
    with pytest.raises(Unsupported):
        smt.modal_valid(Box(P), "intuitionistic", worlds=2)


# ── modal ───────────────────────────────────────────────────────────────────────────────────────

AXIOMS: dict[str, tuple[Formula, str]] = {
    "K": (Implies(Box(Implies(P, Q)), Implies(Box(P), Box(Q))), "K D T B K4 S4 S5"),
    "D": (Implies(Box(P), Diamond(P)), "D T B S4 S5"),
    "T": (Implies(Box(P), P), "T B S4 S5"),
    "B": (Implies(P, Box(Diamond(P))), "B S5"),
    "4": (Implies(Box(P), Box(Box(P))), "K4 S4 S5"),
    "5": (Implies(Diamond(P), Box(Diamond(P))), "S5"),
    "dual": (Iff(Diamond(P), Not(Box(Not(P)))), "K D T B K4 S4 S5"),
    "box over or": (Implies(Box(Or(P, Q)), Or(Box(P), Box(Q))), ""),
    "diamond over or": (Iff(Diamond(Or(P, Q)), Or(Diamond(P), Diamond(Q))), "K D T B K4 S4 S5"),
    "some world": (Diamond(Truth(True)), "D T B S4 S5"),
    "confluence": (Implies(Diamond(Box(P)), Box(Diamond(P))), "B S5"),
}


@pytest.mark.parametrize("name", AXIOMS)
def test_an_axiom_holds_in_its_logics_and_no_others(name: str) -> None:
    formula, logics = AXIOMS[name]
    for logic in ("K", "D", "T", "B", "K4", "S4", "S5"):
        expected = "yes" if logic in logics.split() else "no"
        assert smt.modal_valid(formula, logic, worlds=3) == expected, logic


@pytest.mark.parametrize(
    ("formula", "worlds", "valid"),
    [
        (Implies(P, Not(Not(P))), 3, "yes"),
        (Or(P, Not(P)), 1, "yes"),  # one world is classical
        (Or(P, Not(P)), 2, "no"),
        (Implies(Not(Not(P)), P), 2, "no"),
        (Implies(Implies(Implies(P, Q), P), P), 2, "no"),
        (Not(Not(Or(P, Not(P)))), 3, "yes"),
        (Implies(Not(And(P, Q)), Or(Not(P), Not(Q))), 2, "yes"),
        (Implies(Not(And(P, Q)), Or(Not(P), Not(Q))), 3, "no"),
        (Or(Not(P), Not(Not(P))), 3, "no"),
        (Implies(Xor(P, Q), Iff(P, Not(Q))), 3, "yes"),
        (Implies(Iff(P, Not(Q)), Xor(P, Q)), 3, "no"),
    ],
)
def test_intuitionistic_formulas_are_decided(
    formula: Formula, worlds: int, valid: smt.Answer
) -> None:
    assert smt.modal_valid(formula, "intuitionistic", worlds=worlds) == valid


@given(rngs, st.sampled_from(LOGICS))
def test_with_one_reflexive_world_logics_without_modalities_are_classical(
    rng: Random, logic: Logic
) -> None:
    premises, conclusion = inference(rng)
    follows = smt.entails(premises, conclusion, milliseconds=TIME)
    refuted = smt.countermodel_within(premises, conclusion, logic, worlds=1, milliseconds=TIME)
    assert {follows, refuted} == {"yes", "no"}


# ── a search of all Kripke models of two worlds, with sets of worlds for truth values ───────────

WORLDS = frozenset({0, 1})


def frames(logic: Logic) -> Iterator[frozenset[tuple[int, int]]]:
    pairs = [(0, 0), (0, 1), (1, 0), (1, 1)]
    for chosen in product((True, False), repeat=4):
        reach = frozenset(pair for pair, there in zip(pairs, chosen, strict=True) if there)
        serial = all(any((w, u) in reach for u in WORLDS) for w in WORLDS)
        reflexive = all((w, w) in reach for w in WORLDS)
        symmetric = all((u, w) in reach for w, u in reach)
        transitive = all((w, x) in reach for w, u in reach for v, x in reach if u == v)
        good = {
            "K": True,
            "D": serial,
            "T": reflexive,
            "B": reflexive and symmetric,
            "K4": transitive,
            "S4": reflexive and transitive,
            "S5": reflexive and symmetric and transitive,
            "intuitionistic": reflexive and transitive,
        }
        if good[logic]:
            yield reach


def true_in(
    formula: Formula,
    reach: frozenset[tuple[int, int]],
    meaning: dict[str, frozenset[int]],
    later: frozenset[tuple[int, int]],
) -> frozenset[int]:
    """Return the worlds where a formula is true; `->` and `~` speak of all `later` worlds."""

    def every(good: frozenset[int], over: frozenset[tuple[int, int]]) -> frozenset[int]:
        return frozenset(w for w in WORLDS if all(u in good for v, u in over if v == w))

    def worlds(part: Formula) -> frozenset[int]:
        return true_in(part, reach, meaning, later)

    match formula:
        case Atom(name):
            return meaning[name]
        case Truth(constant):
            return WORLDS if constant else frozenset()
        case Not(body):
            return every(WORLDS - worlds(body), later)
        case And(left, right):
            return worlds(left) & worlds(right)
        case Or(left, right):
            return worlds(left) | worlds(right)
        case Implies(left, right):
            return every((WORLDS - worlds(left)) | worlds(right), later)
        case Iff(left, right):
            return worlds(Implies(left, right)) & worlds(Implies(right, left))
        case Xor(left, right):
            return worlds(Or(left, right)) & worlds(Not(And(left, right)))
        case Box(body):
            return every(worlds(body), reach)
        case Diamond(body):
            return WORLDS - every(WORLDS - worlds(body), reach)
        case Forall() | Exists():
            raise TypeError(formula)


def refuted(premises: tuple[Formula, ...], conclusion: Formula, logic: Logic) -> bool:
    names = sorted({name for one in (*premises, conclusion) for name in atoms(one)})
    sets = [frozenset(one) for one in ((), (0,), (1,), (0, 1))]
    for reach in frames(logic):
        constructive = logic == "intuitionistic"
        later = reach if constructive else frozenset((w, w) for w in WORLDS)
        for chosen in product(sets, repeat=len(names)):
            if constructive and any(w in one and u not in one for one in chosen for w, u in reach):
                continue
            meaning = dict(zip(names, chosen, strict=True))
            good = WORLDS
            for premise in premises:
                good &= true_in(premise, reach, meaning, later)
            if good - true_in(conclusion, reach, meaning, later):
                return True
    return False


def modal(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    return st.one_of(
        st.builds(Not, inner),
        st.builds(Box, inner),
        st.builds(Diamond, inner),
        *(st.builds(join, inner, inner) for join in (And, Or, Implies, Iff, Xor)),
    )


modal_formulas = st.recursive(st.sampled_from((P, Q, Truth(False))), modal, max_leaves=5)


@settings(max_examples=60)
@given(
    st.lists(modal_formulas, max_size=2).map(tuple),
    modal_formulas,
    st.sampled_from(("K", "D", "T", "B", "K4", "S4", "S5")),
)
def test_two_worlds_are_searched_exhaustively(
    premises: tuple[Formula, ...], conclusion: Formula, logic: Logic
) -> None:
    found = smt.countermodel_within(premises, conclusion, logic, worlds=2, milliseconds=TIME)
    # A model of one world is, twice side by side, one of two.
    assert found == ("yes" if refuted(premises, conclusion, logic) else "no")


@settings(max_examples=60)
@given(rngs)
def test_two_intuitionistic_worlds_are_searched_exhaustively(rng: Random) -> None:
    premises, conclusion = inference(rng, atoms=3)
    found = smt.countermodel_within(
        premises, conclusion, "intuitionistic", worlds=2, milliseconds=TIME
    )
    assert found == ("yes" if refuted(premises, conclusion, "intuitionistic") else "no")
