"""What fits these words? Nodes and frames by name, type, parameter, note or problem, within blocks too; and one edit for all that was found. No Qt.

A query is words and filters, all of which must fit: `conv`, `"max pool"`, `type:conv`, `name:fc`, `note:todo`, `problem:` (any), `problem:shape`,
`frame:head`, `kernel_size=3`, `p>0.2`, `stride!=1`, `-relu` (not).
"""

import operator
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnstudio.params import coerce, form_fields, validate
from nnstudio.problems import Problem
from nnstudio.project.blocks import PREFIX, block_of
from nnstudio.project.edits import Change, Edit
from nnstudio.project.flat import drawn
from nnstudio.project.graph import Frame, Graph, Json, Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
FILTERS = ("type", "name", "note", "problem", "frame", "param")
_TERM = re.compile(r'(-?)(?:([a-z_]+):)?("[^"]*"|\S+)?')
_COMPARISON = re.compile(r"(\w+)(!=|>=|<=|=|>|<)(.+)")


@dataclass(frozen=True)
class Found:
    """One node or frame. block: the definition it lies in ("": the project); path: the instances to enter to see it, None where none stands
    for that definition. title: what people call it; where: the blocks around it; why: what of it fits."""

    id: str
    block: str
    path: tuple[str, ...] | None
    title: str
    where: str
    why: str
    frame: bool = False


@dataclass(frozen=True)
class Term:
    """field "": any; comparison "": `value` occurs in the text, else the parameter `field` compares so with `value`."""

    field: str
    value: str
    comparison: str = ""
    absent: bool = False


def parsed(query: str) -> tuple[Term, ...]:
    """The terms of a query; a filter that there is not is a word like any other."""
    terms: list[Term] = []
    for match in _TERM.finditer(query.strip()):
        absent, field, value = bool(match[1]), match[2] or "", (match[3] or "").strip('"')
        if not field and not value:
            continue
        if field and field not in FILTERS:
            field, value = "", f"{field}:{value}"
        compared = _COMPARISON.fullmatch(value) if not field else None
        if compared is not None:
            terms.append(Term(compared[1], compared[3].strip('"'), compared[2], absent))
        else:
            terms.append(Term(field, value.casefold(), absent=absent))
    return tuple(terms)


def find(
    project: Project,
    registry: Registry,
    query: str,
    problems: Iterable[Problem] = (),
    within: Collection[tuple[str, str]] | None = None,
) -> tuple[Found, ...]:
    """All that fits, outside first, then definition by definition, each in reading order; nothing where nothing is asked.

    within: (definition, id) of those that are looked at; where nothing is asked it is all of them.
    """
    terms = parsed(query)
    if not terms and within is None:
        return ()
    said = _by_place(project, problems)
    found: list[Found] = []
    for block, path, where, graph in _graphs(project):
        items = [
            item
            for item in (*graph.nodes.values(), *graph.frames.values())
            if within is None or (block, item.id) in within
        ]
        for item in sorted(items, key=lambda item: (item.position[1], item.position[0])):
            words = _words(item, registry, said.get((block, item.id), ()))
            why = _why(item, words, terms, registry)
            if why is not None:
                title = words["name"] or item.id
                found.append(Found(item.id, block, path, title, where, why, isinstance(item, Frame)))
    return tuple(found)


def _graphs(project: Project) -> Iterator[tuple[str, tuple[str, ...] | None, str, Graph]]:
    """The project's graph and each definition's, with the shortest way to it."""
    yield "", (), project.name, project.graph
    ways = _ways(project)
    for block in project.blocks.values():
        yield block.id, ways.get(block.id), block.title or block.id, block.graph


def _ways(project: Project) -> dict[str, tuple[str, ...]]:
    """The shortest way to each definition: the instances to enter."""
    ways: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[tuple[str, ...], Graph]] = [((), project.graph)]
    while waiting:
        path, graph = waiting.pop(0)
        for node in graph:
            block = block_of(node, project.blocks)
            if block is not None and block.id not in ways:
                ways[block.id] = (*path, node.id)
                waiting.append((ways[block.id], block.graph))
    return ways


def _by_place(project: Project, problems: Iterable[Problem]) -> dict[tuple[str, str], list[str]]:
    """{(definition, node): what is wrong with it}"""
    said: dict[tuple[str, str], list[str]] = {}
    for problem in problems:
        if problem.node is None:
            continue
        *path, id = drawn(problem.node).split("/")
        graph, block = project.graph, ""
        for step in path:
            inner = block_of(graph.nodes[step], project.blocks) if step in graph.nodes else None
            graph, block = (inner.graph, inner.id) if inner is not None else (Graph(), block)
        said.setdefault((block, id), []).append(str(problem))
    return said


def _words(item: Node | Frame, registry: Registry, problems: Sequence[str]) -> dict[str, str]:
    """What can be searched, by filter."""
    if isinstance(item, Frame):
        return {"name": item.title or item.id, "frame": f"{item.title} {item.id}", "note": item.text}
    spec = registry.layer(item.type)
    title = spec.title if spec else item.type
    params = " ".join(f"{name}={value}" for name, value in _values(item, spec).items())
    return {
        "name": f"{item.name or item.id}",
        "id": item.id,
        "type": f"{title} {item.type}",
        "note": item.note,
        "param": params,
        "problem": "\n".join(problems),
    }


def _values(node: Node, spec: LayerSpec | None) -> dict[str, Json]:
    """Its parameters, defaults included."""
    if spec is None:
        return dict(node.params)
    fields = spec.params.model_fields
    defaults = {name: info.default for name, info in fields.items() if not info.is_required()}
    return {**defaults, **node.params}


def _why(item: Node | Frame, words: Mapping[str, str], terms: Sequence[Term], registry: Registry) -> str | None:
    """What of it fits all terms, in words; None where one does not."""
    reasons: list[str] = []
    for term in terms:
        reason = _compared(item, term, registry) if term.comparison else _worded(words, term)
        if (reason is None) is not term.absent:
            return None
        if reason and not term.absent:
            reasons.append(reason)
    return " · ".join(dict.fromkeys(reasons))


def _worded(words: Mapping[str, str], term: Term) -> str | None:
    fields = [term.field] if term.field else list(words)
    for field in fields:
        text = words.get(field, "")
        if text and term.value in text.casefold():
            return (
                ""
                if field in ("name", "id", "frame")
                else _line_with(text, term.value)
                if field != "type"
                else words["type"].rpartition(" ")[0]
            )
    return None


def _line_with(text: str, value: str) -> str:
    line = next((line for line in text.splitlines() if value in line.casefold()), text)
    if len(line) <= 80 or not value:
        return line[:80]
    at = max(0, line.casefold().index(value) - 30)
    return f"…{line[at : at + 78]}"


def _compared(item: Node | Frame, term: Term, registry: Registry) -> str | None:
    if isinstance(item, Frame):
        return None
    spec = registry.layer(item.type)
    values = _values(item, spec)
    name = next((name for name in values if name.casefold() == term.field.casefold()), None)
    if name is None:
        return None
    field = next((field for field in form_fields(spec.params) if field.name == name), None) if spec else None
    wanted: Any = coerce(field, term.value) if field is not None else term.value
    given: Any = values[name]
    if isinstance(given, list | tuple) and not isinstance(wanted, list | tuple):
        sizes: list[Any] = list(given)  # pyright: ignore[reportUnknownArgumentType]
        fits = all(_holds(size, term.comparison, wanted) for size in sizes) and bool(sizes)
    else:
        fits = _holds(given, term.comparison, wanted)
    return f"{name} = {_shown(given)}" if fits else None


def _holds(given: Any, comparison: str, wanted: Any) -> bool:
    if isinstance(given, tuple):
        given = list(given)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(wanted, tuple):
        wanted = list(wanted)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    try:
        return bool(COMPARISONS[comparison](given, wanted))
    except TypeError:
        return False


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "×".join(_shown(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return str(value).lower() if isinstance(value, bool) else str(value)


# ── one edit for all ──────────────────────────────────────────────────────────────────────────────────────────────────


def with_param(
    project: Project, registry: Registry, found: Iterable[Found], name: str, text: str
) -> tuple[Edit, int] | Problem:
    """Parameter `name` set to what `text` says in all nodes that have it; (edit, how many change). The first that does not allow it is the reason
    why nothing is done."""
    changes: list[Change] = []
    known = False
    for place, node in _nodes(project, found):
        spec = registry.layer(node.type)
        field = next((item for item in form_fields(spec.params) if item.name == name), None) if spec else None
        if spec is None or field is None:
            continue
        known = True
        value = coerce(field, text)
        value = list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        changed = node.with_param(name, value)
        _, problems = validate(spec.params, changed.params, owner=f"{spec.title} '{node.label}'", node=node.id)
        if problems:
            return problems[0]
        if _values(node, spec).get(name) != value:
            changes.append(Change(("node", node.id), node, changed, place))
    if not known:
        return _refusal(f"None of these has a parameter '{name}'.", "Name a parameter of theirs, such as out_channels.")
    return Edit(f"Set {name} to {text}", tuple(changes)), len(changes)


def with_type(project: Project, registry: Registry, found: Iterable[Found], type: str) -> tuple[Edit, int] | Problem:
    """All nodes become `type`; parameters of the same name and value stay, wires go on to the ports in the same place."""
    spec = registry.layer(type)
    if spec is None:
        return _refusal(f"There is no layer '{type}'.", "Choose one of the library.")
    changes: list[Change] = []
    count = 0
    for place, node in _nodes(project, found):
        if node.type == type:
            continue
        graph = project.inside(place).graph
        rewired = _rewired(graph, node, registry.layer(node.type), spec)
        if isinstance(rewired, Problem):
            return rewired
        if type.startswith(PREFIX) and place == type.removeprefix(PREFIX):
            return _refusal(f"The block '{spec.title}' cannot hold itself.", "Choose another layer.")
        changed = replace(node, type=type, params=_kept_params(node, spec))
        changes += [
            Change(("node", node.id), node, changed, place),
            *(change._replace(block=place) for change in rewired),
        ]
        count += 1
    return Edit(f"Replace by {spec.title}", tuple(changes)), count


def _kept_params(node: Node, spec: LayerSpec) -> dict[str, Json]:
    fields = spec.params.model_fields
    kept = {name: value for name, value in node.params.items() if name in fields}
    while kept:
        params, problems = validate(spec.params, kept, owner=spec.title)
        wrong = {problem.param for problem in problems}
        if params is not None:
            break
        kept = {name: value for name, value in kept.items() if name not in wrong} if wrong & kept.keys() else {}
    return kept


def _rewired(graph: Graph, node: Node, old: LayerSpec | None, new: LayerSpec) -> list[Change] | Problem:
    """The wires of a node that becomes another kind: each to the port of the same name, else in the same place."""
    before = [port.name for port in old.inputs] if old else []
    after, outputs = [port.name for port in new.inputs], [port.name for port in new.outputs]
    changes: list[Change] = []
    for wire in graph.wires_into(node.id):
        port = _counterpart(wire.target.port, before, after)
        many = any(item.many for item in new.inputs if item.name == port)
        if port is None or (wire.target.order and not many):
            return _no_port(node, new, "input")
        if port != wire.target.port:
            changes.append(Change(("wire", wire.target), wire.source, None))
            changes.append(Change(("wire", Slot(node.id, port, wire.target.order)), None, wire.source))
    names = [port.name for port in old.outputs] if old else []
    for wire in graph.wires_out_of(node.id):
        port = _counterpart(wire.source.port, names, outputs)
        if port is None:
            return _no_port(node, new, "output")
        if port != wire.source.port:
            changes.append(Change(("wire", wire.target), wire.source, Source(node.id, port)))
    return changes


def _counterpart(port: str, before: Sequence[str], after: Sequence[str]) -> str | None:
    if port in after:
        return port
    place = before.index(port) if port in before else 0
    return after[place] if place < len(after) else None


def _no_port(node: Node, new: LayerSpec, side: str) -> Problem:
    words = f"'{node.label}' has a wire at an {side} for which {new.title} has none."
    return _refusal(words, "Take that wire away first, or leave this node out.")


def _nodes(project: Project, found: Iterable[Found]) -> Iterator[tuple[str, Node]]:
    """(definition, node) of each that is still there."""
    for item in found:
        graph = project.inside(item.block).graph if not item.block or item.block in project.blocks else Graph()
        if item.id in graph.nodes:
            yield item.block, graph.nodes[item.id]


def _refusal(message: str, remedy: str) -> Problem:
    return Problem("find.refused", message, remedy=remedy)
