"""A project in hand: read, changed step by step with undo and redo, checked; blocks entered and edited within."""

import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, TypeVar

from nnstudio import plugins
from nnstudio.finding import did_you_mean, find_id
from nnstudio.plan import Code, Plan
from nnstudio.problems import NNStudioError, Problem, errors
from nnstudio.project import edits, file
from nnstudio.project.block_edits import group
from nnstudio.project.block_exposed import expose
from nnstudio.project.block_follow import followed, nested_in_itself
from nnstudio.project.block_ungroup import ungroup
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, with_blocks
from nnstudio.project.check import check
from nnstudio.project.document import Document
from nnstudio.project.gallery import open_example
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.placing import COLUMN, ROW, new_node
from nnstudio.project.project import Block, Data, Recipe
from nnstudio.project.project import Project as Content
from nnstudio.project.setting import entry, node_setting, setting
from nnstudio.registry import Registry
from nnstudio.runs.store import RunStore, runs_folder
from nnstudio.specs import LayerSpec

GALLERY = "gallery:"

T = TypeVar("T")


@functools.cache
def default_registry() -> Registry:
    """What all installed plugins bring, loaded once."""
    return plugins.load().registry


class Project:
    """A project to work on, with undo and redo. Nodes are named by their ids ("conv1"), ports as "conv1.output".

    Whatever cannot be done raises `NNStudioError`, whose `problems` say what and what to do.

    Blocks: `new_block` begins a definition, `inside` one that is there; both give a `Project` that is the same one, but adds, connects, removes
    and names nodes within the definition. `add` places an instance outside by the definition's id:

    >>> project = Project.new(dataset="xor", samples=200)
    >>> layer = project.new_block("layer")
    >>> layer.connect(layer.add("tanh", after=layer.add("linear", name="fc", out_features=8, after="in1")), "out1")
    >>> layer.expose("fc.out_features", "width")
    >>> hidden = project.add("layer", width=4, repeat=3, after="input")
    >>> loss = project.add("cross_entropy", after=project.add("linear", out_features=2, after=hidden))
    >>> [problem.message for problem in project.check()]
    []
    >>> project.inspect().blocks[hidden].parameters                            # 2 · 4 + 4 + 2 · (4 · 4 + 4)
    52
    """

    def __init__(self, document: Document, registry: Registry | None = None, block: str = "") -> None:
        self.document = document
        self.registry = registry or default_registry()
        self.block = block
        """the definition within which nodes are meant ("": the project's own graph)"""

    @classmethod
    def open(cls, path: str | Path, *, registry: Registry | None = None) -> Self:
        """The project in a .nns file, or one of the gallery: `Project.open("gallery:xor")`."""
        registry = registry or default_registry()
        if str(path).startswith(GALLERY):
            return cls(Document(_example(str(path).removeprefix(GALLERY), registry)), registry)
        content, problems = file.read(path)
        if content is None:
            raise NNStudioError(*problems)
        return cls(Document(content, Path(path)), registry)

    @classmethod
    def new(cls, dataset: str = "", *, name: str = "Untitled", registry: Registry | None = None, **params: Any) -> Self:
        """An empty project with an input node "input"; with `dataset` ("iris", "xor"), which `params` go to, that is its data."""
        registry = registry or default_registry()
        data = Data(entry(registry, "dataset", dataset, params, place="data")) if dataset else Data()
        graph = Graph({"input": Node("input", find_id(registry, "layer", "nnstudio.input"))})
        return cls(Document(Content(name, graph, data)), registry)

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def content(self) -> Content:
        """All of it as an immutable value."""
        return self.document.project

    @property
    def name(self) -> str:
        return self.content.name

    @property
    def nodes(self) -> Mapping[str, Node]:
        return self._here.graph.nodes

    @property
    def blocks(self) -> Mapping[str, Block]:
        return self.content.blocks

    @property
    def data(self) -> Data:
        return self.content.data

    @property
    def recipe(self) -> Recipe:
        return self.content.recipe

    @property
    def path(self) -> Path | None:
        return self.document.path

    @property
    def runs(self) -> RunStore:
        """The runs kept beside its file."""
        if self.path is None:
            raise NNStudioError(
                Problem("project.unsaved", "The project has no file yet.", remedy="Save it first.", place="file")
            )
        return RunStore(runs_folder(self.path))

    # ── changing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, layer: str, *, name: str = "", after: str = "", **params: Any) -> str:
        """A new node; its id comes back. layer: an id or its last part ("conv2d"); name: its id, made up where not given.

        after: the node (or "node.port") whose output feeds it. params: the layer's own, checked at once.
        """
        block = f"{PREFIX}{layer}"
        spec = self._spec(block if layer in self.blocks else find_id(self.registry, "layer", layer))
        graph = self._here.graph
        before = graph.nodes[self._end(after).node] if after else None
        node = new_node(graph, spec, _position(graph, before))
        if name:
            if not name.isidentifier() or name in graph.nodes:
                message = f"A node cannot be named '{name}': {'there is one already' if name in graph.nodes else 'it is no Python name'}."
                raise NNStudioError(Problem("graph.bad_name", message, remedy="Choose another name."))
            node = Node(name, node.type, position=node.position)
        edit = edits.add_node(self._here, node)
        after_it = edits.apply(self._here, edit)
        for param, value in params.items():
            change = node_setting(after_it, self.registry, node.id, param, value)
            edit, after_it = edit.then(change), edits.apply(after_it, change)
        if after:
            edit = edit.then(self._connection(after_it, after, node.id))
        self._do(edit)
        return node.id

    def connect(self, source: str, target: str) -> None:
        """A wire from `source` to `target`: nodes, or "node.port" where there is more than one port."""
        self._do(self._connection(self._here, source, target))

    def remove(self, *nodes: str) -> None:
        """The nodes and the wires at them go."""
        self._do(edits.remove_nodes(self._here, [self._end(node).node for node in nodes]))

    def set(self, name: str, value: Any) -> None:
        """Any field by its dotted name: "recipe.epochs", "recipe.optimizer.lr", "data.dataset.noise", "conv1.out_channels", or
        "res1/conv1.stride" in the definition that res1 stands for."""
        self._do(setting(self._here, self.registry, name, value))

    # ── blocks ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def inside(self, block: str) -> Self:
        """This project with the nodes of definition `block` in view ("": the project's own)."""
        if block and block not in self.blocks:
            remedy = did_you_mean(block, self.blocks)
            raise NNStudioError(Problem("block.missing", f"There is no block '{block}'.", remedy=remedy))
        return type(self)(self.document, self.registry, block)

    def new_block(self, id: str, *, title: str = "", scan: bool = False) -> Self:
        """A new definition with one input, "in1", and one output, "out1", that nothing feeds yet; the project with it in view comes back.

        scan: it is computed once for each step of a sequence.
        """
        if id in self.blocks or not id.isidentifier():
            why = "there is one already" if id in self.blocks else "it is no Python name"
            message = f"A block cannot be named '{id}': {why}."
            raise NNStudioError(Problem("block.bad_name", message, remedy="Choose another name."))
        ends = {"in1": Node("in1", BLOCK_INPUT), "out1": Node("out1", BLOCK_OUTPUT, position=(3 * COLUMN, 0.0))}
        block = Block(id, title or id, Graph(ends), kind="scan" if scan else "block")
        self._do(edits.Edit(f"New block {block.title}", (edits.Change(("block", id), edits.ABSENT, block),)))
        return self.inside(id)

    def expose(self, param: str, name: str = "") -> None:
        """Parameter "conv1.out_channels" of the definition in view becomes one of the block's own, called `name` (as it is called there)."""
        node, _, inner = param.partition(".")
        if not self.block:
            remedy = "Call it on inside(block)."
            raise NNStudioError(Problem("block.outside", "Only a block exposes parameters.", remedy=remedy))
        self._end(node)
        self._do(_sound(expose(self.content, self.registry, self.block, node, inner, name)), whole=True)

    def group(self, *nodes: str, title: str = "Block") -> str:
        """These nodes as a new block, and an instance of it in their place, whose id comes back; what is computed stays the same."""
        ids = [self._end(node).node for node in nodes]
        edit, instance = _sound(group(self.content, ids, title, self.block, self.registry))
        self._do(edit, whole=True)
        return instance

    def ungroup(self, instance: str) -> list[str]:
        """The nodes of its block in place of `instance`; their ids come back."""
        edit, nodes = _sound(ungroup(self.content, self._end(instance).node, self.block))
        self._do(edit, whole=True)
        return nodes

    def bypass(self, *nodes: str, on: bool = True) -> None:
        """The network is computed without these nodes, as if what feeds them went straight to their readers; on=False: with them again."""
        old = [self.nodes[self._end(node).node] for node in nodes]
        changes = [edits.Change(("node", node.id), node, replace(node, bypassed=on)) for node in old]
        self._do(edits.Edit("Bypass" if on else "Bypass no longer", tuple(changes)))

    def undo(self) -> bool:
        """Take the last change back; False where there is none."""
        return self.document.undo()

    def redo(self) -> bool:
        """Do again what was taken back; False where there is nothing."""
        return self.document.redo()

    def save(self, path: str | Path | None = None) -> Path:
        """Write it to `path`, or to where it came from. The file is whole, or as it was and NNStudioError is raised."""
        where = Path(path) if path is not None else self.path
        if where is None:
            raise NNStudioError(
                Problem("file.no_path", "The project has no file yet.", remedy="Give a path.", place="file")
            )
        if problems := file.write(self.content, where):
            raise NNStudioError(*problems)
        self.document.mark_saved(where)
        return where

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def check(self) -> tuple[Problem, ...]:
        """All that is wrong with it, as far as can be said without torch."""
        return check(self.content, self.registry)

    def inspect(self) -> Plan:
        """Every node's shapes, arguments and cost. Loads the data and imports torch."""
        from nnstudio.engine.inspect import inspect_project
        from nnstudio.train.data import load_data

        info = load_data(self.data, self.registry).info if self.data.dataset.type else None
        return inspect_project(self.content, info, self.registry)

    def code(self) -> str:
        """The network as PyTorch source: exactly what is trained."""
        return self._code().text

    def _code(self) -> Code:
        from nnstudio.engine.codegen import model_code

        plan = self.inspect()
        if not plan.ready:
            raise NNStudioError(*errors(plan.problems))
        return model_code(self.content, plan, self.registry)

    def __repr__(self) -> str:
        graph = self._here.graph
        return f"<Project {self.name!r}: {len(graph.nodes)} nodes, {len(graph.wires)} wires, data {self.data.dataset.type or 'none'}>"

    # ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _here(self) -> Content:
        """The content with the graph in view in place of its own."""
        return self.content.inside(self.block)

    def _do(self, edit: edits.Edit, *, whole: bool = False) -> None:
        """whole: the edit is made for the whole project, not for the graph in view."""
        edit = edit if whole else edit.inside(self.block)
        problem = nested_in_itself(self.content, edit)
        if problem is not None:
            raise NNStudioError(problem)
        self.document.do(followed(self.content, edit))
        self.document.end_merge()  # each call is a step of its own

    def _spec(self, id: str) -> LayerSpec:
        spec = with_blocks(self.registry, self.content).layer(id)
        if spec is None:
            raise NNStudioError(
                Problem("layer.unknown", f"There is no layer '{id}'.", remedy="Install the plugin that brings it.")
            )
        return spec

    def _end(self, name: str, graph: Graph | None = None) -> Source:
        """ "conv1" or "conv1.output" as (node, port or "")."""
        nodes = (graph or self._here.graph).nodes
        node, _, port = name.partition(".")
        if node not in nodes:
            raise NNStudioError(
                Problem("graph.unknown_node", f"There is no node '{node}'.", remedy=did_you_mean(node, nodes))
            )
        return Source(node, port)

    def _connection(self, content: Content, source: str, target: str) -> edits.Edit:
        graph = content.graph
        start, end = self._end(source, graph), self._end(target, graph)
        outputs = self._spec(graph.nodes[start.node].type).outputs
        inputs = self._spec(graph.nodes[end.node].type).inputs
        from_port = _port(start, tuple(port.name for port in outputs), "output")
        free = next((port.name for port in inputs if port.many or Slot(end.node, port.name) not in graph.wires), "")
        to_port = _port(end, tuple(port.name for port in inputs), "input", default=free)
        many = next(port.many for port in inputs if port.name == to_port)
        slot = edits.next_slot(graph, end.node, to_port, many=many)
        return edits.connect(content, Source(start.node, from_port), slot)


def _port(end: Source, ports: tuple[str, ...], sort: str, default: str = "") -> str:
    """The port meant by `end`: the one it names, else `default`, else the first."""
    if not ports:
        raise NNStudioError(Problem("graph.no_port", f"'{end.node}' has no {sort}.", node=end.node))
    port = end.port or default or ports[0]
    if port not in ports:
        message = f"'{end.node}' has no {sort} '{port}'."
        raise NNStudioError(Problem("graph.no_port", message, remedy=did_you_mean(port, ports), node=end.node))
    return port


def _sound(made: T | Problem) -> T:
    if isinstance(made, Problem):
        raise NNStudioError(made)
    return made


def _position(graph: Graph, before: Node | None) -> tuple[float, float]:
    """Right of the node before it, below what that feeds already; else right of everything."""
    if before is not None:
        x, y = before.position
        return x + COLUMN, y + ROW * len(graph.wires_out_of(before.id))
    return max((node.position[0] + COLUMN for node in graph), default=0.0), 0.0


def _example(id: str, registry: Registry) -> Content:
    return open_example(find_id(registry, "example", id, place="file"), registry)
