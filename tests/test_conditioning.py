"""What prompts do is found where it is planted, and not where it is not."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from evalsuite import conditioning, power, stats
from evalsuite.records import (
    Condition,
    Effect,
    Judged,
    Labels,
    ModelKind,
    Outcome,
    Question,
    Score,
    Usage,
)
from evalsuite.report import conditioning as report
from evalsuite.report import pictures
from tests.conditions import PLAIN

KINDS: Mapping[str, ModelKind] = {"base": "pretrained", "tuned": "instruct"}
FEW = replace(PLAIN, k=4)


def judged(under: Condition, instance: int, *, right: bool, model: str = "base") -> Judged:
    question = Question(
        key=f"{model}/{instance}/{under}",
        model=model,
        engine="vllm",
        task="entailment",
        condition=under,
        instance=f"entailment/{instance}",
        rung="1",
        twin=str(instance),
        gold=0,
        labels=("follows", "does-not-follow"),
        answers=("yes", "no"),
        answer="choices",
        scorer="label",
        formal={},
        prompt="?",
        prompt_sha256="0",
        shots=(),
        dropped=0,
        too_long=False,
    )
    outcome = Outcome.RIGHT if right else Outcome.WRONG
    score = Score(outcome=outcome, verdict=0 if right else 1)
    return Judged(question=question, score=score, usage=Usage())


def answered(under: Condition, rights: Iterable[bool], model: str = "base") -> list[Judged]:
    return [judged(under, i, right=bool(right), model=model) for i, right in enumerate(rights)]


def found(ones: Iterable[Judged]) -> dict[tuple[str, str, str], Effect]:
    effects = conditioning.effects(ones, KINDS)
    return {(one.factor, one.before, one.after): one for one in effects}


# ── which pairs are compared ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        (replace(FEW, description=False), FEW, ("description", "off", "on")),
        (PLAIN, FEW, ("shots", "0", "4")),
        (
            replace(FEW, labels="none"),
            replace(FEW, labels="shuffled"),
            ("format", "none", "shuffled"),
        ),
        (replace(FEW, labels="shuffled"), FEW, ("labels", "shuffled", "gold")),
        (FEW, replace(FEW, form="alpaca"), ("form", "text", "alpaca")),
        (
            replace(FEW, form="chat"),
            replace(FEW, form="chat-one-turn"),
            ("form", "chat", "chat-one-turn"),
        ),
        (FEW, replace(FEW, language="pt"), ("language", "en", "pt")),
        (FEW, replace(FEW, template="terse"), ("template", "entailment", "terse")),
        (FEW, replace(FEW, shot_mode="per-item"), ("shot mode", "fixed", "per-item")),
    ],
)
def test_two_conditions_that_differ_in_one_factor_show_its_effect(
    before: Condition, after: Condition, named: tuple[str, str, str]
) -> None:
    wrong = [False, True, False, False]
    ones = [*answered(before, wrong), *answered(after, [True, True, True, False])]
    (effect,) = found(ones).values()
    assert (effect.factor, effect.before, effect.after) == named
    assert effect.difference == 0.5
    assert effect.base == 0.25
    assert effect.n == 4
    assert effect.p == stats.mcnemar(gains=2, losses=0)
    if effect.factor != "template":  # of two wordings, the first is what it is compared with
        assert found(ones[::-1]).keys() == {named}


def test_the_level_that_others_are_compared_with_is_one_that_is_alike_in_all_else() -> None:
    ones = [
        *answered(PLAIN, [True, False]),  # `text`, but without shots
        *answered(replace(FEW, form="terse"), [True, False]),
        *answered(replace(FEW, form="textbook"), [True, True]),
    ]
    assert found(ones).keys() == {("form", "terse", "textbook")}


@pytest.mark.parametrize(
    "other",
    [
        replace(FEW, form="alpaca", language="pt"),
        replace(PLAIN, form="alpaca"),
        replace(FEW, labels="none"),
        replace(FEW, shot_seed=1),
        replace(FEW, k=2, description=False),
    ],
)
def test_conditions_that_differ_in_more_or_in_what_shows_nothing_are_not_compared(
    other: Condition,
) -> None:
    assert not found([*answered(FEW, [True, False]), *answered(other, [False, False])])


def test_only_instances_that_both_have_are_compared() -> None:
    ones = [*answered(PLAIN, [True, True, True]), *answered(FEW, [False])]
    (effect,) = found(ones).values()
    assert effect.n == 1
    assert effect.difference == -1


def test_with_several_shot_seeds_an_instance_counts_with_its_mean() -> None:
    ones = [
        *answered(PLAIN, [False, False]),
        *answered(FEW, [True, False]),
        *answered(replace(FEW, shot_seed=1), [False, False]),
    ]
    (effect,) = found(ones).values()
    assert effect.seeds == 2
    assert effect.difference == pytest.approx(0.25)
    labelled: list[Labels] = ["shuffled", "gold"]
    ones = [
        one
        for seed in range(3)
        for labels in labelled
        for one in answered(
            replace(FEW, shot_seed=seed, labels=labels), [labels == "gold", seed == 0]
        )
    ]
    effect = found(ones)["labels", "shuffled", "gold"]
    assert effect.seeds == 3
    assert effect.difference == pytest.approx(0.5)
    assert "mean of 3 shot seeds" in effect.setting


def test_a_slope_is_that_of_the_least_squares_line() -> None:
    shares = {0: 0.2, 1: 0.3, 3: 0.6, 7: 0.7}
    ones = [
        one
        for k, share in shares.items()
        for one in answered(replace(FEW, k=k), [i < share * 10 for i in range(10)])
    ]
    slope = found(ones)["shots slope", "0", "7"]
    points = [0, 1, 2, 3]  # log2(k + 1)
    assert slope.difference == pytest.approx(np.polyfit(points, list(shares.values()), 1)[0])
    assert "k = 0, 1, 3, 7" in slope.setting


def test_curves_that_are_flat_have_no_slope_and_no_p_of_rounding() -> None:
    ones = [
        one
        for k in (0, 1, 2, 4, 8, 16)
        for one in answered(replace(FEW, k=k), [i % 2 == 0 for i in range(100)])
    ]
    slope = found(ones)["shots slope", "0", "16"]
    assert slope.p == slope.p_holm == 1
    assert slope.difference == pytest.approx(0, abs=1e-12)


def test_baselines_have_no_effects() -> None:
    ones = [*answered(PLAIN, [True], "random"), *answered(FEW, [False], "random")]
    assert not conditioning.effects(ones, KINDS)


def test_the_spread_over_shot_seeds_and_forms_names_the_worst_and_the_best() -> None:
    ones = [
        *answered(FEW, [True, True, False, False]),
        *answered(replace(FEW, shot_seed=1), [True, False, False, False]),
        *answered(replace(FEW, form="alpaca"), [True, True, True, True]),
    ]
    seeds, forms = sorted(conditioning.spreads(ones, KINDS), key=lambda one: one.over)[::-1]
    assert (seeds.over, seeds.worst, seeds.best, seeds.flip_rate) == ("shot seeds", "1", "0", 0.25)
    assert seeds.mean == pytest.approx(0.375)
    assert (forms.over, forms.worst, forms.best, forms.flip_rate) == (
        "forms",
        "text",
        "alpaca",
        0.5,
    )


# ── what is planted is found ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("gain", "loss", "seeds"), [(0.2, 0.1, 1), (0.15, 0.05, 3)])
def test_95_percent_intervals_hold_a_planted_effect_95_times_in_100(
    gain: float, loss: float, seeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """1,000 simulated models of 100 instances: 93 to 97 % may hold it."""
    monkeypatch.setattr(stats, "RESAMPLES", 499)
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(1_000):
        differences = np.zeros(100)
        for _ in range(seeds):
            differences += rng.choice([1.0, -1.0, 0.0], 100, p=[gain, loss, 1 - gain - loss])
        _, low, high = stats.paired(list(differences / seeds), seed=int(rng.integers(2**32)))
        held += low - 1e-9 <= gain - loss <= high + 1e-9
    assert 930 <= held <= 970


def test_a_planted_effect_of_labels_is_found_in_whole_reports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stats, "RESAMPLES", 499)
    rng = np.random.default_rng(8)
    held = seen = 0
    for _ in range(60):
        shuffled = rng.random(100) < 0.5
        gold = np.where(rng.random(100) < 0.4, np.ones(100, bool), shuffled)  # 0.2 more
        ones = [
            *answered(replace(FEW, labels="shuffled"), shuffled),
            *answered(FEW, gold),
        ]
        effect = found(ones)["labels", "shuffled", "gold"]
        held += effect.low <= 0.2 <= effect.high
        seen += effect.p_holm < 0.05
    assert held >= 53
    assert seen >= 57
    assert effect.detectable is not None
    assert effect.detectable < 0.2


def test_where_nothing_is_planted_few_reports_show_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At most 5 % of reports of a dozen effects each may show one after correction."""
    monkeypatch.setattr(stats, "RESAMPLES", 199)
    monkeypatch.setattr(stats, "FLIPS", 999)
    rng = np.random.default_rng(9)
    conditions = [
        PLAIN, *(replace(FEW, k=k) for k in (1, 2, 4, 8)), replace(FEW, form="alpaca"),
        replace(FEW, labels="none"), replace(FEW, labels="shuffled"),
        replace(FEW, language="pt"), replace(FEW, description=False),
    ]  # fmt: skip
    shown = 0
    for _ in range(60):
        ones = [one for each in conditions for one in answered(each, rng.random(60) < 0.6)]
        effects = conditioning.effects(ones, KINDS)
        assert len(effects) >= 9
        shown += min(one.p_holm for one in effects) < 0.05
    assert shown <= 3


def test_what_is_detectable_is_detected_four_times_in_five() -> None:
    rng = np.random.default_rng(10)

    def drawn(difference: float) -> list[float]:
        odds = [0.15 + difference, 0.15, 0.7 - difference]
        return list(rng.choice([1.0, -1.0, 0.0], 200, p=odds))

    size = power.detectable_from([*[1.0] * 40, *[-1.0] * 30, *[0.0] * 130])
    assert size is not None
    seen = sum(stats.paired_p(drawn(size), 0) < 0.05 for _ in range(400))
    assert 0.72 <= seen / 400 <= 0.88


# ── independent computations ────────────────────────────────────────────────────────────────────


def test_holm_agrees_with_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    rng = np.random.default_rng(1)
    for size in (1, 2, 7, 40):
        ps = list(rng.random(size) ** 3)
        ps[0] = ps[-1]  # a tie
        theirs = multipletests(ps, method="holm")[1]
        assert stats.holm(ps) == pytest.approx(list(theirs))
    assert stats.holm([]) == ()


def test_mcnemar_and_wilson_agree_with_statsmodels() -> None:
    from statsmodels.stats.contingency_tables import mcnemar
    from statsmodels.stats.proportion import proportion_confint

    rng = np.random.default_rng(2)
    for _ in range(50):
        before, after = rng.random(40) < 0.5, rng.random(40) < 0.6
        table = [
            [int((before & after).sum()), int((before & ~after).sum())],
            [int((~before & after).sum()), int((~before & ~after).sum())],
        ]
        effect = found([*answered(PLAIN, before), *answered(FEW, after)])["shots", "0", "4"]
        assert effect.p == pytest.approx(float(mcnemar(table, exact=True).pvalue))
        right = int(after.sum())
        low, high = proportion_confint(right, 40, method="wilson")
        ours = stats.wilson(right, 40)
        assert (ours.low, ours.high) == pytest.approx((low, high))


def test_the_interval_agrees_with_a_bootstrap_written_out() -> None:
    rng = np.random.default_rng(3)
    differences = rng.choice([1.0, 0.5, 0.0, -0.5, -1.0], 80, p=[0.2, 0.2, 0.3, 0.2, 0.1])
    mean, low, high = stats.paired(list(differences), seed=5)
    means = differences[rng.integers(0, 80, (20_000, 80))].mean(axis=1)
    assert mean == pytest.approx(differences.mean())
    assert (low, high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.02)


def test_what_no_test_can_show_is_not_promised() -> None:
    assert power.detectable_from([0.0] * 5) is None
    least = power.detectable_from([0.0] * 100)
    assert least is not None
    assert power.power(100, least, least) == pytest.approx(0.8, abs=1e-3)


def test_sign_flips_agree_with_those_written_out() -> None:
    rng = np.random.default_rng(4)
    differences = rng.choice([1.0, 1 / 3, 0.0, -1 / 3], 60, p=[0.1, 0.3, 0.4, 0.2])
    flips = rng.choice([-1.0, 1.0], (20_000, 60)) * differences
    theirs = np.mean(np.abs(flips.mean(axis=1)) >= abs(differences.mean()) - 1e-12)
    assert stats.paired_p(list(differences), seed=6) == pytest.approx(theirs, abs=0.02)


# ── what people see ─────────────────────────────────────────────────────────────────────────────


def a_report() -> tuple[Effect, ...]:
    rng = np.random.default_rng(11)
    conditions = [*(replace(FEW, k=k) for k in (0, 1, 4)), replace(FEW, labels="shuffled")]
    return conditioning.effects(
        (
            one
            for model in KINDS
            for each in conditions
            for one in answered(each, rng.random(50) < 0.4 + 0.1 * (each.k > 0), model)
        ),
        KINDS,
    )


def test_the_csv_has_a_row_an_effect_and_pretrained_stands_beside_instruct() -> None:
    effects = a_report()
    header, *lines = report.to_csv(effects).splitlines()
    assert len(lines) == len(effects) == 8
    for column in ("n", "difference", "low", "high", "p", "p_holm", "detectable"):
        assert column in header.split(",")
    assert [one.kind for one in effects] == ["pretrained", "instruct"] * 4
    assert report.to_csv(effects) == report.to_csv(a_report())  # byte by byte


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"p_holm": 0.01, "difference": 0.125}, "helps by 12.5 points"),
        ({"p_holm": 0.01, "difference": -0.125}, "hurts by 12.5 points"),
        ({"p": 0.01, "p_holm": 0.2}, "not sure: not after correction"),
        (
            {"p": 0.3, "p_holm": 1.0, "n": 100, "detectable": 0.137},
            "not seen: 100 show 14 points or more",
        ),
    ],
)
def test_an_effect_is_told_in_words(change: dict[str, float], told: str) -> None:
    assert report.words(replace(a_report()[0], **change)) == told  # type: ignore[arg-type]


def test_an_effect_that_rounds_to_nothing_has_no_sign_and_a_small_p_is_not_0() -> None:
    small = replace(a_report()[0], difference=-0.0001, low=-0.0002, p=1e-7, p_holm=8e-7)
    (section,) = report.sections([small], [])
    row = dict(zip(section.columns, section.rows[0], strict=True))
    assert row["difference"] == "+0.000"
    assert row["95 % interval"].startswith("+0.000 to ")
    assert (row["p"], row["p (Holm)"]) == ("<0.0001", "<0.0001")


def test_names_are_no_mark_up_and_a_change_of_weights_is_told() -> None:
    hostile = replace(a_report()[0], model="<script>|*", setting="=cmd()")
    weights = {"base": ("a" * 64, "b" * 64)}
    text = report.to_markdown(report.sections([hostile], []), {"t": "accuracy"}, weights)
    assert "accuracy in t" in text
    assert "<script>" not in text
    assert "WEIGHTS CHANGED" in text
    assert "No weight changed" in report.unchanged({"base": ("a" * 64, "a" * 64)})
    assert "'=cmd()" in report.to_csv([hostile])


def test_weights_that_are_not_known_are_claimed_neither_way() -> None:
    told = report.unchanged({"base": ("a" * 64, "a" * 64), "served": (None, None)})
    assert "No weight changed" in told
    assert "served" not in told.partition(").")[0]
    assert told.endswith("is not known for served.")
    told = report.unchanged({"begun": ("a" * 64, None)})
    assert told == "Whether weights changed is not known for begun."


def test_a_picture_is_drawn_of_whatever_there_is() -> None:
    effects = a_report()
    drawn = pictures.conditioning(effects, [])
    assert drawn.startswith(b"<?xml")
    assert drawn == pictures.conditioning(effects, [])  # byte by byte
    nasty = replace(effects[0], model="$x_{", setting="$\\frac", task="<svg onload=alert(1)>")
    assert b"<svg onload" not in pictures.conditioning([nasty], [])
    long = [replace(one, model=f"/{'folder/' * 20}{one.model}") for one in effects]
    assert pictures.conditioning(long, [])  # a warning of the layout would be an error
