"""Pictures of which parts are mixed up or missing. Each function stands alone: its source is written into the exported script.

A batch is N × C × H × W, 0 … 1, and stays so; every sample draws for itself, from `generator`.
"""

import torch


def patch_shuffle(batch: torch.Tensor, generator: torch.Generator, *, window: int = 2, p: float = 0.05) -> torch.Tensor:
    """The pixels of each n × n window, with probability p, in a random order; all channels alike. What is left at the edge stays."""
    count, channels, height, width = batch.shape
    rows, columns, size = height // window, width // window, window * window
    if not rows or not columns:
        return batch
    inside = batch[:, :, : rows * window, : columns * window]
    pixels = inside.reshape(count, channels, rows, window, columns, window).permute(0, 1, 2, 4, 3, 5).flatten(4)
    chosen = torch.rand(count, 1, rows, columns, 1, generator=generator) < p
    mixed = torch.rand(count, 1, rows, columns, size, generator=generator).argsort(-1)
    order = torch.where(chosen, mixed, torch.arange(size)).to(batch.device)
    pixels = pixels.gather(4, order.expand(-1, channels, -1, -1, -1)).view(
        count, channels, rows, columns, window, window
    )
    result = batch.clone()
    result[:, :, : rows * window, : columns * window] = pixels.permute(0, 1, 2, 4, 3, 5).reshape(inside.shape)
    return result


def cutout(
    batch: torch.Tensor,
    generator: torch.Generator,
    *,
    size: float = 0.3,
    holes: int = 1,
    p: float = 1.0,
    fill: str = "zero",
) -> torch.Tensor:
    """Square holes whose side is the share `size` of the shorter side, with middles anywhere: they may hang over the edge."""
    count, _, height, width = batch.shape
    side = max(1, round(size * min(height, width))) if size > 0 else 0
    chosen = torch.rand(count, 1, 1, generator=generator) < p
    y, x = torch.arange(height)[None, :, None], torch.arange(width)[None, None, :]
    hole = torch.zeros(count, height, width, dtype=torch.bool)
    for _ in range(holes):
        top = torch.randint(0, height, (count, 1, 1), generator=generator) - side // 2
        left = torch.randint(0, width, (count, 1, 1), generator=generator) - side // 2
        hole |= (y >= top) & (y < top + side) & (x >= left) & (x < left + side)
    hole = (hole & chosen)[:, None].to(batch.device)
    return batch.masked_fill(hole, 0) if fill == "zero" else torch.where(hole, batch.mean((2, 3), keepdim=True), batch)


def random_erasing(
    batch: torch.Tensor,
    generator: torch.Generator,
    *,
    p: float = 0.5,
    smallest: float = 0.02,
    largest: float = 0.33,
    aspect: float = 0.3,
) -> torch.Tensor:
    """A box of random area (shares smallest … largest) and shape (aspect … 1/aspect), inside the picture, full of random values."""
    count, _, height, width = batch.shape
    chosen = torch.rand(count, 1, 1, generator=generator) < p
    share, shape, down, across = torch.rand(4, count, 1, 1, generator=generator).unbind()
    area = (smallest + (largest - smallest) * share) * height * width
    ratio = aspect ** (1 - 2 * shape)
    tall = (area * ratio).sqrt().round().clamp(1, height)
    wide = (area / ratio).sqrt().round().clamp(1, width)
    top, left = (down * (height - tall + 1)).floor(), (across * (width - wide + 1)).floor()
    y, x = torch.arange(height)[None, :, None], torch.arange(width)[None, None, :]
    box = chosen & (y >= top) & (y < top + tall) & (x >= left) & (x < left + wide)
    values = torch.rand(batch.shape, generator=generator).to(batch)
    return torch.where(box[:, None].to(batch.device), values, batch)
