"""What can be wrong with a template or a form: each check is a function that yields its findings.

The checks of a template look at its text, and at what it writes for some instances of a task.
Those of a form look at its text, and at where its question ends and its reply begins.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, permutations
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TypeAlias

from evalsuite import prompts, sandbox
from evalsuite.errors import ModelMistake, TemplateMistake, UserMistake
from evalsuite.prompts import Layout, Template, Tokenizer
from evalsuite.records import AnswerKind, Instance, Json

Severity: TypeAlias = Literal["error", "note"]
Found: TypeAlias = "Iterator[Finding]"

_BLOCKS = ("description", "query", "answer")
_FORM_BLOCKS = {"opening": "description", "question": "query", "reply": "answer"}
_GOLD = {
    *("answer", "answers", "certificate", "choice", "choices", "gold", "index", "label"),
    *("problem", "solution", "target", "witness"),
}
_ALWAYS_GOLD = {"choice", "gold", "index", "witness"}  # names that no instance shows
_LAST = 400  # characters of a query's last line that are looked at
_OWN = 500  # lines of a query's own words that are compared
_ENOUGH = 4  # instances, before what they all have in common says something of the template
_OPEN = 4  # characters, before an open answer in a query is no chance
_CUE = r"(?:answer|label|gold|resposta|rótulo|gabarito|solution|solução)"
_CUE_END = re.compile(rf"\b{_CUE}[^\w?]*$|:$", re.IGNORECASE)  # a question is no cue
_CUE_LINE = re.compile(rf"^[^\w\n]*{_CUE} ?[:=] *\S", re.IGNORECASE | re.MULTILINE)
_CUE_START = re.compile(rf"^\W*{_CUE} ?[:=]", re.IGNORECASE)
_SAYS = r"\b(?:answer|verdict|hint|label|gold|resposta|veredito|gabarito)\b"
_STRAY = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_BRACED = re.compile(r"\{ ?(\w+) ?\}")
_ODD = re.compile("[\t\r\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xa0\xad\u2000-\u200f\u2028-\u202f\ufeff]")
_BOS = ("<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "<|endoftext|>", "[CLS]")
_MARKERS = re.compile(
    r"<[|｜][^|｜<>\n]{1,40}[|｜]>|</?s>"
    r"|<(?:bos|eos|pad|unk|start_of_turn|end_of_turn)>|\[/?INST\]|<</?SYS>>"
    r"|\[(?:CLS|SEP|BOS|EOS)\]"
)
# Frequent words that the other language has not.
_ENGLISH = """
the is of and not means if that true then are both with does other only its each which decide
whether every yes false premises follow follows what this when there it answer conclusion statement
question sentence two all can or following below between instruction response write
therefore hence thus valid invalid correct incorrect consider entails
"""
_PORTUGUESE = """
que não uma significa das nas conclusão premissas cada então sim resposta são ou decida verdadeiro
falso verdadeira falsa responda decorre qual quais fórmula cláusulas afirmação pergunta frase dois
duas todos todas pode seguinte entre instrução escreva é está em
portanto logo dado dada considere válido inválido premissa nao conclusao
"""
_WORDS = MappingProxyType({"en": frozenset(_ENGLISH.split()), "pt": frozenset(_PORTUGUESE.split())})
_NAMES = {"en": "English", "pt": "Portuguese"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something wrong with a template, where it stands and how to mend it."""

    path: Path
    line: int
    kind: str  # such as `trailing-space`
    severity: Severity  # `note`: what only some models mind
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """A template, and what it writes for some instances."""

    template: Template
    drawn: tuple[Instance, ...]
    queries: tuple[str, ...]
    answers: tuple[tuple[str, ...], ...]
    answer: AnswerKind
    needed: Collection[str] | None


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
    if prompts.is_form(template):
        known = {name for names in prompts.FORM_NAMES.values() for name in names}
        some = chain(
            _texts(template, tuple(prompts.FORM_NAMES), tokenizers, known),
            _form(template, tokenizers),
        )
    else:
        known = set(drawn[0].shown if drawn else sandbox.names(template.source, "query"))
        some = chain(
            _texts(template, _BLOCKS, tokenizers, known),
            _template(template, drawn, forms, tokenizers, answer, needed),
        )
    return tuple(sorted(dict.fromkeys(some), key=lambda one: (one.line, one.kind, one.message)))


def mistake(path: Path, error: UserMistake) -> Finding:
    """Return what a template is refused for as a finding."""
    place = re.match(rf"{re.escape(str(path))}:(?:(\d+):)? ", error.message)
    message = error.message[place.end() :] if place else error.message
    kinds = {
        "front matter": "front-matter",
        "no block": "missing-block",
        "uses the undefined name": "undefined-name",
        "gives the choices": "same-labels",
        "has no attribute": "undefined-name",
        "block `": "fails",
        "cannot be read": "unreadable",
        "not UTF-8": "unreadable",
        "larger than": "unreadable",
    }
    return Finding(
        path=path,
        line=int(place[1] or 1) if place else 1,
        kind=next((kind for words, kind in kinds.items() if words in message), "syntax"),
        severity="error",
        message=message,
        hint=error.hint or "see docs/authoring.md",
    )


def _error(template: Template, line: int, kind: str, message: str, hint: str) -> Finding:
    return Finding(
        path=template.path, line=line, kind=kind, severity="error", message=message, hint=hint
    )


def _note(template: Template, line: int, kind: str, message: str, hint: str) -> Finding:
    return Finding(
        path=template.path, line=line, kind=kind, severity="note", message=message, hint=hint
    )


# ── the text ────────────────────────────────────────────────────────────────────────────────────


def _texts(
    template: Template,
    blocks: Sequence[str],
    tokenizers: Mapping[str, Tokenizer],
    known: Collection[str],
) -> Found:
    """Check what stands in the file, whatever its names, those `known`, are given."""
    for line, text in sandbox.outside(template.source, blocks):
        if text.strip():
            first = line + text[: len(text) - len(text.lstrip())].count("\n")
            yield _error(
                template,
                first,
                "outside-blocks",
                f"`{_short(text)}` stands in no block that is sent",
                f"the blocks are {_quoted(blocks)}",
            )
    for block in blocks:
        pieces = sandbox.texts(template.source, block)
        yield from _spaces(template, pieces, tokenizers)
        for line, text in (*_lines(pieces), *sandbox.constants(template.source, block)):
            yield from _letters(template, line, text, known)
            yield from _special(template, line, text, tokenizers)
            yield from _language(template, line, text)


def _lines(pieces: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    for first, text in pieces:
        yield from enumerate(text.split("\n"), start=first)


def _spaces(
    template: Template, pieces: Sequence[tuple[int, str]], tokenizers: Mapping[str, Tokenizer]
) -> Found:
    for first, text in pieces:
        for line, part in enumerate(text.split("\n")[:-1], start=first):
            if part != part.rstrip():
                yield _error(
                    template,
                    line,
                    "trailing-space",
                    f"a line ends in a space{_cost(tokenizers, part, part.rstrip())}",
                    "take it out",
                )


def _letters(template: Template, line: int, text: str, known: Collection[str]) -> Found:
    if odd := _ODD.search(text):
        yield _error(
            template,
            line,
            "odd-character",
            f"the character U+{ord(odd[0]):04X}, which looks like a space or like nothing",
            "write an ordinary space, or nothing",
        )
    braced = (one for one in _BRACED.finditer(text) if one[1] in known)
    if stray := _STRAY.search(text) or next(braced, None):
        yield _error(
            template,
            line,
            "stray-tag",
            f"`{stray[0]}` is sent as it stands",
            "write `{{ name }}` or `{% tag %}`, closed as it was opened",
        )


def _special(
    template: Template, line: int, text: str, tokenizers: Mapping[str, Tokenizer]
) -> Found:
    begins = {name: bos for name, one in tokenizers.items() if (bos := getattr(one, "bos", None))}
    known = [marker for marker in (*_BOS, *begins.values()) if marker in text]
    if known:
        models = [name for name, bos in begins.items() if bos in text]
        yield _error(
            template,
            line,
            "double-bos",
            f"the template writes the BOS token `{known[0]}`"
            + (f", which {_quoted(models)} has already" if models else ""),
            "take it out: evalsuite sends one where the model wants one",
        )
    elif marker := _MARKERS.search(text):
        yield _error(
            template,
            line,
            "special-token",
            f"`{marker[0]}` is a special token of some models",
            "take it out: form `chat` uses the model's own chat template",
        )


def _language(template: Template, line: int, text: str) -> Found:
    words = re.findall(r"[^\W\d_]+", text.lower())
    for other, known in _WORDS.items():
        mixed = sorted(set(words) & known) if other != template.language else []
        if template.language in _WORDS and mixed:
            yield _error(
                template,
                line,
                "language-mix",
                f"{_NAMES[other]} in a template for `{template.language}`: {_quoted(mixed[:4])}",
                f"write it in {_NAMES[template.language]}, or move the file to `{other}/`",
            )


# ── a template with instances ───────────────────────────────────────────────────────────────────


def _template(  # noqa: PLR0913 - passed on by `found`
    template: Template,
    drawn: Sequence[Instance],
    forms: Sequence[Template],
    tokenizers: Mapping[str, Tokenizer],
    answer: AnswerKind,
    needed: Collection[str] | None,
) -> Found:
    wrong = list(_names(template, drawn))
    yield from wrong
    if wrong:
        return  # what it writes would fail, too
    for line in sandbox.switches(template.source, "query"):
        yield _error(
            template,
            line,
            "shape",
            "what the query says depends on more than whether a part is there: shots and query"
            " would differ in shape",
            "write it for every instance, or ask for presence alone: `{% if name %}`",
        )
    try:
        description = sandbox.rendered(template.source, "description", {})
        case = _Case(
            template=template,
            drawn=tuple(drawn),
            queries=tuple(prompts.query(template, one) for one in drawn),
            answers=tuple(prompts.answers(template, one) for one in drawn),
            answer=answer,
            needed=needed,
        )
    except TemplateMistake as error:
        one = mistake(template.path, error)
        same = one.kind == "same-labels"  # the message names no line
        yield replace(one, line=sandbox.line_of(template.source, "answer")) if same else one
        return
    yield from _edges(template, "description", description)
    shown = "\n".join(leaf for one in drawn for leaf in _leaves(dict(one.shown)))
    written = {
        "description": description,
        "query": "\n".join(case.queries),
        "answer": "\n".join(chain.from_iterable(case.answers)),
    }
    for block, text in written.items():
        yield from _made(template, block, text, shown, tokenizers)
    if drawn:
        checks = (_query, _shown, _gold, _shape, _labels, _varies, _cues)
        yield from chain.from_iterable(check(case) for check in checks)
        yield from _unnamed(case, description)
        yield from _told(case, description)
        for name, tokenizer in tokenizers.items():
            told: set[str] = set()
            for one in (one for form in forms for one in _tokens(case, form, name, tokenizer)):
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
                yield _error(
                    template,
                    line,
                    "shows-gold",
                    f"block `query` uses `{name}`, which belongs to the answer",
                    f"it may use {_quoted(sorted(known)) if known else 'what the instance shows'}",
                )
            elif names is not None and name not in names:
                yield _error(
                    template,
                    line,
                    "undefined-name",
                    f"block `{block}` uses the undefined name `{name}`",
                    f"it may use {_quoted(sorted(names)) or 'no name'}",
                )


def _edges(template: Template, block: str, text: str) -> Found:
    line = sandbox.line_of(template.source, block)
    if not text.strip():
        yield _error(template, line, "empty", f"block `{block}` writes nothing", "write it")
    elif text.endswith(" ") or any(one != one.rstrip() for one in text.split("\n")):
        yield _error(
            template,
            line + text.rstrip().count("\n") if block == "description" else line,
            "trailing-space",
            f"what block `{block}` writes has a line that ends in a space",
            "take it out; before `{% endblock %}` it counts, too",
        )
    elif text.strip("\n") != text:
        yield _error(
            template,
            line,
            "blank-line",
            f"block `{block}` begins or ends with an empty line",
            "begin the text right after the tag, and end it right before `{% endblock %}`",
        )


def _made(
    template: Template, block: str, text: str, shown: str, tokenizers: Mapping[str, Tokenizer]
) -> Found:
    """Check what a block writes for what stands neither in its source nor in what is shown."""
    source = template.source
    pieces = (*sandbox.texts(source, block), *sandbox.constants(source, block))
    given = "\n".join((shown, *(piece for _, piece in pieces)))
    line = sandbox.line_of(source, block)
    if "Undefined" in text and "Undefined" not in given:
        yield _error(
            template,
            line,
            "undefined-name",
            f"block `{block}` writes `Undefined`, for an attribute that nothing has",
            "name one that there is, such as in `map(attribute=…)`",
        )
    if not any(_special(template, line, given, tokenizers)):
        yield from _special(template, line, text, tokenizers)


def _query(case: _Case) -> Found:
    template = case.template
    line = sandbox.line_of(template.source, "query")
    for text in case.queries:
        wrong = list(_edges(template, "query", text))
        yield from wrong
        if not wrong and "\n\n" in text:
            yield _error(
                template,
                line,
                "blank-line",
                "an empty line inside a query, where it is what sets shots apart",
                "take it out; a line that holds only a tag leaves none behind",
            )
    if len(case.queries) > 1 and len(set(case.queries)) == 1:
        yield _error(
            template,
            line,
            "same-query",
            "the query is the same for every instance",
            f"show the instance: {_quoted(sorted(case.drawn[0].shown))}",
        )


def _shown(case: _Case) -> Found:
    template = case.template
    line = sandbox.line_of(template.source, "query")
    used = sandbox.names(template.source, "query")
    shown = set(case.drawn[0].shown)
    for name in sorted(shown & set(shown if case.needed is None else case.needed)):
        if name not in used:
            yield _error(
                template,
                line,
                "unused-variable",
                f"the instances show `{name}`, and the query never uses it",
                f"write `{{{{ {name} }}}}`, or choose a task that does not show it",
            )
            continue
        for one, text in zip(case.drawn, case.queries, strict=True):
            value = prompts.localised(one.shown, template.language)[name]
            absent = [leaf for leaf in _leaves(value) if leaf not in text]
            if absent:
                yield _error(
                    template,
                    used[name],
                    "partly-shown",
                    f"of `{name}`, the query does not show `{_short(absent[0])}` ({one.id})",
                    f"show all of it, such as with `{{% for one in {name} %}}`",
                )
                break


def _leaves(value: Json) -> Iterator[str]:
    match value:
        case dict():
            yield from (leaf for part in value.values() for leaf in _leaves(part))
        case list():
            yield from (leaf for part in value for leaf in _leaves(part))
        case str() if value:
            yield value
        case _:
            return


def _gold(case: _Case) -> Found:
    template = case.template
    line = sandbox.line_of(template.source, "query")
    lines = list(_lines(sandbox.texts(template.source, "query")))
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
        what = f"the query tells an answer, `{_short(said)}`"
        line = next((place for place, text in lines if said in text), line)
    elif any(ends):
        what = f"the query ends in one of the answers, `{next(filter(None, ends))}`"
    elif len(told) >= _ENOUGH and all(told) and (len(golds) > 1 or len(case.answers[0]) == 1):
        what = f"the query shows the gold answer, such as `{_short(told[0] or '')}`, and no other"
    else:
        return
    yield _error(template, line, "shows-gold", what, "show only what the instance shows")


def _told(case: _Case, description: str) -> Found:
    # Where a certificate is asked for, a worked example with its answer is no hint.
    if case.answer != "certificate" and (said := _said(description, case.answers[0])):
        line = sandbox.line_of(case.template.source, "description")
        yield _error(
            case.template,
            line + description.partition(said)[0].count("\n"),
            "shows-gold",
            f"the description tells an answer, `{_short(said)}`",
            "name all the answers, or none",
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
    return sum(_holds(line.lower(), label.lower()) for label in labels) == 1


def _tells(text: str, labels: Sequence[str], gold: int) -> str | None:
    """Return the gold answer if the query holds it and no other."""
    if len(labels) == 1:
        return labels[0] if len(labels[0]) >= _OPEN and labels[0] in text else None
    held = [label for label in labels if _holds(text, label)]
    return labels[gold] if held == [labels[gold]] else None


def _ends(text: str, labels: Sequence[str]) -> str | None:
    """Return the only answer that the last line names, if it names it last."""
    last = text.rsplit("\n", 1)[-1][-_LAST:]
    named = [label for label in labels if _holds(last, label)]
    if len(labels) == 1 or len(named) != 1:
        return None
    # A question may well end so: "Is it satisfiable?"
    return named[0] if re.search(rf"(?<!\w){re.escape(named[0])}[^\w?]*$", last) else None


def _holds(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _shape(case: _Case) -> Found:
    """Compare the template's own words in the queries of instances that show alike."""
    template = case.template
    own = [
        (line, text.strip())
        for line, text in _lines(sandbox.texts(template.source, "query"))
        if len(re.findall(r"[^\W\d_]", text)) >= 3  # noqa: PLR2004 - a word
    ][:_OWN]
    first: dict[object, tuple[str, str]] = {}
    for one, text in zip(case.drawn, case.queries, strict=True):
        alike = _signature(dict(one.shown))
        name, other = first.setdefault(alike, (one.id, text))
        for line, words in own:
            if (words in text) != (words in other):
                yield _error(
                    template,
                    line,
                    "shape",
                    f"`{_short(words)}` stands in the query of one of {one.id} and {name} alone:"
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


# ── labels ──────────────────────────────────────────────────────────────────────────────────────


def _labels(case: _Case) -> Found:
    template = case.template
    line = sandbox.line_of(template.source, "answer")
    for one, labels in zip(case.drawn, case.answers, strict=True):
        shorter = [
            (label, other) for label, other in permutations(labels, 2) if other.startswith(label)
        ]
        if shorter:
            label, other = shorter[0]
            yield _error(
                template,
                line,
                "label-prefix",
                f"the answer `{label}` begins the answer `{other}`, and so is never less likely",
                "choose labels of which none begins another",
            )
        shown = set(_leaves(dict(one.shown)))
        own = [text for text, choice in zip(labels, one.choices, strict=True) if text != choice]
        if len(own) > 1 and not shown.intersection(own) and _differ(own):
            yield _error(
                template,
                line,
                "label-shape",
                f"the answers {_quoted(own)} differ in capitals or in how they end",
                "write all of them alike",
            )
        if any("\n" in label for label in labels) and len(labels) > 1:
            yield _error(
                template, line, "label-lines", "an answer has several lines", "write it on one line"
            )
        if mixed := [text for label in labels for text in _language(template, line, label)]:
            yield mixed[0]


def _varies(case: _Case) -> Found:
    """Compare the answers of instances with the same choices."""
    language = case.template.language
    first: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}
    for one, labels in zip(case.drawn, case.answers, strict=True):
        name, others = first.setdefault(tuple(one.choices), (one.id, labels))
        shown = "\n".join(_leaves(prompts.localised(one.shown, language)))
        changed = [
            (label, other)
            for label, other in zip(labels, others, strict=True)
            if label != other and not _holds(shown, label)
        ]
        if changed:
            label, other = changed[0]
            yield _error(
                case.template,
                sandbox.line_of(case.template.source, "answer"),
                "label-varies",
                f"the same choice is called `{_short(label)}` in {one.id} and `{_short(other)}`"
                f" in {name}",
                "give each choice one text, whatever the instance shows",
            )
            return


def _differ(labels: Sequence[str]) -> bool:
    capitals = {label[0].isupper() for label in labels if label[0].isalpha()}
    return len(capitals) > 1 or len({label[-1] in ".!?;," for label in labels}) > 1


def _cues(case: _Case) -> Found:
    template = case.template
    for text in case.queries[:1]:
        last = text.rsplit("\n", 1)[-1].rstrip()[-_LAST:]
        if _CUE_END.search(last) and not last.endswith("."):
            yield _error(
                template,
                _written_in(template, "query", last),
                "answer-cue",
                f"the query ends with a cue of its own, `{_short(last)}`",
                "end with the question: the form writes `Answer:`",
            )
    for labels in case.answers[:1]:
        if any(map(_CUE_START.search, labels)):
            yield _error(
                template,
                sandbox.line_of(template.source, "answer"),
                "answer-cue",
                f"the answer begins with a cue of its own, `{_short(labels[0])}`",
                "write the label alone: the form writes `Answer:`",
            )


def _written_in(template: Template, block: str, end: str) -> int:
    """Return the line of a block that ends what it writes so; at worst its first."""
    lines = _lines(sandbox.texts(template.source, block))
    found = [line for line, text in lines if text.strip() and end.endswith(text.strip())]
    return found[-1] if found else sandbox.line_of(template.source, block)


def _unnamed(case: _Case, description: str) -> Found:
    if case.answer != "choices" or len(case.answers[0]) == 1:
        return
    text = description + "\n" + case.queries[0]
    missing = [label for label in case.answers[0] if label.lower() not in text.lower()]
    if missing:
        yield _note(
            case.template,
            sandbox.line_of(case.template.source, "answer"),
            "unnamed-label",
            f"neither description nor query names the answers {_quoted(missing)}",
            "without shots a model cannot know them: name them in the description",
        )


def _tokens(case: _Case, form: Template, name: str, tokenizer: Tokenizer) -> Found:
    if form.reasons:  # the answer is read, never scored
        return
    line = sandbox.line_of(case.template.source, "answer")
    layout = Layout(
        template=case.template,
        form=form,
        description=True,
        tokenizer=tokenizer,
        room=None,
        answer_tokens=0,
        certified=case.answer == "certificate",
    )
    try:
        made = prompts.render(layout, case.drawn[0], ())
        (whole,) = tokenizer.encode([made.prompt.text])
    except ModelMistake:  # a chat form, and a model without chat template; or two BOS tokens
        return
    if len(made.prompt.token_ids or ()) < len(whole):
        yield _error(
            case.template,
            line,
            "token-merge",
            f"with `{name}` in form `{form.name}` an answer's first token takes in the"
            " prompt's last",
            "begin the answers with a letter",
        )
    lengths = [len(choice.token_ids or ()) for choice in made.choices]
    if case.answer == "choices" and len(set(lengths)) > 1:
        yield _note(
            case.template,
            line,
            "label-tokens",
            f"with `{name}` in form `{form.name}` the answers"
            f" {_quoted(made.answers)} have {', '.join(map(str, lengths))} tokens",
            "the shorter ones are likelier by that alone: choose labels of one length, or read"
            " the accuracy per token",
        )


# ── forms ───────────────────────────────────────────────────────────────────────────────────────

_DESCRIBED = "Yes or no?"
_ASKED = "Is P true?"
_CERTIFICATE = "P=T"
_REPLIES = ("yes", "no")


def _form(form: Template, tokenizers: Mapping[str, Tokenizer]) -> Found:
    wrong = []
    for block, names in prompts.FORM_NAMES.items():
        line = sandbox.line_of(form.source, block)
        used = sandbox.names(form.source, block)
        wrong += [
            _error(
                form,
                used[name],
                "undefined-name",
                f"block `{block}` uses the undefined name `{name}`",
                f"it may use {_quoted(sorted(names))}",
            )
            for name in used
            if name not in names
        ]
        if _FORM_BLOCKS[block] not in used:
            wrong.append(
                _error(
                    form,
                    line,
                    "unused-variable",
                    f"block `{block}` never uses `{_FORM_BLOCKS[block]}`",
                    f"write `{{{{ {_FORM_BLOCKS[block]} }}}}`",
                )
            )
    yield from wrong
    if wrong:
        return
    told: set[str] = set()
    for certificate in (None, "", _CERTIFICATE):
        some = list(_laid(form, certificate, tokenizers))
        yield from (one for one in some if one.kind not in told)
        told |= {one.kind for one in some}


def _laid(form: Template, certificate: str | None, tokenizers: Mapping[str, Tokenizer]) -> Found:
    """Check what a form writes: without certificates (`None`), or with one that may be empty."""
    certified = certificate is not None
    try:
        opening = _laid_out(form, "opening", description=_DESCRIBED)
        question = _laid_out(form, "question", query=_ASKED, certified=certified)
        certificates: dict[str, Json] = {"certificate": certificate or "", "certified": certified}
        replies = [_laid_out(form, "reply", answer=one, **certificates) for one in _REPLIES]
    except TemplateMistake as error:
        yield mistake(form.path, error)
        return
    for block, text in (("opening", opening), ("question", question), ("reply", replies[0])):
        yield from _made(form, block, text, "", tokenizers)
    yield from _outer(form, opening, replies[0])
    if not all(replies):
        line = sandbox.line_of(form.source, "reply")
        yield _error(form, line, "empty", "block `reply` writes nothing", "write `{{ answer }}`")
    elif not form.messages:
        yield from _boundary(form, question, replies, tokenizers, certified=certified)
    elif question != question.rstrip():
        yield _ends_in_space(form, question, replies, tokenizers)


def _outer(form: Template, opening: str, reply: str) -> Found:
    """Check where the opening ends, and where the reply begins and ends."""
    if opening != opening.rstrip():
        yield _error(
            form,
            sandbox.line_of(form.source, "opening") + opening.rstrip().count("\n"),
            "trailing-space",
            "the opening ends in a space or a new line",
            "take it out: evalsuite sets the description apart",
        )
    if reply.startswith("  "):
        yield _error(
            form,
            sandbox.line_of(form.source, "reply"),
            "odd-space",
            "the reply begins with two spaces",
            "begin it with one at most: it belongs to the answer's first token",
        )
    if reply != reply.rstrip():
        yield _error(
            form,
            sandbox.line_of(form.source, "reply"),
            "trailing-space",
            "the reply ends in a space or a new line",
            "take it out: evalsuite sets the shots apart",
        )


def _laid_out(form: Template, block: str, **values: Json) -> str:
    return sandbox.rendered(form.source, block, values)


def _boundary(
    form: Template,
    question: str,
    replies: Sequence[str],
    tokenizers: Mapping[str, Tokenizer],
    *,
    certified: bool,
) -> Found:
    """Check how the question of running text passes into its reply."""
    asked = sandbox.line_of(form.source, "question")
    line = asked + question.count("\n")
    before, _, after = question.partition(_ASKED)
    if after and not after.startswith("\n"):
        yield _error(
            form,
            asked,
            "no-newline",
            f"the query runs on into `{_short(after)}`",
            "begin a new line after `{{ query }}`",
        )
    if before and not before.endswith(("\n", " ")):
        yield _error(
            form,
            asked,
            "no-newline",
            f"`{_short(before)}` runs on into the query",
            "begin a new line before `{{ query }}`",
        )
    ends_line, spaced = question.endswith("\n"), replies[0].startswith(" ")
    if question.rstrip(" ") != question:
        yield _ends_in_space(form, question, replies, tokenizers)
    elif form.reasons or (certified and replies[0].startswith("\n")):
        return  # steps follow, in the model's own words, or a block on lines of its own
    elif not ends_line and not question.endswith(":"):
        yield _error(
            form,
            line,
            "no-cue",
            f"the prompt ends in `{_short(question[-20:])}`, not in a colon or a new line",
            "end the question with a cue such as `Answer:`",
        )
    elif not ends_line and not replies[0][0].isspace():
        yield _error(
            form,
            sandbox.line_of(form.source, "reply"),
            "no-space",
            f"the reply follows the colon without a space: `{_short(question[-8:] + replies[0])}`"
            + _cost(tokenizers, question + replies[0], f"{question} {replies[0]}"),
            "begin the reply with a space: it belongs to the answer's first token",
        )
    elif ends_line and spaced:
        yield _error(
            form,
            sandbox.line_of(form.source, "reply"),
            "odd-space",
            "the reply begins its line with a space",
            "take it out",
        )
    if not certified:  # a certificate is written by the model, never scored
        yield from _merges(form, question, replies, tokenizers)


def _ends_in_space(
    form: Template, question: str, replies: Sequence[str], tokenizers: Mapping[str, Tokenizer]
) -> Finding:
    bare = question.rstrip()
    return _error(
        form,
        sandbox.line_of(form.source, "question") + bare.count("\n"),
        "trailing-space",
        "the prompt ends in a space"
        + _cost(tokenizers, question + replies[0], f"{bare} {replies[0].lstrip()}"),
        "take it out, and begin the reply with it: it belongs to the answer's first token",
    )


def _merges(
    form: Template, question: str, replies: Sequence[str], tokenizers: Mapping[str, Tokenizer]
) -> Found:
    for name, tokenizer in tokenizers.items():
        context, *wholes = tokenizer.encode([question, *(question + one for one in replies)])
        if any(whole[: len(context)] != context for whole in wholes):
            yield _error(
                form,
                sandbox.line_of(form.source, "reply"),
                "token-merge",
                f"with `{name}` the answer's first token takes in the prompt's last",
                "end the question with a colon and begin the reply with a space, or end it with"
                " a new line",
            )


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def _cost(tokenizers: Mapping[str, Tokenizer], text: str, better: str) -> str:
    """Say in how many tokens a text and a better one are read, where that differs."""
    said = []
    for name, tokenizer in tokenizers.items():
        worse, good = map(len, tokenizer.encode([text, better]))
        if worse != good:
            said.append(f"`{name}` reads {worse} tokens in place of {good}")
    return f" ({'; '.join(said)})" if said else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:39]}…"  # noqa: PLR2004 - fits a line


def _quoted(words: Collection[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
