"""Prove by an analytic tableau, or show a countermodel.

A tableau begins with T for each premise and F for the conclusion; the rules are those of
`logic.tableau`. A branch is closed by a contradiction. A branch that is open and *complete* (every
rule that can be applied has been, or would add nothing) describes a countermodel.

    propositional, modal, intuitionistic: decided. Branches end: of subformulas there are finitely
    many, and a world that has nothing new is blocked by an earlier one (Fitting 1983; Horrocks,
    Sattler and Tobies 1999).

    first order: whatever is valid is proved, given nodes enough, since γ takes each term in turn.
    That something is not valid is found by a complete branch or a finite model, if at all.

A rule that no closure needs is left out of the proof.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evalsuite.logic import kripke, semantics, structures, syntax
from evalsuite.logic.flaws import TooLarge, Unsupported
from evalsuite.logic.kripke import Kripke
from evalsuite.logic.limits import DEFAULT, within
from evalsuite.logic.proofs import TableauLine, TableauStep
from evalsuite.logic.provers import _countermodels, models
from evalsuite.logic.provers._branch import Branch, Grower, Node
from evalsuite.logic.provers._claims import Claims, Rule, fresh_constants
from evalsuite.logic.provers._guidance import Pool, preferred
from evalsuite.logic.provers._search import Grown, search
from evalsuite.logic.provers._tableau_lines import written
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Atom, Exists, Forall, Formula
from evalsuite.logic.tableau import ROOT, Logic, Signed, check_fragment


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How far a search goes.

    Attributes:
        nodes: how many signed formulas it writes down, on all branches together.
        weight: how many symbols a term may have that is put for a variable.
        instances: how many of quantified formulas are put to the SAT solver, to find those that
            matter.
        size: of the largest domain in which a finite countermodel is looked for. (A branch's own
            countermodel may be larger, as large as can be evaluated.)

    """

    nodes: int = 20_000
    weight: int = 30
    instances: int = 4_000
    size: int = 4


_SHORT = Limit(nodes=300, weight=6)  # of the first search for a first-order proof


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A proof: the conclusion follows, or without one, the premises contradict each other.

    Attributes:
        lines: for people; the premises first, then the goal.
        kernel_steps: the same, for the kernel.

    """

    lines: tuple[TableauLine, ...]
    kernel_steps: tuple[TableauStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A countermodel: the conclusion does not follow, or the premises can all be true.

    Attributes:
        branch: the open, complete branch; empty where a finite model was found without one.
        countermodel: a valuation for propositional problems, a structure for first-order ones, a
            Kripke model in the other logics.
        world: of a Kripke model, the one in which the inference fails; else `None`.

    """

    branch: tuple[Signed, ...]
    countermodel: Mapping[str, bool] | Structure | Kripke
    world: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GaveUp:
    """Nothing is known: the search met this limit, a field of `Limit`."""

    limit: str


Answer: TypeAlias = Closed | Open | GaveUp


def prove(
    premises: Sequence[Formula],
    conclusion: Formula | None,
    logic: Logic = "classical",
    *,
    limit: Limit | None = None,
) -> Answer:
    """Close a tableau for an inference, or find a countermodel.

    Raises:
        TooLarge: a formula is too deep.
        Unsupported: a formula has no place in the logic, or a variable is free in it.

    """
    problem = _Problem(tuple(premises), conclusion, logic, limit or Limit())
    for formula in problem.formulas():
        _check(formula, logic)
    if all(map(syntax.is_propositional, problem.formulas())) or logic != "classical":
        return _decided(problem)
    return _first_order(problem)


@dataclass(frozen=True, slots=True)
class _Problem:
    premises: tuple[Formula, ...]
    conclusion: Formula | None
    logic: Logic
    limit: Limit

    def formulas(self) -> tuple[Formula, ...]:
        return self.premises if self.conclusion is None else (*self.premises, self.conclusion)

    def names(self) -> frozenset[str]:
        """Return all names, so that new constants are not taken for them."""
        return frozenset(name for formula in self.formulas() for name in _names(formula))

    def assumptions(self) -> tuple[Signed, ...]:
        world = () if self.logic == "classical" else ROOT
        signs = (*(True for _ in self.premises), False)
        pairs = zip(signs, self.formulas(), strict=False)
        return tuple(Signed(sign=sign, formula=one, world=world) for sign, one in pairs)


def _check(formula: Formula, logic: Logic) -> None:
    within(syntax.depth(formula), DEFAULT.depth, "levels of a formula")
    check_fragment(formula, logic)
    if syntax.free_variables(formula):
        raise Unsupported(f"variable `{min(syntax.free_variables(formula))}` is free")


def _names(formula: Formula) -> Iterable[str]:
    yield from syntax.constants(formula)
    for found in syntax.subformulas(formula):
        match found:
            case Atom(name) | Forall(name) | Exists(name):
                yield name
            case _:
                pass


# ── one search ──────────────────────────────────────────────────────────────────────────────────


def _searched(
    problem: _Problem, claims: Claims, limit: Limit, rules: frozenset[Rule] = frozenset()
) -> Closed | Open | GaveUp:
    grower, root = Grower(claims, limit.nodes, limit.weight, rules), Branch()
    try:
        for signed in problem.assumptions():
            claim = claims.claim(signed)
            grower.put(root, Node(claim))
        if not problem.formulas() and problem.logic != "classical":
            root.worlds[ROOT] = 0  # nothing is claimed in it
        found = search(grower, root)
        if isinstance(found, Grown):
            premises = len(problem.premises)
            lines, steps = written(grower, found, premises, problem.names())
            return Closed(lines=lines, kernel_steps=steps)
        return _open(problem, grower, found)
    except TooLarge as met:  # or the countermodel is too large to be evaluated
        return GaveUp(limit=str(met) if str(met) in {"nodes", "weight"} else "size")


def _open(problem: _Problem, grower: Grower, branch: Branch) -> Open:
    stands = tuple(map(grower.claims.signed, branch.at))
    if problem.logic != "classical":
        model = _countermodels.kripke(grower, branch)
        world = model.worlds[0]
        holds = kripke.is_countermodel(
            model, world, problem.premises, problem.conclusion, problem.logic
        )
        _hold(holds=holds)
        return Open(branch=stands, countermodel=model, world=world)
    if all(map(syntax.is_propositional, problem.formulas())):
        names = dict.fromkeys(name for one in problem.formulas() for name in syntax.atoms(one))
        row = _countermodels.valuation(grower, branch, tuple(names))
        _hold(holds=all(semantics.value(one, row) for one in problem.premises))
        goal = problem.conclusion
        _hold(holds=goal is None or not semantics.value(goal, row))
        return Open(branch=stands, countermodel=row, world=None)
    symbols = frozenset(one for formula in problem.formulas() for one in syntax.functions(formula))
    found = _countermodels.structure(grower, branch, symbols)
    _hold(holds=structures.is_countermodel(found, problem.premises, problem.conclusion))
    return Open(branch=stands, countermodel=found, world=None)


def _hold(*, holds: bool) -> None:
    """Hold evaluation above the prover: a countermodel that it refuses is a bug."""
    if not holds:
        raise AssertionError("an open branch describes no countermodel")


def _decided(problem: _Problem) -> Answer:
    return _searched(problem, _claims(problem), problem.limit)


# ── first order ─────────────────────────────────────────────────────────────────────────────────


def _first_order(problem: _Problem) -> Answer:
    """Search shortly; then try finite models and preferred instances, ever more; then search long.

    Most theorems that people write need few instances, and most other inferences fail in a small
    domain.
    """
    limit = problem.limit
    nodes, weight = min(_SHORT.nodes, limit.nodes), min(_SHORT.weight, limit.weight)
    answer = _searched(problem, _claims(problem), Limit(nodes=nodes, weight=weight))
    if not isinstance(answer, GaveUp):
        return answer
    claims = _claims(problem)
    assumed = tuple(map(claims.claim, problem.assumptions()))
    pool = Pool(claims)
    for claim in assumed:
        pool.meet(claim)
    for size in range(1, limit.size + 1):
        model = models.find(problem.premises, problem.conclusion, sizes=(size,))
        if isinstance(model, Structure):
            return Open(branch=(), countermodel=model, world=None)
        if not pool.widen(limit.instances // limit.size):
            continue
        rules = preferred(pool, assumed)
        if rules is not None:
            answer = _searched(problem, claims, limit, rules)
            if not isinstance(answer, GaveUp):
                return answer
    return _searched(problem, _claims(problem), limit)


def _claims(problem: _Problem) -> Claims:
    return Claims(problem.logic, fresh_constants(problem.names()))
