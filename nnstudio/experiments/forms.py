"""What each experiment asks for. No torch: forms, the command line and the manual read them."""

from typing import Annotated, Literal

from nnstudio.params import Field, Params, Ui

Samples = Annotated[int, Field(ge=0, le=1_000_000)]
Steps = Annotated[int, Field(ge=1, le=100_000), Ui(scale="log")]
Seed = Annotated[int, Field(ge=0, lt=2**32), Ui(advanced=True)]
Rate = Annotated[float, Field(gt=0, le=1e4), Ui(scale="log", symbol="η")]

OPTIMIZERS = "sgd; sgd momentum=0.9; rmsprop; adam"
"""The racers where nobody chose: names and parameters, one optimizer after each semicolon."""


class Start(Params):
    """Activations, gradients and weights of every node before the first step.

    Source: Glorot & Bengio 2010.
    """

    samples: Samples = 0
    """of the batch (0: the recipe's batch size)"""


class OneBatch(Params):
    """Train on one and the same batch: a network that cannot learn it by heart has a fault.

    Formula: L(θₙ; batch) ≤ goal · L(θ₀; batch)
    Source: Karpathy 2019, A Recipe for Training Neural Networks.
    """

    steps: Steps = 200
    """of the recipe's optimizer at its learning rate, without schedule, penalty and augmentation"""
    samples: Samples = 0
    """in the batch (0: the recipe's batch size)"""
    goal: Annotated[float, Field(gt=0, lt=1), Ui(scale="log")] = 0.05
    """share of the first loss that counts as learnt by heart"""
    noise: bool = False
    """leave dropout and noise on"""


class RangeTest(Params):
    """Raise the learning rate from step to step and watch the loss: where it falls fastest, η is good; where it explodes, too large.

    Formula: ηₖ = low · (high/low)^(k/(n−1))
    Source: Smith 2017, Cyclical Learning Rates for Training Neural Networks.
    """

    low: Rate = 1e-6
    """first learning rate"""
    high: Rate = 10.0
    """last learning rate"""
    steps: Annotated[int, Field(ge=10, le=10_000), Ui(scale="log")] = 200
    """from the first to the last; it ends earlier where the loss explodes"""
    smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """β of the loss's moving average, corrected for its start"""
    rule: Literal["steepest", "tenth"] = "steepest"
    """the suggested η: where the smoothed loss falls fastest, or a tenth of where it explodes"""


class Race(Params):
    """Optimizers side by side down a surface over two weights.

    Formula: θₖ₊₁ = θₖ + Δ(∇f(θₖ), …)
    Source: Karpathy, CS231n, Neural Networks Part 3.
    """

    surface: Literal["ravine", "saddle", "beale", "rosenbrock", "himmelblau", "plateau", "cliff"] = "ravine"
    """the function of two weights that is minimised"""
    condition: Annotated[float, Field(ge=1, le=1e6), Ui(scale="log", symbol="κ")] = 20.0
    """condition number of the ravine: how much steeper it is across than along"""
    optimizers: str = OPTIMIZERS
    """names and parameters, separated by semicolons: sgd lr=0.1; adam"""
    lr: Annotated[float, Field(ge=0, le=1e4), Ui(scale="log", symbol="η")] = 0.05
    """learning rate of those that name none (0: each its own default)"""
    steps: Steps = 100
    """of each optimizer"""
    start: tuple[float, ...] = ()
    """x and y where they begin (empty: where the surface is usually shown from)"""


class Landscape(Params):
    """The loss around the trained weights: a random plane, the plane of the path, or the line from the start to the end.

    Formula: f(α, β) = L(θ* + αδ + βη),  δᵢⱼ ← δᵢⱼ ‖θᵢⱼ‖/‖δᵢⱼ‖
    Source: Li et al. 2018; Goodfellow et al. 2015.
    """

    plane: Literal["random", "path", "line"] = "random"
    """random: filter-normalised directions; path: the two main directions of training; line: from the first weights to the last"""
    checkpoint: Annotated[str, Ui(widget="file")] = ""
    """trained weights, or the folder of a run (empty: it is trained now)"""
    points: Annotated[int, Field(ge=3, le=201)] = 25
    """along each side"""
    span: Annotated[float, Field(gt=0, le=100)] = 1.0
    """how far from the centre, in filter norms"""
    samples: Annotated[int, Field(ge=1, le=100_000), Ui(scale="log")] = 512
    """of the training part that the loss is measured on"""
    epochs: Annotated[int, Field(ge=0, le=10_000)] = 0
    """where it is trained now (0: the recipe's)"""
    seed: Seed = 0
    """of the random directions"""


class GradientNoise(Params):
    """How far a mini-batch's gradient lies from the whole one, by batch size.

    Formula: √E‖ĝₘ − g‖² = √(tr Σ / m);  B = tr Σ / ‖g‖²
    Source: McCandlish et al. 2018, An Empirical Model of Large-Batch Training.
    """

    samples: Annotated[int, Field(ge=8, le=100_000), Ui(scale="log")] = 256
    """of the training part, drawn from with replacement"""
    draws: Annotated[int, Field(ge=2, le=10_000), Ui(scale="log")] = 40
    """mini-batches of each size"""
    largest: Annotated[int, Field(ge=2, le=65_536), Ui(scale="log", symbol="m")] = 256
    """largest batch; the sizes are 1, 2, 4 … up to it"""
    seed: Seed = 0
    """of the draws"""


class NormalEquations(Params):
    """Linear regression of the data's features solved at once, and by gradient descent.

    Formula: W = (XᵀX)⁻¹Xᵀt;  W ← W − (α/N) Xᵀ(XW − t)
    Source: Bishop 2006, section 3.1.
    """

    rate: Annotated[float, Field(ge=0, le=1e4), Ui(scale="log", symbol="α")] = 0.0
    """learning rate of gradient descent (0: 2/(λ_min + λ_max), the fastest)"""
    steps: Steps = 200
    """of gradient descent, from W = 0"""


class Polynomial(Params):
    """Polynomials of rising degree fitted by least squares; the degree is chosen on validation data.

    Formula: y(x, w) = Σⱼ wⱼ xʲ
    Source: Bishop 2006, section 1.1.
    """

    degrees: Annotated[int, Field(ge=1, le=20)] = 9
    """highest degree"""
    samples: Annotated[int, Field(ge=4, le=10_000), Ui(scale="log")] = 12
    """to fit; as many again for validation. Points on sin 2πx where no feature is named"""
    noise: Annotated[float, Field(ge=0, le=10)] = 0.2
    """standard deviation of the noise on sin 2πx"""
    feature: str = ""
    """a column of the project's data to use instead"""
    seed: Seed = 0
    """of the points"""


class Depth(Params):
    """Random inputs through many equal layers: do activations and gradients keep their size?

    Formula: hₗ = φ(Wₗ hₗ₋₁),  W ~ N(0, std²)
    Source: CS231n, Training Neural Networks I; Glorot & Bengio 2010; He et al. 2015.
    """

    activation: Literal["tanh", "relu", "sigmoid", "leaky_relu", "elu", "gelu", "identity"] = "tanh"
    """φ"""
    layers: Annotated[int, Field(ge=1, le=200)] = 6
    """one behind the other"""
    width: Annotated[int, Field(ge=2, le=8192), Ui(scale="log")] = 4096
    """units of each layer"""
    samples: Annotated[int, Field(ge=2, le=4096), Ui(scale="log")] = 16
    """random inputs, N(0, 1)"""
    initializers: str = "0.01; 0.05; xavier"
    """standard deviations, xavier (1/√D), he (√(2/D)) or any initializer's name, separated by semicolons"""
    seed: Seed = 0
    """of inputs and weights"""


class ScaleInvariance(Params):
    """Behind batch norm the size of the weights does not matter to the output, but to the learning rate.

    Formula: BN((aW)x) = BN(Wx);  ∂L/∂(aW) = (1/a) ∂L/∂W;  η/‖W‖² is what counts
    Source: Ioffe & Szegedy 2015, section 3.3; van Laarhoven 2017.
    """

    node: str = ""
    """with weights, right before a normalization (empty: the first one)"""
    largest: Annotated[float, Field(gt=1, le=1e3), Ui(scale="log", symbol="a")] = 16.0
    """largest factor; the weights are scaled from 1/a to a"""
    rate: Rate = 1e-4
    """η of the step whose turn of the weights is measured"""


class Queries(Params):
    """The network says which samples to label next; random choice beside it.

    Formula: next = argmax_x H(p(·|x)), or where a committee disagrees most
    Source: Settles 2009, Active Learning Literature Survey.
    """

    strategy: Literal["uncertainty", "disagreement"] = "uncertainty"
    """entropy of the prediction, or vote entropy of a committee"""
    first: Annotated[int, Field(ge=1, le=10_000)] = 10
    """labels at the start, drawn at random"""
    queries: Annotated[int, Field(ge=1, le=10_000)] = 10
    """new labels a round"""
    rounds: Annotated[int, Field(ge=1, le=100)] = 6
    """after the first one"""
    epochs: Annotated[int, Field(ge=1, le=10_000)] = 30
    """of each training, from new weights"""
    committee: Annotated[int, Field(ge=2, le=20)] = 3
    """networks that vote (disagreement)"""
    repeats: Annotated[int, Field(ge=1, le=50)] = 2
    """of the whole, with other seeds; the curves are means"""
    seed: Seed = 0
    """of the first repeat"""


class Ravine(Params):
    """Gradient descent and momentum on an ill-conditioned quadratic, against what theory says of their speed.

    Formula: gradient descent (κ−1)/(κ+1), momentum (√κ−1)/(√κ+1) a step
    Source: Polyak 1964; Nesterov 2004; Goh 2017, Why Momentum Really Works.
    """

    condition: Annotated[float, Field(ge=1, le=1e6), Ui(scale="log", symbol="κ")] = 100.0
    """λ_max/λ_min; λ_min is 1"""
    steps: Annotated[int, Field(ge=2, le=10_000), Ui(scale="log")] = 100
    """of each"""


class Conditioning(Params):
    """The condition number of the data's linear regression: raw, standardised, whitened; and how fast gradient descent gets on each.

    Formula: κ = λmax/λmin of XᵀX/N
    Source: LeCun et al. 1998, Efficient BackProp, section 4.3.
    """

    steps: Annotated[int, Field(ge=2, le=100_000), Ui(scale="log")] = 200
    """of gradient descent at its best learning rate"""
