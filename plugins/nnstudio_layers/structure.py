"""What gives a drawing its structure and computes nothing, or stands at the edge of a block."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from nnstudio.api import Field, LayerSpec, Params, Port

Size = Annotated[int, Field(ge=1, le=1_000_000)]
Sizes = Annotated[tuple[Size, ...], BeforeValidator(lambda value: (value,) if isinstance(value, int) else value)]
"""One whole number, as a vector's, or one for each axis."""


class Reroute(Params):
    """A point that a wire is led through; the network is computed as if it were not there."""


class BlockInput(Params):
    """Where a value enters a block: one input of it, called as this node is.

    In a scan block (one that is run over time: a command of the block) the value of one step, or what an output of the block gave at the step before.
    """

    carry: str = ""
    """in a scan block: id of the output whose value comes back here at the next step (empty: a sequence's value at each step)"""
    size: Sizes = (16,)
    """sizes of one sample of a carried value, which begins as zeros where nothing is wired to it"""


class BlockOutput(Params):
    """Where a value leaves a block: one output of it, called as this node is."""

    gives: Literal["sequence", "last"] = "sequence"
    """in a scan block: the values of all steps, or that of the last step"""


class ScanStep(Params):
    """A sequence's value at one step.   Formula: x_t"""


class ScanStart(Params):
    """A carried value before the first step: zeros, in decimal numbers whatever the sequence holds.   Formula: h₀ = 0"""

    size: Sizes = (16,)
    """sizes of one sample"""


class ScanCollect(Params):
    """The values of all steps as a sequence.   Formula: (y₁, …, y_T)"""


class ScanLast(Params):
    """The value at the last step.   Formula: y_T"""


LAYERS = [
    LayerSpec(
        "nnstudio.reroute", "Reroute", "shape", params=Reroute, call="{input}", stem="reroute", dtype="",
        aliases=("dot", "knot", "elbow"),
    ),
    LayerSpec(
        "nnstudio.block_input", "Block input", "block", params=BlockInput, inputs=(), stem="in", dtype="",
        aliases=("entry", "argument"),
    ),
    LayerSpec(
        "nnstudio.block_output", "Block output", "block", params=BlockOutput, outputs=(), stem="out", dtype="",
        aliases=("exit", "return"),
    ),
    LayerSpec(
        "nnstudio.scan_step", "Step", "sequence", params=ScanStep, call="{input}[:, 0]", dtype="", ranks=(2, 3, 4, 5, 6), hidden=True,
    ),
    LayerSpec(
        "nnstudio.scan_start", "Start", "sequence", params=ScanStart, inputs=(Port("like"),), dtype="", hidden=True,
        call="{like}.new_zeros({like}.shape[0], {size:, }) * 1.0",
    ),
    LayerSpec(
        "nnstudio.scan_collect", "Collect", "sequence", params=ScanCollect, inputs=(Port("input"), Port("like")), dtype="",
        call="torch.stack([{input}] * {like}.shape[1], dim=1)", hidden=True,
    ),
    LayerSpec("nnstudio.scan_last", "Last", "sequence", params=ScanLast, call="{input}", dtype="", hidden=True),
]  # fmt: skip
