"""What can be written of a network of which not all sizes are known, for no data says them or something stands between that no layer does?

The sizes that nobody knows are made up, twice and differently: what comes out the same both times does not depend on them. What does is
left to PyTorch's lazy modules, where there is one, and else becomes an argument of the class. What cannot be written at all is a call of
`placeholder`, so that all behind it is there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine import naming
from nnstudio.engine.expression import Named, lazy
from nnstudio.engine.inspect import Inspector, inspect_project
from nnstudio.params import Params, validate
from nnstudio.plan import NodePlan, Plan
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, REROUTE
from nnstudio.project.check_graph import INPUT, PASTED
from nnstudio.project.check_options import REPARAMETRIZE, SHARE
from nnstudio.project.flat import path_of
from nnstudio.project.graph import Graph, Node, Source
from nnstudio.project.natural import natural
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, LossSpec, Port

PLACEHOLDER = '''

def placeholder(what, *values):
    """Stands where the drawing has no layer: write it there."""
    raise NotImplementedError(what)
'''
_MADE_UP = ((96, 64, 64, 64), (192, 128, 128, 128))  # many layers want sizes that can be divided
_AXES = (3, 1, 2, 4)
_UNKNOWN = object()  # stands for an argument
_DRAWN = frozenset({BLOCK_INPUT, BLOCK_OUTPUT, REROUTE})


@dataclass(frozen=True)
class Written:
    """All that `model_code` needs. placeholders: the nodes, by their flat ids, that only a call of `placeholder` stands for."""

    project: Project
    plan: Plan
    registry: Registry
    placeholders: tuple[str, ...] = ()


def written(project: Project, data: DataInfo, unknown: Mapping[str, str], registry: Registry) -> Written:
    """`project` with a plan for as many nodes as can be written. unknown: fields, each with its sort of numbers, of which no sizes are known."""
    strange = [id for id, node in project.flattened.graph.nodes.items() if registry.layer(node.type) is None]
    if not (strange or unknown):
        plan = inspect_project(project, data, registry)
        if plan.whole:
            return Written(project, plan, registry)
    else:
        plan = _guessed(project, data, unknown, strange, registry)
    names = naming.of_project(project, _with_fields(data, {name: FieldInfo("array", (), "float") for name in unknown}))
    graph = project.flattened.graph
    nodes: dict[str, NodePlan] = {}
    for id in plan.order:
        spec = registry.layer(graph.nodes[id].type)
        known = plan.nodes.get(id) or _without_sizes(graph.nodes[id], spec, names[id], data)
        made = _open_sizes(known, spec) if known is not None and spec is not None else None
        if made is not None:
            nodes[id] = made
    missing = [id for id in plan.order if id not in nodes and _can_stand(graph.nodes[id], registry)]
    project, specs = _stood_for(project, missing)
    graph = project.flattened.graph
    placeholders = tuple(id for id in plan.order if graph.nodes[id].type in specs)  # in all instances of a block
    for id in placeholders:
        nodes[id] = NodePlan(id, graph.nodes[id].type, names[id], {"what": graph.nodes[id].note})
    wider = replace(registry, specs={**registry.specs, "layer": {**registry.layers, **specs}})
    return Written(project, replace(plan, nodes=nodes), wider, placeholders)


def _can_stand(node: Node, registry: Registry) -> bool:
    return node.type not in _DRAWN and not isinstance(registry.layer(node.type), LossSpec)


# ── sizes made up ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _guessed(
    project: Project, data: DataInfo, unknown: Mapping[str, str], strange: Sequence[str], registry: Registry
) -> Plan:
    """What holds whatever the sizes are: of the fields that are `unknown`, and of what the `strange` nodes give, which nobody can work out.

    Each is given the number of axes with which the most can be worked out.
    """
    cut = _changed(project, strange, _cut, joined=True)
    sorts = {**unknown, **{_field_of(*_drawn(project, id)): "float" for id in strange}}
    axes = dict.fromkeys(sorts, _AXES[0])
    inspector = Inspector(registry)  # remembers what it tried out

    def tried(axes: Mapping[str, int], sizes: Sequence[int]) -> Plan:
        fields = {name: FieldInfo("array", tuple(sizes[: axes[name]]), dtype) for name, dtype in sorts.items()}
        return inspector.inspect_project(cut, _with_fields(data, fields))

    for name in sorts:
        found = {count: len(tried({**axes, name: count}, _MADE_UP[0]).nodes) for count in _AXES}
        axes[name] = max(_AXES, key=found.__getitem__)
    one, other = (tried(axes, sizes) for sizes in _MADE_UP)
    torn = _torn(cut, one, registry)
    if torn:  # sizes that were made up do not go together: what comes behind goes on with others
        return _guessed(project, data, unknown, [*strange, *torn], registry)
    agreed = {
        id: _agreed(plan, other.nodes[id]) for id, plan in one.nodes.items() if id in other.nodes and id not in strange
    }
    return replace(one, nodes=agreed)


def _torn(project: Project, plan: Plan, registry: Registry) -> list[str]:
    """The layers that could not be worked out although what feeds them could."""
    graph = project.flattened.graph
    lacking = (id for id in plan.order if id not in plan.nodes and _can_stand(graph.nodes[id], registry))
    return [id for id in lacking if all(wire.source.node in plan.nodes for wire in graph.wires_into(id))]


def _with_fields(data: DataInfo, more: Mapping[str, FieldInfo]) -> DataInfo:
    return replace(data, fields={**data.fields, **more}, inputs=(*data.inputs, *more))


def _cut(node: Node, block: str) -> Node:
    return Node(node.id, INPUT, {"field": _field_of(block, node.id)})


def _field_of(block: str, id: str) -> str:
    return f"{block}/{id}"  # no field that is read in a drawing: a name of the data's own has no path


def _agreed(one: NodePlan, other: NodePlan) -> NodePlan:
    """What is the same in both. No shapes where they are not."""
    same = {name: value if other.arguments.get(name) == value else _UNKNOWN for name, value in one.arguments.items()}
    if one.outputs == other.outputs and one.inputs == other.inputs:
        return replace(one, arguments=same)
    return replace(one, arguments=same, outputs={}, inputs=())


# ── no sizes at all ───────────────────────────────────────────────────────────────────────────────────────────────────


class _NotKnown(LookupError):
    """A size was asked for."""


class _AnyShape(tuple[int, ...]):
    """The shape of a value of which nothing is known."""

    def __getitem__(self, index: Any) -> Any:
        raise _NotKnown

    def __len__(self) -> int:
        raise _NotKnown

    def __iter__(self) -> Any:
        raise _NotKnown


def _without_sizes(node: Node, spec: LayerSpec | None, name: str, data: DataInfo) -> NodePlan | None:
    """A node that could not be worked out, as far as its own parameters say what it is; None where they do not."""
    params = validate(spec.params, node.params, owner=spec.title)[0] if spec is not None else None
    if spec is None or params is None or spec.id.startswith(PREFIX) or spec.id in _DRAWN or spec.id == INPUT:
        return None
    fields: dict[str, str] = {}
    if isinstance(spec, LossSpec) and len(spec.inputs) > 1:
        fields[spec.inputs[1].name] = str(getattr(params, "target", "")) or data.target
        if not fields[spec.inputs[1].name]:
            return None
    arguments = _arguments(spec, params)
    if arguments is None:
        return None
    form, share = str(node.options.get(REPARAMETRIZE, "")), str(node.options.get(SHARE, ""))
    return NodePlan(node.id, node.type, name, arguments, fields=fields, reparametrize=form, shares=share)


def _arguments(spec: LayerSpec, params: Params) -> dict[str, Any] | None:
    if spec.arguments is None:
        given = {name: getattr(params, name) for name in type(params).model_fields}
        return {**given, **dict.fromkeys(spec.infer, _UNKNOWN)}
    try:
        return {**spec.arguments(params, [_AnyShape()] * len(spec.inputs)), **dict.fromkeys(spec.infer, _UNKNOWN)}
    except Exception:  # a plugin's own function, told of no sizes
        return None


def _open_sizes(plan: NodePlan, spec: LayerSpec) -> NodePlan | None:
    """With a name for each argument that is not known and that no lazy module finds out; None where it cannot be given by name."""
    missing = tuple(name for name, value in plan.arguments.items() if value is _UNKNOWN)
    if not missing:
        return plan
    if not spec.module:
        return None
    stem = plan.name.replace(".", "_")
    named = {} if lazy(spec.module, missing) else {name: Named(f"{stem}_{name}") for name in missing}
    known = {name: value for name, value in plan.arguments.items() if name not in missing}
    return replace(plan, arguments={**known, **named})


# ── placeholders ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _said(node: Node) -> str:
    """What stood in the code that was pasted, else what the node is."""
    return " ".join(node.note.split()) if node.type.startswith(PASTED) and node.note else f"{node.label}: {node.type}"


def _stood_for(project: Project, ids: Iterable[str]) -> tuple[Project, dict[str, LayerSpec]]:
    """`project` with a kind of its own for each placeholder, and these kinds: called with what is wired, giving what is read."""
    specs: dict[str, LayerSpec] = {}

    def marked(node: Node, block: str) -> Node:
        kind, graph = f"{PASTED}{block}/{node.id}", project.inside(block).graph
        ports = sorted({wire.target.port for wire in graph.wires_into(node.id)}, key=natural)
        inputs = tuple(Port(name, many=True, optional=True) for name in ports)
        call = "placeholder({what}" + "".join(f", {{{name}:, }}" for name in ports) + ")"
        stem = naming.identifier(node.label)
        specs[kind] = LayerSpec(
            kind, node.id, "shape", call=call, inputs=inputs, outputs=_read(graph, node.id), stem=stem
        )
        return replace(node, type=kind, note=_said(node), params={}, options={})

    return _changed(project, ids, marked), specs


def _changed(
    project: Project, ids: Iterable[str], change: Callable[[Node, str], Node], *, joined: bool = False
) -> Project:
    """`project` with the drawn nodes of these flat ids changed. change: (node, block in which it is drawn) → node.

    joined: they have one output now, whichever was read.
    """
    wanted: dict[str, set[str]] = {}
    for id in ids:
        block, own = _drawn(project, id)
        wanted.setdefault(block, set()).add(own)
    graphs: dict[str, Graph] = {}
    for block, own in wanted.items():
        graph = project.inside(block).graph
        nodes = {**graph.nodes, **{id: change(graph.nodes[id], block) for id in own}}
        wires = {
            slot: Source(source.node) if joined and source.node in own else source
            for slot, source in graph.wires.items()
        }
        graphs[block] = Graph(nodes, wires, graph.frames)
    blocks = {id: replace(block, graph=graphs.get(id, block.graph)) for id, block in project.blocks.items()}
    return replace(project, graph=graphs.get("", project.graph), blocks=blocks)


def _drawn(project: Project, id: str) -> tuple[str, str]:
    """(the block, or "", in which a computed node is drawn; its id there)"""
    path, own = path_of(id)
    return project.flattened.instances[path].block if path else "", own


def _read(graph: Graph, id: str) -> tuple[Port, ...]:
    """The outputs up to the last one that is read."""
    read = {wire.source.port for wire in graph.all_wires() if wire.source.node == id}
    numbers = [int(port[6:]) for port in read if port.startswith("output") and port[6:].isdecimal()]
    counted = ["output", *(f"output{number}" for number in range(2, max(numbers, default=1) + 1))]
    return tuple(Port(name) for name in [*counted, *sorted(read - {*counted})])
