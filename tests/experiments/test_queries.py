"""Learning with queries: the choice against its definition, and the loop over trainings."""

import numpy as np
import pytest
from experiment_helpers import diabetes, moons
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.perform import perform
from nnstudio.experiments.queries import chosen, entropy
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Entry


def shares(generator: np.random.Generator, committee: int, samples: int, classes: int) -> np.ndarray:
    return generator.dirichlet(np.ones(classes), (committee, samples))


@pytest.mark.curriculum("O24")
@given(st.integers(0, 2**31), st.integers(2, 40), st.integers(2, 5))
@settings(max_examples=25)
def test_uncertainty_asks_for_the_highest_entropy(seed: int, samples: int, classes: int):
    generator = np.random.default_rng(seed)
    given_shares = shares(generator, 1, samples, classes)
    doubt = -(given_shares[0] * np.log(given_shares[0])).sum(axis=1)
    np.testing.assert_allclose(entropy(given_shares[0]), doubt, atol=1e-12)
    asked = chosen("uncertainty", given_shares, 3, generator)
    assert set(asked) == set(np.argsort(-doubt)[: len(asked)])


@pytest.mark.curriculum("O24")
@given(st.integers(0, 2**31), st.integers(3, 40), st.integers(2, 4), st.integers(2, 7))
@settings(max_examples=25)
def test_disagreement_asks_where_the_votes_are_spread_most(seed: int, samples: int, classes: int, committee: int):
    generator = np.random.default_rng(seed)
    given_shares = shares(generator, committee, samples, classes)
    votes = given_shares.argmax(axis=2)
    counts = np.array([np.bincount(votes[:, sample], minlength=classes) for sample in range(samples)]) / committee
    doubt = -np.sum(counts * np.log(np.where(counts > 0, counts, 1)), axis=1)
    asked = chosen("disagreement", given_shares, 2, generator)
    assert len(set(asked)) == 2
    others = np.setdiff1d(np.arange(samples), asked)
    assert doubt[asked].min() >= doubt[others].max(initial=0) - 1e-12


def test_entropy_of_certainty_is_nothing():
    np.testing.assert_array_equal(entropy(np.array([[1.0, 0.0], [0.5, 0.5]])), [0, np.log(2)])


@pytest.mark.curriculum("O24")
@pytest.mark.parametrize("strategy", ["uncertainty", "disagreement"])
def test_both_curves_begin_with_the_same_labels_and_learn(bench: Bench, strategy: str):
    project = moons(samples=150, optimizer=Entry("torch.adam", {"lr": 0.05}))
    values = {"strategy": strategy, "first": 6, "queries": 8, "rounds": 2, "epochs": 15, "repeats": 2, "committee": 2}
    found = perform("queries", project, values, bench)
    asked, random = found.numbers[strategy], found.numbers["random"]
    assert found.numbers["labels"].tolist() == [6, 14, 22]
    assert asked.shape == random.shape == (2, 3)
    np.testing.assert_array_equal(asked[:, 0], random[:, 0])  # the same network on the same first labels
    assert asked[:, -1].mean() > asked[:, 0].mean() - 0.05


def test_more_labels_than_there_are_and_regressions_are_refused(bench: Bench):
    with pytest.raises(NNStudioError, match="labels are asked for"):
        perform("queries", moons(samples=40), {"queries": 50}, bench)
    with pytest.raises(NNStudioError, match="classes"):
        perform("queries", diabetes(), {}, bench)
