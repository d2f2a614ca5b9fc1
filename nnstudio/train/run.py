"""All that one run has in hand: network, data, optimizer, where it stands; and how it is made ready and moved on."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import repeat
from pathlib import Path
from typing import Any

import torch

from nnstudio.engine.compile import Compiled, compile_model
from nnstudio.events import Changed, EpochEnded, RunStarted
from nnstudio.problems import NNStudioError, errors
from nnstudio.project.check_with_data import check_with_data
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.train import device, keeping, recipe
from nnstudio.train.augment import augmentation
from nnstudio.train.average import Average
from nnstudio.train.course import Course
from nnstudio.train.data import LoadedData, load_data
from nnstudio.train.fits import misfits
from nnstudio.train.groups import Settings
from nnstudio.train.keeping import Keeper
from nnstudio.train.measure import Measured, class_names, measure
from nnstudio.train.method import Method
from nnstudio.train.network import Network, Tensors
from nnstudio.train.steps import Clock, StepLog
from nnstudio.train.tensors import tensor_of
from nnstudio.train.watchers import Watchers


class Run:
    """The state of a run; the loop moves it on. epoch: the one to do, of which `row` samples are done; step: steps done; total_steps: T.

    why: the reason of the rule that ended it, "" else; restored: the epoch whose weights it brought back.
    """

    def __init__(
        self,
        project: Project,
        registry: Registry,
        network: Network,
        data: LoadedData,
        where: torch.device,
        folder: Path | None,
    ) -> None:
        seed = project.recipe.seed
        self.project, self.registry, self.network, self.data, self.device = project, registry, network, data, where
        self.epoch = self.row = self.step = 0
        self.best = float("inf")
        self.values: dict[str, float] = {}  # of the last epoch
        self.why, self.restored = "", None
        self.changes: list[Changed] = []
        self.snapshots: dict[int, dict[str, torch.Tensor]] = {}  # weights that a stop rule may want back, by epoch
        # What is random, each with a generator of its own; dropout draws from torch's.
        self.generator, self.augmenting, self.disturbing = (
            torch.Generator().manual_seed(seed + offset) for offset in range(3)
        )
        self.order_state = self.generator.get_state()  # as the epoch began
        self._order: torch.Tensor | None = None
        self._batches: Iterator[tuple[Tensors, Tensors]] | None = None
        self._train = tensor_of(data.split.train)
        self.watchers = Watchers(project.recipe, registry)
        self.average: Average | None = None
        self.scaler = scaler(project, registry, where)
        self.metrics = recipe.metrics(project.recipe.metrics, network.main.spec, registry)
        self.settings = Settings(project.recipe, network.compiled)
        self.settings.freeze()
        self.optimizer = self.make_optimizer(project, self.settings)
        self.set_up(project, self.settings)
        self.clock = Clock()
        self.log = StepLog(self.metrics, 0, self.clock)
        self.keeper = Keeper(self, folder)

    # ── what the recipe makes of it ───────────────────────────────────────────────────────────────────────────────────

    def make_optimizer(self, project: Project, settings: Settings) -> torch.optim.Optimizer:
        return recipe.optimizer(self.network.module, project.recipe.optimizer, self.registry, settings.groups())

    def set_up(self, project: Project, settings: Settings) -> None:
        """Do from now on what the recipe of `project` says, as far as it can be changed in the middle; what has a memory keeps it."""
        chosen, registry = project.recipe, self.registry
        method = Method(chosen, registry, settings, self.disturbing)
        course = Course(chosen, registry, len(self._train))
        watchers = Watchers(chosen, registry, self.watchers)
        factor = recipe.rate_factor(chosen, registry, watchers.schedule)
        augment, inputs = augmentation(chosen, registry, self.network, self.data, self.device, self.augmenting)
        average = self.average
        if average is None and chosen.average.type and chosen.average.enabled:
            average = Average(chosen.average, registry)
        self.project, self.settings, self.method, self.course, self.watchers = (
            project,
            settings,
            method,
            course,
            watchers,
        )
        self.augmentation, self.average = augment, average
        self._inputs = inputs
        self._targets = self.data.columns(self.network.compiled.targets, self.device)
        self._factor, self._base_rate = factor, recipe.base_rate(chosen, registry)
        self._rates = [self._base_rate * group.lr_factor for group in settings.groups()]
        self._batches = None
        self.total_steps = self.step + course.left(self.epoch, self.row)

    @property
    def epochs(self) -> int:
        return self.course.epochs

    # ── a step ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def in_epoch(self) -> bool:
        """Are there samples left?"""
        return self.row < self.course.samples

    def next_batch(self) -> tuple[Tensors, Tensors]:
        """(inputs, targets), as they are in the data."""
        if self._batches is None:
            self._batches = self._cut()
        return next(self._batches)

    def _cut(self) -> Iterator[tuple[Tensors, Tensors]]:
        """What is left of this epoch, in batches."""
        if self._order is None:
            self._order = self._shuffled()
        size = self.course.batch_size(self.epoch)
        order = self._order[self.row :].to(self.device)
        inputs = [column.batches(order, size) for column in self._inputs]
        targets = [column.batches(order, size) for column in self._targets]
        return zip(zip(*inputs, strict=True), zip(*targets, strict=True) if targets else repeat(()), strict=False)

    def _shuffled(self) -> torch.Tensor:
        chosen = self.project.recipe
        if not chosen.shuffle:
            return self._train
        if not chosen.reshuffle:
            self.generator.manual_seed(chosen.seed)
        self.order_state = self.generator.get_state()
        return self._train[torch.randperm(len(self._train), generator=self.generator)]

    def set_rate(self) -> float:
        """The learning rate of this step, told to the optimizer; gives the one of nodes without a factor of their own."""
        factor = self._factor(self.step, self.total_steps)
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor
        return self._base_rate * factor

    def take_step(self) -> None:
        if self.scaler is None:
            self.optimizer.step()
        else:
            self.scaler.step(self.optimizer)
            self.scaler.update()

    def inputs_of(self, indices: torch.Tensor) -> Tensors:
        """The inputs of the samples `indices`, without augmentation."""
        return tuple(
            column.select(indices) for column in self.data.columns(self.network.compiled.input_fields, self.device)
        )

    # ── an epoch ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def in_use(self) -> AbstractContextManager[None]:
        """With the weights in place that the network is used by: the average's, once it has begun."""
        return nullcontext() if self.average is None else self.average.in_place()

    def measure(self, part: str) -> Measured | None:
        """The whole of "validation" or "test"; None where it has no samples."""
        indices = self.data.split.part(part)
        if not len(indices):
            return None
        with self.in_use():
            return measure(self.network, self.data, tensor_of(indices).to(self.device), self.metrics)

    def end_epoch(self) -> tuple[EpochEnded, Measured | None]:
        """Measure, ask the watchers, compare with the best so far, and stand at the next epoch's beginning."""
        if self.average is not None:
            self.average.after_epoch()
        self.values = {f"train/{name}": value for name, value in self.log.means().items()}
        measured = self.measure("validation")
        if measured is not None:
            self.values |= {f"validation/{name}": value for name, value in measured.values.items()}
        loss = self.values["train/loss" if measured is None else "validation/loss"]
        is_best = loss < self.best
        self.best = min(loss, self.best)
        ended = EpochEnded(self.epoch, self.step, self.values, is_best, self.clock.seconds)
        self._ask_watchers()
        self.epoch, self.row = self.epoch + 1, 0
        self._order = self._batches = None
        self.order_state = self.generator.get_state()
        if is_best:
            self.keeper.note_best()
        return ended, measured

    def _ask_watchers(self) -> None:
        self.why, watcher = self.watchers.ended(self.epoch, self.values)
        wanted = self.watchers.wanted_epochs
        self.snapshots = {epoch: weights for epoch, weights in self.snapshots.items() if epoch in wanted}
        if self.epoch in wanted:
            self.snapshots[self.epoch] = self.weights_in_use()
        if watcher is not None and watcher.best_epoch in self.snapshots:
            self.restored = watcher.best_epoch

    def weights_in_use(self) -> dict[str, torch.Tensor]:
        with self.in_use():
            return {name: value.clone() for name, value in self.network.module.state_dict().items()}

    @property
    def over(self) -> bool:
        return bool(self.why) or self.epoch >= self.epochs

    def bring_back(self) -> None:
        """The weights that the rule wants which ended the run, where it wants some."""
        if self.restored is not None:
            self.network.module.load_state_dict(self.snapshots[self.restored])
            self.average = None  # they were its

    def started(self) -> RunStarted:
        names = tuple(metric.name for metric in self.metrics)
        return RunStarted(
            self.keeper.folder.name if self.keeper.folder else "",
            str(self.keeper.folder or ""),
            str(self.device),
            self.epochs,
            self.course.steps(min(self.epoch, self.epochs - 1)),
            self.step,
            self.epoch,
            names,
            class_names(self.network, self.data),
            sum(parameter.numel() for parameter in self.settings.trainable.values()),
            self.total_steps,
        )


def prepare(
    project: Project,
    registry: Registry,
    *,
    folder: Path | None = None,
    resume: Path | None = None,
    fork: Path | None = None,
    data: LoadedData | None = None,
) -> Run:
    """A run ready to begin, to go on from `resume`, or to begin with the weights of `fork`. Raises NNStudioError with what forbids it."""
    wrong = recipe.check(project.recipe)
    if wrong:
        raise NNStudioError(*wrong)
    where = device.choose(project.recipe.device)
    device.make_repeatable(where)
    loaded = data if data is not None else load_data(project.data, registry)
    torch.manual_seed(project.recipe.seed)  # pyright: ignore[reportUnknownMemberType]
    compiled = compile_model(project, registry, loaded.info)
    against = check_with_data(project, loaded.info, compiled.plan)
    unfit = errors((*against, *misfits(project, registry, loaded.info, compiled.plan)))
    if unfit:
        raise NNStudioError(*unfit)
    _initialize(project, registry, compiled, loaded)
    compiled.module.to(where).train()
    run = Run(project, registry, network_of(compiled, project), loaded, where, folder)
    if resume is not None:
        keeping.go_on_from(run, resume)
    elif fork is not None:
        keeping.begin_from(run, fork)
    return run


def _initialize(project: Project, registry: Registry, compiled: Compiled, data: LoadedData) -> None:
    first = tensor_of(data.split.train[: project.recipe.batch_size or len(data.split.train)])
    recipe.initialize(
        compiled.module,
        project.recipe.initializer,
        registry,
        of=Settings(project.recipe, compiled).initializer,
        inputs=tuple(column.select(first) for column in data.columns(compiled.input_fields)),
    )


def network_of(compiled: Compiled, project: Project) -> Network:
    return Network(compiled, precision=project.recipe.precision, compile=project.recipe.compile)


def scaler(project: Project, registry: Registry, where: torch.device) -> Any:
    """What keeps small float16 gradients from vanishing; None where there is no need."""
    if project.recipe.precision != "float16" or where.type != "cuda":
        return None
    return torch.amp.GradScaler("cuda")
