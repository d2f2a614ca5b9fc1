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
from nnstudio.data import DataError, DataInfo
from nnstudio.engine.codegen import module_code
from nnstudio.engine.compile import compile_model
from nnstudio.engine.inspect import Inspector
from nnstudio.engine.training import run
from nnstudio.events import Event
from nnstudio.plan import Code
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.check import check
from nnstudio.project.project import Data, Project
from nnstudio.replies import Hello, Inspected, Prepared
from nnstudio.train.control import Control
from nnstudio.train.data import load_data


class Answers:
    """The engine without its pipes."""

    def __init__(self, loaded: plugins.Plugins, threads: int) -> None:
        self._plugins = loaded
        self._registry = loaded.registry
        self._threads = threads
        self._inspector = Inspector(loaded.registry)
        self._by_type: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "hello": lambda value: self.hello(),
            "inspect": lambda value: self.inspect(_project(value)),
            "prepare": lambda value: self.prepare(_project(value)),
        }

    @classmethod
    def load(cls, plugins_folders: Sequence[Path], *, safe_mode: bool, threads: int) -> Self:
        torch.set_num_threads(threads)
        return cls(plugins.load(folders=plugins_folders, safe_mode=safe_mode), threads)

    def to(self, request: str, value: Mapping[str, Any]) -> Any:
        """The answer to `request`. Raises NNStudioError for what cannot be done."""
        answer = self._by_type.get(request)
        if answer is None:
            words = f"An engine of NNStudio {nnstudio.__version__} cannot '{request}'."
            raise NNStudioError(
                Problem(
                    "engine.unknown_request", words, remedy=f"It can {', '.join(self._by_type)}, train.", place="run"
                )
            )
        return answer(value)

    def hello(self) -> Hello:
        names = {"cpu": platform.processor() or platform.machine()}
        names |= {f"cuda:{index}": torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())}
        if torch.backends.mps.is_available():
            names["mps"] = "Apple GPU"
        failed = tuple(info.name for info in self._plugins.infos if info.state == plugins.State.FAILED)
        python, system = platform.python_version(), platform.platform()
        return Hello(
            nnstudio.__version__,
            python,
            torch.__version__,
            system,
            os.getpid(),
            self._threads,
            tuple(names),
            names,
            failed,
        )

    def warm_up(self) -> None:
        """Take a dummy step with each kind of thing that is slow the first time: a convolution, its gradient, an optimizer."""
        model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(2 * 6 * 6, 2))
        optimizer = torch.optim.Adam(model.parameters())
        torch.nn.functional.cross_entropy(model(torch.zeros(2, 1, 8, 8)), torch.zeros(2, dtype=torch.long)).backward()
        optimizer.step()

    def inspect(self, project: Project) -> Inspected:
        info, data_problems = self._info(project.data)
        plan = self._inspector.inspect(project.graph, info)
        code = module_code(project.graph, plan, self._registry) if plan.ready and plan.nodes else Code("")
        return Inspected(plan, code, info, _distinct((*check(project, self._registry), *plan.problems, *data_problems)))

    def _info(self, data: Data) -> tuple[DataInfo | None, tuple[Problem, ...]]:
        if not data.dataset.type or self._registry.get("dataset", data.dataset.type) is None:
            return None, ()  # `check` says so
        try:
            return load_data(data, self._registry).info, ()
        except NNStudioError as error:
            return None, error.problems
        except DataError as error:
            return None, (Problem("data.unusable", str(error), place="data"),)

    def prepare(self, project: Project) -> Prepared:
        began = time.perf_counter()
        try:
            compile_model(project, self._registry, load_data(project.data, self._registry).info)
        except NNStudioError as error:
            return Prepared(time.perf_counter() - began, error.problems)
        return Prepared(time.perf_counter() - began)

    def train(self, value: Mapping[str, Any], control: Control) -> Iterator[Event]:
        folder, resume = (Path(value[key]) if value.get(key) else None for key in ("folder", "resume"))
        return run(
            _project(value),
            self._registry,
            folder=folder,
            name=str(value.get("name", "")),
            resume=resume,
            control=control,
        )


def _project(value: Mapping[str, Any]) -> Project:
    project = value.get("project")
    if not isinstance(project, Project):
        raise NNStudioError(Problem("engine.bad_request", "The request brings no project.", place="run"))
    return project


def _distinct(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Each thing once, though both the check and the plan may have found it."""
    seen: dict[tuple[Any, ...], Problem] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.node, problem.port, problem.param, problem.message), problem)
    return tuple(seen.values())
