"""The one-batch test: what it says of networks that can learn, that cannot, and that are set wrongly."""

import numpy as np
import pytest
import torch
from experiment_helpers import classifier, diabetes, moons

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.one_batch import contradictions
from nnstudio.experiments.perform import perform
from nnstudio.project.project import Entry


@pytest.mark.curriculum("D12")
def test_losses_are_those_of_gradient_descent_on_one_batch(bench: Bench):
    project = diabetes(optimizer=Entry("torch.sgd", {"lr": 0.01}), batch_size=32)
    found = perform("one_batch", project, {"steps": 30, "goal": 1e-6}, bench)
    subject = bench.subject(project)
    (x,), (t,) = subject.first_batch()
    x, t = x.double().numpy(), t.double().numpy()
    w, b = (parameter.detach().double().numpy().copy() for parameter in subject.module.parameters())
    losses = []
    for _ in range(31):
        error = x @ w.T + b - t
        losses.append(np.mean(error**2))
        w -= 0.01 * 2 * error.T @ x / len(x)
        b -= 0.01 * 2 * error.mean(axis=0)
    np.testing.assert_allclose(found.numbers["losses"], losses, rtol=1e-4)


@pytest.mark.curriculum("D12")
def test_a_network_that_can_learn_does(bench: Bench):
    found = perform("one_batch", moons(optimizer=Entry("torch.adam", {"lr": 0.05})), {"steps": 300}, bench)
    assert found.numbers["reached"] == 1
    assert "heart" in found.verdict
    assert found.numbers["losses"][-1] <= 0.05 * found.numbers["losses"][0]


@pytest.mark.curriculum("D12")
def test_dropout_is_off_unless_it_is_asked_for(bench: Bench):
    dropped = (("torch.linear", {"out_features": 32}), "torch.tanh", ("torch.dropout", {"p": 0.8}))
    project = moons(*dropped, optimizer=Entry("torch.sgd", {"lr": 0.05}))
    quiet = perform("one_batch", project, {"steps": 20}, bench).numbers["losses"]
    torch.manual_seed(99)
    assert np.array_equal(quiet, perform("one_batch", project, {"steps": 20}, bench).numbers["losses"])
    assert not np.array_equal(
        quiet, perform("one_batch", project, {"steps": 20, "noise": True}, bench).numbers["losses"]
    )


@pytest.mark.curriculum("D12")
def test_too_large_a_rate_is_named_and_can_be_lowered(bench: Bench):
    found = perform("one_batch", diabetes(optimizer=Entry("torch.sgd", {"lr": 5.0})), {}, bench)
    assert "diverges" in found.verdict
    assert found.suggestion is not None
    assert (found.suggestion.name, found.suggestion.value) == ("recipe.optimizer.lr", 0.5)


@pytest.mark.curriculum("D12")
def test_a_network_without_gradients_is_told(bench: Bench):
    from dataclasses import replace

    dead = (("torch.linear", {"out_features": 8}), "torch.relu")
    project = moons(*dead, initializer=Entry("nnstudio.zeros"), optimizer=Entry("torch.sgd", {"lr": 0.1}))
    graph = classifier(*dead, "torch.relu")
    found = perform("one_batch", replace(project, graph=graph), {"steps": 50}, bench)
    assert found.numbers["reached"] == 0
    assert found.verdict.startswith("Not learnt")


@pytest.mark.curriculum("D12")
def test_equal_samples_with_different_targets_are_counted():
    x = torch.tensor([[0.0, 1.0], [0.0, 1.0], [2.0, 2.0], [3.0, 3.0], [3.0, 3.0]])
    assert contradictions(((x,), (torch.tensor([0, 1, 0, 1, 1]),))) == 2
    assert contradictions(((x,), (torch.tensor([0, 0, 0, 1, 1]),))) == 0
    assert contradictions(((x,), ())) == 0
