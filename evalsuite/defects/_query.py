"""What can be wrong with a query: how it is laid out, and whether it shows the whole instance."""

import re

from evalsuite import prompts, sandbox
from evalsuite.defects._case import Case, leaves
from evalsuite.defects._findings import Found, error, short
from evalsuite.defects._text import numbered
from evalsuite.errors import quoted
from evalsuite.records import Json
from evalsuite.templates import Template

_OWN = 500  # lines of a query's own words that are compared


def edges(template: Template, block: str, text: str) -> Found:
    """Find spaces and empty lines around what a block writes."""
    line = sandbox.line_of(template.source, block)
    if not text.strip():
        yield error(template, line, "empty", f"block `{block}` writes nothing", "write it")
    elif text.endswith(" ") or any(one != one.rstrip() for one in text.split("\n")):
        yield error(
            template,
            line + text.rstrip().count("\n") if block == "description" else line,
            "trailing-space",
            f"what block `{block}` writes has a line that ends in a space",
            "take it out; before `{% endblock %}` it counts, too",
        )
    elif text.strip("\n") != text:
        yield error(
            template,
            line,
            "blank-line",
            f"block `{block}` begins or ends with an empty line",
            "begin the text right after the tag, and end it right before `{% endblock %}`",
        )


def layout(case: Case) -> Found:
    """Find empty lines in queries, and queries that do not show the instance."""
    template = case.template
    line = sandbox.line_of(template.source, "query")
    for text in case.queries:
        wrong = list(edges(template, "query", text))
        yield from wrong
        if not wrong and "\n\n" in text:
            yield error(
                template,
                line,
                "blank-line",
                "an empty line inside a query, where it is what sets shots apart",
                "take it out; a line that holds only a tag leaves none behind",
            )
    if len(case.queries) > 1 and len(set(case.queries)) == 1:
        yield error(
            template,
            line,
            "same-query",
            "the query is the same for every instance",
            f"show the instance: {quoted(sorted(case.drawn[0].shown))}",
        )


def shown(case: Case) -> Found:
    """Find what the instances show and the query leaves out."""
    template = case.template
    line = sandbox.line_of(template.source, "query")
    used = sandbox.names(template.source, "query")
    shown = set(case.drawn[0].shown)
    for name in sorted(shown & set(shown if case.needed is None else case.needed)):
        if name not in used:
            yield error(
                template,
                line,
                "unused-variable",
                f"the instances show `{name}`, and the query never uses it",
                f"write `{{{{ {name} }}}}`, or choose a task that does not show it",
            )
            continue
        for one, text in zip(case.drawn, case.queries, strict=True):
            value = prompts.localised(one.shown, template.language)[name]
            absent = [leaf for leaf in leaves(value) if leaf not in text]
            if absent:
                yield error(
                    template,
                    used[name],
                    "partly-shown",
                    f"of `{name}`, the query does not show `{short(absent[0])}` ({one.id})",
                    f"show all of it, such as with `{{% for one in {name} %}}`",
                )
                break


def shape(case: Case) -> Found:
    """Compare the template's own words in the queries of instances that show alike."""
    template = case.template
    own = [
        (line, text.strip())
        for line, text in numbered(sandbox.texts(template.source, "query"))
        if len(re.findall(r"[^\W\d_]", text)) >= 3  # noqa: PLR2004 - a word
    ][:_OWN]
    first: dict[object, tuple[str, str]] = {}
    for one, text in zip(case.drawn, case.queries, strict=True):
        alike = _signature(dict(one.shown))
        name, other = first.setdefault(alike, (one.id, text))
        for line, words in own:
            if (words in text) != (words in other):
                yield error(
                    template,
                    line,
                    "shape",
                    f"`{short(words)}` stands in the query of one of {one.id} and {name} alone:"
                    " shots and query would differ in shape",
                    "write it for every instance",
                )
                return


def _signature(value: Json) -> object:
    """Return which parts there are: templates may say so, and nothing else, in other words."""
    match value:
        case dict():
            return tuple((name, _signature(part)) for name, part in sorted(value.items()))
        case list():
            return frozenset(map(_signature, value))
        case _:
            return bool(value)
