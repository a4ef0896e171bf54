"""The templates' files: read any of them, write the user's own."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from evalsuite import paths, templates
from evalsuite.errors import TemplateMistake
from evalsuite.serving.guard import Refusal
from evalsuite.studio.records import Setting, Source


def place(setting: Setting, name: str, language: str) -> Path:
    """Return a template's file.

    Raises:
        UnknownName: no folder has it.
        TemplateMistake: it is a link that leads out of the folders.

    """
    path = templates.place(name, language, setting.folders)
    if not _is_inside(path.resolve(), setting.folders):
        raise TemplateMistake(
            f"{path}: is a link that leads out of the folder", hint="copy what it leads to"
        )
    return path


def source(setting: Setting, name: str, language: str) -> Source:
    """Read a template.

    Raises:
        UnknownName: no folder has it.
        TemplateMistake: its file cannot be read.

    """
    path = place(setting, name, language)
    text = templates.written(path)
    return Source(
        path=path,
        text=text,
        digest=_digest(text),
        writable=writable(path, setting.own) is not None,
    )


def writable(path: Path, own: Sequence[Path]) -> Path | None:
    """Return the file that a path leads to, links followed, where the page may write it.

    It may in the user's own folders, and in none that ships with evalsuite.
    """
    real = path.resolve()
    if _is_inside(real, [paths.shipped("prompts")]) or not _is_inside(real, own):
        return None
    is_template = real.is_file() and real.suffix == ".jinja"
    return real if is_template and os.access(real, os.W_OK) else None


def _is_inside(real: Path, folders: Sequence[Path]) -> bool:
    return any(real.is_relative_to(folder.resolve()) for folder in folders)


def save(
    setting: Setting, name: str, language: str, *, text: str, base: str | None
) -> Source | Refusal:
    """Write a template, unless its file is no longer what `base` is the digest of.

    Raises:
        UnknownName: no folder has it.
        TemplateMistake: its file cannot be read.

    """
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return Refusal(status=400, message="the text holds half a character (a lone surrogate)")
    if len(data) > templates.LARGEST:
        reason = f"the text is larger than {templates.LARGEST} bytes: shorten it"
        return Refusal(status=413, message=reason)
    now = source(setting, name, language)
    real = writable(now.path, setting.own)
    if real is None:
        return Refusal(
            status=403,
            message=f"{now.path}: is not in a folder that was given with `--prompts`",
        )
    if base is not None and now.digest != base:
        return Refusal(status=409, message=f"{now.path}: has changed on disk")
    try:
        _replace(real, data)
    except OSError as error:
        return Refusal(status=403, message=f"{now.path}: cannot be written: {error.strerror}")
    return source(setting, name, language)


def state(setting: Setting, name: str, language: str) -> str:
    """Return what changes when anything does that a view of the template depends on."""
    seen = (_stamp(path) for path in _watched(setting, name, language))
    return _digest("\n".join(seen))


def _watched(setting: Setting, name: str, language: str) -> Iterator[Path]:
    if language not in templates.languages(setting.folders):
        return
    for folder in setting.own:
        yield from templates.files(folder, language)
    if name in templates.template_names(language, setting.folders):
        yield templates.place(name, language, setting.folders)


def _stamp(path: Path) -> str:
    try:
        now = path.stat()
    except OSError:
        return f"{path} is gone"
    return f"{path} {now.st_ino} {now.st_size} {now.st_mtime_ns}"


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _replace(path: Path, data: bytes) -> None:
    """Put the data in the place of a file, whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=".draft", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
