"""What can be wrong with the answers of a template: their texts, and their tokens."""

from collections.abc import Sequence
from itertools import permutations

from evalsuite import prompts, sandbox
from evalsuite.defects._case import Case, holds, leaves
from evalsuite.defects._findings import Found, error, note, short
from evalsuite.defects._text import foreign_words
from evalsuite.errors import ModelMistake, quoted
from evalsuite.prompts import Layout, Tokenizer
from evalsuite.templates import Template


def labels(case: Case) -> Found:
    """Find labels that cannot be told apart, or differ in more than their meaning."""
    template = case.template
    line = sandbox.line_of(template.source, "answer")
    for one, labels in zip(case.drawn, case.answers, strict=True):
        shorter = [
            (label, other) for label, other in permutations(labels, 2) if other.startswith(label)
        ]
        if shorter:
            label, other = shorter[0]
            yield error(
                template,
                line,
                "label-prefix",
                f"the answer `{label}` begins the answer `{other}`, and so is never less likely",
                "choose labels of which none begins another",
            )
        shown = set(leaves(dict(one.shown)))
        own = [text for text, choice in zip(labels, one.choices, strict=True) if text != choice]
        if len(own) > 1 and not shown.intersection(own) and _differ(own):
            yield error(
                template,
                line,
                "label-shape",
                f"the answers {quoted(own)} differ in capitals or in how they end",
                "write all of them alike",
            )
        if any("\n" in label for label in labels) and len(labels) > 1:
            yield error(
                template, line, "label-lines", "an answer has several lines", "write it on one line"
            )
        if mixed := [text for label in labels for text in foreign_words(template, line, label)]:
            yield mixed[0]


def varying(case: Case) -> Found:
    """Compare the answers of instances with the same choices."""
    language = case.template.language
    first: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}
    for one, labels in zip(case.drawn, case.answers, strict=True):
        name, others = first.setdefault(tuple(one.choices), (one.id, labels))
        shown = "\n".join(leaves(prompts.localised(one.shown, language)))
        changed = [
            (label, other)
            for label, other in zip(labels, others, strict=True)
            if label != other and not holds(shown, label)
        ]
        if changed:
            label, other = changed[0]
            yield error(
                case.template,
                sandbox.line_of(case.template.source, "answer"),
                "label-varies",
                f"the same choice is called `{short(label)}` in {one.id} and `{short(other)}`"
                f" in {name}",
                "give each choice one text, whatever the instance shows",
            )
            return


def _differ(labels: Sequence[str]) -> bool:
    capitals = {label[0].isupper() for label in labels if label[0].isalpha()}
    return len(capitals) > 1 or len({label[-1] in ".!?;," for label in labels}) > 1


def unnamed(case: Case, description: str) -> Found:
    """Find labels that the prompt names nowhere."""
    if case.answer != "choices" or len(case.answers[0]) == 1:
        return
    text = description + "\n" + case.queries[0]
    missing = [label for label in case.answers[0] if label.lower() not in text.lower()]
    if missing:
        yield note(
            case.template,
            sandbox.line_of(case.template.source, "answer"),
            "unnamed-label",
            f"neither description nor query names the answers {quoted(missing)}",
            "without shots a model cannot know them: name them in the description",
        )


def tokens(case: Case, form: Template, name: str, tokenizer: Tokenizer) -> Found:
    """Find labels that a model's tokens join to the prompt, or cut to several lengths."""
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
        yield error(
            case.template,
            line,
            "token-merge",
            f"with `{name}` in form `{form.name}` an answer's first token takes in the"
            " prompt's last",
            "begin the answers with a letter",
        )
    lengths = [len(choice.token_ids or ()) for choice in made.choices]
    if case.answer == "choices" and len(set(lengths)) > 1:
        yield note(
            case.template,
            line,
            "label-tokens",
            f"with `{name}` in form `{form.name}` the answers"
            f" {quoted(made.answers)} have {', '.join(map(str, lengths))} tokens",
            "the shorter ones are likelier by that alone: choose labels of one length, or read"
            " the accuracy per token",
        )
