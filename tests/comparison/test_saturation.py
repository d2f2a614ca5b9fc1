"""Batch sizes against time: from which one on the processor is saturated."""

import numpy as np
import pytest

from nnstudio.comparison.plan import Comparison, Variant
from nnstudio.comparison.results import Outcome, Results
from nnstudio.comparison.saturation import epoch_seconds, saturated_from, saturation_words
from nnstudio.events import EpochEnded
from nnstudio.project.project import Project


def results(seconds: dict[str, float], setting: str = "recipe.batch_size") -> Results:
    """One run of three equal epochs for each size."""
    arms = tuple(Variant(f"size {size}", ((setting, size),)) for size in seconds)
    outcomes = tuple(
        Outcome(
            arm,
            0,
            "done",
            epochs=tuple(EpochEnded(n, n, {"validation/loss": 1.0}, seconds=lasting * (n + 1)) for n in range(3)),
        )
        for arm, lasting in enumerate(seconds.values())
    )
    return Results(Comparison("sizes", Project(), arms, (Variant("seed 0"),)), outcomes)


@pytest.mark.curriculum("O19")
def test_the_knee_is_where_doubling_no_longer_pays() -> None:
    cost = {str(size): 0.2 + 20 / size for size in (32, 64, 128, 256, 512, 1024)}  # fixed work, and overhead a step
    saved = {int(size): 1 - cost[str(2 * int(size))] / cost[size] for size in list(cost)[:-1]}
    knee = next(size for size in saved if all(share < 0.1 for other, share in saved.items() if other >= size))
    assert epoch_seconds(results(cost)) == pytest.approx({int(size): value for size, value in cost.items()})
    (line,) = saturation_words(results(cost))
    assert f"from batch size {knee} on the processor is saturated" in line


@pytest.mark.curriculum("O19")
def test_a_processor_with_room_is_said_to_have_it() -> None:
    assert saturated_from([32, 64, 128], [4.0, 2.0, 1.0]) is None
    assert "not saturated" in saturation_words(results({"32": 4.0, "64": 2.0, "128": 1.0}))[0]


def test_steps_other_than_doublings_count_as_so_many_doublings() -> None:
    rate = 0.92  # a doubling saves 8 %: four times the batch saves 15 %, and is still saturated
    assert saturated_from([32, 128], [1.0, rate**2]) == 32
    assert saturated_from([32, 128], [1.0, 0.85**2]) is None
    assert np.isclose(rate**2, 0.8464)


def test_other_comparisons_say_nothing_of_it() -> None:
    assert saturation_words(results({"torch.sgd": 1.0, "torch.adam": 2.0}, "recipe.optimizer")) == []
    assert saturation_words(results({"32": 1.0})) == []
