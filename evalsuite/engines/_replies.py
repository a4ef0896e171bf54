"""What a server answered, taken apart and checked: nothing in it is trusted.

A completion's log-probabilities come in the shape of GPT-3's API (`tokens`, `token_logprobs`,
`text_offset`, `top_logprobs`) or in that of the chat API (`content`), which some servers use for
completions too.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal, cast

from evalsuite.engines._tokens import Tokens
from evalsuite.records import Usage

_ROUNDING = 1e-5  # by which a log-probability may exceed 0
_LONGEST_REASON = 50  # characters
_LONGEST_NAME = 500  # characters of a model's name
_EXTRA_TOKENS = 2000  # that a server's chat template may add to a prompt
_BYTES = re.compile(r"bytes:((?:\\x[0-9a-fA-F]{2})+)")  # how GPT-3's API writes a part of a letter
_TOKEN_ID = "token_id:"  # noqa: S105 - how vLLM writes a token that it is asked to name by its id
# A dated variant of a model: `gpt-x-2024-08-06`, `gpt-x-0125`, `gpt-x:20230824-v2`.
_MONTH, _DAY = r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_DATED = re.compile(rf"[-:@](?:20\d\d-?{_MONTH}(?:-?{_DAY})?|{_MONTH}{_DAY})(?:-v\d+)?")


class Malformed(Exception):
    """An answer that is none: it is asked for again, and never scored."""


class Refused(Exception):
    """One request that cannot be answered, however often it is asked; others can."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Again(Exception):
    """The same request may be answered another time."""

    def __init__(self, reason: str, *, wait: float | None = None, dead: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait  # seconds that the server asks for
        self.dead = dead  # the connection failed


class Stop(Exception):
    """No request can be answered."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProbs:
    """One entry for each token, in order. `values` and `top` are None for the first of a prompt."""

    tokens: tuple[str, ...]
    values: tuple[float | None, ...]
    offsets: tuple[int, ...]  # where each token begins in the text; empty: not told
    top: tuple[Mapping[str, float] | None, ...]


def parsed(body: bytes) -> dict[str, Any]:
    """Read the body of an answer.

    Raises:
        Malformed: it is no JSON object.

    """
    if body.lstrip()[:1] == b"<":
        raise Malformed("HTML in place of JSON")
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Malformed("an answer that is no JSON") from None
    if not isinstance(value, dict):
        raise Malformed("an answer that is no JSON object")
    return value


def _no_number(name: str) -> float:
    raise Malformed(f"`{name}` in place of a number")


def only_choice(reply: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the one choice that was asked for.

    Raises:
        Malformed: there is none, or not this one.

    """
    choices = reply.get("choices")
    if not isinstance(choices, list) or not choices:
        raise Malformed("an answer without choices")
    if len(choices) > 1:
        raise Malformed(f"{len(choices)} choices where one was asked for")
    (choice,) = choices
    if not isinstance(choice, dict) or choice.get("index") != 0 or choice["index"] is False:
        raise Malformed("a choice without its index")
    return choice


def counted(reply: Mapping[str, Any], *, sent: int | str, limit: int) -> Usage:
    """Return what the server counted.

    `sent` is the number of token ids in the prompt, or its text; at most `limit` tokens were asked
    for.

    Raises:
        Malformed: counts are missing, or cannot be.

    """
    usage = reply.get("usage")
    if not isinstance(usage, dict):
        raise Malformed("an answer without token counts")
    prompt, generated = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    if isinstance(sent, int) and prompt != sent:
        raise Malformed(f"{prompt} prompt tokens counted where {sent} were sent")
    if isinstance(sent, str) and not 0 < prompt <= len(sent.encode()) + _EXTRA_TOKENS:
        raise Malformed(f"{prompt} tokens counted in a prompt of {len(sent)} characters")
    if generated > max(1, limit):
        raise Malformed(f"{generated} tokens counted where {limit} were asked for")
    details = usage.get("prompt_tokens_details")
    has_cached = isinstance(details, dict) and details.get("cached_tokens") is not None
    cached = _count(cast("dict[str, Any]", details), "cached_tokens") if has_cached else 0
    if cached > prompt:
        raise Malformed(f"{cached} cached tokens counted in a prompt of {prompt}")
    return Usage(prompt_tokens=prompt, cached_tokens=cached, generated_tokens=generated)


def _count(counts: Mapping[str, Any], name: str) -> int:
    value = counts.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Malformed(f"an answer whose `{name}` is no count")
    return value


def answered_by(reply: Mapping[str, Any]) -> str | None:
    """Return the model that the server says has answered, if it says so.

    Raises:
        Malformed: it is no name.

    """
    name = reply.get("model")
    if name is None or name == "":
        return None
    if not isinstance(name, str) or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Malformed("an answer whose `model` is no name")
    return name


def is_same_model(asked: str, answered: str) -> bool:
    """Tell whether the model that answered is the one asked for, or a dated variant of it."""
    if not answered.startswith(asked):
        return False
    rest = answered[len(asked) :]
    return not rest or _DATED.fullmatch(rest) is not None


# ── generated ───────────────────────────────────────────────────────────────────────────────────


def check_end(choice: Mapping[str, Any]) -> None:
    """Refuse what did not end as an answer does, where it tells how it ended.

    Raises:
        Malformed: it was broken off, or tells no reason that could be one.
        Refused: it was kept back, or is something else than an answer.

    """
    match choice.get("finish_reason"):
        case None | "stop" | "length":
            return
        case str(reason) if reason not in {"error", "abort"}:
            shown = reason if reason.isidentifier() and len(reason) <= _LONGEST_REASON else "?"
            raise Refused(f"the server ended the answer with `{shown}`")
        case _:
            raise Malformed("an answer that the server broke off")


def finish(choice: Mapping[str, Any]) -> Literal["stop", "length"]:
    """Return why a text ended.

    Raises:
        Malformed: no reason is told.
        Refused: it did not end as an answer does.

    """
    check_end(choice)
    match choice.get("finish_reason"):
        case "stop":
            return "stop"
        case "length":
            return "length"
        case _:
            raise Malformed("an answer that does not tell why it ended")


def text_of(choice: Mapping[str, Any]) -> str:
    """Return a completion's text.

    Raises:
        Malformed: it has none.

    """
    text = choice.get("text")
    if not isinstance(text, str):
        raise Malformed("a completion without text")
    return text


def message_of(choice: Mapping[str, Any]) -> str:
    """Return what a message says: its content, or its refusal. What it thought is no part of it.

    Raises:
        Malformed: it has no message.

    """
    message = choice.get("message")
    if not isinstance(message, dict):
        raise Malformed("an answer without a message")
    content, refusal = message.get("content"), message.get("refusal")
    if isinstance(content, str):
        return content
    if content is None and isinstance(refusal, str):
        return refusal
    if content is None and choice.get("finish_reason") == "length":
        return ""  # all its tokens went into thinking
    raise Malformed("a message without content")


# ── log-probabilities ───────────────────────────────────────────────────────────────────────────


def log_probs(choice: Mapping[str, Any]) -> LogProbs:
    """Return the log-probabilities that come with a completion.

    Raises:
        Malformed: there are none, or some cannot be.

    """
    found = choice.get("logprobs")
    if not isinstance(found, dict):
        raise Malformed("an answer without log-probabilities")
    if isinstance(found.get("content"), list):
        return _from_content(found["content"])
    tokens, values = found.get("tokens"), found.get("token_logprobs")
    if not isinstance(tokens, list) or not isinstance(values, list) or len(tokens) != len(values):
        raise Malformed("log-probabilities without their tokens")
    if not all(isinstance(token, str) for token in tokens):
        raise Malformed("a token that is no text")
    return LogProbs(
        tokens=tuple(tokens),
        values=tuple(None if value is None else _log_prob(value) for value in values),
        offsets=_offsets(found.get("text_offset"), len(tokens)),
        top=_tops(found.get("top_logprobs"), len(tokens)),
    )


def _from_content(content: Sequence[Any]) -> LogProbs:
    tokens, values, tops = [], [], []
    for entry in content:
        if not isinstance(entry, dict):
            raise Malformed("log-probabilities without their tokens")
        tokens.append(_token(entry))
        values.append(_log_prob(entry.get("logprob")))
        listed = entry.get("top_logprobs")
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise Malformed("log-probabilities without their tokens")
        top = {_token(one): _log_prob(one.get("logprob")) for one in listed}
        named = {token_name(one["id"]): top[one["token"]] for one in listed if "id" in one}
        tops.append(top | named)
    return LogProbs(tokens=tuple(tokens), values=tuple(values), offsets=(), top=tuple(tops))


def _token(entry: Mapping[str, Any]) -> str:
    token = entry.get("token")
    if not isinstance(token, str):
        raise Malformed("a token that is no text")
    return token


def _log_prob(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise Malformed("a log-probability that is no number")
    if value > _ROUNDING:
        raise Malformed(f"a log-probability above 0: {value:g}")
    return float(value)


def _offsets(found: Any, length: int) -> tuple[int, ...]:
    if found is None or found == []:
        return ()
    if not isinstance(found, list) or len(found) != length:
        raise Malformed("another number of offsets than of tokens")
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in found):
        raise Malformed("an offset that is no number")
    return tuple(found)


def _tops(found: Any, length: int) -> tuple[Mapping[str, float] | None, ...]:
    if found is None:
        return (None,) * length
    if not isinstance(found, list) or len(found) != length:
        raise Malformed("another number of most probable tokens than of tokens")
    tops: list[Mapping[str, float] | None] = []
    for one in found:
        if one is not None and not isinstance(one, dict):
            raise Malformed("most probable tokens that are no table")
        tops.append(one and {token: _log_prob(value) for token, value in one.items()})
    return tuple(tops)


def token_name(one: int) -> str:
    """Return how a token is named by its id."""
    return f"{_TOKEN_ID}{one}"


def names_tokens(found: LogProbs) -> bool:
    """Tell whether the most probable next tokens are named by their ids."""
    return any(name.startswith(_TOKEN_ID) for name in most_probable(found))


def named_tokens(found: LogProbs, ids: Tokens) -> tuple[float, ...]:
    """Return the log-probabilities of the ids as the next token.

    Raises:
        Malformed: one is missing.

    """
    top = most_probable(found)
    names = [token_name(one) for one in ids]
    if any(name not in top for name in names):
        raise Malformed(f"log-probabilities of fewer tokens than the {len(ids)} asked for")
    return tuple(top[name] for name in names)


def most_probable(found: LogProbs) -> Mapping[str, float]:
    """Return the most probable next tokens, by their text.

    Raises:
        Malformed: there are none.

    """
    if not found.top or not found.top[0]:
        raise Malformed("an answer without the most probable tokens")
    return found.top[0]


def echoed(found: LogProbs, prompt_tokens: int) -> LogProbs:
    """Return the part of an echo that is the prompt: without a token that was generated.

    Raises:
        Malformed: there are fewer tokens than the server counted, or a value is missing.

    """
    if not prompt_tokens <= len(found.tokens) <= prompt_tokens + 1:
        raise Malformed(
            f"log-probabilities of {len(found.tokens)} tokens in an echo of {prompt_tokens}"
        )
    if None in found.values[1:prompt_tokens]:
        raise Malformed("a token without its log-probability")
    return LogProbs(
        tokens=found.tokens[:prompt_tokens],
        values=found.values[:prompt_tokens],
        offsets=found.offsets[:prompt_tokens],
        top=found.top[:prompt_tokens],
    )


def last(found: LogProbs, count: int) -> float:
    """Return the sum of the last log-probabilities of an echo.

    Raises:
        Malformed: the first token of the prompt would be among them, which has none.

    """
    values = found.values[len(found.values) - count :]
    if not 0 < count < len(found.values) or None in values:
        raise Malformed("a token without its log-probability")
    return math.fsum(cast("tuple[float, ...]", values))


def first_scored(echoes: Sequence[LogProbs], prompt: str, choices: Sequence[str]) -> int:
    """Return the index of the first token that counts, in the echoes of the prompt with a choice.

    It is the same for all: the first token that any choice touches, or the first in which their
    echoes differ. So the tokens that two choices share count for both or for none.

    Raises:
        Malformed: the tokens do not spell the text.

    """
    firsts = [_touching(echo, prompt, choice) for echo, choice in zip(echoes, choices, strict=True)]
    columns = zip(*(echo.tokens for echo in echoes), strict=False)
    shared = sum(1 for _ in takewhile(lambda column: len(set(column)) == 1, columns))
    return min(*firsts, shared) if len(echoes) > 1 else firsts[0]


def _touching(echo: LogProbs, prompt: str, choice: str) -> int:
    """Return the index of the first token that touches the choice at the text's end."""
    tokens = [_spelt(token) for token in echo.tokens]
    wanted = choice.encode()
    first, spelt = len(tokens), b""
    while first and len(spelt) < len(wanted):
        first -= 1
        spelt = tokens[first] + spelt
    if spelt.endswith(wanted):
        # A token without text is a part of the letter that the next one completes.
        while first and not tokens[first - 1]:
            first -= 1
        return first
    return _by_offset(echo, prompt, choice)


def _by_offset(echo: LogProbs, prompt: str, choice: str) -> int:
    starts = echo.offsets
    is_whole = (
        bool(starts)
        and starts[0] == 0
        and list(starts) == sorted(starts)
        and starts[-1] < len(prompt + choice)
        and (prompt + choice).endswith(_spelt(echo.tokens[-1]).decode(errors="replace"))
    )
    if not is_whole:
        raise Malformed("an echo whose tokens do not spell its text")
    ends = (*starts[1:], len(prompt + choice))
    return next(index for index, end in enumerate(ends) if end > len(prompt))


def _spelt(token: str) -> bytes:
    found = _BYTES.fullmatch(token)
    return bytes.fromhex(found[1].replace("\\x", "")) if found else token.encode()
