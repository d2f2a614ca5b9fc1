"""Mixup, CutMix, mixed examples and SamplePairing: each result is the stated combination of two samples, and targets go with it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nnstudio_augmentation.mixing_functions import cutmix, mixed_examples, mixup, sample_pairing
from scipy import stats

SURE = 1e-4
few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 10_000)
alphas = st.floats(0.05, 20)
METHODS = (
    "vertical_concat",
    "horizontal_concat",
    "mixed_concat",
    "vh_mixup",
    "random_rows",
    "random_columns",
    "random_pixels",
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def shares(count: int, classes: int, seed: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).dirichlet(np.ones(classes), count))


def own_share(mixed: torch.Tensor, target: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """With one class a sample, (λ, partner) of each, read off its mixed target."""
    rows = mixed.numpy()
    partners, weights = np.arange(len(rows)), np.ones(len(rows))
    for index, row in enumerate(rows):
        weights[index] = row[index]
        others = np.flatnonzero(np.delete(row, index))
        assert len(others) <= 1
        if len(others):
            partners[index] = others[0] + (others[0] >= index)
    return weights, partners


@pytest.mark.curriculum("A5")
@given(st.integers(1, 12), st.integers(1, 6), alphas, seeds)
@few
def test_mixup_is_a_convex_combination_of_inputs_and_targets(count: int, classes: int, alpha: float, seed: int) -> None:
    x = torch.from_numpy(np.random.default_rng(seed).normal(size=(count, 3, 2, 2)))
    t = shares(count, classes, seed)
    y, mixed = mixup(x, t, generator(seed), alpha=alpha)
    np.testing.assert_allclose(mixed.sum(1), np.ones(count), atol=1e-12)
    assert (mixed >= 0).all()
    marked = torch.eye(count, dtype=torch.float64)  # the same draws with a class a sample tell λ and the partner
    weights, partners = own_share(mixup(x, marked, generator(seed), alpha=alpha)[1], marked)
    lam = weights[:, None, None, None]
    np.testing.assert_allclose(y, lam * x.numpy() + (1 - lam) * x.numpy()[partners], atol=1e-10)
    np.testing.assert_allclose(
        mixed, weights[:, None] * t.numpy() + (1 - weights[:, None]) * t.numpy()[partners], atol=1e-10
    )
    assert (y <= x.max(0).values + 1e-12).all()
    assert (y >= x.min(0).values - 1e-12).all()


@pytest.mark.curriculum("A5")
@pytest.mark.parametrize("alpha", [0.1, 0.2, 1.0, 4.0])
def test_lambda_is_beta_distributed(alpha: float) -> None:
    marked = torch.eye(3000, dtype=torch.float64)
    weights, partners = own_share(mixup(marked, marked, generator(1), alpha=alpha)[1], marked)
    mixed = partners != np.arange(3000)
    assert stats.kstest(weights[mixed], stats.beta(alpha, alpha).cdf).pvalue > SURE


@pytest.mark.curriculum("A5")
def test_partners_are_a_permutation() -> None:
    marked = torch.eye(50, dtype=torch.float64)
    _, partners = own_share(mixup(marked, marked, generator(2), alpha=1.0)[1], marked)
    assert sorted(partners) == list(range(50))


@pytest.mark.curriculum("A5")
def test_regression_targets_are_mixed_too() -> None:
    x = torch.linspace(-3, 3, 20, dtype=torch.float64)[:, None]
    y, mixed = mixup(x, 5 * x - 1, generator(3), alpha=1.0)
    torch.testing.assert_close(mixed, 5 * y - 1)  # what is linear stays so


@pytest.mark.curriculum("A5")
@given(st.integers(1, 8), st.integers(2, 12), st.integers(2, 12), alphas, seeds)
@few
def test_cutmix_puts_in_a_box_and_mixes_by_its_area(
    count: int, height: int, width: int, alpha: float, seed: int
) -> None:
    own = torch.arange(count, dtype=torch.float64).view(-1, 1, 1, 1).expand(count, 2, height, width)
    y, mixed = cutmix(own, torch.eye(count, dtype=torch.float64), generator(seed), alpha=alpha)
    for index, image in enumerate(y.numpy()):
        foreign = image != index
        assert (foreign == foreign[0]).all()
        assert len(np.unique(image[foreign])) <= 1
        rows, columns = np.flatnonzero(foreign[0].any(1)), np.flatnonzero(foreign[0].any(0))
        assert foreign[0][np.ix_(rows, columns)].all()
        expected = np.bincount(image[0].astype(int).ravel(), minlength=count) / (height * width)
        np.testing.assert_allclose(mixed[index], expected, atol=1e-10)


@pytest.mark.curriculum("A5")
@pytest.mark.parametrize("method", METHODS)
@given(st.integers(1, 8), st.integers(2, 9), st.integers(2, 9), alphas, seeds)
@few
def test_mixed_examples_give_each_class_its_area(
    method: str, count: int, height: int, width: int, alpha: float, seed: int
) -> None:
    """A picture that is full of its own number tells, by one-hot channels, how much of whom is where."""
    marks = torch.eye(count, dtype=torch.float64)
    x = marks[:, :, None, None].expand(count, count, height, width)
    y, mixed = mixed_examples(x, marks, generator(seed), method=method, alpha=alpha)
    np.testing.assert_allclose(y.mean((2, 3)), mixed, atol=1e-10)
    np.testing.assert_allclose(y.sum(1), np.ones((count, height, width)), atol=1e-10)
    for index, image in enumerate(y.numpy()):
        own = image[index]  # H × W, how much of each place is the sample's own
        if method != "vh_mixup":
            assert np.isin(own, (0.0, 1.0)).all()
        match method:
            case "vertical_concat":
                assert (own == own[:, :1]).all()
                assert (np.diff(own[:, 0]) <= 0).all()
            case "horizontal_concat":
                assert (own == own[:1]).all()
                assert (np.diff(own[0]) <= 0).all()
            case "random_rows":
                assert (own == own[:, :1]).all()
            case "random_columns":
                assert (own == own[:1]).all()
            case "mixed_concat":  # a chequerboard of four: rank-1 once 0 and 1 are −1 and 1
                assert np.linalg.matrix_rank(2 * own - 1) == 1
            case "vh_mixup":  # λ₃ · above + (1 − λ₃) · before
                spread = own - own[-1:] - own[:, -1:] + own[-1, -1]
                np.testing.assert_allclose(spread, 0, atol=1e-10)
            case _:
                pass


@pytest.mark.curriculum("A5")
def test_single_pixels_are_taken_by_chance() -> None:
    marks = torch.eye(2, dtype=torch.float64)
    x = marks[:, :, None, None].expand(2, 2, 60, 60)
    y, mixed = mixed_examples(x, marks, generator(5), method="random_pixels", alpha=1.0)
    own = y[0, 0].numpy()
    runs = abs(np.diff(own, axis=1)).mean()  # neighbours differ as often as independent ones do
    share = float(mixed[0, 0])
    if 0 < share < 1:
        assert abs(runs - 2 * share * (1 - share)) < 0.05


@pytest.mark.curriculum("A5")
@given(st.integers(2, 10), st.floats(0, 1), seeds)
@few
def test_sample_pairing_is_the_mean_of_two(count: int, p: float, seed: int) -> None:
    x = torch.eye(count, dtype=torch.float64)
    for index, row in enumerate(sample_pairing(x, generator(seed), p=p).numpy()):
        assert row[index] in (0.5, 1.0)
        assert row.sum() == 1
        assert np.isin(row, (0.0, 0.5, 1.0)).all()
