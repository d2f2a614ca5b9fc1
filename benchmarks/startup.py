"""How long until a person can see, ask and train: the window after `nnstudio FILE`, the engine, and the first step after Train.

The app is started as a person starts it, five times; it says itself when its window was painted (seconds since the process began).
The first step is timed from the request to the first `Steps` event at the client, in an engine that has prepared the project.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

STARTS = 5
PATIENCE = 60.0
PROJECT = "fashion_mnist_lenet"


def measure() -> list[tuple[str, str, str, bool]]:
    """Rows of (what, measured, to reach, reached)."""
    with tempfile.TemporaryDirectory() as folder:
        file = _project_file(Path(folder))
        times = [_start(file, Path(folder)) for _ in range(STARTS)]
    first_steps = _first_steps()
    return [
        _row("window visible after `nnstudio FILE`", [each["window visible"] for each in times], 0.5),
        _row("engine ready after `nnstudio FILE`", [each["engine ready"] for each in times], 3.0),
        _row("first step after Train, engine warm", first_steps, 0.15),
    ]


def _row(what: str, seconds: list[float], reach: float) -> tuple[str, str, str, bool]:
    middle = statistics.median(seconds)
    spread = f"{min(seconds):.3f} … {max(seconds):.3f}"
    return what, f"{middle:.3f} s ({spread})", f"≤ {reach} s", middle <= reach


def _project_file(folder: Path) -> Path:
    from nnstudio import plugins
    from nnstudio.project.file import write
    from nnstudio.project.gallery import open_example

    project = open_example(PROJECT, plugins.load(safe_mode=True).registry)
    path = folder / "lenet.nns"
    write(project, path)
    return path


def _start(file: Path, home: Path) -> dict[str, float]:
    """Start the app, wait until its engine is ready, end it."""
    environment = {
        **os.environ,
        "NNSTUDIO_TIMES": "1",
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "XDG_CONFIG_HOME": str(home),
        "XDG_STATE_HOME": str(home),
    }
    command = [str(Path(sys.executable).with_name("nnstudio")), str(file)]
    times: dict[str, float] = {}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        for line in process.stderr:
            found = re.match(r"(.+): ([\d.]+) s\b", line.strip())
            if found:
                times[found[1]] = float(found[2])
            if "engine ready" in times:
                break
        watchdog.cancel()
        process.terminate()
    missing = {"window visible", "engine ready"} - times.keys()
    if missing:
        raise RuntimeError(f"The app did not say: {', '.join(sorted(missing))}.")
    return times


def _first_steps() -> list[float]:
    """Seconds from the request to the first step's event, several runs in one warm engine."""
    from nnstudio import plugins
    from nnstudio.client import Engine
    from nnstudio.events import Steps
    from nnstudio.project.gallery import open_example

    project = open_example(PROJECT, plugins.load(safe_mode=True).registry)
    stepped = threading.Event()
    seconds: list[float] = []
    with Engine(("--safe-mode",), on_event=lambda event: stepped.set() if isinstance(event, Steps) else None) as engine:
        engine.ready.result(PATIENCE)
        for _ in range(STARTS):
            engine.request("prepare", {"project": project}).result(PATIENCE)
            stepped.clear()
            began = time.perf_counter()
            run = engine.request("train", {"project": project, "folder": ""})
            if not stepped.wait(PATIENCE):
                raise RuntimeError("No step came.")
            seconds.append(time.perf_counter() - began)
            engine.send("stop")
            run.result(PATIENCE)
    return seconds
