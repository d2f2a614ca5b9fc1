"""What is done to nodes, and the clipboard: a scenario for each command of the family."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from scenario import Act, Before, Check, Key, Scenario, added, graph_of, name_file, new_ids, type_into

from nnstudio.gui.canvas import CanvasView
from nnstudio.plan import Code
from nnstudio.project.graph import Slot, Source


def duplicated_with_inputs(view: CanvasView, before: Before) -> bool:
    (id,) = new_ids(view, before)
    return graph_of(view).wires[Slot(id)] == Source("conv1") and view.studio.selection == (id,)


def node_is(**fields: object) -> Check:
    return lambda view, before: all(
        getattr(graph_of(view).nodes["conv1"], name) == value for name, value in fields.items()
    )


def choose_in_menu(title: str) -> Act:
    """By keyboard, as far down as the entry is."""

    def act(view: CanvasView) -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        titles = [action.text() for action in menu.actions()]
        for _ in range(titles.index(title)):
            QTest.keyClick(menu, Key.Key_Down)
        QTest.keyClick(menu, Key.Key_Return)

    return act


def clipboard_text() -> str:
    return QGuiApplication.clipboard().text()


def relu_copied(view: CanvasView) -> None:
    view.studio.select(["relu1"])
    view.copy()
    view.studio.select(())


def picture(view: CanvasView) -> Path:
    return view.studio.settings.path.parent / "network.svg"


def no_picture(view: CanvasView) -> None:
    picture(view).unlink(missing_ok=True)


def picture_named(view: CanvasView) -> None:
    name_file(view, picture(view))


def picture_written(view: CanvasView, before: Before) -> bool:
    return picture(view).is_file() and "<svg" in picture(view).read_text(encoding="utf-8")


class AnsweringEngine:
    """Gives code for any nodes."""

    def request(self, type: str, value: Mapping[str, Any], then: Callable[[Any], None], fail: object = None) -> None:
        then(Code(f"# {type} of {', '.join(value['nodes'])}\n"))


def with_engine(view: CanvasView) -> None:
    QGuiApplication.clipboard().clear()
    view.studio.workbench = AnsweringEngine()  # type: ignore[assignment]


def without_engine(view: CanvasView) -> None:
    view.studio.workbench = None


NODES: dict[str, Scenario] = {
    # nodes
    "canvas.rename": Scenario(
        "document",
        lambda view, before: graph_of(view).nodes["conv1"].name == "edges",
        ("conv1",),
        answer=type_into("edges", Key.Key_Return),
    ),
    "canvas.duplicate": Scenario("document", added("torch.relu"), ("relu1",)),
    "canvas.duplicate_wired": Scenario("document", duplicated_with_inputs, ("relu1",)),
    "canvas.delete": Scenario("document", lambda view, before: "relu1" not in graph_of(view).nodes, ("relu1",)),
    "canvas.bypass": Scenario("document", node_is(bypassed=True), ("conv1",)),
    "canvas.collapse": Scenario("document", node_is(collapsed=True), ("conv1",)),
    "canvas.freeze": Scenario(
        "document", lambda view, before: bool(view.studio.project.recipe.rules[-1].frozen), ("conv1",)
    ),
    "canvas.colour": Scenario("document", node_is(color="data"), ("conv1",), answer=choose_in_menu("Data")),
    # clipboard
    "canvas.cut": Scenario(
        "document",
        lambda view, before: "relu1" not in graph_of(view).nodes and "torch.relu" in clipboard_text(),
        ("relu1",),
    ),
    "canvas.copy": Scenario("elsewhere", lambda view, before: "torch.linear" in clipboard_text(), ("fc1",)),
    "canvas.paste": Scenario("document", added("torch.relu"), prepare=relu_copied),
    "canvas.paste_keeping_inputs": Scenario("document", duplicated_with_inputs, prepare=relu_copied),
    "canvas.copy_code": Scenario(
        "elsewhere",
        lambda view, before: "conv1" in clipboard_text(),
        ("conv1",),
        prepare=with_engine,
        answer=without_engine,
    ),
    "canvas.copy_picture": Scenario(
        "elsewhere", lambda view, before: not QGuiApplication.clipboard().image().isNull(), ("conv1",)
    ),
    "canvas.save_picture": Scenario("elsewhere", picture_written, prepare=no_picture, answer=picture_named),
    "canvas.save_picture_light": Scenario("elsewhere", picture_written, prepare=no_picture, answer=picture_named),
}
