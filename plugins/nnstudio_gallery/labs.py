"""Guided labs: a project, and a text beside its canvas. Each reaches its stated figure; the tests hold it to that."""

from nnstudio.api import ExampleSpec


def _lab(number: int, name: str, title: str, text: str, reaches: str, guide: str = "") -> ExampleSpec:
    return ExampleSpec(
        f"nnstudio.lab_{name}",
        title,
        f"labs/{name}.nns",
        text,
        reaches,
        lab=number,
        guide=f"labs/{guide or name}.md",
    )


LABS = [
    _lab(
        1,
        "initialization",
        "Initialization",
        "Zero, too small, right, too large: four ways to begin, and only one that learns.",
        "95 % with Xavier, and chance from zero",
    ),
    _lab(
        2,
        "depth",
        "Activations through depth",
        "Six layers of tanh, six spreads of weights: signals that die, saturate, or go through.",
        "deviations of .63 .49 .41 .36 .32 .30 with Xavier",
    ),
    _lab(
        3,
        "optimizer_race",
        "The optimizer race",
        "Eleven rules down the same hills, and the same network by six of them.",
        "98 % by Adam where SGD has not turned the first corner",
    ),
    _lab(
        4,
        "batches",
        "Batch, mini-batch, stochastic",
        "How many samples to look at before each step, and what the noise costs.",
        "noise that falls as 1/√m",
    ),
    _lab(
        5,
        "schedules",
        "Learning-rate schedules",
        "Constant, step, exponential, cosine, one-cycle: those that end small end low.",
        "a third of the constant rate's loss with cosine",
    ),
    _lab(
        6,
        "batch_norm",
        "Batch norm",
        "With and without, in training and in inference, and why the scale of the weights is lost on it.",
        "94 % at a learning rate of 2, where the bare network fails",
    ),
    _lab(
        6,
        "batch_norm_without",
        "Batch norm: without",
        "The same network without its batch norms.",
        "",
        guide="batch_norm",
    ),
    _lab(
        7,
        "overfitting",
        "Over-fitting",
        "L1, L2, dropout, early stopping, augmentation, ensembles against learning by heart.",
        "a lower validation loss by each of them",
    ),
    _lab(
        8,
        "ravine",
        "Ravine",
        "Features of unequal size: the condition number, normalized inputs, momentum.",
        "the noise's own error with normalized inputs",
    ),
    _lab(
        9,
        "linear_regression",
        "Linear regression",
        "The normal equations beside gradient descent; the degree chosen on validation data.",
        "the same weights by both ways",
    ),
    _lab(
        10,
        "early_stopping",
        "Early stopping",
        "Patience 3, to the epoch.",
        "the epoch that Keras' rule gives",
    ),
]
