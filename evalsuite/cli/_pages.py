"""What `prove` has found, as text: the problem restated, and under it the proof or the model."""

from collections.abc import Sequence
from typing import Any

from evalsuite.cli._proofs import closed
from evalsuite.cli._search import (
    ClosedTableau,
    Countermodel,
    Exhausted,
    Found,
    Refutation,
    Undecided,
)
from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.formats import countermodels, data
from evalsuite.logic.formats.countermodels import Pointed
from evalsuite.logic.formats.drawing import draw
from evalsuite.logic.formats.notation import show_clause as styled
from evalsuite.logic.proofs import ClauseLine, CloseLine, TableauLine
from evalsuite.logic.syntax import Formula
from evalsuite.logic.text.stated import ClauseSet, Inference, Stated
from evalsuite.logic.writing import Style, show

_WIDE = 90  # columns that a problem may take on one line
_LISTED = 30  # clauses that are listed


# ── proofs ──────────────────────────────────────────────────────────────────────────────────────


def lines_page(stated: Stated, lines: str, status: str) -> str:
    """Return a proof in lines under comments that restate the problem: `check` reads it."""
    head = [*_restated(stated, "ascii"), ("status", status)]
    return "\n".join((*(f"# {key}: {value}" for key, value in head), "", lines.rstrip("\n")))


def tree_page(stated: Stated, lines: Sequence[TableauLine], *, width: int, signs: bool) -> str:
    """Return a tableau drawn as a tree under the problem restated."""
    drawn = draw(lines, width=width, signs=signs)
    return f"{_head(stated, tableau_status(lines))}\n\n{drawn}"


def refutation_status(lines: Sequence[ClauseLine]) -> str:
    """Say that clauses are refuted, and in how many steps."""
    given = sum(not line.parents for line in lines)
    steps = len(lines) - given
    return f"proved by resolution, {_count(steps, 'step')} from {_count(given, 'clause')}"


def tableau_status(lines: Sequence[TableauLine]) -> str:
    """Say that a tableau closes, and how large it is."""
    branches = sum(isinstance(line, CloseLine) for line in lines)
    on = _count(branches, "branch", "branches")
    return f"proved by tableau, {_count(len(lines), 'line')} on {on}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


# ── countermodels ───────────────────────────────────────────────────────────────────────────────


def countermodel_page(stated: Stated, found: Countermodel) -> str:
    """Return a countermodel, what each formula is worth in it, and what is saturated."""
    parts = [_head(stated, _verdict(stated, found))]
    if found.model is not None:
        parts.append("\n".join(countermodels.columns(countermodels.rows(found.model))))
        parts.append("\n".join(countermodels.columns(_values(stated, found.model))))
    if found.saturated is not None:
        parts.append(_saturated(found.saturated))
    return "\n\n".join(part for part in parts if part)


def _verdict(stated: Stated, found: Countermodel) -> str:
    if found.model is None:
        return "not provable, resolution gets no further"
    match stated:
        case ClauseSet():
            return "satisfiable, a model"
        case Inference(conclusion=None):
            return "the premises do not contradict each other, a model"
        case Inference():
            return "not provable, a countermodel"


def _values(stated: Stated, model: countermodels.Model) -> list[tuple[str, ...]]:
    """Return what the premises and the conclusion are worth, a row each."""
    at = f" in {model.world}" if isinstance(model, Pointed) else ""
    logic = stated.logic if isinstance(stated, Inference) else "classical"
    rows: list[tuple[str, ...]] = []
    for key, formula in formulas(stated)[:_LISTED]:
        true = countermodels.value(model, formula, logic)
        rows.append((key, show(formula, "unicode"), f"{'true' if true else 'false'}{at}"))
    left = len(formulas(stated)) - _LISTED
    return [*rows, ("…", f"and {left} more, all true")] if left > 0 else rows


def _saturated(clauses: Sequence[Clause]) -> str:
    listed = [f"  {styled(one, 'unicode')}" for one in clauses[:_LISTED]]
    left = len(clauses) - len(listed)
    more = [f"  … and {left} more"] if left else []
    head = f"{_count(len(clauses), 'clause')}, closed under resolution, without the empty one"
    return "\n".join((head, *listed, *more))


# ── problems ────────────────────────────────────────────────────────────────────────────────────


def formulas(stated: Stated) -> list[tuple[str, Formula]]:
    """Return what a problem states, each formula with `premise`, `conclusion` or `clause`."""
    match stated:
        case ClauseSet(clauses=clauses):
            return [("clause", closed(one)) for one in clauses]
        case Inference(premises=premises, conclusion=conclusion):
            found = [("premise", one) for one in premises]
            return found if conclusion is None else [*found, ("conclusion", conclusion)]


def _head(stated: Stated, status: str) -> str:
    return "\n".join(countermodels.columns([*_restated(stated, "unicode"), ("status", status)]))


def _restated(stated: Stated, style: Style) -> list[tuple[str, str]]:
    match stated:
        case ClauseSet(clauses=clauses):
            return [("problem", _count(len(clauses), "clause"))]
        case Inference(logic=logic):
            told = [] if logic == "classical" else [("logic", str(logic))]
            whole = sequent(stated, style)
            if len(whole) <= _WIDE:
                return [("problem", whole), *told]
            return [*((key, show(one, style)) for key, one in formulas(stated)), *told]


def sequent(inference: Inference, style: Style) -> str:
    """Write an inference on one line."""
    premises = ", ".join(show(one, style) for one in inference.premises)
    turnstile = "|-" if style == "ascii" else "⊢"
    conclusion = "" if inference.conclusion is None else show(inference.conclusion, style)
    return f"{premises} {turnstile} {conclusion}".strip()


# ── for programs ────────────────────────────────────────────────────────────────────────────────


def record(stated: Stated, found: Found) -> dict[str, Any]:
    """Return what was found as plain data; `docs/proof-formats.md` has the fields."""
    told: dict[str, Any] = {"problem": problem(stated)}
    match found:
        case Refutation(given=given, lines=lines):
            return told | {
                "status": "proved",
                "calculus": "resolution",
                "clauses": [show_clause(one) for one in given],
                "lines": data.refutation(lines),
            }
        case ClosedTableau(lines=lines):
            return told | {
                "status": "proved",
                "calculus": "tableau",
                "lines": data.tableau(lines),
            }
        case Countermodel(model=model, saturated=saturated):
            told |= {"status": "not provable"}
            if model is not None:
                told |= {"countermodel": countermodels.record(model)}
            if saturated is not None:
                told |= {"saturated": [show_clause(one) for one in saturated]}
            return told
        case Exhausted(strategy=strategy):
            return told | {"status": "not provable by this strategy", "strategy": strategy}
        case Undecided(calculus=calculus, limit=limit):
            return told | {"status": "unknown", "calculus": calculus, "limit": limit}


def problem(stated: Stated) -> dict[str, Any]:
    """Return a problem as plain data."""
    match stated:
        case ClauseSet(clauses=clauses):
            return {"clauses": [show_clause(one) for one in clauses]}
        case Inference(premises=premises, conclusion=conclusion, logic=logic):
            return {
                "logic": logic,
                "premises": [show(one) for one in premises],
                "conclusion": None if conclusion is None else show(conclusion),
            }
