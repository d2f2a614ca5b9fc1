"""Set anything in a project by a dotted name: "recipe.epochs", "recipe.optimizer.lr", "recipe.regularizers.l2.strength",
"recipe.schedule.enabled", "recipe.rules.fc*.lr_factor", "data.dataset.noise", "conv1.out_channels", "res1/conv1.stride" in a block's definition.

One place for the command line (`--set`), Python (`project.set`) and changes while it trains; each gives an `Edit`, or says what is
wrong with the name or value.
"""

from dataclasses import fields
from typing import Any, Literal

from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.block_follow import followed
from nnstudio.project.blocks import with_blocks
from nnstudio.project.edits import Edit, set_field, set_param
from nnstudio.project.graph import Json
from nnstudio.project.json_form import entries_to_json
from nnstudio.project.node_at import node_at
from nnstudio.project.project import Project
from nnstudio.project.setting_entries import (
    entries_at,
    entry,
    entry_at,
    plain,
    read,
    rules_at,
    unknown,
    validated,
    value_in,
    value_of_param,
)
from nnstudio.registry import Registry

__all__ = ["ENTRIES", "LISTS", "entry", "node_setting", "setting", "value_of"]

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
    """The edit that sets `name` to `value`; text is read as the field's kind ("1e-3", "true"). Raises NNStudioError.

    An entry is given by its id, or as {"type", "params", "enabled"}; a list of them as a list, or their ids with commas between.
    """
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


def value_of(project: Project, registry: Registry, name: str) -> Json:
    """What `name` is, as JSON; a parameter that was never set is its default. Raises NNStudioError where it names nothing."""
    owner, _, rest = name.partition(".")
    if owner not in {"data", "recipe"}:
        _, node = node_at(project, owner)
        spec = with_blocks(registry, project).layer(node.type)
        return entries_to_json(value_of_param(spec, node.params, rest))
    holder: Any = getattr(project, owner)
    field, _, rest = rest.partition(".")
    kind = _kind(owner, field)
    known = [item.name for item in fields(holder)]
    if field not in known or (rest and not kind):
        raise unknown(owner, field, known)
    return entries_to_json(value_in(getattr(holder, field), registry, kind, rest, owner))


def _kind(owner: str, field: str) -> str:
    """Of the plugins that a field names, "rule" for rules, "" where it holds something plain."""
    if (owner, field) == ("recipe", "rules"):
        return "rule"
    return ENTRIES.get((owner, field)) or LISTS.get((owner, field)) or ""


def node_setting(project: Project, registry: Registry, node_name: str, param: str, value: Any) -> Edit:
    """The edit that sets a node's parameter; the node is named by its id or its name, within a block by its way ("res1/conv1"): then
    fields that an exposed parameter of the block sets together with it follow."""
    block, node = node_at(project, node_name)
    spec = with_blocks(registry, project).layer(node.type)
    if spec is None:
        remedy = "Install or enable the plugin that brings it."
        raise NNStudioError(
            Problem("layer.unknown", f"'{node.label}' is a '{node.type}'.", remedy=remedy, node=node.id)
        )
    given = read(spec.params, param, value)
    validated(spec.params, {**node.params, param: given}, f"{spec.title} '{node.label}'", "model", node.id)
    edit = set_param(project.inside(block), node.id, param, given).inside(block)
    return followed(project, edit) if block else edit


def _field(project: Project, registry: Registry, owner: Literal["data", "recipe"], name: str, value: Any) -> Edit:
    holder = getattr(project, owner)
    field, _, rest = name.partition(".")
    known = [item.name for item in fields(holder)]
    kind = _kind(owner, field)
    if field not in known or (rest and not kind):
        raise unknown(owner, name, known)
    old = getattr(holder, field)
    if kind == "rule":
        new: Any = rules_at(old, registry, rest, value, owner)
    elif (owner, field) in ENTRIES:
        new = entry_at(old, registry, kind, rest, value, owner)
    elif kind:
        new = entries_at(old, registry, kind, rest, value, owner)
    else:
        new = plain(field, getattr(type(holder)(), field), value, owner)
    return set_field(project, owner, field, new)
