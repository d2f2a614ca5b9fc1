"""A few of torch's functions with the types that its own stubs leave open."""

from typing import Any

import numpy.typing as npt
import torch


def tensor_of(array: npt.NDArray[Any]) -> torch.Tensor:
    """A tensor on the CPU that shares the array's memory."""
    return torch.from_numpy(array)  # pyright: ignore[reportUnknownMemberType]


def in_parts(tensor: torch.Tensor, size: int) -> tuple[torch.Tensor, ...]:
    """Views of `size` rows each, the last one as short as it comes."""
    return tensor.split(size)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
