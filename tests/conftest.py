"""What all tests share: the order they run in."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that load a real model last: what is quick to fail, fails first."""
    items.sort(key=lambda item: item.get_closest_marker("engine") is not None)
