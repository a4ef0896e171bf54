"""Judge a truth table that shows that a conclusion follows, or a countermodel.

The formal problem has `premises` and `conclusion`, as texts, all propositional.

Verdict 0, "follows", is shown by the whole table: `logic.formats.truth_tables`. Verdict 1, "does
not follow", is shown by a valuation, as the scorer `countermodel` reads it.
"""

import re
from collections.abc import Iterator, Mapping
from random import Random
from typing import Final

from evalsuite.logic.flaws import LogicError
from evalsuite.logic.formats import truth_tables
from evalsuite.logic.syntax import Truth
from evalsuite.records import Json, Question, Response, Score
from evalsuite.scorers import _certified, countermodel
from evalsuite.scorers._certified import Checked

_LONGEST = 200_000  # characters
_LATEX: Final = re.compile(r"\\\\|\\hline|\\text\{(?=[TF01]\})|(?<=[TF01])\}|\$")
_HEADING: Final = re.compile(r"\s*\|?\s*(?:row|linha|no\.?|nº|#)\s*[|&]", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"\s*\|?\s*(?P<number>\d{1,4})\s*[|&](?P<row>.*)")
# What is no value and stands behind all values of a row: `✓`, `<- both true`, `| yes |`.
_REMARK: Final = re.compile(
    r"(?P<row>(?:[\s|,;&]*(?:true|false|[TFV01])(?!\w))+)[\s|,;&]*"
    r"(?:[✓✔✅✗✘❌]|<-|←|#|//|\((?!\s*(?:true|false))[^)]*[^\W\d_]{3}|(?:yes|no|sim|não)(?!\w)).*",
    re.IGNORECASE,
)


def score(question: Question, response: Response) -> Score:
    """Judge the verdict and its table or valuation."""
    return _certified.judge(question, response, check)


def check(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:
    """Say whether the text shows the verdict; the flaw is the first wrong row's."""
    if verdict != 0:
        return countermodel.check(formal, verdict, text)
    inference = countermodel.read(formal)
    conclusion = inference.conclusion or Truth(value=False)
    refused: Checked | None = None
    for spelled in (text, _bare(text)):
        try:
            truth_tables.check(inference.premises, conclusion, spelled)
        except LogicError as error:
            refused = refused or countermodel.refused(error)
        else:
            return Checked(accepted=True)
    return refused or Checked(accepted=False)


def _bare(text: str) -> str:
    """Take off what is beside the values of a table: LaTeX, the rows' numbers, remarks."""
    lines = [_LATEX.sub("", line) for line in text[:_LONGEST].splitlines()]
    rows = [_NUMBERED.fullmatch(line) for line in lines]
    numbers = [row["number"] for row in rows if row]
    if numbers == [str(number) for number in range(1, len(numbers) + 1)]:
        lines = [
            row["row"] if row else _HEADING.sub("", line)
            for row, line in zip(rows, lines, strict=True)
        ]
    remarked = [_REMARK.fullmatch(line) for line in lines]
    return "\n".join(row["row"] if row else line for row, line in zip(remarked, lines, strict=True))


def spoil(formal: Mapping[str, Json], verdict: int, certificate: str, rng: Random) -> Iterator[str]:
    """Yield tables with a row dropped, a row twice or one value changed, each of them wrong.

    A changed value in a complete table is either wrong or makes a row stand twice.
    """
    if verdict != 0:
        yield from countermodel.spoil(formal, verdict, certificate, rng)
        return
    heading, *rows = certificate.splitlines()
    place = rng.randrange(len(rows))
    without = [row for at, row in enumerate(rows) if at != place]
    yield "\n".join([heading, *without])
    yield "\n".join([heading, *rows, rows[place]])
    yield "\n".join([heading, *without, f"{rows[place]} T"])
    signs = [at for at, sign in enumerate(rows[place]) if sign in "TF"]
    for at in rng.sample(signs, min(3, len(signs))):
        other = "F" if rows[place][at] == "T" else "T"
        changed = rows[place][:at] + other + rows[place][at + 1 :]
        yield "\n".join([heading, *rows[:place], changed, *rows[place + 1 :]])
