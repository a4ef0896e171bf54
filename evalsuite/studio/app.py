"""The app: the page, its parts, and what they ask for."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files as resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias, get_args

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from evalsuite import templates
from evalsuite.authoring import Preview
from evalsuite.engines import Engine
from evalsuite.errors import EvalsuiteError, UserMistake
from evalsuite.records import Json, Labels, LogLikelihoods
from evalsuite.serving.guard import API, LARGEST, Refusal, guarded, refused
from evalsuite.studio import files
from evalsuite.studio.records import Look, Problem, Setting, View
from evalsuite.studio.worker import Worker

_PARTS: Mapping[str, str] = MappingProxyType(
    {
        "": "text/html",
        "studio.css": "text/css",
        "studio.js": "text/javascript",
        "icon.svg": "image/svg+xml",
    }
)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
_TICK = 0.25  # seconds between two looks at the files
_BEAT = 15.0  # seconds without a change after which a word is sent: so a page that left is noticed
_WAITING = 4  # requests of one kind that may wait for each other
_LONG = 2_000  # characters of a message or an answer
_MOST_SHOTS = 32
_MOST_INDEX = 10_000

_Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """What the app works with."""

    setting: Setting
    token: str
    hosts: tuple[str, ...]  # by which names and port it may be asked
    worker: Worker
    engine: Engine | None
    stopping: Callable[[], bool]


def app(studio: Studio) -> ASGIApp:
    """Return the app as it is served."""
    rendering, scoring = _Turn(), _Turn()

    async def look(request: Request) -> Response:
        asked = _look(await _json(request), studio.setting)
        view = await rendering.take(studio.worker.look, asked)
        return JSONResponse(_shown(view))

    async def scores(request: Request) -> Response:
        asked = _look(await _json(request), studio.setting)
        view = await rendering.take(studio.worker.look, asked)
        if view.request is None or studio.engine is None:
            return JSONResponse({"scores": None, "reason": view.unscored})
        engine, choices = studio.engine, view.request
        responses = await scoring.take(lambda: list(engine.ask([choices])))
        values = [one.values for one in responses if isinstance(one, LogLikelihoods)]
        return JSONResponse({"scores": _scores(values[0]), "reason": None})

    async def source(request: Request) -> Response:
        given = await _json(request)
        found = await run_in_threadpool(
            files.source, studio.setting, _text(given, "template"), _text(given, "language")
        )
        return JSONResponse(_plain(found))

    async def save(request: Request) -> Response:
        given = await _json(request)
        done = await run_in_threadpool(
            files.save,
            studio.setting,
            _text(given, "template"),
            _text(given, "language"),
            text=_text(given, "text"),
            base=_text(given, "base") if given.get("base") is not None else None,
        )
        return refused(done) if isinstance(done, Refusal) else JSONResponse(_plain(done))

    async def start(_request: Request) -> Response:
        return JSONResponse(_start(studio.setting))

    async def changes(request: Request) -> Response:
        where = (request.query_params.get("template", ""), request.query_params.get("language", ""))
        return StreamingResponse(_changes(studio, *where), media_type="text/event-stream")

    asked = [
        Route("/start", start, methods=["GET"]),
        Route("/changes", changes, methods=["GET"]),
        Route("/source", _told(source), methods=["POST"]),
        Route("/look", _told(look), methods=["POST"]),
        Route("/scores", _told(scores), methods=["POST"]),
        Route("/save", _told(save), methods=["POST"]),
    ]
    routes = [
        Mount(API, routes=asked),
        Route("/{token}/", _part, methods=["GET"]),
        Route("/{token}/{name}", _part, methods=["GET"]),
    ]
    return guarded(Starlette(routes=routes), token=studio.token, hosts=studio.hosts, policy=_POLICY)


# ── the page and its parts ──────────────────────────────────────────────────────────────────────


async def _part(request: Request) -> Response:
    name = request.path_params.get("name", "")
    if name not in _PARTS:
        return refused(Refusal(status=404, message="there is no such page"))
    file = resources("evalsuite.studio") / "static" / (name or "index.html")
    return Response(file.read_bytes(), media_type=_PARTS[name])


async def _changes(studio: Studio, template: str, language: str) -> AsyncIterator[str]:
    """Yield an event whenever a file changes that the view depends on."""
    known, quiet = "", 0.0
    while not studio.stopping():
        now = await run_in_threadpool(files.state, studio.setting, template, language)
        if now != known:
            known, quiet = now, 0.0
            yield f"data: {now}\n\n"
        elif quiet > _BEAT:
            quiet = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(_TICK)
        quiet += _TICK


# ── what comes in ───────────────────────────────────────────────────────────────────────────────


def _told(answer: _Answer) -> _Answer:
    """Answer with the message of what goes wrong."""

    async def told(request: Request) -> Response:
        try:
            return await answer(request)
        except _Declined as declined:
            return refused(declined.refusal)
        except EvalsuiteError as error:
            status = 400 if isinstance(error, UserMistake) else 500
            return JSONResponse({"message": error.message, "hint": error.hint}, status)

    return told


class _Declined(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class _Turn:
    """One at a time in a thread, and no long queue."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0

    async def take(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Call the function when it is its turn."""
        if self._waiting >= _WAITING:
            raise _Declined(Refusal(status=429, message="too much is asked at once"))
        self._waiting += 1
        try:
            async with self._lock:
                return await run_in_threadpool(function, *arguments)
        finally:
            self._waiting -= 1


async def _json(request: Request) -> Mapping[str, Json]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise _Declined(Refusal(status=415, message="only JSON is known"))
    body = bytearray()
    async for chunk in request.stream():  # its length is not always told before
        body += chunk
        if len(body) > LARGEST:
            raise _Declined(Refusal(status=413, message=f"over {LARGEST} bytes"))
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _Declined(Refusal(status=400, message="not JSON")) from error
    if not isinstance(value, dict):
        raise _Declined(Refusal(status=400, message="not a JSON object"))
    return value


def _look(given: Mapping[str, Json], setting: Setting) -> Look:
    labels = _text(given, "labels")
    if labels not in get_args(Labels):
        raise _Declined(Refusal(status=400, message="`labels` is not one of those there are"))
    text = None if given.get("text") is None else _text(given, "text")
    if text is not None and len(text.encode(errors="replace")) > templates.LARGEST:
        reason = f"the text is over {templates.LARGEST} bytes"
        raise _Declined(Refusal(status=413, message=reason))
    return Look(
        template=_text(given, "template"),
        language=_text(given, "language"),
        form=_text(given, "form"),
        k=_number(given, "k", _MOST_SHOTS),
        description=given.get("description") is True,
        labels=next(one for one in get_args(Labels) if one == labels),
        index=_number(given, "index", min(setting.task.size, _MOST_INDEX) - 1),
        text=text,
    )


def _text(given: Mapping[str, Json], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str):
        raise _Declined(Refusal(status=400, message=f"`{name}` is not a text"))
    return value


def _number(given: Mapping[str, Json], name: str, most: int) -> int:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        message = f"`{name}` is not a whole number from 0 to {most}"
        raise _Declined(Refusal(status=400, message=message))
    return value


# ── what goes out ───────────────────────────────────────────────────────────────────────────────


def _start(setting: Setting) -> dict[str, Any]:
    folders = setting.folders
    return {
        "task": setting.task.name,
        "about": setting.task.about,
        "size": min(setting.task.size, _MOST_INDEX),
        "model": None if setting.model is None else setting.model.name,
        "template": setting.template,
        "language": setting.language,
        "languages": {
            language: {
                "templates": templates.template_names(language, folders),
                "forms": templates.form_names(language, folders),
            }
            for language in templates.languages(folders)
        },
        "labels": get_args(Labels),
        "shots": _MOST_SHOTS,
    }


def _shown(view: View) -> Any:
    return _plain(
        {
            "preview": None if view.preview is None else _preview(view.preview),
            "findings": [{**asdict(one), "message": _cut(one.message)} for one in view.findings],
            "problem": None if view.problem is None else _problem(view.problem),
            "scored": view.request is not None,
            "unscored": view.unscored,
            "pending": view.pending,
        }
    )


def _problem(problem: Problem) -> dict[str, Any]:
    return {**asdict(problem), "message": _cut(problem.message)}


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]} …"


def _preview(preview: Preview) -> dict[str, Any]:
    shown = asdict(preview)
    shown["length"] = len(shown.pop("text"))  # its parts are its text
    shown["choices"] = [
        {"text": _cut(one.text), "tokens": None if one.token_ids is None else len(one.token_ids)}
        for one in preview.choices
    ]
    return shown


def _scores(values: Sequence[float]) -> list[dict[str, float]]:
    most = max(values)
    total = math.fsum(math.exp(value - most) for value in values)
    return [
        {
            "log_likelihood": value,
            "probability": math.exp(value),
            "share": math.exp(value - most) / total,  # of what all choices have
        }
        for value in values
    ]


def _plain(value: Any) -> Any:
    """Return a record as JSON can hold it."""
    match value:
        case Path():
            return str(value)
        case dict():
            return {name: _plain(part) for name, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case str() | int() | float() | None:
            return value
        case _:
            return _plain(asdict(value))
