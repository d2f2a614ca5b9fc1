"""Regularizing layers: dropout."""

from typing import Annotated

from nnstudio.api import Field, LayerSpec, Params


class Dropout(Params):
    """Sets each value to 0 with probability p and scales the rest by 1/(1 − p) — while training only.

    Formula: y = m ⊙ x / (1 − p),   m ~ Bernoulli(1 − p)
    Source: Srivastava et al. 2014
    """

    p: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """probability of dropping a value"""


LAYERS = [
    LayerSpec(
        "torch.dropout",
        "Dropout",
        "regularization",
        Dropout,
        "torch.nn:Dropout",
        summary=lambda params: f"p {params.p:g}",
        stem="drop",
        aliases=("noise",),
    )
]
