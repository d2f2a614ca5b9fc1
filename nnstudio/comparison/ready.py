"""Ready-made comparisons of any project: optimizers, initializations, dropout, batch sizes, random restarts, cross-validation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnstudio.comparison.plan import Comparison, Variant, compare_axes, comparison, replicates_of
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.flat import drawn
from nnstudio.project.node_at import node_at
from nnstudio.project.project import Project
from nnstudio.registry import Registry

OPTIMIZERS = {
    "SGD": "torch.sgd(lr={lr})",
    "momentum": "torch.sgd(lr={lr}, momentum=0.9)",
    "Nesterov": "torch.sgd(lr={lr}, momentum=0.9, nesterov=true)",
    "AdaGrad": "torch.adagrad",
    "RMSProp": "torch.rmsprop",
    "Adam": "torch.adam",
}
"""The six of the course; SGD and its kin share one rate, those that scale it themselves have their own default."""

SGD_RATE = 0.01

INITIALIZERS = {
    "zeros": "nnstudio.zeros",
    "too small": "nnstudio.normal(std=0.001)",
    "too large": "nnstudio.normal(std=1)",
    "PyTorch": "torch.default",
    "Xavier": "nnstudio.xavier_normal",
    "He": "nnstudio.kaiming_normal",
}
"""Symmetric, vanishing, exploding, and the three that are used."""

BATCH_SIZES = (32, 64, 128, 256)
RESTARTS = 10
FOLDS = 5
MOST_LEFT_OUT = 1000


@dataclass(frozen=True)
class Ready:
    """One of the ready-made comparisons: what it is called, what it answers, and how it is made."""

    id: str
    title: str
    text: str
    make: Callable[[Project, Registry, Any], Comparison]


def optimizers(project: Project, registry: Registry, seeds: int | Sequence[int] | None = None) -> Comparison:
    lr = (
        project.recipe.optimizer.params.get("lr", SGD_RATE)
        if project.recipe.optimizer.type == "torch.sgd"
        else SGD_RATE
    )
    settings = {name: text.format(lr=lr) for name, text in OPTIMIZERS.items()}
    return _named(project, registry, "recipe.optimizer", settings, seeds, "six optimizers")


def initializers(project: Project, registry: Registry, seeds: int | Sequence[int] | None = None) -> Comparison:
    return _named(project, registry, "recipe.initializer", INITIALIZERS, seeds, "six initializations")


def dropout(project: Project, registry: Registry, seeds: int | Sequence[int] | None = None) -> Comparison:
    """With all dropout nodes, and without any. Raises NNStudioError where there is none."""
    nodes = _once_each(project, sorted({drawn(node.id) for node in project.flat if "dropout" in node.type}))
    if not nodes:
        remedy = "Put a dropout node into the network first."
        raise NNStudioError(Problem("compare.no_dropout", "The network has no dropout.", remedy=remedy))
    arms = [Variant("with dropout"), Variant("without dropout", tuple((id, "off") for id in nodes))]
    return comparison(project, registry, arms, replicates_of(project, seeds=seeds), name="dropout")


def _once_each(project: Project, ways: Sequence[str]) -> list[str]:
    """Nodes by their ways; one of a definition that stands in several places, at the first."""
    first: dict[tuple[str, str], str] = {}
    for way in ways:
        block, node = node_at(project, way)
        first.setdefault((block, node.id), way)
    return list(first.values())


def batch_sizes(project: Project, registry: Registry, seeds: int | Sequence[int] | None = None) -> Comparison:
    """m = 2⁵ … 2⁸, to be judged by error against time."""
    return compare_axes(project, registry, {"recipe.batch_size": BATCH_SIZES}, seeds=seeds, name="batch sizes")


def restarts(project: Project, registry: Registry, seeds: int | Sequence[int] | None = None) -> Comparison:
    """The project as it is, begun anew from several seeds: the spread of what it reaches, and the best to be kept."""
    return compare_axes(project, registry, {}, seeds=RESTARTS if seeds is None else seeds, name="random restarts")


def crossvalidation(
    project: Project,
    registry: Registry,
    folds: int = FOLDS,
    *,
    samples: int = 0,
    axes: Mapping[str, Sequence[Any]] | None = None,
) -> Comparison:
    """k-fold cross-validation of the project (or of each combination of `axes`); folds −1 leaves one of `samples` out each time.

    The test part, where there is one, is left out of all folds. Raises NNStudioError.
    """
    if folds != -1 and folds < 2:
        words = f"{folds} folds are asked for."
        raise NNStudioError(Problem("compare.folds", words, remedy="Give a whole number ≥ 2, or −1 to leave one out."))
    if folds == -1 and not 2 <= samples <= MOST_LEFT_OUT:
        words = f"Leave-one-out of {samples} samples would be {samples} runs."
        remedy = f"It is for 2 … {MOST_LEFT_OUT} samples: take some folds."
        raise NNStudioError(Problem("compare.folds", words, remedy=remedy, place="data"))
    base = replace(project, data=replace(project.data, folds=folds, fold=0))
    count = samples if folds == -1 else folds
    name = "leave one out" if folds == -1 else f"{folds}-fold cross-validation"
    return compare_axes(base, registry, {**(axes or {}), "data.fold": list(range(count))}, name=name)


def _named(
    project: Project,
    registry: Registry,
    axis: str,
    settings: Mapping[str, str],
    seeds: int | Sequence[int] | None,
    name: str,
) -> Comparison:
    arms = [Variant(title, ((axis, text),)) for title, text in settings.items()]
    return comparison(project, registry, arms, replicates_of(project, seeds=seeds), name=name)


READY = {
    ready.id: ready
    for ready in (
        Ready("optimizers", "Six optimizers", "SGD, momentum, Nesterov, AdaGrad, RMSProp, Adam", optimizers),
        Ready(
            "initializers", "Six initializations", "zeros, too small, too large, PyTorch's, Xavier, He", initializers
        ),
        Ready("dropout", "With and without dropout", "all dropout nodes, or none", dropout),
        Ready("batch_sizes", "Batch sizes 32 … 256", "error against time for 2⁵ … 2⁸", batch_sizes),
        Ready("restarts", "Random restarts", "the spread over ten seeds, the best kept", restarts),
        Ready(
            "folds",
            "5-fold cross-validation",
            "each fifth is the validation part once",
            lambda p, r, s: crossvalidation(p, r),
        ),
    )
}
