"""What evalsuite costs on top of vLLM: against a bare loop over its engine on the same tokens.

    .venv/bin/python bench/overhead.py

The same requests are asked in turn by a bare loop in the engine's own process, which adds them all
and steps until they are done, and by evalsuite as a run does it: handed over to the engine's
process, in a bounded window, each response stored as it finishes. Both sort the requests in the
same way and begin with an empty prefix cache; each side goes first as often as the other. Then as
many requests as a large run has go by an engine that answers at once: what is left is evalsuite's
own time, and its memory is to stay flat.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from bench import choices
from evalsuite import models, store
from evalsuite.engines import _host, vllm
from evalsuite.engines._host import hosted
from evalsuite.records import (
    Choices,
    Completion,
    Generate,
    Json,
    LogLikelihoods,
    Model,
    Prompt,
    Request,
    Response,
    Settings,
)

BARE = "bare/"  # how the keys of a bare loop's requests begin
WARM = "warm/"
NEW_TOKENS = 32
GROWTH = 400  # bytes a request that are flat: its two digests stay in memory
EACH = 1000  # questions of a seed


# ── in the engine's process ─────────────────────────────────────────────────────────────────────


class Both:
    """One vLLM, asked by evalsuite's engine or by a bare loop."""

    def __init__(self, engine: vllm.Vllm) -> None:
        self._engine = engine
        self._seconds = 0.0

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return the engine's facts, and how long the last bare loop took."""
        return {**self._engine.facts, "bare_seconds": self._seconds}

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Answer by the bare loop where the first key says so."""
        source = iter(requests)
        first = next(source)
        self._engine.forget()
        if first.key.startswith(BARE):
            yield from self._bare([first, *source])
        else:
            yield from self._engine.ask(_again(first, source))

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()

    def _bare(self, requests: Sequence[Request]) -> Iterator[Response]:
        from vllm import SamplingParams  # noqa: PLC0415
        from vllm.inputs import TokensPrompt  # noqa: PLC0415

        core = self._engine._engine  # noqa: SLF001 - this is the engine that is meant
        found: dict[str, Any] = {}
        started = time.perf_counter()
        for one in requests:
            ids = list(one.prompt.token_ids or ())
            match one:
                case Choices():
                    params = SamplingParams(
                        temperature=0,
                        max_tokens=1,
                        logprob_token_ids=[(each.token_ids or ())[0] for each in one.choices],
                        detokenize=False,
                    )
                case Generate():
                    params = SamplingParams(temperature=0, max_tokens=one.max_tokens)
            core.add_request(one.key, TokensPrompt(prompt_token_ids=ids), params)
        while core.has_unfinished_requests():
            for output in core.step():
                if output.finished:
                    found[output.request_id] = output
        self._seconds = time.perf_counter() - started
        for one in requests:
            output = found[one.key].outputs[0]
            match one:
                case Choices():
                    row = output.logprobs[0]
                    values = tuple(
                        float(row[(each.token_ids or ())[0]].logprob) for each in one.choices
                    )
                    yield LogLikelihoods(key=one.key, values=values)
                case Generate():
                    yield Completion(key=one.key, text=output.text, finish="stop")


class Instant:
    """An engine that answers at once."""

    facts: Mapping[str, Json] = {}

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Answer each request with its first choice."""
        for one in requests:
            values = (0.0, *(-1.0 for _ in one.choices[1:]))
            yield LogLikelihoods(key=one.key, values=values)

    def close(self) -> None:
        """Hold nothing."""


def start(model: Model | None, settings: Settings) -> Both | Instant:
    """Start vLLM, or what answers at once where there is no model."""
    return Instant() if model is None else Both(vllm.start(model, settings))


def _again(first: Request, others: Iterator[Request]) -> Iterator[Request]:
    yield first
    yield from others


# ── in ours ─────────────────────────────────────────────────────────────────────────────────────


def requests(count: int, *, letters: bool) -> list[Request]:
    """Return questions of the task: one-token choices (the option's letter), or generation.

    Of one seed the task has not as many distinct ones.
    """
    scored = [
        replace(one, key=f"{seed}/{one.key}")
        for seed, first in enumerate(range(0, count, EACH))
        for one in choices.requests(slice(0, min(EACH, count - first)), 0, letters=True, seed=seed)
    ]
    if letters:
        return [*scored]
    return [
        Generate(key=one.key, prompt=one.prompt, choices=(), max_tokens=NEW_TOKENS, stop=(), seed=0)
        for one in scored
    ]


def named(asked: Iterable[Request], prefix: str) -> list[Request]:
    """Return the requests under other keys."""
    return [replace(one, key=prefix + one.key) for one in asked]


def stored(engine: _host._Hosted, asked: Sequence[Request], folder: Path) -> float:
    """Ask as a run does; return the seconds from the first request to the last response."""
    with store.opened(folder, create=True) as kept:
        spell = kept.begin("model", "engine", {})
        started = time.perf_counter()
        for response in engine.ask(asked):
            kept.add(spell, response, time.perf_counter() - started)
        seconds = time.perf_counter() - started
        assert len(kept.answered()) == len(asked)
    return seconds


def compare(engine: _host._Hosted, asked: Sequence[Request], name: str, turns: int) -> float:
    """Print both throughputs; return evalsuite's as a share of the bare loop's."""
    tuple(engine.ask(named(asked[:32], WARM)))
    shares: list[float] = []
    outside = 0.0
    for turn in range(turns):
        bare = ours = 0.0
        for side in ("bare", "ours") if turn % 2 == 0 else ("ours", "bare"):
            if side == "bare":
                answers = tuple(engine.ask(named(asked, f"{BARE}{turn}/")))
                bare = float(str(engine.facts["bare_seconds"]))
                assert len(answers) == len(asked)
            else:
                before = float(str(engine.facts.get("worked_seconds") or 0.0))
                with tempfile.TemporaryDirectory() as folder:
                    ours = stored(engine, asked, Path(folder) / "run")
                worked = float(str(engine.facts.get("worked_seconds") or 0.0)) - before
                outside = 1 - worked / ours
        shares.append(bare / ours)
        print(
            f"{name:<11} {len(asked):>6} requests   bare {bare:7.2f} s   evalsuite {ours:7.2f} s"
            f"   throughput {bare / ours:.3f}   outside the engine {outside:.1%}",
            flush=True,
        )
    return statistics.median(shares)


def memory() -> float:
    """Return what this process holds in memory, in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def large(count: int) -> float:
    """Ask a run of many requests of an engine that answers at once; return the growth in MiB."""
    prompt = Prompt(text="x" * 400, token_ids=tuple(range(100)), shots=())
    first = next(one for one in requests(1, letters=True) if isinstance(one, Choices))

    def asked() -> Iterator[Request]:
        for number in range(count):
            yield Choices(key=f"{number:064}", prompt=prompt, choices=first.choices)

    seen: list[float] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        hosted("bench.overhead", None, Settings(), Path(folder) / "log") as engine,
        store.opened(Path(folder) / "run", create=True) as kept,
    ):
        spell = kept.begin("model", "engine", {})
        started = time.perf_counter()
        answers = engine.ask(asked())
        while chunk := list(islice(answers, count // 10)):
            for response in chunk:
                kept.add(spell, response, time.perf_counter() - started)
            seen.append(memory())
        seconds = time.perf_counter() - started
    print(
        f"instant     {count:>6} requests   evalsuite {seconds:7.2f} s"
        f"   {1e6 * seconds / count:.0f} µs a request   memory"
        f" {seen[0]:.0f} MiB after a tenth, {seen[-1]:.0f} MiB after all",
        flush=True,
    )
    return seen[-1] - seen[0]


def main() -> None:
    """Run all comparisons."""
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scored", type=int, default=5000, help="requests that score choices")
    parser.add_argument("--generated", type=int, default=256, help="requests that generate")
    parser.add_argument("--instant", type=int, default=100_000, help="requests without a model")
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument(
        "--at-least", type=float, default=0.0, help="exit 1 below this share, or if memory grows"
    )
    given = parser.parse_args()
    growth = large(given.instant)
    shares = []
    with (
        tempfile.TemporaryDirectory() as folder,
        hosted(
            "bench.overhead", models.ready(choices.MODEL), Settings(), Path(folder) / "log"
        ) as engine,
    ):
        for name, count, letters in (
            ("scoring", given.scored, True),
            ("generation", given.generated, False),
        ):
            shares.append(compare(engine, requests(count, letters=letters), name, given.turns))
    print(f"throughput: {min(shares):.3f} of the bare loop's; memory: {growth:+.0f} MiB")
    grown = growth * 2**20 > GROWTH * given.instant
    sys.exit(given.at_least > 0 and (min(shares) < given.at_least or grown))


if __name__ == "__main__":
    main()
