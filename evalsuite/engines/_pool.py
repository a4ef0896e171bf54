"""Who is asked what and when: runs of neighbours for each server, pauses, and rates.

Requests come in the order of their prompts. Each server draws runs of neighbours from that order,
so that what they share stays in one server's cache; a server with nothing left takes from the end
of another's run.
"""

import math
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from evalsuite.engines._serving import Serving
from evalsuite.records import Request

_RUN = 16  # neighbouring requests drawn at once, where there are several servers
_LONGEST = 60.0  # seconds, the longest back-off of our own
_LONGEST_ASKED = 600.0  # seconds, the longest that a server may ask for
_LETTERS_A_TOKEN = 3  # at least, in most texts: for an estimate on the safe side


@dataclass(slots=True)
class Server:
    """A server and how it fares."""

    name: str  # host and port
    client: Any
    load: int = 0  # HTTP requests in flight
    until: float = 0.0  # it is left alone before this time
    failures: int = 0  # connections that failed since the last answer
    lost: bool = False  # it is not asked any more


class Runs:
    """Deal requests out to servers in runs of neighbours."""

    def __init__(self, requests: Iterable[Request], servers: int) -> None:
        self._source: Iterator[Request] = iter(requests)
        self._mine: list[deque[Request]] = [deque() for _ in range(servers)]

    def take(self, server: int) -> Request | None:
        """Return the next request for a server; None: there is none for anybody."""
        mine = self._mine[server]
        if not mine:
            self._draw(mine)
        if mine:
            return mine.popleft()
        longest = max(self._mine, key=len)
        return longest.pop() if longest else None

    def _draw(self, mine: deque[Request]) -> None:
        for _ in range(_RUN if len(self._mine) > 1 else 1):
            request = next(self._source, None)
            if request is None:
                return
            mine.append(request)


@dataclass(slots=True)
class Pace:
    """Spread requests over time: none before those already let go allow it."""

    requests_per_minute: float | None
    tokens_per_minute: float | None
    _free: float = field(default=0.0, init=False)

    def turn(self, tokens: int, now: float) -> float:
        """Return the time at which a request of so many tokens may go, and book it."""
        at = max(now, self._free)
        takes = 60 / self.requests_per_minute if self.requests_per_minute else 0.0
        if self.tokens_per_minute:
            takes = max(takes, 60 * tokens / self.tokens_per_minute)
        self._free = at + takes
        return at


def tokens_of(body: Mapping[str, Any]) -> int:
    """Estimate a request's tokens, its answer at its longest."""
    asked = body.get("prompt", body.get("messages", ""))
    if isinstance(asked, list) and asked and isinstance(asked[0], int):
        prompt = len(asked)
    elif isinstance(asked, str):
        prompt = -(-len(asked) // _LETTERS_A_TOKEN)
    else:
        prompt = sum(-(-len(one["content"]) // _LETTERS_A_TOKEN) + 8 for one in asked)
    longest: int = body.get("max_tokens", body.get("max_completion_tokens", 0))
    return prompt + longest


def choose(servers: Iterable[Server], now: float, avoid: Server | None) -> Server | None:
    """Return the server to ask: one that is not paused, and the least busy of these.

    `avoid` is taken only where no other is ready. None: all are lost.
    """
    alive = [one for one in servers if not one.lost]
    if not alive:
        return None
    return min(alive, key=lambda one: (max(0.0, one.until - now), one is avoid, one.load))


def back_off(serving: Serving, failures: int, noise: random.Random) -> float:
    """Return how many seconds to wait after so many failures: doubled for each, with jitter."""
    longest = min(_LONGEST, serving.backoff * 2.0 ** min(failures - 1, 30))
    return longest * noise.uniform(0.75, 1.0)


def asked_to_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return for how many seconds a server asks to be left alone (RFC 9110, `Retry-After`).

    `now` is the time of day, in seconds since 1970. None: it does not say, or not so that it can
    be read. What is over ten minutes is infinite.
    """
    text = headers.get("retry-after", "").strip()
    try:
        wait = float(text)
    except ValueError:
        try:
            wait = parsedate_to_datetime(text).timestamp() - now
        except (ValueError, OverflowError):
            return None
    if math.isnan(wait):
        return None
    return max(0.0, wait) if wait <= _LONGEST_ASKED else math.inf
