"""What can be wrong with a template or a form: each check is a function that yields its findings.

The checks of a template look at its text, and at what it writes for some instances of a task.
Those of a form look at its text, and at where its question ends and its reply begins.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import chain

from evalsuite import sandbox, templates
from evalsuite.defects import _form, _template
from evalsuite.defects._findings import Finding, mistake
from evalsuite.defects._text import in_file
from evalsuite.prompts import Tokenizer
from evalsuite.records import AnswerKind, Instance
from evalsuite.templates import Template

__all__ = ["Finding", "found", "mistake"]

_BLOCKS = ("description", "query", "answer")


def found(  # noqa: PLR0913 - all that a template is checked against
    template: Template,
    drawn: Sequence[Instance],
    forms: Sequence[Template],
    tokenizers: Mapping[str, Tokenizer],
    *,
    answer: AnswerKind = "choices",
    needed: Collection[str] | None = None,
) -> tuple[Finding, ...]:
    """Return what is wrong with a template or a form, in the order of its lines.

    `needed` are the names that a query must use: by default all that the instances show.
    """
    if templates.is_form(template):
        known = {name for names in templates.FORM_NAMES.values() for name in names}
        some = chain(
            in_file(template, tuple(templates.FORM_NAMES), tokenizers, known),
            _form.checked(template, tokenizers),
        )
    else:
        known = set(drawn[0].shown if drawn else sandbox.names(template.source, "query"))
        some = chain(
            in_file(template, _BLOCKS, tokenizers, known),
            _template.checked(template, drawn, forms, tokenizers, answer, needed),
        )
    return tuple(sorted(dict.fromkeys(some), key=lambda one: (one.line, one.kind, one.message)))
