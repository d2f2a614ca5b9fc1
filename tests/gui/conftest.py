"""Widgets are tested without a screen, with the settings and runs of a temporary folder."""

import os

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
