"""Pictures for people, drawn by Matplotlib, which is imported here alone, and only when drawing."""

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from evalsuite.records import Effect, Row
from evalsuite.report.conditioning import LEVEL
from evalsuite.report.runs import is_plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe & Ito's colours (2008), told apart by people who see few colours, too.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_NAME = 30  # characters of a model's name; the end of a path says most
_GREY = "#767676"
_WIDTH, _LINE, _CURVE = 11.0, 0.28, 3.4  # inches
_APART = 0.3  # lines between two models
_LONGEST = 60  # lines of a task in one picture


def conditioning(effects: Sequence[Effect], rows: Sequence[Row]) -> bytes:
    """Return a picture of a run's effects as SVG: for each task its curves over k, and a forest.

    Equal records give equal bytes.
    """
    from matplotlib import rc_context  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    tasks = sorted({effect.task for effect in effects})
    models = sorted({(effect.kind != "pretrained", effect.model) for effect in effects})
    colour = {model: _COLOURS[index % len(_COLOURS)] for index, (_, model) in enumerate(models)}
    forests = {task: _forest_lines(effects, task) for task in tasks}
    heights = [max(_CURVE, 1 + _LINE * len(lines)) for lines in forests.values()]
    with rc_context({"svg.hashsalt": "evalsuite", "svg.fonttype": "path", "font.size": 8.5}):
        figure = Figure(figsize=(_WIDTH, sum(heights) + 0.5), layout="constrained")
        grid = figure.add_gridspec(len(tasks), 2, height_ratios=heights, width_ratios=(2, 3))
        for place, (task, lines) in enumerate(forests.items()):
            rest = max(heights[place] - _CURVE, 0.01)
            corner = grid[place, 0].subgridspec(2, 1, height_ratios=(_CURVE, rest))
            mine = [row for row in rows if row.task == task]
            _curves(figure.add_subplot(corner[0]), task, mine, colour)
            _forest(figure.add_subplot(grid[place, 1]), task, lines, colour)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


# ── curves over k ───────────────────────────────────────────────────────────────────────────────


def _curves(axes: "Axes", task: str, rows: Sequence[Row], colour: Mapping[str, str]) -> None:
    """Draw accuracy over k, a line for each model in its main setting, with its 95 % intervals."""
    for offset, model in enumerate(colour):
        mine = _main_curve([row for row in rows if row.model == model])
        places = [_place(row.condition.k) + 0.04 * offset for row in mine]
        values = [row.estimate.value for row in mine]
        errors = [
            [row.estimate.value - row.estimate.low for row in mine],
            [row.estimate.high - row.estimate.value for row in mine],
        ]
        axes.errorbar(
            places, values, yerr=errors, color=colour[model], marker="o", markersize=4,
            linewidth=1.4, elinewidth=0.9, capsize=2, label=_named(model, mine),
        )  # fmt: skip
    shots = sorted({row.condition.k for row in rows})
    axes.set_xticks([_place(k) for k in shots], list(map(str, shots)))
    axes.set_xlabel("shots, k")
    axes.set_ylabel("share right")
    axes.set_ylim(0, 1)
    axes.set_title(_plain(task), loc="left", fontweight="bold")
    # However long the names of models are, they leave the curves their room.
    axes.legend(loc="lower right", frameon=False).set_in_layout(False)
    _tidy(axes)


def _main_curve(rows: Iterable[Row]) -> list[Row]:
    """Return the rows of the setting that has the most numbers of shots, one for each number."""
    curves: dict[tuple[object, ...], dict[int, Row]] = {}
    for row in rows:
        if is_plain(row.condition):
            setting = (row.condition.form, row.condition.language, row.condition.template)
            curves.setdefault(setting, {}).setdefault(row.condition.k, row)
    if not curves:
        return []
    longest = max(curves.values(), key=len)
    return [longest[k] for k in sorted(longest)]


def _named(model: str, rows: Sequence[Row]) -> str:
    short = model if len(model) <= _NAME else f"…{model[-_NAME:]}"
    return _plain(f"{short} ({rows[0].condition.form})" if rows else short)


def _place(k: int) -> float:
    from math import log2  # noqa: PLC0415

    return log2(k + 1)


# ── forests ─────────────────────────────────────────────────────────────────────────────────────


def _forest_lines(effects: Iterable[Effect], task: str) -> Mapping[str, Sequence[Effect]]:
    """Return the effects of a task by their label: models asked alike share a line."""
    mine = [effect for effect in effects if effect.task == task]
    forms = {effect.model: _main_form(mine, effect.model) for effect in mine}
    lines: dict[str, list[Effect]] = {}
    for effect in mine:
        change = f"{effect.factor}: {effect.before} → {effect.after}"
        setting = effect.setting.removeprefix(f"{forms[effect.model]}, ")
        lines.setdefault(f"{change}  ({setting})", []).append(effect)
    return dict(islice(lines.items(), _LONGEST))


def _main_form(effects: Iterable[Effect], model: str) -> str:
    """Return the form that most effects of a model are in, which the legend names."""
    mine = (effect for effect in effects if effect.model == model and effect.factor != "form")
    counted = Counter(effect.setting.partition(", ")[0] for effect in mine)
    return counted.most_common(1)[0][0] if counted else ""


def _forest(
    axes: "Axes", task: str, lines: Mapping[str, Sequence[Effect]], colour: Mapping[str, str]
) -> None:
    """Draw each effect's difference with its 95 % interval; filled where it is seen."""
    for place, effects in enumerate(lines.values()):
        for number, effect in enumerate(effects):
            seen = effect.p_holm < LEVEL
            axes.errorbar(
                effect.difference, place + _APART * (number - (len(effects) - 1) / 2),
                xerr=[[effect.difference - effect.low], [effect.high - effect.difference]],
                color=colour[effect.model], marker="o", markersize=4.5,
                markerfacecolor=colour[effect.model] if seen else "white",
                linewidth=0, elinewidth=1.2, capsize=2,
            )  # fmt: skip
    axes.axvline(0, color=_GREY, linewidth=0.8)
    axes.set_yticks(range(len(lines)), list(map(_plain, lines)))
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_xlabel("difference of the share right, 95 % interval; filled: p (Holm) < 0.05")
    axes.set_title(_plain(f"{task}: what changes it"), loc="left", fontweight="bold")
    _tidy(axes)


def _tidy(axes: "Axes") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#DDDDDD", linewidth=0.5)
    axes.set_axisbelow(True)


def _plain(text: str) -> str:
    """Keep Matplotlib from reading formulas in a name, and the name from filling the picture."""
    shown = "".join(one if one.isprintable() else "?" for one in text[:90])
    return shown.replace("$", r"\$")
