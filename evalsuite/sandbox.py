"""Jinja2, narrowed: run one block of an untrusted template, with bounded output and bounded time.

A template gets few filters, few attributes and no other file, and makes text only by writing it.
What could make a small template large or slow inside one step of Python, where no deadline reaches
it (powers, long repeats and ranges, padding, lists of lists, macros), is not there.
"""

import signal
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, MappingProxyType, TracebackType
from typing import Any

from jinja2 import (
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    UndefinedError,
    meta,
    nodes,
    pass_context,
)
from jinja2 import Template as Compiled
from jinja2.filters import do_int
from jinja2.filters import sync_do_map as do_map
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from evalsuite.errors import TemplateMistake, quoted
from evalsuite.records import Json

_MAX_OUTPUT = 200_000  # characters of one block
_MAX_SECONDS = 0.8  # of the processor, for one block: a busy machine stops none
_MAX_RANGE = 1_000
_MAX_MADE = 10_000  # characters of a text, or bits of a number, that an operator or `join` makes
_MAX_KEPT = 50  # values that `set` and `with` keep
_REFUSED: Mapping[type[nodes.Node], str] = MappingProxyType(
    {
        nodes.Extends: "`extends`: a template cannot use another file",
        nodes.Include: "`include`: a template cannot use another file",
        nodes.Import: "`import`: a template cannot use another file",
        nodes.FromImport: "`from`: a template cannot use another file",
        nodes.Macro: "`macro` is not allowed",
        nodes.CallBlock: "`call` is not allowed",
        nodes.FilterBlock: "`filter` around a text is not allowed",
        nodes.AssignBlock: "`set` around a text is not allowed",
    }
)
_FILTERS = frozenset(
    {
        *("abs", "capitalize", "count", "default", "first", "int", "items", "join", "last"),
        *("length", "list", "lower", "map", "max", "min", "reject", "rejectattr", "reverse"),
        *("select", "selectattr", "sort", "string", "title", "trim", "unique", "upper"),
    }
)
# What `map` may do: none makes a list, since lists that hold each other's could fill the memory.
_MAPPED = frozenset(
    {"abs", "capitalize", "int", "length", "count", "lower", "string", "title", "trim", "upper"}
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


def lead(source: Source, block: str) -> str:
    """Return the text that a block begins with, whatever values it is given."""
    found = (node for node in source.tree.find_all(nodes.Block) if node.name == block)
    match next(found).body:
        case [nodes.Output(nodes=[nodes.TemplateData(data=text), *_]), *_]:
            return str(text)
        case _:
            return ""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, narrowed: what could make a small template large is not there."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return attr in _ATTRIBUTES and super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> None:  # noqa: ARG002 - Jinja2's signature
        """Let no `format` through: its widths know no limit."""
        return

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if _made(operator, left, right) > _MAX_MADE:
            raise TemplateError(f"`{operator}` with a result that may be too large")
        return super().call_binop(context, operator, left, right)


def _made(operator: str, left: Any, right: Any) -> int:
    """Return the most characters or bits that an operator's result can have."""
    match operator, left, right:
        case "**", _, _:
            return _MAX_MADE + 1
        case _, int() | float(), int() | float():
            return _bits(left) + _bits(right)
        case "*", str(), int():
            return len(left) * right
        case "*", int(), str():
            return left * len(right)
        case "+", str(), str():
            return len(left) + len(right)
        case _:
            raise TemplateError(f"`{operator}` is for numbers; `+` and `*` are for texts, too")


def _bits(number: float) -> int:
    return number.bit_length() if isinstance(number, int) else 64


def _join(items: Iterable[Any], separator: str = "") -> str:
    """Stand in for Jinja2's `join`, which knows no limit."""
    texts = [str(item) for item in items]
    if sum(map(len, texts)) + len(texts) * len(separator) > _MAX_MADE:
        raise TemplateError(f"`join` with a result of over {_MAX_MADE} characters")
    return separator.join(texts)


@pass_context
def _map(context: Context, items: Any, *names: Any, **options: Any) -> Iterator[Any]:
    """Stand in for Jinja2's `map`: what it maps to is no larger than what is mapped."""
    refused = [*sorted(set(options) - {"attribute"}), *(set(map(str, names[:1])) - _MAPPED)]
    if refused:
        raise TemplateError(f"`map` with `{refused[0][:50]}` is not allowed")
    if names[1:]:
        raise TemplateError("`map` with a filter's arguments is not allowed")
    for value in do_map(context, items, *names, **options):
        if isinstance(value, StrictUndefined):
            str(value)  # raises; in a list it would only be shown as undefined
        yield value


def _int(value: Any) -> int:
    """Stand in for Jinja2's `int`, whose default could be a list that holds others."""
    return do_int(value)


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
    environment.filters |= {"join": _join, "map": _map, "int": _int}
    return environment


def compiled(path: Path, text: str) -> Source:
    """Compile a template's text.

    Raises:
        TemplateMistake: it has a syntax error, or uses what is not allowed.

    """
    environment = _environment()
    try:
        tree = environment.parse(text, filename=str(path))
        _refuse(path, tree)
        code = environment.compile(_Joining().visit(tree), filename=str(path))
    except TemplateSyntaxError as error:
        raise TemplateMistake(
            f"{path}:{error.lineno}: {error.message}", hint="see docs/authoring.md"
        ) from error
    except (SyntaxError, RecursionError, MemoryError) as error:  # Python's, of the code it becomes
        raise TemplateMistake(
            f"{path}:1: too long, or nested too deeply", hint="shorten it"
        ) from error
    ready = Compiled.from_code(environment, code, environment.globals.copy())
    return Source(path=path, compiled=ready, tree=tree)


class _Joining(NodeTransformer):
    """Make `a ~ b` the sum of two texts: a sum is bounded, and Jinja2's own `~` is not."""

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802 - the visitor's protocol
        self.generic_visit(node)
        texts = [_text(part) for part in node.nodes]
        total = texts[0]
        for text in texts[1:]:
            total = nodes.Add(total, text, lineno=node.lineno, environment=node.environment)
        return total


def _text(part: nodes.Expr) -> nodes.Expr:
    made = nodes.Filter(part, "string", [], [], None, None, lineno=part.lineno)
    made.environment = part.environment
    return made


def _refuse(path: Path, tree: nodes.Template) -> None:
    kept = 0
    for node in tree.find_all(nodes.Node):
        if isinstance(node, nodes.Assign | nodes.With):
            kept += 1 if isinstance(node, nodes.Assign) else len(node.targets)
        reason = _objection(node) if kept <= _MAX_KEPT else f"over {_MAX_KEPT} values are kept"
        if reason is not None:
            raise TemplateMistake(f"{path}:{node.lineno}: {reason}", hint="write it out")


def _objection(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.For) and node.recursive:
        return "`recursive` is not allowed"
    if isinstance(node, nodes.Name) and node.name in {"self", "super"}:
        return f"`{node.name}` is not allowed"
    if isinstance(node, nodes.List | nodes.Tuple | nodes.Dict) and not _is_constant(node):
        # Of two lists that hold each other's value twice, and so on, twenty could fill the memory.
        return "a list or mapping may hold only what is written in it, no names"
    return _REFUSED.get(type(node))


def _is_constant(node: nodes.Node) -> bool:
    # The names that a loop or a `set` gives values to stand in a tuple, too.
    if isinstance(node, nodes.Tuple) and node.ctx != "load":
        return True
    parts = (nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Neg)
    return all(isinstance(inner, parts) for inner in node.find_all(nodes.Node))


def check_names(source: Source, block: str, allowed: Collection[str]) -> None:
    """Refuse names that a block uses and nothing gives, even where no rendering reaches them.

    Raises:
        TemplateMistake: it names file and line.

    """
    unknown = {name: line for name, line in names(source, block).items() if name not in allowed}
    if unknown:
        name = min(unknown)
        raise TemplateMistake(
            f"{source.path}:{unknown[name]}: block `{block}` uses the undefined name `{name}`",
            hint=f"it may use {quoted(sorted(allowed)) or 'no name'}",
        )


# ── what stands in a source ─────────────────────────────────────────────────────────────────────


def names(source: Source, block: str) -> Mapping[str, int]:
    """Return the names that a block takes from outside, each with the line of its first use."""
    found: dict[str, int] = {}
    for node in _named(source, block):
        inner = nodes.Template(node.body, lineno=node.lineno)
        inner.set_environment(source.compiled.environment)
        for name in meta.find_undeclared_variables(inner) - {"range"}:
            uses = (one.lineno for one in node.find_all(nodes.Name) if one.name == name)
            found.setdefault(name, next(uses, node.lineno))
    return found


def switches(source: Source, block: str) -> tuple[int, ...]:
    """Return the lines in which a block asks for more than what is there, or where a loop is."""
    presence = (
        nodes.Name,
        nodes.Getattr,
        nodes.Getitem,
        nodes.Const,
        nodes.Not,
        nodes.And,
        nodes.Or,
    )
    found = []
    for named in _named(source, block):
        for node in named.find_all(nodes.Node):
            if isinstance(node, nodes.If | nodes.CondExpr | nodes.For) and node.test is not None:
                parts = (node.test, *node.test.find_all(nodes.Node))
                of_loop = {one.name for one in parts if isinstance(one, nodes.Name)} <= {"loop"}
                if not of_loop and not all(isinstance(one, presence) for one in parts):
                    found.append(node.lineno)
    return tuple(found)


def line_of(source: Source, block: str) -> int:
    """Return the line in which a block begins; 1 where there is none."""
    return next((node.lineno for node in _named(source, block)), 1)


def texts(source: Source, block: str) -> tuple[tuple[int, str], ...]:
    """Return what a block writes as it stands, piece by piece, each with its first line."""
    return tuple(
        (data.lineno, data.data)
        for node in _named(source, block)
        for data in node.find_all(nodes.TemplateData)
    )


def constants(source: Source, block: str) -> tuple[tuple[int, str], ...]:
    """Return the texts in a block's expressions, each with its line."""
    return tuple(
        (const.lineno, text)
        for node in _named(source, block)
        for const in node.find_all(nodes.Const)
        for text in _leaves(const.value)
    )


def _leaves(value: object) -> Iterator[str]:
    match value:  # a list or mapping of nothing but constants is a constant itself
        case str():
            yield value
        case dict():
            yield from (text for part in value.values() for text in _leaves(part))
        case list() | tuple():
            yield from (text for part in value for text in _leaves(part))
        case _:
            return


def outside(source: Source, written: Collection[str]) -> tuple[tuple[int, str], ...]:
    """Return what stands in none of the blocks that are written."""
    inside = {
        id(data) for block in written for node in _named(source, block) for data in _data(node)
    }
    return tuple((one.lineno, one.data) for one in _data(source.tree) if id(one) not in inside)


def _data(node: nodes.Node) -> Iterator[nodes.TemplateData]:
    return node.find_all(nodes.TemplateData)


def _named(source: Source, block: str) -> Iterator[nodes.Block]:
    return (node for node in source.tree.find_all(nodes.Block) if node.name == block)


# ── running it ──────────────────────────────────────────────────────────────────────────────────


def rendered(source: Source, block: str, values: Mapping[str, Json]) -> str:
    """Return what a block writes.

    Raises:
        TemplateMistake: it uses an undefined value, or takes too much room or time.

    """
    chunks: list[str] = []
    size = 0
    writing: Any = source.compiled.blocks[block](source.compiled.new_context(dict(values)))
    try:
        with _deadline():
            for chunk in writing:
                chunks.append(chunk)
                size += len(chunk) + 1  # an empty chunk takes room, too
                if size > _MAX_OUTPUT:
                    raise TemplateError(f"writes over {_MAX_OUTPUT} characters")
    except Exception as error:  # whatever a template makes Python raise is its author's to mend
        line = _line(source, writing.gi_frame, error.__traceback__)
        reason = str(error) or type(error).__name__
        undefined = isinstance(error, UndefinedError)
        raise TemplateMistake(
            f"{source.path}:{line}: block `{block}`: {reason}",
            hint=f"it may use {quoted(sorted(values)) or 'no name'}" if undefined else None,
        ) from error
    return "".join(chunks)


def _line(source: Source, waiting: FrameType | None, trace: TracebackType | None) -> int:
    # `waiting`: between two chunks the template's frame is in no traceback.
    line = 1 if waiting is None else waiting.f_lineno
    while trace is not None:
        # Python has instructions of no line, and the deadline may fall on one.
        if trace.tb_frame.f_code.co_filename == str(source.path) and trace.tb_lineno is not None:
            line = trace.tb_lineno
        trace = trace.tb_next
    return source.compiled.get_corresponding_lineno(line)


@contextmanager
def _deadline() -> Iterator[None]:
    """Stop a template that loops for too long. Signals reach the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TemplateError(f"takes over {_MAX_SECONDS:g} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, _MAX_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class _OutOfTimeError(BaseException):
    """All that a template writes took too long: no `except Exception` may stop this one."""


@contextmanager
def limited(path: Path, seconds: float) -> Iterator[None]:
    """Bound the processor's time for all that is written with a template, block by block.

    In the main thread alone, as for the deadline of a block; not within itself.

    Raises:
        TemplateMistake: it takes longer.

    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise _OutOfTimeError

    before = signal.signal(signal.SIGPROF, stop)  # a block's own limit is the virtual timer's
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    except _OutOfTimeError:
        raise TemplateMistake(
            f"{path}:1: all that it writes takes over {seconds:g} s",
            hint="write less, or ask for fewer shots",
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
