"""What is wrong with blocks is said once, where it is, with what to do."""

from dataclasses import replace

import pytest
from block_networks import (
    BLOCKS,
    RESIDUAL,
    UNIT,
    by_hand,
    elman,
    entry,
    instance,
    leaving,
    network,
    node,
    resnet,
    scanned,
    wires,
)

from nnstudio import plugins
from nnstudio.problems import Problem, Severity
from nnstudio.project.check_graph import check_graph
from nnstudio.project.flat import MAX_DEPTH
from nnstudio.project.graph import Graph, Slot, Source
from nnstudio.project.project import Block, Exposed, Project

REGISTRY = plugins.load(safe_mode=True).registry


def found(project: Project) -> list[Problem]:
    return list(check_graph(project, REGISTRY))


def only(project: Project) -> Problem:
    problems = found(project)
    assert len(problems) == 1, [f"{each.code}: {each}" for each in problems]
    assert problems[0].remedy
    return problems[0]


def with_graph(project: Project, *, without: tuple[str, ...] = (), **sources: str) -> Project:
    """The project's own graph with other wires, and without some nodes."""
    graph = project.graph
    nodes = {id: each for id, each in graph.nodes.items() if id not in without}
    kept = {slot: source for slot, source in graph.wires.items() if slot.node in nodes and source.node in nodes}
    return replace(project, graph=Graph(nodes, {**kept, **wires(**sources)}))


def with_block(project: Project, block: Block) -> Project:
    return replace(project, blocks={**project.blocks, block.id: block})


def with_inner(block: Block, *nodes, without: tuple[str, ...] = (), **sources: str) -> Block:
    inner = {id: each for id, each in block.graph.nodes.items() if id not in without} | {
        each.id: each for each in nodes
    }
    kept = {slot: source for slot, source in block.graph.wires.items() if slot.node in inner and source.node in inner}
    return replace(block, graph=Graph(inner, {**kept, **wires(**sources)}))


def test_networks_of_blocks_are_sound():
    assert found(resnet()) == []
    assert found(scanned(elman())) == []
    assert found(by_hand(resnet())) == []


def test_an_input_of_an_instance_that_nothing_feeds_is_said_of_the_instance():
    problems = found(with_graph(resnet(), without=("image",)))
    assert {(each.code, each.node) for each in problems} == {("graph.unwired", "stem"), ("graph.no_input", None)}
    assert str(problems[0]) == "Unit 'stem' has no wire into 'in1'. Connect it, or delete the node."


def test_a_wire_at_a_port_that_is_gone():
    problem = only(with_graph(resnet(), stem__in7="image"))
    assert (problem.code, problem.node, problem.port) == ("graph.unknown_port", "stem", "in7")
    assert problem.message == "Unit 'stem' has no input 'in7', but a wire is there."
    outside = with_graph(resnet(), pool="stage2.out7")
    assert ("graph.unknown_port", "stage2") in {(each.code, each.node) for each in found(outside)}


def test_a_fault_of_a_definition_is_said_once_and_names_where_it_is():
    broken = with_inner(UNIT, node("bn", "torch.batch_norm2d", momentum=7.0))
    problem = only(with_block(resnet(), broken))
    assert (problem.node, problem.param) == ("stem/bn", "momentum")
    assert problem.message.startswith("Batch norm 'bn' in 'stem': momentum")


def test_inner_nodes_are_named_by_the_labels_of_their_instances():
    project = with_block(resnet(), with_inner(RESIDUAL, node("add", "nnstudio.gone")))
    problem = only(project)
    assert problem.node == "stage1[0]/add"
    assert "Node 'add' in 'stage1'" in problem.message
    alone = replace(
        project, graph=Graph({**project.graph.nodes, "stage1": node("stage1", "torch.relu")}, project.graph.wires)
    )
    assert any("Node 'add' in 'stage two'" in each.message for each in found(alone))


def test_a_missing_definition():
    project = replace(resnet(), blocks={"unit": UNIT})
    problem = only(project)
    assert (problem.code, problem.node) == ("block.missing", "stage1")
    assert "'residual'" in problem.message


def test_a_block_that_contains_itself_names_the_ring():
    outer = replace(
        UNIT, id="outer", title="Outer", graph=with_inner(UNIT, instance("conv", "inner"), conv__in1="in1").graph
    )
    inner = replace(
        UNIT, id="inner", title="Inner", graph=with_inner(UNIT, instance("conv", "outer"), conv__in1="in1").graph
    )
    nodes = {**resnet().graph.nodes, "stem": instance("stem", "outer")}
    project = replace(
        resnet(), graph=replace(resnet().graph, nodes=nodes), blocks={**BLOCKS, "outer": outer, "inner": inner}
    )
    rings = [each for each in found(project) if each.code == "block.ring"]
    assert [each.message for each in rings] == ["A block contains itself: 'Outer' → 'Inner' → 'Outer'."]
    assert rings[0].node == "stem/conv/conv"


def test_blocks_too_deep_in_one_another():
    blocks = {"unit": UNIT}
    for depth in range(MAX_DEPTH + 2):
        inner = instance("inner", f"b{depth - 1}" if depth else "unit")
        graph = network(entry("in1"), inner, leaving("out1"), inner__in1="in1", out1="inner.out1")
        blocks[f"b{depth}"] = Block(f"b{depth}", f"B{depth}", graph)
    nodes = {**resnet().graph.nodes, "stem": instance("stem", f"b{MAX_DEPTH + 1}")}
    project = replace(resnet(), graph=replace(resnet().graph, nodes=nodes), blocks={**BLOCKS, **blocks})
    assert [each.code for each in found(project)] == ["block.too_deep"]


def test_endless_repetition_ends():
    """A thousand times a thousand times a thousand blocks with nothing in them."""
    blocks: dict[str, Block] = {}
    for depth in range(4):
        inner = instance("inner", f"b{depth - 1}", repeat=1000) if depth else node("inner", "torch.relu")
        source, port = ("inner.out1", {"inner__in1": "in1"}) if depth else ("inner", {"inner": "in1"})
        graph = network(entry("in1"), inner, leaving("out1"), **port, out1=source)
        blocks[f"b{depth}"] = Block(f"b{depth}", f"B{depth}", graph)
    nodes = {**resnet().graph.nodes, "stem": instance("stem", "b3")}
    project = replace(resnet(), graph=replace(resnet().graph, nodes=nodes), blocks={**BLOCKS, **blocks})
    assert "block.too_many" in {each.code for each in found(project)}


def test_a_block_without_outputs():
    bare = with_inner(UNIT, without=("out1",))
    codes = {(each.code, each.node) for each in found(with_block(resnet(), bare))}
    assert ("block.no_output", "stem") in codes


def test_ports_of_the_same_name_and_nodes_of_the_same_name():
    twice = with_inner(UNIT, entry("in2", "x"), entry("in1", "x"), node("sum", "nnstudio.add"), without=("relu",),
                       sum__inputs__0="bn", sum__inputs__1="in2", out1="sum")  # fmt: skip
    project = with_block(resnet(), twice)
    ports = [each for each in found(project) if each.code == "block.duplicate_port"]
    assert [(each.severity, each.node) for each in ports] == [(Severity.WARNING, "stem/in2")]
    names = with_block(resnet(), with_inner(UNIT, node("bn", "torch.batch_norm2d", name="conv")))
    assert [each.code for each in found(names)] == ["graph.duplicate_name"] * 2  # the same names elsewhere do not count


@pytest.mark.parametrize(
    "item",
    [
        Exposed("a", "gone", "p"),
        Exposed("a", "conv", "gone"),
        Exposed("not a name", "bn", "eps"),
        Exposed("repeat", "bn", "eps"),
    ],
)
def test_bad_exposed_parameters(item: Exposed):
    problem = only(with_block(resnet(), replace(UNIT, exposed=(*UNIT.exposed, item))))
    assert (problem.code, problem.node) == ("block.exposed", "stem")


def test_a_value_that_an_instance_sets_is_checked_with_the_rest_of_the_inner_node():
    nodes = {**resnet().graph.nodes, "down": instance("down", "unit", channels=0)}
    problem = only(replace(resnet(), graph=replace(resnet().graph, nodes=nodes)))
    assert (problem.node, problem.param) == ("down", "channels")
    same = with_inner(UNIT, node("conv", "torch.conv2d", out_channels=4, kernel_size=3, padding="same"))
    project = with_block(resnet(), same)  # padding "same" forbids the stride of 2 that 'down' sets
    (problem,) = found(project)
    assert problem.node == "down"
    assert problem.message.startswith("Conv 2d 'conv' in 'down': padding 'same' works with stride 1 only")


def test_losses_and_inputs_stand_outside():
    inside = with_inner(UNIT, node("loss", "torch.mse"), node("more", "nnstudio.input"), loss="bn", bn="more")
    codes = {(each.code, each.node) for each in found(with_block(resnet(), inside))}
    assert {("block.loss_inside", "stem/loss"), ("block.input_inside", "stem/more")} <= codes


def test_edges_of_blocks_only_work_within_them():
    project = resnet()
    nodes = {**project.graph.nodes, "in1": entry("in1"), "out1": leaving("out1")}
    project = replace(project, graph=Graph(nodes, {**project.graph.wires, Slot("out1"): Source("in1")}))
    said = {each.node: each for each in found(project) if each.code == "block.edge_outside"}
    assert said["in1"].message == "Block input 'in1' only works within a block."
    assert said.keys() == {"in1", "out1"}


def test_ids_that_look_like_paths():
    project = resnet()
    nodes = {**project.graph.nodes, "stem/conv": node("stem/conv", "torch.relu")}
    codes = [each.code for each in found(replace(project, graph=replace(project.graph, nodes=nodes)))]
    assert "graph.bad_id" in codes


def test_an_instance_that_waits_for_itself():
    """Within the block two ways go past each other, but its class is called once."""
    ports = entry("in1"), entry("in2"), leaving("out1"), leaving("out2")
    two = Block("two", "Two", network(*ports, out1="in1", out2="in2"))
    graph = network(
        node("a", "nnstudio.input"), instance("t", "two"), node("z", "torch.mse"),
        t__in1="a", t__in2="t.out1", z="t.out2",
    )  # fmt: skip
    assert only(Project(graph=graph, blocks={"two": two})).code == "graph.cycle"


def test_scans():
    cell = elman()
    assert (
        only(scanned(Graph({**cell.nodes, "in1": entry("in1", carry="out1")}, cell.wires))).code == "scan.no_sequence"
    )
    carried = entry("in2", "h", carry="gone")
    problem = only(scanned(Graph({**cell.nodes, "in2": carried}, cell.wires)))
    assert (problem.code, problem.node, problem.param) == ("scan.carry", "rnn/in2", "carry")
    repeated = scanned(cell)
    nodes = {**repeated.graph.nodes, "rnn": instance("rnn", "cell", repeat=2)}
    assert only(replace(repeated, graph=replace(repeated.graph, nodes=nodes))).node == "rnn"


def test_what_leads_nowhere_within_a_block_is_a_warning():
    loose = with_inner(UNIT, node("more", "torch.relu"), more="bn")
    problem = only(with_block(resnet(), loose))
    assert (problem.code, problem.severity, problem.node) == ("graph.unused", Severity.WARNING, "stem/more")


def test_a_bypassed_node_and_what_is_wrong_with_it_do_not_count():
    project = resnet()
    wrong = replace(node("flatten", "nnstudio.gone"), bypassed=True)
    pooled = replace(project, graph=replace(project.graph, nodes={**project.graph.nodes, "flatten": wrong}))
    assert found(pooled) == []


def test_a_bypassed_node_within_may_have_exposed_parameters():
    off = replace(UNIT.graph.nodes["conv"], bypassed=True)
    assert found(with_block(resnet(), with_inner(UNIT, off))) == []


def test_sharing_between_instances():
    def sharing(**params) -> Project:
        project = resnet()
        tied = replace(instance("down", "unit", **params), options={"share": "stem"})
        return replace(project, graph=replace(project.graph, nodes={**project.graph.nodes, "down": tied}))

    assert found(sharing(channels=4)) == []
    assert "they differ in channels" in only(sharing(channels=6)).message
    project = resnet()
    other = replace(instance("down", "unit", channels=4), options={"share": "stage1"})
    problem = only(replace(project, graph=replace(project.graph, nodes={**project.graph.nodes, "down": other})))
    assert "of another kind (Residual)" in problem.message
