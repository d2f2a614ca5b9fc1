"""Metrics: what is measured beside the loss."""

from nnstudio.api import MetricSpec, Params, hookimpl


class Accuracy(Params):
    """Share of the samples whose largest output is the right class.

    Formula: (1/N) Σ [argmaxₖ ŷₙₖ = yₙ]
    Source: Bishop 2006, ch. 1.5
    """


class BinaryAccuracy(Params):
    """Share of right answers where the output is a log-odds: 0 or more says 1, less says 0.

    Formula: (1/N) Σ [(ŷₙ ≥ 0) = yₙ]
    Source: Bishop 2006, ch. 4.3
    """


class Mae(Params):
    """Mean absolute error: how far off the output is, in the target's own unit.

    Formula: (1/N) Σ |ŷₙ − yₙ|
    Source: Willmott & Matsuura 2005
    """


class Mse(Params):
    """Mean squared error: large errors count more.

    Formula: (1/N) Σ (ŷₙ − yₙ)²
    Source: Gauss 1809; Bishop 2006, ch. 1.1
    """


@hookimpl
def register_metrics() -> list[MetricSpec]:
    functions = "nnstudio_metrics.functions:"
    return [
        MetricSpec("nnstudio.accuracy", "Accuracy", functions + "accuracy", Accuracy, ("class",), percent=True),
        MetricSpec(
            "nnstudio.binary_accuracy",
            "Binary accuracy",
            functions + "binary_accuracy",
            BinaryAccuracy,
            ("binary",),
            percent=True,
        ),
        MetricSpec("nnstudio.mae", "MAE", functions + "mae", Mae, ("value",), goal="min"),
        MetricSpec("nnstudio.mse", "MSE", functions + "mse", Mse, ("value",), goal="min"),
    ]
