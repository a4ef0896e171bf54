"""`evalsuite estimate`: tokens a second and time, from a model's size and a machine's peak."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from evalsuite import estimate as rule
from evalsuite import models
from evalsuite.cli import _options
from evalsuite.cli._console import data, table
from evalsuite.errors import UserMistake

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def estimate(
    parameters: Annotated[
        float | None, typer.Option("--parameters", "-N", help="Of the model, such as `125e6`.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", "-m", help="Take parameters, layers and width from a model instead."
        ),
    ] = None,
    accelerator: Annotated[
        str | None, typer.Option("--accelerator", "-a", help="See `--accelerators-table`.")
    ] = None,
    peak: Annotated[
        float | None, typer.Option(help="FLOP/s of one accelerator that the table lacks.")
    ] = None,
    accelerators: Annotated[int, typer.Option(help="How many of them.")] = 1,
    efficiency: Annotated[
        float, typer.Option("--efficiency", "-e", help="Share of the peak that is reached.")
    ] = 0.4,
    training: Annotated[
        bool, typer.Option("--training/--inference", help="6N or 2N FLOPs a token.")
    ] = True,
    size: Annotated[
        str | None,
        typer.Option("--data", help="Size of a text, such as `1GB`; 1 byte a character."),
    ] = None,
    characters_per_token: Annotated[
        float, typer.Option("--characters-per-token", help="English about 4, Portuguese about 3.")
    ] = 3.0,
    tokens: Annotated[
        float | None,
        typer.Option("--tokens", help="A number of tokens, beside or without `--data`."),
    ] = None,
    context: Annotated[
        float | None, typer.Option(help="Tokens in a sequence; with `--layers` and `--width`.")
    ] = None,
    layers: Annotated[int | None, typer.Option(help="Of the model.")] = None,
    width: Annotated[int | None, typer.Option(help="Heads × head dimension.")] = None,
    listed: Annotated[
        bool, typer.Option("--accelerators-table", help="List the accelerators and leave.")
    ] = False,
    as_json: _options.AsJson = False,
) -> None:
    """Estimate tokens a second and time: 6N FLOPs a token in training, 2N in inference.

    The rule is that of the PaLM paper (Chowdhery et al. 2022, appendix B), where attention costs
    12·L·W·T FLOPs a token besides, and a third of that in inference.

    **Examples**

    `evalsuite estimate --parameters 125e6 --accelerator a100 --data 1GB`

    `evalsuite estimate --model smollm2-135m-instruct --accelerator h100 --inference --tokens 1e9`
    """
    if listed:
        _accelerators(as_json=as_json)
        return
    count, layers, width = _model(model, parameters, layers, width)
    name, flops = _peak(accelerator, peak)
    mode: rule.Mode = "training" if training else "inference"
    found = rule.reckon(
        count,
        rule.Machine(peak_flops=flops, efficiency=efficiency, accelerators=accelerators),
        mode,
        tuple(_quantities(size, characters_per_token, tokens)),
        _attention(layers, width, context, mode),
    )
    if as_json:
        data({"parameters": count, "peak_flops": flops, "efficiency": efficiency, **asdict(found)})
    else:
        table(("", "", "how"), _lines(found, count, f"{accelerators} × {name}", efficiency))


def _model(
    model: str | None, parameters: float | None, layers: int | None, width: int | None
) -> tuple[float, int | None, int | None]:
    if model is None:
        if parameters is None:
            raise UserMistake("no model", hint="name `--parameters` or `--model`")
        return parameters, layers, width
    ready = models.ready(model)
    count = parameters if parameters is not None else ready.parameters
    if count is None:
        raise UserMistake(
            f"model `{model}`: its number of parameters is not known", hint="add `--parameters`"
        )
    return count, layers or ready.layers, width or ready.width


def _peak(accelerator: str | None, peak: float | None) -> tuple[str, float]:
    if (accelerator is None) == (peak is None):
        raise UserMistake("no peak, or two", hint="name either `--accelerator` or `--peak`")
    if accelerator is None:
        return f"{peak:.4g} FLOP/s", peak or 0.0
    known = rule.accelerator(accelerator)
    return f"{known.name} at {known.peak_flops:.4g} FLOP/s", known.peak_flops


def _attention(
    layers: int | None, width: int | None, context: float | None, mode: rule.Mode
) -> float | None:
    if context is None:
        return None
    if layers is None or width is None:
        raise UserMistake("--context: the model's shape is missing", hint="`--layers`, `--width`")
    if min(layers, width, context) <= 0:
        raise UserMistake("--context, --layers and --width", hint="numbers above 0")
    return rule.attention_flops_a_token(layers, width, context, mode)


def _quantities(
    size: str | None, characters_per_token: float, tokens: float | None
) -> Iterator[rule.Quantity]:
    if size is not None:
        yield rule.Quantity(
            tokens=rule.tokens_in(rule.size_of(size), characters_per_token),
            source=f"{size} at {characters_per_token:g} characters a token",
        )
    if tokens is not None:
        yield rule.Quantity(tokens=tokens, source="as given")


def _lines(
    found: rule.Reckoning, parameters: float, machine: str, efficiency: float
) -> Iterator[tuple[str, str, str]]:
    factor = round(found.flops_a_token / parameters)
    yield ("FLOPs a token", f"{found.flops_a_token:.4g}", f"{factor} × {parameters:.4g}")
    if found.attention_flops_a_token is not None:
        share = found.attention_flops_a_token / found.flops_a_token
        how = f"{2 * factor} × layers × width × context; {share:.1%} besides"
        yield ("of attention, besides", f"{found.attention_flops_a_token:.4g}", how)
    yield ("tokens/s, expected", f"{found.expected_tokens_per_s:,.0f}", machine)
    yield ("tokens/s", f"{found.tokens_per_s:,.0f}", f"at {efficiency:.0%} of the peak")
    for one in found.durations:
        yield ("tokens", f"{one.quantity.tokens:,.0f}", one.quantity.source)
        yield ("time", _time(one.seconds), f"{one.seconds:,.0f} s")


def _time(seconds: float) -> str:
    for name, unit in (("days", _DAY), ("hours", _HOUR)):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.1f} {name}"
    return f"{seconds / _MINUTE:.0f} minutes" if seconds >= _MINUTE else f"{seconds:.3g} s"


def _accelerators(*, as_json: bool) -> None:
    if as_json:
        data([_entry(one) for one in rule.ACCELERATORS])
        return
    table(
        ("accelerator", "source", "in", "TFLOP/s, dense", "GB/s"),
        (
            (
                *(one.name, one.source, " ".join(sorted(one.dtypes))),
                *(f"{one.peak_flops / 1e12:g}", f"{one.bandwidth / 1e9:g}"),
            )
            for one in rule.ACCELERATORS
        ),
        right=2,
    )


def _entry(one: rule.Accelerator) -> dict[str, Any]:
    return {**asdict(one), "dtypes": sorted(one.dtypes)}
