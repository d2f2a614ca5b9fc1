"""A person's ways through the app, with real mouse and keyboard events, the real window and real engines."""

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from journeys import LEFT, PATIENCE, canvas, click_command, drag, model, place_by_search, type_value, until, wire
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nnstudio.gui.places.start import ProjectCard
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.window import MainWindow
from nnstudio.plugins import load
from nnstudio.problems import errors
from nnstudio.project.autosave import recoverable
from nnstudio.project.project import Project


def last_accuracy(studio: Studio) -> float:
    finished = studio.run.history.finished
    assert finished is not None
    return finished.values["test/accuracy"]


def test_xor_from_an_empty_canvas_to_all_points_right(app: MainWindow, qtbot: QtBot) -> None:
    studio = app.studio
    app.new_project()
    view = canvas(app)
    y = view.height() // 2
    spots = [QPoint(90 + 195 * column, y) for column in range(5)]
    ids = [
        place_by_search(qtbot, app, words, spot)
        for words, spot in zip(("input", "linear", "tanh", "linear", "cross"), spots, strict=True)
    ]
    for first, second in itertools.pairwise(ids):
        wire(app, first, "output", second)
    type_value(qtbot, app, ids[1], "out_features", "8")
    type_value(qtbot, app, ids[3], "out_features", "2")

    app.show_place("recipe")
    choose_dataset(app, "nnstudio.xor")
    until(qtbot, lambda: studio.plan.ready and len(studio.plan.nodes) == 5)
    assert errors(studio.problems) == []
    set_recipe(app, lr="0.02", epochs="60")
    qtbot.keyClick(app, Qt.Key.Key_F5)
    until(qtbot, lambda: not studio.run.active)
    assert studio.run.state == "done"
    assert last_accuracy(studio) == 1.0


def choose_dataset(app: MainWindow, id: str) -> None:
    """In the Recipe place: the line "Data", the choice at the right."""
    from nnstudio.gui.places.recipe import RecipePlace
    from nnstudio.gui.widgets.painted import Choice

    place = app.place_widget("recipe")
    assert isinstance(place, RecipePlace)
    data = next(view for view in place.views if view.card.key == "data")
    QTest.mouseClick(data, LEFT)
    assert place.form is not None
    choice = place.form.findChildren(Choice)[0]
    choice.setFocus()
    steps = choice.findData(id) - choice.currentIndex()
    for _ in range(abs(steps)):
        QTest.keyClick(choice, Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)
    assert app.studio.project.data.dataset.type == id


def set_recipe(app: MainWindow, *, lr: str, epochs: str) -> None:
    from nnstudio.gui.inspector.form import Form
    from nnstudio.gui.places.recipe import RecipePlace

    place = app.place_widget("recipe")
    assert isinstance(place, RecipePlace)
    for key, field, text in (("optimizer", "lr", lr), ("stop", "epochs", epochs)):
        QTest.mouseClick(next(view for view in place.views if view.card.key == key), LEFT)
        assert place.form is not None
        form = next(form for form in place.form.findChildren(Form) if field in form.rows)
        line = form.rows[field].line
        assert line is not None
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, text)
        QTest.keyClick(line, Qt.Key.Key_Return)
    assert app.studio.project.recipe.epochs == int(epochs)
    assert app.studio.project.recipe.optimizer.params["lr"] == float(lr)


def test_the_gallerys_lenet_is_rewired_trained_paused_resumed_and_stopped(app: MainWindow, qtbot: QtBot) -> None:
    studio = app.studio
    app.show_place("labs")
    cards = app.place_widget("labs").findChildren(ProjectCard)
    lenet = next(card for card in cards if card.accessibleName() == "Fashion-MNIST, LeNet")
    qtbot.mouseClick(lenet, LEFT)
    until(qtbot, lambda: studio.plan.ready and len(studio.plan.nodes) == len(studio.project.graph.nodes) == 13)

    view = canvas(app)
    before = studio.project
    slot = next(wire.target for wire in studio.project.graph.wires_out_of("conv2"))
    spot = view.wire_position(slot)
    new = view.drop_layer("torch.batch_norm2d", QPointF(spot))
    assert new is not None
    assert studio.project.graph.wires[slot].node == new
    until(qtbot, lambda: new in studio.plan.nodes)
    assert studio.plan.nodes[new].parameters == 32
    qtbot.keyClick(app, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert studio.project == before

    qtbot.mouseClick(app.top_bar.train_button, LEFT)
    until(qtbot, lambda: studio.run.history.step >= 3)
    click_command(qtbot, app, "run.pause")
    until(qtbot, lambda: studio.run.state == "paused")
    step = studio.run.history.step
    click_command(qtbot, app, "run.step")
    until(qtbot, lambda: studio.run.history.step == step + 1 and studio.run.state == "paused")
    click_command(qtbot, app, "run.pause")
    until(qtbot, lambda: studio.run.history.step > step + 3)
    click_command(qtbot, app, "run.stop")
    until(qtbot, lambda: studio.run.state == "stopped")
    assert studio.runs_folder.is_dir()


def test_a_broken_shape_is_followed_to_its_cure(app: MainWindow, qtbot: QtBot) -> None:
    studio = app.studio
    assert studio.open_example("fashion_mnist_lenet")
    until(qtbot, lambda: studio.plan.ready and bool(studio.plan.nodes))
    view = canvas(app)
    flatten = next(node.id for node in studio.project.graph if node.type == "nnstudio.flatten")
    before = len(studio.project.graph.nodes)
    into = studio.project.graph.wires_into(flatten)[0].source
    out = next(wire.target for wire in studio.project.graph.wires_out_of(flatten))
    view.setFocus()
    qtbot.mouseClick(view, LEFT, pos=view.canvas_position_of(flatten))
    qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert flatten not in studio.project.graph.nodes
    drag(view, view.port_position(into.node, into.port), view.port_position(out.node, out.port))
    until(qtbot, lambda: any(problem.fix is not None for problem in studio.problems))

    place = model(app)
    if not place.shown("problems"):
        qtbot.keyClick(app, Qt.Key.Key_P)
    problem = next(problem for problem in studio.problems if problem.fix is not None)
    assert problem.fix is not None
    cure = next(b for b in place.problems.findChildren(QPushButton) if b.text() == problem.fix.label)
    qtbot.mouseClick(cure, LEFT)
    until(qtbot, lambda: studio.plan.ready and len(studio.plan.nodes) == before)
    assert errors(studio.problems) == []


def test_a_killed_engine_costs_the_run_and_nothing_else(app: MainWindow, qtbot: QtBot) -> None:
    studio = app.studio
    assert studio.open_example("fashion_mnist_lenet")
    until(qtbot, lambda: studio.plan.ready and bool(studio.plan.nodes))
    studio.run.train()
    until(qtbot, lambda: studio.run.history.step >= 3)
    assert studio.run.trainer is not None
    pid = studio.run.trainer.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(qtbot, lambda: studio.run.state == "crashed")
    assert studio.run.history.step >= 3
    assert app.messages.isVisible()
    assert "9" in app.messages.text
    studio.undo()
    studio.run.train()
    until(qtbot, lambda: studio.run.history.step >= 1 and studio.run.state == "running")
    assert studio.run.trainer.pid != pid
    studio.run.stop()
    until(qtbot, lambda: not studio.run.active)


EDIT_AND_WAIT = """
import sys, time
from pathlib import Path
from nnstudio.gui.app import make_app
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.project.edits import set_field
from nnstudio.project.project import Project

app = make_app()
studio = Studio(settings=Settings(Path(sys.argv[1]) / "settings.json"))
studio.open_project(Project("Lost"))
studio.do(set_field(studio.project, "project", "notes", "not lost"))
print("edited", flush=True)
app.exec()
"""


def test_what_was_not_saved_is_there_after_kill_9(app: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", EDIT_AND_WAIT, str(tmp_path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"edited\n"
    folder = tmp_path / "recovery"
    end = time.monotonic() + PATIENCE / 1000
    while not (folder.is_dir() and list(folder.glob("*.recovery"))) and time.monotonic() < end:
        qtbot.wait(20)
    assert recoverable(folder) == []  # its program lives
    child.kill()
    child.wait()

    settings = Settings(tmp_path / "settings.json")
    studio = Studio(load(), settings=settings)
    window = MainWindow(studio)
    qtbot.addWidget(window)
    window.show()
    window.build()
    window.show_place("labs")
    recover = next(b for b in window.place_widget("labs").findChildren(QPushButton) if b.text() == "Recover")
    qtbot.mouseClick(recover, LEFT)
    assert studio.project == Project("Lost", notes="not lost")
    assert studio.document.changed
    window.close()
