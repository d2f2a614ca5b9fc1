"""The library shows what a course needs first; what is rarer stands behind "more …" and is found by the search."""

import pytest

from nnstudio import plugins
from nnstudio.gui.library.panel import LayerModel, More
from nnstudio.specs import LayerSpec

LAYERS = [spec for spec in plugins.load(safe_mode=True).registry.layers.values() if not spec.hidden]


@pytest.mark.usefixtures("qapp")
def test_rare_layers_are_folded_away_until_asked_for() -> None:
    model = LayerModel(folds=True)
    model.show(LAYERS, grouped=True)
    shown = {row.id for row in model.rows if isinstance(row, LayerSpec)}
    rare = {spec.id for spec in LAYERS if spec.rare}
    assert {"torch.relu", "nnstudio.select", "nnstudio.scale", "nnstudio.mean"} <= shown
    assert {"nnstudio.squeeze", "torch.exp", "nnstudio.matmul"} <= rare and shown.isdisjoint(rare)
    more = [row for row in model.rows if isinstance(row, More)]
    assert len(shown) + sum(row.count for row in more) == len(LAYERS)
    model.unfolded = {row.section for row in more}
    model.show(LAYERS, grouped=True)
    assert {row.id for row in model.rows if isinstance(row, LayerSpec)} == {spec.id for spec in LAYERS}
