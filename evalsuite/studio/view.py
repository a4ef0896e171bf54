"""Look → View: the prompt, what is wrong with the template, and what a model would be asked.

A template is untrusted. The sandbox bounds each of its blocks; here their sum is bounded, too, by
the processor's time. Both limits are signals', which reach a main thread only: that of `worker`.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from evalsuite import (
    authoring,
    defects,
    instances,
    prompts,
    sandbox,
    shots,
    templates,
    tokenizing,
)
from evalsuite.authoring import Part, Preview
from evalsuite.defects import Finding
from evalsuite.errors import EvalsuiteError, UserMistake
from evalsuite.prompts import Layout
from evalsuite.records import Choices, Condition, Instance, Prompt
from evalsuite.studio import files
from evalsuite.studio.records import Look, Problem, Setting, View
from evalsuite.templates import Template

_SECONDS = 2.5  # of the processor, for all that a template writes
_PATIENCE = 0.4  # of the processor: what took longer and failed is not tried again
_SHOWN = 200_000  # characters of a prompt that the page is given


@dataclass(slots=True, kw_only=True)
class Desk:
    """What stays between two views: what has been drawn, and the tokenizer."""

    setting: Setting
    tokenizer: tokenizing.Tokenizer | None
    questions: tuple[Instance, ...] = ()
    pool: tuple[Instance, ...] = ()
    forms: dict[tuple[str, str], Template] = field(default_factory=dict)


def desk(setting: Setting) -> Desk:
    """Return a desk with nothing on it yet.

    Raises:
        ModelMistake: the model has no tokenizer that can be read.

    """
    tokenizer = None if setting.model is None else tokenizing.tokenizer(setting.model)
    return Desk(setting=setting, tokenizer=tokenizer)


def draw(desk: Desk, look: Look, pool: tuple[Instance, ...]) -> None:
    """Draw the instance of a look, where it is not there yet.

    Raises:
        TaskMistake: the task has no such instance.

    """
    task = desk.setting.task
    wanted = min(max(look.index + 1, authoring.CHECKED), task.size)
    if len(desk.questions) < wanted:
        desk.questions = instances.questions(task, wanted)
    if look.index >= len(desk.questions):
        raise authoring.no_instance(task, look.index, len(desk.questions), "number")
    desk.pool = pool


def seen(desk: Desk, look: Look) -> View:
    """Return what there is to see, or why there is nothing."""
    path, template, form = None, None, None
    try:
        path = files.place(desk.setting, look.template, look.language)
        template = templates.opened(path, look.language, look.text)
        form = templates.form(look.form, look.language, desk.setting.folders)
    except EvalsuiteError as error:
        return _nothing(error, path)
    begun = time.process_time()
    preview, failure, request, unscored = None, None, None, None
    try:
        with sandbox.limited(path, _SECONDS):
            layout = _layout(desk, look, template, form)
            preview = _preview(desk, look, layout)
            request, unscored = _request(desk, layout, preview)
    except EvalsuiteError as error:
        failure = error
    if failure is not None and time.process_time() - begun > _PATIENCE:
        return _nothing(failure, path)  # the checks would take as long
    try:
        with sandbox.limited(path, _SECONDS):
            findings = _findings(desk, template, form)
    except EvalsuiteError as error:
        failure = failure or error
        findings = _mistakes(failure, path)
    return View(
        preview=None if preview is None else _shortened(preview),
        findings=findings,
        problem=None if failure is None else _problem(failure, path),
        request=request,
        unscored=unscored,
    )


def _layout(desk: Desk, look: Look, template: Template, form: Template) -> Layout:
    setting = desk.setting
    return authoring.layout_of(
        setting.task, template, form, _condition(look), setting.model, desk.tokenizer
    )


def _condition(look: Look) -> Condition:
    return Condition(
        template=look.template,
        language=look.language,
        form=look.form,
        k=look.k,
        description=look.description,
        labels=look.labels if look.k else "gold",
        shot_mode="fixed",
        shot_seed=0,
    )


def _preview(desk: Desk, look: Look, layout: Layout) -> Preview:
    one = desk.questions[look.index]
    prompts.check(layout.template, one)
    worked = shots.shots(desk.setting.task, desk.pool, _condition(look), one.id)
    bos = None if desk.tokenizer is None else desk.tokenizer.bos
    return authoring.preview_of(layout, one, worked, bos)


def _findings(desk: Desk, template: Template, form: Template) -> tuple[Finding, ...]:
    named: Mapping[str, prompts.Tokenizer] = (
        {}
        if desk.tokenizer is None or desk.setting.model is None
        else {desk.setting.model.name: desk.tokenizer}
    )
    return authoring.findings_of(
        desk.setting.task,
        template,
        desk.questions[: authoring.CHECKED],
        (form,),
        named,
        usual=authoring.usual(desk.setting.task, template.language, desk.setting.folders),
    )


def _request(desk: Desk, layout: Layout, preview: Preview) -> tuple[Choices | None, str | None]:
    """Return what scores the choices, or why nothing does."""
    if desk.tokenizer is None:
        return None, None
    if layout.certified:
        return None, "the task asks for a certificate, which is generated and checked, not scored"
    if layout.form.reasons:
        return None, f"form `{layout.form.name}` asks for steps before the answer: it is read"
    longest = max(len(one.token_ids or ()) for one in preview.choices)
    if preview.room is not None and preview.room < longest:
        return None, "the prompt leaves no room for an answer"
    ids = desk.tokenizer.encode([preview.text])[0][: preview.tokens]
    prompt = Prompt(text=preview.text, token_ids=ids, shots=())
    return Choices(key="studio", prompt=prompt, choices=preview.choices), None


def _shortened(preview: Preview) -> Preview:
    """Return the preview with no more text than a page can show."""
    if len(preview.text) <= _SHOWN:
        return preview
    left, parts = _SHOWN, list[Part]()
    for part in preview.parts:
        parts.append(replace(part, text=part.text[:left]))
        left -= len(parts[-1].text)
    return replace(preview, parts=tuple(parts))


# ── what goes wrong ─────────────────────────────────────────────────────────────────────────────


def _nothing(error: EvalsuiteError, path: Path | None) -> View:
    return View(
        preview=None,
        findings=_mistakes(error, path),
        problem=_problem(error, path),
        request=None,
        unscored=None,
    )


def _mistakes(error: EvalsuiteError, path: Path | None) -> tuple[Finding, ...]:
    """Return what a template is refused for as a finding, where it is its own mistake."""
    its_own = path is not None and error.message.startswith(f"{path}:")
    if path is None or not its_own or not isinstance(error, UserMistake):
        return ()
    return (defects.mistake(path, error),)


def _problem(error: EvalsuiteError, path: Path | None) -> Problem:
    found = re.match(rf"{re.escape(str(path))}:(\d+): ", error.message)
    line = int(found[1]) if found else None
    return Problem(message=error.message, hint=error.hint, line=line)
