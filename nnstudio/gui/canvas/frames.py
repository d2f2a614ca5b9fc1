"""Where are the frames, and what of one is under a point? Qt-free. What is done with them: `project.frames`."""

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from nnstudio.project.boxes import Box, frame_box
from nnstudio.project.graph import Frame, Graph
from nnstudio.specs import CATEGORIES

TITLE_HEIGHT = 28.0  # of the bar that a frame is held by, at 100 %
FARTHEST = 1e6  # a file may say 1e300: what is beyond this is shown at the rim
EDGE_PIXELS = 6.0  # how far from an edge one holds it
LABEL_PIXELS = 18.0  # from far its title stands above it, so high on the screen
NEAR = 0.45  # from this zoom on the title stands in the frame
COLORS = ("", *CATEGORIES)
"""What a frame may have for a colour."""
_COLOR = {name: index for index, name in enumerate(COLORS)}

Part = Literal[
    "title", "body", "left", "right", "top", "bottom", "top left", "top right", "bottom left", "bottom right"
]
_SIDES: dict[tuple[int, int], Part] = {
    (-1, 0): "left", (1, 0): "right", (0, -1): "top", (0, 1): "bottom",
    (-1, -1): "top left", (1, -1): "top right", (-1, 1): "bottom left", (1, 1): "bottom right",
}  # fmt: skip


class FrameHit(NamedTuple):
    """What of which frame is under a point."""

    id: str
    part: Part

    @property
    def sides(self) -> tuple[int, int]:
        """Which edges move when it is dragged: (-1 left, 1 right or 0, -1 top, 1 bottom or 0)."""
        return next((sides for sides, part in _SIDES.items() if part == self.part), (0, 0))


class Frames:
    """The frames of a graph, larger ones first, as they are painted; selected: ids. under_way: those that a gesture paints, at `moved[id]`.

    ids, boxes and colors (indices into COLORS) are of the same order.
    """

    def __init__(self) -> None:
        self.by_id: Mapping[str, Frame] = {}
        self.ids: list[str] = []
        self.boxes: npt.NDArray[np.float64] = np.zeros((0, 4))
        self.colors: npt.NDArray[np.int64] = np.zeros(0, np.int64)
        self._index: dict[str, int] = {}
        self.selected: set[str] = set()
        self.moved: dict[str, Box] = {}
        self.under_way: set[str] = set()

    def load(self, graph: Graph) -> None:
        """As they are in `graph`; what was under way is over."""
        self.by_id, self.moved, self.under_way = graph.frames, {}, set()
        self.selected &= set(graph.frames)
        self._arrange()

    def place(self, boxes: Mapping[str, Box]) -> None:
        """Show these frames elsewhere, for as long as a gesture lasts."""
        self.moved = dict(boxes)
        self._arrange()

    def _arrange(self) -> None:
        shown = [(id, self.moved.get(id) or frame_box(frame)) for id, frame in self.by_id.items()]
        shown.sort(key=lambda item: (-_area(item[1]), item[0]))
        self.ids = [id for id, _ in shown]
        self.boxes = np.clip(np.array([box for _, box in shown], np.float64).reshape(-1, 4), -FARTHEST, FARTHEST)
        self._index = {id: index for index, id in enumerate(self.ids)}
        self.colors = np.array([_COLOR.get(self.by_id[id].color, 0) for id in self.ids], np.int64)

    def __len__(self) -> int:
        return len(self.ids)

    def box(self, id: str) -> Box:
        left, top, right, bottom = self.boxes[self._index[id]]
        return float(left), float(top), float(right), float(bottom)

    def places(self, ids: Iterable[str]) -> npt.NDArray[np.int64]:
        """Where these are in `ids`, `boxes` and `colors`."""
        return np.array([self._index[id] for id in ids], np.int64)

    def bounds(self) -> Box | None:
        if not self.ids:
            return None
        (left, top), (right, bottom) = self.boxes[:, :2].min(axis=0), self.boxes[:, 2:].max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    def within(self, box: Box, margin: float = 0.0) -> list[str]:
        """Ids of those that touch `box`, larger ones first."""
        return [self.ids[index] for index in self._touching(box, margin)]

    def shown(self, box: Box, margin: float = 0.0, *, only: Collection[str] | None = None) -> npt.NDArray[np.int64]:
        """Indices of those that touch `box`. only: of these, else of all but those under way."""
        found = self._touching(box, margin)
        if only is None and not self.under_way:
            return found
        wanted = [
            (id not in self.under_way) if only is None else (id in only) for id in map(self.ids.__getitem__, found)
        ]
        return found[np.array(wanted, np.bool_)]

    def _touching(self, box: Box, margin: float) -> npt.NDArray[np.int64]:
        left, top, right, bottom = box
        boxes = self.boxes
        touching = (boxes[:, 0] < right + margin) & (boxes[:, 2] > left - margin)
        touching &= (boxes[:, 1] < bottom + margin) & (boxes[:, 3] > top - margin)
        return np.flatnonzero(touching)

    def at(self, x: float, y: float, zoom: float) -> FrameHit | None:
        """What is under a point: of the topmost frame its edges, its title, its body."""
        if not self.ids:
            return None
        for id in reversed(self.within((x, y, x, y), LABEL_PIXELS / zoom)):
            part = _part(self.box(id), x, y, zoom)
            if part is not None:
                return FrameHit(id, part)
        return None

    def caught(self, box: Box) -> list[str]:
        """Ids of those that lie wholly within `box`: what a rubber band selects."""
        left, top, right, bottom = box
        boxes = self.boxes
        inside = (boxes[:, 0] >= left) & (boxes[:, 1] >= top) & (boxes[:, 2] <= right) & (boxes[:, 3] <= bottom)
        return [self.ids[index] for index in np.flatnonzero(inside)]

    def select(self, ids: Iterable[str]) -> None:
        self.selected = {id for id in ids if id in self.by_id}


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _part(box: Box, x: float, y: float, zoom: float) -> Part | None:
    left, top, right, bottom = box
    reach = EDGE_PIXELS / zoom
    if not (left - reach <= x <= right + reach):
        return None
    if zoom < NEAR and top - LABEL_PIXELS / zoom <= y < top - reach / 2:
        return "title"
    if not top - reach <= y <= bottom + reach:
        return None
    narrow = min(right - left, bottom - top) < 4 * reach  # all of it would be edge
    across = 0 if narrow else -1 if x < left + reach else 1 if x > right - reach else 0
    along = 0 if narrow else -1 if y < top + reach / 2 else 1 if y > bottom - reach else 0
    if across or along:
        return _SIDES[across, along]
    return "title" if y < top + TITLE_HEIGHT else "body"
