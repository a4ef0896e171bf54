"""A wrong label, or a kernel that is broken, stops a run with the instance named."""

import pickle
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bench import faults
from evalsuite import drawn, instances, ledger, paths, stops, store, tasks
from evalsuite.errors import SoundnessAlarm
from evalsuite.logic import clauses
from evalsuite.logic.flaws import NotGiven
from evalsuite.logic.kernels import refutation
from evalsuite.logic.proofs import Step
from evalsuite.plan import Options
from evalsuite.records import Completion, Question, Settings
from tests.calling import Call

TASK = "refutation-proof"


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(
        suite="quick",
        tasks=(TASK,),
        engine="solver",
        shots=(0,),
        limit=4,
        baselines=False,
        settings=Settings(),
        results=tmp_path / "results",
        task_folders=(paths.shipped("tasks"),),
        prompt_folders=(paths.shipped("prompts"),),
    )


def bogus(question: Question) -> str:
    """Return a refutation that resolves a clause with itself, literal after literal."""
    told = question.formal["clauses"]
    assert isinstance(told, list)
    literals = str(told[0]).split(" | ")
    lines = [
        f"1. {told[0]} [given]",
        *(
            f"{used + 1}. {' | '.join(literals[used:]) or '[]'} [{used},{used}]"
            for used in range(1, len(literals) + 1)
        ),
    ]
    return "\n".join(("```", *lines, "```", "Answer: unsatisfiable"))


def claiming(options: Options) -> tuple[Path, str]:
    """Return a run in which something else than a solver claims a refutation of what has none."""
    folder = stops.run(replace(options, engine="random"), faults.Heard()).folder
    with store.opened(folder, create=False) as kept:
        asked = list(kept.questions())
        manifest = kept.manifest()
    (mine,) = [one for one in asked if one.labels[one.gold] == "satisfiable"][:1]
    for path in (folder / "run.sqlite", folder / ledger.FILE):
        path.unlink()
    with store.opened(folder, create=True) as kept:
        kept.write_manifest(manifest)
        kept.plan(asked)
        spell = kept.begin("random", "random", {})
        kept.add(spell, Completion(key=mine.key, text=bogus(mine), finish="stop"), 0.0)
    return folder, mine.instance


def itself(literal: object) -> object:
    """Stand in for the rule that says what a literal is resolved with."""
    return literal


def strict(_given: object, steps: Sequence[Step], place: int) -> None:
    """Stand in for a kernel with a rule that lets nothing pass."""
    raise NotGiven("nothing is given", line=steps[place].line)


def test_a_kernel_that_accepts_too_much_is_found_by_the_label(
    options: Options, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    folder, instance = claiming(options)
    assert call("score", folder, "--results", options.results).status == 0
    before = (options.results / "leaderboard.csv").read_bytes()
    # All modules have the function itself: what it does is replaced.
    monkeypatch.setattr(clauses.complement, "__code__", itself.__code__)
    ran = call("score", folder, "--results", options.results)
    assert ran.status == 1
    assert f"error: {instance}: a certificate for `unsatisfiable` is accepted" in ran.err
    assert "do not use the results of this task" in ran.err
    assert (options.results / "leaderboard.csv").read_bytes() == before
    assert call("verify", folder).status == 1


def test_a_kernel_that_accepts_too_little_is_found_by_the_solver(
    options: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stops.run(options, faults.Heard()).rows
    monkeypatch.setattr(refutation, "check_step", strict)
    fresh = replace(options, results=options.results.with_name("again"))
    with pytest.raises(SoundnessAlarm, match=rf"^{TASK}/\d: the certificate of the engine"):
        stops.run(fresh, faults.Heard())
    assert not (fresh.results / "leaderboard.csv").exists()


@pytest.mark.parametrize("name", ["entailment", TASK])
def test_a_planted_label_is_found_by_the_solver(
    name: str, options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Call
) -> None:
    monkeypatch.setenv("EVALSUITE_CACHE", str(tmp_path / "cache"))
    task = tasks.task(name, options.task_folders)
    found = list(instances.questions(task, 4))
    found[2] = replace(found[2], gold=1 - found[2].gold)
    drawn.remember(task, "question", found)
    assert pickle.loads(next((tmp_path / "cache").rglob("*.pickle")).read_bytes()) == tuple(found)  # noqa: S301
    words = ("--engine", "solver", "--task", name, "--shots", "0", "--limit", "4")
    ran = call("run", "quick", *words, "--no-baselines", "--quiet", "--results", tmp_path / "r")
    assert ran.status == 1
    told = "a certificate for" if name == TASK else "the engine `solver` finds"
    assert f"error: {name}/2: {told}" in ran.err
    assert not (tmp_path / "r" / "leaderboard.csv").exists()
