"""What plugin authors test with: the checks that everything built in passes.

Each check takes a spec and returns complaints, whole sentences; none means that it is sound:

>>> from nnstudio.testing import check_plugin
>>> check_plugin("nnstudio_schedules")
[]

`check_plugin` finds what a module registers and checks all of it; the others check one spec, with shapes, parameters or a history
that you choose.
"""

from nnstudio.testing.dataset import check_dataset
from nnstudio.testing.declaration import check_declaration
from nnstudio.testing.layer import check_layer
from nnstudio.testing.plugin import check_imports, check_plugin
from nnstudio.testing.recipe import (
    check_constraint,
    check_initializer,
    check_metric,
    check_noise,
    check_optimizer,
    check_regularizer,
    check_schedule,
)
from nnstudio.testing.training import (
    check_augmentation,
    check_average,
    check_batch_schedule,
    check_gradient,
    check_stop,
)
from nnstudio.testing.view import check_view, example_history

__all__ = [
    "check_augmentation",
    "check_average",
    "check_batch_schedule",
    "check_constraint",
    "check_dataset",
    "check_declaration",
    "check_gradient",
    "check_imports",
    "check_initializer",
    "check_layer",
    "check_metric",
    "check_noise",
    "check_optimizer",
    "check_plugin",
    "check_regularizer",
    "check_schedule",
    "check_stop",
    "check_view",
    "example_history",
]
