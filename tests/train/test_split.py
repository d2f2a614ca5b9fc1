"""Divided by groups, by time, in folds, by bootstrap; whitened; and what stands against it, said with the value and what to do."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold
from train_helpers import problems_of, serve, table

from nnstudio.data import DataField, Dataset
from nnstudio.problems import Severity
from nnstudio.train.data import LoadedData, load_data
from nnstudio.train.split import Split, split

shares = st.floats(0, 0.45)
few = settings(max_examples=40, deadline=None)


def loaded(dataset: Dataset, **data: object) -> LoadedData:
    return load_data(*serve(dataset, **data))


def warnings_of(dataset: Dataset, **data: object) -> list[str]:
    return [problem.code for problem in loaded(dataset, **data).problems]


def measured(rows: int = 60, classes: int = 3, seed: int = 0) -> Dataset:
    """A table with patients and dates beside its three features."""
    random = np.random.default_rng(seed)
    fields = {
        "x": DataField(random.normal(size=(rows, 3)), "vector", names=("age", "weight", "ward")),
        "patient": DataField(np.arange(rows) // 4, "value"),
        "day": DataField(random.permutation(rows).astype(float), "value"),
        "y": DataField(np.arange(rows) % classes, "label", tuple("abcdefgh"[:classes])),
    }
    return Dataset(fields, ("x",), "y")


def together(parts: Split) -> list[int]:
    return sorted(np.concatenate([parts.train, parts.validation, parts.test]).tolist())


# ── groups and time ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("H1")
@given(st.lists(st.integers(1, 12), min_size=3, max_size=30), shares, shares, st.integers(0, 99))
@few
def test_a_group_is_never_torn(sizes: list[int], validation: float, test: float, seed: int) -> None:
    groups = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    parts = split(len(groups), validation=validation, test=test, seed=seed, groups=groups)
    again = split(len(groups), validation=validation, test=test, seed=seed, groups=groups)
    assert together(parts) == list(range(len(groups)))
    assert all(np.array_equal(parts.part(name), again.part(name)) for name in ("train", "validation", "test"))
    seen = [set(groups[parts.part(name)]) for name in ("train", "validation", "test")]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    assert seen[0]
    assert bool(seen[1]) == (validation > 0)
    assert bool(seen[2]) == (test > 0)


@pytest.mark.curriculum("H1")
def test_groups_come_near_the_shares() -> None:
    groups = np.repeat(np.arange(200), 5)
    parts = split(1000, validation=0.2, test=0.1, groups=groups)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (700, 200, 100)


@pytest.mark.curriculum("H1")
@given(st.integers(3, 100), shares, shares, st.integers(0, 99))
@few
def test_the_past_is_for_training_and_the_future_for_the_test(
    rows: int, validation: float, test: float, seed: int
) -> None:
    times = np.random.default_rng(seed).normal(size=rows).round(1)
    parts = split(rows, validation=validation, test=test, times=times)
    assert together(parts) == list(range(rows))
    order = [times[parts.part(name)] for name in ("train", "validation", "test") if len(parts.part(name))]
    for earlier, later in pairwise(order):
        assert earlier.max() <= later.min()
    assert len(parts.test) == round(test * rows)


@pytest.mark.curriculum("H1")
def test_a_project_says_what_to_split_by() -> None:
    data = loaded(measured(), split_by="group", split_field="patient")
    patients = data.dataset.fields["patient"].values
    assert not set(patients[data.split.train]) & set(patients[data.split.test])
    for field in ("day", "x.age", "x.0"):
        data = loaded(measured(), split_by="time", split_field=field)
        values = data.dataset.fields["day"].values if field == "day" else data.dataset.fields["x"].values[:, 0]
        assert values[data.split.train].max() <= values[data.split.validation].min()
        assert values[data.split.validation].max() <= values[data.split.test].min()
    as_it_comes = loaded(measured(), split_by="time").split
    assert list(as_it_comes.train) == list(range(42))
    assert as_it_comes.test[0] == 51


# ── folds ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("H2")
@given(
    st.integers(6, 80),
    st.integers(2, 6),
    st.floats(0, 0.3),
    st.integers(0, 99),
    st.sampled_from(["", "labels", "groups"]),
)
@few
def test_folds_are_disjoint_and_complete(rows: int, folds: int, test: float, seed: int, by: str) -> None:
    values = np.random.default_rng(seed).integers(0, 3, rows) if by == "labels" else np.arange(rows)
    how = {by: values} if by else {}
    all_parts = [
        split(rows, validation=0.5, test=test, seed=seed, folds=folds, fold=fold, **how) for fold in range(folds)
    ]
    if any(not len(parts.validation) for parts in all_parts):  # fewer samples than folds are refused before
        assert rows - len(all_parts[0].test) < folds
        return
    tests = {tuple(parts.test) for parts in all_parts}
    assert len(tests) == 1
    free = sorted(set(range(rows)) - set(all_parts[0].test))
    assert sorted(np.concatenate([parts.validation for parts in all_parts])) == free
    for parts in all_parts:
        assert together(parts) == list(range(rows))
    sizes = [len(parts.validation) for parts in all_parts]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.curriculum("H2")
@given(st.integers(2, 6), st.integers(0, 99))
@few
def test_each_fold_has_each_classs_share(folds: int, seed: int) -> None:
    labels = np.random.default_rng(seed).choice([0, 1, 2], 90, p=[0.5, 0.3, 0.2])
    counts = [
        np.bincount(
            labels[split(90, validation=0, test=0, labels=labels, folds=folds, fold=fold).validation], minlength=3
        )
        for fold in range(folds)
    ]
    assert (np.ptp(counts, axis=0) <= 1).all()
    theirs = [np.bincount(labels[test], minlength=3) for _, test in StratifiedKFold(folds).split(labels, labels)]
    assert np.array_equal(np.sort(counts, axis=0), np.sort(theirs, axis=0))  # but for which fold gets the odd one


@pytest.mark.curriculum("H2")
@given(st.lists(st.integers(1, 6), min_size=4, max_size=15), st.integers(2, 4), st.integers(0, 99))
@few
def test_groups_stay_in_one_fold(sizes: list[int], folds: int, seed: int) -> None:
    groups = np.repeat(np.arange(len(sizes)), sizes)
    found = [
        set(
            groups[
                split(len(groups), validation=0, test=0, seed=seed, groups=groups, folds=folds, fold=fold).validation
            ]
        )
        for fold in range(folds)
    ]
    assert all(found)
    assert sum(map(len, found)) == len(set().union(*found)) == len(sizes)


@pytest.mark.curriculum("H2")
def test_leave_one_out() -> None:
    held_out = [loaded(measured(20), folds=-1, fold=fold, test=0.2).split for fold in range(16)]
    assert [len(parts.validation) for parts in held_out] == [1] * 16
    assert len({int(parts.validation[0]) for parts in held_out}) == 16
    patients = loaded(measured(20), folds=-1, fold=2, test=0.0, split_by="group", split_field="patient").split
    assert len(patients.validation) == 4


@pytest.mark.curriculum("H2")
@given(st.integers(10, 60), st.integers(2, 5))
@few
def test_folds_by_time_never_train_on_what_is_later(rows: int, folds: int) -> None:
    times = np.random.default_rng(rows).permutation(rows)
    seen: set[int] = set()
    for fold in range(folds):
        parts = split(rows, validation=0, test=0.1, times=times, folds=folds, fold=fold)
        assert times[parts.train].max() < times[parts.validation].min()
        assert times[parts.validation].max() < times[parts.test].min()
        assert not seen & set(parts.validation)
        seen |= set(parts.validation)


# ── bootstrap ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("R10")
@given(st.integers(5, 200), st.integers(1, 99))
@few
def test_a_bootstrap_draws_as_many_with_replacement(rows: int, seed: int) -> None:
    plain = split(rows, validation=0.2, test=0.2)
    parts = split(rows, validation=0.2, test=0.2, bootstrap=seed)
    assert len(parts.train) == len(plain.train)
    assert set(parts.train) <= set(plain.train)
    assert (np.diff(parts.train) >= 0).all()
    assert np.array_equal(parts.validation, plain.validation)
    assert np.array_equal(parts.test, plain.test)
    assert np.array_equal(parts.train, split(rows, validation=0.2, test=0.2, bootstrap=seed).train)


@pytest.mark.curriculum("R10")
def test_a_bootstrap_leaves_out_a_share_of_one_over_e() -> None:
    shares = [len(set(split(5000, validation=0, test=0, bootstrap=seed).train)) / 5000 for seed in range(1, 9)]
    assert abs(np.mean(shares) - (1 - np.exp(-1))) < 0.006  # its standard error is 0.0016


# ── whitening ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def mixed_table(seed: int, rows: int = 300) -> Dataset:
    random = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(random.normal(size=(4, 4)))  # of bounded condition: float32 loses 1e-7 times that
    x = (random.normal(size=(rows, 4)) * [1, 1.5, 2, 3]) @ turn * [1, 10, 0.1, 5] + [0, 3, 1, -2]
    return table(x, random.integers(0, 2, rows))


def values_of(data: LoadedData, part: np.ndarray) -> torch.Tensor:
    return data.columns(["x"])[0].select(torch.from_numpy(part))


@pytest.mark.curriculum("N1")
@given(st.integers(0, 500))
@settings(max_examples=25, deadline=None)
def test_whitened_features_are_uncorrelated_on_the_training_part(seed: int) -> None:
    data = loaded(mixed_table(seed), standardize="whiten")
    x = data.dataset.fields["x"].values
    train = x[data.split.train]
    mean, std = train.mean(0), train.std(0)
    correlations = np.corrcoef(train.T)
    values, vectors = np.linalg.eigh(correlations)
    matrix = vectors @ np.diag((values + 1e-5) ** -0.5) @ vectors.T  # (P + εI)^(−1/2)
    for part in (data.split.train, data.split.validation, data.split.test):
        np.testing.assert_allclose(values_of(data, part), (x[part] - mean) / std @ matrix, rtol=1e-3, atol=1e-3)
    covariance = np.cov(values_of(data, data.split.train).T, bias=True)
    np.testing.assert_allclose(covariance, np.eye(4), atol=2e-5 / values.min() + 1e-4)  # λ / (λ + ε)


@pytest.mark.curriculum("N1")
def test_whitening_is_fitted_on_the_training_part_alone() -> None:
    data = loaded(mixed_table(1), standardize="whiten")
    spoilt = data.dataset.fields["x"].values.copy()
    spoilt[np.concatenate([data.split.validation, data.split.test])] *= 1e6
    other = loaded(table(spoilt, data.dataset.fields["y"].values), standardize="whiten")
    assert torch.equal(values_of(data, data.split.train), values_of(other, other.split.train))


@pytest.mark.curriculum("N1")
def test_singular_correlations_are_told_and_not_blown_up() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 3))
    x = np.column_stack((x, x[:, 0] + x[:, 1], np.ones(100)))
    data = loaded(table(x, random.integers(0, 2, 100)), standardize="whiten")
    (singular,) = (problem for problem in data.problems if problem.code == "data.singular")
    assert "1 of 5 directions" in singular.message
    assert singular.severity is Severity.WARNING
    assert float(values_of(data, np.arange(100)).abs().max()) < 10


def test_new_values_are_whitened_as_the_training_part_was() -> None:
    data = loaded(mixed_table(2), standardize="whiten")
    raw = torch.from_numpy(data.dataset.fields["x"].values[:7])
    torch.testing.assert_close(data.scaled("x", raw), values_of(data, np.arange(7)))


def test_too_many_features_to_whiten_are_refused() -> None:
    (problem,) = problems_of(
        table(np.random.default_rng(0).normal(size=(20, 2050)), np.arange(20) % 2), standardize="whiten"
    )
    assert "2050" in problem.message
    assert "2048" in problem.message


# ── what stands against it ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("H1", "H2")
@pytest.mark.parametrize(
    ("data", "says", "remedy"),
    [
        ({"split_by": "group", "split_field": "patien"}, "no field 'patien'", "patient"),
        ({"split_by": "time", "split_field": "x"}, "3 values a sample", "x.age"),
        ({"split_by": "time", "split_field": "x.agee"}, "no column 'agee'", "age"),
        ({"split_by": "group"}, "No field", "patient"),
        ({"split_by": "group", "split_field": "patient", "folds": 40}, "groups of 'patient'", "2 …"),
        ({"folds": 1}, "folds is 1", "≥ 2"),
        ({"folds": -3}, "folds is -3", "leave one out"),
        ({"folds": 5, "fold": 5}, "no fold 5", "0 … 4"),
        ({"folds": 100}, "100 folds of 51 samples", "2 … 51"),
    ],
)
def test_an_impossible_division_is_named(data: dict[str, object], says: str, remedy: str) -> None:
    (problem,) = problems_of(measured(), **data)
    assert says in problem.message
    assert remedy in problem.remedy
    assert problem.place == "data"
    assert problem.param in data or problem.param == "split_field"


def test_fewer_groups_than_parts_are_refused() -> None:
    dataset = measured(8)
    (problem,) = problems_of(dataset, split_by="group", split_field="patient")
    assert "2 groups" in problem.message
    assert "3 parts" in problem.message


def test_classes_that_a_part_lacks_are_named() -> None:
    labels = np.array([0] * 30 + [1] * 2)
    dataset = table(np.random.default_rng(0).normal(size=(32, 2)), labels, classes=("common", "rare"))
    (problem,) = (p for p in loaded(dataset, folds=5, fold=4, test=0.0).problems if p.code == "data.fold_class")
    assert "rare" in problem.message
    assert "Fold 4" in problem.message
    late = loaded(dataset, split_by="time", validation=0.0, test=0.1)
    (problem,) = (p for p in late.problems if p.code == "data.class_untrained")
    assert "rare" in problem.message
    assert "later" in problem.remedy
    assert "data.fold_class" not in warnings_of(dataset, folds=-1, test=0.0)


def test_leaving_one_out_of_many_is_warned_of() -> None:
    dataset = table(np.random.default_rng(0).normal(size=(1500, 2)), np.arange(1500) % 2)
    (problem,) = (p for p in loaded(dataset, folds=-1).problems if p.code == "data.many_folds")
    assert "1275 runs" in problem.message
