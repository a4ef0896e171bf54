"""What is exported says what an instance says, and can be read back."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evalsuite import exporting, instances, paths, prompts, tasks, templates
from evalsuite.errors import TemplateMistake, UserMistake
from evalsuite.families.datasets import jsonl
from evalsuite.families.datasets._mapping import FieldMapping
from evalsuite.records import Instance, Json, Task
from tests.strategies import task

FOLDERS = (paths.shipped("prompts"),)
ENTAILMENT = task("entailment", size=8)
RESOLVENT = task("resolvent", size=8)


def made(
    one: Task, kind: exporting.Kind = "instances", language: str = "en"
) -> list[dict[str, Json]]:
    template = templates.template(one.template, language, FOLDERS)
    return list(exporting.records(one, instances.questions(one), template, kind))


@pytest.mark.parametrize("language", ["en", "pt"])
def test_a_record_of_an_instance_has_all_of_it(language: str) -> None:
    template = templates.template("resolvent", language, FOLDERS)
    for record, instance in zip(
        made(RESOLVENT, language=language), instances.questions(RESOLVENT), strict=True
    ):
        assert record == json.loads(json.dumps(record))
        assert record["id"] == instance.id
        assert record["language"] == language
        assert record["query"] == prompts.query(template, instance)
        assert record["choices"] == list(prompts.answers(template, instance))
        assert record["labels"] == list(instance.choices)
        assert (record["gold"], record["certificate"]) == (instance.gold, None)
        assert record["tags"] == dict(instance.tags)


def test_an_instruction_is_answered_as_the_template_writes_it() -> None:
    for language, words in (("en", {"yes", "no"}), ("pt", {"sim", "não"})):
        found = made(ENTAILMENT, "instructions", language)
        assert {record["output"] for record in found} == words
        assert all(list(one) == ["instruction", "input", "output", "id"] for one in found)
        assert len({record["instruction"] for record in found}) == 1
        assert not any(str(record["input"])[0].isspace() for record in found)


def certified(choices: tuple[str, ...]) -> tuple[Task, Instance]:
    (instance,) = instances.questions(ENTAILMENT, 1)
    asked = replace(instance, choices=choices, gold=0, certificate="1. P [given]\n")
    return replace(ENTAILMENT, answer="certificate"), asked


@pytest.mark.parametrize(("language", "last"), [("en", "Answer: yes"), ("pt", "Resposta: sim")])
def test_a_certificate_stands_in_a_block_before_the_answer(language: str, last: str) -> None:
    asked, instance = certified(("follows", "does-not-follow"))
    template = templates.template("entailment", language, FOLDERS)
    (record,) = exporting.records(asked, [instance], template, "instructions")
    assert record["output"] == f"```\n1. P [given]\n```\n{last}"


@pytest.mark.parametrize(("language", "last"), [("en", "Answer: no"), ("pt", "Resposta: não")])
def test_an_answer_that_needs_no_certificate_stands_in_its_line(language: str, last: str) -> None:
    mgu = replace(tasks.task("unification-mgu", (paths.shipped("tasks"),)), size=8)
    bare = [one for one in instances.questions(mgu) if one.certificate is None]
    assert bare
    template = templates.template(mgu.template, language, FOLDERS)
    assert f"`{last}`" in template.path.read_text(encoding="utf-8")
    for record in exporting.records(mgu, bare, template, "instructions"):
        assert record["output"] == last


def test_an_open_answer_is_its_certificate() -> None:
    asked, instance = certified(("follows",))
    template = templates.template("entailment", "en", FOLDERS)
    (record,) = exporting.records(asked, [instance], template, "instructions")
    assert record["output"] == "1. P [given]"


def test_a_template_that_does_not_fit_is_a_mistake() -> None:
    template = templates.template("resolvent", "en", FOLDERS)
    with pytest.raises(TemplateMistake):
        list(exporting.records(ENTAILMENT, instances.questions(ENTAILMENT), template, "instances"))


def test_json_lines_say_what_the_records_say(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    assert exporting.write(path, made(ENTAILMENT, language="pt"), "jsonl") == 8
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == made(ENTAILMENT, language="pt")
    assert "Conclusão" in lines[0]
    assert list(path.parent.iterdir()) == [path]


def test_what_is_exported_is_read_back_as_a_set(tmp_path: Path) -> None:
    exporting.write(tmp_path / "a.jsonl", made(RESOLVENT), "jsonl")
    mapping = FieldMapping(
        question="{query}",
        choices_field="choices",
        gold_field="gold",
        gold_by="index",
        id_field="id",
    )
    found = jsonl.items(jsonl.Params(file="a.jsonl", mapping=mapping), tmp_path)
    for item, record in zip(found, made(RESOLVENT), strict=True):
        assert item.draft.shown["question"] == str(record["query"]).strip()
        assert (item.gold, item.draft.tags["id"]) == (record["gold"], record["id"])


def test_parquet_says_what_the_records_say(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    assert exporting.write(path, made(ENTAILMENT), "parquet") == 8
    rows = parquet.read_table(path).to_pylist()
    for row, record in zip(rows, made(ENTAILMENT), strict=True):
        texts = {name for name, value in record.items() if isinstance(value, dict)}
        assert {
            name: json.loads(row[name]) if name in texts else row[name] for name in row
        } == record
    with pytest.raises(UserMistake, match="no records"):
        exporting.write(path, [], "parquet")


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UserMistake, match="needs pyarrow"):
        exporting.write(tmp_path / "a.parquet", made(ENTAILMENT), "parquet")


@pytest.mark.parametrize("format_", exporting.FORMATS)
def test_a_file_is_the_old_one_until_the_new_one_is_whole(
    format_: exporting.Format, tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "a"
    path.write_text("old", encoding="utf-8")

    def broken() -> Iterator[dict[str, Json]]:
        yield from made(ENTAILMENT)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        exporting.write(path, broken(), format_)
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(UserMistake, match="cannot be written"):
        exporting.write(tmp_path / "file" / "a.jsonl", made(ENTAILMENT), "jsonl")


def test_no_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(UserMistake) as caught:
        exporting.write(tmp_path / "new" / "a.jsonl", made(ENTAILMENT), "jsonl")
    assert caught.value.message.endswith(f"cannot be written: no folder `{tmp_path / 'new'}`")
    assert caught.value.hint == "make the folder first"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "known"), [("a.jsonl", "jsonl"), ("a.b.PARQUET", "parquet"), ("a.csv", ""), ("a", "")]
)
def test_the_ending_names_the_format(name: str, known: str) -> None:
    if known:
        assert exporting.format_of(Path(name)) == known
    else:
        with pytest.raises(UserMistake, match=f"{name}: its ending names no format"):
            exporting.format_of(Path(name))
