"""What a dataset plugin returns: named arrays, and what they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class DataField:
    """One field of the samples: `values[i]` belongs to sample i.

    kind: "image" (N × C × H × W; uint8 0…255 or float), "vector" (N × D float), "value" (N or N × D float: what regression predicts),
    "label" (N whole numbers 0 … K−1, `classes` names them), "binary" (N × 1 of 0 and 1), "tokens" (N × T whole numbers below `vocabulary`), "array" (anything).
    names: of the columns (vectors). unit: of the values. missing: of each column, how many values the source lacked (its rows were left
    out or filled in on loading); empty: none that is known of.
    """

    values: npt.NDArray[np.generic]
    kind: str
    classes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    vocabulary: int = 0
    unit: str = ""
    missing: tuple[int, ...] = ()


@dataclass(frozen=True)
class Dataset:
    """Samples: fields by name, all of the same length; which are input and target.

    test_start: where the dataset's own test set begins (samples from there on are test; None: it has none).
    source, licence: where it is from and what one may do with it. Raises ValueError where lengths differ or a named field is missing.
    """

    fields: Mapping[str, DataField]
    inputs: tuple[str, ...]
    target: str
    test_start: int | None = None
    source: str = ""
    licence: str = ""
    notes: tuple[str, ...] = field(
        default=()
    )  # what was done to it on loading, for people ("3 rows with missing values left out")

    def __post_init__(self) -> None:
        lengths = {name: len(item.values) for name, item in self.fields.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"The fields differ in length: {lengths}.")
        for name in (*self.inputs, self.target):
            if name and name not in self.fields:
                raise ValueError(f"There is no field '{name}'; there are {', '.join(self.fields)}.")

    def __len__(self) -> int:
        return len(next(iter(self.fields.values())).values) if self.fields else 0


class DataError(ValueError):
    """Data that cannot be used: the message names the file, the row or column, the value, and what to do."""


@dataclass(frozen=True)
class FieldInfo:
    """What the rest of the house must know of a field, without its values. shape: of one sample. dtype: after loading for training: "float" or "int"."""

    kind: str
    shape: tuple[int, ...]
    dtype: str
    classes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    vocabulary: int = 0
    missing: tuple[int, ...] = ()


@dataclass(frozen=True)
class DataInfo:
    """A dataset without its values: what shapes are inferred from and the Data place shows."""

    fields: Mapping[str, FieldInfo]
    inputs: tuple[str, ...]
    target: str
    samples: int
    train: int
    validation: int
    test: int
    fingerprint: str = ""  # of the values: a run keeps it, so that one can tell whether the data changed
    source: str = ""
    licence: str = ""
    notes: tuple[str, ...] = ()
