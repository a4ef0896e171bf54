"""Tables as CSV and Markdown; nothing else writes either.

Equal tables give equal bytes: floats have fixed digits, an absent value is an empty field, and
lines end in a line feed. Names are untrusted: none becomes a formula in a spreadsheet, nor mark-up
in a Markdown table.
"""

import csv
import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool | None

# A spreadsheet takes a cell that begins so for a formula. A quote before it keeps it text; cells
# that have quotes there already get one more, so that reading can take exactly one off.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def csv_text(
    columns: Sequence[str], lines: Iterable[Mapping[str, Value]], digits: Mapping[str, int]
) -> str:
    """Return a table as CSV with a header; `digits` has the columns of fixed decimal digits."""
    buffer = io.StringIO(newline="")
    plain = csv.writer(buffer, lineterminator="\n")
    # Python before 3.13 leaves a cell with a carriage return unquoted, and cannot read it then.
    quoting = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    plain.writerow(columns)
    for line in lines:
        cells = [_cell(line[column], digits.get(column)) for column in columns]
        (quoting if any("\r" in cell for cell in cells) else plain).writerow(cells)
    return buffer.getvalue()


def _cell(value: Value, digits: int | None) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return f"'{value}" if _FORMULA.match(value) else value
        case int() | float() if digits is not None:
            return fixed(value, digits)
        case int() | float():
            return str(value)


def text_of(cell: str) -> str:
    """Return the text that a cell of CSV stands for: without the quote that keeps it no formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def fixed(value: float, digits: int) -> str:
    """Return a number with as many decimal digits; a zero has no sign."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[str]) -> str:
    """Return a Markdown table, its columns of numbers to the right."""
    right = set(numbers)
    rule = ["---:" if column in right else "---" for column in columns]
    return "".join(f"| {' | '.join(line)} |\n" for line in (columns, rule, *rows))


def markdown_text(text: str) -> str:
    """Escape a name so that it stays in its cell and is no mark-up."""
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", html.escape(" ".join(text.split()), quote=False))
