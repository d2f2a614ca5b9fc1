"""Datasets that need no download, and your own tables and pictures. What loads them sits in modules named by string."""

from collections.abc import Iterable

from nnstudio.api import DatasetSpec, Params, hookimpl
from nnstudio_datasets import params


@hookimpl
def register_datasets() -> Iterable[DatasetSpec]:
    return [
        _pictures("fashion_mnist", "Fashion-MNIST", params.FashionMnist, "fashion_mnist:load", "mnist", "clothes"),
        _pictures("digits", "Handwritten digits", params.Digits, "known_tables:digits", "mnist", "8×8"),
        _table("iris", "Iris", params.Iris, "iris", "classification", "flowers"),
        _table("wine", "Wine", params.Wine, "wine", "classification"),
        _table("breast_cancer", "Breast cancer", params.BreastCancer, "breast_cancer", "classification", "tumours"),
        _table("diabetes", "Diabetes", params.Diabetes, "diabetes", "regression"),
        _plane("moons", "Two moons", params.Moons),
        _plane("circles", "Circles", params.Circles),
        _plane("spirals", "Spirals", params.Spirals),
        _plane("blobs", "Blobs", params.Blobs, "gaussians", "clusters"),
        _plane("xor", "XOR", params.Xor, "exclusive or"),
        _spec("curve", "Curve", params.Curve, "curve:curve", "regression", "2-D", ("polynomial", "sine", "line")),
        _own("csv", "Your table", params.Table, "own_table:load", "csv", "parquet", "tsv", "spreadsheet"),
        _own("images", "Your pictures", params.ImageFolder, "image_folder:load", "image folder", "photos"),
    ]


def _pictures(name: str, title: str, of: type[Params], load: str, *aliases: str) -> DatasetSpec:
    return _spec(name, title, of, load, "classification", "pictures", aliases)


def _table(name: str, title: str, of: type[Params], function: str, task: str, *aliases: str) -> DatasetSpec:
    return _spec(name, title, of, f"known_tables:{function}", task, "tables", aliases)


def _plane(name: str, title: str, of: type[Params], *aliases: str) -> DatasetSpec:
    return _spec(name, title, of, f"plane:{name}", "classification", "2-D", aliases)


def _own(name: str, title: str, of: type[Params], load: str, *aliases: str) -> DatasetSpec:
    return _spec(name, title, of, load, "classification" if name == "images" else "", "your own", aliases)


def _spec(
    name: str, title: str, of: type[Params], load: str, task: str, category: str, aliases: tuple[str, ...]
) -> DatasetSpec:
    return DatasetSpec(f"nnstudio.{name}", title, of, f"nnstudio_datasets.{load}", task, category, aliases)
