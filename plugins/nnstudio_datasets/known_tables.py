"""The small real datasets that come with scikit-learn."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nnstudio.api import DataField, Dataset, Params
from nnstudio_datasets.params import Digits

UCI = "CC BY 4.0 (UCI Machine Learning Repository), as shipped with scikit-learn"


def digits(params: Digits) -> Dataset:
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    images, labels = bunch.images[: params.samples], bunch.target[: params.samples]
    random = np.random.default_rng(0)
    wrong = random.random(len(labels)) < params.label_noise
    labels = np.where(wrong, random.integers(0, 10, len(labels)), labels)
    fields = {
        "image": DataField((images / 16).astype(np.float32)[:, None], "image"),
        "label": DataField(labels.astype(np.int64), "label", classes=tuple("0123456789")),
    }
    source = "Optical Recognition of Handwritten Digits, Alpaydin & Kaynak 1998"
    return Dataset(fields, ("image",), "label", source=source, licence=UCI)


def iris(params: Params) -> Dataset:
    from sklearn.datasets import load_iris

    bunch: Any = load_iris()
    names = tuple(name.removesuffix(" (cm)") for name in bunch.feature_names)
    features = DataField(bunch.data.astype(np.float32), "vector", names=names, unit="cm")
    return _classes(features, bunch, tuple(bunch.target_names), "Iris, Fisher 1936; Anderson 1936")


def wine(params: Params) -> Dataset:
    from sklearn.datasets import load_wine

    bunch: Any = load_wine()
    names = tuple(name.replace("_", " ") for name in bunch.feature_names)
    features = DataField(bunch.data.astype(np.float32), "vector", names=names)
    return _classes(features, bunch, ("grower 1", "grower 2", "grower 3"), "Wine, Aeberhard & Forina 1991")


def breast_cancer(params: Params) -> Dataset:
    from sklearn.datasets import load_breast_cancer

    bunch: Any = load_breast_cancer()
    features = DataField(bunch.data.astype(np.float32), "vector", names=tuple(map(str, bunch.feature_names)))
    source = "Breast Cancer Wisconsin (Diagnostic), Wolberg, Mangasarian, Street & Street 1993"
    return _classes(features, bunch, tuple(bunch.target_names), source)


def diabetes(params: Params) -> Dataset:
    from sklearn.datasets import load_diabetes

    bunch: Any = load_diabetes(scaled=False)
    names = (
        "age (years)",
        "sex (1, 2)",
        "body mass index (kg/m²)",
        "blood pressure (mmHg)",
        "cholesterol (mg/dl)",
        "LDL (mg/dl)",
        "HDL (mg/dl)",
        "cholesterol / HDL",
        "log triglycerides",
        "blood sugar (mg/dl)",
    )
    progression: npt.NDArray[np.float32] = bunch.target.astype(np.float32)
    fields = {
        "features": DataField(bunch.data.astype(np.float32), "vector", names=names),
        "progression": DataField(progression[:, None], "value", names=("progression after one year",), unit="points"),
    }
    source = "Least Angle Regression, Efron, Hastie, Johnstone & Tibshirani 2004"
    licence = "none stated by its authors; shipped with scikit-learn (BSD-3-Clause)"
    return Dataset(fields, ("features",), "progression", source=source, licence=licence)


def _classes(features: DataField, bunch: Any, classes: tuple[Any, ...], source: str) -> Dataset:
    label = DataField(bunch.target.astype(np.int64), "label", classes=tuple(str(name) for name in classes))
    return Dataset({"features": features, "label": label}, ("features",), "label", source=source, licence=UCI)
