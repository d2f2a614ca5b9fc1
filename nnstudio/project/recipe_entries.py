"""The lines of a recipe by key ("optimizer", "regularizers.0", "rules.1"): found, put, added, moved, taken away, copied as text."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from nnstudio.problems import Problem
from nnstudio.project.edits import Change, Edit, apply
from nnstudio.project.json_form import FORMAT, from_json, to_json
from nnstudio.project.project import NOTHING, Entry, Project, Recipe, Rule
from nnstudio.project.safe_json import is_table
from nnstudio.project.setting import ENTRIES, LISTS

SINGLE: dict[str, str] = {field: kind for (owner, field), kind in ENTRIES.items() if owner == "recipe"}
"""Field that holds one entry → kind of its plugin."""
SEVERAL: dict[str, str] = {field: kind for (_, field), kind in LISTS.items()}
"""Field that holds a list of entries → kind of their plugins."""
OPTIONAL = ("batch_schedule", "average")
"""Single entries that need not be there."""
RULES = "rules"

Item = Entry | Rule


def field_of(key: str) -> str:
    """The field of the recipe that the line `key` stands in."""
    return key.partition(".")[0]


def index_of(key: str) -> int | None:
    """Which one of a list, None where it is no list."""
    index = key.partition(".")[2]
    return int(index) if index.isdecimal() and in_list(key) else None


def in_list(key: str) -> bool:
    """Is it one of several, so that it can be moved, doubled and taken away?"""
    return "." in key and (field_of(key) in SEVERAL or field_of(key) == RULES)


def removable(key: str) -> bool:
    return in_list(key) or key in OPTIONAL


def kind_of(key: str) -> str | None:
    """The kind of plugin that stands at `key`; None for what is no plugin's."""
    return (SINGLE | SEVERAL).get(field_of(key))


def item_at(recipe: Recipe, key: str) -> Item | None:
    """The entry or rule that the line `key` stands for, None where there is none."""
    if key in SINGLE:
        entry: Entry = getattr(recipe, key)
        return entry if entry.type else None
    index = index_of(key)
    if index is None:
        return None
    items: Sequence[Item] = getattr(recipe, field_of(key))
    return items[index] if index < len(items) else None


def entry_at(recipe: Recipe, key: str) -> Entry | None:
    item = item_at(recipe, key)
    return item if isinstance(item, Entry) else None


def change(project: Project, label: str, values: Mapping[str, Any], merge: str = "") -> Edit:
    """The edit that sets these fields of the recipe."""
    old = project.recipe
    return Edit(label, tuple(Change(("recipe", name), getattr(old, name), new) for name, new in values.items()), merge)


def put(project: Project, key: str, item: Item) -> Edit:
    """`item` in the place of the one at `key`; typing in it is one step."""
    field, index = field_of(key), index_of(key)
    value: Any = item
    if index is not None:
        items = list(getattr(project.recipe, field))
        items[index] = item
        value = tuple(items)
    return change(project, f"Change {words(field)}", {field: value}, f"recipe:{key}")


def add(project: Project, field: str, item: Item, after: str = "") -> tuple[Edit, str]:
    """`item` at the end of `field`, or behind the line `after` of the same field; the edit and the new line's key."""
    if field in SINGLE:
        return change(project, f"Set {words(field)}", {field: item}), field
    items = list(getattr(project.recipe, field))
    at = len(items)
    if field_of(after) == field and (index := index_of(after)) is not None:
        at = index + 1
    items.insert(at, item)
    return change(project, f"Add {words(field)}", {field: tuple(items)}), f"{field}.{at}"


def remove(project: Project, keys: Iterable[str]) -> Edit:
    """All of `keys` that can be taken away."""
    gone = [key for key in keys if removable(key)]
    values: dict[str, Any] = {key: NOTHING for key in gone if key in OPTIONAL}
    for field in {field_of(key) for key in gone if in_list(key)}:
        indices = {index_of(key) for key in gone if field_of(key) == field}
        items = getattr(project.recipe, field)
        values[field] = tuple(item for index, item in enumerate(items) if index not in indices)
    label = f"Remove {words(field_of(gone[0]))}" if len(gone) == 1 else f"Remove {len(gone)} entries"
    return change(project, label, values)


def move(project: Project, key: str, to: int) -> tuple[Edit, str]:
    """The line at index `to` of its list (kept within it); the edit and its new key."""
    field, index = field_of(key), index_of(key)
    if index is None:
        raise ValueError(f"'{key}' stands in no list.")
    items = list(getattr(project.recipe, field))
    to = min(max(to, 0), len(items) - 1)
    items.insert(to, items.pop(index))
    return change(project, f"Move {words(field)}", {field: tuple(items)}), f"{field}.{to}"


def switch(project: Project, key: str, on: bool) -> Edit:
    """Used, or kept without being used."""
    item = item_at(project.recipe, key)
    if item is None:
        raise ValueError(f"There is no '{key}'.")
    edit = put(project, key, replace(item, enabled=on))
    return replace(edit, label=f"{'Use' if on else 'Switch off'} {words(field_of(key))}", merge="")


def words(field: str) -> str:
    """A field's one entry, in words."""
    special = {"stops": "stop rule", "gradients": "gradient rule", "noise": "weight noise", "rules": "rule for nodes"}
    return special.get(field) or (SEVERAL.get(field) or field).replace("_", " ").replace("regularizer", "penalty")


# ── the clipboard ─────────────────────────────────────────────────────────────────────────────────────────────────────


def to_text(recipe: Recipe, keys: Iterable[str]) -> str:
    """The lines `keys` as JSON text: {"nnstudio": "recipe", "recipe": {"regularizers": […]}}; "" where none is an entry or rule."""
    chosen: dict[str, list[Item]] = {}
    for key in keys:
        if (item := item_at(recipe, key)) is not None:
            chosen.setdefault(field_of(key), []).append(item)
    if not chosen:
        return ""
    part = {field: items[0] if field in SINGLE else tuple(items) for field, items in chosen.items()}
    written = to_json(Project(recipe=replace(Recipe(), **part)))["recipe"]
    return json.dumps({"nnstudio": "recipe", "recipe": {field: written[field] for field in part}}, indent=1)


def from_text(text: str) -> tuple[tuple[tuple[str, Item], ...], tuple[Problem, ...]]:
    """(field, entry or rule) of each line that `to_text` wrote, and what is wrong with the text; nothing at all where it is another text."""
    try:
        value: Any = json.loads(text)
    except ValueError:
        return (), ()
    if not is_table(value) or value.get("nnstudio") != "recipe":
        return (), ()
    project, problems = from_json({"format": FORMAT, "recipe": value.get("recipe")})
    if project is None:
        return (), problems
    return tuple(_items(project.recipe, value["recipe"])), problems


def _items(recipe: Recipe, said: Collection[str]) -> Iterable[tuple[str, Item]]:
    for item in fields(recipe):
        value: Any = getattr(recipe, item.name)
        if item.name not in said or item.name not in {*SINGLE, *SEVERAL, RULES}:
            continue
        yield from ((item.name, each) for each in (value if isinstance(value, tuple) else (value,)))  # pyright: ignore[reportUnknownVariableType]


def paste(project: Project, items: Sequence[tuple[str, Item]], after: str = "") -> tuple[Edit, tuple[str, ...]]:
    """`items` as one edit: single entries replaced, others put behind `after` or at the end of their list; and their keys."""
    edit, keys, present = Edit(f"Paste {len(items)} entries", ()), list[str](), project
    for field, item in items:
        step, key = add(present, field, item, after)
        present, edit = apply(present, step), edit.then(step)
        after = key
        keys.append(key)
    return edit, tuple(keys)
