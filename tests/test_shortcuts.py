"""Trivial baselines find what is planted, and nothing where nothing is."""

from collections.abc import Callable
from random import Random

import pytest

from evalsuite import shortcuts
from evalsuite.records import Json
from evalsuite.shortcuts import Asked

WORDS = ["the", "lamp", "is", "on", "and", "door", "open", "if", "P", "Q", "R"]


def _plain(gold: int, rng: Random) -> Asked:
    words = [rng.choice(WORDS) for _ in range(20)]
    return Asked(query=" ".join(words), answers=("yes", "no"), gold=gold)


def _parts(
    make: Callable[[int, Random], Asked], choices: int = 2
) -> tuple[list[Asked], list[Asked]]:
    rng = Random(make.__name__)
    both = [[make(n % choices, rng) for n in range(300)] for _ in range(2)]
    for part in both:
        rng.shuffle(part)
    return both[0], both[1]


def _found(make: Callable[[int, Random], Asked], choices: int = 2) -> set[str]:
    results = shortcuts.report(*_parts(make, choices))
    return {one.baseline for one in results if one.p < shortcuts.LEVEL / len(results)}


def _longer(gold: int, rng: Random) -> Asked:
    words = [rng.choice(WORDS) for _ in range(rng.randint(10, 25) + 6 * gold)]
    return Asked(query=" ".join(words), answers=("yes", "no"), gold=gold)


def _denied(gold: int, rng: Random) -> Asked:
    words = [rng.choice((*WORDS, "cow")) for _ in range(20)]
    words[: 2 * gold + rng.randrange(3)] = ["not"] * (2 * gold + rng.randrange(3))
    rng.shuffle(words)
    return Asked(query=" ".join(words), answers=("yes", "no"), gold=gold)


def _leaky(gold: int, rng: Random) -> Asked:
    one = _plain(gold, rng)
    hint = "lamp" if gold else "door"
    return Asked(query=f"{one.query} {hint} {hint}", answers=one.answers, gold=gold)


def _echoed(gold: int, rng: Random) -> Asked:
    premises = [f"{a} -> {b}" for a, b in (rng.sample("PQRSU", 2) for _ in range(3))]
    last = rng.choice(premises) if gold else f"{rng.choice('PQRSU')} | {rng.choice('PQRSU')}"
    query = "\n".join((*premises, f"Conclusion: {last}", "Does it follow?"))
    return Asked(query=query, answers=("yes", "no"), gold=gold, formal={"conclusion": last})


def test_nothing_is_found_where_nothing_is() -> None:
    results = shortcuts.report(*_parts(_plain))
    assert shortcuts.verdict(results, 2)
    assert {one.baseline for one in results} == set(shortcuts.BASELINES)
    assert all(one.n == 300 for one in results)


@pytest.mark.parametrize(
    ("make", "baseline"),
    [
        (_longer, "length"),
        (_denied, "polarity"),
        (_leaky, "bag-of-words"),
        (_echoed, "echo"),
    ],
)
def test_what_is_planted_is_found(make: Callable[[int, Random], Asked], baseline: str) -> None:
    assert baseline in _found(make)
    assert not shortcuts.verdict(shortcuts.report(*_parts(make)), 2)


def _option(gold: int, rng: Random) -> Asked:
    options = [" | ".join(rng.sample("PQRSUW", 3)) for _ in range(4)]
    return Asked(query="Which one?", answers=tuple(options), gold=gold)


def _longest_option(gold: int, rng: Random) -> Asked:
    options = [" | ".join(rng.sample("PQRSUW", 4 if n == gold else 3)) for n in range(4)]
    return Asked(query="Which one?", answers=tuple(options), gold=gold)


def _lettered(gold: int, rng: Random) -> Asked:
    options = _longest_option(gold, rng).answers
    listed = "\n".join(
        f"{letter}. {option}" for letter, option in zip("ABCD", options, strict=True)
    )
    return Asked(query=f"Options:\n{listed}\nWhich one?", answers=tuple("ABCD"), gold=gold)


def _odd_one_out(gold: int, rng: Random) -> Asked:
    names = rng.sample("PQRSUW", 6)
    common = names[:2]
    options = [" | ".join((*common, names[2 + n % 3])) for n in range(4)]
    options[gold] = " | ".join(names[3:])
    return Asked(query="Which one?", answers=tuple(options), gold=gold)


def test_options_are_compared_with_each_other() -> None:
    assert _found(_option, 4) == set()
    assert "length" in _found(_longest_option, 4)
    assert "length" in _found(_lettered, 4)
    assert "resemblance" in _found(_odd_one_out, 4)


@pytest.mark.parametrize(
    "formal",
    [
        ({"clauses": ["P", "~P | Q", "~Q"]}, {"clauses": ["P", "~P | Q", "Q | R"]}),
        (
            {"premises": ["P -> Q", "P"], "conclusion": "Q"},
            {"premises": ["P -> Q", "Q"], "conclusion": "P"},
        ),
    ],
)
def test_unit_propagation_decides_what_it_can(formal: tuple[dict[str, Json], ...]) -> None:
    part = [
        Asked(query="?", answers=("yes", "no"), gold=n % 2, formal=formal[n % 2]) for n in range(20)
    ]
    assert shortcuts.unit_propagation(part, part) == 20


@pytest.mark.parametrize(
    "formal",
    [
        {},
        {"clauses": ["P |"]},
        {"clauses": "P"},
        {"premises": ["forall x. P(x)"], "conclusion": "P(a)"},
        {"premises": ["[]P"], "conclusion": "P", "logic": "K"},
        {"premises": [3], "conclusion": None},
    ],
)
def test_a_formal_problem_that_is_of_another_kind_is_no_error(formal: dict[str, Json]) -> None:
    part = [Asked(query="?", answers=("yes", "no"), gold=n % 2, formal=formal) for n in range(20)]
    assert shortcuts.unit_propagation(part, part) == 10


def test_ties_count_as_their_expected_value() -> None:
    part = [Asked(query="?", answers=(f"P{n % 9}", f"Q{n % 9}"), gold=n % 2) for n in range(30)]
    assert shortcuts.length(part, part) == 15


def test_the_same_questions_give_the_same_results() -> None:
    assert shortcuts.report(*_parts(_plain)) == shortcuts.report(*_parts(_plain))


def test_an_open_task_has_no_baselines() -> None:
    part = [Asked(query="Which clause?", answers=("P",), gold=0)]
    assert shortcuts.report(part, part) == ()
    assert shortcuts.verdict((), 1)


def test_unlike_questions_are_refused() -> None:
    one = Asked(query="?", answers=("yes", "no"), gold=0)
    with pytest.raises(ValueError, match="as many answers"):
        shortcuts.report([one], [Asked(query="?", answers=("a", "b", "c"), gold=0)])
    with pytest.raises(ValueError, match="need questions"):
        shortcuts.report([], [one])
