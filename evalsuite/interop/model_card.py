"""Results as the metadata of a model card on the Hugging Face hub: its `model-index`."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evalsuite import tables
from evalsuite.errors import UserMistake, quoted
from evalsuite.pairing import described
from evalsuite.records import Row

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

_FOLDER = re.compile(r"(\.{0,2}|~[^/]*)/")  # what only a path begins with
_KIND = "text-generation"  # the hub's name for what such a model does


def model_card(rows: Sequence[Row]) -> str:
    """Return the rows of one model as the block that a model card begins with, in YAML.

    Raises:
        UserMistake: they are of several models, or there is none.

    """
    # It takes longer to load than a command has time to answer.
    from huggingface_hub import ModelCardData  # noqa: PLC0415

    models = sorted({row.model for row in rows})
    if len(models) != 1:
        raise UserMistake(
            f"a model card is of one model, not of {len(models)}",
            hint=f"name it by `--model`: {quoted(models) or 'none'}",
        )
    # A card is published, and where a folder lay on somebody's machine is nobody's business.
    name = (_FOLDER.match(models[0]) and Path(models[0]).name) or models[0]
    card = ModelCardData(model_name=name, eval_results=[_result(row) for row in rows])
    return f"---\n{card.to_yaml()}\n---\n"


def _result(row: Row) -> "EvalResult":
    from huggingface_hub import EvalResult  # noqa: PLC0415

    estimate, condition = row.estimate, row.condition
    low, high = tables.fixed(estimate.low, 3), tables.fixed(estimate.high, 3)
    return EvalResult(
        task_type=_KIND,
        task_name=row.task,
        dataset_type=f"evalsuite/{row.task}",
        dataset_name=row.task,
        dataset_config=described(condition, row.task),
        dataset_args={
            "num_few_shot": condition.k,
            "template": condition.template,
            "engine": row.engine,
            "run": row.run,
        },
        metric_type=row.metric,
        metric_name=f"{row.metric}, 95 % interval {low} to {high}, n = {estimate.n}",
        metric_value=round(estimate.value, 4),
    )
