"""The laws of the logic core."""

from collections import Counter
from collections.abc import Callable, Hashable
from itertools import islice, permutations
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evalsuite.logic import semantics, smt, solvers
from evalsuite.logic.branches import Line, branches
from evalsuite.logic.canonical import canonical
from evalsuite.logic.clauses import (
    Clause,
    Literal,
    complement,
    is_tautology,
    resolvent,
    resolvents,
    show_clause,
)
from evalsuite.logic.problems import (
    BranchClosure,
    Entailment,
    Problem,
    ResolventOf,
    show_problem,
)
from evalsuite.logic.sampling import NAMES, formula
from evalsuite.logic.semantics import clause_value, valuations, value
from evalsuite.logic.syntax import (
    And,
    Atom,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    atoms,
    leaves,
    rename,
)
from evalsuite.logic.tableau import (
    Signed,
    complementary,
    extensions,
    show_signed,
)
from evalsuite.logic.tables import everywhere, table
from evalsuite.logic.writing import show
from tests.strategies import (
    LETTERS,
    clauses,
    formulas,
    problems,
    renamed,
    reordered,
    rngs,
    signed,
)

Decider = Callable[[Problem], int]

P, Q, R = Atom("P"), Atom("Q"), Atom("R")


def lit(text: str) -> Literal:
    return Literal(atom=Atom(text.removeprefix("~")), positive=not text.startswith("~"))


def clause(*texts: str) -> Clause:
    return frozenset(map(lit, texts))


# ── syntax ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "tree"),
    [
        ("~~P", Not(Not(P))),
        ("~P & Q", And(Not(P), Q)),
        ("~(P & Q)", Not(And(P, Q))),
        ("P & Q & R", And(And(P, Q), R)),
        ("P & (Q & R)", And(P, And(Q, R))),
        ("P & Q | R", Or(And(P, Q), R)),
        ("P & (Q | R)", And(P, Or(Q, R))),
        ("P | Q -> R", Implies(Or(P, Q), R)),
        ("(P -> Q) -> R", Implies(Implies(P, Q), R)),
        ("P -> (Q -> R)", Implies(P, Implies(Q, R))),
        ("P -> Q <-> R", Iff(Implies(P, Q), R)),
        ("(P <-> Q) <-> R", Iff(Iff(P, Q), R)),
        ("P <-> (Q <-> R)", Iff(P, Iff(Q, R))),
        ("(P <-> Q) -> R", Implies(Iff(P, Q), R)),
    ],
)
def test_a_formula_is_written_with_no_more_brackets_than_it_needs(
    written: str, tree: Formula
) -> None:
    assert show(tree) == written


def read(text: str) -> Formula:
    """Read what `show` writes: split at the loosest connective that stands outside brackets."""
    for sign, connective in (("<->", Iff), ("->", Implies), ("|", Or), ("&", And)):
        depth = 0
        # From the right, so that chains group to the left.
        for place in range(len(text) - 1, -1, -1):
            depth += {")": 1, "(": -1}.get(text[place], 0)
            if depth == 0 and text.startswith(f" {sign} ", place):
                return connective(read(text[:place]), read(text[place + len(sign) + 2 :]))
    if text.startswith("~"):
        return Not(read(text[1:]))
    return read(text[1:-1]) if text.startswith("(") else Atom(text)


@given(formulas(max_leaves=10))
def test_a_written_formula_reads_back_as_itself(tree: Formula) -> None:
    assert read(show(tree)) == tree


@given(formulas())
def test_renaming_there_and_back_changes_nothing(tree: Formula) -> None:
    there = {name: f"{name}1" for name in LETTERS}
    back = {new: old for old, new in there.items()}
    assert rename(rename(tree, there), back) == tree
    assert atoms(rename(tree, there)) == tuple(there[name] for name in atoms(tree))


@given(formulas())
def test_renaming_is_done_all_at_once(tree: Formula) -> None:
    swapped = {"P": "Q", "Q": "P"}
    assert rename(rename(tree, swapped), swapped) == tree


@given(rngs, st.integers(min_value=1, max_value=8))
def test_a_drawn_formula_has_the_leaves_that_were_asked_for(rng: Random, size: int) -> None:
    names = rng.choices(NAMES, k=size)
    assert list(leaves(formula(names, rng, negated=0.5))) == names


# ── semantics ───────────────────────────────────────────────────────────────────────────────────


@given(formulas())
def test_a_bit_table_agrees_with_each_row(tree: Formula) -> None:
    bits = table(tree, LETTERS)
    assert 0 <= bits <= everywhere(LETTERS)
    for row in valuations(LETTERS):
        number = sum(row[name] << index for index, name in enumerate(LETTERS))
        assert bool(bits >> number & 1) == value(tree, row)


def test_there_is_one_valuation_for_each_choice_of_values() -> None:
    rows = [tuple(row.items()) for row in valuations("QPQ")]
    assert len(rows) == len(set(rows)) == 4


@given(st.lists(formulas(), max_size=4))
def test_truth_table_and_pysat_agree_on_satisfiability(trees: list[Formula]) -> None:
    by_table = any(all(value(tree, row) for tree in trees) for row in valuations(LETTERS))
    assert solvers.satisfiable(trees) == by_table


@given(st.lists(formulas(), max_size=4))
def test_z3_agrees_on_satisfiability(trees: list[Formula]) -> None:
    answer = smt.satisfiable(trees, milliseconds=10_000)
    assert answer == ("yes" if solvers.satisfiable(trees) else "no")


@given(problems(letters=LETTERS, max_leaves=6))
def test_truth_table_and_pysat_give_the_same_answer_or_none(problem: Problem) -> None:
    try:
        by_table = semantics.answer(problem)
    except ValueError:
        with pytest.raises(ValueError, match="resolvent: "):
            solvers.answer(problem)
    else:
        assert solvers.answer(problem) == by_table


@pytest.mark.parametrize("decide", [semantics.answer, solvers.answer])
@pytest.mark.parametrize(
    ("problem", "answer"),
    [
        (Entailment(premises=(P, Implies(P, Q)), conclusion=Q), 0),
        (Entailment(premises=(Q, Implies(P, Q)), conclusion=P), 1),
        (BranchClosure(branch=(Signed(sign=True, formula=P), Signed(sign=False, formula=P))), 0),
        (BranchClosure(branch=(Signed(sign=True, formula=P), Signed(sign=False, formula=Q))), 1),
        (
            ResolventOf(
                left=clause("P", "Q"),
                right=clause("~P", "R"),
                candidates=(clause("P", "Q"), clause("Q", "R"), clause("Q"), clause()),
            ),
            1,
        ),
        (ResolventOf(left=clause("P"), right=clause("~P"), candidates=(clause("P"), clause())), 1),
    ],
)
def test_textbook_problems_have_their_textbook_answers(
    decide: Decider, problem: Problem, answer: int
) -> None:
    assert decide(problem) == answer


@pytest.mark.parametrize("decide", [semantics.answer, solvers.answer])
@pytest.mark.parametrize(
    ("left", "right", "candidates"),
    [
        (clause("P", "Q"), clause("~P"), (clause("P"), clause("~Q"))),  # none fits
        (clause("P", "Q"), clause("~P"), (clause("Q"), clause("Q"))),  # two fit
        (clause("P"), clause("Q"), (clause(),)),  # no pivot
        (clause("P", "Q"), clause("~P", "~Q"), (clause(),)),  # two pivots
    ],
)
def test_a_problem_without_exactly_one_answer_is_refused(
    decide: Decider, left: Clause, right: Clause, candidates: tuple[Clause, ...]
) -> None:
    with pytest.raises(ValueError, match="resolvent: "):
        decide(ResolventOf(left=left, right=right, candidates=candidates))


# ── clauses ─────────────────────────────────────────────────────────────────────────────────────


@given(clauses(), clauses())
def test_a_resolvent_follows_from_its_parents(left: Clause, right: Clause) -> None:
    for child in resolvents(left, right):
        for row in valuations(LETTERS):
            if clause_value(left, row) and clause_value(right, row):
                assert clause_value(child, row)


@given(clauses(), clauses())
def test_there_is_a_resolvent_for_each_pair_of_complementary_literals(
    left: Clause, right: Clause
) -> None:
    pairs = sum(complement(literal) in right for literal in left)
    assert len(resolvents(left, right)) == pairs
    assert set(resolvents(left, right)) == set(resolvents(right, left))


@given(
    st.dictionaries(st.sampled_from("QRS"), st.booleans()),
    st.lists(st.sampled_from(("left", "right", "both")), min_size=3, max_size=3),
)
def test_the_set_construction_is_the_resolvent_of_both_deciders(
    signs: dict[str, bool], places: list[str]
) -> None:
    side = dict(zip("QRS", places, strict=True))
    left, right = (
        frozenset(
            Literal(atom=Atom(atom), positive=positive)
            for atom, positive in signs.items()
            if side[atom] in (here, "both")
        )
        for here in ("left", "right")
    )
    left, right = left | clause("P"), right | clause("~P")
    (child,) = resolvents(left, right)
    problem = ResolventOf(left=left, right=right, candidates=(left, child, right))
    assert semantics.answer(problem) == solvers.answer(problem) == 1


def test_a_literal_that_is_no_pivot_is_refused() -> None:
    with pytest.raises(ValueError, match="no pivot `Q`"):
        resolvent(clause("P", "Q"), clause("~P", "Q"), lit("Q"))


@given(clauses())
def test_a_clause_is_a_tautology_iff_no_row_makes_it_false(given_clause: Clause) -> None:
    always = all(clause_value(given_clause, row) for row in valuations(LETTERS))
    assert is_tautology(given_clause) == always


def test_a_clause_is_written_sorted_by_atom() -> None:
    assert show_clause(clause("R", "~P", "Q")) == "~P | Q | R"
    assert show_clause(clause()) == "[]"


# ── tableaux ────────────────────────────────────────────────────────────────────────────────────


def holds(claim: Signed, row: semantics.Valuation) -> bool:
    return value(claim.formula, row) == claim.sign


@given(signed())
def test_a_rule_keeps_truth_both_ways(claim: Signed) -> None:
    added = extensions(claim)
    assume(added)
    for row in valuations(LETTERS):
        some_branch = any(all(holds(line, row) for line in branch) for branch in added)
        assert some_branch == holds(claim, row)


@given(st.lists(signed(max_leaves=4), min_size=1, max_size=3))
def test_a_branch_is_complete_and_each_line_comes_from_a_rule(initial: list[Signed]) -> None:
    for branch in islice(branches(initial), 50):
        assert [line.number for line in branch] == list(range(1, len(branch) + 1))
        assert [line.signed for line in branch if line.source is None] == initial
        for line in branch:
            added = tuple(other.signed for other in branch if other.source == line.number)
            assert added in (extensions(line.signed) or ((),))


@given(st.lists(signed(max_leaves=4), min_size=1, max_size=3))
def test_a_row_satisfies_the_initial_lines_iff_it_satisfies_a_branch(
    initial: list[Signed],
) -> None:
    grown = list(islice(branches(initial), 200))
    assume(len(grown) < 200)
    for row in valuations(LETTERS):
        satisfied = any(all(holds(line.signed, row) for line in branch) for branch in grown)
        assert satisfied == all(holds(line, row) for line in initial)


@given(st.lists(signed(max_leaves=4), min_size=1, max_size=3))
def test_a_complete_branch_without_a_complementary_pair_is_satisfiable(
    initial: list[Signed],
) -> None:
    """Hintikka's lemma, and its easy converse."""
    for branch in islice(branches(initial), 20):
        lines = tuple(line.signed for line in branch)
        assert semantics.answer(BranchClosure(branch=lines)) == (0 if complementary(lines) else 1)


def test_alpha_lines_come_before_beta_lines() -> None:
    initial = (Signed(sign=True, formula=Or(P, Q)), Signed(sign=True, formula=And(P, Not(Q))))
    first, second = branches(initial)
    assert [(line.number, show_signed(line.signed), line.source) for line in first] == [
        (1, "T P | Q", None),
        (2, "T P & ~Q", None),
        (3, "T P", 2),
        (4, "T ~Q", 2),
        (5, "F Q", 4),
        (6, "T P", 1),
    ]
    assert second[:-1] == first[:-1]
    assert second[-1] == Line(number=6, signed=Signed(sign=True, formula=Q), source=1)


# ── canonical forms ─────────────────────────────────────────────────────────────────────────────


def shape(tree: Formula) -> Hashable:
    match tree:
        case Atom(name):
            return name
        case Not(body):
            return ("~", shape(body))
        case Implies(left, right):
            return ("->", shape(left), shape(right))
        case And(left, right) | Or(left, right) | Iff(left, right):
            return (type(tree).__name__, bag(shape(left), shape(right)))
        case _:
            raise TypeError(tree)


def bag(*things: Hashable) -> Hashable:
    return frozenset(Counter(things).items())


def problem_shape(problem: Problem) -> Hashable:
    """What is left of a problem when order is forgotten and names are kept."""
    match problem:
        case Entailment(premises=premises, conclusion=conclusion):
            return ("entailment", bag(*map(shape, premises)), shape(conclusion))
        case ResolventOf(left=left, right=right, candidates=candidates):
            return ("resolvent", bag(left, right), bag(*candidates))
        case BranchClosure(branch=branch):
            return ("branch", bag(*((line.sign, shape(line.formula)) for line in branch)))


def names_in(problem: Problem) -> list[str]:
    match problem:
        case Entailment(premises=premises, conclusion=conclusion):
            return sorted({name for tree in (*premises, conclusion) for name in atoms(tree)})
        case ResolventOf(left=left, right=right, candidates=candidates):
            return sorted({item.atom.name for each in (left, right, *candidates) for item in each})
        case BranchClosure(branch=branch):
            return sorted({name for line in branch for name in atoms(line.formula)})


def same_by_trying(first: Problem, second: Problem) -> bool:
    here, there = names_in(first), names_in(second)
    return len(here) == len(there) and any(
        problem_shape(renamed(first, dict(zip(here, order, strict=True)))) == problem_shape(second)
        for order in permutations(there)
    )


@given(problems(LETTERS, max_leaves=6), rngs)
def test_renaming_and_reordering_keep_the_canonical_form(problem: Problem, rng: Random) -> None:
    names = names_in(problem)
    new = dict(zip(names, rng.sample(NAMES, len(names)), strict=True))
    assert canonical(reordered(renamed(problem, new), rng)) == canonical(problem)


@given(st.tuples(problems("PQ", 2), problems("PQ", 2)))
def test_two_small_problems_share_a_form_iff_trying_all_renamings_says_so(
    pair: tuple[Problem, Problem],
) -> None:
    first, second = pair
    assert (canonical(first) == canonical(second)) == same_by_trying(first, second)


@given(problems("PQRS", 5), st.dictionaries(st.sampled_from("PQRS"), st.sampled_from("PQRS")))
def test_identifying_atoms_changes_the_form_unless_it_is_a_renaming(
    problem: Problem, changed: dict[str, str]
) -> None:
    other = renamed(problem, {name: changed.get(name, name) for name in "PQRS"})
    assert (canonical(problem) == canonical(other)) == same_by_trying(problem, other)


def test_renaming_does_not_swap_signs() -> None:
    problem = BranchClosure(branch=(Signed(sign=True, formula=P),))
    other = BranchClosure(branch=(Signed(sign=False, formula=P),))
    assert canonical(problem) != canonical(other)


def test_atoms_that_look_alike_locally_are_told_apart_by_their_circles() -> None:
    def circles(*sizes: int) -> Entailment:
        starts = [sum(sizes[:place]) for place in range(len(sizes))]
        edges = (
            Implies(Atom(f"n{start + step}"), Atom(f"n{start + (step + 1) % size}"))
            for start, size in zip(starts, sizes, strict=True)
            for step in range(size)
        )
        return Entailment(premises=tuple(edges), conclusion=Or(P, Not(P)))

    assert canonical(circles(3, 3)) != canonical(circles(6))
    assert canonical(circles(2, 4)) == canonical(circles(4, 2))


def test_ten_interchangeable_atoms_take_no_ten_factorial_steps() -> None:
    many = frozenset(Literal(atom=Atom(f"n{number}"), positive=True) for number in range(10))
    problem = ResolventOf(left=many, right=many, candidates=(many, clause("P")))
    assert canonical(problem).count("T") == 31


def test_a_problem_is_shown_on_one_line() -> None:
    assert show_problem(Entailment(premises=(P, Or(P, Q)), conclusion=Q)) == "P, P | Q |= Q"
    assert (
        show_problem(ResolventOf(left=clause("P"), right=clause("~P"), candidates=(clause(),)))
        == "P, ~P => []"
    )
    assert show_problem(BranchClosure(branch=(Signed(sign=False, formula=P),))) == "F P"
