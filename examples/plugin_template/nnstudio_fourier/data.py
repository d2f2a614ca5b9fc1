"""The dataset's code: named arrays, and what they are."""

import numpy as np

from nnstudio.api import DataField, Dataset
from nnstudio_fourier import Waves

LENGTH = 64
SHAPES = ("sine", "square", "sawtooth")


def waves(params: Waves) -> Dataset:
    random = np.random.default_rng(params.seed)
    shape = np.arange(params.samples) % len(SHAPES)
    frequency, phase = random.uniform(1, 4, params.samples), random.uniform(0, 1, params.samples)
    turn = (frequency[:, None] * np.linspace(0, 1, LENGTH) + phase[:, None]) % 1
    sine = np.sin(2 * np.pi * turn)
    kinds = np.stack([sine, np.sign(sine), 2 * turn - 1])
    values = kinds[shape, np.arange(params.samples)] + random.normal(0, params.noise, turn.shape)
    fields = {
        "wave": DataField(values.astype(np.float32), "vector", names=tuple(f"t{step}" for step in range(LENGTH))),
        "shape": DataField(shape, "label", classes=SHAPES),
    }
    return Dataset(fields, ("wave",), "shape", source="made by nnstudio-fourier from a seed", licence="CC0")
