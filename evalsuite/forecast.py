"""What a run would ask, compute, take and cost, before it asks anything: `evalsuite run --plan`.

The work is counted on the very prompts: each engine's own requests, and of vLLM's those tokens that
its prefix cache will not have. Prompts are read at a share of the device's peak (`EFFICIENCY`);
answers are written in steps, one token of every answer in flight a step, and a step reads all
weights once. Where an earlier run of the same model, engine and device is stored, its rate counts.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType

from evalsuite import engines, paths, speed
from evalsuite.engines import _device, ray
from evalsuite.engines._limits import BATCH, BRANCH_WIDTH, CPU_BLOCK, CPU_FLOAT32, GPU_BLOCK
from evalsuite.engines._parts import Branch, Part, Tail, branches, parts
from evalsuite.engines._tokens import Tokens, context, continuations
from evalsuite.errors import RunMistake
from evalsuite.estimate import Shape, Work, flops, forward, translated
from evalsuite.plan import Plan, Subject
from evalsuite.records import Choices, Generate, Model, Request, Settings

# Share of the peak that an engine reaches in reading prompts. Measured with the two embedded models
# in float32 on two cores; `docs/speed.md` says how.
EFFICIENCY: Mapping[str, float] = MappingProxyType({"vllm": 0.4, "transformers": 0.25})
# Answers that an engine writes at once, unless its settings say otherwise.
IN_FLIGHT: Mapping[str, int] = MappingProxyType({"vllm": 256, "transformers": BATCH})

_VLLM = "vllm"  # the engine that keeps prefixes
_RAY = "ray"
_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2, "float64": 8}
_CHARACTERS_A_TOKEN = 3  # where only a server knows its tokens; few, so that they are no less
_ENOUGH = 20  # prompts of an earlier run, below which its rate says little


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What is paid; None: nothing for that."""

    million_in: float | None = None  # prompt tokens
    million_out: float | None = None  # generated tokens
    hour: float | None = None  # of one device


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What asking one subject comes to; None: it cannot be known."""

    model: str
    engine: str
    prompts: int  # that are asked
    too_long: int  # that do not fit, and are not
    requests: int  # of the engine: an item with choices may be several
    logical_tokens: int
    computed_tokens: int  # of prompts and choices
    generated_tokens: int  # at most
    flops: float | None
    seconds: float | None  # at most, where answers are generated; without the engine's start
    basis: str  # where the seconds come from
    cost: float | None  # in the currency of the prices


def forecasts(
    made: Plan, settings: Settings, prices: Prices, results: Path
) -> tuple[Forecast, ...]:
    """Return what each subject of a run comes to. Nothing is asked, and nothing written."""
    machine = _Machine(results)
    return tuple(_forecast(made, one, settings, prices, machine) for one in made.subjects)


class _Machine:
    """The device here, measured at most once, and what earlier runs reached on it."""

    def __init__(self, results: Path) -> None:
        self.on = _device.described()
        self.peak = cache(partial(_device.peak, self.on))
        self.bandwidth = cache(partial(_device.bandwidth, self.on))
        self.earlier = tuple(_earlier(results))


def _earlier(results: Path) -> Iterator[speed.Speed]:
    for path in sorted(paths.runs(results).glob(f"*/{speed.FILE}")):
        try:
            yield from speed.read(path)
        except RunMistake:  # a damaged file tells nothing
            continue


def _forecast(
    made: Plan, subject: Subject, settings: Settings, prices: Prices, machine: _Machine
) -> Forecast:
    questions = [one for one in made.asked if one.question.model == subject.name]
    fitting = {one.request.key: one.request for one in questions if not one.question.too_long}
    model, source = subject.model, engines.engine(subject.engine).ANSWERS_FROM
    asks = model is not None and source in {"model", "server"}
    local = asks and source == "model"
    block = _block(settings, machine.on)
    load = _load(subject, tuple(fitting.values()), settings, block) if asks else _Load()
    shape = (
        speed.shape_of(model, model.parameters)
        if model is not None and model.parameters is not None and asks
        else None
    )
    seconds, basis = None, "not known: a server computes" if asks else "no model is asked"
    if local and model is not None and shape is not None:
        seconds, basis = _seconds(subject, model, shape, load, settings, machine)
    return Forecast(
        model=subject.name,
        engine=subject.engine,
        prompts=len(fitting),
        too_long=sum(one.question.too_long for one in questions),
        requests=load.requests,
        logical_tokens=load.logical,
        computed_tokens=load.reading.computed,
        generated_tokens=load.generated,
        flops=None if shape is None else flops(shape, load.reading + load.writing),
        seconds=seconds,
        basis=basis,
        cost=_cost(prices, load, seconds) if asks else None,
    )


def _cost(prices: Prices, load: "_Load", seconds: float | None) -> float | None:
    parts_of = []
    if prices.million_in is not None:
        parts_of.append(prices.million_in * load.sent / 1e6)
    if prices.million_out is not None:
        parts_of.append(prices.million_out * load.generated / 1e6)
    if prices.hour is not None:
        if seconds is None:
            return None
        parts_of.append(prices.hour * seconds / 3600)
    return math.fsum(parts_of) if parts_of else None


# ── the work ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Load:
    """What an engine does for some requests."""

    requests: int = 0
    logical: int = 0
    sent: int = 0  # tokens that a server would be sent, and charge
    reading: Work = field(default_factory=Work)
    writing: Work = field(default_factory=Work)
    generated: int = 0  # tokens of all answers, at most
    longest: int = 0  # tokens of the longest answer, at most


def _load(subject: Subject, requests: Sequence[Request], settings: Settings, block: int) -> _Load:
    lengths = [_lengths(one) for one in requests]
    logical = sum(start + sum(answers) for start, answers in lengths)
    written = [one.max_tokens for one in requests if isinstance(one, Generate)]
    encodes = subject.model is not None and subject.model.encoder_decoder
    sent = logical
    if engines.engine(subject.engine).ANSWERS_FROM == "server":
        # A choice is sent with its prompt before it.
        sent = sum(start * max(1, len(answers)) + sum(answers) for start, answers in lengths)
        reading, count = Work(computed=sent), sum(max(1, len(answers)) for _, answers in lengths)
    elif _inner(subject.engine, settings) == _VLLM:
        reading, count = _read_by_vllm(requests, settings, block)
    else:
        passes = list(_passes(requests, settings, encodes=encodes))
        reading, count = _total(passes), len(passes)
    return _Load(
        requests=count,
        logical=logical,
        sent=sent,
        reading=reading,
        writing=_total(_writing(requests, encodes=encodes)),
        generated=sum(written),
        longest=max(written, default=0),
    )


def _inner(engine: str, settings: Settings) -> str:
    """Return the engine that does the work: of `ray` that of its replicas."""
    return ray.inner_of(settings.arguments) if engine == _RAY else engine


def _lengths(request: Request) -> tuple[int, tuple[int, ...]]:
    """Return the tokens of a prompt and of each choice that is scored after it."""
    scored = request.choices if isinstance(request, Choices) else ()
    return (
        _length(request.prompt.text, request.prompt.token_ids),
        tuple(_length(choice.text, choice.token_ids) for choice in scored),
    )


def _length(text: str, token_ids: Tokens | None) -> int:
    return math.ceil(len(text) / _CHARACTERS_A_TOKEN) if token_ids is None else len(token_ids)


@dataclass(frozen=True, slots=True)
class Asked:
    """A sequence that an engine reads, and whether the head runs on all that it computes of it."""

    tokens: Tokens
    scores_all: bool = False


def _read_by_vllm(requests: Sequence[Request], settings: Settings, block: int) -> tuple[Work, int]:
    """Return the work of reading requests, and how many vLLM has; `plain` reads choices whole."""
    choices: list[int] = []
    if settings.arguments.get("route") == "plain":
        choices = [
            len(context(one)) + len(tokens)
            for one in requests
            if isinstance(one, Choices)
            for tokens in dict.fromkeys(continuations(one))
        ]
        requests = [one for one in requests if isinstance(one, Generate)]
    adapted = settings.arguments.get("lora") is not None
    asked = list(_asked_of_vllm(requests, block, adapted=adapted))
    whole = _total(forward(length, 0, rows=length) for length in choices)
    return cached_work(asked, block) + whole, len(asked) + len(choices)


def _asked_of_vllm(requests: Iterable[Request], block: int, *, adapted: bool) -> Iterator[Asked]:
    """Yield the sequences of each request; an adapter has no choice scored by a tail."""
    for request in requests:
        start = context(request)
        match request:
            case Generate():
                yield Asked(start)
            case Choices():
                scored = continuations(request)
                split: tuple[Part, ...] = (
                    branches(scored, width=BRANCH_WIDTH)
                    if adapted
                    else parts(scored, width=BRANCH_WIDTH, start=len(start), block=block)
                )
                for part in split:
                    match part:
                        case Branch(prefix, _):
                            yield Asked(start + prefix)
                        case Tail(prefix, tokens):
                            yield Asked(start + prefix + tokens, scores_all=True)


def cached_work(asked: Iterable[Asked], block: int) -> Work:
    """Return the work of reading sequences in order with a prefix cache of whole blocks.

    In order, what a sequence shares with any before it, it shares with the last. The last token is
    always computed: the answer comes from it.
    """
    before: Tokens = ()
    total = Work()
    for one in sorted(asked, key=lambda one: one.tokens):
        length = len(one.tokens)
        cached = min(_shared(before, one.tokens), length - 1) // block * block
        total += forward(length, cached, rows=length - cached if one.scores_all else 1)
        before = one.tokens
    return total


def _shared(left: Tokens, right: Tokens) -> int:
    """Return the length of the longest prefix that both have."""
    low, high = 0, min(len(left), len(right))
    while low < high:  # slices are compared faster than a loop compares tokens
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _passes(requests: Sequence[Request], settings: Settings, *, encodes: bool) -> Iterator[Work]:
    """Yield the work of each sequence that is read without a cache; a batch reads none twice."""
    given = settings.arguments.get("batch")
    size = given if type(given) is int and given > 0 else BATCH
    in_order = sorted(requests, key=lambda one: one.prompt.token_ids or ())
    for first in range(0, len(in_order), size):
        rows: dict[tuple[Tokens, Tokens], int] = {}
        for request in in_order[first : first + size]:
            start = context(request)
            if isinstance(request, Choices):
                for tokens in continuations(request):
                    read = (start, tokens[:-1])
                    rows[read] = max(len(tokens), rows.get(read, 0))
            else:
                yield translated(len(start), 0) if encodes else forward(len(start), 0, rows=0)
        for (start, more), count in rows.items():
            if encodes:
                yield translated(len(start), len(more) + 1)
            else:
                yield forward(len(start) + len(more), 0, rows=count)


def _writing(requests: Iterable[Request], *, encodes: bool) -> Iterator[Work]:
    """Yield the work of writing each answer to its limit, its prompt being read."""
    for request in requests:
        if isinstance(request, Generate):
            start, longest = len(context(request)), request.max_tokens
            if encodes:
                yield Work(computed=longest, attended=longest * start, rows=longest)
            else:
                yield forward(start + longest - 1, start, rows=longest)


def _total(works: Iterable[Work]) -> Work:
    return sum(works, Work())


# ── the time ────────────────────────────────────────────────────────────────────────────────────


def _block(settings: Settings, on: _device.Device) -> int:
    given = settings.arguments.get("block_size")
    if type(given) is int and given > 0:
        return given
    return CPU_BLOCK if on.kind == "cpu" else GPU_BLOCK


def _dtype(engine: str, model: Model, settings: Settings, on: _device.Device) -> str:
    """Return the numbers that an engine computes in, as it chooses them itself."""
    if settings.dtype != "auto":
        return settings.dtype if settings.dtype in _BYTES else "bfloat16"
    small = (model.parameters or CPU_FLOAT32) < CPU_FLOAT32
    plain = engine != _VLLM or (on.kind == "cpu" and small)
    return "float32" if plain else "bfloat16"


def _seconds(  # noqa: PLR0913 - all that a time depends on
    subject: Subject,
    model: Model,
    shape: Shape,
    load: _Load,
    settings: Settings,
    machine: _Machine,
) -> tuple[float | None, str]:
    """Return how long an engine works at most, and by which rates."""
    engine = _inner(subject.engine, settings)
    dtype = _dtype(engine, model, settings, machine.on)
    alike = [
        one
        for one in machine.earlier
        if (one.model, one.engine, one.device, one.dtype)
        == (subject.name, subject.engine, machine.on.name, dtype)
        and one.prompts >= _ENOUGH
    ]
    reached = max((one for one in alike if not one.generated_tokens), key=_work_of, default=None)
    if reached is not None and reached.flops and reached.seconds:
        rate, basis = reached.flops / reached.seconds, "an earlier run's rate of reading"
    else:
        peak = machine.peak(dtype)
        if peak is None:
            return None, "not known: the device's peak could not be measured"
        share = EFFICIENCY.get(engine, min(EFFICIENCY.values()))
        rate = peak.value * share
        basis = f"{share:.0%} of {peak.value / 1e12:.3g} TFLOP/s ({peak.source})"
    seconds = flops(shape, load.reading) / rate
    if load.generated:
        writing, how = _writing_seconds(subject, shape, load, settings, machine, alike, rate, dtype)
        seconds, basis = seconds + writing, f"{basis}; {how}"
    return seconds, basis


def _writing_seconds(  # noqa: PLR0913 - as above
    subject: Subject,
    shape: Shape,
    load: _Load,
    settings: Settings,
    machine: _Machine,
    alike: Sequence[speed.Speed],
    rate: float,
    dtype: str,
) -> tuple[float, str]:
    wrote = max((one for one in alike if one.generated_tokens), key=_work_of, default=None)
    if wrote is not None and wrote.flops and wrote.computed_tokens:
        read = wrote.flops * max(0, wrote.computed_tokens - wrote.generated_tokens)
        left = wrote.seconds - read / wrote.computed_tokens / rate
        if left > 0:
            return load.generated * left / wrote.generated_tokens, "an earlier run's of writing"
    at_once = _at_once(_inner(subject.engine, settings), settings)
    steps = max(load.longest, math.ceil(load.generated / at_once))
    moved = machine.bandwidth()
    weights = shape.parameters * _BYTES[dtype]
    moving = 0.0 if moved is None else steps * weights / moved.value
    return (
        max(moving, flops(shape, load.writing) / rate),
        f"{steps:,} steps of {at_once} answers" + ("" if moved is None else f" ({moved.source})"),
    )


def _work_of(one: speed.Speed) -> float:
    return one.flops or 0.0


def _at_once(engine: str, settings: Settings) -> int:
    for name in ("max_num_seqs", "batch"):
        given = settings.arguments.get(name)
        if type(given) is int and given > 0:
            return given
    return IN_FLIGHT.get(engine, 1)
