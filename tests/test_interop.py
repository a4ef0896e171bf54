"""To and from lm-evaluation-harness: its prompts are ours, and so is what its answers come to."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from evalsuite import judging, models, paths, store
from evalsuite.engines import transformers
from evalsuite.errors import ModelMistake, RunMistake, UserMistake
from evalsuite.interop import from_lm_eval, to_lm_eval
from evalsuite.leaderboard import read
from evalsuite.plan import Asked, Plan, plan
from evalsuite.records import Choices, Completion, Generate, LogLikelihoods, Outcome, Settings
from evalsuite.scorers import scorer
from tests import tiny
from tests.calling import Call, caller

DATE = "2026-01-02T03-04-05.678901"
# A Python that has lm-evaluation-harness, where this one has not: `bench/peers.py` makes one.
LM_EVAL = os.environ.get("LM_EVAL_PYTHON") or (sys.executable if find_spec("lm_eval") else None)


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    return caller(capsys, monkeypatch)


def wanted(*tasks: str, **others: Any) -> to_lm_eval.Wanted:
    given: dict[str, Any] = {
        "shots": (0,),
        "model": None,
        "limit": 4,
        "task_folders": (paths.shipped("tasks"),),
        "prompt_folders": (paths.shipped("prompts"),),
    }
    return to_lm_eval.Wanted(tasks=tasks, **(given | others))


def exported(what: to_lm_eval.Wanted, folder: Path) -> list[to_lm_eval.Written]:
    return list(to_lm_eval.export(what, folder, lambda _text: None))


def asked(what: to_lm_eval.Wanted) -> list[Asked]:
    return list(plan(to_lm_eval.options(what), lambda _text: None).asked)


def records(folder: Path, name: str) -> list[dict[str, Any]]:
    lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


class _Loader(yaml.SafeLoader):
    """Reads `!function` as its text."""


_Loader.add_constructor("!function", lambda _loader, node: node.value)


def settings(folder: Path, name: str) -> dict[str, Any]:
    text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
    return found


# ── to ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_task_s_folder_asks_what_a_run_asks(tmp_path: Path) -> None:
    what = wanted("entailment", "resolvent", shots=(0, 2), limit=3)
    written = exported(what, tmp_path / "out")
    assert [one.name for one in written] == [
        "evalsuite_entailment_en_text_k0",
        "evalsuite_entailment_en_text_k2",
        "evalsuite_resolvent_en_text_k0",
        "evalsuite_resolvent_en_text_k2",
    ]
    everything = [record for one in written for record in records(tmp_path / "out", one.name)]
    for one, record in zip(asked(what), everything, strict=True):
        assert record["id"] == one.question.instance
        assert record["rung"] == one.question.rung
        assert record["prompt"] == one.request.prompt.text
        assert record["choices"] == [choice.text for choice in one.request.choices]
        assert record["gold"] == one.question.gold
    task = settings(tmp_path / "out", written[1].name)
    assert task["task"] == written[1].name
    assert task["output_type"] == "multiple_choice"
    assert task["custom_dataset"] == "lm_eval_data.load"
    assert (task["doc_to_text"], task["doc_to_choice"]) == ("prompt", "choices")
    assert (task["num_fewshot"], task["target_delimiter"]) == (0, "")
    assert [one["metric"] for one in task["metric_list"]] == ["acc", "acc_norm"]


def test_conditions_of_one_task_have_names_of_their_own(tmp_path: Path) -> None:
    names = {
        exported(wanted("entailment", limit=1, **others), tmp_path)[0].name
        for others in (
            {},
            {"language": "pt"},
            {"shots": (2,)},
            {"shots": (2,), "shot_mode": "per-item"},
            {"shots": (2,), "shot_seed": 3},
            {"template": "entailment-words"},
        )
    }
    assert len(names) == 6


def test_a_generated_answer_has_the_stop_and_the_limit_of_a_run(tmp_path: Path) -> None:
    what = wanted("satisfiable-valuation", limit=2)
    (written,) = exported(what, tmp_path)
    request = asked(what)[0].request
    assert isinstance(request, Generate)
    task = settings(tmp_path, written.name)
    assert task["output_type"] == "generate_until"
    assert task["generation_kwargs"]["until"] == list(request.stop)
    assert task["generation_kwargs"]["max_gen_toks"] == request.max_tokens
    assert task["generation_kwargs"]["do_sample"] is False


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Answer: satisfiable", "satisfiable"),
        (" satisfiable\n\nmore", "satisfiable"),
        (" satisfiable.", "satisfiable"),
        ("steps\nAnswer: satisfiable\nno\nAnswer: **unsatisfiable**.", "unsatisfiable"),
        ("```\nP = true\n```\nAnswer: Unsatisfiable", "Unsatisfiable"),
        ("Resposta: satisfiable", "satisfiable"),
        ("perhaps", "perhaps"),
        ("", "[no answer]"),
        ("\n\n", "[no answer]"),
    ],
)
def test_the_filter_reads_the_last_answer_line_or_else_the_first(
    text: str, said: str, tmp_path: Path
) -> None:
    """As the harness applies it: `findall`, the last match, its first group that holds."""
    import re

    (written,) = exported(wanted("satisfiable-valuation", limit=1), tmp_path)
    (chain,) = settings(tmp_path, written.name)["filter_list"]
    regex = chain["filter"][0]
    found = re.findall(regex["regex_pattern"], text)
    match = next((group for group in found[regex["group_select"]] if group), "") if found else ""
    assert (match.strip() or regex["fallback"]) == said


@pytest.mark.tokenizers
@pytest.mark.parametrize("name", ["gemma3-270m", "smollm2-135m-instruct"])
def test_a_prompt_s_text_gives_the_token_ids_of_a_run(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The harness adds no special token to a text that begins with the BOS."""
    from transformers import AutoTokenizer

    made: list[Plan] = []

    def noted(*given: Any) -> Plan:
        made.append(plan(*given))
        return made[0]

    monkeypatch.setattr(to_lm_eval, "plan", noted)
    what = wanted("entailment", "refutation-proof", model=name, shots=(0, 1), limit=2)
    written = exported(what, tmp_path)
    everything = [record for one in written for record in records(tmp_path, one.name)]
    model = made[0].subjects[0].model
    assert model is not None
    tokenizer = AutoTokenizer.from_pretrained(model.path)
    for one, record in zip(made[0].asked, everything, strict=True):
        begins = record["prompt"].startswith(tokenizer.decode(tokenizer.bos_token_id))
        ids = tokenizer(record["prompt"], add_special_tokens=not begins).input_ids
        assert tuple(ids[: len(one.request.prompt.token_ids or ())]) == one.request.prompt.token_ids
        if model.bos is not None:
            assert ids.count(model.bos) == 1
            assert ids[0] == model.bos


@pytest.mark.parametrize("chat", [False, True])
def test_a_tokenizer_that_adds_a_bos_finds_it_in_the_text(*, chat: bool, tmp_path: Path) -> None:
    model = tiny.model(tmp_path / "model", bos=True, chat=chat)
    (written,) = exported(wanted("entailment", model=str(model), limit=1), tmp_path / "out")
    assert ("_chat_" in written.name) is chat
    prompt = records(tmp_path / "out", written.name)[0]["prompt"]
    assert prompt.startswith("<s>")
    assert not prompt.startswith("<s><s>")


def test_a_form_that_needs_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="form `chat` needs a model"):
        exported(wanted("entailment", form="chat"), tmp_path)
    pretrained = tiny.model(tmp_path / "model")
    with pytest.raises(ModelMistake, match="no chat template"):
        exported(wanted("entailment", form="chat", model=str(pretrained)), tmp_path)


def test_prompts_that_do_not_fit_are_left_out_and_counted(tmp_path: Path) -> None:
    model = tiny.model(tmp_path / "model")
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    what = wanted("entailment", model=str(model), limit=20)
    lengths = sorted(len(one.request.prompt.token_ids or ()) for one in asked(what))
    (model / "config.json").write_text(
        json.dumps(config | {"n_positions": lengths[10]}), encoding="utf-8"
    )
    (written,) = exported(what, tmp_path / "out")
    assert 0 < written.too_long < 20
    assert (
        written.questions == 20 - written.too_long == len(records(tmp_path / "out", written.name))
    )


def test_the_data_are_found_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("datasets")
    (written,) = exported(wanted("entailment", limit=2), tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    code = (tmp_path / "out" / "lm_eval_data.py").read_text(encoding="utf-8")
    space: dict[str, Any] = {"__file__": str(tmp_path / "out" / "lm_eval_data.py")}
    exec(compile(code, "lm_eval_data.py", "exec"), space)  # noqa: S102 - as the harness does
    given = settings(tmp_path / "out", written.name)["dataset_kwargs"]
    assert len(space["load"](version=1, **given)["test"]) == 2


def test_the_commands_say_what_they_wrote_and_what_is_wrong(call: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = call("export", "lm-eval", "entailment", "--shots", "0,1", "--limit", 2, "--out", out)
    assert (ran.status, ran.out.split()) == (
        0,
        ["evalsuite_entailment_en_text_k0", "evalsuite_entailment_en_text_k1"],
    )
    ran = call("export", "lm-eval", "entailmnt", "--out", out)
    assert ran.status == 2
    assert "did you mean `entailment`?" in ran.err
    (tmp_path / "file").write_text("", encoding="utf-8")
    ran = call("export", "lm-eval", "entailment", "--limit", 1, "--out", tmp_path / "file")
    assert ran.status == 2
    assert "cannot be written" in ran.err


# ── from, by hand ───────────────────────────────────────────────────────────────────────────────

Samples = list[dict[str, Any]]


def sample(doc: dict[str, Any], number: int, values: Sequence[float] | str) -> dict[str, Any]:
    """Return a line as lm-evaluation-harness writes it."""
    choices = [None] if isinstance(values, str) else doc["choices"]
    arguments = {
        f"gen_args_{index}": {"arg_0": doc["prompt"], "arg_1": {} if choice is None else choice}
        for index, choice in enumerate(choices)
    }
    said: list[Any] = (
        [[values]] if isinstance(values, str) else [[[str(one), "False"]] for one in values]
    )
    return {
        "doc_id": number,
        "doc": doc,
        "target": str(doc["gold"]),
        "arguments": arguments,
        "resps": said,
        "filtered_resps": [one[0] for one in said],
        "filter": "none",
        "metrics": ["acc", "acc_norm"],
    }


def results(folder: Path, tasks: dict[str, Samples], date: str = DATE, **others: Any) -> Path:
    """Write a run's files as lm-evaluation-harness does."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {
        "results": {task: {} for task in tasks},
        "configs": {task: {"task": task} for task in tasks},
        "n-shot": dict.fromkeys(tasks, 3),
        "model_name": "/somewhere/some-model",
        "model_source": "hf",
        "lm_eval_version": "0.4.13",
    }
    path = folder / f"results_{date}.json"
    path.write_text(json.dumps(told | others), encoding="utf-8")
    for task, lines in tasks.items():
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"samples_{task}_{date}.jsonl").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def entailment(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Any]]:
    """Export a task and return its name and its records."""
    folder = tmp_path_factory.mktemp("exported")
    (written,) = exported(wanted("entailment", shots=(2,)), folder)
    return written.name, records(folder, written.name)


def test_the_answers_to_an_exported_task_become_a_run(
    entailment: tuple[str, list[Any]], call: Call, tmp_path: Path
) -> None:
    name, docs = entailment
    values = [(-1.0, -2.0), (-2.0, -1.0), (-1.5, -1.5), (-3.25, -0.5)]
    lines = [
        sample(doc, number, each)
        for number, (doc, each) in enumerate(zip(docs, values, strict=True))
    ]
    results(tmp_path / "theirs", {name: lines})
    ran = call("import", "lm-eval", tmp_path / "theirs", "--results", tmp_path / "results")
    assert ran.status == 0, ran.err
    (row,) = read(tmp_path / "results" / "leaderboard.csv")
    assert (row.engine, row.model, row.task) == ("lm-eval", "some-model", "entailment")
    assert (row.condition.k, row.condition.form, row.condition.language) == (2, "text", "en")
    right = sum(
        doc["gold"] == each.index(max(each)) and each[0] != each[1]
        for doc, each in zip(docs, values, strict=True)
    )
    assert row.counts[Outcome.RIGHT] == right
    assert row.counts[Outcome.TIE] == 1
    assert row.estimate.n == 4
    (folder,) = (tmp_path / "results" / "runs").iterdir()
    with store.opened(folder, create=False) as kept:
        questions, responses = list(kept.questions()), kept.responses()
    assert [one.instance for one in questions] == [doc["id"] for doc in docs]
    assert [one.rung for one in questions] == [doc["rung"] for doc in docs]
    assert [one.prompt for one in questions] == [doc["prompt"] for doc in docs]
    found = [responses[one.key] for one in questions]
    assert [one.values for one in found if isinstance(one, LogLikelihoods)] == values
    # The same files again are the same run.
    again = call("import", "lm-eval", tmp_path / "theirs", "--results", tmp_path / "results")
    assert again.status == 0
    assert len(list((tmp_path / "results" / "runs").iterdir())) == 1


def test_certificates_are_judged_by_our_scorers(tmp_path: Path) -> None:
    what = wanted("satisfiable-valuation", limit=12)
    (written,) = exported(what, tmp_path)
    docs = records(tmp_path, written.name)
    golds = [one.request.oracle.certificate for one in asked(what) if one.request.oracle]
    spoiled = [doc["gold"] == 1 and number % 2 == 1 for number, doc in enumerate(docs)]
    assert 0 < sum(spoiled) < 12
    flip = str.maketrans("TF", "FT")
    said = [
        gold.translate(flip) if bad and gold else gold
        for gold, bad in zip(golds, spoiled, strict=True)
    ]
    lines = [
        sample(doc, number, f"\n```\n{said[number]}\n```\nAnswer: {doc['target']}")
        for number, doc in enumerate(docs)
    ]
    results(tmp_path / "theirs", {written.name: lines})
    imported = from_lm_eval.read([tmp_path / "theirs"], "a-name")
    from_lm_eval.keep(imported, tmp_path / "run")
    with store.opened(tmp_path / "run", create=False) as kept:
        outcomes = [one.score.outcome for one in judging.judged(kept)]
        rows = {row.metric: row.estimate.value for row in judging.rows(kept, judging.judged(kept))}
    assert outcomes == [Outcome.INVALID if bad else Outcome.RIGHT for bad in spoiled]
    assert rows["accuracy"] == 1.0
    assert rows["certified-accuracy"] == 1 - sum(spoiled) / 12

    place = spoiled.index(True)
    kept_text = json.loads(lines[place]["doc"]["question"]) | {"formal": {"clauses": [3]}}
    lines[place]["doc"]["question"] = json.dumps(kept_text)
    results(tmp_path / "theirs", {written.name: lines})
    with pytest.raises(RunMistake, match=rf"jsonl:{place + 1}: its question cannot be judged"):
        from_lm_eval.read([tmp_path / "theirs"], "a-name")


def other(doc_id: int, values: Sequence[float], target: str, **others: Any) -> dict[str, Any]:
    """Return a line of a task that is not ours, with the choices ` a`, ` b` and so on."""
    texts = [f" {letter}" for letter in "abcdefgh"[: len(values)]]
    return {
        "doc_id": doc_id,
        "doc": {"query": "?"},
        "target": target,
        "arguments": {
            f"gen_args_{index}": {"arg_0": f"Question {doc_id}", "arg_1": text}
            for index, text in enumerate(texts)
        },
        "resps": [[[str(value), "False"]] for value in values],
        "filtered_resps": [[str(value), "False"] for value in values],
        "filter": "none",
        "metrics": ["acc"],
        **others,
    }


def outcomes_of(folder: Path) -> list[Outcome]:
    imported = from_lm_eval.read([folder], None)
    return [
        scorer(one.question.scorer).score(one.question, one.response).outcome
        for each in imported.answered.values()
        for one in each
    ]


def test_any_other_task_has_the_accuracy_of_its_items(call: Call, tmp_path: Path) -> None:
    halves = [-1.0, -3.0, -2.0, -0.5]  # the last two: the choices without a context
    inputs = other(7, (-2.0, -1.0), "the rest", acc=1.0)
    for index in range(2):
        inputs["arguments"][f"gen_args_{index}"] = {"arg_0": f"input {index}", "arg_1": "the rest"}
    lines = [
        other(0, (-1.0, -2.0, -3.0), "0", acc=1.0),  # a place
        other(1, (-1.0, -2.0, -3.0), "1", acc=0.0),
        other(2, (-2.0, -1.0, -3.0), "b", acc=1.0),  # a choice's text
        other(3, (-2.0, -1.0, -3.0), "[1, 2]", acc=1.0),  # several are right
        other(4, (-1.0, -2.0, -3.0), "[1, 2]", acc=0.0),
        other(5, (-1.0, -2.0), "no such choice", acc=0.0),  # the gold is the other one
        other(6, halves, "0", acc=1.0, metrics=["acc", "acc_mutual_info"]),
        inputs,
        other(8, (-1.0, -2.0, -3.0), "no such choice", acc=1.0),  # taken over
        other(9, (-1.0, -2.0), "1"),  # without their judgement
    ]
    results(tmp_path / "theirs", {"arc_x": lines, "gen": [generated(0, 1.0), generated(1, 0.0)]})
    ran = call("import", "lm-eval", tmp_path / "theirs", "--results", tmp_path / "results")
    assert (ran.status, "warning" in ran.err) == (0, False), ran.err
    rows = {row.task: row for row in read(tmp_path / "results" / "leaderboard.csv")}
    assert (rows["arc_x"].estimate.n, rows["arc_x"].counts[Outcome.RIGHT]) == (10, 6)
    assert (rows["gen"].estimate.n, rows["gen"].estimate.value) == (2, 0.5)
    assert {row.condition.k for row in rows.values()} == {3}
    assert {row.metric for row in rows.values()} == {"accuracy"}


def generated(doc_id: int, right: float) -> dict[str, Any]:
    """Return a line of a task with generated answers."""
    return {
        **other(doc_id, (), "42", exact_match=right),
        "arguments": {"gen_args_0": {"arg_0": "How many?", "arg_1": {"until": []}}},
        "resps": [["It is 42."]],
        "filtered_resps": ["42"],
        "metrics": ["exact_match"],
    }


def test_a_tie_is_not_broken_and_the_user_is_told(call: Call, tmp_path: Path) -> None:
    results(tmp_path / "theirs", {"arc_x": [other(0, (-1.0, -1.0), "0", acc=1.0)]})
    ran = call("import", "lm-eval", tmp_path / "theirs", "--results", tmp_path / "results")
    assert ran.status == 0
    assert "1 ties count as not right here" in " ".join(ran.err.split())
    assert outcomes_of(tmp_path / "theirs") == [Outcome.TIE]


def test_only_the_first_filter_counts(tmp_path: Path) -> None:
    strict = generated(0, 0.0) | {"filter": "strict"}
    flexible = generated(0, 1.0) | {"filter": "flexible"}
    results(tmp_path, {"gen": [strict, flexible]})
    assert outcomes_of(tmp_path) == [Outcome.WRONG]


def test_a_later_run_of_a_task_replaces_the_earlier(tmp_path: Path) -> None:
    results(tmp_path, {"gen": [generated(0, 0.0)]}, date="2026-01-01T00-00-00")
    results(tmp_path, {"gen": [generated(0, 1.0)]})
    imported = from_lm_eval.read([tmp_path], None)
    assert [one.theirs for each in imported.answered.values() for one in each] == [True]
    assert "a later run" in imported.notes[0]


def broken(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    """Return what changes a line."""

    def changed(line: str) -> str:
        value = json.loads(line)
        change(value)
        return json.dumps(value)

    return changed


def in_question(change: Callable[[dict[str, Any]], object]) -> Callable[[str], str]:
    """Return what changes the question that a line holds."""

    def on(value: dict[str, Any]) -> None:
        kept = json.loads(value["doc"]["question"])
        change(kept)
        value["doc"]["question"] = json.dumps(kept)

    return broken(on)


DEEP = "[" * 100_000
BROKEN: dict[str, tuple[Callable[[str], str], str]] = {
    "cut short": (lambda line: line[:-20], "not JSON"),
    "nested": (lambda _line: '{"doc": ' + DEEP, "not JSON"),
    "a list": (lambda _line: "[]", "not a JSON object"),
    "many digits": (
        lambda line: line.replace('"doc_id": 1', '"doc_id": ' + "9" * 5000),
        "not JSON",
    ),
    "no doc": (broken(lambda one: one.pop("doc")), "no field `doc`"),
    "no filter": (broken(lambda one: one.pop("filter")), "no field `filter`"),
    "no resps": (broken(lambda one: one.pop("resps")), "no field `resps`"),
    "no arguments": (broken(lambda one: one.pop("arguments")), "no field `arguments`"),
    "arguments a list": (broken(lambda one: one.update(arguments=[])), "not an object"),
    "a doc that is a text": (broken(lambda one: one.update(doc="x")), "not an object"),
    "nan": (broken(lambda one: one.update(resps=[[["nan", 0]]] * 2)), "no finite log-likelihood"),
    "NaN": (broken(lambda one: one.update(resps=[[[float("nan"), 0]]] * 2)), "no finite"),
    "infinite": (broken(lambda one: one.update(resps=[[["-inf", 0]]] * 2)), "no finite"),
    "too large": (broken(lambda one: one.update(resps=[[[10**400, 0]]] * 2)), "no finite"),
    "true": (broken(lambda one: one.update(resps=[[[True, 0]]] * 2)), "no finite"),
    "null": (broken(lambda one: one.update(resps=[[[None, 0]]] * 2)), "no finite"),
    "an object": (broken(lambda one: one.update(resps=[{"a": 1}] * 2)), "no finite"),
    "empty": (broken(lambda one: one.update(resps=[[], []])), "no finite"),
    "too few": (broken(lambda one: one.update(resps=[])), "0 responses for 2"),
    "another prompt": (
        broken(lambda one: one["arguments"]["gen_args_0"].update(arg_0="x")),
        "not the prompt that was exported",
    ),
    "another choice": (
        broken(lambda one: one["arguments"]["gen_args_1"].update(arg_1="x")),
        "not the choice that was exported",
    ),
    "one request": (broken(lambda one: one["arguments"].pop("gen_args_1")), "1 requests for 2"),
    "a third choice": (broken(lambda one: one["doc"]["choices"].append("x")), "3 choices for 2"),
    "twice": (lambda line: f"{line}\n{line}", "twice"),
    "half a pair": (
        lambda line: line.replace('"filter": "none"', '"filter": "\\ud800"'),
        "`filter` is not a text",
    ),
    "no question": (broken(lambda one: one["doc"].update(question="x")), "not JSON"),
    "another schema": (in_question(lambda one: one.update(schema=99)), "another version"),
    "gold": (in_question(lambda one: one.update(gold=2)), "gold 2 of 2 labels"),
    "a negative gold": (in_question(lambda one: one.update(gold=-1)), "not a whole number"),
    "a scorer": (in_question(lambda one: one.update(scorer="nope")), "cannot be judged"),
    "a metric": (in_question(lambda one: one.update(metrics=["nope"])), "`metrics`"),
    "a shot mode": (
        in_question(lambda one: one["condition"].update(shot_mode="x")),
        "not `fixed` or `per-item`",
    ),
    "shots": (in_question(lambda one: one.update(shots=[1])), "not a list of texts"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_line_is_named_and_nothing_is_written(
    kind: str, entailment: tuple[str, list[Any]], call: Call, tmp_path: Path
) -> None:
    change, message = BROKEN[kind]
    name, docs = entailment
    lines = [sample(doc, number, (-1.0, -2.0)) for number, doc in enumerate(docs)]
    results(tmp_path / "theirs", {name: lines})
    (path,) = (tmp_path / "theirs").glob("*.jsonl")
    texts = path.read_text(encoding="utf-8").splitlines()
    texts[1] = change(texts[1])
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    ran = call("import", "lm-eval", tmp_path / "theirs", "--results", tmp_path / "results")
    assert ran.status == 2, ran.err
    told = [line for line in ran.err.splitlines() if not line.startswith("hint:")]
    assert len(told) == 1
    where = 3 if kind == "twice" else 2
    assert f"{path}:{where}: " in told[0]
    assert message in told[0]
    assert not (tmp_path / "results").exists()


def test_bytes_that_are_no_text_are_named(
    entailment: tuple[str, list[Any]], tmp_path: Path
) -> None:
    name, docs = entailment
    results(tmp_path, {name: [sample(docs[0], 0, (-1.0, -2.0))]})
    (path,) = tmp_path.glob("samples_*.jsonl")
    path.write_bytes(path.read_bytes() + b'{"filter": "\xff"}\n')
    with pytest.raises(RunMistake, match=r"jsonl:2: not UTF-8"):
        from_lm_eval.read([tmp_path], None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "no field `model_name`"),
        ('{"model_name": 3}', "`model_name` is not a text"),
        ('{"model_name": " "}', "`model_name` is empty"),
        ('{"model_name": "m"}', "no field `configs`"),
        ('{"model_name": "m", "configs": {}, "n-shot": {"arc_x": -1}}', "not a whole number"),
    ],
)
def test_a_broken_results_file_is_named(text: str, message: str, tmp_path: Path) -> None:
    results(tmp_path, {"arc_x": [other(0, (-1.0, -2.0), "0")]})
    path = tmp_path / f"results_{DATE}.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RunMistake) as caught:
        from_lm_eval.read([tmp_path], None)
    assert str(path) in caught.value.message
    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_what_is_no_output_of_lm_eval_says_what_is_needed(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "absent"):
        with pytest.raises(RunMistake, match=str(place)):
            from_lm_eval.read([place], None)
    results(tmp_path, {})
    with pytest.raises(RunMistake, match="beside it") as caught:
        from_lm_eval.read([tmp_path], None)
    assert "--log_samples" in (caught.value.hint or "")
    results(tmp_path, {"empty": []})
    with pytest.raises(RunMistake, match="empty"):
        from_lm_eval.read([tmp_path], None)
    results(tmp_path, {"empty": [other(0, (-1.0,), "x")]})
    with pytest.raises(RunMistake, match=r"neither choices with a gold nor `acc`"):
        from_lm_eval.read([tmp_path], None)


def test_a_task_without_an_accuracy_is_left_out_of_a_folder(tmp_path: Path) -> None:
    perplexity = other(0, (-9.0,), "a text", word_perplexity=[-9.0, 3], metrics=["word_perplexity"])
    results(tmp_path, {"gen": [generated(0, 1.0)], "wiki": [perplexity]})
    imported = from_lm_eval.read([tmp_path], None)
    assert set(imported.metrics) == {"gen"}
    (note,) = imported.notes
    assert note.startswith("left out: ")
    assert "samples_wiki_" in note


def test_one_name_does_not_stand_for_two_models(tmp_path: Path) -> None:
    results(tmp_path / "a", {"gen": [generated(0, 1.0)]}, model_name="a")
    results(tmp_path / "b", {"gen": [generated(0, 0.0)]}, model_name="b/c")
    with pytest.raises(UserMistake, match="several models"):
        from_lm_eval.read([tmp_path], "one")
    imported = from_lm_eval.read([tmp_path], None)
    assert set(imported.answered) == {"a", "b/c"}


# ── there and back ──────────────────────────────────────────────────────────────────────────────

TASKS = ("entailment", "classify", "satisfiable-valuation")


def taught(folder: Path, text: str, prompts: Sequence[str]) -> None:
    """Train a tiny model until it writes this text after these prompts."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    size = len(tokenizer(text, add_special_tokens=False).input_ids)
    rows = [torch.tensor([tokenizer(prompt + text).input_ids]) for prompt in prompts]
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(100):
        worst = 0.0
        for row in rows:
            labels = row.clone()
            labels[:, :-size] = -100
            loss = model(input_ids=row, labels=labels).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            worst = max(worst, loss.item())
        if worst < 0.1:  # the likeliest text is then this one
            break
    model.save_pretrained(folder)


def by_us(what: to_lm_eval.Wanted) -> dict[str, tuple[bool, object]]:
    """Return of each instance whether it is right, and what was answered, by our own engine."""
    everything = asked(what)
    engine = transformers.start(models.ready(what.model or ""), Settings(dtype="float32"))
    requests = [replace(one.request, oracle=None) for one in everything]
    responses = {one.key: one for one in engine.ask(requests)}
    found: dict[str, tuple[bool, object]] = {}
    for one in everything:
        response = responses[one.request.key]
        score = scorer(one.question.scorer).score(one.question, response)
        answer = response.text if isinstance(response, Completion) else response.values
        found[one.question.instance] = (score.verdict == one.question.gold, answer)
    return found


@pytest.mark.engine
@pytest.mark.skipif(LM_EVAL is None, reason="lm_eval is not installed")
def test_its_own_run_of_exported_tasks_has_our_accuracy_item_by_item(
    call: Call, tmp_path: Path
) -> None:
    """One-token choices, longer ones and generated answers, from a folder that is not theirs."""
    model = tiny.model(tmp_path / "model", "llama", bos=True, width=64)
    what = wanted(*TASKS, model=str(model), limit=8)
    everything = asked(what)
    first = {one.question.task: one for one in everything}
    lengths = {
        task: {len(choice.token_ids or ()) for choice in one.request.choices}
        for task, one in first.items()
        if isinstance(one.request, Choices)
    }
    assert lengths["entailment"] == {1}
    assert min(lengths["classify"]) > 1
    generated = [one.request for one in everything if isinstance(one.request, Generate)]
    assert len(generated) == 8
    taught(
        model,
        f"\nAnswer: yes{generated[0].stop[0]}",
        [request.prompt.text for request in generated],
    )
    written = exported(what, tmp_path / "out")
    ours = by_us(what)

    words = ["run", "--model", "hf", "--device", "cpu", "--batch_size", "1"]
    words += ["--model_args", f"pretrained={model},dtype=float32"]
    words += ["--include_path", str(tmp_path / "out"), "--tasks", "evalsuite"]
    words += ["--log_samples", "--output_path", str(tmp_path / "theirs")]
    ran = subprocess.run(
        [str(LM_EVAL), "-m", "lm_eval", *words],
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]

    theirs: dict[str, bool] = {}
    for one in written:
        (path,) = (tmp_path / "theirs").rglob(f"samples_{one.name}_*.jsonl")
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            theirs[line["doc"]["id"]] = (line.get("acc", line.get("exact_match"))) == 1
    assert theirs == {name: right for name, (right, _) in ours.items()}
    assert len(theirs) == 24
    for task in TASKS:  # some right, some wrong: else nothing is shown
        assert {right for name, right in theirs.items() if name.startswith(f"{task}/")} == {
            True,
            False,
        }

    back = call("import", "lm-eval", tmp_path / "theirs", "--results", tmp_path / "results")
    assert back.status == 0, back.err
    (folder,) = (tmp_path / "results" / "runs").iterdir()
    with store.opened(folder, create=False) as kept:
        judged = list(judging.judged(kept))
        responses = kept.responses()
    assert {
        one.question.instance: one.score.verdict == one.question.gold for one in judged
    } == theirs
    for each in judged:
        mine, other_way = ours[each.question.instance][1], responses[each.question.key]
        if isinstance(other_way, LogLikelihoods):
            assert other_way.values == pytest.approx(mine, abs=1e-3)
        else:
            assert other_way.text == mine
