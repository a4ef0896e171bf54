"""Score choices by vLLM's fast routes and by the plain one, on the same engine in one run.

    .venv/bin/python bench/choices.py

64 items with 4 choices after 8 shots, SmolLM2-135M-Instruct: once with one-token choices (the
option's letter) and once with longer ones (the clause itself). The plain route is one
`prompt_logprobs` request for each item and choice, as the usual harnesses send them. Other items
warm both routes, so that no row pays for the kernels that its shapes are the first to need. The
fast route then comes first, on a cold cache: the plain one reads no cache.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from evalsuite import instances, models, paths, prompts, shots, tasks, templates, tokenizing
from evalsuite.engines import vllm
from evalsuite.records import Choice, Choices, Condition, Instance, LogLikelihoods, Settings

MODEL = "smollm2-135m-instruct"
TASK = "resolvent"
CONDITION = Condition(
    template=TASK,
    language="en",
    form="chat",
    k=8,
    description=True,
    labels="gold",
    shot_mode="fixed",
    shot_seed=0,
)


WARM = 64  # items


def requests(items: slice, k: int, *, letters: bool, seed: int | None = None) -> list[Choices]:
    """Return the requests for these of the task's items, sorted as a run sorts them.

    Another `seed` than the task's draws other items.
    """
    task = tasks.task(TASK, [paths.shipped("tasks")])
    task = task if seed is None else replace(task, seed=seed)
    folders = [paths.shipped("prompts")]
    model = models.ready(MODEL)
    layout = prompts.Layout(
        template=templates.template(TASK, "en", folders),
        form=templates.form("chat", "en", folders),
        description=True,
        tokenizer=tokenizing.tokenizer(model),
        room=model.context_length,
        answer_tokens=0,
    )
    pool = instances.pool(task)
    found = []
    for instance in instances.questions(task, items.stop)[items]:
        worked = shots.shots(task, pool, replace(CONDITION, k=k), instance.id)
        rendered = prompts.render(layout, instance, worked)
        choices = rendered.choices if letters else _clauses(layout, instance)
        found.append(Choices(key=instance.id, prompt=rendered.prompt, choices=choices))
    return sorted(found, key=lambda one: one.prompt.token_ids or ())


def _clauses(layout: prompts.Layout, instance: Instance) -> tuple[Choice, ...]:
    assert layout.tokenizer is not None
    ids = layout.tokenizer.encode(instance.choices)
    return tuple(
        Choice(text=text, token_ids=tokens)
        for text, tokens in zip(instance.choices, ids, strict=True)
    )


def timed(engine: vllm.Vllm, asked: Sequence[Choices]) -> tuple[float, dict[str, LogLikelihoods]]:
    """Return the seconds that the engine takes, and what it answers."""
    started = time.perf_counter()
    found = {one.key: one for one in engine.ask(asked) if isinstance(one, LogLikelihoods)}
    return time.perf_counter() - started, found


def compare(fast: vllm.Vllm, plain: vllm.Vllm, asked: Sequence[Choices], name: str) -> float:
    """Print both times, their ratio and the largest difference of a score; return the ratio."""
    tokens = sum(len(one.prompt.token_ids or ()) for one in asked)
    print(f"{name}: {len(asked)} items, {tokens / len(asked):.0f} prompt tokens an item")
    seconds, scores = timed(fast, asked)
    print(f"  fast   {seconds:8.2f} s", flush=True)
    plain_seconds, plain_scores = timed(plain, asked)
    worst = max(
        abs(left - right)
        for key, one in scores.items()
        for left, right in zip(one.values, plain_scores[key].values, strict=True)
    )
    print(f"  plain  {plain_seconds:8.2f} s")
    print(f"  ratio  {plain_seconds / seconds:8.1f}    largest difference {worst:.2g}", flush=True)
    return plain_seconds / seconds


def main() -> None:
    """Run both comparisons."""
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=64)
    parser.add_argument("--shots", type=int, default=8)
    parser.add_argument("--at-least", type=float, default=0.0, help="exit 1 below this ratio")
    given = parser.parse_args()
    fast = vllm.start(models.ready(MODEL), Settings())
    print(f"vllm {fast.facts['vllm']}, {fast.facts['device']}, {fast.facts['dtype']}")
    plain = fast.by_route("plain")
    warm = slice(given.items, given.items + WARM)
    ratios = []
    for name, letters in (("one-token choices", True), ("longer choices", False)):
        timed(fast, requests(warm, given.shots, letters=letters))
        timed(plain, requests(slice(warm.start, warm.start + 2), given.shots, letters=letters))
        fast.forget()
        asked = requests(slice(0, given.items), given.shots, letters=letters)
        ratios.append(compare(fast, plain, asked, name))
    fast.close()
    sys.exit(min(ratios) < given.at_least)


if __name__ == "__main__":
    print(f"python {sys.version.split()[0]}, {Path(sys.argv[0]).name}")
    main()
