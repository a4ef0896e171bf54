"""How much arithmetic a language model needs, and how long that takes on a machine.

A token costs 6N FLOPs in training (2N forward, 4N backward) and 2N in inference, N being the
model's parameters: one multiplication and one addition a weight. Attention comes on top, with no
weights of its own: 12·L·W·T FLOPs a token in training and a third of it in inference, for L layers,
W = heads × head dimension, and T tokens that are attended to. A machine that does P FLOP/s at best
does P / (FLOPs a token) tokens/s at best; what it does of that is its efficiency, the model FLOPs
utilisation (MFU). All this: Chowdhery et al. 2022, PaLM, appendix B.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from evalsuite.errors import UnknownName, UserMistake

Mode: TypeAlias = Literal["training", "inference"]

_FACTORS: dict[Mode, int] = {"training": 6, "inference": 2}
_SIXTEEN = frozenset({"float16", "bfloat16"})
_DECIMAL = {prefix: 1000**power for power, prefix in enumerate(("", "k", "m", "g", "t", "p"))}
_UNITS: dict[str, float] = {
    "": 1,
    **{f"{prefix}b": size for prefix, size in _DECIMAL.items()},
    **{f"{prefix}ib": 1024**power for power, prefix in enumerate(_DECIMAL) if prefix},
}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?)\s*([a-z]*)\s*", re.IGNORECASE)


# ── the rule of thumb ───────────────────────────────────────────────────────────────────────────


def flops_a_token(parameters: float, mode: Mode) -> float:
    """Return the FLOPs that a token costs, attention left out: 6N or 2N."""
    return _FACTORS[mode] * parameters


def attention_flops_a_token(layers: float, width: float, context: float, mode: Mode) -> float:
    """Return the FLOPs of attention that a token costs: 12·L·W·T, or 4·L·W·T in inference.

    `width` is heads × head dimension, `context` the tokens that the token attends to.
    """
    return 2 * _FACTORS[mode] * layers * width * context


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """How much text, and what says so."""

    tokens: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """How long that takes."""

    quantity: Quantity
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What computes."""

    peak_flops: float  # FLOP/s of one accelerator
    efficiency: float = 1.0  # the share of the peak that is reached, above 0 and at most 1
    accelerators: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reckoning:
    """A model's speed on a machine, and the time for some text."""

    mode: Mode
    flops_a_token: float  # without attention
    attention_flops_a_token: float | None  # None: the model's shape is not known
    expected_tokens_per_s: float  # at the machine's peak
    tokens_per_s: float  # at its efficiency
    durations: tuple[Duration, ...]


def reckon(
    parameters: float,
    machine: Machine,
    mode: Mode,
    quantities: Iterable[Quantity] = (),
    attention: float | None = None,
) -> Reckoning:
    """Return what a model's tokens cost, how many a second come of that, and for how long.

    `attention` has the FLOPs of attention a token, where they are known; they are added.

    Raises:
        UserMistake: a number that is none of its kind.

    """
    _positive("the number of parameters", parameters)
    _positive("the peak", machine.peak_flops)
    _positive("the number of accelerators", machine.accelerators)
    if not 0 < machine.efficiency <= 1:
        raise UserMistake(
            f"efficiency: `{machine.efficiency:g}`", hint="a share above 0 and at most 1"
        )
    wanted = tuple(quantities)
    for one in wanted:
        _positive("the number of tokens", one.tokens)
    cost = flops_a_token(parameters, mode)
    expected = machine.accelerators * machine.peak_flops / (cost + (attention or 0.0))
    achieved = expected * machine.efficiency
    return Reckoning(
        mode=mode,
        flops_a_token=cost,
        attention_flops_a_token=attention,
        expected_tokens_per_s=expected,
        tokens_per_s=achieved,
        durations=tuple(Duration(quantity=one, seconds=one.tokens / achieved) for one in wanted),
    )


def tokens_in(size: float, characters_per_token: float) -> float:
    """Return how many tokens a text of `size` bytes has, a byte being a character.

    Raises:
        UserMistake: a number is not positive.

    """
    _positive("the size of the data", size)
    _positive("characters a token", characters_per_token)
    return size / characters_per_token


def size_of(text: str) -> float:
    """Read a number of bytes: `1GB` is 10⁹, `1GiB` is 2³⁰, `1e9` as it stands.

    Raises:
        UserMistake: it is none.

    """
    found = _SIZE.fullmatch(text)
    size = float(found[1]) if found else math.inf
    unit = _UNITS.get(found[2].lower()) if found else None
    if unit is None or not math.isfinite(size) or size <= 0:
        raise UserMistake(
            f"size of data: `{text[:40]}`", hint="a number and a unit, such as `1GB` or `500MiB`"
        )
    return size * unit


def _positive(what: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise UserMistake(f"{what}: `{value:g}`", hint="a number above 0")


# ── what was computed ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What of a model its FLOPs depend on."""

    parameters: int
    layers: int | None = None
    width: int | None = None  # heads × head dimension
    tables: int = 0  # parameters that have a row a token of the vocabulary: embedding and head
    head: int = 0  # parameters of the head alone, which may be the embedding again
    encoder_decoder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a model has read or written."""

    computed: int = 0  # tokens that went through its layers
    attended: int = 0  # tokens that they attended to, summed: itself and those before it
    rows: int = 0  # of the head: positions whose next token was asked for

    def __add__(self, other: "Work") -> "Work":
        return Work(
            computed=self.computed + other.computed,
            attended=self.attended + other.attended,
            rows=self.rows + other.rows,
        )


def forward(length: int, cached: int, rows: int) -> Work:
    """Return the work of reading `length` tokens causally, `cached` of them known before."""
    return Work(
        computed=length - cached,
        attended=(length * (length + 1) - cached * (cached + 1)) // 2,
        rows=rows,
    )


def translated(source: int, target: int) -> Work:
    """Return the work of an encoder that reads `source` tokens and a decoder that takes `target`.

    The encoder's tokens attend to one another, the decoder's to those before them and the source.
    """
    decoded = forward(target, 0, rows=target)
    attended = decoded.attended + source * (source + target)
    return Work(computed=source + target, attended=attended, rows=target)


def flops(shape: Shape, work: Work) -> float:
    """Return the FLOPs of work.

    The rule of 2N a token, made exact where the model's tables are known: to look up an embedding
    is no arithmetic, and the head runs on those rows alone that are asked for. (Of a small model
    with a large vocabulary, that is most of N.) With an encoder, a token goes through one of the
    two stacks: through half of the layers' weights (Raffel et al. 2020, section 3.2.2).
    """
    layers = (shape.parameters - shape.tables) * (0.5 if shape.encoder_decoder else 1.0)
    attention = 0.0
    if shape.layers is not None and shape.width is not None:
        stack = shape.layers * (0.5 if shape.encoder_decoder else 1.0)
        attention = attention_flops_a_token(stack, shape.width, work.attended, "inference")
    return (
        flops_a_token(layers, "inference") * work.computed
        + flops_a_token(shape.head, "inference") * work.rows
        + attention
    )


# ── accelerators ────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Accelerator:
    """What a maker says of one accelerator: dense, not sparse, sums kept in 32 bits."""

    name: str
    peak_flops: float  # FLOP/s of matrix products in 16 bits
    bandwidth: float  # of its memory, bytes/s
    source: str
    devices: tuple[str, ...] = ()  # words of the name by which a driver knows it
    dtypes: frozenset[str] = _SIXTEEN


def _accelerator(  # noqa: PLR0913 - a line of the table
    name: str,
    tera: float,
    giga: float,
    source: str,
    devices: tuple[str, ...] = (),
    dtypes: frozenset[str] = _SIXTEEN,
) -> Accelerator:
    return Accelerator(
        name=name,
        peak_flops=tera * 1e12,
        bandwidth=giga * 1e9,
        source=source,
        devices=devices,
        dtypes=dtypes,
    )


_FLOAT16 = frozenset({"float16"})
_BFLOAT16 = frozenset({"bfloat16"})
_H100 = "NVIDIA H100 datasheet, half of the figure with sparsity"
_ADA = "NVIDIA Ada GPU architecture whitepaper, appendix A: 16 bits with 32-bit accumulate"
_AMPERE = "NVIDIA GA102 GPU architecture whitepaper, appendix A: 16 bits with 32-bit accumulate"

# Of the names by which a device is found, the first that fits counts: the longer stand first.
ACCELERATORS = (
    _accelerator("a100", 312, 2039, "NVIDIA A100 datasheet, 80 GB SXM", ("a100 sxm4 80gb",)),
    _accelerator(
        "a100-40gb", 312, 1555, "NVIDIA A100 datasheet, 40 GB", ("a100 sxm4 40gb", "a100 pcie 40gb")
    ),
    _accelerator("a100-pcie", 312, 1935, "NVIDIA A100 datasheet, 80 GB PCIe", ("a100 80gb pcie",)),
    _accelerator("h100", 989, 3350, f"{_H100}, SXM", ("h100 80gb hbm3",)),
    _accelerator("h100-pcie", 756, 2000, f"{_H100}, PCIe", ("h100 pcie",)),
    _accelerator("h100-nvl", 835, 3900, f"{_H100}, NVL", ("h100 nvl",)),
    _accelerator(
        "h200-nvl", 835, 4800, "NVIDIA H200 datasheet, NVL, half with sparsity", ("h200 nvl",)
    ),
    _accelerator("h200", 989, 4800, "NVIDIA H200 datasheet, SXM, half with sparsity", ("h200",)),
    _accelerator(
        "b200", 2250, 8000, "NVIDIA Blackwell datasheet, HGX B200, half with sparsity", ("b200",)
    ),
    _accelerator("v100", 125, 900, "NVIDIA V100 datasheet, SXM2", ("v100 sxm2",), _FLOAT16),
    _accelerator("v100-pcie", 112, 900, "NVIDIA V100 datasheet, PCIe", ("v100 pcie",), _FLOAT16),
    _accelerator("t4", 65, 320, "NVIDIA T4 datasheet", ("tesla t4", "nvidia t4"), _FLOAT16),
    _accelerator("a10", 125, 600, "NVIDIA A10 datasheet", ("nvidia a10",)),
    _accelerator("a30", 165, 933, "NVIDIA A30 datasheet", ("nvidia a30",)),
    _accelerator("a40", 149.7, 696, "NVIDIA A40 datasheet", ("nvidia a40",)),
    _accelerator("l4", 121, 300, "NVIDIA L4 datasheet, half with sparsity", ("nvidia l4",)),
    _accelerator("l40s", 362, 864, "NVIDIA L40S datasheet", ("nvidia l40s",)),
    _accelerator("rtx-4090", 165.2, 1008, f"{_ADA}, RTX 4090", ("geforce rtx 4090",)),
    _accelerator("rtx-3090", 71, 936, f"{_AMPERE}, RTX 3090", ("geforce rtx 3090",)),
    # A driver shows each of its two dies as a device of its own.
    _accelerator("mi250x", 383, 3277, "AMD Instinct MI250X data sheet, both dies"),
    _accelerator("mi300x", 1307.4, 5300, "AMD Instinct MI300X data sheet", ("instinct mi300x",)),
    _accelerator("tpu-v4", 275, 1200, "Google Cloud TPU documentation, v4", (), _BFLOAT16),
    _accelerator("tpu-v5e", 197, 819, "Google Cloud TPU documentation, v5e", (), _BFLOAT16),
    _accelerator("tpu-v5p", 459, 2765, "Google Cloud TPU documentation, v5p", (), _BFLOAT16),
)


def accelerator(name: str) -> Accelerator:
    """Return the accelerator of that name; spaces, case and `_` do not matter.

    Raises:
        UnknownName: the table has none.

    """
    wanted = "-".join(re.split(r"[\s_-]+", name.strip().lower()))
    for one in ACCELERATORS:
        if one.name == wanted:
            return one
    raise UnknownName("accelerator", name, (one.name for one in ACCELERATORS))


def of_device(device: str) -> Accelerator | None:
    """Return the accelerator that a driver calls so; None: the table has none.

    All words of an entry are to be there, and none that makes it another device: a slice of a GPU,
    or a variant of it.
    """
    words = re.split(r"[\s_()-]+", device.strip().lower())
    if "mig" in words:
        return None
    for one in ACCELERATORS:
        for name in one.devices:
            wanted = name.split()
            if set(wanted) <= set(words) and not {"ti", "d", "laptop", "max"} & set(words):
                return one
    return None
