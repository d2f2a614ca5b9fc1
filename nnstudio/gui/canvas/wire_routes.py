"""Which way does each wire of the scene take, among all the others? Kept until nodes or wires change. Qt-free.

A wire's own way is found without the others; where such ways run on each other, each gets a lane. So it does not matter which is asked first.
"""

import math

import numpy as np

from nnstudio.gui.canvas.lanes import LANE, Piece, Place, channel, lanes, pieces_of
from nnstudio.gui.canvas.plane import LANE_REACH, WIRE_MARGIN, Box, Floats, ints
from nnstudio.gui.canvas.routing import NEXT_TO, Point, Route, route
from nnstudio.gui.canvas.scene import Scene

NO_OBSTACLES: Floats = np.zeros((0, 4))


class Routes:
    """By row of a wire."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._own: dict[int, Route] = {}
        self._pieces: dict[int, list[Piece]] = {}
        self._lanes: dict[Place, float] = {}
        self._routes: dict[int, Route] = {}

    def forget(self) -> None:
        """Nodes moved, came or went."""
        for kept in (self._own, self._pieces, self._lanes, self._routes):
            kept.clear()

    def of(self, row: int) -> Route:
        found = self._routes.get(row)
        if found is None:
            found = self._routes[row] = self._in_lanes(row)
        return found

    def fresh(self, row: int) -> Route:
        """As things stand at this moment, not kept, and without regard to other wires: for those of nodes under way."""
        x0, y0, x1, y1 = (float(ends[row]) for ends in self._scene.wire_ends())
        return route((x0, y0), (x1, y1), self._around_wire(x0, y0, x1, y1))

    def quick(self, row: int) -> Route:
        """As if nothing stood in the way."""
        x0, y0, x1, y1 = (float(ends[row]) for ends in self._scene.wire_ends())
        return route((x0, y0), (x1, y1), NO_OBSTACLES)

    def obstacles(self, box: Box) -> Floats:
        """The boxes of the nodes that touch `box`."""
        scene = self._scene
        rows = scene.near(box)
        left, top = scene.x[rows], scene.y[rows]
        return np.stack([left, top, left + scene.widths[rows], top + scene.heights[rows]], axis=1)

    def _around_wire(self, x0: float, y0: float, x1: float, y1: float) -> Floats:
        near = 0.0 if y0 == y1 and 0 < x1 - x0 < self._scene.width else LANE_REACH
        box = (min(x0, x1) - WIRE_MARGIN, min(y0, y1) - near, max(x0, x1) + WIRE_MARGIN, max(y0, y1) + near)
        return self.obstacles(box)

    # ── lanes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _own_pieces(self, row: int) -> list[Piece]:
        found = self._pieces.get(row)
        if found is None:
            way = self._own[row] = self.fresh(row)
            found = self._pieces[row] = pieces_of(row, self._scene.wire(row).source, way)
        return found

    def _in_lanes(self, row: int) -> Route:
        pieces = self._own_pieces(row)
        way = self._own[row]
        if len(way.points) == 2 or way.curve:
            return way
        points = list(way.points)
        for piece in pieces:
            if piece.moves:
                index, at = piece.place[1], self._lane(piece)
                for corner in (index, index + 1):
                    x, y = points[corner]
                    points[corner] = (at, y) if piece.upright else (x, at)
        return Route(tuple(points))

    def _lane(self, piece: Piece) -> float:
        if piece.place not in self._lanes:
            members, still = channel(piece, self._near)
            self._lanes |= lanes(members, still, {member.place: self._room(member) for member in members})
        return self._lanes[piece.place]

    def _near(self, piece: Piece) -> list[Piece]:
        """The pieces of other wires that may run beside it."""
        at, low, high = piece.at, piece.low, piece.high
        box = (at, low, at, high) if piece.upright else (low, at, high, at)
        rows = ints(self._scene.wires_near(_wider(box, 2 * LANE)))
        return [other for row in rows if row != piece.place[0] for other in self._own_pieces(row)]

    def _room(self, piece: Piece) -> tuple[float, float]:
        """From where to where it may be moved across."""
        across, along = (0, 1) if piece.upright else (1, 0)
        low: Point = (piece.at - WIRE_MARGIN, piece.low)
        high: Point = (piece.at + WIRE_MARGIN, piece.high)
        box = (low[across], low[along], high[across], high[along])
        found = self.obstacles(_wider(box, NEXT_TO))
        before = found[found[:, across + 2] <= piece.at, across + 2]
        behind = found[found[:, across] >= piece.at, across]
        least = float(before.max()) + NEXT_TO if len(before) else -math.inf
        most = float(behind.min()) - NEXT_TO if len(behind) else math.inf
        return min(least, piece.at), max(most, piece.at)


def _wider(box: Box, by: float) -> Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by
