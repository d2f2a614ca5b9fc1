"""Each view shows of a run what it says it shows."""

import numpy as np
import pytest
from nnstudio_views import curves, predictions

from nnstudio.api import Curves, Matrix, Note, Points, Tiles
from nnstudio.events import Changed, EpochEnded, Finished, Predictions, RunStarted, Steps
from nnstudio.gui.figures.check import fault
from nnstudio.plugins import load, resolve
from nnstudio.runs.history import History

PER_EPOCH = 4


def trained(epochs: int = 3, *, metrics: tuple[str, ...] = ("accuracy",), penalty: bool = False) -> History:
    history = History("run 1")
    history.add(RunStarted("1", "", "cpu", epochs, PER_EPOCH, metrics=metrics))
    for epoch in range(epochs):
        first = epoch * PER_EPOCH
        at = np.arange(first, first + PER_EPOCH)
        columns = {"loss": 1.0 / (1 + at), "lr": np.full(PER_EPOCH, 0.1)} | dict.fromkeys(metrics, at / 100)
        history.add(Steps(first, columns | ({"penalty": np.full(PER_EPOCH, 0.02)} if penalty else {})))
        values = {"train/loss": 0.5 - 0.1 * epoch, "validation/loss": 0.6 - 0.1 * epoch}
        for name in metrics:
            values |= {f"train/{name}": 0.7, f"validation/{name}": 0.65}
        history.add(EpochEnded(epoch, first + PER_EPOCH, values))
    return history


def said(**changes) -> Predictions:
    fields = {
        "epoch": 0,
        "part": "validation",
        "indices": np.array([10, 11, 12]),
        "target": np.array([0, 1, 2]),
        "predicted": np.array([0, 2, 2]),
        "loss": np.array([0.1, 3.0, 0.5]),
        "classes": ("ant", "bee", "cat"),
        "confusion": np.array([[5, 0, 0], [1, 3, 1], [0, 0, 4]]),
    }
    return Predictions(**(fields | changes))


def with_predictions(**changes) -> History:
    history = History()
    history.add(said(**changes))
    return history


ALL_VIEWS = sorted(load(safe_mode=True, bundled=("nnstudio_views",)).registry.views)


@pytest.mark.parametrize("id", ALL_VIEWS)
@pytest.mark.parametrize(
    "history",
    [History(), trained(0), trained(1), trained(2, metrics=()), with_predictions()],
    ids=["no run", "no epoch", "one epoch", "no metric", "predictions"],
)
def test_every_view_can_paint_every_run_and_teaches_where_there_is_nothing(id, history):
    spec = load(safe_mode=True, bundled=("nnstudio_views",)).registry.views[id]
    figure = resolve(spec.draw)(history, **spec.params().model_dump())
    assert fault(figure) == ""
    if isinstance(figure, Note):
        assert figure.text or figure.rows


def test_the_default_dashboard_is_loss_metric_predictions_confusion():
    views = load(safe_mode=True, bundled=("nnstudio_views",)).registry.views
    defaults = [id for id, spec in views.items() if spec.default]
    assert defaults == ["nnstudio.loss", "nnstudio.metric", "nnstudio.predictions", "nnstudio.confusion"]


def test_loss_shows_each_step_and_validation_where_its_epoch_ends():
    figure = curves.loss(trained(3))
    assert isinstance(figure, Curves)
    raw, smooth, validation = figure.lines
    assert raw.faint
    assert not smooth.faint
    np.testing.assert_allclose(raw.x, np.arange(12) / PER_EPOCH)
    np.testing.assert_allclose(raw.y, 1.0 / (1 + np.arange(12)))
    np.testing.assert_allclose(validation.x, [1, 2, 3])
    np.testing.assert_allclose(validation.y, [0.6, 0.5, 0.4])
    assert figure.caption == "train 0.300  val 0.400"


def test_the_axis_of_steps_and_no_smoothing():
    figure = curves.loss(trained(2), smoothing=0.0, axis="steps", log_y=True)
    assert isinstance(figure, Curves)
    raw, validation = figure.lines
    assert not raw.faint
    np.testing.assert_allclose(raw.x, np.arange(8))
    np.testing.assert_allclose(validation.x, [4, 8])
    assert figure.log_y
    assert figure.x_label == "steps"


def test_growing_a_run_keeps_the_keys_so_that_painters_may_keep_their_work():
    history = trained(1)
    before = [line.key for line in curves.loss(history).lines]
    history.add(Steps(PER_EPOCH, {"loss": np.array([0.1])}))
    after = curves.loss(history).lines
    assert [line.key for line in after] == before
    assert len(after[0].x) == len(after[1].y) == PER_EPOCH + 1
    assert len({line.key for line in after if line.key}) == 2


def test_accuracy_is_a_percentage_and_an_error_is_not():
    accuracy = curves.metric(trained(1))
    assert accuracy.percent
    assert (accuracy.title, accuracy.caption) == ("Accuracy", "train 70.0 %  val 65.0 %")
    error = curves.metric(trained(1, metrics=("mae",)))
    assert not error.percent
    assert error.title == "MAE"


def test_a_metric_that_was_not_measured_is_named_with_those_that_were():
    note = curves.metric(trained(1), metric="f1")
    assert isinstance(note, Note)
    assert "f1" in note.text
    assert "accuracy" in note.text


def test_the_test_part_is_told_when_the_run_is_over():
    history = trained(1)
    history.add(Finished("done", 4, 1, {"test/loss": 0.61}))
    assert curves.loss(history).caption == "val 0.600  test 0.610"


def test_steps_that_were_not_measured_are_gaps():
    history = trained(1)
    history.add(Steps(PER_EPOCH, {"lr": np.array([0.1, 0.1])}))
    raw, smooth, _ = curves.loss(history).lines
    assert np.isnan(raw.y[-2:]).all()
    assert np.isnan(smooth.y[-2:]).all()


def test_a_step_of_the_schedule_is_marked():
    history = trained(1)
    history.add(Steps(PER_EPOCH, {"loss": np.ones(3), "lr": np.full(3, 0.01)}))
    assert curves.loss(history).marks == [(1.0, "η × 0.1")]
    assert curves.loss(history, axis="steps").marks == [(4.0, "η × 0.1")]


def test_penalties_beside_the_loss():
    figure = curves.penalties(trained(1, penalty=True))
    assert isinstance(figure, Curves)
    assert [line.label for line in figure.lines] == ["train", "penalty"]
    assert "penalty 0.020" in figure.caption


def test_pictures_are_ordered_worst_first_and_framed_by_right_and_wrong():
    images = np.arange(3, dtype=np.uint8)[:, None, None].repeat(2, 1).repeat(2, 2)
    figure = predictions.predictions(with_predictions(images=images))
    assert isinstance(figure, Tiles)
    assert figure.images[:, 0, 0].tolist() == [1, 2, 0]
    assert figure.good.tolist() == [False, True, True]
    assert "bee, taken for cat" in figure.labels[0]
    assert "sample 11" in figure.labels[0]
    assert "cat, rightly" in figure.labels[1]


def test_two_features_show_the_plane():
    plane = {
        "inputs": np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
        "grid": np.zeros((4, 4), int),
        "extent": (0, 1, 0, 1),
    }
    figure = predictions.predictions(with_predictions(**plane))
    assert isinstance(figure, Points)
    assert figure.groups.tolist() == [0, 1, 2]
    assert figure.caption == "1 of 3 wrong"
    assert isinstance(predictions.boundary(with_predictions()), Note)


def test_other_samples_are_a_table_worst_first():
    figure = predictions.predictions(with_predictions())
    assert isinstance(figure, Note)
    assert [row[0] for row in figure.rows] == ["sample", "11", "12", "10"]
    assert figure.rows[1][1:3] == ("bee", "cat")


def test_confusion_has_names_and_the_share_that_is_right():
    figure = predictions.confusion(with_predictions())
    assert isinstance(figure, Matrix)
    assert list(figure.rows) == ["ant", "bee", "cat"]
    assert figure.caption == f"validation {100 * 12 / 14:.1f} % right"


def test_predictions_that_are_older_than_the_curves_say_of_when_they_are():
    history = with_predictions()
    now = history.predictions["validation"].epoch
    for epoch in range(now + 2):
        history.add(EpochEnded(epoch, epoch + 1, {}))
    for view in (predictions.predictions, predictions.confusion):
        assert view(history).caption.endswith(f", after epoch {now}")


def test_regression_shows_predicted_against_true():
    figure = predictions.confusion(
        with_predictions(
            confusion=None, classes=(), target=np.array([1.0, 2.0, 3.0]), predicted=np.array([1.1, 1.9, 3.2])
        )
    )
    assert isinstance(figure, Points)
    assert (figure.x_label, figure.y_label) == ("true", "predicted")


def test_a_run_without_validation_shows_the_part_it_has():
    assert isinstance(predictions.confusion(with_predictions(part="train")), Matrix)


# ── what happened, marked on the curves ───────────────────────────────────────────────────────────────────────────────


def test_the_epoch_whose_weights_came_back_is_marked():
    history = trained(3)
    history.add(Finished("early", 12, 2, {}, 1.0, why="it no longer fell", restored=1))
    assert curves.restored(history, "steps") == [(2 * PER_EPOCH, "best, came back")]
    assert curves.restored(history, "epochs") == [(2, "best, came back")]
    assert curves.restored(trained(3), "steps") == []


def test_a_rate_that_a_person_changed_is_not_marked_twice():
    history = trained(2)
    history.add(Steps(8, {"loss": np.ones(4), "lr": np.full(4, 0.01)}))
    assert [words for _, words in curves.rate_jumps(history, "steps")] == ["η × 0.1"]
    history.add(Changed(8, "recipe.optimizer.lr", 0.1, 0.01))
    assert curves.rate_jumps(history, "steps") == []
    assert len(curves.changes(history, "steps")) == 1
