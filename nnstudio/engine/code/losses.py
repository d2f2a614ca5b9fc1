"""The module-level function `loss`, and the instances of loss classes that it needs."""

from collections.abc import Mapping, Sequence

from nnstudio.engine import expression, naming
from nnstudio.engine.code.classes import Classes
from nnstudio.engine.code.imports import Imports
from nnstudio.engine.code.places import Drawing, Value
from nnstudio.engine.code.text import Text
from nnstudio.engine.interface import LossTerm


def loss_function(drawing: Drawing, classes: Classes, imports: Imports) -> Text:
    """Nothing where there is no loss."""
    return _Losses(drawing, classes, imports).text() if drawing.face.losses else Text()


class _Losses:
    def __init__(self, drawing: Drawing, classes: Classes, imports: Imports) -> None:
        self._drawing, self._classes, self._imports = drawing, classes, imports
        self._terms = drawing.face.losses
        self._fields = naming.fields((*drawing.face.inputs, *drawing.face.targets))
        wanted = {term.node: drawing.plan.nodes[term.node].name.replace(".", "_") for term in self._terms}
        self._called = naming.unique(wanted, naming.RESERVED | set(self._fields.values()))

    def text(self) -> Text:
        text, outputs = Text(), self._outputs()
        instances = self._instances(text, outputs)
        if instances:
            text.add()
            text.add()
        targets = (self._fields[field] for field in self._drawing.face.targets)
        text.add(f"def loss({', '.join([*outputs, *targets])}):")
        written = [self._term(term, outputs, instances) for term in self._terms]
        if len(self._terms) == 1:
            text.add(f"    return {written[0]}", self._terms[0].node)
            return text
        names = [self._called[term.node] for term in self._terms]
        for term, name, line in zip(self._terms, names, written, strict=True):
            text.add(f"    {name} = {line}", term.node)
        text.add(f"    return {' + '.join(names)}")
        return text

    def _instances(self, text: Text, outputs: Sequence[str]) -> Mapping[str, str]:
        """Losses that are classes, made once."""
        modules = {term.node: self._imports.name(term.spec.module) for term in self._terms if term.spec.module}
        classes = {each.name for each in self._classes.ordered}
        taken = {"loss", "within", *classes, *self._imports.names(), *outputs, *self._fields.values()}
        instances: dict[str, str] = {}
        for term in self._terms:
            if term.node in modules:
                wanted = self._called[term.node] + ("_function" if len(self._terms) > 1 else "")
                name = naming.unique({"": wanted}, taken)[""]
                taken.add(name)
                arguments = self._drawing.plan.nodes[term.node].arguments
                made = expression.constructor_text(modules[term.node], term.spec.module, arguments)
                text.add(f"{name} = {made}", term.node)
                instances[term.node] = name
        return instances

    def _outputs(self) -> list[str]:
        """What the model's outputs are called as arguments."""
        outputs = self._classes.outputs
        if len(outputs) == 1:
            return ["output"]
        wanted = {f"{index}": self._output(value) for index, value in enumerate(outputs)}
        taken = naming.RESERVED | set(self._fields.values()) | set(self._called.values())
        return list(naming.unique(wanted, taken).values())

    def _output(self, value: Value) -> str:
        place = self._classes.root
        if not value.node:
            return self._fields[value.port]
        name = place.attribute(value.node)
        if value.node in place.inside:
            inner = place.inside[value.node][value.turn]
            several = len(self._classes.of[inner.path].results) > 1
            label = "" if value.port in inner.extras else inner.graph.nodes[value.port].label
            return f"{name}_{label or inner.attribute(inner.extras[value.port].node)}" if several else name
        return f"{name}_{value.port}" if len(place.spec(value.node).outputs) > 1 else name

    def _term(self, term: LossTerm, outputs: Sequence[str], instances: Mapping[str, str]) -> str:
        wired: list[str | tuple[str, ...] | None] = [outputs[term.output]]
        if len(term.spec.inputs) > 1:
            wired.append(self._fields[term.target_field] if term.target_field else outputs[term.target_output])
        if term.spec.module:
            text = expression.module_call_text(instances[term.node], term.spec, wired)
        else:
            text = expression.call_text(term.spec, wired, self._drawing.plan.nodes[term.node].arguments)
        return text if term.weight == 1 else f"{expression.literal(term.weight)} * {text}"
