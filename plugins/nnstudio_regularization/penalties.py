"""Penalties on the weights: their declarations. What they compute is in `penalty_functions`."""

from typing import Annotated

from pydantic import model_validator

from nnstudio.api import Field, Params, RegularizerSpec, Ui

Strength = Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="λ")]


class L1(Params):
    """Pulls every weight towards zero with the same force, so that many become zero: a sparse network.

    Formula: J + λ Σ |w|
    Source: Tibshirani 1996
    """

    strength: Strength = 1e-5
    """Weight of the penalty beside the loss."""


class L2(Params):
    """Pulls every weight towards zero in proportion to its size: keeps weights small.

    Formula: J + (λ/2) Σ w²
    Source: Hoerl & Kennard 1970; Krogh & Hertz 1992
    """

    strength: Strength = 1e-4
    """Weight of the penalty beside the loss."""


class ElasticNet(Params):
    """L1 and L2 in one: sparse like L1, but weights that belong together stay together.

    Formula: J + λ (r Σ |w| + (1 − r)/2 Σ w²)
    Source: Zou & Hastie 2005
    """

    strength: Strength = 1e-5
    """Weight of the penalty beside the loss."""
    l1_ratio: Annotated[float, Field(ge=0, le=1), Ui(symbol="r")] = 0.5
    """Share of L1: 0 is L2 alone, 1 is L1 alone."""


class GroupLasso(Params):
    """Pulls whole units towards zero, with all their weights at once: fewer units rather than fewer weights.

    Formula: J + λ Σ_u √n ‖w_u‖,  w_u the n weights of unit u
    Source: Yuan & Lin 2006
    """

    strength: Strength = 1e-5
    """Weight of the penalty beside the loss."""


class Orthogonality(Params):
    """Pulls the units of a layer towards unit length and right angles: each looks at something else.

    Formula: J + λ Σ ‖W Wᵀ − I‖² (Wᵀ W, where there are more units than inputs)
    Source: Brock et al. 2017; Bansal, Chen & Wang 2018
    """

    strength: Strength = 1e-4
    """Weight of the penalty beside the loss."""


class Tying(Params):
    """Keeps two layers alike without making them one: what one learns, the other is pulled towards.

    Formula: J + (λ/2) ‖w_a − w_b‖²
    Source: Goodfellow et al. 2016, ch. 7.9; Lasserre, Bishop & Minka 2006
    """

    a: Annotated[str, Field(min_length=1)]
    """name of a layer ('fc1') or of one weight ('fc1.weight')"""
    b: Annotated[str, Field(min_length=1)]
    """name of the other, with weights of the same shapes"""
    strength: Strength = 1e-2
    """Weight of the penalty beside the loss."""

    @model_validator(mode="after")
    def _two(self) -> "Tying":
        if self.a == self.b:
            raise ValueError(f"a and b are both '{self.a}'; name two different layers or weights")
        return self


def _penalty(id: str, title: str, params: type[Params], formula: str, *, named: bool = False) -> RegularizerSpec:
    code = f"nnstudio_regularization.penalty_functions:{id}"
    return RegularizerSpec(f"nnstudio.{id}", title, params, code, formula, named)


REGULARIZERS = [
    _penalty("l1", "L1", L1, "λ Σ |w|"),
    _penalty("l2", "L2", L2, "(λ/2) Σ w²"),
    _penalty("elastic_net", "Elastic net", ElasticNet, "λ (r Σ |w| + (1 − r)/2 Σ w²)"),
    _penalty("group_lasso", "Group lasso", GroupLasso, "λ Σ √n ‖w_u‖"),
    _penalty("orthogonality", "Orthogonality", Orthogonality, "λ Σ ‖W Wᵀ − I‖²"),
    _penalty("tying", "Parameter tying", Tying, "(λ/2) ‖w_a − w_b‖²", named=True),
]
