"""What may cross, and what may stand in each of its fields?"""

import functools
import math
import types
from collections.abc import Iterable, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import numpy.typing as npt

from nnstudio import data, events, figures, plan, problems, replies, replies_experiments
from nnstudio.project import project

Json = Any
Array = npt.NDArray[np.generic]

KINDS = "biufcSUmM"  # numbers, texts and times; never objects
PLAIN = frozenset({str, int, bool, type(None)})
FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
LONG = frozenset({"nodes", "wires"})  # lists of a graph
KEPT = 256  # parts of plans that are remembered: those of two networks of 50 000 nodes, more or less

TYPES: Mapping[str, type] = {
    cls.__name__: cls
    for cls in (
        events.RunStarted,
        events.Steps,
        events.EpochEnded,
        events.Predictions,
        events.NodeStats,
        events.CheckpointSaved,
        events.Paused,
        events.Resumed,
        events.Changed,
        events.Finished,
        events.Failed,
        plan.NodePlan,
        plan.Plan,
        plan.Code,
        data.FieldInfo,
        data.DataInfo,
        problems.Problem,
        problems.Fix,
        project.Entry,
        project.Rule,
        project.Data,
        replies.Hello,
        replies.Inspected,
        replies.Preview,
        replies.Prepared,
        replies.Exported,
        replies.Drawn,
        replies.Ensembled,
        replies.NodeOutput,
        replies.WeightStats,
        replies.Refused,
        figures.Line,
        figures.Curves,
        figures.Tiles,
        figures.Matrix,
        figures.Points,
        figures.Contour,
        figures.Bars,
        figures.Note,
        replies_experiments.InitialNode,
        replies_experiments.Initial,
        replies_experiments.Suggestion,
        replies_experiments.Outcome,
    )
}
"""Every dataclass that may cross; `Project` and `Severity` go by a form of their own."""


class ProtocolError(Exception):
    """What came is no frame of this protocol: cut short, too large, or of a type that is not in the table."""


@functools.cache
def allowed_in(cls: type) -> dict[str, tuple[type, ...]]:
    """What may stand in each field of `cls`: the outermost class of its annotation."""
    return {name: tuple(_classes(hint)) for name, hint in get_type_hints(cls).items()}


def _classes(hint: Any) -> Iterable[type]:
    origin = get_origin(hint) or hint
    if origin in (Union, types.UnionType):
        for arm in get_args(hint):
            yield from _classes(arm)
    elif origin is float:
        yield from (float, int)
    elif origin is Any:  # a class itself, but of nothing
        yield object
    elif isinstance(origin, type):
        yield origin
    else:
        yield object


def shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
