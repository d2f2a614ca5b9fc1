"""Arithmetic: values with a number, with one another, and functions of each value by itself."""

from typing import Annotated

from pydantic import model_validator

from nnstudio.api import Field, LayerSpec, Params, Port, Ui

Number = Annotated[float, Field(ge=-1e12, le=1e12)]


class Scale(Params):
    """Multiplies every value by one fixed number, which is not learnt.

    Formula: y = a · x
    """

    factor: Annotated[Number, Ui(symbol="a")] = 1.0
    """a; −1 turns the sign"""


class Shift(Params):
    """Adds one fixed number to every value, which is not learnt.

    Formula: y = x + c
    """

    term: Annotated[Number, Ui(symbol="c")] = 0.0
    """c; below 0 it is taken away"""


class Power(Params):
    """Raises every value to a fixed power: 2 squares, 0.5 is the square root, −1 the reciprocal.

    Formula: y = xᵖ
    """

    exponent: Annotated[float, Field(ge=-64, le=64), Ui(symbol="p")] = 2.0
    """p; a fraction needs values that are not negative, a negative one values that are not 0"""


class Divide(Params):
    """The quotient of two values, element by element; sizes of 1 are stretched.   Formula: y = x₁ / x₂"""


class Maximum(Params):
    """The larger one of two values, element by element; sizes of 1 are stretched.

    Formula: y = max(x₁, x₂)
    Source: Goodfellow et al. 2013 (maxout)
    """


class Minimum(Params):
    """The smaller one of two values, element by element; sizes of 1 are stretched.   Formula: y = min(x₁, x₂)"""


class MatrixProduct(Params):
    """The matrix product over the last two axes; axes before them go along. Attention weighs its values so.

    Formula: Y = A · B,   n × m times m × p → n × p
    """


class Exp(Params):
    """The exponential of every value.   Formula: y = eˣ"""


class Log(Params):
    """The natural logarithm of every value; each must be above 0.   Formula: y = ln x"""


class Abs(Params):
    """The size of every value without its sign.   Formula: y = |x|"""


class Sine(Params):
    """The sine of every value: an activation for signals and coordinates.

    Formula: y = sin x
    Source: Sitzmann et al. 2020 (SIREN)
    """


class Cosine(Params):
    """The cosine of every value.   Formula: y = cos x"""


class Clamp(Params):
    """Keeps every value between two limits.

    Formula: y = min(max(x, min), max)
    """

    min: Number | None = 0.0
    """smallest value that is let through (empty: no limit)"""
    max: Number | None = 1.0
    """largest value that is let through (empty: no limit)"""

    @model_validator(mode="after")
    def _has_a_limit(self) -> "Clamp":
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"min ({self.min:g}) must not be above max ({self.max:g})")
        return self


def _between(params: Clamp) -> str:
    low = "−∞" if params.min is None else f"{params.min:g}"
    return f"{low} … {'∞' if params.max is None else f'{params.max:g}'}"


def _function(id: str, title: str, params: type[Params], call: str, summary: str, *aliases: str) -> LayerSpec:
    """Of each value by itself."""
    return LayerSpec(
        id,
        title,
        "activation",
        params,
        call=call,
        summary=summary.format,
        stem=title.lower(),
        aliases=aliases,
        rare=True,
    )


TWO = (Port("left", title="x₁"), Port("right", title="x₂"))


def _of_two(id: str, title: str, params: type[Params], *aliases: str) -> LayerSpec:
    """The larger or the smaller one of two values."""
    return LayerSpec(
        f"torch.{id}", title, "shape", params, call=f"torch.{id}({{left}}, {{right}})", inputs=TWO,
        summary=f"{id[:3]}(x₁, x₂)".format, stem=id, aliases=aliases, rare=True,
    )  # fmt: skip


LAYERS = [
    LayerSpec(
        "nnstudio.scale", "Scale", "shape", Scale, call="{input} * {factor}", summary="{0.factor:g} · x".format, stem="scale",
        aliases=("times", "multiply by a number", "constant", "temperature"),
    ),
    LayerSpec(
        "nnstudio.shift", "Shift", "shape", Shift, call="{input} + {term}", summary="x + {0.term:g}".format, stem="shift",
        aliases=("plus", "add a number", "offset", "constant"), rare=True,
    ),
    LayerSpec(
        "nnstudio.divide", "Divide", "shape", Divide, call="{left} / {right}", inputs=TWO,
        summary="x₁ / x₂".format, stem="divide", aliases=("quotient", "ratio", "normalize"), rare=True,
    ),
    _of_two("maximum", "Maximum", Maximum, "max", "larger of two", "maxout"),
    _of_two("minimum", "Minimum", Minimum, "min", "smaller of two"),
    LayerSpec(
        "nnstudio.matmul", "Matrix product", "shape", MatrixProduct, call="{left} @ {right}", inputs=(Port("left", title="A"), Port("right", title="B")),
        summary="A · B".format, stem="product", ranks=(3, 4, 5, 6), aliases=("matmul", "bmm", "dot product", "attention"), rare=True,
    ),
    _function("nnstudio.power", "Power", Power, "{input} ** {exponent}", "x ^ {0.exponent:g}", "square", "exponent"),
    _function("torch.exp", "Exp", Exp, "torch.exp({input})", "eˣ", "exponential"),
    _function("torch.log", "Log", Log, "torch.log({input})", "ln x", "logarithm", "ln"),
    _function("torch.abs", "Abs", Abs, "torch.abs({input})", "|x|", "absolute value", "magnitude"),
    _function("torch.sin", "Sine", Sine, "torch.sin({input})", "sin x", "siren", "positional encoding"),
    _function("torch.cos", "Cosine", Cosine, "torch.cos({input})", "cos x", "positional encoding"),
    LayerSpec(
        "torch.clamp", "Clamp", "activation", Clamp, call="torch.clamp({input}, min={min}, max={max})", summary=_between, stem="clamp",
        aliases=("clip", "limit", "hardtanh"), rare=True,
    ),
]  # fmt: skip
