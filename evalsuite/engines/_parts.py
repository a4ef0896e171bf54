"""Split the scoring of several continuations into the fewest questions to a causal model.

The continuations of one context form a trie of tokens. Where it branches, one question gives the
log-probabilities of all the next tokens at once (`Branch`); an unbranched run is one question for
all its tokens (`Tail`). The log-likelihood of a continuation is the sum over its
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


def parts(
    continuations: Sequence[Tokens], *, width: int, start: int, block: int
) -> tuple[Part, ...]:
    """Return the parts that together score every node of the continuations' trie.

    A branch holds at most `width` tokens; the context has `start` tokens, and the engine caches
    whole blocks of `block` tokens. Where tokens that several parts read end with a block, no tail
    begins: the state that scores its first token may be in the cache, and then is not computed.

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
        runs = [_run(children, node, token) for token in sorted(children.get(node, ()))]
        pending.extend(node + run for run in runs)
        if all(len(run) > 1 for run in runs) and (start + len(node)) % block:
            found.extend(Tail(node, run) for run in runs)
        else:
            found.extend(_branches(node, [run[0] for run in runs], width))
            found.extend(_rest(node, run) for run in runs if len(run) > 1)
    return tuple(found)


def _branches(node: Tokens, following: Sequence[int], width: int) -> Iterator[Branch]:
    for first in range(0, len(following), width):
        yield Branch(node, tuple(following[first : first + width]))


def _rest(node: Tokens, run: Tokens) -> Part:
    # A single token is a branch: it costs no more, and may use whatever is cached.
    inner, rest = (*node, run[0]), run[1:]
    return Tail(inner, rest) if len(rest) > 1 else Branch(inner, rest)


def total(continuation: Tokens, nodes: Mapping[Tokens, float]) -> float:
    """Return the continuation's log-likelihood: the sum over its nodes."""
    return math.fsum(nodes[continuation[:end]] for end in range(1, len(continuation) + 1))


def _trie(continuations: Sequence[Tokens]) -> dict[Tokens, set[int]]:
    children: dict[Tokens, set[int]] = {}
    for continuation in continuations:
        for end, token in enumerate(continuation):
            children.setdefault(continuation[:end], set()).add(token)
    return children


def _run(children: Mapping[Tokens, set[int]], node: Tokens, token: int) -> Tokens:
    """Return the unbranched run of tokens that begins with this child of the node."""
    run: Tokens = (token,)
    while len(following := children.get(node + run, ())) == 1:
        run += tuple(following)
    return run
