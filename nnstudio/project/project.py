"""A project: the graph, the data it learns from, and the recipe it is trained by. Immutable."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnstudio.project.graph import Graph, Json


@dataclass(frozen=True)
class Entry:
    """One plugin chosen, with what its parameters are where they differ from the default. `enabled=False` keeps it without using it."""

    type: str  # the spec's id
    params: Mapping[str, Json] = field(default_factory=dict[str, Json])
    enabled: bool = True


@dataclass(frozen=True)
class Data:
    """Which data, and how it is divided and scaled.

    validation, test: shares of all samples (0 … 0.9; together below 1). A dataset that brings its own test set keeps it,
    and `test` is not used. split_seed: of the division. stratify: each part keeps the shares of the classes (classification).
    standardize: "none", "feature" (each feature to mean 0, standard deviation 1), "channel" (each image channel) or "auto"
    (channel for images, feature for tables, none for whole numbers); always fitted on the training part alone.
    """

    dataset: Entry = Entry("")
    validation: float = 0.15
    test: float = 0.15
    split_seed: int = 0
    stratify: bool = True
    standardize: str = "auto"


@dataclass(frozen=True)
class Recipe:
    """How it is trained.

    epochs ≥ 1: passes over the training part; batch_size m ≥ 1 (0: the whole training part); shuffle: new order each epoch; seed: of
    weights, order and dropout; device: "auto", "cpu", "cuda", "cuda:1", "mps".
    """

    epochs: int = 10
    batch_size: int = 64
    shuffle: bool = True
    seed: int = 0
    device: str = "auto"
    optimizer: Entry = Entry("torch.adam")
    schedule: Entry = Entry("nnstudio.constant")
    initializer: Entry = Entry("torch.default")
    regularizers: tuple[Entry, ...] = ()
    metrics: tuple[Entry, ...] = ()  # empty: those that the loss names


@dataclass(frozen=True)
class Project:
    """All that a .nns file holds. dashboard: the views shown, in order: each its id, with its settings behind a question mark
    (`nnstudio.loss?smoothing=0.99`); empty: the default ones."""

    name: str = "Untitled"
    graph: Graph = field(default_factory=Graph)
    data: Data = Data()
    recipe: Recipe = Recipe()
    notes: str = ""
    dashboard: tuple[str, ...] = ()
    extras: Mapping[str, Json] = field(
        default_factory=dict[str, Json]
    )  # unknown keys of the file: saved back unchanged
