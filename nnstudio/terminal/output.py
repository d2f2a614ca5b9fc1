"""How the command line speaks: results to standard output, everything about them to standard error."""

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from nnstudio.problems import Problem, Severity

OK = 0
FAILED = 1
"""Problems in the project, or a run that failed."""
INTERRUPTED = 130

_STYLES = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.INFO: "36"}


def say(text: str = "") -> None:
    """A result."""
    print(text, flush=True)


def tell(text: str) -> None:
    """A remark on the way."""
    print(text, file=sys.stderr, flush=True)


def say_json(value: Any) -> None:
    """One line of JSON; NaN and infinities, which JSON lacks, become null."""
    say(json.dumps(plain(value), ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """`value` as JSON has it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in cast("Sequence[Any]", value)]
    if isinstance(value, Path):
        return str(value)
    return plain(value.tolist()) if hasattr(value, "tolist") else value


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as the command line's JSON has it."""
    names = ("code", "message", "remedy", "node", "port", "param", "place")
    return {"severity": problem.severity.value, **{name: getattr(problem, name) for name in names}}


def tell_problems(problems: Iterable[Problem]) -> None:
    """Problems as lines on standard error, the grave ones first."""
    for line in problem_lines(list(problems), color=use_color(sys.stderr)):
        tell(line)


def problem_lines(problems: Sequence[Problem], *, color: bool) -> list[str]:
    """`error: message` and, indented below it, what to do."""
    order = list(Severity)
    lines: list[str] = []
    for problem in sorted(problems, key=lambda problem: order.index(problem.severity)):
        lines.append(f"{painted(problem.severity.value, _STYLES[problem.severity], color)}: {problem.message}")
        if problem.remedy:
            lines.append(f"  → {problem.remedy}")
    return lines


def painted(text: str, style: str, color: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if color else text


def use_color(stream: Any) -> bool:
    """Colours on a terminal, unless NO_COLOR says otherwise (https://no-color.org)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def table(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> list[str]:
    """Columns of text, as wide as they need to be; the last one is not padded."""
    widths = [max(len(row[index]) for row in (heads, *rows)) for index in range(len(heads))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (heads, *rows)
    ]


def duration(seconds: float) -> str:
    """`8 s`, `1 min 20 s`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
