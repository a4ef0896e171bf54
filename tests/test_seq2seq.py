"""Models with an encoder (T5), by transformers: against plain passes, and beside decoders."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from evalsuite import engines, models, tokenizing
from evalsuite.engines import transformers
from evalsuite.errors import ModelMistake
from evalsuite.records import (
    Choice,
    Choices,
    Completion,
    Generate,
    LogLikelihoods,
    Prompt,
    Settings,
)
from tests import tiny
from tests.calling import Call

END = 1


@pytest.fixture(scope="module")
def t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model(tmp_path_factory.mktemp("tiny") / "t5", "t5")


@pytest.fixture(scope="module")
def reference(t5: Path) -> Any:
    from transformers import AutoModelForSeq2SeqLM

    return AutoModelForSeq2SeqLM.from_pretrained(t5).float().eval()


def tokens(rng: Random, count: int) -> tuple[int, ...]:
    return tuple(rng.randrange(2, 300) for _ in range(count))


def prompt(ids: tuple[int, ...]) -> Prompt:
    return Prompt(text="", token_ids=(*ids, END), shots=())


def test_an_encoder_decoder_is_known_as_such_and_its_tokens_stand_apart(t5: Path) -> None:
    model = models.ready(str(t5))
    assert model.encoder_decoder
    assert (model.kind, model.bos) == ("pretrained", None)
    reader = tokenizing.tokenizer(model)
    assert reader.separate
    (asked,) = reader.encode(["Is it so?"])
    (answer,) = reader.encode_answers([" yes"])
    assert asked[-1] == END
    assert END not in (*asked[:-1], *answer)


def test_choices_are_scored_by_the_decoder_as_a_plain_pass_scores_them(
    t5: Path, reference: Any
) -> None:
    import torch

    rng = Random(3)
    asked = [
        Choices(
            key=f"{number}",
            prompt=prompt(tokens(rng, rng.randint(1, 60))),
            choices=tuple(
                Choice(text="", token_ids=tokens(rng, length))
                for length in rng.choice([(1, 1), (1, 4), (6, 2, 3), (1,)])
            ),
        )
        for number in range(24)
    ]
    engine = transformers.start(models.ready(str(t5)), Settings(arguments={"batch": 7}))
    answers = list(engine.ask(asked))
    assert [one.key for one in answers] == [one.key for one in asked]
    seen = set()
    for request, answer in zip(asked, answers, strict=True):
        assert isinstance(answer, LogLikelihoods)
        for choice, value in zip(request.choices, answer.values, strict=True):
            ids = torch.tensor([choice.token_ids])
            with torch.inference_mode():
                # Its own way: it shifts the labels behind the decoder's start itself.
                loss = reference(
                    input_ids=torch.tensor([request.prompt.token_ids]), labels=ids
                ).loss
            assert value == pytest.approx(-float(loss) * ids.shape[1], rel=1e-4)
            seen.add(round(value, 3))
    assert len(seen) > 20  # the weights do say something


def test_completions_are_the_decoders_whatever_stands_in_the_batch(
    t5: Path, reference: Any
) -> None:
    import torch

    rng = Random(4)
    asked = [
        Generate(
            key=str(number),
            prompt=prompt(tokens(rng, rng.randint(2, 30))),
            choices=(),
            max_tokens=rng.choice((3, 9)),
            stop=(),
            seed=1,
        )
        for number in range(9)
    ]
    engine = transformers.start(models.ready(str(t5)), Settings(arguments={"batch": 4}))
    texts = tokenizing.auto_tokenizer(t5)
    for request, answer in zip(asked, engine.ask(asked), strict=True):
        assert isinstance(answer, Completion)
        ids = [0]
        for _ in range(request.max_tokens):
            with torch.inference_mode():
                rows = reference(
                    input_ids=torch.tensor([request.prompt.token_ids]),
                    decoder_input_ids=torch.tensor([ids]),
                ).logits[0]
            ids.append(int(rows[-1].argmax()))
            if ids[-1] == END:
                break
        assert answer.text == texts.decode(ids[1:], skip_special_tokens=True)
        assert answer.usage.generated_tokens == len(ids) - 1
        assert answer.finish == ("stop" if ids[-1] == END else "length")


def test_an_encoder_decoder_stands_beside_decoders_in_one_leaderboard(
    call: Call, t5: Path, tmp_path: Path
) -> None:
    gpt2 = tiny.model(tmp_path / "gpt2")
    ran = call(
        *("run", "quick", "--engine", "transformers", "-m", str(t5), "-m", str(gpt2)),
        *("--limit", "4", "--shots", "0,1", "--results", str(tmp_path / "results"), "--json"),
        *("--no-baselines", "--form", "text"),
    )
    assert ran.status == 0, ran.err
    said = json.loads(ran.out)
    rows = {(row["model"], row["task"], row["k"]): row for row in said["rows"]}
    for task in ("entailment", "resolvent", "branch-closure"):
        for k in (0, 1):
            mine, theirs = rows[str(t5), task, k], rows[str(gpt2), task, k]
            assert (mine["n"], mine["engine"]) == (theirs["n"], "transformers")
            assert mine["prompt_tokens"] > 0


def test_vllm_is_not_chosen_for_an_encoder_unless_it_is_named(t5: Path, tmp_path: Path) -> None:
    with (
        pytest.raises(ModelMistake, match=r"has an encoder, which vLLM does not run") as caught,
        engines.started("vllm", models.ready(str(t5)), Settings(), tmp_path / "log"),
    ):
        raise AssertionError
    assert caught.value.hint == "use `--engine transformers`"
