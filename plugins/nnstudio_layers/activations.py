"""Activations: what makes a network more than one matrix."""

from typing import Annotated, Literal

from nnstudio.api import Field, LayerSpec, Params, Ui
from nnstudio_layers.axes import Axis


class ReLU(Params):
    """Passes positive values, stops negative ones.

    Formula: y = max(0, x)
    Source: Nair & Hinton 2010
    """


class ReLU6(Params):
    """ReLU that goes no higher than 6, as networks for phones have it.

    Formula: y = min(max(0, x), 6)
    Source: Howard et al. 2017 (MobileNets)
    """


class LeakyReLU(Params):
    """ReLU with a small slope on the negative side, so that no unit dies.

    Formula: y = max(0, x) + a·min(0, x)
    Source: Maas, Hannun & Ng 2013
    """

    negative_slope: Annotated[float, Field(ge=0, le=1), Ui(symbol="a")] = 0.01
    """a, the slope below zero"""


class ELU(Params):
    """Linear above zero, saturating smoothly to −α below.

    Formula: y = x for x > 0, else α(eˣ − 1)
    Source: Clevert, Unterthiner & Hochreiter 2016
    """

    alpha: Annotated[float, Field(gt=0, le=10), Ui(symbol="α")] = 1.0
    """α, minus the value far below zero"""


class GELU(Params):
    """Weighs the input by the probability that a standard normal lies below it.

    Formula: y = x · Φ(x)
    Source: Hendrycks & Gimpel 2016
    """

    approximate: Annotated[Literal["none", "tanh"], Ui(advanced=True)] = "none"
    """tanh: the faster approximation"""


class SiLU(Params):
    """The input times its own sigmoid, also called swish.

    Formula: y = x · σ(x)
    Source: Elfwing, Uchibe & Doya 2018; Ramachandran et al. 2017
    """


class SELU(Params):
    """ELU with the two constants that keep mean 0 and variance 1 from layer to layer.

    Formula: y = 1.0507 · (x for x > 0, else 1.6733 (eˣ − 1))
    Source: Klambauer et al. 2017
    """


class Mish(Params):
    """The input times the tanh of its softplus: smooth, and below zero for a while.

    Formula: y = x · tanh(log(1 + eˣ))
    Source: Misra 2020
    """


class Hardswish(Params):
    """SiLU made of straight lines, cheap on phones.

    Formula: y = x · min(max(0, x + 3), 6) / 6
    Source: Howard et al. 2019 (MobileNetV3)
    """


class Sigmoid(Params):
    """Squeezes any number between 0 and 1.

    Formula: y = σ(x) = 1 / (1 + e⁻ˣ)
    Source: Rumelhart, Hinton & Williams 1986
    """


class Tanh(Params):
    """Squeezes any number between −1 and 1, around 0.

    Formula: y = tanh(x)
    Source: LeCun et al. 1998 (Efficient BackProp)
    """


class Softplus(Params):
    """A smooth ReLU.

    Formula: y = log(1 + e^{βx}) / β
    Source: Dugas et al. 2001
    """

    beta: Annotated[float, Field(gt=0, le=100), Ui(scale="log", symbol="β")] = 1.0
    """β, how sharp the bend is"""


class Softmax(Params):
    """Makes probabilities of scores: positive, summing to 1. Not before cross-entropy, which has it built in.

    Formula: y_i = exp(x_i) / Σ_j exp(x_j)
    Source: Bridle 1990
    """

    dim: Axis = 1
    """axis that sums to 1 (0 is the batch; −1 the last)"""


class LogSoftmax(Params):
    """The logarithms of softmax's probabilities. Before the negative log-likelihood; cross-entropy has it built in.

    Formula: y_i = x_i − ln Σ_j exp(x_j)
    Source: Bridle 1990
    """

    dim: Axis = 1
    """axis along which the probabilities sum to 1 (0 is the batch; −1 the last)"""


RARE = frozenset({"torch.relu6", "torch.selu", "torch.mish", "torch.hardswish", "torch.log_softmax"})


def _activation(id: str, title: str, params: type[Params], call: str, summary: str, *aliases: str) -> LayerSpec:
    stem = title.lower().replace(" ", "_")
    rare = id in RARE
    return LayerSpec(
        id, title, "activation", params, call=call, stem=stem, summary=summary.format, aliases=aliases, rare=rare
    )


LAYERS = [
    _activation("torch.relu", "ReLU", ReLU, "F.relu({input})", "max(0, x)", "rectifier"),
    _activation("torch.relu6", "ReLU6", ReLU6, "F.relu6({input})", "min(max(0, x), 6)", "mobilenet"),
    _activation("torch.tanh", "Tanh", Tanh, "torch.tanh({input})", "tanh(x)", "hyperbolic tangent"),
    _activation("torch.sigmoid", "Sigmoid", Sigmoid, "torch.sigmoid({input})", "1 / (1 + e⁻ˣ)", "logistic"),
    _activation("torch.gelu", "GELU", GELU, "F.gelu({input}{*})", "x · Φ(x)"),
    _activation("torch.silu", "SiLU", SiLU, "F.silu({input})", "x · σ(x)", "swish"),
    _activation("torch.leaky_relu", "Leaky ReLU", LeakyReLU, "F.leaky_relu({input}{*})", "slope {0.negative_slope:g}"),
    _activation("torch.elu", "ELU", ELU, "F.elu({input}{*})", "α {0.alpha:g}"),
    _activation("torch.selu", "SELU", SELU, "F.selu({input})", "self-normalizing", "scaled elu"),
    _activation("torch.mish", "Mish", Mish, "F.mish({input})", "x · tanh(log(1 + eˣ))"),
    _activation(
        "torch.hardswish", "Hardswish", Hardswish, "F.hardswish({input})", "x · min(max(0, x + 3), 6) / 6", "hard swish"
    ),
    _activation("torch.softplus", "Softplus", Softplus, "F.softplus({input}{*})", "log(1 + eˣ)"),
    _activation("torch.softmax", "Softmax", Softmax, "torch.softmax({input}, dim={dim})", "along axis {0.dim}"),
    _activation(
        "torch.log_softmax", "Log softmax", LogSoftmax, "F.log_softmax({input}, dim={dim})", "along axis {0.dim}"
    ),
]
