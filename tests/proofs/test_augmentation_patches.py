"""PatchShuffle, cutout and random erasing: what moves stays in its window, and holes have the stated size, number and place."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nnstudio_augmentation.patch_functions import cutout, patch_shuffle, random_erasing
from scipy import stats

SURE = 1e-4
few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 10_000)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def numbered(count: int, height: int, width: int) -> torch.Tensor:
    """Two channels in which each pixel has a number of its own, the second's being 1000 more."""
    one = torch.arange(height * width, dtype=torch.float64).view(1, 1, height, width)
    return torch.cat((one, one + 1000), 1).expand(count, 2, height, width)


@pytest.mark.curriculum("A3")
@given(seeds, st.integers(2, 4), st.integers(4, 11), st.integers(4, 11), st.floats(0, 1))
@few
def test_pixels_are_permuted_inside_their_windows(seed: int, n: int, height: int, width: int, p: float) -> None:
    x = numbered(3, height, width)
    y = patch_shuffle(x, generator(seed), window=n, p=p)
    rows, columns = height // n, width // n
    for old, new in zip(x.numpy(), y.numpy(), strict=True):
        assert np.array_equal(new[1], new[0] + 1000)  # whole pixels move: all channels alike
        for row in range(rows):
            for column in range(columns):
                window = np.s_[0, row * n : (row + 1) * n, column * n : (column + 1) * n]
                assert sorted(old[window].ravel()) == sorted(new[window].ravel())
        assert np.array_equal(old[:, rows * n :], new[:, rows * n :])
        assert np.array_equal(old[:, :, columns * n :], new[:, :, columns * n :])


@pytest.mark.curriculum("A3")
def test_each_window_is_shuffled_with_probability_p_and_each_order_is_as_likely() -> None:
    x = numbered(3000, 2, 2)
    y = patch_shuffle(x, generator(1), window=2, p=1.0)[:, 0].reshape(-1, 4)
    orders, counts = np.unique(y.numpy(), axis=0, return_counts=True)
    assert len(orders) == 24
    assert stats.chisquare(counts).pvalue > SURE
    moved = int((patch_shuffle(x, generator(2), window=2, p=0.3) != x).flatten(1).any(1).sum())
    assert stats.binomtest(moved, 3000, 0.3 * 23 / 24).pvalue > SURE
    assert torch.equal(patch_shuffle(x, generator(), window=2, p=0.0), x)


def test_a_window_larger_than_the_picture_leaves_it() -> None:
    x = numbered(2, 3, 5)
    assert torch.equal(patch_shuffle(x, generator(), window=4, p=1.0), x)


def hole_of(image: np.ndarray) -> tuple[int, int, int, int]:
    """(top, left, height, width) of what is black, which must be a full box, alike in all channels."""
    black = image == 0
    assert (black == black[0]).all()
    rows, columns = np.flatnonzero(black[0].any(1)), np.flatnonzero(black[0].any(0))
    assert black[0][np.ix_(rows, columns)].all()
    assert (np.diff(rows) == 1).all()
    assert (np.diff(columns) == 1).all()
    return int(rows[0]), int(columns[0]), len(rows), len(columns)


@pytest.mark.curriculum("A4")
@given(seeds, st.integers(4, 14), st.integers(4, 14), st.floats(0.05, 1))
@few
def test_a_hole_is_a_square_about_a_pixel_cut_at_the_edge(seed: int, height: int, width: int, size: float) -> None:
    y = cutout(torch.ones(6, 3, height, width), generator(seed), size=size)
    side = max(1, round(size * min(height, width)))
    for image in y.numpy():
        top, left, tall, wide = hole_of(image)
        assert tall == side or top == 0 or top + tall == height
        assert wide == side or left == 0 or left + wide == width
        assert side - side // 2 <= tall <= side or side >= height
        assert side - side // 2 <= wide <= side or side >= width


@pytest.mark.curriculum("A4")
def test_the_mean_area_of_a_hole_is_as_worked_out() -> None:
    """The middle is any pixel: E[rows] = Σ over middles of the rows inside / H."""
    side, height, width = 4, 10, 8
    y = cutout(torch.ones(4000, 1, height, width), generator(3), size=0.5)

    def expected(size: int) -> float:
        tops = np.arange(size) - side // 2
        return float((np.minimum(tops + side, size) - np.maximum(tops, 0)).mean())

    areas = (y == 0).flatten(1).sum(1).double().numpy()
    error = areas.std() / np.sqrt(len(areas))
    assert abs(areas.mean() - expected(height) * expected(width)) < 4 * error


@pytest.mark.curriculum("A4")
def test_holes_many_some_and_of_the_mean() -> None:
    x = torch.rand(2000, 2, 12, 12, generator=generator())
    cut = (cutout(x, generator(1), size=0.25, p=0.4) != x).flatten(1).any(1)
    assert stats.binomtest(int(cut.sum()), 2000, 0.4).pvalue > SURE
    one, three = (float((cutout(x, generator(2), size=0.25, holes=holes) == 0).double().mean()) for holes in (1, 3))
    assert one < three <= 3 * one
    y = cutout(x, generator(3), size=0.25, fill="mean")
    changed = y != x
    means = x.mean((2, 3), keepdim=True).expand_as(x)
    assert torch.equal(y[changed], means[changed])


@pytest.mark.curriculum("A4")
@given(seeds, st.floats(0.02, 0.3), st.floats(0.3, 1))
@few
def test_an_erased_box_has_the_stated_area_and_shape(seed: int, smallest: float, aspect: float) -> None:
    size, largest = 40, 0.4
    x = torch.full((8, 1, size, size), 2.0)
    y = random_erasing(x, generator(seed), p=1.0, smallest=smallest, largest=largest, aspect=aspect)
    for image in y.numpy():
        _, _, tall, wide = hole_of(np.where(image == 2.0, 1.0, 0.0))
        rounding = (tall + wide) / 2 + 1
        assert smallest * size**2 - rounding <= tall * wide <= largest * size**2 + rounding
        if tall < size and wide < size:
            assert (tall + 0.5) / (wide - 0.5) >= aspect
            assert (wide + 0.5) / (tall - 0.5) >= aspect


@pytest.mark.curriculum("A4")
def test_erased_values_are_uniform() -> None:
    x = torch.full((400, 1, 20, 20), 2.0, dtype=torch.float64)
    y = random_erasing(x, generator(4), p=1.0)
    values = y[y != 2.0].numpy()
    assert stats.kstest(values, stats.uniform.cdf).pvalue > SURE
    erased = int((random_erasing(x, generator(5), p=0.5) != x).flatten(1).any(1).sum())
    assert stats.binomtest(erased, 400, 0.5).pvalue > SURE
