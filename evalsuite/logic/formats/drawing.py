"""Draw a tableau as a tree of text, branches side by side where the width allows it.

   1. T P ∨ Q  premise                     1. T P ∨ Q  premise
   2. F Q      goal                        2. F Q      goal
    ┌─────────┴─────────┐                  ├─ 3. T P   T∨ 1
3. T P  T∨ 1       4. T Q  T∨ 1            └─ 4. T Q   T∨ 1
                   ✗       2, 4               ✗        2, 4
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, zip_longest

from evalsuite.logic.formats.notation import claim, reason, show_valuation, sources
from evalsuite.logic.formats.twigs import Twig, tree
from evalsuite.logic.proofs import CloseLine, NodeLine, OpenLine, TableauLine
from evalsuite.logic.tableau import Signed

GAP = 4  # columns between two branches


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line in words: `4.`, `T Q`, `T∨ 1`."""

    number: str
    claim: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Branch:
    """A twig in words."""

    rows: tuple[_Row, ...]
    branches: tuple["_Branch", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A drawing: lines of one width, and the column that it hangs from."""

    lines: tuple[str, ...]
    width: int
    stem: int


def draw(lines: Sequence[TableauLine], *, width: int = 80, signs: bool = True) -> str:
    """Draw a tableau in Unicode; without signs, a negation stands for F.

    Branches stand side by side if the drawing is then at most `width` columns wide, and else one
    below the other.

    Raises:
        TooLarge: branches stand in one another too deep to be drawn.

    """
    root = _put(tree(lines), sources(lines), signs=signs)
    block = _beside(root, width)
    drawn = _below(root) if block is None else block.lines
    return "\n".join(line.rstrip() for line in drawn)


# ── in words ────────────────────────────────────────────────────────────────────────────────────


def _put(twig: Twig, known: Mapping[str, Signed], *, signs: bool) -> _Branch:
    return _Branch(
        rows=tuple(_row(line, known, signs=signs) for line in twig.lines),
        branches=tuple(_put(one, known, signs=signs) for one in twig.twigs),
    )


def _row(line: TableauLine, known: Mapping[str, Signed], *, signs: bool) -> _Row:
    match line:
        case NodeLine(label=label, signed=signed):
            told = reason(line, known, "unicode", signs=signs)
            claimed = claim(signed, "unicode", signs=signs)
            return _Row(number=f"{label}.", claim=claimed, reason=told)
        case CloseLine(label=label, nodes=nodes):
            number = "" if label is None else f"{label}."
            return _Row(number=number, claim="✗", reason=", ".join(nodes))
        case OpenLine(valuation=valuation):
            return _Row(number="", claim="○", reason=show_valuation(valuation))


# ── side by side ────────────────────────────────────────────────────────────────────────────────


def _beside(branch: _Branch, width: int) -> _Block | None:
    """Draw a branch with those that it splits into side by side; `None` if they do not fit."""
    own = _rows(branch.rows)
    if own.width > width:
        return None
    blocks = []
    left = width
    for one in branch.branches:
        block = _beside(one, left)
        if block is None:
            return None
        blocks.append(block)
        left -= block.width + GAP
    return _hung(own, blocks) if blocks else own


def _rows(rows: Sequence[_Row]) -> _Block:
    numbers = max((len(row.number) for row in rows), default=0)
    claims = max((len(row.claim) for row in rows), default=0)
    reasons = max((len(row.reason) for row in rows), default=0)
    return _Block(
        lines=tuple(
            f"{row.number:>{numbers}} {row.claim:<{claims}}  {row.reason:<{reasons}}"
            for row in rows
        ),
        width=numbers + claims + reasons + 3,
        stem=numbers + 1 + max(claims - 1, 0) // 2,  # the middle of the claims
    )


def _hung(own: _Block, blocks: Sequence[_Block]) -> _Block:
    """Hang blocks side by side below a block, which stands over their middle."""
    starts = [0, *accumulate(block.width + GAP for block in blocks)]
    stems = [start + block.stem for start, block in zip(starts, blocks, strict=False)]
    middle = (stems[0] + stems[-1]) // 2
    shift = max(0, own.stem - middle)  # else what hangs would begin right of its head
    head = middle + shift - own.stem
    width = max(head + own.width, shift + starts[-1] - GAP)
    below = (
        (" " * GAP).join(line or " " * block.width for line, block in found)
        for found in _level(blocks)
    )
    lines = (
        *(" " * head + line for line in own.lines),
        " " * shift + _fork(stems, middle),
        *(" " * shift + line for line in below),
    )
    return _Block(
        lines=tuple(line.ljust(width) for line in lines), width=width, stem=middle + shift
    )


def _level(blocks: Sequence[_Block]) -> Iterator[Iterable[tuple[str, _Block]]]:
    for found in zip_longest(*(block.lines for block in blocks), fillvalue=""):
        yield zip(found, blocks, strict=True)


def _fork(stems: Sequence[int], middle: int) -> str:
    """Draw the line from which branches hang: `┌──┴──┐`."""
    if len(stems) == 1:
        return " " * middle + "│"
    signs = dict.fromkeys(range(stems[0], stems[-1]), "─")
    signs |= dict.fromkeys(stems, "┬")
    signs |= {middle: "┼" if middle in stems else "┴", stems[0]: "┌", stems[-1]: "┐"}
    return "".join(signs.get(column, " ") for column in range(stems[-1] + 1))


# ── one below the other ─────────────────────────────────────────────────────────────────────────


def _below(root: _Branch) -> Iterator[str]:
    """Draw branches below one another, the reasons in one column."""
    drawn = list(_indented(root, "", ""))
    edge = max((len(left) for left, _ in drawn), default=0)
    for left, told in drawn:
        yield f"{left:<{edge}}  {told}"


def _indented(branch: _Branch, first: str, rest: str) -> Iterator[tuple[str, str]]:
    """Yield each line and its reason; `first` is drawn before the first line, `rest` before all."""
    numbers = max((len(row.number) for row in branch.rows), default=0)
    for place, row in enumerate(branch.rows):
        yield f"{first if place == 0 else rest}{row.number:>{numbers}} {row.claim}", row.reason
    for place, one in enumerate(branch.branches, start=1):
        last = place == len(branch.branches)
        tooth, bar = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _indented(one, rest + tooth, rest + bar)
