"""A tableau as it grows: what stands at the end of which branch."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from evalsuite.logic import flaws
from evalsuite.logic.proofs import Branch, show_branch
from evalsuite.logic.syntax import constants
from evalsuite.logic.tableau import Signed, World


@dataclass(slots=True)
class End:
    """What stands at the end of a branch, since it was opened."""

    constants: set[str] = field(default_factory=set)
    worlds: set[World] = field(default_factory=set)
    state: Literal["open", "split", "closed"] = "open"


@dataclass(slots=True)
class Tree:
    """A tableau so far: each node with the branch it was put on."""

    ends: dict[Branch, End] = field(default_factory=lambda: {(): End()})
    nodes: dict[int, tuple[Branch, Signed]] = field(default_factory=dict)

    def along(self, branch: Branch) -> Iterator[End]:
        """Yield what a branch holds, from its end up."""
        return (self.ends[branch[:end]] for end in range(len(branch), -1, -1))

    def find(self, branch: Branch, node: int, line: int) -> Signed:
        """Return the node's signed formula; it must be on the branch."""
        place, signed = self.nodes.get(node, (None, None))
        if place is None or signed is None or branch[: len(place)] != place:
            raise flaws.OffBranch(f"line {node} is not on branch {show_branch(branch)}", line=line)
        return signed

    def put(self, branch: Branch, node: int, signed: Signed, line: int) -> None:
        """Put a node at the end of a branch."""
        if node in self.nodes:
            raise flaws.DuplicateNumber(f"there is a line {node} already", line=line)
        self.nodes[node] = branch, signed
        self.ends[branch].constants |= constants(signed.formula)
        self.ends[branch].worlds.add(signed.world)
