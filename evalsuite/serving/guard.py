"""What stands before the app: who may ask, and what a browser may do with the answers.

The server listens on loopback, but every page that the user's browser shows can reach that. So a
request needs the token, which only the printed address holds: in the path for the page and its
parts, in a header for what they ask for. It must be meant for this host by name, so that no name
of another's that leads here will do (DNS rebinding), and come from this origin.
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api"
TOKEN = "x-studio-token"  # noqa: S105 - the name of a header
LARGEST = 2 * 1024 * 1024  # bytes of a body: a template of the largest size, escaped as JSON

_DIGITS = 10  # that no length of ours has
_METHODS = frozenset({"GET", "POST"})
_SITES = frozenset({"same-origin", "none"})
_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What is not done, with the HTTP status that says so."""

    status: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of a request says whether it may be answered."""

    method: str
    path: str
    headers: Mapping[str, Sequence[str]]  # by lower-case name


def objection(asked: Asked, *, token: str, hosts: Sequence[str]) -> Refusal | None:
    """Return why a request is refused; None where it may be answered."""
    one = {name: values[0] for name, values in asked.headers.items() if len(values) == 1}
    if one.get("host") not in hosts:
        return Refusal(status=421, message="another host is meant")
    if asked.method not in _METHODS:
        return Refusal(status=405, message="only GET and POST are known")
    if not hmac.compare_digest(_token(asked, one).encode(), token.encode()):
        return Refusal(status=403, message="the address lacks the token that was printed")
    if not _is_ours(asked, {f"http://{host}" for host in hosts}):
        return Refusal(status=403, message="another site asks")
    if not _is_small(one.get("content-length", "0")):
        return Refusal(status=413, message=f"over {LARGEST} bytes")
    return None


def _is_ours(asked: Asked, origins: Collection[str]) -> bool:
    given = asked.headers.get("origin", ())
    sites = asked.headers.get("sec-fetch-site", ())
    told = bool(given) or asked.method == "GET"  # a browser tells the origin of any POST
    return told and all(one in origins for one in given) and all(one in _SITES for one in sites)


def _is_small(length: str) -> bool:
    return (
        length.isascii() and length.isdigit() and len(length) < _DIGITS and int(length) <= LARGEST
    )


def _token(asked: Asked, one: Mapping[str, str]) -> str:
    if asked.path.startswith(f"{API}/"):
        return one.get(TOKEN, "")
    return asked.path.removeprefix("/").partition("/")[0]


def guarded(app: ASGIApp, *, token: str, hosts: Sequence[str], policy: str) -> ASGIApp:
    """Return the app behind the guard; `policy` is the content security policy of its answers."""
    headers = {**_HEADERS, "content-security-policy": policy}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # no web sockets; uvicorn is told of no lifespan
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        refusal = objection(_asked(scope), token=token, hosts=hosts)
        inner = app if refusal is None else refused(refusal)
        await inner(scope, receive, send_with_headers)

    return answer


def refused(refusal: Refusal) -> JSONResponse:
    """Return the answer that says what is refused."""
    return JSONResponse({"message": refusal.message}, refusal.status)


def _asked(scope: Scope) -> Asked:
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return Asked(method=scope["method"], path=scope["path"], headers=headers)
