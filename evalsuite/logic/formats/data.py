"""Proofs as plain data, for JSON: what `docs/proof-formats.md` calls the fields."""

from collections.abc import Sequence
from typing import Any

from evalsuite.logic.clauses import in_order, show_clause, show_literal
from evalsuite.logic.proofs import ClauseLine, CloseLine, NodeLine, OpenLine, TableauLine
from evalsuite.logic.syntax import Substitution
from evalsuite.logic.tableau import Signed, Witness, World
from evalsuite.logic.writing import show, show_term


def refutation(lines: Sequence[ClauseLine]) -> list[dict[str, Any]]:
    """Return a refutation's lines, each with `number`, `clause`, `literals`, `rule` and `from`."""
    return [_clause_line(line) for line in lines]


def tableau(lines: Sequence[TableauLine]) -> list[dict[str, Any]]:
    """Return a tableau's lines; `branch` is a path from 0, the root."""
    return [_tableau_line(line) for line in lines]


def _clause_line(line: ClauseLine) -> dict[str, Any]:
    told: dict[str, Any] = {
        "number": line.label,
        "clause": show_clause(line.clause),
        "literals": [show_literal(one) for one in in_order(line.clause)],
        "rule": line.rule,
        "from": list(line.parents),
    }
    if line.substitutions:
        told["substitutions"] = [_substitution(one) for one in line.substitutions]
    return told


def _substitution(substitution: Substitution) -> dict[str, str]:
    return {name: show_term(term) for name, term in sorted(substitution.items())}


def _tableau_line(line: TableauLine) -> dict[str, Any]:
    branch = [0, *line.branch]
    match line:
        case NodeLine(label=label, signed=signed, origin=origin, witness=witness):
            told = {"number": label, "branch": branch, **claim(signed), "from": origin}
            return told if witness is None else told | {"with": _witness(witness)}
        case CloseLine(label=label, nodes=nodes):
            return {"number": label, "branch": branch, "closed by": list(nodes)}
        case OpenLine(valuation=valuation):
            return {"branch": branch, "open": dict(valuation)}


def claim(signed: Signed) -> dict[str, Any]:
    """Return a signed formula's `sign`, `formula` and, outside classical logic, `world`."""
    told: dict[str, Any] = {"sign": "T" if signed.sign else "F", "formula": show(signed.formula)}
    return told | {"world": world(signed.world)} if signed.world else told


def world(prefix: World) -> str:
    """Write the name of a world: `1.2`."""
    return ".".join(map(str, prefix))


def _witness(witness: Witness) -> str:
    return world(witness) if isinstance(witness, tuple) else show_term(witness)
