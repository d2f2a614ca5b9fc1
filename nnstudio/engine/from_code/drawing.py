"""The network that comes of the text: nodes under free ids, wires, and what could not be understood, each with its line."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnstudio.engine.from_code.layers import Meant
from nnstudio.problems import NNStudioError, Problem, Severity
from nnstudio.project.check_graph import REPLACE
from nnstudio.project.graph import Graph, Node, Slot, Source

MOST_NODES = 20_000
COMMON = frozenset({
    "conv", "fc", "lin", "linear", "dense", "bn", "norm", "ln", "gn", "batchnorm", "layernorm", "pool", "maxpool", "avgpool", "relu", "act",
    "activation", "softmax", "sigmoid", "tanh", "drop", "dropout", "flat", "flatten", "emb", "embed", "embedding", "layer", "layers", "block",
    "blocks", "net", "model", "module", "modules",
})  # fmt: skip
"""Words for the type of a layer, or for any."""
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Flow:
    """A tensor on its way. source None: it comes from outside the text, under `name`."""

    source: Source | None
    name: str = ""


@dataclass(frozen=True)
class Term:
    """The value of losses: nodes without outputs."""

    nodes: tuple[str, ...]


@dataclass
class Module:
    """A layer as it was constructed; a node of its own each time that it is called, all with the weights of the first.

    meant None: no layer is known that does it; `type` then names it, `lack` says so in a clause, `note` is what the text says. name: what the
    text calls it.
    """

    type: str
    line: int
    meant: Meant | None = None
    name: str = ""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    node: str = ""  # of its first call
    note: str = ""
    lack: str = ""
    code: str = "code.unknown"
    remedy: str = REPLACE


class Drawing:
    """Filled while the text is read."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.wires: dict[Slot, Source] = {}
        self._into: dict[str, dict[Slot, Source]] = {}  # the same, by the node that they end in
        self.lines: dict[str, int] = {}  # by node: of the text
        self.stated: dict[
            str, Mapping[str, Any]
        ] = {}  # by node: arguments that follow from its input, as the text has them
        self._problems: dict[Problem, list[int]] = {}  # with the further lines that the same holds of
        self._causes: dict[str, Problem] = {}  # by unexplained name: where it was told
        self.inputs: set[str] = set()
        self._named: set[str] = set()  # nodes that the text has a name for
        self._shown: dict[str, str] = {}  # by node: the name that it is shown by, which says more than its type
        self._targets: dict[str, str] = {}  # by loss: what the text calls its target
        self._numbers: dict[str, int] = {}

    def say(
        self, line: int, words: str, remedy: str = "", *, code: str = "code.unknown", node: str | None = None
    ) -> None:
        """A remark about a line, once. node: whom it is about."""
        self._problems.setdefault(Problem(code, f"Line {line}: {words}.", Severity.WARNING, remedy, node), [])

    def unexplained(self, line: int, cause: str, words: str, node: str | None = None) -> None:
        """`cause` is a name that the text never explains, and what that does here; told once for all lines that it has an effect in."""
        told = self._causes.get(cause)
        if told is None:
            told = Problem(
                "code.open",
                f"Line {line}: what '{cause}' is, the text does not say; {words}.",
                Severity.WARNING,
                f"Paste the lines that make '{cause}' as well.",
                node,
            )
            self._causes[cause] = told
            self._problems[told] = [line]
        elif line not in self._problems[told]:
            self._problems[told].append(line)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The remarks; of very many the first, and how many more there are."""
        said = tuple(_with_lines(problem, lines[1:]) for problem, lines in self._problems.items())
        more = len(said) - MOST_PROBLEMS
        if more <= 0:
            return said
        words = f"{more} more remarks are left out here; the notes of the placeholders say what the text has there."
        return (*said[:MOST_PROBLEMS], Problem("code.more", words, Severity.WARNING, "Paste a smaller part."))

    def node(
        self, type: str, stem: str, line: int, params: Mapping[str, Any] | None = None, *, name: str = "", **fields: Any
    ) -> str:
        """A new node. Its id is `name`, where that is given and free; else the first of stem1, stem2, … that is."""
        if len(self.nodes) >= MOST_NODES:
            words = f"Line {line}: the network has more than {MOST_NODES} nodes."
            raise NNStudioError(Problem("code.too_big", words, remedy="Paste a part of it."))
        id = name if name and name not in self.nodes else self._free_id(stem)
        self.nodes[id] = Node(id, type, params or {}, name=name if name != id else "", **fields)
        self.lines[id] = line
        return id

    def _free_id(self, stem: str) -> str:
        root = stem.rstrip("0123456789") or "node"
        number = self._numbers.get(root, 0) + 1
        while f"{root}{number}" in self.nodes:
            number += 1
        self._numbers[root] = number
        return f"{root}{number}"

    def name(self, value: Flow | Term, name: str) -> None:
        """The text calls the result so: the node that gives it is called so too, where it has no name yet."""
        id = value.nodes[0] if isinstance(value, Term) and len(value.nodes) == 1 else ""
        if isinstance(value, Flow) and value.source is not None and value.source.port == "output":
            id = value.source.node
        if id and id not in self._named and id not in self.inputs:
            self.nodes[id] = replace(self.nodes[id], name=name)
            self._named.add(id)

    def name_parameter(self, flow: Flow, name: str) -> None:
        """The text keeps a tensor under this name: where it comes of nothing else, the name says what it is."""
        id = flow.source.node if flow.source is not None else ""
        if id and id not in self._named and id not in self.inputs and not self.into(id):
            self.name(flow, name)
            self._shown[id] = name

    def wire(self, flow: Flow, node: str, port: str, order: int = 0) -> None:
        if flow.source is not None:
            slot = Slot(node, port, order)
            self.wires[slot] = self._into.setdefault(node, {})[slot] = flow.source

    def into(self, node: str) -> Mapping[Slot, Source]:
        """The wires that end in a node."""
        return self._into.get(node, {})

    def input(self, type: str, line: int, params: Mapping[str, Any]) -> Flow:
        """Where data comes in."""
        id = self.node(type, "input", line, params)
        self.inputs.add(id)
        return Flow(Source(id))

    def drop(self, id: str) -> None:
        """A node that nothing is wired to."""
        del self.nodes[id], self.lines[id]

    def name_targets(self, but: Collection[str], fields: Mapping[str, str]) -> None:
        """The losses that are not among `but` compare with the fields that the text names."""
        for id, name in self._targets.items():
            if id not in but and name in fields:
                self.nodes[id] = self.nodes[id].with_param("target", fields[name])

    def weigh(self, term: Term, factor: float) -> None:
        """A loss taken so many times."""
        for id in term.nodes:
            node = self.nodes[id]
            self.nodes[id] = node.with_param("weight", node.params.get("weight", 1) * factor)

    def called(self, module: Module, flows: Iterable[Flow]) -> Any:
        """One more use of a layer: its node, wired to what goes in; returns what comes out, one for each output."""
        meant = module.meant
        spec = meant.spec if meant else None
        stem = (spec.stem or spec.id.rpartition(".")[2]) if spec else module.type.rpartition(".")[2].lower()
        plain = module.name if module.name and not module.name.rpartition("_")[2].isdigit() else ""
        share = {"share": module.node} if module.node and spec is not None and spec.module else {}
        id = self.node(
            module.type,
            stem,
            module.line,
            meant.params if meant else {},
            name="" if module.node else plain,
            options={**module.options, **share},
            note=module.note,
        )
        module.node = module.node or id
        if plain:
            self._named.add(id)
            if says_more(plain, stem, module.type.rpartition(".")[2]):
                self._shown[id] = plain
        if meant is not None:
            self.stated[id] = meant.stated
        ports = [port.name for port in spec.inputs] if spec else []
        for index, flow in enumerate(flows):
            many = spec is not None and bool(spec.inputs) and spec.inputs[-1].many and index >= len(ports) - 1
            port = (
                ports[-1]
                if many
                else ports[index]
                if index < len(ports)
                else "input"
                if not index
                else f"input{index + 1}"
            )
            self.wire(flow, id, port, index - len(ports) + 1 if many else 0)
            if port == "target" and flow.source is None:
                self._targets[id] = flow.name
        outputs = [port.name for port in spec.outputs] if spec else ["output"]
        made = tuple(Flow(Source(id, port)) for port in outputs)
        return made[0] if len(made) == 1 else made or Term((id,))

    def outputs(self, source: Source, count: int) -> list[Flow]:
        """What a placeholder gives, taken apart."""
        ports = [source.port, *(f"{source.port}{number}" for number in range(2, count + 1))]
        return [Flow(source._replace(port=port)) for port in ports[:count]]

    def with_names(self) -> Graph:
        """The graph with each node called by its name where that is free, else by its id."""
        renamed: dict[str, str] = {}
        taken = set(self.nodes)
        for id, node in self.nodes.items():
            renamed[id] = node.name if node.name and node.name not in taken else id
            taken.add(renamed[id])
        shown = {id for id, name in self._shown.items() if renamed.get(id) == name}
        nodes = {renamed[id]: _renamed(node, renamed, shown) for id, node in self.nodes.items()}
        wires = {
            slot._replace(node=renamed[slot.node]): source._replace(node=renamed[source.node])
            for slot, source in self.wires.items()
        }
        self._problems = {
            replace(problem, node=renamed.get(problem.node or "")): lines for problem, lines in self._problems.items()
        }
        self.lines = {renamed[id]: line for id, line in self.lines.items()}
        self.stated = {renamed[id]: stated for id, stated in self.stated.items()}
        return Graph(nodes, wires)


def _with_lines(problem: Problem, more: Sequence[int]) -> Problem:
    """What the same cause does in further lines."""
    if not more:
        return problem
    words = f"line {more[0]}" if len(more) == 1 else f"lines {', '.join(map(str, more[:-1]))} and {more[-1]}"
    return replace(problem, message=f"{problem.message} The same goes for {words}.")


def says_more(name: str, *kinds: str) -> bool:
    """Is it more than a word for the type with a number, as conv1 or layers_0 are?"""
    word = re.sub(r"[\d_]", "", name).lower()
    return word not in COMMON and word not in {re.sub(r"[\d_]", "", kind).lower() for kind in kinds}


def _renamed(node: Node, renamed: Mapping[str, str], shown: Collection[str]) -> Node:
    id = renamed[node.id]
    share = node.options.get("share")
    options = {**node.options, "share": renamed[share]} if isinstance(share, str) and share in renamed else node.options
    return replace(node, id=id, options=options, name=id if node.id in shown else "")
