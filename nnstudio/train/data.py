"""The data of a run: loaded, checked, divided, scaled, and handed out in batches as tensors."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch

from nnstudio.data import DataError, DataField, DataInfo, Dataset, FieldInfo
from nnstudio.params import Params, form_fields, validate
from nnstudio.plugins import resolve
from nnstudio.problems import NNStudioError, Problem, Severity
from nnstudio.project.project import Data
from nnstudio.registry import Registry
from nnstudio.specs import DatasetSpec
from nnstudio.train.divide import divide, refuse
from nnstudio.train.scale import WHITEN_EPS, WHITEN_FEATURES, Scale, fit, mode_for
from nnstudio.train.split import Split
from nnstudio.train.tensors import in_parts, tensor_of
from nnstudio.train.validate import check_dataset

PRECOMPUTE_BYTES = 2**30
"""Up to this size a field is kept scaled, as float32; above it stays as it is and each batch is scaled."""


GATHER_BYTES = 2**20
"""Up to this size an epoch's values of a field are put into their order in one go."""


@dataclass(frozen=True)
class LoadedData:
    """Data ready for training. scales: by input field, fitted on the training part. problems: warnings, the errors were raised."""

    dataset: Dataset
    info: DataInfo
    split: Split
    scales: Mapping[str, Scale | None]
    problems: tuple[Problem, ...] = ()
    _columns: dict[tuple[str, torch.device], "Column"] = field(
        default_factory=dict["tuple[str, torch.device]", "Column"]
    )

    def columns(self, names: Sequence[str], device: torch.device | str = "cpu") -> tuple["Column", ...]:
        """The fields `names` as tensors on `device`, made when first asked for."""
        where = torch.device(device)
        for name in names:
            if (name, where) not in self._columns:
                self._columns[name, where] = Column.of(self.dataset.fields[name], self.scales.get(name), where)
        return tuple(self._columns[name, where] for name in names)

    def scaled(self, name: str, values: torch.Tensor) -> torch.Tensor:
        """New `values` of the input field `name`, scaled as the training part's were."""
        scale = self.scales.get(name)
        return values if scale is None else Column.scaler(values, scale, values.device).scaled(values)

    def raw(self, name: str, device: torch.device) -> "Column | None":
        """The input field `name` as it is, in a column that knows how to scale it; None where nothing does."""
        scale = self.scales.get(name)
        values = self.dataset.fields[name].values
        return None if scale is None else Column.scaler(tensor_of(np.ascontiguousarray(values)), scale, device)


@dataclass(frozen=True)
class Column:
    """One field as a tensor: `select(indices)` is a batch of it, scaled. mean None: the values are as the network wants them."""

    values: torch.Tensor
    unit: float = 1.0
    mean: torch.Tensor | None = None
    std: torch.Tensor | None = None
    matrix: torch.Tensor | None = None

    @classmethod
    def of(cls, field: DataField, scale: Scale | None, device: torch.device) -> "Column":
        values = tensor_of(np.ascontiguousarray(_shaped(field)))
        if _dtype(field) == "int":
            return cls(values.to(device, torch.int64))
        if scale is None:
            return cls(values.to(device, torch.float32))
        raw = cls.scaler(values, scale, device)
        return raw if values.numel() * 4 > PRECOMPUTE_BYTES else cls(raw.scaled(raw.values))

    @classmethod
    def scaler(cls, values: torch.Tensor, scale: Scale, device: torch.device) -> "Column":
        """`values` as they are, that `select` scales."""
        mean, std = (tensor_of(part).to(device) for part in (scale.mean, scale.std))
        matrix = None if scale.matrix is None else tensor_of(scale.matrix).to(device)
        return cls(values.to(device), scale.unit, mean, std, matrix)

    def select(self, indices: torch.Tensor) -> torch.Tensor:
        chosen = self.values.index_select(0, indices)
        return chosen if self.mean is None else self.scaled(chosen)

    def batches(self, order: torch.Tensor, size: int) -> Iterable[torch.Tensor]:
        """The samples `order`, `size` at a time. What is small is gathered in one go; more than fits a cache is slower that way."""
        sample_bytes = self.values.element_size() * self.values[:1].numel()
        if sample_bytes * len(order) <= GATHER_BYTES:
            return in_parts(self.select(order), size)
        return map(self.select, in_parts(order, size))

    def scaled(self, values: torch.Tensor) -> torch.Tensor:
        assert self.mean is not None
        assert self.std is not None
        scaled = values.to(torch.float32, copy=True).div_(self.unit).sub_(self.mean).div_(self.std)
        return scaled if self.matrix is None else (scaled.flatten(1) @ self.matrix).view_as(scaled)

    def in_units(self, values: torch.Tensor) -> torch.Tensor:
        """The first half of `scaled`: bytes as 0 … 1."""
        return values.to(torch.float32, copy=True).div_(self.unit)

    def standardized(self, values: torch.Tensor) -> torch.Tensor:
        """The second half, of values that are in units."""
        assert self.mean is not None
        assert self.std is not None
        scaled = (values - self.mean) / self.std
        return scaled if self.matrix is None else (scaled.flatten(1) @ self.matrix).view_as(scaled)


def load_data(data: Data, registry: Registry) -> LoadedData:
    """Load `data` and make it ready. Raises NNStudioError with what is wrong with it, each thing named by field, place and value."""
    spec, params = _spec(data, registry)
    dataset = _load(spec, params)
    refuse(check_dataset(dataset, spec.title))
    parts, problems = divide(dataset, data)
    refuse(_too_wide(dataset, data))
    scales = {name: fit(dataset.fields[name], parts.train, data.standardize) for name in dataset.inputs}
    problems += tuple(
        problem for name, scale in scales.items() if scale is not None for problem in _doubts(name, scale)
    )
    return LoadedData(dataset, _info(dataset, parts), parts, scales, problems)


# ── loading ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _spec(data: Data, registry: Registry) -> tuple[DatasetSpec, Params]:
    spec = registry.datasets.get(data.dataset.type)
    if spec is None:
        known = ", ".join(sorted(registry.datasets)) or "none"
        name = data.dataset.type
        message = f"There is no dataset '{name}'." if name else "No dataset is chosen."
        raise NNStudioError(Problem("data.unknown", message, remedy=f"Known datasets: {known}.", place="data"))
    params, problems = validate(spec.params, data.dataset.params, owner=spec.title, place="data")
    if params is None:
        raise NNStudioError(*problems)
    return spec, params


_kept: dict[tuple[str, str], Dataset] = {}  # the last one: editing a network asks for its data again and again


def _load(spec: DatasetSpec, params: Params) -> Dataset:
    key = (spec.load, params.model_dump_json())
    reads_files = any(item.kind in {"file", "folder"} for item in form_fields(spec.params))
    if key not in _kept or reads_files:
        _kept.clear()  # before the new one takes memory
        _kept[key] = _call(spec, params)
    return _kept[key]


def _call(spec: DatasetSpec, params: Params) -> Dataset:
    try:
        dataset = resolve(spec.load)(params)
    except DataError as error:
        raise NNStudioError(Problem("data.unusable", str(error), place="data")) from error
    except MemoryError as error:
        raise NNStudioError(
            Problem("data.memory", f"{spec.title} does not fit into memory.", remedy="Choose less of it.", place="data")
        ) from error
    except Exception as error:  # a plugin's code
        message = f"{spec.title} could not be loaded: {type(error).__name__}: {error}"
        raise NNStudioError(
            Problem("data.failed", message, remedy=f"The fault is in {spec.load}.", place="data")
        ) from error
    if not isinstance(dataset, Dataset):
        message = f"{spec.title} gave {type(dataset).__name__}, not a Dataset."
        raise NNStudioError(Problem("data.failed", message, remedy=f"The fault is in {spec.load}.", place="data"))
    return dataset


# ── checks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _too_wide(dataset: Dataset, data: Data) -> Iterator[Problem]:
    for name in dataset.inputs if data.standardize == "whiten" else ():
        field = dataset.fields[name]
        count = int(np.prod(field.values.shape[1:], dtype=np.int64))
        if mode_for(field, "whiten") == "whiten" and count > WHITEN_FEATURES:
            message = f"'{name}' has {count} features; whitening takes at most {WHITEN_FEATURES}."
            remedy = "Choose feature or channel standardisation."
            yield Problem("data.whiten", message, remedy=remedy, param="standardize", place="data")


def _doubts(name: str, scale: Scale) -> Iterator[Problem]:
    if scale.constant:
        message = f"{scale.constant} of {scale.std.size} features in '{name}' never vary in the training part; they are centred, not scaled."
        remedy = "They tell the network nothing; leave them out if you like."
        yield Problem("data.constant", message, Severity.INFO, remedy, place="data")
    if scale.flat:
        message = (
            f"The correlations of '{name}' are singular: in {scale.flat} of {scale.std.size} directions its training samples "
            f"do not vary. Whitening leaves these directions flat (ε = {WHITEN_EPS:g} is added to each eigenvalue)."
        )
        remedy = (
            "Leave out features that follow from others, bring more samples than features, or standardize by feature."
        )
        yield Problem("data.singular", message, Severity.WARNING, remedy, param="standardize", place="data")


# ── description ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _dtype(field: DataField) -> str:
    if field.kind in {"label", "tokens"}:
        return "int"
    return "int" if field.kind == "array" and field.values.dtype.kind in "bui" else "float"


def _shaped(field: DataField) -> npt.NDArray[np.generic]:
    """Values and yes/no answers as N × D, so that they match a network's output."""
    single = field.kind in {"value", "binary", "vector"} and field.values.ndim == 1
    return field.values[:, None] if single else field.values


def _info(dataset: Dataset, parts: Split) -> DataInfo:
    fields = {
        name: FieldInfo(
            item.kind, _shaped(item).shape[1:], _dtype(item), _classes(item), item.names, item.vocabulary, item.missing
        )
        for name, item in dataset.fields.items()
    }
    sizes = (len(parts.train), len(parts.validation), len(parts.test))
    described = (fingerprint(dataset), dataset.source, dataset.licence, dataset.notes)
    return DataInfo(fields, dataset.inputs, dataset.target, len(dataset), *sizes, *described)


def _classes(item: DataField) -> tuple[str, ...]:
    if item.kind == "label" and not item.classes:
        return tuple(str(index) for index in range(int(item.values.max()) + 1))
    return item.classes


def fingerprint(dataset: Dataset) -> str:
    """A hash of all values, names and types: the same for the same data, wherever it was loaded from."""
    digest = hashlib.blake2b(digest_size=16)
    for name, item in sorted(dataset.fields.items()):
        values = np.ascontiguousarray(item.values)
        digest.update(f"{name}|{item.kind}|{values.dtype.str}|{values.shape}".encode())
        digest.update(values.data if values.size else b"")
    return digest.hexdigest()
