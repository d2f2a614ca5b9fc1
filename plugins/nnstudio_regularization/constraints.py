"""Constraints on the weights: their declarations. The projections are in `constraint_functions`."""

from typing import Annotated

from pydantic import model_validator

from nnstudio.api import ConstraintSpec, Field, Params, Ui

Norm = Annotated[float, Field(gt=0, le=1e6), Ui(scale="log")]


class MaxNorm(Params):
    """No unit's weights grow longer than c: after every step those that did are shortened. Often beside dropout and a high learning rate.

    Formula: w_u ← w_u · min(1, c / ‖w_u‖)
    Source: Srebro & Shraibman 2005; Srivastava et al. 2014
    """

    max_value: Annotated[Norm, Ui(scale="log", symbol="c")] = 3.0
    """Greatest length of a unit's weight vector."""


class UnitNorm(Params):
    """Each unit's weights have length 1: only their direction is learnt.

    Formula: w_u ← w_u / ‖w_u‖
    Source: Oja 1982; Keras (UnitNorm)
    """


class MinMaxNorm(Params):
    """Each unit's weights have a length between two bounds.

    Formula: w_u ← w_u · clip(‖w_u‖, a, c) / ‖w_u‖
    Source: Keras (MinMaxNorm)
    """

    min_value: Annotated[float, Field(ge=0, le=1e6), Ui(symbol="a")] = 0.5
    """Least length of a unit's weight vector."""
    max_value: Annotated[Norm, Ui(scale="log", symbol="c")] = 2.0
    """Greatest length of a unit's weight vector."""

    @model_validator(mode="after")
    def _ordered(self) -> "MinMaxNorm":
        if self.min_value > self.max_value:
            raise ValueError(f"min_value ({self.min_value:g}) must not be above max_value ({self.max_value:g})")
        return self


class NonNegative(Params):
    """Weights never fall below zero: units can only add, so they learn parts.

    Formula: w ← max(0, w)
    Source: Lee & Seung 1999
    """


def _constraint(id: str, title: str, params: type[Params], formula: str) -> ConstraintSpec:
    return ConstraintSpec(
        f"nnstudio.{id}", title, params, f"nnstudio_regularization.constraint_functions:{id}", formula
    )


CONSTRAINTS = [
    _constraint("max_norm", "Max norm", MaxNorm, "‖w_u‖ ≤ c"),
    _constraint("unit_norm", "Unit norm", UnitNorm, "‖w_u‖ = 1"),
    _constraint("min_max_norm", "Min-max norm", MinMaxNorm, "a ≤ ‖w_u‖ ≤ c"),
    _constraint("non_negative", "Non-negative", NonNegative, "w ≥ 0"),
]
