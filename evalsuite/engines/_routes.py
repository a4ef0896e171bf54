"""How a server is asked for log-likelihoods and texts: bodies out, checked values back.

Choices are scored by one of three routes.

- `ids`: one request of one new token for each node at which the choices' tokens branch, with
  vLLM's `logprob_token_ids`: exact, for the whole vocabulary, and the server's prefix cache serves
  it. Needs token ids.
- `echo`: one request for each choice, which echoes prompt and choice with log-probabilities, as
  GPT-3's API did.
- `top`: the most probable next tokens, as completions without echo give them. A choice that is
  not among them cannot be scored.

Scoring asks at temperature 1: whether a server reports log-probabilities before or after it has
divided by the temperature makes no difference then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

from evalsuite.engines import _replies
from evalsuite.engines._limits import BRANCH_WIDTH
from evalsuite.engines._parts import Branch, branches, total
from evalsuite.engines._replies import LogProbs, Refused
from evalsuite.engines._tokens import Tokens, continuations, logical
from evalsuite.records import Choices, Completion, Generate, LogLikelihoods, Usage

T = TypeVar("T")

_CACHED = 32  # tokens that a question costs whose prompt is in the server's cache, about
_PROBE_IDS = (10, 11, 12)  # every vocabulary has them
_PROBE_TEXT = ("Yes or no:", " yes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """What a server can do for choices."""

    ids: bool = False
    echo: int | None = None  # how many tokens an echo has to generate; None: no echo
    top: Literal["text", "ids"] | None = None  # how the most probable tokens are named

    @property
    def any(self) -> bool:
        """Whether choices can be scored at all."""
        return self.ids or self.echo is not None or self.top is not None

    def shared(self, other: "Routes") -> "Routes":
        """Return what both servers can do."""
        same_echo = self.echo is not None and other.echo is not None
        return Routes(
            ids=self.ids and other.ids,
            echo=max(self.echo or 0, other.echo or 0) if same_echo else None,
            top=self.top if self.top == other.top else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Generic[T]):
    """One HTTP request, and how its answer is read."""

    body: Mapping[str, Any]  # without the model
    read: Callable[[Mapping[str, Any], Usage], T]  # of its only choice; raises Malformed, Refused

    @property
    def sent(self) -> int | str:
        """The number of token ids in its prompt, or its text."""
        match self.body:
            case {"prompt": str(text)}:
                return text
            case {"prompt": ids}:
                return len(ids)
            case _:
                return "".join(one["content"] for one in self.body["messages"])

    @property
    def limit(self) -> int:
        """How many tokens it may generate."""
        limit: int = self.body.get("max_tokens", self.body.get("max_completion_tokens", 0))
        return limit


class Send(Protocol):
    """What sends a request until it is answered."""

    def __call__(self, ask: Ask[T]) -> Awaitable[T]:
        """Return what is read from the answer."""


# ── choices ─────────────────────────────────────────────────────────────────────────────────────


async def scored(request: Choices, routes: Routes, top: int, send: Send) -> LogLikelihoods:
    """Score a request's choices by the route that asks least.

    Raises:
        Refused: it cannot be scored exactly.

    """
    if request.prompt.token_ids:
        if routes.ids and _is_cheaper_by_ids(request, routes):
            return await _by_ids(request, send)
        if routes.echo is not None:
            return await _by_echo_of_ids(request, routes.echo, send)
    elif routes.echo is not None:
        return await _by_echo_of_text(request, routes.echo, send)
    if routes.top is not None:
        return await _by_top(request, routes.top, top, send)
    raise Refused("the server gives no log-probabilities for choices")


def _is_cheaper_by_ids(request: Choices, routes: Routes) -> bool:
    start, scored_ones = len(request.prompt.token_ids or ()), continuations(request)
    if routes.echo is None or all(len(one) == 1 for one in scored_ones):
        return True
    by_ids = start + _CACHED * len(branches(scored_ones, width=BRANCH_WIDTH))
    return by_ids < sum(start + len(one) for one in scored_ones)


async def _by_ids(request: Choices, send: Send) -> LogLikelihoods:
    start = request.prompt.token_ids or ()
    first, *others = branches(continuations(request), width=BRANCH_WIDTH)
    # The first leaves the prompt in the server's cache for the others.
    answers = [await send(_branch(start, first))]
    answers += await together([send(_branch(start, one)) for one in others])
    nodes: dict[Tokens, float] = {}
    for branch, (values, _) in zip((first, *others), answers, strict=True):
        nodes.update(zip(branch.nodes(), values, strict=True))
    return LogLikelihoods(
        key=request.key,
        values=tuple(total(one, nodes) for one in continuations(request)),
        usage=_usage(logical(request), [usage for _, usage in answers]),
    )


def _branch(start: Tokens, branch: Branch) -> Ask[tuple[tuple[float, ...], Usage]]:
    prompt = [*start, *branch.prefix]
    return Ask(
        body={
            "prompt": prompt,
            "max_tokens": 1,
            "temperature": 1,
            "logprobs": 1,
            "logprob_token_ids": list(branch.tokens),
            "return_tokens_as_token_ids": True,
        },
        read=lambda choice, usage: (
            _replies.named_tokens(_replies.log_probs(choice), branch.tokens),
            usage,
        ),
    )


async def _by_echo_of_ids(request: Choices, generated: int, send: Send) -> LogLikelihoods:
    start, scored_ones = request.prompt.token_ids or (), continuations(request)
    asks = [_echo([*start, *one], generated) for one in scored_ones]
    answers = await together([send(ask) for ask in asks])
    return LogLikelihoods(
        key=request.key,
        values=tuple(
            _replies.last(echo, len(one))
            for (echo, _), one in zip(answers, scored_ones, strict=True)
        ),
        usage=_usage(logical(request), [usage for _, usage in answers]),
    )


async def _by_echo_of_text(request: Choices, generated: int, send: Send) -> LogLikelihoods:
    prompt, texts = request.prompt.text, [one.text for one in request.choices]
    answers = await together([send(_echo_of(prompt, text, generated)) for text in texts])
    echoes = [echo for echo, _ in answers]
    start = _replies.first_scored(echoes, prompt, texts)
    tokens = start + sum(len(echo.tokens) - start for echo in echoes)
    return LogLikelihoods(
        key=request.key,
        values=tuple(_replies.last(echo, len(echo.tokens) - start) for echo in echoes),
        usage=_usage(tokens, [usage for _, usage in answers]),
    )


def _echo_of(prompt: str, text: str, generated: int) -> Ask[tuple[LogProbs, Usage]]:
    ask = _echo(prompt + text, generated)

    def read(choice: Mapping[str, Any], usage: Usage) -> tuple[LogProbs, Usage]:
        echo, usage = ask.read(choice, usage)
        _replies.first_scored([echo], prompt, [text])  # so that what is malformed is asked again
        return echo, usage

    return Ask(body=ask.body, read=read)


def _echo(prompt: Sequence[int] | str, generated: int) -> Ask[tuple[LogProbs, Usage]]:
    return Ask(
        body={
            "prompt": prompt,
            "max_tokens": generated,
            "temperature": 1,
            "logprobs": 1,
            "echo": True,
        },
        read=lambda choice, usage: (
            _replies.echoed(_replies.log_probs(choice), usage.prompt_tokens),
            usage,
        ),
    )


async def _by_top(
    request: Choices, named: Literal["text", "ids"], top: int, send: Send
) -> LogLikelihoods:
    by_ids = named == "ids" and bool(request.prompt.token_ids)
    names = [one.text for one in request.choices]
    if by_ids:
        scored_ones = continuations(request)
        if any(len(one) > 1 for one in scored_ones):
            raise _not_among(names[0], "is more than one token", top)
        names = [_replies.token_name(one[0]) for one in scored_ones]
    ask = _top(
        list(request.prompt.token_ids or ()) if by_ids else request.prompt.text, top, by_ids=by_ids
    )
    table, usage = await send(ask)
    for choice, name in zip(request.choices, names, strict=True):
        if name not in table:
            raise _not_among(choice.text, f"is not among the {len(table)} tokens told", top)
    return LogLikelihoods(
        key=request.key,
        values=tuple(table[name] for name in names),
        usage=_usage(usage.prompt_tokens + len(names), [usage]),
    )


def _not_among(text: str, how: str, top: int) -> Refused:
    return Refused(
        f"choice `{text.strip()[:80]}` {how}: without echo it has no exact score",
        hint=f"a form that generates, such as `--form step-by-step`; a server with echo; or more"
        f" than the {top} most probable tokens, where it gives them: `--engine-arg top=20`",
    )


def _top(
    prompt: Sequence[int] | str, top: int, *, by_ids: bool
) -> Ask[tuple[Mapping[str, float], Usage]]:
    named: Mapping[str, Any] = {"return_tokens_as_token_ids": True} if by_ids else {}
    return Ask(
        body={"prompt": prompt, "max_tokens": 1, "temperature": 1, "logprobs": top, **named},
        read=lambda choice, usage: (_replies.most_probable(_replies.log_probs(choice)), usage),
    )


def _usage(tokens: int, counted: Sequence[Usage]) -> Usage:
    """Return the usage of a request of ours: what was not computed for it was cached."""
    computed = sum(one.prompt_tokens - one.cached_tokens for one in counted)
    return Usage(prompt_tokens=tokens, cached_tokens=max(0, tokens - computed))


# ── texts ───────────────────────────────────────────────────────────────────────────────────────


def completion(request: Generate) -> Ask[Completion]:
    """Return how a completion is asked for: by token ids where there are, else by text."""
    ids = request.prompt.token_ids
    prompt: list[int] | str = list(ids) if ids else request.prompt.text
    return Ask(
        body={"prompt": prompt, "max_tokens": request.max_tokens, **_sampling(request)},
        read=lambda choice, usage: Completion(
            key=request.key,
            text=_replies.text_of(choice),
            finish=_replies.finish(choice),
            usage=usage,
        ),
    )


def message(request: Generate, limit_name: str) -> Ask[Completion]:
    """Return how a message is asked for; a text without messages is one of the user's."""
    messages = [asdict(one) for one in request.prompt.messages]
    if not messages:
        messages = [{"role": "user", "content": request.prompt.text}]
    return Ask(
        body={"messages": messages, limit_name: request.max_tokens, **_sampling(request)},
        read=lambda choice, usage: Completion(
            key=request.key,
            text=_replies.message_of(choice),
            finish=_replies.finish(choice),
            usage=usage,
        ),
    )


def _sampling(request: Generate) -> dict[str, Any]:
    found: dict[str, Any] = {"temperature": request.temperature, "seed": request.seed}
    if request.temperature > 0:
        found["top_p"] = 1
    if request.stop:
        found["stop"] = list(request.stop)
    return found


# ── probes ──────────────────────────────────────────────────────────────────────────────────────


def probe_ids() -> Ask[Routes]:
    """Ask whether `logprob_token_ids` is understood."""
    *start, first, second = _PROBE_IDS
    asked = _branch(tuple(start), Branch((), (first, second)))

    def read(choice: Mapping[str, Any], usage: Usage) -> Routes:
        asked.read(choice, usage)
        return Routes(ids=True)

    return Ask(body=asked.body, read=read)


def probe_echo(*, by_ids: bool, generated: int) -> Ask[Routes]:
    """Ask whether an echo comes with log-probabilities."""
    asked = _echo(list(_PROBE_IDS), generated) if by_ids else _echo_of(*_PROBE_TEXT, generated)

    def read(choice: Mapping[str, Any], usage: Usage) -> Routes:
        echo, _ = asked.read(choice, usage)
        _replies.last(echo, 1)
        return Routes(echo=generated)

    return Ask(body=asked.body, read=read)


def probe_top(top: int, *, by_ids: bool) -> Ask[Routes]:
    """Ask whether the most probable next tokens are told, and whether by their ids."""
    asked = _top(list(_PROBE_IDS) if by_ids else _PROBE_TEXT[0], top, by_ids=by_ids)

    def read(choice: Mapping[str, Any], _usage: Usage) -> Routes:
        is_named = _replies.names_tokens(_replies.log_probs(choice))
        return Routes(top="ids" if by_ids and is_named else "text")

    return Ask(body=asked.body, read=read)


def probe_text(*, by_ids: bool) -> Ask[None]:
    """Ask for one token."""
    prompt = list(_PROBE_IDS) if by_ids else _PROBE_TEXT[0]
    return Ask(
        body={"prompt": prompt, "max_tokens": 1, "temperature": 0},
        read=lambda choice, _usage: _ignored(_replies.text_of(choice)),
    )


def probe_message(limit_name: str) -> Ask[None]:
    """Ask for a message, of which one token is enough."""
    text = "Say yes."
    return Ask(
        body={
            "messages": [{"role": "user", "content": text}],
            limit_name: 1,
            "temperature": 0,
            "seed": 0,
        },
        read=lambda choice, _usage: _ignored(_replies.message_of(choice)),
    )


def _ignored(_text: str) -> None:
    return None


async def together(waits: Sequence[Awaitable[T]]) -> list[T]:
    """Wait for all; where one fails, end the others first."""
    tasks = [asyncio.ensure_future(one) for one in waits]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
