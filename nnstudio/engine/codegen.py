"""Plan → source: the model as an expert would write it. This text is the model: it is what trains and what is exported."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nnstudio.engine import expression, naming
from nnstudio.engine.flow import natural
from nnstudio.engine.interface import Interface, LossTerm, interface
from nnstudio.plan import Code, Plan, shape_text
from nnstudio.project.check_options import REPARAMETRIZATIONS
from nnstudio.project.graph import Graph, Slot, Source
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, Port


def module_code(
    graph: Graph, plan: Plan, registry: Registry, *, class_name: str = "Model", record: bool = False
) -> Code:
    """The class of the network and, where the graph has losses, the function `loss`.

    `forward` takes the data's fields and returns what feeds the losses (one value, or a tuple); `loss` takes these and the
    target fields. Nodes that could not be worked out are left out. record: `forward` takes a function `record(node, port, value)`
    as its last argument and calls it for every value.
    """
    return _Writer(graph, plan, registry, naming.class_name(class_name), record).code()


@dataclass
class _Text:
    """Lines as they are written, and whose they are."""

    lines: list[str] = field(default_factory=list[str])
    owners: dict[str, list[int]] = field(default_factory=dict[str, list[int]])

    def add(self, line: str = "", node: str | None = None) -> None:
        self.lines.append(line)
        if node is not None:
            self.owners.setdefault(node, []).append(len(self.lines))

    def append(self, other: "_Text") -> None:
        shift = len(self.lines)
        self.lines += other.lines
        for node, numbers in other.owners.items():
            self.owners.setdefault(node, []).extend(shift + number for number in numbers)


class _Writer:
    def __init__(self, graph: Graph, plan: Plan, registry: Registry, class_name: str, record: bool) -> None:
        self._graph, self._plan, self._registry = graph, plan, registry
        self._class, self._record = class_name, record
        self._face = interface(graph, plan, registry)
        self._fields = naming.fields((*self._face.inputs, *self._face.targets))
        self._chain = next(name for name in naming.CHAIN if name not in self._fields.values())
        self._imports: dict[str, str] = {}  # target → its name in code
        self._import_lines: list[str] = []
        self._same = {} if record else self._renamings()
        renaming = {source.node for source in self._same}
        self._body = [id for id in self._face.body if id not in renaming]
        self._variables = self._name_values()

    def code(self) -> Code:
        init, forward, losses = self._init(), self._forward(), self._losses()
        text = _Text()
        for line in self._header([*init.lines, *forward.lines, *losses.lines]):
            text.add(line)
        text.add(f"class {self._class}(nn.Module):")
        text.add(f'    """{self._docstring()}"""')
        for line in self._left_out():
            text.add(line)
        for part in (init, forward):
            if part.lines:
                text.add()
                text.append(part)
        if losses.lines:
            text.add()
            text.add()
            text.append(losses)
        owners = {node: tuple(numbers) for node, numbers in text.owners.items()}
        return Code("\n".join(text.lines) + "\n", owners, self._class)

    # ── values and their names ────────────────────────────────────────────────────────────────────────────────────

    def _spec(self, id: str) -> LayerSpec:
        spec = self._registry.layer(self._graph.nodes[id].type)
        assert spec is not None  # what has a NodePlan has a spec
        return spec

    def _sources(self, id: str, port: Port) -> list[Source]:
        if port.many:
            return [wire.source for wire in self._graph.wires_into(id, port.name)]
        source = self._graph.wires.get(Slot(id, port.name))
        return [] if source is None else [source]

    def _renamings(self) -> dict[Source, Source]:
        """Values that are another value under another name (Identity): they need no statement."""
        same: dict[Source, Source] = {}
        for id in self._face.body:
            spec = self._spec(id)
            if len(spec.inputs) == 1 and spec.call.strip() == f"{{{spec.inputs[0].name}}}":
                source = self._sources(id, spec.inputs[0])[0]
                same[Source(id, spec.outputs[0].name)] = same.get(source, source)
        return same

    def _variable(self, source: Source) -> str:
        source = self._same.get(source, source)
        if source.node in self._face.read:
            return self._fields[self._face.read[source.node]]
        return self._variables[source]

    def _name_values(self) -> dict[Source, str]:
        """`x` along a chain; the node's name for what is read later, or more than once."""
        readers: dict[Source, set[int]] = {}
        for index, id in enumerate(self._body):
            for port in self._spec(id).inputs:
                for source in self._sources(id, port):
                    readers.setdefault(self._same.get(source, source), set()).add(index)
        for source in self._face.outputs:
            readers.setdefault(self._same.get(source, source), set()).add(len(self._body))
        variables: dict[Source, str] = {}
        wanted: dict[str, str] = {}
        several: dict[str, Source] = {}
        for index, id in enumerate(self._body):
            name = self._plan.nodes[id].name
            values = [Source(id, port.name) for port in self._spec(id).outputs]
            read = [value for value in values if value in readers]
            for value in values:
                if value not in readers:
                    variables[value] = "_"
                elif readers[value] == {index + 1} and len(read) == 1:
                    variables[value] = self._chain
                elif len(values) == 1:
                    variables[value] = name
                else:
                    key = f"{id}\0{value.port}"
                    wanted[key], several[key] = f"{name}_{value.port}", value
        return variables | self._for_several_outputs(wanted, several)

    def _for_several_outputs(self, wanted: Mapping[str, str], several: Mapping[str, Source]) -> dict[Source, str]:
        taken = {plan.name for plan in self._plan.nodes.values()} | set(self._fields.values())
        names = naming.unique(wanted, naming.RESERVED | taken)
        return {several[key]: name for key, name in names.items()}

    # ── the parts of the text ─────────────────────────────────────────────────────────────────────────────────────

    def _import(self, target: str) -> str:
        """The name in code of "package.module:Name"; a second thing of the same name gets another one."""
        if target not in self._imports:
            line, name = expression.import_of(target)
            head = name.partition(".")[0]
            taken = {known.partition(".")[0] for known in self._imports.values()} | {self._class}
            if line and head in taken | naming.RESERVED:
                free = naming.unique({"": head}, taken | naming.RESERVED)[""]
                line, name = f"{line} as {free}", free + name[len(head) :]
            if line and line not in self._import_lines:
                self._import_lines.append(line)
            self._imports[target] = name
        return self._imports[target]

    def _header(self, lines: Sequence[str]) -> Iterable[str]:
        house = expression.house_imports([*lines, "nn.Module"])
        yield from house
        if self._import_lines:
            yield ""
            yield from sorted(self._import_lines)
        yield ""
        yield ""

    def _docstring(self) -> str:
        inputs = {
            field: next(id for id, read in self._face.read.items() if read == field) for field in self._face.inputs
        }
        taken = [
            f"{self._fields[field]} {self._shape(Source(id, self._spec(id).outputs[0].name))}"
            for field, id in inputs.items()
        ]
        given = [self._shape(source) for source in self._face.outputs]
        if not given:
            return "Nothing is wired yet."
        parameters = self._plan.parameters_of(self._face.body)
        count = "1 parameter" if parameters == 1 else f"{parameters:,} parameters"
        return f"{', '.join(taken)} → {', '.join(given)}; {count}."

    def _left_out(self) -> Iterable[str]:
        """Says so where the code is only a part of the graph, because something in it is wrong or not wired yet."""
        missing = sorted((id for id in self._graph.nodes if id not in self._plan.nodes), key=natural)
        if missing:
            names = [naming.identifier(self._graph.nodes[id].label, otherwise="node") for id in missing[:8]]
            yield ""
            yield f"    # Left out, as not worked out yet: {', '.join(names)}{', …' if len(missing) > 8 else ''}"

    def _shape(self, source: Source) -> str:
        return shape_text(self._plan.nodes[source.node].outputs[source.port])

    def _init(self) -> _Text:
        text = _Text()
        built: set[str] = set()
        for id in self._body:
            spec, plan = self._spec(id), self._plan.nodes[id]
            if spec.module and plan.owner not in built:
                built.add(plan.owner)
                made = expression.constructor_text(self._import(spec.module), spec.module, plan.arguments)
                if plan.reparametrize:
                    made = f"{REPARAMETRIZATIONS[plan.reparametrize]}({made})"
                text.add(f"        self.{self._module(id)} = {made}", id)
        if not text.lines:
            return text
        whole = _Text(["    def __init__(self):", "        super().__init__()"])
        whole.append(text)
        return whole

    def _module(self, id: str) -> str:
        """The name of the module that the node uses: its own, or that of the node whose weights it shares."""
        return self._plan.nodes[self._plan.nodes[id].owner].name

    def _forward(self) -> _Text:
        text = _Text()
        if not self._face.outputs:
            return text
        arguments = [
            "self",
            *(self._fields[field] for field in self._face.inputs),
            *(["record"] if self._record else []),
        ]
        text.add(f"    def forward({', '.join(arguments)}):")
        if self._record:
            for id, field_name in self._face.read.items():
                if field_name in self._fields:
                    port = self._spec(id).outputs[0].name
                    text.add(f"        record({id!r}, {port!r}, {self._fields[field_name]})", id)
        for id in self._body:
            self._statement(text, id)
        text.add(f"        return {', '.join(self._variable(source) for source in self._face.outputs)}")
        return text

    def _statement(self, text: _Text, id: str) -> None:
        spec = self._spec(id)
        values = [Source(id, port.name) for port in spec.outputs]
        names = [self._variables[value] for value in values]
        text.add(f"        {', '.join(names)} = {self._expression(id, spec)}", id)
        if self._record:
            for value, name in zip(values, names, strict=True):
                if name != "_":
                    text.add(f"        record({id!r}, {value.port!r}, {name})", id)

    def _expression(self, id: str, spec: LayerSpec) -> str:
        wired: list[str | tuple[str, ...] | None] = []
        for port in spec.inputs:
            names = tuple(self._variable(source) for source in self._sources(id, port))
            wired.append(names if port.many else names[0] if names else None)
        plan = self._plan.nodes[id]
        if spec.module:
            return expression.module_call_text(f"self.{self._module(id)}", spec, wired)
        return expression.call_text(spec, wired, plan.arguments)

    def _losses(self) -> _Text:
        """The module-level function `loss`, and the instances it needs."""
        text, terms = _Text(), self._face.losses
        if not terms:
            return text
        outputs = self._output_names()
        instances: dict[str, str] = {}
        modules = {term.node: self._import(term.spec.module) for term in terms if term.spec.module}
        taken = {"loss", self._class, *self._imports.values(), *outputs, *self._fields.values()}
        for term in terms:
            if term.node in modules:
                wanted = self._plan.nodes[term.node].name + ("_function" if len(terms) > 1 else "")
                name = naming.unique({"": wanted}, taken)[""]
                taken.add(name)
                arguments = self._plan.nodes[term.node].arguments
                made = expression.constructor_text(modules[term.node], term.spec.module, arguments)
                text.add(f"{name} = {made}", term.node)
                instances[term.node] = name
        if instances:
            text.add()
            text.add()
        text.add(f"def loss({', '.join([*outputs, *(self._fields[field] for field in self._face.targets)])}):")
        written = [self._term(term, outputs, instances) for term in terms]
        if len(terms) == 1:
            text.add(f"    return {written[0]}", terms[0].node)
            return text
        names = [self._plan.nodes[term.node].name for term in terms]
        for term, name, line in zip(terms, names, written, strict=True):
            text.add(f"    {name} = {line}", term.node)
        text.add(f"    return {' + '.join(names)}")
        return text

    def _output_names(self) -> list[str]:
        outputs = self._face.outputs
        if len(outputs) == 1:
            return ["output"]
        wanted = {f"{index}": self._output_name(source) for index, source in enumerate(outputs)}
        losses = {self._plan.nodes[term.node].name for term in self._face.losses}
        taken = naming.RESERVED | set(self._fields.values()) | losses
        return list(naming.unique(wanted, taken).values())

    def _output_name(self, source: Source) -> str:
        return (
            f"{self._plan.nodes[source.node].name}_{source.port}"
            if len(self._spec(source.node).outputs) > 1
            else self._plan.nodes[source.node].name
        )

    def _term(self, term: LossTerm, outputs: Sequence[str], instances: Mapping[str, str]) -> str:
        wired: list[str | tuple[str, ...] | None] = [outputs[term.output]]
        if len(term.spec.inputs) > 1:
            wired.append(self._fields[term.target_field] if term.target_field else outputs[term.target_output])
        if term.spec.module:
            text = expression.module_call_text(instances[term.node], term.spec, wired)
        else:
            text = expression.call_text(term.spec, wired, self._plan.nodes[term.node].arguments)
        return text if term.weight == 1 else f"{expression.literal(term.weight)} * {text}"


__all__ = ["Interface", "module_code"]
