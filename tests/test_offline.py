"""Nothing is sent anywhere unless it was asked for, and what serves listens on loopback alone."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench import faults
from evalsuite import paths

# An audit hook cannot be taken off again, and hears of every socket that Python opens.
_WATCHED = """
import glob, os, sys

def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"}:
        told = arguments[-1] if event in {"socket.connect", "socket.sendto"} else arguments[0]
        if not isinstance(told, (str, bytes)) or not event.startswith("socket.c"):
            print("NETWORK", event, told, flush=True)
            os._exit(9)
    if event == "socket.bind" and arguments[-1][0] not in ("127.0.0.1", "::1"):
        print("NETWORK", event, arguments[-1], flush=True)
        os._exit(9)

sys.addaudithook(watch)
from evalsuite import cli
from evalsuite.errors import EvalsuiteError

for line in sys.stdin.read().splitlines():
    words = [next(iter(glob.glob(word)), word) for word in line.split("\\t")]
    sys.argv = ["evalsuite", *words]
    try:
        cli.main()
    except SystemExit as end:
        assert not end.code, (line, end.code)
print("DONE")
"""


def watched(*commands: tuple[str, ...], code: str = _WATCHED) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        input="\n".join("\t".join(words) for words in commands),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("offline")
    for file, text in faults.TASKS.items():
        path = home / "tasks" / f"{file}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"about: a thing of the tests\n{text}", encoding="utf-8")
    return home


def test_no_command_that_asks_no_model_reaches_for_the_network(home: Path) -> None:
    results, own = str(home / "results"), str(home / "tasks")
    run = ("run", "small", "--engine", "solver", "--results", results, "--tasks", own, "--quiet")
    ran = watched(
        ("--version",),
        ("tasks", "list"),
        ("tasks", "show", "entailment"),
        ("models", "list"),
        ("prompts", "preview", "entailment", "--shots", "2"),
        run,
        ("leaderboard", "--results", results),
        ("estimate", "--parameters", "125e6", "--accelerator", "a100", "--efficiency", "0.4"),
        ("init", str(home / "mine")),
        ("score", f"{results}/runs/*", "--results", results),
        ("verify", f"{results}/runs/*"),
        ("reproduce", f"{results}/runs/*", "--into", str(home / "again"), "--quiet"),
    )
    assert "NETWORK" not in ran.stdout, ran.stdout[-300:]
    assert ran.stdout.endswith("DONE\n"), ran.stderr[-2000:]


@pytest.mark.parametrize(
    "line",
    [
        "socket.create_connection(('192.0.2.1', 9), timeout=1)",
        "socket.getaddrinfo('example.org', 80)",
        "socket.socket().bind(('', 0))",
    ],
)
def test_the_watch_would_have_heard_it(line: str) -> None:
    code = f"{_WATCHED.partition('from evalsuite')[0]}\nimport socket\n{line}\n"
    ran = watched(code=code)
    assert ran.returncode == 9
    assert "NETWORK" in ran.stdout


def test_no_dependency_that_reports_home_may_do_so() -> None:
    told = {
        "vllm": ('"VLLM_NO_USAGE_STATS": "1"', '"VLLM_DO_NOT_TRACK": "1"'),
        "ray": ('RAY_USAGE_STATS_ENABLED="0"',),
    }
    for engine, settings in told.items():
        source = paths.starter().parent / "engines" / f"{engine}.py"
        assert all(one in source.read_text(encoding="utf-8") for one in settings)
