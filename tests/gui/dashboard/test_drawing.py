"""A view that fails says so in its own card, and nothing else happens."""

import numpy as np
import pytest

from nnstudio.events import EpochEnded, RunStarted, Steps
from nnstudio.figures import Curves, Line, Matrix, Note, Tiles
from nnstudio.gui.dashboard import drawing
from nnstudio.gui.dashboard.drawing import Failure, beside, draw
from nnstudio.params import Field, Params
from nnstudio.runs.history import History
from nnstudio.specs import ViewSpec


class Depth(Params):
    depth: int = Field(default=1, ge=1)


def raising(history, depth=1):
    raise RuntimeError("no such layer")


def leaving(history):
    raise KeyError("loss")


def no_figure(history):
    return [1, 2, 3]


def uneven(history):
    return Curves([Line(np.arange(3), np.arange(4))])


def told_depth(history, depth):
    return Note(f"depth {depth}")


def validation(history):
    x, y = history.epochs("validation/loss")
    return Curves([Line(x, y, "val", "validation"), Line(x, y, "train", "train")])


def spec(function, params=Params) -> ViewSpec:
    return ViewSpec("test.view", "Depths", f"{__name__}:{function.__name__}", params)


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (raising, "RuntimeError: no such layer"),
        (leaving, "KeyError: 'loss'"),
        (no_figure, "It returned list"),
        (uneven, "x of shape (3,) and y of shape (4,)"),
    ],
)
def test_a_failing_view_is_named_with_its_reason(function, said):
    outcome = draw(spec(function, Depth if function is raising else Params), {}, History())
    assert isinstance(outcome, Failure)
    assert "Depths" in outcome.problem.message
    assert said in outcome.problem.message
    assert ("Traceback" in outcome.detail) == (function in (raising, leaving))


def test_code_that_is_not_there_is_a_failure_too():
    outcome = draw(ViewSpec("test.view", "Gone", "no_such_module:draw"), {}, History())
    assert isinstance(outcome, Failure)
    assert "no_such_module" in outcome.problem.message


def test_settings_are_validated_and_handed_over_by_name():
    assert draw(spec(told_depth, Depth), {"depth": 3}, History()) == Note("depth 3")
    outcome = draw(spec(told_depth, Depth), {"depth": 0}, History())
    assert isinstance(outcome, Failure)
    assert "depth is 0" in outcome.problem.message


def run(loss: float) -> History:
    history = History()
    history.add(RunStarted("1", "", "cpu", 2, 1))
    history.add(Steps(0, {"loss": np.array([loss, loss])}))
    for epoch in range(2):
        history.add(EpochEnded(epoch, epoch + 1, {"validation/loss": loss}))
    return history


def test_the_last_run_stands_in_grey_beside_this_one():
    figure = draw(spec(validation), {}, run(0.5), run(0.7))
    assert isinstance(figure, Curves)
    assert [(line.role, line.label) for line in figure.lines] == [
        ("validation", "val"),
        ("train", "train"),
        ("other", "last run"),
    ]
    assert figure.lines[-1].y.tolist() == [0.7, 0.7]


def test_only_validation_curves_are_taken_over_and_the_figure_is_kept():
    figure = Curves([Line(np.zeros(1), np.zeros(1), "val", "validation")], caption="now", log_y=True)
    earlier = Curves([Line(np.zeros(1), np.ones(1), "train", "train", faint=True)])
    assert [*beside(figure, earlier).lines] == [*figure.lines]
    assert beside(figure, earlier).caption == "now"
    assert drawing.unknown_view("a.b").problem.code == "view.unknown"


def test_figures_that_cannot_be_painted_are_described():
    from nnstudio.gui.figures.check import fault

    assert fault(Tiles(np.zeros((2, 3, 3)))) != ""
    assert fault(Tiles(np.zeros((2, 3, 3), np.uint8), good=np.ones(3, bool))) != ""
    assert fault(Tiles(np.zeros((2, 3, 3, 3), np.uint8))) == ""
    assert fault(Matrix(np.zeros(4))) != ""
    assert fault(Matrix(np.zeros((0, 0)))) == ""
