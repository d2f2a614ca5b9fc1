"""A studio with the bundled plugins and a scripted engine: what the shell does is tested without a process."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnstudio.gui.engines import Engines
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.gui.window import MainWindow
from nnstudio.plan import Code, Plan
from nnstudio.plugins import Plugins
from nnstudio.problems import Problem
from nnstudio.replies import Hello, Inspected


class ScriptedEngine:
    """Answers at once what the test laid ready, or, laid ready as a future, later; keeps what it was asked and told."""

    def __init__(
        self, on_event: Callable[[Any], None], on_exit: Callable[[Problem | None], None], answers: Mapping[str, Any]
    ) -> None:
        self.hello: Future[Any] = Future()
        self.hello.set_result(Hello("0", "3", "2", "test", 1, 1, ("cpu",), {"cpu": "x"}))
        self.event, self._exit = on_event, on_exit
        self.answers = answers
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.told: list[str] = []
        self.alive = True
        self.pid = 1

    def request(self, type: str, value: Mapping[str, Any] | None = None) -> "Future[Any]":
        self.asked.append((type, value or {}))
        future: Future[Any] = Future()
        answer = self.answers.get(type)
        if isinstance(answer, Future):
            return answer  # it comes when the test says so
        if isinstance(answer, Exception):
            future.set_exception(answer)
        elif answer is not None:
            future.set_result(answer(value) if callable(answer) else answer)
        return future

    def send(self, type: str, value: Mapping[str, Any] | None = None) -> None:
        self.told.append(type)

    def die(self, problem: Problem) -> None:
        self.alive = False
        self._exit(problem)

    def kill(self) -> None:
        self.alive = False

    def close(self, timeout: float = 5.0) -> None:
        self.alive = False


class Bench:
    """Both engines of a studio, replaced ones included, in the order they were started."""

    def __init__(self) -> None:
        self.started: list[ScriptedEngine] = []
        self.answers: dict[str, Any] = {"inspect": Inspected(Plan(), Code("pass\n"))}
        self.engines = Engines(start=self._start)

    def _start(
        self,
        plugin_arguments: Sequence[str],
        on_event: Callable[[Any], None],
        on_exit: Callable[[Problem | None], None],
    ) -> ScriptedEngine:
        engine = ScriptedEngine(on_event, on_exit, self.answers)
        self.started.append(engine)
        return engine

    @property
    def workbench(self) -> ScriptedEngine:
        return self.started[0]

    @property
    def trainer(self) -> ScriptedEngine:
        return self.started[1]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def studio(plugins: Plugins, tmp_path: Path, qapp: QApplication, bench: Bench) -> Iterator[Studio]:
    theme.install(qapp)
    bench.engines.begin()
    studio = Studio(plugins, settings=Settings(tmp_path / "settings.json"), engines=bench.engines)
    yield studio
    studio.close()


@pytest.fixture
def window(studio: Studio, qtbot: QtBot) -> Iterator[MainWindow]:
    window = MainWindow(studio)
    qtbot.addWidget(window)
    window.resize(1400, 900)
    window.show()
    qtbot.waitExposed(window)
    window.build()
    yield window
    window.close()
