"""A stored run's manifest → the options that it was asked with.

The files that it was made of are laid out as they were then; what this machine has of them is not
looked at. A manifest comes from anywhere: it names no server to ask, nor a file to write.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from evalsuite import paths, provenance, store
from evalsuite.errors import RunMistake, UserMistake, quoted
from evalsuite.plan import Options, default_engine
from evalsuite.records import Settings, Slice, Suite

_PLAIN = (str, int, bool, type(None))
_OBJECTS = ("options", "settings", "sampling", "suite", "sources")


@contextmanager
def options(manifest: Mapping[str, Any], run: Path, results: Path) -> Iterator[Options]:
    """Give the options of the run in a folder, to be done again into another results folder.

    A manifest of before `sources` were kept has the present files stand in for them.

    Raises:
        RunMistake: the manifest cannot be used.

    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            told = manifest.get("options", {})
            settings = manifest["settings"]
            sampling = manifest.get("sampling", {})
            found = Options(
                suite=_suite(manifest["suite"]),
                engine=_engine(manifest, told),
                limit=_number(manifest["limit"]),
                max_tokens=_number(told.get("max_tokens")),
                samples=int(sampling.get("samples", 1)),
                temperature=float(sampling.get("temperature", 0.0)),
                proofs=bool(manifest.get("proofs", False)),
                settings=Settings(
                    seed=int(settings["seed"]),
                    dtype=str(settings["dtype"]),
                    max_context=int(settings["max_context"]),
                    arguments=dict(settings["arguments"]),
                ),
                recording=run if settings.get("recording") else None,
                results=results,
                task_folders=(paths.shipped("tasks"),),
                prompt_folders=(paths.shipped("prompts"),),
            )
            sources = dict(manifest.get("sources", {}))
        except UserMistake as mistake:
            raise _unusable(run, f": {mistake.message}") from mistake
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            lacks = isinstance(error, KeyError)
            lack = f" has no {quoted(error.args)}" if lacks else _mistyped(manifest)
            raise _unusable(run, lack) from error
        if sources:
            tasks, prompts = provenance.lay_out(sources, Path(folder))
            found = replace(found, task_folders=(tasks,), prompt_folders=(prompts,))
        yield found


def _engine(manifest: Mapping[str, Any], told: Mapping[str, Any]) -> str | None:
    """Return the engine to name: none where none was, and the same one is the default here."""
    if told:
        named, default = told["engine"], told["default_engine"]
        return None if named is None and default == default_engine() else str(named or default)
    baselines = manifest["suite"]["baselines"]
    asking = [one["engine"] for one in manifest["subjects"] if one["name"] not in baselines]
    return str(asking[0]) if asking else None


def _suite(told: Mapping[str, Any]) -> Suite:
    return Suite(
        name=str(told["name"]),
        path=Path(str(told["path"])),
        about=str(told["about"]),
        tasks=tuple(map(str, told["tasks"])),
        models=tuple(map(str, told["models"])),
        baselines=tuple(map(str, told["baselines"])),
        slices=tuple(
            Slice(**{one.name: tuple(map(_plain, part[one.name])) for one in fields(Slice)})
            for part in told["slices"]
        ),
        calibration=bool(told["calibration"]),
    )


def _unusable(run: Path, told: str) -> RunMistake:
    return RunMistake(
        f"{run}: its manifest cannot be used: `{store.MANIFEST}`{told}",
        hint="only what `evalsuite run` has stored can be done again",
    )


def _mistyped(manifest: Mapping[str, Any]) -> str:
    """Say which field has another type than `evalsuite run` writes."""
    wrong = [one for one in _OBJECTS if not isinstance(manifest.get(one, {}), dict)]
    if manifest.get("limit") is not None and not isinstance(manifest["limit"], int):
        wrong.append("limit")
    return f" has a value of another type in {quoted(wrong) if wrong else 'one of its fields'}"


def _plain(value: Any) -> Any:
    if not isinstance(value, _PLAIN):
        raise TypeError(value)
    return value


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
