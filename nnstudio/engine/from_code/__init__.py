"""A snippet of PyTorch → a network: layers one a line, nn.Sequential, whole classes. The text is read, and nothing of it is executed."""

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from nnstudio.data import DataInfo
from nnstudio.engine.from_code.drawing import Drawing
from nnstudio.engine.from_code.layers import Layers
from nnstudio.engine.from_code.reader import Reader, Returned
from nnstudio.engine.from_code.shapes import Shapes
from nnstudio.engine.from_code.templates import Templates
from nnstudio.engine.from_code.text import parsed
from nnstudio.engine.from_code.values import Thing
from nnstudio.engine.from_code.whole import INPUT, Whole
from nnstudio.engine.inspect import inspect
from nnstudio.problems import NNStudioError, Problem, Severity
from nnstudio.project.graph import Graph
from nnstudio.project.layout import layout
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.replies import Drawn

EXAMPLE = "Paste an nn.Sequential(…), layers one a line, or a class with __init__ and forward."


def draw(text: str, registry: Registry, info: DataInfo | None = None) -> Drawn:
    """The network that `text` describes. info: of the data it shall learn from, whose fields its inputs are named after, and with whose shapes the
    numbers in the text are compared. Raises NNStudioError where there is nothing to draw or the text is no Python."""
    tree = parsed(text)
    drawing = Drawing()
    reader = Reader(Layers(registry), Templates(registry), drawing, Shapes(drawing, registry, info))
    try:
        _read(tree, reader, Whole(reader, info, tree))
    except RecursionError as error:
        raise NNStudioError(
            Problem("code.too_big", "The code is nested too deeply.", remedy="Paste a part.")
        ) from error
    if not drawing.nodes:
        why = drawing.problems or (Problem("code.nothing", "The text holds no layers of PyTorch.", remedy=EXAMPLE),)
        raise NNStudioError(*why)
    graph = drawing.with_names()
    graph = replace(graph, nodes=_placed(graph))
    problems = (*drawing.problems, *_disagreements(drawing, graph, registry, info))
    return Drawn(Project("Pasted code", graph), problems)


def _read(tree: ast.Module, reader: Reader, whole: Whole) -> None:
    loose = Thing(ast.ClassDef("self", [], [], [], []))
    reader.globals["self"] = loose
    result: Any = None
    try:
        reader.run(tree.body, reader.globals)
    except Returned as returned:  # the body of a forward, without its head
        result = returned.value
    whole.draw(loose, result)


def _placed(graph: Graph) -> dict[str, Any]:
    spots = layout(graph)
    return {id: replace(node, position=spots[id]) for id, node in graph.nodes.items()}


def _disagreements(drawing: Drawing, graph: Graph, registry: Registry, info: DataInfo | None) -> Iterable[Problem]:
    """Numbers that follow from the input, such as in_features, which with this data are others than in the text."""
    if info is None or not any(node.type == INPUT for node in graph):
        return
    plan = inspect(graph, info, registry)
    for id, stated in drawing.stated.items():
        found = dict(plan.nodes[id].arguments) if id in plan.nodes else dict[str, Any]()
        for name, value in stated.items():
            if type(value) is int and found.get(name, value) != value:
                words = f"Line {drawing.lines[id]}: {name} is {value} in the text, and {found[name]} with this data."
                yield Problem("code.disagrees", words, Severity.WARNING, node=id, param=name)


__all__ = ["draw"]
