"""A project: the graph, the data it learns from, and the recipe it is trained by. Immutable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from nnstudio.project.graph import Graph, Json

if TYPE_CHECKING:
    from nnstudio.project.flat import Flat


@dataclass(frozen=True)
class Entry:
    """One plugin chosen, with what its parameters are where they differ from the default. `enabled=False` keeps it without using it."""

    type: str  # the spec's id
    params: Mapping[str, Json] = field(default_factory=dict[str, Json])
    enabled: bool = True


NOTHING = Entry("")
"""No plugin chosen."""


@dataclass(frozen=True)
class Rule:
    """What some nodes do otherwise than the recipe says; a field that is None says nothing, and the recipe holds.

    match: "#conv1" the one node of that id, or all nodes within the instance of that id; "#res1/conv1" one of these, "#res1[2]/conv1" only in the
    third repetition; "fc*", "res1/*" the nodes whose name or way (ids of the instances around, then its own) fits the pattern;
    "type:torch.conv*" those whose type does. The nearer rule holds: one for a node before one for an instance around it, both before
    patterns; among its like the later one (see `project.rules`).
    lr_factor ≥ 0: of the learning rate; weight_decay ≥ 0: in place of the optimizer's; frozen: its weights stay as they are.
    """

    match: str
    enabled: bool = True
    initializer: Entry | None = None
    regularizers: tuple[Entry, ...] | None = None
    constraints: tuple[Entry, ...] | None = None
    noise: tuple[Entry, ...] | None = None
    lr_factor: float | None = None
    weight_decay: float | None = None
    frozen: bool | None = None


@dataclass(frozen=True)
class Data:
    """Which data, and how it is divided and scaled.

    validation, test: shares of all samples (0 … 0.9; together below 1). A dataset that brings its own test set keeps it,
    and `test` is not used. split_seed: of the division. stratify: each part keeps the shares of the classes (classification).
    split_by: "random"; "group": samples with the same value of `split_field` stay in one part; "time": sorted by `split_field`
    (as they come, where it is empty), the first train, the last test. split_field: a field, or "field.column" of a vector.
    folds k ≥ 2: k-fold cross-validation, fold number `fold` (from 0) is the validation part and `validation` is not used; 0: none; −1: leave one out.
    bootstrap > 0: training samples are drawn with replacement, as many as there are, by this seed (bagging).
    standardize: "none", "feature" (each feature to mean 0, standard deviation 1), "channel" (each image channel), "whiten" (features
    uncorrelated as well, ZCA) or "auto" (channel for images, feature for tables, none for whole numbers); always fitted on the training part alone.
    """

    dataset: Entry = NOTHING
    validation: float = 0.15
    test: float = 0.15
    split_seed: int = 0
    stratify: bool = True
    split_by: str = "random"
    split_field: str = ""
    folds: int = 0
    fold: int = 0
    bootstrap: int = 0
    standardize: str = "auto"


@dataclass(frozen=True)
class Recipe:
    """How it is trained, in the order in which a step comes upon it.

    epochs ≥ 1: passes over the training part; batch_size m ≥ 1 (0: the whole training part); shuffle: in a random order, a new one each
    epoch where `reshuffle`, else always the same; seed: of weights, order, dropout, augmentation and noise; device: "auto", "cpu", "cuda",
    "cuda:1", "mps". accumulate k ≥ 1: each batch goes through in k parts whose gradients are added: the same step with the memory of m/k.
    precision: "float32", "bfloat16" or "float16" (autocast). compile: through torch.compile. warmup_steps ≥ 0: η rises in a
    straight line over so many steps, and the schedule runs over the rest.
    Lists keep their order, and an entry that is not enabled is kept but not used; `average` and `batch_schedule` are "" where there is none.
    """

    epochs: int = 10
    batch_size: int = 64
    batch_schedule: Entry = NOTHING
    shuffle: bool = True
    reshuffle: bool = True
    accumulate: int = 1
    precision: str = "float32"
    compile: bool = False
    seed: int = 0
    device: str = "auto"
    augmentations: tuple[Entry, ...] = ()
    initializer: Entry = Entry("torch.default")
    regularizers: tuple[Entry, ...] = ()
    noise: tuple[Entry, ...] = ()
    gradients: tuple[Entry, ...] = ()
    optimizer: Entry = Entry("torch.adam")
    warmup_steps: int = 0
    schedule: Entry = Entry("nnstudio.constant")
    constraints: tuple[Entry, ...] = ()
    average: Entry = NOTHING
    stops: tuple[Entry, ...] = ()
    rules: tuple[Rule, ...] = ()
    metrics: tuple[Entry, ...] = ()  # empty: those that the loss names


@dataclass(frozen=True)
class Exposed:
    """A parameter of a block: `name` in the block's form sets parameter `param` of its inner node `node`; unset, it is as the definition has it."""

    name: str
    node: str
    param: str


@dataclass(frozen=True)
class Block:
    """A definition: a graph that nodes of type "block:<id>" stand for, wherever they are; all of them follow it.

    Its inputs are its nodes of type `nnstudio.block_input`, its outputs those of type `nnstudio.block_output`, each in natural order of
    ids: the id is the port's name, the label what people read. kind "block": computed once, or `repeat` times in a row. kind "scan": once for each
    step of a sequence (axis 1 of its inputs); see `project.flat`.
    """

    id: str
    title: str = ""
    graph: Graph = field(default_factory=Graph)
    exposed: tuple[Exposed, ...] = ()
    kind: str = "block"  # or "scan"
    note: str = ""


@dataclass(frozen=True)
class Bookmark:
    """A place to come back to. block: path of the instances entered ("res1/inner"; "" outside). x, y: the middle of what is seen.

    number: of the key that leads there, 1 … 9; 0: none does.
    """

    name: str
    block: str = ""
    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    number: int = 0


@dataclass(frozen=True)
class Project:
    """All that a .nns file holds.

    graph: as a person drew it; `flat`: the same as it is computed. blocks: definitions by id. guide: id of the lab whose text stands beside it;
    "" where there is none. dashboard: the views shown, in order: each its id, with its settings behind a question mark
    (`nnstudio.loss?smoothing=0.99`); empty: the default ones.
    """

    name: str = "Untitled"
    graph: Graph = field(default_factory=Graph)
    data: Data = Data()
    recipe: Recipe = Recipe()
    notes: str = ""
    blocks: Mapping[str, Block] = field(default_factory=dict[str, Block])
    bookmarks: tuple[Bookmark, ...] = ()
    dashboard: tuple[str, ...] = ()
    guide: str = ""
    extras: Mapping[str, Json] = field(
        default_factory=dict[str, Json]
    )  # unknown keys of the file: saved back unchanged

    @cached_property
    def flattened(self) -> Flat:
        """What is computed: blocks opened, bypassed nodes and reroute points taken out."""
        from nnstudio.project.flat import flattened

        return flattened(self.graph, self.blocks)

    @property
    def flat(self) -> Graph:
        """The graph that is computed; the drawn one itself, where all of it is."""
        return self.flattened.graph

    def inside(self, block: str) -> Project:
        """This project with the graph of definition `block` in place of its own ("": itself): where the makers of edits work inside a block."""
        return self if not block else replace(self, graph=self.blocks[block].graph)
