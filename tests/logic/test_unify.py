"""Unification, matching, variants and subsumption."""

import time
from collections.abc import Iterable, Sequence
from itertools import pairwise, permutations, product
from random import Random

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from evalsuite.logic import smt
from evalsuite.logic.clauses import Clause, Literal, instance, variables
from evalsuite.logic.flaws import TooLarge
from evalsuite.logic.sharing import applied
from evalsuite.logic.syntax import (
    Atom,
    Function,
    Substitution,
    Term,
    Variable,
    apply,
    subterms,
    term_variables,
)
from evalsuite.logic.unify import (
    Failure,
    apart,
    compose,
    equal,
    is_idempotent,
    match,
    mgu,
    mgu_atoms,
    most_general,
    size,
    subsumes,
    unifies,
    variant,
)
from tests.strategies import rngs

X, Y, Z = map(Variable, "xyz")
A, B = Function("a"), Function("b")


def f(*args: Term) -> Function:
    return Function("f", args)


def g(*args: Term) -> Function:
    return Function("g", args)


def literal(name: str, *args: Term, positive: bool = True) -> Literal:
    return Literal(atom=Atom(name, args), positive=positive)


def terms(names: str = "xyz") -> st.SearchStrategy[Term]:
    leaves = st.one_of(st.sampled_from(names).map(Variable), st.sampled_from((A, B)))
    return st.recursive(
        leaves, lambda inner: st.builds(f, inner, inner) | st.builds(g, inner), max_leaves=5
    )


equations = st.lists(st.tuples(terms("xyzuv"), terms("xyzuv")), min_size=1, max_size=3)
substitutions = st.dictionaries(st.sampled_from("xyzuv"), terms("xyzuvw"), max_size=4)
literals = st.builds(
    Literal,
    atom=st.builds(Atom, st.sampled_from("PQ"), st.tuples(terms("xyz"), terms("xyz"))),
    positive=st.booleans(),
)
clauses = st.frozensets(literals, max_size=3)


def textbook(given: Iterable[tuple[Term, Term]]) -> dict[str, Term] | None:
    """Unify as Robinson (1965) does: find a difference, replace, begin again."""
    found: dict[str, Term] = {}
    while True:
        sides = [(apply(left, found), apply(right, found)) for left, right in given]
        different = next(
            (pair for left, right in sides for pair in _differences(left, right)), None
        )
        if different is None:
            return found
        left, right = different
        if not isinstance(left, Variable):
            left, right = right, left
        if not isinstance(left, Variable) or left in subterms(right):
            return None
        found = {name: apply(term, {left.name: right}) for name, term in found.items()}
        found[left.name] = right


def _differences(left: Term, right: Term) -> Iterable[tuple[Term, Term]]:
    if left == right:
        return
    if _head(left) != _head(right) or isinstance(left, Variable) or isinstance(right, Variable):
        yield left, right
        return
    for one, two in zip(left.args, right.args, strict=True):
        yield from _differences(one, two)


def _head(term: Term) -> tuple[str, int] | None:
    return (term.name, len(term.args)) if isinstance(term, Function) else None


def loosened(term: Term, rng: Random, meaning: dict[str, Term]) -> Term:
    """Put variables for some parts of a term; `meaning` says what they stand for."""
    if rng.random() < 0.4 and (name := rng.choice("xyzuv")) not in meaning:
        meaning[name] = term
    names = [name for name, part in meaning.items() if part == term]
    if names and rng.random() < 0.8:
        return Variable(rng.choice(names))
    match term:
        case Variable():
            return term
        case Function(name, args):
            return Function(name, tuple(loosened(arg, rng, meaning) for arg in args))


def unifiable(term: Term, rng: Random) -> tuple[list[tuple[Term, Term]], dict[str, Term]]:
    """Return equations and a unifier of them."""
    meaning: dict[str, Term] = {}
    sides = [(loosened(term, rng, meaning), loosened(term, rng, meaning)) for _ in range(2)]
    return sides, meaning


# ── unifiers ────────────────────────────────────────────────────────────────────────────────────


@given(equations)
@example([(X, f(Y, Y)), (Y, g(X))])
@example([(f(X, Y), f(Y, X)), (X, A)])
def test_terms_unify_iff_the_textbook_unifies_them(sides: list[tuple[Term, Term]]) -> None:
    ours = mgu(sides)
    assert (textbook(sides) is None) == isinstance(ours, Failure)


@given(terms("w"), rngs)
def test_a_unifier_makes_both_sides_equal_and_is_idempotent(term: Term, rng: Random) -> None:
    sides, _ = unifiable(term, rng)
    unifier = mgu(sides)
    assert not isinstance(unifier, Failure)
    assert all(apply(left, unifier) == apply(right, unifier) for left, right in sides)
    assert is_idempotent(unifier)
    assert all(apply(image, unifier) == image for image in unifier.values())
    assert all(image != Variable(name) for name, image in unifier.items())


@given(terms("w"), rngs)
def test_every_unifier_is_the_most_general_one_and_then_some(term: Term, rng: Random) -> None:
    sides, other = unifiable(term, rng)
    unifier = mgu(sides)
    assert not isinstance(unifier, Failure)
    names = [Variable(name) for name in other]
    then = match((apply(name, unifier), apply(name, other)) for name in names)
    assert then is not None
    assert all(apply(apply(name, unifier), then) == apply(name, other) for name in names)


@given(terms("w"), rngs)
def test_the_textbooks_unifier_is_most_general_and_narrower_ones_are_not(
    term: Term, rng: Random
) -> None:
    sides, _ = unifiable(term, rng)
    theirs = textbook(sides)
    assert theirs is not None
    assert most_general(theirs, sides)
    free = {name for pair in sides for side in pair for name in term_variables(side)} - {*theirs}
    for name in free:
        narrower = compose(theirs, {name: A})
        assert unifies(narrower, sides)
        assert not most_general(narrower, sides)


@pytest.mark.parametrize(
    ("sides", "kind"),
    [
        ([(A, B)], "clash"),
        ([(f(X, Y), g(X))], "clash"),
        ([(Function("f", (X,)), f(X, Y))], "clash"),
        ([(X, g(X))], "occurs"),
        ([(X, g(Y)), (Y, g(X))], "occurs"),
        ([(f(X, X), f(Y, g(Y)))], "occurs"),
        ([(f(X, g(X)), f(Y, Y))], "occurs"),
    ],
)
def test_a_failure_says_of_which_kind_it_is(sides: list[tuple[Term, Term]], kind: str) -> None:
    failure = mgu(sides)
    assert isinstance(failure, Failure)
    assert failure.kind == kind
    assert "`" in failure.message


def test_atoms_of_different_predicates_do_not_unify() -> None:
    assert mgu_atoms(Atom("P", (X,)), Atom("P", (A,))) == {"x": A}
    assert isinstance(mgu_atoms(Atom("P", (X,)), Atom("Q", (A,))), Failure)
    assert isinstance(mgu_atoms(Atom("P", (X,)), Atom("P", (X, Y))), Failure)
    assert mgu_atoms(Atom("P"), Atom("P")) == {}


def test_the_variable_met_first_stands_for_those_it_falls_together_with() -> None:
    assert mgu_atoms(Atom("P", (X, Y)), Atom("P", (Z, X))) == {"y": X, "z": X}


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"x": g(Y)}, True),
        ({"x": g(Z), "y": Z}, True),  # other names for variables
        ({"x": g(A), "y": A}, False),  # an instance
        ({"x": g(Y), "z": B}, False),  # says something of a variable that is not there
        ({"x": g(B)}, False),  # no unifier
        ({}, False),
    ],
)
def test_an_answer_is_judged_most_general(answer: dict[str, Term], *, verdict: bool) -> None:
    assert most_general(answer, [(X, g(Y))]) is verdict


def test_nothing_is_most_general_where_nothing_unifies() -> None:
    assert not most_general({"x": g(X)}, [(X, g(X))])


# ── terms that share their parts ────────────────────────────────────────────────────────────────


def doubled(letter: str, count: int) -> list[tuple[Term, Term]]:
    """Say x1 = f(x0, x0), x2 = f(x1, x1), …."""
    names = [Variable(f"{letter}{index}") for index in range(count + 1)]
    return [(new, f(old, old)) for old, new in pairwise(names)]


@pytest.mark.usefixtures("promptly")
def test_an_exponential_unifier_takes_linear_time_and_space() -> None:
    unifier = mgu(doubled("x", 500))
    assert not isinstance(unifier, Failure)
    assert size(unifier["x500"]) == 2**501 - 1
    assert is_idempotent(unifier)


@pytest.mark.usefixtures("promptly")
def test_exponential_terms_are_unified_and_compared_without_writing_them_out() -> None:
    sides = [*doubled("x", 500), *doubled("y", 500), (Variable("x500"), Variable("y500"))]
    unifier = mgu(sides)
    assert not isinstance(unifier, Failure)
    assert most_general(unifier, sides)
    left, right = mgu(doubled("x", 500)), mgu(doubled("x", 500))
    assert not isinstance(left, Failure)
    assert not isinstance(right, Failure)
    assert equal(left["x500"], right["x500"])
    assert not equal(left["x500"], f(left["x499"], left["x498"]))
    assert match([(left["x500"], right["x500"])]) == {}


def test_a_cycle_far_down_is_found() -> None:
    failure = mgu([*doubled("x", 500), (Variable("x0"), g(Variable("x500")))])
    assert isinstance(failure, Failure)
    assert failure.kind == "occurs"


def test_deep_terms_are_no_trouble() -> None:
    deep: Term = X
    for _ in range(50_000):
        deep = g(deep)
    assert size(deep) == 50_001
    (closed,) = applied([deep], {"x": A})
    unifier = mgu([(deep, closed)])
    assert isinstance(unifier, dict)
    assert unifier == {"x": A}
    assert isinstance(mgu([(X, deep)]), Failure)


@given(terms(), terms(), substitutions)
def test_sharing_changes_no_result(one: Term, two: Term, substitution: dict[str, Term]) -> None:
    assert size(one) == len(list(subterms(one)))
    assert equal(one, two) == (one == two)
    expected = apply(one, substitution), apply(two, substitution)
    assert applied([one, two], substitution) == expected


# ── substitutions ───────────────────────────────────────────────────────────────────────────────


@given(terms("xyzuv"), substitutions, substitutions)
def test_a_composition_does_one_after_the_other(
    term: Term, first: dict[str, Term], second: dict[str, Term]
) -> None:
    assert apply(term, compose(first, second)) == apply(apply(term, first), second)


@given(substitutions)
def test_idempotent_is_to_do_no_more_when_done_twice(substitution: dict[str, Term]) -> None:
    twice = compose(substitution, substitution)
    once = compose(substitution, {})
    assert is_idempotent(substitution) == (twice == once)


# ── matching ────────────────────────────────────────────────────────────────────────────────────


@given(terms(), substitutions)
def test_a_term_matches_its_instances(pattern: Term, substitution: dict[str, Term]) -> None:
    found = match([(pattern, apply(pattern, substitution))])
    assert found is not None
    assert apply(pattern, found) == apply(pattern, substitution)


@given(terms(), terms())
def test_what_matches_is_an_instance(pattern: Term, target: Term) -> None:
    found = match([(pattern, target)])
    # Apart from variables' names, that is unification with the target's variables held fast.
    fixed = {name: Function(f"c_{name}") for name in term_variables(target)}
    assert (found is not None) == isinstance(mgu([(pattern, apply(target, fixed))]), dict)
    if found is not None:
        assert apply(pattern, found) == target


def test_a_variable_matches_one_thing_only() -> None:
    assert match([(f(X, X), f(A, A))]) == {"x": A}
    assert match([(f(X, X), f(A, B))]) is None
    assert match([(f(X, Y), f(Y, X))]) == {"x": Y, "y": X}
    assert match([(A, X)]) is None


# ── clauses ─────────────────────────────────────────────────────────────────────────────────────


def _all(clause: Clause, images: Sequence[Term]) -> Iterable[Substitution]:
    names = sorted(variables(clause))
    for choice in product(images, repeat=len(names)):
        yield dict(zip(names, choice, strict=True))


@given(clauses, clauses)
def test_subsumption_is_inclusion_of_some_instance(clause: Clause, other: Clause) -> None:
    images = {part for one in other for arg in one.atom.args for part in subterms(arg)}
    expected = any(
        instance(clause, substitution) <= other for substitution in _all(clause, [*images, A])
    )
    found = subsumes(clause, other)
    assert (found is not None) == expected
    if found is not None:
        assert instance(clause, found) <= other


@given(clauses, substitutions, clauses)
def test_a_clause_subsumes_its_instances_and_longer_ones(
    clause: Clause, substitution: dict[str, Term], more: Clause
) -> None:
    longer = instance(clause, substitution) | more
    found = subsumes(clause, longer)
    assert found is not None
    assert instance(clause, found) <= longer


@given(clauses, clauses)
def test_what_is_subsumed_follows(clause: Clause, other: Clause) -> None:
    assume(subsumes(clause, other) is not None)
    assert smt.entails_clause([clause], other, milliseconds=2000) == "yes"


@given(clauses, clauses)
def test_variants_are_those_that_some_renaming_makes_equal(clause: Clause, other: Clause) -> None:
    names = sorted(variables(clause))
    renamings = (
        {name: Variable(new) for name, new in zip(names, chosen, strict=True)}
        for chosen in permutations(sorted(variables(other)), len(names))
    )
    expected = any(instance(clause, renaming) == other for renaming in renamings)
    assert (variant(clause, other) is not None) == expected


@given(clauses, st.permutations("xyzuvw"))
def test_a_renamed_clause_is_a_variant(clause: Clause, names: list[str]) -> None:
    renaming = {old: Variable(new) for old, new in zip("xyzuvw", names, strict=True)}
    renamed = instance(clause, renaming)
    found = variant(clause, renamed)
    assert found is not None
    assert instance(clause, found) == renamed
    assert variant(renamed, clause) is not None


def test_two_variables_are_no_variant_of_one() -> None:
    two, one = frozenset([literal("P", X, Y)]), frozenset([literal("P", X, X)])
    assert variant(two, one) is None
    assert variant(one, two) is None
    assert subsumes(two, one) == {"y": X}


def graph(rng: Random, letter: str, nodes: int, edges: int) -> Clause:
    names = [Variable(f"{letter}{index}") for index in range(nodes)]
    return frozenset(literal("E", rng.choice(names), rng.choice(names)) for _ in range(edges))


@given(rngs)
def test_hard_searches_end_in_time(rng: Random) -> None:
    small, large = graph(rng, "x", 8, 14), graph(rng, "y", 12, 60)
    start = time.process_time()
    for search in (subsumes, variant):
        try:
            found = search(small, large)
        except TooLarge:
            continue
        assert found is None or instance(small, found) <= large
    assert time.process_time() - start < 10


@pytest.mark.usefixtures("promptly")
def test_long_clauses_are_searched_in_time() -> None:
    clause = frozenset(literal(f"P{i}", Variable(f"x{i}"), Variable(f"x{i}")) for i in range(3000))
    ground = instance(clause, {f"x{i}": A for i in range(3000)})
    assert subsumes(clause, ground) is not None
    assert subsumes(ground, clause) is None
    with pytest.raises(TooLarge):
        subsumes(graph(Random(1), "x", 400, 900), graph(Random(2), "y", 400, 900))


@given(clauses, clauses)
def test_renaming_apart_gives_a_variant_without_the_names(clause: Clause, other: Clause) -> None:
    taken = variables(other)
    renamed = instance(clause, apart(clause, taken))
    assert variables(renamed).isdisjoint(taken)
    assert variant(clause, renamed) is not None
    assert all(name[0] in "uvwxyz" for name in variables(renamed))


def test_new_names_are_easy_to_read() -> None:
    clause = frozenset([literal("P", X, Y, Variable("x1"))])
    assert apart(clause, frozenset({"x", "y"})) == {"x": Variable("x2"), "y": Variable("y1")}
