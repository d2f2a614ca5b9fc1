"""Points in the plane: data that one can see through. Classes have equally many points (the first ones one more where it must be)."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nnstudio.api import DataField, Dataset
from nnstudio_datasets.params import Blobs, Circles, Moons, Spirals, Xor

Floats = npt.NDArray[np.float64]


def moons(params: Moons) -> Dataset:
    upper, lower = _shares(params.samples, 2)
    up, down = np.linspace(0, np.pi, upper), np.linspace(0, np.pi, lower)
    first = np.column_stack([np.cos(up), np.sin(up)])
    second = np.column_stack([1 - np.cos(down), 0.5 - np.sin(down)])
    return _dataset([first, second], params.noise, params.seed, ("upper", "lower"))


def circles(params: Circles) -> Dataset:
    outer, inner = (_circle(count) for count in _shares(params.samples, 2))
    return _dataset([outer, params.factor * inner], params.noise, params.seed, ("outer", "inner"))


def spirals(params: Spirals) -> Dataset:
    arms: list[Floats] = []
    for number, count in enumerate(_shares(params.samples, params.classes)):
        radius = np.sqrt(np.linspace(0.01, 1, count))  # equally dense along the arm
        angle = 2 * np.pi * (params.turns * radius + number / params.classes)
        arms.append(radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    return _dataset(arms, params.noise, params.seed, _numbered("arm", params.classes))


def blobs(params: Blobs) -> Dataset:
    clouds = [
        np.repeat(centre[None], count, axis=0)
        for centre, count in zip(_circle(params.classes), _shares(params.samples, params.classes), strict=True)
    ]
    return _dataset(clouds, params.noise, params.seed, _numbered("cloud", params.classes))


def xor(params: Xor) -> Dataset:
    corners = np.array([[0, 0], [1, 1], [0, 1], [1, 0]], dtype=float)
    counts = _shares(params.samples, 4)
    same = np.repeat(corners[:2], counts[:2], axis=0)
    different = np.repeat(corners[2:], counts[2:], axis=0)
    return _dataset([same, different], params.noise, params.seed, ("0", "1"))


def _circle(count: int) -> Floats:
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.column_stack([np.cos(angle), np.sin(angle)])


def _shares(samples: int, parts: int) -> list[int]:
    return [samples // parts + (number < samples % parts) for number in range(parts)]


def _numbered(word: str, count: int) -> tuple[str, ...]:
    return tuple(f"{word} {number + 1}" for number in range(count))


def _dataset(groups: Sequence[Floats], noise: float, seed: int, classes: tuple[str, ...]) -> Dataset:
    """The groups of points, one a class, scattered and shuffled."""
    random = np.random.default_rng(seed)
    points = np.concatenate(groups)
    labels = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    points = points + random.normal(0, noise, points.shape)
    order = random.permutation(len(points))
    fields = {
        "point": DataField(points[order].astype(np.float32), "vector", names=("x", "y")),
        "label": DataField(labels[order], "label", classes=classes),
    }
    return Dataset(fields, ("point",), "label", source="made by NNStudio from a seed", licence="CC0")
