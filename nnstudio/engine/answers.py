"""What an engine answers to each request, with all that it keeps in memory between them."""

import gc
import os
import platform
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, cast

import numpy as np
import numpy.typing as npt
import torch

import nnstudio
from nnstudio import plugins
from nnstudio.data import DataInfo
from nnstudio.engine.codegen import model_code
from nnstudio.engine.from_code import draw
from nnstudio.engine.inspect import Inspector
from nnstudio.engine.loaded import DataMemory
from nnstudio.engine.piece_code import code_of
from nnstudio.engine.preview import preview
from nnstudio.engine.probe import probe
from nnstudio.engine.script import export_python
from nnstudio.engine.training import run
from nnstudio.events import Changed, Event
from nnstudio.experiments.bench import Bench
from nnstudio.experiments.initial import initial
from nnstudio.experiments.perform import perform
from nnstudio.plan import Code
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.check import check
from nnstudio.project.check_with_data import check_with_data
from nnstudio.project.project import Data, Project
from nnstudio.project.safe_json import is_table
from nnstudio.replies import Drawn, Ensembled, Exported, Hello, Inspected, NodeOutput, Prepared, Preview
from nnstudio.replies_experiments import Initial, Outcome
from nnstudio.train.checkpoint import load_weights
from nnstudio.train.control import Control
from nnstudio.train.data import LoadedData
from nnstudio.train.ensemble import ensemble
from nnstudio.train.fits import misfits
from nnstudio.train.run import Run, prepare

Value = Mapping[str, Any]


class Answers:
    """The engine without its pipes."""

    def __init__(self, loaded: plugins.Plugins, threads: int) -> None:
        self._plugins = loaded
        self._registry = loaded.registry
        self._threads = threads
        self._inspector = Inspector(loaded.registry)
        self._load = DataMemory(loaded.registry)
        self._by_type: Mapping[str, Callable[[Value], Any]] = {
            "hello": lambda value: self.hello(),
            "inspect": lambda value: self.inspect(_project(value)),
            "preview": self.preview,
            "prepare": lambda value: self.prepare(_project(value)),
            "probe": self.probe,
            "export": self.export,
            "initial": self.initial,
            "experiment": self.experiment,
            "ensemble": self.ensemble,
            "from_code": self.from_code,
            "code_of": self.code_of,
        }

    @classmethod
    def load(cls, plugins_folders: Sequence[Path], *, safe_mode: bool, threads: int) -> Self:
        torch.set_num_threads(threads)
        return cls(plugins.load(folders=plugins_folders, safe_mode=safe_mode), threads)

    def to(self, request: str, value: Value) -> Any:
        """The answer to `request`. Raises NNStudioError for what cannot be done."""
        answer = self._by_type.get(request)
        if answer is None:
            words = f"An engine of NNStudio {nnstudio.__version__} cannot '{request}'."
            remedy = f"It can {', '.join(self._by_type)}, train."
            raise NNStudioError(Problem("engine.unknown_request", words, remedy=remedy, place="run"))
        return answer(value)

    def hello(self) -> Hello:
        names = {"cpu": platform.processor() or platform.machine()}
        names |= {f"cuda:{index}": torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())}
        if torch.backends.mps.is_available():
            names["mps"] = "Apple GPU"
        return Hello(
            nnstudio=nnstudio.__version__,
            python=platform.python_version(),
            torch=torch.__version__,
            system=platform.platform(),
            pid=os.getpid(),
            threads=self._threads,
            devices=tuple(names),
            device_names=names,
            failed_plugins=tuple(info.name for info in self._plugins.infos if info.state == plugins.State.FAILED),
        )

    def warm_up(self) -> None:
        """Take a dummy step with each kind of thing that is slow the first time: a convolution, its gradient, an optimizer."""
        model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(2 * 6 * 6, 2))
        optimizer = torch.optim.Adam(model.parameters())
        loss = torch.nn.functional.cross_entropy(model(torch.zeros(2, 1, 8, 8)), torch.zeros(2, dtype=torch.long))
        loss.backward()  # pyright: ignore[reportUnknownMemberType]
        optimizer.step()  # pyright: ignore[reportUnknownMemberType]

    def inspect(self, project: Project) -> Inspected:
        with _no_collection():
            return self._inspect(project)

    def _inspect(self, project: Project) -> Inspected:
        info, data_problems = self._info(project.data)
        plan = self._inspector.inspect_project(project, info)
        code = model_code(project, plan, self._registry) if plan.nodes else Code("")
        problems = (*check(project, self._registry), *plan.problems, *data_problems)
        if info is not None:
            problems += (*check_with_data(project, info, plan), *misfits(project, self._registry, info, plan))
        return Inspected(plan, code, info, _distinct(problems))

    def _info(self, data: Data) -> tuple[DataInfo | None, tuple[Problem, ...]]:
        if self._registry.get("dataset", data.dataset.type) is None:
            return None, ()  # `check` says so
        try:
            loaded = self._load(data)
        except NNStudioError as error:
            return None, error.problems
        return loaded.info, loaded.problems

    def preview(self, value: Value) -> Preview:
        data, samples = value.get("data"), value.get("samples", 64)
        if not isinstance(data, Data) or type(samples) is not int or samples < 0:
            words = "A preview needs `data` and a number of `samples`."
            raise NNStudioError(Problem("engine.bad_request", words, place="data"))
        try:
            entries, seed = value.get("augmentations") or (), int(value.get("seed") or 0)
            return preview(data, self._registry, samples=samples, augmentations=entries, seed=seed, load=self._load)
        except NNStudioError as error:
            return Preview(None, problems=error.problems)

    def prepare(self, project: Project) -> Prepared:
        began = time.perf_counter()
        problems: tuple[Problem, ...] = ()
        try:
            self._ready_run(project)
        except NNStudioError as error:
            problems = error.problems
        return Prepared(time.perf_counter() - began, problems)

    def _ready_run(self, project: Project) -> Run:
        return prepare(project, self._registry, folder=None, resume=None, data=self._load(project.data))

    def probe(self, value: Value) -> Mapping[str, NodeOutput]:
        """Every node's output for some samples of a part, with the weights of a checkpoint or as they are before training."""
        run = self._ready_run(_project(value))
        compiled = run.network.compiled
        if value.get("checkpoint"):
            _take_weights(compiled.module, Path(value["checkpoint"]))
        rows = torch.from_numpy(_rows(run.data, value))  # pyright: ignore[reportUnknownMemberType]
        columns = {name: run.data.columns([name])[0] for name in (*compiled.input_fields, *compiled.targets)}
        batch = {name: column.select(rows) for name, column in columns.items()}
        targets = {name: batch[name] for name in compiled.targets} if value.get("gradients") else None
        try:
            return probe(compiled, {name: batch[name] for name in compiled.input_fields}, targets)
        except NNStudioError:
            raise
        except Exception as error:  # in a layer: the problem names it
            raise NNStudioError(compiled.problem(error)) from error

    def initial(self, value: Value) -> Initial:
        """The network's activations, gradients and weights before its first step."""
        samples = value.get("samples", 0)
        if type(samples) is not int or samples < 0:
            words = "A number of `samples` must be a whole number, 0 or more."
            raise NNStudioError(Problem("engine.bad_request", words, place="data"))
        return initial(_project(value), Bench(self._registry, self._load), samples)

    def experiment(self, value: Value) -> Outcome:
        """What an experiment of `nnstudio.experiments.table` finds."""
        project: Any = value.get("project")
        params: Any = value.get("params") or {}
        if not is_table(params) or not isinstance(project, Project | None):
            words = "An experiment needs its `id`, a `project` and a table of `params`."
            raise NNStudioError(Problem("engine.bad_request", words, place="run"))
        return perform(str(value.get("id")), project, params, Bench(self._registry, self._load))

    def ensemble(self, value: Value) -> Ensembled:
        """What the trained `runs` (folders, or files of checkpoints) reach on `part` when their predictions are averaged."""
        runs = value.get("runs")
        if not isinstance(runs, list | tuple):
            words = "An ensemble needs a list of `runs`."
            raise NNStudioError(Problem("engine.bad_request", words, place="run"))
        paths = [Path(str(run)) for run in cast("Sequence[Any]", runs)]
        return ensemble(paths, self._registry, part=str(value.get("part") or "validation"), load=self._load)

    def from_code(self, value: Value) -> Drawn:
        """The network that a snippet of PyTorch describes; its inputs are named after the fields of `data`, where that is given."""
        data = value.get("data")
        info = self._info(data)[0] if isinstance(data, Data) else None
        return draw(str(value.get("text") or ""), self._registry, info)

    def code_of(self, value: Value) -> Code:
        """A class with nothing but the `nodes` (flat ids) of the project."""
        project, nodes = _project(value), value.get("nodes") or ()
        info, _ = self._info(project.data)
        plan = self._inspector.inspect_project(project, info)
        return code_of(project, plan, self._registry, tuple(map(str, nodes)), info)

    def export(self, value: Value) -> Exported:
        project, folder = _project(value), Path(str(value.get("folder") or "."))
        try:
            files = export_python(project, self._registry, self._load(project.data), folder)
        except OSError as error:
            words = f"{error.filename or folder} cannot be written: {error.strerror or error}."
            problem = Problem("export.unwritable", words, remedy="Choose another folder.", place="file")
            raise NNStudioError(problem) from error
        return Exported(tuple(map(str, files)))

    def train(self, value: Value, control: Control) -> Iterator[Event]:
        folder, resume, fork = (Path(value[key]) if value.get(key) else None for key in ("folder", "resume", "fork"))
        return run(
            _project(value),
            self._registry,
            folder=folder,
            name=str(value.get("name", "")),
            resume=resume,
            fork=fork,
            changes=[made for made in value.get("changes") or () if isinstance(made, Changed)],
            control=control,
            load=self._load,
        )


def _project(value: Value) -> Project:
    project = value.get("project")
    if not isinstance(project, Project):
        raise NNStudioError(Problem("engine.bad_request", "The request brings no project.", place="run"))
    return project


def _rows(data: LoadedData, value: Value) -> npt.NDArray[np.int64]:
    """The samples to look at: those numbered `indices`, else the first `samples` of the part `part`."""
    if (chosen := value.get("indices")) is not None:
        rows = np.asarray(chosen, np.int64).ravel()
        if not len(rows) or rows.min() < 0 or rows.max() >= len(data.dataset):
            words = f"There are samples 0 … {len(data.dataset) - 1}; {rows.tolist()[:5]} is asked for."
            raise NNStudioError(Problem("engine.bad_request", words, place="data"))
        return rows
    return data.split.part(str(value.get("part") or "train"))[: int(value.get("samples") or 16)]


def _take_weights(module: torch.nn.Module, path: Path) -> None:
    try:
        module.load_state_dict(load_weights(path))
    except RuntimeError as error:
        words = f"The weights in {path} are of another network."
        remedy = "Open the project as it was in that run."
        raise NNStudioError(Problem("checkpoint.misfit", words, remedy=remedy, place="run")) from error


@contextmanager
def _no_collection() -> Generator[None]:
    """No search for garbage while much is made that stays: each would look at all there is of a large network."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _distinct(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Each thing once, though both the check and the data may have found it."""
    seen: dict[tuple[Any, ...], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.place, problem.node, problem.port, problem.param, problem.message), problem)
    return tuple(seen.values())
