"""What the proofs share: the bundled plugins, code made from a spec as a recipe makes it, a linear regression to train."""

import inspect
from functools import cache
from typing import Any

import numpy as np
import torch

from nnstudio import plugins
from nnstudio.data import DataField, Dataset
from nnstudio.params import Params, validate
from nnstudio.plugins import resolve
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry
from nnstudio.specs import DatasetSpec

CLOSE = {"rtol": 1e-10, "atol": 1e-10}
"""Deterministic, in float64: nothing but rounding may differ."""


@cache
def bundled() -> Registry:
    return plugins.load(safe_mode=True).registry


def chosen(kind: str, id: str, **params: Any) -> tuple[Any, Params]:
    """The bundled spec and its parameters; they must be allowed ones."""
    spec = bundled().of(kind)[id]
    made, problems = validate(spec.params, params, owner=spec.title)
    assert made is not None, problems
    return spec, made


def refusal(kind: str, id: str, **params: Any) -> str:
    """What is said against `params`."""
    spec = bundled().of(kind)[id]
    made, problems = validate(spec.params, params, owner=spec.title, place="recipe")
    assert made is None, "it was allowed"
    return str(problems[0])


def alone(code: Any) -> Any:
    """A function or class made of its own source, as an exported script does: with torch, and nothing else of its module."""
    there = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    exec(inspect.getsource(code), there)
    return there[code.__name__]


def watcher(kind: str, id: str, **params: Any) -> Any:
    """A schedule or stop rule that watches, made of its source alone."""
    spec, made = chosen(kind, id, **params)
    return alone(resolve(spec.watcher))(**dict(made))


# ── a linear regression ───────────────────────────────────────────────────────────────────────────────────────────────


class Rows(Params):
    number: int = 0


_rows: dict[int, Dataset] = {}


def load_rows(params: Rows) -> Dataset:
    return _rows[params.number]


def regression(x: np.ndarray, y: np.ndarray, **recipe: Any) -> tuple[Project, Registry]:
    """y from x by one Linear layer that starts at zero; all rows are for training, as they are."""
    number = len(_rows)
    fields = {"x": DataField(x.astype(np.float32), "vector"), "y": DataField(y.astype(np.float32), "value")}
    _rows[number] = Dataset(fields, ("x",), "y")
    spec = DatasetSpec("test.rows", "Rows", Rows, f"{__name__}:load_rows")
    known = bundled()
    registry = Registry({**known.specs, "dataset": {**known.datasets, spec.id: spec}}, known.origins)
    nodes = {
        "x": Node("x", "nnstudio.input"),
        "fc": Node("fc", "torch.linear", {"out_features": y.shape[1]}),
        "mse": Node("mse", "torch.mse"),
    }
    graph = Graph(nodes, {Slot("fc"): Source("x"), Slot("mse"): Source("fc")})
    data = Data(Entry(spec.id, {"number": number}), validation=0, test=0, standardize="none")
    start = Entry("nnstudio.zeros")
    return Project("Regression", graph, data, Recipe(initializer=start, device="cpu", **recipe)), registry
