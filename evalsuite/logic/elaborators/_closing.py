"""The ends of branches in a tableau's text: closed by a pair, or open with a countermodel."""

from collections.abc import Iterator, Mapping
from itertools import product

from evalsuite.logic import flaws
from evalsuite.logic.elaborators._growth import Growth, Node, hold_open, referred, strip, unwrapped
from evalsuite.logic.limits import within
from evalsuite.logic.proofs import (
    Branch,
    Close,
    CloseLine,
    OpenLine,
    TableauStep,
    show_branch,
)
from evalsuite.logic.semantics import value
from evalsuite.logic.syntax import Atom, Formula, Not, atoms, is_propositional
from evalsuite.logic.tableau import Signed, contradicts, is_absurd, show_signed

_SEARCHED = 2_000_000  # nodes that are looked at, in all, for pairs that no line names
_UNVALUED = 8  # atoms that a countermodel may leave out
_PAIR = 2


def close(tree: Growth, at: int, line: CloseLine) -> Iterator[TableauStep]:
    """Yield the steps that close a branch.

    Raises:
        Flaw: the branch cannot be closed, or not by what the line names.
        TooLarge: too much would have to be searched for.

    """
    if _is_summary(tree, line):
        tree.note("ink", "a branch that was split is said to be closed", line.line)
        return
    if line.label is None and tree.states.get(line.branch) == "closed":
        tree.note("ink", "a branch is said to be closed again", line.line)
        return
    hold_open(tree, line.branch, line.line)
    if len(line.nodes) > _PAIR:
        raise flaws.WrongPremises("a branch closes by two lines", line=line.line)
    named = tuple(referred(tree, at, label, line.branch) for label in line.nodes)
    if len(named) < _PAIR and not any(is_absurd(node.signed) for node in named):
        named = _searched(tree, line, named)
    yield from _closed(tree, line, named)
    tree.states[line.branch] = "closed"
    tree.closing.extend(node.label for node in named)


def _is_summary(tree: Growth, line: CloseLine) -> bool:
    """Say whether the line only tells that all below a branch that was split is closed."""
    if tree.states.get(line.branch) != "split" or line.nodes:
        return False
    return not _is_open_below(tree, line.branch)


def _is_open_below(tree: Growth, branch: Branch) -> bool:
    _looked(tree, len(tree.states))
    depth = len(branch)
    return any(state == "open" and below[:depth] == branch for below, state in tree.states.items())


def _looked(tree: Growth, count: int) -> None:
    tree.searched += count
    within(tree.searched, _SEARCHED, "lines to search for what closes branches")


def _closed(tree: Growth, line: CloseLine, named: tuple[Node, ...]) -> Iterator[TableauStep]:
    """Close a branch by the nodes named, once their negations are taken away as far as needed."""
    absurd = next((node for node in named if is_absurd(node.signed)), None)
    numbers: list[int] = []
    if absurd is not None:
        numbers = [absurd.number]
    else:
        for node, path in zip(named, _opposed(tree, line, named), strict=True):
            yield from strip(tree, path, node.number, line.branch, line.line)
            numbers.append(tree.numbers if len(path) > 1 else node.number)
    yield Close(branch=tree.places[line.branch], nodes=tuple(numbers), line=line.line)


def _opposed(
    tree: Growth, line: CloseLine, named: tuple[Node, ...]
) -> tuple[tuple[Signed, ...], tuple[Signed, ...]]:
    """Return the paths from two nodes to claims that contradict each other, the shortest ones."""
    first, second = (unwrapped(node.signed, tree.logic) for node in named)
    found = [
        (one + two, first[: one + 1], second[: two + 1])
        for one, two in product(range(len(first)), range(len(second)))
        # Each negation taken away turns both claims, so that one of them may stay as it is.
        if 0 in {one, two} and contradicts(first[one], second[two], tree.logic)
    ]
    if not found:
        pair = " and ".join(f"`{show_signed(node.signed)}`" for node in named)
        raise flaws.NotComplementary(f"{pair} do not contradict each other", line=line.line)
    taken, *paths = min(found, key=lambda one: one[0])
    if taken and (tree.has_signs or not _is_negated(first[0], second[0])):
        tree.note("logic", "a negation is taken away in closing the branch", line.line)
    return paths[0], paths[1]


def _is_negated(first: Signed, second: Signed) -> bool:
    """Say whether one claim, as it is written without signs, is the negation of the other."""
    one, two = _unsigned(first), _unsigned(second)
    return one == Not(two) or two == Not(one)


def _unsigned(signed: Signed) -> Formula:
    return signed.formula if signed.sign else Not(signed.formula)


def _searched(tree: Growth, line: CloseLine, named: tuple[Node, ...]) -> tuple[Node, ...]:
    """Find the nodes that close a branch, from the newest back, where the line leaves them out."""
    tree.note("ink", "the lines that close the branch are not named", line.line)
    groups: dict[Formula, list[Node]] = {}
    if named:
        groups[unwrapped(named[0].signed, tree.logic)[-1].formula] = [named[0]]
    for node in _upwards(tree, line.branch):
        _looked(tree, 1)
        if is_absurd(node.signed) and not named:
            return (node,)
        end = unwrapped(node.signed, tree.logic)[-1]
        others = groups.get(end.formula, []) if named else groups.setdefault(end.formula, [])
        for other in others:
            if contradicts(unwrapped(other.signed, tree.logic)[-1], end, tree.logic):
                return (other, node)
        if not named and not _stands(others, end, tree):
            others.append(node)
    if named:
        text = f"nothing on branch {show_branch(line.branch)} contradicts line {named[0].label}"
    else:
        text = f"nothing on branch {show_branch(line.branch)} contradicts anything else"
    raise flaws.NotComplementary(text, line=line.line)


def _stands(others: list[Node], end: Signed, tree: Growth) -> bool:
    """Say whether the same claim is among the nodes, so that a group stays as small as it can."""
    return any(unwrapped(other.signed, tree.logic)[-1] == end for other in others)


def _upwards(tree: Growth, branch: Branch) -> Iterator[Node]:
    for end in range(len(branch), -1, -1):
        yield from reversed(tree.standing.get(branch[:end], ()))


# ── countermodels ───────────────────────────────────────────────────────────────────────────────


def claim(tree: Growth, line: OpenLine) -> None:
    """Judge the countermodel that an open branch claims, by evaluation.

    Raises:
        Flaw: the branch is closed or unknown, or the valuation is no countermodel.

    """
    if line.branch not in tree.places:
        text = f"no rule has opened branch {show_branch(line.branch)}"
        raise flaws.UnknownBranch(text, line=line.line)
    if not _is_open_below(tree, line.branch):
        text = f"branch {show_branch(line.branch)} is closed already"
        raise flaws.ClosedBranch(text, line=line.line)
    valuation = line.valuation or _read_off(tree, line)
    _hold_countermodel(tree, line, valuation)
    tree.countermodel = valuation


def _read_off(tree: Growth, line: OpenLine) -> dict[str, bool]:
    """Return what the branch says of atoms, where its claim says nothing."""
    tree.note("ink", "the countermodel is left to be read off the branch", line.line)
    return {
        node.signed.formula.name: node.signed.sign
        for node in _upwards(tree, line.branch)
        if isinstance(node.signed.formula, Atom)
    }


def _hold_countermodel(tree: Growth, line: OpenLine, valuation: Mapping[str, bool]) -> None:
    formulas = [assumption.formula for assumption in tree.assumptions]
    if tree.logic != "classical" or not all(map(is_propositional, formulas)):
        text = "a valuation is a countermodel in classical propositional logic alone"
        raise flaws.NotACountermodel(text, line=line.line)
    names = dict.fromkeys(name for formula in formulas for name in atoms(formula))
    left_out = [name for name in names if name not in valuation]
    if len(left_out) > _UNVALUED:
        raise flaws.NotACountermodel(f"it gives no value to `{left_out[0]}`", line=line.line)
    if left_out:
        tree.note("ink", "the countermodel leaves out atoms", line.line)
    _looked(tree, 2 ** len(left_out) * len(names))
    for values in product((True, False), repeat=len(left_out)):
        full = {**valuation, **dict(zip(left_out, values, strict=True))}
        for assumption in tree.assumptions:
            if value(assumption.formula, full) != assumption.sign:
                raise flaws.NotACountermodel(_failing(assumption, left_out, full), line=line.line)


def _failing(assumption: Signed, left_out: list[str], full: Mapping[str, bool]) -> str:
    made = "false" if assumption.sign else "true"
    what = "premise" if assumption.sign else "conclusion"
    text = f"it makes the {what} `{show_signed(assumption)[2:]}` {made}"
    if left_out:
        text += " where " + ", ".join(f"{name} is {str(full[name]).lower()}" for name in left_out)
    return text
