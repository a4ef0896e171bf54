"""The report as one HTML file that needs nothing else, and lets nothing of what it shows run.

Its policy lets only our own scripts and styles run, by their SHA-256, and nothing be fetched. Data
stand in inert elements: what is drawn at once as JSON, the samples and their texts gzipped in
chunks, which the page unpacks when it needs them.
"""

import base64
import gzip
import hashlib
import html
from collections.abc import Iterator
from dataclasses import asdict
from importlib.resources import files

from evalsuite.report.record import Report
from evalsuite.report.samples import Samples, chunks, compact

_SCRIPTS = (
    *("d3.min.js", "plot.umd.min.js", "dagre.min.js"),
    *("dom.js", "tables.js", "charts.js", "proofs.js", "browser.js", "report.js"),
)
_STYLE = "report.css"
_PLOT_STYLE = "plot.css"  # what Observable Plot puts into each picture, word for word
_CHUNK = 2_000_000  # characters before they are packed
_LEVEL = 6  # of gzip


def page(report: Report) -> str:
    """Return the report as HTML."""
    scripts = [_static(name) for name in _SCRIPTS]
    title = html.escape(title_of(report))
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy()}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{title}</title>",
            f"<style>{_static(_STYLE)}</style>",
            "</head>",
            _static("body.html"),
            _head(report),
            *(f"<script>{script}</script>" for script in scripts),
            *_samples(report.samples),
            "</html>",
            "",
        )
    )


def title_of(report: Report) -> str:
    """Return the title of a report: the suites of its runs."""
    suites = dict.fromkeys(run.suite for run in report.runs if run.suite)
    return f"evalsuite: {', '.join(suites) or 'report'}"


def policy() -> str:
    """Return the content security policy of a report."""
    scripts = " ".join(_hash(_static(name)) for name in _SCRIPTS)
    styles = " ".join(_hash(_static(name)) for name in (_STYLE, _PLOT_STYLE))
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src data: blob:;"
        " base-uri 'none'; form-action 'none';"
        " require-trusted-types-for 'script'; trusted-types 'none'"
    )


def served() -> str:
    """Return the policy of a report that comes from a server: in no frame, too."""
    return f"{policy()}; frame-ancestors 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _static(name: str) -> str:
    text = (files("evalsuite.report") / "static" / name).read_text(encoding="utf-8")
    return text if name == _PLOT_STYLE else text.rstrip("\n")


def _head(report: Report) -> str:
    head = {
        "version": report.version,
        "title": title_of(report),
        "runs": [asdict(one) for one in report.runs],
        "subjects": [asdict(one) for one in report.subjects],
        "tasks": report.tasks,
        "settings": report.settings,
        "sections": [asdict(one) for one in report.sections],
        "samples": len(report.samples.columns["key"]),
    }
    # Nothing in JSON can end the element that it stands in, once it has no `<`.
    return _inert("report", "application/json", compact(head).replace("<", "\\u003c"))


def _samples(samples: Samples) -> Iterator[str]:
    """Yield what stands below the scripts, which are at work while it is still read."""
    columns = {"columns": samples.columns, "words": samples.words}
    yield _inert("samples", "text/plain", _packed(columns))
    for name, texts in (("texts", samples.texts), ("drawings", samples.drawings)):
        for number, chunk in enumerate(chunks(texts, _CHUNK)):
            yield _inert(f"{name}-{number}", "text/plain", _packed(chunk), len(chunk))


def _inert(name: str, kind: str, content: str, count: int | None = None) -> str:
    counted = "" if count is None else f' data-count="{count}"'
    return f'<script type="{kind}" id="data-{name}"{counted}>{content}</script>'


def _packed(value: object) -> str:
    return base64.b64encode(gzip.compress(compact(value).encode(), _LEVEL, mtime=0)).decode()
