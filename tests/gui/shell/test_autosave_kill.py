"""Killed in the midst of editing: what was done before the last autosave is all there, and the file itself is untouched."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio.gui.autosaving import AUTOSAVE_MS
from nnstudio.project.autosave import recoverable
from nnstudio.project.file import read, write
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project

PATIENCE = 120.0

EDITING = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from nnstudio.gui.app import make_app
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.project.edits import set_param
app = make_app()
studio = Studio(settings=Settings(Path(sys.argv[2]) / "settings.json"))
assert studio.open(Path(sys.argv[1]))
count = 0
def edit():
    global count
    count += 1
    studio.do(set_param(studio.project, f"n{count % 3000}", "done", count))
    print(count, flush=True)
timer = QTimer()
timer.timeout.connect(edit)
timer.start(10)
app.exec()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_killed_while_editing_at_most_the_last_second_is_out(tmp_path: Path) -> None:
    assert AUTOSAVE_MS <= 1000
    before = Project("many", Graph({f"n{number}": Node(f"n{number}", "torch.relu") for number in range(3000)}))
    path, state = tmp_path / "many.nns", tmp_path / "state"
    state.mkdir()
    assert write(before, path) == ()
    child = subprocess.Popen([sys.executable, "-c", EDITING, str(path), str(state)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    kept = list[tuple[int, int]]()  # (what the recovery is, the edit after which it was seen)
    done, end = 0, time.monotonic() + PATIENCE
    while len(kept) < 3 and time.monotonic() < end:
        done = int(child.stdout.readline())
        for file in (state / "recovery").glob("*.recovery"):
            now = file.stat().st_mtime_ns
            if not kept or kept[-1][0] != now:
                kept.append((now, done))
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert len(kept) == 3, "it is kept again and again"
    (found,) = recoverable(state / "recovery")
    latest = max(node.params.get("done", 0) for node in found.project.graph)
    assert latest >= kept[1][1], "all that was done when the last but one autosave was seen"
    expected = {f"n{count % 3000}": count for count in range(1, latest + 1)}
    nodes = {
        id: node.with_param("done", expected[id]) if id in expected else node for id, node in before.graph.nodes.items()
    }
    assert found.project == replace(before, graph=replace(before.graph, nodes=nodes)), (
        "each edit up to that one, and no other"
    )
    assert read(path)[0] == before
