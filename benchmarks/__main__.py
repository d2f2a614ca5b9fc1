"""Measure all figures (or those named) and print one table. Exit code 1 where one was missed or could not be measured."""

import argparse
import importlib
import json
import os
import pkgutil
import subprocess
import sys

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import benchmarks

Row = tuple[str, str, str, bool]


def names() -> list[str]:
    """The benchmarks there are: every public module of this package."""
    return sorted(
        module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_")
    )


def measure(name: str) -> list[Row]:
    """One benchmark in a process of its own, so that none warms or disturbs another."""
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--raw", name],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=1800,
    )
    if run.returncode:
        return [(name, f"failed with exit code {run.returncode}", "", False)]
    return [tuple(row) for row in json.loads(run.stdout.splitlines()[-1])]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"which to measure: {', '.join(names())} (all, where none is named)"
    )
    parser.add_argument("--raw", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in names()]
    if unknown:
        parser.error(f"there is no benchmark '{unknown[0]}'; there are {', '.join(names())}")
    if arguments.raw:
        rows = importlib.import_module(f"benchmarks.{arguments.names[0]}").measure()
        print(
            json.dumps(
                [[str(what), str(measured), str(reach), bool(reached)] for what, measured, reach, reached in rows]
            )
        )
        return 0
    return report(arguments.names or names())


def machine() -> str:
    """What it was measured on, and how busy that was."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} cores{load}"


def report(chosen: list[str]) -> int:
    console = Console()
    table = Table(title=machine())
    for heading in ("what", "measured", "reach", ""):
        table.add_column(heading)
    missed = 0
    for name in chosen:
        with console.status(f"measuring {name}"):
            rows = measure(name)
        for what, measured, reach, reached in rows:
            missed += not reached
            table.add_row(*map(escape, (what, measured, reach)), "[green]reached[/]" if reached else "[red]missed[/]")
        table.add_section()
    console.print(table)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
