"""The leaderboard as Parquet, with the columns of the CSV, and back.

The columns have the same names, the same order and the same digits; what is absent is null. The
file's own metadata have the schema's number too.
"""

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from evalsuite import leaderboard, paths, tables
from evalsuite.errors import RunMistake, UserMistake
from evalsuite.records import Row

SUFFIX: Final = ".parquet"
_SCHEMA: Final = b"evalsuite.leaderboard.schema"
_TYPES: Final = {"string": "string", "Float64": "float64", "Int64": "int64", "boolean": "bool_"}
_LARGEST: Final = 16 * leaderboard.LARGEST_FILE  # bytes, unpacked


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the rows; at any instant the file is the old one or the new one, whole.

    Raises:
        UserMistake: pyarrow is not installed.

    """
    arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
    table = arrow.Table.from_pylist(list(leaderboard.rounded(rows)), schema=_schema(arrow))
    sink = arrow.BufferOutputStream()
    parquet.write_table(table, sink)
    paths.replace(path, sink.getvalue().to_pybytes())


def read(path: Path) -> tuple[Row, ...]:
    """Read the rows of a leaderboard.

    Raises:
        RunMistake: there is no such file, it is too large, or it is no leaderboard of this schema.
        UserMistake: pyarrow is not installed.

    """
    arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
    try:
        size = path.stat().st_size
    except OSError as error:
        raise RunMistake(f"{path}: cannot be read: {error.strerror}") from error
    if size > leaderboard.LARGEST_FILE:
        raise RunMistake(f"{path}: larger than {leaderboard.LARGEST_FILE} bytes")
    try:
        with parquet.ParquetFile(path) as file:
            facts = file.metadata
            unpacked = sum(
                facts.row_group(index).total_byte_size for index in range(facts.num_row_groups)
            )
            if facts.num_rows > leaderboard.MOST_ROWS or unpacked > _LARGEST:
                raise RunMistake(
                    f"{path}: more than {leaderboard.MOST_ROWS} rows or {_LARGEST} bytes"
                )
            _check_types(path, file.schema_arrow, _schema(arrow))
            table = file.read()
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise RunMistake(
            f"{path}: no Parquet file that can be read: {str(error).splitlines()[0][:200]}",
            hint="write it again with `evalsuite leaderboard --format parquet`",
        ) from error
    return tuple(leaderboard.parse(path, _cells(table)))


def _schema(arrow: Any) -> Any:
    return arrow.schema(
        [(name, getattr(arrow, _TYPES[leaderboard.dtype(name)])()) for name in leaderboard.COLUMNS],
        metadata={_SCHEMA: str(leaderboard.SCHEMA).encode()},
    )


def _check_types(path: Path, found: Any, wanted: Any) -> None:
    for column in found:
        if column.name in wanted.names and column.type != wanted.field(column.name).type:
            raise RunMistake(
                f"{path}: column `{column.name}` is of type {column.type},"
                f" not {wanted.field(column.name).type}",
                hint=f"schema {leaderboard.SCHEMA} is described in `docs/leaderboard.md`",
            )


def _cells(table: Any) -> Iterator[Sequence[str]]:
    """Yield the header and the rows as cells of CSV, so that they are read by the same rules."""
    yield table.column_names
    for batch in table.to_batches():
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield [tables.cell(value) for value in values]


def _arrow(module: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise UserMistake(
            "Parquet: the package `pyarrow` is not installed",
            hint="`pip install 'evalsuite[datasets]'`, or use `--format csv`",
        ) from error
