"""Every regularizing and normalizing layer in a run: trained by the app and by its exported script, the same numbers to the bit."""

import pytest
from exported import REGISTRY, assert_equal, both, chain

from nnstudio.project.graph import Node
from nnstudio.project.project import Entry, Project, Recipe

RECIPE = Recipe(epochs=2, batch_size=16, device="cpu", seed=3)
MINE = [spec for spec in REGISTRY.layers.values() if spec.category in {"regularization", "normalization"}]
FLAT = [spec.id for spec in MINE if not spec.ranks or 2 in spec.ranks]
IN_PLACES = [spec.id for spec in MINE if 4 in spec.ranks]


def project(layer: str, dataset: Entry, *before: Node, after: tuple[Node, ...] = ()) -> Project:
    nodes = (Node("in", "nnstudio.input"), *before, Node("it", layer), Node("relu", "torch.relu"), *after)
    end = (
        Node("fc9", "torch.linear", {"out_features": 10 if before[0].id == "conv" else 3}),
        Node("loss", "torch.cross_entropy"),
    )
    return chain("Layers", dataset, *nodes, *end, recipe=RECIPE)


@pytest.mark.curriculum("N2", "N3", "R5", "R6", "R7")
@pytest.mark.parametrize("layer", FLAT)
def test_a_layer_of_vectors(layer, tmp_path):
    ours, theirs, text = both(
        project(layer, Entry("nnstudio.iris"), Node("fc1", "torch.linear", {"out_features": 8})), tmp_path
    )
    assert_equal(ours, theirs)
    assert "nnstudio" not in text.lower().split('"""', 2)[2]  # plain PyTorch, but for the words at its head


@pytest.mark.curriculum("N2", "N3", "R6")
@pytest.mark.parametrize("layer", IN_PLACES)
def test_a_layer_of_pictures(layer, tmp_path):
    conv = Node("conv", "torch.conv2d", {"out_channels": 4})
    chosen = project(layer, Entry("nnstudio.digits"), conv, after=(Node("flat", "nnstudio.flatten"),))
    ours, theirs, text = both(chosen, tmp_path)
    assert_equal(ours, theirs)
    assert "nnstudio" not in text.lower().split('"""', 2)[2]
