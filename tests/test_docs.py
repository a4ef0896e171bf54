"""The pages that show commands show what these really print."""

import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from evalsuite import cards, cli, paths
from evalsuite.logic import flaws

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "proof-formats.md"
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A command and what the page says that it prints."""

    words: tuple[str, ...]
    printed: str


def blocks(kind: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of the page's blocks of a kind."""
    for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        if found[1] == kind:
            yield found[2] or "", found[3]


def examples() -> list[Example]:
    """Return the commands of the page, in order."""
    found = []
    for _, block in blocks("console"):
        for part in re.split(r"^\$ evalsuite ", block, flags=re.MULTILINE)[1:]:
            command, _, printed = part.partition("\n")
            found.append(Example(words=tuple(command.split()), printed=printed.strip("\n")))
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files that the page shows."""
    folder = tmp_path_factory.mktemp("page")
    for name, text in blocks("text"):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("example", examples(), ids=lambda example: " ".join(example.words))
def test_a_command_prints_what_the_page_shows(
    example: Example,
    files: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(files)
    monkeypatch.setattr(sys, "argv", ["evalsuite", *example.words])
    with pytest.raises(SystemExit):
        cli.main()
    caught = capsys.readouterr()
    printed = (caught.out + caught.err).rstrip("\n")
    assert [line.rstrip() for line in printed.splitlines()] == example.printed.splitlines()


def test_the_readme_shows_what_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = re.finditer(
        r"^```console\n\$ echo '(.+)' \| evalsuite prove -\n(.*?)^```$",
        (DOCS.parent / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(found[1].encode())))
    monkeypatch.setattr(sys, "argv", ["evalsuite", "prove", "-"])
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().out == found[2]


def test_the_page_names_every_flaw_and_no_other() -> None:
    page = PAGE.read_text(encoding="utf-8").partition("## What can be wrong")[2]
    named = set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))
    families = {flaws.Flaw, flaws.RefutationFlaw, flaws.TableauFlaw}
    known = {
        one.__name__
        for one in vars(flaws).values()
        if isinstance(one, type) and issubclass(one, flaws.Flaw) and one not in families
    }
    assert named == known


def test_the_data_cards_are_those_of_the_tasks_there_are() -> None:
    written = (DOCS / "families.md").read_text(encoding="utf-8")
    assert written.rstrip("\n") == cards.cards((paths.shipped("tasks"),)).rstrip("\n")
