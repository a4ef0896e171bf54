"""The import contracts in `pyproject.toml` hold, and would not if someone broke them."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in a folder, which shadows any that is installed."""
    command = [sys.executable, "-c", LINT, "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def planted(folder: Path, module: str, line: str) -> Path:
    """Copy the package and its contracts, with one more line in one module."""
    cached = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "evalsuite", folder / "evalsuite", ignore=cached)
    shutil.copy(ROOT / "pyproject.toml", folder)
    path = folder / "evalsuite" / module
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    return folder


def verdicts(output: str) -> dict[str, str]:
    """Read which contracts were kept and which were broken."""
    found = re.finditer(r"^(.+?) (KEPT|BROKEN)\b", output, re.MULTILINE)
    return {match[1]: match[2] for match in found}


def test_the_package_keeps_its_contracts() -> None:
    ran = lint(ROOT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert set(verdicts(ran.stdout).values()) == {"KEPT"}


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("logic/syntax.py", "import evalsuite.errors", "imports only point down"),
        ("records.py", "import evalsuite.names", "imports only point down"),
        ("errors.py", "import evalsuite.records", "imports only point down"),
        ("families/__init__.py", "import evalsuite.scorers", "imports only point down"),
        ("instances.py", "import evalsuite.tasks", "imports only point down"),
        ("astray.py", "", "imports only point down"),
        ("engines/__init__.py", "import vllm", "vLLM is behind one door"),
        ("logic/__init__.py", "def late():\n    import pysat", "SAT solvers are behind one door"),
        ("logic/__init__.py", "def late():\n    import z3", "z3 is behind one door"),
        (
            "logic/kernels/tableau.py",
            "import evalsuite.logic.provers.tableau",
            "a kernel imports no prover",
        ),
        (
            "logic/kernels/refutation.py",
            "import evalsuite.logic.unify",
            "a kernel imports no prover",
        ),
        (
            "logic/provers/tableau.py",
            "import evalsuite.logic.elaborators.tableau",
            "in logic too, imports only point down",
        ),
        (
            "logic/syntax.py",
            "import evalsuite.logic.clauses",
            "in logic too, imports only point down",
        ),
        ("scorers/__init__.py", "import jinja2", "Jinja is behind one door"),
        ("records.py", "import pydantic", "YAML is read by tasks and templates"),
        ("records.py", "import yaml", "YAML is read by tasks and templates"),
        ("engines/__init__.py", "from rich import print", "the terminal is the CLI's"),
        ("names.py", "import typer", "the terminal is the CLI's"),
        ("ledger.py", "import sqlite3", "SQLite is behind one door"),
        ("scorers/label.py", "import torch", "torch is behind the engines and the models"),
        ("families/__init__.py", "import lark", "grammars are read where text is"),
        ("stops.py", "import evalsuite.studio.app", "imports only point down"),
        ("cli/studio.py", "import uvicorn", "the web server is behind one door"),
        ("engines/__init__.py", "import starlette", "the web server is behind one door"),
    ],
)
def test_a_planted_import_breaks_its_contract(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    ran = lint(planted(tmp_path, module, line))
    assert ran.returncode == 1, ran.stdout + ran.stderr
    broken = {name for name, verdict in verdicts(ran.stdout).items() if verdict == "BROKEN"}
    assert broken == {contract}, ran.stdout
