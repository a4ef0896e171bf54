"""A suite's slices: which conditions there are, for which models, and what they come to."""

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from evalsuite import leaderboard, paths, stops, store, tasks
from evalsuite.calibration import BLANKS
from evalsuite.errors import ModelMistake, TaskMistake
from evalsuite.plan import Options, Plan, plan
from evalsuite.records import Condition, LogLikelihoods, Settings
from tests import tiny
from tests.test_run import Quiet

SIZE = 12
SUITE = """
about: conditions of the tests
tasks: [follows]
calibration: true
slices:
  - shots: [0, 2]
    description: [true, false]
  - shots: 2
    labels: [gold, shuffled, none]
    shot_seeds: [0, 1]
  - form: [text, alpaca, chat, chat-one-turn]
  - language: [en, pt]
    shots: 2
    shot_mode: [fixed, per-item]
"""


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model(tmp_path_factory.mktemp("tiny") / "chatty", chat=True)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.model(tmp_path_factory.mktemp("tiny") / "plain")


def written(folder: Path, suite: str = SUITE) -> Path:
    for name, text in {
        "suites/sliced": suite,
        "entailment/follows": f"about: a\nfamily: entailment\nsize: {SIZE}\nseed: 3\n",
    }.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def options(folder: Path, *models: Path, suite: str = SUITE) -> Options:
    return Options(
        suite="sliced",
        engine="transformers",
        models=tuple(map(str, models)),
        settings=Settings(),
        results=folder / "results",
        task_folders=(written(folder / "tasks", suite),),
        prompt_folders=(paths.shipped("prompts"),),
    )


def made(folder: Path, *models: Path, suite: str = SUITE) -> Plan:
    return plan(options(folder, *models, suite=suite), lambda _said: None)


def asked(of: Plan) -> Counter[Condition]:
    return Counter(one.question.condition for one in of.asked if not one.question.blank)


def test_every_condition_of_the_slices_is_asked_of_every_instance_once(
    tmp_path: Path, chatty: Path
) -> None:
    found = asked(made(tmp_path, chatty))
    assert set(found.values()) == {SIZE}
    # `auto` is `chat`: k 0 and 2 with and without description; two seeds of three labels, but for
    # the one that is there already; three more forms; pt, and per item in both.
    assert len(found) == 4 + 5 + 3 + 3
    seeds = {(one.labels, one.shot_seed) for one in found if one.k and one.description}
    assert seeds >= {(labels, seed) for labels in ("gold", "shuffled", "none") for seed in (0, 1)}


def test_without_shots_nothing_about_them_makes_a_condition(tmp_path: Path, plain: Path) -> None:
    suite = SUITE.partition("slices:")[0] + "labels: [gold, none]\nshot_seeds: [3, 4]\n"
    (one,) = asked(made(tmp_path, plain, suite=suite))
    assert (one.k, one.labels, one.shot_mode, one.shot_seed) == (0, "gold", "fixed", 0)


def test_forms_of_messages_are_left_out_for_a_model_without_a_chat_template_and_told(
    tmp_path: Path, plain: Path
) -> None:
    said: list[str] = []
    found = asked(plan(options(tmp_path, plain), said.append))
    assert {one.form for one in found} == {"text", "alpaca"}
    assert sum("left out" in line for line in said) == 2
    with pytest.raises(ModelMistake, match="no chat template"):
        plan(replace(options(tmp_path, plain), form="chat-one-turn"), said.append)


@pytest.mark.parametrize(
    ("slices", "place", "reason"),
    [
        ("  - shots: [0, 65]\n", ":4: `slices.0.shots.1`: ", "less than or equal to 64"),
        ("  - shots: 0\n  - labels: silver\n", ":5: `slices.1.labels`: ", "'gold'"),
        ("  - label: gold\n", ":4: unknown key `slices.0.label`", "did you mean `labels`?"),
        ("  - models: [x]\n", ":4: unknown key `slices.0.models`", "known: "),
        ("  - form: []\n", ":4: `slices.0.form`: ", "at least 1 item"),
        ("  - text\n", ":4: `slices.0`: ", "input should be an object"),
    ],
)
def test_a_mistake_in_a_slice_is_told_with_its_line(
    tmp_path: Path, slices: str, place: str, reason: str
) -> None:
    text = f"about: a\ntasks: [follows]\nslices:\n{slices}"
    with pytest.raises(TaskMistake) as caught:
        tasks.suite("sliced", (written(tmp_path, text),))
    assert f"sliced.yaml{place}" in caught.value.message
    assert reason in f"{caught.value.message} {caught.value.hint}"


def test_what_calibrates_is_asked_once_where_all_but_the_query_is_the_same(
    tmp_path: Path, chatty: Path
) -> None:
    of = made(tmp_path, chatty)
    blanks = Counter(one.question.condition for one in of.asked if one.question.blank)
    assert blanks.keys() == asked(of).keys()
    for condition, count in blanks.items():
        own = condition.shot_mode == "per-item"
        assert count == len(BLANKS) * (SIZE if own else 1)
    settings = {one.question.setting for one in of.asked if one.question.blank}
    assert {one.question.setting for one in of.asked} == settings
    for one in of.asked:
        if one.question.blank:
            questions = sum(map(one.question.prompt.count, ("Premises:", "Premissas:")))
            assert questions == len(one.question.shots)


def test_what_calibrates_one_model_calibrates_no_other(
    tmp_path: Path, chatty: Path, plain: Path
) -> None:
    """Both have the same tokenizer, and so the same prompts in running text."""
    models: dict[str, set[str]] = {}
    for one in made(tmp_path, chatty, plain).asked:
        models.setdefault(one.question.setting, set()).add(one.question.model)
    assert {len(each) for each in models.values()} == {1}


def test_a_run_of_slices_reports_what_each_factor_does(
    tmp_path: Path, chatty: Path, plain: Path
) -> None:
    finished = stops.run(options(tmp_path, chatty, plain), Quiet())
    assert finished.conditioned is not None
    factors = {effect.factor for effect in finished.conditioned.effects}
    assert factors == {
        *("description", "shots", "format", "labels", "form", "language", "shot mode"),
    }
    with (finished.folder / "conditioning.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(finished.conditioned.effects)
    assert {line["n"] for line in lines} == {str(SIZE)}
    text = (finished.folder / "conditioning.md").read_text(encoding="utf-8")
    assert "No weight changed" in text
    assert (finished.folder / "conditioning.svg").stat().st_size > 1_000
    # The scores that calibrate are no rows, and are in the columns of every accuracy.
    for row in leaderboard.read(finished.folder / "leaderboard.csv"):
        assert row.estimate.n == SIZE
        assert row.calibration is None or row.calibration.accuracy_pmi is not None
        assert (row.metric == "accuracy") == (row.calibration is not None)
    _agree_with_the_store(finished)
    again = stops.score(finished.folder, tmp_path / "results", lambda _text: None)
    assert again.conditioned == finished.conditioned


def _agree_with_the_store(finished: stops.Finished) -> None:
    """Work a row's PMI and each effect's p out from the responses as they were stored."""
    with store.opened(finished.folder, create=False) as kept:
        questions, responses = tuple(kept.questions()), kept.responses()
    values = {
        one.key: response.values
        for one in questions
        if isinstance(response := responses[one.key], LogLikelihoods)
    }
    first = questions[0]
    empty = next(one for one in questions if one.blank and one.setting == first.setting)
    right: dict[tuple[str, Condition], dict[str, bool]] = {}
    by_pmi = 0
    for one in questions:
        if not one.blank:
            scores = values[one.key]
            under = right.setdefault((one.model, one.condition), {})
            under[one.instance] = scores[one.gold] > scores[1 - one.gold]
        if not one.blank and one.setting == first.setting:
            scores = tuple(a - b for a, b in zip(scores, values[empty.key], strict=True))
            by_pmi += scores[one.gold] > scores[1 - one.gold]
    row = next(
        row
        for row in finished.rows
        if row.condition == first.condition and row.model == first.model and row.calibration
    )
    assert row.calibration is not None
    assert row.calibration.accuracy_pmi == by_pmi / SIZE
    _agree_with_statsmodels(finished, right)


def _agree_with_statsmodels(
    finished: stops.Finished, right: Mapping[tuple[str, Condition], Mapping[str, bool]]
) -> None:
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.multitest import multipletests

    assert finished.conditioned is not None
    effects = finished.conditioned.effects
    compared = 0
    for effect in effects:
        if effect.factor == "description" and effect.setting.endswith("no shots"):
            off, on = (
                next(
                    under
                    for (model, one), under in right.items()
                    if model == effect.model
                    and (one.k, one.description, one.language) == (0, described, "en")
                    and effect.setting.startswith(f"{one.form}, ")
                )
                for described in (False, True)
            )
            table = [[0, 0], [0, 0]]
            for instance, before in off.items():
                table[not before][not on[instance]] += 1
            assert effect.p == pytest.approx(float(mcnemar(table, exact=True).pvalue))
            share = (sum(on.values()) - sum(off.values())) / SIZE
            assert effect.difference == pytest.approx(share)
            compared += 1
    assert compared == 2  # one a model
    holm = multipletests([effect.p for effect in effects], method="holm")[1]
    assert [effect.p_holm for effect in effects] == pytest.approx(list(holm))
