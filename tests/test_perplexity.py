"""Perplexity: against transformers' own evaluation, against sums written out, and by vLLM."""

import json
import math
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite import models, perplexity, tokenizing
from evalsuite.errors import UserMistake
from evalsuite.perplexity import Piece
from evalsuite.records import Choices, LogLikelihoods
from tests import tiny
from tests.calling import Call

BLOCK = 64


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # vLLM on a CPU has no attention for heads narrower than this.
    return tiny.model(tmp_path_factory.mktemp("tiny") / "gpt2", width=128)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of 1,500 lines, some of them empty: of both thousands a rest is left out."""
    rng = Random(8)
    words = (
        "If P then",
        "Q and",
        "not R,",
        "therefore",
        "the branch",
        "is closed or é",
        "∀x",
        "so.",
    )
    lines = (" ".join(rng.choices(words, k=rng.randint(0, 9))) for _ in range(1_500))
    path = tmp_path_factory.mktemp("text") / "text.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def evaluated(folder: Path, text: Path, home: Path) -> float:
    """Return the perplexity as `run_clm.py --do_eval` computes it, by transformers' Trainer."""
    from datasets import load_dataset
    from transformers import (
        AutoModelForCausalLM,
        AutoTokenizer,
        Trainer,
        TrainingArguments,
        default_data_collator,
    )

    tokenizer = AutoTokenizer.from_pretrained(folder)
    raw = load_dataset(
        "text",
        data_files={"validation": str(text)},
        keep_linebreaks=True,
        cache_dir=str(home / "datasets"),
    )["validation"]

    def grouped(examples: dict[str, list[list[int]]]) -> dict[str, list[list[int]]]:
        joined = {name: list(chain(*lists)) for name, lists in examples.items()}
        total = len(joined["input_ids"]) // BLOCK * BLOCK
        cut = {
            name: [ids[at : at + BLOCK] for at in range(0, total, BLOCK)]
            for name, ids in joined.items()
        }
        return {**cut, "labels": [list(ids) for ids in cut["input_ids"]]}

    tokens = raw.map(lambda one: tokenizer(one["text"]), batched=True, remove_columns=["text"])
    trainer = Trainer(
        model=AutoModelForCausalLM.from_pretrained(folder).float(),
        args=TrainingArguments(
            output_dir=str(home / "out"),
            per_device_eval_batch_size=8,
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        ),
        eval_dataset=tokens.map(grouped, batched=True),
        data_collator=default_data_collator,
    )
    return math.exp(trainer.evaluate()["eval_loss"])


def told(call: Call, *words: str | Path) -> dict[str, Any]:
    ran = call("perplexity", *words, "--json")
    assert ran.status == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
def test_blocks_give_the_perplexity_of_run_clm(
    architecture: tiny.Architecture, call: Call, text: Path, tmp_path: Path
) -> None:
    pytest.importorskip("datasets")
    folder = tiny.model(tmp_path / architecture, architecture)
    said = told(call, folder, text, "--block-size", str(BLOCK), "--engine", "transformers")
    expected = evaluated(folder, text, tmp_path)
    assert said["perplexity_run_clm"] == pytest.approx(expected, rel=1e-4)
    assert said["left_out"] > 0
    assert said["tokens"] == said["pieces"] * (BLOCK - 1)
    exact = math.exp(-said["log_likelihood"] / said["tokens"])
    assert said["perplexity_per_token"] == pytest.approx(exact)
    if architecture == "llama":
        assert said["perplexity_run_clm"] == said["perplexity_per_token"]


@pytest.mark.engine
@pytest.mark.skipif(find_spec("vllm") is None, reason="vllm is not installed")
def test_by_vllm_too_blocks_give_the_perplexity_of_run_clm(
    call: Call, gpt2: Path, text: Path, tmp_path: Path
) -> None:
    pytest.importorskip("datasets")
    said = told(call, gpt2, text, "--block-size", str(BLOCK), "--engine", "vllm")
    expected = evaluated(gpt2, text, tmp_path)
    assert said["perplexity_run_clm"] == pytest.approx(expected, rel=1e-3)
    exact = math.exp(-said["log_likelihood"] / said["tokens"])
    assert said["perplexity_per_token"] == pytest.approx(exact)


def test_a_window_that_slides_gives_what_a_plain_loop_gives(
    call: Call, gpt2: Path, tmp_path: Path
) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    words = "If P then Q. P. Therefore Q: é ∀x. Is the branch closed? " * 6
    (tmp_path / "text").write_text(words, encoding="utf-8")
    (ids,) = tokenizing.tokenizer(models.ready(str(gpt2))).encode([words])
    model = AutoModelForCausalLM.from_pretrained(gpt2).float().eval()
    size, stride = 40, 15
    losses = []
    for at in range(1, len(ids)):
        end = size + (at - size) // stride * stride + stride
        window = 0 if at < size else min(end, len(ids)) - size
        with torch.inference_mode():
            rows = model(torch.tensor([ids[window : at + 1]])).logits[0].log_softmax(-1)
        losses.append(-float(rows[-2, ids[at]]))
    said = told(
        call,
        *(gpt2, tmp_path / "text", "--block-size", str(size), "--stride", str(stride)),
        *("--engine", "transformers"),
    )
    total = sum(losses)
    assert said["tokens"] == len(ids) - 1
    assert said["left_out"] == 0
    assert said["perplexity_per_token"] == pytest.approx(math.exp(total / len(losses)), rel=1e-4)
    by_word = math.exp(total / len(words.split()))
    assert said["perplexity_per_word"] == pytest.approx(by_word, rel=1e-3)
    by_byte = math.exp(total / len(words.encode()))
    assert said["perplexity_per_byte"] == pytest.approx(by_byte, rel=1e-4)
    assert said["bits_per_byte"] == pytest.approx(math.log2(by_byte), rel=1e-4)


class Letters:
    """A tokenizer with a token for each letter."""

    def encode(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        return [tuple(map(ord, text)) for text in texts]

    encode_as_is = encode

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(map(chr, ids))


@given(st.text(min_size=2, max_size=200), st.integers(2, 40), st.data())
def test_windows_predict_each_token_but_the_first_once(
    text: str, size: int, data: st.DataObject
) -> None:
    stride = data.draw(st.integers(1, size - 1))
    cut = perplexity.windows(text, Letters(), size, stride)
    assert "".join(Letters().decode(piece.predicted) for piece in cut.pieces) == text[1:]
    for piece in cut.pieces:
        assert len(piece.tokens) <= size
        assert piece.first >= min(size - stride, 1)
        assert piece.predicted
    for piece in cut.pieces[1:]:
        assert piece.first >= size - stride


@given(st.text(max_size=200), st.integers(2, 20))
def test_blocks_hold_all_but_a_rest(text: str, size: int) -> None:
    if len(text) < size:
        with pytest.raises(UserMistake, match=r"fewer than a block of"):
            perplexity.blocks(text, Letters(), size)
        return
    cut = perplexity.blocks(text, Letters(), size)
    held = "".join(Letters().decode(piece.tokens) for piece in cut.pieces)
    assert text.startswith(held)
    assert cut.left_out == len(text) - len(held) < size
    assert {len(piece.tokens) for piece in cut.pieces} == {size}


def test_the_sums_are_those_of_the_pieces() -> None:
    pieces = (Piece((1, 2, 3), 1), Piece((2, 3, 4), 2))
    asked = list(perplexity.requests(pieces))
    assert [one.choices[0].token_ids for one in asked] == [(2, 3), (4,)]
    assert [one.prompt.token_ids for one in asked] == [(1,), (2, 3)]
    answers = [LogLikelihoods(key=one.key, values=(-3.0,)) for one in asked]
    found = perplexity.perplexity(perplexity.Cut(pieces, "two words", 0), answers)
    assert found.per_token == pytest.approx(math.exp(2))
    assert found.per_word == pytest.approx(math.exp(3))
    assert found.per_byte == pytest.approx(math.exp(6 / 9))
    assert all(isinstance(one, Choices) for one in asked)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "short").write_text("a few words ")
    (tmp_path / "long").write_text("a few words " * 1000)
    (tmp_path / "latin").write_bytes(b"abc\xff")
    (tmp_path / "nothing").touch()
    return tmp_path


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such-file",), "no-such-file: cannot be read: No such file"),
        (("latin",), "latin: not UTF-8 at byte 3"),
        (("short", "nothing"), "nothing: empty"),
        (("short",), "fewer than a block of 1024"),
        (("short", "--stride", "2000"), "--stride: 2000"),
        (("short", "--block-size", "99999"), "--block-size: 99999"),
        (("long", "--engine", "random"), "engine `random` scores no text"),
    ],
)
def test_what_has_no_perplexity_is_told(
    words: tuple[str, ...], said: str, call: Call, gpt2: Path
) -> None:
    ran = call("perplexity", gpt2, *words, *([] if "--engine" in words else ["-e", "transformers"]))
    assert ran.status == 2
    assert said in ran.err


def test_a_model_with_an_encoder_has_none(call: Call, tmp_path: Path) -> None:
    ran = call("perplexity", tiny.model(tmp_path / "t5", "t5"), __file__)
    assert (ran.status, ran.out) == (2, "")
    assert "has an encoder" in ran.err


def test_the_perplexity_of_gold_proofs_is_a_row(call: Call, gpt2: Path, tmp_path: Path) -> None:
    """Each gold answer is scored after its prompt, as a plain pass scores it."""
    import torch
    from transformers import AutoModelForCausalLM

    ran = call(
        *("run", "certificates", "--task", "refutation-proof", "--task", "unification-mgu"),
        *("-m", gpt2, "-e", "transformers", "--limit", "3", "--shots", "0,1", "--proofs"),
        *("--max-tokens", "2", "--no-baselines", "--results", tmp_path, "--json"),
    )
    assert ran.status == 0, ran.err
    said = json.loads(ran.out)
    rows = [row for row in said["rows"] if row["metric"] == "gold-perplexity"]
    assert [(row["task"], row["k"], row["n"]) for row in rows] == [
        *(("refutation-proof", 0, 3), ("refutation-proof", 1, 3)),
        *(("unification-mgu", 0, 3), ("unification-mgu", 1, 3)),
    ]
    from evalsuite import store

    with store.opened(Path(said["files"]["run"]), create=False) as kept:
        proofs = [one for one in kept.questions() if one.proof]
        answers = kept.responses()
    assert len(proofs) == 12
    assert any("\n```\n" in one.answers[0] for one in proofs)  # certificates are among them
    model = AutoModelForCausalLM.from_pretrained(gpt2).float().eval()
    reader = tokenizing.tokenizer(models.ready(str(gpt2)))
    for row in rows:
        losses, tokens = 0.0, 0
        for one in proofs:
            if (one.task, one.condition.k) == (row["task"], row["k"]):
                context, whole = reader.encode([one.prompt, one.prompt + one.answers[0]])
                with torch.inference_mode():
                    logits = model(torch.tensor([whole])).logits[0].log_softmax(-1)
                losses -= sum(
                    float(logits[at - 1, whole[at]]) for at in range(len(context), len(whole))
                )
                tokens += len(whole) - len(context)
                (value,) = answers[one.key].values  # type: ignore[union-attr]
                assert value < 0
        assert row["value"] == pytest.approx(math.exp(losses / tokens), rel=1e-3)
        assert row["low"] <= row["value"] <= row["high"]
