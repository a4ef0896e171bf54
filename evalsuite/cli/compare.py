"""`evalsuite compare`: two models, two runs or two conditions on the same instances."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from evalsuite import compare as comparing
from evalsuite import tables
from evalsuite.cli import _completion, _options
from evalsuite.cli._console import data, err, heading, plain, table, text, warn
from evalsuite.compare import Compared, Flip, Line
from evalsuite.errors import CheckFailed, RunMistake, UserMistake
from evalsuite.loaded import LoadedRun, folder_of, load
from evalsuite.pairing import Side, chosen, described, one_factor
from evalsuite.records import Judged

_LONGEST = 400  # characters of a question, and of an answer
_FEWEST_SHOWN = 3  # of what is left out


class _Shape(Enum):
    TABLE = "table"
    MARKDOWN = "markdown"
    LATEX = "latex"
    CSV = "csv"
    JSON = "json"


def compare(
    a: Annotated[
        str,
        typer.Argument(
            help="A run's name or folder, or `RUN:MODEL`.", autocompletion=_completion.run_names
        ),
    ],
    b: Annotated[
        str | None,
        typer.Argument(
            help="Another.  [default: the same run]",
            show_default=False,
            autocompletion=_completion.run_names,
        ),
    ] = None,
    of_a: Annotated[
        list[str] | None,
        typer.Option("--a", help="What of A: `model=NAME`, `k=0`, `form=chat` …; repeatable."),
    ] = None,
    of_b: Annotated[list[str] | None, typer.Option("--b", help="What of B, likewise.")] = None,
    task: _options.OnlyTasks = None,
    metric: Annotated[
        str | None, typer.Option(help="What is right.  [default: each task's first metric]")
    ] = None,
    flips: Annotated[
        int, typer.Option(min=0, help="Show as many questions that changed, each way.")
    ] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Compare what two sides share, whatever hinders.")
    ] = False,
    shape: Annotated[_Shape, typer.Option("--format", help="How to print it.")] = _Shape.TABLE,
    results: _options.Results = None,
) -> None:
    """Compare two runs, models or conditions, question by question on the same instances.

    Differences are B minus A. It ends with status 1 where the two are not comparable.

    **Examples**

    `evalsuite compare quick-1f0c2d3e4a quick-5b6c7d8e9f`

    `evalsuite compare quick-1f0c2d3e4a:gemma3-270m quick-1f0c2d3e4a:smollm2-135m-instruct`

    `evalsuite compare quick-1f0c2d3e4a --a k=0 --b k=4 --flips 3`
    """
    home = _options.results(results)
    (run_a, where_a), (run_b, where_b) = _named(a, home), _named(b or a, home)
    where_a, where_b = where_a | factors(of_a, "--a"), where_b | factors(of_b, "--b")
    one = load(run_a)
    other = one if run_a.resolve() == run_b.resolve() else load(run_b)
    first, second = (
        chosen(side_of(run), where, tuple(task or ()))
        for run, where in ((one, where_a), (other, where_b))
    )
    # One part of a run: both were named alike, or what was named leaves nothing out.
    if one is other and {each.question.key for each in first.judged} == {
        each.question.key for each in second.judged
    }:
        raise UserMistake(
            f"{a} would be compared with itself",
            hint="name two runs, or two of its parts: `--a k=0 --b k=4`",
        )
    found = comparing.compare(first, second, metric)
    shown = [_flip(each, one.texts, other.texts) for each in _first(found.flips, flips)]
    if shape is _Shape.JSON:
        data(_json(found, (first, second), shown))
    else:
        _tell(found, (first, second), (one, other))
    if _same_answers((first, second), (one, other)):
        warn("the two hold the same answers")
    if not (found.comparable or (force and found.lines)):
        raise CheckFailed("the two are not comparable", hint=_way_out(found, first, second))
    _print(found, shape)
    if shape is _Shape.TABLE:
        _print_flips(shown)


def side_of(run: LoadedRun) -> Side:
    """Return a run as one side of a comparison.

    Raises:
        RunMistake: it has no answer yet.

    """
    if not run.judged:
        raise RunMistake(
            f"{run.name}: no question has an answer yet", hint="ask them: `evalsuite run`"
        )
    return Side(name=run.name, judged=run.judged, manifest=run.manifest, seconds=run.seconds)


def factors(given: Sequence[str] | None, option: str) -> dict[str, str]:
    """Read the levels of factors, `name=level` each."""
    found = {}
    for one in given or ():
        name, equals, level = one.partition("=")
        if not equals:
            raise UserMistake(f"{option}: `{one}`", hint="write `name=level`, such as `k=4`")
        found[name.replace("-", "_")] = level
    return found


def _way_out(found: Compared, a: Side, b: Side) -> str | None:
    if found.lines:
        return "`--force` compares what they share"
    apart = one_factor(a, b)
    if apart is None:
        return None
    factor, one, other = apart
    return f"they differ in `{factor}`: `--a {factor}={one} --b {factor}={other}`"


def _named(given: str, home: Path) -> tuple[Path, dict[str, str]]:
    """Return the run and the model that `RUN` or `RUN:MODEL` means."""
    run, colon, model = given.partition(":")
    if not colon or Path(given).is_dir():
        return folder_of(given, home), {}
    return folder_of(run, home), {"model": model}


# ── what differs ────────────────────────────────────────────────────────────────────────────────


def _tell(found: Compared, sides: tuple[Side, Side], runs: tuple[LoadedRun, LoadedRun]) -> None:
    """Say on stderr what is compared, and what is not the same."""
    for letter, side in zip("AB", sides, strict=True):
        part = ", ".join(f"{name} = {level}" for name, level in side.chosen.items())
        err.print(plain(f"{letter}: {side.name}{f' ({part})' if part else ''}"), markup=False)
    for run in dict.fromkeys(one.name for one in runs if one.unanswered):
        warn(f"{run}: some questions have no answer yet")
    for one in found.mismatches:
        told = f"{one.what}: {one.a} in A, {one.b} in B"
        if one.hinders:
            warn(told)
        else:
            err.print(plain(f"differs, harmless: {told}"), markup=False, style="dim")
    rest = len(found.left_out) - _FEWEST_SHOWN
    for told in found.left_out[:_FEWEST_SHOWN]:
        err.print(plain(f"left out: {told}"), markup=False, style="dim")
    if rest > 0:
        err.print(f"left out: {rest} more", style="dim")


def _same_answers(sides: tuple[Side, Side], runs: tuple[LoadedRun, LoadedRun]) -> bool:
    """Say whether two runs asked the same, and what is compared of them was answered the same."""
    digests = {str(run.manifest.get("digest")) for run in runs}
    said = [
        {
            each.question.key: (run.texts.get(each.question.key), each.values, each.samples)
            for each in side.judged
        }
        for side, run in zip(sides, runs, strict=True)
    ]
    return len(digests) == 1 and said[0] == said[1]


# ── tables ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int  # the last so many columns are


def _sections(found: Compared) -> Iterator[_Section]:
    models = len({(one.model_a, one.model_b) for one in found.lines}) > 1
    yield _Section(
        title="differences",
        about="B minus A, the same instances; p by McNemar's exact test, and corrected by Holm",
        columns=(
            *("task", *(("model",) if models else ()), "condition", "metric", "n", "A", "B"),
            *("B − A", "95 % interval", "gains", "losses", "p", "p (Holm)"),
        ),
        rows=tuple(_cells(one, models=models) for one in found.lines),
        numbers=9,
    )
    if found.pooled:
        yield _Section(
            title="pooled",
            about="over tasks; a problem in several guises is one: by bootstrap over problems and"
            " cluster-robust errors, p by sign flips of problems",
            columns=(
                *(*(("model",) if models else ()), "condition", "tasks", "problems", "n", "A"),
                *("B", "B − A", "95 % interval", "cluster-robust", "gains", "losses", "p"),
            ),
            rows=tuple(_pooled_cells(one, models=models) for one in found.pooled),
            numbers=11,
        )


def _cells(one: Line, *, models: bool) -> tuple[str, ...]:
    return (
        one.task,
        *((_both(one.model_a, one.model_b),) if models else ()),
        _both(one.condition_a, one.condition_b),
        one.metric,
        *_counted(one),
        tables.probability(one.p),
        "" if one.p_holm is None else tables.probability(one.p_holm),
    )


def _pooled_cells(one: Line, *, models: bool) -> tuple[str, ...]:
    n, a, b, difference, interval, gains, losses = _counted(one)
    robust = "" if one.robust is None else tables.span(one.robust.low, one.robust.high)
    return (
        *((_both(one.model_a, one.model_b),) if models else ()),
        _both(one.condition_a, one.condition_b),
        *(str(one.tasks), str(one.clusters), n, a, b, difference, interval, robust),
        *(gains, losses, tables.probability(one.p)),
    )


def _counted(one: Line) -> tuple[str, ...]:
    return (
        *(str(one.n), tables.fixed(one.a, 3), tables.fixed(one.b, 3)),
        *(tables.signed(one.difference), tables.span(one.low, one.high)),
        *(str(one.gains), str(one.losses)),
    )


def _both(a: str, b: str) -> str:
    return a if a == b else f"{a} | {b}"


_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(("a", "b", "difference", "low", "high", "robust_low", "robust_high"), 4),
    **dict.fromkeys(("p", "p_holm"), 6),
}
COLUMNS = (
    *("task", "metric", "model_a", "model_b", "condition_a", "condition_b", "tasks", "n"),
    *("clusters", "a", "b", "difference", "low", "high", "robust_low", "robust_high"),
    *("gains", "losses", "p", "p_holm"),
)


def _values(one: Line) -> dict[str, Any]:
    """Return a line under the names of the CSV's columns."""
    values = asdict(replace(one, robust=None))
    return {
        **{name: values[name] for name in COLUMNS if name in values},
        "robust_low": None if one.robust is None else one.robust.low,
        "robust_high": None if one.robust is None else one.robust.high,
    }


def _print(found: Compared, shape: _Shape) -> None:
    match shape:
        case _Shape.TABLE:
            for section in _sections(found):
                heading(section.title, section.about)
                table(section.columns, section.rows, right=section.numbers)
        case _Shape.MARKDOWN:
            _print_as(found, tables.markdown, tables.markdown_text)
        case _Shape.LATEX:
            _print_as(found, tables.latex, tables.latex_text)
        case _Shape.CSV:
            lines = map(_values, (*found.lines, *found.pooled))
            text(tables.csv_text(COLUMNS, lines, _DIGITS).rstrip("\n"))
        case _Shape.JSON:
            pass  # printed before, comparable or not


def _print_as(found: Compared, written: Callable[..., str], escaped: Callable[[str], str]) -> None:
    for number, section in enumerate(_sections(found)):
        rows = [tuple(map(escaped, row)) for row in section.rows]
        numbers = section.columns[-section.numbers :]
        text(("\n" if number else "") + written(section.columns, rows, numbers).rstrip("\n"))


# ── flips ───────────────────────────────────────────────────────────────────────────────────────


def _first(flips: Sequence[Flip], most: int) -> list[Flip]:
    """Return the first so many gains, and so many losses."""
    gains = [one for one in flips if one.gain]
    losses = [one for one in flips if not one.gain]
    return [*gains[:most], *losses[:most]]


def _flip(one: Flip, texts_a: Mapping[str, str], texts_b: Mapping[str, str]) -> dict[str, Any]:
    asked = one.b.question
    return {
        "flip": "gain" if one.gain else "loss",
        "task": one.task,
        "instance": asked.instance,
        "condition_a": described(one.a.question.condition, one.task),
        "condition_b": described(asked.condition, one.task),
        # The query stands at the end of a prompt, behind the shots.
        "prompt": shortened(min(one.a.question.prompt, asked.prompt, key=len), start=False),
        "gold": asked.labels[asked.gold],
        "a": _answer(one.a, texts_a),
        "b": _answer(one.b, texts_b),
    }


def _answer(one: Judged, texts: Mapping[str, str]) -> dict[str, Any]:
    score = one.score
    return {
        "verdict": None if score.verdict is None else one.question.labels[score.verdict],
        "outcome": score.outcome.value,
        "note": score.note,
        "text": shortened(texts.get(one.question.key, "")),
    }


def shortened(value: str, *, start: bool = True) -> str:
    """Return the start of a text, or its end, where it is too long to show."""
    if len(value) <= _LONGEST:
        return value
    # A word that is cut in two is none.
    return f"{value[:_LONGEST]} …" if start else f"… {value[-_LONGEST:].partition(' ')[2]}"


def _print_flips(flips: Sequence[Mapping[str, Any]]) -> None:
    for one in flips:
        way = "right in B alone" if one["flip"] == "gain" else "right in A alone"
        conditions = _both(one["condition_a"], one["condition_b"])
        heading(one["instance"], f"{way}; {conditions}; gold {one['gold']}")
        text(_indented(one["prompt"]))
        for letter in "AB":
            said = one[letter.lower()]
            told = said["verdict"] or "no answer read"
            text(f"{letter}: {told} ({said['outcome']}{_noted(said['note'])})")
            if said["text"]:
                text(_indented(said["text"]))


def _indented(value: str) -> str:
    return "\n".join(f"    {line}" for line in value.strip("\n").split("\n"))


def _noted(note: str) -> str:
    return f": {shortened(note)}" if note else ""


def _json(
    found: Compared, sides: tuple[Side, Side], flips: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "comparable": found.comparable,
        **{
            letter: {"run": side.name, **side.chosen}
            for letter, side in zip("ab", sides, strict=True)
        },
        "mismatches": [asdict(one) for one in found.mismatches],
        "left_out": list(found.left_out),
        "lines": [_values(one) for one in found.lines],
        "pooled": [_values(one) for one in found.pooled],
        "flips": list(flips),
    }
