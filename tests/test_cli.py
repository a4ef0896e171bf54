"""The command line as a user calls it: data on stdout, the rest on stderr, and the exit status."""

import csv
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from evalsuite import cli, paths, store, tasks
from evalsuite.errors import UnknownName
from evalsuite.plan import Options, plan
from evalsuite.records import Settings
from tests import tiny
from tests.calling import Call, Ran

ROOT = Path(__file__).resolve().parents[1]
TASKS = "---\nabout: small\nfamily: entailment\nsize: 12\n"
ESCAPES = "\x1b[31m\x07\x9b31m"  # ANSI, a bell, ANSI in one character


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the task `small`."""
    home = tmp_path_factory.mktemp("tasks")
    (home / "small").mkdir()
    (home / "small" / "small.yaml").write_text(TASKS, encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tiny pretrained model's folder, which has no chat template."""
    return tiny.model(tmp_path_factory.mktemp("tiny") / "gpt2")


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    """Return a results folder with one finished run, made by the command itself."""
    results = tmp_path_factory.mktemp("stored") / "results"
    ran = evalsuite("run", *asking(folder), "--results", str(results))
    assert ran.returncode == 0, ran.stderr
    return results


@pytest.fixture
def results(stored: Path, tmp_path: Path) -> Path:
    """Return a copy of `stored` that a test may damage."""
    return shutil.copytree(stored, tmp_path / "results")


def asking(folder: Path, engine: str = "random") -> list[str]:
    """Return the words of a run that is over at once."""
    return ["quick", "-e", engine, "-t", "small", "--shots", "0", "--tasks", str(folder)]


def evalsuite(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "evalsuite", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def only_run(results: Path) -> Path:
    (run,) = (results / "runs").iterdir()
    return run


def refused(ran: Ran, *words: str) -> None:
    """Hold that a command ended with the user's mistake, told on stderr in a line and a hint."""
    assert ran.status == 2
    assert ran.out == ""
    assert "Traceback" not in ran.err
    told = re.sub(r"[\s│]+", " ", ran.err)  # a usage error stands in a box
    for word in words:
        assert word in told


# ── unknown names and bad options ───────────────────────────────────────────────────────────────

UNKNOWN = {
    "suite": (["run", "quik"], "unknown suite `quik`", "did you mean `quick`?"),
    "task": (["run", "-t", "entailmnt"], "unknown task `entailmnt`", "mean `entailment`?"),
    "engine": (["run", "-e", "vlm"], "unknown engine `vlm`", "did you mean `vllm`?"),
    "language": (["run", "-l", "ptt"], "unknown language `ptt`", "did you mean `pt`?"),
    "language, far off": (["run", "-l", "xx"], "unknown language `xx`", "known: `en`, `pt`"),
    "form": (["run", "--form", "chta"], "unknown form in `en` `chta`", "did you mean `chat`?"),
    "template": (
        ["run", "--template", "entailmnt"],
        "unknown template in `en` `entailmnt`",
        "did you mean `entailment`?",
    ),
    "model": (
        ["run", "-e", "transformers", "-m", "smollm2-135m-instuct"],
        "unknown model `smollm2-135m-instuct`",
        "did you mean `smollm2-135m-instruct`?",
    ),
    "model folder": (
        ["run", "-e", "transformers", "-m", "./no/such"],
        "./no/such: no such folder",
        "name a Hugging Face model folder",
    ),
    "run": (["score", "quick-0"], "unknown run `quick-0`", "known: none"),
    "leaderboard": (["leaderboard"], "no leaderboard yet", "`evalsuite run` makes one"),
}
UNKNOWN_TO_SHOW = {
    "task": (["tasks", "show", "smll"], "unknown task `smll`", "did you mean `small`?"),
    "all tasks and one": (
        ["tasks", "check", "--all", "small"],
        "`small` are named, too",
        "leave one",
    ),
    "task to check": (["tasks", "check", "smll"], "unknown task `smll`", "mean `small`?"),
    "prompt of a task": (["prompts", "show", "smll"], "unknown task `smll`", "mean `small`?"),
    "prompt's form": (["prompts", "show", "small", "--form", "tex"], "`tex`", "mean `text`?"),
    "prompt's language": (["prompts", "show", "small", "-l", "e"], "`e`", "mean `en`?"),
    "prompt's model": (["prompts", "show", "small", "-m", "gemma3"], "`gemma3`", "`gemma3-270m`"),
    "prompt of no instance": (["prompts", "show", "small", "-i", "12"], "12 instances", "--index"),
    "no instance": (["tasks", "show", "small", "-i", "12"], "12 instances", "--index"),
    "chat without a model": (["prompts", "show", "small", "--form", "chat"], "chat", "form `text`"),
    "tasks folder": (["tasks", "list", "--tasks", "nowhere"], "`nowhere` is no folder", "--tasks"),
}
UNUSABLE = {
    "no number of shots": (["--shots", "0,x"], "--shots: `0,x`", "such as `0,4`"),
    "negative shots": (["--shots=-1"], "--shots: `-1`", "such as `0,4`"),
    "no shots": (["--shots", ""], "--shots: ``", "such as `0,4`"),
    "more shots than there are": (["--shots", "65"], "65 shots, but its pool has", "fewer"),
    "engine argument": (["--engine-arg", "speed"], "--engine-arg: `speed`", "`name=value`"),
    "engine argument's name": (["--engine-arg", "a b=1"], "--engine-arg: `a`", "`name=value`"),
    "no limit": (["--limit", "0"], "--limit", "greater than or equal to 1"),
    "no number": (["--limit", "all"], "--limit", "valid integer"),
    "context": (["--max-context", "3"], "--max-context", "greater than or equal to 16"),
    "replay without recording": (["-e", "replay"], "needs a recording", "`--recording`"),
    "recording without replay": (["--recording", "."], "asks anew", "`--engine replay`"),
    "server without openai": (["--base-url", "http://[::1]"], "no server", "`--engine openai`"),
}


@pytest.mark.parametrize(("words", "message", "hint"), UNKNOWN.values(), ids=UNKNOWN)
def test_an_unknown_name_is_told_with_a_hint_and_nothing_is_begun(  # noqa: PLR0913 - each names its case
    call: Call, tmp_path: Path, folder: Path, words: list[str], message: str, hint: str
) -> None:
    options: list[str | Path] = ["--results", tmp_path / "results"]
    if words[0] == "run":  # what the case itself does not say
        options += [] if "-t" in words else ["-t", "small"]
        options += [] if "-e" in words else ["-e", "random"]
        options += ["--shots", "0", "--tasks", folder]
    refused(call(*words, *options), message, hint)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("words", "message", "hint"), UNKNOWN_TO_SHOW.values(), ids=UNKNOWN_TO_SHOW
)
def test_what_cannot_be_shown_is_told_with_a_hint(
    call: Call, folder: Path, words: list[str], message: str, hint: str
) -> None:
    refused(call(*words, *([] if "--tasks" in words else ["--tasks", folder])), message, hint)


@pytest.mark.parametrize(("words", "message", "hint"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_unusable_option_is_told_with_a_hint(  # noqa: PLR0913 - each names its case
    call: Call, tmp_path: Path, folder: Path, words: list[str], message: str, hint: str
) -> None:
    results = tmp_path / "results"
    refused(call("run", *asking(folder), *words, "--results", results), message, hint)
    assert not results.exists()


def test_a_recording_that_there_is_not_is_told(
    call: Call, tmp_path: Path, folder: Path, gpt2: Path
) -> None:
    words = [*asking(folder, "replay"), "-m", str(gpt2), "--recording", str(tmp_path / "none")]
    ran = call("run", *words, "--quiet", "--results", tmp_path / "results")
    refused(ran, "none: no run is stored here")


def test_a_pretrained_model_has_no_form_chat(
    call: Call, tmp_path: Path, folder: Path, gpt2: Path
) -> None:
    words = [*asking(folder, "transformers"), "-m", str(gpt2), "--form", "chat"]
    ran = call("run", *words, "--results", tmp_path / "results")
    refused(ran, "has no chat template, so it has no form `chat`", "--form text")
    assert not (tmp_path / "results").exists()


# ── a run as a whole ────────────────────────────────────────────────────────────────────────────


def test_a_mistake_reaches_the_shell_as_exit_status_2(tmp_path: Path) -> None:
    ran = evalsuite("run", "quik", "--results", str(tmp_path / "results"))
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr == "error: unknown suite `quik`\nhint: did you mean `quick`?\n"
    assert list(tmp_path.iterdir()) == []


def test_a_run_prints_json_on_stdout_and_nothing_else(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    ran = call("run", *asking(folder), "--results", tmp_path / "results", "--json")
    assert ran.status == 0
    assert ran.err == ""
    said = json.loads(ran.out)
    assert said["asked"] == 12
    assert [row["n"] for row in said["rows"]] == [12]
    assert Path(said["files"]["leaderboard"]).is_file()


def test_the_same_command_again_asks_nothing(call: Call, folder: Path, results: Path) -> None:
    said = json.loads(call("run", *asking(folder), "--results", results, "--json").out)
    assert (said["asked"], said["answered_before"], said["unanswered"]) == (0, 12, 0)


def test_a_quiet_run_says_only_its_result(call: Call, folder: Path, tmp_path: Path) -> None:
    ran = call("run", *asking(folder), "--results", tmp_path / "results", "--quiet")
    assert ran.out.splitlines()[1].split()[:3] == ["small", "random", "random"]
    assert "rendering" not in ran.err


def test_score_without_a_model_gives_the_same_bytes(call: Call, results: Path) -> None:
    run = only_run(results)
    before = (run / "leaderboard.csv").read_bytes(), (results / "leaderboard.csv").read_bytes()
    for name in (run.name, str(run)):
        (results / "leaderboard.csv").unlink()
        (run / "leaderboard.csv").unlink()
        assert call("score", name, "--results", results).status == 0
        after = (run / "leaderboard.csv").read_bytes(), (results / "leaderboard.csv").read_bytes()
        assert after == before


def test_score_prints_json_on_stdout_and_nothing_else(call: Call, results: Path) -> None:
    ran = call("score", only_run(results).name, "--results", results, "--json")
    assert ran.err == ""
    assert json.loads(ran.out)["rows"][0]["task"] == "small"


def test_the_leaderboard_is_printed_in_three_shapes(call: Call, results: Path) -> None:
    table = call("leaderboard", "--results", results).out
    markdown = call("leaderboard", "--results", results, "--format", "markdown").out
    written = call("leaderboard", "--results", results, "--format", "csv").out
    assert table.split()[:3] == ["task", "model", "engine"]
    assert markdown.startswith("|")
    stored = (results / "leaderboard.csv").read_text(encoding="utf-8")
    assert written.splitlines()[0] == stored.splitlines()[0]
    both = [list(csv.DictReader(io.StringIO(text))) for text in (written, stored)]
    assert [[(row["task"], float(row["value"])) for row in rows] for rows in both] == [
        [("small", float(both[1][0]["value"]))]
    ] * 2


def test_the_leaderboard_of_one_task_has_its_rows_only(call: Call, results: Path) -> None:
    words = ("leaderboard", "--results", results, "--format", "csv", "--task")
    assert len(call(*words, "small").out.splitlines()) == 2
    refused(call(*words, "resolvent"), "unknown task of the leaderboard `resolvent`", "`small`")


# ── what stands in a results folder ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("inside", ["", "deeper"])
def test_a_results_folder_that_is_a_file_is_refused(
    call: Call, folder: Path, tmp_path: Path, inside: str
) -> None:
    (tmp_path / "results").write_text("mine", encoding="utf-8")
    ran = call("run", *asking(folder), "--results", tmp_path / "results" / inside)
    refused(ran, "cannot be written")
    assert (tmp_path / "results").read_text(encoding="utf-8") == "mine"


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def garble(path: Path) -> None:
    path.write_bytes(b"not a database" * 1_000)


def change_schema(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


def spoil_rows(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE responses SET json = '{'")
    database.close()


@pytest.mark.parametrize("damage", [truncate, garble, change_schema, spoil_rows])
def test_a_damaged_run_is_refused_and_left_alone(
    call: Call, folder: Path, results: Path, damage: Callable[[Path], None]
) -> None:
    run = only_run(results)
    for leftover in run.glob("run.sqlite-*"):
        leftover.unlink()
    damage(run / "run.sqlite")
    before = (results / "leaderboard.csv").read_bytes()
    refused(call("score", run.name, "--results", results), "error: ", "hint: ", run.name)
    refused(call("run", *asking(folder), "--results", results), "error: ", "hint: ", run.name)
    assert (results / "leaderboard.csv").read_bytes() == before


def test_a_run_that_another_process_is_at_is_refused(
    call: Call, folder: Path, results: Path
) -> None:
    run = only_run(results)
    with store.opened(run, create=False):
        refused(call("score", run.name, "--results", results), "another process is at work")
        ran = call("run", *asking(folder), "--results", results)
        refused(ran, "another process is at work", "wait for it to end")
    assert call("score", run.name, "--results", results).status == 0


# ── lists and descriptions ──────────────────────────────────────────────────────────────────────


def test_tasks_list_names_every_task_and_suite(call: Call, folder: Path) -> None:
    said = json.loads(call("tasks", "list", "--tasks", folder, "--json").out)
    names = [one["name"] for one in said["tasks"]]
    shipped = {path.stem for path in paths.shipped("tasks").glob("*/*.yaml")}
    shipped -= {path.stem for path in paths.shipped("tasks").glob("suites/*.yaml")}
    assert names == sorted(shipped | {"small"})
    suites = {path.stem for path in paths.shipped("tasks").glob("suites/*.yaml")}
    assert [one["name"] for one in said["suites"]] == sorted(suites)
    table = call("tasks", "list", "--tasks", folder).out
    assert all(name in table for name in (*names, "quick"))


def test_tasks_show_prints_an_instance_with_its_answer(call: Call, folder: Path) -> None:
    said = json.loads(call("tasks", "show", "small", "--index", "3", "--tasks", folder).out)
    assert said["id"] == "small/3"
    assert said["gold"] in said["choices"]
    assert said["shown"].keys() == {"premises", "conclusion"}


def test_tasks_check_finds_a_task_sound(call: Call, folder: Path) -> None:
    ran = call("tasks", "check", "small", "--tasks", folder)
    assert ran.status == 0
    assert "NO" not in ran.out
    assert ran.out.splitlines()[1].split()[:2] == ["propositional", "small"]


def test_a_task_that_cannot_be_checked_keeps_no_other_from_it(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    few = "about: few\nfamily: normal-form\nparams: {form: nnf, most_leaves: 3}\nsize: 900\n"
    lost = "about: lost\nfamily: entailment\ntemplate: nowhere\n"
    given = {"few": few + "template: nnf\n", "lost": lost, "small": TASKS}
    for name, text in given.items():
        (tmp_path / "mine" / f"{name}.yaml").write_text(text, encoding="utf-8")
    ran = call("tasks", "check", *given, "--tasks", tmp_path)
    assert ran.status == 1
    assert ran.out.splitlines()[1].split()[:2] == ["propositional", "small"]
    assert ran.out.splitlines()[2].startswith("few: few/")
    assert "no new instance" in ran.out
    assert "lost: unknown template in `en` `nowhere`" in ran.out
    assert ran.err.strip() == "error: not sound: `few`, `lost`"


def test_a_table_goes_into_a_folder_that_is_there(call: Call, folder: Path, tmp_path: Path) -> None:
    words = ("tasks", "check", "small", "--tasks", folder, "--markdown")
    refused(call(*words, tmp_path / "none" / "b.md"), "no folder", "make the folder first")
    refused(call(*words, tmp_path), f"{tmp_path}: is a folder", "name a file in it")


NEW: dict[str, tuple[list[str], str, str]] = {  # words, the task it is like, its max_tokens
    "entailment": (["-p", "most_atoms=4", "--answer", "choices"], "entailment", "16"),
    "entailment in another guise": (
        ["-p", "calculus=tableau", "-p", "surface=renamed", "--answer", "certificate"],
        "entailment-tableau",
        "3072",
    ),
    "entailment written": (["-p", "surface=nonce", "--answer", "generate"], "entailment-nonce", ""),
    "normal-form": (["-p", "form=dnf", "--answer", "certificate"], "dnf", ""),
    "satisfiable": (
        ["-p", "fewest_atoms=5", "--answer", "certificate"],
        "satisfiable-valuation",
        "",
    ),
}


@pytest.mark.parametrize("name", NEW)
def test_a_new_task_is_judged_as_the_shipped_one_that_is_nearest(
    call: Call, tmp_path: Path, name: str
) -> None:
    words, like, tokens = NEW[name]
    told = ["--size", "20", "--about", "mine", "--folder", tmp_path]
    ran = call("tasks", "new", "my-z", "--kind", name.split(maxsplit=1)[0], *words, *told)
    assert ran.status == 0, ran.err
    made = tasks.task("my-z", (tmp_path,))
    shipped = tasks.task(like, (paths.shipped("tasks"),))
    for field in ("scorer", "metrics", "max_tokens", "template"):
        assert getattr(made, field) == getattr(shipped, field)
    assert tokens in {"", str(made.max_tokens)}
    assert (made.answer, made.size) == (words[-1], 20)
    assert made.params != type(made.params)() or like == "satisfiable-valuation"


def test_a_new_task_with_certificates_is_sound(call: Call, tmp_path: Path) -> None:
    words = ["-p", "most_atoms=4", "-p", "calculus=tableau", "--answer", "certificate"]
    told = ["--size", "12", "--about", "mine", "--folder", tmp_path]
    assert call("tasks", "new", "my-z", "--kind", "entailment", *words, *told).status == 0
    ran = call("tasks", "check", "my-z", "--tasks", tmp_path)
    assert ran.status == 0, ran.out
    assert "12/12" in ran.out
    assert "en, pt" in ran.out


def test_what_the_encoding_of_the_terminal_lacks_is_escaped() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "evalsuite", "prove", "-"],
        input="P & Q |- P\n",
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "P \\u2227 Q" in ran.stdout


def test_a_name_that_is_begun_as_one_alone_is_meant() -> None:
    runs = ("quick-56f56aea3c", "quick-a5b0a66249", "quick-a34c46ae91")
    assert UnknownName("run", "quick-56", runs).hint == "did you mean `quick-56f56aea3c`?"
    assert UnknownName("run", "quick-b5b0a66249", runs).hint == "did you mean `quick-a5b0a66249`?"


def test_where_nobody_can_be_asked_a_new_task_has_the_defaults(call: Call, tmp_path: Path) -> None:
    told = ("-p", "fewest_atoms=6", "-p", "most_atoms=8", "--folder", tmp_path)
    ran = call("tasks", "new", "harder", "--kind", "entailment", *told, stdin="")
    assert ran.status == 0, ran.err
    made = tasks.task("harder", (tmp_path,))
    assert (made.size, made.answer, made.family) == (200, "choices", "entailment")


def test_a_new_task_that_is_like_none_is_refused(call: Call, tmp_path: Path) -> None:
    words = ["-p", "calculus=tableau", "-p", "surface=words", "--answer", "certificate"]
    told = ["--size", "20", "--about", "mine", "--folder", tmp_path / "new"]
    refused(
        call("tasks", "new", "my-z", "--kind", "entailment", *words, *told),
        "no task of the kind `entailment` to be like has `answer: certificate`",
        "with `calculus: tableau` and `surface: words`",
        "hint: it could be like `entailment-countermodel` (calculus `countermodel`",
    )
    refused(
        call("tasks", "new", "my-z", "--kind", "resolvent", "-p", "step=1", *words[-2:], *told),
        "no task of the kind `resolvent` to be like has `answer: certificate`",
        "hint: it could be like `resolvent` (answer `choices`)",
    )
    assert not (tmp_path / "new").exists()


def test_an_export_goes_into_a_folder_that_is_there(
    call: Call, folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    for name in ("a.jsonl", "a.parquet"):
        assert call("tasks", "export", "small", tmp_path / name, "--tasks", folder).status == 0
    assert len((tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()) == 12
    assert (tmp_path / "a.parquet").read_bytes()[:4] == b"PAR1"
    ran = call("tasks", "export", "small", tmp_path / "new" / "a.jsonl", "--tasks", folder)
    refused(ran, "cannot be written: no folder", "hint: make the folder first")
    ran = call("tasks", "export", "small", tmp_path / "a.txt", "--tasks", folder)
    refused(ran, "its ending names no format", "or give `--format`")
    assert {path.name for path in tmp_path.iterdir()} == {"a.jsonl", "a.parquet"}


def test_a_table_says_of_which_metric_a_row_is(call: Call, tmp_path: Path) -> None:
    asked = ("--limit", "4", "--engine", "solver", "--shots", "0", "--results", tmp_path)
    ran = call("run", "certificates", "--task", "refutation-proof", *asked)
    assert ran.status == 0
    (head,) = (line.split() for line in ran.out.splitlines() if line.startswith("task"))
    assert head[5:9] == ["metric", "k", "n", "value"]
    rows = [line.split() for line in ran.out.splitlines() if line.startswith("refutation-proof")]
    assert {row[5]: row[8] for row in rows} == {
        "accuracy": "1.000",
        "certified-accuracy": "1.000",
        "strictly-certified-accuracy": "1.000",
    }


def test_prompts_list_names_every_template_and_form(call: Call) -> None:
    said = json.loads(call("prompts", "list", "--json").out)
    files = {path.relative_to(paths.shipped("prompts")) for path in _templates()}
    assert len(said) == len(files)
    assert {one["language"] for one in said} == {path.parts[0] for path in files}
    assert {one["name"] for one in said} == {path.stem for path in files}
    assert all(one["about"] for one in said)
    assert len(call("prompts", "list").out.splitlines()) == len(files) + 1


def _templates() -> Iterator[Path]:
    return paths.shipped("prompts").rglob("*.jinja")


@pytest.mark.parametrize(("form", "end"), [("text", "Answer:"), ("alpaca", "### Response:")])
def test_prompts_show_lays_a_prompt_out_in_the_form_asked_for(
    call: Call, folder: Path, form: str, end: str
) -> None:
    ran = call("prompts", "show", "small", "--form", form, "--tasks", folder)
    assert ran.out.rstrip("\n").endswith(end)


def test_prompts_show_prints_the_prompt_as_it_is_sent(
    call: Call, folder: Path, results: Path
) -> None:
    ran = call("prompts", "show", "small", "--index", "5", "--tasks", folder)
    with store.opened(only_run(results), create=False) as kept:
        sent = {one.instance: one.prompt for one in kept.questions()}
    assert ran.out == sent["small/5"] + "\n"
    assert ran.err.count("answer ' ") == 2
    assert ran.err.count("(gold)") == 1


def test_models_list_tells_what_is_embedded(call: Call) -> None:
    said = json.loads(call("models", "list", "--json").out)
    assert {one["model"]: one["kind"] for one in said} == {
        "gemma3-270m": "pretrained",
        "smollm2-135m-instruct": "instruct",
    }
    assert {one["state"] for one in said} <= {"ready", "installed", "not installed"}
    assert "gemma3-270m" in call("models", "list").out


def test_models_show_describes_a_folder(call: Call, gpt2: Path) -> None:
    said = json.loads(call("models", "show", gpt2).out)
    assert (said["kind"], said["chat"]) == ("pretrained", False)
    assert said["context_length"] == tiny.CONTEXT
    assert said["parameters"] > 0


def test_doctor_tells_what_would_be_used(call: Call) -> None:
    said = {one["what"]: one["state"] for one in json.loads(call("doctor", "--json").out)}
    assert said["python"] == sys.version.split()[0]
    assert said["prompts"] == str(paths.shipped("prompts"))
    assert {"engine", "device", "torch", "gemma3-270m", "cache", "results"} <= said.keys()


def commands() -> list[tuple[str, ...]]:
    """Return the words of every command and group."""

    def below(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, inner in getattr(command, "commands", {}).items():
            yield from below(inner, (*words, name))

    return list(below(get_command(cli.app), ()))


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_describes_itself(call: Call, words: tuple[str, ...]) -> None:
    ran = call(*words, "--help")
    assert ran.status == 0
    assert ran.out == call(*words, "-h").out
    lines = [line.strip() for line in ran.out.splitlines() if line.strip()]
    assert lines[0].startswith("Usage: ")
    assert " ".join(words) in lines[0]
    assert re.match(r"[A-Z].*[a-z]", lines[1])


def test_the_version_is_printed(call: Call) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", call("--version").out)


# ── a terminal obeys nobody's text ──────────────────────────────────────────────────────────────


def hostile(home: Path) -> tuple[Path, Path]:
    """Write a task and a template whose texts try to reach the terminal."""
    about = json.dumps(f"{ESCAPES}[red]x[/nothing]")
    (home / "tasks" / "small").mkdir(parents=True)
    text = f"about: {about}\nfamily: entailment\nsize: 2\n"
    (home / "tasks" / "small" / "small.yaml").write_text(text, encoding="utf-8")
    (home / "prompts" / "en").mkdir(parents=True)
    blocks = {"description": ESCAPES, "query": "{{ conclusion }}", "answer": "{{ choice }}"}
    body = "".join(f"{{% block {name} %}}{text}{{% endblock %}}" for name, text in blocks.items())
    path = home / "prompts" / "en" / "entailment.jinja"
    path.write_text(f"---\nabout: {about}\n---\n{body}", encoding="utf-8")
    return home / "tasks", home / "prompts"


@pytest.mark.parametrize(
    "words",
    [
        ["tasks", "list"],
        ["tasks", "list", "--json"],
        ["tasks", "show", "small"],
        ["prompts", "list"],
        ["prompts", "list", "--json"],
        ["prompts", "show", "small"],
        ["run", "quick", "-e", "random", "-t", "small", "--shots", "0"],
        ["run", "quick", "-e", "random", "-t", f"small{ESCAPES}[red]"],
        ["run", "quick", "-e", "transformers", "-m", f"{ESCAPES}[red]", "--shots", "0"],
        ["prompts", "show", "small", "--template", f"{ESCAPES}[red]"],
        ["score", f"{ESCAPES}[/red]"],
    ],
)
def test_no_text_of_a_file_or_a_name_reaches_the_terminal_raw(
    call: Call, tmp_path: Path, words: list[str]
) -> None:
    tasks, prompts = hostile(tmp_path)
    options: list[str | Path] = []
    if words[0] != "score":
        options += ["--tasks", tasks] if words[:2] != ["prompts", "list"] else []
        options += ["--prompts", prompts] if words[0] != "tasks" else []
    if words[0] in {"run", "score"}:
        options += ["--results", tmp_path / "results"]
    ran = call(*words, *options)
    assert ran.status in {0, 2}
    assert ran.out + ran.err
    raw = {letter for letter in ran.out + ran.err if not letter.isprintable()}
    assert raw <= {"\n"}


def test_markup_in_a_text_is_printed_as_it_is(call: Call, tmp_path: Path) -> None:
    tasks, _ = hostile(tmp_path)
    assert "[red]x[/nothing]" in call("tasks", "list", "--tasks", tasks).out


def test_a_model_named_in_markup_is_asked_like_any_other(
    call: Call, folder: Path, tmp_path: Path, gpt2: Path
) -> None:
    odd = shutil.copytree(gpt2, tmp_path / "[bold]x[")
    ran = call("prompts", "show", "small", "--model", odd, "--tasks", folder)
    assert ran.status == 0
    assert "Does the conclusion follow?" in ran.out


# ── what does not fit ───────────────────────────────────────────────────────────────────────────


def planned(folder: Path, gpt2: Path, max_context: int) -> list[Any]:
    options = Options(
        suite="quick",
        tasks=("small",),
        models=(str(gpt2),),
        engine="transformers",
        shots=(4,),
        limit=4,
        baselines=False,
        settings=Settings(max_context=max_context),
        results=folder / "results",
        task_folders=(folder, paths.shipped("tasks")),
        prompt_folders=(paths.shipped("prompts"),),
    )
    return [one.question for one in plan(options, lambda _said: None).asked]


def test_what_does_not_fit_the_context_is_dropped_whole_and_counted(
    folder: Path, gpt2: Path
) -> None:
    roomy, tight, none = (planned(folder, gpt2, room) for room in (2_048, 700, 64))
    assert {one.dropped for one in roomy} == {0}
    assert {one.too_long for one in roomy + tight} == {False}
    assert all(one.too_long and one.dropped == 4 and not one.shots for one in none)
    assert any(0 < one.dropped < 4 for one in tight)
    for whole, cut in zip(roomy, tight, strict=True):
        assert cut.shots == whole.shots[cut.dropped :]
        assert len(cut.shots) == 4 - cut.dropped


def test_a_question_that_is_too_long_is_counted_and_not_asked(
    call: Call, folder: Path, gpt2: Path, tmp_path: Path
) -> None:
    words = [*asking(folder, "transformers"), "-m", gpt2, "--no-baselines", "--max-context", "64"]
    said = json.loads(call("run", *words, "--results", tmp_path / "results", "--json").out)
    assert said["asked"] == 0
    assert [(row["too_long"], row["n"], row["value"]) for row in said["rows"]] == [(12, 12, 0.0)]


def test_an_interrupt_while_modules_are_loaded_ends_quietly() -> None:
    words = [sys.executable, "-X", "importtime", "-m", "evalsuite", "tasks", "list"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        next(line for line in run.stderr if "evalsuite.errors" in line)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
    assert (run.returncode, out) == (130, "")
    assert "Traceback" not in err


# ── what a shell completes ──────────────────────────────────────────────────────────────────────

COMPLETED = {
    "task": ("run --task ent", "entailment"),
    "suite": ("run qui", "quick"),
    "model": ("run --model gem", "gemma3-270m"),
    "engine": ("run --engine v", "vllm"),
    "own task": ("run --tasks mine --task min", "mine"),
    "task of a comparison": ("compare --task ent", "entailment"),
    "model of a leaderboard": ("leaderboard -m smo", "smollm2-135m-instruct"),
    "engine of another run": ("reproduce -e tra", "transformers"),
    **{
        f"run of {command}": (f"{command} qui", "quick-0")
        for command in ("report", "view", "compare", "score", "verify", "reproduce", "power --run")
    },
    "second run": ("compare quick-0 qui", "quick-1"),
    "run elsewhere": ("score --results other oth", "other-0"),
}


@pytest.fixture
def complete(call: Call, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Path], Ran]:
    """Return what asks for what may stand at the end of a line, as bash does."""

    def asked(written: str, folder: Path) -> Ran:
        words = f"evalsuite {written}"
        monkeypatch.chdir(folder)
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
        monkeypatch.setenv("_EVALSUITE_COMPLETE", "complete_bash")
        return call()

    return asked


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("named")
    for name in ("results/runs/quick-0", "results/runs/quick-1", "other/runs/other-0", "mine/own"):
        (folder / name).mkdir(parents=True)
    (folder / "mine" / "own" / "mine.yaml").touch()
    return folder


@pytest.mark.parametrize(("written", "wanted"), COMPLETED.values(), ids=COMPLETED)
def test_a_shell_completes_names(
    written: str, wanted: str, named: Path, complete: Callable[[str, Path], Ran]
) -> None:
    ran = complete(written, named)
    assert (ran.status, ran.err) == (0, "")
    found = ran.out.split()
    begun = written.rpartition(" ")[2]
    assert wanted in found
    assert all(one.startswith(begun) for one in found)


def test_what_cannot_be_completed_is_passed_over(
    tmp_path: Path, complete: Callable[[str, Path], Ran]
) -> None:
    (tmp_path / "results").touch()
    for folder in ("a", "b"):  # two tasks of one name
        (tmp_path / "mine" / folder).mkdir(parents=True)
        (tmp_path / "mine" / folder / "same.yaml").touch()
    for written in ("report qui", "run --tasks mine --task sam", "run --tasks none --task zzz"):
        ran = complete(written, tmp_path)
        assert (ran.status, ran.out.strip(), ran.err) == (0, "", "")


def test_the_module_is_completed_as_the_command(tmp_path: Path) -> None:
    def said(*words: str, **asked: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-m", "evalsuite", *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[2]), **asked},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, ran.stderr) == (0, "")
        return ran.stdout

    # Which shell it is, is asked of the processes above, and CI has none that is known.
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    assert "_EVALSUITE_COMPLETE=complete_bash" in said("--show-completion", "bash", **named)
    asked = {"COMP_WORDS": "evalsuite run -m gem", "COMP_CWORD": "3"}
    assert said(**asked, _EVALSUITE_COMPLETE="complete_bash").split() == ["gemma3-270m"]
