"""The perplexity of a text: what a model expects of it, a token, a word and a byte.

Two ways to cut a text that is longer than a model reads at once:

    blocks    as the evaluation of transformers' example `run_clm.py` makes them: the lines, each
              tokenised alone, are put together, 1,000 at a time, and cut to blocks; a rest shorter
              than a block is left out; the first token of a block is not predicted
    windows   the whole text under a sliding window: each token but the first is predicted once,
              from at least `window - stride` tokens before it, where there are as many

A block or a window is a request `Choices` with one choice, so any engine that scores can answer.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from evalsuite.errors import EngineFailure, UserMistake
from evalsuite.records import Choice, Choices, LogLikelihoods, Prompt, Response

Tokens: TypeAlias = tuple[int, ...]

_CAUSAL = "ForCausalLM"
_LINES = 1000  # what `datasets.map` hands to the example at a time
BLOCK = 1024  # tokens, the longest block of the example; less where the model reads less


class Tokenizer(Protocol):
    """What a text needs of a model's tokenizer."""

    def encode(self, texts: Sequence[str]) -> list[Tokens]:
        """Return each text's token ids, with one BOS in front where the model wants one."""

    def encode_as_is(self, texts: Sequence[str]) -> list[Tokens]:
        """Return each text's token ids, with the special tokens that the tokenizer itself adds."""

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text that token ids stand for, without special tokens."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Tokens that a model reads at once; those from `first` on are predicted."""

    tokens: Tokens
    first: int

    @property
    def predicted(self) -> Tokens:
        """The tokens that are predicted."""
        return self.tokens[self.first :]


@dataclass(frozen=True, slots=True)
class Cut:
    """A text in pieces."""

    pieces: tuple[Piece, ...]
    text: str  # of the tokens that are predicted
    left_out: int  # tokens of the text that no piece holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Perplexity:
    """What a model expects of a text."""

    log_likelihood: float  # natural, summed
    tokens: int  # that were predicted
    words: int  # in their text, with white space between them
    bytes: int  # of their text in UTF-8
    pieces: int
    left_out: int  # tokens of the text that no piece holds

    @property
    def per_token(self) -> float:
        """Exp of the mean loss a token."""
        return _perplexity(self.log_likelihood, self.tokens)

    def as_run_clm(self, architecture: str) -> float:
        """Return what `run_clm.py` prints with transformers 5 for a model of that class.

        Its Trainer divides a block's loss by the tokens that it predicts, one fewer than it has;
        but for classes not named `…ForCausalLM`, GPT-2's among them, by all that it has.
        """
        whole = self.tokens if _CAUSAL in architecture else self.tokens + self.pieces
        return _perplexity(self.log_likelihood, whole)

    @property
    def per_word(self) -> float:
        """The same a word."""
        return _perplexity(self.log_likelihood, self.words)

    @property
    def per_byte(self) -> float:
        """The same a byte."""
        return _perplexity(self.log_likelihood, self.bytes)

    @property
    def bits_per_byte(self) -> float:
        """The mean loss a byte, in bits."""
        return -self.log_likelihood / self.bytes / math.log(2)


def blocks(text: str, tokenizer: Tokenizer, size: int) -> Cut:
    """Cut a text to blocks as `run_clm.py` does.

    Raises:
        UserMistake: the text is shorter than a block.

    """
    lines = text.splitlines(keepends=True)
    found: list[Piece] = []
    total = 0
    for start in range(0, len(lines), _LINES):
        together = [
            token for ids in tokenizer.encode_as_is(lines[start : start + _LINES]) for token in ids
        ]
        total += len(together)
        ends = range(size, len(together) + 1, size)
        found += [Piece(tuple(together[end - size : end]), 1) for end in ends]
    if not found:
        raise UserMistake(
            f"the text has {total} tokens, fewer than a block of {size}",
            hint="use a smaller `--block-size`, or `--stride` for a sliding window",
        )
    held = "".join(tokenizer.decode(piece.predicted) for piece in found)
    return Cut(tuple(found), held, total - size * len(found))


def windows(text: str, tokenizer: Tokenizer, size: int, stride: int) -> Cut:
    """Cut a text to overlapping windows, each token but the first predicted once.

    Raises:
        UserMistake: the text has fewer than two tokens, or the stride is no part of a window.

    """
    if not 0 < stride < size:
        raise UserMistake(f"--stride: {stride}", hint=f"a number from 1 to {size - 1}")
    (ids,) = tokenizer.encode([text])
    if len(ids) < 2:  # noqa: PLR2004 - one before and one that is predicted
        raise UserMistake("the text has no token to predict", hint="name a longer text")
    found = [Piece(ids[:size], 1)]
    for done in range(size, len(ids), stride):
        end = min(done + stride, len(ids))
        start = end - size
        found.append(Piece(ids[start:end], done - start))
    return Cut(tuple(found), text, 0)


def requests(pieces: Iterable[Piece]) -> Iterator[Choices]:
    """Return what an engine is asked, a request a piece; its key is the piece's number."""
    for number, piece in enumerate(pieces):
        yield Choices(
            key=str(number),
            prompt=Prompt(text="", token_ids=piece.tokens[: piece.first], shots=()),
            choices=(Choice(text="", token_ids=piece.predicted),),
        )


def perplexity(cut: Cut, responses: Iterable[Response]) -> Perplexity:
    """Sum up what an engine said of the pieces of a text.

    Raises:
        EngineFailure: a piece has no finite log-likelihood.

    """
    values: Mapping[str, Response] = {one.key: one for one in responses}
    total: list[float] = []
    for number in range(len(cut.pieces)):
        answer = values.get(str(number))
        value = answer.values[0] if isinstance(answer, LogLikelihoods) else math.nan
        if not math.isfinite(value):
            raise EngineFailure(f"piece {number} of the text has no log-likelihood")
        total.append(value)
    return Perplexity(
        log_likelihood=math.fsum(total),
        tokens=sum(len(piece.predicted) for piece in cut.pieces),
        words=len(cut.text.split()),
        bytes=len(cut.text.encode()),
        pieces=len(cut.pieces),
        left_out=cut.left_out,
    )


def _perplexity(log_likelihood: float, units: int) -> float:
    try:
        return math.exp(-log_likelihood / units)
    except (OverflowError, ZeroDivisionError):
        return math.inf
