"""The language between an engine and whoever asks it: length-prefixed frames of JSON and raw arrays. Nothing of it can run code.

A frame is: header length, body length (u32 each, little-endian), the header as JSON, the body.
The header is {"type": …, "id": …, "value": …, "arrays": [{"dtype": …, "shape": […]}]}; the body holds the arrays' bytes, in C order, each
padded to a multiple of 8. In the JSON, a list is a tuple (there are many), and a key that starts with "$" says what JSON cannot:
{"$": "Steps", …} a value of the table below, {"$list": […]}, {"$float": "nan"}, {"$array": 0} the first array,
{"$dict": [[key, value], …]} a mapping whose keys are no plain texts, and {"$parts": [0, 1]} a long mapping (or list of a project's file), cut
into pieces of JSON that are the arrays named: neither side is then deaf to all else while it reads or writes one huge text.
"""

import functools
import json
import math
import struct
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from operator import is_
from typing import Any, BinaryIO, NamedTuple, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from nnstudio import data, events, figures, plan, problems, replies, replies_experiments
from nnstudio.collecting import quiet_collector
from nnstudio.project import file, project
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.safe_json import is_list, is_table

__all__ = ["Frame", "ProtocolError", "decode", "encode", "pack", "read_frame", "write_frame"]

Json = Any
Array = npt.NDArray[np.generic]

_LENGTHS = struct.Struct("<II")
MAX_HEADER = 64 << 20
MAX_BODY = 1 << 30
MAX_ARRAYS = 100_000
_ALIGN = 8
PART = 500
"""A longer mapping is cut into pieces of so many entries."""
LONG = frozenset({"nodes", "wires"})  # lists of a graph
_KEPT = 256  # parts of plans that are remembered: those of two networks of 50 000 nodes, more or less
_KINDS = "biufcSUmM"  # numbers, texts and times; never objects
_PLAIN = frozenset({str, int, bool, type(None)})
_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

TYPES: Mapping[str, type] = {
    cls.__name__: cls
    for cls in (
        events.RunStarted,
        events.Steps,
        events.EpochEnded,
        events.Predictions,
        events.NodeStats,
        events.CheckpointSaved,
        events.Paused,
        events.Resumed,
        events.Changed,
        events.Finished,
        events.Failed,
        plan.NodePlan,
        plan.Plan,
        plan.Code,
        data.FieldInfo,
        data.DataInfo,
        problems.Problem,
        problems.Fix,
        project.Entry,
        project.Rule,
        project.Data,
        replies.Hello,
        replies.Inspected,
        replies.Preview,
        replies.Prepared,
        replies.Exported,
        replies.Drawn,
        replies.Ensembled,
        replies.NodeOutput,
        replies.WeightStats,
        replies.Refused,
        figures.Line,
        figures.Curves,
        figures.Tiles,
        figures.Matrix,
        figures.Points,
        figures.Contour,
        figures.Bars,
        figures.Note,
        replies_experiments.InitialNode,
        replies_experiments.Initial,
        replies_experiments.Suggestion,
        replies_experiments.Outcome,
    )
}
"""Every dataclass that may cross; `Project` and `Severity` go by a form of their own."""


class ProtocolError(Exception):
    """What came is no frame of this protocol: cut short, too large, or of a type that is not in the table."""


@dataclass(frozen=True)
class Frame:
    """One message. id: of the request it is or answers; 0 where it belongs to none."""

    type: str
    id: int = 0
    value: Any = None


# ── values ⇄ JSON and arrays ──────────────────────────────────────────────────────────────────────────────────────────


def encode(value: Any) -> tuple[Json, list[Array]]:
    """`value` as JSON and the arrays it refers to. Raises TypeError for what is not in the table."""
    arrays: list[Array] = []
    return _encode(value, arrays), arrays


def _encode(value: Any, arrays: list[Array]) -> Json:
    kind = cast("type[Any]", type(value))
    if kind in _PLAIN:
        return value
    if kind is float:
        return value if math.isfinite(value) else {"$float": str(value)}
    if kind is tuple:
        return [item if type(item) in _PLAIN else _encode(item, arrays) for item in value]
    if kind is dict:
        return _encode_mapping(value, arrays)
    if kind is TYPES.get(kind.__name__):
        fields: dict[str, Json] = {"$": kind.__name__}
        for name in _allowed(kind):
            item = getattr(value, name)
            fields[name] = item if type(item) in _PLAIN else _encode(item, arrays)
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
            return {"$": "Project", "file": _encode_file(file.to_json(value), arrays)}
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


def _encode_file(document: dict[str, Json], arrays: list[Array]) -> Json:
    """A project's document, its nodes and wires in parts where there are many."""
    graph = document["graph"]
    long = {name: graph[name] for name in LONG if len(graph[name]) > PART}
    parts = {name: _joined([_dumps(part) for part in _cut(items)], arrays) for name, items in long.items()}
    return {**document, "graph": {**graph, **parts}}


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
        known = _part_of_plan(_SamePlans(tuple(value), tuple(value.values())))
        if known is not None:
            return known
    return _dumps({key: _encode(item, arrays) for key, item in value.items()})


class _SamePlans(NamedTuple):
    """Equal to another only where each is the same object: equality of content would take True for 1."""

    names: tuple[str, ...]
    plans: tuple[plan.NodePlan, ...]

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.plans)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SamePlans) and self.names == other.names and all(map(is_, self.plans, other.plans))

    def __ne__(self, other: object) -> bool:
        return not self == other


@functools.lru_cache(maxsize=_KEPT)
def _part_of_plan(plans: _SamePlans) -> bytes | None:
    """None where they hold arrays, which belong to one message."""
    arrays: list[Array] = []
    value = {name: _encode(each, arrays) for name, each in zip(*plans, strict=True)}
    return None if arrays else _dumps(value)


def _dumps(value: Json) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def _encode_array(value: Array, arrays: list[Array]) -> Json:
    if value.dtype.kind not in _KINDS:
        raise TypeError(f"An array of {value.dtype} cannot cross: it could hold anything.")
    arrays.append(np.ascontiguousarray(value).reshape(value.shape))
    return {"$array": len(arrays) - 1}


def decode(value: Json, arrays: Sequence[Array] = ()) -> Any:
    """The inverse of `encode`. Raises ProtocolError, naming what is wrong."""
    try:
        return _decode(value, arrays)
    except RecursionError:
        raise ProtocolError("A message is nested too deeply.") from None


def _decode(value: Json, arrays: Sequence[Array]) -> Any:
    if type(value) in _PLAIN or type(value) is float:
        return value
    if is_list(value):
        return tuple([item if type(item) in _PLAIN else _decode(item, arrays) for item in value])
    if not is_table(value):
        raise ProtocolError(f"A message holds {_shown(value)}, which is no JSON.")
    if "$" in value:
        return _decode_typed(value["$"], {key: item for key, item in value.items() if key != "$"}, arrays)
    tag = next((key for key in value if key[:1] == "$"), None) if value else None
    if tag is None:
        return {key: item if type(item) in _PLAIN else _decode(item, arrays) for key, item in value.items()}
    content = value[tag] if len(value) == 1 else None
    match tag:
        case "$list" if is_list(content):
            return [_decode(item, arrays) for item in content]
        case "$float" if isinstance(content, str) and content in _FLOATS:
            return _FLOATS[content]
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
            raise ProtocolError(f"A message holds {_shown(value)}, which means nothing.")


def _parts(places: list[Json], arrays: Sequence[Array]) -> Iterable[bytes]:
    """What `_joined` put together."""
    for place in places:
        if not (type(place) is int and 0 <= place < len(arrays) and arrays[place].dtype == np.uint8):
            raise ProtocolError(f"A message names {_shown(place)} as a part.")
        yield arrays[place].tobytes()


def _entries(text: bytes, arrays: Sequence[Array]) -> dict[str, Any]:
    part = _loads(text)
    if not is_table(part):
        raise ProtocolError(f"A message holds {_shown(part)} as a part of a mapping.")
    return {key: _decode(item, arrays) for key, item in part.items()}


_MARK = b'{"$":"NodePlan",'


@functools.lru_cache(maxsize=_KEPT)
def _plans(text: bytes) -> Mapping[str, Any]:
    """A part of a plan, which is most often what it was before the last edit; it refers to no array."""
    return _entries(text, ())


def _loads(text: bytes) -> Json:
    try:
        return json.loads(text.decode("utf-8", "surrogatepass"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"A message holds what is no JSON: {error}.") from None


def _decode_pairs(pairs: list[Json], arrays: Sequence[Array]) -> dict[Any, Any]:
    try:
        return {_decode(key, arrays): _decode(item, arrays) for key, item in pairs}
    except (TypeError, ValueError):
        raise ProtocolError(f"A message holds no pairs of key and value: {_shown(pairs)}.") from None


def _decode_typed(name: Json, fields: dict[str, Json], arrays: Sequence[Array]) -> Any:
    if name == "Project":
        return _decode_project(fields, arrays)
    if name == "Severity":
        try:
            return problems.Severity(fields.get("value"))
        except ValueError:
            raise ProtocolError(f"A message holds an unknown severity: {_shown(fields)}.") from None
    cls = TYPES.get(name) if isinstance(name, str) else None
    if cls is None:
        raise ProtocolError(f"A message holds a value of the unknown type {_shown(name)}.")
    decoded = {key: item if type(item) in _PLAIN else _decode(item, arrays) for key, item in fields.items()}
    allowed = _allowed(cls)
    for key, item in decoded.items():
        if key not in allowed:
            raise ProtocolError(f"{name} has no field '{key}'.")
        if not isinstance(item, allowed[key]):
            raise ProtocolError(f"{name}.{key} cannot be {_shown(item)}.")
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
    part = _loads(text)
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


@functools.cache
def _allowed(cls: type) -> dict[str, tuple[type, ...]]:
    """What may stand in each field of `cls`: the outermost class of its annotation."""
    return {name: tuple(_classes(hint)) for name, hint in get_type_hints(cls).items()}


def _classes(hint: Any) -> Iterable[type]:
    origin = get_origin(hint) or hint
    if origin in (Union, types.UnionType):
        for arm in get_args(hint):
            yield from _classes(arm)
    elif origin is float:
        yield from (float, int)
    elif origin is Any:  # a class itself, but of nothing
        yield object
    elif isinstance(origin, type):
        yield origin
    else:
        yield object


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


# ── frames ⇄ bytes ────────────────────────────────────────────────────────────────────────────────────────────────────


def pack(frame: Frame) -> bytes:
    """`frame` as bytes."""
    value, arrays = encode(frame.value)
    described = [{"dtype": array.dtype.str, "shape": list(array.shape)} for array in arrays]
    header = _dumps({"type": frame.type, "id": frame.id, "value": value, "arrays": described})
    body = b"".join(part for array in arrays for part in (array.tobytes(), bytes(-array.nbytes % _ALIGN)))
    if len(header) > MAX_HEADER or len(body) > MAX_BODY:
        raise ProtocolError(f"A message of {len(header) + len(body):,} bytes is too large ({frame.type}).")
    return _LENGTHS.pack(len(header), len(body)) + header + body


def write_frame(stream: BinaryIO, frame: Frame) -> None:
    stream.write(pack(frame))
    stream.flush()


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame, None where the stream ended between two. Raises ProtocolError where it is no frame."""
    lengths = _read(stream, _LENGTHS.size, may_end=True)
    if lengths is None:
        return None
    header_length, body_length = _LENGTHS.unpack(lengths)
    if header_length > MAX_HEADER or body_length > MAX_BODY:
        raise ProtocolError(
            f"A message claims {header_length + body_length:,} bytes: too large, or no message of this protocol."
        )
    header, body = _read(stream, header_length), _read(stream, body_length)
    assert header is not None
    assert body is not None
    with quiet_collector(header_length + body_length):
        return _unpack(header, body)


def _read(stream: BinaryIO, length: int, *, may_end: bool = False) -> bytes | None:
    parts: list[bytes] = []
    missing = length
    while missing:
        part = stream.read(min(missing, 1 << 20))
        if not part:
            if may_end and missing == length:
                return None
            raise ProtocolError(f"A message was cut short: {missing:,} of {length:,} bytes are missing.")
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _unpack(header: bytes, body: bytes) -> Frame:
    try:
        fields = json.loads(header.decode("utf-8", "surrogatepass"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"A message's header is no JSON: {error}.") from None
    match fields:
        case {"type": str(type_), "id": int(id_), "value": value, "arrays": described} if is_list(described):
            return Frame(type_, id_, decode(value, _arrays(described, body)))
        case _:
            raise ProtocolError(f"A message's header is {_shown(fields)}.")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _arrays(described: list[Json], body: bytes) -> list[Array]:
    if len(described) > MAX_ARRAYS:
        raise ProtocolError(f"A message claims {len(described):,} arrays.")
    arrays: list[Array] = []
    offset = 0
    for item in described:
        dtype, shape = _described(item)
        size = math.prod(shape) * dtype.itemsize
        if offset + size > len(body):
            raise ProtocolError(f"An array of {dtype} {shape} does not fit into the {len(body):,} bytes that came.")
        try:
            arrays.append(np.ndarray(shape, dtype, body, offset))
        except ValueError as error:  # an axis that no array can have
            raise ProtocolError(f"An array of {dtype} {shape} cannot be: {error}.") from None
        offset += size + -size % _ALIGN
    if offset != len(body):
        raise ProtocolError(f"A message brings {len(body):,} bytes of arrays, but its header names {offset:,}.")
    return arrays


def _described(item: Json) -> tuple[np.dtype[Any], tuple[int, ...]]:
    match item:
        case {"dtype": str(name), "shape": sizes} if is_list(sizes) and _are_sizes(sizes):
            try:
                dtype: np.dtype[Any] | None = np.dtype(name)
            except (TypeError, ValueError, SyntaxError):
                dtype = None
            if dtype is not None and dtype.kind in _KINDS and dtype.itemsize:
                return dtype, tuple(sizes)
        case _:
            pass
    raise ProtocolError(f"A message describes an array as {_shown(item)}.")


def _are_sizes(sizes: list[Any]) -> bool:
    return len(sizes) <= 32 and all(type(size) is int and size >= 0 for size in sizes)
