"""JSON and arrays as the values that they were; what means nothing is refused, and named."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from nnstudio import problems
from nnstudio.project import file, project
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.safe_json import is_list, is_table
from nnstudio.protocol.json_text import loaded
from nnstudio.protocol.table import FLOATS, KEPT, LONG, PLAIN, TYPES, Array, Json, ProtocolError, allowed_in, shown


def decode(value: Json, arrays: Sequence[Array] = ()) -> Any:
    """The inverse of `encode`. Raises ProtocolError, naming what is wrong."""
    try:
        return _decode(value, arrays)
    except RecursionError:
        raise ProtocolError("A message is nested too deeply.") from None


def _decode(value: Json, arrays: Sequence[Array]) -> Any:
    if type(value) in PLAIN or type(value) is float:
        return value
    if is_list(value):
        return tuple([item if type(item) in PLAIN else _decode(item, arrays) for item in value])
    if not is_table(value):
        raise ProtocolError(f"A message holds {shown(value)}, which is no JSON.")
    if "$" in value:
        return _decode_typed(value["$"], {key: item for key, item in value.items() if key != "$"}, arrays)
    tag = next((key for key in value if key[:1] == "$"), None) if value else None
    if tag is None:
        return {key: item if type(item) in PLAIN else _decode(item, arrays) for key, item in value.items()}
    content = value[tag] if len(value) == 1 else None
    match tag:
        case "$list" if is_list(content):
            return [_decode(item, arrays) for item in content]
        case "$float" if isinstance(content, str) and content in FLOATS:
            return FLOATS[content]
        case "$array" if type(content) is int and 0 <= content < len(arrays):
            return arrays[content]
        case "$dict" if is_list(content):
            return _decode_pairs(content, arrays)
        case "$parts" if is_list(content):
            joined: dict[str, Any] = {}
            for text in _parts(content, arrays):
                plans = _MARK in text[:1000] and b'"$array"' not in text
                joined |= _plans(text) if plans else _entries(text, arrays)
            return joined
        case _:
            raise ProtocolError(f"A message holds {shown(value)}, which means nothing.")


def _parts(places: list[Json], arrays: Sequence[Array]) -> Iterable[bytes]:
    """What was cut up, piece by piece."""
    for place in places:
        if not (type(place) is int and 0 <= place < len(arrays) and arrays[place].dtype == np.uint8):
            raise ProtocolError(f"A message names {shown(place)} as a part.")
        yield arrays[place].tobytes()


def _entries(text: bytes, arrays: Sequence[Array]) -> dict[str, Any]:
    part = loaded(text)
    if not is_table(part):
        raise ProtocolError(f"A message holds {shown(part)} as a part of a mapping.")
    return {key: _decode(item, arrays) for key, item in part.items()}


_MARK = b'{"$":"NodePlan",'


@functools.lru_cache(maxsize=KEPT)
def _plans(text: bytes) -> Mapping[str, Any]:
    """A part of a plan, which is most often what it was before the last edit; it refers to no array."""
    return _entries(text, ())


def _decode_pairs(pairs: list[Json], arrays: Sequence[Array]) -> dict[Any, Any]:
    try:
        return {_decode(key, arrays): _decode(item, arrays) for key, item in pairs}
    except (TypeError, ValueError):
        raise ProtocolError(f"A message holds no pairs of key and value: {shown(pairs)}.") from None


def _decode_typed(name: Json, fields: dict[str, Json], arrays: Sequence[Array]) -> Any:
    if name == "Project":
        return _decode_project(fields, arrays)
    if name == "Severity":
        try:
            return problems.Severity(fields.get("value"))
        except ValueError:
            raise ProtocolError(f"A message holds an unknown severity: {shown(fields)}.") from None
    cls = TYPES.get(name) if isinstance(name, str) else None
    if cls is None:
        raise ProtocolError(f"A message holds a value of the unknown type {shown(name)}.")
    decoded = {key: item if type(item) in PLAIN else _decode(item, arrays) for key, item in fields.items()}
    allowed = allowed_in(cls)
    for key, item in decoded.items():
        if key not in allowed:
            raise ProtocolError(f"{name} has no field '{key}'.")
        if not isinstance(item, allowed[key]):
            raise ProtocolError(f"{name}.{key} cannot be {shown(item)}.")
    try:
        return cls(**decoded)
    except TypeError as error:
        raise ProtocolError(f"{name} is incomplete: {error}.") from None


def _decode_project(fields: dict[str, Json], arrays: Sequence[Array]) -> project.Project:
    document = fields.get("file")
    graph = document.get("graph") if is_table(document) else None
    texts: dict[str, list[bytes]] = {}
    sizes: list[int] = []  # of the parts of the nodes
    if is_table(document) and is_table(graph):
        long: dict[str, Json] = {}
        for name in LONG & graph.keys():
            if is_table(graph[name]) and graph[name].keys() == {"$parts"} and is_list(graph[name]["$parts"]):
                texts[name] = list(_parts(graph[name]["$parts"], arrays))
                parts = list(map(_list, texts[name]))
                long[name] = [item for part in parts for item in part]
                sizes = list(map(len, parts)) if name == "nodes" else sizes
        document = {**document, "graph": {**graph, **long}}
    read, found = file.from_json(document)
    if read is None:
        raise ProtocolError(f"A message holds a project that cannot be read. {' '.join(map(str, found))}")
    return replace(read, graph=_recalled(read.graph, texts, sizes)) if sizes else read


def _list(text: bytes) -> list[Json]:
    """A part of a list of a project's document."""
    part = loaded(text)
    if not is_list(part):
        raise ProtocolError("A project's list came in parts that are no lists.")
    return part


_last_read: tuple[Mapping[bytes, list[Node]], Sequence[bytes], Mapping[Slot, Source]] = ({}, [], {})


def _recalled(graph: Graph, texts: Mapping[str, list[bytes]], sizes: Iterable[int]) -> Graph:
    """`graph` with the very objects of the one read last where the words are the same: by them others know what they looked at already."""
    global _last_read
    known, wires_then, wires = _last_read
    rest = iter(graph.nodes.values())
    parts = {text: list(islice(rest, size)) for text, size in zip(texts["nodes"], sizes, strict=True)}
    parts = {text: known.get(text, nodes) for text, nodes in parts.items()}
    wires_now = texts.get("wires", [])
    if wires_now != wires_then or not wires_now:
        wires = graph.wires
    _last_read = parts, wires_now, wires
    return Graph({node.id: node for part in parts.values() for node in part}, wires, graph.frames)
