"""Augmentations at pixel level, and noise, against their definitions in NumPy float64.

The drawn parameter is read off the result, must explain all of the sample, and over many samples be distributed as stated
(Kolmogorov–Smirnov, p > 10⁻⁴ with a fixed seed).
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nnstudio_augmentation.noise_functions import input_noise, label_noise, target_noise
from nnstudio_augmentation.pixel_functions import (
    blur,
    brightness,
    contrast,
    gamma,
    invert,
    pixel_noise,
    posterize,
    solarize,
)
from scipy import ndimage, stats

SURE = 1e-4  # the least p-value
few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 10_000)


def pictures(seed: int, count: int = 5, channels: int = 2, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
    random = np.random.default_rng(seed)
    return torch.from_numpy(random.uniform(low, high, (count, channels, 6, 7)))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.curriculum("A1")
@given(seeds, st.floats(0, 1))
@few
def test_brightness_adds_one_number_to_each_picture(seed: int, amount: float) -> None:
    x = pictures(seed).numpy()
    y = brightness(torch.from_numpy(x), generator(seed), amount=amount).numpy()
    inside = (y > 0) & (y < 1)
    for old, new, free in zip(x, y, inside, strict=True):
        if not free.any():
            continue
        shift = (new - old)[free][0]
        assert abs(shift) <= amount + 1e-12
        np.testing.assert_allclose(new, np.clip(old + shift, 0, 1), atol=1e-10)


@pytest.mark.curriculum("A1")
@given(seeds, st.floats(0.01, 1))
@few
def test_contrast_spreads_about_the_mean(seed: int, amount: float) -> None:
    x = pictures(seed, low=0.4, high=0.6).numpy()
    y = contrast(torch.from_numpy(x), generator(seed), amount=amount).numpy()
    for old, new in zip(x, y, strict=True):
        factor = new.std() / old.std()
        assert 1 - amount - 1e-9 <= factor <= 1 + amount + 1e-9
        np.testing.assert_allclose(new, old.mean() + factor * (old - old.mean()), atol=1e-10)


@pytest.mark.curriculum("A1")
@given(seeds, st.floats(0, 5))
@few
def test_gamma_is_a_power(seed: int, amount: float) -> None:
    x = pictures(seed, low=0.1, high=0.9).numpy()
    y = gamma(torch.from_numpy(x), generator(seed), amount=amount).numpy()
    for old, new in zip(x, y, strict=True):
        exponent = np.log(new.flat[0]) / np.log(old.flat[0])
        assert 1 / (1 + amount) - 1e-9 <= exponent <= 1 + amount + 1e-9
        np.testing.assert_allclose(new, old**exponent, atol=1e-10)


@pytest.mark.curriculum("A1")
def test_drawn_numbers_are_uniform() -> None:
    flat = torch.full((4000, 1, 1, 1), 0.5, dtype=torch.float64)
    shifts = (brightness(flat, generator(1), amount=0.3) - 0.5).numpy().ravel()
    assert stats.kstest(shifts, stats.uniform(-0.3, 0.6).cdf).pvalue > SURE
    exponents = np.log(np.log(gamma(flat, generator(2), amount=0.5).numpy().ravel()) / np.log(0.5))
    width = np.log(1.5)
    assert stats.kstest(exponents, stats.uniform(-width, 2 * width).cdf).pvalue > SURE
    two = torch.tensor([0.4, 0.6], dtype=torch.float64).view(1, 1, 1, 2).expand(4000, 1, 1, 2)
    factors = (contrast(two, generator(3), amount=0.5)[:, 0, 0, 1].numpy() - 0.5) / 0.1
    assert stats.kstest(factors, stats.uniform(0.5, 1.0).cdf).pvalue > SURE


@pytest.mark.curriculum("A1")
@given(seeds, st.floats(0, 1))
@few
def test_invert_is_exact(seed: int, p: float) -> None:
    x = pictures(seed, 40).numpy()
    y = invert(torch.from_numpy(x), generator(seed), p=p).numpy()
    for old, new in zip(x, y, strict=True):
        assert np.array_equal(new, old) or np.array_equal(new, 1 - old)


@pytest.mark.curriculum("A1")
@given(seeds, st.integers(1, 8))
@few
def test_posterize_keeps_the_highest_bits(seed: int, bits: int) -> None:
    levels = np.random.default_rng(seed).integers(0, 256, (5, 1, 6, 7))
    x = torch.from_numpy(levels / 255)
    kept = (levels >> (8 - bits)) << (8 - bits)
    np.testing.assert_allclose(posterize(x, generator(), bits=bits, p=1.0).numpy(), kept / 255, atol=1e-12)
    assert torch.equal(posterize(x, generator(), bits=bits, p=0.0), x)
    np.testing.assert_allclose(posterize(x.float(), generator(), bits=bits, p=1.0).numpy(), kept / 255, atol=1e-6)


@pytest.mark.curriculum("A1")
@given(seeds, st.floats(0, 1))
@few
def test_solarize_inverts_what_is_bright(seed: int, threshold: float) -> None:
    x = pictures(seed).numpy()
    y = solarize(torch.from_numpy(x), generator(), threshold=threshold, p=1.0).numpy()
    assert np.array_equal(y, np.where(x >= threshold, 1 - x, x))


@pytest.mark.curriculum("A1")
@pytest.mark.parametrize("function", [invert, lambda x, g, p: posterize(x, g, bits=1, p=p), solarize])
def test_p_is_how_many(function) -> None:
    x = torch.full((4000, 1, 1, 1), 0.8, dtype=torch.float64)
    changed = int((function(x, generator(4), p=0.3) != x).sum())
    assert stats.binomtest(changed, 4000, 0.3).pvalue > SURE
    assert not (function(x, generator(), p=0.0) != x).any()


@pytest.mark.curriculum("A1")
@given(seeds, st.floats(0.3, 3))
@few
def test_blur_is_a_gaussian_of_some_width(seed: int, sigma: float) -> None:
    x = pictures(seed, 3).numpy()
    y = blur(torch.from_numpy(x), generator(seed), sigma=sigma).numpy()
    widths = sigma * torch.rand(3, 1, generator=generator(seed)).numpy().astype(np.float64)
    radius = int(np.ceil(3 * sigma))
    for old, new, width in zip(x, y, widths[:, 0].clip(1e-3), strict=True):
        weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / width) ** 2)
        expected = ndimage.correlate1d(old, weights / weights.sum(), axis=1, mode="nearest")
        expected = ndimage.correlate1d(expected, weights / weights.sum(), axis=2, mode="nearest")
        np.testing.assert_allclose(new, expected, atol=1e-7)  # the width is drawn as float32


@pytest.mark.curriculum("A1", "R5")
def test_noise_is_gaussian_and_independent() -> None:
    middle = torch.full((200, 1, 10, 10), 0.5, dtype=torch.float64)
    noise = (pixel_noise(middle, generator(5), std=0.05) - 0.5).numpy().ravel()
    assert stats.kstest(noise, stats.norm(0, 0.05).cdf).pvalue > SURE
    assert abs(np.corrcoef(noise[:-1], noise[1:])[0, 1]) < 4 / np.sqrt(len(noise))
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(2000, 6)))
    added = (input_noise(x, generator(6), std=0.7) - x).numpy()
    assert stats.kstest(added.ravel(), stats.norm(0, 0.7).cdf).pvalue > SURE
    assert abs(np.corrcoef(added.T) - np.eye(6)).max() < 4 / np.sqrt(2000)


@pytest.mark.curriculum("R5")
def test_target_noise_leaves_the_inputs_alone() -> None:
    x, t = torch.randn(3000, 2, generator=generator()), torch.linspace(-5, 5, 3000, dtype=torch.float64)[:, None]
    same, noisy = target_noise(x, t, generator(7), std=0.4)
    assert same is x
    assert stats.kstest((noisy - t).numpy().ravel(), stats.norm(0, 0.4).cdf).pvalue > SURE


@pytest.mark.curriculum("R5")
@given(st.integers(2, 6), seeds)
@few
def test_label_noise_gives_another_class(classes: int, seed: int) -> None:
    t = torch.eye(classes)[torch.arange(50) % classes]
    _, same = label_noise(torch.zeros(50, 1), t, generator(seed), p=0.0)
    _, other = label_noise(torch.zeros(50, 1), t, generator(seed), p=1.0)
    assert torch.equal(same, t)
    assert ((other == 0) | (other == 1)).all()
    assert (other.sum(1) == 1).all()
    assert (other.argmax(1) != t.argmax(1)).all()


@pytest.mark.curriculum("R5")
def test_label_noise_takes_each_other_class_alike() -> None:
    t = torch.eye(4)[torch.zeros(6000, dtype=torch.long)]
    _, noisy = label_noise(torch.zeros(6000, 1), t, generator(8), p=0.3)
    counts = noisy.sum(0).numpy()
    assert stats.binomtest(int(6000 - counts[0]), 6000, 0.3).pvalue > SURE
    assert stats.chisquare(counts[1:]).pvalue > SURE
