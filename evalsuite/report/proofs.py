"""A certificate as a drawing: a refutation, a derivation, a tableau or a Kripke model.

The lines are read as the scorer reads them; which of them is wrong, and why, is what the scorer
said. Whatever a model wrote, this does not raise: what cannot be drawn stays a text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from evalsuite.logic.clauses import Clause
from evalsuite.logic.elaborators import refutation, tableau
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.formats import notation, twigs
from evalsuite.logic.limits import Limits
from evalsuite.logic.proofs import CloseLine, NodeLine, OpenLine, TableauLine, show_branch
from evalsuite.records import Json, Outcome, Score
from evalsuite.report.visible import visible
from evalsuite.scorers import derivation, kripke

Status: TypeAlias = Literal["right", "wrong", "after"]

_LIMITS = Limits(characters=50_000, steps=500, depth=60, size=2_000)
_MOST = 300  # lines that are drawn
_ARROWS = 600
_LONGEST = 120  # characters of a line


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line in a node: `4.`, `T Q`, `T∨ 1`."""

    number: str
    text: str
    reason: str
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What is drawn in one box, and the names of the boxes that arrows come from."""

    name: str
    parents: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A proof drawn: a DAG of clauses or facts, a tree of branches, or a graph of worlds."""

    shape: Literal["dag", "tree", "graph"]
    nodes: tuple[Node, ...]


def drawing(
    scorer: str, formal: Mapping[str, Json], text: str, score: Score | None
) -> Drawing | None:
    """Draw a certificate; None where it is none that can be drawn.

    `score` says what is wrong with it; None: nothing is, it is the gold one.
    """
    if not text.strip() or len(text) > _LIMITS.characters:
        return None
    judge = _Judge(text=text, score=score)
    for draw in _SHAPES.get(scorer, ()):
        try:
            made = draw(formal, text, judge)
        except (LogicError, ValueError, TypeError, KeyError, RecursionError):
            continue
        if made is not None and _is_small(made):
            return made
    return None


def _is_small(made: Drawing) -> bool:
    lines, arrows = (
        sum(len(node.lines) for node in made.nodes),
        sum(len(node.parents) for node in made.nodes),
    )
    return lines <= _MOST and arrows <= _ARROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    """What the scorer said of the lines of a certificate."""

    text: str
    score: Score | None

    @property
    def accepted(self) -> bool:
        """Whether all of it is right."""
        return self.score is None or self.score.outcome is Outcome.RIGHT

    @property
    def refused(self) -> bool:
        """Whether something in it is wrong; where the verdict is, nobody judged the steps."""
        return self.score is not None and bool(self.score.flaw)

    @property
    def as_model(self) -> bool:
        """Whether it was refused as a model or a set: no reason in it was judged."""
        return self.refused and self.score is not None and self.score.verdict == 1

    @property
    def wrong(self) -> int | None:
        """The number of the first wrong line."""
        return self.score.line if self.score is not None and self.refused else None

    def status(self, line: int) -> Status:
        wrong = self.wrong
        if wrong is None:
            return "right" if self.accepted or self.refused else "after"
        if line < wrong:
            return "right"
        return "wrong" if line == wrong else "after"

    def unread(self, lines: Iterable[int]) -> Node | None:
        """Return the wrong line as it stands, where it is none of those that were read."""
        rows = self.text.splitlines()
        if self.wrong is None or self.wrong in lines or not 0 < self.wrong <= len(rows):
            return None
        told = Line(number="", text=_cut(rows[self.wrong - 1].strip()), reason="", status="wrong")
        return Node(name=f"line {self.wrong}", parents=(), lines=(told,))


def _cut(text: str) -> str:
    return visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …")


# ── clauses and facts ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    label: str
    text: str
    reason: str
    parents: tuple[str, ...]
    line: int


def _refutation(formal: Mapping[str, Json], text: str, judge: _Judge) -> Drawing | None:
    if judge.as_model:
        return None
    found = refutation.read(text, _LIMITS)
    if found.flaw is not None and formal.get("atoms"):
        numbered = refutation.read(text, _LIMITS, numbers=True)
        found = numbered if len(numbered.lines) > len(found.lines) else found
    steps = [
        _Step(
            label=line.label,
            text=_clause(line.clause),
            reason=_why(line.rule, line.parents),
            parents=line.parents,
            line=line.line,
        )
        for line in found.lines
    ]
    return _dag(steps, judge)


def _clause(clause: Clause) -> str:
    return _cut(notation.show_clause(clause, "unicode"))


def _why(rule: str | None, parents: Sequence[str]) -> str:
    named = "" if rule in {None, "resolve"} else str(rule)
    return " ".join(part for part in (named, ", ".join(parents)) if part)


def _derivation(formal: Mapping[str, Json], text: str, judge: _Judge) -> Drawing | None:
    if judge.as_model:
        return None
    steps = [
        _Step(
            label=str(one.number),
            text=_cut(one.fact),
            reason=_cut(one.reason),
            parents=tuple(map(str, one.cited)),
            line=one.line,
        )
        for one in derivation.told(formal, text)
    ]
    # A list of facts, which shows that there is no derivation, has no reasons.
    return _dag(steps, judge) if any(step.reason for step in steps) else None


def _dag(steps: Sequence[_Step], judge: _Judge) -> Drawing | None:
    """Return the steps as boxes; one that is named twice is two, and the later one is meant."""
    if not steps:
        return None
    boxes: dict[str, str] = {}
    nodes = []
    for place, step in enumerate(steps):
        parents = tuple(dict.fromkeys(boxes[one] for one in step.parents if one in boxes))
        told = Line(
            number=_cut(step.label),
            text=step.text,
            reason=_cut(step.reason),
            status=judge.status(step.line),
        )
        nodes.append(Node(name=str(place), parents=parents, lines=(told,)))
        boxes[step.label] = str(place)
    unread = judge.unread(step.line for step in steps)
    return Drawing(shape="dag", nodes=(*nodes, *(() if unread is None else (unread,))))


# ── tableaux ────────────────────────────────────────────────────────────────────────────────────


def _tableau(formal: Mapping[str, Json], text: str, judge: _Judge) -> Drawing | None:
    is_classical = formal.get("logic", "classical") == "classical"
    if judge.as_model and (judge.wrong is None or not is_classical):
        return None  # a classical tableau may claim a countermodel, and then its lines are judged
    told = tableau.read(text, _LIMITS)
    if not any(isinstance(line, NodeLine) for line in told.lines):
        return None
    known = notation.sources(told.lines)

    def row(line: TableauLine) -> Line:
        status = judge.status(line.line)
        match line:
            case NodeLine(label=label, signed=signed):
                claim = notation.claim(signed, "unicode", signs=told.has_signs)
                why = notation.reason(line, known, "unicode", signs=told.has_signs)
                return Line(number=_cut(label), text=_cut(claim), reason=_cut(why), status=status)
            case CloseLine(label=label, nodes=nodes):
                why = ", ".join(nodes)
                return Line(number=_cut(label or ""), text="✗", reason=_cut(why), status=status)
            case OpenLine(valuation=valuation):
                why = notation.show_valuation(valuation)
                return Line(number="", text="○", reason=_cut(why), status=status)

    def boxes(twig: twigs.Twig, name: tuple[int, ...]) -> Iterator[Node]:
        parents = (show_branch(name[:-1]),) if name else ()
        yield Node(name=show_branch(name), parents=parents, lines=tuple(map(row, twig.lines)))
        for place, one in enumerate(twig.twigs, start=1):
            yield from boxes(one, (*name, place))

    nodes = tuple(boxes(twigs.tree(told.lines), ()))
    unread = judge.unread(line.line for line in told.lines)
    return Drawing(shape="tree", nodes=(*nodes, *(() if unread is None else (unread,))))


# ── Kripke models ───────────────────────────────────────────────────────────────────────────────


def _kripke(formal: Mapping[str, Json], text: str, judge: _Judge) -> Drawing | None:
    told = kripke.read(formal, text)
    model = told.model
    reached: dict[str, list[str]] = {world: [] for world in model.worlds}
    for start, end in sorted(model.relation):
        reached[end].append(start)

    def status(world: str) -> Status:
        if judge.refused and world == told.at:
            return "wrong"
        return "right" if judge.accepted or judge.refused else "after"

    return Drawing(
        shape="graph",
        nodes=tuple(
            Node(
                name=_cut(world),
                parents=tuple(map(_cut, reached[world])),
                lines=(
                    Line(
                        number=_cut(world),
                        text=_cut(", ".join(sorted(model.valuation.get(world, ()))) or "∅"),
                        reason="here" if world == told.at else "",
                        status=status(world),
                    ),
                ),
            )
            for world in model.worlds
        ),
    )


_Draw: TypeAlias = Callable[[Mapping[str, Json], str, _Judge], Drawing | None]

# What the certificates of a scorer may be; others are plain as texts.
_SHAPES: Mapping[str, tuple[_Draw, ...]] = MappingProxyType(
    {
        "refutation": (_refutation,),
        "derivation": (_derivation,),
        "tableau": (_kripke, _tableau),
        "kripke": (_kripke,),
    }
)
