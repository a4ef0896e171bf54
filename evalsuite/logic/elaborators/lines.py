r"""Find the lines of a proof in what a model wrote.

The proof is the last fenced block that holds a step; where no block does, the whole text. A line
is a step when it is numbered, in any of these spellings, with markdown or LaTeX around them:

    1. …   1) …   (1) …   1: …   C3: …   2a. …   Step 4: …   Passo 4 – …   - 3. …   **3.** …
    3  …   | 3 | … | … |   3 | … | …

A heading is a step only where it ends as one does, in a bracket. Which other lines are steps is
for the reader of the proof to say.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from evalsuite.logic.limits import DEFAULT, Limits, within
from evalsuite.logic.proofs import Liberty


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A line that is not blank.

    Attributes:
        label: its number, as `label_of` writes it; `None` where it has none.
        body: what comes after the number, without markup; of a table's row its cells, spaced.
        cells: of a table's row the cells after the number; none of another line.
        line: the line of the whole text, from 1.

    """

    label: str | None
    body: str
    cells: tuple[str, ...] = ()
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How lines are laid out.

    Attributes:
        columns: how many a table has, its number's among them, where its head does not say.
        formula: which column the formula is in, from 0.
        square: whether a line may be numbered `[1]`.

    """

    columns: int = 3
    formula: int = 1
    square: bool = False


PLAIN = Layout()
UNFENCED = "the proof is not fenced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The lines that may be a proof.

    Attributes:
        lines: every line of the proof that is not blank, prose among them, in order.
        liberties: how the text is not as it was asked for, all of kind "ink".
        answer: what the last line `Answer: …` says; `None` where there is none.
        fenced: whether the proof is in a fenced block.
        open_fence: whether the text ends before that block is closed.
        last: the last line of the text that is not blank; 0 where there is none.

    """

    lines: tuple[Written, ...]
    liberties: tuple[Liberty, ...]
    answer: str | None
    fenced: bool
    open_fence: bool
    last: int


def is_numbered(written: Written) -> bool:
    """Say whether the line has a number."""
    return written.label is not None


def find(
    text: str,
    limits: Limits = DEFAULT,
    *,
    is_step: Callable[[Written], bool] = is_numbered,
    layout: Layout = PLAIN,
) -> Found:
    """Find the lines that may be a proof.

    A table's rows may hold `|` in their formula: what is more than its columns belongs there.

    Args:
        text: what the model wrote.
        limits: the most that is read.
        is_step: which lines make a fenced block the proof's.
        layout: how lines are laid out.

    Raises:
        TooLarge: the text is longer, or has more numbered lines, than the limits allow.

    """
    within(len(text), limits.characters, "characters")
    rows = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    last = next((at for at in range(len(rows), 0, -1) if rows[at - 1].strip()), 0)
    answer, answer_at = _answer(rows)
    kept = [(at, row) for at, row in enumerate(rows, start=1) if row.strip() and at != answer_at]
    within(len(kept), _PROSE * limits.steps, "lines")
    blocks = _fenced(kept)
    for inside, is_closed in reversed(blocks):
        lines = tuple(_written(inside, layout))
        if any(map(is_step, lines)):
            is_fenced, open_fence = True, not is_closed
            break
    else:
        unfenced = [(at, row) for at, row in kept if _FENCE.match(row) is None]
        lines, is_fenced, open_fence = tuple(_written(unfenced, layout)), False, False
    within(sum(map(is_numbered, lines)), limits.steps, "steps")
    return Found(
        lines=lines,
        liberties=_liberties(lines, fenced=is_fenced),
        answer=answer,
        fenced=is_fenced,
        open_fence=open_fence,
        last=last,
    )


def is_cut_off(found: Found, written: Written) -> bool:
    """Say whether a line that cannot be read looks like the end of a text that was cut off."""
    if written.line != found.last:
        return False
    return found.open_fence or _is_unfinished(written.body)


def label_of(number: str) -> str:
    """Write a number in one way: `(03)` is `3`, `c3` is `C3`, `2A` is `2a`."""
    match = _LABEL.search(number)
    if match is None:
        return number
    letters, digits, rest = match.groups()
    return f"{letters.upper()}{digits.lstrip('0') or '0'}{rest.lower()}"


def plain(text: str) -> str:
    r"""Take the markup of markdown and LaTeX off a line: `**`, backticks, `$…$`, `\text{…}` ….

    What is written between the marks is left as it is; a tab becomes two spaces.
    """
    text = _SPACE.sub(" ", text.replace("\t", "  ")).replace("**", "").replace("`", "")
    if "$" in text:
        text = _MATH.sub(r"\1", text)
    if "\\" in text:
        text = _INLINE.sub(r"\1", text)
        text = _LATEX_TEXT.sub(r"\1", text)
        text = _LATEX_SPACE.sub("  ", text)
        text = _ESCAPED.sub(r"\1", text)
    return text.strip()


_PROSE = 5  # how many lines the text may have for each step that it may have

_SPACE = re.compile(r"[^\S ]")
_MATH = re.compile(r"\$\$?([^$]*)\$\$?")
_INLINE = re.compile(r"(?<![\w)\]])\\\(((?:[^\\]|\\[^()])*+)\\\)")  # `P\(x\)` is markdown's
_LATEX_TEXT = re.compile(r"\\(?:text|mathrm|mathbf|mathit|mathsf|texttt|textbf|textit)\{([^{}]*)\}")
_LATEX_SPACE = re.compile(r"\\(?:qquad|quad|left|right)(?![a-zA-Z])|\\[;,:! ]|\\\\$|\\hfill")
_ESCAPED = re.compile(r"\\([][(){}|_&*.~#-])")

_FENCE = re.compile(r"[ >]*(?:(`{3,})[ ]*([\w+-]*)|(~{3,}))\s*$")
_ANSWER = re.compile(r"\W*(?:final\s+)?(?:answer|resposta)(?:\s+final)?\W*:(.*)", re.IGNORECASE)
_MARGIN = re.compile(r"(?:\s*>)*\s*#{0,6}\s*")  # a quotation's bars, a heading's hashes
_LABEL = re.compile(r"([A-Za-z]{0,2})(\d{1,9})([A-Za-z]?'?)")
_NUMBER = r"(?P<{0}>[A-Za-z]{{0,2}}\d{{1,9}}[a-z]?'?)"
_UNIT = r"(?:step|line|clause|premise|passo|linha|etapa|cl[aá]usula|premissa)"
_FRONT = r"(?:[-*+•–]\s+)?"
_STEP = re.compile(
    rf"{_FRONT}(?:"
    rf"{_UNIT}\s+#?\(?{_NUMBER.format('worded')}\)?\s*(?:[.:)–—-]\s*|\s|$)"
    rf"|\({_NUMBER.format('round')}\)[.:]?\s*"
    rf"|#?{_NUMBER.format('pointed')}[ºª°]?(?:[.:]\)?|\)[.:]?)(?:\s+|(?=[^\d\s])|$)"
    r"|(?P<bare>\d{1,9})(?:\s{2,}|\s+[–—-]\s+|\s+(?=.*[\])}]$))"
    r")",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    rf"(?:{_UNIT}|c)\s*#?\(?{_NUMBER.format('again')}\)?\s*[:.)]\s+(?=\S)", re.IGNORECASE
)
_SQUARE = re.compile(rf"{_FRONT}\[{_NUMBER.format('square')}\][.:]?\s+")
_CELL = re.compile(rf"{_UNIT}?\s*#?[(\[]?{_NUMBER.format('cell')}[)\]]?[.:]?$", re.IGNORECASE)
_RULER = re.compile(r"\|?[\s:|-]*-[\s:|-]*$")
_PIPE = re.compile(r"(?<!\\)\|")
_BARE_ROW = re.compile(r"[(\[]?[A-Za-z]?\d{1,9}[)\]]?[.:]?\s*\|\s")


def _answer(rows: Sequence[str]) -> tuple[str | None, int | None]:
    """Return what the last line `Answer: …` says, and its place."""
    for at in range(len(rows), 0, -1):
        match = _ANSWER.match(rows[at - 1])
        if match:
            return plain(match[1]).strip(" *_"), at
    return None, None


_Row = tuple[int, str]


def _fenced(rows: Iterable[_Row]) -> list[tuple[list[_Row], bool]]:
    """Return the fenced blocks: their rows, and whether each is closed."""
    blocks: list[tuple[list[_Row], bool]] = []
    inside: list[_Row] | None = None
    for at, row in rows:
        fence = _FENCE.match(row)
        if fence is None:
            if inside is not None:
                inside.append((at, row))
        elif inside is None:
            inside = []
        else:
            blocks.append((inside, True))
            inside = [] if fence[2] else None  # the end was forgotten: another block begins
    if inside is not None:
        blocks.append((inside, False))
    return blocks


def _written(rows: Iterable[_Row], layout: Layout) -> Iterator[Written]:
    """Read rows as lines; a number alone on its line belongs to the next line."""
    lone: Written | None = None
    head, above = layout.columns, 0
    for at, row in rows:
        margin = _margin(row)
        text = row[margin:].strip()
        if text.startswith("|") or _BARE_ROW.match(text):
            if _RULER.match(text):
                head = above or layout.columns
                continue
            cells = _cells(text)
            above = len(cells)
            written = _from_cells(_merged(cells, head, layout.formula), at)
        else:
            written = _from_text(plain(text), at, square=layout.square)
            if "#" in row[:margin] and not written.body.endswith(("]", ")")):
                written = replace(written, label=None, body=plain(text))  # a heading is prose
        if lone is not None:
            if written.label is None:
                written = replace(written, label=lone.label, line=lone.line)
            else:
                yield lone
            lone = None
        if written.label is not None and not written.body:
            lone = written
        elif written.body:
            yield written
    if lone is not None:
        yield lone


def _margin(row: str) -> int:
    match = _MARGIN.match(row)
    # `# ` is a heading's mark; `#` alone or before a name may be a clause.
    return match.end() if match and (match.end() == 0 or row[match.end() - 1] != "#") else 0


def _from_text(text: str, at: int, *, square: bool) -> Written:
    match = _STEP.match(text) or (_SQUARE.match(text) if square else None)
    if match is None:
        return Written(label=None, body=text, line=at)
    label, start = label_of(match[match.lastgroup or 0]), match.end()
    again = _AGAIN.match(text, start)
    if again is not None and label_of(again["again"]) == label:
        start = again.end()  # `3. Clause 3: Q`
    return Written(label=label, body=text[start:].strip(), line=at)


def _cells(text: str) -> list[str]:
    # Of a row that is nothing but bars there may be millions.
    cells = [cell and plain(cell) for cell in _PIPE.split(text.removeprefix("|"))]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _merged(cells: list[str], columns: int, formula: int) -> list[str]:
    """Join the cells that stand for one formula with `|` in it."""
    surplus = len(cells) - columns
    if surplus <= 0:
        return cells
    whole = " | ".join(cells[formula : formula + surplus + 1])
    return [*cells[:formula], whole, *cells[formula + surplus + 1 :]]


def _from_cells(cells: list[str], at: int) -> Written:
    match = _CELL.match(cells[0])
    body = "  ".join(cells[1:] if match else cells)
    label = label_of(match["cell"]) if match else None
    return Written(label=label, body=body.strip(), cells=tuple(cells[1:]) if match else (), line=at)


def _is_unfinished(body: str) -> bool:
    """Say whether brackets are open at the end of a line, or a sign waits for what follows it."""
    opened = sum(map(body.count, "([{")) - sum(map(body.count, ")]}"))
    return opened > 0 or body.endswith(("|", "∨", "~", "¬", ",", "->", "→", "&", "∧"))


def _liberties(lines: Sequence[Written], *, fenced: bool) -> tuple[Liberty, ...]:
    if not lines:
        return ()
    noted = []
    if not fenced:
        noted.append(Liberty(kind="ink", message=UNFENCED, line=lines[0].line))
    row = next((line for line in lines if line.cells), None)
    if row is not None:
        noted.append(Liberty(kind="ink", message="the proof is a table", line=row.line))
    return tuple(noted)
