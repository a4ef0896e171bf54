"""`tasks check` finds what is planted."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from evalsuite import checking, paths
from evalsuite.errors import SoundnessAlarm
from evalsuite.families.propositional import entailment
from evalsuite.families.resolution import refutation as refutations
from evalsuite.records import Draft, Json
from evalsuite.scorers import refutation
from evalsuite.scorers._certified import Checked

PROMPTS = (paths.shipped("prompts"),)
ENTAILMENT = "about: it follows\nfamily: entailment\nsize: 60\n"
REFUTATION = """
about: a refutation
family: refutation
params: {fewest_steps: 3, most_steps: 6}
size: 16
answer: certificate
max_tokens: 400
scorer: refutation
metrics: [certified-accuracy]
template: refutation-proof
"""

Check = Callable[[str], checking.Checked]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    def checked(text: str) -> checking.Checked:
        folder = tmp_path / "tasks" / "mine"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "mine.yaml").write_text(text, encoding="utf-8")
        return checking.check("mine", (tmp_path / "tasks",), PROMPTS)

    return checked


def test_a_sound_task_is_good(check: Check) -> None:
    found = check(REFUTATION)
    assert found.good
    assert found.family == "resolution"
    assert found.certificates == checking.Share(good=16, of=16)
    assert found.spoiled is not None
    assert found.spoiled.whole
    assert found.spoiled.of >= 16
    assert found.deciders == 2


def test_a_decider_that_is_wrong_raises_the_alarm(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entailment, "decide", lambda _problem: (0, 1))
    with pytest.raises(SoundnessAlarm, match="mine/0"):
        check(ENTAILMENT)


def test_a_gold_certificate_that_is_refused_is_named(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refutations, "certificate", lambda _params, _problem: "1. Zq [given]")
    found = check(REFUTATION)
    assert found.certificates == checking.Share(good=0, of=16)
    assert "mine/0: gold certificate" in found.notes[0]


def test_a_checker_that_accepts_everything_is_found(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lax(formal: Mapping[str, Json], verdict: int, text: str) -> Checked:  # noqa: ARG001
        return Checked(accepted=True)

    monkeypatch.setattr(refutation, "check", lax)
    monkeypatch.setattr(
        refutation, "score", lambda question, response: _judge(question, response, lax)
    )
    found = check(REFUTATION)
    assert found.spoiled is not None
    assert found.spoiled.good == 0
    assert any("a spoiled certificate is accepted" in note for note in found.notes)


def test_a_label_that_a_baseline_can_tell_is_found(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = entailment.draw

    def longer(params: entailment.Params, rung: int, gold: int, rng: Random) -> Draft | None:
        draft = drawn(params, rung, gold, rng)
        if draft is None or gold == 0:
            return draft
        conclusion = f"{draft.shown['conclusion']} | {draft.shown['conclusion']}"
        return replace(draft, shown={**draft.shown, "conclusion": conclusion})

    monkeypatch.setattr(entailment, "draw", longer)
    found = check(ENTAILMENT)
    assert any("baseline `bag-of-words`" in note for note in found.notes), found.notes


def test_premises_that_hold_the_conclusion_are_vacuous(
    check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = entailment.draw

    def repeated(params: entailment.Params, rung: int, gold: int, rng: Random) -> Draft | None:
        draft = drawn(params, rung, gold, rng)
        formal: Mapping[str, Json] = {"premises": ["P", "Q -> P"], "conclusion": "P"}
        return None if draft is None else replace(draft, formal=formal)

    monkeypatch.setattr(entailment, "draw", repeated)
    found = check(ENTAILMENT)
    assert len(found.vacuous) == 60
    assert "vacuous: mine/0" in found.notes


def _judge(question: object, response: object, check: object) -> object:
    from evalsuite.scorers import _certified

    return _certified.judge(question, response, check)  # type: ignore[arg-type]
