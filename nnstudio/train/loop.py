"""How a network learns: the training loop, from a project to events.

What is random, and in which order (an exported script does the same and reaches the same numbers; "A run, exactly" in
docs/architecture.md says it in full). A part that the recipe does not use is not there, and draws nothing.
1. `torch.manual_seed(recipe.seed)`; 2. the module is built on the CPU; 3. the initializers go over `module.named_parameters()`, then over
`named_modules()`, then over the whole with the first batch; what rules freeze is frozen after that;
4. three generators of their own: order `manual_seed(seed)`, augmentation `seed + 1`, weight noise `seed + 2`; 5. each epoch takes
`torch.randperm(n, generator=order)` over the training part (not reshuffled: the first epoch's; not shuffled: its own order) and cuts it into
batches, the last one as short as it comes; 6. dropout draws from torch's own generator.
Looks at the network (validation, predictions, statistics) leave all of that alone.

One step (`_step`, `evaluate`): augmentation · weight noise added · forward · loss, which must be finite · penalties · gradients cleared ·
backward · noise taken away · clipping · η set · optimizer step · constraints · average.
One epoch (`Run.end_epoch`): its "train/…" are means over its samples as they were trained on; "validation/…" are measured at its end in batches
of `measure.BATCH`, with the average's weights once it has begun; then schedules and stop rules that answer to these values hear of them.
At a step's edge, and nowhere else: pauses, stops, live changes.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import torch

from nnstudio.events import Changed, Event, Failed, Finished, Paused, Resumed
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.train.changes import Replay, change
from nnstudio.train.control import Control
from nnstudio.train.data import LoadedData
from nnstudio.train.evaluate import Closure, evaluate
from nnstudio.train.mishap import failure
from nnstudio.train.network import Tensors
from nnstudio.train.run import Run, prepare
from nnstudio.train.watch import Watch


def train(
    project: Project,
    registry: Registry,
    *,
    folder: Path | None = None,
    resume: Path | None = None,
    fork: Path | None = None,
    changes: Sequence[Changed] = (),
    control: Control | None = None,
    data: LoadedData | None = None,
    threads: int | None = None,
) -> Iterator[Event]:
    """Train `project`; what happens comes as events, the last one being `Finished` or `Failed`.

    folder: of the run; its checkpoints go into `checkpoints/` there (None: none are kept). resume: a checkpoint, or the folder of a run
    whose last one is meant: goes on as if it had never stopped. fork: the same, "best" ones too, to begin a run of its own with the weights
    of (and with what the optimizer knew, where it is the same one). changes: made at the steps they name, as they were when told by an
    earlier run. data: already loaded, else the project's is. threads: torch's; None leaves them.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        run = prepare(project, registry, folder=folder, resume=resume, fork=fork, data=data)
    except NNStudioError as error:
        yield Failed(error.problems)
        return
    try:
        yield from _events(run, control or Control(), Replay(run, changes))
    except NNStudioError as error:
        yield Failed(error.problems, run.step)
    except Exception as error:
        problem = failure(run, error)
        if problem is None:
            raise
        yield Failed((problem,), run.step)


def _events(run: Run, control: Control, replay: Replay) -> Iterator[Event]:
    yield run.started()
    yield from (made for made in run.changes if made.step == run.step)  # a resumed run's, of this very edge
    watch = Watch(run)
    while not run.over:
        while run.in_epoch:
            if control.asks or run.step == replay.due:
                yield from _heed(run, control, replay)
                if control.stopped:
                    yield from run.keeper.save(now=True)
                    yield from watch.when_stopped()
                    yield Finished("stopped", run.step, run.epoch, run.values, run.clock.seconds)
                    return
            _step(run, *run.next_batch())
            if perf_counter() >= run.log.due:
                yield from run.log.take()
                yield from watch.look()
        yield from run.log.take()
        ended, measured = run.end_epoch()
        yield ended
        yield from watch.after_epoch(measured)
        if run.over:
            run.bring_back()
        yield from run.keeper.save(now=run.over)
    tested = run.measure("test")
    values = {f"test/{name}": value for name, value in tested.values.items()} if tested else {}
    reason = "early" if run.why else "done"
    yield Finished(reason, run.step, run.epoch, run.values | values, run.clock.seconds, run.why, run.restored)


def _step(run: Run, inputs: Tensors, targets: Tensors) -> None:
    """One optimizer step on a batch."""
    if run.average is not None:
        run.average.begin(run.network.module, run.epoch, run.epochs)
    if run.augmentation is not None:
        inputs, targets = run.augmentation(inputs, targets)
    if run.method.closure:
        rate = run.set_rate()
        closure = Closure(run, inputs, targets)
        run.optimizer.step(closure)  # type: ignore[arg-type]
        found = closure.result
    else:
        found = evaluate(run, inputs, targets)
        rate = run.set_rate()
        run.take_step()
    run.method.constrain()
    if run.average is not None:
        run.average.after_step()
    run.log.add(found.loss, rate, found.penalty, found.output, found.target)
    run.step += 1
    run.row += len(inputs[0])


def _heed(run: Run, control: Control, replay: Replay) -> Iterator[Event]:
    """Make the changes that were asked for, and wait where the run is paused."""
    yield from run.log.take()
    yield from replay.make()
    told = False
    while True:
        for path, value in control.take_changes():
            yield change(run, path, value)
        if control.paused and not told:
            told = True
            yield Paused(run.step)
            run.clock.pause()
        if control.wait():
            break
    if told:
        run.clock.go_on()
        if control.going:
            yield Resumed(run.step)
