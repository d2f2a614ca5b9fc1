"""The parameters of the optimizers: one class each, with the formula and where it is from."""

from typing import Annotated, Any, Literal, cast

from pydantic import model_validator

from nnstudio.api import Field, Params, Ui

Rate = Annotated[float, Field(gt=0, le=10), Ui(scale="log", symbol="η")]
Share = Annotated[float, Field(ge=0, lt=1)]
Epsilon = Annotated[float, Field(gt=0, le=1), Ui(scale="log", symbol="ε", advanced=True)]
Decay = Annotated[float, Field(ge=0, le=1), Ui(scale="log", symbol="λ")]


class Sgd(Params):
    """Stochastic gradient descent: follow the mean gradient of a mini-batch; with momentum, a running sum of gradients.

    Formula: v ← μv + (1 − τ)g,  θ ← θ − ηv   (Nesterov: θ ← θ − η(g + μv))
    Source: Robbins & Monro 1951; Polyak 1964; Nesterov 1983; Sutskever et al. 2013
    """

    lr: Rate = 0.01
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

    lr: Rate = 0.01
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

    lr: Rate = 0.001
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

    lr: Rate = 0.001
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


class Momentum(Params):
    """Gradient descent with a running velocity, in the form that your book writes.

    The forms differ in what the learning rate scales: "velocity" each gradient as it comes (a changed rate acts from then on), "torch" the whole velocity
    (a changed rate acts at once), "damped" each gradient, less the share 1 − α, so that the velocity is an average.

    Formula: velocity: v ← αv − ηg, θ ← θ + v · torch: v ← αv + g, θ ← θ − ηv · damped: v ← αv − (1 − α)ηg, θ ← θ + v
    Source: Polyak 1964; Sutskever et al. 2013; Goodfellow et al. 2016, ch. 8
    """

    lr: Rate = 0.01
    """Learning rate."""
    momentum: Annotated[Share, Ui(symbol="α")] = 0.9
    """Share of the last velocity that is kept."""
    form: Literal["velocity", "torch", "damped"] = "velocity"
    """How the velocity is written: they agree (but for the size of η in "damped") as long as the learning rate stays the same."""
    weight_decay: Decay = 0.0
    """λ times the weight is added to its gradient: the same as an L2 penalty."""


class Sgdw(Params):
    """SGD with momentum whose weight decay shrinks the weights themselves and never enters the velocity.

    Formula: v ← μv + g,  θ ← (1 − ηλ)θ − ηv
    Source: Loshchilov & Hutter 2019, algorithm 1
    """

    lr: Rate = 0.01
    """Learning rate."""
    momentum: Annotated[Share, Ui(symbol="μ")] = 0.9
    """Share of the last velocity that is kept."""
    weight_decay: Decay = 0.01
    """Each step multiplies the weights by 1 − ηλ."""


class UncorrectedAdam(Params):
    """Adam as it would be without the correction for its averages having started at zero: its first steps are too long or too short.

    Formula: m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  θ ← θ − η m / (√v + ε)
    Source: Kingma & Ba 2015, section 3 (what algorithm 1 corrects)
    """

    lr: Rate = 0.001
    """Learning rate."""
    beta1: Annotated[Share, Ui(symbol="β₁")] = 0.9
    """Share of the average gradient that is kept at each step."""
    beta2: Annotated[Share, Ui(symbol="β₂")] = 0.999
    """Share of the average squared gradient that is kept at each step."""
    eps: Epsilon = 1e-8
    """Keeps the division from failing."""
    weight_decay: Decay = 0.0
    """λ times the weight is added to its gradient."""
    bias_correction: bool = False
    """On: m/(1 − β₁ᵗ) and v/(1 − β₂ᵗ) are used, which is Adam itself."""


class NAdam(Params):
    """Adam that looks ahead as Nesterov's momentum does.

    Formula: μₜ = β₁(1 − ½ · 0.96^(tψ)),  θ ← θ − η (μₜ₊₁ m / (1 − Πμ₁…ₜ₊₁) + (1 − μₜ) g / (1 − Πμ₁…ₜ)) / (√v̂ + ε)
    Source: Dozat 2016
    """

    lr: Rate = 0.002
    """Learning rate."""
    beta1: Annotated[Share, Ui(symbol="β₁")] = 0.9
    """Share of the average gradient that is kept at each step."""
    beta2: Annotated[Share, Ui(symbol="β₂")] = 0.999
    """Share of the average squared gradient that is kept at each step."""
    eps: Epsilon = 1e-8
    """Keeps the division from failing."""
    weight_decay: Decay = 0.0
    """Weight decay: coupled or decoupled, as below."""
    momentum_decay: Annotated[float, Field(ge=0, le=1), Ui(scale="log", symbol="ψ", advanced=True)] = 0.004
    """How fast the momentum grows towards β₁."""
    decoupled_weight_decay: Annotated[bool, Ui(advanced=True)] = False
    """On: the decay shrinks the weights themselves, as in AdamW; off: it is added to the gradient."""


class RAdam(Params):
    """Adam that takes plain momentum steps until its average of squares has seen enough gradients to be trusted.

    Formula: ρₜ = ρ∞ − 2tβ₂ᵗ/(1 − β₂ᵗ);  ρₜ > 5: θ ← θ − η r m̂ / (√v̂ + ε);  else θ ← θ − η m̂
    Source: Liu et al. 2020
    """

    lr: Rate = 0.001
    """Learning rate."""
    beta1: Annotated[Share, Ui(symbol="β₁")] = 0.9
    """Share of the average gradient that is kept at each step."""
    beta2: Annotated[Share, Ui(symbol="β₂")] = 0.999
    """Share of the average squared gradient that is kept at each step."""
    eps: Epsilon = 1e-8
    """Keeps the division from failing."""
    weight_decay: Decay = 0.0
    """Weight decay: coupled or decoupled, as below."""
    decoupled_weight_decay: Annotated[bool, Ui(advanced=True)] = False
    """On: the decay shrinks the weights themselves, as in AdamW; off: it is added to the gradient."""


class Adadelta(Params):
    """RMSprop whose steps have the unit of the weights: scaled by a running average of the steps themselves.

    Formula: r ← ρr + (1 − ρ)g²,  Δ = g √(u + ε) / √(r + ε),  u ← ρu + (1 − ρ)Δ²,  θ ← θ − ηΔ
    Source: Zeiler 2012
    """

    lr: Rate = 1.0
    """Learning rate: 1 is the paper's."""
    rho: Annotated[Share, Ui(symbol="ρ")] = 0.9
    """Share of both running averages that is kept at each step."""
    eps: Epsilon = 1e-6
    """Sets the length of the first steps and keeps the division from failing."""
    weight_decay: Decay = 0.0
    """λ times the weight is added to its gradient: the same as an L2 penalty."""


class Adamax(Params):
    """Adam with the largest gradient so far (slowly forgotten) in place of the root mean square.

    Formula: m ← β₁m + (1 − β₁)g,  u ← max(β₂u, |g| + ε),  θ ← θ − η m / ((1 − β₁ᵗ) u)
    Source: Kingma & Ba 2015, algorithm 2
    """

    lr: Rate = 0.002
    """Learning rate."""
    beta1: Annotated[Share, Ui(symbol="β₁")] = 0.9
    """Share of the average gradient that is kept at each step."""
    beta2: Annotated[Share, Ui(symbol="β₂")] = 0.999
    """Share of the largest gradient that is kept at each step."""
    eps: Epsilon = 1e-8
    """Keeps the division from failing."""
    weight_decay: Decay = 0.0
    """λ times the weight is added to its gradient: the same as an L2 penalty."""


class Adafactor(Params):
    """Adam's scaling with almost no memory: of a matrix's squares only the means of rows and columns are kept.

    Formula: R, C ← running means of g² by row and column,  u = g / √(RCᵀ/mean R),  θ ← (1 − ηλ)θ − max(ε₂, rms θ) min(η, 1/√t) u / max(1, rms(u)/d)
    Source: Shazeer & Stern 2018
    """

    lr: Rate = 0.01
    """Upper bound of the relative step."""
    beta2_decay: Annotated[float, Field(ge=-1, le=0), Ui(symbol="c", advanced=True)] = -0.8
    """How fast the averages of squares slow down: the new square enters with weight tᶜ."""
    d: Annotated[float, Field(ge=1, le=100), Ui(symbol="d", advanced=True)] = 1.0
    """Steps whose root mean square is larger are shortened to it."""
    weight_decay: Decay = 0.0
    """Each step multiplies the weights by 1 − ηλ."""


class Lion(Params):
    """Steps of equal length in the direction of a sign: half of Adam's memory, wants a 3–10 times smaller learning rate.

    Formula: θ ← (1 − ηλ)θ − η sign(β₁m + (1 − β₁)g),  m ← β₂m + (1 − β₂)g
    Source: Chen et al. 2023
    """

    lr: Rate = 0.0001
    """Learning rate: the length of every weight's step."""
    beta1: Annotated[Share, Ui(symbol="β₁")] = 0.9
    """Share of the momentum in the step's direction."""
    beta2: Annotated[Share, Ui(symbol="β₂")] = 0.99
    """Share of the momentum that is kept for the next step."""
    weight_decay: Decay = 0.0
    """Each step multiplies the weights by 1 − ηλ."""


class Muon(Params):
    """The momentum of each matrix is made orthogonal, so that all directions move alike; biases and other vectors go with AdamW.

    A convolution's kernel counts as a matrix with a row for each output channel.

    Formula: v ← μv + (1 − μ)g,  θ ← (1 − ηλ)θ − η √max(1, rows/columns) · NS(v),  NS(UΣVᵀ) ≈ UVᵀ
    Source: Jordan et al. 2024
    """

    lr: Rate = 0.02
    """Learning rate of the matrices."""
    momentum: Annotated[Share, Ui(symbol="μ")] = 0.95
    """Share of the last velocity that is kept."""
    nesterov: bool = True
    """Look ahead: the new gradient counts twice."""
    ns_steps: Annotated[int, Field(ge=1, le=20), Ui(advanced=True)] = 5
    """How many rounds of the Newton–Schulz iteration make the matrix orthogonal."""
    weight_decay: Decay = 0.0
    """Each step multiplies the weights by 1 − ηλ."""
    adam_lr: Annotated[float, Field(gt=0, le=10), Ui(scale="log", advanced=True)] = 0.05
    """The learning rate of all that is no matrix (AdamW), as a share of η."""
    beta1: Annotated[Share, Ui(symbol="β₁", advanced=True)] = 0.9
    """AdamW's share of the average gradient that is kept."""
    beta2: Annotated[Share, Ui(symbol="β₂", advanced=True)] = 0.95
    """AdamW's share of the average squared gradient that is kept."""
    eps: Epsilon = 1e-8
    """Keeps AdamW's division from failing."""


class _SecondOrder(Params):
    """What second-order methods have in common: parameters that they do not have are explained."""

    @model_validator(mode="before")
    @classmethod
    def _explain_what_does_not_fit(cls, values: Any) -> Any:
        given = set(cast(dict[str, Any], values)) if isinstance(values, dict) else set[str]()
        if {"momentum", "nesterov", "dampening"} & given:
            raise ValueError(
                "momentum does not go with it: its direction comes from the curvature of the loss, and a velocity would carry the weights"
                " away from where that holds; leave it out, or choose SGD or Momentum"
            )
        if "weight_decay" in given:
            raise ValueError("it has no weight_decay: add an L2 penalty to the loss instead, which is the same here")
        return cast(Any, values)


class Lbfgs(_SecondOrder):
    """Newton's direction guessed from the last gradients, and a line search along it. For whole batches: choose batch size 0.

    Each step of the run does up to max_iter iterations and evaluates the batch's loss several times.

    Formula: d = −Hₖg by the two-loop recursion over the last m pairs (θₖ₊₁ − θₖ, gₖ₊₁ − gₖ),  θ ← θ + t d, t by the strong Wolfe conditions
    Source: Liu & Nocedal 1989; Nocedal & Wright 2006, algorithms 7.4, 7.5 and 3.5
    """

    lr: Rate = 1.0
    """Where the line search begins (without one: the length of the step)."""
    max_iter: Annotated[int, Field(ge=1, le=1000)] = 20
    """Iterations in one step of the run."""
    history_size: Annotated[int, Field(ge=1, le=1000), Ui(symbol="m")] = 100
    """How many past steps the curvature is guessed from; each costs two numbers a weight."""
    line_search_fn: Literal["strong_wolfe"] | None = "strong_wolfe"
    """How far to go along the direction; none: η, untested."""
    tolerance_grad: Annotated[float, Field(ge=0, le=1), Ui(scale="log", advanced=True)] = 1e-7
    """It stops iterating where no part of the gradient is larger."""
    tolerance_change: Annotated[float, Field(ge=0, le=1), Ui(scale="log", advanced=True)] = 1e-9
    """It stops iterating where loss or weights change by less."""


class Newton(_SecondOrder):
    """Jumps to where the loss, taken as a bowl of its own curvature, is lowest. For small models and whole batches.

    Costs n backward passes, n² numbers and O(n³) operations a step for n weights. It is drawn to saddle points as well as to minima: damping helps.

    Formula: θ ← θ − η (H + δI)⁻¹ ∇J
    Source: Nocedal & Wright 2006, ch. 3.3
    """

    lr: Rate = 1.0
    """1 goes to the bowl's lowest point; less goes part of the way."""
    damping: Annotated[float, Field(ge=0, le=1e6), Ui(scale="log", symbol="δ")] = 0.0
    """Added to the diagonal of the Hessian: larger than its most negative eigenvalue, every step goes downhill."""
    max_parameters: Annotated[int, Field(ge=1, le=20_000), Ui(scale="log")] = 2000
    """A network with more weights is refused."""
