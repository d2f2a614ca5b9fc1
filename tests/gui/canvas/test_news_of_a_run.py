"""What a run says of nodes while the network is changed."""

import numpy as np

from nnstudio.events import NodeStats, Steps
from nnstudio.gui.canvas import CanvasView
from nnstudio.project.edits import remove_nodes


def test_a_loss_that_was_deleted_while_it_trains_is_asked_for_no_figure(chain: CanvasView) -> None:
    studio = chain.studio
    studio.do(remove_nodes(studio.project, ["loss1", "relu1"]))
    studio.run.history.add(NodeStats(1, {"relu1": {"dead": 0.41}}, {"conv1": np.arange(16)}))
    studio.run.history.add(Steps(0, {"loss": np.array([0.5])}))
    studio.run.history_changed.emit({"nodes", "steps"})
    while chain._outdated:
        chain._show_live()
    assert "loss1" not in chain.scene.row
    assert len(chain.looks.of(chain.scene.row["conv1"]).bars) == 8
