"""Projects that come with plugins, to open and to learn from."""

import difflib
import importlib
from pathlib import Path

from nnstudio.problems import Problem
from nnstudio.project.file import read
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import ExampleSpec


def examples(registry: Registry) -> tuple[ExampleSpec, ...]:
    """All examples, in the order in which the plugins list them: from the simplest to the largest."""
    return tuple(registry.examples.values())


def find(id: str, registry: Registry) -> ExampleSpec | None:
    """By its whole id, "nnstudio.xor", or without the prefix, "xor", where that is unambiguous."""
    exact = registry.examples.get(id)
    if exact is not None:
        return exact
    ending = [spec for spec in registry.examples.values() if spec.id.partition(".")[2] == id]
    return ending[0] if len(ending) == 1 else None


def open_example(id: str, registry: Registry) -> tuple[Project | None, tuple[Problem, ...]]:
    """The example's project, or None and why it cannot be had."""
    spec = find(id, registry)
    if spec is None:
        known = [other.id.partition(".")[2] for other in registry.examples.values()]
        near = difflib.get_close_matches(id, known, n=1)
        remedy = f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(known) or 'none'}."
        return None, (Problem("gallery.unknown", f"The gallery has no '{id}'.", remedy=remedy, place="file"),)
    return read(example_file(spec))


def example_file(spec: ExampleSpec) -> Path:
    """Where the example's .nns file lies: beside its plugin's module."""
    return Path(importlib.import_module(spec.package).__file__ or "").parent / spec.file
