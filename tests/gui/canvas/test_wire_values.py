"""Wires can show how large the weights or the gradients are that they lead to."""

import numpy as np
import pytest

from nnstudio.events import NodeStats
from nnstudio.gui.canvas.wire_values import WireValues
from nnstudio.gui.studio import Studio
from nnstudio.runs.history import History


@pytest.fixture
def values(studio: Studio) -> WireValues:
    studio.run.history = History()
    nodes = {"fc1": {"weight": 0.01, "gradient": 5.0}, "fc2": {"weight": 1.0, "gradient": 0.0}, "relu1": {"mean": 0.1}}
    studio.run.history.add(NodeStats(1, nodes, {"fc1": np.arange(3)}))
    return WireValues(studio)


def test_shapes_come_first(values: WireValues) -> None:
    assert values.style("fc1") is None
    assert values.text("fc1") is None


def test_the_largest_is_widest_and_the_rest_stand_on_a_logarithmic_scale(values: WireValues) -> None:
    assert "weights" in values.next()
    assert (values.share("fc1"), values.share("fc2")) == (0.0, 1.0)
    assert values.share("relu1") is None
    (low, thin), (high, wide) = values.style("fc1") or (None, 0), values.style("fc2") or (None, 0)
    assert low != high
    assert thin == 1.0
    assert wide > 2
    assert values.text("fc1") == "0.01"


def test_a_gradient_that_is_gone_is_the_smallest(values: WireValues) -> None:
    values.next()
    assert "gradients" in values.next()
    assert values.share("fc2") == 0.0
    assert values.share("fc1") == 1.0
    assert "shapes" in values.next()


def test_before_there_are_figures_they_are_not_said_to_be_shown(studio: Studio) -> None:
    values = WireValues(studio)
    assert studio.run.history.node_stats is None
    assert "Train" in values.next()
    assert values.mode == ""
    studio.run.history.add(NodeStats(1, {"fc1": {"weight": 0.01}}, {}))
    assert "weights" in values.next()
    studio.run.history = History()  # another run, that has no figures yet
    values.next()
    assert "shapes" in values.next(), "and from there the way back is open"
