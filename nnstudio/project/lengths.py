"""How long may a text of a project be? Longer than anyone needs, it would be measured for seconds wherever it is shown."""

from collections.abc import Iterator
from typing import Any

from nnstudio.problems import Problem
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project
from nnstudio.project.safe_json import fault, short

MAX_NAME = 1_000
MAX_TEXT = 100_000  # characters: a chapter
TEXTS = frozenset({"notes", "note", "text", "guide"})


def most(key: str) -> int:
    """Characters of the text that stands under `key`."""
    return MAX_TEXT if key in TEXTS else MAX_NAME


def said(text: str, key: str) -> str:
    return f"has {len(text)} characters; at most {most(key)} are read."


def long_texts(project: Project) -> Iterator[Problem]:
    """Those that reading the file would refuse: nothing is saved that cannot be opened again."""
    yield from _of(project, "The project", "name", "notes", "guide")
    for mark in project.bookmarks:
        yield from _of(mark, "A bookmark", "name")
    yield from _in_graph(project.graph, "")
    for id, block in project.blocks.items():
        yield from _of(block, f"Block '{short(id)}'", "id", "title", "note")
        yield from _in_graph(block.graph, f" in block '{short(id)}'")


def _in_graph(graph: Graph, where: str) -> Iterator[Problem]:
    for node in graph.nodes.values():
        if not _short(node):
            yield from _of(node, f"Node '{short(node.id)}'{where}", "id", "type", "name", "color", "note")
    for frame in graph.frames.values():
        yield from _of(frame, f"Frame '{short(frame.title or frame.id)}'{where}", "id", "title", "color", "text")


def _short(node: Node) -> bool:
    """Nearly all are, and there are many."""
    return len(node.id) + len(node.type) + len(node.name) + len(node.color) + len(node.note) <= MAX_NAME


def _of(item: Any, owner: str, *keys: str) -> Iterator[Problem]:
    for key in keys:
        text: str = getattr(item, key)
        if len(text) > most(key):
            message = f"{owner}: its {key} {said(text, key)}"
            yield fault("too_long", message, "Shorten it.")
