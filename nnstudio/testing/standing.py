"""Can what a spec names be called as the recipe calls it, and does its source stand alone?"""

import builtins
import dis
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import Any

import torch

from nnstudio.params import Params, form_fields, validate
from nnstudio.testing.declaration import check_declaration

THERE = {"torch", "nn", "F"}
"""What an exported script has imported."""


def checked(spec: Any, params: Mapping[str, Any] | None, check: Callable[[Any, Any], Iterator[str]]) -> list[str]:
    """Complaints about the declaration, then about the parameters, then those of `check(spec, params)`."""
    complaints = check_declaration(spec)
    if complaints:
        return complaints
    chosen, problems = validate(spec.params, params or {}, owner=spec.title)
    if chosen is None:
        unset = params is None and any(field.required for field in form_fields(spec.params))
        return (
            [] if unset else [f"{spec.id}: {problem}" for problem in problems]
        )  # what must be given cannot be made up
    torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType]
    return [f"{spec.id}: {complaint}" for complaint in check(spec, chosen)]


def arguments(spec: Any, params: Params) -> dict[str, Any]:
    """What the spec's code is called with."""
    return dict(spec.arguments(params) if getattr(spec, "arguments", None) else dict(params))


def stands_alone(code: Any, *, torch_free: bool = False) -> Iterator[str]:
    """The source of a function or class goes into the exported script, where there is torch but nothing else of its module."""
    try:
        source = inspect.getsource(code)
    except (OSError, TypeError):
        source = ""
    if not source.startswith(("def ", "class ")):
        yield "its source must go into the exported script: write a plain function or class of a module, `def …` or `class …`."
        return
    used = _globals(compile(source, "<source>", "exec", dont_inherit=True)) - set(vars(builtins)) - {code.__name__}
    of_module = {name for name in used if name in vars(sys.modules[code.__module__])}
    if free := of_module - THERE:
        yield f"it uses {', '.join(sorted(free))} of its module, which the exported script does not have: import inside it."
    if torch_free and of_module & THERE:
        yield "it uses torch, but is called where there is none: plain Python and math are enough here."


def _globals(code: CodeType) -> set[str]:
    """The names that it looks for outside itself, annotations included."""
    found = {
        str(instruction.argval)
        for instruction in dis.get_instructions(code)
        if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME"}
    }
    inner = (constant for constant in code.co_consts if isinstance(constant, CodeType))
    return found.union(*map(_globals, inner))
