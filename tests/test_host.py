"""An engine in a process of its own may do what it likes: the run hears of it and lives on."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from evalsuite import paths, stops
from evalsuite.engines import _host
from evalsuite.errors import EngineFailure, EvalsuiteError, ModelMistake
from evalsuite.plan import Options, Subject
from evalsuite.records import Choice, Choices, LogLikelihoods, Prompt, Response, Settings
from tests import tiny
from tests.more_engines.awkward import AFTER

ENGINE = "tests.more_engines.awkward"

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")


def hosting(do: str, tmp_path: Path) -> "AbstractContextManager[_host._Hosted]":
    return _host.hosted(ENGINE, None, Settings(arguments={"do": do}), tmp_path / "logs" / "log")


def requests(count: int) -> Iterator[Choices]:
    for number in range(count):
        yield Choices(
            key=f"{number:04}",
            prompt=Prompt(text="Is it so?", token_ids=(1, 2), shots=()),
            choices=(Choice(text=" yes", token_ids=(3,)), Choice(text=" no", token_ids=(4,))),
        )


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def pid_of(engine: _host._Hosted) -> int:
    pid = engine.facts["pid"]
    assert isinstance(pid, int)
    assert pid != os.getpid()
    return pid


def wait_until(holds: Callable[[], bool], seconds: float, claim: str) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, claim
        time.sleep(0.02)


# ── it answers ──────────────────────────────────────────────────────────────────────────────────


@linux
def test_every_request_is_answered_in_chunks_drawn_as_they_are_needed(tmp_path: Path) -> None:
    count = 3 * _host._CHUNK + 1
    drawn = 0

    def drawing() -> Iterator[Choices]:
        nonlocal drawn
        for request in requests(count):
            drawn += 1
            yield request

    with hosting("answer", tmp_path) as engine:
        assert engine.facts["do"] == "answer"
        responses: list[Response] = []
        for response in engine.ask(drawing()):
            assert drawn <= len(responses) + 2 * _host._CHUNK
            responses.append(response)
        assert responses == [
            LogLikelihoods(key=f"{number:04}", values=(float(-number), -2.0))
            for number in range(count)
        ]
        assert [one.key for one in engine.ask(requests(2))] == ["0000", "0001"]  # it goes on
        assert list(engine.ask(requests(0))) == []
        pid = pid_of(engine)
        assert alive(pid)
    assert not alive(pid)


def test_what_an_engine_prints_goes_to_its_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with hosting("print", tmp_path) as engine:
        assert len(list(engine.ask(requests(10)))) == 10
    log = (tmp_path / "logs" / "log").read_bytes()
    assert b"garbage on stdout" in log
    assert b"\xff\xfe from below" in log
    assert b"and on stderr" in log
    assert capfd.readouterr() == ("", "")


# ── it fails ────────────────────────────────────────────────────────────────────────────────────

FAILS_TO_START: dict[str, tuple[type[EvalsuiteError], str]] = {
    "raise in start": (EngineFailure, "engine failed: RuntimeError: the weights"),
    "refuse the model": (ModelMistake, "model `it`: no"),
    "exit in start": (EngineFailure, "engine `awkward` stopped (exit status 9)"),
}


@pytest.mark.parametrize("do", FAILS_TO_START)
def test_an_engine_that_cannot_start_says_why(do: str, tmp_path: Path) -> None:
    kind, message = FAILS_TO_START[do]
    with pytest.raises(EvalsuiteError) as caught, hosting(do, tmp_path):
        pass
    assert type(caught.value) is kind
    assert caught.value.message == message
    assert caught.value.hint is not None
    assert active_children() == []


def test_a_module_that_is_not_there_is_an_engine_that_fails(tmp_path: Path) -> None:
    with (
        pytest.raises(EngineFailure, match="ModuleNotFoundError"),
        _host.hosted("tests.more_engines.none", None, Settings(), tmp_path / "log"),
    ):
        pass


FAILS_TO_ASK = {
    "raise in ask": "engine failed: RuntimeError: is not what it was",
    "fail in ask": "engine `awkward`: no more",
    "exit in ask": "engine `awkward` stopped (exit status 7)",
    "vanish in ask": "engine `awkward` stopped (exit status 0)",
}


@pytest.mark.parametrize("do", FAILS_TO_ASK)
def test_an_engine_that_fails_says_why_and_what_finished_is_kept(do: str, tmp_path: Path) -> None:
    finished: list[Response] = []
    with pytest.raises(EngineFailure) as caught, hosting(do, tmp_path) as engine:
        finished.extend(engine.ask(requests(100)))
    # `extend` keeps what came before the failure.
    assert len(finished) == AFTER
    assert caught.value.message == FAILS_TO_ASK[do]
    assert caught.value.exit_status == 3
    if do != "fail in ask":  # its own hint
        assert str(tmp_path / "logs" / "log") in str(caught.value.hint)
    assert active_children() == []


def test_the_log_of_an_engine_that_raised_has_the_traceback(tmp_path: Path) -> None:
    with pytest.raises(EngineFailure), hosting("raise in ask", tmp_path) as engine:
        list(engine.ask(requests(100)))
    log = (tmp_path / "logs" / "log").read_text(encoding="utf-8")
    assert "Traceback" in log
    assert "a tensor\nis not what it was" in log


@linux
def test_an_engine_that_is_killed_is_a_failure_that_names_the_signal(tmp_path: Path) -> None:
    finished = []

    def ask(engine: _host._Hosted) -> None:
        for response in engine.ask(requests(100)):
            finished.append(response)
            if len(finished) == AFTER:
                os.kill(pid_of(engine), signal.SIGKILL)

    with pytest.raises(EngineFailure) as caught, hosting("wait in ask", tmp_path) as engine:
        ask(engine)
    assert len(finished) == AFTER
    assert caught.value.message == "engine `awkward` stopped (signal 9)"
    assert "what finished is kept" in str(caught.value.hint)
    assert str(tmp_path / "logs" / "log") in str(caught.value.hint)


# ── it ends ─────────────────────────────────────────────────────────────────────────────────────


@linux
def test_an_engine_that_ignores_close_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_host, "_GRACE", 0.5)
    with hosting("ignore close", tmp_path) as engine:
        assert len(list(engine.ask(requests(3)))) == 3
        pid = pid_of(engine)
        started = time.monotonic()
    assert time.monotonic() - started < 60
    assert not alive(pid)


@linux
def test_whatever_is_raised_ends_the_engine_at_once(tmp_path: Path) -> None:
    pids = []

    def interrupt(engine: _host._Hosted) -> None:
        pids.append(pid_of(engine))
        next(engine.ask(requests(100)))
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt), hosting("wait in ask", tmp_path) as engine:
        interrupt(engine)
    assert time.monotonic() - started < _host._GRACE / 2
    assert not alive(pids[0])


_HOST = """
import sys
from pathlib import Path
from evalsuite.engines import _host
from evalsuite.records import Settings
from tests.test_host import requests

if __name__ == "__main__":
    settings = Settings(arguments={"do": "wait in ask"})
    with _host.hosted("tests.more_engines.awkward", None, settings, Path(sys.argv[1])) as engine:
        for _ in engine.ask(requests(100)):
            print(engine.facts["pid"], flush=True)
"""


@linux
def test_an_engine_dies_with_its_run(tmp_path: Path) -> None:
    checkout = Path(__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", _HOST, str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    wait_until(lambda: not alive(pid), 5, "the engine outlives its run")


# ── a run with a real model ─────────────────────────────────────────────────────────────────────


def write_tasks(folder: Path, size: int) -> Path:
    (folder / "resolvent").mkdir(parents=True)
    (folder / "suites").mkdir()
    (folder / "resolvent" / "which.yaml").write_text(
        f"about: a task of the tests\nfamily: resolvent\nsize: {size}\ntemplate: resolvent\n"
    )
    (folder / "suites" / "small.yaml").write_text("about: of the tests\ntasks: [which]\n")
    return folder


class Killer:
    """A listener that kills the engine at a response."""

    def __init__(self, at: int) -> None:
        self._at = at
        self.heard = 0

    def say(self, text: str) -> None:
        """Stay silent."""

    def warn(self, text: str) -> None:
        """Stay silent."""

    def begin(self, subject: Subject, total: int, done: int) -> None:
        """Stay silent."""

    def step(self, subject: Subject, response: Response) -> None:  # noqa: ARG002 - the contract's
        self.heard += 1
        if self.heard == self._at:
            (child,) = active_children()
            child.kill()


def test_a_run_whose_engine_is_killed_keeps_what_finished_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # several would only wait for each other
    size = _host._CHUNK + 2  # the engine has one chunk and waits for the next
    options = Options(
        suite="small",
        models=(str(tiny.model(tmp_path / "tiny")),),
        engine="transformers",
        settings=Settings(arguments={"batch": 1}),
        results=tmp_path / "results",
        task_folders=(write_tasks(tmp_path / "tasks", size),),
        prompt_folders=(paths.shipped("prompts"),),
    )
    with pytest.raises(EngineFailure, match=r"engine `transformers` stopped \(signal 9") as caught:
        stops.run(options, Killer(3))
    assert caught.value.exit_status == 3
    (log,) = tmp_path.glob("results/runs/*/logs/*.log")
    assert str(log) in str(caught.value.hint)
    finished = stops.run(options, Killer(-1))
    assert 3 <= finished.answered_before <= _host._CHUNK
    assert finished.answered_before + finished.asked == size
    assert finished.unanswered == 0


def answered(results: Path) -> int:
    for database in results.glob("runs/*/run.sqlite"):
        try:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                return int(connection.execute("SELECT COUNT(*) FROM responses").fetchone()[0])
        except sqlite3.OperationalError:  # not there yet
            return 0
    return 0


def command(tmp_path: Path, *more: str) -> dict[str, Any]:
    """Return the arguments of a process that runs the command line."""
    return {
        "args": [
            *(
                sys.executable,
                "-m",
                "evalsuite",
                "run",
                "small",
                "--tasks",
                str(tmp_path / "tasks"),
            ),
            *("--model", str(tmp_path / "tiny"), "--engine", "transformers"),
            *("--results", str(tmp_path / "results"), *more),
        ],
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
        "env": {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        "start_new_session": True,
    }


def interrupted(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """Press Ctrl-C, which every process of the group gets, and return what was printed."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        return process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


@linux
@pytest.mark.engine
def test_ctrl_c_ends_a_run_with_a_message_and_the_same_command_goes_on(tmp_path: Path) -> None:
    tiny.model(tmp_path / "tiny", "llama", layers=8, width=128)
    write_tasks(tmp_path / "tasks", 80)
    process: subprocess.Popen[str] = subprocess.Popen(**command(tmp_path))
    wait_until(lambda: answered(tmp_path / "results") >= 10, 120, "nothing is answered")
    out, err = interrupted(process)
    assert process.returncode == 130, err
    assert out == ""
    assert "interrupted: what was answered is kept; the same command goes on" in err
    assert "Traceback" not in err
    before = answered(tmp_path / "results")
    assert 10 <= before < 80
    done = subprocess.run(**{**command(tmp_path, "--quiet"), "timeout": 200}, check=True)
    assert answered(tmp_path / "results") == 80
    assert "which" in done.stdout


def engine_of(pid: int) -> int | None:
    """Return the child that was begun for an engine, once it is a Python of its own."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    for child in listed:
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    return None


@linux
@pytest.mark.engine
def test_ctrl_c_while_the_engine_starts_prints_no_traceback(tmp_path: Path) -> None:
    tiny.model(tmp_path / "tiny")
    write_tasks(tmp_path / "tasks", 10)
    for delay in (0.1, 0.5):
        process: subprocess.Popen[str] = subprocess.Popen(**command(tmp_path))
        wait_until(lambda pid=process.pid: engine_of(pid) is not None, 60, "no engine is begun")  # type: ignore[misc]
        engine = engine_of(process.pid)
        time.sleep(delay)
        out, err = interrupted(process)
        assert process.returncode == 130, err
        assert out == ""
        assert "interrupted" in err
        assert "Traceback" not in err
        assert engine is not None
        assert not alive(engine)
