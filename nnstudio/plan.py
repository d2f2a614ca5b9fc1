"""What `inspect` finds out: every node's resolved arguments, shapes and cost, or what is wrong with it. Torch-free values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from nnstudio.problems import Problem

BATCH = -1
"""Stands for the batch axis in shapes."""


@dataclass(frozen=True)
class NodePlan:
    """One node, worked out. Shapes have BATCH as their first size; parameters: trainable scalars; macs: multiply-adds for one sample;

    memory: bytes of its outputs for one sample (float32). arguments: what its constructor is called with, inferred ones included.
    fields: the data's fields it reads, by port: {"output": "image"} of an Input, {"target": "label"} of a loss.
    shares: the node whose module, and so whose weights, it uses ("": it has its own); its own `parameters` are then none.
    reparametrize: the form of its weight ("weight_norm", "spectral_norm", or "" for the plain one).
    whole: of an instance of a block, could all that lies within be worked out? Else its sums are of what could.
    """

    id: str
    type: str
    name: str  # in code
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    inputs: tuple[tuple[int, ...], ...] = ()
    outputs: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    dtypes: Mapping[str, str] = field(default_factory=dict[str, str])
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    parameters: int = 0
    macs: int = 0
    memory: int = 0
    shares: str = ""
    reparametrize: str = ""
    whole: bool = True

    @property
    def owner(self) -> str:
        """The node that its weights belong to."""
        return self.shares or self.id


@dataclass(frozen=True)
class Plan:
    """The whole graph, worked out. order: ids of computed nodes, each after what feeds it. nodes: those that could be worked out.

    All ids are flat ones (see `project.flat`). blocks: nodes that stand for others (instances of blocks, reroute points, bypassed nodes), as far
    as they are worked out: shapes at their ports; parameters, multiply-adds and memory of all that lies within.
    """

    order: tuple[str, ...] = ()
    nodes: Mapping[str, NodePlan] = field(default_factory=dict[str, NodePlan])
    problems: tuple[Problem, ...] = ()
    parameters: int = 0
    macs: int = 0
    memory: int = 0
    blocks: Mapping[str, NodePlan] = field(default_factory=dict[str, NodePlan])

    @cached_property
    def whole(self) -> bool:
        """Could all of it be worked out? Else the sums are those of what could."""
        return set(self.order) <= self.nodes.keys()

    @property
    def ready(self) -> bool:
        """Can it be compiled?"""
        return not any(problem.severity == "error" for problem in self.problems)

    def node_of(self, name: str) -> str | None:
        """The node that a parameter or module of the network belongs to: the one whose name in code begins its name, the longest such."""
        while name and name not in self._by_name:
            name = name.rpartition(".")[0]
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        return {plan.name: id for id, plan in self.nodes.items() if not plan.shares}

    def parameters_of(self, ids: Iterable[str]) -> int:
        """Trainable scalars of these nodes; what several of them share counts once."""
        return sum(self.nodes[owner].parameters for owner in {self.nodes[id].owner for id in ids if id in self.nodes})


@dataclass(frozen=True)
class Code:
    """Generated code: the text, and for each node, by its flat id, the lines (from 1) that are its own.

    A line of a block's class belongs to a node of every instance that the class stands for; an instance has the lines where it is made and called.
    left_out: what the nodes are called that could not be written, or for which a placeholder is called.
    """

    text: str
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    class_name: str = "Model"
    left_out: tuple[str, ...] = ()

    def node_at(self, line: int) -> str | None:
        """The node that a line of a traceback belongs to; the first of several instances."""
        return next(iter(self.nodes_at(line)), None)

    def nodes_at(self, line: int) -> tuple[str, ...]:
        """The nodes that a line belongs to: in a block's class one of every instance."""
        return tuple(node for node, lines in self.lines.items() if line in lines)


def shape_text(shape: tuple[int, ...], *, batch: bool = False) -> str:
    """`6×14×14` (a wire), or `B × 6 × 14 × 14` with the batch axis."""
    sizes = shape if batch else shape[1:]
    return (" × " if batch else "×").join("B" if size == BATCH else str(size) for size in sizes) or "1"
