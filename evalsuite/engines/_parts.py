"""Split the scoring of several continuations into the fewest questions to a causal model.

The continuations of one context form a trie of tokens. Where it branches, one question gives the
log-probabilities of all the next tokens at once (`Branch`); an unbranched run is one question for
all its tokens (`Tail`). The log-likelihood of a continuation is the sum over its
nodes. A node is the path that leads to it, last token included.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
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
    """Return few parts that together score every node of the continuations' trie, each once.

    The first is the branch after the context: it runs the model's head on one row and leaves the
    context in the cache, where a tail would run it on each row of the context that is not there.

    A branch holds at most `width` tokens; the context has `start` tokens, and the engine caches
    whole blocks of `block` tokens. Where tokens that several parts read end with a block, no tail
    begins: the state that scores its first token may be in the cache, and then is not computed.
    For the same reason a tail comes before the parts that read its tokens again.

    Raises:
        ValueError: a continuation is empty.

    """
    if not all(continuations):
        raise ValueError("an empty continuation has no log-likelihood")
    children = _trie(continuations)
    branches: dict[Tokens, list[int]] = {}
    ends: list[Tokens] = []  # where a question ends, whatever else it scores
    for node, following in children.items():
        leaves = [token for token in following if (*node, token) not in children]
        at_end_of_block = (start + len(node)) % block == 0
        if not node or (at_end_of_block and len(following) > 1):
            branches[node] = following
        elif len(following) > 1 and leaves:
            branches[node] = leaves
        else:
            ends += [(*node, token) for token in leaves]
    scored = {(*node, token) for node, following in branches.items() for token in following}
    tails: list[Part] = []
    for end in (*ends, *branches):
        for node, run in tuple(_missing(end, scored)):
            # A single token is a branch: it costs no more, and may use whatever is cached.
            tails.append(Tail(node, run) if len(run) > 1 else Branch(node, run))
            scored.update(tails[-1].nodes())
    first = _cut((), branches.pop(()), width)
    others = (part for node, following in branches.items() for part in _cut(node, following, width))
    return (*first, *tails, *others)


def branches(continuations: Sequence[Tokens], *, width: int) -> tuple[Branch, ...]:
    """Return a branch for every inner node of the trie: more questions, none with prompt rows.

    Raises:
        ValueError: a continuation is empty.

    """
    if not all(continuations):
        raise ValueError("an empty continuation has no log-likelihood")
    children = _trie(continuations).items()
    return tuple(part for node, following in children for part in _cut(node, following, width))


def _missing(end: Tokens, scored: Collection[Tokens]) -> Iterator[tuple[Tokens, Tokens]]:
    """Yield each unbroken run of nodes on the way to `end` that are not scored: prefix, tokens."""
    way = [end[:length] for length in range(1, len(end) + 1)]
    for is_scored, nodes in groupby(way, key=scored.__contains__):
        run = list(nodes)
        if not is_scored:
            yield run[0][:-1], tuple(node[-1] for node in run)


def _cut(node: Tokens, following: Sequence[int], width: int) -> Iterator[Branch]:
    for first in range(0, len(following), width):
        yield Branch(node, tuple(following[first : first + width]))


def total(continuation: Tokens, nodes: Mapping[Tokens, float]) -> float:
    """Return the continuation's log-likelihood: the sum over its nodes."""
    return math.fsum(nodes[continuation[:end]] for end in range(1, len(continuation) + 1))


def _trie(continuations: Sequence[Tokens]) -> dict[Tokens, list[int]]:
    """Return the tokens that follow each inner node, in order."""
    children: dict[Tokens, set[int]] = {}
    for continuation in continuations:
        for end, token in enumerate(continuation):
            children.setdefault(continuation[:end], set()).add(token)
    return {node: sorted(children[node]) for node in sorted(children)}
