"""The checks that everything built in passes, and what only this plugin knows of itself."""

import numpy as np
import pytest
import torch
from nnstudio_fourier import Waves, register_datasets, register_layers
from nnstudio_fourier.data import waves
from nnstudio_fourier.modules import Swish
from nnstudio_fourier.views import spectrum

from nnstudio.api import Bars
from nnstudio.testing import check_dataset, check_layer, check_plugin, example_history


def test_the_plugin_is_sound() -> None:
    assert check_plugin("nnstudio_fourier") == []


@pytest.mark.parametrize("shape", [(4, 7), (4, 3, 5, 5)])
@pytest.mark.parametrize("beta", [0.0, 1.0, 20.0])
def test_swish_takes_any_shape_and_bend(shape: tuple[int, ...], beta: float) -> None:
    (spec,) = register_layers()
    assert check_layer(spec, shape, params={"beta": beta}) == []


def test_swish_lies_between_half_the_line_and_relu() -> None:
    x = torch.linspace(-5, 5, 101)
    assert torch.allclose(Swish(0.0)(x), x / 2)
    assert torch.allclose(Swish(100.0)(x), torch.relu(x), atol=0.01)
    assert torch.allclose(Swish(1.0)(x), torch.nn.functional.silu(x))


def test_waves_without_noise_are_what_they_are_called() -> None:
    (spec,) = register_datasets()
    assert check_dataset(spec, {"samples": 30, "noise": 0.0}) == []
    data = waves(Waves(samples=300, noise=0.0))
    values, shape = data.fields["wave"].values, data.fields["shape"].values
    assert np.isin(values[shape == 1], (-1, 0, 1)).all()
    assert np.abs(values).max() <= 1


def test_the_spectrum_of_a_trembling_loss() -> None:
    figure = spectrum(example_history())
    assert isinstance(figure, Bars)
    assert figure.edges is not None
    assert len(figure.edges) == len(figure.values) + 1
