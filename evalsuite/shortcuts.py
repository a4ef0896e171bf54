"""Trivial baselines: what can be told of the answers without any reasoning.

    report(train, test) -> tuple[Result, ...]      every baseline, fitted on train, tried on test
    verdict(results, choices) -> bool              whether none of them does better than chance

They read rendered text, as a model does. `prompts.render` gives the `query` and the `answers` of an
instance; its `gold` and `formal` are the instance's own:

    asked = Asked(query=rendered.query, answers=rendered.answers, gold=one.gold, formal=one.formal)

About 1,000 of each are needed to see a share of 55 % where chance is 50 %.

Where the answers are the same for all (yes and no), a baseline is a rule from a number to an
answer, such as the best threshold on the query's length; where each question has its own, or lists
options under letters, it takes the option with the most or the least of something, such as the
longest. Which way round is fitted on train. Ties count as their expected value. Open tasks, of a
single answer, have no baselines.

Unit propagation is no shortcut like the others: it is reasoning, sound and weak. Where problems are
meant to be in its reach, leave its result out of what `verdict` is asked about.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import logsumexp
from scipy.stats import binom

from evalsuite.logic import units
from evalsuite.logic.clauses import Clause
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.limits import Limits
from evalsuite.logic.normal import clausal
from evalsuite.logic.syntax import Not, is_propositional
from evalsuite.logic.text import reading
from evalsuite.records import Json

LEVEL: Final = 0.05  # of all baselines together

_TOKEN = re.compile(r"<->|->|\w+|[^\w\s]")
_NEGATIONS: Final = frozenset(
    {
        *("~", "¬", "F", "-"),
        *("not", "no", "none", "never", "nor", "neither", "without", "false", "isn", "doesn"),
        *("não", "nem", "nunca", "nenhum", "nenhuma", "ninguém", "nada", "sem", "falso", "falsa"),
    }
)
_LETTERED = re.compile(r"^\s*([A-H])[.)]\s+(.*\S)\s*$", re.MULTILINE)
_BOUND = Limits(characters=100_000, steps=500, size=2_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it is rendered, and its answer."""

    query: str
    answers: tuple[str, ...]
    gold: int
    formal: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a baseline reaches.

    Attributes:
        baseline: its name.
        right: how many it gets right, ties counted as their expected value.
        n: of how many.
        p: how likely it is that chance gets so many right; chance answers with the most frequent
            label of the test part.

    """

    baseline: str
    right: float
    n: int
    p: float


Baseline: TypeAlias = Callable[[Sequence[Asked], Sequence[Asked]], float]
"""(train, test) -> how many of test are right."""


def report(train: Sequence[Asked], test: Sequence[Asked]) -> tuple[Result, ...]:
    """Try every baseline; none where the answer is open.

    Raises:
        ValueError: a part is empty, or questions differ in their number of answers.

    """
    if len({len(one.answers) for one in (*train, *test)}) != 1 or not train or not test:
        raise ValueError("shortcuts: both parts need questions, all with as many answers")
    choices = len(test[0].answers)
    if choices == 1:
        return ()
    found = ((name, baseline(train, test)) for name, baseline in BASELINES.items())
    chance = _chance(test, choices)
    return tuple(
        Result(
            baseline=name,
            right=right,
            n=len(test),
            p=float(binom.sf(int(right) - 1, len(test), chance)),
        )
        for name, right in found
    )


def verdict(results: Sequence[Result], choices: int) -> bool:
    """Say whether no baseline does better than chance, their number allowed for (Bonferroni).

    Where labels are balanced, chance is one in `choices`; where not, it is the majority's share.
    """
    return choices == 1 or all(one.p >= LEVEL / len(results) for one in results)


def _chance(test: Sequence[Asked], choices: int) -> float:
    return max(1 / choices, max(Counter(one.gold for one in test).values()) / len(test))


# ── the baselines ───────────────────────────────────────────────────────────────────────────────


def majority(train: Sequence[Asked], test: Sequence[Asked]) -> float:
    """Give the most frequent answer: its place, not its text."""
    return _by_value(train, test, lambda _: None)


def length(train: Sequence[Asked], test: Sequence[Asked]) -> float:
    """Go by the number of characters."""
    return _by_number(train, test, lambda one: len(one.query), lambda text, _: len(text))


def polarity(train: Sequence[Asked], test: Sequence[Asked]) -> float:
    """Go by the number of negations, in signs or words."""
    return _by_number(
        train, test, lambda one: _negations(one.query), lambda text, _: _negations(text)
    )


def parity(train: Sequence[Asked], test: Sequence[Asked]) -> float:
    """Go by whether the number of negations is odd."""
    return _by_number(
        train, test, lambda one: _negations(one.query) % 2, lambda text, _: _negations(text) % 2
    )


def overlap(train: Sequence[Asked], test: Sequence[Asked]) -> float:
    """Go by the share of an option's words, or the conclusion's, that the rest has too."""
    return _by_number(train, test, lambda one: _overlap(*_parts(one)), _overlap)


def resemblance(train: Sequence[Asked], test: Sequence[Asked]) -> float:
    """Take the option that is most, or least, like the other ones."""
    if not _own_options(train):
        return majority(train, test)
    return _by_rank(train, test, _resemblances)


def echo(train: Sequence[Asked], test: Sequence[Asked]) -> float:
    """Go by whether an option, or the conclusion, stands in the rest word for word."""
    return _by_number(train, test, lambda one: _echoes(*_parts(one)), _echoes)


def unit_propagation(train: Sequence[Asked], test: Sequence[Asked]) -> float:
    """Go by what unit propagation finds: a conflict, all clauses true, or neither."""
    return _by_value(train, test, lambda one: _propagated(one.formal))


def bag_of_words(train: Sequence[Asked], test: Sequence[Asked]) -> float:
    """Go by which words stand in the query, or in an option, how often: logistic regression."""
    words = _vocabulary(train)
    weights = _fitted(_counted(train, words), _golds(train))
    scores = np.asarray(_counted(test, words) @ weights).reshape(len(test), -1)
    return sum(_share(row, one.gold) for row, one in zip(scores, test, strict=True))


BASELINES: Final[Mapping[str, Baseline]] = {
    "majority": majority,
    "length": length,
    "polarity": polarity,
    "parity": parity,
    "overlap": overlap,
    "resemblance": resemblance,
    "echo": echo,
    "unit-propagation": unit_propagation,
    "bag-of-words": bag_of_words,
}


# ── rules that are fitted ───────────────────────────────────────────────────────────────────────


def _by_number(
    train: Sequence[Asked],
    test: Sequence[Asked],
    of_query: Callable[[Asked], float],
    of_option: Callable[[str, str], float],
) -> float:
    """Go by a number of each option (given the rest), or else by a number of the query."""
    if _own_options(train):

        def rank(one: Asked) -> Sequence[float]:
            rest = _rest(one)
            return [of_option(option, rest) for option in _options(one)]

        return _by_rank(train, test, rank)
    return _by_threshold(train, test, of_query)


def _by_rank(
    train: Sequence[Asked], test: Sequence[Asked], rank: Callable[[Asked], Sequence[float]]
) -> float:
    """Take the option with the most, or the least, whichever does better on train."""

    def right(part: Sequence[Asked], sign: int) -> float:
        return sum(_share(sign * np.asarray(rank(one), dtype=float), one.gold) for one in part)

    sign = 1 if right(train, 1) >= right(train, -1) else -1
    return right(test, sign)


def _share(scores: Any, gold: int) -> float:
    """Return 1 where the gold option alone has the highest score, 1/n where n share it."""
    best = np.isclose(scores, scores.max())
    return float(best[gold]) / float(best.sum())


def _by_threshold(
    train: Sequence[Asked], test: Sequence[Asked], number: Callable[[Asked], float]
) -> float:
    """Give one answer up to a number and another one above it, as is best on train."""
    values = [number(one) for one in train]
    golds, choices = _golds(train), len(train[0].answers)
    order = np.argsort(values, kind="stable")
    below = np.zeros(choices)
    all_of = np.bincount(golds, minlength=choices)
    best, rule = float(all_of.max()), (float("inf"), int(all_of.argmax()), 0)
    for place, index in enumerate(order):
        below[golds[index]] += 1
        last = place + 1 == len(order)
        if last or values[order[place + 1]] == values[index]:
            continue
        above = all_of - below
        if below.max() + above.max() > best:
            best = below.max() + above.max()
            cut = (values[index] + values[order[place + 1]]) / 2
            rule = (cut, int(below.argmax()), int(above.argmax()))
    cut, low, high = rule
    return float(sum((low if number(one) <= cut else high) == one.gold for one in test))


def _by_value(
    train: Sequence[Asked], test: Sequence[Asked], value: Callable[[Asked], Hashable]
) -> float:
    """Give, for each value, the answer that is most frequent with it on train."""
    seen: dict[Hashable, Counter[int]] = defaultdict(Counter)
    for one in train:
        seen[value(one)][one.gold] += 1
    choices = len(train[0].answers)

    def right(one: Asked) -> float:
        counts = seen.get(value(one), Counter())
        most = max(counts.values(), default=0)
        best = [label for label in range(choices) if counts[label] == most]
        return (one.gold in best) / len(best)

    return sum(map(right, test))


def _golds(part: Sequence[Asked]) -> Any:
    return np.asarray([one.gold for one in part])


# ── what they look at ───────────────────────────────────────────────────────────────────────────


def _own_options(part: Sequence[Asked]) -> bool:
    """Say whether each question has answers, or lettered options, of its own."""
    return len({_options(one) for one in part}) > 1


def _options(one: Asked) -> tuple[str, ...]:
    """Return the answers; for bare letters, what the query lists under them."""
    listed = dict(_LETTERED.findall(one.query)) if all(len(a) == 1 for a in one.answers) else {}
    return tuple(listed.get(answer, answer) for answer in one.answers)


def _rest(one: Asked) -> str:
    """Return the query without its list of options."""
    options = _options(one)
    return "\n".join(
        line
        for line in one.query.splitlines()
        if not ((found := _LETTERED.match(line)) and found[2] in options)
    )


def _parts(one: Asked) -> tuple[str, str]:
    """Return the conclusion, or else the last line that is not a question, and the rest."""
    lines = [line for line in one.query.splitlines() if line.strip()]
    stated = one.formal.get("conclusion")
    if isinstance(stated, str) and any(line.endswith(stated) for line in lines):
        at = max(place for place, line in enumerate(lines) if line.endswith(stated))
        return stated, "\n".join((*lines[:at], *lines[at + 1 :]))
    told = [place for place, line in enumerate(lines) if not line.rstrip().endswith("?")]
    at = told[-1] if told else len(lines) - 1
    return lines[at].split(": ", 1)[-1], "\n".join(lines[:at])


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _negations(text: str) -> int:
    return sum(token in _NEGATIONS or token.lower() in _NEGATIONS for token in _tokens(text))


def _overlap(text: str, rest: str) -> float:
    words = _tokens(text)
    known = set(_tokens(rest))
    return sum(word in known for word in words) / max(len(words), 1)


def _echoes(text: str, rest: str) -> float:
    return float(f" {' '.join(_tokens(text))} " in f" {' '.join(_tokens(rest))} ")


def _resemblances(one: Asked) -> Sequence[float]:
    bags = [Counter(_tokens(option)) for option in _options(one)]
    return [sum((bag & other).total() for other in bags if other is not bag) for bag in bags]


# ── unit propagation ────────────────────────────────────────────────────────────────────────────


def _propagated(formal: Mapping[str, Json]) -> str:
    try:
        clauses = _clauses(formal)
    except LogicError:
        return "unread"
    return "unread" if clauses is None else units.outcome(clauses)


def _clauses(formal: Mapping[str, Json]) -> tuple[Clause, ...] | None:
    """Return the clauses of a set, or of premises with the conclusion denied."""
    match formal:
        case {"clauses": [*texts]}:
            return tuple(reading.clause(str(text), _BOUND) for text in texts)
        case {"premises": [*texts], "conclusion": str(conclusion)}:
            if formal.get("logic", "classical") != "classical":
                return None
            denied = Not(reading.formula(conclusion, _BOUND)) if conclusion else None
            stated = [reading.formula(str(text), _BOUND) for text in texts]
            claims = stated if denied is None else [*stated, denied]
            return clausal(claims, _BOUND) if all(map(is_propositional, claims)) else None
        case _:
            return None


# ── logistic regression ─────────────────────────────────────────────────────────────────────────

_RARE = 3  # words in fewer questions of train are left out
_SPREAD = 1.0  # of the weights' normal prior


def _vocabulary(train: Sequence[Asked]) -> dict[str, int]:
    in_questions = Counter(word for one in train for word in set(_tokens(_read(one))))
    kept = sorted(word for word, count in in_questions.items() if count >= _RARE)
    return {word: place for place, word in enumerate(kept)}


def _read(one: Asked) -> str:
    return f"{one.query}\n" + "\n".join(_options(one))


def _counted(part: Sequence[Asked], words: Mapping[str, int]) -> Any:
    """Return a row of features for each answer of each question.

    They are the counts of an option's words; or of the query's, with weights for each answer.
    """
    own, choices, size = _own_options(part), len(part[0].answers), len(words) + 1
    rows, columns, values = [], [], []
    for number, one in enumerate(part):
        for place, option in enumerate(_options(one)):
            start = 0 if own else place * size
            bag = Counter(_tokens(option if own else one.query))
            found = [(words[word], count) for word, count in bag.items() if word in words]
            for word, count in (*found, (len(words), 1)):
                rows.append(number * choices + place)
                columns.append(start + word)
                values.append(float(count))
    shape = (len(part) * choices, size if own else size * choices)
    return sparse.csr_matrix((values, (rows, columns)), shape=shape)


def _fitted(features: Any, golds: Any) -> Any:
    """Return the weights that are likeliest given the golds (multinomial, with a normal prior)."""
    scale = np.sqrt(np.asarray(features.power(2).mean(axis=0)).ravel())
    scaled = features @ sparse.diags(1 / np.where(scale > 0, scale, 1))
    gold_rows = np.arange(len(golds)) * (features.shape[0] // len(golds)) + golds

    def loss(weights: Any) -> tuple[float, Any]:
        scores = np.asarray(scaled @ weights).reshape(len(golds), -1)
        logs = scores - logsumexp(scores, axis=1, keepdims=True)
        shares = np.exp(logs).ravel()
        shares[gold_rows] -= 1
        value = -logs.ravel()[gold_rows].sum() + (weights @ weights) / (2 * _SPREAD**2)
        return value, scaled.T @ shares + weights / _SPREAD**2

    found = minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B")
    return found.x / np.where(scale > 0, scale, 1)
