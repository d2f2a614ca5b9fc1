"""Augmentations at spatial level, declared; what they compute is in `spatial_functions` and `patch_functions`."""

from typing import Annotated, Literal

from pydantic import model_validator

from nnstudio.api import AugmentationSpec, Field, Params, Ui

Chance = Annotated[float, Field(ge=0, le=1), Ui(symbol="p")]
Fill = Annotated[Literal["zeros", "border", "reflection"], Ui(advanced=True)]
Degrees = Annotated[float, Field(ge=0, le=180), Ui(unit="°")]
Slant = Annotated[float, Field(ge=0, le=80), Ui(unit="°")]


class FlipHorizontal(Params):
    """Exchanges left and right, as in a mirror.

    Formula: x[:, w] → x[:, W − 1 − w] with probability p
    Source: Krizhevsky et al. 2012
    """

    p: Chance = 0.5
    """How many of the pictures. Leave it out where sides matter, as in writing."""


class FlipVertical(Params):
    """Exchanges top and bottom.

    Formula: x[h, :] → x[H − 1 − h, :] with probability p
    Source: Shorten & Khoshgoftaar 2019
    """

    p: Chance = 0.5
    """How many of the pictures. It suits pictures without an up and down: cells, maps."""


class Crop(Params):
    """Pads each picture and cuts it to its old size at a random place, so that it comes to lie elsewhere.

    Formula: pad by P, then x[t : t + H, l : l + W],   t, l ~ U{0 … 2P}
    Source: He et al. 2016
    """

    padding: Annotated[int, Field(ge=0, le=256), Ui(symbol="P", unit="px")] = 4
    """Pixels that are added on each side."""
    fill: Fill = "zeros"
    """What they are: black, the edge going on, or the picture mirrored."""


class Shift(Params):
    """Moves each picture by whole pixels.

    Formula: x[h, w] → x[h − Δh, w − Δw],   |Δw| ≤ x·W, |Δh| ≤ y·H
    Source: Simard et al. 2003
    """

    x: Annotated[float, Field(ge=0, le=0.9)] = 0.1
    """The farthest to the left or right, as a share of the width."""
    y: Annotated[float, Field(ge=0, le=0.9)] = 0.1
    """The farthest up or down, as a share of the height."""
    fill: Annotated[Literal["zeros", "border", "wrap"], Ui(advanced=True)] = "zeros"
    """What comes in from outside: black, the edge going on, or what went out at the other side."""


class Rotate(Params):
    """Turns each picture about its middle.

    Formula: x(R(φ) · place),   φ ~ U(−a, a)
    Source: Simard et al. 2003
    """

    degrees: Annotated[Degrees, Ui(symbol="a", unit="°")] = 15.0
    """The largest angle, either way."""
    step: Degrees = 0.0
    """Multiples of this angle alone: 90 for quarter turns; 0: any angle."""
    fill: Fill = "zeros"
    """What comes in at the corners."""


class Zoom(Params):
    """Makes what is in a picture larger or smaller.

    Formula: x(place / s),   ln s ~ U(−ln(1 + a), ln(1 + a))
    Source: Shorten & Khoshgoftaar 2019
    """

    amount: Annotated[float, Field(ge=0, le=4), Ui(symbol="a")] = 0.2
    """0.2: between 1.2 times smaller and 1.2 times larger."""
    fill: Fill = "zeros"
    """What comes in around a smaller picture."""


class Shear(Params):
    """Slants each picture, as italics do.

    Formula: x(h, w + h · tan φ),   φ ~ U(−a, a)
    Source: Simard et al. 2003
    """

    x: Slant = 15.0
    """The largest angle by which upright lines lean."""
    y: Slant = 0.0
    """The largest angle by which level lines lean."""
    fill: Fill = "zeros"
    """What comes in at the corners."""


class Affine(Params):
    """Shears, zooms, rotates and shifts at once: one interpolation instead of four, which keeps pictures sharp.

    Formula: x(A⁻¹ · place),   A = shift · rotation · zoom · shear
    Source: Simard et al. 2003
    """

    degrees: Degrees = 10.0
    """The largest rotation, either way."""
    shift: Annotated[float, Field(ge=0, le=0.9)] = 0.1
    """The farthest shift each way, as a share of the size."""
    zoom: Annotated[float, Field(ge=0, le=4)] = 0.1
    """Between 1/(1 + zoom) and 1 + zoom times as large."""
    shear: Slant = 10.0
    """The largest angle by which upright lines lean."""
    fill: Fill = "zeros"
    """What comes in from outside."""


class Elastic(Params):
    """Pulls each picture about as if it were printed on rubber: handwriting that another hand might have written.

    Formula: x(place + α · (Gaussian(σ) ∗ u)),   u ~ U(−1, 1) a pixel and direction
    Source: Simard, Steinkraus & Platt 2003
    """

    alpha: Annotated[float, Field(ge=0, le=200), Ui(symbol="α", unit="px")] = 8.0
    """How strongly it is pulled."""
    sigma: Annotated[float, Field(gt=0, le=30), Ui(symbol="σ", unit="px")] = 3.0
    """How smoothly: the width of the Gaussian; small ones crumple, large ones only shift."""
    fill: Fill = "zeros"
    """What comes in from outside."""


class PatchShuffle(Params):
    """Puts the pixels of small windows in a random order: what is alike near by stays so, and no single pixel is relied on.

    Formula: each n × n window, with probability p, x → P x, P a random permutation
    Source: Kang et al. 2017
    """

    window: Annotated[int, Field(ge=2, le=64), Ui(symbol="n", unit="px")] = 2
    """Side of the windows; what is left at the edge stays."""
    p: Chance = 0.05
    """How many of the windows."""


class Cutout(Params):
    """Cuts a square out of each picture, so that no part alone is relied on.

    Formula: x · (1 − M),   M a square of side s with its middle anywhere
    Source: DeVries & Taylor 2017
    """

    size: Annotated[float, Field(gt=0, le=1), Ui(symbol="s")] = 0.3
    """Side of the square, as a share of the shorter side; it may hang over the edge."""
    holes: Annotated[int, Field(ge=1, le=64)] = 1
    """Squares in each picture."""
    p: Chance = 1.0
    """How many of the pictures."""
    fill: Literal["zero", "mean"] = "zero"
    """What is in the hole: black, or the mean of each channel of the picture."""


class RandomErasing(Params):
    """Covers a box of random size and shape with noise.

    Formula: x[box] ~ U(0, 1),   area ~ U(s_l, s_h) of the picture, ratio log-uniform in r … 1/r
    Source: Zhong et al. 2020
    """

    p: Chance = 0.5
    """How many of the pictures."""
    smallest: Annotated[float, Field(gt=0, le=1), Ui(symbol="s_l")] = 0.02
    """The smallest box, as a share of the picture."""
    largest: Annotated[float, Field(gt=0, le=1), Ui(symbol="s_h")] = 0.33
    """The largest box."""
    aspect: Annotated[float, Field(gt=0, le=1), Ui(symbol="r")] = 0.3
    """Height to width is between r and 1/r; 1: squares."""

    @model_validator(mode="after")
    def _ordered(self) -> "RandomErasing":
        if self.smallest > self.largest:
            raise ValueError(f"smallest {self.smallest:g} is above largest {self.largest:g}")
        return self


def _spec(
    name: str, title: str, params: type[Params], formula: str, *aliases: str, module: str = "spatial"
) -> AugmentationSpec:
    function = f"nnstudio_augmentation.{module}_functions:{name}"
    return AugmentationSpec(
        f"nnstudio.{name}", title, params, function, category="spatial", formula=formula, aliases=aliases
    )


SPATIAL = [
    _spec("flip_horizontal", "Flip left–right", FlipHorizontal, "W − 1 − w", "horizontal flip", "mirror"),
    _spec("flip_vertical", "Flip top–bottom", FlipVertical, "H − 1 − h", "vertical flip"),
    _spec("crop", "Random crop", Crop, "x[t : t + H, l : l + W]", "pad and crop"),
    _spec("shift", "Shift", Shift, "x[h − Δh, w − Δw]", "translate"),
    _spec("rotate", "Rotate", Rotate, "x(R(φ) · place)", "rotation"),
    _spec("zoom", "Zoom", Zoom, "x(place / s)", "scale", "resize"),
    _spec("shear", "Shear", Shear, "x(h, w + h tan φ)", "slant"),
    _spec("affine", "Affine", Affine, "x(A⁻¹ · place)", "rotate", "shift", "scale", "shear"),
    _spec("elastic", "Elastic", Elastic, "x(place + α (G ∗ u))", "elastic deformation", "distortion"),
    _spec("patch_shuffle", "PatchShuffle", PatchShuffle, "x → P x in n × n windows", module="patch"),
    _spec("cutout", "Cutout", Cutout, "x · (1 − M)", "hole", "occlusion", module="patch"),
    _spec("random_erasing", "Random erasing", RandomErasing, "x[box] ~ U(0, 1)", "erase", module="patch"),
]
