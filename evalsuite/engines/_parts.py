"""Split the scoring of several continuations into the fewest questions to a causal model.

The continuations of one context form a trie of tokens. Where it branches, one question gives the
log-probabilities of all the next tokens at once (`Branch`); where it does not, one question gives
those of the whole unbranched run (`Tail`). The log-likelihood of a continuation is the sum over its
nodes. A node is the path that leads to it, last token included.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evalsuite.engines._tokens import Tokens


@dataclass(frozen=True, slots=True)
class Branch:
    """The next token after context and prefix is one of several."""

    prefix: Tokens
    tokens: Tokens

    def nodes(self) -> tuple[Tokens, ...]:
        """Return the nodes that this part scores."""
        return tuple((*self.prefix, token) for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Tail:
    """After context and prefix come these tokens, one after the other."""

    prefix: Tokens
    tokens: Tokens

    def nodes(self) -> tuple[Tokens, ...]:
        """Return the nodes that this part scores."""
        return tuple((*self.prefix, *self.tokens[:end]) for end in range(1, len(self.tokens) + 1))


Part: TypeAlias = Branch | Tail


def parts(continuations: Sequence[Tokens], width: int) -> tuple[Part, ...]:
    """Return the parts that together score every node of the continuations' trie once.

    A branch holds at most `width` tokens. A run of one token is a branch: it costs no more, and
    may use whatever the engine has cached.

    Raises:
        ValueError: a continuation is empty.

    """
    if not all(continuations):
        raise ValueError("an empty continuation has no log-likelihood")
    children = _trie(continuations)
    found: list[Part] = []
    pending: list[Tokens] = [()]
    while pending:
        node = pending.pop()
        following = sorted(children.get(node, ()))
        if len(following) == 1:
            run = _run(children, node)
            found.append(Tail(node, run) if len(run) > 1 else Branch(node, run))
            pending.append(node + run)
        elif following:
            found.extend(
                Branch(node, tuple(following[start : start + width]))
                for start in range(0, len(following), width)
            )
            pending.extend((*node, token) for token in following)
    return tuple(found)


def total(continuation: Tokens, nodes: Mapping[Tokens, float]) -> float:
    """Return the continuation's log-likelihood: the sum over its nodes."""
    return math.fsum(nodes[continuation[:end]] for end in range(1, len(continuation) + 1))


def _trie(continuations: Sequence[Tokens]) -> dict[Tokens, set[int]]:
    children: dict[Tokens, set[int]] = {}
    for continuation in continuations:
        for end, token in enumerate(continuation):
            children.setdefault(continuation[:end], set()).add(token)
    return children


def _run(children: Mapping[Tokens, set[int]], node: Tokens) -> Tokens:
    return tuple(_unbranched(children, node))


def _unbranched(children: Mapping[Tokens, set[int]], node: Tokens) -> Iterator[int]:
    while len(children.get(node, ())) == 1:
        (token,) = children[node]
        yield token
        node = (*node, token)
