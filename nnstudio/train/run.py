"""All that one run has in hand: network, data, optimizer, where it stands; and how it is made ready and kept."""

from collections.abc import Iterator, Mapping
from itertools import repeat
from pathlib import Path
from time import perf_counter

import torch

from nnstudio.engine.compile import compile_model
from nnstudio.events import CheckpointSaved, EpochEnded, RunStarted
from nnstudio.problems import NNStudioError, Problem, errors
from nnstudio.project.check_with_data import check_with_data
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.train import checkpoint, device, recipe
from nnstudio.train.checkpoint import Checkpoint, Position
from nnstudio.train.data import LoadedData, load_data
from nnstudio.train.measure import Measured, class_names, measure
from nnstudio.train.network import Network, Tensors
from nnstudio.train.steps import Clock, StepLog
from nnstudio.train.tensors import tensor_of

LONGEST_UNSAVED = (
    1.0  # seconds; shorter epochs share a checkpoint where writing one would cost more than 1 % of the time
)


class Run:
    """The state of a run; the loop moves it on. epoch, next_batch: what is done next; step: steps done."""

    def __init__(
        self,
        project: Project,
        registry: Registry,
        network: Network,
        data: LoadedData,
        where: torch.device,
        folder: Path | None,
    ) -> None:
        chosen = project.recipe
        self.project = project
        self.network = network
        self.data = data
        self.device = where
        self.folder = folder
        self.epochs = chosen.epochs
        self.batch_size = chosen.batch_size or len(data.split.train)
        self.steps_per_epoch = -(-len(data.split.train) // self.batch_size)
        self.optimizer = recipe.optimizer(network.module, chosen.optimizer, registry)
        self.metrics = recipe.metrics(chosen.metrics, network.main.spec, registry)
        self.clock = Clock()
        self.log = StepLog(self.metrics, 0, self.clock)
        self.epoch = self.next_batch = self.step = 0
        self.best = float("inf")
        self.values: dict[str, float] = {}  # of the last epoch
        self._rate = recipe.learning_rate(chosen, registry)
        self._penalties = recipe.penalties(chosen.regularizers, registry)
        self._trainable = [parameter for parameter in network.module.parameters() if parameter.requires_grad]
        self._weights: list[torch.Tensor] = [parameter for parameter in self._trainable if parameter.dim() >= 2]
        self._inputs = data.columns(network.compiled.input_fields, where)
        self._targets = data.columns(network.compiled.targets, where)
        self._train = tensor_of(data.split.train)
        self._generator = torch.Generator().manual_seed(chosen.seed)
        self._order_state = self._generator.get_state()  # as the epoch began
        self._saved_at = self._save_cost = 0.0
        self._best: Checkpoint | None = None  # waits to be written

    # ── a step ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def batches(self) -> Iterator[tuple[Tensors, Tensors]]:
        """This epoch's batches as (inputs, targets), from `next_batch` on."""
        self._order_state = self._generator.get_state()
        order = self._train
        if self.project.recipe.shuffle:
            order = order[torch.randperm(len(order), generator=self._generator)]
        order = order[self.next_batch * self.batch_size :].to(self.device)
        inputs = [column.batches(order, self.batch_size) for column in self._inputs]
        targets = [column.batches(order, self.batch_size) for column in self._targets]
        return zip(zip(*inputs, strict=True), zip(*targets, strict=True) if targets else repeat(()), strict=False)

    def inputs_of(self, indices: torch.Tensor) -> Tensors:
        """The inputs of the samples `indices`."""
        return tuple(column.select(indices) for column in self._inputs)

    def clear_gradients(self) -> None:
        """What `optimizer.zero_grad()` does, at a fortieth of its cost."""
        for parameter in self._trainable:
            parameter.grad = None

    def with_penalties(self, loss: torch.Tensor) -> tuple[torch.Tensor, float | None]:
        """(loss plus the recipe's penalties, their sum), or (loss, None) where there are none."""
        if not self._penalties or not self._weights:
            return loss, None
        penalties = [penalty(self._weights) for penalty in self._penalties]
        return sum(penalties, start=loss), sum(penalty.item() for penalty in penalties)

    def set_rate(self) -> float:
        """The learning rate of this step, told to the optimizer."""
        rate = self._rate(self.step, self.epochs * self.steps_per_epoch)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        return rate

    # ── an epoch ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def measure(self, part: str) -> Measured | None:
        """The whole of "validation" or "test"; None where it has no samples."""
        indices = self.data.split.part(part)
        if not len(indices):
            return None
        return measure(self.network, self.data, tensor_of(indices).to(self.device), self.metrics)

    def end_epoch(self) -> tuple[EpochEnded, Measured | None]:
        """Measure, compare with the best so far, and stand at the next epoch's beginning."""
        self.values = {f"train/{name}": value for name, value in self.log.means().items()}
        measured = self.measure("validation")
        if measured is not None:
            self.values |= {f"validation/{name}": value for name, value in measured.values.items()}
        loss = self.values["train/loss" if measured is None else "validation/loss"]
        is_best = loss < self.best
        ended = EpochEnded(self.epoch, self.step, self.values, is_best, self.clock.seconds)
        self.epoch, self.next_batch = self.epoch + 1, 0
        self._order_state = self._generator.get_state()
        if is_best:
            self.best = loss
            if self.folder is not None:
                self._best = Checkpoint(
                    self._position(), {name: value.clone() for name, value in self.network.module.state_dict().items()}
                )
        return ended, measured

    # ── checkpoints ───────────────────────────────────────────────────────────────────────────────────────────────────

    def save(self, *, now: bool = False) -> Iterator[CheckpointSaved]:
        """The last state, and the best one where it is new. Short epochs wait for each other, unless it must be `now`."""
        if self.folder is None:
            return
        began = perf_counter()
        if not now and began < self._saved_at + min(LONGEST_UNSAVED, 100 * self._save_cost):
            return
        last = Checkpoint(
            self._position(),
            self.network.module.state_dict(),
            self.optimizer.state_dict(),
            self._order_state,
            _random_state(self.device),
        )
        yield self._write("last", last)
        if self._best is not None:
            yield self._write("best", self._best)
            self._best = None
        self._saved_at = perf_counter()
        self._save_cost = self._saved_at - began

    def _write(self, name: str, state: Checkpoint) -> CheckpointSaved:
        assert self.folder is not None
        path = checkpoint.file_in(self.folder, name)
        try:
            checkpoint.save(path, state)
        except OSError as error:
            message = f"The checkpoint {path} cannot be written: {error.strerror or error}."
            remedy = "Make room or choose a folder where you may write."
            raise NNStudioError(Problem("checkpoint.unwritable", message, remedy=remedy, place="run")) from error
        return CheckpointSaved(str(path), state.position.step, state.position.epoch, best=name == "best")

    def _position(self) -> Position:
        return Position(
            self.epoch,
            self.next_batch,
            self.step,
            self.clock.seconds,
            self.best,
            dict(self.log.sums),
            dict(self.values),
        )

    def go_on_from(self, path: Path) -> None:
        """Stand where the checkpoint in `path` stands. Raises NNStudioError where it is of another network or optimizer."""
        state = checkpoint.load(path)
        try:
            if state.order is None:
                raise ValueError("it holds weights alone")
            self.network.module.load_state_dict(dict(state.weights))
            self.optimizer.load_state_dict(dict(state.optimizer))
        except (RuntimeError, ValueError, KeyError) as error:
            message = f"The run cannot go on from {path}: {error}"
            remedy = "The network and the optimizer must be those it was saved with; else train from the start."
            raise NNStudioError(Problem("checkpoint.misfit", message, remedy=remedy, place="run")) from error
        position = state.position
        self.epoch, self.next_batch, self.step = position.epoch, position.batch, position.step
        self.best, self.values = position.best, dict(position.values)
        self.clock = Clock(position.seconds)
        self.log = StepLog(self.metrics, self.step, self.clock)
        self.log.sums = dict(position.sums)
        self._generator.set_state(state.order)
        _set_random_state(state.random, self.device)

    def started(self) -> RunStarted:
        names = tuple(metric.name for metric in self.metrics)
        return RunStarted(
            self.folder.name if self.folder else "",
            str(self.folder or ""),
            str(self.device),
            self.epochs,
            self.steps_per_epoch,
            self.step,
            self.epoch,
            names,
            class_names(self.network, self.data),
            sum(parameter.numel() for parameter in self._trainable),
        )


def prepare(
    project: Project, registry: Registry, *, folder: Path | None, resume: Path | None, data: LoadedData | None
) -> Run:
    """A run ready to begin, or to go on from `resume`. Raises NNStudioError with what forbids it."""
    wrong = recipe.check(project.recipe)
    if wrong:
        raise NNStudioError(*wrong)
    where = device.choose(project.recipe.device)
    device.make_repeatable(where)
    loaded = data if data is not None else load_data(project.data, registry)
    torch.manual_seed(project.recipe.seed)  # pyright: ignore[reportUnknownMemberType]
    compiled = compile_model(project, registry, loaded.info)
    unfit = errors(check_with_data(project, loaded.info, compiled.plan))
    if unfit:
        raise NNStudioError(*unfit)
    recipe.initialize(compiled.module, project.recipe.initializer, registry)
    compiled.module.to(where).train()
    run = Run(project, registry, Network(compiled), loaded, where, folder)
    if resume is not None:
        run.go_on_from(resume)
    return run


def _random_state(where: torch.device) -> dict[str, torch.Tensor]:
    state = {"cpu": torch.get_rng_state()}
    if where.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(where)
    if where.type == "mps":
        state["mps"] = torch.mps.get_rng_state()
    return state


def _set_random_state(state: Mapping[str, torch.Tensor], where: torch.device) -> None:
    torch.set_rng_state(state["cpu"])
    if where.type == "cuda" and "cuda" in state:
        torch.cuda.set_rng_state(state["cuda"], where)
    if where.type == "mps" and "mps" in state:
        torch.mps.set_rng_state(state["mps"])
