"""The pages about stored runs show what is printed, by runs of the engines without a model."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evalsuite.leaderboard import COLUMNS as BOARD
from evalsuite.loaded import COLUMNS
from tests.calling import Call

DOCS = Path(__file__).resolve().parents[1] / "docs"
COMPARE, PYTHON = DOCS / "compare.md", DOCS / "python.md"


def blocks(page: Path, kind: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def made(folder: Path, call: Call) -> None:
    """Do what the first block of the page says."""
    for line in blocks(COMPARE, "sh")[0].splitlines():
        words = shlex.split(line)
        if words[0] == "mv":
            (found,) = folder.glob(words[1])
            shutil.move(found, folder / words[2])
        else:
            ran = call(*words[1:], "--quiet")
            assert ran.status == 0, ran.err


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("page")


def examples() -> list[tuple[str, str]]:
    found = []
    for block in blocks(COMPARE, "console"):
        command, _, printed = block.removeprefix("$ evalsuite ").partition("\n")
        found.append((command, printed))
    return found


@pytest.mark.parametrize(("command", "printed"), examples(), ids=[one for one, _ in examples()])
def test_a_command_prints_what_the_page_shows(
    command: str, printed: str, home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    if not (home / "results").exists():
        made(home, call)
    ran = call(*shlex.split(command))
    first, second = (ran.out, ran.err) if command.startswith("power") else (ran.err, ran.out)
    shown = [
        line.rstrip()
        for line in (first + second).rstrip("\n").splitlines()
        if "seconds of asking" not in line  # a busy machine may take some
    ]
    assert shown == printed.rstrip("\n").splitlines()


def test_the_example_in_python_prints_what_the_page_shows(tmp_path: Path) -> None:
    (code,), (printed,) = blocks(PYTHON, "python"), blocks(PYTHON, "text")
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == printed
    assert ran.stderr == ""


def test_the_page_names_the_columns_of_the_scores() -> None:
    table = PYTHON.read_text(encoding="utf-8").partition("## The columns of `scores`")[2]
    cells = re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE)
    assert tuple(name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)) == COLUMNS


def test_a_condition_has_the_same_names_in_the_scores_and_in_the_leaderboard() -> None:
    named = ("template", "language", "form", "k", "description", "labels", "shot_mode", "shot_seed")
    assert set(named) <= {*COLUMNS} & {*BOARD}
