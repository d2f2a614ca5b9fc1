"""A project trained by the app and by its exported script, and projects to do that with."""

import itertools
import runpy
from dataclasses import replace
from pathlib import Path

import torch

from nnstudio import plugins
from nnstudio.engine.script import export_python
from nnstudio.events import EpochEnded, Failed, Finished
from nnstudio.project.graph import Node, Slot, Source
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry
from nnstudio.train.data import load_data
from nnstudio.train.loop import train

REGISTRY = plugins.load(safe_mode=True).registry

Epochs = list[dict[str, float]]


def recipe(**said) -> Recipe:
    return Recipe(**{"epochs": 3, "batch_size": 16, "seed": 3, **said})


def both(project: Project, folder: Path, registry: Registry = REGISTRY) -> tuple[Epochs, Epochs, str]:
    """(values of each epoch in the app, in the script; the script)"""
    data = load_data(project.data, registry)
    script, *_ = export_python(project, registry, data, folder)
    ours = []
    for event in train(project, registry, data=data):
        assert not isinstance(event, Failed), event.problems
        if isinstance(event, EpochEnded):
            ours.append(dict(event.values))
        if isinstance(event, Finished):
            ours.append({name: value for name, value in event.values.items() if name.startswith("test/")})
    text = script.read_text(encoding="utf-8")
    with torch.random.fork_rng(devices=()):
        module = runpy.run_path(str(script))
        measured = []
        measure = module["measure"]
        module["train"].__globals__["measure"] = lambda *given: measured.append(measure(*given)) or measured[-1]
        theirs = module["train"]()
    tested = {f"test/{name}": value for name, value in measured[-1].items()} if ours[-1] else {}
    return ours, [*theirs, tested], text


def assert_equal(ours: Epochs, theirs: Epochs) -> None:
    assert len(ours) == len(theirs)
    for epoch, (mine, its) in enumerate(zip(ours, theirs, strict=True)):
        for name, value in its.items():
            assert mine[name] == value, (epoch, name)  # to the bit
    assert ours[-1].keys() == theirs[-1].keys()


def chain(name: str, dataset: Entry, *nodes: Node, recipe: Recipe, **data) -> Project:
    graph_nodes = {each.id: each for each in nodes}
    wires = {Slot(b.id): Source(a.id) for a, b in itertools.pairwise(nodes)}
    project = Project(name, data=Data(dataset, **data), recipe=recipe)
    return replace(project, graph=replace(project.graph, nodes=graph_nodes, wires=wires))


IRIS = Entry("nnstudio.iris")
DIGITS = Entry("nnstudio.digits")
DIABETES = Entry("nnstudio.diabetes")
TWO_EPOCHS = Recipe(epochs=2)


def mlp(
    out: int = 3, loss: str = "torch.cross_entropy", *, dataset: Entry = IRIS, recipe: Recipe = TWO_EPOCHS, **data
) -> Project:
    nodes = [
        Node("in", "nnstudio.input"),
        Node("fc1", "torch.linear", {"out_features": 8}),
        Node("relu1", "torch.relu"),
        Node("drop1", "torch.dropout", {"p": 0.2}),
        Node("fc2", "torch.linear", {"out_features": out}),
        Node("loss1", loss),
    ]
    return chain("A small network", dataset, *nodes, recipe=recipe, **data)


def pictures(*, recipe: Recipe = TWO_EPOCHS, **data) -> Project:
    nodes = [
        Node("in", "nnstudio.input"),
        Node("conv1", "torch.conv2d", {"out_channels": 4, "kernel_size": 3, "stride": 2}),
        Node("bn1", "torch.batch_norm2d"),
        Node("relu1", "torch.relu"),
        Node("flatten", "nnstudio.flatten"),
        Node("fc1", "torch.linear", {"out_features": 10}),
        Node("loss1", "torch.cross_entropy"),
    ]
    data = {"validation": 0.3, "test": 0.5, **data}
    return chain("Pictures", DIGITS, *nodes, recipe=recipe, **data)
