"""Any data set: what its records say, and every way in which they cannot be read."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalsuite import instances, paths, prompts, tasks, templates
from evalsuite.errors import TaskMistake
from evalsuite.families.datasets import _mapping, hf, jsonl
from evalsuite.families.datasets._mapping import LETTERS, FieldMapping
from evalsuite.families.datasets._reading import Asked
from evalsuite.records import Item, Task

SHIPPED = paths.shipped("tasks")
SETS = tuple(sorted(path.stem for path in (SHIPPED / "datasets").glob("*.yaml")))
YES_NO = FieldMapping(choices=("yes", "no"))
DEEP = os.environ.get("EVALSUITE_DEEP")


def lines(records: Iterable[object]) -> str:
    return "".join(json.dumps(one) + "\n" for one in records)


def read(
    folder: Path,
    content: str | bytes,
    mapping: FieldMapping = YES_NO,
    name: str = "a.jsonl",
    **more: Any,
) -> list[Item]:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return list(jsonl.items(jsonl.Params(file=name, mapping=mapping, **more), folder))


def refused(folder: Path, content: str | bytes, *more: Any, **others: Any) -> str:
    with pytest.raises(TaskMistake) as caught:
        read(folder, content, *more, **others)
    return caught.value.message.replace(f"{folder}/", "")


def plain(item: Item) -> tuple[object, ...]:
    shown = item.draft.shown
    return shown["question"], shown["context"], shown["options"], item.draft.choices[item.gold]


def problem(item: Item) -> Asked:
    assert isinstance(item.draft.problem, Asked)
    return item.draft.problem


GOOD = {"question": "Is it?", "answer": "yes"}

# ── the shapes that sets have ───────────────────────────────────────────────────────────────────

# record, mapping, what is read
SHAPES: dict[str, tuple[Mapping[str, Any], FieldMapping, tuple[object, ...]]] = {
    "fixed choices, gold by text": (GOOD, YES_NO, ("Is it?", [], ["yes", "no"], "yes")),
    "gold as others write it": (
        {"question": "q", "answer": " YES"},
        YES_NO,
        ("q", [], ["yes", "no"], "yes"),
    ),
    "a truth value": (
        {"question": "q", "answer": True},
        FieldMapping(choices=("False", "True"), labels={"True": "t"}),
        ("q", [], ["False", "True"], "t"),
    ),
    "a truth value as index": (
        {"question": "q", "answer": True},
        FieldMapping(choices=("no", "yes"), gold_by="index"),
        ("q", [], ["no", "yes"], "yes"),
    ),
    "labels of one's own": (
        {"question": "q", "answer": "B"},
        FieldMapping(choices=("True", "False"), labels={"False": "f"}, gold_by="letter"),
        ("q", [], ["True", "False"], "f"),
    ),
    "a list with letters": (
        {"question": "q", "context": "c", "options": ["A) x", "B) y"], "answer": "B"},
        FieldMapping(context="context", choices_field="options", gold_by="letter"),
        ("q", ["c"], ["x", "y"], "B"),
    ),
    "a list without letters": (
        {"question": "q", "options": ["A) x", "y"], "answer": 1},
        FieldMapping(choices_field="options", gold_by="index"),
        ("q", [], ["A) x", "y"], "B"),
    ),
    "numbered from 1": (
        {"question": "q", "options": ["1. x", "2. y"], "answer": "1"},
        FieldMapping(choices_field="options", gold_by="number"),
        ("q", [], ["x", "y"], "A"),
    ),
    "decimals, which are no marks": (
        {"question": "q", "options": ["1.2", "2.4"], "answer": 0},
        FieldMapping(choices_field="options", gold_by="index"),
        ("q", [], ["1.2", "2.4"], "A"),
    ),
    "times, which are no marks": (
        {"question": "q", "options": ["1:30", "2:45"], "answer": 0},
        FieldMapping(choices_field="options", gold_by="index"),
        ("q", [], ["1:30", "2:45"], "A"),
    ),
    "letters without a space": (
        {"question": "q", "options": ["A.x", "B.y"], "answer": "B"},
        FieldMapping(choices_field="options", gold_by="letter"),
        ("q", [], ["x", "y"], "B"),
    ),
    "a mapping from key to text": (
        {"question": "q", "choices": {"choice_1": "x", "choice_2": "y"}, "answer": "choice_2"},
        FieldMapping(choices_field="choices", gold_by="letter"),
        ("q", [], ["x", "y"], "B"),
    ),
    "columns of labels and texts": (
        {"question": "q", "choices": {"label": ["A", "B"], "text": ["x", "y"]}, "answer": "B"},
        FieldMapping(choices_field="choices", gold_by="letter"),
        ("q", [], ["x", "y"], "B"),
    ),
    "a field for each option": (
        {"question": "q", "one": "x", "two": "y", "answer": "y"},
        FieldMapping(choices_field=("one", "two")),
        ("q", [], ["x", "y"], "B"),
    ),
    "options in the question's text": (
        {"input": "Which?\nOptions:\n(A) x\n(B) y", "target": "(B)"},
        FieldMapping(
            question="{input}",
            question_until="\nOptions:",
            choices_field="input",
            choices_after="\nOptions:",
            gold_field="target",
            gold_by="letter",
        ),
        ("Which?", [], ["x", "y"], "B"),
    ),
    "options with dashes": (
        {"question": "q", "options": "- valid \n- invalid", "answer": "invalid"},
        FieldMapping(choices_field="options"),
        ("q", [], ["valid", "invalid"], "B"),
    ),
    "paths, a list of premises, braces": (
        {"a": {"b": [{"c": "deep"}]}, "premises": ["p ", "r"], "answer": "no"},
        FieldMapping(question="{a.b.0.c} {{set}}", context="premises", choices=("yes", "no")),
        ("deep {set}", ["p", "r"], ["yes", "no"], "no"),
    ),
    "a key with a dot": (
        {"a.b": 1.5, "answer": "no"},
        FieldMapping(question="{a.b}", choices=("yes", "no")),
        ("1.5", [], ["yes", "no"], "no"),
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_record_is_read_as_its_mapping_says(name: str, tmp_path: Path) -> None:
    record, mapping, expected = SHAPES[name]
    (item,) = read(tmp_path, lines([record]), mapping)
    assert plain(item) == expected
    assert jsonl.decide(problem(item)) == hf.decide(problem(item)) == ()


RECORDS = [{"question": f"Is {n} even?", "answer": "no" if n % 2 else "yes"} for n in range(4)]
AS_CSV = "question,answer\n" + "".join(f'"{one["question"]}",{one["answer"]}\n' for one in RECORDS)
FORMATS: dict[str, tuple[str | bytes, str]] = {
    "a.jsonl": (lines(RECORDS), ""),
    "b.jsonl": (b"\xef\xbb\xbf" + lines(RECORDS).replace("\n", "\r\n\r\n").encode(), ""),
    "c.json": (json.dumps(RECORDS), ""),
    "d.json": (json.dumps({"a": [1, {"x": 2}], "data": {"b": {}, "rows": RECORDS}}), "data.rows"),
    "e.json": ("\n" + json.dumps({"rows": RECORDS, "z": 1}, indent=2), "rows"),
    "f.csv": (AS_CSV, ""),
    "g.csv": ("\ufeff" + AS_CSV, ""),
    "h.tsv": (AS_CSV.replace(",", "\t"), ""),
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_the_same(name: str, tmp_path: Path) -> None:
    content, where = FORMATS[name]
    found = read(tmp_path, content, name=name, records=where)
    assert [plain(one) for one in found] == [
        (one["question"], [], ["yes", "no"], one["answer"]) for one in RECORDS
    ]


def test_parquet_is_read_by_row(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.Table.from_pylist(RECORDS), tmp_path / "a.parquet")
    found = list(jsonl.items(jsonl.Params(file="a.parquet", mapping=YES_NO), tmp_path))
    assert [one.draft.shown["question"] for one in found] == [one["question"] for one in RECORDS]
    wrong = FieldMapping(choices=("si", "no"))
    with pytest.raises(TaskMistake, match=r"a\.parquet:1: `answer` is `'yes'`"):
        list(jsonl.items(jsonl.Params(file="a.parquet", mapping=wrong), tmp_path))
    assert "not Parquet" in refused(tmp_path, b"PAR1 no", name="b.parquet")


def test_a_text_in_parquet_that_is_not_utf_8_is_told_by_row(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    texts = pyarrow.array([b"Is it?", b"\xe9t\xe9?"]).view(pyarrow.string())
    table = pyarrow.table({"question": texts, "answer": ["yes", "no"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    assert refused(tmp_path, data, name="a.parquet").startswith("a.parquet:2: not UTF-8 at byte 0")


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(TaskMistake) as caught:
        read(tmp_path, b"", name="a.parquet")
    assert caught.value.hint == "pip install 'evalsuite[datasets]'"


def test_several_files_are_one_set_and_parts_are_items(tmp_path: Path) -> None:
    for rule in ("b", "a"):
        (tmp_path / rule).mkdir()
        pairs = [{"question": f"{rule}{n}?", "answer": "no"} for n in (1, 2)]
        text = json.dumps({"samples": [{"context": rule, "qa_pairs": pairs}]})
        (tmp_path / rule / "data.json").write_text(text, encoding="utf-8")
    mapping = replace(YES_NO, context="context", each="qa_pairs")
    params = jsonl.Params(file="*/data.json", records="samples", mapping=mapping)
    found = [plain(one)[:2] for one in jsonl.items(params, tmp_path)]
    assert found == [("a1?", ["a"]), ("a2?", ["a"]), ("b1?", ["b"]), ("b2?", ["b"])]


def test_a_filter_leaves_out_and_looks_at_no_more(tmp_path: Path) -> None:
    records = [
        {**GOOD, "lang": "en", "depth": 5},
        {"lang": "pt", "depth": 5},
        {**GOOD, "lang": "en", "depth": 1},
    ]
    mapping = replace(YES_NO, filter={"lang": ("EN",), "depth": (5, 6)})
    assert len(read(tmp_path, lines(records), mapping)) == 1
    with pytest.raises(TaskMistake) as caught:
        read(tmp_path, lines(records), replace(YES_NO, filter={"lang": ("fr",)}))
    assert caught.value.hint == "no record passes `filter`"


def test_rung_and_id_are_tags(tmp_path: Path) -> None:
    records = [
        {**GOOD, "n": 7, "key": 3},
        {**GOOD, "n": [1, 2], "key": "x"},
        {**GOOD, "n": "4", "key": "y"},
    ]
    mapping = replace(YES_NO, rung_field="n", id_field="key")
    tags = [dict(one.draft.tags) for one in read(tmp_path, lines(records), mapping)]
    assert tags == [{"rung": 7, "id": "3"}, {"rung": 2, "id": "x"}, {"rung": 4, "id": "y"}]


def test_a_file_is_looked_up_beside_the_task_and_then_in_the_folders_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other, third = (tmp_path / name for name in ("mine", "other", "third"))
    for folder in (mine, other, third):
        folder.mkdir()
    params = jsonl.Params(file="a.jsonl", mapping=YES_NO)
    monkeypatch.delenv("EVALSUITE_DATA", raising=False)
    with pytest.raises(TaskMistake) as caught:
        list(jsonl.items(params, mine))
    assert caught.value.message == "a.jsonl: no such file, here or in `EVALSUITE_DATA`"
    assert "\n" not in caught.value.message
    assert "docs/datasets.md" in str(caught.value.hint)
    monkeypatch.setenv("EVALSUITE_DATA", f"{other}{os.pathsep}{third}")
    read(third, lines([{**GOOD, "question": "third?"}]))
    assert plain(*jsonl.items(params, mine))[0] == "third?"
    read(mine, lines([{**GOOD, "question": "mine?"}]))
    assert plain(*jsonl.items(params, mine))[0] == "mine?"
    absolute = jsonl.Params(file=str(third / "a.jsonl"), mapping=YES_NO)
    assert plain(*jsonl.items(absolute, mine))[0] == "third?"


# ── what is wrong ───────────────────────────────────────────────────────────────────────────────

BAD_RECORDS: dict[str, tuple[object, FieldMapping, str]] = {
    "no question": ({"answer": "yes"}, YES_NO, "no field `question`; there are `answer`"),
    "an empty question": ({"question": " ", "answer": "no"}, YES_NO, "the question is empty"),
    "null": ({"question": None, "answer": "no"}, YES_NO, "field `question` is empty"),
    "a mapping for a text": (
        {"question": {"a": 1}, "answer": "no"},
        YES_NO,
        "field `question` is `{'a': 1}`, not a text",
    ),
    "a gold that is no choice": (
        {"question": "q", "answer": "maybe"},
        YES_NO,
        "`answer` is `'maybe'`, which is none of the choices `['yes', 'no']`",
    ),
    "a gold of another type": (
        {"question": "q", "answer": ["yes"]},
        YES_NO,
        "`answer` is `['yes']`, which is none of the choices",
    ),
    "an index too high": (
        {"question": "q", "answer": 2},
        replace(YES_NO, gold_by="index"),
        "`answer` is `2`, which is none of the choices",
    ),
    "an index below": (
        {"question": "q", "answer": 0},
        replace(YES_NO, gold_by="number"),
        "`answer` is `0`, which is none of the choices",
    ),
    "an index that is a word": (
        {"question": "q", "answer": "first"},
        replace(YES_NO, gold_by="index"),
        "`answer` is `'first'`, not a whole number",
    ),
    "a letter too far": (
        {"question": "q", "answer": "C"},
        replace(YES_NO, gold_by="letter"),
        "`answer` is `'C'`, which is none of the choices `['A', 'B']`",
    ),
    "two choices that the gold is": (
        {"question": "q", "c": ["x", "X"], "answer": "x"},
        FieldMapping(choices_field="c"),
        "`answer` is `'x'`, and so are two choices",
    ),
    "one choice": (
        {"question": "q", "c": ["x"], "answer": "x"},
        FieldMapping(choices_field="c"),
        "`c` has 1 choice, not 2 to 26",
    ),
    "two equal choices": (
        {"question": "q", "c": ["p", " p"], "answer": "A"},
        FieldMapping(choices_field="c", gold_by="letter"),
        "`c` has the choice `'p'` twice",
    ),
    "two equal choices of an index": (
        {"question": "q", "one": "p", "two": "p", "answer": 1},
        FieldMapping(choices_field=("one", "two"), gold_by="index"),
        "`one, two` has the choice `'p'` twice",
    ),
    "an empty choice": (
        {"question": "q", "c": ["x", " "], "answer": "x"},
        FieldMapping(choices_field="c"),
        "`c` has an empty choice",
    ),
    "fewer labels than texts": (
        {"question": "q", "c": {"text": ["x", "y", "z"], "label": ["A", "B"]}, "answer": 1},
        FieldMapping(choices_field="c", gold_by="index"),
        "`c` has 3 texts and 2 labels",
    ),
    "a number for choices": (
        {"question": "q", "c": 3, "answer": "x"},
        FieldMapping(choices_field="c"),
        "`c` is `3`, not choices",
    ),
    "no mark": (
        {"question": "q", "answer": "x"},
        FieldMapping(choices_field="question", choices_after="Options:"),
        "no `'Options:'` in `question`",
    ),
    "a rung that is a word": (
        {**GOOD, "r": "hard"},
        replace(YES_NO, rung_field="r"),
        "`r` is `'hard'`, not a whole number or a list",
    ),
    "no parts": ({**GOOD, "p": 1}, replace(YES_NO, each="p"), "`p` is `1`, not a list of mappings"),
    "a NUL": (
        {"question": "q\0", "answer": "no"},
        YES_NO,
        "field `question` is `'q\\x00'`, not a text",
    ),
    "no finite number": (
        {"question": 1e999, "answer": "no"},
        YES_NO,
        "not JSON: `Infinity` is no number",
    ),
    "lists in lists": (
        {"question": json.loads("[" * 30 + "]" * 30), "answer": "no"},
        YES_NO,
        "field `question` is lists of lists, over 20 deep",
    ),
    "a lone surrogate": (
        {"question": "\ud800", "answer": "no"},
        YES_NO,
        "field `question` is not UTF-8 at character 0",
    ),
    "a list": ([1], YES_NO, "a list, not a mapping"),
    "a number": (1.5, YES_NO, "a number, not a mapping"),
}


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_a_record_that_does_not_fit_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    record, mapping, message = BAD_RECORDS[name]
    good = {
        "question": "x\nOptions:\n- x\n- y",
        "c": ["x", "y"],
        "one": "x",
        "two": "y",
        "r": 1,
        "p": [GOOD],
        "answer": "x",
    }
    good["answer"] = (
        1
        if mapping.gold_by in {"index", "number"}
        else "A"
        if mapping.gold_by == "letter"
        else "x"
        if mapping.choices_field
        else "no"
    )
    text = lines([good, record, good])
    assert refused(tmp_path, text, mapping).startswith(f"a.jsonl:2: {message}")


BAD_FILES: dict[str, tuple[str, str | bytes, str]] = {
    "not JSON": ("a.jsonl", lines([GOOD]) + "{'a': 1}\n", ":2: not JSON: Expecting property name"),
    "cut off": ("a.jsonl", lines([GOOD, GOOD])[:-5], ":2: not JSON: "),
    "Latin-1": ("a.jsonl", b'{"question": "\xe9", "answer": "no"}', ":1: not UTF-8 at byte 14"),
    "UTF-16": ("a.jsonl", lines([GOOD]).encode("utf-16"), ":1: UTF-16, not UTF-8"),
    "UTF-16 document": ("a.json", json.dumps([GOOD]).encode("utf-16"), ":1: UTF-16, not UTF-8"),
    "UTF-16 table": ("a.csv", "question,answer\n".encode("utf-16"), ":1: UTF-16, not UTF-8"),
    "NaN": ("a.jsonl", '{"question": NaN}', ":1: not JSON: `NaN` is no number"),
    "infinite": ("a.jsonl", '{"question": 1e999, "answer": "no"}', ":1: field `question` is `inf`"),
    "a key twice": ("a.jsonl", '{"b": 1, "a": 2, "b": 3}', ":1: not JSON: key `b` stands twice"),
    "a key twice there": ("a.json", '[\n{"b": 1, "b": 3}]', ":2: not JSON: key `b` stands twice"),
    "two columns": ("a.csv", "a,b,a\n1,2,3\n", ":1: two columns `a`"),
    "deep": ("a.jsonl", "[" * 100_000, ":1: nested too deep"),
    "deep document": ("a.json", "[" * 100_000, ":1: nested too deep"),
    "a long number": ("a.jsonl", '{"a": ' + "9" * 5000 + "}", ":1: not JSON: Exceeds the limit"),
    "a long line": ("a.jsonl", '"' + "x" * 5_000_000 + '"', ":1: a line of over 4194304 bytes"),
    "Latin-1 document": ("a.json", b'[\n"\xe9"]', ":2: not UTF-8 at byte 3"),
    "no list": ("a.json", json.dumps(GOOD), ":1: not JSON: no list: name the field"),
    "a comma": ("a.json", json.dumps([GOOD])[:-1] + "\n,,]", ":2: not JSON: Expecting value"),
    "two lists": ("a.json", json.dumps([GOOD]) + "\n[]", ":2: not JSON: Extra data"),
    "cut document": ("a.json", "[\n" + json.dumps(GOOD), ":2: not JSON: Expecting ',' delimiter"),
    "no records": ("a.json", "[]", ": no records"),
    "nothing": ("a.jsonl", "\n", ": no records"),
    "cells": ("a.csv", "question,answer\nq,yes\nq,yes,no\n", ":3: more cells than the header has"),
    "few cells": ("a.csv", "question,answer\nq\n", ":2: field `answer` is empty"),
    "a quote": ("a.csv", 'question,answer\n"q"x,yes\n', ":2: not a row: "),
    "Latin-1 cell": ("a.csv", b"question,answer\n\xe9,yes\n", ":2: field `question` is not UTF-8"),
    "kind": ("a.txt", "x", ": unknown kind of file"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_is_told_with_its_line(name: str, tmp_path: Path) -> None:
    file, content, message = BAD_FILES[name]
    assert refused(tmp_path, content, name=file).startswith(f"{file}{message}")


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    text = json.dumps({"examples": [GOOD]})
    assert "no key `example`" in refused(tmp_path, text, name="a.json", records="example")
    deeper = refused(tmp_path, text, name="a.json", records="examples.x")
    assert "no mapping with the key `x`" in deeper


def test_rows_after_one_that_cannot_be_read_are_read(tmp_path: Path) -> None:
    text = 'question,answer\n"q"x,yes\n\nr,no\ns,maybe\n"t"u,yes\n'
    told = refused(tmp_path, text, name="a.csv").splitlines()
    assert told[0] == "a.csv: 3 mistakes:"
    assert [line.split(":")[1] for line in told[1:]] == ["2", "5", "6"]


def test_all_mistakes_are_told_at_once_the_first_twenty_shown(tmp_path: Path) -> None:
    records = [{"question": "q", "answer": "no" if n % 2 else "si"} for n in range(1000)]
    told = refused(tmp_path, lines(records)).splitlines()
    assert told[0] == "a.jsonl: 500 mistakes, the first 20:"
    assert len(told) == 21
    assert [int(line.split(":")[1]) for line in told[1:]] == list(range(1, 41, 2))


def test_mistakes_of_several_kinds_stand_in_the_order_of_lines(tmp_path: Path) -> None:
    text = (
        lines([{**GOOD, "id": 1}, {"id": 2}, {**GOOD, "id": 1}])
        + "nonsense\n"
        + lines([{**GOOD, "id": 1}])
    )
    told = refused(tmp_path, text, replace(YES_NO, id_field="id")).splitlines()
    assert told == [
        "a.jsonl: 4 mistakes:",
        "a.jsonl:2: no field `question`; there are `id`",
        "a.jsonl:3: `id` is the same as in line 1",
        "a.jsonl:4: not JSON: Expecting value at column 1",
        "a.jsonl:5: `id` is the same as in line 3",
    ]


def test_a_field_that_no_record_has_is_told_once(tmp_path: Path) -> None:
    mapping = replace(YES_NO, question="{riddle}")
    message = "a.jsonl:1: no field `riddle`; there are `question`, `answer`"
    assert refused(tmp_path, lines([GOOD] * 1000), mapping) == f"{message} (so in 999 more records)"
    assert refused(tmp_path, lines([GOOD, GOOD]), mapping) == f"{message} (so in 1 more record)"
    more = lines([GOOD, {**GOOD, "other": 1}])
    assert refused(tmp_path, more, mapping) == f"{message} (so in 1 more record)"
    told = refused(tmp_path, lines([*[GOOD] * 30, {"riddle": "r", "answer": "si"}]), mapping)
    assert told.splitlines()[0] == "a.jsonl: 31 mistakes:"
    assert told.splitlines()[1] == f"{message} (so in 29 more records)"
    assert told.splitlines()[2].startswith("a.jsonl:31: `answer` is `'si'`")


def test_choices_that_differ_in_case_are_two(tmp_path: Path) -> None:
    record = {"question": "q", "c": ["x", "X"], "answer": "B"}
    (item,) = read(tmp_path, lines([record]), FieldMapping(choices_field="c", gold_by="letter"))
    assert plain(item) == ("q", [], ["x", "X"], "B")


def test_the_parts_of_a_record_may_share_its_id(tmp_path: Path) -> None:
    mapping = replace(YES_NO, each="parts", id_field="id")
    record = {"id": 1, "parts": [GOOD, {"question": "Is it not?", "answer": "no"}]}
    assert len(read(tmp_path, lines([record, {**record, "id": 2}]), mapping)) == 2 * 2
    assert refused(tmp_path, lines([record, record]), mapping).startswith(
        "a.jsonl:2: `id` is the same as in line 1"
    )


def test_an_id_in_two_files_is_found(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"{name}.jsonl").write_text(lines([{**GOOD, "id": 1}]), encoding="utf-8")
    params = jsonl.Params(file="*.jsonl", mapping=replace(YES_NO, id_field="id"))
    with pytest.raises(
        TaskMistake, match=r"b\.jsonl:1: `id` is the same as in line 1 of another file"
    ):
        list(jsonl.items(params, tmp_path))


def test_limits_are_kept(tmp_path: Path) -> None:
    text = lines(RECORDS)
    assert len(read(tmp_path, text, limit_records=4, limit_bytes=len(text))) == 4
    assert refused(tmp_path, text, limit_records=3) == "a.jsonl:4: over 3 records"
    assert "bytes, over" in refused(tmp_path, text, limit_bytes=len(text) - 1)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for name in (".", "/dev/zero"):
        with pytest.raises(TaskMistake, match="not a file"):
            list(jsonl.items(jsonl.Params(file=name), tmp_path))
    with pytest.raises(TaskMistake, match="names no `file`"):
        list(jsonl.items(jsonl.Params(), tmp_path))
    for name, said in (
        ("**.jsonl", "no name of a file"),
        ("x" * 300, "cannot be looked up: File name too long"),
    ):
        with pytest.raises(TaskMistake, match=said):
            list(jsonl.items(jsonl.Params(file=name), tmp_path))


@given(
    st.binary(max_size=200), st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.tsv", "a.parquet"])
)
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / name).write_bytes(data)
    try:
        list(jsonl.items(jsonl.Params(file=name, mapping=YES_NO), folder))
    except TaskMistake as mistake:
        assert name in mistake.message  # noqa: PT017 - it may be read, too


MEMORY = """
import resource, sys
from pathlib import Path
from evalsuite.families.datasets import _mapping, jsonl
mapping = _mapping.FieldMapping(choices=("yes", "no"), id_field="id")
params = jsonl.Params(file=sys.argv[1], mapping=mapping)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
items = jsonl.items(params, Path())
next(items)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory in kilobytes")
def test_many_lines_are_looked_at_in_little_memory(tmp_path: Path) -> None:
    """Less than 64 MiB: twelve bytes a line, and what finding equal ids takes in the end."""
    count = 1_000_000 if DEEP else 250_000
    path = tmp_path / "many.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.writelines(
            f'{{"id": "q{n}", "question": "Is {n} even?", "answer": "yes"}}\n' for n in range(count)
        )
    command = [sys.executable, "-c", MEMORY, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 64 * 1024


# ── mappings ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "either `choices` or `choices_field`"),
        ({"choices": ("a", "b"), "choices_field": "c"}, "either `choices` or `choices_field`"),
        ({"choices": ("a",)}, "`choices`: 2 to 26"),
        ({"choices": ("a", " A")}, "`choices`: two are the same"),
        ({"choices": ("a", "b"), "choices_after": "x"}, "`choices_after` is for"),
        ({"choices": ("a", "b"), "labels": {"c": "d"}}, "`labels` names what is none"),
        ({"choices": ("a", "b"), "labels": {"a": "b"}}, "`labels`: two choices have the same"),
        ({"choices_field": "c", "question": "no field"}, "`question` names no field"),
        ({"choices_field": "c", "question": "{a!r}"}, "in braces stands the name of a field"),
        ({"choices_field": "c", "question": "{a:>9999999999}"}, "in braces stands the name"),
        ({"choices_field": "c", "question": "{}"}, "in braces stands the name of a field"),
        ({"choices_field": "c", "question": "{a"}, "`question`: expected '}'"),
        ({"choices_field": "c", "question_until": ""}, "are no empty texts"),
    ],
)
def test_a_mapping_that_fits_nothing_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        FieldMapping(**values)
    assert message in str(caught.value)


@given(st.text(max_size=40))
def test_a_question_runs_no_code(template: str) -> None:
    try:
        mapping = FieldMapping(question=template, choices=("a", "b"))
    except ValueError:
        return
    reader = _mapping.reader(mapping)
    try:
        found = _mapping.parsed(reader, {"a": "x", "answer": "a"})
    except TaskMistake:
        return
    assert "object" not in found.question or "object" in template


@pytest.mark.parametrize("field", ["a.__class__", "a[0]", "a.b.__init__.__globals__"])
def test_a_field_is_a_key_and_no_attribute(field: str, tmp_path: Path) -> None:
    mapping = FieldMapping(question=f"{{{field}}}", choices=("yes", "no"))
    assert f"no field `{field}`" in refused(
        tmp_path, lines([{"a": ["x"], "answer": "no"}]), mapping
    )


def test_the_file_of_a_task_is_checked_to_the_last_key(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine" / "mine.yaml"
    text = "about: a\nfamily: jsonl\nparams:\n  file: a.jsonl\n  mapping:\n    {}\n"
    for line, message in (
        ("qestion: '{a}'", "unexpected keyword argument"),
        ("choices: [True, False]", "should be a valid string"),
        ("gold_by: guess", "should be 'index', 'number', 'letter' or 'text'"),
        ("question: plain", "`question` names no field"),
    ):
        path.write_text(text.format(line), encoding="utf-8")
        with pytest.raises(TaskMistake) as caught:
            tasks.task("mine", (tmp_path,))
        assert f"{path}:" in caught.value.message
        assert message in caught.value.message


# ── instances and prompts ───────────────────────────────────────────────────────────────────────


def task_of(folder: Path, count: int, name: str = "mine") -> Task:
    """Return a task over a set of that many records with lettered options."""
    records = [
        {
            "question": f"Which one is {n}?",
            "context": [f"There are {n} and others.", "Só há uma certa."],
            "options": [f"A) {n}", f"B) {n + 1}", f"C) {n + 2}"],
            "answer": "A",
        }
        for n in range(count)
    ]
    (folder / "mine").mkdir(exist_ok=True)
    (folder / "mine" / "a.jsonl").write_text(lines(records), encoding="utf-8")
    (folder / "mine" / f"{name}.yaml").write_text(
        "about: a\nfamily: jsonl\nparams:\n  file: a.jsonl\n  mapping:\n    context: context\n"
        "    choices_field: options\n    gold_by: letter\nsize: 1000\ntemplate: multiple-choice\n",
        encoding="utf-8",
    )
    return tasks.task(name, (folder,))


def test_questions_and_shots_are_apart_and_together_the_set(tmp_path: Path) -> None:
    task = task_of(tmp_path, 200)
    asked, shots = instances.questions(task), instances.pool(task, 1000)
    assert len(asked) + len(shots) == 200
    assert not {one.canonical for one in asked} & {one.canonical for one in shots}
    assert instances.questions(task, 20) == asked[:20]


def test_the_same_question_is_asked_once(tmp_path: Path) -> None:
    text = lines([GOOD, {"question": " is  IT?", "answer": "no"}])
    first, second = read(tmp_path, text)
    assert jsonl.canonical(problem(first)) == jsonl.canonical(problem(second))
    assert jsonl.show(problem(first)) == "Is it? [yes | no]"


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("template", ["multiple-choice", "short-answer"])
def test_every_template_shows_context_question_and_options(
    template: str, language: str, tmp_path: Path
) -> None:
    instance = instances.questions(task_of(tmp_path, 20))[0]
    loaded = templates.template(template, language, (paths.shipped("prompts"),))
    prompts.check(loaded, instance)
    query = prompts.query(loaded, instance)
    for part in (
        *instance.shown["context"],
        instance.shown["question"],
        *instance.shown["options"],
    ):  # type: ignore[misc]
        assert str(part) in query
    answers = prompts.answers(loaded, instance)
    options = tuple(instance.shown["options"])  # type: ignore[arg-type]
    assert answers == (tuple(LETTERS[:3]) if template == "multiple-choice" else options)


# ── the sets that have a task here ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", SETS)
def test_a_task_is_listed_without_its_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EVALSUITE_DATA", raising=False)
    task = tasks.task(name, (SHIPPED,))
    for language in ("en", "pt"):
        templates.template(task.template, language, (paths.shipped("prompts"),))
    if task.family == "jsonl":
        with pytest.raises(TaskMistake, match="no such file"):
            instances.questions(task, 1)


COUNTS = {
    "bbh-boolean-expressions": {"true": 135, "false": 115},
    "bbh-formal-fallacies": {"valid": 133, "invalid": 117},
    "bbh-logical-deduction-five": {"A": 48, "B": 49, "C": 46, "D": 56, "E": 51},
    "bbh-web-of-lies": {"no": 128, "yes": 122},
    "folio": {"true": 72, "uncertain": 69, "false": 63},
    "prontoqa": {"true": 258, "false": 242},
    "proofwriter": {"true": 200, "false": 200, "unknown": 200},
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_set_has_all_its_items_and_labels(name: str) -> None:
    task = tasks.task(name, (SHIPPED,))
    assert isinstance(task.params, jsonl.Params)
    folders = [Path(one) for one in os.environ.get("EVALSUITE_DATA", "").split(os.pathsep) if one]
    if not any((folder / task.params.file).exists() for folder in folders):
        pytest.skip(f"no {task.params.file} in EVALSUITE_DATA")
    found = list(jsonl.items(task.params, task.path.parent))
    assert Counter(one.draft.choices[one.gold] for one in found) == COUNTS[name]
    forms = {jsonl.canonical(problem(one)) for one in found}
    assert (
        len(forms) == len(found) == len(instances.questions(task)) + len(instances.pool(task, 999))
    )


# ── the hub ─────────────────────────────────────────────────────────────────────────────────────


def rows(folder: Path, **values: Any) -> list[Item]:
    return list(hf.items(hf.Params(mapping=YES_NO, **values), folder))


@pytest.mark.parametrize("split", ["test", "train"])
def test_a_saved_set_is_read_split_by_split(split: str, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    saved = datasets.DatasetDict(
        {
            "test": datasets.Dataset.from_list(RECORDS),
            "train": datasets.Dataset.from_list([{"question": "Is it?", "answer": "no"}]),
        }
    )
    saved.save_to_disk(str(tmp_path / "saved"))
    saved["test"].save_to_disk(str(tmp_path / "alone"))
    found = rows(tmp_path, dataset="saved", split=split)
    assert len(found) == (4 if split == "test" else 1)
    assert len(rows(tmp_path, dataset="alone")) == 4
    with pytest.raises(TaskMistake) as caught:
        rows(tmp_path, dataset="saved", split="dev")
    assert caught.value.hint == "there are `test`, `train`"
    wrong = FieldMapping(choices=("si", "no"))
    with pytest.raises(TaskMistake, match=r"saved/test:1: `answer` is `'yes'`"):
        list(hf.items(hf.Params(dataset="saved", mapping=wrong), tmp_path))


def test_a_folder_of_parquet_is_read_split_by_split(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pyarrow.Table.from_pylist(RECORDS)
    for name in ("data/test-00000-of-00002", "data/test-00001-of-00002", "x/train/0000"):
        path = tmp_path / "mine" / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, path)
    assert len(rows(tmp_path, dataset="mine")) == 8
    assert len(rows(tmp_path, dataset="mine", split="train", config="x")) == 4
    with pytest.raises(TaskMistake, match="no split `train` of the config `data`"):
        rows(tmp_path, dataset="mine", split="train", config="data")


def test_what_is_no_set_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TaskMistake, match="neither a folder nor an id of the hub"):
        rows(tmp_path, dataset="../elsewhere")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(TaskMistake) as caught:
        rows(tmp_path, dataset="some/set")
    assert caught.value.hint == "pip install 'evalsuite[datasets]'"


OFFLINE = """
from pathlib import Path
from evalsuite.errors import TaskMistake
from evalsuite.families.datasets import hf
for more in ({}, {"file": "a.jsonl"}):
    try:
        list(hf.items(hf.Params(dataset="no/such", **more), Path()))
    except TaskMistake as mistake:
        print(mistake)
"""


CACHED = """
from pathlib import Path
from evalsuite.families.datasets import _mapping, hf
mapping = _mapping.FieldMapping(choices=("yes", "no"))
params = hf.Params(dataset="some/set", file="of (x)/*/a.jsonl", mapping=mapping)
print(*(item.draft.shown["question"] for item in hf.items(params, Path())))
"""


def test_files_of_the_hub_are_read_as_files_are(tmp_path: Path) -> None:
    commit = "a" * 40
    cache = tmp_path / "hub" / "datasets--some--set"
    for rule in ("one", "two"):
        path = cache / "snapshots" / commit / "of (x)" / rule / "a.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text(lines([{**GOOD, "question": f"{rule}?"}]), encoding="utf-8")
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text(commit, encoding="utf-8")
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    command = [sys.executable, "-c", CACHED]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=offline)
    assert ran.stdout.split() == ["one?", "two?"]


def shown(kind: str) -> list[str]:
    """Return the page's blocks of a kind."""
    text = (SHIPPED.parent / "docs" / "datasets.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def riddles(folder: Path, records: bytes) -> Task:
    """Write the set of one's own that the page has, and read its task."""
    (folder / "riddles").mkdir()
    (folder / "riddles" / "riddles.yaml").write_text(shown("yaml")[0], encoding="utf-8")
    (folder / "riddles" / "riddles.jsonl").write_bytes(records)
    return tasks.task("riddles", (folder,))


def test_the_page_shows_a_task_that_works(tmp_path: Path) -> None:
    task = riddles(tmp_path, shown("json")[0].encode())
    assert isinstance(task.params, jsonl.Params)
    (item,) = jsonl.items(task.params, task.path.parent)
    assert plain(item)[2:] == (["a piano", "a wall"], "A")


def test_the_page_shows_what_is_said_of_a_file_with_mistakes(tmp_path: Path) -> None:
    records = [shown("json")[0].strip().replace("keys", f"{n} keys").encode() for n in range(9)]
    records[1] = b'{"question": "?", "options": ["A) a piano", "B) a wall"], "answer": "A"}'
    records[6] = b'{"riddle": "Which?", "options": ["a", "b", "c", "d"], "answer": "E"}'
    records[8] = records[8][:31] + b"\xff" + records[8][31:]
    task = riddles(tmp_path, b"\n".join(records))
    assert isinstance(task.params, jsonl.Params)
    with pytest.raises(TaskMistake) as caught:
        list(jsonl.items(task.params, task.path.parent))
    said = f"{caught.value.message}\nhint: {caught.value.hint}\n"
    assert said.replace(f"{task.path.parent}/", "") == shown("text")[0]


def test_the_page_s_set_of_the_hub_is_read_where_it_was_saved(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    record = {"context": "It rains.", "query": "Wet?", "options": ["no", "yes"]}
    saved = datasets.Dataset.from_list([{**record, "correct_option": 1}])
    folder = tmp_path / "mine"
    saved.save_to_disk(str(folder / "logiqa"))
    told = shown("yaml")[1]
    assert "dataset: lucasmccabe/logiqa " in told
    written = told.replace("lucasmccabe/logiqa ", "logiqa ")
    more = "about: of the page\nsize: 1\ntemplate: multiple-choice\n"
    (folder / "saved.yaml").write_text(more + written, encoding="utf-8")
    task = tasks.task("saved", (tmp_path,))
    assert isinstance(task.params, hf.Params)
    (item,) = hf.items(task.params, folder)
    assert plain(item) == ("Wet?", ["It rains."], ["no", "yes"], "B")


def test_without_a_network_the_hint_says_what_to_do(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    offline = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    command = [sys.executable, "-c", OFFLINE]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=offline)
    assert ran.stdout.count("no/such: cannot be had: ") == 2
    assert ran.stdout.count("hint: without a network: save it elsewhere") == 2
