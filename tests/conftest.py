"""What all tests share: the order they run in, and Ctrl-C."""

import os
import signal
import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Machines are busy at times. What CI tries is the same each time; at a desk it is something new.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_configure() -> None:
    """Hear SIGINT: a shell's background job ignores it, and so would what the tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that load a real model last: what is quick to fail, fails first."""
    items.sort(key=lambda item: item.get_closest_marker("engine") is not None)


@pytest.fixture
def promptly() -> Iterator[None]:
    """Fail what takes 10 s of the processor: the quadratic takes more, a busy machine does not."""
    began = time.process_time()
    yield
    assert time.process_time() - began < 10
