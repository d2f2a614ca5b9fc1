"""Frames as bytes, and back."""

import math
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from nnstudio.collecting import quiet_collector
from nnstudio.project.safe_json import is_list
from nnstudio.protocol.decoding import decode
from nnstudio.protocol.encoding import encode
from nnstudio.protocol.json_text import dumped, loaded
from nnstudio.protocol.table import KINDS, Array, Json, ProtocolError, shown

_LENGTHS = struct.Struct("<II")
MAX_HEADER = 64 << 20
MAX_BODY = 1 << 30
MAX_ARRAYS = 100_000
_ALIGN = 8


@dataclass(frozen=True)
class Frame:
    """One message. id: of the request it is or answers; 0 where it belongs to none."""

    type: str
    id: int = 0
    value: Any = None


def pack(frame: Frame) -> bytes:
    """`frame` as bytes."""
    value, arrays = encode(frame.value)
    described = [{"dtype": array.dtype.str, "shape": list(array.shape)} for array in arrays]
    header = dumped({"type": frame.type, "id": frame.id, "value": value, "arrays": described})
    body = b"".join(part for array in arrays for part in (array.tobytes(), bytes(-array.nbytes % _ALIGN)))
    if len(header) > MAX_HEADER or len(body) > MAX_BODY:
        raise ProtocolError(f"A message of {len(header) + len(body):,} bytes is too large ({frame.type}).")
    return _LENGTHS.pack(len(header), len(body)) + header + body


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
    match loaded(header, "A message's header is no JSON"):
        case {"type": str(type_), "id": int(id_), "value": value, "arrays": described} if is_list(described):
            return Frame(type_, id_, decode(value, _arrays(described, body)))
        case other:
            raise ProtocolError(f"A message's header is {shown(other)}.")


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
            if dtype is not None and dtype.kind in KINDS and dtype.itemsize:
                return dtype, tuple(sizes)
        case _:
            pass
    raise ProtocolError(f"A message describes an array as {shown(item)}.")


def _are_sizes(sizes: list[Any]) -> bool:
    return len(sizes) <= 32 and all(type(size) is int and size >= 0 for size in sizes)
