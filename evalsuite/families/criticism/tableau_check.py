"""Is this closed tableau right?

Right and wrong ones come in pairs. Of a closed tableau one line is taken to which a rule is
applied; in its formula two literals, or their signs, change places, and so they do in the lines it
comes from, up to the premise or the goal. What the rule gave stays as it is, and is now wrong;
every other line is right. The two have the same words, each as often, and the same length.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations
from operator import and_
from random import Random
from typing import Final, TypeAlias

from evalsuite.logic import solvers
from evalsuite.logic.canonical import Node, any_order, form, formula_tree
from evalsuite.logic.elaborators import tableau as elaborator
from evalsuite.logic.normal import chain, conjunction
from evalsuite.logic.proofs import Branch, CloseLine, NodeLine, TableauLine, show_branch
from evalsuite.logic.provers import tableau as prover
from evalsuite.logic.sampling import NAMES, formula
from evalsuite.logic.syntax import Atom, Formula, Not, Or, parts, with_parts
from evalsuite.logic.tableau import Signed
from evalsuite.logic.tables import everywhere, table
from evalsuite.logic.writing import show as show_formula
from evalsuite.records import Draft, Json

LABELS: Final = ("right", "wrong")
CHOICES: Final = 2

_FEWEST, _MOST = 6, 60  # lines
_TRIES = 300  # to find an inference that holds
_OF_LITERALS = 0.3  # that a subformula is negated
# How many premises an inference may have whose tableau has at most so many lines.
_PREMISES: Final = {1: range(17), 2: range(10, 25), 3: range(17, _MOST + 1)}

_Place: TypeAlias = tuple[int, ...]  # of a subformula: which part, of which part …


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """The ladder: how many lines a tableau has at most; at least, more than the rung before."""

    lines: tuple[int, ...] = (10, 15, 22, 32)

    def __post_init__(self) -> None:
        """Refuse a ladder that has no rungs or is out of reach."""
        if not self.lines or not all(_FEWEST <= count <= _MOST for count in self.lines):
            raise ValueError(f"`lines`: numbers from {_FEWEST} to {_MOST}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tableau:
    """The lines of a tableau; the first of them are the premises and the goal."""

    lines: tuple[TableauLine, ...]

    @property
    def nodes(self) -> Mapping[str, NodeLine]:
        """The lines with a formula, by their labels."""
        return {line.label: line for line in self.lines if isinstance(line, NodeLine)}


def rungs(params: Params) -> tuple[int, ...]:
    """Return the largest numbers of lines."""
    return tuple(sorted(set(params.lines)))


def draw(params: Params, rung: int, gold: int, rng: Random) -> Draft | None:
    """Draw a closed tableau of `rung` lines at most, right (0) or with one wrong step (1)."""
    ladder = rungs(params)
    at = ladder.index(rung)
    fewest = ladder[at - 1] + 1 if at else _FEWEST
    premises = rng.choice([count for count, up_to in _PREMISES.items() if rung in up_to])
    found = _inference(max(3, premises + rng.randrange(2)), premises, rng)
    if found is None:
        return None
    closed = prover.prove(*found)
    if not isinstance(closed, prover.Closed) or not fewest <= len(closed.lines) <= rung:
        return None
    right = Tableau(lines=closed.lines)
    wrong = _spoilt(right, rng)
    if wrong is None:
        return None
    problem = (right, wrong)[gold]
    return Draft(
        shown={"lines": [_shown(line) for line in problem.lines]},
        choices=LABELS,
        problem=problem,
        tags={
            "rung": rung,
            "lines": len(right.lines),
            "branches": sum(isinstance(line, CloseLine) for line in right.lines),
        },
        formal={"lines": list(_text(problem))},
    )


def decide(problem: Tableau) -> tuple[int, int]:
    """Return the answer by the kernel, and by a SAT solver that each step is sound."""
    return int(not _accepted(problem)), int(any(_unsound(problem)))


def canonical(problem: Tableau) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    return form(
        any_order(
            Node(
                f"{'T' if line.signed.sign else 'F'}{show_branch(line.branch)}{_role(line)}",
                (formula_tree(line.signed.formula),),
            )
            for line in problem.nodes.values()
        )
    )


def show(problem: Tableau) -> str:
    """Write a problem on one line, for messages."""
    return "; ".join(_text(problem))


def certificate(params: Params, problem: Tableau) -> None:
    """Return nothing: a verdict is all that is asked."""


# ── drawing ─────────────────────────────────────────────────────────────────────────────────────


def _inference(
    atoms: int, premises: int, rng: Random
) -> tuple[tuple[Formula, ...], Formula] | None:
    """Draw an inference that holds, but not without one of its premises."""
    names = rng.sample(NAMES, atoms)
    full = everywhere(names)
    for _ in range(_TRIES):
        drawn = [
            formula(rng.sample(names, rng.choice((2, 3))), rng, negated=_OF_LITERALS)
            for _ in range(premises + 1)
        ]
        given, goal = [table(one, names) for one in drawn[:-1]], table(drawn[-1], names)
        if goal == full or reduce(and_, given) & ~goal or not reduce(and_, given):
            continue
        fewer = (given[:place] + given[place + 1 :] for place in range(premises))
        if all(reduce(and_, some, full) & ~goal for some in fewer):
            return tuple(drawn[:-1]), drawn[-1]
    return None


def _spoilt(right: Tableau, rng: Random) -> Tableau | None:
    """Make one step of a tableau wrong, and no other."""
    places = _places(right)
    if places is None:
        return None
    used = {line.origin for line in right.nodes.values()}
    sources = [label for label in right.nodes if label in used]
    rng.shuffle(sources)
    for source in sources:
        for changed in _changed(right.nodes[source].signed.formula, rng):
            wrong = _with(right, places, source, changed)
            if len(list(_unsound(wrong))) == 1 and not _accepted(wrong):
                return wrong
    return None


def _places(tableau: Tableau) -> Mapping[str, tuple[str, _Place]] | None:
    """Return for each line the assumption it comes from and its place there, if that is clear."""
    found: dict[str, tuple[str, _Place]] = {}
    for label, line in tableau.nodes.items():
        if line.origin in {"premise", "goal"}:
            found[label] = (label, ())
            continue
        inside = parts(tableau.nodes[line.origin].signed.formula)
        at = [place for place, part in enumerate(inside) if part == line.signed.formula]
        if len(at) != 1:
            return None
        root, before = found[line.origin]
        found[label] = (root, (*before, at[0]))
    return found


def _changed(whole: Formula, rng: Random) -> Iterator[Formula]:
    """Yield the formula with two of its literals, or their signs, in each other's place."""
    literals = list(_literals(whole, ()))
    pairs = [(one, two) for one, two in combinations(literals, 2) if one[1] != two[1]]
    rng.shuffle(pairs)
    for (place, one), (other, two) in pairs:
        swaps = [(two, one)]
        if isinstance(one, Not) != isinstance(two, Not):
            swaps.append((_turned(one), _turned(two)))
        for here, there in rng.sample(swaps, len(swaps)):
            yield _put(_put(whole, place, here), other, there)


def _literals(whole: Formula, place: _Place) -> Iterator[tuple[_Place, Formula]]:
    if isinstance(whole, Atom) or (isinstance(whole, Not) and isinstance(whole.body, Atom)):
        yield place, whole
        return
    for number, part in enumerate(parts(whole)):
        yield from _literals(part, (*place, number))


def _turned(literal: Formula) -> Formula:
    return literal.body if isinstance(literal, Not) else Not(literal)


def _put(whole: Formula, place: _Place, new: Formula) -> Formula:
    if not place:
        return new
    numbers = iter(range(len(parts(whole))))
    return with_parts(
        whole, lambda part: _put(part, place[1:], new) if next(numbers) == place[0] else part
    )


def _at(whole: Formula, place: _Place) -> Formula:
    return _at(parts(whole)[place[0]], place[1:]) if place else whole


def _with(
    tableau: Tableau, places: Mapping[str, tuple[str, _Place]], source: str, changed: Formula
) -> Tableau:
    """Put another formula in a line, and in those that hold it on its way from the assumption."""
    root, place = places[source]
    whole = _put(tableau.nodes[root].signed.formula, place, changed)

    def line(old: TableauLine) -> TableauLine:
        if not isinstance(old, NodeLine):
            return old
        start, at = places[old.label]
        if start != root or at != place[: len(at)]:
            return old
        return replace(old, signed=replace(old.signed, formula=_at(whole, at)))

    return Tableau(lines=tuple(map(line, tableau.lines)))


# ── judging ─────────────────────────────────────────────────────────────────────────────────────


def _accepted(tableau: Tableau) -> bool:
    nodes = tableau.nodes.values()
    premises = [line.signed.formula for line in nodes if line.origin == "premise"]
    (goal,) = (line.signed.formula for line in nodes if line.origin == "goal")
    verdict = elaborator.check(premises, goal, "\n".join(_text(tableau)))
    return verdict.flaw is None and verdict.countermodel is None


def _unsound(tableau: Tableau) -> Iterator[str]:
    """Yield what a SAT solver finds wrong: steps that do not follow, and branches left open."""
    nodes, opened = tableau.nodes, _opened(tableau)
    alternatives: dict[tuple[Branch, str], dict[Branch, list[NodeLine]]] = {}
    for line in nodes.values():
        if line.origin in {"premise", "goal"}:
            continue
        splits = bool(line.branch) and opened[line.branch] == line.origin
        step = (line.branch[:-1] if splits else line.branch, line.origin)
        alternatives.setdefault(step, {}).setdefault(line.branch, []).append(line)
        source = nodes[line.origin]
        if source.branch != line.branch[: len(source.branch)]:
            yield f"{line.label} is off the branch"
    for (_, origin), sides in alternatives.items():
        either = [conjunction(_claim(line.signed) for line in side) for side in sides.values()]
        if solvers.satisfiable([_claim(nodes[origin].signed), Not(chain(Or, either))]):
            yield f"from {origin}"
    yield from _left_open(tableau, opened)


def _left_open(tableau: Tableau, opened: Mapping[Branch, str]) -> Iterator[str]:
    nodes = tableau.nodes
    closed: set[Branch] = set()
    for line in tableau.lines:
        if isinstance(line, CloseLine):
            named = [nodes[label] for label in line.nodes]
            on = all(one.branch == line.branch[: len(one.branch)] for one in named)
            if not on or solvers.satisfiable([_claim(one.signed) for one in named]):
                yield f"closing {show_branch(line.branch)}"
            closed.add(line.branch)
    inner = {branch[:-1] for branch in opened if branch}
    for branch in opened:
        if branch not in inner and branch not in closed:
            yield f"{show_branch(branch)} is open"
        if branch and (*branch[:-1], 3 - branch[-1]) not in opened:
            yield f"{show_branch(branch)} is alone"


def _opened(tableau: Tableau) -> dict[Branch, str]:
    """Return for each branch what its first line comes from."""
    opened: dict[Branch, str] = {}
    for line in tableau.nodes.values():
        opened.setdefault(line.branch, line.origin)
    return opened


def _claim(signed: Signed) -> Formula:
    return signed.formula if signed.sign else Not(signed.formula)


# ── writing ─────────────────────────────────────────────────────────────────────────────────────


def _role(line: NodeLine) -> str:
    return line.origin if line.origin in {"premise", "goal"} else ""


def _text(tableau: Tableau) -> Iterator[str]:
    for line in tableau.lines:
        match line:
            case NodeLine():
                told, source = _signed(line), line.origin
            case CloseLine():
                told, source = "x", ",".join(line.nodes)
            case _:  # a closed tableau claims no countermodel
                continue
        number = f"{line.label}. " if line.label else ""
        yield f"{number}{show_branch(line.branch)} {told} {source}"


_WORDS: Final[Mapping[str, Json]] = {
    "premise": {"en": "premise", "pt": "premissa"},
    "goal": {"en": "goal", "pt": "conclusão"},
}


def _shown(line: TableauLine) -> Json:
    match line:
        case NodeLine():
            told, source = _signed(line), _WORDS.get(line.origin, line.origin)
        case CloseLine():
            told, source = "x", ",".join(line.nodes)
        case _:
            told, source = "", ""
    return {"branch": show_branch(line.branch), "told": told, "from": source}


def _signed(line: NodeLine) -> str:
    return f"{'T' if line.signed.sign else 'F'} {show_formula(line.signed.formula)}"
