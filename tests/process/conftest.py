"""Small projects and engines."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from engine_helpers import Listener, running_engine

from nnstudio import plugins
from nnstudio.client import Engine
from nnstudio.project.gallery import open_example
from nnstudio.project.project import Project
from nnstudio.registry import Registry

Started = tuple[Engine, Listener]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return plugins.load(safe_mode=True).registry


@pytest.fixture(scope="session")
def xor(registry: Registry) -> Project:
    """Forty-two parameters; an epoch of nine steps takes milliseconds."""
    project = open_example("xor", registry)
    return replace(project, recipe=replace(project.recipe, epochs=5))


@pytest.fixture(scope="session")
def endless(xor: Project) -> Project:
    return replace(xor, recipe=replace(xor.recipe, epochs=1_000_000))


@pytest.fixture(scope="session")
def lasting() -> Iterator[Started]:
    """One engine for all tests that leave it as it was: each takes seconds to start."""
    with running_engine() as started:
        yield started


@pytest.fixture
def shared(lasting: Started) -> Engine:
    """To ask."""
    return lasting[0]


@pytest.fixture
def engine(lasting: Started) -> Started:
    """To train in."""
    lasting[1].events.clear()
    return lasting


@pytest.fixture
def mortal() -> Iterator[Started]:
    """A fresh one, to be ended."""
    with running_engine() as started:
        yield started


@pytest.fixture
def plugin_folder(tmp_path: Path) -> Callable[[str], Path]:
    """A folder with one plugin whose source is given."""

    def make(source: str) -> Path:
        folder = tmp_path / "plugins"
        folder.mkdir()
        (folder / "stranger.py").write_text(source, encoding="utf-8")
        return folder

    return make
