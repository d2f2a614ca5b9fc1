"""What crossed before and comes again word for word: known, but never mistaken for something that only looks alike."""

import io
from dataclasses import replace

import pytest

from nnstudio.plan import NodePlan, Plan
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.protocol import PART, Frame, encode, encoding, pack, read_frame
from nnstudio.protocol.json_text import dumped

COUNT = 2 * PART + 1


def crossed(value: object) -> object:
    frame = read_frame(io.BytesIO(pack(Frame("inspect", 1, value))))
    assert frame is not None
    return frame.value


def chain() -> Project:
    nodes = {f"n{number}": Node(f"n{number}", "torch.relu") for number in range(COUNT)}
    wires = {Slot(f"n{number}"): Source(f"n{number - 1}") for number in range(1, COUNT)}
    return Project(graph=Graph(nodes, wires))


def test_of_a_long_graph_that_comes_again_what_is_the_same_is_the_same_object() -> None:
    project = chain()
    first = crossed(project)
    last = project.graph.nodes[max(project.graph.nodes)].with_param("inplace", True)
    edited = replace(project, graph=Graph({**project.graph.nodes, last.id: last}, project.graph.wires))
    second = crossed(edited)
    assert isinstance(first, Project)
    assert isinstance(second, Project)
    assert (first, second) == (project, edited)
    assert second.graph.nodes["n0"] is first.graph.nodes["n0"]
    assert second.graph.nodes[last.id] is not first.graph.nodes[last.id]
    assert second.graph.wires is first.graph.wires


def test_a_long_plan_is_taken_for_known_only_where_its_nodes_are_the_very_same() -> None:
    nodes = {f"n{number}": NodePlan(f"n{number}", "torch.linear", "x", {"bias": True}) for number in range(COUNT)}
    assert crossed(Plan(nodes=nodes)) == crossed(Plan(nodes=nodes)) == Plan(nodes=nodes)
    number = {**nodes, "n0": replace(nodes["n0"], arguments={"bias": 1})}
    read = crossed(Plan(nodes=number))
    assert isinstance(read, Plan)
    assert type(read.nodes["n0"].arguments["bias"]) is int


def test_of_a_long_graph_only_the_part_that_changed_is_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[object] = []

    def counted(value: object) -> bytes:
        written.append(value)
        return dumped(value)

    monkeypatch.setattr(encoding, "dumped", counted)
    project = chain()
    encode(project)
    assert len(written) == 5, "three parts of nodes and two of wires"
    number = project.graph.nodes["n0"].with_param("inplace", 1)
    truth = project.graph.nodes["n0"].with_param("inplace", True)
    for node in (number, truth):  # equal, but not the same
        written.clear()
        edited = replace(project, graph=replace(project.graph, nodes={**project.graph.nodes, "n0": node}))
        read = crossed(edited)
        assert len([value for value in written if isinstance(value, list)]) == 1
        assert isinstance(read, Project)
        assert read == edited and read.graph.nodes["n0"].params["inplace"] is node.params["inplace"]
    written.clear()
    rewired = replace(project, graph=replace(project.graph, wires={**project.graph.wires, Slot("n1"): Source("n2")}))
    assert crossed(rewired) == rewired
    assert len([value for value in written if isinstance(value, list)]) == 1
