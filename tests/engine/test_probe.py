"""Probing shows every node's output and leaves the network as it was."""

import numpy as np
import pytest
import torch
from graphs import chain, image_data, lenet, node, vector_data

from nnstudio.engine.compile import compile_model
from nnstudio.engine.probe import probe, weight_stats
from nnstudio.project.project import Project


@pytest.fixture
def compiled(registry):
    torch.manual_seed(0)
    return compile_model(Project("LeNet", lenet()), registry, image_data())


@pytest.fixture
def noisy(registry):
    """With what must not be disturbed: dropout and running statistics."""
    graph = chain(
        node("in", "nnstudio.input"),
        node("conv1", "torch.conv2d", out_channels=5, kernel_size=3),
        node("norm1", "torch.batch_norm2d"),
        node("drop1", "torch.dropout"),
        node("flatten", "nnstudio.flatten"),
        node("fc1", "torch.linear", out_features=10),
        node("loss1", "torch.cross_entropy"),
    )
    return compile_model(Project("Noisy", graph), registry, image_data(1, 8))


def test_every_node_is_shown_with_figures_that_are_right(compiled):
    image = torch.randn(8, 1, 28, 28)
    seen = probe(compiled, {"image": image})
    assert list(seen) == [id for id in compiled.plan.order if id != "loss1"]
    expected = torch.relu(compiled.module.conv1(image)).detach().double()
    relu = seen["relu1"]
    assert relu.shape == (8, 6, 28, 28)
    assert relu.mean == pytest.approx(expected.mean().item())
    assert relu.std == pytest.approx(expected.std(correction=0).item())
    assert (relu.low, relu.high) == (0.0, pytest.approx(expected.max().item()))
    assert relu.zeros == pytest.approx((expected == 0).double().mean().item())
    assert relu.histogram.sum() == expected.numel()
    assert len(relu.edges) == len(relu.histogram) + 1 == 17
    assert all(isinstance(each.picture, np.ndarray) and each.picture.dtype == np.uint8 for each in seen.values())


def test_pictures_are_small_whatever_the_output(compiled):
    seen = probe(compiled, {"image": torch.randn(100, 1, 28, 28)})
    assert seen["image"].picture.shape == (28, 28)
    assert seen["conv1"].picture.shape == (2 * 28 + 1, 3 * 28 + 2)  # six channels, lines between
    assert all(max(each.picture.shape) <= 4 * 64 + 3 for each in seen.values())
    assert seen["fc3"].picture.shape[1] == 10


def test_values_that_are_not_finite_are_counted_and_do_no_harm(compiled):
    image = torch.zeros(2, 1, 28, 28)
    image[0, 0, 0, 0] = float("nan")
    image[1, 0, 0, 0] = float("inf")
    seen = probe(compiled, {"image": image})["image"]
    assert seen.bad == pytest.approx(2 / image.numel())
    assert (seen.low, seen.high, seen.mean) == (0, 0, 0)
    compiled.module.conv1.weight.data.fill_(float("nan"))
    assert probe(compiled, {"image": image})["conv1"].bad == 1
    assert weight_stats(compiled)["conv1"].histogram.sum() == 0


def test_gradients_are_those_of_the_loss(compiled):
    image, label = torch.randn(4, 1, 28, 28), torch.randint(0, 10, (4,))
    seen = probe(compiled, {"image": image}, {"label": label})
    scores = compiled.module(image)
    (expected,) = torch.autograd.grad(compiled.loss(scores, label), scores)
    assert seen["fc3"].gradient == pytest.approx(expected.square().mean().sqrt().item(), rel=1e-5)
    assert all(each.gradient is not None for each in seen.values())
    assert all(weight.grad is None for weight in compiled.module.parameters())


def test_training_is_not_disturbed(noisy):
    module = noisy.module
    module.train()
    module.drop1.eval()  # a part that was set apart stays so
    before = {name: value.clone() for name, value in module.state_dict().items()}
    modes = {name: part.training for name, part in module.named_modules()}
    state = torch.get_rng_state()
    probe(
        noisy,
        {"image": torch.randn(4, 1, 8, 8, generator=torch.Generator().manual_seed(1))},
        {"label": torch.tensor([0, 1, 2, 3])},
    )
    weight_stats(noisy)
    assert torch.equal(torch.get_rng_state(), state)
    assert {name: part.training for name, part in module.named_modules()} == modes
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert all(weight.grad is None for weight in module.parameters())


def test_even_an_exception_leaves_training_as_it_was(noisy):
    noisy.module.train()
    with pytest.raises(RuntimeError):
        probe(noisy, {"image": torch.randn(4, 3, 8, 8)})
    assert all(part.training for part in noisy.module.modules())


def test_weights_of_every_node_that_has_some(compiled):
    stats = weight_stats(compiled)
    assert list(stats) == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    weights = compiled.module.conv2.weight.detach().double()
    assert stats["conv2"].count == weights.numel() == stats["conv2"].histogram.sum()
    assert stats["conv2"].std == pytest.approx(weights.std(correction=0).item(), rel=1e-5)
    assert (stats["conv2"].low, stats["conv2"].high) == pytest.approx((weights.min().item(), weights.max().item()))
    expected, _ = np.histogram(weights.flatten().numpy(), stats["conv2"].edges)
    assert np.abs(stats["conv2"].histogram - expected).max() <= 1  # values on an edge
    assert stats["fc1"].histogram.sum() <= 4096 < stats["fc1"].count


def test_constant_weights_have_a_histogram_too(registry):
    graph = chain(node("in", "nnstudio.input"), node("fc", "torch.linear", out_features=1), node("loss1", "torch.mse"))
    made = compile_model(Project("Zeros", graph), registry, vector_data())
    torch.nn.init.zeros_(made.module.fc.weight)
    assert weight_stats(made)["fc"].histogram.sum() == 4
