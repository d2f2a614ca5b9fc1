"""New samples from two old ones, targets mixed too. Each function stands alone: its source is written into the exported script.

Each sample i takes a partner π(i), π a random permutation of the batch. λ ~ Beta(α, α) comes from a two-sided Dirichlet, which takes a
generator (torch.distributions uses the same function, but takes none). A class target is N × K shares that sum to one, and stays so.
"""

# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false

import torch


def mixup(
    batch: torch.Tensor, target: torch.Tensor, generator: torch.Generator, *, alpha: float = 0.2
) -> tuple[torch.Tensor, torch.Tensor]:
    """λ x_i + (1 − λ) x_π(i), and the targets likewise."""
    count = len(batch)
    share = torch._sample_dirichlet(torch.full((count, 2), alpha, dtype=torch.float64), generator)[:, 0]
    partner = torch.randperm(count, generator=generator).to(batch.device)

    def mixed(values: torch.Tensor) -> torch.Tensor:
        weight = share.to(values).view(-1, *[1] * (values.dim() - 1))
        return weight * values + (1 - weight) * values[partner]

    return mixed(batch), mixed(target)


def cutmix(
    batch: torch.Tensor, target: torch.Tensor, generator: torch.Generator, *, alpha: float = 1.0, p: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """A box of the partner, of about the share 1 − λ of the picture; the target is mixed by the box's true share."""
    count, _, height, width = batch.shape
    share = torch._sample_dirichlet(torch.full((count, 2), alpha, dtype=torch.float64), generator)[:, 0]
    partner = torch.randperm(count, generator=generator).to(batch.device)
    chosen = torch.rand(count, 1, 1, generator=generator) < p
    side = (1 - share).sqrt().view(-1, 1, 1)
    tall, wide = (side * height).floor(), (side * width).floor()
    top = torch.randint(0, height, (count, 1, 1), generator=generator) - tall // 2
    left = torch.randint(0, width, (count, 1, 1), generator=generator) - wide // 2
    y, x = torch.arange(height)[None, :, None], torch.arange(width)[None, None, :]
    box = (chosen & (y >= top) & (y < top + tall) & (x >= left) & (x < left + wide)).to(batch.device)
    own = 1 - box.double().mean((1, 2)).to(target)
    own = own.view(-1, *[1] * (target.dim() - 1))
    return torch.where(box[:, None], batch[partner], batch), own * target + (1 - own) * target[partner]


def mixed_examples(
    batch: torch.Tensor,
    target: torch.Tensor,
    generator: torch.Generator,
    *,
    method: str = "vh_mixup",
    alpha: float = 1.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures put together otherwise than by a weighted sum: cut across, lengthwise, into rows, columns, quarters or single pixels."""
    count, _, height, width = batch.shape
    shares = torch._sample_dirichlet(torch.full((3, count, 2), alpha, dtype=torch.float64), generator)[:, :, 0]
    first, second, third = shares.view(3, -1, 1, 1)
    partner = torch.randperm(count, generator=generator).to(batch.device)
    above = torch.arange(height)[None, :, None] < (first * height).round()
    before = torch.arange(width)[None, None, :] < (second * width).round()
    if method == "vertical_concat":  # own weight of each place, N × H × W
        own = above.expand(-1, -1, width).double()
    elif method == "horizontal_concat":
        own = before.expand(-1, height, -1).double()
    elif method == "mixed_concat":
        own = (above == before).double()
    elif method == "vh_mixup":  # the mixup of the two above
        own = third * above + (1 - third) * before
    elif method == "random_rows":
        own = (torch.rand(count, height, 1, generator=generator) < first).expand(-1, -1, width).double()
    elif method == "random_columns":
        own = (torch.rand(count, 1, width, generator=generator) < first).expand(-1, height, -1).double()
    else:  # random_pixels
        own = (torch.rand(count, height, width, generator=generator) < first).double()
    weight = own[:, None].to(batch)
    share = own.mean((1, 2)).to(target).view(-1, *[1] * (target.dim() - 1))
    return weight * batch + (1 - weight) * batch[partner], share * target + (1 - share) * target[partner]


def sample_pairing(batch: torch.Tensor, generator: torch.Generator, *, p: float = 0.5) -> torch.Tensor:
    """The mean of a sample and its partner, with probability p; the target stays the sample's own."""
    partner = torch.randperm(len(batch), generator=generator).to(batch.device)
    chosen = torch.rand(len(batch), generator=generator).view(-1, *[1] * (batch.dim() - 1)) < p
    return torch.where(chosen.to(batch.device), (batch + batch[partner]) / 2, batch)
