"""`evalsuite leaderboard`: print what the runs came to, or write it for other tools."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from evalsuite import leaderboard as board
from evalsuite import parquet, paths, store
from evalsuite.cli import _completion, _options, _ranks
from evalsuite.cli._console import text, warn
from evalsuite.cli._summary import leaderboard_table
from evalsuite.errors import RunMistake, UnknownName, UserMistake
from evalsuite.interop import lm_eval_results
from evalsuite.interop.model_card import model_card
from evalsuite.loaded import LoadedRun, load
from evalsuite.ranking import Key, Ranked, key_of, ranked
from evalsuite.records import Judged, Row


class Shape(Enum):
    """How a leaderboard is printed or written."""

    TABLE = "table"
    MARKDOWN = "markdown"
    LATEX = "latex"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    LM_EVAL = "lm-eval"
    MODEL_CARD = "model-card"


def leaderboard(
    places: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Results folders, run folders, or leaderboards as CSV or Parquet, merged."
            "  [default: the results folder]",
            show_default=False,
        ),
    ] = None,
    shape: Annotated[Shape, typer.Option("--format", help="How to print it.")] = Shape.TABLE,
    task: _options.OnlyTasks = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            "-m",
            help="Only this model; may be repeated.",
            autocompletion=_completion.model_names,
        ),
    ] = None,
    rank: Annotated[
        bool,
        typer.Option(
            "--rank",
            help="Rank the models of each task and condition: 1 + how many are significantly better"
            " (paired on the same instances, Holm's correction over the task).",
        ),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write it there: a file, or the folder of `lm-eval`."),
    ] = None,
    results: _options.Results = None,
) -> None:
    """Print the leaderboard of all runs in the results folder, or of several folders.

    **Examples**

    `evalsuite leaderboard --format markdown --task entailment`

    `evalsuite leaderboard results ../other/results --rank`

    `evalsuite leaderboard --format parquet --out leaderboard.parquet`
    """
    _check(shape, out, rank=rank)
    named = places or [_options.results(results)]
    every = board.unite(map(_read, named))
    _known("task", task, {row.task for row in every})
    _known("model", model, {row.model for row in every})
    rows = [
        row for row in every if (not task or row.task in task) and (not model or row.model in model)
    ]
    if rank:
        _ranked(rows, named, shape, out)
        return
    match shape:
        case Shape.LM_EVAL:
            _write_lm_eval(_runs(named, rows), rows, out)
        case Shape.PARQUET:
            path = out or Path()  # it is there: see `_check`
            _make(path.parent)
            parquet.write(rows, path)
        case Shape.TABLE:
            leaderboard_table(rows)
        case _:
            _put(_TEXTS[shape](rows), out)


def _ranked(rows: Sequence[Row], places: Sequence[Path], shape: Shape, out: Path | None) -> None:
    judged: dict[Key, list[Judged]] = {}
    for run in _runs(places, rows):
        for one in run.judged:
            judged.setdefault(key_of(one, run.name), []).append(one)
    found = ranked(rows, judged)
    if shape is Shape.TABLE:
        _ranks.print_table(found)
    else:
        _put(_RANKS[shape](found), out)


_TEXTS: Mapping[Shape, Callable[[Sequence[Row]], str]] = MappingProxyType(
    {
        Shape.MARKDOWN: board.to_markdown,
        Shape.LATEX: board.to_latex,
        Shape.CSV: board.to_csv,
        Shape.JSON: lambda rows: json.dumps(board.to_json(rows), indent=2, ensure_ascii=False),
        Shape.MODEL_CARD: model_card,
    }
)
_RANKS: Mapping[Shape, Callable[[Sequence[Ranked]], str]] = MappingProxyType(
    {
        Shape.MARKDOWN: _ranks.to_markdown,
        Shape.LATEX: _ranks.to_latex,
        Shape.CSV: _ranks.to_csv,
        Shape.JSON: _ranks.to_json,
    }
)


def _check(shape: Shape, out: Path | None, *, rank: bool) -> None:
    """Refuse a shape that cannot be had so, before anything is read."""
    if rank and shape is not Shape.TABLE and shape not in _RANKS:
        raise UserMistake(
            f"--rank: there are no ranks in `{shape.value}`", hint="use `--format csv` or `json`"
        )
    if out is None and shape in {Shape.PARQUET, Shape.LM_EVAL}:
        raise UserMistake(f"--format {shape.value} is no text", hint="say where with `--out`")
    if out is not None and shape is Shape.TABLE:
        raise UserMistake("--out: a table is for the terminal", hint="name another `--format`")


def _known(kind: str, names: Iterable[str] | None, there: Collection[str]) -> None:
    """Refuse a name that no row has: no row would be left, as if there were no results."""
    for name in names or ():
        if name not in there:
            raise UnknownName(f"{kind} of the leaderboard", name, there)


def _put(written: str, out: Path | None) -> None:
    """Print a text, or write it into a file."""
    if out is None:
        text(written.rstrip("\n"))
    else:
        _make(out.parent)
        paths.replace(out, written if written.endswith("\n") else f"{written}\n")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserMistake(f"{folder}: cannot be written: {error.strerror}") from error


# ── what is read ────────────────────────────────────────────────────────────────────────────────


def _read(place: Path) -> tuple[Row, ...]:
    """Return the rows of a folder's leaderboard, or of a file."""
    if place.suffix == parquet.SUFFIX:
        return parquet.read(place)
    folder = not place.exists() and place.suffix != Path(board.FILE).suffix
    path = place / board.FILE if folder or place.is_dir() else place
    if not path.is_file():
        raise RunMistake(f"{path}: no leaderboard yet", hint="`evalsuite run` makes one")
    return board.read(path)


def _runs(places: Sequence[Path], rows: Sequence[Row]) -> Iterator[LoadedRun]:
    """Yield the stored runs that rows come from, each once, as far as they are in these folders."""
    wanted = {row.run for row in rows}
    for place in places:
        for folder in (place, *sorted(paths.runs(place).glob("*"))):
            if folder.name in wanted and (folder / store.DATABASE).is_file():
                wanted.discard(folder.name)
                try:
                    yield load(folder)
                except RunMistake as mistake:
                    warn(f"its rows alone are used: {mistake.message}")


def _write_lm_eval(runs: Iterable[LoadedRun], rows: Sequence[Row], out: Path | None) -> None:
    folder = out or Path()  # it is there: see `_check`
    _make(folder)
    when, written = datetime.now(UTC).replace(tzinfo=None), 0
    for run in runs:
        mine = replace(run, board=tuple(row for row in rows if row.run == run.name))
        for path in lm_eval_results.write(mine, folder, when):
            text(str(path))
            written += 1
    if not written:
        raise RunMistake(
            "no stored run of these rows is here", hint="name the results folder that has it"
        )
