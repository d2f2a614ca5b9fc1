"""Finding, comparing and looking around: a scenario for each command of the family."""

from PySide6.QtWidgets import QApplication, QMenu
from scenario import (
    LOOSE,
    Act,
    Before,
    Check,
    Key,
    Scenario,
    dialog_answered,
    selected,
    shared_file,
    type_into,
    with_nodes,
)

from nnstudio.events import NodeStats
from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.find_bar import FindBar, find_bar
from nnstudio.gui.graph_compare import GraphCompare
from nnstudio.project import file
from nnstudio.project.bookmarks import NUMBERS, with_mark
from nnstudio.project.project import Bookmark, Project


def panned(dx: int, dy: int) -> Check:
    def check(view: CanvasView, before: Before) -> bool:
        now, then = view.camera, before.camera
        sign = (now.left > then.left) - (now.left < then.left), (now.top > then.top) - (now.top < then.top)
        return sign == (dx, dy) and now.level == then.level

    return check


def inside(view: CanvasView, *ids: str) -> bool:
    return all(view.rect().toRectF().contains(view.node_rect(view.scene.row[id])) for id in ids)


def zoomed_far(view: CanvasView) -> None:
    view.set_zoom(2.0)


def looking_away(view: CanvasView) -> None:
    view.set_camera(Camera(-4000.0, -4000.0, 8))


def shapes_on_wires(view: CanvasView) -> None:
    """Of a network that has been trained: before that there is nothing else to show."""
    view.studio.run.history.add(NodeStats(0, {"conv1": {"weight": 1.0, "gradient": 0.1}}))
    while view.looks.values.mode:
        view.looks.values.next()


def marked(number: int) -> Act:
    """A bookmark somewhere else."""

    def act(view: CanvasView) -> None:
        studio = view.studio
        mark = Bookmark("There", "/".join(studio.scope.path), 3000.0, 2000.0, 1.0, number)
        studio.do(with_mark(studio.project, mark))

    return act


def bookmarked(number: int) -> Check:
    return lambda view, before: number in {mark.number for mark in view.studio.project.bookmarks}


def sees(x: float, y: float) -> Check:
    def check(view: CanvasView, before: Before) -> bool:
        middle = view.camera.to_plane(view.width() / 2, view.height() / 2)
        return abs(middle[0] - x) < 2 and abs(middle[1] - y) < 2

    return check


def came_from_elsewhere(view: CanvasView) -> None:
    away = Camera().centred(3000.0, 2000.0, view.width(), view.height())
    view.came_from = (view.studio.scope.path, away)


def minimap_shown(view: CanvasView) -> None:
    if not view.minimap.isVisible():
        view.toggle_minimap()


def nothing_sought(view: CanvasView) -> None:
    for bar in view.findChildren(FindBar):
        bar.field.clear()
        bar.close_bar()


def sought(text: str) -> Act:
    """The bar was used and closed."""

    def act(view: CanvasView) -> None:
        bar = find_bar(view)
        bar.open()
        bar.field.setText(text)
        bar.close_bar()

    return act


def comparison_of(view: CanvasView) -> GraphCompare | None:
    return next((shown for shown in view.window().findChildren(GraphCompare) if shown.isVisible()), None)


def comparing(view: CanvasView, before: Before) -> bool:
    return comparison_of(view) is not None


def file_to_compare(view: CanvasView) -> None:
    """In place of what else the dialog is answered with: another project."""
    for shown in view.window().findChildren(GraphCompare):
        shown.close()
    shared_file(view).unlink(missing_ok=True)
    assert not file.write(Project("Other"), shared_file(view))


def saved_before(view: CanvasView) -> None:
    file_to_compare(view)
    view.studio.document.path = shared_file(view)


def runs_are_kept(view: CanvasView) -> None:
    view.studio.runs_folder.mkdir(parents=True, exist_ok=True)


LOOK: dict[str, Scenario] = {
    # finding and comparing
    "canvas.find": Scenario(
        "selection", selected("relu1"), prepare=nothing_sought, answer=type_into("relu1", Key.Key_Return)
    ),
    "canvas.find_next": Scenario(
        "selection", selected("conv1"), ("relu1",), prepare=sought("type:conv"), graph=with_nodes(LOOSE)
    ),
    "canvas.find_previous": Scenario(
        "selection", selected("conv1"), ("relu1",), prepare=sought("type:conv"), graph=with_nodes(LOOSE)
    ),
    "canvas.compare_saved": Scenario("elsewhere", comparing, prepare=saved_before),
    "canvas.compare_file": Scenario("elsewhere", comparing, prepare=file_to_compare, answer=dialog_answered),
    "canvas.compare_run": Scenario(
        "elsewhere", lambda view, before: isinstance(QApplication.activePopupWidget(), QMenu), prepare=runs_are_kept
    ),
    # looking
    "canvas.fit": Scenario("camera", lambda view, before: inside(view, *before.graph.nodes), prepare=zoomed_far),
    "canvas.fit_selection": Scenario(
        "camera", lambda view, before: inside(view, "loss1"), ("loss1",), prepare=looking_away
    ),
    "canvas.bookmarks": Scenario("elsewhere", lambda view, before: isinstance(QApplication.activePopupWidget(), QMenu)),
    "canvas.back": Scenario("camera", sees(3000, 2000), prepare=came_from_elsewhere),
    **{f"canvas.go_{number}": Scenario("camera", sees(3000, 2000), prepare=marked(number)) for number in NUMBERS},
    **{f"canvas.set_{number}": Scenario("document", bookmarked(number)) for number in NUMBERS},
    "canvas.zoom_in": Scenario("camera", lambda view, before: view.camera.zoom > before.camera.zoom),
    "canvas.zoom_out": Scenario("camera", lambda view, before: view.camera.zoom < before.camera.zoom),
    "canvas.zoom_reset": Scenario("camera", lambda view, before: view.camera.zoom == 1.0, prepare=zoomed_far),
    "canvas.pan_up": Scenario("camera", panned(0, -1)),
    "canvas.pan_down": Scenario("camera", panned(0, 1)),
    "canvas.pan_left": Scenario("camera", panned(-1, 0)),
    "canvas.pan_right": Scenario("camera", panned(1, 0)),
    "canvas.minimap": Scenario("look", lambda view, before: not view.minimap.isVisible(), prepare=minimap_shown),
    "canvas.wire_values": Scenario("look", lambda view, before: bool(view.looks.values.mode), prepare=shapes_on_wires),
}
