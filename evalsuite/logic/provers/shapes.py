"""Say whether a refutation has the shape that a strategy asks for; `strategies` names the shapes.

Only shape is judged, and only of the lines that the last one rests on: whether they follow from
their parents is for the kernel.
"""

from collections.abc import Collection, Mapping, Sequence

from evalsuite.logic.clauses import Clause, show_clause
from evalsuite.logic.proofs import ClauseLine
from evalsuite.logic.provers.strategies import Strategy


def shape_flaw(
    strategy: Strategy, lines: Sequence[ClauseLine], *, support: Collection[Clause] = ()
) -> str | None:
    """Say why the refutation is not done in that way, if it is not.

    Args:
        strategy: which way.
        lines: the refutation, each line naming its rule and its parents.
        support: the given clauses that are supported, for "support"; a given clause that is not
            in it as it stands, is not supported.

    """
    used = _used(lines)
    match strategy:
        case "unit":
            return _without(used, {one.label for one in used.values() if len(one.clause) == 1})
        case "positive":
            positive = {label for label, one in used.items() if not _negative(one.clause)}
            return _without(used, positive)
        case "input":
            return _without(used, _inputs(used))
        case "support":
            return _without(used, _supported(used, support))
        case "linear":
            return _chain_flaw(used)
        case "sld":
            return _chain_flaw(used) or _without(used, _inputs(used)) or _goal_flaw(used)


def _used(lines: Sequence[ClauseLine]) -> Mapping[str, ClauseLine]:
    """Return by their labels the lines that the last one rests on."""
    needed = {line.label for line in lines[-1:]}
    for line in reversed(lines):
        if line.label in needed:
            needed.update(line.parents)
    return {line.label: line for line in lines if line.label in needed}


def _without(used: Mapping[str, ClauseLine], strong: set[str]) -> str | None:
    """Say which resolvent has no strong parent."""
    for line in used.values():
        if line.rule == "resolve" and strong.isdisjoint(line.parents):
            return f"line {line.label}: no parent is of the kind that the strategy asks for"
    return None


def _inputs(used: Mapping[str, ClauseLine]) -> set[str]:
    """Return the given clauses and their factors."""
    found = set[str]()
    for line in used.values():
        if line.rule == "given" or (line.rule == "factor" and found.issuperset(line.parents)):
            found.add(line.label)
    return found


def _supported(used: Mapping[str, ClauseLine], support: Collection[Clause]) -> set[str]:
    found = set[str]()
    for line in used.values():
        match line.rule:
            case "given":
                supported = line.clause in support
            case "factor":
                supported = found.issuperset(line.parents)
            case _:
                supported = True
        if supported:
            found.add(line.label)
    return found


def _chain_flaw(used: Mapping[str, ClauseLine]) -> str | None:
    """Say which line does not go on from the one before, with a given or an earlier one."""
    inputs = _inputs(used)
    earlier = set(inputs)
    last: str | None = None
    for line in used.values():
        if line.label in inputs:
            continue
        if last is not None and last not in line.parents:
            return f"line {line.label}: it does not come from line {last}"
        if not earlier.issuperset(line.parents):
            return f"line {line.label}: a parent is neither given nor in the chain"
        earlier.add(line.label)
        last = line.label
    return None


def _goal_flaw(used: Mapping[str, ClauseLine]) -> str | None:
    """Say which line is not of a clause without positive literal and one with just one."""
    for line in used.values():
        match line.rule:
            case "factor":
                return f"line {line.label}: sld resolution does not factor"
            case "resolve":
                positive = sorted(_positive(used[parent].clause) for parent in line.parents)
                if positive != [0, 1]:
                    return f"line {line.label}: no goal is resolved with a definite clause"
            case _ if _positive(line.clause) > 1:
                return f"line {line.label}: `{show_clause(line.clause)}` is not a Horn clause"
    return None


def _positive(clause: Clause) -> int:
    return sum(one.positive for one in clause)


def _negative(clause: Clause) -> int:
    return len(clause) - _positive(clause)
