"""transformers: the reference. Plain forward passes, in float32 unless told otherwise.

Nothing is cached between requests. Choices that end in one token share one pass.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from typing import Any, Literal

from evalsuite.engines._tokens import Tokens, context, continuations, logical
from evalsuite.errors import ModelMistake, UserMistake
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

_BATCH = 8  # requests in one pass
_BATCH_TOKENS = 8192  # tokens in one pass, padding included


@dataclass(frozen=True, slots=True)
class _Pass:
    """One sequence of a forward pass: the rows of its last tokens are wanted."""

    tokens: Tokens
    rows: int


class Transformers:
    """A loaded causal model."""

    def __init__(self, model: Any, tokenizer: Any, device: str, batch: int) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._device = device
        self._batch = batch

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
        }

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Answer the requests in batches, in the order in which they come."""
        source = iter(requests)
        while batch := list(islice(source, self._batch)):
            scored = self._score([one for one in batch if isinstance(one, Choices)])
            for request in batch:
                match request:
                    case Choices(key=key):
                        yield scored[key]
                    case Generate():
                        yield self._generate(request)

    def close(self) -> None:
        """Give the model back."""
        self._model = None

    # ── choices ──

    def _score(self, requests: Sequence[Choices]) -> dict[str, LogLikelihoods]:
        wanted: dict[Tokens, int] = {}
        for request in requests:
            for continuation in continuations(request):
                one = _pass(context(request), continuation)
                wanted[one.tokens] = max(one.rows, wanted.get(one.tokens, 0))
        passes = [_Pass(tokens, rows) for tokens, rows in wanted.items()]
        rows_of: dict[Tokens, Any] = {}
        for group in _groups(passes):
            rows_of.update(self._forward(group))
        return {request.key: _log_likelihoods(request, rows_of) for request in requests}

    def _forward(self, group: Sequence[_Pass]) -> dict[Tokens, Any]:
        """Return the log-probabilities (rows × vocabulary) at each sequence's last tokens."""
        import torch  # noqa: PLC0415

        keep = max(one.rows for one in group)
        ids, mask = self._padded([one.tokens for one in group])
        with torch.inference_mode():
            logits = self._model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
                logits_to_keep=keep,
                use_cache=False,
            ).logits
        logits = logits[:, -keep:].float().log_softmax(-1)
        return {one.tokens: logits[row, -one.rows :] for row, one in enumerate(group)}

    def _padded(self, sequences: Sequence[Tokens]) -> tuple[Any, Any]:
        # On the left, so that all sequences end in the same column.
        import torch  # noqa: PLC0415

        width = max(map(len, sequences))
        pad = [(0,) * (width - len(sequence)) for sequence in sequences]
        ids = [[*left, *sequence] for left, sequence in zip(pad, sequences, strict=True)]
        mask = [
            [*left, *((1,) * len(sequence))] for left, sequence in zip(pad, sequences, strict=True)
        ]
        return (
            torch.tensor(ids, device=self._device),
            torch.tensor(mask, device=self._device),
        )

    # ── completions ──

    def _generate(self, request: Generate) -> Completion:
        import torch  # noqa: PLC0415

        ids, mask = self._padded([context(request)])
        sampling = (
            {"do_sample": True, "temperature": request.temperature, "top_k": 0}
            if request.temperature
            else {"do_sample": False}
        )
        torch.manual_seed(request.seed)
        with torch.inference_mode():
            output = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=request.max_tokens,
                stop_strings=list(request.stop) or None,
                tokenizer=self._tokenizer if request.stop else None,
                **sampling,
            )
        added = output[0, ids.shape[1] :].tolist()
        text = self._tokenizer.decode(added, skip_special_tokens=True)
        cut = _cut(text, request.stop)
        ended = cut != text or len(added) < request.max_tokens or self._is_end(added[-1])
        return Completion(
            key=request.key,
            text=cut,
            finish="stop" if ended else "length",
            usage=Usage(prompt_tokens=ids.shape[1], generated_tokens=len(added)),
        )

    def _is_end(self, token: int) -> bool:
        ends = self._model.generation_config.eos_token_id
        return token == ends or (isinstance(ends, list) and token in ends)


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
        AutoTokenizer,
        GenerationConfig,
    )

    arguments = dict(settings.arguments)
    batch = arguments.pop("batch", _BATCH)
    if not isinstance(batch, int) or batch < 1:
        raise UserMistake(f"engine argument `batch`: `{batch}`", hint="a positive whole number")
    if arguments:
        raise UserMistake(
            f"engine `transformers`: unknown argument `{next(iter(arguments))}`",
            hint="known: `batch`",
        )
    dtype = getattr(torch, "float32" if settings.dtype == "auto" else settings.dtype, None)
    if not isinstance(dtype, torch.dtype):
        raise UserMistake(f"unknown dtype `{settings.dtype}`", hint="`float32` or `bfloat16`")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(settings.seed)
    try:
        loaded = AutoModelForCausalLM.from_pretrained(
            model.path, dtype=dtype, local_files_only=True
        )
        tokenizer = AutoTokenizer.from_pretrained(model.path, local_files_only=True)
    except (OSError, ValueError) as error:
        text = str(error).strip().splitlines()[0][:500]
        raise ModelMistake(f"model `{model.name}`: transformers refuses it: {text}") from error
    # Of the model's own way to generate only its end counts: the request says the rest.
    ends = loaded.generation_config.eos_token_id
    loaded.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=0)
    return Transformers(loaded.to(device).eval(), tokenizer, device, batch)


def _pass(start: Tokens, continuation: Tokens) -> _Pass:
    """Return what the model reads to score the continuation, and how many of its rows."""
    return _Pass(start + continuation[:-1], len(continuation))


def _groups(passes: Sequence[_Pass]) -> Iterator[list[_Pass]]:
    """Group sequences of like length, so that little is padding."""
    group: list[_Pass] = []
    for one in sorted(passes, key=lambda one: len(one.tokens)):
        if group and len(one.tokens) * (len(group) + 1) > _BATCH_TOKENS:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _log_likelihoods(request: Choices, rows_of: Mapping[Tokens, Any]) -> LogLikelihoods:
    values = []
    for continuation in continuations(request):
        one = _pass(context(request), continuation)
        rows = rows_of[one.tokens][-one.rows :]
        values.append(
            math.fsum(float(row[token]) for row, token in zip(rows, continuation, strict=True))
        )
    return LogLikelihoods(
        key=request.key, values=tuple(values), usage=Usage(prompt_tokens=logical(request))
    )


def _cut(text: str, stop: Sequence[str]) -> str:
    """Return the text up to the first stop string in it."""
    places = [place for string in stop if (place := text.find(string)) >= 0]
    return text[: min(places)] if places else text
