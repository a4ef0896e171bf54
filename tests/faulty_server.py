"""A server of the OpenAI API on loopback whose model is arithmetic, and which fails as it is told.

What is wrong with an answer is made on the wire, byte by byte: the client and its HTTP are the real
ones. The key of each request stands in every error's body, as some servers do it.
"""

import json
import re
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self, TypeAlias

Body: TypeAlias = dict[str, Any]
TOKEN = re.compile(r" ?\w+|\s+|[^\w\s]")
WORDS = (" yes", " no", " maybe", " so", " it", " A", " B")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request as it came."""

    path: str
    body: Body
    key: str
    at: float

    @property
    def text(self) -> str:
        """The prompt, or the last message."""
        if "messages" in self.body:
            return str(self.body["messages"][-1]["content"])
        return str(self.body.get("prompt", ""))


Fault: TypeAlias = Callable[["Handler", Body], None]
Script: TypeAlias = Callable[[Seen, int], Fault | None]


def tokens_of(prompt: str | list[int]) -> list[str]:
    """Split a text into words with the blank before them; an id is a token of its own."""
    if isinstance(prompt, str):
        return TOKEN.findall(prompt)
    return [f"<{one}>" for one in prompt]


def log_prob(before: list[str], token: str) -> float:
    """Return what the model says of a token after others: always the same, never the true one."""
    return -0.01 - zlib.crc32("|".join([*before[-3:], token]).encode()) % 997 / 100


@dataclass(slots=True)
class FaultyServer:
    """One server; `script` says what goes wrong with a request, by its number for its prompt."""

    script: Script = lambda _seen, _count: None
    model: str = "gpt-x"
    ids: bool = False  # vLLM's `logprob_token_ids`
    echo: bool = True
    top: bool = True
    chat: bool = True
    newer: bool = False  # takes `max_completion_tokens` alone
    context: int = 4000  # tokens
    pause: float = 0.0  # seconds that each answer takes
    seen: list[Seen] = field(default_factory=list)
    most_at_once: int = 0
    dead: bool = False
    _at_once: int = 0
    _counts: dict[str, int] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.Lock)
    _http: Any = None

    def __enter__(self) -> Self:
        handler = type("Bound", (Handler,), {"faulty": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Die: close the port, and reset every connection that is asked or answered on."""
        self.dead = True
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    @property
    def questions(self) -> list[Seen]:
        """What was asked besides the probes."""
        probes = ("Yes or no:", "Say yes.", "[10, 11", "[10]")
        return [one for one in self.seen if not one.text.startswith(probes)]

    def arrived(self, seen: Seen) -> int:
        """Note a request; return how many came with the same body before."""
        with self._lock:
            self.seen.append(seen)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            name = json.dumps(seen.body, sort_keys=True)
            self._counts[name] = self._counts.get(name, -1) + 1
            return self._counts[name]

    def left(self) -> None:
        """Note that a request is answered."""
        with self._lock:
            self._at_once -= 1


class Handler(BaseHTTPRequestHandler):
    """Answer one request."""

    faulty: FaultyServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        """List the models."""
        self.reply(200, {"object": "list", "data": [{"id": self.faulty.model}, {"id": "other"}]})

    def do_POST(self) -> None:
        """Answer, or fail as the script says."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = self.headers.get("authorization", "").removeprefix("Bearer ")
        seen = Seen(path=self.path, body=body, key=key, at=time.monotonic())
        count = self.faulty.arrived(seen)
        try:
            time.sleep(self.faulty.pause)
            fault = broken if self.faulty.dead else self.faulty.script(seen, count)
            status, answer = self._answer(body)
            if fault is None:
                self.reply(status, answer)
            else:
                fault(self, answer)
        except OSError:
            self.close_connection = True
        finally:
            self.faulty.left()

    def reply(self, status: int, answer: Any, headers: Mapping[str, str] | None = None) -> None:
        """Send JSON."""
        self.send(status, json.dumps(answer).encode(), "application/json", headers)

    def send(
        self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """Send a body."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def error(self, status: int, headers: Mapping[str, str] | None = None, **more: Any) -> None:
        """Send an error, with the key in it."""
        said = f"you came with {self.headers.get('authorization')}"
        error = {"message": said, "type": "error", "code": None, **more}
        self.reply(status, {"error": error}, headers)

    # ── the model ──

    def _answer(self, body: Body) -> tuple[int, Body]:
        faulty = self.faulty
        if body["model"] != faulty.model:
            return 404, {"error": {"message": f"no model {body['model']}", "code": 404}}
        if "messages" in body:
            if not faulty.chat:
                return 404, {"error": {"message": "no such path", "code": 404}}
            return self._chat(body)
        prompt = tokens_of(body["prompt"])
        if len(prompt) > faulty.context:
            said = f"This model's maximum context length is {faulty.context} tokens."
            return 400, {"error": {"message": said, "code": "context_length_exceeded"}}
        if "logprob_token_ids" in body and not faulty.ids:
            return 400, {"error": {"message": "unrecognized: logprob_token_ids", "code": None}}
        if body.get("echo") and "logprobs" in body and not faulty.echo:
            return 400, {"error": {"message": "echo with logprobs is not supported", "code": None}}
        return 200, self._completion(body, prompt)

    def _completion(self, body: Body, prompt: list[str]) -> Body:
        longest = body.get("max_tokens", 16)
        added = [" so", " it", " goes"][: min(longest, 3)]
        shown = [*prompt, *added] if body.get("echo") else added
        before = [] if body.get("echo") else prompt
        text = "".join(shown)
        logprobs = None
        if "logprobs" in body and self.faulty.top:
            logprobs = self._log_probs(body, before, shown)
        choice = {"index": 0, "text": text, "logprobs": logprobs, "finish_reason": "length"}
        return self._whole(choice, len(prompt), len(added))

    def _log_probs(self, body: Body, before: list[str], shown: list[str]) -> Body:
        values: list[float | None] = []
        tops: list[Body | None] = []
        offsets = [0]
        for at, token in enumerate(shown):
            context = [*before, *shown[:at]]
            values.append(log_prob(context, token) if context else None)
            tops.append(self._top(body, context, token) if context else None)
            offsets.append(offsets[-1] + len(token))
        return {
            "tokens": shown,
            "token_logprobs": values,
            "text_offset": offsets[:-1],
            "top_logprobs": tops,
        }

    @staticmethod
    def _top(body: Body, context: list[str], token: str) -> Body:
        if "logprob_token_ids" in body:
            named = {f"token_id:{one}": f"<{one}>" for one in body["logprob_token_ids"]}
            return {name: log_prob(context, one) for name, one in named.items()}
        values = {one: log_prob(context, one) for one in (*WORDS, token)}
        ranked = sorted(values, key=lambda one: -values[one])
        return {one: values[one] for one in ranked[: body["logprobs"]]}

    def _chat(self, body: Body) -> tuple[int, Body]:
        if self.faulty.newer and "max_tokens" in body:
            said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return 400, {"error": {"message": said, "param": "max_tokens", "code": "unsupported"}}
        text = " / ".join(f"{one['role']}: {one['content']}" for one in body["messages"])
        message = {"role": "assistant", "content": f"I heard {text}"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return 200, self._whole(choice, len(tokens_of(text)), 1)

    def _whole(self, choice: Body, prompt: int, generated: int) -> Body:
        return {
            "id": "1",
            "model": self.faulty.model,
            "choices": [choice],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": generated,
                "total_tokens": prompt + generated,
                "prompt_tokens_details": {"cached_tokens": prompt // 2},
            },
        }


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────


def status(number: int, headers: Mapping[str, str] | None = None, **error: Any) -> Fault:
    """Answer with an error."""
    return lambda handler, _answer: handler.error(number, headers, **error)


def html(handler: Handler, _answer: Body) -> None:
    """Answer with a page, as a proxy does."""
    handler.send(200, b"<!doctype html><title>Welcome</title>", "text/html")


def no_json(handler: Handler, answer: Body) -> None:
    """Answer with half of the JSON, as if it were whole."""
    body = json.dumps(answer).encode()
    handler.send(200, body[: len(body) // 2], "application/json")


def truncated(handler: Handler, answer: Body) -> None:
    """Break off in the middle of the body."""
    body = json.dumps(answer).encode()
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.close_connection = True


def broken(handler: Handler, _answer: Body) -> None:
    """Reset the connection."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def dripping(handler: Handler, answer: Body) -> None:
    """Send a byte now and then: no single read times out."""
    handler.send_response(200)
    handler.send_header("content-length", "100000")
    handler.end_headers()
    for letter in json.dumps(answer).encode():
        handler.wfile.write(bytes([letter]))
        handler.wfile.flush()
        time.sleep(0.1)


def huge(handler: Handler, _answer: Body) -> None:
    """Send more than anybody wants."""
    handler.send_response(200)
    handler.send_header("content-length", str(1 << 40))
    handler.end_headers()
    block = b" " * (1 << 20)
    while True:
        handler.wfile.write(block)


def packed(handler: Handler, answer: Body) -> None:
    """Send it compressed, though nobody asked for that."""
    body = zlib.compress(json.dumps(answer).encode())
    handler.send(200, body, "application/json", {"content-encoding": "deflate"})


def raw(body: bytes) -> Fault:
    """Send these bytes as JSON."""
    return lambda handler, _answer: handler.send(200, body, "application/json")


def changed(change: Callable[[Body], object]) -> Fault:
    """Send the right answer after a change."""

    def fault(handler: Handler, answer: Body) -> None:
        change(answer)
        handler.reply(200, answer)

    return fault
