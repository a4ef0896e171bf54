"""What all tests share: the order they run in, and Ctrl-C."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from evalsuite import engines
from tests.calling import Call, caller

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SOON = 30_000  # ms that a busy machine may take to show in a browser what is fast

# Machines are busy at times. What CI tries is the same each time; at a desk it is something new.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_configure() -> None:
    """Hear SIGINT: a shell's background job ignores it, and so would what the tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _keep_to_own_cores()


def _keep_to_own_cores() -> None:
    """Share the cores out among pytest-xdist's processes, and what they start with them.

    Engines run a thread for each core that they see, and threads that wait for one another spin:
    two engines on the same cores are many times slower than each on its own.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    count = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if not worker or not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    mine = cores[int(worker) % len(cores) :: count] if count <= len(cores) else cores
    os.sched_setaffinity(0, mine)
    os.environ["OMP_NUM_THREADS"] = str(len(mine))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that load a real model last: what is quick to fail, fails first."""
    items.sort(key=lambda item: item.get_closest_marker("engine") is not None)


@pytest.fixture
def more_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the tests' engines among the others."""
    folder = str(Path(__file__).parent / "more_engines")
    monkeypatch.setattr(engines, "__path__", [*engines.__path__, folder])


@pytest.fixture
def promptly() -> Iterator[None]:
    """Fail what takes 10 s of the processor: the quadratic takes more, a busy machine does not."""
    began = time.process_time()
    yield
    assert time.process_time() - began < 10


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command line in the tests' own process."""
    return caller(capsys, monkeypatch)


@pytest.fixture(scope="module")  # while it is open, no test can run an event loop
def browser() -> "Iterator[Browser]":
    """Return a headless Chromium, the one that is installed."""
    from playwright.sync_api import expect, sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium: install the package `chromium`")
    with sync_playwright() as driver:
        expect.set_options(timeout=SOON)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        started = driver.chromium.launch(executable_path=chromium, args=sandbox)
        yield started
        started.close()
