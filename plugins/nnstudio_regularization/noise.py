"""Noise on the weights: its declaration. What is drawn is in `noise_functions`."""

from typing import Annotated

from nnstudio.api import Field, NoiseSpec, Params, Ui


class WeightNoise(Params):
    """Each batch sees slightly other weights, so that training settles where small changes of the weights do not matter: in flat minima.

    Formula: J(w + n),   n ~ N(0, σ²)
    Source: Murray & Edwards 1994; Graves 2011; Goodfellow et al. 2016, ch. 7.5.1
    """

    std: Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="σ")] = 0.01
    """Standard deviation of the noise."""


class RelativeWeightNoise(Params):
    """Weight noise in proportion to each weight: large weights are shaken more, zeros stay zero.

    Formula: J(w + w ⊙ n),   n ~ N(0, σ²)
    Source: Murray & Edwards 1994
    """

    std: Annotated[float, Field(ge=0, le=10), Ui(scale="log", symbol="σ")] = 0.05
    """Standard deviation of the noise, as a share of the weight."""


_CODE = "nnstudio_regularization.noise_functions:"

NOISE = [
    NoiseSpec("nnstudio.weight_noise", "Weight noise", WeightNoise, _CODE + "gaussian", "w + N(0, σ²)"),
    NoiseSpec(
        "nnstudio.relative_weight_noise",
        "Relative weight noise",
        RelativeWeightNoise,
        _CODE + "relative",
        "w · N(1, σ²)",
    ),
]
