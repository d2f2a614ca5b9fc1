"""What the interface's process and the terminal import stays light: no torch, and Qt only in the interface."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import nnstudio

ROOT = Path(nnstudio.__file__).parent

HEAVY = {"engine", "train", "gui", "testing", "__main__"}


def modules(*packages: str) -> list[str]:
    """All modules of `packages` ("" for nnstudio itself), by name."""
    return [
        ".".join(filter(None, ("nnstudio", package, module.name)))
        for package in packages
        for module in pkgutil.iter_modules([str(ROOT / package)])
        if module.name not in HEAVY
    ]


LIGHT = modules("", "project", "runs", "terminal")
GUI = modules("gui")


def loaded_by(code: str) -> set[str]:
    """The top-level modules that are loaded after `code`, in a fresh Python."""
    code += "\nimport sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-W", "error::ImportWarning", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def imports(names: list[str]) -> str:
    return "\n".join(f"import {name}" for name in names)


def test_without_the_interface_neither_torch_nor_qt_is_imported() -> None:
    assert loaded_by(imports(LIGHT)).isdisjoint({"torch", "PySide6", "sklearn", "pyqtgraph"})


def test_the_interface_never_imports_torch() -> None:
    assert GUI
    loaded = loaded_by(imports(GUI))
    assert "PySide6" in loaded
    assert "torch" not in loaded


def test_loading_all_bundled_plugins_imports_neither() -> None:
    code = "from nnstudio import plugins\nassert len(plugins.load(safe_mode=True).registry.layers) > 20"
    assert loaded_by(code).isdisjoint({"torch", "PySide6", "sklearn"})


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("nnstudio", {"numpy", "pydantic", "pluggy"}),
        ("nnstudio.cli", {"numpy", "pydantic", "rich", "networkx", "polars"}),
        ("nnstudio.terminal.window", {"numpy", "pydantic", "rich", "networkx", "polars"}),
        ("nnstudio.engine.threads", {"numpy"}),
    ],
)
def test_what_stands_before_the_first_window_is_light(module: str, heavy: set[str]) -> None:
    assert loaded_by(f"import {module}").isdisjoint(heavy)
