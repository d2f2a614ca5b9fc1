"""All that a plugin may import. What is here keeps working through NNStudio 1.x (`NNSTUDIO_API` says which).

A plugin is a module with functions marked `@hookimpl`, named after the hooks in `nnstudio.hookspecs`, that return lists of specs.
Nothing here imports torch or Qt; a plugin's own torch code sits in a module that a spec names by a string.
"""

from nnstudio.data import DataError, DataField, Dataset
from nnstudio.events import Predictions
from nnstudio.figures import Bars, Contour, Curves, Figure, Line, Matrix, Note, Points, Tiles
from nnstudio.hookspecs import hookimpl
from nnstudio.params import Field, Ints, Params, Ui
from nnstudio.plugins import NNSTUDIO_API
from nnstudio.resources import resource
from nnstudio.runs.history import History
from nnstudio.specs import (
    AugmentationSpec,
    AverageParams,
    AverageSpec,
    BatchScheduleSpec,
    ConstraintSpec,
    DatasetSpec,
    ExampleSpec,
    GradientSpec,
    InitializerSpec,
    LayerSpec,
    LossParams,
    LossSpec,
    MetricSpec,
    NoiseSpec,
    OptimizerSpec,
    Port,
    RegularizerSpec,
    ScheduleSpec,
    Shape,
    StopSpec,
    ViewSpec,
    axis,
)

__all__ = [
    "NNSTUDIO_API",
    "AugmentationSpec",
    "AverageParams",
    "AverageSpec",
    "Bars",
    "BatchScheduleSpec",
    "ConstraintSpec",
    "Contour",
    "Curves",
    "DataError",
    "DataField",
    "Dataset",
    "DatasetSpec",
    "ExampleSpec",
    "Field",
    "Figure",
    "GradientSpec",
    "History",
    "InitializerSpec",
    "Ints",
    "LayerSpec",
    "Line",
    "LossParams",
    "LossSpec",
    "Matrix",
    "MetricSpec",
    "NoiseSpec",
    "Note",
    "OptimizerSpec",
    "Params",
    "Points",
    "Port",
    "Predictions",
    "RegularizerSpec",
    "ScheduleSpec",
    "Shape",
    "StopSpec",
    "Tiles",
    "Ui",
    "ViewSpec",
    "axis",
    "hookimpl",
    "resource",
]
