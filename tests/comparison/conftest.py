"""Small projects, and results made up without training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio import plugins
from nnstudio.comparison.plan import Comparison, compare_axes
from nnstudio.comparison.results import Outcome, Results
from nnstudio.events import EpochEnded
from nnstudio.project.gallery import open_example
from nnstudio.project.project import Project
from nnstudio.registry import Registry

MakeResults = Callable[..., Results]


@pytest.fixture(scope="session")
def registry() -> Registry:
    return plugins.load(safe_mode=True).registry


@pytest.fixture(scope="session")
def iris(registry: Registry) -> Project:
    project = open_example("nnstudio.iris", registry)
    return replace(project, recipe=replace(project.recipe, epochs=2))


@pytest.fixture
def results(registry: Registry, iris: Project) -> MakeResults:
    """Results of SGD and Adam (or of `comparison`) whose last validation losses are given, seed by seed; None: it failed."""

    def make(
        *losses: Sequence[float | None],
        comparison: Comparison | None = None,
        goals: Mapping[str, str] | None = None,
    ) -> Results:
        names = ["torch.sgd", "torch.adam", "torch.rmsprop", "torch.adagrad", "torch.adamw", "torch.nadam"]
        chosen = comparison or compare_axes(
            iris, registry, {"recipe.optimizer": names[: len(losses)]}, seeds=len(losses[0])
        )
        outcomes = [_outcome(arm, seed, loss) for arm, row in enumerate(losses) for seed, loss in enumerate(row)]
        return Results(chosen, tuple(outcomes), goals or {"accuracy": "max"})

    return make


def _outcome(arm: int, seed: int, loss: float | None) -> Outcome:
    if loss is None:
        return Outcome(arm, seed, "failed")
    epochs = tuple(
        EpochEnded(epoch, 10 * (epoch + 1), {"train/loss": value, "validation/loss": value, "validation/accuracy": 1 - value}, seconds=0.5 * (epoch + 1))
        for epoch, value in enumerate((2 * loss, loss / 2, loss))
    )  # fmt: skip
    return Outcome(arm, seed, "done", Path(f"run-{arm}-{seed}"), epochs, environment={"torch": "2"}, device="cpu")
