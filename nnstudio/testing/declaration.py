"""Is a spec declared well: a good id, words for people, parameters that make a form and survive being saved?"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nnstudio.params import Params, form_fields, validate
from nnstudio.plugins import resolve
from nnstudio.specs import ExampleSpec, LayerSpec, LossParams, LossSpec, describe

ID = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_]+")
TARGETS = ("module", "optimizer", "factor", "watcher", "function", "penalty", "load", "draw")
"""The fields of specs that name code."""


def check_declaration(spec: Any) -> list[str]:
    """Id, title, words, parameters and the code that the spec names."""
    return [f"{spec.id}: {complaint}" for complaint in _complaints(spec)]


def _complaints(spec: Any) -> Iterator[str]:
    if not ID.fullmatch(spec.id):
        yield "ids are written 'package.name', in small letters, digits and underscores."
    if not spec.title.strip() or spec.title != spec.title.strip():
        yield f"the title {spec.title!r} is empty, or has spaces around it."
    yield from _code(spec)
    if isinstance(spec, ExampleSpec):
        return
    yield from _words(spec)
    yield from _params(spec.params)
    if isinstance(spec, LossSpec) and not issubclass(spec.params, LossParams):
        yield "the params of a loss derive from nnstudio.api.LossParams."


def _code(spec: Any) -> Iterator[str]:
    for name in TARGETS:
        target = getattr(spec, name, "")
        if not target:
            continue
        try:
            found = resolve(target)
        except Exception as error:
            yield f"{name} names {target!r}, which cannot be had: {type(error).__name__}: {error}."
            continue
        if not callable(found):
            yield f"{name} names {target!r}, which cannot be called."


def _words(spec: Any) -> Iterator[str]:
    sentence, _, _ = describe(spec.params)
    help_text = getattr(spec, "help", "")
    if not sentence and not help_text:
        yield "nothing says what it is: write a docstring under its params' class."
    if isinstance(spec, LayerSpec) and spec.params.model_fields and spec.summary is not None:
        defaults, _ = validate(spec.params, {}, owner=spec.title)
        if defaults is not None and not isinstance(spec.summary(defaults), str):  # pyright: ignore[reportUnnecessaryIsInstance]
            yield "summary(params) must give a text."


def _params(params: type[Params]) -> Iterator[str]:
    for field in form_fields(params):
        if not (field.ui.help or field.ui.label):
            yield f"the parameter '{field.name}' has no help: write a docstring below it."
        if field.kind == "choice" and not field.choices:
            yield f"the parameter '{field.name}' offers no choice."
    if any(field.required for field in form_fields(params)):
        return
    untested = {name: info.get_default(call_default_factory=True) for name, info in params.model_fields.items()}
    defaults, problems = validate(params, untested, owner="its params")
    if defaults is None:
        yield f"its own defaults are refused: {problems[0]}"
        return
    yield from _survives(defaults)


def _survives(params: Params) -> Iterator[str]:
    """Values go to JSON and back when a project is saved."""
    try:
        again: Mapping[str, Any] = json.loads(json.dumps(params.model_dump(mode="json"), allow_nan=False))
    except (TypeError, ValueError) as error:
        yield f"its parameters cannot be written as JSON: {error}."
        return
    if type(params).model_validate(again) != params:
        yield "its parameters are not the same after being written as JSON and read back."
