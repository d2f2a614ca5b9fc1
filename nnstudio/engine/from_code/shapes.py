"""How large is a tensor of the text along an axis? What its layer says, else what comes of the data that the network shall learn from."""

import math
from dataclasses import replace
from typing import Any

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine.from_code.drawing import Drawing, Flow
from nnstudio.engine.from_code.values import Sizes
from nnstudio.engine.inspect import Inspector
from nnstudio.project.check_graph import INPUT
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.registry import Registry
from nnstudio.specs import Shape

STATED = {("torch.linear", -1): "out_features"} | {(f"torch.conv{rank}d", 1): "out_channels" for rank in (1, 2, 3)}
"""{(type, axis): the parameter that is the size}, whatever comes in."""


class Shapes:
    def __init__(self, drawing: Drawing, registry: Registry, info: DataInfo | None) -> None:
        self._drawing, self._registry, self._info = drawing, registry, info
        self.start = info is not None
        """Are the sizes known that the network starts from?"""
        self._inspector = Inspector(registry)
        self._known: dict[Source, tuple[Shape, str] | None] = {}  # shape and dtype; what is drawn later changes neither

    def shape(self, flow: Flow) -> Shape | None:
        """The batch first, of any size. None: it cannot be known."""
        if flow.source is None or self._info is None:
            return None
        if flow.source not in self._known:
            self._work_out(flow.source, self._info)
        found = self._known[flow.source]
        return found[0] if found is not None else None

    def _work_out(self, source: Source, info: DataInfo) -> None:
        """The layers between `source` and what is known already, which stands there as data would: a long text takes no longer for each line."""
        nodes: dict[str, Node] = {}
        wires: dict[Slot, Source] = {}
        given: dict[str, FieldInfo] = {}
        waiting = [source.node]
        while waiting:
            id = waiting.pop()
            if id in nodes:
                continue
            nodes[id] = replace(self._drawing.nodes[id], options={})  # whose weights it has is no matter of shapes
            for slot, giver in self._drawing.into(id).items():
                if giver not in self._known:
                    wires[slot] = giver
                    waiting.append(giver.node)
                    continue
                known = self._known[giver]
                if known is None:
                    self._known[source] = None
                    return
                name = f"{giver.node}.{giver.port}"
                wires[slot] = Source(name)
                nodes[name] = Node(name, INPUT, {"field": name})
                given[name] = FieldInfo("array", known[0][1:], known[1])
        plan = self._inspector.inspect(Graph(nodes, wires), replace(info, fields={**info.fields, **given}))
        for id in nodes.keys() - given.keys():
            worked_out = plan.nodes.get(id)
            if worked_out is not None:
                shapes, kinds = worked_out.outputs, worked_out.dtypes
                self._known |= {Source(id, port): (shapes[port], kinds[port]) for port in shapes}
        self._known.setdefault(source, None)

    def size(self, flow: Flow, axis: int) -> int | None:
        """None: it cannot be known, as that of the batch."""
        if flow.source is None:
            return None
        node = self._drawing.nodes[flow.source.node]
        spec, stated = self._registry.layer(node.type), STATED.get((node.type, axis))
        if spec is not None and stated is not None:
            return getattr(spec.params.model_validate(dict(node.params)), stated)
        shape = self.shape(flow)
        return shape[axis] if shape is not None and -len(shape) < axis < len(shape) and axis else None

    def of(self, value: Any) -> int | None:
        """The number that one axis of a tensor's shape is."""
        return self.size(value.flow, value.axis) if isinstance(value, Sizes) and value.axis is not None else None

    def count(self, flow: Flow) -> int | None:
        """Of the values of one sample."""
        shape = self.shape(flow)
        return math.prod(shape[1:]) if shape is not None else None
