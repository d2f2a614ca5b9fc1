"""What the plugin brings. The code that needs torch sits in modules named by a string, and is imported when first used."""

from typing import Annotated

from nnstudio.api import (
    DatasetSpec,
    ExampleSpec,
    Field,
    LayerSpec,
    OptimizerSpec,
    Params,
    Ui,
    ViewSpec,
    hookimpl,
)

NNSTUDIO_API = (1, 0)


class Swish(Params):
    """x · σ(βx) with a β that is learnt. β = 0 gives x/2, large β approaches ReLU.

    Formula: y = x · σ(βx)
    Source: Ramachandran, Zoph & Le 2017
    """

    beta: Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="β")] = 1.0
    """how sharp the bend is at the start"""


class Lion(Params):
    """Every weight moves by the same amount in each step: only the sign of the momentum counts.

    Formula: θ ← θ − η (sign(β₁m + (1 − β₁)g) + λθ),  m ← β₂m + (1 − β₂)g
    Source: Chen et al. 2023
    """

    lr: Annotated[float, Field(gt=0, le=1), Ui(scale="log", symbol="η")] = 1e-3
    """how far each weight moves"""
    beta1: Annotated[float, Field(ge=0, lt=1), Ui(symbol="β₁")] = 0.9
    """share of the momentum in the step"""
    beta2: Annotated[float, Field(ge=0, lt=1), Ui(symbol="β₂")] = 0.99
    """share of the momentum that is kept"""
    weight_decay: Annotated[float, Field(ge=0, le=1), Ui(scale="log", symbol="λ")] = 0.0
    """pulls weights to 0"""


class Waves(Params):
    """Noisy sine, square and sawtooth waves of any phase and frequency: which is which?"""

    samples: Annotated[int, Field(ge=30, le=100_000), Ui(scale="log")] = 900
    """number of waves"""
    noise: Annotated[float, Field(ge=0, le=10)] = 0.1
    """standard deviation of the noise (the waves go from −1 to 1)"""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """another seed gives other waves"""


class Spectrum(Params):
    """How fast the loss trembles: the spectrum of its ups and downs from step to step.

    Formula: |FFT(J − mean J)|
    """


@hookimpl
def register_layers() -> list[LayerSpec]:
    return [
        LayerSpec(
            "fourier.swish",
            "Swish",
            "activation",
            Swish,
            module="nnstudio_fourier.modules:Swish",
            summary=lambda params: f"x · σ({params.beta:g}x)",
            formula="y = x · σ(βx)",
        )
    ]


@hookimpl
def register_optimizers() -> list[OptimizerSpec]:
    facts = {"first moment": "yes", "second moment": "no", "state per weight": "1 × 4 B"}
    return [OptimizerSpec("fourier.lion", "Lion", Lion, "nnstudio_fourier.optimizers:Lion", facts=facts)]


@hookimpl
def register_datasets() -> list[DatasetSpec]:
    return [DatasetSpec("fourier.waves", "Waves", Waves, "nnstudio_fourier.data:waves", "classification", "signals")]


@hookimpl
def register_views() -> list[ViewSpec]:
    return [
        ViewSpec("fourier.spectrum", "Loss spectrum", "nnstudio_fourier.views:spectrum", Spectrum, needs=("steps",))
    ]


@hookimpl
def register_examples() -> list[ExampleSpec]:
    text = "Three shapes of waves told apart, with a layer, an optimizer, data and a view of this plugin."
    return [ExampleSpec("fourier.waves", "Waves", "waves.nns", text, "95 % of the test waves")]
