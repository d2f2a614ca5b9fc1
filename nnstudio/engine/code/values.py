"""Which statements does a class's `forward` have, and what are the values called in it?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nnstudio.engine import naming
from nnstudio.engine.code.classes import Class, Classes
from nnstudio.engine.code.places import Place, Value

CHAINS = (*naming.CHAIN, "z", "value")
CHAINS_IN_BLOCKS = ("x", "out", *CHAINS[1:])
"""What a value is called that only the next statement reads; the first that is free."""


@dataclass(frozen=True)
class Statement:
    """One line, or a loop over a repeated block. turn: of a repeated block, where it is written turn by turn; looped: all of its turns at once;
    reads: by argument; gives: by output; held: what a loop keeps from turn to turn; lasting: what it reads at every turn."""

    node: str
    reads: tuple[Value, ...]
    gives: tuple[Value, ...]
    turn: int = 0
    looped: bool = False
    held: frozenset[Value] = frozenset()
    lasting: frozenset[Value] = frozenset()


def statements(each: Class, classes: Classes, *, record: bool) -> list[Statement]:
    place = each.place
    found: list[Statement] = []
    for id in place.computed:
        if id not in place.inside:
            reads = place.read_by(id, 0)
            found.append(Statement(id, reads, tuple(Value(id, port.name) for port in place.spec(id).outputs)))
        elif not record and (shape := form(each, classes, id)) in {"sequential", "loop"}:
            found.append(_looped(place, classes, id, shape == "loop"))
        else:
            for turn, inner in enumerate(place.inside[id]):
                if inner.path in classes.of:
                    gives = tuple(Value(id, port, turn) for port in classes.of[inner.path].results)
                    found.append(Statement(id, place.read_by(id, turn), gives, turn))
    return found


def form(each: Class, classes: Classes, id: str) -> str:
    """How a block is written: "once"; or, repeated, as a "sequential", as a "loop", or turn by turn ("each")."""
    place = each.place
    turns = place.inside[id]
    if len(turns) == 1 and turns[0].path == place.prefix + id:
        return "once"
    made = [classes.of.get(inner.path) for inner in turns]
    first = made[0]
    if first is None or any(one is None or one.results != first.results for one in made):
        return "each"
    if any(inner.reads != turns[0].reads or inner.fields != turns[0].fields or inner.extras for inner in turns):
        return "each"
    if id in each.tapped or not _chained(place, id, first.results):
        return "each"
    exits, reads = turns[0].exits, turns[0].reads
    alone = (
        reads == (turns[0].entries[0],) and first.results == [exits[0]] and not turns[0].fields
        if reads and exits
        else False
    )
    return "sequential" if alone else "loop"


def _chained(place: Place, id: str, results: Sequence[str]) -> bool:
    """Does each turn read what the one before gave, and all else from without?"""
    turns = place.inside[id]
    exits, entries = turns[0].exits, turns[0].entries
    for entry in turns[0].reads:
        number = entries.index(entry)
        if place.fed(id, entry, 0) is None:
            return False
        if number < len(exits):
            fed = (place.fed(id, entry, turn) for turn in range(1, len(turns)))
            if (
                any(value != Value(id, exits[number], turn) for turn, value in enumerate(fed))
                or exits[number] not in results
            ):
                return False
    return True


def _looped(place: Place, classes: Classes, id: str, loop: bool) -> Statement:
    first, last = place.inside[id][0], len(place.inside[id]) - 1
    results = classes.of[first.path].results
    held = {
        first.exits[number]
        for number, entry in enumerate(first.entries)
        if entry in first.reads and number < len(first.exits)
    }
    at_every_turn = {
        value
        for number, entry in enumerate(first.entries)
        if entry in first.reads and number >= len(first.exits) and (value := place.fed(id, entry, 0))
    }
    return Statement(
        id,
        place.read_by(id, 0),
        tuple(Value(id, port, last) for port in results),
        looped=True,
        held=frozenset(Value(id, port, last) for port in held) if loop else frozenset(),
        lasting=frozenset(at_every_turn),
    )


@dataclass
class Names:
    """arguments: what the block's inputs and the fields of the data are called; variables: what all else is."""

    arguments: Mapping[Value, str]
    variables: dict[Value, str] = field(default_factory=dict[Value, str])
    taken: set[str] = field(default_factory=set[str])

    def __getitem__(self, value: Value) -> str:
        return self.arguments[value] if value in self.arguments else self.variables[value]

    def free(self, wanted: str) -> str:
        """A name for something else."""
        name = naming.unique({"": wanted}, self.taken | naming.RESERVED - {*CHAINS})[""]
        self.taken.add(name)
        return name


def names(
    each: Class, lines: Sequence[Statement], ends: Iterable[Value], fixed: Mapping[Value, str] | None = None
) -> Names:
    """`x` along a chain; the node's name for what is read later, or more than once. ends: what is read behind the last statement;
    fixed: names that are known already."""
    place, fixed = each.place, fixed or {}
    found = Names(arguments(each))
    attributes = {place.attribute(id) for id in place.computed}
    found.taken = {*found.arguments.values(), *attributes, *fixed.values()}
    readers: dict[Value, set[int]] = {}
    for index, line in enumerate(lines):
        for value in line.reads:
            readers.setdefault(value, set()).add(index)
        for value in line.lasting:
            readers[value].add(index + 1)  # the variable must outlive the first turn
    for value in ends:
        readers.setdefault(value, set()).add(len(lines))
    aside = _aside(lines, readers)
    chain = _chain(each, found.taken, {value for value, at in readers.items() if at == {0}}, found.arguments)
    wanted: dict[str, str] = {}
    several: dict[str, Value] = {}
    for index, line in enumerate(lines):
        read = [value for value in line.gives if value in readers or value in line.held]
        for value in line.gives:
            if value in fixed:
                found.variables[value] = fixed[value]
            elif value not in read:
                found.variables[value] = "_"
            elif (
                len(read) == 1
                and index not in aside
                and readers.get(value) == {index + 1 + (index + 1 in aside)}
                and not _has_its_own_name(place, line.node)
            ):
                found.variables[value] = chain
            else:
                key = f"{index}\0{value.port}"
                wanted[key], several[key] = wanted_name(each, line, value), value
                if len(line.gives) == 1 and wanted[key] == place.attribute(line.node):
                    found.variables[value] = wanted.pop(key)
    for key, name in naming.unique(wanted, naming.RESERVED | found.taken).items():
        found.variables[several[key]] = name
    found.taken |= {chain, *found.variables.values()}
    return found


def _has_its_own_name(place: Place, id: str) -> bool:
    """Did somebody call the value of a function something else than what the function is called? A module's name is its attribute's."""
    if id in place.inside or not place.spec(id).call:
        return False
    name, stem = naming.identifier(place.graph.nodes[id].name, otherwise=""), place.spec(id).stem
    return bool(name) and name.rstrip("0123456789").rstrip("_") != stem


def _aside(lines: Sequence[Statement], readers: Mapping[Value, set[int]]) -> set[int]:
    """Branches of one statement, which have names of their own, so that the chain goes on past them:
    `out = self.bn2(out)`, `shortcut = self.shortcut(x)`, `out = out + shortcut`."""
    found: set[int] = set()
    for index in range(1, len(lines) - 1):
        here, before = lines[index], lines[index - 1]
        alone = not here.looped and len(here.gives) == len(before.gives) == 1
        if (
            alone
            and readers.get(here.gives[0]) == readers.get(before.gives[0]) == {index + 1}
            and index - 1 not in found
        ):
            found.add(index)
    return found


def wanted_name(each: Class, line: Statement, value: Value) -> str:
    """The node's name, with the output's behind it where it has several, and the turn's where it is not the last."""
    place = each.place
    name = place.attribute(line.node)
    turns = place.inside.get(line.node)
    if turns and value.turn < len(turns) - 1:
        name = f"{name}_{value.turn}"
    return name if len(line.gives) == 1 else f"{name}_{port_name(place, value)}"


def port_name(place: Place, value: Value) -> str:
    if value.node not in place.inside:
        return value.port
    inner = place.inside[value.node][value.turn]
    if value.port in inner.extras:
        return inner.attribute(inner.extras[value.port].node)
    return inner.graph.nodes[value.port].label


def arguments(each: Class) -> dict[Value, str]:
    """What `forward` is given, in its order: the inputs of the block that are read, and the fields of the data."""
    place = each.place
    fields = naming.fields((*place.drawing.face.inputs, *place.drawing.face.targets))
    if place.block is None:
        return {Value("", field): fields[field] for field in fields}
    attributes = {place.attribute(id) for id in place.computed}
    taken = attributes | naming.RESERVED - {*CHAINS}
    labels = {entry: place.graph.nodes[entry].label for entry in place.reads}  # carried ones, that begin as zeros, too
    called = naming.unique(labels, taken)
    own = naming.unique({field: fields[field] for field in place.fields}, taken | set(called.values()))
    return {Value(entry): called[entry] for entry in place.reads} | {
        Value("", field): own[field] for field in place.fields
    }


def _chain(each: Class, taken: set[str], read_at_once: set[Value], arguments: Mapping[Value, str]) -> str:
    """An input that the first statement alone reads may give its name away: `x = self.conv1(x)`."""
    free = {
        name for value, name in arguments.items() if value in read_at_once and each.place.block and not each.place.scan
    }
    candidates = CHAINS if each.place.block is None else CHAINS_IN_BLOCKS
    return (
        next((name for name in candidates if name not in taken or name in free), "")
        or naming.unique({"": "value"}, taken)[""]
    )
