"""The look at a network before its first step: against the same network written out in NumPy."""

import numpy as np
import pytest
import torch
from experiment_helpers import moons

from nnstudio import protocol
from nnstudio.experiments.bench import Bench
from nnstudio.experiments.initial import initial


@pytest.mark.curriculum("I9")
def test_activations_weights_and_gradients_are_those_of_the_network_by_hand(bench: Bench):
    project = moons(seed=3)
    found = initial(project, bench)

    subject = bench.subject(project)
    (x,), (target,) = subject.first_batch()
    w1, b1, w2, b2 = (parameter.detach().double().numpy() for parameter in subject.module.parameters())
    hidden = np.tanh(x.double().numpy() @ w1.T + b1)
    scores = hidden @ w2.T + b2
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    labels = target.numpy()
    down = (shares - np.eye(2)[labels]) / len(labels)
    back = (down @ w2) * (1 - hidden**2)

    assert found.samples == 32
    assert found.loss == pytest.approx(-np.log(shares[np.arange(32), labels]).mean(), rel=1e-5)
    for node, value in {"linear1": np.arctanh(hidden), "tanh1": hidden, "linear2": scores}.items():
        assert found.nodes[node].output.std == pytest.approx(value.std(), rel=1e-4)
        assert found.nodes[node].output.mean == pytest.approx(value.mean(), abs=1e-5)
        assert found.nodes[node].output.histogram.sum() == value.size
    assert found.nodes["linear1"].weights.std == pytest.approx(w1.std(), rel=1e-5)
    assert found.nodes["linear1"].gradient.std == pytest.approx(back.std(), rel=1e-4)
    assert found.nodes["linear1"].weight_gradient.std == pytest.approx((back.T @ x.double().numpy()).std(), rel=1e-4)
    assert found.nodes["linear2"].weight_gradient.std == pytest.approx((down.T @ hidden).std(), rel=1e-4)


def test_nodes_come_in_the_order_of_the_computation_and_cross_to_the_app(bench: Bench):
    found = initial(moons(), bench)
    assert list(found.nodes) == ["input1", "linear1", "tanh1", "linear2"]
    crossed = protocol.decode(*protocol.encode(found))
    assert crossed.nodes["tanh1"].output.std == found.nodes["tanh1"].output.std
    assert crossed.nodes["input1"].weights is None


def test_the_look_leaves_torchs_random_numbers_alone(bench: Bench):
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    initial(moons(), bench)
    assert torch.equal(torch.rand(3), wanted)


@pytest.mark.curriculum("I1")
def test_zero_weights_give_no_gradient_below_the_last_layer(bench: Bench):
    from nnstudio.project.project import Entry

    found = initial(moons(initializer=Entry("nnstudio.zeros")), bench)
    assert found.nodes["tanh1"].output.std == 0
    assert found.nodes["linear1"].weight_gradient.std == 0
