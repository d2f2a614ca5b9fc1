"""Is a whole plugin sound: does it load, does it keep to the API, does all that it brings work?"""

import ast
import importlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from nnstudio.plugins import BUNDLED, PluginInfo, State, load
from nnstudio.problems import Severity
from nnstudio.project.check import check
from nnstudio.project.file import read
from nnstudio.project.gallery import example_file
from nnstudio.registry import Registry
from nnstudio.specs import ExampleSpec
from nnstudio.testing.dataset import check_dataset
from nnstudio.testing.declaration import check_declaration
from nnstudio.testing.layer import check_layer
from nnstudio.testing.recipe import (
    check_constraint,
    check_initializer,
    check_metric,
    check_noise,
    check_optimizer,
    check_regularizer,
    check_schedule,
)
from nnstudio.testing.training import (
    check_augmentation,
    check_average,
    check_batch_schedule,
    check_gradient,
    check_stop,
)
from nnstudio.testing.view import check_view

ALLOWED = ("nnstudio.api", "nnstudio.testing")

CHECKS: Mapping[str, Callable[[Any], list[str]]] = {
    "layer": check_layer,
    "optimizer": check_optimizer,
    "schedule": check_schedule,
    "initializer": check_initializer,
    "regularizer": check_regularizer,
    "constraint": check_constraint,
    "noise": check_noise,
    "augmentation": check_augmentation,
    "gradient": check_gradient,
    "average": check_average,
    "stop": check_stop,
    "batch_schedule": check_batch_schedule,
    "metric": check_metric,
    "dataset": check_dataset,
    "view": check_view,
}


def check_plugin(plugin: str | ModuleType) -> list[str]:
    """All complaints about the plugin module `plugin`, or the module of that name.

    Datasets that stand under the heading "your own" need a file, and are not loaded: call `check_dataset` for them.
    """
    name = plugin if isinstance(plugin, str) else plugin.__name__
    loaded = load(bundled=(name,), safe_mode=True)
    info = loaded.infos[0]
    if info.state is not State.LOADED:
        return [f"{name} is {info.state}: {info.reason} {info.traceback}".strip()]
    everything = load(bundled=tuple(dict.fromkeys((*BUNDLED, name)))).registry
    return [*check_imports(name), *_light(name), *_brought(everything, info)]


def check_imports(name: str) -> list[str]:
    """Of NNStudio a plugin imports `nnstudio.api` alone: the rest may change without notice."""
    module = importlib.import_module(name)
    files = [Path(file) for folder in getattr(module, "__path__", ()) for file in sorted(Path(folder).rglob("*.py"))]
    complaints: list[str] = []
    for file in files or [Path(module.__file__ or "")]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            for imported in _imported(node):
                if imported.split(".")[0] == "nnstudio" and not imported.startswith(ALLOWED):
                    line = getattr(node, "lineno", 0)
                    complaints.append(
                        f"{file.name}, line {line} imports {imported}; a plugin imports nnstudio.api alone."
                    )
    return complaints


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        if node.module == "nnstudio":
            yield from (f"nnstudio.{alias.name}" for alias in node.names)
        else:
            yield node.module


def _light(name: str) -> Iterator[str]:
    """The app's process imports the plugin but never torch or Qt, in whatever order its own modules import one another."""
    heavy = ("torch", "PySide6")
    code = f"import sys; import {name}; print(*[m for m in {heavy!r} if m in sys.modules])"
    path = [folder for folder in sys.path if folder]
    code = f"import sys; sys.path[:0] = {path!r}; {code}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield f"{name} cannot be imported in a fresh process: {done.stderr.strip().splitlines()[-1]}"
    elif done.stdout.strip():
        yield f"importing {name} imports {done.stdout.strip()}: put that code into a module that a spec names by a string."


def _brought(registry: Registry, info: PluginInfo) -> Iterator[str]:
    for kind, ids in info.brought.items():
        for id in ids:
            spec = registry.specs[kind][id]
            if isinstance(spec, ExampleSpec):
                yield from _example(spec, registry)
            elif kind == "dataset" and spec.category == "your own":
                yield from check_declaration(spec)
            else:
                yield from CHECKS.get(kind, check_declaration)(spec)


def _example(spec: ExampleSpec, registry: Registry) -> Iterator[str]:
    """It opens, and nothing stands against training it with what is installed."""
    yield from check_declaration(spec)
    project, problems = read(example_file(spec))
    if project is not None:
        problems += check(project, registry)
    for problem in problems:
        if problem.severity is not Severity.INFO:
            yield f"{spec.id}: {problem}"
