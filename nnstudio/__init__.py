"""NNStudio: draw a neural network, watch it learn, find out why it does not, and take the code away.

The names below are the Python API. They are imported when first used, so that `import nnstudio` stays cheap and torch-free:

>>> from nnstudio import Project, train, compile
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nnstudio.python import Project, compare, compile, experiment, train

__version__ = "0.1.0"
__all__ = ["Project", "__version__", "compare", "compile", "experiment", "train"]


def __getattr__(name: str) -> Any:
    if name in {"Project", "compare", "compile", "experiment", "train"}:
        return getattr(import_module("nnstudio.python"), name)
    raise AttributeError(f"module 'nnstudio' has no attribute {name!r}")
