"""Projects that come with plugins, to open and to learn from."""

import importlib
from pathlib import Path

from nnstudio.finding import find_id
from nnstudio.problems import NNStudioError
from nnstudio.project.file import read
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import ExampleSpec


def open_example(id: str, registry: Registry) -> Project:
    """The example called `id`: "nnstudio.xor", or just "xor". Raises NNStudioError where there is none, or it cannot be read."""
    spec = registry.examples[find_id(registry, "example", id, place="file")]
    project, problems = read(example_file(spec))
    if project is None:
        raise NNStudioError(*problems)
    return project


def example_file(spec: ExampleSpec) -> Path:
    """Where the example's .nns file lies: beside its plugin's module."""
    return Path(importlib.import_module(spec.package).__file__ or "").parent / spec.file
