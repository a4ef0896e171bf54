"""Replicas on a real Ray cluster: two nodes on this machine, and what happens when some die."""

import csv
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite import engines, models, paths, stops
from evalsuite.engines import _shares
from evalsuite.engines import ray as ray_engine
from evalsuite.errors import EngineFailure, ModelMistake, UserMistake
from evalsuite.leaderboard import TIME_COLUMNS
from evalsuite.plan import Options, Subject
from evalsuite.records import (
    Choice,
    Choices,
    Generate,
    Json,
    LogLikelihoods,
    Model,
    Prompt,
    Request,
    Response,
    Settings,
)
from tests import tiny
from tests.calling import Call
from tests.deep import deep
from tests.test_host import answered, wait_until
from tests.test_pages import commands

on_a_cluster = [
    pytest.mark.engine,
    pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc"),
]
SCALE = paths.shipped("tasks").parent / "docs" / "scale.md"
INNER: Mapping[str, Json] = {"inner": "transformers", "batch": 4, "slice": 4}


def asking(key: str, ids: tuple[int, ...]) -> Choices:
    return Choices(
        key=key,
        prompt=Prompt(text=str(ids), token_ids=ids, shots=()),
        choices=(Choice(text=" yes", token_ids=(30,)), Choice(text=" no", token_ids=(40, 50))),
    )


def some(count: int) -> list[Request]:
    """Return requests in groups of ten that share a prefix, completions among them."""
    found: list[Request] = []
    for number in range(count):
        ids = (5, 6, *(20 + number // 10,) * 30, 60 + number % 10)
        prompt = Prompt(text=str(ids), token_ids=ids, shots=())
        found.append(
            Generate(
                key=f"{number:04}", prompt=prompt, choices=(), max_tokens=3, stop=(), seed=number
            )
            if number % 10 == 9
            else asking(f"{number:04}", ids)
        )
    return found


# ── shares ──────────────────────────────────────────────────────────────────────────────────────


@given(
    st.lists(st.lists(st.integers(0, 2), max_size=5).map(tuple), max_size=60),
    st.integers(1, 12),
)
def test_batches_hold_every_request_once_and_in_order(
    prompts: list[tuple[int, ...]], most: int
) -> None:
    asked = [asking(str(number), ids) for number, ids in enumerate(sorted(prompts))]
    cut = list(_shares.batches(iter(asked), most))
    assert [one for batch in cut for one in batch] == asked
    assert all(most <= 2 * len(batch) <= 2 * most for batch in cut[:-1])
    assert all(0 < len(batch) <= most for batch in cut)


def test_a_batch_ends_where_a_prefix_group_ends() -> None:
    for batch in list(_shares.batches(some(100), 16)):
        first, last = batch[0].prompt.token_ids, batch[-1].prompt.token_ids
        assert first is not None
        assert last is not None
        assert first[:32] == last[:32]
        assert len(batch) == 10


def test_a_batch_is_drawn_only_when_it_is_wanted() -> None:
    drawn = 0

    def drawing() -> Iterator[Request]:
        nonlocal drawn
        for request in some(1000):
            drawn += 1
            yield request

    given = 0
    for batch in _shares.batches(drawing(), 8):
        given += len(batch)
        assert drawn <= given + 8 + 1


def node(cpus: float, gpus: float = 0) -> dict[str, float]:
    return {"CPU": cpus, "GPU": gpus}


@pytest.mark.parametrize(
    ("nodes", "replicas", "gpus", "expected"),
    [
        ([node(4)], None, 1, (1, 4, 0)),
        ([node(4)], 2, 1, (2, 2, 0)),
        ([node(4)], 3, 1, (3, 1, 0)),
        ([node(0), node(1), node(1)], None, 1, (2, 1, 0)),  # a head without cores
        ([node(8), node(2)], 2, 1, (2, 4, 0)),  # both on the large one
        ([node(8), node(6)], 2, 1, (2, 6, 0)),
        ([node(8, 4), node(8, 4)], None, 1, (8, 1, 1)),
        ([node(8, 4), node(8, 2)], None, 4, (1, 1, 4)),  # no replica spans two nodes
        ([node(8, 8), node(64)], 3, 2, (3, 1, 2)),
    ],
)
def test_a_layout_gives_each_replica_all_that_fits(
    nodes: list[dict[str, float]],
    replicas: int | None,
    gpus: int,
    expected: tuple[int, int, int],
) -> None:
    found = _shares.layout(nodes, replicas, gpus)
    assert (found.replicas, found.cpus, found.gpus) == expected


@pytest.mark.parametrize(
    ("nodes", "replicas", "gpus", "message"),
    [
        ([node(2)], 3, 1, "3 replicas: the cluster has 2 cores"),
        ([node(0)], None, 1, "1 replica: the cluster has 0 cores"),
        ([node(8, 4)], 3, 2, "3 replicas of 2 GPUs each: the cluster has room for 2"),
        ([node(8, 4)], None, 8, "1 replica of 8 GPUs each: the cluster has room for 0"),
    ],
)
def test_more_replicas_than_fit_are_refused(
    nodes: list[dict[str, float]], replicas: int | None, gpus: int, message: str
) -> None:
    with pytest.raises(UserMistake, match=message):
        _shares.layout(nodes, replicas, gpus)


def test_facts_of_replicas_add_up() -> None:
    told: dict[str, dict[str, Json]] = {
        "a": {"dtype": "float32", "worked_seconds": 6.0, "computed_tokens": 10, "peak_flops": 3e9},
        "b": {"dtype": "float32", "worked_seconds": 4.0, "computed_tokens": 30, "peak_flops": 2e9},
    }
    assert _shares.together(told, 2) == {
        "dtype": "float32",
        "worked_seconds": 5.0,
        "computed_tokens": 40,
        "peak_flops": 6e9,
    }
    assert _shares.together({}, 2) == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"inner": "solver"}, "engine argument `inner`: `solver`"),
        ({"replicas": 0}, "engine argument `replicas`: `0`"),
        ({"slice": "much"}, "engine argument `slice`: `much`"),
        ({"tensor_parallel_size": -1}, "engine argument `tensor_parallel_size`: `-1`"),
    ],
)
def test_an_argument_that_cannot_be_is_refused_before_anything_starts(
    arguments: dict[str, Json], message: str
) -> None:
    with pytest.raises(UserMistake, match=message):
        ray_engine.check(Settings(arguments=arguments), frozenset())


# ── a cluster ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Start a head without cores and two nodes of one core each; their address."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("OMP_NUM_THREADS", "1")
        store = {"object_store_memory": 100 * 2**20}
        made = Cluster(
            initialize_head=True,
            head_node_args={"num_cpus": 0, "include_dashboard": False, **store},
        )
        try:
            for name in ("left", "right"):
                made.add_node(num_cpus=1, resources={name: 1}, **store)
            yield str(made.address)
        finally:
            made.shutdown()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return models.ready(str(tiny.model(tmp_path_factory.mktemp("model"), "llama")))


@pytest.fixture
def at_the_head(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder of one's own, where a job of the cluster would run."""
    monkeypatch.setenv("RAY_ADDRESS", cluster)
    monkeypatch.chdir(tmp_path)


@contextmanager
def running(
    model: Model, address: str, arguments: Mapping[str, Json] = INNER
) -> Iterator[ray_engine.Ray]:
    """Start the engine in this process, where one may look at it."""
    settings = Settings(arguments={**arguments, "address": address})
    started = ray_engine.start(model, settings)
    try:
        yield started
    finally:
        started.close()


def processes(holds: Callable[[Path], bool]) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if holds(entry):
                    found.append(int(entry.name))
            except OSError:  # it has ended, or is not ours
                continue
    return found


def replicas() -> list[int]:
    return processes(lambda entry: (entry / "cmdline").read_bytes().startswith(b"ray::MapWorker"))


def expected(model: Model, asked: list[Request], log: Path) -> dict[str, Response]:
    with engines.started("transformers", model, Settings(arguments={"batch": 4}), log) as single:
        return {one.key: one for one in single.ask(asked)}


def assert_equal(found: Mapping[str, Response], wanted: Mapping[str, Response]) -> None:
    assert found.keys() == wanted.keys()
    for key, one in found.items():
        other = wanted[key]
        if isinstance(one, LogLikelihoods) and isinstance(other, LogLikelihoods):
            assert one.values == pytest.approx(other.values, abs=1e-4)
        else:
            assert one == other


class TestOnACluster:
    pytestmark = on_a_cluster

    def test_two_nodes_answer_as_one_engine_does(
        self, model: Model, cluster: str, tmp_path: Path
    ) -> None:
        asked = some(80)
        with running(model, cluster) as engine:
            assert engine.facts["replicas"] == 2
            assert engine.facts["nodes"] == 3
            assert engine.facts["inner"] == "transformers"
            assert engine.facts["dtype"] == "float32"
            assert list(engine.ask([])) == []
            found: list[Response] = []
            while len(engine.answered) < 2:  # until the second is there, too
                time.sleep(1)  # it loads, and needs the processor
                found = list(engine.ask(asked))
                assert len(found) == len(asked)
            nodes = {name.split()[1] for name in engine.answered}
            assert len(nodes) == 2
            assert engine.facts["computed_tokens"]
        assert_equal({one.key: one for one in found}, expected(model, asked, tmp_path / "log"))
        wait_until(lambda: not replicas(), 30, "a replica outlives its engine")

    def test_a_mistake_in_the_inner_engine_comes_out_as_such(
        self, model: Model, cluster: str, tmp_path: Path
    ) -> None:
        arguments = {**INNER, "address": cluster}
        with (
            pytest.raises(UserMistake, match="unknown dtype `float31`"),
            engines.started(
                "ray", model, Settings(dtype="float31", arguments=arguments), tmp_path / "log"
            ),
        ):
            pass

    @deep
    def test_a_replica_that_dies_again_and_again_ends_in_a_failure(
        self, model: Model, cluster: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ray_engine, "_RESTARTS", 1)
        found: list[Response] = []
        over = threading.Event()

        def kill() -> None:
            while not over.wait(0.1):
                for pid in replicas() if found else ():
                    os.kill(pid, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            with (
                pytest.raises(EngineFailure, match="a replica died 2 times") as caught,
                running(model, cluster) as engine,
            ):
                # `extend` keeps what came before the failure.
                found.extend(engine.ask(some(4000)))
        finally:
            over.set()
            killer.join()
        assert "what finished is kept" in str(caught.value.hint)
        assert 0 < len(found) < 4000

    @deep
    def test_without_the_model_on_a_node_it_says_where(self, model: Model, cluster: str) -> None:
        elsewhere = replace(model, path=Path("/nowhere/at/all"))
        with (
            pytest.raises(ModelMistake, match="no folder /nowhere/at/all on node"),
            running(elsewhere, cluster),
        ):
            pass

    def test_an_address_where_nothing_listens_is_a_mistake(
        self, model: Model, tmp_path: Path
    ) -> None:
        arguments = {**INNER, "address": "ray://127.0.0.1:1"}
        with (
            pytest.raises(UserMistake, match=r"argument `address`: `ray://127\.0\.0\.1:1`"),
            engines.started("ray", model, Settings(arguments=arguments), tmp_path / "log"),
        ):
            pass


# ── a run ───────────────────────────────────────────────────────────────────────────────────────


class Killer:
    """A listener that kills a replica at a response, and counts them."""

    def __init__(self, at: int | None) -> None:
        self._at = at
        self.killed: list[int] = []
        self.keys: Counter[str] = Counter()

    def say(self, text: str) -> None:
        """Stay silent."""

    def warn(self, text: str) -> None:
        """Stay silent."""

    def begin(self, subject: Subject, total: int, done: int) -> None:
        """Stay silent."""

    def step(self, subject: Subject, response: Response) -> None:  # noqa: ARG002 - the contract's
        self.keys[response.key] += 1
        if self.keys.total() == self._at:
            self.killed = replicas()[:1]
            os.kill(self.killed[0], signal.SIGKILL)


def write_tasks(folder: Path, size: int) -> Path:
    (folder / "resolvent").mkdir(parents=True)
    (folder / "suites").mkdir()
    (folder / "resolvent" / "which.yaml").write_text(
        f"about: a task of the tests\nfamily: resolvent\nsize: {size}\ntemplate: resolvent\n"
    )
    (folder / "suites" / "small.yaml").write_text("about: of the tests\ntasks: [which]\n")
    return folder


def board(results: Path) -> list[dict[str, str]]:
    dropped = {*TIME_COLUMNS, "run", "engine"}
    with (results / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        return [
            {name: cell for name, cell in row.items() if name not in dropped}
            for row in csv.DictReader(file)
        ]


class TestARun:
    pytestmark = on_a_cluster

    def test_a_replica_killed_in_the_middle_costs_no_row_and_doubles_none(
        self, model: Model, cluster: str, tmp_path: Path
    ) -> None:
        size = 90
        folder = write_tasks(tmp_path / "tasks", size)

        def asked(engine: str, arguments: Mapping[str, Json], listener: Killer) -> stops.Finished:
            options = Options(
                suite="small",
                models=(str(model.path),),
                engine=engine,
                settings=Settings(arguments=dict(arguments)),
                results=tmp_path / engine,
                task_folders=(folder,),
                prompt_folders=(paths.shipped("prompts"),),
            )
            return stops.run(options, listener)

        killer = Killer(at=size // 3)
        finished = asked("ray", {**INNER, "address": cluster}, killer)
        assert len(killer.killed) == 1
        assert (finished.asked, finished.unanswered) == (size, 0)
        assert len(killer.keys) == size == killer.keys.total()
        asked("transformers", {}, Killer(at=None))
        assert board(tmp_path / "ray") == board(tmp_path / "transformers")

    @pytest.mark.parametrize(
        "words",
        [
            one
            for one in commands(SCALE, "sh", "yaml")
            if "ray" in one and "--engine-arg" not in one
        ],
        ids=" ".join,
    )
    @pytest.mark.usefixtures("at_the_head")
    def test_what_the_page_has_one_run_is_answered(
        self, words: tuple[str, ...], model: Model, call: Call, tmp_path: Path
    ) -> None:
        known = {
            "org/model": str(model.path),
            "/data/my-model": str(model.path),
            "/data/results": "results",
        }
        ran = call(
            *(known.get(one, one) for one in words),
            *("--task", "entailment", "--limit", "2", "--no-baselines", "--json"),
            *("--engine-arg", "inner=transformers"),
        )
        assert ran.status == 0, ran.err
        assert json.loads(ran.out)["asked"] == 4
        (path,) = tmp_path.glob("results/runs/core-*/manifest.json")
        (facts,) = json.loads(path.read_text(encoding="utf-8"))["engines"].values()
        assert (facts["nodes"], facts["replicas"]) == (3, 2)  # the head has no core

    @deep
    def test_no_process_outlives_a_run_that_is_killed(self, model: Model, tmp_path: Path) -> None:
        mark = f"evalsuite-test-{uuid4().hex}"
        write_tasks(tmp_path / "tasks", 300)
        words = [
            *(sys.executable, "-m", "evalsuite", "run", "small", "--quiet", "--engine", "ray"),
            *("--model", str(model.path), "--tasks", str(tmp_path / "tasks")),
            *("--results", str(tmp_path / "results"), "--engine-arg", "inner=transformers"),
            *("--engine-arg", "slice=2"),
        ]
        env = {**os.environ, "MARK": mark, "OMP_NUM_THREADS": "1"}
        env.pop("RAY_ADDRESS", None)

        def marked() -> list[int]:
            return processes(lambda entry: mark.encode() in (entry / "environ").read_bytes())

        with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) as process:
            try:
                began = time.monotonic()
                while answered(tmp_path / "results") < 4:
                    assert process.poll() is None, process.communicate()
                    assert time.monotonic() < began + 200
                    time.sleep(0.05)
                assert len(marked()) > 3
            finally:
                process.kill()
        wait_until(lambda: not marked(), 60, "a process of Ray outlives its run")
