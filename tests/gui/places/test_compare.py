"""Compare…: the form, a comparison as it goes on, and what is said at the end."""

from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio.comparison.conduct import News
from nnstudio.comparison.results import Outcome, Results
from nnstudio.events import EpochEnded
from nnstudio.figures import Curves, Note
from nnstudio.gui.places import compare_runner
from nnstudio.gui.places.compare import ComparePage, show_compare
from nnstudio.gui.places.compare_figures import overlaid, progress, reached_table
from nnstudio.gui.places.compare_runner import CompareRunner
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.gui.window import MainWindow
from nnstudio.plugins import load
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.gallery import open_example

PLUGINS = load(safe_mode=True)


@pytest.fixture
def studio(tmp_path, qapp):
    theme.install(qapp)
    studio = Studio(PLUGINS, settings=Settings(tmp_path / "settings.json"), state=tmp_path)
    studio.open_project(open_example("nnstudio.iris", PLUGINS.registry))
    yield studio
    studio.close()


class FakePool:
    """No engines."""

    def __init__(self, size=None, plugin_arguments=()):
        self.size = size

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class FakeConductor:
    """Every run takes two epochs and reaches the number of its arm; seeds differ a little."""

    fails = False
    waits = None

    def __init__(self, comparison, registry, folder, pool):
        if self.fails:
            raise NNStudioError(Problem("compare.going", "It is being trained elsewhere.", place="run"))
        folder.mkdir(parents=True)
        self.comparison, self.cancelled = comparison, False
        self._trials = comparison.trials(registry)
        self._outcomes = [Outcome(trial.arm, trial.replicate) for trial in self._trials]

    @property
    def results(self):
        return Results(self.comparison, tuple(self._outcomes))

    def cancel(self):
        self.cancelled = True
        if self.waits is not None:
            self.waits.set()

    def run(self):
        if self.waits is not None:
            assert self.waits.wait(60)
        for index, trial in enumerate(self._trials):
            if self.cancelled:
                return
            losses = (2.0 + trial.arm, 1.0 + trial.arm + trial.replicate / 100)
            epochs = tuple(EpochEnded(e, e + 1, {"validation/loss": loss}) for e, loss in enumerate(losses))
            self._outcomes[index] = replace(self._outcomes[index], state="done", epochs=epochs)
            yield News(self._outcomes[index], trial, index + 1, len(self._trials))


@pytest.fixture
def fake(monkeypatch):
    monkeypatch.setattr(compare_runner, "Pool", FakePool)
    monkeypatch.setattr(compare_runner, "Conductor", FakeConductor)
    monkeypatch.setattr(compare_runner, "ensembles", lambda results, pool: {})
    return FakeConductor


@pytest.fixture
def page(studio, qtbot, fake):
    page = ComparePage(
        studio, CompareRunner(studio), {"recipe.optimizer": "torch.sgd(momentum=0.9), torch.adam", "seeds": "4"}
    )
    qtbot.addWidget(page)
    page.show()
    return page


def test_a_link_of_a_guide_fills_the_form(page):
    assert page.axes[0].axis == ("recipe.optimizer", ["torch.sgd(momentum=0.9)", "torch.adam"])
    plan = page.comparison
    assert [arm.name for arm in plan.arms] == ["SGD (momentum 0.9)", "Adam"]
    assert len(plan.replicates) == 4


def test_alternatives_are_added_from_the_menu(page):
    axis = page.axes[0]
    axis.more.setCurrentIndex(axis.more.findData("torch.rmsprop"))
    axis.more.activated.emit(axis.more.currentIndex())
    assert axis.axis[1][-1] == "torch.rmsprop"


def test_another_axis_gives_every_combination(page):
    page.add_axis().choose("recipe.batch_size", "8, 16")
    assert len(page.comparison.arms) == 4
    page.axes[1].remove.click()
    assert len(page.comparison.arms) == 2


def test_a_ready_made_one_needs_no_form(page):
    page.ready.setCurrentIndex(page.ready.findData("optimizers"))
    page.ready.activated.emit(page.ready.currentIndex())
    assert not page._axes.isVisible()
    assert [arm.name for arm in page.comparison.arms] == ["SGD", "momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam"]


def test_the_verdict_is_said_at_the_end(page, qtbot):
    with qtbot.waitSignal(page.runner.finished, timeout=60_000):
        page.start()
        assert not page.start_button.isEnabled()
    assert "Best in the mean over seeds: SGD (momentum 0.9)" in page.words.text()
    assert "more than the spread" in page.words.text()
    assert "paired t-test" in page.rule.text()
    assert page.report_button.isEnabled()
    assert page.runner.report == Path(page.folder) / "optimizer" / "report.html"
    assert page.runner.report.is_file()
    assert "8 of 8" in page.state.text()


def test_it_can_be_cancelled(page, qtbot, fake, monkeypatch):
    import threading

    monkeypatch.setattr(fake, "waits", threading.Event())
    page.start()
    qtbot.waitUntil(lambda: page.runner._conductor is not None, timeout=60_000)
    page.cancel_button.click()
    qtbot.waitUntil(lambda: not page.runner.going, timeout=60_000)
    assert "0 of 8" in page.state.text()


def test_what_is_wrong_is_said_and_nothing_starts(page):
    page.axes[0].text.setText("torch.sgd(momentum=7), torch.adam")
    page.start()
    assert "momentum" in page.state.text()
    assert not page.runner.going


def test_a_mishap_of_the_conductor_is_said(page, qtbot, fake, monkeypatch):
    monkeypatch.setattr(fake, "fails", True)
    with qtbot.waitSignal(page.runner.finished, timeout=60_000):
        page.start()
    assert "trained elsewhere" in page.state.text()
    assert page.start_button.isEnabled()


def test_before_anything_is_measured_the_figures_teach(page):
    assert isinstance(overlaid(None), Note)
    assert isinstance(reached_table(None), Note)
    assert progress(None) == 0


def test_the_overlay_is_mean_and_spread(page, qtbot):
    with qtbot.waitSignal(page.runner.finished, timeout=60_000):
        page.start()
    figure = overlaid(page.runner.results)
    assert isinstance(figure, Curves)
    assert [line.label for line in figure.lines if line.label] == ["SGD (momentum 0.9)", "Adam"]
    assert sum(line.faint for line in figure.lines) == 4
    assert progress(page.runner.results) == 1


def test_the_window_opens_it_and_closing_does_not_end_it(studio, qtbot, fake):
    window = MainWindow(studio)
    qtbot.addWidget(window)
    window.commands.run("run.compare")
    runner = window.findChild(CompareRunner)
    assert runner is not None
    sheet = show_compare(window, studio)
    assert sheet.page.runner is runner
    with qtbot.waitSignal(runner.finished, timeout=60_000):
        sheet.page.start()
        sheet.close()
    assert show_compare(window, studio).page.words.text()
