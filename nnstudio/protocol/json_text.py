"""JSON and its bytes, with what JSON has and no more: no NaN, no infinity."""

import json
from typing import Any

from nnstudio.protocol.table import Json, ProtocolError


def dumped(value: Json) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def loaded(text: bytes, otherwise: str = "A message holds what is no JSON") -> Json:
    """otherwise: what is said where it is none."""
    try:
        return json.loads(text.decode("utf-8", "surrogatepass"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"{otherwise}: {error}.") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
