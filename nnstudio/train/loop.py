"""How a network learns: the training loop, from a project to events.

What is random, and in which order (an exported script does the same and reaches the same numbers):
1. `torch.manual_seed(recipe.seed)`; 2. the module is built on the CPU; 3. the initializer goes over `module.named_parameters()`;
4. `generator = torch.Generator().manual_seed(recipe.seed)`; 5. each epoch takes `torch.randperm(n, generator=generator)` over the training
part (without shuffling: its own order) and cuts it into batches, the last one as short as it comes; 6. dropout draws from torch's own
generator. Looks at the network (validation, predictions, statistics) leave all of that alone.
One step: forward, loss, zero_grad, backward of loss + penalties, η set for this step, optimizer step.
An epoch's "train/…" are means over its samples as they were trained on; "validation/…" are measured at its end in batches of `measure.BATCH`.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import torch

from nnstudio.events import Event, Failed, Finished, Paused, Resumed
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.train.control import Control
from nnstudio.train.data import LoadedData
from nnstudio.train.mishap import failure, not_finite
from nnstudio.train.network import Tensors
from nnstudio.train.run import Run, prepare
from nnstudio.train.watch import Watch


def train(
    project: Project,
    registry: Registry,
    *,
    folder: Path | None = None,
    resume: Path | None = None,
    control: Control | None = None,
    data: LoadedData | None = None,
    threads: int | None = None,
) -> Iterator[Event]:
    """Train `project`; what happens comes as events, the last one being `Finished` or `Failed`.

    folder: of the run; its checkpoints go into `checkpoints/` there (None: none are kept). resume: a checkpoint, or the folder of a run
    whose last one is meant: goes on as if it had never stopped. data: already loaded, else the project's is. threads: torch's; None leaves them.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        run = prepare(project, registry, folder=folder, resume=resume, data=data)
    except NNStudioError as error:
        yield Failed(error.problems)
        return
    try:
        yield from _events(run, control or Control())
    except NNStudioError as error:
        yield Failed(error.problems, run.step)
    except Exception as error:
        problem = failure(run, error)
        if problem is None:
            raise
        yield Failed((problem,), run.step)


def _events(run: Run, control: Control) -> Iterator[Event]:
    yield run.started()
    watch = Watch(run)
    while run.epoch < run.epochs:
        for inputs, targets in run.batches():
            if control.asks:
                yield from _heed(run, control)
                if control.stopped:
                    yield from run.save(now=True)
                    yield Finished("stopped", run.step, run.epoch, run.values, run.clock.seconds)
                    return
            _step(run, inputs, targets)
            if perf_counter() >= run.log.due:
                yield from run.log.take()
                yield from watch.look()
        yield from run.log.take()
        ended, measured = run.end_epoch()
        yield ended
        yield from watch.after_epoch(measured)
        yield from run.save(now=run.epoch == run.epochs)
    tested = run.measure("test")
    values = {f"test/{name}": value for name, value in tested.values.items()} if tested else {}
    yield Finished("done", run.step, run.epoch, run.values | values, run.clock.seconds)


def _step(run: Run, inputs: Tensors, targets: Tensors) -> None:
    """One optimizer step on a batch."""
    outputs = run.network.outputs(inputs)
    loss = run.network.loss(outputs, targets)
    value = loss.item()
    if not math.isfinite(value):
        raise NNStudioError(not_finite(run, inputs, value))
    run.clear_gradients()
    total, penalty = run.with_penalties(loss)
    total.backward()  # pyright: ignore[reportUnknownMemberType]
    rate = run.set_rate()
    run.optimizer.step()
    run.log.add(value, rate, penalty, *run.network.compared(outputs, targets))
    run.step += 1
    run.next_batch += 1


def _heed(run: Run, control: Control) -> Iterator[Event]:
    """Tell what was done, and wait where the run is paused."""
    yield from run.log.take()
    if not control.paused:
        control.wait()  # takes a single step from the count
        return
    yield Paused(run.step)
    run.clock.pause()
    control.wait()
    run.clock.go_on()
    if not control.asks:
        yield Resumed(run.step)
