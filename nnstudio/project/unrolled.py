"""What does a scan compute, written out? As many copies of its step as the sequence is long, side by side, with the weights of the first."""

from collections.abc import Mapping
from dataclasses import replace

from nnstudio.plan import NodePlan, Plan
from nnstudio.project.block_edits import shifted
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, carries, entries
from nnstudio.project.boxes import Size, around, node_box
from nnstudio.project.check_options import SHARE
from nnstudio.project.flat import Flat
from nnstudio.project.frames import padded
from nnstudio.project.graph import Frame, Graph, Json, Node, Slot, Source
from nnstudio.project.project import Block
from nnstudio.registry import Registry

MAX_STEPS = 200
GAP = 64.0
"""Between the frames of two steps: what is carried passes there."""
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
NOTHING: Mapping[str, Json] = {}


def unrolled(
    block: Block, registry: Registry, steps: int, values: Mapping[str, Json] = NOTHING, *, columns: int = MAX_STEPS
) -> Graph:
    """The graph that a scan `block` is for sequences of `steps` (1 … MAX_STEPS); values: of exposed parameters, as its instance sets them.

    The steps stand in frames of one size, `columns` of them side by side.
    A node "fc" of step t is "fc_t", and uses the weights of "fc_1", where its layer has any. Each sequence has an input a step ("in1_t"),
    each carried value one at its beginning ("in2_0"); each output stands at every step ("out1_t"), one that gives the last value at the
    last alone.
    """
    if not 1 <= steps <= MAX_STEPS:
        raise ValueError(f"A scan is unrolled for 1 … {MAX_STEPS} steps, not {steps}.")
    return _Unrolling(block, registry, values, columns).graph(steps)


def size_of_step(block: Block) -> Size:
    """From one step's frame to the next one's, across and down."""
    left, top, right, bottom = _box(block)
    return right - left + GAP, bottom - top + GAP


def _box(block: Block) -> tuple[float, float, float, float]:
    """Of the frame about the block's own nodes."""
    return padded(around(node_box(node) for node in block.graph)) or (0.0, 0.0, 0.0, 0.0)


def planned(block: Block, steps: int, plan: Plan, flat: Flat, path: str) -> Plan:
    """What `plan` knows of the instance at `path`, said of each of its nodes' copies: each step is computed alike."""
    nodes: dict[str, NodePlan] = {}
    for node in block.graph:
        fed = (
            block.graph.wires_into(node.id) if node.type == BLOCK_OUTPUT else ()
        )  # it stands for the whole sequence there
        source = fed[0].source if fed else Source(node.id)
        id = f"{path}/{source.node}"
        seen = flat.seen(source._replace(node=id))
        known = plan.nodes.get(id) or plan.blocks.get(id) or (plan.nodes.get(seen.node) if seen is not None else None)
        if known is not None and fed and source.port in known.outputs:
            known = replace(known, outputs={source.port: known.outputs[source.port]}, parameters=0)
        if known is not None:
            nodes |= {at(node.id, step): known for step in range(steps + 1)}
    return Plan(nodes=nodes)


def at(id: str, step: int) -> str:
    """The id of an inner node's copy at a step, from 1."""
    return f"{id}_{step}"


class _Unrolling:
    def __init__(self, block: Block, registry: Registry, values: Mapping[str, Json], columns: int) -> None:
        self._block, self._registry, self._columns = block, registry, columns
        self._carried = {entry.id: str(entry.params["carry"]) for entry in entries(block) if carries(entry)}
        self._set: dict[str, dict[str, Json]] = {}
        for item in block.exposed:
            if item.name in values:
                self._set.setdefault(item.node, {})[item.param] = values[item.name]
        self._frame, self._step = _box(block), size_of_step(block)

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
            left, top, right, bottom = self._frame
            frame = Frame(f"step {step}", f"t = {step}", position=(left, top), size=(right - left, bottom - top))
            frames[frame.id] = shifted(frame, *self._offset(step))
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
        titled = node.name or node.type in (BLOCK_INPUT, BLOCK_OUTPUT)
        name = node.label + str(number).translate(SUBSCRIPTS) if titled else ""  # titled by its kind, as in the block
        copy = replace(node, id=at(node.id, number), name=name, params=params, options=options)
        return shifted(copy, *self._offset(step))

    def _offset(self, step: int) -> tuple[float, float]:
        """Of what stands in the frame of a step."""
        row, column = divmod(step - 1, self._columns)
        return column * self._step[0], row * self._step[1]

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
