"""The pages followed: their commands run one after another, asked of tiny models on this machine.

What a page says is done as it stands, but for the names in `STANDS_FOR` and a `--limit`: the two
embedded models take minutes, and a page cannot know how a run will be called.
"""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests import tiny
from tests.calling import Call
from tests.test_pages import PAGES, ROOT, commands

# In the order in which they are followed: the later ones read what the first has left.
FOLLOWED = (
    *("README.md", "docs/first-run.md", "docs/conditioning.md", "docs/leaderboard.md"),
    *("docs/report.md", "docs/reliability.md", "docs/tasks.md", "docs/lm-eval.md"),
    "docs/datasets.md",
)
# What the other pages say is tested where the same is tested without them.
ELSEWHERE = {
    "CONTRIBUTING.md": ".ci/run itself",
    "docs/README.md": "tests/test_pages.py: each page is there, and no other",
    "docs/authoring.md": "tests/test_trying.py follows it",
    "docs/baselines.md": "tests/test_page_facts.py: written by `tasks check --all`, in ten minutes",
    "docs/compare.md": "tests/test_docs_runs.py follows it",
    "docs/families.md": "tests/test_docs.py: generated",
    "docs/method.md": "tests/test_page_facts.py: no commands; its numbers are the code's",
    "docs/proof-formats.md": "tests/test_docs.py follows it",
    "docs/python.md": "tests/test_docs_runs.py follows it",
    "docs/scale.md": "tests/test_ray.py and tests/test_slurm.py follow it",
    "docs/servers.md": "tests/test_openai.py follows it, on the server that it starts",
    "docs/speed.md": "tests/test_page_facts.py prints its estimate",
}
NOT_HERE = {
    "view": "it serves until Ctrl-C: test_report_page.py",
    "import": "what lm-evaluation-harness writes: test_interop.py",
}
STANDS_FOR = {
    "gemma3-270m": "./base",
    "smollm2-135m-instruct": "./instruct",
    "./my-model": "./base",
}
# What docs/datasets.md has one fetch, by its fields.
DATA = {
    "folio/validation.jsonl": "\n".join(
        json.dumps({"premises": ["Birds fly."], "conclusion": f"Bird {n} flies.", "label": "True"})
        for n in range(99)
    ),
    "proofwriter/dev.json": json.dumps(
        [
            {"id": n, "context": "Al is kind.", "question": f"Has Al {n} cats?", "answer": "C"}
            for n in range(99)
        ]
    ),
}
A_RUN = re.compile(r"RUN|(?P<suite>quick|certificates)-1f0c2d3e4a")
LIMIT = "2"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two tiny models, and beside it one with results of another."""
    place = tmp_path_factory.mktemp("followed") / "here"
    tiny.model(place / "base")
    tiny.model(place / "instruct", chat=True)
    (place / "docs").mkdir()
    for name, text in DATA.items():
        path = place.parent / "data" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    return place


def test_each_page_is_followed_here_or_tested_elsewhere() -> None:
    pages = {str(page.relative_to(ROOT)) for page in PAGES}
    assert pages == {*FOLLOWED, *ELSEWHERE}
    for page, told in ELSEWHERE.items():
        where = ROOT / told.split()[0].rstrip(":")
        assert where.is_file(), where
        assert where.suffix == "" or Path(page).stem in where.read_text(encoding="utf-8"), where


def steps() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what each page has one do, in order; `make run` is one of them."""
    yield "README.md", ("run", "quick")
    for page in FOLLOWED:
        for words in commands(ROOT / page, "sh"):
            if words[0] not in NOT_HERE and "--all" not in words:
                yield page, words


@pytest.mark.parametrize(
    ("page", "words"), list(steps()), ids=[f"{page}: {' '.join(words)}" for page, words in steps()]
)
def test_a_step_of_a_page_can_be_taken(
    page: str, words: tuple[str, ...], home: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    del page  # it is in the test's name
    monkeypatch.chdir(home)
    monkeypatch.setenv("EVALSUITE_DATA", str(home.parent / "data"))
    taken = tuple(stands_for(words, home))
    ran = call(*taken)
    assert ran.status == 0, f"evalsuite {shlex.join(taken)}\n{ran.out}{ran.err}"
    made = [home / name for name in written(taken)]
    assert all(path.exists() for path in made)
    assert made or ran.out
    if taken[0] == "run" and not (home.parent / "other").exists():
        shutil.copytree(home / "results", home.parent / "other" / "results")


def stands_for(words: tuple[str, ...], home: Path) -> Iterator[str]:
    """Yield the words with models and runs that are there, asked little."""
    for word in words:
        name, _, model = word.partition(":")
        if A_RUN.fullmatch(name):
            yield run(home, name) + (f":{STANDS_FOR[model]}" if model else "")
        else:
            yield STANDS_FOR.get(word, word)
    if words[0] == "run":
        yield from ("--limit", LIMIT, "--quiet") if "--plan" not in words else ()
        if "--model" not in words:
            yield from ("--model", "./base", "--model", "./instruct")
        if "--engine" not in words:
            yield from ("--engine", "transformers")


def run(home: Path, name: str) -> str:
    """Return a stored run of the suite that a name begins with, of both models."""
    found = A_RUN.fullmatch(name)
    suite = (found and found["suite"]) or "quick"
    folders = sorted((home / "results" / "runs").glob(f"{suite}-*"))
    return next(one.name for one in folders if asked_of(one) >= {"./base", "./instruct"})


def asked_of(folder: Path) -> set[str]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {one["name"] for one in manifest["subjects"]}


def written(words: tuple[str, ...]) -> Iterator[str]:
    """Yield the files and folders that a command is told to write."""
    for before, word in pairwise(words):
        if before in {"--out", "--into"} or (words[1] == "export" and word.endswith(".jsonl")):
            yield word
