"""How a scan computes: a plain loop over the steps of its sequences, from which values are carried to the next step."""

from nnstudio.engine import expression
from nnstudio.engine.code.classes import Class, Classes, Spot, start_of
from nnstudio.engine.code.construct import argument
from nnstudio.engine.code.forward import Lines, head
from nnstudio.engine.code.places import Value
from nnstudio.engine.code.text import Text
from nnstudio.engine.code.values import Statement, arguments, names, statements
from nnstudio.project.blocks import carries


def scan_forward(each: Class, classes: Classes, *, record: bool) -> Text:
    return _Scan(each, classes, record).text()


class _Scan:
    def __init__(self, each: Class, classes: Classes, record: bool) -> None:
        self._each, self._place, self._record = each, each.place, record
        place = self._place
        self._lines = statements(each, classes, record=record)
        self._whole = arguments(each)
        self._sequences = [entry for entry in place.reads if not carries(place.graph.nodes[entry])]
        self._given = {port: value for port in each.results if (value := each.result(port))}
        ends = [*self._given.values(), *place.carried.values()]
        self._names = names(each, self._lines, ends, self._named_by_carries(ends))
        self._read = {value for line in self._lines for value in line.reads} | set(ends)
        steps = {Value(entry): self._names.free(f"{self._whole[Value(entry)]}_t") for entry in self._sequences}
        self._names.arguments = {**self._whole, **steps}
        self._text = Text([head(each, names(each, [], ()), record)])
        self._writer = Lines(self._text, each, classes, self._names, record, "            ")

    def text(self) -> Text:
        self._begin()
        lists = {port: self._names.free(self._list(port)) for port in self._given if not self._gives_last(port)}
        for name in lists.values():
            self._text.add(f"        {name} = []")
        self._text.add(f"        for {self._loop()}:")
        for entry in self._place.reads:
            if self._place.prefix + entry in self._place.drawing.plan.nodes:
                self._writer.keep(entry, "output", self._names[Value(entry)])
        self._writer.begin()
        for line in self._lines:
            self._writer.write(line)
        for port, name in lists.items():
            self._writer.add(f"{name}.append({self._names[self._given[port]]})", port)
        results = {port: f"torch.stack({name}, dim=1)" for port, name in lists.items()} | self._last_values()
        self._carry_on()
        self._end(results)
        return self._text

    def _begin(self) -> None:
        """Carried values to which nothing is wired begin as zeros."""
        along = self._whole[Value(self._sequences[0])]
        for entry in filter(self._place.starts, self._place.reads):
            spec, values = start_of(self._place, entry), self._place.plan(entry).arguments
            given = {
                name: argument(self._each, Spot(entry, name), value, inside="self.") for name, value in values.items()
            }
            zeros = expression.call_text(spec, [along], given)
            if self._place.plan(self._sequences[0]).dtypes["output"] == "float":
                zeros = zeros.removesuffix(" * 1.0")  # which makes decimals where the sequence has whole numbers
            self._text.add(f"        {self._whole[Value(entry)]} = {zeros}", entry)

    def _loop(self) -> str:
        read = [entry for entry in self._sequences if Value(entry) in self._read or self._record]
        whole = [self._whole[Value(entry)] for entry in read]
        steps = [self._names[Value(entry)] for entry in read]
        if not read:
            return f"_ in range({self._whole[Value(self._sequences[0])]}.shape[1])"
        if len(read) == 1:
            return f"{steps[0]} in {whole[0]}.unbind(dim=1)"
        return f"{', '.join(steps)} in zip({', '.join(f'{name}.unbind(dim=1)' for name in whole)})"

    # ── what is carried ───────────────────────────────────────────────────────────────────────────────────────────────

    def _named_by_carries(self, ends: list[Value]) -> dict[Value, str]:
        """The new value of a carried one may take its name where nobody reads the old one any more: `h = torch.tanh(h)`."""
        fixed: dict[Value, str] = {}
        for entry, value in self._place.carried.items():
            made = next((index for index, line in enumerate(self._lines) if value in line.gives), None)
            if made is None or list(self._place.carried.values()).count(value) > 1 or Value(entry) in ends:
                continue
            readers = [index for index, line in enumerate(self._lines) if Value(entry) in line.reads]
            if all(index < made or (index == made and not self._is_loop(made)) for index in readers):
                fixed[value] = self._whole[Value(entry)]
        return fixed

    def _is_loop(self, index: int) -> bool:
        line: Statement = self._lines[index]
        return line.looped

    def _carry_on(self) -> None:
        pairs = {self._names[Value(entry)]: self._names[value] for entry, value in self._place.carried.items()}
        changed = {name: value for name, value in pairs.items() if name != value}
        if changed:
            self._writer.add(f"{', '.join(changed)} = {', '.join(changed.values())}")

    # ── what is given ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _gives_last(self, port: str) -> bool:
        node = self._place.graph.nodes.get(port)
        return node is None or node.params.get("gives") == "last"

    def _list(self, port: str) -> str:
        alone = sum(not self._gives_last(each) for each in self._given) == 1
        return "outputs" if alone else f"outputs_of_{self._place.graph.nodes[port].label}"

    def _last_values(self) -> dict[str, str]:
        """What outputs that give the last value are called; a carried one is another after the loop."""
        found: dict[str, str] = {}
        for port, value in self._given.items():
            if self._gives_last(port):
                found[port] = self._names[value]
                if value.node in self._place.carried and not value.port:
                    found[port] = self._names.free(f"last_{self._names[value]}")
                    self._writer.add(f"{found[port]} = {self._names[value]}", port)
        return found

    def _end(self, results: dict[str, str]) -> None:
        if self._record:
            for port, made in list(results.items()):
                if port in self._place.exits:
                    results[port] = self._names.free(f"{self._place.graph.nodes[port].label}_given")
                    self._text.add(f"        {results[port]} = {made}", port)
                    self._text.add(f"        record({port!r}, 'output', {results[port]})", port)
        returned = ", ".join(results[port] for port in self._given)
        self._text.add(f"        return {returned}")
