"""Graph → Plan: every node's resolved arguments, shapes and cost, or what is wrong with it.

torch tells the shapes: each layer is built and run on the meta device, so nobody writes a shape formula and none can be wrong.
What was found out is kept twice: by node, so that an edit is worked out only as far as it reaches; and by (type, parameters,
input shapes), so that the hundredth block like the first costs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnstudio.data import DataInfo
from nnstudio.engine import complaints, flow, inspect_blocks, losses, naming, scan_axes, trial
from nnstudio.engine.complaints import Site, Value
from nnstudio.params import validate
from nnstudio.plan import BATCH, NodePlan, Plan
from nnstudio.plugins import BUNDLED
from nnstudio.problems import Problem
from nnstudio.project.blocks import PREFIX
from nnstudio.project.check_graph import INPUT, cycles_in, drawn_cycles, titled
from nnstudio.project.check_options import REPARAMETRIZE, SHARE, no_weight, wrong_options
from nnstudio.project.flat import quoted
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, LossSpec

_REMEMBERED = 20_000  # outcomes kept: a bound for a session of days, far above any one network

Inputs = tuple[tuple[Value, ...], ...]
"""By port of the spec, the values wired into it."""


@dataclass(frozen=True)
class _Known:
    """What was found out about one node, and from what. plan: None where it could not be worked out."""

    node: Node
    inputs: Inputs | None
    plan: NodePlan | None = None
    values: Mapping[str, Value] = field(default_factory=dict[str, Value])
    problems: tuple[Problem, ...] = ()


class Inspector:
    """Works graphs out and remembers: ask the same one again after an edit, and only what the edit reaches is worked out anew."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._layers = frozenset(registry.layers)
        self._known: dict[str, _Known] = {}
        self._outcomes: dict[Any, trial.Outcome] = {}
        self._data: DataInfo | None = None
        self._ordered: tuple[Graph, tuple[str, ...], frozenset[str]] = (Graph(), (), frozenset())
        self._feeders: Mapping[str, Sequence[str]] = {}

    def inspect(self, graph: Graph, data: DataInfo | None) -> Plan:
        """`graph` worked out for `data`. Never raises for what is in the graph: that becomes problems.

        Without data nothing enters the network and no shape is known. What `project.check` says (unknown types, unwired ports,
        bad parameters) is not said again here; such nodes and all behind them have no NodePlan.
        """
        nodes, problems = self._nodes(graph, data, naming.of_graph(graph, data))
        self._share(graph, nodes, problems)
        if self._ordered[2]:
            problems += cycles_in(graph)
        return self._total(graph, nodes, problems)

    def inspect_project(self, project: Project, data: DataInfo | None) -> Plan:
        """The same for what is computed of a project: nodes by their flat ids, and `blocks` for what stands for them in the drawing."""
        flat = project.flattened
        if flat.graph is project.graph:
            return self.inspect(project.graph, data)
        names = naming.of_project(project, data)
        nodes, problems = self._nodes(flat.graph, data, names)
        inside = inspect_blocks.Inside(project, self._registry, names)
        self._share(flat.graph, nodes, problems, inside.tied())
        inside.over_time(nodes)
        problems = scan_axes.explained(project, nodes, problems)
        problems = [*inside.said_once(nodes, problems), *inside.wrong_carries(nodes), *drawn_cycles(project)]
        return replace(self._total(flat.graph, nodes, problems, flat.carried), blocks=inside.folded(nodes))

    def _nodes(
        self, graph: Graph, data: DataInfo | None, names: Mapping[str, str]
    ) -> tuple[dict[str, NodePlan], list[Problem]]:
        if data is not self._data and data != self._data:
            self._known.clear()
        self._data = data
        order_then = self._ordered[1]
        order, _ = self._order(graph)
        rewired = order is not order_then
        before, self._known = self._known, {}
        anew: set[str] = set()
        nodes: dict[str, NodePlan] = {}
        problems: list[Problem] = []
        for id in order:
            node, old = graph.nodes[id], before.get(id)
            if old is not None and old.node is node and not rewired and not (node.options or old.problems):
                known = old if anew.isdisjoint(self._feeders[id]) else self._work_out(graph, node, old)
            else:
                known = self._work_out(graph, node, old)
            if known.plan is not None and known.plan.name != names[id]:
                known = replace(known, plan=replace(known.plan, name=names[id]))
            self._known[id] = known
            if known is not old:
                anew.add(id)
            problems += known.problems
            if known.plan is not None:
                nodes[id] = known.plan
        return nodes, problems

    def _order(self, graph: Graph) -> tuple[tuple[str, ...], frozenset[str]]:
        """An edit of parameters leaves the wires as they were, and with them the order."""
        last, order, blocked = self._ordered
        if not _same_wires(graph, last) or graph.nodes.keys() != last.nodes.keys():
            order, blocked = flow.order(graph)
            self._feeders = flow.feeders_of(graph)
        self._ordered = (graph, order, blocked)
        return order, blocked

    def _work_out(self, graph: Graph, node: Node, before: _Known | None) -> _Known:
        spec = self._registry.layer(node.type)
        if spec is None or spec.id in inspect_blocks.EDGES or spec.id.startswith(PREFIX):
            return _Known(node, None)
        inputs = self._inputs(graph, node, spec)
        if before is not None and _same_node(before.node, node) and before.inputs == inputs:
            advises = (
                isinstance(spec, LossSpec) and before.problems
            )  # names a node further back, which may have changed
            if not advises:
                return before if before.node is node else replace(before, node=node)
        if inputs is None:
            return _Known(node, None)
        params, _ = validate(spec.params, node.params, owner=spec.title, node=node.id)
        if params is None or (node.options and self._wrong_options(graph, node)):
            return _Known(node, inputs)
        site = Site(node.id, titled(node, spec), spec, params, inputs, self._layers, self._plugin(spec))
        if spec.id == INPUT:
            return self._input(node, site)
        if isinstance(spec, LossSpec):
            return self._loss(graph, node, site)
        problem = _unfit(site)
        if problem is not None:
            return _Known(node, inputs, problems=(problem,))
        return self._finish(node, site, inputs)

    def _wrong_options(self, graph: Graph, node: Node) -> bool:
        ids = {node.id, str(node.options.get(SHARE, node.id))} & graph.nodes.keys()
        specs = {id: spec for id in ids if (spec := self._registry.layer(graph.nodes[id].type)) is not None}
        return wrong_options(graph, node, specs) is not None

    def _share(
        self,
        graph: Graph,
        nodes: dict[str, NodePlan],
        problems: list[Problem],
        tied: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """Nodes that use another's weights, once all are worked out: they must be built with the same arguments.

        tied: further ones, within instances that use another's weights: node → (whose weights it uses, the instance that says so).
        """
        pairs = {id: (str(node.options[SHARE]), id) for id in nodes if SHARE in (node := graph.nodes[id]).options}
        pairs |= tied or {}
        said: set[str] = set()
        for id, (other, where) in pairs.items():
            plan, owner = nodes.get(id), nodes.get(other)
            if plan is None or owner is None:
                continue
            if owner.arguments == plan.arguments:
                nodes[id] = replace(plan, shares=owner.id, reparametrize=owner.reparametrize, parameters=0)
            elif where not in said:
                said.add(where)
                problems.append(self._unlike(graph, plan, owner, where))

    def _unlike(self, graph: Graph, plan: NodePlan, owner: NodePlan, where: str) -> Problem:
        me = titled(graph.nodes[plan.id], self._registry.layer(plan.type))
        names = sorted({*plan.arguments, *owner.arguments})
        pairs = ((name, plan.arguments.get(name), owner.arguments.get(name)) for name in names)
        said = ", ".join(f"{name} is {mine}, there {its}" for name, mine, its in pairs if mine != its)
        other = graph.nodes[owner.id]
        message = f"{me} cannot share the weights of {quoted(other)}, which are of another shape: {said}."
        return Problem("option.share", message, remedy="Give both inputs of the same size.", node=where, param=SHARE)

    def _inputs(self, graph: Graph, node: Node, spec: LayerSpec) -> Inputs | None:
        """The values at each port; None where one is missing that must be there, or is not known."""
        inputs: list[tuple[Value, ...]] = []
        for port in spec.inputs:
            sources = _sources(graph, node.id, port.name, many=port.many)
            if not sources and not port.optional:
                return None
            values: list[Value] = []
            for source in sources:
                known = self._known.get(source.node)
                value = known.values.get(source.port) if known is not None else None
                if value is None:
                    return None
                values.append(value)
            inputs.append(tuple(values))
        return tuple(inputs)

    def _plugin(self, spec: LayerSpec) -> str:
        origin = self._registry.origins.get(("layer", spec.id), "")
        return "" if origin in BUNDLED else origin

    def _input(self, node: Node, site: Site) -> _Known:
        data = self._data
        if data is None:
            return _Known(node, ())
        name = str(getattr(site.params, "field", "")) or (data.inputs[0] if data.inputs else "")
        info = data.fields.get(name)
        if info is None:
            known = ", ".join(data.fields) or "none"
            message = f"{site.me} reads the field '{name}', which the data does not have."
            return _Known(
                node, (), problems=(site.problem("input.field", message, f"Fields: {known}.", param="field"),)
            )
        shape = (BATCH, *info.shape)
        port = site.spec.outputs[0].name
        value = Value(shape, info.dtype, node.id, site.me, name, info)
        memory = 8 if info.dtype == "int" else 4
        for size in info.shape:
            memory *= size
        plan = NodePlan(node.id, node.type, "", {}, (), {port: shape}, {port: info.dtype}, {port: name}, memory=memory)
        return _Known(node, (), plan, {port: value})

    def _loss(self, graph: Graph, node: Node, site: Site) -> _Known:
        fields: dict[str, str] = {}
        inputs = site.values
        if len(inputs) > 1:
            if not inputs[1]:
                if self._data is None:
                    return _Known(node, inputs)
                target = losses.target_of(site, self._data)
                if isinstance(target, Problem):
                    return _Known(node, inputs, problems=(target,))
                site = replace(site, values=(inputs[0], (target,), *inputs[2:]))
            if site.values[1][0].field:
                fields[site.spec.inputs[1].name] = site.values[1][0].field
        problem = _unfit(site) or losses.misfit(site, graph, self._registry)
        if problem is not None:
            return _Known(node, inputs, problems=(problem,))
        return self._finish(node, site, inputs, fields)

    def _finish(self, node: Node, site: Site, inputs: Inputs, fields: Mapping[str, str] | None = None) -> _Known:
        """Try the layer out and say what came of it."""
        form = str(node.options.get(REPARAMETRIZE, ""))
        outcome = self._outcome(site, form)
        if outcome.complaint is trial.no_weight:
            return _Known(node, inputs, problems=(no_weight(node.id, site.me, form),))
        if outcome.complaint is not None:
            return _Known(node, inputs, problems=(outcome.complaint(site),))
        values: dict[str, Value] = {}
        for port, (shape, dtype) in zip(site.spec.outputs, outcome.outputs, strict=False):
            values[port.name] = Value(shape, dtype, node.id, site.me)
        plan = NodePlan(
            node.id,
            node.type,
            "",
            outcome.arguments,
            tuple(value.shape for value in site.flat),
            {name: value.shape for name, value in values.items()},
            {name: value.dtype for name, value in values.items()},
            fields or {},
            outcome.parameters,
            outcome.macs,
            outcome.memory,
            reparametrize=form,
        )
        return _Known(node, inputs, plan, values)

    def _outcome(self, site: Site, form: str) -> trial.Outcome:
        kinds = tuple(tuple((value.shape, value.dtype) for value in port) for port in site.values)
        key = (site.spec.id, site.params, kinds, form)
        try:
            outcome = self._outcomes.get(key)
        except TypeError:  # parameters that hold a list or a dict: not to be remembered
            return trial.attempt(site.spec, site.params, kinds, form)
        if outcome is None:
            if len(self._outcomes) >= _REMEMBERED:
                self._outcomes.clear()
            outcome = self._outcomes[key] = trial.attempt(site.spec, site.params, kinds, form)
        return outcome

    def _total(
        self,
        graph: Graph,
        nodes: Mapping[str, NodePlan],
        problems: list[Problem],
        carried: Mapping[str, Sequence[Source]] | None = None,
    ) -> Plan:
        """Sums over what feeds a loss (over all, where there is none): what is left over is not part of the model."""
        ends = losses_in(graph, nodes, self._registry)
        counted = flow.upstream(graph, ends, carried) if ends else nodes.keys()
        plans = [plan for id, plan in nodes.items() if id in counted]
        parameters = Plan(nodes=nodes).parameters_of(counted)
        limit = complaints.LARGEST_PARAMETERS
        if parameters > limit:
            worst = max(plans, key=lambda plan: plan.parameters)
            node = graph.nodes[worst.id]
            me = titled(node, self._registry.layer(node.type))
            message = (
                f"The network would have {complaints.big(parameters)} weights; the limit is {complaints.big(limit)}. "
                f"{me} alone has {complaints.big(worst.parameters)}."
            )
            problems.append(Problem("layer.too_large", message, remedy="Choose smaller sizes.", node=worst.id))
        macs, memory = sum(plan.macs for plan in plans), sum(plan.memory for plan in plans)
        return Plan(self._ordered[1], nodes, tuple(problems), parameters, macs, memory)


def inspect(graph: Graph, data: DataInfo | None, registry: Registry) -> Plan:
    """`graph` worked out once, without memory."""
    return Inspector(registry).inspect(graph, data)


def inspect_project(project: Project, data: DataInfo | None, registry: Registry) -> Plan:
    """What is computed of `project`, worked out once, without memory."""
    return Inspector(registry).inspect_project(project, data)


def losses_in(graph: Graph, nodes: Mapping[str, NodePlan], registry: Registry) -> list[str]:
    """The loss nodes that could be worked out, in natural order."""
    found = (id for id in nodes if isinstance(registry.layer(graph.nodes[id].type), LossSpec))
    return sorted(found, key=flow.natural)


def _same_wires(one: Graph, other: Graph) -> bool:
    return one.wires is other.wires or (len(one.wires) == len(other.wires) and one.wires == other.wires)


def _same_node(one: Node, other: Node) -> bool:
    """Alike in all that shapes depend on and messages name; position and notes are neither."""
    if one is other:
        return True
    same_options = one.options == other.options and SHARE not in one.options  # what is shared may have changed
    same_place = getattr(one, "within", ()) == getattr(other, "within", ())  # messages name it
    same_words = one.label == other.label and same_place
    return one.type == other.type and same_words and one.params == other.params and same_options


def _sources(graph: Graph, node: str, port: str, *, many: bool) -> list[Source]:
    if many:
        return [wire.source for wire in graph.wires_into(node, port)]
    source = graph.wires.get(Slot(node, port))
    return [source] if source is not None else []


def _unfit(site: Site) -> Problem | None:
    """The first input whose number of axes or sort of numbers the layer does not take. A loss's target is not meant by either."""
    spec = site.spec
    for index, values in enumerate(site.values):
        if isinstance(spec, LossSpec) and index == 1:
            continue
        for value in values:
            if spec.ranks and len(value.shape) not in spec.ranks:
                return complaints.wrong_axes(site, index, value)
            if spec.dtype and value.dtype != spec.dtype:
                return complaints.wrong_dtype(site, index, value)
    return None
