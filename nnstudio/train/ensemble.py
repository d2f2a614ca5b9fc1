"""Several trained networks predict together: their probabilities (or values) are averaged, sample by sample.

Members may differ in anything but the data they are measured on: seeds, bootstraps, architectures, or checkpoints of one run (snapshots).
For a loss that is convex in what is averaged (squared error, the log loss of probabilities) the ensemble's loss is at most the mean of
its members' (Jensen's inequality).

Source: Breiman 1996 (bagging); Lakshminarayanan et al. 2017 (seeds); Huang et al. 2017 (snapshots).
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from nnstudio.problems import NNStudioError, Problem
from nnstudio.project import file
from nnstudio.project.project import Data, Project
from nnstudio.registry import Registry
from nnstudio.replies import PARTS, Ensembled
from nnstudio.train.checkpoint import file_in, load_weights
from nnstudio.train.data import LoadedData, load_data
from nnstudio.train.measure import Measured, measure
from nnstudio.train.network import Tensors
from nnstudio.train.run import Run, prepare
from nnstudio.train.tensors import tensor_of

TINY = 1e-300

Load = Callable[[Data], LoadedData]


def averaged(outputs: Sequence[torch.Tensor], decode: str) -> torch.Tensor:
    """The members' outputs of a loss as one, in float64: for "argmax" ln p̄ with p̄ = mean softmax(output) over axis 1; for "sigmoid"
    ln p̄ − ln(1 − p̄) with p̄ = mean sigmoid(output); else the mean. The loss and the metrics read it as they read a member's."""
    stacked = torch.stack([output.double() for output in outputs])
    match decode:
        case "argmax":
            return torch.softmax(stacked, 2).mean(0).clamp_min(TINY).log()
        case "sigmoid":
            share = torch.sigmoid(stacked).mean(0), torch.sigmoid(-stacked).mean(0)
            return share[0].clamp_min(TINY).log() - share[1].clamp_min(TINY).log()
        case _:
            return stacked.mean(0)


def ensemble(
    paths: Sequence[Path], registry: Registry, *, part: str = "validation", load: Load | None = None
) -> Ensembled:
    """What the networks in `paths` (folders of runs: their best checkpoint; or files of checkpoints in them) reach together on `part`.

    Raises NNStudioError where there are fewer than two, or they do not fit together.
    """
    if len(paths) < 2:
        raise _problem("An ensemble needs at least two members.", "Name more runs.")
    if part not in PARTS:
        raise _problem(f"There is no part '{part}'.", f"It is one of {', '.join(PARTS)}.")
    load = load or (lambda data: load_data(data, registry))
    first: Run | None = None
    measured: list[Measured] = []
    for path in paths:
        run = _trained(path, registry, load)
        rows = run.data.split.part(part)
        if not len(rows):
            raise _problem(f"The data has no {part} part.", "Choose another part.")
        if first is None:
            first = run
        elif not _fits(first, run, part):
            words = f"{path.name} was trained on other data, or another division of it, than {paths[0].name}."
            raise _problem(words, f"An ensemble's members need the same {part} part.")
        measured.append(measure(run.network, run.data, tensor_of(rows).to(run.device), run.metrics))
    assert first is not None
    if len({_form(item.outputs) for item in measured}) > 1:
        raise _problem(
            "The networks' outputs have different shapes.", "Average networks that answer the same question."
        )
    goals = {"loss": "min", **{metric.name: _goal(registry, metric.name) for metric in first.metrics}}
    single = tuple({name: item.values[name] for name in goals if name in item.values} for item in measured)
    shared = [name for name in goals if all(name in values for values in single)]
    together = _measure_together(first, [item.outputs for item in measured], measured[0].targets)
    names = tuple(_name(path) for path in paths)
    return Ensembled(
        part,
        names,
        tuple({name: values[name] for name in shared} for values in single),
        {name: together[name] for name in shared},
        {name: goals[name] for name in shared},
    )


def _measure_together(run: Run, outputs: Sequence[Tensors], targets: Tensors) -> dict[str, float]:
    """Loss and metrics of the averaged outputs: the main loss's by what its outputs mean, others by their mean."""
    network = run.network
    joined = tuple(
        averaged(members, network.main.spec.decode if index == network.main.output else "identity").to(members[0].dtype)
        for index, members in enumerate(zip(*outputs, strict=True))
    )
    with torch.inference_mode():
        values = {"loss": network.loss(joined, targets).item()}
        for metric in run.metrics:
            values[metric.name] = metric.per_sample(*network.compared(joined, targets)).mean(dtype=torch.float64).item()
    return values


def _trained(path: Path, registry: Registry, load: Load) -> Run:
    """The run at `path` with the weights of the checkpoint."""
    folder, checkpoint = members_of(path)
    project: Project | None
    project, problems = file.read(folder / "project.nns")
    if project is None:
        raise NNStudioError(*problems)
    run = prepare(project, registry, folder=None, resume=None, data=load(project.data))
    try:
        run.network.module.load_state_dict(load_weights(checkpoint))
    except RuntimeError as error:
        raise _problem(f"The weights in {checkpoint} are of another network.", "Train the run again.") from error
    return run


def members_of(path: Path) -> tuple[Path, Path]:
    """(folder of the run, file of its checkpoint) that `path` means: a run takes its best one, else its last."""
    if path.suffix == ".safetensors":
        return path.parent.parent, path
    best = file_in(path, "best")
    return path, best if best.is_file() else file_in(path, "last")


def _fits(first: Run, other: Run, part: str) -> bool:
    """Do both mean the same samples? Their training parts may differ (bagging)."""
    ours, theirs = first.project.data, other.project.data
    same = ours.dataset == theirs.dataset and first.network.compiled.targets == other.network.compiled.targets
    return same and np.array_equal(first.data.split.part(part), other.data.split.part(part))


def _form(outputs: Tensors) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(output.shape) for output in outputs)


def _goal(registry: Registry, name: str) -> str:
    return next((spec.goal for id, spec in registry.metrics.items() if id.rpartition(".")[2] == name), "max")


def _name(path: Path) -> str:
    return f"{path.parent.parent.name}/{path.stem}" if path.suffix == ".safetensors" else path.name


def _problem(message: str, remedy: str) -> NNStudioError:
    return NNStudioError(Problem("ensemble.misfit", message, remedy=remedy, place="run"))
