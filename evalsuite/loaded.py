"""A stored run, read back: its records, and data frames of them."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from evalsuite import judging, leaderboard, paths, store
from evalsuite.errors import UnknownName
from evalsuite.metrics import ACCURACY, METRICS
from evalsuite.records import Completion, Condition, Judged, Response, Row, Spell
from evalsuite.speed import Speed, speeds

if TYPE_CHECKING:
    import pandas as pd

BASELINE: Final = "baseline"  # what a subject is that is no model

_CONDITION: Final = tuple(one.name for one in fields(Condition))
_DTYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            *("key", "model", "engine", "task", "instance", "rung", "twin"),
            *("template", "language", "form", "labels", "shot_mode"),
            *("outcome", "verdict", "gold", "flaw", "note", "text"),
        ),
        "string",
    ),
    **dict.fromkeys(("k", "shot_seed", "shots_dropped", "line"), "Int64"),
    **dict.fromkeys(("prompt_tokens", "cached_tokens", "generated_tokens"), "Int64"),
    **dict.fromkeys(("description", *METRICS), "boolean"),
    "values": "object",
    "proof": "Float64",
}


@dataclass(frozen=True, kw_only=True)
class LoadedRun:
    """A run, judged anew by this version of evalsuite.

    Attributes:
        name: of its folder.
        folder: where it is stored.
        date: on which its store was last written, as 2026-11-27.
        manifest: what it wrote down about itself: models, tasks, prompts, seeds, versions.
        judged: its questions with what became of each.
        responses: what came back, by the question's key.
        spells: of asking.
        unanswered: how many questions have no answer yet.
        board: its rows of the leaderboard.

    """

    name: str
    folder: Path
    date: str
    manifest: Mapping[str, Any] = field(repr=False)
    judged: tuple[Judged, ...] = field(repr=False)
    responses: Mapping[str, Response] = field(repr=False)
    spells: tuple[Spell, ...] = field(repr=False)
    unanswered: int
    board: tuple[Row, ...] = field(repr=False)

    @cached_property
    def rows(self) -> "pd.DataFrame":
        """The leaderboard: a line for each model, task, condition and metric."""
        return leaderboard.to_frame(self.board)

    @cached_property
    def scores(self) -> "pd.DataFrame":
        """A line for each question that was judged; what there is not is `pd.NA`."""
        import pandas as pd  # noqa: PLC0415 - it takes longer to load than a command has time

        lines = [_line(one, self.texts, self.metrics(one.question.task)) for one in self.judged]
        frame = pd.DataFrame(
            {column: [line[column] for line in lines] for column in COLUMNS}, dtype="object"
        )
        return frame.astype(dict(_DTYPES))

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """What models wrote, by the question's key."""
        return {key: one.text for key, one in self.responses.items() if isinstance(one, Completion)}

    @property
    def seconds(self) -> Mapping[str, float]:
        """How long each model was asked."""
        return judging.seconds(self.spells)

    @property
    def speeds(self) -> tuple[Speed, ...]:
        """How fast each model answered, but for baselines and replays."""
        return speeds(self.spells)

    def kind(self, model: str) -> str:
        """Return what a subject is: pretrained, instruct, or a baseline."""
        return str(self.subject(model).get("kind") or BASELINE)

    def headline(self, task: str) -> str:
        """Return the metric that says what is right in a task: its first."""
        return self.metrics(task)[0]

    def metrics(self, task: str) -> tuple[str, ...]:
        """Return the metrics that a task has."""
        told = self.manifest.get("tasks", {}).get(task, {}).get("metrics") or (ACCURACY,)
        return tuple(map(str, told))

    def subject(self, model: str) -> Mapping[str, Any]:
        """Return what the manifest tells of a subject; empty where it tells nothing."""
        subjects = self.manifest.get("subjects", ())
        return next((one for one in subjects if one.get("name") == model), {})


def load(folder: Path) -> LoadedRun:
    """Read a run folder.

    Raises:
        RunMistake: it holds no run that can be read.
        UnknownName: it names a scorer or a metric that there is not.
        SoundnessAlarm: a label or a checker is wrong.

    """
    with store.opened(folder, create=False) as kept:
        everything = tuple(judging.judged(kept))
        return LoadedRun(
            name=kept.name,
            folder=folder,
            date=_date(folder),
            manifest=kept.manifest(),
            judged=everything,
            responses=kept.responses(),
            spells=tuple(kept.spells()),
            unanswered=judging.unanswered(kept),
            board=judging.rows(kept, everything),
        )


def folder_of(run: str, results: Path) -> Path:
    """Return the folder of a run: the one that is named, or that of its name among the results.

    The folder's name is the run's: `.` and a link are resolved.

    Raises:
        UnknownName: there is none.

    """
    folder = Path(run)
    if not folder.is_dir():
        known = [folder.name for folder in paths.runs(results).glob("*") if folder.is_dir()]
        if run not in known:
            raise UnknownName("run", run, known)
        folder = paths.runs(results) / run
    whole = folder.resolve()
    return folder if folder.name == whole.name else whole


def _date(folder: Path) -> str:
    """Return the day on which a run's store was last written."""
    written = (folder / store.DATABASE).stat().st_mtime
    return datetime.fromtimestamp(written, tz=UTC).date().isoformat()


def _line(one: Judged, texts: Mapping[str, str], metrics: Collection[str]) -> Mapping[str, Any]:
    asked, score = one.question, one.score
    return {
        "key": asked.key,
        "model": asked.model,
        "engine": asked.engine,
        "task": asked.task,
        "instance": asked.instance,
        "rung": asked.rung,
        "twin": asked.twin,
        # `labels` is how the shots are labelled; the instance's own are in `gold` and `verdict`.
        **asdict(asked.condition),
        "outcome": score.outcome.value,
        **{name: counts(one) if name in metrics else None for name, counts in METRICS.items()},
        "verdict": None if score.verdict is None else asked.labels[score.verdict],
        "gold": asked.labels[asked.gold],
        "flaw": score.flaw or None,
        "line": score.line,
        "note": score.note,
        "text": texts.get(asked.key),
        "values": one.values,  # noqa: PD011 - log-likelihoods
        "proof": one.proof,
        "shots_dropped": asked.dropped,
        "prompt_tokens": one.usage.prompt_tokens,
        "cached_tokens": one.usage.cached_tokens,
        "generated_tokens": one.usage.generated_tokens,
    }


COLUMNS: Final = (
    *("key", "model", "engine", "task", "instance", "rung", "twin", *_CONDITION),
    *("outcome", *METRICS, "verdict", "gold", "flaw", "line", "note", "text", "values", "proof"),
    *("shots_dropped", "prompt_tokens", "cached_tokens", "generated_tokens"),
)
