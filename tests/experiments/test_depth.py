"""Activations through depth: the figures of the course, and the spreads that theory promises."""

import numpy as np
import pytest
from experiment_helpers import bundled

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.depth import through
from nnstudio.experiments.forms import Depth
from nnstudio.experiments.perform import perform
from nnstudio.problems import NNStudioError


@pytest.mark.curriculum("I9", "I3")
def test_tanh_with_xavier_keeps_the_spreads_of_the_course():
    """tanh 6 × 4096: std .63 .49 .41 .36 .32 .30, means near 0. Statistical: width 1024 gives the same to within 0.02."""
    found = through(Depth(width=1024, samples=64), "xavier", bundled())
    np.testing.assert_allclose(found.stds, [0.63, 0.49, 0.41, 0.36, 0.32, 0.30], atol=0.02)
    np.testing.assert_allclose(found.means, 0, atol=0.02)
    assert all(counts.sum() == 64 * 1024 for counts, _ in found.histograms)


@pytest.mark.curriculum("I9", "I4")
def test_relu_dies_out_with_xavier_and_lives_with_he():
    """Of a layer's mean square ReLU keeps half: E h² falls by 2 a layer with 1/√D, stays with √(2/D)."""
    he = through(Depth(activation="relu", width=1024, samples=64, layers=8), "he", bundled())
    xavier = through(Depth(activation="relu", width=1024, samples=64, layers=8), "xavier", bundled())
    second = he.stds**2 + he.means**2
    np.testing.assert_allclose(second, 1, rtol=0.3)
    np.testing.assert_allclose((xavier.stds**2 + xavier.means**2) / second, 0.5 ** np.arange(1, 9), rtol=1e-4)


@pytest.mark.curriculum("I1", "I9")
def test_too_small_vanishes_and_too_large_saturates(bench: Bench):
    found = perform("depth", None, {"width": 512, "initializers": "0.01; 0.5; xavier"}, bench)
    assert "std 0.01: activations vanish" in found.verdict
    assert "std 0.5: activations saturate" in found.verdict
    assert "xavier: activations keep" in found.verdict
    assert found.numbers["slopes 0.01"][0] < 1e-3
    assert (np.diff(found.numbers["stds 0.01"]) < 0).all()


@pytest.mark.curriculum("I9")
def test_layers_are_those_of_numpy_for_the_identity():
    """Without an activation the spread is multiplied by std · √D a layer, forward and backward."""
    found = through(Depth(activation="identity", width=1024, samples=64), "0.05", bundled())
    np.testing.assert_allclose(found.stds, (0.05 * 32) ** np.arange(1, 7), rtol=0.05)
    np.testing.assert_allclose(found.slopes, (0.05 * 32) ** np.arange(5, -1, -1.0), rtol=0.05)


def test_installed_initializers_can_be_named_and_others_are_refused(bench: Bench):
    found = perform("depth", None, {"width": 64, "initializers": "orthogonal", "activation": "identity"}, bench)
    second = found.numbers["stds orthogonal"] ** 2 + found.numbers["means orthogonal"] ** 2
    np.testing.assert_allclose(second, second[0], rtol=1e-5)  # a rotation keeps lengths
    for name in ("nosuch", "-1", "", "nan"):
        with pytest.raises(NNStudioError):
            perform("depth", None, {"width": 8, "initializers": name}, bench)
