"""Titles of frames from far: above the nodes, none on another or on an edge, the same however the picture came about."""

import numpy as np
import pytest
from canvas_network import open_graph
from PySide6.QtCore import QPointF, QRectF, QSize

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.back_buffer import BackBuffer
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.frame_titles import readable
from nnstudio.gui.canvas.scene import ints
from nnstudio.gui.theme import theme
from nnstudio.project.boxes import Box
from nnstudio.project.graph import Frame, Graph, Node

ALL: Box = (-1e6, -1e6, 1e6, 1e6)


def titles(view: CanvasView, zoom: float, box: Box = ALL) -> set[str]:
    return {view.frames.ids[place] for place in ints(readable(view.frames, zoom, box))}


def open_frames(view: CanvasView, *frames: Frame) -> None:
    open_graph(view, Graph({}, {}, {frame.id: frame for frame in frames}))


@pytest.mark.parametrize(("zoom", "read"), [(0.4, {"outer", "inner"}), (0.3, {"outer"}), (0.05, set())])
def test_a_title_that_would_lie_on_an_outer_edge_or_title_is_left_out(
    view: CanvasView, zoom: float, read: set[str]
) -> None:
    open_frames(
        view,
        Frame("outer", "Classifier head", "", (0, 0), (700, 300)),
        Frame("inner", "Hidden layer", "", (32, 40), (500, 200)),
    )
    assert titles(view, zoom) == read


def test_of_two_titles_on_one_spot_the_larger_frame_has_its(view: CanvasView) -> None:
    open_frames(view, Frame("small", "Small", "", (0, 0), (300, 200)), Frame("large", "Large", "", (0, 0), (400, 400)))
    assert titles(view, 0.4) == {"large"}


def test_a_title_reaches_no_further_than_its_words(view: CanvasView) -> None:
    """Another frame's edge beyond them does not matter."""
    open_frames(
        view,
        Frame("wide", "Stem", "", (0, 0), (1000, 300)),
        Frame("above", "Aside", "", (600, -400), (300, 390)),
    )
    assert titles(view, 0.3) == {"wide", "above"}
    open_frames(
        view,
        Frame("wide", "Stem", "", (0, 0), (1000, 300)),
        Frame("above", "Aside", "", (20, -400), (300, 390)),
    )
    assert titles(view, 0.3) == {"above"}


@pytest.mark.parametrize("seed", range(5))
def test_which_titles_are_read_depends_on_no_part_that_is_painted(view: CanvasView, seed: int) -> None:
    """Else a part that is mended would not fit what is beside it."""
    random = np.random.default_rng(seed)
    spots, sizes = random.uniform(0, 2000, (60, 2)), random.uniform(150, 700, (60, 2))
    frames = [
        Frame(f"f{index}", "Title " * (1 + index % 3), "", tuple(spot), tuple(size))
        for index, (spot, size) in enumerate(zip(spots.tolist(), sizes.tolist(), strict=True))
    ]
    open_frames(view, *frames)
    whole = titles(view, 0.3)
    parts = [(x, y, x + 300.0, y + 300.0) for x in range(-300, 2700, 300) for y in range(-300, 2700, 300)]
    assert 0 < len(whole) < 60
    assert set().union(*(titles(view, 0.3, part) for part in parts)) == whole
    buffer, camera, size = BackBuffer(view.renderer), Camera(0.0, 0.0, -40), QSize(400, 300)
    for _ in range(8):
        camera = camera.panned(-23, -17)
        scrolled = buffer.picture(size, 1.0, camera, moving=False)
    assert scrolled == BackBuffer(view.renderer).picture(size, 1.0, camera, moving=False)


def test_a_title_is_read_above_the_card_over_its_frame(view: CanvasView) -> None:
    nodes = {
        "relu1": Node("relu1", "torch.relu", position=(0, -104)),
        "fc1": Node("fc1", "torch.linear", position=(32, 40)),
    }
    open_graph(view, Graph(nodes, {}, {"f": Frame("f", "Head of it", "", (0, 0), (400, 200))}))
    view.toggle_minimap()
    view.set_zoom(0.21)
    view.look_at(200, 50)
    image = view.grab().toImage()
    corner = QPointF(*view.camera.to_widget(0, 0))
    over = (
        QRectF(corner.x(), corner.y() - 11, 30, 9)
        .toRect()
        .intersected(view.node_rect(view.scene.row["relu1"]).toRect())
    )
    spots = [(x, y) for x in range(over.left(), over.right()) for y in range(over.top(), over.bottom())]
    colors = {image.pixelColor(*spot).name() for spot in spots}
    assert spots and theme.color("canvas").name() in colors and theme.color("node").name() not in colors
