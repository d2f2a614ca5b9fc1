"""What of the recipe the run under way does not know yet: changes to be sent to it, as paths and values, and in words. No Qt widgets."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from nnstudio.project.difference import recipes, shown
from nnstudio.project.json_form import to_json
from nnstudio.project.project import Entry, Project, Recipe
from nnstudio.project.recipe_entries import SINGLE
from nnstudio.registry import Registry


@dataclass(frozen=True)
class LiveChange:
    """path, value: as `Control.change` takes them; text: in words."""

    path: str
    value: Any
    text: str


def live_changes(running: Project, present: Project, registry: Registry) -> list[LiveChange]:
    """What would make the run train by `present`: recipe first, then parameters of nodes. The graph's shape is the run's own."""
    return [*_recipe(running, present, registry), *_nodes(running, present)]


def _recipe(running: Project, present: Project, registry: Registry) -> Iterator[LiveChange]:
    old, new = running.recipe, present.recipe
    written = to_json(Project(recipe=new))["recipe"]
    for item in fields(Recipe):
        name = item.name
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if name in SINGLE and _same_plugin(before, after):
            yield from _params(name, before, after, registry)
            continue
        only = Recipe(**{each.name: getattr(new if each.name == name else old, each.name) for each in fields(Recipe)})
        words = "; ".join(str(difference) for difference in recipes(old, only, registry, (present, running)))
        yield LiveChange(f"recipe.{name}", written[name], words or name)


def _same_plugin(before: Entry, after: Entry) -> bool:
    return before.type == after.type and before.enabled == after.enabled


def _params(name: str, before: Entry, after: Entry, registry: Registry) -> Iterator[LiveChange]:
    """One path a parameter: `recipe.optimizer.lr`."""
    spec = registry.get(SINGLE[name], after.type)
    defaults = {key: field.get_default() for key, field in spec.params.model_fields.items()} if spec else {}
    for key in dict.fromkeys((*before.params, *after.params)):
        values = [entry.params.get(key, defaults.get(key)) for entry in (before, after)]
        if values[0] != values[1]:
            text = f"{name} {key}: {shown(values[0])} → {shown(values[1])}"
            yield LiveChange(f"recipe.{name}.{key}", _plain(values[1]), text)


def _nodes(running: Project, present: Project) -> Iterator[LiveChange]:
    for id, node in present.graph.nodes.items():
        old = running.graph.nodes.get(id)
        if old is None or old.type != node.type:
            continue
        for key, value in node.params.items():
            if old.params.get(key) != value:
                text = f"{node.label} {key}: {shown(old.params.get(key))} → {shown(value)}"
                yield LiveChange(f"{id}.{key}", _plain(value), text)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
