"""Blocks: a scenario for each command of the family."""

from scenario import (
    Before,
    Key,
    Scenario,
    dialog_answered,
    graph_of,
    new_ids,
    shared_file,
    type_into,
    with_nodes,
)

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.sheets import Sheet
from nnstudio.project.block_library import write
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project


def with_block() -> Graph:
    """The chain with an instance of `twice` behind it."""
    return with_nodes(Node("twice1", "block:twice", position=(208.0, 400.0)))()


def twice() -> dict[str, Block]:
    nodes = (
        Node("in1", "nnstudio.block_input"),
        Node("relu1", "torch.relu", position=(208.0, 0.0)),
        Node("out1", "nnstudio.block_output", position=(416.0, 0.0)),
    )
    ways = {Slot("relu1"): Source("in1"), Slot("out1"): Source("relu1")}
    return {"twice": Block("twice", "Twice", Graph({node.id: node for node in nodes}, ways))}


def with_scan() -> Graph:
    return with_nodes(Node("cell1", "block:cell", position=(208.0, 400.0)))()


def cell() -> dict[str, Block]:
    """Each step adds its value to what was carried."""
    nodes = (
        Node("in1", "nnstudio.block_input"),
        Node("in2", "nnstudio.block_input", {"carry": "out1"}, (0.0, 100.0)),
        Node("add1", "nnstudio.add", position=(208.0, 0.0)),
        Node("out1", "nnstudio.block_output", position=(416.0, 0.0)),
    )
    ways = {
        Slot("add1", "inputs", 0): Source("in1"),
        Slot("add1", "inputs", 1): Source("in2"),
        Slot("out1"): Source("add1"),
    }
    return {"cell": Block("cell", "Cell", Graph({node.id: node for node in nodes}, ways), kind="scan")}


def ungrouped(view: CanvasView, before: Before) -> bool:
    return "twice1" not in graph_of(view).nodes and [graph_of(view).nodes[id].type for id in new_ids(view, before)] == [
        "torch.relu"
    ]


def made_unique(view: CanvasView, before: Before) -> bool:
    type = graph_of(view).nodes["twice1"].type
    return type != "block:twice" and type.removeprefix("block:") in view.studio.project.blocks


def grouped(view: CanvasView, before: Before) -> bool:
    (id,) = new_ids(view, before)
    block = view.studio.project.blocks[graph_of(view).nodes[id].type.removeprefix("block:")]
    return block.title == "pair" and "conv1" not in graph_of(view).nodes


def kept_titles(view: CanvasView) -> list[str]:
    return [kept.title for kept in view.studio.library.kept if kept.own]


def nothing_kept(view: CanvasView) -> None:
    for kept in [kept for kept in view.studio.library.kept if kept.own]:
        view.studio.library.delete(kept)


def nothing_shared(view: CanvasView) -> None:
    shared_file(view).unlink(missing_ok=True)


def twice_shared(view: CanvasView) -> None:
    assert not write(Project(blocks=twice()), "twice", shared_file(view))


BLOCKS: dict[str, Scenario] = {
    "canvas.group": Scenario("document", grouped, ("conv1", "relu1"), answer=type_into("pair", Key.Key_Return)),
    "canvas.ungroup": Scenario("document", ungrouped, ("twice1",), graph=with_block, blocks=twice),
    "canvas.make_unique": Scenario("document", made_unique, ("twice1",), graph=with_block, blocks=twice),
    "canvas.enter": Scenario(
        "elsewhere",
        lambda view, before: view.studio.scope.path == (*before.path, "twice1"),
        ("twice1",),
        graph=with_block,
        blocks=twice,
    ),
    "canvas.leave": Scenario(
        "elsewhere",
        lambda view, before: (*view.studio.scope.path, "twice1") == before.path,
        graph=with_block,
        blocks=twice,
        prepare=lambda view: view.studio.scope.enter("twice1"),
    ),
    "canvas.save_block": Scenario(
        "elsewhere",
        lambda view, before: kept_titles(view) == ["Twice"],
        ("twice1",),
        graph=with_block,
        blocks=twice,
        prepare=nothing_kept,
    ),
    "canvas.share_block": Scenario(
        "elsewhere",
        lambda view, before: shared_file(view).is_file(),
        ("twice1",),
        graph=with_block,
        blocks=twice,
        prepare=nothing_shared,
        answer=dialog_answered,
    ),
    "canvas.take_in_block": Scenario(
        "document",
        lambda view, before: "twice" in view.studio.project.blocks,
        prepare=twice_shared,
        answer=dialog_answered,
    ),
    "canvas.scan": Scenario(
        "document",
        lambda view, before: view.studio.project.blocks["twice"].kind == "scan",
        ("twice1",),
        graph=with_block,
        blocks=twice,
    ),
    "canvas.unroll": Scenario(
        "elsewhere",
        lambda view, before: view.window().findChild(Sheet) is not None,
        ("cell1",),
        graph=with_scan,
        blocks=cell,
    ),
}
