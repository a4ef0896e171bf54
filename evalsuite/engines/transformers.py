"""transformers: the reference. Plain forward passes, in float32 unless told otherwise.

Nothing is cached between requests. Choices that end in one token share one pass. Of a model with an
encoder (T5, Raffel et al. 2020) the encoder reads the prompt, and the decoder scores or writes the
answer, from its start token on.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from typing import Any, Literal

from evalsuite.engines._device import Meter, described
from evalsuite.engines._limits import BATCH
from evalsuite.engines._tokens import Tokens, context, continuations, logical
from evalsuite.errors import EngineFailure, ModelMistake, UserMistake
from evalsuite.estimate import forward, translated
from evalsuite.records import (
    Choices,
    Completion,
    Generate,
    Json,
    LogLikelihoods,
    Model,
    Request,
    Response,
    Settings,
    Usage,
)

ANSWERS_FROM: Literal["model"] = "model"
HOSTED = True
PACKAGES: tuple[str, ...] = ("transformers", "torch")

_BATCH_TOKENS = 8192  # tokens in one pass, padding included
_PAD = 0  # the token that fills a batch; its mask hides it
_BATCH_ROWS = 1024  # rows of log-probabilities in one pass; each has the whole vocabulary


@dataclass(frozen=True, slots=True)
class _Pass:
    """One sequence of a forward pass: the rows of its last tokens are wanted."""

    source: Tokens  # what the encoder reads, where there is one
    tokens: Tokens
    rows: int

    @property
    def read(self) -> tuple[Tokens, Tokens]:
        """All that the model reads."""
        return self.source, self.tokens


class Transformers:
    """A loaded model."""

    def __init__(self, model: Any, tokenizer: Any, device: str, batch: int) -> None:
        self._model = model
        self._begin: int | None = (  # what a decoder that has an encoder begins with
            model.config.decoder_start_token_id if model.config.is_encoder_decoder else None
        )
        self._tokenizer = tokenizer
        self._device = device
        self._batch = batch
        self._meter = Meter(described(device), str(model.dtype).removeprefix("torch."))

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return versions and the settings in force."""
        return {
            "transformers": version("transformers"),
            "torch": version("torch"),
            "device": self._device,
            "dtype": str(self._model.dtype).removeprefix("torch."),
            "attention": str(self._model.config._attn_implementation),  # noqa: SLF001 - no public name
            "batch": self._batch,
            **self._meter.facts,
        }

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Answer the requests in batches, in the order in which they come."""
        source = iter(requests)
        self._meter.begin()
        while batch := list(islice(source, self._batch)):
            answered: dict[str, Response] = {}
            with self._meter.working():
                answered |= self._score([one for one in batch if isinstance(one, Choices)])
                for alike in _alike([one for one in batch if isinstance(one, Generate)]):
                    answered |= self._generate(alike)
            yield from (answered[request.key] for request in batch)
        self._meter.finish()

    def close(self) -> None:
        """Give the model back."""
        self._model = None

    # ── choices ──

    def _score(self, requests: Sequence[Choices]) -> dict[str, LogLikelihoods]:
        wanted: dict[tuple[Tokens, Tokens], int] = {}
        for request in requests:
            for continuation in continuations(request):
                one = self._pass(context(request), continuation)
                wanted[one.read] = max(one.rows, wanted.get(one.read, 0))
        passes = [_Pass(*read, rows) for read, rows in wanted.items()]
        rows_of: dict[tuple[Tokens, Tokens], Any] = {}
        for group in _groups(passes):
            rows_of.update(self._forward(group))
        return {request.key: self._log_likelihoods(request, rows_of) for request in requests}

    def _pass(self, start: Tokens, continuation: Tokens) -> _Pass:
        """Return what the model reads to score the continuation, and how many of its rows."""
        if self._begin is None:
            return _Pass((), start + continuation[:-1], len(continuation))
        return _Pass(start, (self._begin, *continuation[:-1]), len(continuation))

    def _log_likelihoods(
        self, request: Choices, rows_of: Mapping[tuple[Tokens, Tokens], Any]
    ) -> LogLikelihoods:
        values = []
        for continuation in continuations(request):
            one = self._pass(context(request), continuation)
            rows = rows_of[one.read][-one.rows :]
            values.append(
                math.fsum(float(row[token]) for row, token in zip(rows, continuation, strict=True))
            )
        return LogLikelihoods(
            key=request.key, values=tuple(values), usage=Usage(prompt_tokens=logical(request))
        )

    def _forward(self, group: Sequence[_Pass]) -> dict[tuple[Tokens, Tokens], Any]:
        """Return the log-probabilities (rows × vocabulary) at each sequence's last tokens.

        What does not fit the memory is done in halves.
        """
        try:
            return self._rows(group)
        except RuntimeError as error:  # torch's own for a GPU is one, too
            if not _is_memory(error):
                raise
            if len(group) == 1:
                raise _out_of_memory(len(group[0].source) + len(group[0].tokens)) from error
        half = len(group) // 2
        return self._forward(group[:half]) | self._forward(group[half:])

    def _rows(self, group: Sequence[_Pass]) -> dict[tuple[Tokens, Tokens], Any]:
        import torch  # noqa: PLC0415

        keep = max(one.rows for one in group)
        if self._begin is None:
            ids, mask = self._padded([one.tokens for one in group], left=True)
            reads: dict[str, Any] = {
                "input_ids": ids,
                "attention_mask": mask,
                "position_ids": (mask.cumsum(-1) - 1).clamp(min=0),
                "logits_to_keep": keep,
            }
        else:
            source, heard = self._padded([one.source for one in group], left=False)
            ids, mask = self._padded([one.tokens for one in group], left=False)
            reads = {
                "input_ids": source,
                "attention_mask": heard,
                "decoder_input_ids": ids,
                "decoder_attention_mask": mask,
            }
        with torch.inference_mode():
            logits = self._model(**reads, use_cache=False).logits
        for one in group:
            self._did(len(one.source), len(one.tokens), one.rows)
        if self._begin is None:
            logits = logits[:, -keep:].float().log_softmax(-1)
            return {one.read: logits[row, -one.rows :] for row, one in enumerate(group)}
        logits = logits.float().log_softmax(-1)
        return {one.read: logits[row, : len(one.tokens)] for row, one in enumerate(group)}

    def _padded(self, sequences: Sequence[Tokens], *, left: bool) -> tuple[Any, Any]:
        # On the left, all sequences end in the same column; on the right, all begin in it.
        import torch  # noqa: PLC0415

        width = max(map(len, sequences))
        ids, mask = [], []
        for sequence in sequences:
            pad, here = [_PAD] * (width - len(sequence)), [1] * len(sequence)
            ids.append([*pad, *sequence] if left else [*sequence, *pad])
            mask.append([*pad, *here] if left else [*here, *pad])
        return (
            torch.tensor(ids, device=self._device),
            torch.tensor(mask, device=self._device),
        )

    # ── completions ──

    def _generate(self, requests: Sequence[Generate]) -> dict[str, Completion]:
        """Answer requests that differ in the prompt alone; in halves where memory is short."""
        try:
            return self._completions(requests)
        except RuntimeError as error:
            if not _is_memory(error):
                raise
            if len(requests) == 1:
                length = len(context(requests[0])) + requests[0].max_tokens
                raise _out_of_memory(length) from error
        half = len(requests) // 2
        return self._generate(requests[:half]) | self._generate(requests[half:])

    def _completions(self, requests: Sequence[Generate]) -> dict[str, Completion]:
        import torch  # noqa: PLC0415

        one = requests[0]
        ids, mask = self._padded([context(each) for each in requests], left=self._begin is None)
        sampling = (
            {"do_sample": True, "temperature": one.temperature, "top_k": 0}
            if one.temperature
            else {"do_sample": False}
        )
        torch.manual_seed(one.seed)
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=one.max_tokens,
                stop_strings=list(one.stop) or None,
                tokenizer=self._tokenizer if one.stop else None,
                **sampling,
            )
        before = ids.shape[1] if self._begin is None else 1
        return {
            request.key: self._completion(request, row[before:].tolist())
            for request, row in zip(requests, output, strict=True)
        }

    def _completion(self, request: Generate, row: Sequence[int]) -> Completion:
        """Read what was added after a prompt; what stands after its end is padding."""
        ended = next((place for place, token in enumerate(row) if self._is_end(token)), None)
        added = list(row if ended is None else row[: ended + 1])
        text = self._tokenizer.decode(added, skip_special_tokens=True)
        prompt = len(context(request))
        self._did(prompt, len(added) + (prompt - 1 if self._begin is None else 0), len(added))
        cut = _cut(text, request.stop)
        while cut != text and ended is None and added[-1] == _PAD:
            added.pop()
        stopped = cut != text or len(added) < request.max_tokens or ended is not None
        return Completion(
            key=request.key,
            text=cut,
            finish="stop" if stopped else "length",
            usage=Usage(prompt_tokens=prompt, generated_tokens=len(added)),
        )

    def _did(self, source: int, tokens: int, rows: int) -> None:
        """Count a sequence: what an encoder read of it, what the decoder did, and its rows."""
        causal = self._begin is None
        self._meter.count(forward(tokens, 0, rows) if causal else translated(source, tokens))

    def _is_end(self, token: int) -> bool:
        ends = self._model.generation_config.eos_token_id
        return token == ends or (isinstance(ends, list) and token in ends)


def _device(wanted: Json) -> str:
    import torch  # noqa: PLC0415

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(str(wanted))
    except RuntimeError as error:
        raise UserMistake(
            f"engine argument `device`: `{wanted}`", hint="`cpu` or `cuda`"
        ) from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UserMistake(
            f"engine argument `device`: `{wanted}`: no CUDA device, or a torch without CUDA",
            hint="`--engine-arg device=cpu`",
        )
    return str(device)


def start(model: Model | None, settings: Settings) -> Transformers:
    """Load the model on the GPU where there is one, else on the CPU.

    Raises:
        UserMistake: an engine argument or the dtype is unknown.
        ModelMistake: transformers cannot load the model.

    """
    if model is None:
        raise UserMistake("engine `transformers` needs a model", hint="name one with `--model`")
    import torch  # noqa: PLC0415
    from transformers import (  # noqa: PLC0415
        AutoModelForCausalLM,
        AutoModelForSeq2SeqLM,
        AutoTokenizer,
        GenerationConfig,
    )

    arguments = dict(settings.arguments)
    batch = arguments.pop("batch", BATCH)
    if not isinstance(batch, int) or batch < 1:
        raise UserMistake(f"engine argument `batch`: `{batch}`", hint="a positive whole number")
    device = _device(arguments.pop("device", "auto"))
    if arguments:
        raise UserMistake(
            f"engine `transformers`: unknown argument `{next(iter(arguments))}`",
            hint="known: `batch`, `device`",
        )
    dtype = getattr(torch, "float32" if settings.dtype == "auto" else settings.dtype, None)
    if not isinstance(dtype, torch.dtype):
        raise UserMistake(f"unknown dtype `{settings.dtype}`", hint="`float32` or `bfloat16`")
    torch.manual_seed(settings.seed)
    try:
        kind = AutoModelForSeq2SeqLM if model.encoder_decoder else AutoModelForCausalLM
        loaded = kind.from_pretrained(model.path, dtype=dtype, local_files_only=True)
        tokenizer = AutoTokenizer.from_pretrained(model.path, local_files_only=True)
    except (OSError, ValueError) as error:
        text = str(error).strip().splitlines()[0][:500]
        raise ModelMistake(f"model `{model.name}`: transformers refuses it: {text}") from error
    # Of the model's own way to generate only its end counts: the request says the rest.
    ends = loaded.generation_config.eos_token_id
    begin = getattr(loaded.config, "decoder_start_token_id", None)
    loaded.generation_config = GenerationConfig(
        eos_token_id=ends, pad_token_id=_PAD, decoder_start_token_id=begin
    )
    return Transformers(loaded.to(device).eval(), tokenizer, device, batch)


def _alike(requests: Sequence[Generate]) -> list[list[Generate]]:
    """Group what can be generated together: a sample has a seed of its own, and so stands alone."""
    groups: dict[object, list[Generate]] = {}
    for one in requests:
        alone = one.key if one.temperature else ""
        groups.setdefault((one.max_tokens, one.stop, alone), []).append(one)
    return list(groups.values())


def _is_memory(error: RuntimeError) -> bool:
    import torch  # noqa: PLC0415

    return isinstance(error, torch.OutOfMemoryError) or "allocate memory" in str(error)


def _out_of_memory(tokens: int) -> EngineFailure:
    return EngineFailure(
        f"engine `transformers`: one request of {tokens} tokens does not fit the memory",
        hint="a smaller `--max-context` or `--dtype bfloat16`; what finished is kept",
    )


def _groups(passes: Sequence[_Pass]) -> Iterator[list[_Pass]]:
    """Group sequences of like length, so that little is padding."""
    group: list[_Pass] = []
    for one in sorted(passes, key=lambda one: (len(one.source), len(one.tokens))):
        if group and _is_large([*group, one]):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _is_large(group: Sequence[_Pass]) -> bool:
    """Say whether the passes are too many for one, padding included."""
    tokens = max(len(one.source) for one in group) + max(len(one.tokens) for one in group)
    rows = max(one.rows for one in group)
    return tokens * len(group) > _BATCH_TOKENS or rows * len(group) > _BATCH_ROWS


def _cut(text: str, stop: Sequence[str]) -> str:
    """Return the text up to the first stop string in it."""
    places = [place for string in stop if (place := text.find(string)) >= 0]
    return text[: min(places)] if places else text
