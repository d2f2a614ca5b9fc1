"""Graphs of made-up layers with blocks in them, and what is computed of them up to the names of nodes."""

from collections import Counter
from collections.abc import Sequence

from hypothesis import strategies as st

from nnstudio.problems import Problem
from nnstudio.project.edits import Edit, apply
from nnstudio.project.graph import Graph, Json, Node, Slot, Source
from nnstudio.project.project import Project


def computed(project: Project, *, labels: bool = False) -> Counter[Json]:
    """Every node of the flat graph by what it is and what feeds it, through and through: its id does not count."""
    flat = project.flat
    known: dict[str, Json] = {}

    def said(id: str) -> Json:
        if id not in known:
            node = flat.nodes[id]
            wires = flat.wires_into(id)
            feeds = tuple((w.target.port, w.target.order, w.source.port, said(w.source.node)) for w in wires)
            shares = flat.nodes[node.options["share"]].params if "share" in node.options else None
            name = node.label if labels else ""
            known[id] = hash((name, node.type, repr(sorted(node.params.items())), repr(shares), feeds))
        return known[id]

    return Counter(said(id) for id in flat.nodes)


def done(before: Project, edit: Edit | Problem) -> Project:
    """`edit` done, after it has been undone once to see that this works."""
    assert isinstance(edit, Edit), edit
    after = apply(before, edit)
    assert apply(after, edit.inverse) == before
    return after


@st.composite
def layered(draw: st.DrawFn, sizes: tuple[int, int] = (1, 8)) -> Graph:
    """Nodes a1, a2, … each fed by some that come before it."""
    count = draw(st.integers(*sizes))
    nodes: dict[str, Node] = {}
    wires: dict[Slot, Source] = {}
    for number in range(1, count + 1):
        id = f"a{number}"
        earlier = list(nodes)
        type = draw(st.sampled_from(["torch.linear", "torch.relu", "torch.add"]))
        place = (208.0 * number, 112.0 * draw(st.integers(0, 2)))
        nodes[id] = Node(id, type, {"size": number}, place, draw(st.sampled_from(["", f"name {number}"])))
        for order in range(draw(st.integers(0, 2)) if earlier else 0):
            port = draw(st.sampled_from(["output", "hidden"]))
            wires[Slot(id, "inputs", order)] = Source(draw(st.sampled_from(earlier)), port)
    return Graph(nodes, wires)


def chain(types: Sequence[str], stem: str = "n") -> Graph:
    nodes = {f"{stem}{i}": Node(f"{stem}{i}", type, position=(208.0 * i, 0.0)) for i, type in enumerate(types)}
    return Graph(nodes, {Slot(f"{stem}{i + 1}"): Source(f"{stem}{i}") for i in range(len(types) - 1)})
