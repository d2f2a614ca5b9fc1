"""What a run says while it goes: frozen values, from the training loop to whoever listens. Torch-free; arrays are NumPy's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nnstudio.problems import Problem

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class RunStarted:
    """folder: of the run ("" where none is kept). first_step, first_epoch: > 0 after a resume. metrics: the columns that Steps carry beside "loss"."""

    run: str
    folder: str
    device: str
    epochs: int
    steps_per_epoch: int
    first_step: int = 0
    first_epoch: int = 0
    metrics: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    parameters: int = 0
    total_steps: int = 0  # T, of the whole run


@dataclass(frozen=True)
class Steps:
    """Consecutive steps, batched for transport: values of steps first … first+n−1, by column ("loss", "accuracy", "lr", "penalty")."""

    first: int
    values: Mapping[str, Array]
    seconds: float = 0.0  # of training since the run began, without pauses
    steps_per_second: float = 0.0


@dataclass(frozen=True)
class EpochEnded:
    """Epoch `epoch` (from 0) ended at step `step` (steps done). values: "train/loss", "validation/loss", "validation/accuracy", … means over the samples."""

    epoch: int
    step: int
    values: Mapping[str, float]
    best: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Predictions:
    """What the network says of some samples of one part, after epoch `epoch`.

    indices: into the dataset; images: N × H × W[ × 3] uint8, where samples are images; inputs: N × D float, where they are vectors of few features;
    target, predicted: N; loss: N (each sample's own); confusion: K × K counts over the whole part, rows the truth (classification).
    grid: for two features, the predicted class or value over a lattice, with its extent.
    """

    epoch: int
    part: str
    indices: Array
    target: Array
    predicted: Array
    loss: Array
    images: Array | None = None
    inputs: Array | None = None
    confidence: Array | None = None
    confusion: Array | None = None
    grid: Array | None = None
    extent: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NodeStats:
    """Small live figures of nodes: by node id, {"histogram": 16 counts, "dead": share, "time": seconds, …}."""

    step: int
    nodes: Mapping[str, Mapping[str, float]]
    histograms: Mapping[str, Array] = field(default_factory=dict[str, Array])


@dataclass(frozen=True)
class CheckpointSaved:
    path: str
    step: int
    epoch: int
    best: bool = False


@dataclass(frozen=True)
class Paused:
    step: int


@dataclass(frozen=True)
class Resumed:
    step: int


@dataclass(frozen=True)
class Changed:
    """Something of the recipe or of a node was changed while it trained, and holds from step `step` on. path: as in `project.setting`
    ("recipe.optimizer.lr", "drop1.p"); before, after: JSON values; problem: why it was refused (then nothing changed); total_steps: T, as it is now."""

    step: int
    path: str
    before: Any = None
    after: Any = None
    problem: Problem | None = None
    total_steps: int = 0


@dataclass(frozen=True)
class Finished:
    """The run ended by itself or was stopped. reason: "done", "stopped" or "early" (a stop rule; `why` in words). values: of the last epoch,
    with "test/…" where a test part was measured. restored: the epoch whose weights were brought back; None: those of the last."""

    reason: str
    step: int
    epoch: int
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    seconds: float = 0.0
    why: str = ""
    restored: int | None = None


@dataclass(frozen=True)
class Failed:
    """The run could not start or go on. What was learnt up to the last checkpoint is kept."""

    problems: tuple[Problem, ...]
    step: int = 0


Event = (
    RunStarted
    | Steps
    | EpochEnded
    | Predictions
    | NodeStats
    | CheckpointSaved
    | Paused
    | Resumed
    | Changed
    | Finished
    | Failed
)
