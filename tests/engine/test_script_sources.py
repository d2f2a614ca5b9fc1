"""What plugins bring is written into the script with all that it uses, once, and under names that are free."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from exported import REGISTRY, assert_equal, both, mlp, recipe

from nnstudio.engine.script.sources import Sources
from nnstudio.params import Params
from nnstudio.problems import NNStudioError
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Entry
from nnstudio.registry import Registry
from nnstudio.specs import GradientSpec, NoiseSpec, RegularizerSpec, StopSpec

MODULE = '''
"""A plugin's code."""
import functools
import math
from typing import Annotated

import torch

SCALE = 2.0
WIDTH: float = SCALE * 2

def helper(x):
    return SCALE * x

class Base:
    def twice(self, x):
        return helper(helper(x))

class Watcher(Base):
    """Keeps count."""
    def __init__(self, patience: int = 3) -> None:
        self.patience = patience

    def ended(self, epoch: int, values: "dict[str, float]") -> str:
        return "enough" if epoch + 1 >= self.patience else ""

@functools.cache
def weights(x: float, *, power: int = 2) -> float:  # noqa: ANN001
    return math.pow(helper(x), power) + WIDTH

def shadow(helper, SCALE=1):
    return helper * SCALE

def penalty(weights, *, strength: float = 0.5):
    """Calls its argument as another function is called."""
    return strength * torch.stack([weight.square().sum() for weight in weights]).sum()

def clip(gradients, *, limit: float = 1.0):
    for gradient in gradients:
        gradient.clamp_(-limit, limit)

def noise(weight, generator, *, std: float = 0.1):
    return helper(torch.randn(weight.shape, generator=generator)) * std
'''


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "strange_plugin.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield "strange_plugin:"
    del sys.modules["strange_plugin"]


def written(*names, module, taken=()):
    sources = Sources(set(taken), set())
    got = [sources.add(module + name) for name in names]
    namespace = {}
    exec("\n".join([*sorted(sources.imports), *sources.texts]), namespace)
    return got, namespace, sources


def test_helpers_constants_and_bases_come_along_in_front(module):
    (name, watcher), namespace, sources = written("weights", "Watcher", module=module)
    assert (name, watcher) == ("weights", "Watcher")
    assert namespace["weights"](3.0) == 36 + 4
    assert namespace["Watcher"]().twice(1) == 4
    assert sources.imports == {"import functools", "import math"}
    assert sum("def helper" in text for text in sources.texts) == 1  # once, though two use it
    assert "noqa" not in "\n".join(sources.texts)


def test_names_that_are_taken_are_changed_everywhere(module):
    (name, watcher), namespace, _ = written(
        "weights", "Watcher", module=module, taken={"weights", "helper", "SCALE", "Base"}
    )
    assert (name, watcher) == ("weights_2", "Watcher")
    assert namespace["weights_2"](3.0) == 40
    assert namespace["Watcher"]().twice(1) == 4
    assert not {"weights", "helper", "SCALE", "Base"} & namespace.keys()


def test_arguments_that_are_called_as_something_of_the_module_stay_arguments(module):
    (name,), namespace, sources = written("shadow", module=module, taken={"helper", "SCALE"})
    assert namespace[name](3, 5) == 15
    assert len(sources.texts) == 1


class Nothing(Params):
    """Nothing to choose."""


def test_functions_of_a_stranger_work_in_the_script_as_in_the_app(module, tmp_path):
    kinds = {
        "regularizer": RegularizerSpec("own.penalty", "Penalty", Nothing, module + "penalty"),
        "gradient": GradientSpec("own.clip", "Clip", Nothing, module + "clip"),
        "noise": NoiseSpec("own.noise", "Noise", Nothing, module + "noise"),
        "stop": StopSpec("own.stop", "Stop", Nothing, module + "Watcher"),
    }
    specs = {kind: {**REGISTRY.of(kind), spec.id: spec} for kind, spec in kinds.items()}
    registry = Registry({**REGISTRY.specs, **specs}, REGISTRY.origins)
    chosen = recipe(
        epochs=5,
        regularizers=(Entry("own.penalty"),),
        gradients=(Entry("own.clip"),),
        noise=(Entry("own.noise"),),
        stops=(Entry("own.stop"),),
    )
    ours, theirs, text = both(mlp(recipe=chosen), tmp_path / "out", registry)
    assert_equal(ours, theirs)
    assert len(theirs) == 3 + 1
    assert "strange_plugin" not in text


LAYERS = [
    "nnstudio.drop_connect",
    "nnstudio.stochastic_depth",
    "nnstudio.test_scaled_dropout",
    "nnstudio.gaussian_noise",
]


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_of_ours_are_written_in(layer, tmp_path):
    project = mlp(recipe=recipe(epochs=2))
    nodes, wires = dict(project.graph.nodes), dict(project.graph.wires)
    params = {"out_features": 8} if layer == "nnstudio.drop_connect" else {}
    nodes["own"] = Node("own", layer, params)
    wires |= {Slot("own"): Source("relu1"), Slot("drop1"): Source("own")}
    ports = REGISTRY.layers[layer].inputs
    if len(ports) > 1:
        del wires[Slot("own")]
        wires |= {Slot("own", port.name): Source("relu1") for port in ports}
    ours, theirs, text = both(replace(project, graph=Graph(nodes, wires)), tmp_path)
    assert_equal(ours, theirs)
    assert "nnstudio" not in text.lower().split('"""', 2)[2]


def test_nothing_of_ours_is_needed_to_run_it(tmp_path):
    chosen = recipe(
        optimizer=Entry("nnstudio.lion"),
        initializer=Entry("nnstudio.lsuv"),
        schedule=Entry("nnstudio.plateau"),
        stops=(Entry("nnstudio.early_stopping", {"patience": 1}),),
        average=Entry("nnstudio.ema"),
        augmentations=(Entry("nnstudio.mixup"),),
        accumulate=2,
    )
    both(mlp(recipe=chosen), tmp_path)
    code = "import sys; sys.modules.update(nnstudio=None); import train; print(len(train.train()))"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert int(run.stdout.splitlines()[-1]) >= 1


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_half_precision_with_clipping_and_parts(precision, tmp_path):
    chosen = recipe(precision=precision, gradients=(Entry("nnstudio.clip_norm"),), accumulate=2)
    ours, theirs, _ = both(mlp(recipe=chosen), tmp_path)
    assert_equal(ours, theirs)
    assert np.isfinite(theirs[0]["train/loss"])


def test_targets_that_cannot_be_mixed_are_refused_as_in_training(tmp_path):
    project = mlp(recipe=recipe(augmentations=(Entry("nnstudio.mixup"),)))
    nodes, wires = dict(project.graph.nodes), dict(project.graph.wires)
    nodes["again"] = Node("again", "nnstudio.input")
    nodes["sum"] = Node("sum", "torch.linear", {"out_features": 8})
    wires |= {Slot("sum"): Source("again")}
    nodes["add"] = Node("add", "nnstudio.add")
    wires |= {
        Slot("add", "inputs", 0): Source("sum"),
        Slot("add", "inputs", 1): Source("relu1"),
        Slot("drop1"): Source("add"),
    }
    ours, theirs, _ = both(replace(project, graph=Graph(nodes, wires)), tmp_path)  # one field, read twice: fine
    assert_equal(ours, theirs)
    with pytest.raises(NNStudioError, match="mixes targets"):
        both(compared_with("relu1", 8, recipe=project.recipe), tmp_path)


def compared_with(source, size, **options):
    """The network's output is to be what another node gives: an autoencoder, where that is the input."""
    project = mlp(**options)
    changed = [Node("loss1", "torch.mse"), Node("fc2", "torch.linear", {"out_features": size})]
    nodes = {**project.graph.nodes, **{node.id: node for node in changed}}
    wires = {**project.graph.wires, Slot("loss1", "target"): Source(source)}
    return replace(project, graph=Graph(nodes, wires))


@pytest.mark.parametrize(("source", "size"), [("in", 4), ("relu1", 8)])
def test_the_target_may_be_an_input_or_what_the_network_computed(source, size, tmp_path):
    ours, theirs, _ = both(compared_with(source, size), tmp_path)
    assert_equal(ours, theirs)
    assert "validation/mae" in theirs[0]
