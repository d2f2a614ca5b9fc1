"""(kind, id) → spec: everything that plugins brought, looked up by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
    MetricSpec,
    NoiseSpec,
    OptimizerSpec,
    RegularizerSpec,
    ScheduleSpec,
    StopSpec,
    ViewSpec,
)


@dataclass(frozen=True)
class Registry:
    """All specs, by kind and id. Made once at start by `nnstudio.plugins.load`; never changed after."""

    specs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    origins: Mapping[tuple[str, str], str] = field(
        default_factory=dict[tuple[str, str], str]
    )  # (kind, id) → plugin's name

    def of(self, kind: str) -> Mapping[str, Any]:
        return self.specs.get(kind, {})

    def get(self, kind: str, id: str) -> Any | None:
        """The spec, or None where no loaded plugin brings it."""
        return self.of(kind).get(id)

    def layer(self, id: str) -> LayerSpec | None:
        return self.get("layer", id)

    @property
    def layers(self) -> Mapping[str, LayerSpec]:
        return self.of("layer")

    @property
    def optimizers(self) -> Mapping[str, OptimizerSpec]:
        return self.of("optimizer")

    @property
    def schedules(self) -> Mapping[str, ScheduleSpec]:
        return self.of("schedule")

    @property
    def initializers(self) -> Mapping[str, InitializerSpec]:
        return self.of("initializer")

    @property
    def regularizers(self) -> Mapping[str, RegularizerSpec]:
        return self.of("regularizer")

    @property
    def augmentations(self) -> Mapping[str, AugmentationSpec]:
        return self.of("augmentation")

    @property
    def gradients(self) -> Mapping[str, GradientSpec]:
        return self.of("gradient")

    @property
    def constraints(self) -> Mapping[str, ConstraintSpec]:
        return self.of("constraint")

    @property
    def noise(self) -> Mapping[str, NoiseSpec]:
        return self.of("noise")

    @property
    def averages(self) -> Mapping[str, AverageSpec]:
        return self.of("average")

    @property
    def stops(self) -> Mapping[str, StopSpec]:
        return self.of("stop")

    @property
    def batch_schedules(self) -> Mapping[str, BatchScheduleSpec]:
        return self.of("batch_schedule")

    @property
    def metrics(self) -> Mapping[str, MetricSpec]:
        return self.of("metric")

    @property
    def datasets(self) -> Mapping[str, DatasetSpec]:
        return self.of("dataset")

    @property
    def views(self) -> Mapping[str, ViewSpec]:
        return self.of("view")

    @property
    def examples(self) -> Mapping[str, ExampleSpec]:
        return self.of("example")
