"""Which definitions does a piece of a network need, and how do they come into another project?

What is copied, shared as a file or kept in a library takes its definitions along; where they arrive, one that is there already is used, and
a different one of the same id comes under a new id.
"""

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from nnstudio.project.blocks import PREFIX, held, inner_first
from nnstudio.project.edits import ABSENT, Change, Edit
from nnstudio.project.graph import Graph, Node
from nnstudio.project.json_form import blocks_to_json
from nnstudio.project.project import Block, Project
from nnstudio.project.safe_json import render

PLAIN_LOOKS: Mapping[str, Any] = {"position": (0.0, 0.0), "collapsed": False, "color": "", "note": ""}


def with_definitions(project: Project, graph: Graph) -> dict[str, Block]:
    """The definitions that `graph` needs, by id, inner ones included; what is missing in the project is left out."""
    found: dict[str, Block] = {}
    waiting = sorted(held(graph))
    while waiting:
        block = project.blocks.get(waiting.pop())
        if block is not None and block.id not in found:
            found[block.id] = block
            waiting += sorted(held(block.graph))
    return found


def imported(project: Project, blocks: Mapping[str, Block]) -> tuple[Edit, dict[str, str]]:
    """An edit that brings `blocks` into `project`, and under which id each is found there: {id: id there}.

    One that computes the same as a definition of the project, under whatever id, is not brought a second time.
    """
    there = dict(project.blocks)
    known = {_content(block): id for id, block in there.items()}
    renames: dict[str, str] = {}
    changes: list[Change] = []
    for block in inner_first(blocks):
        block = replace(block, graph=retyped(block.graph, renames))
        content = _content(block)
        own = there.get(block.id)
        if own is not None and _content(own) == content:
            renames[block.id] = block.id
        elif content in known:
            renames[block.id] = known[content]
        else:
            id = block.id if own is None else free_block_id(block.id, {*there, *blocks})
            renames[block.id] = known[content] = id
            there[id] = replace(block, id=id)
            changes.append(Change(("block", id), ABSENT, there[id]))
    titles = ", ".join(change.after.title or change.after.id for change in changes[:3])
    return Edit(f"Import {titles}" if changes else "Import", tuple(changes)), renames


def retyped(graph: Graph, renames: Mapping[str, str]) -> Graph:
    """`graph` with its instances standing for the definitions' new ids."""
    if not any(old != new for old, new in renames.items()):
        return graph

    def renamed(node: Node) -> Node:
        id = node.type.removeprefix(PREFIX)
        return replace(node, type=PREFIX + renames.get(id, id)) if node.type.startswith(PREFIX) else node

    return replace(graph, nodes={id: renamed(node) for id, node in graph.nodes.items()})


def free_block_id(wanted: str, taken: Container[str]) -> str:
    """`wanted`, or the first of wanted2, wanted3, … that is not taken."""
    stem, number, id = wanted.rstrip("0123456789") or "block", 2, wanted
    while id in taken:
        id, number = f"{stem}{number}", number + 1
    return id


def _content(block: Block) -> bytes:
    """What makes a definition the same as another: all but its id and where and how its nodes are shown."""
    nodes = {id: replace(node, **PLAIN_LOOKS) for id, node in block.graph.nodes.items()}
    return render(blocks_to_json({"": replace(block, id="", graph=Graph(nodes, block.graph.wires))}))
