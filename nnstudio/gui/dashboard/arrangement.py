"""Which cards stand on the dashboard, with which settings, and where? No Qt.

A card is kept in the project as one text: the view's id, and behind a question mark the settings that differ from the default:
`nnstudio.loss?axis=steps&smoothing=0.9`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

from nnstudio.params import coerce, form_fields
from nnstudio.registry import Registry


@dataclass(frozen=True)
class CardChoice:
    """One card: a view and its settings where they differ from the default."""

    view: str
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def text(self) -> str:
        shown = {name: _shown(value) for name, value in sorted(self.params.items())}
        return f"{self.view}?{urlencode(shown)}" if shown else self.view


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)


def read_card(text: str, registry: Registry) -> CardChoice:
    """The inverse of `CardChoice.text`. Settings that the view does not know are kept as text: its form will say so."""
    view, _, query = text.partition("?")
    spec = registry.views.get(view)
    fields = {item.name: item for item in form_fields(spec.params)} if spec else {}
    pairs = parse_qsl(query, keep_blank_values=True)
    return CardChoice(view, {name: coerce(fields[name], value) if name in fields else value for name, value in pairs})


def shown_cards(dashboard: Sequence[str], registry: Registry) -> list[CardChoice]:
    """The cards of a project; the default ones where it names none."""
    if dashboard:
        return [read_card(text, registry) for text in dashboard]
    return [CardChoice(spec.id) for spec in registry.views.values() if spec.default]


def moved(cards: Sequence[CardChoice], index: int, to: int) -> list[CardChoice]:
    """The card at `index` put before the one that is now at `to` (len(cards): at the end)."""
    rest = [*cards[:index], *cards[index + 1 :]]
    rest.insert(to - (to > index), cards[index])
    return rest


class Place(NamedTuple):
    """Where a card lies, in pixels."""

    x: int
    y: int
    width: int
    height: int


def places(widths: Sequence[float], room: tuple[int, int], *, smallest: tuple[int, int], gap: int) -> list[Place]:
    """Cards in rows that fill `room` (width, height) sideways; more rows than fit make it scroll.

    A card of width w gets √w of the room of one of width 1: wide cards are wider, and their neighbours stay readable.
    """
    if not widths:
        return []
    weights = [math.sqrt(max(width, 0.1)) for width in widths]
    rows = _rows(weights, room[0], smallest[0], gap)
    height = max(smallest[1], (room[1] - gap * (len(rows) - 1)) // len(rows))
    found: list[Place] = []
    for number, row in enumerate(rows):
        spare = room[0] - gap * (len(row) - 1)
        x, before = 0.0, 0
        for weight in row:
            x += spare * weight / sum(row)
            found.append(Place(before, number * (height + gap), round(x) - before, height))
            before = round(x) + gap
            x += gap
    return found


def _rows(weights: Sequence[float], width: int, smallest: int, gap: int) -> list[list[float]]:
    """As few rows as the smallest width allows, about equally full."""
    count = 1
    while count < len(weights):
        rows = _split(weights, count)
        if all(sum(row) * smallest + gap * (len(row) - 1) <= width for row in rows):
            return rows
        count += 1
    return [[weight] for weight in weights] if count > 1 else [list(weights)]


def _split(weights: Sequence[float], count: int) -> list[list[float]]:
    share = sum(weights) / count
    rows: list[list[float]] = [[]]
    for index, weight in enumerate(weights):
        left = len(weights) - index
        full = sum(rows[-1]) + weight / 2 > share
        if rows[-1] and len(rows) < count and (full or left <= count - len(rows)):
            rows.append([])
        rows[-1].append(weight)
    return rows


def drop_index(places_: Sequence[Place], x: float, y: float) -> int:
    """Before which card one that is dropped at (x, y) is put: the nearest card's own place, or behind it in its right half."""
    if not places_:
        return 0

    def distance(place: Place) -> float:
        return math.hypot(
            x - min(max(x, place.x), place.x + place.width), y - min(max(y, place.y), place.y + place.height)
        )

    index = min(range(len(places_)), key=lambda number: distance(places_[number]))
    place = places_[index]
    return index + (x > place.x + place.width / 2)
