"""What experiments work on: a network at its start and its training data, both left as they were found."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from nnstudio.engine.loaded import DataMemory
from nnstudio.problems import NNStudioError, errors
from nnstudio.project.check import check
from nnstudio.project.project import Data, Project
from nnstudio.registry import Registry
from nnstudio.train.data import LoadedData
from nnstudio.train.network import Tensors
from nnstudio.train.run import Run, prepare
from nnstudio.train.tensors import in_parts, tensor_of

Batch = tuple[Tensors, Tensors]
"""(inputs, targets) of some samples."""

_STATISTICS = (nn.modules.batchnorm._NormBase,)  # pyright: ignore[reportPrivateUsage]


class Bench:
    """Where an experiment gets things from. load: gives data, from memory where it is there already."""

    def __init__(self, registry: Registry, load: Callable[[Data], LoadedData] | None = None) -> None:
        self.registry = registry
        self.load = load or DataMemory(registry)

    def subject(self, project: Project, *, double: bool = False) -> "Subject":
        """The project's network before its first step. double: in 64 bit, for what differences of losses are taken of."""
        wrong = errors(check(project, self.registry))
        if wrong:
            raise NNStudioError(*wrong)
        run = prepare(project, self.registry, folder=None, resume=None, data=self.load(project.data))
        return Subject(run, double=double)


class Subject:
    """A network at its start with the data it would be trained on. All batches are plain: no augmentation."""

    def __init__(self, run: Run, *, double: bool = False) -> None:
        self.run = run
        self.network = run.network
        self.module = run.network.module.double() if double else run.network.module
        self.compiled = run.network.compiled
        self.optimizer = run.optimizer
        self._double = double
        self._inputs = run.data.columns(self.compiled.input_fields, run.device)
        self._targets = run.data.columns(self.compiled.targets, run.device)
        self.rows = tensor_of(run.data.split.train).to(run.device)

    def orders(self) -> Iterator[Tensor]:
        """The training part again and again, each time in a new order; the first is that of a run's first epoch."""
        generator = torch.Generator().manual_seed(self.run.project.recipe.seed)
        while True:
            order = torch.randperm(len(self.rows), generator=generator).to(self.rows.device)
            yield self.rows[order] if self.run.project.recipe.shuffle else self.rows

    @property
    def parameters(self) -> list[nn.Parameter]:
        """Those that are trained."""
        return [parameter for parameter in self.module.parameters() if parameter.requires_grad]

    @property
    def batch_size(self) -> int:
        return self.run.project.recipe.batch_size or len(self.rows)

    def first_batch(self, samples: int = 0) -> Batch:
        """The first `samples` of an epoch (0: the recipe's batch size)."""
        return self.batch(next(self.orders())[: samples or self.batch_size])

    def batch(self, rows: Tensor) -> Batch:
        inputs, targets = (
            [self._cast(column.select(rows)) for column in side] for side in (self._inputs, self._targets)
        )
        return tuple(inputs), tuple(targets)

    def batches(self, size: int = 0) -> Iterator[Batch]:
        """Batches without end (0: of the recipe's size)."""
        for order in self.orders():
            for rows in in_parts(order, size or self.batch_size):
                yield self.batch(rows)

    def _cast(self, values: Tensor) -> Tensor:
        return values.double() if self._double and values.is_floating_point() else values

    def loss(self, batch: Batch) -> Tensor:
        """The mean loss over a batch, without penalties."""
        inputs, targets = batch
        try:
            return self.network.loss(self.network.outputs(inputs), targets)
        except NNStudioError:
            raise
        except Exception as error:  # in a layer: the problem names it
            raise NNStudioError(self.compiled.problem(error)) from error

    def gradients(self, batch: Batch) -> list[Tensor]:
        """Of the loss, with respect to each of `parameters` (zeros where it does not reach)."""
        found = torch.autograd.grad(self.loss(batch), self.parameters, allow_unused=True, materialize_grads=True)
        return list(found)

    def step(self, batch: Batch, rate: float | None = None) -> float:
        """One step of the recipe's optimizer on a batch; the loss before it. rate: η of this step."""
        if rate is not None:
            set_rate(self.optimizer, rate)
        value = float("nan")

        def closure(backward: bool = True) -> Tensor:
            nonlocal value
            self.optimizer.zero_grad()
            loss = self.loss(batch)
            if backward:
                loss.backward()  # pyright: ignore[reportUnknownMemberType]
            if value != value:
                value = loss.item()
            return loss

        spec = self.run.network.compiled.registry.optimizers.get(self.run.project.recipe.optimizer.type)
        if spec is not None and spec.closure:
            self.optimizer.step(closure)  # type: ignore[arg-type]
        else:
            closure()
            self.optimizer.step()
        return value


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """η for all groups; a group that learns at a share of it (`lr_factor`) keeps its share."""
    for group in optimizer.param_groups:
        first = group.setdefault("initial_lr", group["lr"])
        base = optimizer.param_groups[0].get("initial_lr", first) or 1.0
        group["lr"] = rate * (first / base)


@contextmanager
def settled(module: nn.Module) -> Generator[None]:
    """Without what is random in training (dropout, noise), while batch norm still normalises with the batch's own statistics."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    for part in module.modules():
        if isinstance(part, _STATISTICS):
            part.training = True
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training
