"""What is kept of a run, and how one goes on from it, or begins with it: between `Run` and `checkpoint`."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch

from nnstudio.events import Changed, CheckpointSaved
from nnstudio.problems import NNStudioError, Problem
from nnstudio.train import changes, checkpoint
from nnstudio.train.checkpoint import Checkpoint, Position
from nnstudio.train.steps import Clock, StepLog

if TYPE_CHECKING:
    from nnstudio.train.run import Run

LONGEST_UNSAVED = (
    1.0  # seconds; shorter epochs share a checkpoint where writing one would cost more than 1 % of the time
)


class Keeper:
    """Writes a run's checkpoints. folder: of the run; None: nothing is kept."""

    def __init__(self, run: "Run", folder: Path | None) -> None:
        self.folder = folder
        self._run = run
        self._saved_at = self._cost = 0.0
        self._best: Checkpoint | None = None  # waits to be written

    def note_best(self) -> None:
        """This epoch was the best so far."""
        if self.folder is not None:
            self._best = Checkpoint(position(self._run), self._run.weights_in_use())

    def save(self, *, now: bool = False) -> Iterator[CheckpointSaved]:
        """The last state, and the best one where it is new. Short epochs wait for each other, unless it must be `now`."""
        if self.folder is None:
            return
        began = perf_counter()
        if not now and began < self._saved_at + min(LONGEST_UNSAVED, 100 * self._cost):
            return
        yield self._write("last", state(self._run))
        if self._best is not None:
            yield self._write("best", self._best)
            self._best = None
        self._saved_at = perf_counter()
        self._cost = self._saved_at - began

    def _write(self, name: str, kept: Checkpoint) -> CheckpointSaved:
        assert self.folder is not None
        path = checkpoint.file_in(self.folder, name)
        try:
            checkpoint.save(path, kept)
        except OSError as error:
            message = f"The checkpoint {path} cannot be written: {error.strerror or error}."
            remedy = "Make room or choose a folder where you may write."
            raise NNStudioError(Problem("checkpoint.unwritable", message, remedy=remedy, place="run")) from error
        return CheckpointSaved(str(path), kept.position.step, kept.position.epoch, best=name == "best")


def position(run: "Run") -> Position:
    made = [{"step": c.step, "path": c.path, "before": c.before, "after": c.after} for c in run.changes]
    return Position(
        run.epoch, run.row, run.step, run.clock.seconds, run.best, dict(run.log.sums), dict(run.values), made
    )


def state(run: "Run") -> Checkpoint:
    """All of the run."""
    averages = run.average is not None and run.average.begun
    rest: dict[str, Any] = {
        "optimizer": run.project.recipe.optimizer.type,
        "augmenting": run.augmenting.get_state(),
        "disturbing": run.disturbing.get_state(),
        "watchers": run.watchers.state(),
        "snapshots": run.snapshots,
        "average": run.average.state() if run.average is not None and averages else None,
        "scaler": None if run.scaler is None else run.scaler.state_dict(),
    }
    with run.in_use():
        weights = run.network.module.state_dict()
    return Checkpoint(
        position(run), weights, run.optimizer.state_dict(), run.order_state, random_state(run.device), rest
    )


def go_on_from(run: "Run", path: Path) -> None:
    """Stand where the checkpoint in `path` stands. Raises NNStudioError where it is of another network or optimizer."""
    kept = checkpoint.load(path)
    stands = kept.position
    for change in stands.changes:
        changes.repeat(run, Changed(change["step"], change["path"], change["before"], change["after"]))
    try:
        if kept.order is None:
            raise ValueError("it holds weights alone")
        if kept.rest["optimizer"] != run.project.recipe.optimizer.type:
            raise ValueError(f"it was saved with the optimizer {kept.rest['optimizer']}")
        run.network.module.load_state_dict(dict(kept.weights))
        run.optimizer.load_state_dict(dict(kept.optimizer))
        _take_rest(run, kept.rest)
    except (RuntimeError, ValueError, KeyError) as error:
        raise _misfit(path, "The run cannot go on from", error) from error
    run.epoch, run.row, run.step = stands.epoch, stands.row, stands.step
    run.best, run.values = stands.best, dict(stands.values)
    run.clock = Clock(stands.seconds)
    run.log = StepLog(run.metrics, run.step, run.clock)
    run.log.sums = dict(stands.sums)
    run.generator.set_state(kept.order)
    run.order_state = kept.order
    run.set_up(run.project, run.settings)  # T counts from here
    set_random_state(kept.random, run.device)


def _take_rest(run: "Run", rest: Mapping[str, Any]) -> None:
    run.augmenting.set_state(rest["augmenting"])
    run.disturbing.set_state(rest["disturbing"])
    run.watchers.set_state(rest["watchers"])
    run.snapshots = dict(rest["snapshots"])
    if run.average is not None and rest["average"] is not None:
        run.average.set_state(rest["average"], run.network.module)
    if run.scaler is not None and rest["scaler"] is not None:
        run.scaler.load_state_dict(rest["scaler"])


def begin_from(run: "Run", path: Path) -> None:
    """Take over the weights of the checkpoint in `path`, and what the optimizer knew where that fits; all else begins anew.

    Raises NNStudioError where it is of another network.
    """
    kept = checkpoint.load(path)
    try:
        run.network.module.load_state_dict(dict(kept.weights))
    except RuntimeError as error:
        raise _misfit(path, "A run cannot begin from", error) from error
    mine = run.optimizer.state_dict()
    same = kept.rest.get("optimizer") == run.project.recipe.optimizer.type
    if same and _members(mine) == _members(kept.optimizer):
        run.optimizer.load_state_dict({**mine, "state": kept.optimizer["state"]})


def _members(optimizer: Mapping[str, Any]) -> list[Any]:
    return [group["params"] for group in optimizer.get("param_groups", ())]


def _misfit(path: Path, words: str, error: Exception) -> NNStudioError:
    remedy = "The network and the optimizer must be those it was saved with; else train from the start."
    return NNStudioError(Problem("checkpoint.misfit", f"{words} {path}: {error}", remedy=remedy, place="run"))


def random_state(where: torch.device) -> dict[str, torch.Tensor]:
    found = {"cpu": torch.get_rng_state()}
    if where.type == "cuda":
        found["cuda"] = torch.cuda.get_rng_state(where)
    if where.type == "mps":
        found["mps"] = torch.mps.get_rng_state()
    return found


def set_random_state(found: Mapping[str, torch.Tensor], where: torch.device) -> None:
    torch.set_rng_state(found["cpu"])
    if where.type == "cuda" and "cuda" in found:
        torch.cuda.set_rng_state(found["cuda"], where)
    if where.type == "mps" and "mps" in found:
        torch.mps.set_rng_state(found["mps"])
