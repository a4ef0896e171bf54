"""How fast a run's models answered, and how much of their devices that took: `speed.csv`.

Two kinds of tokens are told apart. *Logical* tokens are those of the prompts as they were sent: how
many of them are served a second says what a user gets, and a cache makes it as high as it likes; it
is a service rate. *Computed* tokens went through the model's layers: from them come the FLOPs, and
with the device's peak the model FLOPs utilisation (MFU; Chowdhery et al. 2022, appendix B), which
is at most 1. All rates are over the whole time of asking, since an engine reads and writes at once.
"""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_args

from evalsuite import engines, estimate, paths, tables
from evalsuite.errors import RunMistake, UnknownName
from evalsuite.records import Json, Model, Spell

FILE = "speed.csv"
_LARGEST_FILE = 1 << 20  # bytes
_MODEL = "model"  # among a spell's facts: the shape of what was asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How one engine asked one model in a run; None: it was not told or cannot be known."""

    model: str
    engine: str
    device: str | None
    devices: int | None
    dtype: str | None
    prompts: int  # answered
    seconds: float  # from the first request to the last response, over all spells of asking
    logical_tokens: int  # of the prompts, and of the choices that were scored
    computed_tokens: int  # those that went through the layers, generated ones among them
    generated_tokens: int
    hit_rate: float | None  # share of the logical tokens that came from the prefix cache
    logical_tokens_per_s: float | None
    computed_tokens_per_s: float | None
    generated_tokens_per_s: float | None
    flops: float | None
    peak_flops: float | None  # FLOP/s of all devices together
    peak_source: str | None
    mfu: float | None
    outside: float | None  # share of the time in which the engine did no work of the model
    energy_joules: float | None
    energy_source: str | None
    cost: float | None  # of prompt and generated tokens, at the prices given


def model_facts(model: Model | None) -> dict[str, Json]:
    """Return what of a model its FLOPs depend on, to be kept with the facts of its engine."""
    if model is None or model.parameters is None:
        return {}
    return {_MODEL: {**asdict(shape_of(model, model.parameters))}}


def shape_of(model: Model, parameters: int) -> estimate.Shape:
    """Return what of a model its FLOPs depend on."""
    tables, head = model.tables, model.head
    known = tables is not None and head is not None
    return estimate.Shape(
        parameters=parameters,
        layers=model.layers,
        width=model.width,
        tables=tables if known and tables is not None else 0,
        head=head if known and head is not None else 0,
        encoder_decoder=model.encoder_decoder,
    )


def speeds(spells: Iterable[Spell]) -> tuple[Speed, ...]:
    """Return the speed of each model and engine of a run; baselines and replays have none."""
    groups: dict[tuple[str, str], list[Spell]] = {}
    for spell in spells:
        if spell.answered and _asks(spell.engine):
            groups.setdefault((spell.model, spell.engine), []).append(spell)
    return tuple(_speed(*names, tuple(group)) for names, group in groups.items())


def _asks(engine: str) -> bool:
    try:
        return engines.engine(engine).ANSWERS_FROM in {"model", "server"}
    except UnknownName:  # of another version
        return True


def _speed(model: str, engine: str, spells: Sequence[Spell]) -> Speed:
    seconds = math.fsum(one.seconds for one in spells)
    logical = sum(one.usage.prompt_tokens for one in spells)
    cached = sum(one.usage.cached_tokens for one in spells)
    generated = sum(one.usage.generated_tokens for one in spells)
    computed = sum(_work(one).computed for one in spells)
    flops = _sum(_flops(one) for one in spells)
    last = spells[-1].facts
    peaks = [peak for one in spells if (peak := _number(one.facts, "peak_flops"))]
    peak = peaks[-1] if peaks else None
    rated = flops is not None and peak is not None and seconds > 0
    return Speed(
        model=model,
        engine=engine,
        device=_text(last, "device_name"),
        devices=_count(last, "devices"),
        dtype=_text(last, "dtype"),
        prompts=sum(one.answered for one in spells),
        seconds=seconds,
        logical_tokens=logical,
        computed_tokens=computed,
        generated_tokens=generated,
        hit_rate=cached / logical if logical else None,
        logical_tokens_per_s=_rate(logical, seconds),
        computed_tokens_per_s=_rate(computed, seconds),
        generated_tokens_per_s=_rate(generated, seconds),
        flops=flops,
        peak_flops=peak,
        peak_source=next(
            (t for one in spells[::-1] if (t := _text(one.facts, "peak_source"))), None
        ),
        mfu=flops / (peak * seconds) if rated and flops is not None and peak is not None else None,
        outside=_outside(spells),
        energy_joules=_sum(_number(one.facts, "energy_joules") for one in spells),
        energy_source=_text(last, "energy_source"),
        cost=_sum(_number(one.facts, "cost") for one in spells),
    )


def _work(spell: Spell) -> estimate.Work:
    """Return the work of a spell: as its engine counted it, else by the tokens of its responses."""
    counts = [
        _count(spell.facts, name) for name in ("computed_tokens", "attended_tokens", "head_rows")
    ]
    if None not in counts:
        computed, attended, rows = (count or 0 for count in counts)
        return estimate.Work(computed=computed, attended=attended, rows=rows)
    usage = spell.usage
    read = usage.prompt_tokens - usage.cached_tokens
    # Each answer's rows: what it wrote, or the one that its choices were scored by.
    return estimate.Work(
        computed=read + usage.generated_tokens, rows=max(usage.generated_tokens, spell.answered)
    )


def _flops(spell: Spell) -> float | None:
    told = spell.facts.get(_MODEL)
    parameters = _count(told, "parameters") if isinstance(told, dict) else None
    if not isinstance(told, dict) or parameters is None:
        return None
    shape = estimate.Shape(
        parameters=parameters,
        layers=_count(told, "layers"),
        width=_count(told, "width"),
        tables=_count(told, "tables") or 0,
        head=_count(told, "head") or 0,
        encoder_decoder=told.get("encoder_decoder") is True,
    )
    return estimate.flops(shape, _work(spell))


def _outside(spells: Sequence[Spell]) -> float | None:
    """Return the share of the time that was no model's work, of the spells that tell."""
    told = [(worked, one) for one in spells if (worked := _number(one.facts, "worked_seconds"))]
    seconds = math.fsum(one.seconds for _, one in told)
    worked = math.fsum(worked for worked, _ in told)
    return max(0.0, 1 - worked / seconds) if seconds > 0 else None


def _sum(values: Iterable[float | None]) -> float | None:
    """Return the sum; None where one is not known."""
    found = tuple(values)
    known = [value for value in found if value is not None]
    return math.fsum(known) if len(known) == len(found) else None


def _rate(tokens: int, seconds: float) -> float | None:
    return tokens / seconds if seconds > 0 else None


def _text(facts: Mapping[str, Json], name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) else None


def _number(facts: Mapping[str, Json], name: str) -> float | None:
    """Return a number that is not negative: nothing may have been paid, or spent."""
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None


def _count(facts: Mapping[str, Json], name: str) -> int | None:
    value = facts.get(name)
    return value if type(value) is int and value >= 0 else None


# ── speed.csv ───────────────────────────────────────────────────────────────────────────────────

COLUMNS = tuple(one.name for one in fields(Speed))
_DIGITS = {
    **dict.fromkeys(("seconds", "energy_joules"), 3),
    **{name: 1 for name in COLUMNS if name.endswith("_per_s")},
    **dict.fromkeys(("hit_rate", "mfu", "outside"), 4),
    **dict.fromkeys(("flops", "peak_flops"), 0),
    "cost": 6,
}


def write(found: Iterable[Speed], folder: Path) -> None:
    """Write `speed.csv` into a run's folder, if there is something to write."""
    told = tuple(found)
    if told:
        paths.replace(folder / FILE, to_csv(told))


def to_csv(found: Iterable[Speed]) -> str:
    """Return the text of a `speed.csv`."""
    return tables.csv_text(COLUMNS, [asdict(one) for one in found], _DIGITS)


def read(path: Path) -> tuple[Speed, ...]:
    """Read a `speed.csv`.

    Raises:
        RunMistake: it cannot be read.

    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ValueError("too large")
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.DictReader(file)
            if tuple(lines.fieldnames or ()) != COLUMNS:
                raise ValueError("its columns are not those of this version")
            return tuple(Speed(**_cells(line)) for line in lines)
    except (OSError, ValueError, TypeError, KeyError, csv.Error) as error:
        raise RunMistake(
            f"{path}: cannot be read: {error}", hint="`evalsuite score RUN` writes it again"
        ) from error


def _cells(line: Mapping[str, str]) -> dict[str, Any]:
    if len(line) != len(COLUMNS) or None in line.values():  # `csv` fills up what is cut off
        raise ValueError("a row has not one cell for each column")
    return {one.name: _value(one.type, line[one.name]) for one in fields(Speed)}


def _value(kind: object, cell: str) -> str | int | float | None:
    kinds = get_args(kind) or (kind,)  # `int | None` has two
    if None.__class__ in kinds and not cell:
        return None
    if int in kinds:
        return int(cell)
    return float(cell) if float in kinds else tables.text_of(cell)
