"""`evalsuite perplexity`: how well a model expects a text."""

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evalsuite import engines, models, tokenizing
from evalsuite import perplexity as texts
from evalsuite.cli import _options
from evalsuite.cli._console import data, err, table
from evalsuite.errors import UserMistake
from evalsuite.plan import default_engine
from evalsuite.records import Model, Response, Settings

_LARGEST = 256 * 1024 * 1024  # bytes of all texts


def perplexity(
    model: Annotated[str, typer.Argument(help="A catalogue name, a folder or a hub id.")],
    text: Annotated[list[str], typer.Argument(help="Files of text; `-` is standard input.")],
    block_size: Annotated[
        int | None,
        typer.Option(min=2, help="Tokens read at once.  [default: 1024, or the model's context]"),
    ] = None,
    stride: Annotated[
        int | None,
        typer.Option(min=1, help="Slide a window on by so many tokens, and leave nothing out."),
    ] = None,
    engine: Annotated[
        str | None, typer.Option("--engine", "-e", help="[default: vllm if installed]")
    ] = None,
    dtype: Annotated[str, typer.Option(help="`auto`, `float32` or `bfloat16`.")] = "auto",
    engine_arg: Annotated[
        list[str] | None,
        typer.Option("--engine-arg", help="An engine's own setting, `name=value`; repeatable."),
    ] = None,
    as_json: _options.AsJson = False,
) -> None:
    """Print a model's perplexity on texts: a token, a word and a byte.

    Without `--stride` the texts are cut to blocks as transformers' `run_clm.py` does for its
    evaluation; what it prints is given beside the perplexity a token, from which it differs for
    GPT-2: its Trainer counts the first token of a block there, which nothing predicts.

    **Examples**

    `evalsuite perplexity gemma3-270m book.txt`

    `evalsuite perplexity ./gpt2 book.txt --block-size 512 --stride 256 --engine transformers`
    """
    ready = models.ready(model)
    if ready.encoder_decoder:
        raise UserMistake(
            f"model `{model}` has an encoder: a text has no perplexity under it",
            hint="name a decoder, such as `gemma3-270m`",
        )
    size = block_size or min(texts.BLOCK, ready.context_length)
    if size > ready.context_length:
        raise UserMistake(
            f"--block-size: {size}", hint=f"`{model}` reads {ready.context_length} tokens at once"
        )
    reader = tokenizing.tokenizer(ready)
    whole = _read(text)
    cut = (
        texts.blocks(whole, reader, size)
        if stride is None
        else texts.windows(whole, reader, size, stride)
    )
    name, blocks = engine or default_engine(), stride is None
    found = texts.perplexity(
        cut,
        _answers(
            name,
            ready,
            cut,
            Settings(dtype=dtype, max_context=size, arguments=_options.arguments(engine_arg)),
        ),
    )
    told = {
        "model": model,
        "engine": name,
        "method": "blocks" if blocks else "windows",
        "block_size": size,
        **({} if blocks else {"stride": stride}),
        "perplexity_per_token": found.per_token,
        "perplexity_per_word": found.per_word,
        "perplexity_per_byte": found.per_byte,
        "bits_per_byte": found.bits_per_byte,
        **({"perplexity_run_clm": found.as_run_clm(models.architecture(ready))} if blocks else {}),
        **asdict(found),
    }
    if as_json:
        data(told)
        return
    table(
        (
            *("perplexity", "a token", *(("by run_clm.py",) if blocks else ())),
            *("a word", "a byte", "tokens", "pieces", "left out"),
        ),
        [
            (
                model,
                f"{found.per_token:.4f}",
                *((f"{found.as_run_clm(models.architecture(ready)):.4f}",) if blocks else ()),
                f"{found.per_word:.4f}",
                f"{found.per_byte:.4f}",
                found.tokens,
                found.pieces,
                found.left_out,
            )
        ],
        right=7 if blocks else 6,
    )


def _answers(name: str, model: Model, cut: texts.Cut, settings: Settings) -> list[Response]:
    if engines.engine(name).ANSWERS_FROM != "model":
        raise UserMistake(f"engine `{name}` scores no text", hint="use `vllm` or `transformers`")
    engines.check(name, settings, {"choices"})
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        err.print(f"{len(cut.pieces)} pieces by `{name}`", style="dim", markup=False)
        with engines.started(name, model, settings, log) as engine:
            return list(engine.ask(texts.requests(cut.pieces)))


def _read(named: list[str]) -> str:
    parts: list[str] = []
    for one in named:
        try:
            raw = sys.stdin.buffer.read(_LARGEST + 1) if one == "-" else _file(Path(one))
            parts.append(raw.decode())
        except OSError as error:
            raise UserMistake(f"{one}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UserMistake(f"{one}: not UTF-8 at byte {error.start}") from error
        if not parts[-1]:
            raise UserMistake(f"{one}: empty", hint="name a text that has something in it")
        if sum(map(len, parts)) > _LARGEST:
            raise UserMistake(
                f"{one}: over {_LARGEST >> 20} MiB of text in all", hint="name a part of it"
            )
    return "".join(parts)


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)
