"""Hypothesis strategies for projects, shared by all property tests.

`projects()` and `graphs()` are anything a file may hold, known layers or not; `networks(registry)` are graphs of real layers with
parameters in their ranges, wired at real ports but otherwise as chance will have it: cycles, gaps and unfit shapes included.
"""

import math
from typing import Any

from hypothesis import strategies as st

from nnstudio.params import FormField, form_fields
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
ids = st.from_regex(r"[a-z]{1,4}[0-9]{0,2}", fullmatch=True)
numbers = st.floats(allow_nan=False, allow_infinity=False)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | numbers
    | st.text(st.characters(codec="utf-8"), max_size=12)
)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=8
)
json_objects = st.dictionaries(names, json_values, max_size=3)
positions = st.tuples(numbers, numbers)


def unknown_keys(*known: str) -> st.SearchStrategy[dict[str, Any]]:
    """What a newer version may have written beside the `known` keys."""
    return st.dictionaries(names.filter(lambda name: name not in known), json_values, max_size=2)


node_extras = unknown_keys("id", "type", "params", "position", "name")
project_extras = unknown_keys("format", "name", "notes", "dashboard", "graph", "data", "recipe")


@st.composite
def nodes(draw: st.DrawFn, id: str) -> Node:
    kind = st.sampled_from(["torch.linear", "torch.relu", "torch.cross_entropy", "nnstudio.input"]) | names
    return Node(id, draw(kind), draw(json_objects), draw(positions), draw(st.just("") | names), draw(node_extras))


@st.composite
def graphs(draw: st.DrawFn, max_nodes: int = 6) -> Graph:
    """Any graph a file may hold: every wire ends at nodes that are there."""
    chosen = draw(st.lists(ids, max_size=max_nodes, unique=True))
    wires: dict[Slot, Source] = {}
    if chosen:
        node_id, ports = st.sampled_from(chosen), st.sampled_from(["input", "output", "target"]) | names
        slots = st.builds(Slot, node_id, ports, st.integers(0, 3))
        wires = draw(st.dictionaries(slots, st.builds(Source, node_id, ports), max_size=2 * len(chosen)))
    return Graph({id: draw(nodes(id)) for id in chosen}, wires)


entries = st.builds(Entry, st.just("") | names, json_objects, st.booleans())
shares = st.floats(0, 0.9)
data = st.builds(
    Data, entries, shares, shares, st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from(["none", "auto"])
)
recipes = st.builds(
    Recipe,
    epochs=st.integers(1, 10**6),
    batch_size=st.integers(0, 10**6),
    shuffle=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
    device=st.sampled_from(["auto", "cpu", "cuda:1"]),
    optimizer=entries,
    schedule=entries,
    initializer=entries,
    regularizers=st.lists(entries, max_size=2).map(tuple),
    metrics=st.lists(entries, max_size=2).map(tuple),
)


def projects() -> st.SearchStrategy[Project]:
    """Any project a file may hold."""
    return st.builds(
        Project,
        name=names,
        graph=graphs(),
        data=data,
        recipe=recipes,
        notes=st.text(st.characters(codec="utf-8"), max_size=30),
        dashboard=st.lists(names, max_size=3).map(tuple),
        extras=project_extras,
    )


@st.composite
def networks(draw: st.DrawFn, registry: Registry, max_nodes: int = 8) -> Graph:
    """A graph of real layers, each port wired to the output of a node before it or, now and then, to any node."""
    kinds = draw(st.lists(st.sampled_from(sorted(registry.layers)), min_size=1, max_size=max_nodes))
    layers = [registry.layers["nnstudio.input"], *(registry.layers[kind] for kind in kinds)]
    made = [Node(f"n{place}", spec.id, draw(layer_params(spec.params))) for place, spec in enumerate(layers)]
    wires: dict[Slot, Source] = {}
    for place, spec in enumerate(layers):
        for port in spec.inputs:
            for order in range(draw(st.integers(0, 3)) if port.many else 1):
                from_any = draw(st.integers(0, 19)) == 0
                sources = [other for other in range(len(layers) if from_any else place) if layers[other].outputs]
                if sources and not (port.optional and draw(st.booleans())):
                    source = draw(st.sampled_from(sources))
                    output = draw(st.sampled_from(layers[source].outputs))
                    wires[Slot(made[place].id, port.name, order)] = Source(made[source].id, output.name)
    return Graph({node.id: node for node in made}, wires)


@st.composite
def layer_params(draw: st.DrawFn, params: type[Any]) -> dict[str, Any]:
    """Some of the parameters, small and in their ranges (rules across several parameters may still be broken)."""
    fields = [field for field in form_fields(params) if field.required or draw(st.integers(0, 2)) == 0]
    return {field.name: draw(field_values(field)) for field in fields}


def field_values(field: FormField) -> st.SearchStrategy[Any]:
    """Values that a form with this field lets through; large numbers are left to the tests that are about them."""
    low = field.low if field.low is not None else 0
    high = min(field.high if field.high is not None else math.inf, max(low, 0) + 16)
    whole = st.integers(math.floor(low) + field.low_open, math.ceil(high) - field.high_open)
    real = st.floats(low, high, exclude_min=field.low_open, exclude_max=field.high_open)
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "bool": st.booleans(),
        "int": whole,
        "float": real,
        "ints": st.integers(1, 5) | st.lists(st.integers(1, 5), min_size=1, max_size=3),
        "floats": st.lists(real, min_size=1, max_size=3),
        "choice": st.sampled_from(field.choices or (None,)),
    }
    values = by_kind.get(field.kind, st.just(field.default))
    return st.none() | values if field.optional else values
