"""What models answered: verdict against certificate, confusions, and where proofs go wrong."""

from collections import Counter
from collections.abc import Iterable, Sequence

from evalsuite.metrics import ACCURACY, metric, share
from evalsuite.records import Judged, Outcome
from evalsuite.report.figures import Cell, Figure, counts, figure, shares, texts, told
from evalsuite.report.runs import Curve, Groups

CERTIFIED = "certified-accuracy"
_MOST_LABELS = 8  # of a table of confusions
_LINES = 10  # the last place of a first wrong step that stands for itself
_NO_VERDICT = "no verdict"


def gap(curves: Sequence[Curve]) -> Figure | None:
    """Verdict right against proof accepted, on the same responses."""
    return figure(
        "gap",
        "A right verdict is not yet a proof",
        "A circle is the share of right verdicts, a diamond the share whose certificate was"
        " accepted, too, in per cent; the bar between them is what was guessed or could not be"
        " shown. Whiskers are 95 % Wilson intervals.",
        "gap",
        (
            *texts("series", "task", "setting"),
            *counts("k", "n"),
            *shares("accuracy", "accuracy_low", "accuracy_high"),
            *shares("certified", "certified_low", "certified_high", "gap"),
        ),
        (
            (one.series.name, one.task, one.setting, k, len(members), *_gap(members))
            for one in curves
            for k, members in one.points.items()
            if k in one.ends and _has_two_verdicts(members)
        ),
    )


def _has_two_verdicts(members: Sequence[Judged]) -> bool:
    """Say whether a certificate is asked for beside a verdict; an open answer is its own proof."""
    return all(
        one.question.answer == "certificate" and len(one.question.labels) > 1 for one in members
    )


def _gap(members: Sequence[Judged]) -> tuple[float, ...]:
    verdict, certified = (share(metric(name), members) for name in (ACCURACY, CERTIFIED))
    return (*told(verdict), *told(certified), verdict.value - certified.value)


def confusion(curves: Sequence[Curve]) -> Figure | None:
    """The gold label against the verdict."""
    return figure(
        "confusion",
        "Which answers are taken for which",
        "Rows are the gold label, columns the verdict that was read; a cell has the number of"
        " questions, and its colour is the stronger, the greater its share of the row.",
        "confusion",
        (
            *texts("series", "task", "setting"),
            *counts("k"),
            *texts("gold", "verdict"),
            *counts("count"),
            *shares("share"),
        ),
        (
            row
            for one in curves
            for k, members in one.points.items()
            if k in one.ends
            for row in _confusion(one, k, members)
        ),
    )


def _confusion(curve: Curve, k: int, members: Sequence[Judged]) -> Iterable[Sequence[Cell]]:
    labels = members[0].question.labels
    alike = all(one.question.labels == labels for one in members)
    if not alike or not 1 < len(labels) <= _MOST_LABELS:
        return
    found = Counter((one.question.gold, one.score.verdict) for one in members)
    golds = Counter(one.question.gold for one in members)
    unread = any(verdict is None for _, verdict in found)
    for gold, label in enumerate(labels):
        for verdict in (*range(len(labels)), *((None,) if unread else ())):
            count = found[gold, verdict]
            said = _NO_VERDICT if verdict is None else labels[verdict]
            part = count / golds[gold] if golds[gold] else 0.0
            yield curve.series.name, curve.task, curve.setting, k, label, said, count, part


def outcomes(grouped: Groups) -> Figure | None:
    """What became of the questions."""
    found: dict[str, Counter[str]] = {}
    for (series, _, _), members in grouped.items():
        mine = found.setdefault(series.name, Counter())
        mine.update(one.score.outcome.value for one in members)
    return figure(
        "outcomes",
        "What became of the questions",
        "All questions of a model, under all conditions: the number of each outcome beside its"
        " share. Where a certificate is asked for, it is accepted in “right”; “unread” and “cut”"
        " may be said of it alone, beside a right verdict.",
        "bars",
        (*texts("series", "outcome"), *counts("count", "n"), *shares("share")),
        (
            (series, one.value.replace("_", " "), mine[one.value], total, mine[one.value] / total)
            for series, mine in found.items()
            for total in (sum(mine.values()),)
            for one in Outcome
            if mine[one.value]
        ),
    )


def flaws(grouped: Groups) -> Figure | None:
    """The classes of the first errors of certificates."""
    return figure(
        "flaws",
        "Of which kind the first error is",
        "Of the certificates that were refused, all conditions together, the share whose first"
        " error is of each class, which the kernel names. A problem counts once a condition, so"
        " there is no interval.",
        "bars",
        (*texts("series", "flaw"), *counts("count", "n"), *shares("share")),
        (
            (series, flaw, count, total, count / total)
            for series, found in _refused(grouped).items()
            for total in (len(found),)
            for flaw, count in Counter(one.score.flaw for one in found).most_common()
        ),
    )


def places(grouped: Groups) -> Figure | None:
    """The lines that the first errors of certificates stand on."""
    return figure(
        "places",
        "Where the first wrong step falls",
        "Of the refused certificates whose error has a line, all conditions together, the share in"
        " which it is that line of the certificate: how far the model came before it went wrong.",
        "bars",
        (*texts("series", "line"), *counts("count", "n"), *shares("share")),
        (
            (series, _line(line), count, total, count / total)
            for series, found in _refused(grouped).items()
            for lines in ([one.score.line for one in found if one.score.line is not None],)
            for total in (len(lines),)
            for line, count in sorted(Counter(min(one, _LINES) for one in lines).items())
        ),
    )


def _line(line: int) -> str:
    return f"line {line}" if line < _LINES else f"line {line} or later"


def _refused(grouped: Groups) -> dict[str, list[Judged]]:
    found: dict[str, list[Judged]] = {}
    for (series, _, _), members in grouped.items():
        mine = [one for one in members if one.score.flaw]
        if mine:
            found.setdefault(series.name, []).extend(mine)
    return found
