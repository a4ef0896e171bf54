"""The tableau prover: closed tableaux that the kernel accepts, or countermodels that evaluate."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.logic import kripke, semantics, smt, solvers, structures
from evalsuite.logic.elaborators.tableau import assumptions, elaborate
from evalsuite.logic.flaws import TooLarge, Unsupported
from evalsuite.logic.kernels import tableau as kernel
from evalsuite.logic.kripke import Kripke
from evalsuite.logic.proofs import CloseLine, NodeLine
from evalsuite.logic.provers import models
from evalsuite.logic.provers.tableau import Closed, GaveUp, Limit, Open, prove
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Formula,
    Function,
    Iff,
    Implies,
    Not,
    Or,
    Truth,
    constants,
)
from evalsuite.logic.tableau import LOGICS, Kind, Logic, kind
from evalsuite.logic.text import reading
from tests.logic.modal_cases import INTUITIONISTIC, MODAL, MODAL_LOGICS
from tests.strategies import closed, first_order, formulas, modal


def read(text: str) -> tuple[tuple[Formula, ...], Formula]:
    """Read `premises |- conclusion`."""
    before, mark, after = text.rpartition("|-")
    return reading.formulas(before) if mark and before.strip() else (), reading.formula(after)


def valid(
    premises: Sequence[Formula],
    conclusion: Formula | None,
    logic: Logic = "classical",
    limit: Limit | None = None,
) -> bool | None:
    """Ask the prover, and hold it to what it answers; `None` where it gave up."""
    answer = prove(premises, conclusion, logic, limit=limit)
    claims = assumptions(premises, conclusion, logic)
    match answer:
        case Closed(lines=lines, kernel_steps=steps):
            kernel.check(claims, steps, logic)
            told = elaborate(claims, lines, logic)
            assert told.flaw is None
            assert not [one for one in told.liberties if one.kind == "logic"]
            kernel.check(claims, told.steps, logic)
            return True
        case Open(countermodel=Kripke() as found, world=world):
            assert world is not None
            assert kripke.is_countermodel(found, world, premises, conclusion, logic)
            return False
        case Open(countermodel=Structure() as found):
            assert structures.is_countermodel(found, premises, conclusion)
            return False
        case Open(countermodel=Mapping() as row):
            assert all(semantics.value(premise, row) for premise in premises)
            assert conclusion is None or not semantics.value(conclusion, row)
            return False
        case Open():
            raise AssertionError(answer)
        case GaveUp():
            return None


# ── propositional ───────────────────────────────────────────────────────────────────────────────


@given(st.lists(formulas(), max_size=3), formulas())
def test_tableau_and_sat_solver_agree(premises: list[Formula], conclusion: Formula) -> None:
    entailed = not solvers.satisfiable([*premises, Not(conclusion)])
    assert valid(premises, conclusion) is entailed


@given(st.lists(formulas(), max_size=3))
def test_premises_without_a_conclusion_are_refuted_or_have_a_model(premises: list[Formula]) -> None:
    assert valid(premises, None) is not solvers.satisfiable(premises)


@pytest.mark.parametrize("logic", LOGICS)
def test_nothing_at_all_is_satisfiable(logic: Logic) -> None:
    assert valid((), None, logic) is False


def test_constants_close_branches() -> None:
    assert valid((), Truth(True))
    assert valid((Truth(False),), Atom("P"))
    assert valid((), Truth(False)) is False


def _pigeons(holes: int) -> list[Formula]:
    """Say that one more pigeon than holes each has a hole of its own."""

    def sits(pigeon: int, hole: int) -> Formula:
        return Atom(f"p{pigeon}h{hole}")

    said: list[Formula] = []
    for pigeon in range(holes + 1):
        somewhere = sits(pigeon, 0)
        for hole in range(1, holes):
            somewhere = Or(somewhere, sits(pigeon, hole))
        said.append(somewhere)
        said += [
            Not(And(sits(pigeon, hole), sits(other, hole)))
            for hole in range(holes)
            for other in range(pigeon)
        ]
    return said


@pytest.mark.parametrize("holes", [1, 2, 3])
def test_pigeons_do_not_fit(holes: int) -> None:
    assert valid(_pigeons(holes), None)
    assert valid(_pigeons(holes)[1:], None) is False


@given(st.lists(formulas("PQR"), max_size=2), formulas("PQR"), formulas("ABC"))
def test_a_proof_does_not_split_what_it_does_not_need(
    premises: list[Formula], conclusion: Formula, other: Formula
) -> None:
    answer = prove([*premises, other], conclusion)
    if not isinstance(answer, Closed) or not solvers.satisfiable([other]):
        return
    beside = [
        line
        for line in answer.lines
        if isinstance(line, NodeLine) and line.signed.formula in {Atom("A"), Atom("B"), Atom("C")}
    ]
    assert [line for line in beside if line.origin != "premise"] == []


@given(st.lists(formulas(), max_size=3), formulas())
def test_every_node_of_a_proof_is_used(premises: list[Formula], conclusion: Formula) -> None:
    answer = prove(premises, conclusion)
    if isinstance(answer, Closed):
        used = {node for line in answer.lines if isinstance(line, CloseLine) for node in line.nodes}
        nodes = [line for line in answer.lines if isinstance(line, NodeLine)]
        used |= {line.origin for line in nodes}
        assert {line.label for line in nodes if line.origin not in {"premise", "goal"}} <= used


def test_a_proof_reads_as_a_teacher_writes_it() -> None:
    answer = prove(*read("P | Q, ~P |- Q"))
    assert isinstance(answer, Closed)
    told = [
        (line.label, line.branch, line.origin if isinstance(line, NodeLine) else line.nodes)
        for line in answer.lines
        if isinstance(line, NodeLine | CloseLine)
    ]
    assert told == [
        ("1", (), "premise"),
        ("2", (), "premise"),
        ("3", (), "goal"),
        ("4", (), "2"),
        ("5", (1,), "1"),
        ("6", (2,), "1"),
        ("7", (1,), ("4", "5")),
        ("8", (2,), ("3", "6")),
    ]


# ── first order ─────────────────────────────────────────────────────────────────────────────────

THEOREMS = (
    "|- exists x. (D(x) -> (forall y. D(y)))",
    "forall x. (P(x) -> Q(x)), P(a) |- Q(a)",
    "forall x. (P(x) -> Q(x)), forall x. (Q(x) -> R(x)) |- forall x. (P(x) -> R(x))",
    "exists y. forall x. R(x, y) |- forall x. exists y. R(x, y)",
    "P(a), forall x. (P(x) -> P(f(x))) |- P(f(f(f(a))))",
    "|- ~(exists x. forall y. (R(x, y) <-> ~R(y, y)))",
    "forall x. P(x) |- exists x. P(x)",
    "forall x. (P(x) | Q(x)) |- (forall x. P(x)) | (exists x. Q(x))",
    "|- (forall x. (P -> Q(x))) <-> (P -> (forall x. Q(x)))",
    "forall x. exists y. R(x, y), forall x. forall y. (R(x, y) -> S(x)) |- forall x. S(x)",
    # each of four steps needs an instance of its own
    (
        "E(a, b), E(b, c), E(c, d), E(d, e), forall x. forall y. (E(x, y) -> T(x, y)), "
        "forall x. forall y. forall z. (E(x, y) & T(y, z) -> T(x, z)) |- T(a, e)"
    ),
)
NON_THEOREMS = (
    "|- exists x. P(x)",
    "forall x. exists y. R(x, y) |- exists y. forall x. R(x, y)",
    "exists x. P(x), exists x. Q(x) |- exists x. (P(x) & Q(x))",
    "forall x. (P(x) | Q(x)) |- (forall x. P(x)) | (forall x. Q(x))",
    "P(a) |- P(b)",
    "P(f(a)) |- P(a)",
    "forall x. (P(x) -> P(f(x))), P(a) |- forall x. P(x)",
    "exists x. P(x) -> Q(a) |- forall x. (P(x) -> Q(a))",
    "forall x. exists y. R(x, y), forall x. ~R(x, x) |- exists x. exists y. (R(x, y) & R(y, x))",
)


@pytest.mark.parametrize("text", THEOREMS)
def test_first_order_theorems_are_proved(text: str) -> None:
    assert valid(*read(text))


@pytest.mark.parametrize("text", NON_THEOREMS)
def test_first_order_non_theorems_have_a_structure(text: str) -> None:
    assert valid(*read(text)) is False


def test_no_instance_waits_for_ever() -> None:
    endless = "forall x. P(g(x))"  # its instances never end, and are of no use
    theorem = "forall x. (Q(x) -> Q(f(x))), Q(a) |- Q(f(f(f(a))))"
    assert valid(*read(f"{endless}, {theorem}"))
    plain = Limit(instances=0, size=0)  # the search alone
    assert valid(*read(f"{endless}, Q(a) & ~Q(b), forall x. (Q(x) -> Q(b)) |- R(a)"), limit=plain)


def test_a_delta_constant_is_new_and_readable() -> None:
    inference = read(
        "exists x. P(x), forall x. (P(x) -> (exists y. Q(y) & R(c1))) |- exists x. (Q(x) & R(c1))"
    )
    proof = prove(*inference)
    assert isinstance(proof, Closed)
    nodes = {line.label: line for line in proof.lines if isinstance(line, NodeLine)}
    brought = [
        line.witness
        for line in nodes.values()
        if line.origin in nodes and kind(nodes[line.origin].signed) is Kind.DELTA
    ]
    assert brought == [Function("c2"), Function("c3")]
    assert valid(*inference)


@settings(max_examples=60)
@given(st.lists(first_order().map(closed), max_size=2), first_order().map(closed))
def test_tableau_and_z3_do_not_contradict_each_other(
    premises: list[Formula], conclusion: Formula
) -> None:
    answer = valid(premises, conclusion, limit=Limit(nodes=1_000, instances=400, size=2))
    told = smt.entails(premises, conclusion, milliseconds=500)
    assert (answer, told) not in {(True, "no"), (False, "yes")}


# ── modal and intuitionistic ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("logic", MODAL_LOGICS)
@pytest.mark.parametrize(("name", "text", "logics"), MODAL)
def test_modal_axioms_have_their_status(name: str, text: str, logics: str, logic: Logic) -> None:
    assert valid((), reading.formula(text), logic) is (logic in logics.split()), name


@pytest.mark.parametrize(("name", "text", "status"), INTUITIONISTIC)
def test_intuitionistic_laws_have_their_status(name: str, text: str, status: bool) -> None:  # noqa: FBT001
    formula = reading.formula(text)
    assert valid((), formula, "intuitionistic") is status, name
    assert not status or valid((), formula)


@given(modal("PQ", max_leaves=6), st.sampled_from(MODAL_LOGICS))
def test_modal_formulas_are_decided(formula: Formula, logic: Logic) -> None:
    assert valid((), formula, logic) is not None


@settings(max_examples=50)
@given(modal("PQ", max_leaves=4), st.sampled_from(MODAL_LOGICS))
def test_what_is_proved_has_no_small_kripke_countermodel(formula: Formula, logic: Logic) -> None:
    answer = valid((), formula, logic)
    told = smt.modal_valid(formula, logic, worlds=3, milliseconds=2_000)
    assert (answer, told) != (True, "no")


# `weaker` has fewer frames' conditions: what it proves, the stronger one proves.
STRONGER: tuple[tuple[Logic, Logic], ...] = (
    ("K", "D"),
    ("D", "T"),
    ("T", "B"),
    ("T", "S4"),
    ("K", "K4"),
    ("K4", "S4"),
    ("S4", "S5"),
    ("B", "S5"),
)


@given(modal("PQ", max_leaves=6), st.sampled_from(STRONGER))
def test_a_stronger_logic_proves_more(formula: Formula, pair: tuple[Logic, Logic]) -> None:
    weaker, stronger = pair
    assert not valid((), formula, weaker) or valid((), formula, stronger)


@given(formulas("PQR", max_leaves=7))
def test_glivenko(formula: Formula) -> None:
    assert valid((), Not(Not(formula)), "intuitionistic") is valid((), formula)


def _boxed(formula: Formula) -> Formula:
    """Translate into S4, so that what is intuitionistically valid is valid (Gödel 1933)."""
    match formula:
        case Atom():
            return Box(formula)
        case Not(body):
            return Box(Not(_boxed(body)))
        case And(left, right) | Or(left, right):
            return type(formula)(_boxed(left), _boxed(right))
        case Implies(left, right):
            return Box(Implies(_boxed(left), _boxed(right)))
        case Iff(left, right):
            return Box(Iff(_boxed(left), _boxed(right)))
        case _:
            raise TypeError(formula)


@given(formulas("PQ", max_leaves=6))
def test_intuitionistic_logic_is_a_part_of_s4(formula: Formula) -> None:
    assert valid((), formula, "intuitionistic") is valid((), _boxed(formula), "S4")


@given(formulas("PQ", max_leaves=4), formulas("PQ", max_leaves=4))
def test_the_disjunction_property(left: Formula, right: Formula) -> None:
    either = valid((), Or(left, right), "intuitionistic")
    alone = [valid((), one, "intuitionistic") for one in (left, right)]
    assert either is any(alone)


@given(st.lists(modal("PQ", max_leaves=4), max_size=2), modal("PQ", max_leaves=4))
def test_consequence_is_local(premises: list[Formula], conclusion: Formula) -> None:
    implied = conclusion
    for premise in premises:
        implied = Implies(premise, implied)
    assert valid(premises, conclusion, "S4") is valid((), implied, "S4")


def test_necessitation_is_no_inference() -> None:
    assert valid((Atom("P"),), Box(Atom("P")), "S5") is False


def test_an_endless_chain_of_worlds_is_cut_short() -> None:
    formula = reading.formula("~([]<>P & []<>~P & [](P -> <>~P) & <>Q & [](Q -> <>(Q & P)))")
    for logic in ("K4", "S4"):
        answer = prove((), formula, logic)
        assert isinstance(answer, Open)
        assert isinstance(answer.countermodel, Kripke)
        assert len(answer.countermodel.worlds) <= 6


# ── limits ──────────────────────────────────────────────────────────────────────────────────────


def test_a_search_that_meets_a_limit_says_which() -> None:
    assert prove(_pigeons(4), None, limit=Limit(nodes=100)) == GaveUp(limit="nodes")
    endless = read(
        "forall x. exists y. R(x, y), forall x. ~R(x, x), "
        "forall x. forall y. forall z. (R(x, y) & R(y, z) -> R(x, z)) |- P(a)"
    )
    assert prove(*endless, limit=Limit(nodes=500)) == GaveUp(limit="nodes")
    heavy = read("forall x. (P(x) -> P(f(x))), P(a) |- P(b)")
    tiny = Limit(weight=2, instances=0, size=0)
    assert prove(*heavy, limit=tiny) == GaveUp(limit="weight")


@pytest.mark.parametrize(
    ("text", "logic"),
    [
        ("[]P", "classical"),
        ("<>P", "intuitionistic"),
        ("forall x. P(x)", "K"),
        ("P(a)", "S5"),
        ("forall x. []P(x)", "S4"),
    ],
)
def test_what_the_logic_does_not_have_is_refused(text: str, logic: Logic) -> None:
    with pytest.raises(Unsupported):
        prove((), reading.formula(text), logic)


def test_free_variables_and_deep_formulas_are_refused() -> None:
    with pytest.raises(Unsupported, match="variable `x` is free"):
        prove((), reading.formula("P(x)"))
    deep: Formula = Atom("P")
    for _ in range(10_000):
        deep = Not(deep)
    with pytest.raises(TooLarge):
        prove((), deep)


@pytest.mark.parametrize("logic", LOGICS)
def test_formulas_as_deep_as_they_may_be_are_proved(logic: Logic) -> None:
    deep: Formula = Atom("P")
    for _ in range(98):
        deep = Not(Not(deep))
    assert valid((deep,), Not(Not(deep)), logic) or logic == "intuitionistic"
    assert valid((deep,), deep, logic)


# ── finite models ───────────────────────────────────────────────────────────────────────────────


@settings(max_examples=60)
@given(st.lists(first_order().map(closed), max_size=3))
def test_models_and_z3_do_not_contradict_each_other(premises: list[Formula]) -> None:
    found = models.find(premises, None, sizes=range(1, 4))
    if isinstance(found, Structure):
        assert all(structures.satisfies(found, premise) for premise in premises)
        assert smt.satisfiable(premises, milliseconds=500) != "no"
    else:
        assert found.limit is not None or found.sizes == (1, 2, 3)


def test_the_least_model_is_found_first() -> None:
    apart = reading.formulas("~R(a, a), R(a, b), ~R(b, b), R(b, c), ~R(c, c), R(c, a), ~R(c, b)")
    found = models.find([*apart, reading.formula("~R(b, a) & ~R(a, c)")], None)
    assert isinstance(found, Structure)
    assert len(found.domain) == 3
    none = models.find([*apart, reading.formula("~R(b, a) & ~R(a, c)")], None, sizes=(1, 2))
    assert none == models.NoneFound(sizes=(1, 2), limit=None)


def test_models_have_total_functions() -> None:
    cycle = reading.formulas(
        "forall x. ~E(x, f(x)), forall x. E(x, f(f(f(x)))), forall x. ~E(x, f(f(x)))"
    )
    found = models.find(cycle, None)
    assert isinstance(found, Structure)
    assert len(found.domain) == 3
    assert len(found.functions["f"]) == 3


def test_a_model_search_that_meets_a_limit_says_which() -> None:
    wide = reading.formula("forall x1. forall x2. forall x3. forall x4. forall x5. P(x1, x5)")
    limit = models.Limit(literals=2_000)
    assert models.find([wide, Not(wide)], None, limit=limit).limit == "literals"  # type: ignore[union-attr]
    tight = models.Limit(conflicts=1)
    assert models.find(_pigeons(5), None, limit=tight).limit == "conflicts"  # type: ignore[union-attr]


def test_symbols_keep_their_meaning_in_countermodels() -> None:
    premises, conclusion = read("P(a), ~P(b), Q(f(a)), ~Q(f(b)) |- R(a, b)")
    answer = prove(premises, conclusion)
    assert isinstance(answer, Open)
    assert isinstance(answer.countermodel, Structure)
    named = set().union(*map(constants, premises)) - {"f"}
    assert named <= set(answer.countermodel.constants)
