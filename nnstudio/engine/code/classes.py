"""Which classes are there, one a definition, and what are their constructors told?

Instances of a definition are of one class as long as the same statements are computed in them. An argument that is the same in all of
them is written where it is used; those that differ are parameters of the class, and those that always agree are one parameter.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from nnstudio.engine import expression, naming
from nnstudio.engine.code.places import Drawing, Place, Value
from nnstudio.specs import LayerSpec


class Spot(NamedTuple):
    """An argument within a class: of a node, at its turn where that is a repeated block."""

    node: str
    name: str
    turn: int = 0


@dataclass
class Parameter:
    """What a constructor takes. default: as it is written, None where it must be given; values: as they are written, by the place's path."""

    name: str
    spots: frozenset[Spot]
    values: Mapping[str, str]
    default: str | None = None


@dataclass
class Class:
    """places: all that it stands for; results: what `forward` returns: ports of the block, and values that are read outside beside them;
    twins: nodes that are the same object as another one; ties: attributes that are set to another's; tapped: repeated blocks of which not only
    the last turn's values are read."""

    name: str
    places: list[Place]
    results: list[str] = field(default_factory=list[str])
    parameters: list[Parameter] = field(default_factory=list[Parameter])
    twins: Mapping[str, str] = field(default_factory=dict[str, str])
    ties: Mapping[str, str] = field(default_factory=dict[str, str])
    tapped: frozenset[str] = frozenset()

    @property
    def place(self) -> Place:
        return self.places[0]

    def result(self, port: str) -> Value | None:
        """The value that is returned for `port`."""
        return self.place.extras[port] if port in self.place.extras else self.place.left(port)

    def parameter(self, spot: Spot) -> Parameter | None:
        return self._by_spot.get(spot)

    @cached_property
    def _by_spot(self) -> Mapping[Spot, Parameter]:
        return {spot: each for each in self.parameters for spot in each.spots}


class Classes:
    """ordered: inner ones first, the model itself last; of: by the path of a place."""

    def __init__(self, drawing: Drawing, model: str) -> None:
        self.root = Place(drawing)
        self.outputs = [value for source in drawing.face.outputs if (value := self.root.known_as(source)) is not None]
        self.of: dict[str, Class] = {}
        self.ordered: list[Class] = []
        by_key: dict[Any, Class] = {}
        taken = {model}
        for place in self.root.everywhere():
            twins, ties = self._sharing(place)
            key = (self._key(place), tuple(twins.items()), tuple(ties.items())) if place.block else None
            if key not in by_key:
                name = model if place.block is None else class_name(place.block.title or place.block.id, taken)
                taken.add(name)
                by_key[key] = Class(name, [], twins=twins, ties=ties)
                self.ordered.append(by_key[key])
            by_key[key].places.append(place)
            self.of[place.path] = by_key[key]
        for each in reversed(self.ordered):
            self._say_what_is_read(each)
        for each in self.ordered:
            each.parameters = _parameters(each, self._spots) if len(each.places) > 1 else []

    # ── what is alike ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _key(self, place: Place) -> Any:
        """All that the text of the class depends on, but for the values of arguments."""
        parts: list[Any] = [
            place.block.id if place.block else None,
            place.reads,
            place.fields,
            tuple(place.extras.items()),
            place.takes,
        ]
        parts += [place.left(exit) for exit in place.exits]
        for id in place.computed:
            for turn in place.turns(id):
                reads = place.read_by(id, turn)
                if id in place.inside:
                    inner = self.of.get(place.inside[id][turn].path)
                    parts.append((id, inner.name if inner else "", reads))
                else:
                    spec, plan = place.spec(id), place.plan(id)
                    given = expression.call_arguments(spec, plan.arguments)
                    fixed = tuple(expression.literal(plan.arguments[name]) for name, free in given.items() if not free)
                    parts.append((id, reads, plan.reparametrize, place.owner(id), tuple(plan.arguments), fixed))
        return tuple(parts)

    def _sharing(self, place: Place) -> tuple[dict[str, str], dict[str, str]]:
        """Instances that use another one's weights: the same object, where all else is alike too; else its modules are set to the other's."""
        twins: dict[str, str] = {}
        ties: dict[str, str] = {}
        first = {place.inside[id][0].path: id for id in place.computed if id in place.inside}
        for id in first.values():
            other = first.get(place.drawing.flat.instances[place.inside[id][0].path].share)
            if other is None or len(place.inside[other]) != len(place.inside[id]):
                continue
            pairs = [*zip(place.inside[id], place.inside[other], strict=True)]
            if all(
                one.used and self.of.get(one.path) is self.of.get(its.path) and _same(one, its) for one, its in pairs
            ):
                twins[id] = other
                continue
            for one, _ in pairs:
                for mine in _modules(one):
                    owner = place.drawing.plan.nodes[mine].owner
                    if owner != mine and owner in place.drawing.body:
                        ties[_attribute(place, mine)] = _attribute(place, owner)
        return twins, ties

    # ── what is returned ──────────────────────────────────────────────────────────────────────────────────────────────

    def _say_what_is_read(self, each: Class) -> None:
        """Tell the classes within it which of their values are read."""
        place = each.place
        if not place.inside:
            return
        read = {value for id in place.computed for turn in place.turns(id) for value in place.read_by(id, turn)}
        read |= {value for port in each.results if (value := each.result(port)) is not None}
        if place.block is None:
            read |= set(self.outputs)
        read |= set(place.carried.values())
        each.tapped = self._tapped(each)
        ports: dict[tuple[str, int], set[str]] = {}
        for value in read:
            ports.setdefault((value.node, value.turn), set()).add(value.port)
        for id in place.computed:
            for turn, inner in enumerate(place.inside.get(id, ())):
                if inner.path in self.of:
                    its = self.of[inner.path]
                    wanted = ports.get((id, turn), set()) | set(its.results)
                    its.results = [port for port in (*inner.exits, *inner.extras) if port in wanted]

    def _tapped(self, each: Class) -> frozenset[str]:
        place = each.place
        found = [(id, value) for id in place.computed for turn in place.turns(id) for value in place.read_by(id, turn)]
        found += [("", value) for port in each.results if (value := each.result(port))]
        found += [("", value) for value in self.outputs] if place.block is None else []
        return frozenset(
            value.node
            for reader, value in found
            if value.node in place.inside and reader != value.node and value.turn < len(place.inside[value.node]) - 1
        )

    # ── what is given ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _spots(self, each: Class, place: Place) -> Iterator[tuple[Spot, str, str | None]]:
        """(where, value, default) of all arguments in one place of the class, in the order of the code."""
        for entry in filter(place.starts, place.reads):
            yield from _arguments(place, entry, start_of(place, entry))
        for id in place.computed:
            if id in each.twins:
                continue
            if id not in place.inside:
                if place.makes(id) or not place.spec(id).module:
                    yield from _arguments(place, id, place.spec(id))
                continue
            for turn, inner in enumerate(place.inside[id]):
                if inner.path in self.of:
                    for parameter in self.of[inner.path].parameters:
                        yield Spot(id, parameter.name, turn), parameter.values[inner.path], parameter.default


def start_of(place: Place, entry: str) -> LayerSpec:
    """The layer that a carried value begins as."""
    return place.drawing.spec(place.drawing.flat.graph.nodes[place.prefix + entry])


def _arguments(place: Place, id: str, spec: LayerSpec) -> Iterator[tuple[Spot, str, str | None]]:
    arguments = place.plan(id).arguments
    for name, default in expression.defaults(spec, arguments).items():
        yield Spot(id, name), expression.literal(arguments[name]), default


def _parameters(each: Class, spots_of: Any) -> list[Parameter]:
    paths = [place.path for place in each.places]
    values: dict[Spot, list[str]] = {}
    defaults: dict[Spot, str | None] = {}
    for place in each.places:
        for spot, value, default in spots_of(each, place):
            values.setdefault(spot, []).append(value)
            defaults[spot] = default
    groups: dict[tuple[str, ...], list[Spot]] = {}
    for spot, texts in values.items():
        if len(set(texts)) > 1:
            groups.setdefault(tuple(texts), []).append(spot)
    taken = naming.RESERVED_IN_MODULES | {each.place.attribute(id) for id in each.place.computed}
    found: list[Parameter] = []
    for texts, spots in groups.items():
        name = _name(each.place, spots, taken)
        taken |= {name}
        their = {defaults[spot] for spot in spots}
        default = their.pop() if len(their) == 1 else None
        found.append(Parameter(name, frozenset(spots), dict(zip(paths, texts, strict=True)), default))
    return sorted(found, key=lambda parameter: parameter.default is not None)


def _name(place: Place, spots: list[Spot], taken: frozenset[str]) -> str:
    """The name under which it is exposed, else what its first argument is called there."""
    assert place.block is not None  # the project's own graph is there but once
    first = spots[0]
    known = {(item.node, item.param): item.name for item in place.block.exposed}
    wanted = [known[spot.node, spot.name] for spot in spots if (spot.node, spot.name) in known]
    kind = re.fullmatch(r"in_(\w+)", first.name)
    if kind and any(spot.name == f"out_{kind[1]}" for spot in spots):
        wanted.append(kind[1])
    wanted += [first.name, f"{place.attribute(first.node)}_{first.name}"]
    names = [naming.identifier(name) for name in wanted]
    free = next((name for name in names if name not in taken), None)
    return free or naming.unique({"": names[-1]}, taken)[""]


def _same(one: Place, other: Place) -> bool:
    """Are all arguments the same, and all weights the other's?"""
    plans = one.drawing.plan.nodes
    for id in one.computed:
        if id in one.inside:
            pairs = zip(one.inside[id], other.inside.get(id, ()), strict=False)
            if len(one.inside[id]) != len(other.inside.get(id, ())) or not all(_same(*pair) for pair in pairs):
                return False
            continue
        mine, its = plans[one.prefix + id], plans.get(other.prefix + id)
        if its is None or mine.arguments != its.arguments:
            return False
        if one.spec(id).module and mine.owner != its.owner:
            return False
    return True


def _modules(place: Place) -> Iterator[str]:
    """The computed nodes with a module in it, by their flat ids."""
    for inner in place.everywhere():
        yield from (inner.prefix + id for id in inner.computed if id not in inner.inside and inner.spec(id).module)


def _attribute(place: Place, flat_id: str) -> str:
    """How a module within a place is reached from it: "layer1[2].conv1"."""
    return expression.attribute(".".join(place.drawing.plan.nodes[flat_id].name.split(".")[place.depth :]))


def class_name(title: str, taken: Collection[str] = ()) -> str:
    """`BasicBlock`, or `BasicBlock2`: a name that nothing else has, the scripts that are made of the code included."""
    name = naming.class_name(title, otherwise="Block" if taken else "Model")
    number = 2
    free = name
    while free in taken or free == "Path":
        free, number = f"{name}{number}", number + 1
    return free


def attribute(place: Place, twins: Mapping[str, str], id: str) -> str:
    """The attribute that holds the module or block of a node: its own, or that of the node which it is the same as."""
    while id in twins:
        id = twins[id]
    return place.attribute(id if id in place.inside else place.owner(id))
