"""How large is a tensor of the text along an axis? What its layer says, else what comes of the data that the network shall learn from."""

from nnstudio.data import DataInfo
from nnstudio.engine.from_code.drawing import Drawing, Flow
from nnstudio.engine.inspect import Inspector
from nnstudio.registry import Registry

STATED = {("torch.linear", -1): "out_features"} | {(f"torch.conv{rank}d", 1): "out_channels" for rank in (1, 2, 3)}
"""{(type, axis): the parameter that is the size}, whatever comes in."""


class Shapes:
    def __init__(self, drawing: Drawing, registry: Registry, info: DataInfo | None) -> None:
        self._drawing, self._registry, self._info = drawing, registry, info
        self._inspector = Inspector(registry)

    def size(self, flow: Flow, axis: int) -> int | None:
        """None: it cannot be known."""
        if flow.source is None:
            return None
        node = self._drawing.nodes[flow.source.node]
        spec, stated = self._registry.layer(node.type), STATED.get((node.type, axis))
        if spec is not None and stated is not None:
            return getattr(spec.params.model_validate(dict(node.params)), stated)
        if self._info is None:
            return None
        plan = self._inspector.inspect(self._drawing.graph, self._info)
        shape = plan.nodes[node.id].outputs.get(flow.source.port) if node.id in plan.nodes else None
        return shape[axis] if shape is not None and -len(shape) <= axis < len(shape) else None
