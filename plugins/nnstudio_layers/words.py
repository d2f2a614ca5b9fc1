"""How sizes are said on a node."""

from nnstudio.api import Ints


def sizes(value: Ints, axes: int) -> str:
    """`5×5` for 5 on two axes, `3×5` for (3, 5)."""
    return "×".join(str(size) for size in ((value,) * axes if isinstance(value, int) else value))


def differing(value: Ints, usual: Ints, word: str) -> str:
    """`stride 2` where it is not the usual one, else nothing."""
    if value == usual or (isinstance(value, tuple) and set(value) == {usual}):
        return ""
    return f"{word} {value if isinstance(value, int) else '×'.join(map(str, value))}"


def line(*parts: str) -> str:
    """The parts that say something, joined by dots."""
    return " · ".join(part for part in parts if part)
