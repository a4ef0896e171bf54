"""Look for a proof of a problem, or for a countermodel, by the prover that suits it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

from evalsuite.cli._proofs import Calculus, clauses, inference
from evalsuite.errors import ProblemMistake, SoundnessAlarm
from evalsuite.logic import solvers
from evalsuite.logic.clauses import Clause
from evalsuite.logic.elaborators.tableau import assumptions
from evalsuite.logic.flaws import Flaw
from evalsuite.logic.formats.countermodels import Model, Pointed
from evalsuite.logic.kernels import refutation as refutation_kernel
from evalsuite.logic.kernels import tableau as tableau_kernel
from evalsuite.logic.kripke import Kripke
from evalsuite.logic.proofs import ClauseLine, TableauLine
from evalsuite.logic.provers import models, resolution, strategies, tableau
from evalsuite.logic.provers.saturation import Limit
from evalsuite.logic.provers.shortest import shortest
from evalsuite.logic.semantics import value
from evalsuite.logic.structures import Structure
from evalsuite.logic.syntax import Not, is_propositional
from evalsuite.logic.text.stated import ClauseSet, Inference, Stated

Strategy: TypeAlias = Literal["any", "unit", "input", "linear", "sld", "support"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refutation:
    """The problem is proved: clauses of it give the empty clause."""

    given: tuple[Clause, ...]
    lines: tuple[ClauseLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTableau:
    """The problem is proved: every branch of a tableau closes."""

    lines: tuple[TableauLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Countermodel:
    """The problem is not provable.

    Attributes:
        model: what makes the premises true and the conclusion false; `None` where only
            `saturated` is known.
        saturated: clauses that resolution gets no further from.

    """

    model: Model | None
    saturated: tuple[Clause, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhausted:
    """There is no refutation of this kind; whether there is another is not said."""

    strategy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """A limit was met: nothing is known."""

    calculus: Literal["resolution", "tableau"]
    limit: str


Found: TypeAlias = Refutation | ClosedTableau | Countermodel | Exhausted | Undecided


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for.

    Attributes:
        calculus: `auto` tries a tableau of an inference, resolution of clauses, and the other one
            where a limit is met.
        strategy: the only refutations that are looked for.
        shortest: whether the refutation is to have as few resolvents as can be.
        clauses: how many a refutation's search keeps.
        nodes: how many a tableau may have.

    """

    calculus: Calculus
    strategy: Strategy
    shortest: bool
    clauses: int
    nodes: int


def search(stated: Stated, wanted: Wanted) -> Found:
    """Prove a problem, or find out that it is not provable.

    Raises:
        ProblemMistake: the options do not fit the problem.
        SoundnessAlarm: a kernel refuses what a prover has found.
        LogicError: the problem is too large, or outside what can be proved.

    """
    match stated, wanted.calculus:
        case _, "resolution":
            return _by_resolution(stated, wanted)
        case _, "tableau":
            return _by_tableau(stated, wanted)
        case _ if wanted.shortest or wanted.strategy != "any":
            return _by_resolution(stated, wanted)
        case ClauseSet(), _:
            found = _by_resolution(stated, wanted)
            return _by_tableau(stated, wanted) if isinstance(found, Undecided) else found
        case Inference(logic=logic), _:
            found = _by_tableau(stated, wanted)
            if isinstance(found, Undecided) and logic == "classical":
                return _by_resolution(stated, wanted)
            return found


def _by_resolution(stated: Stated, wanted: Wanted) -> Found:
    if wanted.shortest and wanted.strategy != "any":
        raise ProblemMistake("`--shortest` looks among all refutations, not those of a strategy")
    given = clauses(stated)
    limit = Limit(clauses=wanted.clauses)
    if wanted.shortest:
        found: resolution.Refuted | resolution.Saturated | resolution.GaveUp | strategies.Exhausted
        found = shortest(given, limit)
    elif wanted.strategy == "any":
        found = resolution.prove(given, limit=limit)
    else:
        found = strategies.prove_by(wanted.strategy, given, limit=limit)
    match found:
        case resolution.Refuted(lines=lines, steps=steps):
            with _alarm():
                refutation_kernel.check(given, steps)
            return Refutation(given=given, lines=lines)
        case resolution.Saturated(clauses=saturated):
            return Countermodel(model=_model_of(stated), saturated=saturated)
        case strategies.Exhausted(strategy=strategy):
            return Exhausted(strategy=strategy)
        case resolution.GaveUp(limit=met):
            return Undecided(calculus="resolution", limit=met)


def _by_tableau(stated: Stated, wanted: Wanted) -> Found:
    if wanted.shortest or wanted.strategy != "any":
        raise ProblemMistake("`--strategy` and `--shortest` are about refutations by resolution")
    problem = inference(stated)
    premises, conclusion, logic = problem.premises, problem.conclusion, problem.logic
    found = tableau.prove(premises, conclusion, logic, limit=tableau.Limit(nodes=wanted.nodes))
    match found:
        case tableau.Closed(lines=lines, kernel_steps=steps):
            with _alarm():
                tableau_kernel.check(assumptions(premises, conclusion, logic), steps, logic)
            return ClosedTableau(lines=lines)
        case tableau.Open(countermodel=model, world=world):
            if isinstance(model, Kripke):
                return Countermodel(model=Pointed(model=model, world=str(world)))
            return Countermodel(model=model)
        case tableau.GaveUp(limit=met):
            return Undecided(calculus="tableau", limit=met)


def _model_of(stated: Stated) -> Model | None:
    """Look for a model of what resolution cannot refute.

    Raises:
        SoundnessAlarm: a SAT solver, or evaluation, finds that there is none.

    """
    problem = inference(stated)
    claims = [*problem.premises]
    if problem.conclusion is not None:
        claims.append(Not(problem.conclusion))
    if all(map(is_propositional, claims)):
        valuation = solvers.valuation(claims)
        if valuation is None or not all(value(one, valuation) for one in claims):
            raise SoundnessAlarm("resolution finds no refutation, a SAT solver no model")
        return valuation
    found = models.find(problem.premises, problem.conclusion)
    return found if isinstance(found, Structure) else None


@contextmanager
def _alarm() -> Iterator[None]:
    """Sound the alarm where a kernel refuses what a prover has found."""
    try:
        yield
    except Flaw as flaw:
        raise SoundnessAlarm(f"a prover's proof is refused: {flaw}") from flaw
