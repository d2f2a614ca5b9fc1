"""Is the process that wrote a run still there? A number alone does not say: numbers are given out again."""

import ctypes
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def identity() -> dict[str, Any]:
    """This process, so that another one can tell later whether it is still there."""
    return {"pid": os.getpid(), "started": _started(os.getpid()), "host": platform.node()}


def is_alive(who: Mapping[str, Any]) -> bool | None:
    """Is the process `who` (an `identity`) still running? None where one cannot tell: it ran on another machine."""
    pid = who.get("pid")
    if type(pid) is not int or pid <= 0:
        return False
    if who.get("host") != platform.node():
        return None
    started = _started(pid)
    return started is not None and started == who.get("started")


def _started(pid: int) -> str | None:
    """When process `pid` began, in the system's own words; None where there is none."""
    if sys.platform == "linux":
        return _started_linux(pid)
    if sys.platform == "win32":
        return _started_windows(pid)
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None


def _started_linux(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return None
    state, ticks = fields[0], fields[19]
    return None if state in "ZX" else f"{boot}:{ticks}"  # Z, X: dead, but not yet fetched by its parent


def _started_windows(pid: int) -> str | None:
    kernel: Any = getattr(ctypes, "windll").kernel32  # noqa: B009 - known on Windows alone
    query_limited_information = 0x1000
    handle = kernel.OpenProcess(query_limited_information, False, pid)
    if not handle:
        return None
    times = (ctypes.c_uint64 * 4)()
    size = ctypes.sizeof(ctypes.c_uint64)
    known = kernel.GetProcessTimes(handle, *(ctypes.byref(times, index * size) for index in range(4)))
    kernel.CloseHandle(handle)
    ended = times[1] != 0
    return None if not known or ended else str(times[0])
