"""Proofs, twice: as steps that a kernel checks, and as numbered lines that people read.

A prover or a reader gives lines; an elaborator makes kernel steps of them, filling in what lines
leave out (substitutions, renamings, which alternative a branch is); a kernel checks the steps.
Only what a kernel accepts is a proof. `line` is always the line of the text that a step comes from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from evalsuite.logic.clauses import Clause, Literal
from evalsuite.logic.syntax import Atom, Substitution
from evalsuite.logic.tableau import Signed, Witness

# ── steps of a refutation; a step is named by its place in the proof, from 0 ────────────────────


@dataclass(frozen=True, slots=True)
class Given:
    """The problem's clause at this place, from 0."""

    index: int


@dataclass(frozen=True, slots=True)
class Instance:
    """A step's clause with terms put for variables, all at once."""

    of: int
    substitution: Substitution


@dataclass(frozen=True, slots=True)
class Cut:
    """Two steps' clauses without the pivot, which is in the left one, and its complement."""

    left: int
    right: int
    pivot: Literal


@dataclass(frozen=True, slots=True)
class Weaker:
    """A step's clause with more literals."""

    of: int


Reason: TypeAlias = Given | Instance | Cut | Weaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A clause and what it follows from."""

    clause: Clause
    reason: Reason
    line: int


# ── steps of a tableau; nodes are named by numbers, branches by paths: (), (1,), (1, 2) … ───────

Branch: TypeAlias = tuple[int, ...]  # the root is (); its children end in 1, 2, …


def show_branch(branch: Branch) -> str:
    """Write a branch as models are asked to: `[0]`, `[0.1.2]`."""
    return f"[{'.'.join(map(str, (0, *branch)))}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assume:
    """Put the problem's assumption at this place, from 0, at the end of a branch."""

    branch: Branch
    node: int
    index: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Apply the rule for a node's formula at the end of a branch.

    Attributes:
        added: for each alternative of the rule its new nodes: one alternative goes on at the end
            of `branch`; two or more go on the branches `(*branch, 1)`, `(*branch, 2)`, …, in the
            rule's order. Of an alternative's lines some may be left out.
        witness: the term of γ and δ, the world of ν and π.

    """

    branch: Branch
    source: int
    witness: Witness | None
    added: tuple[Mapping[int, Signed], ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """Close a branch by two nodes that contradict each other, or by one that is absurd."""

    branch: Branch
    nodes: tuple[int, ...]
    line: int


TableauStep: TypeAlias = Assume | Apply | Close

# ── a refutation in numbered lines ──────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseLine:
    """A line `3. Q [1,2]`.

    Attributes:
        label: its number as it is written (`3`, `C3`, `2a`).
        clause: the clause.
        rule: what the line says it is: `None` where it says nothing.
        parents: the labels of the lines it comes from.
        substitutions: the ones it states.
        pivot: the atom that it says it resolves on.
        line: the line of the text, from 1.

    """

    label: str
    clause: Clause
    rule: str | None  # "given", "resolve", "factor", "instance"
    parents: tuple[str, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    pivot: Atom | None = None
    line: int = 0


# ── a tableau in numbered lines ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeLine:
    """A line `3. [0.1] T A 1`.

    Attributes:
        label: its number as it is written.
        branch: `[0]` is (), `[0.1]` is (1,).
        signed: the signed formula; of unsigned ones `~A` is `F A` and any other `A` is `T A`.
        origin: "premise", "goal", or the label of the line it comes from.
        witness: the term or world, where the line states it.
        line: the line of the text, from 1.

    """

    label: str
    branch: Branch
    signed: Signed
    origin: str
    witness: Witness | None = None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseLine:
    """A line `5. [0.1] x 3,4`."""

    label: str | None
    branch: Branch
    nodes: tuple[str, ...]  # labels; none where the line names none
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """A line `open [0.2]: A=F, B=T`: the branch stays open, and this is its countermodel."""

    branch: Branch
    valuation: Mapping[str, bool]
    line: int = 0


TableauLine: TypeAlias = NodeLine | CloseLine | OpenLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Liberty:
    """Where a text is right but not as the format states it.

    Attributes:
        kind: "ink" for a spelling; "logic" for a step that only a lenient reading accepts.

    """

    kind: str
    message: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of a proof's text.

    Attributes:
        flaw: the first flaw of the lenient reading; `None` where it is accepted.
        liberties: what the strict reading refuses (kind "logic"), and what it only notes ("ink").
        lines: how many steps the text has.
        valid_prefix: how many of them come before the first flaw.
        unused: the labels of steps that the proof does not need.
        countermodel: the valuation that an open branch claims, where it makes the premises true
            and the conclusion false: the text is no proof then, it shows that there is none.

    """

    flaw: Exception | None
    liberties: tuple[Liberty, ...] = ()
    lines: int = 0
    valid_prefix: int = 0
    unused: tuple[str, ...] = field(default=())
    countermodel: Mapping[str, bool] | None = None
