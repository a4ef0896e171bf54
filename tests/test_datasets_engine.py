"""A run over a data set says what a plain loop over its file says, item by item.

The loop knows nothing of evalsuite: it reads the file, writes each prompt by hand, and asks
transformers for one text after the other. The public sets are read where `EVALSUITE_DATA` says.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from evalsuite import models, paths, store
from evalsuite.plan import Options, Subject
from evalsuite.records import LogLikelihoods, Response, Settings
from evalsuite.stops import Finished, run
from tests.deep import DEEP

pytestmark = pytest.mark.engine


# What a text begins with for each model, besides its words.
MODELS = {"smollm2-135m-instruct": "", "gemma3-270m": "<bos>"}
# Each engine and each model once; all pairs with `EVALSUITE_DEEP=1`.
PAIRS = (
    ("transformers", "smollm2-135m-instruct"),
    ("vllm", "gemma3-270m"),
    *((("transformers", "gemma3-270m"), ("vllm", "smollm2-135m-instruct")) if DEEP else ()),
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

WORDED = (
    "Answer the question. Where statements are given before it, use them and nothing else. Answer "
    "with one of the answers that are named after the question, and only with it."
)
NOISE = 1e-5  # two answers that are nearer may change places from one engine to another


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A record, as one would ask about it by hand."""

    prompt: str
    answers: Sequence[str]
    gold: str


def lettered(context: Sequence[str], question: str, options: Sequence[str], gold: str) -> Asked:
    shown = [*context, question, *options, "Which option is right?"]
    text = f"{DESCRIPTION}\n\n" + "\n".join(shown) + "\nAnswer:"
    return Asked(prompt=text, answers="ABCDEFG"[: len(options)], gold=gold)


def worded(context: Sequence[str], question: str, answers: Sequence[str], gold: str) -> Asked:
    shown = [*context, question, f"Answers: {', '.join(answers)}"]
    text = f"{WORDED}\n\n" + "\n".join(shown) + "\nAnswer:"
    return Asked(prompt=text, answers=answers, gold=gold)


def fact(record: dict[str, Any]) -> Asked:
    options = [option.removeprefix("(") for option in record["options"]]
    return lettered(record["facts"], record["query"], options, record["target"].strip("()"))


def expression(record: dict[str, Any]) -> Asked:
    return worded((), record["input"], ("True", "False"), record["target"])


def fallacy(record: dict[str, Any]) -> Asked:
    return worded(
        (), record["input"].split("\nOptions:")[0], ("valid", "invalid"), record["target"]
    )


def lies(record: dict[str, Any]) -> Asked:
    return worded((), record["input"], ("Yes", "No"), record["target"])


def deduction(record: dict[str, Any]) -> Asked:
    question, options = record["input"].split("\nOptions:\n(")
    return lettered((), question, options.split("\n("), record["target"].strip("()"))


def statement(record: dict[str, Any]) -> Asked:
    answers = [option[3:] for option in record["options"]]
    gold = answers["ABC".index(record["answer"])]
    return worded([record["context"]], record["question"], answers, gold)


def folio(record: dict[str, Any]) -> Asked:
    question = "Given these premises, is the following statement true, false or uncertain?"
    answers = ("True", "False", "Uncertain")
    premises = [one.strip() for one in record["premises"]]
    return worded(premises, f"{question} {record['conclusion']}", answers, record["label"])


# Task: its file, and how a record of it is asked about.
PUBLIC: Mapping[str, tuple[str, Callable[[dict[str, Any]], Asked]]] = {
    "bbh-boolean-expressions": ("bbh/boolean_expressions.json", expression),
    "bbh-formal-fallacies": ("bbh/formal_fallacies.json", fallacy),
    "bbh-logical-deduction-five": ("bbh/logical_deduction_five_objects.json", deduction),
    "bbh-web-of-lies": ("bbh/web_of_lies.json", lies),
    "folio": ("folio/validation.jsonl", folio),
    "prontoqa": ("prontoqa/dev.json", statement),
    "proofwriter": ("proofwriter/dev.json", statement),
}


def records_of(file: Path) -> list[dict[str, Any]]:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    found = json.loads(text)
    return list(found["examples"] if isinstance(found, dict) else found)


def straight(folder: Path, begun: str, asked: Sequence[Asked]) -> list[list[float]]:
    """Return the log-likelihood of each answer after each prompt, one text at a time."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    found = []
    for one in asked:
        prompt = begun + one.prompt
        start = len(tokenizer(prompt).input_ids)
        values = []
        for answer in one.answers:
            ids = torch.tensor([tokenizer(f"{prompt} {answer}").input_ids])
            with torch.inference_mode():
                scores = model(ids).logits[0, :-1].log_softmax(-1)
            targets = ids[0, 1:]
            tail = scores.gather(1, targets[:, None])[start - 1 :]
            values.append(float(tail.sum()))
        found.append(values)
    return found


def ran(model: str, engine: str, names: Sequence[str], limit: int, folder: Path) -> Finished:
    return run(
        Options(
            suite="quick",
            tasks=tuple(names),
            models=(model,),
            engine=engine,
            baselines=False,
            form="text",
            shots=(0,),
            limit=limit,
            settings=Settings(dtype="float32"),
            results=folder / "results",
            task_folders=(folder, paths.shipped("tasks")),
            prompt_folders=(paths.shipped("prompts"),),
        ),
        Silent(),
    )


def compare(
    model: str, finished: Finished, sets: Mapping[str, Callable[[int], Asked]], limit: int
) -> None:
    """Hold a run against the straight loop: every prompt, score and answer, and the accuracy."""
    with store.opened(finished.folder, create=False) as kept:
        questions = tuple(kept.questions())
        responses = kept.responses()
    assert len(questions) == limit * len(sets)
    asked = [sets[one.task](int(one.instance.removeprefix(f"{one.task}/"))) for one in questions]
    assert [one.prompt for one in questions] == [one.prompt for one in asked]
    folder = models.ready(model).path
    assert folder is not None
    expected = straight(folder, MODELS[model], asked)
    right: Counter[str] = Counter()
    for question, by_hand, values in zip(questions, asked, expected, strict=True):
        response = responses[question.key]
        assert isinstance(response, LogLikelihoods)
        assert response.values == pytest.approx(values, abs=1e-3)
        best, second = sorted(range(len(values)), key=values.__getitem__, reverse=True)[:2]
        assert values[best] - values[second] > NOISE
        assert best == max(range(len(values)), key=response.values.__getitem__)
        right[question.task] += by_hand.answers[best] == by_hand.gold
    accuracy = {row.task: row.estimate for row in finished.rows if row.metric == "accuracy"}
    assert accuracy.keys() == sets.keys()
    for task, estimate in accuracy.items():
        assert estimate.n == limit
        assert estimate.value == pytest.approx(right[task] / limit)


@pytest.mark.parametrize(("engine", "model"), PAIRS)
def test_a_run_equals_a_straight_loop(engine: str, model: str, tmp_path: Path) -> None:
    if engine == "vllm" and find_spec("vllm") is None:
        pytest.skip("vllm is not installed")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "facts.yaml").write_text(TASK, encoding="utf-8")
    text = json.dumps({"examples": RECORDS}, ensure_ascii=False)
    (tmp_path / "mine" / "facts.json").write_text(text, encoding="utf-8")
    finished = ran(model, engine, ["facts"], LIMIT, tmp_path)
    compare(model, finished, {"facts": lambda place: fact(RECORDS[place])}, LIMIT)


@pytest.mark.parametrize("model", MODELS)
def test_a_run_over_the_public_sets_equals_a_straight_loop(model: str, tmp_path: Path) -> None:
    folder = next(
        (
            Path(one)
            for one in os.environ.get("EVALSUITE_DATA", "").split(os.pathsep)
            if one and all((Path(one) / file).exists() for file, _ in PUBLIC.values())
        ),
        None,
    )
    if folder is None:
        pytest.skip("the public sets are not in EVALSUITE_DATA")
    limit = int(os.environ.get("EVALSUITE_ITEMS", "20"))
    sets = {
        name: partial(_nth, records_of(folder / file), ask) for name, (file, ask) in PUBLIC.items()
    }
    engine = "vllm" if find_spec("vllm") else "transformers"
    finished = ran(model, engine, list(PUBLIC), limit, tmp_path)
    compare(model, finished, sets, limit)


def _nth(
    records: Sequence[dict[str, Any]], ask: Callable[[dict[str, Any]], Asked], place: int
) -> Asked:
    return ask(records[place])
