"""How long a report of very many samples takes to be written, to open, and to be filtered.

    .venv/bin/python bench/report.py --samples 50000

A run by the baseline `solver`, proofs and all, is multiplied, for ten models and more instances:
each copy has a line of its own in its prompt, and as many words of its own in its response as a
model may think before it answers, so that no text is there twice.
The report is opened in the Chromium that is installed: to its first picture, to the list of
samples, and to the end of the preparation of the search; then filters are chosen and words
searched, each timed from the event to the frame that shows what is left.
"""

import argparse
import hashlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from playwright.sync_api import Page, sync_playwright

from evalsuite import store
from evalsuite.records import Completion, Question, Response

OPENS, FILTERS = 3.0, 0.2  # seconds that it may take
WORDS = ("unsatisfiable", "forall x", "item 12345", "not there at all", "e")
MODELS = 10
THINKS = 80  # words before an answer
THOUGHTS = tuple("".join(Random(one).choices("aeioulnrst", k=1 + one % 9)) for one in range(5_000))
_SUITE = "certificates"
_PAINTED = """async ([id, value]) => {
  const node = document.getElementById(id);
  const before = document.documentElement.dataset.narrowed;
  const began = performance.now();
  node.value = value;
  node.dispatchEvent(new Event(id === "search" ? "input" : "change"));
  while (document.documentElement.dataset.narrowed === before) {
    await new Promise((go) => { setTimeout(go); });
  }
  await new Promise((go) => { requestAnimationFrame(() => { setTimeout(go); }); });
  return [performance.now() - began, document.getElementById("count").textContent];
}"""


def main() -> int:
    """Measure, print, and return 1 where something took too long."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", type=int, default=50_000)
    parser.add_argument("--limit", type=int, default=40, help="instances of a task")
    parser.add_argument("--rounds", type=int, default=5, help="times that it is opened")
    asked = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium: install the package `chromium`")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        command("run", _SUITE, "--engine", "solver", "--shots", "0,2", "--limit", str(asked.limit),
                "--results", str(home / "few"))  # fmt: skip
        multiply(next((home / "few" / "runs").iterdir()), home / "runs" / "many", asked.samples)
        seconds = command("report", "--results", str(home))
        file = home / "report.html"
        size = file.stat().st_size / 1e6
        print(f"{asked.samples:,} samples: written in {seconds:.1f} s, {size:.1f} MB")
        return opened(file, chromium, asked.rounds)


def command(*words: str) -> float:
    """Run evalsuite and return the seconds it took."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "evalsuite", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


# ── many samples ────────────────────────────────────────────────────────────────────────────────


def multiply(few: Path, many: Path, samples: int) -> None:
    """Write a run with copies of another's questions and responses."""
    with store.opened(few, create=False) as kept:
        manifest, questions = kept.manifest(), tuple(kept.questions())
        responses = kept.responses()
    held = [one for one in questions if one.key in responses][:samples]
    numbers = range(-(-samples // len(held)))
    copies = [(one, number) for number in numbers for one in held][:samples]
    made = [copy(one, responses[one.key], number, at) for at, (one, number) in enumerate(copies)]
    subjects = [{"name": f"model-{number}", "engine": "solver", "kind": "pretrained"}
                for number in range(MODELS)]  # fmt: skip
    with store.opened(many, create=True) as kept:
        kept.write_manifest({**manifest, "subjects": subjects})
        kept.plan(question for question, _ in made)
        spell = kept.begin("model-0", "solver", {})
        for _, response in made:
            kept.add(spell, response, 1.0)
        kept.end(spell, samples)


def copy(question: Question, response: Response, number: int, at: int) -> tuple[Question, Response]:
    """Return a question and its response with a line of their own, of another model or instance."""
    key = hashlib.sha256(f"{question.key} {number}".encode()).hexdigest()
    own = f"item {at}\n"
    rng = Random(at)
    thought = " ".join(rng.choices(THOUGHTS, k=THINKS))
    changed: Any = {
        "key": key,
        "model": f"model-{number % MODELS}",
        "instance": f"{question.instance}-{number // MODELS}",
        "prompt": question.prompt + own,
    }
    made: Response = replace(response, key=key)
    if isinstance(made, Completion):
        made = replace(made, text=f"{own}{thought}\n{made.text}")
    return replace(question, **changed), made


# ── in Chromium ─────────────────────────────────────────────────────────────────────────────────


def opened(file: Path, chromium: str, rounds: int) -> int:
    """Open a report some times; print the median of each measure, and say whether all are fast."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    took: dict[str, list[float]] = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=sandbox)
        for _ in range(rounds):
            page = browser.new_page()
            for name, seconds in measured(page, file):
                took.setdefault(name, []).append(seconds)
            page.close()
        browser.close()
    slow = False
    for name, all_of in took.items():
        median = statistics.median(all_of)
        most = {"opens": OPENS, "filter": FILTERS, "search": FILTERS}.get(name.partition(":")[0])
        slow |= most is not None and median > most
        limit = "" if most is None else f", at most {most:g}"
        print(f"{name:<34} {median:7.3f} s  ({min(all_of):.3f} to {max(all_of):.3f}{limit})")
    return int(slow)


def measured(page: Page, file: Path) -> Iterator[tuple[str, float]]:
    """Yield what a user waits for, in seconds."""
    began = time.monotonic()
    page.goto(file.as_uri(), wait_until="commit")
    page.wait_for_selector("figure svg[role=img]")
    yield "first picture", time.monotonic() - began
    page.wait_for_selector("html[data-ready] #list .row")
    yield "opens: figures and samples", time.monotonic() - began
    page.wait_for_selector("html[data-ready=search]", timeout=120_000)
    yield "search is prepared", time.monotonic() - began
    for name in ("by-task", "by-outcome", "by-series"):
        value = page.locator(f"#{name} option").nth(1).get_attribute("value")
        yield f"filter: {name}", page.evaluate(_PAINTED, [name, value])[0] / 1000
        yield f"filter: {name}, all again", page.evaluate(_PAINTED, [name, ""])[0] / 1000
    for words in WORDS:
        milliseconds, _ = page.evaluate(_PAINTED, ["search", words])
        yield f"search: {words}", milliseconds / 1000


if __name__ == "__main__":
    sys.exit(main())
