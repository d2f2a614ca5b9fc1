"""Six optimizers on an MLP for digits: trained by as many engines as there are cores (at most two) against one engine, in turns.

Both kinds of engine are warm before the clock starts, have one thread each, and are kept from turn to turn; each turn trains all six arms
anew in a folder of its own. The figure is the sequential time by the parallel one, the median over the turns.
"""

import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

from nnstudio import plugins
from nnstudio.comparison.conduct import Conductor, Pool, cores
from nnstudio.comparison.plan import Comparison
from nnstudio.comparison.ready import optimizers
from nnstudio.project.gallery import open_example
from nnstudio.registry import Registry

TURNS = 3
EPOCHS = 60
WANTED = 1.7
Row = tuple[str, str, str, bool]


def measure() -> list[Row]:
    registry = plugins.load(safe_mode=True).registry
    project = open_example("nnstudio.digits_mlp", registry)
    plan = optimizers(replace(project, recipe=replace(project.recipe, epochs=EPOCHS)), registry, 1)
    workers = min(2, cores())
    with Pool(1, ("--safe-mode",)) as one, Pool(workers, ("--safe-mode",)) as many:
        for pool in (one, many):
            pool.warm()
            _seconds(replace(plan, arms=plan.arms[:workers]), registry, pool)  # data loaded, files known
        turns = [(_seconds(plan, registry, one), _seconds(plan, registry, many)) for _ in range(TURNS)]
    ratio = statistics.median(alone / together for alone, together in turns)
    alone, together = (statistics.median(column) for column in zip(*turns, strict=True))
    measured = f"{ratio:.2f} × ({alone:.1f} s against {together:.1f} s)"
    return [(f"six-arm compare, {workers} engines against one", measured, f"≥ {WANTED} ×", ratio >= WANTED)]


def _seconds(plan: Comparison, registry: Registry, pool: Pool) -> float:
    with tempfile.TemporaryDirectory() as folder:
        conductor = Conductor(plan, registry, Path(folder) / "runs", pool)
        began = time.perf_counter()
        for _ in conductor.run():
            pass
        seconds = time.perf_counter() - began
        if not all(outcome.complete for outcome in conductor.results.outcomes):
            raise RuntimeError("\n".join(str(outcome.problem) for outcome in conductor.results.outcomes))
        return seconds
