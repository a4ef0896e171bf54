"""Take the pictures of the README out of the report of stored runs, in light and in dark.

    python .ci/pictures.py FOLDER RUN...

FOLDER gets `<figure>-<scheme>.png` of the verdicts against proofs and of the last task's effects,
where the report has them, and `proof-<scheme>.png` of the first certificate with a wrong step,
drawn beside the gold one. Needs Chromium.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FIGURES = {"gap": "#figure-gap", "effects": "#figure-effects .tile"}  # the last of each
WIDTH, HEIGHT = 1100, 900
READY = 60_000  # ms
EVALSUITE = (sys.executable, "-m", "evalsuite")


def main(folder: str, *runs: str) -> int:
    """Write the pictures; return 1 where there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("no Chromium: install the package `chromium`", file=sys.stderr)
        return 1
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as work, sync_playwright() as driver:
        page_at = Path(work) / "report.html"
        subprocess.run([*EVALSUITE, "report", *runs, "--out", str(page_at)], check=True)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=chromium, args=sandbox)
        for scheme in ("light", "dark"):
            page = browser.new_page(
                color_scheme=scheme,
                viewport={"width": WIDTH, "height": HEIGHT},
            )
            page.set_default_timeout(READY)
            page.goto(page_at.as_uri())
            take(page, place, scheme)
        browser.close()
    return 0


def take(page: Page, place: Path, scheme: str) -> None:
    """Take each figure's last tile, then a proof with a wrong step, if the samples have one."""
    page.wait_for_selector("#samples:not([hidden]) .row")
    page.evaluate("document.querySelector('header.bar').style.position = 'static'")
    for name, place_of in FIGURES.items():
        figure = page.locator(place_of).last
        if figure.count():
            figure.screenshot(path=place / f"{name}-{scheme}.png")
    flaws = page.locator("#by-flaw option").all_text_contents()
    for flaw in flaws[1:]:
        page.select_option("#by-flaw", label=flaw)
        page.locator(".row").first.click()
        drawn = page.locator(".proofs:has(.because)")
        page.wait_for_selector("#detail .reading")
        if drawn.count():
            drawn.screenshot(path=place / f"proof-{scheme}.png")
            return


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
