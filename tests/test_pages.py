"""Every page can be followed: its commands are commands, its files are files, its links lead on."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from evalsuite import cli, paths, tasks

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "commands.md"  # it is generated
PAGES = sorted(
    {*(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"} - {REFERENCE}
)
BLOCK = re.compile(r"^```(sh|console|yaml)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
ENDS = frozenset({"|", "||", "&&", ";", "&", ">", ">>", "<"})
COMMAND_LINE: Any = typer.main.get_command(cli.app)
ROOT_COMMANDS = frozenset(COMMAND_LINE.commands)


def lines(page: Path, *kinds: str) -> Iterator[str]:
    """Yield the page's lines in blocks of these kinds, those that go on joined."""
    for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind in kinds:
            yield from text.replace("\\\n", " ").splitlines()


def commands(page: Path, *kinds: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command of evalsuite in the page's blocks of these kinds."""
    for line in lines(page, *kinds):
        lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            words = list(lexer)
        except ValueError:  # an apostrophe in what is printed
            continue
        for place, word in enumerate(words[:-1]):
            if word == "evalsuite" and words[place + 1] in (*ROOT_COMMANDS, "--version"):
                told = words[place + 1 :]
                end = next((at for at, one in enumerate(told) if one in ENDS), len(told))
                yield tuple(told[:end])


COMMANDS = sorted({words for page in PAGES for words in commands(page, "sh", "console")})


def test_the_pages_show_commands() -> None:
    assert len(COMMANDS) > 60
    assert ("run", "conditioning", "--limit", "100") in COMMANDS


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_of_the_pages_is_one(words: tuple[str, ...]) -> None:
    """Its name, options and kinds of values are those of the command line; it is not run."""
    command, rest = COMMAND_LINE, [word for word in words if word != "…"]
    context = command.context_class(command, info_name="evalsuite")
    while hasattr(command, "commands") and rest[0] not in {"--version", "--help"}:
        name, found, rest = command.resolve_command(context, rest)
        context = command.context_class(found, parent=context, info_name=name)
        command = found
    if "--help" not in rest:
        command.make_parser(context).parse_args(list(rest))


def test_the_reference_is_that_of_the_commands_there_are(tmp_path: Path) -> None:
    words = ("utils", "docs", "--name", "evalsuite", "--title", "Commands")
    written = tmp_path / "commands.md"
    command = [sys.executable, "-m", "typer", "evalsuite.cli", *words, "--output", str(written)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert REFERENCE.read_text(encoding="utf-8") == written.read_text(encoding="utf-8"), (
        "write it again with `make docs`"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = [one for one in LINK.findall(page.read_text(encoding="utf-8")) if ":" not in one]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    named = {one for one in LINK.findall(index) if one.endswith(".md") and "/" not in one}
    assert named == {page.name for page in (ROOT / "docs").glob("*.md")} - {"README.md"}


def yaml_blocks() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for kind, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            if kind == "yaml" and text.startswith("about:"):
                yield page.name, text


@pytest.mark.parametrize(("page", "text"), list(yaml_blocks()))
def test_a_task_or_a_suite_of_the_pages_is_read(page: str, text: str, tmp_path: Path) -> None:
    is_suite = bool(re.search(r"^tasks:", text, re.MULTILINE))
    family = re.search(r"^family: (\S+)", text, re.MULTILINE)
    folder = tmp_path / ("suites" if is_suite or family is None else family[1])
    folder.mkdir()
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    folders = (tmp_path, paths.shipped("tasks"))
    if is_suite:
        assert tasks.suite("mine", folders).tasks, page
    else:
        assert tasks.task("mine", folders).name == "mine", page
