"""Pictures with other values at the same places. Each function stands alone: its source is written into the exported script.

A batch is N × C × H × W, 0 … 1, and stays so; every sample draws for itself, from `generator`.
"""

import torch


def brightness(batch: torch.Tensor, generator: torch.Generator, *, amount: float = 0.2) -> torch.Tensor:
    """x + b, b ~ U(−amount, amount)."""
    shift = torch.rand(len(batch), 1, 1, 1, generator=generator).to(batch) * 2 - 1
    return (batch + amount * shift).clamp_(0, 1)


def contrast(batch: torch.Tensor, generator: torch.Generator, *, amount: float = 0.3) -> torch.Tensor:
    """x̄ + c (x − x̄), c ~ U(1 − amount, 1 + amount), x̄ the picture's mean."""
    factor = 1 + amount * (torch.rand(len(batch), 1, 1, 1, generator=generator).to(batch) * 2 - 1)
    mean = batch.mean((1, 2, 3), keepdim=True)
    return torch.lerp(mean, batch, factor).clamp_(0, 1)


def gamma(batch: torch.Tensor, generator: torch.Generator, *, amount: float = 0.5) -> torch.Tensor:
    """x^γ, ln γ ~ U(−ln(1 + amount), ln(1 + amount))."""
    exponent = torch.rand(len(batch), 1, 1, 1, generator=generator).to(batch) * 2 - 1
    return batch ** ((1 + amount) ** exponent)


def pixel_noise(batch: torch.Tensor, generator: torch.Generator, *, std: float = 0.05) -> torch.Tensor:
    """x + ε, ε ~ N(0, std²) for each value."""
    noise = torch.randn(batch.shape, generator=generator).to(batch)
    return (batch + std * noise).clamp_(0, 1)


def blur(batch: torch.Tensor, generator: torch.Generator, *, sigma: float = 1.0) -> torch.Tensor:
    """Each picture with a Gaussian of its own width, U(0, sigma) pixels; the edge goes on outside."""
    import math

    count, channels, _, width = batch.shape
    widths = (sigma * torch.rand(count, 1, generator=generator).to(batch)).clamp_(min=1e-3)
    radius = math.ceil(3 * sigma)
    places = torch.arange(-radius, radius + 1).to(batch)
    kernels = torch.softmax(-0.5 * (places / widths) ** 2, 1).repeat_interleave(channels, 0)
    padded = torch.nn.functional.pad(batch, [radius] * 4, mode="replicate").view(
        1, count * channels, -1, width + 2 * radius
    )
    rows = torch.nn.functional.conv2d(padded, kernels[:, None, None, :], groups=count * channels)
    return torch.nn.functional.conv2d(rows, kernels[:, None, :, None], groups=count * channels).view_as(batch)


def invert(batch: torch.Tensor, generator: torch.Generator, *, p: float = 0.5) -> torch.Tensor:
    """1 − x, with probability p."""
    chosen = (torch.rand(len(batch), 1, 1, 1, generator=generator) < p).to(batch.device)
    return torch.where(chosen, 1 - batch, batch)


def posterize(batch: torch.Tensor, generator: torch.Generator, *, bits: int = 4, p: float = 0.5) -> torch.Tensor:
    """Of each value, as a byte, only the highest `bits` bits, with probability p."""
    chosen = (torch.rand(len(batch), 1, 1, 1, generator=generator) < p).to(batch.device)
    step = 2 ** (8 - bits)
    coarse = (batch * 255).round_().div_(step).floor_().mul_(step / 255)
    return torch.where(chosen, coarse, batch)


def solarize(
    batch: torch.Tensor, generator: torch.Generator, *, threshold: float = 0.5, p: float = 0.5
) -> torch.Tensor:
    """1 − x where x is the threshold or more, with probability p."""
    chosen = (torch.rand(len(batch), 1, 1, 1, generator=generator) < p).to(batch.device)
    return torch.where(chosen & (batch >= threshold), 1 - batch, batch)
