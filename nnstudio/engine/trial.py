"""What does a layer make of inputs of given shapes? Tried out on torch's meta device: real code, no values, no memory.

A plugin's layer that looks at values, which the meta device does not have, is tried out with zeros where that takes little memory.
"""

import functools
import math
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from nnstudio.engine import complaints
from nnstudio.engine.complaints import Complaint
from nnstudio.engine.expression import NotPlain, call_text, literal, signature
from nnstudio.engine.shortcuts import RULES
from nnstudio.params import Params
from nnstudio.plan import BATCH
from nnstudio.plugins import resolve
from nnstudio.project import check_options
from nnstudio.project.check_options import REPARAMETRIZATIONS
from nnstudio.specs import LayerSpec, LossSpec, Shape

DTYPES = {"float": torch.float32, "int": torch.int64, "bool": torch.bool}


@dataclass(frozen=True)
class Outcome:
    """What came out: shapes with BATCH first and dtypes by output port; cost; or the complaint."""

    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    outputs: tuple[tuple[Shape, str], ...] = ()
    parameters: int = 0
    macs: int = 0
    memory: int = 0
    complaint: Complaint | None = None


@dataclass(frozen=True)
class _Bench:
    """Where a layer is tried out. batch: a prime that no axis has: where it does not come out again, samples were mixed up."""

    device: str
    batch: int


_META, _REAL = _Bench("meta", 7919), _Bench("cpu", 13)
_MODEST_INPUT, _MODEST_LAYER = (
    10**6,
    10**8,
)  # values of a sample, product of a layer's sizes: what may be tried for real


class _Stop(Exception):
    def __init__(self, complaint: Complaint) -> None:
        self.complaint = complaint


class _NeedsValues(Exception):
    """The layer looks at values. `complaint`: what to say where it cannot be given any."""

    def __init__(self, complaint: Complaint) -> None:
        self.complaint = complaint


Kinds = Sequence[Sequence[tuple[Shape, str]]]
"""(shape, dtype) of each value wired into each port."""


def attempt(spec: LayerSpec, params: Params, inputs: Kinds, reparametrize: str = "") -> Outcome:
    """Build the layer for these inputs and run it. Whatever goes wrong becomes a complaint; nothing is raised.

    reparametrize: the form its weight is to have, a key of REPARAMETRIZATIONS; "": the plain one.
    """
    try:
        arguments = _arguments(spec, params, [shape for port in inputs for shape, _ in port])
        try:
            return _attempt(spec, arguments, inputs, _META, reparametrize)
        except _NeedsValues as refusal:
            if not _is_modest(arguments, inputs):
                return Outcome(complaint=refusal.complaint)
        with torch.random.fork_rng(devices=()):  # pyright: ignore[reportUnknownMemberType]
            return _attempt(spec, arguments, inputs, _REAL, reparametrize)
    except (_Stop, _NeedsValues) as stop:
        return Outcome(complaint=stop.complaint)


def _attempt(
    spec: LayerSpec, arguments: Mapping[str, Any], inputs: Kinds, bench: _Bench, reparametrize: str
) -> Outcome:
    tensors = [tuple(_given(shape, dtype, bench) for shape, dtype in port) for port in inputs]
    with warnings.catch_warnings(), torch.no_grad(), _Cost(RULES if bench is _META else {}) as cost:
        warnings.simplefilter("ignore")  # hints about speed and the like: nothing is computed here
        module = _build(spec, arguments, bench) if spec.module else None
        if reparametrize:
            _reparametrize(module, reparametrize)
        cost.macs = 0
        result = _run(spec, module, tensors, arguments)
    parameters = sum(p.numel() for p in module.parameters() if p.requires_grad) if module is not None else 0
    if isinstance(spec, LossSpec):
        return _loss_outcome(arguments, result, parameters)
    return _layer_outcome(spec, arguments, result, parameters, cost.macs // bench.batch, bench)


def _is_modest(arguments: Mapping[str, Any], inputs: Kinds) -> bool:
    sizes = (abs(int(size)) for size in re.findall(r"\d+", literal(list(arguments.values()))))
    values = sum(math.prod(shape[1:]) for port in inputs for shape, _ in port)
    return values <= _MODEST_INPUT and math.prod(max(size, 1) for size in sizes) <= _MODEST_LAYER


def _arguments(spec: LayerSpec, params: Params, shapes: Sequence[Shape]) -> dict[str, Any]:
    try:
        if spec.arguments is not None:
            arguments = dict(spec.arguments(params, shapes))
        else:
            arguments = {name: getattr(params, name) for name in type(params).model_fields}
        arguments.update((name, infer(shapes, params)) for name, infer in spec.infer.items())
    except IndexError:
        raise _Stop(_too_few_axes) from None
    except Exception as error:
        raise _Stop(complaints.plugin_failed("the declaration", error)) from error
    try:
        for value in arguments.values():
            literal(value)
    except NotPlain as error:
        raise _Stop(complaints.plugin_failed("the declaration", error)) from error
    return arguments


def _too_few_axes(site: complaints.Site) -> Any:
    message = f"{site.me} needs more axes than it gets: {site.given}."
    return site.problem("shape.axes", message, "Wire it to an earlier layer, or insert Reshape before it.")


def _given(shape: Shape, dtype: str, bench: _Bench) -> Tensor:
    sizes = [bench.batch if size == BATCH else size for size in shape]
    make = torch.empty if bench is _META else torch.zeros
    return make(sizes, dtype=DTYPES[dtype], device=bench.device)


def _build(spec: LayerSpec, arguments: Mapping[str, Any], bench: _Bench) -> nn.Module:
    try:
        make = resolve(spec.module)
        parameters = signature(spec.module)
    except Exception as error:
        raise _Stop(complaints.plugin_failed("the import", error)) from error
    try:
        if "device" in parameters and "device" not in arguments:
            module = make(**arguments, device=bench.device)
        else:
            with torch.device(bench.device):
                module = make(**arguments)
    except (MemoryError, RecursionError) as error:
        raise _Stop(complaints.plugin_failed("the constructor", error)) from error
    except (TypeError, AttributeError, KeyError, NameError, ImportError) as error:
        if "Overflow" in str(error):
            raise _Stop(complaints.from_torch(OverflowError(str(error)))) from error
        raise _Stop(complaints.plugin_failed("the constructor", error)) from error
    except Exception as error:
        raise _refusal("the constructor", error) from error
    if not isinstance(module, nn.Module):
        raise _Stop(complaints.bad_result("a torch.nn.Module", f"a {type(module).__name__}"))
    count = sum(parameter.numel() for parameter in module.parameters())
    if count > complaints.LARGEST_PARAMETERS:
        raise _Stop(complaints.too_large("weights", count, complaints.LARGEST_PARAMETERS))
    return module


def _reparametrize(module: nn.Module | None, form: str) -> None:
    weight = getattr(module, "weight", None)
    if not isinstance(weight, nn.Parameter) or weight.dim() < 2:
        raise _Stop(no_weight)
    eval(REPARAMETRIZATIONS[form], {"nn": nn})(module)  # the very text that `codegen` writes


def no_weight(site: complaints.Site) -> Any:
    """The layer has no weight of two axes or more."""
    return check_options.no_weight(site.node, site.me, "reparametrization")


def _run(
    spec: LayerSpec, module: nn.Module | None, inputs: Sequence[tuple[Tensor, ...]], arguments: Mapping[str, Any]
) -> Any:
    try:
        if module is None:
            return _evaluate(spec, inputs, arguments)
        positional: list[Any] = []
        named: dict[str, Any] = {}
        for port, values in zip(spec.inputs, inputs, strict=True):
            if not values and not port.many:
                named["_"] = None  # from here on by name
            elif named:
                named[port.name] = values if port.many else values[0]
            else:
                positional.append(values if port.many else values[0])
        named.pop("_", None)
        return module(*positional, **named)
    except (KeyError, SyntaxError, NameError, AttributeError, ImportError, MemoryError, RecursionError) as error:
        raise _Stop(complaints.plugin_failed("the code", error)) from error
    except Exception as error:
        raise _refusal("the code", error) from error


def _refusal(where: str, error: Exception) -> Exception:
    if isinstance(error, NotImplementedError) or "meta tensor" in str(error) or "on meta" in str(error):
        return _NeedsValues(complaints.plugin_failed(where, error))
    return _Stop(complaints.from_torch(error))


def _evaluate(spec: LayerSpec, inputs: Sequence[tuple[Tensor, ...]], arguments: Mapping[str, Any]) -> Any:
    """The very expression that `codegen` writes, on meta tensors."""
    values: dict[str, Tensor] = {}
    wired: list[str | tuple[str, ...] | None] = []
    for port, tensors in zip(spec.inputs, inputs, strict=True):
        names = tuple(f"v{len(values) + index}" for index in range(len(tensors)))
        values.update(zip(names, tensors, strict=True))
        wired.append(names if port.many else names[0] if names else None)
    return eval(_compiled(call_text(spec, wired, arguments)), {"torch": torch, "F": F, "nn": nn}, values)


@functools.lru_cache(maxsize=4096)
def _compiled(text: str) -> CodeType:
    return compile(text, "<layer>", "eval")


def _layer_outcome(
    spec: LayerSpec, arguments: Mapping[str, Any], result: Any, parameters: int, macs: int, bench: _Bench
) -> Outcome:
    results: tuple[Any, ...] = (result,) if len(spec.outputs) == 1 else tuple(result) if _is_many(result) else (result,)
    if len(results) != len(spec.outputs) or not all(isinstance(item, Tensor) for item in results):
        wanted = "a tensor" if len(spec.outputs) == 1 else f"{len(spec.outputs)} tensors"
        return Outcome(complaint=complaints.bad_result(wanted, _described(result)))
    outputs: list[tuple[Shape, str]] = []
    memory = 0
    for tensor in results:
        if tensor.dim() == 0 or tensor.shape[0] != bench.batch:
            return Outcome(complaint=complaints.mixes_samples)
        count = tensor.numel() // bench.batch
        if count > complaints.LARGEST_OUTPUT:
            return Outcome(complaint=complaints.too_large("values for each sample", count, complaints.LARGEST_OUTPUT))
        if count == 0:
            return Outcome(complaint=_empty)
        outputs.append(((BATCH, *tensor.shape[1:]), _dtype_word(tensor.dtype)))
        memory += count * tensor.element_size()
    return Outcome(dict(arguments), tuple(outputs), parameters, macs, memory)


def _loss_outcome(arguments: Mapping[str, Any], result: Any, parameters: int) -> Outcome:
    if not isinstance(result, Tensor) or result.dim() != 0:
        return Outcome(complaint=complaints.bad_result("one number", _described(result)))
    if parameters:
        return Outcome(complaint=complaints.bad_result("a loss without weights of its own", f"{parameters} weights"))
    return Outcome(dict(arguments))


def _empty(site: complaints.Site) -> Any:
    message = f"{site.me} would leave nothing of what it gets: {site.given}."
    return site.problem("shape.empty", message, "Use a smaller window or more padding, or pool less before it.")


def _is_many(result: Any) -> bool:
    return isinstance(result, tuple | list)


def _described(result: Any) -> str:
    if isinstance(result, Tensor):
        return f"a tensor of {result.dim()} axes"
    if _is_many(result):
        return f"a {type(result).__name__} of {len(result)}"
    return f"a {type(result).__name__}"


def _dtype_word(dtype: torch.dtype) -> str:
    if dtype is torch.bool:
        return "bool"
    return "float" if dtype.is_floating_point or dtype.is_complex else "int"


class _Cost(TorchDispatchMode):
    """Counts multiply-adds, and refuses what the meta device lets pass but a real one does not."""

    def __init__(self, rules: Mapping[Any, Callable[..., Any]]) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self.macs = 0
        self._rules = rules

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False: the compiler is never at work here, and torch would import it (1 s) only to tell it to keep out."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Iterable[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        packet = func._overloadpacket
        strict = _STRICTER.get(packet)
        if strict is not None:
            strict(*args)
        rule = self._rules.get(packet)
        out = NotImplemented if rule is None else rule(*args, **kwargs)
        if out is NotImplemented:
            out = func(*args, **kwargs)
        flops: Callable[..., int] | None = flop_registry.get(packet)
        if flops is not None:
            self.macs += flops(*args, **kwargs, out_val=out) // 2
        return out


def _softmax_axis(tensor: Tensor, dim: int, *_: Any) -> None:
    if not -tensor.dim() <= dim < tensor.dim():
        low, high = -tensor.dim(), tensor.dim() - 1
        raise IndexError(f"Dimension out of range (expected to be in range of [{low}, {high}], but got {dim})")


def _output_padding(*args: Any) -> None:
    stride, dilation, transposed, output_padding = args[3], args[5], args[6], args[7]
    if transposed:
        for padding, step, gap in zip(output_padding, stride, dilation, strict=False):
            if padding >= max(step, gap):
                raise ValueError(f"output padding must be smaller than either stride or dilation, but got {padding}")


_STRICTER: dict[Any, Callable[..., None]] = {
    torch.ops.aten._softmax: _softmax_axis,
    torch.ops.aten._log_softmax: _softmax_axis,
    torch.ops.aten.convolution: _output_padding,
}
