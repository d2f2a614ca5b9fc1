"""The hooks a plugin may implement, one a kind. Each returns a list of specs; all are optional."""

from collections.abc import Iterable

import pluggy

from nnstudio.specs import (
    AugmentationSpec,
    AverageSpec,
    BatchScheduleSpec,
    ConstraintSpec,
    DatasetSpec,
    ExampleSpec,
    GradientSpec,
    InitializerSpec,
    LayerSpec,
    LossSpec,
    MetricSpec,
    NoiseSpec,
    OptimizerSpec,
    RegularizerSpec,
    ScheduleSpec,
    StopSpec,
    ViewSpec,
)

hookspec = pluggy.HookspecMarker("nnstudio")
hookimpl = pluggy.HookimplMarker("nnstudio")


@hookspec
def register_layers() -> Iterable[LayerSpec]:
    """Kinds of nodes: what can be placed on the canvas."""
    return ()


@hookspec
def register_losses() -> Iterable[LossSpec]:
    """Losses: nodes that end a graph and say what training minimizes."""
    return ()


@hookspec
def register_optimizers() -> Iterable[OptimizerSpec]:
    """Optimizers: how the weights follow the gradient."""
    return ()


@hookspec
def register_schedules() -> Iterable[ScheduleSpec]:
    """Learning-rate schedules: η over the steps of a run."""
    return ()


@hookspec
def register_initializers() -> Iterable[InitializerSpec]:
    """Initializers: what the weights are before the first step."""
    return ()


@hookspec
def register_regularizers() -> Iterable[RegularizerSpec]:
    """Penalties on the weights that are added to the loss."""
    return ()


@hookspec
def register_augmentations() -> Iterable[AugmentationSpec]:
    """Augmentations: new training samples from old ones."""
    return ()


@hookspec
def register_gradients() -> Iterable[GradientSpec]:
    """What is done to gradients before the optimizer sees them: clipping."""
    return ()


@hookspec
def register_constraints() -> Iterable[ConstraintSpec]:
    """Constraints: what weights must fulfil after every step."""
    return ()


@hookspec
def register_noise() -> Iterable[NoiseSpec]:
    """Noise on the weights while a batch goes through."""
    return ()


@hookspec
def register_averages() -> Iterable[AverageSpec]:
    """Averages of the weights over training, used for validation and test."""
    return ()


@hookspec
def register_stops() -> Iterable[StopSpec]:
    """Rules that end a run before its last epoch."""
    return ()


@hookspec
def register_batch_schedules() -> Iterable[BatchScheduleSpec]:
    """Batch sizes that change from epoch to epoch."""
    return ()


@hookspec
def register_metrics() -> Iterable[MetricSpec]:
    """Metrics: what is measured beside the loss."""
    return ()


@hookspec
def register_datasets() -> Iterable[DatasetSpec]:
    """Datasets: where samples come from."""
    return ()


@hookspec
def register_views() -> Iterable[ViewSpec]:
    """Live views: cards of the dashboard."""
    return ()


@hookspec
def register_examples() -> Iterable[ExampleSpec]:
    """Projects for the gallery."""
    return ()


HOOKS: dict[str, tuple[str, type]] = {
    "register_layers": ("layer", LayerSpec),
    "register_losses": ("layer", LossSpec),
    "register_optimizers": ("optimizer", OptimizerSpec),
    "register_schedules": ("schedule", ScheduleSpec),
    "register_initializers": ("initializer", InitializerSpec),
    "register_regularizers": ("regularizer", RegularizerSpec),
    "register_augmentations": ("augmentation", AugmentationSpec),
    "register_gradients": ("gradient", GradientSpec),
    "register_constraints": ("constraint", ConstraintSpec),
    "register_noise": ("noise", NoiseSpec),
    "register_averages": ("average", AverageSpec),
    "register_stops": ("stop", StopSpec),
    "register_batch_schedules": ("batch_schedule", BatchScheduleSpec),
    "register_metrics": ("metric", MetricSpec),
    "register_datasets": ("dataset", DatasetSpec),
    "register_views": ("view", ViewSpec),
    "register_examples": ("example", ExampleSpec),
}
"""hook → (kind in the registry, the type each item must have)."""
