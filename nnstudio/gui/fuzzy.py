"""Which of many names did a person mean by a few letters? No Qt."""

from collections.abc import Callable, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def score(query: str, text: str) -> float | None:
    """How well `query` fits `text`; None where its letters do not all occur in order. Whole words and beginnings count most."""
    wanted, there = query.casefold().replace(" ", ""), text.casefold()
    if not wanted:
        return 0.0
    plain = query.casefold().strip()
    if there == plain:
        return 100.0
    if there.startswith(plain):
        return 80.0 - len(there) / 100
    found = there.find(plain)
    if found >= 0:
        begins_word = not there[found - 1].isalnum()
        return (60.0 if begins_word else 40.0) - found / 100 - len(there) / 1000
    return _scattered(wanted, there)


def _scattered(wanted: str, there: str) -> float | None:
    """Letters in order with gaps: `bn2` in `batch norm 2d`. Letters at the beginning of words are worth more."""
    points, at, previous = 0.0, -1, -2
    for letter in wanted:
        at = there.find(letter, at + 1)
        if at < 0:
            return None
        starts = at == 0 or not there[at - 1].isalnum()
        points += 3.0 if starts else 2.0 if at == previous + 1 else 0.5
        previous = at
    if points < 1.2 * len(wanted):  # letters strewn about mean nothing
        return None
    return 10.0 + points / len(wanted) - len(there) / 100


def rank(query: str, items: Iterable[Item], words: Callable[[Item], Iterable[str]]) -> list[Item]:
    """The items that fit, best first; all of them, in their order, where nothing is asked. `words`: title first, then aliases."""
    if not query.strip():
        return list(items)
    scored: list[tuple[float, int, Item]] = []
    for index, item in enumerate(items):
        scores = [
            value - (0.5 if place else 0.0)
            for place, text in enumerate(words(item))
            if (value := score(query, text)) is not None
        ]
        if scores:
            scored.append((-max(scores), index, item))
    return [item for _, _, item in sorted(scored, key=lambda entry: entry[:2])]
