"""What do all nodes of one type have in common on the canvas? Size, kind, where their ports are. Qt-free."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from nnstudio.gui.canvas.anchors import Anchors, Form, anchors_of, form_of, size_of
from nnstudio.project.graph import Node, Slot, Source
from nnstudio.registry import Registry
from nnstudio.specs import CATEGORIES, LayerSpec

UNKNOWN = len(CATEGORIES)  # the kind of nodes whose type no plugin brings
DOT = 16.0  # a reroute point, from side to side


@dataclass(frozen=True)
class Build:
    """Of the nodes of one type that are drawn alike. height: as long as ports do not make them higher; kind: index into CATEGORIES."""

    spec: LayerSpec | None
    form: Form
    width: float
    height: float
    kind: int
    _known: dict[object, Anchors] = field(default_factory=dict[object, Anchors])

    def anchors(self, wired: Iterable[Slot], sources: Iterable[Source]) -> Anchors:
        """Of one of them, at whose inputs `wired` and outputs `sources` wires end."""
        ends = frozenset([slot[1:] for slot in wired])  # port and order
        known = (ends, frozenset([source.port for source in sources])) if self.spec is None else ends
        found = self._known.get(known)
        if found is None:
            merged = self.form in ("collapsed", "dot")
            found = self._known[known] = anchors_of(self.spec, wired, sources, self.height, merged=merged)
        return found


class Builds:
    """Each worked out when first asked for. width, height: of a usual card."""

    def __init__(self, width: float, height: float) -> None:
        self._width, self._height = width, height
        self._registry: Registry | None = None
        self._known: dict[tuple[str, bool], Build] = {}

    def of(self, node: Node, registry: Registry) -> Build:
        if registry is not self._registry:
            self._registry = registry
            self._known.clear()
        found = self._known.get((node.type, node.collapsed))
        if found is None:
            spec, form = registry.layer(node.type), form_of(node)
            size = size_of(form, self._width, self._height, DOT)
            found = self._known[node.type, node.collapsed] = Build(spec, form, *size, kind_of(spec))
        return found


def kind_of(spec: LayerSpec | None) -> int:
    if spec is None:
        return UNKNOWN
    return CATEGORIES.index(spec.category) if spec.category in CATEGORIES else CATEGORIES.index("shape")


def category_name(kind: int) -> str:
    return CATEGORIES[kind] if kind < len(CATEGORIES) else "shape"
