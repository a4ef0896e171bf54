"""The models: those of the catalogue, any Hugging Face folder, any hub id."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evalsuite import catalogue, names, tokenizing
from evalsuite.errors import ModelMistake, UnknownName
from evalsuite.records import Model, ModelKind

_WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
_UNKNOWN_CONTEXT = 2048  # tokens, where nothing tells how many a model takes
_NO_HUB_ID = (".", "~", "/")  # how a path begins, and no name on the hub
_AGAIN = "save or download it again"
_NAME_ONE = "name a Hugging Face model folder"


def ready(name: str) -> Model:
    """Make a model ready on this machine and describe it.

    `name` is a name of the catalogue, a local Hugging Face folder, or a hub id (`owner/model`).

    Raises:
        UnknownName: it is none of these.
        ModelMistake: it cannot be had, or is not what it should be.

    """
    entry = catalogue.embedded(name)
    if entry is not None:
        return _describe(name, catalogue.converted(entry))
    folder = _folder(name)
    if folder is not None:
        return _describe(name, folder.resolve())
    if name.startswith(_NO_HUB_ID) or name.count("/") > 1:
        raise ModelMistake(f"{name}: no such folder", hint=_NAME_ONE)
    if "/" in name:
        return _describe(name, _from_hub(name))
    raise UnknownName("model", name, (entry.name for entry in catalogue.CATALOGUE))


def is_here(name: str) -> bool:
    """Say whether a model is on this machine, so that `ready` need neither fetch nor convert it."""
    entry = catalogue.embedded(name)
    if entry is not None:
        return catalogue.is_ready(entry)
    try:
        if _folder(name) is not None:
            return True
        if name.startswith(_NO_HUB_ID) or name.count("/") != 1:
            return False
        from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415

        return isinstance(try_to_load_from_cache(name, "config.json"), str)
    except (ModelMistake, OSError, ValueError):  # a name that neither the system nor the hub takes
        return False


def served(name: str, *, chat: bool) -> Model:
    """Describe a model that a server asks.

    Where its folder is here too, or it is one of the catalogue, its tokenizer is used. Which
    weights answer, nothing here tells.
    """
    if catalogue.embedded(name) is not None or _folder(name) is not None:
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


# ── description ─────────────────────────────────────────────────────────────────────────────────


def _folder(name: str) -> Path | None:
    """Return the folder that a name is the path of, if it is there.

    Raises:
        ModelMistake: the system does not take it for a path.

    """
    try:
        folder = Path(name).expanduser()
        return folder if folder.is_dir() else None
    except RuntimeError as error:
        whose = name.partition("/")[0]
        raise ModelMistake(
            f"{name}: no such folder: `{whose}` is nobody's home", hint=_NAME_ONE
        ) from error
    except OSError as error:
        raise ModelMistake(f"{name}: no such folder: {error.strerror}", hint=_NAME_ONE) from error


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
        raise ModelMistake(f"{folder}: no `config.json`", hint=_NAME_ONE)
    card = _json(folder / catalogue.CARD) or {}
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
    tokenizer = tokenizing.auto_tokenizer(folder)
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
    return sum(map(_size, folder.glob("*.safetensors"))) or None


def _size(file: Path) -> int:
    return sum(map(math.prod, _shapes(file)))


def _shapes(file: Path) -> list[list[int]]:
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415

    try:
        with safe_open(file, framework="numpy") as tensors:
            keys = tensors.keys()
            return [tensors.get_slice(key).get_shape() for key in keys]
    except (OSError, SafetensorError) as error:
        raise _unread(file, str(error).removesuffix(f": {file}")) from error


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
    try:
        with file.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError as error:
        raise _unread(file, error.strerror) from error


def _unread(file: Path, reason: str | None) -> ModelMistake:
    return ModelMistake(f"{file}: weights that cannot be read: {reason}", hint=_AGAIN)


def _json(file: Path) -> dict[str, Any] | None:
    try:
        if not file.is_file():
            return None
        value = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelMistake(f"{file}: cannot be read: {error.strerror}", hint=_AGAIN) from error
    except (ValueError, RecursionError) as error:
        raise ModelMistake(f"{file}: not JSON: {error}", hint=_AGAIN) from error
    if not isinstance(value, dict):
        raise ModelMistake(f"{file}: not a JSON object", hint=_AGAIN)
    return value
