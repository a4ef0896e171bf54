"""What a user may say about the servers of a model: addresses, key and arguments, checked.

A key comes from the environment alone. No message here repeats what a user wrote where a key could
have been written.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from evalsuite.errors import UserMistake, quoted
from evalsuite.records import Json, Settings

Api = Literal["completions", "chat"]
Route = Literal["auto", "ids", "echo", "top"]

KEY = "OPENAI_API_KEY"
_ADDRESS = "OPENAI_BASE_URL"
_NO_KEY = "none"  # what a server that wants no key is sent
_SCHEMES = ("http", "https")
_MAX_SERVERS = 1024
_LONG_KEY = 12  # characters
# A name or value that could hold a key, or the header that carries one.
_SECRET_NAME = re.compile(
    r"key|secret|token|auth|header|passw|bearer|credential|cookie", re.IGNORECASE
)
_SECRET_VALUE = re.compile(
    r"^\s*(?:sk[-_]|gsk_|hf_|xai-)[\w-]{12,}|bearer\s|authorization", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """How servers are asked. The fields are the engine's arguments."""

    api: Api = "completions"
    route: Route = "auto"  # by which choices are scored
    served: str | None = None  # the server's name for the model, where it is another
    concurrency: int = 16  # HTTP requests in flight, over all servers
    timeout: float = 600.0  # seconds for one HTTP request, its answer read
    retries: int = 8  # of one HTTP request, after its first failure
    backoff: float = 0.5  # seconds before the first retry; doubled for each further one
    requests_per_minute: float | None = None  # over all servers
    tokens_per_minute: float | None = None  # likewise, of prompts and of answers at their longest
    top: int = 5  # most probable tokens that the route `top` asks for
    price_in: float | None = None  # for a million prompt tokens
    price_out: float | None = None  # for a million generated tokens


_API: tuple[Api, ...] = ("completions", "chat")
_ROUTES: tuple[Route, ...] = ("auto", "ids", "echo", "top")
_RANGES: Mapping[str, tuple[type, float, float]] = {
    "concurrency": (int, 1, 4096),
    "timeout": (float, 0.01, 86_400),
    "retries": (int, 0, 100),
    "backoff": (float, 0, 60),
    "requests_per_minute": (float, 1e-3, 1e9),
    "tokens_per_minute": (float, 1, 1e12),
    "top": (int, 1, 100),
    "price_in": (float, 0, 1e6),
    "price_out": (float, 0, 1e6),
}


def serving(settings: Settings, environment: Mapping[str, str]) -> Serving:
    """Read the engine's arguments.

    Raises:
        UserMistake: one is unknown, out of its range, or looks like a key.

    """
    known = [field.name for field in fields(Serving)]
    kept = environment.get(KEY, "").strip()
    for name, value in settings.arguments.items():
        if name not in known and _SECRET_NAME.search(name):
            raise _key_refused(f"`{name}`")
        if _holds_key(value, kept):
            raise _key_refused(f"`{name}` holds what looks like a key")
        if name not in known:
            raise UserMistake(
                f"engine `openai`: unknown argument `{name}`",
                hint=f"known: {quoted(known)}",
            )
    return Serving(**{name: _read(name, value) for name, value in settings.arguments.items()})


def _key_refused(what: str) -> UserMistake:
    return UserMistake(
        f"engine argument {what}: arguments are written into the run's manifest",
        hint=f"set the environment variable `{KEY}`",
    )


def _holds_key(value: Json, kept: str) -> bool:
    text = str(value)
    return bool(_SECRET_VALUE.search(text)) or (bool(kept) and kept in text)


def _read(name: str, value: Any) -> Any:
    match name:
        case "api":
            return _one_of(name, value, _API)
        case "route":
            return _one_of(name, value, _ROUTES)
        case "served":
            return _name(value)
        case _:
            kind, low, high = _RANGES[name]
            return _number(name, value, kind, low, high)


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        raise UserMistake(
            f"engine argument `{name}`: `{value}`",
            hint=f"one of {quoted(known)}",
        )
    return cast("str", value)


def _name(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    if not text or len(text) > 500 or not text.isprintable():  # noqa: PLR2004 - longer than any name
        raise UserMistake("engine argument `served`: no name of a model")
    return text


def _number(name: str, value: Any, kind: type, low: float, high: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not low <= value <= high:
        raise UserMistake(
            f"engine argument `{name}`: `{value}`", hint=f"a number from {low:g} to {high:g}"
        )
    if kind is int and value != int(value):
        raise UserMistake(f"engine argument `{name}`: `{value}`", hint="a whole number")
    return kind(value)  # type: ignore[no-any-return]


# ── addresses and key ───────────────────────────────────────────────────────────────────────────


def addresses(settings: Settings, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the servers' base URLs, each once, without a slash at the end.

    Raises:
        UserMistake: there is none, or one has credentials, a query or another scheme.

    """
    given = settings.servers
    where = "--base-url"
    if not given:
        given = tuple(filter(None, (environment.get(_ADDRESS, "").strip(),)))
        where = f"`{_ADDRESS}`"
    if not given:
        raise UserMistake(
            "engine `openai` needs a server",
            hint=f"`--base-url http://localhost:8000/v1`, or set `{_ADDRESS}`",
        )
    if len(given) > _MAX_SERVERS:
        raise UserMistake(f"{where}: {len(given)} servers; at most {_MAX_SERVERS}")
    return tuple(dict.fromkeys(_address(one, where) for one in given))


def _address(given: str, where: str) -> str:
    hint = "such as `http://localhost:8000/v1`"
    if not given.isascii() or any(not " " < letter < "\x7f" for letter in given):
        raise UserMistake(f"{where}: no base URL", hint=hint)
    try:
        parts = urlsplit(given)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise UserMistake(f"{where}: no base URL", hint=hint) from None
    if parts.scheme not in _SCHEMES or not host:
        raise UserMistake(f"{where}: no `http://` or `https://` address", hint=hint)
    if "@" in parts.netloc:
        raise UserMistake(
            f"{where}: the address of `{host}` has credentials, and addresses are written down",
            hint=f"take them out; a key stands in the environment variable `{KEY}`",
        )
    if parts.query or parts.fragment or given.endswith(("?", "#")):
        raise UserMistake(f"{where}: the address of `{host}` has a query", hint=hint)
    return given.rstrip("/")


@dataclass(frozen=True, slots=True)
class Secret:
    """A key, which nothing prints."""

    value: str

    def __repr__(self) -> str:
        return "Secret(…)"

    @property
    def is_set(self) -> bool:
        """Whether there is a key: the placeholder is none."""
        return self.value != _NO_KEY

    def hidden(self, text: str) -> str:
        """Return a message without the key."""
        return text.replace(self.value, f"[{KEY}]") if self.is_set else text

    def struck_from(self, answer: str) -> str:
        """Return a model's answer without the key; a key that could be a word is left in it."""
        return self.hidden(answer) if len(self.value) >= _LONG_KEY else answer


def secret(environment: Mapping[str, str]) -> Secret:
    """Return the key, or a placeholder for servers that want none.

    Raises:
        UserMistake: it cannot stand in a header.

    """
    value = environment.get(KEY, "").strip()
    if any(not " " < letter < "\x7f" for letter in value):  # a header's error would repeat it
        raise UserMistake(
            f"`{KEY}` has a blank or a letter in it that no key has", hint="set it again"
        )
    return Secret(value or _NO_KEY)
