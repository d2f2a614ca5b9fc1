"""Names for code: what people call things, made into identifiers that are valid, unique and clash with nothing.

Names come from project files, which may be hostile: nothing but what passes through here is written as an identifier.
"""

import builtins
import functools
import itertools
import keyword
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

from torch import nn

from nnstudio.data import DataInfo
from nnstudio.project.graph import Graph
from nnstudio.project.natural import natural
from nnstudio.project.project import Project

_NOT_A_LETTER = re.compile(r"\W+")
_LONGEST = 60

_TAKEN_BY_MODULES = frozenset(dir(nn.Module())) | {"T_destination", "training"}
CHAIN = ("x", "h")
"""What a value is called that only the next statement reads: x, as everybody does; h where a field of the data is called x."""

_TAKEN_BY_CODE = frozenset({*CHAIN, "self", "record", "loss", "torch", "nn", "F", "output"})
RESERVED = frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | frozenset(dir(builtins)) | _TAKEN_BY_CODE
RESERVED_IN_MODULES = RESERVED | _TAKEN_BY_MODULES


@functools.lru_cache(maxsize=50_000)  # asked for every node of a graph after every edit
def identifier(text: str, *, otherwise: str = "value") -> str:
    """`text` as an identifier, as near to it as may be: `my conv-1` → `my_conv_1`, `3x3` → `n3x3`."""
    # Python itself reads identifiers in this normal form; unnormalized, two different names could be one.
    plain = unicodedata.normalize("NFKC", text[: 4 * _LONGEST])
    name = _NOT_A_LETTER.sub("_", plain).strip("_")[:_LONGEST]
    if name and not name.isidentifier():
        name = f"n{name}"
    return name if name.isidentifier() and unicodedata.normalize("NFKC", name) == name else otherwise


def class_name(text: str, *, otherwise: str = "Model") -> str:
    """`my LeNet 5` → `MyLeNet5`."""
    words = _NOT_A_LETTER.sub(" ", unicodedata.normalize("NFKC", text[: 4 * _LONGEST])).replace("_", " ").split()
    name = identifier("".join(word[0].upper() + word[1:] for word in words), otherwise=otherwise)
    return otherwise if name in RESERVED else name


def unique(wanted: Mapping[str, str], reserved: Iterable[str] = (), *, otherwise: str = "value") -> dict[str, str]:
    """{key: identifier}, all different and none in `reserved`, as near to the wanted texts as may be.

    Who gets the plain name where several want it follows from the keys alone: the first in natural order.
    """
    taken = set(reserved)
    by_name: dict[str, list[str]] = {}
    for key, text in wanted.items():
        by_name.setdefault(identifier(text, otherwise=otherwise), []).append(key)
    names: dict[str, str] = {}
    late: list[tuple[str, str]] = []
    for name, keys in by_name.items():
        ordered = sorted(keys, key=natural) if len(keys) > 1 else keys
        if name in taken:
            late += ((name, key) for key in ordered)
        else:
            names[ordered[0]] = name
            late += ((name, key) for key in ordered[1:])
    taken.update(names.values())
    numbers: dict[
        str, Iterator[int]
    ] = {}  # thousands may want the same: each goes on where the last one found its number
    for name, key in sorted(late, key=lambda pair: natural(pair[1])):
        names[key] = _free(name, taken, numbers.setdefault(name, itertools.count(2)))
        taken.add(names[key])
    return names


def fields(names: Iterable[str]) -> dict[str, str]:
    """{field of the data: its name in code}"""
    return unique({name: name for name in names}, RESERVED - {CHAIN[0]}, otherwise="field")


def of_graph(graph: Graph, data: DataInfo | None = None) -> dict[str, str]:
    """Every node's name within its own graph: as far as may be as people call it; none is also the name of a field of the data."""
    taken = fields(data.fields).values() if data is not None else ()
    return unique({node.id: node.label for node in graph}, RESERVED_IN_MODULES | set(taken), otherwise="node")


def of_project(project: Project, data: DataInfo | None) -> dict[str, str]:
    """{flat id: name} of all that is drawn, instances of blocks included: "res1.conv1"; in the third of a repeated block "res1.2.conv1".

    It is the name of the node's module in the network, so the names of its parameters begin with it.
    """
    own = {block.id: of_graph(block.graph) for block in project.blocks.values()}
    instances = project.flattened.instances
    repeated = {instance.owner: instance.count for instance in instances.values()}

    found: dict[str, str] = {}
    levels = [(project.graph, of_graph(project.graph, data), "", "")]
    while levels:
        graph, names, path, dotted = levels.pop()
        for node in graph:
            id, name = path + node.id, dotted + names[node.id]
            found[id] = name
            count = repeated.get(id, 0)
            for index in range(count):
                again, number = (f"{id}[{index}]", f".{index}") if count > 1 else (id, "")
                block = instances[again].block
                levels.append((project.blocks[block].graph, own[block], f"{again}/", f"{name}{number}."))
    return found


def _free(name: str, taken: set[str], numbers: Iterator[int]) -> str:
    """`input_` for what Python or torch has already, as style guides advise; then `input_2`, `input_3`, …"""
    if name in RESERVED_IN_MODULES and f"{name}_" not in taken:
        return f"{name}_"
    return next(free for number in numbers if (free := f"{name}_{number}") not in taken)
