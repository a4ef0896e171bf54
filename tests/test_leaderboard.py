"""Rows survive the CSV, whatever the names in them; a file that is none of ours is refused."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evalsuite import leaderboard, metrics
from evalsuite.errors import RunMistake
from evalsuite.records import Calibration, Comparison, Condition, Estimate, Outcome, Row, Usage
from tests.conditions import PLAIN

DOCS = Path(__file__).parent.parent / "docs" / "leaderboard.md"
NASTY = (
    "=cmd|'/c calc'!A1",
    "'=1+1",
    "''@x",
    "'quoted'",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "a\rb",
    "a\r\nb",
    "a\nb",
    'say "hi", twice',
    "a,b;c",
    " blank ",
    "São Paulo ∧ 逻辑 🦜",
    "NaN",
    "NA",
    "null",
    "007",
    "\x00",
    "\ufeff",
    "#",
    "|",
    "",
)

row_names = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
counts = st.integers(0, 10**12)


def fixed(low: float, high: float, digits: int) -> st.SearchStrategy[float]:
    """Draw floats that have no more digits than the file keeps."""
    return st.floats(low, high).map(lambda number: round(number, digits) + 0.0)


shares = fixed(0, 1, 4)
differences = st.lists(fixed(-1, 1, 4), min_size=3, max_size=3).map(sorted)


def _asked(row: Row) -> int:
    return row.estimate.n + sum(row.counts.values())


conditions = st.builds(
    Condition,
    template=row_names,
    language=row_names,
    form=row_names,
    k=st.integers(0, 64),
    description=st.booleans(),
    labels=st.sampled_from(("gold", "shuffled", "none")),
    shot_mode=st.sampled_from(["fixed", "per-item"]),
    shot_seed=st.integers(-(2**63), 2**63 - 1),
)
all_rows = st.builds(
    Row,
    run=row_names,
    suite=row_names,
    model=row_names,
    engine=row_names,
    task=row_names,
    condition=conditions,
    metric=row_names.filter(lambda name: name != metrics.PERPLEXITY),  # whose values begin at 1
    estimate=st.builds(
        lambda three, n: Estimate(low=three[0], value=three[1], high=three[2], n=n),
        st.lists(shares, min_size=3, max_size=3).map(sorted),
        counts,
    ),
    counts=st.fixed_dictionaries(dict.fromkeys(Outcome, counts)),
    dropped=counts,
    comparison=st.none()
    | st.builds(
        lambda three, p, n: Comparison(low=three[0], difference=three[1], high=three[2], p=p, n=n),
        differences,
        fixed(0, 1, 6),
        counts,
    ),
    calibration=st.none()
    | st.builds(
        Calibration,
        **(
            dict.fromkeys(leaderboard._CALIBRATED, st.none() | shares)
            | {"entropy": fixed(0, 9, 4), "brier": fixed(0, 2, 4)}
        ),
    ),
    usage=st.builds(Usage, prompt_tokens=counts, cached_tokens=counts, generated_tokens=counts),
    seconds=st.none() | fixed(0, 1e6, 3),
    weights_sha256=st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
).map(lambda row: replace(row, estimate=replace(row.estimate, n=_asked(row))))


def a_row(model: str = "m", run: str = "run", metric: str = "accuracy") -> Row:
    return Row(
        run=run,
        suite="quick",
        model=model,
        engine="vllm",
        task="entailment",
        condition=replace(PLAIN, k=3, shot_seed=1),
        metric=metric,
        estimate=Estimate(value=2 / 3, low=0.2, high=0.9, n=3),
        counts=dict.fromkeys(Outcome, 0) | {Outcome.RIGHT: 2, Outcome.TIE: 1},
        dropped=0,
        comparison=Comparison(difference=-0.00001, low=-0.5, high=0.5, p=1.0, n=3),
        calibration=None,
        usage=Usage(prompt_tokens=90, cached_tokens=30, generated_tokens=10),
        seconds=4.0,
        weights_sha256="ab" * 32,
    )


def written(rows: list[Row], folder: Path) -> Path:
    path = folder / "leaderboard.csv"
    leaderboard.write(rows, path)
    return path


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ── there and back ──────────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(st.lists(all_rows, max_size=5))
@example([a_row(model=name) for name in NASTY])
def test_what_is_written_is_read_back(rows: list[Row]) -> None:
    rounded = [_rounded(row) for row in rows]
    with TemporaryDirectory() as folder:
        assert leaderboard.read(written(rows, Path(folder))) == tuple(rounded)


def _rounded(row: Row) -> Row:
    found, against = row.estimate, row.comparison
    estimate = replace(found, value=round(found.value, 4))
    if against is not None:
        against = replace(against, difference=round(against.difference, 4) + 0.0)
    return replace(row, estimate=estimate, comparison=against)


@settings(deadline=None)
@given(st.lists(all_rows, max_size=4))
def test_reading_and_writing_again_changes_no_byte(rows: list[Row]) -> None:
    with TemporaryDirectory() as folder:
        path = written(rows, Path(folder))
        before = path.read_bytes()
        assert written(list(leaderboard.read(path)), Path(folder)).read_bytes() == before


@settings(deadline=None)
@given(st.lists(all_rows, max_size=4))
def test_no_text_cell_begins_like_a_formula(rows: list[Row]) -> None:
    texts = (
        *("run", "suite", "model", "engine", "task", "language", "template", "form"),
        *("shot_mode", "metric"),
    )
    with TemporaryDirectory() as folder:
        for line in lines_of(written(rows, Path(folder))):
            for column in texts:
                assert not line[column].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_floats_have_fixed_digits_and_zero_no_sign(tmp_path: Path) -> None:
    (line,) = lines_of(written([a_row()], tmp_path))
    assert line["value"] == "0.6667"
    assert line["difference"] == "0.0000"
    assert line["mcnemar_p"] == "1.000000"
    assert line["seconds"] == "4.000"


def test_what_is_absent_is_an_empty_field(tmp_path: Path) -> None:
    row = replace(a_row(), comparison=None, seconds=None, weights_sha256=None)
    (line,) = lines_of(written([row], tmp_path))
    empty = {column for column, cell in line.items() if not cell}
    compared = {"difference", "difference_low", "difference_high", "difference_n", "mcnemar_p"}
    assert empty == compared | set(leaderboard._CALIBRATED) | {
        "seconds",
        "tokens_per_second",
        "weights_sha256",
    }


def test_the_speed_is_of_all_tokens_of_a_model_and_counts_a_condition_once(tmp_path: Path) -> None:
    more = replace(a_row(), task="resolvent")
    rows = [a_row(), a_row(metric="other"), more, a_row(model="n"), a_row(run="run 2")]
    speeds = [line["tokens_per_second"] for line in lines_of(written(rows, tmp_path))]
    assert speeds == ["50.0", "50.0", "50.0", "25.0", "25.0"]


def test_only_the_time_columns_tell_a_slow_run_from_a_fast_one(tmp_path: Path) -> None:
    slow = replace(a_row(), seconds=99.0, usage=replace(a_row().usage, cached_tokens=0))
    (fast_line,) = lines_of(written([a_row()], tmp_path))
    (slow_line,) = lines_of(written([slow], tmp_path))
    differing = {column for column in fast_line if fast_line[column] != slow_line[column]}
    assert differing == set(leaderboard.TIME_COLUMNS)


def test_writing_leaves_one_file_and_replaces_the_old_one(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    written([a_row(), a_row()], folder)
    path = written([a_row()], folder)
    assert len(leaderboard.read(path)) == 1
    assert list(folder.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = written([a_row()], tmp_path)
    before = path.read_bytes()
    with pytest.raises(UnicodeEncodeError):
        leaderboard.write([a_row(model="\ud800")], path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# ── frames, Markdown, merging ───────────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=20)
@given(st.lists(all_rows, max_size=3))
def test_a_frame_has_the_columns_and_a_line_a_row(rows: list[Row]) -> None:
    frame = leaderboard.to_frame(rows)
    assert tuple(frame.columns) == leaderboard.COLUMNS
    assert frame["model"].tolist() == [row.model for row in rows]
    assert frame["value"].tolist() == [row.estimate.value for row in rows]
    assert frame["seconds"].isna().tolist() == [row.seconds is None for row in rows]


@given(st.lists(all_rows, max_size=4))
def test_markdown_has_a_line_a_row_with_equally_many_cells(rows: list[Row]) -> None:
    lines = leaderboard.to_markdown(rows).rstrip("\n").split("\n")
    assert len(lines) == len(rows) + 2
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1


def test_markdown_shows_the_interval_and_the_difference() -> None:
    last = leaderboard.to_markdown([a_row(model="a|b <i>")]).splitlines()[-1]
    assert "| a\\|b &lt;i&gt; |" in last
    assert "| 0.667 | 0.200 to 0.900 | 3 | 0 | 1 | 0 | 0 | 0 |" in last
    assert "| 0.000 (-0.500 to 0.500) | 1.0000 |" in last


def test_tables_for_people_tell_what_varies_and_nothing_else() -> None:
    row = a_row()
    varied = {
        "run": [row, a_row(run="other")],
        "language": [row, under(row, language="pt")],
        "template": [row, under(row, template="other")],
    }
    for name, rows in varied.items():
        header, _, *lines = leaderboard.to_markdown(rows).splitlines()
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (header, *lines)]
        assert cells[0][:5] == ["task", "model", "engine", name, "form"]
        assert cells[1][3] != cells[2][3]
        assert f"& {name} &" in leaderboard.to_latex(rows)
    own = [row, replace(under(row, template="resolvent"), task="resolvent")]
    for rows in ([row], own):  # each task has a template of its own
        assert "| engine | form |" in leaderboard.to_markdown(rows)


def under(row: Row, **changes: str) -> Row:
    return replace(row, condition=replace(row.condition, **changes))  # type: ignore[arg-type]


@given(st.lists(st.sampled_from("cab"), unique=True))
def test_merging_puts_runs_in_the_order_of_their_names(runs: list[str]) -> None:
    sets = [[a_row(run=run, model="z"), a_row(run=run, model="a")] for run in runs]
    merged = leaderboard.merge(sets)
    assert [(row.run, row.model) for row in merged] == [
        (run, model) for run in sorted(runs) for model in "za"
    ]


# ── refusals ────────────────────────────────────────────────────────────────────────────────────


def edited(column: str, cell: str) -> Callable[[str], str]:
    """Return an edit of the only row of a file."""

    def edit(content: str) -> str:
        header, line = content.splitlines()
        cells = line.split(",")
        cells[leaderboard.COLUMNS.index(column)] = cell
        return f"{header}\n{','.join(cells)}\n"

    return edit


MISTAKES: dict[str, tuple[Callable[[str], str], str]] = {
    "schema": (edited("schema", "2"), "row 1: column `schema`: `2`, not 3"),
    "missing": (lambda content: content.replace("low,", "", 1), "no column `low`"),
    "unknown": (lambda content: content.replace("\n", ",extra\n", 1), "unknown column `extra`"),
    "order": (lambda content: content.replace("low,high", "high,low", 1), "column `high` is out"),
    "twice": (lambda content: content.replace("\n", ",run\n", 1), "column `run` is out of place"),
    "empty": (lambda _: "", "no column `run`"),
    "short": (lambda content: f"{content}a,b\n", "row 2: 2 fields for 45 columns"),
    "count": (edited("n", "many"), "row 1: column `n`: `many` is no value of it"),
    "negative": (edited("right", "-1"), "column `right`: `-1`"),
    "nan": (edited("value", "nan"), "column `value`: `nan`"),
    "infinite": (edited("seconds", "inf"), "column `seconds`: `inf`"),
    "speed": (edited("tokens_per_second", "fast"), "column `tokens_per_second`: `fast`"),
    "half a comparison": (edited("mcnemar_p", ""), "column `mcnemar_p`: ``"),
    "no share": (edited("value", "7.0"), "row 1: column `value`: `7.0` is no value of it"),
    "below its interval": (edited("low", "0.9"), "column `low`: `0.9` does not hold `value`"),
    "above its interval": (edited("high", "0.3"), "column `high`: `0.3` does not hold `value`"),
    "no probability": (edited("mcnemar_p", "1.5"), "column `mcnemar_p`: `1.5`"),
    "no difference": (edited("difference", "-2"), "column `difference`: `-2`"),
    "outside": (edited("difference_high", "-0.1"), "column `difference_high`: `-0.1` does not"),
    "no calibration": (edited("calibration_error", "3"), "column `calibration_error`: `3`"),
    "before it began": (edited("seconds", "-1"), "column `seconds`: `-1`"),
    "perplexity": (
        edited("metric", "gold-perplexity"),
        "column `value`: `0.6667`",
    ),
    "more outcomes": (edited("wrong", "1"), "column `n`: `3` is less than the 4 outcomes"),
    "boolean": (edited("description", "maybe"), "column `description`: `maybe`"),
    "mode": (edited("shot_mode", "random"), "column `shot_mode`: `random`"),
    "quotes": (lambda content: f'{content}"a"b', "no CSV in UTF-8"),
}


@pytest.mark.parametrize(("edit", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_file_that_is_no_leaderboard_is_refused_by_name(
    edit: Callable[[str], str], message: str, tmp_path: Path
) -> None:
    path = written([a_row()], tmp_path)
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(RunMistake, match=re.escape(message)) as caught:
        leaderboard.read(path)
    assert caught.value.message.startswith(str(path))
    assert caught.value.hint


def test_the_metrics_that_are_checked_are_those_there_are(tmp_path: Path) -> None:
    assert metrics.METRICS.keys() == leaderboard._WHOLE
    assert leaderboard._PERPLEXITY == metrics.PERPLEXITY
    for metric, value in ((metrics.PERPLEXITY, 7.0), (metrics.CONSISTENCY, 0.5)):
        row = replace(a_row(metric=metric), estimate=Estimate(value=value, low=value, high=9, n=1))
        row = row if value > 1 else replace(row, estimate=replace(row.estimate, high=0.6))
        assert leaderboard.read(written([row], tmp_path))[0].estimate.n == 1


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "leaderboard.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RunMistake, match="no CSV in UTF-8"):
        leaderboard.read(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunMistake, match="cannot be read"):
        leaderboard.read(tmp_path / "none.csv")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "leaderboard.csv"
    with path.open("wb") as file:
        file.truncate(leaderboard.LARGEST_FILE + 1)
    with pytest.raises(RunMistake, match="larger than"):
        leaderboard.read(path)


# ── documentation ───────────────────────────────────────────────────────────────────────────────


def test_the_documentation_names_the_columns_in_order() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert tuple(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == leaderboard.COLUMNS


def test_the_documentation_names_the_time_columns() -> None:
    sentence = DOCS.read_text(encoding="utf-8").split("Between two runs", 1)[1].split(".", 1)[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == set(leaderboard.TIME_COLUMNS)
