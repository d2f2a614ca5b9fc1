"""A piece of a network as text: copied, sent through a chat or a file, and pasted into another project or window. No Qt, no torch.

    {"nnstudio_graph": {nodes, wires, frames}, "format": 1, "blocks": [definitions they need], "inputs": [wires that came from outside]}

What is read may have words, quote marks or markdown fences around it. A whole project document is taken for its network, the text of a shared
block (`*.nnb`) for an instance of it.
"""

import itertools
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnstudio.problems import Problem
from nnstudio.project import block_library
from nnstudio.project.block_copies import held, imported, retyped, with_definitions
from nnstudio.project.blocks import BLOCK_INPUT, PREFIX
from nnstudio.project.boxes import GRID, NO_SIZES, Position, Sizes, around, frame_box, node_box, overlap
from nnstudio.project.copy_names import with_free_names
from nnstudio.project.edits import ABSENT, Change, Edit, apply, paste, subgraph
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.json_form import (
    FORMAT,
    blocks_from_json,
    blocks_to_json,
    from_json,
    graph_from_json,
    graph_to_json,
)
from nnstudio.project.project import Block, Project
from nnstudio.project.reader import MAX_WIRES, Reader
from nnstudio.project.safe_json import MAX_BYTES, is_table, parse

KEY = "nnstudio_graph"
SHIFT = 32.0
"""How far a copy stands from its original, in pixels."""
NEAR = 16.0
"""Two nodes nearer than this hide each other."""
MAX_SHIFTS = 1000
FARTHEST = 1e9
MAX_STARTS, FEW_STARTS, LONG_TEXT = 50, 3, 1 << 20
"""So many braces are tried as the beginning of what was copied; few in a text of more than a million characters."""


@dataclass(frozen=True)
class Piece:
    """graph: nodes, the wires among them, frames. blocks: the definitions they need. inputs: what fed them from outside."""

    graph: Graph
    blocks: Mapping[str, Block] = field(default_factory=dict[str, Block])
    inputs: Mapping[Slot, Source] = field(default_factory=dict[Slot, Source])


def piece_of(project: Project, ids: Collection[str]) -> Piece:
    """The nodes and frames `ids` of `project.graph`, with all that they need elsewhere."""
    graph = project.graph
    chosen = subgraph(graph, set(ids))
    chosen = replace(chosen, frames={id: frame for id, frame in graph.frames.items() if id in set(ids)})
    inputs = {
        wire.target: wire.source
        for id in chosen.nodes
        for wire in graph.wires_into(id)
        if wire.source.node not in chosen.nodes
    }
    return Piece(chosen, with_definitions(project, chosen), inputs)


# ── as text ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def to_text(piece: Piece) -> str:
    """`piece` as JSON that people can send each other."""
    value: dict[str, Any] = {"format": FORMAT, KEY: graph_to_json(piece.graph)}
    if piece.blocks:
        value["blocks"] = blocks_to_json(piece.blocks)
    if piece.inputs:
        value["inputs"] = graph_to_json(Graph(wires=piece.inputs))["wires"]
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)


def holds_nodes(text: str) -> bool:
    """Might `from_text` find something? A quick look."""
    return KEY in text or ('"graph"' in text and '"nodes"' in text)


def from_text(text: str) -> tuple[Piece | None, tuple[Problem, ...]]:
    """The piece of a network in `text`, or None and why not. Never raises."""
    if not holds_nodes(text):
        return None, (_problem("nothing", "The text holds no nodes.", "Copy nodes on a canvas first."),)
    value, problems = _document(text)
    if problems:
        return None, problems
    if KEY not in value and "graph" not in value:
        return _instance(value)
    if KEY not in value:
        project, problems = from_json(value)
        return (Piece(project.graph, project.blocks) if project is not None else None), problems
    version = value.get("format", FORMAT)
    if type(version) is int and version > FORMAT:
        words = f"The copied nodes have the format {version}; this NNStudio reads up to {FORMAT}."
        return None, (_problem("future_format", words, "Update NNStudio."),)
    graph, problems = graph_from_json(value[KEY])
    blocks, more = blocks_from_json(value.get("blocks", []))
    if graph is None or blocks is None:
        return None, tuple(_of_clipboard(problem) for problem in (*problems, *more))
    return Piece(graph, blocks, _wires(value.get("inputs", []))), ()


def _instance(value: Any) -> tuple[Piece | None, tuple[Problem, ...]]:
    """One instance of a block that was shared, with its definitions."""
    shared, problems = block_library.from_json(value)
    if shared is None:
        return None, tuple(_of_clipboard(problem, "block") for problem in problems)
    id, blocks = shared
    node = Node(f"{id.rstrip('0123456789_') or 'block'}1", PREFIX + id)
    return Piece(Graph({node.id: node}), blocks), ()


def _wires(value: Any) -> dict[Slot, Source]:
    """The wires that came from outside; none where they cannot be read: the nodes are what counts."""
    reader = Reader()
    items = reader.items({"inputs": value}, "inputs", (), MAX_WIRES)
    wires = dict(reader.wire(item, (((), "inputs"), number)) for number, item in enumerate(items))
    return {} if reader.failed else wires


def _document(text: str) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The JSON object in `text` that holds nodes, wherever it stands."""
    if len(text) > MAX_BYTES:
        return {}, (_problem("too_big", f"The text is larger than {MAX_BYTES // 2**20} MB.", "Copy fewer nodes."),)
    why: tuple[Problem, ...] = ()
    for candidate in _candidates(text):
        value, problems = parse(candidate.encode("utf-8", "replace"))
        if is_table(value) and (KEY in value or _is_document(value)):
            return value, ()
        why = why or problems
    start = text.find("{")
    cut = start >= 0 and not _end_of_object(text, start)
    reason = "It is cut: it ends too early." if cut else str(why[0]) if why else ""
    words = f"The copied nodes cannot be read: the text is broken. {reason}".strip()
    return {}, (_problem("broken", words, "Copy them again, as a whole."),)


def _is_document(value: Mapping[str, Any]) -> bool:
    """A whole project or a shared block? Not a definition that stands among copied nodes, whose text may be cut."""
    return ("graph" in value and "id" not in value) or block_library.holds_block(value)


def _candidates(text: str) -> Iterator[str]:
    """The whole text; without the marks that chats and mails put before lines; from each brace on, to where its object ends."""
    yield text.strip()
    unquoted = re.sub(r"(?m)^[ \t]*>[ \t]?", "", text)
    starts = MAX_STARTS if len(text) < LONG_TEXT else FEW_STARTS
    for whole in dict.fromkeys((text, unquoted)):
        for start in itertools.islice((match.start() for match in re.finditer(r"\{", whole)), starts):
            end = _end_of_object(whole, start)
            if end and (KEY in whole[start:end] or '"graph"' in whole[start:end]):
                yield whole[start:end]


def _end_of_object(text: str, start: int) -> int:
    """Behind the brace that closes the one at `start`; 0 where none does."""
    depth = 0
    for match in _JSON_MARKS.finditer(text, start):
        mark = match[0]
        depth += (mark == "{") - (mark == "}")
        if depth == 0:
            return match.end()
    return 0


_JSON_MARKS = re.compile(r'"(?:[^"\\\n]|\\.)*"|[{}]')


def _of_clipboard(problem: Problem, what: str = "nodes") -> Problem:
    return replace(problem, message=f"The copied {what} cannot be read: {problem.message}")


def _problem(code: str, message: str, remedy: str) -> Problem:
    return Problem(f"clipboard.{code}", message, remedy=remedy, place="file")


# ── pasting ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def pasted(
    project: Project,
    piece: Piece,
    *,
    at: Position | None = None,
    keep_inputs: bool = False,
    within: str = "",
    label: str = "Paste",
) -> tuple[Edit, dict[str, str]] | Problem:
    """`piece` put into `project.graph` as one edit, under free ids and names; also {id in the piece: id there}, frames among them.

    at: where its top left comes to stand (None: beside where it was); never so that it hides what is there. keep_inputs: what fed it in its
    old place feeds it here too, where there is such a node. within: the definition whose graph `project.graph` is; a definition
    cannot hold itself.
    """
    brought, renames = imported(project, piece.blocks)
    graph = retyped(piece.graph, renames)
    whole = apply(project, brought)
    if within and (within in held(graph) or within in with_definitions(whole, graph)):
        title = project.blocks[within].title or within
        words = f"The block '{title}' cannot hold itself, and the copied nodes contain it."
        return _problem("holds_itself", words, "Paste them outside of it.")
    edit, ids = paste(project, graph, offset=_offset(project.graph, graph, at))
    changes = [_relinked(change, project.graph, ids) for change in _named(edit.changes, project.graph)]
    if keep_inputs:
        changes += _inputs(project.graph, piece.inputs, ids)
    return Edit(label, (*brought.changes, *changes)), ids


def _offset(there: Graph, graph: Graph, at: Position | None) -> Position:
    """How far all of `graph` is moved: to `at`, and on until no copy hides a node."""
    corners = [item.position for item in (*graph.nodes.values(), *graph.frames.values())]
    if not corners:
        return (0.0, 0.0)
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    dx, dy = (SHIFT, SHIFT) if at is None else (at[0] - left, at[1] - top)
    near = (-1, 0, 1)
    taken = {_cell(*node.position) for node in there}
    hiding = {(x + i, y + j) for x, y in taken for i in near for j in near}
    for _ in range(MAX_SHIFTS):
        if not any(_cell(node.position[0] + dx, node.position[1] + dy) in hiding for node in graph):
            break
        dx, dy = dx + SHIFT, dy + SHIFT
    return dx, dy


def _cell(x: float, y: float) -> tuple[int, int]:
    """Of a lattice of NEAR; what is beyond all bounds lies at the rim."""
    column, row = (round(min(max(size, -FARTHEST), FARTHEST) / NEAR) for size in (x, y))
    return column, row


def _inputs(there: Graph, inputs: Mapping[Slot, Source], ids: Mapping[str, str]) -> Iterator[Change]:
    for slot, source in inputs.items():
        if slot.node in ids and source.node in there.nodes:
            yield Change(("wire", slot._replace(node=ids[slot.node])), ABSENT, source)


def _named(changes: Sequence[Change], there: Graph) -> Iterator[Change]:
    """No copy is called as another node is."""
    names = with_free_names([change.after for change in changes if isinstance(change.after, Node)], there)
    copies = {node.id: node for node in names}
    for change in changes:
        yield change._replace(after=copies[change.after.id]) if isinstance(change.after, Node) else change


def _relinked(change: Change, there: Graph, ids: Mapping[str, str]) -> Change:
    """A copy shares weights with the copy of its partner, else with the partner, if there is one; a carry names the copied output."""
    node = change.after
    if not isinstance(node, Node):
        return change
    shared = node.options.get("share")
    if isinstance(shared, str):
        partner = ids.get(shared) or (shared if shared in there.nodes else None)
        node = node.with_option("share", partner)
    carry = node.params.get("carry")
    if node.type == BLOCK_INPUT and isinstance(carry, str) and carry in ids:
        node = node.with_param("carry", ids[carry])
    return change._replace(after=node)


def duplicated(
    project: Project, ids: Iterable[str], *, keep_inputs: bool = False, sizes: Sizes = NO_SIZES
) -> tuple[Edit, dict[str, str]]:
    """Copies of these nodes and frames, in the nearest room below them where they lie over no node."""
    piece = replace(piece_of(project, set(ids)), blocks={})
    at = room_below(project.graph, piece.graph, sizes)
    found = pasted(project, piece, at=at, keep_inputs=keep_inputs, label="Duplicate")
    assert not isinstance(found, Problem)  # nothing comes that was not there
    return found


def room_below(there: Graph, piece: Graph, sizes: Sizes) -> Position | None:
    """The nearest top left below `piece`, which stands in `there`, at which it lies over no node."""
    boxes = [*(node_box(node, sizes) for node in piece), *(frame_box(frame) for frame in piece.frames.values())]
    box = around(boxes)
    if box is None:
        return None
    left, top, right, bottom = box
    high, free = bottom - top, bottom + GRID
    for other in sorted((node_box(node, sizes) for node in there), key=lambda other: other[1]):
        if overlap(other, (left, free, right, free + high), GRID / 2):
            free = other[3] + GRID
    return left, math.ceil((free - top) / GRID) * GRID + top
