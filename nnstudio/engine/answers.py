"""What an engine answers to each request, with all that it keeps in memory between them."""

import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch

import nnstudio
from nnstudio import plugins
from nnstudio.data import DataInfo
from nnstudio.engine.codegen import module_code
from nnstudio.engine.compile import compile_model
from nnstudio.engine.inspect import Inspector
from nnstudio.engine.loaded import DataMemory
from nnstudio.engine.preview import preview
from nnstudio.engine.training import run
from nnstudio.events import Event
from nnstudio.plan import Code
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.check import check
from nnstudio.project.project import Data, Project
from nnstudio.replies import Hello, Inspected, Prepared, Preview
from nnstudio.train.control import Control

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
        info, data_problems = self._info(project.data)
        plan = self._inspector.inspect(project.graph, info)
        code = (
            module_code(project.graph, plan, self._registry, class_name=project.name)
            if plan.ready and plan.nodes
            else Code("")
        )
        problems = (*check(project, self._registry), *plan.problems, *data_problems)
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
            return preview(data, self._registry, samples=samples, load=self._load)
        except NNStudioError as error:
            return Preview(None, problems=error.problems)

    def prepare(self, project: Project) -> Prepared:
        began = time.perf_counter()
        problems: tuple[Problem, ...] = ()
        try:
            compile_model(project, self._registry, self._load(project.data).info)
        except NNStudioError as error:
            problems = error.problems
        return Prepared(time.perf_counter() - began, problems)

    def train(self, value: Value, control: Control) -> Iterator[Event]:
        folder, resume = (Path(value[key]) if value.get(key) else None for key in ("folder", "resume"))
        name = str(value.get("name", ""))
        return run(
            _project(value), self._registry, folder=folder, name=name, resume=resume, control=control, load=self._load
        )


def _project(value: Value) -> Project:
    project = value.get("project")
    if not isinstance(project, Project):
        raise NNStudioError(Problem("engine.bad_request", "The request brings no project.", place="run"))
    return project


def _distinct(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Each thing once, though both the check and the data may have found it."""
    seen: dict[tuple[Any, ...], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.place, problem.node, problem.port, problem.param, problem.message), problem)
    return tuple(seen.values())
