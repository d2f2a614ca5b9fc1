"""Does a view draw every run: one that has not begun, one in its first steps, a classification, a regression?"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import numpy as np

from nnstudio.events import EpochEnded, NodeStats, Predictions, RunStarted, Steps
from nnstudio.figures import Bars, Curves, Figure, Matrix, Points, Tiles
from nnstudio.params import validate
from nnstudio.plugins import resolve
from nnstudio.runs.history import History
from nnstudio.specs import ViewSpec
from nnstudio.testing.declaration import check_declaration

CLASSES = ("cat", "dog", "owl")
EPOCHS, STEPS = 5, 20


def check_view(spec: ViewSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """Draw runs of all sorts and look at what came."""
    complaints = check_declaration(spec)
    if complaints:
        return complaints
    chosen, problems = validate(spec.params, params or {}, owner=spec.title)
    if chosen is None:
        return [f"{spec.id}: {problem}" for problem in problems]
    draw = resolve(spec.draw)
    runs = {
        "a run that has not begun": History(),
        "a run before its first epoch": example_history(epochs=0),
        "a classification": example_history(),
        "a regression": example_history("regression"),
        "points in the plane": example_history("plane"),
    }
    return [f"{spec.id}: {name}: {it}" for name, run in runs.items() for it in _complaints(draw, run, dict(chosen))]


def example_history(sort: str = "classification", *, epochs: int = EPOCHS) -> History:
    """A made-up run to draw: a "classification" of pictures, of points in the "plane", or a "regression"."""
    random = np.random.default_rng(0)
    history = History("example")
    metric = "mae" if sort == "regression" else "accuracy"
    classes = () if sort == "regression" else CLASSES
    history.add(RunStarted("example", "", "cpu", EPOCHS, STEPS, metrics=(metric,), classes=classes, parameters=100))
    for epoch in range(max(epochs, 1)):
        steps = np.arange(epoch * STEPS, (epoch + 1) * STEPS)
        loss = np.exp(-steps / 50) * random.uniform(0.9, 1.1, STEPS)
        history.add(
            Steps(int(steps[0]), {"loss": loss, metric: 1 - loss / 2, "lr": np.full(STEPS, 0.01)}, epoch + 1.0, 20.0)
        )
        if epochs:
            values = {
                f"{part}/{name}": float(loss.mean()) for part in ("train", "validation") for name in ("loss", metric)
            }
            history.add(EpochEnded(epoch, (epoch + 1) * STEPS, values, seconds=epoch + 1.0))
            history.add(_predictions(sort, epoch, random))
            history.add(NodeStats(int(steps[-1]), {"fc1": {"dead": 0.1}}, {"fc1": np.arange(16)}))
    return history


def _predictions(sort: str, epoch: int, random: np.random.Generator) -> Predictions:
    count = 12
    common: dict[str, Any] = {
        "epoch": epoch,
        "part": "validation",
        "indices": np.arange(count),
        "loss": random.random(count),
    }
    if sort == "regression":
        target = random.normal(size=count)
        return Predictions(**common, target=target, predicted=target + 0.1, inputs=random.normal(size=(count, 4)))
    target, predicted = random.integers(0, 3, (2, count))
    common |= {"target": target, "predicted": predicted, "classes": CLASSES, "confidence": random.random(count)}
    common["confusion"] = np.bincount(3 * target + predicted, minlength=9).reshape(3, 3)
    if sort == "plane":
        grid = random.integers(0, 3, (8, 8))
        return Predictions(**common, inputs=random.normal(size=(count, 2)), grid=grid, extent=(-2.0, 2.0, -2.0, 2.0))
    return Predictions(**common, images=random.integers(0, 256, (count, 8, 8), dtype=np.uint8))


def _complaints(draw: Any, history: History, params: Mapping[str, Any]) -> Iterator[str]:
    before = copy.deepcopy(history)
    try:
        figure: Any = draw(history, **params)
    except Exception as error:
        yield f"it fails with {type(error).__name__}: {error}."
        return
    if not isinstance(figure, get_args(Figure)):
        yield f"it gave {type(figure).__name__}; one of {', '.join(kind.__name__ for kind in get_args(Figure))} is needed."
        return
    yield from _figure(figure)
    if before.changes != history.changes or before.step_names != history.step_names:
        yield "it changed the history: views only read."


def _figure(figure: Figure) -> Iterator[str]:
    match figure:
        case Curves():
            for line in figure.lines:
                if np.shape(line.x) != np.shape(line.y) or np.ndim(line.x) != 1:
                    yield f"the line '{line.label}' has {np.shape(line.x)} x values and {np.shape(line.y)} y values."
        case Tiles():
            if np.ndim(figure.images) not in (3, 4) or figure.images.dtype != np.uint8:
                yield f"its tiles are {np.shape(figure.images)} of {figure.images.dtype}; N × H × W [× 3] of uint8 is needed."
            for name, value in (("good", figure.good), ("labels", figure.labels)):
                if value is not None and len(value) not in (0, len(figure.images)):
                    yield f"it has {len(figure.images)} tiles, but {len(value)} of '{name}'."
        case Matrix():
            for axis, names in ((0, figure.rows), (1, figure.columns)):
                if np.ndim(figure.values) != 2 or (names and len(names) != np.shape(figure.values)[axis]):
                    yield f"its matrix is {np.shape(figure.values)}, with {len(names)} names along axis {axis}."
        case Points():
            if np.shape(figure.x) != np.shape(figure.y) or (
                figure.groups is not None and len(figure.groups) != len(figure.x)
            ):
                yield "its points have x, y or groups of different lengths."
        case Bars():
            edges = None if figure.edges is None else len(figure.edges)
            if edges not in (None, len(figure.values) + 1) or (
                figure.names and len(figure.names) != len(figure.values)
            ):
                yield f"it has {len(figure.values)} bars, {len(figure.names)} names and {edges} edges."
        case _:
            pass
