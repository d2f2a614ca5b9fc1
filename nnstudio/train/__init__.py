"""How a network learns.

`nnstudio.train(project)` is a function of the Python API, and this package has the same name: once any of its modules is imported,
Python puts the package in the function's place. So the package can be called, and does what the function does.
"""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any


class _CallablePackage(ModuleType):
    def __call__(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        from nnstudio.python import train

        return train(*arguments, **options)


sys.modules[__name__].__class__ = _CallablePackage
