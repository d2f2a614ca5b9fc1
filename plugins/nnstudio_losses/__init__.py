"""Losses: what training minimizes. Each is a node with a target port; unwired, the target is the data's own."""

from collections.abc import Iterable
from typing import Annotated

from nnstudio.api import Field, LossParams, LossSpec, Port, Ui, hookimpl

Strength = Annotated[float, Field(ge=0, le=1e6), Ui(scale="log", symbol="α")]


class CrossEntropy(LossParams):
    """How surprised the network is by the right class, given its scores (no softmax before it: it is built in).

    Formula: J = −log( exp(x_t) / Σ_j exp(x_j) )
    Source: Goodfellow, Bengio & Courville 2016, ch. 6.2.2
    """

    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """share of the target spread evenly over all classes"""


class NLL(LossParams):
    """How surprised the network is by the right class, given the logarithms of its probabilities: behind Log softmax.

    Formula: J = −x_t
    Source: Goodfellow, Bengio & Courville 2016, ch. 6.2.2
    """


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


class ActivityL1(LossParams):
    """Keeps the values of a node sparse: many exactly or nearly 0. Wire it to any node, beside the network's own loss.

    Formula: α Ω(h) = α Σ_j |h_j|,   averaged over the samples
    Source: Olshausen & Field 1996; Goodfellow, Bengio & Courville 2016, ch. 7.10
    """

    strength: Strength = 1e-3
    """weight of the penalty"""


class ActivityL2(LossParams):
    """Keeps the values of a node small. Wire it to any node, beside the network's own loss.

    Formula: α Ω(h) = (α/2) Σ_j h_j²,   averaged over the samples
    Source: Goodfellow, Bengio & Courville 2016, ch. 7.10; Merity, McCann & Socher 2017
    """

    strength: Strength = 1e-3
    """weight of the penalty"""


class ActivityKL(LossParams):
    """Keeps each unit active for a share ρ of the samples. For values between 0 and 1, such as a sigmoid's.

    Formula: α Σ_j [ρ log(ρ/ρ̂_j) + (1 − ρ) log((1 − ρ)/(1 − ρ̂_j))],   ρ̂_j the mean of h_j over the batch
    Source: Ng 2011; Nair & Hinton 2009
    """

    strength: Strength = 1e-3
    """weight of the penalty"""
    rho: Annotated[float, Field(gt=0, lt=1), Ui(symbol="ρ")] = 0.05
    """share of the samples for which a unit should be active"""


def _share(params: LossParams) -> str:
    return f"× {params.weight:g}" if params.weight != 1 else ""


def _loss(id: str, title: str, params: type[LossParams], call: str, *aliases: str, **kind: object) -> LossSpec:
    return LossSpec(id, title, params=params, call=call, summary=_share, stem="loss", aliases=aliases, **kind)  # type: ignore[arg-type]


_MEAN = "{input}.mean(0).clamp(1e-7, 1 - 1e-7)"
_KL = (
    f"{{strength}} * F.kl_div(torch.stack(({_MEAN}, 1 - {_MEAN}), -1).log(), "
    "{input}.new_tensor([{rho}, 1 - {rho}]), reduction='sum')"
)


def _activity(name: str, title: str, params: type[LossParams], call: str) -> LossSpec:
    """A penalty on a node's values: a loss that compares with nothing."""
    return LossSpec(
        f"nnstudio.activity_{name}",
        title,
        params=params,
        call=call,
        inputs=(Port("input"),),
        target="none",
        summary=lambda chosen: f"α {chosen.strength:g}",
        stem="activity",
        aliases=("sparse representation", "activity regularization", "penalty"),
    )


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
            target="class",
            decode="argmax",
            metrics=("nnstudio.accuracy",),
            soft=True,
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
            soft=True,
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
            soft=True,
        ),
        _loss(
            "torch.l1",
            "Mean absolute error",
            L1,
            "F.l1_loss({input}, {target})",
            "mae",
            "l1 loss",
            metrics=("nnstudio.mae",),
            soft=True,
        ),
        _loss(
            "torch.huber",
            "Huber",
            Huber,
            "F.huber_loss({input}, {target}{*})",
            "smooth l1",
            metrics=("nnstudio.mae",),
            soft=True,
        ),
        _loss(
            "torch.nll",
            "Negative log-likelihood",
            NLL,
            "F.nll_loss({input}, {target})",
            "nll",
            "nll loss",
            "log loss",
            target="class",
            decode="argmax",
            metrics=("nnstudio.accuracy",),
            behind=("torch.log_softmax",),
        ),
        _activity("l1", "Activity L1", ActivityL1, "{strength} * {input}.flatten(1).abs().sum(1).mean()"),
        _activity("l2", "Activity L2", ActivityL2, "{strength} / 2 * {input}.flatten(1).square().sum(1).mean()"),
        _activity("kl", "Activity KL", ActivityKL, _KL),
    ]
