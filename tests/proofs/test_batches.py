"""Batch, mini-batch, stochastic and online gradient descent are the same rule over other batches: each against NumPy."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_helpers import regression

from nnstudio.events import Finished
from nnstudio.project.project import Entry
from nnstudio.train.checkpoint import file_in, load_weights
from nnstudio.train.loop import train

RATE, SEED = 0.05, 3


def trained(x: np.ndarray, y: np.ndarray, folder: Path, **recipe: Any) -> np.ndarray:
    """Weights and bias after a run of SGD from zero, as one matrix."""
    project, registry = regression(x, y, optimizer=Entry("torch.sgd", {"lr": RATE}), seed=SEED, **recipe)
    last = list(train(project, registry, folder=folder))[-1]
    assert isinstance(last, Finished), last
    weights = load_weights(file_in(folder))
    matrix, bias = (next(value for value in weights.values() if value.dim() == size) for size in (2, 1))
    return np.column_stack([matrix.double().numpy(), bias.double().numpy()])


def by_hand(x: np.ndarray, y: np.ndarray, orders: list[np.ndarray], size: int) -> np.ndarray:
    """W ← W − ε ĝ, ĝ the mean over the batch of the gradient of each sample's squared error (mean over the outputs)."""
    with_one = np.column_stack([x, np.ones(len(x))])
    weights = np.zeros((y.shape[1], with_one.shape[1]))
    for order in orders:
        for begin in range(0, len(order), size):
            rows = order[begin : begin + size]
            each = [2 / y.shape[1] * np.outer(weights @ with_one[row] - y[row], with_one[row]) for row in rows]
            weights = weights - RATE * np.mean(each, axis=0)
    return weights


def orders(count: int, epochs: int, *, reshuffle: bool) -> list[np.ndarray]:
    """What the protocol of a run says: a permutation an epoch from a generator of its own, or the first one for all."""
    generator = torch.Generator().manual_seed(SEED)
    drawn = [torch.randperm(count, generator=generator).numpy() for _ in range(epochs if reshuffle else 1)]
    return drawn if reshuffle else drawn * epochs


@pytest.mark.curriculum("O1", "O2")
@given(st.integers(0, 1000), st.integers(3, 12), st.sampled_from(["batch", "mini-batch", "stochastic"]), st.booleans())
@settings(max_examples=12, deadline=None)
def test_every_size_of_batch_follows_the_mean_gradient(
    tmp_path_factory: Any, seed: int, count: int, way: str, reshuffle: bool
) -> None:
    """float32 in training, therefore 1e-5."""
    random = np.random.default_rng(seed)
    x, y = random.normal(size=(count, 3)).astype(np.float32), random.normal(size=(count, 2)).astype(np.float32)
    size = {"batch": 0, "mini-batch": max(count // 2, 2), "stochastic": 1}[way]
    ours = trained(x, y, tmp_path_factory.mktemp("run"), batch_size=size, epochs=3, reshuffle=reshuffle)
    expected = by_hand(x, y, orders(count, 3, reshuffle=reshuffle), size or count)
    np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.curriculum("O1")
def test_online_is_one_pass_in_which_each_sample_is_seen_once(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    x, y = random.normal(size=(40, 3)).astype(np.float32), random.normal(size=(40, 1)).astype(np.float32)
    order = orders(40, 1, reshuffle=True)
    assert sorted(order[0]) == list(range(40))
    ours = trained(x, y, tmp_path, batch_size=1, epochs=1)
    np.testing.assert_allclose(ours, by_hand(x, y, order, 1), rtol=1e-4, atol=1e-5)
