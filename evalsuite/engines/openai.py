"""Any server of the OpenAI API: GPT-3's completions, chat, vLLM and its kin, one or several.

What a server can do for choices is found by tiny requests before the first question (`_routes`).
At most `concurrency` HTTP requests are in flight. What fails on the way (time-outs, 429, 5xx,
broken connections, answers that are none) is asked again a bounded number of times; a request that
cannot be answered is left out, and the others go on. Nothing is scored from an answer that is not
sound (`_replies`).

The key stands in the environment variable `OPENAI_API_KEY`. It is in no fact and no message.
"""

import asyncio
import math
import os
import random
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from typing import Any, Literal, TypeVar

from evalsuite.engines import _replies, _routes
from evalsuite.engines._pool import (
    Pace,
    Runs,
    Server,
    back_off,
    choose,
    tokens_of,
)
from evalsuite.engines._replies import Again, Malformed, Refused, Stop
from evalsuite.engines._routes import Ask, Routes
from evalsuite.engines._serving import Secret, Serving, addresses, secret, serving
from evalsuite.errors import KEPT, EngineFailure, UserMistake
from evalsuite.records import (
    AnswerKind,
    Choices,
    Generate,
    Json,
    Model,
    Request,
    Response,
    Settings,
)

ANSWERS_FROM: Literal["server"] = "server"
HOSTED = False
PACKAGES: tuple[str, ...] = ("openai",)

T = TypeVar("T")

_GIVE_UP = 10  # requests that cannot be answered, after which no other is sent
_PROBE_RETRIES = 2
_LIMITS = ("max_tokens", "max_completion_tokens")  # the older name first


class _Paused(Exception):
    """The server has asked for a pause since the request was made ready."""


@dataclass(slots=True)
class _Totals:
    """What was asked and billed."""

    requests: int = 0  # HTTP requests, sent again ones among them
    retries: int = 0
    prompt: int = 0  # tokens
    cached: int = 0
    generated: int = 0
    answered_by: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Failed:
    """What could not be answered."""

    refused: list[Refused] = field(default_factory=list)
    failure: EngineFailure | None = None

    @property
    def goes_on(self) -> bool:
        """Whether others may be asked."""
        return self.failure is None and len(self.refused) < _GIVE_UP

    def by(self, error: BaseException | None) -> bool:
        """Note an error, if there is one."""
        match error:
            case None:
                return False
            case Refused():
                self.refused.append(error)
            case EngineFailure():
                self.failure = self.failure or error
            case _:
                raise error
        return True

    def tell(self) -> None:
        """Raise what there is to tell."""
        if self.failure is not None:
            raise self.failure
        if self.refused:
            count, first = len(self.refused), self.refused[0]
            shown = "a request" if count == 1 else f"{count} requests"
            raise EngineFailure(
                f"{shown} cannot be answered, the first: {first.message}",
                hint=first.hint or KEPT,
            )


class OpenAi:
    """A model behind one or several servers."""

    def __init__(  # noqa: PLR0913 - what the servers of a model are
        self,
        *,
        name: str,
        wants: Serving,
        servers: tuple[Server, ...],
        key: Secret,
        http: Any,
        by_ids: bool,
    ) -> None:
        self._name = name
        self._wants = wants
        self._servers = servers
        self._key = key
        self._http = http
        self._by_ids = by_ids
        self._runner = asyncio.Runner()
        self._slots = asyncio.Semaphore(wants.concurrency)
        self._pace = Pace(wants.requests_per_minute, wants.tokens_per_minute)
        self._noise = random.Random()
        self._totals = _Totals()
        self._routes = Routes()
        self._limit_name = _LIMITS[0]
        self._stopping = asyncio.Event()

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return how the servers were asked, and what it came to so far."""
        wants, totals = self._wants, self._totals
        found: dict[str, Json] = {
            "openai": version("openai"),
            "api": wants.api,
            "model": self._name,
            "servers": _names(self._servers),
            "servers_lost": _names(one for one in self._servers if one.lost),
            "answered_by": list[Json](sorted(totals.answered_by)),
            "prompts": "token ids" if self._by_ids and wants.api == "completions" else "text",
            "concurrency": wants.concurrency,
            "requests": totals.requests,
            "retries": totals.retries,
            "prompt_tokens": totals.prompt,
            "cached_tokens": totals.cached,
            "generated_tokens": totals.generated,
        }
        if wants.api == "completions":
            found["route"] = self._route
        if wants.price_in is not None or wants.price_out is not None:
            prices = (wants.price_in or 0.0, wants.price_out or 0.0)
            cost = totals.prompt * prices[0] + totals.generated * prices[1]
            found["cost"] = round(cost / 1e6, 6)
        return found

    @property
    def _route(self) -> str:
        routes = self._routes
        names = ["ids"] if routes.ids else []
        names += ["echo"] if routes.echo is not None else []
        names += [f"top {self._wants.top}"] if routes.top and not names else []
        return " and ".join(names) or "none"

    # ── ask ──

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Keep a bounded window of requests in flight; yield each response as it comes.

        Raises:
            EngineFailure: no server answers, or some requests cannot be answered.

        """
        runs = Runs(requests, len(self._servers))
        tasks: dict[asyncio.Task[Response], int] = {}
        failed = _Failed()
        self._stopping.clear()
        try:
            while True:
                if failed.goes_on:
                    self._fill(runs, tasks)
                if not tasks:
                    break
                for task in self._runner.run(_first_of(tasks)):
                    del tasks[task]
                    if failed.by(task.exception()):
                        if not failed.goes_on:  # what is in flight may still come
                            self._stopping.set()
                    else:
                        yield task.result()
        finally:
            if tasks:
                self._runner.run(_end(tasks))
        failed.tell()

    def _fill(self, runs: Runs, tasks: dict[asyncio.Task[Response], int]) -> None:
        loop = self._runner.get_loop()
        while len(tasks) < self._wants.concurrency:
            homes = list(tasks.values())
            alive = [at for at, server in enumerate(self._servers) if not server.lost]
            home = min(alive or [0], key=homes.count)
            request = runs.take(home)
            if request is None:
                return
            tasks[loop.create_task(self._answer(request, self._servers[home]))] = home

    async def _answer(self, request: Request, home: Server) -> Response:
        async def send(ask: Ask[T]) -> T:
            try:
                return await self._sent(ask, home, self._wants.retries)
            except Stop as stop:
                raise EngineFailure(stop.message, hint=stop.hint or KEPT) from None
            except Again as again:
                raise EngineFailure(
                    f"request {request.key[:12]} failed {self._wants.retries + 1} times, the last:"
                    f" {again.reason}",
                    hint=KEPT,
                ) from None

        try:
            match request:
                case Choices():
                    if not self._routes.any:
                        raise self._no_route()
                    return await _routes.scored(request, self._routes, self._wants.top, send)
                case Generate() if self._wants.api == "chat":
                    found = await send(_routes.message(request, self._limit_name))
                case Generate():
                    found = await send(_routes.completion(request))
            return replace(found, text=self._key.struck_from(found.text))
        except Refused as one:
            length = len(request.prompt.token_ids or ())
            size = f"{length} tokens" if length else f"{len(request.prompt.text)} characters"
            said = self._key.hidden(one.message)
            raise Refused(f"request {request.key[:12]} ({size}): {said}", hint=one.hint) from None

    def _no_route(self) -> EngineFailure:
        by = "" if self._wants.route == "auto" else f" by the route `{self._wants.route}`"
        return EngineFailure(
            f"{self._where} gives no log-probabilities that choices could be scored by{by}",
            hint="a form that generates, such as `--form step-by-step`",
        )

    @property
    def _where(self) -> str:
        return f"model `{self._name}` at {', '.join(one.name for one in self._servers[:3])}"

    # ── one request ──

    async def _sent(self, ask: Ask[T], home: Server, retries: int) -> T:
        """Send a request until it is answered.

        Raises:
            Refused: it cannot be answered.
            Stop: none can be answered.
            Again: it failed too often; the last failure.

        """
        failures, avoid = 0, None
        while True:
            server = home if _is_ready(home) and home is not avoid else self._choose(avoid)
            pause = server.until - time.monotonic()
            if pause <= 0:
                try:
                    return await self._tried(ask, server)
                except _Paused:
                    continue
                except Again as again:
                    failures, avoid = failures + 1, server
                    self._note_failure(server, again)
                    if failures > retries or self._stopping.is_set():
                        raise
                    self._totals.retries += 1
                    pause = back_off(self._wants, failures, self._noise)
                    if again.dead and self._choose(avoid) is not server:
                        pause = 0.0  # another takes over at once
            await self._pause(pause)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not where nothing is sent any more."""
        if self._stopping.is_set():
            raise Again("stopped")
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._stopping.wait()
        except TimeoutError:
            return
        raise Again("stopped")

    def _choose(self, avoid: Server | None) -> Server:
        server = choose(self._servers, time.monotonic(), avoid)
        if server is None:
            names = ", ".join(one.name for one in self._servers[:3])
            raise Stop(f"no server answers any more: {names}", hint=KEPT)
        return server

    def _note_failure(self, server: Server, again: Again) -> None:
        now = time.monotonic()
        if again.wait is not None:
            if math.isinf(again.wait):
                raise Stop(f"server {server.name} asks to wait for more than ten minutes")
            server.until = max(server.until, now + again.wait)
        if again.dead and len(self._servers) > 1:
            server.failures += 1
            pause = back_off(self._wants, server.failures, self._noise)
            server.until = max(server.until, now + pause)
            server.lost = server.failures > self._wants.retries

    async def _tried(self, ask: Ask[T], server: Server) -> T:
        turn = self._pace.turn(tokens_of(ask.body), time.monotonic())
        await self._pause(turn - time.monotonic())
        server.load += 1
        try:
            async with self._slots:
                if not _is_ready(server):
                    raise _Paused
                self._totals.requests += 1
                body = await self._http.post(server, ask.body)
            reply = _replies.parsed(body)
            self._check_model(reply, server)
            usage = _replies.counted(reply, sent=ask.sent, limit=ask.limit)
            choice = _replies.only_choice(reply)
            _replies.check_end(choice)
            found = ask.read(choice, usage)
        except Malformed as one:
            raise Again(f"server {server.name}: {self._key.hidden(str(one))}") from None
        finally:
            server.load -= 1
        server.failures = 0
        self._totals.prompt += usage.prompt_tokens
        self._totals.cached += usage.cached_tokens
        self._totals.generated += usage.generated_tokens
        return found

    def _check_model(self, reply: Mapping[str, Any], server: Server) -> None:
        name = _replies.answered_by(reply)
        if name is None:
            return
        if not _replies.is_same_model(self._name, name):
            shown = self._key.hidden(name)
            raise Stop(
                f"server {server.name} answers as `{shown}`; `{self._name}` was asked",
                hint="if it is the same, say so: `--engine-arg served=…` with the server's name",
            )
        self._totals.answered_by.add(name)

    # ── before the first question ──

    def probe(self) -> None:
        """Find out what the servers can do.

        Raises:
            UserMistake: the model, the key or the address is wrong.
            EngineFailure: no server answers.

        """
        found = self._runner.run(_each([self._probed(one) for one in self._servers]))
        problems = [one for one in found if isinstance(one, BaseException)]
        routes = [one for one in found if isinstance(one, Routes)]
        for problem in problems:
            if isinstance(problem, Stop | Refused):
                raise UserMistake(problem.message, hint=problem.hint)
            if not isinstance(problem, Again):
                raise problem
        if not routes:
            raise EngineFailure(
                f"{self._where}: {problems[0]}", hint="is the server running, and this its address?"
            )
        for server, one in zip(self._servers, found, strict=True):
            server.lost, server.until = isinstance(one, Again), 0.0
        self._routes = routes[0]
        for one in routes[1:]:
            self._routes = self._routes.shared(one)

    async def _probed(self, server: Server) -> Routes:
        if self._wants.api == "chat":
            await self._probe_chat(server)
            return Routes()
        found = [one for asks in self._probes() if (one := await self._able(asks, server))]
        if not found:
            await self._only(_routes.probe_text(by_ids=self._by_ids), server)
        return Routes(
            ids=any(one.ids for one in found),
            echo=next((one.echo for one in found if one.echo is not None), None),
            top=next((one.top for one in found if one.top), None),
        )

    def _probes(self) -> Iterator[tuple[Ask[Routes], ...]]:
        """Yield what tells of each route that may be used; of several asks one is enough."""
        wanted = self._wants.route
        if wanted in {"auto", "ids"} and self._by_ids:
            yield (_routes.probe_ids(),)
        if wanted in {"auto", "echo"}:
            yield tuple(
                _routes.probe_echo(by_ids=self._by_ids, generated=count) for count in (0, 1)
            )
        if wanted in {"auto", "top"}:
            asks = [_routes.probe_top(self._wants.top, by_ids=False)]
            if self._by_ids:
                asks.insert(0, _routes.probe_top(self._wants.top, by_ids=True))
            yield tuple(asks)

    async def _able(self, asks: Iterable[Ask[Routes]], server: Server) -> Routes | None:
        for ask in asks:
            try:
                return await self._only(ask, server)
            except Refused:
                continue
            except Again as again:
                if again.dead:
                    raise
        return None

    async def _probe_chat(self, server: Server) -> None:
        for name in _LIMITS:
            try:
                await self._only(_routes.probe_message(name), server)
            except Refused as refused:
                # Models that think take their limit by its newer name alone.
                if name == _LIMITS[-1] or _LIMITS[-1] not in refused.message:
                    raise
            else:
                self._limit_name = name
                return

    async def _only(self, ask: Ask[T], server: Server) -> T:
        """Send a request to this server and no other."""
        failures = 0
        while True:
            try:
                return await self._tried(ask, server)
            except Again as again:
                failures += 1
                wait = 0.0 if again.wait is None else again.wait
                if failures > min(_PROBE_RETRIES, self._wants.retries) or math.isinf(wait):
                    raise
                await asyncio.sleep(max(wait, back_off(self._wants, failures, self._noise)))

    def close(self) -> None:
        """Close the connections."""
        try:
            self._runner.run(self._http.close())
        finally:
            self._runner.close()


# ── the module ──────────────────────────────────────────────────────────────────────────────────


def check(settings: Settings, answers: Collection[AnswerKind]) -> None:
    """Refuse what cannot be asked.

    Raises:
        UserMistake: an argument or a base URL is wrong, or holds a key; or a chat API is to score
            choices, which it gives no log-probabilities for.

    """
    wants = serving(settings, os.environ)
    addresses(settings, os.environ)
    secret(os.environ)
    if wants.api == "chat" and "choices" in answers:
        raise UserMistake(
            "engine `openai`: a chat API gives no log-probabilities for choices",
            hint="a form that generates, such as `--form step-by-step` or `chat-step-by-step`;"
            " or `--engine-arg api=completions`, where the server has that",
        )
    if wants.route == "ids" and wants.api == "chat":
        raise UserMistake("engine argument `route`: a chat API has none")


def start(model: Model | None, settings: Settings) -> OpenAi:
    """Connect to the servers and find out what they can do.

    Raises:
        UserMistake: the model, the key, an address or an argument is wrong.
        EngineFailure: no server answers.

    """
    if model is None:
        raise UserMistake("engine `openai` needs a model", hint="name one with `--model`")
    from evalsuite.engines._http import Http  # noqa: PLC0415 - a second to import

    wants, key = serving(settings, os.environ), secret(os.environ)
    name = wants.served or model.name
    http = Http(name, key, wants.timeout)
    servers = tuple(http.server(address) for address in addresses(settings, os.environ))
    engine = OpenAi(
        name=name,
        wants=wants,
        servers=servers,
        key=key,
        http=http,
        by_ids=model.path is not None,
    )
    try:
        engine.probe()
    except BaseException:
        engine.close()
        raise
    return engine


def _names(servers: Iterable[Server]) -> list[Json]:
    return [one.name for one in servers]


def _is_ready(server: Server) -> bool:
    return not server.lost and server.until <= time.monotonic()


async def _first_of(tasks: Iterable["asyncio.Task[Response]"]) -> set["asyncio.Task[Response]"]:
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    return done


async def _each(waits: Iterable[Any]) -> list[Any]:
    return await asyncio.gather(*waits, return_exceptions=True)


async def _end(tasks: Iterable["asyncio.Task[Response]"]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
