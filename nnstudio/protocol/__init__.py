"""The language between an engine and whoever asks it: length-prefixed frames of JSON and raw arrays. Nothing of it can run code.

A frame is: header length, body length (u32 each, little-endian), the header as JSON, the body.
The header is {"type": …, "id": …, "value": …, "arrays": [{"dtype": …, "shape": […]}]}; the body holds the arrays' bytes, in C order, each
padded to a multiple of 8. In the JSON, a list is a tuple (there are many), and a key that starts with "$" says what JSON cannot:
{"$": "Steps", …} a value of the table below, {"$list": […]}, {"$float": "nan"}, {"$array": 0} the first array,
{"$dict": [[key, value], …]} a mapping whose keys are no plain texts, and {"$parts": [0, 1]} a long mapping (or list of a project's file), cut
into pieces of JSON that are the arrays named: neither side is then deaf to all else while it reads or writes one huge text.
"""

from nnstudio.protocol.decoding import decode
from nnstudio.protocol.encoding import PART, encode
from nnstudio.protocol.frames import MAX_BODY, Frame, pack, read_frame
from nnstudio.protocol.table import TYPES, ProtocolError

__all__ = ["MAX_BODY", "PART", "TYPES", "Frame", "ProtocolError", "decode", "encode", "pack", "read_frame"]
