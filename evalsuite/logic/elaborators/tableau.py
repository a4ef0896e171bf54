"""Tableau proofs as people and models write them.

    1. [0]    T A | B    premise
    2. [0]    F B        goal
    3. [0.1]  T A        1
    4. [0.2]  T B        1
    5. [0.2]  x          2,4

Each line is a number, a branch, a signed formula and where it comes from: a premise, the goal, or
the line that a rule of `logic.tableau` is applied to; `x` closes a branch. A rule that splits
`[0.1]` opens `[0.1.1]` and `[0.1.2]`. The elaborator finds what lines leave out; the kernel judges.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evalsuite.logic.elaborators._growth import Growth, planted
from evalsuite.logic.elaborators._tableau_steps import steps
from evalsuite.logic.elaborators._tableau_text import Read, read
from evalsuite.logic.flaws import Flaw, OpenBranch, TooLarge, Unsupported
from evalsuite.logic.formats.notation import claim
from evalsuite.logic.kernels import tableau as kernel
from evalsuite.logic.limits import DEFAULT, Limits
from evalsuite.logic.proofs import (
    Branch,
    CloseLine,
    Liberty,
    NodeLine,
    OpenLine,
    TableauLine,
    TableauStep,
    Verdict,
    show_branch,
)
from evalsuite.logic.syntax import Exists, Forall, Formula
from evalsuite.logic.tableau import ROOT, Logic, Signed, World, check_fragment
from evalsuite.logic.writing import show_term

__all__ = ["Elaborated", "Read", "assumptions", "check", "elaborate", "judge", "read", "show"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Elaborated:
    """What became of a tableau's lines.

    Attributes:
        steps: for the kernel, up to the flaw; the kernel has not seen them yet.
        flaw: the first line that no step can be made of; `None` where there is none.
        liberties: how lines are right but not as the format states it.
        unused: the labels of nodes that the closures do not need.
        countermodel: what an open branch claims, where it is a countermodel.

    """

    steps: tuple[TableauStep, ...]
    flaw: Flaw | TooLarge | None
    liberties: tuple[Liberty, ...]
    unused: tuple[str, ...]
    countermodel: Mapping[str, bool] | None


def assumptions(
    premises: Iterable[Formula], conclusion: Formula | None, logic: Logic = "classical"
) -> tuple[Signed, ...]:
    """Return what a tableau for an inference starts with: T premises and F conclusion."""
    world = () if logic == "classical" else ROOT
    claims = [Signed(sign=True, formula=premise, world=world) for premise in premises]
    if conclusion is not None:
        claims.append(Signed(sign=False, formula=conclusion, world=world))
    return tuple(claims)


def check(
    premises: Sequence[Formula],
    conclusion: Formula | None,
    text: str,
    logic: Logic = "classical",
    limits: Limits = DEFAULT,
) -> Verdict:
    """Judge the tableau in a text.

    A text whose open branch claims a countermodel is judged by that: see `Verdict.countermodel`.
    What is beyond the limits has `TooLarge` for its flaw.
    """
    try:
        told = read(text, limits)
    except TooLarge as flaw:
        return Verdict(flaw=flaw)
    return judge(assumptions(premises, conclusion, logic), told, logic)


def judge(claims: Sequence[Signed], told: Read, logic: Logic = "classical") -> Verdict:
    """Judge a tableau that has been read."""
    try:
        _check_supported(claims, told, logic)
    except Unsupported as refused:
        return Verdict(flaw=refused, liberties=told.liberties, lines=len(told.lines))
    done = elaborate(
        claims, told.lines, logic, has_signs=told.has_signs, is_whole=told.flaw is None
    )
    flaw = _judged(claims, done, logic, told) or done.flaw or told.flaw
    liberties = sorted({*told.liberties, *done.liberties}, key=lambda one: (one.line, one.message))
    return Verdict(
        flaw=flaw,
        liberties=tuple(liberties),
        lines=len(told.lines),
        valid_prefix=_valid_prefix(told.lines, flaw),
        unused=() if flaw or done.countermodel is not None else done.unused,
        countermodel=None if flaw else done.countermodel,
    )


def _check_supported(claims: Sequence[Signed], told: Read, logic: Logic) -> None:
    for assumption in claims:
        check_fragment(assumption.formula, logic)
    if logic == "intuitionistic" and not told.has_signs:
        raise Unsupported("intuitionistic tableaux need the signs `T` and `F`")


def _judged(claims: Sequence[Signed], done: Elaborated, logic: Logic, told: Read) -> Flaw | None:
    """Return the kernel's flaw; that a branch is open counts where nothing else is wrong."""
    try:
        kernel.check(claims, done.steps, logic)
    except OpenBranch as flaw:
        return None if done.flaw or told.flaw or done.countermodel is not None else flaw
    except Flaw as flaw:
        return flaw
    return None


def _valid_prefix(lines: Sequence[TableauLine], flaw: Exception | None) -> int:
    if not isinstance(flaw, Flaw) or isinstance(flaw, OpenBranch) or flaw.line is None:
        return 0 if isinstance(flaw, TooLarge) else len(lines)
    return sum(line.line < flaw.line for line in lines)


def elaborate(
    claims: Sequence[Signed],
    lines: Sequence[TableauLine],
    logic: Logic = "classical",
    *,
    has_signs: bool = True,
    is_whole: bool = True,
) -> Elaborated:
    """Make the kernel's steps of a tableau's lines.

    Args:
        claims: what the tableau starts with, as `assumptions` gives it.
        lines: in the order of the text.
        logic: whose rules.
        has_signs: whether formulas are signed in the text; without signs `~A` is `F A`.
        is_whole: whether these are all the lines: if not, no branch is missed that could follow.

    """
    tree = planted(claims, lines, logic, has_signs=has_signs, is_whole=is_whole)
    found: list[TableauStep] = []
    flaw: Flaw | TooLarge | None = None
    try:
        found.extend(steps(tree))
    except (Flaw, TooLarge) as caught:
        flaw = caught
    return Elaborated(
        steps=tuple(found),
        flaw=flaw,
        liberties=tuple(dict.fromkeys(tree.liberties)),
        unused=_unused(tree),
        countermodel=tree.countermodel,
    )


def _unused(tree: Growth) -> tuple[str, ...]:
    opening: dict[tuple[Branch, World], str] = {}
    for label, node in tree.nodes.items():
        opening.setdefault((node.branch, node.signed.world), label)
    needed: set[str] = set()
    waiting = list(tree.closing)
    while waiting:
        label = waiting.pop()
        if label not in tree.nodes or label in needed:
            continue
        needed.add(label)
        waiting.append(tree.origins[label])
        node, source = tree.nodes[label], tree.nodes.get(tree.origins[label])
        world = node.signed.world
        if source is not None and world not in {source.signed.world, ROOT}:
            # ν needs the line that brought the world.
            places = ((node.branch[:end], world) for end in range(len(node.branch) + 1))
            waiting.append(next(opening[place] for place in places if place in opening))
    return tuple(label for label in tree.nodes if label not in needed)


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def show(lines: Iterable[TableauLine], *, signs: bool = True) -> str:
    """Write a tableau in the format that models are asked for; `read` reads it back.

    Without signs, `~A` stands for `F A`.
    """
    rows = tuple(lines)
    sources = {line.label: line.signed for line in rows if isinstance(line, NodeLine)}
    cells = [_cells(line, sources, signs=signs) for line in rows]
    widths = [max((len(row[at]) for row in cells), default=0) for at in range(3)]
    return "\n".join(
        "  ".join(
            (*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3])
        ).rstrip()
        for row in cells
    )


def _cells(
    line: TableauLine, sources: Mapping[str, Signed], *, signs: bool
) -> tuple[str, str, str, str]:
    branch = show_branch(line.branch)
    match line:
        case NodeLine(label=label, signed=signed, origin=origin):
            told = f"{origin}{_stated(line, sources.get(origin))}"
            return f"{label}.", branch, claim(signed, "ascii", signs=signs), told
        case CloseLine(label=label, nodes=nodes):
            return f"{label}." if label else "", branch, "x", ",".join(nodes)
        case OpenLine(valuation=valuation):
            values = ", ".join(f"{name}={'T' if valuation[name] else 'F'}" for name in valuation)
            return "", branch, f"open: {values}", ""


def _stated(line: NodeLine, source: Signed | None) -> str:
    if line.witness is None or isinstance(line.witness, tuple):
        return ""
    quantified = source.formula if source is not None else None
    name = quantified.variable if isinstance(quantified, Forall | Exists) else "x"
    return f" {{{name}->{show_term(line.witness)}}}"
