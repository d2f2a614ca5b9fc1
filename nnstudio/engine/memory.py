"""Does a network fit into this machine? Asked before memory is taken: Linux and macOS give more than they have, and then kill."""

import os
from pathlib import Path

from nnstudio.engine.complaints import big
from nnstudio.plan import Plan
from nnstudio.problems import Problem

_CONTAINER = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
_BYTES_A_WEIGHT = 4 + 4  # itself and its gradient, the least that training takes


def machine() -> int | None:
    """Bytes of memory here, or in the container around us; None where the system does not say (on Windows torch is refused in time)."""
    try:
        limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, OSError, ValueError):
        return None
    for file in _CONTAINER:
        try:
            limits.append(int(file.read_text(encoding="ascii")))
        except (OSError, ValueError):  # none there, or "max"
            continue
    return min(limits)


def too_large(plan: Plan) -> Problem | None:
    """What to say where the weights and their gradients alone are more than the machine has."""
    there, wanted = machine(), plan.parameters * _BYTES_A_WEIGHT
    if there is None or wanted <= there:
        return None
    worst = max(plan.nodes.values(), key=lambda node: node.parameters)
    message = (
        f"{big(plan.parameters)} weights and their gradients take {_gib(wanted)}, but this machine has {_gib(there)}. "
        f"'{worst.name}' alone has {big(worst.parameters)}."
    )
    return Problem("layer.too_large", message, remedy="Choose smaller sizes.", node=worst.id)


def _gib(size: int) -> str:
    return f"{size / 2**30:.3g} GiB"
