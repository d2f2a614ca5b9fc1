"""Which layer is this constructor or function of PyTorch, and which parameters do its arguments come to?

The reverse of what `inspect` and `codegen` do with a LayerSpec: arguments are bound by the signature of the torch class or function, those that follow
from the input are kept apart, and where a spec works its arguments out by a function, parameters are looked for that give these.
"""

import inspect
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch.nn.functional
from torch import nn

from nnstudio.engine.expression import signature
from nnstudio.params import Params, form_fields, validate
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, Shape

IGNORED = frozenset({"inplace", "device", "dtype", "training", "_stacklevel"})
"""Arguments that make no other network."""
KEYS = {"crossentropyloss": "crossentropy", "bcewithlogitsloss": "binarycrossentropywithlogits", "identity": "identity"}
_PLAIN_CALL = re.compile(r"(?:\{input\}|F|torch)\.(\w+)\(")
MOST = 8
"""So many values of a whole number are tried, and so many axes."""


@dataclass(frozen=True)
class Meant:
    """A layer with its parameters. stated: arguments that follow from the input, as the text gives them. remarks: what of the arguments is lost.
    unknown: {parameter left at its default: the name that the text never explains, on which it depends}.
    """

    spec: LayerSpec
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stated: Mapping[str, Any] = field(default_factory=dict[str, Any])
    remarks: tuple[str, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Unknown:
    """What cannot be known from the text alone. words: of the text. cause: the name that it never explains, on which this depends."""

    words: str = ""
    cause: str = ""


class BadArguments(Exception):
    """The arguments do not fit the signature; the message is a clause."""


class Layers:
    """The registry's layers by what they are called in code."""

    def __init__(self, registry: Registry) -> None:
        self.of_id, self.has = registry.layers.__getitem__, registry.layers.__contains__
        specs = [spec for spec in registry.layers.values() if not spec.hidden]
        self._by_module = {spec.module: spec for spec in specs if spec.module}
        self._by_key: dict[str, LayerSpec] = {}
        for spec in specs:
            for key in _keys(spec):
                self._by_key.setdefault(key, spec)
        identity = registry.layer("nnstudio.identity")
        if identity is not None:
            self._by_key["identity"] = identity

    def of_class(self, target: str) -> LayerSpec | None:
        """The layer that "torch.nn:Conv2d" is; also "torch.nn:ReLU", for which codegen would write a function."""
        module, _, name = target.partition(":")
        if module == "torch.nn" and name.startswith("Lazy"):  # what it leaves open follows from the input here anyway
            return self.of_class(f"{module}:{name.removeprefix('Lazy')}")
        exact = self._by_module.get(target)
        return exact or (self._by_key.get(_key(name)) if module == "torch.nn" else None)

    def of_function(self, name: str) -> LayerSpec | None:
        """The layer that a function or a method of this name is: "max_pool2d", "relu"."""
        return self._by_key.get(_key(name))

    def made(self, spec: LayerSpec, target: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Meant:
        """What a call of the constructor `target` means. Raises BadArguments."""
        parameters = signature(target)
        if not parameters and target.startswith("torch.nn:"):
            parameters = dict(inspect.signature(getattr(nn, target.partition(":")[2])).parameters)
        return meant(spec, parameters, arguments, keywords)

    def applied(self, spec: LayerSpec, name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Meant:
        """What the arguments behind the tensors mean in a call of the function `name`. Raises BadArguments."""
        parameters = _function_parameters(name, len(spec.inputs))
        if not parameters:
            parameters = _own_parameters(spec)
            needed = [each for each, item in parameters.items() if item.default is inspect.Parameter.empty]
            if set(needed[len(arguments) :]) - keywords.keys():
                raise BadArguments("not all of its arguments are given")
        return meant(spec, parameters, arguments, keywords, strict=True)

    def set(self, id: str, values: Mapping[str, Any]) -> Meant | None:
        """The layer with these parameters; None where it does not allow them."""
        spec = self.of_id(id)
        params, _ = validate(spec.params, {name: _plain(value) for name, value in values.items()}, owner=spec.title)
        return Meant(spec, _differing(spec, values)) if params is not None else None

    def from_template(self, spec: LayerSpec, arguments: Mapping[str, Any]) -> Meant | None:
        """What the holes of its template mean; None where that is not all that they say."""
        found = meant(spec, {}, (), arguments)
        return None if found.remarks or found.unknown else found


def _keys(spec: LayerSpec) -> Iterator[str]:
    """The names of a layer in code: of its class, of the function or the method in its template."""
    if spec.module:
        yield _key(spec.module.rpartition(":")[2])
    found = _PLAIN_CALL.match(spec.call)
    if found is not None and ":" not in spec.call and not _worked_out(spec):
        yield _key(found[1])


def _key(name: str) -> str:
    """`MaxPool2d`, `max_pool2d` → `maxpool2d`; `MSELoss`, `mse_loss` → `mseloss`; losses with and without the word."""
    plain = name.replace("_", "").lower()
    return KEYS.get(plain, plain)


def _function_parameters(name: str, tensors: int) -> Mapping[str, inspect.Parameter]:
    """Those of torch.nn.functional's `name` behind its tensors; of the class of that name, where Python cannot tell."""
    functional = torch.nn.functional
    for candidate in (f"{name}_with_indices", name):
        function = getattr(functional, candidate, None)
        try:
            parameters = list(inspect.signature(function).parameters.items()) if function is not None else []
        except (ValueError, TypeError):
            continue
        if parameters and not any(item.kind is inspect.Parameter.VAR_POSITIONAL for _, item in parameters):
            return dict(parameters[tensors:])
    by_key = {_key(item): item for item in dir(nn) if item[:1].isupper()}
    found = by_key.get(_key(name))
    return dict(inspect.signature(getattr(nn, found)).parameters) if found else {}


def _own_parameters(spec: LayerSpec) -> Mapping[str, inspect.Parameter]:
    """The layer's own, in their order, as those of a function that Python knows nothing of; what its template names must be given."""
    kind, empty = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty
    return {
        name: inspect.Parameter(name, kind, default=empty if f"{{{name}}}" in spec.call else field.default)
        for name, field in spec.params.model_fields.items()
    }


# ── from arguments to parameters ──────────────────────────────────────────────────────────────────────────────────────


def meant(
    spec: LayerSpec,
    parameters: Mapping[str, inspect.Parameter],
    arguments: Sequence[Any],
    keywords: Mapping[str, Any],
    *,
    strict: bool = False,
) -> Meant:
    """The parameters of `spec` that give these arguments. Raises BadArguments. strict: also for values that it does not allow."""
    given, lost = _known(spec, _bound(parameters, arguments, keywords))
    remarks = [
        f"the value of '{name}' is not in the text; {spec.title} has its default" for name in lost if not lost[name]
    ]
    empty = inspect.Parameter.empty
    defaults = {name: item.default for name, item in parameters.items() if item.default is not empty}
    passed = _passed(spec)
    stated = {name: value for name, value in given.items() if name in spec.infer}
    values = {name: value for name, value in {**defaults, **given}.items() if name in passed and name not in spec.infer}
    rest = {
        name: value
        for name, value in given.items()
        if name not in passed and name not in spec.infer and name not in IGNORED and value != defaults.get(name, empty)
    }
    worked_out = {name: rest.pop(name) for name in list(rest) if name in _worked_out(spec)}
    remarks += [
        f"'{name}={value!r}' has no counterpart in {spec.title} and is left out" for name, value in rest.items()
    ]
    valid, said = _valid(spec, values, given)
    if strict and said:
        raise BadArguments(said[0])
    if worked_out:
        found = _solved(spec, valid, worked_out)
        if found is None:
            shown = ", ".join(f"{name}={value!r}" for name, value in worked_out.items())
            remarks.append(f"'{shown}' is nothing that {spec.title} can do and is left out")
        else:
            valid = found
    unknown = {name: cause for name, cause in lost.items() if cause}
    return Meant(spec, _differing(spec, valid), stated, (*remarks, *said), unknown)


def _known(spec: LayerSpec, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What of `given` the text really says; of the rest that makes a difference, on which unexplained name it depends."""
    known = {name: value for name, value in given.items() if not any(unknown_in(value))}
    lost = {
        name: next((each.cause for each in unknown_in(value) if each.cause), "")
        for name, value in given.items()
        if name not in known and name not in spec.infer and name not in IGNORED
    }
    return known, lost


def unknown_in(value: Any) -> Iterator[Unknown]:
    """What is unknown in a value, or in a list of them."""
    if isinstance(value, list | tuple):
        for item in cast("Sequence[Any]", value):
            yield from unknown_in(item)
    elif isinstance(value, Unknown):
        yield value


def _bound(
    parameters: Mapping[str, inspect.Parameter], arguments: Sequence[Any], keywords: Mapping[str, Any]
) -> dict[str, Any]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
    places = [name for name, item in parameters.items() if item.kind in kinds]
    if len(arguments) > len(places):
        if not parameters:
            raise BadArguments("its arguments cannot be told apart")
        raise BadArguments(f"it takes at most {len(places)} arguments, and {len(arguments)} are given")
    given = dict(zip(places, arguments, strict=False))
    for name, value in keywords.items():
        if name in given:
            raise BadArguments(f"'{name}' is given twice")
        if parameters and name not in parameters:
            raise BadArguments(f"it has no argument '{name}'")
        given[name] = value
    return given


def _passed(spec: LayerSpec) -> frozenset[str]:
    """The fields of its parameters that are arguments under the same name."""
    fields = frozenset(spec.params.model_fields)
    if spec.arguments is None:
        return fields
    return fields & _emitted(spec)


def _worked_out(spec: LayerSpec) -> frozenset[str]:
    """The arguments that its function works out of parameters and shapes."""
    return _emitted(spec) - frozenset(spec.params.model_fields) if spec.arguments is not None else frozenset()


def _emitted(spec: LayerSpec) -> frozenset[str]:
    assert spec.arguments is not None
    for rank in range(4, 1, -1):
        try:
            return frozenset(spec.arguments(spec.params(), [(2, *(7,) * (rank - 1))] * max(1, len(spec.inputs))))
        except Exception:  # a plugin's own function, which need not like these shapes
            continue
    return frozenset()


def _valid(spec: LayerSpec, values: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """`values` without those that the layer does not allow, and what is to be said of these."""
    kept, remarks = {name: _plain(value) for name, value in values.items()}, list[str]()
    for _ in range(len(kept) + 1):
        params, problems = validate(spec.params, kept, owner=spec.title)
        if params is not None:
            break
        names = {problem.param for problem in problems if problem.param in kept} or set(kept)
        for problem in problems:
            if problem.param in given or problem.param not in kept:
                remarks.append(f"{problem.message.rstrip('.')}; it is left at its default")
        kept = {name: value for name, value in kept.items() if name not in names}
    return kept, remarks


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value  # pyright: ignore[reportUnknownVariableType]


def _differing(spec: LayerSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are not the layer's default."""
    params = spec.params.model_validate(dict(values))
    fields = spec.params.model_fields
    return {
        name: value
        for name, value in values.items()
        if fields[name].is_required() or getattr(params, name) != fields[name].default
    }


def _solved(spec: LayerSpec, values: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any] | None:
    """`values` with the whole numbers for which the spec's function gives `wanted`, for some shape of the input."""
    emitted = _emitted(spec)
    free = [item.name for item in form_fields(spec.params) if item.kind == "int" and item.name not in emitted]
    choices = itertools.product(*(range(1, MOST + 1) for _ in free[:1]))
    for choice in choices:
        tried = {**values, **dict(zip(free, choice, strict=False))}
        params, _ = validate(spec.params, tried, owner=spec.title)
        if params is not None and any(_gives(spec, params, shape, wanted) for shape in _shapes(wanted)):
            return tried
    return None


def _gives(spec: LayerSpec, params: Params, shape: Shape, wanted: Mapping[str, Any]) -> bool:
    assert spec.arguments is not None
    try:
        found = spec.arguments(params, [shape])
    except Exception:  # a plugin's own function
        return False
    return all(_same(found.get(name), value, len(shape)) for name, value in wanted.items())


def _same(found: Any, wanted: Any, rank: int) -> bool:
    if isinstance(wanted, int | list | tuple) and isinstance(found, int | tuple):
        ours, theirs = _sizes(found), _sizes(wanted)
        return ours == theirs or ours == tuple(sorted(size + rank if size < 0 else size for size in theirs))
    return found == wanted


def _sizes(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list | tuple) else (value,)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _shapes(wanted: Mapping[str, Any]) -> Iterator[Shape]:
    """Inputs that end in the sizes asked for, and plain ones of every rank."""
    for value in wanted.values():
        sizes = _sizes(value)
        if all(isinstance(size, int) and size > 0 for size in sizes):
            yield from ((2, *(7,) * more, *sizes) for more in range(4))
    yield from ((2, *(7,) * (rank - 1)) for rank in range(2, MOST))
