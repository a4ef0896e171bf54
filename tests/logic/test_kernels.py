"""What the kernels accept, and every way in which they refuse."""

from collections.abc import Sequence

import pytest
from hypothesis import given

from evalsuite.logic import flaws
from evalsuite.logic.clauses import EMPTY, Clause, Literal, literal, resolvents
from evalsuite.logic.kernels import refutation, tableau
from evalsuite.logic.proofs import (
    Apply,
    Assume,
    Branch,
    Close,
    Cut,
    Given,
    Instance,
    Step,
    TableauStep,
    Weaker,
)
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
)
from evalsuite.logic.tableau import ROOT, Logic, Signed, Witness
from tests.strategies import clauses

P, Q = Atom("P"), Atom("Q")
a, b, x = Function("a"), Function("b"), Variable("x")


def clause(*names: str) -> Clause:
    return frozenset(map(literal, names))


def holds(name: str, *args: Variable | Function, positive: bool = True) -> Literal:
    return Literal(atom=Atom(name, args), positive=positive)


def step(clause: Clause, reason: Given | Instance | Cut | Weaker, line: int = 1) -> Step:
    return Step(clause=clause, reason=reason, line=line)


# ── refutations ─────────────────────────────────────────────────────────────────────────────────

PROBLEM = (clause("~P", "Q"), clause("P"), clause("~Q"))
PROOF = (
    step(PROBLEM[0], Given(0), 1),
    step(PROBLEM[1], Given(1), 2),
    step(clause("Q"), Cut(1, 0, literal("P")), 3),
    step(PROBLEM[2], Given(2), 4),
    step(EMPTY, Cut(2, 3, literal("Q")), 5),
)


def test_a_refutation_is_accepted() -> None:
    refutation.check(PROBLEM, PROOF)


def changed(place: int, clause: Clause, reason: Given | Instance | Cut | Weaker) -> list[Step]:
    steps = list(PROOF)
    steps[place] = step(clause, reason, steps[place].line)
    return steps


@pytest.mark.parametrize(
    ("steps", "flaw", "line"),
    [
        (changed(0, clause("Q"), Given(0)), flaws.NotGiven, 1),
        (changed(1, clause("P"), Given(3)), flaws.NotGiven, 2),
        (changed(1, clause("P"), Given(-2)), flaws.NotGiven, 2),
        (changed(2, clause("Q"), Cut(1, 0, literal("Q"))), flaws.NoPivot, 3),
        (changed(2, clause("Q"), Cut(0, 1, literal("P"))), flaws.NoPivot, 3),
        (changed(2, clause("~Q"), Cut(1, 0, literal("P"))), flaws.NotAResolvent, 3),
        (changed(2, EMPTY, Cut(1, 0, literal("P"))), flaws.NotAResolvent, 3),
        (changed(2, clause("Q", "P"), Cut(1, 0, literal("P"))), flaws.NotAResolvent, 3),
        (changed(2, clause("Q"), Cut(1, 3, literal("P"))), flaws.ForwardReference, 3),
        (changed(2, clause("Q"), Cut(2, 0, literal("P"))), flaws.SelfReference, 3),
        (changed(2, clause("Q"), Cut(1, 9, literal("P"))), flaws.UnknownReference, 3),
        (changed(2, clause("Q"), Cut(1, -5, literal("P"))), flaws.UnknownReference, 3),
        (changed(2, clause("Q"), Instance(0, {})), flaws.WrongInstance, 3),
        (changed(2, clause("Q"), Weaker(0)), flaws.NotWeaker, 3),
        (PROOF[:4], flaws.NoEmptyClause, 4),
        ((), flaws.NoEmptyClause, None),
    ],
)
def test_each_wrong_step_of_a_refutation_has_its_flaw(
    steps: Sequence[Step], flaw: type[flaws.Flaw], line: int | None
) -> None:
    with pytest.raises(flaw) as caught:
        refutation.check(PROBLEM, steps)
    assert caught.value.line == line
    assert type(caught.value) is flaw


def test_a_tautology_cut_on_both_its_literals_proves_nothing() -> None:
    # Resolving P | Q with ~P | ~Q on both atoms at once would give the empty clause.
    given_ = (clause("P", "Q"), clause("~P", "~Q"))
    steps = [step(given_[0], Given(0)), step(given_[1], Given(1))]
    with pytest.raises(flaws.NotAResolvent):
        refutation.check(given_, [*steps, step(EMPTY, Cut(0, 1, literal("P")))])


def test_literals_fall_together_in_an_instance() -> None:
    both = frozenset({holds("P", x), holds("P", Variable("y"))})
    negated = frozenset({holds("P", x, positive=False), holds("P", a, positive=False)})
    refutation.check(
        (both, negated),
        [
            step(both, Given(0)),
            step(frozenset({holds("P", a)}), Instance(0, {"x": a, "y": a})),
            step(negated, Given(1)),
            step(frozenset({holds("P", a, positive=False)}), Instance(2, {"x": a})),
            step(EMPTY, Cut(1, 3, holds("P", a))),
        ],
    )


def test_a_substitution_is_applied_all_at_once() -> None:
    swapped = frozenset({holds("R", Variable("y"), x)})
    steps = [
        step(frozenset({holds("R", x, Variable("y"))}), Given(0)),
        step(swapped, Instance(0, {"x": Variable("y"), "y": x})),
    ]
    refutation.check_step((steps[0].clause,), steps, 1)


@given(clauses(), clauses())
def test_the_kernel_accepts_just_the_resolvent(left: Clause, right: Clause) -> None:
    for child in resolvents(left, right):
        pivot = next(
            one
            for one in left
            if Literal(atom=one.atom, positive=not one.positive) in right
            and (left - {one}) | (right - {Literal(atom=one.atom, positive=not one.positive)})
            == child
        )
        steps = [step(left, Given(0)), step(right, Given(1)), step(child, Cut(0, 1, pivot))]
        refutation.check_step((left, right), steps, 2)
        for wrong in ({*child, literal("Z")}, *(child - {one} for one in child)):
            steps[2] = step(frozenset(wrong), Cut(0, 1, pivot))
            with pytest.raises(flaws.NotAResolvent):
                refutation.check_step((left, right), steps, 2)


# ── tableaux ────────────────────────────────────────────────────────────────────────────────────


def claim(sign: str, formula: Formula, *world: int) -> Signed:
    return Signed(sign=sign == "T", formula=formula, world=world)


def put(*nodes: Signed, start: int) -> dict[int, Signed]:
    return dict(enumerate(nodes, start=start))


def apply(
    source: int,
    *added: dict[int, Signed],
    branch: Branch = (),
    witness: Witness | None = None,
    line: int = 9,
) -> Apply:
    return Apply(branch=branch, source=source, witness=witness, added=added, line=line)


def assume(*indices: int) -> list[TableauStep]:
    return [Assume(branch=(), node=index + 1, index=index, line=index + 1) for index in indices]


def close(*nodes: int, branch: Branch = (), line: int = 10) -> Close:
    return Close(branch=branch, nodes=nodes, line=line)


DISJUNCTION = (claim("T", Or(P, Q)), claim("F", P), claim("F", Q))
SPLIT = apply(1, {4: claim("T", P)}, {5: claim("T", Q)})
CLOSED: list[TableauStep] = [
    *assume(0, 1, 2),
    SPLIT,
    close(4, 2, branch=(1,)),
    close(5, 3, branch=(2,)),
]


def test_a_closed_tableau_is_accepted() -> None:
    tableau.check(DISJUNCTION, CLOSED)


@pytest.mark.parametrize(
    ("steps", "flaw"),
    [
        (CLOSED[:5], flaws.OpenBranch),
        (assume(0), flaws.OpenBranch),
        ([], flaws.OpenBranch),
        ([*CLOSED, close(5, 3, branch=(2,))], flaws.ClosedBranch),
        ([*CLOSED[:4], apply(1, {6: claim("T", P)}, {7: claim("T", Q)})], flaws.TwiceSplit),
        ([*CLOSED[:4], close(2, 3)], flaws.TwiceSplit),
        ([*assume(0, 1, 2), apply(1, {4: claim("T", P)})], flaws.MissingBranch),
        ([*assume(0, 1), apply(2, {4: claim("T", P)})], flaws.NoRule),
        (
            [*assume(0, 1, 2), apply(1, {4: claim("T", Q)}, {5: claim("T", P)})],
            flaws.WrongComponent,
        ),
        ([*CLOSED[:4], close(4, 2, branch=(2,))], flaws.OffBranch),
        ([*CLOSED[:4], close(5, 2, branch=(2,))], flaws.NotComplementary),
        ([*CLOSED[:4], close(5, branch=(2,))], flaws.NotComplementary),
        ([*CLOSED[:4], close(branch=(2,))], flaws.NotComplementary),
        ([*CLOSED[:4], close(4, 2, branch=(3,))], flaws.UnknownBranch),
        ([*CLOSED[:4], close(4, 2, branch=(1, 1))], flaws.UnknownBranch),
        ([*assume(0), *assume(0)], flaws.DuplicateNumber),
        (assume(3), flaws.NotAssumed),
        ([*assume(0, 1, 2), apply(8, {4: claim("T", P)}, {5: claim("T", Q)})], flaws.OffBranch),
    ],
)
def test_each_wrong_step_of_a_tableau_has_its_flaw(
    steps: list[TableauStep], flaw: type[flaws.Flaw]
) -> None:
    with pytest.raises(flaw) as caught:
        tableau.check(DISJUNCTION, steps)
    assert type(caught.value) is flaw


def test_alpha_may_take_one_of_its_lines() -> None:
    given_ = (claim("T", And(P, Q)), claim("F", Q))
    tableau.check(given_, [*assume(0, 1), apply(1, {3: claim("T", Q)}), close(3, 2)])


def test_an_absurd_line_closes_its_branch_alone() -> None:
    tableau.check((claim("T", Truth(False)),), [*assume(0), close(1)])
    tableau.check((claim("F", Truth(True)),), [*assume(0), close(1)])
    with pytest.raises(flaws.NotComplementary):
        tableau.check((claim("T", Truth(True)),), [*assume(0), close(1)])


R_XA = Atom("R", (x, a))
FOR_ALL = (claim("T", Forall("x", R_XA)), claim("F", Exists("x", R_XA)))


def test_gamma_takes_any_closed_term() -> None:
    shown = Atom("R", (b, a))
    steps = [
        *assume(0, 1),
        apply(1, {3: claim("T", shown)}, witness=b),
        apply(2, {4: claim("F", shown)}, witness=b),
        close(3, 4),
    ]
    tableau.check(FOR_ALL, steps)


@pytest.mark.parametrize("witness", [None, x, Function("f", (x,)), (1, 1)])
def test_gamma_takes_no_other(witness: Witness | None) -> None:
    with pytest.raises(flaws.OpenTerm):
        tableau.check(FOR_ALL, [*assume(0, 1), apply(1, {3: claim("T", P)}, witness=witness)])


SOME = (
    claim("T", Exists("x", Atom("P", (x,)))),
    claim("F", Atom("P", (a,))),
    claim("T", Forall("x", Atom("R", (x,)))),
)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(
            [*assume(0, 1), apply(1, {4: claim("T", Atom("P", (a,)))}, witness=a)],
            id="it stands on the branch",
        ),
        pytest.param(
            [*assume(0), apply(1, {4: claim("T", Atom("P", (a,)))}, witness=a)],
            id="it stands in a premise that comes only later",
        ),
        pytest.param(
            [
                *assume(0, 2),
                apply(3, {4: claim("T", Atom("R", (b,)))}, witness=b),
                apply(1, {5: claim("T", Atom("P", (b,)))}, witness=b),
            ],
            id="a gamma rule has taken it",
        ),
        pytest.param(
            [
                *assume(0),
                apply(1, {4: claim("T", Atom("P", (b,)))}, witness=b),
                apply(1, {5: claim("T", Atom("P", (b,)))}, witness=b),
            ],
            id="a delta rule has taken it",
        ),
        pytest.param(
            [
                *assume(0),
                apply(
                    1,
                    {4: claim("T", Atom("P", (Function("g", (b,)),)))},
                    witness=Function("g", (b,)),
                ),
            ],
            id="it is no constant",
        ),
    ],
)
def test_delta_takes_a_constant_that_is_new(steps: list[TableauStep]) -> None:
    with pytest.raises(flaws.StaleConstant):
        tableau.check(SOME, steps)


def test_two_branches_may_take_the_same_new_constant() -> None:
    some = Exists("x", And(Atom("P", (x,)), Not(Atom("P", (x,)))))
    inner = And(Atom("P", (b,)), Not(Atom("P", (b,))))
    steps: list[TableauStep] = [*assume(0), apply(1, {2: claim("T", some)}, {3: claim("T", some)})]
    for number, branch in ((2, (1,)), (3, (2,))):
        steps += [
            apply(number, {number * 10: claim("T", inner)}, branch=branch, witness=b),
            apply(
                number * 10,
                {
                    number * 10 + 1: claim("T", Atom("P", (b,))),
                    number * 10 + 2: claim("T", Not(Atom("P", (b,)))),
                },
                branch=branch,
            ),
            apply(number * 10 + 2, {number * 10 + 3: claim("F", Atom("P", (b,)))}, branch=branch),
            close(number * 10 + 1, number * 10 + 3, branch=branch),
        ]
    tableau.check((claim("T", Or(some, some)),), steps)


# ── worlds ──────────────────────────────────────────────────────────────────────────────────────


def modal(logic: Logic, assumptions: Sequence[Signed], *steps: TableauStep) -> None:
    tableau.check(assumptions, [*assume(*range(len(assumptions))), *steps], logic)


T_AXIOM = (claim("T", Box(P), *ROOT), claim("F", P, *ROOT))
AT_HOME = (apply(1, {3: claim("T", P, *ROOT)}, witness=ROOT), close(3, 2))


@pytest.mark.parametrize("logic", ["T", "B", "S4", "S5"])
def test_a_reflexive_world_reaches_itself(logic: Logic) -> None:
    modal(logic, T_AXIOM, *AT_HOME)


@pytest.mark.parametrize("logic", ["K", "D", "K4"])
def test_another_world_does_not(logic: Logic) -> None:
    with pytest.raises(flaws.NotAccessible):
        modal(logic, T_AXIOM, *AT_HOME)


D_AXIOM = (claim("T", Box(P), *ROOT), claim("F", Diamond(P), *ROOT))
ONWARD = (
    apply(1, {3: claim("T", P, 1, 1)}, witness=(1, 1)),
    apply(2, {4: claim("F", P, 1, 1)}, witness=(1, 1)),
    close(3, 4),
)


def test_only_a_serial_world_reaches_one_that_nothing_has_made() -> None:
    modal("D", D_AXIOM, *ONWARD)
    for logic in ("K", "K4"):
        with pytest.raises(flaws.NotAccessible):
            modal(logic, D_AXIOM, *ONWARD)


@pytest.mark.parametrize("world", [(1,), (2,), (1, 1, 1), ()])
def test_pi_makes_a_new_world_after_its_own(world: tuple[int, ...]) -> None:
    with pytest.raises(flaws.StaleWorld):
        modal(
            "S5",
            (claim("T", Diamond(P), *ROOT),),
            apply(1, {2: claim("T", P, *world)}, witness=world),
        )


def test_no_world_is_new_twice() -> None:
    with pytest.raises(flaws.StaleWorld):
        modal(
            "K",
            (claim("T", Diamond(P), *ROOT), claim("T", Diamond(Not(P)), *ROOT)),
            apply(1, {3: claim("T", P, 1, 1)}, witness=(1, 1)),
            apply(2, {4: claim("T", Not(P), 1, 1)}, witness=(1, 1)),
        )


def test_claims_in_two_worlds_do_not_contradict_each_other() -> None:
    with pytest.raises(flaws.NotComplementary):
        modal(
            "K",
            (claim("T", Diamond(P), *ROOT), claim("F", P, *ROOT)),
            apply(1, {3: claim("T", P, 1, 1)}, witness=(1, 1)),
            close(3, 2),
        )


EXCLUDED = (claim("F", Or(P, Not(P)), *ROOT),)


def test_intuitionistic_truth_lasts_and_falsity_does_not() -> None:
    parts = apply(1, {2: claim("F", P, *ROOT), 3: claim("F", Not(P), *ROOT)})
    onward = apply(3, {4: claim("T", P, 1, 1)}, witness=(1, 1))
    with pytest.raises(flaws.NotComplementary):
        modal("intuitionistic", EXCLUDED, parts, onward, close(4, 2))
    modal(
        "intuitionistic",
        (claim("T", P, *ROOT), claim("F", Implies(Q, P), *ROOT)),
        apply(2, {3: claim("T", Q, 1, 1), 4: claim("F", P, 1, 1)}, witness=(1, 1)),
        close(1, 4),
    )


def test_a_classical_rule_is_no_intuitionistic_one() -> None:
    with pytest.raises(flaws.StaleWorld):
        modal(
            "intuitionistic",
            (claim("F", Not(P), *ROOT),),
            apply(1, {2: claim("T", P, *ROOT)}, witness=ROOT),
        )


def test_a_biconditional_splits_into_two_lines_a_branch() -> None:
    given_ = (claim("T", Iff(P, Q)), claim("T", P), claim("F", Q))
    steps: list[TableauStep] = [
        *assume(0, 1, 2),
        apply(
            1,
            {4: claim("T", P), 5: claim("T", Q)},
            {6: claim("F", P), 7: claim("F", Q)},
        ),
        close(5, 3, branch=(1,)),
        close(2, 6, branch=(2,)),
    ]
    tableau.check(given_, steps)


@pytest.mark.parametrize(
    ("logic", "formula"),
    [
        ("intuitionistic", Forall("x", Or(P, Atom("Q", (x,))))),
        ("K", Box(Forall("x", Atom("Q", (x,))))),
        ("S5", Atom("Q", (a,))),
        ("classical", Box(P)),
        ("intuitionistic", Diamond(P)),
    ],
)
def test_a_logic_without_rules_for_a_formula_judges_no_tableau_of_it(
    logic: Logic, formula: Formula
) -> None:
    with pytest.raises(flaws.Unsupported):
        tableau.check(
            (claim("T", formula), claim("F", formula)), [*assume(0, 1), close(1, 2)], logic
        )
