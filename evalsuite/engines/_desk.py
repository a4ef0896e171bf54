"""The desk of the engine `ray`: an actor on the head node, between who asks and the replicas."""

import pickle
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evalsuite.engines._replica import Outcome, Replica, Setup, first_line
from evalsuite.errors import KEPT, EngineFailure, EvalsuiteError

AHEAD = 2  # batches at a replica: one that it answers and the next
_SAY_EVERY = 30.0  # seconds
_HEAD = {"node:__internal_head__": 0.001}  # what only the head node has


def started(setup: Setup) -> Any:
    """Start the desk of a cluster that is connected."""
    import ray  # noqa: PLC0415

    actor: Any = ray.remote(Desk)
    # The head is lost only with the cluster. Threads: who offers, who waits, and the source.
    return actor.options(num_cpus=0, resources=_HEAD, max_concurrency=8).remote(setup)


class Desk:
    """Hands batches out and takes outcomes in; each batch is kept until its outcome is there."""

    def __init__(self, setup: Setup) -> None:
        import ray  # noqa: PLC0415

        self._setup = setup
        self._open: dict[int, bytes] = {}
        # The batch at each place of the source; a batch may be in twice.
        self._order: list[int] = []
        self._found: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._nodes = {node["NodeID"] for node in nodes()}
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
        alive = nodes()
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
            Replica,
            fn_constructor_args=(self._setup, me),
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(
                size=held.replicas, max_tasks_in_flight_per_actor=AHEAD
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
        self._found.append(pickle.dumps(Outcome(number=-1, error=error)))
        self._changed.notify_all()

    def _failure(self, error: Exception) -> EngineFailure:
        import ray  # noqa: PLC0415

        hint = KEPT
        chain: list[BaseException] = [error]
        while (cause := chain[-1].__cause__) is not None and cause not in chain:
            chain.append(cause)
        if any(isinstance(one, ray.exceptions.RayActorError) for one in chain):
            words = f", at last of {self._last_words}" if self._last_words else ""
            return EngineFailure(
                f"engine `ray`: a replica died {self._setup.restarts + 1} times{words}", hint=hint
            )
        return EngineFailure(f"engine `ray`: Ray Data stopped: {first_line(error)}", hint=hint)


def _source(_: Any, desk: Any) -> Iterator[Any]:
    """Yield a table of one row for each batch, as they are offered."""
    import pyarrow as pa  # noqa: PLC0415
    import ray  # noqa: PLC0415

    place = 0
    while True:
        number, batch = ray.get(desk.batch.remote(place))
        yield pa.table({"number": [number], "batch": pa.array([batch], pa.binary())})
        place += 1


def nodes() -> list[dict[str, Any]]:
    """Return the nodes of the cluster that are up."""
    import ray  # noqa: PLC0415

    return [node for node in ray.nodes() if node["Alive"]]
