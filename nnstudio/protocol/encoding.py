"""Values as JSON and arrays."""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import is_
from typing import Any, NamedTuple, cast

import numpy as np

from nnstudio import plan, problems
from nnstudio.project import file, project
from nnstudio.project.json_form import node_to_json, wire_to_json
from nnstudio.protocol.json_text import dumped
from nnstudio.protocol.table import KEPT, KINDS, LONG, PLAIN, TYPES, Array, Json, allowed_in

PART = 500
"""A longer mapping is cut into pieces of so many entries."""


def encode(value: Any) -> tuple[Json, list[Array]]:
    """`value` as JSON and the arrays it refers to. Raises TypeError for what is not in the table."""
    arrays: list[Array] = []
    return _encode(value, arrays), arrays


def _encode(value: Any, arrays: list[Array]) -> Json:
    kind = cast("type[Any]", type(value))
    if kind in PLAIN:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"$float": str(value)}
    if kind is tuple:
        return [item if type(item) in PLAIN else _encode(item, arrays) for item in value]
    if kind is dict:
        return _encode_mapping(value, arrays)
    if kind is TYPES.get(kind.__name__):
        fields: dict[str, Json] = {"$": kind.__name__}
        for name in allowed_in(kind):
            item = getattr(value, name)
            fields[name] = item if type(item) in PLAIN else _encode(item, arrays)
        return fields
    match value:
        case Mapping():
            return _encode_mapping(cast("Mapping[Any, Any]", value), arrays)
        case list():
            return {"$list": [_encode(item, arrays) for item in cast("list[Any]", value)]}
        case tuple():  # a named one
            return [_encode(item, arrays) for item in cast("tuple[Any, ...]", value)]
        case np.ndarray():
            return _encode_array(cast(Array, value), arrays)
        case np.bool_() | np.integer() | np.floating():
            plain = bool if kind is np.bool_ else int if isinstance(value, np.integer) else float
            return _encode(plain(cast(Any, value)), arrays)
        case problems.Severity():
            return {"$": "Severity", "value": value.value}
        case project.Project():
            return {"$": "Project", "file": _encode_project(value, arrays)}
        case str() | int() | float():  # a subclass: what it says is what counts
            plain = str if isinstance(value, str) else int if isinstance(value, int) else float
            return _encode(plain(value), arrays)
        case _:
            raise TypeError(f"{kind.__name__} is not in the protocol's table of types: {value!r:.80}")


def _encode_mapping(value: Mapping[Any, Any], arrays: list[Array]) -> Json:
    if not value:
        return {}
    if all(type(key) is str and key[:1] != "$" for key in value):
        if len(value) > PART:
            return _joined([_part(dict(items), arrays) for items in _cut(list(value.items()))], arrays)
        return {key: _encode(item, arrays) for key, item in value.items()}
    return {"$dict": [[_encode(key, arrays), _encode(item, arrays)] for key, item in value.items()]}


def _encode_project(value: project.Project, arrays: list[Array]) -> Json:
    """Its document, with nodes and wires in parts where there are many."""
    tables: dict[str, Mapping[Any, Any]] = {name: getattr(value.graph, name) for name in LONG}
    long = {name: table for name, table in tables.items() if len(table) > PART}
    rest: dict[str, Any] = {name: {} for name in long}
    document = file.to_json(replace(value, graph=replace(value.graph, **rest)))
    parts: dict[str, Json] = {}
    for name, table in long.items():
        keys = _cut(sorted(table))
        parts[name] = _joined(
            [_part_of_graph(name, _Same(tuple(part), tuple(table[key] for key in part))) for part in keys], arrays
        )
    return {**document, "graph": {**document["graph"], **parts}}


def _cut(items: list[Any]) -> list[list[Any]]:
    return [items[start : start + PART] for start in range(0, len(items), PART)]


def _joined(parts: Sequence[bytes], arrays: list[Array]) -> Json:
    """Each of `parts`, some JSON, as an array of its bytes."""
    first = len(arrays)
    arrays += [np.frombuffer(part, np.uint8) for part in parts]
    return {"$parts": list(range(first, len(arrays)))}


def _part(value: Mapping[str, Any], arrays: list[Array]) -> bytes:
    """The JSON of a part of a mapping; of nodes that are the very same as before it is known."""
    if all(type(item) is plan.NodePlan for item in value.values()):
        known = _part_of_plan(_Same(tuple(value), tuple(value.values())))
        if known is not None:
            return known
    return dumped({key: _encode(item, arrays) for key, item in value.items()})


class _Same(NamedTuple):
    """A part of a mapping. Equal to another only where each item is the same object: equality of content would take True for 1."""

    keys: tuple[Any, ...]
    items: tuple[Any, ...]

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.items)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.keys == other.keys and all(map(is_, self.items, other.items))

    def __ne__(self, other: object) -> bool:
        return not self == other


@functools.lru_cache(maxsize=2 * KEPT)  # nodes and wires
def _part_of_graph(table: str, same: _Same) -> bytes:
    """The JSON of some nodes or wires: an edit leaves most of them as they were when the project was last sent."""
    if table == "nodes":
        return dumped([node_to_json(node) for node in same.items])
    return dumped([wire_to_json(slot, source) for slot, source in zip(*same, strict=True)])


@functools.lru_cache(maxsize=KEPT)
def _part_of_plan(plans: _Same) -> bytes | None:
    """None where they hold arrays, which belong to one message."""
    arrays: list[Array] = []
    value = {name: _encode(each, arrays) for name, each in zip(*plans, strict=True)}
    return None if arrays else dumped(value)


def _encode_array(value: Array, arrays: list[Array]) -> Json:
    if value.dtype.kind not in KINDS:
        raise TypeError(f"An array of {value.dtype} cannot cross: it could hold anything.")
    arrays.append(np.ascontiguousarray(value).reshape(value.shape))
    return {"$array": len(arrays) - 1}
