"""Do optimizers, schedules, initializers, penalties and metrics do what the recipe relies on?"""

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nnstudio.params import Params, form_fields
from nnstudio.plugins import resolve
from nnstudio.specs import (
    ConstraintSpec,
    InitializerSpec,
    MetricSpec,
    NoiseSpec,
    OptimizerSpec,
    RegularizerSpec,
    ScheduleSpec,
)
from nnstudio.testing.standing import arguments, checked, stands_alone
from nnstudio.testing.watching import watcher_complaints

STEPS = 200


def check_optimizer(spec: OptimizerSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It lowers a simple loss, heeds the learning rate it is given for a step, and goes on from its saved state as if never stopped."""
    return checked(spec, params, _optimizer)


def check_schedule(spec: ScheduleSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """Its factor is a finite number ≥ 0 at every step of short and long runs, or whatever it watches does; its code stands alone."""
    return checked(spec, params, _schedule)


def check_initializer(spec: InitializerSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It fills weights of linear and convolutional layers in place, with finite numbers, the same for the same seed."""
    return checked(spec, params, _initializer)


def check_regularizer(spec: RegularizerSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """Its penalty is one finite number with a gradient; the function stands alone."""
    return checked(spec, params, _regularizer)


def check_metric(spec: MetricSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It gives one finite value a sample for each kind of target it names; the function stands alone."""
    return checked(spec, params, _metric)


def check_constraint(spec: ConstraintSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It makes weights finite ones that it leaves alone when they come again; the function stands alone."""
    return checked(spec, params, _constraint)


def check_noise(spec: NoiseSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It gives a finite number for each weight, the same for the same generator; the function stands alone."""
    return checked(spec, params, _noise)


# ── optimizers ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _optimizer(spec: OptimizerSpec, params: Params) -> Iterator[str]:
    if "lr" not in {field.name for field in form_fields(spec.params)}:
        yield "it has no parameter 'lr', which every schedule needs."
        return
    kind = resolve(spec.optimizer)
    if not (isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer)):
        yield f"{spec.optimizer} is no torch.optim.Optimizer."
        return
    make = partial(kind, **arguments(spec, params))
    net = _net()
    optimizer = make(net.parameters())
    first = _loss(net).item()
    _walk(net, optimizer, STEPS, spec.closure)
    last = _loss(net).item()
    if not last < first:
        yield f"it did not lower a linear regression's loss in {STEPS} steps: {first:.4g} became {last:.4g}."
    yield from _resumes(make, spec.closure)
    yield from _heeds_the_rate(make, spec.closure)


def _net() -> nn.Linear:
    torch.manual_seed(1)  # pyright: ignore[reportUnknownMemberType]
    return nn.Linear(3, 1)


def _loss(net: nn.Module) -> Tensor:
    inputs = torch.linspace(-1, 1, 48).reshape(16, 3).sin()
    return F.mse_loss(net(inputs), inputs.sum(1, keepdim=True) + 1)


def _walk(net: nn.Module, optimizer: Any, steps: int, by_closure: bool) -> None:
    def closure(*, backward: bool = True) -> Tensor:
        optimizer.zero_grad()
        loss = _loss(net)
        if backward:
            loss.backward()  # pyright: ignore[reportUnknownMemberType]
        return loss

    for _ in range(steps):
        if by_closure:
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()


def _resumes(make: Callable[[Any], torch.optim.Optimizer], by_closure: bool) -> Iterator[str]:
    """Ten steps, or five, a save, and five more: the same to the bit."""
    straight, stopped = _net(), _net()
    _walk(straight, make(straight.parameters()), 10, by_closure)
    first = make(stopped.parameters())
    _walk(stopped, first, 5, by_closure)
    second = make(stopped.parameters())
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    _walk(stopped, second, 5, by_closure)
    if any(not torch.equal(a, b) for a, b in zip(straight.parameters(), stopped.parameters(), strict=True)):
        yield "after a save and a load it does not go on as if it had never stopped: keep all of its state in `self.state`."


def _heeds_the_rate(make: Callable[[Any], torch.optim.Optimizer], by_closure: bool) -> Iterator[str]:
    net, before = _net(), list(_net().parameters())
    optimizer = make(net.parameters())
    for group in optimizer.param_groups:
        group["lr"] = 0.0
    _walk(net, optimizer, 1, by_closure)
    if any(not torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True)):
        yield "with a learning rate of 0 the weights still move: read group['lr'] at each step."


# ── functions of the recipe ───────────────────────────────────────────────────────────────────────────────────────────


def _schedule(spec: ScheduleSpec, params: Params) -> Iterator[str]:
    if bool(spec.factor) == bool(spec.watcher):
        yield "it needs either a factor or a watcher."
        return
    if spec.watcher:
        yield from watcher_complaints(spec, params)
        return
    factor = resolve(spec.factor)
    yield from stands_alone(factor, torch_free=True)
    for total in (1, 2, 10, 1000):
        for step in range(total):
            value = factor(step, total, **dict(params))
            if not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
                yield f"its factor at step {step} of {total} is {value!r}; a finite number ≥ 0 is needed."
                return


def _initializer(spec: InitializerSpec, params: Params) -> Iterator[str]:
    if not spec.function:
        return  # what the layers' own constructors do
    function = resolve(spec.function)
    if spec.scope != "weight":
        yield from _initializer_of_modules(spec, function, arguments(spec, params))
        return
    given = {name: value for name, value in arguments(spec, params).items() if name != "bias"}
    for shape in ((16, 8), (8, 4, 3, 3), (8, 4, 5)):
        filled: list[Tensor] = []
        for _ in range(2):
            torch.manual_seed(7)  # pyright: ignore[reportUnknownMemberType]
            weight = torch.full(shape, float("nan"))
            with torch.no_grad():
                function(weight, **given)
            filled.append(weight)
        if not torch.isfinite(filled[0]).all():
            yield f"it leaves or makes values that are not finite in a weight of {shape}; fill the tensor in place."
        elif not torch.equal(*filled):
            yield "the same seed gives other weights: draw from torch's own generator."


def _initializer_of_modules(spec: InitializerSpec, function: Any, given: Mapping[str, Any]) -> Iterator[str]:
    """One of scope "module" or "network", on layers of several sorts."""
    filled: list[list[Tensor]] = []
    for _ in range(2):
        torch.manual_seed(7)  # pyright: ignore[reportUnknownMemberType]
        network = nn.Sequential(nn.Conv1d(4, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(36, 5))
        recurrent = [nn.RNN(4, 5), nn.GRU(4, 5), nn.LSTM(4, 5)]
        with torch.no_grad():
            if spec.scope == "network":
                function(network, (torch.randn(16, 4, 8),), **given)
            else:
                for module in (*network, *recurrent):
                    function(module, **given)
        filled.append([weight for module in (network, *recurrent) for weight in module.parameters()])
    if not all(torch.isfinite(weight).all() for weight in filled[0]):
        yield "it makes weights that are not finite."
    elif any(not torch.equal(a, b) for a, b in zip(*filled, strict=True)):
        yield "the same seed gives other weights: draw from torch's own generator."


def _constraint(spec: ConstraintSpec, params: Params) -> Iterator[str]:
    function = resolve(spec.function)
    yield from stands_alone(function)
    for shape in ((6, 4), (6, 4, 3, 3)):
        weight = torch.randn(shape, dtype=torch.float64)
        function(weight, **dict(params))
        once = weight.clone()
        function(weight, **dict(params))
        if not torch.isfinite(once).all():
            yield f"it makes a weight of {shape} that is not finite."
        elif not torch.allclose(once, weight, rtol=0, atol=1e-9):
            yield f"a weight of {shape} that it has projected once changes when it is projected again."


def _noise(spec: NoiseSpec, params: Params) -> Iterator[str]:
    function = resolve(spec.function)
    yield from stands_alone(function)
    weight = torch.randn(6, 4, 3)
    before = weight.clone()
    one, two = (function(weight, torch.Generator().manual_seed(5), **dict(params)) for _ in range(2))
    if not isinstance(one, Tensor) or one.shape != weight.shape or not torch.isfinite(one).all():
        yield "it does not give a finite number for each weight."
    elif not torch.equal(weight, before):
        yield "it changes the weight itself; give what is to be added."
    elif not torch.equal(one, two):
        yield "the same generator gives other noise: draw from `generator` alone."


def _regularizer(spec: RegularizerSpec, params: Params) -> Iterator[str]:
    penalty = resolve(spec.penalty)
    yield from stands_alone(penalty)
    weights = [torch.randn(4, 3, requires_grad=True), torch.randn(2, 3, 3, 3, requires_grad=True)]
    given = {f"fc{number}.weight": weight for number, weight in enumerate(weights)} if spec.named else weights
    value = penalty(given, **dict(params))
    if not isinstance(value, Tensor) or value.dim() != 0 or not torch.isfinite(value):
        yield f"its penalty is {value!r}; one finite number, a tensor without axes, is needed."
        return
    gradients = cast(tuple[Tensor | None, ...], torch.autograd.grad(value, weights, allow_unused=True))
    if any(gradient is None or not torch.isfinite(gradient).all() for gradient in gradients):
        yield "some weight gets no finite gradient from it."


def _metric(spec: MetricSpec, params: Params) -> Iterator[str]:
    function = resolve(spec.function)
    yield from stands_alone(function)
    output = torch.randn(6, 3)
    targets = {
        "class": torch.randint(0, 3, (6,)),
        "value": torch.randn(6, 3),
        "binary": torch.randint(0, 2, (6, 3)).float(),
    }
    for kind in spec.targets:
        value = function(output, targets[kind], **dict(params))
        if not isinstance(value, Tensor) or value.shape != (6,) or not torch.isfinite(value.float()).all():
            shape = tuple(value.shape) if isinstance(value, Tensor) else type(value).__name__
            yield f"for 6 samples with a target of the sort '{kind}' it gives {shape}; 6 finite values are needed."
