"""Selecting, walking and nudging: a scenario for each command of the family."""

from scenario import Before, Check, Scenario, graph_of, selected, with_nodes

from nnstudio.gui.canvas import CanvasView
from nnstudio.project.graph import Node, Slot

RELU2 = Node("relu2", "torch.relu", position=(624.0, 400.0))


def moved(dx: float, dy: float) -> Check:
    def check(view: CanvasView, before: Before) -> bool:
        x, y = before.graph.nodes["conv1"].position
        return graph_of(view).nodes["conv1"].position == (x + dx, y + dy)

    return check


SELECT: dict[str, Scenario] = {
    "canvas.select_all": Scenario(
        "selection", lambda view, before: set(view.studio.selection) == set(before.graph.nodes)
    ),
    "canvas.select_none": Scenario("selection", selected(), ("conv1", "relu1")),
    "canvas.select_upstream": Scenario("selection", selected("input1", "conv1", "relu1"), ("relu1",)),
    "canvas.select_downstream": Scenario("selection", selected("relu1", "flatten1", "fc1", "loss1"), ("relu1",)),
    "canvas.select_similar": Scenario("selection", selected("relu1", "relu2"), ("relu1",), graph=with_nodes(RELU2)),
    "canvas.select_inverse": Scenario("selection", selected("flatten1", "fc1", "loss1"), ("input1", "conv1", "relu1")),
    "canvas.next_wire": Scenario(
        "selection", lambda view, before: view.selected_slots() == [Slot("conv1")], ("conv1",)
    ),
    "canvas.previous_wire": Scenario(
        "selection", lambda view, before: view.selected_slots() == [Slot("relu1")], ("conv1",)
    ),
    "canvas.go_left": Scenario("selection", selected("conv1"), ("relu1",)),
    "canvas.go_right": Scenario("selection", selected("flatten1"), ("relu1",)),
    "canvas.go_up": Scenario("selection", selected("conv1"), ("loss1",)),
    "canvas.go_down": Scenario("selection", selected("loss1"), ("conv1",)),
    "canvas.add_left": Scenario("selection", selected("conv1", "relu1"), ("relu1",)),
    "canvas.add_right": Scenario("selection", selected("relu1", "flatten1"), ("relu1",)),
    "canvas.add_up": Scenario("selection", selected("loss1", "conv1"), ("loss1",)),
    "canvas.add_down": Scenario("selection", selected("conv1", "loss1"), ("conv1",)),
    "canvas.nudge_left": Scenario("document", moved(-8, 0), ("conv1",)),
    "canvas.nudge_right": Scenario("document", moved(8, 0), ("conv1",)),
    "canvas.nudge_up": Scenario("document", moved(0, -8), ("conv1",)),
    "canvas.nudge_down": Scenario("document", moved(0, 8), ("conv1",)),
    "canvas.nudge_left_far": Scenario("document", moved(-32, 0), ("conv1",)),
    "canvas.nudge_right_far": Scenario("document", moved(32, 0), ("conv1",)),
    "canvas.nudge_up_far": Scenario("document", moved(0, -32), ("conv1",)),
    "canvas.nudge_down_far": Scenario("document", moved(0, 32), ("conv1",)),
}
