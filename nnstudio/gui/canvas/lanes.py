"""Which lane does each wire take where several run beside each other? No two of different sources on one line, few crossings. Qt-free.

A piece is a level or upright part of a wire. Those that would run on each other, or nearly, share a channel; in it each source gets a lane.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations, pairwise
from typing import NamedTuple

from nnstudio.gui.canvas.routing import Route

LANE = 8.0  # from one lane to the next, where there is room
SIDE_BY_SIDE = 14.0  # pieces that lie nearer to each other share a channel
APART = 5.0  # a lane comes no nearer to an end of another wire, which cannot move
ON_EACH_OTHER = 20  # so many crossings are as bad as two wires on one line
MOST_SHIFTS = 8  # tried to get out of the way of what cannot move

Place = tuple[int, int]
"""A wire's row, and which of its pieces."""
Room = tuple[float, float]


class Piece(NamedTuple):
    """at: where it is across; low, high: from where to where it leads; arms: (along, +1 or −1) the side to which the wire turns, and where.
    source: whose wire it is, as wires of one source may share a lane. moves: the first and the last piece lie at a port, and stay."""

    place: Place
    source: object
    upright: bool
    at: float
    low: float
    high: float
    arms: tuple[tuple[float, int], ...]
    moves: bool

    def beside(self, other: "Piece", reach: float) -> bool:
        """Do they lie nearer to each other than `reach`, side by side?"""
        return (
            self.upright == other.upright
            and abs(self.at - other.at) < reach
            and self.low < other.high + APART
            and other.low < self.high + APART
        )


def pieces_of(row: int, source: object, way: Route) -> list[Piece]:
    if way.curve:
        return []
    points, found = way.points, list[Piece]()
    last = len(points) - 2
    for index, (a, b) in enumerate(pairwise(points)):
        upright = a[0] == b[0]
        across, along = (0, 1) if upright else (1, 0)
        arms: list[tuple[float, int]] = []
        for corner, beyond in ((a, points[index - 1] if index else a), (b, points[index + 2] if index < last else b)):
            aside = beyond[across] - corner[across]
            if aside:
                arms.append((corner[along], 1 if aside > 0 else -1))
        low, high = sorted((a[along], b[along]))
        found.append(Piece((row, index), source, upright, a[across], low, high, tuple(arms), 0 < index < last))
    return found


def channel(piece: Piece, near: Callable[[Piece], Iterable[Piece]]) -> tuple[list[Piece], list[Piece]]:
    """(all that share a channel with `piece`, what cannot move beside them). near: the pieces of other wires around one."""
    members, still = {piece.place: piece}, dict[Place, Piece]()
    waiting = [piece]
    while waiting:
        at = waiting.pop()
        for other in near(at):
            if at.beside(other, SIDE_BY_SIDE):
                if not other.moves:
                    still[other.place] = other
                elif other.place not in members:
                    members[other.place] = other
                    waiting.append(other)
    return sorted(members.values()), sorted(still.values())


def lanes(members: Sequence[Piece], still: Sequence[Piece], rooms: Mapping[Place, Room]) -> dict[Place, float]:
    """Where each member of a channel runs; rooms: from where to where each may be moved."""
    found: dict[object, list[Piece]] = {}
    for piece in members:
        found.setdefault(piece.source, []).append(piece)
    if len(found) == 1 and not any(_on_top(piece, piece.at, still) for piece in members):
        return {piece.place: piece.at for piece in members}
    order = _least_crossings([_bundle(pieces, rooms) for pieces in found.values()])
    level: list[int] = []
    for index, bundle in enumerate(order):
        before = [level[other] for other in range(index) if order[other].beside(bundle)]
        level.append(1 + max(before, default=-1))
    middle = sum(piece.at for piece in members) / len(members)

    def placed(by: float, pitch: float) -> list[float]:
        first = middle + by - pitch * max(level) / 2
        at = [
            min(max(first + pitch * step, bundle.low), bundle.high) for step, bundle in zip(level, order, strict=True)
        ]
        pushed = [(index, range(index)) for index in range(len(order))]
        for index, others in pushed:  # away from those before, as far as there is room
            least = [at[other] + pitch for other in others if order[other].beside(order[index])]
            at[index] = min(max([at[index], *least]), order[index].high)
        for index, _ in reversed(pushed):  # and from those behind
            most = [at[other] - pitch for other in range(index + 1, len(order)) if order[other].beside(order[index])]
            at[index] = max(min([at[index], *most]), order[index].low)
        return at

    def struck(at: Sequence[float]) -> int:
        ends = sum(
            _on_top(piece, where, still) for where, bundle in zip(at, order, strict=True) for piece in bundle.pieces
        )
        pairs = combinations(zip(at, order, strict=True), 2)
        return ends + sum(abs(a - b) < APART and one.beside(other) for (a, one), (b, other) in pairs)

    shifts = [step * LANE / 2 * side for step in range(MOST_SHIFTS) for side in (1, -1)]
    best = min((placed(by, pitch) for pitch in (LANE, APART) for by in shifts), key=struck)
    return {piece.place: where for where, bundle in zip(best, order, strict=True) for piece in bundle.pieces}


class _Bundle(NamedTuple):
    """The pieces of one source in a channel. low, high: from where to where they may be moved."""

    pieces: tuple[Piece, ...]
    low: float
    high: float

    def beside(self, other: "_Bundle") -> bool:
        return any(a.low < b.high + LANE and b.low < a.high + LANE for a in self.pieces for b in other.pieces)


def _bundle(pieces: Sequence[Piece], rooms: Mapping[Place, Room]) -> _Bundle:
    low, high = max(rooms[piece.place][0] for piece in pieces), min(rooms[piece.place][1] for piece in pieces)
    middle = sum(piece.at for piece in pieces) / len(pieces)
    return _Bundle(tuple(pieces), *((low, high) if low <= high else (middle, middle)))


def _on_top(piece: Piece, at: float, still: Iterable[Piece]) -> bool:
    """Would it run on a wire's end, if it ran there?"""
    return any(
        abs(other.at - at) < APART
        and other.source != piece.source
        and piece.low < other.high
        and other.low < piece.high
        for other in still
    )


def _least_crossings(bundles: list[_Bundle]) -> list[_Bundle]:
    """Neighbours change places as long as that saves crossings."""
    bundles.sort(
        key=lambda bundle: (sum(piece.at for piece in bundle.pieces) / len(bundle.pieces), bundle.pieces[0].place)
    )
    for _ in bundles:
        swapped = False
        for index in range(len(bundles) - 1):
            one, other = bundles[index], bundles[index + 1]
            if _crossings(other, one) < _crossings(one, other):
                bundles[index], bundles[index + 1] = other, one
                swapped = True
        if not swapped:
            break
    return bundles


def _crossings(before: _Bundle, behind: _Bundle) -> int:
    """What it costs to have the one bundle in a lane before the other: arms cross lanes, or run on each other."""
    total = (
        ON_EACH_OTHER**2 if before.low + APART > behind.high and before.beside(behind) else 0
    )  # there is no room for it
    for one in before.pieces:
        for other in behind.pieces:
            ahead = [at for at, side in one.arms if side > 0]
            back = [at for at, side in other.arms if side < 0]
            total += sum(other.low < at < other.high for at in ahead) + sum(one.low < at < one.high for at in back)
            total += ON_EACH_OTHER * sum(abs(a - b) < APART for a in ahead for b in back)
    return total
