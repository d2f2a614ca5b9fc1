"""Lines of code as they are written, and whose they are."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Text:
    """owners: by node, the numbers (from 1) of its lines."""

    lines: list[str] = field(default_factory=list[str])
    owners: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    def add(self, line: str = "", node: str | None = None) -> None:
        self.lines.append(line)
        if node is not None:
            self.owners.setdefault(node, []).append(len(self.lines))

    def append(self, other: "Text", prefixes: Iterable[str] = ("",)) -> None:
        """`other` below this. prefixes: what stands before its nodes' ids here, each time that it stands for."""
        shift = len(self.lines)
        self.lines += other.lines
        for prefix in prefixes:
            for node, numbers in other.owners.items():
                self.owners.setdefault(prefix + node, []).extend([shift + number for number in numbers])
