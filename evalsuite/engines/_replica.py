"""A replica of the engine `ray`: one inner engine in an actor, on whichever node."""

import os
import pickle
import sys
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from evalsuite.engines._cores import bind, claim, cores
from evalsuite.engines._shares import Layout
from evalsuite.errors import EngineFailure, EvalsuiteError, ModelMistake
from evalsuite.records import Json, Model, Response, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What every replica is made of."""

    inner: str
    model: Model
    settings: Settings
    layout: Layout
    restarts: int  # of each


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a batch; batch 0 asks for the facts alone."""

    number: int
    replica: str = ""
    facts: Mapping[str, Json] | None = None
    responses: tuple[Response, ...] = ()
    error: EvalsuiteError | None = None


class Replica:
    """One inner engine. It answers a batch, or tells the user's mistake; else it dies."""

    def __init__(self, setup: Setup, desk: Any) -> None:
        import ray  # noqa: PLC0415

        node = ray.get_runtime_context().get_node_id()
        self._name = f"node {node[:8]} process {os.getpid()}"
        self._desk = desk
        self._engine: Any = None
        self._error: EvalsuiteError | None = None
        self._locks: list[int] = []
        if not setup.layout.gpus:
            mine, self._locks = claim(cores(), setup.layout.cpus)
            bind(mine)
        try:
            if setup.model.path is None or not setup.model.path.is_dir():
                raise ModelMistake(
                    f"model `{setup.model.name}`: no folder {setup.model.path} on node"
                    f" {ray.util.get_node_ip_address()}",
                    hint="the model's folder must be on every node, at the same path",
                )
            self._engine = module(setup.inner).start(setup.model, setup.settings)
            tuple(self._engine.ask(()))  # measures the peak, before the first batch waits for it
        except EvalsuiteError as error:
            self._error = error
        except Exception as error:  # noqa: BLE001 - it would fail again, so it is told at once
            traceback.print_exc()
            self._error = EngineFailure(
                f"engine `ray`: `{setup.inner}` failed to start: {first_line(error)}"
            )

    def __call__(self, table: Any) -> Any:
        """Answer the batch in the table's only row."""
        import pyarrow as pa  # noqa: PLC0415

        (row,) = table.to_pylist()
        number = row["number"]
        outcome = pickle.dumps(self._outcome(number, row["batch"]))
        return pa.table({"number": [number], "outcome": pa.array([outcome], pa.binary())})

    def _outcome(self, number: int, batch: bytes) -> Outcome:
        if self._error is not None:
            return Outcome(number=number, replica=self._name, error=self._error)
        if not batch:  # answered before
            return Outcome(number=number, replica=self._name)
        try:
            responses = tuple(self._engine.ask(pickle.loads(batch)))  # noqa: S301 - our own
            facts = self._engine.facts
        except EvalsuiteError as error:
            return Outcome(number=number, replica=self._name, error=error)
        except Exception as error:  # noqa: BLE001 - such an engine cannot be revived in place
            traceback.print_exc()
            self._die(first_line(error))
        return Outcome(number=number, replica=self._name, facts=facts, responses=responses)

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


def module(inner: str) -> Any:
    """Return the module of an inner engine."""
    return import_module(f"evalsuite.engines.{inner}")


def first_line(error: BaseException) -> str:
    """Return what an error of any library says first."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:300]}"
