"""What may be wired is told as the engine will judge it, as far as it can be told without one."""

import pytest

from nnstudio.gui.canvas.fits import Carried, Given, misfit, reach
from nnstudio.plan import BATCH
from nnstudio.plugins import load
from nnstudio.project.graph import Graph, Node, Slot, Source

REGISTRY = load().registry


def planned(id: str, shape: tuple[int, ...], dtype: str = "float") -> Given:
    return lambda source: ((BATCH, *shape), dtype) if source == Source(id) else (None, "")


def unknown(source: Source) -> Carried:
    return None, ""


def graph(*types: str) -> Graph:
    return Graph({f"n{index}": Node(f"n{index}", type) for index, type in enumerate(types)}, {})


@pytest.mark.parametrize(
    ("type", "shape", "fits"),
    [
        ("torch.conv2d", (3, 8, 8), True),
        ("torch.conv2d", (192,), False),
        ("torch.conv2d", (3, 8), False),
        ("torch.batch_norm2d", (3, 8, 8), True),
        ("torch.batch_norm2d", (10,), False),
        ("torch.relu", (3, 8, 8), True),
        ("torch.relu", (10,), True),
        ("nnstudio.flatten", (3, 8, 8), True),
        ("some.stranger", (3, 8, 8), True),
    ],
)
def test_the_number_of_axes(type: str, shape: tuple[int, ...], fits: bool) -> None:
    found = misfit(graph("nnstudio.input", type), REGISTRY, planned("n0", shape), Source("n0"), Slot("n1"))
    assert (found is None) == fits
    if found is not None:
        assert not found.never and "×".join(map(str, shape)) in found.reason


def test_the_kind_of_numbers() -> None:
    tokens = planned("n0", (12,), "int")
    assert misfit(graph("nnstudio.input", "torch.embedding"), REGISTRY, tokens, Source("n0"), Slot("n1")) is None
    assert misfit(graph("nnstudio.input", "torch.linear"), REGISTRY, tokens, Source("n0"), Slot("n1")) is not None
    real = planned("n0", (12,))
    assert misfit(graph("nnstudio.input", "torch.embedding"), REGISTRY, real, Source("n0"), Slot("n1")) is not None


def test_a_target_of_classes_takes_whole_numbers() -> None:
    two = graph("nnstudio.input", "torch.cross_entropy")
    assert misfit(two, REGISTRY, planned("n0", (), "int"), Source("n0"), Slot("n1", "target")) is None
    assert misfit(two, REGISTRY, planned("n0", (3,)), Source("n0"), Slot("n1", "target")) is not None


def test_what_is_not_known_yet_fits() -> None:
    assert misfit(graph("nnstudio.input", "torch.conv2d"), REGISTRY, unknown, Source("n0"), Slot("n1")) is None


def test_circles_are_found_however_long() -> None:
    nodes = {f"n{index}": Node(f"n{index}", "torch.relu") for index in range(2000)}
    wires = {Slot(f"n{index}"): Source(f"n{index - 1}") for index in range(1, 2000)}
    chain = Graph(nodes, wires)
    found = misfit(chain, REGISTRY, unknown, Source("n1999"), Slot("n0"))
    assert found is not None and found.never
    assert misfit(chain, REGISTRY, unknown, Source("n5"), Slot("n5")) is not None
    assert misfit(chain, REGISTRY, unknown, Source("n5"), Slot("n1000")) is None
    assert reach(chain, "n3", upstream=True) == {"n0", "n1", "n2"}
    assert len(reach(chain, "n3", upstream=False)) == 1996


def test_a_circle_that_is_already_there_ends_the_search() -> None:
    ring = Graph({id: Node(id, "torch.relu") for id in "ab"}, {Slot("a"): Source("b"), Slot("b"): Source("a")})
    assert reach(ring, "a", upstream=True) == {"a", "b"}
