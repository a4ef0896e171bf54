"""The rule of the PaLM paper, its figures in the notes, and what an evaluation will compute."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite.errors import UnknownName, UserMistake
from evalsuite.estimate import (
    ACCELERATORS,
    Machine,
    Quantity,
    Shape,
    Work,
    accelerator,
    attention_flops_a_token,
    flops,
    flops_a_token,
    forward,
    of_device,
    reckon,
    size_of,
    tokens_in,
    translated,
)
from evalsuite.forecast import Asked, cached_work
from tests.calling import Call

Tokens = tuple[int, ...]
SEQUENCES = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=9).map(tuple), max_size=12)
COUNTS = st.floats(min_value=1e3, max_value=1e15)


# ── the notes ───────────────────────────────────────────────────────────────────────────────────


def test_the_figures_of_the_notes_come_out_exactly() -> None:
    a100 = Machine(peak_flops=accelerator("A100").peak_flops, efficiency=0.4)
    text = tokens_in(size_of("1GB"), 3)
    found = reckon(
        125e6,
        a100,
        "training",
        [Quantity(tokens=text, source="1 GB"), Quantity(tokens=330e6, source="rounded")],
    )
    assert found.flops_a_token == 7.5e8
    assert found.expected_tokens_per_s == 416_000
    assert found.tokens_per_s == 166_400
    assert round(text) == 333_333_333  # the notes say 330 M
    of_text, rounded = found.durations
    assert round(of_text.seconds / 60) == round(rounded.seconds / 60) == 33
    assert rounded.seconds == pytest.approx(330e6 / 166_400)


def test_the_command_prints_the_figures_of_the_notes(call: Call) -> None:
    words = "--parameters 125e6 --accelerator a100 --efficiency 0.4 --data 1GB --tokens 330e6"
    said = call("estimate", *words.split(), "--characters-per-token", "3")
    assert said.status == 0
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert lines[1:] == [
        "FLOPs a token 7.5e+08 6 × 1.25e+08",
        "tokens/s, expected 416,000 1 × a100 at 3.12e+14 FLOP/s",
        "tokens/s 166,400 at 40% of the peak",
        "tokens 333,333,333 1GB at 3 characters a token",
        "time 33 minutes 2,003 s",
        "tokens 330,000,000 as given",
        "time 33 minutes 1,983 s",
    ]


def test_the_command_answers_in_json(call: Call) -> None:
    words = "-N 1e9 --peak 1e14 --accelerators 8 -e 0.5 --inference --layers 24 --width 2048"
    said = call("estimate", *words.split(), "--context", "1024", "--tokens", "1e6", "--json")
    found = json.loads(said.out)
    attention = 4 * 24 * 2048 * 1024
    assert found["flops_a_token"] == 2e9
    assert found["attention_flops_a_token"] == attention
    assert found["expected_tokens_per_s"] == pytest.approx(8e14 / (2e9 + attention))
    assert found["tokens_per_s"] == pytest.approx(4e14 / (2e9 + attention))
    assert found["durations"][0]["seconds"] == pytest.approx(1e6 / found["tokens_per_s"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "no model"),
        ("-N 1e9", "no peak"),
        ("-N 1e9 -a a100 --peak 1e12", "no peak, or two"),
        ("-N 1e9 -a a1000", "unknown accelerator `a1000`"),
        ("-N 0 -a a100", "the number of parameters: `0`"),
        ("-N nan -a a100", "the number of parameters: `nan`"),
        ("-N inf -a a100", "the number of parameters: `inf`"),
        ("-N 1e9 --peak -1", "the peak: `-1`"),
        ("-N 1e9 -a a100 -e 40", "efficiency: `40`"),
        ("-N 1e9 -a a100 -e 0", "efficiency: `0`"),
        ("-N 1e9 -a a100 --accelerators 0", "the number of accelerators: `0`"),
        ("-N 1e9 -a a100 --data 1XB", "size of data: `1XB`"),
        ("-N 1e9 -a a100 --data 1GB --characters-per-token 0", "characters a token: `0`"),
        ("-N 1e9 -a a100 --tokens -3", "the number of tokens: `-3`"),
        ("-N 1e9 -a a100 --context 512", "the model's shape is missing"),
        ("-N 1e9 -a a100 --context -1 --layers 2 --width 8", "--context"),
    ],
)
def test_what_cannot_be_used_is_named(call: Call, words: str, message: str) -> None:
    said = call("estimate", *words.split())
    assert said.status == 2
    assert message in said.err
    assert "hint:" in said.err
    assert "Traceback" not in said.err
    assert not said.out


def test_the_command_takes_a_models_own_size_and_shape(call: Call, tmp_path: Path) -> None:
    from tests import tiny

    folder = tiny.model(tmp_path / "tiny", "llama", layers=3, width=32)
    said = call(
        "estimate", "--model", folder, "-a", "t4", "--inference", "--context", 100, "--json"
    )
    found = json.loads(said.out)
    assert found["parameters"] > 10_000
    assert found["flops_a_token"] == 2 * found["parameters"]
    assert found["attention_flops_a_token"] == 4 * 3 * 32 * 100


# ── laws ────────────────────────────────────────────────────────────────────────────────────────


@given(small=COUNTS, factor=st.floats(min_value=1.01, max_value=1e3))
def test_a_larger_model_is_slower_and_more_data_takes_longer(small: float, factor: float) -> None:
    machine = Machine(peak_flops=1e14, efficiency=0.5)
    once, more = Quantity(tokens=1e9, source=""), Quantity(tokens=1e9 * factor, source="")
    one = reckon(small, machine, "training", [once, more])
    other = reckon(small * factor, machine, "training", [once])
    assert other.tokens_per_s < one.tokens_per_s
    assert one.durations[1].seconds == pytest.approx(factor * one.durations[0].seconds)
    assert other.durations[0].seconds == pytest.approx(factor * one.durations[0].seconds)


@given(parameters=COUNTS, layers=st.integers(1, 200), context=st.integers(1, 10**6))
def test_inference_is_the_third_of_training(parameters: float, layers: int, context: int) -> None:
    assert 3 * flops_a_token(parameters, "inference") == pytest.approx(
        flops_a_token(parameters, "training")
    )
    assert 3 * attention_flops_a_token(layers, 64, context, "inference") == pytest.approx(
        attention_flops_a_token(layers, 64, context, "training")
    )


def test_sizes_are_read_with_their_units() -> None:
    assert size_of("1GB") == size_of("1000 mb") == size_of("1e9") == size_of("1e9B") == 10**9
    assert size_of("1GiB") == size_of("1024MiB") == 2**30
    assert size_of("2.5TB") == 2.5e12
    for bad in ("", "GB", "-1GB", "0", "1GBB", "1e999", "one", "1 G B"):
        with pytest.raises(UserMistake, match="size of data"):
            size_of(bad)


# ── work ────────────────────────────────────────────────────────────────────────────────────────


@given(length=st.integers(1, 60), cut=st.integers(0, 60))
def test_reading_in_two_goes_is_the_same_work(length: int, cut: int) -> None:
    cut = min(cut, length)
    assert forward(cut, 0, 0) + forward(length, cut, 3) == forward(length, 0, 3)
    assert forward(length, 0, 0).attended == sum(range(1, length + 1))


def test_flops_are_those_of_the_matrices_that_are_multiplied() -> None:
    # Two layers of 4·8·8 weights, a table of 100 × 8 that is the head, too.
    shape = Shape(parameters=2 * 256 + 800, layers=2, width=8, tables=800, head=800)
    work = forward(10, 0, rows=1)
    by_hand = 10 * 2 * 512 + 1 * 2 * 800 + 2 * (2 * 2 * 8 * 55)
    assert flops(shape, work) == by_hand
    # Without what is known of its shape it is the rule of thumb.
    assert flops(Shape(parameters=1312), work) == 10 * 2 * 1312


def test_with_an_encoder_a_token_goes_through_one_stack() -> None:
    shape = Shape(parameters=1000, layers=4, width=8, encoder_decoder=True)
    work = translated(7, 3)
    assert work == Work(computed=10, attended=7 * 7 + 3 * 7 + 6, rows=3)
    assert flops(shape, work) == 10 * 2 * 500 + 4 * 2 * 8 * work.attended


# ── accelerators ────────────────────────────────────────────────────────────────────────────────


def test_every_accelerator_has_a_source_and_figures_that_fit_together() -> None:
    names = [one.name for one in ACCELERATORS]
    assert len(set(names)) == len(names)
    for one in ACCELERATORS:
        assert one.source.strip()
        assert 1e13 < one.peak_flops < 1e16
        assert 1e11 < one.bandwidth < 1e13
        # So many FLOPs a byte: less or more would be a slip of units, or a peak with sparsity.
        assert 70 < one.peak_flops / one.bandwidth < 430, one.name
        assert one.dtypes
        assert accelerator(one.name) is one


@pytest.mark.parametrize(
    ("device", "name"),
    [
        ("NVIDIA A100-SXM4-80GB", "a100"),
        ("NVIDIA A100-SXM4-40GB", "a100-40gb"),
        ("NVIDIA A100 80GB PCIe", "a100-pcie"),
        ("NVIDIA H100 80GB HBM3", "h100"),
        ("NVIDIA H100 PCIe", "h100-pcie"),
        ("NVIDIA H100 NVL", "h100-nvl"),
        ("NVIDIA H200", "h200"),
        ("NVIDIA H200 NVL", "h200-nvl"),
        ("NVIDIA B200", "b200"),
        ("Tesla V100-SXM2-16GB", "v100"),
        ("Tesla T4", "t4"),
        ("NVIDIA L4", "l4"),
        ("NVIDIA L40S", "l40s"),
        ("NVIDIA A10", "a10"),
        ("NVIDIA GeForce RTX 4090", "rtx-4090"),
        ("AMD Instinct MI300X", "mi300x"),
    ],
)
def test_a_device_is_found_by_its_drivers_name(device: str, name: str) -> None:
    found = of_device(device)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "device",
    [
        "NVIDIA H100 80GB HBM3 MIG 1g.10gb",
        "NVIDIA A10G",
        "NVIDIA L40",
        "NVIDIA GeForce RTX 3090 Ti",
        "NVIDIA GeForce RTX 4090 D",
        "NVIDIA GeForce RTX 4090 Laptop GPU",
        "Intel(R) Xeon(R) Processor",
        "",
    ],
)
def test_what_is_another_device_is_not_taken_for_one_of_the_table(device: str) -> None:
    assert of_device(device) is None


def test_the_accelerators_are_listed(call: Call) -> None:
    listed = call("estimate", "--accelerators-table").out
    told = json.loads(call("estimate", "--accelerators-table", "--json").out)
    assert [one["name"] for one in told] == [one.name for one in ACCELERATORS]
    assert all(one.name in listed and one.source in listed for one in ACCELERATORS)
    with pytest.raises(UnknownName):
        accelerator("a1000")


# ── the prefix cache ────────────────────────────────────────────────────────────────────────────


@given(SEQUENCES, st.integers(1, 4))
def test_computed_tokens_are_those_of_a_cache_of_blocks(
    sequences: list[Tokens], block: int
) -> None:
    """Against a cache that is played through: it holds every whole block that was ever computed."""
    held: set[Tokens] = set()
    computed = attended = rows = 0
    for one in sorted(sequences):
        cached = 0
        while cached + block < len(one) and one[: cached + block] in held:
            cached += block
        computed += len(one) - cached
        attended += sum(range(cached + 1, len(one) + 1))
        rows += 1
        held |= {one[:end] for end in range(block, len(one) + 1, block)}
    shuffled = sorted(sequences, key=hash)
    assert cached_work(_asked(shuffled), block) == Work(
        computed=computed, attended=attended, rows=rows
    )


@given(SEQUENCES)
def test_smaller_blocks_share_more(sequences: list[Tokens]) -> None:
    counts = [cached_work(_asked(sequences), block).computed for block in (1, 2, 4, 100)]
    assert counts == sorted(counts)
    assert counts[-1] == sum(map(len, sequences))
    trie = {one[:end] for one in sequences for end in range(1, len(one) + 1)}
    assert counts[0] >= len(trie)


def _asked(sequences: Sequence[Tokens]) -> list[Asked]:
    return [Asked(one) for one in sequences]
