"""The leaderboard as other tools read it: each format is read back, and no name breaks one."""

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from huggingface_hub.repocard_data import ModelCardData
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalsuite import judging, leaderboard, parquet, store, tables
from evalsuite.errors import RunMistake, UserMistake
from evalsuite.interop import from_lm_eval, lm_eval_results
from evalsuite.interop.model_card import model_card
from evalsuite.loaded import load
from evalsuite.records import Outcome
from tests.calling import Call
from tests.test_cli import refused
from tests.test_leaderboard import NASTY, a_row, all_rows
from tests.test_leaderboard import _rounded as rounded

WHEN = datetime(2026, 1, 2, 3, 4, 5, 678901)  # noqa: DTZ001 - as lm-evaluation-harness has it

# ── Parquet ─────────────────────────────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=30)
@given(st.lists(all_rows, max_size=4))
@example([a_row(model=name) for name in NASTY])
def test_parquet_is_read_back_as_it_was_written(rows: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "board.parquet"
        parquet.write(rows, path)
        assert parquet.read(path) == tuple(map(rounded, rows))


def test_parquet_has_the_documented_columns_types_and_schema(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet as reader

    parquet.write([a_row()], tmp_path / "board.parquet")
    schema = reader.read_schema(tmp_path / "board.parquet")
    assert tuple(schema.names) == leaderboard.COLUMNS
    assert schema.metadata[b"evalsuite.leaderboard.schema"] == b"3"
    assert schema.field("model").type == pa.string()
    assert schema.field("k").type == pa.int64()
    assert schema.field("value").type == pa.float64()
    assert schema.field("description").type == pa.bool_()
    (line,) = reader.read_table(tmp_path / "board.parquet").to_pylist()
    written = tables.csv_text(
        leaderboard.COLUMNS, leaderboard.lines([a_row()]), leaderboard._DIGITS
    )
    (told,) = csv.DictReader(written.splitlines())
    for column, cell in told.items():
        assert (line[column] is None) == (cell == "")
        if isinstance(line[column], float):
            assert float(cell) == line[column]


SPOILED: dict[str, tuple[str, Any]] = {
    "no column `low`": ("low", None),
    "`n` is of type string": ("n", ["3"]),
    "column `schema`": ("schema", [9]),
    "column `value`": ("value", [float("nan")]),
}


@pytest.mark.parametrize("told", SPOILED)
def test_a_parquet_file_that_is_no_leaderboard_is_refused(told: str, tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet as arrow

    path = tmp_path / "board.parquet"
    parquet.write([a_row()], path)
    table = arrow.read_table(path)
    column, values = SPOILED[told]
    place = table.column_names.index(column)
    table = table.remove_column(place)
    if values is not None:
        table = table.add_column(place, column, pa.array(values))
    arrow.write_table(table, path)
    with pytest.raises(RunMistake, match=re.escape(told)) as caught:
        parquet.read(path)
    assert caught.value.message.startswith(str(path))


def test_a_parquet_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "board.parquet"
    parquet.write([a_row()], path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RunMistake, match="no Parquet file that can be read"):
        parquet.read(path)


def test_without_pyarrow_the_user_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserMistake, match="`pyarrow` is not installed") as caught:
        parquet.write([a_row()], tmp_path / "board.parquet")
    assert "evalsuite[datasets]" in (caught.value.hint or "")


# ── LaTeX, JSON, merging ────────────────────────────────────────────────────────────────────────

COMMAND = re.compile(r"\\([a-zA-Z]+|.)")
ALLOWED = {
    *("begin", "end", "toprule", "midrule", "bottomrule", "pm", "\\"),
    *("textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater"),
    *("textbar", "textquotedbl", "textasciigrave", "textquotesingle", *"&%$#_{}"),
}


@settings(deadline=None, max_examples=60)
@given(st.lists(all_rows, max_size=3))
@example(
    [a_row(model=name) for name in (*NASTY, r"\input{/etc/passwd}%$^^M", "--", "[*]", "\x1b[0m")]
)
def test_latex_has_no_command_of_a_name(rows: list[Any]) -> None:
    written = leaderboard.to_latex(rows)
    assert set(COMMAND.findall(written)) <= ALLOWED
    body = written.split("\\midrule\n")[1].split("\\bottomrule")[0]
    lines = body.splitlines()
    assert len(lines) == len(rows)
    (columns,) = re.findall(r"\\begin{tabular}{([lr]+)}", written)
    assert 18 <= len(columns) <= 21
    for line in lines:
        assert line.endswith(" \\\\")
        assert len(re.findall(r"(?<!\\)&", line)) == len(columns) - 1
        assert not re.search(r"(?<!\\)[%#~^]", line)
        assert not line.startswith(("[", "*"))
        assert line.isprintable()


def test_latex_has_a_minus_and_no_dash() -> None:
    assert (
        tables.latex_text("-0.5 to 0.5, a--b, smollm2-135m")
        == "$-$0.5 to 0.5, a-{}-b, smollm2-135m"
    )


@settings(deadline=None, max_examples=30)
@given(st.lists(all_rows, max_size=3))
def test_json_has_the_columns_with_the_digits_of_the_file(rows: list[Any]) -> None:
    written = json.loads(json.dumps(leaderboard.to_json(rows)))
    assert [tuple(one) for one in written] == [leaderboard.COLUMNS] * len(rows)
    assert [one["value"] for one in written] == [round(row.estimate.value, 4) for row in rows]


def test_a_run_in_two_leaderboards_counts_once() -> None:
    one, other = a_row(run="a"), a_row(run="b")
    assert leaderboard.unite([[other, one], [one]]) == (one, other)
    with pytest.raises(RunMistake, match="run `a`: its rows differ"):
        leaderboard.unite([[one], [replace(one, dropped=9)]])


# ── a stored run ────────────────────────────────────────────────────────────────────────────────

TASKS = {
    "entailment/follows": "about: a\nfamily: entailment\nsize: 12\nseed: 3\n",
    "propositional/values": (
        "about: a\nfamily: satisfiable\nsize: 8\nseed: 3\nanswer: certificate\n"
        "scorer: valuation\nmetrics: [accuracy, certified-accuracy]\n"
        "template: satisfiable-valuation\nmax_tokens: 64\n"
    ),
    "suites/tiny": (
        "about: c\ntasks: [follows, values]\nmodels: [a]\nbaselines: []\nshots: 0\n"
        "description: [true, false]\n"
    ),
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    for name, content in TASKS.items():
        path = folder / "tasks" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def results(home: Path, call: Call) -> Path:
    """Return a results folder with a run of the solver and one of chance, made once."""
    for engine in ("random", "solver"):
        if not (home / engine).exists():
            words = ("run", "tiny", "-e", engine, "--tasks", home / "tasks", "--results")
            ran = call(*words, home / "results", "--json")
            assert ran.status == 0, ran.err
            (home / engine).touch()
    return home / "results"


def run_of(results: Path, model: str) -> Path:
    rows = leaderboard.read(results / "leaderboard.csv")
    return results / "runs" / next(row.run for row in rows if row.model == model)


@pytest.mark.parametrize("model", ["random", "solver"])
def test_what_is_written_for_lm_eval_is_read_back_as_the_same_run(
    model: str, results: Path, tmp_path: Path
) -> None:
    folder = run_of(results, model)
    (path,) = lm_eval_results.write(load(folder), tmp_path / "theirs", WHEN)
    assert path.name == "results_2026-01-02T03-04-05.678901.json"
    imported = from_lm_eval.read([tmp_path / "theirs"], None)
    assert imported.notes == ()  # every item is judged as it was written
    from_lm_eval.keep(imported, tmp_path / "run")
    with store.opened(tmp_path / "run", create=False) as kept:
        back = judging.rows(kept, judging.judged(kept))
    before = {(row.task, row.condition, row.metric): row for row in load(folder).board}
    assert {(row.task, row.condition, row.metric) for row in back} == before.keys()
    for row in back:
        mine = before[row.task, row.condition, row.metric]
        assert (row.estimate, row.counts) == (mine.estimate, mine.counts)


@pytest.mark.parametrize("below", [(), ("random",)], ids=["run", "model"])
def test_a_file_in_the_way_of_what_lm_eval_reads_is_named(
    below: tuple[str, ...], results: Path, tmp_path: Path, call: Call
) -> None:
    run = run_of(results, "random").name
    way = tmp_path.joinpath(run, *below)
    way.parent.mkdir(exist_ok=True)
    way.write_text("mine", encoding="utf-8")
    words = ("leaderboard", "--results", results, "--format", "lm-eval", "--out", tmp_path)
    refused(call(*words), f"{run}: cannot be written: ")
    assert way.read_text(encoding="utf-8") == "mine"


def test_results_have_the_fields_of_lm_eval(results: Path, tmp_path: Path) -> None:
    (path,) = lm_eval_results.write(load(run_of(results, "random")), tmp_path, WHEN)
    told = json.loads(path.read_text(encoding="utf-8"))
    name = "evalsuite_follows_en_text_k0_entailment"
    assert set(told["results"]) == {
        *(name, f"{name}_no-description"),
        "evalsuite_values_en_text_k0_satisfiable-valuation",
        "evalsuite_values_en_text_k0_satisfiable-valuation_no-description",
    }
    scores = told["results"][name]
    (row,) = (
        row
        for row in load(run_of(results, "random")).board
        if row.task == "follows" and row.condition.description and row.metric == "accuracy"
    )
    assert scores["acc,none"] == row.estimate.value
    share = row.estimate.value
    assert scores["acc_stderr,none"] == pytest.approx((share * (1 - share) / 11) ** 0.5)
    assert (scores["alias"], scores["sample_len"]) == (name, 12)
    assert told["n-samples"][name] == {"original": 12, "effective": 12}
    assert (told["n-shot"][name], told["versions"][name]) == (0, 1)
    assert told["higher_is_better"][name]["acc"] is True
    assert told["configs"][name]["output_type"] == "multiple_choice"
    assert (told["model_name"], told["lm_eval_version"]) == ("random", None)
    assert {"config", "date", "group_subtasks", "task_hashes", "model_source"} <= told.keys()
    lines = (path.parent / f"samples_{name}_2026-01-02T03-04-05.678901.jsonl").read_text("utf-8")
    sample = json.loads(lines.splitlines()[0])
    assert {
        "doc_id",
        "doc",
        "target",
        "arguments",
        "resps",
        "filtered_resps",
        "acc",
    } <= sample.keys()
    assert sample["arguments"]["gen_args_0"]["arg_1"] == " yes"


@pytest.mark.skipif(find_spec("lm_eval") is None, reason="lm-eval is not installed")
def test_lm_eval_prints_its_table_of_our_results(results: Path, tmp_path: Path) -> None:
    (path,) = lm_eval_results.write(load(run_of(results, "solver")), tmp_path, WHEN)
    code = (
        "import json, sys; from lm_eval.utils import make_table;"
        "print(make_table(json.load(open(sys.argv[1], encoding='utf-8'))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert re.search(
        r"evalsuite_follows_en_text_k0_entailment *\| *1\|none *\| *0\|acc", ran.stdout
    )


def test_names_of_files_stay_in_their_folder(results: Path, tmp_path: Path) -> None:
    source = load(run_of(results, "solver"))
    hostile = "../../evil\x00/"
    renamed = replace(
        source,
        name=hostile,
        board=tuple(replace(row, model=hostile, task=hostile) for row in source.board[:1]),
        judged=tuple(
            replace(one, question=replace(one.question, model=hostile, task=hostile))
            for one in source.judged
        ),
        manifest={"tasks": 3, "settings": [], "versions": "x"},
    )
    lm_eval_results.write(renamed, tmp_path / "in", WHEN)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert all(path.is_relative_to(tmp_path / "in") for path in files)


# ── model cards ─────────────────────────────────────────────────────────────────────────────────


def test_a_model_card_is_read_back_by_the_hub_s_library(results: Path) -> None:
    rows = load(run_of(results, "random")).board
    written = model_card(rows)
    begin, block, end = written.split("---\n")
    assert (begin, end) == ("", "")
    card = ModelCardData(**yaml.safe_load(block))
    found: list[Any] = card.eval_results or []
    assert (card.model_name, len(found)) == ("random", len(rows))
    assert {one.metric_type for one in found} == {row.metric for row in rows}
    values = {(one.task_name, one.dataset_config, one.metric_type): one for one in found}
    for row in rows:
        described = "en, text, k = 0, template " + row.condition.template
        described += "" if row.condition.description else ", no description"
        one = values[row.task, described, row.metric]
        assert one.metric_value == round(row.estimate.value, 4)
        assert one.dataset_args["num_few_shot"] == 0


@pytest.mark.parametrize(
    "name", ["a: b\n- c", "---", "!!python/object:os.system", "'\"", "null", "\x1b"]
)
def test_a_name_is_no_yaml(name: str) -> None:
    block = model_card([a_row(model=name)]).removeprefix("---\n").removesuffix("---\n")
    assert yaml.safe_load(block)["model-index"][0]["name"] == name


@pytest.mark.parametrize(
    "path", ["/home/me/models/tiny", "./tiny", "../tiny", "~/tiny", "~me/tiny"]
)
def test_a_card_names_a_folder_without_its_place(path: str) -> None:
    block = model_card([a_row(model=path)]).removeprefix("---\n").removesuffix("---\n")
    assert yaml.safe_load(block)["model-index"][0]["name"] == "tiny"
    assert "/tiny" not in block


def test_a_card_is_of_one_model() -> None:
    with pytest.raises(UserMistake, match="of one model, not of 2"):
        model_card([a_row(model="a"), a_row(model="b")])


# ── the command ─────────────────────────────────────────────────────────────────────────────────


def test_several_folders_are_merged_and_written_as_parquet(
    results: Path, call: Call, tmp_path: Path
) -> None:
    one, other = run_of(results, "random"), run_of(results, "solver")
    out = tmp_path / "new" / "board.parquet"
    assert call("leaderboard", one, other, results, "--format", "parquet", "-o", out).status == 0
    assert parquet.read(out) == leaderboard.read(results / "leaderboard.csv")
    ran = call("leaderboard", out, "--format", "csv", "--model", "solver")
    assert {row["model"] for row in csv.DictReader(ran.out.splitlines())} == {"solver"}


@pytest.mark.parametrize("shape", ["markdown", "latex", "csv", "json"])
def test_what_is_written_into_a_file_is_what_is_printed(
    shape: str, results: Path, call: Call, tmp_path: Path
) -> None:
    words = ("leaderboard", "--results", results, "--format", shape)
    printed = call(*words).out
    assert call(*words, "--out", tmp_path / "board").out == ""
    assert (tmp_path / "board").read_text(encoding="utf-8") == printed
    ranked = call(*words, "--rank")
    assert ranked.status == 0, ranked.err
    assert "instances" in ranked.out


def test_ranks_are_of_the_runs_questions(results: Path, call: Call) -> None:
    words = ("leaderboard", "--results", results, "--rank", "--format", "json", "-t", "follows")
    found = json.loads(call(*words).out)
    assert [(one["model"], one["rank"], one["by"]) for one in found] == [
        ("solver", 1, "instances"),
        ("random", found[1]["rank"], "instances"),
    ] * 2
    rows_alone = json.loads(call(*words[:1], results / "leaderboard.csv", *words[3:]).out)
    assert {one["by"] for one in rows_alone} == {"shares"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--format", "parquet"), ("--format parquet is no text",)),
        (("--format", "lm-eval"), ("--format lm-eval is no text",)),
        (("--out", "x"), ("--out: a table is for the terminal",)),
        (("--rank", "--format", "model-card"), ("there are no ranks in `model-card`",)),
        (("--format", "model-card"), ("a model card is of one model, not of 2",)),
        (("no-such-place",), ("no-such-place/leaderboard.csv: no leaderboard yet",)),
        (("no-such-file.csv",), ("error: no-such-file.csv: no leaderboard yet",)),
        (
            ("--task", "valuess"),
            ("unknown task of the leaderboard `valuess`", "did you mean `values`?"),
        ),
        (("--model", "randm", "--rank"), ("`randm`", "did you mean `random`?")),
    ],
)
def test_what_cannot_be_had_is_told(
    words: tuple[str, ...], told: tuple[str, ...], results: Path, call: Call
) -> None:
    refused(call("leaderboard", *words, "--results", results), *told)


# ── tables for people ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("words", [(), ("--rank",)])
def test_rows_of_several_runs_say_which(words: tuple[str, ...], call: Call, tmp_path: Path) -> None:
    runs = [a_row(run=name, metric="accuracy") for name in ("first", "second")]
    for many in (runs, runs[:1]):
        board = tmp_path / "board.csv"
        leaderboard.write(many, board)
        header, *lines = call("leaderboard", board, *words).out.splitlines()
        assert ("run" in header.split()) == (len(many) > 1)
        assert [any(one.run in line for line in lines) for one in runs] == [len(many) > 1] * 2


def test_the_table_counts_each_outcome_under_its_own_name(call: Call, tmp_path: Path) -> None:
    counts = {Outcome.WRONG: 2, Outcome.UNREAD: 3, Outcome.CUT: 4}
    nine = replace(a_row().estimate, n=9)
    row = replace(a_row(), counts=counts, estimate=nine)
    leaderboard.write([row], tmp_path / "board.csv")
    header, line = call("leaderboard", tmp_path / "board.csv").out.splitlines()
    assert header.split()[-2:] == ["unread", "cut"]  # no tie, and nothing too long
    assert line.split()[-2:] == ["3", "4"]


def test_no_p_is_shown_as_0() -> None:
    shown = [tables.probability(p) for p in (0.0, 0.00004, 0.00006, 0.0372, 1.0)]
    assert shown == ["<0.0001", "<0.0001", "0.0001", "0.0372", "1.0000"]
    assert tables.probability(2**-40, 3) == "<0.001"
    row = a_row()
    assert row.comparison is not None
    sure = replace(row, comparison=replace(row.comparison, p=2**-40))
    assert "| &lt;0.0001 |" in leaderboard.to_markdown([sure])


def test_a_difference_of_nothing_has_one_sign() -> None:
    assert {tables.signed(one) for one in (-0.0004, -0.0, 0.0, 0.0004)} == {"+0.000"}
    assert tables.span(-1e-17, 0.25) == "+0.000 to +0.250"
