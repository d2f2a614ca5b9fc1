"""What does a scan compute, written out? As many copies of its step as the sequence is long, side by side, with the weights of the first."""

from collections.abc import Mapping
from dataclasses import replace

from nnstudio.project.block_edits import shifted
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, carries, entries
from nnstudio.project.boxes import around, node_box
from nnstudio.project.check_options import SHARE
from nnstudio.project.frames import PADDING, padded
from nnstudio.project.graph import Frame, Graph, Json, Node, Slot, Source
from nnstudio.project.placing import COLUMN
from nnstudio.project.project import Block
from nnstudio.registry import Registry

MAX_STEPS = 200
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
NOTHING: Mapping[str, Json] = {}


def unrolled(block: Block, registry: Registry, steps: int, values: Mapping[str, Json] = NOTHING) -> Graph:
    """The graph that a scan `block` is for sequences of `steps` (1 … MAX_STEPS); values: of exposed parameters, as its instance sets them.

    A node "fc" of step t is "fc_t", and uses the weights of "fc_1", where its layer has any. Each sequence has an input a step ("in1_t"),
    each carried value one at its beginning ("in2_0"); each output stands at every step ("out1_t"), one that gives the last value at the
    last alone.
    """
    if not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"A scan is unrolled for 1 … {MAX_STEPS} steps, not {steps}.")
    return _Unrolling(block, registry, values).graph(steps)


def at(id: str, step: int) -> str:
    """The id of an inner node's copy at a step, from 1."""
    return f"{id}_{step}"


class _Unrolling:
    def __init__(self, block: Block, registry: Registry, values: Mapping[str, Json]) -> None:
        self._block, self._registry = block, registry
        self._carried = {entry.id: str(entry.params["carry"]) for entry in entries(block) if carries(entry)}
        self._set: dict[str, dict[str, Json]] = {}
        for item in block.exposed:
            if item.name in values:
                self._set.setdefault(item.node, {})[item.param] = values[item.name]
        xs = [node.position[0] for node in block.graph] or [0.0]
        self._width = max(xs) - min(xs) + COLUMN + 2 * PADDING

    def graph(self, steps: int) -> Graph:
        nodes: dict[str, Node] = {}
        wires: dict[Slot, Source] = {}
        frames: dict[str, Frame] = {}
        for step in range(1, steps + 1):
            placed = self._nodes(step, last=step == steps)
            nodes |= placed
            for slot, source in self._block.graph.wires.items():
                value = self._value(step, source)
                if at(slot.node, step) in placed and value is not None:
                    wires[slot._replace(node=at(slot.node, step))] = value
            box = padded(around(node_box(node) for node in placed.values()))
            if box is not None:
                size = (box[2] - box[0], box[3] - box[1])
                frames[f"step {step}"] = Frame(f"step {step}", f"t = {step}", position=box[:2], size=size)
        return Graph(nodes, wires, frames)

    def _nodes(self, step: int, *, last: bool) -> dict[str, Node]:
        placed: dict[str, Node] = {}
        for node in self._block.graph:
            if node.id in self._carried:
                if step == 1:
                    placed[at(node.id, 0)] = self._copy(node, 0, step)
            elif node.type != BLOCK_OUTPUT or node.params.get("gives") != "last" or last:
                placed[at(node.id, step)] = self._copy(node, step, step)
        return placed

    def _copy(self, node: Node, number: int, step: int) -> Node:
        """number: what stands behind its name; step: in whose copy it is placed."""
        params = {**node.params, **self._set.get(node.id, {})}
        options = dict(node.options)
        if node.type in (BLOCK_INPUT, BLOCK_OUTPUT):
            params = {}
        elif SHARE in options:
            options[SHARE] = at(str(options[SHARE]), 1)
        elif step > 1 and self._has_weights(node):
            options[SHARE] = at(node.id, 1)
        name = node.label + str(number).translate(SUBSCRIPTS)
        copy = replace(node, id=at(node.id, number), name=name, params=params, options=options)
        return shifted(copy, (step - 1) * self._width, 0)

    def _has_weights(self, node: Node) -> bool:
        spec = self._registry.layer(node.type)
        return node.type.startswith(PREFIX) or (spec is not None and bool(spec.module))

    def _value(self, step: int, source: Source) -> Source | None:
        """The output, in the graph written out, that `source` of one step is; None where nothing feeds it."""
        output = self._carried.get(source.node)
        if output is None:
            return source._replace(node=at(source.node, step))
        if step == 1:
            return source._replace(node=at(source.node, 0))
        wires = self._block.graph.wires_into(output)
        return self._value(step - 1, wires[0].source) if wires else None
