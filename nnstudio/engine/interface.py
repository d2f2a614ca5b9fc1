"""What goes into the model and what comes out of it? Which nodes are part of it at all?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from nnstudio.engine import flow
from nnstudio.plan import Plan
from nnstudio.project.check_graph import INPUT
from nnstudio.project.graph import Graph, Slot, Source
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, LossParams, LossSpec


@dataclass(frozen=True)
class LossTerm:
    """One loss of the sum. output: index into what the module returns; target_field: of the data, or "" where the target is

    computed by the network itself: then `target_output` is its index into what the module returns.
    """

    node: str
    spec: LossSpec
    params: LossParams
    output: int
    target_field: str = ""
    target_output: int = -1

    @property
    def weight(self) -> float:
        return self.params.weight


@dataclass(frozen=True)
class Interface:
    """body: the nodes that compute, in order (inputs and losses are not among them); inputs: the data's fields, in the order of
    `forward`'s arguments; outputs: what `forward` returns; targets: the data's fields that the losses compare with."""

    body: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    outputs: tuple[Source, ...] = ()
    targets: tuple[str, ...] = ()
    losses: tuple[LossTerm, ...] = ()
    read: Mapping[str, str] = field(default_factory=dict[str, str])
    """input node → the field it reads"""


def interface(
    graph: Graph, plan: Plan, registry: Registry, carried: Mapping[str, tuple[Source, ...]] | None = None
) -> Interface:
    """The model that `plan` makes of a flat graph: what feeds a loss, or all there is where no loss is worked out.

    carried: by the path of a scan, what comes back at its next step (`Flat.carried`): part of the model, where anything of the scan is.
    """
    specs = {id: spec for id in plan.nodes if (spec := registry.layer(graph.nodes[id].type)) is not None}
    read = {id: plan.nodes[id].fields.get(spec.outputs[0].name, "") for id, spec in specs.items() if spec.id == INPUT}
    losses = sorted((id for id, spec in specs.items() if isinstance(spec, LossSpec)), key=partial(_rank, specs))
    if not losses:
        ends = _loose_ends(graph, plan, specs)
        used = flow.upstream(graph, (end.node for end in ends))
        body = tuple(id for id in plan.order if id in plan.nodes and id not in read)
        return Interface(body, _fields(plan, read, used), ends, read=read)
    outputs: dict[Source, int] = {}
    terms: list[LossTerm] = []
    for id in losses:
        spec = specs[id]
        assert isinstance(spec, LossSpec)
        params = spec.params.model_validate(dict(graph.nodes[id].params))
        assert isinstance(params, LossParams)
        output = outputs.setdefault(graph.wires[Slot(id, spec.inputs[0].name)], len(outputs))
        field_name = plan.nodes[id].fields.get(spec.inputs[1].name, "") if len(spec.inputs) > 1 else ""
        computed = -1
        if not field_name and len(spec.inputs) > 1:
            computed = outputs.setdefault(graph.wires[Slot(id, spec.inputs[1].name)], len(outputs))
        terms.append(LossTerm(id, spec, params, output, field_name, computed))
    used = flow.upstream(graph, (source.node for source in outputs), carried)
    body = tuple(id for id in plan.order if id in used and id not in read)
    targets = tuple(dict.fromkeys(term.target_field for term in terms if term.target_field))
    return Interface(body, _fields(plan, read, used), tuple(outputs), targets, tuple(terms), read)


def _rank(specs: Mapping[str, LayerSpec], id: str) -> tuple[bool, object]:
    """The main loss, which stands first, says what the predictions are: one without a target cannot."""
    spec = specs[id]
    return isinstance(spec, LossSpec) and spec.target == "none", flow.natural(id)


def _fields(plan: Plan, read: Mapping[str, str], used: set[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(read[id] for id in plan.order if id in read and id in used))


def _loose_ends(graph: Graph, plan: Plan, specs: Mapping[str, LayerSpec]) -> tuple[Source, ...]:
    """First outputs that nothing worked out reads."""
    taken = {wire.source.node for id in plan.nodes for wire in graph.wires_into(id)}
    ends = (Source(id, specs[id].outputs[0].name) for id in plan.order if id in plan.nodes and id not in taken)
    return tuple(ends)
