"""The files of templates and forms: found, read, held against what they may hold.

A template (`prompts/<language>/<name>.jinja`) says what is asked: blocks `description`, `query` and
`answer`. A form (`prompts/<language>/forms/<name>.jinja`) says how that is laid out: blocks
`opening`, `question` and `reply`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from evalsuite import names, sandbox
from evalsuite.errors import TemplateMistake, UnknownName, quoted

LARGEST = 64 * 1024  # bytes of a file
_MAX_MATTER = 4 * 1024  # characters of front matter
_FORMS = "forms"
_TEMPLATE_BLOCKS = ("description", "query", "answer")
_FLAGS = ("messages", "one_turn", "reasons")
_KEYS: Mapping[str, Mapping[str, type]] = {  # what the front matter of each may have
    "template": {"about": str, "task": str},
    "form": {"about": str, **dict.fromkeys(_FLAGS, bool)},
}
FORM_NAMES = {  # what each block of a form may see
    "opening": {"description"},
    "question": {"query", "certified"},
    "reply": {"answer", "certificate", "certified"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A loaded template or form."""

    name: str
    language: str
    path: Path
    about: str
    messages: bool  # of a form: its parts are messages of the model's chat template
    one_turn: bool  # of such a form: the shots stand in the message of the query
    reasons: bool  # of a form: it asks for steps before the answer, which is read, never scored
    digest: str
    source: sandbox.Source
    task: str | None = None  # of a template: the task that it is written for


def template(name: str, language: str, folders: Sequence[Path]) -> Template:
    """Load `prompts/<language>/<name>.jinja` from the first folder that has it.

    Raises:
        UnknownName: no folder has it.
        TemplateMistake: it cannot be used.

    """
    return _load("template", name, language, folders, None, _TEMPLATE_BLOCKS)


def form(name: str, language: str, folders: Sequence[Path]) -> Template:
    """Load `prompts/<language>/forms/<name>.jinja`; raises as `template` does."""
    loaded = _load("form", name, language, folders, _FORMS, tuple(FORM_NAMES))
    for block, allowed in FORM_NAMES.items():
        sandbox.check_names(loaded.source, block, allowed)
    return loaded


def place(name: str, language: str, folders: Sequence[Path]) -> Path:
    """Return the file that `template` loads.

    Raises:
        UnknownName: no folder has it.

    """
    return _place("template", name, language, folders, None)


def opened(path: Path, language: str, text: str | None = None) -> Template:
    """Load a template from its file, or a form where the file's folder is `forms`.

    `text` stands in the place of what the file holds, where it is given.

    Raises:
        TemplateMistake: it cannot be used.

    """
    if path.parent.name != _FORMS:
        return _opened("template", path, language, _TEMPLATE_BLOCKS, text)
    return _opened("form", path, language, tuple(FORM_NAMES), text)


def written(path: Path) -> str:
    """Return the text of a template's file.

    Raises:
        TemplateMistake: it cannot be read, or is too large.

    """
    return _read(path)


def is_form(template: Template) -> bool:
    """Say whether it lays out what a template says."""
    return template.path.parent.name == _FORMS


def files(folder: Path, language: str) -> tuple[Path, ...]:
    """Return the files of one folder's templates and forms in a language."""
    return (*_templates(folder / language), *_files(folder / language, _FORMS))


def template_names(language: str, folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of the templates in a language."""
    return _names(language, folders, None)


def form_names(language: str, folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of the forms in a language."""
    return _names(language, folders, _FORMS)


def languages(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the languages that have templates."""
    return tuple(
        sorted({path.name for folder in folders for path in folder.glob("*") if _templates(path)})
    )


def _names(language: str, folders: Sequence[Path], inside: str | None) -> tuple[str, ...]:
    found = (path for folder in folders for path in _files(folder / language, inside))
    return tuple(sorted({path.stem for path in found}))


def _files(folder: Path, inside: str | None) -> list[Path]:
    return sorted((folder / inside).glob("*.jinja")) if inside else _templates(folder)


def _templates(folder: Path) -> list[Path]:
    """Return a language's templates: those in its folder, and in folders there but for forms."""
    inner = (path for path in sorted(folder.glob("*/*.jinja")) if path.parent.name != _FORMS)
    return [*sorted(folder.glob("*.jinja")), *inner]


def _load(  # noqa: PLR0913 - private, and each is plain
    kind: str,
    name: str,
    language: str,
    folders: Sequence[Path],
    inside: str | None,
    blocks: Sequence[str],
) -> Template:
    return _opened(kind, _place(kind, name, language, folders, inside), language, blocks)


def _place(
    kind: str, name: str, language: str, folders: Sequence[Path], inside: str | None
) -> Path:
    if language not in languages(folders):
        raise UnknownName("language", language, languages(folders))
    known = _names(language, folders, inside)
    if name not in known:
        raise UnknownName(f"{kind} in `{language}`", name, known)
    names.check_utf8("language", language)
    names.check_utf8(kind, name)
    places = (path for folder in folders for path in _files(folder / language, inside))
    return next(path for path in places if path.stem == name)


def _opened(
    kind: str, path: Path, language: str, blocks: Sequence[str], text: str | None = None
) -> Template:
    matter, text = _split(path, _read(path) if text is None else text)
    _check_matter(kind, path, matter)
    flags = {name: matter.get(name, False) for name in _FLAGS}
    compiled = sandbox.compiled(path, text)
    missing = [block for block in blocks if block not in sandbox.blocks(compiled)]
    if missing:
        raise TemplateMistake(
            f"{path}: no block {quoted(missing)}",
            hint=f"a {kind} has the blocks {quoted(blocks)}",
        )
    return Template(
        name=path.stem,
        language=language,
        path=path,
        about=matter.get("about", ""),
        task=matter.get("task"),
        digest=names.digest(text, flags["messages"], flags["one_turn"], flags["reasons"]),
        source=compiled,
        **flags,
    )


def _check_matter(kind: str, path: Path, matter: Mapping[str, Any]) -> None:
    keys = _KEYS[kind]
    unknown = sorted(str(name) for name in matter if name not in keys)
    wrong = sorted(
        name for name in keys if not isinstance(matter.get(name, keys[name]()), keys[name])
    )
    if unknown or wrong:
        what = quoted(unknown) or f"a value of the wrong type: {quoted(wrong)}"
        raise TemplateMistake(
            f"{path}:1: front matter with {what}",
            hint=f"a template may have {quoted(_KEYS['template'])} (texts); a form `about` (a text)"
            f" and {quoted(_FLAGS)} (true or false)",
        )


def _read(path: Path) -> str:
    try:
        if not path.is_file():  # a device or a pipe may have no end
            raise TemplateMistake(f"{path}: cannot be read: not a file")
        if path.stat().st_size > LARGEST:
            raise TemplateMistake(f"{path}: larger than {LARGEST} bytes", hint="shorten it")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateMistake(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TemplateMistake(f"{path}: not UTF-8 at byte {error.start}") from error


def _split(path: Path, text: str) -> tuple[Mapping[str, Any], str]:
    """Split the front matter off, leaving blank lines so that line numbers stay true."""
    if not text.startswith("---\n"):
        return {}, text
    end = text.find("\n---\n", 3)
    if end < 0:
        raise TemplateMistake(f"{path}:1: the front matter does not end", hint="add a line `---`")
    matter = text[4 : end + 1]
    if len(matter) > _MAX_MATTER:
        raise TemplateMistake(
            f"{path}:1: front matter of over {_MAX_MATTER} characters", hint="shorten it"
        )
    try:
        values = yaml.safe_load(matter) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        reason = f"front matter that is not YAML: {error.problem}"
        raise TemplateMistake(f"{path}:{line}: {reason}") from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise TemplateMistake(f"{path}:1: front matter that cannot be read") from error
    if not isinstance(values, dict):
        raise TemplateMistake(f"{path}:1: front matter that is not a mapping")
    body = text[end + len("\n---\n") :]
    return values, "\n" * (matter.count("\n") + 2) + body
