"""What a run reports of its speed, and what `--plan` says of it beforehand."""

import json
import math
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evalsuite import engines, estimate, forecast, models, paths, speed, stops, store, tokenizing
from evalsuite.cli._progress import listener
from evalsuite.engines import _device
from evalsuite.errors import RunMistake
from evalsuite.plan import Options, Subject
from evalsuite.records import (
    Choice,
    Choices,
    Completion,
    Generate,
    Json,
    LogLikelihoods,
    Prompt,
    Request,
    Settings,
    Spell,
    Usage,
)
from tests import tiny
from tests.calling import Call, Ran

TASK = "entailment"
LIMIT = 4
NONE = estimate.Work()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model(tmp_path_factory.mktemp("model") / "tiny", "llama")


def asked(call: Call, model: Path, results: Path, *more: str) -> Ran:
    """Ask a tiny model a few questions, as a user would."""
    return call(
        *("run", "quick", "--task", TASK, "--limit", LIMIT, "--model", model),
        *("--engine", "transformers", "--results", results, *more),
    )


@pytest.fixture(scope="module")
def results(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the results folder of a real run, the one that `asked` asks for."""
    folder = tmp_path_factory.mktemp("results")
    options = Options(
        suite="quick",
        tasks=(TASK,),
        models=(str(model),),
        engine="transformers",
        limit=LIMIT,
        settings=Settings(),
        results=folder,
        task_folders=(paths.shipped("tasks"),),
        prompt_folders=(paths.shipped("prompts"),),
    )
    with listener(quiet=True) as heard:
        stops.run(options, heard)
    return folder


# ── a real run ──────────────────────────────────────────────────────────────────────────────────


def test_a_run_counts_what_its_engine_did(results: Path) -> None:
    (folder,) = (results / "runs").iterdir()
    (found,) = speed.read(folder / "speed.csv")  # the baselines have none
    with store.opened(folder, create=False) as kept:
        (spell,) = (one for one in kept.spells() if one.engine == "transformers")
        keys = {one.key for one in kept.questions() if one.engine == "transformers"}
        answers = [one for key, one in kept.responses().items() if key in keys]
    assert found.prompts == len(answers) == 2 * LIMIT
    assert found.seconds == pytest.approx(spell.seconds, abs=1e-3)
    assert found.logical_tokens == sum(one.usage.prompt_tokens for one in answers)
    assert found.generated_tokens == 0
    assert found.hit_rate == 0
    # Every prompt was read, and the choices but for their last token: more than half of it all.
    assert found.computed_tokens > found.logical_tokens / 2
    rate = found.logical_tokens / spell.seconds
    assert found.logical_tokens_per_s == pytest.approx(rate, rel=0.01, abs=0.1)
    assert found.device == spell.facts["device_name"] == _device.described().name
    assert found.outside is not None
    assert 0 <= found.outside < 1


def test_its_utilisation_is_that_of_the_arithmetic_of_its_shape(results: Path) -> None:
    (folder,) = (results / "runs").iterdir()
    (found,) = speed.read(folder / "speed.csv")
    with store.opened(folder, create=False) as kept:
        (spell,) = (one for one in kept.spells() if one.engine == "transformers")
    facts: dict[str, Any] = dict(spell.facts)
    shape = facts["model"]
    assert (shape["layers"], shape["width"]) == (2, 32)
    by_hand = (
        2 * (shape["parameters"] - shape["tables"]) * facts["computed_tokens"]
        + 2 * shape["head"] * facts["head_rows"]
        + 4 * 2 * 32 * facts["attended_tokens"]
    )
    assert found.flops == pytest.approx(by_hand, rel=1e-9)
    assert found.peak_flops is not None
    assert found.peak_flops > 1e8
    assert found.peak_source
    used = by_hand / (found.peak_flops * spell.seconds)
    assert found.mfu == pytest.approx(used, rel=0.01, abs=1e-4)
    assert facts["worked_seconds"] > 0


def test_a_run_ends_with_its_speed(call: Call, model: Path, results: Path) -> None:
    said = asked(call, model, results)  # all is answered: no engine is started
    assert "speed: tokens/s" in said.out
    assert "peak of the MFU:" in said.out
    summary = json.loads(asked(call, model, results, "--json").out)
    assert summary["asked"] == 0
    (shown,) = summary["speed"]
    assert shown["prompts"] == 2 * LIMIT  # what was asked before counts
    scored = json.loads(call("score", summary["run"], "--results", results, "--json").out)
    assert scored["speed"] == [shown]


def test_an_engine_counts_what_it_reads_and_writes(model: Path) -> None:
    ready = models.ready(str(model))
    texts = ("Does the conclusion follow?", "If P then Q. P. Therefore")
    prompts = [
        Prompt(text=text, token_ids=ids, shots=())
        for text, ids in zip(texts, tokenizing.tokenizer(ready).encode(texts), strict=True)
    ]
    choices = tuple(Choice(text=str(ids), token_ids=ids) for ids in ((5,), (6,), (7, 8, 9)))
    running = engines.engine("transformers").start(ready, Settings())
    answers = [
        *running.ask(
            [
                Generate(key=one.text, prompt=one, choices=(), max_tokens=6, stop=(), seed=1)
                for one in prompts
            ]
        ),
        *running.ask([Choices(key="c", prompt=prompts[0], choices=choices)]),
    ]
    facts = running.facts
    running.close()
    written = [one.usage.generated_tokens for one in answers if isinstance(one, Completion)]
    lengths = [len(one.token_ids or ()) for one in prompts]
    # The last token of an answer is not read again; choices of one token share a pass.
    by_hand = [
        *(
            estimate.forward(read + more - 1, 0, more)
            for read, more in zip(lengths, written, strict=True)
        ),
        estimate.forward(lengths[0], 0, 1),
        estimate.forward(lengths[0] + 2, 0, 3),
    ]
    total = sum(by_hand, estimate.Work())
    assert facts["computed_tokens"] == total.computed
    assert facts["attended_tokens"] == total.attended
    assert facts["head_rows"] == total.rows


# ── a plan ──────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_asks_nothing_and_writes_nothing(call: Call, model: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    said = asked(call, model, results, "--plan", "--json", "--price-in", "2", "--price-hour", "36")
    assert said.status == 0, said.err
    assert not results.exists()
    mine, *baselines = json.loads(said.out)
    assert mine["model"] == str(model)
    assert mine["prompts"] == 2 * LIMIT
    assert mine["generated_tokens"] == 0
    assert mine["seconds"] > 0
    assert mine["cost"] == pytest.approx(
        2 * mine["logical_tokens"] / 1e6 + 36 * mine["seconds"] / 3600
    )
    assert [one["engine"] for one in baselines] == ["random", "majority", "solver"]
    assert all(one["seconds"] is None and one["requests"] == 0 for one in baselines)
    in_words = asked(call, model, results, "--plan")
    assert "nothing was asked, and nothing written" in in_words.out
    assert not results.exists()


def test_a_plan_foretells_what_a_run_then_counts(
    call: Call, model: Path, results: Path, tmp_path: Path
) -> None:
    (before,) = json.loads(asked(call, model, tmp_path, "--plan", "--json", "--no-baselines").out)
    (folder,) = (results / "runs").iterdir()
    (found,) = speed.read(folder / "speed.csv")
    for name in ("prompts", "logical_tokens", "computed_tokens", "generated_tokens"):
        assert before[name] == getattr(found, name), name
    assert before["flops"] == pytest.approx(found.flops)
    assert "table" in before["basis"] or "measured" in before["basis"]


@pytest.mark.parametrize(
    ("engine", "arguments", "work"),
    [
        ("vllm", {}, estimate.forward(2, 0, 1) + estimate.forward(5, 0, 5)),
        *(
            (name, more, sum((estimate.forward(n, 0, 1) for n in (2, 3, 4)), NONE))
            for name, more in (
                ("vllm", {"lora": "some"}),
                ("ray", {"lora": "some", "inner": "vllm"}),
            )
        ),
    ],
)
def test_a_plan_counts_no_tails_where_there_is_an_adapter(
    engine: str, arguments: dict[str, Json], work: estimate.Work, model: Path
) -> None:
    scored = tuple(Choice(text=str(ids), token_ids=ids) for ids in ((5,), (6,), (7, 8, 9)))
    request = Choices(key="c", prompt=Prompt(text="", token_ids=(1, 2), shots=()), choices=scored)
    subject = Subject(name="some", engine=engine, model=models.ready(str(model)))
    load = forecast._load(subject, [request], Settings(arguments=arguments), 16)
    assert load.requests == (3 if arguments else 2)
    assert load.reading == work


def test_a_plan_counts_the_plain_route_and_replicas_as_they_work(model: Path) -> None:
    scored = tuple(Choice(text=str(ids), token_ids=ids) for ids in ((5,), (6,), (7, 8, 9)))
    prompt = Prompt(text="", token_ids=(1, 2), shots=())
    asked: list[Request] = [
        Choices(key="c", prompt=prompt, choices=scored),
        Generate(key="g", prompt=prompt, choices=(), max_tokens=4, stop=(), seed=0),
    ]

    def load(engine: str, **arguments: Json) -> forecast._Load:
        subject = Subject(name="some", engine=engine, model=models.ready(str(model)))
        return forecast._load(subject, asked, Settings(arguments=arguments), 16)

    plain = load("vllm", route="plain")
    assert plain.requests == 4
    whole = sum((estimate.forward(n, 0, n) for n in (3, 3, 5)), NONE)  # each choice with its prompt
    assert plain.reading == whole + estimate.forward(2, 0, 1)
    for inner in ("transformers", "vllm"):
        assert load("ray", inner=inner) == load(inner)
    assert load("ray", inner="transformers") != load("ray", inner="vllm")
    assert load("ray", inner="vllm", route="plain") == plain


def test_a_plan_goes_by_an_earlier_run_where_there_is_one(
    call: Call, model: Path, results: Path, tmp_path: Path
) -> None:
    shutil.copytree(results, tmp_path, dirs_exist_ok=True)
    (folder,) = (tmp_path / "runs").iterdir()
    (found,) = speed.read(folder / "speed.csv")

    def planned() -> dict[str, Any]:
        said = asked(call, model, tmp_path, "--plan", "--json", "--no-baselines")
        (one,) = json.loads(said.out)
        assert isinstance(one, dict)
        return one

    assert "earlier" not in planned()["basis"]  # so few prompts say little
    speed.write([replace(found, prompts=1000)], folder)
    by_run = planned()
    assert "earlier" in by_run["basis"]
    assert by_run["seconds"] == pytest.approx(found.seconds, rel=0.01)
    speed.write([replace(found, prompts=1000, device="another")], folder)
    assert "earlier" not in planned()["basis"]
    (folder / "speed.csv").write_text("model,engine\nx,y\n", encoding="utf-8")
    assert "earlier" not in planned()["basis"]  # a damaged one tells nothing
    whole = speed.to_csv([replace(found, prompts=1000)])
    (folder / "speed.csv").write_text(whole[: whole.rindex(str(found.device))], encoding="utf-8")
    assert "earlier" not in planned()["basis"]


# ── speeds from spells ──────────────────────────────────────────────────────────────────────────

SHAPE: dict[str, Json] = {"parameters": 1000, "layers": 2, "width": 8, "tables": 200, "head": 200}
SPELL = Spell(
    model="some",
    engine="vllm",
    facts={
        "device_name": "NVIDIA L4",
        "dtype": "bfloat16",
        "devices": 2,
        "worked_seconds": 8.0,
        "computed_tokens": 500,
        "attended_tokens": 9000,
        "head_rows": 20,
        "peak_flops": 1e6,
        "peak_source": "table: l4, 16 bits",
        "energy_joules": 30.0,
        "energy_source": "NVML",
        "cost": 0.25,
        "model": SHAPE,
    },
    asked=20,
    answered=20,
    seconds=10.0,
    usage=Usage(prompt_tokens=2000, cached_tokens=1500, generated_tokens=0),
)


def test_a_speed_is_what_its_spells_add_up_to() -> None:
    (found,) = speed.speeds([SPELL, SPELL])
    flops = 2 * (800 * 500 * 2 + 200 * 20 * 2 + 4 * 2 * 8 * 9000)
    assert found.flops == flops
    assert found.mfu == pytest.approx(flops / (1e6 * 20))
    assert found.outside == pytest.approx(0.2)
    assert found.hit_rate == 0.75
    assert found.logical_tokens_per_s == 200
    assert found.computed_tokens_per_s == 50
    assert found.energy_joules == 60
    assert found.cost == 0.5
    assert (found.devices, found.prompts) == (2, 40)


def test_nothing_paid_or_spent_is_a_figure_and_nothing_worked_is_none() -> None:
    free = replace(SPELL, facts={**SPELL.facts, "cost": 0.0, "energy_joules": 0})
    (found,) = speed.speeds([free, SPELL])
    assert (found.cost, found.energy_joules) == (0.25, 30)
    (found,) = speed.speeds([free])
    assert (found.cost, found.energy_joules) == (0, 0)
    idle = {**SPELL.facts, "peak_flops": 0.0, "worked_seconds": 0.0, "cost": -1}
    (found,) = speed.speeds([replace(SPELL, facts=idle)])
    assert (found.peak_flops, found.mfu, found.outside, found.cost) == (None,) * 4


def test_a_run_from_before_has_blanks_and_no_more(tmp_path: Path) -> None:
    old = replace(SPELL, facts={"dtype": "float32"})
    (found,) = speed.speeds([old])
    assert found.logical_tokens_per_s == 200
    assert found.computed_tokens == 500  # as its responses say
    unknown = ("device", "flops", "peak_flops", "mfu", "outside", "energy_joules", "energy_source")
    assert all(getattr(found, name) is None for name in unknown)
    speed.write([found], tmp_path)
    assert speed.read(tmp_path / "speed.csv") == (found,)


def test_a_spell_that_was_killed_takes_nothing_from_the_others() -> None:
    facts = {name: SPELL.facts[name] for name in ("device_name", "dtype", "model")}
    killed = replace(SPELL, facts=facts, asked=None)
    (found,) = speed.speeds([killed, SPELL])
    assert found.peak_flops == 1e6
    assert found.outside == pytest.approx(0.2)
    assert found.energy_joules is None  # a sum with a gap is none
    assert found.computed_tokens == 1000
    assert found.mfu is not None
    assert 0 < found.mfu < 1


def test_baselines_and_replays_and_spells_without_an_answer_have_no_speed() -> None:
    others = [replace(SPELL, engine=name) for name in ("random", "majority", "solver", "replay")]
    assert speed.speeds([*others, replace(SPELL, answered=0)]) == ()
    assert len(speed.speeds([replace(SPELL, engine="of-another-version")])) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"peak_flops": "fast", "worked_seconds": True, "model": 3},
        {"peak_flops": 0, "worked_seconds": -1, "model": {"parameters": "many"}},
        {"peak_flops": math.inf, "devices": 1.5, "model": {}},
        {"peak_flops": None, "device_name": 3, "computed_tokens": -1, "model": None},
    ],
)
def test_facts_that_are_none_are_blanks(facts: dict[str, object]) -> None:
    (found,) = speed.speeds([replace(SPELL, facts=facts)])  # type: ignore[arg-type]
    assert (found.mfu, found.outside, found.flops, found.peak_flops) == (None,) * 4


@pytest.mark.parametrize("text", ["model,engine\nx,y\n", "\x00", "a\n" * 10, '"'])
def test_a_damaged_table_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "speed.csv").write_text(text, encoding="utf-8")
    with pytest.raises(RunMistake, match=re.escape(str(tmp_path))):
        speed.read(tmp_path / "speed.csv")


@pytest.mark.parametrize("cells", [1, len(speed.COLUMNS) - 1, len(speed.COLUMNS) + 1])
def test_a_row_that_is_cut_off_or_too_long_is_refused(cells: int, tmp_path: Path) -> None:
    path = tmp_path / "speed.csv"
    path.write_text(",".join(speed.COLUMNS) + "\n" + ",".join("1" * cells), encoding="utf-8")
    with pytest.raises(RunMistake, match="one cell for each column"):
        speed.read(path)


# ── the store ───────────────────────────────────────────────────────────────────────────────────


def test_facts_at_the_end_take_the_place_of_those_at_the_beginning(tmp_path: Path) -> None:
    with store.opened(tmp_path, create=True) as kept:
        spell = kept.begin("some", "vllm", {"dtype": "float32"})
        usage = Usage(prompt_tokens=7, cached_tokens=3, generated_tokens=2)
        for key in "ab":
            kept.add(spell, LogLikelihoods(key=key, values=(-1.0,), usage=usage), 1.0)
        kept.end(spell, 2, {"dtype": "float32", "worked_seconds": 0.5})
        other = kept.begin("some", "vllm", {"dtype": "float32"})
        kept.end(other, 0)
        first, second = kept.spells()
    assert first.facts == {"dtype": "float32", "worked_seconds": 0.5}
    assert first.usage == Usage(prompt_tokens=14, cached_tokens=6, generated_tokens=4)
    assert second.facts == {"dtype": "float32"}
    assert second.usage == Usage()


# ── the device ──────────────────────────────────────────────────────────────────────────────────


def test_a_peak_is_measured_where_the_table_has_none() -> None:
    here = _device.Device(kind="cpu", name="some processor")
    found = _device.peak(here, "float32")
    assert found is not None
    assert found.source == "measured: matrix product in float32"
    assert 1e8 < found.value < 1e15
    moved = _device.bandwidth(here)
    assert moved is not None
    assert 1e7 < moved.value < 1e14


def test_the_table_counts_for_its_own_numbers_alone() -> None:
    a100 = _device.Device(kind="cpu", name="NVIDIA A100-SXM4-80GB", count=4)
    known = _device.peak(a100, "bfloat16")
    assert known == _device.Rate(value=4 * 312e12, source="table: a100, 16 bits")
    plain = _device.peak(a100, "float32")
    assert plain is not None
    assert plain.source.startswith("measured")


def test_numbers_that_cannot_be_multiplied_have_no_peak() -> None:
    assert _device.peak(_device.Device(kind="cpu", name="some"), "bool") is None


def zone(folder: Path, name: str, joules: float, top: float) -> Path:
    (folder / name).mkdir(parents=True)
    (folder / name / "max_energy_range_uj").write_text(f"{int(top * 1e6)}\n", encoding="ascii")
    (folder / name / "energy_uj").write_text(f"{int(joules * 1e6)}\n", encoding="ascii")
    return folder / name / "energy_uj"


def test_energy_is_that_of_the_packages(tmp_path: Path) -> None:
    first = zone(tmp_path, "intel-rapl:0", 10, 100)
    zone(tmp_path, "intel-rapl:1", 20, 100)
    zone(tmp_path, "intel-rapl:0:0", 5, 100)  # the cores of the first package
    (tmp_path / "intel-rapl:2").mkdir()  # one that may not be read
    counters = list(_device._rapl_counters(tmp_path))
    assert [one.read() for one in counters] == [10, 20]
    first.write_text("90000000\n", encoding="ascii")
    assert counters[0].read() == 90
    assert counters[0].source == "RAPL"


def test_a_counter_that_went_round_has_spent_what_it_counted_on_both_sides() -> None:
    assert _device.spent(10, 90, 100) == 80
    assert _device.spent(90, 10, 100) == 20
    assert _device.spent(5, 5, None) == 0


def test_a_meter_tells_the_device_at_once_and_the_rest_when_all_is_answered() -> None:
    meter = _device.Meter(_device.described("cpu"), "float32")
    assert set(meter.facts) == {"device_name", "devices"}
    meter.begin()
    with meter.working():
        sum(range(100_000))
    with pytest.raises(ZeroDivisionError), meter.working():
        raise ZeroDivisionError
    meter.count(estimate.forward(5, 0, 1))
    meter.count(estimate.forward(7, 5, 1))
    meter.finish()
    facts = dict(meter.facts)
    assert facts["computed_tokens"] == 7
    assert facts["attended_tokens"] == 28
    assert facts["head_rows"] == 2
    assert isinstance(facts["worked_seconds"], float)
    assert 0 < facts["worked_seconds"] < 60
    assert json.loads(json.dumps(facts)) == facts
    meter.finish()  # the peak is not measured again
    assert meter.facts["peak_flops"] == facts["peak_flops"]


@pytest.mark.parametrize("name", ["transformers", "vllm"])
def test_an_engine_that_computes_here_has_a_line_in_the_plan(name: str) -> None:
    assert engines.engine(name).ANSWERS_FROM == "model"
    assert 0 < forecast.EFFICIENCY[name] < 1
    assert forecast.IN_FLIGHT[name] >= 1
