"""A figure in words: what the eye takes from it, whoever does not see it is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nnstudio.figures import Bars, Contour, Curves, Line, Matrix, Note, Points, Tiles
from nnstudio.gui.figures.words import MOST, figure_words

STEPS = np.array([1.0, 40.0, 80.0])


@pytest.mark.parametrize(
    ("figure", "said"),
    [
        (
            Curves(
                [
                    Line(STEPS, np.array([2.4, 1.0, 0.4]), "train", faint=True),
                    Line(STEPS, np.array([2.3, 0.9, 0.25]), "train"),
                    Line(STEPS[2:], np.array([0.5]), "val"),
                    Line(STEPS[:0], STEPS[:0], "test"),
                ],
                "step",
                caption="train 0.25",
            ),
            "train 0.25. train: 2.30 at step 1, 0.250 at step 80. val: 0.500 at step 80",
        ),
        (Curves([Line(STEPS, STEPS / 100, "right")], "epoch", percent=True), "right: 1 % at epoch 1, 80 % at epoch 80"),
        (
            Matrix(np.array([[8, 2, 0], [0, 5, 0], [0, 0, 0]]), ("shirt", "bag", "shoe"), ("shirt", "bag", "shoe"),
                   caption="87 % right", diagonal_good=True),
            "87 % right. shirt: 80 % right, 20 % taken for bag. bag: 100 % right",
        ),
        (Matrix(np.array([[1.0, -2.0]])), "1 × 2 values. from −2 to 1"),
        (Bars(np.array([3, 4]), ("cat", "dog")), "cat: 3. dog: 4"),
        (Bars(np.array([[3, 1]]), ("cat",), parts=("train", "test")), "cat: train 3, test 1"),
        (Bars(np.array([1, 9, 2]), edges=np.array([0.0, 1.0, 2.0, 3.0])), "most between 1 and 2"),
        (Points(STEPS, STEPS, np.array([0, 1, 1]), ("left", "right")), "3 points. left: 1. right: 2"),
        (Tiles(np.zeros((3, 2, 2)), np.array([True, False, True])), "3 pictures. 1 wrong"),
        (Contour(np.zeros((2, 2)), paths=(Line(STEPS, STEPS, "descent"),), title="Bowl"), "Bowl. descent"),
        (Note("Press Train."), "Press Train."),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)  # fmt: skip
def test_what_each_figure_says(figure, said: str) -> None:
    assert figure_words(figure) == said


@given(arrays(np.int64, st.tuples(st.integers(1, 40), st.just(40)), elements=st.integers(0, 9)))
def test_a_large_matrix_is_told_in_few_words(values: np.ndarray) -> None:
    words = figure_words(Matrix(values, diagonal_good=True))
    assert words.count("right") <= MOST
    assert ("more" in words) == (len(values) > MOST)
