"""Instances are certified, balanced, distinct, kept apart, and the same in every set."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from evalsuite.errors import SoundnessAlarm, TaskMistake
from evalsuite.families import family
from evalsuite.families.resolution import resolvent
from evalsuite.instances import certified, pool, questions
from evalsuite.logic.problems import BranchClosure, ResolventOf
from evalsuite.logic.syntax import Atom
from evalsuite.logic.tableau import show_signed
from evalsuite.records import Instance
from tests.strategies import FAMILIES, drawing, rngs, task

MANY = 400


@pytest.fixture(scope="module")
def many() -> dict[str, tuple[Instance, ...]]:
    return {name: questions(task(name, size=MANY)) for name in FAMILIES}


@settings(max_examples=4, deadline=None)
@pytest.mark.parametrize("name", FAMILIES)
@given(seed=st.integers(0, 2**31), count=st.integers(1, 16))
def test_an_item_is_the_same_whatever_the_size_of_the_set(name: str, seed: int, count: int) -> None:
    whole = task(name, seed=seed, size=16)
    assert questions(whole, count) == questions(whole)[:count]
    assert pool(whole, count // 2) == pool(whole, 8)[: count // 2]


def test_a_set_has_the_size_its_task_says() -> None:
    assert len(questions(task("resolvent", size=7))) == 7


def test_another_seed_draws_other_items() -> None:
    first, second = (questions(task("entailment", seed=seed), 20) for seed in (1, 2))
    assert not {item.canonical for item in first} & {item.canonical for item in second}


@pytest.mark.parametrize("name", FAMILIES)
def test_labels_are_balanced_in_each_rung(many: dict[str, tuple[Instance, ...]], name: str) -> None:
    kind = drawing(name)
    cells = [(rung, gold) for rung in kind.rungs(kind.Params()) for gold in range(kind.CHOICES)]
    for items in (many[name], pool(task(name), 2 * len(cells))):
        counts = Counter((item.tags["rung"], item.gold) for item in items)
        assert set(counts) == set(cells)
        assert set(counts.values()) == {len(items) // len(cells)}


@pytest.mark.parametrize("name", FAMILIES)
def test_questions_and_shots_are_distinct_up_to_canonical_form(
    many: dict[str, tuple[Instance, ...]], name: str
) -> None:
    items = (*many[name], *pool(task(name, seed=9), 32))
    assert len({family(name).canonical(item.problem) for item in items}) == len(items)
    assert len({item.id for item in items}) == len(items)
    assert all(item.canonical == family(name).canonical(item.problem) for item in items)


def test_ids_say_task_side_and_place() -> None:
    some = task("resolvent")
    assert [item.id for item in questions(some, 2)] == ["some-resolvent/0", "some-resolvent/1"]
    assert [item.id for item in pool(some, 2)] == [
        "some-resolvent/shot/0",
        "some-resolvent/shot/1",
    ]


def test_a_ladder_too_narrow_is_a_mistake_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalsuite.instances._TRIES", 300)
    narrow = resolvent.Params(fewest_literals=5, most_literals=5)
    with pytest.raises(TaskMistake, match="no new instance of `resolvent` with rung 5") as caught:
        questions(task("resolvent", params=narrow, size=200))
    assert caught.value.hint is not None


@settings(deadline=None)
@given(st.sampled_from(FAMILIES), rngs)
def test_a_planted_wrong_label_raises_the_alarm(name: str, rng: Random) -> None:
    kind = drawing(name)
    draft = None
    while draft is None:
        draft = kind.draw(kind.Params(), kind.rungs(kind.Params())[0], 0, rng)
    right = certified(draft, task=task(name), name="t/0", gold=0, form="")
    assert right.gold == 0
    with pytest.raises(SoundnessAlarm, match="t/0: the family says ") as caught:
        certified(draft, task=task(name), name="t/0", gold=rng.randrange(1, kind.CHOICES), form="")
    assert draft.choices[0] in caught.value.message


def test_a_problem_without_an_answer_raises_the_alarm() -> None:
    draft = resolvent.draw(resolvent.Params(), 4, 0, Random(3))
    assert draft is not None
    problem = draft.problem
    assert isinstance(problem, ResolventOf)
    twice = replace(problem, candidates=(problem.candidates[0],) * 4)
    with pytest.raises(SoundnessAlarm, match="t/0: resolvent: 4 candidates fit"):
        certified(
            replace(draft, problem=twice), task=task("resolvent"), name="t/0", gold=0, form=""
        )


# ── nothing shallow tells the label ─────────────────────────────────────────────────────────────


def at_chance(hits: int, n: int, chance: float) -> bool:
    """Say whether the exact binomial test leaves room for chance, at one in ten thousand."""
    return bool(binomtest(hits, n, chance).pvalue > 1e-4)


def text(item: Instance) -> str:
    return str(item.shown)


CUES: dict[str, Callable[[Instance], float]] = {
    "length": lambda item: len(text(item)),
    "negations": lambda item: text(item).count("~"),
    "conjunctions": lambda item: text(item).count("&"),
    "disjunctions": lambda item: text(item).count("|"),
    "implications": lambda item: text(item).count("->"),
    "brackets": lambda item: text(item).count("("),
    "signs T": lambda item: text(item).count("T "),
    "number of premises": lambda item: len(text(item).split(",")),
    "last word negated": lambda item: "~" in text(item).split()[-1],
}


@pytest.mark.parametrize("name", ["entailment", "branch-closure"])
@pytest.mark.parametrize("cue", CUES)
def test_a_shallow_cue_is_at_chance(
    many: dict[str, tuple[Instance, ...]], name: str, cue: str
) -> None:
    """Guess by whether the cue is above its median."""
    values = [CUES[cue](item) for item in many[name]]
    middle = sorted(values)[MANY // 2]
    pairs = zip(values, many[name], strict=True)
    assert at_chance(sum((value >= middle) == item.gold for value, item in pairs), MANY, 1 / 2)


@pytest.mark.parametrize("name", ["entailment", "branch-closure"])
def test_the_words_of_other_items_do_not_tell_the_label(
    many: dict[str, tuple[Instance, ...]], name: str
) -> None:
    """Naive Bayes on the words, learnt on one half and asked on the other."""
    learnt: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for item in many[name][: MANY // 2]:
        learnt[item.gold].update(words(item))

    def weight(word: str) -> float:
        first, second = learnt
        return (second[word] + 1) / (first[word] + second[word] + 2) - 1 / 2

    asked = many[name][MANY // 2 :]
    hits = sum((sum(map(weight, words(item))) > 0) == item.gold for item in asked)
    assert at_chance(hits, len(asked), 1 / 2)


def words(item: Instance) -> list[str]:
    return text(item).replace("(", " ").replace(")", " ").replace("~", " ~ ").split()


def overlap(item: Instance, option: str) -> int:
    """Count the words that an option shares with the others: the odd one out has few."""
    return sum(other.split().count(word) for word in option.split() for other in item.choices)


OPTION_CUES: dict[str, Callable[[Instance, str], float]] = {
    "longest": lambda _, option: len(option),
    "most negations": lambda _, option: option.count("~"),
    "fewest negations": lambda _, option: -option.count("~"),
    "most like the others": overlap,
    "first in the alphabet": lambda _, option: -ord(option.removeprefix("~")[0]),
    "last in the alphabet": lambda _, option: ord(option[-1]),
}


@pytest.mark.parametrize("cue", OPTION_CUES)
def test_the_options_of_a_resolvent_do_not_tell_which(
    many: dict[str, tuple[Instance, ...]], cue: str
) -> None:
    """Guess the option with most of the cue; a tie counts for the first."""
    hits = sum(
        item.gold == max(range(4), key=lambda place: OPTION_CUES[cue](item, item.choices[place]))
        for item in many["resolvent"]
    )
    assert at_chance(hits, MANY, 1 / 4)


def test_who_does_not_see_signs_does_not_see_the_resolvent(
    many: dict[str, tuple[Instance, ...]],
) -> None:
    """Guess the option that lacks a letter which both clauses have, whatever the signs."""
    hits = 0.0
    for item in many["resolvent"]:
        left, right = (letters(str(item.shown[side])) for side in ("left", "right"))
        lacks = [bool((left & right) - letters(option)) for option in item.choices]
        hits += lacks[item.gold] / sum(lacks)
    assert hits == MANY / 4


def letters(shown: str) -> set[str]:
    return set(re.findall(r"[A-Z]", shown))


COUNTS: dict[str, Callable[[list[str]], int]] = {
    "atoms on lines": len,
    "different atoms": lambda lines: len({line[-1] for line in lines}),
    "different lines": lambda lines: len(set(lines)),
    "repeated lines": lambda lines: len(lines) - len(set(lines)),
    "most of one line": lambda lines: max(Counter(lines).values()),
    "most of one atom": lambda lines: max(Counter(line[-1] for line in lines).values()),
}


@pytest.mark.parametrize("count", COUNTS)
def test_no_count_on_a_branch_tells_much_of_its_label(
    many: dict[str, tuple[Instance, ...]], count: str
) -> None:
    """The best threshold; one number must tell something, see `branch_closure._shape`."""
    values, golds = [], []
    for item in many["branch-closure"]:
        assert isinstance(item.problem, BranchClosure)
        atoms = [one for one in item.problem.branch if isinstance(one.formula, Atom)]
        values.append(COUNTS[count]([show_signed(one) for one in atoms]))
        golds.append(item.gold)
    hits = (
        sum((value >= threshold) == gold for value, gold in zip(values, golds, strict=True))
        for threshold in set(values)
    )
    assert max(max(hit, MANY - hit) for hit in hits) < 0.7 * MANY


def test_a_cue_that_tells_would_be_seen(many: dict[str, tuple[Instance, ...]]) -> None:
    """The other way round: reading both parents gets far above chance on the same items."""

    def clashes(item: Instance, option: str) -> int:
        literals = f"{item.shown['left']} | {item.shown['right']}".split(" | ")
        signs = {literal.removeprefix("~"): 0 for literal in literals}
        for literal in set(literals):
            signs[literal.removeprefix("~")] += 1
        return sum(signs[literal.removeprefix("~")] == 1 for literal in option.split(" | "))

    hits = sum(
        item.gold == max(range(4), key=lambda place: clashes(item, item.choices[place]))
        for item in many["resolvent"]
    )
    assert hits == MANY
    assert not at_chance(hits, MANY, 1 / 4)
