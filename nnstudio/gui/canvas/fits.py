"""May a wire go from this output to that input? Told without the engine: cycle, number of axes, kind of numbers. Qt-free."""

from collections.abc import Callable
from dataclasses import dataclass

from nnstudio.gui.text import tr
from nnstudio.plan import shape_text
from nnstudio.project.graph import Graph, Slot, Source
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, LossSpec

Carried = tuple[tuple[int, ...] | None, str]
"""(shape, "float", "int" or "bool") of what leaves an output, as far as it is known."""

Given = Callable[[Source], Carried]
"""What leaves which output: `scope.carried`."""


@dataclass(frozen=True)
class Misfit:
    """Why a wire does not fit. never: it cannot be drawn at all (a cycle); else it can, and the problem is shown with its cure."""

    reason: str
    never: bool = False


def misfit(graph: Graph, registry: Registry, given: Given, source: Source, slot: Slot) -> Misfit | None:
    """What speaks against a wire from `source` into `slot`; None where nothing does."""
    if source.node == slot.node or slot.node in reach(graph, source.node, upstream=True):
        return circle()
    return port_misfit(graph, registry, given, source, slot)


def circle() -> Misfit:
    return Misfit(tr("That would close a circle: data must flow one way."), never=True)


def port_misfit(graph: Graph, registry: Registry, given: Given, source: Source, slot: Slot) -> Misfit | None:
    """The same, for two nodes that close no circle."""
    target = graph.nodes.get(slot.node)
    spec = registry.layer(target.type) if target is not None else None
    return spec_misfit(spec, slot.port, *given(source)) if spec is not None else None


def spec_misfit(spec: LayerSpec, port: str, shape: tuple[int, ...] | None, dtype: str) -> Misfit | None:
    """What speaks against this shape and kind of numbers at a port of such a node; what is not known yet fits."""
    target = isinstance(spec, LossSpec) and port == "target"
    if shape is not None and spec.ranks and not target and len(shape) not in spec.ranks:
        expected = _axes(tuple(rank - 1 for rank in spec.ranks))
        return Misfit(
            tr(
                "{title} expects {expected}; this carries {shape}.",
                title=spec.title,
                expected=expected,
                shape=shape_text(shape),
            )
        )
    wanted = spec.dtype
    if target and isinstance(spec, LossSpec):
        wanted = "int" if spec.target == "class" else "float"
    if dtype and wanted and dtype != wanted:
        words = {"int": tr("whole numbers"), "float": tr("real numbers"), "bool": tr("truth values")}
        return Misfit(
            tr(
                "{title} expects {wanted}; this carries {given}.",
                title=spec.title,
                wanted=words[wanted],
                given=words.get(dtype, dtype),
            )
        )
    return None


def reach(graph: Graph, node: str, *, upstream: bool) -> set[str]:
    """All that feeds `node`, or (not upstream) all that it feeds, directly or not."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        id = waiting.pop()
        near = (
            [wire.source.node for wire in graph.wires_into(id)]
            if upstream
            else [wire.target.node for wire in graph.wires_out_of(id)]
        )
        waiting += [other for other in near if other not in found]
        found.update(near)
    return found


def _axes(counts: tuple[int, ...]) -> str:
    words = {
        0: tr("one number"),
        1: tr("a vector"),
        2: tr("a sequence (2 axes)"),
        3: tr("an image (3 axes)"),
        4: tr("a volume (4 axes)"),
    }
    return tr(" or ").join(words.get(count, tr("{count} axes", count=count)) for count in sorted(counts))
