"""What was just undone or redone, when it happened in a graph that is not on show? Said, with the way there."""

from typing import TYPE_CHECKING

from nnstudio.gui.file_watch import Choice, Question
from nnstudio.gui.text import tr
from nnstudio.problems import Severity
from nnstudio.project.edits import IN_GRAPH, Edit
from nnstudio.project.flat import drawn

if TYPE_CHECKING:
    from nnstudio.gui.studio import Studio

Path = tuple[str, ...]


def said_of(studio: "Studio", edit: Edit, done: str) -> Question | None:
    """None where the step is seen: what it changed is on show, or is not part of a graph. done: "Undone" or "Redone"."""
    changed = {change.block: None for change in edit.changes if change.place[0] in IN_GRAPH}
    if not changed or studio.scope.block in changed:
        return None
    block = next(iter(changed))
    definition = studio.project.blocks.get(block)
    if block and definition is None:
        return None  # it went with the step
    place = tr("in '{title}'", title=definition.title or block) if definition else tr("outside this block")
    words = tr("{done} {place}: {label}", done=done, place=place, label=edit.label)
    path = _way(studio, block)
    document = studio.document
    choices = () if path is None else (Choice(tr("Show"), lambda: _show(studio, path, edit, block)),)
    return Question(words, Severity.INFO, choices, lambda: studio.document is document)


def _way(studio: "Studio", block: str) -> Path | None:
    """The instances to enter, one after another, to see the definition `block`; None where the project has no instance of it."""
    if not block:
        return ()
    instances = studio.project.flattened.instances
    return next((tuple(drawn(path).split("/")) for path, found in instances.items() if found.block == block), None)


def _show(studio: "Studio", path: Path, edit: Edit, block: str) -> None:
    studio.show_place.emit("model")
    if not studio.scope.show(path):
        return
    touched = Edit(edit.label, tuple(change for change in edit.changes if change.block == block)).nodes
    there = sorted(touched & studio.scope.graph.nodes.keys())
    studio.select(there)
    if there:
        studio.scope.revealed.emit(there[0])
