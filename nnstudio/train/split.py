"""Which samples are for training, validation and test?"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Indices into the dataset, ascending; disjoint, and together all samples."""

    train: Indices
    validation: Indices
    test: Indices

    def part(self, name: str) -> Indices:
        """By its name: "train", "validation" or "test"."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


def split(
    samples: int,
    *,
    validation: float,
    test: float,
    seed: int = 0,
    labels: npt.NDArray[np.generic] | None = None,
    test_start: int | None = None,
) -> Split:
    """Divide `samples` by the shares `validation` and `test`, shuffled with `seed`.

    labels: with them, each class is divided by these shares (to the nearest whole number), so that the parts keep the classes' shares.
    test_start: samples from there on are the test part already; `test` is not used and `validation` is a share of the others.
    """
    rng = np.random.default_rng(seed)
    own_test = np.arange(samples if test_start is None else test_start, samples, dtype=np.int64)
    free = np.arange(samples - len(own_test), dtype=np.int64)
    if test_start is not None:
        test = 0.0
    groups = (
        [free] if labels is None else [free[labels[: len(free)] == label] for label in np.unique(labels[: len(free)])]
    )
    parts: tuple[list[Indices], list[Indices], list[Indices]] = ([], [], [])
    for group in groups:
        shuffled = rng.permutation(group)
        ends = np.cumsum([round(len(group) * validation), round(len(group) * test)])
        for part, chosen in zip(parts, np.split(shuffled, ends), strict=True):
            part.append(chosen)
    validation_part, test_part, train_part = (np.sort(np.concatenate(part)) if part else free[:0] for part in parts)
    return Split(train_part, validation_part, np.sort(np.concatenate((test_part, own_test))))
