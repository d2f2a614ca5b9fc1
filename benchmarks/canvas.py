"""How long does the canvas take with 1 000, 5 000, 10 000 and 50 000 nodes, all features on? Median CPU milliseconds, offscreen, 1600 × 1000.

    python -m benchmarks canvas                      the table; NodeGraphQt 0.6.44 beside it where it can be had
    python -m benchmarks.canvas --nodes 1000 5000    some sizes, and what each figure consists of

NodeGraphQt draws the same network in a process of its own, in turns with ours. It is no part of NNStudio's environment:

    python -m venv other && other/bin/pip install NodeGraphQt==0.6.44 Qt.py setuptools PySide6-Essentials==6.11.3
    NODEGRAPHQT_PYTHON=other/bin/python python -m benchmarks canvas

repaint: everything anew; pan: 12 px to the right and down; zoom: a notch in, a notch out; drag: by 8 px a step, with guides; load and show: the
file read and checked, the document, the first picture; undo: of deleting 1 000 nodes. Painting: what paints; document: parsing and edits;
inspection: taking over what an engine worked out (its own time is in `large`).
"""

import argparse
import gc
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks._network import drawing, worked_out
from benchmarks._nodegraphqt import Other
from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.gestures import MoveNodes
from nnstudio.gui.garbage import MainThreadGarbage
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.plan import Code
from nnstudio.plugins import load
from nnstudio.project import document as document_module
from nnstudio.project import file as file_module
from nnstudio.project.edits import move, remove_nodes
from nnstudio.project.layout import layout
from nnstudio.replies import Inspected

SIZES = (1_000, 5_000, 10_000, 50_000)
TARGETS: dict[str, tuple[float, ...]] = {  # ms at SIZES
    "repaint, to fit": (3, 5, 8, 30),
    "pan step, to fit": (2, 3, 4, 8),
    "zoom step, to fit": (3, 5, 8, 30),
    "drag one": (2, 2, 2, 2),
    "drag 1 000": (25, 25, 25, 25),
    "load and show": (100, 400, 800, 4000),
    "undo of deleting 1 000": (50, 50, 50, 50),
}
LAYOUT_MS = 500  # of 5 000 nodes
OTHER_UP_TO = 5_000  # NodeGraphQt takes minutes beyond
REPEATS = 15
Row = tuple[str, str, str, bool]


@dataclass
class Parts:
    """CPU milliseconds spent in each part of the program, while they are watched."""

    spent: dict[str, float] = field(default_factory=lambda: {"painting": 0.0, "document": 0.0, "inspection": 0.0})
    _depth: int = 0

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Count what `owner.name` takes; of calls within each other the outermost counts."""
        original = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            if self._depth:
                return original(*arguments, **named)
            self._depth += 1
            start = time.process_time()
            try:
                return original(*arguments, **named)
            finally:
                self._depth -= 1
                self.spent[part] += 1000 * (time.process_time() - start)

        setattr(owner, name, watched)

    def clear(self) -> None:
        self.spent = dict.fromkeys(self.spent, 0.0)


@dataclass(frozen=True)
class Figure:
    """Medians in ms; parts: how much of it each part took."""

    ms: float
    parts: dict[str, float]
    other: float | None = None

    def share(self, part: str) -> str:
        return f"{100 * self.parts[part] / max(self.ms, 1e-9):.0f} %"


PARTS = Parts()


def watch_parts() -> None:
    """Once for this process."""
    for widget in (CanvasView, *_painted(CanvasView)):
        PARTS.watch(widget, "paintEvent", "painting")
    PARTS.watch(document_module, "apply", "document")
    PARTS.watch(file_module, "read", "document")
    PARTS.watch(Studio, "_inspected", "inspection")


def _painted(_view: type[QWidget]) -> tuple[type[QWidget], ...]:
    from nnstudio.gui.canvas.minimap import Minimap
    from nnstudio.gui.canvas.overlays import StatusStrip

    return Minimap, StatusStrip


class Bench:
    """A view on a network of that size; what is measured is process time. other: the same in NodeGraphQt, in turns."""

    def __init__(self, count: int, repeats: int, other: Other | None = None) -> None:
        self.count, self.repeats, self.other = count, repeats, other
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self.studio = Studio(load(), settings=Settings(folder / "settings.json"))
        self.view = CanvasView(self.studio)
        self.view.resize(1600, 1000)
        self.view.show()
        self.paint()
        self.path = folder / "drawing.nns"
        assert not file_module.write(drawing(count), self.path)
        self.middle = f"node{count // 2}"
        self.chance = random.Random(1)

    def paint(self) -> None:
        """All that is due, the minimap and the status strip included, as the event loop does it."""
        QApplication.processEvents()

    def _rest(self) -> None:
        """The autosave is done: it works on a thread of its own, and process time would count it to whatever is measured meanwhile."""
        self.studio.autosaving.prepare()
        self.studio.autosaving.save()
        self.studio.autosaving.wait()

    def _once(self, act: Callable[[], object]) -> tuple[float, dict[str, float]]:
        PARTS.clear()
        start = time.process_time()
        act()
        return 1000 * (time.process_time() - start), dict(PARTS.spent)

    def _figure(self, name: str, act: Callable[[int], object], repeats: int = 0) -> Figure:
        """Ours and theirs in turns, so that both meet the same machine."""
        self._rest()
        act(0)  # pictures of nodes are made once
        ours: list[tuple[float, dict[str, float]]] = []
        theirs: list[float] = []
        for index in range(1, (repeats or self.repeats) + 1):
            ours.append(self._once(lambda index=index: act(index)))
            if self.other is not None and len(theirs) < 5:
                theirs.append(self.other.measure(name))
        parts = {part: statistics.median(spent[part] for _, spent in ours) for part in PARTS.spent}
        return Figure(statistics.median(ms for ms, _ in ours), parts, statistics.median(theirs) if theirs else None)

    def load(self) -> Figure:
        """From the file to the first picture, three times over."""

        def act() -> None:
            self.studio.open(self.path)
            self.paint()

        loads = [self._once(act) for _ in range(3)]
        ms, parts = sorted(loads, key=lambda load: load[0])[1]
        self._worked_out()
        return Figure(ms, parts, self.other.measure("load and show") if self.other is not None else None)

    def _worked_out(self) -> float:
        """The answer of an engine; how long it takes to take it over."""
        plan = worked_out(self.studio.project)
        answer = Inspected(plan, Code("pass\n"), problems=plan.problems)
        ms, _ = self._once(lambda: (self.studio._inspected(self.studio.document, answer), self.paint()))
        return ms

    def _repaint(self, _index: int) -> None:
        self.view.repaint_all()
        self.paint()

    def _pan(self, _index: int) -> None:
        view = self.view
        view.set_camera(view.whole_pan(view.camera, QPointF(-12, -12)), moving=True)
        self.paint()

    def _zoom(self, index: int) -> None:
        view = self.view
        view.zoom_to(view.camera.level + (3 if index % 2 else -3))
        self.paint()

    @contextmanager
    def _dragging(self, count: int) -> Iterator[Callable[[int], None]]:
        """The node in the middle, and the next ones, moved by the pointer."""
        view = self.view
        first = int(self.middle.removeprefix("node"))
        self.studio.select([f"node{index}" for index in range(first, first + count)])
        self.paint()
        start = QPointF(view.canvas_position_of(self.middle))
        gesture = MoveNodes(view, start, view.scene.row[self.middle], select_alone=False)
        view.input.gesture = gesture
        step = 8 * max(1.0, view.camera.zoom)

        def act(index: int) -> None:
            gesture.move(start + QPointF(10 + index * step, index * step))
            self.paint()

        yield act
        view.input.cancel()
        self.paint()

    def _undo(self) -> Figure:
        count = min(1_000, self.count // 2)
        gone = [f"node{index}" for index in range(self.count // 4, self.count // 4 + count)]

        def act(_index: int) -> None:
            self.studio.undo()
            self.paint()

        def delete() -> None:
            self.studio.do(remove_nodes(self.studio.project, gone))
            self.paint()

        times: list[tuple[float, dict[str, float]]] = []
        for index in range(5):
            delete()
            self._rest()
            times.append(self._once(lambda index=index: act(index)))
        theirs = self.other.measure("undo of deleting 1 000") if self.other is not None else None
        parts = {part: statistics.median(spent[part] for _, spent in times) for part in PARTS.spent}
        return Figure(statistics.median(ms for ms, _ in times), parts, theirs)

    def run(self) -> dict[str, Figure]:
        """Every figure; the last ones are without a target."""
        view = self.view
        found = {"load and show": self.load()}
        gc.collect()
        self.studio.select([f"node{index}" for index in range(0, self.count, 97)])
        view.fit()
        self.paint()
        found["repaint, to fit"] = self._figure("repaint, to fit", self._repaint)
        found["pan step, to fit"] = self._figure("pan step, to fit", self._pan)
        found["zoom step, to fit"] = self._figure("zoom step, to fit", self._zoom)
        view.fit()
        self.paint()
        for name, count in (("drag one", 1), ("drag 1 000", min(1_000, self.count // 2))):
            with self._dragging(count) as act:
                found[name] = self._figure(name, act)
        found["undo of deleting 1 000"] = self._undo()
        found["edit one node"] = self._figure("", self._edit) if self.other is None else self._alone(self._edit)
        ms = self._worked_out()
        found["taking over a plan"] = Figure(ms, {**dict.fromkeys(PARTS.spent, 0.0), "inspection": ms})
        for percent in (50, 100):
            view.look_at(*self.studio.project.graph.nodes[self.middle].position)
            view.set_zoom(percent / 100)
            self.paint()
            found[f"repaint, {percent} %"] = self._alone(self._repaint)
            found[f"pan step, {percent} %"] = self._alone(self._pan)
            with self._dragging(1) as act:
                found[f"drag one, {percent} %"] = self._alone(act)
        self.studio.close()
        view.close()
        self._folder.cleanup()
        return found

    def _alone(self, act: Callable[[int], object]) -> Figure:
        """What NodeGraphQt is not asked for."""
        other, self.other = self.other, None
        figure = self._figure("", act)
        self.other = other
        return figure

    def _edit(self, index: int) -> None:
        self.studio.do(move(self.studio.project, {self.middle: (index * 8.0, 0.0)}))
        self.paint()


def layout_of(count: int) -> tuple[float, int]:
    """(CPU ms, nodes that overlap) of arranging all."""
    graph = drawing(count).graph
    start = time.process_time()
    places = layout(graph)
    ms = 1000 * (time.process_time() - start)
    return ms, overlaps(places)


def overlaps(places: dict[str, tuple[float, float]]) -> int:
    """How many pairs of cards cover each other: among those in the same or the next cell of a grid of cards."""
    from nnstudio.project.boxes import NODE_SIZE

    width, height = NODE_SIZE
    cells: dict[tuple[int, int], list[tuple[float, float]]] = {}
    found = 0
    for x, y in places.values():
        column, row = int(x // width), int(y // height)
        for near in ((column + dx, row + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
            found += sum(abs(x - x1) < width and abs(y - y1) < height for x1, y1 in cells.get(near, ()))
        cells.setdefault((column, row), []).append((x, y))
    return found


def measure(sizes: tuple[int, ...] = SIZES, repeats: int = REPEATS) -> list[Row]:
    """(what, measured, to reach, reached)."""
    rows: list[Row] = []
    for count, found in results(sizes, repeats):
        place = SIZES.index(count) if count in SIZES else None
        for name, targets in TARGETS.items():
            figure, limit = found[name], targets[place] if place is not None else float("inf")
            shares = ", ".join(f"{part} {figure.share(part)}" for part in figure.parts if figure.parts[part] > 0)
            other = f"; NodeGraphQt {figure.other:,.0f} ms" if figure.other is not None else ""
            measured = f"{figure.ms:.1f} ms ({shares or 'painting 0 %'}{other})"
            rows.append((f"{count:,} nodes: {name}".replace(",", " "), measured, f"≤ {limit:g} ms", figure.ms <= limit))
    ms, covered = layout_of(5_000)
    rows.append(
        (
            "layout of 5 000",
            f"{ms:.0f} ms, {covered} overlaps",
            f"≤ {LAYOUT_MS} ms, none",
            ms <= LAYOUT_MS and not covered,
        )
    )
    if not Other.there():
        rows.append(("NodeGraphQt 0.6.44", "is not here: see the head of benchmarks/canvas.py", "", True))
    return rows


def results(sizes: tuple[int, ...], repeats: int) -> Iterator[tuple[int, dict[str, Figure]]]:
    theme.install(_application())
    watch_parts()
    Bench(200, 1).run()  # fonts and code are loaded
    for count in sizes:
        other = Other(count) if count <= OTHER_UP_TO and Other.there() else None
        try:
            yield count, Bench(count, repeats, other).run()
        finally:
            if other is not None:
                other.close()


def _application() -> QApplication:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    if gc.isenabled():
        MainThreadGarbage(app)  # as in the app
    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--repeats", type=int, default=REPEATS)
    options = parser.parse_args()
    for count, found in results(tuple(options.nodes), options.repeats):
        print(f"{count:,} nodes".replace(",", " "))
        for name, figure in found.items():
            targets = TARGETS.get(name)
            limit = f"≤ {targets[SIZES.index(count)]:g}" if targets and count in SIZES else ""
            shares = "  ".join(f"{part} {figure.share(part)}" for part in figure.parts)
            other = f"  NodeGraphQt {figure.other:,.0f}" if figure.other is not None else ""
            print(f"  {name:<24}{figure.ms:>10.2f} ms {limit:>8}   {shares}{other}", flush=True)
    ms, covered = layout_of(5_000)
    print(f"layout of 5 000: {ms:.0f} ms, {covered} overlaps (≤ {LAYOUT_MS} ms, none)")


if __name__ == "__main__":
    main()
