"""What is painted: scrolling and mending give the same pixels as painting all anew; each detail is there when it should be."""

import numpy as np
import pytest
from canvas_network import NONE, chain_graph, drag, hover, open_graph
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from nnstudio.events import NodeStats, Steps
from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.back_buffer import BackBuffer
from nnstudio.gui.canvas.camera import BLOCKS_BELOW, TITLES_BELOW, Camera
from nnstudio.gui.theme import theme
from nnstudio.problems import Problem, Severity
from nnstudio.project.edits import move, set_param
from nnstudio.project.graph import Graph, Node, Slot, Source


def pixels(view: CanvasView) -> np.ndarray:
    """Of the canvas without the strip below, where minimap and status lie."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return flat[:-90, : image.width(), :3].copy()


def anew(view: CanvasView) -> np.ndarray:
    view.repaint_all(geometry=True)
    return pixels(view)


@pytest.fixture
def bare(chain: CanvasView) -> CanvasView:
    """Without the minimap."""
    chain.toggle_minimap()
    return chain


@pytest.mark.parametrize("level", [0, 5, -12, -20, -40])
def test_panning_shows_what_painting_anew_shows(bare: CanvasView, level: int) -> None:
    bare.zoom_to(level)
    pixels(bare)
    for offset in ((13, 7), (-40, 3), (0, -31), (200, 120), (-173, -99)):
        bare.set_camera(bare.whole_pan(bare.camera, QPointF(*offset)), moving=True)
        scrolled = pixels(bare)
    assert np.array_equal(scrolled, anew(bare))


@pytest.mark.parametrize("ratio", [1.25, 1.5, 2.0])
def test_panning_is_exact_on_screens_of_every_scale(chain: CanvasView, ratio: float) -> None:
    size, buffer = chain.size(), BackBuffer(chain.renderer)
    camera = chain.camera
    for steps in (
        (10, 4),
        (-37, 90),
        (3, -55),
        *((7, 40),) * 9,
        *((-11, -60),) * 9,
    ):  # beyond the free memory at both ends
        camera = camera.panned(steps[0] / ratio, steps[1] / ratio)
        scrolled = buffer.picture(size, ratio, camera, moving=True)
    assert scrolled == BackBuffer(chain.renderer).picture(size, ratio, camera, moving=False)


@pytest.mark.parametrize("ratio", [1.0, 1.5])
def test_blocks_seen_from_far_are_whole_where_they_were_scrolled_into_sight(view: CanvasView, ratio: float) -> None:
    """Struck through, with an inner edge, ringed, on each other: the same as painted at once."""
    spots = [(column * 70.0, row * 40.0) for row in range(6) for column in range(8)]
    kinds = ("torch.relu", "block:unit", "torch.linear", "nnstudio.add")
    nodes = [
        Node(f"n{index}", kinds[index % 4], position=spot, bypassed=index % 4 == 0, collapsed=index % 5 == 0)
        for index, spot in enumerate(spots)
    ]
    open_graph(view, Graph({node.id: node for node in nodes}, {}))
    view.studio.select(["n9", "n10", "n20"])
    size, buffer = view.size(), BackBuffer(view.renderer)
    camera, step = Camera(680.0, 340.0, -40), 13 / ratio
    for _ in range(20):
        camera = camera.panned(step, step)
        scrolled = buffer.picture(size, ratio, camera, moving=True)
    whole = BackBuffer(view.renderer).picture(size, ratio, camera, moving=False)
    assert scrolled == whole
    colors = {whole.pixel(x, y) for x in range(0, whole.width(), 2) for y in range(0, whole.height(), 2)}
    assert theme.color("node_selected").rgba() in colors


def test_what_changes_its_look_is_mended_in_place(bare: CanvasView) -> None:
    studio = bare.studio
    before = pixels(bare)
    studio.select(["conv1"])
    assert not np.array_equal(pixels(bare), before)
    assert np.array_equal(pixels(bare), anew(bare))
    studio.run.history.add(NodeStats(1, {"relu1": {"dead": 0.41}}, {"conv1": np.arange(16)}))
    studio.run.history.add(Steps(0, {"loss": np.array([0.5])}))
    studio.run.history_changed.emit({"nodes", "steps"})
    turns = 0
    while bare._outdated:  # a few nodes a turn: no frame pays for all
        bare._show_live()
        turns += 1
    assert turns > 1
    assert bare.looks.of(bare.scene.row["relu1"]).figure == "41 % dead"
    assert bare.looks.of(bare.scene.row["loss1"]).figure == "0.5"
    assert len(bare.looks.of(bare.scene.row["conv1"]).bars) == 8
    assert np.array_equal(pixels(bare), anew(bare))
    studio.select([])
    assert np.array_equal(pixels(bare), anew(bare))


def test_what_is_selected_before_a_pan_is_painted_is_ringed(bare: CanvasView) -> None:
    pixels(bare)
    bare.set_camera(bare.whole_pan(bare.camera, QPointF(400, 0)), moving=True)
    bare.studio.select(["conv1"])
    assert np.array_equal(pixels(bare), anew(bare))


def test_what_is_selected_while_a_pan_has_it_out_of_sight_is_ringed_when_it_is_back(bare: CanvasView) -> None:
    pixels(bare)
    home = bare.camera
    bare.set_camera(bare.whole_pan(home, QPointF(-5000, 0)))
    bare.studio.select(["conv1"])
    bare.set_camera(home)
    assert np.array_equal(pixels(bare), anew(bare))


def test_a_drag_paints_over_and_leaves_the_scene_as_the_edit_does(bare: CanvasView) -> None:
    start = bare.canvas_position_of("conv1")
    drag(bare, start, start + QPoint(40, 60), release=False)
    shown = pixels(bare)
    assert not np.array_equal(shown, anew(bare)[::-1])
    QTest.mouseRelease(bare, Qt.MouseButton.LeftButton, NONE, start + QPoint(40, 60))
    bare.input.forget_hover()
    assert np.array_equal(pixels(bare), anew(bare))


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 2.0])
def test_pictures_of_nodes_are_sharp_at_every_screen_scale(bare: CanvasView, scale: float) -> None:
    """A card's edge falls on whole device pixels: the column outside it has no trace of it."""
    row = bare.scene.row["input1"]
    x, _ = bare.renderer.device_corners(bare.camera, np.array([row]), scale)
    assert x.dtype == np.int64
    picture = bare.renderer.sprites.of(bare.looks.of(row), bare.camera.zoom * scale, brief=False).toImage()
    margin = (picture.width() - round(160 * bare.camera.zoom * scale)) // 2
    middle = picture.height() // 4
    assert picture.pixelColor(margin + 3, middle).alpha() == 255
    assert picture.pixelColor(margin - 5 * round(scale), middle).alpha() == 0


def test_far_away_only_blocks_of_colour_remain(bare: CanvasView) -> None:
    bare.set_zoom(BLOCKS_BELOW * 0.8)
    image = bare.grab().toImage()
    for id, category in (("conv1", "weights"), ("relu1", "activation"), ("loss1", "output")):
        assert image.pixelColor(bare.canvas_position_of(id)) == theme.category(category)
    bare.set_zoom((BLOCKS_BELOW + TITLES_BELOW) / 2)
    image = bare.grab().toImage()
    rect = bare.node_rect(bare.scene.row["conv1"])
    bar = QPointF(rect.left() + 13 * bare.camera.zoom, rect.center().y()).toPoint()
    near = {image.pixelColor(bar + QPoint(dx, 0)).name() for dx in (-1, 0, 1)}
    assert theme.category("weights").name() in near


def test_a_problem_rings_its_node_and_says_itself_on_hover(bare: CanvasView) -> None:
    problem = Problem(
        "shape.rank", "Linear 'fc1' expects a vector.", remedy="Insert Flatten?", node="fc1", port="input"
    )
    warning = Problem("doctor.dead", "41 % dead.", Severity.WARNING, node="relu1")
    bare.studio.problems = (problem, warning)
    bare.studio.problems_changed.emit()
    row = bare.scene.row["fc1"]
    assert bare.looks.of(row).severity == 3 and bare.looks.of(bare.scene.row["relu1"]).severity == 2
    tip = bare.input.hover.tip(bare.input.hover.look(QPointF(bare.canvas_position_of("fc1"))))
    assert tip == "Linear 'fc1' expects a vector. Insert Flatten?"
    image = bare.grab().toImage()
    corner = bare.node_rect(row).topRight().toPoint()
    colors = {image.pixelColor(corner + QPoint(dx, dy)).name() for dx in range(-14, 6) for dy in range(-8, 12)}
    assert theme.color("bad").name() in colors
    on_wire = bare.wire_position(Slot("fc1"))
    assert any(image.pixelColor(on_wire + QPoint(0, dy)) == theme.color("wire_invalid") for dy in (-1, 0, 1))
    bare.studio.problems = ()
    bare.studio.problems_changed.emit()
    assert bare.looks.of(row).severity == 0


def test_an_unknown_type_is_shown_and_named(view: CanvasView) -> None:
    open_graph(view, Graph({"a": Node("a", "fourier.swish")}, {}))
    look = view.looks.of(view.scene.row["a"])
    assert look.unknown and look.title == "swish" and look.figure == "fourier.swish" and "No plugin" in look.line
    view.grab()


def test_the_lines_on_a_node_say_what_it_does(chain: CanvasView) -> None:
    studio = chain.studio
    conv = chain.looks.of(chain.scene.row["conv1"])
    assert conv.title == "Conv 2d" and conv.line
    studio.do(set_param(studio.project, "conv1", "out_channels", 48))
    assert "48" in chain.looks.of(chain.scene.row["conv1"]).line
    assert chain.looks.of(chain.scene.row["input1"]).line == "1 × 28 × 28"
    assert chain.looks.wire_text(chain.scene.wire_row[Slot("relu1")]) == "6×24×24"
    studio.do(set_param(studio.project, "conv1", "out_channels", "nonsense"))
    assert chain.looks.of(chain.scene.row["conv1"]).title == "Conv 2d"


def test_changes_reach_the_screen(bare: CanvasView) -> None:
    bare.set_zoom(1.0)
    before = pixels(bare)
    bare.studio.do(move(bare.studio.project, {"conv1": (260.0, 40.0)}))
    assert not np.array_equal(pixels(bare), before)
    bare.studio.undo()
    assert np.array_equal(pixels(bare), before)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_theme_is_followed(bare: CanvasView, mode: str) -> None:
    try:
        theme.set_mode(mode)  # type: ignore[arg-type]
        image = bare.grab().toImage()
        assert image.pixelColor(3, 3) == theme.color("canvas")
        inside = bare.node_rect(bare.scene.row["conv1"]).bottomLeft().toPoint() + QPoint(80, -6)
        assert image.pixelColor(inside) == theme.color("node")
    finally:
        theme.set_mode("system")


def test_an_exception_while_painting_still_ends_the_painter(chain: CanvasView, monkeypatch) -> None:
    """A painter left open would abort the process at the next paint."""

    def fail(*_: object) -> None:
        raise RuntimeError("painting failed")

    monkeypatch.setattr(chain.renderer, "paint_nodes", fail)
    chain.repaint_all()
    with pytest.raises(RuntimeError, match="painting failed"):
        chain.grab()
    monkeypatch.undo()
    chain.repaint_all()
    assert not chain.grab().isNull()


def test_the_status_strip_counts(chain: CanvasView) -> None:
    assert chain.status.text.startswith("6 nodes · ")
    chain.studio.problems = (Problem("a", "A."), Problem("b", "B."))
    chain.studio.problems_changed.emit()
    assert chain.status.text.endswith("2 problems")


def test_everything_hovered_and_dragged_can_be_painted_at_every_zoom(chain: CanvasView) -> None:
    graph = chain_graph()
    wires = {**graph.wires, Slot("relu1", "input"): Source("loss1"), Slot("conv1", "input"): Source("fc1")}
    open_graph(chain, Graph(graph.nodes, wires))  # a circle and a wire from nowhere
    for zoom in (2.0, 1.0, 0.4, 0.1, 0.01):
        chain.set_zoom(zoom)
        for id in graph.nodes:
            hover(chain, chain.canvas_position_of(id))
            chain.grab()
        drag(chain, chain.canvas_position_of("fc1"), chain.canvas_position_of("fc1") + QPoint(50, 50), release=False)
        chain.grab()
        QTest.keyClick(chain, Qt.Key.Key_Escape)
        QTest.mouseRelease(chain, Qt.MouseButton.LeftButton, NONE, QPoint(1, 1))
