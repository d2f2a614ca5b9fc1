"""Augmentations that mix samples, put noise on them, or choose by chance, declared; what they compute is in the modules of functions."""

from typing import Annotated, Literal

from nnstudio.api import AugmentationSpec, Field, Params, Ui

Chance = Annotated[float, Field(ge=0, le=1), Ui(symbol="p")]
Alpha = Annotated[float, Field(gt=0, le=100), Ui(scale="log", symbol="α")]
Std = Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="σ")]


class Mixup(Params):
    """Trains on weighted means of two samples and of their targets, so that the network goes straight from one class to the other.

    Formula: λ xᵢ + (1 − λ) xⱼ,   λ yᵢ + (1 − λ) yⱼ,   λ ~ Beta(α, α)
    Source: Zhang et al. 2018
    """

    alpha: Alpha = 0.2
    """Small: mostly one of the two; 1: any share alike; large: nearly half and half."""


class CutMix(Params):
    """Puts a box of one picture into another and mixes the targets by area.

    Formula: M xᵢ + (1 − M) xⱼ,   λ yᵢ + (1 − λ) yⱼ,   λ = mean(M), about Beta(α, α)
    Source: Yun et al. 2019
    """

    alpha: Alpha = 1.0
    """Of the Beta distribution that the box's share comes from."""
    p: Chance = 1.0
    """How many of the pictures."""


class MixedExamples(Params):
    """Puts two pictures together otherwise than by a weighted sum, and mixes the targets by area.

    Formula: W xᵢ + (1 − W) xⱼ,   λ yᵢ + (1 − λ) yⱼ,   λ = mean(W)
    Source: Summers & Dinneen 2019
    """

    method: Literal[
        "vertical_concat",
        "horizontal_concat",
        "mixed_concat",
        "vh_mixup",
        "random_rows",
        "random_columns",
        "random_pixels",
    ] = "vh_mixup"
    """Which place is whose: one above the other, side by side, quarters, the mixup of the first two, or by chance."""
    alpha: Alpha = 1.0
    """The shares come from Beta(α, α)."""


class SamplePairing(Params):
    """Lays another picture over each at half strength and keeps the target as it was.

    Formula: (xᵢ + xⱼ) / 2 with probability p
    Source: Inoue 2018
    """

    p: Chance = 0.5
    """How many of the samples."""


class InputNoise(Params):
    """Adds noise to each input value, which acts as a penalty on steep slopes.

    Formula: x + ε,   ε ~ N(0, σ²)
    Source: Bishop 1995
    """

    std: Std = 0.1
    """Standard deviation of the noise; standardised inputs have 1."""


class TargetNoise(Params):
    """Adds noise to what the network is to predict.

    Formula: t + ε,   ε ~ N(0, σ²)
    Source: Goodfellow et al. 2016, ch. 7
    """

    std: Std = 0.1
    """Standard deviation of the noise, in the target's own units."""


class LabelNoise(Params):
    """Gives some samples another class, drawn anew each time: the network must not trust every label.

    Formula: y → another class with probability p, each alike
    Source: Xie et al. 2016 (DisturbLabel)
    """

    p: Chance = 0.1
    """How many of the samples."""


class RandAugment(Params):
    """Puts each picture through n operations drawn from 13, all at the same strength: two numbers instead of a long search.

    Formula: T_n ∘ … ∘ T₁,   each T drawn alike from the operations, at the strength m
    Source: Cubuk et al. 2020
    """

    n: Annotated[int, Field(ge=0, le=10)] = 2
    """Operations one after the other."""
    m: Annotated[float, Field(ge=0, le=10)] = 5.0
    """Their strength: 0 none, 10 the most (30°, 0.3 of the size, …)."""
    fill: Annotated[Literal["zeros", "border", "reflection"], Ui(advanced=True)] = "zeros"
    """What comes in from outside."""


ANY = ("image", "vector", "value", "array")
_MIXING = "nnstudio_augmentation.mixing_functions:"
_NOISE = "nnstudio_augmentation.noise_functions:"

MIXING = [
    AugmentationSpec(
        "nnstudio.mixup", "Mixup", Mixup, _MIXING + "mixup", ANY, True, "mixing", "λ xᵢ + (1 − λ) xⱼ", ("blend",)
    ),
    AugmentationSpec(
        "nnstudio.cutmix", "CutMix", CutMix, _MIXING + "cutmix", ("image",), True, "mixing", "M xᵢ + (1 − M) xⱼ"
    ),
    AugmentationSpec(
        "nnstudio.mixed_examples",
        "Mixed examples",
        MixedExamples,
        _MIXING + "mixed_examples",
        ("image",),
        True,
        "mixing",
        "W xᵢ + (1 − W) xⱼ",
        ("non-linear mixing", "concat", "VH-Mixup"),
    ),
    AugmentationSpec(
        "nnstudio.sample_pairing",
        "SamplePairing",
        SamplePairing,
        _MIXING + "sample_pairing",
        ANY,
        category="mixing",
        formula="(xᵢ + xⱼ) / 2",
    ),
    AugmentationSpec(
        "nnstudio.input_noise",
        "Input noise",
        InputNoise,
        _NOISE + "input_noise",
        ("vector", "value", "array"),
        category="noise",
        formula="x + ε",
        aliases=("gaussian noise", "jitter"),
    ),
    AugmentationSpec(
        "nnstudio.target_noise",
        "Target noise",
        TargetNoise,
        _NOISE + "target_noise",
        (*ANY, "tokens"),
        True,
        "noise",
        "t + ε",
        target_kinds=("value",),
    ),
    AugmentationSpec(
        "nnstudio.label_noise",
        "Label noise",
        LabelNoise,
        _NOISE + "label_noise",
        (*ANY, "tokens"),
        True,
        "noise",
        "y → another class",
        ("DisturbLabel",),
        target_kinds=("class",),
    ),
    AugmentationSpec(
        "nnstudio.rand_augment",
        "RandAugment",
        RandAugment,
        "nnstudio_augmentation.policy_functions:rand_augment",
        category="policy",
        formula="T_n ∘ … ∘ T₁",
        aliases=("AutoAugment", "random policy"),
    ),
]
