"""How large is a tensor of the text along an axis? What its layer says, else what comes of the data that the network shall learn from."""

import math
from typing import Any

from nnstudio.data import DataInfo
from nnstudio.engine.from_code.drawing import Drawing, Flow
from nnstudio.engine.from_code.values import Sizes
from nnstudio.engine.inspect import Inspector
from nnstudio.project.graph import Source
from nnstudio.registry import Registry
from nnstudio.specs import Shape

STATED = {("torch.linear", -1): "out_features"} | {(f"torch.conv{rank}d", 1): "out_channels" for rank in (1, 2, 3)}
"""{(type, axis): the parameter that is the size}, whatever comes in."""


class Shapes:
    def __init__(self, drawing: Drawing, registry: Registry, info: DataInfo | None) -> None:
        self._drawing, self._registry, self._info = drawing, registry, info
        self._inspector = Inspector(registry)
        self._known: dict[Source, Shape | None] = {}  # a tensor keeps its shape, whatever is drawn later

    def shape(self, flow: Flow) -> Shape | None:
        """The batch first, of any size. None: it cannot be known."""
        source = flow.source
        if source is None or self._info is None:
            return None
        if source not in self._known:
            plan = self._inspector.inspect(self._drawing.graph, self._info)
            for id, node in plan.nodes.items():
                self._known |= {Source(id, port): shape for port, shape in node.outputs.items()}
            self._known.setdefault(source, None)
        return self._known[source]

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
