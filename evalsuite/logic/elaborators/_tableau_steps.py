"""From the lines of a tableau to the kernel's steps.

Lines leave out which alternative of a rule a branch is, what stands for a quantifier's variable,
and at times by which nodes a branch closes. A rule that splits is one step of the kernel and two
or more lines of the text, wherever these stand: when a branch is opened, its sibling is opened
with it, by the lines on it that name the same source.

Without signs a line `~A` is `F A`, where a rule may give `T ~A`: the step between is put in
unasked. Any other negation that is taken away in the same line is a liberty of logic.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from evalsuite.logic import flaws
from evalsuite.logic.elaborators._closing import claim, close
from evalsuite.logic.elaborators._growth import (
    Growth,
    Node,
    Run,
    hold_open,
    note_negations,
    path,
    placed,
    referred,
    register,
    rooted,
    strip,
    unwrapped,
)
from evalsuite.logic.elaborators._matching import Mismatch, matched
from evalsuite.logic.proofs import (
    Apply,
    Assume,
    Branch,
    CloseLine,
    NodeLine,
    OpenLine,
    TableauLine,
    TableauStep,
    show_branch,
)
from evalsuite.logic.syntax import Exists, Forall, Function, Term, fresh_name
from evalsuite.logic.tableau import (
    Alternatives,
    Kind,
    Signed,
    Witness,
    extensions,
    kind,
    show_signed,
)
from evalsuite.logic.writing import show_term


def steps(tree: Growth) -> Iterator[TableauStep]:
    """Yield the kernel's steps.

    Raises:
        Flaw: the first line that no step can be made of, or a branch that is left open.
        TooLarge: too much would have to be searched for.

    """
    for at, line in enumerate(tree.lines):
        _hold_number(tree, at, line)
        match line:
            case NodeLine():
                yield from _node(tree, at, line)
            case CloseLine():
                yield from close(tree, at, line)
            case OpenLine():
                claim(tree, line)
        tree.last[line.branch] = line.line
    if tree.countermodel is None and tree.is_whole:
        for branch, state in tree.states.items():
            if state == "open":
                shown = show_branch(branch)
                raise flaws.OpenBranch(f"branch {shown} is not closed", line=tree.last.get(branch))


def _hold_number(tree: Growth, at: int, line: TableauLine) -> None:
    label = None if isinstance(line, OpenLine) else line.label
    if label is not None and tree.labels[label] != at:
        raise flaws.DuplicateNumber(f"there is a line {label} already", line=line.line)


def _node(tree: Growth, at: int, line: NodeLine) -> Iterator[TableauStep]:
    if at in tree.put:
        return
    if line.branch not in tree.places:
        yield from _split(tree, at, line)
        return
    hold_open(tree, line.branch, line.line)
    if line.origin in {"premise", "goal"}:
        yield from _assume(tree, line)
    elif line.origin:
        yield from _extend(tree, at, line, referred(tree, at, line.origin, line.branch))
    elif rooted(tree, line) in tree.assumed:
        tree.note("ink", "a premise is not said to be one", line.line)
        yield from _assume(tree, line)
    else:
        raise flaws.NoJustification("the line does not say what it comes from", line=line.line)


def _assume(tree: Growth, line: NodeLine) -> Iterator[TableauStep]:
    signed = rooted(tree, line)
    if signed not in tree.assumed:
        other = replace(signed, sign=not signed.sign)
        text = f"`{show_signed(signed)}` is neither a premise nor the goal"
        if other in tree.assumed:
            text = f"`{show_signed(other)}` is assumed, not `{show_signed(signed)}`"
        raise flaws.NotAssumed(text, line=line.line)
    index, below = tree.assumed[signed]
    found = unwrapped(tree.assumptions[index], tree.logic)[: below + 1]
    note_negations(tree, found, line.line)
    number = tree.number()
    yield Assume(branch=tree.places[line.branch], node=number, index=index, line=line.line)
    yield from strip(tree, found, number, line.branch, line.line)
    register(tree, line, signed, tree.numbers)


def _extend(tree: Growth, at: int, line: NodeLine, source: Node) -> Iterator[TableauStep]:
    """Apply a rule that does not split."""
    signed = placed(tree, line, source)
    if signed == source.signed:
        # Without signs `T ~A` and `F A`, which comes from it, are written as one.
        tree.note("logic" if tree.has_signs else "ink", "the line repeats another", line.line)
        register(tree, line, signed, source.number)
        return
    witness, alternatives = _ruled(tree, line, signed, source)
    if not any(path(tree, alternative, signed) for alternative in alternatives):
        raise _wrong(line, source, alternatives)
    if len(alternatives) > 1:
        by, components = tree.opened.get(line.branch, ("", ()))
        if by == source.label:
            text = f"branch {show_branch(line.branch)} is the one with {_told([components])}"
            raise flaws.WrongComponent(text, line=line.line)
        text = f"`{show_signed(source.signed)}` splits the branch: {_told(alternatives)}"
        raise flaws.MissingBranch(text, line=line.line)
    added: dict[int, Signed] = {}
    later = _opened(tree, _together(tree, at, line, witness), alternatives[0], source, added)
    yield Apply(
        branch=tree.places[line.branch],
        source=source.number,
        witness=witness,
        added=(added,),
        line=line.line,
    )
    yield from later


def _together(tree: Growth, at: int, line: NodeLine, witness: Witness | None) -> Run:
    """Return the lines that one application of a rule gives.

    One line each, but where they are in a world that is new: it is new only once.
    """
    run = [(at, line)]
    if not isinstance(witness, tuple):
        return run
    place = tree.positions[at] + 1
    for other in tree.runs[line.branch][place : place + 1]:
        same = (other[1].origin, other[1].signed.world) == (line.origin, line.signed.world)
        if same and tree.labels[other[1].label] == other[0]:
            run.append(other)
    return run


# ── splits ──────────────────────────────────────────────────────────────────────────────────────


def _split(tree: Growth, at: int, line: NodeLine) -> Iterator[TableauStep]:
    """Open the branch that the line is the first of, and its sibling."""
    source = _splitting(tree, at, line)
    signed = placed(tree, line, source)
    witness, alternatives = _ruled(tree, line, signed, source)
    if len(alternatives) == 1:
        text = f"`{show_signed(source.signed)}` does not split: it opens no branch "
        raise flaws.UnknownBranch(text + show_branch(line.branch), line=line.line)
    sibling = _sibling(tree, line)
    runs = (_opening(tree, line.branch, line.origin), _opening(tree, sibling, line.origin))
    first, second = _order(tree, runs, alternatives, source)
    if path(tree, alternatives[first], signed) is None:
        raise _wrong(line, source, alternatives)
    if sibling is None and tree.is_whole:
        missing = " and ".join(f"`{show_signed(one)}`" for one in alternatives[second])
        text = (
            f"`{show_signed(source.signed)}` splits the branch: the one with {missing} is missing"
        )
        raise flaws.MissingBranch(text, line=line.line)
    parent = line.branch[:-1]
    tree.states[parent] = "split"
    added: list[dict[int, Signed]] = [{}, {}]
    later: list[TableauStep] = []
    for branch, run, place in zip((line.branch, sibling), runs, (first, second), strict=True):
        if branch is not None:
            tree.places[branch] = (*tree.places[parent], place + 1)
            tree.states[branch] = "open"
            tree.opened[branch] = source.label, alternatives[place]
            later += _opened(tree, run, alternatives[place], source, added[place])
    yield Apply(
        branch=tree.places[parent],
        source=source.number,
        witness=witness,
        added=tuple(added),
        line=line.line,
    )
    yield from later


def _splitting(tree: Growth, at: int, line: NodeLine) -> Node:
    """Return the node whose rule is to open the line's branch."""
    parent = line.branch[:-1]
    if not line.branch or parent not in tree.places or line.origin in {"premise", "goal"}:
        text = f"no rule has opened branch {show_branch(line.branch)}"
        raise flaws.UnknownBranch(text, line=line.line)
    hold_open(tree, parent, line.line)
    if not line.origin:
        raise flaws.NoJustification("the line does not say what it comes from", line=line.line)
    return referred(tree, at, line.origin, parent)


def _sibling(tree: Growth, line: NodeLine) -> Branch | None:
    """Return the first other branch from the same parent on which the same source is named."""
    for branch in tree.children[line.branch[:-1]]:
        if branch != line.branch and any(one.origin == line.origin for _, one in tree.runs[branch]):
            return branch
    return None


def _opening(tree: Growth, branch: Branch | None, origin: str) -> Run:
    """Return the lines that open a branch: the first ones that name the source of the split."""
    if branch is None:
        return []
    run = tree.runs[branch]
    start = next(place for place, (_, line) in enumerate(run) if line.origin == origin)
    end = start
    while end < len(run) and run[end][1].origin == origin:
        end += 1
    return [(at, line) for at, line in run[start:end] if tree.labels[line.label] == at]


def _order(
    tree: Growth, runs: tuple[Run, Run], alternatives: Alternatives, source: Node
) -> tuple[int, int]:
    """Return which alternatives the two branches are: those that fit more of their lines."""

    def fitting(run: Run, alternative: Sequence[Signed]) -> int:
        fits = [path(tree, alternative, _claimed(tree, line, source)) for _, line in run[:2]]
        # The line that opens the branch counts for more than all others.
        return sum(weight for weight, found in zip((3, 1), fits, strict=False) if found)

    straight = fitting(runs[0], alternatives[0]), fitting(runs[1], alternatives[1])
    crossed = fitting(runs[0], alternatives[1]), fitting(runs[1], alternatives[0])
    return (0, 1) if (sum(straight), straight) >= (sum(crossed), crossed) else (1, 0)


def _claimed(tree: Growth, line: NodeLine, source: Node) -> Signed:
    """Return what `placed` returns, without a note."""
    world = () if tree.logic == "classical" else line.signed.world or source.signed.world
    return replace(line.signed, world=world)


def _opened(
    tree: Growth, run: Run, components: Sequence[Signed], source: Node, added: dict[int, Signed]
) -> list[TableauStep]:
    """Put the lines that open a branch; return the negation rules that they leave out."""
    later: list[TableauStep] = []
    for at, line in run:
        signed = _claimed(tree, line, source)
        found = path(tree, components, signed)
        if found is None:
            break
        note_negations(tree, found, line.line)
        number = tree.number()
        added[number] = found[0]
        later += strip(tree, found, number, line.branch, line.line)
        register(tree, line, signed, tree.numbers)
        tree.put.add(at)
    return later


# ── rules ───────────────────────────────────────────────────────────────────────────────────────


def _ruled(
    tree: Growth, line: NodeLine, signed: Signed, source: Node
) -> tuple[Witness | None, Alternatives]:
    """Return what the source's rule takes so that it gives the line, and what it gives then."""
    needed = kind(source.signed, tree.logic)
    witness: Witness | None = None
    match needed:
        case Kind.NONE:
            text = f"nothing follows from `{show_signed(source.signed)}` alone"
            raise flaws.NoRule(text, line=line.line)
        case Kind.GAMMA | Kind.DELTA:
            witness = _term(tree, line, signed, source)
        case Kind.NU | Kind.PI:
            witness = signed.world
        case Kind.PLAIN:
            pass
    return witness, extensions(source.signed, witness, tree.logic)


def _term(tree: Growth, line: NodeLine, signed: Signed, source: Node) -> Term:
    """Return the term that makes the line an instance of its source."""
    quantified = source.signed.formula
    if not isinstance(quantified, Forall | Exists):
        raise TypeError("γ and δ are quantifiers")
    variable, told = quantified.variable, line.witness
    bodies = unwrapped(replace(source.signed, formula=quantified.body), tree.logic)
    for body in bodies:
        if body.sign == signed.sign:
            try:
                found = matched(body.formula, variable, signed.formula)
            except Mismatch:
                continue
            if told is None or isinstance(told, tuple):
                free = Function(fresh_name("c", frozenset(tree.names)))
                return free if found is None else found
            if found is None or found == told:
                return told
            taken = f"`{show_signed(signed)}` takes `{show_term(found)}` for `{variable}`"
            raise flaws.WrongComponent(f"{taken}, not `{show_term(told)}`", line=line.line)
    text = f"`{show_signed(signed)}` is not an instance of `{show_signed(source.signed)}`"
    raise flaws.WrongComponent(text, line=line.line)


def _wrong(line: NodeLine, source: Node, alternatives: Alternatives) -> flaws.WrongComponent:
    shown, given = show_signed(line.signed), show_signed(source.signed)
    text = f"`{shown}` does not come from `{given}`, which gives {_told(alternatives)}"
    return flaws.WrongComponent(text, line=line.line)


def _told(alternatives: Iterable[Sequence[Signed]]) -> str:
    """Say what a rule gives."""
    return " or ".join(
        " and ".join(f"`{show_signed(one)}`" for one in dict.fromkeys(alternative))
        for alternative in alternatives
    )
