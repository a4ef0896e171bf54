"""What the kinds about validity in a logic with Kripke models share."""

from dataclasses import dataclass

from evalsuite.families.modal import _formulas
from evalsuite.logic.canonical import Node, form, formula_tree
from evalsuite.logic.elaborators import tableau as written
from evalsuite.logic.formats import worlds
from evalsuite.logic.kripke import Kripke
from evalsuite.logic.provers import tableau
from evalsuite.logic.syntax import Formula, atoms, depth
from evalsuite.logic.tableau import Logic
from evalsuite.logic.translation import has_countermodel
from evalsuite.logic.writing import show
from evalsuite.records import Draft, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """Is a formula valid in a logic? 0: it is; 1: it is not."""

    formula: Formula
    logic: Logic


def draft(problem: Validity, labels: tuple[str, ...], rung: int, shown: dict[str, Json]) -> Draft:
    """Return the draft of a problem with what it shows besides its formula."""
    text = show(problem.formula)
    return Draft(
        shown={"formula": text, **shown},
        choices=labels,
        problem=problem,
        tags={
            "rung": rung,
            "logic": problem.logic,
            "atoms": len(atoms(problem.formula)),
            "depth": depth(problem.formula),
        },
        formal={"premises": [], "conclusion": text, "logic": problem.logic, "signs": True},
    )


def decide(problem: Validity) -> tuple[int, int]:
    """Return the answer by tableau and by SAT solver, which looks for a model of few worlds.

    Raises:
        ValueError: the tableau prover does not find an answer.

    """
    proved = tableau.prove((), problem.formula, problem.logic)
    if isinstance(proved, tableau.GaveUp):  # no wrong type, but an answer that says nothing
        raise ValueError(f"the tableau prover gave up: {proved.limit}")  # noqa: TRY004
    refuted = has_countermodel(problem.formula, problem.logic, worlds=_formulas.WORLDS)
    return int(isinstance(proved, tableau.Open)), int(refuted)


def canonical(problem: Validity) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(Node(f"valid {problem.logic}", (formula_tree(problem.formula),)))


def certificate(problem: Validity, calculus: str) -> str | None:
    """Return a closed tableau or a Kripke model; for `countermodel` only the latter."""
    match tableau.prove((), problem.formula, problem.logic):
        case tableau.Closed(lines=lines):
            return written.show(lines) if calculus == "tableau" else None
        case tableau.Open(countermodel=Kripke() as model, world=world):
            return worlds.show(renamed(model), None if world is None else "w0")
        case _:
            return None


def renamed(model: Kripke) -> Kripke:
    """Call a model's worlds w0, w1, …, in their order."""
    names = {world: f"w{place}" for place, world in enumerate(model.worlds)}
    return Kripke(
        worlds=tuple(names.values()),
        relation=frozenset((names[start], names[end]) for start, end in model.relation),
        valuation={names[world]: true for world, true in model.valuation.items()},
    )
