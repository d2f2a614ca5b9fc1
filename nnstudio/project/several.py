"""Several nodes changed alike: what they have in common, and one edit for all of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnstudio.params import FormField, form_fields, validate
from nnstudio.project.edits import Change, Edit
from nnstudio.project.graph import Json, Node
from nnstudio.project.project import Project
from nnstudio.registry import Registry

SEARCH = "search"
"""Option of a node: the names of its parameters that are to be searched over."""


@dataclass(frozen=True)
class Common:
    """A parameter that all of some nodes have. values: the distinct ones, in the order of the nodes; set_somewhere: it differs from a default."""

    field: FormField
    values: tuple[Any, ...]
    set_somewhere: bool

    @property
    def mixed(self) -> bool:
        return len(self.values) > 1


def common(nodes: Sequence[Node], registry: Registry) -> list[Common]:
    """The parameters that every node has, alike in name, kind and choices, in the order of the first one's form."""
    specs = [registry.layer(node.type) for node in nodes]
    forms = [{field.name: field for field in form_fields(spec.params)} for spec in specs if spec is not None]
    if not forms or len(forms) < len(nodes):
        return []
    found: list[Common] = []
    for name, field in forms[0].items():
        others = [form.get(name) for form in forms]
        if any(other is None or (other.kind, other.choices) != (field.kind, field.choices) for other in others):
            continue
        values: list[Any] = []
        for node, form in zip(nodes, forms, strict=True):
            value = node.params.get(name, form[name].default)
            if value not in values:
                values.append(value)
        found.append(Common(field, tuple(values), any(name in node.params for node in nodes)))
    return found


def set_params(project: Project, ids: Iterable[str], name: str, value: Json) -> Edit:
    """Parameter `name` of all these nodes; consecutive changes of the same one are one step."""
    chosen = tuple(ids)
    nodes = {id: project.graph.nodes[id].with_param(name, value) for id in chosen}
    return _edit(project, f"Change {name} of {len(chosen)} nodes", nodes, f"param:{','.join(chosen)}:{name}")


def restore_params(project: Project, before: Sequence[Node], name: str) -> Edit:
    """Parameter `name` of these nodes as it was in each of them `before`: what `set_params` did is taken back, as the same step."""
    nodes: dict[str, Node] = {}
    for old in before:
        now = project.graph.nodes[old.id]
        nodes[old.id] = now.with_param(name, old.params[name]) if name in old.params else now.without_param(name)
    return _edit(project, f"Change {name} of {len(nodes)} nodes", nodes, f"param:{','.join(nodes)}:{name}")


def reset_params(project: Project, ids: Iterable[str], name: str) -> Edit:
    chosen = tuple(ids)
    nodes = {id: project.graph.nodes[id].without_param(name) for id in chosen}
    return _edit(project, f"Reset {name} of {len(chosen)} nodes", nodes)


def set_fields(project: Project, ids: Iterable[str], label: str, *, merge: str = "", **fields: Any) -> Edit:
    """Fields of the nodes themselves, such as `bypassed`, `note`, `color`: `set_fields(project, ids, "Bypass", bypassed=True)`."""
    nodes = {id: replace(project.graph.nodes[id], **fields) for id in ids}
    return _edit(project, label, nodes, merge)


def set_searched(project: Project, id: str, param: str, on: bool) -> Edit:
    """Mark a parameter to be searched over, or no longer."""
    node = project.graph.nodes[id]
    rest = [name for name in searched(node) if name != param]
    names = [*rest, param] if on else rest
    return _edit(
        project,
        f"Search over {param}" if on else f"Do not search over {param}",
        {id: node.with_option(SEARCH, names or None)},
    )


def searched(node: Node) -> tuple[str, ...]:
    """The parameters of `node` that are to be searched over."""
    names = node.options.get(SEARCH)
    return tuple(str(name) for name in names) if isinstance(names, list) else ()  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def search_renamed(node: Node, old: str, new: str) -> Node:
    """`node`, whose parameter `old` is called `new` now, still searched over."""
    names = dict.fromkeys(new if name == old else name for name in searched(node))
    return node.with_option(SEARCH, list(names) or None)


def refused(nodes: Iterable[Node], registry: Registry, name: str, value: Any) -> str:
    """Why `value` cannot be given to all of them, naming the first node that refuses it; "" where it can."""
    for node in nodes:
        spec = registry.layer(node.type)
        if spec is None:
            continue
        values = {**node.params, name: value}
        problems = validate(spec.params, values, owner=f"{spec.title} '{node.label}'", node=node.id)[1]
        wrong = next((problem for problem in problems if problem.param in (name, None)), None)
        if wrong is not None:
            return str(wrong)
    return ""


def _edit(project: Project, label: str, nodes: Mapping[str, Node], merge: str = "") -> Edit:
    before = project.graph.nodes
    changes = (Change(("node", id), before[id], node) for id, node in nodes.items() if node != before[id])
    return Edit(label, tuple(changes), merge)
