"""The real vLLM on the real models: against transformers, against itself, and killed."""

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

from evalsuite import engines, models, paths, tokenizing
from evalsuite.engines import _host
from evalsuite.leaderboard import TIME_COLUMNS
from evalsuite.plan import Options, plan
from evalsuite.records import (
    Choice,
    Choices,
    Completion,
    Generate,
    LogLikelihoods,
    Prompt,
    Settings,
)
from tests.deep import deep

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(find_spec("vllm") is None, reason="vllm is not installed"),
]

MODELS = ("smollm2-135m-instruct", "gemma3-270m")
BLOCK = 32  # tokens in a block of the cache on the CPU


def requests(
    model: str,
    *,
    limit: int,
    shots: tuple[int, ...] = (0,),
    language: str = "en",
    tasks: tuple[str, ...] = (),
) -> list[Choices]:
    """Return the requests of the quick suite's first instances, as a run would make them."""
    made = plan(
        Options(
            suite="quick",
            tasks=tasks,
            models=(model,),
            baselines=False,
            language=language,
            shots=shots,
            limit=limit,
            settings=Settings(),
            results=Path("unused"),
            task_folders=(paths.shipped("tasks"),),
            prompt_folders=(paths.shipped("prompts"),),
        ),
        lambda _text: None,
    )
    found = [replace(one.request, oracle=None) for one in made.asked]
    return [one for one in found if isinstance(one, Choices)]


Answers = dict[str, LogLikelihoods]


def both_ways(both: engines.Engine, asked: Sequence[Choices]) -> tuple[Answers, Answers]:
    """Return the answers by the fast routes and those by the plain one."""
    found = [one for one in both.ask(asked) if isinstance(one, LogLikelihoods)]
    assert len(found) == 2 * len(asked)
    fast, plain = (
        {one.key: one for one in part} for part in (found[: len(asked)], found[len(asked) :])
    )
    assert fast.keys() == plain.keys() == {one.key for one in asked}
    return fast, plain


def worst(left: Answers, right: Answers, asked: Sequence[Choices]) -> float:
    """Return the largest difference of a log-likelihood a token, over the keys of the first."""
    lengths = {one.key: [len(choice.token_ids or ()) for choice in one.choices] for one in asked}
    return max(
        abs(mine - theirs) / length
        for key, one in left.items()
        for mine, theirs, length in zip(one.values, right[key].values, lengths[key], strict=True)
    )


def longer(one: Choices, cut: int, tails: Sequence[tuple[int, ...]], name: str) -> Choices:
    """Return a request for long choices after the first `cut` tokens of a request's prompt."""
    ids = one.prompt.token_ids
    assert ids is not None
    return Choices(
        key=f"{one.key}-{cut}-{name}",
        prompt=Prompt(text=one.prompt.text, token_ids=ids[:cut], shots=()),
        choices=tuple(Choice(text=str(tail), token_ids=tail) for tail in tails),
    )


def awkward(asked: Sequence[Choices]) -> Iterator[Choices]:
    """Return requests that share tokens in every way that a cache could trip over."""
    for one in asked:
        ids = one.prompt.token_ids
        assert ids is not None
        for cut in (3 * BLOCK, 3 * BLOCK - 1, 2 * BLOCK + 1):
            following = ids[cut : cut + 40]
            tails = (
                following[:1],
                following[:5],  # holds the choice before it
                (*following[:3], ids[0], ids[1]),  # branches late
                following,  # reaches over the end of a block
                ids[5:9],
            )
            yield longer(one, cut, tails, "all")
            yield longer(one, cut, tails[3:4], "alone")
            yield longer(one, cut, tails[3:4], "again")


@pytest.fixture(scope="module", params=MODELS)
def by_both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, engines.Engine, engines.Engine]]:
    """Return a model's name, and the engines that ask it: vLLM and the reference."""
    model, logs = models.ready(request.param), tmp_path_factory.mktemp("logs")
    settings = Settings(dtype="float32")
    with (
        engines.started("vllm", model, settings, logs / "vllm") as vllm,
        engines.started("transformers", model, settings, logs / "transformers") as reference,
    ):
        assert vllm.facts["dtype"] == reference.facts["dtype"] == "float32"
        yield request.param, vllm, reference


def test_in_float32_vllm_and_transformers_agree(
    by_both: tuple[str, engines.Engine, engines.Engine],
) -> None:
    model, *asking = by_both
    asked = requests(model, limit=17)
    assert len(asked) == 51
    asked += requests(model, limit=4, language="pt", tasks=("entailment",))
    asked += awkward(asked[:2])
    assert max(len(choice.token_ids or ()) for one in asked for choice in one.choices) > BLOCK
    fast, reference = (
        {one.key: one for one in engine.ask(asked) if isinstance(one, LogLikelihoods)}
        for engine in asking
    )
    assert fast.keys() == reference.keys() == {one.key for one in asked}
    assert (
        max(
            abs(mine - theirs)
            for key, one in fast.items()
            for mine, theirs in zip(one.values, reference[key].values, strict=True)
        )
        < 1e-3
    )


def answers(engine: str, model: str, asked: Sequence[Choices], tmp_path: Path) -> Answers:
    settings = Settings(dtype="float32")
    with engines.started(engine, models.ready(model), settings, tmp_path / engine) as started:
        assert started.facts["dtype"] == "float32"
        return {one.key: one for one in started.ask(asked) if isinstance(one, LogLikelihoods)}


@pytest.mark.parametrize("by_both", ["gemma3-270m"], indirect=True)
def test_a_completion_keeps_to_its_limit_and_its_stop(
    by_both: tuple[str, engines.Engine, engines.Engine],
) -> None:
    name, vllm, reference = by_both
    model = models.ready(name)
    week = "Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, "
    begun, circle = (
        Prompt(text=text, token_ids=tokenizing.tokenizer(model).encode([text])[0], shots=())
        for text in ("Monday, Tuesday, Wednesday,", (week * 4).rstrip())
    )
    asked = [
        Generate(key=name, prompt=prompt, choices=(), max_tokens=limit, stop=stop, seed=1)
        for name, prompt, limit, stop in (
            ("short", begun, 1, ()),
            ("long", begun, 12, ()),
            ("stopped", begun, 12, (", Sat",)),
            ("circle", circle, 200, ()),
        )
    ]
    found, expected = (
        {one.key: one for one in engine.ask(asked) if isinstance(one, Completion)}
        for engine in (vllm, reference)
    )
    assert "Thursday" in found["short"].text
    assert found["short"].finish == found["long"].finish == "length"
    assert found["stopped"].finish == "stop"
    assert found["stopped"].text.endswith("Friday")
    assert found["long"].usage.generated_tokens == 12
    # The same week over and over: it is cut before its limit, and is right as far as it goes.
    round_in_circles = found.pop("circle")
    assert round_in_circles.finish == "length"
    assert round_in_circles.usage.generated_tokens < 200
    assert expected["circle"].text.startswith(round_in_circles.text)
    for key, one in found.items():
        assert (one.text, one.finish) == (expected[key].text, expected[key].finish)


@deep
@pytest.mark.parametrize("model", MODELS)
def test_in_bfloat16_the_fast_routes_equal_the_plain_one(model: str, tmp_path: Path) -> None:
    """Equal to 1e-5 a token, or else to what the plain route itself is off from float32.

    On some CPUs a bfloat16 product depends on how many rows are multiplied, so that no two ways of
    asking give the same score. A row read from the wrong place is off by whole units.
    """
    asked = requests(model, limit=2, shots=(0, 2), tasks=("entailment",))
    asked += awkward(asked[:1])
    with _host.hosted(
        "tests.both_routes", models.ready(model), Settings(dtype="bfloat16"), tmp_path / "log"
    ) as both:
        assert both.facts["dtype"] == "bfloat16"
        assert both.facts["head_dtype"] == "float32"
        fast, plain = both_ways(both, asked)
    exact = answers("transformers", model, asked, tmp_path)
    plain_error = worst(plain, exact, asked)
    assert plain_error < 0.5
    assert worst(fast, plain, asked) <= max(1e-5, 2 * plain_error)


# ── killed ──────────────────────────────────────────────────────────────────────────────────────


def command(results: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "evalsuite", "run", "quick", "--json"),
        *("--model", "smollm2-135m-instruct", "--limit", "15", "--results", str(results)),
        *("--engine-arg", "max_num_seqs=4"),  # so that there is a middle to kill it in
    ]


def answered(results: Path) -> int:
    for database in results.glob("runs/*/run.sqlite"):
        try:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                return int(connection.execute("SELECT COUNT(*) FROM responses").fetchone()[0])
        except sqlite3.OperationalError:  # not there yet
            return 0
    return 0


def begin(results: Path, at_least: int) -> "subprocess.Popen[str]":
    """Start a run and return once it has that many answers."""
    process = subprocess.Popen(
        command(results), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 300
    while answered(results) < at_least:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8")
    return [int(child) for child in listed.split()]


def engine_of(pid: int) -> int:
    """Return the process of the engine: the one child that computes."""
    return max(children(pid), key=_memory)


def _memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def timeless(path: Path) -> list[list[str]]:
    lines = [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    dropped = {lines[0].index(name) for name in TIME_COLUMNS}
    return [[cell for index, cell in enumerate(line) if index not in dropped] for line in lines]


@pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")
@deep
def test_a_killed_run_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    uninterrupted = subprocess.run(command(whole), capture_output=True, text=True, check=True)
    everything = json.loads(uninterrupted.stdout)["asked"]
    assert everything == 15 * 3 * 2 * 4  # a model and three baselines

    process = begin(broken, at_least=10)  # `test_host` kills engines; here it is the whole run
    engine = engine_of(process.pid)
    process.kill()
    process.communicate()
    kept = answered(broken)
    assert 10 <= kept < 90
    deadline = time.monotonic() + 10
    while alive(engine):
        assert time.monotonic() < deadline, "the engine outlives its run"
        time.sleep(0.05)

    resumed = subprocess.run(command(broken), capture_output=True, text=True, check=True)
    summary = json.loads(resumed.stdout)
    assert summary["answered_before"] == kept
    assert summary["asked"] == everything - kept
    assert summary["unanswered"] == 0
    assert timeless(broken / "leaderboard.csv") == timeless(whole / "leaderboard.csv")
    assert len(list(islice((broken / "runs").iterdir(), 2))) == 1
