"""YAML → Task and Suite. The one door for task and suite files, which are untrusted.

A mistake is reported as `file:line: field: what is wrong`, with a hint. Nothing in a file names
Python, and aliases are refused, so that a small file cannot mean a large one.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeAlias, TypeVar

import yaml
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as validated

from evalsuite import names, scorers
from evalsuite.engines import engine
from evalsuite.errors import TaskMistake, UnknownName, quoted
from evalsuite.families import Family, family
from evalsuite.metrics import ACCURACY, metric
from evalsuite.records import AnswerKind, Labels, ShotMode, Slice, Suite, Task
from evalsuite.scorers import certifies, scorer

_MAX_FILE = 256 * 1024  # bytes
_MAX_DEPTH = 20
_SUITES = "suites"
_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "seq", "map")
)
_PLAIN = "a value is a text, a number, `true`, `false`, a list or a mapping"
_STRICT = ConfigDict(strict=True)

_T = TypeVar("_T")
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Text: TypeAlias = Annotated[str, Field(max_length=2_000)]


@validated(config=_STRICT, frozen=True, kw_only=True)
class _TaskFile:
    about: Text
    family: Name
    params: dict[str, Any] = field(default_factory=dict)
    size: Annotated[int, Field(ge=1, le=1_000_000)] = 200
    seed: int = 0
    answer: AnswerKind = "choices"
    max_tokens: Annotated[int, Field(ge=1, le=65_536)] = 16
    scorer: Name = "label"
    metrics: Annotated[tuple[Name, ...], Field(min_length=1)] = (ACCURACY,)
    template: Name | None = None
    version: Annotated[int, Field(ge=1)] = 1


def _levels(value: Any) -> Any:
    """Take a single level of a factor for a list of one."""
    return tuple(value) if isinstance(value, list) else (value,)


_Levels: TypeAlias = Annotated[
    tuple[_T, ...], BeforeValidator(_levels), Field(min_length=1, max_length=100)
]


@validated(config=_STRICT, frozen=True, kw_only=True)
class _SliceFile:
    template: _Levels[Name | None] = (None,)
    language: _Levels[Name] = ("en",)
    form: _Levels[Name] = ("auto",)
    shots: _Levels[Annotated[int, Field(ge=0, le=64)]] = (0,)
    description: _Levels[bool] = (True,)
    labels: _Levels[Labels] = ("gold",)
    shot_mode: _Levels[ShotMode] = ("fixed",)
    shot_seeds: _Levels[int] = (0,)


@validated(config=_STRICT, frozen=True, kw_only=True)
class _SuiteFile(_SliceFile):
    about: Text
    tasks: Annotated[tuple[Name, ...], Field(min_length=1)]
    models: tuple[Name, ...] = ()
    baselines: tuple[Name, ...] = ()
    slices: Annotated[tuple[dict[str, Any], ...], Field(max_length=100)] = ()
    calibration: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    path: Path
    values: dict[str, Any]
    lines: Mapping[tuple[str | int, ...], int]


def task(name: str, folders: Sequence[Path]) -> Task:
    """Load the task of that name from the first folder that has it.

    Raises:
        UnknownName: no folder has it.
        TaskMistake: the file cannot be used, or names what there is not.

    """
    document = _read(_find("task", name, _task_files(folders)))
    written = _validated(document, _TaskFile, ())
    kind = _known(document, written)
    params = _validated(document, kind.Params, ("params",))
    decides = (
        name,
        written.family,
        asdict(params),
        written.seed,
        written.version,
    )
    return Task(
        name=name,
        path=document.path,
        about=written.about,
        family=written.family,
        params=params,
        size=written.size,
        seed=written.seed,
        answer=written.answer,
        max_tokens=written.max_tokens,
        scorer=written.scorer,
        metrics=written.metrics,
        template=written.template or written.family,
        version=written.version,
        digest=names.digest(*decides),
    )


def _known(document: _Document, written: _TaskFile) -> Family:
    """Return the family, once there is all that the file names."""
    with _at(document, "scorer"):
        scorer(written.scorer)
    for index, name in enumerate(written.metrics):
        with _at(document, "metrics", index):
            metric(name)
    _check_scorer(document, written)
    with _at(document, "family"):
        return family(written.family)


def _check_scorer(document: _Document, written: _TaskFile) -> None:
    """Refuse a scorer that cannot judge what is answered: only some judge certificates."""
    checks = certifies(scorer(written.scorer))
    if checks == (written.answer == "certificate"):
        return
    place = "scorer" if "scorer" in document.values else "answer"
    raise TaskMistake(
        f"{document.path}:{_line(document, (place,))}: `{place}`: `{written.scorer}` judges"
        f" {'certificates' if checks else 'no certificate'}, and the answer is `{written.answer}`",
        hint="use the scorer `label`" if checks else f"one of {quoted(_certified())}",
    )


def _certified() -> list[str]:
    """Return the names of the scorers that judge certificates."""
    return [name for name in names.module_names(scorers) if certifies(scorer(name))]


@contextmanager
def _at(document: _Document, *place: str | int) -> Iterator[None]:
    """Say where in the file the unknown name stands."""
    try:
        yield
    except UnknownName as error:
        named = ".".join(map(str, place))
        raise TaskMistake(
            f"{document.path}:{_line(document, place)}: `{named}`: {error.message}",
            hint=error.hint,
        ) from error


def suite(name: str, folders: Sequence[Path]) -> Suite:
    """Load the suite of that name; raises as `task` does."""
    document = _read(_find("suite", name, _suite_files(folders)))
    written = _validated(document, _SuiteFile, ())
    for index, one in enumerate(written.tasks):
        with _at(document, "tasks", index):
            _find("task", one, _task_files(folders))
    for index, one in enumerate(written.baselines):
        with _at(document, "baselines", index):
            engine(one)
    return Suite(
        name=name,
        path=document.path,
        about=written.about,
        tasks=written.tasks,
        models=written.models,
        baselines=written.baselines,
        slices=_slices(document, written),
        calibration=written.calibration,
    )


def _slices(document: _Document, written: _SuiteFile) -> tuple[Slice, ...]:
    """Return the suite's slices: each says how it differs from what stands beside them."""
    shared = {one.name: getattr(written, one.name) for one in fields(Slice)}
    parts = []
    for index, given in enumerate(written.slices):
        part = _validated(document, _SliceFile, ("slices", index))
        parts.append({name: getattr(part, name) for name in given})
    return tuple(Slice(**{**shared, **part}) for part in parts or [{}])


def written(values: Mapping[str, Any]) -> str:
    """Return a task file's text: each value as JSON, which YAML reads."""
    rows = [f"{key}: {_flow(value)}" for key, value in values.items() if key != "params"]
    params = values.get("params", {})
    if params:
        rows.insert(2, "params:")
        rows[3:3] = [f"  {key}: {_flow(value)}" for key, value in params.items()]
    return "".join(f"{row}\n" for row in rows)


def _flow(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def task_names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of all tasks, sorted."""
    return tuple(sorted(_task_files(folders)))


def suite_names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of all suites, sorted."""
    return tuple(sorted(_suite_files(folders)))


def _task_files(folders: Sequence[Path]) -> dict[str, Path]:
    return _files(folders, "*/*.yaml", lambda path: path.parent.name != _SUITES)


def _suite_files(folders: Sequence[Path]) -> dict[str, Path]:
    return _files(folders, f"{_SUITES}/*.yaml", lambda _path: True)


def _files(folders: Sequence[Path], pattern: str, wanted: Any) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in reversed(folders):
        here: dict[str, Path] = {}
        for path in filter(wanted, sorted(folder.glob(pattern))):
            if path.stem in here:
                raise TaskMistake(
                    f"{path}: {here[path.stem]} has the same name", hint="rename one of the two"
                )
            here[path.stem] = path
        found |= here
    return found


def _find(kind: str, name: str, files: Mapping[str, Path]) -> Path:
    if name not in files:
        raise UnknownName(kind, name, files)
    names.check_utf8(kind, name)
    return files[name]


# ── YAML ────────────────────────────────────────────────────────────────────────────────────────


def _read(path: Path) -> _Document:
    try:
        if not path.is_file():  # a device or a pipe may have no end
            raise TaskMistake(f"{path}: cannot be read: not a file")
        if path.stat().st_size > _MAX_FILE:
            raise TaskMistake(f"{path}: larger than {_MAX_FILE} bytes", hint="shorten it")
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise TaskMistake(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TaskMistake(f"{path}: not UTF-8 at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else 1
        raise TaskMistake(f"{path}:{line}: not YAML: {error.problem}") from error
    except yaml.reader.ReaderError as error:
        raise TaskMistake(f"{path}: not YAML: {error.reason} at {error.position}") from error
    except RecursionError as error:
        raise TaskMistake(f"{path}: nested over {_MAX_DEPTH} deep") from error
    lines: dict[tuple[str | int, ...], int] = {}
    values = None if root is None else _plain(path, root, (), lines, set())
    if not isinstance(values, dict):
        raise TaskMistake(f"{path}:1: not a mapping", hint="write `key: value` lines")
    return _Document(path=path, values=values, lines=lines)


def _plain(
    path: Path,
    node: yaml.Node,
    place: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    seen: set[int],
) -> Any:
    """Turn a YAML node into plain values, noting the line of each."""
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if id(node) in seen:
        raise TaskMistake(
            f"{path}:{line}: an alias stands for this value", hint="write the value out"
        )
    if len(place) > _MAX_DEPTH:
        raise TaskMistake(f"{path}:{line}: nested over {_MAX_DEPTH} deep")
    seen.add(id(node))
    if node.tag not in _TAGS:
        raise TaskMistake(f"{path}:{line}: a value of the type `{node.tag}`", hint=_PLAIN)
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(path, item, (*place, index), lines, seen)
            for index, item in enumerate(node.value)
        ]
    if isinstance(node, yaml.MappingNode):
        return _mapping(path, node, place, lines, seen)
    return _scalar(path, node)


def _mapping(
    path: Path,
    node: yaml.MappingNode,
    place: tuple[str | int, ...],
    lines: dict[tuple[str | int, ...], int],
    seen: set[int],
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = key_node.value
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise TaskMistake(f"{path}:{line}: a key that is not a text")
        if key in values:
            raise TaskMistake(f"{path}:{line}: `{key}` is given twice", hint="remove one")
        lines[(*place, key)] = line
        values[key] = _plain(path, value_node, (*place, key), lines, seen)
    return values


def _scalar(path: Path, node: yaml.Node) -> Any:
    line = node.start_mark.line + 1
    try:
        value = yaml.SafeLoader("").construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        shown = str(node.value)[:100]
        raise TaskMistake(f"{path}:{line}: a value that cannot be read: `{shown}`") from error
    if isinstance(value, float) and not math.isfinite(value):
        raise TaskMistake(f"{path}:{line}: `{node.value}` is no number", hint=_PLAIN)
    if isinstance(value, str) and any("\ud800" <= one <= "\udfff" for one in value):
        raise TaskMistake(
            f"{path}:{line}: `{value[:100]}`: half of a character (a lone surrogate)",
            hint="write the character itself",
        )
    return value


# ── validation ──────────────────────────────────────────────────────────────────────────────────


def _validated(document: _Document, kind: type[_T], place: tuple[str | int, ...]) -> _T:
    values = _value(document, place, {})
    _check_keys(document, kind, place, values)
    try:
        # JSON, since strict JSON lets a list be a tuple and nothing else be what it is not.
        return TypeAdapter(kind).validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = (*place, *first["loc"])
        if len(where) > 1 and not isinstance(_value(document, where[:-1], {}), list | dict):
            where = where[:-1]  # a single level, which was taken for a list
        named = ".".join(map(str, where)) or "the file"
        reason = first["msg"].removeprefix("Value error, ")
        raise TaskMistake(
            f"{document.path}:{_line(document, where)}: `{named}`: {reason[0].lower()}{reason[1:]}",
            hint=_hint(first),
        ) from error
    except ValueError as error:
        raise TaskMistake(
            f"{document.path}:{_line(document, place)}: {error}", hint="see docs/tasks.md"
        ) from error


def _value(document: _Document, place: Sequence[str | int], default: Any) -> Any:
    """Return what stands at a place of the document."""
    value: Any = document.values
    for key in place:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return default
    return value


def _hint(error: Any) -> str:
    if error["type"] == "missing":
        return "add it"
    return f"it is {json.dumps(error['input'])[:100]}"


def _check_keys(
    document: _Document, kind: type, place: tuple[str | int, ...], values: Mapping[str, Any]
) -> None:
    if not is_dataclass(kind):
        raise TypeError(f"{kind} is no dataclass")
    known = [one.name for one in fields(kind)]
    for key in values:
        if key in known:
            continue
        close = get_close_matches(key, known, n=1)
        raise TaskMistake(
            f"{document.path}:{_line(document, (*place, key))}: unknown key"
            f" `{'.'.join(map(str, (*place, key)))}`",
            hint=f"did you mean `{close[0]}`?" if close else f"known: {quoted(known) or 'none'}",
        )


def _line(document: _Document, place: tuple[str | int, ...]) -> int:
    for end in range(len(place), -1, -1):
        if place[:end] in document.lines:
            return document.lines[place[:end]]
    return 1
