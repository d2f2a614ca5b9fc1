"""How is one node written in code? The one place that turns a LayerSpec and its arguments into text.

`inspect` evaluates the very text that `codegen` writes. Arguments enter as literals of plain Python values, wired values as
identifiers; nothing from a project file is ever pasted in as it stands.
"""

import inspect
import math
import re
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, cast

from torch import nn

from nnstudio.plugins import resolve
from nnstudio.specs import LayerSpec

_PLACEHOLDER = re.compile(r"\{(\*|\w+)(?::([^{}]*))?\}")
_HOUSE_NAMES = {"torch.nn": "nn", "torch.nn.functional": "F", "torch": "torch"}


class NotPlain(TypeError):
    """An argument that has no literal: a plugin returned something that is no plain value."""


class Named(str):
    """A value that the code knows by a name: it is written as it stands."""


def literal(value: Any) -> str:
    """`value` as Python source. Raises NotPlain for anything but None, bool, int, float, str and tuples, lists, dicts of them."""
    if type(value) is Named:
        return str(value)
    if isinstance(value, Enum):
        return literal(value.value)
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int):
        return repr(int(value))
    if isinstance(value, str):
        text = repr(str(value))
        return text if "'" in text[1:-1] or '"' in text else f'"{text[1:-1]}"'
    if isinstance(value, float):
        return repr(float(value)) if math.isfinite(value) else f"float({str(float(value))!r})"
    if type(value) is tuple:
        items = [literal(item) for item in cast(tuple[object, ...], value)]
        return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
    if type(value) is list:
        return f"[{', '.join(literal(item) for item in cast(list[object], value))}]"
    if type(value) is dict:
        pairs = cast(dict[object, object], value).items()
        return f"{{{', '.join(f'{literal(key)}: {literal(item)}' for key, item in pairs)}}}"
    raise NotPlain(
        f"{type(value).__name__} is not a plain value (number, text, true/false, or a tuple, list or dict of them)"
    )


Wired = Sequence[str | tuple[str, ...] | None]
"""For each input port of a spec, in order: the variable that feeds it, all of them where it takes many, None where it is unwired."""


def call_text(spec: LayerSpec, wired: Wired, arguments: Mapping[str, Any]) -> str:
    """The expression of a node without weights: its `call` with values and arguments filled in."""
    ports = {port.name: value for port, value in zip(spec.inputs, wired, strict=True)}
    many = [value for value in wired if isinstance(value, tuple)]
    if many:
        ports.setdefault("inputs", many[0])
    named = _joints(spec.call)

    def fill(match: re.Match[str]) -> str:
        name, joint = match[1], match[2]
        if name == "*":
            return _keywords(spec, {key: value for key, value in arguments.items() if key not in named})
        if name in ports:
            value = ports[name]
            if isinstance(value, tuple):
                return (
                    joint.join(value) if joint is not None else f"({', '.join(value)}{',' if len(value) == 1 else ''})"
                )
            return "None" if value is None else value
        if name not in arguments:
            raise KeyError(f"`call` names {{{name}}}, which is neither a port nor an argument")
        value = arguments[name]
        if joint is not None and type(value) is Named:
            return f"*{value}"
        if joint is not None and isinstance(value, tuple | list):
            return joint.join(literal(item) for item in cast(Sequence[object], value))
        return literal(value)

    return _PLACEHOLDER.sub(fill, spec.call)


def call_arguments(spec: LayerSpec, arguments: Mapping[str, Any]) -> dict[str, bool]:
    """The arguments that `call` writes, each with whether a name can stand for it: `*name` for items between commas, but for no others."""
    joints = _joints(spec.call)
    written = [name for name in arguments if name in joints or "*" in joints]
    return {name: joints.get(name, {""}) <= _NAMEABLE[isinstance(arguments[name], tuple | list)] for name in written}


@lru_cache(maxsize=1024)
def _joints(call: str) -> Mapping[str, set[str]]:
    """By what `call` names, between what its items are written there."""
    joints: dict[str, set[str]] = {}
    for name, joint in _PLACEHOLDER.findall(call):
        joints.setdefault(name, set()).add(joint.strip())
    return joints


_NAMEABLE = {False: {""}, True: {"", ","}}


def _keywords(spec: LayerSpec, arguments: Mapping[str, Any]) -> str:
    fields = spec.params.model_fields
    written = [
        f", {name}={literal(value)}"
        for name, value in arguments.items()
        if name not in fields or fields[name].is_required() or value != fields[name].default
    ]
    return "".join(written)


def defaults(spec: LayerSpec, arguments: Mapping[str, Any]) -> dict[str, str | None]:
    """For each argument that is written and may be given by a name, in their order: what it is where nothing is said, None where it must be."""
    if spec.module:
        known = signature(spec.module)
        order = [*(name for name in known if name in arguments), *(name for name in arguments if name not in known)]
        values = {name: parameter.default for name, parameter in known.items()}
        return {name: _literal_or_none(values.get(name, inspect.Parameter.empty)) for name in order}
    fields = spec.params.model_fields
    free = [name for name, free in call_arguments(spec, arguments).items() if free]
    return {
        name: _literal_or_none(fields[name].default) if name in fields and not fields[name].is_required() else None
        for name in free
    }


def _literal_or_none(value: Any) -> str | None:
    try:
        return literal(value)
    except NotPlain:
        return None


def constructor_text(name: str, target: str, arguments: Mapping[str, Any]) -> str:
    """`nn.Conv2d(1, 6, kernel_size=5)`: the first two required arguments by place, the rest by name where they are not the default."""
    positional: list[str] = []
    keywords: list[str] = []
    by_place = True
    known = 0
    for key, default, may_stand in _constructor(target):
        if key not in arguments:
            by_place = False
            continue
        known += 1
        value = arguments[key]
        required = default is inspect.Parameter.empty
        if required and may_stand and by_place and len(positional) < 2:
            positional.append(literal(value))
        elif required or not (type(value) is type(default) and value == default):
            keywords.append(f"{key}={literal(value)}")
    if known < len(arguments):
        parameters = signature(target)
        keywords += [f"{key}={literal(value)}" for key, value in arguments.items() if key not in parameters]
    return f"{name}({', '.join(positional + keywords)})"


@lru_cache(maxsize=1024)
def _constructor(target: str) -> Sequence[tuple[str, Any, bool]]:
    """(name, default, may it be given by place) of the constructor's parameters."""
    parameters = signature(target).items()
    return [
        (name, parameter.default, parameter.kind is not inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in parameters
    ]


@lru_cache(maxsize=1024)
def signature(target: str) -> Mapping[str, inspect.Parameter]:
    """The named parameters of the constructor that `target` names; none where Python cannot tell."""
    try:
        parameters = inspect.signature(resolve(target)).parameters
    except (ValueError, TypeError):
        return {}
    fixed = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {name: parameter for name, parameter in parameters.items() if parameter.kind in fixed}


@lru_cache(maxsize=1024)
def lazy(target: str, missing: tuple[str, ...]) -> str:
    """PyTorch's module of the same kind that finds these arguments out from its first input; "" where there is none."""
    module, _, name = target.partition(":")
    other = f"{module}:Lazy{name}"
    return other if module == "torch.nn" and hasattr(nn, f"Lazy{name}") and not {*missing} & {*signature(other)} else ""


def attribute(name: str) -> str:
    """A module's name as the way to it: `layer1.2.conv1` → `layer1[2].conv1`."""
    return re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", name)


def module_call_text(name: str, spec: LayerSpec, wired: Wired) -> str:
    """`self.conv1(x)`: values by place in the order of the ports; behind an unwired port by name."""
    parts: list[str] = []
    skipped = False
    for port, value in zip(spec.inputs, wired, strict=True):
        if value is None:
            skipped = True
            continue
        text = f"({', '.join(value)}{',' if len(value) == 1 else ''})" if isinstance(value, tuple) else value
        parts.append(f"{port.name}={text}" if skipped else text)
    return f"{name}({', '.join(parts)})"


def import_of(target: str) -> tuple[str, str]:
    """(import statement, name in code) of "package.module:Name"; torch's own go by their usual short names."""
    module, _, name = target.partition(":")
    head, _, rest = name.partition(".")
    if module in _HOUSE_NAMES:
        return "", f"{_HOUSE_NAMES[module]}.{name}"
    return f"from {module} import {head}", f"{head}.{rest}" if rest else head


def house_imports(texts: Sequence[str]) -> list[str]:
    """The imports that expressions need for `torch`, `F` and `nn`."""
    joined = "\n".join(texts)

    def uses(name: str) -> bool:
        return re.search(rf"{name}(?<![\w.]{name})\.", joined) is not None  # begins plainly: found the faster

    lines = ["import torch"] if uses("torch") else []
    lines += ["import torch.nn.functional as F"] if uses("F") else []
    lines += ["from torch import nn"] if uses("nn") else []
    return lines
