"""Initializers of torch.nn.init: what the weights are before the first step."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import model_validator

from nnstudio.api import Field, InitializerSpec, Params, Ui, hookimpl

Bias = Annotated[float, Field(ge=-10, le=10), Ui(symbol="b")]


class Default(Params):
    """What PyTorch's modules choose for themselves: uniform, scaled by the number of inputs, biases included.

    Formula: w, b ~ U(−1/√n_in, 1/√n_in) for linear and convolution layers
    Source: LeCun et al. 1998; torch.nn.Module.reset_parameters
    """


class Zeros(Params):
    """All weights zero. Units of a layer stay equal to each other: shows why weights must differ at the start.

    Formula: w = 0
    Source: Goodfellow et al. 2016, ch. 8.4
    """

    bias: Bias = 0.0
    """What all biases start with."""


class Normal(Params):
    """Gaussian weights of a chosen spread.

    Formula: w ~ N(μ, σ²)
    Source: Krizhevsky et al. 2012
    """

    mean: Annotated[float, Field(ge=-10, le=10), Ui(symbol="μ")] = 0.0
    """Mean."""
    std: Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="σ")] = 0.01
    """Standard deviation."""
    bias: Bias = 0.0
    """What all biases start with."""


class Uniform(Params):
    """Weights spread evenly between two bounds.

    Formula: w ~ U(a, b)
    Source: Goodfellow et al. 2016, ch. 8.4
    """

    low: Annotated[float, Field(ge=-100, le=100), Ui(symbol="a")] = -0.1
    """Lower bound."""
    high: Annotated[float, Field(ge=-100, le=100), Ui(symbol="b")] = 0.1
    """Upper bound."""
    bias: Bias = 0.0
    """What all biases start with."""

    @model_validator(mode="after")
    def _ordered(self) -> "Uniform":
        if self.low > self.high:
            raise ValueError(f"low ({self.low:g}) must not be above high ({self.high:g})")
        return self


class XavierUniform(Params):
    """Keeps the spread of activations and gradients from layer to layer, for tanh and sigmoid. Glorot's uniform form.

    Formula: w ~ U(−a, a),  a = gain · √(6 / (n_in + n_out))
    Source: Glorot & Bengio 2010
    """

    gain: Annotated[float, Field(gt=0, le=100), Ui(scale="log")] = 1.0
    """Factor for the activation that follows: 1 for linear and sigmoid, 5/3 for tanh, √2 for ReLU."""
    bias: Bias = 0.0
    """What all biases start with."""


class XavierNormal(XavierUniform):
    """Keeps the spread of activations and gradients from layer to layer, for tanh and sigmoid. Glorot's Gaussian form.

    Formula: w ~ N(0, σ²),  σ = gain · √(2 / (n_in + n_out))
    Source: Glorot & Bengio 2010
    """


class KaimingUniform(Params):
    """Keeps the spread of activations through rectifiers. He's uniform form.

    Formula: w ~ U(−a, a),  a = gain · √(3 / n)
    Source: He et al. 2015
    """

    mode: Literal["fan_in", "fan_out"] = "fan_in"
    """Which n: the inputs (keeps activations) or the outputs (keeps gradients)."""
    nonlinearity: Literal["relu", "leaky_relu", "tanh", "sigmoid", "selu", "linear"] = "relu"
    """The activation that follows; it decides the gain (√2 for ReLU)."""
    a: Annotated[float, Field(ge=0, le=10), Ui(label="negative slope", advanced=True)] = 0.0
    """Slope below zero, for leaky ReLU."""
    bias: Bias = 0.0
    """What all biases start with."""


class KaimingNormal(KaimingUniform):
    """Keeps the spread of activations through rectifiers. He's Gaussian form.

    Formula: w ~ N(0, σ²),  σ = gain / √n
    Source: He et al. 2015
    """


def _arguments(params: Params) -> Mapping[str, Any]:
    return params.model_dump(exclude={"bias"})


def _uniform(params: Uniform) -> Mapping[str, Any]:
    return {"a": params.low, "b": params.high}


@hookimpl
def register_initializers() -> list[InitializerSpec]:
    init = "torch.nn.init:"
    return [
        InitializerSpec("torch.default", "PyTorch's default", Default, "", formula="w ~ U(−1/√n_in, 1/√n_in)"),
        InitializerSpec("nnstudio.zeros", "Zeros", Zeros, init + "zeros_", _arguments, "w = 0"),
        InitializerSpec("nnstudio.normal", "Normal", Normal, init + "normal_", _arguments, "w ~ N(μ, σ²)"),
        InitializerSpec("nnstudio.uniform", "Uniform", Uniform, init + "uniform_", _uniform, "w ~ U(a, b)"),
        InitializerSpec(
            "nnstudio.xavier_uniform",
            "Xavier uniform",
            XavierUniform,
            init + "xavier_uniform_",
            _arguments,
            "a = gain · √(6 / (n_in + n_out))",
        ),
        InitializerSpec(
            "nnstudio.xavier_normal",
            "Xavier normal",
            XavierNormal,
            init + "xavier_normal_",
            _arguments,
            "σ = gain · √(2 / (n_in + n_out))",
        ),
        InitializerSpec(
            "nnstudio.kaiming_uniform",
            "Kaiming uniform",
            KaimingUniform,
            init + "kaiming_uniform_",
            _arguments,
            "a = gain · √(3 / n)",
        ),
        InitializerSpec(
            "nnstudio.kaiming_normal",
            "Kaiming normal",
            KaimingNormal,
            init + "kaiming_normal_",
            _arguments,
            "σ = gain / √n",
        ),
    ]
