"""What is said of a node or a frame to whoever does not see it: all that its picture tells."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import cast

from nnstudio.gui.library.offered import section_title
from nnstudio.gui.text import number, tr
from nnstudio.plan import NodePlan, shape_text
from nnstudio.project.blocks import block_of
from nnstudio.project.graph import Frame, Graph, Node, Wire
from nnstudio.project.outline import Path, title
from nnstudio.project.project import Project
from nnstudio.project.rules import effective
from nnstudio.registry import Registry
from nnstudio.specs import Port


def node_words(
    project: Project, registry: Registry, path: Path, graph: Graph, node: Node, planned: NodePlan | None
) -> str:
    """`Conv 2d conv1, out channels 16, output 16×5×5, from pool1, frozen`. path: of the instances that `graph` lies in."""
    parts = [title(node, registry), *_values(registry, node)]
    block = block_of(node, project.blocks)
    if block is not None and block.kind == "scan":
        parts.append(tr("computed once a step"))
    if planned is not None and planned.outputs:
        parts.append(_outputs(registry, node, planned))
    parts += _feeders(registry, graph, node)
    parts += _states(project, path, graph, node)
    return ", ".join(parts)


def frame_words(frame: Frame, registry: Registry) -> str:
    """`Frame Head: the classifier, colour Data`"""
    said = tr("Frame {title}", title=title(frame, registry)) if frame.title else tr("Comment")
    text = f"{said}: {frame.text}" if frame.text else said
    return f"{text}, {_color(frame.color)}" if frame.color else text


def _values(registry: Registry, node: Node) -> list[str]:
    """Those that are not the default."""
    spec = registry.layer(node.type)
    names = spec.params.model_fields if spec is not None else ()
    return [f"{name.replace('_', ' ')} {_value(node.params[name])}" for name in names if name in node.params]


def _value(value: object) -> str:
    if isinstance(value, bool):
        return tr("on") if value else tr("off")
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list | tuple):
        return " × ".join(_value(item) for item in cast(Sequence[object], value))
    return tr("none") if value is None else str(value)


def _outputs(registry: Registry, node: Node, planned: NodePlan) -> str:
    """By name where there are several."""
    ports = _ports(registry, node, outputs=True)
    shapes = {name: shape_text(shape) for name, shape in planned.outputs.items()}
    if len(shapes) == 1:
        return tr("output {shape}", shape=next(iter(shapes.values())))
    return ", ".join(
        tr("output {name} {shape}", name=ports.get(name, name), shape=shape) for name, shape in shapes.items()
    )


def _feeders(registry: Registry, graph: Graph, node: Node) -> list[str]:
    """`from relu1`; with the names of the ports where there are several: `target from label1`."""
    ports = _ports(registry, node, outputs=False)
    by_port: dict[str, list[str]] = {}
    for wire in graph.wires_into(node.id):
        by_port.setdefault(wire.target.port, []).append(_source(registry, graph, wire))
    return [
        tr("{port} from {sources}", port=ports.get(port, port), sources=", ".join(sources))
        if len(ports) > 1
        else tr("from {sources}", sources=", ".join(sources))
        for port, sources in by_port.items()
    ]


def _source(registry: Registry, graph: Graph, wire: Wire) -> str:
    """The node's name, and which of its outputs where it has several."""
    source = graph.nodes.get(wire.source.node)
    if source is None:
        return wire.source.node
    ports = _ports(registry, source, outputs=True)
    port = wire.source.port
    return tr("{port} of {node}", port=ports.get(port, port), node=source.label) if len(ports) > 1 else source.label


def _ports(registry: Registry, node: Node, *, outputs: bool) -> dict[str, str]:
    """{port: what people read}"""
    spec = registry.layer(node.type)
    ports: tuple[Port, ...] = () if spec is None else tuple(spec.outputs if outputs else spec.inputs)
    return {port.name: port.title or port.name for port in ports}


def _states(project: Project, path: Path, graph: Graph, node: Node) -> Iterator[str]:
    if node.bypassed:
        yield tr("bypassed")
    ruled = replace(node, id="/".join((*path, node.id)), name=node.label) if path else node
    if effective(project.recipe, ruled).frozen:
        yield tr("frozen")
    shared = graph.nodes.get(str(node.options.get("share", "")))
    if shared is not None:
        yield tr("uses the weights of {node}", node=shared.label)
    if node.options.get("search"):
        yield tr("searched over")
    if node.collapsed:
        yield tr("collapsed")
    if node.color:
        yield _color(node.color)
    if node.note:
        yield tr("note: {note}", note=node.note)


def _color(name: str) -> str:
    return tr("colour {name}", name=section_title(name))
