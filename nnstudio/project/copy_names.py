"""What is a copy of a named node called? By the next name that is free, so that nobody has to tell two nodes apart."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nnstudio.project.graph import Graph, Node

_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})", re.DOTALL)


def with_free_names(copies: Sequence[Node], there: Graph) -> list[Node]:
    """`copies` (under their new ids) with names that neither `there` nor another copy has; a name that is free is kept.

    "stage3" becomes "stage4", "stem" "stem 2". A node without a name is called by its id.
    """
    taken = {node.label for node in there} | {node.id for node in copies if not node.name}
    names = _Names(taken)
    return [replace(node, name=names.free(node.name)) if node.name else node for node in copies]


class _Names:
    """taken: the names that are given away; what is handed out is taken from then on."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._last: dict[
            str, int
        ] = {}  # by stem, the number that was given away last: thousands of copies are named in no time

    def free(self, name: str) -> str:
        found = self._next(name) if name in self._taken else name
        self._taken.add(found)
        return found

    def _next(self, name: str) -> str:
        numbered = _NUMBERED.fullmatch(name)
        stem, digits = (numbered[1], numbered[2]) if numbered else (f"{name} ", "1")
        number = max(int(digits), self._last.get(stem, 0)) + 1
        while (found := f"{stem}{number:0{len(digits)}}") in self._taken:
            number += 1
        self._last[stem] = number
        return found
