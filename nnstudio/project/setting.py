"""Set anything in a project by a dotted name: "recipe.epochs", "recipe.optimizer.lr", "data.dataset.noise", "conv1.out_channels".

One place for the command line (`--set`) and Python (`project.set`); each gives an `Edit`, or says what is wrong with the name or value.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal, cast

from nnstudio.finding import did_you_mean, find_id
from nnstudio.params import FormField, coerce, form_fields, validate
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.edits import Edit, set_field, set_param
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry

ENTRIES = {
    ("data", "dataset"): "dataset",
    ("recipe", "optimizer"): "optimizer",
    ("recipe", "schedule"): "schedule",
    ("recipe", "initializer"): "initializer",
    ("recipe", "average"): "average",
    ("recipe", "batch_schedule"): "batch_schedule",
}
"""Where one plugin is chosen: (owner, field) → kind."""

LISTS = {
    ("recipe", "metrics"): "metric",
    ("recipe", "regularizers"): "regularizer",
    ("recipe", "augmentations"): "augmentation",
    ("recipe", "gradients"): "gradient",
    ("recipe", "constraints"): "constraint",
    ("recipe", "noise"): "noise",
    ("recipe", "stops"): "stop",
}
"""Where several are: named by their ids, separated by commas."""


def setting(project: Project, registry: Registry, name: str, value: Any) -> Edit:
    """The edit that sets `name` to `value`; text is read as the field's kind ("1e-3", "true"). Raises NNStudioError."""
    owner, _, rest = name.partition(".")
    match owner:
        case "data" | "recipe" if rest:
            return _field(project, registry, owner, rest, value)
        case "name" | "notes" if not rest:
            return set_field(project, "project", owner, str(value))
        case _ if rest:
            return node_setting(project, registry, owner, rest, value)
        case _:
            remedy = "Write recipe.epochs, recipe.optimizer.lr, data.dataset, or a node and its parameter: conv1.out_channels."
            raise NNStudioError(Problem("setting.unknown", f"'{name}' is nothing that can be set.", remedy=remedy))


def node_setting(project: Project, registry: Registry, node_name: str, param: str, value: Any) -> Edit:
    """The edit that sets a node's parameter; the node is named by its id or its name."""
    nodes = project.graph.nodes
    node = nodes.get(node_name) or next((node for node in project.graph if node.name == node_name), None)
    if node is None:
        remedy = did_you_mean(node_name, nodes)
        raise NNStudioError(Problem("graph.unknown_node", f"There is no node '{node_name}'.", remedy=remedy))
    spec = registry.layer(node.type)
    if spec is None:
        remedy = "Install or enable the plugin that brings it."
        raise NNStudioError(
            Problem("layer.unknown", f"'{node.label}' is a '{node.type}'.", remedy=remedy, node=node.id)
        )
    read = _read(spec.params, param, value)
    _validated(spec.params, {**node.params, param: read}, f"{spec.title} '{node.label}'", "model", node.id)
    return set_param(project, node.id, param, read)


def entry(registry: Registry, kind: str, name: str, params: Mapping[str, Any], *, place: str = "model") -> Entry:
    """The plugin that `name` names, with `params`; both are checked. Raises NNStudioError."""
    spec = registry.get(kind, find_id(registry, kind, name, place=place))
    assert spec is not None
    read = {key: _read(spec.params, key, value) for key, value in params.items()}
    _validated(spec.params, read, spec.title, place)
    return Entry(spec.id, read)


def _field(project: Project, registry: Registry, owner: Literal["data", "recipe"], name: str, value: Any) -> Edit:
    holder = getattr(project, owner)
    field, _, param = name.partition(".")
    known = [item.name for item in fields(holder)]
    if field not in known or (param and (owner, field) not in ENTRIES):
        message = f"{owner} has no '{name}'."
        raise NNStudioError(Problem("setting.unknown", message, remedy=did_you_mean(name, known), place=owner))
    if (kind := ENTRIES.get((owner, field))) is not None:
        return set_field(
            project, owner, field, _entry_value(getattr(holder, field), registry, kind, param, value, owner)
        )
    if (kind := LISTS.get((owner, field))) is not None:
        return set_field(project, owner, field, _entries(registry, kind, value, owner))
    return set_field(project, owner, field, _plain(holder, owner, field, value))


def _entry_value(old: Entry, registry: Registry, kind: str, param: str, value: Any, place: str) -> Entry:
    if isinstance(value, Entry):
        return entry(registry, kind, value.type, value.params, place=place)
    if not param:
        return entry(registry, kind, str(value), {}, place=place)
    return replace(old, params=entry(registry, kind, old.type, {**old.params, param: value}, place=place).params)


def _entries(registry: Registry, kind: str, value: Any, place: str) -> tuple[Entry, ...]:
    items: list[Any] = (
        [item.strip() for item in value.split(",") if item.strip()] if isinstance(value, str) else list(value)
    )
    given = [item if isinstance(item, Entry) else Entry(str(item)) for item in items]
    return tuple(entry(registry, kind, item.type, item.params, place=place) for item in given)


def _plain(holder: Data | Recipe, place: str, name: str, value: Any) -> Any:
    """`value` as the sort of thing that the field `name` holds; its range is `check`'s to judge."""
    default: Any = getattr(type(holder)(), name)
    kind = {"bool": "bool", "int": "int", "float": "float"}.get(type(default).__name__, "text")
    read = coerce(FormField(name, kind, default), value) if isinstance(value, str) else value
    if kind == "float" and type(read) is int:
        read = float(read)
    if type(read) is not type(default):
        wanted = {"bool": "true or false", "int": "a whole number", "float": "a number", "text": "a text"}[kind]
        message = f"{place}.{name} cannot be {value!r}."
        raise NNStudioError(Problem("setting.invalid", message, remedy=f"Give {wanted}.", param=name, place=place))
    return read


def _read(params: Any, name: str, value: Any) -> Any:
    """A parameter's text as its kind; anything else, and a name that is none, as it is: validation judges.

    A path is meant from where one is, but the project may be opened from elsewhere: it is kept whole.
    """
    field = next((field for field in form_fields(params) if field.name == name), None)
    if field is not None and field.kind in {"file", "folder"} and isinstance(value, (str, Path)) and str(value):
        return str(Path(value).expanduser().absolute())
    if field is not None and isinstance(value, str):
        value = coerce(field, value)
    return list(cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else value  # as a file would bring it


def _validated(params: Any, values: Mapping[str, Any], owner: str, place: str, node: str | None = None) -> None:
    problems = validate(params, values, owner=owner, node=node, place=place)[1]
    if problems:
        raise NNStudioError(*problems)
