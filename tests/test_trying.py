"""Two templates compared by a real model, and the page that leads there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from evalsuite import paths
from tests import tiny
from tests.calling import Call

PAGE = Path(__file__).resolve().parents[1] / "docs" / "authoring.md"


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.model(tmp_path_factory.mktemp("tiny") / "gpt2"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder as `evalsuite init` lays it out, and stand in it."""
    shutil.copytree(paths.starter(), tmp_path / "home")
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


def words(gpt2: str, *more: str) -> tuple[str, ...]:
    engine = ("--model", gpt2, "--engine", "transformers", "--quiet")
    return ("prompts", "try", *more, *engine, "--tasks", "tasks")


def test_two_templates_are_asked_the_same_instances_and_compared_in_pairs(
    call: Call, home: Path, gpt2: str
) -> None:
    files = ("prompts/en/terse.jinja", "evaluate", "--limit", "6", "--json")
    ran = call(*words(gpt2, *files))
    assert ran.status == 0, ran.err
    said = json.loads(ran.out)
    assert said["asked"] == 12
    (effect,) = said["effects"]
    assert (effect["factor"], effect["before"], effect["after"]) == (
        *("template", "terse", "evaluate"),
    )
    assert effect["n"] == 6
    rows = {row["template"]: row["value"] for row in said["rows"] if row["metric"] == "accuracy"}
    assert effect["difference"] == pytest.approx(rows["evaluate"] - rows["terse"], abs=1e-4)
    again = json.loads(call(*words(gpt2, *files)).out)
    assert (again["asked"], again["answered_before"]) == (0, 12)
    assert (home / "results" / "leaderboard.csv").is_file()


@pytest.mark.usefixtures("more_engines", "home")
def test_ctrl_c_says_that_the_same_command_goes_on(call: Call, gpt2: str) -> None:
    pair = ("prompts/en/terse.jinja", "evaluate")
    ran = call(*words(gpt2, *pair), "--engine", "interrupted")
    assert (ran.status, ran.out) == (130, "")
    assert "interrupted: what was answered is kept; the same command goes on" in ran.err


@pytest.mark.parametrize(
    ("pair", "told"),
    [
        (("prompts/en/terse.jinja", "prompts/en/terse.jinja"), "the same template twice"),
        (("prompts/en/terse.jinja", "prompts/pt/terse.jinja"), "and the other in `en`"),
        (("prompts/en/terse.jinja", "nothing"), "unknown template in `en` `nothing`"),
    ],
)
def test_what_cannot_be_compared_is_told_before_anything_is_asked(
    call: Call, home: Path, gpt2: str, pair: tuple[str, str], told: str
) -> None:
    ran = call(*words(gpt2, *pair))
    assert ran.status == 2
    assert told in ran.err.replace("\n", " ")
    assert not (home / "results").exists()


@pytest.mark.engine
def test_the_page_leads_from_nothing_to_a_measured_comparison(tmp_path: Path) -> None:
    """Every command of the page, one after the other, in an empty folder."""
    page = PAGE.read_text(encoding="utf-8").partition("## Reference")[0]
    commands = [
        line for block in re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]  # fmt: skip
    assert len(commands) > 8
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for line in commands:
        ran = subprocess.run(
            ["bash", "-c", line],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, f"{line}\n{ran.stdout}\n{ran.stderr}"
    assert (tmp_path / "results" / "leaderboard.csv").stat().st_size > 1_000
    assert list(tmp_path.glob("results/runs/try-*/conditioning.csv"))
