"""Ask by one and by two replicas of vLLM, on a Ray cluster of two nodes on this machine; kill one.

    .venv/bin/python bench/replicas.py

The cluster has two nodes of one core each (and a head without any). First the same questions are
asked by one replica and by two, warm; printed are the seconds, the requests a second and their
ratio. Then whole runs: by a single engine, and by two replicas one of which is killed by SIGKILL in
the middle. Counted are rows lost and rows doubled, and the leaderboards are compared, all but the
columns of time and the names of run and engine. In float32, so that no score depends on what else
is in a batch.
"""

import argparse
import csv
import os
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalsuite import models, paths, stops
from evalsuite.engines import ray as engine
from evalsuite.leaderboard import TIME_COLUMNS
from evalsuite.plan import Options, Subject, plan
from evalsuite.records import Json, Request, Response, Settings

MODEL = "smollm2-135m-instruct"
TASK = "entailment"
WARM = 32  # instances that the replicas are warmed by; they are not timed
OTHER = frozenset({*TIME_COLUMNS, "run", "engine"})  # columns that may differ


def options(results: Path, limit: int, name: str, arguments: dict[str, Json]) -> Options:
    """Return what is asked: the task, without and with four shots."""
    return Options(
        suite="quick",
        tasks=(TASK,),
        models=(MODEL,),
        engine=name,
        shots=(0, 4),
        limit=limit,
        baselines=False,
        settings=Settings(dtype="float32", arguments=arguments),
        results=results,
        task_folders=(paths.shipped("tasks"),),
        prompt_folders=(paths.shipped("prompts"),),
    )


def requests(limit: int) -> tuple[list[Request], list[Request]]:
    """Return the requests that are timed, sorted as a run sorts them, and others to warm by.

    What warms is of the instances after: a prompt that was asked before is in the prefix cache.
    """
    most = limit + WARM
    made = plan(options(Path("unused"), most, "ray", {"inner": "vllm"}), lambda _: None)
    timed = set(list(dict.fromkeys(one.question.instance for one in made.asked))[:limit])
    found: tuple[list[Request], list[Request]] = ([], [])
    for one in made.asked:
        found[one.question.instance not in timed].append(replace(one.request, oracle=None))
    for some in found:
        some.sort(key=lambda one: one.prompt.token_ids or ())
    return found


@contextmanager
def cluster() -> Iterator[str]:
    """Start two nodes of one core each, and yield their address."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    store = {"object_store_memory": 100 * 2**20}
    head: dict[str, Any] = {"num_cpus": 0, "include_dashboard": False, **store}
    made = Cluster(initialize_head=True, head_node_args=head)
    try:
        for number in (1, 2):
            made.add_node(num_cpus=1, resources={f"node{number}": 1}, **store)
        yield str(made.address)
    finally:
        made.shutdown()


def workers() -> list[int]:
    """Return the processes of our replicas, as Ray names them: others may use Ray here too."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:  # it has ended
                continue
            if words.startswith(b"ray::MapWorker") and os.getpid() in ancestors(int(entry.name)):
                found.append(int(entry.name))
    return found


def ancestors(process: int) -> Iterator[int]:
    """Yield the process's parent, that one's, and so on."""
    while process > 1:
        try:
            told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # it has ended
            return
        process = int(told.rpartition(")")[2].split()[1])  # its name may have spaces and brackets
        yield process


def timed(
    arguments: dict[str, Json], asked: Sequence[Request], warm: Sequence[Request], replicas: int
) -> float:
    """Return the seconds that so many replicas take, once they are warm."""
    settings = Settings(dtype="float32", arguments={**arguments, "replicas": replicas})
    started = time.perf_counter()
    running = engine.start(models.ready(MODEL), settings)
    try:
        while len(running.answered) < replicas:  # the second may still be loading
            tuple(running.ask(warm))
        ready = time.perf_counter() - started
        before = Counter(running.answered)
        started = time.perf_counter()
        keys = [one.key for one in running.ask(asked)]
        seconds = time.perf_counter() - started
        assert sorted(keys) == sorted(one.key for one in asked)
        shares = sorted((Counter(running.answered) - before).values())
    finally:
        running.close()
    print(
        f"  {replicas} replica{'s' * (replicas > 1)}  {seconds:7.2f} s"
        f"  {len(asked) / seconds:6.2f} requests/s    answered by each: {shares};"
        f" ready and warm after {ready:.0f} s",
        flush=True,
    )
    return seconds


class Heard:
    """A listener that counts what it hears, and kills a replica at a response."""

    def __init__(self, kill_at: int | None) -> None:
        self.keys: Counter[str] = Counter()
        self.killed: int | None = None
        self._at = kill_at

    def say(self, text: str) -> None:
        """Stay silent."""

    def warn(self, text: str) -> None:
        """Tell it."""
        print(text)

    def begin(self, subject: Subject, total: int, done: int) -> None:
        """Stay silent."""

    def step(self, subject: Subject, response: Response) -> None:  # noqa: ARG002 - the contract's
        """Count; at the given one, kill the first replica."""
        self.keys[response.key] += 1
        if self._at is not None and self.keys.total() == self._at:
            self.killed = workers()[0]
            os.kill(self.killed, signal.SIGKILL)


def whole(chosen: Options, heard: Heard) -> tuple[list[dict[str, str]], int, int]:
    """Run all; return the leaderboard without what may differ, rows lost and rows doubled."""
    finished = stops.run(chosen, heard)
    with sqlite3.connect(finished.folder / "run.sqlite") as connection:
        (stored,) = connection.execute("SELECT COUNT(*) FROM responses").fetchone()
    lost = finished.asked - stored
    doubled = sum(count - 1 for count in heard.keys.values())
    with (chosen.results / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            {name: cell for name, cell in row.items() if name not in OTHER}
            for row in csv.DictReader(file)
        ]
    return rows, lost, doubled


def main() -> None:
    """Time, then kill."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=60, help="each asked without and with shots")
    parser.add_argument("--slice", type=int, default=8, help="requests handed over at a time")
    given = parser.parse_args()
    # Read when Ray is imported, and by what it starts.
    os.environ.update(RAY_USAGE_STATS_ENABLED="0", RAY_LOG_TO_DRIVER="0")
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    asked, warm = requests(given.items)
    tokens = sum(len(one.prompt.token_ids or ()) for one in asked)
    print(f"{len(asked)} requests, {tokens / len(asked):.0f} prompt tokens each; {MODEL}, float32")
    with cluster() as address, tempfile.TemporaryDirectory() as folder:
        arguments: dict[str, Json] = {"inner": "vllm", "address": address, "slice": given.slice}
        one, two = (timed(arguments, asked, warm, replicas) for replicas in (1, 2))
        print(f"  ratio       {one / two:7.2f}", flush=True)
        by_two = options(Path(folder) / "two", given.items, "ray", arguments)
        heard = Heard(kill_at=len(asked) // 3)
        rows, lost, doubled = whole(by_two, heard)
        print(f"two replicas, process {heard.killed} killed at response {len(asked) // 3}:")
        print(f"  rows lost {lost}, doubled {doubled}", flush=True)
        single = options(Path(folder) / "one", given.items, "vllm", {})
        expected, _, _ = whole(single, Heard(kill_at=None))
        print(f"  leaderboard {'the same as' if rows == expected else 'NOT that'} of one engine")
        print(f"  {len(rows)} rows, {len(rows[0])} columns compared")
    sys.exit(lost > 0 or doubled > 0 or rows != expected)


if __name__ == "__main__":
    print(f"python {sys.version.split()[0]}, {os.cpu_count()} cores")
    main()
