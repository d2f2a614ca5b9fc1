"""What can be set of a block from outside? Its exposed parameters, each of which sets one field of an inner node or several at once.

All are given the whole project and make edits for it; what cannot be is said by a Problem. Fields that one parameter sets have one value in the
definition too (see `block_follow.followed`).
"""

import keyword
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast

from nnstudio.params import FormField, Params, form_fields
from nnstudio.problems import Problem
from nnstudio.project.block_copies import free_block_id
from nnstudio.project.block_follow import followed, instances
from nnstudio.project.blocks import REPEAT, with_blocks
from nnstudio.project.edits import Change, Edit, apply
from nnstudio.project.flat import path_of
from nnstudio.project.project import Block, Exposed, Project
from nnstudio.project.several import search_renamed
from nnstudio.registry import Registry

PLAIN = {"ints": "int", "floats": "float"}
"""Kinds of fields that also take one number for all axes."""


class InnerField(NamedTuple):
    """A parameter of an inner node."""

    node: str
    param: str


# ── what there is ─────────────────────────────────────────────────────────────────────────────────────────────────────


def names_of(block: Block) -> list[str]:
    """Its exposed parameters, each once."""
    return list(dict.fromkeys(item.name for item in block.exposed))


def fields_of(block: Block, name: str) -> list[InnerField]:
    """What exposed parameter `name` sets."""
    return [InnerField(item.node, item.param) for item in block.exposed if item.name == name]


def name_of(block: Block, node: str, param: str) -> str:
    """The exposed parameter that sets a field; "" where none does."""
    return next((item.name for item in block.exposed if (item.node, item.param) == (node, param)), "")


def said(block: Block, fields: Iterable[InnerField]) -> str:
    """ "out_features of 'fc', size of 'h'" """
    nodes = block.graph.nodes
    return ", ".join(f"{param} of '{nodes[node].label if node in nodes else node}'" for node, param in fields)


def default_of(project: Project, registry: Registry, block: str, name: str) -> Any:
    """What exposed parameter `name` is where an instance does not set it; None where the definition does not say."""
    definition = project.blocks[block]
    return _value(definition, with_blocks(registry, project), fields_of(definition, name)[0])


def values_set(project: Project, block: str, name: str) -> list[str]:
    """The instances that set exposed parameter `name`, in words: "res1 = 32"."""
    return [f"{node.label} = {node.params[name]}" for _, node in instances(project, block) if name in node.params]


def takers(project: Project, registry: Registry, block: str, node: str, param: str) -> list[str]:
    """The exposed parameters that could set this field as well: all of its kind."""
    definition = project.blocks[block]
    own = name_of(definition, node, param)
    known = with_blocks(registry, project)
    return [
        name
        for name in names_of(definition)
        if name != own and not _unlike(definition, known, name, [InnerField(node, param)])
    ]


def set_at(project: Project, node: str, param: str) -> tuple[str, str]:
    """Where a field within instances is set, as (flat id of a node, its parameter): at the outermost instance that its blocks expose it on, else in
    its own definition."""
    flat = project.flattened
    while (instance := flat.instances.get(path_of(node)[0])) is not None:
        name = name_of(project.blocks[instance.block], path_of(node)[1], param)
        if not name:
            break
        node, param = instance.owner, name
    return node, param


# ── exposing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def expose(project: Project, registry: Registry, block: str, node: str, param: str, name: str = "") -> Edit | Problem:
    """Parameter `param` of an inner node becomes one of the block, called `name` ("": as it is, or with the node's name where that is taken).

    A name that is exposed already sets both together from then on.
    """
    definition = project.blocks[block]
    if name_of(definition, node, param):
        label = definition.graph.nodes[node].label
        return _wrong(f"'{param}' of '{label}' is exposed already.", "Rename it on the block's page.")
    taken = names_of(definition)
    name = name or (param if param not in {*taken, REPEAT} else _with_node(definition, node, param, taken))
    if wrong := bad_name(name):
        return wrong
    if name in taken:
        return bind(project, registry, block, [InnerField(node, param)], name)
    return _exposing(definition, (*definition.exposed, Exposed(name, node, param)), f"Expose {name}")


def bind(project: Project, registry: Registry, block: str, fields: Sequence[InnerField], name: str) -> Edit | Problem:
    """These fields, exposed or not, are set by exposed parameter `name` from now on; in the definition they get its value.

    What instances set under names that nothing is left of, they set under `name`, where they do not set that already.
    """
    definition, known = project.blocks[block], with_blocks(registry, project)
    if wrong := _unlike(definition, known, name, fields):
        return wrong
    joined = {*fields} - {*fields_of(definition, name)}
    value = _value(definition, known, fields_of(definition, name)[0])
    kept = [item for item in definition.exposed if (item.node, item.param) not in joined]
    together = [item for item in kept if item.name == name] + [
        Exposed(name, *each) for each in fields if each in joined
    ]
    together.sort(key=lambda item: _kind(definition, known, InnerField(item.node, item.param)) in PLAIN)
    at = next(index for index, item in enumerate(kept) if item.name == name)
    rest = [item for item in kept[at:] if item.name != name]
    edit = _exposing(definition, (*kept[:at], *together, *rest), f"Let {name} set {said(definition, fields)}")
    edit = edit.then(_set_all(definition, joined, value))
    for old in _left_over(definition, fields, name):
        edit = edit.then(_renamed_outside(apply(project, edit), block, old, name))
    return followed(project, edit)


def _left_over(definition: Block, fields: Sequence[InnerField], name: str) -> list[str]:
    """The exposed parameters that have nothing to set any more once `name` sets these fields."""
    olds = {name_of(definition, *each) for each in fields} - {"", name}
    return [old for old in names_of(definition) if old in olds and {*fields_of(definition, old)} <= {*fields}]


def unexpose(project: Project, block: str, node: str, param: str) -> Edit:
    """The block's form no longer sets it; where no other field is set by that parameter, what instances set of it is gone. The definition's
    own value holds."""
    definition = project.blocks[block]
    rest = tuple(item for item in definition.exposed if (item.node, item.param) != (node, param))
    return followed(project, _exposing(definition, rest, f"Expose {param} no longer"))


def take_apart(project: Project, block: str, node: str, param: str) -> Edit:
    """A field that is set together with others gets an exposed parameter of its own, with the values that it had so far."""
    definition = project.blocks[block]
    old = name_of(definition, node, param)
    taken = names_of(definition)
    new = _with_node(definition, node, param, taken) if param in {*taken, REPEAT} else param
    exposed = tuple(
        replace(item, name=new) if (item.node, item.param) == (node, param) else item for item in definition.exposed
    )
    edit = _exposing(definition, exposed, f"Let {old} no longer set {param}")
    found = instances(project, block)
    for where in dict.fromkeys(where for where, _ in found if where):
        around = project.blocks[where]
        ids = {inner.id for place, inner in found if place == where}
        more = [replace(item, param=new) for item in around.exposed if item.node in ids and item.param == old]
        if more:
            edit = edit.then(_exposing(around, (*around.exposed, *more), ""))
    copied = tuple(
        Change(("node", inner.id), inner, inner.with_param(new, inner.params[old]), where)
        for where, inner in found
        if old in inner.params
    )
    return edit.then(Edit("", copied))


# ── renaming ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def rename_exposed(project: Project, registry: Registry, block: str, old: str, new: str) -> Edit | Problem:
    """Another name for an exposed parameter, with the values that instances set and what blocks around expose of it.

    A name that another one has sets both together from then on, where they are of one kind.
    """
    definition = project.blocks[block]
    if wrong := bad_name(new):
        return wrong
    if new in names_of(definition):
        return bind(project, registry, block, fields_of(definition, old), new)
    exposed = tuple(replace(item, name=new) if item.name == old else item for item in definition.exposed)
    edit = _exposing(definition, exposed, f"Rename {old}")
    return edit.then(_renamed_outside(apply(project, edit), block, old, new))


def _renamed_outside(project: Project, block: str, old: str, new: str) -> Edit:
    """What instances set and blocks around expose of parameter `old` of definition `block`, they do so of `new`."""
    found = instances(project, block)
    renamed = tuple(
        Change(("node", node.id), node, said, where)
        for where, node in found
        if (said := search_renamed(replace(node, params=_renamed(node.params, old, new)), old, new)) != node
    )
    edit = Edit("", renamed)
    for where in dict.fromkeys(where for where, _ in found if where):
        around = apply(project, edit).blocks[where]
        passed = _passed_on(around, {node.id for place, node in found if place == where}, old, new)
        if passed != around.exposed:
            edit = edit.then(_exposing(around, passed, ""))
    return edit


def _passed_on(around: Block, ids: Collection[str], old: str, new: str) -> tuple[Exposed, ...]:
    """What a block exposes of instances within it whose parameter `old` is called `new` now; of two for one parameter, the first."""
    exposed: dict[tuple[str, str], Exposed] = {}
    for item in around.exposed:
        item = replace(item, param=new) if item.node in ids and item.param == old else item
        exposed.setdefault((item.node, item.param), item)
    return tuple(exposed.values())


def renaming_words(project: Project, registry: Registry, block: str, old: str, new: str) -> str:
    """What renaming it does beside that, or why it cannot be, to be said before it is done; "" where there is nothing to say."""
    definition = project.blocks[block]
    if new == old:
        return ""
    if wrong := bad_name(new):
        return str(wrong)
    if new not in names_of(definition):
        return ""
    fields = fields_of(definition, old)
    wrong = _unlike(definition, with_blocks(registry, project), new, fields)
    return str(wrong) if wrong else binding_words(project, registry, block, fields, new)


def binding_words(project: Project, registry: Registry, block: str, fields: Sequence[InnerField], name: str) -> str:
    """What it means that exposed parameter `name` sets these fields too."""
    definition = project.blocks[block]
    words = f"'{name}' then sets {said(definition, [*fields_of(definition, name), *fields])} together"
    value = default_of(project, registry, block, name)
    words += f"; in the definition all are {value}." if value is not None else "."
    lost = [
        f"{old} = {node.params[old]} of '{node.label}'"
        for old in _left_over(definition, fields, name)
        for _, node in instances(project, block)
        if old in node.params and name in node.params and node.params[old] != node.params[name]
    ]
    return f"{words} Lost: {', '.join(lost[:4])}." if lost else words


def bad_name(name: str) -> Problem | None:
    """It is written into code, and stands in a form beside `repeat`."""
    if name == REPEAT or hasattr(Params, name):
        return _wrong(f"'{name}' has a meaning of its own for a block.", "Choose another name.")
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith(("_", "model_")):
        return _wrong(f"'{name}' is no name for a parameter.", "Use letters, digits and _, a letter first.")
    return None


# ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _unlike(definition: Block, known: Registry, name: str, fields: Iterable[InnerField]) -> Problem | None:
    """Why exposed parameter `name` cannot set these fields as well. One whole number also sets sizes, one for all axes."""
    first = fields_of(definition, name)[0]
    form = _form_field(definition, known, first)
    value = _value(definition, known, first)
    for each in fields:
        other = _form_field(definition, known, each)
        alike = form is not None and other is not None and _alike(form, other)
        if alike and not (isinstance(value, list | tuple) and other is not None and other.kind not in PLAIN):
            continue
        words = (
            f"'{name}' sets {said(definition, [first])}, which is not of the same kind as {said(definition, [each])}."
        )
        return _wrong(words, "Choose another name.")
    return None


def _alike(one: FormField, other: FormField) -> bool:
    kinds = {PLAIN.get(field.kind, field.kind) for field in (one, other)}
    return len(kinds) == 1 and one.choices == other.choices


def _form_field(definition: Block, known: Registry, field: InnerField) -> FormField | None:
    node = definition.graph.nodes.get(field.node)
    spec = known.layer(node.type) if node is not None else None
    fields = form_fields(spec.params) if spec is not None else ()
    return next((each for each in fields if each.name == field.param), None)


def _kind(definition: Block, known: Registry, field: InnerField) -> str:
    form = _form_field(definition, known, field)
    return form.kind if form is not None else ""


def _value(definition: Block, known: Registry, field: InnerField) -> Any:
    node, form = definition.graph.nodes.get(field.node), _form_field(definition, known, field)
    if node is None:
        return None
    value: Any = node.params.get(field.param, form.default if form is not None else None)
    if isinstance(value, list | tuple):
        sizes = cast("Sequence[Any]", value)
        return sizes[0] if len(sizes) == 1 else sizes
    return value


def _set_all(definition: Block, fields: Iterable[InnerField], value: Any) -> Edit:
    """These fields of the definition are `value`, where it is known."""
    nodes = dict(definition.graph.nodes)
    for node, param in fields if value is not None else ():
        nodes[node] = nodes[node].with_param(param, value)
    changes = (
        Change(("node", id), old, nodes[id], definition.id)
        for id, old in definition.graph.nodes.items()
        if nodes[id] != old
    )
    return Edit("", tuple(changes))


def _with_node(definition: Block, node: str, param: str, taken: Iterable[str]) -> str:
    """ "fc1_out_features", with a number where that is taken too."""
    label = definition.graph.nodes[node].label
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in label)
    name = f"{plain}_{param}" if plain[:1].isalpha() else f"{node}_{param}"
    return free_block_id(name, set(taken))


def _renamed(params: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """A value that is set under the new name already holds."""
    return {new if name == old else name: value for name, value in params.items() if name != old or new not in params}


def _exposing(definition: Block, exposed: tuple[Exposed, ...], label: str) -> Edit:
    return Edit(label, (Change(("block", definition.id), definition, replace(definition, exposed=exposed)),))


def _wrong(message: str, remedy: str) -> Problem:
    return Problem("block.definition", message, remedy=remedy)
