"""A model's tokenizer and chat template, as its folder has them."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from evalsuite.errors import ModelMistake
from evalsuite.records import Model

_SAVE_TOKENIZER = "save the tokenizer into the folder, too, with `save_pretrained`"
_WEIGHTS = {".safetensors", ".bin"}
_DAY = date(2024, 7, 26)  # what Llama 3's chat template writes where nothing tells the day


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
    return Tokenizer(auto_tokenizer(model.path), model.bos, model.encoder_decoder)


def auto_tokenizer(folder: Path) -> Any:
    """Return the folder's tokenizer: loaded once, unless its files have changed since."""
    try:
        files = sorted(file for file in folder.iterdir() if file.suffix not in _WEIGHTS)
        told = [(file.name, file.stat()) for file in files if file.exists()]
    except OSError as error:
        raise ModelMistake(
            f"{folder}: no tokenizer that can be read: {error.strerror}", hint=_SAVE_TOKENIZER
        ) from error
    return _loaded_tokenizer(
        folder, tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in told)
    )


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
