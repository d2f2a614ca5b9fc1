"""Weights to experiment on: of a checkpoint, or trained now by the whole recipe, at the end or after each epoch."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from nnstudio.events import EpochEnded, Failed
from nnstudio.experiments.bench import Bench, Subject
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.train.checkpoint import load_weights
from nnstudio.train.control import Control
from nnstudio.train.data import LoadedData
from nnstudio.train.loop import train

Weights = Mapping[str, Tensor]


def from_checkpoint(subject: Subject, path: str) -> None:
    """Give the subject the weights of a checkpoint, or of the folder of a run. Raises NNStudioError where they are of another network."""
    try:
        subject.module.load_state_dict(load_weights(Path(path)))
    except RuntimeError as error:
        message = f"The weights in {path} are of another network."
        remedy = "Open the project as it was in that run."
        raise NNStudioError(Problem("checkpoint.misfit", message, remedy=remedy, place="run")) from error


def trained(project: Project, bench: Bench, data: LoadedData | None = None) -> Weights:
    """The weights at the end of a run of the recipe. Raises NNStudioError where it fails."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for event in train(project, bench.registry, folder=folder, data=data or bench.load(project.data)):
            if isinstance(event, Failed):
                raise NNStudioError(*event.problems)
        return load_weights(folder)


def after_each_epoch(project: Project, bench: Bench) -> Iterator[Weights]:
    """The weights after every epoch of a run: it is stopped there, looked at, and goes on as if it had not been."""
    data = bench.load(project.data)
    with tempfile.TemporaryDirectory() as name:
        folder, resume = Path(name), None
        for _ in range(project.recipe.epochs):
            control = Control()
            for event in train(project, bench.registry, folder=folder, resume=resume, control=control, data=data):
                if isinstance(event, Failed):
                    raise NNStudioError(*event.problems)
                if isinstance(event, EpochEnded):
                    control.stop()
            yield load_weights(folder)
            resume = folder


def shortened(project: Project, epochs: int) -> Project:
    """With `epochs` passes instead of the recipe's; 0 leaves them."""
    return replace(project, recipe=replace(project.recipe, epochs=epochs)) if epochs else project
