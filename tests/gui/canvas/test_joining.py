"""Which ports are joined, and which ends a wire could have: free and fitting ones first, never a circle."""

from canvas_network import chain_graph

from nnstudio.gui.canvas.fits import Carried
from nnstudio.gui.canvas.joining import Joiner, join, move_all
from nnstudio.gui.canvas.knife import crosses
from nnstudio.gui.canvas.selecting import inverted, similar, with_reach
from nnstudio.plan import BATCH
from nnstudio.plugins import load
from nnstudio.project.edits import apply
from nnstudio.project.graph import Graph, Node, Slot, Source, Wire
from nnstudio.project.project import Project

REGISTRY = load().registry


def unknown(source: Source) -> Carried:
    return None, ""


def joiner(graph: Graph, given=unknown) -> Joiner:
    return Joiner(graph, REGISTRY, given)


def loose(**types: str) -> Graph:
    nodes = {id: Node(id, type, position=(200.0 * index, 0.0)) for index, (id, type) in enumerate(types.items())}
    return Graph(nodes, {})


def joined(graph: Graph, *ids: str) -> Graph:
    return apply(Project(graph=graph), join(Project(graph=graph), joiner(graph).next_wires(ids))).graph


def test_nodes_are_joined_from_left_to_right_whatever_the_order_of_selecting() -> None:
    graph = loose(a="torch.relu", b="torch.relu", c="torch.relu")
    assert joined(graph, "c", "a", "b").wires == {Slot("b"): Source("a"), Slot("c"): Source("b")}


def test_pressed_again_the_next_free_port_is_taken_until_there_is_none() -> None:
    graph = loose(a="torch.relu", loss="torch.cross_entropy")
    once = joined(graph, "a", "loss")
    assert once.wires == {Slot("loss"): Source("a")}
    twice = joined(once, "a", "loss")
    assert twice.wires == {Slot("loss"): Source("a"), Slot("loss", "target"): Source("a")}
    assert joined(twice, "a", "loss") == twice


def test_a_port_for_many_takes_each_output_once() -> None:
    graph = loose(a="torch.relu", b="torch.relu", add="nnstudio.add")
    once = joined(graph, "a", "add")
    both = joined(once, "b", "add")
    assert both.wires == {Slot("add", "inputs", 0): Source("a"), Slot("add", "inputs", 1): Source("b")}
    assert joined(both, "b", "add") == both


def test_no_circle_is_joined() -> None:
    graph = chain_graph()
    assert joiner(Graph(graph.nodes, {Slot("input1"): Source("conv1")})).next_wire("input1", "conv1") is None


def test_a_port_that_does_not_fit_is_passed_over() -> None:
    graph = loose(a="nnstudio.flatten", conv="torch.conv2d")
    flat = joiner(graph, lambda source: ((BATCH, 10), "float"))
    assert flat.next_wire("a", "conv") is None
    assert flat.next_wires(["a", "conv"], fitting=False) == [Wire(Source("a"), Slot("conv"))], (
        "where nothing else is meant"
    )
    (end,) = flat.ends_for(Source("a"))
    assert end.misfit is not None and end.at == Slot("conv")


def test_ends_come_fitting_first_free_before_taken_near_before_far() -> None:
    graph = chain_graph()
    nodes = {
        **graph.nodes,
        "far": Node("far", "torch.relu", position=(5000.0, 0.0)),
        "near": Node("near", "torch.relu", position=(208.0, 80.0)),
    }
    ends = joiner(Graph(nodes, graph.wires)).ends_for(Source("conv1"))
    free = [end.at.node for end in ends if not end.taken]
    assert free.index("near") < free.index("far")
    assert [end.taken for end in ends] == sorted(end.taken for end in ends)
    assert not {"conv1", "input1"} & {end.at.node for end in ends}, "neither itself nor what feeds it"
    assert Slot("relu1") not in {end.at for end in ends}, "it goes there already"


def test_begins_are_never_behind() -> None:
    begins = joiner(chain_graph()).begins_for(Slot("relu1"))
    assert {begin.at.node for begin in begins} == {"input1"}


def test_all_wires_of_an_output_move_but_those_that_would_close_a_circle() -> None:
    graph = loose(a="torch.relu", b="torch.relu", c="torch.relu", d="torch.relu")
    wired = Graph(graph.nodes, {Slot("b"): Source("a"), Slot("c"): Source("a"), Slot("d"): Source("c")})
    project = Project(graph=wired)
    edit, why = move_all(joiner(wired), project, Source("a"), Source("d"))
    assert why is not None and apply(project, edit).graph.wires[Slot("b")] == Source("d")
    assert apply(project, edit).graph.wires[Slot("c")] == Source("a")
    edit, why = move_all(joiner(wired), project, Source("c"), Source("b"))
    assert why is None and apply(project, edit).graph.wires[Slot("d")] == Source("b")


def test_a_node_of_an_unknown_type_has_the_ports_that_are_wired() -> None:
    graph = Graph(
        {"a": Node("a", "torch.relu"), "b": Node("b", "gone.away")},
        {Slot("b", "left"): Source("a"), Slot("a"): Source("b", "out")},
    )
    assert joiner(graph).inputs("b") == [Slot("b", "left")] and joiner(graph).outputs("b") == [Source("b", "out")]


def test_upstream_downstream_similar_and_the_others() -> None:
    graph = chain_graph()
    assert with_reach(graph, ["relu1"], upstream=True) == ["relu1", "conv1", "input1"]
    assert set(with_reach(graph, ["relu1"], upstream=False)) == {"relu1", "flatten1", "fc1", "loss1"}
    assert similar(graph, ["relu1"]) == ["relu1"]
    assert inverted(graph, ["relu1", "fc1"]) == ["input1", "conv1", "flatten1", "loss1"]
    assert Wire(Source("conv1"), Slot("relu1")) in set(graph.all_wires())


def test_a_stroke_crosses_what_it_crosses() -> None:
    import numpy as np

    corner = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    assert crosses(corner, (5.0, -1.0), (5.0, 1.0))
    assert crosses(corner, (9.0, 5.0), (11.0, 5.0))
    assert crosses(corner, (5.0, -1.0), (5.0, 0.0)), "touching is enough"
    assert not crosses(corner, (5.0, 1.0), (5.0, 8.0))
    assert not crosses(corner, (20.0, 0.0), (30.0, 0.0)), "on the same line, but beside it"
    assert not crosses(corner, (11.0, -1.0), (11.0, 20.0))
