"""What are the things called that differ between two versions? By the names that a person gave, never by those that the program did. No torch, no Qt."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nnstudio.project.block_exposed import fields_of, names_of
from nnstudio.project.block_exposed import said as fields_said
from nnstudio.project.blocks import BLOCK_INPUT, PREFIX
from nnstudio.project.difference import shown
from nnstudio.project.edits import ABSENT
from nnstudio.project.graph import Frame, Graph, Json, Node, Slot, Source
from nnstudio.project.project import Block
from nnstudio.registry import Registry
from nnstudio.specs import Port

SHARE = "share"
CARRY = "carry"
OPTIONS: Mapping[str, str] = {"search": "searched over"}
"""The options of a node that are called otherwise."""

LONGEST = 60
"""Letters of a text that are shown."""
KEPT = 16
"""Letters before the first that differs."""


@dataclass(frozen=True)
class Side:
    """One of two versions: a drawn graph, and the layers that its nodes are of, the project's own blocks among them."""

    graph: Graph
    registry: Registry

    def title(self, node: Node) -> str:
        """`Conv 2d 'conv1'`"""
        return f"{self.type(node)} '{node.label}'"

    def type(self, node: Node) -> str:
        spec = self.registry.layer(node.type)
        return spec.title if spec else node.type.removeprefix(PREFIX)

    def end(self, source: Source | None) -> str:
        """Where a wire begins: `conv1`, of several outputs `h new of memory`; "" where there is no wire."""
        if source is None:
            return ""
        node = self.graph.nodes.get(source.node)
        if node is None:
            return source.node
        spec = self.registry.layer(node.type)
        ports = spec.outputs if spec else ()
        alone = len(ports) == 1 or source.port == "output"
        return node.label if alone else f"{_port(ports, source.port)} of {node.label}"

    def port(self, slot: Slot) -> str:
        """Where it ends: `input`, of a port that takes many `inputs 2`."""
        spec = self.registry.layer(self.graph.nodes[slot.node].type) if slot.node in self.graph.nodes else None
        name = _port(spec.inputs if spec else (), slot.port)
        return f"{name} {slot.order + 1}" if slot.order else name

    def values(self, node: Node) -> dict[str, Json]:
        """Its parameters, defaults included."""
        spec = self.registry.layer(node.type)
        if spec is None:
            return dict(node.params)
        known = spec.params.model_fields.items()
        return {**{name: info.default for name, info in known if not info.is_required()}, **node.params}

    def value(self, node: Node, name: str, value: Any) -> str:
        """The value of a parameter or option; one that names a node of the graph, by that node's name."""
        if name == SHARE or (name == CARRY and node.type == BLOCK_INPUT):
            other = self.graph.nodes.get(str(value or ""))
            return other.label if other is not None else said(value)
        return said(value)


def _port(ports: Iterable[Port], name: str) -> str:
    return next((port.title or port.name for port in ports if port.name == name), name)


def said(value: Any) -> str:
    """A value in words; "" for what is not there."""
    if value is ABSENT or value == "":
        return ""
    if isinstance(value, list | tuple) and any(isinstance(item, str) for item in value):  # pyright: ignore[reportUnknownVariableType]
        return ", ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
    return shown(value)


def texts(before: str, after: str) -> tuple[str, str]:
    """Two texts, each on one line; of long ones what lies around the first place where they differ."""
    before, after = (" ".join(text.split()) for text in (before, after))
    alike = next(
        (at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    begin = alike - KEPT if max(len(before), len(after)) > LONGEST and alike > KEPT else 0
    return _part(before, begin), _part(after, begin)


def _part(text: str, begin: int) -> str:
    part = text[begin : begin + LONGEST]
    return ("…" if begin and part else "") + part + ("…" if begin + LONGEST < len(text) else "")


def frame_title(frame: Frame) -> str:
    """`'Head'`, of a comment how it begins."""
    title = frame.title or frame.text.partition("\n")[0]
    return f"'{texts(title, '')[0]}'" if title else "without a title"


def block_title(block: Block | None) -> str:
    return block.title or block.id if block is not None else ""


def exposed(before: Block, after: Block) -> list[tuple[str, str, str]]:
    """What the exposed parameters set, one after the other, where that differs: ("exposed width", "out_channels of 'conv1'", …)."""
    old, new = names_of(before), names_of(after)
    found: list[tuple[str, str, str]] = []
    for name in dict.fromkeys((*old, *new)):
        sides = fields_of(before, name), fields_of(after, name)
        if set(sides[0]) != set(sides[1]):
            found.append((f"exposed {name}", fields_said(before, sides[0]), fields_said(after, sides[1])))
    if not found and old != new:
        found.append(("order of exposed parameters", ", ".join(old), ", ".join(new)))
    return found
