"""Which branch each line of a tableau's text is on: `[0.1]`, or in the brackets that ANITA has."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from evalsuite.logic.elaborators.lines import Written
from evalsuite.logic.limits import within
from evalsuite.logic.proofs import Branch


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line that may be a step: its branch, as numbers, and the rest."""

    label: str | None
    branch: Branch | None
    body: str
    line: int


_PATH = r"[0-9]{1,9}(?:\s*[./]\s*[0-9]{1,9})*"
_BRANCH = re.compile(
    rf"(?:(?:on\s+)?(?:branch|ramo)\s*:?\s*)?(?:\[\s*(?P<square>{_PATH}|root|raiz)?\s*\]"
    rf"|\(\s*(?P<round>0(?:\.[0-9]{{1,9}})*)\s*\)|(?P<bare>0(?:\.[0-9]{{1,9}})*)(?=[\s:]))\s*[:.]?\s*",
    re.IGNORECASE,
)
_LATER_BRANCH = re.compile(r"\[\s*(?P<square>0(?:\.[0-9]{1,9})*)\s*\]")
_BRACED = re.compile(r"\s*(?:\{\s*(?=[TFV@x✗~¬(A-Z])|[{}\s]*$)")
_NESTED = 500  # branches inside each other, as brackets tell them
_SPACES = re.compile(r"\s{3,}")


def is_step(written: Written) -> bool:
    """Say whether a line makes a fenced block the proof's: it has a number or a branch."""
    return written.label is not None or _LATER_BRANCH.match(written.body) is not None


def rows_of(lines: Sequence[Written]) -> Iterator[Row]:
    """Yield the lines with their branches, which are told by numbers or by brackets."""
    # Runs of spaces are no more than two, so that no pattern is tried at each of many.
    lines = [
        replace(line, body=_SPACES.sub("  ", line.body)) if "   " in line.body else line
        for line in lines
    ]
    if any(_BRACED.match(line.body) for line in lines):
        yield from _bracketed(lines)
        return
    rows = [_row(line) for line in lines]
    roots = {row.branch[0] for row in rows if row.branch}
    for row in rows:
        if not row.branch:
            yield row
        elif 0 in roots:
            yield replace(row, branch=row.branch[1:] if row.branch[0] == 0 else row.branch)
        else:
            yield replace(row, branch=row.branch[1:] if len(roots) == 1 else row.branch)


def _row(written: Written) -> Row:
    """Take the branch off a line; it stays whole, with its root."""
    match = _BRANCH.match(written.body)
    body = written.body
    if match is not None and not (match["bare"] and written.label is None):
        body = body[match.end() :]
    else:
        match = _LATER_BRANCH.search(body)
        if match is not None:
            body = f"{body[: match.start()]}  {body[match.end() :]}".strip()
    branch = None
    if match is not None:
        path = next((path for path in match.groupdict().values() if path), "0")
        digits = re.findall(r"[0-9]+", path)
        branch = tuple(map(int, digits)) or (0,)
    return Row(label=written.label, branch=branch, body=body, line=written.line)


def _bracketed(lines: Iterable[Written]) -> Iterator[Row]:
    """Yield the lines of a tableau with brackets; each `{` opens the next child of its branch."""
    branch: Branch = ()
    opened: dict[Branch, int] = {}
    for line in lines:
        body = line.body
        while body[:1] in {"{", "}"}:
            if body[0] == "}":
                branch = branch[:-1]
            else:
                opened[branch] = opened.get(branch, 0) + 1
                branch = (*branch, opened[branch])
                within(len(branch), _NESTED, "branches inside each other")
            body = body[1:].lstrip()
        ends = 0
        while body.endswith("}") and body.count("}") > body.count("{"):
            body, ends = body[:-1].rstrip(), ends + 1
        if body:
            yield Row(label=line.label, branch=branch, body=body, line=line.line)
        branch = branch[: len(branch) - ends] if ends <= len(branch) else ()
