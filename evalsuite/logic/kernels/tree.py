"""A tableau as it grows: what stands at the end of which branch."""

from dataclasses import dataclass, field

from evalsuite.logic import flaws
from evalsuite.logic.proofs import Branch, show_branch
from evalsuite.logic.syntax import constants
from evalsuite.logic.tableau import Signed, World


@dataclass(slots=True)
class End:
    """What stands at the end of a branch, since it was opened."""

    nodes: dict[int, Signed] = field(default_factory=dict)
    constants: set[str] = field(default_factory=set)
    worlds: set[World] = field(default_factory=set)
    state: str = "open"  # or "split", "closed"


@dataclass(slots=True)
class Tree:
    """A tableau so far."""

    ends: dict[Branch, End] = field(default_factory=lambda: {(): End()})
    numbers: set[int] = field(default_factory=set)

    def along(self, branch: Branch) -> list[End]:
        """Return what a branch holds, from its end up."""
        return [self.ends[branch[:end]] for end in range(len(branch), -1, -1)]

    def find(self, branch: Branch, node: int, line: int) -> Signed:
        """Return the node's signed formula; it must be on the branch."""
        for end in self.along(branch):
            if node in end.nodes:
                return end.nodes[node]
        raise flaws.OffBranch(f"line {node} is not on branch {show_branch(branch)}", line=line)

    def put(self, branch: Branch, node: int, signed: Signed, line: int) -> None:
        """Put a node at the end of a branch."""
        if node in self.numbers:
            raise flaws.DuplicateNumber(f"there is a line {node} already", line=line)
        self.numbers.add(node)
        end = self.ends[branch]
        end.nodes[node] = signed
        end.constants |= constants(signed.formula)
        end.worlds.add(signed.world)
