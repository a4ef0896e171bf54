"""Check a closed tableau: the rules are those of `logic.tableau`, and nothing is looked for.

A branch holds the nodes at its own end and those of every branch it grew from. A tableau is a
proof when each branch that was not split is closed.
"""

from collections.abc import Iterable, Sequence

from evalsuite.logic import flaws
from evalsuite.logic.kernels.tree import End, Tree
from evalsuite.logic.proofs import Apply, Assume, Close, TableauStep, show_branch
from evalsuite.logic.syntax import Function, constants, term_variables
from evalsuite.logic.tableau import (
    Kind,
    Logic,
    Signed,
    check_fragment,
    contradicts,
    extensions,
    is_absurd,
    kind,
    reaches,
    show_signed,
)


def check(
    assumptions: Sequence[Signed], steps: Iterable[TableauStep], logic: Logic = "classical"
) -> None:
    """Accept a closed tableau for the assumptions.

    Raises:
        Flaw: the first step that is wrong, or a branch that stays open.
        Unsupported: the logic is not for an assumption, so that its rules would not be sound.

    """
    for assumption in assumptions:
        check_fragment(assumption.formula, logic)
    tree, line = Tree(), None
    taken = frozenset[str]().union(*(constants(one.formula) for one in assumptions))
    for step in steps:
        line = step.line
        grow(tree, assumptions, taken, step, logic)
    for branch, end in tree.ends.items():
        if end.state == "open":
            raise flaws.OpenBranch(f"branch {show_branch(branch)} is open", line=line)


def grow(
    tree: Tree,
    assumptions: Sequence[Signed],
    taken: frozenset[str],
    step: TableauStep,
    logic: Logic,
) -> None:
    """Accept one step and grow the tree by it; `taken` are the assumptions' constants.

    Raises:
        Flaw: it is wrong.

    """
    branch, line = step.branch, step.line
    if branch not in tree.ends:
        raise flaws.UnknownBranch(f"no rule has opened branch {show_branch(branch)}", line=line)
    if tree.ends[branch].state == "closed":
        raise flaws.ClosedBranch(f"branch {show_branch(branch)} is closed already", line=line)
    if tree.ends[branch].state == "split":
        raise flaws.TwiceSplit(f"branch {show_branch(branch)} is split already", line=line)
    match step:
        case Assume(node=node, index=index):
            if not 0 <= index < len(assumptions):
                raise flaws.NotAssumed("there is no such premise", line=line)
            tree.put(branch, node, assumptions[index], line)
        case Close(nodes=nodes):
            found = [tree.find(branch, node, line) for node in nodes]
            if not (
                (len(found) == 1 and is_absurd(found[0]))
                or (len(found) == 2 and contradicts(found[0], found[1], logic))  # noqa: PLR2004
            ):
                pair = " and ".join(f"`{show_signed(one)}`" for one in found)
                raise flaws.NotComplementary(f"{pair or 'nothing'}: no contradiction", line=line)
            tree.ends[branch].state = "closed"
        case Apply():
            _apply(tree, taken, step, logic)


def _apply(tree: Tree, taken: frozenset[str], step: Apply, logic: Logic) -> None:
    branch, line = step.branch, step.line
    source = tree.find(branch, step.source, line)
    _hold(tree, taken, step, source, logic)
    alternatives = extensions(source, step.witness, logic)
    if len(step.added) != len(alternatives):
        text = f"`{show_signed(source)}` opens {len(alternatives)} branches, not {len(step.added)}"
        raise flaws.MissingBranch(text, line=line)
    places = [branch]
    if len(alternatives) > 1:
        tree.ends[branch].state = "split"
        places = [(*branch, number) for number in range(1, len(alternatives) + 1)]
        tree.ends.update((place, End()) for place in places)
    for place, alternative, added in zip(places, alternatives, step.added, strict=True):
        for node, signed in added.items():
            if signed not in alternative:
                text = f"`{show_signed(signed)}` does not come from `{show_signed(source)}`"
                raise flaws.WrongComponent(text, line=line)
            tree.put(place, node, signed, line)


def _hold(tree: Tree, taken: frozenset[str], step: Apply, source: Signed, logic: Logic) -> None:
    """Hold the side condition of the rule: what γ, δ, ν and π may take."""
    witness, line, needed = step.witness, step.line, kind(source, logic)
    on_branch = isinstance(witness, tuple) and any(
        witness in end.worlds for end in tree.along(step.branch)
    )
    if needed is Kind.NONE:
        raise flaws.NoRule(f"nothing follows from `{show_signed(source)}` alone", line=line)
    if needed in {Kind.GAMMA, Kind.DELTA}:
        if not isinstance(witness, Function) or term_variables(witness):
            raise flaws.OpenTerm("the rule needs a term without variables", line=line)
        used = witness.name in taken or any(
            witness.name in end.constants for end in tree.along(step.branch)
        )
        if needed is Kind.DELTA and (witness.args or used):
            raise flaws.StaleConstant(f"`{witness.name}` is not a new constant", line=line)
    if needed is Kind.NU and not (
        isinstance(witness, tuple)
        and reaches(logic, source.world, witness)
        and (on_branch or logic == "D")
    ):
        raise flaws.NotAccessible("that world is not on the branch or not reached", line=line)
    if needed is Kind.PI and not (
        isinstance(witness, tuple) and witness[:-1] == source.world and witness and not on_branch
    ):
        raise flaws.StaleWorld("the rule needs a world that is new, after its own", line=line)
