"""The checks that every part of a project shares: is a number in its range, is a chosen plugin there and are its parameters good?"""

from collections.abc import Iterator
from typing import Any

from nnstudio.params import validate
from nnstudio.problems import Problem
from nnstudio.project.check_graph import unknown
from nnstudio.project.project import Entry
from nnstudio.registry import Registry

MAX_SEED = 2**32 - 1
"""What every random generator in use takes."""


def entry_problems(entry: Entry, kind: str, registry: Registry, place: str) -> Iterator[Problem]:
    """Is the chosen plugin there, and are its parameters good? One that is switched off may be anything."""
    if not entry.enabled:
        return
    spec = registry.get(kind, entry.type)
    if spec is None:
        yield unknown(kind, entry.type, f"The {kind.replace('_', ' ')}", place=place)
        return
    yield from validate(spec.params, entry.params, owner=spec.title, place=place)[1]


def out_of_range(place: str, name: str, owner: str, value: Any, allowed: str) -> Problem:
    return Problem(f"{place}.range", f"{owner} is {value!r}.", remedy=f"Allowed: {allowed}.", param=name, place=place)


def is_number(value: Any, low: float = float("-inf"), high: float = float("inf")) -> bool:
    """A finite number from `low` to `high`."""
    finite = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    return finite and low <= value <= high


def is_whole(value: Any, low: int, high: int | None = None) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low and (high is None or value <= high)
