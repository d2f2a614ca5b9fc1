"""Training throughput: NNStudio's engine, live events and all, against loops that people write by hand. One thread, interleaved.

Contenders learn the same network from the same Fashion-MNIST sample (5 100 training images, batch 64, Adam), measure the validation part after
each epoch, and log loss and accuracy of every step:
- `plain`: everything in memory as scaled float32, `index_select` a batch, fused Adam, accuracies worked out once an epoch: the best loop we can write;
- `loader`: the usual `DataLoader` over a `TensorDataset`;
- `train`: `nnstudio.train.loop.train`, all its events consumed, node statistics and predictions on;
- `engine`: the same in an engine's process, events received by its client.
The first three take turns epoch by epoch, the engine with stretches of `plain`. A ratio is a loop's time by ours, the median over the turns:
1 means as fast. CPU time counts, because a machine is seldom quiet; wall time stands beside it.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
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
from nnstudio.events import EpochEnded, Event, Failed, Finished, RunStarted
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.resources import resource
from nnstudio.train.data import LoadedData, load_data
from nnstudio.train.loop import train

STRETCHES = 7  # of the engine and of `plain` in turn
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
    epochs: int  # three or four seconds of them

    def project(self, epochs: int) -> Project:
        recipe = Recipe(epochs=epochs, batch_size=BATCH, device="cpu", optimizer=Entry("torch.adam"))
        return Project(self.name, self.graph, Data(Entry("nnstudio.fashion_mnist")), recipe)


CASES = (
    Case("MLP", MLP, chain(INPUT, FLATTEN, linear(128), RELU, linear(10), LOSS), epochs=60),
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
        epochs=5,
    ),
)


# ── the loops by hand ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Images:
    """The sample as tensors, scaled, divided as the projects divide it."""

    train: tuple[torch.Tensor, torch.Tensor]
    validation: tuple[torch.Tensor, torch.Tensor]

    @classmethod
    def of(cls, data: LoadedData) -> "Images":
        with np.load(resource("data/fashion_mnist/fashion_mnist_sample.npz")) as arrays:
            images = np.concatenate([arrays["train_images"], arrays["test_images"]])
            labels = np.concatenate([arrays["train_labels"], arrays["test_labels"]])
        fitted = images[data.split.train] / 255.0
        scaled = torch.from_numpy(((images / 255.0 - fitted.mean()) / fitted.std()).astype(np.float32)).unsqueeze(1)
        wanted = torch.from_numpy(labels.astype(np.int64))
        parts = (torch.from_numpy(part) for part in (data.split.train, data.split.validation))
        return cls(*((scaled[part], wanted[part]) for part in parts))


def plain(case: Case, images: Images) -> Iterator[None]:
    torch.manual_seed(0)
    model = case.module()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    x, y = images.train
    losses: list[float] = []
    accuracies: list[float] = []
    while True:
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
        yield


def loader(case: Case, images: Images) -> Iterator[None]:
    torch.manual_seed(0)
    model = case.module()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    batches = DataLoader(TensorDataset(*images.train), batch_size=BATCH, shuffle=True)
    held_out = DataLoader(TensorDataset(*images.validation), batch_size=1000)
    losses: list[float] = []
    accuracies: list[float] = []
    while True:
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
        yield


def evaluate(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> tuple[float, float]:
    """(loss, accuracy) in evaluation mode."""
    model.eval()
    with torch.inference_mode():
        output = model(x)
        values = F.cross_entropy(output, y).item(), (output.argmax(1) == y).float().mean().item()
    model.train()
    return values


# ── NNStudio ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_process(case: Case, registry: plugins.Registry, data: LoadedData) -> Iterator[None]:
    for event in train(case.project(epochs=1_000_000), registry, data=data):
        assert not isinstance(event, Failed), event
        if isinstance(event, EpochEnded):
            yield


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
    data = load_data(CASES[0].project(1).data, registry)
    images = Images.of(data)
    rows: list[Row] = []
    for case in CASES:
        times = _by_epochs(case, registry, data, images)
        rows += _rows(case.name, "train", times["train"], times)
    engine = EngineProcess()
    try:
        for case in CASES:
            times = _by_stretches(case, images, engine)
            rows += _rows(case.name, "engine", times["engine"], times)
    finally:
        engine.close()
    return rows


def _by_epochs(case: Case, registry: plugins.Registry, data: LoadedData, images: Images) -> dict[str, list[Seconds]]:
    contenders = {
        "plain": plain(case, images),
        "train": in_process(case, registry, data),
        "loader": loader(case, images),
    }
    return _take_turns({name: lambda loop=loop: _epochs(loop, 1) for name, loop in contenders.items()}, case.epochs)


def _by_stretches(case: Case, images: Images, engine: EngineProcess) -> dict[str, list[Seconds]]:
    by_hand, by_loader = plain(case, images), loader(case, images)
    contenders: dict[str, Callable[[], Seconds]] = {
        "plain": lambda: _epochs(by_hand, case.epochs),
        "engine": lambda: engine.run(case.project(case.epochs)),
        "loader": lambda: _epochs(by_loader, case.epochs),
    }
    return _take_turns(contenders, STRETCHES)


def _take_turns(contenders: Mapping[str, Callable[[], Seconds]], turns: int) -> dict[str, list[Seconds]]:
    """Each contender's times, a turn each, the first (which warms up) left out; every other turn the other way round."""
    times: dict[str, list[Seconds]] = {name: [] for name in contenders}
    for turn in range(turns + 1):
        for name in list(contenders)[:: 1 if turn % 2 else -1]:
            seconds = contenders[name]()
            if turn:
                times[name].append(seconds)
    return times


def _epochs(loop: Iterator[None], count: int) -> Seconds:
    clock = Clock()
    for _ in range(count):
        next(loop)
    return clock.seconds()


def _rows(case: str, ours: str, mine: list[Seconds], times: dict[str, list[Seconds]]) -> Iterator[Row]:
    for other, reach in (("plain", 0.97), ("loader", 1.0)):
        cpu, wall = (
            statistics.median(theirs[kind] / each[kind] for theirs, each in zip(times[other], mine, strict=True))
            for kind in (0, 1)
        )
        sign, reached = ("≥", cpu >= reach) if other == "plain" else (">", cpu > reach)
        yield f"{case}, {ours} against {other}", f"{cpu:.3f} (wall {wall:.3f})", f"{sign} {reach:g}", reached


if __name__ == "__main__":
    for what, measured, reach, _ in measure():
        print(f"{what:32} {measured:24} {reach}")
