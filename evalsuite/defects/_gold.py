"""Whether a query or a description tells the answer, or a template writes the cue for it."""

import re
from collections.abc import Sequence

from evalsuite import sandbox
from evalsuite.defects._case import Case, holds
from evalsuite.defects._findings import Found, error, short
from evalsuite.defects._text import numbered
from evalsuite.templates import Template

_LAST = 400  # characters of a query's last line that are looked at
_ENOUGH = 4  # instances, before what they all have in common says something of the template
_OPEN = 4  # characters, before an open answer in a query is no chance
_CUE = r"(?:answer|label|gold|resposta|rótulo|gabarito|solution|solução)"
_CUE_END = re.compile(rf"\b{_CUE}[^\w?]*$|:$", re.IGNORECASE)  # a question is no cue
_CUE_LINE = re.compile(rf"^[^\w\n]*{_CUE} ?[:=] *\S", re.IGNORECASE | re.MULTILINE)
_CUE_START = re.compile(rf"^\W*{_CUE} ?[:=]", re.IGNORECASE)
_SAYS = r"\b(?:answer|verdict|hint|label|gold|resposta|veredito|gabarito)\b"


def in_query(case: Case) -> Found:
    """Find queries that tell, or end in, their answer."""
    template = case.template
    line = sandbox.line_of(template.source, "query")
    lines = list(numbered(sandbox.texts(template.source, "query")))
    line = next((place for place, text in lines if _CUE_LINE.search(text)), line)
    told = [
        _tells(text, labels, one.gold)
        for one, text, labels in zip(case.drawn, case.queries, case.answers, strict=True)
    ]
    ends = [_ends(text, labels) for text, labels in zip(case.queries, case.answers, strict=True)]
    golds = {one.gold for one in case.drawn}
    if any(_CUE_LINE.search(text) for text in case.queries):
        what = "a line of the query is an answer line"
    elif said := next(filter(None, map(_said, case.queries, case.answers)), None):
        what = f"the query tells an answer, `{short(said)}`"
        line = next((place for place, text in lines if said in text), line)
    elif any(ends):
        what = f"the query ends in one of the answers, `{next(filter(None, ends))}`"
    elif len(told) >= _ENOUGH and all(told) and (len(golds) > 1 or len(case.answers[0]) == 1):
        what = f"the query shows the gold answer, such as `{short(told[0] or '')}`, and no other"
    else:
        return
    yield error(template, line, "shows-gold", what, "show only what the instance shows")


def in_description(case: Case, description: str) -> Found:
    """Find a description that tells the answer."""
    # Where a certificate is asked for, a worked example with its answer is no hint.
    if case.answer != "certificate" and (said := _said(description, case.answers[0])):
        line = sandbox.line_of(case.template.source, "description")
        yield error(
            case.template,
            line + description.partition(said)[0].count("\n"),
            "shows-gold",
            f"the description tells an answer, `{short(said)}`",
            "name all the answers, or none",
        )


def cues(case: Case) -> Found:
    """Find a cue such as `Answer:`, which is the form's to write."""
    template = case.template
    for text in case.queries[:1]:
        last = text.rsplit("\n", 1)[-1].rstrip()[-_LAST:]
        if _CUE_END.search(last) and not last.endswith("."):
            yield error(
                template,
                _written_in(template, "query", last),
                "answer-cue",
                f"the query ends with a cue of its own, `{short(last)}`",
                "end with the question: the form writes `Answer:`",
            )
    for labels in case.answers[:1]:
        if any(map(_CUE_START.search, labels)):
            yield error(
                template,
                sandbox.line_of(template.source, "answer"),
                "answer-cue",
                f"the answer begins with a cue of its own, `{short(labels[0])}`",
                "write the label alone: the form writes `Answer:`",
            )


def _said(text: str, labels: Sequence[str]) -> str | None:
    """Return the end of a line such as `Hint: yes`, if no such words name another answer."""
    if len(labels) == 1:
        return None
    named = "|".join(map(re.escape, sorted(labels, key=len, reverse=True)))
    said = re.compile(
        rf"{_SAYS}(?P<is> is| é)?(?: always| sempre)?(?P<sign> {{0,8}}[:=-])? {{0,8}}"
        rf"(?P<label>{named})(?!\w)(?P<last>[^\w?\n]*$)?",
        re.IGNORECASE | re.MULTILINE,
    )
    found = list(said.finditer(text))
    if len({one["label"].lower() for one in found}) != 1:
        return None
    plain = (one for one in found if one["last"] is not None)
    return next((one[0] for one in plain if one["is"] or one["sign"] or _alone(one, labels)), None)


def _alone(said: re.Match[str], labels: Sequence[str]) -> bool:
    """Say whether the line names one answer only: "else answer no" may end what names both."""
    line = said.string[said.string.rfind("\n", 0, said.start()) + 1 : said.end()]
    return sum(holds(line.lower(), label.lower()) for label in labels) == 1


def _tells(text: str, labels: Sequence[str], gold: int) -> str | None:
    """Return the gold answer if the query holds it and no other."""
    if len(labels) == 1:
        return labels[0] if len(labels[0]) >= _OPEN and labels[0] in text else None
    held = [label for label in labels if holds(text, label)]
    return labels[gold] if held == [labels[gold]] else None


def _ends(text: str, labels: Sequence[str]) -> str | None:
    """Return the only answer that the last line names, if it names it last."""
    last = text.rsplit("\n", 1)[-1][-_LAST:]
    named = [label for label in labels if holds(last, label)]
    if len(labels) == 1 or len(named) != 1:
        return None
    # A question may well end so: "Is it satisfiable?"
    return named[0] if re.search(rf"(?<!\w){re.escape(named[0])}[^\w?]*$", last) else None


def _written_in(template: Template, block: str, end: str) -> int:
    """Return the line of a block that ends what it writes so; at worst its first."""
    lines = numbered(sandbox.texts(template.source, block))
    found = [line for line, text in lines if text.strip() and end.endswith(text.strip())]
    return found[-1] if found else sandbox.line_of(template.source, block)
