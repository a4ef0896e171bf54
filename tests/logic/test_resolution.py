"""Resolution: the rules, the prover, the strategies and the shortest refutations."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

from evalsuite.logic import clauses as plain
from evalsuite.logic.clauses import EMPTY, Clause, Literal, is_tautology, literal, show_clause
from evalsuite.logic.flaws import TooLarge, Unsupported
from evalsuite.logic.kernels import refutation
from evalsuite.logic.proofs import ClauseLine, Instance
from evalsuite.logic.provers.derivations import refuted
from evalsuite.logic.provers.lifting import lifted, minimal
from evalsuite.logic.provers.resolution import (
    GaveUp,
    Limit,
    Refuted,
    Saturated,
    prove,
    saturation_flaw,
)
from evalsuite.logic.provers.shapes import shape_flaw
from evalsuite.logic.provers.shortest import shortest
from evalsuite.logic.provers.strategies import Exhausted, Strategy, negative, prove_by
from evalsuite.logic.resolution import factors, resolvents
from evalsuite.logic.semantics import clause_value, valuations
from evalsuite.logic.smt import entails_clause, satisfiable_clauses
from evalsuite.logic.syntax import Atom, Function, Term, Variable
from evalsuite.logic.text import reading
from evalsuite.logic.unify import variant
from tests.strategies import clauses

# ── material ────────────────────────────────────────────────────────────────────────────────────


def read(*texts: str) -> tuple[Clause, ...]:
    return tuple(map(reading.clause, texts))


def resolved(*texts: str) -> list[Clause]:
    (left, right) = read(*texts)
    return [one.clause for one in resolvents(left, right)]


def terms() -> st.SearchStrategy[Term]:
    leaves: st.SearchStrategy[Term] = st.one_of(
        st.sampled_from("xyz").map(Variable), st.sampled_from("ab").map(Function)
    )
    return st.recursive(leaves, lambda one: st.builds(_f, one), max_leaves=2)


def _f(argument: Term) -> Term:
    return Function("f", (argument,))


def atoms() -> st.SearchStrategy[Atom]:
    return st.one_of(
        st.builds(lambda one: Atom("P", (one,)), terms()),
        st.builds(lambda one, two: Atom("R", (one, two)), terms(), terms()),
    )


def first_order(max_size: int = 3, min_size: int = 0) -> st.SearchStrategy[Clause]:
    literals = st.builds(Literal, atom=atoms(), positive=st.booleans())
    return st.frozensets(literals, min_size=min_size, max_size=max_size)


def drawn(rng: Random, atoms: int, count: int) -> list[Clause]:
    """Draw propositional clauses of one to four literals."""
    names = "ABCDEFGH"[:atoms]
    return [
        frozenset(literal(rng.choice(("", "~")) + rng.choice(names)) for _ in range(size))
        for size in rng.choices((1, 2, 3, 4), weights=(1, 3, 3, 1), k=count)
    ]


def pigeonhole(holes: int) -> list[Clause]:
    """Say that there is a pigeon more than there are holes, and each has a hole of its own."""
    pigeons = range(holes + 1)
    housed = [frozenset(literal(f"P{one}{hole}") for hole in range(holes)) for one in pigeons]
    alone = [
        frozenset([literal(f"~P{one}{hole}"), literal(f"~P{other}{hole}")])
        for hole in range(holes)
        for one in pigeons
        for other in range(one)
    ]
    return housed + alone


def satisfiable(given_: Sequence[Clause]) -> bool:
    numbers = {name: n for n, name in enumerate(sorted(names(given_)), start=1)}
    with Solver("cadical153") as solver:
        for clause in given_:
            solver.add_clause(
                [numbers[one.atom.name] * (1 if one.positive else -1) for one in clause]
            )
        return bool(solver.solve())


def names(given_: Sequence[Clause]) -> set[str]:
    return {one.atom.name for clause in given_ for one in clause}


def steps(found: Refuted) -> int:
    return sum(line.rule == "resolve" for line in found.lines)


ALL_FOUR = read("P | Q", "P | ~Q", "~P | Q", "~P | ~Q")

# ── the rules ───────────────────────────────────────────────────────────────────────────────────


@given(clauses(), clauses())
def test_without_terms_the_resolvents_are_the_propositional_ones(
    left: Clause, right: Clause
) -> None:
    assert [one.clause for one in resolvents(left, right)] == list(plain.resolvents(left, right))


@given(clauses(), clauses())
def test_a_resolvent_is_true_wherever_its_parents_are(left: Clause, right: Clause) -> None:
    for row in valuations(names([left, right])):
        if clause_value(left, row) and clause_value(right, row):
            assert all(clause_value(one.clause, row) for one in resolvents(left, right))


@settings(max_examples=40)
@given(first_order(min_size=1), first_order(min_size=1))
def test_a_first_order_resolvent_follows_from_its_parents(left: Clause, right: Clause) -> None:
    for one in resolvents(left, right):
        assert entails_clause([left, right], one.clause, milliseconds=2000) != "no"


@settings(max_examples=40)
@given(first_order(min_size=2, max_size=4))
def test_a_factor_follows_from_its_parent_and_is_shorter(clause: Clause) -> None:
    for one in factors(clause):
        assert len(one.clause) < len(clause)
        assert entails_clause([clause], one.clause, milliseconds=2000) != "no"


@given(first_order(min_size=1), first_order(min_size=1))
def test_a_resolvent_is_two_instances_and_a_cut(left: Clause, right: Clause) -> None:
    for one in resolvents(left, right):
        (pivot,) = plain.instance(frozenset([one.left_literal]), one.left_substitution)
        first = plain.instance(left, one.left_substitution)
        second = plain.instance(right, one.right_substitution)
        assert plain.resolvent(first, second, pivot) == one.clause


@given(first_order(min_size=1), first_order(min_size=1))
def test_resolvents_are_the_same_from_either_side_but_for_names(
    left: Clause, right: Clause
) -> None:
    there = [one.clause for one in resolvents(left, right)]
    back = [one.clause for one in resolvents(right, left)]
    assert len(there) == len(back)
    assert all(any(variant(one, other) is not None for other in back) for one in there)


def test_the_premises_are_renamed_apart() -> None:
    (found,) = resolved("P(x)", "~P(f(x)) | R(x, x)")
    assert variant(found, reading.clause("R(x, x)")) is not None


def test_the_occurs_check_is_made() -> None:
    assert resolved("P(x, x)", "~P(y, f(y))") == []


def test_a_tautological_resolvent_is_there_to_be_seen() -> None:
    found = resolved("P | Q", "~P | ~Q")
    assert len(found) == 2
    assert all(map(is_tautology, found))


def test_literals_that_fall_together_with_the_pivot_go_with_it() -> None:
    assert set(resolved("P(x) | P(a)", "~P(a)")) == {EMPTY, *read("P(x)")}


def test_a_resolvent_beyond_all_bounds_is_refused() -> None:
    size = 100
    left = ", ".join(f"x{n}, f(x{n - 1}, x{n - 1})" for n in range(1, size))
    right = ", ".join(f"y{n}, y{n}" for n in range(1, size))
    with pytest.raises(TooLarge):
        resolved(f"P({left}) | Q(x{size - 1})", f"~P({right})")
    with pytest.raises(TooLarge):
        factors(reading.clause(f"P({left}) | P({right}) | Q(x{size - 1})"))


@pytest.mark.usefixtures("promptly")
def test_too_many_resolvents_are_refused_in_a_second() -> None:
    atoms = [f"P({'f(' * n}x{n}{')' * n})" for n in range(90)]
    with pytest.raises(TooLarge):
        resolved(" | ".join(atoms), " | ".join(f"~{atom}" for atom in atoms))


# ── the prover ──────────────────────────────────────────────────────────────────────────────────


def test_the_prover_agrees_with_a_sat_solver_and_shows_why() -> None:
    rng = Random(11)
    outcomes = {Refuted: 0, Saturated: 0}
    for turn in range(600):
        given_ = drawn(rng, rng.randint(1, 8), rng.randint(1, 40))
        given_ = [one for one in given_ if len(one) > 1 or turn % 2]
        found = prove(given_)
        assert isinstance(found, Saturated) == satisfiable(given_), given_
        outcomes[type(found)] += 1
        _check(given_, found)
    assert min(outcomes.values()) > 100


def _check(given_: Sequence[Clause], found: Refuted | Saturated | GaveUp) -> None:
    match found:
        case Refuted(lines=lines, steps=made):
            refutation.check(given_, made)
            _check_lines(given_, lines)
        case Saturated(clauses=left):
            assert saturation_flaw(given_, left) is None
        case GaveUp():
            pass


def _check_lines(given_: Sequence[Clause], lines: Sequence[ClauseLine]) -> None:
    """Each line is given, a resolvent or a factor of earlier lines, by the rules themselves."""
    earlier: dict[str, Clause] = {}
    for number, line in enumerate(lines, start=1):
        assert line.label == str(number)
        parents = [earlier[label] for label in line.parents]
        match line.rule:
            case "given":
                assert line.clause in given_
            case "resolve":
                (left, right) = parents
                made = resolvents(left, right)
                assert any(variant(one.clause, line.clause) is not None for one in made)
            case "factor":
                (parent,) = parents
                merged = factors(parent)
                assert any(variant(one.clause, line.clause) is not None for one in merged)
            case _:
                pytest.fail(f"rule {line.rule}")
        earlier[line.label] = line.clause
    assert lines[-1].clause == EMPTY
    used = {label for line in lines for label in line.parents}
    assert used == set(earlier) - {lines[-1].label}


@settings(max_examples=40)
@given(st.lists(first_order(min_size=1), min_size=1, max_size=6))
def test_first_order_answers_are_accepted_and_not_contradicted_by_z3(given_: list[Clause]) -> None:
    found = prove(given_, limit=Limit(clauses=60, steps=400, weight=40))
    _check(given_, found)
    answer = satisfiable_clauses(given_, milliseconds=1000)
    assert (type(found), answer) not in {(Refuted, "yes"), (Saturated, "no")}


@pytest.mark.parametrize(
    "texts",
    [
        ("P(x) | P(y)", "~P(x) | ~P(y)"),
        ("P(x) | Q(a)", "~P(f(x))", "~Q(x)"),
        ("R(x, y) | ~R(y, x)", "R(a, b)", "~R(b, a)"),
        ("~S(x, x) | ~S(b, x)", "S(x, x) | S(b, x)"),  # the barber
        ("P(x) | ~P(f(x))", "P(f(f(a)))", "~P(a)"),
        ("~M(x) | D(x)", "M(s)", "~D(s)"),
        ("P", "~P"),
        ("[]",),
    ],
)
def test_sets_that_cannot_be_true_are_refuted(texts: tuple[str, ...]) -> None:
    given_ = read(*texts)
    found = prove(given_)
    assert isinstance(found, Refuted)
    _check(given_, found)


@pytest.mark.parametrize(
    "texts",
    [("P(x) | Q(x)", "~P(a)"), ("R(x, f(x))", "~R(x, x)"), ("~E(x, y) | E(y, x)", "E(a, b)"), ()],
)
def test_sets_that_can_be_true_are_saturated(texts: tuple[str, ...]) -> None:
    given_ = read(*texts)
    found = prove(given_)
    assert isinstance(found, Saturated)
    assert saturation_flaw(given_, found.clauses) is None


def test_a_search_without_end_gives_up_and_says_at_which_limit() -> None:
    endless = read("~P(x) | P(f(x))", "P(a)", "~P(b)")
    assert prove(endless, limit=Limit(clauses=50)) == GaveUp(limit="clauses")
    assert prove(endless, limit=Limit(steps=50)) == GaveUp(limit="steps")
    assert prove(endless, limit=Limit(weight=10)) == GaveUp(limit="weight")


@pytest.mark.parametrize("holes", [1, 2, 3])
def test_more_pigeons_than_holes_are_refuted(holes: int) -> None:
    given_ = pigeonhole(holes)
    found = prove(given_)
    assert isinstance(found, Refuted)
    _check(given_, found)
    assert isinstance(prove(given_[1:]), Saturated)


@given(st.lists(clauses("PQR"), max_size=6), st.randoms(use_true_random=False))
def test_a_saturated_set_with_a_clause_missing_is_told(given_: list[Clause], rng: Random) -> None:
    found = prove(given_)
    assume(isinstance(found, Saturated) and found.clauses)
    assert isinstance(found, Saturated)
    missing = rng.choice(found.clauses)
    assert saturation_flaw(given_, [one for one in found.clauses if one != missing])


def test_what_is_subsumed_only_by_a_longer_clause_is_no_saturated_set() -> None:
    given_ = read("P(x) | P(y)", "~P(x) | ~P(y)")
    claimed = (*given_, *read("P(x) | ~P(y)"))
    assert saturation_flaw(given_, claimed) is not None


def test_a_first_order_step_states_what_becomes_of_each_parents_variables() -> None:
    found = prove(read("~M(x) | D(x)", "M(s)", "~D(s)"))
    assert isinstance(found, Refuted)
    for line in found.lines:
        assert len(line.substitutions) in {0, len(line.parents)}
    assert any(line.substitutions for line in found.lines)


# ── strategies ──────────────────────────────────────────────────────────────────────────────────


def derivable(strategy: Strategy, given_: Sequence[Clause], support: Sequence[int]) -> bool:
    """Say whether the empty clause can be had so, by making all clauses that can be."""

    def strong(clause: Clause, *, chosen: bool) -> bool:
        return len(clause) == 1 if strategy == "unit" else chosen

    found = {
        (clause, strong(clause, chosen=strategy == "input" or place in support))
        for place, clause in enumerate(given_)
    }
    while True:
        new = {
            (made, strong(made, chosen=strategy == "support"))
            for (left, one), (right, other) in product(found, repeat=2)
            if one or other
            for made in plain.resolvents(left, right)
        } - found
        if not new:
            return any(not clause for clause, _ in found)
        found |= new


def test_restricted_strategies_find_a_refutation_just_where_there_is_one() -> None:
    rng = Random(5)
    for _ in range(300):
        given_ = drawn(rng, rng.randint(1, 3), rng.randint(1, 9))
        support = [place for place in range(len(given_)) if rng.random() < 1 / 2]
        kinds: tuple[Strategy, ...] = ("unit", "input", "support")
        for kind in kinds:
            found = prove_by(kind, given_, support=support)
            assert isinstance(found, Refuted) == derivable(kind, given_, support), given_
            if isinstance(found, Refuted):
                refutation.check(given_, found.steps)
                supported = [given_[place] for place in support]
                assert shape_flaw(kind, found.lines, support=supported) is None


def test_linear_resolution_refutes_all_that_cannot_be_true() -> None:
    rng = Random(6)
    for _ in range(150):
        given_ = drawn(rng, rng.randint(1, 6), rng.randint(1, 20))
        found = prove_by("linear", given_)
        assert isinstance(found, Exhausted) == satisfiable(given_)
        if isinstance(found, Refuted):
            refutation.check(given_, found.steps)
            assert shape_flaw("linear", found.lines) is None


def test_a_linear_chain_can_be_made_without_search() -> None:
    rng = Random(12)
    made = 0
    for _ in range(200):
        given_ = drawn(rng, rng.randint(2, 7), rng.randint(8, 40))
        if satisfiable(given_):
            continue
        needed = sorted(minimal(frozenset(given_), Limit()), key=show_clause)
        assert not satisfiable(needed)
        assert all(satisfiable([one for one in needed if one != left]) for left in needed)
        found = refuted(lifted(needed, Limit()).derived)
        refutation.check(needed, found.steps)
        assert shape_flaw("linear", found.lines) is None
        made += 1
    assert made > 50


def test_a_very_long_chain_gives_up_in_good_order() -> None:
    links = [f"~A{n} | A{n + 1}" for n in range(400)]
    given_ = read("A0", *links, "~A400")
    assert isinstance(prove(given_), Refuted)
    assert isinstance(prove_by("sld", given_), Refuted)
    assert prove_by("linear", given_) == GaveUp(limit="clauses")
    assert shortest(given_, Limit(steps=50_000)) == GaveUp(limit="steps")


def test_sld_resolution_refutes_all_horn_clauses_that_cannot_be_true() -> None:
    rng = Random(7)
    for _ in range(200):
        given_ = [_horn(one) for one in drawn(rng, rng.randint(1, 7), rng.randint(1, 25))]
        found = prove_by("sld", given_)
        assert isinstance(found, Exhausted) == satisfiable(given_)
        if isinstance(found, Refuted):
            refutation.check(given_, found.steps)
            assert shape_flaw("sld", found.lines) is None


def _horn(clause: Clause) -> Clause:
    positive = [one for one in plain.in_order(clause) if one.positive]
    return clause - frozenset(positive[1:])


def test_positive_resolution_refutes_all_that_cannot_be_true() -> None:
    rng = Random(10)
    for _ in range(200):
        given_ = drawn(rng, rng.randint(1, 6), rng.randint(1, 20))
        found = prove_by("positive", given_)
        assert isinstance(found, Exhausted) == satisfiable(given_)
        if isinstance(found, Refuted):
            refutation.check(given_, found.steps)
            assert shape_flaw("positive", found.lines) is None


def test_a_clause_without_support_does_not_stand_for_a_longer_one() -> None:
    clauses = tuple(map(reading.clause, ("A", "A | B", "~A", "~A | ~B", "~B")))
    for place in range(len(clauses)):
        assert isinstance(prove_by("support", clauses, support=[place]), Refuted)


def test_supporting_the_negative_clauses_loses_nothing() -> None:
    rng = Random(8)
    for _ in range(200):
        given_ = drawn(rng, rng.randint(1, 6), rng.randint(1, 20))
        assert isinstance(prove_by("support", given_), Exhausted) == satisfiable(given_)


@pytest.mark.parametrize("strategy", ["unit", "input"])
def test_unit_and_input_resolution_are_not_complete(strategy: Strategy) -> None:
    assert prove_by(strategy, ALL_FOUR) == Exhausted(strategy=strategy)
    assert isinstance(prove_by("linear", ALL_FOUR), Refuted)


def test_each_shape_is_told_from_one_that_is_not() -> None:
    found = prove_by("linear", ALL_FOUR)
    assert isinstance(found, Refuted)
    assert shape_flaw("linear", found.lines) is None
    assert shape_flaw("unit", found.lines) is not None
    assert shape_flaw("input", found.lines) is not None
    assert shape_flaw("sld", found.lines) is not None
    assert shape_flaw("positive", found.lines) is not None
    assert shape_flaw("support", found.lines, support=()) is not None
    bushy = [
        *(_line(n, clause) for n, clause in enumerate(ALL_FOUR, start=1)),
        _line(5, reading.clause("P"), "1", "2"),
        _line(6, reading.clause("~P"), "3", "4"),
        _line(7, EMPTY, "5", "6"),
    ]
    assert shape_flaw("linear", bushy) == "line 6: it does not come from line 5"


def _line(number: int, clause: Clause, *parents: str) -> ClauseLine:
    rule = "resolve" if parents else "given"
    return ClauseLine(label=str(number), clause=clause, rule=rule, parents=parents)


def test_sld_resolution_takes_horn_clauses_alone() -> None:
    with pytest.raises(Unsupported, match="Horn"):
        prove_by("sld", read("P | Q"))


@pytest.mark.parametrize("strategy", ["unit", "input", "linear", "sld", "support", "positive"])
def test_a_grandparent_is_found_in_every_way(strategy: Strategy) -> None:
    given_ = read("F(a, b)", "F(b, c)", "~F(x, y) | ~F(y, z) | G(x, z)", "~G(a, u)")
    found = prove_by(strategy, given_)
    assert isinstance(found, Refuted)
    refutation.check(given_, found.steps)
    _check_lines(given_, found.lines)
    support = [given_[place] for place in negative(given_)]
    assert shape_flaw(strategy, found.lines, support=support) is None


# ── shortest refutations ────────────────────────────────────────────────────────────────────────


def fewest(given_: Sequence[Clause], most: int) -> int | None:
    """Count the resolvents of the shortest refutation, level by level, without any shortcut."""
    level = {frozenset(given_)}
    for count in range(most + 1):
        if any(EMPTY in known for known in level):
            return count
        level = {
            known | {made}
            for known in level
            for left, right in product(known, repeat=2)
            for made in plain.resolvents(left, right)
            if made not in known
        }
    return None


def test_no_refutation_is_shorter_than_the_shortest() -> None:
    rng = Random(9)
    compared = 0
    for _ in range(300):
        given_ = drawn(rng, rng.randint(1, 3), rng.randint(2, 5))
        found = shortest(given_)
        if isinstance(found, Refuted) and steps(found) <= 5:
            refutation.check(given_, found.steps)
            _check_lines(given_, found.lines)
            assert fewest(given_, steps(found)) == steps(found), list(map(show_clause, given_))
            compared += 1
        assert isinstance(found, Saturated) == satisfiable(given_)
    assert compared > 50


def test_the_shortest_refutation_of_all_four_has_three_steps() -> None:
    found = shortest(ALL_FOUR)
    assert isinstance(found, Refuted)
    assert steps(found) == 3


def test_a_search_for_the_shortest_gives_up_at_its_limit() -> None:
    assert shortest(pigeonhole(3), Limit(steps=1000)) == GaveUp(limit="steps")


def test_the_kernel_refuses_a_refutation_with_its_substitutions_taken_out() -> None:
    given_ = read("~M(x) | D(x)", "M(s)", "~D(s)")
    found = prove(given_)
    assert isinstance(found, Refuted)
    damaged = [
        replace(step, reason=Instance(step.reason.of, {}))
        if isinstance(step.reason, Instance)
        else step
        for step in found.steps
    ]
    with pytest.raises(ValueError, match="instance"):
        refutation.check(given_, damaged)
