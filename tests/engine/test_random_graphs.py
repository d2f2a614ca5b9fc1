"""Whatever the graph, inspect, codegen and compile give problems or a network that does what the plan says; they never crash."""

import ast

import pytest
import torch
from graphs import image_data, vector_data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import graphs, networks

from nnstudio import plugins
from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine.codegen import module_code
from nnstudio.engine.compile import compile_model
from nnstudio.engine.inspect import Inspector, inspect
from nnstudio.engine.interface import interface
from nnstudio.plan import BATCH
from nnstudio.problems import NNStudioError
from nnstudio.project.graph import Graph
from nnstudio.project.project import Project

REGISTRY = plugins.load(safe_mode=True).registry
MAPS = DataInfo(
    {"map": FieldInfo("array", (4, 9), "float"), "kind": FieldInfo("label", (), "int", tuple("abc"))},
    ("map",), "kind", 9, 7, 1, 1,
)  # fmt: skip
WORDS = DataInfo(
    {"words": FieldInfo("tokens", (5,), "int", vocabulary=9), "kind": FieldInfo("label", (), "int", tuple("abc"))},
    ("words",), "kind", 9, 7, 1, 1,
)  # fmt: skip
datas = st.sampled_from([image_data(3, 12, classes=4), vector_data(6), vector_data(1), MAPS, WORDS])
BATCH_OF = 2


def calm(examples: int):
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


def batch_for(info: DataInfo, names: tuple[str, ...]) -> list[torch.Tensor]:
    values: list[torch.Tensor] = []
    for name in names:
        each = info.fields[name]
        shape = (BATCH_OF, *each.shape)
        values.append(torch.randint(0, 1, shape) if each.dtype == "int" else torch.randn(shape))
    return values


@calm(200)
@given(networks(REGISTRY, max_nodes=10), datas)
@pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch's hint about speed
def test_a_network_does_what_its_plan_says(graph, info):
    plan = inspect(graph, info, REGISTRY)
    assert all(problem.node in graph.nodes and problem.message and problem.remedy for problem in plan.problems)
    code = module_code(graph, plan, REGISTRY, record=True)
    ast.parse(code.text)
    face = interface(graph, plan, REGISTRY)
    if not face.outputs or sum(each.macs for each in plan.nodes.values()) > 1e8 or plan.memory > 1e8:
        return
    namespace = {}
    exec(compile(code.text, "<test>", "exec"), namespace)
    seen = {}
    model = namespace[code.class_name]()
    model(*batch_for(info, face.inputs), lambda node, port, value: seen.__setitem__((node, port), value))
    for (node, port), value in seen.items():
        assert (BATCH, *value.shape[1:]) == plan.nodes[node].outputs[port]
        assert len(value) == BATCH_OF
        assert {"float": value.is_floating_point(), "int": not value.is_floating_point()}[plan.nodes[node].dtypes[port]]
    assert {source.node for source in face.outputs} <= {node for node, _ in seen}
    count = sum(weight.numel() for weight in model.parameters())
    assert count == sum(plan.nodes[id].parameters for id in face.body)


@calm(60)
@given(networks(REGISTRY), datas)
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_compile_gives_a_network_or_problems(graph, info):
    try:
        made = compile_model(Project("Any", graph), REGISTRY, info)
    except NNStudioError as error:
        assert error.problems
        return
    outputs = made.module(*batch_for(info, made.input_fields))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    assert len(outputs) == len(made.outputs)
    assert made.loss(*outputs, *batch_for(info, made.targets)).shape == ()


@calm(100)
@given(graphs(), datas | st.none())
def test_whatever_a_file_holds_nothing_crashes(graph: Graph, info):
    plan = inspect(graph, info, REGISTRY)
    ast.parse(module_code(graph, plan, REGISTRY, class_name="Any").text)


@calm(60)
@given(st.lists(networks(REGISTRY), min_size=2, max_size=4), st.lists(datas, min_size=1, max_size=2))
def test_memory_changes_nothing(versions, infos):
    """One inspector that has seen other graphs with the same node ids says the same as a fresh one."""
    inspector = Inspector(REGISTRY)
    for place, graph in enumerate(versions):
        info = infos[place % len(infos)]
        assert inspector.inspect(graph, info) == inspect(graph, info, REGISTRY)
