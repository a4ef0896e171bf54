"""What a notebook calls gives the same run as the command, as data frames."""

import math
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pandas as pd
import pytest

import evalsuite
from evalsuite import LoadedRun, leaderboard, load_run, notebook, paths, run
from evalsuite.cli.run import run as command
from evalsuite.errors import RunMistake, UnknownName, UserMistake
from evalsuite.loaded import COLUMNS
from evalsuite.metrics import METRICS
from evalsuite.plan import RANGES, Options, Subject
from evalsuite.records import Condition, Response, Settings
from tests.calling import Call

TASK = (
    "about: a\nfamily: satisfiable\nsize: 8\nseed: 3\nanswer: certificate\nscorer: valuation\n"
    "metrics: [accuracy, certified-accuracy]\ntemplate: satisfiable-valuation\nmax_tokens: 64\n"
)


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tasks")
    (folder / "propositional").mkdir()
    (folder / "propositional" / "values.yaml").write_text(TASK, encoding="utf-8")
    return folder


def options(tasks: Path, results: Path, engine: str = "random") -> notebook.RunOptions:
    return {
        "engine": engine,
        "tasks": ("values",),
        "shots": (0,),
        "task_folders": (tasks,),
        "results": results,
    }


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, evalsuite;"
        "print(sorted({'numpy', 'pandas', 'torch', 'pydantic', 'rich'} & set(sys.modules)));"
        "from evalsuite import run, load_run;"
        "print(sorted({'numpy', 'pandas', 'torch', 'transformers'} & set(sys.modules)));"
        "print(run.__name__, load_run.__name__)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["[]", "[]", "run load_run"]


def test_the_public_names_are_there_and_no_others() -> None:
    assert {name: getattr(evalsuite, name) for name in evalsuite.__all__} == {
        "LoadedRun": LoadedRun,
        "__version__": "0.1.0",
        "load_run": notebook.load_run,
        "run": notebook.run,
    }
    with pytest.raises(AttributeError, match="has no `runs`"):
        _ = evalsuite.runs
    assert (Path(evalsuite.__file__).parent / "py.typed").is_file()


def test_every_option_of_a_run_can_be_given() -> None:
    named = {one.name for one in fields(Options)} - {"suite"}
    assert notebook.RunOptions.__optional_keys__ == named


@pytest.mark.parametrize("engine", ["random", "solver"])
def test_a_run_has_a_line_for_each_question(engine: str, tasks: Path, tmp_path: Path) -> None:
    made = run("quick", **options(tasks, tmp_path, engine))
    scores, rows = made.scores, made.rows
    assert tuple(scores.columns) == COLUMNS
    assert tuple(rows.columns) == leaderboard.COLUMNS
    assert len(scores) == 8
    for metric in ("accuracy", "certified-accuracy"):
        (value,) = rows.loc[rows["metric"] == metric, "value"]
        assert scores[metric].mean() == value
    right = [one == gold for one, gold in zip(scores["verdict"], scores["gold"], strict=True)]
    assert right == scores["accuracy"].tolist()
    assert set(scores["outcome"]) <= {"right", "wrong", "invalid", "unread", "cut", "tie"}
    assert scores["text"].notna().all()
    assert scores["instance"].is_unique
    assert {one.name for one in fields(Condition)} | {*METRICS} <= set(scores.columns)
    assert made.manifest["tasks"]["values"]["scorer"] == "valuation"
    assert (made.unanswered, made.folder) == (0, tmp_path / "runs" / made.name)


def test_a_metric_that_a_task_has_not_counts_no_question(tmp_path: Path) -> None:
    made = run("quick", engine="random", tasks=("entailment",), limit=3, results=tmp_path)
    scores = made.scores
    assert scores["accuracy"].notna().all()
    assert scores[["certified-accuracy", "strictly-certified-accuracy"]].isna().all(axis=None)


def test_a_run_is_the_same_by_name_by_folder_and_by_the_command(
    tasks: Path, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run("quick", **options(tasks, tmp_path / "results"))
    words = ("run", "quick", "-e", "random", "-t", "values", "--shots", "0", "--tasks", tasks)
    assert call(*words, "--results", tmp_path / "results", "--json").status == 0
    assert len(list((tmp_path / "results" / "runs").iterdir())) == 1  # nothing was asked again
    monkeypatch.chdir(tmp_path)
    for found in (load_run(made.name), load_run(made.folder), load_run(made.name, Path("results"))):
        pd.testing.assert_frame_equal(found.scores, made.scores)
        pd.testing.assert_frame_equal(found.rows, made.rows)
        assert found.board == made.board
    assert "judged" not in repr(made)


class Heard:
    """Keep what was said."""

    def __init__(self) -> None:
        self.steps = 0

    def say(self, text: str) -> None:
        """Hear of a step."""

    def warn(self, text: str) -> None:
        """Hear of a warning."""

    def begin(self, subject: Subject, total: int, done: int) -> None:
        """Hear of a subject."""

    def step(self, subject: Subject, response: Response) -> None:
        """Count a response."""
        assert response.key
        assert subject.name == "random"
        self.steps += 1


def test_whole_options_will_do_and_a_listener_hears(tasks: Path, tmp_path: Path) -> None:
    whole = Options(
        suite="quick",
        tasks=("values",),
        engine="random",
        shots=(0,),
        limit=3,
        settings=Settings(),
        results=tmp_path,
        task_folders=(tasks, paths.shipped("tasks")),
        prompt_folders=(paths.shipped("prompts"),),
    )
    heard = Heard()
    assert len(run(whole, heard).judged) == heard.steps == 3
    with pytest.raises(TypeError, match="stand in the `Options` already"):
        run(whole, limit=2)


MISTAKES: dict[str, tuple[dict[str, Any], str, str]] = {
    "limit below": ({"limit": -3}, "limit: `-3`", "a whole number from 1 on"),
    "limit none": ({"limit": 0}, "limit: `0`", "from 1 on"),
    "limit text": ({"limit": "20"}, "limit: `20`", "a whole number"),
    "samples": ({"samples": 0}, "samples: `0`", "from 1 to 1000"),
    "samples truth": ({"samples": True}, "samples: `True`", "a whole number"),
    "temperature": ({"temperature": -1.0}, "temperature: `-1.0`", "a number from 0 to 10"),
    "temperature nan": ({"temperature": float("nan")}, "temperature: `nan`", "a number"),
    "max_tokens": ({"max_tokens": -5}, "max_tokens: `-5`", "from 1 on"),
    "shots below": ({"shots": [-1]}, "shots: `-1`", "from 0 on"),
    "shots text": ({"shots": "0,4"}, "shots: `0,4`", "a whole number"),
    "results": ({"results": 3}, "results: `3`", "a path"),
    "tasks": ({"tasks": [3]}, "tasks: `3`", "a name"),
    "engine": ({"engine": 3}, "engine: `3`", "a name"),
    "baselines": ({"baselines": "no"}, "baselines: `no`", "`True` or `False`"),
    "settings": ({"settings": {}}, "settings: `{}`", "Settings"),
    "context": ({"settings": Settings(max_context=3)}, "max_context: `3`", "from 16 on"),
    "suite": ({"suite": 3}, "suite: `3`", "a suite's name"),
    "unknown": ({"task": "values"}, "unknown option `task`", "did you mean `tasks`?"),
}


@pytest.mark.parametrize(("given", "told", "hint"), MISTAKES.values(), ids=MISTAKES)
def test_what_an_option_cannot_be_is_named(
    given: dict[str, Any], told: str, hint: str, tmp_path: Path
) -> None:
    whole: dict[str, Any] = {"engine": "random", "tasks": ["entailment"], "results": tmp_path}
    with pytest.raises(UserMistake, match=re.escape(told)) as caught:
        run(**{**whole, **given})
    assert hint in (caught.value.hint or "")
    assert not list(tmp_path.iterdir())


def test_one_of_several_may_stand_alone_and_a_path_be_a_text(tasks: Path, tmp_path: Path) -> None:
    made = run(
        "quick",
        engine="random",
        tasks="values",
        shots=0,
        limit=2,
        task_folders=str(tasks),
        results=str(tmp_path),
    )
    assert len(made.judged) == 2
    again = {**options(tasks, tmp_path), "tasks": ["values"], "shots": [0], "limit": 2}
    assert run("quick", **again).name == made.name  # type: ignore[arg-type]
    assert load_run(made.name, str(tmp_path)).name == made.name


def test_the_command_has_the_same_ranges() -> None:
    hints = get_type_hints(command, include_extras=True)
    options = {name: hints[name].__metadata__[0] for name in RANGES}
    found = {
        name: (one.min, math.inf if one.max is None else one.max)
        for name, one in options.items()
        if one.min is not None
    }
    assert found == {name: bounds for name, bounds in RANGES.items() if name != "shots"}


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="unknown run `quick-0`"):
        load_run("quick-0", tmp_path)
    with pytest.raises(RunMistake, match="no run is stored here"):
        load_run(tmp_path)
    with pytest.raises(UnknownName, match="unknown task `valus`"):
        run("quick", engine="random", tasks=("valus",), results=tmp_path)
