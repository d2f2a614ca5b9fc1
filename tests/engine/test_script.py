"""The exported script is plain PyTorch and reaches the app's numbers to the bit."""

import ast
import os
import runpy
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from exported import DIABETES, DIGITS, IRIS, REGISTRY, TWO_EPOCHS, assert_equal, both, chain, mlp

from nnstudio import plugins
from nnstudio.engine.script import export_python
from nnstudio.events import Finished
from nnstudio.project.gallery import open_example
from nnstudio.project.graph import Node, Slot, Source
from nnstudio.project.project import Entry, Recipe
from nnstudio.train.data import load_data
from nnstudio.train.loop import train

CASES = {
    "dropout, last batch short": mlp(3, "torch.cross_entropy", recipe=Recipe(epochs=3, batch_size=16, seed=7)),
    "no shuffling, whole batches": mlp(3, "torch.cross_entropy", recipe=Recipe(epochs=2, batch_size=0, shuffle=False)),
    "nothing scaled": mlp(3, "torch.cross_entropy", standardize="none"),
    "no validation, no test": mlp(3, "torch.cross_entropy", validation=0.0, test=0.0),
    "regression": mlp(1, "torch.mse", dataset=DIABETES),
    "penalties, schedule, initializer": mlp(
        3,
        "torch.cross_entropy",
        recipe=Recipe(
            epochs=3,
            optimizer=Entry("torch.sgd", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
            schedule=Entry("nnstudio.warmup", {"warmup": 0.3}),
            initializer=Entry("nnstudio.xavier_normal", {"bias": 0.1}),
            regularizers=(Entry("nnstudio.l1"), Entry("nnstudio.l2", {"strength": 0.01})),
        ),
    ),
}


@pytest.mark.parametrize("project", CASES.values(), ids=CASES.keys())
def test_the_script_reaches_the_same_numbers(project, tmp_path):
    ours, theirs, _ = both(project, tmp_path)
    assert_equal(ours, theirs)


@pytest.mark.parametrize("standardize", ["auto", "feature", "none"])
def test_pictures_are_scaled_alike(standardize, tmp_path):
    graph = [
        Node("in", "nnstudio.input"),
        Node("flatten", "nnstudio.flatten"),
        Node("fc", "torch.linear", {"out_features": 10}),
        Node("loss1", "torch.cross_entropy"),
    ]
    project = chain("Pictures", DIGITS, *graph, recipe=Recipe(epochs=1), standardize=standardize)
    ours, theirs, _ = both(project, tmp_path)
    assert_equal(ours, theirs)


def test_the_lenet_of_the_gallery(tmp_path):
    project = open_example("nnstudio.fashion_mnist_lenet", REGISTRY)
    project = replace(project, recipe=replace(project.recipe, epochs=1))
    ours, theirs, text = both(project, tmp_path)
    assert_equal(ours, theirs)
    assert "nnstudio" not in text.lower().split('"""', 2)[2]  # but for the words at its head
    ast.parse(text)


def test_it_runs_by_itself_where_nnstudio_is_not(tmp_path):
    project = CASES["penalties, schedule, initializer"]
    export_python(project, REGISTRY, load_data(project.data, REGISTRY), tmp_path)
    blocked = tmp_path / "nnstudio.py"
    blocked.write_text("raise ImportError('the script must stand alone')\n")
    run = subprocess.run(
        [sys.executable, "-W", "error", "train.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["epoch 1", "epoch 2", "epoch 3", "test"]
    assert "validation/accuracy 0." in lines[0] or "validation/accuracy 1." in lines[0]
    assert set(torch.load(tmp_path / "model.pt", weights_only=True)) == {
        "fc1.weight",
        "fc1.bias",
        "fc2.weight",
        "fc2.bias",
    }


PLUGIN = """
from typing import Annotated
from nnstudio.api import Field, LayerSpec, LossParams, LossSpec, OptimizerSpec, Params, axis, hookimpl

class Scaled(Params):
    out_features: Annotated[int, Field(ge=1)] = 4

class Descent(Params):
    lr: Annotated[float, Field(gt=0)] = 0.01

@hookimpl
def register_layers():
    return [LayerSpec("own.scaled", "Scaled", "weights", Scaled, module="_own_torch:Scaled", infer={"in_features": axis(-1)})]

@hookimpl
def register_losses():
    return [LossSpec("own.loss", "Loss", params=LossParams, module="_own_torch:Loss", target="class", decode="argmax")]

@hookimpl
def register_optimizers():
    return [OptimizerSpec("own.descent", "Descent", Descent, optimizer="own_package.optimizers:Descent")]
"""
TORCH = """
import torch
from torch import nn
from _own_helper import GAIN

class Scaled(nn.Module):
    def __init__(self, in_features, out_features):
        super().__init__()
        self.linear = nn.Linear(in_features, out_features)

    def forward(self, x):
        return GAIN * self.linear(x)

class Loss(nn.CrossEntropyLoss):
    pass
"""


@pytest.mark.parametrize("losses", [1, 2])
def test_parts_of_a_plugins_folder_go_along_with_it(losses, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in [name for name in sys.modules if name.lstrip("_").startswith("own")]:
        del sys.modules[name]
    folder, out = tmp_path / "plugins", tmp_path / "out"
    (folder / "own_package").mkdir(parents=True)
    sources = {
        "own": PLUGIN,
        "_own_torch": TORCH,
        "_own_helper": "GAIN = 0.5",
        "_not_needed": "",
        "torch": "raise RuntimeError('torch itself is meant')",
        "own_package/__init__": "",
        "own_package/optimizers": "from torch.optim import SGD\n\nclass Descent(SGD):\n    pass",
    }
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
    registry = plugins.load(folders=[folder]).registry
    nodes = [
        Node("input", "nnstudio.input"),
        Node("scaled", "own.scaled", {"out_features": 3}),
        Node("loss", "own.loss"),
    ]
    project = chain("own", IRIS, *nodes, recipe=replace(TWO_EPOCHS, optimizer=Entry("own.descent")))
    if losses == 2:
        graph = project.graph
        more = {"second": Node("second", "own.loss")}, {Slot("second"): Source("scaled")}
        graph = replace(graph, nodes=graph.nodes | more[0], wires=graph.wires | more[1])
        project = replace(project, graph=graph)
    data = load_data(project.data, registry)
    export_python(project, registry, data, out)
    there = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert there == {
        *("train.py", "data.npz", "_own_torch.py", "_own_helper.py"),
        *("own_package/__init__.py", "own_package/optimizers.py"),
    }
    ran = subprocess.run([sys.executable, out / "train.py"], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    finished = next(event for event in train(project, registry, data=data) if isinstance(event, Finished))
    assert f"test  loss {finished.values['test/loss']:.4f}" in ran.stdout


def test_the_data_are_the_raw_values_and_the_rows_of_each_part(tmp_path):
    project = CASES["regression"]
    data = load_data(project.data, REGISTRY)
    _, path = export_python(project, REGISTRY, data, tmp_path)
    with np.load(path) as kept:
        for part in ("train", "validation", "test"):
            assert np.array_equal(kept[f"{part}_rows"], data.split.part(part))
        fields = set(kept.files) - {"train_rows", "validation_rows", "test_rows"}
        assert len(fields) == 2
        assert any(np.array_equal(kept[name], data.dataset.fields[data.dataset.inputs[0]].values) for name in fields)


@pytest.mark.parametrize("name", ['"""\nimport os', "\\", "a\nb", "{x}", "train", "torch", ""])
def test_a_hostile_name_stays_words(name, tmp_path):
    project = replace(CASES["dropout, last batch short"], name=name)
    script, _ = export_python(project, REGISTRY, load_data(project.data, REGISTRY), tmp_path)
    tree = ast.parse(script.read_text(encoding="utf-8"))
    imported = {
        alias.name for part in ast.walk(tree) if isinstance(part, ast.Import | ast.ImportFrom) for alias in part.names
    }
    assert imported <= {"Path", "numpy", "torch", "torch.nn.functional", "nn", "math"}


def test_the_test_part_is_measured_at_the_end(tmp_path, capsys):
    project = CASES["dropout, last batch short"]
    data = load_data(project.data, REGISTRY)
    script, _ = export_python(project, REGISTRY, data, tmp_path)
    runpy.run_path(str(script))["train"]()
    last = capsys.readouterr().out.splitlines()[-1]
    finished = next(event for event in train(project, REGISTRY, data=data) if isinstance(event, Finished))
    assert last == f"test  loss {finished.values['test/loss']:.4f}  accuracy {finished.values['test/accuracy']:.4f}"
