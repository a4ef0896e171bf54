"""One HTTP request to a server of the OpenAI API, through the package `openai`.

What comes back is the body as it is, bounded; or it is told whether to ask again, to leave the
request out, or to stop.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2  # what `openai` speaks HTTP with
import openai

from evalsuite.engines import _replies
from evalsuite.engines._pool import Server, asked_to_wait
from evalsuite.engines._replies import Again, Malformed, Refused, Stop
from evalsuite.engines._serving import KEY, Secret

_MAX_BODY = 64 << 20  # bytes
_MAX_QUOTED = 300  # characters of a server's own message
_CONNECT = 10.0  # seconds
_NO_SUCH, _NOT_ALLOWED, _MONEY = 404, (401, 403), 429
_BAD_REQUEST = (400, 413, 422)
_AGAIN = (408, 409, 425, 429)


class Http:
    """The connections to the servers of a model."""

    def __init__(self, name: str, key: Secret, timeout: float) -> None:
        self._name = name
        self._key = key
        self._timeout = timeout
        self._http = openai.DefaultAsyncHttpxClient(
            follow_redirects=False,  # the key goes to the server that the user named
            event_hooks={"response": [_bounded]},
        )

    def server(self, address: str) -> Server:
        """Return the server at a base URL."""
        client = openai.AsyncOpenAI(
            base_url=address,
            api_key=self._key.value,
            max_retries=0,  # ours go to another server
            timeout=openai.Timeout(self._timeout, connect=min(_CONNECT, self._timeout)),
            default_headers={"Accept-Encoding": "identity"},
            http_client=self._http,
        )
        return Server(name=urlsplit(address).netloc, client=client)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def post(self, server: Server, body: Mapping[str, Any]) -> bytes:
        """Return the body of the answer to a completion's or a message's request.

        Raises:
            Again, Refused, Stop: there is none.
            Malformed: it is too long, or compressed.

        """
        try:
            async with asyncio.timeout(self._timeout):
                return await self._call(server, body)
        except TimeoutError:
            raise Again(f"server {server.name}: no answer in time", dead=True) from None
        except openai.APIStatusError as error:
            raise await self._refusal(error, server) from None
        except openai.APIConnectionError as error:
            what = "no answer in time" if isinstance(error, openai.APITimeoutError) else "no answer"
            raise Again(f"server {server.name}: {what}", dead=True) from None
        except (openai.OpenAIError, OSError) as error:
            raise Again(f"server {server.name}: {type(error).__name__}") from None

    async def _call(self, server: Server, body: Mapping[str, Any]) -> bytes:
        if "messages" in body:
            endpoint, first = server.client.chat.completions, "messages"
        else:
            endpoint, first = server.client.completions, "prompt"
        rest = {name: value for name, value in body.items() if name != first}
        answer = await endpoint.with_raw_response.create(
            model=self._name, **{first: body[first]}, extra_body=rest
        )
        content: bytes = answer.content
        return content

    async def _refusal(self, error: Any, server: Server) -> Exception:
        """Return what an HTTP status other than success means."""
        status: int = error.status_code
        said = self._said(error)
        message = f"server {server.name}: status {status}{said}"
        if status in _NOT_ALLOWED:
            known = f"`{KEY}` is {'not the right key' if self._key.is_set else 'not set'}"
            return Stop(message, hint=f"{known}, or has no right to this model")
        if status == _NO_SUCH:
            return Stop(message, hint=await self._known_models(server))
        if status == _MONEY and error.code == "insufficient_quota":
            return Stop(message, hint=f"the account of `{KEY}` is used up")
        if status in _AGAIN or status >= 500:  # noqa: PLR2004 - the server's own failure
            wait = asked_to_wait(error.response.headers, time.time())
            return Again(message, wait=wait)
        if status in _BAD_REQUEST:
            hint = "`--max-context` sets how long a prompt may be" if "context" in said else None
            return Refused(message, hint=hint)
        return Stop(message, hint="is the base URL right? Most end in `/v1`")

    def _said(self, error: Any) -> str:
        """Return a server's own words about an error, without the key and not too long."""
        body = error.body
        said = body.get("message") if isinstance(body, dict) else None
        if not isinstance(said, str):
            return ""
        words = "".join(
            letter if letter.isprintable() else " " for letter in self._key.hidden(said)
        )
        return f": {words[:_MAX_QUOTED]}" if words.strip() else ""

    async def _known_models(self, server: Server) -> str:
        """Say which models a server lists."""
        try:
            async with asyncio.timeout(self._timeout):
                answer = await server.client.models.with_raw_response.list()
            listed = _replies.parsed(answer.content).get("data")
            names = [self._key.hidden(str(one["id"]))[:100] for one in listed or ()]
        except (openai.OpenAIError, OSError, Malformed, TimeoutError, KeyError, TypeError):
            return "it lists no models; is the base URL right? Most end in `/v1`"
        if self._name in names:
            return "it lists this model, but has not this API: `--engine-arg api=chat`?"
        shown = ", ".join(f"`{name}`" for name in names[:20] if name.isprintable())
        return f"it lists {shown or 'no model'}; `--engine-arg served=NAME` names one"


class _Bounded(httpx2.AsyncByteStream):
    """Pass a body on, up to a limit."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for chunk in self._inner:
            length += len(chunk)
            if length > _MAX_BODY:
                raise Malformed(f"an answer of more than {_MAX_BODY >> 20} MiB")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _bounded(response: Any) -> None:
    """Bound the body of a response, before anybody reads it."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        raise Malformed("a compressed answer, which was not asked for")  # it may unpack to anything

    response.stream = _Bounded(response.stream)
