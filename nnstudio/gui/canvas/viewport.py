"""Which part of the plane is on the screen, and where is what? The canvas's camera: panned, zoomed, fitted, led to places."""

from PySide6.QtCore import QPoint, QPointF, QRectF, QTimer
from PySide6.QtWidgets import QWidget

from nnstudio.gui.canvas.anchors import Anchor
from nnstudio.gui.canvas.camera import Camera, fitted, level_of
from nnstudio.gui.canvas.gliding import Motion, between, frames_between, motion_allowed, moved
from nnstudio.gui.canvas.looks import Looks
from nnstudio.gui.canvas.scene import Box, Scene
from nnstudio.gui.canvas.wire_paint import Wires
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.project.graph import Graph, Slot

FIT_MARGIN = 22.0
SETTLE_MS = 150  # after the last movement all is painted in full


class Viewport(QWidget):
    """The scene of a studio as a camera sees it. Who inherits paints it, and is told by `camera_moved`, `scene_moved` and `settled`."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.camera = Camera()
        self.scene = Scene(studio.registry, theme.size("node_width"), theme.size("node_height"))
        self.looks = Looks(studio, self.scene)
        self.wires = Wires(self.scene, self.looks)
        self.moving = False
        self.fits = True  # shows all, and goes on to when resized, until the camera is moved by hand
        self.came_from: tuple[tuple[str, ...], Camera] | None = None  # the block and the camera before the last jump
        self._settle_timer = QTimer(self)
        self._settle_timer.setSingleShot(True)
        self._settle_timer.setInterval(SETTLE_MS)
        self._settle_timer.timeout.connect(self._settle)
        self._flight = Motion(self, theme.size("motion_fit_ms"), stops=True)
        self._gliding = Motion(self, theme.size("motion_layout_ms"), stops=False)

    # ── told to who inherits ──────────────────────────────────────────────────────────────────────────────────────────

    def camera_moved(self) -> None:
        """Another part of the plane is seen."""

    def scene_moved(self) -> None:
        """Nodes are on their way."""

    def settled(self) -> None:
        """The camera has come to rest: what was skimped on is due."""

    # ── the camera ────────────────────────────────────────────────────────────────────────────────────────────────────

    def set_camera(self, camera: Camera, *, moving: bool = False) -> None:
        """moving: more of the kind is to come, thin wires will do until it rests."""
        self._flight.stop()
        self.fits = False
        self._look(camera, moving=moving)

    def animate_camera(self, camera: Camera) -> None:
        """Get there in a short flight, at once where motion is not wished for; whatever the pointer does ends it where it is."""
        self._flight.finish()
        self.fits = False
        if camera != self.camera:
            self.came_from = (self.studio.scope.path, self.camera)
        if camera == self.camera or not self.isVisible() or not motion_allowed(self.studio.settings):
            self._look(camera)
            return
        start = self.camera

        def step(share: float) -> None:
            self._look(between(start, camera, share, self.width(), self.height()), moving=share < 1)

        self._flight.begin(step)

    def _look(self, camera: Camera, *, moving: bool = False) -> None:
        if camera == self.camera:
            return
        self.camera = camera
        self.moving = moving
        if moving:
            self._settle_timer.start()
        self.camera_moved()
        self.update()

    def _settle(self) -> None:
        self.moving = False
        self.settled()

    def whole_pan(self, camera: Camera, offset: QPointF) -> Camera:
        """`camera` panned by whole device pixels, so that what is painted can be shifted."""
        ratio = self.devicePixelRatioF()
        return camera.panned(round(offset.x() * ratio) / ratio, round(offset.y() * ratio) / ratio)

    def zoom_to(self, level: int, at: QPointF | None = None) -> None:
        point = at or self.rect().toRectF().center()
        self.set_camera(self.camera.zoomed(level, point.x(), point.y()), moving=True)

    def zoom_by(self, factor: float) -> None:
        """About the middle; at least one level."""
        steps = level_of(factor)
        self.zoom_to(self.camera.level + (steps or (1 if factor > 1 else -1)))

    def set_zoom(self, zoom: float) -> None:
        self.zoom_to(level_of(zoom))

    def fit(self) -> None:
        """Show all of the network, at most at 100 %."""
        self.animate_camera(self.camera_for_all())
        self.fits = True

    def fit_at_once(self) -> None:
        self.set_camera(self.camera_for_all())
        self.fits = True

    def camera_for_all(self) -> Camera:
        """All of the network; the status strip covers no node."""
        return self.camera_for(self.scene.bounds(), theme.size("control"))

    def fit_selection(self) -> None:
        """Show the nodes and frames that are selected; all, where nothing is."""
        self.animate_camera(self.camera_for(self.selected_box() or self.scene.bounds()))

    def selected_box(self) -> Box | None:
        """The box around the nodes and frames that are selected; None where nothing is."""
        rows = self.scene.rows_of(self.studio.selection)
        boxes = [self.scene.frames.box(id) for id in self.scene.frames.selected]
        nodes = self.scene.bounds(rows) if len(rows) else None
        boxes += [nodes] if nodes is not None else []
        if not boxes:
            return None
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def camera_for(self, box: Box | None, below: int = 0) -> Camera:
        """The one that shows all of `box`, with so many pixels free below it."""
        if box is None:
            return Camera().centred(0, 0, self.width(), self.height())
        return fitted(box, self.width(), self.height() - below, margin=FIT_MARGIN)

    def look_at(self, x: float, y: float) -> None:
        """Bring this point of the plane into the middle, at once."""
        self.set_camera(self._centred(x, y), moving=True)

    def _centred(self, x: float, y: float) -> Camera:
        wanted = self.camera.centred(x, y, self.width(), self.height())
        zoom = self.camera.zoom
        offset = QPointF((self.camera.left - wanted.left) * zoom, (self.camera.top - wanted.top) * zoom)
        return self.whole_pan(self.camera, offset)

    def show_node(self, node: str) -> None:
        """Bring the node into view, if it is not: one on show by its id, any other by its flat id, whose block is entered."""
        row = self.scene.row.get(node)
        if row is None:
            self.studio.scope.reveal(node)
        elif not self.sees(node):
            left, top, right, bottom = self.scene.box(row)
            self.animate_camera(self._centred((left + right) / 2, (top + bottom) / 2))

    def sees(self, node: str) -> bool:
        """Is all of it in view?"""
        row = self.scene.row.get(node)
        return row is not None and self.rect().toRectF().contains(self.node_rect(row))

    def seen_box(self) -> Box:
        return self.camera.seen(self.width(), self.height())

    # ── nodes and frames on their way ─────────────────────────────────────────────────────────────────────────────────

    def glide(self, before: Graph) -> None:
        """Show nodes and frames that an edit has moved gliding from where they were `before` to where they are."""
        self._gliding.finish()
        if not self.isVisible() or not motion_allowed(self.studio.settings):
            return
        nodes, frames = moved(before, self.scene.graph)
        if not nodes and not frames:
            return
        self.scene.glide_from(nodes)
        self.scene.frames.place(frames_between(frames, 0.0))

        def step(share: float) -> None:
            self.scene.glide_at(share)
            self.scene.frames.place(frames_between(frames, share))
            self.scene_moved()

        self.scene_moved()
        self._gliding.begin(step)

    def end_glide(self) -> None:
        self._gliding.finish()

    # ── where things are, in pixels of the widget ─────────────────────────────────────────────────────────────────────

    def node_rect(self, row: int) -> QRectF:
        left, top, right, bottom = self.scene.box(row)
        return QRectF(QPointF(*self.camera.to_widget(left, top)), QPointF(*self.camera.to_widget(right, bottom)))

    def anchor_pixel(self, row: int, anchor: Anchor, *, output: bool) -> QPointF:
        return QPointF(*self.camera.to_widget(*self.scene.anchor_point(row, anchor, output=output)))

    def port_pixel(self, node: str, port: str, *, order: int = 0, output: bool = False) -> QPointF:
        row = self.scene.row[node]
        anchors = self.scene.anchors[row]
        y = anchors.output_y(port) if output else anchors.input_y(port, order)
        x = float(self.scene.x[row]) + (float(self.scene.widths[row]) if output else 0.0)
        return QPointF(*self.camera.to_widget(x, float(self.scene.y[row]) + y))

    def canvas_position_of(self, node: str) -> QPoint:
        """The middle of the node."""
        return self.node_rect(self.scene.row[node]).center().toPoint()

    def port_position(self, node: str, port: str, order: int = 0) -> QPoint:
        """The middle of an input or output of the node."""
        outputs = {anchor.port for anchor in self.scene.anchors[self.scene.row[node]].outputs}
        return self.port_pixel(node, port, order=order, output=port in outputs).toPoint()

    def wire_position(self, slot: Slot) -> QPoint:
        """A point in the middle of the wire that ends in `slot`."""
        way = self.wires.route(self.scene.wire_row[slot])
        points = way.samples(3)
        x, y = points[1] if way.curve else (points[len(points) // 2 - 1] + points[len(points) // 2]) / 2
        return QPointF(*self.camera.to_widget(float(x), float(y))).toPoint()
