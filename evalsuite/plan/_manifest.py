"""What a run writes down about itself: all that decides what it asks and how, and the digest."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from evalsuite import __version__, engines, names, provenance
from evalsuite.plan._records import Drawn, Layouts, Options, Subject, default_engine
from evalsuite.records import Json, Response, Suite, Task

# Engine arguments that say where and how fast something is asked, and decide no answer.
_WHERE = frozenset(
    {
        *("address", "replicas", "slice", "concurrency", "timeout", "price_in", "price_out"),
        *("requests_per_minute", "tokens_per_minute"),
    }
)

# What of a manifest is in its digest.
_DECIDES = (
    *("suite", "limit", "proofs", "sampling", "tasks", "templates", "forms", "subjects"),
    *("settings", "versions"),
)


def manifest_for(  # noqa: PLR0913 - a manifest names everything
    suite: Suite,
    chosen: Sequence[Task],
    subjects: Sequence[Subject],
    layouts: Layouts,
    drawn: Mapping[str, Drawn],
    recording: Mapping[str, Response],
    options: Options,
) -> dict[str, Any]:
    """Return all that decides what a run asks and how, and the digest of it."""
    settings = options.settings
    sampling = {"samples": options.samples, "temperature": options.temperature}
    decides: dict[str, Any] = {
        "suite": {**asdict(suite), "path": suite.path.name},
        "limit": options.limit,
        **({"proofs": True} if options.proofs else {}),
        **({"sampling": sampling} if options.temperature else {}),
        "tasks": {
            task.name: {
                "digest": task.digest,
                "version": task.version,
                "seed": task.seed,
                "answer": task.answer,
                "max_tokens": options.max_tokens or task.max_tokens,
                "scorer": task.scorer,
                "metrics": list(task.metrics),
                "instances": names.digest(
                    [(one.canonical, one.gold) for one in drawn[task.name].questions]
                ),
            }
            for task in chosen
        },
        "templates": {"/".join(key[::-1]): one.digest for key, one in layouts.templates.items()},
        "forms": {"/".join(key[::-1]): one.digest for key, one in layouts.forms.items()},
        "subjects": [_subject_facts(subject) for subject in subjects],
        "settings": {
            "seed": settings.seed,
            "dtype": settings.dtype,
            "servers": list(settings.servers),
            "max_context": settings.max_context,
            "arguments": {
                name: value for name, value in settings.arguments.items() if name not in _WHERE
            },
            # As `repr` has it: it escapes a lone surrogate, which no digest can be taken of.
            "recording": names.digest([repr(recording[key]) for key in sorted(recording)])
            if recording
            else None,
        },
        "versions": {"evalsuite": __version__, **_versions(subjects)},
    }
    return {"digest": names.digest(decides), **decides, **_tells(chosen, layouts, options)}


def digest_of(manifest: Mapping[str, Any]) -> str:
    """Return the digest of all in a manifest that decides what its run asks and how."""
    return names.digest({name: manifest[name] for name in _DECIDES if name in manifest})


def _tells(chosen: Sequence[Task], layouts: Layouts, options: Options) -> dict[str, Any]:
    """Return what a manifest has besides, for whoever does the run again."""
    layers = (*layouts.templates.values(), *layouts.forms.values())
    return {
        "options": {
            "engine": options.engine,
            "default_engine": default_engine(),
            "max_tokens": options.max_tokens,
        },
        "sources": provenance.sources(chosen, layers),
        "environment": provenance.environment(),
    }


def _subject_facts(subject: Subject) -> dict[str, Json]:
    facts: dict[str, Json] = {"name": subject.name, "engine": subject.engine}
    if subject.model is not None:
        facts |= {
            "kind": subject.model.kind,
            "parameters": subject.model.parameters,
            "bos": subject.model.bos,
            "context_length": subject.model.context_length,
            "licence": subject.model.licence,
            "about": subject.model.about,
            "weights_sha256": subject.model.weights_sha256,
        }
    return facts


def _versions(subjects: Sequence[Subject]) -> dict[str, str]:
    wanted = {name for one in subjects for name in engines.engine(one.engine).PACKAGES}
    found = {name: provenance.installed(name) for name in sorted(wanted)}
    return {name: version for name, version in found.items() if version is not None}
