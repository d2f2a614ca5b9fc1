"""The contracts on imports name every module, and hold when the program runs, not only when it is read."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.skipif(not (ROOT / "pyproject.toml").is_file(), reason="not a source checkout")

# The engine's process, and the doors that reach into it when called: there `torch` is at home.
ENGINE = {"nnstudio.engine", "nnstudio.train", "nnstudio.experiments"}
DOORS = {"nnstudio.cli", "nnstudio.terminal", "nnstudio.python", "nnstudio.testing"}
STARTS_THINGS = {"nnstudio.__main__"}


def packages(folder: Path) -> set[str]:
    """The modules and packages directly in `folder`, by name."""
    files = {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}
    return files | {path.parent.name for path in folder.glob("*/__init__.py")}


def configured() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]


def contract(name: str) -> dict[str, Any]:
    return next(c for c in configured()["contracts"] if c["id"] == name)


def test_every_module_is_under_the_torch_contract_or_named_as_an_exception() -> None:
    ours = {f"nnstudio.{name}" for name in packages(ROOT / "nnstudio")}
    assert ours - ENGINE - DOORS - STARTS_THINGS == set(contract("torch")["source_modules"])
    assert contract("torch")["source_modules"] == contract("doors")["source_modules"]
    assert ours & DOORS == set(contract("doors")["forbidden_modules"])


def test_every_bundled_plugin_is_under_the_contracts() -> None:
    from nnstudio.plugins import BUNDLED

    plugins = packages(ROOT / "plugins")
    assert plugins == set(BUNDLED)
    assert {"nnstudio", *plugins} == set(configured()["root_packages"])
    assert {"nnstudio", *plugins} == set(contract("qt")["source_modules"])
    for name, key in (
        ("torch-plugins", "source_modules"),
        ("core", "forbidden_modules"),
        ("plugins", "source_modules"),
        ("independence", "modules"),
    ):
        assert plugins == set(contract(name)[key]), name


def loaded_after(code: str) -> set[str]:
    code += "\nimport sys; print(*sorted({m.partition('.')[0] for m in sys.modules}))"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120, cwd=ROOT
    )
    assert out.returncode == 0, out.stderr
    return set(out.stdout.split())


def test_loading_every_plugin_imports_neither_qt_nor_torch() -> None:
    from nnstudio.plugins import BUNDLED

    code = "import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in BUNDLED)
    assert not loaded_after(code) & {"torch", "PySide6", "pyqtgraph"}


@pytest.mark.parametrize("part", ["cli", "terminal", "python", "client", "project", "runs"])
def test_the_core_imports_neither_qt_nor_torch(part: str) -> None:
    folder = ROOT / "nnstudio" / part
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    names = [".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for f in files]
    code = "import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in names)
    assert not loaded_after(code) & {"torch", "PySide6", "pyqtgraph"}


def test_the_interface_imports_no_torch() -> None:
    folder = ROOT / "nnstudio" / "gui"
    names = [
        ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for f in folder.rglob("*.py")
    ]
    code = "import importlib\n" + "\n".join(f"importlib.import_module({name!r})" for name in sorted(names))
    loaded = loaded_after(code)
    assert "torch" not in loaded
    assert "PySide6" in loaded


def test_no_two_test_files_share_a_name() -> None:
    """pytest imports them by their names alone: of two alike it drops one, in whichever process meets both."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []
