"""Changes while it trains: checked, made at a step's edge, told as `Changed`, and made again when the run is repeated."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch

from nnstudio.engine.compile import compile_model
from nnstudio.events import Changed
from nnstudio.problems import NNStudioError, Problem, errors
from nnstudio.project.check import check
from nnstudio.project.check_with_data import check_with_data
from nnstudio.project.edits import apply
from nnstudio.project.project import Project
from nnstudio.project.setting import setting, value_of
from nnstudio.train.fits import misfits
from nnstudio.train.groups import Settings

if TYPE_CHECKING:
    from nnstudio.train.run import Run

LIVE = frozenset(
    {
        *(
            "epochs",
            "batch_size",
            "batch_schedule",
            "accumulate",
            "augmentations",
            "regularizers",
            "noise",
            "gradients",
        ),
        *("optimizer", "warmup_steps", "schedule", "constraints", "stops", "rules"),
    }
)
"""What of a recipe can be changed in the middle of a run. The rest decided how it began."""


def change(run: "Run", path: str, value: Any) -> Changed:
    """Set what `path` names to `value` from the next step on. Where that cannot be, nothing changes, and the event says why."""
    before: Any = None
    try:
        before = value_of(run.project, run.registry, path)
        _make(run, path, value)
    except NNStudioError as error:
        return Changed(run.step, path, before, before, error.problems[0], run.total_steps)
    made = Changed(run.step, path, before, value_of(run.project, run.registry, path), total_steps=run.total_steps)
    run.changes.append(made)
    return made


def repeat(run: "Run", made: Changed) -> None:
    """Make a change again that was made before, and is known to be sound."""
    _make(run, made.path, made.after)
    run.changes.append(made)


class Replay:
    """Recorded changes that are still to come. due: the step before which the next one is made, −1 where there is none."""

    def __init__(self, run: "Run", recorded: Sequence[Changed]) -> None:
        known = {(made.step, made.path) for made in run.changes}
        ahead = (made for made in recorded if made.problem is None and made.step >= run.step)
        self._run = run
        self._ahead = sorted(
            (made for made in ahead if (made.step, made.path) not in known), key=lambda made: made.step
        )
        self.due = self._ahead[0].step if self._ahead else -1

    def make(self) -> Iterator[Changed]:
        """Those that are due."""
        while self._ahead and self._ahead[0].step == self._run.step:
            made = self._ahead.pop(0)
            yield change(self._run, made.path, made.after)
        self.due = self._ahead[0].step if self._ahead else -1


def _make(run: "Run", path: str, value: Any) -> None:
    """Raises NNStudioError where it cannot be made; the run then is as it was."""
    project = apply(run.project, setting(run.project, run.registry, path, value))
    _refuse_what_is_over(run, project)
    compiled = run.network.compiled
    found = (
        *check(project, run.registry),
        *check_with_data(project, run.data.info, compiled.plan),
        *misfits(project, run.registry, run.data.info, compiled.plan),
    )
    if problems := errors(found):
        raise NNStudioError(*problems)
    before = run.project, run.network
    try:
        if project.flat != run.project.flat:
            _rebuild(run, project)
        _adopt(run, project)
    except NNStudioError:
        run.network = before[1]
        _adopt(run, before[0])
        raise


def _refuse_what_is_over(run: "Run", project: Project) -> None:
    old, new = run.project.recipe, project.recipe
    changed = [name for name in vars(old) if getattr(old, name) != getattr(new, name)]
    name = next((name for name in changed if name not in LIVE), "")
    if project.data != run.project.data:
        name = "data"
    if old.optimizer.type != new.optimizer.type:
        name = "optimizer"
    if name:
        message = f"'{name}' cannot be changed while it trains."
        remedy = "Stop the run and fork it: the fork begins with its weights."
        raise NNStudioError(Problem("change.over", message, remedy=remedy, param=name, place="recipe"))
    if new.epochs <= run.epoch:
        message = f"The run is in epoch {run.epoch + 1} already; {new.epochs} cannot be all."
        remedy = f"Choose {run.epoch + 1} or more, or stop the run."
        raise NNStudioError(Problem("change.over", message, remedy=remedy, param="epochs", place="recipe"))


def _adopt(run: "Run", project: Project) -> None:
    """Go by the recipe of `project` from now on. The optimizer keeps what it knows of each weight."""
    settings = Settings(project.recipe, run.network.compiled)
    settings.freeze()
    before = run.project.recipe
    if (before.optimizer, before.rules) != (project.recipe.optimizer, project.recipe.rules):
        optimizer = run.make_optimizer(project, settings)
        old, new = (list(_members(each)) for each in (run.optimizer, optimizer))
        if not run.method.closure or list(map(id, old)) == list(map(id, new)):  # else it knows of all weights as one
            optimizer.state.update(
                {weight: run.optimizer.state[weight] for weight in new if weight in run.optimizer.state}
            )
        run.optimizer = optimizer
    run.set_up(project, settings)


def _members(optimizer: torch.optim.Optimizer) -> Iterator[torch.Tensor]:
    for group in optimizer.param_groups:
        yield from group["params"]


def _rebuild(run: "Run", project: Project) -> None:
    """The network of the changed graph, with the weights that there are. Raises NNStudioError where these do not fit it."""
    from nnstudio.train.run import network_of

    old = run.network
    gpus = [run.device] if run.device.type == "cuda" else []
    with torch.random.fork_rng(gpus):  # pyright: ignore[reportUnknownMemberType]
        compiled = compile_model(project, run.registry, run.data.info)
    new = compiled.module.to(run.device).train()
    fits = compiled.input_fields == old.compiled.input_fields and compiled.targets == old.compiled.targets
    try:
        if not fits:
            raise RuntimeError("it reads other data")
        new.load_state_dict(old.module.state_dict(keep_vars=True), assign=True)
        if any(mine is not its for mine, its in zip(new.parameters(), old.module.parameters(), strict=True)):
            raise RuntimeError("its weights are others")
    except (RuntimeError, ValueError) as error:
        message = f"This changes the network's weights: {str(error).strip().splitlines()[0]}"
        remedy = "Stop the run, change it then, and train again."
        raise NNStudioError(Problem("change.weights", message, remedy=remedy, place="model")) from error
    run.network = network_of(compiled, project)
