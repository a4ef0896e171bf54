"""What can be wrong with a form: its names, and where its question ends and its reply begins."""

from collections.abc import Mapping, Sequence

from evalsuite import sandbox, templates
from evalsuite.defects._findings import Finding, Found, error, mistake, short
from evalsuite.defects._text import cost, in_output
from evalsuite.errors import TemplateMistake, quoted
from evalsuite.prompts import Tokenizer
from evalsuite.records import Json
from evalsuite.templates import Template

_FORM_BLOCKS = {"opening": "description", "question": "query", "reply": "answer"}
_DESCRIBED = "Yes or no?"
_ASKED = "Is P true?"
_CERTIFICATE = "P=T"
_REPLIES = ("yes", "no")


def checked(form: Template, tokenizers: Mapping[str, Tokenizer]) -> Found:
    """Find what is wrong with a form but for the words in its file."""
    wrong = []
    for block, names in templates.FORM_NAMES.items():
        line = sandbox.line_of(form.source, block)
        used = sandbox.names(form.source, block)
        wrong += [
            error(
                form,
                used[name],
                "undefined-name",
                f"block `{block}` uses the undefined name `{name}`",
                f"it may use {quoted(sorted(names))}",
            )
            for name in used
            if name not in names
        ]
        if _FORM_BLOCKS[block] not in used:
            wrong.append(
                error(
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
    except TemplateMistake as refusal:
        yield mistake(form.path, refusal)
        return
    for block, text in (("opening", opening), ("question", question), ("reply", replies[0])):
        yield from in_output(form, block, text, "", tokenizers)
    yield from _outer(form, opening, replies[0])
    if not all(replies):
        line = sandbox.line_of(form.source, "reply")
        yield error(form, line, "empty", "block `reply` writes nothing", "write `{{ answer }}`")
    elif not form.messages:
        yield from _boundary(form, question, replies, tokenizers, certified=certified)
    elif question != question.rstrip():
        yield _ends_in_space(form, question, replies, tokenizers)


def _outer(form: Template, opening: str, reply: str) -> Found:
    """Check where the opening ends, and where the reply begins and ends."""
    if opening != opening.rstrip():
        yield error(
            form,
            sandbox.line_of(form.source, "opening") + opening.rstrip().count("\n"),
            "trailing-space",
            "the opening ends in a space or a new line",
            "take it out: evalsuite sets the description apart",
        )
    if reply.startswith("  "):
        yield error(
            form,
            sandbox.line_of(form.source, "reply"),
            "odd-space",
            "the reply begins with two spaces",
            "begin it with one at most: it belongs to the answer's first token",
        )
    if reply != reply.rstrip():
        yield error(
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
        yield error(
            form,
            asked,
            "no-newline",
            f"the query runs on into `{short(after)}`",
            "begin a new line after `{{ query }}`",
        )
    if before and not before.endswith(("\n", " ")):
        yield error(
            form,
            asked,
            "no-newline",
            f"`{short(before)}` runs on into the query",
            "begin a new line before `{{ query }}`",
        )
    ends_line, spaced = question.endswith("\n"), replies[0].startswith(" ")
    if question.rstrip(" ") != question:
        yield _ends_in_space(form, question, replies, tokenizers)
    elif form.reasons or (certified and replies[0].startswith("\n")):
        return  # steps follow, in the model's own words, or a block on lines of its own
    elif not ends_line and not question.endswith(":"):
        yield error(
            form,
            line,
            "no-cue",
            f"the prompt ends in `{short(question[-20:])}`, not in a colon or a new line",
            "end the question with a cue such as `Answer:`",
        )
    elif not ends_line and not replies[0][0].isspace():
        yield error(
            form,
            sandbox.line_of(form.source, "reply"),
            "no-space",
            f"the reply follows the colon without a space: `{short(question[-8:] + replies[0])}`"
            + cost(tokenizers, question + replies[0], f"{question} {replies[0]}"),
            "begin the reply with a space: it belongs to the answer's first token",
        )
    elif ends_line and spaced:
        yield error(
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
    return error(
        form,
        sandbox.line_of(form.source, "question") + bare.count("\n"),
        "trailing-space",
        "the prompt ends in a space"
        + cost(tokenizers, question + replies[0], f"{bare} {replies[0].lstrip()}"),
        "take it out, and begin the reply with it: it belongs to the answer's first token",
    )


def _merges(
    form: Template, question: str, replies: Sequence[str], tokenizers: Mapping[str, Tokenizer]
) -> Found:
    for name, tokenizer in tokenizers.items():
        context, *wholes = tokenizer.encode([question, *(question + one for one in replies)])
        if any(whole[: len(context)] != context for whole in wholes):
            yield error(
                form,
                sandbox.line_of(form.source, "reply"),
                "token-merge",
                f"with `{name}` the answer's first token takes in the prompt's last",
                "end the question with a colon and begin the reply with a space, or end it with"
                " a new line",
            )
