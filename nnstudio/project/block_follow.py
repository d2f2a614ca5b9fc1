"""What follows when a definition changes? Its instances everywhere lose the wires and values that it no longer has a place for, in the same edit."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import permutations
from typing import Any

from nnstudio.problems import Problem
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, REPEAT, held
from nnstudio.project.edits import ABSENT, Change, Edit, apply
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Block, Exposed, Project

PORTS = frozenset({BLOCK_INPUT, BLOCK_OUTPUT})


def instances(project: Project, block: str) -> list[tuple[str, Node]]:
    """Every node that stands for definition `block`, each with the definition in whose graph it is ("": the project's own)."""
    return [(where, node) for where, graph in _graphs(project) for node in graph if node.type == PREFIX + block]


def followed(project: Project, edit: Edit) -> Edit:
    """`edit` (made for the whole project), and in the same step what instances lose by it: wires at ports that went, values of parameters that
    are exposed no longer. What a definition exposes of nodes that went, it exposes no longer. Fields that one exposed parameter sets stay of one value."""
    edit = _together(project, edit)
    if not any(_matters(change) for change in edit.changes):
        return edit
    after = apply(project, edit)
    waiting = [id for id, block in after.blocks.items() if project.blocks.get(id) not in (None, block)]
    while waiting:
        for made in _losses(after, project.blocks[waiting[0]], waiting[0]):
            step = made(after)
            edit = edit.then(step)
            after = apply(after, step)
            waiting += [id for id in _exposing_less(step) if id not in waiting[1:] and id in project.blocks]
        waiting.pop(0)
    return edit


def _together(project: Project, edit: Edit) -> Edit:
    """Where a field of a definition is changed that an exposed parameter sets together with others, these follow."""
    values: dict[tuple[str, str, str], Any] = {}  # (definition, node, parameter) → what the edit sets it to
    for block, id, old, new in _changed_within(edit):
        values |= {(block, id, param): value for param, value in new.params.items() if old.params.get(param) != value}
    blocks = {block for block, _, _ in values if block in project.blocks and _sets_several(project.blocks[block])}
    if not blocks:
        return edit
    after = apply(project, edit)
    for block in sorted(blocks & after.blocks.keys()):
        before = after.blocks[block].graph.nodes
        nodes = dict(before)
        for one, other in permutations(after.blocks[block].exposed, 2):
            key = (block, one.node, one.param)
            follows = one.name == other.name and other.node in nodes and (block, other.node, other.param) not in values
            if follows and key in values:
                nodes[other.node] = nodes[other.node].with_param(other.param, values[key])
        more = (Change(("node", id), before[id], node, block) for id, node in nodes.items() if node != before[id])
        edit = edit.then(Edit("", tuple(more)))
    return edit


def _changed_within(edit: Edit) -> Iterator[tuple[str, str, Node, Node]]:
    """(definition, id, before, after) of the inner nodes whose parameters change."""
    for change in edit.changes:
        old, new = change.before, change.after
        if change.block and isinstance(old, Node) and isinstance(new, Node) and old.params != new.params:
            yield change.block, new.id, old, new


def _sets_several(block: Block) -> bool:
    return len({item.name for item in block.exposed}) < len(block.exposed)


def ring(blocks: Mapping[str, Block], inner: str, outer: str) -> tuple[str, ...]:
    """The way by which `outer` would hold itself, were `inner` placed in it: (outer, inner, …, outer); () where it would not."""
    ways: list[tuple[str, ...]] = [(outer, inner)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        if way[-1] == outer:
            return way
        if way[-1] in seen or way[-1] not in blocks:
            continue
        seen.add(way[-1])
        ways += [(*way, id) for id in sorted(held(blocks[way[-1]].graph))]
    return ()


def nested_in_itself(project: Project, edit: Edit) -> Problem | None:
    """Would `edit` (made for the whole project) put a definition into itself, at any depth?"""
    for outer, node in _placed(edit):
        way = ring(project.blocks, node.type.removeprefix(PREFIX), outer)
        if way:
            titles = [project.blocks[id].title or id if id in project.blocks else id for id in way]
            message = f"Block '{titles[0]}' cannot hold itself: {' → '.join(titles)}."
            return Problem(
                "block.ring", message, remedy="Place another block, or place this one outside.", node=node.id
            )
    return None


def _placed(edit: Edit) -> Iterator[tuple[str, Node]]:
    """Instances that come into definitions."""
    for change in edit.changes:
        new, old = change.after, change.before
        placed = change.block and isinstance(new, Node) and new.type.startswith(PREFIX)
        if placed and (not isinstance(old, Node) or old.type != new.type):
            yield change.block, new


def _matters(change: Change) -> bool:
    """Could instances lose something by it? A node that only moves or gets another value takes nothing away."""
    if change.place[0] == "block":
        return change.before is not ABSENT and change.after is not ABSENT
    old, new = change.before, change.after
    return bool(change.block) and isinstance(old, Node) and (not isinstance(new, Node) or new.type != old.type)


def _graphs(project: Project) -> Iterator[tuple[str, Graph]]:
    yield "", project.graph
    for id, block in project.blocks.items():
        yield id, block.graph


def _losses(project: Project, before: Block, id: str) -> Iterator[Callable[[Project], Edit]]:
    """One after another, each made for the project as the last one left it."""
    block = project.blocks[id]
    there = tuple(item for item in block.exposed if item.node in block.graph.nodes)
    if there != block.exposed:
        yield lambda now: _exposing(now.blocks[id], there)
    names = {item.name for item in before.exposed} - {item.name for item in there}
    if block.kind == "scan" and before.kind != "scan":
        names |= {REPEAT}
    ports = _ports(before.graph) - _ports(block.graph)
    if names or ports:
        for where, node in instances(project, id):
            yield partial(_lost, where=where, id=node.id, names=names, ports=ports)


def _lost(project: Project, where: str, id: str, names: set[str], ports: set[str]) -> Edit:
    """What one instance, and the definition that it is in, can no longer say."""
    graph = project.inside(where).graph
    node = graph.nodes[id]
    edit = Edit("", ())
    if where:
        around = project.blocks[where]
        kept = tuple(item for item in around.exposed if item.node != id or item.param not in names)
        if kept != around.exposed:
            edit = _exposing(around, kept)
    gone = {wire for wire in graph.wires_into(id) if wire.target.port in ports}
    gone |= {wire for wire in graph.wires_out_of(id) if wire.source.port in ports}
    changes = [Change(("wire", wire.target), wire.source, ABSENT, where) for wire in sorted(gone)]
    params = {name: value for name, value in node.params.items() if name not in names}
    if len(params) < len(node.params):
        changes.append(Change(("node", id), node, replace(node, params=params), where))
    return edit.then(Edit("", tuple(changes)))


def _ports(graph: Graph) -> set[str]:
    return {node.id for node in graph if node.type in PORTS}


def _exposing(block: Block, exposed: tuple[Exposed, ...]) -> Edit:
    return Edit("", (Change(("block", block.id), block, replace(block, exposed=exposed)),))


def _exposing_less(edit: Edit) -> list[str]:
    return [str(change.place[1]) for change in edit.changes if change.place[0] == "block"]


def wires_at(project: Project, block: str, port: str) -> list[str]:
    """The wires that go when `port` of definition `block` goes, in words: "conv1 → res1" within the network."""
    return [
        f"{graph.nodes[wire.source.node].label} → {graph.nodes[wire.target.node].label}"
        for where, node in instances(project, block)
        for graph in (project.inside(where).graph,)
        for wire in (*graph.wires_into(node.id, port), *graph.wires_out_of(node.id, port))
    ]


def breaks(project: Project, block: str) -> list[str]:
    """What stands for definition `block`, and so goes with it, in words, a line for each graph: "In the network: res1, res2"."""
    found: dict[str, list[str]] = {}
    for where, node in instances(project, block):
        found.setdefault(where, []).append(node.label)
    return [f"{_place(project, where)}: {_listed(labels)}" for where, labels in found.items()]


def _place(project: Project, where: str) -> str:
    return f"In block '{project.blocks[where].title or where}'" if where else "In the network"


def _listed(labels: Sequence[str]) -> str:
    rest = len(labels) - 5
    return ", ".join(labels[:5]) + (f" and {rest} more" if rest > 0 else "")
