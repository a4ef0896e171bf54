"""The architectures that the notes name, by the real vLLM: against plain passes of transformers.

Small checkpoints of the real classes: GPT-2, OPT, and a Llama with a LoRA adapter.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import pytest

from evalsuite import engines, models, perplexity, tokenizing
from evalsuite.errors import UserMistake
from evalsuite.records import (
    Choice,
    Choices,
    Completion,
    Generate,
    LogLikelihoods,
    Prompt,
    Request,
    Settings,
)
from tests import tiny
from tests.deep import deep

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(find_spec("vllm") is None, reason="vllm is not installed"),
]

WIDTH = 128  # vLLM on a CPU has no attention for heads narrower than 32
RANK = 4
TEXT = "If P then Q. P. Therefore Q: é ∀x. Is the branch closed or open? " * 40


@dataclass(frozen=True)
class Running:
    """A model in vLLM, and in transformers."""

    engine: engines.Engine
    reference: Any
    folder: Path
    asked: tuple[Request, ...]


def adapter(folder: Path, base: Any) -> Path:
    """Write a LoRA adapter for the attention's projections, as PEFT writes one."""
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(3)
    weights = {}
    for name, module in base.named_modules():
        if name.endswith(("q_proj", "v_proj")):
            outs, ins = module.weight.shape
            prefix = f"base_model.model.{name}"
            weights[f"{prefix}.lora_A.weight"] = torch.randn(RANK, ins)
            weights[f"{prefix}.lora_B.weight"] = torch.randn(outs, RANK)
    folder.mkdir()
    save_file(weights, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "r": RANK,
        "lora_alpha": RANK,
        "target_modules": ["q_proj", "v_proj"],
        "bias": "none",
        "task_type": "CAUSAL_LM",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config))
    return folder


def merged(base: Any, folder: Path) -> Any:
    """Return the model with the adapter added to its weights (Hu et al. 2021, equation 3)."""
    import torch
    from safetensors.torch import load_file

    weights = load_file(folder / "adapter_model.safetensors")
    with torch.no_grad():
        for name, module in base.named_modules():
            prefix = f"base_model.model.{name}"
            if f"{prefix}.lora_A.weight" in weights:
                down, up = (weights[f"{prefix}.lora_{side}.weight"] for side in "AB")
                module.weight.add_(up @ down)
    return base


def requests(folder: Path) -> tuple[Request, ...]:
    rng = Random(5)
    reader = tokenizing.tokenizer(models.ready(str(folder)))

    def tokens(count: int) -> tuple[int, ...]:
        return tuple(rng.randrange(2, 300) for _ in range(count))

    found: list[Request] = []
    for number in range(12):
        (ids,) = reader.encode([TEXT[: rng.randint(200, 300)]])
        prompt = Prompt(text="", token_ids=ids, shots=())
        lengths = rng.choice([(1, 1), (1, 1, 1, 1), (3, 5), (2, 1, 4)])
        choices = tuple(Choice(text="", token_ids=tokens(length)) for length in lengths)
        found.append(Choices(key=f"score {number}", prompt=prompt, choices=choices))
        if number < 4:
            found.append(
                Generate(
                    key=f"say {number}",
                    prompt=prompt,
                    choices=(),
                    max_tokens=8,
                    stop=(),
                    seed=1,
                )
            )
    return tuple(found)


@pytest.fixture(scope="module", params=["gpt2", "opt", pytest.param("llama with LoRA", marks=deep)])
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    from transformers import AutoModelForCausalLM

    home = tmp_path_factory.mktemp("tiny")
    name, _, adapted = request.param.partition(" with ")
    folder = tiny.model(home / name, name, width=WIDTH)
    reference = AutoModelForCausalLM.from_pretrained(folder).float().eval()
    arguments: dict[str, Any] = {}
    if adapted:
        arguments["lora"] = str(adapter(home / "lora", reference))
        reference = merged(reference, home / "lora")
    settings = Settings(arguments=arguments)
    ready = models.ready(str(folder))
    with engines.started("vllm", ready, settings, home / "log") as engine:
        yield Running(engine, reference, folder, requests(folder))


def test_scores_and_completions_are_those_of_a_plain_pass(running: Running) -> None:
    import torch

    answers = {one.key: one for one in running.engine.ask(running.asked)}
    tokenizer = tokenizing.auto_tokenizer(running.folder)
    seen = []

    def rows(ids: Sequence[int]) -> Any:
        with torch.inference_mode():
            return running.reference(torch.tensor([ids])).logits[0].double().log_softmax(-1)

    for asked in running.asked:
        answer, start = answers[asked.key], list(asked.prompt.token_ids or ())
        if isinstance(asked, Choices):
            assert isinstance(answer, LogLikelihoods)
            for choice, value in zip(asked.choices, answer.values, strict=True):
                ids = [*start, *(choice.token_ids or ())]
                logits = rows(ids)
                expected = sum(float(logits[at - 1, ids[at]]) for at in range(len(start), len(ids)))
                assert value == pytest.approx(expected, rel=2e-4, abs=1e-3)
                seen.append(value)
        else:
            assert isinstance(answer, Completion)
            ids = list(start)
            for _ in range(asked.max_tokens):
                ids.append(int(rows(ids)[-1].argmax()))
                if ids[-1] == 1:
                    break
            text = tokenizer.decode(ids[len(start) :], skip_special_tokens=True)
            # Of a letter that is cut in the middle, vLLM says nothing.
            assert answer.text.rstrip("\ufffd") == text.rstrip("\ufffd")
    assert max(seen) - min(seen) > 1  # the weights do say something


def test_the_perplexity_of_a_text_is_that_of_plain_passes(running: Running) -> None:
    """Blocks as long as the engine's whole context, so that no room is left after them."""
    import torch

    ready = models.ready(str(running.folder))
    size = ready.context_length
    cut = perplexity.blocks(TEXT * 3, tokenizing.tokenizer(ready), size)
    if "lora_sha256" in running.engine.facts:  # a request for each token: a few will do
        cut = perplexity.Cut((perplexity.Piece(cut.pieces[0].tokens[:200], 1),), "", 0)
    assert len(cut.pieces) >= 1
    found = perplexity.perplexity(cut, running.engine.ask(perplexity.requests(cut.pieces)))
    losses = []
    for piece in cut.pieces:
        ids = torch.tensor([piece.tokens])
        with torch.inference_mode():
            losses.append(float(running.reference(input_ids=ids, labels=ids).loss))
    assert math.log(found.per_token) == pytest.approx(sum(losses) / len(losses), rel=1e-4)


def test_a_folder_that_is_no_adapter_is_told(tmp_path: Path) -> None:
    folder = tiny.model(tmp_path / "gpt2")
    settings = Settings(arguments={"lora": str(folder)})
    with (
        pytest.raises(UserMistake, match=r"engine argument `lora`: .* no LoRA adapter"),
        engines.started("vllm", models.ready(str(folder)), settings, tmp_path / "log"),
    ):
        raise AssertionError
