"""Which axis does a layer work along?"""

from typing import Annotated

from pydantic import AfterValidator

from nnstudio.api import Field, Ui


def _not_the_batch(dim: int) -> int:
    if dim == 0:
        raise ValueError("axis 0 is the batch, whose samples stay apart: give 1, 2, …, or −1 for the last one")
    return dim


Axis = Annotated[int, Field(ge=-1, le=8), AfterValidator(_not_the_batch)]
"""1, 2, … or −1, the last one."""
AnyAxis = Annotated[int, Field(ge=-8, le=8), AfterValidator(_not_the_batch)]
"""Also −2, the last but one, and so on: for layers whose output would show it, if that were the batch."""
Axes = Annotated[AnyAxis | tuple[AnyAxis, ...], Ui(axes=True)]
"""One, or several together."""
