"""Whatever is done can be undone and redone: any sequence of edits, in any grouping, leads back to the start and on to the end."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from nnstudio.project import edits
from nnstudio.project.document import Document
from nnstudio.project.edits import Edit, StaleEdit, apply
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Entry, Project
from tests.strategies import graphs, ids, json_values, nodes, positions, projects


@st.composite
def any_edit(draw: st.DrawFn, project: Project) -> Edit:
    """One edit that a person could make now."""
    graph = project.graph
    here = st.sampled_from(sorted(graph.nodes)) if graph.nodes else st.nothing()
    choices: list[st.SearchStrategy[Edit]] = [
        _adding(project),
        _setting(project),
        graphs(3).flatmap(lambda copied: st.just(edits.paste(project, copied, offset=(24.0, 24.0))[0])),
    ]
    if graph.nodes:
        slots = st.builds(Slot, here, st.sampled_from(["input", "target"]), st.integers(0, 2))
        choices += [
            st.builds(lambda chosen: edits.remove_nodes(project, chosen), st.sets(here, max_size=3)),
            st.builds(lambda source, slot: edits.connect(project, Source(source), slot), here, slots),
            st.builds(lambda id, name, value: edits.set_param(project, id, name, value), here, ids, json_values),
            st.builds(lambda id, name: edits.rename(project, id, name), here, ids),
            st.builds(lambda moved: edits.move(project, moved), st.dictionaries(here, positions, max_size=3)),
        ]
        choices += [st.builds(lambda id, name: edits.reset_param(project, id, name), here, ids)]
    if graph.wires:
        wires = st.sampled_from(sorted(graph.wires))
        choices += [
            st.builds(lambda chosen: edits.disconnect(project, chosen), st.sets(wires, max_size=3)),
            st.builds(lambda slot: _inserting(project, slot), wires),
        ]
    return draw(st.one_of(choices))


@st.composite
def _adding(draw: st.DrawFn, project: Project) -> Edit:
    return edits.add_node(project, draw(nodes(project.graph.free_id("new"))))


def _setting(project: Project) -> st.SearchStrategy[Edit]:
    return st.one_of(
        st.builds(lambda value: edits.set_field(project, "recipe", "epochs", value), st.integers(1, 99)),
        st.builds(lambda value: edits.set_field(project, "data", "dataset", Entry(value)), ids),
        st.builds(lambda value: edits.set_field(project, "project", "notes", value), st.text(max_size=5)),
    )


def _inserting(project: Project, slot: Slot) -> Edit:
    """A node between the two ends of a wire."""
    node = Node(project.graph.free_id("mid"), "torch.relu")
    fed = edits.add_node(project, node).then(edits.connect(project, project.graph.wires[slot], Slot(node.id)))
    return fed.then(edits.connect(project, Source(node.id), slot))


@given(projects(), st.data())
def test_the_inverse_of_an_edit_undoes_it(project: Project, data: st.DataObject) -> None:
    edit = data.draw(any_edit(project))
    changed = apply(project, edit)
    assert apply(changed, edit.inverse) == project
    assert edit.inverse.inverse == edit
    assert bool(edit) == (changed != project) or not edit.changes


@given(projects(), st.data())
def test_two_edits_joined_are_the_two_in_turn(project: Project, data: st.DataObject) -> None:
    first = data.draw(any_edit(project))
    between = apply(project, first)
    second = data.draw(any_edit(between))
    both = first.then(second)
    assert apply(project, both) == apply(between, second)
    assert apply(apply(project, both), both.inverse) == project


@given(projects(), st.data())
def test_an_edit_names_the_nodes_it_touches(project: Project, data: st.DataObject) -> None:
    edit = data.draw(any_edit(project))
    changed = apply(project, edit)
    before, after = project.graph, changed.graph
    different = {id for id in before.nodes.keys() | after.nodes.keys() if before.nodes.get(id) != after.nodes.get(id)}
    for slot in before.wires.keys() | after.wires.keys():
        old, new = before.wires.get(slot), after.wires.get(slot)
        if old != new:
            different |= {slot.node} | {end.node for end in (old, new) if end is not None}
    assert different <= edit.nodes


@given(projects(), st.data())
def test_no_edit_leaves_a_wire_without_its_nodes(project: Project, data: st.DataObject) -> None:
    graph = apply(project, data.draw(any_edit(project))).graph
    assert {end for slot, source in graph.wires.items() for end in (slot.node, source.node)} <= graph.nodes.keys()


class Sessions(RuleBasedStateMachine):
    """A person at work: edits, merges, undo and redo in any order, held against a plain list of states."""

    @initialize(project=projects())
    def open(self, project: Project) -> None:
        self.document = Document(project)
        self.states = [project]  # the state after each step that is not undone
        self.undone: list[Project] = []
        self.heard = project
        self.document.listen(self.hear)
        self.merging = ""

    def hear(self, project: Project, edit: Edit) -> None:
        assert project is self.document.project
        self.heard = project

    @rule(data=st.data())
    def do(self, data: st.DataObject) -> None:
        edit = data.draw(any_edit(self.document.project))
        self.document.do(edit)
        if not edit:
            return
        self.undone.clear()
        if edit.merge and edit.merge == self.merging:
            self.states[-1] = self.document.project
        else:
            self.states.append(self.document.project)
        self.merging = edit.merge

    @precondition(lambda self: self.document.project.graph.nodes)
    @rule(data=st.data())
    def drag(self, data: st.DataObject) -> None:
        """Many small moves are one step."""
        self.document.end_merge()
        self.merging = ""
        id = data.draw(st.sampled_from(sorted(self.document.project.graph.nodes)))
        start = self.document.project
        for x in data.draw(st.lists(st.integers(0, 500), min_size=1, max_size=4)):
            self.document.do(edits.move(self.document.project, {id: (float(x), 0.5)}, gesture="drag"))
        self.document.end_merge()
        if self.document.project is not start:
            self.states.append(self.document.project)
            self.undone.clear()

    @rule()
    def pause(self) -> None:
        self.document.end_merge()
        self.merging = ""

    @rule()
    def undo(self) -> None:
        did = self.document.undo()
        assert did == (len(self.states) > 1)
        if did:
            self.undone.append(self.states.pop())
            self.merging = ""

    @rule()
    def redo(self) -> None:
        did = self.document.redo()
        assert did == bool(self.undone)
        if did:
            self.states.append(self.undone.pop())
            self.merging = ""

    @invariant()
    def is_where_it_should_be(self) -> None:
        assert self.document.project == self.states[-1]
        assert self.heard == self.document.project
        assert bool(self.document.redo_label) <= bool(self.undone)

    def teardown(self) -> None:
        if not hasattr(self, "document"):
            return
        end = self.document.project
        steps = 0
        while self.document.undo():
            steps += 1
        assert self.document.project == self.states[0]
        assert not self.document.undo_label
        for _ in range(steps):
            assert self.document.redo()
        assert self.document.project == end


TestSessions = Sessions.TestCase
TestSessions.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


def start() -> Project:
    graph = Graph(
        {"a": Node("a", "nnstudio.input"), "b": Node("b", "torch.linear", {"out_features": 3})},
        {Slot("b"): Source("a")},
    )
    return Project(graph=graph)


@pytest.mark.parametrize(
    "make",
    [
        lambda project: edits.set_param(project, "b", "out_features", 5),
        lambda project: edits.connect(project, Source("b"), Slot("b")),
        lambda project: edits.remove_nodes(project, ["b"]),
        lambda project: edits.add_node(project, Node("c", "torch.relu")),
        lambda project: edits.set_field(project, "recipe", "epochs", 3),
        lambda project: edits.set_field(project, "project", "name", "new"),
    ],
)
def test_an_edit_made_for_another_state_is_refused_and_changes_nothing(make: Any) -> None:
    edit = make(start())
    document = Document(apply(start(), edit))
    before = document.project
    with pytest.raises(StaleEdit):
        document.do(edit)
    assert document.project is before
    assert not document.undo()
    assert document.project == before


def test_typing_in_one_field_is_one_step() -> None:
    document = Document(start())
    for value in (1, 12, 128):
        document.do(edits.set_param(document.project, "b", "out_features", value))
    document.do(edits.set_param(document.project, "b", "bias", False))
    document.undo()
    assert document.project.graph.nodes["b"].params == {"out_features": 128}
    document.undo()
    assert document.project == start()


def test_typing_goes_on_as_a_new_step_after_undo_and_after_a_pause() -> None:
    document = Document(start())
    document.do(edits.set_param(document.project, "b", "out_features", 1))
    document.end_merge()
    document.do(edits.set_param(document.project, "b", "out_features", 2))
    document.undo()
    document.do(edits.set_param(document.project, "b", "out_features", 4))
    document.undo()
    assert document.project.graph.nodes["b"].params == {"out_features": 1}


def test_an_edit_that_changes_nothing_is_no_step_and_keeps_what_can_be_redone() -> None:
    document = Document(start())
    document.do(edits.rename(document.project, "b", "name"))
    document.undo()
    document.do(edits.set_param(document.project, "b", "out_features", 3))
    assert document.redo()
    assert document.project.graph.nodes["b"].name == "name"


def test_changed_means_different_from_the_file(tmp_path: Any) -> None:
    document = Document(start())
    assert not document.changed
    document.do(edits.rename(document.project, "b", "name"))
    assert document.changed
    document.undo()
    assert not document.changed
    document.redo()
    document.mark_saved(tmp_path / "a.nns")
    assert not document.changed
    document.undo()
    assert document.changed


def test_a_listener_that_left_hears_nothing() -> None:
    document = Document(start())
    heard: list[str] = []
    leave = document.listen(lambda project, edit: heard.append(edit.label))
    document.do(edits.rename(document.project, "b", "one"))
    leave()
    document.undo()
    assert heard == ["Rename"]


@given(graphs(), graphs())
def test_pasting_brings_all_nodes_and_their_wires_under_free_names(here: Graph, copied: Graph) -> None:
    project = Project(graph=here)
    edit, new_ids = edits.paste(project, copied, offset=(10, 20))
    after = apply(project, edit).graph
    assert len(after.nodes) == len(here.nodes) + len(copied.nodes)
    assert len(after.wires) == len(here.wires) + len(copied.wires)
    assert here.nodes.items() <= after.nodes.items()
    assert new_ids.keys() == copied.nodes.keys()
    for old, new in new_ids.items():
        twin = replace(after.nodes[new], id=old, position=copied.nodes[old].position)
        assert twin == copied.nodes[old]
    for slot, source in copied.wires.items():
        assert after.wires[slot._replace(node=new_ids[slot.node])] == source._replace(node=new_ids[source.node])


@given(graphs(), st.data())
def test_what_is_copied_is_the_nodes_and_the_wires_among_them(graph: Graph, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(sorted(graph.nodes)))) if graph.nodes else set[str]()
    part = edits.subgraph(graph, chosen)
    assert part.nodes.keys() == chosen
    inside: Mapping[Slot, Source] = {s: w for s, w in graph.wires.items() if s.node in chosen and w.node in chosen}
    assert part.wires == inside


def test_the_next_slot_of_a_port() -> None:
    graph = Graph(wires={Slot("add", "inputs", 0): Source("a"), Slot("add", "inputs", 2): Source("b")})
    assert edits.next_slot(graph, "add", "inputs", many=True) == Slot("add", "inputs", 3)
    assert edits.next_slot(graph, "add", "inputs", many=False) == Slot("add", "inputs", 0)
    assert edits.next_slot(graph, "other", "inputs", many=True) == Slot("other", "inputs", 0)
