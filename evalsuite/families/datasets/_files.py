"""Files of records, read a piece at a time: JSON Lines, JSON, CSV, TSV and Parquet.

A reader yields (line, record); in place of a record that cannot be read, a text that says why.
"""

import csv
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any, Final, Never, TextIO, TypeAlias

from evalsuite.errors import DataAbsent, TaskMistake

VARIABLE: Final = "EVALSUITE_DATA"
Located: TypeAlias = tuple[int, Any]

_LONGEST = 4 * 1024 * 1024  # bytes of a line
_BATCH = 1024  # rows of a Parquet file in memory
_BOM = b"\xef\xbb\xbf"
_SHOWN = 60  # characters of a key in a message
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_TOO_DEEP = "nested too deep"
_SPACE = re.compile(r"[ \t\n\r]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Records that can be read again and again."""

    name: str  # before the colon of a message
    read: Callable[[], Iterator[Located]]


# ── where ───────────────────────────────────────────────────────────────────────────────────────


def data_folders(beside: Path) -> tuple[Path, ...]:
    """Return the folders that a file is looked for in: the task's own, and `EVALSUITE_DATA`'s."""
    given = os.environ.get(VARIABLE, "")
    return (beside, *(Path(one) for one in given.split(os.pathsep) if one))


def found(name: str, beside: Path) -> tuple[Path, ...]:
    """Return the files of that name; several where it is a pattern such as `rules/*.json`.

    Raises:
        DataAbsent: there is none.
        TaskMistake: it is no name of a file, or a folder cannot be read.

    """
    try:
        return _found(name, beside)
    except OSError as error:
        raise TaskMistake(f"{name}: cannot be looked up: {error.strerror}") from error
    except ValueError as error:  # a pattern such as `a**`
        raise TaskMistake(f"{name}: no name of a file: {error}") from error


def _found(name: str, beside: Path) -> tuple[Path, ...]:
    places = (Path("/"),) if Path(name).is_absolute() else data_folders(beside)
    for folder in places:
        path = folder / name
        if path.exists():
            return (path,)
        if "*" in name:
            several = sorted(folder.glob(name.removeprefix("/")))
            if several:
                return tuple(several)
    raise DataAbsent(
        f"{name}: no such file, here or in `{VARIABLE}`",
        hint=f"set `{VARIABLE}` to the folder that holds it; docs/datasets.md says where to get it",
    )


def sources(paths: Sequence[Path], records: str, limit_bytes: int) -> tuple[Source, ...]:
    """Return what reads the files.

    Raises:
        TaskMistake: one is no file, too large, or of no known kind.

    """
    return tuple(_source(path, records, limit_bytes) for path in paths)


def _source(path: Path, records: str, limit_bytes: int) -> Source:
    try:
        if not path.is_file():  # a device or a pipe may have no end
            raise TaskMistake(f"{path}: cannot be read: not a file")
        size = path.stat().st_size
    except OSError as error:
        raise TaskMistake(f"{path}: cannot be read: {error.strerror}") from error
    if size > limit_bytes:
        raise TaskMistake(
            f"{path}: {size} bytes, over {limit_bytes}", hint="raise `limit_bytes` in `params`"
        )
    reader = _reader(path, records)

    def read() -> Iterator[Located]:
        try:
            yield from reader()
        except OSError as error:
            raise TaskMistake(f"{path}: cannot be read: {error.strerror or error}") from error

    return Source(name=str(path), read=read)


def _reader(path: Path, records: str) -> Callable[[], Iterator[Located]]:
    match path.suffix.lower():
        case ".jsonl" | ".ndjson":
            return lambda: _json_lines(path)
        case ".json":
            keys = records.split(".") if records else []
            return lambda: _document(path, keys)
        case ".csv":
            return lambda: _table(path, ",")
        case ".tsv":
            return lambda: _table(path, "\t")
        case ".parquet":
            return lambda: parquet(path)
        case _:
            raise TaskMistake(
                f"{path}: unknown kind of file",
                hint="`.jsonl`, `.json`, `.csv`, `.tsv` or `.parquet`",
            )


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────


def _decoder() -> JSONDecoder:
    """Return what reads JSON as it is defined: no `NaN`, and no key twice in an object."""
    return JSONDecoder(object_pairs_hook=_object, parse_constant=_no_number)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for at, key in enumerate(keys) if key in keys[:at])
        raise ValueError(f"key `{repr(twice)[1:-1][:_SHOWN]}` stands twice")
    return found


def _no_number(name: str) -> Never:
    raise ValueError(f"`{name}` is no number")


def _json_lines(path: Path) -> Iterator[Located]:
    decode = _decoder().decode
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_LONGEST + 1):
            number += 1
            if number == 1:
                if line.startswith(_UTF_16):
                    yield 1, "UTF-16, not UTF-8"
                    return
                line = line.removeprefix(_BOM)
            if len(line) > _LONGEST:
                yield number, f"a line of over {_LONGEST} bytes"
                while line and not line.endswith(b"\n"):
                    line = file.readline(_LONGEST)
            elif not line.isspace():
                yield number, _decoded(line, decode)


def _decoded(line: bytes, decode: Callable[[str], Any]) -> Any:
    try:
        value = decode(line.decode())
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start}"
    except JSONDecodeError as error:
        return f"not JSON: {error.msg} at column {error.colno}"
    except ValueError as error:  # a number of thousands of digits
        return f"not JSON: {error}"
    except RecursionError:
        return _TOO_DEEP
    return value if isinstance(value, dict) else f"{_kind(value)}, not a mapping"


def _kind(value: object) -> str:
    names = {list: "a list", dict: "a mapping", str: "a text", bool: "a truth value"}
    return names.get(type(value), "a number" if isinstance(value, int | float) else "null")


def _document(path: Path, keys: Sequence[str]) -> Iterator[Located]:
    """Read a list in a JSON document an element at a time; `keys` lead to it."""
    data = path.read_bytes()
    if data.startswith(_UTF_16):
        yield 1, "UTF-16, not UTF-8"
        return
    data = data.removeprefix(_BOM)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        yield data.count(b"\n", 0, error.start) + 1, f"not UTF-8 at byte {error.start}"
        return
    del data
    try:
        yield from _elements(text, keys)
    except JSONDecodeError as error:
        yield error.lineno, f"not JSON: {error.msg} at column {error.colno}"
    except (ValueError, RecursionError) as error:
        yield 1, _TOO_DEEP if isinstance(error, RecursionError) else f"not JSON: {error}"


def _elements(text: str, keys: Sequence[str]) -> Iterator[Located]:
    at = _solid(text, 0)
    for key in keys:
        at = _member(text, at, key)
    if text[at : at + 1] != "[":
        hint = "no list here" if keys else "no list: name the field that holds it in `records`"
        raise JSONDecodeError(hint, text, at)
    line, counted = 1, 0
    at = _solid(text, at + 1)
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        value, end = _element(text, at)
        yield line, value if isinstance(value, dict) else f"{_kind(value)}, not a mapping"
        at = _next(text, end, "]")
    end = _solid(text, at + 1)
    if end < len(text) and not keys:
        raise JSONDecodeError("Extra data", text, end)


def _element(text: str, at: int) -> tuple[Any, int]:
    try:
        return _decoder().raw_decode(text, at)
    except JSONDecodeError:
        raise
    except ValueError as error:  # of a decoder's own, without a place
        raise JSONDecodeError(str(error), text, at) from error


def _member(text: str, at: int, key: str) -> int:
    """Return where the value of an object's key begins."""
    if text[at : at + 1] != "{":
        raise JSONDecodeError(f"no mapping with the key `{key}`", text, at)
    raw_decode = JSONDecoder().raw_decode
    at = _solid(text, at + 1)
    while text[at : at + 1] == '"':
        name, end = raw_decode(text, at)
        colon = _solid(text, end)
        if text[colon : colon + 1] != ":":
            raise JSONDecodeError("Expecting ':' delimiter", text, colon)
        at = _solid(text, colon + 1)
        if name == key:
            return at
        _, end = raw_decode(text, at)
        at = _next(text, end, "}")
    raise JSONDecodeError(f"no key `{key}`", text, at)


def _next(text: str, end: int, close: str) -> int:
    """Return where the next element begins, or the bracket that closes them stands."""
    at = _solid(text, end)
    if text[at : at + 1] == ",":
        return _solid(text, at + 1)
    if text[at : at + 1] != close:
        raise JSONDecodeError("Expecting ',' delimiter", text, at)
    return at


def _solid(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


# ── tables ──────────────────────────────────────────────────────────────────────────────────────


def _table(path: Path, delimiter: str) -> Iterator[Located]:
    with path.open("rb") as file:
        if file.read(2) in _UTF_16:
            yield 1, "UTF-16, not UTF-8"
            return
    # A byte that is not UTF-8 becomes a lone surrogate, which is found where a field is read.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(_short(file), delimiter=delimiter, strict=True)
        header: list[str] | None = None
        while True:
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield reader.line_num, f"not a row: {error}"
                if header is None:
                    return
                continue
            if header is None:
                header = row
                twice = [name for at, name in enumerate(header) if name in header[:at]]
                if twice:
                    yield reader.line_num, f"two columns `{repr(twice[0])[1:-1][:_SHOWN]}`"
                    return
            elif row:
                yield reader.line_num, _row(header, row)


def _row(header: list[str], row: list[str]) -> dict[str, str | None] | str:
    if len(row) > len(header):
        return "more cells than the header has"
    return dict(zip(header, [*row, *[None] * (len(header) - len(row))], strict=True))


def _short(file: TextIO) -> Iterator[str]:
    """Yield lines; of one that is too long, as much as a reader of cells will complain of."""
    while line := file.readline(_LONGEST + 1):
        yield line
        while len(line) > _LONGEST and not line.endswith("\n"):
            line = file.readline(_LONGEST + 1)


def parquet(path: Path) -> Iterator[Located]:
    """Read a Parquet file; its rows count as lines.

    Raises:
        TaskMistake: pyarrow is not installed, or refuses the file.

    """
    try:
        pyarrow, reader = import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as error:
        raise TaskMistake(
            f"{path}: reading Parquet needs pyarrow", hint="pip install 'evalsuite[datasets]'"
        ) from error
    number = 0
    try:
        with reader.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH):
                for row in _batch_rows(batch):
                    number += 1
                    yield number, row
    except pyarrow.ArrowException as error:
        said = str(error).partition("\n")[0] or type(error).__name__
        raise TaskMistake(f"{path}: not Parquet: {said}") from error


def _batch_rows(batch: Any) -> Iterable[Any]:
    try:
        rows: list[Any] = batch.to_pylist()
    except (ValueError, OverflowError):  # then each on its own, to say which it is
        return (_batch_row(batch, at) for at in range(batch.num_rows))
    return rows


def _batch_row(batch: Any, at: int) -> dict[str, Any] | str:
    try:
        (row,) = batch.slice(at, 1).to_pylist()
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start} of a text"
    except (ValueError, OverflowError) as error:  # a time that Python has not
        return f"not a row: {error}"
    return dict(row)
