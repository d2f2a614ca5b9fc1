"""Losses: what training minimizes. Each is a node with a target port; unwired, the target is the data's own."""

from collections.abc import Iterable
from typing import Annotated

from nnstudio.api import Field, LossParams, LossSpec, Ui, hookimpl


class CrossEntropy(LossParams):
    """How surprised the network is by the right class, given its scores (no softmax before it: it is built in).

    Formula: J = −log( e^{x_t} / Σ_j e^{x_j} )
    Source: Goodfellow, Bengio & Courville 2016, ch. 6.2.2
    """

    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """share of the target spread evenly over all classes"""


class MSE(LossParams):
    """Mean squared error: the distance to the target, squared.

    Formula: J = mean (x − t)²
    Source: Gauss 1809
    """


class L1(LossParams):
    """Mean absolute error: less moved by outliers than the squared one.

    Formula: J = mean |x − t|
    Source: Boscovich 1757
    """


class Huber(LossParams):
    """Squared near zero, linear beyond δ: the best of both.

    Formula: J = ½ e² for |e| ≤ δ, else δ(|e| − ½ δ),   e = x − t
    Source: Huber 1964
    """

    delta: Annotated[float, Field(gt=0, le=1e6), Ui(scale="log", symbol="δ")] = 1.0
    """δ, where the parabola becomes a line"""


class BCEWithLogits(LossParams):
    """Two classes, or several yes/no questions at once: the sigmoid is built in, feed it scores.

    Formula: J = −[t log σ(x) + (1 − t) log(1 − σ(x))]
    Source: Goodfellow, Bengio & Courville 2016, ch. 6.2.2
    """


def _share(params: LossParams) -> str:
    return f"× {params.weight:g}" if params.weight != 1 else ""


def _loss(id: str, title: str, params: type[LossParams], call: str, *aliases: str, **kind: object) -> LossSpec:
    return LossSpec(id, title, params=params, call=call, summary=_share, stem="loss", aliases=aliases, **kind)  # type: ignore[arg-type]


@hookimpl
def register_losses() -> Iterable[LossSpec]:
    return [
        _loss(
            "torch.cross_entropy",
            "Cross-entropy",
            CrossEntropy,
            "F.cross_entropy({input}, {target}{*})",
            "softmax loss",
            "log loss",
            "classification",
            "nll",
            target="class",
            decode="argmax",
            metrics=("nnstudio.accuracy",),
        ),
        _loss(
            "torch.mse",
            "Mean squared error",
            MSE,
            "F.mse_loss({input}, {target})",
            "mse",
            "l2 loss",
            "regression",
            metrics=("nnstudio.mae",),
        ),
        _loss(
            "torch.bce_with_logits",
            "Binary cross-entropy",
            BCEWithLogits,
            "F.binary_cross_entropy_with_logits({input}, {target})",
            "bce",
            "bce with logits",
            "logistic",
            target="binary",
            decode="sigmoid",
            metrics=("nnstudio.binary_accuracy",),
        ),
        _loss(
            "torch.l1",
            "Mean absolute error",
            L1,
            "F.l1_loss({input}, {target})",
            "mae",
            "l1 loss",
            metrics=("nnstudio.mae",),
        ),
        _loss(
            "torch.huber",
            "Huber",
            Huber,
            "F.huber_loss({input}, {target}{*})",
            "smooth l1",
            metrics=("nnstudio.mae",),
        ),
    ]
