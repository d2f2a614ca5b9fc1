"""The recipe's penalties and the metrics, against scikit-learn and NumPy."""

import inspect

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference
from train_helpers import bundled, classifier, moons

from nnstudio.engine.compile import compile_model
from nnstudio.plugins import resolve
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Entry
from nnstudio.train import recipe
from nnstudio.train.data import load_data
from nnstudio.train.groups import Settings
from nnstudio.train.method import Method

seeds = st.integers(0, 10_000)


@pytest.mark.curriculum("R2")
def test_several_penalties_and_one_switched_off_counts_nothing() -> None:
    penalties = (
        Entry("nnstudio.l1", {"strength": 0.5}),
        Entry("nnstudio.l2", {"strength": 0.25}),
        Entry("nnstudio.l2", enabled=False),
    )
    project = moons(classifier(), regularizers=penalties)
    compiled = compile_model(project, bundled(), load_data(project.data, bundled()).info)
    with torch.no_grad():
        compiled.module.get_parameter("linear1.weight").copy_(torch.tensor([[1.0, -2.0], [0.0, 0.0]]))
    settled = Settings(project.recipe, compiled)
    method = Method(project.recipe, bundled(), settled, torch.Generator())
    loss, added = method.with_penalties(torch.tensor(4.0))
    assert (loss.item(), added) == (4.0 + 1.5 + 0.625, 1.5 + 0.625)


def metric(id: str, output: np.ndarray, target: np.ndarray) -> float:
    function = resolve(bundled().metrics[id].function)
    values = function(torch.from_numpy(output), torch.from_numpy(target))
    assert values.shape == (len(target),)
    return values.double().mean().item()


@given(seeds)
@settings(max_examples=40, deadline=None)
def test_accuracy(seed: int) -> None:
    random = np.random.default_rng(seed)
    scores, labels = random.normal(size=(20, 5)), random.integers(0, 5, 20)
    expected = reference.accuracy_score(labels, scores.argmax(axis=1))
    assert metric("nnstudio.accuracy", scores, labels) == pytest.approx(expected, abs=1e-6)


@given(seeds, st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_binary_accuracy(seed: int, columns: int) -> None:
    random = np.random.default_rng(seed)
    scores, answers = random.normal(size=(20, columns)), random.integers(0, 2, (20, columns)).astype(float)
    expected = ((scores >= 0) == (answers == 1)).mean()
    assert metric("nnstudio.binary_accuracy", scores, answers) == pytest.approx(expected, abs=1e-6)


@given(seeds, st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_mean_absolute_and_squared_error(seed: int, columns: int) -> None:
    random = np.random.default_rng(seed)
    output, target = random.normal(size=(20, columns)), random.normal(size=(20, columns))
    assert metric("nnstudio.mae", output, target) == pytest.approx(
        reference.mean_absolute_error(target, output), rel=1e-12
    )
    assert metric("nnstudio.mse", output, target) == pytest.approx(
        reference.mean_squared_error(target, output), rel=1e-12
    )


def test_the_loss_names_its_metrics_and_misfits_are_refused() -> None:
    registry = bundled()
    loss = registry.layers["torch.cross_entropy"]
    assert [metric.name for metric in recipe.metrics((), loss, registry)] == ["accuracy"]
    with pytest.raises(NNStudioError, match="MAE measures value targets; Cross-entropy has a class target"):
        recipe.metrics((Entry("nnstudio.mae"),), loss, registry)


def alone(target: str) -> object:
    """The function, made from its source and torch alone, as in an exported script."""
    function = resolve(target)
    namespace: dict[str, object] = {"torch": torch}
    exec(inspect.getsource(function), namespace)
    return namespace[function.__name__]


@pytest.mark.parametrize("id", sorted(bundled().metrics))
def test_a_metrics_source_stands_alone(id: str) -> None:
    target = bundled().metrics[id].function
    output, wanted = torch.randn(6, 3), torch.randn(6, 3)
    wanted = torch.tensor([0, 1, 2, 0, 1, 2]) if bundled().metrics[id].targets == ("class",) else wanted
    assert torch.equal(alone(target)(output, wanted), resolve(target)(output, wanted))
