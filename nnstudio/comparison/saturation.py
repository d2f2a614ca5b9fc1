"""From which batch size on is the processor busy all the time, so that a larger batch no longer shortens an epoch?"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from nnstudio.comparison.results import Results

GAIN = 0.1
"""Doubling the batch must save this share of an epoch's time, or the processor counts as saturated."""


def epoch_seconds(results: Results) -> dict[int, float]:
    """By batch size: the median time of an epoch over all complete runs, where arms differ in `recipe.batch_size`; else nothing."""
    sizes = [dict(arm.settings).get("recipe.batch_size", "") for arm in results.comparison.arms]
    if len(set(sizes)) < 2 or not all(size.isdecimal() for size in sizes):
        return {}
    found: dict[int, float] = {}
    for arm, size in enumerate(sizes):
        ends = [[event.seconds for event in outcome.epochs] for outcome in results.of(arm) if outcome.complete]
        lasting = [later - earlier for seconds in ends for earlier, later in pairwise([0.0, *seconds])]
        if lasting:
            found[int(size)] = float(np.median(lasting))
    return dict(sorted(found.items())) if len(found) > 1 else {}


def saturated_from(sizes: Sequence[int], seconds: Sequence[float]) -> int | None:
    """The smallest batch size from which on no doubling saves `GAIN` of the time of an epoch; None where even the last one did."""
    steps = [
        (small, 1 - (after / before) ** (1 / np.log2(large / small)))
        for (small, before), (large, after) in pairwise(zip(sizes, seconds, strict=True))
    ]
    found = None
    for small, saved in reversed(steps):
        if saved >= GAIN:
            break
        found = small
    return found


def saturation_words(results: Results) -> list[str]:
    """The time of an epoch by batch size, and where the processor is saturated, in a sentence; nothing where sizes were not compared."""
    times = epoch_seconds(results)
    times.pop(0, None)  # the whole training part: no size of its own
    if len(times) < 2:
        return []
    listed = ", ".join(f"{seconds:.3g} s at {size}" for size, seconds in times.items())
    knee = saturated_from(list(times), list(times.values()))
    said = (
        f"from batch size {knee} on the processor is saturated: doubling it saves less than {GAIN:.0%}"
        if knee is not None
        else f"up to batch size {max(times)} the processor is not saturated"
    )
    return [f"An epoch took {listed}; {said}."]
