"""Initial weights: their distribution by a Kolmogorov–Smirnov test on 60 000 weights, significance 0.1 % (seeds are fixed)."""

import math

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn
from train_helpers import bundled

from nnstudio.project.project import Entry
from nnstudio.train import recipe

OUT, IN = 200, 300


def initialized(type: str, seed: int = 0, module: nn.Module | None = None, **params: object) -> nn.Module:
    torch.manual_seed(seed)
    made = module or nn.Linear(IN, OUT)
    recipe.initialize(made, Entry(type, params), bundled())
    return made


def weights(module: nn.Module) -> np.ndarray:
    return module.weight.detach().double().numpy().ravel()


UNIFORM = {
    "nnstudio.uniform": ({"low": -0.3, "high": 0.5}, -0.3, 0.5),
    "nnstudio.xavier_uniform": ({"gain": 2.0}, -2 * math.sqrt(6 / (IN + OUT)), 2 * math.sqrt(6 / (IN + OUT))),
    "nnstudio.kaiming_uniform": ({}, -math.sqrt(6 / IN), math.sqrt(6 / IN)),
}
NORMAL = {
    "nnstudio.normal": ({"mean": 0.2, "std": 0.05}, 0.2, 0.05),
    "nnstudio.xavier_normal": ({}, 0.0, math.sqrt(2 / (IN + OUT))),
    "nnstudio.kaiming_normal": ({"mode": "fan_out"}, 0.0, math.sqrt(2 / OUT)),
}


@pytest.mark.curriculum("I2")
@pytest.mark.curriculum("I3")
@pytest.mark.curriculum("I4")
@pytest.mark.parametrize("id", UNIFORM)
def test_uniform_ones(id: str) -> None:
    params, low, high = UNIFORM[id]
    drawn = weights(initialized(id, **params))
    assert drawn.min() >= low - 1e-6
    assert drawn.max() <= high + 1e-6
    assert stats.kstest(drawn, stats.uniform(low, high - low).cdf).pvalue > 1e-3


@pytest.mark.curriculum("I2")
@pytest.mark.curriculum("I3")
@pytest.mark.curriculum("I4")
@pytest.mark.parametrize("id", NORMAL)
def test_gaussian_ones(id: str) -> None:
    params, mean, std = NORMAL[id]
    assert stats.kstest(weights(initialized(id, **params)), stats.norm(mean, std).cdf).pvalue > 1e-3


@pytest.mark.curriculum("I4")
def test_fan_of_a_convolution_counts_its_window() -> None:
    drawn = weights(initialized("nnstudio.kaiming_normal", module=nn.Conv2d(30, 100, 5)))
    assert stats.kstest(drawn, stats.norm(0, math.sqrt(2 / (30 * 25))).cdf).pvalue > 1e-3


@pytest.mark.curriculum("I4")
def test_leaky_slope_changes_the_gain() -> None:
    drawn = weights(initialized("nnstudio.kaiming_normal", nonlinearity="leaky_relu", a=0.5))
    assert stats.kstest(drawn, stats.norm(0, math.sqrt(2 / (1 + 0.25) / IN)).cdf).pvalue > 1e-3


@pytest.mark.curriculum("I1")
def test_zeros_keep_the_units_of_a_layer_equal() -> None:
    """The symmetry that zero weights leave: hidden units get the same gradient and never differ."""
    module = initialized("nnstudio.zeros", module=nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1)), bias=0.3)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        (module(torch.randn(8, 4)) - 1).square().mean().backward()
        optimizer.step()
    hidden = module[0].weight
    assert hidden.abs().sum() > 0
    assert torch.equal(hidden, hidden[:1].expand_as(hidden))


def test_the_default_is_what_the_constructors_chose() -> None:
    torch.manual_seed(3)
    plain = nn.Linear(IN, OUT)
    again = initialized("torch.default", seed=3)
    assert torch.equal(plain.weight, again.weight)
    assert torch.equal(plain.bias, again.bias)


@pytest.mark.curriculum("I7")
@pytest.mark.parametrize("id", [id for id in sorted(bundled().initializers) if id != "torch.default"])
def test_bias_is_set_and_scales_of_normalizations_are_not(id: str) -> None:
    module = initialized(id, module=nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5)), bias=0.25)
    assert (module[0].bias == 0.25).all()
    assert (module[1].bias == 0.25).all()
    assert (module[1].weight == 1).all()


@pytest.mark.parametrize("id", sorted(bundled().initializers))
def test_same_seed_same_weights(id: str) -> None:
    assert torch.equal(initialized(id, seed=5).weight, initialized(id, seed=5).weight)


@pytest.mark.curriculum("I9")
def test_xavier_keeps_the_spread_of_tanh_layers() -> None:
    """CS231n's experiment: six tanh layers of 4 096 units; the published standard deviations."""
    torch.manual_seed(0)
    x = torch.randn(64, 4096)
    spreads = []
    for _ in range(6):
        layer = nn.Linear(4096, 4096, bias=False)
        recipe.initialize(layer, Entry("nnstudio.xavier_normal"), bundled())
        with torch.no_grad():
            x = torch.tanh(layer(x))
        spreads.append(x.std().item())
    np.testing.assert_allclose(spreads, [0.63, 0.49, 0.41, 0.36, 0.32, 0.30], atol=0.01)
