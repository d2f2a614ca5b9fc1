"""What changed between two runs: data, recipe and graph, line by line. No Qt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from nnstudio.gui.text import number, tr
from nnstudio.project import difference
from nnstudio.project.blocks import with_blocks
from nnstudio.project.edits import ABSENT, Change, Edit
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.project.recipe_entries import RULES, SEVERAL, SINGLE
from nnstudio.registry import Registry
from nnstudio.runs.history import History

NOTHING = "—"
_KIND_OF = {"dataset": "dataset", **SINGLE}
_LISTS = SEVERAL


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same: what it is called, and how it was in either run."""

    name: str
    before: str
    after: str


def differences(before: Project, after: Project, registry: Registry) -> list[Difference]:
    """All that differs in what the numbers depend on; names, notes and positions do not count."""
    both = (after, before)
    return [
        *_fields(before.data, after.data, registry, both),
        *_fields(before.recipe, after.recipe, registry, both),
        *_graphs(before.graph, after.graph, with_blocks(registry, before), with_blocks(registry, after)),
        *_blocks(before, after, registry),
    ]


def _fields(
    before: Data | Recipe, after: Data | Recipe, registry: Registry, projects: Sequence[Project]
) -> Iterator[Difference]:
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old == new:
            continue
        if isinstance(old, Entry):
            yield from _entries(field.name, old, new, _KIND_OF[field.name], registry)
        elif field.name in _LISTS:
            kind = _LISTS[field.name]
            yield Difference(field.name, *(_listed(entries, kind, registry) for entries in (old, new)))
        elif field.name == RULES:
            yield from (
                Difference(found.place, found.before or NOTHING, found.after or NOTHING)
                for found in difference.recipes(Recipe(rules=old), Recipe(rules=new), registry, projects)
            )
        else:
            yield Difference(field.name.replace("_", " "), _shown(old), _shown(new))


def made_while_training(history: History) -> list[Difference]:
    """The changes that a run took while it trained, each with its step."""
    return [
        Difference(
            tr("step {step}: {path}", step=number(made.step), path=made.path),
            *(json_words(value) for value in (made.before, made.after)),
        )
        for made in history.changed
    ]


def json_words(value: Any) -> str:
    """A JSON value as people read it: entries by their type and parameters."""
    if isinstance(value, dict):
        entry: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        params = ", ".join(f"{name} {json_words(item)}" for name, item in entry.get("params", {}).items())
        name = str(entry.get("type") or entry.get("match") or NOTHING).rpartition(".")[2]
        return f"{name} ({params})" if params else name
    if isinstance(value, list):
        return ", ".join(json_words(item) for item in value) or NOTHING  # pyright: ignore[reportUnknownVariableType]
    return _shown(value)


def _entries(name: str, old: Entry, new: Entry, kind: str, registry: Registry) -> Iterator[Difference]:
    """Another plugin chosen, and the parameters that both have and that differ."""
    if old.type != new.type:
        yield Difference(name, _title(old, kind, registry), _title(new, kind, registry))
    old_values, new_values = (_values(kind, entry.type, entry.params, registry) for entry in (old, new))
    for param in old_values:
        if param in new_values and old_values[param] != new_values[param]:
            yield Difference(param, _shown(old_values[param]), _shown(new_values[param]))
    if old.type == new.type and old.enabled != new.enabled:
        yield Difference(name, *(tr("on") if entry.enabled else tr("off") for entry in (old, new)))


def _listed(entries: tuple[Entry, ...], kind: str, registry: Registry) -> str:
    """`L1 lambda 1e-6, L2 off`."""
    said: list[str] = []
    for entry in entries:
        values = " ".join(f"{name} {_shown(value)}" for name, value in entry.params.items())
        said.append(f"{_title(entry, kind, registry)} {values if entry.enabled else tr('off')}".strip())
    return ", ".join(said) or NOTHING


def _title(entry: Entry, kind: str, registry: Registry) -> str:
    spec = registry.get(kind, entry.type)
    return spec.title if spec is not None else entry.type or NOTHING


def _values(kind: str, type: str, params: Mapping[str, Any], registry: Registry) -> dict[str, Any]:
    """All parameters, defaults included; what is given, where the plugin is not there."""
    spec = registry.get(kind, type)
    defaults = {name: field.get_default() for name, field in spec.params.model_fields.items()} if spec else {}
    return {**defaults, **params}


def _blocks(before: Project, after: Project, registry: Registry) -> Iterator[Difference]:
    """What differs within the definitions that both have: those that one alone has are seen by their instances."""
    old_layers, new_layers = with_blocks(registry, before), with_blocks(registry, after)
    for id, new in after.blocks.items():
        old = before.blocks.get(id)
        for found in _graphs(old.graph, new.graph, old_layers, new_layers) if old is not None else ():
            yield replace(found, name=f"{new.title or id}: {found.name}")


def _graphs(before: Graph, after: Graph, old_layers: Registry, new_layers: Registry) -> Iterator[Difference]:
    for id in sorted(before.nodes.keys() - after.nodes.keys()):
        node = before.nodes[id]
        yield Difference(tr("graph"), tr("{title} '{id}'", title=_layer(node, old_layers), id=node.label), NOTHING)
    for id in sorted(after.nodes.keys() - before.nodes.keys()):
        title, where = _layer(after.nodes[id], new_layers), _after(after, id)
        yield Difference(
            tr("graph"), NOTHING, tr("+ {title} after {where}", title=title, where=where) if where else f"+ {title}"
        )
    for id in sorted(before.nodes.keys() & after.nodes.keys()):
        yield from _nodes(before.nodes[id], after.nodes[id], old_layers, new_layers)
    kept = before.nodes.keys() & after.nodes.keys()
    old, new = (
        {(slot, source) for slot, source in graph.wires.items() if slot.node in kept and source.node in kept}
        for graph in (before, after)
    )
    if old != new and before.nodes.keys() == after.nodes.keys():
        yield Difference(tr("wires"), *(tr("{count} others", count=len(a - b)) for a, b in ((old, new), (new, old))))


def _nodes(old: Node, new: Node, old_layers: Registry, new_layers: Registry) -> Iterator[Difference]:
    if old.type != new.type:
        yield Difference(new.label, _layer(old, old_layers), _layer(new, new_layers))
        return
    old_values = _values("layer", old.type, old.params, old_layers)
    new_values = _values("layer", new.type, new.params, new_layers)
    for name in dict.fromkeys((*old.params, *new.params)):
        if old_values.get(name) != new_values.get(name):
            yield Difference(f"{new.label}: {name}", _shown(old_values.get(name)), _shown(new_values.get(name)))


def _layer(node: Node, registry: Registry) -> str:
    spec = registry.layer(node.type)
    return spec.title if spec else node.type


def _after(graph: Graph, id: str) -> str:
    wires = graph.wires_into(id)
    return graph.nodes[wires[0].source.node].label if wires else ""


def _shown(value: Any) -> str:
    if value is None or value in {"", ()}:
        return NOTHING
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list | tuple):
        return " × ".join(_shown(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return str(value)


def as_it_was(present: Project, wanted: Project, label: str) -> Edit:
    """One undoable edit that gives `present` the graph, blocks, data and recipe of `wanted`; its name, notes and dashboard stay, and blocks that it
    alone has."""
    old_wires, new_wires = present.graph.wires, wanted.graph.wires
    old_nodes, new_nodes = present.graph.nodes, wanted.graph.nodes
    slots, ids = dict.fromkeys((*old_wires, *new_wires)), dict.fromkeys((*old_nodes, *new_nodes))
    changes = [
        *(Change(("block", id), present.blocks.get(id, ABSENT), block) for id, block in wanted.blocks.items()),
        *(Change(("wire", slot), old_wires.get(slot, ABSENT), new_wires.get(slot, ABSENT)) for slot in slots),
        *(Change(("node", id), old_nodes.get(id, ABSENT), new_nodes.get(id, ABSENT)) for id in ids),
        *(Change(("project", name), getattr(present, name), getattr(wanted, name)) for name in ("data", "recipe")),
    ]
    return Edit(label, tuple(change for change in changes if change.before != change.after))
