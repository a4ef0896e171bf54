"""Judge a stored run: its responses, and the rows that they come to."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from evalsuite import metrics, store, thinking, voting
from evalsuite.calibration import BLANKS
from evalsuite.errors import RunMistake, SoundnessAlarm, quoted
from evalsuite.records import (
    Judged,
    LogLikelihoods,
    Outcome,
    Question,
    Response,
    Row,
    Score,
    Spell,
    Usage,
)
from evalsuite.scorers import scorer

_DECIDER = "solver"  # the baseline that decides each problem, and so contradicts a wrong label


def judged(kept: store.Store) -> Iterator[Judged]:
    """Judge every response of a store, and every question that was too long to ask.

    Of several samples of a question there is one: their vote.

    Raises:
        RunMistake: the store is damaged.
        UnknownName: a question names a scorer that there is not.
        SoundnessAlarm: a certificate for the wrong verdict is accepted, or what a decider finds is
            not what the label or the checker says.

    """
    return voting.voted(_each(kept), lambda one: _asked_of(one.question))


def _each(kept: store.Store) -> Iterator[Judged]:
    responses = kept.responses()
    questions = tuple(kept.questions())
    blanks: dict[str, list[tuple[float, ...]]] = {}
    proofs: dict[object, tuple[float, int]] = {}
    for question in questions:
        if question.key not in responses:
            continue
        values = _values(responses[question.key])
        if question.blank:
            blanks.setdefault(question.setting, []).append(values)
        elif question.proof and values:
            proofs[_asked_of(question)] = values[0], sum(question.choice_tokens)
    for question in questions:
        response = responses.get(question.key)
        if question.blank or question.proof:
            continue
        proof, proof_tokens = proofs.get(_asked_of(question), (None, 0))
        if question.too_long:
            score_of = Score(outcome=Outcome.TOO_LONG)
            yield Judged(question=question, score=score_of, usage=Usage())
        elif response is not None:
            yield Judged(
                question=question,
                score=_score(question, response),
                usage=response.usage,
                values=_values(response),
                blanks=_whole(blanks.get(question.setting, ())),
                proof=proof,
                proof_tokens=proof_tokens,
            )


def _score(question: Question, response: Response) -> Score:
    """Judge a response.

    Raises:
        SoundnessAlarm: a certificate for the wrong verdict is accepted, or what a decider finds is
            not what the label or the checker says.

    """
    found = scorer(question.scorer).score(question, thinking.apart(response))
    if question.engine != _DECIDER or found.outcome not in {Outcome.WRONG, Outcome.INVALID}:
        return found
    if found.outcome is Outcome.INVALID:
        said = f"the certificate of the engine `{_DECIDER}` is refused: {found.note}"
    else:
        verdict = (
            "another answer" if found.verdict is None else f"`{question.labels[found.verdict]}`"
        )
        said = f"the engine `{_DECIDER}` finds {verdict}, not `{question.labels[question.gold]}`"
    raise SoundnessAlarm(
        f"{question.instance}: {said}",
        hint="a label, a decider or a checker is wrong: do not use the results of this task",
    )


def _asked_of(question: Question) -> tuple[object, ...]:
    """Return what a question and the one about its proof have in common."""
    return question.model, question.engine, question.condition, question.task, question.instance


def _whole(blanks: Sequence[tuple[float, ...]]) -> tuple[tuple[float, ...], ...]:
    """Return what calibrates a setting, once all of it is there."""
    return tuple(blanks) if len(blanks) == len(BLANKS) else ()


def _values(response: Response) -> tuple[float, ...]:
    return response.values if isinstance(response, LogLikelihoods) else ()


def rows(kept: store.Store, everything: Iterable[Judged]) -> tuple[Row, ...]:
    """Return the rows of a stored run, of what was judged of it.

    Raises:
        RunMistake: its manifest lacks something.

    """
    with manifest_of(kept) as manifest:
        return metrics.rows(
            run=kept.name,
            suite=manifest["suite"]["name"],
            judged=everything,
            metrics={name: tuple(one["metrics"]) for name, one in manifest["tasks"].items()},
            seconds=seconds(kept.spells()),
            weights={one["name"]: one.get("weights_sha256") for one in manifest["subjects"]},
        )


@contextmanager
def manifest_of(kept: store.Store) -> Iterator[dict[str, Any]]:
    """Give a stored run's manifest.

    Raises:
        RunMistake: there is none, or it lacks what is looked for while it is held.

    """
    manifest = kept.manifest()
    again = "the same `evalsuite run` command writes it again"
    if not manifest:
        raise RunMistake(f"{kept.folder}: it has no `{store.MANIFEST}`", hint=again)
    try:
        yield manifest
    except (KeyError, TypeError, AttributeError) as error:
        lacks = isinstance(error, KeyError)
        told = f"has no {quoted(error.args)}" if lacks else "has a field of another type"
        raise RunMistake(
            f"{kept.folder}: its manifest cannot be used: `{store.MANIFEST}` {told}",
            hint=f"`evalsuite verify RUN --mend` sets a changed one aside, and {again}",
        ) from error


def seconds(spells: Iterable[Spell]) -> dict[str, float]:
    """Return how long each model of a run was asked, in seconds."""
    found: dict[str, float] = {}
    for spell in spells:
        found[spell.model] = found.get(spell.model, 0.0) + spell.seconds
    return found


def unanswered(kept: store.Store) -> int:
    """Return how many questions of a stored run have no answer yet."""
    answered = kept.answered()
    return sum(1 for one in kept.questions() if not one.too_long and one.key not in answered)
