"""The files that lm-evaluation-harness writes, and which of them belong together.

With `--log_samples --output_path` it writes into one folder:

    results_<date>.json             the model, the tasks' settings, their scores
    samples_<task>_<date>.jsonl     a line an item and filter: what was sent, what came back
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from evalsuite.errors import RunMistake
from evalsuite.interop._fields import LONGEST, Fields, parsed
from evalsuite.records import Json

LOG: Final = "lm_eval writes samples with `--log_samples --output_path FOLDER`"
_LARGEST_RESULTS = 64 * 1024 * 1024  # bytes
_MOST_LINES = 1_000_000
_RESULTS = re.compile(r"(?s)(?P<stem>.+)_(?P<date>\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?)\.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One run of lm-evaluation-harness: a model and its samples."""

    place: Path
    model: str
    facts: Mapping[str, Json]
    samples: Mapping[str, Path]  # by task
    results: Fields


def results_files(place: Path) -> list[Path]:
    """Return the results files of a folder and of those in it, or the one that is named.

    Raises:
        RunMistake: there is none.

    """
    if place.is_file():
        if _RESULTS.fullmatch(place.name) is None:
            raise RunMistake(f"{place}: no `results_….json` of lm-eval", hint=LOG)
        return [place]
    if not place.is_dir():
        raise RunMistake(f"{place}: no such folder", hint="name what `--output_path` named")
    found = sorted(path for path in place.rglob("*.json") if _RESULTS.fullmatch(path.name))
    if not found:
        raise RunMistake(f"{place}: no `results_….json` in it", hint=LOG)
    return found


def read_source(path: Path, model: str | None) -> Source:
    """Read a results file, and find the samples beside it.

    `model` stands in the place of the name that the file has.

    Raises:
        RunMistake: the file cannot be used, or there are no samples.

    """
    results = parsed(str(path), _text(path))
    start, end = "samples_", f"_{_date_of(path)}.jsonl"
    samples = {
        file.name[len(start) : -len(end)]: file
        for file in sorted(path.parent.iterdir())
        if file.name.startswith(start) and file.name.endswith(end)
    }
    if not samples:
        raise RunMistake(f"{path}: no `{start}…{end}` beside it", hint=LOG)
    facts: dict[str, Json] = {"results": path.name}
    for name in ("lm_eval_version", "model_source"):
        value = results.values.get(name)
        if isinstance(value, str):
            facts[name] = value[:100]
    return Source(
        place=path,
        model=_short(_named(results)) if model is None else model,
        facts=facts,
        samples=samples,
        results=results,
    )


def _date_of(path: Path) -> str:
    matched = _RESULTS.fullmatch(path.name)
    return matched["date"] if matched else ""


def _named(results: Fields) -> str:
    name = results.text("model_name").strip()
    return name or results.fail("`model_name` is empty", hint="give the model's name by `--model`")


def _short(name: str) -> str:
    """Return a model's name; of a folder its last part."""
    return Path(name).name if name.startswith((".", "~", "/")) else name


def latest(found: Sequence[Source], notes: list[str]) -> tuple[Source, ...]:
    """Return the sources without the samples that a later run of the same task replaces."""
    taken: set[tuple[str, str]] = set()
    kept: list[Source] = []
    for source in sorted(found, key=lambda one: _date_of(one.place), reverse=True):
        mine = {
            task: path for task, path in source.samples.items() if (source.model, task) not in taken
        }
        if len(mine) < len(source.samples):
            notes.append(f"{source.place}: left out what a later run of the same task replaces")
        taken.update((source.model, task) for task in mine)
        kept.append(replace(source, samples=mine))
    return tuple(sorted((one for one in kept if one.samples), key=lambda one: str(one.place)))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_RESULTS:
            raise RunMistake(f"{path}: larger than {_LARGEST_RESULTS} bytes")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise RunMistake(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RunMistake(f"{path}: not UTF-8 at byte {error.start}") from error


def lines(path: Path) -> Iterator[Fields]:
    """Yield the object of each line; its place is the file with the line's number.

    Raises:
        RunMistake: a line is no JSON object, or there are more than can be read.

    """
    try:
        with path.open("rb") as file:
            for number in range(1, _MOST_LINES + 2):
                line = file.readline(LONGEST + 1)
                if not line:
                    return
                place = f"{path}:{number}"
                if number > _MOST_LINES or len(line) > LONGEST:
                    raise RunMistake(f"{place}: more lines, or a longer line, than can be read")
                yield parsed(place, line.decode())
    except UnicodeDecodeError as error:
        raise RunMistake(f"{path}:{number}: not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise RunMistake(f"{path}: cannot be read: {error.strerror}") from error
