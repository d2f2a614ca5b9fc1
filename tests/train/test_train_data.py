"""Data made ready: divided, scaled on the training part alone, and refused by name where it cannot be used."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler
from train_helpers import problems_of, serve, table

from nnstudio.data import DataError, DataField, Dataset
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Data, Entry
from nnstudio.train import data as data_module
from nnstudio.train.data import LoadedData, fingerprint, load_data
from nnstudio.train.split import split

shares = st.floats(0, 0.45)


def loaded(dataset: Dataset, **data: object) -> LoadedData:
    return load_data(*serve(dataset, **data))


def random_table(rows: int = 60, seed: int = 0, **more: object) -> Dataset:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 3)) * [1, 10, 1000] + [0, 5, -100]
    return table(x, random.integers(0, 3, rows), **more)


# ── the split ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("H1")
@given(st.integers(1, 200), shares, shares, st.integers(0, 99), st.integers(1, 5), st.booleans())
@settings(max_examples=80, deadline=None)
def test_parts_are_disjoint_complete_and_seeded(
    rows: int, validation: float, test: float, seed: int, classes: int, stratify: bool
) -> None:
    labels = np.random.default_rng(seed).integers(0, classes, rows) if stratify else None
    parts = split(rows, validation=validation, test=test, seed=seed, labels=labels)
    again = split(rows, validation=validation, test=test, seed=seed, labels=labels)
    together = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(together) == list(range(rows))
    for name in ("train", "validation", "test"):
        assert (parts.part(name) == again.part(name)).all()
        assert (np.diff(parts.part(name)) > 0).all()


@pytest.mark.curriculum("H1")
@given(st.integers(10, 300), shares, shares, st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_each_class_is_divided_by_the_shares(rows: int, validation: float, test: float, seed: int) -> None:
    labels = np.random.default_rng(seed).choice([0, 1, 2], rows, p=[0.7, 0.2, 0.1])
    parts = split(rows, validation=validation, test=test, seed=seed, labels=labels)
    for label in range(3):
        size = (labels == label).sum()
        kept = (
            1 if (labels[parts.train] == label).sum() == 1 else 0
        )  # the last one stays for training, whatever the shares say
        assert abs((labels[parts.validation] == label).sum() - validation * size) <= 1 + kept
        assert abs((labels[parts.test] == label).sum() - test * size) <= 1 + kept
        assert size == 0 or (labels[parts.train] == label).any()


def test_another_seed_divides_otherwise() -> None:
    first, second = (split(100, validation=0.2, test=0.2, seed=seed) for seed in (0, 1))
    assert not np.array_equal(first.validation, second.validation)


@given(st.integers(5, 100), shares, shares)
@settings(max_examples=40, deadline=None)
def test_a_datasets_own_test_part_is_kept(rows: int, validation: float, test: float) -> None:
    parts = split(rows, validation=validation, test=test, test_start=rows - 3)
    assert list(parts.test) == [rows - 3, rows - 2, rows - 1]
    assert len(parts.validation) == round((rows - 3) * validation)


def test_the_info_says_what_there_is() -> None:
    info = loaded(random_table(), validation=0.25, test=0.25, stratify=False).info
    assert (info.samples, info.train, info.validation, info.test) == (60, 30, 15, 15)
    assert (info.fields["x"].shape, info.fields["x"].dtype) == ((3,), "float")
    assert (info.fields["y"].shape, info.fields["y"].dtype) == ((), "int")
    assert info.fields["y"].classes == ("0", "1", "2")


# ── the scale ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(data: LoadedData, part: np.ndarray, name: str = "x") -> torch.Tensor:
    (column,) = data.columns([name])
    return column.select(torch.from_numpy(part))


@pytest.mark.curriculum("N1")
@given(st.integers(0, 500))
@settings(max_examples=30, deadline=None)
def test_features_are_standardized_by_the_training_part_alone(seed: int) -> None:
    data = loaded(random_table(seed=seed))
    values = data.dataset.fields["x"].values
    scaler = StandardScaler().fit(values[data.split.train])
    for part in (data.split.train, data.split.validation, data.split.test):
        np.testing.assert_allclose(rows_of(data, part), scaler.transform(values[part]), rtol=1e-4, atol=1e-5)


@pytest.mark.curriculum("N1")
def test_other_parts_have_no_say_in_the_scale() -> None:
    dataset = random_table()
    data = loaded(dataset)
    spoilt = dataset.fields["x"].values.copy()
    spoilt[np.concatenate([data.split.validation, data.split.test])] *= 1e6
    other = loaded(table(spoilt, dataset.fields["y"].values))
    assert torch.equal(rows_of(data, data.split.train), rows_of(other, other.split.train))


def image_set(dtype: type, channels: int = 3) -> Dataset:
    random = np.random.default_rng(1)
    pixels = random.integers(0, 256, (40, channels, 4, 5))
    values = pixels.astype(dtype) if dtype is np.uint8 else (pixels / 255).astype(dtype)
    fields = {"image": DataField(values, "image"), "label": DataField(np.arange(40) % 2, "label", ("a", "b"))}
    return Dataset(fields, ("image",), "label")


@pytest.mark.curriculum("N1")
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pictures_are_standardized_by_channel(dtype: type) -> None:
    data = loaded(image_set(dtype))
    pixels = data.dataset.fields["image"].values.astype(np.float64) / (255 if dtype is np.uint8 else 1)
    training = pixels[data.split.train]
    mean, std = (getattr(training, name)(axis=(0, 2, 3), keepdims=True) for name in ("mean", "std"))
    np.testing.assert_allclose(
        rows_of(data, data.split.test, "image"), ((pixels - mean) / std)[data.split.test], atol=1e-5
    )


def test_pictures_of_bytes_are_brought_between_0_and_1_without_standardization() -> None:
    data = loaded(image_set(np.uint8), standardize="none")
    values = data.dataset.fields["image"].values[data.split.train]
    np.testing.assert_array_equal(rows_of(data, data.split.train, "image"), values.astype(np.float32) / np.float32(255))


def test_what_is_too_large_is_scaled_by_the_batch_to_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = image_set(np.uint8)
    small = loaded(dataset)
    monkeypatch.setattr(data_module, "PRECOMPUTE_BYTES", 0)
    large = loaded(dataset)
    assert large.columns(["image"])[0].values.dtype == torch.uint8
    assert torch.equal(rows_of(small, small.split.train, "image"), rows_of(large, large.split.train, "image"))


def test_batches_gathered_at_once_or_one_by_one_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    (column,) = loaded(random_table()).columns(["x"])
    order = torch.randperm(60)
    at_once = list(column.batches(order, 16))
    monkeypatch.setattr(data_module, "GATHER_BYTES", 0)
    one_by_one = list(column.batches(order, 16))
    assert [len(batch) for batch in at_once] == [16, 16, 16, 12]
    assert all(torch.equal(*pair) for pair in zip(at_once, one_by_one, strict=True))


def test_a_feature_that_never_varies_is_centred_and_said() -> None:
    x = np.column_stack([np.full(30, 7.0), np.arange(30.0)])
    data = loaded(table(x, np.arange(30) % 2))
    assert (rows_of(data, data.split.train)[:, 0] == 0).all()
    (problem,) = data.problems
    assert problem.code == "data.constant"
    assert "1 of 2 features in 'x'" in problem.message


def test_whole_numbers_and_targets_are_not_scaled() -> None:
    tokens = DataField(np.arange(40).reshape(20, 2) % 7, "tokens", vocabulary=7)
    target = DataField(np.linspace(100, 200, 20), "value")
    data = loaded(Dataset({"t": tokens, "y": target}, ("t",), "y"))
    assert rows_of(data, data.split.train, "t").dtype == torch.int64
    assert rows_of(data, data.split.train, "y").shape == (len(data.split.train), 1)
    assert rows_of(data, data.split.train, "y").max() >= 100


# ── what cannot be used ───────────────────────────────────────────────────────────────────────────────────────────────


def wrong(values: np.ndarray, index: object, value: float) -> np.ndarray:
    changed = values.astype(float)
    changed[index] = value
    return changed


X, Y = np.arange(24.0).reshape(12, 2), np.arange(12) % 3
FAULTS = [
    (table(wrong(X, (3, 1), np.nan), Y), "data.not_finite", "sample 3, column 1: nan"),
    (table(wrong(X, (5, 0), -np.inf), Y), "data.not_finite", "sample 5, column 0: -inf"),
    (table(X, wrong(Y, 4, 2.5)), "data.range", "sample 4: 2.5"),
    (table(X, wrong(Y, 7, 9), classes=("a", "b", "c")), "data.range", "sample 7: 9"),
    (table(X, wrong(Y, 2, -1)), "data.range", "sample 2: -1"),
    (table(X, Y * 0.5, kind="binary"), "data.range", "0.5"),
    (table(X, Y * 0, classes=("only", "other")), "data.one_class", "'only'"),
    (table(X[:0], Y[:0]), "data.empty", "no samples"),
    (table(X.astype(str), Y), "data.dtype", "'x'"),
    (table(X, Y[:, None]), "data.shape", "12 × 1"),
    (Dataset({"x": DataField(X, "image"), "y": DataField(Y, "label")}, ("x",), "y"), "data.shape", "N × C × H × W"),
    (
        Dataset({"x": DataField(Y[:, None], "tokens", vocabulary=2), "y": DataField(Y, "label")}, ("x",), "y"),
        "data.range",
        "sample 2",
    ),
    (table(X, Y, test_start=99), "data.test_start", "99"),
    (table(X, Y, test_start=0), "data.no_training", "12 for the test"),
]


@pytest.mark.parametrize(
    ("dataset", "code", "says"), FAULTS, ids=[f"{fault[1]}-{index}" for index, fault in enumerate(FAULTS)]
)
def test_a_fault_is_named_with_field_place_and_value(dataset: Dataset, code: str, says: str) -> None:
    problem = problems_of(dataset)[0]
    assert problem.code == code
    assert says in problem.message
    assert problem.place == "data"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"validation": 0.6, "test": 0.5}, "nothing to train on"),
        ({"validation": -0.1}, "-0.1"),
        ({"test": 0.95}, "0.95"),
    ],
)
def test_impossible_shares_are_refused(data: dict[str, float], says: str) -> None:
    (problem,) = problems_of(random_table(), **data)
    assert says in problem.message


def test_an_empty_validation_part_is_a_warning() -> None:
    problems = problems_of(table(X, np.arange(12) % 2), validation=0.01)
    assert [problem.code for problem in problems] == ["data.no_validation"]


def test_a_class_without_training_samples_is_a_warning() -> None:
    problems = problems_of(table(X, [*([0] * 6), *([1] * 5), 2], classes=("a", "b", "rare"), test_start=11))
    assert [problem.code for problem in problems] == ["data.class_untrained"]
    assert "rare" in problems[0].message


def test_a_dataset_nobody_knows_is_named(registry) -> None:
    with pytest.raises(NNStudioError, match=r"no dataset 'nobody\.knows'"):
        load_data(Data(Entry("nobody.knows")), registry)


def test_bad_parameters_of_a_dataset_are_named(registry) -> None:
    with pytest.raises(NNStudioError, match="noise is -1"):
        load_data(Data(Entry("nnstudio.moons", {"noise": -1})), registry)


@pytest.mark.parametrize(
    ("error", "code"),
    [(DataError("Row 3 is broken."), "data.unusable"), (KeyError("x"), "data.failed"), (MemoryError(), "data.memory")],
)
def test_a_plugin_that_fails_becomes_a_problem(monkeypatch: pytest.MonkeyPatch, error: Exception, code: str) -> None:
    def fail(params: object) -> Dataset:
        raise error

    data, registry = serve(random_table())
    monkeypatch.setattr("train_helpers.load_numbered", fail)
    with pytest.raises(NNStudioError) as caught:
        load_data(data, registry)
    assert caught.value.problems[0].code == code


# ── the fingerprint ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_fingerprint_is_of_the_values() -> None:
    dataset = random_table()
    assert fingerprint(dataset) == fingerprint(random_table())
    changed = dataset.fields["x"].values.copy()
    changed[0, 0] += 1e-9
    for other in (
        table(changed, dataset.fields["y"].values),
        table(dataset.fields["x"].values[:, ::-1], dataset.fields["y"].values),
    ):
        assert fingerprint(other) != fingerprint(dataset)
    renamed = dataclasses.replace(dataset, fields={"z": dataset.fields["x"], "y": dataset.fields["y"]}, inputs=("z",))
    assert fingerprint(renamed) != fingerprint(dataset)
