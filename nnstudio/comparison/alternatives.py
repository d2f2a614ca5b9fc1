"""An alternative as a text: `0.9`, `32`, `off`, `torch.sgd(momentum=0.9, nesterov=true)`, `nnstudio.l1 + nnstudio.l2(strength=1e-4)`.

The same text stands on the command line, in the comparison's file and in its report.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.edits import Change, Edit, apply
from nnstudio.project.node_at import node_at
from nnstudio.project.project import Entry, Project
from nnstudio.project.searching import refusal_at
from nnstudio.project.searching import words as words_of
from nnstudio.project.setting import ENTRIES, LISTS, setting
from nnstudio.registry import Registry

OFF, ON = "off", "on"
"""Without it; as the project has it."""

PLAIN = ("name", "notes", "recipe", "data")
"""What is set that is no node."""

_NEEDED = {("data", "dataset"), ("recipe", "optimizer"), ("recipe", "initializer")}
_OPEN, _CLOSE, _QUOTES = "([{", ")]}", "\"'"


def split(text: str, separator: str = ",") -> list[str]:
    """`text` cut at each `separator` that stands in no brackets and no quotes; empty parts are left out."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
        else:
            depth += (character in _OPEN) - (character in _CLOSE)
        if character == separator and not depth and not quote:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def written(value: Any) -> str:
    """A value, an `Entry` or several of them as the text that `applied` reads."""
    match value:
        case bool():
            return str(value).lower()
        case Entry(type, params):
            inside = ", ".join(f"{name}={written(param)}" for name, param in params.items())
            return f"{type}({inside})" if inside else type
        case list() | tuple():
            items = cast("Sequence[Any]", value)
            if items and all(isinstance(item, Entry) for item in items):
                return " + ".join(map(written, items))
            return f"({', '.join(map(written, items))})" if items else OFF
        case str() if any(character in value for character in ",;+()[]{}= "):
            return value if _is_call(value) or "'" in value else f"'{value}'"
        case _:
            return str(value)


def read_entry(text: str) -> Entry:
    """`torch.sgd(momentum=0.9)` as an entry; its parameters stay texts. Raises NNStudioError."""
    name, bracket, rest = text.strip().partition("(")
    if not bracket:
        return Entry(_unquoted(name))
    params: dict[str, Any] = {}
    for part in split(rest.rstrip().removesuffix(")")):
        key, sign, value = part.partition("=")
        if not sign or not rest.rstrip().endswith(")"):
            remedy = "Write torch.sgd(momentum=0.9, nesterov=true)."
            raise NNStudioError(Problem("compare.alternative", f"'{text}' cannot be read.", remedy=remedy))
        params[key.strip()] = _unquoted(value.strip())
    return Entry(name.strip(), params)


def applied(project: Project, registry: Registry, name: str, text: str) -> Project:
    """`project` with `name` ("recipe.optimizer", "drop1.p", or a node: "drop1") set as `text` says. Raises NNStudioError."""
    owner, _, rest = name.partition(".")
    if (problem := refusal_at(project, name)) is not None:
        raise NNStudioError(problem)
    if not rest and owner not in PLAIN:
        return _switched(project, owner, text)
    place = (owner, rest)
    if text in (ON, OFF) and place in ENTRIES.keys() | LISTS.keys():
        return _switched_entry(project, place, on=text == ON)
    if place in LISTS:
        return apply(project, setting(project, registry, name, [read_entry(part) for part in split(text, "+")]))
    if place in ENTRIES:
        return apply(project, setting(project, registry, name, read_entry(text)))
    return apply(project, setting(project, registry, name, _unquoted(text)))


def title(project: Project, registry: Registry, name: str, text: str) -> str:
    """What people call it: `SGD (momentum 0.9)`, `batch size 32`, `without drop1`."""
    owner, _, rest = name.partition(".")
    meant = owner if owner in PLAIN else words_of(project, owner)
    words = rest.replace("_", " ") or meant
    if text in (ON, OFF):
        return f"{'with' if text == ON else 'without'} {words}"
    kind = {**ENTRIES, **LISTS}.get((owner, rest))
    if kind is None:
        return f"{words if owner in PLAIN else f'{meant} {words}'} {_unquoted(text)}"
    return " + ".join(_entry_title(applied(project, registry, name, part), registry, owner, rest, kind, part)
                      for part in split(text, "+"))  # fmt: skip


def _entry_title(project: Project, registry: Registry, owner: str, field: str, kind: str, text: str) -> str:
    chosen: Any = getattr(getattr(project, owner), field)
    entry = cast(Entry, chosen[0] if isinstance(chosen, tuple) else chosen)
    params = ", ".join(f"{name} {value}" for name, value in read_entry(text).params.items())
    spec = registry.get(kind, entry.type)
    return f"{spec.title if spec else entry.type}{f' ({params})' if params else ''}"


def _switched(project: Project, name: str, text: str) -> Project:
    block, node = node_at(project, name)
    if text == ON:
        return project
    if text != OFF:
        remedy = f"Write {name}=on,off, or one of its parameters: {name}.<parameter>=…."
        raise NNStudioError(Problem("compare.alternative", f"The node '{name}' cannot be '{text}'.", remedy=remedy))
    wires = project.inside(block).graph.wires_into(node.id)
    if len(wires) != 1:
        words = f"'{node.label}' cannot be switched off: {len(wires)} wires lead into it, and one is expected."
        raise NNStudioError(Problem("compare.alternative", words, remedy="Compare its parameters.", node=node.id))
    return apply(project, Edit("", (Change(("node", node.id), node, replace(node, bypassed=True), block),)))


def _switched_entry(project: Project, place: tuple[str, str], *, on: bool) -> Project:
    owner, field = place
    if on:
        return project
    if place in _NEEDED:
        words = f"{owner}.{field} cannot be switched off."
        raise NNStudioError(Problem("compare.alternative", words, remedy="Name another one.", place=owner))
    holder = getattr(project, owner)
    chosen: Any = getattr(holder, field)
    entries = cast("tuple[Entry, ...]", chosen) if isinstance(chosen, tuple) else (cast(Entry, chosen),)
    off = tuple(replace(entry, enabled=False) for entry in entries)
    chosen = off if isinstance(chosen, tuple) else off[0]
    return replace(project, **{owner: replace(holder, **{field: chosen})})


def _is_call(text: str) -> bool:
    return text.partition("(")[0].replace(".", "").replace("_", "").isalnum() and ("(" in text or "+" in text)


def _unquoted(text: str) -> str:
    text = text.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES else text
