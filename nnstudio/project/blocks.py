"""What is a block, seen from outside? Its ports and its form, as a LayerSpec like any other; and where a node within one is found."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Annotated, Any

from pydantic import create_model

from nnstudio.params import Field, Params, Ui
from nnstudio.project.graph import Graph, Node
from nnstudio.project.natural import natural
from nnstudio.project.project import Block, Project
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, Port

PREFIX = "block:"
"""A node of type "block:<id>" stands for the definition of that id."""

BLOCK_INPUT = "nnstudio.block_input"
BLOCK_OUTPUT = "nnstudio.block_output"
REROUTE = "nnstudio.reroute"

REPEAT = "repeat"
MAX_REPEAT = 1000

_kept: tuple[Registry, Mapping[str, Block], Registry] | None = None


def block_of(node: Node, blocks: Mapping[str, Block]) -> Block | None:
    """The definition that `node` is an instance of; None for any other node, and where the definition is missing."""
    return blocks.get(node.type.removeprefix(PREFIX)) if node.type.startswith(PREFIX) else None


def entries(block: Block) -> list[Node]:
    """Its input nodes, in the order of its ports."""
    return sorted((node for node in block.graph if node.type == BLOCK_INPUT), key=lambda node: natural(node.id))


def exits(block: Block) -> list[Node]:
    """Its output nodes, in the order of its ports."""
    return sorted((node for node in block.graph if node.type == BLOCK_OUTPUT), key=lambda node: natural(node.id))


def carries(node: Node) -> bool:
    """Does this input of a scan bring back, at each step, what an output gave at the step before?"""
    return bool(node.params.get("carry"))


def carried_from(graph: Graph, node: Node) -> str:
    """What the output is called that this input of a scan brings back; "" where it brings back none."""
    output = str(node.params.get("carry") or "") if node.type == BLOCK_INPUT else ""
    return graph.nodes[output].label if output in graph.nodes else output


def with_blocks(registry: Registry, project: Project) -> Registry:
    """`registry` with the project's blocks among its layers: what a canvas, a form and a library know."""
    global _kept
    if not project.blocks:
        return registry
    if _kept is None or _kept[0] is not registry or _kept[1] is not project.blocks:
        layers = {**registry.layers, **{spec.id: spec for spec in specs_of(registry, project.blocks)}}
        _kept = (registry, project.blocks, Registry({**registry.specs, "layer": layers}, registry.origins))
    return _kept[2]


def specs_of(registry: Registry, blocks: Mapping[str, Block]) -> Iterator[LayerSpec]:
    """A layer for each definition, inner ones first: what they expose may be exposed again.

    What looks as it did the last time is the very same object: an edit within one of many blocks costs that block alone.
    """
    known = dict(registry.layers)
    for block in inner_first(blocks):
        nodes = block.graph.nodes
        exposed = tuple(known.get(nodes[item.node].type) for item in block.exposed if item.node in nodes)
        old = _remembered.get(block.id)
        if old is None or old[0] is not block or any(a is not b for a, b in zip_longest(old[1], exposed)):
            old = _remembered[block.id] = (block, exposed, _spec(block, known))
        known[PREFIX + block.id] = old[2]
        yield old[2]


_remembered: dict[str, tuple[Block, tuple[LayerSpec | None, ...], LayerSpec]] = {}


def held(graph: Graph) -> set[str]:
    """Ids of the definitions that nodes of `graph` stand for; those within them are not among them."""
    return {node.type.removeprefix(PREFIX) for node in graph if node.type.startswith(PREFIX)}


def inner_first(blocks: Mapping[str, Block]) -> Iterator[Block]:
    """Each definition after those that it holds; of definitions that hold each other (`check` says so), in no such order."""
    begun: set[str] = set()
    for start in blocks:
        waiting = [(start, False)]
        while waiting:
            id, all_inner = waiting.pop()
            if all_inner:
                yield blocks[id]
            elif id not in begun:
                begun.add(id)
                waiting.append((id, True))
                waiting += [(inner, False) for inner in sorted(held(blocks[id].graph)) if inner in blocks]


def _spec(block: Block, layers: Mapping[str, LayerSpec]) -> LayerSpec:
    scan = block.kind == "scan"
    fields: dict[str, Any] = {} if scan else {REPEAT: (_Repeat, 1)}
    said: list[str] = [block.note, str(scan)]
    for item in block.exposed:
        node = block.graph.nodes.get(item.node)
        spec = layers.get(node.type) if node else None
        info = spec.params.model_fields.get(item.param) if spec else None
        if (
            node is not None and info is not None and item.name not in fields
        ):  # what is set together is of the first's kind
            default = node.params.get(item.param, ... if info.is_required() else info.default)
            help = Ui(help=info.description or "")
            ui = next((part for part in info.metadata if isinstance(part, Ui)), help)
            fields[item.name] = (Annotated[info.annotation, *info.metadata, ui], default)
            said += [item.name, spec.id if spec else "", item.param, repr(default)]
    return LayerSpec(
        PREFIX + block.id,
        block.title or block.id,
        "block",
        params=_params(tuple(said), block.note or "A block of this project.", fields),
        inputs=tuple(Port(node.id, optional=scan and carries(node), title=node.label) for node in entries(block)),
        outputs=tuple(Port(node.id, title=node.label) for node in exits(block)),
        summary=_summary,
        stem=block.id.rstrip("0123456789_") or "block",
        dtype="",
    )


_Repeat = Annotated[
    int,
    Field(ge=1, le=MAX_REPEAT, description="how many times in a row, each with weights of its own"),
    Ui(label="repeat"),
]


_made: dict[tuple[str, ...], type[Params]] = {}


def _params(said: tuple[str, ...], note: str, fields: Mapping[str, Any]) -> type[Params]:
    """The class of a block's parameters, one and the same for the same declaration: forms and memories go by it."""
    if said not in _made:
        made: Any = create_model("BlockParams", __base__=Params, __doc__=note, **fields)
        _made[said] = made
    return _made[said]


def _summary(params: Any) -> str:
    repeat = getattr(params, REPEAT, 1)
    said = [f"{name} {value}" for name, value in params if name != REPEAT]
    return " · ".join([*([f"× {repeat}"] if repeat > 1 else []), *said[:3]])
