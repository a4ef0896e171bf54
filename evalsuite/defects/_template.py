"""What can be wrong with a template: its names, then what it writes for instances of a task."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from evalsuite import prompts, sandbox
from evalsuite.defects import _answers, _gold, _query
from evalsuite.defects._case import Case, leaves
from evalsuite.defects._findings import Found, error, mistake
from evalsuite.defects._text import in_output
from evalsuite.errors import TemplateMistake, quoted
from evalsuite.prompts import Tokenizer
from evalsuite.records import AnswerKind, Instance
from evalsuite.templates import Template

_GOLD = {
    *("answer", "answers", "certificate", "choice", "choices", "gold", "index", "label"),
    *("problem", "solution", "target", "witness"),
}
_ALWAYS_GOLD = {"choice", "gold", "index", "witness"}  # names that no instance shows


def checked(  # noqa: PLR0913 - passed on by `found`
    template: Template,
    drawn: Sequence[Instance],
    forms: Sequence[Template],
    tokenizers: Mapping[str, Tokenizer],
    answer: AnswerKind,
    needed: Collection[str] | None,
) -> Found:
    """Find what is wrong with a template but for the words in its file."""
    wrong = list(_names(template, drawn))
    yield from wrong
    if wrong:
        return  # what it writes would fail, too
    for line in sandbox.switches(template.source, "query"):
        yield error(
            template,
            line,
            "shape",
            "what the query says depends on more than whether a part is there: shots and query"
            " would differ in shape",
            "write it for every instance, or ask for presence alone: `{% if name %}`",
        )
    try:
        description = sandbox.rendered(template.source, "description", {})
        case = Case(
            template=template,
            drawn=tuple(drawn),
            queries=tuple(prompts.query(template, one) for one in drawn),
            answers=tuple(prompts.answers(template, one) for one in drawn),
            answer=answer,
            needed=needed,
        )
    except TemplateMistake as refusal:
        one = mistake(template.path, refusal)
        same = one.kind == "same-labels"  # the message names no line
        yield replace(one, line=sandbox.line_of(template.source, "answer")) if same else one
        return
    yield from _query.edges(template, "description", description)
    shown = "\n".join(leaf for one in drawn for leaf in leaves(dict(one.shown)))
    written = {
        "description": description,
        "query": "\n".join(case.queries),
        "answer": "\n".join(chain.from_iterable(case.answers)),
    }
    for block, text in written.items():
        yield from in_output(template, block, text, shown, tokenizers)
    if drawn:
        checks = (
            _query.layout,
            _query.shown,
            _gold.in_query,
            _query.shape,
            _answers.labels,
            _answers.varying,
            _gold.cues,
        )
        yield from chain.from_iterable(check(case) for check in checks)
        yield from _answers.unnamed(case, description)
        yield from _gold.in_description(case, description)
        for name, tokenizer in tokenizers.items():
            told: set[str] = set()
            for one in chain.from_iterable(
                _answers.tokens(case, form, name, tokenizer) for form in forms
            ):
                if one.kind not in told:  # once a model, whatever the form
                    told.add(one.kind)
                    yield one


def _names(template: Template, drawn: Sequence[Instance]) -> Found:
    known = set(drawn[0].shown) if drawn else None
    allowed = {
        "description": set(),
        "query": known,
        "answer": known and known | {"choice", "index"},
    }
    for block, names in allowed.items():
        used = sandbox.names(template.source, block)
        for name, line in used.items():
            if block == "query" and name in (_ALWAYS_GOLD if known is None else _GOLD - known):
                yield error(
                    template,
                    line,
                    "shows-gold",
                    f"block `query` uses `{name}`, which belongs to the answer",
                    f"it may use {quoted(sorted(known)) if known else 'what the instance shows'}",
                )
            elif names is not None and name not in names:
                yield error(
                    template,
                    line,
                    "undefined-name",
                    f"block `{block}` uses the undefined name `{name}`",
                    f"it may use {quoted(sorted(names)) or 'no name'}",
                )
