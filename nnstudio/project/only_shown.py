"""Which edits change nothing that is computed? Only where nodes stand and how they look, or words that no engine reads."""

from dataclasses import fields
from operator import attrgetter

from nnstudio.project.edits import Edit
from nnstudio.project.graph import Node

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
