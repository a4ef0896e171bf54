"""The report in real Chromium: nothing that a model wrote runs, and everyone can use it."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from evalsuite import store
from evalsuite.report.visible import visible
from evalsuite.tables import latex_text
from tests import reporting
from tests.calling import Call
from tests.conftest import SOON

ROOT = Path(__file__).resolve().parents[1]
AXE = (ROOT / "tests" / "axe" / "axe.min.js").read_text(encoding="utf-8")
RUN = "window.ran = 1"
ATTACKS = (
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f'<img src="x" onerror="{RUN}">',
    f"<svg onload='{RUN}'><!--<script>",
    f"[proof](javascript:{RUN}) <a href='javascript:{RUN}'>proof</a>",
    "<link rel=stylesheet href=https://example.org/a><img src=https://example.org/b>",
    "\u202etnemele ytpme\u202c \u200b\u2066\0 \x1b[31mred\x1b[0m \x9b2J \ud800",
    '"}],"x":"\\u003c/script>\\',
    "=cmd|' /C calc'!A0",
    "{{constructor.constructor('window.ran = 1')()}} ${window.ran = 1}",
    "```\n1. P [given]\n2. <b onmouseover='window.ran=1'> [1]\n```\nAnswer: unsatisfiable",
    "P" * 5_000_000,
)
CONDITIONS = (*map(reporting.condition, (0, 2, 4)), reporting.condition(4, "pt"))
SAMPLES = 4 * (3 * 20 + 16 + 4)  # conditions, three models, and what each baseline answers
NAME = f'<img src=x onerror="{RUN}">\u202e=1'  # of a model


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a results folder whose run has what attackers would write."""
    home = tmp_path_factory.mktemp("results")
    tasks = ("refutation-proof", "tableau-proof", "modal-countermodel", "entailment", "nnf")
    instances = [f"{task}/{place}" for task in tasks for place in range(4)]
    subjects = [*reporting.SUBJECTS, {"name": NAME, "kind": "instruct", "engine": "replay"}]
    reporting.written(
        home / "runs" / "reported",
        tasks_=tasks,
        limit=4,
        conditions=CONDITIONS,
        texts=dict(zip(instances, ATTACKS, strict=False)),
        subjects=subjects,
    )
    return home


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of very few questions."""
    place = tmp_path_factory.mktemp("few") / "runs" / "small"
    return reporting.written(place, tasks_=("nnf",), limit=1, shots=(0,))


@pytest.fixture(scope="module")
def address(written: Path) -> str:
    """Return where the report is that the command writes."""
    command = [sys.executable, "-m", "evalsuite", "report", "--results", str(written)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == f"{written / 'report.html'}\n"
    return (written / "report.html").as_uri()


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return where a report of two runs of eighteen models is."""
    home = tmp_path_factory.mktemp("crowd")
    subjects = [
        {
            "name": f"m{number:02}",
            "kind": ("pretrained", "instruct")[number % 2],
            "engine": "replay",
        }
        for number in range(18)
    ]
    for name, conditions in (
        ("few", [reporting.condition(0), reporting.condition(2)]),
        ("more", [reporting.condition(4)]),
    ):
        reporting.written(
            home / "runs" / name,
            tasks_=("entailment",),
            limit=3,
            conditions=conditions,
            subjects=subjects,
        )
    command = [sys.executable, "-m", "evalsuite", "report", "--results", str(home)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return (home / "report.html").as_uri()


@contextmanager
def opened(browser: Browser, address: str, ready: str = "search", **context: Any) -> Iterator[Page]:
    """Open a report; in the end, hold that it was quiet, ran nothing and asked for nothing."""
    told: list[str] = []
    asked: list[str] = []
    with closing(browser.new_context(**context)) as held:
        held.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => { console.log('violates '"
            " + e.violatedDirective); });"
        )
        page = held.new_page()
        page.on("console", lambda message: told.append(message.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector(f"html[data-ready={ready}]", timeout=SOON)
        yield page
        assert page.evaluate("window.ran") is None
        held.close()
    assert told == []
    assert {urlsplit(one).scheme for one in asked} <= {"file", "data", "blob", "http"}
    assert {one.partition("#")[0] for one in asked if not one.startswith(("data", "blob"))} == {
        address.partition("#")[0]
    }


def choose(page: Page, name: str, word: str) -> None:
    """Choose a filter's option that begins with a word."""
    place = page.evaluate(
        "([name, word]) => [...document.getElementById(name).options]"
        ".findIndex((one) => one.label.startsWith(word))",
        [name, word],
    )
    page.locator(f"#{name}").select_option(index=place)


# ── what models write ───────────────────────────────────────────────────────────────────────────


def test_nothing_of_a_sample_runs_and_all_of_it_is_seen(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        expect(page.locator("#title")).to_have_text("reported")
        expect(page.locator("#subjects")).to_contain_text(visible(NAME))
        choose(page, "by-series", "small-chat")
        choose(page, "by-condition", "text · en · zero-shot")
        expect(page.locator("#count")).to_have_text(f"20 of {SAMPLES}")
        seen = ""
        for _ in range(20):
            page.keyboard.press("j")
            key = page.evaluate("asked().get('sample')")
            expect(page.locator(f"#detail[data-key='{key}']")).to_be_visible()
            seen += page.locator("#detail").text_content() or ""
        for attack in ATTACKS[:-1]:
            assert " ".join(visible(attack).split()) in " ".join(seen.split())
        assert "⟦U+202E⟧" in seen
        assert "␛[31m" in seen
        assert "more characters are in the run’s store" in seen
        assert page.locator("#detail img, #detail a, #detail script, main img").count() == 0


def test_the_policy_stops_what_would_be_put_in(browser: Browser, address: str) -> None:
    told: list[str] = []
    with closing(browser.new_context()) as held:
        page = held.new_page()
        page.on("console", lambda message: told.append(message.text))
        page.goto(address)
        page.wait_for_selector("html[data-ready]", timeout=SOON)
        for put in (
            f"document.body.innerHTML = '<img src=x onerror={RUN}>'",
            f"document.createElement('script').text = '{RUN}'",
            f"document.body.setAttribute('onclick', '{RUN}'); document.body.click()",
            f"setTimeout('{RUN}')",
        ):
            page.evaluate(f"() => {{ try {{ {put} }} catch {{ }} }}")
        page.evaluate("fetch('https://example.org/').catch(() => 0)")
        assert page.evaluate("window.ran") is None
    assert any("example.org" in one for one in told)


# ── how it is used ──────────────────────────────────────────────────────────────────────────────


def test_samples_are_found_filtered_and_linked_to(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        count = page.locator("#count")
        expect(count).to_have_text(f"{SAMPLES} in all")
        page.keyboard.press("/")
        page.keyboard.type("TNEMELE YTPME")
        expect(count).to_have_text(f"4 of {SAMPLES}")
        page.keyboard.press("Escape")
        expect(page.locator("#search")).to_have_value("TNEMELE YTPME")
        page.keyboard.press("j")
        expect(page.locator("#detail h3")).to_have_text("tableau-proof 2")
        link = page.evaluate("location.href")
        page.keyboard.press("Escape")
        expect(page.locator("#panes")).not_to_have_class("panes open")
        page.locator("#search").fill("")
        page.locator("#by-outcome").select_option(index=1)
        expect(count).not_to_have_text(f"{SAMPLES} in all")
        page.locator("#by-outcome").select_option("")
        expect(count).to_have_text(f"{SAMPLES} in all")
    with opened(browser, link) as page:
        expect(page.locator("#detail h3")).to_have_text("tableau-proof 2")
        expect(page.locator("#detail")).to_be_in_viewport()
    with opened(browser, f"{address}#sample=0123456789abcdef") as page:
        expect(page.locator("#detail")).to_have_text("This report has no such sample.")


def test_filters_and_search_are_in_the_address(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        count = page.locator("#count")
        choose(page, "by-outcome", "invalid")
        choose(page, "by-task", "refutation-proof")
        page.locator("#search").fill("résolvent & 100% +")
        expect(count).to_have_text(f"0 of {SAMPLES}")
        page.locator("#search").fill("clauses")
        expect(count).not_to_have_text(re.compile(rf"^0 of|^{SAMPLES} "))
        told = count.text_content()
        filters = page.evaluate("location.href")
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        expect(page.locator("#detail h3")).to_be_visible()
        sample = page.evaluate("location.href")
        page.go_back()
        expect(page.locator("#panes")).not_to_have_class("panes open")
        expect(count).to_have_text(told or "")
        page.go_forward()
        expect(page.locator("#detail h3")).to_be_visible()
        page.reload()
        page.wait_for_selector("html[data-ready=search]", timeout=SOON)
        expect(page.locator("#detail h3")).to_be_visible()
        expect(count).to_have_text(told or "")
        page.get_by_role("link", name="Samples").click()
        expect(count).to_have_text(told or "")
    for link in (filters, sample):
        with opened(browser, link) as page:
            expect(page.locator("#count")).to_have_text(told or "")
            expect(page.locator("#search")).to_have_value("clauses")
            expect(page.locator("#by-outcome option:checked")).to_contain_text("invalid")
            expect(page.locator("#list")).to_be_in_viewport()
    with opened(browser, f"{address}#samples&outcome=none&search=%00%GG&task=__proto__") as page:
        expect(page.locator("#count")).to_have_text(f"0 of {SAMPLES}")
        page.evaluate(f"location.hash = {json.dumps(sample.partition('#')[2])}")
        expect(page.locator("#count")).to_have_text(told or "")
        expect(page.locator("#detail h3")).to_be_in_viewport()


def test_proofs_are_drawn_beside_the_gold_one(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        for task, kind in (
            ("refutation-proof", "steps"),
            ("tableau-proof", "lines"),
            ("modal-countermodel", "worlds"),
        ):
            choose(page, "by-series", "small-base")
            choose(page, "by-task", task)
            page.evaluate(
                "browser.open(browser.held.findIndex((at) => browser.columns.drawing[at] >= 0"
                " && browser.columns.gold_drawing[at] >= 0))"
            )
            drawings = page.locator("#detail svg.proof")
            expect(drawings).to_have_count(2)
            expect(drawings.last).to_have_attribute("aria-label", re.compile(rf"\d+ {kind}"))


def test_tables_and_pictures_are_saved(browser: Browser, address: str) -> None:
    with opened(browser, address, accept_downloads=True) as page:
        figure = page.locator("#figure-gap")
        saved = {}
        for kind in ("SVG", "PNG", "CSV", "LaTeX", "Markdown"):
            with page.expect_download() as waiting:
                figure.get_by_role("button", name=kind).click()
            saved[kind] = Path(waiting.value.path()).read_bytes()
        assert saved["SVG"].startswith(b"<svg")
        assert b"var(" not in saved["SVG"]
        assert saved["PNG"].startswith(b"\x89PNG")
        header, *lines = saved["CSV"].decode().splitlines()
        assert header.startswith("series,task,setting,k,n,accuracy,")
        assert len(lines) == page.evaluate(
            "report.sections.flatMap((one) => one.figures).find((one) => one.name === 'gap')"
            ".rows.length"
        )
        assert rb"\toprule" in saved["LaTeX"]
        expect(figure.locator(".note")).to_contain_text("Asked as text, en")
        assert saved["Markdown"].startswith(b"| series | task |")
        hostile = f"[{json.dumps(NAME)}]"
        columns = "[{ name: 'a', label: 'a', digits: null }]"
        assert page.evaluate(f"asCsv({columns}, [['=1+1'], {hostile}])").startswith("a\n'=1+1\n")
        assert "<img" not in page.evaluate(f"asMarkdown({columns}, [{hostile}])")
        for text in (*ATTACKS[:-1], NAME, "[*] a--b -0.5", r"\input{x} 'y' ~^ −1"):
            shown = visible(text)
            made = page.evaluate(f"asLatex({columns}, [[{json.dumps(shown)}]], '')")
            assert f"\\midrule\n{latex_text(shown)} \\\\\n" in made


def test_no_p_is_shown_as_0_and_a_zero_has_no_sign(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        shown = [
            page.evaluate(f"cell({value}, {{ name: '{name}', digits: {digits} }})")
            for name, value, digits in (
                ("p", "1e-9", 4),
                ("p_holm", "0", 4),
                ("p", "0.25", 4),
                ("p", "null", 4),
                ("difference", "-0.0001", 3),
                ("low", "-0.25", 3),
            )
        ]
        assert shown == ["<0.0001", "<0.0001", "0.2500", "", "0.000", "-0.250"]


def test_the_leaderboard_is_sorted_and_filtered(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        board = page.locator("#figure-leaderboard")
        board.get_by_label("Filter").fill("solver certified")
        models = board.locator("tbody tr td:nth-child(2)")
        expect(models.first).to_contain_text("solver")
        board.get_by_label("Filter").fill("")
        board.locator("label", has_text="metric").locator("select").select_option("accuracy")
        board.get_by_role("button", name="value").click()
        heads = [one.strip() for one in board.locator("thead th").all_text_contents()]
        assert "shots dropped" in heads
        cells = board.locator(f"tbody tr td:nth-child({heads.index('value') + 1}) .estimate > span")
        values = [float(one) for one in cells.all_text_contents()]
        assert len(values) == board.locator("tbody tr").count()
        assert values == sorted(values, reverse=True)
        assert values[0] == 1.0 > values[-1]
        expect(board.locator("th[aria-sort=descending]")).to_have_count(1)


def test_pictures_say_how_many_shots_and_what_they_leave_out(
    browser: Browser, address: str
) -> None:
    with opened(browser, address) as page:
        tiles = page.locator("#figure-kinds h4")
        expect(tiles).to_have_text(["zero-shot", "4-shot"])
        expect(page.locator("#figure-ladder .note")).to_contain_text("Dashed and hollow: zero-shot")
        expect(page.locator("#figure-curves .note")).to_contain_text("did not fit")
        expect(page.locator("#figure-curves svg[role=img]")).to_have_count(5)
        expect(page.locator("#figure-effects svg[role=img]")).to_have_count(5)
        for ks, told in (
            ((2, 8), "Dashed and hollow: with the fewest shots; solid: with the most shots."),
            ((0,), "All are zero-shot."),
            ((0, 2), "Dashed and hollow: zero-shot; solid: with the most shots."),
        ):
            rows = [{"series": "a", "task": "b", "k": k} for k in ks]
            assert page.evaluate("(rows) => fewAndMost(withMost(rows))", rows) == told
            few = page.evaluate("(rows) => withMost(rows).map(few)", rows)
            assert few == ([True, False] if len(ks) > 1 else [False])
        rows = [{"series": one, "setting": f"as {one}"} for one in ("a", "b")]
        told = page.evaluate("settingsOf", rows)
        assert told == "as a (a); as b (b)"
        assert page.evaluate("settingsOf", [*rows, {"series": "a", "setting": "as b"}]) == ""
        expect(page.locator("#facts")).to_contain_text("3 models")
        # Nobody looked at these models' weights.
        expect(page.locator("#foot")).to_contain_text("Made by evalsuite")
        expect(page.locator("#foot")).not_to_contain_text("No weight")


def test_the_answers_of_a_confusion_are_named_in_full(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        told = page.locator("#figure-confusion svg[role=img] text").all_text_contents()
        assert not [one for one in told if "…" in one]
        for text, most, lines in (
            ("does-not-follow", 9, ["does-not-", "follow"]),
            ("no verdict", 8, ["no", "verdict"]),
            ("follows", 9, ["follows"]),
            ("-", 4, ["-"]),
            ("unsatisfiable", 6, ["unsat…"]),
        ):
            assert page.evaluate(f"wrapped({json.dumps(text)}, {most})") == lines


def test_pictures_have_the_models_in_the_order_of_their_colours(
    browser: Browser, address: str
) -> None:
    with opened(browser, address) as page:
        subjects = page.evaluate("report.subjects.map((one) => one.name)")
        for figure in ("gap", "outcomes"):
            tiles = page.locator(f"#figure-{figure} h4").all_text_contents()
            assert tiles == [one for one in subjects if one in tiles]


def test_baselines_alone_can_be_told_apart(browser: Browser, tmp_path: Path) -> None:
    home = tmp_path / "runs" / "floor"
    baselines = [{"name": one, "kind": "baseline", "engine": one} for one in ("random", "majority")]
    reporting.written(home, tasks_=("entailment",), limit=4, shots=(0, 2), subjects=baselines)
    place = tmp_path / "floor.html"
    command = [sys.executable, "-m", "evalsuite", "report", str(home), "--out", str(place)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    with opened(browser, place.as_uri()) as page:
        legend = page.locator("#figure-slopes .legend li")
        expect(legend).to_have_text(["majority", "random"])
        fills = legend.locator("circle").evaluate_all("(all) => all.map((one) => one.outerHTML)")
        assert len(set(fills)) == 2
        expect(page.locator("#facts")).not_to_contain_text("model")


def test_an_axis_of_shares_is_told_apart_from_the_counts_beside_it(
    browser: Browser, address: str
) -> None:
    with opened(browser, address) as page:
        for figure in ("gap", "slopes", "ladder", "outcomes"):
            ticks = page.locator(f"#figure-{figure} svg[role=img]").first.locator("text")
            assert "0 %" in ticks.all_text_contents()


def test_what_is_wrong_is_told_of_what_was_judged_alone(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        choose(page, "by-task", "refutation-proof")
        for outcome, told in (("wrong", 0), ("invalid", 1)):
            choose(page, "by-outcome", outcome)
            page.evaluate(
                "browser.open(browser.held.findIndex((at) => browser.columns.drawing[at] >= 0))"
            )
            expect(page.locator("#detail .title .pill")).to_have_text(outcome)
            expect(page.locator("#detail svg.proof").first).to_be_visible()
            expect(page.locator("#detail .because")).to_have_count(told)
        assert page.evaluate("drawnOrNot({ shape: 'dag', nodes: null }, {})") is None


def test_it_is_readable_on_a_phone(browser: Browser, address: str) -> None:
    with opened(browser, address, viewport={"width": 390, "height": 844}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        told = page.locator("#figure-gap svg[role=img] text").all_text_contents()
        assert {"modal-countermodel, zero-shot", "modal-countermodel, 4-shot"} <= set(told)
        page.locator("#list").scroll_into_view_if_needed()
        page.locator("#list .row").first.click()
        expect(page.locator("#detail h3")).to_be_in_viewport()
        expect(page.locator("#list")).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.get_by_role("button", name="Close").last.click()
        expect(page.locator("#list")).to_be_visible()


def test_all_of_a_figure_is_saved_and_printed(browser: Browser, crowd: str) -> None:
    with opened(browser, crowd, accept_downloads=True) as page:
        figure = page.locator("#figure-confusion")
        tiles = figure.locator("svg[role=img]")
        expect(tiles).to_have_count(12)
        names = page.evaluate(
            "[...new Set(records(report.sections.flatMap((one) => one.figures)"
            ".find((one) => one.name === 'confusion')).map(SHAPES.confusion.tile))]"
        )
        assert len(names) == 18 * 2
        with page.expect_download() as waiting:
            figure.get_by_role("button", name="SVG").click()
        saved = Path(waiting.value.path()).read_text(encoding="utf-8")
        assert all(f">{one}</text>" in saved for one in names)
        with page.expect_download() as waiting:
            figure.get_by_role("button", name="PNG").click()
        header = Path(waiting.value.path()).read_bytes()[16:24]
        width, height = (int.from_bytes(header[at : at + 4], "big") for at in (0, 4))
        told = re.search(r'width="(\d+)" height="(\d+)"', saved)
        assert told is not None
        assert (width, height) == (2 * int(told[1]), 2 * int(told[2]))
        expect(tiles).to_have_count(12)  # as it was
        page.emulate_media(media="print")
        expect(tiles).to_have_count(len(names))
        expect(figure.get_by_role("button", name="Show all")).to_be_hidden()
        page.emulate_media(media="screen")
        expect(tiles).to_have_count(12)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        expect(tiles).to_have_count(len(names))
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        page.get_by_role("button", name=f"Show all {len(names)}").click()
        expect(tiles).to_have_count(len(names))


def test_all_rows_of_a_table_are_printed(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        page.evaluate(
            "document.body.append(sortable({ title: 'a', columns: [{ name: 'a', label: 'a',"
            " digits: 0 }], rows: d3.range(1000).map((one) => [one]) }).box)"
        )
        rows = page.locator(".scroll").last.locator("tbody tr")
        expect(rows).to_have_count(400)
        page.emulate_media(media="print")
        expect(rows).to_have_count(1000)
        page.emulate_media(media="screen")
        expect(rows).to_have_count(400)


# Machado, Oliveira & Fernandes (2009), of linear RGB: who sees no red, no green, no blue.
SEEN: dict[str, Any] = {
    "all": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def oklab(linear: Any) -> Any:
    """Return colours as Ottosson's Oklab (2020), where distances are as they look."""
    lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.cbrt(linear @ np.transpose(lms)) @ np.transpose(lab)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_are_told_apart_and_from_the_page(
    browser: Browser, crowd: str, scheme: Any
) -> None:
    with opened(browser, crowd, color_scheme=scheme) as page:
        names = [*(f"--c{place}" for place in range(8)), "--baseline", "--page", "--pane"]
        told = page.evaluate(
            "(names) => names.map((name) => { const one = document.createElement('i');"
            " one.style.color = `var(${name})`; document.body.append(one);"
            " const said = getComputedStyle(one).color; one.remove();"
            " return said.match(/\\d+/g).slice(0, 3).map(Number); })",
            names,
        )
    shown = np.array(told) / 255
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    colours, backs = linear[:9], linear[9:]
    light = linear @ [0.2126, 0.7152, 0.0722] + 0.05
    for back in light[9:]:
        assert (np.maximum(light[:9], back) / np.minimum(light[:9], back)).min() >= 3
    assert len(backs) == 2
    for name, matrix in SEEN.items():
        seen = oklab(np.clip(colours @ np.transpose(matrix), 0, 1))
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)[np.triu_indices(9, 1)]
        assert apart.min() >= (0.1 if name == "all" else 0.05), name


def test_more_series_than_colours_differ_in_their_signs(browser: Browser, crowd: str) -> None:
    with opened(browser, crowd) as page:
        expect(page.locator("#subjects li")).to_have_count(18)
        swatches = page.locator("#subjects svg").evaluate_all(
            "(all) => all.map((e) => e.innerHTML)"
        )
        assert len(set(swatches)) == 18
        for figure in ("slopes", "curves", "ladder", "reliability", "kinds"):
            signs = page.locator(f"#figure-{figure} .legend svg").evaluate_all(
                "(all) => all.map((one) => one.innerHTML)"
            )
            assert len(signs) == len(set(signs)) == 18, figure
        dashes = page.locator("#figure-curves svg[role=img] g[aria-label=line] path").all()
        assert dashes == []  # no part of a picture has a label of its own
        lines = page.evaluate(
            "['m00', 'm08', 'm16'].map((name) => [colour(name), symbol(name), dash(name)])"
        )
        assert len({one for one, *_ in lines}) == 1
        assert len({sign for _, sign, _ in lines}) == len({line for *_, line in lines}) == 3


def test_a_filter_that_a_link_names_and_there_is_not_is_told(browser: Browser, crowd: str) -> None:
    count = 18 * 3 * 3
    with opened(browser, f"{crowd}#samples&outcome=wrong&model=nobody") as page:
        told = page.locator("#lacks")
        expect(told).to_have_text("This report has no such model “nobody”.")
        expect(page.locator("#by-outcome option:checked")).to_contain_text("wrong")
        page.locator("#by-outcome").select_option("")
        expect(told).to_be_hidden()
        page.evaluate("location.hash = '#samples&model=m03&run=more'")
        expect(page.locator("#count")).to_have_text(f"3 of {count}")
        expect(told).to_be_hidden()
        page.keyboard.press("j")
        expect(page.locator("#detail .who")).to_contain_text("run more")
        page.evaluate("location.hash = '#samples&series=m04'")
        expect(page.locator("#count")).to_have_text(f"9 of {count}")
        page.evaluate("location.hash = '#samples&run=none&colour=%E2%80%AE%3Cb%3E'")
        expect(told).to_have_text("This report has no such run “none”, no such filter “colour”.")
        page.evaluate("location.hash = '#samples&task=%E2%80%AE%3Cb%3E'")
        expect(told).to_have_text("This report has no such task “�<b>”.")


def test_it_is_printed_on_white_and_no_wider_than_the_paper(browser: Browser, address: str) -> None:
    with opened(browser, address, viewport={"width": 718, "height": 1000}) as page:
        page.evaluate("theme('dark')")
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") == 718
        background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert background == "rgb(251, 251, 249)"


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1280)])
def test_axe_finds_no_serious_violation(
    browser: Browser, address: str, scheme: Any, width: int
) -> None:
    size: Any = {"width": width, "height": 900}
    with opened(browser, address, color_scheme=scheme, viewport=size) as page:
        choose(page, "by-outcome", "invalid")
        page.evaluate("browser.open(0)")
        expect(page.locator("#detail svg.proof").first).to_be_visible()
        for details in page.locator("details").all():
            details.evaluate("(one) => { one.open = true; }")
        page.evaluate(AXE)
        assert serious(page) == []
        page.locator("#search").fill("no text has this")
        expect(page.locator("#list")).to_have_text("Nothing matches.")
        assert serious(page) == []


def serious(page: Page) -> list[Any]:
    """Return the serious violations that axe-core finds, once it is in the page."""
    # The rows of a table are alike, and axe is slow.
    among = "{ exclude: [['tbody tr:nth-child(n+9)']] }"
    found = page.evaluate(f"axe.run({among}, {{ resultTypes: ['violations'] }})")
    assert len(found["passes"]) > 20
    return [
        (one["id"], one["help"], [node["html"][:200] for node in one["nodes"]][:3])
        for one in found["violations"]
        if one["impact"] in {"serious", "critical"}
    ]


# ── the commands ────────────────────────────────────────────────────────────────────────────────


def test_what_is_viewed_is_served_to_its_address_alone(browser: Browser, written: Path) -> None:
    command = [sys.executable, "-m", "evalsuite", "view", "reported", "--results", str(written)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            parts = urlsplit(address)
            assert parts.hostname == "127.0.0.1"
            assert parts.port is not None
            for path, host, status in (
                ("/", parts.netloc, 403),
                (f"{parts.path}x/y", parts.netloc, 404),
                (parts.path, "example.org", 421),
                (parts.path, parts.netloc, 200),
            ):
                with closing(HTTPConnection("127.0.0.1", parts.port, timeout=30)) as connection:
                    connection.request("GET", path, headers={"Host": host})
                    answer = connection.getresponse()
                    assert (path, answer.status) == (path, status)
                    answer.read()
            with opened(browser, address) as page:
                expect(page.locator("#figure-gap svg").first).to_be_visible()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
            assert process.returncode == 0
            assert "Traceback" not in err
        finally:
            process.kill()


def test_a_run_that_cannot_be_read_is_left_out_with_a_warning(
    call: Call, small: Path, tmp_path: Path
) -> None:
    home = tmp_path / "results"
    shutil.copytree(small, home / "runs" / "good")
    (home / "runs" / "bad").mkdir()
    (home / "runs" / "bad" / "run.sqlite").write_bytes(b"no database" * 100)
    shutil.copytree(small, home / "runs" / "good~1")
    done = call("report", "--results", str(home), "--out", str(tmp_path / "one.html"))
    assert done.status == 0
    assert "left out of the report" in done.err
    assert (tmp_path / "one.html").is_file()
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")] == []


@pytest.mark.parametrize("place", [("--results", "none"), ("--out", "none/report.html")])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("no-such-run", "unknown run `no-such-run`"),
        ("", "no run with an answer"),
    ],
)
def test_a_report_of_nothing_is_a_mistake_and_leaves_nothing(
    call: Call, tmp_path: Path, words: str, told: str, place: tuple[str, str]
) -> None:
    with chdir(tmp_path):
        done = call("report", *words.split(), *place)
    assert done.status == 2
    assert told in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_report_makes_its_folder(call: Call, small: Path, tmp_path: Path) -> None:
    place = tmp_path / "new" / "report.html"
    assert call("report", str(small), "--out", str(place)).status == 0
    assert place.is_file()


def test_a_run_that_is_named_has_an_answer_and_a_name_of_its_own(
    call: Call, small: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other" / small.name
    shutil.copytree(small, other)
    done = call("report", str(small), str(other), "--results", str(tmp_path))
    assert done.status == 2
    assert "a run of the same name" in done.err
    assert "name one of the two alone" in done.err
    empty = tmp_path / "empty"
    with store.opened(empty, create=True) as kept:
        kept.write_manifest(reporting.manifest({}))
    done = call("report", str(small), str(empty), "--results", str(tmp_path))
    assert done.status == 2
    assert f"{empty}: no question has an answer yet" in done.err


def test_a_run_with_a_metric_that_there_is_not_is_named_and_left_out(
    call: Call, tmp_path: Path
) -> None:
    for name in ("good", "old"):
        reporting.written(tmp_path / "runs" / name, tasks_=("nnf",), limit=1, shots=(0,))
    with store.opened(tmp_path / "runs" / "old", create=False) as kept:
        manifest = kept.manifest()
        kept.write_manifest({**manifest, "tasks": {"nnf": {"metrics": ["gone"]}}})
    done = call("report", "--results", str(tmp_path))
    assert done.status == 0
    assert f"left out of the report: {tmp_path / 'runs' / 'old'}: unknown metric `gone`" in done.err
    assert call("report", "old", "--results", str(tmp_path)).status == 2


def test_a_place_that_cannot_be_written_is_told(call: Call, written: Path, tmp_path: Path) -> None:
    (tmp_path / "none").write_text("no folder", encoding="utf-8")
    place = tmp_path / "none" / "report.html"
    done = call("report", "reported", "--results", str(written), "--out", str(place))
    assert done.status == 2
    assert "cannot be written" in done.err
