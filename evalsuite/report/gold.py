"""The gold certificates of a run's instances: what stands beside a model's proof."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from evalsuite import drawn, paths, tasks
from evalsuite.errors import UserMistake
from evalsuite.loaded import LoadedRun
from evalsuite.records import Outcome, Question

_SOLVER = "solver"  # the baseline that answers with the gold certificate

Gold: TypeAlias = Mapping[tuple[str, str], str]
"""By the digest of the task and the name of the instance."""


def gold(runs: Iterable[LoadedRun]) -> Gold:
    """Return the gold certificates that are known without a prover.

    They are what the baseline `solver` wrote, in any of the runs, or what was drawn before on this
    machine for the very same task.
    """
    found: dict[tuple[str, str], str] = {}
    wanted: dict[str, str] = {}
    for run in runs:
        for one in run.judged:
            asked = one.question
            if asked.answer != "certificate":
                continue
            digest = digest_of(run, asked)
            wanted.setdefault(digest, asked.task)
            if asked.engine == _SOLVER and one.score.outcome is Outcome.RIGHT:
                found.setdefault((digest, asked.instance), one.score.certificate)
    for digest, task in wanted.items():
        for place, certificate in _drawn(digest, task).items():
            found.setdefault(place, certificate)
    return found


def digest_of(run: LoadedRun, asked: Question) -> str:
    """Return the digest of a question's task."""
    return str(run.manifest.get("tasks", {}).get(asked.task, {}).get("digest", asked.task))


def _drawn(digest: str, name: str) -> Mapping[tuple[str, str], str]:
    try:
        task = tasks.task(name, (paths.shipped("tasks"),))
    except UserMistake:  # of another version, or a task of one's own
        return {}
    if task.digest != digest:
        return {}
    return {
        (digest, one.id): one.certificate
        for one in drawn.remembered(task, "question")
        if one.certificate is not None
    }
