"""Do outputs and target fit the loss? Which field of the data is its target, and what would make them fit."""

from collections.abc import Iterator

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine.complaints import Site, Value
from nnstudio.plan import BATCH, shape_text
from nnstudio.problems import Fix, Problem
from nnstudio.project.flat import SCAN_COLLECT, quoted
from nnstudio.project.graph import Graph, Node
from nnstudio.registry import Registry
from nnstudio.specs import LossSpec

_SIZE_PARAMS = ("out_features", "out_channels")  # by which a layer with weights says how many outputs it has
_WORDS = {
    "label": "class labels",
    "binary": "0 or 1",
    "value": "values to predict",
    "image": "images",
    "vector": "vectors",
}
_SUGGESTED = {
    "label": ("cross-entropy", "torch.cross_entropy"),
    "binary": ("binary cross-entropy", "torch.bce_with_logits"),
    "value": ("mean squared error", "torch.mse"),
}
_FITTING = {
    "class": {"label", "tokens"},
    "value": {"value", "vector", "image", "binary", "array"},
    "binary": {"binary", "array"},
}


def target_of(site: Site, data: DataInfo) -> Value | Problem:
    """The data's field that an unwired target port stands for."""
    chosen = str(getattr(site.params, "target", "") or "")
    name = chosen or data.target
    if not name:
        message = f"{site.me} has nothing to compare with: the data names no target."
        return site.problem("loss.no_target", message, "Wire its target port, or choose a target field.", port="target")
    info = data.fields.get(name)
    if info is None:
        message = f"{site.me} compares with the field '{name}', which the data does not have."
        known = ", ".join(data.fields) or "none"
        return site.problem("loss.no_target", message, f"Fields: {known}.", param="target")
    return Value((BATCH, *info.shape), info.dtype, "", f"'{name}'", name, info)


def misfit(site: Site, graph: Graph, registry: Registry) -> Problem | None:
    """What is wrong between output and target, said before torch would say it worse."""
    spec = site.spec
    if not isinstance(spec, LossSpec) or len(site.values) < 2 or not (site.values[0] and site.values[1]):
        return None
    output, target = site.values[0][0], site.values[1][0]
    if target.info is not None and target.info.kind not in _FITTING.get(spec.target, {target.info.kind}):
        return _wrong_kind(site, spec, target, target.info)
    if spec.target == "class":
        return _wrong_classes(site, graph, registry, output, target)
    if output.shape != target.shape:
        return _wrong_shape(site, graph, registry, output, target)
    if target.dtype == "int":
        message = f"{site.me} compares decimal numbers, but {target.giver} has whole numbers."
        return site.problem("loss.target_kind", message, "Choose another target.", port="target")
    return None


def _wrong_kind(site: Site, spec: LossSpec, target: Value, info: FieldInfo) -> Problem:
    wants = {"class": "class labels", "value": "values", "binary": "targets of 0 or 1"}.get(spec.target, spec.target)
    has = f"{len(info.classes)} classes" if info.kind == "label" else _WORDS.get(info.kind, info.kind)
    message = f"{site.me} compares with {wants}, but {target.giver} has {has}."
    words, better = _SUGGESTED.get(info.kind, ("", ""))
    remedy = f"Use {words}, or another target." if words else "Choose another target."
    fix = Fix(f"Use {words}", "replace", node=site.node, type=better) if better in site.known_layers else None
    return site.problem("loss.target_kind", message, remedy, port="target", fix=fix)


def _wrong_classes(site: Site, graph: Graph, registry: Registry, output: Value, target: Value) -> Problem | None:
    if target.dtype != "int":
        message = f"{site.me} compares with class labels, but {target.giver} has decimal numbers."
        return site.problem("loss.target_kind", message, "Choose a target of whole numbers.", port="target")
    if len(output.shape) < 2:
        message = f"{site.me} needs a score for each class, but {output.giver} gives one number."
        return site.problem("loss.outputs", message, "End the network with Linear.", port="input")
    classes = len(target.info.classes) or target.info.vocabulary if target.info else 0
    if output.shape[2:] != target.shape[1:]:
        wanted = shape_text((BATCH, classes or output.shape[1], *target.shape[1:]))
        message = f"{site.me} gets {output.text} from {output.giver}, but {target.giver} needs {wanted}."
        flatten = len(target.shape) == 1 and len(output.shape) > 2
        fix = site.insertion("nnstudio.flatten", "Flatten", "input") if flatten and _is_flat(output) else None
        remedy = "End the network with Flatten and Linear." if flatten else "Give one set of scores for each label."
        if flatten and (last := _last_step(graph, output)) is not None:
            remedy, fix = f"{last.label}, or {remedy[0].lower()}{remedy[1:]}", last
        return site.problem("loss.outputs", message, remedy, port="input", fix=fix)
    if classes and output.shape[1] != classes:
        return _wrong_count(site, graph, registry, output, target, classes)
    return None


def _is_flat(output: Value) -> bool:
    return all(size == 1 for size in output.shape[2:])


def _wrong_count(site: Site, graph: Graph, registry: Registry, output: Value, target: Value, classes: int) -> Problem:
    message = f"{site.me} gets {_outputs(output.shape[1])}, but {target.giver} has {classes} classes."
    remedy, fix = _resize(graph, registry, output, classes) if len(output.shape) == 2 else ("", None)
    remedy = remedy or f"Give {classes} outputs, one for each class."
    return site.problem("loss.outputs", message, remedy, port="input", fix=fix)


def _wrong_shape(site: Site, graph: Graph, registry: Registry, output: Value, target: Value) -> Problem:
    one_axis = len(output.shape) == len(target.shape) == 2
    if one_axis:
        has = "1 value" if target.shape[1] == 1 else f"{target.shape[1]} values"
        message = f"{site.me} gets {_outputs(output.shape[1])}, but {target.giver} has {has}."
        remedy, fix = _resize(graph, registry, output, target.shape[1])
    else:
        message = f"{site.me} gets {output.text} from {output.giver}, but {target.giver} is {target.text}."
        fix = _last_step(graph, output) if len(output.shape) > len(target.shape) else None
        remedy = f"{fix.label}." if fix is not None else ""
    remedy = remedy or "Make the output the same shape as the target."
    return site.problem("loss.outputs", message, remedy, port="input", fix=fix)


def _outputs(count: int) -> str:
    return "1 output" if count == 1 else f"{count} outputs"


def _resize(graph: Graph, registry: Registry, output: Value, count: int) -> tuple[str, Fix | None]:
    """(what to set where, the offer to do so), where the number of outputs is a parameter of a layer just before."""
    for node in _back(graph, output.node):
        spec = registry.layer(node.type)
        if spec is None or len(spec.inputs) != 1 or spec.inputs[0].many:
            break
        name = next((name for name in _SIZE_PARAMS if name in spec.params.model_fields), None)
        if name is not None:
            label = f"Set {name} of '{node.label}' to {count}"
            return f"{label}.", Fix(label, "set_param", node=node.id, param=name, value=count)
        if spec.category not in {"activation", "regularization", "normalization"}:
            break  # it may well change the number of outputs itself
    return "", None


def _last_step(graph: Graph, output: Value) -> Fix | None:
    """The offer to take the last step's value alone, where a scan gives those of all steps."""
    scan = next((node for node in _back(graph, output.node) if node.type == SCAN_COLLECT), None)
    if scan is None:
        return None
    return Fix(
        f"Let {quoted(scan)} give the value of the last step", "set_param", node=scan.id, param="gives", value="last"
    )


def _back(graph: Graph, start: str) -> Iterator[Node]:
    """`start` and what feeds it, as long as it is one chain."""
    seen: set[str] = set()
    id: str | None = start
    while id is not None and id in graph.nodes and id not in seen:
        seen.add(id)
        yield graph.nodes[id]
        wires = graph.wires_into(id)
        id = wires[0].source.node if len(wires) == 1 else None
