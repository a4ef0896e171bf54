"""`evalsuite power`: how many instances show a difference, and which difference they show."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from evalsuite import compare as comparing
from evalsuite import power as powers
from evalsuite.cli import _completion, _options
from evalsuite.cli._console import data, err, table
from evalsuite.cli.compare import factors, side_of
from evalsuite.errors import UserMistake
from evalsuite.loaded import folder_of, load
from evalsuite.pairing import Side, chosen

_LEVELS = (0.05, 0.1, 0.2, 0.3, 0.5)  # shares of discordant instances, where none is given


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What so many instances show, or how many are needed; None: nothing, or too many."""

    of: str  # what was measured; empty: nothing was
    discordant: float
    difference: float | None
    instances: int | None
    power: float


def power(
    difference: Annotated[
        float | None,
        typer.Option("--difference", "-d", help="Of two shares of right answers, such as 0.05."),
    ] = None,
    instances: Annotated[
        int | None,
        typer.Option(
            "--instances",
            "-n",
            min=1,
            max=powers.LARGEST,
            help="How many both sides are asked.",
        ),
    ] = None,
    discordant: Annotated[
        list[float] | None,
        typer.Option(
            help="The share of instances that one side alone has right; repeatable."
            "  [default: several]",
            show_default=False,
        ),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            help="A stored run: the share is that of its few-shot against its zero-shot.",
            autocompletion=_completion.run_names,
        ),
    ] = None,
    of_a: Annotated[
        list[str] | None,
        typer.Option("--a", help="Of that run, what else to measure it between: `model=NAME` …"),
    ] = None,
    of_b: Annotated[list[str] | None, typer.Option("--b", help="And what else, likewise.")] = None,
    wanted: Annotated[
        float, typer.Option("--power", help="The chance to see the difference.")
    ] = powers.POWER,
    alpha: Annotated[float, typer.Option(help="Of the two-sided test.")] = powers.ALPHA,
    results: _options.Results = None,
    as_json: _options.AsJson = False,
) -> None:
    """Print how many instances show a difference, or which difference so many instances show.

    Two sides are asked the same instances and compared by McNemar's exact test; its power is
    computed exactly. With both `--difference` and `--instances`, it is their power that is asked.

    **Examples**

    `evalsuite power --difference 0.05 --discordant 0.2`

    `evalsuite power --instances 200`

    `evalsuite power --difference 0.05 --run quick-1f0c2d3e4a`
    """
    _check(difference, instances, discordant, wanted, alpha)
    if run is None and (of_a or of_b):
        raise UserMistake("--a, --b: of which run?", hint="name it by `--run`")
    if run is not None and discordant:
        raise UserMistake(
            "--discordant: the share is measured in the run", hint="leave out one of the two"
        )
    if run is not None:
        home = _options.results(results)
        levels = list(_measured(folder_of(run, home), factors(of_a, "--a"), factors(of_b, "--b")))
        if not levels:
            raise UserMistake(
                f"{run}: no condition of the one part pairs with one of the other",
                hint="name all that differs, such as `--a k=0 --b k=4 --b shot-seed=1`",
            )
    else:
        levels = [("", level) for level in _levels(discordant, difference)]
    answers = [_answer(of, level, difference, instances, wanted, alpha) for of, level in levels]
    if as_json:
        data([asdict(one) for one in answers])
        return
    _print(answers)
    err.print(
        f"power {wanted:g}, two-sided alpha {alpha:g}, McNemar's exact test, before any correction"
        " for several tests",
        style="dim",
    )


def _check(  # the options that typer has no limits for
    difference: float | None,
    instances: int | None,
    discordant: Sequence[float] | None,
    wanted: float,
    alpha: float,
) -> None:
    if difference is None and instances is None:
        raise UserMistake(
            "neither `--difference` nor `--instances`", hint="`evalsuite power --difference 0.05`"
        )
    for name, shares in (
        ("--difference", [] if difference is None else [abs(difference)]),
        ("--discordant", discordant or []),
        ("--power", [wanted]),
        ("--alpha", [alpha]),
    ):
        for share in shares:
            if not 0 < share <= 1 or (share == 1 and name in {"--power", "--alpha"}):
                raise UserMistake(f"{name}: {share:g}", hint="a share, such as 0.05")
    if difference is not None and discordant and abs(difference) > min(discordant):
        raise UserMistake(
            f"--discordant: {min(discordant):g} is less than the difference {abs(difference):g}",
            hint="what differs is discordant: it is at least the difference",
        )


def _levels(given: Sequence[float] | None, difference: float | None) -> Sequence[float]:
    if given:
        return given
    least = abs(difference or 0)
    return sorted({least, *_LEVELS} - {one for one in _LEVELS if one < least} - {0.0})


def _measured(
    folder: Path, where_a: dict[str, str], where_b: dict[str, str]
) -> Iterator[tuple[str, float]]:
    """Yield the discordance of a run by task: between two parts, or of each k against none."""
    side = side_of(load(folder))
    if where_a or where_b:
        yield from _between(chosen(side, where_a), chosen(side, where_b))
        return
    shots = sorted({one.question.condition.k for one in side.judged} - {0})
    if not shots or all(one.question.condition.k for one in side.judged):
        raise UserMistake(
            f"{side.name}: not asked both without and with shots",
            hint="say what to measure between: `--a model=NAME --b model=NAME`",
        )
    for k in shots:
        yield from _between(chosen(side, {"k": "0"}), chosen(side, {"k": str(k)}))


def _between(a: Side, b: Side) -> Iterator[tuple[str, float]]:
    for one in comparing.compare(a, b).lines:
        models = dict.fromkeys((one.model_a, one.model_b))
        conditions = dict.fromkeys((one.condition_a, one.condition_b))
        told = f"{one.task}, {' | '.join(models)}, {' | '.join(conditions)}"
        # One gain and one loss more: a few that are all alike do not say that none ever changes.
        yield told, (one.gains + one.losses + 2) / (one.n + 2)


def _answer(
    of: str,
    discordant: float,
    difference: float | None,
    instances: int | None,
    wanted: float,
    alpha: float,
) -> _Answer:
    level = max(discordant, abs(difference or 0))
    found = wanted
    if instances is None:
        if difference is not None:
            instances = powers.needed(difference, level, wanted, alpha)
    elif difference is None:
        difference = powers.detectable(instances, level, wanted, alpha)
        level = max(level, difference or 0)  # what differs is discordant
    else:
        found = powers.power(instances, difference, level, alpha)
    return _Answer(of=of, discordant=level, difference=difference, instances=instances, power=found)


def _print(answers: Sequence[_Answer]) -> None:
    measured = any(one.of for one in answers)
    table(
        (*(("measured",) if measured else ()), "discordant", "difference", "instances", "power"),
        [
            (
                *((one.of,) if measured else ()),
                f"{one.discordant:.3f}",
                "none" if one.difference is None else f"{one.difference:.3f}",
                f"over {powers.LARGEST:,}" if one.instances is None else f"{one.instances:,}",
                f"{one.power:.3f}",
            )
            for one in answers
        ],
        right=4,
    )
