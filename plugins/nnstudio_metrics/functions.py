"""One value a sample, from a network's output and the target. Each function stands alone: it is written into the exported script."""

import torch


def accuracy(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (output.argmax(1) == target).float().reshape(len(target), -1).mean(1)


def binary_accuracy(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return ((output >= 0) == (target > 0.5)).float().reshape(len(target), -1).mean(1)


def mae(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (output - target).abs().reshape(len(target), -1).mean(1)


def mse(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return (output - target).square().reshape(len(target), -1).mean(1)
