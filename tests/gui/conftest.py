"""Widgets are tested without a screen, with the settings and runs of a temporary folder."""

import gc
import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ten thousand gestures only where they are asked for: `pytest -m long_gestures`."""
    if "long_gestures" in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker("long_gestures"):
            item.add_marker(pytest.mark.skip(reason="some minutes: pytest -m long_gestures"))


@pytest.fixture(autouse=True, scope="session")
def garbage_is_collected_on_this_thread() -> Iterator[None]:
    """As the app does (`gui/garbage.py`): on the thread that saves, destructors of Qt objects would do harm."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def garbage_of_this_test() -> Iterator[None]:
    yield
    gc.collect(1)


@pytest.fixture(autouse=True, scope="module")
def garbage_of_this_module() -> Iterator[None]:
    yield
    gc.collect()
