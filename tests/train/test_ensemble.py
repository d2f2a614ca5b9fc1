"""Averaged predictions against NumPy; what they gain; Jensen's inequality; who cannot be averaged."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnstudio import plugins
from nnstudio.engine.training import run
from nnstudio.events import Finished, RunStarted
from nnstudio.problems import NNStudioError
from nnstudio.project.gallery import open_example
from nnstudio.train.ensemble import averaged, ensemble, members_of

numbers = st.floats(-8, 8, width=32)
outputs = st.tuples(st.integers(1, 4), st.integers(1, 6), st.integers(2, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=numbers)
)


@pytest.mark.curriculum("R10")
@settings(max_examples=25, deadline=None)
@given(outputs)
def test_shares_are_the_mean_of_the_softmaxes(members):
    shares = np.exp(members - members.max(2, keepdims=True))
    wanted = (shares / shares.sum(2, keepdims=True)).mean(0)
    joined = averaged([torch.tensor(member) for member in members], "argmax")
    assert torch.softmax(joined, 1).numpy() == pytest.approx(wanted, abs=1e-12)
    assert torch.exp(joined).numpy() == pytest.approx(wanted, abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(outputs)
def test_yes_or_no_is_the_mean_of_the_sigmoids(members):
    wanted = (1 / (1 + np.exp(-members))).mean(0)
    joined = averaged([torch.tensor(member) for member in members], "sigmoid")
    assert torch.sigmoid(joined).numpy() == pytest.approx(wanted, abs=1e-12)


@pytest.mark.curriculum("R10")
@settings(max_examples=25, deadline=None)
@given(outputs, st.data())
def test_together_the_loss_is_at_most_the_mean_loss(members, data):
    """Jensen: squared error of values, log loss of shares."""
    tensors = [torch.tensor(member) for member in members]
    target = torch.tensor(data.draw(arrays(np.float64, members.shape[1:], elements=numbers)))
    each = torch.stack([(member - target).square().mean() for member in tensors])
    assert (averaged(tensors, "identity") - target).square().mean() <= each.mean() + 1e-9
    classes = target.argmax(1)
    logs = torch.stack([torch.nn.functional.cross_entropy(member, classes) for member in tensors])
    assert torch.nn.functional.cross_entropy(averaged(tensors, "argmax"), classes) <= logs.mean() + 1e-9


@pytest.fixture(scope="module")
def registry():
    return plugins.load(safe_mode=True).registry


@pytest.fixture(scope="module")
def trained(registry, tmp_path_factory):
    """Runs of iris by what is changed in the data and the recipe."""
    folder = tmp_path_factory.mktemp("runs")
    known = {}

    def train(data=(), recipe=()):
        key = (data, recipe)
        if key not in known:
            project = open_example("nnstudio.iris", registry)
            chosen = replace(project.recipe, **{"epochs": 3, **dict(recipe)})
            project = replace(project, data=replace(project.data, **dict(data)), recipe=chosen)
            events = list(run(project, registry, folder=folder))
            assert isinstance(events[-1], Finished), events[-1]
            known[key] = next(event.folder for event in events if isinstance(event, RunStarted))
        return Path(known[key])

    return train


@pytest.mark.curriculum("R10")
def test_seeds_and_bags_predict_together(registry, trained):
    seeds = [trained(recipe=(("seed", seed),)) for seed in range(3)]
    bags = [trained(data=(("bootstrap", bag),)) for bag in (1, 2)]
    for paths in (seeds, bags, [*seeds, *bags]):
        answer = ensemble(paths, registry)
        assert len(answer.single) == len(paths)
        assert answer.together["loss"] <= answer.mean("loss") + 1e-6
        assert answer.gain("loss") == pytest.approx(answer.mean("loss") - answer.together["loss"])
        assert answer.best("loss") == min(single["loss"] for single in answer.single)
        assert set(answer.together) == {"loss", "accuracy"}


@pytest.mark.curriculum("R10")
def test_checkpoints_of_one_run_are_snapshots(registry, trained):
    path = trained()
    kept = sorted((path / "checkpoints").glob("*.safetensors"))
    answer = ensemble([*kept, *kept], registry)
    assert len(answer.members) == 2 * len(kept)
    assert members_of(path)[1] in kept


def test_one_alone_is_what_it_was(registry, trained):
    """The same network twice is that network."""
    answer = ensemble([trained(), trained()], registry)
    assert answer.together == pytest.approx(answer.single[0], abs=1e-6)
    assert answer.single[0] == answer.single[1]


def test_who_cannot_be_averaged_is_said(registry, trained, tmp_path):
    for paths, part in (
        ([trained()], "validation"),
        ([trained(), trained(data=(("split_seed", 5),))], "validation"),
        ([trained(), tmp_path / "nothing"], "validation"),
        ([trained(), trained()], "nonsense"),
    ):
        with pytest.raises(NNStudioError):
            ensemble(paths, registry, part=part)
