"""Augmentations at spatial level: exact where pixels go to pixels, else against bilinear interpolation written out in NumPy float64.

The reference takes the drawn parameters from a generator of the same seed and works in pixels from the middle, where the code under test
works in normalised coordinates. float32 draws limit agreement to about 1e-6 of a pixel.
"""

import numpy as np
import numpy.typing as npt
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nnstudio_augmentation.spatial_functions import (
    affine,
    crop,
    elastic,
    flip_horizontal,
    flip_vertical,
    rotate,
    shear,
    shift,
    zoom,
)
from scipy import ndimage, stats

SURE = 1e-4
few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 10_000)
sides = st.integers(4, 11)
Doubles = npt.NDArray[np.float64]


def pictures(seed: int, height: int = 6, width: int = 9, count: int = 4) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).uniform(0, 1, (count, 2, height, width)))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def drawn(seed: int, *shape: int) -> Doubles:
    """U(−1, 1) as the functions draw it."""
    return torch.rand(*shape, generator=generator(seed)).double().numpy() * 2 - 1


def bilinear(picture: Doubles, y: Doubles, x: Doubles) -> Doubles:
    """The picture (C × H × W) at the pixel places (y, x); black outside."""
    height, width = picture.shape[1:]
    result = np.zeros((len(picture), *y.shape))
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    for down in (0, 1):
        for across in (0, 1):
            row, column = top + down, left + across
            inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
            weight = (1 - abs(y - row)) * (1 - abs(x - column)) * inside
            result += weight * picture[:, row.clip(0, height - 1), column.clip(0, width - 1)]
    return result


def from_middle(height: int, width: int) -> tuple[Doubles, Doubles]:
    y, x = np.mgrid[:height, :width].astype(np.float64)
    return y - (height - 1) / 2, x - (width - 1) / 2


def warped(picture: Doubles, forward: Doubles, move: tuple[float, float] = (0.0, 0.0)) -> Doubles:
    """Each place p (x, y from the middle) goes to forward · p + move."""
    height, width = picture.shape[1:]
    y, x = from_middle(height, width)
    back = np.linalg.inv(forward)
    from_x = back[0, 0] * (x - move[0]) + back[0, 1] * (y - move[1])
    from_y = back[1, 0] * (x - move[0]) + back[1, 1] * (y - move[1])
    return bilinear(picture, from_y + (height - 1) / 2, from_x + (width - 1) / 2)


def rotation(angle: float) -> Doubles:
    """Anticlockwise to the eye, y pointing down."""
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


@pytest.mark.curriculum("A2")
@given(seeds, sides, sides)
@few
def test_flips_are_exact(seed: int, height: int, width: int) -> None:
    x = pictures(seed, height, width)
    assert np.array_equal(flip_horizontal(x, generator(), p=1.0).numpy(), x.numpy()[..., ::-1])
    assert np.array_equal(flip_vertical(x, generator(), p=1.0).numpy(), x.numpy()[..., ::-1, :])
    for function in (flip_horizontal, flip_vertical):
        assert torch.equal(function(x, generator(), p=0.0), x)
        for old, new in zip(x, function(x, generator(seed), p=0.5), strict=True):
            assert any(torch.equal(new, old.flip(axes)) for axes in ([], [1], [2]))


@pytest.mark.curriculum("A2")
def test_half_of_the_pictures_are_flipped() -> None:
    x = torch.arange(2.0).view(1, 1, 1, 2).expand(4000, 1, 1, 2)
    flipped = int((flip_horizontal(x, generator(1), p=0.5) != x).any(3).sum())
    assert stats.binomtest(flipped, 4000, 0.5).pvalue > SURE


def places_of(x: Doubles, y: Doubles, padding: tuple[int, int], mode: str) -> list[tuple[int, int]]:
    """Where in the padded picture each result was cut out; every window is compared, and exactly one must fit."""
    found: list[tuple[int, int]] = []
    for old, new in zip(x, y, strict=True):
        height, width = old.shape[1:]
        padded = np.pad(old, ((0, 0), (padding[0],) * 2, (padding[1],) * 2), mode=mode)  # type: ignore[call-overload]
        fitting = [
            (top, left)
            for top in range(2 * padding[0] + 1)
            for left in range(2 * padding[1] + 1)
            if np.array_equal(padded[:, top : top + height, left : left + width], new)
        ]
        assert fitting
        found.append(fitting[0])
    return found


@pytest.mark.curriculum("A2")
@given(
    seeds, st.integers(0, 3), st.sampled_from([("zeros", "constant"), ("border", "edge"), ("reflection", "reflect")])
)
@few
def test_crop_cuts_the_padded_picture(seed: int, padding: int, fill: tuple[str, str]) -> None:
    x = pictures(seed)
    y = crop(x, generator(seed), padding=padding, fill=fill[0])
    places_of(x.numpy(), y.numpy(), (padding, padding), fill[1])


@pytest.mark.curriculum("A2")
def test_every_place_of_a_crop_is_as_likely() -> None:
    x = pictures(0, 5, 5, 1).expand(1500, 2, 5, 5)
    found = places_of(x.numpy(), crop(x, generator(2), padding=1).numpy(), (1, 1), "constant")
    counts = [found.count((top, left)) for top in range(3) for left in range(3)]
    assert stats.chisquare(counts).pvalue > SURE


@pytest.mark.curriculum("A2")
@given(
    seeds,
    st.floats(0, 0.5),
    st.floats(0, 0.5),
    st.sampled_from([("zeros", "constant"), ("border", "edge"), ("wrap", "wrap")]),
)
@few
def test_shift_moves_by_whole_pixels(seed: int, x: float, y: float, fill: tuple[str, str]) -> None:
    old = pictures(seed)
    new = shift(old, generator(seed), x=x, y=y, fill=fill[0])
    places_of(old.numpy(), new.numpy(), (round(y * 6), round(x * 9)), fill[1])


@pytest.mark.curriculum("A2")
@given(seeds, sides)
@few
def test_quarter_turns_are_exact(seed: int, side: int) -> None:
    x = pictures(seed, side, side, 12)
    y = rotate(x, generator(seed), degrees=180, step=90).numpy()
    turns = np.round(drawn(seed, 12) * 2).astype(int)
    for old, new, turn in zip(x.numpy(), y, turns, strict=True):
        np.testing.assert_allclose(new, np.rot90(old, turn, axes=(1, 2)), atol=1e-10)


@pytest.mark.curriculum("A2")
@given(seeds, sides, sides, st.floats(0, 180))
@few
def test_rotation(seed: int, height: int, width: int, degrees: float) -> None:
    x = pictures(seed, height, width)
    y = rotate(x, generator(seed), degrees=degrees).numpy()
    for old, new, share in zip(x.numpy(), y, drawn(seed, 4), strict=True):
        np.testing.assert_allclose(new, warped(old, rotation(np.deg2rad(degrees * share))), atol=2e-5)


@pytest.mark.curriculum("A2")
@given(seeds, sides, sides, st.floats(0, 4))
@few
def test_zoom(seed: int, height: int, width: int, amount: float) -> None:
    x = pictures(seed, height, width)
    y = zoom(x, generator(seed), amount=amount).numpy()
    for old, new, share in zip(x.numpy(), y, drawn(seed, 4), strict=True):
        np.testing.assert_allclose(new, warped(old, np.eye(2) * (1 + amount) ** share), atol=2e-5)


@pytest.mark.curriculum("A2")
@given(seeds, sides, sides, st.floats(0, 60), st.floats(0, 40))
@few
def test_shear(seed: int, height: int, width: int, x: float, y: float) -> None:
    old = pictures(seed, height, width)
    new = shear(old, generator(seed), x=x, y=y).numpy()
    for before, after, across, down in zip(old.numpy(), new, *drawn(seed, 2, 4), strict=True):
        back = np.array([[1, np.tan(np.deg2rad(x * across))], [np.tan(np.deg2rad(y * down)), 1]])
        if abs(np.linalg.det(back)) > 1e-3:
            np.testing.assert_allclose(after, warped(before, np.linalg.inv(back)), atol=2e-5)


@pytest.mark.curriculum("A2")
@given(seeds, sides, sides, st.floats(0, 180), st.floats(0, 0.5), st.floats(0, 2), st.floats(0, 60))
@few
def test_affine_is_shift_after_rotation_after_zoom_after_shear(
    seed: int, height: int, width: int, degrees: float, move: float, amount: float, slant: float
) -> None:
    x = pictures(seed, height, width)
    y = affine(x, generator(seed), degrees=degrees, shift=move, zoom=amount, shear=slant).numpy()
    for old, new, (turn, lean, larger, across, down) in zip(x.numpy(), y, drawn(seed, 5, 4).T, strict=True):
        sheared = np.array([[1, -np.tan(np.deg2rad(slant * lean))], [0, 1]])
        forward = rotation(np.deg2rad(degrees * turn)) @ (np.eye(2) * (1 + amount) ** larger) @ sheared
        expected = warped(old, forward, (move * width * across, move * height * down))
        np.testing.assert_allclose(new, expected, atol=5e-5)


@pytest.mark.curriculum("A2")
@given(seeds, sides, sides, st.floats(0, 10), st.floats(0.5, 3))
@few
def test_elastic_moves_along_a_smoothed_random_field(
    seed: int, height: int, width: int, alpha: float, sigma: float
) -> None:
    x = pictures(seed, height, width)
    y = elastic(x, generator(seed), alpha=alpha, sigma=sigma).numpy()
    radius = int(np.ceil(3 * sigma))
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    fields = drawn(seed, 8, 1, height, width).reshape(4, 2, height, width)
    for axis in (2, 3):
        fields = ndimage.correlate1d(fields, weights / weights.sum(), axis=axis, mode="constant")
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    for old, new, (across, down) in zip(x.numpy(), y, alpha * fields, strict=True):
        np.testing.assert_allclose(new, bilinear(old, rows + down, columns + across), atol=2e-5)


@pytest.mark.curriculum("A2")
@pytest.mark.parametrize(
    "still",
    [
        lambda x, g: rotate(x, g, degrees=0),
        lambda x, g: zoom(x, g, amount=0),
        lambda x, g: shear(x, g, x=0, y=0),
        lambda x, g: affine(x, g, degrees=0, shift=0, zoom=0, shear=0),
        lambda x, g: elastic(x, g, alpha=0),
        lambda x, g: crop(x, g, padding=0),
        lambda x, g: shift(x, g, x=0, y=0),
    ],
)
def test_strength_zero_changes_nothing(still) -> None:
    x = pictures(1)
    torch.testing.assert_close(still(x, generator()), x, atol=1e-10, rtol=0)
