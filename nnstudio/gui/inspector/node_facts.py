"""What is known of a node, in words and numbers: its shapes, its cost, and live figures. What is not known is never a 0."""

from collections.abc import Sequence
from itertools import zip_longest

from nnstudio.gui.text import byte_size, number, si, tr
from nnstudio.gui.widgets.facts import Fact
from nnstudio.plan import NodePlan, shape_text
from nnstudio.project.flat import SCAN_COLLECT, SCAN_START
from nnstudio.specs import Port

ENTERING = {SCAN_START: 0, SCAN_COLLECT: 1}
"""How many of the inputs of a scan's edges carry what they hand on; the others only say how long or how many."""


def facts(plan: NodePlan, ports: Sequence[Port] = ()) -> list[Fact]:
    """(name, value, what it means) of a node that could be worked out. ports: where its inputs are wired."""
    batch = tr("B is the batch axis")
    inputs = plan.inputs[: ENTERING.get(plan.type, len(plan.inputs))]
    titles = [port.title for port in ports] if len(ports) == len(inputs) else []
    shapes = [
        (title or tr("input"), shape_text(shape, batch=True), batch)
        for title, shape in zip_longest(titles, inputs)
        if shape is not None
    ]
    shapes += [(tr("output"), shape_text(shape, batch=True), batch) for shape in plan.outputs.values()]
    costs = [
        (tr("parameters"), plan.parameters, number, tr("Trainable numbers of this node")),
        (tr("multiply-adds"), plan.macs, si, tr("Multiply-adds for one sample, forward")),
        (tr("memory per sample"), plan.memory, byte_size, tr("Bytes of its outputs as 32-bit floats")),
    ]
    shown = [each for each in costs if each[1] or each[2] is number]
    return shapes + [(name, at_least(value, said(value), whole=plan.whole), tip) for name, value, said, tip in shown]


def at_least(value: float, said: str, *, whole: bool) -> str:
    """`said`, or that it is only what is known so far."""
    if whole:
        return said
    return f"≥ {said}" if value else tr("not known")


def statistic(name: str, value: float) -> Fact:
    """A live figure as (name, value with unit, what it means)."""
    match name:
        case "dead":
            return tr("dead units"), f"{100 * value:.0f} %", tr("Units that were 0 for every sample of the batch")
        case "time" | "seconds":
            return tr("time, last step"), f"{1000 * value:.2f} ms", tr("Forward time of this node")
        case _:
            return name.replace("_", " "), number(value, 3), ""
