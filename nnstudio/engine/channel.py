"""The two pipes of an engine, kept clear: only frames go out, whatever a plugin prints."""

import os
import sys
import threading
from typing import Any, BinaryIO, cast

from nnstudio.protocol import Frame, pack, read_frame


class Channel:
    """Frames in, frames out. Sending is safe from any thread."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._lock = threading.Lock()

    def receive(self) -> Frame | None:
        """The next frame; None when the other end has closed. Raises ProtocolError."""
        return read_frame(self._incoming)

    def send(self, type: str, value: Any = None, id: int = 0) -> None:
        message = pack(Frame(type, id, value))
        with self._lock:
            self._outgoing.write(message)
            self._outgoing.flush()


def take_standard_streams() -> Channel:
    """The process's own input and output as a channel.

    From then on what Python or a C library prints goes to the error output, and who reads the input finds its end:
    neither can break into a frame.
    """
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return Channel(cast(BinaryIO, incoming), cast(BinaryIO, outgoing))
