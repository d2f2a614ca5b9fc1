"""What changes nothing that is computed? Only where nodes stand and how they look, or words that no engine reads."""

from dataclasses import fields
from operator import attrgetter

from nnstudio.project.edits import Edit
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project

READ_BY_NO_ENGINE = frozenset({("project", name) for name in ("name", "notes", "dashboard", "guide", "bookmarks")})
ONLY_SHOWN = ("position", "collapsed", "color", "note")  # of a node: nothing that is computed depends on them
COMPUTED = attrgetter(*(item.name for item in fields(Node) if item.name not in ONLY_SHOWN))


def only_shown(edit: Edit) -> bool:
    """Is all that it changes only shown?"""
    return all(
        change.place in READ_BY_NO_ENGINE
        or change.place[0] == "frame"
        or (
            isinstance(change.before, Node)
            and isinstance(change.after, Node)
            and COMPUTED(change.before) == COMPUTED(change.after)
        )
        for change in edit.changes
    )


def same_network(one: Project, other: Project) -> bool:
    """Is the same computed of both drawings, node by node? Names, reroute points and how it looks say nothing."""
    if one.graph is other.graph and one.blocks is other.blocks:
        return True
    mine, its = one.flattened, other.flattened
    return mine.carried == its.carried and _same(mine.graph, its.graph)


def _same(one: Graph, other: Graph) -> bool:
    nodes = one.nodes
    return (
        nodes.keys() == other.nodes.keys()
        and all(nodes[id] is node or _trained(nodes[id]) == _trained(node) for id, node in other.nodes.items())
        and one.wires == other.wires
    )


def _trained(node: Node) -> tuple[object, ...]:
    options = {name: value for name, value in node.options.items() if name != "search"}
    return node.type, dict(node.params), options
