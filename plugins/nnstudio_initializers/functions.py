"""Initializers that torch does not have. Each function stands alone: its source is written into the exported script."""

import torch
from torch import nn


def sparse_(tensor: torch.Tensor, *, non_zeros: int, std: float) -> None:
    """Zeros, but for `non_zeros` Gaussian weights at random places of each unit (the first axis counts the units)."""
    units = tensor.new_zeros(tensor.shape[0], tensor[0].numel())
    places = torch.rand_like(units).topk(min(non_zeros, units.shape[1]), dim=1).indices
    units.scatter_(1, places, torch.randn_like(places, dtype=units.dtype) * std)
    tensor.copy_(units.view_as(tensor))


def identity_(tensor: torch.Tensor, *, gain: float) -> None:
    """The identity: ones on the diagonal of a matrix; a kernel that passes channel i on as channel i."""
    if tensor.dim() == 2:
        nn.init.eye_(tensor)
    elif tensor.dim() <= 5:
        nn.init.dirac_(tensor)
    else:
        raise ValueError(f"identity needs a weight of 2 to 5 axes, not {tensor.dim()}")
    tensor.mul_(gain)


def identity_recurrent_(module: nn.Module, *, gain: float, std: float) -> None:
    """In a recurrent layer: recurrent matrices the identity (each gate's), input weights small, biases zero. Others are left alone."""
    if not isinstance(module, nn.RNNBase | nn.RNNCellBase):
        return
    for name, parameter in module.named_parameters(recurse=False):
        if name.startswith("weight_hh"):
            for gate in parameter.split(module.hidden_size):
                nn.init.eye_(gate).mul_(gain)
        elif name.startswith("bias"):
            parameter.zero_()
        else:
            nn.init.normal_(parameter, std=std)


def forget_bias_(module: nn.Module, *, value: float) -> None:
    """In an LSTM: the forget gate's two biases add up to `value`. All else is left alone."""
    if not isinstance(module, nn.LSTM | nn.LSTMCell):
        return
    size = module.hidden_size
    for name, parameter in module.named_parameters(recurse=False):
        if name.startswith("bias"):
            parameter[size : 2 * size] = value if name.startswith("bias_ih") else 0.0


def lsuv_(
    network: nn.Module,
    inputs: tuple[torch.Tensor, ...],
    *,
    tolerance: float,
    max_iterations: int,
    bias: float = 0.0,
) -> None:
    """Orthonormal weights, then layer by layer, in the order of the forward pass, scaled to an output of unit variance on `inputs`."""
    outputs: dict[nn.Module, list[torch.Tensor]] = {}

    def seen(module: nn.Module, _: tuple[torch.Tensor, ...], output: torch.Tensor) -> None:
        if isinstance(output, torch.Tensor):  # of a layer used at several places: all that it gave
            outputs.setdefault(module, []).append(output.flatten())

    def scale(module: nn.Module, factor: float) -> None:
        if nn.utils.parametrize.is_parametrized(module, "weight"):
            module.weight = module.weight * factor
        else:
            module.weight.mul_(factor)

    hooks: list[torch.utils.hooks.RemovableHandle] = []
    known: set[int] = set()  # two layers may share one weight: it is scaled for the first of them
    for module in network.modules():
        weight = getattr(module, "weight", None)
        if not isinstance(weight, torch.Tensor) or weight.dim() < 2 or id(module._parameters.get("weight")) in known:
            continue
        known |= {id(module._parameters["weight"])} if "weight" in module._parameters else set()
        hooks.append(module.register_forward_hook(seen))
        if nn.utils.parametrize.is_parametrized(module, "weight"):
            module.weight = nn.init.orthogonal_(weight.detach().clone())
        else:
            nn.init.orthogonal_(weight)
        if isinstance(getattr(module, "bias", None), torch.Tensor):
            module.bias.fill_(bias)
    trained = network.training
    network.eval()  # dropout would add its noise to the variance, and running averages must not move
    try:
        network(*inputs)
        for module in list(outputs):
            for _ in range(max_iterations):
                outputs.clear()
                network(*inputs)
                variance = torch.cat(outputs[module]).var(correction=0).item()
                if abs(variance - 1) < tolerance or not 0 < variance < float("inf"):
                    break
                scale(module, variance**-0.5)
    finally:
        for hook in hooks:
            hook.remove()
        network.train(trained)
