"""What of a project can be compared, and alternatives to begin with: for menus."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

from nnstudio.comparison.alternatives import OFF, ON, written
from nnstudio.params import FormField, form_fields
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, with_blocks
from nnstudio.project.project import Entry, Project, Recipe
from nnstudio.project.searching import drawn_graphs, refusal, words
from nnstudio.project.setting import ENTRIES, LISTS
from nnstudio.project.several import searched
from nnstudio.registry import Registry

_SWITCHED = {"regularization", "normalization", "activation"}
_OFFERED = {"int", "float", "bool", "choice"}
_EDGES = {BLOCK_INPUT, BLOCK_OUTPUT}
_NUMBERS = ("batch_size", "epochs", "accumulate", "warmup_steps")
BEGIN_WITH = 3


@dataclass(frozen=True)
class Candidate:
    """name: as `applied` takes it. begin: alternatives to begin with; more: others that can be chosen, as (text, title)."""

    name: str
    title: str
    begin: tuple[str, ...]
    more: tuple[tuple[str, str], ...] = ()


def candidates(project: Project, registry: Registry) -> list[Candidate]:
    """The recipe from optimizer to averages, its numbers, the optimizer's parameters, then node by node, those within blocks once for all instances."""
    return [
        *_entries(project, registry),
        *_lists(project, registry),
        *_numbers(project, registry),
        *_nodes(project, registry),
    ]


def _entries(project: Project, registry: Registry) -> Iterator[Candidate]:
    for (owner, field), kind in ENTRIES.items():
        if owner != "recipe":
            continue
        chosen: Entry = getattr(project.recipe, field)
        others = [id for id in registry.of(kind) if id != chosen.type]
        begin = [written(chosen)] if chosen.type else [OFF]
        begin += others[: BEGIN_WITH - 1]
        more = tuple((id, spec.title) for id, spec in registry.of(kind).items())
        yield Candidate(f"recipe.{field}", _words(field), tuple(begin), more)


def _lists(project: Project, registry: Registry) -> Iterator[Candidate]:
    for (owner, field), kind in LISTS.items():
        if field == "metrics":
            continue
        chosen: tuple[Entry, ...] = getattr(getattr(project, owner), field)
        begin = (ON, OFF) if chosen else (OFF, *list(registry.of(kind))[: BEGIN_WITH - 1])
        more = tuple((id, spec.title) for id, spec in registry.of(kind).items())
        yield Candidate(f"{owner}.{field}", _words(field), begin, ((ON, ON), (OFF, OFF), *more))


def _numbers(project: Project, registry: Registry) -> Iterator[Candidate]:
    known = {item.name for item in fields(Recipe)}
    for name in _NUMBERS:
        if name in known:
            value = int(getattr(project.recipe, name))
            yield Candidate(f"recipe.{name}", _words(name), _around(FormField(name, "int", value, low=1), value))
    spec = registry.optimizers.get(project.recipe.optimizer.type)
    if spec is None:
        return
    for field in form_fields(spec.params):
        value = project.recipe.optimizer.params.get(field.name, field.default)
        begin, title = _around(field, value), f"{spec.title}: {field.label}"
        yield Candidate(f"recipe.optimizer.{field.name}", title, begin, _choices(field))


def _nodes(project: Project, registry: Registry) -> Iterator[Candidate]:
    registry = with_blocks(registry, project)
    for way, block, graph in drawn_graphs(project):
        for node in sorted(graph, key=lambda node: node.position):
            spec = registry.layer(node.type)
            if spec is None or spec.id in _EDGES:
                continue
            name, title = way + node.id, words(project, way + node.id)
            if spec.category in _SWITCHED and len(graph.wires_into(node.id)) == 1:
                yield Candidate(name, f"{title}: on, off", (ON, OFF), ((ON, ON), (OFF, OFF)))
            for field in form_fields(spec.params):
                offered = field.kind in _OFFERED or field.name in searched(node)
                if offered and refusal(project, block, node.id, field.name) is None:
                    value = node.params.get(field.name, field.default)
                    said = f"{title}: {field.label}"
                    yield Candidate(f"{name}.{field.name}", said, _around(field, value), _choices(field))


def _around(field: FormField, value: object) -> tuple[str, ...]:
    """The value, and what lies on either side of it within the field's range."""
    match field.kind:
        case "bool":
            return ("true", "false")
        case "choice":
            return tuple(str(choice) for choice in field.choices)
        case _ if isinstance(value, int | float) and not isinstance(value, bool):
            tried = (value / 2, value, value * 2) if value else (0.0, 0.1, 0.5)
            if field.name == "kernel_size" and value % 2:  # of an even size "same" pads one side more than the other
                tried = (value - 2, value, value + 2)
            whole = field.kind in ("int", "ints")
            inside = [number for number in tried if _within(field, number)] or [value]
            return tuple(dict.fromkeys(str(round(number)) if whole else f"{number:g}" for number in inside))
        case _:
            return (written(value),)


def _within(field: FormField, number: float) -> bool:
    above = field.low is None or (number > field.low if field.low_open else number >= field.low)
    below = field.high is None or (number < field.high if field.high_open else number <= field.high)
    return above and below


def _choices(field: FormField) -> tuple[tuple[str, str], ...]:
    return tuple((str(choice), str(choice)) for choice in field.choices)


def _words(field: str) -> str:
    return field.replace("_", " ").capitalize()
