"""The rule against scipy, and by simulation: where nothing differs, a difference is called at most as often as stated."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nnstudio.comparison.statistics import ALPHA, band, differences, holm, spread
from nnstudio.comparison.words import spread_words, summary

values = st.lists(st.floats(-5, 5).map(lambda v: round(v, 3)), min_size=2, max_size=8)


@given(values)
def test_the_spread_is_mean_and_sample_deviation(numbers):
    said = spread([*numbers, math.nan])
    assert said.mean == pytest.approx(np.mean(numbers), abs=1e-12)
    assert said.std == pytest.approx(np.std(numbers, ddof=1), abs=1e-12)
    assert (said.n, said.low, said.high) == (len(numbers), min(numbers), max(numbers))


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 10), st.integers(0, 2**32 - 1))
def test_two_arms_are_a_paired_t_test(seeds, state):
    first, second = np.random.default_rng(state).normal(size=(2, seeds))
    found = differences([dict(enumerate(first.tolist())), dict(enumerate(second.tolist()))])
    assert len(found) == 1
    assert found[0].mean == pytest.approx(float(np.mean(second - first)), abs=1e-12)
    assert found[0].p == pytest.approx(stats.ttest_rel(second, first).pvalue, abs=1e-10)


def test_folds_are_tested_with_the_corrected_variance():
    first, second = np.random.default_rng(1).normal(size=(2, 5))
    d = second - first
    t = d.mean() / math.sqrt((1 / 5 + 1 / 4) * d.var(ddof=1))
    found = differences([dict(enumerate(first)), dict(enumerate(second))], overlapping=True)
    assert found[0].p == pytest.approx(2 * stats.t.sf(abs(t), 4), abs=1e-12)
    assert found[0].p > stats.ttest_rel(second, first).pvalue


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=15))
def test_holm_is_its_definition(p):
    """The i-th smallest of m is rejected at level a while every one up to it is at most a / (m − i)."""
    adjusted = holm(p)
    for level in (0.01, 0.05, 0.2, 0.5):
        going, rejected = True, set()
        for rank, index in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
            going = going and (len(p) - rank) * p[index] <= level
            if going:
                rejected.add(index)
        assert rejected == {index for index, value in enumerate(adjusted) if value <= level}


def test_nothing_differs_is_called_a_difference_at_most_as_often_as_stated():
    """Six arms, four seeds with an effect of their own, no difference: families with any call, of 2000. Bound: 3 standard errors."""
    random, families, called = np.random.default_rng(7), 2000, 0
    for _ in range(families):
        table = random.normal(size=(6, 4)) + random.normal(size=(1, 4))
        called += any(item.exceeds for item in differences([dict(enumerate(row)) for row in table.tolist()]))
    assert called / families <= ALPHA + 3 * math.sqrt(ALPHA * (1 - ALPHA) / families)


def test_what_differs_is_called_a_difference():
    random = np.random.default_rng(3)
    found = [
        differences([dict(enumerate(random.normal(0, 0.1, 6))), dict(enumerate(random.normal(1, 0.1, 6)))])[0].exceeds
        for _ in range(50)
    ]
    assert all(found)


def test_one_seed_says_nothing():
    found = differences([{0: 1.0}, {0: 2.0}])
    assert found[0].p is None
    assert not found[0].exceeds


def test_only_common_replicates_are_compared():
    found = differences([{0: 1.0, 1: 2.0, 2: 3.0}, {1: 2.5, 2: 3.5, 5: 100.0}])
    assert (found[0].n, found[0].mean) == (2, 0.5)


def test_the_very_same_difference_each_time_is_no_chance():
    assert differences([{0: 1.0, 1: 2.0}, {0: 1.5, 1: 2.5}])[0].p == 0.0
    assert differences([{0: 1.0, 1: 2.0}, {0: 1.0, 1: 2.0}])[0].p == 1.0


def test_a_band_takes_what_goes_on_where_others_stopped():
    curves = [(np.array([1.0, 2.0, 3.0]), np.array([4.0, 2.0, 1.0])), (np.array([1.0, 2.0]), np.array([2.0, 2.0]))]
    x, mean, std = band(curves)
    assert x.tolist() == [1, 2, 3]
    assert mean.tolist() == [3, 2, 1]
    assert std == pytest.approx([math.sqrt(2), 0, 0])


@pytest.mark.curriculum("O13", "O21")
def test_the_words_say_which_differences_count(results):
    words = "\n".join(summary(results((0.9, 0.91, 0.92, 0.9), (0.3, 0.32, 0.31, 0.3))))
    assert "Best in the mean over seeds: Adam" in words
    assert "Adam − SGD: −0.6" in words
    assert "more than the spread (p < 0.001)" in words
    words = "\n".join(summary(results((0.9, 0.2, 0.5), (0.3, 0.8, 0.45))))
    assert "within the spread" in words
    assert "more seeds say more" in words


def test_the_words_say_when_nothing_can_be_said(results):
    assert "nothing can be said about chance" in "\n".join(summary(results((0.9,), (0.3,))))
    assert "nothing to say yet" in "\n".join(summary(results((None,), (None,))))
    assert "SGD: 1 of 2 runs failed" in "\n".join(summary(results((None, 0.5), (0.3, 0.4))))


@pytest.mark.curriculum("O21")
def test_random_restarts_keep_the_best(results, iris, registry):
    from nnstudio.comparison.ready import restarts

    found = results((0.5, 0.2, 0.9), comparison=restarts(iris, registry, 3))
    assert found.best_run("validation/loss").replicate == 1
    words = summary(found)[0]
    assert "over 3 seeds" in words
    assert "from 0.2 to 0.9; the best is seed 1" in words


def test_best_and_final_values_know_the_goal(results):
    found = results((0.4, 0.6), (0.5, 0.7))
    assert found.values(0, "validation/loss") == {0: 0.4, 1: 0.6}
    assert found.values(0, "validation/loss", best=True) == {0: 0.2, 1: 0.3}
    assert found.values(0, "validation/accuracy", best=True) == {0: 0.8, 1: 0.7}
    assert found.best_arm("validation/loss") == found.best_arm("validation/accuracy") == 0


def test_an_accuracy_is_said_in_percent_and_a_difference_of_two_in_points(results):
    said = "\n".join(summary(results((0.2, 0.21, 0.19), (0.3, 0.31, 0.29)), "validation/accuracy"))
    assert "validation accuracy 80.0 ± 1.0 %" in said
    assert "10.0 ± 0.0 percentage points of validation accuracy" in said
    assert spread_words(spread([0.8]), "test/accuracy") == "80.0 %"
    assert spread_words(spread([0.8, 0.6]), "test/loss") == "0.7 ± 0.1414"
