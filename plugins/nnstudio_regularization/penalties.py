"""Penalties on the weights: their declarations. What they compute is in `penalty_functions`."""

from typing import Annotated

from nnstudio.api import Field, Params, RegularizerSpec, Ui


class L1(Params):
    """Pulls every weight towards zero with the same force, so that many become zero: a sparse network.

    Formula: J + λ Σ |w|
    Source: Tibshirani 1996
    """

    strength: Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="λ")] = 1e-5
    """Weight of the penalty beside the loss."""


class L2(Params):
    """Pulls every weight towards zero in proportion to its size: keeps weights small.

    Formula: J + (λ/2) Σ w²
    Source: Hoerl & Kennard 1970; Krogh & Hertz 1992
    """

    strength: Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="λ")] = 1e-4
    """Weight of the penalty beside the loss."""


REGULARIZERS = [
    RegularizerSpec("nnstudio.l1", "L1", L1, "nnstudio_regularization.penalty_functions:l1", "λ Σ |w|"),
    RegularizerSpec("nnstudio.l2", "L2", L2, "nnstudio_regularization.penalty_functions:l2", "(λ/2) Σ w²"),
]
