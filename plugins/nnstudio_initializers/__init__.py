"""Initializers: what the weights are before the first step. Where torch.nn.init has one, it is that one."""

from collections.abc import Callable, Mapping
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


class Constant(Params):
    """All weights the same number. Units of a layer stay equal to each other, whatever the number: zeros are not the fault, sameness is.

    Formula: w = c
    Source: Goodfellow et al. 2016, ch. 8.4
    """

    value: Annotated[float, Field(ge=-100, le=100), Ui(symbol="c")] = 0.1
    """What every weight is."""
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


class StandardNormal(Params):
    """Gaussian weights of standard deviation 1, whatever the layer's size: the more inputs, the larger its outputs.

    Formula: w ~ N(0, 1)
    Source: Glorot & Bengio 2010 (what it compares with)
    """

    bias: Bias = 0.0
    """What all biases start with."""


class TooSmall(Normal):
    """Gaussian weights so small that activations and gradients shrink from layer to layer until nothing is left to learn from.

    Formula: w ~ N(0, σ²), σ ≪ 1/√n_in
    Source: Glorot & Bengio 2010; Goodfellow et al. 2016, ch. 8.4
    """

    std: Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="σ")] = 0.001
    """Standard deviation."""


class TooLarge(Normal):
    """Gaussian weights so large that activations saturate (tanh, sigmoid) or explode from layer to layer (ReLU).

    Formula: w ~ N(0, σ²), σ ≫ 1/√n_in
    Source: Glorot & Bengio 2010; Goodfellow et al. 2016, ch. 8.4
    """

    std: Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="σ")] = 3.0
    """Standard deviation."""


class TruncatedNormal(Normal):
    """Gaussian weights without outliers: what falls outside is drawn again.

    Formula: w ~ N(μ, σ²) given |w − μ| ≤ cut · σ
    Source: Abadi et al. 2016 (TensorFlow)
    """

    std: Annotated[float, Field(gt=0, le=100), Ui(scale="log", symbol="σ")] = 0.02
    """Standard deviation of the Gaussian before it is cut; cut at 2σ, that of the weights is 0.88σ."""
    cut: Annotated[float, Field(gt=0, le=10)] = 2.0
    """How many standard deviations from the mean are allowed."""


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


class LeCunNormal(Params):
    """Keeps the spread of activations through linear layers, whatever their number of inputs. Right for SELU too.

    Formula: w ~ N(0, σ²),  σ = 1 / √n_in
    Source: LeCun et al. 1998; Klambauer et al. 2017
    """

    bias: Bias = 0.0
    """What all biases start with."""


class Sparse(Params):
    """Each unit listens to k randomly chosen inputs only, so that its sum stays small however many inputs there are.

    Formula: of the n_in weights of each unit k are ~ N(0, σ²), the others 0
    Source: Martens 2010
    """

    non_zeros: Annotated[int, Field(ge=1, le=1_000_000), Ui(scale="log", symbol="k")] = 15
    """Weights of each unit that are not zero; all of them where a unit has fewer."""
    std: Annotated[float, Field(gt=0, le=100), Ui(scale="log", symbol="σ")] = 1.0
    """Their standard deviation."""
    bias: Bias = 0.0
    """What all biases start with."""


class Orthogonal(Params):
    """A random rotation: keeps lengths and angles, so that signals pass deep linear networks unchanged.

    Formula: W Wᵀ = gain² · I (or Wᵀ W, where there are more units than inputs)
    Source: Saxe, McClelland & Ganguli 2014
    """

    gain: Annotated[float, Field(gt=0, le=100), Ui(scale="log")] = 1.0
    """Factor for the activation that follows: 1 for linear, 5/3 for tanh, √2 for ReLU."""
    bias: Bias = 0.0
    """What all biases start with."""


class Identity(Params):
    """Each layer passes its input on as it is: ones on the diagonal, in a kernel at its centre (Dirac).

    Formula: W = gain · I
    Source: Le, Jaitly & Hinton 2015; Zagoruyko & Komodakis 2017
    """

    gain: Annotated[float, Field(gt=0, le=100), Ui(scale="log")] = 1.0
    """What stands on the diagonal."""
    bias: Bias = 0.0
    """What all biases start with."""


class IdentityRecurrent(Params):
    """A recurrent layer that starts by remembering: its recurrent matrices are the identity, its biases 0. Other layers are left alone.

    Formula: W_hh = gain · I,  W_ih ~ N(0, σ²),  b = 0
    Source: Le, Jaitly & Hinton 2015 (IRNN)
    """

    gain: Annotated[float, Field(gt=0, le=100), Ui(scale="log")] = 1.0
    """What stands on the diagonal; less than 1 forgets slowly."""
    std: Annotated[float, Field(ge=0, le=100), Ui(scale="log", symbol="σ")] = 0.001
    """Standard deviation of the weights from the inputs."""


class ForgetBias(Params):
    """An LSTM that starts by remembering: the bias of its forget gate is 1. All else, and other layers, are left alone.

    Formula: b_f = b_ih + b_hh = 1, so that f = σ(W x + U h + 1) ≈ 0.73
    Source: Gers, Schmidhuber & Cummins 2000; Jozefowicz, Zaremba & Sutskever 2015
    """

    value: Annotated[float, Field(ge=-10, le=10), Ui(symbol="b_f")] = 1.0
    """The forget gate's bias: the sum of the two that an LSTM has in PyTorch."""


class LSUV(Params):
    """Asks the data: orthogonal weights, then each layer in turn is scaled until its outputs on a batch have variance 1.

    Formula: W ← W / √Var(W x + b), until |Var − 1| < tolerance
    Source: Mishkin & Matas 2016 (layer-sequential unit variance)
    """

    tolerance: Annotated[float, Field(gt=0, lt=1), Ui(scale="log")] = 0.1
    """How far from 1 the variance may stay."""
    max_iterations: Annotated[int, Field(ge=1, le=100), Ui(advanced=True)] = 10
    """Scalings of each layer at most."""
    bias: Bias = 0.0
    """What the biases of weighted layers start with."""


def _without_bias(params: Params) -> Mapping[str, Any]:
    return params.model_dump(exclude={"bias"})


def _uniform(params: Uniform) -> Mapping[str, Any]:
    return {"a": params.low, "b": params.high}


def _truncated(params: TruncatedNormal) -> Mapping[str, Any]:
    reach = params.cut * params.std
    return {"mean": params.mean, "std": params.std, "a": params.mean - reach, "b": params.mean + reach}


def _linear(_: Params) -> Mapping[str, Any]:
    return {"nonlinearity": "linear"}


def _spec(
    name: str,
    title: str,
    params: type[Params],
    function: str,
    formula: str,
    arguments: Callable[[Any], Mapping[str, Any]] = _without_bias,
    scope: str = "weight",
) -> InitializerSpec:
    """`function`: a name of torch.nn.init, or ":name" for one of `functions`."""
    target = f"nnstudio_initializers.functions{function}" if function.startswith(":") else f"torch.nn.init:{function}"
    return InitializerSpec(f"nnstudio.{name}", title, params, target, arguments, formula, scope)


@hookimpl
def register_initializers() -> list[InitializerSpec]:
    gaussian = "w ~ N(μ, σ²)"
    return [
        InitializerSpec("torch.default", "PyTorch's default", Default, "", formula="w ~ U(−1/√n_in, 1/√n_in)"),
        _spec("zeros", "Zeros", Zeros, "zeros_", "w = 0"),
        _spec("constant", "Constant", Constant, "constant_", "w = c", lambda params: {"val": params.value}),
        _spec("normal", "Normal", Normal, "normal_", gaussian),
        _spec("standard_normal", "Standard normal", StandardNormal, "normal_", "w ~ N(0, 1)"),
        _spec("too_small", "Too small", TooSmall, "normal_", gaussian),
        _spec("too_large", "Too large", TooLarge, "normal_", gaussian),
        _spec(
            "truncated_normal", "Truncated normal", TruncatedNormal, "trunc_normal_", "|w − μ| ≤ cut · σ", _truncated
        ),
        _spec("uniform", "Uniform", Uniform, "uniform_", "w ~ U(a, b)", _uniform),
        _spec("xavier_uniform", "Xavier uniform", XavierUniform, "xavier_uniform_", "a = gain · √(6 / (n_in + n_out))"),
        _spec("xavier_normal", "Xavier normal", XavierNormal, "xavier_normal_", "σ = gain · √(2 / (n_in + n_out))"),
        _spec("lecun_normal", "LeCun normal", LeCunNormal, "kaiming_normal_", "σ = 1 / √n_in", _linear),
        _spec("kaiming_uniform", "Kaiming uniform", KaimingUniform, "kaiming_uniform_", "a = gain · √(3 / n)"),
        _spec("kaiming_normal", "Kaiming normal", KaimingNormal, "kaiming_normal_", "σ = gain / √n"),
        _spec("sparse", "Sparse", Sparse, ":sparse_", "k of n_in weights ~ N(0, σ²)"),
        _spec("orthogonal", "Orthogonal", Orthogonal, "orthogonal_", "W Wᵀ = gain² · I"),
        _spec("identity", "Identity", Identity, ":identity_", "W = gain · I"),
        _spec(
            "identity_recurrent",
            "Identity (IRNN)",
            IdentityRecurrent,
            ":identity_recurrent_",
            "W_hh = gain · I",
            dict,
            "module",
        ),
        _spec("forget_bias", "LSTM forget bias", ForgetBias, ":forget_bias_", "b_f = 1", dict, "module"),
        _spec("lsuv", "LSUV", LSUV, ":lsuv_", "W ← W / √Var(W x + b)", dict, "network"),
    ]
