"""A run over a data set says what a plain loop over its file says, item by item.

The loop knows nothing of evalsuite: it reads the file, writes each prompt by hand, and asks
transformers for one text after the other.
"""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from evalsuite import models, paths, store
from evalsuite.plan import Options, Subject
from evalsuite.records import LogLikelihoods, Response, Settings
from evalsuite.run import run

pytestmark = pytest.mark.engine

# What a text begins with for each model, besides its words.
MODELS = {"smollm2-135m-instruct": "", "gemma3-270m": "<bos>"}
ENGINES = (
    "transformers",
    pytest.param(
        "vllm",
        marks=pytest.mark.skipif(find_spec("vllm") is None, reason="vllm is not installed"),
    ),
)
LIMIT = 6
KINDS = ("a bird", "a fish", "a stone", "a tree", "a song", "a star")
NAMES = ("Ana", "Bruno", "Célia", "Davi", "Elisa")
RECORDS = [
    {
        "facts": [f"{name} is {kind}.", f"Whatever is {kind} is not {other}."],
        "query": f"Is {name} {other}, {kind} or neither?",
        "options": [f"(A) {name} is {other}", f"(B) {name} is {kind}", "(C) neither"],
        "target": "(B)",
    }
    for name in NAMES
    for kind in KINDS
    for other in KINDS[:2]
    if kind != other
]
TASK = """
about: What is it?
family: jsonl
params:
  file: facts.json
  records: examples
  mapping:
    context: facts
    question: "{query}"
    choices_field: options
    gold_field: target
    gold_by: letter
size: 40
template: multiple-choice
"""
DESCRIPTION = (
    "Answer the question. Where statements are given before it, use them and nothing else. Exactly "
    "one of the options is right. Answer with its letter, and only with it."
)


class Silent:
    """Hears how a run goes, and says nothing."""

    def say(self, text: str) -> None:
        pass

    def warn(self, text: str) -> None:
        pass

    def begin(self, subject: Subject, total: int, done: int) -> None:
        pass

    def step(self, subject: Subject, response: Response) -> None:
        pass


def by_hand(record: dict[str, Any]) -> str:
    """Return a record's prompt, as one would write it."""
    facts = "\n".join(record["facts"])
    options = "\n".join(option.removeprefix("(") for option in record["options"])
    asked = f"{facts}\n{record['query']}\n{options}\nWhich option is right?\nAnswer:"
    return f"{DESCRIPTION}\n\n{asked}"


def straight(folder: Path, prompts: Sequence[str], letters: str) -> list[list[float]]:
    """Return the log-likelihood of each letter after each prompt, one text at a time."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found = []
    for prompt in prompts:
        start = len(tokenizer(prompt).input_ids)
        values = []
        for letter in letters:
            ids = torch.tensor([tokenizer(f"{prompt} {letter}").input_ids])
            with torch.inference_mode():
                scores = model(ids).logits[0, :-1].log_softmax(-1)
            targets = ids[0, 1:]
            tail = scores.gather(1, targets[:, None])[start - 1 :]
            values.append(float(tail.sum()))
        found.append(values)
    return found


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_equals_a_straight_loop(engine: str, model: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "facts.yaml").write_text(TASK, encoding="utf-8")
    text = json.dumps({"examples": RECORDS}, ensure_ascii=False)
    (tmp_path / "mine" / "facts.json").write_text(text, encoding="utf-8")
    finished = run(
        Options(
            suite="quick",
            tasks=("facts",),
            models=(model,),
            engine=engine,
            baselines=False,
            form="text",
            shots=(0,),
            limit=LIMIT,
            settings=Settings(dtype="float32"),
            results=tmp_path / "results",
            task_folders=(tmp_path, paths.shipped("tasks")),
            prompt_folders=(paths.shipped("prompts"),),
        ),
        Silent(),
    )
    with store.opened(finished.folder, create=False) as kept:
        questions = tuple(kept.questions())
        responses = kept.responses()
    assert len(questions) == LIMIT
    records = [RECORDS[int(one.instance.removeprefix("facts/"))] for one in questions]
    prompts = [by_hand(record) for record in records]
    assert [one.prompt for one in questions] == prompts
    begun = [MODELS[model] + prompt for prompt in prompts]
    expected = straight(models.ready(model).path, begun, "ABC")
    right = 0
    for question, record, values in zip(questions, records, expected, strict=True):
        response = responses[question.key]
        assert isinstance(response, LogLikelihoods)
        assert response.values == pytest.approx(values, abs=1e-3)
        best = max(range(3), key=values.__getitem__)
        assert best == max(range(3), key=response.values.__getitem__)
        right += "ABC"[best] == record["target"].strip("()")  # type: ignore[attr-defined]
    (accuracy,) = (row.estimate for row in finished.rows if row.metric == "accuracy")
    assert accuracy.n == LIMIT
    assert accuracy.value == pytest.approx(right / LIMIT)
