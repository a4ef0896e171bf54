"""Jinja2, narrowed: run one block of an untrusted template, with bounded output and bounded time.

A template gets few filters, few attributes and no other file. What could make a small template
large (powers, long repeats and ranges, padding, `namespace`) is not there.
"""

import signal
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2 import Template as Compiled
from jinja2.sandbox import ImmutableSandboxedEnvironment

from evalsuite.errors import TemplateMistake
from evalsuite.records import Json

_MAX_OUTPUT = 200_000  # characters of one block
_MAX_SECONDS = 2.0  # for one block
_MAX_RANGE = 1_000
_MAX_REPEAT = 10_000  # of a `*` between a text and a number
_FILTERS = frozenset(
    {
        *("abs", "capitalize", "count", "default", "first", "int", "items", "join", "last"),
        *("length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse"),
        *("round", "select", "selectattr", "sort", "string", "sum", "title", "trim", "unique"),
        "upper",
    }
)
_ATTRIBUTES = frozenset(
    {
        *("capitalize", "endswith", "get", "items", "keys", "lower", "lstrip", "rstrip", "split"),
        *("startswith", "strip", "title", "upper", "values"),
        # of `loop`
        *("changed", "cycle", "depth", "depth0", "first", "index", "index0", "last", "length"),
        *("nextitem", "previtem", "revindex", "revindex0"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A compiled template file."""

    path: Path
    compiled: Compiled
    tree: nodes.Template


def blocks(source: Source) -> Collection[str]:
    """Return the names of the source's blocks."""
    return source.compiled.blocks.keys()


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, narrowed: what could make a small template large is not there."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return attr in _ATTRIBUTES and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator != "%" and not (
            isinstance(left, int | float) and isinstance(right, int | float) and operator == "*"
        ):
            size = max((x for x in (left, right) if isinstance(x, int)), default=0)
            if operator == "**" or size > _MAX_REPEAT:
                raise TemplateError(f"`{operator}` with a result that may be too large")
        if operator == "%" and isinstance(left, str):
            raise TemplateError("`%` on a text is not allowed")
        return super().call_binop(context, operator, left, right)


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > _MAX_RANGE:
        raise TemplateError(f"a range of more than {_MAX_RANGE} numbers")
    return numbers


def _environment() -> ImmutableSandboxedEnvironment:
    environment = _Sandbox(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
    )
    environment.globals.clear()
    environment.globals["range"] = _range
    environment.filters = {
        name: function for name, function in environment.filters.items() if name in _FILTERS
    }
    return environment


def compiled(path: Path, text: str) -> Source:
    """Compile a template's text.

    Raises:
        TemplateMistake: it has a syntax error, or uses another file.

    """
    environment = _environment()
    try:
        tree = environment.parse(text, filename=str(path))
        forbidden = next(
            tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)), None
        )
        if forbidden is not None:
            raise TemplateMistake(
                f"{path}:{forbidden.lineno}: a template cannot use another file",
                hint="write it out",
            )
        code = environment.compile(text, filename=str(path))
    except TemplateSyntaxError as error:
        raise TemplateMistake(
            f"{path}:{error.lineno}: {error.message}", hint="see docs/authoring.md"
        ) from error
    except RecursionError as error:
        raise TemplateMistake(f"{path}: nested too deeply") from error
    ready = Compiled.from_code(environment, code, environment.globals.copy())
    return Source(path=path, compiled=ready, tree=tree)


def check_names(source: Source, block: str, allowed: Collection[str]) -> None:
    """Refuse names that a block uses and nothing gives, even where no rendering reaches them.

    Raises:
        TemplateMistake: it names file and line.

    """
    for node in source.tree.find_all(nodes.Block):
        if node.name != block:
            continue
        inner = nodes.Template(node.body, lineno=node.lineno)
        inner.set_environment(source.compiled.environment)
        unknown = sorted(meta.find_undeclared_variables(inner) - {*allowed, "range"})
        if unknown:
            line = next(
                (name.lineno for name in node.find_all(nodes.Name) if name.name == unknown[0]),
                node.lineno,
            )
            raise TemplateMistake(
                f"{source.path}:{line}: block `{block}` uses the undefined name `{unknown[0]}`",
                hint=f"it may use {_quoted(sorted(allowed)) or 'no name'}",
            )


def rendered(source: Source, block: str, values: Mapping[str, Json]) -> str:
    """Return what a block writes.

    Raises:
        TemplateMistake: it uses an undefined value, or takes too much room or time.

    """
    chunks: list[str] = []
    size = 0
    try:
        with _deadline(source.path, block):
            context = source.compiled.new_context(dict(values))
            for chunk in source.compiled.blocks[block](context):
                chunks.append(chunk)
                size += len(chunk)
                if size > _MAX_OUTPUT:
                    raise TemplateMistake(
                        f"{source.path}: block `{block}` writes over {_MAX_OUTPUT} characters"
                    )
    except TemplateMistake:
        raise
    except Exception as error:  # whatever a template makes Python raise is its author's to mend
        line = _line(source, error.__traceback__)
        reason = str(error) or type(error).__name__
        raise TemplateMistake(
            f"{source.path}:{line}: block `{block}`: {reason}",
            hint=f"it may use {_quoted(sorted(values)) or 'no name'}",
        ) from error
    return "".join(chunks)


def _line(source: Source, trace: TracebackType | None) -> int:
    line = 1
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(source.path):
            line = source.compiled.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return line


@contextmanager
def _deadline(path: Path, block: str) -> Iterator[None]:
    """Stop a template that loops for too long. Signals reach the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TemplateMistake(f"{path}: block `{block}` takes over {_MAX_SECONDS:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _MAX_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _quoted(words: Collection[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
