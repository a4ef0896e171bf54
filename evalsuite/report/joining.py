"""Which runs of a model are one series: those that asked it alike, and each something else.

Joined are runs with the same weights, and the same of what else decides answers: seed, sampling,
dtype, longest context, the engine's arguments. Versions are none of it, as in `comparable`. Two of
them stand each for itself where both asked a task under one condition, or where a task, template,
form or problem of the one has the name of another in the other.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import combinations

from evalsuite import comparable
from evalsuite.loaded import LoadedRun
from evalsuite.pairing import Side, facts, problem
from evalsuite.records import Judged

_SETTINGS = ("seed", "dtype", "max_context", "arguments")


def joined(runs: Sequence[LoadedRun], model: str, engine: str) -> Iterator[tuple[str, ...]]:
    """Yield the names of the runs of each series of a model by an engine."""
    alike: dict[str, list[Side]] = {}
    for run in runs:
        mine = tuple(_of(run, model, engine))
        if mine:
            side = Side(name=run.name, judged=mine, manifest=run.manifest)
            alike.setdefault(_decisive(run, model), []).append(side)
    for sides in alike.values():
        clashes = (pair for pair in combinations(sides, 2) if _clash(*pair))
        alone = {side.name for pair in clashes for side in pair}
        yield from ((side.name,) for side in sides if side.name in alone)
        together = tuple(side.name for side in sides if side.name not in alone)
        if together:
            yield together


def _of(run: LoadedRun, model: str, engine: str) -> Iterator[Judged]:
    for one in run.judged:
        if (one.question.model, one.question.engine) == (model, engine):
            yield one


def _decisive(run: LoadedRun, model: str) -> str:
    """Return what decides answers, but for what was asked."""
    told, settings = run.subject(model), facts(run.manifest, "settings")
    weights = told.get("weights_sha256")
    after = facts(run.manifest, "weights_sha256_after").get(model, weights)
    decisive = [
        *(run.kind(model), weights, after, run.manifest.get("sampling")),
        *(settings.get(name) for name in _SETTINGS),
        facts(facts(run.manifest, "engines"), model).get("dtype"),  # what `auto` came to
        settings.get("servers") if weights is None else None,  # which weights, nobody knows
    ]
    return json.dumps(decisive, sort_keys=True, default=str)


def _clash(a: Side, b: Side) -> bool:
    asked = [
        {(one.question.task, one.question.condition) for one in side.judged} for side in (a, b)
    ]
    if asked[0] & asked[1] or any(comparable.redefined(a, b)):
        return True
    mine, theirs = (
        {(one.question.task, one.question.instance): problem(one.question) for one in side.judged}
        for side in (a, b)
    )
    return any(mine[one] != theirs[one] for one in mine.keys() & theirs.keys())
