"""Takes a project's JSON document apart; each thing that is not as it must be is noted with its place, and reading goes on."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import cache
from typing import Any, TypeGuard

from nnstudio.problems import Problem, Severity
from nnstudio.project.graph import Frame, Graph, Json, Node, Slot, Source
from nnstudio.project.lengths import MAX_NAME, most, said
from nnstudio.project.project import Block, Bookmark, Data, Entry, Exposed, Project, Recipe, Rule
from nnstudio.project.safe_json import Path, fault, is_list, is_table, place, shown

MAX_PROBLEMS = 20
"""Of either severity: a thousand say no more."""
MAX_WHOLE = 2**63 - 1
MAX_NODES = 200_000
MAX_WIRES = 1_000_000
MAX_BLOCKS = 10_000
NESTED = frozenset({"graph", "data", "recipe"})
"""Keys of the document that hold an object of ours; what is unknown inside them is kept in `Project.extras` under the same key."""


class Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._noted = Counter[Severity]()

    @property
    def failed(self) -> bool:
        return self._noted[Severity.ERROR] > 0

    @property
    def worst_first(self) -> list[Problem]:
        """Else the error that forbids reading could be hidden behind warnings."""
        return sorted(self.problems, key=lambda problem: problem.severity is not Severity.ERROR)

    def wrong(self, code: str, path: Path, message: str, remedy: str = "", severity: Severity = Severity.ERROR) -> None:
        self._noted[severity] += 1
        if self._noted[severity] > MAX_PROBLEMS + 1:
            return  # a file of a hundred thousand bad nodes is refused as fast as one of twenty
        self.problems.append(replace(fault(code, f"{place(path)} {message}", remedy), severity=severity))

    def table(self, value: Json, path: Path) -> dict[str, Json]:
        if is_table(value):
            return value
        self.wrong("wrong_type", path, f"is {shown(value)}; an object is expected.")
        return {}

    def items(self, table: dict[str, Json], key: str, path: Path, limit: int) -> list[Json]:
        value = table.get(key, [])
        if not is_list(value):
            self.wrong("wrong_type", (path, key), f"is {shown(value)}; a list is expected.")
            return []
        if len(value) > limit:
            self.wrong(
                "too_big",
                (path, key),
                f"holds {len(value)}; at most {limit} are read.",
                "Divide it into smaller projects.",
            )
            return []
        return value

    def get(self, table: dict[str, Json], key: str, path: Path, default: Any) -> Any:
        """What stands under `key`, which must be of `default`'s type; `default` where nothing stands or it is something else."""
        value = table.get(key, default)
        wanted: type[Any] = type(default)  # pyright: ignore[reportUnknownVariableType]
        if wanted is float and type(value) is int:
            with contextlib.suppress(OverflowError):
                return float(value)
        if type(value) is wanted:
            return value if self._within(value, key, path) else default
        self.wrong("wrong_type", (path, key), f"is {shown(value)}; {_WORDS[wanted]} is expected.")
        return default

    def _within(self, value: Any, key: str, path: Path) -> bool:
        """Is it no longer, or no larger, than anyone needs?"""
        if isinstance(value, str) and len(value) > most(key):
            self.wrong("too_long", (path, key), said(value, key), "Shorten it.")
            return False
        if isinstance(value, int) and abs(value) > MAX_WHOLE:
            self.wrong("too_large", (path, key), f"is {shown(value)}; at most 2⁶³ − 1 is read.")
            return False
        return True

    def needed(self, table: dict[str, Json], key: str, path: Path) -> str:
        """A text that must be there and not empty."""
        if key not in table:
            self.wrong("missing_key", path, f"has no '{key}'.")
            return ""
        text = self.get(table, key, path, "")
        if table[key] == "":
            self.wrong("wrong_type", (path, key), "is empty; a name is expected.")
        return text

    def project(self, table: dict[str, Json]) -> Project:
        known = {"format", "name", "notes", "dashboard", "guide", "blocks", "bookmarks"} | NESTED
        extras = {key: value for key, value in table.items() if key not in known}
        parts = {key: self.table(table.get(key, {}), ((), key)) for key in NESTED}
        inner_known = {"graph": {"nodes", "wires", "frames"}, "data": _names(Data), "recipe": _names(Recipe)}
        for key, part in parts.items():
            unknown = {name: value for name, value in part.items() if name not in inner_known[key]}
            if unknown:
                extras[key] = unknown
        dashboard = self.items(table, "dashboard", (), 1000)
        for number, view in enumerate(dashboard):
            if not isinstance(view, str):
                self.wrong("wrong_type", (((), "dashboard"), number), f"is {shown(view)}; a text is expected.")
        return Project(
            name=self.get(table, "name", (), "Untitled"),
            graph=self.graph(parts["graph"], ((), "graph")),
            data=self.settings(Data(), parts["data"], ((), "data")),
            recipe=self.settings(Recipe(), parts["recipe"], ((), "recipe")),
            notes=self.get(table, "notes", (), ""),
            guide=self.get(table, "guide", (), ""),
            dashboard=tuple(dashboard),
            blocks=self.blocks(table, ()),
            bookmarks=tuple(self.plain(table, "bookmarks", (), Bookmark(""))),
            extras=extras,
        )

    def graph(self, table: dict[str, Json], path: Path) -> Graph:
        nodes: dict[str, Node] = {}
        for number, item in enumerate(self.items(table, "nodes", path, MAX_NODES)):
            node = self.node(item, ((path, "nodes"), number))
            if node.id and node.id in nodes:
                self.wrong(
                    "duplicate_id",
                    ((path, "nodes"), number),
                    f"has the id '{node.id}', as another node does.",
                    "Rename one.",
                )
            nodes[node.id] = node
        wires: dict[Slot, Source] = {}
        for number, item in enumerate(self.items(table, "wires", path, MAX_WIRES)):
            here = ((path, "wires"), number)
            slot, source = self.wire(item, here)
            for end in (source.node, slot.node):
                if end and end not in nodes:
                    self.wrong(
                        "dangling_wire", here, f"ends at '{end}', and there is no such node.", "Remove the wire."
                    )
            if slot in wires:
                where = f"wire {slot.order} into '{slot.port}' of '{slot.node}'"
                self.wrong("duplicate_slot", here, f"is {where}, and there is one already.", "Remove one of them.")
            wires[slot] = source
        frames: dict[str, Frame] = {}
        for number, item in enumerate(self.items(table, "frames", path, MAX_NODES)):
            frame = self.frame(item, ((path, "frames"), number))
            if frame.id in frames or frame.id in nodes:
                said = f"has the id '{frame.id}', which is taken."
                self.wrong("duplicate_id", ((path, "frames"), number), said, "Rename one.")
            frames[frame.id] = frame
        return Graph(nodes, wires, frames)

    def blocks(self, table: dict[str, Json], path: Path) -> dict[str, Block]:
        blocks: dict[str, Block] = {}
        for number, item in enumerate(self.items(table, "blocks", path, MAX_BLOCKS)):
            here = ((path, "blocks"), number)
            inner = self.table(item, here)
            self.not_kept(inner, _names(Block), here)
            block = Block(
                id=self.needed(inner, "id", here),
                title=self.get(inner, "title", here, ""),
                graph=self.graph(self.table(inner.get("graph", {}), (here, "graph")), (here, "graph")),
                exposed=tuple(self.plain(inner, "exposed", here, Exposed("", "", ""))),
                kind=self.get(inner, "kind", here, "block"),
                note=self.get(inner, "note", here, ""),
            )
            if block.kind not in {"block", "scan"}:
                self.wrong("wrong_type", (here, "kind"), f"is {shown(block.kind)}; 'block' or 'scan' is expected.")
            if block.id in blocks:
                self.wrong("duplicate_id", here, f"has the id '{block.id}', as another block does.", "Rename one.")
            blocks[block.id] = block
        return blocks

    def plain(self, table: dict[str, Json], key: str, path: Path, default: Any) -> list[Any]:
        """A list of objects that hold nothing but numbers and texts, each read as `default`'s class."""
        kind: type[Any] = default.__class__
        found: list[Any] = []
        for number, item in enumerate(self.items(table, key, path, MAX_BLOCKS)):
            here = ((path, key), number)
            inner = self.table(item, here)
            self.not_kept(inner, _names(kind), here)
            found.append(
                replace(
                    default,
                    **{
                        name: self.get(inner, name, here, getattr(default, name))
                        for name in inner.keys() & _names(kind)
                    },
                )
            )
        return found

    def frame(self, value: Json, path: Path) -> Frame:
        table = self.table(value, path)
        self.not_kept(table, _names(Frame), path)
        return Frame(
            id=self.needed(table, "id", path),
            title=self.get(table, "title", path, ""),
            text=self.get(table, "text", path, ""),
            position=self.position(table, path),
            size=self.position(table, path, "size", [320, 200]),
            color=self.get(table, "color", path, ""),
        )

    def node(self, value: Json, path: Path) -> Node:
        if _sound(value, _NODE_KINDS) and value.get("id") and value.get("type") and not _long(value):
            sound: dict[str, Any] = {**value, "position": self.position(value, path)}
            return Node(**sound)
        table = self.table(value, path)
        if not table and not isinstance(value, dict):
            return Node("", "")
        return Node(
            id=self.needed(table, "id", path),
            type=self.needed(table, "type", path),
            params=self.get(table, "params", path, {}),
            position=self.position(table, path),
            name=self.get(table, "name", path, ""),
            options=self.get(table, "options", path, {}),
            **{key: self.get(table, key, path, default) for key, default in SHOWN.items() if key in table},
            extras={key: item for key, item in table.items() if key not in _NODE_KEYS},
        )

    def position(
        self, table: dict[str, Json], path: Path, key: str = "position", default: Json = (0, 0)
    ) -> tuple[float, float]:
        value = table.get(key, default)
        if is_list(value) and len(value) == 2 and type(value[0]) in _NUMBERS and type(value[1]) in _NUMBERS:
            try:
                return float(value[0]), float(value[1])
            except OverflowError:
                pass
        self.wrong("wrong_type", (path, key), f"is {shown(value)}; two numbers are expected.")
        return 0.0, 0.0

    def wire(self, value: Json, path: Path) -> tuple[Slot, Source]:
        if (
            _sound(value, _WIRE_KINDS)
            and value.get("from")
            and value.get("to")
            and 0 <= value.get("order", 0) <= MAX_WHOLE
            and not _long(value)
        ):
            slot = Slot(value["to"], value.get("input", "input"), value.get("order", 0))
            return slot, Source(value["from"], value.get("output", "output"))
        table = self.table(value, path)
        if not table and not isinstance(value, dict):
            return Slot(""), Source("")
        self.not_kept(table, _WIRE_KEYS, path)
        order = self.get(table, "order", path, 0)
        if order < 0:
            self.wrong("wrong_type", (path, "order"), f"is {shown(order)}; a whole number from 0 is expected.")
        slot = Slot(self.needed(table, "to", path), self.get(table, "input", path, "input"), order)
        return slot, Source(self.needed(table, "from", path), self.get(table, "output", path, "output"))

    def settings(self, defaults: Any, table: dict[str, Json], path: Path) -> Any:
        """`defaults` (Data or Recipe) with what `table` says."""
        values: dict[str, Any] = {}
        for item in fields(defaults):
            default = getattr(defaults, item.name)
            if isinstance(default, Entry):
                values[item.name] = self.entry(table.get(item.name, {"type": default.type}), (path, item.name))
            elif isinstance(default, tuple):
                entries = self.items(table, item.name, path, 1000)
                read = self.rule if item.name == "rules" else self.entry
                values[item.name] = tuple(
                    read(entry, ((path, item.name), number)) for number, entry in enumerate(entries)
                )
            else:
                values[item.name] = self.get(table, item.name, path, default)
        return type(defaults)(**values)

    def entry(self, value: Json, path: Path) -> Entry:
        table = self.table(value, path)
        self.not_kept(table, _ENTRY_KEYS, path)
        return Entry(
            self.get(table, "type", path, ""),
            self.get(table, "params", path, {}),
            self.get(table, "enabled", path, True),
        )

    def rule(self, value: Json, path: Path) -> Rule:
        table = self.table(value, path)
        self.not_kept(table, _names(Rule), path)
        said: dict[str, Any] = {}
        if table.get("initializer") is not None:
            said["initializer"] = self.entry(table["initializer"], (path, "initializer"))
        for name in ("regularizers", "constraints", "noise"):
            if table.get(name) is not None:
                entries = self.items(table, name, path, 100)
                said[name] = tuple(self.entry(entry, ((path, name), number)) for number, entry in enumerate(entries))
        for name, kind in (("lr_factor", 0.0), ("weight_decay", 0.0), ("frozen", False)):
            if table.get(name) is not None:
                said[name] = self.get(table, name, path, kind)
        return Rule(self.needed(table, "match", path), self.get(table, "enabled", path, True), **said)

    def not_kept(self, table: dict[str, Json], known: Iterable[str], path: Path) -> None:
        for key in table.keys() - known:
            self.wrong(
                "unknown_key", (path, key), "is not known here, and saving leaves it out.", severity=Severity.WARNING
            )


SHOWN: Mapping[str, Any] = {"bypassed": False, "collapsed": False, "color": "", "note": ""}
"""Further fields of a node, written only where they differ from this."""
_NODE_KINDS: dict[str, type[Any]] = {
    "id": str, "type": str, "params": dict, "position": list, "name": str, "options": dict,
    **{key: type(default) for key, default in SHOWN.items()},
}  # fmt: skip
_WIRE_KINDS: dict[str, type[Any]] = {"from": str, "output": str, "to": str, "input": str, "order": int}
_NODE_KEYS, _WIRE_KEYS = frozenset(_NODE_KINDS), frozenset(_WIRE_KINDS)
_NUMBERS = (int, float)
_ENTRY_KEYS = frozenset({"type", "params", "enabled"})
_WORDS: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dict: "an object",
}


def _sound(value: Json, kinds: dict[str, type[Any]]) -> TypeGuard[dict[str, Json]]:
    """Is it an object of known keys, all of which hold what they must? Nearly all are, and need not be asked key by key."""
    return is_table(value) and {key: type(item) for key, item in value.items()}.items() <= kinds.items()


def _long(value: dict[str, Json]) -> bool:
    """Has it a text that must be looked at more closely?"""
    return any(type(item) is str and len(item) > MAX_NAME for item in value.values())


@cache
def _names(owner: type[Any]) -> frozenset[str]:
    return frozenset(item.name for item in fields(owner))
