"""A project as a JSON document, and back. Reading one runs no code.

    {"format": 1, "name": …, "graph": {"nodes": [{"id", "type", "params", "position", "name"}],
     "wires": [{"from", "output", "to", "input", "order"}], "frames": [{"id", "title", "text", "position", "size", "color"}]},
     "blocks": [{"id", "title", "kind", "graph", "exposed", "note"}], "data": {…}, "recipe": {…}, "notes": …, "dashboard": […]}

A wire's `output`, `input` and `order` are left out where they are "output", "input" and 0; all else where it is empty.
Keys that this version does not know are kept and written back.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any

from nnstudio.problems import Problem
from nnstudio.project.graph import Frame, Graph, Json, Node, Slot, Source
from nnstudio.project.project import Block, Data, Entry, Project, Recipe, Rule
from nnstudio.project.reader import MAX_PROBLEMS, NESTED, SHOWN, Reader
from nnstudio.project.safe_json import fault, faults, is_list, is_table, shown

FORMAT = 1

Migration = Callable[[dict[str, Json]], dict[str, Json]]
MIGRATIONS: Mapping[int, Migration] = {}
"""{version: what makes the next version's document of it}."""


def to_json(project: Project) -> dict[str, Json]:
    """`project` as a JSON document of the present format."""
    rest = {key: value for key, value in project.extras.items() if key not in NESTED}
    inner = {key: project.extras[key] for key in NESTED & project.extras.keys()}
    return {
        **rest,
        "format": FORMAT,
        "name": project.name,
        "notes": project.notes,
        "dashboard": list(project.dashboard),
        **({"guide": project.guide} if project.guide else {}),
        **({"blocks": blocks_to_json(project.blocks)} if project.blocks else {}),
        **({"bookmarks": [vars(mark) for mark in project.bookmarks]} if project.bookmarks else {}),
        "graph": {**inner.get("graph", {}), **graph_to_json(project.graph)},
        "data": {**inner.get("data", {}), **_fields_to_json(project.data)},
        "recipe": {**inner.get("recipe", {}), **_fields_to_json(project.recipe)},
    }


def graph_to_json(graph: Graph) -> dict[str, Json]:
    """Nodes sorted by id and wires by where they end, so that an edit changes few lines of the file."""
    frames = [_frame_to_json(graph.frames[id]) for id in sorted(graph.frames)]
    return {
        "nodes": [node_to_json(graph.nodes[id]) for id in sorted(graph.nodes)],
        "wires": [wire_to_json(slot, graph.wires[slot]) for slot in sorted(graph.wires)],
        **({"frames": frames} if frames else {}),
    }


def blocks_to_json(blocks: Mapping[str, Block]) -> list[Json]:
    """Definitions, sorted by id."""
    return [_block_to_json(blocks[id]) for id in sorted(blocks)]


def _block_to_json(block: Block) -> dict[str, Json]:
    value: dict[str, Json] = {"id": block.id, "graph": graph_to_json(block.graph)}
    value |= {key: said for key in ("title", "note") if (said := getattr(block, key))}
    if block.kind != "block":
        value["kind"] = block.kind
    if block.exposed:
        value["exposed"] = [vars(item) for item in block.exposed]
    return value


def _frame_to_json(frame: Frame) -> dict[str, Json]:
    value: dict[str, Json] = {"id": frame.id}
    value |= {"position": [_plain(at) for at in frame.position], "size": [_plain(at) for at in frame.size]}
    return value | {key: said for key in ("title", "text", "color") if (said := getattr(frame, key))}


def node_to_json(node: Node) -> dict[str, Json]:
    """One of the list of nodes."""
    value = {**node.extras, "id": node.id, "type": node.type, "position": [_plain(size) for size in node.position]}
    if node.params:
        value["params"] = dict(node.params)
    if node.name:
        value["name"] = node.name
    if node.options:
        value["options"] = dict(node.options)
    return value | {key: said for key in SHOWN if (said := getattr(node, key))}


def wire_to_json(slot: Slot, source: Source) -> dict[str, Json]:
    """One of the list of wires."""
    value: dict[str, Json] = {"from": source.node, "to": slot.node}
    defaults = (("output", source.port, "output"), ("input", slot.port, "input"), ("order", slot.order, 0))
    return value | {key: given for key, given, usual in defaults if given != usual}


def _fields_to_json(value: Data | Recipe) -> dict[str, Json]:
    return {item.name: entries_to_json(getattr(value, item.name)) for item in fields(value)}


def entries_to_json(value: Any) -> Json:
    """A field of the data or the recipe: entries and rules as objects, all else as it is."""
    if is_list(value):
        return [entries_to_json(item) for item in value]
    if isinstance(value, Rule):
        said = {item.name: getattr(value, item.name) for item in fields(value) if item.name not in {"match", "enabled"}}
        rule = {"match": value.match} if value.enabled else {"match": value.match, "enabled": False}
        return rule | {name: entries_to_json(part) for name, part in said.items() if part is not None}
    if not isinstance(value, Entry):
        return value
    entry: dict[str, Json] = {"type": value.type}
    if value.params:
        entry["params"] = dict(value.params)
    if not value.enabled:
        entry["enabled"] = False
    return entry


def _plain(size: float) -> float | int:
    """208 rather than 208.0, where nothing is lost."""
    return int(size) if size == size // 1 and abs(size) < 2**53 else size


def from_json(value: Json) -> tuple[Project | None, tuple[Problem, ...]]:
    """The project that a JSON document of any known format describes, or None and why not."""
    problems = first(faults(value))
    if problems:
        return None, problems
    value, problems = migrate(value)
    if problems:
        return None, problems
    reader = Reader()
    project = reader.project(value)
    return (None if reader.failed else project), first(reader.worst_first)


def blocks_from_json(value: Json) -> tuple[Mapping[str, Block] | None, tuple[Problem, ...]]:
    """The definitions that `blocks_to_json` wrote (the clipboard, a file of blocks), or None and why not."""
    problems = first(faults(value))
    if problems:
        return None, problems
    reader = Reader()
    blocks = reader.blocks({"blocks": value}, ())
    return (None if reader.failed else blocks), first(reader.worst_first)


def graph_from_json(value: Json) -> tuple[Graph | None, tuple[Problem, ...]]:
    """The graph that `graph_to_json` wrote (the clipboard), or None and why not."""
    problems = first(faults(value))
    if problems:
        return None, problems
    reader = Reader()
    graph = reader.graph(reader.table(value, ((), "graph")), ((), "graph"))
    return (None if reader.failed else graph), first(reader.worst_first)


def migrate(
    value: Json, migrations: Mapping[int, Migration] = MIGRATIONS, to: int = FORMAT
) -> tuple[dict[str, Json], tuple[Problem, ...]]:
    """The document in format `to`, by one migration a version; or the problem that forbids it."""
    if not is_table(value):
        return {}, (
            fault("wrong_type", f"It holds {shown(value)}; a project is an object.", "Is it another kind of file?"),
        )
    version: Any = value.get("format")
    if type(version) is not int:
        said = "has no format number" if version is None else f"has the format {shown(version)}"
        return {}, (fault("no_format", f"It {said}; a whole number is expected.", "Is it an NNStudio project?"),)
    if version > to:
        return {}, (
            fault("future_format", f"It has the format {version}; this NNStudio reads up to {to}.", "Update NNStudio."),
        )
    while version < to:
        if version not in migrations:
            return {}, (fault("unknown_format", f"It has the format {version}, which was never in use."),)
        value = migrations[version](value)
        version += 1
    return {**value, "format": to}, ()


def first(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The first few: a thousand say no more than twenty."""
    found: list[Problem] = []
    for problem in problems:
        if len(found) == MAX_PROBLEMS:
            found.append(fault("more", "There is more wrong with it than is listed here."))
            break
        found.append(problem)
    return tuple(found)
