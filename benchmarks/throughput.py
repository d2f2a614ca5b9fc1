"""Training throughput: NNStudio's engine, live events and all, against loops that people write by hand. One thread, interleaved.

Contenders learn the same network from the same Fashion-MNIST sample (5 100 training images, batch 64, fused Adam), measure the validation part
after each epoch, and log loss and accuracy of every step:
- `plain`: everything in memory as scaled float32, `index_select` a batch, accuracies worked out once an epoch: the best loop we can write;
- `loader`: the usual `DataLoader` over a `TensorDataset`;
- `train`: `nnstudio.train.loop.train`, all its events consumed, node statistics and predictions on;
- `engine`: the same in an engine's process, events received by its client.
A ratio is a loop's time by ours, the median over rounds: 1 means as fast. CPU time counts, because a machine is seldom quiet; wall time stands beside it.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from nnstudio import plugins
from nnstudio.client import Engine
from nnstudio.events import Event, Finished, RunStarted
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.resources import resource
from nnstudio.train.data import LoadedData, load_data
from nnstudio.train.loop import train

ROUNDS = 11
BATCH = 64
Seconds = tuple[float, float]  # CPU, wall
Row = tuple[str, str, str, bool]


# ── the networks, by hand and as graphs ───────────────────────────────────────────────────────────────────────────────


class MLP(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1 = nn.Linear(784, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.relu(self.fc1(image.flatten(1))))


class LeNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.conv1(image)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc3(F.relu(self.fc2(x)))


def chain(*kinds: tuple[str, dict[str, object]]) -> Graph:
    """Nodes one behind the other."""
    nodes = [Node(f"node{index}", type, params) for index, (type, params) in enumerate(kinds)]
    wires = {Slot(after.id): Source(before.id) for before, after in pairwise(nodes)}
    return Graph({node.id: node for node in nodes}, wires)


INPUT, FLATTEN, RELU, LOSS = (
    ("nnstudio.input", {}),
    ("nnstudio.flatten", {}),
    ("torch.relu", {}),
    ("torch.cross_entropy", {}),
)
POOL = ("torch.max_pool2d", {"kernel_size": 2})


def linear(units: int) -> tuple[str, dict[str, object]]:
    return "torch.linear", {"out_features": units}


def conv(channels: int, padding: int) -> tuple[str, dict[str, object]]:
    return "torch.conv2d", {"out_channels": channels, "kernel_size": 5, "padding": padding}


@dataclass(frozen=True)
class Case:
    name: str
    module: Callable[[], nn.Module]
    graph: Graph
    epochs: int

    @property
    def project(self) -> Project:
        recipe = Recipe(epochs=self.epochs, batch_size=BATCH, device="cpu", optimizer=Entry("torch.adam"))
        return Project(self.name, self.graph, Data(Entry("nnstudio.fashion_mnist")), recipe)


CASES = (
    Case("MLP", MLP, chain(INPUT, FLATTEN, linear(128), RELU, linear(10), LOSS), epochs=24),
    Case(
        "LeNet",
        LeNet,
        chain(
            INPUT,
            conv(6, 2),
            RELU,
            POOL,
            conv(16, 0),
            RELU,
            POOL,
            FLATTEN,
            linear(120),
            RELU,
            linear(84),
            RELU,
            linear(10),
            LOSS,
        ),
        epochs=3,
    ),
)


# ── the loops by hand ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Images:
    """The sample as tensors, scaled, divided as the projects divide it."""

    train: tuple[torch.Tensor, torch.Tensor]
    validation: tuple[torch.Tensor, torch.Tensor]
    test: tuple[torch.Tensor, torch.Tensor]

    @classmethod
    def of(cls, data: LoadedData) -> "Images":
        with np.load(resource("data/fashion_mnist/fashion_mnist_sample.npz")) as arrays:
            images = np.concatenate([arrays["train_images"], arrays["test_images"]])
            labels = np.concatenate([arrays["train_labels"], arrays["test_labels"]])
        fitted = images[data.split.train] / 255.0
        scaled = torch.from_numpy(((images / 255.0 - fitted.mean()) / fitted.std()).astype(np.float32)).unsqueeze(1)
        wanted = torch.from_numpy(labels.astype(np.int64))
        parts = (torch.from_numpy(part) for part in (data.split.train, data.split.validation, data.split.test))
        return cls(*((scaled[part], wanted[part]) for part in parts))


def plain(case: Case, images: Images) -> Seconds:
    torch.manual_seed(0)
    model = case.module()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    x, y = images.train
    clock = Clock()
    losses: list[float] = []
    accuracies: list[float] = []
    for _ in range(case.epochs):
        outputs, targets = [], []
        for batch in torch.randperm(len(x)).split(BATCH):
            image, label = x.index_select(0, batch), y.index_select(0, batch)
            output = model(image)
            loss = F.cross_entropy(output, label)
            losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            outputs.append(output.detach())
            targets.append(label)
        right = torch.cat(outputs).argmax(1) == torch.cat(targets)
        accuracies += [part.float().mean().item() for part in right.split(BATCH)]
        evaluate(model, *images.validation)
    evaluate(model, *images.test)
    return clock.seconds()


def loader(case: Case, images: Images) -> Seconds:
    torch.manual_seed(0)
    model = case.module()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = DataLoader(TensorDataset(*images.train), batch_size=BATCH, shuffle=True)
    held_out = DataLoader(TensorDataset(*images.validation), batch_size=1000)
    clock = Clock()
    losses: list[float] = []
    accuracies: list[float] = []
    for _ in range(case.epochs):
        for image, label in batches:
            output = model(image)
            loss = F.cross_entropy(output, label)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            accuracies.append((output.argmax(1) == label).float().mean().item())
        for image, label in held_out:
            evaluate(model, image, label)
    evaluate(model, *images.test)
    return clock.seconds()


def evaluate(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
    """(loss, accuracy) in evaluation mode."""
    model.eval()
    with torch.inference_mode():
        output = model(x)
        values = F.cross_entropy(output, y).item(), (output.argmax(1) == y).float().mean().item()
    model.train()
    return values


# ── NNStudio ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_process(project: Project, registry: plugins.Registry, data: LoadedData) -> Seconds:
    clock = Clock()
    event: Event | None = None
    for event in train(project, registry, data=data):
        if isinstance(event, RunStarted):
            clock = Clock()
    seconds = clock.seconds()
    assert isinstance(event, Finished), event
    return seconds


class EngineProcess:
    """One engine for all rounds. Its CPU time is read from the system between the run's first and last event."""

    def __init__(self) -> None:
        self._begun: Clock | None = None
        self._seconds: Seconds = (0.0, 0.0)
        self._engine = Engine(on_event=self._hear, threads=1)
        self._engine.ready.result(120)

    def _hear(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self._begun = Clock(self._engine.pid)
        if isinstance(event, Finished) and self._begun is not None:
            self._seconds = self._begun.seconds()

    def run(self, project: Project) -> Seconds:
        self._begun = None
        last = self._engine.request("train", {"project": project}).result(600)
        assert isinstance(last, Finished), last
        return self._seconds

    def close(self) -> None:
        self._engine.close()


class Clock:
    """CPU and wall time from now on, of this process or of `pid`."""

    def __init__(self, pid: int | None = None) -> None:
        self._pid = pid
        self._cpu, self._wall = self._used(), time.perf_counter()

    def seconds(self) -> Seconds:
        return self._used() - self._cpu, time.perf_counter() - self._wall

    def _used(self) -> float:
        if self._pid is None:
            return time.process_time()
        try:
            fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return time.perf_counter()  # no such table on this system: wall time, then
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# ── together ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def measure() -> list[Row]:
    """Rows of (what, measured, to reach, reached)."""
    torch.set_num_threads(1)
    registry = plugins.load(safe_mode=True).registry
    data = load_data(CASES[0].project.data, registry)
    images = Images.of(data)
    engine = EngineProcess()
    try:
        return [row for case in CASES for row in _rows(case, _rounds(case, registry, data, images, engine))]
    finally:
        engine.close()


def _rounds(
    case: Case, registry: plugins.Registry, data: LoadedData, images: Images, engine: EngineProcess
) -> dict[str, list[Seconds]]:
    contenders: dict[str, Callable[[], Seconds]] = {
        "plain": lambda: plain(case, images),
        "train": lambda: in_process(case.project, registry, data),
        "loader": lambda: loader(case, images),
        "engine": lambda: engine.run(case.project),
    }
    times: dict[str, list[Seconds]] = {name: [] for name in contenders}
    for turn in range(ROUNDS):
        names = list(contenders) if turn % 2 else list(contenders)[::-1]
        for name in names:
            times[name].append(contenders[name]())
    return times


def _rows(case: Case, times: dict[str, list[Seconds]]) -> Iterator[Row]:
    steps = case.epochs * -(-5100 // BATCH)
    each = {
        name: [statistics.median(second[kind] for second in seconds) / steps * 1e6 for kind in (0, 1)]
        for name, seconds in times.items()
    }
    for ours in ("train", "engine"):
        for other, reach in (("plain", 0.97), ("loader", 1.0)):
            cpu, wall = (
                statistics.median(
                    theirs[kind] / mine[kind] for theirs, mine in zip(times[other], times[ours], strict=True)
                )
                for kind in (0, 1)
            )
            measured = f"{cpu:.3f} (wall {wall:.3f}); {each[ours][0]:.0f} against {each[other][0]:.0f} µs a step"
            sign = "≥" if other == "plain" else ">"
            yield (
                f"{case.name}, {ours} against {other}",
                measured,
                f"{sign} {reach:g}",
                cpu >= reach if other == "plain" else cpu > reach,
            )


if __name__ == "__main__":
    for what, measured, reach, _ in measure():
        print(f"{what:32} {measured:60} {reach}", file=sys.stdout)
