"""How is it shown that nodes share their weights? By a dashed tie from one to the other, with the sign of a link in its middle."""

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from nnstudio.gui.canvas.camera import TITLES_BELOW, Camera
from nnstudio.gui.canvas.scene import Box, Rows, Scene, ints
from nnstudio.gui.theme import theme

SAG = 36.0  # how far a tie hangs below the lower of its nodes
SIGN = 18  # the link's ground, from side to side


def ties(scene: Scene) -> list[tuple[int, int]]:
    """(row that uses the weights, row that they belong to), where both are on show."""
    return [
        (row, scene.row[owner])
        for row, owner in scene.sharing.items()
        if owner in scene.row and scene.row[owner] != row
    ]


def paint_ties(painter: QPainter, scene: Scene, camera: Camera, box: Box, *, hidden: Rows, fresh: bool = False) -> None:
    """Those that touch `box` and are not at nodes under way (`hidden`); fresh: those at nodes under way."""
    if not scene.sharing:
        return
    under_way = set(ints(hidden))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(camera.zoom, camera.zoom)
    painter.translate(-camera.left, -camera.top)
    for user, owner in ties(scene):
        if (user in under_way or owner in under_way) == fresh:
            _paint(painter, scene, user, owner, camera, box)
    painter.restore()


def tie_points(scene: Scene, user: int, owner: int) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Where a tie begins and ends, and the y that it hangs down to."""
    (x0, y0), (x1, y1) = (_below(scene, row) for row in (user, owner))
    return (x0, y0), (x1, y1), max(y0, y1) + SAG


def _below(scene: Scene, row: int) -> tuple[float, float]:
    left, _, right, bottom = scene.box(row)
    return (left + right) / 2, bottom


def _paint(painter: QPainter, scene: Scene, user: int, owner: int, camera: Camera, box: Box) -> None:
    (x0, y0), (x1, y1), low = tie_points(scene, user, owner)
    left, top, right, bottom = box
    if max(x0, x1) + SIGN < left or min(x0, x1) - SIGN > right or low < top or min(y0, y1) > bottom:
        return
    path = QPainterPath(QPointF(x0, y0))
    path.cubicTo(x0, low + SAG / 3, x1, low + SAG / 3, x1, y1)
    pen = QPen(theme.color("wire_label"), max(1.25, 1 / camera.zoom))
    pen.setDashPattern([4, 3])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path)
    if camera.zoom < TITLES_BELOW:
        return
    middle = path.pointAtPercent(0.5)
    painter.setPen(QPen(theme.color("wire_label"), 1))
    painter.setBrush(theme.color("canvas"))
    painter.drawEllipse(middle, SIGN / 2, SIGN / 2)
    side = theme.size("icon_size") - 4
    scale = camera.zoom * painter.device().devicePixelRatio()
    painter.drawPixmap(middle - QPointF(side / 2, side / 2), theme.pixmap("link", "text", side, scale))
