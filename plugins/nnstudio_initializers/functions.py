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
            for gate in torch.split(parameter, module.hidden_size):
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

    def seen(module: nn.Module, _: object, output: object) -> None:
        if isinstance(output, torch.Tensor):  # of a layer used at several places: all that it gave
            outputs.setdefault(module, []).append(output.flatten())

    def set_weight(module: nn.Module, weight: torch.Tensor) -> None:
        if nn.utils.parametrize.is_parametrized(module, "weight"):
            module.weight = weight
        else:
            module.get_parameter("weight").copy_(weight)

    layers: dict[nn.Module, torch.Tensor] = {}
    for module in network.modules():
        weight = getattr(module, "weight", None)
        shared = any(weight is other for other in layers.values())  # it is scaled for the first of its layers
        if isinstance(weight, torch.Tensor) and weight.dim() >= 2 and not shared:
            layers[module] = weight
    for module, weight in layers.items():
        set_weight(module, nn.init.orthogonal_(torch.empty_like(weight)))
        for name, parameter in module.named_parameters(recurse=False):
            if name == "bias":
                parameter.fill_(bias)
    hooks = [module.register_forward_hook(seen) for module in layers]
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
                weight = module.weight
                assert isinstance(weight, torch.Tensor)
                set_weight(module, weight * variance**-0.5)
    finally:
        for hook in hooks:
            hook.remove()
        network.train(trained)
