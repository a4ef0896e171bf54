"""Tables as CSV, Markdown and LaTeX; nothing else writes any.

Equal tables give equal bytes: floats have fixed digits, an absent value is an empty field, and
lines end in a line feed. Names are untrusted: none becomes a formula in a spreadsheet, nor mark-up
or a command in a table for people.
"""

import csv
import html
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool | None

# A spreadsheet takes a cell that begins so for a formula, some whatever space is before it, or
# where the sign is a wide one. A quote before it keeps it text; cells that have quotes there
# already get one more, so that reading can take exactly one off.
_FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@＝＋－＠])")
_LATEX: Mapping[str, str] = MappingProxyType(
    {
        **{letter: f"\\{letter}" for letter in "&%$#_{}"},
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        '"': r"\textquotedbl{}",
        "`": r"\textasciigrave{}",
        "'": r"\textquotesingle{}",
        **{letter: f"{{{letter}}}" for letter in "[*"},  # they would belong to a `\\` before them
        "−": "$-$",
    }
)


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
        cells = [cell(line[column], digits.get(column)) for column in columns]
        (quoting if any("\r" in one for one in cells) else plain).writerow(cells)
    return buffer.getvalue()


def cell(value: Value, digits: int | None = None) -> str:
    """Return the cell of CSV for a value; without `digits` a float has all that it has."""
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


def text_of(written: str) -> str:
    """Return the text that a cell of CSV stands for: without the quote that keeps it no formula."""
    return written[1:] if written.startswith("'") and _FORMULA.match(written) else written


def fixed(value: float, digits: int) -> str:
    """Return a number with as many decimal digits; a zero has no sign."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def signed(value: float, digits: int = 3) -> str:
    """Return a difference with its sign; a zero has a plus."""
    return f"{round(value, digits) + 0.0:+.{digits}f}"


def span(low: float, high: float) -> str:
    """Return the interval of a difference, for people."""
    return f"{signed(low)} to {signed(high)}"


def probability(p: float, digits: int = 4) -> str:
    """Return a p for people: one that its digits would make 0 is said to be less than the last."""
    shown = fixed(p, digits)
    return shown if float(shown) else f"<{10**-digits:.{digits}f}"


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[str]) -> str:
    """Return a Markdown table, its columns of numbers to the right."""
    right = set(numbers)
    rule = ["---:" if column in right else "---" for column in columns]
    return "".join(f"| {' | '.join(line)} |\n" for line in (columns, rule, *rows))


def markdown_text(text: str) -> str:
    """Escape a name so that it stays in its cell and is no mark-up."""
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", html.escape(_line(text), quote=False))


def latex(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[str]) -> str:
    """Return a LaTeX table with the rules of `booktabs`, its columns of numbers to the right."""
    right = set(numbers)
    places = "".join("r" if column in right else "l" for column in columns)
    lines = (f"{' & '.join(line)} \\\\\n" for line in rows)
    head = " & ".join(map(latex_text, columns))
    return (
        f"\\begin{{tabular}}{{{places}}}\n\\toprule\n{head} \\\\\n\\midrule\n"
        f"{''.join(lines)}\\bottomrule\n\\end{{tabular}}\n"
    )


def latex_text(text: str) -> str:
    """Escape a text so that it stays in its cell and is no command."""
    escaped = "".join(_LATEX.get(letter, letter) for letter in _line(text))
    escaped = re.sub(r"(?<![\w-])-(?=\d)", "$-$", escaped)
    return re.sub("-(?=-)", "-{}", escaped)  # two are no dash


def _line(text: str) -> str:
    """Return a text on one line, without characters that a reader would not see."""
    return "".join(
        letter if letter.isprintable() else f"\\x{ord(letter):02x}"
        for letter in " ".join(text.split())
    )
