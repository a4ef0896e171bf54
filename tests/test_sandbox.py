"""Attacks on the template sandbox: each ends soon, in little memory, with file and line."""

import time
import tracemalloc
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite import sandbox
from evalsuite.errors import TemplateMistake
from evalsuite.records import Json

PATH = Path("prompts/en/mine.jinja")
VALUES: dict[str, Json] = {"premises": ["P", "Q & R"], "conclusion": "P | Q"}
BOMB = 40  # doublings: a terabyte, if they were made


def write(body: str, values: dict[str, Json] = VALUES) -> str:
    """Render a body that begins in line 2 of its file."""
    return run(f"\n{{% block query %}}{body}{{% endblock %}}", values)


def run(text: str, values: dict[str, Json] = VALUES) -> str:
    source = sandbox.compiled(PATH, text)
    sandbox.check_names(source, "query", values)
    return sandbox.rendered(source, "query", values)


def doubling(statement: str, *, first: str) -> str:
    return first + statement * BOMB + "{{ a|length }}"


def nested(begin: str, end: str, inside: str, depth: int) -> str:
    return begin * depth + inside + end * depth


# What is refused, and where it would otherwise lead: out of the sandbox, or out of memory.
REFUSED = {
    "class": ("{{ ''.__class__.__mro__ }}", "unsafe"),
    "class by item": ("{{ ''['__class__'] }}", "unsafe"),
    "class by filter": ("{{ ''|attr('__class__') }}", "No filter named 'attr'"),
    "class by select": ("{{ ['']|selectattr('__class__')|list }}", "unsafe"),
    "globals of a function": ("{{ range.__globals__ }}", "unsafe"),
    "inside of loop": ("{% for a in [1] %}{{ loop._iterator }}{% endfor %}", "unsafe"),
    "giant range": ("{% for a in range(999999999) %}{% endfor %}", "a range of more than"),
    "huge range": ("{{ range(9" + "9" * 40 + ") }}", "mine.jinja"),
    "repeated text": ("{{ 'a' * 1000000000 }}", "may be too large"),
    "text repeated by bits": ("{{ 'a' * 9999 * 9999 * 9999 }}", "may be too large"),
    "repeated list": ("{{ [1] * 1000000000 }}", "`*` is for numbers"),
    "power": ("{{ 9 ** 9 ** 9 }}", "may be too large"),
    "product": ("{% set a = 2 %}" + "{% set a = a * a %}" * BOMB + "{{ a }}", "may be too large"),
    "percent": ("{{ '%999999999d' % 1 }}", "`%` is for numbers"),
    "format": ("{{ '{:999999999}'.format(1) }}", "unsafe"),
    "format_map": ("{{ '{a:999999999}'.format_map({'a': 1}) }}", "unsafe"),
    "ljust": ("{{ 'a'.ljust(999999999) }}", "unsafe"),
    "center": ("{{ 'a'.center(999999999) }}", "unsafe"),
    "replace": ("{{ 'aaaa'.replace('a', 'aaaaaaaa') }}", "unsafe"),
    "filter center": ("{{ 'a'|center(999999999) }}", "No filter named 'center'"),
    "filter format": ("{{ '%999999999d'|format(1) }}", "No filter named 'format'"),
    "filter indent": ("{{ 'a'|indent(999999999) }}", "No filter named 'indent'"),
    "filter sum": ("{{ premises|sum(start=[]) }}", "No filter named 'sum'"),
    "filter round": ("{{ 1.5|round(999999999, 'ceil') }}", "No filter named 'round'"),
    "join": ("{{ range(1000)|join('a' * 10000)|length }}", "`join` with a result of over"),
    "join of joins": ("{{ [[1, 2], [3]]|map('join', 'a' * 10000)|list }}", "`map` with `join`"),
    "map to large texts": (
        "{{ [0, 0, 0]|map('default', 'a' * 10000, true)|list|length }}",
        "`map` with `default`",
    ),
    "map of map": ("{{ [[0]]|map('map', 'default', 'a', true)|list }}", "`map` with `map`"),
    "map to lists": ("{{ [[0]]|map('list')|list }}", "`map` with `list`"),
    "map with arguments": ("{{ ['a']|map('int', [1])|list }}", "`map` with a filter's arguments"),
    "int with a list": ("{{ 'a'|int([1, 2]) }}", "positional argument"),
    "map to nothing": ("{{ premises|map(attribute='a')|list }}", "has no attribute 'a'"),
    "map to a default": (
        "{{ [0]|map(attribute='a', default='a')|list }}",
        "`map` with `default`",
    ),
    "namespace": (
        "{% set a = namespace(x='a') %}" + "{% set a.x = a.x + a.x %}" * BOMB,
        "undefined name `namespace`",
    ),
    "doubled text": (doubling("{% set a = a + a %}", first="{% set a = 'a' %}"), "too large"),
    "doubled by tilde": (doubling("{% set a = a ~ a %}", first="{% set a = 'a' %}"), "`+`"),
    "doubled list": (
        doubling("{% set a = a + a %}", first="{% set a = [1] %}"),
        "`+` is for numbers",
    ),
    "doubled in a loop": (
        "{% for i in range(9) %}"
        + doubling("{% set a = a + a %}", first="{% set a = 'a' %}")
        + "{% endfor %}",
        "may be too large",
    ),
    "lists of lists": (
        doubling("{% set a = [a, a] %}", first="{% set a = 1 %}") + "{{ a }}",
        "only what is written",
    ),
    "tuples of tuples": (
        doubling("{% set a = (a, a) %}", first="{% set a = 1 %}"),
        "only what is written",
    ),
    "mappings of mappings": (
        doubling("{% set a = {1: a, 2: a} %}", first="{% set a = 1 %}"),
        "only what is written",
    ),
    "many kept values": ("{% set a = 1 %}" * 51, "over 50 values are kept"),
    "many kept values of with": (
        "{% with " + ", ".join(f"a{i} = 1" for i in range(51)) + " %}{% endwith %}",
        "over 50 values are kept",
    ),
    "block set": (
        doubling("{% set a %}{{ a }}{{ a }}{% endset %}", first="{% set a = 'a' %}"),
        "`set` around a text",
    ),
    "filter block": ("{% filter upper %}a{% endfilter %}", "`filter` around a text"),
    "macro that calls itself": (
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "`macro` is not allowed",
    ),
    "call": ("{% call range(1) %}a{% endcall %}", "`call` is not allowed"),
    "recursive loop": (
        "{% for a in [1, 2] recursive %}{{ loop([1, 2]) }}{% endfor %}",
        "`recursive` is not allowed",
    ),
    "self": ("{{ self.query() }}{{ self.query() }}", "`self` is not allowed"),
    "super": ("{{ super() }}", "`super` is not allowed"),
    "include": ("{% include '/etc/passwd' %}", "`include`: a template cannot use another file"),
    "import": ("{% import 'a' as a %}", "`import`: a template cannot use another file"),
    "from": ("{% from 'a' import a %}", "`from`: a template cannot use another file"),
    "extends": ("{% extends 'a' %}", "`extends`: a template cannot use another file"),
    "lipsum": ("{{ lipsum(n=1000000) }}", "undefined name `lipsum`"),
    "cycler": ("{{ cycler('a') }}", "undefined name `cycler`"),
    "joiner": ("{{ joiner('a') }}", "undefined name `joiner`"),
    "dict": ("{{ dict(a=1) }}", "undefined name `dict`"),
    "debug": ("{% debug %}", "unknown tag 'debug'"),
    "do": ("{% do premises.append(1) %}", "unknown tag 'do'"),
    "change": ("{{ premises.append('a') }}", "unsafe"),
    "undefined": ("{{ premise }}", "undefined name `premise`"),
    "undefined, never reached": ("{% if false %}{{ premise }}{% endif %}", "name `premise`"),
    "undefined attribute": ("{{ premises.first }}", "no attribute 'first'"),
    "undefined key": ("{{ {'a': 1}['b'] }}", "no attribute 'b'"),
    "division by zero": ("{{ 1 // 0 }}", "zero"),
    "unhashable": ("{{ {[1]: 2} }}", "unhashable"),
    "syntax": ("{{ premises[ }}", "mine.jinja"),
    "much nothing": ("{% for a in range(1000) %}" * 2 + "{{ '' }}" + "{% endfor %}" * 2, "writes"),
    "much output": ("{% for a in range(1000) %}{{ 'a' * 1000 }}{% endfor %}", "writes over"),
}


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
@pytest.mark.usefixtures("promptly")
def test_an_attack_is_refused_at_once_with_file_and_line(body: str, reason: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(TemplateMistake) as caught:
            write(body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.message.startswith("prompts/en/mine.jinja:2: ")
    assert reason in caught.value.message
    assert caught.value.exit_status == 2
    assert most < 20e6  # bytes


# As deep as these, Python's own parser gives up, and does not say where.
DEEP = {
    "parentheses": "{{ " + nested("(", ")", "1", 5_000) + " }}",
    "signs": "{{ " + "-" * 5_000 + "1 }}",
    "ifs": nested("{% if 1 %}", "{% endif %}", "a", 300),
    "loops": nested("{% for a in premises %}", "{% endfor %}", "a", 60),
    "products": "{{ " + "1 * " * 3_000 + "1 }}",
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
def test_a_body_nested_too_deeply_is_refused(body: str) -> None:
    with pytest.raises(TemplateMistake, match=r"mine\.jinja:1: too long, or nested too deeply"):
        write(body)


def test_a_loop_that_takes_long_is_stopped() -> None:
    body = "{% for a in range(1000) if a %}" * 6
    began = time.monotonic()
    with pytest.raises(TemplateMistake, match=r"mine\.jinja:2: block `query`: takes over 0.8 s"):
        write(body + "{% endfor %}" * 6)
    assert time.monotonic() - began < 60  # a busy machine


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("{% for a in premises %}{{ loop.index }}. {{ a }};{% endfor %}", "1. P;2. Q & R;"),
        ("{{ premises|join(' and ') }}", "P and Q & R"),
        ("{{ {'P | Q': 'yes', 'no': 'no'}[conclusion] }}", "yes"),
        ("{{ 'ABCD'[premises|length - 1] }}{{ 2 * 3 + 1 }}{{ 7 % 4 }}", "B73"),
        ("{% set a = premises|first %}{{ a|lower }}{{ '-' * 3 }}{{ 'a' + a }}", "p---aP"),
        ("{{ 'one' if premises|length == 1 else 'many' }}", "many"),
        ("{% for a in premises if '&' in a %}{{ a.split(' ')|last }}{% endfor %}", "R"),
        ("{% for key, value in {'a': 1}|items %}{{ key }}{{ value }}{% endfor %}", "a1"),
        ("{% with a = conclusion %}{{ a|upper }}{% endwith %}", "P | Q"),
        ("{{ premises|map('lower')|join(', ') }}", "p, q & r"),
        ("{{ premises|length ~ ': ' ~ premises|first }}", "2: P"),
    ],
)
def test_what_a_template_needs_is_there(body: str, text: str) -> None:
    assert write(body) == text


@settings(deadline=None)
@given(st.text(max_size=60))
def test_a_value_is_written_as_it_is_and_never_run(text: str) -> None:
    assert write("{{ conclusion }}", {"conclusion": text}) == text


@settings(deadline=None)
@given(st.text(alphabet="{}%#~|()[]'\"a0 \n+*-._" + "éλ", max_size=60))
def test_any_text_is_a_template_or_a_mistake(text: str) -> None:
    try:
        source = sandbox.compiled(PATH, text)
    except TemplateMistake as mistake:
        assert mistake.message.startswith("prompts/en/mine.jinja:")  # noqa: PT017 - either will do
    else:
        assert source.path == PATH


@pytest.mark.parametrize("line", range(1, 5))
def test_a_mistake_is_reported_with_its_line(line: int) -> None:
    before = "\n" * (line - 1)
    for body in ("{{ nothing }}", "{{ premises.nothing }}", "{{ premises[ }}", "{{ 1 // 0 }}"):
        text = f"{{% block query %}}{before}{body}{{% endblock %}}"
        with pytest.raises(TemplateMistake, match=f"mine.jinja:{line}: "):
            run(text)


def test_outside_the_main_thread_a_template_is_still_rendered() -> None:
    texts: list[str] = []
    thread = Thread(target=lambda: texts.append(write("{{ conclusion }}")))
    thread.start()
    thread.join()
    assert texts == ["P | Q"]
