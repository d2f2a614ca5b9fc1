"""What holds for all tests."""

import os

import pytest
from curriculum import Table
from hypothesis import HealthCheck, settings

# How long an example takes says how busy the machine is, not whether the code is right.
# Where one run decides (CI), the examples are the same each time; at a desk they are new ones, and find new faults.
settings.register_profile(
    "nnstudio",
    deadline=None,
    max_examples=40,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("nnstudio")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Table(), "curriculum-table")


# Files of few but long tests: begun first, so that at the end no core waits for the other. (`dev.py test` takes files in this order.)
LONG = (
    "gallery/test_gallery.py",
    "cli/test_cli_compare.py",
    "comparison/test_conduct.py",
    "process/test_engine_trains.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.split("::")[0].endswith(LONG))
