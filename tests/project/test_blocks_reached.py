"""Settings, cures, comparisons and Python reach the nodes within blocks."""

from dataclasses import replace

import pytest
from block_networks import BLOCKS, UNIT, elman, instance, node, resnet, scanned

from nnstudio import Project, plugins
from nnstudio.comparison.alternatives import applied
from nnstudio.comparison.candidates import candidates
from nnstudio.comparison.plan import key_of
from nnstudio.comparison.ready import dropout
from nnstudio.problems import Fix, NNStudioError
from nnstudio.project import file
from nnstudio.project.check_graph import check_graph
from nnstudio.project.document import Document
from nnstudio.project.edits import apply
from nnstudio.project.placing import fix_edit
from nnstudio.project.project import Data, Entry, Rule
from nnstudio.project.project import Project as Content
from nnstudio.project.setting import setting, value_of
from nnstudio.protocol import decode, encode

REGISTRY = plugins.load(safe_mode=True).registry


def with_unit(**nodes) -> Content:
    inner = {**UNIT.graph.nodes, **nodes}
    return replace(resnet(), blocks={**BLOCKS, "unit": replace(UNIT, graph=replace(UNIT.graph, nodes=inner))})


def test_a_way_names_a_parameter_of_a_definition_or_of_an_instance():
    project = resnet()
    edit = setting(project, REGISTRY, "stage1/first/conv.kernel_size", "5")
    after = apply(project, edit)
    assert after.blocks["unit"].graph.nodes["conv"].params["kernel_size"] == 5
    assert {each.params["kernel_size"] for each in after.flat if each.label == "conv"} == {5}
    assert apply(after, edit.inverse) == project
    assert value_of(after, REGISTRY, "stage two/second/conv.kernel_size") == 5
    after = apply(project, setting(project, REGISTRY, "stage1.repeat", 2))
    assert sorted(after.flattened.instances)[:2] == ["down", "stage1[0]"]
    assert value_of(project, REGISTRY, "down.stride") == 2
    assert value_of(project, REGISTRY, "stem.stride") == 1


@pytest.mark.parametrize(
    "name", ["stage9/conv.bias", "stem/conv9.bias", "pool/conv.bias", "stem/conv.gone", "stem.gone"]
)
def test_ways_that_lead_nowhere(name: str):
    with pytest.raises(NNStudioError):
        setting(resnet(), REGISTRY, name, "1")


def test_a_cure_is_made_at_the_outermost_instance_that_can_have_the_value():
    project = resnet()

    def cured(node: str, param: str, value: int) -> Content:
        edit = fix_edit(project, REGISTRY, Fix("Cure", "set_param", node=node, param=param, value=value))
        assert edit is not None
        return apply(project, edit)

    inside = cured("stem/conv", "kernel_size", 5)
    assert inside.blocks["unit"].graph.nodes["conv"].params["kernel_size"] == 5
    outside = cured("down/conv", "out_channels", 7)
    assert (outside.graph.nodes["down"].params["channels"], outside.blocks) == (7, project.blocks)
    nested = cured("stage2/first/conv", "out_channels", 7)
    assert (nested.graph.nodes["stage2"].params["channels"], nested.blocks) == (7, project.blocks)
    unset = cured(
        "stage1[2]/first/conv", "out_channels", 7
    )  # exposed, and as the definition has it so far: others keep that
    assert (unset.graph.nodes["stage1"].params["channels"], unset.blocks) == (7, project.blocks)
    scan = scanned(elman(5, size=6))
    edit = fix_edit(scan, REGISTRY, Fix("Cure", "set_param", node="rnn/in2", param="size", value=[5]))
    assert edit is not None
    assert apply(scan, edit).blocks["cell"].graph.nodes["in2"].params["size"] == [5]


def test_a_layer_is_inserted_within_a_definition():
    project = resnet()
    fix = Fix("Insert Flatten", "insert_before", node="stage1[0]/add", port="inputs", type="nnstudio.flatten")
    edit = fix_edit(project, REGISTRY, fix)
    assert edit is not None
    assert "nnstudio.flatten" in {each.type for each in apply(project, edit).blocks["residual"].graph}
    assert fix_edit(project, REGISTRY, replace(fix, node="gone/add")) is None


def test_a_node_within_is_switched_off_in_a_comparison():
    project = replace(with_unit(relu=node("relu", "torch.dropout")), data=Data(Entry("nnstudio.fashion_mnist")))
    off = applied(project, REGISTRY, "stem/relu", "off")
    assert not [each for each in off.flat if each.type == "torch.dropout"]
    arms = dropout(project, REGISTRY).arms
    assert [arm.settings for arm in arms] == [(), (("down/relu", "off"),)]  # one definition, one switch
    assert {"stage1.repeat", "stage1.channels"} <= {each.name for each in candidates(project, REGISTRY)}


def test_the_fingerprint_of_a_comparison_knows_what_is_within():
    project = resnet()
    other = with_unit(relu=node("relu", "torch.tanh"))
    moved = with_unit(relu=replace(UNIT.graph.nodes["relu"], position=(7.0, 7.0), note="looks", color="data"))
    titled = replace(project, blocks={**BLOCKS, "unit": replace(UNIT, title="Other", note="Words")})
    assert key_of(project) == key_of(moved) == key_of(titled) != key_of(other)


def test_plans_of_blocks_cross_to_the_app():
    from block_networks import by_hand  # what is drawn by hand has none

    from nnstudio.data import DataInfo, FieldInfo
    from nnstudio.engine.inspect import inspect_project

    label = FieldInfo("label", (), "int", ("a", "b", "c"))
    info = DataInfo({"image": FieldInfo("image", (1, 8, 8), "float"), "y": label}, ("image",), "y", 100, 70, 15, 15)
    for project in (resnet(), by_hand(resnet())):
        plan = inspect_project(project, info, REGISTRY)
        assert decode(*encode(plan)) == plan
        assert bool(plan.blocks) is bool(project.blocks)


# ── from Python ───────────────────────────────────────────────────────────────────────────────────────────────────────


def handle() -> Project:
    return Project(Document(resnet()), REGISTRY)


def test_a_definition_is_edited_from_within():
    project = handle()
    unit = project.inside("unit")
    assert list(unit.nodes) == ["in1", "conv", "bn", "relu", "out1"]
    unit.set("conv.bias", True)
    unit.remove("bn")
    unit.connect("conv", "relu")
    assert project.check() == unit.check()
    assert [each.code for each in project.check() if each.place == "model"] == []
    assert not [each for each in project.content.flat if each.type == "torch.batch_norm2d"]
    assert all(each.params["bias"] for each in project.content.flat if each.label == "conv")
    for _ in range(3):
        project.undo()
    assert project.content == resnet()


def test_blocks_are_made_grouped_opened_and_bypassed(tmp_path):
    project = handle()
    head = project.group("pool", "flatten", title="Head")
    assert project.nodes[head].type == "block:head"
    assert [each for each in project.check() if each.place == "model"] == []
    assert sorted(project.ungroup(head)) == ["flatten", "pool"]
    project.bypass("stage2")
    assert not [id for id in project.content.flat.nodes if id.startswith("stage2/")]
    project.bypass("stage2", on=False)
    assert project.content.flat.nodes.keys() == resnet().flat.nodes.keys()
    path = project.save(tmp_path / "blocks.nns")
    assert Project.open(path, registry=REGISTRY).content == file.read(path)[0] == project.content


def test_a_scan_from_python():
    project = Project.new("iris", registry=REGISTRY)
    cell = project.new_block("cell", scan=True)
    state = cell.add("block_input", name="state")
    cell.set(f"{state}.carry", "out1")
    cell.connect(
        cell.add("tanh", after=cell.add("linear", out_features=16, after=cell.add("concatenate", name="both"))), "out1"
    )
    cell.connect("in1", "both")
    cell.connect(state, "both")
    scan = project.add("cell", after="input")
    project.add("cross_entropy", after=project.add("linear", out_features=3, after=scan))
    assert [str(each) for each in project.check() if each.severity == "error"] == []
    assert list(check_graph(project.content, REGISTRY)) == []


def test_what_python_refuses():
    project = handle()
    for wrong in (
        lambda: project.inside("gone"),
        lambda: project.new_block("unit"),
        lambda: project.new_block("not a name"),
        lambda: project.expose("stem.channels"),
        lambda: project.inside("unit").expose("gone.p"),
        lambda: project.inside("unit").expose("conv.out_channels"),
        lambda: project.inside("unit").add("residual"),
        lambda: project.ungroup("pool"),
        lambda: project.group(),
        lambda: project.add("unit", gone=1),
    ):
        with pytest.raises(NNStudioError) as raised:
            wrong()
        assert raised.value.problems[0].message
    assert project.content == resnet()


def test_rules_meet_what_is_bypassed_without_a_warning():
    project = replace(
        resnet(), recipe=replace(resnet().recipe, rules=(Rule("#stage2", frozen=True), Rule("#gone", frozen=True)))
    )
    off = replace(instance("stage2", "residual"), bypassed=True)
    project = replace(project, graph=replace(project.graph, nodes={**project.graph.nodes, "stage2": off}))
    said = [each.message for each in Project(Document(project), REGISTRY).check() if each.code == "recipe.rule"]
    assert said == ["The rule '#gone' meets no node."]
