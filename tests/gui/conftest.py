"""Widgets are tested without a screen, with the settings and runs of a temporary folder."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.gui.engines import Engines
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.gui.window import MainWindow
from nnstudio.plugins import Plugins, load
from nnstudio.project.gallery import open_example


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
def nothing_stays_pressed() -> Iterator[None]:
    """A double click of QTest never lets go, and to Qt the button would be down in all tests that follow."""
    yield
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton):
        if QApplication.mouseButtons() & button:
            QTest.mouseRelease(QWidget(), button)
    assert QApplication.mouseButtons() == Qt.MouseButton.NoButton


@pytest.fixture(autouse=True)
def garbage_of_this_test() -> Iterator[None]:
    yield
    gc.collect(1)


@pytest.fixture(autouse=True, scope="module")
def garbage_of_this_module() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture(scope="session")
def plugins() -> Plugins:
    return load()


@pytest.fixture
def example() -> str:
    """The network of the gallery that `window` shows."""
    return "nnstudio.fashion_mnist_lenet"


@pytest.fixture
def window(plugins: Plugins, example: str, tmp_path: Path, qapp: QApplication, qtbot: QtBot) -> Iterator[MainWindow]:
    """The real one, on a network of the gallery, without engines."""
    theme.install(qapp)
    studio = Studio(plugins, settings=Settings(tmp_path / "settings.json"))
    window = MainWindow(studio)
    window.resize(1600, 1000)
    window.show()
    window.build()
    qtbot.waitExposed(window)
    studio.open_project(open_example(example, studio.registry))
    window.activateWindow()
    qtbot.waitActive(window)
    yield window
    window.close()
    window.deleteLater()


@pytest.fixture(scope="module")
def app(plugins: Plugins, qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MainWindow]:
    """The real one with its engines, one for all journeys of a file: engines take seconds to start."""
    theme.install(qapp)
    engines = Engines()
    engines.begin()
    studio = Studio(plugins, settings=Settings(tmp_path_factory.mktemp("app") / "settings.json"), engines=engines)
    window = MainWindow(studio)
    window.resize(1600, 1000)
    window.show()
    window.build()
    QTest.qWaitForWindowExposed(window)
    window.activateWindow()
    yield window
    window.close()
    window.deleteLater()
