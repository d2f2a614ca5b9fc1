"""Code of projects with blocks: one class a definition, the same numbers as without blocks, whatever is drawn."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from block_networks import entry, instance, leaving, network, wires
from graphs import data, node
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from nnstudio import plugins
from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine.codegen import model_code
from nnstudio.engine.inspect import inspect_project
from nnstudio.engine.interface import interface
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Block, Exposed, Project

REGISTRY = plugins.load(safe_mode=True).registry
PAIR = data(
    {"a": FieldInfo("vector", (4,), "float"), "b": FieldInfo("vector", (4,), "float")},
    "y",
    y=FieldInfo("vector", (4,), "float"),
)


def code_of(project: Project, info=PAIR, **options) -> str:
    return model_code(project, inspect_project(project, info, REGISTRY), REGISTRY, **options).text


# ── random drawings ───────────────────────────────────────────────────────────────────────────────────────────────────

KINDS = [
    "torch.linear",
    "torch.relu",
    "torch.tanh",
    "nnstudio.add",
    "nnstudio.identity",
    "nnstudio.reroute",
    "torch.layer_norm",
]


@st.composite
def drawings(draw: st.DrawFn) -> Project:
    """Definitions of one or two inputs and outputs, over vectors of 4, that stand in one another; bypassed, repeated, shared, half wired."""
    blocks: dict[str, Block] = {}
    for number in range(draw(st.integers(1, 3))):
        blocks[f"b{number}"] = draw(definitions(f"b{number}", tuple(blocks.values())))
    inner, drawn = draw(networks(tuple(blocks.values()), ["a.output", "b.output"]))
    nodes = [node("a", "nnstudio.input", field="a"), node("b", "nnstudio.input", field="b"), *inner]
    whole = network(*nodes, **drawn)
    if draw(st.booleans()) and inner:
        source = draw(st.sampled_from(_outputs(inner, blocks)))
        whole = network(*nodes, node("loss", "torch.mse"), **drawn, loss=source)
    return Project("Any", whole, blocks=blocks)


@st.composite
def definitions(draw: st.DrawFn, id: str, known: tuple[Block, ...]) -> Block:
    entries = [
        entry(f"in{number}", draw(st.sampled_from(["", "x", "skip", "linear1"])))
        for number in range(1, draw(st.integers(1, 2)) + 1)
    ]
    inner, drawn = draw(networks(known, [f"{each.id}.output" for each in entries]))
    exits = [leaving(f"out{number}") for number in range(1, draw(st.integers(1, 2)) + 1)]
    places = [f"{each.id}.output" for each in entries] + _outputs(inner, {block.id: block for block in known})
    drawn |= {each.id: draw(st.sampled_from(places)) for each in exits if draw(st.integers(0, 9))}
    exposed = tuple(
        Exposed(f"{each.id}_features", each.id, "out_features")
        for each in inner
        if each.type == "torch.linear" and draw(st.booleans())
    ) + tuple(Exposed("power", each.id, "negative_slope") for each in inner if each.type == "torch.leaky_relu")
    title = draw(st.sampled_from(["", "Cell", "same name", "class", "Any"]))
    return Block(
        id,
        title,
        network(*entries, *inner, *exits, **drawn),
        exposed,
        note=draw(st.sampled_from(["", 'says """ so\\'])),
    )


@st.composite
def networks(draw: st.DrawFn, blocks: tuple[Block, ...], places: list[str]) -> tuple[list[Node], dict[str, str]]:
    """Nodes, each fed by what came before it."""
    inner: list[Node] = []
    drawn: dict[str, str] = {}
    known = {block.id: block for block in blocks}
    for number in range(draw(st.integers(0, 5))):
        id = f"n{number}"
        before = places + _outputs(inner, known)
        if blocks and draw(st.integers(0, 2)):
            block = draw(st.sampled_from(blocks))
            params = {
                item.name: 4 if item.param == "out_features" else draw(st.sampled_from([0.1, 0.2]))
                for item in block.exposed
            }
            repeat = draw(st.sampled_from([1, 1, 2, 3]))
            made = instance(
                id,
                block.id,
                draw(st.sampled_from(["", "step", "x"])),
                **params,
                **({"repeat": repeat} if repeat > 1 else {}),
            )
            for each in (each for each in block.graph if each.type == "nnstudio.block_input"):
                if draw(st.integers(0, 9)):
                    drawn[f"{id}__{each.id}"] = draw(st.sampled_from(before))
            alike = [each.id for each in inner if each.type == made.type and each.params == made.params and free(each)]
        else:
            type = draw(st.sampled_from([*KINDS, "torch.leaky_relu"]))
            params = {"out_features": 4} if type == "torch.linear" else {}
            made = node(id, type, draw(st.sampled_from(["", "", "step", "linear1"])), **params)
            ports = [f"{id}__inputs__0", f"{id}__inputs__1"] if type == "nnstudio.add" else [id]
            drawn |= {port: draw(st.sampled_from(before)) for port in ports}
            alike = [each.id for each in inner if each.type == type == "torch.linear" and free(each)]
        if alike and draw(st.booleans()):
            made = made.with_option("share", alike[0])
        elif not draw(st.integers(0, 7)):
            made = Node(made.id, made.type, made.params, name=made.name, bypassed=True)
        inner.append(made)
    return inner, drawn


def free(node: Node) -> bool:
    """May others use its weights?"""
    return not node.options and not node.bypassed


def _outputs(nodes: list[Node], blocks) -> list[str]:
    found = []
    for each in nodes:
        block = blocks.get(each.type.removeprefix("block:"))
        ports = [each.id for each in block.graph if each.type == "nnstudio.block_output"] if block else ["output"]
        found += [f"{each.id}.{port}" for port in ports]
    return found


@dataclass
class Built:
    """What the code makes, whether or not the drawing is whole."""

    project: Project
    info: DataInfo = PAIR

    def __post_init__(self) -> None:
        self.plan = inspect_project(self.project, self.info, REGISTRY)
        self.code = model_code(self.project, self.plan, REGISTRY)
        self.face = interface(self.project.flat, self.plan, REGISTRY, self.project.flattened.carried)
        self.module = self._classes(self.code.text)[self.code.class_name]()

    @staticmethod
    def _classes(text: str) -> dict[str, Any]:
        namespace: dict[str, Any] = {}
        exec(compile(text, "<test>", "exec"), namespace)
        return namespace

    def outputs(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """By what gives them, in words that both drawings have."""
        if not self.face.outputs:
            return {}
        found = self.module(*(batch[field] for field in self.face.inputs))
        found = found if isinstance(found, tuple) else (found,)
        return {plain(source.node): value for source, value in zip(self.face.outputs, found, strict=True)}

    def recorded(self, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
        seen: dict[str, Tensor] = {}
        if self.face.outputs:
            text = model_code(self.project, self.plan, REGISTRY, record=True).text
            model = self._classes(text)[self.code.class_name]
            given = [batch[field] for field in self.face.inputs]
            model.forward(self.module, *given, lambda node, _, value: seen.__setitem__(plain(node), value))
        return seen

    def takes_weights(self, other: "Built") -> None:
        """By the nodes whose they are; both have the same."""
        weights = other.weights()
        mine = self.weights()
        assert mine.keys() == weights.keys()
        with torch.no_grad():
            for key, parameter in mine.items():
                parameter.copy_(weights[key])

    def weights(self) -> dict[tuple[str, str], Tensor]:
        """By (the node whose they are, the name in it), found by the names that the plan gives to nodes."""
        found: dict[tuple[str, str], Tensor] = {}
        for name, parameter in self.module.named_parameters():
            id = self.plan.node_of(name)
            assert id is not None
            plan = self.plan.nodes[id]
            found[plain(plan.owner), name.removeprefix(plan.name)] = parameter
        return found


def opened(project: Project) -> Project:
    """The same network without blocks: every computed node drawn by itself, using the weights that it uses."""
    plan = inspect_project(project, PAIR, REGISTRY)
    nodes: dict[str, Node] = {}
    for id, each in project.flat.nodes.items():
        shares = plan.nodes[id].shares if id in plan.nodes else ""
        nodes[plain(id)] = Node(plain(id), each.type, each.params, options={"share": plain(shares)} if shares else {})
    drawn = {
        slot._replace(node=plain(slot.node)): source._replace(node=plain(source.node))
        for slot, source in project.flat.wires.items()
    }
    return Project(project.name, Graph(nodes, drawn))


def plain(id: str) -> str:
    return re.sub(r"\W+", "_", id)


def calm(examples: int):
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=examples, deadline=None, suppress_health_check=slow)


@calm(40)
@given(drawings())
def test_blocks_compute_what_the_same_network_without_them_computes(project: Project) -> None:
    blocks, flat = Built(project), Built(opened(project))
    flat.takes_weights(blocks)
    assert blocks.face.inputs == flat.face.inputs
    batch = {field: torch.randn(3, 4) for field in ("a", "b")}
    mine, its = blocks.outputs(batch), flat.outputs(batch)
    assert mine.keys() == its.keys()
    assert all(torch.equal(mine[id], its[id]) for id in mine)


def an_input_that_only_identity_reads() -> Project:
    inner = {
        "in1": entry("in1"),
        "in2": entry("in2"),
        "relu": Node("relu", "torch.relu"),
        "same": Node("same", "nnstudio.identity"),
        "out1": leaving("out1"),
    }
    graph = Graph(inner, wires(relu="in1", out1="relu", same="in2"))
    nodes = {"a": Node("a", "nnstudio.input", {"field": "a"}), "n0": instance("n0", "b0")}
    return Project("Any", Graph(nodes, wires(n0__in1="a", n0__in2="a")), blocks={"b0": Block("b0", graph=graph)})


@calm(40)
@given(drawings())
@example(an_input_that_only_identity_reads())
def test_what_is_recorded_is_every_value_by_its_flat_id(project: Project) -> None:
    blocks, flat = Built(project), Built(opened(project))
    flat.takes_weights(blocks)
    batch = {field: torch.randn(3, 4) for field in ("a", "b")}
    mine, its = blocks.recorded(batch), flat.recorded(batch)
    assert mine.keys() == its.keys()
    assert all(torch.equal(mine[id], its[id]) for id in mine)
