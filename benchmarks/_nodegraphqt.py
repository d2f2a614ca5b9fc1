"""The same network in NodeGraphQt, in a process of its own; and, run as a program, that process.

NODEGRAPHQT_PYTHON names a Python that has NodeGraphQt, Qt.py and PySide6; else this one is tried.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


class Other:
    """NodeGraphQt with `count` nodes, loaded when it is first asked."""

    def __init__(self, count: int) -> None:
        self._process = subprocess.Popen(
            [_python(), str(Path(__file__)), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_API": "pyside6", "QT_PREFERRED_BINDING": "PySide6"},
        )

    @staticmethod
    def there() -> bool:
        """Can it be had?"""
        check = [_python(), "-c", "import NodeGraphQt"]
        environment = {
            **os.environ,
            "QT_API": "pyside6",
            "QT_PREFERRED_BINDING": "PySide6",
            "QT_QPA_PLATFORM": "offscreen",
        }
        return subprocess.run(check, env=environment, capture_output=True, check=False).returncode == 0

    def measure(self, name: str) -> float:
        """CPU milliseconds of one step of `name`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(name + "\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def _python() -> str:
    return os.environ.get("NODEGRAPHQT_PYTHON", sys.executable)


def serve(count: int) -> None:
    """Answers each line, the name of a figure, with the milliseconds it took."""
    from NodeGraphQt import BaseNode, NodeGraph  # pyright: ignore
    from PySide6.QtCore import QPointF
    from PySide6.QtWidgets import QApplication

    app = QApplication([])

    class Card(BaseNode):
        __identifier__ = "bench"
        NODE_NAME = "Card"

        def __init__(self) -> None:
            super().__init__()
            self.add_input("in", multi_input=True)
            self.add_output("out")

    def once(act: Callable[[], object]) -> float:
        start = time.process_time()
        act()
        app.processEvents()
        return 1000 * (time.process_time() - start)

    board = NodeGraph()
    board.set_acyclic(False)  # its check for cycles never ends where many ways lead to one node
    board.register_node(Card)
    board.widget.resize(1600, 1000)
    board.widget.show()
    viewer = board.viewer()
    cards: list = []
    columns = max(1, round((count * 0.75) ** 0.5))

    def fill() -> None:
        for index in range(count):
            place = (index % columns) * 208, (index // columns) * 160
            card = board.create_node("bench.Card", pos=list(place), selected=False, push_undo=False)
            if index:
                card.set_input(0, cards[-1].output(0))
            if index % 5 == 4:
                card.set_input(0, cards[index - 4].output(0))
            cards.append(card)
        board.select_all()
        board.fit_to_selection()
        board.clear_selection()

    loaded = once(fill)
    middle = count // 2
    steps = 0

    def drag(number: int) -> None:
        for card in cards[middle : middle + number]:
            card.view.setPos(card.view.pos() + QPointF(8 * (1 if steps % 2 else -1), 0))

    def undo() -> float:
        board.delete_nodes(cards[count // 4 : count // 4 + min(1000, count // 2)])
        app.processEvents()
        return once(board.undo_stack().undo)

    acts: dict[str, Callable[[], object]] = {
        "repaint, to fit": viewer.viewport().update,
        "pan step, to fit": lambda: viewer._set_viewer_pan(12, 12),
        "zoom step, to fit": lambda: viewer._set_viewer_zoom(0.1 if steps % 2 else -0.1),
        "drag one": lambda: drag(1),
        "drag 1 000": lambda: drag(min(1000, count // 2)),
    }
    for line in sys.stdin:
        name = line.strip()
        steps += 1
        ms = loaded if name == "load and show" else undo() if name.startswith("undo") else once(acts[name])
        print(ms, flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
