"""What does the canvas show, and what is selected on it? For whoever hears the screen."""

from typing import TYPE_CHECKING

from nnstudio.gui.announce import level_words
from nnstudio.gui.spoken import frame_words, node_words
from nnstudio.gui.text import tr
from nnstudio.project.outline import title

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

NAMED = 5  # of several nodes so many are told by name


def in_words(view: "CanvasView") -> str:
    """`Inside Residual. 9 nodes. Selected: Conv 2d conv1, out channels 16, from input1.`"""
    parts = [level_words(view.studio)] if view.studio.scope.path else []
    parts += [tr("{count} nodes", count=len(view.scene)), selected_in_words(view)]
    parts += [words.removesuffix(".")] if (words := view.studio.apart.words) else []
    return "".join(f"{part}. " for part in parts).rstrip()


def selected_in_words(view: "CanvasView") -> str:
    """Of one node all that can be said, of several their names."""
    studio, graph = view.studio, view.scene.graph
    nodes = [graph.nodes[id] for id in studio.selection if id in graph.nodes]
    frames = [graph.frames[id] for id in view.frames.selected if id in graph.frames]
    wires = len(view.wires.selected)
    if len(nodes) == 1 and not frames and not wires:
        node = nodes[0]
        planned = studio.scope.planned(node.id)
        said = node_words(studio.project, studio.registry, studio.scope.path, graph, node, planned)
        names = [said, *filter(None, [view.looks.message(view.scene.row[node.id]), studio.awaited.words])]
    else:
        names = [title(node, studio.registry) for node in nodes[:NAMED]]
        names += [tr("{count} more", count=len(nodes) - NAMED)] if len(nodes) > NAMED else []
        names += [frame_words(frame, studio.registry) for frame in frames[:NAMED]]
        names += [tr("1 wire") if wires == 1 else tr("{count} wires", count=wires)] if wires else []
    return tr("Selected: {names}", names=", ".join(names)) if names else tr("Nothing is selected")
