"""One answer out of several samples: the verdict that most of them give.

Self-consistency (Wang et al. 2022): a model that is asked the same question several times at a
temperature answers with the verdict that most samples have. The first sample that has it stands for
it, certificate and all; where two verdicts have as many samples each, it is a tie.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from evalsuite.records import Judged, Outcome, Score, Usage


def voted(judged: Iterable[Judged], same: Callable[[Judged], object]) -> Iterator[Judged]:
    """Yield one for each run of samples of the same question; one that is alone stays as it is."""
    for _, run in groupby(judged, key=same):
        samples = tuple(run)
        yield _vote(samples) if len(samples) > 1 else samples[0]


def _vote(samples: Sequence[Judged]) -> Judged:
    scores = tuple(one.score for one in samples)
    votes = Counter(score.verdict for score in scores if score.verdict is not None)
    first = samples[0]
    if votes:
        ((verdict, most), *others) = votes.most_common(2)
        first = next(one for one in samples if one.score.verdict == verdict)
        if others and others[0][1] == most:
            note = f"{most} of {len(samples)} samples each say two different things"
            first = replace(samples[0], score=Score(outcome=Outcome.TIE, note=note))
    return replace(first, samples=scores, usage=spent(one.usage for one in samples))


def spent(usages: Iterable[Usage]) -> Usage:
    """Return what several responses cost together."""
    each = tuple(usages)
    return Usage(
        prompt_tokens=sum(one.prompt_tokens for one in each),
        cached_tokens=sum(one.cached_tokens for one in each),
        generated_tokens=sum(one.generated_tokens for one in each),
    )
