"""The optimizers of torch.optim that every textbook starts with: SGD, AdaGrad, RMSprop, Adam, AdamW."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import model_validator

from nnstudio.api import Field, OptimizerSpec, Params, Ui, hookimpl

Share = Annotated[float, Field(ge=0, lt=1)]
Epsilon = Annotated[float, Field(gt=0, le=1), Ui(scale="log", symbol="ε", advanced=True)]
Decay = Annotated[float, Field(ge=0, le=1), Ui(scale="log", symbol="λ")]


class Sgd(Params):
    """Stochastic gradient descent: follow the mean gradient of a mini-batch; with momentum, a running sum of gradients.

    Formula: v ← μv + (1 − τ)g,  θ ← θ − ηv   (Nesterov: θ ← θ − η(g + μv))
    Source: Robbins & Monro 1951; Polyak 1964; Nesterov 1983; Sutskever et al. 2013
    """

    lr: Annotated[float, Field(gt=0, le=10), Ui(scale="log", symbol="η")] = 0.01
    """Learning rate: the length of a step."""
    momentum: Annotated[Share, Ui(symbol="μ")] = 0.0
    """Share of the last velocity that is kept; 0 is plain SGD, 0.9 is usual."""
    dampening: Annotated[float, Field(ge=0, le=1), Ui(symbol="τ", advanced=True)] = 0.0
    """How much the new gradient is weakened; equal to the momentum it makes the velocity an average of gradients."""
    nesterov: bool = False
    """Look ahead: use the gradient where the momentum is about to carry the weights."""
    weight_decay: Decay = 0.0
    """λ times the weight is added to its gradient: the same as an L2 penalty."""

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> "Sgd":
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            raise ValueError(
                f"nesterov needs momentum > 0 and dampening 0; they are {self.momentum:g} and {self.dampening:g}"
            )
        return self


class Adagrad(Params):
    """Each weight's step shrinks with the sum of its squared gradients: rare features learn faster.

    Formula: r ← r + g²,  θ ← θ − η g / (√r + ε)
    Source: Duchi, Hazan & Singer 2011
    """

    lr: Annotated[float, Field(gt=0, le=10), Ui(scale="log", symbol="η")] = 0.01
    """Learning rate."""
    lr_decay: Annotated[float, Field(ge=0, le=1), Ui(scale="log", advanced=True)] = 0.0
    """At step t the learning rate is divided by 1 + t · lr_decay."""
    weight_decay: Decay = 0.0
    """λ times the weight is added to its gradient: the same as an L2 penalty."""
    initial_accumulator_value: Annotated[float, Field(ge=0, le=1000), Ui(symbol="r₀", advanced=True)] = 0.0
    """What the sum of squares starts with; more makes the first steps shorter."""
    eps: Epsilon = 1e-10
    """Keeps the division from failing."""


class RMSprop(Params):
    """AdaGrad that forgets: each step is divided by a running average of the gradient's size.

    Formula: r ← ρr + (1 − ρ)g²,  θ ← θ − η g / (√r + ε)
    Source: Tieleman & Hinton 2012
    """

    lr: Annotated[float, Field(gt=0, le=10), Ui(scale="log", symbol="η")] = 0.001
    """Learning rate."""
    alpha: Annotated[Share, Ui(symbol="ρ")] = 0.9
    """Share of the running average of squares that is kept at each step."""
    eps: Epsilon = 1e-8
    """Keeps the division from failing."""
    weight_decay: Decay = 0.0
    """λ times the weight is added to its gradient: the same as an L2 penalty."""
    momentum: Annotated[Share, Ui(symbol="μ")] = 0.0
    """Share of the last scaled step that is kept."""
    centered: Annotated[bool, Ui(advanced=True)] = False
    """Divide by an estimate of the standard deviation instead of the root mean square."""


class Adam(Params):
    """Momentum and RMSprop together, both corrected for having started at zero: a good first choice.

    Formula: m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  θ ← θ − η m̂ / (√v̂ + ε),  m̂ = m/(1 − β₁ᵗ),  v̂ = v/(1 − β₂ᵗ)
    Source: Kingma & Ba 2015, algorithm 1
    """

    lr: Annotated[float, Field(gt=0, le=10), Ui(scale="log", symbol="η")] = 0.001
    """Learning rate: about the length of a weight's step."""
    beta1: Annotated[Share, Ui(symbol="β₁")] = 0.9
    """Share of the average gradient that is kept at each step."""
    beta2: Annotated[Share, Ui(symbol="β₂")] = 0.999
    """Share of the average squared gradient that is kept at each step."""
    eps: Epsilon = 1e-8
    """Keeps the division from failing."""
    weight_decay: Decay = 0.0
    """λ times the weight is added to its gradient; AdamW shrinks the weights themselves instead."""
    amsgrad: Annotated[bool, Ui(advanced=True)] = False
    """Divide by the largest average of squares so far (Reddi et al. 2018)."""


class AdamW(Adam):
    """Adam whose weight decay shrinks the weights themselves, untouched by the gradient's scale.

    Formula: θ ← (1 − ηλ)θ, then Adam's step
    Source: Loshchilov & Hutter 2019
    """

    weight_decay: Decay = 0.01
    """Each step multiplies the weights by 1 − ηλ."""


def _chosen(params: Params) -> dict[str, Any]:
    """The learning rate and what differs from its default: the call that a person would write."""
    return {"lr": params.lr, **params.model_dump(exclude_defaults=True)}  # type: ignore[attr-defined]


def _sgd(params: Sgd) -> Mapping[str, Any]:
    return {**_chosen(params), "fused": True}


def _rmsprop(params: RMSprop) -> Mapping[str, Any]:
    return {
        "lr": params.lr,
        "alpha": params.alpha,
        **_chosen(params),
    }  # torch's default for alpha is another than the source's


def _adam(params: Adam) -> Mapping[str, Any]:
    """`fused` runs 2–3 times as fast on a CPU, with the same result from run to run."""
    chosen = _chosen(params)
    if "beta1" in chosen or "beta2" in chosen:
        chosen["betas"] = (params.beta1, params.beta2)
    return {name: value for name, value in chosen.items() if name not in {"beta1", "beta2"}} | {"fused": True}


def _facts(first: str, second: str, leaky: str, correction: str, decay: str, state: str) -> dict[str, str]:
    names = (
        "first moment",
        "second moment",
        "leaky second moment",
        "bias correction",
        "weight decay",
        "state per weight",
    )
    return dict(zip(names, (first, second, leaky, correction, decay, state), strict=True))


@hookimpl
def register_optimizers() -> list[OptimizerSpec]:
    return [
        OptimizerSpec(
            "torch.sgd",
            "SGD",
            params=Sgd,
            optimizer="torch.optim:SGD",
            arguments=_sgd,
            formula="v ← μv + g,  θ ← θ − ηv",
            facts=_facts("with momentum", "no", "no", "no", "coupled", "0 B; 4 B with momentum"),
            aliases=("momentum", "Nesterov", "gradient descent"),
        ),
        OptimizerSpec(
            "torch.adagrad",
            "AdaGrad",
            params=Adagrad,
            optimizer="torch.optim:Adagrad",
            arguments=_chosen,
            formula="r ← r + g²,  θ ← θ − η g / (√r + ε)",
            facts=_facts("no", "yes", "no", "no", "coupled", "4 B"),
        ),
        OptimizerSpec(
            "torch.rmsprop",
            "RMSprop",
            params=RMSprop,
            optimizer="torch.optim:RMSprop",
            arguments=_rmsprop,
            formula="r ← ρr + (1 − ρ)g²,  θ ← θ − η g / (√r + ε)",
            facts=_facts(
                "with momentum", "yes", "yes", "no", "coupled", "4 B; 8 B with momentum or centered, 12 B with both"
            ),
        ),
        OptimizerSpec(
            "torch.adam",
            "Adam",
            params=Adam,
            optimizer="torch.optim:Adam",
            arguments=_adam,
            formula="θ ← θ − η m̂ / (√v̂ + ε)",
            facts=_facts("yes", "yes", "yes", "yes", "coupled", "8 B; 12 B with amsgrad"),
        ),
        OptimizerSpec(
            "torch.adamw",
            "AdamW",
            params=AdamW,
            optimizer="torch.optim:AdamW",
            arguments=_adam,
            formula="θ ← (1 − ηλ)θ − η m̂ / (√v̂ + ε)",
            facts=_facts("yes", "yes", "yes", "yes", "decoupled", "8 B; 12 B with amsgrad"),
        ),
    ]
