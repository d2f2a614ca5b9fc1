"""Regularizing layers: their declarations. Those that torch does not have are in `modules`."""

from typing import Annotated

from nnstudio.api import Field, LayerSpec, Params, Ui, axis

Probability = Annotated[float, Field(ge=0, lt=1)]


class Dropout(Params):
    """Sets each value to 0 with probability p and scales the rest by 1/(1 − p) — while training only.

    Formula: y = m ⊙ x / (1 − p),   m ~ Bernoulli(1 − p)
    Source: Srivastava et al. 2014
    """

    p: Probability = 0.5
    """probability of dropping a value"""


class ClassicDropout(Params):
    """Dropout as first published: drops in training without scaling, and scales all values by 1 − p at test time.

    Formula: training y = m ⊙ x,   m ~ Bernoulli(1 − p);   test y = (1 − p) x
    Source: Hinton et al. 2012
    """

    p: Probability = 0.5
    """probability of dropping a value"""


class SpatialDropout(Params):
    """Drops whole channels: neighbours in a feature map are alike, so single dropped values would hardly be missed.

    Formula: y = m ⊙ x / (1 − p),   one m ~ Bernoulli(1 − p) for each channel of each sample
    Source: Tompson et al. 2015
    """

    p: Probability = 0.5
    """probability of dropping a channel"""


class AlphaDropout(Params):
    """Dropout for SELU networks: dropped values go to SELU's floor −λα, and the whole is rescaled to keep mean and variance.

    Formula: y = a (m ⊙ x + (1 − m) α′) + b,   α′ = −1.7581,   a, b such that mean 0 and variance 1 stay
    Source: Klambauer et al. 2017
    """

    p: Probability = 0.1
    """probability of dropping a value"""


class FeatureAlphaDropout(Params):
    """Alpha dropout of whole channels.

    Formula: y = a (m ⊙ x + (1 − m) α′) + b,   one m for each channel of each sample
    Source: Klambauer et al. 2017; Tompson et al. 2015
    """

    p: Probability = 0.1
    """probability of dropping a channel"""


class GaussianNoise(Params):
    """Adds noise to each value — while training only. Behind the input it is noise on the data, further on noise on hidden units.

    Formula: y = x + n,   n ~ N(0, σ²)
    Source: Sietsma & Dow 1991; Goodfellow et al. 2016, ch. 7.5
    """

    std: Annotated[float, Field(ge=0, le=1000), Ui(scale="log", symbol="σ")] = 0.1
    """standard deviation of the noise, in the units of the value"""


class GaussianDropout(Params):
    """Multiplies each value by noise around 1, with dropout's mean and variance but no zeros — while training only.

    Formula: y = x ⊙ n,   n ~ N(1, p / (1 − p))
    Source: Srivastava et al. 2014, ch. 10
    """

    p: Probability = 0.5
    """probability of the dropout that it stands for"""


class DropConnect(Params):
    """A linear layer that drops weights where dropout would drop outputs — while training only.

    Formula: y = x (M ⊙ W)ᵀ / (1 − p) + b,   M ~ Bernoulli(1 − p)
    Source: Wan et al. 2013 (with the mean weights at test time)
    """

    out_features: Annotated[int, Field(ge=1, le=1_000_000)] = 128
    """size of each output vector"""
    bias: bool = True
    """learn an offset b"""
    p: Probability = 0.5
    """probability of dropping a weight"""
    per_sample: Annotated[bool, Ui(advanced=True)] = False
    """a mask for each sample, as published, not one for each batch: needs memory for samples × weights"""


class StochasticDepth(Params):
    """Drops a residual branch for some samples, so that the network is shallower for them — while training only.

    Place it at the end of the branch, before Add. Also called drop path.

    Formula: y = m x / (1 − p),   one m ~ Bernoulli(1 − p) for each sample
    Source: Huang et al. 2016
    """

    p: Probability = 0.2
    """probability of dropping the branch; rises with depth in the paper, up to 0.5"""


def _layer(
    id: str, title: str, params: type[Params], module: str, *aliases: str, ranks: tuple[int, ...] = ()
) -> LayerSpec:
    return LayerSpec(
        id,
        title,
        "regularization",
        params,
        module,
        summary=lambda chosen: f"p {chosen.p:g}",
        stem="drop",
        ranks=ranks,
        aliases=aliases,
    )


def _spatial(axes: int) -> LayerSpec:
    title = "Spatial dropout" if axes == 2 else f"Spatial dropout {axes}d"
    module, aliases = f"torch.nn:Dropout{axes}d", (f"dropout{axes}d", "channel dropout")
    return _layer(f"torch.dropout{axes}d", title, SpatialDropout, module, *aliases, ranks=(axes + 2,))


_OWN = "nnstudio_regularization.modules:"

LAYERS = [
    _layer("torch.dropout", "Dropout", Dropout, "torch.nn:Dropout", "noise"),
    _spatial(2),
    _spatial(1),
    _spatial(3),
    _layer("torch.alpha_dropout", "Alpha dropout", AlphaDropout, "torch.nn:AlphaDropout", "selu"),
    _layer(
        "torch.feature_alpha_dropout",
        "Feature alpha dropout",
        FeatureAlphaDropout,
        "torch.nn:FeatureAlphaDropout",
        "selu",
        ranks=(3, 4, 5),
    ),
    _layer(
        "nnstudio.test_scaled_dropout",
        "Test-scaled dropout",
        ClassicDropout,
        _OWN + "ClassicDropout",
        "classic dropout",
    ),
    LayerSpec(
        "nnstudio.gaussian_noise",
        "Gaussian noise",
        "regularization",
        GaussianNoise,
        _OWN + "GaussianNoise",
        summary=lambda params: f"σ {params.std:g}",
        stem="noise",
        aliases=("jitter", "additive noise"),
    ),
    _layer(
        "nnstudio.gaussian_dropout",
        "Gaussian dropout",
        GaussianDropout,
        _OWN + "GaussianDropout",
        "multiplicative noise",
    ),
    LayerSpec(
        "nnstudio.drop_connect",
        "DropConnect",
        "regularization",
        DropConnect,
        _OWN + "DropConnectLinear",
        infer={"in_features": axis(-1)},
        summary=lambda params: f"→ {params.out_features} · p {params.p:g}",
        stem="fc",
        aliases=("dropconnect", "linear", "weight dropout"),
    ),
    _layer(
        "nnstudio.stochastic_depth",
        "Stochastic depth",
        StochasticDepth,
        _OWN + "StochasticDepth",
        "drop path",
        "layer dropout",
    ),
]
