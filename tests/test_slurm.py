"""The job of docs/scale.md, submitted to a real Slurm of two nodes on this machine."""

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from evalsuite import paths
from tests import tiny
from tests.test_docs_runs import blocks
from tests.test_host import answered, wait_until

NEEDED = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol")
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed"),
    pytest.mark.skipif(
        not all(map(shutil.which, NEEDED)) or os.geteuid() != 0,
        reason="Slurm is not installed, or not to be started by this user",
    ),
    pytest.mark.skipif(
        not (Path(sys.prefix) / "bin" / "activate").exists(), reason="the job activates a `.venv`"
    ),
]
NODES = ("one", "two")
LIMIT = 100
# What this machine is too small for; `sbatch` takes its own arguments before those of the script.
SMALLER = ("--nodes=2", "--cpus-per-task=1", "--gpus-per-node=0", "--time=00:04:00")


def free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def configuration(folder: Path) -> str:
    here = socket.gethostname()
    controller, *ports = free_ports(1 + len(NODES))
    settings = {
        "ClusterName": "tests",
        "SlurmctldHost": f"{here}(127.0.0.1)",
        "SlurmctldPort": controller,
        "SlurmUser": "root",
        "AuthInfo": f"socket={folder}/munge.socket",
        "StateSaveLocation": folder / "state",
        "SlurmdSpoolDir": folder / "spool-%n",
        "SlurmctldPidFile": folder / "slurmctld.pid",
        "SlurmdPidFile": folder / "slurmd-%n.pid",
        "ProctrackType": "proctrack/linuxproc",
        "TaskPlugin": "task/none",
        "SelectType": "select/linear",
        "MpiDefault": "none",
        "SlurmdParameters": "config_overrides",
        "KillWait": 5,  # seconds
        "ReturnToService": 2,
    }
    lines = [f"{name}={value}" for name, value in settings.items()]
    lines += [
        f"NodeName={name} NodeHostname={here} NodeAddr=127.0.0.1 Port={port} CPUs=2 State=UNKNOWN"
        for name, port in zip(NODES, ports, strict=True)
    ]
    return "\n".join([*lines, "PartitionName=all Nodes=ALL Default=YES State=UP"]) + "\n"


def ended(env: Mapping[str, str]) -> bool:
    """Whether all nodes are there, and no job."""
    said = subprocess.run(
        ["sinfo", "--noheader", "--format=%D %t"],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.split() == [str(len(NODES)), "idle"]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """Start its daemons, and end them and all jobs in any case; what a job's process needs."""
    folder = tmp_path_factory.mktemp("slurm")
    for name in ("state", *(f"spool-{name}" for name in NODES)):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o600)
    (folder / "slurm.conf").write_text(configuration(folder), encoding="utf-8")
    munged = ["munged", "--foreground", "--force", f"--socket={folder / 'munge.socket'}"]
    munged += [
        f"--{name}-file={folder / f'munge.{name}'}" for name in ("key", "pid", "log", "seed")
    ]
    daemons = [
        munged,
        ["slurmctld", "-D"],
        *(["slurmd", "-D", "-N", name] for name in NODES),
    ]
    env = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
    env.pop("RAY_ADDRESS", None)

    with ExitStack() as running:
        log = running.enter_context((folder / "log").open("wb"))
        for number, words in enumerate(daemons):
            daemon = subprocess.Popen(words, env=env, stdout=log, stderr=log)
            running.callback(daemon.wait)
            running.callback(daemon.terminate)
            if number == 0:
                wait_until((folder / "munge.socket").exists, 20, "munged does not start")
        wait_until(lambda: ended(env), 60, "Slurm does not start")
        yield env
        subprocess.run(["scancel", "--user=root"], env=env, check=True)
        wait_until(lambda: ended(env), 60, "a job does not end")


def submit(folder: Path, env: Mapping[str, str], *more: str) -> str:
    """Submit the page's job; return what it prints, which goes to `out`, or its number."""
    out = folder / "out"
    ran = subprocess.run(
        ["sbatch", "--parsable", f"--output={out}", *SMALLER, *more, "job.sh"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    said = out.read_text(encoding="utf-8") if out.exists() else ran.stderr
    assert ran.returncode == 0, said[-5000:]
    return ran.stdout.strip() if not more else said


def test_the_job_of_the_page_runs_on_two_nodes_and_goes_on_after_its_time(
    slurm: Mapping[str, str], tmp_path: Path
) -> None:
    (job,) = (
        one
        for one in blocks(paths.shipped("tasks").parent / "docs" / "scale.md", "sh")
        if "#SBATCH" in one
    )
    less = f"--quiet --task entailment --limit {LIMIT} --no-baselines"
    assert job.count("--quiet") == 1
    job = job.replace("--quiet", f"{less} --engine-arg inner=transformers --engine-arg slice=1")
    (tmp_path / "job.sh").write_text(job, encoding="utf-8")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    tiny.model(tmp_path / "models" / "my-model", "llama")
    results = tmp_path / "results"

    number = submit(tmp_path, slurm)
    wait_until(lambda: answered(results) > 0, 200, "nothing is answered")
    subprocess.run(["scancel", number], env=slurm, check=True)
    wait_until(lambda: ended(slurm), 60, "the job does not end")
    before = lines(results)
    assert 0 < len(before) < 2 * LIMIT

    submit(tmp_path, slurm, "--wait")
    after = lines(results)
    assert after[: len(before)] == before
    assert len(after) == answered(results) == 2 * LIMIT
    (folder,) = results.glob("runs/core-*")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (engine,) = manifest["engines"].values()
    assert (engine["nodes"], engine["replicas"]) == (2, 2)
    with (results / "leaderboard.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["metric"] == "accuracy"]
    assert [(row["engine"], row["k"], row["n"]) for row in rows] == [
        ("ray", "0", str(LIMIT)),
        ("ray", "4", str(LIMIT)),
    ]


def lines(results: Path) -> list[bytes]:
    """Return the responses as they were acknowledged, one after the other."""
    (log,) = results.glob("runs/core-*/responses.log")
    return [line for line in log.read_bytes().splitlines() if b'["responses"' in line]
