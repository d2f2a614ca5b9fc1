"""How a class computes: the text of `forward`."""

from nnstudio.engine import expression
from nnstudio.engine.code.classes import Class, Classes, Spot, attribute
from nnstudio.engine.code.construct import argument
from nnstudio.engine.code.places import Place, Value
from nnstudio.engine.code.text import Text
from nnstudio.engine.code.values import Names, Statement, names, statements
from nnstudio.project.check_graph import INPUT


def forward(each: Class, classes: Classes, *, record: bool) -> Text:
    """Nothing where nothing comes out."""
    place, text = each.place, Text()
    ends = classes.outputs if place.block is None else [value for port in each.results if (value := each.result(port))]
    if not ends and place.block is None:
        return text
    lines = statements(each, classes, record=record)
    called = names(each, lines, ends)
    text.add(head(each, called, record))
    writer = Lines(text, each, classes, called, record, "        ")
    writer.begin()
    for line in lines:
        writer.write(line)
    text.add(f"        return {', '.join(called[value] for value in ends)}" if ends else "        return None")
    return text


def head(each: Class, called: Names, record: bool) -> str:
    place = each.place
    if place.block is None:
        given = [called[Value("", field)] for field in place.drawing.face.inputs]
    else:
        given = [called[Value(entry)] for entry in place.takes] + [called[Value("", field)] for field in place.fields]
    return f"    def forward({', '.join(['self', *given, *(['record'] if record else [])])}):"


class Lines:
    """Writes statements, one below the other. record: every value is handed to `record` as well."""

    def __init__(self, text: Text, each: Class, classes: Classes, called: Names, record: bool, indent: str) -> None:
        self._text, self._each, self._classes, self._names = text, each, classes, called
        self._place: Place = each.place
        self._record, self._indent = record, indent
        self._same: dict[Value, list[str]] = {}  # value → the Identity nodes that hand it on
        for id, value in self._place.identities() if record else ():
            self._same.setdefault(value, []).append(id)

    def begin(self) -> None:
        """What is known before the first statement."""
        if not self._record:
            return
        for node in self._place.graph:
            id = self._place.prefix + node.id
            field = Value("", self._place.drawing.face.read.get(id, ""))
            if node.type == INPUT and field in self._names.arguments:
                self.keep(node.id, self._place.drawing.spec(node).outputs[0].name, self._names[field])
        for value in self._names.arguments:
            self._keep_same(value)

    def keep(self, node: str, port: str, name: str) -> None:
        if self._record:
            self.add(f"record({node!r}, {port!r}, {name})", node)

    def add(self, line: str, node: str | None = None) -> None:
        self._text.add(self._indent + line, node)

    def write(self, line: Statement) -> None:
        if line.looped:
            self._loop(line)
            return
        left = ", ".join(self._names[value] for value in line.gives)
        if line.node in self._place.inside:
            call = self._block_call(line.node, line.turn)
            self.add(f"{left} = {call}" if left else call, line.node)
        else:
            self.add(f"{left} = {self._expression(line.node)}", line.node)
            for value in line.gives:
                if self._names[value] != "_":
                    self.keep(value.node, value.port, self._names[value])
        for value in line.gives:
            self._keep_same(value)

    def _keep_same(self, value: Value) -> None:
        for id in self._same.get(value, ()):
            plan = self._place.drawing.plan.nodes[self._place.prefix + id]
            self.keep(id, next(iter(plan.outputs)), self._names[value])

    def _expression(self, id: str) -> str:
        place, spec = self._place, self._place.spec(id)
        wired: list[str | tuple[str, ...] | None] = []
        for port, values in zip(spec.inputs, place.wired(id), strict=True):
            found = tuple(self._names[value] for value in values)
            wired.append(found if port.many else found[0] if found else None)
        if spec.module:
            return expression.module_call_text(f"self.{attribute(place, self._each.twins, id)}", spec, wired)
        given = place.plan(id).arguments
        if self._each.parameters:
            given = {name: argument(self._each, Spot(id, name), value, inside="self.") for name, value in given.items()}
        return expression.call_text(spec, wired, given)

    def _block_call(self, id: str, turn: int) -> str:
        """A block is called; while recording by its class, for the network's own parts know nothing of `record`."""
        inner = self._place.inside[id][turn]
        given = [self._names[value] for value in self._place.read_by(id, turn)]
        part = f"self.{attribute(self._place, self._each.twins, id)}"
        if inner.path != self._place.prefix + id:
            part += f"[{turn}]"
        if not self._record:
            return f"{part}({', '.join(given)})"
        path = inner.path.removeprefix(self._place.prefix)
        inside = f"within(record, {path!r})"
        return f"{self._classes.of[inner.path].name}.forward({', '.join([part, *given, inside])})"

    def _loop(self, line: Statement) -> None:
        place, id = self._place, line.node
        first, last = place.inside[id][0], len(place.inside[id]) - 1
        part = f"self.{attribute(place, self._each.twins, id)}"
        left = ", ".join(self._names[value] for value in line.gives)
        if not line.held and len(line.reads) == 1 and len(line.gives) == 1 and not line.lasting:
            self.add(f"{left} = {part}({self._names[line.reads[0]]})", id)
            return
        given: list[str] = []
        before: dict[str, str] = {}
        for entry in first.takes:
            value = place.fed(id, entry, 0)
            assert value is not None  # else it would be written turn by turn
            number = first.entries.index(entry)
            kept = Value(id, first.exits[number], last) if number < len(first.exits) else value
            given.append(self._names[kept])
            if self._names[kept] != self._names[value]:
                before[self._names[kept]] = self._names[value]
        given += [self._names[Value("", field)] for field in first.fields]
        if before:
            self.add(f"{', '.join(before)} = {', '.join(before.values())}", id)
        block = self._names.free("block")
        self.add(f"for {block} in {part}:", id)
        self.add(f"    {left} = {block}({', '.join(given)})", id)
