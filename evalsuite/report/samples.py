"""The samples of a report as columns, and their texts, each kept once.

A prompt is the text that all prompts of its model, task and condition begin with, then paragraphs;
each piece is a text of its own, so what many prompts share is stored, and searched, once. The
columns have a value a sample; texts and drawings are named by their place.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import takewhile

from evalsuite import names
from evalsuite.calibration import probabilities
from evalsuite.loaded import LoadedRun
from evalsuite.records import Completion, Condition, Judged, LogLikelihoods, Response
from evalsuite.report.gold import Gold, digest_of
from evalsuite.report.proofs import Drawing, drawing
from evalsuite.report.runs import Groups, Series, origins
from evalsuite.report.visible import visible

LONGEST = 100_000  # characters of a response or of a piece of a prompt that are shown
_KEY = 16  # characters of the digest that names a sample
_DIGITS = 6  # of a log-likelihood
_NONE = -1  # a place that nothing is at


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """All samples of a report.

    Attributes:
        columns: by name, a value a sample. `prompt` has lists of places in `texts`; `response`,
            `certificate` and `gold_certificate` are places in it, `drawing` and `gold_drawing`
            are places in `drawings`; -1 is none. Other whole numbers are places in `words`.
        words: by column, the texts that its numbers stand for.
        texts: the pieces of prompts and the responses, with nothing hidden in them.
        drawings: as JSON.

    """

    columns: Mapping[str, Sequence[object]]
    words: Mapping[str, Sequence[object]]
    texts: Sequence[str]
    drawings: Sequence[str]


@dataclass(slots=True)
class _Places:
    """Things in the order they came, each once."""

    held: dict[object, int] = field(default_factory=dict)

    def of(self, thing: object) -> int:
        return self.held.setdefault(thing, len(self.held))


_WORDS = (
    *("series", "task", "condition", "run", "outcome", "flaw", "labels", "rung", "note", "vote"),
)
_COLUMNS = (
    *("key", "instance", *_WORDS),
    *("gold", "verdict", "line", "prompt", "response", "cut", "dropped", "values", "shares"),
    *("certificate", "gold_certificate", "drawing", "gold_drawing"),
)


def samples(
    runs: Sequence[LoadedRun], series: Sequence[Series], grouped: Groups, gold: Gold
) -> Samples:
    """Return the samples in the order of the series, tasks and conditions."""
    origin = origins(runs, series)
    columns: dict[str, list[object]] = {name: [] for name in _COLUMNS}
    words = {name: _Places() for name in _WORDS}
    texts, drawings = _Places(), _Drawings(gold)
    several = _several_templates(grouped)
    for one in series:
        words["series"].of(one.name)
    place = {one: number for number, one in enumerate(series)}
    for group, members in sorted(
        grouped.items(),
        key=lambda held: (place[held[0][0]], held[0][1], held[0][2].k, repr(held[0][2])),
    ):
        one, task, condition = group
        run = origin[group]
        shared = _shared([each.question.prompt for each in members])
        common = {
            "series": words["series"].of(one.name),
            "task": words["task"].of(visible(task)),
            "condition": words["condition"].of(visible(shown(condition, several[task]))),
            "run": words["run"].of(visible(run.name)),
        }
        for judged in members:
            response = run.responses.get(judged.question.key)
            row = {
                "key": _key(judged, run if len(runs) > 1 else None),
                **common,
                **_judgement(judged, words),
                **_texts(judged, response, shared, texts),
                **drawings.places(run, judged, texts),
            }
            for name in _COLUMNS:
                columns[name].append(row[name])
    return Samples(
        columns=columns,
        words={name: list(places.held) for name, places in words.items()},
        texts=[str(one) for one in texts.held],
        drawings=list(drawings.held),
    )


def _several_templates(grouped: Groups) -> Mapping[str, bool]:
    """Say of each task whether it was asked with more than one template in a language."""
    found: dict[str, set[tuple[str, str]]] = {}
    for _, task, condition in grouped:
        found.setdefault(task, set()).add((condition.language, condition.template))
    return {
        task: len(templates) > len({language for language, _ in templates})
        for task, templates in found.items()
    }


def shown(condition: Condition, template: bool) -> str:  # noqa: FBT001 - whether it says which
    """Put a condition in words: what is usual is left out."""
    k = condition.k
    parts = [condition.form, condition.language, "zero-shot" if not k else f"{k}-shot"]
    if not condition.description:
        parts.append("no description")
    if k and condition.labels != "gold":
        parts.append(f"labels {condition.labels}")
    if k and condition.shot_mode != "fixed":
        parts.append(f"shots {condition.shot_mode}")
    if k and condition.shot_seed:
        parts.append(f"seed {condition.shot_seed}")
    if template:
        parts.append(condition.template)
    return " · ".join(parts)


def _key(judged: Judged, run: LoadedRun | None) -> str:
    """Return what names a sample: two runs may ask the same question."""
    asked = judged.question.key
    return (asked if run is None else names.digest(run.name, asked))[:_KEY]


def _judgement(judged: Judged, words: Mapping[str, _Places]) -> Mapping[str, object]:
    asked, score = judged.question, judged.score
    return {
        "instance": visible(asked.instance.rpartition("/")[2]),
        "outcome": words["outcome"].of(score.outcome.value.replace("_", " ")),
        "flaw": words["flaw"].of(score.flaw),
        "labels": words["labels"].of(tuple(map(visible, asked.labels))),
        "rung": words["rung"].of(visible(asked.rung)),
        "note": words["note"].of(visible(score.note)),
        "vote": words["vote"].of(_vote(judged)),
        "gold": asked.gold,
        "verdict": _NONE if score.verdict is None else score.verdict,
        "line": _NONE if score.line is None else score.line,
        "dropped": asked.dropped,
    }


def _vote(judged: Judged) -> str:
    """Say how many samples have the verdict that won; empty where none did."""
    verdict, samples = judged.score.verdict, judged.samples
    if not samples or verdict is None:
        return ""
    return f"{sum(one.verdict == verdict for one in samples)} of {len(samples)} samples"


def _texts(
    judged: Judged, response: Response | None, shared: str, texts: _Places
) -> Mapping[str, object]:
    prompt = judged.question.prompt
    rest = prompt[len(shared) :]
    pieces = [shared, *_paragraphs(rest)]
    said = response.text if isinstance(response, Completion) else None
    values = response.values if isinstance(response, LogLikelihoods) else ()
    return {
        "prompt": [texts.of(_cut(piece)) for piece in pieces if piece],
        "response": _NONE if said is None else texts.of(_cut(said)),
        "cut": int(isinstance(response, Completion) and response.finish == "length"),
        "values": [round(one, _DIGITS) if math.isfinite(one) else None for one in values],
        "shares": [round(one, _DIGITS) for one in _shares(values)],
    }


def _shares(values: Sequence[float]) -> list[float]:
    known = bool(values) and all(map(math.isfinite, values))
    return probabilities(values) if known else []


def _shared(prompts: Sequence[str]) -> str:
    """Return the lines that all prompts begin with."""
    first, last = min(prompts), max(prompts)  # what these two share, all that lie between do
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    common = first[: sum(1 for _ in alike)]
    return common[: common.rfind("\n") + 1]


def _paragraphs(text: str) -> list[str]:
    parts = text.split("\n\n")
    return [*(f"{part}\n\n" for part in parts[:-1]), parts[-1]]


def _cut(text: str) -> str:
    if len(text) > LONGEST:
        left = len(text) - LONGEST
        text = f"{text[:LONGEST]}\n⟦{left:,} more characters are in the run’s store⟧"
    return visible(text)


class _Drawings:
    """The drawings of certificates, each made and kept once."""

    def __init__(self, gold: Gold) -> None:
        self.held: dict[str, int] = {}
        self._gold = gold
        self._made: dict[tuple[object, ...], int] = {}

    def places(self, run: LoadedRun, judged: Judged, texts: _Places) -> Mapping[str, object]:
        """Return where the certificate, the gold one and their drawings are."""
        asked = judged.question
        written = gold = ""
        if asked.answer == "certificate":
            written = judged.score.certificate
            gold = self._gold.get((digest_of(run, asked), asked.instance), "")
        return {
            "certificate": texts.of(_cut(written)) if written.strip() else _NONE,
            "gold_certificate": texts.of(_cut(gold)) if gold.strip() else _NONE,
            "drawing": self._place(judged, written, is_gold=False),
            "gold_drawing": self._place(judged, gold, is_gold=True),
        }

    def _place(self, judged: Judged, text: str, *, is_gold: bool) -> int:
        if not text.strip():
            return _NONE
        asked, score = judged.question, None if is_gold else judged.score
        said = None if score is None else (score.outcome, bool(score.flaw), score.line)
        # The same problem has the same gold proof under every condition.
        key = (asked.task, asked.instance, text, said)
        if key not in self._made:
            made = drawing(asked.scorer, asked.formal, text, score)
            self._made[key] = _NONE if made is None else self._keep(made)
        return self._made[key]

    def _keep(self, made: Drawing) -> int:
        return self.held.setdefault(compact(asdict(made)), len(self.held))


def compact(value: object) -> str:
    """Return a value as JSON in ASCII."""
    return json.dumps(value, separators=(",", ":"))


def chunks(texts: Iterable[str], size: int) -> list[list[str]]:
    """Return texts in stretches of about that many characters."""
    made: list[list[str]] = [[]]
    held = 0
    for text in texts:
        if held > size:
            made.append([])
            held = 0
        made[-1].append(text)
        held += len(text)
    return made
