"""The order in which people read names: conv2 before conv10."""

import re

_DIGITS = re.compile(r"(\d+)")


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A sort key that puts conv2 before conv10."""
    parts = _DIGITS.split(text)
    return tuple((int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in parts)
