"""A curve with noise: regression of one number, its input given as the powers x, x², … xᵐ."""

import numpy as np

from nnstudio.api import DataField, Dataset
from nnstudio_datasets.params import Curve

POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def curve(params: Curve) -> Dataset:
    """x uniform in −1 … 1, y = f(x) + noise; the features are ψ(x) = (x, x², …, x^degree), times `scale` where it is not 1."""
    random = np.random.default_rng(params.seed)
    x = random.uniform(-1, 1, params.samples)
    true = {"sine": np.sin(np.pi * x), "line": 0.5 + 2 * x, "cubic": x - 2 * x**2 + 3 * x**3}[params.function]
    y = true + random.normal(0, params.noise, params.samples)
    powers = np.arange(1, params.degree + 1)
    features = x[:, None] ** powers * params.scale ** (powers - 1.0)
    names = tuple("x" if power == 1 else f"x{str(power).translate(POWERS)}" for power in powers)
    fields = {
        "features": DataField(features.astype(np.float32), "vector", names=names),
        "y": DataField(y.astype(np.float32)[:, None], "value", names=("y",)),
    }
    return Dataset(fields, ("features",), "y", source="made by NNStudio from a seed", licence="CC0")
