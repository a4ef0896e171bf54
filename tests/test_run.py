"""A run may be killed at any instant, goes on where it stopped, and asks nothing twice."""

import csv
import os
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from scipy.stats import binom

from evalsuite import leaderboard, paths, stops, store, templates
from evalsuite.engines import majority, random, solver
from evalsuite.errors import CheckFailed, EngineFailure, RunMistake, UserMistake
from evalsuite.plan import Options, Plan, Subject, plan
from evalsuite.records import Generate, LogLikelihoods, Outcome, Request, Response, Settings
from tests import tiny

KILLS = 50
STEP = 0.002  # seconds that the listener of a run to be killed takes for each response


@dataclass
class Quiet:
    """A listener that does nothing but what a test asks of it at each response."""

    at_step: Callable[[int], None] = field(default=lambda _number: None)
    steps: int = 0
    begun: list[tuple[str, int, int]] = field(default_factory=list)

    def say(self, text: str) -> None:
        assert text

    def warn(self, text: str) -> None:
        assert text

    def begin(self, subject: Subject, total: int, done: int) -> None:
        self.begun.append((subject.name, total, done))

    def step(self, subject: Subject, response: Response) -> None:
        assert subject.name
        assert response.key
        self.steps += 1
        self.at_step(self.steps)


def write_tasks(folder: Path) -> Path:
    """Write a suite of two small tasks that are drawn in no time."""
    files = {
        "suites/small": "tasks: [follows, closes]\nbaselines: [random, majority, solver]\n"
        "description: [true, false]\n",
        "entailment/follows": "family: entailment\nsize: 10\nseed: 3\ntemplate: entailment\n",
        "branch-closure/closes": "family: branch-closure\nsize: 7\nseed: 3\n"
        "template: branch-closure\nanswer: generate\n",
    }
    for name, text in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"about: a thing of the tests\n{text}", encoding="utf-8")
    return folder


ALL = (10 + 7) * 2 * 3  # questions × descriptions × baselines


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(
        suite="small",
        engine="transformers",  # of no model: nothing is loaded
        settings=Settings(),
        results=tmp_path / "results",
        task_folders=(write_tasks(tmp_path / "tasks"),),
        prompt_folders=(paths.shipped("prompts"),),
    )


def planned(options: Options) -> Plan:
    return plan(options, lambda _text: None)


@pytest.mark.parametrize(
    ("task", "head"),
    [("unification-mgu", "Atom 1:"), ("entailment-tableau", "Premises:"), ("nnf", "Formula:")],
)
def test_a_text_ends_where_it_goes_on_with_a_question_of_its_own(
    task: str, head: str, options: Options
) -> None:
    folders = (*options.task_folders, paths.shipped("tasks"))
    asked = planned(replace(options, tasks=(task,), limit=2, task_folders=folders)).asked
    requests = [one.request for one in asked if isinstance(one.request, Generate)]
    assert requests
    assert {one.stop for one in requests} == {(f"\n\n{head}",)}


def timeless(path: Path) -> bytes:
    """Return the leaderboard's bytes without the columns of time."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    times = {lines[0].index(name) for name in leaderboard.TIME_COLUMNS}
    kept = [[cell for index, cell in enumerate(line) if index not in times] for line in lines]
    return repr(kept).encode()


def is_whole(folder: Path) -> bool:
    with sqlite3.connect(folder / "run.sqlite") as database:
        (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
    database.close()
    return bool(verdict == "ok")


# ── killed ──────────────────────────────────────────────────────────────────────────────────────


def in_child(work: Callable[[], object]) -> int:
    """Do the work in a forked process, and return its id."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)  # nothing of pytest may run here twice
    return child


def killed_after(seconds: float, work: Callable[[], object]) -> bool:
    """Do the work in a process that is killed after that time; tell whether it was in time."""
    child = in_child(work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def kill_at(step: int) -> Callable[[int], None]:
    """Return what ends the process that hears of that response."""

    def strike(number: int) -> None:
        if number == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


def slowly(_number: int) -> None:
    time.sleep(STEP)


def ends_killed(options: Options, strike: Callable[[int], None]) -> bool:
    """Run in a process, with `strike` at each response; tell whether it was killed."""
    _, status = os.waitpid(in_child(lambda: stops.run(options, Quiet(strike))), 0)
    return os.WIFSIGNALED(status)


def answered(options: Options) -> int:
    databases = list(options.results.glob("runs/*/run.sqlite"))
    if not databases:
        return 0
    with sqlite3.connect(databases[0]) as database:
        tables = database.execute("SELECT name FROM sqlite_master").fetchall()
        found = 0
        if ("responses",) in tables:
            (found,) = database.execute("SELECT COUNT(*) FROM responses").fetchone()
    database.close()
    return int(found)


def goes_on(options: Options, uninterrupted: stops.Finished, results: Path) -> int:
    """Check that the same run again ends as an uninterrupted one; return what it had before."""
    before = answered(options)
    finished = stops.run(options, Quiet())
    assert finished.name == uninterrupted.name
    assert finished.answered_before == before
    assert finished.answered_before + finished.asked == uninterrupted.asked == ALL
    assert finished.unanswered == 0
    assert is_whole(finished.folder)
    for mine, whole in (
        (options.results, results),
        (finished.folder, uninterrupted.folder),
    ):
        assert timeless(mine / "leaderboard.csv") == timeless(whole / "leaderboard.csv")
    with store.opened(finished.folder, create=False) as kept:
        assert len(kept.responses()) == len(list(kept.questions())) == ALL
        assert sum(spell.answered for spell in kept.spells()) == ALL
    return before


def test_a_run_killed_at_any_instant_goes_on_and_asks_nothing_twice(
    options: Options, tmp_path: Path
) -> None:
    started = time.monotonic()
    uninterrupted = stops.run(options, Quiet(slowly))
    whole = time.monotonic() - started
    rng = Random(50)
    before: list[int] = []
    for number in range(KILLS):
        again = replace(options, results=tmp_path / f"killed-{number}")
        if number % 2:
            step = rng.randint(1, ALL)
            assert ends_killed(again, kill_at(step))
            assert answered(again) == step
        else:
            moment = whole * (number + rng.random()) / KILLS
            killed_after(moment, partial(stops.run, again, Quiet(slowly)))
        before.append(goes_on(again, uninterrupted, options.results))
    asking = [count for count in before if 0 < count < ALL]
    assert len(asking) >= KILLS / 2
    assert len(set(asking)) >= KILLS / 4


def test_a_run_killed_again_and_again_comes_to_its_end(options: Options, tmp_path: Path) -> None:
    uninterrupted = stops.run(options, Quiet())
    again = replace(options, results=tmp_path / "again")
    for spell in range(1, 6):
        assert ends_killed(again, kill_at(15))
        assert answered(again) == 15 * spell
    goes_on(again, uninterrupted, options.results)


def test_a_run_killed_while_it_posts_is_posted_whole(options: Options, tmp_path: Path) -> None:
    uninterrupted = stops.run(options, Quiet())
    rows = leaderboard.read(uninterrupted.folder / "leaderboard.csv")
    again = replace(options, results=tmp_path / "again")
    finished = stops.run(again, Quiet())
    rng = Random(9)

    def post_for_ever() -> None:
        while True:
            stops.post(again.results, finished.folder, rows * rng.randint(1, 40), print)

    for _ in range(12):
        assert killed_after(rng.uniform(0.0, 0.05), post_for_ever)
        for file in (again.results / "leaderboard.csv", finished.folder / "leaderboard.csv"):
            assert len(leaderboard.read(file)) % len(rows) == 0  # whole, the old or the new
        assert goes_on(again, uninterrupted, options.results) == ALL


def test_a_run_killed_before_its_first_question_begins_anew(
    options: Options, tmp_path: Path
) -> None:
    uninterrupted = stops.run(options, Quiet())
    made = planned(options)
    rng = Random(4)
    for number in range(12):
        again = replace(options, results=tmp_path / f"again-{number}")
        folder = again.results / "runs" / made.name

        def begin(folder: Path = folder) -> None:
            with store.opened(folder, create=True) as kept:
                kept.write_manifest(made.manifest)
                kept.plan(one.question for one in made.asked)
                time.sleep(60)

        assert killed_after(rng.uniform(0.0, 0.04), begin)
        assert goes_on(again, uninterrupted, options.results) == 0


# ── interrupted ─────────────────────────────────────────────────────────────────────────────────


def test_an_interrupted_run_keeps_what_was_answered(options: Options, tmp_path: Path) -> None:
    uninterrupted = stops.run(options, Quiet())
    again = replace(options, results=tmp_path / "again")

    def interrupt(number: int) -> None:
        if number == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stops.run(again, Quiet(interrupt))
    assert not (again.results / "leaderboard.csv").exists()
    assert goes_on(again, uninterrupted, options.results) == 40


def test_a_finished_run_asks_nothing(options: Options) -> None:
    first = stops.run(options, Quiet())
    posted = (options.results / "leaderboard.csv").read_bytes()
    listener = Quiet()
    second = stops.run(options, listener)
    assert (first.asked, second.asked, listener.steps) == (ALL, 0, 0)
    assert listener.begun == [
        (name, ALL // 3, ALL // 3) for name in ("random", "majority", "solver")
    ]
    assert (options.results / "leaderboard.csv").read_bytes() == posted
    assert stops.score(first.folder, options.results, print).rows == first.rows


# ── fresh, and which run it is ──────────────────────────────────────────────────────────────────


def test_fresh_sets_the_old_run_aside_and_out_of_the_leaderboard(options: Options) -> None:
    fresh = replace(options, fresh=True)
    names = [stops.run(one, Quiet()).name for one in (fresh, fresh, fresh)]
    assert len(set(names)) == 1
    found = sorted(path.name for path in (options.results / "runs").iterdir())
    assert found == [names[0], f"{names[0]}~1", f"{names[0]}~2"]
    for folder in (options.results / "runs").iterdir():
        assert is_whole(folder)
        assert (folder / "leaderboard.csv").is_file()
    assert {row.run for row in leaderboard.read(options.results / "leaderboard.csv")} == {names[0]}
    assert stops.run(options, Quiet()).asked == 0


def test_a_run_that_asked_other_prompts_is_not_gone_on_with(options: Options) -> None:
    """As where the tokenizer is another now, which no name of a run tells."""
    first = stops.run(options, Quiet())
    with store.opened(first.folder, create=False) as kept:
        asked = next(kept.questions())
        kept.plan([replace(asked, key="0" * 64, prompt="as it was then")])
    with pytest.raises(RunMistake, match="it asked other prompts: tokenizer, chat") as caught:
        stops.run(options, Quiet())
    assert "`--fresh`" in str(caught.value.hint)
    assert stops.run(replace(options, fresh=True), Quiet()).asked == ALL


@pytest.mark.parametrize("file", ["run.sqlite", "manifest.json"])
def test_fresh_starts_anew_beside_a_damaged_run(options: Options, file: str) -> None:
    first = stops.run(options, Quiet())
    (first.folder / file).write_text("what is this?")
    with pytest.raises(RunMistake, match="damaged") as caught:
        stops.run(options, Quiet())
    assert str(first.folder) in caught.value.message
    assert "`--fresh`" in str(caught.value.hint)
    assert stops.run(replace(options, fresh=True), Quiet()).asked == ALL
    assert first.folder.with_name(f"{first.name}~1").joinpath(file).read_text() == "what is this?"


def test_fresh_does_not_move_a_run_that_is_at_work(options: Options) -> None:
    first = stops.run(options, Quiet())
    with (
        store.opened(first.folder, create=False),
        pytest.raises(RunMistake, match="another process is at work"),
    ):
        stops.run(replace(options, fresh=True), Quiet())
    assert [path.name for path in first.folder.parent.iterdir()] == [first.name]


NOT_UTF8 = os.fsdecode(b"n\xff")  # as the command line and a folder's list give such a name


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("suite", {"suite": NOT_UTF8}),
        ("task", {"tasks": (NOT_UTF8,)}),
        ("template", {"templates": (NOT_UTF8,)}),
        ("form", {"form": NOT_UTF8}),
        ("model", {"models": (NOT_UTF8,)}),
        ("model", {"models": (NOT_UTF8,), "engine": "solver"}),
    ],
)
def test_a_name_that_is_not_utf8_is_refused_by_name(
    kind: str, named: dict[str, Any], options: Options, tmp_path: Path
) -> None:
    texts = Path(shutil.copytree(paths.shipped("prompts"), tmp_path / "prompts"))
    (where,) = options.task_folders
    for one in (
        where / "suites" / "small.yaml",
        where / "entailment" / "follows.yaml",
        next(texts.glob("en/*/entailment.jinja")),
        texts / "en" / "forms" / "text.jinja",
    ):
        shutil.copy(one, one.with_stem(NOT_UTF8))
    with pytest.raises(UserMistake, match=f"^{kind} `{NOT_UTF8}`: its name is not UTF-8") as caught:
        planned(replace(options, prompt_folders=(texts,), **named))
    assert caught.value.hint == "rename it"


def edited(folder: Path, old: str, new: str) -> None:
    """Replace a text in the one file of the folder that has it."""
    (file,) = (path for path in folder.rglob("*.*") if old in path.read_text(encoding="utf-8"))
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_the_same_options_name_the_same_run_from_anywhere(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = planned(options).name
    monkeypatch.chdir(tmp_path)
    elsewhere = replace(
        options, results=Path("elsewhere"), task_folders=(write_tasks(Path("copied")),)
    )
    assert planned(elsewhere).name == name
    assert planned(replace(options, fresh=True)).name == name


def test_what_decides_the_answers_decides_the_runs_name(options: Options, tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    (folder / "en").mkdir(parents=True)
    shipped = templates.template("entailment", "en", options.prompt_folders)
    (folder / "en" / "entailment.jinja").write_text(shipped.path.read_text(encoding="utf-8"))
    own = replace(options, prompt_folders=(folder, *options.prompt_folders))
    assert planned(own).name == planned(options).name
    settings = options.settings
    variants = [
        options,
        replace(options, limit=5),
        replace(options, shots=(0, 1), tasks=("closes",)),
        replace(options, tasks=("closes",)),
        replace(options, language="pt"),
        replace(options, settings=replace(settings, seed=1)),
        replace(options, settings=replace(settings, dtype="float32")),
        replace(options, settings=replace(settings, max_context=512)),
        replace(options, settings=replace(settings, arguments={"batch": 1})),
    ]
    names = [planned(one).name for one in variants]
    edited(options.task_folders[0] / "entailment", "seed: 3", "seed: 4")
    names.append(planned(options).name)
    edited(options.task_folders[0] / "entailment", "size: 10", "size: 11")
    names.append(planned(options).name)
    path = folder / "en" / "entailment.jinja"
    path.write_text(path.read_text(encoding="utf-8").replace("yes", "true"), encoding="utf-8")
    assert "true" in path.read_text(encoding="utf-8")
    names.append(planned(own).name)
    assert len(set(names)) == len(names) == 12


# ── the baselines ───────────────────────────────────────────────────────────────────────────────


def asked_of(options: Options, baseline: str) -> list[tuple[Request, int]]:
    """Return each request of a baseline with its gold label."""
    made = planned(replace(options, engine=baseline))
    return [(one.request, one.question.gold) for one in made.asked]


def verdict(response: Response) -> int:
    assert isinstance(response, LogLikelihoods)
    return response.values.index(max(response.values))


def test_solver_is_always_right_and_majority_says_the_most_frequent_label(
    options: Options,
) -> None:
    rows = stops.run(options, Quiet()).rows
    assert {row.estimate.value for row in rows if row.engine == "solver"} == {1.0}
    for task in ("follows", "closes"):
        asked = asked_of(replace(options, tasks=(task,)), "majority")
        golds = Counter(gold for _, gold in asked)
        share = max(golds.values()) / len(asked)
        mine = (row for row in rows if (row.engine, row.task) == ("majority", task))
        assert {row.estimate.value for row in mine} == {share}
    assert all(row.counts.get(Outcome.UNREAD, 0) == 0 for row in rows)


def test_majority_counts_the_whole_task_whatever_the_limit(options: Options) -> None:
    golds = [gold for _, gold in asked_of(replace(options, tasks=("closes",)), "majority")][:7]
    most = max((0, 1), key=golds.count)
    assert golds.count(most) == 4
    for limit in (1, 2, 3):
        made = asked_of(replace(options, tasks=("closes",), limit=limit), "majority")
        assert {request.oracle.majority for request, _ in made if request.oracle} == {most}


def test_random_is_at_chance_and_says_the_same_in_any_subset(options: Options) -> None:
    path = options.task_folders[0] / "resolvent" / "which.yaml"
    path.parent.mkdir()
    path.write_text("about: many\nfamily: resolvent\nsize: 400\nseed: 5\ntemplate: resolvent\n")
    asked = asked_of(replace(options, tasks=("which",)), "random")
    requests = [request for request, _ in asked]
    said = {one.key: one for one in random.start(None, Settings()).ask(requests)}
    assert len(said) == 800
    right = sum(verdict(said[request.key]) == gold for request, gold in asked)
    low, high = binom.interval(0.999, len(asked), 1 / 4)
    assert low <= right <= high
    some = Random(1).sample(requests, 50)
    assert all(said[one.key] == one for one in random.start(None, Settings()).ask(some))
    other = {one.key: one for one in random.start(None, Settings(seed=1)).ask(requests)}
    assert 0.15 < sum(said[key] == other[key] for key in said) / len(said) < 0.35


def test_baselines_that_look_at_the_problem_need_an_oracle(options: Options) -> None:
    request = replace(asked_of(options, "solver")[0][0], oracle=None)
    for engine in (solver, majority):
        with pytest.raises(ValueError, match="has no oracle"):
            list(engine.start(None, Settings()).ask([request]))


# ── models ──────────────────────────────────────────────────────────────────────────────────────


def pending(options: Options) -> set[str]:
    """Return the keys of what the model is still to be asked."""
    made = planned(options)
    mine = {one.request.key for one in made.asked if one.question.model == options.models[0]}
    with store.opened(options.results / "runs" / made.name, create=False) as kept:
        return mine - kept.answered()


@pytest.fixture
def with_model(options: Options, tmp_path: Path) -> Options:
    return replace(options, models=(str(tiny.model(tmp_path / "tiny")),))


@pytest.mark.usefixtures("more_engines")
def test_a_models_engine_never_sees_an_oracle(with_model: Options, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    settings = Settings(arguments={"notes": str(notes)})
    noted = replace(with_model, engine="noting", settings=settings)
    finished = stops.run(noted, Quiet())
    assert finished.unanswered == 0
    given = notes.read_text(encoding="utf-8").splitlines()
    assert len(given) == ALL // 3
    assert all("oracle=None" in one for one in given)
    assert not any("Oracle" in one or "gold" in one or "majority" in one for one in given)
    made = planned(noted)
    assert all(one.request.oracle is not None for one in made.asked)  # so `run` took it off
    ties = {row.counts[Outcome.TIE] for row in finished.rows if row.task == "follows"}
    assert 10 in ties  # the engine took no side


@pytest.mark.usefixtures("more_engines")
def test_replay_answers_as_was_recorded_and_nothing_else(
    with_model: Options, tmp_path: Path
) -> None:
    settings = Settings(arguments={"notes": str(tmp_path / "notes")})
    recorded = stops.run(
        replace(with_model, engine="noting", settings=settings, baselines=False), Quiet()
    )
    again = replace(
        with_model,
        engine="replay",
        baselines=False,
        recording=recorded.folder,
        results=tmp_path / "again",
    )
    finished = stops.run(again, Quiet())
    assert [row.estimate for row in finished.rows] == [row.estimate for row in recorded.rows]
    with store.opened(recorded.folder, create=False) as kept:
        responses = kept.responses()
    other = tmp_path / "other"
    with store.opened(other, create=True) as kept:
        spell = kept.begin("some", "noting", {})
        for one in responses.values():
            said = one if isinstance(one, LogLikelihoods) else replace(one, text="no")
            kept.add(spell, said, 0.0)
    assert planned(replace(again, recording=other)).name != finished.name
    wider = replace(again, language="pt")
    with pytest.raises(EngineFailure, match="is not in the recording"):
        stops.run(wider, Quiet())
    with pytest.raises(UserMistake, match="needs a recording"):
        planned(replace(again, recording=None))


@pytest.mark.usefixtures("more_engines")
def test_an_engine_that_leaves_requests_unanswered_has_failed(
    with_model: Options, tmp_path: Path
) -> None:
    settings = Settings(arguments={"notes": str(tmp_path / "notes"), "most": 10})
    noted = replace(with_model, engine="noting", settings=settings)
    with pytest.raises(EngineFailure, match="engine `noting` left 24 requests unanswered"):
        stops.run(noted, Quiet())
    assert not (noted.results / "leaderboard.csv").exists()
    for asked in (24, 14, 4):
        assert len(list(pending(noted))) == asked
        with suppress(EngineFailure):
            stops.run(noted, Quiet())
    assert stops.run(noted, Quiet()).unanswered == 0


@pytest.mark.usefixtures("more_engines")
def test_weights_that_change_during_a_run_end_it(with_model: Options, tmp_path: Path) -> None:
    folder = Path(with_model.models[0])
    weights = folder / "model.safetensors"
    settings = Settings(arguments={"notes": str(tmp_path / "notes")})
    noted = replace(with_model, engine="noting", settings=settings)
    name = planned(noted).name

    def spoil(number: int) -> None:
        if number == 3:
            content = bytearray(weights.read_bytes())
            content[-1] ^= 1
            weights.write_bytes(content)

    with pytest.raises(CheckFailed, match="its weights changed during the run") as caught:
        stops.run(noted, Quiet(spoil))
    assert str(folder) in caught.value.message
    assert caught.value.exit_status == 1
    assert not (noted.results / "leaderboard.csv").exists()
    assert planned(noted).name != name
