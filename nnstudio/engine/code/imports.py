"""Which imports does the code need, and what are the things called that it imports?"""

from collections.abc import Iterable, Iterator, Sequence

from nnstudio.engine import expression, naming


class Imports:
    """taken: names that the code defines itself."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = frozenset(taken) | naming.RESERVED
        self._names: dict[str, str] = {}  # target → its name in code
        self._lines: list[str] = []

    def name(self, target: str) -> str:
        """The name in code of "package.module:Name"; a second thing of the same name gets another one."""
        if target not in self._names:
            line, name = expression.import_of(target)
            head = name.partition(".")[0]
            taken = {known.partition(".")[0] for known in self._names.values()} | self._taken
            if line and head in taken:
                free = naming.unique({"": head}, taken)[""]
                line, name = f"{line} as {free}", free + name[len(head) :]
            if line and line not in self._lines:
                self._lines.append(line)
            self._names[target] = name
        return self._names[target]

    def names(self) -> Iterable[str]:
        return self._names.values()

    def head(self, code: Sequence[str]) -> Iterator[str]:
        """The first lines of a file that holds `code`."""
        yield from expression.house_imports([*code, "nn.Module"])
        if self._lines:
            yield ""
            yield from sorted(self._lines)
        yield ""
        yield ""
