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

    labels: with them, each class is divided by these shares (within one sample; the parts' sizes come out as without), and keeps at least
    one sample for training.
    test_start: samples from there on are the test part already; `test` is not used and `validation` is a share of the others.
    """
    rng = np.random.default_rng(seed)
    own_test = np.arange(samples if test_start is None else test_start, samples, dtype=np.int64)
    free = np.arange(samples - len(own_test), dtype=np.int64)
    if test_start is not None:
        test = 0.0
    classes = np.zeros(len(free)) if labels is None else labels[: len(free)]
    taken: dict[str, list[Indices]] = {"train": [], "validation": [], "test": []}
    owed = {"validation": 0.0, "test": 0.0}  # what rounding has kept from a part so far: the next class makes up for it
    for label in np.unique(classes):
        rest = rng.permutation(free[classes == label])
        size = len(rest)
        for name, share in (("validation", validation), ("test", test)):
            owed[name] += share * size
            count = max(0, min(round(owed[name]), len(rest) - 1))
            owed[name] -= count
            taken[name].append(rest[:count])
            rest = rest[count:]
        taken["train"].append(rest)
    parts = {name: np.sort(np.concatenate([free[:0], *chosen])) for name, chosen in taken.items()}
    return Split(parts["train"], parts["validation"], np.sort(np.concatenate((parts["test"], own_test))))
