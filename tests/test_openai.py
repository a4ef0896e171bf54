"""The engine `openai` against a server that fails in every way, and against a real one."""

import ctypes
import json
import math
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite import engines, models, paths, speed, tokenizing
from evalsuite.engines import _host, _pool, _replies, _routes
from evalsuite.engines._serving import Serving
from evalsuite.engines.openai import OpenAi
from evalsuite.errors import EngineFailure, UserMistake
from evalsuite.records import (
    Choice,
    Choices,
    Completion,
    Generate,
    Json,
    LogLikelihoods,
    Message,
    Model,
    Prompt,
    Request,
    Response,
    Settings,
    Usage,
)
from tests import faulty_server as faulty
from tests.calling import Call, caller
from tests.faulty_server import Body, Fault, FaultyServer, Seen, log_prob, tokens_of
from tests.test_pages import commands, lines
from tests.test_vllm import MODELS, longer, requests

KEY = "sk-loopback-0123456789abcdef"
FAST = {"backoff": 0.01, "retries": 3}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a key, no address, and no proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line."""
    return caller(capsys, monkeypatch)


@contextmanager
def started(
    *servers: FaultyServer, model: Model | None = None, **arguments: Json
) -> Iterator[OpenAi]:
    settings = Settings(servers=tuple(one.url for one in servers), arguments=FAST | arguments)
    model = model or models.served("gpt-x", chat=arguments.get("api") == "chat")
    with engines.started("openai", model, settings, Path("unused")) as engine:
        assert isinstance(engine, OpenAi)
        yield engine


def asked(count: int = 4, *answers: str) -> list[Request]:
    """Return requests to score choices after different texts."""
    return [
        Choices(
            key=f"q{number}",
            prompt=Prompt(text=f"{number} follows. Answer:", token_ids=None, shots=()),
            choices=tuple(Choice(text=one, token_ids=None) for one in answers or (" yes", " no")),
        )
        for number in range(count)
    ]


def texts(count: int = 1, text: str = "Say", **more: Any) -> list[Request]:
    """Return requests to complete different texts."""
    wants: dict[str, Any] = {"max_tokens": 5, "stop": (), "seed": 1, **more}
    return [
        Generate(
            key=f"g{number}",
            prompt=Prompt(text=f"{text} {number}", token_ids=None, shots=()),
            choices=(),
            **wants,
        )
        for number in range(count)
    ]


def expected(request: Request) -> tuple[float, ...]:
    """Return the sums of what the faulty server's model says, computed here."""
    found = []
    for choice in request.choices:
        start, whole = tokens_of(request.prompt.text), tokens_of(request.prompt.text + choice.text)
        found.append(
            math.fsum(log_prob(whole[:at], whole[at]) for at in range(len(start), len(whole)))
        )
    return tuple(found)


def values(responses: Iterable[Response]) -> dict[str, tuple[float, ...]]:
    return {one.key: one.values for one in responses if isinstance(one, LogLikelihoods)}


def right(requests_: Iterable[Request]) -> dict[str, Any]:
    return {one.key: pytest.approx(expected(one)) for one in requests_}


# ── scores ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answers", "route"),
    [
        ((" yes", " no"), "echo"),
        ((" yes", " no", " it so maybe", " it goes"), "echo"),
        ((" yes", " no"), "top"),
    ],
)
def test_choices_score_what_the_model_says(answers: tuple[str, ...], route: str) -> None:
    questions = asked(20, *answers)
    with (
        FaultyServer(echo=route == "echo") as server,
        started(server, top=20) as engine,
    ):
        found = list(engine.ask(questions))
        assert str(engine.facts["route"]).startswith(route)
    assert values(found) == right(questions)
    assert len(server.questions) == 20 * (len(answers) if route == "echo" else 1)
    usage = next(one.usage for one in found if one.key == "q0")
    assert usage.prompt_tokens >= len(tokens_of(questions[0].prompt.text)) + len(answers)


def test_by_token_ids_a_branch_is_one_request() -> None:
    model = replace(models.served("gpt-x", chat=False), path=Path("here"))
    tails = ((5,), (6, 7), (6, 8, 9), (6, 7, 1))
    question = Choices(
        key="q",
        prompt=Prompt(text="unused", token_ids=(1, 2, 3), shots=()),
        choices=tuple(Choice(text=str(one), token_ids=one) for one in tails),
    )
    found = {}
    for route in ("ids", "echo"):
        with FaultyServer(ids=True) as server, started(server, model=model, route=route) as engine:
            found[route] = values(engine.ask([question]))["q"]
        nodes = {one[:end] for one in tails for end in range(len(one))}
        assert len(server.questions) == (len(nodes) if route == "ids" else len(tails))
    words = [[f"<{one}>" for one in (1, 2, 3, *tail)] for tail in tails]
    sums = [math.fsum(log_prob(one[:at], one[at]) for at in range(3, len(one))) for one in words]
    assert found["ids"] == found["echo"] == pytest.approx(sums)


def test_choices_of_one_token_are_one_request_by_token_ids() -> None:
    model = replace(models.served("gpt-x", chat=False), path=Path("here"))
    question = Choices(
        key="q",
        prompt=Prompt(text="unused", token_ids=(1, 2, 3), shots=()),
        choices=tuple(Choice(text=str(one), token_ids=(one,)) for one in range(4, 140)),
    )
    with FaultyServer(ids=True) as server, started(server, model=model) as engine:
        assert engine.facts["route"] == "ids and echo"
        (found,) = values(engine.ask([question])).values()
    assert len(server.questions) == 2  # vLLM takes 128 ids at once
    assert found == pytest.approx(
        [log_prob(["<1>", "<2>", "<3>"], f"<{n}>") for n in range(4, 140)]
    )


def test_a_token_over_the_boundary_counts_for_every_choice() -> None:
    def echo(*tokens: str) -> _replies.LogProbs:
        length = len(tokens)
        whole = tuple(None if at == 0 else -float(at) for at in range(length))
        return _replies.LogProbs(tokens=tokens, values=whole, offsets=(), top=(None,) * length)

    first = _replies.first_scored
    clean = [echo("A", ":", " yes"), echo("A", ":", " no", "pe")]
    assert first(clean, "A:", [" yes", " nope"]) == 2
    across = [echo("A", ":y", "es"), echo("A", ":", "no")]
    assert first(across, "A:", ["yes", "no"]) == 1
    earlier = [echo("A", " B", ":", "yes"), echo("A", " ", "B:", "no")]  # other tokens before it
    assert first(earlier, "A B:", ["yes", "no"]) == 1
    parts = [echo("A", ":", "bytes:\\xe2\\x88", "bytes:\\xa7"), echo("A", ":", "", "", "∨")]
    assert first(parts, "A:", ["∧", "∨"]) == 2
    assert first([echo("A", ":", "yes", "yes")], "A:", ["yesyes"]) == 2
    with pytest.raises(_replies.Malformed, match="spell"):
        first([echo("A", ":", "maybe")], "A:", ["yes"])
    offsets = replace(echo("A", ":", "\N{REPLACEMENT CHARACTER}", "!"), offsets=(0, 1, 2, 3))
    assert first([offsets], "A:", ["∧!"]) == 2


def test_a_choice_that_is_not_among_the_top_is_never_guessed() -> None:
    questions = asked(20, " yes", " never heard of")
    with FaultyServer(echo=False) as server, started(server, concurrency=2) as engine:
        with pytest.raises(EngineFailure, match=r"1[01] requests .* `never heard of` is not among"):
            list(engine.ask(questions))
        assert engine.facts["route"] == "top 5"
    assert 10 <= len(server.questions) <= 11


def test_a_server_without_log_probabilities_is_found_out_before_a_question() -> None:
    with FaultyServer(echo=False, top=False) as server, started(server) as engine:
        with pytest.raises(EngineFailure, match="gives no log-probabilities") as caught:
            list(engine.ask(asked()))
        assert "--form" in str(caught.value.hint)
        assert not server.questions
        (said,) = engine.ask(texts())
        assert isinstance(said, Completion)


# ── faults ──────────────────────────────────────────────────────────────────────────────────────


def log_probs_of(answer: Body) -> Any:
    return answer["choices"][0]["logprobs"]


def drop_last(answer: Body) -> None:
    for listed in log_probs_of(answer).values():
        del listed[-1]


def with_usage(**counts: Any) -> Fault:
    return faulty.changed(lambda answer: answer["usage"].update(counts))


def with_last(value: Any) -> Fault:
    return faulty.changed(
        lambda answer: log_probs_of(answer)["token_logprobs"].__setitem__(-1, value)
    )


AGAIN: Mapping[str, Fault] = {
    "429": faulty.status(429),
    "429 with a wait that is no number": faulty.status(429, {"retry-after": "soon"}),
    "500": faulty.status(500),
    "502": faulty.status(502),
    "503": faulty.status(503),
    "529": faulty.status(529),
    "408": faulty.status(408),
    "html": faulty.html,
    "no json": faulty.no_json,
    "truncated": faulty.truncated,
    "broken": faulty.broken,
    "dripping": faulty.dripping,
    "packed": faulty.packed,
    "empty": faulty.raw(b""),
    "null": faulty.raw(b"null"),
    "a list": faulty.raw(b"[]"),
    "no text": faulty.raw(b"\xff\xfe\x00"),
    "deep": faulty.raw(b"[" * 100_000),
    "a long number": faulty.raw(b'{"usage": ' + b"9" * 10_000 + b"}"),
    "no choices": faulty.changed(lambda answer: answer.update(choices=[])),
    "choices missing": faulty.changed(lambda answer: answer.pop("choices")),
    "no index": faulty.changed(lambda answer: answer["choices"][0].pop("index")),
    "another index": faulty.changed(lambda answer: answer["choices"][0].update(index=1)),
    "two choices": faulty.changed(lambda answer: answer.update(choices=2 * answer["choices"])),
    "no log-probabilities": faulty.changed(
        lambda answer: answer["choices"][0].update(logprobs=None)
    ),
    "too few": faulty.changed(drop_last),
    "not a number": with_last(math.nan),
    "infinite": with_last(-math.inf),
    "positive": with_last(0.5),
    "words": with_last("-1.5"),
    "null value": with_last(None),
    "true": with_last(True),
    "no usage": faulty.changed(lambda answer: answer.pop("usage")),
    "negative count": with_usage(prompt_tokens=-3),
    "absurd count": with_usage(prompt_tokens=10**9),
    "no count": with_usage(completion_tokens=None),
    "count in words": with_usage(completion_tokens="3"),
    "more than asked": with_usage(completion_tokens=400),
    "cached beyond": with_usage(prompt_tokens_details={"cached_tokens": 10**6}),
    "model is no name": faulty.changed(lambda answer: answer.update(model=["gpt-x"])),
}


def is_question(seen: Seen) -> bool:
    return "Answer:" in seen.text or seen.text.startswith(("Say 0", "Say 1"))


@pytest.mark.parametrize("name", AGAIN)
def test_what_fails_on_the_way_is_asked_again(name: str) -> None:
    questions = asked(2)

    def script(seen: Seen, count: int) -> Fault | None:
        return AGAIN[name] if is_question(seen) and count < 2 else None

    timeout = 2 if name == "dripping" else 60
    with FaultyServer(script=script) as server, started(server, timeout=timeout) as engine:
        found = values(engine.ask(questions))
        assert int(str(engine.facts["retries"])) >= 8
    assert found == right(questions)
    assert len(server.questions) >= 12


@pytest.mark.parametrize("name", ["429", "500", "html", "truncated", "broken", "not a number"])
def test_what_fails_for_ever_ends_the_run_and_keeps_the_rest(name: str) -> None:
    questions = asked(6)

    def script(seen: Seen, _count: int) -> Fault | None:
        return AGAIN[name] if seen.text.startswith("4 follows. Answer: no") else None

    kept: list[Response] = []
    with FaultyServer(script=script) as server, started(server, concurrency=2) as engine:
        with pytest.raises(EngineFailure, match="request q4 failed 4 times") as caught:
            kept.extend(engine.ask(questions))
        assert "kept" in str(caught.value.hint)
        assert KEY not in str(caught.value)
    assert {one.key for one in kept} >= {"q0", "q1", "q2", "q3"}
    assert values(kept) == {
        key: one for key, one in right(questions).items() if key in values(kept)
    }
    assert len([one for one in server.seen if one.text.startswith("4 follows. Answer: no")]) == 4


def test_a_body_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalsuite.engines._http._MAX_BODY", 1 << 20)

    def script(seen: Seen, _count: int) -> Fault | None:
        return faulty.huge if is_question(seen) else None

    with (
        FaultyServer(script=script) as server,
        started(server, retries=0) as engine,
        pytest.raises(EngineFailure, match="more than 1 MiB"),
    ):
        list(engine.ask(asked(1)))


@pytest.mark.parametrize(
    ("fault", "says", "hint"),
    [
        (faulty.status(401), "status 401", "`OPENAI_API_KEY` is not the right key"),
        (faulty.status(403), "status 403", "no right to this model"),
        (faulty.status(404), "status 404", "it lists this model"),
        (faulty.status(429, code="insufficient_quota"), "status 429", "used up"),
        (faulty.status(429, {"retry-after": "7200"}), "more than ten minutes", ""),
        (faulty.status(302, {"location": "http://127.0.0.1:9/v1"}), "status 302", "base URL"),
        (faulty.status(418), "status 418", "base URL"),
    ],
)
def test_what_no_retry_mends_is_sent_once(fault: Fault, says: str, hint: str) -> None:
    def script(seen: Seen, _count: int) -> Fault | None:
        return fault if is_question(seen) else None

    with FaultyServer(script=script) as server, started(server, concurrency=1) as engine:
        with pytest.raises(EngineFailure, match=says) as caught:
            list(engine.ask(texts(3)))
        assert hint in str(caught.value.hint)
        assert KEY not in str(caught.value)
    assert len(server.questions) == 1


def test_a_wrong_model_a_wrong_key_and_a_wrong_address_end_the_start() -> None:
    with FaultyServer(model="gpt-y") as server:
        with pytest.raises(UserMistake, match="status 404") as caught, started(server):
            pass
        assert "`gpt-y`, `other`" in str(caught.value.hint)
    with FaultyServer(script=lambda _seen, _count: faulty.status(401)) as server:
        with pytest.raises(UserMistake, match="status 401") as caught, started(server):
            pass
        assert "OPENAI_API_KEY" in str(caught.value.hint)
        assert KEY not in str(caught.value)
        assert len(server.seen) == 1
    with pytest.raises(EngineFailure, match="no answer") as failed, started(stopped_server()):
        pass
    assert "running" in str(failed.value.hint)


class _Gone(FaultyServer):
    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{free_port()}/v1"


def stopped_server() -> FaultyServer:
    return _Gone()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_prompt_that_is_too_long_is_named_and_the_others_are_answered() -> None:
    questions = [*asked(3), *texts(1, text="word " * 90)]
    kept: list[Response] = []
    with FaultyServer(context=60) as server, started(server) as engine:
        with pytest.raises(
            EngineFailure, match=r"request g0 \(452 characters\).* 60 tokens"
        ) as one:
            kept.extend(engine.ask(questions))
        assert "--max-context" in str(one.value.hint)
    assert values(kept) == right(questions[:3])


@pytest.mark.parametrize("reason", ["content_filter", "tool_calls", None, "abort"])
def test_a_text_that_did_not_end_as_an_answer_is_not_kept(reason: str | None) -> None:
    def script(seen: Seen, _count: int) -> Fault | None:
        if not seen.text.startswith("Say 1"):
            return None
        return faulty.changed(lambda answer: answer["choices"][0].update(finish_reason=reason))

    kept: list[Response] = []
    with (
        FaultyServer(script=script) as server,
        started(server, retries=1) as engine,
        pytest.raises(EngineFailure),
    ):
        kept.extend(engine.ask(texts(4)))
    assert "g1" not in {one.key for one in kept}
    assert {one.key for one in kept} >= (
        {"g0", "g2", "g3"} if reason == "content_filter" else set()
    )


@pytest.mark.parametrize(
    ("asked_for", "answered", "same"),
    [
        ("gpt-x", "gpt-x", True),
        ("gpt-x", "gpt-x-2024-08-06", True),
        ("gpt-x", "gpt-x-0125", True),
        ("gpt-x", "gpt-x:20230824-v2", True),
        ("gpt-x", "gpt-x-mini", False),
        ("gpt-x", "gpt-x-4000", False),
        ("gpt-x", "gpt-x2", False),
        ("gpt-x-2024-08-06", "gpt-x", False),
        ("gpt-x", "gpt-y", False),
    ],
)
def test_another_model_than_asked_for_is_refused(
    asked_for: str, answered: str, *, same: bool
) -> None:
    assert _replies.is_same_model(asked_for, answered) is same


def test_an_answer_by_another_model_is_never_scored() -> None:
    def script(seen: Seen, _count: int) -> Fault | None:
        late = seen.text.startswith("2 follows")
        name = "gpt-z" if late else "gpt-x-2024-08-06"
        return faulty.changed(lambda answer: answer.update(model=name))

    kept: list[Response] = []
    with FaultyServer(script=script) as server, started(server, concurrency=1) as engine:
        with pytest.raises(EngineFailure, match="answers as `gpt-z`; `gpt-x` was asked") as caught:
            kept.extend(engine.ask(asked(4)))
        assert "served=" in str(caught.value.hint)
        assert engine.facts["answered_by"] == ["gpt-x-2024-08-06"]
    assert {one.key for one in kept} == {"q0", "q1"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("choices", "index", "logprobs", "tokens", "token_logprobs", "text_offset"),
                    *("top_logprobs", "content", "token", "logprob", "usage", "prompt_tokens"),
                    *("completion_tokens", "message", "text", "finish_reason", "model", "id"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_whatever_a_server_sends_is_read_or_refused(value: Any) -> None:
    asks: list[_routes.Ask[Any]] = [
        _routes.probe_ids(),
        _routes.probe_echo(by_ids=True, generated=0),
        _routes.probe_echo(by_ids=False, generated=1),
        _routes.probe_top(5, by_ids=True),
        _routes.probe_text(by_ids=False),
        _routes.probe_message("max_tokens"),
    ]
    choice = value if isinstance(value, dict) else {"logprobs": value, "message": value}
    for ask in asks:
        for one in (choice, {"index": 0, **choice}):
            try:
                reply = _replies.parsed(json.dumps({"choices": [one]}).encode())
                ask.read(_replies.only_choice(reply), Usage(prompt_tokens=3))
                _replies.finish(one)
                _replies.answered_by({"model": value})
                _replies.counted({"usage": value}, sent=3, limit=1)
            except (_replies.Malformed, _replies.Refused):
                pass


# ── how much, how fast, from whom ───────────────────────────────────────────────────────────────


def test_no_more_than_the_window_is_in_flight_or_drawn() -> None:
    drawn = answered = ahead = 0

    def source() -> Iterator[Request]:
        nonlocal drawn
        for request in asked(12):
            drawn += 1
            yield request

    with FaultyServer(pause=0.2) as server, started(server, concurrency=5) as engine:
        for _ in engine.ask(source()):
            answered += 1
            ahead = max(ahead, drawn - answered)
    assert answered == 12
    assert server.most_at_once == 5
    assert ahead <= 5


def test_a_server_that_asks_for_a_pause_gets_it() -> None:
    def script(seen: Seen, count: int) -> Fault | None:
        is_first = seen.text.startswith("0 follows. Answer: yes") and count == 0
        return faulty.status(429, {"retry-after": "1"}) if is_first else None

    with FaultyServer(script=script) as server, started(server, concurrency=1) as engine:
        assert len(list(engine.ask(asked(3)))) == 3
    first, second, *_ = server.questions
    assert second.at - first.at >= 1.0


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("-4", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        ("Wed, 31 Dec 1969 00:00:00 GMT", 0.0),
        ("601", math.inf),
        ("1e400", math.inf),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_the_wait_that_a_server_asks_for_is_read(header: str, wait: float | None) -> None:
    assert _pool.asked_to_wait({"retry-after": header}, 10.0) == wait
    assert _pool.asked_to_wait({}, 10.0) is None


def test_waits_double_and_are_never_the_same() -> None:
    serving = Serving(backoff=0.5)
    waits = [_pool.back_off(serving, count, random.Random(count)) for count in range(1, 12)]
    for failures, wait in enumerate(waits, start=1):
        longest = min(60.0, 0.5 * 2 ** (failures - 1))
        assert 0.75 * longest <= wait <= longest
    assert len(set(waits)) == len(waits)


def test_rates_are_kept() -> None:
    with FaultyServer() as server, started(server, requests_per_minute=1200) as engine:
        assert len(list(engine.ask(texts(10)))) == 10
    times = [one.at for one in server.questions]
    assert times[-1] - times[0] >= 0.4  # nine gaps of 0.05 s, the last of which may be late
    pace = _pool.Pace(None, 600)
    assert [pace.turn(20, 100.0), pace.turn(5, 100.0), pace.turn(5, 100.0)] == [100.0, 102.0, 102.5]
    assert pace.turn(5, 200.0) == 200.0


def test_what_it_cost_is_told_in_the_end() -> None:
    questions = texts(10)
    with FaultyServer() as server, started(server, price_in=3, price_out=50) as engine:
        before = engine.facts
        usages = [one.usage for one in engine.ask(questions)]
        facts = engine.facts
    assert facts["requests"] == len(server.seen)
    prompt, generated = (
        int(str(facts[name])) - int(str(before[name]))
        for name in ("prompt_tokens", "generated_tokens")
    )
    assert prompt == sum(one.prompt_tokens for one in usages) > 0
    assert generated == sum(one.generated_tokens for one in usages) == 30
    assert all(one.cached_tokens == one.prompt_tokens // 2 for one in usages)
    cost = int(str(facts["prompt_tokens"])) * 3 + int(str(facts["generated_tokens"])) * 50
    assert facts["cost"] == pytest.approx(cost / 1e6)


def neighbours(count: int) -> list[Request]:
    return sorted(asked(count), key=lambda one: one.prompt.text)


def test_neighbours_go_to_the_same_server() -> None:
    questions = neighbours(64)
    place = {one.prompt.text: number for number, one in enumerate(questions)}
    with FaultyServer(pause=0.01) as left, FaultyServer(pause=0.01) as other:
        with started(left, other, concurrency=4) as engine:
            found = list(engine.ask(questions))
        assert values(found) == right(questions)
        for server in (left, other):
            mine = sorted({place[one.text[: one.text.index(":") + 1]] for one in server.questions})
            assert len(mine) >= 16
            breaks = sum(1 for one, two in pairwise(mine) if two != one + 1)
            assert breaks <= 4


def test_a_server_that_dies_costs_nothing() -> None:
    questions = neighbours(60)
    with FaultyServer(pause=0.01) as left, FaultyServer(pause=0.01) as other:
        with started(left, other, concurrency=6, retries=4) as engine:
            found = []
            for number, one in enumerate(engine.ask(questions)):
                found.append(one)
                if number == 10:
                    other.stop()
        assert values(found) == right(questions)
        assert len(found) == 60
        assert len(other.questions) >= 5
        with started(left, stopped_server(), concurrency=6) as engine:
            assert engine.facts["servers_lost"] != []
            assert values(engine.ask(questions)) == right(questions)


def test_when_the_last_server_dies_what_finished_is_kept() -> None:
    kept: list[Response] = []
    with FaultyServer(pause=0.01) as left, FaultyServer(pause=0.01) as other:

        def keep(responses: Iterable[Response]) -> None:
            for one in responses:
                kept.append(one)
                if len(kept) == 10:
                    left.stop()
                    other.stop()

        with (
            started(left, other, concurrency=4, retries=2) as engine,
            pytest.raises(EngineFailure),
        ):
            keep(engine.ask(neighbours(60)))
    assert 10 <= len(kept) < 60


def test_ctrl_c_ends_it_at_once() -> None:
    with FaultyServer(pause=30) as server:
        server.pause = 0
        with started(server) as engine:
            server.pause = 20
            began = time.monotonic()
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            with pytest.raises(KeyboardInterrupt):
                list(engine.ask(asked(4)))
        assert time.monotonic() - began < 10


# ── texts ───────────────────────────────────────────────────────────────────────────────────────


def test_a_text_is_asked_for_with_all_that_decides_it() -> None:
    (request,) = texts(stop=("\n\nQ:",), seed=17, temperature=0.5, max_tokens=2)
    with FaultyServer() as server, started(server) as engine:
        (found,) = engine.ask([request])
    assert found == Completion(
        key="g0",
        text=" so it",
        finish="length",
        usage=Usage(prompt_tokens=2, cached_tokens=1, generated_tokens=2),
    )
    assert server.questions[0].path == "/v1/completions"
    assert server.questions[0].key == KEY
    assert server.questions[0].body == {
        "model": "gpt-x",
        "prompt": "Say 0",
        "max_tokens": 2,
        "temperature": 0.5,
        "seed": 17,
        "stop": ["\n\nQ:"],
        "top_p": 1,
    }


@pytest.mark.parametrize("newer", [False, True])
def test_a_chat_gets_the_messages(*, newer: bool) -> None:
    messages = (Message(role="system", content="Be."), Message(role="user", content="Am I?"))
    with FaultyServer(newer=newer) as server, started(server, api="chat") as engine:
        (plain,) = texts()
        laid = replace(
            plain, key="m", prompt=replace(plain.prompt, text="unused", messages=messages)
        )
        found = {one.key: one for one in engine.ask([plain, laid]) if isinstance(one, Completion)}
    assert found["g0"].text == "I heard user: Say 0"
    assert found["m"].text == "I heard system: Be. / user: Am I?"
    assert found["m"].finish == "stop"
    name = "max_completion_tokens" if newer else "max_tokens"
    assert all(one.body[name] == 5 for one in server.questions)
    assert {one.path for one in server.questions} == {"/v1/chat/completions"}


# ── what is refused before anything is written or sent ──────────────────────────────────────────


def run(server: FaultyServer, results: Path, *more: str) -> list[str]:
    return [
        *("run", "quick", "--task", "entailment", "--engine", "openai", "--model", "gpt-x"),
        *("--base-url", server.url, "--no-baselines", "--limit", "3", "--shots", "0,1"),
        *("--engine-arg", "backoff=0.01", "--results", str(results), *more),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--engine-arg", "api_key=abc"), "OPENAI_API_KEY"),
        (("--engine-arg", "default_headers=abc"), "OPENAI_API_KEY"),
        (("--engine-arg", f"served={KEY}"), "OPENAI_API_KEY"),
        (("--engine-arg", "served=Bearer abc"), "OPENAI_API_KEY"),
        (("--engine-arg", "speed=3"), "unknown argument `speed`"),
        (("--engine-arg", "route=guess"), "one of `auto`, `ids`, `echo`, `top`"),
        (("--engine-arg", "api=responses"), "one of `completions`, `chat`"),
        (("--engine-arg", "concurrency=0"), "a number from 1"),
        (("--engine-arg", "concurrency=1.5"), "a whole number"),
        (("--engine-arg", "timeout=NaN"), "a number from"),
        (("--engine-arg", "price_in=true"), "a number from"),
        (("--engine-arg", "api=chat"), "--form step-by-step"),
        (("--base-url", "ftp://127.0.0.1/v1"), "http://"),
        (("--base-url", "127.0.0.1:80"), "http://"),
        (("--base-url", "http://127.0.0.1/v1?key=abc"), "has a query"),
        (("--base-url", f"http://me:{KEY}@127.0.0.1/v1"), "has credentials"),
        (("--base-url", "http://127.0.0.1:port/v1"), "no base URL"),
        (("--base-url", "http://[::1/v1"), "no base URL"),
        (("--base-url", "http://127.0.0.1/v1 x"), "no base URL"),
    ],
)
def test_what_cannot_be_asked_is_refused_first(
    words: tuple[str, ...], says: str, call: Call, tmp_path: Path
) -> None:
    with FaultyServer() as server:
        ran = call(*run(server, tmp_path / "results", *words))
        assert ran.status == 2, ran.err
        assert says in " ".join(ran.err.split())
        assert KEY not in ran.err + ran.out
        assert "abc" not in ran.err + ran.out
        assert not server.seen
    assert not (tmp_path / "results").exists()


def test_a_server_must_be_named(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FaultyServer() as server:
        words = run(server, tmp_path)
        at = words.index("--base-url")
        del words[at : at + 2]
        assert "--base-url" in call(*words).err
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        ran = call(*words)
        assert ran.status == 0, ran.err
        assert server.questions
        monkeypatch.setenv("OPENAI_API_KEY", "no\nkey")
        assert "OPENAI_API_KEY" in call(*words).err


def test_a_run_says_what_all_its_times_of_asking_cost(call: Call, tmp_path: Path) -> None:
    failing = True
    prices = ("--engine-arg", "price_in=3000", "--engine-arg", "price_out=50", "--json")

    def script(_seen: Seen, _count: int) -> Fault | None:
        return faulty.status(500) if failing and len(server.questions) > 8 else None

    with FaultyServer(script=script) as server:
        words = run(server, tmp_path, *prices, "--engine-arg", "retries=1")
        assert call(*words).status == 3
        (folder,) = tmp_path.glob("runs/*")

        def told() -> dict[str, Any]:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            return dict(manifest["engines"]["gpt-x"])

        first = told()
        failing = False
        before = len(server.seen)
        ran = call(*words)
        assert ran.status == 0, ran.err
        last = told()
        assert last["requests"] == len(server.seen) - before
        assert 0 < first["requests"] <= before
    by_hand = sum(
        one["prompt_tokens"] * 3000 + one["generated_tokens"] * 50 for one in (first, last)
    )
    (shown,) = json.loads(ran.out)["speed"]
    (written,) = speed.read(folder / "speed.csv")
    assert shown["cost"] == pytest.approx(by_hand / 1e6, rel=1e-5)
    assert written.cost == pytest.approx(by_hand / 1e6, rel=1e-5)


# ── the key ─────────────────────────────────────────────────────────────────────────────────────


def test_the_key_is_in_no_file_and_no_print(call: Call, tmp_path: Path) -> None:
    """The server says it back in errors, in its model's answers, and wherever it can."""

    def script(seen: Seen, count: int) -> Fault | None:
        if seen.text.startswith("Yes or no:"):
            return None
        if count == 0:
            return faulty.status(503)
        if count == 1:
            return faulty.raw(json.dumps({"model": KEY, "choices": []}).encode()[:-1])
        if "echo" not in seen.body:
            return faulty.changed(lambda answer: answer["choices"][0].update(text=f"key {KEY}!"))
        return None

    def ends(_seen: Seen, _count: int) -> Fault | None:
        reason = KEY.replace("-", "_")  # as `finish_reason` takes it
        return faulty.changed(lambda answer: answer["choices"][0].update(finish_reason=reason))

    def calls_itself(_seen: Seen, _count: int) -> Fault | None:
        return faulty.changed(lambda answer: answer.update(model=KEY))

    def knows(_seen: Seen, _count: int) -> Fault | None:
        return faulty.status(401)

    results = tmp_path / "results"
    printed = ""
    for script_, status, more in (
        (script, 0, ()),
        (script, 0, ("--form", "step-by-step")),
        (ends, 2, ("--fresh",)),
        (calls_itself, 2, ("--fresh",)),
        (knows, 2, ("--fresh",)),
    ):
        with FaultyServer(script=script_) as server:
            ran = call(*run(server, results, *more))
            assert {one.key for one in server.seen} == {KEY}
        assert ran.status == status, ran.err
        printed += ran.out + ran.err
    with FaultyServer(script=script) as server:  # with all that the library can be made to print
        spoken = subprocess.run(
            [sys.executable, "-m", "evalsuite", *run(server, results)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OPENAI_LOG": "debug"},
            cwd=tmp_path,
        )
        assert server.questions
    assert "DEBUG" in spoken.stderr
    printed += spoken.stdout + spoken.stderr
    assert "[OPENAI_API_KEY]" in printed
    assert KEY not in printed
    files = [one for one in tmp_path.rglob("*") if one.is_file()]
    assert {"run.sqlite", "manifest.json", "leaderboard.csv"} <= {one.name for one in files}
    assert any(b"[OPENAI_API_KEY]" in one.read_bytes() for one in files)
    for file in files:
        assert KEY.encode() not in file.read_bytes(), file


# ── a real server ───────────────────────────────────────────────────────────────────────────────

SMOL = MODELS[0]
DOCS = paths.shipped("tasks").parent / "docs"
SERVERS, SCALE = DOCS / "servers.md", DOCS / "scale.md"
real = pytest.mark.skipif(find_spec("vllm") is None, reason="vllm is not installed")


@pytest.fixture(scope="module")
def vllm_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start `vllm serve` once, and end it in any case; return its base URL."""
    port = free_port()
    log = tmp_path_factory.mktemp("vllm") / "log"
    options = {
        "--model": models.ready(SMOL).path,
        "--served-model-name": SMOL,
        "--host": "127.0.0.1",
        "--port": port,
        "--api-key": KEY,
        "--max-model-len": 2048,
        "--dtype": "float32",
        "--block-size": 32,
    }
    # The command `vllm serve`, which the CPU build's does not start: it looks for another name.
    words = [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--enforce-eager"]
    words += ["--disable-uvicorn-access-log", *as_the_page_has_it()]
    words += [str(word) for option in options.items() for word in option]
    with log.open("wb") as file:
        process = subprocess.Popen(
            words,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - it takes no lock
            env={**os.environ, **_for_vllm()},
        )
    try:
        url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 400
        while not _is_up(url):
            assert process.poll() is None, log.read_text(encoding="utf-8")[-3000:]
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8")[-3000:]
            time.sleep(0.5)
        yield f"{url}/v1"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def as_the_page_has_it() -> list[str]:
    """Return the arguments of the page's `vllm serve` that decide how it answers."""
    (line,) = (one for one in lines(SERVERS, "sh") if one.startswith("vllm serve"))
    words = shlex.split(line)
    assert words[2:5] == ["./my-model", "--port", "8000"]
    return words[5:]


def _end_with_parent() -> None:
    """Have the server end its workers, too, where the tests are killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_host._SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def _for_vllm() -> dict[str, str]:
    found = {
        "VLLM_CPU_KVCACHE_SPACE": "1",
        "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
    }
    if sys.platform == "linux":
        cores = sorted(os.sched_getaffinity(0))
        found["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(map(str, cores))
    return found


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def from_vllm(url: str, *, by_text: bool = False, **arguments: Json) -> Iterator[OpenAi]:
    model = models.served(SMOL, chat=False)
    if by_text:
        model = replace(model, path=None)
    settings = Settings(servers=(url,), arguments=arguments)
    with engines.started("openai", model, settings, Path("unused")) as engine:
        assert isinstance(engine, OpenAi)
        yield engine


def without_ids(request: Choices) -> Choices:
    return replace(
        request,
        prompt=replace(request.prompt, token_ids=None),
        choices=tuple(replace(one, token_ids=None) for one in request.choices),
    )


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.Engine]:
    """The in-process measure: transformers in float32."""
    log = tmp_path_factory.mktemp("reference") / "log"
    settings = Settings(dtype="float32")
    with engines.started("transformers", models.ready(SMOL), settings, log) as engine:
        yield engine


def largest(left: Mapping[str, Sequence[float]], other: Mapping[str, Sequence[float]]) -> float:
    assert left.keys() == other.keys()
    return max(
        abs(one - two) for key in left for one, two in zip(left[key], other[key], strict=True)
    )


@real
@pytest.mark.engine
def test_a_real_server_scores_as_the_engine_in_process(
    vllm_server: str, reference: engines.Engine
) -> None:
    questions = requests(SMOL, limit=1)
    start = questions[0].prompt.token_ids or ()
    tails = (start[90:91], start[90:95], (*start[90:93], start[0], start[1]), start[5:9])
    questions.append(longer(questions[0], 90, tails, "long"))
    measure = values(reference.ask(questions))
    with from_vllm(vllm_server) as engine:
        assert engine.facts["route"] == "ids and echo"
        assert engine.facts["answered_by"] == [SMOL]
        found = list(engine.ask(questions))
        assert largest(values(found), measure) < 1e-3
    for route in ("ids", "echo"):
        with from_vllm(vllm_server, route=route) as engine:
            assert engine.facts["route"] == route
            found = list(engine.ask(questions))
            assert largest(values(found), measure) < 1e-3
            cached = sum(one.usage.cached_tokens for one in found)
            assert (cached > 0) is (route == "ids")  # vLLM reads no cache for an echo
    del measure[questions.pop().key]  # of a prompt that is cut somewhere, there is no text
    with from_vllm(vllm_server, by_text=True) as engine:
        assert engine.facts["route"] == "echo"
        texts_ = [without_ids(one) for one in questions]
        assert largest(values(engine.ask(texts_)), measure) < 1e-3


@real
@pytest.mark.engine
def test_the_most_probable_tokens_of_a_real_server_score_as_its_echo(vllm_server: str) -> None:
    prompt = "The capital of France is"
    question = Choices(
        key="q",
        prompt=Prompt(text=prompt, token_ids=None, shots=()),
        choices=tuple(Choice(text=one, token_ids=None) for one in (" Paris", " the")),
    )
    ids = tokenizing.tokenizer(models.ready(SMOL)).encode
    ((*start,), *wholes) = ids([prompt, *(prompt + one.text for one in question.choices)])
    by_ids = replace(
        question,
        prompt=replace(question.prompt, token_ids=tuple(start)),
        choices=tuple(
            replace(one, token_ids=whole[len(start) :])
            for one, whole in zip(question.choices, wholes, strict=True)
        ),
    )
    found = {}
    for by_text, request, route in (
        (True, question, "echo"),
        (True, question, "top"),
        (False, by_ids, "top"),
        (False, by_ids, "ids"),
    ):
        with from_vllm(vllm_server, by_text=by_text, route=route, top=20) as engine:
            found[by_text, route] = values(engine.ask([request]))["q"]
    first, *others = found.values()
    assert all(one == pytest.approx(first, abs=1e-3) for one in others)


@real
@pytest.mark.engine
def test_a_real_server_says_what_the_engine_in_process_says(
    vllm_server: str, reference: engines.Engine
) -> None:
    tokenizer = tokenizing.tokenizer(models.ready(SMOL))
    asked_ = []
    for number, (question, stop) in enumerate(
        (
            ("What is the capital of France?", ()),
            ("Is every square a rectangle? Answer yes or no, and say why.", ()),
            ("Count from one to ten.", (" four",)),
        )
    ):
        messages = (Message(role="user", content=question),)
        text = tokenizer.chat([{"role": "user", "content": question}])
        (ids,) = tokenizer.encode([text])
        prompt = Prompt(text=text, token_ids=ids, messages=messages, shots=())
        asked_.append(
            Generate(key=f"g{number}", prompt=prompt, choices=(), max_tokens=16, stop=stop, seed=3)
        )
    found = {}
    for name, by_text, api in (
        ("ids", False, "completions"),
        ("text", True, "completions"),
        ("chat", False, "chat"),
    ):
        plain = [replace(asked_[0], prompt=replace(asked_[0].prompt, token_ids=None))]
        with from_vllm(vllm_server, by_text=by_text, api=api) as engine:
            answers = engine.ask(plain if by_text else asked_)
            found[name] = {
                one.key: (one.text, one.finish) for one in answers if isinstance(one, Completion)
            }
    measure = {
        one.key: (one.text, one.finish)
        for one in reference.ask(asked_)
        if isinstance(one, Completion)
    }
    assert found["ids"] == found["chat"] == measure
    assert found["text"] == {"g0": measure["g0"]}
    assert {finish for _, finish in measure.values()} == {"stop", "length"}


@real
@pytest.mark.engine
def test_a_run_asks_a_real_server(
    vllm_server: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [
        *("run", "quick", "--task", "entailment", "--model", SMOL, "--limit", "3"),
        *("--shots", "0"),
        *("--no-baselines", "--json", "--engine", "openai", "--base-url", vllm_server),
        *("--engine-arg", "price_in=1", "--results", str(tmp_path)),
    ]
    ran = call(*words)
    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["asked"] == 3
    (path,) = tmp_path.glob("runs/*/manifest.json")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    assert manifest["engines"][SMOL]["route"] == "ids and echo"
    assert manifest["settings"]["servers"] == [vllm_server]
    assert KEY not in path.read_text(encoding="utf-8")
    assert json.loads(call(*words).out)["asked"] == 0
    monkeypatch.setenv("OPENAI_API_KEY", "another")
    refused = call(*words, "--fresh")
    assert refused.status == 2
    assert "status 401" in refused.err
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    unknown = call(*words, "--engine-arg", "served=gpt-3")
    assert unknown.status == 2
    assert f"it lists `{SMOL}`" in " ".join(unknown.err.split())


@real
@pytest.mark.engine
@pytest.mark.parametrize(
    "words",
    [words for page in (SERVERS, SCALE) for words in commands(page, "sh") if "openai" in words],
    ids=" ".join,
)
def test_what_the_pages_have_one_ask_of_a_server_is_answered(
    words: tuple[str, ...], vllm_server: str, call: Call, tmp_path: Path
) -> None:
    here = iter((vllm_server, vllm_server.replace("127.0.0.1", "localhost")))
    known = {"./my-model": SMOL, "org/model": SMOL}
    taken = [next(here) if one.startswith("http") else known.get(one, one) for one in words]
    assert vllm_server in taken
    ran = call(
        *taken,
        *("--task", "entailment", "--limit", "1", "--no-baselines", "--quiet", "--json"),
        *(() if SMOL in taken else ("--engine-arg", f"served={SMOL}")),
        *("--results", tmp_path),
    )
    assert ran.status == 0, ran.err
    said = json.loads(ran.out)
    assert said["asked"] == 2  # without and with shots
    assert ("price_in=2" in words) == (said["speed"][0]["cost"] is not None)
