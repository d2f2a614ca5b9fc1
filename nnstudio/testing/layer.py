"""Does a layer work as its spec says: is it built, is its code right, do the shapes agree, is the gradient the derivative?"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast

import torch
from torch import Tensor, nn

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine.compile import Compiled, compile_model
from nnstudio.engine.inspect import Inspector
from nnstudio.plan import BATCH, Plan, shape_text
from nnstudio.plugins import EDGES, load
from nnstudio.problems import NNStudioError
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, LossSpec, Shape
from nnstudio.testing.declaration import check_declaration

TRIED: tuple[Shape, ...] = ((4, 8), (4, 6, 8), (4, 6, 8, 8), (4, 6, 4, 4, 4))
"""Shapes that are tried, in turn, where the caller gives none."""
VOCABULARY = 4
INPUT = "nnstudio.input"
LOSS = "torch.mse"


def check_layer(spec: LayerSpec, *shapes: Shape, params: Mapping[str, Any] | None = None) -> list[str]:
    """Everything that is wrong with the layer or loss `spec`.

    shapes: of the inputs, batch first, one for each port (the last one serves the ports behind it); without any, usual ones are
    tried. params: other values than the defaults. The gradient is checked in float64 against differences, with dropout switched off.
    """
    complaints = check_declaration(spec)
    if spec.id in EDGES or complaints:
        return complaints
    return [f"{spec.id}: {complaint}" for complaint in _works(spec, shapes, dict(params or {}))]


def _works(spec: LayerSpec, shapes: Sequence[Shape], params: Mapping[str, Any]) -> Iterator[str]:
    registry = _registry_with(spec)
    graph, info, plan = _tried(spec, shapes, params, registry)
    if errors := [str(problem) for problem in plan.problems if problem.severity == "error"]:
        yield from errors
        return
    if not isinstance(spec, LossSpec):
        graph, info = _with_losses(graph, info, plan)
    torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType]
    try:
        compiled = compile_model(Project(graph=graph), registry, info)
    except NNStudioError as error:
        yield from (str(problem) for problem in error.problems)
        return
    values = _where_it_is_defined(compiled, {name: _random(field) for name, field in info.fields.items()})
    for look in (_trains, _shapes, _gradient):
        try:
            complaints = list(look(compiled, values))
        except Exception as error:  # what no trial without values could show
            complaints = [str(compiled.problem(error))]
        yield from complaints
        if complaints:
            return


@cache
def _bundled() -> Registry:
    return load(safe_mode=True).registry


def _registry_with(spec: LayerSpec) -> Registry:
    """What is built in, and `spec`."""
    bundled = _bundled()
    return Registry({**bundled.specs, "layer": {**bundled.layers, spec.id: spec}}, bundled.origins)


def _tried(
    spec: LayerSpec, shapes: Sequence[Shape], params: Mapping[str, Any], registry: Registry
) -> tuple[Graph, DataInfo, Plan]:
    """The layer with an input at each port, for the first of the usual shapes that it takes where none were given."""
    candidates = [shapes] if shapes else [(shape,) for shape in TRIED if not spec.ranks or len(shape) in spec.ranks]
    result = None
    for candidate in candidates:
        graph, info = _alone(spec, candidate, params)
        plan = Inspector(registry).inspect(graph, info)
        if not plan.problems:
            return graph, info, plan
        result = result or (graph, info, plan)
    assert result is not None, f"{spec.id} takes inputs of {spec.ranks} axes: give shapes"
    return result


def _alone(spec: LayerSpec, shapes: Sequence[Shape], params: Mapping[str, Any]) -> tuple[Graph, DataInfo]:
    nodes = {"layer": Node("layer", spec.id, params)}
    wires: dict[Slot, Source] = {}
    fields: dict[str, FieldInfo] = {}
    places = [(port.name, order) for port in spec.inputs for order in range(2 if port.many else 1)]
    for number, (port, order) in enumerate(places):
        shape = shapes[min(number, len(shapes) - 1)]
        if isinstance(spec, LossSpec) and port == "target":
            fields["target"] = _target(spec, shape)
            continue
        name = f"field{number}"
        fields[name] = FieldInfo(
            "tokens" if spec.dtype == "int" else "array", shape[1:], spec.dtype or "float", vocabulary=VOCABULARY
        )
        nodes[name] = Node(name, INPUT, {"field": name})
        wires[Slot("layer", port, order)] = Source(name)
    inputs = tuple(name for name in fields if name != "target")
    if isinstance(spec, LossSpec) and spec.target == "none":  # it stands beside a loss that compares
        fields["target"] = FieldInfo("value", shapes[0][1:], "float")
        nodes["beside"], wires[Slot("beside")] = Node("beside", LOSS), Source(inputs[0])
    return Graph(nodes, wires), DataInfo(fields, inputs, "target" if "target" in fields else "", 64, 48, 8, 8)


def _target(spec: LossSpec, shape: Shape) -> FieldInfo:
    if spec.target == "class":
        return FieldInfo("label", shape[2:], "int", classes=tuple(f"class {number}" for number in range(shape[1])))
    return FieldInfo("binary" if spec.target == "binary" else "value", shape[1:], "float")


def _with_losses(graph: Graph, info: DataInfo, plan: Plan) -> tuple[Graph, DataInfo]:
    """A squared error behind each output, so that it trains: each compares with a field of the output's shape."""
    nodes, wires, fields = dict(graph.nodes), dict(graph.wires), dict(info.fields)
    layer = plan.nodes["layer"]
    for port, shape in layer.outputs.items():
        if layer.dtypes.get(port, "float") != "float":
            continue
        name = f"target_{port}"
        fields[name] = FieldInfo("value", shape[1:], "float")
        nodes[name] = Node(name, LOSS, {"target": name})
        wires[Slot(name)] = Source("layer", port)
    return Graph(nodes, wires), DataInfo(fields, info.inputs, "", 64, 48, 8, 8)


def _random(field: FieldInfo) -> Tensor:
    shape = (4, *field.shape)
    if field.kind == "label":
        return torch.randint(0, len(field.classes), shape)
    if field.kind == "tokens":
        return torch.randint(0, VOCABULARY, shape)
    if field.kind == "binary":
        return torch.randint(0, 2, shape).double()
    return torch.randn(shape, dtype=torch.float64)


def _where_it_is_defined(compiled: Compiled, values: dict[str, Tensor]) -> dict[str, Tensor]:
    """`values`, or for a layer that is no number there, as a logarithm is below 0, positive ones."""
    try:
        defined = all(torch.isfinite(each).all() for each in _outputs(compiled, compiled.module.double(), values))
    except Exception:  # what is wrong is said by the checks that follow
        return values
    finally:
        compiled.module.float()
    return (
        values
        if defined
        else {name: each.abs() + 0.5 if each.is_floating_point() else each for name, each in values.items()}
    )


def _trains(compiled: Compiled, values: Mapping[str, Tensor]) -> Iterator[str]:
    """One step forward and back as in training, in float32."""
    module = compiled.module.train()
    single = {name: value.float() if value.is_floating_point() else value for name, value in values.items()}
    loss = compiled.loss(*_outputs(compiled, module, single), *(single[name] for name in compiled.targets))
    if not torch.isfinite(loss):
        yield f"the loss behind it is {loss.item()} for ordinary inputs."
        return
    if not loss.requires_grad:
        return  # no weights, and inputs that ask for no gradient
    loss.backward()  # pyright: ignore[reportUnknownMemberType]
    for name, weight in module.named_parameters():
        if weight.requires_grad and (weight.grad is None or not torch.isfinite(weight.grad).all()):
            yield f"the weight '{name}' gets no finite gradient."


def _outputs(compiled: Compiled, module: nn.Module, values: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
    return _each(module(*(values[name] for name in compiled.input_fields)))


def _each(result: Any) -> tuple[Tensor, ...]:
    """What a module returned, one output or several."""
    return cast(tuple[Tensor, ...], result if isinstance(result, tuple) else (result,))


def _shapes(compiled: Compiled, values: Mapping[str, Tensor]) -> Iterator[str]:
    outputs = _outputs(compiled, compiled.module.double().eval(), values)
    for source, output in zip(compiled.outputs, outputs, strict=True):
        planned = compiled.plan.nodes[source.node].outputs[source.port]
        if (BATCH, *output.shape[1:]) != planned:
            real = shape_text((BATCH, *output.shape[1:]), batch=True)
            yield f"'{source.port}' has the shape {real}, but {shape_text(planned, batch=True)} was worked out."


def _gradient(compiled: Compiled, values: Mapping[str, Tensor]) -> Iterator[str]:
    """The derivative of every output by every input and weight, against differences."""
    module = compiled.module.double().eval()
    weights = {name: weight for name, weight in module.named_parameters() if weight.requires_grad}
    fields = compiled.input_fields
    real = [name for name in fields if values[name].is_floating_point()]

    def outputs(*leaves: Tensor) -> tuple[Tensor, ...]:
        named = dict(zip([*real, *weights], leaves, strict=True))
        inputs = [named.get(name, values[name]) for name in fields]
        each = _each(torch.func.functional_call(module, {name: named[name] for name in weights}, tuple(inputs)))
        return (*each, compiled.loss(*each, *(values[name] for name in compiled.targets)))

    leaves = [values[name].detach().clone().requires_grad_() for name in real]
    leaves += [weight.detach().clone().requires_grad_() for weight in weights.values()]
    if not leaves or not any(output.requires_grad for output in outputs(*leaves)):
        return
    try:
        torch.autograd.gradcheck(outputs, tuple(leaves), fast_mode=True, check_undefined_grad=False)
    except (RuntimeError, ValueError) as error:
        yield f"its gradient is not its derivative: {str(error).splitlines()[0]}"
