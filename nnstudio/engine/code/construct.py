"""How a class makes its parts: the text of `__init__`."""

import re
from collections.abc import Iterator

from nnstudio.engine import expression
from nnstudio.engine.code.classes import Class, Classes, Spot
from nnstudio.engine.code.imports import Imports
from nnstudio.engine.code.text import Text
from nnstudio.engine.code.values import form
from nnstudio.engine.expression import Named
from nnstudio.project.check_options import REPARAMETRIZATIONS

_LONGEST = 100


def constructor(each: Class, classes: Classes, imports: Imports) -> Text:
    """Nothing where there is nothing to make."""
    taken = (
        parameter.name if parameter.default is None else f"{parameter.name}={parameter.default}"
        for parameter in each.parameters
    )
    place = each.place
    head = [f"    def __init__({', '.join(['self', *_open_sizes(each), *taken])}):", "        super().__init__()"]
    text = Text([*head])
    for parameter in each.parameters:
        if any(_is_called_with(each, spot) for spot in parameter.spots):
            text.add(f"        self.{parameter.name} = {parameter.name}")
    tied = {re.split(r"\W", mine)[0] for mine in each.ties}  # last, so that their weights go by their owners' names
    computed = sorted(place.computed, key=lambda id: place.attribute(id) in tied) if tied else place.computed
    for id in computed:
        if id in place.inside:
            if id not in each.twins:
                _blocks(text, each, classes, id)
        elif place.makes(id):
            _module(text, each, imports, id)
    for mine, its in each.ties.items():
        text.add(f"        self.{mine} = self.{its}")
    return text if len(text.lines) > len(head) or each.parameters else Text()


def _open_sizes(each: Class) -> list[str]:
    """Arguments within it that nobody knows, by the names that stand for them; a class of several places has them among its parameters."""
    if len(each.places) > 1:
        return []
    plans = (place.plan(id) for place in each.place.everywhere() for id in place.computed if id not in place.inside)
    return [value for plan in plans for value in plan.arguments.values() if type(value) is Named]


def argument(each: Class, spot: Spot, value: object, *, inside: str = "") -> object:
    """What is written for an argument: itself, or the parameter that stands for it. inside: "self." behind the constructor."""
    parameter = each.parameter(spot)
    return value if parameter is None else Named(inside + parameter.name)


def _is_called_with(each: Class, spot: Spot) -> bool:
    place = each.place
    return spot.node in place.entries or (spot.node not in place.inside and not place.spec(spot.node).module)


def _module(text: Text, each: Class, imports: Imports, id: str) -> None:
    place = each.place
    spec, plan = place.spec(id), place.plan(id)
    arguments = plan.arguments
    if each.parameters:
        arguments = {name: argument(each, Spot(id, name), value) for name, value in arguments.items()}
    missing = tuple(name for name in spec.infer if name not in arguments)  # where no data says the sizes
    module = expression.lazy(spec.module, missing) if missing else spec.module
    made = expression.constructor_text(imports.name(module), module, arguments)
    if plan.reparametrize:
        made = f"{REPARAMETRIZATIONS[plan.reparametrize]}({made})"
    text.add(f"        self.{place.attribute(place.owner(id))} = {made}", id)


def _blocks(text: Text, each: Class, classes: Classes, id: str) -> None:
    place, name = each.place, each.place.attribute(id)
    made = [_block(each, classes, id, turn) for turn in place.turns(id)]
    shape = form(each, classes, id)
    if shape == "once":
        text.add(f"        self.{name} = {made[0]}", id)
        return
    kind = "nn.Sequential" if shape == "sequential" else "nn.ModuleList"
    runs = list(_runs(made))
    if kind == "nn.ModuleList" and len(runs) == 1:
        line = f"        self.{name} = {kind}({made[0]} for _ in range({len(made)}))"
    else:
        parts = [one if count == 1 else f"*({one} for _ in range({count}))" for one, count in runs]
        if kind == "nn.ModuleList":
            line = f"        self.{name} = {kind}([{', '.join(parts)}])"
        else:
            line = f"        self.{name} = {kind}({', '.join(parts)})"
        if len(line) > _LONGEST:
            opening, closing = ("([", "])") if kind == "nn.ModuleList" else ("(", ")")
            text.add(f"        self.{name} = {kind}{opening}", id)
            for part in parts:
                text.add(f"            {part},", id)
            line = f"        {closing}"
    text.add(line, id)


def _block(each: Class, classes: Classes, id: str, turn: int) -> str:
    inner = each.place.inside[id][turn]
    if inner.path not in classes.of:
        return "nn.Identity()"  # it keeps the others' numbers
    kind = classes.of[inner.path]
    positional = _open_sizes(kind)
    named: list[str] = []
    for parameter in kind.parameters:
        spot = Spot(id, parameter.name, turn)
        outer = each.parameter(spot)
        value = outer.name if outer else parameter.values[inner.path]
        if parameter.default is None and len(positional) < 2:
            positional.append(value)
        elif value != parameter.default:
            named.append(f"{parameter.name}={value}")
    return f"{kind.name}({', '.join(positional + named)})"


def _runs(texts: list[str]) -> Iterator[tuple[str, int]]:
    """(text, how often in a row)"""
    start = 0
    for index in range(1, len(texts) + 1):
        if index == len(texts) or texts[index] != texts[start]:
            yield texts[start], index - start
            start = index
