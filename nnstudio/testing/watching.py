"""Does a class that answers to the values of each epoch behave: a schedule that watches, a rule that ends a run?"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from nnstudio.params import Params
from nnstudio.plugins import resolve
from nnstudio.testing.standing import stands_alone

EPOCHS, SAVED = 16, 7
NAMES = tuple(f"{part}/{name}" for part in ("train", "validation") for name in ("loss", "accuracy"))
COURSES: Mapping[str, tuple[float, ...]] = {
    "falls": tuple(1 / (epoch + 1) for epoch in range(EPOCHS)),
    "rises": tuple(0.1 * epoch for epoch in range(EPOCHS)),
    "stays": (0.5,) * EPOCHS,
    "jumps": tuple(2 + math.sin(7 * epoch) for epoch in range(EPOCHS)),
    "is not a number": (1.0, 0.5, *(math.nan,) * (EPOCHS - 2)),
}


def watcher_complaints(spec: Any, params: Params) -> Iterator[str]:
    """It answers rightly whatever the values do, names a value that is not measured, and goes on from its saved attributes."""
    watcher = resolve(spec.watcher)
    if not isinstance(watcher, type):
        yield f"{spec.watcher} is no class."
        return
    yield from stands_alone(watcher, torch_free=True)
    given = dict(params)
    for course, column in COURSES.items():
        heard = [dict.fromkeys((*NAMES, str(given.get("monitor", NAMES[0]))), value) for value in column]
        complaint = _course(watcher, given, heard)
        if complaint:
            yield f"where the value {course}: {complaint}"
            return
    yield from _unknown_monitor(watcher, given)


def _course(watcher: Any, given: Mapping[str, Any], heard: list[dict[str, float]]) -> str:
    one = watcher(**given)
    if "restore_best" in given and not isinstance(getattr(one, "best_epoch", None), int):
        return "its params have `restore_best`, so it needs an attribute `best_epoch`, the number of an epoch."
    try:
        straight = [_answer(one, epoch, values) for epoch, values in enumerate(heard)]
    except ValueError as error:
        return str(error)
    stopped = watcher(**given)
    for epoch in range(SAVED):
        _answer(stopped, epoch, heard[epoch])
    try:
        state = json.loads(json.dumps(vars(stopped)))
    except TypeError as error:
        return (
            f"its attributes cannot be kept in a checkpoint ({error}): plain numbers, texts, None or lists of them can."
        )
    again: Any = watcher(**given)
    again.__dict__.update(state)
    if [_answer(again, epoch, heard[epoch]) for epoch in range(SAVED, len(heard))] != straight[SAVED:]:
        return "after a save and a load it answers otherwise: keep all it knows in plain attributes."
    return ""


def _answer(watcher: Any, epoch: int, values: Mapping[str, float]) -> Any:
    """What it says after an epoch: a factor of η, or a reason to stop. Raises ValueError where that is neither."""
    said = watcher.ended(epoch, dict(values))
    if hasattr(watcher, "factor"):
        factor = watcher.factor
        if not isinstance(factor, int | float) or not math.isfinite(factor) or factor < 0:
            raise ValueError(f"its factor after epoch {epoch} is {factor!r}; a finite number ≥ 0 is needed.")
        return factor
    if not isinstance(said, str):
        raise ValueError(f"ended(…) gave {said!r} after epoch {epoch}; a text is needed: the reason to stop, or ''.")
    return said


def _unknown_monitor(watcher: Any, given: Mapping[str, Any]) -> Iterator[str]:
    if "monitor" not in given:
        return
    try:
        watcher(**{**given, "monitor": "validation/no_such"}).ended(0, dict.fromkeys(NAMES, 1.0))
    except ValueError as error:
        if "validation/no_such" in str(error) and NAMES[0] in str(error):
            return
    except Exception as error:
        yield f"a monitor that is not measured ends in {type(error).__name__}: {error}; raise a ValueError that names it."
        return
    yield "a monitor that is not measured must end in a ValueError that names it, and the values that there are."
