"""What the pages state of names, numbers and columns is what there is."""

import csv
import re
import shlex
from dataclasses import fields
from pathlib import Path
from statistics import NormalDist

import pytest

from bench import faults
from evalsuite import calibration, paths, power, shortcuts, speed, stats, tasks
from evalsuite.engines._serving import Serving
from evalsuite.report import conditioning
from tests.calling import Call

ROOT = Path(__file__).resolve().parents[1]


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def first_cells(text: str, after: str) -> list[str]:
    """Return the names in the first column of the first table behind a line."""
    table = text.partition(after)[2].partition("\n| ---")[2] or text.partition(after)[2]
    rows = re.search(r"(?:^\|.*\n)+", table, re.MULTILINE)
    assert rows is not None
    cells = (line.split("|")[1] for line in rows[0].splitlines())
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_the_readme_counts_the_tasks_and_names_the_suites() -> None:
    folders = (paths.shipped("tasks"),)
    every = [tasks.task(name, folders) for name in tasks.task_names(folders)]
    public = [one for one in every if one.path.parent.name == "datasets"]
    certified = [one for one in every if one.answer == "certificate"]
    told = " ".join(page("README.md").split())
    assert f"has {len(every) - len(public)} tasks of eleven families" in told
    assert len({one.path.parent.name for one in every}) == 11 + 1
    assert f"and {len(public)} that read public data sets; {len(certified)} ask for a" in told
    named = re.search(r"The suites: (.+?)\. `evalsuite tasks check", told)
    assert named is not None
    there = {one.stem for one in (paths.shipped("tasks") / "suites").glob("*.yaml")}
    assert set(re.findall(r"`([\w-]+)`", named[1])) == there


def test_the_readme_s_leaderboard_is_that_of_the_example() -> None:
    with (ROOT / "results/example/leaderboard.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    shown = re.findall(r"^(resolvent .+)$", page("README.md"), re.MULTILINE)
    assert len(shown) == 6
    assert "of the thirty rows that `make run` writes" in page("README.md")
    assert len(rows) == 30
    for line in shown:
        task, model, engine, form, k, n, value, *rest = line.split()
        (row,) = [
            one
            for one in rows
            if (one["task"], one["model"], one["form"], one["k"]) == (task, model, form, k)
        ]
        assert (row["engine"], row["n"], f"{float(row['value']):.3f}") == (engine, n, value)
        told = [float(one) for one in rest if one != "to"]
        names = ("low", "high", "difference", "difference_low", "difference_high", "mcnemar_p")
        there = [float(row[name]) for name in names if row[name]]
        assert told == pytest.approx(there, abs=6e-4)


def test_the_columns_of_the_speed_are_those_of_the_page() -> None:
    named = first_cells(page("docs/speed.md"), "## What a run reports")
    assert set(named) == set(speed.COLUMNS) - {"model", "engine"}


def test_the_columns_of_the_conditioning_report_are_those_of_the_page() -> None:
    named = first_cells(page("docs/conditioning.md"), "## The columns of `conditioning.csv`")
    assert tuple(named) == conditioning.COLUMNS


def test_the_faults_of_the_page_are_those_that_anyone_can_run() -> None:
    named = first_cells(page("docs/reliability.md"), "## What was tried")
    assert named == [*faults.FAULTS, "--real"]


def test_the_estimate_of_the_page_is_what_is_printed(call: Call) -> None:
    found = re.search(
        r"^```console\n\$ evalsuite (.+)\n((?:.*\n)+?)```$", page("docs/speed.md"), re.MULTILINE
    )
    assert found is not None
    ran = call(*shlex.split(found[1]))
    assert [line.rstrip() for line in ran.out.splitlines()] == [
        line.rstrip() for line in found[2].splitlines()
    ]


def test_the_arguments_of_servers_have_the_names_and_defaults_of_the_page() -> None:
    table = page("docs/servers.md").partition("## Arguments")[2].partition("## ")[0]
    told = {
        name: default.strip().strip("`")
        for names, default in re.findall(r"^\| (`.+?`) \| (.+?) \|", table, re.MULTILINE)
        for name in re.findall(r"`(\w+)`", names)
    }
    there = {
        one.name: "none" if one.default is None else str(one.default) for one in fields(Serving)
    }
    there |= {"served": "--model", "timeout": "600"}
    assert told == there


def test_the_method_has_the_numbers_of_the_code() -> None:
    told = " ".join(page("docs/method.md").split())
    in_words = {9: "nine", 10: "ten"}
    for says in (
        f"over {in_words[calibration.BINS]} bins",
        f"percentile bootstrap over instances with {stats.RESAMPLES:,} resamples",
        f"sign flips of the instances' differences ({stats.FLIPS:,},",
        f"would show {power.POWER * 10:.0f} times in 10",
        f"false alarm in the report is then at most {power.ALPHA * 100:.0f} %",
        f"z = {NormalDist().inv_cdf((1 + stats.CONFIDENCE) / 2):.2f}",
        f"holds {in_words[len(shortcuts.BASELINES)]} trivial baselines",
    ):
        assert says in told


def test_the_baselines_of_the_page_are_those_of_every_task(call: Call, tmp_path: Path) -> None:
    written = page("docs/baselines.md")
    folders = (paths.shipped("tasks"),)
    every = [tasks.task(name, folders) for name in tasks.task_names(folders)]
    drawn = {one.name: one for one in every if one.path.parent.name != "datasets"}
    lines = [line for line in written.splitlines() if "| 200 |" in line]
    rows = {line.split(" | ")[0].strip("| *"): line for line in lines}
    assert rows.keys() <= drawn.keys()
    open_or_listed = {name for name in drawn if name not in rows}
    assert all(drawn[name].answer == "certificate" for name in open_or_listed - {"pelletier"})
    again = tmp_path / "again.md"
    assert call("tasks", "check", "formula-type", "--markdown", again).status == 0
    made = again.read_text(encoding="utf-8").splitlines()
    assert made[-1] == rows["formula-type"]
    assert "\n".join(made[:-1]) in written
