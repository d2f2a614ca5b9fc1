"""The bundled datasets are what they are said to be: sizes, classes, names, values, and the same points for the same seed."""

import gzip
import hashlib
import struct
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nnstudio_datasets import fashion_mnist, params, plane, register_datasets
from sklearn.datasets import make_moons
from sklearn.linear_model import LogisticRegression

from nnstudio.api import DataError, Dataset
from nnstudio.plugins import resolve
from nnstudio.testing import check_dataset

SPECS = {spec.id: spec for spec in register_datasets()}


def loaded(name: str, **values: Any) -> Dataset:
    spec = SPECS[f"nnstudio.{name}"]
    return resolve(spec.load)(spec.params(**values))


SIZES = {
    "fashion_mnist": (7000, (1, 28, 28), 10),
    "digits": (1797, (1, 8, 8), 10),
    "iris": (150, (4,), 3),
    "wine": (178, (13,), 3),
    "breast_cancer": (569, (30,), 2),
    "moons": (400, (2,), 2),
    "circles": (400, (2,), 2),
    "spirals": (600, (2,), 2),
    "blobs": (300, (2,), 3),
    "xor": (200, (2,), 2),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_and_classes(name: str) -> None:
    samples, shape, classes = SIZES[name]
    data = loaded(name)
    assert len(data) == samples
    assert data.fields[data.inputs[0]].values.shape == (samples, *shape)
    target = data.fields[data.target]
    assert target.kind == "label"
    assert len(target.classes) == classes
    assert set(np.unique(target.values)) == set(range(classes))


def test_diabetes_is_a_regression() -> None:
    data = loaded("diabetes")
    assert data.fields["features"].values.shape == (442, 10)
    assert data.fields["progression"].kind == "value"
    ages = data.fields["features"].values[:, 0]
    assert ages.min() == 19
    assert ages.max() == 79


def test_the_sample_of_fashion_mnist_is_stratified_and_has_its_own_test_part() -> None:
    data = loaded("fashion_mnist")
    labels = data.fields["label"].values
    assert data.test_start == 6000
    assert np.bincount(labels[:6000]).tolist() == [600] * 10
    assert np.bincount(labels[6000:]).tolist() == [100] * 10
    assert data.fields["image"].values.dtype == np.uint8
    assert "MIT" in data.licence


# ── the plane ─────────────────────────────────────────────────────────────────────────────────────────────────────────

PLANES = ("moons", "circles", "spirals", "blobs", "xor")


@pytest.mark.parametrize("name", PLANES)
@given(samples=st.integers(20, 300), seed=st.integers(0, 2**32 - 1), noise=st.floats(0, 1))
def test_points_follow_from_the_seed_and_classes_are_even(name: str, samples: int, seed: int, noise: float) -> None:
    first, second = (loaded(name, samples=samples, seed=seed, noise=noise) for _ in range(2))
    other = loaded(name, samples=samples, seed=(seed + 1) % 2**32, noise=noise)
    points, labels = first.fields["point"].values, first.fields["label"].values
    assert np.array_equal(points, second.fields["point"].values)
    assert np.array_equal(labels, second.fields["label"].values)
    assert not np.array_equal(points, other.fields["point"].values)
    assert len(first) == samples
    assert np.isfinite(points).all()
    counts = np.bincount(labels)
    assert counts.max() - counts.min() <= 2


def test_moons_are_those_of_scikit_learn() -> None:
    data = loaded("moons", samples=100, noise=0)
    ours = np.column_stack([data.fields["point"].values, data.fields["label"].values])
    theirs = np.column_stack(make_moons(100, shuffle=False))
    assert np.allclose(_sorted(ours), _sorted(theirs), atol=1e-6)


def _sorted(rows: Any) -> Any:
    return rows[np.lexsort(np.round(rows, 5).T)]


def test_circles_have_their_radii() -> None:
    data = loaded("circles", noise=0, factor=0.3)
    radius = np.hypot(*data.fields["point"].values.T)
    labels = data.fields["label"].values
    assert np.allclose(radius[labels == 0], 1)
    assert np.allclose(radius[labels == 1], 0.3, atol=1e-6)


def test_an_arm_of_the_spiral_is_the_other_one_turned_round() -> None:
    data = loaded("spirals", noise=0, samples=400, classes=2)
    points, labels = data.fields["point"].values, data.fields["label"].values
    assert np.allclose(_sorted(points[labels == 0]), _sorted(-points[labels == 1]), atol=1e-5)


def test_xor_is_the_exclusive_or() -> None:
    data = loaded("xor", noise=0, samples=8)
    x, y = data.fields["point"].values.T
    assert np.array_equal((x != y).astype(int), data.fields["label"].values)


@pytest.mark.parametrize(
    ("name", "separable"), [("blobs", True), ("circles", False), ("xor", False), ("spirals", False)]
)
def test_what_a_straight_line_can_do(name: str, separable: bool) -> None:
    data = loaded(name)
    points, labels = data.fields["point"].values, data.fields["label"].values
    score = LogisticRegression().fit(points, labels).score(points, labels)
    assert (score > 0.95) == separable


# ── the full Fashion-MNIST ────────────────────────────────────────────────────────────────────────────────────────────


def idx(values: Any) -> bytes:
    """An IDX file, after its specification: 0, 0, type code, number of axes, sizes (big endian), values."""
    array = np.asarray(values, dtype=np.uint8)
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def small_set(tmp_path: Path) -> Path:
    """The four files, with a few pictures; one of them not compressed."""
    random = np.random.default_rng(0)
    parts = {"train": 20, "t10k": 10}
    for part, count in parts.items():
        images = idx(random.integers(0, 256, (count, 28, 28)))
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(images))
        (tmp_path / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.arange(count) % 10)))
    plain = tmp_path / "t10k-labels-idx1-ubyte"
    plain.write_bytes(gzip.decompress(plain.with_suffix(".gz").read_bytes()))
    plain.with_suffix(".gz").unlink()
    return tmp_path


def full(folder: Path | str) -> Dataset:
    return loaded("fashion_mnist", which="full", folder=str(folder))


def test_the_full_set_from_a_folder(small_set: Path) -> None:
    data = full(small_set)
    assert len(data) == 30
    assert data.test_start == 20
    assert data.fields["label"].values.tolist() == [*range(10), *range(10), *range(10)]
    assert str(small_set) in data.notes[0]


def _cut(content: bytes) -> bytes:
    return content[:-100]


def _label_out_of_range(content: bytes) -> bytes:
    return gzip.compress(idx([0, 1, 99] + [0] * 17))


BROKEN = {
    "cut off": ("train-images-idx3-ubyte.gz", _cut, "cannot be read"),
    "no gzip": ("train-images-idx3-ubyte.gz", lambda content: b"hello", "cannot be read"),
    "no IDX": ("train-labels-idx1-ubyte.gz", lambda content: gzip.compress(b"hello world"), "no IDX file"),
    "empty": ("train-labels-idx1-ubyte.gz", lambda content: gzip.compress(b""), "no IDX file"),
    "huge": ("train-labels-idx1-ubyte.gz", lambda content: gzip.compress(b"\0\0\x08\x02" + b"\xff" * 8), "says that it holds"),
    "too short": ("train-labels-idx1-ubyte.gz", lambda content: gzip.compress(idx([1, 2])[:-1]), "cut off or too long"),
    "other sizes": ("train-images-idx3-ubyte.gz", lambda content: gzip.compress(idx(np.zeros((20, 8, 8)))), "20 × 8 × 8"),
    "other number": ("train-labels-idx1-ubyte.gz", lambda content: gzip.compress(idx([1, 2, 3])), "and 3"),
    "label out of range": ("train-labels-idx1-ubyte.gz", _label_out_of_range, "picture 2 has 99"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_named(case: str, small_set: Path) -> None:
    name, damage, words = BROKEN[case]
    path = small_set / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=words):
        full(small_set)


def test_a_folder_without_the_files_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="There is no train-images"):
        full(tmp_path)


@pytest.fixture
def server(small_set: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A web server with the small set, in the place of the real one."""
    plain = small_set / "t10k-labels-idx1-ubyte"
    plain.with_suffix(".gz").write_bytes(gzip.compress(plain.read_bytes()))
    handler = partial(SimpleHTTPRequestHandler, directory=str(small_set))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(fashion_mnist, "URL", f"http://127.0.0.1:{server.server_address[1]}/")
        monkeypatch.setattr(fashion_mnist, "DEBIAN", small_set / "none")
        for variable in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("XDG_CACHE_HOME", str(small_set / "cache"))
        yield small_set
        server.shutdown()


def test_a_download_is_checked_and_kept(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sums = {name: hashlib.md5((server / name).read_bytes()).hexdigest() for name in fashion_mnist.FILES}
    monkeypatch.setattr(fashion_mnist, "FILES", sums)
    folder = server / "kept"
    assert fashion_mnist.download(folder) == folder
    assert len(full(folder)) == 30
    monkeypatch.setattr(fashion_mnist, "URL", "http://127.0.0.1:9/")
    assert fashion_mnist.download(folder) == folder, "what is there is not fetched again"


def test_a_download_with_another_checksum_is_refused(server: Path) -> None:
    with pytest.raises(DataError, match=r"could not be downloaded.*sample.*dataset-fashion-mnist.*folder"):
        fashion_mnist.download(server / "kept")
    assert not list((server / "kept").glob("*.gz"))


def test_without_a_network_the_three_ways_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fashion_mnist, "URL", "http://127.0.0.1:9/")
    monkeypatch.setattr(fashion_mnist, "DEBIAN", tmp_path / "none")
    monkeypatch.setattr(fashion_mnist, "download", partial(fashion_mnist.download, tmp_path))
    for variable in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(DataError, match=r"sample.*dataset-fashion-mnist.*folder"):
        full("")


@pytest.mark.full_data
@pytest.mark.skipif(
    not fashion_mnist.DEBIAN.is_dir(), reason="no full Fashion-MNIST here (Debian: dataset-fashion-mnist)"
)
def test_the_full_set_and_its_sample() -> None:
    data = full("")
    labels, images = data.fields["label"].values, data.fields["image"].values
    assert data.test_start == 60_000
    assert np.bincount(labels[:60_000]).tolist() == [6000] * 10
    assert np.bincount(labels[60_000:]).tolist() == [1000] * 10
    known = {(image.tobytes(), label) for image, label in zip(images, labels, strict=True)}
    sample = loaded("fashion_mnist")
    pairs = zip(sample.fields["image"].values, sample.fields["label"].values, strict=True)
    assert all((image.tobytes(), label) in known for image, label in pairs), "the sample is of the set"


@pytest.mark.parametrize("name", PLANES)
def test_every_parameter_is_heeded(name: str) -> None:
    spec = SPECS[f"nnstudio.{name}"]
    usual = resolve(spec.load)(spec.params())
    changes: dict[str, Any] = {"samples": 60, "noise": 0.5, "seed": 5, "factor": 0.7, "classes": 4, "turns": 2.5}
    for parameter in spec.params.model_fields:
        other = resolve(spec.load)(spec.params(**{parameter: changes[parameter]}))
        assert not np.array_equal(usual.fields["point"].values, other.fields["point"].values), parameter
        assert check_dataset(spec, {parameter: changes[parameter]}) == []


def test_the_loaders_are_those_of_the_specs() -> None:
    assert resolve(SPECS["nnstudio.moons"].load) is plane.moons
    assert SPECS["nnstudio.fashion_mnist"].params is params.FashionMnist


def test_a_curve_comes_as_the_powers_of_x() -> None:
    data = loaded("curve", function="cubic", noise=0, degree=3, samples=50)
    features, y = data.fields["features"], data.fields["y"]
    assert features.names == ("x", "x²", "x³")
    assert np.allclose(features.values @ [1, -2, 3], y.values[:, 0], atol=1e-5)
    scaled = loaded("curve", function="cubic", noise=0, degree=3, samples=50, scale=10)
    assert np.allclose(scaled.fields["features"].values, features.values * [1, 10, 100], rtol=1e-5)


def test_a_sample_of_the_digits() -> None:
    few, all_of_them = loaded("digits", samples=100), loaded("digits")
    assert len(few) == 100
    assert np.array_equal(few.fields["image"].values, all_of_them.fields["image"].values[:100])


def test_some_labels_of_the_digits_can_be_wrong() -> None:
    right, noisy = (loaded("digits", label_noise=share).fields["label"].values for share in (0, 0.2))
    assert 0.16 < np.mean(right != noisy) < 0.2  # one in ten of the random ones is right by chance
    assert np.array_equal(noisy, loaded("digits", label_noise=0.2).fields["label"].values)
