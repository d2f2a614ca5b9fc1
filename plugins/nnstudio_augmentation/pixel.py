"""Augmentations at pixel level, declared; what they compute is in `pixel_functions`. ("Normalise" is the data's standardisation.)"""

from typing import Annotated

from nnstudio.api import AugmentationSpec, Field, Params, Ui

Chance = Annotated[float, Field(ge=0, le=1), Ui(symbol="p")]
Amount = Annotated[float, Field(ge=0, le=1), Ui(symbol="a")]


class Brightness(Params):
    """Makes each picture lighter or darker as a whole.

    Formula: x + b,   b ~ U(−a, a), kept within 0 … 1
    Source: Krizhevsky et al. 2012; Shorten & Khoshgoftaar 2019
    """

    amount: Amount = 0.2
    """The most that is added or taken off; 1 is from black to white."""


class Contrast(Params):
    """Spreads the values of each picture about their mean, or draws them together.

    Formula: x̄ + c (x − x̄),   c ~ U(1 − a, 1 + a), kept within 0 … 1
    Source: Howard 2013; Shorten & Khoshgoftaar 2019
    """

    amount: Amount = 0.3
    """How far the factor may be from 1."""


class Gamma(Params):
    """Lightens or darkens the mid-tones and leaves black and white where they are.

    Formula: x^γ,   ln γ ~ U(−ln(1 + a), ln(1 + a))
    Source: Poynton 2012
    """

    amount: Annotated[float, Field(ge=0, le=5), Ui(symbol="a")] = 0.5
    """γ is between 1/(1 + a) and 1 + a."""


class PixelNoise(Params):
    """Adds noise to each value of a picture, so that none of them alone is relied on.

    Formula: x + ε,   ε ~ N(0, σ²), kept within 0 … 1
    Source: Bishop 1995
    """

    std: Annotated[float, Field(ge=0, le=1), Ui(scale="log", symbol="σ")] = 0.05
    """Standard deviation of the noise; 1 is from black to white."""


class Blur(Params):
    """Blurs each picture, some more than others.

    Formula: x ∗ Gaussian(s),   s ~ U(0, σ)
    Source: Shorten & Khoshgoftaar 2019
    """

    sigma: Annotated[float, Field(gt=0, le=10), Ui(symbol="σ", unit="px")] = 1.0
    """The widest Gaussian's standard deviation."""


class Invert(Params):
    """Turns a picture into its negative.

    Formula: 1 − x with probability p
    Source: Cubuk et al. 2019
    """

    p: Chance = 0.5
    """How many of the pictures."""


class Posterize(Params):
    """Leaves a picture fewer shades of each colour.

    Formula: 2^(8−b) ⌊255 x / 2^(8−b)⌋ / 255 with probability p
    Source: Cubuk et al. 2019
    """

    bits: Annotated[int, Field(ge=1, le=8), Ui(symbol="b")] = 4
    """Bits that are kept of each byte: 4 leave 16 shades, 8 all."""
    p: Chance = 0.5
    """How many of the pictures."""


class Solarize(Params):
    """Inverts what is bright in a picture, as in an overexposed film.

    Formula: 1 − x where x ≥ τ, with probability p
    Source: Cubuk et al. 2019
    """

    threshold: Annotated[float, Field(ge=0, le=1), Ui(symbol="τ")] = 0.5
    """From this value on."""
    p: Chance = 0.5
    """How many of the pictures."""


def _spec(name: str, params: type[Params], formula: str, *aliases: str, title: str = "") -> AugmentationSpec:
    function = f"nnstudio_augmentation.pixel_functions:{name}"
    return AugmentationSpec(
        f"nnstudio.{name}", title or params.__name__, params, function, formula=formula, aliases=aliases
    )


PIXEL = [
    _spec("brightness", Brightness, "x + b"),
    _spec("contrast", Contrast, "x̄ + c (x − x̄)"),
    _spec("gamma", Gamma, "x^γ"),
    _spec("pixel_noise", PixelNoise, "x + ε", "gaussian noise", title="Pixel noise"),
    _spec("blur", Blur, "x ∗ Gaussian", "gaussian blur"),
    _spec("invert", Invert, "1 − x", "negative"),
    _spec("posterize", Posterize, "b bits", "posterise", "quantize"),
    _spec("solarize", Solarize, "1 − x where x ≥ τ", "solarise"),
]
