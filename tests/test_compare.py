"""Two sides are compared question by question, or it is said plainly why they cannot be."""

import csv
import io
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from evalsuite import store
from evalsuite.cli.compare import COLUMNS
from evalsuite.compare import Compared, compare
from evalsuite.errors import UnknownName, UserMistake
from evalsuite.pairing import Side, chosen, described
from evalsuite.records import Completion, Judged
from tests.calling import Call
from tests.conditions import PLAIN
from tests.judging import answered, judged
from tests.test_cli import refused
from tests.test_store import question

FEW = replace(PLAIN, k=4)
RNG = np.random.default_rng(1)


def side(*ones: tuple[Judged, ...], **others: Any) -> Side:
    return Side(name="run", judged=tuple(one for each in ones for one in each), **others)


def hinders(found: Compared) -> list[str]:
    return [one.what for one in found.mismatches if one.hinders]


# ── what pairs ──────────────────────────────────────────────────────────────────────────────────


def test_the_difference_is_b_minus_a_on_the_same_instances() -> None:
    found = compare(side(answered([1, 1, 0, 0, 0])), side(answered([1, 0, 1, 1, 1], model="two")))
    (line,) = found.lines
    assert (line.n, line.clusters, line.a, line.b) == (5, 5, 0.4, 0.8)
    assert (line.gains, line.losses) == (3, 1)
    assert line.difference == pytest.approx(0.4)
    assert (line.model_a, line.model_b) == ("one", "two")
    assert found.comparable
    assert not found.pooled
    gained = [one.a.question.instance for one in found.flips if one.gain]
    assert gained == [f"entailment/00{i}" for i in (2, 3, 4)]


def test_models_pair_by_name_where_both_sides_have_several() -> None:
    one = side(answered([1, 0]), answered([1, 1], model="two"), answered([1, 1], model="solver"))
    other = side(answered([1, 1]), answered([0, 1], model="two"), answered([1, 0], model="random"))
    found = compare(one, other)
    assert [(line.model_a, line.model_b) for line in found.lines] == [
        ("one", "one"),
        ("two", "two"),
    ]
    more = side(answered([1], model="three"), answered([1], model="four"))
    with pytest.raises(UserMistake, match="share no model: A has `one`, `two`, B has"):
        compare(one, more)


def test_baselines_beside_a_model_are_compared_where_they_are_named() -> None:
    chance = answered([1, 0], model="random")
    one, other = side(answered([1, 0]), chance), side(answered([1, 1]), chance)
    found = compare(one, other)
    assert [(line.model_a, line.model_b) for line in found.lines] == [("one", "one")]
    assert found.left_out == ("baseline `random`",)
    for a, b in (
        (chosen(one, {"model": "random"}), chosen(other, {"model": "one"})),
        (side(chance), other),  # a baseline alone
    ):
        assert [(line.model_a, line.model_b) for line in compare(a, b).lines] == [("random", "one")]
    two = side(chance, answered([1, 1], model="solver"))
    assert [line.model_a for line in compare(two, two).lines] == ["random", "solver"]


def test_two_conditions_pair_in_all_that_was_not_named() -> None:
    plain = replace(PLAIN, description=False)
    ones = side(
        answered([0, 0]),
        answered([1, 0], under=FEW),
        answered([0, 0], under=plain),
        answered([1, 1], under=replace(plain, k=4)),
        answered([1, 1], under=replace(FEW, shot_seed=1)),
    )
    found = compare(chosen(ones, {"k": "0"}), chosen(ones, {"k": "4"}))
    assert [(line.condition_a, line.condition_b) for line in found.lines] == [
        ("en, text, k = 0", "en, text, k = 4"),
        ("en, text, k = 0, no description", "en, text, k = 4, no description"),
    ]
    assert [line.difference for line in found.lines] == [0.5, 1.0]
    assert found.left_out == ("`entailment`, en, text, k = 4, seed 1: only in B",)
    with pytest.raises(
        UserMistake, match="`k` is named on one side alone, and is 0, 4 on the other"
    ):
        compare(ones, chosen(ones, {"k": "4"}))


def test_two_models_pair_in_one_form_or_each_in_its_own() -> None:
    chat = replace(PLAIN, form="chat")
    one = side(answered([1, 0]), answered([1, 1], under=FEW))
    other = side(
        answered([1, 1], model="two", under=chat),
        answered([1, 1], model="two", under=FEW),
        answered([1, 1], model="two", under=replace(chat, k=4)),
    )
    found = compare(one, other)
    assert {(line.condition_a, line.condition_b) for line in found.lines} == {
        ("en, text, k = 0", "en, chat, k = 0"),
        ("en, text, k = 4", "en, text, k = 4"),
    }
    assert found.comparable
    same = side(answered([1, 1], under=chat))  # one model: its form was not named
    assert not compare(side(answered([1, 0])), same).lines


def test_what_is_chosen_must_be_there() -> None:
    ones = side(answered([1]))
    with pytest.raises(UnknownName, match="unknown factor `shots`"):
        chosen(ones, {"shots": "4"})
    with pytest.raises(UnknownName, match="unknown k of run `4`"):
        chosen(ones, {"k": "4"})
    with pytest.raises(UnknownName, match="unknown task of run `entailmnt`"):
        chosen(ones, {}, ["entailmnt"])


def test_a_condition_is_told_by_what_it_has_of_its_own() -> None:
    odd = replace(
        FEW, template="t", description=False, labels="none", shot_mode="per-item", shot_seed=2
    )
    assert described(odd, "entailment") == (
        "en, text, k = 4, template t, no description, labels none, per-item, seed 2"
    )


# ── statistics, computed another way ────────────────────────────────────────────────────────────


def random_sides() -> tuple[Side, Side]:
    """Return two models on three tasks with the same problems, under two conditions."""
    ones, others = [], []
    for task in ("entailment", "words", "letters"):
        for under in (PLAIN, FEW):
            before = RNG.random(60) < 0.5
            after = np.where(RNG.random(60) < 0.7, before, RNG.random(60) < 0.8)
            ones.append(answered(before, task=task, under=replace(under, template=task)))
            others.append(
                answered(after, task=task, under=replace(under, template=task), model="two")
            )
    return side(*ones), side(*others)


def test_p_values_are_those_of_statsmodels_and_corrected_over_all_lines() -> None:
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.multitest import multipletests

    found = compare(*random_sides())
    assert len(found.lines) == 6
    theirs = [
        float(mcnemar([[0, line.gains], [line.losses, 0]], exact=True).pvalue)
        for line in found.lines
    ]
    assert [line.p for line in found.lines] == pytest.approx(theirs)
    corrected = multipletests(theirs, method="holm")[1]
    assert [line.p_holm for line in found.lines] == pytest.approx(list(corrected))


def test_pooled_the_twins_are_one_cluster_each() -> None:
    import statsmodels.api as sm

    one, other = random_sides()
    *by_condition, everything = compare(one, other).pooled
    assert [(line.tasks, line.n, line.clusters) for line in by_condition] == [(3, 180, 60)] * 2
    assert (everything.tasks, everything.n, everything.clusters) == (3, 360, 60)
    right = {each.question.key: each.score.verdict == 0 for each in (*one.judged, *other.judged)}
    differences = [
        int(right[b.question.key]) - int(right[a.question.key])
        for a, b in zip(one.judged, other.judged, strict=True)
    ]
    groups = np.array([int(each.question.twin.removeprefix("problem ")) for each in one.judged])
    fitted = sm.OLS(differences, np.ones(360)).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    assert everything.robust is not None
    found = (everything.difference, everything.robust.low, everything.robust.high)
    assert found == pytest.approx((fitted.params[0], *fitted.conf_int()[0]))
    sums = np.bincount(groups, differences)
    means = sums[np.random.default_rng(2).integers(0, 60, (20_000, 60))].sum(axis=1) / 360
    low, high = np.quantile(means, [0.025, 0.975])
    assert (everything.low, everything.high) == pytest.approx((low, high), abs=0.01)
    assert everything.p_holm is None


def test_copies_of_the_same_problems_make_nothing_surer() -> None:
    before, after = RNG.random(50) < 0.4, RNG.random(50) < 0.6
    tasks = ("a", "b", "c", "d")
    one = side(*(answered(before, task=task) for task in tasks))
    other = side(*(answered(after, task=task, model="two") for task in tasks))
    found = compare(one, other)
    assert found.pooled[0].n == 200
    assert found.pooled[0].p == pytest.approx(found.lines[0].p, abs=0.01)
    width = found.lines[0].high - found.lines[0].low
    assert found.pooled[0].high - found.pooled[0].low == pytest.approx(width, rel=0.1)


# ── what hinders ────────────────────────────────────────────────────────────────────────────────

MANIFEST: Mapping[str, Any] = {
    "tasks": {"entailment": {"version": 2, "digest": "ab", "seed": 1, "metrics": ["accuracy"]}},
    "templates": {"en/entailment": "12"},
    "forms": {"en/text": "34"},
    "settings": {"seed": 0, "dtype": "auto", "max_context": 8192, "arguments": {}},
    "subjects": [{"name": "one", "engine": "vllm", "weights_sha256": "56"}],
    "versions": {"evalsuite": "0.1.0", "vllm": "0.32.0"},
}
HINDRANCES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "problem": ({"twin": "another"}, {}, "problems of 1 instances, such as entailment/003"),
    "gold": ({"gold": 1}, {}, "gold labels of 1 instances"),
    "labels": ({"labels": ("a", "b")}, {}, "labels of 1 instances"),
    "prompt": ({"prompt": "another"}, {}, "prompts of 1 instances"),
    "answers": ({"answers": ("sim", "não")}, {}, "answers of 1 instances"),
    "shots": ({"shots": ("shot/9",)}, {}, "shots of 1 instances"),
    "instance": ({"instance": "entailment/999"}, {}, "instances, 5 shared"),
    "version": ({}, {"tasks": {"entailment": {"version": 3}}}, "`entailment`: version"),
    "definition": ({}, {"tasks": {"entailment": {"digest": "ff"}}}, "`entailment`: definition"),
    "seed": ({}, {"tasks": {"entailment": {"seed": 9}}}, "`entailment`: seed"),
    "metrics": ({}, {"tasks": {"entailment": {"metrics": ["b"]}}}, "`entailment`: metrics"),
    "template": ({}, {"templates": {"en/entailment": "ff"}}, "template `en/entailment`"),
    "form": ({}, {"forms": {"en/text": "ff"}}, "form `en/text`"),
    "engine's seed": ({}, {"settings": {"seed": 1}}, "engine's seed"),
    "sampling": ({}, {"sampling": {"samples": 5}}, "sampling"),
}


@pytest.mark.parametrize(("change", "manifest", "told"), HINDRANCES.values(), ids=HINDRANCES)
def test_what_hinders_is_named(change: dict[str, Any], manifest: dict[str, Any], told: str) -> None:
    ones = answered([1, 0, 1, 0, 1, 0])
    others = [*ones[:3], replace(ones[3], question=replace(ones[3].question, **change)), *ones[4:]]
    found = compare(
        side(ones, manifest=MANIFEST), side(tuple(others), manifest={**MANIFEST, **manifest})
    )
    assert not found.comparable
    (what,) = hinders(found)
    assert told in what
    other_problem = change.keys() & {"twin", "gold", "labels", "instance"}
    assert found.lines[0].n == (5 if other_problem else 6)  # what is not the same never pairs


HARMLESS: dict[str, tuple[dict[str, Any], str]] = {
    "engine": ({"subjects": [{"name": "one", "engine": "transformers"}]}, "`one`: engine"),
    "weights": ({"subjects": [{"name": "one", "weights_sha256": "ff"}]}, "`one`: weights"),
    "versions": ({"versions": {"evalsuite": "0.2.0"}}, "version of evalsuite"),
    "dtype": ({"settings": {"seed": 0, "dtype": "float32"}}, "settings: dtype"),
}


@pytest.mark.parametrize(("manifest", "told"), HARMLESS.values(), ids=HARMLESS)
def test_what_does_no_harm_is_told_as_such(manifest: dict[str, Any], told: str) -> None:
    ones = answered([1, 0])
    found = compare(
        side(ones, manifest=MANIFEST, seconds={"one": 1.0}),
        side(ones, manifest={**MANIFEST, **manifest}, seconds={"one": 2.0}),
    )
    assert found.comparable
    assert {told, "`one`: seconds of asking"} <= {one.what for one in found.mismatches}
    assert not any(one.hinders for one in found.mismatches)


@pytest.mark.parametrize(
    "manifest",
    [{"tasks": []}, {"tasks": {"entailment": 3}}, {"subjects": {"a": 1}}, {"subjects": [3]},
     {"settings": None, "versions": "x", "templates": 4, "forms": []}],
)  # fmt: skip
def test_a_manifest_that_says_nothing_of_use_hinders_nothing(manifest: dict[str, Any]) -> None:
    ones = answered([1, 0])
    assert compare(side(ones, manifest=MANIFEST), side(ones, manifest=manifest)).comparable


def test_shots_that_did_not_fit_are_told_and_hinder_not() -> None:
    ones = answered([1, 0], under=FEW)
    cut = answered([1, 0], under=FEW, shots=("shot/1",) * 3, dropped=1, model="two")
    found = compare(side(ones), side(cut))
    assert found.comparable
    assert [one.what for one in found.mismatches] == ["shots that did not fit"]


# ── the metric ──────────────────────────────────────────────────────────────────────────────────


def test_a_task_that_has_not_the_metric_is_left_out_by_name() -> None:
    tasks = {
        "entailment": {"metrics": ["accuracy"]},
        "proofs": {"metrics": ["accuracy", "certified-accuracy"]},
    }
    sides = [
        side(
            answered([1, 0], model=model),
            answered([1, 0], model=model, task="proofs"),
            manifest={"tasks": tasks},
        )
        for model in ("one", "two")
    ]
    found = compare(sides[0], sides[1], "certified-accuracy")
    assert [line.task for line in found.lines] == ["proofs"]
    assert found.left_out == ("task `entailment`: has no metric `certified-accuracy`",)
    alone = [chosen(one, {}, ["entailment"]) for one in sides]
    with pytest.raises(UserMistake, match="`certified-accuracy`: not one of `entailment`"):
        compare(alone[0], alone[1], "certified-accuracy")


@pytest.mark.parametrize("name", ["consistency", "gold-perplexity", "sample-accuracy", "any-right"])
def test_a_metric_of_many_questions_is_said_to_be_one(name: str) -> None:
    with pytest.raises(UserMistake, match=f"`{name}` is not compared question by question") as told:
        compare(side(answered([1])), side(answered([1])), name)
    assert "`certified-accuracy`" in (told.value.hint or "")
    with pytest.raises(UnknownName, match="unknown metric `accurate`"):
        compare(side(answered([1])), side(answered([1], task="other")), "accurate")


def test_no_shared_task_is_nothing_to_compare() -> None:
    found = compare(side(answered([1])), side(answered([1], task="other")))
    assert not found.comparable
    assert hinders(found) == ["tasks under the same condition"]
    assert found.left_out == ("task `entailment`: only in A", "task `other`: only in B")


# ── the command, on runs of the fast engines ────────────────────────────────────────────────────

TASKS = {
    "entailment/formulas": "about: a\nfamily: entailment\nsize: 30\nseed: 3\n",
    "entailment/again": "about: b\nfamily: entailment\nsize: 30\nseed: 3\n",
    "suites/tiny": "about: c\ntasks: [formulas, again]\nmodels: [a]\nbaselines: []\nshots: 0\n"
    "description: [true, false]\n",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with tasks, of which two have the same problems."""
    folder = tmp_path_factory.mktemp("home")
    for name, content in TASKS.items():
        path = folder / "tasks" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def runs(home: Path, call: Call) -> dict[str, str]:
    """Return the names of runs by engine, made once."""
    for engine in ("random", "solver"):
        if not (home / engine).exists():
            words = ("run", "tiny", "-e", engine, "--tasks", home / "tasks", "--results")
            assert call(*words, home / "results", "--json").status == 0
            (home / engine).touch()
    found = {}
    for folder in sorted((home / "results" / "runs").glob("*")):
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if manifest["limit"] is None:
            found[manifest["subjects"][0]["name"]] = folder.name
    return found


def options(runs: Mapping[str, str]) -> list[str]:
    """Return the words that compare the solver with chance."""
    return [runs["random"], runs["solver"]]


def test_two_runs_are_compared_task_by_task_and_pooled(
    runs: dict[str, str], home: Path, call: Call
) -> None:
    ran = call("compare", *options(runs), "--results", home / "results", "--format", "json")
    assert ran.status == 0, ran.err
    found = json.loads(ran.out)
    assert found["comparable"]
    assert [(one["task"], one["n"], one["b"]) for one in found["lines"]] == [
        (task, 30, 1.0) for task in ("formulas", "formulas", "again", "again")
    ]
    for one in found["lines"]:
        assert one["losses"] == 0
        assert one["difference"] == pytest.approx(one["gains"] / 30)
        assert one["p_holm"] < 0.01
    everything = found["pooled"][-1]
    assert (everything["n"], everything["clusters"]) == (120, 30)  # the tasks' problems are twins
    assert {"engine", "seconds of asking"} >= {
        one["what"] for one in found["mismatches"] if one["what"] != "version of python-sat"
    }
    table = call("compare", *options(runs), "--results", home / "results")
    assert table.out.splitlines()[1].startswith("differences: B minus A")
    assert "A: " in table.err
    assert "differs, harmless: engine" in table.err


def test_flips_are_shown_with_their_texts(runs: dict[str, str], home: Path, call: Call) -> None:
    words = (*options(runs), "--results", home / "results", "--flips", "2")
    found = json.loads(call("compare", *words, "--format", "json").out)
    assert len(found["flips"]) == 2  # the solver has no losses
    one = found["flips"][0]
    assert (one["flip"], one["b"]["verdict"]) == ("gain", one["gold"])
    assert one["a"]["verdict"] != one["gold"]
    assert "Conclusion" in one["prompt"]
    assert len(one["prompt"]) <= 410
    shown = call("compare", *words).out
    assert one["instance"] in shown
    assert f"A: {one['a']['verdict']} (wrong)" in shown
    assert f"B: {one['gold']} (right)" in shown


def test_two_that_differ_in_one_factor_are_told_how_to_name_it(
    home: Path, call: Call, tmp_path: Path
) -> None:
    tasks = ("--tasks", home / "tasks", "--results", tmp_path)
    asked = [("--language", "en"), ("--language", "pt"), ("--shots", "1", "--language", "pt")]
    english, portuguese, other = (
        json.loads(call("run", "tiny", "-e", "solver", *words, *tasks, "--json").out)["run"]
        for words in asked
    )
    words = ("compare", english, portuguese, "--results", tmp_path)
    ran = call(*words)
    assert ran.status == 1
    assert "differ in `language`: `--a language=en --b language=pt`" in " ".join(ran.err.split())
    assert call(*words, "--a", "language=en", "--b", "language=pt").status == 0
    two = call("compare", english, other, "--results", tmp_path)  # language and k
    assert two.status == 1
    assert "differ in" not in two.err


def test_a_copy_is_said_to_hold_the_same_answers(
    runs: dict[str, str], home: Path, call: Call, tmp_path: Path
) -> None:
    for name in runs.values():
        shutil.copytree(home / "results" / "runs" / name, tmp_path / "runs" / name)
    shutil.copytree(tmp_path / "runs" / runs["random"], tmp_path / "runs" / "copy")
    told = "warning: the two hold the same answers"
    for shape in ("table", "json"):
        words = ("--results", tmp_path, "--format", shape)
        copied = call("compare", runs["random"], "copy", *words)
        assert (copied.status, copied.err.count(told)) == (0, 1)
        assert told not in call("compare", *options(runs), *words).err


def test_parts_of_one_run_are_compared(runs: dict[str, str], home: Path, call: Call) -> None:
    words = ("compare", runs["random"], "--results", home / "results", "--format", "csv")
    ran = call(*words, "--a", "description=false", "--b", "description=true", "--task", "formulas")
    (line,) = csv.DictReader(io.StringIO(ran.out))
    assert tuple(line) == COLUMNS
    assert (line["condition_a"], line["condition_b"]) == (
        "en, text, k = 0, template entailment, no description",
        "en, text, k = 0, template entailment",
    )
    p = binomtest(int(line["gains"]), int(line["gains"]) + int(line["losses"])).pvalue
    assert float(line["p"]) == pytest.approx(p, abs=1e-6)
    refused(call(*words), "would be compared with itself", "`--a k=0 --b k=4`")
    refused(call(*words, "--a", "model=random"), "would be compared with itself")
    refused(call(*words, "--a", "k"), "--a: `k`", "`name=level`")
    other = call("compare", f"{runs['random']}:none", *words[1:])
    refused(other, "unknown model", "known: `random`")


def test_flips_show_what_each_side_wrote_where_the_keys_are_the_same(
    tmp_path: Path, call: Call
) -> None:
    for name, said in (("one", "Answer: yes"), ("two", "Answer: no")):
        with store.opened(tmp_path / "runs" / name, create=True) as kept:
            kept.write_manifest(
                {"suite": {"name": "s"}, "tasks": {"small": {"metrics": ["accuracy"]}}}
                | {"subjects": []}
            )
            kept.plan([replace(question("a"), answer="generate", answers=("yes", "no"))])
            kept.add(
                kept.begin("some", "vllm", {}), Completion(key="a", text=said, finish="stop"), 0
            )
    words = ("compare", "one", "two", "--flips", "1", "--format", "json", "--results", tmp_path)
    (flip,) = json.loads(call(*words).out)["flips"]
    assert (flip["a"]["text"], flip["b"]["text"]) == ("Answer: yes", "Answer: no")


@pytest.mark.parametrize("words", [("compare", "begun", "other"), ("power", "-d", "0.1", "--run")])
def test_a_run_without_an_answer_is_said_to_have_none(
    words: tuple[str, ...], call: Call, tmp_path: Path
) -> None:
    for name in ("begun", "other"):
        with store.opened(tmp_path / "runs" / name, create=True) as kept:
            kept.write_manifest({"suite": {"name": "s"}, "tasks": {}, "subjects": []})
            kept.plan([question("a")])
    ran = call(*words, *(["begun"] if words[0] == "power" else []), "--results", tmp_path)
    refused(ran, "begun: no question has an answer yet", "`evalsuite run`")


def test_runs_that_do_not_fit_are_refused_until_forced(
    runs: dict[str, str], home: Path, call: Call
) -> None:
    words = ["run", "tiny", "-e", "solver", "--tasks", home / "tasks", "--limit", "20"]
    small = json.loads(call(*words, "--results", home / "results", "--json").out)["run"]
    both = ("compare", runs["solver"], small, "--results", home / "results")
    ran = call(*both)
    assert (ran.status, ran.out) == (1, "")
    assert "instances, 20 shared: 30 in A, 20 in B" in ran.err
    assert "error: the two are not comparable\nhint: `--force`" in ran.err
    ran = call(*both, "--force", "--format", "json")
    assert ran.status == 0
    found = json.loads(ran.out)
    assert not found["comparable"]
    assert [one["n"] for one in found["lines"]] == [20] * 4


@pytest.mark.parametrize("shape", ["table", "markdown", "latex", "csv", "json"])
def test_hostile_names_stay_what_they_are(
    shape: str, runs: dict[str, str], home: Path, call: Call, tmp_path: Path
) -> None:
    hostile = "=cmd()\\input{x}|<b>\x1b[31m\u202e"
    for name in runs.values():
        renamed(home / "results" / "runs" / name, tmp_path / "runs" / name, hostile)
    ran = call("compare", *options(runs), "--results", tmp_path, "--format", shape, "--flips", "1")
    assert ran.status == 0, ran.err
    assert not {"\x1b", "\u202e"} & {*ran.out, *ran.err}
    if shape == "csv":
        assert not any(line.startswith("=") for line in ran.out.splitlines())
    if shape == "latex":
        assert "\\input" not in ran.out
        assert "\\textbackslash{}input\\{x\\}" in ran.out
    if shape == "markdown":
        assert "<b>" not in ran.out
        assert len({line.replace("\\|", "").count("|") for line in ran.out.splitlines()[:4]}) == 1


def renamed(run: Path, copy: Path, name: str) -> None:
    """Copy a stored run, its tasks renamed past all checks of what plans a run."""
    with store.opened(run, create=False) as kept:
        questions, responses, manifest = tuple(kept.questions()), kept.responses(), kept.manifest()
    tasks = {name + task: told for task, told in manifest["tasks"].items()}
    with store.opened(copy, create=True) as kept:
        kept.write_manifest({**manifest, "tasks": tasks})
        kept.plan(replace(one, task=name + one.task) for one in questions)
        spell = kept.begin("a", "random", {})
        for one in responses.values():
            kept.add(spell, one, 0.0)
        kept.end(spell, len(responses))


def test_a_pair_needs_no_more_than_its_own_questions() -> None:
    one = judged(0, right=True, model="one")
    other = judged(0, right=False, model="two")
    (line,) = compare(side((one,)), side((other,))).lines
    assert (line.n, line.difference, line.low, line.high, line.p) == (1, -1.0, -1.0, -1.0, 1.0)
