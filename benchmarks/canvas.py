"""How long does the canvas take with 1 000, 5 000 and 10 000 nodes? Median CPU milliseconds, offscreen, 1600 × 1000, 1.2 wires a node.

    python -m benchmarks canvas                    the three figures at 10 000 nodes
    python -m benchmarks.canvas [--nodes 1000 …]   the whole table

repaint: everything anew, zoomed to fit (and at 50 % and 100 %); pan step: 12 px to the right and down; drag: one node by 8 px;
load: a project opened, until it is painted; edit: one node moved by an edit, until it is painted.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.gestures import MoveNodes
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.plugins import load
from nnstudio.project.edits import move
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project

TYPES = ("torch.conv2d", "torch.relu", "torch.batch_norm2d", "torch.max_pool2d", "nnstudio.add", "torch.linear")
LIMITS = {"repaint, to fit": 10.0, "pan step, to fit": 5.0, "drag one node": 5.0}  # at 10 000 nodes


def graph(count: int) -> Graph:
    """`count` nodes in a square of rows, a chain with 0.2 more wires a node over a short distance."""
    chance = random.Random(0)
    columns = max(1, round((count * 0.75) ** 0.5))
    nodes, wires = {}, {}
    for index in range(count):
        row, column = divmod(index, columns)
        id = f"node{index}"
        nodes[id] = Node(id, TYPES[index % len(TYPES)], position=(column * 208.0, row * 160.0))
        if index:
            wires[Slot(id, "inputs" if TYPES[index % len(TYPES)] == "nnstudio.add" else "input")] = Source(
                f"node{index - 1}"
            )
    adds = [index for index in range(count) if TYPES[index % len(TYPES)] == "nnstudio.add"]
    for number in range(round(0.2 * count)):
        index = adds[number % len(adds)]
        source = max(0, index - chance.randint(2, 12))
        wires[Slot(f"node{index}", "inputs", 1 + number // len(adds))] = Source(f"node{source}")
    return Graph(nodes, wires)


class Bench:
    """A view on a project of that size, painted into an image; what is measured is process time."""

    def __init__(self, count: int, repeats: int) -> None:
        self.repeats = repeats
        plugins = load()
        settings = Settings(Path(tempfile.mkdtemp()) / "settings.json")
        self.studio = Studio(plugins, settings=settings)
        self.view = CanvasView(self.studio)
        self.view.resize(1600, 1000)
        self.view.show()
        self.paint()
        self.project = Project(graph=graph(count))
        self.load_ms = self._once(lambda: (self.studio.open_project(self.project), self.paint()))
        self.middle = f"node{count // 2}"

    def paint(self) -> None:
        """All that is due, the minimap and the status strip included, as the event loop does it."""
        QApplication.processEvents()

    def _once(self, act: Callable[[], object]) -> float:
        start = time.process_time()
        act()
        return 1000 * (time.process_time() - start)

    def _median(self, act: Callable[[int], object]) -> float:
        act(0)  # pictures of nodes are made once
        return statistics.median(self._once(partial(act, index + 1)) for index in range(self.repeats))

    def _repaint(self) -> float:
        def act(index: int) -> None:
            self.view.repaint_all()
            self.paint()

        return self._median(act)

    def _pan(self) -> float:
        def act(index: int) -> None:
            self.view.set_camera(self.view.whole_pan(self.view.camera, QPointF(-12, -12)), moving=True)
            self.paint()

        return self._median(act)

    def _drag(self, count: int = 1) -> float:
        """The node in the middle, and the next ones, moved by the pointer."""
        view = self.view
        first = int(self.middle.removeprefix("node"))
        self.studio.select([f"node{index}" for index in range(first, first + count)])
        start = QPointF(view.canvas_position_of(self.middle))
        gesture = MoveNodes(view, start, view.scene.row[self.middle], select_alone=False)
        view.input.gesture = gesture
        step = 8 * max(1.0, view.camera.zoom)

        def act(index: int) -> None:
            gesture.move(start + QPointF(10 + index * step, index * step))
            self.paint()

        found = self._median(act)
        view.input.cancel()
        return found

    def _edit(self) -> float:
        def act(index: int) -> None:
            self.studio.do(move(self.studio.project, {self.middle: (index * 8.0, 0.0)}))
            self.paint()

        return self._median(act)

    def run(self) -> dict[str, float]:
        view = self.view
        view.fit()
        found = {"repaint, to fit": self._repaint(), "pan step, to fit": self._pan(), "drag one node": self._drag()}
        found["drag 500 nodes"] = self._drag(500)
        found["edit one node"] = self._edit()
        for percent in (50, 100):
            view.look_at(*self.studio.project.graph.nodes[self.middle].position)
            view.set_zoom(percent / 100)
            found[f"repaint, {percent} %"] = self._repaint()
            found[f"pan step, {percent} %"] = self._pan()
        found["load"] = self.load_ms
        self.studio.close()
        view.close()
        return found


def measure() -> list[tuple[str, str, str, bool]]:
    """(what, measured, to reach, reached) at 10 000 nodes."""
    theme.install(_application())
    Bench(100, 1).run()
    found = Bench(10_000, 15).run()
    return [
        (f"canvas of 10 000 nodes: {name}", f"{found[name]:.1f} ms", f"≤ {limit:g} ms", found[name] <= limit)
        for name, limit in LIMITS.items()
    ]


def _application() -> QApplication:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1_000, 5_000, 10_000])
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    theme.install(_application())
    Bench(100, 1).run()  # fonts and code are loaded
    results = {count: Bench(count, options.repeats).run() for count in options.nodes}
    print(f"{'CPU ms':<20}" + "".join(f"{count:>10,}".replace(",", " ") for count in options.nodes) + "     reach")
    for name in next(iter(results.values())):
        limit = f"≤ {LIMITS[name]:g}" if name in LIMITS else ""
        print(f"{name:<20}" + "".join(f"{results[count][name]:>10.2f}" for count in options.nodes) + f"{limit:>10}")


if __name__ == "__main__":
    main()
