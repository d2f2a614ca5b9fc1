"""Initial weights against their definitions.

Distributions: a Kolmogorov–Smirnov test on 60 000 weights at significance 0.1 %; structure (zeros, rotations, identities): exactly.
The seeds are fixed, so each test has one outcome.
"""

import inspect
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from nnstudio import plugins
from nnstudio.params import validate
from nnstudio.plugins import resolve

REGISTRY = plugins.load(safe_mode=True).registry
OUT, IN = 200, 300


def initialized(id: str, module: nn.Module | None = None, seed: int = 0, inputs: tuple[Any, ...] = (), **params: Any):
    """`module` as "A run, exactly" says that it is initialized."""
    torch.manual_seed(seed)
    module = module or nn.Linear(IN, OUT)
    spec = REGISTRY.initializers[id]
    chosen, problems = validate(spec.params, params, owner=spec.title)
    assert chosen is not None, problems
    if not spec.function:
        return module
    function = resolve(spec.function)
    arguments = dict(spec.arguments(chosen) if spec.arguments else chosen)
    with torch.no_grad():
        if spec.scope == "network":
            function(module, inputs, **arguments)
        elif spec.scope == "module":
            for part in module.modules():
                if next(part.parameters(recurse=False), None) is not None:
                    function(part, **arguments)
        else:
            for name, parameter in module.named_parameters():
                if parameter.dim() >= 2:
                    function(parameter, **arguments)
                elif hasattr(chosen, "bias") and name.rpartition(".")[2].startswith("bias"):
                    parameter.fill_(chosen.bias)
    return module


def weights(module: nn.Module) -> np.ndarray:
    return module.weight.detach().double().numpy().ravel()


def follows(drawn: np.ndarray, distribution: Any) -> bool:
    return stats.kstest(drawn, distribution.cdf).pvalue > 1e-3


# ── distributions ─────────────────────────────────────────────────────────────────────────────────────────────────────

XAVIER, HE, LECUN = math.sqrt(2 / (IN + OUT)), math.sqrt(2 / IN), math.sqrt(1 / IN)


def between(low: float, high: float) -> Any:
    return stats.uniform(low, high - low)


DRAWN = {
    "nnstudio.too_small": [({}, stats.norm(0, 0.001))],
    "nnstudio.too_large": [({}, stats.norm(0, 3)), ({"std": 20.0}, stats.norm(0, 20))],
    "nnstudio.normal": [({"mean": 0.2, "std": 0.05}, stats.norm(0.2, 0.05))],
    "nnstudio.standard_normal": [({}, stats.norm(0, 1))],
    "nnstudio.truncated_normal": [
        ({"std": 0.5}, stats.truncnorm(-2, 2, 0, 0.5)),
        ({"mean": 1.0, "std": 0.1, "cut": 1.0}, stats.truncnorm(-1, 1, 1.0, 0.1)),
    ],
    "nnstudio.uniform": [({"low": -0.3, "high": 0.5}, between(-0.3, 0.5))],
    "nnstudio.xavier_uniform": [
        ({}, between(-math.sqrt(6 / (IN + OUT)), math.sqrt(6 / (IN + OUT)))),
        ({"gain": 2.0}, between(-2 * math.sqrt(6 / (IN + OUT)), 2 * math.sqrt(6 / (IN + OUT)))),
    ],
    "nnstudio.xavier_normal": [({}, stats.norm(0, XAVIER)), ({"gain": 5 / 3}, stats.norm(0, 5 / 3 * XAVIER))],
    "nnstudio.lecun_normal": [({}, stats.norm(0, LECUN))],
    "nnstudio.kaiming_uniform": [({}, between(-math.sqrt(6 / IN), math.sqrt(6 / IN)))],
    "nnstudio.kaiming_normal": [
        ({}, stats.norm(0, HE)),
        ({"mode": "fan_out"}, stats.norm(0, math.sqrt(2 / OUT))),
        ({"nonlinearity": "leaky_relu", "a": 0.5}, stats.norm(0, math.sqrt(2 / (1 + 0.25) / IN))),
        ({"nonlinearity": "tanh"}, stats.norm(0, 5 / 3 * LECUN)),
    ],
}
CASES = [(id, params, law) for id, cases in DRAWN.items() for params, law in cases]


@pytest.mark.curriculum("I1", "I2", "I3", "I4")
@pytest.mark.parametrize(("id", "params", "law"), CASES, ids=[f"{id} {params}" for id, params, _ in CASES])
def test_weights_follow_their_distribution(id: str, params: dict[str, Any], law: Any) -> None:
    drawn = weights(initialized(id, **params))
    assert follows(drawn, law)
    low, high = law.support()
    assert drawn.min() >= low - 1e-6
    assert drawn.max() <= high + 1e-6


@pytest.mark.curriculum("I3", "I4")
@pytest.mark.parametrize(
    ("id", "std"),
    [
        ("nnstudio.kaiming_normal", math.sqrt(2 / (30 * 25))),
        ("nnstudio.lecun_normal", math.sqrt(1 / (30 * 25))),
        ("nnstudio.xavier_normal", math.sqrt(2 / ((30 + 100) * 25))),
    ],
)
def test_the_fan_of_a_convolution_counts_its_window(id: str, std: float) -> None:
    assert follows(weights(initialized(id, nn.Conv2d(30, 100, 5))), stats.norm(0, std))


def test_the_default_is_what_the_constructors_chose() -> None:
    torch.manual_seed(3)
    plain = nn.Linear(IN, OUT)
    again = initialized("torch.default", seed=3)
    assert torch.equal(plain.weight, again.weight)
    assert torch.equal(plain.bias, again.bias)


# ── structure ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("I1")
def test_constants_are_what_they_say() -> None:
    assert (initialized("nnstudio.zeros").weight == 0).all()
    assert (initialized("nnstudio.constant", value=-0.25).weight == -0.25).all()


@pytest.mark.curriculum("I1")
@pytest.mark.parametrize("id", ["nnstudio.zeros", "nnstudio.constant"])
def test_units_that_start_alike_stay_alike(id: str) -> None:
    """The symmetry that equal weights leave: hidden units get the same gradient and never differ."""
    module = initialized(id, nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 1)), bias=0.3)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1)
    before = module[0].weight.detach().clone()
    for _ in range(5):
        optimizer.zero_grad()
        (module(torch.randn(8, 4)) - 1).square().mean().backward()
        optimizer.step()
    hidden = module[0].weight
    assert (hidden != before).any()
    assert torch.equal(hidden, hidden[:1].expand_as(hidden))


@pytest.mark.curriculum("I1")
@pytest.mark.parametrize(
    ("id", "activation", "low", "high"),
    [
        ("nnstudio.too_small", nn.Tanh(), 0.0, 1e-6),  # vanished
        ("nnstudio.too_large", nn.Tanh(), 0.95, 1.0),  # saturated: nearly all at ±1
        ("nnstudio.too_large", nn.ReLU(), 1e6, math.inf),  # exploded
        ("nnstudio.xavier_normal", nn.Tanh(), 0.2, 0.6),
    ],
)
def test_too_small_vanishes_and_too_large_saturates_or_explodes(id, activation, low, high) -> None:
    layers = [part for _ in range(6) for part in (nn.Linear(100, 100), activation)]
    module = initialized(id, nn.Sequential(*layers))
    assert low <= module(torch.randn(200, 100)).std().item() <= high


@pytest.mark.curriculum("I5")
@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([(7, 40), (12, 3, 5, 5), (5, 4, 9), (3, 2, 3, 3, 3), (20, 2)]),
    st.integers(1, 60),
    st.integers(0, 1000),
)
def test_sparse_gives_each_unit_exactly_k_weights(shape: tuple[int, ...], k: int, seed: int) -> None:
    weight = torch.full(shape, torch.nan, dtype=torch.float64)
    torch.manual_seed(seed)
    resolve(REGISTRY.initializers["nnstudio.sparse"].function)(weight, non_zeros=k, std=0.3)
    fan_in = math.prod(shape[1:])
    assert ((weight.flatten(1) != 0).sum(1) == min(k, fan_in)).all()


@pytest.mark.curriculum("I5")
def test_sparse_weights_are_gaussian_and_anywhere() -> None:
    drawn = weights(initialized("nnstudio.sparse", nn.Linear(100, 4000), non_zeros=15, std=0.5)).reshape(4000, 100)
    assert follows(drawn[drawn != 0], stats.norm(0, 0.5))
    # how often each input is heard: 4000 units choose 15 of 100 each. Without replacement the squares add up to χ²₉₉ · 0.85/0.99
    heard = (drawn != 0).sum(0)
    assert stats.chi2(99).sf(((heard - 600) ** 2 / (4000 * 0.15 * 0.85)).sum() * 0.99) > 1e-3


@pytest.mark.curriculum("I6")
@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([(6, 6), (4, 9), (9, 4), (8, 2, 3, 3), (20, 1, 3, 3), (5, 3, 4)]),
    st.floats(0.1, 5),
    st.integers(0, 1000),
)
def test_orthogonal_weights_keep_lengths_and_angles(shape: tuple[int, ...], gain: float, seed: int) -> None:
    weight = torch.empty(shape, dtype=torch.float64)
    torch.manual_seed(seed)
    resolve(REGISTRY.initializers["nnstudio.orthogonal"].function)(weight, gain=gain)
    rows = weight.numpy().reshape(shape[0], -1)
    gram = rows @ rows.T if len(rows) <= rows.shape[1] else rows.T @ rows
    np.testing.assert_allclose(gram, gain**2 * np.eye(len(gram)), atol=1e-10)


@pytest.mark.curriculum("I6")
def test_orthogonal_in_single_precision_to_1e6() -> None:
    rows = initialized("nnstudio.orthogonal", nn.Linear(64, 64)).weight.detach().numpy()
    assert np.abs(rows @ rows.T - np.eye(64)).max() <= 1e-6


@pytest.mark.curriculum("I6")
def test_identity_passes_its_input_on() -> None:
    x = torch.randn(5, 4, 9, 9)
    conv = initialized("nnstudio.identity", nn.Conv2d(4, 4, 3, padding=1))
    assert torch.equal(conv(x), x)
    flat = torch.randn(7, 6)
    assert torch.equal(initialized("nnstudio.identity", nn.Linear(6, 6), gain=2.0)(flat), 2 * flat)
    narrow = initialized("nnstudio.identity", nn.Linear(6, 4), bias=0.5)(flat)
    assert torch.equal(narrow, flat[:, :4] + 0.5)


@pytest.mark.curriculum("I6")
@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_recurrent_identity(kind: type[nn.RNNBase]) -> None:
    module = initialized(
        "nnstudio.identity_recurrent", kind(20, 7, num_layers=2, bidirectional=True), gain=0.9, std=0.01
    )
    for name, parameter in module.named_parameters():
        if name.startswith("weight_hh"):
            for gate in parameter.split(7):
                assert torch.equal(gate, 0.9 * torch.eye(7))
        elif name.startswith("bias"):
            assert (parameter == 0).all()
        else:
            assert abs(parameter.std().item() - 0.01) < 0.003
    linear = nn.Linear(3, 3)
    before = linear.weight.clone()
    assert torch.equal(initialized("nnstudio.identity_recurrent", linear).weight, before)


@pytest.mark.curriculum("I6")
def test_an_irnn_without_input_remembers() -> None:
    """h ← ReLU(I h): what is in the state stays there, to the bit."""
    module = initialized("nnstudio.identity_recurrent", nn.RNN(3, 6, nonlinearity="relu"))
    state = torch.rand(1, 2, 6)
    _, last = module(torch.zeros(50, 2, 3), state)
    assert torch.equal(last, state)


@pytest.mark.curriculum("I7")
@pytest.mark.parametrize(
    ("id", "params"), [(id, cases[0][0]) for id, cases in DRAWN.items()] + [("nnstudio.sparse", {})]
)
def test_bias_is_set_and_scales_of_normalizations_are_not(id: str, params: dict[str, Any]) -> None:
    module = initialized(id, nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5)), bias=0.01, **params)
    assert (module[0].bias == 0.01).all()
    assert (module[1].bias == 0.01).all()
    assert (module[1].weight == 1).all()


@pytest.mark.curriculum("I7")
def test_a_small_positive_bias_lets_more_rectifiers_speak_at_first() -> None:
    """With w ~ N(0, σ²) on inputs of length r, a unit speaks with probability Φ(b / (σ r))."""
    x = torch.full((1, 50), 50**-0.5)
    layer = initialized("nnstudio.normal", nn.Linear(50, 40_000), std=0.01, bias=0.01)
    share = (layer(x) > 0).double().mean().item()
    expected = stats.norm.cdf(0.01 / 0.01)
    assert abs(share - expected) < 5 * math.sqrt(expected * (1 - expected) / 40_000)


@pytest.mark.curriculum("I7")
@pytest.mark.parametrize("make", [lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True), lambda: nn.LSTMCell(3, 4)])
def test_forget_bias_is_one_and_nothing_else_changes(make) -> None:
    module = make()
    before = {name: parameter.detach().clone() for name, parameter in module.named_parameters()}
    initialized("nnstudio.forget_bias", module, value=1.0)
    after = dict(module.named_parameters())
    for name, old in before.items():
        others = torch.ones(len(old), dtype=torch.bool)
        others[4:8] = not name.startswith("bias")  # the gates stand in the order input, forget, cell, output
        assert torch.equal(old[others], after[name][others])
    for name in before:
        if name.startswith("bias_ih"):
            assert (after[name][4:8] + after[name.replace("_ih", "_hh")][4:8] == 1.0).all()


@pytest.mark.curriculum("I7")
def test_a_closed_lstm_forgets_as_its_bias_says() -> None:
    """With all else 0, c ← σ(b_f) c: after ten steps σ(1)¹⁰ of the memory is left."""
    module = nn.LSTM(2, 3).double()
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    initialized("nnstudio.forget_bias", module, value=1.0)
    _, (_, memory) = module(
        torch.zeros(10, 1, 2).double(), (torch.zeros(1, 1, 3).double(), torch.ones(1, 1, 3).double())
    )
    np.testing.assert_allclose(memory.detach(), (1 / (1 + math.exp(-1))) ** 10, rtol=1e-12)


@pytest.mark.curriculum("I7")
@pytest.mark.parametrize("make", [lambda: nn.GRU(3, 4), lambda: nn.RNN(3, 4), lambda: nn.Linear(3, 4)])
def test_forget_bias_leaves_other_layers_alone(make) -> None:
    module = make()
    before = [parameter.detach().clone() for parameter in module.parameters()]
    initialized("nnstudio.forget_bias", module)
    assert all(torch.equal(old, new) for old, new in zip(before, module.parameters(), strict=True))


# ── from the data ─────────────────────────────────────────────────────────────────────────────────────────────────────


class Branches(nn.Module):
    """One layer used twice, one weight in two layers, one layer never used, a layer with several outputs, a reparametrized one."""

    def __init__(self) -> None:
        super().__init__()
        self.shared = nn.Linear(12, 12)
        self.one, self.other = nn.Linear(12, 12), nn.Linear(12, 12)
        self.other.weight = self.one.weight
        self.unused = nn.Linear(3, 3)
        self.lstm = nn.LSTM(12, 12)
        self.bound = nn.utils.parametrizations.weight_norm(nn.Linear(12, 6))
        self.norm, self.drop = nn.BatchNorm1d(12), nn.Dropout(0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.drop(self.norm(self.shared(torch.relu(self.shared(x)))))
        x = self.other(torch.relu(self.one(x)))
        return self.bound(self.lstm(x)[0])


def outputs_of(network: nn.Module, x: torch.Tensor) -> dict[str, np.ndarray]:
    """The output of each part that gives a tensor, by name."""
    seen: dict[str, np.ndarray] = {}

    def watch(name: str, part: nn.Module) -> None:
        def keep(_: nn.Module, __: Any, out: Any) -> None:
            if isinstance(out, torch.Tensor):
                seen.setdefault(name, out.detach().double().numpy())

        part.register_forward_hook(keep)

    for name, part in network.named_modules():
        watch(name, part)
    network.eval()(x)
    return seen


@pytest.mark.curriculum("I8")
@pytest.mark.parametrize("activation", [nn.ReLU(), nn.Tanh(), nn.Sigmoid()])
@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_lsuv_gives_every_layer_unit_variance(activation: nn.Module, scale: float) -> None:
    torch.manual_seed(1)
    x = scale * torch.randn(64, 3, 8, 8)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3), activation, nn.Conv2d(8, 8, 3), activation, nn.Flatten(), nn.Linear(128, 20), activation
    ).append(nn.Linear(20, 5))
    initialized("nnstudio.lsuv", network, inputs=(x,), tolerance=0.01)
    for name, out in outputs_of(network, x).items():
        if name in {"0", "2", "5", "7"}:
            assert abs(out.var() - 1) < 0.011, name
    rows = network[7].weight.detach().flatten(1).double().numpy()
    gram = rows @ rows.T
    np.testing.assert_allclose(gram / gram[0, 0], np.eye(5), atol=1e-5)  # still orthogonal: only scaled


@pytest.mark.curriculum("I8")
def test_lsuv_follows_its_algorithm_written_out() -> None:
    """Two layers in NumPy: orthonormal weights, W ← W / √Var until |Var − 1| < tolerance, in order."""
    torch.manual_seed(2)
    x = torch.randn(40, 6, dtype=torch.float64)
    network = initialized("nnstudio.lsuv", nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 4)).double(), 7, (x,))
    torch.manual_seed(7)
    h = x.numpy()
    for layer, (out, fan_in) in ((network[0], (5, 6)), (network[2], (4, 5))):
        weight = nn.init.orthogonal_(torch.empty(out, fan_in, dtype=torch.float64)).numpy()
        for _ in range(10):
            variance = (h @ weight.T).var()
            if abs(variance - 1) < 0.1:
                break
            weight = weight / np.sqrt(variance)
        np.testing.assert_allclose(layer.weight.detach(), weight, rtol=1e-10)
        assert (layer.bias == 0).all()
        h = np.maximum(h @ weight.T, 0)


@pytest.mark.curriculum("I8")
def test_lsuv_on_shared_unused_and_reparametrized_layers() -> None:
    torch.manual_seed(3)
    network, x = Branches(), torch.randn(200, 12)
    network.drop.eval()
    initialized("nnstudio.lsuv", network, inputs=(x,), tolerance=0.01)
    assert network.training
    assert (network.norm.running_mean == 0).all()
    assert network.one.weight is network.other.weight
    assert all(not part._forward_hooks for part in network.modules())
    seen = outputs_of(network, x)
    assert abs(seen["one"].var() - 1) < 0.011
    assert abs(seen["bound"].var() - 1) < 0.011
    with torch.no_grad():
        first = network.shared(x)
        both = torch.cat((first, network.shared(torch.relu(first))))
    assert abs(both.var(correction=0).item() - 1) < 0.011


@pytest.mark.curriculum("I8")
def test_lsuv_on_dead_inputs_leaves_finite_weights() -> None:
    network = initialized("nnstudio.lsuv", nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2)), inputs=(torch.zeros(5, 4),))
    assert all(torch.isfinite(parameter).all() for parameter in network.parameters())


# ── through depth ─────────────────────────────────────────────────────────────────────────────────────────────────────


def through_depth(id: str, activation: Any, size: int, layers: int = 6, samples: int = 64) -> np.ndarray:
    """(mean, std) of the activations of each layer, for inputs N(0, 1)."""
    torch.manual_seed(100)
    x = torch.randn(samples, size)
    found: list[tuple[float, float]] = []
    for layer in range(layers):
        with torch.no_grad():
            x = activation(initialized(id, nn.Linear(size, size, bias=False), seed=layer)(x))
        found.append((x.mean().item(), x.std().item()))
    return np.array(found)


@pytest.mark.curriculum("I9")
def test_xavier_keeps_the_spread_of_tanh_layers() -> None:
    """CS231n's experiment: six tanh layers of 4 096 units; the published standard deviations, means about 0."""
    means, stds = through_depth("nnstudio.xavier_normal", torch.tanh, 4096).T
    np.testing.assert_allclose(means, 0, atol=0.005)
    np.testing.assert_allclose(stds, [0.63, 0.49, 0.41, 0.36, 0.32, 0.30], atol=0.01)


@pytest.mark.curriculum("I9", "I4")
def test_relu_vanishes_under_xavier_and_not_under_he() -> None:
    """Each ReLU halves the mean square: under Xavier it goes like 2⁻ˡ, He's factor 2 makes up for it."""
    for id, each in (("nnstudio.xavier_normal", 0.5), ("nnstudio.kaiming_normal", 1.0)):
        squares = np.square(through_depth(id, torch.relu, 1024)).sum(1)  # mean² + std²
        np.testing.assert_allclose(squares[1:] / squares[:-1], each, rtol=0.12)
        np.testing.assert_allclose(squares[-1] / squares[0], each**5, rtol=0.25)


# ── all of them ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("I2")
@pytest.mark.parametrize("id", sorted(REGISTRY.initializers))
def test_same_seed_same_weights(id: str) -> None:
    def drawn() -> list[torch.Tensor]:
        torch.manual_seed(5)
        module = nn.Sequential(nn.Linear(20, 10), nn.Linear(10, 5))
        initialized(id, module, seed=6, inputs=(torch.eye(4, 20),))
        return [parameter.detach() for parameter in module.parameters()]

    assert all(torch.equal(one, two) for one, two in zip(drawn(), drawn(), strict=True))


@pytest.mark.parametrize("id", sorted(REGISTRY.initializers))
def test_a_functions_source_stands_alone(id: str) -> None:
    """What the plugin brings goes into the exported script, where torch and nn are all it has."""
    target = REGISTRY.initializers[id].function
    if target.startswith("nnstudio"):
        function = resolve(target)
        namespace: dict[str, Any] = {"torch": torch, "nn": nn}
        exec(inspect.getsource(function), namespace)
        used = {name for name in function.__code__.co_names if name in function.__globals__}
        assert used <= {"torch", "nn"}


BAD = [
    ("nnstudio.constant", "value", 1000.0),
    ("nnstudio.normal", "std", -1.0),
    ("nnstudio.normal", "std", math.nan),
    ("nnstudio.normal", "mean", math.inf),
    ("nnstudio.too_large", "std", -3.0),
    ("nnstudio.truncated_normal", "cut", 0.0),
    ("nnstudio.xavier_uniform", "gain", 0.0),
    ("nnstudio.kaiming_normal", "mode", "fan_avg"),
    ("nnstudio.sparse", "non_zeros", 0),
    ("nnstudio.sparse", "non_zeros", 1.5),
    ("nnstudio.orthogonal", "gain", -1.0),
    ("nnstudio.identity", "gain", "one"),
    ("nnstudio.identity_recurrent", "std", -0.1),
    ("nnstudio.forget_bias", "value", math.nan),
    ("nnstudio.lsuv", "tolerance", 1.0),
    ("nnstudio.lsuv", "max_iterations", 0),
    ("nnstudio.lsuv", "bias", 100.0),
]


@pytest.mark.curriculum("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8")
@pytest.mark.parametrize(("id", "name", "value"), BAD)
def test_a_bad_value_is_named_with_what_is_allowed(id: str, name: str, value: Any) -> None:
    spec = REGISTRY.initializers[id]
    chosen, problems = validate(spec.params, {name: value}, owner=spec.title, place="recipe")
    assert chosen is None
    (problem,) = problems
    assert problem.param == name
    assert spec.title in problem.message
    assert name in problem.message
    assert "Allowed:" in problem.remedy or "finite" in f"{problem.message} {problem.remedy}"
