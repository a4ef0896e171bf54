"""First-order structures."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.logic import semantics
from evalsuite.logic.flaws import BadStructure, TooLarge, Unsupported
from evalsuite.logic.structures import Structure, is_countermodel, satisfies
from evalsuite.logic.syntax import Atom, Exists, Forall, Formula, Not, Variable
from evalsuite.logic.text import reading
from tests.strategies import LETTERS, formulas, rngs

FAMILY = Structure(
    domain=("ann", "bob", "eve"),
    constants={"a": "ann", "b": "bob"},
    functions={"mother": {("ann",): "eve", ("bob",): "eve", ("eve",): "eve"}},
    predicates={
        "Likes": frozenset({("ann", "bob"), ("bob", "ann"), ("eve", "eve")}),
        "Old": frozenset({("eve",)}),
        "Sunny": frozenset({()}),
    },
)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("Likes(a, b)", True),
        ("Likes(a, a)", False),
        ("Old(mother(a))", True),
        ("Old(mother(mother(b)))", True),
        ("forall x. Old(mother(x))", True),
        ("forall x. exists y. Likes(x, y)", True),
        ("exists y. forall x. Likes(x, y)", False),
        ("exists x. (Old(x) & Likes(x, x))", True),
        ("forall x. (exists x. Old(x)) & ~Likes(a, x) | Old(x) | Likes(x, b) | Likes(x, a)", True),
        ("Sunny", True),
        ("Rainy", False),
        ("forall x. ~Young(x)", True),
        ("Sunny xor Rainy", True),
        ("Sunny <-> Rainy", False),
        ("Rainy -> false", True),
    ],
)
def test_formulas_are_true_as_the_structure_says(text: str, truth: bool) -> None:  # noqa: FBT001
    assert satisfies(FAMILY, reading.formula(text)) is truth
    assert satisfies(FAMILY, Not(reading.formula(text))) is not truth


def test_a_free_variable_stands_for_its_assignment() -> None:
    old = reading.formula("Old(x)")
    assert satisfies(FAMILY, old, {"x": "eve"})
    assert not satisfies(FAMILY, old, {"x": "ann"})
    with pytest.raises(BadStructure, match="variable `x`: it has no value"):
        satisfies(FAMILY, old)
    with pytest.raises(BadStructure, match="`zoe` is not in the domain"):
        satisfies(FAMILY, old, {"x": "zoe"})


@given(formulas(), st.sets(st.sampled_from(LETTERS)))
def test_propositional_formulas_have_their_truth_table(formula: Formula, true: set[str]) -> None:
    structure = Structure(domain=("d",), predicates={name: frozenset({()}) for name in true})
    row = {name: name in true for name in LETTERS}
    assert satisfies(structure, formula) == semantics.value(formula, row)


@given(rngs)
def test_quantifiers_are_dual(rng: Random) -> None:
    domain = tuple("abc"[: rng.randint(1, 3)])
    pairs = [(one, other) for one in domain for other in domain]
    extension = frozenset(rng.sample(pairs, rng.randint(0, len(pairs))))
    structure = Structure(domain=domain, predicates={"R": extension})
    body = Atom("R", (Variable("x"), Variable("y")))
    for inner in (Forall("y", body), Exists("y", body)):
        some, none = Exists("x", inner), Not(Forall("x", Not(inner)))
        assert satisfies(structure, some) == satisfies(structure, none)


def test_a_countermodel_has_true_premises_and_a_false_conclusion() -> None:
    premise, conclusion = map(reading.formula, ("Likes(a, b)", "Likes(b, b)"))
    assert is_countermodel(FAMILY, [premise], conclusion)
    assert is_countermodel(FAMILY, [premise], None)
    assert not is_countermodel(FAMILY, [premise], premise)
    assert not is_countermodel(FAMILY, [conclusion], conclusion)
    assert not is_countermodel(FAMILY, [conclusion], None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"domain": ()}, "domain: it is empty"),
        ({"domain": ("ann", "bob", "eve", "ann")}, "an element stands in it twice"),
        ({"constants": {"a": "zoe"}}, "constant `a`: `zoe` is not in the domain"),
        ({"constants": {"b": "bob"}}, "constant `a`: it has no value"),
        ({"functions": {"mother": {("ann",): "eve"}}}, "not have a value for every argument"),
        ({"functions": {}}, "function `mother`: it has no values for 1 arguments"),
        ({"functions": {"mother": {("ann",): "zoe"}}}, "`zoe` is not in the domain"),
        ({"predicates": {"Old": frozenset({("ann", "bob")})}}, "predicate `Old`: it takes 1"),
        ({"predicates": {"Old": frozenset({("ann",), ()})}}, "its tuples differ in length"),
        ({"predicates": {"Old": frozenset({("zoe",)})}}, "`zoe` is not in the domain"),
    ],
)
def test_what_is_no_structure_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(BadStructure, match=message):
        satisfies(replace(FAMILY, **change), reading.formula("Old(mother(a))"))  # type: ignore[arg-type]


def test_an_evaluation_that_takes_too_long_is_refused() -> None:
    structure = Structure(domain=tuple(map(str, range(30))))
    quantifiers = "".join(f"forall x{number}. " for number in range(8))
    with pytest.raises(TooLarge, match="looks at more than"):
        satisfies(structure, reading.formula(f"{quantifiers}P(x1)"))


def test_modal_formulas_and_deep_ones_are_refused() -> None:
    with pytest.raises(Unsupported, match="modal"):
        satisfies(FAMILY, reading.formula("[]Sunny"))
    deep: Formula = Atom("P")
    for _ in range(10_000):
        deep = Not(deep)
    with pytest.raises(TooLarge, match="levels"):
        satisfies(FAMILY, deep)
