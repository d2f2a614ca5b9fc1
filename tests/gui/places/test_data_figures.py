"""A dataset's preview as figures."""

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.figures import Bars, Note, Points, Tiles
from nnstudio.gui.figures.check import fault
from nnstudio.gui.places.data_figures import classes, features, samples
from nnstudio.gui.places.data_form import Division
from nnstudio.gui.places.data_list import brief, matches
from nnstudio.params import validate
from nnstudio.plugins import load
from nnstudio.project.project import Data
from nnstudio.replies import Preview

LABEL = FieldInfo("label", (), "int", ("ant", "bee", "cat"))


def preview(kind: str, values: np.ndarray, target: FieldInfo = LABEL, names: tuple[str, ...] = (), **fields) -> Preview:
    info = DataInfo(
        {"x": FieldInfo(kind, values.shape[1:], "float", names=names), "y": target}, ("x",), "y", 100, 70, 15, 15
    )
    targets = np.arange(len(values)) % 3 if target is LABEL else np.linspace(0, 1, len(values))
    return Preview(info, np.arange(len(values)), np.arange(len(values)) % 3, {"x": values, "y": targets}, **fields)


def test_pictures_are_tiles_with_their_class_and_part():
    figure = samples(preview("image", np.zeros((5, 1, 8, 8), np.uint8)))
    assert isinstance(figure, Tiles)
    assert figure.images.shape == (5, 8, 8)
    assert figure.labels[1] == "bee\nsample 1 (validation)"
    assert figure.caption == "5 of 100"


@pytest.mark.parametrize(("channels", "shape"), [(1, (4, 6, 7)), (3, (4, 6, 7, 3)), (4, (4, 6, 7, 3)), (2, (4, 6, 7))])
def test_pictures_of_floats_and_of_any_channels(channels, shape):
    figure = samples(preview("image", np.random.default_rng(0).normal(size=(4, channels, 6, 7))))
    assert figure.images.shape == shape
    assert figure.images.dtype == np.uint8
    assert fault(figure) == ""


def test_two_features_are_points_of_their_classes():
    figure = samples(preview("vector", np.arange(12.0).reshape(6, 2), names=("length", "width")))
    assert isinstance(figure, Points)
    assert (figure.x_label, figure.y_label) == ("length", "width")
    assert figure.groups.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_table_has_its_columns_and_the_target_last():
    figure = samples(preview("vector", np.ones((4, 3)), names=("a", "b", "c")))
    assert isinstance(figure, Note)
    assert figure.rows[0] == ("", "a", "b", "c", "y")
    assert figure.rows[2] == ("1", "1", "1", "1", "bee")


def test_a_wide_table_keeps_its_target_and_says_what_is_left_out():
    figure = samples(preview("vector", np.ones((4, 30))))
    assert figure.rows[0][-1] == "y"
    assert "…" in figure.rows[0]
    assert "columns left out" in figure.caption
    assert len({len(row) for row in figure.rows}) == 1


def test_classes_are_counted_in_each_part_that_is_used():
    counts = np.array([[7, 1, 0], [7, 1, 0], [7, 2, 0]])
    figure = classes(preview("vector", np.ones((4, 3)), class_counts=counts))
    assert isinstance(figure, Bars)
    assert list(figure.names) == ["ant", "bee", "cat"]
    assert list(figure.parts) == ["train", "validation"]
    assert figure.values.tolist() == [[7, 1], [7, 1], [7, 2]]
    assert figure.caption == "3 classes"
    even = classes(preview("vector", np.ones((4, 3)), class_counts=np.full((3, 3), 5)))
    assert even.caption == "3 classes, evenly"


def test_missing_values_are_counted_where_there_are_some():
    ranges = {"x": np.ones((2, 4))}
    plain = preview("vector", np.ones((4, 2)), ranges=ranges)
    assert "missing" not in features(plain).rows[0]
    known = plain.info.fields["x"]
    gappy = replace(plain, info=replace(plain.info, fields={**plain.info.fields, "x": replace(known, missing=(3, 0))}))
    assert [row[-1] for row in features(gappy).rows] == ["missing", "3", "0"]


def test_a_regression_shows_its_target_in_figures():
    value = FieldInfo("value", (1,), "float")
    figure = classes(preview("vector", np.ones((4, 3)), value, ranges={"y": np.array([[25.0, 152.0, 346.0, 77.0]])}))
    assert isinstance(figure, Note)
    assert figure.title == "Target"
    assert figure.rows[1] == ("y", "25", "152", "346", "77")


def test_features_have_their_names_and_ranges():
    ranges = {"x": np.array([[0.0, 0.5, 1.0, 0.25], [-3.0, 0.0, 3.0, 1.5]])}
    figure = features(preview("vector", np.ones((4, 2)), names=("length", "width"), ranges=ranges))
    assert figure.rows[0] == ("", "lowest", "mean", "highest", "std dev")
    assert [row[0] for row in figure.rows[1:]] == ["length", "width"]
    assert figure.rows[2][1] == "−3"


def test_without_data_everything_teaches():
    for make in (samples, classes, features):
        figure = make(Preview(None))
        assert isinstance(figure, Note)
        assert figure.text


def test_shares_must_leave_something_to_train_on():
    assert validate(Division, {"validation": 0.5, "test": 0.4}, owner="Division")[1] == ()
    (problem,) = validate(Division, {"validation": 0.5, "test": 0.5}, owner="Division")[1]
    assert "nothing to train on" in problem.message
    usual = Division()
    assert all(getattr(usual, name) == getattr(Data(), name) for name in Division.model_fields)


def test_the_search_finds_by_title_alias_and_sentence():
    datasets = load(safe_mode=True, bundled=("nnstudio_datasets",)).registry.datasets
    found = {
        word: {id for id, spec in datasets.items() if matches(spec, word)}
        for word in ("mnist", "csv", "two half", "zzz")
    }
    assert "nnstudio.fashion_mnist" in found["mnist"]
    assert "nnstudio.csv" in found["csv"]
    assert "nnstudio.moons" in found["two half"]
    assert found["zzz"] == set()


def test_a_card_says_the_first_clause():
    assert (
        brief("150 iris flowers of three species by the length of their leaves: the classic.")
        == "150 iris flowers of three species"
    )
