"""What an engine answers: frozen values, torch-free. (What a *run* says is in `events`.)"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nnstudio.data import DataInfo
from nnstudio.plan import Code, Plan
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project

Array = npt.NDArray[np.generic]

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Hello:
    """Who is at the other end. devices: what can be trained on ("cpu", "cuda:0"), with a person's name of each in `device_names`."""

    nnstudio: str
    python: str
    torch: str
    system: str
    pid: int
    threads: int
    devices: tuple[str, ...] = ("cpu",)
    device_names: Mapping[str, str] = field(default_factory=dict[str, str])
    failed_plugins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inspected:
    """A project worked out. info: None where its data cannot be had; problems: all there are, of the check, the plan, the recipe and the data."""

    plan: Plan
    code: Code
    info: DataInfo | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Preview:
    """A dataset to look at. samples: by field, the values of the samples `indices` as they are before standardisation; parts: 0 train,

    1 validation, 2 test, for each of them. class_counts: K × 3 (class × part), where the target is a label or binary. ranges: by field,
    D × 4 of lowest, mean, highest, standard deviation of each column (images: of each channel), over all samples.
    before, augmented: some training samples, the same rows, as they are and as the recipe's augmentations make them (None: it has none
    that fit): N × H × W [× 3] uint8 of images, else the values; `augmented_field` names the input, `augmented_rows` the samples.
    info: None where the data cannot be had; `problems` says why.
    """

    info: DataInfo | None
    indices: Array = field(default_factory=lambda: np.empty(0, np.int64))
    parts: Array = field(default_factory=lambda: np.empty(0, np.int64))
    samples: Mapping[str, Array] = field(default_factory=dict[str, Array])
    class_counts: Array | None = None
    ranges: Mapping[str, Array] = field(default_factory=dict[str, Array])
    before: Array | None = None
    augmented: Array | None = None
    augmented_field: str = ""
    augmented_rows: Array = field(default_factory=lambda: np.empty(0, np.int64))
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Prepared:
    """Data loaded and model compiled ahead of `train`. problems: why not, where it could not be."""

    seconds: float = 0.0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Exported:
    """files: paths written."""

    files: tuple[str, ...]


@dataclass(frozen=True)
class Drawn:
    """Code drawn: a project with the network that the text describes and nothing else. problems: what of it could not be understood, each with its line."""

    project: Project
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class NodeOutput:
    """What one output of one node gave for some samples. shape: the samples' axis first. low, high: of the finite values; zeros, bad:

    shares of exact zeros, and of NaN and infinities. histogram: 16 counts between `edges` (17). picture: H × W uint8 — the first
    sample's channels as a mosaic (images), its steps × features (sequences), a row a sample (vectors). gradient: root mean square
    of the loss's gradient here, None where it was not asked for or does not reach.
    """

    shape: tuple[int, ...]
    mean: float
    std: float
    low: float
    high: float
    zeros: float
    histogram: Array
    edges: Array
    picture: Array
    bad: float = 0.0
    gradient: float | None = None


@dataclass(frozen=True)
class WeightStats:
    """The weights of one node. count: of all; the figures are of a subsample of at most some thousands. histogram: 24 counts between `edges`."""

    count: int
    mean: float
    std: float
    low: float
    high: float
    histogram: Array
    edges: Array


@dataclass(frozen=True)
class Ensembled:
    """What several trained networks reach together, their predictions averaged, on `part`. single: each member's loss and metrics;

    together: the ensemble's. goals: "max" or "min" of each of them.
    """

    part: str
    members: tuple[str, ...]
    single: tuple[Mapping[str, float], ...]
    together: Mapping[str, float]
    goals: Mapping[str, str] = field(default_factory=dict[str, str])

    def mean(self, metric: str) -> float:
        """Of the members."""
        return sum(values[metric] for values in self.single) / len(self.single)

    def best(self, metric: str) -> float:
        """Of the best member."""
        values = [values[metric] for values in self.single]
        return max(values) if self.goals.get(metric) == "max" else min(values)

    def gain(self, metric: str) -> float:
        """How much better the ensemble is than its members in the mean; below 0: worse."""
        sign = 1 if self.goals.get(metric) == "max" else -1
        return sign * (self.together[metric] - self.mean(metric))


@dataclass(frozen=True)
class Refused:
    """A request that was not fulfilled. detail: the engine's traceback, for the report of a fault."""

    problems: tuple[Problem, ...]
    detail: str = ""


class EngineError(NNStudioError):
    """A request failed, or the engine is gone. `problems` say what and what to do; `detail` is the engine's own traceback or last words."""

    def __init__(self, *problems: Problem, detail: str = "") -> None:
        super().__init__(*problems)
        self.detail = detail
