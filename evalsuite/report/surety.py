"""How sure models are of their choices, and whether rightly: reliability diagrams."""

from collections.abc import Sequence

from evalsuite import stats
from evalsuite.calibration import BINS, calibration, reliability
from evalsuite.report.figures import Figure, counts, figure, shares, texts, told
from evalsuite.report.runs import Curve


def diagram(curves: Sequence[Curve]) -> Figure | None:
    """Confidence against the share right, where choices were scored."""
    return figure(
        "reliability",
        "Does it know what it knows?",
        f"Questions in {BINS} bins by the probability of the likeliest choice: on the diagonal, a"
        " model is right as often as it is sure; below it, it is too sure. Dots grow with the"
        " number of questions.",
        "reliability",
        (
            *texts("series", "task", "setting"),
            *counts("k"),
            *texts("bin"),
            *counts("n"),
            *shares("confidence", "value", "low", "high"),
        ),
        (
            (
                *(one.series.name, one.task, one.setting, k),
                f"{held.place / BINS:.1f} to {(held.place + 1) / BINS:.1f}",
                *(held.n, held.confidence, *told(stats.wilson(held.right, held.n))),
            )
            for one in curves
            for k in one.ends
            for held in reliability(one.points[k])
        ),
    )


def measures(curves: Sequence[Curve]) -> Figure | None:
    """The measures of calibration as a table."""
    return figure(
        "calibration",
        "Calibration in numbers",
        "Expected calibration error over ten bins (0 is best), Brier score (0 to 2, 0 is best) and"
        " the entropy of the choices' probabilities in nats.",
        "table",
        (
            *texts("series", "task", "setting"),
            *counts("k"),
            *shares("calibration_error", "brier", "entropy"),
        ),
        (
            (
                *(one.series.name, one.task, one.setting, k),
                *(found.calibration_error, found.brier, found.entropy),
            )
            for one in curves
            for k in one.ends
            if (found := calibration(one.points[k])) is not None
        ),
    )
