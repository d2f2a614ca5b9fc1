"""A project as the text of its file, written out anew only where it changed: 50 000 nodes are kept every second while one works on them."""

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from json.encoder import encode_basestring
from typing import Any, cast

from nnstudio.project.graph import Graph, Json, Node
from nnstudio.project.json_form import node_to_json, to_json, wire_to_json
from nnstudio.project.project import Project
from nnstudio.project.safe_json import INDENT, faults, render

IN_PROJECT, IN_BLOCK = 3, 5
"""How deep the nodes and wires of a graph stand in the file."""


class FileText:
    """Remembers the text of each node and wire, and what it is the text of. Any thread may ask; they wait for each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, str], dict[Any, tuple[Any, str]]] = {}  # by definition and table

    def of(self, project: Project) -> bytes:
        """What `render(to_json(project))` gives. Raises ValueError or TypeError for what no file can hold."""
        with self._lock:
            try:
                return self._text(project).encode()
            except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold only escaped
                return render(to_json(project))

    def _text(self, project: Project) -> str:
        """The rest of the project with a mark in place of each table, and the tables in place of the marks."""
        for table in [table for table in self._kept if table[0] and table[0] not in project.blocks]:
            del self._kept[table]
        blocks = {id: replace(block, graph=_bare(block.graph)) for id, block in project.blocks.items()}
        value = to_json(replace(project, graph=_bare(project.graph), blocks=blocks))
        mark, tables = secrets.token_hex(16), list[str]()
        for block in value.get("blocks", ()):
            tables += self._tables(block["graph"], project.blocks[block["id"]].graph, block["id"], mark)
        tables += self._tables(value["graph"], project.graph, "", mark)
        if next(faults(value), None) is not None:
            raise ValueError("no file can hold this project")
        around = render(value).decode().split(f'"{mark}"')
        return "".join(part for pair in zip(around, [*tables, ""], strict=True) for part in pair)

    def _tables(self, value: dict[str, Json], graph: Graph, block: str, mark: str) -> list[str]:
        """The texts of nodes and wires, as far as there are some, each marked in `value`."""
        depth = IN_BLOCK if block else IN_PROJECT
        nodes = self._table((block, "nodes"), graph.nodes, _node, depth)
        wires = self._table((block, "wires"), graph.wires, wire_to_json, depth)
        found = {name: text for name, text in (("nodes", nodes), ("wires", wires)) if text}
        value.update({name: [mark] for name in found})
        return list(found.values())

    def _table(
        self, table: tuple[str, str], items: Mapping[Any, Any], form: Callable[[Any, Any], Json], depth: int
    ) -> str:
        """Sorted, as in the file; only what is new is written out."""
        before, now = self._kept.get(table, {}), dict[Any, tuple[Any, str]]()
        new_line = "\n" + " " * (INDENT * depth)
        for key, item in items.items():
            known = before.get(key)
            if known is None or known[0] is not item:
                known = (item, _piece(form(key, item), depth))
            now[key] = known
        self._kept[table] = now
        return f",{new_line}".join(now[key][1] for key in sorted(now))


def _node(_id: str, node: Node) -> Json:
    return node_to_json(node)


def _bare(graph: Graph) -> Graph:
    return Graph(frames=graph.frames)


def _piece(value: Json, depth: int) -> str:
    if next(faults(value, depth), None) is not None:
        raise ValueError("no file can hold this")
    return _written(value, "\n" + " " * (INDENT * depth))


def _written(value: Json, new_line: str) -> str:
    """As `json.dumps` with an indent and sorted keys, whose encoder in Python takes thrice as long; new_line: with the indent of `value`."""
    kind = cast("type[Any]", type(value))
    if kind is str:
        return encode_basestring(value)
    if kind is int:
        return str(value)
    inner = new_line + " " * INDENT
    if kind is dict:
        items = [f"{encode_basestring(key)}: {_written(value[key], inner)}" for key in sorted(value)]
        return "{" + inner + f",{inner}".join(items) + new_line + "}" if items else "{}"
    if kind is list or kind is tuple:
        items = [_written(item, inner) for item in value]
        return "[" + inner + f",{inner}".join(items) + new_line + "]" if items else "[]"
    text = json.dumps(value, indent=INDENT, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text.replace("\n", new_line)
