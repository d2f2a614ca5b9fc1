"""Gradient noise, loss landscapes and the invariance behind batch norm, against their definitions."""

import numpy as np
import pytest
import torch
from experiment_helpers import bundled, classifier, diabetes, moons

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.gradient_noise import flat_gradient, moments
from nnstudio.experiments.landscape import direction, flat, loss_at, main_directions
from nnstudio.experiments.perform import perform
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Entry

NORMED = (("torch.linear", {"out_features": 12}), "torch.batch_norm1d", "torch.relu")


@pytest.mark.curriculum("O18")
def test_the_spread_of_gradients_is_that_of_the_samples_gradients(bench: Bench):
    subject = bench.subject(moons(), double=True)
    rows = subject.rows[:40]
    mean, trace = moments(subject, rows)
    each = np.stack([flat_gradient(subject, row[None]) for row in rows])
    np.testing.assert_allclose(mean, each.mean(axis=0), atol=1e-12)
    assert trace == pytest.approx(each.var(axis=0).sum(), rel=1e-10)
    np.testing.assert_allclose(mean, flat_gradient(subject, rows), atol=1e-12)


@pytest.mark.curriculum("O18")
def test_noise_falls_with_the_root_of_the_batch_size(bench: Bench):
    """RMS distance of 200 draws: its own relative error is about 1/√(2 · 200) for each size; five of them are allowed."""
    found = perform("gradient_noise", moons(), {"samples": 64, "draws": 200, "largest": 64}, bench)
    np.testing.assert_allclose(found.numbers["measured"], found.numbers["law"], rtol=5 / np.sqrt(400))
    assert found.numbers["slope"] == pytest.approx(-0.5, abs=0.06)
    assert found.numbers["noise_scale"] > 0


@pytest.mark.curriculum("O14")
def test_directions_have_the_norms_of_the_filters(bench: Bench):
    subject = bench.subject(moons(), double=True)
    drawn = direction(subject, torch.Generator().manual_seed(4))
    place = 0
    for parameter in subject.parameters:
        part = drawn[place : place + parameter.numel()].view_as(parameter)
        place += parameter.numel()
        if parameter.dim() < 2:
            assert not part.any()
        else:
            np.testing.assert_allclose(part.norm(dim=1).numpy(), parameter.detach().norm(dim=1).numpy(), rtol=1e-12)


@pytest.mark.curriculum("O14")
def test_the_middle_of_the_plane_is_the_loss_of_the_trained_weights(bench: Bench):
    values = {"points": 5, "epochs": 3, "samples": 100}
    found = perform("landscape", moons(), values, bench)
    assert found.numbers["values"].shape == (5, 5)
    assert found.numbers["values"][2, 2] == pytest.approx(found.numbers["centre"], rel=1e-12)
    assert found.numbers["values"].min() > 0


@pytest.mark.curriculum("O14")
def test_a_plane_of_a_linear_regression_is_the_parabola_by_hand(bench: Bench):
    project = diabetes(batch_size=64, optimizer=Entry("torch.sgd", {"lr": 0.05}))
    found = perform("landscape", project, {"points": 7, "epochs": 1, "samples": 80, "seed": 2, "span": 2.0}, bench)
    values, steps = found.numbers["values"], found.numbers["steps"]
    coefficients = np.polynomial.polynomial.polyvander2d(*np.meshgrid(steps, steps), [2, 2]).reshape(49, 9)
    quadratic = coefficients[:, [0, 1, 2, 3, 4, 6]]  # 1, β, β², α, αβ, α²
    fit = quadratic @ np.linalg.lstsq(quadratic, values.ravel(), rcond=None)[0]
    np.testing.assert_allclose(values.ravel(), fit, rtol=1e-9)


@pytest.mark.curriculum("O14")
def test_the_line_leads_from_the_first_loss_to_the_last(bench: Bench):
    project = moons(optimizer=Entry("torch.adam", {"lr": 0.05}))
    found = perform("landscape", project, {"plane": "line", "points": 8, "epochs": 5}, bench)
    shares, losses = found.numbers["shares"], found.numbers["train"]
    subject = bench.subject(project, double=True)
    subject.module.eval()
    batch = subject.batch(next(subject.orders())[:512])
    np.testing.assert_allclose(losses[np.isclose(shares, 0)], loss_at(subject, batch, flat(subject)), rtol=1e-12)
    assert losses[np.isclose(shares, 1)] < losses[np.isclose(shares, 0)]


@pytest.mark.curriculum("O14")
def test_the_path_lies_in_the_plane_of_its_principal_components(bench: Bench):
    found = perform("landscape", moons(), {"plane": "path", "points": 5, "epochs": 4, "samples": 100}, bench)
    path, shares = found.numbers["path"], found.numbers["shares"]
    assert path.shape == (5, 2)
    np.testing.assert_allclose(path[-1], 0, atol=1e-12)
    assert 0.5 < shares.sum() <= 1 + 1e-12
    assert found.numbers["losses"][-1] < found.numbers["losses"][0]


@pytest.mark.curriculum("O14")
def test_main_directions_are_those_of_numpys_singular_values():
    generator = np.random.default_rng(1)
    places = [torch.from_numpy(generator.normal(size=9)) for _ in range(6)]
    one, other, where, shares = main_directions(places)
    offsets = np.stack([(place - places[-1]).numpy() for place in places])
    _, sizes, axes = np.linalg.svd(offsets[:-1], full_matrices=False)
    np.testing.assert_allclose(shares, (sizes**2 / (sizes**2).sum())[:2], rtol=1e-10)
    np.testing.assert_allclose(np.abs(where), np.abs(offsets @ axes[:2].T), atol=1e-10)
    assert float(one @ other) == pytest.approx(0, abs=1e-12)


def test_a_checkpoint_has_no_path_and_one_epoch_spans_no_plane(bench: Bench):
    with pytest.raises(NNStudioError, match="after each epoch"):
        perform("landscape", moons(), {"plane": "path", "checkpoint": "x"}, bench)
    with pytest.raises(NNStudioError, match="no plane"):
        perform("landscape", moons(), {"plane": "path", "epochs": 1}, bench)


@pytest.mark.curriculum("N5")
def test_behind_batch_norm_only_the_effective_learning_rate_feels_the_scale(bench: Bench):
    found = perform("scale_invariance", moons(*NORMED), {"largest": 8.0}, bench)
    norms, angles, gradients = (found.numbers[name] for name in ("norms", "angles", "gradients"))
    large = norms >= norms[len(norms) // 2]  # where the ε of batch norm does not show
    assert found.numbers["changes"][large].max() < 1e-3
    np.testing.assert_allclose(gradients[large] * norms[large], gradients[large][0] * norms[large][0], rtol=1e-2)
    np.testing.assert_allclose(angles[large] * norms[large] ** 2, angles[large][0] * norms[large][0] ** 2, rtol=2e-2)
    assert found.numbers["slope"] == pytest.approx(-2, abs=0.1)


def test_without_a_normalization_there_is_nothing_to_scale(bench: Bench):
    with pytest.raises(NNStudioError, match="Batch norm"):
        perform("scale_invariance", moons(), {}, bench)
    with pytest.raises(NNStudioError, match="linear1"):
        perform("scale_invariance", moons(*NORMED), {"node": "linear9"}, bench)
    assert bundled().layer("torch.batch_norm1d") is not None
    assert classifier(*NORMED).nodes
