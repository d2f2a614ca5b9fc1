"""Large values that are read at once: Python's collector is kept from going through millions of them again and again."""

import gc
from collections.abc import Generator
from contextlib import contextmanager

LARGE = 1 << 20
"""Bytes of text, from which on it pays."""


@contextmanager
def quiet_collector(size: int) -> Generator[None]:
    """While a value of `size` bytes is built no garbage is looked for (each look at a million objects takes half a second, on whatever thread);

    what then is there is left out of later looks: such values are freed when nobody holds them any more, without the collector's help.
    """
    if size < LARGE:
        yield
        return
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
