"""Augmentations chosen by chance. The function stands alone: its source is written into the exported script."""

import torch


def rand_augment(
    batch: torch.Tensor, generator: torch.Generator, *, n: int = 2, m: float = 5.0, fill: str = "zeros"
) -> torch.Tensor:
    """n times, each picture goes through one of 13 operations, each as likely, at the strength m of 10; which way is up to chance.

    identity, auto-contrast, brightness, contrast, sharpness, posterize, solarize; rotate ≤ 30°, shear x, y ≤ 0.3, shift x, y ≤ 0.3 of
    the size; colour ≤ 0.9 (of grey pictures: identity).
    """
    functional, level = torch.nn.functional, m / 10
    height, width = batch.shape[2:]

    def spread(low: torch.Tensor, high: torch.Tensor, sign: torch.Tensor) -> torch.Tensor:
        """Away from `low`, towards `high` or beyond it."""
        return torch.lerp(low, high, 1 + 0.9 * level * sign).clamp_(0, 1)

    def moved(
        images: torch.Tensor,
        xx: torch.Tensor | float = 1,
        xy: torch.Tensor | float = 0,
        x: torch.Tensor | float = 0,
        yx: torch.Tensor | float = 0,
        yy: torch.Tensor | float = 1,
        y: torch.Tensor | float = 0,
    ) -> torch.Tensor:
        parts = [torch.as_tensor(part).to(images).expand(len(images)) for part in (xx, xy, x, yx, yy, y)]
        matrix = torch.stack(parts, 1).view(-1, 2, 3)
        grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
        return functional.grid_sample(images, grid, padding_mode=fill, align_corners=False)

    def changed(operation: int, images: torch.Tensor, sign: torch.Tensor) -> torch.Tensor:
        factor = sign.view(-1, 1, 1, 1)
        if operation == 1:  # auto-contrast: from the darkest to the lightest value of each channel
            low, high = images.amin((2, 3), keepdim=True), images.amax((2, 3), keepdim=True)
            return torch.where(high > low, (images - low) / (high - low).clamp(min=1e-12), images)
        if operation == 2:  # brightness
            return spread(torch.zeros_like(images), images, factor)
        if operation == 3:  # contrast
            return spread(images.mean((1, 2, 3), keepdim=True).expand_as(images), images, factor)
        if operation == 4:  # sharpness
            kernel = images.new_tensor([[1, 1, 1], [1, 5, 1], [1, 1, 1]]).div_(13).expand(images.shape[1], 1, 3, 3)
            edges = functional.pad(images, [1] * 4, mode="replicate")
            return spread(functional.conv2d(edges, kernel, groups=images.shape[1]), images, factor)
        if operation == 5:  # posterize, to 8 … 4 bits
            step = 2 ** round(4 * level)
            return (images * 255).round_().div_(step).floor_().mul_(step / 255)
        if operation == 6:  # solarize
            return torch.where(images >= 1 - level, 1 - images, images)
        if operation == 7:  # rotate
            angle = torch.deg2rad(30 * level * sign)
            cos, sin = angle.cos(), angle.sin()
            return moved(images, xx=cos, xy=-sin * height / width, yx=sin * width / height, yy=cos)
        if operation == 8:
            return moved(images, xy=0.3 * level * sign * height / width)
        if operation == 9:
            return moved(images, yx=0.3 * level * sign * width / height)
        if operation == 10:
            return moved(images, x=2 * 0.3 * level * sign)
        if operation == 11:
            return moved(images, y=2 * 0.3 * level * sign)
        if operation == 12 and images.shape[1] == 3:  # colour
            weights = images.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
            return spread((images * weights).sum(1, keepdim=True).expand_as(images), images, factor)
        return images

    for _ in range(n):
        chosen = torch.randint(0, 13, (len(batch),), generator=generator)
        sign = torch.randint(0, 2, (len(batch),), generator=generator).to(batch) * 2 - 1
        result = batch.clone()
        for operation in range(1, 13):
            rows = torch.arange(len(batch))[chosen == operation].to(batch.device)
            if not len(rows):
                continue
            result[rows] = changed(operation, batch[rows], sign[rows])
        batch = result
    return batch
