"""What an engine answers to experiments: frozen values, torch-free."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nnstudio.figures import Figure
from nnstudio.replies import NodeOutput, WeightStats

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class InitialNode:
    """One node of a network before its first step. output: its activations; gradient: of the loss, with respect to them;

    weights: as the recipe's initializer left them; weight_gradient: of the loss, with respect to the weights. None: there is none.
    """

    output: NodeOutput
    gradient: WeightStats | None = None
    weights: WeightStats | None = None
    weight_gradient: WeightStats | None = None


@dataclass(frozen=True)
class Initial:
    """The network at its start, on the batch that training would begin with. nodes: by node id, in the order of the computation.

    loss: of that batch, without penalties; samples: how many it holds.
    """

    nodes: Mapping[str, InitialNode]
    loss: float
    samples: int


@dataclass(frozen=True)
class Suggestion:
    """A setting that an experiment recommends: `value` for the dotted `name` ("recipe.optimizer.lr"). label: what its button says."""

    label: str
    name: str
    value: float | int | str | bool


@dataclass(frozen=True)
class Outcome:
    """What an experiment found. verdict: in words, the first sentence says it; figures: in order of weight; numbers: by name, for those who compute on.

    facts: rows of (what, how much) as people read them.
    """

    title: str
    verdict: str
    figures: tuple[Figure, ...]
    facts: tuple[tuple[str, str], ...] = ()
    numbers: Mapping[str, float | Array] = field(default_factory=dict[str, "float | Array"])
    suggestion: Suggestion | None = None
