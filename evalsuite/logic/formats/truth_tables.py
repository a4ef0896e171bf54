"""Truth tables as people and models write them: a row for each valuation, in any order.

    A B | 1 2 | C        atoms, premises by number, the conclusion
    T T | T F | T
    T F | F F | F
    …

A row has the values of the atoms (by the alphabet, or as a heading orders them), then those of the
premises, then that of the conclusion. `|`, commas, gaps or nothing may stand between values. Lines
that are no rows are passed over.

A table shows that the conclusion follows when it has every row, every value is right, and no row
has all premises true and the conclusion false.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalsuite.logic.flaws import Flaw, NoProof
from evalsuite.logic.limits import within
from evalsuite.logic.semantics import valuations, value
from evalsuite.logic.syntax import Formula, atoms

_LONGEST = 200_000  # characters
_MOST_ATOMS = 10
_NUMBER = re.compile(r"^\s*(?:row\s|linha\s)?\s*\d{1,4}\s*[.):]\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s|,;:&/*_`()\[\]{}-]+")
_TRUE = frozenset({"T", "V", "1", "TRUE", "VERDADEIRO", "VERDADEIRA", "⊤"})
_FALSE = frozenset({"F", "0", "FALSE", "FALSO", "FALSA", "⊥"})
_GLUED = re.compile(r"[TVF]{2,40}|[01]{2,40}")


class TableFlaw(Flaw):
    """Something is wrong with a truth table."""


class MissingRow(TableFlaw):
    """The table has no row for a valuation."""


class DuplicateRow(TableFlaw):
    """Two rows are for one valuation."""


class WrongCell(TableFlaw):
    """A value in a row is not what the formula is worth there."""


class WrongRow(TableFlaw):
    """A row has too many or too few values."""


class CountermodelRow(TableFlaw):
    """A row has all premises true and the conclusion false."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    line: int
    values: tuple[bool, ...]


def show(premises: Sequence[Formula], conclusion: Formula) -> str:
    """Write the whole table, a heading first."""
    names = _names(premises, conclusion)
    numbers = [str(number) for number in range(1, len(premises) + 1)]
    rows = [" | ".join((" ".join(names), " ".join(numbers), "C"))]
    for row in valuations(names):
        cells = (
            [row[name] for name in names],
            [value(premise, row) for premise in premises],
            [value(conclusion, row)],
        )
        rows.append(" | ".join(" ".join("T" if one else "F" for one in part) for part in cells))
    return "\n".join(rows)


def check(premises: Sequence[Formula], conclusion: Formula, text: str) -> None:
    """Pass the text of a table that shows that the conclusion follows.

    Raises:
        NoProof: it has no row.
        Flaw: the first row that is wrong, or the row that is missing.
        TooLarge: the text is too long, or there are too many atoms.

    """
    within(len(text), _LONGEST, "characters of a truth table")
    names = _names(premises, conclusion)
    within(len(names), _MOST_ATOMS, "atoms of a truth table")
    rows, order = _read(text, names)
    if not rows:
        raise NoProof("the text has no row of a truth table")
    formulas = (*premises, conclusion)
    width = len(names) + len(formulas)
    seen: set[tuple[bool, ...]] = set()
    for row in rows:
        if len(row.values) != width:
            said = f"a row has {width} values, this one {len(row.values)}"
            raise WrongRow(said, line=row.line)
        valuation = dict(zip(order, row.values, strict=False))
        place = tuple(valuation[name] for name in names)
        if place in seen:
            raise DuplicateRow("the valuation has a row already", line=row.line)
        seen.add(place)
        worth = [value(formula, valuation) for formula in formulas]
        told = row.values[len(names) :]
        for number, (one, right) in enumerate(zip(told, worth, strict=True)):
            if one != right:
                what = f"premise {number + 1}" if number < len(premises) else "the conclusion"
                raise WrongCell(f"{what} is {str(right).lower()} there", line=row.line)
        if all(worth[:-1]) and not worth[-1]:
            raise CountermodelRow("the premises are true and the conclusion false", line=row.line)
    if len(seen) < 2 ** len(names):
        raise MissingRow(f"{len(seen)} of {2 ** len(names)} rows are there")


def _names(premises: Sequence[Formula], conclusion: Formula) -> list[str]:
    return sorted({name for formula in (*premises, conclusion) for name in atoms(formula)})


def _read(text: str, names: Sequence[str]) -> tuple[list[_Row], Sequence[str]]:
    """Return the rows, and the order of the atoms in them."""
    rows: list[_Row] = []
    order = names
    for number, line in enumerate(text.splitlines(), start=1):
        words = [word for word in _BETWEEN.split(_NUMBER.sub("", line)) if word]
        values = tuple(_values(words))
        if len(values) > 1:
            rows.append(_Row(line=number, values=values))
        elif not rows and sorted(words[: len(names)]) == list(names):
            order = words[: len(names)]
    return rows, order


def _values(words: Sequence[str]) -> Iterator[bool]:
    """Yield the values that a line is made of; none where it is made of anything else."""
    letters = [
        letter
        for word in (word.upper() for word in words)
        for letter in (word if _GLUED.fullmatch(word) else [word])
    ]
    if all(letter in _TRUE or letter in _FALSE for letter in letters):
        yield from (letter in _TRUE for letter in letters)
