"""How many steps does a run take, and of how many samples each? Epochs, batch sizes, and T."""

from collections.abc import Callable

from nnstudio.project.project import Recipe
from nnstudio.registry import Registry
from nnstudio.train.entries import ready, size


class Course:
    """Of a recipe over `samples` training samples."""

    def __init__(self, recipe: Recipe, registry: Registry, samples: int) -> None:
        self.epochs = recipe.epochs
        self.samples = samples
        self._size = recipe.batch_size or samples
        self._scheduled: Callable[..., int] | None = None
        if recipe.batch_schedule.type and recipe.batch_schedule.enabled:
            self._scheduled = ready("batch_schedule", recipe.batch_schedule, registry, result=size)

    def batch_size(self, epoch: int) -> int:
        return self._size if self._scheduled is None else self._scheduled(epoch, self.epochs, self._size)

    def steps(self, epoch: int, done: int = 0) -> int:
        """Steps of an epoch of which `done` samples have been through."""
        return -(-(self.samples - done) // self.batch_size(epoch))

    def left(self, epoch: int, done: int) -> int:
        """Steps from there to the end of the run."""
        if epoch >= self.epochs:
            return 0
        if self._scheduled is None:
            return self.steps(epoch, done) + (self.epochs - epoch - 1) * self.steps(epoch)
        return self.steps(epoch, done) + sum(self.steps(later) for later in range(epoch + 1, self.epochs))
