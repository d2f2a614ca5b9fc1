"""From an entry of a recipe to its plugin's code, ready to be called: whatever goes wrong in it is told with its name."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch

from nnstudio.params import Params, validate
from nnstudio.plugins import resolve
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Entry
from nnstudio.registry import Registry
from nnstudio.specs import AverageParams

Result = Callable[[Any], Any]
"""What must come out of a plugin's function: gives it back as it is to be used, or raises ValueError."""


def find(kind: str, entry: Entry, registry: Registry) -> tuple[Any, Params]:
    """The spec that `entry` names and its parameters. Raises NNStudioError naming the entry, the value and what is allowed."""
    spec = registry.get(kind, entry.type)
    if spec is None:
        known = ", ".join(sorted(registry.of(kind))) or "none"
        message = f"There is no {kind} '{entry.type}'."
        raise NNStudioError(Problem(f"recipe.{kind}", message, remedy=f"Known: {known}.", param=kind, place="recipe"))
    params, problems = validate(spec.params, entry.params, owner=spec.title, place="recipe")
    if params is None:
        raise NNStudioError(*problems)
    return spec, params


def arguments(spec: Any, params: Params) -> Mapping[str, Any]:
    """What the spec's function or class is called with."""
    given = spec.arguments(params) if getattr(spec, "arguments", None) else dict(params)
    studio = AverageParams.model_fields if isinstance(params, AverageParams) else {}
    return {name: value for name, value in given.items() if name not in studio}


def named(kind: str, target: str) -> Any:
    """The code that a spec names. Raises NNStudioError where it is not there."""
    try:
        return resolve(target)
    except Exception as error:  # a plugin's module
        message = f"The code of the {kind}, {target}, cannot be imported: {type(error).__name__}: {error}"
        raise NNStudioError(
            Problem("plugin.import", message, remedy="Update or switch off its plugin.", param=kind, place="recipe")
        ) from error


def ready(
    kind: str, entry: Entry, registry: Registry, code: str = "function", result: Result | None = None
) -> partial[Any]:
    """The function that the spec's field `code` names, with the entry's arguments; what goes wrong in it is told with its name."""
    spec, params = find(kind, entry, registry)
    target = getattr(spec, code)
    return partial(guarded(named(kind, target), kind, spec.title, target, result), **arguments(spec, params))


def guarded(
    function: Callable[..., Any], kind: str, title: str, target: str, result: Result | None = None
) -> Callable[..., Any]:
    """`function`, a plugin's: whatever it raises, or gives that `result` refuses, becomes a Problem that names the entry and the function."""

    def call(*values: Any, **params: Any) -> Any:
        try:
            given = function(*values, **params)
            return given if result is None else result(given)
        except NNStudioError:
            raise
        except Exception as error:
            if memory_ran_out(error):
                raise
            raise NNStudioError(failed(kind, title, target, error)) from error

    return call


def failed(kind: str, title: str, target: str, error: Exception) -> Problem:
    """What to tell when the code of an entry raised `error`."""
    sentence = str(error).strip().partition("\n")[0].rstrip(".") or "no words"
    message = f"{title} failed: {sentence} ({type(error).__name__} in {target})."
    remedy = "Change its parameters, switch it off, or mend its plugin."
    return Problem(f"recipe.{kind}_failed", message, remedy=remedy, param=kind, place="recipe")


def memory_ran_out(error: BaseException) -> bool:
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "allocate memory" in str(error)


# ── what may come out of a plugin's function ──────────────────────────────────────────────────────────────────────────


def number(value: Any) -> float:
    """A factor of η."""
    factor = float(value)
    if not (0 <= factor < math.inf):
        raise ValueError(f"it gave {factor:g}; a finite number ≥ 0 is needed")
    return factor


def scalar(value: Any) -> torch.Tensor:
    """A penalty."""
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        raise ValueError(f"it gave {_shown(value)}; one number, a tensor without axes, is needed")
    return value


def size(value: Any) -> int:
    """A batch size."""
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(f"it gave {value!r}; a whole number ≥ 1 is needed")
    return int(value)


def text(value: Any) -> str:
    """A reason to stop."""
    if not isinstance(value, str):
        raise TypeError(f"it gave {_shown(value)}; a text is needed, empty to go on")
    return value


def _shown(value: Any) -> str:
    return f"a tensor of {tuple(value.shape)}" if isinstance(value, torch.Tensor) else f"{value!r:.60}"
