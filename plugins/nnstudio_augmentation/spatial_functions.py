"""Pictures whose pixels go to other places. Each function stands alone: its source is written into the exported script.

A batch is N × C × H × W, and stays so; every sample draws for itself, from `generator`. Where pixels come from between others, they are
interpolated bilinearly; `fill` says what is outside the picture: "zeros", its "border" or its "reflection".
"""

import torch


def flip_horizontal(batch: torch.Tensor, generator: torch.Generator, *, p: float = 0.5) -> torch.Tensor:
    """Left and right exchanged, with probability p."""
    chosen = (torch.rand(len(batch), 1, 1, 1, generator=generator) < p).to(batch.device)
    return torch.where(chosen, batch.flip(3), batch)


def flip_vertical(batch: torch.Tensor, generator: torch.Generator, *, p: float = 0.5) -> torch.Tensor:
    """Top and bottom exchanged, with probability p."""
    chosen = (torch.rand(len(batch), 1, 1, 1, generator=generator) < p).to(batch.device)
    return torch.where(chosen, batch.flip(2), batch)


def crop(batch: torch.Tensor, generator: torch.Generator, *, padding: int = 4, fill: str = "zeros") -> torch.Tensor:
    """Padded by `padding` pixels on each side, then cut to the old size at a random place."""
    count, _, height, width = batch.shape
    mode = {"zeros": "constant", "border": "replicate", "reflection": "reflect"}[fill]
    padded = torch.nn.functional.pad(batch, [padding] * 4, mode=mode)
    top, left = torch.randint(0, 2 * padding + 1, (2, count), generator=generator).to(batch.device)
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # N × C × places × H × W, a view
    return windows[torch.arange(count, device=batch.device), :, top, left]


def shift(
    batch: torch.Tensor, generator: torch.Generator, *, x: float = 0.1, y: float = 0.1, fill: str = "zeros"
) -> torch.Tensor:
    """Moved by whole pixels, up to the shares x of the width and y of the height each way."""
    count, _, height, width = batch.shape
    across, down = round(x * width), round(y * height)
    mode = {"zeros": "constant", "border": "replicate", "wrap": "circular"}[fill]
    padded = torch.nn.functional.pad(batch, [across, across, down, down], mode=mode)
    top = torch.randint(0, 2 * down + 1, (count,), generator=generator).to(batch.device)
    left = torch.randint(0, 2 * across + 1, (count,), generator=generator).to(batch.device)
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)
    return windows[torch.arange(count, device=batch.device), :, top, left]


def rotate(
    batch: torch.Tensor, generator: torch.Generator, *, degrees: float = 15.0, step: float = 0.0, fill: str = "zeros"
) -> torch.Tensor:
    """Turned about the middle by U(−degrees, degrees), anticlockwise where positive; step: by multiples of it alone."""
    height, width = batch.shape[2:]
    angle = degrees * (torch.rand(len(batch), generator=generator).to(batch) * 2 - 1)
    angle = torch.deg2rad(angle if step == 0 else torch.round(angle / step) * step)
    matrix = batch.new_zeros(len(batch), 2, 3)  # from a place in the result to one in the picture, both −1 … 1
    matrix[:, 0, 0] = matrix[:, 1, 1] = angle.cos()
    matrix[:, 0, 1], matrix[:, 1, 0] = -angle.sin() * height / width, angle.sin() * width / height
    grid = torch.nn.functional.affine_grid(matrix, list(batch.shape), align_corners=False)
    return torch.nn.functional.grid_sample(batch, grid, padding_mode=fill, align_corners=False)


def zoom(batch: torch.Tensor, generator: torch.Generator, *, amount: float = 0.2, fill: str = "zeros") -> torch.Tensor:
    """Larger or smaller by the factor s about the middle, ln s ~ U(−ln(1 + amount), ln(1 + amount))."""
    factor = (1 + amount) ** (torch.rand(len(batch), generator=generator).to(batch) * 2 - 1)
    matrix = batch.new_zeros(len(batch), 2, 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = 1 / factor
    grid = torch.nn.functional.affine_grid(matrix, list(batch.shape), align_corners=False)
    return torch.nn.functional.grid_sample(batch, grid, padding_mode=fill, align_corners=False)


def shear(
    batch: torch.Tensor, generator: torch.Generator, *, x: float = 15.0, y: float = 0.0, fill: str = "zeros"
) -> torch.Tensor:
    """Rows pushed sideways by tan(angle) for each pixel down, angle ~ U(−x, x) degrees; columns likewise by y."""
    height, width = batch.shape[2:]
    across, down = (torch.rand(2, len(batch), generator=generator).to(batch) * 2 - 1).unbind()
    matrix = batch.new_zeros(len(batch), 2, 3)
    matrix[:, 0, 0] = matrix[:, 1, 1] = 1
    matrix[:, 0, 1] = torch.deg2rad(x * across).tan() * height / width
    matrix[:, 1, 0] = torch.deg2rad(y * down).tan() * width / height
    grid = torch.nn.functional.affine_grid(matrix, list(batch.shape), align_corners=False)
    return torch.nn.functional.grid_sample(batch, grid, padding_mode=fill, align_corners=False)


def affine(
    batch: torch.Tensor,
    generator: torch.Generator,
    *,
    degrees: float = 10.0,
    shift: float = 0.1,
    zoom: float = 0.1,
    shear: float = 10.0,
    fill: str = "zeros",
) -> torch.Tensor:
    """Sheared, zoomed, rotated and shifted at once, in this order, with a single interpolation."""
    height, width = batch.shape[2:]
    drawn = torch.rand(5, len(batch), generator=generator).to(batch) * 2 - 1
    angle, slant = torch.deg2rad(degrees * drawn[0]), torch.deg2rad(shear * drawn[1]).tan()
    factor, across, down = (1 + zoom) ** drawn[2], shift * width * drawn[3], shift * height * drawn[4]
    cos, sin = angle.cos() / factor, angle.sin() / factor
    # In pixels from the middle, x to the right and y down: the inverse of shift · rotation · zoom · shear.
    xx, xy, yx, yy = cos + slant * sin, -sin + slant * cos, sin, cos
    matrix = batch.new_zeros(len(batch), 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1] = xx, xy * height / width
    matrix[:, 1, 0], matrix[:, 1, 1] = yx * width / height, yy
    matrix[:, 0, 2], matrix[:, 1, 2] = -2 * (xx * across + xy * down) / width, -2 * (yx * across + yy * down) / height
    grid = torch.nn.functional.affine_grid(matrix, list(batch.shape), align_corners=False)
    return torch.nn.functional.grid_sample(batch, grid, padding_mode=fill, align_corners=False)


def elastic(
    batch: torch.Tensor, generator: torch.Generator, *, alpha: float = 8.0, sigma: float = 3.0, fill: str = "zeros"
) -> torch.Tensor:
    """Each pixel from a place `alpha` · d beside it; d: U(−1, 1) a pixel and direction, smoothed by a Gaussian of `sigma` pixels."""
    import math

    count, _, height, width = batch.shape
    moved = torch.rand(2 * count, 1, height, width, generator=generator).to(batch) * 2 - 1
    radius = math.ceil(3 * sigma)
    kernel = torch.softmax(-0.5 * (torch.arange(-radius, radius + 1).to(batch) / sigma) ** 2, 0)
    moved = torch.nn.functional.conv2d(moved, kernel.view(1, 1, 1, -1), padding=(0, radius))
    moved = torch.nn.functional.conv2d(moved, kernel.view(1, 1, -1, 1), padding=(radius, 0))
    field = alpha * moved.view(count, 2, height, width).permute(0, 2, 3, 1)
    still = torch.eye(2, 3).to(batch).expand(count, 2, 3)
    grid = torch.nn.functional.affine_grid(still, list(batch.shape), align_corners=False)
    grid = grid + field * batch.new_tensor([2 / width, 2 / height])
    return torch.nn.functional.grid_sample(batch, grid, padding_mode=fill, align_corners=False)
