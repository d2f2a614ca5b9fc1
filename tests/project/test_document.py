"""Undo never lies: whatever makers of edits do, in any order, inside blocks too, each step back is exactly the state it came from."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from nnstudio.project import edits
from nnstudio.project.document import Document
from nnstudio.project.edits import Change, Edit, StaleEdit, apply
from nnstudio.project.file import from_json, to_json
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project

IDS = st.sampled_from([f"n{number}" for number in range(6)])
FRAMES = st.sampled_from(["f1", "f2"])
BLOCKS = st.sampled_from(["", "", "one", "two"])
TYPES = st.sampled_from(["torch.relu", "nnstudio.add", "block:one"])
VALUES = st.none() | st.integers(0, 3) | st.text(max_size=2)


class Edited(RuleBasedStateMachine):
    """A document beside the list of states that it should go through: what undo and redo must find."""

    def __init__(self) -> None:
        super().__init__()
        self.start = Project("start", blocks={"one": Block("one")})
        self.document = Document(self.start)
        self.states = [self.start]  # up to the present one, one a step
        self.later: list[Project] = []
        self.heard: list[Edit] = []
        self.document.listen(lambda _project, edit: self.heard.append(edit))

    def do(self, edit: Edit) -> None:
        """As one step, or as a part of the last one: the document says which."""
        before = self.document.project
        depth = len(self.document._past)
        self.document.do(edit)
        assert apply(before, edit) == self.document.project
        assert apply(self.document.project, edit.inverse) == before
        assert edit.inverse.inverse == edit
        if not edit:
            assert self.document.project == before
        elif len(self.document._past) > depth:
            self.states.append(self.document.project)
            self.later.clear()
        elif len(self.document._past) < depth:
            assert edit.merge
            self.states.pop()
            assert self.document.project == self.states[-1]
            self.later.clear()
        else:
            assert edit.merge
            self.states[-1] = self.document.project
            self.later.clear()

    def here(self, block: str) -> Project | None:
        project = self.document.project
        return project.inside(block) if not block or block in project.blocks else None

    @rule(id=IDS, type=TYPES, block=BLOCKS)
    def add(self, id: str, type: str, block: str) -> None:
        here = self.here(block)
        if here is not None and id not in here.graph.nodes:
            self.do(edits.add_node(here, Node(id, type)).inside(block))

    @rule(ids=st.sets(IDS, max_size=4), block=BLOCKS)
    def remove(self, ids: set[str], block: str) -> None:
        here = self.here(block)
        if here is not None:
            self.do(edits.remove_nodes(here, ids).inside(block))
            graph = self.here(block).graph
            assert all({slot.node, source.node} <= graph.nodes.keys() for slot, source in graph.wires.items())

    @rule(source=IDS, into=IDS, block=BLOCKS)
    def connect(self, source: str, into: str, block: str) -> None:
        here = self.here(block)
        if here is not None and {source, into} <= here.graph.nodes.keys():
            self.do(edits.connect(here, Source(source), Slot(into)).inside(block))

    @rule(into=IDS, block=BLOCKS)
    def disconnect(self, into: str, block: str) -> None:
        here = self.here(block)
        if here is not None:
            self.do(edits.disconnect(here, [Slot(into), Slot(into, "other")]).inside(block))

    @rule(id=IDS, into=IDS, block=BLOCKS)
    def insert(self, id: str, into: str, block: str) -> None:
        here = self.here(block)
        if here is not None and id not in here.graph.nodes and here.graph.wires_into(into):
            wire = here.graph.wires_into(into)[0]
            fed = edits.add_node(here, Node(id, "torch.relu")).then(edits.connect(here, wire.source, Slot(id)))
            self.do(fed.then(edits.connect(here, Source(id), wire.target)).inside(block))

    @rule(id=IDS, name=st.sampled_from(["a", "b"]), value=VALUES, block=BLOCKS)
    def configure(self, id: str, name: str, value: object, block: str) -> None:
        here = self.here(block)
        if here is not None and id in here.graph.nodes:
            maker = edits.set_option if value is None else edits.set_param
            self.do(maker(here, id, name, value).inside(block))

    @rule(id=IDS, name=st.text(max_size=3), block=BLOCKS)
    def rename(self, id: str, name: str, block: str) -> None:
        here = self.here(block)
        if here is not None and id in here.graph.nodes:
            self.do(edits.rename(here, id, name).inside(block))

    @rule(ids=st.sets(IDS), x=st.integers(-3, 3), gesture=st.sampled_from(["", "drag"]), block=BLOCKS)
    def move(self, ids: set[str], x: int, gesture: str, block: str) -> None:
        here = self.here(block)
        if here is not None:
            self.do(edits.move(here, dict.fromkeys(sorted(ids), (8.0 * x, 0.0)), gesture=gesture).inside(block))

    @rule(id=FRAMES, title=st.text(max_size=2) | st.none(), block=BLOCKS)
    def frame(self, id: str, title: str | None, block: str) -> None:
        here = self.here(block)
        if here is not None:
            after = None if title is None else Frame(id, title)
            self.do(Edit("Frame", (Change(("frame", id), here.graph.frames.get(id), after),)).inside(block))

    @rule(id=st.sampled_from(["one", "two"]), title=st.text(max_size=2))
    def define(self, id: str, title: str) -> None:
        before = self.document.project.blocks.get(id)
        after = Block(id, title) if before is None else replace(before, title=title)
        self.do(Edit("Block", (Change(("block", id), before, after),)))

    @rule(id=st.sampled_from(["one", "two"]))
    def drop_definition(self, id: str) -> None:
        self.do(Edit("Block", (Change(("block", id), self.document.project.blocks.get(id), None),)))

    @rule(id=IDS, block=st.sampled_from(["one", "two"]))
    def change_a_definition_and_what_is_in_it(self, id: str, block: str) -> None:
        """Inside, outside, and inside again, in one edit."""
        project = self.document.project
        if block in project.blocks and id not in project.blocks[block].graph.nodes:
            first = edits.add_node(project.inside(block), Node(id, "x")).inside(block)
            between = apply(project, first)
            titled = replace(between.blocks[block], note=id)
            second = Edit("", (Change(("block", block), between.blocks[block], titled),))
            last = edits.rename(apply(between, second).inside(block), id, "y").inside(block)
            self.do(first.then(second).then(last))

    @rule(ids=st.sets(IDS, min_size=1), block=BLOCKS)
    def copy(self, ids: set[str], block: str) -> None:
        here = self.here(block)
        if here is not None and len(here.graph.nodes) < 12:
            self.do(edits.paste(here, edits.subgraph(here.graph, ids), offset=(32, 32))[0].inside(block))

    @rule(notes=st.text(max_size=3), epochs=st.integers(1, 3))
    def set_fields(self, notes: str, epochs: int) -> None:
        self.do(edits.set_field(self.document.project, "project", "notes", notes))
        self.do(edits.set_field(self.document.project, "recipe", "epochs", epochs))

    @rule(id=IDS)
    def a_stale_edit_changes_nothing(self, id: str) -> None:
        project, depth = self.document.project, len(self.document._past)
        fine = Change(("project", "notes"), project.notes, project.notes + "!")
        stale = Change(("node", id), Node(id, "what was never there"), None)
        try:
            self.document.do(Edit("Stale", (fine, stale)))
        except StaleEdit:
            assert self.document.project is project
            assert len(self.document._past) == depth
        else:
            raise AssertionError("it was taken")

    @rule()
    def pause(self) -> None:
        self.document.end_merge()

    @precondition(lambda self: len(self.states) > 1)
    @rule()
    def undo(self) -> None:
        assert self.document.undo()
        self.later.append(self.states.pop())

    @precondition(lambda self: self.later)
    @rule()
    def redo(self) -> None:
        assert self.document.redo()
        self.states.append(self.later.pop())

    @invariant()
    def it_is_where_it_should_be(self) -> None:
        assert self.document.project == self.states[-1]
        assert self.document.changed == (self.document.project != self.start)
        assert from_json(to_json(self.document.project))[0] == self.document.project

    def teardown(self) -> None:
        """What was told, replayed, is the present; undone, the start; redone, the end."""
        replayed = self.start
        for edit in self.heard:
            replayed = apply(replayed, edit)
        assert replayed == self.document.project
        while self.document.redo():
            pass
        end = self.document.project
        while self.document.undo():
            pass
        assert self.document.project == self.start
        while self.document.redo():
            pass
        assert self.document.project == end


TestEdited = Edited.TestCase
TestEdited.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


def test_ten_thousand_edits_of_ten_thousand_nodes_share_what_did_not_change() -> None:
    """The history holds edits, and each state all nodes but the changed one of the state before: memory grows by edits, not by nodes."""
    graph = Graph({f"n{number}": Node(f"n{number}", "torch.relu") for number in range(10_000)})
    document = Document(Project(graph=graph))
    before = document.project.graph
    for number in range(50):
        document.do(edits.rename(document.project, f"n{number}", "x"))
    after = document.project.graph
    assert sum(after.nodes[id] is not node for id, node in before.nodes.items()) == 50
    assert after.wires is before.wires
    assert all(len(edit.changes) == 1 for edit in document._past)
